/* SPDX-License-Identifier: BSD-2-Clause */
/* Hex and base64 around evidence. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/cursor.h"

/*
 * Removes one layer of hex, base64 or base64url (white space allowed, padding optional)
 * when all of s is such text.  1 and a malloc'd *ret, 0 when s is not armoured, E_NOMEM.
 */
int armour_strip(struct span s, uint8_t **ret, size_t *ret_n);
/* base64url as in JOSE: no blanks, no padding.  Fewer than s.n bytes; false: it is not. */
bool base64url_decode(struct span s, uint8_t *to, size_t *ret_n);
/* base64, of all of s. */
bool base64_decode(struct span s, uint8_t *to, size_t *ret_n);
