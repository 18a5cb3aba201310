/* SPDX-License-Identifier: BSD-2-Clause */
/* Hex in and out. */
#include "util/hex.h"

void hex_encode(char *to, const uint8_t *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*to++ = digits[p[i] >> 4];
		*to++ = digits[p[i] & 15];
	}
}

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

ssize_t hex_decode(uint8_t *to, size_t size, const char *s, size_t n)
{
	size_t used = 0;
	size_t i = 0;

	if (n >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		i = 2;

	while (i < n) {
		int high, low;

		if (s[i] == ':' || s[i] == ' ') {
			i++;
			continue;
		}
		if (n - i < 2)
			return -1;
		high = hex_digit(s[i]);
		low = hex_digit(s[i + 1]);
		if (high < 0 || low < 0 || used == size)
			return -1;
		to[used++] = (uint8_t)(high << 4 | low);
		i += 2;
	}
	return (ssize_t)used;
}
