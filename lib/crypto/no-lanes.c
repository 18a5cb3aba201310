/* SPDX-License-Identifier: BSD-2-Clause */
/* No vectors: every digest is OpenSSL's.  (-Dmulti-buffer=disabled, and other processors) */
#include "crypto/lanes.h"

const struct lanes *lanes_for(uint16_t alg)
{
	return NULL;
}

const struct lanes *lanes_at(size_t i, uint16_t *ret_alg)
{
	return NULL;
}

bool lanes_take(const struct lanes *lanes, size_t n)
{
	return false;
}

void lanes_hash(const struct lanes *lanes, const struct span *in, size_t n, uint8_t *ret)
{
}

void lanes_extend(const struct lanes *lanes, struct fold_chain *chains, size_t n)
{
}

size_t lanes_fewest(const struct lanes *lanes)
{
	return 0;
}
