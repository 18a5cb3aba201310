/* SPDX-License-Identifier: BSD-2-Clause */
/* --known and --denied: lists of what records may be, and must not. */
#pragma once

struct options;

/* All of them as o->known_values.  0, or the exit status of what was reported. */
int known_read(struct options *o);
