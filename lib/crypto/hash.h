/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash algorithms a register can have, and the two operations we need. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tsmmr/types.h>

#include "util/cursor.h"

struct hash_alg {
	uint16_t id;        /* TPM_ALG_ID */
	uint8_t size;       /* bytes */
	const char *name;   /* ours, and CEL's */
	const char *kernel; /* as the kernel spells it, where that differs */
	const char *openssl;
};

/*
 * Which OpenSSL to ask, and for which of its implementations.  Both are borrowed; zeroed: the
 * default ones.
 */
struct crypto {
	struct ossl_lib_ctx_st *lib;
	const char *properties;
	bool only; /* every digest is computed by it, none by code of ours */
};
#define CRYPTO_DEFAULT ((struct crypto){ NULL, NULL, false })

/* NULL when unknown. */
const struct hash_alg *hash_by_id(int id);
const struct hash_alg *hash_by_name(struct span name);
const struct hash_alg *hash_by_index(size_t i);

/*
 * A prefetched algorithm and a context that is used again and again: no allocation per
 * digest.  One thread.  (OpenSSL 3 fetches on every call otherwise.)
 */
struct hasher {
	const struct hash_alg *alg;
	struct evp_md_st *md;
	/* Starting is a copy of what has been started: OpenSSL takes less time for it. */
	struct evp_md_ctx_st *start, *ctx;
	const struct lanes *lanes; /* NULL: OpenSSL, one after the other */
};

/*
 * 0, E_NOMEM, or E_LACKS - … where the crypto library does not have it: none of them says
 * anything of what was to be hashed.
 */
int hasher_init(struct hasher *h, struct crypto crypto, const struct hash_alg *alg);
/* Loads what the first of them would: nothing of it is opened later.  0 or E_UNSUPPORTED. */
int crypto_prepare(struct crypto crypto);
const char *crypto_version(void);
/* Is it there?  0, or as hasher_init(). */
int hash_lacks(struct crypto crypto, const struct hash_alg *alg);
void hasher_done(struct hasher *h);
static inline void hasher_done_p(struct hasher *h)
{
	hasher_done(h);
}
int hasher_start(struct hasher *h);
int hasher_update(struct hasher *h, const void *p, size_t n);
int hasher_final(struct hasher *h, uint8_t *ret); /* alg->size bytes */
/* What hasher_final() would give now; h goes on. */
int hasher_peek(const struct hasher *h, uint8_t *ret);

#define HASHERS_MAX 8 /* as many as there are algorithms */

/* A hasher for each algorithm that was asked for. */
struct hashers {
	struct crypto crypto;
	struct hasher all[HASHERS_MAX];
	size_t n;
};

/* 0 and *ret, E_UNSUPPORTED when the algorithm is not known, or as hasher_init(). */
int hashers_get(struct hashers *set, int alg, struct hasher **ret);
void hashers_done(struct hashers *set);
static inline void hashers_done_p(struct hashers *set)
{
	hashers_done(set);
}

/* value = H(value || digest): what every register of every architecture does. */
int hash_extend(struct hasher *h, uint8_t *value, const uint8_t *digest, size_t n);
/* The same with n digests of the algorithm's own size, one after the other. */
int hash_fold(struct hasher *h, uint8_t *value, const uint8_t *digests, size_t n);
int hash_bytes(struct hasher *h, const void *p, size_t n, uint8_t *ret);
/* The digests of n messages, one after the other. */
int hash_many(struct hasher *h, const struct span *in, size_t n, uint8_t *ret);

/* In constant time.  (semantics, rule 32) */
bool hash_equal(const uint8_t *a, const uint8_t *b, size_t n);
