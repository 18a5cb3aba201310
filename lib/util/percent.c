/* SPDX-License-Identifier: BSD-2-Clause */
/* Percent-encoding. */
#include "util/percent.h"

#include "util/hex.h"

bool percent_decode(struct span s, uint8_t *to, size_t *ret_n)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t byte = s.p[i];

		if (byte == '%') {
			if (s.n - i < 3 || hex_decode(&byte, 1, (const char *)s.p + i + 1, 2) != 1)
				return false;
			i += 2;
		}
		to[n++] = byte;
	}
	*ret_n = n;
	return true;
}
