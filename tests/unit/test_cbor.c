/* SPDX-License-Identifier: BSD-2-Clause */
/* CBOR in and out: what is taken, what is refused, and that refusing costs nothing. */
#include "testing.h"

#include "util/cbor_map.h"
#include "util/cbor_out.h"
#include "util/hex.h"

static uint8_t bytes[256];

static struct cbor_in over(const char *hex)
{
	ssize_t n = hex_decode(bytes, sizeof(bytes), hex, strlen(hex));

	assert_true(n >= 0);
	return cbor_in_span(span_of(bytes, (size_t)n));
}

/* RFC 8949 appendix A. */
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
		{ "d284", CBOR_TAG, 18 },
		{ "d900120000", CBOR_TAG, 18 },
		{ "9fff", CBOR_ARRAY, CBOR_UNTIL_BREAK },
		{ "bfff", CBOR_MAP, CBOR_UNTIL_BREAK },
		{ "f7", CBOR_OTHER, 23 },
		{ "f0", CBOR_OTHER, 16 },
		{ "f8ff", CBOR_OTHER, 255 },
		{ "f93c00", CBOR_OTHER, 0x3c00 },
		{ "fa47c35000", CBOR_OTHER, 0x47c35000 },
		{ "fb3ff199999999999a", CBOR_OTHER, UINT64_C(0x3ff199999999999a) },
		/* Longer than needed. */
		{ "1800", CBOR_UINT, 0 },
		{ "1a0000ffff", CBOR_UINT, 65535 },
		{ "1b0000000000000017", CBOR_UINT, 23 },
		{ "580100", CBOR_BYTES, 1 },
		{ "9800", CBOR_ARRAY, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cbor_in in = over(cases[i].hex);
		struct cbor_item item;

		assert_int_equal(cbor_in_next(&in, &item), 0);
		assert_int_equal(item.kind, cases[i].kind);
		assert_int_equal(item.value, cases[i].value);
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
		{ "f9", TSMMR_E_TRUNCATED },
		{ "ff", TSMMR_E_MALFORMED },
		{ "1c", TSMMR_E_MALFORMED },
		{ "1f", TSMMR_E_MALFORMED },	/* a number of no length */
		{ "3f", TSMMR_E_MALFORMED },
		{ "dfff", TSMMR_E_MALFORMED },
		{ "fe", TSMMR_E_MALFORMED },
		{ "f814", TSMMR_E_MALFORMED },	/* false, in two bytes */
		{ "5f4100ff", TSMMR_E_MALFORMED },	/* there is nowhere to put it together */
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

static void test_deterministic(void **state)
{
	static const char *const cases[] = { "1800", "190017", "1a0000ffff", "580100", "9800",
					     "9fff", "bfff",   "5fff",       "7fff",   "d81200" };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cbor_in in = over(cases[i]);
		struct cbor_item item;

		in.deterministic = true;
		assert_int_equal(cbor_in_next(&in, &item), TSMMR_E_MALFORMED);
		assert_int_equal(cbor_in_skip(&in, NULL), TSMMR_E_MALFORMED);
		assert_int_equal(cur_offset(&in.c), 0);
	}
}

/* An arena over hex. */
static struct cbor_arena arena_of(const char *hex)
{
	struct cbor_arena arena;
	struct cbor_in in = over(hex);

	assert_int_equal(cbor_arena_new(cur_rest(&in.c), &arena), 0);
	return arena;
}

static struct cbor_in over_arena(struct cbor_arena *arena)
{
	struct cbor_in in = cbor_in_span(span_of(arena->p, arena->n));

	in.arena = arena;
	return in;
}

/* RFC 8949 §3.2.3 and appendix A. */
static void test_chunks(void **state)
{
	static const struct {
		const char *hex, *text;
		enum cbor_kind kind;
	} cases[] = {
		{ "5f4161426263ff", "abc", CBOR_BYTES },
		{ "5fff", "", CBOR_BYTES },
		{ "5f40580161405a000000026263ff", "abc", CBOR_BYTES },
		{ "7f657374726561646d696e67ff", "streaming", CBOR_TEXT },
		{ "7f60ff", "", CBOR_TEXT },
	};
	static const struct {
		const char *hex;
		int code;
	} refused[] = {
		{ "5f4161", TSMMR_E_TRUNCATED }, /* no break */
		{ "5f416142", TSMMR_E_TRUNCATED },
		{ "5f6161ff", TSMMR_E_MALFORMED }, /* text in bytes */
		{ "7f4161ff", TSMMR_E_MALFORMED },
		{ "5f00ff", TSMMR_E_MALFORMED },
		{ "5f5f4161ffff", TSMMR_E_MALFORMED }, /* chunks in chunks */
		{ "7f61c361bcff", TSMMR_E_MALFORMED }, /* a character in two of them */
	};
	struct cbor_arena arena;
	struct cbor_item item;
	struct cbor_in in;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		arena = arena_of(cases[i].hex);
		in = over_arena(&arena);
		assert_int_equal(cbor_in_next(&in, &item), 0);
		assert_int_equal(item.kind, cases[i].kind);
		assert_int_equal(item.value, strlen(cases[i].text));
		assert_true(span_eq(item.bytes, cases[i].text, strlen(cases[i].text)));
		assert_true(cur_empty(&in.c));
		in = over_arena(&arena);
		in.arena = NULL;
		assert_int_equal(cbor_in_skip(&in, NULL), 0);
		assert_true(cur_empty(&in.c));
		free(arena.p);
	}
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		arena = arena_of(refused[i].hex);
		in = over_arena(&arena);
		assert_int_equal(cbor_in_next(&in, &item), refused[i].code);
		assert_int_equal(cur_offset(&in.c), 0);
		assert_int_equal(arena.used, arena.n);
		in.arena = NULL;
		assert_int_equal(cbor_in_skip(&in, NULL), refused[i].code);
		free(arena.p);
	}
}

