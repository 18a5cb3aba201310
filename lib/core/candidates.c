/* SPDX-License-Identifier: BSD-2-Clause */
/* The readings that a register's log allows. */
#include "core/replay.h"

#include <assert.h>

#include "core/regs.h"

void candidates_start(struct slot *slot)
{
	slot->n = 1;
	slot->all[0] = (struct candidate){ .anchor = slot->anchor };
	memcpy(slot->all[0].value, slot->initial, sizeof(slot->initial));
}

static size_t count_gaps(const struct candidate *c, enum gap_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_gaps; i++)
		n += c->gaps[i].kind == kind;
	return n;
}

/* The first few of each kind: every kind that there is shows, whatever came before it. */
static void add_gap(struct candidate *c, enum gap_kind kind, struct place at)
{
	if (count_gaps(c, kind) >= GAPS_OF_A_KIND)
		return;
	/* A reading has three kinds of gaps. */
	assert(c->n_gaps < CANDIDATE_GAPS_MAX);
	c->gaps[c->n_gaps++] = (struct gap){ kind, at.log, at.record };
}

/*
 * Is a the better reading?  First the one that takes the fewest SYNC lines for untrue;
 * then the one that begins at a value we know, has the fewest stretches nobody logged,
 * and the fewest gaps at all; then what kernels do today.
 */
static bool better(const struct candidate *a, const struct candidate *b)
{
	size_t unlogged_a = count_gaps(a, GAP_UNLOGGED);
	size_t unlogged_b = count_gaps(b, GAP_UNLOGGED);

	if (a->denied != b->denied)
		return a->denied < b->denied;
	if ((a->anchor == ANCHOR_SYNC) != (b->anchor == ANCHOR_SYNC))
		return b->anchor == ANCHOR_SYNC;
	if (unlogged_a != unlogged_b)
		return unlogged_a < unlogged_b;
	if (a->n_gaps != b->n_gaps)
		return a->n_gaps < b->n_gaps;
	return !a->padded && b->padded;
}

/*
 * Adds a reading.  One with the value of another is the same from here on, so the better
 * of the two stays; when there are too many, the worst goes.
 */
static void add(struct slot *slot, size_t size, const struct candidate *new)
{
	size_t worst = 0;

	for (size_t i = 0; i < slot->n; i++)
		if (hash_equal(slot->all[i].value, new->value, size)) {
			if (better(new, &slot->all[i]))
				slot->all[i] = *new;
			return;
		}
	if (slot->n < CANDIDATES_MAX) {
		slot->all[slot->n++] = *new;
		return;
	}

	slot->too_many = true;
	for (size_t i = 1; i < slot->n; i++)
		if (better(&slot->all[worst], &slot->all[i]))
			worst = i;
	if (better(new, &slot->all[worst]))
		slot->all[worst] = *new;
}

static void compare(const struct slot *slot, struct candidate *c, size_t size, struct place at)
{
	c->matches = reg_equals(slot->expected, c->value);
	if (!c->matches)
		return;
	c->matched = true;
	c->matched_at = at;
	c->denied_since = false;
	c->n_gaps_matched = c->n_gaps;
}

static int extend_one(const struct slot *slot, struct hasher *h, struct candidate *c,
		      struct span input, struct place at)
{
	int r = hash_extend(h, c->value, input.p, input.n);

	if (r < 0)
		return r;
	if (c->again && hash_equal(c->value, slot->caught_up, h->alg->size)) {
		c->again = false;
		c->twice = true;
	}
	if (slot->expected)
		compare(slot, c, h->alg->size, at);
	return 0;
}

int candidates_extend(struct slot *slot, struct hasher *h, struct span input, const uint8_t *padded,
		      struct place at)
{
	struct span other = span_of(padded, padded ? h->alg->size : 0);
	struct candidate with;
	bool split = padded && !slot->pad_tried, earlier;
	int r = 0;

