/* SPDX-License-Identifier: BSD-2-Clause */
/* One log out of several: frozen ones (merge.c), or streams (join.c). */
#pragma once

#include "core/log.h"

#define RANKS 3 /* by which logs are put in order */

extern const struct format format_merged;
/*
 * What ran first comes first: the firmware, then the kernel and systemd, then those whose logs are
 * about one register and begin where the others end.  e is the first measured event, or NULL.
 */
int merge_rank(const struct format *format, const struct tsmmr_event *e);
/* As it is in the merged log, whose sources of this log begin with first. */
void merge_place(struct tsmmr_event *e, size_t first, uint64_t recnum[STREAM_INDEX_MAX]);
bool merge_same_digests(const struct tsmmr_event *a, const struct tsmmr_event *b);

/*
 * The events of streams, which are borrowed, as log_merge() puts them: at most LOGS_MERGED_MAX,
 * each of them once, of which nothing was read and which can be rewound.  Each is read once, and
 * again for the events; a stream that then has others fails with E_ARG at its end.
 */
int stream_join(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams, size_t n,
		struct tsmmr_stream **ret, struct tsmmr_error *err);
