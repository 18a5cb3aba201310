/* SPDX-License-Identifier: BSD-2-Clause */
/* --batch: lines of standard input, answered one by one or by several threads. */
#pragma once

struct options;
struct reading;

/*
 * Answers every line, of which judge() says what the verb has to say.  The exit status is the
 * first of all lines' in the order of exit_first(), or that of what was reported.
 */
int batch_run(struct options *o, int (*judge)(struct options *o, const struct reading *now));
