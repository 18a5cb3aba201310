/* SPDX-License-Identifier: BSD-2-Clause */
/* core/source.c: memory and descriptors must look the same from above. */
#include "testing.h"

#include "core/source.h"
#include "util/cleanup.h"

/* A reader that gives at most step bytes a call, and may fail at one place. */
struct reader {
	const uint8_t *p;
	size_t n, at, step;
	size_t fail_at; /* SIZE_MAX: never */
	int error;
	unsigned calls;
	bool ended; /* has said so: must not be asked again */
};

static long read_some(void *user, void *to, size_t n)
{
	struct reader *r = user;
	size_t left = r->n - r->at;

	assert_true(n > 0);
	assert_false(r->ended);
	r->calls++;
	if (r->at >= r->fail_at)
		return -r->error;
	if (n > r->step)
		n = r->step;
	if (n > left)
		n = left;
	if (r->fail_at != SIZE_MAX && n > r->fail_at - r->at)
		n = r->fail_at - r->at;
	if (n)
		memcpy(to, r->p + r->at, n);
	r->at += n;
	r->ended = n == 0;
	return (long)n;
}

static uint8_t *pattern(size_t n)
{
	uint8_t *p = malloc(n);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + i / 251);
	return p;
}

static void memory_is_a_window(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5 };
	struct source s;

	source_mem(&s, bytes, sizeof(bytes));
	assert_ptr_equal(s.p, bytes);
	assert_int_equal(s.n, 5);
	assert_int_equal(s.left, 5);
	assert_int_equal(source_need(&s, 5), 1);
	assert_int_equal(source_need(&s, 6), 0);
	assert_int_equal(s.n, 5);

	source_skip(&s, 2);
	assert_ptr_equal(s.p, bytes + 2);
	assert_int_equal(s.offset, 2);
	assert_int_equal(s.left, 3);
	source_skip(&s, 99); /* never more than is there */
	assert_int_equal(s.offset, 5);
	assert_int_equal(s.left, 0);
	assert_int_equal(source_need(&s, 0), 1);
	assert_int_equal(source_need(&s, 1), 0);
	source_done(&s);
}

static void no_memory_at_all(void **state)
{
	struct source s;

	source_mem(&s, NULL, 0);
	assert_int_equal(source_need(&s, 0), 1);
	assert_int_equal(source_need(&s, 1), 0);
	source_skip(&s, 1);
	assert_int_equal(s.offset, 0);
	source_done(&s);
}

/* Walks the input in pieces of all sizes, once from memory and once through a reader. */
static void walk(size_t n, size_t step, uint64_t known)
{
	_cleanup_(free) uint8_t *bytes = pattern(n);
	struct reader r = { .p = bytes, .n = n, .step = step, .fail_at = SIZE_MAX };
	struct source s;
	size_t at = 0;

	source_fd(&s, read_some, &r, known);
	for (size_t piece = 1; at < n; piece = piece * 3 % 70001 + 1) {
		size_t want = piece < n - at ? piece : n - at;

		assert_int_equal(source_need(&s, want), 1);
		assert_true(s.n >= want);
		assert_int_equal(s.offset, at);
		if (memcmp(s.p, bytes + at, want))
			fail_msg("wrong bytes at %zu, step %zu", at, step);
		source_skip(&s, want);
		at += want;
	}
	assert_int_equal(source_need(&s, 1), 0);
	assert_int_equal(source_need(&s, 1), 0); /* and still */
	assert_int_equal(s.left, 0);
	source_done(&s);
}

static void short_reads_are_joined(void **state)
{
	static const size_t steps[] = { 1, 2, 3, 1000, 4096, 65536, SIZE_MAX };

	for (size_t i = 0; i < N_OF(steps); i++) {
		size_t n = steps[i] < 4 ? 20000 : 900000;

		walk(n, steps[i], n);
		walk(n, steps[i], TSMMR_NONE);
	}
}

static void a_file_may_lie_about_its_size(void **state)
{
	walk(1000, 100, 10);     /* grew while it was read */
	walk(1000, 100, 100000); /* shrank, or is of a kind that does not know */
}

static void end_shows_what_there_is(void **state)
{
	_cleanup_(free) uint8_t *bytes = pattern(10);
	struct reader r = { .p = bytes, .n = 10, .step = 4, .fail_at = SIZE_MAX };
	struct source s;

	source_fd(&s, read_some, &r, TSMMR_NONE);
	assert_int_equal(source_need(&s, 11), 0);
	assert_int_equal(s.n, 10);
	assert_memory_equal(s.p, bytes, 10);
	assert_int_equal(s.left, 10);
	source_skip(&s, 4);
	assert_int_equal(s.left, 6);
	source_done(&s);
}

