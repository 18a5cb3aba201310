/* SPDX-License-Identifier: BSD-2-Clause */
/* core/separator.c: the constants are what is computed. */
#include "testing.h"

#include "core/separator.h"
#include "util/cleanup.h"

static const uint8_t texts[SEPARATOR_VALUES][4] = {
	[SEPARATOR_ZEROS] = { 0, 0, 0, 0 },
	[SEPARATOR_ONES] = { 0xff, 0xff, 0xff, 0xff },
	[SEPARATOR_ERROR] = { 1, 0, 0, 0 },
};

static void digest_of(const struct hash_alg *alg, const void *text, size_t n, uint8_t *ret)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };

	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, alg), 0);
	assert_int_equal(hash_bytes(&h, text, n, ret), 0);
}

static void every_constant_is_computed_again(void **state)
{
	const struct hash_alg *alg;

	for (size_t i = 0; (alg = hash_by_index(i)); i++)
		for (int v = 0; v < SEPARATOR_VALUES; v++) {
			uint8_t bytes[TSMMR_HASH_SIZE_MAX] = { 0 };
			struct digest d = { alg->id, span_of(bytes, alg->size) };
			struct tsmmr_event e = { .digests = &d, .n_digests = 1 };

			digest_of(alg, texts[v], sizeof(texts[v]), bytes);
			assert_int_equal(separator_of(&d), v);
			assert_true(separator_find(&e));

			/* The last byte counts as the first does, and so does their number. */
			d.value.n--;
			assert_int_equal(separator_of(&d), SEPARATOR_NONE);
			d.value.n++;
			bytes[alg->size - 1] ^= 1;
			assert_int_equal(separator_of(&d), SEPARATOR_NONE);
			digest_of(alg, "\2\0\0\0", 4, bytes);
			assert_int_equal(separator_of(&d), SEPARATOR_NONE);
		}
}

/* SHA-256 and SHA3-256 are as long. */
static void a_constant_is_one_algorithms(void **state)
{
	uint8_t bytes[TSMMR_HASH_SIZE_MAX] = { 0 };
	struct digest all[] = { { TSMMR_HASH_SHA3_256, span_of(bytes, 32) },
				{ 0x7fff, span_of(bytes, 32) },
				{ TSMMR_HASH_SHA256, span_of(bytes, 32) } };
	struct tsmmr_event e = { .digests = all, .n_digests = 2 };

	digest_of(hash_by_id(TSMMR_HASH_SHA256), texts[0], 4, bytes);
	assert_false(separator_find(&e));
	e.n_digests = 3;
	assert_true(separator_find(&e));
	e.n_digests = 0;
	assert_false(separator_find(&e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_constant_is_computed_again),
		cmocka_unit_test(a_constant_is_one_algorithms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
