/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of several logs kept in little more memory than their bytes take. */
#pragma once

#include "core/log.h"

/* What many events of a log have in common. */
struct pack_shape {
	const struct platform *platform;
	const struct event_class *class;
	struct crypto crypto;
	uint32_t content;
	uint8_t source; /* as log_number() counts */
	uint8_t space, mark, raw;
	bool measured;
	bool frozen; /* a frozen log's, which outlives the pack: of it there is only a pointer */
	uint8_t has; /* enum has: what most events do not have */
	uint8_t n_digests;
	uint16_t algs[EVENT_DIGESTS_MAX];
	size_t sizes[EVENT_DIGESTS_MAX];
};

/* Where the events of a log begin. */
struct pack_log {
	const struct chunk *chunk; /* NULL: with the first there is */
	size_t at;
	uint64_t n; /* events */
};

struct pack {
	/* Bytes that who asked for the pack takes beside, for each event with a digest. */
	size_t each;
	struct pack_shape *shapes;
	size_t n_shapes, cap_shapes;
	struct chunk *first, *last;
	struct pack_log *logs;
	size_t n_logs, cap_logs;
	size_t n_sources;
};

/* Where an event is unpacked to. */
struct pack_room {
	struct tsmmr_event event;
	struct digest digests[EVENT_DIGESTS_MAX];
};

/*
 * Reads the rest of s as one more log.  identity, nullable, gets what log_identity() would say.
 * Where this fails, the pack is good for pack_done() alone.
 */
int pack_add(const struct tsmmr_ctx *ctx, struct pack *p, struct tsmmr_stream *s, uint8_t *identity,
	     struct tsmmr_error *err);
void pack_done(struct pack *p);
static inline void pack_done_p(struct pack *p)
{
	pack_done(p);
}

/*
 * An event by where it is.  Its bytes are the pack's; it is room's, or that of a frozen log.  It
 * has no recnum, and does not know what is after a separator.
 */
const struct tsmmr_event *pack_get(const struct pack *p, const uint8_t *at, struct pack_room *room);
uint64_t pack_source(const struct pack *p, const uint8_t *at);
uint64_t pack_record(const struct pack *p, const uint8_t *at);
bool pack_is_measured(const struct pack *p, const uint8_t *at);
uint8_t pack_mark(const struct pack *p, const uint8_t *at);

/* The events of some logs, one after the other. */
struct pack_walk {
	const struct pack *pack;
	const struct chunk *chunk;
	size_t next;
	uint64_t left;
	const uint8_t *at; /* where the last one is */
	struct pack_room room;
};
void pack_walk(const struct pack *p, size_t log, size_t n_logs, struct pack_walk *ret);
/* NULL: there are no more.  Until the next one, as pack_get(). */
const struct tsmmr_event *pack_next(struct pack_walk *w);
/* Those of n logs from that one on. */
uint64_t pack_count(const struct pack *p, size_t log, size_t n_logs);
