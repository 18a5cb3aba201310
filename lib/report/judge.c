/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy makes of a replay: a status for each register, and the verdict. */
#include "report/judge.h"

#include <stdio.h>

#include "util/error.h"

#define JUDGED(report, i) (&(report)->judged[i])

static bool equals(const struct row *row, const struct judgement *j, const struct reference *ref)
{
	return j->has_value && ref->size == row->reg.size &&
	       hash_equal(j->value, ref->value, ref->size);
}

/* What references say of a row. */
enum referred { REFERRED_NOT, REFERRED_EQUAL, REFERRED_DIFFERS };

/* Is the value, or an alternative to it, what the register holds? */
static bool holds(const struct row *row, const struct judgement *j, const struct reference *all,
		  size_t n, const struct reference *ref)
{
	for (size_t i = 0; i < n; i++)
		if (equals(row, j, &all[i]) && row_refers(row, &all[i]) &&
		    all[i].text == ref->text && !strcmp(all[i].name, ref->name))
			return true;
	return false;
}

/* By each name that it is called by (its own, its role) one of the alternatives holds. */
static enum referred refer(const struct row *row, const struct judgement *j,
			   const struct reference *all, size_t n)
{
	enum referred said = REFERRED_NOT;

	for (size_t i = 0; i < n; i++) {
		if (!row_refers(row, &all[i]))
			continue;
		if (!holds(row, j, all, n, &all[i]))
			return REFERRED_DIFFERS;
		said = REFERRED_EQUAL;
	}
	return said;
}

const struct reference *judge_reference(const struct tsmmr_report *report, size_t i, size_t k,
					const char **ret_set)
{
	const struct reference_set *set = JUDGED(report, i)->set;
	const struct tsmmr_policy *policy = report->policy;
	const struct row *row = &report->data->rows[i];

	*ret_set = NULL;
	for (size_t n = 0; n < policy->n_references; n++)
		if (row_refers(row, &policy->references[n]) && !k--)
			return &policy->references[n];
	for (size_t n = 0; set && n < set->n; n++)
		if (row_refers(row, &set->all[n]) && !k--) {
			*ret_set = set->id;
			return &set->all[n];
		}
	return NULL;
}

/* How many registers of a set differ or are not there. */
static size_t set_misses(const struct tsmmr_report *report, const struct reference_set *set)
{
	const struct report_data *d = report->data;
	size_t misses = 0;

	for (size_t i = 0; i < set->n; i++) {
		bool found = false;

		for (size_t k = 0; k < d->n_rows; k++)
			if (row_refers(&d->rows[k], &set->all[i]))
				found |= refer(&d->rows[k], JUDGED(report, k), set->all, set->n) ==
					 REFERRED_EQUAL;
		misses += !found;
	}
	return misses;
}

/* The set that holds, or the one that is missed by least. */
static const struct reference_set *choose_set(const struct tsmmr_report *report)
{
	const struct tsmmr_policy *policy = report->policy;
	const struct reference_set *best = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < policy->n_sets; i++) {
		size_t misses = set_misses(report, &policy->sets[i]);

		if (misses < least) {
			least = misses;
			best = &policy->sets[i];
		}
	}
	return best;
}

static bool is_grade(uint8_t trust)
{
	return trust >= TSMMR_TRUST_UNSIGNED;
}

static void add_gap(struct judgement *j, enum gap_kind kind)
{
	if (j->n_gaps < ARRAY_SIZE(j->gaps))
		j->gaps[j->n_gaps++] =
			(struct tsmmr_gap){ .kind = kind, .log = TSMMR_NONE, .record = TSMMR_NONE };
}

/* Is what says its value signed over a hash that is weaker than the policy's least? */
static bool is_signed_weakly(const struct tsmmr_report *report, const struct row *row)
{
	return row->reg.piece &&
	       judge_signed_weakly(report->policy,
				   &report->data->regs->evidence[row->reg.piece - 1]);
}

/* So, or weaker itself. */
static bool is_weak(const struct tsmmr_report *report, const struct row *row)
{
	unsigned rank = policy_hash_rank(row->reg.alg);

	return (rank && rank < policy_hash_rank(report->policy->min_hash)) ||
	       is_signed_weakly(report, row);
}

/* The machine has it, and would not say what it holds. */
static bool is_unreadable(const struct row *row)
{
	return row->in_regs && !row->reg.has_value && row->reg.provider &&
	       !(row->reg.flags & TSMMR_REG_READABLE);
}

