/* SPDX-License-Identifier: BSD-2-Clause */
/* The search for the edit that makes a stretch of a log match. */
#include "report/explain_around.h"
#include "report/explain_track.h"

#define MOVES_MAX 128 /* items among which every one is tried at every place */
#define CAPS_MAX 8    /* times an operating system would close a bank */
/* Data whose hashing takes about as long as an extension. */
#define EXTENSION_BYTES 256

/* n digests put before item at. */
struct insertion {
	size_t at;
	size_t n;
	uint8_t digests[LOST_MAX * TSMMR_HASH_SIZE_MAX];
};

struct search {
	struct problem *p;
	struct found *found;
	size_t n;
	struct insertion known; /* that fits, when one was found */
	uint64_t allowance;     /* extensions that may still be computed */
	enum effort effort;     /* what is being tried */
	uint64_t asked, home;   /* bit i: register i was looked at, and matches */
	bool failed;
	int error;
	/* The first n_block values of those before item block_at and VALUES_APART - 1 more. */
	size_t block_at, n_block;
	uint8_t block[VALUES_APART][TSMMR_HASH_SIZE_MAX];
};

static const uint8_t *digest_at(const struct problem *p, size_t i)
{
	return p->items[i].digest;
}

static bool same_digest(const struct problem *p, size_t i, size_t k)
{
	return memcmp(digest_at(p, i), digest_at(p, k), p->size) == 0;
}

/* Item i; until the next one is asked for with the same room. */
static const struct tsmmr_event *event_at(const struct problem *p, size_t i, struct pack_room *room)
{
	return pack_get(p->pack, p->items[i].at, room);
}

/* Where a run of this digest, from item i on, ends. */
static size_t run_end(const struct problem *p, size_t i, const uint8_t *digest)
{
	while (i < p->n && memcmp(digest_at(p, i), digest, p->size) == 0)
		i++;
	return i;
}

/* May n more extensions be computed?  at: the item that the edit is about. */
static bool afford(struct search *s, size_t n, size_t at)
{
	if (s->failed)
		return false;
	if (s->allowance < n) {
		size_t *untried = &s->p->untried[s->effort];

		if (*untried <= at)
			*untried = at + 1;
		return false;
	}
	s->allowance -= n;
	return true;
}

/* Extends value with n digests.  What fails is remembered, and then nothing fits. */
static void fold(struct search *s, uint8_t *value, const uint8_t *digests, size_t n)
{
	int r = 0;

	if (ctx_is_cancelled(s->p->ctx))
		r = TSMMR_E_CANCELLED;
	else if (!s->failed)
		r = hash_fold(s->p->h, value, digests, n);
	if (r < 0) {
		s->failed = true;
		s->error = r;
	}
}

/* The same with those of n items. */
static void fold_items(struct search *s, uint8_t *value, size_t i, size_t n)
{
	for (size_t end = i + n; i < end && !s->failed; i++)
		fold(s, value, digest_at(s->p, i), 1);
}

/* That the register had before item i. */
static void value_at(struct search *s, size_t i, uint8_t *ret)
{
	const struct problem *p = s->p;
	size_t k = i % VALUES_APART;

	if (!s->n_block || s->block_at != i - k) {
		s->block_at = i - k;
		s->n_block = 1;
		memcpy(s->block[0], p->values + i / VALUES_APART * p->size, p->size);
	}
	for (; s->n_block <= k; s->n_block++) {
		uint8_t *next = s->block[s->n_block];

		memcpy(next, s->block[s->n_block - 1], p->size);
		fold(s, next, digest_at(p, s->block_at + s->n_block - 1), 1);
	}
	memcpy(ret, s->block[k], p->size);
}

/* With this value before item i, does the rest lead to the target? */
static bool leads(struct search *s, uint8_t *value, size_t i)
{
	const struct problem *p = s->p;

	fold_items(s, value, i, p->n - i);
	return !s->failed && hash_equal(value, p->target, p->size);
}

static void found(struct search *s, const struct found *f)
{
	if (s->n < FOUND_MAX)
		s->found[s->n++] = *f;
}

