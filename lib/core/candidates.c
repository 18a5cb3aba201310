/* SPDX-License-Identifier: BSD-2-Clause */
/* The readings that a register's log allows. */
#include "core/replay.h"

#include <assert.h>

#include "core/regs.h"

/* Most registers have one reading for ever. */
static int make_room(struct slot *slot)
{
	size_t cap = slot->cap ? 2 * slot->cap : 1;
	struct candidate *all;

	if (slot->n < slot->cap)
		return 0;
	all = reallocarray(slot->all, cap, sizeof(*all));
	if (!all)
		return TSMMR_E_NOMEM;
	slot->all = all;
	slot->cap = cap;
	return 0;
}

int candidates_start(struct slot *slot)
{
	slot->n = 0;
	if (make_room(slot) < 0)
		return TSMMR_E_NOMEM;
	slot->n = 1;
	slot->all[0] = (struct candidate){ .anchor = slot->anchor };
	memcpy(slot->all[0].value, slot->initial, sizeof(slot->initial));
	return 0;
}

int candidates_copy(struct slot *to, const struct slot *slot)
{
	*to = *slot;
	to->all = calloc(slot->n, sizeof(*to->all));
	to->cap = slot->n;
	if (!to->all)
		return TSMMR_E_NOMEM;
	memcpy(to->all, slot->all, slot->n * sizeof(*to->all));
	return 0;
}

void slot_free(struct slot *slot)
{
	if (slot)
		free(slot->all);
	free(slot);
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
	c->gaps[c->n_gaps++] =
		(struct tsmmr_gap){ .kind = kind, .log = at.log, .record = at.record };
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
 * What goes when there are too many.  A reading that denies a SYNC line since the last that
 * it believes is looked at while there is room: the last line that can be believed comes
 * first.  One that denies none is what the log says, and without it there is no answer.
 */
static void let_go(struct slot *slot, const struct candidate *c)
{
	if (c->doubts)
		slot->let_go = true;
	else
		slot->too_many = true;
}

/* In place of the worst of them, if it is better. */
static void replace_worst(struct slot *slot, const struct candidate *new, bool same_sync)
{
	struct candidate *worst = NULL;

	for (size_t i = 0; i < slot->n; i++) {
		struct candidate *c = &slot->all[i];

		if (same_sync && c->believes != new->believes)
			continue;
		if (!worst || better(worst, c))
			worst = c;
	}
	assert(worst);
	if (!better(new, worst)) {
		let_go(slot, new);
		return;
	}
	let_go(slot, worst);
	*worst = *new;
}

/* To look for one among many takes as long as some hashes. */
static void pay_for_looking(struct slot *slot)
{
	if (slot->n > CANDIDATES_MAX)
		slot->work += slot->n / 8;
}

/*
 * Adds a reading.  One with the value of another is the same from here on, so the better
 * of the two stays.  (semantics, promise 8)
 */
static int add(struct slot *slot, size_t size, const struct candidate *new)
{
	size_t n_same = 0;

	pay_for_looking(slot);
	for (size_t i = 0; i < slot->n; i++) {
		/* Both are of the log: how long it takes says nothing of the expected value. */
		if (slot->all[i].value[0] == new->value[0] &&
		    hash_equal(slot->all[i].value, new->value, size)) {
			if (better(new, &slot->all[i]))
				slot->all[i] = *new;
			return 0;
		}
		n_same += slot->all[i].believes == new->believes;
	}
	if (n_same >= CANDIDATES_MAX) {
		replace_worst(slot, new, true);
		return 0;
	}
	if (slot->n >= (slot->work < SLOT_WORK_MAX ? SLOT_READINGS_MAX : CANDIDATES_MAX)) {
		replace_worst(slot, new, false);
		return 0;
	}
	if (make_room(slot) < 0)
		return TSMMR_E_NOMEM;
	slot->all[slot->n++] = *new;
	return 0;
}

/* What is more than the few that cost nothing is paid for, and goes when that is too much. */
static void pay(struct slot *slot)
{
	if (slot->n <= CANDIDATES_MAX)
		return;
	slot->work += slot->n - CANDIDATES_MAX;
	while (slot->work >= SLOT_WORK_MAX && slot->n > CANDIDATES_MAX) {
		size_t worst = 0;

		for (size_t i = 1; i < slot->n; i++)
			if (better(&slot->all[worst], &slot->all[i]))
				worst = i;
		let_go(slot, &slot->all[worst]);
		slot->all[worst] = slot->all[--slot->n];
	}
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
	if (c->again && hash_equal(c->value, slot->caught_up, h->alg->size))
		c->again = false;
	if (slot->expected)
		compare(slot, c, h->alg->size, at);
	return 0;
}

static _rare_ int extend_all(struct slot *slot, struct hasher *h, struct span input,
			     const uint8_t *padded, struct place at)
{
	struct span other = span_of(padded, padded ? h->alg->size : 0);
	struct candidate with;
	bool split = padded && !slot->pad_tried, earlier;
	int r = 0;

	pay(slot);
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
		if (r == 0)
			r = add(slot, h->alg->size, &with);
	}
	return r;
}

int candidates_extend(struct slot *slot, struct hasher *h, struct span input, const uint8_t *padded,
		      struct place at)
{
	return slot->n == 1 && !padded ? extend_one(slot, h, slot->all, input, at) :
					 extend_all(slot, h, input, padded, at);
}

