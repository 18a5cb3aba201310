/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers that are extended at once: by vectors as long as there are several, then one by one. */
#include "crypto/chains.h"

#include "crypto/lanes.h"

size_t hash_chains_fewest(const struct hasher *h)
{
	return h->lanes ? lanes_fewest(h->lanes) : 0;
}

int hash_chains(struct hasher *h, struct fold_chain *chains, size_t n)
{
	if (h->lanes)
		lanes_extend(h->lanes, chains, n);
	for (size_t i = 0; i < n; i++)
		for (struct fold_link *link; (link = chains[i].first); chains[i].first = link->next)
			if (hash_bytes(h, link->both, 2 * (size_t)h->alg->size,
				       link->next ? link->next->both : chains[i].value) < 0)
				return TSMMR_E_NOMEM;
	return 0;
}
