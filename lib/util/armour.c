/* SPDX-License-Identifier: BSD-2-Clause */
/* Hex and base64 around evidence and logs. */
#include "util/armour.h"

#include <tsmmr/types.h>

#include "util/cleanup.h"
#include "util/hex.h"

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* PEM's letters, dashes and blanks are all base64url too, and PEM is not ours to remove. */
static bool is_pem(struct span s)
{
	static const char begin[] = "-----BEGIN";

	return span_starts(s, begin, sizeof(begin) - 1);
}

static struct span trim(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* c62 and c63 are what distinguishes base64 from base64url.  (RFC 4648, tables 1 and 2) */
static int base64_digit(struct armour *a, uint8_t c)
{
	bool dialect = c == '+' || c == '/' || c == '-' || c == '_';
	bool url = c == '-' || c == '_';

	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (!dialect || (a->kind != ARMOUR_ANY_BASE64 && (a->kind == ARMOUR_BASE64URL) != url))
		return -1;
	/* The first of them says which it is. */
	a->kind = url ? ARMOUR_BASE64URL : ARMOUR_BASE64;
	return c == '+' || c == '-' ? 62 : 63;
}

/* One character that is no blank: -1, or how many bytes (0 or 1) it completes. */
static int take_hex(struct armour *a, uint8_t c, uint8_t *to)
{
	int v = hex_digit((char)c);

	/* "0x", once */
	if (v < 0 && c == 'x' && !a->any && !a->pads && a->held == 1 && !a->bits) {
		a->held = 0;
		a->pads = 1;
		return 0;
	}
	if (v < 0)
		return -1;
	a->bits = (a->bits << 4 | (uint32_t)v) & 0xff;
	a->held ^= 1;
	if (!a->held)
		*to = (uint8_t)a->bits;
	return !a->held;
}

static int take_base64(struct armour *a, uint8_t c, uint8_t *to)
{
	int v;

	if (c == '=') {
		if (a->pads == 2)
			return -1;
		a->pads++;
		return 0;
	}
	v = a->pads ? -1 : base64_digit(a, c);
	if (v < 0)
		return -1;
	a->bits = (a->bits << 6 | (uint32_t)v) & 0xfff;
	a->held = (uint8_t)((a->held + 1) % 4);
	if (a->held == 1)
		return 0;
	*to = (uint8_t)(a->bits >> (a->held == 2 ? 4 : a->held == 3 ? 2 : 0));
	return 1;
}

void armour_begin(struct armour *a, enum armour_kind kind, uint32_t blanks_max)
{
	*a = (struct armour){ .kind = kind, .blanks_max = blanks_max };
}

bool armour_feed(struct armour *a, struct span *from, uint8_t *to, size_t size, size_t *ret_n)
{
	size_t n = 0, i = 0;

	for (; i < from->n && n < size; i++) {
		uint8_t c = from->p[i];
		int got;

		if (is_blank(c)) {
			if (a->blanks_max && ++a->blanks > a->blanks_max)
				break;
			continue;
		}
		a->blanks = 0;
		got = a->kind == ARMOUR_HEX ? take_hex(a, c, to + n) : take_base64(a, c, to + n);
		if (got < 0)
			break;
		n += (size_t)got;
		a->any |= got > 0;
	}
	*from = span_of(from->p + i, from->n - i);
	*ret_n = n;
	return !from->n || n == size;
}

bool armour_ends(const struct armour *a)
{
	if (a->kind == ARMOUR_HEX)
		return a->any && !a->held;
	/*
	 * Bits left over must be zero, or two texts would mean the same bytes.  (RFC 4648
	 * §3.5)
	 */
	return a->any && a->held != 1 && (!a->pads || (a->held + a->pads) % 4 == 0) &&
	       (a->held != 2 || !(a->bits & 0xf)) && (a->held != 3 || !(a->bits & 0x3));
}

const char *armour_name(const struct armour *a)
{
	return a->kind == ARMOUR_HEX ? "hex" : a->kind == ARMOUR_BASE64URL ? "base64url" : "base64";
}

/* All of s, which gives fewer bytes than it has. */
static bool strip(struct span s, enum armour_kind kind, uint8_t *to, size_t *ret_n)
{
	struct armour a;
	size_t n;

	armour_begin(&a, kind, 0);
	if (!armour_feed(&a, &s, to, s.n, &n) || s.n || !armour_ends(&a))
		return false;
	*ret_n = n;
	return true;
}

bool armour_may_begin(struct span s)
{
	s = trim(s);
	if (!s.n || is_pem(s))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (!is_blank(c) && c != '=' && !memchr("+/-_", c, 4) && !(c >= '0' && c <= '9') &&
		    !((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
			return false;
	}
	return true;
}

int armour_strip(struct span s, uint8_t **ret, size_t *ret_n)
{
	_cleanup_(free) uint8_t *to = NULL;
	size_t n;

	s = trim(s);
	if (!s.n || is_pem(s))
		return 0;

	to = malloc(s.n);
	if (!to)
		return TSMMR_E_NOMEM;

	/* Hex first: all of it would pass as base64. */
	if (!strip(s, ARMOUR_HEX, to, &n) && !strip(s, ARMOUR_ANY_BASE64, to, &n))
		return 0;

	*ret = take_ptr(to);
	*ret_n = n;
	return 1;
}

bool base64url_decode(struct span s, uint8_t *to, size_t *ret_n)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_blank(s.p[i]) || s.p[i] == '=')
			return false;
	return strip(s, ARMOUR_BASE64URL, to, ret_n);
}

bool base64_decode(struct span s, uint8_t *to, size_t *ret_n)
{
	return strip(s, ARMOUR_BASE64, to, ret_n);
}
