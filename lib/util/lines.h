/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the lines of a file begin, found by their hash. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/cursor.h"

/* More are not held: 2 MiB. */
#define LINES_MAX ((size_t)1 << 16)

struct lines {
	struct line_at {
		uint64_t hash, next; /* next: where it begins, and 1; 0 where there is none */
	} * all;
	size_t n, cap; /* cap is a power of two */
};

void lines_done(struct lines *l);
/* false: too many, or no memory. */
bool lines_add(struct lines *l, struct span line, uint64_t at);
/*
 * Where a line that may be this one begins: the next after *i, which is 0 at first.  Only who
 * looks there knows, for others may have the same hash.
 */
bool lines_find(const struct lines *l, struct span line, size_t *i, uint64_t *ret_at);
