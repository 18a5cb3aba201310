/* SPDX-License-Identifier: BSD-2-Clause */
/* util/json_in.c: what json-c would let through, and where values lie. */
#include "testing.h"

#include <locale.h>

#include "util/json_in.h"

static struct span span_str(const char *s)
{
	return span_of(s, strlen(s));
}

static void expect_extent(const char *text, int code, size_t want)
{
	size_t n = 99;
	int r = json_in_extent(span_str(text), &n);

	if (r != code || (r == 0 && n != want))
		fail_msg("%s: %d, %zu bytes", text, r, n);
}

static void objects_end_where_they_end(void **state)
{
	expect_extent("{}", 0, 2);
	expect_extent("{}{}", 0, 2);
	expect_extent("{\"}\":\"]\\\"}\"} x", 0, 12);
	expect_extent("{\"a\":[{},[{}]]},", 0, 15);
	expect_extent("{\"a\\\\\":{}}", 0, 10);
	expect_extent("{\"a\":{}", 0, 0);
	expect_extent("{\"", 0, 0);
	expect_extent("{\"\\", 0, 0);
	expect_extent("", TSMMR_E_MALFORMED, 0);
	expect_extent("[]", TSMMR_E_MALFORMED, 0);
	expect_extent(" {}", TSMMR_E_MALFORMED, 0);
	/* 8 levels, and not one more. */
	expect_extent("{\"\":[[[[[[[]]]]]]]}", 0, 19);
	expect_extent("{\"\":[[[[[[[[]]]]]]]]}", TSMMR_E_MALFORMED, 0);
}

static void expect_raw(const char *text, const char *want)
{
	struct span got = { 0 };
	bool found = json_in_raw(span_str(text), "key", &got);

	if (found != (want != NULL) || (want && !span_eq(got, want, strlen(want))))
		fail_msg("%s: '%.*s'", text, (int)got.n, (const char *)got.p);
}

static void values_are_found_as_written(void **state)
{
	expect_raw("{\"key\":1}", "1");
	expect_raw("{ \"key\" : \"a\\\"b,}\" , \"b\":2}", "\"a\\\"b,}\"");
	expect_raw("{\"a\":\"key\",\"key\":[1, {\"key\":2}]}", "[1, {\"key\":2}]");
	expect_raw("{\"a\":{\"key\":1},\"key\":-1.5e3\n}", "-1.5e3");
	expect_raw("{\"key\":true}", "true");
	expect_raw("{\"a\":{\"key\":1}}", NULL);
	expect_raw("{\"a\":\"key\"}", NULL);
	expect_raw("{\"k\\u0065y\":1}", NULL);
	expect_raw("{\"keys\":1,\"ke\":2}", NULL);
	expect_raw("{}", NULL);
}

static void expect_object(const char *text, size_t n, int code, const char *why)
{
	struct tsmmr_error err = ERROR_INIT;
	struct json_object *o;
	int r = json_in_object(span_of(text, n), JSON_IN_BYTES, &o, &err);

	if (r == 0)
		json_in_free(o);
	if (r != code || (r < 0 && !strstr(err.message, why)))
		fail_msg("%.60s: %d, %s", text, r, r < 0 ? err.message : "taken");
}

static void what_json_c_lets_through_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "{'a':1}", "unexpected character" },
		{ "{\"a\":NaN}", "unexpected character" },
		{ "{\"a\":-Infinity}", "unexpected character" },
		{ "{\"a\":\"\x01\"}", "control character" },
		{ "{\"a\":\"\n\"}", "control character" },
		{ "{\"a\":18446744073709551616}", "more than 64 bits" },
		{ "{\"a\":-9223372036854775809}", "more than 64 bits" },
		{ "{\"a\":[0,-18446744073709551616]}", "more than 64 bits" },
		{ "{\"a\":1,\"a\":1}", "twice" },
		{ "{\"b\":{\"a\":1,\"a\":2}}", "twice" },
		{ "{\"b\":[{\"a\":1,\"\\u0061\":2}]}", "twice" },
		{ "{\"a\\u0000b\":1}", "a key with a NUL" },
		{ "{\"b\":[{\"\\u0000\" : 1}]}", "a key with a NUL" },
		{ "{\"a\":\"\xff\"}", "JSON" },
		{ "{\"a\":\"\xed\xa0\x80\"}", "utf-8" },
		{ "{\"a\":\"\\\xc3\xa9\"}", "string sequence" },
		{ "{\"a\":\"\\\xff\"}", "utf-8" },
		{ "{\"a\":\xc3\xa9}", "JSON" },
		{ "{\xc3\xa9:1}", "JSON" },
		{ "{\"\xc3\xa9\":1,\"\\u00e9\":1}", "twice" },
		{ "{\"a\":1,}", "JSON" },
		{ "{\"a\":01}", "JSON" },
		{ "{} {}", "JSON" },
		{ "[1]", "not an object" },
		{ "{\"a\":[[[[[[[[[1]]]]]]]]]}", "JSON" },
	};

	for (size_t i = 0; i < N_OF(cases); i++)
		expect_object(cases[i].text, strlen(cases[i].text), TSMMR_E_MALFORMED,
			      cases[i].why);
	expect_object("{\"a\":1", 6, TSMMR_E_TRUNCATED, "too early");
	expect_object("{\"a\":\"\\\\u0000\"}", 15, 0, "");
	expect_object("{\"a\":\"\\u0000\",\"b\":1}", 20, 0, "");
}

