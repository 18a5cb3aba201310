/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream read to its end and frozen. */
#include "core/log.h"

#include <assert.h>
#include <stdalign.h>
#include <stddef.h>

#include "util/error.h"

#define CHUNK (64u << 10)

struct tsmmr_log *log_ref(const struct tsmmr_log *log)
{
	/* Counting is no change that anybody can see. */
	struct tsmmr_log *l = (struct tsmmr_log *)(uintptr_t)log;

	users_add(&l->users);
	return l;
}

void log_empty(struct tsmmr_log *log)
{
	while (log->chunks) {
		struct chunk *next = log->chunks->next;

		free(log->chunks);
		log->chunks = next;
	}
	log->n = 0;
}

void log_free(struct tsmmr_log *log)
{
	if (!log || !users_drop(&log->users))
		return;
	log_empty(log);
	for (size_t i = 0; i < log->n_parts; i++)
		log_free(log->parts[i]);
	free(log->parts);
	for (size_t i = 0; i < log->n_sources; i++)
		free(log->sources[i].name);
	free(log->sources);
	findings_done(&log->findings);
	platform_unref(log->platform);
	free(log->events);
	free(log->name);
	free(log);
}

int log_source_copy(const struct log_source *source, struct log_source *ret)
{
	*ret = *source;
	ret->name = strdup(source->name);
	return ret->name ? 0 : TSMMR_E_NOMEM;
}

int log_add_source(struct tsmmr_log *log, const struct log_source *source)
{
	struct log_source *all = reallocarray(log->sources, log->n_sources + 1, sizeof(*all));

	if (!all)
		return TSMMR_E_NOMEM;
	log->sources = all;
	return log_source_copy(source, &all[log->n_sources++]);
}

int log_add_part(struct tsmmr_log *log, const struct tsmmr_log *part)
{
	struct tsmmr_log **all = reallocarray(log->parts, log->n_parts + 1, sizeof(*all));
	int r = 0;

	if (!all)
		return TSMMR_E_NOMEM;
	log->parts = all;
	all[log->n_parts++] = log_ref(part);
	for (size_t i = 0; r == 0 && i < part->n_sources; i++)
		r = log_add_source(log, &part->sources[i]);
	return r;
}

uint64_t log_number(struct tsmmr_log *const *logs, size_t i, const struct tsmmr_event *e)
{
	uint64_t n = e->log;

	while (i--)
		n += logs[i]->n_sources;
	return n;
}

/* The records of a source stand together, in their order; some may be left out. */
uint64_t log_find(const struct tsmmr_log *log, uint64_t source, uint64_t record)
{
	size_t at = 0, n;

	while (at < log->n && log->events[at].log != source)
		at++;
	for (n = log->n - at; n; n /= 2) {
		const struct tsmmr_event *e = &log->events[at + n / 2];

		if (e->log == source && e->record <= record) {
			if (e->record == record)
				return at + n / 2;
			at += n / 2 + 1;
			n--;
		}
	}
	return TSMMR_NONE;
}

static_assert(offsetof(struct chunk, bytes) % alignof(struct digest) == 0, "digests lie in chunks");

/* n bytes of the log's own, at a multiple of align, a power of 2. */
static int take(struct tsmmr_log *log, size_t n, size_t align, uint64_t *budget, void **ret)
{
	struct chunk *c = log->chunks;
	size_t at = c ? (c->used + align - 1) & ~(align - 1) : 0;

	if (!c || at > c->size || n > c->size - at) {
		size_t size = n > CHUNK ? n : CHUNK;

		if (size > *budget)
			return TSMMR_E_LIMIT;
		c = malloc(sizeof(*c) + size);
		if (!c)
			return TSMMR_E_NOMEM;
		*budget -= size;
		*c = (struct chunk){ .next = log->chunks, .size = size };
		log->chunks = c;
		at = 0;
	}

	*ret = c->bytes + at;
	c->used = at + n;
	return 0;
}

int log_keep(struct tsmmr_log *log, struct span *s, uint64_t *budget)
{
	void *to;
	int r = s->n ? take(log, s->n, 1, budget, &to) : 0;

	if (r == 0 && s->n)
		s->p = memcpy(to, s->p, s->n);
	return r;
}

static int keep_digests(struct tsmmr_log *log, const struct digest *digests, size_t n,
			uint64_t *budget, struct digest **ret)
{
	void *to = NULL;
	int r = n ? take(log, n * sizeof(*digests), alignof(struct digest), budget, &to) : 0;

	if (r == 0 && n)
		memcpy(to, digests, n * sizeof(*digests));
	*ret = to;
	return r;
}

int log_keep_digests(struct tsmmr_log *log, struct tsmmr_event *e, const struct digest *digests,
		     size_t n, uint64_t *budget)
{
	struct digest *kept;
	int r = keep_digests(log, digests, n, budget, &kept);

	if (r < 0)
		return r;
	e->digests = kept;
	e->n_digests = (uint8_t)n;
	return 0;
}

/*
 * A view into the caller's own bytes can stay one; what a decoder computed lies in the
 * stream, which goes.
 */
static int settle(struct tsmmr_log *log, struct span *s, const struct span *borrowed,
		  uint64_t *budget)
{
	uintptr_t p = (uintptr_t)s->p, from = (uintptr_t)borrowed->p;

	if (s->n <= borrowed->n && p >= from && p - from <= borrowed->n - s->n)
		return 0;
	return log_keep(log, s, budget);
}

