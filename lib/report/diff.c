/* SPDX-License-Identifier: BSD-2-Clause */
/* Two sets of logs compared, register by register. */
#include "report/diff.h"

#include "report/diff_work.h"
#include "util/error.h"

/* What the comparison gave. */
static void forget(struct tsmmr_diff *diff)
{
	diff_window_done(&diff->window);
	buf_done(&diff->json.out);
	diff->json = (struct diff_json){ .at = 0 };
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
			log_free(diff->inputs[side][i].log);
		regs_free(diff->regs[side]);
	}
	free(diff);
}

static bool same_value(const struct row *a, const struct row *b)
{
	const struct tsmmr_reg *x = &a->reg, *y = &b->reg;

	if (x->has_value && y->has_value &&
	    (x->size != y->size || !hash_equal(x->value, y->value, x->size)))
		return false;
	return !a->replayed || !b->replayed || hash_equal(a->value, b->value, x->size);
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

/* Is there room for one more? */
static int check_room(const struct tsmmr_diff *diff, int side, struct tsmmr_error *err)
{
	return diff->n_logs[side] < REPORT_LOGS_MAX ?
		       0 :
		       fail(err, TSMMR_E_LIMIT, "more than %d logs", REPORT_LOGS_MAX);
}

int diff_add_log(struct tsmmr_diff *diff, int side, const struct tsmmr_log *log,
		 struct tsmmr_error *err)
{
	int r = check_room(diff, side, err);

	if (r == 0)
		diff->inputs[side][diff->n_logs[side]++].log = log_ref(log);
	return r;
}

int diff_add_stream(struct tsmmr_diff *diff, int side, struct tsmmr_stream *stream,
		    struct tsmmr_error *err)
{
	int r = check_room(diff, side, err);

	/* It may go before the comparison, its events may not. */
	if (r == 0 && stream_log(stream) && !stream_is_joined(stream))
		return diff_add_log(diff, side, stream_log(stream), err);
	if (r == 0 && stream_is_joined(stream))
		r = fail(err, TSMMR_E_ARG, "streams that were joined: add each of them");
	if (r == 0 && stream_was_read(stream))
		r = fail(err, TSMMR_E_ARG, "a stream that was read from before");
	if (r == 0)
		diff->inputs[side][diff->n_logs[side]++].stream = stream;
	return r;
}

static int make_reports(struct diff_work *w, struct tsmmr_error *err)
{
	_cleanup_(policy_unref) struct tsmmr_policy *policy = NULL;
	struct tsmmr_diff *diff = w->diff;
	int r = 0;

	/* Nothing is judged here, so nothing is refused. */
	if (policy_new(diff->ctx->crypto, NULL, 0, &policy) < 0 ||
	    policy_allow_debug(policy, NULL) < 0)
		return fail_nomem(err);
	policy->may_lack = true;
	for (int side = 0; r == 0 && side < SIDES; side++)
		r = report_new_twice(diff->ctx, w->streams[side], diff->n_logs[side],
				     diff->regs[side], policy, &diff->reports[side], err);
	return r;
}

static int make_meetings(struct diff_work *w, struct tsmmr_error *err)
{
	memset(w->near, 0, sizeof(w->near));
	w->rows = calloc(w->diff->n + 1, sizeof(*w->rows));
	return w->rows ? 0 : fail_nomem(err);
}

/* Pairs, of all rows: what no report speaks of is seen only then, and has a row afterwards. */
static int meet_all(struct diff_work *w, struct tsmmr_error *err)
{
	int r = make_meetings(w, err);

	if (r == 0)
		r = diff_meet(w, err);
	if (r < 0 || !w->lacks_row)
		return r;
	diff_meetings_done(w);
	for (int side = 0; r == 0 && side < SIDES; side++)
		r = diff_add_bare(w, side, err);
	if (r == 0)
		r = make_meetings(w, err);
	return r < 0 ? r : diff_meet(w, err);
}

static void conclude(struct diff_row *row, const struct meeting *m)
{
	for (int side = 0; side < SIDES; side++)
		row->n_records[side] = m->sides[side].n;
	for (int side = 0; row->bare && side < SIDES; side++)
		if (!m->sides[side].n && m->sides[!side].n)
			row->rows[side] = NULL;
	row->exact = m->script.exact;
	row->same = !m->script.cost && (!row->rows[SIDE_A] || !row->rows[SIDE_B] ||
					same_value(row->rows[SIDE_A], row->rows[SIDE_B]));
}

static int compare_all(struct tsmmr_diff *diff, struct tsmmr_error *err)
{
	_cleanup_(diff_work_done) struct diff_work w = { .diff = diff };
	int r = diff_open_streams(&w, err);

	if (r == 0)
		r = make_reports(&w, err);
	if (r < 0)
		return r;
	if (make_rows(diff) < 0)
		return fail_nomem(err);
	r = meet_all(&w, err);
	if (r == 0)
		r = diff_find_scripts(&w, err);
	if (r == 0)
		r = diff_keep(&w, err);
	for (size_t i = 0; r == 0 && i < diff->n; i++)
		conclude(&diff->rows[i], &w.rows[i]);
	return r;
}

static bool has_stream(const struct tsmmr_diff *diff)
{
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < diff->n_logs[side]; i++)
			if (diff->inputs[side][i].stream)
				return true;
	return false;
}

int diff_compare(struct tsmmr_diff *diff, struct tsmmr_error *err)
{
	int r = diff->spent ? fail(err, TSMMR_E_ARG, "it failed, and has let go of its streams") :
			      compare_all(diff, err);

	diff->compared = r == 0;
	if (r < 0) {
		forget(diff);
		diff->spent |= has_stream(diff);
	}
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
