/* SPDX-License-Identifier: BSD-2-Clause */
/* The last line of an answer: the one to trust. */
#include <stdio.h>

#include "core/names.h"
#include "report/judge.h"
#include "util/text.h"

/* A row that the line is about, with what was made of it. */
struct named {
	const struct row *row;
	const struct judgement *j;
};

/* Does b come right after a, so that "a-b" says both? */
static bool follows(const struct named *a, const struct named *b)
{
	const struct tsmmr_reg *x = &a->row->reg, *y = &b->row->reg;

	return !a->j->n_gaps && !b->j->n_gaps && x->alg == y->alg && x->platform == y->platform &&
	       !x->platform->users && y->desc == x->desc + 1;
}

static void one_name(struct buf *out, const struct named *one)
{
	const struct row *row = one->row;
	const struct hash_alg *alg = hash_by_id(row->reg.alg);

	buf_char(out, ' ');
	buf_str(out, row->name);
	if (alg && (row->many_banks || row->reg.desc->alg == TSMMR_HASH_NONE))
		buf_printf(out, ":%s", alg->name);
	for (size_t i = 0; i < one->j->n_gaps; i++) {
		bool said = false;

		for (size_t k = 0; k < i; k++)
			said |= one->j->gaps[k].kind == one->j->gaps[i].kind;
		if (!said)
			buf_printf(out, "%s%s", i ? ", " : " (", gap_names[one->j->gaps[i].kind]);
	}
	if (one->j->n_gaps)
		buf_char(out, ')');
}

/* " pcr0-7:sha256 pcr14:sha256": runs of four and more are drawn together. */
static void run_names(struct buf *out, const struct named *run, size_t n)
{
	const struct tsmmr_reg *first = n ? &run[0].row->reg : NULL;
	const char *last = n ? run[n - 1].row->reg.desc->name : NULL;
	const struct hash_alg *alg = n ? hash_by_id(first->alg) : NULL;

	if (n < 4) {
		for (size_t i = 0; i < n; i++)
			one_name(out, &run[i]);
		return;
	}
	last += strcspn(last, "0123456789");
	buf_printf(out, " %s-%s", first->desc->name, last);
	if (first->desc->alg == TSMMR_HASH_NONE && alg)
		buf_printf(out, ":%s", alg->name);
}

/* Required, and nothing was ever extended: that is no status to name beside the others. */
static bool is_missing(const struct judgement *j)
{
	return j->asked && j->status == TSMMR_STATUS_UNTOUCHED && !j->accepted;
}

/* The asked registers of that status; how many. */
static size_t names(struct buf *out, const struct tsmmr_report *report, int status)
{
	struct named run[64];
	size_t total = 0, n = 0;

	for (size_t i = 0; i < report->data->n_rows; i++) {
		struct named one = { &report->data->rows[i], &report->judged[i] };

		if (!one.j->asked || one.j->status != status || is_missing(one.j))
			continue;
		if (n && (n == ARRAY_SIZE(run) || !follows(&run[n - 1], &one))) {
			run_names(out, run, n);
			n = 0;
		}
		run[n++] = one;
		total++;
	}
	run_names(out, run, n);
	return total;
}

/* Does the status say what the verdict does? */
static bool is_said(const struct tsmmr_report *report, int status)
{
	return !strcmp(status_name(status), verdict_name(report->verdict)) ||
	       (status == TSMMR_STATUS_EQUAL && report->verdict == TSMMR_VERDICT_VERIFIED);
}

static const char *between(size_t n)
{
	return n ? " · " : " ";
}

