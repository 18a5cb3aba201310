/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading from bytes that an attacker wrote: a read that fails moves nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *p;
	size_t n;
};

struct cursor {
	const uint8_t *start; /* for cur_offset() */
	const uint8_t *p;
	const uint8_t *end;
};

static inline struct span span_of(const void *p, size_t n)
{
	return (struct span){ p, n };
}

static inline bool span_eq(struct span s, const void *p, size_t n)
{
	return s.n == n && (n == 0 || memcmp(s.p, p, n) == 0);
}

/* As memcmp(), and what the other begins with comes first. */
static inline int span_compare(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int r = n ? memcmp(a.p, b.p, n) : 0;

	return r ? r : (a.n > b.n) - (a.n < b.n);
}

/* Does s begin with the n bytes at p? */
static inline bool span_starts(struct span s, const void *p, size_t n)
{
	return s.n >= n && (n == 0 || memcmp(s.p, p, n) == 0);
}

/* Does s have the n bytes at p, at least one, from its byte at on? */
static inline bool span_has_at(struct span s, size_t at, const void *p, size_t n)
{
	return at < s.n && span_starts(span_of(s.p + at, s.n - at), p, n);
}

/* The first n bytes, or all where there are fewer. */
static inline struct span span_head(struct span s, size_t n)
{
	return span_of(s.p, s.n < n ? s.n : n);
}

/* What comes after them. */
static inline struct span span_tail(struct span s, size_t n)
{
	return n < s.n ? span_of(s.p + n, s.n - n) : span_of(NULL, 0);
}

static inline bool span_zero(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i])
			return false;
	return true;
}

static inline struct cursor cur_over(const void *p, size_t n)
{
	const uint8_t *b = p;

	return (struct cursor){ b, b, n ? b + n : b };
}

static inline struct cursor cur_span(struct span s)
{
	return cur_over(s.p, s.n);
}

static inline size_t cur_left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

static inline bool cur_empty(const struct cursor *c)
{
	return c->p == c->end;
}

static inline size_t cur_offset(const struct cursor *c)
{
	return (size_t)(c->p - c->start);
}

static inline struct span cur_rest(const struct cursor *c)
{
	return span_of(c->p, cur_left(c));
}

/* n is u64 so that a length field needs no cast that could drop bits. */
static inline bool cur_take(struct cursor *c, uint64_t n, struct span *ret)
{
	if (n > cur_left(c))
		return false;

	*ret = span_of(c->p, (size_t)n);
	if (n)
		c->p += n;
	return true;
}

static inline bool cur_skip(struct cursor *c, uint64_t n)
{
	struct span unused;

	return cur_take(c, n, &unused);
}

static inline uint16_t get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t get_le64(const uint8_t *p)
{
	return get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

/* The other way: the lowest n bytes of v, up to 8. */
static inline void put_le(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static inline bool cur_u8(struct cursor *c, uint8_t *ret)
{
	struct span s;

	if (!cur_take(c, 1, &s))
		return false;
	*ret = s.p[0];
	return true;
}

static inline bool cur_le16(struct cursor *c, uint16_t *ret)
{
	struct span s;

	if (!cur_take(c, 2, &s))
		return false;
	*ret = get_le16(s.p);
	return true;
}

static inline bool cur_le32(struct cursor *c, uint32_t *ret)
{
	struct span s;

	if (!cur_take(c, 4, &s))
		return false;
	*ret = get_le32(s.p);
	return true;
}

static inline bool cur_le64(struct cursor *c, uint64_t *ret)
{
	struct span s;

	if (!cur_take(c, 8, &s))
		return false;
	*ret = get_le64(s.p);
	return true;
}
