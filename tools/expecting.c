/* SPDX-License-Identifier: BSD-2-Clause */
/* What the caller says must be so: --expect and its kin, and the policy they make. */
#include "expecting.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "choices.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "role.h"
#include "scope.h"

#define EXPECT_MAX ((size_t)1 << 20)

static bool is_claim(const char *word)
{
	return !strncmp(word, "claim.", 6);
}

/* Does the library know a register by that name or role, whatever this machine shows? */
static bool is_tabled(struct options *o, const char *name, size_t n)
{
	_cleanup_(tsmmr_policy_free) struct tsmmr_policy *policy = NULL;
	_cleanup_(free) char *line = NULL;

	if (asprintf(&line, "require %.*s", (int)n, name) < 0)
		line = NULL;
	return !line || tsmmr_policy_new(o->ctx, &policy, NULL) < 0 ||
	       tsmmr_policy_parse(policy, line, strlen(line), NULL) != TSMMR_E_NOTFOUND;
}

/* "PCR-07" is pcr7 written otherwise. */
static void simplify(char *word)
{
	char *to = word;

	for (const char *from = word; *from; from++) {
		bool padding = *from == '0' && isdigit((unsigned char)from[1]) &&
			       (to == word || !isdigit((unsigned char)to[-1]));

		if (*from != '-' && *from != '_' && !padding)
			*to++ = *from;
	}
	*to = '\0';
}

/* "; the nearest is pcr0", of a name that no platform has. */
static void suggest_register(struct options *o, const char *name, size_t n, struct tsmmr_error *err)
{
	_cleanup_(free) char *word = strndup(name, n);
	struct choices choices = { .word = word };
	size_t used = strlen(err->message);

	if (!word || !n || strchr(word, '/') || is_tabled(o, word, n))
		return;
	simplify(word);
	choices_add_registers(&choices);
	if (choices_likely(&choices) || choices.distance == 1)
		snprintf(err->message + used, sizeof(err->message) - used, "; the nearest is %s",
			 choices.nearest);
}

/* Number n of the values on the command line, counted as the lines of join_words(). */
static const char *word_at(const struct options *o, unsigned long n)
{
	for (size_t i = 0; i < o->expect.n; i++)
		if (o->expect.all[i][0] != '@' && !is_claim(o->expect.all[i]) && !--n)
			return o->expect.all[i];
	return NULL;
}

/* On a command line it is a word that is wrong: "line 2: …" becomes "'pcr0=zz': …". */
static void name_word(struct options *o, struct tsmmr_error *err)
{
	static const char line[] = "line ";
	char *end, why[sizeof(err->message)];
	unsigned long n = !strncmp(err->message, line, strlen(line)) ?
				  strtoul(err->message + strlen(line), &end, 10) :
				  0;
	const char *word = n ? word_at(o, n) : NULL;

	if (!word || end[0] != ':')
		return;
	snprintf(why, sizeof(why), "%s", end + 2);
	snprintf(err->message, sizeof(err->message), "'%.*s': %.*s",
		 (int)strcspn(word, "=") < 64 ? (int)strcspn(word, "=") : 64, word, 140, why);
	/* What a line of --batch asks is not answered with what this machine has. */
	if (!o->job && !strchr(word, '=') && access(word, F_OK) == 0)
		snprintf(err->message, sizeof(err->message),
			 "'%.*s': not NAME[:ALG]=HEX; a file of values is @%.*s", 64, word, 64,
			 word);
	suggest_register(o, word, strcspn(word, ":="), err);
}

int expecting_failed(struct options *o, const char *path, struct tsmmr_error *err)
{
	if (!path)
		name_word(o, err);
	/* A name that no platform has is as wrong as a value that is none. */
	if (err->code == TSMMR_E_NOTFOUND)
		err->code = TSMMR_E_ARG;
	/* The command line was right when it is a file that is wrong. */
	if (path && err->code == TSMMR_E_ARG)
		err->code = TSMMR_E_MALFORMED;
	if (!path && err->code == TSMMR_E_MALFORMED)
		err->code = TSMMR_E_ARG;
	return fail_error(o, path ? path : "--expect", TSMMR_NONE, err);
}

static int read_file(struct options *o, const char *option, const char *path, uint8_t **ret,
		     size_t *ret_len)
{
	int r;

	if (!*path)
		return fail_usage(o, "%s: no file after the @", option);
	r = input_read_all(o, path, EXPECT_MAX, ret, ret_len);
	if (!r && *ret_len > EXPECT_MAX)
		r = fail(o, TSMMR_E_LIMIT, "%s: more than %zu bytes of register values", path,
			 EXPECT_MAX);
	if (!r && !*ret_len)
		r = fail_usage(o, "%s: %s is empty", option, path);
	return r;
}

