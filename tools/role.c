/* SPDX-License-Identifier: BSD-2-Clause */
/* Roles: names that are a register of every platform. */
#include "role.h"

#include <string.h>

#include "options.h"

const char *const role_names[] = { "initial-vm-state", "firmware-config", "boot",
				   "os-runtime",       "app-runtime",     NULL };

int role_platform(const struct options *o, const char *name)
{
	size_t n = strcspn(name, ":=,\n");

	for (size_t i = 0; !o->platform && role_names[i]; i++)
		if (strlen(role_names[i]) == n && !memcmp(role_names[i], name, n))
			return o->of_evidence;
	return o->platform;
}