/* Values by hand are the question; those of a machine or of evidence are its answer. */
static bool is_by_hand(const struct row *row)
{
	return row->in_regs && row->reg.trust == TSMMR_TRUST_GIVEN && !row->reg.provider &&
	       !row->reg.derived;
}

static bool names_bank(const struct row *row, const struct reference *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].named_bank && row_refers(row, &all[i]))
			return true;
	return false;
}

/* "pcr0:sha1", wherever it was said: then the caller knows what it is worth. */
static bool is_bank_named(const struct tsmmr_policy *policy, const struct row *row,
			  const struct judgement *j)
{
	struct span list = policy_list(&policy->require);
	struct select_item item;

	if ((is_by_hand(row) && row->reg.named_bank) ||
	    names_bank(row, policy->references, policy->n_references) ||
	    (j->set && names_bank(row, j->set->all, j->set->n)))
		return true;
	while (select_next(&list, &item, NULL) > 0)
		if (item.alg && row_fits(row, &item))
			return true;
	return false;
}

/* Has the register a bank that proves something, or would if it could be read? */
static bool has_strong_bank(const struct tsmmr_report *report, const struct row *row)
{
	const struct report_data *d = report->data;

	for (size_t i = 0; i < d->n_rows; i++)
		if ((d->rows[i].reg.has_value || d->rows[i].reg.grouped ||
		     is_unreadable(&d->rows[i])) &&
		    !is_weak(report, &d->rows[i]) &&
		    reg_same(d->rows[i].reg.platform, d->rows[i].reg.desc, row->reg.platform,
			     row->reg.desc))
			return true;
	return false;
}

static void judge_references(const struct tsmmr_report *report, const struct row *row,
			     const struct reference_set *set, struct judgement *j)
{
	const struct tsmmr_policy *policy = report->policy;
	enum referred own = refer(row, j, policy->references, policy->n_references);
	enum referred its = set ? refer(row, j, set->all, set->n) : REFERRED_NOT;

	j->referred = own != REFERRED_NOT || its != REFERRED_NOT;
	j->set = its != REFERRED_NOT ? set : NULL;
	if (!j->referred || !j->has_value)
		return;
	if (own == REFERRED_DIFFERS || its == REFERRED_DIFFERS) {
		j->status = TSMMR_STATUS_MISMATCH;
		j->n_gaps = 0;
		j->differs = true;
	} else if (!row->events) {
		j->status = TSMMR_STATUS_EQUAL;
		j->n_gaps = 0;
	}
}

static void weaken(struct judgement *j, enum gap_kind gap)
{
	if (j->status == TSMMR_STATUS_MISMATCH || j->status == TSMMR_STATUS_NO_EVIDENCE)
		return;
	j->status = TSMMR_STATUS_INCOMPLETE;
	add_gap(j, gap);
}

/* Not even which register of a group differs can be said, nor what one of them holds. */
static void judge_grouped(struct judgement *j)
{
	if (j->grouped != GROUP_DIFFERS && j->grouped != GROUP_OPEN)
		return;
	j->n_gaps = 0;
	j->status = j->grouped == GROUP_DIFFERS ? TSMMR_STATUS_MISMATCH : TSMMR_STATUS_NO_EVIDENCE;
	if (j->grouped == GROUP_OPEN && !j->told) {
		j->status = TSMMR_STATUS_INCOMPLETE;
		add_gap(j, GAP_NO_LOG);
	}
}

/* The status table of tsmmr-replay(1), over what the replay found. */
static void judge_row(const struct tsmmr_report *report, const struct row *row,
		      const struct reference_set *set, struct judgement *j)
{
	const struct tsmmr_policy *policy = report->policy;
	struct span require = policy_list(&policy->require);
	bool named;

	j->status = row->status;
	j->n_gaps = row->n_gaps;
	memcpy(j->gaps, row->gaps, row->n_gaps * sizeof(*row->gaps));
	judge_grouped(j);
	judge_references(report, row, set, j);
	j->required = row_selected(row, require);

	/* Required, an untouched register is no answer, whoever vouches for it. */
	if (j->has_value && is_grade(row->reg.trust) && row->reg.trust < policy->min_trust &&
	    (j->status != TSMMR_STATUS_UNTOUCHED || !j->required))
		weaken(j, GAP_UNTRUSTED);
	if (is_unreadable(row))
		add_gap(j, GAP_UNREADABLE);

	/* What is given by hand is never given for nothing. */
	if (require.n)
		j->asked = j->required;
	else if (report->data->n_logs)
		j->asked = row->in_regs && !row->reg.derived &&
			   row->reg.desc->kind == TSMMR_KIND_RUNTIME;
	/* Whatever else is asked, for more options never take a question away. */
	j->asked |= j->referred || is_by_hand(row);

	/* Who names a bank takes its hash, and not whatever its values are signed over. */
	named = is_bank_named(policy, row, j);
	if (!is_weak(report, row) || (named && !is_signed_weakly(report, row)))
		return;
	weaken(j, GAP_WEAK_HASH);
	/* What contradicts a reference does so in whatever bank. */
	if (!named && !j->differs && has_strong_bank(report, row))
		j->asked = false;
}

