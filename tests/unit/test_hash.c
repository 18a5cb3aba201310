/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto/hash.c: every algorithm, and the extension that every register does. */
#include "testing.h"

#include <openssl/crypto.h>

#include "crypto/hash.h"
#include "platform/evidence.h"
#include "util/cleanup.h"

/*
 * "abc" is the example of FIPS 180-4 and 202 and of GB/T 32905; extended is a zero
 * register extended by that digest, computed by Python's hashlib (SM3: gen/mklog.py).
 */
/* clang-format off */
static const struct {
	int alg;
	const char *name, *kernel, *abc, *extended;
} vectors[] = {
	{ TSMMR_HASH_SHA1, "sha1", "sha1",
	  "a9993e364706816aba3e25717850c26c9cd0d89d",
	  "ccd5bd41458de644ac34a2478b58ff819bef5acf" },
	{ TSMMR_HASH_SHA256, "sha256", "sha256",
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	  "589f9ffed4c477966bfb8d41f37895b08c69047df8f911d6f3b57fbe08faee8d" },
	{ TSMMR_HASH_SHA384, "sha384", "sha384",
	  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
	  "8086072ba1e7cc2358baeca134c825a7",
	  "93732e3733514a841c982cfa75ea76ab55fe011acb9cd980ef4523913c65be1b"
	  "0998e04d77f8c174f81a82151619ca40" },
	{ TSMMR_HASH_SHA512, "sha512", "sha512",
	  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	  "6b9e946755055542adba95a1588a7eaed86323b3bed97d602ee06839d734048e"
	  "02c63f37892d3adde0d25b5a9d89162e8804ab9ec0ac4a263545c4faecfdf53b" },
	{ TSMMR_HASH_SM3_256, "sm3_256", "sm3-256",
	  "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
	  "ee1ade12bac480c9bc7aff12f344bf9cdd92324fc83f7d79386f3c5426185506" },
	{ TSMMR_HASH_SHA3_256, "sha3_256", "sha3-256",
	  "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
	  "d977a6829721d3071cc5e73ccf46f11967e4922ca7a292604b820176606b294b" },
	{ TSMMR_HASH_SHA3_384, "sha3_384", "sha3-384",
	  "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2"
	  "98d88cea927ac7f539f1edf228376d25",
	  "5e8bb103f983ad9d86c0ad9a2f5d796acbb141e80ae228d273247faf20e23fb0"
	  "54c9aa79e8c3981342a6c8f309033b80" },
	{ TSMMR_HASH_SHA3_512, "sha3_512", "sha3-512",
	  "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
	  "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
	  "83e66121081abcb22af39c05a5769a6251a05150bc2c829006646c230c330e37"
	  "5ba5e9d3da2fd65d636cf16420c5318d06d3b77a58bc37946944aebcf6962d35" },
};
/* clang-format on */

static void every_algorithm_computes(void **state)
{
	for (size_t i = 0; i < N_OF(vectors); i++) {
		const struct hash_alg *alg = hash_by_id(vectors[i].alg);
		_cleanup_(hasher_done) struct hasher h = { 0 };
		uint8_t value[TSMMR_HASH_SIZE_MAX], want[TSMMR_HASH_SIZE_MAX];
		uint8_t digest[TSMMR_HASH_SIZE_MAX];
		size_t n;

		assert_non_null(alg);
		assert_code(hasher_init(&h, CRYPTO_DEFAULT, alg), 0);
		n = unhex(vectors[i].abc, want, sizeof(want));
		assert_int_equal(alg->size, n);

		/* Twice: the context is used again. */
		for (int round = 0; round < 2; round++) {
			assert_code(hash_bytes(&h, "abc", 3, digest), 0);
			assert_memory_equal(digest, want, n);
		}

		assert_code(hasher_start(&h), 0);
		assert_code(hasher_update(&h, "a", 1), 0);
		assert_code(hasher_update(&h, NULL, 0), 0);
		assert_code(hasher_update(&h, "bc", 2), 0);
		assert_code(hasher_final(&h, digest), 0);
		assert_memory_equal(digest, want, n);

		memset(value, 0, sizeof(value));
		assert_code(hash_extend(&h, value, digest, n), 0);
		unhex(vectors[i].extended, want, sizeof(want));
		assert_memory_equal(value, want, n);
	}
}

