/* SPDX-License-Identifier: BSD-2-Clause */
/* CBOR from an attacker (RFC 8949), item by item; nothing is allocated but the arena. */
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
	CBOR_NULL,
	CBOR_OTHER, /* undefined, floating point, simple values: stepped over, never read */
};

#define CBOR_UNTIL_BREAK UINT64_MAX /* as many as there are before a break */

struct cbor_item {
	enum cbor_kind kind;
	uint64_t value;    /* the number; how many items or pairs follow; which tag */
	struct span bytes; /* BYTES, TEXT; of UINT the number as it is written, big-endian */
};

/*
 * Bytes, and room after them where strings that come in chunks (RFC 8949 §3.2.3) are put
 * together: one piece of memory, which its maker owns, so that what points into it moves
 * with it.
 */
struct cbor_arena {
	uint8_t *p;
	size_t n;    /* bytes that were handed in */
	size_t used; /* these, and what was put together */
	size_t size;
};

/* A copy of s with room for what its nested strings may need; free(ret->p).  E_NOMEM */
int cbor_arena_new(struct span s, struct cbor_arena *ret);
/* Where p, which points into it, came from: an offset in the bytes that were handed in. */
size_t cbor_arena_offset(const struct cbor_arena *arena, const uint8_t *p);

/*
 * A reader over bytes that are all there.  Each call returns 0, or E_TRUNCATED,
 * E_MALFORMED or E_LIMIT with why set and the cursor where it was.  Any well-formed
 * encoding is taken; deterministic, only what RFC 8949 §4.2.1 allows, but for the order of
 * keys.  Without an arena a string that comes in chunks can be skipped and not read.
 */
struct cbor_in {
	struct cursor c;
	const char *why;
	struct cbor_arena *arena; /* or NULL */
	bool deterministic;
	bool form; /* what was refused is well-formed, and only not deterministic */
};

#define CBOR_DEPTH_MAX 16 /* containers and tags inside what cbor_in_skip() skips */

static inline struct cbor_in cbor_in_span(struct span s)
{
	return (struct cbor_in){ .c = cur_span(s) };
}

int cbor_in_next(struct cbor_in *in, struct cbor_item *ret);
/* The next item, which must be of that kind. */
int cbor_in_uint(struct cbor_in *in, uint64_t *ret);
int cbor_in_bytes(struct cbor_in *in, struct span *ret);
int cbor_in_text(struct cbor_in *in, struct span *ret);
int cbor_in_array(struct cbor_in *in, uint64_t *ret_n);
int cbor_in_map(struct cbor_in *in, uint64_t *ret_pairs);
/* Does a text string begin here? */
bool cbor_in_is_text(const struct cbor_in *in);
/*
 * Does a container, of which *left items or pairs are to come, have another?  1, and *left
 * is less by one; 0 at its end, a break being taken; or an error.
 */
int cbor_in_more(struct cbor_in *in, uint64_t *left);
/* The head of an array that is read as it comes: nothing says that all of it is there. */
int cbor_in_count(struct cbor_in *in, uint64_t *ret_n);
/* A whole item with all it contains; *ret (nullable) is its encoding.  E_LIMIT: too deep. */
int cbor_in_skip(struct cbor_in *in, struct span *ret);
