/* SPDX-License-Identifier: BSD-2-Clause */
/* What the C tests share: cmocka, files, hex, and an error to look into. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* The library has a function of cmocka's name. */
#undef fail
#undef fail_msg
#define fail_msg(...)                      \
	do {                               \
		print_error(__VA_ARGS__);  \
		print_error("\n");         \
		_fail(__FILE__, __LINE__); \
	} while (0)

#include <tsmmr/tsmmr.h>

/* TEST_DATA is tests/data, from meson.build. */
#ifndef TEST_DATA
#define TEST_DATA "tests/data"
#endif

#define ERROR_INIT                                 \
	{                                          \
		.size = sizeof(struct tsmmr_error) \
	}
#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* cmocka's own compare by value and say which; these say it once, with a string. */
#define assert_code(r, code) assert_int_equal((r), (code))
#define assert_bytes(p, n, want, want_n)                    \
	do {                                                \
		assert_int_equal((n), (want_n));            \
		assert_memory_equal((p), (want), (want_n)); \
	} while (0)

struct bytes {
	uint8_t *p;
	size_t n;
};

static inline void bytes_done(struct bytes *b)
{
	free(b->p);
	*b = (struct bytes){ NULL, 0 };
}

/* A whole file of tests/data, or a failed test. */
static inline struct bytes read_data(const char *name)
{
	struct bytes b = { NULL, 0 };
	char path[4096];
	struct stat st;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", TEST_DATA, name);
	f = fopen(path, "rb");
	if (!f || fstat(fileno(f), &st) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	b.n = (size_t)st.st_size;
	b.p = malloc(b.n + 1);
	assert_non_null(b.p);
	assert_int_equal(fread(b.p, 1, b.n, f), b.n);
	b.p[b.n] = 0;
	fclose(f);
	return b;
}

/* Hex to bytes; the number of bytes. */
static inline size_t unhex(const char *hex, uint8_t *to, size_t size)
{
	size_t n = strlen(hex) / 2;

	assert_true(n <= size && strlen(hex) % 2 == 0);
	for (size_t i = 0; i < n; i++) {
		unsigned v;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		to[i] = (uint8_t)v;
	}
	return n;
}

static inline void tohex(const uint8_t *p, size_t n, char *to)
{
	for (size_t i = 0; i < n; i++)
		sprintf(to + 2 * i, "%02x", p[i]);
	to[2 * n] = 0;
}

/* A context for a group of tests, as their state. */
static inline int ctx_setup(void **state)
{
	struct tsmmr_ctx *ctx;

	if (tsmmr_ctx_new(&ctx) < 0)
		return -1;
	*state = ctx;
	return 0;
}

static inline int ctx_teardown(void **state)
{
	tsmmr_ctx_free(*state);
	return 0;
}

/* Are we under Valgrind or in a hurry?  Then tests that take long do less. */
static inline int slow(void)
{
	return getenv("TSMMR_TEST_SLOW") != NULL;
}

/* A log in memory, built field by field: what a fixture cannot be parametrised for. */
struct maker {
	uint8_t bytes[65536];
	size_t n;
};

static inline void mk_add(struct maker *m, const void *p, size_t n)
{
	assert_true(n <= sizeof(m->bytes) - m->n);
	if (n)
		memcpy(m->bytes + m->n, p, n);
	m->n += n;
}

static inline void mk_le(struct maker *m, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)(v >> (8 * i));

		mk_add(m, &byte, 1);
	}
}

static inline void mk_fill(struct maker *m, uint8_t byte, size_t n)
{
	while (n--)
		mk_add(m, &byte, 1);
}

/* The header of a log with one bank. */
static inline void mk_header(struct maker *m, uint32_t index, uint16_t alg, uint16_t size)
{
	mk_le(m, index, 4);
	mk_le(m, 3, 4);
	mk_fill(m, 0, 20);
	mk_le(m, 16 + 8 + 4 + 4 + 1, 4);
	mk_add(m, "Spec ID Event03", 16);
	mk_le(m, 0, 4);
	mk_add(m, "\0\2\0\2", 4);
	mk_le(m, 1, 4);
	mk_le(m, alg, 2);
	mk_le(m, size, 2);
	mk_le(m, 0, 1);
}

/* A record with one digest, each byte of which is fill. */
static inline void mk_event(struct maker *m, uint32_t index, uint32_t type, uint16_t alg,
			    uint16_t size, uint8_t fill, const void *data, uint32_t n)
{
	mk_le(m, index, 4);
	mk_le(m, type, 4);
	mk_le(m, 1, 4);
	mk_le(m, alg, 2);
	mk_fill(m, fill, size);
	mk_le(m, n, 4);
	mk_add(m, data, n);
}