/* "FORMAT:FILE", or FILE alone: then the library finds out what it is. */
static int split_format(struct options *o, const char *option, const char *arg, int *ret_format,
			const char **ret_path)
{
	static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t n = strspn(arg, name_chars);
	char word[32];
	struct choices forms = { .word = word };

	*ret_format = TSMMR_VALUES_AUTO;
	*ret_path = arg;
	if (!n || arg[n] != ':')
		return 0;
	snprintf(word, sizeof(word), "%.*s", (int)(n < sizeof(word) ? n : 0), arg);
	if (tsmmr_name_find(TSMMR_NAMES_VALUES, word, ret_format) == 0) {
		*ret_path = arg + n + 1;
		return 0;
	}
	if (access(arg, F_OK) == 0)
		return 0;
	snprintf(word, sizeof(word), "%.*s", (int)n, arg);
	choices_add_names(&forms, TSMMR_NAMES_VALUES, NULL);
	return fail_usage(o, "%s: '%s' is none of: %s; a file of that name is ./%s", option, word,
			  forms.list, arg);
}

/* With -v, for what was not meant is easily taken. */
static void say_taken(struct options *o, const char *path, int format, const char *lines)
{
	_cleanup_(free) char *names = NULL;
	size_t len = 0;
	FILE *f = o->verbose ? open_memstream(&names, &len) : NULL;

	if (!f)
		return;
	for (const char *line = lines; *line; line += strcspn(line, "\n") + 1)
		fprintf(f, " %.*s", (int)strcspn(line, "="), line);
	if (output_close_text(f, &names))
		hint(o, "%s: taken as %s:%s", path, tsmmr_name(TSMMR_NAMES_VALUES, format), names);
}

/* The values of "[FORMAT:]FILE" as lines, whatever form they have there. */
static int read_values(struct options *o, const char *option, const char *arg,
		       const char **ret_path, uint8_t **ret, size_t *ret_len)
{
	_cleanup_(free) uint8_t *bytes = NULL;
	struct tsmmr_error err = NO_ERROR;
	int format, r = split_format(o, option, arg, &format, ret_path);
	size_t len;

	if (!r)
		r = read_file(o, option, *ret_path, &bytes, &len);
	if (r)
		return r;
	format = tsmmr_values_lines(format, o->platform, (const char *)bytes, len, ret, ret_len,
				    &err);
	if (format < 0)
		return expecting_failed(o, *ret_path, &err);
	if (!*ret_len)
		return fail(o, TSMMR_E_MALFORMED, "%s: no value of any register", *ret_path);
	say_taken(o, *ret_path, format, (const char *)*ret);
	return 0;
}

/* All values of the command line are one text. */
static int join_words(struct options *o, char **ret, size_t *ret_len)
{
	FILE *f = open_memstream(ret, ret_len);

	if (!f)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	for (size_t i = 0; i < o->expect.n; i++)
		if (o->expect.all[i][0] != '@' && !is_claim(o->expect.all[i]))
			fprintf(f, "%s\n", o->expect.all[i]);
	return output_close_text(f, ret) ? 0 : fail(o, TSMMR_E_NOMEM, "out of memory");
}

int expecting_each(struct options *o,
		   int (*take)(struct options *o, const char *path, const char *text, size_t len,
			       void *user),
		   void *user)
{
	_cleanup_(free) char *words = NULL;
	size_t len = 0;
	int r = join_words(o, &words, &len);

	if (!r && len)
		r = take(o, NULL, words, len, user);
	for (size_t i = 0; i < o->expect.n; i++) {
		_cleanup_(tsmmr_free) uint8_t *lines = NULL;
		const char *path;
		int one;

		if (o->expect.all[i][0] != '@')
			continue;
		one = read_values(o, "--expect", o->expect.all[i] + 1, &path, &lines, &len);
		if (!one)
			one = take(o, path, (const char *)lines, len, user);
		r = exit_first(r, one);
	}
	return r;
}

/* "rtmr3/mr_app", or that with its platform in front. */
static bool is_carried(struct options *o, const char *line)
{
	size_t n = strcspn(line, "/=:#\n");

	if (line[n] != '/')
		return false;
	return is_tabled(o, line, n) || is_carried(o, line + n + 1);
}