/* --- several trials at once -------------------------------------------------------------- */

#define TRIALS_MAX 16

/*
 * Edits that are tried one after the other, each at the same place as the one before or at an
 * earlier one.  The records after all of them are extended for all of them at once, which
 * takes less than one by one; what is found, and what it took, is the same.
 */
struct trials {
	size_t n;
	struct found found[TRIALS_MAX]; /* what it is if it leads to the target */
	uint64_t allowance[TRIALS_MAX]; /* what was left then */
	size_t at[TRIALS_MAX];          /* the item that comes next */
	uint8_t values[TRIALS_MAX][2 * TSMMR_HASH_SIZE_MAX]; /* before it; room for its digest */
};

/* Extends those from first on with item i. */
static void extend_trials(struct search *s, struct trials *t, size_t first, size_t i)
{
	const struct problem *p = s->p;
	uint8_t values[TRIALS_MAX * TSMMR_HASH_SIZE_MAX];
	struct span both[TRIALS_MAX];
	int r;

	for (size_t k = first; k < t->n; k++) {
		memcpy(t->values[k] + p->size, digest_at(p, i), p->size);
		both[k] = span_of(t->values[k], 2 * p->size);
	}
	r = ctx_is_cancelled(p->ctx) ? TSMMR_E_CANCELLED :
				       hash_many(p->h, both + first, t->n - first, values);
	if (r < 0) {
		s->failed = true;
		s->error = r;
		return;
	}
	for (size_t k = first; k < t->n; k++)
		memcpy(t->values[k], values + (k - first) * p->size, p->size);
}

/* Finds the first that leads to the target, and forgets all. */
static void end_trials(struct search *s, struct trials *t)
{
	const struct problem *p = s->p;
	size_t first = t->n;

	for (size_t i = t->n ? t->at[t->n - 1] : p->n; !s->failed && i < p->n; i++) {
		while (first > 0 && t->at[first - 1] <= i)
			first--;
		extend_trials(s, t, first, i);
	}
	for (size_t k = 0; !s->failed && k < t->n; k++)
		if (hash_equal(t->values[k], p->target, p->size)) {
			found(s, &t->found[k]);
			s->allowance = t->allowance[k];
			break;
		}
	t->n = 0;
}

/* As afford(); what would not have been asked for, had one led to the target, is not. */
static bool afford_trial(struct search *s, struct trials *t, size_t n, size_t at)
{
	if (s->allowance < n)
		end_trials(s, t);
	return !s->n && afford(s, n, at);
}

static void add_trial(struct search *s, struct trials *t, const uint8_t *value, size_t at,
		      struct found f)
{
	memcpy(t->values[t->n], value, s->p->size);
	t->at[t->n] = at;
	t->allowance[t->n] = s->allowance;
	t->found[t->n++] = f;
	if (t->n == TRIALS_MAX)
		end_trials(s, t);
}

/* --- the log as a whole ------------------------------------------------------------------ */

/*
 * The start values there are: PFP §3.3.2 (locality 0, 3 and 4; 4 also after an H-CRTM), and
 * all ones, which is what DRTM registers hold after a reset.
 */
static void try_starts(struct search *s)
{
	static const struct {
		uint8_t fill, last;
	} starts[] = { { 0, 0 }, { 0, 3 }, { 0, 4 }, { 0xff, 0xff } };
	const struct problem *p = s->p;

	for (size_t i = 0; p->from_start && i < ARRAY_SIZE(starts); i++) {
		uint8_t value[TSMMR_HASH_SIZE_MAX];

		memset(value, starts[i].fill, p->size);
		value[p->size - 1] = starts[i].last;
		if (hash_equal(value, p->values, p->size) || !afford(s, p->n, 0) ||
		    !leads(s, value, 0))
			continue;
		found(s, &(struct found){ .id = X_START_VALUE,
					  .shape = SHAPE_WHOLE,
					  .start = starts[i].last });
		return;
	}
}

