/* SPDX-License-Identifier: BSD-2-Clause */
/* A report's logs compared with known values: is this what is wanted? */
#pragma once

#include <tsmmr/appraisal.h>

#include "core/known.h"
#include "report/pass.h"

#define APPRAISAL_LACKS_MAX 64 /* of which the text is kept */

/* Of a row of the report's data. */
struct appraised_row {
	uint64_t n[TSMMR_RECORD_DENIED + 1]; /* records, by TSMMR_RECORD_* */
	uint64_t first_log, first_record;    /* the first that is unknown, or TSMMR_NONE */
	char *first;                         /* what it looks like */
	bool first_bound, first_proven;
};

/* Something that had to be there, or not to be. */
struct lack {
	const struct known_source *source;
	char *text;
};

enum launch_state {
	LAUNCH_NONE,    /* no platform here has a register of it */
	LAUNCH_PINNED,  /* those that say what firmware it is are what is wanted */
	LAUNCH_ALLOWED, /* some is not, and the policy allows it */
	LAUNCH_UNKNOWN
};

/* Why it is no yes, beside the report's reasons. */
struct appraisal_reason {
	const char *kind;
	const char *reg; /* a row's, a register's of a table, or NULL */
	uint64_t evidence;
};

struct tsmmr_appraisal {
	unsigned users; /* atomic */
	struct tsmmr_report *report;
	struct tsmmr_known *known;
	struct appraised_row *rows; /* one for each of the report's data */
	struct lack lacks[APPRAISAL_LACKS_MAX];
	size_t n_lacks; /* all of them */
	struct appraisal_reason *reasons;
	size_t n_reasons;
	int launch;  /* enum launch_state */
	int verdict; /* TSMMR_APPRAISED_* */
};

/* The logs once more, with what each record is. */
struct tsmmr_appraisal_pass {
	struct tsmmr_report_pass *pass;
	struct tsmmr_report *report;
	struct tsmmr_known *known;
	bool *fits;    /* rows × (n_regs + 1) */
	void **states; /* of each source, or NULL */
	struct hashers hashers;
	struct buf text;
	bool cut; /* text is not all that the digests cover */
	/* Of the last event. */
	struct row_set set;
	struct digest digests[EVENT_DIGESTS_MAX]; /* that prove something */
	size_t n_digests;
	uint8_t derived[EVENT_DIGESTS_MAX][TSMMR_HASH_SIZE_MAX];
	uint32_t derived_rows;        /* bit i: derived[i] is that of the set's row i */
	const struct bind_rule *rule; /* NULL: unbound, or nobody has looked */
	int state;                    /* TSMMR_RECORD_* */
	const struct known_source *source;
	struct span name;
};

/* Words of its reasons that a report has not. */
enum { APPRAISAL_IS_DENIED, APPRAISAL_IS_UNKNOWN, APPRAISAL_IS_LACKING, APPRAISAL_REASONS };
extern const char *const appraisal_reasons[APPRAISAL_REASONS];

int appraisal_pass_new(const struct tsmmr_report *report, struct tsmmr_known *known,
		       struct tsmmr_stream *const *streams, size_t n,
		       struct tsmmr_appraisal_pass **ret, struct tsmmr_error *err);
void appraisal_pass_free(struct tsmmr_appraisal_pass *pass);
DEFINE_CLEANUP(struct tsmmr_appraisal_pass *, appraisal_pass_free)
/* 1, 0 when all was the report's, or an error. */
int appraisal_pass_next(struct tsmmr_appraisal_pass *pass, struct tsmmr_error *err);
/* The last event as a line of a list of sums; E_ARG where it is not unknown, or not proven. */
int appraisal_pass_line(struct tsmmr_appraisal_pass *pass, struct buf *out);
/* What the last event is, and it as tsmmr.event/1. */
int appraisal_pass_json(struct tsmmr_appraisal_pass *pass, struct buf *out);

int appraisal_new(const struct tsmmr_report *report, struct tsmmr_known *known,
		  struct tsmmr_stream *const *streams, size_t n, struct tsmmr_appraisal **ret,
		  struct tsmmr_error *err);
int appraisal_new_logs(const struct tsmmr_report *report, struct tsmmr_known *known,
		       struct tsmmr_log *const *logs, size_t n, struct tsmmr_appraisal **ret,
		       struct tsmmr_error *err);
void appraisal_free(struct tsmmr_appraisal *appraisal);
DEFINE_CLEANUP(struct tsmmr_appraisal *, appraisal_free)
const char *appraised_name(int verdict);
const char *record_name(int state);
const char *appraisal_launch_word(const struct tsmmr_appraisal *a);
/* A paragraph on what is unknown in row i of the report's data: nothing where nothing is. */
int appraisal_text(const struct tsmmr_appraisal *a, size_t i, struct buf *out);
int appraisal_summary(const struct tsmmr_appraisal *a, struct buf *out);
/* (appraise_json.c) */
int appraisal_json(const struct tsmmr_appraisal *a, struct buf *out);
