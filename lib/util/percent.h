/* SPDX-License-Identifier: BSD-2-Clause */
/* Percent-encoding, as in headers of HTTP and URLs.  (RFC 3986 §2.1) */
#pragma once

#include "util/cursor.h"

/* Of which each %XX is a byte.  to: s.n bytes, of which *ret_n are used; false: it is not. */
bool percent_decode(struct span s, uint8_t *to, size_t *ret_n);
