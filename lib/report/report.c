/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs and registers compared. */
#include "report/judge.h"

#include "core/names.h"
#include "core/select.h"
#include "util/error.h"

struct report_data *report_data_ref(struct report_data *d)
{
	users_add(&d->users);
	return d;
}

void report_data_unref(struct report_data *d)
{
	if (!d || !users_drop(&d->users))
		return;
	for (size_t i = 0; i < d->n_logs; i++) {
		platform_unref(d->logs[i].platform);
		free(d->logs[i].speaks);
	}
	for (size_t i = 0; i < d->n_sources; i++)
		free(d->sources[i].name);
	for (size_t i = 0; i < d->n_rows; i++)
		platform_unref(d->rows[i].reg.platform);
	regs_free(d->regs);
	findings_done(&d->findings);
	free(d->row_sets);
	free(d->rows);
	free(d);
}

struct tsmmr_report *report_ref(const struct tsmmr_report *report)
{
	/* Counting is no change that anybody can see. */
	struct tsmmr_report *r = (struct tsmmr_report *)(uintptr_t)report;

	users_add(&r->users);
	return r;
}

void report_free(struct tsmmr_report *report)
{
	if (!report || !users_drop(&report->users))
		return;
	for (size_t i = 0; i < report->n_reasons; i++)
		free(report->reasons[i].what);
	free(report->reasons);
	free(report->judged);
	free(report->proven);
	free(report->rows);
	policy_unref(report->policy);
	report_data_unref(report->data);
	free(report);
}

static int note_readings(struct report_data *d)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->n_rows; i++) {
		const struct row *row = &d->rows[i];

		if (row->too_many)
			r = findings_add(&d->findings, F_TEXT_TOO_MANY_CANDIDATES, TSMMR_NONE,
					 TSMMR_NONE, TSMMR_NONE,
					 "%s: hints after a SYNC line allow more than %d readings",
					 row->reg.desc->name, CANDIDATES_MAX);
		else if (row->let_go)
			r = findings_add(&d->findings, F_TEXT_TOO_MANY_CANDIDATES, TSMMR_NONE,
					 TSMMR_NONE, TSMMR_NONE,
					 "%s: not all readings were looked at that take SYNC lines "
					 "for untrue",
					 row->reg.desc->name);
		if (r == 0 && row->twice)
			r = findings_add(&d->findings, F_AAEL_IN_TWO_LOGS, TSMMR_NONE, TSMMR_NONE,
					 TSMMR_NONE, "%s: the agent's records stand in two logs",
					 row->reg.desc->name);
		if (r == 0 && row->padded)
			r = findings_add(&d->findings, F_IMA_PADDED_DIGESTS, TSMMR_NONE, TSMMR_NONE,
					 TSMMR_NONE, "%s: SHA-1 digests, padded to the bank's size",
					 row->reg.desc->name);
		if (r == 0 && row->in_regs && row->events && row->reg.has_value &&
		    row->reg.desc->flags & TSMMR_REG_RESETTABLE)
			r = findings_add(&d->findings, F_REGISTER_RESETTABLE, TSMMR_NONE,
					 TSMMR_NONE, TSMMR_NONE,
					 "%s: software can reset it: it carries no verdict alone",
					 row->name);
	}
	return r;
}

/* Has anybody a value of a register that this log is about? */
static bool is_shared(const struct report_data *d, const struct platform *p)
{
	bool shared = p->users != NULL;

	for (size_t k = 0; k < d->regs->n; k++)
		shared |= platform_same(d->regs->regs[k].platform, p);
	return shared;
}

/*
 * A PCR log says nothing about RTMRs, whatever the numbers are.  A machine can have both
 * logs; where it is the only one there is, the caller has taken one for the other.
 */
static int note_spaces(struct report_data *d)
{
	static const char own[] = "numbers of its own";
	bool any = false;
	int r = 0;

	if (!d->regs || !d->regs->n)
		return 0;
	for (size_t i = 0; i < d->n_logs; i++)
		any |= is_shared(d, d->logs[i].platform);
	for (size_t i = 0; r == 0 && i < d->n_logs; i++) {
		const struct platform *p = d->logs[i].platform, *q = d->regs->regs[0].platform;
		const char *of_log = space_name(p->cel_space), *of_regs = space_name(q->cel_space);

		if (is_shared(d, p))
			continue;
		r = findings_add(&d->findings, any ? F_INDEX_SPACE_DIFFERS : F_INDEX_SPACE_WRONG,
				 d->logs[i].first, TSMMR_NONE, TSMMR_NONE,
				 "this log is about %s registers (%s), the evidence "
				 "about %s (%s)",
				 p->name, of_log ? of_log : own, q->name, of_regs ? of_regs : own);
	}
	return r;
}

