/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash algorithms a register can have, and the two operations we need. */
#include "crypto/hash.h"

#include <assert.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include "crypto/lanes.h"
#include "crypto/twice.h"
#include "util/cleanup.h"
#include "util/error.h"

/* TCG Algorithm Registry 1.34, table 3; kernel names: crypto/hash_info.c. */
static const struct hash_alg algs[] = {
	{ TSMMR_HASH_SHA1, 20, "sha1", NULL, "SHA1" },
	{ TSMMR_HASH_SHA256, 32, "sha256", NULL, "SHA2-256" },
	{ TSMMR_HASH_SHA384, 48, "sha384", NULL, "SHA2-384" },
	{ TSMMR_HASH_SHA512, 64, "sha512", NULL, "SHA2-512" },
	{ TSMMR_HASH_SM3_256, 32, "sm3_256", "sm3-256", "SM3" },
	{ TSMMR_HASH_SHA3_256, 32, "sha3_256", "sha3-256", "SHA3-256" },
	{ TSMMR_HASH_SHA3_384, 48, "sha3_384", "sha3-384", "SHA3-384" },
	{ TSMMR_HASH_SHA3_512, 64, "sha3_512", "sha3-512", "SHA3-512" },
};

static_assert(ARRAY_SIZE(algs) == ALGORITHM_HASHES, "a code for each that may be lacking");

const struct hash_alg *hash_by_index(size_t i)
{
	return i < ARRAY_SIZE(algs) ? &algs[i] : NULL;
}

const struct hash_alg *hash_by_id(int id)
{
	for (size_t i = 0; i < ARRAY_SIZE(algs); i++)
		if (algs[i].id == id)
			return &algs[i];
	return NULL;
}

const struct hash_alg *hash_by_name(struct span name)
{
	/* crypto/hash_info.c has had two names for it. */
	if (span_eq(name, "sm3", 3))
		return hash_by_id(TSMMR_HASH_SM3_256);
	for (size_t i = 0; i < ARRAY_SIZE(algs); i++) {
		const struct hash_alg *a = &algs[i];

		if (span_eq(name, a->name, strlen(a->name)) ||
		    (a->kernel && span_eq(name, a->kernel, strlen(a->kernel))))
			return a;
	}
	return NULL;
}

/* An algorithm is lacking where it is not there a second time, and memory is. */
static int fetch(struct crypto crypto, const struct hash_alg *alg, EVP_MD **ret)
{
	ERR_set_mark();
	*ret = EVP_MD_fetch(crypto.lib, alg->openssl, crypto.properties);
	if (!*ret)
		*ret = EVP_MD_fetch(crypto.lib, alg->openssl, crypto.properties);
	ERR_pop_to_mark();
	if (*ret)
		return 0;
	return sure(E_LACKS - (int)(alg - algs));
}

int crypto_prepare(struct crypto crypto)
{
	tzset(); /* gmtime() would, for certificates' times, though it has no use for it */
	if (crypto.lib || OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) == 1)
		return 0;
	return TSMMR_E_UNSUPPORTED;
}

const char *crypto_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}

int hash_lacks(struct crypto crypto, const struct hash_alg *alg)
{
	EVP_MD *md;
	int r = fetch(crypto, alg, &md);

	EVP_MD_free(md);
	return r;
}

/* Whoever has chosen an OpenSSL of his own, or a provider, has chosen whose code computes. */
static const struct lanes *choose_lanes(struct crypto crypto, const EVP_MD *md,
					const struct hash_alg *alg)
{
	const OSSL_PROVIDER *provider = EVP_MD_get0_provider(md);

	if (crypto.only || crypto.lib || crypto.properties || !provider ||
	    strcmp(OSSL_PROVIDER_get0_name(provider), "default") != 0)
		return NULL;
	return lanes_for(alg->id);
}

int hasher_init(struct hasher *h, struct crypto crypto, const struct hash_alg *alg)
{
	struct hasher new = { .alg = alg };
	int r = fetch(crypto, alg, &new.md);

	if (r < 0)
		return r;
	new.start = EVP_MD_CTX_new();
	new.ctx = EVP_MD_CTX_new();
	if (!new.start || !new.ctx || EVP_DigestInit_ex2(new.start, new.md, NULL) != 1) {
		hasher_done(&new);
		return TSMMR_E_NOMEM;
	}

	new.lanes = choose_lanes(crypto, new.md, alg);
	*h = new;
	return 0;
}