/* Linux before 5.8 filled the SHA-1 digest of an IMA template up to the size of each bank. */
static void try_sha1_padded(struct search *s)
{
	const struct problem *p = s->p;
	uint8_t value[TSMMR_HASH_SIZE_MAX], padded[TSMMR_HASH_SIZE_MAX] = { 0 };
	struct pack_room room;
	const struct digest *d;

	if (p->h->alg->id == TSMMR_HASH_SHA1 || !p->n || !afford(s, p->n, 0))
		return;
	value_at(s, 0, value);
	for (size_t i = 0; i < p->n; i++) {
		const struct tsmmr_event *e = event_at(p, i, &room);

		d = event_digest(e, TSMMR_HASH_SHA1);
		if (!d || !e->measured)
			return;
		memcpy(padded, d->value.p, d->value.n);
		fold(s, value, padded, 1);
	}
	if (!s->failed && hash_equal(value, p->target, p->size))
		found(s, &(struct found){ .id = X_SHA1_PADDED, .shape = SHAPE_WHOLE });
}

static bool is_logged(const struct problem *p)
{
	const struct tsmmr_event *e;
	struct pack_walk walk;

	pack_walk(p->pack, 0, p->n_logs, &walk);
	while ((e = pack_next(&walk)))
		if (e->measured && event_digest(e, p->h->alg->id))
			return true;
	return false;
}

/* Does extending that digest some times, from a value on, lead to the target? */
static bool cap_leads(struct search *s, size_t from, const uint8_t *digest)
{
	uint8_t value[TSMMR_HASH_SIZE_MAX];

	if (!afford(s, CAPS_MAX, 0))
		return false;
	value_at(s, from, value);
	for (size_t i = 0; i < CAPS_MAX && !s->failed; i++) {
		fold(s, value, digest, 1);
		if (hash_equal(value, s->p->target, s->p->size))
			return true;
	}
	return false;
}

/*
 * A bank nobody measures into is closed with an extension of zeros, or with a separator; in
 * one that the log has, a separator is just a lost record.
 */
static void try_caps(struct search *s)
{
	static const uint8_t zeros[TSMMR_HASH_SIZE_MAX];
	const struct problem *p = s->p;
	uint8_t separator[TSMMR_HASH_SIZE_MAX];
	int r;

	if (!p->to_end)
		return;
	r = hash_bytes(p->h, zeros, 4, separator);
	if (r < 0) {
		s->failed = true;
		s->error = r;
	} else if (cap_leads(s, 0, zeros) || cap_leads(s, p->n, zeros) ||
		   (!p->n && !is_logged(p) && cap_leads(s, 0, separator))) {
		found(s, &(struct found){ .id = X_BANK_CAPPED, .shape = SHAPE_WHOLE });
	}
}

/* Without what the end of a log repeats: firmware's log, with its last records joined twice. */
static void try_repeat(struct search *s)
{
	const struct problem *p = s->p;
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	struct found f = { .id = X_FINAL_EVENTS_TWICE, .shape = SHAPE_WHOLE };
	size_t n = 0;

	if (!p->repeat || !p->repeat->n || !p->n || !afford(s, p->n, 0))
		return;
	value_at(s, 0, value);
	for (size_t i = 0; i < p->n; i++) {
		if (!around_is_repeat(p->repeat, p->pack, &p->items[i])) {
			fold(s, value, digest_at(p, i), 1);
			continue;
		}
		f.at = n++ ? f.at : i;
		f.to = i;
	}
	if (n && !s->failed && hash_equal(value, p->target, p->size))
		found(s, &f);
}

/*
 * Words of systemd's after the last record, each of them there or not: an addition in
 * binary counts through all ways to choose, and a choice begins with the value of the one
 * without its last word.
 */
