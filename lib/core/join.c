/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams joined as logs are merged, in memory that does not grow with them. */
#include "core/merge.h"
#include "util/error.h"

struct part {
	struct tsmmr_stream *stream; /* borrowed */
	size_t first;                /* of its sources */
	int rank;
	bool measures; /* a measured record was seen, which decides the rank */
	/* The attestation agent's records, and whether there are no others. */
	uint64_t agents;
	bool others;
	uint64_t n;      /* events */
	uint64_t closed; /* bit i: index i has a separator */
	uint8_t identity[32];
	struct findings findings; /* of the whole of it */
};

struct join {
	struct tsmmr_log *log; /* the merged one, without events */
	struct part parts[LOGS_MERGED_MAX];
	struct part *order[LOGS_MERGED_MAX];
	size_t n, n_ordered;
	size_t at;   /* of order */
	bool within; /* that one was begun */
	uint64_t recnum[STREAM_INDEX_MAX];
	struct identity identity; /* of the part that is read */
};

static void join_free(void *user)
{
	struct join *j = user;

	identity_done(&j->identity);
	for (size_t i = 0; i < j->n; i++)
		findings_done(&j->parts[i].findings);
	log_free(j->log);
	free(j);
}

/* --- the first time -------------------------------------------------------------------- */

static void note(struct part *p, struct tsmmr_log *log, const struct tsmmr_event *e)
{
	p->n++;
	p->agents += e->mark == MARK_AAEL;
	p->others |= e->measured && e->mark != MARK_AAEL;
	log->hints |= e->mark == MARK_HINT;
	if (e->measured && !p->measures)
		p->rank = merge_rank(p->stream->format, e);
	p->measures |= e->measured;
}

static int add_sources(struct tsmmr_log *log, struct part *p, struct tsmmr_error *err)
{
	const struct tsmmr_stream *s = p->stream;
	const struct log_source own = { s->name, s->format, s->n_bytes, s->chosen };
	const struct tsmmr_log *frozen = stream_log(s);
	size_t n = frozen ? frozen->n_sources : 1;

	p->first = log->n_sources;
	if (n > LOGS_MERGED_MAX - log->n_sources)
		return fail(err, TSMMR_E_LIMIT, "more than %d logs, those in merged ones counted",
			    LOGS_MERGED_MAX);
	for (size_t i = 0; i < n; i++)
		if (log_add_source(log, frozen ? &frozen->sources[i] : &own) < 0)
			return fail_nomem(err);
	return 0;
}

static int look(const struct tsmmr_ctx *ctx, struct join *j, struct part *p,
		struct tsmmr_error *err)
{
	const struct tsmmr_event *e;
	int r = identity_start(&j->identity, ctx->crypto);

	p->rank = merge_rank(p->stream->format, NULL);
	if (r < 0)
		return fail_low(err, r);
	while ((r = ctx_check(ctx, err)) == 0 && (r = stream_next(p->stream, &e, err)) > 0) {
		note(p, j->log, e);
		r = identity_add(&j->identity, e);
		if (r < 0)
			return fail_low(err, r);
	}
	if (r < 0)
		return r;
	r = identity_end(&j->identity, p->identity);
	if (r < 0)
		return fail_low(err, r);
	if (findings_merge(&p->findings, &p->stream->findings, 0) < 0)
		return fail_nomem(err);
	p->closed = p->stream->lookalikes;
	j->log->n_bytes += p->stream->n_bytes;
	return add_sources(j->log, p, err);
}

/* Until it gives one of the agent's: 1 and that, 0 at the end, or an error. */
static int next_agents(struct tsmmr_stream *s, const struct tsmmr_event **ret,
		       struct tsmmr_error *err)
{
	int r;

	while ((r = stream_next(s, ret, err)) > 0 && (*ret)->mark != MARK_AAEL)
		;
	return r;
}

/* 1 where all measured records of b are the agent's, and the same as the agent's in a. */
static int repeats_agent(struct part *a, struct part *b, struct tsmmr_error *err)
{
	const struct tsmmr_event *of_a, *of_b;
	int r, same = 1;

	if (!b->agents || b->others || a->agents != b->agents)
		return 0;
	r = stream_rewind(a->stream, err);
	if (r == 0)
		r = stream_rewind(b->stream, err);
	for (uint64_t i = 0; r >= 0 && same && i < b->agents; i++) {
		r = next_agents(a->stream, &of_a, err);
		if (r > 0)
			r = next_agents(b->stream, &of_b, err);
		same = r > 0 && merge_same_digests(of_a, of_b);
	}
	return r < 0 ? r : same;
}

static int check_different(const struct join *j, struct tsmmr_error *err)
{
	for (size_t i = 0; i < j->n; i++)
		for (size_t k = 0; k < i; k++) {
			const struct part *a = &j->parts[i], *b = &j->parts[k];

			if (a->stream == b->stream ||
			    (a->n && a->n == b->n &&
			     hash_equal(a->identity, b->identity, sizeof(a->identity)))) {
				fail(err, TSMMR_E_ARG, "the same log twice");
				if (error_filled(err))
					err->log = i;
				return TSMMR_E_ARG;
			}
		}
	return 0;
}

