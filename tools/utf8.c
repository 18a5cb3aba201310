/* SPDX-License-Identifier: BSD-2-Clause */
/* Characters of UTF-8, one at a time.  (RFC 3629, 4) */
#include "utf8.h"

size_t utf8_next(const char *s, size_t left, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	size_t n = p[0] < 0x80 ? 1 :
		   p[0] < 0xc0 ? 0 :
		   p[0] < 0xe0 ? 2 :
		   p[0] < 0xf0 ? 3 :
		   p[0] < 0xf8 ? 4 :
				 0;
	uint32_t c = n > 1 ? p[0] & (0x7fu >> n) : p[0];

	if (n > left)
		return 0;
	/* A NUL is no continuation byte, so this stops there. */
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (!n || c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;

	*ret = c;
	return n;
}
