/* SPDX-License-Identifier: BSD-2-Clause */
/* What a caller asks of a report, and the verdict that follows. */
#include <stdio.h>

#include "core/names.h"
#include "report/report.h"
#include "core/select.h"
#include "util/error.h"
#include "util/text.h"

#define RANGE_MAX 256 /* no platform numbers its registers further */

static struct span list_of(const char *s)
{
	return span_of(s, s ? strlen(s) : 0);
}

/* The name of number i of a ranged item, or the item's own. */
static struct span item_name(const struct select_item *item, uint32_t i, char *buf, size_t size)
{
	int n;

	if (!item->ranged)
		return item->name;
	n = snprintf(buf, size, "%.*s%u", (int)item->name.n, (const char *)item->name.p, i);
	return span_of(buf, n > 0 && (size_t)n < size ? (size_t)n : 0);
}

/* "PROVIDER/NAME" or "CARRIER/NAME" may be anything: whether it is there, rows will tell. */
static bool is_known(struct span name, bool (*knows)(struct span name))
{
	return (name.n && memchr(name.p, '/', name.n)) || knows(name);
}

/* "NAME" or "NAME:ALG" as --allow has it: the name, and the bank or 0. */
static struct span without_bank(struct span reg, uint16_t *ret_alg)
{
	const uint8_t *colon = reg.n ? memchr(reg.p, ':', reg.n) : NULL;
	const struct hash_alg *alg;

	*ret_alg = 0;
	if (!colon)
		return reg;
	alg = hash_by_name(span_of(colon + 1, reg.n - (size_t)(colon + 1 - reg.p)));
	*ret_alg = alg ? alg->id : UINT16_MAX;
	return span_of(reg.p, (size_t)(colon - reg.p));
}

static int check_require(const char *require, bool (*knows)(struct span name),
			 struct tsmmr_error *err)
{
	struct span list = list_of(require);
	struct select_item item;
	char buf[80];
	int r;

	while ((r = select_next(&list, &item, err)) > 0) {
		if (item.any)
			continue;
		if (item.name.n > 64 || (item.ranged && item.last - item.first >= RANGE_MAX))
			return fail(err, TSMMR_E_ARG, "'%.*s…': too long",
				    (int)(item.name.n > 64 ? 64 : item.name.n),
				    (const char *)item.name.p);
		for (uint32_t i = 0; i <= (item.ranged ? item.last - item.first : 0); i++) {
			struct span name = item_name(&item, item.first + i, buf, sizeof(buf));

			if (!is_known(name, knows))
				return fail(err, TSMMR_E_NOTFOUND, "no platform has '%.*s'",
					    (int)name.n, (const char *)name.p);
		}
	}
	return r;
}

static int check_allow(const char *allow, bool (*knows)(struct span name), struct tsmmr_error *err)
{
	struct span list = list_of(allow);
	struct allow_item item;
	struct span name;
	uint16_t alg;
	int r;

	while ((r = allow_next(&list, &item, err)) > 0) {
		bool known = false;

		for (size_t i = 0; i < GAP_COUNT; i++)
			known |= span_eq(item.gap, gap_names[i], strlen(gap_names[i]));
		if (!known)
			return fail(err, TSMMR_E_ARG, "no gap is called '%.*s'",
				    (int)(item.gap.n > 64 ? 64 : item.gap.n),
				    (const char *)item.gap.p);
		name = without_bank(item.reg, &alg);
		if (name.n && (alg == UINT16_MAX || !is_known(name, knows)))
			return fail(err, TSMMR_E_NOTFOUND, "no platform has '%.*s'",
				    (int)(item.reg.n > 64 ? 64 : item.reg.n),
				    (const char *)item.reg.p);
	}
	return r;
}

int policy_check(const struct policy *policy, bool (*knows)(struct span name),
		 struct tsmmr_error *err)
{
	int r = check_require(policy->require, knows, err);

	return r < 0 ? r : check_allow(policy->allow, knows, err);
}

/* "tdx_guest/rtmr0" */
static bool is_provided(const struct tsmmr_reg *reg, struct span name)
{
	const char *provider = reg->provider ? reg->provider : "";
	size_t n = strlen(provider);

	return n && span_starts(name, provider, n) && name.n > n && name.p[n] == '/' &&
	       span_eq(span_of(name.p + n + 1, name.n - n - 1), reg->desc->name,
		       strlen(reg->desc->name));
}

static bool row_is(const struct row *row, struct span name)
{
	const struct reg_desc *d = row->reg.desc;

	return span_eq(name, d->name, strlen(d->name)) || is_provided(&row->reg, name) ||
	       (d->role && span_eq(name, d->role, strlen(d->role)));
}

static bool row_fits(const struct row *row, const struct select_item *item)
{
	const struct tsmmr_reg *reg = &row->reg;

	return select_item_matches(item, reg->desc->name, reg->desc->role, reg->alg) ||
	       (!item->ranged && (!item->alg || item->alg == reg->alg) &&
		is_provided(reg, item->name));
}