static void try_systemd(struct search *s)
{
	const struct problem *p = s->p;
	uint8_t words[AROUND_WORDS_MAX], digests[AROUND_WORDS_MAX][TSMMR_HASH_SIZE_MAX];
	uint8_t values[AROUND_WORDS_MAX + 1][TSMMR_HASH_SIZE_MAX];
	size_t n = p->to_end ? around_words(p->row, words) : 0, depth = 0;
	size_t chosen[AROUND_WORDS_MAX];

	if (!n || !afford(s, n + ((size_t)1 << n), p->n))
		return;
	for (size_t i = 0; i < n && !s->failed; i++) {
		struct span word = around_word(words[i]);
		int r = hash_bytes(p->h, word.p, word.n, digests[i]);

		if (r < 0) {
			s->failed = true;
			s->error = r;
		}
	}
	value_at(s, p->n, values[0]);
	for (size_t next = 0; !s->failed;) {
		if (next < n) {
			chosen[depth] = next;
			memcpy(values[depth + 1], values[depth], p->size);
			fold(s, values[++depth], digests[next++], 1);
		} else if (depth) {
			next = chosen[--depth] + 1;
			continue;
		} else {
			return;
		}
		if (!s->failed && hash_equal(values[depth], p->target, p->size)) {
			struct found f = { .id = X_SYSTEMD_MEASURED,
					   .shape = SHAPE_INSERT,
					   .at = p->n,
					   .to = p->n };

			for (size_t i = 0; i < depth; i++)
				f.words |= UINT32_C(1) << words[chosen[i]];
			found(s, &f);
			return;
		}
	}
}

/* --- records that were measured with another digest -------------------------------------- */

static size_t variants_of(const struct tsmmr_event *e)
{
	const struct event_class *c = e->class;

	return c && e->measured ? *c->n_rules + c->n_variants : 0;
}

/*
 * Digest number k that item i, which is e, may have had: what its data gives by a rule, or what
 * its class knows.  False when that is none, or the one it has.
 */
static bool variant(struct search *s, size_t i, const struct tsmmr_event *e, size_t k,
		    const uint8_t *before, uint8_t *ret, int *ret_id)
{
	const struct problem *p = s->p;
	size_t n_rules = *e->class->n_rules;
	int r;

	*ret_id = X_DIGEST_CHANGED;
	if (k < n_rules)
		r = event_rule_digest(e, k, p->h, ret);
	else
		r = e->class->variant(e, k - n_rules, p->h, before, ret, ret_id);
	if (r < 0) {
		s->failed = true;
		s->error = r;
	}
	return r > 0 && memcmp(ret, digest_at(p, i), p->size) != 0;
}

/* What hashing its data takes, in extensions: of most records none to speak of. */
static size_t bulk(const struct tsmmr_event *e)
{
	return e->data.n / EXTENSION_BYTES;
}

static size_t bulk_of_all(const struct problem *p)
{
	struct pack_room room;
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += bulk(event_at(p, i, &room));
	return n;
}

/* The same change to all records at once: a whole log that was converted. */
static void try_all_variants(struct search *s)
{
	const struct problem *p = s->p;
	const struct event_class *c = p->n ? p->class : NULL;
	struct pack_room room;

	for (size_t k = 0; c && k < c->n_variants + c->n_whole && !s->n; k++) {
		uint8_t value[TSMMR_HASH_SIZE_MAX], digest[TSMMR_HASH_SIZE_MAX];
		size_t n_changed = 0;
		int id = 0;

		if (!afford(s, 2 * p->n + bulk_of_all(p), 0))
			return;
		value_at(s, 0, value);
		for (size_t i = 0; i < p->n; i++) {
			const struct tsmmr_event *e = event_at(p, i, &room);
			bool other = e->class == c && e->measured &&
				     variant(s, i, e, *c->n_rules + k, value, digest, &id);

			n_changed += other;
			fold(s, value, other ? digest : digest_at(p, i), 1);
		}
		if (n_changed > 1 && !s->failed && hash_equal(value, p->target, p->size))
			found(s,
			      &(struct found){ .id = (enum explain_id)id, .shape = SHAPE_WHOLE });
	}
}

