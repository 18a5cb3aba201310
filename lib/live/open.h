/* SPDX-License-Identifier: BSD-2-Clause */
/* From bytes to a stream: which format, which platform, which register. */
#pragma once

#include "core/source.h"
#include "core/stream.h"

/* NULL for AUTO; E_ARG for a number that no platform has. */
int open_platform(int id, const struct platform **ret, struct tsmmr_error *err);

/* What the caller says a log is. */
struct log_spec {
	int format;                        /* TSMMR_FORMAT_*, or AUTO */
	int platform;                      /* TSMMR_PLATFORM_*, or AUTO */
	const char *reg;                   /* "[PROVIDER/]NAME[:HASH]", or NULL */
	const struct tsmmr_launch *launch; /* or NULL */
	bool chosen;                       /* an image that the caller chose, no log of others */
};

/* The same where the caller keeps it. */
struct tsmmr_input {
	struct log_spec said;
	char *reg, *name;
	struct tsmmr_launch *launch;
};

/* As tsmmr_stream_open_mem(); takes the source over, whatever the outcome. */
int open_source(const struct tsmmr_ctx *ctx, const struct log_spec *said, struct source *source,
		struct tsmmr_stream **ret, struct tsmmr_error *err);
/* What tsmmr_stream_open_launch() does.  (launch.c) */
int open_launch(const struct tsmmr_ctx *ctx, const struct tsmmr_launch *launch, int platform_id,
		struct tsmmr_stream **ret, struct tsmmr_error *err);
/* What tsmmr_streams_open_known() does.  (known.c) */
int open_known(const struct tsmmr_ctx *ctx, int well_known, int platform_id,
	       struct tsmmr_stream ***ret, size_t *ret_n, struct tsmmr_error *err);
