/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzz targets and their driver share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <tsmmr/tsmmr.h>

#include "../input.h"

/* Must return 0, and must not crash, hang or leak, whatever the bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of targets that read logs: such a first byte names a reader; else the log says what it is. */
#define READER_FIRST 0xf0

/* What must hold for any input; a broken promise is a crash, so that engines see it. */
#define PROMISE(what)                                                                      \
	do {                                                                               \
		if (!(what)) {                                                             \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #what); \
			abort();                                                           \
		}                                                                          \
	} while (0)

static inline struct tsmmr_ctx *fuzz_ctx(void)
{
	static struct tsmmr_ctx *ctx;

	if (!ctx && tsmmr_ctx_new(0, &ctx, NULL) < 0)
		abort();
	return ctx;
}

/* An error must be one that is documented, and say something; of what reads files or devices. */
static inline void fuzz_check_io_error(int r, const struct tsmmr_error *err)
{
	PROMISE(r < 0 && r != TSMMR_E_INTERNAL && r != TSMMR_E_NOMEM);
	PROMISE(err->code == r && err->message[0]);
	for (const char *p = err->message; *p; p++)
		PROMISE((uint8_t)*p >= 0x20 && *p != 0x7f);
}

/* The same of what reads none. */
static inline void fuzz_check_error(int r, const struct tsmmr_error *err)
{
	PROMISE(r != TSMMR_E_IO);
	fuzz_check_io_error(r, err);
}
