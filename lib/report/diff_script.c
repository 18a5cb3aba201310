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
	struct diff_numbers *numbers;
	size_t *n; /* records of each row so far */
};

static int collect(struct diff_work *w, int side, size_t row, const struct tsmmr_event *e,
		   const struct digest *d, void *user)
{
	struct collecting *all = user;
	struct meeting *m = &w->rows[row];
	struct meeting_side *s = &m->sides[side];
	size_t at = all->n[row]++;

	if (m->settled || at < begin_of(m) || at >= end_of(m, side))
		return 0;
	return diff_number(all->numbers, d->value, &s->numbers[s->n_numbers++]);
}

/* Their digests, from the first that differs on. */
static int collect_side(struct diff_work *w, int side, struct diff_numbers *numbers,
			struct tsmmr_error *err)
{
	_cleanup_(pass_free) struct tsmmr_report_pass *pass = NULL;
	_cleanup_(free) size_t *n = calloc(w->diff->n + 1, sizeof(*n));
	struct collecting all = { numbers, n };
	int r = n ? diff_begin(w, side, &pass, err) : fail_nomem(err);

	for (size_t i = 0; r == 0 && i < w->diff->n; i++) {
		struct meeting *m = &w->rows[i];

		if (m->settled)
			continue;
		m->sides[side].numbers =
			calloc(end_of(m, side) - begin_of(m) + 1, sizeof(uint32_t));
		if (!m->sides[side].numbers)
			r = fail_nomem(err);
	}
	while (r == 0 && (r = diff_next(w, pass, err)) > 0) {
		r = diff_rows_of(w, side, pass->event, &all, collect);
		if (r < 0)
			fail_low(err, r);
	}
	return r;
}

static void forget(struct meeting_side *s)
{
	free(s->numbers);
	s->numbers = NULL;
	s->n_numbers = 0;
}

/* The script of what was collected, with what both begin and end with around it. */
static int find(struct meeting *m)
{
	struct meeting_side *a = &m->sides[SIDE_A], *b = &m->sides[SIDE_B];
	_cleanup_(edit_script_done) struct edit_script middle = { 0 };
	struct edit_script *s = &m->script;
	size_t before = begin_of(m), after = a->n - end_of(m, SIDE_A);
	int r;

	r = edit_script_numbers(a->numbers, a->n_numbers, b->numbers, b->n_numbers, DIFF_EDITS_MAX,
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

/* Their digests as numbers: how many there are. */
static int collect_all(struct diff_work *w, size_t *ret_n, struct tsmmr_error *err)
{
	_cleanup_(diff_numbers_done) struct diff_numbers numbers = { 0 };
	int r = diff_numbers_start(w->diff, &numbers);

	if (r < 0)
		return fail_low(err, r);
	for (int side = 0; r == 0 && side < SIDES; side++)
		r = collect_side(w, side, &numbers, err);
	*ret_n = numbers.n;
	return r;
}

int diff_find_scripts(struct diff_work *w, struct tsmmr_error *err)
{
	size_t open = 0, n = 0;
	int r = 0;

	for (size_t i = 0; i < w->diff->n; i++) {
		struct meeting *m = &w->rows[i];

		m->settled = is_same(m);
		m->script.exact = true;
		open += !m->settled;
	}
	if (open)
		r = collect_all(w, &n, err);
	for (size_t i = 0; i < w->diff->n; i++) {
		struct meeting *m = &w->rows[i];

		if (r == 0 && !m->settled &&
		    (find(m) < 0 || diff_make_edits(&w->diff->rows[i], m, n) < 0))
			r = fail_nomem(err);
		for (int side = 0; side < SIDES; side++)
			forget(&m->sides[side]);
	}
	/* What is kept now has other partners, whose texts are to be compared. */
	if (r == 0 && open)
		r = diff_meet(w, err);
	for (size_t i = 0; r == 0 && i < w->diff->n; i++)
		if (diff_add_texts(&w->diff->rows[i], &w->rows[i]) < 0)
			r = fail_nomem(err);
	return r;
}