/* A byte of text can be a kilobyte of tree. */
/* Beyond ASCII: as it was written, whatever json-c thinks of such bytes. */
static void text_is_kept(void **state)
{
	static const char text[] =
		"{\"\xc3\xa9\":\"\\\\\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf\"}";
	static const char want[] = "\\\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf";
	struct tsmmr_error err = ERROR_INIT;
	struct json_object *o;
	struct span s;

	assert_code(json_in_object(span_of(text, sizeof(text) - 1), sizeof(text), &o, &err), 0);
	assert_int_equal(json_in_str(o, "\xc3\xa9", &s, &err), 1);
	assert_true(span_eq(s, want, sizeof(want) - 1));
	json_in_free(o);

	/* Where it goes wrong is told in bytes of the text. */
	assert_code(json_in_object(span_of("{\"\xe2\x82\xac\":1]", 9), 64, &o, &err),
		    TSMMR_E_MALFORMED);
	assert_int_equal(err.offset, 8);
}

/* Every text of six such bytes: the scan knows of each byte that json-c is not to see. */
static void what_is_beyond_ascii_is_seen(void **state)
{
	static const char bytes[] = { '"', '\\', 'a', ':', '{', '1', '\xc3', '\xff' };
	char text[6];

	for (unsigned n = 0; n < 1u << 18; n++) {
		struct json_scan scan;
		bool ascii = true;

		for (size_t i = 0; i < sizeof(text); i++) {
			text[i] = bytes[n >> 3 * i & 7];
			ascii &= (uint8_t)text[i] < 0x80;
		}
		json_scan_all(span_of(text, sizeof(text)), JSON_IN_VALUES, &scan);
		if (scan.ascii != ascii)
			fail_msg("%o: %d", n, scan.ascii);
	}
}

/* The caller's locale is as it was, whether the text is JSON or not. */
static void the_locale_is_kept(void **state)
{
	locale_t own = duplocale(LC_GLOBAL_LOCALE), before;
	struct json_object *o;

	assert_true(own != (locale_t)0);
	before = uselocale(own);
	assert_code(json_in_object(span_str("{\"a\":1.5}"), 64, &o, NULL), 0);
	json_in_free(o);
	assert_true(uselocale((locale_t)0) == own);
	assert_code(json_in_object(span_str("{\"a\"}"), 64, &o, NULL), TSMMR_E_MALFORMED);
	assert_true(uselocale((locale_t)0) == own);
	uselocale(before);
	freelocale(own);
}

static void values_are_counted(void **state)
{
	size_t n = 3 * JSON_IN_VALUES;
	char *text = malloc(n + 16), *p = text;

	assert_non_null(text);
	for (unsigned over = 0; over < 2; over++) {
		p = text + sprintf(text, "{\"a\":[");
		for (unsigned i = 2; i < JSON_IN_VALUES + over; i++)
			p += sprintf(p, "0,");
		p += sprintf(p, "0]}");
		expect_object(text, (size_t)(p - text), over ? TSMMR_E_LIMIT : 0, "more than");
	}
	free(text);
}

static void integers_keep_their_range(void **state)
{
	static const char text[] =
		"{\"max\":18446744073709551615,\"neg\":-1,\"low\":"
		"-9223372036854775808,\"f\":1.0,\"e\":1e3,\"s\":\"5\",\"n\":null}";
	struct json_object *o;
	uint64_t v = 7;

	assert_code(json_in_object(span_str(text), 1000, &o, NULL), 0);
	assert_int_equal(json_in_u64(o, "max", &v, NULL), 1);
	assert_true(v == UINT64_MAX);
	v = 7;
	assert_code(json_in_u64(o, "neg", &v, NULL), TSMMR_E_MALFORMED);
	assert_code(json_in_u64(o, "low", &v, NULL), TSMMR_E_MALFORMED);
	assert_code(json_in_u64(o, "f", &v, NULL), TSMMR_E_MALFORMED);
	assert_code(json_in_u64(o, "e", &v, NULL), TSMMR_E_MALFORMED);
	assert_code(json_in_u64(o, "s", &v, NULL), TSMMR_E_MALFORMED);
	assert_int_equal(json_in_u64(o, "n", &v, NULL), 0);
	assert_int_equal(json_in_u64(o, "absent", &v, NULL), 0);
	assert_int_equal(v, 7);
	assert_int_equal(json_in_kind(o, "n"), JSON_IN_NONE);
	assert_int_equal(json_in_kind(o, "max"), JSON_IN_INT);
	assert_int_equal(json_in_kind(o, "f"), JSON_IN_OTHER);
	assert_int_equal(json_in_kind(o, "s"), JSON_IN_STR);
	json_in_free(o);
}

