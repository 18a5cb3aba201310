/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings: what was noticed and lived with, by ids that tsmmr-findings(7) lists. */
#ifndef TSMMR_FINDING_H
#define TSMMR_FINDING_H

#include <tsmmr/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum tsmmr_severity {
	TSMMR_SEVERITY_INFO = 1,
	TSMMR_SEVERITY_WARNING = 2,
	TSMMR_SEVERITY_ERROR = 3
};

/*
 * One finding of a stream, a log or a report; borrowed from it.  Those of a stream live until
 * its next event or export only.  Strings live as long as the finding.  Of NULL every answer
 * is "none": NULL, TSMMR_NONE, E_ARG.
 * Since: 0.9
 */
struct tsmmr_finding;

/* A word in capitals, "DATA_MISMATCH", that never changes meaning; more may come. */
const char *tsmmr_finding_id(const struct tsmmr_finding *finding);
/* enum tsmmr_severity. */
int tsmmr_finding_severity(const struct tsmmr_finding *finding);
/*
 * Which of the logs it is about, counted from 0 as the report's, a merged one of them as those
 * that it was made of (tsmmr_log_source_name()); 0 in a stream or a log of its own.
 * TSMMR_NONE: about no log.
 */
uint64_t tsmmr_finding_log(const struct tsmmr_finding *finding);
/* The record in that log and its byte offset, or TSMMR_NONE. */
uint64_t tsmmr_finding_record(const struct tsmmr_finding *finding);
uint64_t tsmmr_finding_offset(const struct tsmmr_finding *finding);
/* One line of printable ASCII for people, whatever the log holds.  Its wording may change. */
const char *tsmmr_finding_text(const struct tsmmr_finding *finding);

#ifdef __cplusplus
}
#endif
#endif
