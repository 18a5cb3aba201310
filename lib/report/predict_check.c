/* SPDX-License-Identifier: BSD-2-Clause */
/* What a prediction says of each value, and which it does not tell: those not followed. */
#include "report/predict.h"

#include "core/index.h"
#include "util/error.h"

/* The same register in the same bank, in another report; its data's n_rows where it has none. */
static size_t find_row(const struct tsmmr_report *in, const struct row *row)
{
	size_t i = 0;

	while (i < in->data->n_rows &&
	       (in->data->rows[i].reg.alg != row->reg.alg ||
		!platform_same(in->data->rows[i].reg.platform, row->reg.platform) ||
		strcmp(in->data->rows[i].reg.desc->name, row->reg.desc->name) != 0))
		i++;
	return i;
}

bool predict_is_changed(const struct tsmmr_prediction *p, size_t i)
{
	const struct row *row = report_row(p->will, i);
	size_t at = find_row(p->was, row);

	return at == p->was->data->n_rows ||
	       memcmp(p->was->data->rows[at].value, row->value, row->reg.size) != 0;
}

bool predict_is_vouched(const struct tsmmr_prediction *p, size_t i)
{
	size_t at = p->vouched ? find_row(p->vouched, report_row(p->will, i)) : 0;

	return p->vouched && at < p->vouched->data->n_rows && report_row_proven(p->vouched, at);
}

int predict_loosen(struct predict_run *run, const struct tsmmr_event *e, enum predict_loose_if when)
{
	struct predict_loose *all;
	const struct reg_desc *desc = event_reg(e);

	for (size_t i = 0; i < run->n_loose; i++)
		if (run->loose[i].when == when &&
		    reg_same(run->loose[i].platform, run->loose[i].desc, e->platform, desc))
			return 0;
	all = reallocarray(run->loose, run->n_loose + 1, sizeof(*all));
	if (!all)
		return TSMMR_E_NOMEM;
	run->loose = all;
	all[run->n_loose++] = (struct predict_loose){ e->platform, desc, e->asserted.alg, when };
	return 0;
}

/* In one bank, or where alg is TSMMR_HASH_NONE, in all: what a record says is in each of them. */
static int withhold(struct tsmmr_prediction *p, const struct platform *platform,
		    const struct reg_desc *desc, uint16_t alg, const char *why)
{
	const struct hash_alg *bank = hash_by_id(alg);
	struct report_data *d = p->will->data;
	bool any = false;

	for (size_t i = 0; i < d->n_rows; i++) {
		struct row *row = &d->rows[i];

		if (!row->replayed || (alg && row->reg.alg != alg) ||
		    !reg_same(row->reg.platform, row->reg.desc, platform, desc))
			continue;
		row->replayed = false;
		any = true;
	}
	return any ? predict_note(p, TSMMR_NONE, TSMMR_NONE, "%s%s%s is not predicted: %s",
				  desc->name, bank ? ":" : "", bank ? bank->name : "", why) :
		     0;
}

/* Whoever vouches for the log knows of a reading of it that this is not. */
static int check_vouched(struct tsmmr_prediction *p)
{
	int r = 0;

	for (size_t i = 0; p->vouched && r == 0 && i < p->vouched->data->n_rows; i++) {
		const struct row *row = &p->vouched->data->rows[i];
		size_t at = find_row(p->was, row);

		if (at == p->was->data->n_rows || !row->replayed ||
		    hash_equal(row->value, p->was->data->rows[at].value, row->reg.size))
			continue;
		r = withhold(p, row->reg.platform, row->reg.desc, row->reg.alg,
			     row->padded ? "SHA-1 digests were extended into it, padded" :
			     row->twice  ? "some of its records stand in two logs" :
					   "more was extended into it than the log has");
	}
	return r;
}

static const struct virtual_reg *find_virtual(const struct replay *in, const struct virtual_reg *v)
{
	for (size_t i = 0; i < in->n_virtuals; i++) {
		const struct virtual_reg *other = &in->virtuals[i];

		if (other->alg == v->alg && reg_same(other->platform, &other->platform->regs[0],
						     v->platform, &v->platform->regs[0]))
			return other;
	}
	return NULL;
}

/*
 * A virtual register and its carrier: records of the one have their digests in lines of the
 * other, and an edit of one is none of the other's.
 */
static int check_virtuals(struct predict_run *run)
{
	static const uint8_t none[TSMMR_HASH_SIZE_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < run->was->n_virtuals; i++) {
		const struct virtual_reg *v = &run->was->virtuals[i];
		const struct virtual_reg *carried = find_virtual(run->will, v);
		const struct reg_desc *desc = &v->platform->regs[0];
		const struct slot *own = replay_slot(run->will, v->platform, desc, v->alg->id);
		bool earlier;

		if (!replay_slot(run->was, v->platform, desc, v->alg->id) ||
		    hash_equal(own ? candidates_best(own, &earlier)->value : none,
			       carried ? carried->value : none, v->alg->size))
			continue;
		r = withhold(run->p, v->platform, desc, TSMMR_HASH_NONE,
			     "its log and its carrier's lines differ");
		if (r == 0)
			r = withhold(run->p, v->carrier_platform, v->carrier, TSMMR_HASH_NONE,
				     "its lines are of a virtual register whose log differs");
	}
	return r;
}

int predict_check(struct predict_run *run)
{
	int r = check_vouched(run->p);

	for (size_t i = 0; r == 0 && i < run->n_loose; i++) {
		const struct predict_loose *l = &run->loose[i];

		if (l->when == LOOSE_IF_FIRMWARE_DIFFERS) {
			r = aggregate_differs(run->was, run->will, l->platform, l->alg);
			if (r <= 0)
				continue;
		}
		r = withhold(run->p, l->platform, l->desc, TSMMR_HASH_NONE,
			     l->when == LOOSE_IF_FIRMWARE_DIFFERS ?
				     "its boot_aggregate cannot be followed" :
				     "a SYNC line in it cannot be followed");
	}
	return r < 0 ? r : check_virtuals(run);
}

/* A measure of a new file for which there was no record to follow. */
static bool is_unplaced(const struct predict_swap *s, const struct row *row)
{
	const struct platform *platform = row->reg.platform;

	if (s->has_old || !s->has_new || s->done || row->is_virtual)
		return false;
	for (uint32_t pcr = 0; pcr < 32; pcr++)
		if (s->pcrs >> pcr & 1 &&
		    index_convert(pcr, TSMMR_SPACE_PCR, platform->space) == row->reg.desc->index)
			return true;
	return false;
}

bool predict_is_followed(const struct tsmmr_prediction *p, size_t i)
{
	const struct row *row = report_row(p->will, i);

	for (size_t k = 0; k < p->n_doubts; k++)
		if (reg_same(p->doubts[k].platform, p->doubts[k].desc, row->reg.platform,
			     row->reg.desc))
			return false;
	for (size_t k = 0; k < p->n_steps; k++)
		for (size_t n = 0; n < p->steps[k].n_swaps; n++)
			if (is_unplaced(&p->steps[k].swaps[n], row))
				return false;
	return true;
}
