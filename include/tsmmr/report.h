/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports: logs and registers compared. */
#ifndef TSMMR_REPORT_H
#define TSMMR_REPORT_H

#include <tsmmr/log.h>
#include <tsmmr/policy.h>
#include <tsmmr/regs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Status of one register in one bank, under the report's policy. */
enum tsmmr_status {
	TSMMR_STATUS_VERIFIED = 1,    /* the log explains the value, all of it */
	TSMMR_STATUS_UNTOUCHED = 2,   /* no events, and the value it started with */
	TSMMR_STATUS_NO_EVIDENCE = 3, /* nobody said what the value is */
	TSMMR_STATUS_INCOMPLETE = 4,  /* explained, or vouched for, only but for the gaps listed */
	TSMMR_STATUS_MISMATCH = 5,
	TSMMR_STATUS_EQUAL = 6 /* no events, and the value that a reference asks for */
};

/* The answer.  Only VERIFIED is a yes. */
enum tsmmr_verdict {
	TSMMR_VERDICT_NONE = 0, /* there is no report */
	TSMMR_VERDICT_VERIFIED = 1,
	TSMMR_VERDICT_INCOMPLETE = 2, /* nothing contradicts, but something asked is not proven */
	TSMMR_VERDICT_MISMATCH = 3    /* something asked is not so */
};

/*
 * Replays n logs one after the other, compares with regs, and judges under a policy.  regs
 * may be NULL (then every register is NO_EVIDENCE, and the report is just the replay), and
 * so may policy: then it is the default that tsmmr_policy_new() makes.  _new_stream reads
 * each stream to its end, in memory that does not grow with it.
 *
 * A return of 0 means "compared", not "equal": ask for the verdict.  The report copies
 * what it needs and outlives its arguments; it holds a reference to the policy.  At most
 * 64 logs, each of them once; a stream must not have been read from.
 *
 * E_UNTRUSTED when evidence that something asked depends on is of a debuggable guest or
 * carries another nonce than the policy's; E_ARG, E_NOMEM, and what tsmmr_stream_next()
 * fails with; the error's log is then the one that failed, of those given.
 * Since: 0.9
 */
int tsmmr_report_new(const struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs, size_t n,
		     const struct tsmmr_regs *regs, const struct tsmmr_policy *policy,
		     struct tsmmr_report **ret_report, struct tsmmr_error *reterr);
int tsmmr_report_new_stream(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams,
			    size_t n, const struct tsmmr_regs *regs,
			    const struct tsmmr_policy *policy, struct tsmmr_report **ret_report,
			    struct tsmmr_error *reterr);
/*
 * The same of this machine, or of what stands under the context's root: its registers, and every
 * log that it has of them.  platform: the registers of that one; AUTO: all there are.
 *
 * The machine may go on measuring meanwhile: then it is read again, up to five times, and what
 * a log says of a register after the value that was read is left out, if the register has
 * changed since.  The report is of the values that were read.  Where logs are too large to
 * be frozen (TSMMR_LIMIT_BYTES) and registers never stand still, it stays INCOMPLETE.
 * To read again takes milliseconds, and as long as the logs take.
 *
 * E_NOTFOUND (no register, or none of that platform), E_UNSUPPORTED (a log that cannot be read by
 * this version), and as above.
 * Since: 0.9
 */
int tsmmr_report_new_live(const struct tsmmr_ctx *ctx, int platform,
			  const struct tsmmr_policy *policy, struct tsmmr_report **ret_report,
			  struct tsmmr_error *reterr);
/*
 * The same replay judged under another policy (NULL: the default).  E_UNTRUSTED as above,
 * E_ARG, E_NOMEM.
 * Since: 0.1
 */
int tsmmr_report_judge(const struct tsmmr_report *report, const struct tsmmr_policy *policy,
		       struct tsmmr_report **ret_report, struct tsmmr_error *reterr);
/*
 * One more reference, which a tsmmr_report_free() drops; NULL gives NULL.  Any thread.
 * Since: 0.9
 */
struct tsmmr_report *tsmmr_report_ref(struct tsmmr_report *report);
void tsmmr_report_free(struct tsmmr_report *report);

/*
 * The same report, of which fewer registers are shown (see tsmmr_select_matches()); the
 * verdict stays.  E_ARG, E_NOTFOUND when nothing is left.
 */
int tsmmr_report_select(const struct tsmmr_report *report, const char *only,
			struct tsmmr_report **ret_report, struct tsmmr_error *reterr);