/* By rank, without those that repeat what an earlier one has. */
static int put_in_order(struct join *j, struct tsmmr_error *err)
{
	for (int rank = 0; rank < RANKS; rank++)
		for (size_t i = 0; i < j->n; i++) {
			struct part *p = &j->parts[i];
			int r = 0, twice = 0;

			if (p->rank != rank)
				continue;
			for (size_t k = 0; k < i && !twice; k++)
				twice = repeats_agent(&j->parts[k], p, err);
			if (twice < 0)
				return twice;
			if (twice)
				r = findings_add(&j->log->findings, F_AAEL_IN_TWO_LOGS, p->first,
						 TSMMR_NONE, TSMMR_NONE,
						 "the agent's records are in an earlier log");
			else
				r = findings_merge(&j->log->findings, &p->findings, p->first);
			if (r < 0)
				return fail_nomem(err);
			if (!twice)
				j->order[j->n_ordered++] = p;
		}
	return 0;
}

/* --- the events ------------------------------------------------------------------------ */

/* Before all of them.  (Before the stream has what it joins, there is nothing to do.) */
static int joined_open(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct join *j = s->source.user;
	int r = 0;

	for (size_t i = 0; j && r == 0 && i < j->n; i++)
		r = stream_rewind(j->parts[i].stream, err);
	if (j) {
		j->at = 0;
		j->within = false;
		memset(j->recnum, 0, sizeof(j->recnum));
	}
	return r;
}

static int check_end(struct join *j, const struct part *p, struct tsmmr_error *err)
{
	uint8_t identity[32];
	int r = identity_end(&j->identity, identity);

	if (r < 0)
		return fail_low(err, r);
	if (!hash_equal(identity, p->identity, sizeof(identity)))
		return fail(err, TSMMR_E_ARG, "%s: these are not the records that it had before",
			    p->stream->name);
	return 0;
}

static void make_merged(struct join *j, const struct part *p, struct tsmmr_event *e)
{
	event_settle_separators(e, p->closed);
	merge_place(e, p->first, j->recnum);
}

static int joined_ready(struct tsmmr_stream *s, const struct tsmmr_event **ret,
			struct tsmmr_error *err)
{
	struct join *j = s->source.user;
	const struct tsmmr_event *e;
	int r = 0;

	while (j->at < j->n_ordered) {
		const struct part *p = j->order[j->at];

		r = j->within ? 0 : identity_start(&j->identity, j->log->crypto);
		if (r < 0)
			return fail_low(err, r);
		j->within = true;
		r = stream_next(p->stream, &e, err);
		if (r != 0)
			break;
		r = check_end(j, p, err);
		if (r < 0)
			return r;
		j->at++;
		j->within = false;
	}
	if (r <= 0)
		return r;
	r = identity_add(&j->identity, e);
	if (r < 0)
		return fail_low(err, r);
	s->event = *e;
	make_merged(j, j->order[j->at], &s->event);
	*ret = &s->event;
	return 1;
}

static const struct format format_joined = {
	.name = "joined",
	.open = joined_open,
	.ready = joined_ready,
};

static int make(const struct tsmmr_ctx *ctx, struct join *j, struct tsmmr_error *err)
{
	struct tsmmr_log *log = calloc(1, sizeof(*log));
	int r = 0;

	if (!log)
		return fail_nomem(err);
	j->log = log;
	log->users = 1;
	log->crypto = ctx->crypto;
	log->format = &format_merged;
	log->platform = platform_ref(j->parts[0].stream->platform);
	log->name = strdup("merged");
	if (!log->name)
		return fail_nomem(err);
	for (size_t i = 0; r == 0 && i < j->n; i++) {
		r = look(ctx, j, &j->parts[i], err);
		if (r < 0 && error_filled(err))
			err->log = i;
	}
	if (r == 0)
		r = check_different(j, err);
	return r < 0 ? r : put_in_order(j, err);
}

int stream_join(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams, size_t n,
		struct tsmmr_stream **ret, struct tsmmr_error *err)
{
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;
	struct join *j = calloc(1, sizeof(*j));
	struct source source;
	int r;

	if (!j)
		return fail_nomem(err);
	for (j->n = 0; j->n < n; j->n++)
		j->parts[j->n].stream = streams[j->n];
	r = make(ctx, j, err);
	source_mem(&source, "", 0);
	if (r == 0)
		r = stream_new(ctx,
			       &(struct stream_of){ .format = &format_joined,
						    .platform = j->log->platform },
			       &source, &s, err);
	if (r < 0) {
		join_free(j);
		return r;
	}
	s->log = j->log;
	s->source.user = j;
	s->source.done = join_free;
	s->format = &format_merged;
	s->n_bytes = j->log->n_bytes;
	s->may_hint = j->log->hints;
	if (stream_set_name(s, j->log->name) < 0 ||
	    findings_merge(&s->findings, &j->log->findings, 0) < 0)
		return fail_nomem(err);
	r = joined_open(s, err);
	if (r == 0)
		*ret = take_ptr(s);
	return r;
}
