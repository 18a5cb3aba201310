/* SPDX-License-Identifier: BSD-2-Clause */
/* A byte buffer that grows, and remembers that it once could not. */
#include "util/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/hex.h"

void buf_done(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

uint8_t *buf_room(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *p;

	assert(b->n <= b->cap);
	if (b->failed)
		return NULL;
	if (n <= b->cap - b->n && b->p)
		return b->p + b->n;
	if (n > SIZE_MAX / 4 || b->n > SIZE_MAX / 4) {
		b->failed = true;
		return NULL;
	}

	while (cap < b->n + n)
		cap *= 2;
	p = realloc(b->p, cap);
	if (!p) {
		b->failed = true;
		return NULL;
	}

	b->p = p;
	b->cap = cap;
	return p + b->n;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	uint8_t *to = buf_room(b, n);

	if (!to || !n)
		return;
	memcpy(to, p, n);
	b->n += n;
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_le(struct buf *b, uint64_t v, size_t n)
{
	for (; n; n--, v >>= 8)
		buf_char(b, (char)(v & 0xff));
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
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	buf_add(b, digits + i, sizeof(digits) - i);
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

	if (b->failed || !buf_room(b, 1)) {
		buf_done(b);
		return NULL;
	}

	p = b->p;
	p[b->n] = 0; /* for callers who print it; not counted */
	*ret_n = b->n;
	*b = (struct buf){ 0 };
	return p;
}