/* TSMMR_VERDICT_*; NONE for NULL. */
int tsmmr_report_verdict(const struct tsmmr_report *report);
/*
 * Reason i why the verdict is not VERIFIED, as a word: "untrusted", "nonce", "gap",
 * "not-covered", "nothing-asked", "reference", "claim", "tcb" (tsmmr-findings(7); more may
 * come); NULL past the last.
 * *ret_register is the register or claim that it is about, or what stands against a TCB, borrowed,
 * or NULL; *ret_evidence the piece of evidence, or TSMMR_NONE.  Both may be NULL.
 * Since: 0.1
 */
const char *tsmmr_report_because(const struct tsmmr_report *report, size_t i,
				 const char **ret_register, uint64_t *ret_evidence);

/*
 * How many registers it is about, each in one bank.  Of one that is out of range the answers
 * below are NULL, 0 or E_ARG.
 */
size_t tsmmr_report_count(const struct tsmmr_report *report);
/* Register i: what it is, and the value it should have. */
const struct tsmmr_reg *tsmmr_report_reg(const struct tsmmr_report *report, size_t i);
/* Its name, as "PROVIDER/NAME" where the name alone is ambiguous. */
const char *tsmmr_report_name(const struct tsmmr_report *report, size_t i);
/* TSMMR_STATUS_*. */
int tsmmr_report_status(const struct tsmmr_report *report, size_t i);
uint64_t tsmmr_report_event_count(const struct tsmmr_report *report, size_t i);
/* What the replay began with: "zero", "locality-3", "given" … (tsmmr-findings(7)); or NULL. */
const char *tsmmr_report_anchor(const struct tsmmr_report *report, size_t i);
/* Does the verdict depend on it, and is it good enough for it?  1, 0, or E_ARG. */
int tsmmr_report_is_asked(const struct tsmmr_report *report, size_t i);
int tsmmr_report_is_accepted(const struct tsmmr_report *report, size_t i);
/*
 * Alternative k of the values that the policy asks of register i, borrowed, as long as the
 * register's own; and the id of the set that it is of (tsmmr_policy_expect_set()), or NULL.
 * Each may be NULL.  E_NOTFOUND past the last one, E_ARG.
 * Since: 0.1
 */
int tsmmr_report_reference(const struct tsmmr_report *report, size_t i, size_t k,
			   const uint8_t **ret_value, size_t *ret_len, const char **ret_set);
/* Borrowed; E_NOTFOUND when there is none. */
int tsmmr_report_replayed(const struct tsmmr_report *report, size_t i, const uint8_t **ret_value,
			  size_t *ret_len);
/*
 * Gap k of register i: what stands between its value and "verified".  Borrowed; NULL when
 * either is out of range.
 * Since: 0.9
 */
struct tsmmr_gap;
size_t tsmmr_report_gap_count(const struct tsmmr_report *report, size_t i);
const struct tsmmr_gap *tsmmr_report_gap(const struct tsmmr_report *report, size_t i, size_t k);
/* "off-log-extend", "untrusted" … (tsmmr-findings(7); more may come); static.  NULL for NULL. */
const char *tsmmr_gap_word(const struct tsmmr_gap *gap);
/* Where: the log, as tsmmr_finding_log() counts them, and its record; TSMMR_NONE: nowhere. */
uint64_t tsmmr_gap_log(const struct tsmmr_gap *gap);
uint64_t tsmmr_gap_record(const struct tsmmr_gap *gap);
/* 1 when the report's policy allows it (tsmmr_policy_allow()), else 0. */
int tsmmr_gap_is_allowed(const struct tsmmr_gap *gap);

/*
 * Is event number i of log number log inside the verified part of a verified register?
 * 1 or 0; 0 too for a report made from streams.
 */
int tsmmr_report_is_event_proven(const struct tsmmr_report *report, uint64_t log, size_t i);

/* Findings of its logs, its registers' evidence and the replay; NULL when out of range. */
size_t tsmmr_report_finding_count(const struct tsmmr_report *report);
const struct tsmmr_finding *tsmmr_report_finding(const struct tsmmr_report *report, size_t i);

/*
 * The object `tsmmr.event/1` of event i of log, which must be the report's log number
 * number: with what is proven, and the text that is worth believing.  E_ARG for another log
 * and for a report made from streams, E_NOMEM.
 * Since: 0.1
 */