/* A virtual register is as proven as its carrier. */
static void judge_virtual(const struct tsmmr_report *report, const struct row *row,
			  struct judgement *j)
{
	if (!row->is_virtual || j->differs)
		return;
	for (size_t i = 0; i < report->data->n_rows; i++) {
		const struct row *carrier = &report->data->rows[i];

		if (row->carrier && carrier->reg.alg == row->carrier_alg &&
		    reg_same(carrier->reg.platform, carrier->reg.desc, row->carrier_platform,
			     row->carrier) &&
		    JUDGED(report, i)->status == TSMMR_STATUS_VERIFIED)
			return;
	}
	j->status = TSMMR_STATUS_NO_EVIDENCE;
	j->n_gaps = 0;
}

bool judge_allows_gap(const struct tsmmr_policy *policy, const struct row *row, enum gap_kind gap)
{
	struct span list = policy_list(&policy->allow);
	struct allow_item item;

	while (allow_next(&list, &item, NULL) > 0) {
		const uint8_t *colon = item.reg.n ? memchr(item.reg.p, ':', item.reg.n) : NULL;
		struct span name = item.reg;
		const struct hash_alg *bank = NULL;

		if (colon) {
			name = span_of(item.reg.p, (size_t)(colon - item.reg.p));
			bank = hash_by_name(span_of(colon + 1, item.reg.n - name.n - 1));
		}
		if (span_eq(item.gap, gap_names[gap], strlen(gap_names[gap])) &&
		    (!name.n || (row && row_is(row, name))) &&
		    (!colon || (row && bank->id == row->reg.alg)))
			return true;
	}
	return false;
}

/* Does the policy allow this gap of that row of the data's? */
static bool judge_allows(const struct tsmmr_report *report, size_t i, enum gap_kind gap)
{
	return gap != GAP_UNTRUSTED && gap != GAP_WEAK_HASH && gap != GAP_NO_CRYPTO &&
	       judge_allows_gap(report->policy, &report->data->rows[i], gap);
}

static void note_allowed(struct tsmmr_report *report)
{
	for (size_t i = 0; i < report->data->n_rows; i++) {
		struct judgement *j = JUDGED(report, i);

		for (size_t k = 0; k < j->n_gaps; k++)
			j->gaps[k].allowed = judge_allows(report, i, j->gaps[k].kind);
	}
}

/* Where this gap is, nothing was compared: it can be excused, and proves nothing. */
static bool is_nothing(enum gap_kind gap)
{
	return gap == GAP_NO_LOG || gap == GAP_MISSING_IMAGE || gap == GAP_UNREADABLE;
}

/* Its bank is said where the register is there in another. */
static int add_not_covered(struct tsmmr_report *report, struct span name, uint16_t alg)
{
	struct reason one = {
		.kind = REASON_NOT_COVERED,
		.row = REASON_NOWHERE,
		.piece = REASON_NOWHERE,
	};

	for (size_t i = 0; i < report->data->n_rows; i++)
		if (row_is(&report->data->rows[i], name))
			one.alg = alg;
	return judge_reason(report, &one, name);
}

static int add_row_reason(struct tsmmr_report *report, enum reason_kind kind, size_t i)
{
	const struct row *row = &report->data->rows[i];

	JUDGED(report, i)->because |= 1u << kind;
	return judge_reason(report,
			    &(struct reason){ .kind = kind,
					      .row = i,
					      .piece = row->reg.piece ? row->reg.piece - 1u :
									REASON_NOWHERE },
			    span_of(NULL, 0));
}

