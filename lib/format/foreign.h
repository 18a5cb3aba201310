/* SPDX-License-Identifier: BSD-2-Clause */
/* What is not read, and is known by its first bytes: so that it can be named. */
#pragma once

#include <stdbool.h>

#include "util/cursor.h"

/* What bytes are packed in, and the command that unpacks FILE, which follows it. */
struct packer {
	const char *what, *command;
};
/* NULL where they are not packed. */
const struct packer *foreign_packer(struct span s);
/* ACPI's table that says where firmware's log is. */
bool foreign_is_acpi(struct span s);
/* The log that coreboot keeps in CBMEM, in the format of its own. */
bool foreign_is_cbmem(struct span s);
