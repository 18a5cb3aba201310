/* SPDX-License-Identifier: BSD-2-Clause */
/* util/: buffers, hex, cursors, JSON, dates, errors. */
#include "testing.h"

#include <limits.h>

#include "util/buf.h"
#include "util/cursor.h"
#include "util/date.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/json.h"

static void buf_grows(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	uint8_t *p;
	size_t n;

	for (unsigned i = 0; i < 10000; i++)
		buf_char(&b, (char)('a' + i % 26));
	assert_int_equal(b.n, 10000);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);

	p = buf_take(&b, &n);
	assert_non_null(p);
	assert_int_equal(n, 10000);
	assert_int_equal(p[n], 0);
	assert_null(b.p);
	assert_int_equal(b.n, 0);
	free(p);
}

static void buf_takes_an_empty_buffer(void **state)
{
	struct buf b = { 0 };
	size_t n = 99;
	uint8_t *p = buf_take(&b, &n);

	assert_non_null(p);
	assert_int_equal(n, 0);
	assert_int_equal(p[0], 0);
	free(p);
}

static void buf_remembers_failure(void **state)
{
	struct buf b = { 0 };
	size_t n = 99;

	buf_str(&b, "kept");
	assert_null(buf_room(&b, SIZE_MAX));
	assert_true(b.failed);
	buf_str(&b, "ignored");
	assert_int_equal(b.n, 4);
	assert_null(buf_take(&b, &n));
	assert_int_equal(n, 99);
	assert_null(b.p);
}

/* Of every length around the room it has: the same bytes, from the heap only where they must be. */
static void buf_leaves_its_room(void **state)
{
	for (size_t n = 0; n < 40; n++) {
		BUF_LOCAL(b, 16);
		uint8_t *p;
		size_t len;

		for (size_t i = 0; i < n; i++)
			buf_char(&b, (char)i);
		assert_int_equal(b.p == b_room, n < sizeof(b_room));
		assert_int_equal(b.lent, b.p == b_room);

		p = buf_take(&b, &len);
		assert_non_null(p);
		assert_true(p < b_room || p >= b_room + sizeof(b_room));
		assert_int_equal(len, n);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], i);
		assert_int_equal(p[n], 0);
		free(p);
		assert_null(b.p);
		buf_str(&b, "again");
		assert_int_equal(b.n, 5);
	}
}

static void buf_without_room_fails(void **state)
{
	BUF_LOCAL(b, 8);
	size_t n = 99;

	buf_str(&b, "kept");
	assert_null(buf_room(&b, SIZE_MAX));
	buf_str(&b, "ignored");
	assert_true(b.failed);
	assert_null(buf_take(&b, &n));
	assert_int_equal(n, 99);
	assert_null(b.p);
}

static void buf_hex_of_too_much_fails(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	uint8_t byte = 0;

	buf_hex(&b, &byte, SIZE_MAX / 2);
	assert_true(b.failed);
}

static void buf_formats(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char text[1000];

	buf_printf(&b, "%d-%s.", -7, "x");
	buf_u64(&b, 0);
	buf_char(&b, ' ');
	buf_u64(&b, UINT64_MAX);
	buf_hex(&b, (const uint8_t *)"\x00\xab\xff", 3);
	buf_le(&b, 0x434241, 2);
	assert_bytes(b.p, b.n, "-7-x.0 1844674407370955161500abffAB", 35);

	/* Longer than the small buffer on its stack. */
	b.n = 0;
	memset(text, 'z', sizeof(text));
	text[sizeof(text) - 1] = 0;
	buf_printf(&b, "%s", text);
	assert_bytes(b.p, b.n, text, sizeof(text) - 1);

	for (size_t len = 250; len < 260; len++) {
		b.n = 0;
		buf_printf(&b, "%.*s", (int)len, text);
		assert_bytes(b.p, b.n, text, len);
	}
}

