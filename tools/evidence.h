/* SPDX-License-Identifier: BSD-2-Clause */
/* --evidence: its files are read once, for the registers and for the logs in them. */
#pragma once

struct options;

/*
 * Sets o->handed_in where there is evidence; once, however often it is asked.  0, or the exit
 * status of what was reported.
 */
int evidence_read(struct options *o);
