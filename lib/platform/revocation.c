/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of revoked certificates, as the kinds of evidence ask them. */
#include "platform/revocation.h"

#include "util/error.h"

#define SETS 2

static size_t sets_of(const struct evidence_set *set, const struct crls *ret[SETS])
{
	ret[0] = &set->own.crls;
	if (set->shared)
		ret[1] = &set->shared->crls;
	return set->shared ? 2 : 1;
}

bool revocation_asked(const struct evidence_set *set, const struct lists_use *use)
{
	return set->own.crls.n || (set->shared && crls_any_but(&set->shared->crls, use->other));
}

int revocation_check(const struct evidence_set *set, const struct chain *chain,
		     const struct lists_use *use, struct revocation *ret, struct tsmmr_error *err)
{
	const struct crls *sets[SETS];
	const struct crl_check how = {
		.sets = sets,
		.n = sets_of(set, sets),
		.cache = set->cache,
		.time = chain->time,
		.grace = set->grace,
		.by_end = use->by_end,
		.who = use->who,
	};

	return crls_check(&how, chain, ret, err);
}

static int add_text(struct tsmmr_regs *regs, const char *name, const void *p, size_t n)
{
	struct span text;

	if (regs_add_bytes(regs, span_of(p, n), &text) < 0)
		return TSMMR_E_NOMEM;
	regs_claim_add(regs, name, CLAIM_TEXT, text);
	return 0;
}

int collateral_claims(struct tsmmr_regs *regs, uint64_t until, const struct buf *missing,
		      struct tsmmr_error *err)
{
	char date[DATE_TEXT];
	int r = missing->failed ? TSMMR_E_NOMEM : 0;

	if (r == 0 && until != TSMMR_NONE && date_text(until, date))
		r = add_text(regs, "collateral_expires", date, strlen(date));
	if (r == 0 && missing->n)
		r = add_text(regs, "collateral_missing", missing->p, missing->n);
	return r < 0 ? fail_nomem(err) : 0;
}

void collateral_missing(struct buf *missing, const char *part, struct span of)
{
	if (missing->n)
		buf_char(missing, ',');
	buf_str(missing, part);
	if (of.n)
		buf_char(missing, ' ');
	buf_add(missing, of.p, of.n);
}

void collateral_missing_lists(struct buf *missing, const struct revocation *r)
{
	for (size_t i = 0; i < r->n_lacks; i++)
		collateral_missing(missing, "crl", r->lacks[i]);
}
