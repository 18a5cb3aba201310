/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes into room that the caller has made, for what writes a whole record at once: each
 * function returns where the next byte goes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util/cursor.h"
#include "util/hex.h"

#define PUT_U64_MAX 20 /* decimal digits */

static inline uint8_t *put_mem(uint8_t *to, const void *p, size_t n)
{
	if (n)
		memcpy(to, p, n);
	return to + n;
}

static inline uint8_t *put_span(uint8_t *to, struct span s)
{
	return put_mem(to, s.p, s.n);
}

/* A digest, most of which are of two lengths; memcpy() of one that is known is no call. */
static inline uint8_t *put_digest(uint8_t *to, struct span s)
{
	if (s.n == 32)
		return put_mem(to, s.p, 32);
	if (s.n == 48)
		return put_mem(to, s.p, 48);
	return put_span(to, s);
}

/* A literal: its length is known when it is compiled. */
#define put_lit(to, literal) put_mem(to, "" literal, sizeof(literal) - 1)

/* Lower case, two for each byte. */
static inline uint8_t *put_hex(uint8_t *to, struct span s)
{
	hex_encode((char *)to, s.p, s.n);
	return to + 2 * s.n;
}

/* In decimal. */
static inline uint8_t *put_u64(uint8_t *to, uint64_t v)
{
	size_t n = 1;

	for (uint64_t rest = v; rest > 9; rest /= 10)
		n++;
	for (size_t i = n; i--; v /= 10)
		to[i] = (uint8_t)('0' + v % 10);
	return to + n;
}
