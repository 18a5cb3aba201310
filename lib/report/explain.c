/* SPDX-License-Identifier: BSD-2-Clause */
/* Why registers do not match: what is looked at, register by register. */
#include "report/explain.h"

#include "report/explain_around.h"
#include "report/explain_track.h"
#include "util/error.h"

#define ELSEWHERE_MAX 2 /* what many registers hold, as a separator alone, says nothing */

struct run {
	const struct tsmmr_ctx *ctx;
	const struct tsmmr_report *report;
	struct pack pack; /* the logs, and after them the reference */
	size_t n_logs;
	bool has_reference;
	struct around around;
	bool hibernated;
	struct hashers hashers;
	uint64_t budget_each, budget_all;
};

/* One register of the report. */
struct subject {
	struct run *run;
	const struct row *row;
	const struct judgement *judged;
	struct answer *answer;
	struct hasher *h;
	struct track track;
	struct points points;
	struct join *joins; /* from each point but the last to the next */
	uint64_t budget;
	bool undecided; /* a stretch for which no edit was found */
};

void explain_free(struct tsmmr_explain *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->n; i++) {
		for (size_t k = 0; k < x->answers[i].n; k++)
			free(x->answers[i].all[k].text);
		free(x->answers[i].text);
	}
	free(x->answers);
	report_free(x->of);
	free(x);
}

/* About the items first to last (NULL: about none), and this register. */
static int add(const struct subject *s, enum explain_id id, const struct item *first,
	       const struct item *last, bool would_match)
{
	return answer_fact(s->answer, &(struct fact){ .id = id,
						      .would_match = would_match,
						      .first = first,
						      .last = last,
						      .row = s->row });
}

/* --- what the report itself knows -------------------------------------------------------- */

static bool is_at(const struct pack *p, const uint8_t *at, const struct tsmmr_gap *gap)
{
	return pack_source(p, at) == gap->log && pack_record(p, at) == gap->record;
}

static const struct item *item_of(const struct track *t, const struct tsmmr_gap *gap)
{
	for (size_t i = 0; i < t->n; i++)
		if (is_at(t->pack, t->all[i].at, gap))
			return &t->all[i];
	return NULL;
}

/* A record that has no digest in this bank, and so is in no track. */
static int add_hole(const struct subject *s, const struct tsmmr_gap *gap)
{
	const struct pack *p = &s->run->pack;
	const struct tsmmr_event *e;
	struct pack_walk walk;

	pack_walk(p, 0, s->run->n_logs, &walk);
	while ((e = pack_next(&walk))) {
		const struct item hole = { walk.at, NULL };

		if (!is_at(p, walk.at, gap))
			continue;
		if (e->mark == MARK_TORN)
			return add(s, X_TORN_RECORD, &hole, &hole, !s->row->open);
		return add(s, X_DIGEST_MISSING, &hole, &hole, true);
	}
	return 0;
}

static bool is_hint(const struct subject *s, size_t i)
{
	return item_is_hint(s->track.pack, &s->track.all[i]);
}

/* Which of equal neighbours was measured, nobody knows: where their run begins. */
static size_t run_start(const struct subject *s, size_t i)
{
	const struct item *all = s->track.all;

	while (i > 0 && !is_hint(s, i - 1) &&
	       memcmp(all[i - 1].digest, all[i].digest, s->h->alg->size) == 0)
		i--;
	return i;
}

/* A tail of one record that is like the one before it. */
static int add_doubled_tail(const struct subject *s, size_t last)
{
	size_t start = run_start(s, last);
	struct fact f = { .id = X_DOUBLED_RECORD,
			  .would_match = true,
			  .first = &s->track.all[start],
			  .last = &s->track.all[last],
			  .n = last - start + 1 };
	int r = answer_fact(s->answer, &f);

	f.id = X_EXTRA_TAIL;
	return r < 0 ? r : answer_fact(s->answer, &f);
}

