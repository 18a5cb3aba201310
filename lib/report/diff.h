/* SPDX-License-Identifier: BSD-2-Clause */
/* Two sets of logs compared, register by register. */
#pragma once

#include <tsmmr/diff.h>

#include "core/log.h"
#include "report/report.h"

/* Beyond it the middle of two records lists counts as replaced whole. */
#define DIFF_EDITS_MAX 1000

enum { SIDE_A, SIDE_B, SIDES };

/* A record of one register, in its log. */
struct diff_place {
	const struct tsmmr_event *e; /* NULL: on the other side only */
	uint64_t log;
	size_t at; /* while they are compared: which of its row's, then which was kept */
};

struct diff_input {
	struct tsmmr_log *log;       /* a reference, … */
	struct tsmmr_stream *stream; /* … or borrowed */
};

struct diff_edit {
	int kind; /* TSMMR_EDIT_* */
	struct diff_place at[SIDES];
};

/* A register in a bank. */
struct diff_row {
	const struct row *rows[SIDES]; /* of the reports; NULL: one has no such register */
	struct diff_bare *bare;        /* or of this, where no replay speaks of it */
	size_t n_records[SIDES];
	bool same; /* nothing that is measured differs */
	bool exact;
	struct diff_edit *edits;
	size_t n, cap;
};

struct tsmmr_diff {
	struct tsmmr_ctx *ctx; /* a reference of whoever made it */
	/* What is to be compared. */
	struct diff_input inputs[SIDES][REPORT_LOGS_MAX];
	size_t n_logs[SIDES];
	struct tsmmr_regs *regs[SIDES]; /* copies, or NULL */

	bool spent;    /* it failed, and its streams may be gone */
	bool compared; /* then: */
	struct tsmmr_report *reports[SIDES];
	struct tsmmr_log *kept[SIDES]; /* of streams, the events that differ */
	struct diff_row *rows;
	size_t n;
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
