/* SPDX-License-Identifier: BSD-2-Clause */
/* core/select.c: lists of registers and of gaps. */
#include "testing.h"

#include "core/select.h"

/* 1, 0 or an error, for a register with a role. */
static int takes(const char *list, const char *name, const char *role, int alg)
{
	return select_matches(list, name, role, alg, NULL);
}

static void names_and_roles(void **state)
{
	assert_int_equal(takes("rtmr0", "rtmr0", "firmware-config", TSMMR_HASH_SHA384), 1);
	assert_int_equal(takes("rtmr0", "rtmr01", NULL, 0), 0);
	assert_int_equal(takes("rtmr0", "rtmr1", NULL, 0), 0);
	assert_int_equal(takes("app-runtime", "rtmr3", "app-runtime", 0), 1);
	assert_int_equal(takes("app-runtime", "rtmr2", "os-runtime", 0), 0);
	assert_int_equal(takes("rtmr0,app-runtime", "rtmr3", "app-runtime", 0), 1);
	assert_int_equal(takes("tdx_guest/rtmr0", "tdx_guest/rtmr0", NULL, 0), 1);
	assert_int_equal(takes("*", "anything", NULL, 0), 1);
	assert_int_equal(takes("", "rtmr0", NULL, 0), 0);
}

static void banks(void **state)
{
	assert_int_equal(takes("pcr0:sha256", "pcr0", NULL, TSMMR_HASH_SHA256), 1);
	assert_int_equal(takes("pcr0:sha256", "pcr0", NULL, TSMMR_HASH_SHA1), 0);
	assert_int_equal(takes("pcr0", "pcr0", NULL, TSMMR_HASH_SHA1), 1);
	assert_int_equal(takes("*:sha1", "pcr9", NULL, TSMMR_HASH_SHA1), 1);
	assert_int_equal(takes("*:sha1", "pcr9", NULL, TSMMR_HASH_SHA256), 0);
	assert_int_equal(takes("pcr0-7:sha256", "pcr7", NULL, TSMMR_HASH_SHA256), 1);
	assert_int_equal(takes("pcr0:sm3-256", "pcr0", NULL, TSMMR_HASH_SM3_256), 1);
	assert_int_equal(takes("mrowner:sha384", "mrowner", NULL, TSMMR_HASH_NONE), 0);
}

static void ranges(void **state)
{
	char name[16];

	for (int i = 0; i < 24; i++) {
		snprintf(name, sizeof(name), "pcr%d", i);
		assert_int_equal(takes("pcr2-11", name, NULL, 0), i >= 2 && i <= 11);
		assert_int_equal(takes("pcr2-pcr11", name, NULL, 0), i >= 2 && i <= 11);
	}
	assert_int_equal(takes("rtmr1-1", "rtmr1", NULL, 0), 1);
	assert_int_equal(takes("pcr0-7", "rtmr3", NULL, 0), 0);
	assert_int_equal(takes("pcr0-7", "pcr", NULL, 0), 0);
	assert_int_equal(takes("pcr0-4294967295", "pcr23", NULL, 0), 1);
	assert_int_equal(takes("pcr0-7", "pcr99999999999", NULL, 0), 0);

	/* A hyphen alone makes no range. */
	assert_int_equal(takes("pcr0-x1", "pcr0-x1", NULL, 0), 1);
	assert_int_equal(takes("a-1", "a-1", NULL, 0), 1);
}

static void refuses_and_names_the_item(void **state)
{
	/* clang-format off */
	static const struct {
		const char *list;
		const char *names;	/* must stand in the message */
	} cases[] = {
		{ ",rtmr0", "empty" },
		{ "rtmr0,,rtmr1", "empty" },
		{ "rtmr0,", "rtmr0," },
		{ "rtmr0,rtmr3-1", "rtmr3-1" },
		{ "pcr0:md5", "pcr0:md5" },
		{ "pcr0:", "pcr0:" },
		{ ":sha256", ":sha256" },
		{ "rtmr0, rtmr1", " rtmr1" },
		{ "pcr0-4294967296", "pcr0-4294967296" },
		{ "pcr99999999999-1", "too large" },
		{ "rtmr*", "rtmr*" },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_error err = ERROR_INIT;

		/* Bad for every register, also for one that an earlier item takes. */
		assert_code(select_matches(cases[i].list, "rtmr0", NULL, 0, &err), TSMMR_E_ARG);
		assert_int_equal(err.code, TSMMR_E_ARG);
		if (!strstr(err.message, cases[i].names))
			fail_msg("%s: \"%s\"", cases[i].list, err.message);
	}
}

static void an_error_leaves_the_list(void **state)
{
	struct span list = span_of("rtmr0,rtmr3-1", 13);
	struct span before;
	struct select_item item;

	assert_int_equal(select_next(&list, &item, NULL), 1);
	assert_true(span_eq(item.name, "rtmr0", 5));
	before = list;
	item.first = 77;
	assert_code(select_next(&list, &item, NULL), TSMMR_E_ARG);
	assert_ptr_equal(list.p, before.p);
	assert_int_equal(list.n, before.n);
	assert_int_equal(item.first, 77);
}

static void gaps(void **state)
{
	const char text[] = "no-log,rtmr3:unlogged,pcr0-7:sha256:missing-head";
	struct span list = span_of(text, strlen(text));
	struct allow_item item;

	assert_int_equal(allow_next(&list, &item, NULL), 1);
	assert_int_equal(item.reg.n, 0);
	assert_true(span_eq(item.gap, "no-log", 6));
	assert_int_equal(allow_next(&list, &item, NULL), 1);
	assert_true(span_eq(item.reg, "rtmr3", 5));
	assert_true(span_eq(item.gap, "unlogged", 8));
	assert_int_equal(allow_next(&list, &item, NULL), 1);
	assert_true(span_eq(item.reg, "pcr0-7:sha256", 13));
	assert_true(span_eq(item.gap, "missing-head", 12));
	assert_int_equal(allow_next(&list, &item, NULL), 0);
}

static void refuses_bad_gaps(void **state)
{
	static const char *const cases[] = { ",no-log", "no-log,", "rtmr0:", ":no-log", ":" };

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct span list = span_of(cases[i], strlen(cases[i]));
		struct allow_item item;

		assert_code(allow_next(&list, &item, NULL), TSMMR_E_ARG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_roles),
		cmocka_unit_test(banks),
		cmocka_unit_test(ranges),
		cmocka_unit_test(refuses_and_names_the_item),
		cmocka_unit_test(an_error_leaves_the_list),
		cmocka_unit_test(gaps),
		cmocka_unit_test(refuses_bad_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
