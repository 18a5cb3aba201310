/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32 of IEEE 802.3, as zlib has it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct crc32 {
	uint32_t value; /* inverted, until crc32_is() */
	uint32_t table[256];
};

void crc32_start(struct crc32 *crc);
void crc32_add(struct crc32 *crc, const void *p, size_t n);
uint32_t crc32_is(const struct crc32 *crc);
