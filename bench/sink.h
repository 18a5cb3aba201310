/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the raw encoders write. */
#pragma once

#include <stdlib.h>

#include "bench.h"

#define SINK_SIZE (64u << 10) /* as the library flushes */

/* All of it where it is asked for, else what was written is overwritten again and again. */
struct sink {
	uint8_t *p;
	size_t len, cap;
	bool keeps;
};

static inline struct sink sink_new(size_t n_records, size_t most, const struct outcome *ret)
{
	struct sink s = { .keeps = ret->wants_bytes };

	s.cap = s.keeps ? (n_records + 1) * most : SINK_SIZE;
	s.p = must(malloc(s.cap));
	return s;
}

/* Room for a record, at its beginning. */
static inline void sink_need(struct sink *s, size_t n)
{
	if (n <= s->cap - s->len)
		return;
	if (s->keeps)
		die(NULL, "a record is larger than was thought");
	s->len = 0;
}

static inline void sink_done(struct sink *s, int form, struct outcome *ret)
{
	ret->bytes = s->p;
	ret->len = s->len;
	ret->form = s->keeps ? form : 0;
}