	/* From here on there is a reading more: of a kernel that pads. */
	if (split)
		with = *candidates_best(slot, &earlier);
	for (size_t i = 0; r == 0 && i < slot->n; i++) {
		struct candidate *c = &slot->all[i];

		r = extend_one(slot, h, c, padded && c->padded ? other : input, at);
	}
	if (r == 0 && split) {
		slot->pad_tried = true;
		with.padded = true;
		r = extend_one(slot, h, &with, other, at);
		add(slot, h->alg->size, &with);
	}
	return r;
}

void candidates_set(struct slot *slot, const uint8_t *value, size_t size, struct place at)
{
	assert(slot->n && size <= sizeof(slot->all[0].value));
	memcpy(slot->all[0].value, value, size);
	if (slot->expected)
		compare(slot, &slot->all[0], size, at);
}

/*
 * Semantics, rule 3: the assertion may be true, and then something happened before
 * it that the log does not have; or it may not, and then it is a line like any other.
 */
void candidates_assert(struct slot *slot, size_t size, const uint8_t *value, bool first,
		       struct place at, bool *ret_differs)
{
	struct candidate believed;
	bool agrees = false;

	for (size_t i = 0; i < slot->n; i++) {
		struct candidate *c = &slot->all[i];

		if (hash_equal(c->value, value, size)) {
			agrees = true;
			if (first && slot->events)
				c->anchor = ANCHOR_FIRMWARE_LOG;
		} else {
			c->denied++;
			c->denied_since = true;
		}
	}
	*ret_differs = !agrees;
	if (agrees)
		return;

	/* Believed, nothing before it is proven, so no earlier reading is carried on. */
	believed = (struct candidate){ .anchor = slot->anchor };
	memcpy(believed.value, value, size);
	if (slot->events) {
		add_gap(&believed, GAP_UNLOGGED, at);
	} else {
		believed.anchor = ANCHOR_SYNC;
		add_gap(&believed, GAP_UNANCHORED, at);
	}
	add(slot, size, &believed);
}

void candidates_off_log(struct slot *slot, struct place at)
{
	for (size_t i = 0; i < slot->n; i++)
		add_gap(&slot->all[i], GAP_OFF_LOG_EXTEND, at);
}

int candidates_hint(struct slot *slot, struct hasher *h, const uint8_t *digest, struct place at)
{
	size_t n = slot->n;
	_cleanup_(free) struct candidate *with = malloc(n * sizeof(*with));

	if (!with)
		return TSMMR_E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		int r;

		with[i] = slot->all[i];
		r = hash_extend(h, with[i].value, digest, h->alg->size);
		if (r < 0)
			return r;
		add_gap(&with[i], GAP_OFF_LOG_EXTEND, at);
		if (slot->expected)
			compare(slot, &with[i], h->alg->size, at);
	}
	for (size_t i = 0; i < n; i++)
		add(slot, h->alg->size, &with[i]);
	return 0;
}

void candidates_compare(struct slot *slot, size_t size)
{
	assert(slot->expected);
	for (size_t i = 0; i < slot->n; i++)
		slot->all[i].matches = reg_equals(slot->expected, slot->all[i].value);
}

void candidates_restart(struct slot *slot, size_t size)
{
	struct candidate again = { .anchor = slot->anchor, .again = true };
	bool earlier;

	memcpy(slot->caught_up, candidates_best(slot, &earlier)->value, size);
	memcpy(again.value, slot->before_agent, size);
	add(slot, size, &again);
}

const struct candidate *candidates_best(const struct slot *slot, bool *ret_earlier)
{
	const struct candidate *now = NULL, *earlier = NULL, *any = &slot->all[0];

	for (size_t i = 0; i < slot->n; i++) {
		const struct candidate *c = &slot->all[i];

		if (c->again)
			continue;
		if (c->matches && (!now || better(c, now)))
			now = c;
		if (c->matched && !c->denied_since && (!earlier || better(c, earlier)))
			earlier = c;
		if (better(c, any))
			any = c;
	}
	*ret_earlier = !now && earlier;
	return now ? now : earlier ? earlier : any;
}
