/* SPDX-License-Identifier: BSD-2-Clause */
/* Deterministic CBOR into a buffer: the longest numbers, and null, by libcbor. */
#include "util/cbor_out.h"

#include <cbor.h>

#include "util/version.h"

uint8_t *cbor_put_long(uint8_t *to, enum cbor_major major, uint64_t v)
{
	size_t n = cbor_encode_uint(v, to, CBOR_HEAD_MAX);

	*to |= (uint8_t)(major << 5);
	return to + n;
}

static void head(struct buf *b, enum cbor_major major, uint64_t v)
{
	uint8_t *to = buf_room(b, CBOR_HEAD_MAX);

	if (to)
		b->n += (size_t)(cbor_put(to, major, v) - to);
}

void cbor_out_uint(struct buf *b, uint64_t v)
{
	head(b, CBOR_MAJOR_UINT, v);
}

void cbor_out_nint(struct buf *b, uint64_t v)
{
	head(b, CBOR_MAJOR_NINT, v);
}

void cbor_out_bytes(struct buf *b, struct span s)
{
	head(b, CBOR_MAJOR_BYTES, s.n);
	buf_add(b, s.p, s.n);
}

void cbor_out_text(struct buf *b, const void *s, size_t n)
{
	head(b, CBOR_MAJOR_TEXT, n);
	buf_add(b, s, n);
}

void cbor_out_array(struct buf *b, uint64_t n)
{
	head(b, CBOR_MAJOR_ARRAY, n);
}

void cbor_out_map(struct buf *b, uint64_t pairs)
{
	head(b, CBOR_MAJOR_MAP, pairs);
}

void cbor_out_tag(struct buf *b, uint64_t tag)
{
	head(b, CBOR_MAJOR_TAG, tag);
}

void cbor_out_null(struct buf *b)
{
	uint8_t *to = buf_room(b, CBOR_HEAD_MAX);

	if (to)
		b->n += cbor_encode_null(to, CBOR_HEAD_MAX);
}

const char *cbor_out_library(void)
{
	return VERSION_TEXT(CBOR_MAJOR_VERSION, CBOR_MINOR_VERSION, CBOR_PATCH_VERSION);
}
