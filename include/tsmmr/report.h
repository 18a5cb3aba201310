/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports: logs and registers compared. */
#ifndef TSMMR_REPORT_H
#define TSMMR_REPORT_H

#include <tsmmr/log.h>
#include <tsmmr/regs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Status of one register in one bank. */
enum {
	TSMMR_STATUS_VERIFIED = 1,    /* the log explains the value, all of it */
	TSMMR_STATUS_UNTOUCHED = 2,   /* no events, and the value it started with */
	TSMMR_STATUS_NO_EVIDENCE = 3, /* nobody said what the value is */
	TSMMR_STATUS_INCOMPLETE = 4,  /* explained only across the gaps listed */
	TSMMR_STATUS_MISMATCH = 5
};

enum { TSMMR_SEVERITY_INFO = 1, TSMMR_SEVERITY_WARNING = 2, TSMMR_SEVERITY_ERROR = 3 };

/*
 * Replays n logs one after the other and compares with regs, which may be NULL (then
 * every register is NO_EVIDENCE, and the report is just the replay).  _new_stream reads
 * each stream to its end, in memory that does not grow with it.
 *
 * A return of 0 means "compared", not "equal": ask for the verdict.  The report copies
 * what it needs and outlives its arguments.  At most 64 logs.
 *
 * E_ARG, E_NOMEM, and what tsmmr_stream_next() fails with; *ret_log (nullable) is then
 * the log that failed.
 * Since: 0.1
 */
int tsmmr_report_new(const struct tsmmr_ctx *ctx, const struct tsmmr_log *const *logs, size_t n,
		     const struct tsmmr_regs *regs, struct tsmmr_report **ret_report,
		     struct tsmmr_error *reterr);
int tsmmr_report_new_stream(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams,
			    size_t n, const struct tsmmr_regs *regs,
			    struct tsmmr_report **ret_report, size_t *ret_log,
			    struct tsmmr_error *reterr);
void tsmmr_report_free(struct tsmmr_report *report);

/*
 * The same report seen through a filter (see tsmmr_select_matches()): other registers
 * are neither shown nor asked about.  E_ARG, E_NOTFOUND when nothing is left.
 */
int tsmmr_report_select(const struct tsmmr_report *report, const char *only,
			struct tsmmr_report **ret_report, struct tsmmr_error *reterr);

/* TSMMR_OK (verified), E_MISMATCH or E_INCOMPLETE: nothing else means yes. */
int tsmmr_report_verdict(const struct tsmmr_report *report);
/*
 * The same when these registers must be verified and these gaps are accepted, both as
 * --require and --allow take them, or NULL.  E_ARG for a list that does not parse,
 * E_NOTFOUND for a required name that no platform has.
 */
int tsmmr_report_verdict_for(const struct tsmmr_report *report, const char *require,
			     const char *allow, struct tsmmr_error *reterr);

size_t tsmmr_report_count(const struct tsmmr_report *report);
/* Register i, valid for i below the count: what it is, and the value it should have. */
const struct tsmmr_reg *tsmmr_report_reg(const struct tsmmr_report *report, size_t i);
/* Its name, as "PROVIDER/NAME" where the name alone is ambiguous. */
const char *tsmmr_report_name(const struct tsmmr_report *report, size_t i);
int tsmmr_report_status(const struct tsmmr_report *report, size_t i);
uint64_t tsmmr_report_events(const struct tsmmr_report *report, size_t i);
/* "zero", "reset-value", "locality-3", "given" …: where the replay started from. */
const char *tsmmr_report_anchor(const struct tsmmr_report *report, size_t i);
/* Does the verdict depend on it, under that --require?  1, 0, or an error. */
int tsmmr_report_asked(const struct tsmmr_report *report, size_t i, const char *require);
/* Borrowed; E_NOTFOUND when there is none. */
int tsmmr_report_replayed(const struct tsmmr_report *report, size_t i, const uint8_t **ret_value,
			  size_t *ret_len);
/* "off-log-extend", "unquoted-tail" …; NULL when gap is out of range. */
const char *tsmmr_report_gap(const struct tsmmr_report *report, size_t i, size_t gap,
			     uint64_t *ret_log, uint64_t *ret_record);

/*
 * Is event number i of log number log inside the verified part of a verified register?
 * 1 or 0; 0 too for a report made from streams.
 */
int tsmmr_report_event_proven(const struct tsmmr_report *report, size_t log, size_t i);

size_t tsmmr_report_finding_count(const struct tsmmr_report *report);
/*
 * Any ret_ may be NULL.  log is TSMMR_NONE when the finding is about no log; of a merged
 * log it is the number of the one that it was made of.
 */
int tsmmr_report_finding(const struct tsmmr_report *report, size_t i, const char **ret_id,
			 int *ret_severity, uint64_t *ret_log, uint64_t *ret_record,
			 uint64_t *ret_offset, const char **ret_text);

/* One line a person can trust: "verified: rtmr0 rtmr1 against tdx-quote-v4 (decoded, …)". */
int tsmmr_report_summary(const struct tsmmr_report *report, const char *require, const char *allow,
			 char *buf, size_t size);

/* The object `tsmmr.replay/1`. */
int tsmmr_report_export_replay_json(const struct tsmmr_report *report, uint8_t **ret_json,
				    size_t *ret_len, struct tsmmr_error *reterr);
/* The object `tsmmr.verify/1`; logs (nullable, those the report was made from) add "events". */
int tsmmr_report_export_verify_json(const struct tsmmr_report *report, const char *require,
				    const char *allow, const struct tsmmr_log *const *logs,
				    size_t n, uint8_t **ret_json, size_t *ret_len,
				    struct tsmmr_error *reterr);

#ifdef __cplusplus
}
#endif
#endif