static int note_capped(struct report_data *d)
{
	uint64_t dropped = d->findings.dropped;

	if (!dropped)
		return 0;
	return findings_add(&d->findings, F_FINDINGS_CAPPED, TSMMR_NONE, TSMMR_NONE, TSMMR_NONE,
			    "%llu more findings are not listed", (unsigned long long)dropped);
}

static int take_findings(struct report_data *d, const struct replay *r,
			 struct tsmmr_stream *const *streams)
{
	int rc = d->regs ? findings_merge(&d->findings, &d->regs->findings, TSMMR_NONE) : 0;

	for (size_t i = 0; rc == 0 && i < d->n_logs; i++)
		rc = findings_merge(&d->findings, &streams[i]->findings, d->logs[i].first);
	for (size_t i = 0; rc == 0 && i < r->findings.n; i++) {
		const struct tsmmr_finding *f = &r->findings.all[i];

		rc = findings_add(&d->findings, f->id, f->log, f->record, f->offset, "%s", f->text);
	}
	d->findings.dropped += r->findings.dropped;
	if (rc == 0)
		rc = note_readings(d);
	if (rc == 0)
		rc = note_spaces(d);
	if (rc == 0)
		rc = aggregates_check(r, &d->findings);
	return rc < 0 ? rc : note_capped(d);
}

/* The log that a stream is, or those that a merged one was made of. */
static int add_sources(struct report_data *d, const struct tsmmr_stream *s, struct tsmmr_error *err)
{
	const struct log_source own = { s->name, s->format, 0, s->chosen };
	const struct tsmmr_log *log = stream_log(s);
	const struct log_source *all = log ? log->sources : &own;
	size_t n = log ? log->n_sources : 1;

	if (n > REPORT_LOGS_MAX - d->n_sources)
		return fail(err, TSMMR_E_ARG, "more than %d logs, those in merged ones counted",
			    REPORT_LOGS_MAX);
	for (size_t i = 0; i < n; i++)
		if (log_source_copy(&all[i], &d->sources[d->n_sources++]) < 0)
			return fail_nomem(err);
	return 0;
}

/* Which log this is: identity is NULL where it is known of a frozen one, or nobody will ask. */
static int end_identity(struct identity *identity, struct log_info *info, struct tsmmr_error *err)
{
	int r = identity ? identity_end(identity, info->identity) : 0;

	return r < 0 ? fail_low(err, r) : 0;
}

static int replay_stream(const struct tsmmr_ctx *ctx, struct replay *r, struct report_data *d,
			 size_t i, struct tsmmr_stream *s, struct identity *identity,
			 struct tsmmr_error *err)
{
	struct log_info *info = &d->logs[i];
	const struct tsmmr_event *e;
	int rc;

	info->first = d->n_sources;
	rc = add_sources(d, s, err);
	if (rc < 0)
		return rc;
	rc = identity ? identity_start(identity, ctx->crypto) : 0;
	if (rc < 0)
		return fail_low(err, rc);
	while ((rc = ctx_check(ctx, err)) == 0 && (rc = stream_next(s, &e, err)) > 0) {
		rc = replay_event(r, info->first, e, err);
		if (rc < 0)
			return rc;
		rc = identity ? identity_add(identity, e) : 0;
		if (rc < 0)
			return fail_low(err, rc);
		d->source_events[info->first + e->log]++;
	}
	if (rc == 0)
		rc = end_identity(identity, info, err);
	if (rc < 0)
		return rc;

	info->platform = platform_ref(s->platform);
	info->events = s->n_events;
	info->closed = s->lookalikes;
	if (!stream_log(s))
		d->sources[info->first].n_bytes = s->n_bytes;
	d->n_logs = i + 1;
	return 0;
}

/* Does the record say what was extended in that bank? */
static bool speaks_of(const struct tsmmr_event *e, uint16_t alg)
{
	if (e->mark == MARK_LAUNCH)
		return e->asserted.alg == alg;
	/* Of IMA's the data does, whichever bank's digest stands beside it. */
	return event_digest(e, alg) || (e->n_digests && e->class && e->class->derive);
}