/* Is what was asked of this row good enough?  *ret_proves: and does it prove anything? */
static int accept_row(struct tsmmr_report *report, size_t i, bool *ret_proves)
{
	struct judgement *j = JUDGED(report, i);
	bool accepted = true, compared = true;
	int r = 0;

	*ret_proves = false;
	switch (j->status) {
	case TSMMR_STATUS_VERIFIED:
	case TSMMR_STATUS_EQUAL:
		j->accepted = *ret_proves = true;
		return 0;
	case TSMMR_STATUS_UNTOUCHED:
		j->accepted = !j->required;
		return j->required ? add_row_reason(report, REASON_NOT_COVERED, i) : 0;
	case TSMMR_STATUS_MISMATCH:
		return j->differs ? add_row_reason(report, REASON_REFERENCE, i) : 0;
	case TSMMR_STATUS_NO_EVIDENCE:
		if (!j->n_gaps)
			return add_row_reason(report, REASON_NOT_COVERED, i);
		break;
	default:
		break;
	}

	for (size_t k = 0; k < j->n_gaps; k++) {
		accepted &= judge_allows(report, i, j->gaps[k].kind);
		compared &= !is_nothing(j->gaps[k].kind);
	}
	/* Readings that were dropped leave no gap that could be allowed; nor may one hide a value.
	 */
	accepted &= j->n_gaps > 0 && !report->data->rows[i].open;
	j->accepted = accepted && (compared || (!j->required && !j->referred));
	*ret_proves = j->accepted && compared;
	for (size_t k = 0; !j->accepted && r == 0 && k < j->n_gaps; k++) {
		enum gap_kind gap = j->gaps[k].kind;
		enum reason_kind kind = gap == GAP_UNTRUSTED ? REASON_UNTRUSTED : REASON_GAP;

		if (!(j->because & 1u << kind))
			r = add_row_reason(report, kind, i);
	}
	if (!j->accepted && !j->n_gaps)
		r = add_row_reason(report, REASON_GAP, i);
	return r;
}

/* What nobody covers is not verified: required names and references without a row. */
static int check_coverage(struct tsmmr_report *report, bool *ret_covered)
{
	const struct tsmmr_policy *policy = report->policy;
	const struct report_data *d = report->data;
	struct span list = policy_list(&policy->require);
	struct select_item item;
	int r = 0;

	while (r == 0 && select_next(&list, &item, NULL) > 0)
		for (uint32_t i = 0; r == 0 && i <= (item.ranged ? item.last - item.first : 0);
		     i++) {
			struct select_item one = item;
			bool covered = false;
			char name[160];
			int n;

			if (item.ranged)
				one.first = one.last = item.first + i;
			for (size_t k = 0; k < d->n_rows && !covered; k++)
				covered = row_fits(&d->rows[k], &one);
			if (covered)
				continue;
			*ret_covered = false;
			n = snprintf(name, sizeof(name), item.ranged ? "%.*s%u" : "%.*s",
				     (int)item.name.n, (const char *)item.name.p, one.first);
			r = add_not_covered(report, span_of(name, n > 0 ? (size_t)n : 0), item.alg);
		}
	for (size_t i = 0; r == 0 && i < policy->n_references; i++) {
		const struct reference *ref = &policy->references[i];
		bool covered = false;

		for (size_t k = 0; k < d->n_rows && !covered; k++)
			covered = row_refers(&d->rows[k], ref);
		if (!covered) {
			*ret_covered = false;
			r = add_not_covered(report, span_of(ref->name, strlen(ref->name)),
					    ref->alg);
		}
	}
	return r;
}

/* A register of the chosen set that no row has. */
static int check_set(struct tsmmr_report *report, const struct reference_set *set,
		     bool *ret_covered)
{
	int r = 0;

	for (size_t i = 0; set && r == 0 && i < set->n; i++) {
		bool covered = false;

		for (size_t k = 0; k < report->data->n_rows && !covered; k++)
			covered = row_refers(&report->data->rows[k], &set->all[i]);
		if (!covered) {
			*ret_covered = false;
			r = add_not_covered(report,
					    span_of(set->all[i].name, strlen(set->all[i].name)),
					    set->all[i].alg);
		}
	}
	return r;
}

/* Software can reset some registers: they say what was last, not what was.  (PCR 16, 23) */
static bool is_resettable(const struct row *row)
{
	return row->reg.desc->flags & TSMMR_REG_RESETTABLE;
}

static int judge_rows(struct tsmmr_report *report, bool *ret_complete, bool *ret_mismatch,
		      bool *ret_proven)
{
	const struct report_data *d = report->data;
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->n_rows; i++) {
		const struct row *row = &d->rows[i];
		struct judgement *j = JUDGED(report, i);
		bool proves;

		if (!j->asked)
			continue;
		report->asked = true;
		r = accept_row(report, i, &proves);
		*ret_mismatch |= j->status == TSMMR_STATUS_MISMATCH;
		*ret_complete &= j->accepted;
		*ret_proven |= proves && (j->required || j->referred || !is_resettable(row));
		report->pinned |= proves && row->reg.desc->kind == TSMMR_KIND_LAUNCH;
	}
	return r;
}

