/* SPDX-License-Identifier: BSD-2-Clause */
/* Events pulled one at a time, whatever the format. */
#pragma once

#include "core/ctx.h"
#include "core/event.h"
#include "core/finding.h"
#include "core/format.h"
#include "core/image.h"
#include "core/source.h"

#define STREAM_INDEX_MAX 64 /* numbers tracked for recnum and separators */

struct tsmmr_stream {
	const struct format *format;  /* that the log was written in … */
	const struct format *decoder; /* … and what reads it: another for a frozen log */
	const struct platform *platform;
	const struct reg_desc *reg; /* of a log about one register, else NULL */
	uint16_t reg_alg;
	struct limits limits;
	uint32_t flags;             /* of the context … */
	struct crypto crypto;       /* … as is this */
	struct launch launch;       /* what a log about one is of … */
	struct tsmmr_launch *holds; /* … in here, or NULL */
	bool chosen; /* it is made of images that the caller chose, no log of others */
	struct source source;
	void *state;                 /* the decoder's, decoder->state_size bytes */
	const struct tsmmr_log *log; /* that it is over, or that streams are joined as; or NULL */
	char *name;
	char *temporary; /* the context's, or NULL */
	int owned_fd;    /* closed by the opener's close hook, or -1 */
	void (*close_fd)(int fd);

	struct tsmmr_event event;
	struct digest digests[EVENT_DIGESTS_MAX]; /* for decoders: event's */
	uint64_t n_events;
	uint64_t n_bytes; /* of the log, once it has ended */
	bool may_hint;    /* events may be MARK_HINT */
	int result;       /* sticky: 0 end or < 0, after the last event */
	bool ended;
	struct tsmmr_error error;

	uint64_t recnum[STREAM_INDEX_MAX];
	uint64_t separators; /* bit i: index i has seen one … */
	uint64_t lookalikes; /* … or a record that has the digest of one */
	uint64_t must_have;  /* bit i: the firmware closes index i with one */
	uint64_t touched;    /* bit i: index i has events that firmware measures */
	struct findings findings;
	size_t n_opened; /* those of them that came before the first event */
};

/* What a stream is of, as it was found out. */
struct stream_of {
	const struct format *format;
	const struct platform *platform;
	const struct reg_desc *reg; /* of a log about one register, else NULL */
	uint16_t alg;
	const struct tsmmr_launch *launch; /* or NULL */
	bool chosen;                       /* what launch has is all that it is made of */
};

/* Takes source over only on success, and references to what it is of. */
int stream_new(const struct tsmmr_ctx *ctx, const struct stream_of *of, const struct source *source,
	       struct tsmmr_stream **ret, struct tsmmr_error *err);
void stream_free(struct tsmmr_stream *s);
void streams_free(struct tsmmr_stream **all, size_t n);
DEFINE_CLEANUP(struct tsmmr_stream *, stream_free)
int stream_set_name(struct tsmmr_stream *s, const char *name);
/* Was an event taken from it, or was it read to its end?  What is left is no whole log. */
bool stream_was_read(const struct tsmmr_stream *s);
int stream_next(struct tsmmr_stream *s, const struct tsmmr_event **ret, struct tsmmr_error *err);

/*
 * For decoders: a finding, and a failure, at the record being read.  A finding that is a
 * tolerance fails with E_MALFORMED when the context is strict.
 */
int stream_finding(struct tsmmr_stream *s, enum finding_id id, uint64_t offset, const char *format,
		   ...) __attribute__((format(printf, 4, 5)));
int stream_fail(struct tsmmr_stream *s, struct tsmmr_error *err, int code, uint64_t offset,
		const char *format, ...) __attribute__((format(printf, 5, 6)));
int stream_read(struct tsmmr_stream *s, struct tsmmr_error *err, uint64_t n, uint64_t max,
		const char *what);
/*
 * source_need() for a decoder: fails by itself, naming what was cut, where the bytes
 * are not there.  n may be any u64; over max it is refused before memory is taken.
 */
static inline int stream_need(struct tsmmr_stream *s, struct tsmmr_error *err, uint64_t n,
			      uint64_t max, const char *what)
{
	if (n <= max && source_sees(&s->source, n))
		return 0;
	return stream_read(s, err, n, max, what);
}
/* The same where the log may end: 1 when n bytes are there, 0 when it ends before, or fails. */
int stream_more(struct tsmmr_stream *s, struct tsmmr_error *err, size_t n);

/*
 * Says of an event that s gave, now that s has ended, what could not be known when it came:
 * that a separator followed it.
 */
void stream_settle_separators(const struct tsmmr_stream *s, struct tsmmr_event *e);
/* The same by what is known of its whole log: bit i, index i has a separator or one alike. */
void event_settle_separators(struct tsmmr_event *e, uint64_t lookalikes);

/* To before the first event: 0, or E_UNSUPPORTED for a source that is read only once. */
int stream_rewind(struct tsmmr_stream *s, struct tsmmr_error *err);

/*
 * Will stream_export() go over it twice?  Then its source must be one that can be
 * rewound, and no event may have been taken from it.
 */
bool stream_export_twice(const struct tsmmr_stream *s, const struct encoder *enc);

#define EXPORT_FLUSH (64u << 10)

/*
 * Writes the rest of s through an encoder into out.  flush (nullable) takes what is in
 * out whenever there is EXPORT_FLUSH of it, and at the end.
 */
int stream_export(const struct tsmmr_ctx *ctx, struct tsmmr_stream *s, const struct encoder *enc,
		  int (*flush)(void *user, struct buf *out, struct tsmmr_error *err), void *user,
		  struct buf *out, struct tsmmr_error *err);