static void hex_both_ways(void **state)
{
	/* clang-format off */
	static const struct {
		const char *in;
		size_t size;
		ssize_t n;
		const char *out;
	} cases[] = {
		{ "", 4, 0, "" },
		{ "00ff", 4, 2, "\x00\xff" },
		{ "0xABcd", 4, 2, "\xab\xcd" },
		{ "0XABcd", 4, 2, "\xab\xcd" },
		{ "01:23:45", 4, 3, "\x01\x23\x45" },
		{ "01 23  45 ", 4, 3, "\x01\x23\x45" },
		{ "0102", 2, 2, "\x01\x02" },
		{ "010203", 2, -1, NULL },	/* longer than the room */
		{ "0", 4, -1, NULL },
		{ "012", 4, -1, NULL },
		{ "0:1", 4, -1, NULL },		/* a byte is not split */
		{ "0g", 4, -1, NULL },
		{ "g0", 4, -1, NULL },
		{ "0x0x00", 4, -1, NULL },
		{ "00-00", 4, -1, NULL },
		{ "\xb0\xb1", 4, -1, NULL },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		uint8_t to[4];
		ssize_t n = hex_decode(to, cases[i].size, cases[i].in, strlen(cases[i].in));

		if (n != cases[i].n)
			fail_msg("\"%s\" gives %zd", cases[i].in, n);
		if (n > 0)
			assert_memory_equal(to, cases[i].out, (size_t)n);
	}
	for (int c = 0; c < 256; c++) {
		char digit[2] = { (char)c, 0 };
		int want = c && strchr("0123456789abcdefABCDEF", c) ? (int)strtol(digit, NULL, 16) :
								      -1;

		assert_int_equal(hex_digit((char)c), want);
	}
}

/* By blocks or by bytes, at any place of any length, and not a byte beside them. */
static void hex_of_any_length(void **state)
{
	uint8_t bytes[UINT8_MAX + 1];
	char hex[2 * sizeof(bytes) + 2], want[2 * sizeof(bytes) + 1];

	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(167 * i); /* each value once */
		snprintf(want + 2 * i, 3, "%02x", bytes[i]);
	}
	for (size_t from = 0; from < sizeof(bytes); from++)
		for (size_t n = 0; n <= sizeof(bytes) - from; n++) {
			memset(hex, '.', sizeof(hex));
			hex_encode(hex + 1, bytes + from, n);
			assert_int_equal(hex[0], '.');
			assert_memory_equal(hex + 1, want + 2 * from, 2 * n);
			assert_int_equal(hex[1 + 2 * n], '.');
		}
}

/* Digits of any length, in either case, and one at any place among them that is none. */
static void hex_is_read_at_any_place(void **state)
{
	static const char wrong[] = "/:@G`g \x7f\x80\xb0\xff";
	uint8_t bytes[24], got[sizeof(bytes) + 1];
	char hex[2 * sizeof(bytes) + 1];

	for (unsigned first = 0; first <= UINT8_MAX; first++) {
		for (size_t i = 0; i < sizeof(bytes); i++) {
			bytes[i] = (uint8_t)(first + 37 * i);
			snprintf(hex + 2 * i, 3, i % 3 ? "%02x" : "%02X", bytes[i]);
		}
		for (size_t n = 0; n <= sizeof(bytes); n++) {
			memset(got, 0xee, sizeof(got));
			assert_int_equal(hex_decode(got, n, hex, 2 * n), n);
			assert_memory_equal(got, bytes, n);
			assert_int_equal(got[n], 0xee);
			assert_int_equal(n ? hex_decode(got, n - 1, hex, 2 * n) : -1, -1);
		}
	}
	for (size_t at = 0; at < 2 * sizeof(bytes); at++)
		for (size_t i = 0; i < sizeof(wrong); i++) {
			char was = hex[at];

			/* Between two bytes these are passed over, and then a digit is alone. */
			hex[at] = wrong[i];
			assert_int_equal(hex_decode(got, sizeof(got), hex, 2 * sizeof(bytes)), -1);
			hex[at] = was;
		}
}

