/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy asks of the evidence: claims, freshness, what may not be left unchecked. */
#include "report/judge.h"

#include "core/tcb.h"
#include "util/error.h"

/* Bit i: something asked depends on piece i, for what it says or for whom it vouches. */
static uint32_t pieces_asked(const struct tsmmr_report *report)
{
	const struct tsmmr_regs *regs = report->data->regs;
	uint32_t asked = report->claimed;

	for (size_t i = 0; i < report->data->n_rows; i++)
		if (report->judged[i].asked && report->data->rows[i].reg.piece)
			asked |= 1u << (report->data->rows[i].reg.piece - 1);
	for (size_t i = 0; asked && i < regs->n_evidence; i++)
		if (regs->evidence[i].vouches)
			asked |= 1u << i;
	return asked;
}

static bool carries_nonce(const struct tsmmr_policy *policy, const struct evidence_info *info)
{
	struct span field = info->nonce_bound ? span_of(info->bound_nonce, 64) : info->nonce;

	if (policy->nonce_n > field.n || (info->nonce_exact && policy->nonce_n != field.n))
		return false;
	for (size_t i = 0; i < field.n; i++)
		if (field.p[i] != (i < policy->nonce_n ? policy->nonce[i] : 0))
			return false;
	return true;
}

static bool bytes_hold(struct span value, const struct claim_ask *ask)
{
	if (!ask->value || value.n != ask->n)
		return false;
	for (size_t i = 0; i < ask->n; i++)
		if (ask->at_least ?
			    value.p[i] < ask->value[i] :
			    (value.p[i] ^ ask->value[i]) & (ask->mask ? ask->mask[i] : 0xff))
			return false;
	return true;
}

/* A number is compared as one, and versions that are vectors component by component. */
static bool claim_holds(const struct claim *claim, const struct claim_ask *ask)
{
	uint64_t v;

	if (ask->is_number && claim_u64(claim, &v))
		return ask->at_least ? v >= ask->number : !((v ^ ask->number) & ask->number_mask);
	if (claim->width) /* of the bytes it shares with others, only its bits are its own */
		return false;
	if (ask->text && claim->type == CLAIM_TEXT)
		return span_eq(claim->value, ask->text, strlen(ask->text));
	return bytes_hold(claim->value, ask);
}

static int add_claim_reason(struct tsmmr_report *report, enum reason_kind kind, size_t piece,
			    struct span name)
{
	return judge_reason(report,
			    &(struct reason){ .kind = kind,
					      .row = REASON_NOWHERE,
					      .piece = piece,
					      .what_kind = WHAT_CLAIM },
			    name);
}

/* In every piece that makes the claim; and one of them is trusted with it. */
static int judge_claim(struct tsmmr_report *report, const struct claim_ask *ask, bool *ret_differs,
		       bool *ret_proven, struct tsmmr_error *err)
{
	const struct tsmmr_regs *regs = report->data->regs;
	struct span name = span_of(ask->name, strlen(ask->name));
	size_t carrier = REASON_NOWHERE;
	bool trusted = false;

	for (size_t i = 0; regs && i < regs->n_evidence; i++) {
		const struct claim *claim = claim_find(&regs->evidence[i], ask->name);

		if (!claim)
			continue;
		if (claim->is_reg)
			return fail(err, TSMMR_E_ARG,
				    "claim.%s is a register: ask for it by the register's name",
				    ask->name);
		report->claimed |= 1u << i;
		carrier = i;
		if (!claim_holds(claim, ask)) {
			*ret_differs = true;
			return add_claim_reason(report, REASON_CLAIM, i, name);
		}
		trusted |= claim->trust >= report->policy->min_trust &&
			   !judge_signed_weakly(report->policy, &regs->evidence[i]);
	}
	*ret_proven = trusted;
	if (trusted)
		return 0;
	return add_claim_reason(report,
				carrier == REASON_NOWHERE ? REASON_NOT_COVERED : REASON_UNTRUSTED,
				carrier, name);
}

