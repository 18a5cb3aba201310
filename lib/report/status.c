/* SPDX-License-Identifier: BSD-2-Clause */
/* The status of each register: what it is beside what the logs give. */
#include "report/report.h"

#include <stdio.h>

static void row_gap(struct row *row, struct tsmmr_gap gap)
{
	if (row->n_gaps < ROW_GAPS_MAX)
		row->gaps[row->n_gaps++] = gap;
}

static void row_anchor(struct row *row, const struct slot *slot, const struct candidate *c)
{
	if (c->anchor == ANCHOR_LOCALITY)
		snprintf(row->anchor, sizeof(row->anchor), "%s-%u", anchor_names[c->anchor],
			 slot->locality);
	else
		snprintf(row->anchor, sizeof(row->anchor), "%s", anchor_names[c->anchor]);
}

/* The lines of the status table for a register that has events. */
static void judge_events(struct row *row, const struct slot *slot, const struct candidate *c,
			 bool earlier)
{
	size_t n_gaps = earlier ? c->n_gaps_matched : c->n_gaps;

	if (slot->no_value) {
		row_gap(row, slot->no_value_at);
		row->status = TSMMR_STATUS_INCOMPLETE;
		return;
	}
	if (slot->not_alone) {
		row->status = TSMMR_STATUS_MISMATCH;
		return;
	}
	if (!c->matches && !earlier && slot->torn) {
		row->open = true;
		row_gap(row, slot->torn_at);
		row->status = TSMMR_STATUS_INCOMPLETE;
		return;
	}
	if (!c->matches && !earlier) {
		/* A reading that was dropped might have fitted: no gap, so none to allow. */
		row->status = slot->too_many ? TSMMR_STATUS_INCOMPLETE : TSMMR_STATUS_MISMATCH;
		return;
	}

	for (size_t i = 0; i < n_gaps; i++)
		row_gap(row, c->gaps[i]);
	if (earlier)
		row_gap(row, (struct tsmmr_gap){ .kind = GAP_UNQUOTED_TAIL,
						 .log = c->matched_at.log,
						 .record = c->matched_at.record });
	if (slot->missing_digest)
		row_gap(row, slot->missing_at);
	if (slot->data_mismatch)
		row_gap(row, slot->mismatch_at);
	row->status = row->n_gaps ? TSMMR_STATUS_INCOMPLETE : TSMMR_STATUS_VERIFIED;
}

/* The status table, line by line.  (semantics, status) */
static void judge(struct row *row, const struct slot *slot, const struct candidate *c, bool earlier)
{
	const struct tsmmr_reg *reg = &row->reg;

	if (!reg->has_value) {
		row->status = TSMMR_STATUS_NO_EVIDENCE;
	} else if (slot && slot->events) {
		judge_events(row, slot, c, earlier);
	} else if (slot && reg_equals(reg, slot->initial)) {
		row->status = TSMMR_STATUS_UNTOUCHED;
	} else {
		row->status = TSMMR_STATUS_INCOMPLETE;
		row_gap(row, (struct tsmmr_gap){
				     .kind = GAP_NO_LOG, .log = TSMMR_NONE, .record = TSMMR_NONE });
	}
}

static int judge_as(struct row *row, const struct slot *slot, const struct tsmmr_reg *as);

/*
 * A value that only a digest of several registers says: what the row would be if that
 * agreed.  What the logs leave open, or without a log the initial value does, is not tried.
 */
static int judge_grouped(struct row *row, const struct slot *slot)
{
	struct tsmmr_reg as = row->reg;
	int r;

	row->status = TSMMR_STATUS_UNTOUCHED;
	if (!slot->events)
		return 0;
	memcpy(as.value, row->value, as.size);
	as.has_value = true;
	r = judge_as(row, slot, &as);
	row->complete = row->replayed && row->status != TSMMR_STATUS_MISMATCH && !slot->torn;
	for (size_t i = 0; i < row->n_gaps; i++)
		row->complete &= row->gaps[i].kind == GAP_DATA_MISMATCH;
	return r;
}

