/* SPDX-License-Identifier: BSD-2-Clause */
/* Which log is this?  What is asked of one must not be answered with another. */
#include "core/log.h"

#include "crypto/hash.h"

static int feed_u64(struct hasher *h, uint64_t v)
{
	uint8_t le[8];

	for (size_t i = 0; i < sizeof(le); i++)
		le[i] = (uint8_t)(v >> (8 * i));
	return hasher_update(h, le, sizeof(le));
}

static int feed_span(struct hasher *h, struct span s)
{
	int r = feed_u64(h, s.n);

	return r < 0 ? r : hasher_update(h, s.p, s.n);
}

static int feed_event(struct hasher *h, const struct tsmmr_event *e)
{
	const uint64_t numbers[] = { e->record,   e->index, (uint64_t)e->space, e->type, e->content,
				     e->measured, e->mark,  e->n_digests };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(numbers); i++)
		r = feed_u64(h, numbers[i]);
	for (size_t i = 0; r == 0 && i < e->n_digests; i++) {
		r = feed_u64(h, e->digests[i].alg);
		if (r == 0)
			r = feed_span(h, e->digests[i].value);
	}
	if (r == 0)
		r = feed_span(h, e->data);
	return r < 0 ? r : feed_span(h, e->name);
}

static int compute(const struct tsmmr_log *log, uint8_t ret[32])
{
	_cleanup_(hasher_done) struct hasher h = { 0 };
	int r = hasher_init(&h, hash_by_id(TSMMR_HASH_SHA256));

	if (r == 0)
		r = hasher_start(&h);
	if (r == 0)
		r = feed_u64(&h, log->n);
	for (size_t i = 0; r == 0 && i < log->n; i++)
		r = feed_event(&h, &log->events[i]);
	return r < 0 ? r : hasher_final(&h, ret);
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
