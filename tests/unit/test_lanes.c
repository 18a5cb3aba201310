/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto/lanes.c: what OpenSSL computes, whatever the lengths, and only where it may. */
#include "testing.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "crypto/chains.h"
#include "crypto/hash.h"
#include "crypto/lanes.h"
#include "util/cleanup.h"

/* More than a few blocks of 128 bytes, and ends on both sides of every boundary. */
#define LENGTHS 700
#define SHIFTS 16 /* a vector's bytes, and as many ways to lie beside them */
#define MANY 67

static uint8_t bytes[8192 + SHIFTS];

static void fill(void)
{
	uint32_t x = 20261129;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		x = x * 1103515245 + 12345;
		bytes[i] = (uint8_t)(x >> 16);
	}
}

static void compare(const struct lanes *lanes, struct hasher *h, const struct span *in, size_t n)
{
	uint8_t got[MANY * TSMMR_HASH_SIZE_MAX], want[TSMMR_HASH_SIZE_MAX];
	size_t size = h->alg->size;

	assert_true(n <= MANY);
	lanes_hash(lanes, in, n, got);
	for (size_t i = 0; i < n; i++) {
		assert_code(hash_bytes(h, in[i].p, in[i].n, want), 0);
		assert_memory_equal(got + i * size, want, size);
	}
}

static void every_length_and_place(void **state)
{
	const struct lanes *lanes;
	uint16_t alg;

	for (size_t k = 0; (lanes = lanes_at(k, &alg)); k++) {
		_cleanup_(hasher_done) struct hasher h = { 0 };
		struct span in[MANY];

		assert_code(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(alg)), 0);
		/* As many at once as there are places, each of another length. */
		for (size_t n = 0; n < LENGTHS; n++) {
			for (size_t i = 0; i < SHIFTS; i++)
				in[i] = span_of(bytes + i, (n + 37 * i) % LENGTHS);
			compare(lanes, &h, in, SHIFTS);
		}
		/* More lanes than messages, and lanes that are filled again at any time. */
		for (size_t n = 0; n <= MANY; n++) {
			for (size_t i = 0; i < n; i++)
				in[i] = span_of(bytes + n, (i * i * 53 + n) % 1500);
			compare(lanes, &h, in, n);
		}
		in[0] = span_of(NULL, 0);
		compare(lanes, &h, in, 1);
	}
	/* None here: the processor has no vectors, or the build none of this. */
	if (!lanes_at(0, &alg))
		skip();
}

/* Long ones among short ones come in the order in which they were given. */
static void many_are_in_order(void **state)
{
	for (size_t a = 0; hash_by_index(a); a++) {
		_cleanup_(hasher_done) struct hasher h = { 0 };
		uint8_t got[MANY * TSMMR_HASH_SIZE_MAX], want[TSMMR_HASH_SIZE_MAX];
		struct span in[MANY];

		assert_code(hasher_init(&h, CRYPTO_DEFAULT, hash_by_index(a)), 0);
		for (size_t i = 0; i < MANY; i++)
			in[i] = span_of(bytes + i, i % 9 == 4 ? 8000 : i * 11);
		assert_code(hash_many(&h, in, MANY, got), 0);
		for (size_t i = 0; i < MANY; i++) {
			assert_code(hash_bytes(&h, in[i].p, in[i].n, want), 0);
			assert_memory_equal(got + i * h.alg->size, want, h.alg->size);
		}
		assert_code(hash_many(&h, in, 0, got), 0);
	}
}

/* Chains of any lengths, more and fewer of them than lanes, give what extending one by one does. */
static void chains_are_extensions(void **state)
{
	static struct fold_link links[MANY][MANY];
	static uint8_t want[MANY][TSMMR_HASH_SIZE_MAX], got[MANY][TSMMR_HASH_SIZE_MAX];

	for (size_t a = 0; hash_by_index(a); a++) {
		_cleanup_(hasher_done) struct hasher h = { 0 };
		size_t size = hash_by_index(a)->size;
		struct fold_chain chains[MANY];

		assert_code(hasher_init(&h, CRYPTO_DEFAULT, hash_by_index(a)), 0);
		for (size_t n = 0; n < MANY; n += n < 9 ? 1 : 19) {
			for (size_t i = 0; i < n; i++) {
				size_t n_links = (i * i * 7 + n) % (n < 9 ? 5 : MANY);

				memcpy(got[i], bytes + i, size);
				memcpy(want[i], bytes + i, size);
				memcpy(links[i][0].both, bytes + i, size);
				chains[i] =
					(struct fold_chain){ n_links ? links[i] : NULL, got[i] };
				for (size_t k = 0; k < n_links; k++) {
					const uint8_t *by = bytes + i * MANY + k;

					links[i][k].next =
						k + 1 < n_links ? &links[i][k + 1] : NULL;
					memcpy(links[i][k].both + size, by, size);
					assert_code(hash_extend(&h, want[i], by, size), 0);
				}
			}
			assert_code(hash_chains(&h, chains, n), 0);
			for (size_t i = 0; i < n; i++) {
				assert_null(chains[i].first);
				assert_memory_equal(got[i], want[i], size);
			}
		}
	}
}

/* Whoever says whose code computes has that code, and no other. */
static void a_choice_is_obeyed(void **state)
{
	OSSL_LIB_CTX *lib = OSSL_LIB_CTX_new();
	const struct crypto chosen[] = {
		{ .only = true },
		{ .lib = lib },
		{ .properties = "provider=default" },
	};
	const struct hash_alg *alg = hash_by_id(TSMMR_HASH_SHA384);
	struct hasher h = { 0 };

	assert_non_null(lib);
	for (size_t i = 0; i < N_OF(chosen); i++) {
		assert_code(hasher_init(&h, chosen[i], alg), 0);
		assert_null(h.lanes);
		hasher_done(&h);
	}
	assert_code(hasher_init(&h, CRYPTO_DEFAULT, alg), 0);
	assert_ptr_equal(h.lanes, lanes_for(TSMMR_HASH_SHA384));
	hasher_done(&h);
	assert_null(lanes_for(TSMMR_HASH_SHA1));
	OSSL_LIB_CTX_free(lib);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_and_place),
		cmocka_unit_test(many_are_in_order),
		cmocka_unit_test(chains_are_extensions),
		cmocka_unit_test(a_choice_is_obeyed),
	};

	fill();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
