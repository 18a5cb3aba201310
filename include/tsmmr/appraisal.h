/* SPDX-License-Identifier: BSD-2-Clause */
/* Appraisals: a report's logs compared with known values. */
#ifndef TSMMR_APPRAISAL_H
#define TSMMR_APPRAISAL_H

#include <tsmmr/known.h>
#include <tsmmr/log.h>
#include <tsmmr/report.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Only YES is one. */
enum tsmmr_appraised {
	TSMMR_APPRAISED_NONE = 0,
	TSMMR_APPRAISED_YES = 1,
	TSMMR_APPRAISED_INCOMPLETE = 2, /* not verified, or something is not known */
	TSMMR_APPRAISED_DENIED = 3      /* something is denied, or the report is a mismatch */
};

/* What a record of a log is. */
enum tsmmr_record {
	TSMMR_RECORD_NOT_ASKED = 0, /* not measured, or in a register that nobody asks about */
	TSMMR_RECORD_KNOWN = 1,
	TSMMR_RECORD_UNKNOWN = 2,
	TSMMR_RECORD_DENIED = 3
};

/*
 * Is what a report's logs say what is wanted?  YES when the report is VERIFIED, each measured
 * record of each register that it asks about is proven and known, none of any register is
 * denied, nothing is lacking that a list demands, and, where the platform has a register of the
 * launch, one that says what firmware it is is equal to a reference or verified by the launch of
 * an image: else whoever made that firmware can have extended what they like (gap
 * "launch-unknown", which the policy may allow).
 *
 * A record is known by a digest of a bank that is verified and no weaker than the policy demands,
 * or by text that such a digest covers; never where the policy only lets a gap pass.  A denied
 * digest counts in any bank, proven or not.  Beside the lists, separators of the firmware, its
 * EV_EFI_ACTIONs of starting a boot option and ending boot services, and the steps of a launch
 * that an image was given for, are known.
 *
 * The logs are those of the report, in its order, frozen or opened again as streams, of which
 * nothing was read; they are borrowed for the call.  Memory does not grow with them.  The
 * appraisal holds report and known values, and is read by any number of threads.  E_ARG (other
 * logs; a report that allows no pass, TSMMR_CTX_NO_PASS; a set in which a list failed),
 * E_UNSUPPORTED, E_NOMEM, and what streams fail with.
 * Since: 0.9
 */
int tsmmr_appraisal_new(const struct tsmmr_report *report, struct tsmmr_known *known,
			struct tsmmr_log *const *logs, size_t n,
			struct tsmmr_appraisal **ret_appraisal, struct tsmmr_error *reterr);
int tsmmr_appraisal_new_stream(const struct tsmmr_report *report, struct tsmmr_known *known,
			       struct tsmmr_stream *const *streams, size_t n,
			       struct tsmmr_appraisal **ret_appraisal, struct tsmmr_error *reterr);
void tsmmr_appraisal_free(struct tsmmr_appraisal *appraisal);

/* TSMMR_APPRAISED_*; NONE for NULL. */
int tsmmr_appraisal_verdict(const struct tsmmr_appraisal *appraisal);
/*
 * Reason i why it is not YES, as tsmmr_report_because() has it: the report's own, where it is
 * not VERIFIED, and "denied", "unknown", "lacking", "nothing-asked", and "gap" of the register
 * of the launch.
 * Since: 0.9
 */
const char *tsmmr_appraisal_because(const struct tsmmr_appraisal *appraisal, size_t i,
				    const char **ret_register, uint64_t *ret_evidence);
/*
 * "pinned", "unknown", "allowed" or "none", where no platform has a register of its launch;
 * static.  NULL for NULL.
 * Since: 0.9
 */
const char *tsmmr_appraisal_launch(const struct tsmmr_appraisal *appraisal);
/*
 * How many records of register i of the report are so, TSMMR_RECORD_*; 0 out of range.
 * Since: 0.9
 */