static void try_one_variant(struct search *s)
{
	const struct problem *p = s->p;
	struct pack_room room;
	struct trials t;
	bool more = true;

	t.n = 0;
	for (size_t i = p->n; more && !s->n && i-- > 0;) {
		const struct tsmmr_event *e = event_at(p, i, &room);

		for (size_t k = 0; k < variants_of(e) && !s->n; k++) {
			uint8_t value[TSMMR_HASH_SIZE_MAX], digest[TSMMR_HASH_SIZE_MAX];
			int id;

			value_at(s, i, value);
			more = afford_trial(s, &t, bulk(e), i);
			if (more && !variant(s, i, e, k, value, digest, &id))
				continue;
			more = more && afford_trial(s, &t, p->n - i, i);
			if (!more)
				break;
			fold(s, value, digest, 1);
			add_trial(s, &t, value, i + 1,
				  (struct found){ .id = (enum explain_id)id,
						  .shape = SHAPE_REPLACE,
						  .at = i });
		}
	}
	end_trials(s, &t);
}

/* --- records that are too many, or in another order -------------------------------------- */

static bool separator_before(const struct problem *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (pack_mark(p->pack, p->items[k].at) == MARK_SEPARATOR)
			return true;
	return false;
}

static enum explain_id name_of_drop(struct search *s, size_t first, size_t last)
{
	const struct problem *p = s->p;
	struct pack_room room;
	const struct tsmmr_event *e = event_at(p, last, &room);
	uint8_t value[TSMMR_HASH_SIZE_MAX];

	if (e->mark == MARK_SEPARATOR && separator_before(p, last))
		return X_SEPARATOR_TWICE;
	if (first != last)
		return X_DOUBLED_RECORD;
	value_at(s, last, value);
	if (e->mark == MARK_SYNC && e->asserted.value.n == p->size &&
	    !span_eq(e->asserted.value, value, p->size))
		return X_SYNC_WRONG;
	return X_EXTRA_RECORD;
}

static void try_drops(struct search *s)
{
	const struct problem *p = s->p;
	struct found *f = s->found;
	struct trials t;

	t.n = 0;
	for (size_t last = p->n; last-- > 0 && !s->n;) {
		uint8_t value[TSMMR_HASH_SIZE_MAX];

		/* Which of equal neighbours is left out is all the same. */
		if (last + 1 < p->n && same_digest(p, last, last + 1))
			continue;
		if (!afford_trial(s, &t, p->n - last - 1, last))
			break;
		value_at(s, last, value);
		add_trial(s, &t, value, last + 1,
			  (struct found){ .shape = SHAPE_DROP, .at = last, .to = last });
	}
	end_trials(s, &t);
	if (!s->n)
		return;
	while (f->at > 0 && same_digest(p, f->at - 1, f->to))
		f->at--;
	f->id = name_of_drop(s, f->at, f->to);
}

static void try_swaps(struct search *s)
{
	const struct problem *p = s->p;
	struct trials t;

	t.n = 0;
	for (size_t i = p->n; i-- > 0 && !s->n;) {
		uint8_t value[TSMMR_HASH_SIZE_MAX];

		if (i + 1 >= p->n || same_digest(p, i, i + 1))
			continue;
		if (!afford_trial(s, &t, p->n - i, i))
			break;
		value_at(s, i, value);
		fold(s, value, digest_at(p, i + 1), 1);
		fold(s, value, digest_at(p, i), 1);
		add_trial(s, &t, value, i + 2,
			  (struct found){ .id = X_SWAPPED_RECORDS, .shape = SHAPE_SWAP, .at = i });
	}
	end_trials(s, &t);
}

/* Item i taken out and put before item to. */
static bool moved_leads(struct search *s, size_t i, size_t to)
{
	const struct problem *p = s->p;
	uint8_t value[TSMMR_HASH_SIZE_MAX];

	if (to < i) {
		value_at(s, to, value);
		fold(s, value, digest_at(p, i), 1);
		fold_items(s, value, to, i - to);
		return leads(s, value, i + 1);
	}
	value_at(s, i, value);
	fold_items(s, value, i + 1, to - i - 1);
	fold(s, value, digest_at(p, i), 1);
	return leads(s, value, to);
}