static void failing_read_keeps_errno(void **state)
{
	_cleanup_(free) uint8_t *bytes = pattern(100);
	struct reader r = { .p = bytes, .n = 100, .step = 7, .fail_at = 30, .error = EIO };
	struct source s;

	source_fd(&s, read_some, &r, 100);
	assert_int_equal(source_need(&s, 30), 1);
	assert_int_equal(source_need(&s, 31), TSMMR_E_IO);
	assert_int_equal(s.error, EIO);
	assert_memory_equal(s.p, bytes, 30);
	source_done(&s);
}

static void limit_counts_from_the_beginning(void **state)
{
	_cleanup_(free) uint8_t *bytes = pattern(100);
	struct reader r = { .p = bytes, .n = 100, .step = SIZE_MAX, .fail_at = SIZE_MAX };
	struct source s;

	source_mem(&s, bytes, 100);
	s.max_bytes = 50;
	assert_int_equal(source_need(&s, 50), 1);
	assert_int_equal(source_need(&s, 51), TSMMR_E_LIMIT);
	source_skip(&s, 49);
	assert_int_equal(source_need(&s, 1), 1);
	assert_int_equal(source_need(&s, 2), TSMMR_E_LIMIT);
	source_done(&s);

	source_fd(&s, read_some, &r, 100);
	s.max_bytes = 50;
	assert_int_equal(source_need(&s, 50), 1);
	source_skip(&s, 50);
	assert_int_equal(source_need(&s, 1), TSMMR_E_LIMIT);
	source_done(&s);

	/* Exactly as long as it may be. */
	source_mem(&s, bytes, 100);
	s.max_bytes = 100;
	assert_int_equal(source_need(&s, 100), 1);
	source_skip(&s, 100);
	assert_int_equal(source_need(&s, 1), 0);
	source_done(&s);
}

static void window_does_not_grow_with_the_input(void **state)
{
	size_t n = slow() ? 2u << 20 : 16u << 20;
	_cleanup_(free) uint8_t *bytes = pattern(n);
	struct reader r = { .p = bytes, .n = n, .step = SIZE_MAX, .fail_at = SIZE_MAX };
	struct source s;
	size_t size;

	source_fd(&s, read_some, &r, TSMMR_NONE);
	assert_int_equal(source_need(&s, 1), 1);
	size = s.heap_size;
	assert_true(size <= 1u << 20);
	while (source_need(&s, 1000) == 1) {
		source_skip(&s, 1000);
		assert_int_equal(s.heap_size, size);
	}
	assert_true(s.n < 1000);
	assert_true(r.calls < 2 * n / 1000);
	source_done(&s);
}

/* The bytes of pattern() in armour: 'x' hex, 'b' base64, 'u' base64url without padding. */
static char *armour(const uint8_t *p, size_t n, char kind, size_t *ret_n)
{
	static const char *const alphabets[] = {
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
	};
	const char *digits = alphabets[kind == 'u'];
	char *to = malloc(3 * n + 16), *t = to;

	assert_non_null(to);
	for (size_t i = 0; kind == 'x' && i < n; i++)
		t += sprintf(t, "%02x%s", p[i], i % 30 == 29 ? "\n" : "");
	for (size_t i = 0; kind != 'x' && i < n; i += 3) {
		size_t left = n - i < 3 ? n - i : 3;
		uint32_t bits = (uint32_t)p[i] << 16 | (left > 1 ? p[i + 1] << 8 : 0) |
				(left > 2 ? p[i + 2] : 0);

		for (size_t k = 0; k <= left; k++)
			*t++ = digits[bits >> (18 - 6 * k) & 63];
		for (size_t k = left; kind == 'b' && k < 3; k++)
			*t++ = '=';
		if (i % 57 == 54)
			*t++ = '\n';
	}
	*ret_n = (size_t)(t - to);
	return to;
}

static void armour_is_removed_as_it_is_read(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 1000, 300000 }, steps[] = { 1, 7, 65536 };

	for (size_t i = 0; i < N_OF(sizes) * N_OF(steps) * 3; i++) {
		size_t n = sizes[i % 5], step = steps[i / 5 % 3], len, at = 0;
		char kind = "xbu"[i / 15];
		_cleanup_(free) uint8_t *bytes = pattern(n);
		_cleanup_(free) char *text = armour(bytes, n, kind, &len);
		struct reader r = {
			.p = (uint8_t *)text, .n = len, .step = step, .fail_at = SIZE_MAX
		};
		struct source s;

		if (step == 1 && n > 1000)
			continue;
		source_fd(&s, read_some, &r, len);
		assert_int_equal(source_need(&s, 1), 1); /* as a probe does */
		assert_code(source_unwrap(&s, kind == 'x' ? ARMOUR_HEX : ARMOUR_ANY_BASE64), 0);
		assert_non_null(s.armour);
		for (size_t piece = 1; at < n; piece = piece * 3 % 70001 + 1) {
			size_t want = piece < n - at ? piece : n - at;

			assert_int_equal(source_need(&s, want), 1);
			assert_int_equal(s.offset, at);
			assert_memory_equal(s.p, bytes + at, want);
			source_skip(&s, want);
			at += want;
		}
		assert_int_equal(source_need(&s, 1), 0);
		assert_true(s.heap_size <= 512u << 10);
		source_done(&s);
	}
}

