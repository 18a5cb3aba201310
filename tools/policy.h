/* SPDX-License-Identifier: BSD-2-Clause */
/* --policy: the options that decide, from a file. */
#pragma once

struct options;

/*
 * Each line is an option as the command line has it, its dashes left out or not; "#" begins
 * a comment.  Paths in it are relative to the working directory, as on the command line.  0,
 * or the exit status of what was reported.
 */
int policy_read(struct options *o, const char *path);
