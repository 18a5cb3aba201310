/* SPDX-License-Identifier: BSD-2-Clause */
/* What lines of text logs mean, wherever they are carried. */
#pragma once

#include "core/event.h"
#include "core/hash.h"
#include "core/stream.h"

/*
 * Marks an event whose data is a measured line: SYNC, INIT (where it may be one), a
 * virtual register's extension.  asserted takes TSMMR_HASH_SIZE_MAX bytes and lives as
 * long as the event.  E_MALFORMED: it begins as an assertion and asserts nothing; *ret_kind
 * is the kind of line.
 */
enum text_line { LINE_RECORD, LINE_SYNC, LINE_INIT, LINE_COMMENT, LINE_HINT, LINE_BLANK };
int text_mark(struct tsmmr_event *e, const struct hash_alg *alg, bool sync, bool init,
	      uint8_t *asserted, enum text_line *ret_kind);
/* The same for a line that is not measured: a comment, a hint, a blank. */
int text_mark_aside(struct tsmmr_event *e, struct span line, const struct hash_alg *alg,
		    bool hints, uint8_t *asserted, enum text_line *ret_kind);

/*
 * Makes one line visible.  Its length without and with the newline; 0 with *ret_used 0 is
 * the end.
 */
int text_find_line(struct tsmmr_stream *s, struct tsmmr_error *err, size_t *ret_len,
		   size_t *ret_used);