struct row_set report_rows_of(const struct report_data *d, const struct tsmmr_event *e)
{
	const struct reg_desc *desc = event_reg(e);
	struct row_set set = { 0 };

	for (size_t i = 0; e->measured && desc && i < d->n_rows; i++) {
		const struct row *row = &d->rows[i];

		if (row->events && set.n < ARRAY_SIZE(set.rows) &&
		    reg_same(row->reg.platform, row->reg.desc, e->platform, desc) &&
		    speaks_of(e, row->reg.alg))
			set.rows[set.n++] = (uint16_t)i;
	}
	return set;
}

static bool same_set(const struct row_set *a, const struct row_set *b)
{
	bool same = a->n == b->n;

	for (uint16_t i = 0; same && i < a->n; i++)
		same = a->rows[i] == b->rows[i];
	return same;
}

static int find_set(struct report_data *d, const struct row_set *set, uint16_t *ret)
{
	struct row_set *all;

	for (size_t i = 0; i < d->n_row_sets; i++)
		if (same_set(&d->row_sets[i], set)) {
			*ret = (uint16_t)i;
			return 0;
		}
	if (d->n_row_sets == UINT16_MAX)
		return TSMMR_E_NOMEM;
	all = reallocarray(d->row_sets, d->n_row_sets + 1, sizeof(*all));
	if (!all)
		return TSMMR_E_NOMEM;
	d->row_sets = all;
	*ret = (uint16_t)d->n_row_sets;
	all[d->n_row_sets++] = *set;
	return 0;
}

/* What each event speaks of, and which log this is. */
static int note_log(struct report_data *d, size_t i, const struct tsmmr_log *log)
{
	struct log_info *info = &d->logs[i];
	int r = log_identity(log, info->identity);

	info->speaks = calloc(log->n ? log->n : 1, sizeof(*info->speaks));
	if (!info->speaks)
		return TSMMR_E_NOMEM;
	for (size_t k = 0; r == 0 && k < log->n; k++) {
		const struct tsmmr_event *e = &log->events[k];
		struct row_set set = report_rows_of(d, e);

		/* Its events are settled: nothing else says so where a separator is to come. */
		if (e->after_separator == TSMMR_AFTER_NO && e->index < STREAM_INDEX_MAX)
			info->closed |= UINT64_C(1) << e->index;
		r = find_set(d, &set, &info->speaks[k]);
	}
	return r;
}

bool report_event_proven(const struct tsmmr_report *report, uint64_t log, size_t i)
{
	const struct report_data *d = report->data;

	return log < d->n_logs && d->logs[log].speaks && i < d->logs[log].events &&
	       report->proven[d->logs[log].speaks[i]];
}

int report_check_log(const struct tsmmr_report *report, const struct tsmmr_log *log, uint64_t i,
		     struct tsmmr_error *err)
{
	const struct report_data *d = report->data;
	uint8_t identity[32];
	int r;

	if (i < d->n_logs && !d->logs[i].speaks)
		return fail(err, TSMMR_E_ARG, "the report was made from streams");
	r = log_identity(log, identity);
	if (r < 0)
		return fail_low(err, r);
	if (i >= d->n_logs || !hash_equal(identity, d->logs[i].identity, sizeof(identity)))
		return fail(err, TSMMR_E_ARG, "this is not the log that the report is of");
	return 0;
}

/* Number i of those given is the one that failed. */
static int fail_of_log(int code, size_t i, struct tsmmr_error *err)
{
	if (error_filled(err))
		err->log = i;
	return code;
}

/* Twice the same records are no longer story: one of them was meant to be another. */
static int check_different(const struct report_data *d, struct tsmmr_error *err)
{
	const struct log_info *all = d->logs;

	for (size_t i = 0; i < d->n_logs; i++)
		for (size_t k = 0; k < i; k++)
			if (all[i].events && all[i].events == all[k].events &&
			    hash_equal(all[i].identity, all[k].identity, sizeof(all[i].identity)))
				return fail_of_log(fail(err, TSMMR_E_ARG, "the same log twice"), i,
						   err);
	return 0;
}

int report_check_logs(const struct tsmmr_report *report, struct tsmmr_log *const *logs, size_t n,
		      struct tsmmr_error *err)
{
	int r = 0;

	if (n != report->data->n_logs)
		return fail(err, TSMMR_E_ARG, "the report is of %zu logs, not %zu",
			    report->data->n_logs, n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = report_check_log(report, logs[i], i, err);
	return r;
}

int report_check_same(const struct tsmmr_report *report, const struct tsmmr_report *other,
		      struct tsmmr_error *err)
{
	const struct report_data *a = report->data, *b = other->data;

