/* SPDX-License-Identifier: BSD-2-Clause */
/* What the registers should hold: --evidence, --expect or the machine; how far it is trusted. */
#pragma once

#include <stdbool.h>

#include <tsmmr/tsmmr.h>

struct options;

/* Whether the registers of the machine (or of what is below --root) are what counts. */
enum machine { MACHINE_NO, MACHINE_IF_ANY, MACHINE_YES };

/*
 * The registers that --evidence or the machine speaks of, or where there is neither those
 * that --expect gives; NULL when there are none.  0, or the exit status of what was reported.
 */
int regset_load(struct options *o, enum machine machine, struct tsmmr_regs **ret);

/*
 * Tells the context whom to trust, and when: once, though the machine may be read again.  0, or
 * the exit status of what was reported.
 */
int regset_roots(struct options *o);
/* The machine's own; with may_lack, NULL and 0 when it shows none. */
int regset_machine(struct options *o, bool may_lack, struct tsmmr_regs **ret);
/* Do both hold the same registers with the same values?  Either may be NULL. */
bool regset_same(const struct tsmmr_regs *a, const struct tsmmr_regs *b);
/* Warns of each register that changed. */
void regset_warn_changed(struct options *o, const struct tsmmr_regs *before,
			 const struct tsmmr_regs *after);
