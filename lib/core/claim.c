/* SPDX-License-Identifier: BSD-2-Clause */
/* What evidence claims besides registers. */
#include "core/regs.h"

bool claim_u64(const struct claim *claim, uint64_t *ret)
{
	bool little = claim->type == CLAIM_U64_LE;
	uint64_t v = 0;

	if (claim->type == CLAIM_BYTES || claim->type == CLAIM_TEXT || !claim->value.n ||
	    claim->value.n > 8)
		return false;
	for (size_t i = 0; i < claim->value.n; i++)
		v = v << 8 | claim->value.p[little ? claim->value.n - 1 - i : i];
	if (claim->width)
		v = v >> claim->shift & (UINT64_MAX >> (64 - claim->width));
	*ret = v;
	return true;
}

const struct claim *claim_find(const struct evidence_info *info, const char *name)
{
	for (size_t i = 0; i < info->n_claims; i++)
		if (!strcmp(info->claims[i].name, name))
			return &info->claims[i];
	return NULL;
}

const struct claim *regs_claim_find(const struct tsmmr_regs *regs, const char *name)
{
	const struct claim *claim = NULL;

	for (size_t i = 0; !claim && i < regs->n_evidence; i++)
		claim = claim_find(&regs->evidence[i], name);
	return claim;
}
