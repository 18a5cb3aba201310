/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of one register in different logs. */
#pragma once

#include <stdint.h>

#include "core/platform.h"
#include "util/cursor.h"

#define NOT_A_REGISTER UINT32_MAX /* no register of any space has this number */

/*
 * A number in one space as a number in another.  NOT_A_REGISTER where there is none: the
 * launch register has no ordinal, and PCRs from 16 on are no CC measurement register.
 */
uint32_t index_translate(uint32_t index, int from, int to);
static inline uint32_t index_convert(uint32_t index, int from, int to)
{
	return from == to ? index : index_translate(index, from, to);
}

/* Is map what our canonical event logs say of a platform's numbers: "tdx rtmr"? */
bool index_is_map_of(const struct platform *p, struct span map);