bool row_selected(const struct row *row, const char *list)
{
	struct span rest = list_of(list);
	struct select_item item;

	while (select_next(&rest, &item, NULL) > 0)
		if (row_fits(row, &item))
			return true;
	return false;
}

bool policy_required(const struct policy *policy, const struct row *row)
{
	return policy->require && row_selected(row, policy->require);
}

/*
 * --require if given; else the registers somebody named by giving a value; else every
 * runtime register there is a value for.
 */
bool policy_asked(const struct policy *policy, const struct tsmmr_report *report,
		  const struct row *row)
{
	bool by_hand = false;

	if (policy->require)
		return policy_required(policy, row);
	for (size_t i = 0; i < report->n; i++)
		by_hand |= report_row(report, i)->reg.by_hand;
	if (by_hand)
		return row->reg.by_hand;
	return row->reg.has_value && row->reg.desc->kind == TSMMR_REG_RUNTIME && !row->carried;
}

bool policy_allows(const struct policy *policy, const struct row *row, enum gap_kind gap)
{
	struct span list = list_of(policy->allow);
	struct allow_item item;

	while (allow_next(&list, &item, NULL) > 0) {
		uint16_t alg;
		struct span name = without_bank(item.reg, &alg);

		if (span_eq(item.gap, gap_names[gap], strlen(gap_names[gap])) &&
		    (!name.n || row_is(row, name)) && (!alg || alg == row->reg.alg))
			return true;
	}
	return false;
}

/* Is there a row for everything --require names?  What nobody covers is not verified. */
static bool all_covered(const struct policy *policy, const struct tsmmr_report *report)
{
	struct span list = list_of(policy->require);
	struct select_item item;

	while (select_next(&list, &item, NULL) > 0) {
		uint32_t count = item.ranged ? item.last - item.first : 0;

		for (uint32_t i = 0; i <= count; i++) {
			struct select_item one = item;
			bool covered = false;

			if (item.ranged)
				one.first = one.last = item.first + i;
			for (size_t k = 0; k < report->n && !covered; k++)
				covered = row_fits(report_row(report, k), &one);
			if (!covered)
				return false;
		}
	}
	return true;
}

/* Explained, but for gaps that the caller accepts; a register without a log is not. */
static bool explained(const struct policy *policy, const struct row *row, bool *ret_accepted)
{
	bool logged = true;

	*ret_accepted = row->n_gaps > 0;
	for (size_t i = 0; i < row->n_gaps; i++) {
		*ret_accepted &= policy_allows(policy, row, row->gaps[i].kind);
		logged &= row->gaps[i].kind != GAP_NO_LOG;
	}
	return *ret_accepted && logged;
}

int policy_verdict(const struct policy *policy, const struct tsmmr_report *report)
{
	bool complete = !policy->require || all_covered(policy, report);
	size_t n_explained = 0;

	for (size_t i = 0; i < report->n; i++) {
		const struct row *row = report_row(report, i);
		bool accepted;

		if (!policy_asked(policy, report, row))
			continue;
		switch (row->status) {
		case TSMMR_STATUS_MISMATCH:
			return TSMMR_E_MISMATCH;
		case TSMMR_STATUS_VERIFIED:
			n_explained++;
			break;
		case TSMMR_STATUS_UNTOUCHED:
			if (policy->require)
				complete = false;
			break;
		case TSMMR_STATUS_INCOMPLETE:
			n_explained += explained(policy, row, &accepted);
			complete &= accepted;
			break;
		default:
			complete = false;
		}
	}
	return complete && n_explained ? TSMMR_OK : TSMMR_E_INCOMPLETE;
}

const char *verdict_name(int verdict)
{
	return verdict == TSMMR_OK         ? "verified" :
	       verdict == TSMMR_E_MISMATCH ? "mismatch" :
					     "incomplete";
}

/* Does row b stand right behind row a, so that "a-b" says both? */
static bool follows(const struct row *a, const struct row *b)
{
	return !a->n_gaps && !b->n_gaps && a->reg.alg == b->reg.alg &&
	       a->reg.platform == b->reg.platform && !a->reg.platform->users &&
	       b->reg.desc == a->reg.desc + 1;
}

static void one_name(struct buf *out, const struct row *row)
{
	const struct hash_alg *alg = hash_by_id(row->reg.alg);

	buf_char(out, ' ');
	buf_str(out, row->name);
	if (alg && (row->many_banks || row->reg.desc->alg == TSMMR_HASH_NONE))
		buf_printf(out, ":%s", alg->name);
	for (size_t i = 0; i < row->n_gaps; i++) {
		bool told = false;

		for (size_t k = 0; k < i; k++)
			told |= row->gaps[k].kind == row->gaps[i].kind;
		if (!told)
			buf_printf(out, "%s%s", i ? ", " : " (", gap_names[row->gaps[i].kind]);
	}
	if (row->n_gaps)
		buf_char(out, ')');
}

