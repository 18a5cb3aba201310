/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of several logs kept in little more memory than their bytes take. */
#include "core/pack.h"

#include <assert.h>

#include "util/error.h"
#include "util/grow.h"
#include "util/put.h"

#define CHUNK (64u << 10)
#define SHAPES_LOOKED_AT 32 /* a log has fewer; one that has more takes more memory */
#define HEAD_MAX 96         /* bytes of the numbers that an event begins with */

enum has {
	HAS_TYPE = 1,
	HAS_MARK = 2, /* mark_value, or name_n */
	HAS_ASSERTED = 4,
	HAS_NAME = 8,
	HAS_ASIDE = 16,
};

void pack_done(struct pack *p)
{
	while (p->first) {
		struct chunk *next = p->first->next;

		free(p->first);
		p->first = next;
	}
	free(p->shapes);
	free(p->logs);
	*p = (struct pack){ 0 };
}

/* --- numbers ----------------------------------------------------------------------------- */

/* Seven bits a byte, the lowest first; the last byte is below 128. */
static uint8_t *put_number(uint8_t *to, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*to++ = (uint8_t)(v | 0x80);
	*to++ = (uint8_t)v;
	return to;
}

/* Of our own: nobody else has written it. */
static inline uint64_t get_number(const uint8_t **at)
{
	const uint8_t *p = *at;
	uint64_t v = *p & 0x7f;

	for (unsigned shift = 7; *p++ & 0x80; shift += 7)
		v |= (uint64_t)(*p & 0x7f) << shift;
	*at = p;
	return v;
}

static struct span get_span(const uint8_t **at, size_t n)
{
	struct span s = span_of(*at, n);

	*at += n;
	return s;
}

/* --- shapes ------------------------------------------------------------------------------ */

static struct pack_shape shape_of(const struct tsmmr_event *e, uint8_t source, bool frozen)
{
	struct pack_shape s;

	memset(&s, 0, sizeof(s)); /* for it is compared as bytes */
	s.source = source;
	s.measured = e->measured;
	s.mark = e->mark;
	s.frozen = frozen;
	if (frozen)
		return s;
	s.platform = e->platform;
	s.class = e->class;
	s.crypto.lib = e->crypto.lib;
	s.crypto.properties = e->crypto.properties;
	s.crypto.only = e->crypto.only;
	s.content = e->content;
	s.space = e->space;
	s.raw = e->raw;
	s.has = (uint8_t)((e->type ? HAS_TYPE : 0) | (e->mark_value || e->name_n ? HAS_MARK : 0) |
			  (e->asserted.alg || e->asserted.value.n ? HAS_ASSERTED : 0) |
			  (e->name.n ? HAS_NAME : 0) | (e->aside.n ? HAS_ASIDE : 0));
	s.n_digests = e->n_digests;
	for (size_t i = 0; i < e->n_digests; i++) {
		s.algs[i] = e->digests[i].alg;
		s.sizes[i] = e->digests[i].value.n;
	}
	return s;
}

/* Its number, a new one where it is none of the last. */
static int add_shape(struct pack *p, const struct pack_shape *s, uint64_t *budget, size_t *ret)
{
	struct pack_shape *all;

	for (size_t i = p->n_shapes; i > 0 && p->n_shapes - i < SHAPES_LOOKED_AT; i--)
		if (memcmp(&p->shapes[i - 1], s, sizeof(*s)) == 0) {
			*ret = i - 1;
			return 0;
		}
	if (2 * sizeof(*s) > *budget)
		return TSMMR_E_LIMIT;
	all = grown(p->shapes, p->n_shapes, &p->cap_shapes, sizeof(*all));
	if (!all)
		return TSMMR_E_NOMEM;
	*budget -= 2 * sizeof(*s);
	p->shapes = all;
	memcpy(&all[p->n_shapes], s, sizeof(*s));
	*ret = p->n_shapes++;
	return 0;
}

/* --- events ------------------------------------------------------------------------------ */

/* n bytes, or NULL and *ret_error. */
static uint8_t *take(struct pack *p, size_t n, uint64_t *budget, int *ret_error)
{
	struct chunk *c = p->last;
	size_t size = n > CHUNK ? n : CHUNK;

	if (!c || n > c->size - c->used) {
		*ret_error = size > *budget ? TSMMR_E_LIMIT : TSMMR_E_NOMEM;
		c = size > *budget ? NULL : malloc(sizeof(*c) + size);
		if (!c)
			return NULL;
		*budget -= size;
		*c = (struct chunk){ .size = size };
		if (p->last)
			p->last->next = c;
		else
			p->first = c;
		p->last = c;
	}
	c->used += n;
	return c->bytes + c->used - n;
}

