/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: one table of options drives parsing, -h and who takes what. */
#include "options.h"

#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "choices.h"
#include "image.h"
#include "input.h"
#include "option_table.h"
#include "scope.h"
#include "values.h"

/* What getopt_long() returns for row i, so that no row looks like a letter. */
#define LONG_BASE 256

static int add_to_list(struct options *o, char **list, const char *value)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", *list ? *list : "", *list ? "," : "", value) < 0)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	free(*list);
	*list = joined;
	return 0;
}

static int take_name(struct options *o, const struct option_desc *d, const char *value, int *field)
{
	name_allowed_fn allowed = option_allows(d);
	struct choices choices = { .word = value };

	if (tsmmr_name_find(d->names, value, field) == 0 && (!allowed || allowed(*field)))
		return 0;
	choices_add_names(&choices, d->names, allowed);
	return choices_fail(o, d->name, &choices);
}

static int apply(struct options *o, const struct option_desc *d, const char *value)
{
	void *field = (char *)o + d->where;

	/* Nothing is asked by it, and that is not what anybody means. */
	if (d->value && !*value)
		return fail_usage(o, "--%s: an empty value", d->name);
	switch ((enum option_kind)d->kind) {
	case FLAG:
		*(int *)field = 1;
		return 0;
	case STRING:
		*(const char **)field = value;
		return 0;
	case WORDS:
		return options_add_word(o, field, value);
	case LIST:
		return add_to_list(o, field, value);
	case NUMBER:
		if (!value_size(value, field))
			return fail_usage(
				o, "--%s: not a number above 0, as in 5000, 64K, 10M, 2G: '%s'",
				d->name, value);
		return 0;
	case NAME:
		return take_name(o, d, value, field);
	case SPECIAL:
		return d->parse(o, value);
	}
	return 0;
}

bool options_row(size_t i, struct option_row *ret)
{
	if (i >= n_option_table)
		return false;
	*ret = (struct option_row){
		.name = option_table[i].name,
		.letter = option_table[i].letter,
		.is_list = option_table[i].kind == LIST,
		.verbs = option_table[i].verbs,
		.value = option_table[i].value,
		.help = option_table[i].help,
	};
	return true;
}

static const struct option_desc *desc_of(int c)
{
	if (c >= LONG_BASE && (size_t)(c - LONG_BASE) < n_option_table)
		return &option_table[c - LONG_BASE];
	for (size_t i = 0; i < n_option_table; i++)
		if (option_table[i].letter && option_table[i].letter == c)
			return &option_table[i];
	return NULL;
}

int options_apply(struct options *o, const char *name, const char *value)
{
	for (size_t i = 0; i < n_option_table; i++) {
		const struct option_desc *d = &option_table[i];

		if (strcmp(d->name, name) != 0 || !(d->verbs & IN_POLICY))
			continue;
		if (!d->value && *value)
			return fail_usage(o, "--%s takes no value", name);
		return apply(o, d, value);
	}
	return fail_usage(o, "'%s' is no option that decides", name);
}

/* getopt()'s idea of the table. */
static void make_getopt(struct option *longs, char *letters)
{
	*letters++ = ':';
	for (size_t i = 0; i < n_option_table; i++) {
		const struct option_desc *d = &option_table[i];

		longs[i] = (struct option){
			.name = d->name,
			.has_arg = d->value ? required_argument : no_argument,
			.val = LONG_BASE + (int)i,
		};
		if (!d->letter)
			continue;
		*letters++ = d->letter;
		if (d->value)
			*letters++ = ':';
	}
	*letters = '\0';
}

/* "--max" could be several; "--evidance" is one that has nearly that name. */
static int no_such_option(struct options *o, const char *arg)
{
	size_t n = strcspn(arg + 2, "=");
	_cleanup_(free) char *word = strndup(arg + 2, n);
	struct choices near = { .word = word }, begun = { .word = word };
	const char *likely;

	if (!word)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	for (size_t i = 0; i < n_option_table; i++) {
		if (o->verb && !(option_table[i].verbs & o->verb->bit))
			continue;
		choices_add(&near, option_table[i].name);
		if (!strncmp(option_table[i].name, word, n))
			choices_add(&begun, option_table[i].name);
	}
	if (begun.len)
		return fail_usage(o, "--%s begins several: %s", word, begun.list);
	likely = choices_likely(&near);
	return fail_usage(o, "no such option: --%s%s%s", word, likely ? "; the nearest is --" : "",
			  likely ? likely : "");
}

