/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kinds of evidence work with: the parts handed in, and what is noted of each piece. */
#include "platform/parts.h"

#include <assert.h>

#include "platform/evidence.h"
#include "util/error.h"

void *evidence_state(const void *state, size_t n)
{
	void *copy = malloc(n);

	return copy ? memcpy(copy, state, n) : NULL;
}

const struct span *evidence_part(struct evidence_set *set, int part, size_t *i)
{
	while (*i < set->n_parts) {
		size_t at = (*i)++;

		if (set->parts[at].part != part)
			continue;
		set->parts[at].used = true;
		return &set->parts[at].bytes;
	}
	return NULL;
}

int evidence_certs(struct evidence_set *set,
		   int (*add)(struct certs *certs, struct span s, struct tsmmr_error *err),
		   struct certs *certs, struct tsmmr_error *err)
{
	const struct span *s;
	size_t i = 0;
	int r = 0;

	while (r == 0 && (s = evidence_part(set, TSMMR_PART_CERTS, &i)))
		r = fail_of(err, add(certs, *s, err), set->parts[i - 1].member);
	return r;
}

int evidence_read_collateral(struct evidence_set *set, struct tsmmr_error *err)
{
	int r = 0;

	set->own.certs = certs_of(set);
	set->own.crls.crypto = set->crypto;
	for (size_t i = 0; r == 0 && i < set->n_parts; i++)
		if (collateral_is_part(set->parts[i].part))
			r = fail_of(err,
				    collateral_add(&set->own, set->parts[i].part,
						   set->parts[i].bytes, err),
				    set->parts[i].member);
	return r;
}

void evidence_collateral(struct evidence_set *set)
{
	for (size_t i = 0; i < set->n_parts; i++)
		set->parts[i].used |= collateral_is_part(set->parts[i].part);
}

void evidence_signed(struct tsmmr_regs *regs)
{
	assert(regs->n_evidence == 1);
	regs->evidence[0].trust = TSMMR_TRUST_SIGNED;
	evidence_checked(&regs->evidence[0], "signature");
}

void evidence_chain(struct tsmmr_regs *regs, const struct chain *chain)
{
	struct evidence_info *info = &regs->evidence[0];

	assert(regs->n_evidence == 1 && info->trust == TSMMR_TRUST_SIGNED);
	if (!chain->pin) {
		evidence_not_checked(info, "certificate-chain");
		return;
	}
	evidence_key(regs, chain->pin);
	memcpy(info->root, chain->root, sizeof(info->root));
	info->has_time = true;
	info->time = chain->time;
}

void evidence_key(struct tsmmr_regs *regs, const struct pin *pin)
{
	struct evidence_info *info = &regs->evidence[0];

	assert(regs->n_evidence == 1);
	info->trust = TSMMR_TRUST_AUTHENTICATED;
	memcpy(info->root, pin->sha256, sizeof(info->root));
	info->root_name = pin->name;
	info->has_root = true;
	evidence_checked(info, "certificate-chain");
}

static int differ(const struct tsmmr_regs *a, const struct tsmmr_regs *b, const char *what,
		  struct tsmmr_error *err)
{
	return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CLAIM,
			   "%s and %s are of one report, and differ in %s", a->evidence[0].kind,
			   b->evidence[0].kind, what);
}

int evidence_same(const struct tsmmr_regs *a, const struct tsmmr_regs *b, struct tsmmr_error *err)
{
	const struct evidence_info *own = &a->evidence[0];

	for (size_t i = 0; i < a->n; i++) {
		const struct tsmmr_reg *reg = &a->regs[i];
		const struct tsmmr_reg *its = regs_find(b, reg->platform, reg->desc, reg->alg);

		if (its && memcmp(its->value, reg->value, sizeof(reg->value)) != 0)
			return differ(a, b, reg->desc->name, err);
	}
	for (size_t i = 0; i < own->n_claims; i++) {
		const struct claim *claim = &own->claims[i];
		const struct claim *its = claim_find(&b->evidence[0], claim->name);

		if (its && !span_eq(its->value, claim->value.p, claim->value.n))
			return differ(a, b, claim->name, err);
	}
	return BIND_COVERS;
}

int evidence_signature(int r, const char *what, struct tsmmr_error *err)
{
	if (r == 0)
		return 0;
	if (r == TSMMR_E_NOMEM || lacks_algorithm(r))
		return fail_low(err, r);
	return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_SIGNATURE, "%s", what);
}
