/* SPDX-License-Identifier: BSD-2-Clause */
/* What the logs say of one register, cut where they say what its value is. */
#include "report/explain_track.h"

#include "util/grow.h"

#define READINGS_MAX 16

void track_done(struct track *t)
{
	free(t->all);
	free(t->derived);
	*t = (struct track){ 0 };
}

static int track_add(struct track *t, const struct item *new)
{
	struct item *all = grown(t->all, t->n, &t->cap, sizeof(*all));

	if (!all)
		return TSMMR_E_NOMEM;
	t->all = all;
	t->all[t->n++] = *new;
	return 0;
}

bool event_is_of(const struct tsmmr_event *e, const struct row *row)
{
	const struct reg_desc *desc = event_reg(e);

	return desc && reg_same(e->platform, desc, row->reg.platform, row->reg.desc);
}

bool row_has_gap(const struct row *row, enum gap_kind kind)
{
	for (size_t i = 0; i < row->n_gaps; i++)
		if (row->gaps[i].kind == kind)
			return true;
	return false;
}

bool row_matches(const struct row *row)
{
	return row->status == TSMMR_STATUS_VERIFIED ||
	       (row->status == TSMMR_STATUS_INCOMPLETE && row->n_gaps && row->events &&
		!row_has_gap(row, GAP_UNQUOTED_TAIL) && !row_has_gap(row, GAP_UNLOGGED));
}

/* What was extended in a bank that the log has no digest for, where the data says it: IMA. */
static bool is_derived(const struct tsmmr_event *e, const struct row *row)
{
	const struct hash_alg *alg = hash_by_id(row->reg.alg);

	return alg && alg->size == row->reg.size && e->measured && e->class && e->class->derive &&
	       e->n_digests && !event_digest(e, row->reg.alg) && event_is_of(e, row);
}

/* Room for the digests that have to be computed. */
static int track_room(struct tsmmr_log *const *logs, size_t n, const struct row *row,
		      struct track *t)
{
	size_t count = 0;

	for (size_t l = 0; l < n; l++)
		for (size_t k = 0; k < logs[l]->n; k++)
			count += is_derived(&logs[l]->events[k], row);
	t->derived = count ? calloc(count, row->reg.size) : NULL;
	return count && !t->derived ? TSMMR_E_NOMEM : 0;
}

int track_make(struct hasher *h, struct tsmmr_log *const *logs, size_t n, const struct row *row,
	       struct track *ret)
{
	_cleanup_(track_done) struct track t = { 0 };
	uint8_t *derived;
	int r = track_room(logs, n, row, &t);

	derived = t.derived;
	for (size_t l = 0; r == 0 && l < n; l++)
		for (size_t k = 0; r == 0 && k < logs[l]->n; k++) {
			const struct tsmmr_event *e = &logs[l]->events[k];
			struct item new = { .e = e, .log = log_number(logs, l, e) };
			const struct digest *d = NULL;

			if (is_derived(e, row)) {
				r = e->class->derive(e, h, derived);
				new.digest = derived;
				derived += row->reg.size;
				if (r == 0)
					r = track_add(&t, &new);
				r = r == TSMMR_E_MALFORMED ? 0 : r;
				continue;
			}
			if (e->measured)
				d = event_digest(e, row->reg.alg);
			else if (e->mark == MARK_HINT && e->asserted.alg == row->reg.alg)
				d = &e->asserted;
			if (!d || d->value.n != row->reg.size || !event_is_of(e, row))
				continue;
			new.digest = d->value.p;
			new.hint = !e->measured;
			r = track_add(&t, &new);
		}
	if (r < 0)
		return r;
	*ret = t;
	t = (struct track){ 0 };
	return 0;
}

/* --- points ------------------------------------------------------------------------------ */

void points_done(struct points *p)
{
	free(p->all);
	*p = (struct points){ 0 };
}

static bool is_assertion(const struct item *i, const struct row *row)
{
	return i->e->mark == MARK_SYNC && i->e->asserted.alg == row->reg.alg &&
	       i->e->asserted.value.n == row->reg.size;
}

int points_make(const struct track *t, const struct row *row, struct points *ret)
{
	size_t n = 2;
	struct points p = { 0 };

	for (size_t i = 0; i < t->n; i++)
		n += is_assertion(&t->all[i], row);
	p.all = calloc(n, sizeof(*p.all));
	if (!p.all)
		return TSMMR_E_NOMEM;

	p.all[p.n++] = (struct point){ .at = 0, .value = row->start };
	for (size_t i = 0; i < t->n; i++)
		if (is_assertion(&t->all[i], row))
			p.all[p.n++] =
				(struct point){ .at = i, .value = t->all[i].e->asserted.value.p };
	p.all[p.n++] = (struct point){ .at = t->n, .value = row->reg.value };
	*ret = p;
	return 0;
}

