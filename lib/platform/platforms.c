/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of platforms. */
#include "platform/platforms.h"

#include "util/cleanup.h"

const struct platform *const platforms[PLATFORMS_N] = {
	&platform_tdx, &platform_cca, &platform_tpm, &platform_nitro, &platform_snp,
};

const struct platform *platform_by_id(int id)
{
	for (size_t i = 0; i < ARRAY_SIZE(platforms); i++)
		if (platforms[i]->id == id)
			return platforms[i];
	return NULL;
}

static bool is_called(const struct reg_desc *d, struct span name)
{
	return span_eq(name, d->name, strlen(d->name)) ||
	       (d->role && span_eq(name, d->role, strlen(d->role)));
}

const struct reg_desc *platform_find(const struct platform **platform, struct span name)
{
	for (size_t i = 0; i < ARRAY_SIZE(platforms); i++) {
		if (*platform && *platform != platforms[i])
			continue;
		for (size_t k = 0; k < platforms[i]->n_regs; k++)
			if (is_called(&platforms[i]->regs[k], name)) {
				*platform = platforms[i];
				return &platforms[i]->regs[k];
			}
	}
	return NULL;
}

bool platform_knows(struct span name)
{
	const struct platform *any = NULL;

	return platform_find(&any, name);
}
