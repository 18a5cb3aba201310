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

#include "input.h"

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

	if (tsmmr_ctx_new(0, &ctx, NULL) < 0)
		return -1;
	*state = ctx;
	return 0;
}

static inline int ctx_teardown(void **state)
{
	tsmmr_ctx_free(*state);
	return 0;
}

/* The default policy, or a failed test. */
static inline struct tsmmr_policy *policy_made(const struct tsmmr_ctx *ctx)
{
	struct tsmmr_policy *policy = NULL;

	assert_code(tsmmr_policy_new(ctx, &policy, NULL), 0);
	return policy;
}

/* For a test of something else than trust: any evidence, however old. */
static inline struct tsmmr_policy *policy_lenient(const struct tsmmr_ctx *ctx)
{
	struct tsmmr_policy *policy = policy_made(ctx);

	assert_code(tsmmr_policy_set_min_trust(policy, TSMMR_TRUST_UNSIGNED, NULL), 0);
	assert_code(tsmmr_policy_set_no_nonce(policy, NULL), 0);
	return policy;
}

/* For logs of TPM 1.2's days. */
static inline struct tsmmr_policy *policy_sha1(const struct tsmmr_ctx *ctx)
{
	struct tsmmr_policy *policy = policy_made(ctx);

	assert_code(tsmmr_policy_set_min_hash(policy, TSMMR_HASH_SHA1, NULL), 0);
	return policy;
}

/* The verdict under a policy, which is freed; or the code with which it is refused. */
static inline int verdict_under(const struct tsmmr_report *report, struct tsmmr_policy *policy)
{
	struct tsmmr_report *judged = NULL;
	int r = tsmmr_report_judge(report, policy, &judged, NULL);

	tsmmr_policy_free(policy);
	if (r < 0)
		return r;
	r = (int)tsmmr_report_verdict(judged);
	tsmmr_report_free(judged);
	return r;
}

/* The default policy with these lists, either of which may be NULL; or a code. */
static inline int policy_with(const struct tsmmr_ctx *ctx, const char *require, const char *allow,
			      struct tsmmr_policy **ret)
{
	struct tsmmr_policy *policy = policy_made(ctx);
	int r = require ? tsmmr_policy_require(policy, require, NULL) : 0;

	if (r == 0 && allow)
		r = tsmmr_policy_allow(policy, allow, NULL);
	if (r < 0)
		tsmmr_policy_free(policy);
	else
		*ret = policy;
	return r;
}

static inline int verdict_for(const struct tsmmr_ctx *ctx, const struct tsmmr_report *report,
			      const char *require, const char *allow)
{
	struct tsmmr_policy *policy;
	int r = policy_with(ctx, require, allow, &policy);

	return r < 0 ? r : verdict_under(report, policy);
}

/* The same replay when that is asked of it. */
static inline struct tsmmr_report *judged_for(const struct tsmmr_ctx *ctx,
					      const struct tsmmr_report *report,
					      const char *require, const char *allow)
{
	struct tsmmr_report *judged = NULL;
	struct tsmmr_policy *policy;

	assert_code(policy_with(ctx, require, allow, &policy), 0);
	assert_code(tsmmr_report_judge(report, policy, &judged, NULL), 0);
	tsmmr_policy_free(policy); /* the report has its own reference */
	return judged;
}

/* Evidence of a guest that can be debugged: the policy says whether that is good enough. */
static inline void check_debuggable(const struct tsmmr_regs *regs)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_policy *policy;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	policy = policy_made(ctx);
	assert_int_equal(tsmmr_regs_is_debug(regs), 1);
	assert_code(tsmmr_policy_check(policy, regs, &err), TSMMR_E_UNTRUSTED);
	assert_int_equal(err.detail, TSMMR_DETAIL_DEBUG);
	assert_non_null(strstr(err.message, "its host may debug"));
	assert_code(tsmmr_policy_allow_debug(policy, NULL), 0);
	assert_code(tsmmr_policy_check(policy, regs, NULL), 0);
	tsmmr_policy_free(policy);
	tsmmr_ctx_free(ctx);
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
