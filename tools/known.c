/* SPDX-License-Identifier: BSD-2-Clause */
/* --known and --denied: lists of what records may be, and must not. */
#include "known.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "choices.h"
#include "fail.h"
#include "folder.h"
#include "input.h"
#include "options.h"
#include "reporting.h"
#include "scope.h"
#include "verifying.h"

/* "[REG:]KIND=FILE" */
struct word {
	const char *option;
	const char *file;
	char *reg; /* or NULL */
	int kind;
};

static int split(struct options *o, const char *text, struct word *ret)
{
	const char *equals = strchr(text, '='), *colon = NULL, *name = text;
	_cleanup_(free) char *word = NULL;

	if (!equals || !equals[1] || *text == ':')
		return fail_usage(o, "--%s: not [REGISTER:]KIND=FILE: '%s'", ret->option, text);
	for (const char *p = text; p < equals; p++)
		if (*p == ':')
			colon = p;
	if (colon)
		name = colon + 1;
	word = strndup(name, (size_t)(equals - name));
	ret->reg = colon ? strndup(text, (size_t)(colon - text)) : NULL;
	if (!word || (colon && !ret->reg))
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	ret->file = equals + 1;
	if (tsmmr_name_find(TSMMR_NAMES_KNOWN, word, &ret->kind) < 0) {
		struct choices choices = { .word = word };

		choices_add_names(&choices, TSMMR_NAMES_KNOWN, NULL);
		return choices_fail(o, ret->option, &choices);
	}
	return 0;
}

/* open: of a file that was named, or was found in a folder. */
static int add_file(struct options *o, const struct word *word, int flags, const char *path,
		    int (*open)(struct options *o, const char *name, uint64_t log, int *ret))
{
	struct tsmmr_error err = NO_ERROR;
	int fd = -1, r = open(o, path, TSMMR_NONE, &fd);
	struct stat st;

	if (!r && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !st.st_size)
		r = fail_usage(o, "--%s: %s is empty", word->option, path);
	if (!r && tsmmr_known_add_fd(o->known_values, word->kind | flags, word->reg, path, fd,
				     &err) < 0) {
		/* A name that no platform has is as wrong as a digest that is none. */
		if (err.code == TSMMR_E_NOTFOUND)
			err.code = TSMMR_E_ARG;
		r = fail_error(o, NULL, TSMMR_NONE, &err);
	}
	if (fd > STDIN_FILENO)
		close(fd);
	return r;
}

static bool ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n > k && !strcmp(s + n - k, suffix);
}

/* What is in a folder, and below it those of one component. */
struct locks {
	const struct word *word;
	int flags;
	bool below;
	size_t n_files;
};

/* systemd.pcrlock(5): *.pcrlock, and *.pcrlock.d with those of one component. */
static int add_lock(struct options *o, const char *path, void *user)
{
	struct locks *locks = user;
	int r;

	if (!ends(path, ".pcrlock") && !ends(path, ".pcrlock.d"))
		return 0;
	if (!folder_is(path)) {
		locks->n_files++;
		return add_file(o, locks->word, locks->flags, path, input_open_found);
	}
	if (locks->below)
		return 0;
	locks->below = true;
	r = folder_each(o, path, add_lock, locks);
	locks->below = false;
	return r;
}

/* A list, as it stands in a file, or in those of a folder. */
static int add_list(struct options *o, const struct word *word, int flags)
{
	struct locks locks = { .word = word, .flags = flags };
	int r;

	if (word->kind != TSMMR_KNOWN_PCRLOCK || !folder_is(word->file))
		return add_file(o, word, flags, word->file, input_open_file);
	r = folder_each(o, word->file, add_lock, &locks);
	if (!r && !locks.n_files)
		r = fail(o, TSMMR_E_ARG, "--%s: no .pcrlock file in it: '%s'", word->option,
			 word->file);
	return r;
}

/* A log that the caller vouches for. */
static int add_log(struct options *o, const struct word *word, int flags)
{
	_cleanup_(tsmmr_stream_free) struct tsmmr_stream *stream = NULL;
	_cleanup_(tsmmr_input_free) struct tsmmr_input *input = NULL;
	struct tsmmr_error err = NO_ERROR;
	int fd = -1, r = input_open_file(o, word->file, TSMMR_NONE, &fd);

	if (r)
		return r;
	if (tsmmr_input_new(&input, &err) < 0 ||
	    tsmmr_input_set_name(input, word->file, &err) < 0 ||
	    tsmmr_input_set_platform(input, o->platform, &err) < 0 ||
	    (word->reg && tsmmr_input_set_register(input, word->reg, &err) < 0) ||
	    tsmmr_stream_open_fd(o->ctx, input, fd, &stream, &err) < 0 ||
	    tsmmr_known_add_stream(o->known_values, flags, word->file, stream, &err) < 0)
		r = fail_error(o, word->file, TSMMR_NONE, &err);
	if (fd > STDIN_FILENO)
		close(fd);
	return r;
}