/* The tail is nothing but records that the end of its log repeats. */
static int add_repeat(const struct subject *s, size_t from)
{
	const struct repeat *repeat = &s->run->around.repeat;
	const struct track *t = &s->track;

	for (size_t i = from; i < t->n; i++)
		if (!is_hint(s, i) && !around_is_repeat(repeat, t->pack, &t->all[i]))
			return 0;
	return answer_fact(s->answer, &(struct fact){ .id = X_FINAL_EVENTS_TWICE,
						      .would_match = true,
						      .first = &t->all[from],
						      .last = &t->all[t->n - 1],
						      .repeat = repeat });
}

/* Everything after that record: the register had its value before. */
static int add_tail(const struct subject *s, size_t reached)
{
	const struct track *t = &s->track;
	const struct item *first = NULL;
	size_t n = 0;
	int r;

	for (size_t i = reached + 1; i < t->n; i++)
		if (!is_hint(s, i)) {
			first = first ? first : &t->all[i];
			n++;
		}
	if (!first)
		return 0;
	r = add_repeat(s, (size_t)(first - t->all));
	if (r == 0 && around_resumed_at(t->pack, &t->all[reached], first))
		r = add(s, X_RESUMED, &t->all[reached], first, true);
	if (r < 0)
		return r;
	if (n == 1 && run_start(s, (size_t)(first - t->all)) <= reached)
		return add_doubled_tail(s, (size_t)(first - t->all));
	return answer_fact(s->answer, &(struct fact){ .id = X_EXTRA_TAIL,
						      .would_match = true,
						      .first = first,
						      .last = &t->all[t->n - 1],
						      .reached = &t->all[reached],
						      .n = n });
}

/* Is its digest that of the log, and not one that the data gives? */
static bool has_own_digest(const struct subject *s, const struct item *i)
{
	struct pack_room room;

	return event_digest(pack_get(s->track.pack, i->at, &room), s->row->reg.alg);
}

static int add_gap(const struct subject *s, const struct tsmmr_gap *gap)
{
	const struct item *i = item_of(&s->track, gap);
	struct fact f = { .would_match = true, .first = i, .last = i, .record = gap->record };

	switch (gap->kind) {
	case GAP_UNANCHORED:
	case GAP_MISSING_HEAD:
		f.id = X_MISSING_HEAD;
		return answer_fact(s->answer, &f);
	case GAP_OFF_LOG_EXTEND:
		f.id = X_OFF_LOG_EXTEND;
		return answer_fact(s->answer, &f);
	case GAP_DATA_MISMATCH:
		/* In a bank that the log has no digest for, what the data gives is what fits. */
		f.id = i && !s->row->padded && !has_own_digest(s, i) ? X_DIGEST_CHANGED :
								       X_DATA_CHANGED;
		return answer_fact(s->answer, &f);
	case GAP_UNQUOTED_TAIL:
		return i ? add_tail(s, (size_t)(i - s->track.all)) : 0;
	case GAP_UNLOGGED:
		/* With a digest there it is a SYNC line, and a stretch that does not join. */
		return i ? 0 : add_hole(s, gap);
	default:
		return 0;
	}
}

/* The value somebody expects here is what the logs give elsewhere. */
static int add_elsewhere(const struct subject *s)
{
	const struct report_data *d = s->run->report->data;
	const struct tsmmr_reg *reg = &s->row->reg;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->n_rows && n < ELSEWHERE_MAX; i++) {
		const struct row *other = &d->rows[i];
		enum explain_id id = X_WRONG_REGISTER;

		if (other == s->row || !other->replayed || other->reg.size != reg->size ||
		    !hash_equal(other->value, reg->value, reg->size))
			continue;
		if (!platform_same(other->reg.platform, reg->platform))
			id = X_WRONG_INDEX_SPACE;
		else if (other->reg.desc == reg->desc)
			id = X_WRONG_BANK;
		n++;
		r = answer_fact(s->answer,
				&(struct fact){ .id = id, .would_match = true, .row = other });
	}
	return r;
}

