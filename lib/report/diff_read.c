/* SPDX-License-Identifier: BSD-2-Clause */
/* The events of what differs: all of them, or read again, as many at a time as memory is for. */
#include "report/diff_work.h"

#include <stddef.h>

#include "util/error.h"

/* Of what is read again: bytes that any log is worth, and differences. */
#define WINDOW_BYTES (UINT64_C(4) << 20)
#define WINDOW_EDITS ((size_t)1 << 16)

/* --- an event that is kept --------------------------------------------------------------- */

static void event_unref(struct diff_window *win, int side, struct diff_event *kept)
{
	if (!kept || --kept->users)
		return;
	win->bytes[side] -= kept->bytes;
	free(kept);
}

static void take(struct span *s, uint8_t **to)
{
	if (s->n)
		memcpy(*to, s->p, s->n);
	s->p = *to;
	*to += s->n;
}

/* With all that it points to, which stands after it. */
static void copy(struct diff_event *kept, const struct tsmmr_event *e)
{
	struct tsmmr_event *new = &kept->copy;
	struct digest *digests = (struct digest *)(kept + 1);
	uint8_t *to = (uint8_t *)(digests + e->n_digests);

	*new = *e;
	for (size_t i = 0; i < e->n_digests; i++) {
		digests[i] = e->digests[i];
		take(&digests[i].value, &to);
	}
	new->digests = digests;
	take(&new->asserted.value, &to);
	take(&new->name, &to);
	take(&new->data, &to);
	take(&new->aside, &to);
	kept->e = new;
}

static size_t bytes_of(const struct tsmmr_event *e)
{
	size_t n = sizeof(struct diff_event) + e->n_digests * sizeof(struct digest);

	for (size_t i = 0; i < e->n_digests; i++)
		n += e->digests[i].value.n;
	return n + e->asserted.value.n + e->name.n + e->data.n + e->aside.n;
}

/* owned: it is a log's, which lives as long. */
static struct diff_event *event_new(const struct tsmmr_event *e, bool owned)
{
	size_t n = owned ? offsetof(struct diff_event, copy) : bytes_of(e);
	struct diff_event *kept = malloc(n);

	if (!kept)
		return NULL;
	kept->users = 1;
	kept->bytes = n;
	kept->e = e;
	if (!owned)
		copy(kept, e);
	return kept;
}

/* --- the window -------------------------------------------------------------------------- */

static void give_up_last(struct diff_window *win)
{
	win->n--;
	for (int side = 0; side < SIDES; side++)
		event_unref(win, side, win->at[win->n][side]);
}

void diff_window_done(struct diff_window *win)
{
	while (win->n)
		give_up_last(win);
	free(win->at);
	*win = (struct diff_window){ 0 };
}

const struct diff_event *diff_event(const struct tsmmr_diff *diff, const struct diff_row *row,
				    size_t k, int side)
{
	const struct diff_window *win = &diff->window;
	size_t slot = row->first + k - win->from;

	return k < row->shown && slot < win->n ? win->at[slot][side] : NULL;
}

/* A record that is to be found, and whose it is. */
struct want {
	uint64_t at;
	size_t slot;
};

struct reading {
	struct tsmmr_report_pass *pass;
	bool owned;
	struct diff_event *kept; /* the pass's event, for a row before wanted it; a reference */
	struct want *wants;
	struct next {
		size_t n;         /* records of a row so far … */
		size_t want, end; /* … and those of it that are still wanted, in order */
	} * next;
};

static int by_place(const void *x, const void *y)
{
	const struct want *a = x, *b = y;

	return a->at < b->at ? -1 : a->at > b->at;
}

/* What moved is elsewhere on the other side, all else in order on both. */
static size_t add_wants(const struct tsmmr_diff *diff, const struct diff_row *row, int side,
			struct reading *k, struct next *next)
{
	const struct diff_window *win = &diff->window;
	bool in_order = true;

	next->end = next->want;
	for (size_t i = 0; i < row->shown; i++) {
		const struct diff_edit *edit = &row->edits[i];
		struct want want = { side == SIDE_A ? diff_edit_a(edit) : edit->b,
				     row->first + i - win->from };

		if (want.slot >= win->n || !diff_edit_is_on(edit, side))
			continue;
		in_order &= next->end == next->want || k->wants[next->end - 1].at < want.at;
		k->wants[next->end++] = want;
	}
	if (!in_order)
		qsort(k->wants + next->want, next->end - next->want, sizeof(*k->wants), by_place);
	return next->end;
}

/* May that many bytes be kept? */
static int check_room(const struct diff_work *w, int side)
{
	struct tsmmr_diff *diff = w->diff;
	struct diff_window *win = &diff->window;

	if (!diff->reread)
		return win->bytes[side] > diff_limit(w) ? TSMMR_E_LIMIT : 0;
	while (win->n > 1 && win->bytes[SIDE_A] + win->bytes[SIDE_B] > diff->most_bytes)
		give_up_last(win);
	return 0;
}