/* What an application has to itself is one register wherever somebody has settled which. */
#define ONE_REGISTER "app-runtime"

static bool is_there(const struct report_data *d, const struct reg_desc *desc)
{
	for (size_t i = 0; i < d->n_rows; i++)
		if (d->rows[i].in_regs && d->rows[i].reg.desc == desc)
			return true;
	return false;
}

/* One value, or one answer, cannot be that of two registers of a platform. */
static int check_role(const struct tsmmr_report *report, const struct platform *only,
		      struct span role, struct tsmmr_error *err)
{
	const struct tsmmr_policy *policy = report->policy;

	for (size_t p = 0; p < policy->n_platforms; p++) {
		const struct platform *platform = policy->platforms[p];
		_cleanup_(buf_done) struct buf names = { 0 };
		size_t n = 0;

		if (only && platform != only)
			continue;
		for (size_t i = 0; i < platform->n_regs; i++) {
			const struct reg_desc *desc = &platform->regs[i];

			if (desc->role && span_eq(role, desc->role, strlen(desc->role)) &&
			    is_there(report->data, desc))
				buf_printf(&names, "%s%s", n++ ? ", " : "", desc->name);
		}
		if (n > 1)
			return fail(err, TSMMR_E_ARG, "'%.*s' may be %.*s: say which", (int)role.n,
				    (const char *)role.p, (int)names.n,
				    names.n ? (const char *)names.p : "");
	}
	return 0;
}

static int check_names(const struct tsmmr_report *report, const struct reference *all, size_t n,
		       struct tsmmr_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = check_role(report, all[i].platform, span_of(all[i].name, strlen(all[i].name)),
			       err);
	return r;
}

static int check_roles(const struct tsmmr_report *report, struct tsmmr_error *err)
{
	const struct tsmmr_policy *policy = report->policy;
	struct span require = policy_list(&policy->require);
	struct select_item item;
	int r = 0;

	while (r == 0 && select_next(&require, &item, NULL) > 0)
		if (span_eq(item.name, ONE_REGISTER, strlen(ONE_REGISTER)))
			r = check_role(report, NULL, item.name, err);
	if (r == 0)
		r = check_names(report, policy->references, policy->n_references, err);
	for (size_t i = 0; r == 0 && i < policy->n_sets; i++)
		r = check_names(report, policy->sets[i].all, policy->sets[i].n, err);
	return r;
}

int judge_report(struct tsmmr_report *report, struct tsmmr_error *err)
{
	bool may_lack = report->policy->may_lack;
	const struct report_data *d = report->data;
	const struct reference_set *set;
	bool complete = true, mismatch = false, proven = false;
	int r = 0;

	for (size_t i = 0; i < d->n_rows; i++)
		*JUDGED(report, i) = (struct judgement){
			.has_value = d->rows[i].reg.has_value,
			.value = d->rows[i].reg.value,
		};
	r = check_roles(report, err);
	if (r == 0)
		r = judge_groups(report, err);
	if (r < 0)
		return r;
	set = choose_set(report);
	for (size_t i = 0; i < d->n_rows; i++)
		judge_row(report, &d->rows[i], set, JUDGED(report, i));
	for (size_t i = 0; i < d->n_rows; i++)
		judge_virtual(report, &d->rows[i], JUDGED(report, i));
	note_allowed(report);
	if (d->lacks && !may_lack)
		return fail_low(err, d->lacks);
	for (size_t i = 0; i < d->n_rows && !may_lack; i++)
		if (d->rows[i].lacks && JUDGED(report, i)->asked)
			return fail_low(err, d->rows[i].lacks);
	r = judge_rows(report, &complete, &mismatch, &proven);
	if (r == 0)
		r = check_coverage(report, &complete);
	if (r == 0)
		r = check_set(report, set, &complete);
	if (r < 0)
		return fail_nomem(err);
	r = judge_claims(report, &complete, &mismatch, &proven, err);
	if (r == 0)
		r = judge_pieces(report, &complete, err);
	if (r < 0)
		return r;

	if (complete && !mismatch && !proven) {
		complete = false;
		r = judge_reason(report,
				 &(struct reason){ .kind = REASON_NOTHING_ASKED,
						   .row = REASON_NOWHERE,
						   .piece = REASON_NOWHERE },
				 span_of(NULL, 0));
	}
	report->verdict = mismatch ? TSMMR_VERDICT_MISMATCH :
			  complete ? TSMMR_VERDICT_VERIFIED :
				     TSMMR_VERDICT_INCOMPLETE;
	return r < 0 ? fail_nomem(err) : 0;
}
