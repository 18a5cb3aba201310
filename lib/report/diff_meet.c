/* SPDX-License-Identifier: BSD-2-Clause */
/* Two sides read at the same pace, so that each record waits for its partner, and no longer. */
#include "report/diff_work.h"

#include "util/error.h"
#include "util/grow.h"

/* NULL: too many to be remembered, or names may still be added to the platform's numbers. */
static const struct diff_near *near_of(struct diff_work *w, const struct tsmmr_event *e)
{
	struct diff_near *near = &w->near[e->index % ARRAY_SIZE(w->near)];
	struct diff_near new = { e->platform, e->index, e->space, 0, { 0 } };

	if (e->platform->users)
		return NULL;
	if (near->platform == e->platform && near->index == e->index && near->space == e->space)
		return near;
	for (size_t i = 0; i < w->diff->n; i++) {
		if (!diff_is_of(e, &w->diff->rows[i]))
			continue;
		if (new.n == ARRAY_SIZE(new.rows))
			return NULL;
		new.rows[new.n++] = (uint16_t)i;
	}
	*near = new;
	return near;
}

int diff_rows_of(struct diff_work *w, int side, const struct tsmmr_event *e, void *user,
		 int (*see)(struct diff_work *w, int side, size_t row, const struct tsmmr_event *e,
			    const struct digest *d, void *user))
{
	const struct diff_near *near = e->measured ? near_of(w, e) : NULL;
	size_t n = near ? near->n : w->diff->n;
	uint32_t found = 0;
	int r = 0;

	for (size_t k = 0; e->measured && r == 0 && k < n; k++) {
		size_t i = near ? near->rows[k] : k;
		const struct diff_row *row = &w->diff->rows[i];
		const struct digest *d =
			near || diff_is_of(e, row) ? event_digest(e, diff_any(row)->reg.alg) : NULL;

		if (!d)
			continue;
		found |= 1u << (d - e->digests);
		r = see(w, side, i, e, d, user);
	}
	w->lacks_row |= e->measured && found != (1u << e->n_digests) - 1;
	return r;
}

/* What is compared of a record that came before its partner. */
struct early {
	size_t at, n_digest, n_data;
	const struct event_class *class;
	uint32_t type;
};

static int push(struct diff_work *w, struct meeting_side *s, size_t at, const struct tsmmr_event *e,
		const struct digest *d)
{
	struct early new = { at, d->value.n, e->data.n, e->class, e->type };
	struct buf *b = &s->early;

	w->held += sizeof(new) + new.n_digest + new.n_data;
	if (w->held > diff_limit(w))
		return TSMMR_E_LIMIT;
	if (s->taken > b->n / 2) {
		memmove(b->p, b->p + s->taken, b->n - s->taken);
		b->n -= s->taken;
		s->taken = 0;
	}
	buf_add(b, &new, sizeof(new));
	buf_add(b, d->value.p, d->value.n);
	buf_add(b, e->data.p, e->data.n);
	return b->failed ? TSMMR_E_NOMEM : 0;
}

static int add_text(struct meeting *m, struct pair pair)
{
	struct pair *all = grown(m->texts, m->n_texts, &m->cap_texts, sizeof(*all));

	if (!all)
		return TSMMR_E_NOMEM;
	m->texts = all;
	m->texts[m->n_texts++] = pair;
	return 0;
}

/* The record of this side, number at of its row, and the first that waits on the other. */
static int pop(struct diff_work *w, struct meeting *m, int side, size_t at,
	       const struct tsmmr_event *e, const struct digest *d)
{
	struct meeting_side *other = &m->sides[!side];
	const uint8_t *p = other->early.p + other->taken;
	struct early was;
	size_t k = m->n_pairs++;

	memcpy(&was, p, sizeof(was));
	p += sizeof(was);
	other->taken += sizeof(was) + was.n_digest + was.n_data;
	w->held -= sizeof(was) + was.n_digest + was.n_data;
	if (!span_eq(d->value, p, was.n_digest)) {
		m->first = m->n_unlike++ ? m->first : k;
		m->last = k;
		return 0;
	}
	/* What stands beside a digest is not measured, and may differ all the same. */
	if (was.class != e->class ||
	    (was.type == e->type && span_eq(e->data, p + was.n_digest, was.n_data)))
		return 0;
	return add_text(m, side == SIDE_A ? (struct pair){ { at, was.at } } :
					    (struct pair){ { was.at, at } });
}

/* Is the next record of this side in both? */
static bool is_in_both(struct meeting *m, int side)
{
	enum edit_kind others = side == SIDE_A ? EDIT_ONLY_B : EDIT_ONLY_A;
	struct meeting_side *s = &m->sides[side];
	const struct edit *all = m->script.all;

	if (!m->script.n)
		return true;
	while (s->run < m->script.n && (all[s->run].kind == others || s->used == all[s->run].n)) {
		s->run++;
		s->used = 0;
	}
	s->used++;
	/* A log that grew has more: its pass will say so. */
	return s->run < m->script.n && all[s->run].kind == EDIT_KEEP;
}

/* ended: nothing more is to come of the other side. */
static int meet(struct diff_work *w, int side, size_t row, const struct tsmmr_event *e,
		const struct digest *d, void *user)
{
	struct meeting *m = &w->rows[row];
	const bool *ended = user;
	size_t at;

	if (m->settled)
		return 0;
	at = m->sides[side].n++;
	if (!is_in_both(m, side))
		return 0;
	if (m->sides[!side].taken < m->sides[!side].early.n)
		return pop(w, m, side, at, e, d);
	return ended[!side] ? 0 : push(w, &m->sides[side], at, e, d);
}

static void start(struct meeting *m)
{
	for (int side = 0; side < SIDES; side++) {
		struct meeting_side *s = &m->sides[side];

		s->n = s->run = s->used = s->taken = s->early.n = 0;
	}
	m->n_pairs = m->n_unlike = m->n_texts = 0;
}

static int step(struct diff_work *w, int side, struct tsmmr_report_pass *pass, bool *ended,
		struct tsmmr_error *err)
{
	int r = diff_next(w, pass, err);

	ended[side] = r == 0;
	if (r <= 0)
		return r;
	r = diff_rows_of(w, side, pass->event, ended, meet);
	if (r == TSMMR_E_LIMIT)
		return fail_at(err, r, pass->event->record, pass->event->offset,
			       "records that come later on the other side, if at all, take more "
			       "than %llu bytes of memory",
			       (unsigned long long)diff_limit(w));
	return r < 0 ? fail_low(err, r) : 0;
}

int diff_meet(struct diff_work *w, struct tsmmr_error *err)
{
	_cleanup_(pass_free) struct tsmmr_report_pass *a = NULL, *b = NULL;
	bool ended[SIDES] = { false };
	int r = diff_begin(w, SIDE_A, &a, err);

	if (r == 0)
		r = diff_begin(w, SIDE_B, &b, err);
	w->held = 0;
	for (size_t i = 0; i < w->diff->n; i++)
		if (!w->rows[i].settled)
			start(&w->rows[i]);
	while (r == 0 && (!ended[SIDE_A] || !ended[SIDE_B])) {
		if (!ended[SIDE_A])
			r = step(w, SIDE_A, a, ended, err);
		if (r == 0 && !ended[SIDE_B])
			r = step(w, SIDE_B, b, ended, err);
	}
	for (size_t i = 0; i < w->diff->n; i++)
		for (int side = 0; side < SIDES; side++)
			buf_done(&w->rows[i].sides[side].early);
	return r;
}
