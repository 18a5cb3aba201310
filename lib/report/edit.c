/* SPDX-License-Identifier: BSD-2-Clause */
/* The shortest edit between two sequences of digests: E. Myers, "An O(ND) Difference Algorithm". */
#include "report/edit.h"

#include <assert.h>
#include <stdint.h>

#include <tsmmr/types.h>

/* The two sequences without what both begin and end with. */
struct middle {
	const struct span *a, *b;
	const uint32_t *number_a, *number_b; /* or these: the same for what is the same */
	size_t prefix;                       /* what both begin with */
	size_t n, m;
	uint8_t *only_a, *only_b; /* the answer: 1 for what is in one only */
	uint64_t steps;
};

/*
 * How far along a each diagonal x - y got with d edits.  With d edits d + 1 diagonals can
 * be reached, 2j - d for j from 0 to d, so row d begins at d (d + 1) / 2.
 */
struct rows {
	size_t *x;
	size_t cap; /* rows there is room for */
};

void edit_script_done(struct edit_script *s)
{
	free(s->all);
	*s = (struct edit_script){ 0 };
}

static size_t *row(const struct rows *rows, size_t d)
{
	return rows->x + d * (d + 1) / 2;
}

static int rows_grow(struct rows *rows, size_t d)
{
	size_t cap = rows->cap ? 2 * rows->cap : 16;
	size_t *x;

	if (d < rows->cap)
		return 0;
	x = reallocarray(rows->x, cap * (cap + 1) / 2, sizeof(*x));
	if (!x)
		return TSMMR_E_NOMEM;
	rows->x = x;
	rows->cap = cap;
	return 0;
}

static bool same(const struct middle *mid, size_t x, size_t y)
{
	x += mid->prefix;
	y += mid->prefix;
	return mid->number_a ? mid->number_a[x] == mid->number_b[y] :
			       span_eq(mid->a[x], mid->b[y].p, mid->b[y].n);
}

/* Where diagonal j of row d begins: edit d is in b from the diagonal above, or in a. */
static size_t begin(const struct rows *rows, size_t d, size_t j, bool *ret_in_b)
{
	const size_t *before = d ? row(rows, d - 1) : NULL;

	*ret_in_b = d && (j == 0 || (j < d && before[j - 1] < before[j]));
	if (!d)
		return 0;
	return *ret_in_b ? before[j] : before[j - 1] + 1;
}

/* All diagonals with d edits.  True when the ends of both are reached. */
static bool advance(struct middle *mid, const struct rows *rows, size_t d)
{
	size_t *now = row(rows, d);
	bool in_b;

	for (size_t j = 0; j <= d && mid->steps < EDIT_STEPS_MAX; j++) {
		size_t x = begin(rows, d, j, &in_b), y = x + d - 2 * j;

		while (x < mid->n && y < mid->m && same(mid, x, y)) {
			x++;
			y++;
			mid->steps++;
		}
		mid->steps++;
		now[j] = x;
		if (x == mid->n && y == mid->m)
			return true;
	}
	return false;
}

/* Walks back from the ends and marks each edit. */
static void mark(struct middle *mid, const struct rows *rows, size_t d)
{
	size_t x = mid->n, y = mid->m;

	for (; d > 0; d--) {
		size_t j = (x + d - y) / 2;
		bool in_b;

		x = begin(rows, d, j, &in_b);
		y = x + d - 2 * j;
		if (in_b)
			mid->only_b[--y] = 1;
		else
			mid->only_a[--x] = 1;
	}
}

/* 1 when the answer is marked, 0 when they are too far apart, or E_NOMEM. */
static int compare(struct middle *mid, size_t max_d)
{
	struct rows rows = { 0 };
	int r = 0;

	if (max_d > EDIT_D_MAX)
		max_d = EDIT_D_MAX;
	for (size_t d = 0; d <= max_d && mid->steps < EDIT_STEPS_MAX; d++) {
		r = rows_grow(&rows, d);
		if (r < 0)
			break;
		if (advance(mid, &rows, d)) {
			mark(mid, &rows, d);
			r = 1;
			break;
		}
	}
	free(rows.x);
	return r;
}

