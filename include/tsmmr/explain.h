/* SPDX-License-Identifier: BSD-2-Clause */
/* Why registers do not match: hypotheses, each tested by replay. */
#ifndef TSMMR_EXPLAIN_H
#define TSMMR_EXPLAIN_H

#include <tsmmr/report.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tsmmr_explain;
struct tsmmr_hypothesis;

/*
 * Looks for what would make the mismatching and incomplete registers of a report
 * match: a record too many or missing, two exchanged, another start value, and so on, each
 * tried by replay.  What one value cannot decide is answered as such, with the records
 * between which it is, never with a guess.
 *
 * logs are the n logs that the report was made from, in the same order; NULL and 0 where
 * nothing is to be explained, for then none is looked at.  reference
 * (nullable) is a log to compare them with, such as one of an earlier boot whose
 * registers are known; tsmmr_log_merge() makes one of several.  Every single change of up
 * to 2,000 records a register is tried; of more, and of long records, only what a fixed
 * number of extensions allows, and the answer says so.  With a processor of its own that
 * takes up to two seconds a register of a log of 60 MB, and of all four times as long.
 *
 * TSMMR_LIMIT_EXPLAIN of the context sets that number, and tsmmr_ctx_cancel() ends it.
 *
 * The result belongs to the caller and outlives its arguments; free it with
 * tsmmr_explain_free().  It never changes: any thread may read it.
 * E_ARG (also for other logs than the report's), E_NOMEM, E_CANCELLED.
 * Since: 0.1
 */
int tsmmr_explain_new(const struct tsmmr_ctx *ctx, const struct tsmmr_report *report,
		      struct tsmmr_log *const *logs, size_t n, const struct tsmmr_log *reference,
		      struct tsmmr_explain **ret_explain, struct tsmmr_error *reterr);
/*
 * The same of streams, which are read to their end, once more: rewound, as for
 * tsmmr_report_pass_new().  For what they have no frozen log is needed: of each record its digests
 * and its data are kept while this runs.  Of n 0, and where nothing is to be explained, none is
 * read.  reference (nullable) is one of its own, which is read in any case;
 * tsmmr_stream_merge() makes one of several.
 *
 * The streams stay the caller's, and must not be used meanwhile.  TSMMR_LIMIT_BYTES bounds what is
 * kept of each, as of a frozen log.
 * E_ARG (also for a report made with TSMMR_CTX_NO_PASS, for streams that were read from, and for
 * other records than the report's: log is then which), E_NOMEM, E_CANCELLED, E_LIMIT and what
 * tsmmr_stream_next() fails with.
 * Since: 0.9
 */
int tsmmr_explain_new_stream(const struct tsmmr_ctx *ctx, const struct tsmmr_report *report,
			     struct tsmmr_stream *const *streams, size_t n,
			     struct tsmmr_stream *reference, struct tsmmr_explain **ret_explain,
			     struct tsmmr_error *reterr);
void tsmmr_explain_free(struct tsmmr_explain *explain);

/* How many hypotheses there are about register i of the report; 0 where nothing is wrong. */
size_t tsmmr_explain_hypothesis_count(const struct tsmmr_explain *explain, size_t i);
/*
 * Hypothesis k about register i, the simplest first, tested ones before those that cannot be
 * tested.  It and its strings are borrowed; NULL when either is out of range.
 * Since: 0.9
 */
const struct tsmmr_hypothesis *tsmmr_explain_hypothesis(const struct tsmmr_explain *explain,
							size_t i, size_t k);
/* A word that never changes meaning (tsmmr-findings(7)); more may come.  NULL for NULL. */
const char *tsmmr_hypothesis_id(const struct tsmmr_hypothesis *hypothesis);
/* Which of the report's logs it is about, or TSMMR_NONE. */
uint64_t tsmmr_hypothesis_log(const struct tsmmr_hypothesis *hypothesis);
/*
 * Records first to last of that log are what it is about, or between, before or after which
 * something is missing; offset is that of the first, in bytes.  TSMMR_NONE: about none.
 */
uint64_t tsmmr_hypothesis_first(const struct tsmmr_hypothesis *hypothesis);
uint64_t tsmmr_hypothesis_last(const struct tsmmr_hypothesis *hypothesis);
uint64_t tsmmr_hypothesis_offset(const struct tsmmr_hypothesis *hypothesis);
/* 1 when replay under it gives what it must give, else 0. */
int tsmmr_hypothesis_would_match(const struct tsmmr_hypothesis *hypothesis);
/* One line of printable UTF-8 for people; its wording may change. */
const char *tsmmr_hypothesis_text(const struct tsmmr_hypothesis *hypothesis);
/*
 * All of it for people, a paragraph in one line: what was expected, what the logs give, where it
 * can have gone wrong, what would make it match, what to look at.  NULL where nothing is
 * wrong.  Printable, whatever the log holds.  Borrowed.
 * Since: 0.1
 */
const char *tsmmr_explain_text(const struct tsmmr_explain *explain, size_t i);

#ifdef __cplusplus
}
#endif
#endif
