/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream read to its end and frozen. */
#pragma once

#include "core/stream.h"

/* Memory in big pieces, all freed at once: an event costs no allocation of its own. */
struct chunk {
	struct chunk *next;
	size_t used, size;
	uint8_t bytes[];
};

struct tsmmr_log {
	const struct format *format;
	const struct platform *platform;
	char *name;
	struct tsmmr_event *events;
	size_t n, cap;
	struct chunk *chunks;
	uint64_t n_bytes;         /* of the input */
	bool hints;               /* there is an event MARK_HINT */
	struct tsmmr_log **parts; /* whose bytes a merged log's events are, where it owns them */
	size_t n_parts;
	struct findings findings;
	/* log_identity()'s, once it was asked for: 2.  1: being written. */
	int identity_state;
	uint8_t identity[32];
};

/*
 * Reads the rest of s.  What an event points to is copied, for s yields views that its
 * next event voids; but for what lies in borrowed (perhaps empty), which outlives the log.
 * Whole or nothing.
 */
int log_from_stream(const struct tsmmr_ctx *ctx, struct tsmmr_stream *s, struct span borrowed,
		    struct tsmmr_log **ret, struct tsmmr_error *err);
/* Its events again, from the first; the log must outlive the stream.  0 or E_NOMEM. */
int stream_over_log(const struct tsmmr_log *log, struct tsmmr_stream **ret);
/*
 * SHA-256 over its events: which log this is, for those who must not take another.  Any
 * thread.  0, E_NOMEM.
 */
int log_identity(const struct tsmmr_log *log, uint8_t ret[32]);
void log_free(struct tsmmr_log *log);
DEFINE_CLEANUP(struct tsmmr_log *, log_free)
#define LOGS_MERGED_MAX 64
/*
 * What tsmmr_log_merge() does; n is at most LOGS_MERGED_MAX, of none the log has no platform.
 * Events are copied, their bytes and platforms are the logs' own.
 */
int log_merge(const struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs, size_t n,
	      struct tsmmr_log **ret, struct tsmmr_error *err);
