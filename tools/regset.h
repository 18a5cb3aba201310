/* SPDX-License-Identifier: BSD-2-Clause */
/* What the registers should hold: --evidence and --expect, and how far they are trusted. */
#pragma once

#include <tsmmr/tsmmr.h>

struct options;

/*
 * The registers that --evidence and --expect speak of; NULL when there is neither.
 * 0, or the exit status of what was reported.
 */
int regset_load(struct options *o, struct tsmmr_regs **ret);

/* Is the register's value trusted as --min-trust (or --trust-root) asks?  0, or reports. */
int regset_check_trust(struct options *o, const struct tsmmr_reg *reg);
/* The same for every register that a report was asked about. */
int regset_check_report(struct options *o, const struct tsmmr_report *report);