	if (a->no_pass)
		return fail(err, TSMMR_E_ARG, "the report was made without a pass to come");
	if (a->n_logs != b->n_logs)
		return fail(err, TSMMR_E_ARG, "the report is of %zu logs, not %zu", a->n_logs,
			    b->n_logs);
	for (size_t i = 0; i < a->n_logs; i++)
		if (!hash_equal(a->logs[i].identity, b->logs[i].identity,
				sizeof(a->logs[i].identity)))
			return fail_of_log(fail(err, TSMMR_E_ARG,
						"this is not the log that the report is of"),
					   i, err);
	return 0;
}

/* What a report is made of. */
struct ingredients {
	struct tsmmr_stream *const *streams;
	struct tsmmr_log *const *logs; /* that the streams are over, or NULL */
	size_t n;
	bool no_pass, expected_only;
	bool differ; /* no two of them may have the same records */
};

static int compare(struct report_data *d, const struct tsmmr_ctx *ctx, const struct ingredients *of,
		   struct tsmmr_error *err)
{
	_cleanup_(identity_done) struct identity identity = { 0 };
	_cleanup_(replay_free) struct replay *r = NULL;
	bool kept = !of->logs && !of->no_pass;
	int rc = replay_new(ctx, d->regs, &r);

	if (rc < 0)
		return fail_nomem(err);
	r->may_wait = true;
	r->one_reading = !d->regs && of->n == 1 && of->streams[0]->format->asserts_nothing;
	/* What one log replays to, another may be compared with. */
	r->expected_only =
		of->expected_only && d->regs && of->n == 1 && of->streams[0]->decoder->own_digests;
	for (size_t i = 0; i < of->n; i++) {
		rc = replay_stream(ctx, r, d, i, of->streams[i], kept ? &identity : NULL, err);
		if (rc < 0)
			return fail_of_log(rc, i, err);
	}

	d->texts_differ = r->texts_differ;
	rc = replay_settle(r);
	if (rc == 0)
		rc = status_rows(d, r);
	if (rc == 0)
		rc = take_findings(d, r, of->streams);
	for (size_t i = 0; rc == 0 && of->logs && i < of->n; i++)
		rc = note_log(d, i, of->logs[i]);
	return rc < 0 ? fail_low(err, rc) : 0;
}

/* Judges data under a policy.  Takes references to both. */
static int judge_data(struct report_data *d, const struct tsmmr_policy *policy,
		      struct tsmmr_report **ret, struct tsmmr_error *err)
{
	_cleanup_(report_free) struct tsmmr_report *report = calloc(1, sizeof(*report));
	int r;

	if (!report)
		return fail_nomem(err);
	report->users = 1;
	report->data = report_data_ref(d);
	if (policy)
		report->policy = policy_ref(policy);
	else if (policy_new(report->data->crypto, NULL, 0, &report->policy) < 0)
		return fail_nomem(err);
	__atomic_store_n(&report->policy->used, true, __ATOMIC_RELEASE);

	report->judged = calloc(d->n_rows ? d->n_rows : 1, sizeof(*report->judged));
	report->rows = calloc(d->n_rows ? d->n_rows : 1, sizeof(*report->rows));
	report->proven = calloc(d->n_row_sets ? d->n_row_sets : 1, 1);
	if (!report->judged || !report->rows || !report->proven)
		return fail_nomem(err);
	r = policy_hash(report->policy, report->policy_hash);
	if (r < 0)
		return fail_low(err, r);
	for (size_t i = 0; i < d->n_rows; i++)
		report->rows[i] = i;
	report->n = d->n_rows;
	r = judge_report(report, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < d->n_row_sets; i++)
		for (size_t k = 0; k < d->row_sets[i].n; k++) {
			report->proven[i] |= report_row_proven(report, d->row_sets[i].rows[k]);
		}

	*ret = take_ptr(report);
	return 0;
}

static int report_make(const struct tsmmr_ctx *ctx, const struct ingredients *of,
		       const struct tsmmr_regs *regs, const struct tsmmr_policy *policy,
		       struct tsmmr_report **ret, struct tsmmr_error *err)
{
	struct report_data *d;
	int r = 0;

	if (of->n > REPORT_LOGS_MAX)
		return fail(err, TSMMR_E_ARG, "more than %d logs", REPORT_LOGS_MAX);
	d = calloc(1, sizeof(*d));
	if (!d)
		return fail_nomem(err);
	d->users = 1;
	d->findings.each = ctx->limits.findings;
	d->crypto = ctx->crypto;
	d->no_pass = of->no_pass;

