/* SPDX-License-Identifier: BSD-2-Clause */
/* CBOR from an attacker, by libcbor's stream decoder: heads only, nothing allocated. */
#pragma once

#include <tsmmr/types.h>

#include "util/cursor.h"

enum cbor_kind {
	CBOR_UINT,
	CBOR_NINT, /* -1 - value */
	CBOR_BYTES,
	CBOR_TEXT, /* valid UTF-8 */
	CBOR_ARRAY,
	CBOR_MAP,
	CBOR_TAG,
	CBOR_FALSE,
	CBOR_TRUE,
	CBOR_NULL
};

struct cbor_item {
	enum cbor_kind kind;
	uint64_t value;    /* the number; how many items or pairs follow; which tag */
	struct span bytes; /* BYTES, TEXT */
	bool shortest;     /* its head is as short as can be (RFC 8949 §4.2.1) */
};

/*
 * A reader over bytes that are all there.  Each call returns 0, or E_TRUNCATED,
 * E_MALFORMED or E_UNSUPPORTED with why set and the cursor where it was.  Refused:
 * indefinite lengths, floating point, undefined, counts that what is left cannot hold.
 */
struct cbor_in {
	struct cursor c;
	const char *why;
};

#define CBOR_DEPTH_MAX 16 /* containers and tags inside what cbor_in_skip() skips */

static inline struct cbor_in cbor_in_span(struct span s)
{
	return (struct cbor_in){ .c = cur_span(s) };
}

int cbor_in_next(struct cbor_in *in, struct cbor_item *ret);
/* The next item, which must be of that kind and have the shortest head. */
int cbor_in_uint(struct cbor_in *in, uint64_t *ret);
int cbor_in_bytes(struct cbor_in *in, struct span *ret);
int cbor_in_text(struct cbor_in *in, struct span *ret);
int cbor_in_array(struct cbor_in *in, uint64_t *ret_n);
int cbor_in_map(struct cbor_in *in, uint64_t *ret_pairs);
/* The head of an array that is read as it comes: nothing says that all of it is there. */
int cbor_in_count(struct cbor_in *in, uint64_t *ret_n);
/* A whole item with all it contains; *ret (nullable) is its encoding.  E_LIMIT: too deep. */
int cbor_in_skip(struct cbor_in *in, struct span *ret);
