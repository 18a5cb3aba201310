/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that came from a log, made safe to print: escaped, always valid UTF-8, one line. */
#pragma once

#include "util/buf.h"
#include "util/cursor.h"

/*
 * Printable characters pass.  C0 and C1 controls, DEL, bidirectional controls, zero-width
 * and other format characters, line and paragraph separators, and bytes that are no
 * UTF-8 leave as \xNN or \u{NNNN}; a backslash leaves as \\, so nothing is lost.
 */
void text_utf8(struct buf *b, struct span s);
/* The same for UTF-16LE; a lone surrogate leaves as \u{D800}, an odd last byte as \xNN. */
void text_utf16(struct buf *b, struct span s);
/* As text_utf16(), but ends before the first NUL character. */
void text_utf16z(struct buf *b, struct span s);
/*
 * As text_utf16z(), for a UEFI file path: its backslashes stay single, for people read
 * them.  What was escaped then looks like what was written that way.
 */
void text_path16z(struct buf *b, struct span s);
/* One code point, escaped where it must be. */
void text_char(struct buf *b, uint32_t c);
/* A GUID as UEFI stores it: 8be4df61-93ca-11d2-aa0d-00e098032b8c. p has 16 bytes. */
void text_guid(struct buf *b, const uint8_t *p);
/* How many bytes, from p on, are printable ASCII but for the quote and the backslash. */
size_t text_plain(const uint8_t *p, size_t n);
/* Length of the well-formed UTF-8 sequence at p (Unicode table 3-7), 0 if there is none; 0 < n. */
size_t text_utf8_sequence(const uint8_t *p, size_t n, uint32_t *ret);
/* Well-formed UTF-8 throughout (Unicode table 3-7); an empty span is. */
bool text_is_utf8(struct span s);
/* True when every byte is printable ASCII, tab excepted; an empty span is not text. */
bool text_is_ascii(struct span s);
/*
 * In place: what text_utf8() would escape becomes '?', and a sequence that was cut at the
 * end goes.
 */
void text_sanitize(char *s);
