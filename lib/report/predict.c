/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What registers will hold once something that a log measures is replaced: the log is a recipe of
 * its machine, which is followed with other ingredients.
 */
#include "report/predict.h"

#include "util/error.h"

static struct tsmmr_prediction *make(size_t n)
{
	_cleanup_(predict_free) struct tsmmr_prediction *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->streams = calloc(n + 1, sizeof(struct tsmmr_stream *));
	if (!p->streams)
		return NULL;
	p->n_logs = n;
	return take_ptr(p);
}

/* What the logs are now. */
static int look(struct tsmmr_prediction *p, struct tsmmr_ctx *ctx, struct tsmmr_error *err)
{
	p->set.crypto = ctx->crypto;
	p->ctx = ctx;
	return predict_report(p, NULL, &p->was, err);
}

int predict_new(struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs, size_t n,
		const struct tsmmr_report *report, struct tsmmr_prediction **ret,
		struct tsmmr_error *err)
{
	_cleanup_(predict_free) struct tsmmr_prediction *p = make(n);
	int r;

	if (!p)
		return fail_nomem(err);
	p->over_logs = true;
	if (streams_over_logs(logs, n, p->streams) < 0)
		return fail_nomem(err);
	r = report ? report_check_logs(report, logs, n, err) : 0;
	if (r == 0)
		r = look(p, ctx, err);
	if (r < 0)
		return r;
	p->vouched = report ? report_ref(report) : NULL;
	*ret = take_ptr(p);
	return 0;
}

int predict_new_streams(struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams, size_t n,
			const struct tsmmr_report *report, struct tsmmr_prediction **ret,
			struct tsmmr_error *err)
{
	_cleanup_(predict_free) struct tsmmr_prediction *p = make(n);
	int r = report_check_streams(streams, n, err);

	if (r < 0)
		return r;
	if (!p)
		return fail_nomem(err);
	memcpy(p->streams, streams, n * sizeof(struct tsmmr_stream *));
	r = look(p, ctx, err);
	if (r == 0 && report)
		r = report_check_same(report, p->was, err);
	if (r < 0)
		return r;
	p->vouched = report ? report_ref(report) : NULL;
	*ret = take_ptr(p);
	return 0;
}

void predict_step_done(struct predict_step *step)
{
	free(step->what);
	free(step->swaps);
	free(step->reg);
	buf_done(&step->before);
	buf_done(&step->after);
}

void predict_free(struct tsmmr_prediction *p)
{
	if (!p)
		return;
	if (p->over_logs)
		streams_free(p->streams, p->n_logs);
	free(p->streams);
	for (size_t i = 0; i < p->n_steps; i++)
		predict_step_done(&p->steps[i]);
	free(p->steps);
	free(p->select);
	for (size_t i = 0; i < p->n_notes; i++)
		free(p->notes[i].text);
	for (size_t i = 0; i < p->n_doubts; i++)
		platform_unref(p->doubts[i].platform);
	free(p->doubts);
	report_free(p->vouched);
	report_free(p->was);
	report_free(p->will);
	hashers_done(&p->set);
	free(p);
}

int predict_add(struct tsmmr_prediction *p, struct predict_step *step, struct tsmmr_error *err)
{
	struct predict_step *all = reallocarray(p->steps, p->n_steps + 1, sizeof(*all));

	if (all)
		p->steps = all;
	if (all && p->n_steps < PREDICT_STEPS_MAX) {
		all[p->n_steps++] = *step;
		return 0;
	}
	predict_step_done(step);
	return all ? fail(err, TSMMR_E_LIMIT, "more than %d replacements", PREDICT_STEPS_MAX) :
		     fail_nomem(err);
}

int predict_hashes(struct tsmmr_prediction *p, struct hashers *ret, struct tsmmr_error *err)
{
	for (size_t i = 0; i < p->n_algs; i++) {
		struct hasher *unused;
		int r = hashers_get(ret, p->algs[i], &unused);

		if (r < 0 && r != TSMMR_E_UNSUPPORTED && !lacks_algorithm(r))
			return fail_low(err, r);
	}
	return 0;
}

static int keep(struct tsmmr_prediction *p, const char *list, struct tsmmr_error *err)
{
	_cleanup_(report_free) struct tsmmr_report *all = p->will;

	p->will = NULL;
	return report_select(all, list, &p->will, err);
}

static int keep_only(struct predict_run *run, struct tsmmr_error *err)
{
	struct tsmmr_prediction *p = run->p;
	int r = 0;

	for (size_t i = 0; r == 0 && i < run->n_others; i++)
		r = predict_note(p, 0, run->others[i].record, "%s", run->others[i].text);
	if (r == 0)
		r = predict_note(p, TSMMR_NONE, TSMMR_NONE,
				 "pcr9, pcr12 and pcr13 get what is not in the image alone: its "
				 "initrd and command line as the kernel gets them, credentials, "
				 "extensions, add-ons");
	return r < 0 ? fail_nomem(err) : keep(p, p->only, err);
}

static int run_both(struct predict_run *run, struct tsmmr_error *err)
{
	struct tsmmr_prediction *p = run->p;
	int r = predict_report(p, run, &p->will, err);

	if (r < 0)
		return r;
	r = predict_check(run);
	if (r < 0)
		return fail_low(err, r);
	if (p->only)
		r = keep_only(run, err);
	return r == 0 && p->select ? keep(p, p->select, err) : r;
}

int predict_run(struct tsmmr_prediction *p, struct tsmmr_error *err)
{
	struct predict_run run = { .p = p };
	int r = replay_new(p->ctx, NULL, &run.was);

	p->ran = true;
	if (r == 0)
		r = replay_new(p->ctx, NULL, &run.will);
	r = r < 0 ? fail_nomem(err) : run_both(&run, err);
	replay_free(run.was);
	replay_free(run.will);
	free(run.loose);
	for (size_t i = 0; i < run.n_others; i++)
		free(run.others[i].text);
	return r;
}
