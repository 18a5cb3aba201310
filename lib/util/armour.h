/* SPDX-License-Identifier: BSD-2-Clause */
/* Hex and base64 around evidence and logs, and a mark before them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/cursor.h"

/* Past what editors of Windows put in front of text.  (Unicode, byte order mark) */
static inline struct span span_unmarked(struct span s)
{
	return span_starts(s, "\xef\xbb\xbf", 3) ? span_of(s.p + 3, s.n - 3) : s;
}

enum armour_kind {
	ARMOUR_HEX,
	ARMOUR_BASE64,
	ARMOUR_BASE64URL,
	ARMOUR_ANY_BASE64, /* whichever of the two its characters show */
};

/* One layer around bytes of any length, removed as they come. */
struct armour {
	enum armour_kind kind;
	uint32_t blanks_max; /* in a row, 0: any number */
	uint32_t blanks;
	uint32_t bits;
	uint8_t held, pads;
	bool any; /* a byte came out */
};

void armour_begin(struct armour *a, enum armour_kind kind, uint32_t blanks_max);
/*
 * Takes from *from, which shrinks, until it is used up or size bytes stand at to.  False: what
 * *from begins with now cannot follow.
 */
bool armour_feed(struct armour *a, struct span *from, uint8_t *to, size_t size, size_t *ret_n);
/* May it end after what came?  Not inside a byte, nor with nothing. */
bool armour_ends(const struct armour *a);
/* "hex" … */
const char *armour_name(const struct armour *a);
/* Could s, not blanks alone, be what armour begins with?  Cheap; PEM is none. */
bool armour_may_begin(struct span s);

/*
 * Removes one layer of hex, base64 or base64url (white space allowed, padding optional)
 * when all of s is such text.  1 and a malloc'd *ret, 0 when s is not armoured, E_NOMEM.
 */
int armour_strip(struct span s, uint8_t **ret, size_t *ret_n);
/* base64url as in JOSE: no blanks, no padding.  Fewer than s.n bytes; false: it is not. */
bool base64url_decode(struct span s, uint8_t *to, size_t *ret_n);
/* base64, of all of s. */
bool base64_decode(struct span s, uint8_t *to, size_t *ret_n);
