/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers whose values only one digest over all of them says: a TPM quote that came
 * without its PCR values.  (TPM 2.0 part 3, TPM2_Quote)
 */
#include "report/judge.h"

#include "util/error.h"

#define VALUES_MAX 16
#define TRIES_MAX 4096

/* A register of the group, and what it may hold: what the logs say, or the caller does. */
struct member {
	struct judgement *j;
	const uint8_t *values[VALUES_MAX];
	size_t n, at; /* at: the one that is tried */
	size_t size;
	bool told; /* somebody says what it holds: all of its log, or a reference */
};

struct group {
	struct member *all;
	size_t n;
};

static void group_done_p(struct group *group)
{
	free(group->all);
}

static void add_value(struct member *m, const uint8_t *value)
{
	for (size_t i = 0; i < m->n; i++)
		if (hash_equal(m->values[i], value, m->size))
			return;
	if (m->n < VALUES_MAX)
		m->values[m->n++] = value;
}

static void add_references(struct member *m, const struct row *row, const struct reference *all,
			   size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (row_refers(row, &all[i])) {
			add_value(m, all[i].value);
			m->told = true;
		}
}

/* Untouched registers have no log, and are in most quotes. */
static void add_member(const struct tsmmr_report *report, size_t row_at, struct group *group)
{
	const struct tsmmr_policy *policy = report->policy;
	const struct row *row = &report->data->rows[row_at];
	struct member *m = &group->all[group->n++];

	m->j = &report->judged[row_at];
	m->size = row->reg.size;
	if (row->events) {
		if (row->replayed)
			add_value(m, row->value);
		m->told = row->complete;
		return;
	}
	add_references(m, row, policy->references, policy->n_references);
	for (size_t i = 0; i < policy->n_sets; i++)
		add_references(m, row, policy->sets[i].all, policy->sets[i].n);
	add_value(m, row->start);
}

static size_t find_row(const struct report_data *d, const struct tsmmr_reg *reg)
{
	size_t i = 0;

	while (d->rows[i].reg.alg != reg->alg ||
	       !reg_same(d->rows[i].reg.platform, d->rows[i].reg.desc, reg->platform, reg->desc))
		i++;
	assert(i < d->n_rows);
	return i;
}

/* The next combination; false after the last. */
static bool step(struct group *group)
{
	for (size_t i = 0; i < group->n; i++) {
		if (++group->all[i].at < group->all[i].n)
			return true;
		group->all[i].at = 0;
	}
	return false;
}

/* 1 when some combination of the values gives the digest, which the members then are at. */
static int search(struct group *group, struct hasher *h, struct span digest)
{
	uint8_t got[TSMMR_HASH_SIZE_MAX];
	int r;

	for (size_t i = 0; i < group->n; i++)
		if (!group->all[i].n)
			return 0;
	for (size_t tries = 0; tries < TRIES_MAX; tries++) {
		r = hasher_start(h);
		for (size_t i = 0; r == 0 && i < group->n; i++)
			r = hasher_update(h, group->all[i].values[group->all[i].at],
					  group->all[i].size);
		if (r == 0)
			r = hasher_final(h, got);
		if (r < 0)
			return r;
		if (hash_equal(got, digest.p, digest.n))
			return 1;
		if (!step(group))
			return 0;
	}
	return 0;
}

static void conclude(struct group *group, bool agrees)
{
	bool all_told = true;

	for (size_t i = 0; i < group->n; i++)
		all_told &= group->all[i].told;
	for (size_t i = 0; i < group->n; i++) {
		struct member *m = &group->all[i];

		m->j->told = m->told;
		m->j->grouped = agrees ? GROUP_AGREES : all_told ? GROUP_DIFFERS : GROUP_OPEN;
		m->j->has_value = agrees;
		m->j->value = agrees ? m->values[m->at] : NULL;
	}
}

static int judge_group(struct tsmmr_report *report, size_t piece, struct tsmmr_error *err)
{
	const struct tsmmr_regs *regs = report->data->regs;
	const struct evidence_info *info = &regs->evidence[piece];
	_cleanup_(hashers_done) struct hashers hashers = { .n = 0 };
	_cleanup_(group_done) struct group group = { .all = calloc(regs->n, sizeof(*group.all)) };
	struct hasher *h;
	int r = hashers_get(&hashers, info->group_alg, &h);

	if (r == TSMMR_E_UNSUPPORTED)
		return fail_detail(err, r, TSMMR_DETAIL_CRYPTO,
				   "the hash of %s's digest is not to be had", info->kind);
	if (r < 0 || !group.all)
		return fail_nomem(err);
	for (size_t i = 0; i < regs->n; i++)
		if (regs->regs[i].grouped && regs->regs[i].piece == piece + 1)
			add_member(report, find_row(report->data, &regs->regs[i]), &group);
	r = search(&group, h, info->group_digest);
	if (r < 0)
		return fail_nomem(err);
	conclude(&group, r);
	return 0;
}

int judge_groups(struct tsmmr_report *report, struct tsmmr_error *err)
{
	const struct tsmmr_regs *regs = report->data->regs;
	int r = 0;

	for (size_t i = 0; regs && r == 0 && i < regs->n_evidence; i++)
		if (regs->evidence[i].group_digest.n)
			r = judge_group(report, i, err);
	return r;
}
