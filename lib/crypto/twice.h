/* SPDX-License-Identifier: BSD-2-Clause */
/* What OpenSSL refuses, which may be for want of memory. */
#pragma once

#include <stdbool.h>

#include <openssl/crypto.h>

#include <tsmmr/types.h>

/*
 * Where memory runs out OpenSSL may call an algorithm unsupported, a key malformed or a signature
 * wrong, and does not always say why.  So what it refuses is asked a second time, and then whether
 * there is memory:
 *
 *     r = once(…, NULL);
 *     if (refuses(r))
 *             r = sure(once(…, err));
 *
 * Of the first time nothing is left, a filled error neither.
 */
static inline bool refuses(int r)
{
	return r < 0 && r != TSMMR_E_NOMEM;
}

static inline bool has_memory(void)
{
	void *memory = OPENSSL_malloc(1024); /* no compiler knows how that will end */

	OPENSSL_free(memory);
	return memory;
}

static inline int sure(int r)
{
	return refuses(r) && !has_memory() ? TSMMR_E_NOMEM : r;
}
