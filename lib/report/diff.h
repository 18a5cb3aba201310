/* SPDX-License-Identifier: BSD-2-Clause */
/* Two sets of logs compared, register by register. */
#pragma once

#include <tsmmr/diff.h>

#include "core/log.h"
#include "report/report.h"

/* Beyond it the middle of two records lists counts as replaced whole. */
#define DIFF_EDITS_MAX 1000

enum { SIDE_A, SIDE_B, SIDES };

struct diff_input {
	struct tsmmr_log *log;       /* a reference, … */
	struct tsmmr_stream *stream; /* … or borrowed */
};

/* Which records of a register, counted on each side, on which they are. */
struct diff_edit {
	uint64_t a_kind; /* of what is only in b: before which it would be; see below */
	uint64_t b;
};
static inline struct diff_edit diff_edit_of(int kind, uint64_t a, uint64_t b)
{
	return (struct diff_edit){ a << 3 | (unsigned)kind, b };
}
static inline int diff_edit_kind(const struct diff_edit *edit)
{
	return edit->a_kind & 7;
}
static inline uint64_t diff_edit_a(const struct diff_edit *edit)
{
	return edit->a_kind >> 3;
}

/* An event that differs, perhaps in several banks. */
struct diff_event {
	unsigned users;
	size_t bytes;
	uint64_t log;
	const struct tsmmr_event *e; /* copy, or a log's own */
	struct tsmmr_event copy;     /* and after it what it points to */
};

/* Differences that have their events, of all that are shown: of one register after the other. */
struct diff_window {
	size_t from, n;
	struct diff_event *(*at)[SIDES]; /* NULL: on the other side only */
	uint64_t bytes[SIDES];
};

/* A register in a bank. */
struct diff_row {
	const struct row *rows[SIDES]; /* of the reports; NULL: one has no such register */
	struct diff_bare *bare;        /* or of this, where no replay speaks of it */
	size_t n_records[SIDES];
	bool same; /* nothing that is measured differs */
	bool exact;
	struct diff_edit *edits;
	size_t n;
	size_t first, shown; /* of those that are shown, the first that is its, and how many are */
};

/* How far it is written. */
struct diff_json {
	struct buf out;
	bool comma;
	int at;
	size_t row, edit;
};

struct tsmmr_diff {
	struct tsmmr_ctx *ctx; /* a reference of whoever made it */
	/* What is to be compared. */
	struct diff_input inputs[SIDES][REPORT_LOGS_MAX];
	size_t n_logs[SIDES];
	struct tsmmr_regs *regs[SIDES]; /* copies, or NULL */
	bool reread;                    /* events are read again where they are shown */
	size_t most;                    /* then: differences of a register that are */

	bool spent;    /* it failed, and its streams may be gone */
	bool compared; /* then: */
	struct tsmmr_report *reports[SIDES];
	struct diff_row *rows;
	size_t n;
	size_t n_shown;
	uint64_t most_bytes; /* that the events take which are read again */
	struct diff_window window;
	struct diff_json json; /* of diff_next_json() */
};

/* What the functions of tsmmr/diff.h do.  Its ctx is whose it is to free. */
int diff_add_log(struct tsmmr_diff *diff, int side, const struct tsmmr_log *log,
		 struct tsmmr_error *err);
int diff_add_stream(struct tsmmr_diff *diff, int side, struct tsmmr_stream *stream,
		    struct tsmmr_error *err);
int diff_compare(struct tsmmr_diff *diff, struct tsmmr_error *err);
void diff_free(struct tsmmr_diff *diff);
/* Nothing that is measured differs; nor does it where nothing was compared. */
bool diff_is_same(const struct tsmmr_diff *diff);
bool diff_is_compared(const struct tsmmr_diff *diff);
/* What was kept of difference k of a row, or NULL. */
const struct diff_event *diff_event(const struct tsmmr_diff *diff, const struct diff_row *row,
				    size_t k, int side);
/* The events of difference k of row i, and of as many after it as memory is for. (diff_read.c) */
int diff_reread(struct tsmmr_diff *diff, size_t i, size_t k, struct tsmmr_error *err);
void diff_window_done(struct diff_window *window);
static inline const struct row *diff_any(const struct diff_row *row)
{
	return row->rows[SIDE_A] ? row->rows[SIDE_A] : row->rows[SIDE_B];
}

/* (diff_bare.c) */
bool diff_is_of(const struct tsmmr_event *e, const struct diff_row *row);
/* Rows for all digests of a side that none is about. */
struct diff_work;
int diff_add_bare(struct diff_work *w, int side, struct tsmmr_error *err);
void diff_bare_free(struct diff_bare *bare);

int diff_json(const struct tsmmr_diff *diff, struct buf *out);
/* Some more of it, in diff->json.out: 1, 0 after the last, and then again from the first. */
int diff_next_json(struct tsmmr_diff *diff, struct tsmmr_error *err);