void hasher_done(struct hasher *h)
{
	EVP_MD_CTX_free(h->start);
	EVP_MD_CTX_free(h->ctx);
	EVP_MD_free(h->md);
	*h = (struct hasher){ 0 };
}

int hasher_start(struct hasher *h)
{
	return EVP_MD_CTX_copy_ex(h->ctx, h->start) == 1 ? 0 : TSMMR_E_NOMEM;
}

int hasher_update(struct hasher *h, const void *p, size_t n)
{
	return !n || EVP_DigestUpdate(h->ctx, p, n) == 1 ? 0 : TSMMR_E_NOMEM;
}

int hasher_final(struct hasher *h, uint8_t *ret)
{
	return EVP_DigestFinal_ex(h->ctx, ret, NULL) == 1 ? 0 : TSMMR_E_NOMEM;
}

int hasher_peek(const struct hasher *h, uint8_t *ret)
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	bool done = copy && EVP_MD_CTX_copy_ex(copy, h->ctx) == 1 &&
		    EVP_DigestFinal_ex(copy, ret, NULL) == 1;

	EVP_MD_CTX_free(copy);
	return done ? 0 : TSMMR_E_NOMEM;
}

int hashers_get(struct hashers *set, int alg, struct hasher **ret)
{
	const struct hash_alg *known = hash_by_id(alg);
	int r;

	for (size_t i = 0; i < set->n; i++)
		if (set->all[i].alg->id == alg) {
			*ret = &set->all[i];
			return 0;
		}

	if (!known || set->n == ARRAY_SIZE(set->all))
		return TSMMR_E_UNSUPPORTED;
	r = hasher_init(&set->all[set->n], set->crypto, known);
	if (r < 0)
		return r;
	*ret = &set->all[set->n++];
	return 0;
}

void hashers_done(struct hashers *set)
{
	for (size_t i = 0; i < set->n; i++)
		hasher_done(&set->all[i]);
	set->n = 0;
}

int hash_bytes(struct hasher *h, const void *p, size_t n, uint8_t *ret)
{
	return EVP_MD_CTX_copy_ex(h->ctx, h->start) == 1 &&
			       (!n || EVP_DigestUpdate(h->ctx, p, n) == 1) &&
			       EVP_DigestFinal_ex(h->ctx, ret, NULL) == 1 ?
		       0 :
		       TSMMR_E_NOMEM;
}

/* The usual sizes in place. */
static void copy(uint8_t *to, const uint8_t *from, size_t n)
{
	if (n == 48)
		memcpy(to, from, 48);
	else if (n == 32)
		memcpy(to, from, 32);
	else if (n)
		memcpy(to, from, n);
}

int hash_many(struct hasher *h, const struct span *in, size_t n, uint8_t *ret)
{
	size_t size = h->alg->size, run;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i += run) {
		run = 0;
		while (i + run < n && lanes_take(h->lanes, in[i + run].n))
			run++;
		if (run > 1) {
			lanes_hash(h->lanes, in + i, run, ret + i * size);
		} else {
			run = 1;
			r = hash_bytes(h, in[i].p, in[i].n, ret + i * size);
		}
	}
	return r;
}

int hash_extend(struct hasher *h, uint8_t *value, const uint8_t *digest, size_t n)
{
	uint8_t both[2 * TSMMR_HASH_SIZE_MAX];
	size_t size = h->alg->size;

	if (n > TSMMR_HASH_SIZE_MAX) {
		int r = hasher_start(h);

		if (r == 0)
			r = hasher_update(h, value, size);
		if (r == 0)
			r = hasher_update(h, digest, n);
		return r == 0 ? hasher_final(h, value) : r;
	}

	/* One update of one block is faster than two. */
	copy(both, value, size);
	copy(both + size, digest, n);
	return hash_bytes(h, both, size + n, value);
}

int hash_fold(struct hasher *h, uint8_t *value, const uint8_t *digests, size_t n)
{
	uint8_t both[2 * TSMMR_HASH_SIZE_MAX];
	size_t size = h->alg->size;

	memcpy(both, value, size);
	for (size_t i = 0; i < n; i++) {
		memcpy(both + size, digests + i * size, size);
		if (hash_bytes(h, both, 2 * size, both) < 0)
			return TSMMR_E_NOMEM;
	}
	memcpy(value, both, size);
	return 0;
}

bool hash_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
