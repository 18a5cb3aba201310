/* SPDX-License-Identifier: BSD-2-Clause */
/* What lines of text logs mean, wherever they are carried. */
#pragma once

#include "core/event.h"
#include "crypto/hash.h"
#include "core/stream.h"

/*
 * Marks an event whose data is a measured line: SYNC, INIT (where it may be one), a
 * virtual register's extension.  asserted takes TSMMR_HASH_SIZE_MAX bytes and lives as
 * long as the event.  E_MALFORMED: it begins as an assertion and asserts no value of a bank
 * that the event has a digest of; *ret_kind is the kind of line.
 */
enum text_line { LINE_RECORD, LINE_SYNC, LINE_INIT, LINE_COMMENT, LINE_HINT, LINE_BLANK };
int text_mark(struct tsmmr_event *e, bool sync, bool init, uint8_t *asserted,
	      enum text_line *ret_kind);
/* The same for a line that is not measured: a comment, a hint, a blank. */
int text_mark_aside(struct tsmmr_event *e, struct span line, const struct hash_alg *alg, bool hints,
		    uint8_t *asserted, enum text_line *ret_kind);

/*
 * Makes one line visible.  Its length without and with the newline; 0 with *ret_used 0 is
 * the end.
 */
int text_find_line(struct tsmmr_stream *s, struct tsmmr_error *err, size_t *ret_len,
		   size_t *ret_used);
/* A line is measured if it has something and is no comment. */
static inline bool text_is_record(struct span line)
{
	return line.n && line.p[0] != '#';
}

/* "alg/hex", one value of that hash, which is returned; else NULL. */
const struct hash_alg *text_assertion(struct span s, uint8_t *ret);

/* As kernel's isspace(), lib/ctype.c: also 0xA0. */
static inline bool text_is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}

/* Of struct event_class.  (text_variants.c) */
#define TEXT_N_VARIANTS 3
#define TEXT_N_WHOLE 1
int text_variant(const struct tsmmr_event *e, size_t i, struct hasher *h, const uint8_t *before,
		 uint8_t *ret, int *ret_id);
#define TEXT_N_LOST 1
int text_lost(size_t i, struct hasher *h, const uint8_t *before, uint8_t *ret, int *ret_id);