static int refused_by_getopt(struct options *o, int c, char **argv)
{
	const struct option_desc *d = desc_of(optopt);

	if (d && c == ':')
		return fail_usage(o, "--%s needs a value: %s", d->name, d->value);
	if (d)
		return fail_usage(o, "--%s takes no value", d->name);
	for (int i = 1; optopt && i <= optind && argv[i]; i++)
		for (size_t k = 0; argv[i][0] == '-' && k < n_option_table; k++)
			if (!strcmp(argv[i] + 1, option_table[k].name))
				return fail_usage(o, "no such option: %s; the nearest is -%s",
						  argv[i], argv[i]);
	if (optopt)
		return fail_usage(o, "no such option: -%c", optopt);
	return no_such_option(o, argv[optind - 1]);
}

/* Reads everything that begins with "-"; which rows were seen goes to given. */
static int parse_all(struct options *o, int argc, char **argv, bool *given)
{
	struct option longs[OPTIONS_MAX + 1] = { { .name = NULL } };
	char letters[3 * OPTIONS_MAX + 2];
	int c;

	make_getopt(longs, letters);
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
		const struct option_desc *d = c == '?' || c == ':' ? NULL : desc_of(c);
		int r = d ? apply(o, d, optarg) : refused_by_getopt(o, c, argv);

		if (r)
			return r;
		given[d - option_table] = true;
	}

	o->operands = argv + optind;
	o->n_operands = (size_t)(argc - optind);
	return 0;
}

/* Does each option given mean something to the verb? */
static int check_given(struct options *o, const bool *given)
{
	for (size_t i = 0; i < n_option_table; i++)
		if (given[i] && !(option_table[i].verbs & o->verb->bit))
			return fail_usage(o, "%s takes no --%s", o->verb->name,
					  option_table[i].name);
	return 0;
}

/* --only and --alg as the one list that the library takes: "a:sha256,b:sha1", "*:sha256". */
static int make_select(struct options *o)
{
	const char *alg = o->alg ? tsmmr_name(TSMMR_NAMES_HASH, o->alg) : NULL;
	const char *list = o->only ? o->only : "*";
	struct tsmmr_error err = NO_ERROR;

	if (!o->only && !alg)
		return 0;
	while (*list) {
		size_t n = strcspn(list, ",");
		bool has_bank = memchr(list, ':', n) != NULL;
		char *longer;

		if (asprintf(&longer, "%s%s%.*s%s%s", o->select ? o->select : "",
			     o->select ? "," : "", (int)n, list, alg && !has_bank ? ":" : "",
			     alg && !has_bank ? alg : "") < 0)
			return fail(o, TSMMR_E_NOMEM, "out of memory");
		free(o->select);
		o->select = longer;
		list += n + (list[n] == ',');
	}
	if (tsmmr_select_matches(o->select ? o->select : "", "rtmr0", NULL, 0, &err) < 0)
		return fail_usage(o, "--only: %s", err.message);
	return 0;
}

bool options_no_logs(const struct options *o)
{
	return o->evidence.n && !o->n_operands && !images_launch(o);
}

#define JOBS_MAX 256

