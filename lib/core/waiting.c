/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extensions that wait for those of other registers: of several registers at once each costs
 * less.  What is found, and at which record, is what it would be without.
 */
#include "core/replay.h"

#include <assert.h>

#include "crypto/chains.h"

#define WAITING_MAX 256
#define SLOTS_MAX 32
/* Who waited for so many, and met nobody, goes on alone for this many times as long. */
#define ALONE 32

struct waiting {
	struct fold_link link; /* the first member: links lead from one to the next */
	struct place at;
};

struct queue {
	size_t n, n_slots;
	size_t alone; /* extensions that do not wait, for those before them met nobody */
	struct slot *slots[SLOTS_MAX];
	struct waiting all[WAITING_MAX];
};

static struct waiting *after(const struct waiting *w)
{
	return (struct waiting *)w->link.next;
}

/* Every value that it had on the way is compared, as if it had not waited. */
static void give(struct slot *slot, const uint8_t *last, size_t size)
{
	for (const struct waiting *w = slot->waits, *next; w; w = next) {
		next = after(w);
		if (!next || slot->expected)
			candidates_set(slot, next ? next->link.both : last, size, w->at);
	}
	slot->waits = slot->waits_last = NULL;
}

static int settle(struct hasher *h, struct queue *q)
{
	uint8_t values[SLOTS_MAX][TSMMR_HASH_SIZE_MAX];
	struct fold_chain chains[SLOTS_MAX];
	size_t size = h->alg->size;
	int r;

	for (size_t i = 0; i < q->n_slots; i++) {
		struct slot *slot = q->slots[i];

		memcpy(slot->waits->link.both, slot->all[0].value, size);
		chains[i] = (struct fold_chain){ &slot->waits->link, values[i] };
	}
	r = hash_chains(h, chains, q->n_slots);
	if (r < 0)
		return r;
	for (size_t i = 0; i < q->n_slots; i++)
		give(q->slots[i], values[i], size);
	if (q->n == WAITING_MAX && q->n_slots < hash_chains_fewest(h))
		q->alone = ALONE * WAITING_MAX;
	q->n = q->n_slots = 0;
	return 0;
}

int replay_settle(struct replay *r)
{
	int rc = 0;

	for (size_t b = 0; rc == 0 && b < r->n_banks; b++)
		if (r->queues[b] && r->queues[b]->n)
			rc = settle(&r->banks[b], r->queues[b]);
	return rc;
}

int waiting_none(struct replay *r, size_t bank, const struct slot *slot)
{
	return slot->waits ? settle(&r->banks[bank], r->queues[bank]) : 0;
}

void waiting_done(struct replay *r)
{
	for (size_t b = 0; b < REPLAY_BANKS_MAX; b++)
		free(r->queues[b]);
}

bool waiting_may(struct replay *r, size_t bank, const struct slot *slot)
{
	size_t fewest = r->may_wait ? hash_chains_fewest(&r->banks[bank]) : 0;
	struct queue *q = r->queues[bank];

	if (!fewest || r->n_all < fewest || slot->n != 1 || slot->all[0].again)
		return false;
	if (!q || !q->alone)
		return true;
	q->alone--;
	return false;
}

int waiting_add(struct replay *r, size_t bank, struct slot *slot, struct span input,
		struct place at)
{
	struct hasher *h = &r->banks[bank];
	struct queue *q = r->queues[bank];
	struct waiting *w;
	int rc;

	if (!q)
		q = r->queues[bank] = calloc(1, sizeof(*q));
	if (!q)
		return TSMMR_E_NOMEM;
	if (q->n == WAITING_MAX || (!slot->waits && q->n_slots == SLOTS_MAX)) {
		rc = settle(h, q);
		if (rc < 0)
			return rc;
	}
	assert(input.n == h->alg->size);
	w = &q->all[q->n++];
	w->link.next = NULL;
	memcpy(w->link.both + input.n, input.p, input.n);
	w->at = at;
	if (slot->waits)
		slot->waits_last->link.next = &w->link;
	else
		q->slots[q->n_slots++] = slot;
	slot->waits = slot->waits ? slot->waits : w;
	slot->waits_last = w;
	return 0;
}
