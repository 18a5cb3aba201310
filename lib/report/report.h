/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs and registers compared. */
#pragma once

#include <assert.h>

#include <tsmmr/report.h>

#include "core/log.h"
#include "core/regs.h"
#include "core/replay.h"
#include "report/policy.h"

#define REPORT_LOGS_MAX 64
#define ROW_GAPS_MAX (CANDIDATE_GAPS_MAX + 3)

/* One register in one bank: what it should be, what the logs give, what that means. */
struct row {
	struct tsmmr_reg reg; /* without a value when nobody said one; holds its platform */
	char name[264];       /* "PROVIDER/NAME" where the name alone is ambiguous */
	bool many_banks;      /* other rows are the same register in another bank */
	int status;
	uint64_t events;
	uint64_t logs;   /* bit n: log n has events of it */
	bool replayed;   /* value is what the logs give */
	bool too_many;   /* readings were dropped that may be what happened … */
	bool let_go;     /* … or that deny more of the log than those that were kept */
	uint64_t twice;  /* bit n: log n repeats the agent's records of an earlier one */
	bool open;       /* a torn record may explain the value: nothing was compared */
	int lacks;       /* its bank cannot be computed: the code of what is lacking, or 0 */
	bool padded;     /* SHA-1 digests were extended into this bank */
	bool is_virtual; /* its platform's name is its carrier's */
	bool carried;    /* virtual, and no log of its own was given */
	bool proven;     /* verified by records, which are therefore what happened */
	bool in_regs;    /* of the evidence or the machine, readable or not */
	bool complete;   /* grouped: the logs say what it holds, if they are the whole story */
	/* Of a virtual one: whose records it is made of. */
	const struct platform *carrier_platform;
	const struct reg_desc *carrier;
	uint16_t carrier_alg;
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	uint8_t start[TSMMR_HASH_SIZE_MAX]; /* what its replay begins with */
	char anchor[20];
	struct tsmmr_gap gaps[ROW_GAPS_MAX];
	size_t n_gaps;
};

struct log_info {
	size_t first; /* of its sources */
	const struct platform *platform;
	uint64_t events;
	uint16_t *speaks; /* of which rows each event does: a number of row_sets; NULL: a stream */
	uint64_t closed;  /* bit i: some record of index i was the separator, or is taken for it */
	uint8_t identity[32]; /* log_identity() */
};

/* Rows that one event speaks of: its register, in each bank that it has a digest in. */
struct row_set {
	uint16_t n;
	uint16_t rows[EVENT_DIGESTS_MAX];
};

/* What the replay found, whoever asks; shared by reports under different policies. */
struct report_data {
	unsigned users; /* atomic */
	struct crypto crypto;
	struct row *rows;
	size_t n_rows;
	struct row_set *row_sets;
	size_t n_row_sets;
	struct log_info logs[REPORT_LOGS_MAX];
	size_t n_logs;
	/* What findings and gaps count: the logs, and those that merged ones were made of. */
	struct log_source sources[REPORT_LOGS_MAX];
	uint64_t source_events[REPORT_LOGS_MAX];
	size_t n_sources;
	struct tsmmr_regs *regs; /* a copy, or NULL */
	uint64_t texts_differ;   /* events beside whose digest another text stands, by firm rules */
	bool no_pass;            /* of streams no digest was kept */
	int lacks; /* no value was asked about, and some register has no bank that is computed */
	struct findings findings;
};

#define JUDGED_GAPS_MAX (ROW_GAPS_MAX + 3)

/* Of a register whose value only a digest of several says. */
enum grouped { GROUP_NOT, GROUP_AGREES, GROUP_DIFFERS, GROUP_OPEN };

/* What a policy makes of a row. */
struct judgement {
	int status;
	bool has_value;       /* the row's, or one that its group agrees with */
	const uint8_t *value; /* the row's, or the policy's */
	enum grouped grouped;
	bool told; /* grouped: all of its log, or a reference, says what it holds */
	bool asked;
	bool required;                   /* by name */
	bool referred;                   /* a reference names it … */
	bool differs;                    /* … and none of the alternatives is its value */
	bool accepted;                   /* of what is asked: good enough */
	const struct reference_set *set; /* that the reference is of, or NULL */
	uint32_t because;                /* 1 << enum reason_kind */
	struct tsmmr_gap gaps[JUDGED_GAPS_MAX];
	size_t n_gaps;
};

enum reason_kind {
	REASON_UNTRUSTED,
	REASON_NONCE,
	REASON_GAP,
	REASON_NOT_COVERED,
	REASON_NOTHING_ASKED,
	REASON_REFERENCE,
	REASON_CLAIM,
	REASON_TCB,
	REASON_COUNT
};
extern const char *const reason_names[REASON_COUNT];

#define REASON_NOWHERE SIZE_MAX

/* Why the verdict is not "verified". */
struct reason {
	enum reason_kind kind;
	size_t row;   /* of the data's, or REASON_NOWHERE */
	size_t piece; /* of the evidence, or REASON_NOWHERE */
	char *what;   /* the name of what is no row, or NULL */
	uint16_t alg; /* the bank that the register lacks while it has others, or 0 */
	/* WORD: of what is not checked; TCB: what stands against the platform's. */
	enum { WHAT_REGISTER, WHAT_CLAIM, WHAT_WORD, WHAT_TCB } what_kind;
};

