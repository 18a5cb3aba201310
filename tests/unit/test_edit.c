/* SPDX-License-Identifier: BSD-2-Clause */
/* Edits are right, shortest and bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "report/edit.h"

#define MAX 24

static uint64_t rng = 88172645463325252u;

static size_t rnd(size_t below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (size_t)(rng % below);
}

static void spans(struct span *to, const char *s)
{
	for (size_t i = 0; s[i]; i++)
		to[i] = span_of(s + i, 1);
}

/* What is not in the longest common subsequence, by the table everybody knows. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t t[MAX + 1][MAX + 1] = { { 0 } };

	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++)
			t[i][j] = a[i - 1] == b[j - 1]      ? t[i - 1][j - 1] + 1 :
				  t[i - 1][j] > t[i][j - 1] ? t[i - 1][j] :
							      t[i][j - 1];
	return n + m - 2 * t[n][m];
}

/* The runs must tile both sequences, and what is kept must be equal. */
static void check(const char *a, const char *b, const struct edit_script *s)
{
	size_t x = 0, y = 0, cost = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct edit *e = &s->all[i];

		assert_int_equal(e->a, x);
		assert_int_equal(e->b, y);
		assert_true(e->n > 0);
		if (e->kind == EDIT_KEEP)
			assert_memory_equal(a + x, b + y, e->n);
		else
			cost += e->n;
		x += e->kind == EDIT_ONLY_B ? 0 : e->n;
		y += e->kind == EDIT_ONLY_A ? 0 : e->n;
	}
	assert_int_equal(x, strlen(a));
	assert_int_equal(y, strlen(b));
	assert_int_equal(cost, s->cost);
}

static void shortest(void **state)
{
	for (size_t round = 0; round < 20000; round++) {
		_cleanup_(edit_script_done) struct edit_script s = { 0 };
		char a[MAX + 1] = "", b[MAX + 1] = "";
		struct span sa[MAX], sb[MAX];
		size_t n = rnd(MAX + 1), m = rnd(MAX + 1), letters = 1 + rnd(6);

		for (size_t i = 0; i < n; i++)
			a[i] = (char)('a' + rnd(letters));
		for (size_t i = 0; i < m; i++)
			b[i] = (char)('a' + rnd(letters));
		spans(sa, a);
		spans(sb, b);
		assert_int_equal(edit_script(sa, n, sb, m, 2 * MAX, &s), 0);
		check(a, b, &s);
		assert_true(s.exact);
		assert_int_equal(s.cost, distance(a, n, b, m));
	}
}

/* Too far apart: still a script, and it says that it is not the shortest. */
static void bounded(void **state)
{
	_cleanup_(edit_script_done) struct edit_script s = { 0 };
	const char *a = "xabcdefy", *b = "xghijkly";
	struct span sa[8], sb[8];

	spans(sa, a);
	spans(sb, b);
	assert_int_equal(edit_script(sa, 8, sb, 8, 11, &s), 0);
	check(a, b, &s);
	assert_false(s.exact);
	assert_int_equal(s.n, 4);
	assert_int_equal(s.cost, 12);
	edit_script_done(&s);
	assert_int_equal(edit_script(sa, 8, sb, 8, 12, &s), 0);
	assert_true(s.exact);
}

/* Two long logs with nothing to do with each other: it ends, and says what it did not do. */
static void far_apart(void **state)
{
	static struct span a[200000], b[200000];
	static const char letters[] = "abcdefgh";
	_cleanup_(edit_script_done) struct edit_script s = { 0 };
	size_t n = sizeof(a) / sizeof(a[0]);

	for (size_t i = 0; i < n; i++) {
		a[i] = span_of(letters + rnd(8), 1);
		b[i] = span_of(letters + rnd(8), 1);
	}
	assert_int_equal(edit_script(a, n, b, n, SIZE_MAX, &s), 0);
	assert_false(s.exact);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shortest),
		cmocka_unit_test(bounded),
		cmocka_unit_test(far_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