const char *judge_open_word(const struct tsmmr_report *report, size_t piece, size_t k)
{
	const struct report_data *d = report->data;
	const char *const *words = d->regs->evidence[piece].not_checked;
	bool found = false;

	for (size_t i = 0; i < d->n_rows; i++)
		found |= d->rows[i].reg.piece == piece + 1 &&
			 report->judged[i].grouped == GROUP_AGREES;
	for (size_t i = 0; i < NOT_CHECKED_MAX && words[i]; i++)
		if (!(found && !strcmp(words[i], "pcr-values")) && !k--)
			return words[i];
	return NULL;
}

/* Words that may not be left open, of the pieces that something asked depends on. */
static int check_words(struct tsmmr_report *report, bool *ret_complete)
{
	const struct tsmmr_regs *regs = report->data->regs;
	struct span list = policy_list(&report->policy->must_check);
	struct select_item item;
	const char *word;
	int r = 0;

	while (r == 0 && select_next(&list, &item, NULL) > 0)
		for (size_t i = 0; r == 0 && regs && i < regs->n_evidence; i++)
			for (size_t k = 0; r == 0 && (word = judge_open_word(report, i, k)); k++) {
				if (!span_eq(item.name, word, strlen(word)) ||
				    !(report->depends >> i & 1))
					continue;
				*ret_complete = false;
				r = judge_reason(report,
						 &(struct reason){ .kind = REASON_UNTRUSTED,
								   .row = REASON_NOWHERE,
								   .piece = i,
								   .what_kind = WHAT_WORD },
						 item.name);
			}
	return r;
}

/* The next of what commas join; false: no more. */
static bool next_name(struct span *list, struct span *ret)
{
	const uint8_t *comma = list->n ? memchr(list->p, ',', list->n) : NULL;

	if (!list->n)
		return false;
	*ret = span_of(list->p, comma ? (size_t)(comma - list->p) : list->n);
	*list = span_tail(*list, ret->n + (comma ? 1 : 0));
	return true;
}

static bool is_in_list(struct span list, struct span wanted)
{
	struct span name;

	while (next_name(&list, &name))
		if (span_eq(wanted, name.p, name.n))
			return true;
	return false;
}

/* Is all that stands against any part of it advisories, and each of them accepted? */
static bool advisories_accepted(const struct tsmmr_policy *policy, const struct evidence_info *info)
{
	const struct claim *claim = claim_find(info, "tcb_advisories");
	struct span list = claim ? claim->value : span_of(NULL, 0), name;

	if (!list.n || !info->tcb.advised ||
	    (info->tcb.word != TCB_OUT_OF_DATE && info->tcb.word != TCB_SW_HARDENING_NEEDED))
		return false;
	while (next_name(&list, &name))
		if (!is_in_list(policy_list(&policy->accept_advisories), name))
			return false;
	return true;
}

/* What stands against the platform, as its vendor sees it; NULL: nothing. */
static const char *against(const struct tsmmr_policy *policy, const struct evidence_info *info)
{
	if (info->tcb.asked_crl)
		for (size_t i = 0; i < NOT_CHECKED_MAX && info->not_checked[i]; i++)
			if (!strcmp(info->not_checked[i], "revocation"))
				return "revocation";
	if (!info->tcb.asked)
		return NULL;
	if (info->tcb.word == TCB_NONE)
		return "no-collateral";
	if (!info->tcb.holds)
		return "expired";
	if (info->tcb.evaluation < policy->min_evaluation)
		return "evaluation";
	return policy->accept_tcb >> info->tcb.word & 1 || advisories_accepted(policy, info) ?
		       NULL :
		       tcb_word_name((enum tcb_word)info->tcb.word);
}

/* Of the pieces that something asked depends on. */
static int check_tcb(struct tsmmr_report *report, bool *ret_complete)
{
	const struct tsmmr_regs *regs = report->data->regs;
	int r = 0;

	for (size_t i = 0; r == 0 && regs && i < regs->n_evidence; i++) {
		const char *why = against(report->policy, &regs->evidence[i]);

		if (!why || !(report->depends >> i & 1))
			continue;
		*ret_complete = false;
		r = judge_reason(report,
				 &(struct reason){ .kind = REASON_TCB,
						   .row = REASON_NOWHERE,
						   .piece = i,
						   .what_kind = WHAT_TCB },
				 span_of(why, strlen(why)));
	}
	return r;
}

