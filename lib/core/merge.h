/* SPDX-License-Identifier: BSD-2-Clause */
/* One log out of several: frozen ones (merge.c), or streams (join.c). */
#pragma once

#include "core/log.h"

#define RANKS 3 /* by which logs are put in order */

extern const struct format format_merged;
bool merge_same_digests(const struct tsmmr_event *a, const struct tsmmr_event *b);

/*
 * The events of streams, which are borrowed, as log_merge() puts them: at most LOGS_MERGED_MAX,
 * each of them once, of which nothing was read and which can be rewound.  Each is read once, and
 * again for the events; a stream that then has others fails with E_ARG at its end.
 */
int stream_join(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams, size_t n,
		struct tsmmr_stream **ret, struct tsmmr_error *err);