/* The numbers that it begins with. */
static size_t put_head(const struct tsmmr_event *e, const struct pack_shape *s, size_t number,
		       uint8_t head[HEAD_MAX])
{
	uint8_t *to = put_number(head, number);

	if (s->frozen) {
		memcpy(to, &e, sizeof(e));
		return (size_t)(to - head) + sizeof(e);
	}
	to = put_number(to, e->record);
	to = put_number(to, e->offset);
	to = put_number(to, e->index);
	if (s->has & HAS_TYPE)
		to = put_number(to, e->type);
	if (s->has & HAS_MARK) {
		*to++ = e->mark_value;
		*to++ = e->name_n;
	}
	if (s->has & HAS_ASSERTED) {
		to = put_number(to, e->asserted.alg);
		to = put_number(to, e->asserted.value.n);
	}
	if (s->has & HAS_NAME)
		to = put_number(to, e->name.n);
	if (s->has & HAS_ASIDE)
		to = put_number(to, e->aside.n);
	to = put_number(to, e->data.n);
	assert(to <= head + HEAD_MAX);
	return (size_t)(to - head);
}

static int add_event(struct pack *p, const struct tsmmr_event *e, uint8_t source, bool frozen,
		     uint64_t *budget)
{
	const struct pack_shape shape = shape_of(e, source, frozen);
	uint8_t head[HEAD_MAX], *to;
	size_t number, n, n_head;
	int r = add_shape(p, &shape, budget, &number);

	if (r < 0)
		return r;
	if (e->n_digests || e->asserted.value.n) {
		if (p->each > *budget)
			return TSMMR_E_LIMIT;
		*budget -= p->each;
	}
	n = n_head = put_head(e, &shape, number, head);
	if (!frozen)
		n += e->asserted.value.n + e->name.n + e->aside.n + e->data.n;
	for (size_t i = 0; i < shape.n_digests; i++)
		n += shape.sizes[i];
	to = take(p, n, budget, &r);
	if (!to)
		return r;
	to = put_span(to, span_of(head, n_head));
	if (frozen)
		return 0;
	to = put_span(to, e->asserted.value);
	to = put_span(to, e->name);
	to = put_span(to, e->aside);
	for (size_t i = 0; i < shape.n_digests; i++)
		to = put_span(to, span_of(e->digests[i].value.p, shape.sizes[i]));
	put_span(to, e->data);
	return 0;
}

static const struct pack_shape *get_shape(const struct pack *p, const uint8_t **at)
{
	return &p->shapes[get_number(at)];
}

static const struct tsmmr_event *get_frozen(const uint8_t **at)
{
	const struct tsmmr_event *e;

	memcpy(&e, *at, sizeof(e));
	*at += sizeof(e);
	return e;
}

/* *at is after it then. */
static const struct tsmmr_event *get_event(const struct pack *p, const uint8_t **at,
					   struct pack_room *room)
{
	const struct pack_shape *s = get_shape(p, at);
	struct tsmmr_event *e = &room->event;
	size_t name = 0, aside = 0, data;

	if (s->frozen)
		return get_frozen(at);
	event_clear(e);
	e->record = get_number(at);
	e->offset = get_number(at);
	e->index = (uint32_t)get_number(at);
	if (s->has & HAS_TYPE)
		e->type = (uint32_t)get_number(at);
	if (s->has & HAS_MARK) {
		e->mark_value = *(*at)++;
		e->name_n = *(*at)++;
	}
	if (s->has & HAS_ASSERTED) {
		e->asserted.alg = (uint16_t)get_number(at);
		e->asserted.value.n = get_number(at);
	}
	if (s->has & HAS_NAME)
		name = get_number(at);
	if (s->has & HAS_ASIDE)
		aside = get_number(at);
	data = get_number(at);

	e->recnum = TSMMR_NONE;
	e->after_separator = TSMMR_AFTER_UNKNOWN;
	e->platform = s->platform;
	e->class = s->class;
	e->crypto = s->crypto;
	e->content = s->content;
	e->space = s->space;
	e->mark = s->mark;
	e->raw = s->raw;
	e->measured = s->measured;
	e->asserted.value = get_span(at, e->asserted.value.n);
	e->name = get_span(at, name);
	e->aside = get_span(at, aside);
	e->digests = room->digests;
	e->n_digests = s->n_digests;
	for (size_t i = 0; i < s->n_digests; i++)
		room->digests[i] = (struct digest){ s->algs[i], get_span(at, s->sizes[i]) };
	e->data = get_span(at, data);
	return e;
}