static void cursor_that_fails_stays(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7 };
	struct cursor c = cur_over(bytes, sizeof(bytes));
	struct span s = { NULL, 42 };
	uint64_t v64 = 42;
	uint32_t v32 = 42;
	uint16_t v16 = 42;
	uint8_t v8 = 42;

	assert_false(cur_le64(&c, &v64));
	assert_false(cur_take(&c, 8, &s));
	assert_false(cur_take(&c, UINT64_MAX, &s));
	assert_int_equal(cur_offset(&c), 0);
	assert_int_equal(v64, 42);
	assert_int_equal(s.n, 42);

	assert_true(cur_le32(&c, &v32));
	assert_int_equal(v32, 0x04030201);
	assert_false(cur_le32(&c, &v32));
	assert_int_equal(v32, 0x04030201);
	assert_true(cur_le16(&c, &v16));
	assert_int_equal(v16, 0x0605);
	assert_false(cur_le16(&c, &v16));
	assert_int_equal(cur_offset(&c), 6);
	assert_int_equal(cur_left(&c), 1);
	assert_true(cur_u8(&c, &v8));
	assert_int_equal(v8, 7);
	assert_false(cur_u8(&c, &v8));
	assert_true(cur_empty(&c));

	assert_true(cur_take(&c, 0, &s));
	assert_int_equal(s.n, 0);
	assert_true(cur_skip(&c, 0));
	assert_false(cur_skip(&c, 1));
}

static void cursor_over_nothing(void **state)
{
	struct cursor c = cur_over(NULL, 0);
	struct span s;

	assert_true(cur_empty(&c));
	assert_true(cur_take(&c, 0, &s));
	assert_false(cur_skip(&c, 1));
	assert_true(span_eq(s, "", 0));
	assert_true(span_starts(s, NULL, 0));
	assert_false(span_starts(s, "x", 1));
	assert_false(span_has_at(s, 0, "x", 1));
	assert_true(span_has_at(span_of("abc", 3), 1, "bc", 2));
	assert_false(span_has_at(span_of("abc", 3), 1, "b!", 2));
	assert_false(span_has_at(span_of("abc", 3), 2, "bc", 2));
	assert_false(span_has_at(span_of("abc", 3), 4, "c", 1));
}

static void little_endian(void **state)
{
	/* Unaligned on purpose. */
	uint8_t b[9] = { 0, 0xf1, 0xe2, 0xd3, 0xc4, 0xb5, 0xa6, 0x97, 0x88 };

	assert_int_equal(get_le16(b + 1), 0xe2f1);
	assert_int_equal(get_le32(b + 1), 0xc4d3e2f1);
	assert_true(get_le64(b + 1) == UINT64_C(0x8897a6b5c4d3e2f1));
}

static void json_looks_after_commas(void **state)
{
	static const char want[] =
		"{\"a\":1,\"b\":[],\"c\":[\"x\",null,{}],\"d\":{\"e\":true,\"f\":false},"
		"\"g\":\"0xff\",\"h\":\"00ff\",\"i\":null,\"j\":18446744073709551614,\"k\":{}}";
	_cleanup_(buf_done) struct buf b = { 0 };
	struct json j = { &b, false };

	json_open(&j, NULL, '{');
	json_u64(&j, "a", 1);
	json_open(&j, "b", '[');
	json_close(&j, ']');
	json_open(&j, "c", '[');
	json_str(&j, NULL, "x");
	json_str(&j, NULL, NULL);
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_close(&j, ']');
	json_open(&j, "d", '{');
	json_flag(&j, "e", true);
	json_flag(&j, "f", false);
	json_close(&j, '}');
	json_hexnum(&j, "g", 255);
	json_hex(&j, "h", (const uint8_t *)"\0\xff", 2);
	json_u64_or_null(&j, "i", UINT64_MAX);
	json_u64_or_null(&j, "j", UINT64_MAX - 1);
	json_raw(&j, "k", "{}", 2);
	json_close(&j, '}');

	assert_bytes(b.p, b.n, want, sizeof(want) - 1);
}

static void json_escapes(void **state)
{
	static const char want[] = "\"\\\"\\\\/\\u0000\\u0001\\u001f\\u007f \xc3\xa9\"";
	_cleanup_(buf_done) struct buf b = { 0 };
	struct json j = { &b, false };

	json_strn(&j, NULL, "\"\\/\0\x01\x1f\x7f \xc3\xa9", 10);
	assert_bytes(b.p, b.n, want, sizeof(want) - 1);
}