/* Lines say what is compared, and nothing else does. */
static int check_batch(struct options *o)
{
	const struct {
		bool given;
		const char *name;
	} others[] = {
		{ o->n_operands, "LOG" },
		{ o->evidence.n, "--evidence" },
		{ o->live, "--live" },
		{ o->only, "--only" },
		{ o->alg, "--alg" },
		{ o->events, "--events" },
		{ o->page, "--page" },
		{ o->write_unknown, "--write-unknown" },
		{ input_stdin_values(o), "value of '-'" },
	}, mine[] = {
		{ o->batch_root, "--batch-root" },
		{ o->jobs, "--jobs" },
		{ o->unordered, "--unordered" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others) && o->batch; i++)
		if (others[i].given)
			return fail_usage(o,
					  "--batch takes no %s: lines of standard input say what"
					  " is compared",
					  others[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(mine) && !o->batch; i++)
		if (mine[i].given)
			return fail_usage(o, "%s is about --batch", mine[i].name);
	return o->jobs > JOBS_MAX ? fail_usage(o, "--jobs: more than %d", JOBS_MAX) : 0;
}

static int check_together(struct options *o)
{
	bool evidence = o->evidence.n || o->batch || o->verb->bit == V_ATTEST;

	if (o->n_nonce && !evidence)
		return fail_usage(o, "--nonce is about --evidence, and there is none");
	if (o->trust_root.n && !evidence)
		return fail_usage(o, "--trust-root is about --evidence, and there is none");
	if (o->collateral.n && !evidence)
		return fail_usage(o, "--collateral is about --evidence, and there is none");
	if (o->events && !o->json)
		return fail_usage(o, "--events is about --json");
	if (o->page && (!strcmp(o->page, "-") || (o->out && !strcmp(o->page, o->out))))
		return fail_usage(o, "--page is a file of its own");
	if (o->live && o->evidence.n)
		return fail_usage(o, "--live and --evidence both say what the registers hold");
	if ((o->verb->bit & V_LOGS) && (o->format || o->mr) && o->n_operands != 1 && !o->batch)
		return fail_usage(o, "--format and --mr are about exactly one LOG;"
				     " for more say FORMAT,NAME=PATH");
	return 0;
}

static const struct verb *find_verb(const struct verb *verbs, const char *word)
{
	while (verbs->name && strcmp(verbs->name, word) != 0)
		verbs++;
	return verbs->name ? verbs : NULL;
}

static int no_such_verb(struct options *o, const struct verb *verbs, const char *word)
{
	struct choices choices = { .word = word };
	const char *likely;

	for (; verbs->name; verbs++)
		choices_add(&choices, verbs->name);
	likely = choices_likely(&choices);
	if (likely)
		return fail_usage(o, "no such verb: '%s'; the nearest is '%s'", word, likely);
	if (access(word, F_OK) == 0)
		return fail_usage(o,
				  "no such verb: '%s'; for a file say what to do with it: show %s",
				  word, word);
	return fail_usage(o, "no such verb: '%s'; there are: %s", word, choices.list);
}

/* "help", "help VERB" and "version" are asked in words too. */
static void take_questions(struct options *o)
{
	for (; o->n_operands; o->operands++, o->n_operands--) {
		if (!strcmp(o->operands[0], "help"))
			o->help = 1;
		else if (!strcmp(o->operands[0], "version"))
			o->version = 1;
		else
			break;
	}
}

/* The verb is the first operand, wherever the options stand. */
static int take_verb(struct options *o, const struct verb *verbs)
{
	if (!o->n_operands)
		return fail_usage(o, "no verb given");
	o->verb = find_verb(verbs, o->operands[0]);
	if (!o->verb)
		return no_such_verb(o, verbs, o->operands[0]);
	o->operands++;
	o->n_operands--;
	return 0;
}

int options_parse(struct options *o, const struct verb *verbs,
		  int (*read_policy)(struct options *o, const char *path), int argc, char **argv)
{
	bool given[OPTIONS_MAX] = { false };
	int r;

	o->read_policy = read_policy;
	/* An error on the way is reported in JSON, and as one of the verb that comes later. */
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		o->json |= !strcmp(argv[i], "--json");
		if (!o->verb)
			o->verb = find_verb(verbs, argv[i]);
	}

	r = parse_all(o, argc, argv, given);
	if (r)
		return r;
	o->verb = NULL;
	take_questions(o);
	if (o->version || o->list_roots || (o->help && !o->n_operands))
		return 0;

	r = take_verb(o, verbs);
	if (r || o->help)
		return r;

	/* All of them, for the worst decides. */
	check_given(o, given);
	check_batch(o);
	if (o->verb->expand)
		o->verb->expand(o);
	/* What there was no room for is not missing. */
	if (o->failure.code == TSMMR_E_NOMEM)
		return failed(o);
	check_together(o);
	make_select(o);
	return failed(o);
}

void options_free(struct options *o)
{
	struct words *const words[] = {
		&o->replace,    &o->replace_text, &o->drop,     &o->evidence,   &o->expect,
		&o->expect_any, &o->at_least,     &o->manifest, &o->trust_root, &o->initial,
		&o->reference,  &o->image,        &o->launch,   &o->policy,     &o->own_log,
		&o->carrier,    &o->carried,      &o->known,    &o->denied,     &o->kept,
		&o->found,      &o->collateral
	};

	for (size_t i = 0; i < o->kept.n; i++)
		free((char *)(uintptr_t)o->kept.all[i]);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		free(words[i]->all);
	free(o->require);
	free(o->allow);
	free(o->must_check);
	free(o->accept_tcb);
	free(o->accept_advisory);
	free(o->only);
	free(o->select);
	tsmmr_evidence_free(o->handed_in);
	tsmmr_launch_free(o->made_of);
	tsmmr_known_free(o->known_values);
	tsmmr_ctx_free(o->ctx);
}

void options_print_row(FILE *f, const char *left, int width, const char *text)
{
	int used = fprintf(f, "  %-*s", width, left), indent = width + 3;

	/* What has no room begins a line of its own. */
	if (used >= indent)
		used = fprintf(f, "\n%*s", indent - 1, "") - 1;
	while (*text) {
		int n = (int)strcspn(text, " ");

		if (used > indent && used + 1 + n > 79)
			used = fprintf(f, "\n%*s", indent - 1, "") - 1;
		used += fprintf(f, " %.*s", n, text);
		text += n + (text[n] == ' ');
	}
	putc('\n', f);
}

void options_print(FILE *f, const struct verb *verb)
{
	for (size_t i = 0; i < n_option_table; i++) {
		const struct option_desc *d = &option_table[i];
		char left[64];

		if (!(d->verbs & verb->bit))
			continue;
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", d->letter ? '-' : ' ',
			 d->letter ? d->letter : ' ', d->letter ? ", " : "  ", d->name,
			 d->value ? " " : "", d->value ? d->value : "");
		options_print_row(f, left, 28, d->help);
	}
}
