/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in one side only, of registers whose records are not the same one by one. */
#include "report/diff_work.h"

#include "util/error.h"

/* What both end with is known where they are equally long. */
static size_t end_of(const struct meeting *m, int side)
{
	return m->sides[SIDE_A].n == m->sides[SIDE_B].n ? m->last + 1 : m->sides[side].n;
}

static size_t begin_of(const struct meeting *m)
{
	return m->n_unlike ? m->first : m->n_pairs;
}

struct collecting {
	size_t n; /* records of a row so far */
};

static int collect(struct diff_work *w, int side, size_t row, const struct tsmmr_event *e,
		   const struct digest *d, void *user)
{
	struct collecting *all = user;
	struct meeting *m = &w->rows[row];
	struct meeting_side *s = &m->sides[side];
	size_t at = all[row].n++;

	if (m->settled || at < begin_of(m) || at >= end_of(m, side))
		return 0;
	buf_add(&s->bytes, d->value.p, d->value.n);
	s->digests[s->n_digests++].n = d->value.n;
	return s->bytes.failed ? TSMMR_E_NOMEM : 0;
}

/* Their digests, from the first that differs on. */
static int collect_side(struct diff_work *w, int side, struct tsmmr_error *err)
{
	_cleanup_(pass_free) struct tsmmr_report_pass *pass = NULL;
	_cleanup_(free) struct collecting *all = calloc(w->diff->n + 1, sizeof(*all));
	int r = all ? diff_begin(w, side, &pass, err) : fail_nomem(err);

	for (size_t i = 0; r == 0 && i < w->diff->n; i++) {
		struct meeting *m = &w->rows[i];

		if (m->settled)
			continue;
		m->sides[side].digests =
			calloc(end_of(m, side) - begin_of(m) + 1, sizeof(struct span));
		if (!m->sides[side].digests)
			r = fail_nomem(err);
	}
	while (r == 0 && (r = diff_next(w, pass, err)) > 0) {
		r = diff_rows_of(w, side, pass->event, all, collect);
		if (r < 0)
			fail_low(err, r);
	}
	return r;
}

static void point(struct meeting_side *s)
{
	const uint8_t *p = s->bytes.p;

	for (size_t i = 0; i < s->n_digests; i++) {
		s->digests[i].p = p;
		p += s->digests[i].n;
	}
}

static void forget(struct meeting_side *s)
{
	buf_done(&s->bytes);
	free(s->digests);
	s->digests = NULL;
	s->n_digests = 0;
}

/* The script of what was collected, with what both begin and end with around it. */
static int find(struct meeting *m)
{
	struct meeting_side *a = &m->sides[SIDE_A], *b = &m->sides[SIDE_B];
	_cleanup_(edit_script_done) struct edit_script middle = { 0 };
	struct edit_script *s = &m->script;
	size_t before = begin_of(m), after = a->n - end_of(m, SIDE_A);
	int r;

	point(a);
	point(b);
	r = edit_script(a->digests, a->n_digests, b->digests, b->n_digests, DIFF_EDITS_MAX,
			&middle);
	if (r < 0)
		return r;
	s->all = calloc(middle.n + 2, sizeof(*s->all));
	if (!s->all)
		return TSMMR_E_NOMEM;
	s->exact = middle.exact;
	s->cost = middle.cost;
	s->all[s->n++] = (struct edit){ EDIT_KEEP, 0, 0, before };
	for (size_t i = 0; i < middle.n; i++) {
		s->all[s->n] = middle.all[i];
		s->all[s->n].a += before;
		s->all[s->n++].b += before;
	}
	s->all[s->n++] = (struct edit){ EDIT_KEEP, a->n - after, b->n - after, after };
	return 0;
}

/* Are all records in both, one by one? */
static bool is_same(const struct meeting *m)
{
	return !m->n_unlike && m->sides[SIDE_A].n == m->sides[SIDE_B].n;
}

int diff_find_scripts(struct diff_work *w, struct tsmmr_error *err)
{
	size_t open = 0;
	int r = 0;

	for (size_t i = 0; i < w->diff->n; i++) {
		struct meeting *m = &w->rows[i];

		m->settled = is_same(m);
		m->script.exact = true;
		open += !m->settled;
	}
	for (int side = 0; r == 0 && open && side < SIDES; side++)
		r = collect_side(w, side, err);
	for (size_t i = 0; i < w->diff->n; i++) {
		struct meeting *m = &w->rows[i];

		if (r == 0 && !m->settled && find(m) < 0)
			r = fail_nomem(err);
		for (int side = 0; side < SIDES; side++)
			forget(&m->sides[side]);
	}
	/* What is kept now has other partners, whose texts are to be compared. */
	return r < 0 || !open ? r : diff_meet(w, err);
}
