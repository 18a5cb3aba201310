/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of one register in different logs.  (semantics, rule 30) */
#include "core/index.h"

#include "core/names.h"

/*
 * UEFI 2.10 §38.4.1, tables of TDX and of Arm CCA, which are the same: which PCRs'
 * events a measurement register of a confidential VM takes.  Its ordinal (RTMR0, REM0 …)
 * is what architectures, systemd and writers of CEL number it by.
 */
/* clang-format off */
static const struct cc_row {
	uint32_t cc_mr;
	uint32_t ordinal;
	uint32_t pcrs;		/* bit n: PCR n */
} rows[] = {
	{ 0, NOT_A_REGISTER, 1u << 0 },			/* MRTD, RIM */
	{ 1, 0, 1u << 1 | 1u << 7 },
	{ 2, 1, 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 },
	{ 3, 2, 0xff00 },				/* 8 to 15 */
	{ 4, 3, 0 },					/* applications' own */
};
/* clang-format on */

static bool is_ordinal(int space)
{
	return space == TSMMR_SPACE_RTMR || space == TSMMR_SPACE_REM;
}

static const struct cc_row *find(uint32_t index, int space)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct cc_row *r = &rows[i];

		if ((space == TSMMR_SPACE_CC_MR && r->cc_mr == index) ||
		    (is_ordinal(space) && r->ordinal == index) ||
		    (space == TSMMR_SPACE_PCR && index < 32 && r->pcrs >> index & 1))
			return r;
	}
	return NULL;
}

uint32_t index_translate(uint32_t index, int from, int to)
{
	const struct cc_row *r;

	if (index == NOT_A_REGISTER)
		return NOT_A_REGISTER;
	r = find(index, from);
	if (r && to == TSMMR_SPACE_CC_MR)
		return r->cc_mr;
	/* Several PCRs share a register, so there is no way back to one. */
	return r && is_ordinal(to) ? r->ordinal : NOT_A_REGISTER;
}

bool index_is_map_of(const struct platform *p, struct span map)
{
	const char *space = space_name(p->cel_space);
	size_t n = strlen(p->name);

	return space && map.n == n + 1 + strlen(space) && span_starts(map, p->name, n) &&
	       map.p[n] == ' ' && memcmp(map.p + n + 1, space, strlen(space)) == 0;
}