/* What was put together, strings in it too, is reported where it came from; room has an end. */
static void test_arena(void **state)
{
	/* Two, and in the second a string in chunks at its byte 1. */
	struct cbor_arena arena = arena_of("825f4100ff5f42005f424161ff");
	struct cbor_in in = over_arena(&arena), inner;
	struct span first, second, third;
	uint64_t n;

	assert_int_equal(cbor_in_array(&in, &n), 0);
	assert_int_equal(cbor_in_bytes(&in, &first), 0);
	assert_int_equal(cbor_in_bytes(&in, &second), 0);
	assert_int_equal(second.n, 4);
	assert_int_equal(cbor_arena_offset(&arena, arena.p + 3), 3);
	assert_int_equal(cbor_arena_offset(&arena, first.p), 1);
	assert_int_equal(cbor_arena_offset(&arena, first.p + first.n), 1);
	assert_int_equal(cbor_arena_offset(&arena, second.p), 5);
	assert_int_equal(cbor_arena_offset(&arena, second.p + second.n), 5);

	/* 00 5f 41 61: its end is missing, so it cannot be read; nor does it leave anything. */
	inner = cbor_in_span(span_of(second.p + 1, second.n - 1));
	inner.arena = &arena;
	n = arena.used;
	assert_int_equal(cbor_in_bytes(&inner, &third), TSMMR_E_TRUNCATED);
	assert_int_equal(arena.used, n);

	arena.size = arena.used + 2 * sizeof(size_t);
	in = over_arena(&arena);
	assert_int_equal(cbor_in_array(&in, &n), 0);
	assert_int_equal(cbor_in_bytes(&in, &first), TSMMR_E_LIMIT);
	free(arena.p);
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

/* Indefinite lengths: each with what follows it, or how it is wrong. */
static void test_skip_indefinite(void **state)
{
	/* clang-format off */
	static const struct {
		const char *hex;
		int code;
		size_t n;
	} cases[] = {
		{ "9fff" "07", 0, 2 },
		{ "9f018202039f0405ffff" "07", 0, 10 },
		{ "bf61610161629f0203ffff" "07", 0, 11 },
		{ "83018202039f0405ff" "07", 0, 9 },
		{ "bf6346756ef563416d7421ff" "07", 0, 12 },
		{ "9f5f4100ff7f6161fff93c00f7ff", 0, 14 },
		{ "c19f00ff", 0, 4 },
		{ "9f9f9f9f9f9f9f9f9f9f9f9f9f9f9fffffffffffffffffffffffffffffff", 0, 30 },
		{ "9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9fffffffffffffffffffffffffffffffff",
		  TSMMR_E_LIMIT, 0 },
		{ "9f", TSMMR_E_TRUNCATED, 0 },
		{ "9f00", TSMMR_E_TRUNCATED, 0 },
		{ "9f9f00ff", TSMMR_E_TRUNCATED, 0 },
		{ "bf00ff", TSMMR_E_MALFORMED, 0 },	/* a key without its value */
		{ "bf000000ff", TSMMR_E_MALFORMED, 0 },
		{ "8200ff", TSMMR_E_MALFORMED, 0 },	/* a break where two are due */
		{ "a1ff00", TSMMR_E_MALFORMED, 0 },
		{ "c1ff", TSMMR_E_MALFORMED, 0 },
		{ "9fc1ff", TSMMR_E_MALFORMED, 0 },
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cbor_in in = over(cases[i].hex);
		struct span s = { 0 };

		if (cbor_in_skip(&in, &s) != cases[i].code)
			fail_msg("%s", cases[i].hex);
		assert_int_equal(s.n, cases[i].n);
		assert_int_equal(cur_offset(&in.c), cases[i].n);
	}
}

/* { 1: [bytes …], "two": uint }, however it is written; a key twice is refused, known or not. */
static void test_map(void **state)
{
	static const struct cbor_member members[] = {
		{ 1, "one", CBOR_ARRAY, MEMBER_REQUIRED, 1, 2 },
		{ 0, "two", CBOR_UINT, MEMBER_REQUIRED, 0, 0 },
	};
	/* clang-format off */
	static const struct {
		const char *hex;
		int code;
		uint64_t n;	/* items of the array; or where it is wrong */
		const char *why;
	} cases[] = {
		{ "a2" "0182" "40" "40" "6374776f07", 0, 2, "" },
		{ "bf" "6374776f07" "019f" "40" "40" "ff" "ff", 0, 2, "" },
		{ "bf" "7f617462776fff1807" "1801" "9a00000001" "5f4100ff" "ff", 0, 1, "" },
		{ "a3" "0181" "40" "6374776f07" "63616263" "f93c00", 0, 1, "" },
		{ "bf" "6374776f07" "01" "9f" "ff" "ff", TSMMR_E_MALFORMED, 7, "one has a size" },
		{ "bf" "6374776f07" "01" "9f404040" "ff" "ff", TSMMR_E_MALFORMED, 7, "a size" },
		{ "bf" "6374776f07" "01" "9f4040" "ff", TSMMR_E_MALFORMED, 11, "before a break" },
		{ "bf" "6374776f07" "ff", TSMMR_E_MALFORMED, 0, "one is missing" },
		{ "bf" "6374776f" "ff", TSMMR_E_MALFORMED, 5, "a break with nothing to end" },
		{ "a3" "0181" "40" "6374776f07" "1801" "8140", TSMMR_E_MALFORMED, 9, "twice" },
		{ "a3" "6374776f07" "7f617462776fff07" "018140", TSMMR_E_MALFORMED, 6, "twice" },
		{ "a4" "0900" "018140" "6374776f07" "1900097818", TSMMR_E_MALFORMED, 11, "twice" },
		{ "a4" "0900" "018140" "6374776f07" "2900", 0, 1, "" },	/* 9 and -10 */
		{ "a1" "410100", TSMMR_E_MALFORMED, 1, "neither a number nor text" },
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tsmmr_error err = { .size = sizeof(err) };
		struct cbor_arena arena = arena_of(cases[i].hex);
		struct cbor_reader rd =
			cbor_reader(&arena, span_of(arena.p, arena.n), true, "map", &err);
		struct cbor_value got[2];
		size_t unknown;
		int r = cbor_map_read(&rd, members, 2, got, &unknown);

		if (r != cases[i].code || (r < 0 && !strstr(err.message, cases[i].why)))
			fail_msg("%s: %d: %s", cases[i].hex, r, err.message);
		assert_int_equal(r < 0 ? err.offset : got[0].item.value, cases[i].n);
		if (r == 0) {
			assert_int_equal(got[1].item.value, 7);
			assert_int_equal(cbor_reader_end(&rd), 0);
		}
		free(arena.p);
	}
}

/* Of a head in each of its widths: the short way and cbor_in_next() see the same. */
static void test_heads(void **state)
{
	static const uint64_t values[] = {
		0, 23, 24, 255, 256, 65535, 65536, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX
	};
	uint8_t all[9 + 300] = { 0 };

	for (unsigned major = 0; major < 6; major++)
		for (unsigned width = 0; width <= 4; width++)
			for (size_t i = 0; i < ARRAY_SIZE(values); i++)
				for (unsigned cut = 0; cut < 12; cut++) {
					size_t n = width ? (size_t)1 << (width - 1) : 0;
					struct cbor_in in, next;
					struct cbor_item item;
					uint64_t value = 7;
					struct span s;
					int r, want;

					if (!n && values[i] > 23)
						continue;
					if (n && n < 8 && values[i] >> 8 * n)
						continue;
					all[0] = (uint8_t)(major << 5 |
							   (n ? 23 + width : values[i]));
					for (size_t k = 0; k < n; k++)
						all[1 + k] =
							(uint8_t)(values[i] >> 8 * (n - 1 - k));
					memset(all + 1 + n, 0, sizeof(all) - 1 - n);
					in = cbor_in_span(
						span_of(all, cut < 11 ? cut : sizeof(all)));
					in.deterministic = cut % 2;
					next = in;
					want = cbor_in_next(&next, &item);
					if (major == CBOR_NINT)
						continue;
					r = major == CBOR_UINT  ? cbor_in_uint(&in, &value) :
					    major == CBOR_ARRAY ? cbor_in_array(&in, &value) :
					    major == CBOR_MAP   ? cbor_in_map(&in, &value) :
					    major == CBOR_BYTES ? cbor_in_bytes(&in, &s) :
								  cbor_in_text(&in, &s);
					assert_int_equal(r, want);
					assert_ptr_equal(in.c.p, next.c.p);
					assert_int_equal(in.form, next.form);
					if (r < 0)
						assert_string_equal(in.why, next.why);
					else if (major == CBOR_BYTES || major == CBOR_TEXT)
						assert_true(s.p == item.bytes.p &&
							    s.n == item.bytes.n);
					else
						assert_true(value == item.value);
				}
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
		cmocka_unit_test(test_items),           cmocka_unit_test(test_refused),
		cmocka_unit_test(test_deterministic),   cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_arena),           cmocka_unit_test(test_skip),
		cmocka_unit_test(test_skip_indefinite), cmocka_unit_test(test_map),
		cmocka_unit_test(test_heads),           cmocka_unit_test(test_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
