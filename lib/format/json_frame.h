/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logs of JSON objects: an array of them, JSON lines, or RFC 7464's sequence.  What is in
 * an object is for its format to read.
 */
#pragma once

#include "core/stream.h"
#include "util/json_scan.h"

struct json_frame {
	bool started, array, first; /* all false before the first record */
	bool separated;             /* RFC 7464's separator stands before this one */
	struct json_scan scan;      /* of the object that json_frame_object() showed */
};

/* Past a byte order mark, where the log begins with one: 0. */
int json_frame_skip_mark(struct tsmmr_stream *s, struct tsmmr_error *err);
/*
 * To where the next record begins: 1, or 0 at the end.  In an array, commas separate
 * records and a bracket ends them.
 */
int json_frame_seek(struct tsmmr_stream *s, struct json_frame *f, struct tsmmr_error *err);
/*
 * Where that gave 1: makes the object visible, of at most so many bytes, and returns 1; 0 when
 * it was not written to its end, but a separator says where the next one begins.  *ret: its
 * length, or that of what there is of it.
 */
int json_frame_object(struct tsmmr_stream *s, struct json_frame *f, struct tsmmr_error *err,
		      uint64_t most, size_t *ret);

/* Nothing but blanks may follow: 0. */
int json_frame_end(struct tsmmr_stream *s, struct tsmmr_error *err);

/* For probes: the first object, where all of it is there. */
bool json_frame_first(struct span log, struct span *ret);
/* Is all of it an array of no records? */
bool json_frame_is_empty(struct span log);
/* Does the word stand in it? */
bool json_frame_mentions(struct span s, const char *word);
/* Does it begin like any of the three? */
bool json_frame_begins(struct span log);
