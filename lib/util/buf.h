/* SPDX-License-Identifier: BSD-2-Clause */
/* A byte buffer that grows, and remembers that it once could not. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util/cleanup.h"

struct buf {
	uint8_t *p;
	size_t n;
	size_t cap;
	bool failed; /* sticky: appends are ignored from then on; test once, at the end */
	bool lent;   /* p is not from the heap */
};

void buf_done(struct buf *b);
static inline void buf_done_p(struct buf *b)
{
	buf_done(b);
}
/* A local one for what is mostly short: only more than so many bytes need the heap. */
#define BUF_ON(array)                                             \
	{                                                         \
		.p = (array), .cap = sizeof(array), .lent = true, \
	}
#define BUF_LOCAL(name, size)      \
	uint8_t name##_room[size]; \
	_cleanup_(buf_done) struct buf name = BUF_ON(name##_room)

/* What buf_room() does where there is not enough. */
uint8_t *buf_grow(struct buf *b, size_t n);

/*
 * Room for n more bytes at the end, or NULL; the caller adds to b->n what it used.  One byte
 * is always left: so where there is no memory yet, none is enough, and one test says it all.
 */
static inline uint8_t *buf_room(struct buf *b, size_t n)
{
	return n < b->cap - b->n ? b->p + b->n : buf_grow(b, n);
}

static inline void buf_add(struct buf *b, const void *p, size_t n)
{
	uint8_t *to = buf_room(b, n);

	if (!to || !n)
		return;
	memcpy(to, p, n);
	b->n += n;
}

static inline void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void buf_char(struct buf *b, char c)
{
	uint8_t *to = buf_room(b, 1);

	if (!to)
		return;
	*to = (uint8_t)c;
	b->n++;
}

void buf_le(struct buf *b, uint64_t v, size_t n); /* the lowest n bytes, up to 8 */
void buf_hex(struct buf *b, const uint8_t *p, size_t n);
void buf_u64(struct buf *b, uint64_t v); /* decimal */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Hands the bytes over and empties the buffer.  NULL when an append had failed. */
uint8_t *buf_take(struct buf *b, size_t *ret_n);