/* The values that a stretch may lead to, with and without each of its comments. */
struct readings {
	uint8_t all[READINGS_MAX][TSMMR_HASH_SIZE_MAX];
	uint16_t hints[READINGS_MAX]; /* bit i: comment i of the stretch is believed */
	size_t n, n_hints;
};

/* Those from first on, at once. */
static int extend_readings(struct readings *r, struct hasher *h, size_t first,
			   const uint8_t *digest)
{
	uint8_t both[READINGS_MAX][2 * TSMMR_HASH_SIZE_MAX], values[sizeof(r->all)];
	size_t n = r->n - first, size = h->alg->size;
	struct span in[READINGS_MAX];
	int rc;

	if (n < 2)
		return n ? hash_extend(h, r->all[first], digest, size) : 0;
	for (size_t k = 0; k < n; k++) {
		memcpy(both[k], r->all[first + k], size);
		memcpy(both[k] + size, digest, size);
		in[k] = span_of(both[k], 2 * size);
	}
	rc = hash_many(h, in, n, values);
	for (size_t k = 0; rc == 0 && k < n; k++)
		memcpy(r->all[first + k], values + k * size, size);
	return rc;
}

/* *ret_new: there are other values than before it. */
static int readings_item(struct readings *r, struct hasher *h, const struct item *i, bool *ret_new)
{
	size_t n = r->n;

	*ret_new = !i->hint || n < READINGS_MAX;
	if (!i->hint)
		return extend_readings(r, h, 0, i->digest);
	for (size_t k = 0; k < n && r->n < READINGS_MAX; k++) {
		memcpy(r->all[r->n], r->all[k], h->alg->size);
		r->hints[r->n++] = (uint16_t)(r->hints[k] | 1u << r->n_hints);
	}
	r->n_hints++;
	return extend_readings(r, h, n, i->digest);
}

/* Where among the readings a value is; n when nowhere. */
static size_t readings_find(const struct readings *r, const uint8_t *value, size_t size)
{
	size_t k = 0;

	while (k < r->n && !hash_equal(r->all[k], value, size))
		k++;
	return k;
}

int stretch_joins(struct hasher *h, const struct track *t, const struct point *from,
		  const struct point *to, const uint8_t *expected, struct join *ret)
{
	struct readings r = { .n = 1 };
	struct join join = { .reached = SIZE_MAX };
	size_t size = h->alg->size, k;
	bool reached = false, new;

	memcpy(r.all[0], from->value, size);
	for (size_t i = from->at; i < to->at; i++) {
		int rc = readings_item(&r, h, &t->all[i], &new);

		if (rc < 0)
			return rc;
		if (new)
			reached = readings_find(&r, expected, size) < r.n;
		if (reached && i + 1 < t->n)
			join.reached = i;
	}
	k = readings_find(&r, to->value, size);
	join.joins = k < r.n;
	join.hints = join.joins ? r.hints[k] : 0;
	*ret = join;
	return 0;
}

/* --- problems ---------------------------------------------------------------------------- */

void stretch_done(struct stretch *s)
{
	free(s->items);
	free(s->values);
	*s = (struct stretch){ 0 };
}

static bool has_hints(const struct track *t, size_t from, size_t to)
{
	while (from < to && !t->all[from].hint)
		from++;
	return from < to;
}

/* Those that count: the track's own where that is all of them. */
static int stretch_items(const struct track *t, size_t from, size_t to, bool hints,
			 struct stretch *s)
{
	struct problem *p = &s->problem;

	if (hints || !has_hints(t, from, to)) {
		p->items = t->n ? t->all + from : t->all;
		p->n = to - from;
		return 0;
	}
	s->items = calloc(to - from, sizeof(*s->items));
	if (!s->items)
		return TSMMR_E_NOMEM;
	for (size_t i = from; i < to; i++)
		if (!t->all[i].hint)
			s->items[p->n++] = t->all[i];
	p->items = s->items;
	return 0;
}

int stretch_make(struct hasher *h, const struct track *t, const struct point *from,
		 const struct point *to, bool hints, struct stretch *ret)
{
	_cleanup_(stretch_done) struct stretch s = { 0 };
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	size_t size = h->alg->size;
	struct problem *p = &s.problem;
	int r = stretch_items(t, from->at, to->at, hints, &s);

	if (r < 0)
		return r;
	s.values = calloc(p->n / VALUES_APART + 1, size);
	if (!s.values)
		return TSMMR_E_NOMEM;
	p->h = h;
	p->size = size;
	p->values = s.values;
	p->target = to->value;

	memcpy(value, from->value, size);
	for (size_t i = 0; r == 0 && i <= p->n; i++) {
		if (i % VALUES_APART == 0)
			memcpy(p->values + i / VALUES_APART * size, value, size);
		if (i < p->n)
			r = hash_fold(h, value, p->items[i].digest, 1);
	}
	if (r < 0)
		return r;
	*ret = s;
	s = (struct stretch){ 0 };
	return 0;
}