/* --- stretches that do not join ---------------------------------------------------------- */

static int points_join(struct subject *s)
{
	const struct points *p = &s->points;

	s->joins = calloc(p->n, sizeof(*s->joins));
	if (!s->joins)
		return TSMMR_E_NOMEM;
	for (size_t i = 0; i + 1 < p->n; i++) {
		int r = stretch_joins(s->h, &s->track, &p->all[i], &p->all[i + 1],
				      s->row->reg.value, &s->joins[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* One stretch, with comments or without.  The number of edits that were found. */
static int solve_once(struct subject *s, size_t from, size_t to, bool hints, bool last)
{
	const struct point *a = &s->points.all[from], *b = &s->points.all[to];
	_cleanup_(stretch_done) struct stretch stretch = { 0 };
	struct pack_room room;
	struct found all[FOUND_MAX];
	struct problem *p = &stretch.problem;
	int n, r = stretch_make(s->h, &s->track, a, b, hints, &stretch);

	if (r < 0)
		return r;
	p->ctx = s->run->ctx;
	p->report = s->run->report;
	p->row = s->row;
	p->class = p->n ? pack_get(p->pack, p->items[p->n - 1].at, &room)->class : NULL;
	p->from_start = from == 0;
	p->to_end = to + 1 == s->points.n;
	p->n_logs = s->run->n_logs;
	p->budget = &s->budget;
	p->repeat = &s->run->around.repeat;
	n = problem_solve(p, all);
	for (int i = 0; r == 0 && i < n; i++)
		r = answer_found(s->answer, p, &all[i]);
	if (n == 0 && last) {
		s->undecided = true;
		if (from == 0 && p->n && around_ima_trimmed(p->pack, &p->items[0]))
			r = add(s, X_IMA_TRIMMED, &p->items[0], &p->items[0], false);
	}
	/* Nothing proves that: another reason is as possible. */
	if (r == 0 && n == 0 && last)
		r = answer_undecidable(s->answer, p, p->to_end ? NULL : &s->track.all[b->at]);
	return r < 0 ? r : n;
}

static bool has_hints(const struct subject *s, size_t from, size_t to)
{
	for (size_t i = s->points.all[from].at; i < s->points.all[to].at; i++)
		if (is_hint(s, i))
			return true;
	return false;
}

/* last: say that nothing was found, if so. */
static int solve(struct subject *s, size_t from, size_t to, bool last)
{
	bool hints = has_hints(s, from, to);
	int n = hints ? solve_once(s, from, to, true, false) : 0;

	return n ? n : solve_once(s, from, to, false, last);
}

/* SYNC lines between two points that join without them are not true. */
static int add_wrong_syncs(struct subject *s, size_t from, size_t to, bool *ret_wrong)
{
	struct join join;
	int r = stretch_joins(s->h, &s->track, &s->points.all[from], &s->points.all[to],
			      s->row->reg.value, &join);

	*ret_wrong = r == 0 && join.joins;
	for (size_t i = from + 1; *ret_wrong && r == 0 && i < to; i++) {
		const struct item *sync = &s->track.all[s->points.all[i].at];

		r = add(s, X_SYNC_WRONG, sync, sync, true);
	}
	return r;
}

/*
 * Points from to to, of which no two neighbours join.  Those between are perhaps not true, so
 * it is first tried without them.  What begins with an assertion of another value than the
 * register starts with lacks its head.
 */
static int solve_run(struct subject *s, size_t from, size_t to)
{
	const struct points *p = &s->points;
	bool wrong = false;
	int r = 0;

	if (to - from > 1)
		r = add_wrong_syncs(s, from, to, &wrong);
	if (r < 0 || wrong)
		return r;
	if (to - from > 1 || p->all[from].at != p->all[to].at) {
		bool headless = from == 0 && p->all[1].at == 0 && to > 1;

		r = solve(s, from, to, !headless);
		if (r != 0 || !headless)
			return r < 0 ? r : 0;
	}
	if (from == 0 && p->all[1].at == 0) {
		const struct item *first = &s->track.all[0];

		if (s->row->status == TSMMR_STATUS_MISMATCH)
			r = add(s, X_MISSING_HEAD, first, first, false);
		return r < 0 || to == 1 ? r : solve_run(s, 1, to);
	}
	return 0;
}

/* The last item, before the end, with which the register had the expected value. */
static size_t last_reached(const struct subject *s, size_t *ret_join)
{
	for (size_t i = s->points.n - 1; i-- > 0;)
		if (s->joins[i].reached != SIZE_MAX) {
			*ret_join = i;
			return s->joins[i].reached;
		}
	return SIZE_MAX;
}

/*
 * When the register's own value does not follow from the last point: it may be that of an
 * earlier record.  *end is then the point after which nothing needs to be explained.
 */
static int look_for_tail(struct subject *s, size_t *end)
{
	size_t last = s->points.n - 1, join = 0, reached;
	const struct item *all = s->track.all;

	if (s->joins[last - 1].joins)
		return 0;
	reached = last_reached(s, &join);
	if (reached != SIZE_MAX) {
		*end = join;
		return row_has_gap(s->row, GAP_UNQUOTED_TAIL) ? 0 : add_tail(s, reached);
	}
	if (!hash_equal(s->row->start, s->row->reg.value, s->row->reg.size))
		return 0;
	*end = 0;
	return add(s, X_NOT_EXTENDED, &all[0], &all[s->track.n - 1], true);
}

static int look_at_points(struct subject *s)
{
	size_t end;
	int r = points_make(&s->track, s->row, &s->points);

	if (r == 0)
		r = points_join(s);
	if (r < 0)
		return r;
	end = s->points.n - 1;
	r = look_for_tail(s, &end);
	for (size_t from = 0; r >= 0 && from < end; from++) {
		size_t to = from;

		while (to < end && !s->joins[to].joins)
			to++;
		if (to > from) {
			r = solve_run(s, from, to);
			from = to - 1;
		}
	}
	return r;
}

/* --- hypotheses that cannot be tested ---------------------------------------------------- */

static int look_for_torn_line(const struct subject *s)
{
	const struct findings *f = &s->run->report->data->findings;
	const struct item *last = &s->track.all[s->track.n - 1];
	const struct pack *p = s->track.pack;

	for (size_t i = 0; i < f->n; i++)
		if (f->all[i].id == F_TEXT_NO_FINAL_NEWLINE &&
		    f->all[i].log == pack_source(p, last->at) &&
		    f->all[i].record == pack_record(p, last->at))
			return add(s, X_TORN_LAST_LINE, last, last, false);
	return 0;
}

/* A log with more readings than are followed. */
static int add_nothing(const struct subject *s)
{
	const struct track *t = &s->track;

	if (s->answer->n || !t->n)
		return 0;
	return add(s, X_UNDECIDABLE, &t->all[0], &t->all[t->n - 1], false);
}

/* Others extend registers too, and log it elsewhere. */
static int look_for_others(const struct subject *s)
{
	const struct around *around = &s->run->around;
	const char *what = around_systemd_measures(around, s->row);
	int r = 0;

	if (around_ima_extends(around, s->row))
		r = add(s, X_IMA_EXTENDS_TOO, NULL, NULL, false);
	if (r == 0 && what)
		r = answer_fact(s->answer, &(struct fact){ .id = X_SYSTEMD_EXTENDS_TOO,
							   .row = s->row,
							   .what = what });
	if (r == 0 && s->run->hibernated)
		r = add(s, X_HIBERNATED, NULL, NULL, false);
	return r;
}

/* What the events of its platform are known to lose: that of the last one. */
static const struct event_class *class_of(const struct run *run, const struct row *row)
{
	const struct event_class *last = NULL;
	const struct tsmmr_event *e;
	struct pack_walk walk;

	pack_walk(&run->pack, 0, run->n_logs, &walk);
	while ((e = pack_next(&walk)))
		if (e->measured && platform_same(e->platform, row->reg.platform))
			last = e->class;
	return last;
}

/* A register that no log is about. */
static int look_without_log(const struct subject *s)
{
	struct found all[FOUND_MAX];
	uint64_t budget = s->budget;
	uint8_t start[TSMMR_HASH_SIZE_MAX];
	struct problem p = {
		.ctx = s->run->ctx,
		.h = s->h,
		.size = s->h->alg->size,
		.report = s->run->report,
		.row = s->row,
		.values = start,
		.target = s->row->reg.value,
		.class = class_of(s->run, s->row),
		.from_start = true,
		.to_end = true,
		.pack = &s->run->pack,
		.n_logs = s->run->n_logs,
		.budget = &budget,
	};
	int r = 0, n;

	memcpy(start, s->row->start, p.size);
	n = s->row->reg.desc->kind == TSMMR_KIND_RUNTIME ? problem_solve(&p, all) : 0;
	for (int i = 0; r == 0 && i < n; i++)
		r = answer_found(s->answer, &p, &all[i]);
	if (n >= 0 && r == 0)
		r = add_elsewhere(s);
	if (n >= 0 && r == 0 && s->run->has_reference)
		r = reference_look(s->h, &s->run->pack, s->run->n_logs, s->row, s->answer);
	if (n < 0 || r < 0)
		return n < 0 ? n : r;
	if (!s->answer->n)
		r = add(s, X_NO_LOG, NULL, NULL, false);
	return r < 0 || s->answer->n > 1 || n ? r : look_for_others(s);
}

/* --- a register, a report ---------------------------------------------------------------- */

static int look_at_logs(struct subject *s)
{
	const struct row *row = s->row;
	bool broken = row->status == TSMMR_STATUS_MISMATCH || row->too_many ||
		      row_has_gap(row, GAP_UNLOGGED);
	int r = track_make(s->h, &s->run->pack, 0, s->run->n_logs, row, &s->track);

	for (size_t i = 0; r == 0 && i < row->n_gaps; i++)
		r = add_gap(s, &row->gaps[i]);
	if (r == 0 && s->run->has_reference)
		r = reference_look(s->h, &s->run->pack, s->run->n_logs, s->row, s->answer);
	if (r == 0 && broken && s->track.n)
		r = look_at_points(s);
	if (r == 0 && row->status == TSMMR_STATUS_MISMATCH)
		r = add_elsewhere(s);
	if (r == 0 && s->undecided && row->status == TSMMR_STATUS_MISMATCH)
		r = look_for_torn_line(s);
	if (r == 0 && s->undecided && row->status == TSMMR_STATUS_MISMATCH)
		r = look_for_others(s);
	return r < 0 ? r : add_nothing(s);
}

/* Does the replay leave a question?  Who vouches for a value is none of the log's. */
static bool is_to_explain(const struct subject *s)
{
	int judged = s->judged->status, replayed = s->row->status;

	if (!s->row->reg.has_value)
		return false;
	return s->judged->differs ||
	       ((judged == TSMMR_STATUS_MISMATCH || judged == TSMMR_STATUS_INCOMPLETE) &&
		(replayed == TSMMR_STATUS_MISMATCH || replayed == TSMMR_STATUS_INCOMPLETE));
}

/* Without a question no log is looked at. */
static bool is_answered(const struct tsmmr_report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct subject s = {
			.row = report_row(report, i),
			.judged = report_judged(report, i),
		};

		if (is_to_explain(&s))
			return false;
	}
	return true;
}

static size_t common(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i = 0;

	while (i < n && a[i] == b[i])
		i++;
	return i;
}

/* No log can match both: which of the values asked for is most like the one there is? */
static int look_at_references(const struct subject *s)
{
	const struct tsmmr_report *report = s->run->report;
	const struct tsmmr_reg *reg = &s->row->reg;
	size_t i = (size_t)(s->row - report->data->rows), n = 0;
	const struct reference *ref;
	struct span nearest = { 0 };
	const char *set;

	for (; (ref = judge_reference(report, i, n, &set)); n++)
		if (ref->size == reg->size &&
		    (!nearest.p || common(ref->value, reg->value, reg->size) >
					   common(nearest.p, reg->value, reg->size)))
			nearest = span_of(ref->value, ref->size);
	return answer_differs(s->answer, s->row, nearest, n);
}

static int look_at(struct subject *s)
{
	const struct tsmmr_reg *reg = &s->row->reg;
	int r = 0;

	if (!is_to_explain(s))
		return 0;
	if (s->judged->differs)
		r = look_at_references(s);
	if (r == 0)
		r = hashers_get(&s->run->hashers, reg->alg, &s->h);
	if (r < 0)
		return r == TSMMR_E_UNSUPPORTED || lacks_algorithm(r) ? 0 : r;
	return s->row->events ? look_at_logs(s) : look_without_log(s);
}

static int explain_row(struct run *run, size_t i, struct answer *answer)
{
	uint64_t budget = run->budget_all < run->budget_each ? run->budget_all : run->budget_each;
	struct subject s = {
		.run = run,
		.row = report_row(run->report, i),
		.judged = report_judged(run->report, i),
		.answer = answer,
		.budget = budget,
	};
	int r = look_at(&s);

	run->budget_all -= budget - s.budget;
	track_done(&s.track);
	points_done(&s.points);
	free(s.joins);
	return r;
}

static bool matches(const struct answer *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->all[i].would_match)
			return true;
	return false;
}

/* What was found of one register says something about another, where nothing was found. */
static int add_to_others(struct run *run, struct answer *answers, size_t from)
{
	const struct row *row = report_row(run->report, from);
	const struct item taken = { answers[from].taken, NULL };

	for (size_t i = 0; taken.at && i < run->report->n; i++) {
		const struct row *other = report_row(run->report, i);
		struct pack_room room;
		int r;

		if (!answers[i].n || matches(&answers[i]) || other->reg.alg != row->reg.alg ||
		    !event_is_of(pack_get(&run->pack, taken.at, &room), other))
			continue;
		r = answer_fact(&answers[i], &(struct fact){ .id = X_RECORD_ELSEWHERE,
							     .first = &taken,
							     .last = &taken,
							     .row = row });
		if (r < 0)
			return r;
	}
	return 0;
}

static int explain_rows(struct run *run, struct answer *answers)
{
	size_t n = run->report->n;
	int r = around_find_repeat(&run->around);

	run->hibernated = around_hibernated(&run->around);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = ctx_check(run->ctx, NULL);
		if (r == 0)
			r = explain_row(run, i, &answers[i]);
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_to_others(run, answers, i);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = answer_finish(&answers[i], run->report, report_row(run->report, i));
	return r;
}

static int fail_explaining(int r, struct tsmmr_error *err)
{
	return fail(err, r, "%s",
		    r == TSMMR_E_NOMEM     ? "out of memory" :
		    r == TSMMR_E_CANCELLED ? "cancelled" :
					     "cannot explain");
}

/* Everything is in the run's pack. */
static int explain_all(struct run *run, struct tsmmr_explain **ret, struct tsmmr_error *err)
{
	_cleanup_(explain_free) struct tsmmr_explain *x = calloc(1, sizeof(*x));
	size_t n = run->report->n;
	int r;

	if (!x)
		return fail_nomem(err);
	x->answers = calloc(n ? n : 1, sizeof(*x->answers));
	if (!x->answers)
		return fail_nomem(err);
	x->n = n;
	x->of = report_ref(run->report);
	for (size_t i = 0; i < n; i++)
		x->answers[i].pack = &run->pack;
	r = explain_rows(run, x->answers);
	/* They outlive it. */
	for (size_t i = 0; i < n; i++) {
		x->answers[i].pack = NULL;
		x->answers[i].taken = NULL;
	}
	if (r < 0)
		return fail_explaining(r, err);

	*ret = take_ptr(x);
	return 0;
}

/* The run's logs, each checked against the report where it may be another. */
static int pack_logs(struct run *run, struct tsmmr_stream *const *streams, bool check,
		     struct tsmmr_error *err)
{
	const struct log_info *logs = run->report->data->logs;
	int r = 0;

	for (size_t i = 0; r == 0 && i < run->n_logs; i++) {
		uint8_t identity[32];

		r = pack_add(run->ctx, &run->pack, streams[i], check ? identity : NULL, err);
		if (r == 0 && check && !hash_equal(identity, logs[i].identity, sizeof(identity)))
			r = fail(err, TSMMR_E_ARG, "this is not the log that the report is of");
		if (r < 0 && error_filled(err))
			err->log = i;
	}
	return r;
}

static int explain_streams(const struct tsmmr_ctx *ctx, const struct tsmmr_report *report,
			   struct tsmmr_stream *const *streams, size_t n, bool check,
			   struct tsmmr_stream *reference, struct tsmmr_explain **ret,
			   struct tsmmr_error *err)
{
	bool answered = is_answered(report);
	struct run run = {
		.ctx = ctx,
		.report = report,
		.n_logs = answered ? 0 : n,
		.has_reference = reference,
		.pack.each = sizeof(struct item),
		.hashers.crypto = ctx->crypto,
		.budget_each = ctx->limits.explain ? ctx->limits.explain : EXPLAIN_BUDGET,
	};
	int r;

	if (__builtin_mul_overflow(run.budget_each, EXPLAIN_ROWS_BUDGET, &run.budget_all))
		run.budget_all = UINT64_MAX;
	run.around = (struct around){ .report = report, .pack = &run.pack, .n_logs = run.n_logs };
	r = pack_logs(&run, streams, check, err);
	/* What is wrong with it is wrong whatever is to be explained. */
	if (r == 0 && reference) {
		r = pack_add(ctx, &run.pack, reference, NULL, err);
		if (r < 0 && error_filled(err))
			err->log = n;
	}
	if (r == 0)
		r = explain_all(&run, ret, err);
	hashers_done(&run.hashers);
	pack_done(&run.pack);
	return r;
}

int explain_new(const struct tsmmr_ctx *ctx, const struct tsmmr_report *report,
		struct tsmmr_log *const *logs, size_t n, const struct tsmmr_log *reference,
		struct tsmmr_explain **ret, struct tsmmr_error *err)
{
	struct tsmmr_stream *streams[REPORT_LOGS_MAX] = { NULL };
	_cleanup_(stream_free) struct tsmmr_stream *other = NULL;
	int r = !n && is_answered(report) ? 0 : report_check_logs(report, logs, n, err);

	if (r < 0)
		return r;
	if (streams_over_logs(logs, n, streams) < 0 ||
	    (reference && stream_over_log(reference, &other) < 0))
		r = fail_nomem(err);
	if (r == 0)
		r = explain_streams(ctx, report, streams, n, false, other, ret, err);
	streams_free(streams, n);
	return r;
}

int explain_new_streams(const struct tsmmr_ctx *ctx, const struct tsmmr_report *report,
			struct tsmmr_stream *const *streams, size_t n,
			struct tsmmr_stream *reference, struct tsmmr_explain **ret,
			struct tsmmr_error *err)
{
	struct tsmmr_stream *all[REPORT_LOGS_MAX + 1];
	int r = !n && is_answered(report) ? 0 : report_check_pass(report, streams, n, err);

	if (r == 0 && reference) {
		for (size_t i = 0; i < n; i++)
			all[i] = streams[i];
		all[n] = reference;
		r = report_check_streams(all, n + 1, err);
	}
	return r < 0 ? r : explain_streams(ctx, report, streams, n, true, reference, ret, err);
}