/* What is not plain is found wherever it stands among what is. */
static void json_escapes_at_any_place(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char text[40], want[60];

	for (unsigned c = 0; c < 0x100; c++)
		for (size_t at = 0; at < sizeof(text); at++) {
			struct json j = { &b, false };
			int n;

			memset(text, 'x', sizeof(text));
			memset(want, 'x', sizeof(want));
			text[at] = (char)c;
			if (c < 0x20 || c == 0x7f)
				n = sprintf(want + at, "\\u%04x", c);
			else
				n = sprintf(want + at, "%s%c", c == '"' || c == '\\' ? "\\" : "",
					    c);
			memset(want + at + n, 'x', sizeof(text) - at - 1);
			b.n = 0;
			json_strn(&j, NULL, text, sizeof(text));
			assert_int_equal(b.n, sizeof(text) - 1 + (size_t)n + 2);
			assert_memory_equal(b.p + 1, want, b.n - 2);
		}
}

static void json_numbers_in_hex(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	char want[32];

	for (unsigned bit = 0; bit <= 64; bit++) {
		uint64_t v = bit < 64 ? UINT64_C(1) << bit : 0;
		struct json j = { &b, false };

		for (int less = 0; less < 2; less++) {
			int n = snprintf(want, sizeof(want), "\"0x%llx\"",
					 (unsigned long long)(v - (uint64_t)less));

			b.n = 0;
			j.comma = false;
			json_hexnum(&j, NULL, v - (uint64_t)less);
			assert_bytes(b.p, b.n, want, (size_t)n);
			n = snprintf(want, sizeof(want), "%llu",
				     (unsigned long long)(v - (uint64_t)less));
			b.n = 0;
			buf_u64(&b, v - (uint64_t)less);
			assert_bytes(b.p, b.n, want, (size_t)n);
		}
	}
}

static void errors_are_whole_or_untouched(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_error small = { .size = 8, .code = 77 };
	char text[400];

	assert_code(fail_at(&err, TSMMR_E_MALFORMED, 3, 99, "a %s", "b\n\x1b[31m\xff"),
		    TSMMR_E_MALFORMED);
	assert_int_equal(err.code, TSMMR_E_MALFORMED);
	assert_int_equal(err.record, 3);
	assert_int_equal(err.offset, 99);
	assert_int_equal(err.os_errno, 0);
	assert_string_equal(err.message, "a b??[31m");
	assert_int_equal(err.detail, TSMMR_DETAIL_NONE);
	assert_true(err.log == TSMMR_NONE);

	/* Text stays text, and is not cut inside a character. */
	fail(&err, TSMMR_E_ARG, "%s", "\xff caf\xc3\xa9 \xe2\x80\xa6 \xe2\x80\xae x\xc3");
	assert_string_equal(err.message, "? caf\xc3\xa9 \xe2\x80\xa6 ? x");
	assert_code(fail_detail(&err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_NONCE, "x"),
		    TSMMR_E_UNTRUSTED);
	assert_int_equal(err.detail, TSMMR_DETAIL_NONCE);

	errno = ENOENT;
	assert_code(fail_errno(&err, "x"), TSMMR_E_IO);
	assert_int_equal(err.os_errno, ENOENT);
	assert_true(err.record == TSMMR_NONE && err.offset == TSMMR_NONE);

	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = 0;
	assert_code(fail(&err, TSMMR_E_ARG, "%s", text), TSMMR_E_ARG);
	assert_int_equal(err.os_errno, 0);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);

	assert_code(fail(&small, TSMMR_E_ARG, "x"), TSMMR_E_ARG);
	assert_int_equal(small.code, 77);
	assert_code(fail(NULL, TSMMR_E_ARG, "x"), TSMMR_E_ARG);
}

