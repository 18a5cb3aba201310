/* SPDX-License-Identifier: BSD-2-Clause */
/* CEL-JSON, and what its dialects share with it. */
#pragma once

#include "format/cel.h"
#include "format/json_frame.h"
#include "util/json_in.h"

#define CEL_JSON_EXTRA (64u << 10) /* by which a record exceeds its data in hex */

/* How a record deviates from CEL. */
enum {
	LENIENT_NUMBER,
	LENIENT_SPELLING,
	LENIENT_TYPE,
	LENIENT_TYPE_NAME,
	LENIENT_TEMPLATE_VALUE,
	LENIENT_MANAGEMENT,
	LENIENT_FORM,
	LENIENT_MEMBER,
	LENIENT_N
};

struct cel_json {
	struct cel_reader reader;
	struct json_frame frame;
	struct json_in in;
	struct json_object *record; /* the last: spans point into it */
	struct buf data, aside;
	uint8_t digests[EVENT_DIGESTS_MAX][TSMMR_HASH_SIZE_MAX];
	uint8_t management[8];
	bool seen[LENIENT_N];
};
_Static_assert(offsetof(struct cel_json, reader) == 0, "where cel_read() looks for it");

/*
 * Reads one record of at most max bytes, which was looked at; all that *rec points to is text's or
 * st's and stays until the next.  (cel_json_record.c)
 */
int cel_json_read(struct cel_json *st, struct span text, size_t max, const struct json_scan *scan,
		  struct cel_record *rec, struct tsmmr_error *err);
void cel_json_done(struct cel_json *st);

/* Of struct format, for one whose state is a struct cel_json.  (cel_json.c) */
int cel_json_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err);
void cel_json_close(struct tsmmr_stream *s);
size_t cel_json_claims(const uint8_t *p, size_t n, char ret[CLAIM_MAX]);
/* For probes, where the first record is all there and well-formed: is it systemd's? */
bool cel_json_looks(const uint8_t *p, size_t n, bool *ret_systemd);
