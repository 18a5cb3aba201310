/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from a log, made safe to print: escaped, valid UTF-8, one line.  (semantics, rule 35) */
#include "util/text.h"

#include <string.h>

#include "util/put.h"

#define BLOCK 16
typedef int8_t block __attribute__((vector_size(BLOCK)));

/* The first byte in memory that is not 0, of those that one of v has. */
static inline size_t first_byte(uint64_t v)
{
	int bits =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_ctzll(v) : __builtin_clzll(v);

	return (size_t)bits / 8;
}

/* text_plain() of a block.  All above ASCII are below 0 here. */
static inline size_t plain_in_block(const uint8_t *p)
{
	uint64_t half[2];
	block b;

	memcpy(&b, p, sizeof(b));
	b = (b < 0x20) | (b == 0x7f) | (b == '"') | (b == '\\');
	memcpy(half, &b, sizeof(half));
	return half[0] ? first_byte(half[0]) :
	       half[1] ? sizeof(*half) + first_byte(half[1]) :
			 BLOCK;
}

/* All of ASCII that is printable, but for the quote and the backslash. */
static const bool is_plain[UINT8_MAX + 1] = {
	[0x20 ... '"' - 1] = true,
	['"' + 1 ... '\\' - 1] = true,
	['\\' + 1 ... 0x7e] = true,
};

size_t text_plain(const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (n - i >= BLOCK) {
		size_t k = plain_in_block(p + i);

		i += k;
		if (k < BLOCK)
			return i;
	}
	/* What is left over is the end of a block that begins in what is plain. */
	if (i && i < n)
		return n - BLOCK + plain_in_block(p + n - BLOCK);
	while (i < n && is_plain[p[i]])
		i++;
	return i;
}

/* What a terminal or a reader's eye would not show as the character that it is. */
static bool must_escape(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x061c ||
	       c == 0x180e ||                  /* Arabic letter mark, vowel separator */
	       (c >= 0x200b && c <= 0x200f) || /* zero width, direction marks */
	       (c >= 0x2028 && c <= 0x202e) || /* line, paragraph, embeddings */
	       (c >= 0x2060 && c <= 0x206f) || /* invisible operators, isolates */
	       (c >= 0xd800 && c <= 0xdfff) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff ||
	       (c >= 0xfff0 && c <= 0xfffb) || (c & 0xfffe) == 0xfffe ||
	       (c >= 0xe0000 && c <= 0xe0fff) || c > 0x10ffff;
}

/* \xNN, without printf(): a log of NULs is not to cost more than another. */
static void escape_byte(struct buf *b, uint8_t byte)
{
	char out[4] = { '\\', 'x' };

	hex_encode(out + 2, &byte, 1);
	buf_add(b, out, sizeof(out));
}

