/* SPDX-License-Identifier: BSD-2-Clause */
/* How two sides are compared: read side by side, as often as it takes, and never kept. */
#pragma once

#include "report/diff.h"
#include "report/edit.h"
#include "report/pass.h"

/* A place among the records of a row, on either side. */
struct pair {
	size_t at[SIDES];
};

/* One row while it is compared.  Records that are in both sides are met in pairs. */
struct meeting {
	bool settled;              /* the script is known, and the texts are complete */
	struct edit_script script; /* without runs: all are in both, one by one */
	struct meeting_side {
		size_t n;         /* records so far */
		size_t run, used; /* where they are in the script */
		struct buf early; /* those whose partner has yet to come, from byte taken on */
		size_t taken;
		uint32_t *numbers; /* of diff_find_scripts(): digests, … */
		size_t n_numbers;  /* … from the first that differs on */
	} sides[SIDES];
	size_t n_pairs, n_unlike; /* pairs; those whose digests are not the same … */
	size_t first, last;       /* … and which of them */
	struct pair *texts;       /* those that have other text beside the same digest */
	size_t n_texts, cap_texts;
};

/* Rows that the records of a number are of: of most logs they are few, and asked for often. */
struct diff_near {
	const struct platform *platform;
	uint32_t index;
	uint8_t space;
	uint8_t n;
	uint16_t rows[8];
};

/* Digests as numbers.  (diff_number.c) */
struct diff_numbers {
	struct hasher h;
	uint8_t key[32];
	uint8_t (*known)[16];
	size_t n, cap;
	uint32_t *slots; /* 1 + which of known, by where its bytes say; 0: free */
	size_t n_slots;  /* a power of 2 */
};

struct diff_work {
	struct tsmmr_diff *diff;
	struct tsmmr_stream *streams[SIDES][REPORT_LOGS_MAX];
	struct meeting *rows; /* one for each of diff's */
	bool lacks_row;       /* some digest is of none of them */
	uint64_t held;        /* bytes of records whose partner has yet to come */
	struct diff_near near[64];
};

/* Bytes that may be held at a time. */
static inline uint64_t diff_limit(const struct diff_work *w)
{
	const struct tsmmr_ctx *ctx = w->diff->ctx;

	return ctx->limits.bytes ? ctx->limits.bytes : FROZEN_BYTES_DEFAULT;
}

/* A side once more, from its beginning. */
static inline int diff_begin(struct diff_work *w, int side, struct tsmmr_report_pass **ret,
			     struct tsmmr_error *err)
{
	size_t n = w->diff->n_logs[side];
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = stream_rewind(w->streams[side][i], err);
	return r < 0 ? r : pass_new(w->diff->reports[side], w->streams[side], n, ret, err);
}
/* They were read to their end before: what is wrong with one now was not there then. */
static inline int diff_next(const struct diff_work *w, struct tsmmr_report_pass *pass,
			    struct tsmmr_error *err)
{
	int r = ctx_check(w->diff->ctx, err);

	if (r == 0)
		r = pass_next(pass, err);
	return r == TSMMR_E_TRUNCATED || r == TSMMR_E_MALFORMED ?
		       fail(err, TSMMR_E_ARG,
			    "a log has other records than when it was read before") :
		       r;
}
/* Calls see() for each row that the record is of, in a bank that it has a digest for. */
int diff_rows_of(struct diff_work *w, int side, const struct tsmmr_event *e, void *user,
		 int (*see)(struct diff_work *w, int side, size_t row, const struct tsmmr_event *e,
			    const struct digest *d, void *user));

/* Both sides at once: pairs are counted and compared.  (diff_meet.c) */
int diff_meet(struct diff_work *w, struct tsmmr_error *err);
/* In a zeroed struct.  0, or as hasher_init(). */
int diff_numbers_start(const struct tsmmr_diff *diff, struct diff_numbers *ret);
/* 0, E_NOMEM, or as hasher_final(). */
int diff_number(struct diff_numbers *all, struct span digest, uint32_t *ret);
void diff_numbers_done(struct diff_numbers *all);
static inline void diff_numbers_done_p(struct diff_numbers *all)
{
	diff_numbers_done(all);
}
/* Of rows that are not settled: what is in one side only.  (diff_script.c) */
int diff_find_scripts(struct diff_work *w, struct tsmmr_error *err);
/*
 * What the script of a row, and its numbers, which are below n, say.  0 or E_NOMEM.
 * (diff_edits.c)
 */
int diff_make_edits(struct diff_row *row, const struct meeting *m, size_t n);
/* The same of other text beside equal digests. */
int diff_add_texts(struct diff_row *row, const struct meeting *m);
/* The events of what differs, where none are read again.  (diff_read.c) */
int diff_keep(struct diff_work *w, struct tsmmr_error *err);
/* Of both sides; those over logs are ours until diff_work_done().  (diff_work.c) */
int diff_open_streams(struct diff_work *w, struct tsmmr_error *err);
void diff_work_done(struct diff_work *w);
void diff_meetings_done(struct diff_work *w);
static inline void diff_work_done_p(struct diff_work *w)
{
	diff_work_done(w);
}
static inline bool diff_edit_is_on(const struct diff_edit *edit, int side)
{
	return diff_edit_kind(edit) != (side == SIDE_A ? TSMMR_EDIT_ONLY_B : TSMMR_EDIT_ONLY_A);
}
