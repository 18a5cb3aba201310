/* SPDX-License-Identifier: BSD-2-Clause */
/* What the logs say of one register, cut where they say what its value is. */
#include "report/explain_track.h"

#define READINGS_MAX 16

void track_done(struct track *t)
{
	free(t->all);
	free(t->derived);
	*t = (struct track){ 0 };
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

/* The digest that is in the log and counts, or NULL. */
static const struct digest *logged_digest(const struct tsmmr_event *e, const struct row *row)
{
	const struct digest *d = NULL;

	if (e->measured)
		d = event_digest(e, row->reg.alg);
	else if (e->mark == MARK_HINT && e->asserted.alg == row->reg.alg)
		d = &e->asserted;
	return d && d->value.n == row->reg.size && event_is_of(e, row) ? d : NULL;
}

/* No more than is needed: there may be millions. */
static int track_room(const struct pack *p, size_t log, size_t n, const struct row *row,
		      struct track *t)
{
	size_t count = 0, n_derived = 0;
	const struct tsmmr_event *e;
	struct pack_walk walk;

	pack_walk(p, log, n, &walk);
	while ((e = pack_next(&walk))) {
		bool derived = is_derived(e, row);

		n_derived += derived;
		count += derived || logged_digest(e, row);
	}
	t->derived = n_derived ? calloc(n_derived, row->reg.size) : NULL;
	t->all = count ? calloc(count, sizeof(*t->all)) : NULL;
	return (count && !t->all) || (n_derived && !t->derived) ? TSMMR_E_NOMEM : 0;
}

int track_make(struct hasher *h, const struct pack *p, size_t log, size_t n, const struct row *row,
	       struct track *ret)
{
	_cleanup_(track_done) struct track t = { .pack = p };
	const struct tsmmr_event *e;
	struct pack_walk walk;
	uint8_t *derived;
	int r = track_room(p, log, n, row, &t);

	derived = t.derived;
	pack_walk(p, log, n, &walk);
	while (r == 0 && (e = pack_next(&walk))) {
		const struct digest *d = logged_digest(e, row);

		if (d) {
			t.all[t.n++] = (struct item){ walk.at, d->value.p };
		} else if (is_derived(e, row)) {
			r = e->class->derive(e, h, derived);
			if (r == 0)
				t.all[t.n++] = (struct item){ walk.at, derived };
			derived += row->reg.size;
			r = r == TSMMR_E_MALFORMED ? 0 : r;
		}
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

/* What it asserts of the register's value, or NULL. */
static const uint8_t *asserted(const struct track *t, size_t i, const struct row *row)
{
	struct pack_room room;
	const struct tsmmr_event *e = pack_get(t->pack, t->all[i].at, &room);

	return e->mark == MARK_SYNC && e->asserted.alg == row->reg.alg &&
			       e->asserted.value.n == row->reg.size ?
		       e->asserted.value.p :
		       NULL;
}

int points_make(const struct track *t, const struct row *row, struct points *ret)
{
	size_t n = 2;
	struct points p = { 0 };

	for (size_t i = 0; i < t->n; i++)
		n += asserted(t, i, row) != NULL;
	p.all = calloc(n, sizeof(*p.all));
	if (!p.all)
		return TSMMR_E_NOMEM;

	p.all[p.n++] = (struct point){ .at = 0, .value = row->start };
	for (size_t i = 0; i < t->n; i++) {
		const uint8_t *value = asserted(t, i, row);

		if (value)
			p.all[p.n++] = (struct point){ .at = i, .value = value };
	}
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
static int readings_item(struct readings *r, struct hasher *h, const struct item *i, bool hint,
			 bool *ret_new)
{
	size_t n = r->n;

	*ret_new = !hint || n < READINGS_MAX;
	if (!hint)
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
		int rc = readings_item(&r, h, &t->all[i], item_is_hint(t->pack, &t->all[i]), &new);

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
	while (from < to && !item_is_hint(t->pack, &t->all[from]))
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
		if (!item_is_hint(t->pack, &t->all[i]))
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
	p->pack = t->pack;
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
