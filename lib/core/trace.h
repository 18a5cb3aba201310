/* SPDX-License-Identifier: BSD-2-Clause */
/* What a context's listener is told: what was found, tried and skipped, and why. */
#pragma once

#include <tsmmr/types.h>

/* One line as printf(3) makes it; level is TSMMR_TRACE_*.  Not for every event. */
void trace(const struct tsmmr_ctx *ctx, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
