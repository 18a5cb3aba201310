/* SPDX-License-Identifier: BSD-2-Clause */
/* The lists people write: registers ("rtmr0-2,app-runtime,pcr0-7:sha256") and gaps. */
#pragma once

#include <stdbool.h>

#include <tsmmr/types.h>

#include "util/cursor.h"

/*
 * One item of a list: name or role first..last (a range only where both end in digits),
 * in bank alg or in any (0).
 */
struct select_item {
	struct span name; /* without the number when ranged */
	bool any;         /* "*" */
	bool ranged;
	uint32_t first, last;
	uint16_t alg;
};

/* Takes the next item off list: 1, 0 at the end, E_ARG. */
int select_next(struct span *list, struct select_item *ret, struct tsmmr_error *err);
bool select_item_matches(const struct select_item *item, const char *name, const char *role,
			 int alg);
/* Does any item of a whole list match?  1, 0, or E_ARG when the list does not parse. */
int select_matches(const char *list, const char *name, const char *role, int alg,
		   struct tsmmr_error *err);

/* "[REG:]GAP,…" */
struct allow_item {
	struct span reg; /* empty: every register */
	struct span gap;
};
int allow_next(struct span *list, struct allow_item *ret, struct tsmmr_error *err);
