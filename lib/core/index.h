/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of one register in different logs. */
#pragma once

#include <stdint.h>

#include "core/platform.h"

#define NOT_A_REGISTER UINT32_MAX /* no register of any space has this number */

/*
 * A number in one space as a number in another.  NOT_A_REGISTER where there is none: the
 * launch register has no ordinal, and PCRs from 16 on are no CC measurement register.
 */
uint32_t index_convert(uint32_t index, int from, int to);

/* What a canonical event log calls the registers of a platform whose log is in space. */
int index_cel_space(const struct platform *platform);