/* " pcr0-7:sha256 pcr14:sha256": runs of four and more are drawn together. */
static size_t names(struct buf *out, const struct tsmmr_report *report, const struct policy *policy,
		    int status)
{
	const struct row *run[64];
	size_t total = 0, n = 0;

	for (size_t i = 0; i <= report->n; i++) {
		const struct row *row = i < report->n ? report_row(report, i) : NULL;

		if (row && (row->status != status || !policy_asked(policy, report, row)))
			continue;
		if (row && n && n < ARRAY_SIZE(run) && follows(run[n - 1], row)) {
			run[n++] = row;
			continue;
		}
		if (n >= 4) {
			const char *last = run[n - 1]->reg.desc->name;
			const struct hash_alg *alg = hash_by_id(run[0]->reg.alg);

			last += strcspn(last, "0123456789");
			buf_printf(out, " %s-%s", run[0]->reg.desc->name, last);
			if (run[0]->reg.desc->alg == TSMMR_HASH_NONE && alg)
				buf_printf(out, ":%s", alg->name);
		} else {
			for (size_t k = 0; k < n; k++)
				one_name(out, run[k]);
		}
		total += n;
		n = 0;
		if (row)
			run[n++] = row;
	}
	return total;
}

/* " against KIND and KIND (authenticated to sha256:…; nonce matched)": the weakest speaks. */
static void evidence_summary(struct buf *out, const struct tsmmr_regs *regs)
{
	const struct evidence_info *weakest = &regs->evidence[0];
	bool debug = false, matched = false;

	buf_str(out, " against ");
	for (size_t i = 0; i < regs->n_evidence; i++) {
		const struct evidence_info *ev = &regs->evidence[i];

		buf_printf(out, "%s%s", i ? " and " : "", ev->kind);
		debug |= ev->debug;
		matched |= ev->nonce_matched;
		if (ev->trust < weakest->trust)
			weakest = ev;
	}
	if (weakest->trust == TSMMR_TRUST_AUTHENTICATED && weakest->has_root) {
		buf_str(out, " (authenticated to sha256:");
		buf_hex(out, weakest->root, sizeof(weakest->root));
	} else {
		buf_printf(out, " (%s, not authenticated", trust_name(weakest->trust));
	}
	buf_printf(out, "%s; nonce %s)", debug ? "; DEBUG guest" : "",
		   matched ? "matched" : "not asked");
}

static void against(struct buf *out, const struct tsmmr_report *report)
{
	const struct tsmmr_regs *regs = report->data->regs;

	if (!regs) {
		buf_str(out, " (no evidence, and no values given)");
	} else if (regs->n_evidence) {
		evidence_summary(out, regs);
	} else if (regs->n && regs->regs[0].trust == TSMMR_TRUST_LIVE) {
		buf_str(out, " against this machine's registers");
	} else if (regs->source_path) {
		buf_str(out, " against the registers in ");
		text_utf8(out, span_of(regs->source, strlen(regs->source)));
	} else {
		buf_str(out, " against values given by hand");
	}
}

int report_summary(const struct tsmmr_report *report, const struct policy *policy, struct buf *out)
{
	static const struct {
		int status;
		const char *word;
	} order[] = {
		{ TSMMR_STATUS_MISMATCH, "mismatch" },
		{ TSMMR_STATUS_INCOMPLETE, "across gaps" },
		{ TSMMR_STATUS_NO_EVIDENCE, "no-evidence" },
		{ TSMMR_STATUS_VERIFIED, "verified" },
	};
	_cleanup_(buf_done) struct buf untouched = { 0 };
	int verdict = policy_verdict(policy, report);
	size_t n = 0;

	buf_printf(out, "%s:", verdict_name(verdict));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		_cleanup_(buf_done) struct buf list = { 0 };

		if (!names(&list, report, policy, order[i].status))
			continue;
		if (n++)
			buf_char(out, ';');
		/* "verified: rtmr0 …" needs no second "verified". */
		if (n > 1 || strcmp(order[i].word, verdict_name(verdict)) != 0)
			buf_printf(out, " %s:", order[i].word);
		buf_add(out, list.p, list.n);
		out->failed |= list.failed;
	}
	if (!n)
		buf_str(out, " nothing to compare with");
	if (policy->require && !all_covered(policy, report))
		buf_str(out, "; a required register is not covered");
	against(out, report);

	if (names(&untouched, report, policy, TSMMR_STATUS_UNTOUCHED)) {
		buf_str(out, "; untouched:");
		buf_add(out, untouched.p, untouched.n);
	}
	return out->failed || untouched.failed ? TSMMR_E_NOMEM : 0;
}