static int see(struct diff_work *w, int side, size_t row, const struct tsmmr_event *e,
	       const struct digest *d, void *user)
{
	struct diff_window *win = &w->diff->window;
	struct reading *k = user;
	struct next *next = &k->next[row];
	size_t at = next->n++, slot;

	if (next->want == next->end || k->wants[next->want].at != at)
		return 0;
	slot = k->wants[next->want++].slot;
	if (slot >= win->n)
		return 0;
	if (!k->kept) {
		k->kept = event_new(e, k->owned);
		if (!k->kept)
			return TSMMR_E_NOMEM;
		k->kept->log = k->pass->data->logs[k->pass->at].first + e->log;
		win->bytes[side] += k->kept->bytes;
	}
	k->kept->users++;
	win->at[slot][side] = k->kept;
	return check_room(w, side);
}

static void drop(struct diff_window *win, int side, struct reading *k)
{
	event_unref(win, side, k->kept);
	k->kept = NULL;
}

static int read_all(struct diff_work *w, int side, struct reading *k, struct tsmmr_error *err)
{
	struct tsmmr_report_pass *pass = k->pass;
	int r;

	while ((r = diff_next(w, pass, err)) > 0) {
		k->owned = w->diff->inputs[side][pass->at].log;
		r = diff_rows_of(w, side, pass->event, k, see);
		drop(&w->diff->window, side, k);
		if (r == TSMMR_E_LIMIT)
			return fail_at(err, r, pass->event->record, pass->event->offset,
				       "what differs takes more than %llu bytes of memory",
				       (unsigned long long)diff_limit(w));
		if (r < 0)
			return fail_low(err, r);
	}
	return r;
}

static int read_side(struct diff_work *w, int side, struct tsmmr_error *err)
{
	const struct tsmmr_diff *diff = w->diff;
	_cleanup_(pass_free) struct tsmmr_report_pass *pass = NULL;
	_cleanup_(free) struct want *wants = calloc(diff->window.n + 1, sizeof(*wants));
	_cleanup_(free) struct next *next = calloc(diff->n + 1, sizeof(*next));
	struct reading k = { .wants = wants, .next = next };
	size_t n = 0;
	int r = wants && next ? diff_begin(w, side, &pass, err) : fail_nomem(err);

	if (r < 0)
		return r;
	k.pass = pass;
	for (size_t i = 0; i < diff->n; i++) {
		next[i].want = n;
		n = add_wants(diff, &diff->rows[i], side, &k, &next[i]);
	}
	return read_all(w, side, &k, err);
}

static int read_window(struct diff_work *w, size_t from, size_t n, struct tsmmr_error *err)
{
	struct diff_window *win = &w->diff->window;
	int r = 0;

	diff_window_done(win);
	win->at = n ? calloc(n, sizeof(*win->at)) : NULL;
	if (n && !win->at)
		return fail_nomem(err);
	win->from = from;
	win->n = n;
	for (int side = 0; r == 0 && n && side < SIDES; side++)
		r = read_side(w, side, err);
	if (r < 0)
		diff_window_done(win);
	return r;
}

static uint64_t bytes_of_logs(const struct tsmmr_diff *diff)
{
	uint64_t n = WINDOW_BYTES;

	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < diff->reports[side]->data->n_sources; i++)
			n += diff->reports[side]->data->sources[i].n_bytes;
	return n;
}

int diff_keep(struct diff_work *w, struct tsmmr_error *err)
{
	struct tsmmr_diff *diff = w->diff;

	diff->n_shown = 0;
	for (size_t i = 0; i < diff->n; i++) {
		struct diff_row *row = &diff->rows[i];

		row->shown = diff->reread && diff->most < row->n ? diff->most : row->n;
		row->first = diff->n_shown;
		diff->n_shown += row->shown;
	}
	diff->most_bytes = bytes_of_logs(diff);
	return diff->reread ? 0 : read_window(w, 0, diff->n_shown, err);
}

int diff_reread(struct tsmmr_diff *diff, size_t i, size_t k, struct tsmmr_error *err)
{
	_cleanup_(diff_work_done) struct diff_work w = { .diff = diff };
	const struct diff_row *row = &diff->rows[i];
	size_t from = row->first + k, n;
	int r;

	if (k >= row->shown)
		return fail(err, TSMMR_E_ARG, "no such difference, or one that is not shown");
	if (from - diff->window.from < diff->window.n)
		return 0;
	n = diff->n_shown - from;
	if (n > WINDOW_EDITS && n > diff->n_shown / 4)
		n = diff->n_shown / 4 > WINDOW_EDITS ? diff->n_shown / 4 : WINDOW_EDITS;
	r = diff_open_streams(&w, err);
	return r < 0 ? r : read_window(&w, from, n, err);
}
