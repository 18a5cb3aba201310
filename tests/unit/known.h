/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of lists of known values share. */
#pragma once

#include "testing.h"

#include <time.h>

#include "core/known.h"
#include "known/table.h"
#include "platform/platforms.h"

static inline struct tsmmr_known *known_make(void)
{
	static struct tsmmr_ctx ctx;
	struct tsmmr_known *known;

	assert_code(known_new(&ctx, platforms, n_platforms, &known, NULL), 0);
	return known;
}

static inline int known_add_mem(struct tsmmr_known *known, int kind, int flags, const char *reg,
				const char *name, const char *text, size_t n,
				struct tsmmr_error *err)
{
	struct source in;

	source_mem(&in, text, n);
	return known_add(known, known_kind(kind), flags, reg, name, &in, err);
}

/* A set of that list alone. */
static inline struct tsmmr_known *known_of(int kind, const char *name, const char *text)
{
	struct tsmmr_known *known = known_make();

	assert_code(known_add_mem(known, kind, 0, NULL, name, text, strlen(text), NULL), 0);
	return known;
}

/* Text that is no such list, and what is said of it. */
struct no_list {
	const char *text;
	int flags, code;
	uint64_t offset;
	const char *says;
};

static inline void check_no_lists(int kind, const char *name, const struct no_list *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_known *known = known_make();

		assert_code(known_add_mem(known, kind, rows[i].flags, NULL, name, rows[i].text,
					  strlen(rows[i].text), &err),
			    rows[i].code);
		if (err.offset != rows[i].offset || !strstr(err.message, rows[i].says))
			fail_msg("%zu: at %llu: %s", i, (unsigned long long)err.offset,
				 err.message);
		known_unref(known);
	}
}

/* A pattern, and what it is asked about. */
struct fit {
	const char *pattern, *text;
	bool fits;
};

static inline void check_fits(bool (*fits)(const char *pattern, const char *text),
			      const struct fit *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fits(rows[i].pattern, rows[i].text) != rows[i].fits)
			fail_msg("%s %s %s", rows[i].pattern, rows[i].fits ? "misses" : "fits",
				 rows[i].text);
}

/* What the set's only list lacks in the end. */
struct lacks {
	size_t n;
	char last[256];
};

static inline int lacks_note(void *user, const struct known_source *source, const char *text)
{
	struct lacks *lacks = user;

	lacks->n++;
	snprintf(lacks->last, sizeof(lacks->last), "%s: %s", source->name, text);
	return 0;
}

static inline struct lacks lacking(const struct tsmmr_known *known, const void *state)
{
	const struct known_source *s = known->sources[0];
	struct lacks lacks = { 0 };

	assert_code(s->kind->end(s, state, lacks_note, &lacks), 0);
	return lacks;
}
