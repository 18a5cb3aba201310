/* SPDX-License-Identifier: BSD-2-Clause */
/* One way to fail: fill the caller's error, return the code. */
#pragma once

#include <stdint.h>

#include <tsmmr/types.h>

#include "util/cursor.h"

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
int fail_detail(struct tsmmr_error *err, int code, int detail, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* E_IO with errno. */
int fail_errno(struct tsmmr_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static inline int fail_nomem(struct tsmmr_error *err)
{
	return fail(err, TSMMR_E_NOMEM, "out of memory");
}
