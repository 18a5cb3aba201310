/* SPDX-License-Identifier: BSD-2-Clause */
/* The differences of each row, and the events that they are of: nothing else is kept. */
#include "report/diff_work.h"

#include "util/error.h"
#include "util/grow.h"

static int add_edit(struct diff_row *row, int kind, size_t a, size_t b)
{
	struct diff_edit *edits = grown(row->edits, row->n, &row->cap, sizeof(*edits));

	if (!edits)
		return TSMMR_E_NOMEM;
	row->edits = edits;
	row->edits[row->n++] = (struct diff_edit){
		.kind = kind,
		.at = { { .at = a }, { .at = b } },
	};
	return 0;
}

static bool is_on(const struct diff_edit *edit, int side)
{
	return edit->kind != (side == SIDE_A ? TSMMR_EDIT_ONLY_B : TSMMR_EDIT_ONLY_A);
}

/* A run of the script, as edits.  *text is the next of those with other text. */
static int add_run(struct diff_row *row, const struct edit *run, const struct meeting *m,
		   size_t *text)
{
	int r = 0;

	if (run->kind != EDIT_KEEP) {
		int kind = run->kind == EDIT_ONLY_A ? TSMMR_EDIT_ONLY_A : TSMMR_EDIT_ONLY_B;

		for (size_t i = 0; r == 0 && i < run->n; i++)
			r = add_edit(row, kind, run->a + i, run->b + i);
		return r;
	}
	for (; r == 0 && *text < m->n_texts && m->texts[*text].at[SIDE_A] < run->a + run->n;
	     ++*text)
		r = add_edit(row, TSMMR_EDIT_TEXT, m->texts[*text].at[SIDE_A],
			     m->texts[*text].at[SIDE_B]);
	return r;
}

static int make_edits(struct diff_row *row, const struct meeting *m)
{
	const struct edit all = { EDIT_KEEP, 0, 0, m->n_pairs };
	size_t text = 0;
	int r = m->script.n ? 0 : add_run(row, &all, m, &text);

	for (size_t i = 0; r == 0 && i < m->script.n; i++)
		r = add_run(row, &m->script.all[i], m, &text);
	return r;
}

/* --- events ------------------------------------------------------------------------------ */

struct keeping {
	struct tsmmr_log *log;
	struct tsmmr_report_pass *pass;
	bool owned;      /* the event is that of a log, which lives as long */
	bool is_kept;    /* it is the last of log, for a row before wanted it */
	uint64_t budget; /* of memory */
	struct next {
		size_t n;    /* records of a row so far … */
		size_t edit; /* … and the first difference that has no event yet */
	} * next;
};

#define OWNED SIZE_MAX

/* Where it is kept, or OWNED. */
static int keep_event(struct keeping *k, const struct tsmmr_event *e, size_t *ret)
{
	static const struct span nothing;
	int r = k->owned || k->is_kept ? 0 : log_add(k->log, e, &nothing, &k->budget);

	if (r < 0)
		return r;
	k->is_kept = true;
	*ret = k->owned ? OWNED : k->log->n - 1;
	return 0;
}

static int see(struct diff_work *w, int side, size_t row, const struct tsmmr_event *e,
	       const struct digest *d, void *user)
{
	struct keeping *k = user;
	struct diff_row *of = &w->diff->rows[row];
	struct next *next = &k->next[row];
	size_t at = next->n++;
	struct diff_place *place;
	int r;

	while (next->edit < of->n && !is_on(&of->edits[next->edit], side))
		next->edit++;
	if (next->edit == of->n || of->edits[next->edit].at[side].at != at)
		return 0;
	place = &of->edits[next->edit].at[side];
	r = keep_event(k, e, &place->at);
	if (r < 0)
		return r;
	next->edit++;
	place->e = e;
	place->log = k->pass->data->logs[k->pass->at].first + e->log;
	return 0;
}

/* Where they are, now that no more come; what is not on a side is nowhere. */
static void settle(struct diff_row *row, int side, const struct tsmmr_log *log)
{
	for (size_t i = 0; i < row->n; i++) {
		struct diff_place *place = &row->edits[i].at[side];

		if (!is_on(&row->edits[i], side))
			*place = (struct diff_place){ 0 };
		else if (place->at != OWNED)
			place->e = &log->events[place->at];
	}
}

