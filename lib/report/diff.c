/* SPDX-License-Identifier: BSD-2-Clause */
/* Two sets of logs compared, register by register. */
#include "report/diff.h"

#include "report/edit.h"
#include "util/error.h"

/* What one side's logs extend a register by, in order. */
struct records {
	struct diff_place *places;
	struct span *digests;
	size_t n;
};

static void records_done(struct records *r)
{
	free(r->places);
	free(r->digests);
}

/* What the comparison gave. */
static void forget(struct tsmmr_diff *diff)
{
	for (size_t i = 0; i < diff->n; i++) {
		free(diff->rows[i].edits);
		diff_bare_free(diff->rows[i].bare);
	}
	free(diff->rows);
	diff->rows = NULL;
	diff->n = 0;
	for (int side = 0; side < SIDES; side++) {
		report_free(diff->reports[side]);
		diff->reports[side] = NULL;
	}
}

void diff_free(struct tsmmr_diff *diff)
{
	if (!diff)
		return;
	forget(diff);
	for (int side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < diff->n_logs[side]; i++)
			log_free(diff->logs[side][i]);
		regs_free(diff->regs[side]);
	}
	free(diff);
}

static int records_of(struct tsmmr_log *const *logs, size_t n, const struct diff_row *row,
		      struct records *ret)
{
	size_t most = 0;

	for (size_t l = 0; l < n; l++)
		for (size_t i = 0; i < logs[l]->n; i++)
			most += diff_is_of(&logs[l]->events[i], row);
	ret->places = calloc(most + 1, sizeof(*ret->places));
	ret->digests = calloc(most + 1, sizeof(*ret->digests));
	if (!ret->places || !ret->digests)
		return TSMMR_E_NOMEM;

	for (size_t l = 0; l < n; l++)
		for (size_t i = 0; i < logs[l]->n; i++) {
			const struct tsmmr_event *e = &logs[l]->events[i];
			const struct digest *d =
				diff_is_of(e, row) ? event_digest(e, diff_any(row)->reg.alg) : NULL;

			if (!d)
				continue;
			ret->places[ret->n] = (struct diff_place){ e, log_number(logs, l, e) };
			ret->digests[ret->n++] = d->value;
		}
	return 0;
}

static struct diff_edit *add_edit(struct diff_row *row, int kind)
{
	if (row->n == row->cap) {
		size_t cap = row->cap ? 2 * row->cap : 16;
		struct diff_edit *edits = reallocarray(row->edits, cap, sizeof(*edits));

		if (!edits)
			return NULL;
		row->edits = edits;
		row->cap = cap;
	}
	row->edits[row->n] = (struct diff_edit){ .kind = kind };
	return &row->edits[row->n++];
}

/* What stands beside a digest is not measured, and may differ all the same. */
static bool same_text(const struct tsmmr_event *a, const struct tsmmr_event *b)
{
	return a->class != b->class ||
	       (a->type == b->type && span_eq(a->data, b->data.p, b->data.n));
}

/* A run of the script, as edits. */
static int add_run(struct diff_row *row, const struct edit *run, const struct records r[SIDES])
{
	for (size_t i = 0; i < run->n; i++) {
		const struct diff_place *a = &r[SIDE_A].places[run->a + i];
		const struct diff_place *b = &r[SIDE_B].places[run->b + i];
		struct diff_edit *edit;

		if (run->kind == EDIT_KEEP && same_text(a->e, b->e))
			continue;
		edit = add_edit(row, run->kind == EDIT_KEEP   ? TSMMR_EDIT_TEXT :
				     run->kind == EDIT_ONLY_A ? TSMMR_EDIT_ONLY_A :
								TSMMR_EDIT_ONLY_B);
		if (!edit)
			return TSMMR_E_NOMEM;
		if (run->kind != EDIT_ONLY_B)
			edit->at[SIDE_A] = *a;
		if (run->kind != EDIT_ONLY_A)
			edit->at[SIDE_B] = *b;
	}
	return 0;
}

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

static bool same_value(const struct row *a, const struct row *b)
{
	const struct tsmmr_reg *x = &a->reg, *y = &b->reg;

	if (x->has_value && y->has_value &&
	    (x->size != y->size || !hash_equal(x->value, y->value, x->size)))
		return false;
	return !a->replayed || !b->replayed || hash_equal(a->value, b->value, x->size);
}