void candidates_set(struct slot *slot, const uint8_t *value, size_t size, struct place at)
{
	assert(slot->n && size <= TSMMR_HASH_SIZE_MAX);
	memcpy(slot->all[0].value, value, size);
	if (slot->expected)
		compare(slot, &slot->all[0], size, at);
}

/* Does the firmware's log, and not only a line of some other, lead from the start to here? */
static bool is_from_firmware(const struct slot *slot, const struct candidate *c)
{
	return slot->by_firmware && c->anchor != ANCHOR_SYNC && !count_gaps(c, GAP_UNLOGGED);
}

/*
 * Semantics, rule 3: the assertion may be true, and then something happened before
 * it that the log does not have; or it may not, and then it is a line like any other.
 */
int candidates_assert(struct slot *slot, size_t size, const uint8_t *value, bool first,
		      struct place at, bool *ret_differs)
{
	struct candidate believed;
	bool agrees = false;

	slot->syncs++;
	for (size_t i = 0; i < slot->n; i++) {
		struct candidate *c = &slot->all[i];

		if (hash_equal(c->value, value, size)) {
			agrees = true;
			c->believes = slot->syncs;
			c->doubts = 0;
			if (first && slot->events && is_from_firmware(slot, c))
				c->anchor = ANCHOR_FIRMWARE_LOG;
		} else {
			c->denied++;
			c->doubts++;
			c->denied_since = true;
		}
	}
	*ret_differs = !agrees;
	/* Whatever was let go before says the same from here on, or denies this line. */
	if (agrees) {
		slot->let_go |= slot->too_many;
		slot->too_many = false;
		return 0;
	}

	/* Believed, nothing before it is proven, so no earlier reading is carried on. */
	believed = (struct candidate){ .anchor = slot->anchor, .believes = slot->syncs };
	memcpy(believed.value, value, size);
	if (slot->events > slot->n_head) {
		add_gap(&believed, GAP_UNLOGGED, at);
	} else {
		believed.anchor = ANCHOR_SYNC;
		add_gap(&believed, GAP_UNANCHORED, at);
	}
	return add(slot, size, &believed);
}

void candidates_off_log(struct slot *slot, struct place at)
{
	for (size_t i = 0; i < slot->n; i++)
		add_gap(&slot->all[i], GAP_OFF_LOG_EXTEND, at);
}

void candidates_torn(struct slot *slot, struct place at)
{
	for (size_t i = 0; i < slot->n; i++)
		add_gap(&slot->all[i], GAP_UNLOGGED, at);
}

static const struct candidate *worst_of(const struct slot *slot)
{
	const struct candidate *worst = &slot->all[0];

	for (size_t i = 1; i < slot->n; i++)
		if (better(worst, &slot->all[i]))
			worst = &slot->all[i];
	return worst;
}

/*
 * Would add() change nothing, whatever value new has?  It is no better than any there is, there
 * is no room, and that one like it was let go is known.
 */
static bool is_idle(const struct slot *slot, const struct candidate *worst,
		    const struct candidate *new)
{
	size_t n_same = 0;

	if (!(new->doubts ? slot->let_go : slot->too_many) || better(new, worst))
		return false;
	for (size_t i = 0; i < slot->n; i++)
		n_same += slot->all[i].believes == new->believes;
	return n_same >= CANDIDATES_MAX;
}

static int add_hinted(struct slot *slot, struct hasher *h, const uint8_t *digest, struct place at,
		      struct candidate *with)
{
	int r = hash_extend(h, with->value, digest, h->alg->size);

	if (r < 0)
		return r;
	if (slot->expected)
		compare(slot, with, h->alg->size, at);
	return add(slot, h->alg->size, with);
}

int candidates_hint(struct slot *slot, struct hasher *h, const uint8_t *digest, struct place at)
{
	size_t n = slot->n;
	_cleanup_(free) struct candidate *with = malloc(n * sizeof(*with));
	const struct candidate *worst = worst_of(slot);

	if (!with)
		return TSMMR_E_NOMEM;
	memcpy(with, slot->all, n * sizeof(*with));
	for (size_t i = 0; i < n; i++) {
		int r;

		add_gap(&with[i], GAP_OFF_LOG_EXTEND, at);
		/* Logs with thousands of them take no hash for each. */
		if (is_idle(slot, worst, &with[i])) {
			pay_for_looking(slot);
			continue;
		}
		r = add_hinted(slot, h, digest, at, &with[i]);
		if (r < 0)
			return r;
		worst = worst_of(slot);
	}
	pay(slot);
	return 0;
}

void candidates_compare(struct slot *slot, size_t size)
{
	assert(slot->expected);
	for (size_t i = 0; i < slot->n; i++)
		slot->all[i].matches = reg_equals(slot->expected, slot->all[i].value);
}

int candidates_restart(struct slot *slot, size_t size, uint64_t log)
{
	bool earlier;
	const struct candidate *best = candidates_best(slot, &earlier);
	struct candidate again = {
		.anchor = slot->anchor,
		.believes = UINT32_MAX,
		.again = true,
		.twice = best->twice | UINT64_C(1) << log,
	};

	memcpy(slot->caught_up, best->value, size);
	memcpy(again.value, slot->before_agent, size);
	return add(slot, size, &again);
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
