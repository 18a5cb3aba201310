/* SPDX-License-Identifier: BSD-2-Clause */
/* One way to fail: fill the caller's error, return the code. */
#include "util/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"

/* Fills the caller's struct as far as it goes: it may be older than this library. */
static void fill(struct tsmmr_error *err, struct tsmmr_error *is, const char *format, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void fill(struct tsmmr_error *err, struct tsmmr_error *is, const char *format, va_list ap)
{
	if (!err || err->size < TSMMR_ERROR_SIZE_1)
		return;
	is->size = err->size;
	is->log = TSMMR_NONE;
	vsnprintf(is->message, sizeof(is->message), format, ap);
	text_sanitize(is->message);
	memcpy(err, is, is->size < sizeof(*is) ? is->size : sizeof(*is));
}

int fail(struct tsmmr_error *err, int code, const char *format, ...)
{
	struct tsmmr_error is = { .code = code, .record = TSMMR_NONE, .offset = TSMMR_NONE };
	va_list ap;

	va_start(ap, format);
	fill(err, &is, format, ap);
	va_end(ap);
	return code;
}

int fail_at(struct tsmmr_error *err, int code, uint64_t record, uint64_t offset, const char *format,
	    ...)
{
	struct tsmmr_error is = { .code = code, .record = record, .offset = offset };
	va_list ap;

	va_start(ap, format);
	fill(err, &is, format, ap);
	va_end(ap);
	return code;
}

int fail_detail(struct tsmmr_error *err, int code, int detail, const char *format, ...)
{
	struct tsmmr_error is = {
		.code = code,
		.detail = detail,
		.record = TSMMR_NONE,
		.offset = TSMMR_NONE,
	};
	va_list ap;

	va_start(ap, format);
	fill(err, &is, format, ap);
	va_end(ap);
	return code;
}

int fail_errno(struct tsmmr_error *err, const char *format, ...)
{
	struct tsmmr_error is = {
		.code = TSMMR_E_IO,
		.os_errno = errno,
		.record = TSMMR_NONE,
		.offset = TSMMR_NONE,
	};
	va_list ap;

	va_start(ap, format);
	fill(err, &is, format, ap);
	va_end(ap);
	return TSMMR_E_IO;
}
