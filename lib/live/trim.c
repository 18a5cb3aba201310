/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs that were read after their registers, without what came in between. */
#include "core/log.h"
#include "core/replay.h"
#include "live/live.h"
#include "util/error.h"

/* Where a register's records end for us. */
struct cut {
	bool is_set; /* after the record at, not with the log */
	bool passed; /* they have ended */
	struct place at;
};

/*
 * The reading that gives the register's value.  One that a later SYNC denies will do:
 * somebody extended the register meanwhile, and that comes after the cut.
 */
static const struct candidate *reading_of(const struct slot *slot)
{
	bool earlier = false;
	const struct candidate *best = candidates_best(slot, &earlier);

	if (best->matches || earlier)
		return best;
	for (size_t i = 0; i < slot->n; i++)
		if (slot->all[i].matched)
			return &slot->all[i];
	return NULL;
}

static void find_cut(const struct replay *r, const struct tsmmr_regs *regs,
		     const struct replayed *one, struct cut *cut)
{
	for (size_t i = 0; one->desc && i < r->n_banks; i++) {
		const struct slot *slot = one->slots[i];
		const struct tsmmr_reg *reg =
			regs_find(regs, one->platform, one->desc, r->banks[i].alg->id);
		const struct candidate *c;

		if (!slot || !slot->events || !reg || !reg->has_value)
			continue;
		c = reading_of(slot);
		if (c && !c->matches)
			*cut = (struct cut){ .is_set = true, .at = c->matched_at };
		else if (!c && hash_equal(reg->value, slot->initial, reg->size))
			*cut = (struct cut){ .passed = true };
	}
}

static struct cut *cut_of(const struct replay *r, struct cut *cuts, const struct tsmmr_event *e)
{
	for (size_t i = 0; i < r->n_all; i++)
		if (event_has_reg(e, r->all[i].platform, r->all[i].desc, r->all[i].index))
			return &cuts[i];
	return NULL;
}

/* Is the event, of that log, of what the registers cover, or before it? */
static bool is_kept(struct cut *cut, uint64_t log, const struct tsmmr_event *e)
{
	bool kept;

	/* A header is about its log, whatever its number. */
	if (!cut || e->mark == MARK_HEADER)
		return true;
	kept = !cut->passed;
	if (cut->is_set && log + e->log == cut->at.log && e->record == cut->at.record)
		cut->passed = true;
	return kept;
}

static void trim(struct tsmmr_log *log, uint64_t number, const struct replay *r, struct cut *cuts)
{
	size_t n = 0;

	for (size_t i = 0; i < log->n; i++)
		if (is_kept(cut_of(r, cuts, &log->events[i]), number, &log->events[i]))
			log->events[n++] = log->events[i];
	log->n = n;
}

int logs_trim(const struct tsmmr_ctx *ctx, const struct tsmmr_regs *regs, struct tsmmr_log **logs,
	      size_t n, struct tsmmr_error *err)
{
	_cleanup_(replay_free) struct replay *replay = NULL;
	_cleanup_(free) struct cut *cuts = NULL;
	int r;

	if (replay_new(ctx, regs, &replay) < 0)
		return fail_nomem(err);
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < logs[k]->n; i++) {
			r = replay_event(replay, k, &logs[k]->events[i], err);
			if (r < 0)
				return r;
		}
	cuts = calloc(replay->n_all + 1, sizeof(*cuts));
	if (!cuts)
		return fail_nomem(err);
	for (size_t i = 0; i < replay->n_all; i++)
		find_cut(replay, regs, &replay->all[i], &cuts[i]);
	for (size_t k = 0; k < n; k++)
		trim(logs[k], k, replay, cuts);
	return 0;
}
