/* SPDX-License-Identifier: BSD-2-Clause */
/* A log as a stream of what the steps of a prediction leave of it, in memory that does not grow. */
#include "report/predict.h"

#include "util/error.h"

struct feed {
	struct tsmmr_prediction *p;
	struct predict_run *run;   /* NULL: the records as they are */
	struct tsmmr_stream *from; /* outlives this */
	size_t i;                  /* its number */
	struct tsmmr_log *made;    /* what one record of it has become … */
	size_t at;                 /* … and how much of that was handed out */
	struct identity identity;
};

static void feed_free(void *user)
{
	struct feed *f = user;

	identity_done(&f->identity);
	log_free(f->made);
	free(f);
}

/* Of hashes that nobody knows nothing can be computed. */
static void note_hashes(struct tsmmr_prediction *p, const struct tsmmr_event *e)
{
	for (size_t d = 0; d < e->n_digests; d++) {
		uint16_t alg = e->digests[d].alg;
		size_t i = 0;

		while (i < p->n_algs && p->algs[i] != alg)
			i++;
		if (i == p->n_algs && i < ARRAY_SIZE(p->algs) && hash_by_id(alg))
			p->algs[p->n_algs++] = alg;
	}
}

/* The log has ended: was it what it was before? */
static int check_end(struct feed *f, struct tsmmr_error *err)
{
	const struct log_info *was = &f->p->was->data->logs[f->i];
	uint8_t identity[32];
	int r;

	if (f->p->over_logs)
		return 0;
	r = identity_end(&f->identity, identity);
	if (r < 0)
		return fail_low(err, r);
	if (hash_equal(identity, was->identity, sizeof(identity)))
		return 0;
	f->run->unread = true;
	return fail(err, TSMMR_E_ARG, "these are not the records that the log had before");
}

/* The next record, and what becomes of it.  1, 0 at the end, or an error. */
static int follow(struct feed *f, struct tsmmr_error *err)
{
	const struct tsmmr_event *e;
	int r = stream_next(f->from, &e, err);

	f->run->unread = r < 0;
	if (r < 0)
		return r;
	if (r == 0) {
		r = check_end(f, err);
		return r < 0 || f->i + 1 < f->p->n_logs ? r : predict_end(f->run, err);
	}
	r = f->p->over_logs ? 0 : identity_add(&f->identity, e);
	if (r < 0)
		return fail_low(err, r);
	r = ctx_check(f->p->ctx, err);
	if (r == 0)
		r = predict_event(f->run, f->made, f->p->was->data->logs[f->i].first, e, err);
	return r < 0 ? r : 1;
}

/* What only its end says of the log. */
static int take_end(struct tsmmr_stream *s, const struct tsmmr_stream *from)
{
	s->n_bytes = from->n_bytes;
	return findings_merge(&s->findings, &from->findings, 0);
}

static int feed_ready(struct tsmmr_stream *s, const struct tsmmr_event **ret,
		      struct tsmmr_error *err)
{
	struct feed *f = s->source.user;
	int r = 1;

	if (!f->run) {
		r = stream_next(f->from, ret, err);
		if (r > 0)
			note_hashes(f->p, *ret);
		return r == 0 ? take_end(s, f->from) : r;
	}
	if (f->at == f->made->n) {
		/* Of what is left out, nothing is made. */
		do {
			log_empty(f->made);
			f->at = 0;
			r = follow(f, err);
		} while (r > 0 && !f->made->n);
	}
	if (r <= 0)
		return r == 0 ? take_end(s, f->from) : r;
	*ret = &f->made->events[f->at++];
	return 1;
}

static const struct format format_fed = {
	.name = "fed",
	.ready = feed_ready,
};

static struct feed *feed_new(struct tsmmr_prediction *p, size_t i, struct predict_run *run)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->p = p;
	f->run = run;
	f->from = p->streams[i];
	f->i = i;
	f->made = calloc(1, sizeof(*f->made));
	if (!f->made) {
		free(f);
		return NULL;
	}
	f->made->users = 1;
	return f;
}

static int feed_open(struct tsmmr_prediction *p, size_t i, struct predict_run *run,
		     struct tsmmr_stream **ret, struct tsmmr_error *err)
{
	const struct tsmmr_stream *from = p->streams[i];
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;
	struct source source;
	struct feed *f;
	int r;

	source_mem(&source, "", 0);
	r = stream_new(p->ctx,
		       &(struct stream_of){ .format = &format_fed, .platform = from->platform },
		       &source, &s, err);
	if (r < 0)
		return r;
	f = feed_new(p, i, run);
	if (!f)
		return fail_nomem(err);
	s->source.user = f;
	s->source.done = feed_free;
	s->format = from->format;
	s->log = from->log;
	s->chosen = from->chosen;
	r = stream_set_name(s, from->name);
	if (r == 0 && run && !p->over_logs)
		r = identity_start(&f->identity, p->ctx->crypto);
	if (r < 0)
		return fail_low(err, r);
	*ret = take_ptr(s);
	return 0;
}

int predict_report(struct tsmmr_prediction *p, struct predict_run *run, struct tsmmr_report **ret,
		   struct tsmmr_error *err)
{
	struct tsmmr_stream *fed[REPORT_LOGS_MAX] = { NULL };
	bool about_none;
	int r = 0;

	if (p->n_logs > REPORT_LOGS_MAX)
		return fail(err, TSMMR_E_ARG, "more than %d logs", REPORT_LOGS_MAX);
	for (size_t i = 0; r == 0 && i < p->n_logs; i++) {
		r = run ? stream_rewind(p->streams[i], err) : 0;
		if (r < 0 && error_filled(err))
			err->log = i;
		if (run)
			run->unread = r < 0;
		if (r == 0)
			r = feed_open(p, i, run, &fed[i], err);
	}
	if (r == 0)
		r = report_new_twice(p->ctx, fed, p->n_logs, NULL, NULL, ret, err);
	/* What a step cannot do, and two logs that are one, are about no stream's bytes. */
	about_none = run ? !run->unread : r == TSMMR_E_ARG && !p->over_logs;
	if (r < 0 && about_none && error_filled(err))
		err->log = TSMMR_NONE;
	streams_free(fed, p->n_logs);
	return r;
}
