/* SPDX-License-Identifier: BSD-2-Clause */
/* What a table of one architecture's registers looks like.  The tables are in vendor/. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <tsmmr/regs.h>

#define NO_INDEX UINT32_MAX

struct reg_desc {
	const char *name;	/* as the kernel spells it; also the API name */
	const char *role;	/* platform-neutral, or NULL */
	uint32_t index;		/* its number in this platform's log space, or NO_INDEX */
	uint16_t alg;		/* TSMMR_HASH_NONE: a configuration value, or any bank (TPM) */
	uint8_t size;		/* bytes; 0: that of the bank */
	uint8_t kind;		/* TSMMR_REG_* kind */
	uint8_t initial;	/* each byte of the value it starts with */
	uint32_t flags;		/* TSMMR_REG_EXTENSIBLE … */
};

struct platform {
	int id;
	const char *name;
	int space;		/* index space of its firmware log */
	uint32_t n_index;	/* numbers in that space are below this */
	const struct reg_desc *regs;
	size_t n_regs;
};

/* NULL when the platform has no such register. */
static inline const struct reg_desc *platform_by_index(const struct platform *p, uint32_t index)
{
	for (size_t i = 0; p && i < p->n_regs; i++)
		if (p->regs[i].index == index && index != NO_INDEX)
			return &p->regs[i];
	return NULL;
}