/* "verified: rtmr0 rtmr1 · equal: mrtd": each status that an asked register has. */
static size_t statuses(struct buf *out, const struct tsmmr_report *report)
{
	static const int failures_first[] = {
		TSMMR_STATUS_MISMATCH, TSMMR_STATUS_INCOMPLETE, TSMMR_STATUS_NO_EVIDENCE,
		TSMMR_STATUS_VERIFIED, TSMMR_STATUS_EQUAL,      TSMMR_STATUS_UNTOUCHED,
	};
	/* What is no proof and the caller allowed comes after what is one. */
	static const int proofs_first[] = {
		TSMMR_STATUS_VERIFIED,    TSMMR_STATUS_EQUAL,    TSMMR_STATUS_INCOMPLETE,
		TSMMR_STATUS_NO_EVIDENCE, TSMMR_STATUS_MISMATCH, TSMMR_STATUS_UNTOUCHED,
	};
	bool is_yes = report->verdict == TSMMR_VERDICT_VERIFIED;
	const int *order = is_yes ? proofs_first : failures_first;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(proofs_first); i++) {
		_cleanup_(buf_done) struct buf list = { 0 };
		bool allowed = is_yes && (order[i] == TSMMR_STATUS_INCOMPLETE ||
					  order[i] == TSMMR_STATUS_NO_EVIDENCE);

		if (!names(&list, report, order[i]))
			continue;
		/* "verified: rtmr0 …" needs no second "verified", nor does "equal: mrtd". */
		if (!n && !is_said(report, order[i]))
			buf_printf(out, "%s:", verdict_name(report->verdict));
		buf_printf(out, "%s%s:", n || !is_said(report, order[i]) ? between(n) : "",
			   allowed ? "allowed" : status_name(order[i]));
		buf_add(out, list.p, list.n);
		out->failed |= list.failed;
		n++;
	}
	return n;
}

/* Which of several sets of values it was that held. */
static void set(struct buf *out, const struct tsmmr_report *report)
{
	for (size_t i = 0; i < report->data->n_rows; i++) {
		const struct reference_set *set = report->judged[i].set;

		if (!set || report->verdict != TSMMR_VERDICT_VERIFIED)
			continue;
		buf_str(out, " · set: ");
		text_utf8(out, span_of(set->id, strlen(set->id)));
		return;
	}
}

/* The claims that hold; those that do not are among the reasons. */
static size_t claims(struct buf *out, const struct tsmmr_report *report, size_t n)
{
	const struct tsmmr_policy *policy = report->policy;
	bool any = false;

	for (size_t i = 0; i < policy->n_claims; i++) {
		const char *name = policy->claims[i].name;
		bool fails = false;

		for (size_t k = 0; k < report->n_reasons; k++)
			fails |= report->reasons[k].what_kind == WHAT_CLAIM &&
				 !strcmp(report->reasons[k].what, name);
		if (fails)
			continue;
		if (!any)
			buf_printf(out, "%sclaims:", between(n++));
		any = true;
		buf_char(out, ' ');
		text_utf8(out, span_of(name, strlen(name)));
	}
	return n;
}

/* What a reason is about, where no status says it already. */
static const char *reason_name(const struct tsmmr_report *report, const struct reason *r)
{
	return r->row != REASON_NOWHERE && is_missing(&report->judged[r->row]) ?
		       report->data->rows[r->row].name :
		       r->what;
}

/* The bank of it, where the register is there in others. */
static const struct hash_alg *reason_bank(const struct tsmmr_report *report, const struct reason *r)
{
	const struct row *row = r->row != REASON_NOWHERE ? &report->data->rows[r->row] : NULL;

	return hash_by_id(row && row->many_banks ? row->reg.alg : r->alg);
}

/* What has to be given for a platform's vendor to be asked. */
static void missing(struct buf *out, const struct evidence_info *info)
{
	const struct claim *claim = claim_find(info, "collateral_missing");

	if (!claim)
		return;
	buf_str(out, " (give ");
	text_utf8(out, claim->value);
	buf_char(out, ')');
}

