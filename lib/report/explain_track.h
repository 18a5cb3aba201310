/* SPDX-License-Identifier: BSD-2-Clause */
/* What the logs say of one register, cut where they say what its value is. */
#pragma once

#include "report/explain.h"

bool event_is_of(const struct tsmmr_event *e, const struct row *row);
bool row_has_gap(const struct row *row, enum gap_kind kind);
/* Is the sequence of all its digests what was extended, whatever is wrong otherwise? */
bool row_matches(const struct row *row);

/* Does a comment say it?  What is not measured counts only where it is believed. */
static inline bool item_is_hint(const struct pack *p, const struct item *i)
{
	return !pack_is_measured(p, i->at);
}

/* All that n logs say of a register in a bank, in their order; h is for that bank. */
int track_make(struct hasher *h, const struct pack *p, size_t log, size_t n, const struct row *row,
	       struct track *ret);
void track_done(struct track *t);
static inline void track_done_p(struct track *t)
{
	track_done(t);
}

/* A place where the register's value is said: by its architecture, by a log, or by the register. */
struct point {
	size_t at; /* before this item */
	const uint8_t *value;
};

/* The first is the start value, the last what is expected; between them SYNC lines. */
struct points {
	struct point *all;
	size_t n;
};

int points_make(const struct track *t, const struct row *row, struct points *ret);
void points_done(struct points *p);
static inline void points_done_p(struct points *p)
{
	points_done(p);
}

/* Does the log lead from one point to another? */
struct join {
	bool joins;
	uint16_t hints; /* bit i: only if comment i between them is true */
	size_t reached; /* the last item after which, before the end of all, the register
			 * had the expected value; SIZE_MAX: none */
};

int stretch_joins(struct hasher *h, const struct track *t, const struct point *from,
		  const struct point *to, const uint8_t *expected, struct join *ret);

/* What the log after the first n_logs has of a register.  (explain_reference.c) */
int reference_look(struct hasher *h, const struct pack *p, size_t n_logs, const struct row *row,
		   struct answer *answer);

/* A problem with the memory it lives in. */
struct stretch {
	struct problem problem;
	struct item *items; /* NULL: the track's own */
	uint8_t *values;
};

/* What lies between two points; hints: with comments taken for true. */
int stretch_make(struct hasher *h, const struct track *t, const struct point *from,
		 const struct point *to, bool hints, struct stretch *ret);
void stretch_done(struct stretch *s);
static inline void stretch_done_p(struct stretch *s)
{
	stretch_done(s);
}
