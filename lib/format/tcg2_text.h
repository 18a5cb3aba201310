/* SPDX-License-Identifier: BSD-2-Clause */
/* What the describers of events share. */
#pragma once

#include "core/event.h"

/*
 * A describer writes the line and the details and returns true, or returns false and has
 * written nothing, because the data has not the shape its event type gives it.
 */
typedef bool (*tell_fn)(const struct tsmmr_event *e, struct describe *d);

bool tell_no_action(const struct tsmmr_event *e, struct describe *d); /* tcg2_noaction.c */
bool tell_spdm(const struct tsmmr_event *e, struct describe *d);      /* tcg2_noaction.c */
bool tell_variable(const struct tsmmr_event *e, struct describe *d);  /* tcg2_variable.c */

/*
 * Into the line: log text, escaped, and no more of it than a line may hold
 * (tcg_describe() cuts the line itself).
 */
void tell_utf8(struct describe *d, struct span s);
void tell_utf16(struct describe *d, struct span s); /* up to its NUL */
void tell_size(struct describe *d, uint64_t n);     /* "64 KiB", "12 bytes" */

/* Into the details: escaped, cut with "…" after some thousand bytes. */
void detail_utf8(struct describe *d, const char *key, struct span s);
void detail_utf16(struct describe *d, const char *key, struct span s);
void detail_guid(struct describe *d, const char *key, const uint8_t *p);
void detail_path(struct describe *d, const char *key, struct span path);

/* Names of GUIDs that logs are full of; NULL when not one of them. */
const char *guid_name(const uint8_t *p);
bool guid_is(const uint8_t *p, const char *text);

/* What stands before the first NUL. */
struct span span_before_nul(struct span s);
bool span_is_zero(struct span s);
/*
 * Printable text, line breaks and tabs allowed; the second for UTF-16LE with its NULs
 * gone.  scratch is left as it was, unless it fails.
 */
bool span_is_utf8(struct span s, struct buf *scratch);
bool span_is_utf16(struct span s);
/* Drops the NULs at the end of UTF-16, also half of one. */
struct span span_trim_utf16(struct span s);