/* What became of the reference: its report has a yes, under the policy of the appraisal. */
static int take_verified(struct options *o, const struct reading *now)
{
	_cleanup_(free) struct tsmmr_log **logs = reporting_logs(&now->in);
	struct tsmmr_error err = NO_ERROR;

	if (!logs)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	if (tsmmr_known_add_logs(o->known_values, o->known_flags, o->known_name, now->report, logs,
				 now->in.n, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	return 0;
}

/*
 * The folder of an attest, verified as verify does: all that is asked of the appraisal is asked of
 * it but its nonce, which was another's.
 */
static int add_verified(struct options *o, const struct word *word, int flags)
{
	static const struct verb verify = { .name = "verify", .bit = V_VERIFY };
	struct options sub = *o;
	char *operand = (char *)(uintptr_t)word->file;
	struct words *const own[] = { &sub.evidence, &sub.own_log, &sub.carrier,
				      &sub.carried,  &sub.kept,    &sub.found };
	int r;

	if (word->reg)
		return fail_usage(o, "--%s: a log is of all its registers", word->option);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		*own[i] = (struct words){ .n = 0 };
	sub.verb = &verify;
	sub.operands = &operand;
	sub.n_operands = 1;
	sub.handed_in = NULL;
	sub.evidence_exit = 0;
	sub.n_nonce = 0;
	sub.live = sub.json = 0;
	sub.format = 0;
	sub.mr = NULL;
	sub.select = NULL;
	sub.page = NULL;
	sub.events = 0;
	sub.whole = 1;
	sub.known_flags = flags;
	sub.known_name = word->file;
	r = folder_take(&sub);
	if (!r && !sub.own_log.n)
		r = fail_usage(&sub,
			       "'%s' is not what attest writes; of a log that nobody vouches "
			       "for say unverified-log=",
			       word->file);
	if (!r)
		r = verifying_run(&sub, take_verified);
	for (size_t i = 0; i < sub.kept.n; i++)
		free((char *)(uintptr_t)sub.kept.all[i]);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		free(own[i]->all);
	tsmmr_evidence_free(sub.handed_in);
	o->failure = sub.failure;
	o->roots_added = sub.roots_added;
	return r;
}

static int add(struct options *o, const char *option, int flags, const char *text)
{
	struct word word = { .option = option };
	int r = split(o, text, &word);

	if (!r)
		r = (word.kind == TSMMR_KNOWN_LOG            ? add_verified :
		     word.kind == TSMMR_KNOWN_UNVERIFIED_LOG ? add_log :
							       add_list)(o, &word, flags);
	free(word.reg);
	return r;
}

/* A file by what it is measured as; "eif" is a log of its own, and svsm, igvm are of a launch. */
static int add_image(struct options *o, const char *text)
{
	const char *equals = strchr(text, '=');
	_cleanup_(free) char *role = strndup(text, (size_t)(equals - text));
	struct tsmmr_error err = NO_ERROR;
	int fd = -1, r;

	if (!role)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	if (tsmmr_name_find(TSMMR_NAMES_IMAGE, role, NULL) < 0)
		return 0;
	r = input_open_file(o, equals + 1, TSMMR_NONE, &fd);
	if (!r && tsmmr_known_add_image_fd(o->known_values, 0, role, text, fd, &err) < 0)
		r = fail_error(o, text, TSMMR_NONE, &err);
	if (fd > STDIN_FILENO)
		close(fd);
	return r;
}

int known_read(struct options *o)
{
	int order = o->any_order ? TSMMR_LIST_ANY_ORDER : 0;
	struct tsmmr_error err = NO_ERROR;

	if (tsmmr_known_new(o->ctx, &o->known_values, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	for (size_t i = 0; i < o->known.n && !failed(o); i++)
		add(o, "known", order, o->known.all[i]);
	for (size_t i = 0; i < o->denied.n && !failed(o); i++)
		add(o, "denied", order | TSMMR_LIST_DENIED, o->denied.all[i]);
	/* Each was seen to be ROLE=FILE when the launch was made of them. */
	for (size_t i = 0; i < o->image.n && !failed(o); i++)
		add_image(o, o->image.all[i]);
	return failed(o);
}
