/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking platforms and their registers up. */
#include "platform/platforms.h"

#include "core/index.h"
#include "core/names.h"
#include "util/cleanup.h"

const struct platform *platform_by_id(int id)
{
	for (size_t i = 0; i < n_platforms; i++)
		if (platforms[i]->id == id)
			return platforms[i];
	return NULL;
}

const char *platform_name(int id)
{
	const struct platform *p = platform_by_id(id);

	return p ? p->name : id == TSMMR_PLATFORM_AUTO ? "auto" : NULL;
}

const struct platform *platform_by_provider(const char *provider)
{
	for (size_t i = 0; i < n_platforms; i++)
		if (platform_is_shown_by(platforms[i], provider))
			return platforms[i];
	return NULL;
}

const struct platform *platform_by_reports(const char *provider)
{
	for (size_t i = 0; i < n_platforms; i++)
		if (platforms[i]->reports && strcmp(platforms[i]->reports, provider) == 0)
			return platforms[i];
	return NULL;
}

const struct platform *platform_by_claim(struct span claim)
{
	for (size_t i = 0; i < n_platforms; i++) {
		const char *space = space_name(platforms[i]->cel_space);

		if (index_is_map_of(platforms[i], claim) || span_eq(claim, space, strlen(space)))
			return platforms[i];
	}
	return NULL;
}

static bool is_called(const struct reg_desc *d, struct span name)
{
	return span_eq(name, d->name, strlen(d->name)) ||
	       (d->role && span_eq(name, d->role, strlen(d->role)));
}

const struct reg_desc *platform_find(const struct platform **platform, struct span name)
{
	for (size_t i = 0; i < n_platforms; i++) {
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