const struct tsmmr_event *pack_get(const struct pack *p, const uint8_t *at, struct pack_room *room)
{
	return get_event(p, &at, room);
}

uint64_t pack_source(const struct pack *p, const uint8_t *at)
{
	return get_shape(p, &at)->source;
}

uint64_t pack_record(const struct pack *p, const uint8_t *at)
{
	return get_shape(p, &at)->frozen ? get_frozen(&at)->record : get_number(&at);
}

bool pack_is_measured(const struct pack *p, const uint8_t *at)
{
	return get_shape(p, &at)->measured;
}

uint8_t pack_mark(const struct pack *p, const uint8_t *at)
{
	return get_shape(p, &at)->mark;
}

/* --- logs -------------------------------------------------------------------------------- */

static int begin_log(struct pack *p)
{
	struct pack_log *all = grown(p->logs, p->n_logs, &p->cap_logs, sizeof(*all));

	if (!all)
		return TSMMR_E_NOMEM;
	p->logs = all;
	all[p->n_logs++] = (struct pack_log){ .chunk = p->last, .at = p->last ? p->last->used : 0 };
	return 0;
}

/* One event of s.  0, E_LIMIT, or as identity_add(). */
static int add_next(struct pack *p, const struct tsmmr_event *e, bool frozen, struct identity *id,
		    uint64_t *budget)
{
	int r = id ? identity_add(id, e) : 0;

	if (r == 0)
		r = add_event(p, e, (uint8_t)(p->n_sources + e->log), frozen, budget);
	p->logs[p->n_logs - 1].n += r == 0;
	return r;
}

int pack_add(const struct tsmmr_ctx *ctx, struct pack *p, struct tsmmr_stream *s, uint8_t *identity,
	     struct tsmmr_error *err)
{
	_cleanup_(identity_done) struct identity id = { 0 };
	bool frozen = stream_log(s) && !stream_is_joined(s);
	uint64_t limit = ctx->limits.bytes ? ctx->limits.bytes : FROZEN_BYTES_DEFAULT;
	/* What is kept already was within it. */
	uint64_t budget = frozen ? UINT64_MAX : limit;
	const struct tsmmr_event *e;
	int r = begin_log(p);

	if (r == 0 && identity)
		r = identity_start(&id, ctx->crypto);
	if (r < 0)
		return fail_low(err, r);
	while ((r = ctx_check(ctx, err)) == 0 && (r = stream_next(s, &e, err)) > 0) {
		r = add_next(p, e, frozen, identity ? &id : NULL, &budget);
		if (r == TSMMR_E_LIMIT)
			return fail_at(err, r, e->record, e->offset,
				       "the log takes more than %llu bytes of memory",
				       (unsigned long long)limit);
		if (r < 0)
			return fail_low(err, r);
	}
	if (r == 0 && identity && (r = identity_end(&id, identity)) < 0)
		return fail_low(err, r);
	p->n_sources += stream_log(s) ? stream_log(s)->n_sources : 1;
	return r;
}

void pack_walk(const struct pack *p, size_t log, size_t n_logs, struct pack_walk *ret)
{
	const struct pack_log *begin = n_logs ? &p->logs[log] : NULL;

	ret->pack = p;
	ret->chunk = begin && begin->chunk ? begin->chunk : p->first;
	ret->next = begin ? begin->at : 0;
	ret->left = pack_count(p, log, n_logs);
	ret->at = NULL;
}

const struct tsmmr_event *pack_next(struct pack_walk *w)
{
	const struct tsmmr_event *e;
	const uint8_t *end;

	if (!w->left)
		return NULL;
	w->left--;
	while (w->next == w->chunk->used) {
		w->chunk = w->chunk->next;
		w->next = 0;
	}
	w->at = end = w->chunk->bytes + w->next;
	e = get_event(w->pack, &end, &w->room);
	w->next = (size_t)(end - w->chunk->bytes);
	return e;
}

uint64_t pack_count(const struct pack *p, size_t log, size_t n_logs)
{
	uint64_t n = 0;

	for (size_t i = 0; i < n_logs; i++)
		n += p->logs[log + i].n;
	return n;
}
