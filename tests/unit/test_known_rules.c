/* SPDX-License-Identifier: BSD-2-Clause */
/* known/rules.c: which text fits which pattern, what is demanded, and lines that are no rules. */
#include "known.h"

/* A record as an appraisal shows it to the set's only list. */
static int match(const struct tsmmr_known *known, void *state, const char *text, bool bound,
		 bool fits, uint16_t type)
{
	const struct known_source *s = known->sources[0];
	const bool all[KNOWN_REGS_MAX] = { false, fits };
	struct span name;
	struct known_event e = {
		.fits = all, .type = type, .bound = bound, .text = span_of(text, strlen(text))
	};

	return s->kind->match(s, state, &e, &name);
}

static bool fits(const char *pattern, const char *text)
{
	char line[4096];
	uint64_t state[4] = { 0 };
	struct tsmmr_known *known;
	int r;

	snprintf(line, sizeof(line), "rtmr3 * \"%s\"\n", pattern);
	known = known_of(TSMMR_KNOWN_RULES, "rules", line);
	r = match(known, state, text, true, true, KNOWN_ANY);
	known_unref(known);
	return r;
}

static void patterns(void **state)
{
	static const struct fit rows[] = {
		{ "start", "start", true },
		{ "start", "start ", false },
		{ "start", "restart", false },
		{ "", "", true },
		{ "", "a", false },
		{ "*", "", true },
		{ "*", "anything at all", true },
		{ "a*", "a", true },
		{ "a*c", "abbc", true },
		{ "a*c", "abcb", false },
		{ "*b*", "abc", true },
		{ "**a**", "a", true },
		{ "a*b*c", "a-b-b-c", true },
		{ "a*b*c", "acb", false },
		{ "?", "a", true },
		{ "?", "", false },
		{ "?", "\xc3\xa9", true },
		{ "??", "\xc3\xa9", false },
		{ "[abc]x", "bx", true },
		{ "[abc]x", "dx", false },
		{ "[a-c]", "b", true },
		{ "[!a-c]", "b", false },
		{ "[!a-c]", "\xc3\xa9", true },
		{ "[]]", "]", true },
		{ "[!]]", "]", false },
		{ "[a-]", "-", true },
		{ "[*]", "*", true },
		{ "[*]", "x", false },
		{ "linux /vmlinuz-[0-9]* ro", "linux /vmlinuz-6.1 ro", true },
		{ "linux /vmlinuz-[0-9]* ro", "linux /vmlinuz-6.1 ro init=/bin/sh", false },
		/* Text is escaped, and a backslash is one. */
		{ "a\\x1bb", "a\\x1bb", true },
		{ "a\\*", "a\\b", true },
		{ "say \"hi\"", "say \"hi\"", true },
	};

	check_fits(fits, rows, N_OF(rows));
}

/* Many stars cost no more than text times pattern. */
static void stars_cost_little(void **state)
{
	char pattern[1001] = "", text[60001];
	clock_t start = clock();

	for (size_t i = 0; i < 500; i++)
		memcpy(pattern + 2 * i, "*a", 3);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_true(fits(pattern, text));
	text[sizeof(text) - 2] = 'b';
	assert_false(fits(pattern, text));
	assert_true((clock() - start) / CLOCKS_PER_SEC < 20);
}

static void where_and_what(void **state)
{
	struct tsmmr_known *known = known_of(TSMMR_KNOWN_RULES, "rules", "rtmr0 EV_IPL a*\n");
	uint64_t seen[1] = { 0 };

	assert_int_equal(match(known, seen, "ab", true, true, 1), 1);
	assert_int_equal(match(known, seen, "ab", true, true, KNOWN_ANY), 0);
	assert_int_equal(match(known, seen, "ab", true, true, 2), 0);
	assert_int_equal(match(known, seen, "ab", true, false, 1), 0);
	/* Unbound text never fits. */
	assert_int_equal(match(known, seen, "ab", false, true, 1), 0);
	assert_int_equal(seen[0], 1);
	known_unref(known);
}

static void demands(void **state)
{
	struct tsmmr_known *known =
		known_of(TSMMR_KNOWN_RULES, "rules",
			 "# ours\nrtmr3 * must require\nrtmr3 * \"only one\" once\nrtmr3 * may\n");
	uint64_t seen[3] = { 0 };
	struct lacks lacks = lacking(known, seen);

	assert_int_equal(lacks.n, 1);
	assert_string_equal(lacks.last, "rules: line 2: no record is: must");
	assert_int_equal(match(known, seen, "must", true, true, KNOWN_ANY), 1);
	assert_int_equal(lacking(known, seen).n, 0);
	assert_int_equal(match(known, seen, "only one", true, true, KNOWN_ANY), 1);
	assert_int_equal(lacking(known, seen).n, 0);
	assert_int_equal(match(known, seen, "only one", true, true, KNOWN_ANY), 0);
	lacks = lacking(known, seen);
	assert_int_equal(lacks.n, 1);
	assert_string_equal(lacks.last, "rules: line 3: 2 times, not once: only one");
	known_unref(known);
}

static void no_rules(void **state)
{
	static const struct no_list rows[] = {
		{ "", 0, TSMMR_E_MALFORMED, 0, "rules: no rule in it" },
		{ "# x\n", 0, TSMMR_E_MALFORMED, 4, "no rule in it" },
		{ "rtmr9 * a\n", 0, TSMMR_E_NOTFOUND, 0, "line 1: no platform has" },
		{ "* * a\n", 0, TSMMR_E_NOTFOUND, 0, "register '*'" },
		{ "rtmr0\n", 0, TSMMR_E_MALFORMED, 0, "'' is no event type" },
		{ "rtmr0 start require\n", 0, TSMMR_E_MALFORMED, 0, "'start' is no event type" },
		{ "rtmr0 *\n", 0, TSMMR_E_MALFORMED, 0, "no pattern" },
		{ "rtmr0 * a b\n", 0, TSMMR_E_MALFORMED, 0, "'b' is neither require nor once" },
		{ "rtmr0 * a\nrtmr0 * \"a\n", 0, TSMMR_E_MALFORMED, 10, "line 2: a quote" },
		{ "rtmr0 * [a\n", 0, TSMMR_E_MALFORMED, 0, "a [ without" },
		{ "rtmr0 * [\xc3\xa9]\n", 0, TSMMR_E_MALFORMED, 0, "other than ASCII" },
		{ "rtmr0 * a once\n", TSMMR_LIST_DENIED, TSMMR_E_ARG, 0, "not demanded" },
	};

	check_no_lists(TSMMR_KNOWN_RULES, "rules", rows, N_OF(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),       cmocka_unit_test(stars_cost_little),
		cmocka_unit_test(where_and_what), cmocka_unit_test(demands),
		cmocka_unit_test(no_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
