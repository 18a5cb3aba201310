/* SPDX-License-Identifier: BSD-2-Clause */
/* Deterministic CBOR into a buffer: heads by libcbor, which writes the shortest. */
#include "util/cbor_out.h"

#include <cbor.h>

#define HEAD_MAX 9

typedef size_t (*head_fn)(size_t n, unsigned char *p, size_t size);

static void head(struct buf *b, head_fn encode, uint64_t n)
{
	uint8_t *p = buf_room(b, HEAD_MAX);

	if (p)
		b->n += encode((size_t)n, p, HEAD_MAX);
}

void cbor_out_uint(struct buf *b, uint64_t v)
{
	uint8_t *p = buf_room(b, HEAD_MAX);

	if (p)
		b->n += cbor_encode_uint(v, p, HEAD_MAX);
}

void cbor_out_nint(struct buf *b, uint64_t v)
{
	uint8_t *p = buf_room(b, HEAD_MAX);

	if (p)
		b->n += cbor_encode_negint(v, p, HEAD_MAX);
}

void cbor_out_bytes(struct buf *b, struct span s)
{
	head(b, cbor_encode_bytestring_start, s.n);
	buf_add(b, s.p, s.n);
}

void cbor_out_text(struct buf *b, const void *s, size_t n)
{
	head(b, cbor_encode_string_start, n);
	buf_add(b, s, n);
}

void cbor_out_array(struct buf *b, uint64_t n)
{
	head(b, cbor_encode_array_start, n);
}

void cbor_out_map(struct buf *b, uint64_t pairs)
{
	head(b, cbor_encode_map_start, pairs);
}

void cbor_out_tag(struct buf *b, uint64_t tag)
{
	uint8_t *p = buf_room(b, HEAD_MAX);

	if (p)
		b->n += cbor_encode_tag(tag, p, HEAD_MAX);
}

void cbor_out_null(struct buf *b)
{
	uint8_t *p = buf_room(b, HEAD_MAX);

	if (p)
		b->n += cbor_encode_null(p, HEAD_MAX);
}
