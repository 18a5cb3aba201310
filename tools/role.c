/* SPDX-License-Identifier: BSD-2-Clause */
/* Roles: names that are a register of every platform. */
#include "role.h"

#include <string.h>

#include "options.h"
#include "scope.h"

int role_platform(const struct options *o, const char *name)
{
	static const char *const roles[] = { "initial-vm-state", "firmware-config", "boot",
					     "os-runtime", "app-runtime" };
	size_t n = strcspn(name, ":=,\n");

	for (size_t i = 0; !o->platform && i < ARRAY_SIZE(roles); i++)
		if (strlen(roles[i]) == n && !memcmp(roles[i], name, n))
			return o->of_evidence;
	return o->platform;
}
