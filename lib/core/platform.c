/* SPDX-License-Identifier: BSD-2-Clause */
/* Platforms that no table has: made from what a register tree says. */
#include "core/platform.h"

/* The strings are the tail of the same allocation. */
struct made {
	struct platform platform;
	struct reg_desc desc;
	unsigned users;
	char strings[];
};

int platform_make(const char *provider, const struct reg_desc *desc, const struct platform **ret)
{
	size_t provider_n = strlen(provider) + 1;
	size_t name_n = strlen(desc->name) + 1;
	struct made *m = calloc(1, sizeof(*m) + provider_n + name_n);

	if (!m)
		return TSMMR_E_NOMEM;
	memcpy(m->strings, provider, provider_n);
	memcpy(m->strings + provider_n, desc->name, name_n);
	m->desc = *desc;
	m->desc.name = m->strings + provider_n;
	m->desc.index = 0;
	m->users = 1;
	m->platform = (struct platform){
		.id = TSMMR_PLATFORM_AUTO,
		.name = m->strings,
		.space = TSMMR_SPACE_NONE,
		.cel_space = TSMMR_SPACE_NONE,
		.n_index = 1,
		.regs = &m->desc,
		.n_regs = 1,
		.users = &m->users,
	};
	*ret = &m->platform;
	return 0;
}

const struct platform *platform_ref(const struct platform *p)
{
	if (p && p->users)
		__atomic_add_fetch(p->users, 1, __ATOMIC_RELAXED);
	return p;
}

void platform_unref(const struct platform *p)
{
	if (p && p->users && !__atomic_sub_fetch(p->users, 1, __ATOMIC_ACQ_REL))
		free((void *)(uintptr_t)p); /* the first member of what was allocated */
}

/* "tpm#" is "tpm" and a number. */
static bool is_provider(const char *pattern, const char *name)
{
	size_t n = strcspn(pattern, "#");

	if (!pattern[n])
		return strcmp(pattern, name) == 0;
	return strncmp(pattern, name, n) == 0 && name[n] &&
	       !name[n + strspn(name + n, "0123456789")];
}

bool platform_is_shown_by(const struct platform *p, const char *provider)
{
	for (size_t i = 0; p->providers[i]; i++)
		if (is_provider(p->providers[i], provider))
			return true;
	return false;
}
