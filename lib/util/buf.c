/* SPDX-License-Identifier: BSD-2-Clause */
/* A byte buffer that grows, and remembers that it once could not. */
#include "util/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/put.h"

void buf_done(struct buf *b)
{
	if (!b->lent)
		free(b->p);
	*b = (struct buf){ 0 };
}

/* Nothing fits from now on: an append need not look at anything else. */
static uint8_t *give_up(struct buf *b)
{
	b->failed = true;
	b->cap = b->n;
	return NULL;
}

uint8_t *buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *p;

	assert(b->n <= b->cap);
	if (b->failed || n > SIZE_MAX / 4 || b->n > SIZE_MAX / 4)
		return give_up(b);

	while (cap <= b->n + n)
		cap *= 2;
	p = realloc(b->lent ? NULL : b->p, cap);
	if (!p)
		return give_up(b);
	if (b->lent)
		memcpy(p, b->p, b->n);

	b->lent = false;
	b->p = p;
	b->cap = cap;
	return p + b->n;
}

void buf_le(struct buf *b, uint64_t v, size_t n)
{
	uint8_t *to = buf_room(b, n);

	if (!to)
		return;
	put_le(to, v, n);
	b->n += n;
}

void buf_hex(struct buf *b, const uint8_t *p, size_t n)
{
	uint8_t *to = n <= SIZE_MAX / 8 ? buf_room(b, 2 * n) : NULL;

	if (!to) {
		b->failed = true;
		return;
	}
	hex_encode((char *)to, p, n);
	b->n += 2 * n;
}

void buf_u64(struct buf *b, uint64_t v)
{
	uint8_t *to = buf_room(b, PUT_U64_MAX);

	if (to)
		b->n += (size_t)(put_u64(to, v) - to);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	char small[256];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(small, sizeof(small), format, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if ((size_t)n < sizeof(small)) {
		buf_add(b, small, (size_t)n);
		return;
	}

	if (!buf_room(b, (size_t)n + 1))
		return;
	va_start(ap, format);
	vsnprintf((char *)b->p + b->n, (size_t)n + 1, format, ap);
	va_end(ap);
	b->n += (size_t)n;
}

uint8_t *buf_take(struct buf *b, size_t *ret_n)
{
	uint8_t *p;

	p = b->failed || !buf_room(b, 1) ? NULL : b->lent ? malloc(b->n + 1) : b->p;
	if (!p) {
		buf_done(b);
		return NULL;
	}

	if (b->lent)
		memcpy(p, b->p, b->n);
	p[b->n] = 0; /* for callers who print it; not counted */
	*ret_n = b->n;
	*b = (struct buf){ 0 };
	return p;
}
