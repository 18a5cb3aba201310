/* SPDX-License-Identifier: BSD-2-Clause */
/* envelope/: what is cut out of what, and what is left alone. */
#include "testing.h"

#include "envelope/envelope.h"

static int open_str(const char *text, struct envelope *env)
{
	struct tsmmr_error err = ERROR_INIT;

	return envelope_open(span_of(text, strlen(text)), env, &err);
}

/* One part of it: what it is, and its bytes. */
static void expect_part(const struct envelope *env, size_t i, int part, const char *bytes)
{
	assert_true(i < env->n);
	assert_int_equal(env->parts[i].part, part);
	if (!span_eq(span_of(env->parts[i].p, env->parts[i].n), bytes, strlen(bytes)))
		fail_msg("part %zu: '%.*s'", i, (int)env->parts[i].n, (char *)env->parts[i].p);
}

static void what_is_none_is_left_alone(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"x",
		"[]",
		"{}",
		"{\"a\":1}",
		"\x04",
		"{\"quote\":1}",
		"{\"quote\":\"AAAA\",\"other\":1}",
	};
	struct envelope env = { .kind = "x" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		int r = open_str(texts[i], &env);

		if (r != (i == 1 ? TSMMR_E_TRUNCATED : TSMMR_E_FORMAT))
			fail_msg("'%s': %d", texts[i], r);
	}
	assert_string_equal(env.kind, "x");
}

static void a_td_of_confidential_containers(void **state)
{
	struct envelope env;

	/* "quote", "log" in base64. */
	assert_int_equal(open_str(" {\"quote\":\"cXVvdGU=\",\"cc_eventlog\":\"bG9n\"}", &env), 0);
	assert_string_equal(env.kind, "coco-tdx");
	assert_int_equal(env.n, 2);
	expect_part(&env, 0, TSMMR_PART_QUOTE, "quote");
	expect_part(&env, 1, ENVELOPE_LOG, "log");
	assert_null(env.parts[1].reg);
	envelope_done(&env);

	assert_int_equal(open_str("{\"quote\":\"cXVvdGU=\",\"cc_eventlog\":null,"
				  "\"aa_eventlog\":\"INIT x\\n\"}",
				  &env),
			 0);
	assert_int_equal(env.n, 2);
	expect_part(&env, 1, ENVELOPE_LOG, "INIT x\n");
	assert_int_equal(env.parts[1].format, TSMMR_FORMAT_AAEL);
	assert_string_equal(env.parts[1].reg, "rtmr3");
	envelope_done(&env);

	assert_int_equal(open_str("{\"quote\":\"\"}", &env), TSMMR_E_MALFORMED);
	assert_int_equal(open_str("{\"quote\":\"!\"}", &env), TSMMR_E_MALFORMED);
	assert_int_equal(open_str("{\"quote\":\"cXVvdGU=\",\"cc_eventlog\":1}", &env),
			 TSMMR_E_MALFORMED);
}

static void no_input_decides_how_much_is_taken(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct envelope env = { .n = 0 };

	for (size_t i = 0; i < ENVELOPE_PARTS_MAX; i++)
		assert_int_equal(envelope_add(&env, TSMMR_PART_CERTS, span_of("x", 1), &err), 0);
	assert_int_equal(envelope_add(&env, TSMMR_PART_CERTS, span_of("x", 1), &err),
			 TSMMR_E_LIMIT);
	assert_int_equal(env.n, ENVELOPE_PARTS_MAX);
	envelope_done(&env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_none_is_left_alone),
		cmocka_unit_test(a_td_of_confidential_containers),
		cmocka_unit_test(no_input_decides_how_much_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