static int keep_side(struct diff_work *w, int side, struct tsmmr_error *err)
{
	uint64_t limit = diff_limit(w);
	_cleanup_(pass_free) struct tsmmr_report_pass *pass = NULL;
	_cleanup_(free) struct next *next = calloc(w->diff->n + 1, sizeof(*next));
	struct keeping k = { .log = w->diff->kept[side], .budget = limit, .next = next };
	int r = next ? diff_begin(w, side, &pass, err) : fail_nomem(err);

	k.pass = pass;
	while (r == 0 && (r = diff_next(w, pass, err)) > 0) {
		k.owned = w->diff->inputs[side][pass->at].log;
		k.is_kept = false;
		r = diff_rows_of(w, side, pass->event, &k, see);
		if (r == TSMMR_E_LIMIT)
			return fail_at(err, r, pass->event->record, pass->event->offset,
				       "what differs takes more than %llu bytes of memory",
				       (unsigned long long)limit);
		if (r < 0)
			return fail_low(err, r);
	}
	for (size_t i = 0; r == 0 && i < w->diff->n; i++)
		settle(&w->diff->rows[i], side, k.log);
	return r;
}

/* --- moved ------------------------------------------------------------------------------- */

/* An edit, by the digest that is on one side only. */
struct lone {
	struct span digest;
	size_t edit;
};

/* Not all of a register need be of one size: some extend any bytes. */
static int by_digest(const void *x, const void *y)
{
	const struct lone *a = x, *b = y;
	int order = span_compare(a->digest, b->digest);

	return order ? order : a->edit < b->edit ? -1 : 1;
}

static size_t gather(const struct diff_row *row, int kind, int side, struct lone *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < row->n; i++)
		if (row->edits[i].kind == kind)
			ret[n++] = (struct lone){ event_digest(row->edits[i].at[side].e,
							       diff_any(row)->reg.alg)
							  ->value,
						  i };
	if (n)
		qsort(ret, n, sizeof(*ret), by_digest);
	return n;
}

/* What is only here and only there is the same record, at another place. */
static int find_moved(struct diff_row *row)
{
	_cleanup_(free) struct lone *a = calloc(row->n + 1, sizeof(*a));
	_cleanup_(free) struct lone *b = calloc(row->n + 1, sizeof(*b));
	size_t n_a, n_b, kept = 0;

	if (!a || !b)
		return TSMMR_E_NOMEM;
	n_a = gather(row, TSMMR_EDIT_ONLY_A, SIDE_A, a);
	n_b = gather(row, TSMMR_EDIT_ONLY_B, SIDE_B, b);
	for (size_t i = 0, k = 0; i < n_a && k < n_b;) {
		int order = span_compare(a[i].digest, b[k].digest);

		if (!order) {
			row->edits[a[i].edit].kind = TSMMR_EDIT_MOVED;
			row->edits[a[i].edit].at[SIDE_B] = row->edits[b[k].edit].at[SIDE_B];
			row->edits[b[k].edit].kind = 0;
		}
		i += order <= 0;
		k += order >= 0;
	}
	for (size_t i = 0; i < row->n; i++)
		if (row->edits[i].kind)
			row->edits[kept++] = row->edits[i];
	row->n = kept;
	return 0;
}

static int make_log(struct tsmmr_log **ret)
{
	*ret = calloc(1, sizeof(**ret));
	if (*ret)
		(*ret)->users = 1;
	return *ret ? 0 : TSMMR_E_NOMEM;
}

int diff_keep(struct diff_work *w, struct tsmmr_error *err)
{
	size_t any = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < w->diff->n; i++) {
		r = make_edits(&w->diff->rows[i], &w->rows[i]);
		any += w->diff->rows[i].n;
	}
	for (int side = 0; r == 0 && any && side < SIDES; side++)
		r = make_log(&w->diff->kept[side]);
	if (r < 0)
		return fail_low(err, r);
	for (int side = 0; r == 0 && any && side < SIDES; side++)
		r = keep_side(w, side, err);
	for (size_t i = 0; r == 0 && i < w->diff->n; i++)
		if (find_moved(&w->diff->rows[i]) < 0)
			r = fail_nomem(err);
	return r;
}
