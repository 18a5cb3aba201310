/* SPDX-License-Identifier: BSD-2-Clause */
/* --only and --alg: which registers are shown, and whether they name any. */
#pragma once

#include <stdbool.h>

#include <tsmmr/tsmmr.h>

struct options;

/* The registers there were, for a list that names none of them. */
struct seen {
	char **names;
	size_t n;
	uint64_t matched; /* bit i: item i of the list names one of them */
};

void seen_done(struct seen *seen);
static inline void seen_done_p(struct seen *seen)
{
	seen_done(seen);
}

/*
 * Is a register shown?  It is remembered in seen.  provider and role may be NULL; alg
 * TSMMR_HASH_NONE for what has no bank.
 */
bool select_shows(const struct options *o, struct seen *seen, const char *provider,
		  const char *name, const char *role, int alg);
/* The same of a register of a set. */
bool select_shows_reg(const struct options *o, struct seen *seen, const struct tsmmr_reg *reg);
/* Does each item name one of those that were seen?  0, or the exit status of what was reported. */
int select_check(struct options *o, const struct seen *seen);

/*
 * Narrows *report to what is shown, which must leave all that is required or has a
 * reference.  0, or the exit status of what was reported.
 */
int select_report(struct options *o, struct tsmmr_report **report);
