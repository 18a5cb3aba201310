/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digests as numbers, which are the same for equal digests.  Of a digest that is as long as its log
 * says, 16 bytes are held: of a SHA-256 over it and over what identifies all logs, so that who
 * looks for two digests that are taken for one has to begin again with each log that he makes.
 */
#include "report/diff_work.h"

#include "util/grow.h"

int diff_numbers_start(const struct tsmmr_diff *diff, struct diff_numbers *ret)
{
	struct hasher *h = &ret->h;
	int r = hasher_init(h, diff->ctx->crypto, hash_by_id(TSMMR_HASH_SHA256));

	if (r == 0)
		r = hasher_start(h);
	for (int side = 0; r == 0 && side < SIDES; side++)
		for (size_t i = 0; r == 0 && i < diff->n_logs[side]; i++)
			r = hasher_update(h, diff->reports[side]->data->logs[i].identity, 32);
	return r < 0 ? r : hasher_final(h, ret->key);
}

void diff_numbers_done(struct diff_numbers *all)
{
	hasher_done(&all->h);
	free(all->known);
	free(all->slots);
	*all = (struct diff_numbers){ 0 };
}

/* Where it is, or would be. */
static uint32_t *find(const struct diff_numbers *all, const uint8_t *p)
{
	uint64_t at;

	memcpy(&at, p, sizeof(at));
	for (at &= all->n_slots - 1; all->slots[at]; at = (at + 1) & (all->n_slots - 1))
		if (!memcmp(all->known[all->slots[at] - 1], p, sizeof(*all->known)))
			break;
	return &all->slots[at];
}

/* At most half of the slots are in use. */
static int make_room(struct diff_numbers *all)
{
	size_t n = all->n_slots ? 2 * all->n_slots : 64;
	uint8_t(*known)[16];
	uint32_t *slots;

	known = grown(all->known, all->n, &all->cap, sizeof(*known));
	if (!known)
		return TSMMR_E_NOMEM;
	all->known = known;
	if (all->n < all->n_slots / 2)
		return 0;
	slots = all->n < UINT32_MAX / 2 ? calloc(n, sizeof(*slots)) : NULL;
	if (!slots)
		return TSMMR_E_NOMEM;
	free(all->slots);
	all->slots = slots;
	all->n_slots = n;
	for (size_t i = 0; i < all->n; i++)
		*find(all, all->known[i]) = (uint32_t)i + 1;
	return 0;
}

int diff_number(struct diff_numbers *all, struct span digest, uint32_t *ret)
{
	uint8_t hash[32];
	uint32_t *slot;
	int r = make_room(all);

	if (r == 0)
		r = hasher_start(&all->h);
	if (r == 0)
		r = hasher_update(&all->h, all->key, sizeof(all->key));
	if (r == 0)
		r = hasher_update(&all->h, digest.p, digest.n);
	if (r == 0)
		r = hasher_final(&all->h, hash);
	if (r < 0)
		return r;
	slot = find(all, hash);
	if (!*slot) {
		memcpy(all->known[all->n], hash, sizeof(*all->known));
		*slot = (uint32_t)++all->n;
	}
	*ret = *slot - 1;
	return 0;
}