int tsmmr_report_event_json(const struct tsmmr_report *report, const struct tsmmr_log *log,
			    uint64_t number, size_t i, uint8_t **ret_json, size_t *ret_len,
			    struct tsmmr_error *reterr);
/*
 * What may be believed of event i: the text of those bytes that its digest covers, one line of
 * printable UTF-8, and "" where the event is not proven or nothing binds its data.  log and
 * number as above.  Like snprintf(): the length that it would have, E_ARG (another log too)
 * or E_NOMEM.
 * Since: 0.1
 */
int tsmmr_report_event_text(const struct tsmmr_report *report, const struct tsmmr_log *log,
			    uint64_t number, size_t i, char *buf, size_t size);

/*
 * The logs of a report once more, opened again as the n streams, in the order in which it was
 * made from them: what it says of each event, whatever their number.  Memory does not grow
 * with them.  The streams are borrowed until the pass is freed, and must not have been read
 * from; the pass outlives the report.  One thread at a time.  E_ARG (also for a report that was
 * made under TSMMR_CTX_NO_PASS), E_UNSUPPORTED, E_NOMEM.
 * Since: 0.9
 */
struct tsmmr_report_pass;
int tsmmr_report_pass_new(const struct tsmmr_report *report, struct tsmmr_stream *const *streams,
			  size_t n, struct tsmmr_report_pass **ret_pass,
			  struct tsmmr_error *reterr);
void tsmmr_report_pass_free(struct tsmmr_report_pass *pass);
/*
 * Only the records of one application, before the first of them: those lines that are domain or
 * begin with it and a blank, in a text log, in a canonical one or as the attestation agent's; and
 * those that extend the virtual register of that name ("rtmr3/mr_app"), or are in a log of its
 * own.  What is not proven, or not bound to its digest, is withheld; a record that stands in two
 * logs comes once.  E_ARG (no whole words, a pass that has begun), E_NOMEM.
 * Since: 0.9
 */
int tsmmr_report_pass_set_domain(struct tsmmr_report_pass *pass, const char *domain,
				 struct tsmmr_error *reterr);
/*
 * How many measured records say that they are the domain's, so far, and were withheld.
 * Since: 0.9
 */
uint64_t tsmmr_report_pass_withheld(const struct tsmmr_report_pass *pass);
/*
 * 1 and an event, with the number of its log as findings count them and whether it is proven,
 * as tsmmr_report_is_event_proven() says it (each ret_ may be NULL); or 0 at the end.  The
 * event is borrowed until the next call.
 *
 * Only that 0 says that the events were the report's: until then, and after E_ARG for other
 * records than the report's, nothing of what was handed out counts.  Keep what you make of it
 * until the end.  Other errors are those of tsmmr_stream_next().  An error is only repeated
 * from then on; its log is the stream's number.
 * Since: 0.9
 */
int tsmmr_report_pass_next(struct tsmmr_report_pass *pass, const struct tsmmr_event **ret_event,
			   uint64_t *ret_log, int *ret_proven, struct tsmmr_error *reterr);
/*
 * The object `tsmmr.event/1` of the event that was handed out last, as
 * tsmmr_report_event_json() gives it.  E_ARG when there is none, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_report_pass_event_json(const struct tsmmr_report_pass *pass, uint8_t **ret_json,
				 size_t *ret_len, struct tsmmr_error *reterr);

/*
 * One line a person can trust: "verified: rtmr0 rtmr1 · by tdx-quote-v4, intel-sgx · …".  Like
 * snprintf(): the length that it would have; E_ARG, E_NOMEM.
 */
int tsmmr_report_summary(const struct tsmmr_report *report, char *buf, size_t size);

/* The object `tsmmr.replay/1`.  E_ARG, E_NOMEM. */
int tsmmr_report_export_replay_json(const struct tsmmr_report *report, uint8_t **ret_json,
				    size_t *ret_len, struct tsmmr_error *reterr);
/*
 * The object `tsmmr.verify/1`.  explain (nullable) fills in "explain"; it must have been made of
 * this report.  The n logs (NULL: none) add "events"; they must be those that the report was
 * made from.  E_ARG, E_NOMEM.
 * Since: 0.9
 */
struct tsmmr_explain;
int tsmmr_report_export_verify_json(const struct tsmmr_report *report,
				    const struct tsmmr_explain *explain,
				    struct tsmmr_log *const *logs, size_t n, uint8_t **ret_json,
				    size_t *ret_len, struct tsmmr_error *reterr);

#ifdef __cplusplus
}
#endif
#endif
