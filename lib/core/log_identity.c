/* SPDX-License-Identifier: BSD-2-Clause */
/* Which log is this?  What is asked of one must not be answered with another. */
#include "core/log.h"

static int flush(struct identity *id)
{
	int r = hasher_update(&id->h, id->held, id->n_held);

	id->n_held = 0;
	return r;
}

static int put(struct identity *id, const void *p, size_t n)
{
	int r = 0;

	if (n > sizeof(id->held) - id->n_held)
		r = flush(id);
	if (r < 0 || n > sizeof(id->held))
		return r < 0 ? r : hasher_update(&id->h, p, n);
	if (n)
		memcpy(id->held + id->n_held, p, n);
	id->n_held += n;
	return 0;
}

int identity_start(struct identity *id, struct crypto crypto)
{
	int r = id->h.ctx ? 0 : hasher_init(&id->h, crypto, hash_by_id(TSMMR_HASH_SHA256));

	id->n = id->n_held = 0;
	return r < 0 ? r : hasher_start(&id->h);
}

/* The length, and what else is known by number, stands before the bytes. */
static int put_span(struct identity *id, uint16_t about, struct span s)
{
	uint8_t head[10];
	int r;

	put_le(head, about, 2);
	put_le(head + 2, s.n, 8);
	r = put(id, head, sizeof(head));
	return r < 0 ? r : put(id, s.p, s.n);
}

int identity_add(struct identity *id, const struct tsmmr_event *e)
{
	const struct reg_desc *own = e->platform->users ? event_reg(e) : NULL;
	uint8_t head[25];
	int r;

	put_le(head, e->record, 8);
	put_le(head + 8, e->index, 4);
	put_le(head + 12, e->type, 4);
	put_le(head + 16, e->content, 4);
	head[20] = e->log;
	head[21] = e->space;
	head[22] = e->mark;
	head[23] = e->measured;
	head[24] = e->n_digests;
	r = put(id, head, sizeof(head));
	for (size_t i = 0; r == 0 && i < e->n_digests; i++)
		r = put_span(id, e->digests[i].alg, e->digests[i].value);
	if (r == 0)
		r = put_span(id, 0, e->data);
	if (r == 0)
		r = put_span(id, 0, e->name);
	if (r == 0)
		r = put_span(id, 0, e->aside);
	/* Whose register it is that has the number. */
	if (r == 0)
		r = put_span(id, 0, span_of(e->platform->name, strlen(e->platform->name)));
	if (r == 0 && own)
		r = put_span(id, 0, span_of(own->name, strlen(own->name)));
	id->n += r == 0;
	return r;
}

int identity_end(struct identity *id, uint8_t ret[32])
{
	uint8_t n[8];
	int r;

	put_le(n, id->n, sizeof(n));
	r = put(id, n, sizeof(n));
	if (r == 0)
		r = flush(id);
	return r < 0 ? r : hasher_final(&id->h, ret);
}

static int compute(const struct tsmmr_log *log, uint8_t ret[32])
{
	_cleanup_(identity_done) struct identity id = { 0 };
	int r = identity_start(&id, log->crypto);

	for (size_t i = 0; r == 0 && i < log->n; i++)
		r = identity_add(&id, &log->events[i]);
	return r < 0 ? r : identity_end(&id, ret);
}

int log_identity(const struct tsmmr_log *log, uint8_t ret[32])
{
	/* A log never changes; that its identity is kept is no change that anybody can see. */
	struct tsmmr_log *keep = (struct tsmmr_log *)(uintptr_t)log;
	int none = 0, r;

	if (__atomic_load_n(&keep->identity_state, __ATOMIC_ACQUIRE) == 2) {
		memcpy(ret, log->identity, sizeof(log->identity));
		return 0;
	}
	r = compute(log, ret);
	if (r == 0 && __atomic_compare_exchange_n(&keep->identity_state, &none, 1, false,
						  __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
		memcpy(keep->identity, ret, sizeof(keep->identity));
		__atomic_store_n(&keep->identity_state, 2, __ATOMIC_RELEASE);
	}
	return r;
}