struct tsmmr_report {
	unsigned users; /* atomic */
	struct report_data *data;
	struct tsmmr_policy *policy;
	struct judgement *judged; /* one for each of data's rows */
	uint8_t *proven;          /* one for each of data's row_sets */
	struct reason *reasons;
	size_t n_reasons;
	uint8_t policy_hash[32];
	int verdict;      /* TSMMR_VERDICT_* */
	bool asked;       /* anything at all */
	bool pinned;      /* a launch register is among what is proven */
	bool fresh;       /* the nonce was asked for, and is there */
	uint32_t claimed; /* bit i: a claim of piece i was asked for … */
	uint32_t depends; /* … or a register that it says */
	size_t *rows;     /* which of data's are shown */
	size_t n;
};

/*
 * Replays the streams (or logs, so that events can be asked whether they are proven) and
 * judges what comes of it.  policy may be NULL: the default.
 */
int report_new(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams, size_t n,
	       const struct tsmmr_regs *regs, const struct tsmmr_policy *policy,
	       struct tsmmr_report **ret, struct tsmmr_error *err);
/*
 * Of streams that will be read again, and all that it says, whatever the context says.  E_ARG where
 * two of them have the same records, as for logs.
 */
int report_new_twice(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams, size_t n,
		     const struct tsmmr_regs *regs, const struct tsmmr_policy *policy,
		     struct tsmmr_report **ret, struct tsmmr_error *err);
int report_new_logs(const struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs, size_t n,
		    const struct tsmmr_regs *regs, const struct tsmmr_policy *policy,
		    struct tsmmr_report **ret, struct tsmmr_error *err);
struct tsmmr_report *report_ref(const struct tsmmr_report *report);
void report_free(struct tsmmr_report *report);
DEFINE_CLEANUP(struct tsmmr_report *, report_free)
/* The same replay under another policy. */
int report_judge(const struct tsmmr_report *report, const struct tsmmr_policy *policy,
		 struct tsmmr_report **ret, struct tsmmr_error *err);
/* The same report, of which fewer registers are shown.  E_NOTFOUND when that is none. */
int report_select(const struct tsmmr_report *report, const char *only, struct tsmmr_report **ret,
		  struct tsmmr_error *err);
/* (report.c) */
struct report_data *report_data_ref(struct report_data *d);
void report_data_unref(struct report_data *d);
/* Is row i of the data verified under the policy, by records? */
static inline bool report_row_proven(const struct tsmmr_report *report, size_t i)
{
	return report->data->rows[i].proven && report->judged[i].status == TSMMR_STATUS_VERIFIED;
}
/* The rows that an event of its logs speaks of. */
struct row_set report_rows_of(const struct report_data *d, const struct tsmmr_event *e);
/* Was nothing read of them, and is each of them there once?  E_ARG. */
int report_check_streams(struct tsmmr_stream *const *streams, size_t n, struct tsmmr_error *err);
/* The same; and are they as many as the report's, which was made for a pass to come?  E_ARG. */
int report_check_pass(const struct tsmmr_report *report, struct tsmmr_stream *const *streams,
		      size_t n, struct tsmmr_error *err);
/* Are these the logs that the report was made from?  E_ARG. */
int report_check_logs(const struct tsmmr_report *report, struct tsmmr_log *const *logs, size_t n,
		      struct tsmmr_error *err);

/* Do two reports say the same of which logs they are of?  E_ARG. */
int report_check_same(const struct tsmmr_report *report, const struct tsmmr_report *other,
		      struct tsmmr_error *err);
/* Is this its log number i? */
int report_check_log(const struct tsmmr_report *report, const struct tsmmr_log *log, uint64_t i,
		     struct tsmmr_error *err);

static inline const struct judgement *report_judged(const struct tsmmr_report *report, size_t i)
{
	return &report->judged[report->rows[i]];
}

static inline const struct row *report_row(const struct tsmmr_report *report, size_t i)
{
	assert(i < report->n);
	return &report->data->rows[report->rows[i]];
}

/* Is it this row's name, its role or "PROVIDER/NAME"?  (row.c) */
bool row_is(const struct row *row, struct span name);
/* Does an item of a list mean it, bank and all? */
bool row_fits(const struct row *row, const struct select_item *item);
/* Does a list that has been checked name this row? */
bool row_selected(const struct row *row, struct span list);
/* Is this reference about that row? */
bool row_refers(const struct row *row, const struct reference *ref);
/* Alternative k of what the policy asks of row i; NULL past the last.  (judge.c) */
const struct reference *judge_reference(const struct tsmmr_report *report, size_t i, size_t k,
					const char **ret_set);

/*
 * A row for every register somebody has a value for, and for every one the logs extend.
 * (status.c)
 */
int status_rows(struct report_data *d, const struct replay *r);

/* Compares what the logs assert of PCR 0 to 9 with what they replay to.  (aggregate.c) */
int aggregates_check(const struct replay *r, struct findings *findings);
/*
 * What the aggregate that e asserts will be, where was leads to it: 1, 0 where it does not, or an
 * error.
 */
int aggregate_follow(const struct replay *was, const struct replay *will,
		     const struct tsmmr_event *e, uint8_t *ret);
/* Do the registers that an aggregate is over differ, in that bank?  1, 0, or an error. */
int aggregate_differs(const struct replay *was, const struct replay *will,
		      const struct platform *platform, uint16_t alg);

int report_summary(const struct tsmmr_report *report, struct buf *out);
struct json;
struct tsmmr_explain;
void report_row_json(struct json *j, const struct row *row); /* what register it is */
void report_logs_json(struct json *j, const char *key, const struct report_data *d);
int report_replay_json(const struct tsmmr_report *report, struct buf *out);
int report_verify_json(const struct tsmmr_report *report, struct tsmmr_log *const *logs, size_t n,
		       const struct tsmmr_explain *explain, struct buf *out);
bool report_event_proven(const struct tsmmr_report *report, uint64_t log, size_t i);
