/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The raw loops around OpenSSL: what extending costs when nothing is read, checked or kept.
 *
 * An algorithm that was fetched once, one context that is started again for each digest, the
 * value and what extends it in one update.  All by EVP, which providers can answer.
 */
#include "bench.h"

#include <openssl/evp.h>
#include <string.h>

struct raw {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
	size_t size;
};

static struct raw raw_begin(int hash)
{
	const char *name = hash == TSMMR_HASH_SHA384 ? "SHA2-384" :
			   hash == TSMMR_HASH_SHA256 ? "SHA2-256" :
						       "SHA1";
	struct raw raw = { must(EVP_MD_fetch(NULL, name, NULL)), must(EVP_MD_CTX_new()), 0 };

	raw.size = (size_t)EVP_MD_get_size(raw.md);
	return raw;
}

static void raw_end(struct raw *raw)
{
	EVP_MD_CTX_free(raw->ctx);
	EVP_MD_free(raw->md);
}

static inline void digest(const struct raw *raw, const void *p, size_t n, uint8_t *ret)
{
	if (EVP_DigestInit_ex2(raw->ctx, raw->md, NULL) != 1 ||
	    EVP_DigestUpdate(raw->ctx, p, n) != 1 || EVP_DigestFinal_ex(raw->ctx, ret, NULL) != 1)
		die(NULL, "no digest");
}

static inline void extend(const struct raw *raw, uint8_t *value, const uint8_t *by)
{
	uint8_t both[2 * TSMMR_HASH_SIZE_MAX];

	memcpy(both, value, raw->size);
	memcpy(both + raw->size, by, raw->size);
	digest(raw, both, 2 * raw->size, value);
}

void raw_lines(struct input *in, int hash, struct outcome *ret)
{
	struct raw raw = raw_begin(hash);
	uint8_t both[2 * TSMMR_HASH_SIZE_MAX] = { 0 };

	for (size_t i = 0; i < in->n; i++) {
		digest(&raw, in->pieces[i].data, in->pieces[i].len, both + raw.size);
		digest(&raw, both, 2 * raw.size, both);
	}
	memcpy(ret->values[0], both, raw.size);
	ret->n_values = 1;
	raw_end(&raw);
}

void naive_lines(struct input *in, int hash, struct outcome *ret)
{
	uint8_t both[2 * TSMMR_HASH_SIZE_MAX] = { 0 };
	bool is_384 = hash == TSMMR_HASH_SHA384;
	size_t size = is_384 ? 48 : 32;

	/* EVP_sha384() each time: OpenSSL then fetches on every call. */
	for (size_t i = 0; i < in->n; i++)
		if (EVP_Digest(in->pieces[i].data, in->pieces[i].len, both + size, NULL,
			       is_384 ? EVP_sha384() : EVP_sha256(), NULL) != 1 ||
		    EVP_Digest(both, 2 * size, both, NULL, is_384 ? EVP_sha384() : EVP_sha256(),
			       NULL) != 1)
			die(NULL, "no digest");
	memcpy(ret->values[0], both, size);
	ret->n_values = 1;
}

void raw_chain(struct input *in, int hash, struct outcome *ret)
{
	struct raw raw = raw_begin(hash);
	uint8_t value[TSMMR_HASH_SIZE_MAX] = { 0 };

	for (size_t i = 0; i < in->n; i++)
		extend(&raw, value, value);
	/* What it comes to is nobody else's. */
	ret->n_values = 0;
	raw_end(&raw);
}

void raw_extend(struct input *in, int hash, struct outcome *ret)
{
	struct raw raw = raw_begin(hash);

	for (size_t i = 0; i < in->n; i++)
		extend(&raw, ret->values[in->pieces[i].reg], in->pieces[i].sha384);
	ret->n_values = input_registers(in);
	raw_end(&raw);
}

void raw_extend_checked(struct input *in, int hash, struct outcome *ret)
{
	struct raw raw = raw_begin(hash);
	uint8_t of_data[TSMMR_HASH_SIZE_MAX];

	for (size_t i = 0; i < in->n; i++) {
		const struct piece *p = &in->pieces[i];

		digest(&raw, p->data, p->len, of_data);
		if (memcmp(of_data, p->sha384, raw.size) != 0)
			die(NULL, "record %zu has another digest", i);
		extend(&raw, ret->values[p->reg], p->sha384);
	}
	ret->n_values = input_registers(in);
	raw_end(&raw);
}

void raw_ima(struct input *in, int arg, struct outcome *ret)
{
	struct raw sha1 = raw_begin(TSMMR_HASH_SHA1), sha256 = raw_begin(TSMMR_HASH_SHA256);
	uint8_t of_data[TSMMR_HASH_SIZE_MAX];

	for (size_t i = 0; i < in->n; i++) {
		const struct piece *p = &in->pieces[i];

		digest(&sha1, p->data, p->len, of_data);
		digest(&sha256, p->data, p->len, of_data);
		extend(&sha256, ret->values[p->reg], of_data);
	}
	ret->n_values = 1;
	raw_end(&sha1);
	raw_end(&sha256);
}

/* The outcome is the SHA-384 bank's. */
void raw_extend_both(struct input *in, int hash, struct outcome *ret)
{
	struct raw sha256 = raw_begin(TSMMR_HASH_SHA256), sha384 = raw_begin(TSMMR_HASH_SHA384);
	uint8_t values[REGISTERS_MAX][32] = { { 0 } };

	for (size_t i = 0; i < in->n; i++) {
		const struct piece *p = &in->pieces[i];

		extend(&sha256, values[p->reg], p->sha256);
		extend(&sha384, ret->values[p->reg], p->sha384);
	}
	ret->n_values = input_registers(in);
	raw_end(&sha256);
	raw_end(&sha384);
}