static void try_moves(struct search *s)
{
	const struct problem *p = s->p;

	for (size_t i = p->n <= MOVES_MAX ? p->n : 0; i-- > 0 && !s->n;)
		for (size_t to = 0; to <= p->n && !s->n; to++) {
			size_t first = to < i ? to : i;

			/* One place further is a swap. */
			if (to + 2 > i && to <= i + 2)
				continue;
			if (!afford(s, p->n - first, first))
				return;
			if (moved_leads(s, i, to))
				found(s, &(struct found){ .id = X_MOVED_RECORD,
							  .shape = SHAPE_MOVE,
							  .at = i,
							  .to = to });
		}
}

/* --- records that are missing ------------------------------------------------------------ */

/* When one is known that fits, this one does if it is the same: nothing is computed. */
static bool insertion_leads(struct search *s, const struct insertion *new)
{
	const struct insertion *known = &s->known;
	const struct problem *p = s->p;
	uint8_t value[TSMMR_HASH_SIZE_MAX];

	if (s->n)
		return known->n == new->n && known->at ==
						     new->at &&memcmp(known->digests, new->digests,
								      new->n * p->size) == 0;
	value_at(s, new->at, value);
	fold(s, value, new->digests, new->n);
	return leads(s, value, new->at);
}

/* Where one is known, nothing is computed. */
static bool afford_insertion(struct search *s, size_t n, size_t at)
{
	return s->n || afford(s, s->p->n - at + n, at);
}

static void found_insertion(struct search *s, const struct insertion *new, struct found f)
{
	f.shape = SHAPE_INSERT;
	f.at = f.to = new->at;
	if (new->n == 1)
		f.to = run_end(s->p, new->at, new->digests);
	s->known = *new;
	found(s, &f);
}

/* Does the item just before the place have this digest?  Then after is as good as before. */
static bool is_run(const struct problem *p, const struct insertion *new)
{
	return new->n == 1 && new->at && !memcmp(digest_at(p, new->at - 1), new->digests, p->size);
}

/*
 * Is e in its place?  What its own register has, in this order, was not measured into
 * another.
 */
static bool look_at_home(const struct problem *p, const struct tsmmr_event *e)
{
	const struct report_data *d = p->report->data;

	for (size_t i = 0; i < d->n_rows; i++) {
		const struct row *row = &d->rows[i];

		if (row->reg.alg == p->row->reg.alg && event_is_of(e, row))
			return row_matches(row);
	}
	return false;
}

/* The same, asked once for each register of the platform. */
static bool is_at_home(struct search *s, const struct tsmmr_event *e)
{
	uint32_t number = event_number(e);
	uint64_t bit = number < 64 ? UINT64_C(1) << number : 0;

	if (!bit || e->platform != s->p->row->reg.platform)
		return look_at_home(s->p, e);
	if (!(s->asked & bit) && look_at_home(s->p, e))
		s->home |= bit;
	s->asked |= bit;
	return s->home & bit;
}

/* An event of another register, after at items of this one; where: in the pack. */
static void try_other(struct search *s, const struct tsmmr_event *e, const uint8_t *where,
		      size_t at)
{
	const struct problem *p = s->p;
	const struct digest *d = event_digest(e, p->h->alg->id);
	struct insertion new = { .at = at, .n = 1 };

	if (!e->measured || !d || d->value.n != p->size || event_is_of(e, p->row))
		return;
	memcpy(new.digests, d->value.p, p->size);
	if (is_run(p, &new) || is_at_home(s, e) || !afford_insertion(s, 1, at) ||
	    !insertion_leads(s, &new))
		return;
	found_insertion(s, &new,
			(struct found){ .id = X_RECORD_IN_WRONG_REGISTER, .other = where });
}