void text_char(struct buf *b, uint32_t c)
{
	uint8_t u[4];

	if (c == '\\') {
		buf_str(b, "\\\\");
	} else if (must_escape(c)) {
		if (c < 0x80)
			escape_byte(b, (uint8_t)c);
		else
			buf_printf(b, "\\u{%04X}", (unsigned)c);
	} else if (c < 0x80) {
		buf_char(b, (char)c);
	} else if (c < 0x800) {
		u[0] = (uint8_t)(0xc0 | c >> 6);
		u[1] = (uint8_t)(0x80 | (c & 0x3f));
		buf_add(b, u, 2);
	} else if (c < 0x10000) {
		u[0] = (uint8_t)(0xe0 | c >> 12);
		u[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		u[2] = (uint8_t)(0x80 | (c & 0x3f));
		buf_add(b, u, 3);
	} else {
		u[0] = (uint8_t)(0xf0 | c >> 18);
		u[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		u[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		u[3] = (uint8_t)(0x80 | (c & 0x3f));
		buf_add(b, u, 4);
	}
}

size_t text_utf8_sequence(const uint8_t *p, size_t n, uint32_t *ret)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t more;
	uint32_t c;

	if (p[0] < 0x80) {
		*ret = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		more = 1;
		c = p[0] & 0x1f;
	} else if ((p[0] & 0xf0) == 0xe0) {
		more = 2;
		c = p[0] & 0x0f;
		if (p[0] == 0xe0)
			low = 0xa0;
		if (p[0] == 0xed)
			high = 0x9f;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		more = 3;
		c = p[0] & 0x07;
		if (p[0] == 0xf0)
			low = 0x90;
		if (p[0] == 0xf4)
			high = 0x8f;
	} else {
		return 0;
	}
	if (more > n - 1)
		return 0;

	for (size_t i = 1; i <= more; i++) {
		if (p[i] < low || p[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
		c = c << 6 | (p[i] & 0x3f);
	}
	*ret = c;
	return more + 1;
}

void text_sanitize(char *s)
{
	uint8_t *to = (uint8_t *)s;
	struct span rest = span_of((const uint8_t *)s, strlen(s));

	while (rest.n) {
		uint32_t c;
		size_t used = text_utf8_sequence(rest.p, rest.n, &c);

		if (!used && rest.n < 4 && rest.p[0] >= 0xc2)
			break; /* the end of what was cut */
		if (used && !must_escape(c)) {
			memmove(to, rest.p, used);
			to += used;
		} else {
			*to++ = '?';
		}
		rest = span_of(rest.p + (used ? used : 1), rest.n - (used ? used : 1));
	}
	*to = 0;
}

bool text_is_utf8(struct span s)
{
	while (s.n) {
		uint32_t c;
		size_t used = text_plain(s.p, s.n);

		if (!used)
			used = text_utf8_sequence(s.p, s.n, &c);
		if (!used)
			return false;
		s.p += used;
		s.n -= used;
	}
	return true;
}

void text_utf8(struct buf *b, struct span s)
{
	while (s.n) {
		size_t used = text_plain(s.p, s.n);
		uint32_t c;

		if (used) {
			buf_add(b, s.p, used);
		} else if ((used = text_utf8_sequence(s.p, s.n, &c))) {
			text_char(b, c);
		} else {
			escape_byte(b, s.p[0]);
			used = 1;
		}
		s.p += used;
		s.n -= used;
	}
}

static void utf16(struct buf *b, struct span s, bool stop_at_nul, bool is_path)
{
	while (s.n >= 2) {
		uint32_t c = get_le16(s.p);
		size_t used = 2;

		if (stop_at_nul && !c)
			return;
		if (c >= 0xd800 && c <= 0xdbff && s.n >= 4) {
			uint32_t low = get_le16(s.p + 2);

			if (low >= 0xdc00 && low <= 0xdfff) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				used = 4;
			}
		}
		if (is_path && c == '\\')
			buf_char(b, '\\');
		else
			text_char(b, c);
		s.p += used;
		s.n -= used;
	}
	if (s.n)
		escape_byte(b, s.p[0]);
}

void text_utf16(struct buf *b, struct span s)
{
	utf16(b, s, false, false);
}

void text_utf16z(struct buf *b, struct span s)
{
	utf16(b, s, true, false);
}

void text_path16z(struct buf *b, struct span s)
{
	utf16(b, s, true, true);
}

void text_guid(struct buf *b, const uint8_t *p)
{
	uint8_t first[8] = { p[3], p[2], p[1], p[0], p[5], p[4], p[7], p[6] };
	uint8_t *to = buf_room(b, 36), *end;

	if (!to)
		return;
	end = put_hex(to, span_of(first, 4));
	end = put_hex(put_lit(end, "-"), span_of(first + 4, 2));
	end = put_hex(put_lit(end, "-"), span_of(first + 6, 2));
	end = put_hex(put_lit(end, "-"), span_of(p + 8, 2));
	end = put_hex(put_lit(end, "-"), span_of(p + 10, 6));
	b->n += (size_t)(end - to);
}

bool text_is_ascii(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] >= 0x7f)
			return false;
	return s.n > 0;
}
