/* SPDX-License-Identifier: BSD-2-Clause */
/* One way to fail: fill the caller's error, return the code. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <tsmmr/types.h>

#include "util/cursor.h"

/* What the crypto library may lack. */
enum algorithm {
	ALGORITHM_SHA1, /* the hashes in the order of crypto/hash.c */
	ALGORITHM_SHA256,
	ALGORITHM_SHA384,
	ALGORITHM_SHA512,
	ALGORITHM_SM3_256,
	ALGORITHM_SHA3_256,
	ALGORITHM_SHA3_384,
	ALGORITHM_SHA3_512,
	ALGORITHM_HASHES,
	ALGORITHM_EC = ALGORITHM_HASHES,
	ALGORITHM_ECDSA,
	ALGORITHM_RSA,
	ALGORITHM_COUNT
};

/*
 * Codes of the inside, E_LACKS - n where the crypto library does not provide algorithm n.
 * Given one of them, the functions below say so whatever they were to say, and return
 * E_UNSUPPORTED with TSMMR_DETAIL_CRYPTO: no caller can make a lie or a gap of it.
 */
#define E_LACKS (-1000)
static inline bool lacks_algorithm(int code)
{
	return code <= E_LACKS && code > E_LACKS - ALGORITHM_COUNT;
}
/* The code as it leaves the library. */
static inline int outward(int code)
{
	return lacks_algorithm(code) ? TSMMR_E_UNSUPPORTED : code;
}

/*
 * All return code, so that a caller writes "return fail(…)".  err may be NULL.
 * message is formatted as printf(3); what is not printable UTF-8 is replaced, for parts of it
 * may come from the input.
 */
int fail(struct tsmmr_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int fail_at(struct tsmmr_error *err, int code, uint64_t record, uint64_t offset, const char *format,
	    ...) __attribute__((format(printf, 5, 6)));
/* With a TSMMR_DETAIL_*. */
#define fail_detail(err, code, detail, ...) \
	fail_detail_at(err, code, detail, TSMMR_NONE, __VA_ARGS__)
int fail_detail_at(struct tsmmr_error *err, int code, int detail, uint64_t offset,
		   const char *format, ...) __attribute__((format(printf, 5, 6)));
/* With an errno: E_INDOUBT, or another function's. */
int fail_os(struct tsmmr_error *err, int code, int os_errno, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* E_IO with errno. */
#define fail_errno(err, ...) fail_os(err, TSMMR_E_IO, errno, __VA_ARGS__)
/*
 * What an errno means: static, English whatever the locale is, on any thread.  strerror() is
 * translated and may share one buffer.
 */
const char *errno_text(int error);
/* Was it filled, so that a part of it may be changed?  A size of 0 says "do not fill". */
static inline bool error_filled(const struct tsmmr_error *err)
{
	return err && err->size;
}
/* One that was filled, for the caller: as far as that goes. */
void error_copy(const struct tsmmr_error *from, struct tsmmr_error *to);
/* Says before it what it is about: code, which is what failed.  what may be NULL. */
int fail_of(struct tsmmr_error *err, int code, const char *what);
/* As a function failed that fills no error: E_NOMEM, or an algorithm that is lacking. */
int fail_low(struct tsmmr_error *err, int code);
static inline int fail_nomem(struct tsmmr_error *err)
{
	return fail(err, TSMMR_E_NOMEM, "out of memory");
}