/*
 * The nonce must be in each of these pieces, but for one that vouches for another: what
 * that carries is the other's key or digest.  One at least has it.
 */
static int check_nonce(const struct tsmmr_policy *policy, const struct tsmmr_regs *regs,
		       uint32_t pieces, struct tsmmr_error *err)
{
	const char *missing = NULL;
	bool fresh = false;

	for (size_t i = 0; i < regs->n_evidence; i++) {
		const struct evidence_info *info = &regs->evidence[i];
		bool carries = carries_nonce(policy, info);

		fresh |= carries;
		if (!carries && pieces >> i & 1 && (!info->vouches || regs->n_evidence == 1))
			missing = info->kind;
	}
	if (!fresh && !missing && pieces)
		missing = regs->evidence[0].kind;
	return missing ? fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_NONCE,
				     "%s does not carry the nonce asked for", missing) :
			 0;
}

static int check_pieces(const struct tsmmr_policy *policy, const struct tsmmr_regs *regs,
			uint32_t pieces, struct tsmmr_error *err)
{
	for (size_t i = 0; i < regs->n_evidence; i++)
		if (pieces >> i & 1 && regs->evidence[i].debug && !policy->allow_debug)
			return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_DEBUG,
					   "%s is of a guest that its host may debug",
					   regs->evidence[i].kind);
	return policy->nonce_rule == NONCE_DEMANDED ? check_nonce(policy, regs, pieces, err) : 0;
}

int judge_evidence(const struct tsmmr_policy *policy, const struct tsmmr_regs *regs,
		   struct tsmmr_error *err)
{
	for (size_t i = 0; i < regs->n_evidence; i++)
		if (judge_signed_weakly(policy, &regs->evidence[i]))
			return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_SIGNATURE,
					   "%s is signed over %s", regs->evidence[i].kind,
					   hash_by_id(regs->evidence[i].weak_hash)->name);
	return check_pieces(policy, regs, (1u << regs->n_evidence) - 1, err);
}

/* Whoever has not said whether freshness matters has not been asked yet. */
static int check_undecided(struct tsmmr_report *report, bool *ret_complete)
{
	const struct tsmmr_regs *regs = report->data->regs;

	if (report->policy->nonce_rule != NONCE_UNDECIDED)
		return 0;
	for (size_t i = 0; regs && i < regs->n_evidence; i++) {
		if (!(report->depends >> i & 1) ||
		    (!regs->evidence[i].nonce.n && !regs->evidence[i].nonce_bound))
			continue;
		*ret_complete = false;
		return judge_reason(
			report,
			&(struct reason){ .kind = REASON_NONCE, .row = REASON_NOWHERE, .piece = i },
			span_of(NULL, 0));
	}
	return 0;
}

int judge_claims(struct tsmmr_report *report, bool *ret_complete, bool *ret_mismatch,
		 bool *ret_proven, struct tsmmr_error *err)
{
	const struct tsmmr_policy *policy = report->policy;
	int r = 0;

	for (size_t i = 0; r == 0 && i < policy->n_claims; i++) {
		bool holds = false;

		report->asked = true;
		r = judge_claim(report, &policy->claims[i], ret_mismatch, &holds, err);
		*ret_complete &= holds;
		*ret_proven |= holds;
	}
	return r == TSMMR_E_NOMEM ? fail_nomem(err) : r;
}

int judge_pieces(struct tsmmr_report *report, bool *ret_complete, struct tsmmr_error *err)
{
	const struct tsmmr_policy *policy = report->policy;
	int r;

	report->depends = pieces_asked(report);
	r = check_words(report, ret_complete);
	if (r == 0)
		r = check_tcb(report, ret_complete);
	if (r == 0)
		r = check_undecided(report, ret_complete);
	if (r < 0)
		return fail_nomem(err);
	report->fresh = policy->nonce_rule == NONCE_DEMANDED && report->depends;
	return report->data->regs ? check_pieces(policy, report->data->regs, report->depends, err) :
				    0;
}