int expecting_split(struct options *o, const char *path, const char *text, const char **ret)
{
	char *own = strdup(text), *carried = strdup(text);
	bool any[2] = { false, false };
	int r = 0;
	size_t n;

	if (!own || !carried || options_add_word(o, &o->kept, own)) {
		free(own);
		free(carried);
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	}
	if (options_add_word(o, &o->kept, carried)) {
		free(carried);
		return failed(o);
	}
	for (size_t at = 0; text[at]; at += n + (text[at + n] == '\n')) {
		bool is = is_carried(o, text + at);

		n = strcspn(text + at, "\n");
		memset((is ? own : carried) + at, ' ', n);
		any[is] |= n > 0;
	}
	if (any[true]) {
		r = options_add_word(o, &o->carried, path);
		if (!r)
			r = options_add_word(o, &o->carried, carried);
	}
	*ret = any[false] ? own : NULL;
	return r;
}

static int add_reference(struct options *o, const char *path, const char *text, size_t len,
			 void *user)
{
	struct tsmmr_error err = NO_ERROR;
	int platform = o->platform;

	for (const char *line = text; !platform && *line;
	     line += strcspn(line, "\n"), line += *line == '\n')
		platform = role_platform(o, line);
	return tsmmr_policy_expect_text(user, platform, text, len, &err) < 0 ?
		       expecting_failed(o, path, &err) :
		       0;
}

/* A line of a policy, as the library reads it: "expect", "claim.report_data=…". */
static int add_line(struct options *o, struct tsmmr_policy *policy, const char *option,
		    const char *value)
{
	_cleanup_(free) char *line = NULL;
	struct tsmmr_error err = NO_ERROR;
	const char *why;

	if (asprintf(&line, "%s %s", option, value) < 0) {
		line = NULL;
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	}
	if (tsmmr_policy_parse(policy, line, strlen(line), &err) == 0)
		return 0;
	/* "line 1: expect: …": there is only one. */
	why = strstr(err.message, ": ");
	why = why ? strstr(why + 2, ": ") : NULL;
	return err.code == TSMMR_E_ARG || err.code == TSMMR_E_NOTFOUND ?
		       fail_usage(o, "--%s: %s", option, why ? why + 2 : err.message) :
		       fail_error(o, NULL, TSMMR_NONE, &err);
}

static int add_claims(struct options *o, struct tsmmr_policy *policy)
{
	int r = 0;

	for (size_t i = 0; i < o->expect.n; i++)
		if (is_claim(o->expect.all[i]))
			r = exit_first(r, add_line(o, policy, "expect", o->expect.all[i]));
	for (size_t i = 0; i < o->at_least.n; i++)
		r = exit_first(r, add_line(o, policy, "at-least", o->at_least.all[i]));
	return r;
}

static int add_sets(struct options *o, struct tsmmr_policy *policy)
{
	int r = 0;

	for (size_t i = 0; i < o->expect_any.n; i++) {
		_cleanup_(tsmmr_free) uint8_t *lines = NULL;
		struct tsmmr_error err = NO_ERROR;
		const char *path = o->expect_any.all[i];
		size_t len;
		int one;

		if (path[0] != '@') {
			r = exit_first(r, fail_usage(o, "--expect-any: not @FILE: '%s'", path));
			continue;
		}
		one = read_values(o, "--expect-any", path + 1, &path, &lines, &len);
		if (!one && tsmmr_policy_expect_set(policy, path, o->platform, (const char *)lines,
						    len, &err) < 0)
			one = expecting_failed(o, path, &err);
		r = exit_first(r, one);
	}
	return r;
}

/* An item of a list, which begins with a name: of each provider that has a register so called. */
static void put_item(struct options *o, const struct tsmmr_regs *regs, const char *item, size_t n,
		     FILE *to)
{
	size_t name_n = strcspn(item, ",:");
	const char *last = NULL;

	for (size_t i = 0; i < tsmmr_regs_count(regs); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);
		const char *name = tsmmr_reg_name(reg), *provider = tsmmr_reg_provider(reg);

		if (!provider || tsmmr_reg_platform(reg) != TSMMR_PLATFORM_AUTO ||
		    strlen(name) != name_n || memcmp(name, item, name_n) != 0 ||
		    (last && !strcmp(last, provider)) || is_tabled(o, item, name_n))
			continue;
		fprintf(to, "%s%s/%.*s", last ? "," : "", provider, (int)n, item);
		last = provider;
	}
	if (!last)
		fprintf(to, "%.*s", (int)n, item);
}

/* What is no register of any platform is likely to be the name of one that is misspelt. */
static int fail_list(struct options *o, const char *option, const char *list,
		     struct tsmmr_error *err)
{
	size_t before = strlen(err->message);

	for (; err->code == TSMMR_E_NOTFOUND && *list && strlen(err->message) == before;
	     list += strcspn(list, ","), list += *list == ',')
		suggest_register(o, list, strcspn(list, ",:"), err);
	return err->code == TSMMR_E_ARG || err->code == TSMMR_E_NOTFOUND ?
		       fail_usage(o, "--%s: %s", option, err->message) :
		       fail_error(o, NULL, TSMMR_NONE, err);
}

