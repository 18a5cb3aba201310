/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy makes of a replay: a status for each register, and the verdict. */
#pragma once

#include "report/policy.h"
#include "report/report.h"

/* Makes report->judged, reasons and verdict from report->data and report->policy. */
int judge_report(struct tsmmr_report *report, struct tsmmr_error *err);
/* Does the list of gaps name this one, of that row, or (NULL) of any register? */
bool judge_allows_gap(const struct tsmmr_policy *policy, const struct row *row, enum gap_kind gap);
/*
 * One reason more why this is no yes, with the name of what it is about, if it is no row.
 * (reason.c)
 */
int judge_reason(struct tsmmr_report *report, const struct reason *one, struct span what);
/*
 * The claims that the policy asks for, and the pieces of evidence that all that is asked
 * depends on.  E_UNTRUSTED of a piece that is refused, E_ARG, E_NOMEM.  (judge_evidence.c)
 */
int judge_claims(struct tsmmr_report *report, bool *ret_complete, bool *ret_mismatch,
		 bool *ret_proven, struct tsmmr_error *err);
int judge_pieces(struct tsmmr_report *report, bool *ret_complete, struct tsmmr_error *err);
/* Word k of what piece leaves open, NULL past the last; PCR values that were found are not. */
const char *judge_open_word(const struct tsmmr_report *report, size_t piece, size_t k);
/* Fills in what judgements know of values that are known as a group.  (judge_group.c) */
int judge_groups(struct tsmmr_report *report, struct tsmmr_error *err);
/* Is this piece signed over a hash that is weaker than the policy's least? */
static inline bool judge_signed_weakly(const struct tsmmr_policy *policy,
				       const struct evidence_info *info)
{
	return info->weak_hash &&
	       policy_hash_rank(info->weak_hash) < policy_hash_rank(policy->min_hash);
}
/* Is evidence that nobody has asked anything of good for this policy?  E_UNTRUSTED. */
int judge_evidence(const struct tsmmr_policy *policy, const struct tsmmr_regs *regs,
		   struct tsmmr_error *err);