/* What was asked for and is nowhere, and what else keeps this from a yes. */
static size_t reasons(struct buf *out, const struct tsmmr_report *report, size_t n)
{
	static const struct {
		enum reason_kind kind;
		int what_kind; /* -1: any */
		const char *words;
	} order[] = {
		{ REASON_NOT_COVERED, -1, "not covered:" },
		{ REASON_CLAIM, -1, "another claim:" },
		{ REASON_UNTRUSTED, WHAT_CLAIM, "not vouched for:" },
		{ REASON_UNTRUSTED, WHAT_WORD, "must be checked:" },
		{ REASON_TCB, -1, "TCB:" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		bool any = false;

		for (size_t k = 0; k < report->n_reasons; k++) {
			const struct reason *r = &report->reasons[k];
			const char *name = reason_name(report, r);

			if (r->kind != order[i].kind || !name ||
			    (order[i].what_kind >= 0 && (int)r->what_kind != order[i].what_kind))
				continue;
			if (!any)
				buf_printf(out, "%s%s", between(n++), order[i].words);
			any = true;
			buf_char(out, ' ');
			text_utf8(out, span_of(name, strlen(name)));
			if (reason_bank(report, r))
				buf_printf(out, ":%s", reason_bank(report, r)->name);
			if (r->kind == REASON_TCB)
				missing(out, &report->data->regs->evidence[r->piece]);
		}
	}
	for (size_t k = 0; k < report->n_reasons; k++) {
		if (report->reasons[k].kind == REASON_NOTHING_ASKED)
			buf_printf(out, "%s%s", between(n++),
				   report->asked ? "nothing was proven" : "nothing was asked");
		if (report->reasons[k].kind == REASON_NONCE) {
			buf_printf(out, "%s%s", between(n++), "no nonce was asked for");
			break;
		}
	}
	return n;
}

static void root_of(struct buf *out, const struct evidence_info *info)
{
	if (info->trust == TSMMR_TRUST_AUTHENTICATED && info->root_name) {
		buf_str(out, info->root_name);
	} else if (info->trust == TSMMR_TRUST_AUTHENTICATED && info->has_root) {
		buf_str(out, "sha256:");
		buf_hex(out, info->root, sizeof(info->root));
	} else {
		buf_str(out, trust_name(info->trust));
	}
}

/* " · by tdx-quote-v4, intel-sgx": who says what the registers hold. */
static void by_whom(struct buf *out, const struct tsmmr_report *report)
{
	const struct tsmmr_regs *regs = report->data->regs;
	bool any = false;

	if (!regs) {
		buf_str(out, " · by nobody: no evidence, and no values given");
	} else if (!regs->n_evidence) {
		buf_str(out, " · by ");
		if (regs->n && regs->regs[0].trust == TSMMR_TRUST_LIVE)
			buf_str(out, "this machine's registers");
		else if (regs->source_path) {
			buf_str(out, "the registers in ");
			text_utf8(out, span_of(regs->source, strlen(regs->source)));
		} else {
			buf_str(out, "values given by hand");
		}
	}
	for (size_t i = 0; regs && i < regs->n_evidence; i++) {
		const struct evidence_info *info = &regs->evidence[i];

		if (!(report->depends >> i & 1) && report->depends)
			continue;
		buf_printf(out, "%s%s, ", any ? " and " : " · by ", info->kind);
		root_of(out, info);
		if (info->debug)
			buf_str(out, ", DEBUG guest");
		any = true;
	}
}

/* Words that no piece that was used has checked. */
static void not_checked(struct buf *out, const struct tsmmr_report *report)
{
	const struct tsmmr_regs *regs = report->data->regs;
	const char *said[EVIDENCE_PIECES_MAX * NOT_CHECKED_MAX], *word;
	size_t n = 0;

	for (size_t i = 0; regs && i < regs->n_evidence; i++)
		for (size_t k = 0;
		     report->depends >> i & 1 && (word = judge_open_word(report, i, k)); k++) {
			bool known = !strcmp(word, "freshness");

			for (size_t m = 0; m < n; m++)
				known |= !strcmp(said[m], word);
			if (known)
				continue;
			buf_printf(out, "%s %s", n ? "" : " · not checked:", word);
			said[n++] = word;
		}
}

static bool has_launch(const struct tsmmr_report *report)
{
	for (size_t i = 0; i < report->data->n_rows; i++)
		if (report->data->rows[i].in_regs &&
		    report->data->rows[i].reg.desc->kind == TSMMR_KIND_LAUNCH)
			return true;
	return false;
}

/* Is trust all that is missing?  *ret_piece: of which piece. */
static bool is_only_untrusted(const struct tsmmr_report *report, size_t *ret_piece)
{
	bool any = false;

	if (report->verdict != TSMMR_VERDICT_INCOMPLETE)
		return false;
	for (size_t i = 0; i < report->n_reasons; i++) {
		const struct reason *r = &report->reasons[i];

		if (r->kind != REASON_UNTRUSTED || r->what || r->piece == REASON_NOWHERE)
			return false;
		*ret_piece = r->piece;
		any = true;
	}
	for (size_t i = 0; i < report->data->n_rows; i++)
		if (report->judged[i].asked && !report->judged[i].accepted &&
		    report->judged[i].n_gaps != 1)
			return false;
	return any;
}

/* What to do about it: a signature first, then somebody to have made it. */
static void how_to_prove(struct buf *out, const struct evidence_info *info)
{
	const char *root = info->root_hint ? info->root_hint : "FILE";

	if (info->trust != TSMMR_TRUST_UNSIGNED)
		buf_printf(out, "pin who made it: --trust-root %s", root);
	else if (info->missing)
		buf_printf(out,
			   "who signed it is not known: give --evidence %s, and pin that: "
			   "--trust-root %s",
			   info->missing, root);
	else
		buf_str(out, "it has no signature");
}

static void not_proven(struct buf *out, const struct tsmmr_report *report, size_t piece)
{
	const struct evidence_info *info = &report->data->regs->evidence[piece];
	size_t n = 0;

	buf_printf(out, "NOT PROVEN: nobody vouches for %s (", info->kind);
	for (size_t i = 0; i < report->data->n_rows; i++) {
		const struct row *row = &report->data->rows[i];
		const struct hash_alg *alg = hash_by_id(row->reg.alg);

		if (!(report->judged[i].because & 1u << REASON_UNTRUSTED) ||
		    (row->status == TSMMR_STATUS_UNTOUCHED && !report->judged[i].referred))
			continue;
		buf_printf(out, "%s%s", n++ ? " " : "", row->name);
		if (alg && (row->many_banks || row->reg.desc->alg == TSMMR_HASH_NONE))
			buf_printf(out, ":%s", alg->name);
	}
	buf_printf(out, " match%s it); ", n == 1 ? "es" : "");
	how_to_prove(out, info);
}

/* A quote says what its PCRs hash to; which they are is somebody else's to say. */
static bool lacks_values(const struct tsmmr_report *report)
{
	const struct tsmmr_regs *regs = report->data->regs;
	bool lacks = false;

	for (size_t i = 0; regs && i < regs->n_evidence; i++)
		for (size_t k = 0; k < NOT_CHECKED_MAX && regs->evidence[i].not_checked[k]; k++)
			lacks |= !strcmp(regs->evidence[i].not_checked[k], "pcr-values");
	return lacks && report->verdict == TSMMR_VERDICT_INCOMPLETE;
}

int report_summary(const struct tsmmr_report *report, struct buf *out)
{
	const struct tsmmr_regs *regs = report->data->regs;
	size_t piece = 0, n;

	if (is_only_untrusted(report, &piece)) {
		not_proven(out, report, piece);
		return out->failed ? TSMMR_E_NOMEM : 0;
	}
	n = statuses(out, report);
	if (!n)
		buf_printf(out, "%s:", verdict_name(report->verdict));
	set(out, report);
	n = claims(out, report, n);
	n = reasons(out, report, n);
	if (lacks_values(report))
		buf_printf(out, "%sPCR values are missing: give --evidence pcrs=FILE",
			   between(n++));
	if (!n)
		buf_str(out, regs ? " nothing to compare with" :
				    " no values to compare with: give --evidence or --expect");
	if (n || regs)
		by_whom(out, report);
	if (regs && regs->n_evidence)
		buf_printf(out, " · fresh: %s", report->fresh ? "yes" : "not asked");
	if (has_launch(report))
		buf_printf(out, " · launch: %s", report->pinned ? "pinned" : "not asked");
	not_checked(out, report);
	if (report->data->texts_differ)
		buf_printf(out, " · %llu text%s from %s digest",
			   (unsigned long long)report->data->texts_differ,
			   report->data->texts_differ == 1 ? " differs" : "s differ",
			   report->data->texts_differ == 1 ? "its" : "their");
	return out->failed ? TSMMR_E_NOMEM : 0;
}
