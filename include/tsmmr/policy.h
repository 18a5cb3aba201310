/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies: what a report is asked, and what is good enough for an answer. */
#ifndef TSMMR_POLICY_H
#define TSMMR_POLICY_H

#include <tsmmr/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A policy in its safe default: evidence must be authenticated to a trust root of the
 * context, SHA-256 is the weakest hash, a debuggable guest is refused, no gap is allowed,
 * and evidence that carries a nonce must carry the one that tsmmr_policy_set_nonce() names
 * (or tsmmr_policy_set_no_nonce() says that nobody asks).
 *
 * Setters are called by one thread before the first report is made under the policy; it is
 * final from then on (E_ARG), and any number of threads may use it.  Reference-counted:
 * tsmmr_policy_free() drops the caller's reference.  E_ARG, E_NOMEM.
 * Since: 0.1
 */
int tsmmr_policy_new(const struct tsmmr_ctx *ctx, struct tsmmr_policy **ret_policy,
		     struct tsmmr_error *reterr);
/* One more reference, which tsmmr_policy_free() drops; NULL gives NULL. */
struct tsmmr_policy *tsmmr_policy_ref(struct tsmmr_policy *policy);
void tsmmr_policy_free(struct tsmmr_policy *policy);

/*
 * Registers that must be verified, or equal to a reference: "rtmr0-2,app-runtime,
 * pcr0-7:sha256".  Further calls add to the list.  Without any the question is every
 * runtime register of the evidence or the machine.  E_ARG for a list that does not parse
 * or is empty, E_NOTFOUND for a name that no platform has, E_LIMIT, E_NOMEM.
 */
int tsmmr_policy_require(struct tsmmr_policy *policy, const char *list, struct tsmmr_error *reterr);
/*
 * Gaps that are accepted, "[REG:]GAP,…" (tsmmr-findings(7)).  "no-log", "missing-image" and
 * "unreadable" excuse a register that is asked about, and never satisfy require or a
 * reference.  Errors as above.
 */
int tsmmr_policy_allow(struct tsmmr_policy *policy, const char *list, struct tsmmr_error *reterr);
/* TSMMR_TRUST_UNSIGNED, _SIGNED or _AUTHENTICATED.  E_ARG. */
int tsmmr_policy_set_min_trust(struct tsmmr_policy *policy, int trust, struct tsmmr_error *reterr);
/*
 * The weakest hash that proves anything; sha1 is weaker than those of 32 bytes, these than
 * those of 48 and 64.  A register with weaker banks only is incomplete.  E_ARG.
 */
int tsmmr_policy_set_min_hash(struct tsmmr_policy *policy, int hash, struct tsmmr_error *reterr);
/* Take evidence of a guest that its host may debug: it proves nothing.  E_ARG. */
int tsmmr_policy_allow_debug(struct tsmmr_policy *policy, struct tsmmr_error *reterr);
/*
 * Words of what evidence leaves unchecked ("tcb-status,revocation", tsmmr-trust(7)) that
 * may not be left open.  E_ARG, also for a word that none is.
 */
int tsmmr_policy_must_check(struct tsmmr_policy *policy, const char *words,
			    struct tsmmr_error *reterr);
/*
 * What a platform's vendor may say of its TCB, beside "UpToDate", where collateral was given
 * (tsmmr_ctx_add_collateral()): Intel's words, "SWHardeningNeeded,OutOfDate", "NotSupported" where
 * no level matches, "TDRelaunchAdvised".  "Revoked" is refused whatever is accepted (E_UNTRUSTED of
 * the report).  Calls add up.  E_ARG.
 * Since: 0.9
 */
int tsmmr_policy_accept_tcb(struct tsmmr_policy *policy, const char *words,
			    struct tsmmr_error *reterr);
/*
 * Advisories, "INTEL-SA-00615,…": "SWHardeningNeeded" and "OutOfDate" are accepted too where they
 * have some, and all of them are in this list.  Calls add up.  E_ARG, E_LIMIT, E_NOMEM.
 * Since: 0.9
 */