static int fill_row(const struct replay *r, struct row *row, const struct slot *slot)
{
	const struct hash_alg *alg = hash_by_id(row->reg.alg);
	_cleanup_(slot_free) struct slot *none = NULL;
	const struct candidate *c = NULL;
	bool earlier = false;

	row->lacks = slot ? 0 : replay_lacks(r, row->reg.platform, row->reg.desc, row->reg.alg);
	if (row->lacks) {
		row->status =
			row->reg.has_value ? TSMMR_STATUS_INCOMPLETE : TSMMR_STATUS_NO_EVIDENCE;
		row_gap(row, (struct tsmmr_gap){ .kind = GAP_NO_CRYPTO,
						 .log = TSMMR_NONE,
						 .record = TSMMR_NONE });
		return 0;
	}
	/* Only what the guest extends starts with a value its architecture defines. */
	if (!slot && alg && row->reg.desc->kind == TSMMR_KIND_RUNTIME) {
		if (replay_initial(r, row->reg.platform, row->reg.desc, alg, &none) < 0)
			return TSMMR_E_NOMEM;
		slot = none;
	}
	if (slot)
		c = candidates_best(slot, &earlier);
	judge(row, slot, c, earlier);
	if (!slot)
		return 0;

	row_anchor(row, slot, c);
	memcpy(row->start, slot->initial, alg->size);
	if (slot->events) {
		row->events = slot->events;
		row->logs = slot->logs;
		row->replayed = !slot->no_value && !slot->not_alone && !slot->idle;
		row->too_many = slot->too_many;
		row->let_go = slot->let_go && !c->matches;
		row->twice = c->twice;
		row->padded = c->padded && row->reg.has_value;
		memcpy(row->value, c->value, alg->size);
		row->proven = row->status == TSMMR_STATUS_VERIFIED;
	}
	return row->reg.grouped && !row->reg.has_value ? judge_grouped(row, slot) : 0;
}

static int by_number(const void *a, const void *b)
{
	const struct tsmmr_reg *x = &((const struct row *)a)->reg;
	const struct tsmmr_reg *y = &((const struct row *)b)->reg;

	if (x->platform->id != y->platform->id)
		return x->platform->id < y->platform->id ? -1 : 1;
	if (!platform_same(x->platform, y->platform))
		return strcmp(x->platform->name, y->platform->name);
	if (x->alg != y->alg && x->desc->alg == TSMMR_HASH_NONE && y->desc->alg == TSMMR_HASH_NONE)
		return x->alg < y->alg ? -1 : 1;
	if (x->desc != y->desc && x->platform->users)
		return strcmp(x->desc->name, y->desc->name);
	if (x->desc != y->desc)
		return x->desc < y->desc ? -1 : 1;
	return x->alg < y->alg ? -1 : x->alg > y->alg;
}

static struct row *find_row(const struct report_data *d, const struct platform *platform,
			    const struct reg_desc *desc, uint16_t alg)
{
	for (size_t i = 0; i < d->n_rows; i++)
		if (d->rows[i].reg.alg == alg &&
		    reg_same(d->rows[i].reg.platform, d->rows[i].reg.desc, platform, desc))
			return &d->rows[i];
	return NULL;
}

/* A log was replayed before the value that it must match was known: judged now. */
static int judge_as(struct row *row, const struct slot *slot, const struct tsmmr_reg *as)
{
	_cleanup_(slot_free) struct slot *own = calloc(1, sizeof(*own));
	const struct candidate *c;
	bool earlier;

	if (!own || candidates_copy(own, slot) < 0)
		return TSMMR_E_NOMEM;
	own->expected = as;
	candidates_compare(own, as->size);
	row->n_gaps = 0;
	c = candidates_best(own, &earlier);
	judge_events(row, own, c, earlier);
	row_anchor(row, own, c);
	row->proven = row->status == TSMMR_STATUS_VERIFIED;
	return 0;
}

/*
 * A virtual register is as proven as its carrier.  When a log of its own was given, the
 * carrier's records say which value that log must give.
 */
