/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates that were read before, and which signed which. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "crypto/hash.h"

struct x509_st;

/*
 * What a fleet has in common: the certificates above its machines are the same for all of them,
 * and most of the time that evidence takes goes into reading these and checking what they signed.
 *
 * Only what stays true is kept.  A certificate is found by the hash of the very bytes it was read
 * from.  A link says that the key of one certificate made the signature in another, and is
 * found by the hashes of both: all of their bytes, which is all that it depends on.  When they are
 * valid, what they may be used for, how strong their keys are, and whether they lead to a root
 * that was pinned, is checked each time; and a signature that is wrong is never remembered.
 *
 * Bounded, whatever is read.  Any number of threads.  Of one OpenSSL: struct crypto.
 */
struct cert_cache;

#define CERT_CACHE_BYTES_MAX 8192 /* of a certificate that is kept */

/* NULL: no memory. */
struct cert_cache *cert_cache_new(void);
/* One more user; cert_cache_free() is for each.  Both take NULL. */
struct cert_cache *cert_cache_ref(struct cert_cache *cache);
void cert_cache_free(struct cert_cache *cache);

/* The hashes a certificate has: of the bytes it was read from, and of its DER. */
struct cert_ids {
	uint8_t bytes[32], sha256[32];
};

/* The certificate of ids->bytes, which is the caller's to free, and ids->sha256; NULL. */
struct x509_st *cert_cache_get(struct cert_cache *cache, struct cert_ids *ids);
/* Keeps it, too.  What OpenSSL decodes when it is first asked, certs_add() has asked for. */
void cert_cache_put(struct cert_cache *cache, const struct cert_ids *ids, struct x509_st *cert);

/* Did the key of issuer make the signature in subject?  false: not that we know. */
bool cert_cache_is_link(struct cert_cache *cache, const uint8_t subject[32],
			const uint8_t issuer[32]);
void cert_cache_add_link(struct cert_cache *cache, const uint8_t subject[32],
			 const uint8_t issuer[32]);