static void add(struct edit_script *s, enum edit_kind kind, size_t a, size_t b, size_t n)
{
	if (!n)
		return;
	s->all[s->n++] = (struct edit){ kind, a, b, n };
	if (kind != EDIT_KEEP)
		s->cost += n;
}

/* The marks as runs, what is only in a before what is only in b. */
static void write_runs(const struct middle *mid, size_t suffix, struct edit_script *s)
{
	size_t x = 0, y = 0, prefix = mid->prefix, keep = prefix;

	while (x < mid->n || y < mid->m) {
		size_t a = x, b = y;

		while (x < mid->n && mid->only_a[x])
			x++;
		while (y < mid->m && mid->only_b[y])
			y++;
		if (x > a || y > b) {
			add(s, EDIT_KEEP, prefix + a - keep, prefix + b - keep, keep);
			add(s, EDIT_ONLY_A, prefix + a, prefix + b, x - a);
			add(s, EDIT_ONLY_B, prefix + x, prefix + b, y - b);
			keep = 0;
		}
		while (x < mid->n && y < mid->m && !mid->only_a[x] && !mid->only_b[y]) {
			x++;
			y++;
			keep++;
		}
	}
	keep += suffix;
	add(s, EDIT_KEEP, prefix + x + suffix - keep, prefix + y + suffix - keep, keep);
}

static int find(struct middle *mid, size_t suffix, size_t max_d, struct edit_script *ret)
{
	/* A run of each kind at most for each digest of the middle, and one more. */
	size_t runs = 0;
	int r = compare(mid, max_d);

	if (r < 0)
		return r;
	ret->exact = r;
	if (!r) {
		memset(mid->only_a, 1, mid->n);
		memset(mid->only_b, 1, mid->m);
	}
	for (size_t i = 0; i < mid->n; i++)
		runs += mid->only_a[i];
	for (size_t i = 0; i < mid->m; i++)
		runs += mid->only_b[i];
	runs = ret->exact ? 2 * runs + 1 : 4;
	ret->all = reallocarray(NULL, runs, sizeof(*ret->all));
	if (!ret->all)
		return TSMMR_E_NOMEM;
	write_runs(mid, suffix, ret);
	assert(ret->n <= runs);
	return 0;
}

/* Of mid, which has all of both. */
static int script(struct middle *mid, size_t max_d, struct edit_script *ret)
{
	struct edit_script s = { 0 };
	size_t prefix = 0, suffix = 0;
	int r = TSMMR_E_NOMEM;

	while (prefix < mid->n && prefix < mid->m && same(mid, prefix, prefix))
		prefix++;
	while (suffix < mid->n - prefix && suffix < mid->m - prefix &&
	       same(mid, mid->n - suffix - 1, mid->m - suffix - 1))
		suffix++;
	mid->prefix = prefix;
	mid->n -= prefix + suffix;
	mid->m -= prefix + suffix;

	mid->only_a = calloc(mid->n + 1, 1);
	mid->only_b = calloc(mid->m + 1, 1);
	if (mid->only_a && mid->only_b)
		r = find(mid, suffix, max_d, &s);
	free(mid->only_a);
	free(mid->only_b);
	if (r == 0)
		*ret = s;
	return r;
}

int edit_script(const struct span *a, size_t n, const struct span *b, size_t m, size_t max_d,
		struct edit_script *ret)
{
	struct middle mid = { .a = a, .b = b, .n = n, .m = m };

	return script(&mid, max_d, ret);
}

int edit_script_numbers(const uint32_t *a, size_t n, const uint32_t *b, size_t m, size_t max_d,
			struct edit_script *ret)
{
	struct middle mid = { .number_a = a, .number_b = b, .n = n, .m = m };

	return script(&mid, max_d, ret);
}
