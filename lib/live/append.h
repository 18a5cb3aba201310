/* SPDX-License-Identifier: BSD-2-Clause */
/* The two ways to append a record: the kernel's log, and ours. */
#pragma once

#include "live/live.h"

/* As tree_append(), by the kernel's append_event.  (kernel_log.c) */
int append_kernel(const struct tsmmr_tree *tree, const struct tree_reg *reg, struct append *a,
		  struct tsmmr_error *err);
