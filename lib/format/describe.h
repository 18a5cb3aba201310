/* SPDX-License-Identifier: BSD-2-Clause */
/* The toolbox for texts of events: the line for people, the details for machines. */
#pragma once

#include "core/event.h"

/* Into the line: log text, escaped, and no more of it than a line may hold. */
void line_utf8(struct describe *d, struct span s);
void line_utf16(struct describe *d, struct span s); /* up to its NUL */
void line_size(struct describe *d, uint64_t n);     /* "64 KiB", "12 bytes" */
/* Cuts a line that began at start where a character ends, and marks the cut with "…". */
void line_cut(struct describe *d, size_t start);

/* Into the details: escaped, cut with "…" after some thousand bytes. */
void detail_utf8(struct describe *d, const char *key, struct span s);
void detail_utf16(struct describe *d, const char *key, struct span s);
void detail_guid(struct describe *d, const char *key, const uint8_t *p);
void detail_path(struct describe *d, const char *key, struct span path);

/* Into both. */
void say_utf8(struct describe *d, const char *key, struct span s);
void say_utf16(struct describe *d, const char *key, struct span s);

struct guid_desc {
	const char *guid, *name;
};

bool guid_is(const uint8_t *p, const char *text);
/* The name of a GUID: in a table, and among those that logs are full of; or NULL. */
const char *guid_find(const struct guid_desc *table, size_t n, const uint8_t *p);
const char *guid_name(const uint8_t *p);

/* The bytes before the first NUL. */
struct span span_before_nul(struct span s);
/* The same; where more than zeros is left out, that is told. */
struct span text_before_nul(struct describe *d, struct span s);
/*
 * Printable text, line breaks and tabs allowed; the second for UTF-16LE with its NULs
 * gone.  scratch is left as it was, unless it fails.
 */
bool span_is_utf8(struct span s, struct buf *scratch);
bool span_is_utf16(struct span s);
/* Drops the NULs at the end of UTF-16, also half of one. */
struct span span_trim_utf16(struct span s);
