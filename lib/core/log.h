/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream read to its end and frozen. */
#pragma once

#include "core/stream.h"
#include "crypto/hash.h"

/* Memory in big pieces, all freed at once: an event costs no allocation of its own. */
struct chunk {
	struct chunk *next;
	size_t used, size;
	uint8_t bytes[];
};

/* One of the logs that a merged one was made of, or the log itself. */
struct log_source {
	char *name;
	const struct format *format;
	uint64_t n_bytes;
	bool chosen; /* a launch's, as struct tsmmr_stream has it */
};

#define LOGS_MERGED_MAX 64

struct tsmmr_log {
	unsigned users; /* atomic */
	struct crypto crypto;
	const struct format *format;
	const struct platform *platform;
	char *name;
	struct tsmmr_event *events;
	size_t n, cap;
	struct chunk *chunks;
	uint64_t n_bytes;         /* of the input */
	bool hints;               /* there is an event MARK_HINT */
	struct tsmmr_log **parts; /* references: whose bytes or platforms its events are of */
	size_t n_parts;
	struct log_source *sources; /* which an event's log counts */
	size_t n_sources;
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
/*
 * One more event at a log's end, and a copy of bytes that lives as long as it, in place of them.
 * *budget is the memory that may still be taken.  0, E_LIMIT, E_NOMEM.
 */
int log_append(struct tsmmr_log *log, const struct tsmmr_event *e, uint64_t *budget);
/* The event with all that it points to, but for what lies in borrowed. */
int log_add(struct tsmmr_log *log, const struct tsmmr_event *e, const struct span *borrowed,
	    uint64_t *budget);
int log_keep(struct tsmmr_log *log, struct span *s, uint64_t *budget);
/* The same of an event's digests, of which another event may be made; not of their bytes. */
int log_keep_digests(struct tsmmr_log *log, struct tsmmr_event *e, const struct digest *digests,
		     size_t n, uint64_t *budget);
/* Lets go of its events, and of all bytes that it keeps. */
void log_empty(struct tsmmr_log *log);
/* Its events again, from the first.  0 or E_NOMEM. */
int stream_over_log(const struct tsmmr_log *log, struct tsmmr_stream **ret);
/* The same of n logs: 0, or E_NOMEM and none, each NULL. */
int streams_over_logs(struct tsmmr_log *const *logs, size_t n, struct tsmmr_stream **ret);
/*
 * What log_identity() says, of events one at a time: in a zeroed struct, which may be started
 * again.  0, or as hasher_init().
 */
struct identity {
	struct hasher h;
	uint64_t n;         /* events */
	uint8_t held[2048]; /* not hashed yet: a call for each number would take longer */
	size_t n_held;
};
int identity_start(struct identity *id, struct crypto crypto);
int identity_add(struct identity *id, const struct tsmmr_event *e);
int identity_end(struct identity *id, uint8_t ret[32]);
static inline void identity_done(struct identity *id)
{
	hasher_done(&id->h);
}
static inline void identity_done_p(struct identity *id)
{
	identity_done(id);
}
/*
 * SHA-256 over its events: which log this is, for those who must not take another.  Any
 * thread.  0, E_NOMEM.
 */
int log_identity(const struct tsmmr_log *log, uint8_t ret[32]);
struct tsmmr_log *log_ref(const struct tsmmr_log *log);
void log_free(struct tsmmr_log *log);
DEFINE_CLEANUP(struct tsmmr_log *, log_free)
/* The log that a stream is over, or (without events) that streams are joined as; or NULL. */
static inline const struct tsmmr_log *stream_log(const struct tsmmr_stream *s)
{
	return s->log;
}
/* Are its events those of several streams? */
bool stream_is_joined(const struct tsmmr_stream *s);
/* 0 or E_NOMEM. */
int log_source_copy(const struct log_source *source, struct log_source *ret);
int log_add_source(struct tsmmr_log *log, const struct log_source *source);
/* Holds part, and adds its sources.  0 or E_NOMEM. */
int log_add_part(struct tsmmr_log *log, const struct tsmmr_log *part);
/* Among the sources of all of these logs: that of an event of number i. */
uint64_t log_number(struct tsmmr_log *const *logs, size_t i, const struct tsmmr_event *e);
/* Which event is that record of that source; TSMMR_NONE when none is. */
uint64_t log_find(const struct tsmmr_log *log, uint64_t source, uint64_t record);
/*
 * What tsmmr_log_merge() does; n is at most LOGS_MERGED_MAX, of none the log has no platform.
 * Events are copied, their bytes and platforms are the logs' own, which it holds.
 */
int log_merge(const struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs, size_t n,
	      struct tsmmr_log **ret, struct tsmmr_error *err);
