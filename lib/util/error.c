/* SPDX-License-Identifier: BSD-2-Clause */
/* One way to fail: fill the caller's error, return the code. */
#include "util/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 6, 0))) static void fill(struct tsmmr_error *err, int code,
						       int os_errno, uint64_t record,
						       uint64_t offset, const char *format,
						       va_list ap)
{
	if (!err || err->size < sizeof(*err))
		return;

	err->code = code;
	err->os_errno = os_errno;
	err->reserved = 0;
	err->record = record;
	err->offset = offset;
	vsnprintf(err->message, sizeof(err->message), format, ap);
	for (char *p = err->message; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			*p = '?';
}

int fail(struct tsmmr_error *err, int code, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fill(err, code, 0, TSMMR_NONE, TSMMR_NONE, format, ap);
	va_end(ap);
	return code;
}

int fail_at(struct tsmmr_error *err, int code, uint64_t record, uint64_t offset, const char *format,
	    ...)
{
	va_list ap;

	va_start(ap, format);
	fill(err, code, 0, record, offset, format, ap);
	va_end(ap);
	return code;
}

int fail_errno(struct tsmmr_error *err, const char *format, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, format);
	fill(err, TSMMR_E_IO, saved, TSMMR_NONE, TSMMR_NONE, format, ap);
	va_end(ap);
	return TSMMR_E_IO;
}
