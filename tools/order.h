/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of logs: that in which their writers ran, whatever it is on the command line. */
#pragma once

struct inputs;
struct options;

/*
 * Puts the open inputs in order.  Text logs of one register are told apart by what they
 * assert, so where there are several all inputs are frozen.  0, or the exit status of what
 * was reported.
 */
int inputs_order(struct options *o, struct inputs *in);
