/* SPDX-License-Identifier: BSD-2-Clause */
/* --only and --alg: which registers are shown, and whether they name any. */
#include "selecting.h"

#include <string.h>

#include "choices.h"
#include "options.h"
#include "reporting.h"
#include "scope.h"

#define ITEMS_MAX 64 /* bits of struct seen */
#define NAMES_MAX 256
#define NAME_MAX_BYTES 160

void seen_done(struct seen *seen)
{
	for (size_t i = 0; i < seen->n; i++)
		free(seen->names[i]);
	free(seen->names);
	*seen = (struct seen){ .n = 0 };
}

/* A name that cannot be kept is none that can be suggested. */
static void remember(struct seen *seen, const char *name)
{
	char **more;

	if (seen->n == NAMES_MAX)
		return;
	for (size_t i = 0; i < seen->n; i++)
		if (!strcmp(seen->names[i], name))
			return;
	more = reallocarray(seen->names, seen->n + 1, sizeof(*more));
	if (!more)
		return;
	seen->names = more;
	more[seen->n] = strdup(name);
	seen->n += more[seen->n] != NULL;
}

/* Item i of the list, or NULL past the last; the copy ends at its comma. */
static const char *item_at(const char *list, size_t i, char *buf, size_t size)
{
	size_t n;

	for (; i && list; i--) {
		list = strchr(list, ',');
		if (list)
			list++;
	}
	if (!list || !*list)
		return NULL;
	n = strcspn(list, ",");
	snprintf(buf, size, "%.*s", n < size ? (int)n : (int)size - 1, list);
	return buf;
}

static bool item_names(const char *item, const char *provider, const char *name, const char *role,
		       int alg)
{
	char full[2 * NAME_MAX_BYTES];

	if (tsmmr_select_matches(item, name, role, alg, NULL) == 1)
		return true;
	if (!provider || snprintf(full, sizeof(full), "%s/%s", provider, name) >= (int)sizeof(full))
		return false;
	return tsmmr_select_matches(item, full, NULL, alg, NULL) == 1;
}

bool select_shows(const struct options *o, struct seen *seen, const char *provider,
		  const char *name, const char *role, int alg)
{
	char buf[2 * NAME_MAX_BYTES];
	const char *item;
	bool shown = !o->select;

	if (o->select)
		remember(seen, name);
	for (size_t i = 0; o->select && (item = item_at(o->select, i, buf, sizeof(buf))); i++) {
		if (!item_names(item, provider, name, role, alg))
			continue;
		seen->matched |= i < ITEMS_MAX ? 1ull << i : 0;
		shown = true;
	}
	return shown;
}

bool select_shows_reg(const struct options *o, struct seen *seen, const struct tsmmr_reg *reg)
{
	return select_shows(o, seen, tsmmr_reg_provider(reg), tsmmr_reg_name(reg),
			    tsmmr_reg_role(reg), tsmmr_reg_hash(reg));
}

/* The nearest if it is near; else what there is. */
static int say_none(struct options *o, const char *option, const char *item,
		    const struct choices *names)
{
	size_t n = strlen(item) > 2 ? strlen(item) : 2;

	if (names->nearest && 2 * names->distance <= n)
		return fail_usage(o, "%s: no register here is '%s'; the nearest is '%s'", option,
				  item, names->nearest);
	return fail_usage(o, "%s: no register here is '%s'%s%s", option, item,
			  names->len ? "; there are: " : "", names->list);
}

int select_check(struct options *o, const struct seen *seen)
{
	char buf[2 * NAME_MAX_BYTES];
	const char *item;

	for (size_t i = 0; o->select && (item = item_at(o->select, i, buf, sizeof(buf))); i++) {
		const char *option = o->only ? "--only" : "--alg";
		struct choices names = { .word = buf };

		if (i >= ITEMS_MAX)
			return fail_usage(o, "%s: more than %d items", option, ITEMS_MAX);
		if (seen->matched >> i & 1)
			continue;
		for (size_t k = 0; k < seen->n; k++)
			choices_add(&names, seen->names[k]);
		return say_none(o, option, item, &names);
	}
	return 0;
}

/* What was asked for by name is not for hiding, for who reads would take it for answered. */
static int check_hidden(struct options *o, const struct tsmmr_report *report, size_t i)
{
	bool referred = tsmmr_report_reference(report, i, 0, NULL, NULL, NULL) == 0;

	if (!referred && !(o->require && tsmmr_report_is_asked(report, i) == 1))
		return 0;
	return fail_usage(o, "%s hides %s, which is %s", o->only ? "--only" : "--alg",
			  tsmmr_report_name(report, i), referred ? "expected" : "required");
}

int select_report(struct options *o, struct tsmmr_report **report)
{
	_cleanup_(seen_done) struct seen seen = { .n = 0 };
	struct tsmmr_error err = NO_ERROR;
	struct tsmmr_report *narrow;
	int r = 0;

	if (!o->select)
		return 0;
	for (size_t i = 0; i < tsmmr_report_count(*report); i++)
		if (!select_shows_reg(o, &seen, tsmmr_report_reg(*report, i)))
			r = exit_first(r, check_hidden(o, *report, i));
	r = exit_first(r, select_check(o, &seen));
	if (r)
		return r;
	if (tsmmr_report_select(*report, o->select, &narrow, &err) < 0)
		return fail_error(o, o->only ? "--only" : "--alg", TSMMR_NONE, &err);
	tsmmr_report_free(*report);
	*report = narrow;
	return 0;
}
