/* SPDX-License-Identifier: BSD-2-Clause */
/* --known and --denied: lists of what records may be, and must not. */
#include "known.h"

#include <string.h>
#include <unistd.h>

#include "choices.h"
#include "fail.h"
#include "input.h"
#include "options.h"
#include "scope.h"

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

static int add(struct options *o, const char *option, int flags, const char *text)
{
	struct word word = { .option = option };
	struct tsmmr_error err = NO_ERROR;
	int r = split(o, text, &word), fd = -1;

	if (!r)
		r = input_open_file(o, word.file, TSMMR_NONE, &fd);
	if (!r && tsmmr_known_add_fd(o->known_values, word.kind | flags, word.reg, word.file, fd,
				     &err) < 0) {
		/* A name that no platform has is as wrong as a digest that is none. */
		if (err.code == TSMMR_E_NOTFOUND)
			err.code = TSMMR_E_ARG;
		r = fail_error(o, NULL, TSMMR_NONE, &err);
	}
	if (fd > STDIN_FILENO)
		close(fd);
	free(word.reg);
	return r;
}

int known_read(struct options *o)
{
	int order = o->any_order ? TSMMR_KNOWN_ANY_ORDER : 0;
	struct tsmmr_error err = NO_ERROR;

	if (tsmmr_known_new(o->ctx, &o->known_values, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	for (size_t i = 0; i < o->known.n && !failed(o); i++)
		add(o, "known", order, o->known.all[i]);
	for (size_t i = 0; i < o->denied.n && !failed(o); i++)
		add(o, "denied", order | TSMMR_KNOWN_DENIED, o->denied.all[i]);
	return failed(o);
}
