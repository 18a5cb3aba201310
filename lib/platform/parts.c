/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kinds of evidence work with: the parts handed in, and what is noted of each piece. */
#include "platform/parts.h"

#include <assert.h>

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
		r = add(certs, *s, err);
	return r;
}

void evidence_trust(struct tsmmr_regs *regs, int trust)
{
	for (size_t i = 0; i < regs->n_evidence; i++)
		regs->evidence[i].trust = (uint8_t)trust;
	for (size_t i = 0; i < regs->n; i++)
		regs->regs[i].trust = (uint8_t)trust;
}

/* Trusted by that root; with a time, where certificates said so. */
static void authenticated(struct tsmmr_regs *regs, const uint8_t root[32], bool has_time,
			  uint64_t time)
{
	struct evidence_info *info = &regs->evidence[0];

	assert(regs->n_evidence == 1);
	evidence_trust(regs, TSMMR_TRUST_AUTHENTICATED);
	memcpy(info->root, root, sizeof(info->root));
	info->has_root = true;
	info->has_time = has_time;
	info->time = time;
	evidence_checked(info, "certificate-chain");
}

void evidence_chain(struct tsmmr_regs *regs, const struct chain *chain)
{
	if (chain->anchored)
		authenticated(regs, chain->root, true, chain->time);
	else
		evidence_not_checked(&regs->evidence[0], "certificate-chain");
}

void evidence_key(struct tsmmr_regs *regs, const uint8_t root[32])
{
	authenticated(regs, root, false, 0);
}

void evidence_vouched(struct tsmmr_regs *regs, const struct evidence_info *from)
{
	authenticated(regs, from->root, from->has_time, from->time);
}
