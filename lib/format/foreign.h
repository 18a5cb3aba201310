/* SPDX-License-Identifier: BSD-2-Clause */
/* What is not read, and is known by its first bytes: so that it can be named. */
#pragma once

#include <stdbool.h>

#include "util/cursor.h"

/* Compressed bytes: by which command, whose options -dc unpack them; else NULL. */
const char *foreign_packer(struct span s);
/* ACPI's table that says where firmware's log is. */
bool foreign_is_acpi(struct span s);
/* The log that coreboot keeps in CBMEM, in the format of its own. */
bool foreign_is_cbmem(struct span s);
