/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of a log's hints at extensions off the log the log itself confirms. */
#include "core/hints.h"

#include <assert.h>

#include "core/index.h"
#include "util/grow.h"

static struct hint_window *window_of(struct hints *h, const struct tsmmr_event *e, uint16_t alg)
{
	const struct reg_desc *desc = event_reg(e);
	struct hint_window *w;

	for (size_t i = 0; i < h->n_windows; i++) {
		w = &h->windows[i];
		if (w->alg == alg && event_has_reg(e, w->platform, w->desc, w->number))
			return w;
	}
	if (h->n_windows == HINT_REGISTERS_MAX)
		return NULL;
	w = &h->windows[h->n_windows++];
	*w = (struct hint_window){ e->platform, desc, event_number(e), alg, .values = { { 0 } } };
	if (desc)
		memset(w->values[0], desc->initial, sizeof(w->values[0]));
	return w;
}

static int confirm(struct hints *h, struct hint_at at)
{
	struct hint_at *more;

	if (h->n == HINTS_CONFIRMED_MAX)
		return TSMMR_E_LIMIT;
	more = grown(h->confirmed, h->n, &h->cap, sizeof(*more));
	if (!more)
		return TSMMR_E_NOMEM;
	h->confirmed = more;
	h->confirmed[h->n++] = at;
	return 0;
}

/* A SYNC line decides what came before it: the reading with the fewest hints that fits. */
static int decide(struct hints *h, struct hint_window *w, const uint8_t *value, size_t size)
{
	unsigned best = 1u << HINTS_OPEN_MAX;
	int r = 0;

	for (unsigned set = 0; set < 1u << w->n; set++)
		if (hash_equal(w->values[set], value, size) &&
		    (best == 1u << HINTS_OPEN_MAX ||
		     __builtin_popcount(set) < __builtin_popcount(best)))
			best = set;
	for (unsigned i = 0; r == 0 && !w->lost && best < 1u << HINTS_OPEN_MAX && i < w->n; i++)
		if (best >> i & 1)
			r = confirm(h, w->open[i]);

	memcpy(w->values[0], value, size);
	w->n = 0;
	w->lost = false;
	return r;
}

static int take_hint(struct hint_window *w, struct hasher *md, const struct tsmmr_event *e)
{
	unsigned bit = 1u << w->n;

	if (w->n == HINTS_OPEN_MAX) {
		w->lost = true;
		return 0;
	}
	w->open[w->n++] = (struct hint_at){ e->log, e->record };
	for (unsigned set = 0; set < bit; set++) {
		int r;

		memcpy(w->values[set | bit], w->values[set], sizeof(w->values[set]));
		r = hash_extend(md, w->values[set | bit], e->asserted.value.p, md->alg->size);
		if (r < 0)
			return r;
	}
	return 0;
}

static int take_record(struct hints *h, struct hint_window *w, struct hasher *md,
		       const struct tsmmr_event *e, const struct digest *d)
{
	int r = 0;

	if (e->mark == MARK_SYNC && e->asserted.alg == w->alg)
		r = decide(h, w, e->asserted.value.p, md->alg->size);
	for (unsigned set = 0; r == 0 && set < 1u << w->n; set++)
		r = hash_extend(md, w->values[set], d->value.p, md->alg->size);
	return r;
}

int hints_event(struct hints *h, const struct tsmmr_event *e)
{
	bool hint = e->mark == MARK_HINT;
	size_t n = hint ? 1 : e->measured ? e->n_digests : 0;

	assert(!h->sorted);
	if (event_number(e) == NOT_A_REGISTER)
		return 0;
	if (!h->windows)
		h->windows = calloc(HINT_REGISTERS_MAX, sizeof(*h->windows));
	if (!h->windows)
		return TSMMR_E_NOMEM;

	for (size_t i = 0; i < n; i++) {
		const struct digest *d = hint ? &e->asserted : &e->digests[i];
		struct hint_window *w = window_of(h, e, d->alg);
		struct hasher *md;
		int r = hashers_get(&h->set, d->alg, &md);

		if (r == TSMMR_E_UNSUPPORTED || !w)
			continue;
		if (r == 0)
			r = hint ? take_hint(w, md, e) : take_record(h, w, md, e, d);
		if (r < 0)
			return r;
	}
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct hint_at *x = a, *y = b;

	if (x->log != y->log)
		return x->log < y->log ? -1 : 1;
	return x->record < y->record ? -1 : x->record > y->record;
}

bool hints_confirmed(struct hints *h, const struct tsmmr_event *e)
{
	const struct hint_at at = { e->log, e->record };

	if (e->mark != MARK_HINT || !h->n)
		return false;
	/* Those of two registers are confirmed in another order than they come in. */
	if (!h->sorted)
		qsort(h->confirmed, h->n, sizeof(*h->confirmed), by_place);
	h->sorted = true;
	return bsearch(&at, h->confirmed, h->n, sizeof(*h->confirmed), by_place);
}

void hints_done(struct hints *h)
{
	hashers_done(&h->set);
	free(h->windows);
	free(h->confirmed);
}
