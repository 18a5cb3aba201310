/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that fail, or never return, on demand.  (linked with --wrap) */
#pragma once

#include <stdbool.h>

enum {
	WRAP_FAIL = 1,   /* the call is not made */
	WRAP_FAIL_AFTER, /* it is made, and reported as failed */
	WRAP_HALF,       /* the nth of those that write takes half */
	WRAP_EXIT_BEFORE,
	WRAP_EXIT_HALF /* the same, and then the process is gone */
};

#define WRAP_EXITED 42 /* exit status of a process that was made to exit */

/* From now on: the nth call of any, or of that name, in this process. */
void wrap_arm(int nth, int what, int error);
void wrap_arm_named(const char *name, int nth, int what);
/* Has it happened? */
bool wrap_fired(void);
/* What the nth call was, where the number armed was that or a later one; not after an exit. */
const char *wrap_name(int nth);