static void algorithms_by_name(void **state)
{
	size_t n = 0;

	while (hash_by_index(n))
		n++;
	assert_int_equal(n, N_OF(vectors));
	assert_null(hash_by_index(SIZE_MAX));

	for (size_t i = 0; i < N_OF(vectors); i++) {
		const char *name = vectors[i].name, *kernel = vectors[i].kernel;
		const struct hash_alg *alg = hash_by_id(vectors[i].alg);

		assert_ptr_equal(hash_by_name(span_of(name, strlen(name))), alg);
		assert_ptr_equal(hash_by_name(span_of(kernel, strlen(kernel))), alg);
		assert_null(hash_by_name(span_of(name, strlen(name) - 1)));
	}
	assert_null(hash_by_name(span_of("sha2560", 7)));
	assert_null(hash_by_name(span_of(NULL, 0)));
	assert_null(hash_by_id(TSMMR_HASH_NONE));
	assert_null(hash_by_id(0x10004)); /* not cut to 16 bits */
}

static void extend_takes_any_length(void **state)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };
	uint8_t value[TSMMR_HASH_SIZE_MAX] = { 0 }, want[TSMMR_HASH_SIZE_MAX];
	uint8_t both[32 + TSMMR_HASH_SIZE_MAX + 1] = { 0 };

	assert_code(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA256)), 0);
	for (size_t n = TSMMR_HASH_SIZE_MAX; n <= TSMMR_HASH_SIZE_MAX + 1; n++) {
		memset(both + 32, 0xa5, n);
		assert_code(hash_bytes(&h, both, 32 + n, want), 0);
		memset(value, 0, sizeof(value));
		assert_code(hash_extend(&h, value, both + 32, n), 0);
		assert_memory_equal(value, want, 32);
	}

	/* An empty digest extends with nothing: H(value). */
	assert_code(hash_extend(&h, value, NULL, 0), 0);
	assert_int_not_equal(value[0] | value[1] | value[2], 0);
}

static void equal_looks_at_every_byte(void **state)
{
	uint8_t a[64], b[64];

	memset(a, 0x5a, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++) {
		memcpy(b, a, sizeof(b));
		assert_true(hash_equal(a, b, sizeof(a)));
		b[i] ^= 1;
		assert_false(hash_equal(a, b, sizeof(a)));
		assert_true(hash_equal(a, b, i));
	}
}

/* OpenSSL's memory, of which allocation number refuse_at fails, or all from it on. */
static long refuse_at, allocations;
static bool refuse_on;

static bool is_refused(void)
{
	allocations++;
	return refuse_at && (refuse_on ? allocations >= refuse_at : allocations == refuse_at);
}

static void *give(size_t n, const char *file, int line)
{
	return is_refused() ? NULL : malloc(n);
}

static void *give_more(void *p, size_t n, const char *file, int line)
{
	return is_refused() ? NULL : realloc(p, n);
}

static void take(void *p, const char *file, int line)
{
	free(p);
}

/* Where memory runs out, no algorithm is lacking: what is skipped for that is another thing. */
static void memory_is_no_algorithm(void **state)
{
	for (int on = 0; on < 2; on++)
		for (long n = 1; n < 300; n++) {
			struct hasher h = { 0 };
			int r;

			refuse_on = on;
			allocations = 0;
			refuse_at = n;
			r = hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA3_512));
			refuse_at = 0;
			if (r == 0)
				hasher_done(&h);
			else
				assert_code(r, TSMMR_E_NOMEM);
		}
}

/* Nor is a certificate another part for it. */
static void memory_is_no_part(void **state)
{
	struct bytes b = read_data("tdx-twin/root.pem");
	size_t lacked = 0;

	refuse_on = true;
	for (long n = 1; n < 300; n++) {
		int part;

		allocations = 0;
		refuse_at = n;
		part = evidence_part_of(CRYPTO_DEFAULT, span_of(b.p, b.n));
		refuse_at = 0;
		lacked += part == TSMMR_E_NOMEM;
		if (part != TSMMR_E_NOMEM)
			assert_int_equal(part, TSMMR_PART_CERTS);
	}
	assert_true(lacked > 0);
	bytes_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_algorithm_computes),
		cmocka_unit_test(algorithms_by_name),
		cmocka_unit_test(extend_takes_any_length),
		cmocka_unit_test(equal_looks_at_every_byte),
		cmocka_unit_test(memory_is_no_algorithm),
		cmocka_unit_test(memory_is_no_part),
	};

	/* Before OpenSSL takes its first. */
	assert_int_equal(CRYPTO_set_mem_functions(give, give_more, take), 1);
	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
