/* SPDX-License-Identifier: BSD-2-Clause */
/* Characters of UTF-8, one at a time. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The length of the character at s, of which left bytes are there (at least 1); 0 when those are
 * no UTF-8.  Stops at a NUL, so left may be SIZE_MAX where one ends s.
 */
size_t utf8_next(const char *s, size_t left, uint32_t *ret);
