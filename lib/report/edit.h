/* SPDX-License-Identifier: BSD-2-Clause */
/* The shortest edit between two sequences of digests. */
#pragma once

#include <stdbool.h>

#include "util/cleanup.h"
#include "util/cursor.h"

enum edit_kind {
	EDIT_KEEP,   /* n digests are in both: a from a, b from b on */
	EDIT_ONLY_A, /* n digests from a on; they would stand before b in b */
	EDIT_ONLY_B  /* n digests from b on; they would stand before a in a */
};

struct edit {
	enum edit_kind kind;
	size_t a, b; /* where this run begins in either */
	size_t n;
};

/* Runs in order; put together they are all of both sequences. */
struct edit_script {
	struct edit *all;
	size_t n;
	size_t cost; /* digests that are in one only */
	bool exact;  /* false: the middle was too far apart and is taken as replaced whole */
};

/*
 * At most max_d digests (and EDIT_D_MAX) in one only, else the script is not exact.  Memory
 * is of the order of max_d², time of (n + m) max_d and never more than EDIT_STEPS_MAX
 * comparisons; what both begin and end with costs neither.  0 or E_NOMEM.
 */
#define EDIT_D_MAX ((size_t)2000)
#define EDIT_STEPS_MAX (UINT64_C(1) << 26)
int edit_script(const struct span *a, size_t n, const struct span *b, size_t m, size_t max_d,
		struct edit_script *ret);
/* The same of numbers that stand for digests; neither is NULL. */
int edit_script_numbers(const uint32_t *a, size_t n, const uint32_t *b, size_t m, size_t max_d,
			struct edit_script *ret);
void edit_script_done(struct edit_script *s);
static inline void edit_script_done_p(struct edit_script *s)
{
	edit_script_done(s);
}