uint64_t tsmmr_appraisal_count(const struct tsmmr_appraisal *appraisal, size_t i, int record);
/*
 * The first record of register i that is unknown: 0, E_NOTFOUND when there is none, E_ARG.
 * *ret_log as tsmmr_finding_log() counts them; each may be NULL.
 * Since: 0.9
 */
int tsmmr_appraisal_first_unknown(const struct tsmmr_appraisal *appraisal, size_t i,
				  uint64_t *ret_log, uint64_t *ret_record);
/*
 * A paragraph for people on what is unknown in register i: how much, from where on, what it looks
 * like and what would make it known; "" where nothing is.  Like snprintf(); E_ARG, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_appraisal_text(const struct tsmmr_appraisal *appraisal, size_t i, char *buf, size_t size);
/*
 * Sentence i on what a list demands and the logs lack, borrowed; NULL past the last, or the
 * 64th.  *ret_source (nullable) is the list's name.
 * Since: 0.9
 */
const char *tsmmr_appraisal_lack(const struct tsmmr_appraisal *appraisal, size_t i,
				 const char **ret_source);
/* One line a person can trust.  Like snprintf(); E_ARG, E_NOMEM. */
int tsmmr_appraisal_summary(const struct tsmmr_appraisal *appraisal, char *buf, size_t size);
/*
 * The object `tsmmr.appraisal/1`, without events.  E_ARG, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_appraisal_export_json(const struct tsmmr_appraisal *appraisal, uint8_t **ret_json,
				size_t *ret_len, struct tsmmr_error *reterr);

/*
 * The same logs record by record, as tsmmr_report_pass_new() goes over them, and with its
 * promise: only the 0 at the end says that they were the appraisal's.  E_ARG, E_UNSUPPORTED,
 * E_NOMEM.
 * Since: 0.9
 */
struct tsmmr_appraisal_pass;
int tsmmr_appraisal_pass_new(const struct tsmmr_appraisal *appraisal,
			     struct tsmmr_stream *const *streams, size_t n,
			     struct tsmmr_appraisal_pass **ret_pass, struct tsmmr_error *reterr);
void tsmmr_appraisal_pass_free(struct tsmmr_appraisal_pass *pass);
/*
 * 1 and an event, with the number of its log and what it is, TSMMR_RECORD_* (each ret_ may be
 * NULL); or 0 at the end.  E_ARG for other records than the report's, and what
 * tsmmr_stream_next() fails with; an error is only repeated from then on.
 * Since: 0.9
 */
int tsmmr_appraisal_pass_next(struct tsmmr_appraisal_pass *pass,
			      const struct tsmmr_event **ret_event, uint64_t *ret_log,
			      int *ret_record, struct tsmmr_error *reterr);
/*
 * By which list the last event is known or denied, NULL for neither; *ret_name (nullable) what
 * the list calls it, *ret_len bytes of it, escaped by nobody.  Borrowed from the known values.
 * Since: 0.9
 */
const char *tsmmr_appraisal_pass_source(const struct tsmmr_appraisal_pass *pass,
					const char **ret_name, size_t *ret_len);
/*
 * The last event, which must be unknown and proven, as a line without its end that makes it
 * known (TSMMR_KNOWN_SUMS): for a person to read and then to hand in.  Text that nothing binds
 * is marked as such.  E_ARG, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_appraisal_pass_line(struct tsmmr_appraisal_pass *pass, uint8_t **ret_line,
			      size_t *ret_len, struct tsmmr_error *reterr);
/*
 * What the last event is, with it as `tsmmr.event/1`: an item of "events" in
 * `tsmmr.appraisal/1`.  E_ARG, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_appraisal_pass_event_json(struct tsmmr_appraisal_pass *pass, uint8_t **ret_json,
				    size_t *ret_len, struct tsmmr_error *reterr);

#ifdef __cplusplus
}
#endif
#endif