static void armour_in_memory_goes_back(void **state)
{
	static const char text[] = "61 62 63\n64 65 66\n";
	struct source s;

	source_mem(&s, text, strlen(text));
	assert_code(source_unwrap(&s, ARMOUR_HEX), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(source_need(&s, 7), 0);
		assert_bytes(s.p, s.n, "abcdef", 6);
		source_skip(&s, (size_t)i * 3);
		assert_code(source_rewind(&s), 0);
	}
	source_done(&s);
}

static void broken_armour_is_malformed(void **state)
{
	static const struct {
		enum armour_kind kind;
		const char *text;
		size_t n, good; /* bytes that come before it breaks */
	} cases[] = {
		{ ARMOUR_HEX, "616", 3, 1 },
		{ ARMOUR_HEX, "6162\0", 5, 2 },
		{ ARMOUR_HEX, "61zz", 4, 1 },
		{ ARMOUR_ANY_BASE64, "YWJj\0", 5, 3 },
		{ ARMOUR_ANY_BASE64, "YWJjY", 5, 3 },
		{ ARMOUR_ANY_BASE64, "YWI=YWI=", 8, 2 },
		{ ARMOUR_ANY_BASE64, "YWJjYX==", 8, 4 }, /* bits left over */
		{ ARMOUR_ANY_BASE64, "fn5+fn5-", 8, 5 }, /* both alphabets */
	};
	_cleanup_(free) char *blanks = calloc(1, 8193);
	struct source s;

	for (size_t i = 0; i < N_OF(cases); i++) {
		source_mem(&s, cases[i].text, cases[i].n);
		assert_code(source_unwrap(&s, cases[i].kind), 0);
		assert_int_equal(source_need(&s, cases[i].good), 1);
		assert_code(source_need(&s, 1000), TSMMR_E_MALFORMED);
		assert_non_null(s.why);
		assert_code(source_need(&s, 1000), TSMMR_E_MALFORMED);
		source_done(&s);
	}

	/* Blanks are no bytes, so no limit on bytes bounds them. */
	memset(blanks, ' ', 8192);
	memcpy(blanks, "61", 2);
	source_mem(&s, blanks, 8192);
	assert_code(source_unwrap(&s, ARMOUR_HEX), 0);
	assert_int_equal(source_need(&s, 1), 1);
	assert_code(source_need(&s, 2), TSMMR_E_MALFORMED);
	assert_non_null(strstr(s.why, "blanks"));
	source_done(&s);
}

static void armour_keeps_limit_and_errno(void **state)
{
	static const char text[] = "6162636465666768";
	struct reader r = {
		.p = (const uint8_t *)text, .n = 16, .step = 3, .fail_at = 8, .error = EIO
	};
	struct source s;

	source_fd(&s, read_some, &r, 16);
	assert_code(source_unwrap(&s, ARMOUR_HEX), 0);
	assert_int_equal(source_need(&s, 4), 1);
	assert_code(source_need(&s, 5), TSMMR_E_IO);
	assert_int_equal(s.error, EIO);
	source_done(&s);

	source_mem(&s, text, 16);
	s.max_bytes = 4;
	assert_code(source_unwrap(&s, ARMOUR_HEX), 0);
	assert_int_equal(source_need(&s, 4), 1);
	assert_code(source_need(&s, 5), TSMMR_E_LIMIT);
	source_done(&s);
}

static long read_letters(void *user, void *to, size_t n)
{
	uint64_t *left = user;

	n = n < *left ? n : *left;
	memset(to, 'A', n);
	*left -= n;
	return (long)n;
}

static void armour_of_any_length_takes_no_more_memory(void **state)
{
	uint64_t left = slow() ? 1u << 19 : 16u << 20, n = left / 4 * 3;
	struct source s;

	source_fd(&s, read_letters, &left, TSMMR_NONE);
	assert_code(source_unwrap(&s, ARMOUR_ANY_BASE64), 0);
	while (source_need(&s, 1000) == 1)
		source_skip(&s, 1000);
	assert_int_equal(s.offset + s.n, n);
	assert_true(s.heap_size <= 256u << 10);
	source_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_a_window),
		cmocka_unit_test(no_memory_at_all),
		cmocka_unit_test(short_reads_are_joined),
		cmocka_unit_test(a_file_may_lie_about_its_size),
		cmocka_unit_test(end_shows_what_there_is),
		cmocka_unit_test(failing_read_keeps_errno),
		cmocka_unit_test(limit_counts_from_the_beginning),
		cmocka_unit_test(window_does_not_grow_with_the_input),
		cmocka_unit_test(armour_is_removed_as_it_is_read),
		cmocka_unit_test(armour_in_memory_goes_back),
		cmocka_unit_test(broken_armour_is_malformed),
		cmocka_unit_test(armour_keeps_limit_and_errno),
		cmocka_unit_test(armour_of_any_length_takes_no_more_memory),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