/* A name that no table has is one of this machine's: there it is PROVIDER/NAME. */
static int add_list(struct options *o, struct tsmmr_policy *policy, const char *option,
		    int (*set)(struct tsmmr_policy *policy, const char *list,
			       struct tsmmr_error *reterr),
		    const char *list, const struct tsmmr_regs *regs)
{
	struct tsmmr_error err = NO_ERROR;
	_cleanup_(free) char *full = NULL;
	size_t len;
	FILE *f;

	if (!list)
		return 0;
	f = open_memstream(&full, &len);
	if (!f)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	for (;;) {
		size_t n = strcspn(list, ",");

		put_item(o, regs, list, n, f);
		list += n;
		if (!*list)
			break;
		putc(*list++, f);
	}
	if (!output_close_text(f, &full))
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	return set(policy, full, &err) < 0 ? fail_list(o, option, full, &err) : 0;
}

/* The lists: a name that only a log can bring is known when the logs are. */
static int add_lists(struct options *o, const struct tsmmr_regs *regs, struct tsmmr_policy *policy)
{
	struct tsmmr_error err = NO_ERROR;
	int r = add_list(o, policy, "require", tsmmr_policy_require, o->require, regs);

	r = exit_first(r, add_list(o, policy, "allow", tsmmr_policy_allow, o->allow, regs));
	r = exit_first(r, add_list(o, policy, "must-check", tsmmr_policy_must_check, o->must_check,
				   NULL));
	r = exit_first(r, add_list(o, policy, "accept-tcb", tsmmr_policy_accept_tcb, o->accept_tcb,
				   NULL));
	r = exit_first(r, add_list(o, policy, "accept-advisory", tsmmr_policy_accept_advisories,
				   o->accept_advisory, NULL));
	if (tsmmr_policy_set_min_tcb_evaluation(policy, o->min_tcb_evaluation, &err) < 0)
		r = exit_first(r, fail_error(o, NULL, TSMMR_NONE, &err));
	return r;
}

/* A register that has the hash of its manifest has a value that was asked for. */
static int add_manifests(struct options *o, const struct tsmmr_regs *regs,
			 struct tsmmr_policy *policy)
{
	for (size_t i = 0; i < o->manifest.n; i++) {
		const char *arg = o->manifest.all[i];
		_cleanup_(free) char *name = strndup(arg, strcspn(arg, "="));
		const struct tsmmr_reg *reg = name ? tsmmr_regs_find(regs, name, 0) : NULL;
		struct tsmmr_error err = NO_ERROR;
		const uint8_t *value;
		size_t len;

		if (!name)
			return fail(o, TSMMR_E_NOMEM, "out of memory");
		if (!reg || tsmmr_reg_value(reg, &value, &len) < 0)
			continue;
		if (tsmmr_policy_expect(policy, name, tsmmr_reg_hash(reg), value, len, &err) < 0)
			return fail_error(o, arg, TSMMR_NONE, &err);
	}
	return 0;
}

int expecting_policy(struct options *o, bool beside, const struct tsmmr_regs *regs,
		     struct tsmmr_policy **ret)
{
	_cleanup_(tsmmr_policy_free) struct tsmmr_policy *policy = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r;

	if (tsmmr_policy_new(o->ctx, &policy, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	r = o->n_nonce ? tsmmr_policy_set_nonce(policy, o->nonce, o->n_nonce, &err) :
			 tsmmr_policy_set_no_nonce(policy, &err);
	if (r < 0)
		return fail_usage(o, "--nonce: %s", err.message);
	if (o->min_trust && tsmmr_policy_set_min_trust(policy, o->min_trust, &err) < 0)
		return fail_usage(o, "--min-trust: %s", err.message);
	if (o->min_hash && tsmmr_policy_set_min_hash(policy, o->min_hash, &err) < 0)
		return fail_usage(o, "--min-hash: %s", err.message);
	if (o->allow_debug && tsmmr_policy_allow_debug(policy, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);

	r = add_lists(o, regs, policy);
	r = exit_first(r, add_claims(o, policy));
	r = exit_first(r, add_sets(o, policy));
	if (beside)
		r = exit_first(r, expecting_each(o, add_reference, policy));
	for (size_t i = 0; i + 1 < o->carried.n; i += 2)
		r = exit_first(r, add_reference(o, o->carried.all[i], o->carried.all[i + 1],
						strlen(o->carried.all[i + 1]), policy));
	if (beside && regs)
		r = exit_first(r, add_manifests(o, regs, policy));
	if (!r)
		*ret = take_ptr(policy);
	return r;
}
