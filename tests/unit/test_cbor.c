/* SPDX-License-Identifier: BSD-2-Clause */
/* CBOR in and out: what is taken, what is refused, and that refusing costs nothing. */
#include "testing.h"

#include "util/cbor_in.h"
#include "util/cbor_out.h"
#include "util/hex.h"

static uint8_t bytes[256];

static struct cbor_in over(const char *hex)
{
	ssize_t n = hex_decode(bytes, sizeof(bytes), hex, strlen(hex));

	assert_true(n >= 0);
	return cbor_in_span(span_of(bytes, (size_t)n));
}

/* RFC 8949 appendix A, those that a deterministic encoder writes. */
static void test_items(void **state)
{
	static const struct {
		const char *hex;
		enum cbor_kind kind;
		uint64_t value;
	} cases[] = {
		{ "00", CBOR_UINT, 0 },
		{ "17", CBOR_UINT, 23 },
		{ "1818", CBOR_UINT, 24 },
		{ "1903e8", CBOR_UINT, 1000 },
		{ "1a000f4240", CBOR_UINT, 1000000 },
		{ "1bffffffffffffffff", CBOR_UINT, UINT64_MAX },
		{ "20", CBOR_NINT, 0 },
		{ "3903e7", CBOR_NINT, 999 },
		{ "f4", CBOR_FALSE, 0 },
		{ "f5", CBOR_TRUE, 0 },
		{ "f6", CBOR_NULL, 0 },
		{ "4401020304", CBOR_BYTES, 4 },
		{ "62c3bc", CBOR_TEXT, 2 },
		{ "80", CBOR_ARRAY, 0 },
		{ "a10102", CBOR_MAP, 1 },
		{ "d9018f00", CBOR_TAG, 399 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cbor_in in = over(cases[i].hex);
		struct cbor_item item;

		assert_int_equal(cbor_in_next(&in, &item), 0);
		assert_int_equal(item.kind, cases[i].kind);
		assert_int_equal(item.value, cases[i].value);
		assert_true(item.shortest);
	}
}

static void test_refused(void **state)
{
	/* clang-format off */
	static const struct {
		const char *hex;
		int code;
	} cases[] = {
		{ "", TSMMR_E_TRUNCATED },
		{ "9a10000000", TSMMR_E_TRUNCATED },	/* 268 million items in no byte */
		{ "ba10000000", TSMMR_E_TRUNCATED },
		{ "5bffffffffffffffff", TSMMR_E_TRUNCATED },
		{ "7bffffffffffffffff61", TSMMR_E_TRUNCATED },
		{ "9bffffffffffffffff00", TSMMR_E_TRUNCATED },
		{ "bb7fffffffffffffff0000", TSMMR_E_TRUNCATED },
		{ "1b00", TSMMR_E_TRUNCATED },
		{ "c1", TSMMR_E_TRUNCATED },
		{ "9f00ff", TSMMR_E_MALFORMED },
		{ "bf0000ff", TSMMR_E_MALFORMED },
		{ "5f4100ff", TSMMR_E_MALFORMED },
		{ "7f6161ff", TSMMR_E_MALFORMED },
		{ "ff", TSMMR_E_MALFORMED },
		{ "f93c00", TSMMR_E_MALFORMED },
		{ "fb3ff199999999999a", TSMMR_E_MALFORMED },
		{ "f7", TSMMR_E_MALFORMED },
		{ "1c", TSMMR_E_MALFORMED },
		{ "62c328", TSMMR_E_MALFORMED },
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cbor_in in = over(cases[i].hex);
		struct cbor_item item;

		assert_int_equal(cbor_in_next(&in, &item), cases[i].code);
		assert_non_null(in.why);
		assert_int_equal(cur_offset(&in.c), 0);
	}
}

static void test_longer_than_needed(void **state)
{
	static const char *const cases[] = { "1800", "190017", "1a0000ffff", "580100", "9800" };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cbor_in in = over(cases[i]);
		struct cbor_item item;
		uint64_t value;
		struct span s;

		assert_int_equal(cbor_in_next(&in, &item), 0);
		assert_false(item.shortest);
		in = over(cases[i]);
		assert_int_equal(cbor_in_uint(&in, &value), TSMMR_E_MALFORMED);
		assert_int_equal(cbor_in_bytes(&in, &s), TSMMR_E_MALFORMED);
		assert_int_equal(cbor_in_array(&in, &value), TSMMR_E_MALFORMED);
		assert_int_equal(cur_offset(&in.c), 0);
	}
}

static void test_skip(void **state)
{
	struct cbor_in in = over("a2018202c3a1040546"
				 "010203040506"
				 "80"
				 "07");
	struct span s;

	assert_int_equal(cbor_in_skip(&in, &s), 0);
	assert_int_equal(s.n, 16);
	assert_int_equal(cur_left(&in.c), 1);

	/* Fifteen arrays in one another pass, sixteen do not; nothing recurses. */
	in = over("818181818181818181818181818181"
		  "00");
	assert_int_equal(cbor_in_skip(&in, NULL), 0);
	in = over("81818181818181818181818181818181"
		  "00");
	assert_int_equal(cbor_in_skip(&in, NULL), TSMMR_E_LIMIT);
	assert_int_equal(cur_offset(&in.c), 0);
	in = over("820081");
	assert_int_equal(cbor_in_skip(&in, NULL), TSMMR_E_TRUNCATED);
}

static void test_out(void **state)
{
	static const uint64_t values[] = {
		0, 23, 24, 255, 256, 65535, 65536, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX
	};
	struct buf b = { 0 };
	struct cbor_in in;
	uint64_t value;
	struct span s;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		cbor_out_uint(&b, values[i]);
	cbor_out_map(&b, 1);
	cbor_out_bytes(&b, span_of("ab", 2));
	cbor_out_text(&b, "cd", 2);
	cbor_out_array(&b, 300);
	assert_false(b.failed);

	in = cbor_in_span(span_of(b.p, b.n));
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		assert_int_equal(cbor_in_uint(&in, &value), 0);
		assert_int_equal(value, values[i]);
	}
	assert_int_equal(cbor_in_map(&in, &value), 0);
	assert_int_equal(cbor_in_bytes(&in, &s), 0);
	assert_true(span_eq(s, "ab", 2));
	assert_int_equal(cbor_in_text(&in, &s), 0);
	assert_true(span_eq(s, "cd", 2));
	assert_memory_equal(in.c.p, "\x99\x01\x2c", 3);
	buf_done(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_longer_than_needed),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