/* Records logged for other registers, each at the place it has in the log. */
static void try_other_registers(struct search *s)
{
	const struct problem *p = s->p;
	const struct tsmmr_event *e;
	struct pack_walk walk;
	size_t at = 0;

	/* Looking through the logs is work too, and there may be many stretches. */
	if (!p->n || !afford(s, pack_count(p->pack, 0, p->n_logs) / 16, 0))
		return;
	pack_walk(p->pack, 0, p->n_logs, &walk);
	while (s->n < FOUND_MAX && (e = pack_next(&walk)))
		if (at < p->n && p->items[at].at == walk.at)
			at++;
		else if ((at || p->from_start) && (at < p->n || p->to_end))
			try_other(s, e, walk.at, at);
}

static void try_lost(struct search *s)
{
	const struct problem *p = s->p;
	const struct event_class *c = p->class;

	for (size_t k = 0; c && k < c->n_lost; k++)
		for (size_t at = p->n + 1; at-- > 0 && s->n < FOUND_MAX;) {
			struct insertion new = { .at = at };
			uint8_t before[TSMMR_HASH_SIZE_MAX];
			int id, r;

			/* Its own digests take some, too. */
			if (!afford_insertion(s, 2 * LOST_MAX, at))
				break;
			value_at(s, at, before);
			r = c->lost(k, p->h, before, new.digests, &id);
			if (r < 0) {
				s->failed = true;
				s->error = r;
				return;
			}
			new.n = (size_t)r;
			if (is_run(p, &new) || !insertion_leads(s, &new))
				continue;
			found_insertion(s, &new, (struct found){ .id = (enum explain_id)id });
			break;
		}
}

static void try_repeats(struct search *s)
{
	const struct problem *p = s->p;

	for (size_t i = p->n; i-- > 0 && !s->n;) {
		struct insertion new = { .at = i, .n = 1 };

		/* A repeated SYNC line would not be true. */
		if ((i && same_digest(p, i - 1, i)) ||
		    pack_mark(p->pack, p->items[i].at) == MARK_SYNC)
			continue;
		memcpy(new.digests, digest_at(p, i), p->size);
		if (!afford_insertion(s, 1, i))
			return;
		if (insertion_leads(s, &new))
			found_insertion(s, &new, (struct found){ .id = X_UNLOGGED_REPEAT });
	}
}

/*
 * What is tried, in order, and which part of the extensions that are left it may take: every
 * record of 2,000 as one too many takes half of EXPLAIN_BUDGET, and so do neighbours.
 */
/* clang-format off */
static const struct {
	void (*try)(struct search *s);
	enum effort effort;
	unsigned part;
} families[] = {
	{ try_starts, EFFORT_CHANGED, 1 },
	{ try_sha1_padded, EFFORT_CHANGED, 1 },
	{ try_caps, EFFORT_MISSING, 1 },
	{ try_repeat, EFFORT_TOO_MANY, 1 },
	{ try_systemd, EFFORT_MISSING, 1 },
	{ try_all_variants, EFFORT_CHANGED, 3 },
	{ try_one_variant, EFFORT_CHANGED, 3 },
	{ try_drops, EFFORT_TOO_MANY, 2 },
	{ try_swaps, EFFORT_EXCHANGED, 1 },
	{ try_other_registers, EFFORT_MISSING, 3 },
	{ try_lost, EFFORT_MISSING, 2 },
	{ try_repeats, EFFORT_MISSING, 1 },
	{ try_moves, EFFORT_EXCHANGED, 1 },
};
/* clang-format on */

/*
 * Each runs while nothing was found, but for insertions: the same digest at the same place
 * can have several names.
 */
int problem_solve(struct problem *p, struct found ret[FOUND_MAX])
{
	struct search s = { .p = p, .found = ret };

	for (size_t i = 0; i < ARRAY_SIZE(families) && !s.failed; i++) {
		uint64_t allowance = *p->budget / families[i].part;

		if (s.n && !s.known.n)
			break;
		if (s.n && families[i].effort != EFFORT_MISSING)
			continue;
		s.allowance = allowance;
		s.effort = families[i].effort;
		families[i].try(&s);
		*p->budget -= allowance - s.allowance;
	}
	return s.failed ? s.error : (int)s.n;
}
