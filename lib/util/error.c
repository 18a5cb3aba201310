/* SPDX-License-Identifier: BSD-2-Clause */
/* One way to fail: fill the caller's error, return the code. */
#include "util/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"

static const char *const algorithm_names[ALGORITHM_COUNT] = {
	[ALGORITHM_SHA1] = "SHA-1",
	[ALGORITHM_SHA256] = "SHA-256",
	[ALGORITHM_SHA384] = "SHA-384",
	[ALGORITHM_SHA512] = "SHA-512",
	[ALGORITHM_SM3_256] = "SM3",
	[ALGORITHM_SHA3_256] = "SHA3-256",
	[ALGORITHM_SHA3_384] = "SHA3-384",
	[ALGORITHM_SHA3_512] = "SHA3-512",
	[ALGORITHM_EC] = "elliptic curves",
	[ALGORITHM_ECDSA] = "ECDSA",
	[ALGORITHM_RSA] = "RSA",
};

int fail_low(struct tsmmr_error *err, int code)
{
	return fail(err, code, "%s",
		    code == TSMMR_E_NOMEM ? "out of memory" : "a defect of this library");
}

/* Fills the caller's struct as far as it goes: it may be older than this library. */
static void fill(struct tsmmr_error *err, struct tsmmr_error *is, const char *format, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void fill(struct tsmmr_error *err, struct tsmmr_error *is, const char *format, va_list ap)
{
	if (!err || err->size < TSMMR_ERROR_SIZE_1)
		return;
	is->size = err->size;
	is->log = TSMMR_NONE;
	if (lacks_algorithm(is->code)) {
		snprintf(is->message, sizeof(is->message),
			 "the crypto library, as it is configured, does not provide %s",
			 algorithm_names[E_LACKS - is->code]);
		is->code = TSMMR_E_UNSUPPORTED;
		is->detail = TSMMR_DETAIL_CRYPTO;
	} else {
		vsnprintf(is->message, sizeof(is->message), format, ap);
	}
	text_sanitize(is->message);
	memcpy(err, is, is->size < sizeof(*is) ? is->size : sizeof(*is));
}

void error_copy(const struct tsmmr_error *from, struct tsmmr_error *to)
{
	uint32_t size = to ? to->size : 0;

	if (size < TSMMR_ERROR_SIZE_1)
		return;
	memcpy(to, from, size < sizeof(*from) ? size : sizeof(*from));
	to->size = size;
}

int fail(struct tsmmr_error *err, int code, const char *format, ...)
{
	struct tsmmr_error is = { .code = code, .record = TSMMR_NONE, .offset = TSMMR_NONE };
	va_list ap;

	va_start(ap, format);
	fill(err, &is, format, ap);
	va_end(ap);
	return outward(code);
}

int fail_at(struct tsmmr_error *err, int code, uint64_t record, uint64_t offset, const char *format,
	    ...)
{
	struct tsmmr_error is = { .code = code, .record = record, .offset = offset };
	va_list ap;

	va_start(ap, format);
	fill(err, &is, format, ap);
	va_end(ap);
	return outward(code);
}

int fail_detail_at(struct tsmmr_error *err, int code, int detail, uint64_t offset,
		   const char *format, ...)
{
	struct tsmmr_error is = {
		.code = code,
		.detail = detail,
		.record = TSMMR_NONE,
		.offset = offset,
	};
	va_list ap;

	va_start(ap, format);
	fill(err, &is, format, ap);
	va_end(ap);
	return outward(code);
}

int fail_os(struct tsmmr_error *err, int code, int os_errno, const char *format, ...)
{
	struct tsmmr_error is = {
		.code = code,
		.os_errno = os_errno,
		.record = TSMMR_NONE,
		.offset = TSMMR_NONE,
	};
	va_list ap;

	va_start(ap, format);
	fill(err, &is, format, ap);
	va_end(ap);
	return outward(code);
}

int fail_of(struct tsmmr_error *err, int code, const char *what)
{
	char message[sizeof(err->message)];

	if (!what || code >= 0 || code == TSMMR_E_NOMEM || !error_filled(err))
		return code;
	memcpy(message, err->message, sizeof(message));
	snprintf(err->message, sizeof(err->message), "%s: %.*s", what,
		 (int)(sizeof(message) - strlen(what) - 3), message);
	return code;
}
