/* SPDX-License-Identifier: BSD-2-Clause */
/* What a context's listener is told. */
#include "core/trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/ctx.h"
#include "util/text.h"

void trace(const struct tsmmr_ctx *ctx, int level, const char *format, ...)
{
	int saved = errno;
	char text[512];
	va_list ap;

	if (!ctx || !ctx->trace)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	text_sanitize(text);
	ctx->trace(level, text, ctx->trace_user);
	errno = saved;
}
