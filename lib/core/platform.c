/* SPDX-License-Identifier: BSD-2-Clause */
/* Platforms that no table has: made from what a register tree says. */
#include "core/platform.h"

#include <assert.h>

struct made {
	struct platform platform;
	unsigned users;
	size_t room;
	struct reg_desc descs[]; /* of room, and then the provider's name */
};

static struct made *make(const char *provider, size_t room)
{
	size_t n = strlen(provider) + 1;
	struct made *m = calloc(1, sizeof(*m) + room * sizeof(*m->descs) + n);

	if (!m)
		return NULL;
	m->users = 1;
	m->room = room;
	m->platform = (struct platform){
		.id = TSMMR_PLATFORM_AUTO,
		.name = memcpy(&m->descs[room], provider, n),
		.space = TSMMR_SPACE_NONE,
		.cel_space = TSMMR_SPACE_NONE,
		.n_index = (uint32_t)room,
		.regs = m->descs,
		.users = &m->users,
	};
	return m;
}

int platform_add_reg(const struct platform *p, uint32_t index, const struct reg_desc *desc)
{
	struct made *m = (struct made *)(uintptr_t)p; /* its first member */
	struct reg_desc *new = &m->descs[p->n_regs];
	char *name;

	assert(p->users && index < p->n_index);
	for (size_t i = 0; i < p->n_regs; i++) {
		bool number = p->regs[i].index == index;

		if (number != (strcmp(p->regs[i].name, desc->name) == 0))
			return TSMMR_E_MISMATCH;
		if (number)
			return 0;
	}
	/* Each has a number of its own, so there is room. */
	name = strdup(desc->name);
	if (!name)
		return TSMMR_E_NOMEM;
	*new = *desc;
	new->name = name;
	new->index = index;
	m->platform.n_regs++;
	return 0;
}

int platform_make_numbered(const char *provider, const struct reg_desc *first, uint32_t n_index,
			   const struct platform **ret)
{
	struct made *m = make(provider, n_index);
	int r = m ? platform_add_reg(&m->platform, 0, first) : TSMMR_E_NOMEM;

	if (r == 0)
		*ret = &m->platform;
	else
		free(m);
	return r;
}

int platform_make(const char *provider, const struct reg_desc *desc, const struct platform **ret)
{
	return platform_make_numbered(provider, desc, 1, ret);
}

const struct platform *platform_ref(const struct platform *p)
{
	if (p && p->users)
		users_add(p->users);
	return p;
}

void platform_unref(const struct platform *p)
{
	if (!p || !p->users || !users_drop(p->users))
		return;
	for (size_t i = 0; i < p->n_regs; i++)
		free((char *)(uintptr_t)p->regs[i].name);
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