int tsmmr_policy_accept_advisories(struct tsmmr_policy *policy, const char *ids,
				   struct tsmmr_error *reterr);
/*
 * The least tcbEvaluationDataNumber that collateral may have: an older document has not heard of
 * the latest recovery.  The highest of several calls counts.  E_ARG.
 * Since: 0.9
 */
int tsmmr_policy_set_min_tcb_evaluation(struct tsmmr_policy *policy, uint64_t least,
					struct tsmmr_error *reterr);
/*
 * The nonce, 1 to 64 bytes that are not all zero, padded with zeros to the evidence's
 * field where that has one size.  Evidence that something asked depends on and that
 * carries another is refused (E_UNTRUSTED of the report).  E_ARG.
 */
int tsmmr_policy_set_nonce(struct tsmmr_policy *policy, const void *nonce, size_t len,
			   struct tsmmr_error *reterr);
/* Freshness is not asked: for evidence that was kept.  E_ARG. */
int tsmmr_policy_set_no_nonce(struct tsmmr_policy *policy, struct tsmmr_error *reterr);

/*
 * A value that register name (or role) must have, in that bank (TSMMR_HASH_NONE: the one
 * its length says).  Repeated with one name the values are alternatives, to each other and to
 * none of a text.  A reference only ever adds a question: the register is asked about whatever
 * else is, and a difference is a mismatch.  E_ARG, E_NOMEM.
 */
int tsmmr_policy_expect(struct tsmmr_policy *policy, const char *name, int hash, const void *value,
			size_t len, struct tsmmr_error *reterr);
/*
 * The same from text of any form that tsmmr_regs_from_values() takes.  A register twice with
 * different values is E_ARG, also where another text said them, no value at all E_MALFORMED,
 * more than 4,096 E_LIMIT.  platform fixes what names mean; AUTO takes it from the name.
 */
int tsmmr_policy_expect_text(struct tsmmr_policy *policy, int platform, const char *text,
			     size_t len, struct tsmmr_error *reterr);
/*
 * One set of values, as of one release; of all sets one must hold as a whole.  id is what
 * the report calls it.  E_ARG, and as tsmmr_policy_expect_text().
 */
int tsmmr_policy_expect_set(struct tsmmr_policy *policy, const char *id, int platform,
			    const char *text, size_t len, struct tsmmr_error *reterr);
/*
 * A claim of the evidence (tsmmr-trust(7)) must have these bytes, in the bits that mask
 * (nullable, as long) has; or, as a number, not be below least.  A claim counts as far as
 * the evidence that makes it is trusted.  Versions that are vectors are compared component
 * by component: tsmmr_policy_parse() takes them.  A claim that is a register too has the
 * register's name: the report is E_ARG.  E_ARG, E_NOMEM.
 */
int tsmmr_policy_expect_claim(struct tsmmr_policy *policy, const char *name, const void *value,
			      size_t len, const void *mask, struct tsmmr_error *reterr);
int tsmmr_policy_at_least(struct tsmmr_policy *policy, const char *name, uint64_t least,
			  struct tsmmr_error *reterr);

/*
 * All of the above from text: a line each, as the command line has it, with or without
 * the dashes ("require rtmr0-2", "--expect mrtd=…", "min-trust signed"); "#" begins a
 * comment.  A value "@FILE" is E_ARG: files are the caller's to read.  reterr says which
 * line.
 */
int tsmmr_policy_parse(struct tsmmr_policy *policy, const char *text, size_t len,
		       struct tsmmr_error *reterr);
/*
 * Is this evidence good for the policy, though nothing is asked of its registers?  0, or
 * E_UNTRUSTED: of a debuggable guest, without the nonce, or signed over too weak a hash.  E_ARG.
 */
int tsmmr_policy_check(const struct tsmmr_policy *policy, const struct tsmmr_regs *regs,
		       struct tsmmr_error *reterr);
/* SHA-256 of what the policy asks, 32 bytes; without the nonce's value.  E_NOMEM, E_ARG. */
int tsmmr_policy_hash(const struct tsmmr_policy *policy, uint8_t *ret_sha256);

#ifdef __cplusplus
}
#endif
#endif
