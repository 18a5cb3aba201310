/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a register does not match: hypotheses, each tested by replay. */
#pragma once

#include "core/hypothesis.h"
#include "core/pack.h"
#include "report/report.h"

#define EXPLAIN_ROWS_MAX 8 /* hypotheses about one register */

/*
 * Extensions computed for one register, and for all of a report.  The first is what it
 * takes to try every record of 2,000 as one too many, and every two neighbours as swapped.
 */
#define EXPLAIN_BUDGET (UINT64_C(4100000))
#define EXPLAIN_ROWS_BUDGET 4 /* registers that may use theirs up */

struct edit_script;
struct repeat;

struct tsmmr_hypothesis {
	enum explain_id id;
	uint64_t log;         /* TSMMR_NONE: about no log */
	uint64_t first, last; /* records, in their log; TSMMR_NONE: about none */
	uint64_t offset;      /* of the first */
	bool would_match;     /* replay under it gives what it must give */
	char *text;
};

/* What is said of one register of the report. */
struct answer {
	struct tsmmr_hypothesis all[EXPLAIN_ROWS_MAX];
	size_t n;
	char *text; /* a paragraph for people; NULL: nothing to explain */
	/* While it is made: what its records are in, and one of another register, or NULL. */
	const struct pack *pack;
	const uint8_t *taken;
};

struct tsmmr_explain {
	struct answer *answers; /* one for each register of the report, in its order */
	size_t n;
	struct tsmmr_report *of; /* a reference, to recognize the report by */
};

/* logs are those the report was made from; reference may be NULL. */
int explain_new(const struct tsmmr_ctx *ctx, const struct tsmmr_report *report,
		struct tsmmr_log *const *logs, size_t n, const struct tsmmr_log *reference,
		struct tsmmr_explain **ret, struct tsmmr_error *err);
/*
 * The same of streams, which are read to their end; of n none where nothing is to be explained.
 * reference, which may be NULL, is none of them.
 */
int explain_new_streams(const struct tsmmr_ctx *ctx, const struct tsmmr_report *report,
			struct tsmmr_stream *const *streams, size_t n,
			struct tsmmr_stream *reference, struct tsmmr_explain **ret,
			struct tsmmr_error *err);
void explain_free(struct tsmmr_explain *x);
DEFINE_CLEANUP(struct tsmmr_explain *, explain_free)

/* --- inside ------------------------------------------------------------------------------ */

/* A record of the register; or a comment that reports an extension off the log. */
struct item {
	const uint8_t *at;     /* in the pack */
	const uint8_t *digest; /* of the bank */
};

/* All that the logs say of one register in one bank, in their order. */
struct track {
	const struct pack *pack;
	struct item *all;
	size_t n;
	uint8_t *derived; /* digests that no log has, but the data gives */
};

/* Changes that are tried at every record, if it does not take too much. */
enum effort { EFFORT_CHANGED, EFFORT_TOO_MANY, EFFORT_EXCHANGED, EFFORT_MISSING, EFFORT_COUNT };

#define VALUES_APART 32

/*
 * A stretch between two points that do not join: what must happen to the items between for
 * start to become target?
 */
struct problem {
	const struct tsmmr_ctx *ctx;
	struct hasher *h;
	size_t size;
	const struct tsmmr_report *report;
	const struct row *row;
	const struct pack *pack; /* the report's logs are the first n_logs in it */
	size_t n_logs;
	const struct item *items; /* those that count, hints only where they are believed */
	size_t n;
	/* Before the first item and every VALUES_APART-th from it, or after the last. */
	uint8_t *values;
	const uint8_t *target;
	const struct event_class *class; /* of its last record; NULL: of none */
	bool from_start, to_end;         /* of the register */
	uint64_t *budget;
	const struct repeat *repeat;  /* or NULL */
	size_t untried[EFFORT_COUNT]; /* before this item they were not all tried */
};

/* The edit that solves a problem. */
enum edit_shape {
	SHAPE_NONE,
	SHAPE_WHOLE,
	SHAPE_REPLACE,
	SHAPE_DROP,
	SHAPE_SWAP,
	SHAPE_INSERT,
	SHAPE_MOVE
};
struct found {
	enum explain_id id;
	enum edit_shape shape;
	size_t at;            /* item; INSERT: before it */
	size_t to;            /* MOVE: before it; DROP: the last of equal neighbours; INSERT:
			       * those from at on and before it are the same as the new one */
	uint8_t start;        /* X_START_VALUE: what it was */
	uint32_t words;       /* X_SYSTEMD_MEASURED: a bit for each of around_word() */
	const uint8_t *other; /* X_RECORD_IN_WRONG_REGISTER, or NULL */
};

#define FOUND_MAX EXPLAIN_ROWS_MAX

/*
 * Tries what we know, the cheapest first.  A hash chain ends in one value for one sequence,
 * so after the first edit that fits only those that give the same sequence can.
 * The number found, or an error.  (explain_search.c)
 */
int problem_solve(struct problem *p, struct found ret[FOUND_MAX]);

/* What explain.c found without an edit; the id says which sentence explain_text.c makes. */
struct fact {
	enum explain_id id;
	bool would_match;
	const struct item *first, *last; /* NULL: about no record */
	const struct row *row;           /* a register that the sentence names */
	uint64_t record;                 /* that it names, where there is no first */
	/* X_EXTRA_TAIL: the record with which the register had its value, and … */
	const struct item *reached;
	size_t n;         /* … how many follow; none reached, and doubled: how many are equal */
	const char *what; /* X_SYSTEMD_EXTENDS_TOO: is measured there */
	const struct repeat *repeat; /* X_FINAL_EVENTS_TWICE */
};

/* (explain_text.c) */

/* Takes text over.  What is too much for an answer is dropped. */
int answer_add(struct answer *a, struct tsmmr_hypothesis new, struct buf *text);
/* Records first to last; when they are in two logs, those of the first. */
struct tsmmr_hypothesis answer_about(const struct answer *a, enum explain_id id,
				     const struct item *first, const struct item *last,
				     bool would_match);
/* X_VALUES_DIFFER: none of n references is the row's value; nearest is the one most like it. */
int answer_differs(struct answer *a, const struct row *row, struct span nearest, size_t n);
/* One more hypothesis.  (explain_fact.c) */
int answer_fact(struct answer *a, const struct fact *f);
int answer_found(struct answer *a, const struct problem *p, const struct found *f);
/* next: the SYNC line at which the stretch ends, or NULL. */
int answer_undecidable(struct answer *a, const struct problem *p, const struct item *next);
/* leads: the reference gives the expected value. */
int answer_reference(struct answer *a, const struct track *here, const struct track *there,
		     const struct edit_script *script, bool leads);
/* Of n records of the reference none is here; they would begin between those two. */
int answer_lacks_all(struct answer *a, const struct item near[2], size_t n, bool leads);
/* The simplest first, and the paragraph. */
int answer_finish(struct answer *a, const struct tsmmr_report *report, const struct row *row);