/* One after another through one parser, what failed between them included. */
static void a_parser_is_used_again(void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{ "{\"a\":[1,{\"b\":\"\xc3\xa9\"}]}", 0 },
		{ "{\"a\":tru}", TSMMR_E_MALFORMED },
		{ "{\"a\":true}", 0 },
		{ "{\"a\":\"\x01\"}", TSMMR_E_MALFORMED },
		{ "{\"a\":{}}", 0 },
		{ "{\"a\":1,\"a\":1}", TSMMR_E_MALFORMED },
		{ "{\"a\":\"\\q\"}", TSMMR_E_MALFORMED },
		{ "{}", 0 },
	};
	struct json_in in = { 0 };

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct span s = span_str(cases[i].text);
		struct json_object *o = NULL;
		struct json_scan scan;

		assert_int_equal(json_scan(s, JSON_IN_VALUES, &scan), 0);
		assert_int_equal(scan.n, s.n);
		assert_code(json_in_scanned(&in, s, s.n, &scan, &o, NULL), cases[i].code);
		json_in_free(o);
		assert_code(json_in_scanned(&in, s, s.n - 1, &scan, &o, NULL), TSMMR_E_LIMIT);
	}
	json_in_done(&in);
}

/* What is refused has its place in the text, and does not hide where that ends. */
static void refusals_have_places(void **state)
{
	static const struct {
		const char *text;
		size_t at, n;
	} cases[] = {
		{ "{\"a\":\"b\\\"\x01\"} ", 9, 12 },
		{ "{\"abcdefghijklmnopqrstuvw\x1fyz\":'}'}", 25, 32 },
		{ "{\"a\":12345678901234567890123,\"b\":N}", 28, 35 },
		{ "{\"a\\u0000\":N}", 10, 13 },
		{ "{\"a\"\x0b:N}", 4, 8 },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct span s = span_str(cases[i].text);
		struct tsmmr_error err = ERROR_INIT;
		struct json_scan scan;

		assert_int_equal(json_scan(s, JSON_IN_VALUES, &scan), 0);
		assert_int_equal(scan.n, cases[i].n);
		assert_code(json_scan_check(&scan, &err), TSMMR_E_MALFORMED);
		assert_int_equal(err.offset, cases[i].at);
		json_scan_all(s, JSON_IN_VALUES, &scan);
		assert_int_equal(scan.at, cases[i].at);
		assert_int_equal(scan.n, 0);
	}
}

static void members_are_found_in_any_order(void **state)
{
	static const char *const keys[] = { "a", "ab", "b" };
	static const char *const texts[] = { "{\"a\":1,\"ab\":2,\"b\":3}",
					     "{\"b\":3,\"ab\":2,\"a\":1}",
					     "{\"ab\":2,\"c\":null,\"b\":3,\"a\":1}",
					     "{\"b\":null,\"a\":1}",
					     "{\"c\":0}",
					     "{}" };
	struct json_object *o, *found[N_OF(keys)];

	for (size_t i = 0; i < N_OF(texts); i++) {
		assert_code(json_in_object(span_str(texts[i]), 100, &o, NULL), 0);
		assert_int_equal(json_in_members(o, keys, N_OF(keys), found),
				 strstr(texts[i], "\"c\"") != NULL);
		for (size_t k = 0; k < N_OF(keys); k++)
			assert_ptr_equal(found[k], json_in_member(o, keys[k]));
		json_in_free(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_end_where_they_end),
		cmocka_unit_test(values_are_found_as_written),
		cmocka_unit_test(what_json_c_lets_through_is_refused),
		cmocka_unit_test(text_is_kept),
		cmocka_unit_test(what_is_beyond_ascii_is_seen),
		cmocka_unit_test(the_locale_is_kept),
		cmocka_unit_test(values_are_counted),
		cmocka_unit_test(integers_keep_their_range),
		cmocka_unit_test(a_parser_is_used_again),
		cmocka_unit_test(refusals_have_places),
		cmocka_unit_test(members_are_found_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