int log_append(struct tsmmr_log *log, const struct tsmmr_event *e, uint64_t *budget)
{
	if (log->n == log->cap) {
		size_t cap = log->cap ? 2 * log->cap : 64;
		uint64_t grows = (cap - log->cap) * sizeof(*log->events);
		struct tsmmr_event *events;

		if (grows > *budget)
			return TSMMR_E_LIMIT;
		events = reallocarray(log->events, cap, sizeof(*events));
		if (!events)
			return TSMMR_E_NOMEM;
		*budget -= grows;
		log->events = events;
		log->cap = cap;
	}

	log->events[log->n++] = *e;
	log->hints |= e->mark == MARK_HINT;
	return 0;
}

int log_add(struct tsmmr_log *log, const struct tsmmr_event *e, const struct span *borrowed,
	    uint64_t *budget)
{
	struct digest *digests = NULL;
	struct tsmmr_event *new;
	int r = log_append(log, e, budget);

	if (r < 0)
		return r;
	new = &log->events[log->n - 1];
	r = settle(log, &new->data, borrowed, budget);
	if (r == 0)
		r = keep_digests(log, e->digests, e->n_digests, budget, &digests);
	for (size_t i = 0; r == 0 && i < e->n_digests; i++)
		r = settle(log, &digests[i].value, borrowed, budget);
	new->digests = digests;
	if (r == 0)
		r = settle(log, &new->asserted.value, borrowed, budget);
	if (r == 0)
		r = settle(log, &new->name, borrowed, budget);
	if (r == 0)
		r = settle(log, &new->aside, borrowed, budget);
	return r;
}

static int frozen_ready(struct tsmmr_stream *s, const struct tsmmr_event **ret,
			struct tsmmr_error *err)
{
	const struct tsmmr_log *log = s->log;

	if (s->n_events == log->n)
		return 0;
	*ret = &log->events[s->n_events];
	return 1;
}

static const struct format format_frozen = {
	.name = "frozen",
	.ready = frozen_ready,
};

bool stream_is_joined(const struct tsmmr_stream *s)
{
	return stream_log(s) && s->decoder != &format_frozen;
}

int log_from_stream(const struct tsmmr_ctx *ctx, struct tsmmr_stream *s, struct span borrowed,
		    struct tsmmr_log **ret, struct tsmmr_error *err)
{
	_cleanup_(log_free) struct tsmmr_log *log = calloc(1, sizeof(*log));
	uint64_t limit = ctx->limits.bytes ? ctx->limits.bytes : FROZEN_BYTES_DEFAULT;
	uint64_t budget = limit;
	const struct tsmmr_log *frozen;
	const struct tsmmr_event *e;
	int r;

	if (!log)
		return fail_nomem(err);
	log->users = 1;
	if (stream_is_joined(s))
		return fail(err, TSMMR_E_ARG, "streams that were joined: logs are merged instead");
	log->crypto = ctx->crypto;
	log->format = s->format;
	log->platform = platform_ref(s->platform);
	log->name = strdup(s->name);
	if (!log->name)
		return fail_nomem(err);

	while ((r = ctx_check(ctx, err)) == 0 && (r = stream_next(s, &e, err)) > 0) {
		r = log_add(log, e, &borrowed, &budget);
		if (r == TSMMR_E_LIMIT)
			return fail_at(err, r, e->record, e->offset,
				       "the log takes more than %llu bytes of memory",
				       (unsigned long long)limit);
		if (r < 0)
			return fail_nomem(err);
	}
	if (r < 0)
		return r;
	for (size_t i = 0; i < log->n; i++)
		stream_settle_separators(s, &log->events[i]);
	log->n_bytes = s->n_bytes;
	if (findings_merge(&log->findings, &s->findings, 0) < 0)
		return fail_nomem(err);
	frozen = stream_log(s);
	/* Its platforms are not the stream's: they may be several. */
	r = frozen ? log_add_part(log, frozen) :
		     log_add_source(log, &(struct log_source){ log->name, log->format, log->n_bytes,
							       s->chosen });
	if (r < 0)
		return fail_nomem(err);

	*ret = take_ptr(log);
	return 0;
}

static void done_with_log(void *user)
{
	log_free(user);
}

int stream_over_log(const struct tsmmr_log *log, struct tsmmr_stream **ret)
{
	static const struct tsmmr_ctx plain;
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;
	struct source source;

	source_mem(&source, "", 0);
	if (stream_new(&plain,
		       &(struct stream_of){ .format = &format_frozen, .platform = log->platform },
		       &source, &s, NULL) < 0)
		return TSMMR_E_NOMEM;
	s->log = log;
	s->source.user = log_ref(log);
	s->source.done = done_with_log;
	if (stream_set_name(s, log->name) < 0 ||
	    findings_merge(&s->findings, &log->findings, 0) < 0)
		return TSMMR_E_NOMEM;
	s->format = log->format;
	s->n_bytes = log->n_bytes;
	s->may_hint = log->hints;

	*ret = take_ptr(s);
	return 0;
}

int streams_over_logs(struct tsmmr_log *const *logs, size_t n, struct tsmmr_stream **ret)
{
	int r = 0;

	memset(ret, 0, n * sizeof(*ret));
	for (size_t i = 0; r == 0 && i < n; i++)
		r = stream_over_log(logs[i], &ret[i]);
	if (r < 0)
		streams_free(ret, n);
	return r;
}