static void dates_are_those_of_the_calendar(void **state)
{
	static const struct {
		uint64_t seconds;
		struct date is;
	} dates[] = {
		{ 0, { 1970, 1, 1, 0, 0, 0 } },
		{ 951782399, { 2000, 2, 28, 23, 59, 59 } },
		{ 951868799, { 2000, 2, 29, 23, 59, 59 } },
		{ 951868800, { 2000, 3, 1, 0, 0, 0 } },
		{ 1798761599, { 2026, 12, 31, 23, 59, 59 } },
		{ 2147483648, { 2038, 1, 19, 3, 14, 8 } },
		{ 4107542400, { 2100, 3, 1, 0, 0, 0 } },
		{ 253402300799, { 9999, 12, 31, 23, 59, 59 } },
	};
	uint64_t seconds;
	struct date d;

	for (size_t i = 0; i < ARRAY_SIZE(dates); i++) {
		assert_true(date_of(dates[i].seconds, &d));
		assert_memory_equal(&d, &dates[i].is, sizeof(d));
		assert_true(date_seconds(&d, &seconds));
		assert_int_equal(seconds, dates[i].seconds);
	}
	assert_false(date_of(253402300800, &d));
	assert_false(date_of(UINT64_MAX, &d));
}

/* Each year's first and last second are where the years before end. */
static void seconds_of_every_year(void **state)
{
	uint64_t end = 0, seconds;

	for (unsigned int year = 1970; year <= 9999; year++) {
		struct date first = { year, 1, 1, 0, 0, 0 }, last = { year, 12, 31, 23, 59, 59 };

		assert_true(date_seconds(&first, &seconds));
		assert_int_equal(seconds, end);
		assert_true(date_seconds(&last, &seconds));
		end = seconds + 1;
	}
	assert_int_equal(end, 253402300800);
}

static void no_such_date(void **state)
{
	static const struct date none[] = {
		{ 1969, 12, 31, 23, 59, 59 }, { 10000, 1, 1, 0, 0, 0 }, { 2026, 0, 1, 0, 0, 0 },
		{ 2026, 13, 1, 0, 0, 0 },     { 2026, 1, 0, 0, 0, 0 },  { 2026, 4, 31, 0, 0, 0 },
		{ 2026, 2, 29, 0, 0, 0 },     { 2100, 2, 29, 0, 0, 0 }, { 2026, 1, 1, 24, 0, 0 },
		{ 2026, 1, 1, 0, 60, 0 },     { 2026, 1, 1, 0, 0, 60 },
	};
	uint64_t seconds;

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_false(date_seconds(&none[i], &seconds));
}

static void dates_are_read_in_one_form(void **state)
{
	static const char *const none[] = {
		"",
		"2024-03-13T00:00:00",
		"2024-03-13T00:00:00+",
		"2024-03-13 00:00:00Z",
		"2024-03-13T00:00:00Zx",
		"2024-03-32T00:00:00Z",
		"2024-0a-13T00:00:00Z",
		"2024-03-13T00:00:60Z",
		"1969-12-31T23:59:59Z",
	};
	uint64_t seconds;

	assert_true(date_read(span_of("2024-03-13T00:00:00Z", 20), &seconds));
	assert_int_equal(seconds, 1710288000);
	assert_true(date_read(span_of("2000-02-29T23:59:59Z", 20), &seconds));
	assert_int_equal(seconds, 951868799);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_false(date_read(span_of(none[i], strlen(none[i])), &seconds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buf_grows),
		cmocka_unit_test(buf_takes_an_empty_buffer),
		cmocka_unit_test(buf_remembers_failure),
		cmocka_unit_test(buf_leaves_its_room),
		cmocka_unit_test(buf_without_room_fails),
		cmocka_unit_test(buf_hex_of_too_much_fails),
		cmocka_unit_test(buf_formats),
		cmocka_unit_test(hex_both_ways),
		cmocka_unit_test(hex_of_any_length),
		cmocka_unit_test(hex_is_read_at_any_place),
		cmocka_unit_test(cursor_that_fails_stays),
		cmocka_unit_test(cursor_over_nothing),
		cmocka_unit_test(little_endian),
		cmocka_unit_test(json_looks_after_commas),
		cmocka_unit_test(json_escapes),
		cmocka_unit_test(json_escapes_at_any_place),
		cmocka_unit_test(json_numbers_in_hex),
		cmocka_unit_test(dates_are_those_of_the_calendar),
		cmocka_unit_test(seconds_of_every_year),
		cmocka_unit_test(no_such_date),
		cmocka_unit_test(dates_are_read_in_one_form),
		cmocka_unit_test(errors_are_whole_or_untouched),
	};

	return cmocka_run_group_tests_name("util", tests, NULL, NULL);
}