	if (regs && regs_copy(regs, 0, &d->regs) < 0)
		r = fail_nomem(err);
	if (r == 0)
		r = compare(d, ctx, of, err);
	if (r == 0 && of->differ)
		r = check_different(d, err);
	if (r == 0)
		r = judge_data(d, policy, ret, err);
	report_data_unref(d);
	return r;
}

int report_check_streams(struct tsmmr_stream *const *streams, size_t n, struct tsmmr_error *err)
{
	for (size_t i = 0; i < n; i++) {
		/* Its end would pass for the whole. */
		if (stream_was_read(streams[i]))
			return fail_of_log(fail(err, TSMMR_E_ARG,
						"a stream that was read from before"),
					   i, err);
		for (size_t k = 0; k < i; k++)
			if (streams[k] == streams[i])
				return fail_of_log(fail(err, TSMMR_E_ARG, "the same stream twice"),
						   i, err);
	}
	return 0;
}

int report_check_pass(const struct tsmmr_report *report, struct tsmmr_stream *const *streams,
		      size_t n, struct tsmmr_error *err)
{
	const struct report_data *d = report->data;
	int r = report_check_streams(streams, n, err);

	if (r < 0)
		return r;
	if (d->no_pass)
		return fail(err, TSMMR_E_ARG, "the report was made without a pass to come");
	if (n != d->n_logs)
		return fail(err, TSMMR_E_ARG, "the report is of %zu logs, not %zu", d->n_logs, n);
	return 0;
}

int report_new(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams, size_t n,
	       const struct tsmmr_regs *regs, const struct tsmmr_policy *policy,
	       struct tsmmr_report **ret, struct tsmmr_error *err)
{
	const struct ingredients of = {
		.streams = streams,
		.n = n,
		.no_pass = ctx->flags & TSMMR_CTX_NO_PASS,
		.expected_only = ctx->flags & TSMMR_CTX_EXPECTED_ONLY,
	};
	int r = report_check_streams(streams, n, err);

	return r < 0 ? r : report_make(ctx, &of, regs, policy, ret, err);
}

int report_new_twice(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams, size_t n,
		     const struct tsmmr_regs *regs, const struct tsmmr_policy *policy,
		     struct tsmmr_report **ret, struct tsmmr_error *err)
{
	const struct ingredients of = { .streams = streams, .n = n, .differ = true };
	int r = report_check_streams(streams, n, err);

	return r < 0 ? r : report_make(ctx, &of, regs, policy, ret, err);
}

int report_new_logs(const struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs, size_t n,
		    const struct tsmmr_regs *regs, const struct tsmmr_policy *policy,
		    struct tsmmr_report **ret, struct tsmmr_error *err)
{
	struct tsmmr_stream *streams[REPORT_LOGS_MAX];
	const struct ingredients of = {
		.streams = streams,
		.logs = logs,
		.n = n,
		.no_pass = ctx->flags & TSMMR_CTX_NO_PASS,
		.differ = true,
	};
	int r;

	if (n > REPORT_LOGS_MAX)
		return fail(err, TSMMR_E_ARG, "more than %d logs", REPORT_LOGS_MAX);
	if (streams_over_logs(logs, n, streams) < 0)
		return fail_nomem(err);
	r = report_make(ctx, &of, regs, policy, ret, err);
	streams_free(streams, n);
	return r;
}

int report_judge(const struct tsmmr_report *report, const struct tsmmr_policy *policy,
		 struct tsmmr_report **ret, struct tsmmr_error *err)
{
	return judge_data(report->data, policy, ret, err);
}

int report_select(const struct tsmmr_report *report, const char *only, struct tsmmr_report **ret,
		  struct tsmmr_error *err)
{
	_cleanup_(report_free) struct tsmmr_report *new = NULL;
	struct span list = span_of(only, strlen(only));
	size_t n = 0;
	int r = judge_data(report->data, report->policy, &new, err);

	if (r == 0)
		r = select_matches(only, "", NULL, 0, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < report->n; i++)
		if (row_selected(report_row(report, i), list))
			new->rows[n++] = report->rows[i];
	if (!n)
		return fail(err, TSMMR_E_NOTFOUND, "no register is '%s'", only);

	new->n = n;
	*ret = take_ptr(new);
	return 0;
}
