/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers whose values only one digest over all of them says: a TPM quote that came
 * without its PCR values.  (TPM 2.0 part 3, TPM2_Quote)
 */
#include "report/judge.h"

#include "util/error.h"

#define VALUES_MAX 64
#define TRIES_MAX 4096

/* A register of the group, and what it may hold: what the logs say, or the caller does. */
struct member {
	struct judgement *j;
	const struct row *row;
	const uint8_t *values[VALUES_MAX];
	size_t n, at; /* at: the one that is tried */
	size_t size;
	bool told; /* somebody says what it holds: all of its log, or a reference */
	bool more; /* and says more values than are tried */
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
	else
		m->more = true;
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

/*
 * What the register may hold if set (or NULL) is the one of the policy's that holds.  Untouched
 * registers have no log, and are in most quotes; untouched: also those that have a reference.
 */
static void add_values(struct member *m, const struct tsmmr_policy *policy,
		       const struct reference_set *set, bool untouched)
{
	const struct row *row = m->row;

	m->n = m->at = 0;
	m->more = false;
	if (row->events && row->replayed)
		add_value(m, row->value);
	m->told |= row->events && row->complete;
	add_references(m, row, policy->references, policy->n_references);
	if (set)
		add_references(m, row, set->all, set->n);
	if (!row->events && (untouched || !m->n))
		add_value(m, row->start);
}

static void add_member(const struct tsmmr_report *report, size_t row_at, struct group *group)
{
	struct member *m = &group->all[group->n++];

	m->j = &report->judged[row_at];
	m->row = &report->data->rows[row_at];
	m->size = m->row->reg.size;
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

/* What came of trying the combinations. */
enum tried { TRIED_NONE_FITS, TRIED_ONE_FITS, TRIED_TOO_FEW };

/* An enum tried, ONE_FITS when the members are at one that gives the digest; or a failure. */
static int search(struct group *group, struct hasher *h, struct span digest)
{
	uint8_t got[TSMMR_HASH_SIZE_MAX];
	int r, none = TRIED_NONE_FITS;

	for (size_t i = 0; i < group->n; i++) {
		if (!group->all[i].n)
			return TRIED_NONE_FITS;
		if (group->all[i].more)
			none = TRIED_TOO_FEW;
	}
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
			return TRIED_ONE_FITS;
		if (!step(group))
			return none;
	}
	return TRIED_TOO_FEW;
}

/* With each of the policy's sets in turn, since one of them holds as a whole. */
static int search_sets(struct group *group, const struct tsmmr_policy *policy, bool untouched,
		       struct hasher *h, struct span digest)
{
	int tried = TRIED_NONE_FITS;
	size_t k = 0;

	do {
		const struct reference_set *set = policy->n_sets ? &policy->sets[k] : NULL;
		int r;

		for (size_t i = 0; i < group->n; i++)
			add_values(&group->all[i], policy, set, untouched);
		r = search(group, h, digest);
		if (r < 0 || r == TRIED_ONE_FITS)
			return r;
		if (r == TRIED_TOO_FEW)
			tried = r;
	} while (++k < policy->n_sets);
	return tried;
}

/* Does the log end elsewhere than where the digest says that the register is? */
static bool log_differs(const struct member *m)
{
	return m->row->events &&
	       !(m->row->replayed && hash_equal(m->values[m->at], m->row->value, m->size));
}

static void conclude(struct group *group, enum tried tried)
{
	bool agrees = tried == TRIED_ONE_FITS, all_told = tried == TRIED_NONE_FITS;

	for (size_t i = 0; i < group->n; i++)
		all_told &= group->all[i].told;
	for (size_t i = 0; i < group->n; i++) {
		struct member *m = &group->all[i];

		m->j->told = m->told;
		m->j->grouped = agrees ? GROUP_AGREES : all_told ? GROUP_DIFFERS : GROUP_OPEN;
		m->j->has_value = agrees;
		m->j->value = agrees ? m->values[m->at] : NULL;
		/* A reference was right, and the log is wrong, unless a record of it is torn. */
		if (agrees && log_differs(m))
			m->j->grouped = m->row->complete ? GROUP_DIFFERS : GROUP_OPEN;
	}
}

static int judge_group(struct tsmmr_report *report, size_t piece, struct tsmmr_error *err)
{
	const struct tsmmr_regs *regs = report->data->regs;
	const struct evidence_info *info = &regs->evidence[piece];
	_cleanup_(hashers_done) struct hashers hashers = { .crypto = report->data->crypto };
	_cleanup_(group_done) struct group group = { .all = calloc(regs->n, sizeof(*group.all)) };
	struct hasher *h;
	int r = hashers_get(&hashers, info->group_alg, &h);

	if (r == TSMMR_E_UNSUPPORTED)
		return fail_detail(err, r, TSMMR_DETAIL_CRYPTO,
				   "the hash of %s's digest is not to be had", info->kind);
	if (r < 0)
		return fail_low(err, r);
	if (!group.all)
		return fail_nomem(err);
	for (size_t i = 0; i < regs->n; i++)
		if (regs->regs[i].grouped && regs->regs[i].piece == piece + 1)
			add_member(report, find_row(report->data, &regs->regs[i]), &group);
	r = search_sets(&group, report->policy, false, h, info->group_digest);
	/* A no may yet say which it is that has not the value of its reference. */
	if (r == TRIED_NONE_FITS) {
		int again = search_sets(&group, report->policy, true, h, info->group_digest);

		if (again < 0 || again == TRIED_ONE_FITS)
			r = again;
	}
	if (r < 0)
		return fail_nomem(err);
	conclude(&group, (enum tried)r);
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