static int compare(struct diff_row *row, const struct tsmmr_diff *diff)
{
	_cleanup_(edit_script_done) struct edit_script script = { 0 };
	struct records r[SIDES] = { { 0 } };
	int rc = 0;

	for (int side = 0; rc == 0 && side < SIDES; side++) {
		rc = records_of(diff->logs[side], diff->n_logs[side], row, &r[side]);
		row->n_records[side] = r[side].n;
	}
	if (rc == 0)
		rc = edit_script(r[SIDE_A].digests, r[SIDE_A].n, r[SIDE_B].digests, r[SIDE_B].n,
				 DIFF_EDITS_MAX, &script);
	for (size_t i = 0; rc == 0 && i < script.n; i++)
		rc = add_run(row, &script.all[i], r);
	if (rc == 0)
		rc = find_moved(row);
	for (int side = 0; row->bare && side < SIDES; side++)
		if (!r[side].n && r[!side].n)
			row->rows[side] = NULL;
	row->exact = script.exact;
	row->same = !script.cost && (!row->rows[SIDE_A] || !row->rows[SIDE_B] ||
				     same_value(row->rows[SIDE_A], row->rows[SIDE_B]));
	records_done(&r[SIDE_A]);
	records_done(&r[SIDE_B]);
	return rc;
}

static const struct row *find(const struct tsmmr_report *report, const struct row *row)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct row *other = report_row(report, i);

		if (other->reg.alg == row->reg.alg && other->reg.size == row->reg.size &&
		    reg_same(other->reg.platform, other->reg.desc, row->reg.platform,
			     row->reg.desc))
			return other;
	}
	return NULL;
}

/* Every register of either report, once; what is only carried is left to its carrier. */
static int make_rows(struct tsmmr_diff *diff)
{
	diff->rows = calloc(diff->reports[SIDE_A]->n + diff->reports[SIDE_B]->n + 1,
			    sizeof(*diff->rows));
	if (!diff->rows)
		return TSMMR_E_NOMEM;
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < diff->reports[side]->n; i++) {
			const struct row *row = report_row(diff->reports[side], i);
			const struct row *other = find(diff->reports[!side], row);

			if (row->carried || (side == SIDE_B && other))
				continue;
			diff->rows[diff->n].rows[side] = row;
			diff->rows[diff->n++].rows[!side] = other;
		}
	return 0;
}

int diff_add_log(struct tsmmr_diff *diff, int side, struct tsmmr_log *log, struct tsmmr_error *err)
{
	if (diff->n_logs[side] == REPORT_LOGS_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d logs", REPORT_LOGS_MAX);
	diff->logs[side][diff->n_logs[side]++] = log_ref(log);
	return 0;
}

static int compare_all(struct tsmmr_diff *diff, struct tsmmr_error *err)
{
	_cleanup_(policy_unref) struct tsmmr_policy *policy = NULL;
	int r = 0;

	/* Nothing is judged here, so nothing is refused. */
	if (policy_new(diff->ctx->crypto, NULL, 0, &policy) < 0 ||
	    policy_allow_debug(policy, NULL) < 0)
		return fail_nomem(err);
	policy->may_lack = true;
	for (int side = 0; r == 0 && side < SIDES; side++)
		r = report_new_logs(diff->ctx, diff->logs[side], diff->n_logs[side],
				    diff->regs[side], policy, &diff->reports[side], err);
	if (r < 0)
		return r;
	if (make_rows(diff) < 0)
		return fail_nomem(err);
	for (int side = 0; r == 0 && side < SIDES; side++)
		r = diff_add_bare(diff, diff->logs[side], diff->n_logs[side], err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < diff->n; i++)
		if (compare(&diff->rows[i], diff) < 0)
			return fail_nomem(err);
	return 0;
}

int diff_compare(struct tsmmr_diff *diff, struct tsmmr_error *err)
{
	int r = compare_all(diff, err);

	diff->compared = r == 0;
	if (r < 0)
		forget(diff);
	return r;
}

bool diff_is_same(const struct tsmmr_diff *diff)
{
	bool same = true;

	for (size_t i = 0; i < diff->n; i++)
		same &= diff->rows[i].same;
	return same;
}

bool diff_is_compared(const struct tsmmr_diff *diff)
{
	for (size_t i = 0; i < diff->n; i++) {
		const struct diff_row *row = &diff->rows[i];

		if (row->n_records[SIDE_A] || row->n_records[SIDE_B] ||
		    (row->rows[SIDE_A] && row->rows[SIDE_A]->reg.has_value && row->rows[SIDE_B] &&
		     row->rows[SIDE_B]->reg.has_value))
			return true;
	}
	return false;
}
