/* SPDX-License-Identifier: BSD-2-Clause */
/* Protocol buffers, read a field at a time.  (protobuf.dev, "Encoding") */
#pragma once

#include "util/cursor.h"

enum { PB_VARINT = 0, PB_FIXED64 = 1, PB_BYTES = 2, PB_FIXED32 = 5 };

struct pb_field {
	uint32_t number;
	uint8_t wire;
	uint64_t value;    /* of a varint or a fixed number */
	struct span bytes; /* of PB_BYTES: a text, bytes or a message */
};

/* 1, or -1 where it is none. */
static inline int pb_varint(struct cursor *c, uint64_t *ret)
{
	uint64_t v = 0;
	uint8_t byte;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		if (!cur_u8(c, &byte) || (shift == 63 && byte > 1))
			return -1;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = v;
			return 1;
		}
	}
	return -1;
}

/* The next field of a message: 1, 0 at its end, -1 where it is none (groups are none). */
static inline int pb_next(struct cursor *c, struct pb_field *ret)
{
	uint64_t key, n;
	uint32_t word;

	*ret = (struct pb_field){ .number = 0 };
	if (cur_empty(c))
		return 0;
	if (pb_varint(c, &key) < 0 || key >> 3 == 0 || key >> 32)
		return -1;
	ret->number = (uint32_t)(key >> 3);
	ret->wire = key & 7;
	switch (ret->wire) {
	case PB_VARINT:
		return pb_varint(c, &ret->value);
	case PB_FIXED64:
		return cur_le64(c, &ret->value) ? 1 : -1;
	case PB_BYTES:
		return pb_varint(c, &n) > 0 && cur_take(c, n, &ret->bytes) ? 1 : -1;
	case PB_FIXED32:
		if (!cur_le32(c, &word))
			return -1;
		ret->value = word;
		return 1;
	default:
		return -1;
	}
}
