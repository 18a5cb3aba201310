/* SPDX-License-Identifier: BSD-2-Clause */
/* Deterministic CBOR (RFC 8949 §4.2.1) into a buffer; map keys in order are the caller's. */
#pragma once

#include <endian.h>

#include "util/buf.h"
#include "util/cbor.h"
#include "util/put.h"

/* Into room of the caller's, as in put.h. */
#define CBOR_HEAD_MAX 9
uint8_t *cbor_put_long(uint8_t *to, enum cbor_major major, uint64_t v);

/*
 * A head.  The number stands in its first byte, or in one, two, four or eight after it; the
 * last are so rare that they are worth a call.  (RFC 8949 §3)
 */
static inline uint8_t *cbor_put(uint8_t *to, enum cbor_major major, uint64_t v)
{
	uint8_t first = (uint8_t)(major << 5);
	uint32_t four = htobe32((uint32_t)v);
	uint16_t two = htobe16((uint16_t)v);

	if (v < 24) {
		*to = (uint8_t)(first | v);
		return to + 1;
	}
	if (v <= UINT8_MAX) {
		to[0] = first | 24;
		to[1] = (uint8_t)v;
		return to + 2;
	}
	if (v <= UINT16_MAX) {
		*to = first | 25;
		return put_mem(to + 1, &two, sizeof(two));
	}
	if (v <= UINT32_MAX) {
		*to = first | 26;
		return put_mem(to + 1, &four, sizeof(four));
	}
	return cbor_put_long(to, major, v);
}

/* A string; text is valid UTF-8. */
static inline uint8_t *cbor_put_string(uint8_t *to, enum cbor_major major, struct span s)
{
	return put_span(cbor_put(to, major, s.n), s);
}

void cbor_out_uint(struct buf *b, uint64_t v);
void cbor_out_nint(struct buf *b, uint64_t v); /* -1 - v */
void cbor_out_bytes(struct buf *b, struct span s);
void cbor_out_text(struct buf *b, const void *s, size_t n); /* valid UTF-8 */
void cbor_out_array(struct buf *b, uint64_t n);
void cbor_out_map(struct buf *b, uint64_t pairs);
void cbor_out_tag(struct buf *b, uint64_t tag); /* before what it is of */
void cbor_out_null(struct buf *b);

/* The version of the library behind it. */
const char *cbor_out_library(void);
