/* SPDX-License-Identifier: BSD-2-Clause */
/* What the caller says must be so: --expect and its kin, and the policy they make. */
#pragma once

#include <stdbool.h>

#include <tsmmr/tsmmr.h>

struct options;

/*
 * Hands each text of register values that --expect names to take(): all of the command
 * line as one, so that a register named twice is noticed, then each file.  path is NULL for
 * the command line.  0, or the exit status of what was reported.
 */
int expecting_each(struct options *o,
		   int (*take)(struct options *o, const char *path, const char *text, size_t len,
			       void *user),
		   void *user);
/*
 * The lines of text whose registers have the values themselves, kept with the options; NULL where
 * none is left.  Those that another register's log carries ("rtmr3/mr_app") are kept as references;
 * either has empty lines for the others', which messages count.
 */
int expecting_split(struct options *o, const char *path, const char *text, const char **ret);
/* Reports why a text of values was refused. */
int expecting_failed(struct options *o, const char *path, struct tsmmr_error *err);

/*
 * The policy that the command line asks for.  Beside evidence or a machine, values that are
 * expected are references, and so is the hash of a manifest, which regs (or NULL) were
 * compared with; else they are the registers themselves, but for those that were split off.
 */
int expecting_policy(struct options *o, bool beside, const struct tsmmr_regs *regs,
		     struct tsmmr_policy **ret);
