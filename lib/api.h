/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of exported functions, one for each public header, share. */
#pragma once

#include <tsmmr/tsmmr.h>

#include "core/names.h"
#include "util/buf.h"
#include "util/cursor.h"
#include "util/error.h"

#define TSMMR_API __attribute__((visibility("default")))

/* A caller's struct that is smaller than the first release's cannot be filled; 0: need not. */
static inline bool bad_abi(const struct tsmmr_error *err)
{
	return err && err->size && err->size < TSMMR_ERROR_SIZE_1;
}

/* Codes that are documented pass; anything else is our defect. */
static inline int filter(int r)
{
	r = outward(r);
	return r >= 0 || error_name(r) ? r : TSMMR_E_INTERNAL;
}

static inline int bad_arg(struct tsmmr_error *err, const char *what)
{
	return fail(err, TSMMR_E_ARG, "%s", what);
}

/* A reference, for an object that keeps it: counting is no change that anybody can see. */
static inline struct tsmmr_ctx *hold(const struct tsmmr_ctx *ctx)
{
	return tsmmr_ctx_ref((struct tsmmr_ctx *)(uintptr_t)ctx);
}

static inline bool any_null(struct tsmmr_log *const *logs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!logs[i])
			return true;
	return false;
}

static inline bool any_null_stream(struct tsmmr_stream *const *streams, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!streams[i])
			return true;
	return false;
}

/* A copy in place of what was there; NULL: of nothing. */
static inline int set_text(char **to, const char *text, struct tsmmr_error *err)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return fail_nomem(err);
	free(*to);
	*to = copy;
	return 0;
}

/* Bytes that stay ours, to whoever asks for them. */
static inline int lend(const uint8_t *p, size_t n, const uint8_t **ret, size_t *ret_len)
{
	if (ret)
		*ret = p;
	if (ret_len)
		*ret_len = n;
	return 0;
}

/* The outcome of an operation on a buffer, as bytes for the caller. */
static inline int give(struct buf *b, int r, uint8_t **ret, size_t *ret_len,
		       struct tsmmr_error *err)
{
	uint8_t *p;
	size_t n;

	if (r < 0)
		return filter(r);
	p = buf_take(b, &n);
	if (!p)
		return fail_nomem(err);
	*ret = p;
	if (ret_len)
		*ret_len = n;
	return 0;
}

/* The same of one that fills no error. */
static inline int give_low(struct buf *b, int r, uint8_t **ret, size_t *ret_len,
			   struct tsmmr_error *err)
{
	return give(b, r < 0 ? fail_low(err, r) : 0, ret, ret_len, err);
}

/* Of an event's text or JSON, mostly; the rest comes from the heap. */
#define EVENT_ROOM 2048

/* The outcome of an operation on a buffer, as snprintf() would give it. */
static inline int print(const struct buf *b, int r, char *to, size_t size)
{
	size_t n = b->n < size ? b->n : size ? size - 1 : 0;

	if (r < 0 || b->failed)
		return r < 0 ? filter(r) : TSMMR_E_NOMEM;
	if (b->n > INT32_MAX)
		return TSMMR_E_LIMIT;
	if (size) {
		if (n)
			memcpy(to, b->p, n);
		to[n] = 0;
	}
	return (int)b->n;
}

struct tsmmr_regs;
/* Values by hand, over every platform there is.  (api.c) */
int values_parse(int format, int platform, struct span text, struct tsmmr_regs **ret,
		 struct tsmmr_error *err);
