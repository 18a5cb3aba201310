/* SPDX-License-Identifier: BSD-2-Clause */
/* Hex and base64 around evidence. */
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

/* Writes at most s.n / 2 bytes.  False when s is not hex to its end. */
static bool strip_hex(struct span s, uint8_t *to, size_t *ret_n)
{
	size_t digits = 0;

	if (span_starts(s, "0x", 2))
		s = span_of(s.p + 2, s.n - 2);

	for (size_t i = 0; i < s.n; i++) {
		int v = hex_digit((char)s.p[i]);

		if (is_blank(s.p[i]))
			continue;
		if (v < 0)
			return false;
		if (digits % 2 == 0)
			to[digits / 2] = (uint8_t)(v << 4);
		else
			to[digits / 2] |= (uint8_t)v;
		digits++;
	}

	if (digits == 0 || digits % 2)
		return false;
	*ret_n = digits / 2;
	return true;
}

/* c62 and c63 are what distinguishes base64 from base64url.  (RFC 4648, tables 1 and 2) */
static int base64_digit(uint8_t c, char c62, char c63)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (uint8_t)c62)
		return 62;
	if (c == (uint8_t)c63)
		return 63;
	return -1;
}

/*
 * Writes fewer than s.n bytes.  Bits left over must be zero, or two texts would mean the
 * same bytes.  (RFC 4648 §3.5)
 */
static bool strip_base64(struct span s, char c62, char c63, uint8_t *to, size_t *ret_n)
{
	size_t digits = 0, pads = 0, n = 0;
	uint32_t bits = 0;

	for (size_t i = 0; i < s.n; i++) {
		int v = base64_digit(s.p[i], c62, c63);

		if (is_blank(s.p[i]))
			continue;
		if (s.p[i] == '=') {
			pads++;
			continue;
		}
		if (v < 0 || pads)
			return false;

		bits = (bits << 6 | (uint32_t)v) & 0xfff;
		digits++;
		if (digits % 4 == 2)
			to[n++] = (uint8_t)(bits >> 4);
		else if (digits % 4 == 3)
			to[n++] = (uint8_t)(bits >> 2);
		else if (digits % 4 == 0)
			to[n++] = (uint8_t)bits;
	}

	if (n == 0 || digits % 4 == 1 || (pads && (pads > 2 || (digits + pads) % 4)))
		return false;
	if ((digits % 4 == 2 && (bits & 0xf)) || (digits % 4 == 3 && (bits & 0x3)))
		return false;
	*ret_n = n;
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
	if (!strip_hex(s, to, &n) && !strip_base64(s, '+', '/', to, &n) &&
	    !strip_base64(s, '-', '_', to, &n))
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
	return strip_base64(s, '-', '_', to, ret_n);
}

bool base64_decode(struct span s, uint8_t *to, size_t *ret_n)
{
	return strip_base64(s, '+', '/', to, ret_n);
}
