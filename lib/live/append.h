/* SPDX-License-Identifier: BSD-2-Clause */
/* The two ways to append a record: the kernel's log, and ours. */
#pragma once

#include "live/live.h"

/* E_ARG, naming the rule, for a record that a log would not give back as it is.  (append.c) */
int append_check(const uint8_t *p, size_t n, struct tsmmr_error *err);
/* As tree_append(), by the kernel's append_event.  (kernel_log.c) */
int append_kernel(const struct tsmmr_tree *tree, const struct tree_reg *reg, const uint8_t *record,
		  size_t n, uint32_t flags, uint8_t *ret_digest, uint8_t *ret_value,
		  uint32_t *ret_done, struct tsmmr_error *err);
