/* SPDX-License-Identifier: BSD-2-Clause */
/* A log to compare with: what it has of a register that does not match. */
#include "report/edit.h"
#include "report/explain_track.h"

static int spans_of(const struct track *t, size_t size, struct span **ret)
{
	struct span *all = calloc(t->n ? t->n : 1, sizeof(*all));

	for (size_t i = 0; all && i < t->n; i++)
		all[i] = span_of(t->all[i].digest, size);
	*ret = all;
	return all ? 0 : TSMMR_E_NOMEM;
}

static void without_hints(struct track *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (!item_is_hint(t->pack, &t->all[i]))
			t->all[n++] = t->all[i];
	t->n = n;
}

/* Does the reference lead to the expected value? */
static int leads_to_value(struct hasher *h, const struct track *t, const struct row *row)
{
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	int r = 0;

	memcpy(value, row->start, h->alg->size);
	for (size_t i = 0; r == 0 && i < t->n; i++)
		r = hash_fold(h, value, t->all[i].digest, 1);
	return r < 0 ? r : hash_equal(value, row->reg.value, h->alg->size);
}

static bool same_record(const struct tsmmr_event *a, const struct tsmmr_event *b)
{
	return a->measured && b->measured && event_number(a) == event_number(b) && a->n_digests &&
	       b->n_digests && a->digests[0].alg == b->digests[0].alg &&
	       span_eq(a->digests[0].value, b->digests[0].value.p, b->digests[0].value.n);
}

/* Where a record of the reference stands in the logs; false: nowhere. */
static bool find_here(const struct pack *p, size_t n_logs, const uint8_t *at, struct item *ret)
{
	struct pack_room room;
	const struct tsmmr_event *e, *there = pack_get(p, at, &room);
	struct pack_walk walk;

	pack_walk(p, 0, n_logs, &walk);
	while ((e = pack_next(&walk)))
		if (same_record(e, there)) {
			*ret = (struct item){ walk.at, NULL };
			return true;
		}
	return false;
}

#define NEAR_MAX 64
#define NEAR_EVENTS_MAX 20000 /* of a log in which they are looked for */

/*
 * Of a register that has no record here: between which records of others the reference has
 * its first, as *near and near[1].
 */
static bool find_near(const struct pack *p, size_t n_logs, const uint8_t *at, struct item near[2])
{
	bool before = false, after = false;
	const uint8_t *last[NEAR_MAX];
	struct pack_walk walk;
	size_t n = 0;

	for (size_t l = 0; l < n_logs; l++)
		if (pack_count(p, l, 1) > NEAR_EVENTS_MAX)
			return false;
	pack_walk(p, n_logs, 1, &walk);
	while (pack_next(&walk) && walk.at != at)
		last[n++ % NEAR_MAX] = walk.at;
	for (size_t k = 1; k < NEAR_MAX && k <= n && !before; k++)
		before = find_here(p, n_logs, last[(n - k) % NEAR_MAX], &near[0]);
	for (size_t k = 1; k < NEAR_MAX && !after && pack_next(&walk); k++)
		after = find_here(p, n_logs, walk.at, &near[1]);
	if (!before && !after)
		return false;
	if (!before)
		near[0] = near[1];
	if (!after)
		near[1] = near[0];
	return true;
}

int reference_look(struct hasher *h, const struct pack *p, size_t n_logs, const struct row *row,
		   struct answer *answer)
{
	struct item near[2];
	_cleanup_(edit_script_done) struct edit_script script = { 0 };
	_cleanup_(track_done) struct track here = { 0 }, there = { 0 };
	_cleanup_(free) struct span *a = NULL, *b = NULL;
	int leads, r = track_make(h, p, n_logs, 1, row, &there);

	if (r == 0)
		r = track_make(h, p, 0, n_logs, row, &here);
	if (r < 0)
		return r;
	without_hints(&here);
	without_hints(&there);
	leads = leads_to_value(h, &there, row);
	if (leads < 0)
		return leads;
	r = spans_of(&here, h->alg->size, &a);
	if (r == 0)
		r = spans_of(&there, h->alg->size, &b);
	if (r == 0)
		r = edit_script(a, here.n, b, there.n, EDIT_D_MAX, &script);
	if (r < 0)
		return r;
	if (!here.n && there.n && find_near(p, n_logs, there.all[0].at, near))
		return answer_lacks_all(answer, near, there.n, leads);
	return answer_reference(answer, &here, &there, &script, leads);
}