static int virtual_row(struct report_data *d, const struct replay *r, const struct virtual_reg *v)
{
	const struct reg_desc *desc = &v->platform->regs[0];
	const struct row *carrier = find_row(d, v->carrier_platform, v->carrier, v->carrier_alg);
	const struct slot *own = replay_slot(r, v->platform, desc, v->alg->id);
	struct row *row = find_row(d, v->platform, desc, v->alg->id);

	if (!row) {
		row = &d->rows[d->n_rows++];
		row->reg = (struct tsmmr_reg){
			.platform = platform_ref(v->platform),
			.desc = desc,
			.alg = v->alg->id,
			.size = v->alg->size,
		};
		row->carried = true;
		row->status = TSMMR_STATUS_NO_EVIDENCE;
		snprintf(row->anchor, sizeof(row->anchor), "zero");
		row->replayed = true;
		row->events = v->events;
		row->logs = v->logs;
		memcpy(row->value, v->value, v->alg->size);
	}
	row->is_virtual = true;
	if (carrier) {
		row->carrier_platform = carrier->reg.platform;
		row->carrier = carrier->reg.desc;
		row->carrier_alg = carrier->reg.alg;
		row->reg.piece = carrier->reg.piece;
	}
	if (!carrier || !carrier->proven)
		return 0;

	row->reg.has_value = true;
	row->reg.trust = carrier->reg.trust;
	memcpy(row->reg.value, v->value, v->alg->size);
	row->status = TSMMR_STATUS_VERIFIED;
	return own && own->events ? judge_as(row, own, &row->reg) : 0;
}

static int make_rows(struct report_data *d, const struct replay *r)
{
	size_t most = d->regs ? d->regs->n : 0;

	most += r->n_all * r->n_banks + r->n_virtuals;
	d->rows = calloc(most ? most : 1, sizeof(*d->rows));
	if (!d->rows)
		return TSMMR_E_NOMEM;

	for (size_t i = 0; d->regs && i < d->regs->n; i++) {
		struct row *row = &d->rows[d->n_rows++];

		row->reg = d->regs->regs[i];
		platform_ref(row->reg.platform);
		row->in_regs = true;
		if (fill_row(r, row,
			     replay_slot(r, row->reg.platform, row->reg.desc, row->reg.alg)) < 0)
			return TSMMR_E_NOMEM;
	}
	for (size_t i = 0; i < r->n_all; i++)
		for (size_t b = 0; b < r->n_banks; b++) {
			const struct replayed *reg = &r->all[i];
			const struct hash_alg *alg = r->banks[b].alg;
			struct row *row;

			if (!reg->slots[b] || !reg->desc ||
			    (d->regs && regs_find(d->regs, reg->platform, reg->desc, alg->id)))
				continue;
			row = &d->rows[d->n_rows++];
			row->reg = (struct tsmmr_reg){
				.platform = platform_ref(reg->platform),
				.desc = reg->desc,
				.alg = alg->id,
				.size = alg->size,
			};
			if (fill_row(r, row, reg->slots[b]) < 0)
				return TSMMR_E_NOMEM;
		}

	for (size_t i = 0; i < r->n_virtuals; i++)
		if (virtual_row(d, r, &r->virtuals[i]) < 0)
			return TSMMR_E_NOMEM;
	/* What a register is that has no other bank is all that is asked of a replay alone. */
	for (size_t i = 0; !d->regs && i < r->n_all; i++) {
		const struct replayed *reg = &r->all[i];
		bool any = !reg->lacking || !reg->desc;

		for (size_t b = 0; b < r->n_banks; b++)
			any |= reg->slots[b] != NULL;
		if (!any)
			d->lacks = replay_lacks(r, reg->platform, reg->desc, TSMMR_HASH_NONE);
	}
	qsort(d->rows, d->n_rows, sizeof(*d->rows), by_number);
	return 0;
}

/* Names that two providers share say whose they are. */
static void name_rows(struct report_data *d)
{
	for (size_t i = 0; i < d->n_rows; i++) {
		struct row *row = &d->rows[i];
		const char *provider = row->reg.provider;
		bool ambiguous = false;

		if (!provider && row->reg.platform->users && !row->is_virtual)
			provider = row->reg.platform->name;
		for (size_t k = 0; k < d->n_rows; k++) {
			const struct row *other = &d->rows[k];
			bool same = reg_same(row->reg.platform, row->reg.desc, other->reg.platform,
					     other->reg.desc);

			if (k == i || strcmp(row->reg.desc->name, other->reg.desc->name) != 0)
				continue;
			ambiguous |= !same;
			row->many_banks |= same;
		}
		snprintf(row->name, sizeof(row->name), "%s%s%s",
			 ambiguous && provider ? provider : "", ambiguous && provider ? "/" : "",
			 row->reg.desc->name);
	}
}

int status_rows(struct report_data *d, const struct replay *r)
{
	int rc = make_rows(d, r);

	name_rows(d);
	return rc;
}
