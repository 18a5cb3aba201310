/* SPDX-License-Identifier: BSD-2-Clause */
/* A file in place of another: by what either is measured, side by side. */
#include "known/image.h"
#include "known/uki_log.h"
#include "live/open.h"
#include "live/live.h"
#include "report/predict.h"
#include "util/error.h"

#define SWAPS_MAX 256

struct measured {
	struct predict_step *step;
	bool new;
};

static bool fits(const void *rule, const struct tsmmr_event *e)
{
	return image_rule_fits(rule, e);
}

/* Where a measure belongs: among its kind in the order of parts, a name before what it names. */
static int order_of(const struct predict_swap *s, const struct image_measure *m)
{
	const struct image_rule *rule = s->rule;

	if (s->chained != (m->rule == &image_rule_section || m->rule == &image_rule_section_name))
		return s->chained ? -1 : 1;
	if (s->order != m->order)
		return s->order < m->order ? -1 : 1;
	if (rule == m->rule)
		return strcmp(s->part, m->part);
	return s->chained ? (rule == &image_rule_section_name ? -1 : 1) : -1;
}

/* The row that is of m, or a new one in its place. */
static struct predict_swap *row_of(struct predict_step *step, const struct image_measure *m)
{
	struct predict_swap *all;
	size_t at = 0;

	for (size_t i = 0; i < step->n_swaps; i++)
		if (step->swaps[i].rule == m->rule && strcmp(step->swaps[i].part, m->part) == 0)
			return &step->swaps[i];
	if (step->n_swaps == SWAPS_MAX)
		return NULL;
	all = reallocarray(step->swaps, step->n_swaps + 1, sizeof(*all));
	if (!all)
		return NULL;
	step->swaps = all;
	while (at < step->n_swaps && order_of(&all[at], m) < 0)
		at++;
	memmove(&all[at + 1], &all[at], (step->n_swaps - at) * sizeof(*all));
	step->n_swaps++;
	all[at] = (struct predict_swap){
		.fits = fits,
		.rule = m->rule,
		.id = m->rule->id,
		.part = m->part,
		.order = m->order,
		.pcrs = m->rule->pcrs,
		.tagged = m->rule->tag,
		.whole = m->rule == &image_rule_file,
		.chained = m->rule == &image_rule_section || m->rule == &image_rule_section_name,
	};
	return &all[at];
}

static int take(void *user, const struct image_measure *m, struct tsmmr_error *err)
{
	const struct measured *of = user;
	struct predict_swap *s = row_of(of->step, m);

	if (!s)
		return fail_nomem(err);
	if (of->new)
		s->has_new = true;
	else
		s->has_old = true;
	for (size_t i = 0; i < m->n_digests; i++) {
		s->algs[i] = m->digests[i].alg;
		memcpy(of->new ? s->new[i] : s->old[i], m->digests[i].value.p,
		       m->digests[i].value.n);
	}
	return 0;
}

static int measure(const char *role, const struct image_job *job, struct tsmmr_error *err)
{
	bool is_pe = false;
	int r;

	if (role)
		return image_measures(role, job, err);
	r = image_measures("file", job, err);
	if (r == 0)
		r = pe_looks(job->image, &is_pe, err);
	return r == 0 && is_pe ? image_measures("pe", job, err) : r;
}

int predict_file(struct tsmmr_prediction *p, const char *role, const struct image images[2],
		 const char *what, struct tsmmr_error *err)
{
	_cleanup_(hashers_done) struct hashers set = { .crypto = p->ctx->crypto };
	struct predict_step step = { .kind = PREDICT_FILE, .what = strdup(what) };
	struct measured of = { .step = &step };
	struct image_job job = { .hashes = &set, .sink = take, .user = &of };
	int r = step.what ? predict_hashes(p, &set, err) : fail_nomem(err);

	for (size_t i = 0; r == 0 && i < 2; i++) {
		of.new = i;
		job.image = &images[i];
		r = measure(role, &job, err);
	}
	if (r == 0)
		return predict_add(p, &step, err);
	predict_step_done(&step);
	return r;
}

int predict_uki_log(const struct tsmmr_ctx *ctx, const struct image *image, unsigned profile,
		    const char *phases, struct tsmmr_log **ret, struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf bytes = { 0 };
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;
	int r = uki_log(image, ctx->crypto, profile, phases, &bytes, err);

	struct source source;

	if (r < 0)
		return r;
	source_mem(&source, bytes.p, bytes.n);
	r = open_source(ctx, &(struct log_spec){ .format = TSMMR_FORMAT_TCG2 }, &source, &s, err);
	return r < 0 ? r : log_from_stream(ctx, s, span_of(NULL, 0), ret, err);
}
