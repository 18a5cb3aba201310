/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32 of IEEE 802.3, as zlib has it. */
#include "util/crc32.h"

void crc32_start(struct crc32 *crc)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
		crc->table[i] = c;
	}
	crc->value = UINT32_MAX;
}

void crc32_add(struct crc32 *crc, const void *p, size_t n)
{
	const uint8_t *byte = p;
	uint32_t c = crc->value;

	while (n--)
		c = crc->table[(c ^ *byte++) & 0xff] ^ c >> 8;
	crc->value = c;
}

uint32_t crc32_is(const struct crc32 *crc)
{
	return ~crc->value;
}
