/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs and registers compared. */
#pragma once

#include <assert.h>

#include "core/log.h"
#include "core/regs.h"
#include "core/replay.h"

#define REPORT_LOGS_MAX 64
#define ROW_GAPS_MAX (CANDIDATE_GAPS_MAX + 3)

/* One register in one bank: what it should be, what the logs give, what that means. */
struct row {
	struct tsmmr_reg reg; /* without a value when nobody said one */
	char name[264];       /* "PROVIDER/NAME" where the name alone is ambiguous */
	bool many_banks;      /* other rows are the same register in another bank */
	int status;
	uint64_t events;
	uint64_t logs;   /* bit n: log n has events of it */
	bool replayed;   /* value is what the logs give */
	bool too_many;   /* readings were dropped */
	bool twice;      /* some records stand in two logs */
	bool padded;     /* SHA-1 digests were extended into this bank */
	bool is_virtual; /* its platform's name is its carrier's */
	bool carried;    /* virtual, and no log of its own was given */
	bool proven;     /* verified by records, which are therefore what happened */
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	uint8_t start[TSMMR_HASH_SIZE_MAX]; /* what its replay begins with */
	char anchor[20];
	struct gap gaps[ROW_GAPS_MAX];
	size_t n_gaps;
};

struct log_info {
	char *name;
	const struct format *format;
	const struct platform *platform;
	uint64_t events, bytes;
	uint8_t *proven; /* a bit an event, or NULL: from a stream */
};

/* Made once, then only read; shared by the report and its selections. */
struct report_data {
	unsigned users; /* atomic */
	struct row *rows;
	size_t n_rows;
	struct log_info logs[REPORT_LOGS_MAX];
	size_t n_logs;
	struct tsmmr_regs *regs;                      /* a copy, or NULL */
	const struct platform *virtuals[VIRTUAL_MAX]; /* references */
	size_t n_virtuals;
	struct findings findings;
};

struct tsmmr_explain;

struct tsmmr_report {
	struct report_data *data;
	size_t *rows; /* which of data's */
	size_t n;
};

int report_new(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams, size_t n,
	       const struct tsmmr_regs *regs, struct tsmmr_report **ret, size_t *ret_log,
	       struct tsmmr_error *err);
/* The same over frozen logs, so that events can be asked whether they are proven. */
int report_new_logs(const struct tsmmr_ctx *ctx, const struct tsmmr_log *const *logs, size_t n,
		    const struct tsmmr_regs *regs, struct tsmmr_report **ret,
		    struct tsmmr_error *err);
void report_free(struct tsmmr_report *report);
DEFINE_CLEANUP(struct tsmmr_report *, report_free)
int report_select(const struct tsmmr_report *report, const char *only, struct tsmmr_report **ret,
		  struct tsmmr_error *err);

static inline const struct row *report_row(const struct tsmmr_report *report, size_t i)
{
	assert(i < report->n);
	return &report->data->rows[report->rows[i]];
}

/* What the caller asks of a report; both lists may be NULL, both have been checked. */
struct policy {
	const char *require;
	const char *allow;
};

/*
 * Checks the lists: E_ARG.  knows says whether any platform has a register or role of
 * that name (E_NOTFOUND).
 */
int policy_check(const struct policy *policy, bool (*knows)(struct span name),
		 struct tsmmr_error *err);
bool policy_asked(const struct policy *policy, const struct tsmmr_report *report,
		  const struct row *row);
bool policy_required(const struct policy *policy, const struct row *row);
bool policy_allows(const struct policy *policy, const struct row *row, enum gap_kind gap);
/* Does a list that has been checked name this row? */
bool row_selected(const struct row *row, const char *list);
/* TSMMR_OK, E_MISMATCH, E_INCOMPLETE.  (semantics, status) */
int policy_verdict(const struct policy *policy, const struct tsmmr_report *report);
const char *verdict_name(int verdict);

/* Compares what the logs assert of PCR 0 to 9 with what they replay to.  (aggregate.c) */
int aggregates_check(const struct replay *r, struct findings *findings);

int report_summary(const struct tsmmr_report *report, const struct policy *policy, struct buf *out);
struct json;
void report_logs_json(struct json *j, const char *key, const struct report_data *d);
int report_replay_json(const struct tsmmr_report *report, struct buf *out);
int report_verify_json(const struct tsmmr_report *report, const struct policy *policy,
		       const struct tsmmr_log *const *logs, size_t n,
		       const struct tsmmr_explain *explain, struct buf *out);
int report_event_proven(const struct tsmmr_report *report, size_t log, size_t i);
