/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals while a call must not be interrupted, or must not kill us. */
#pragma once

#include <signal.h>

struct signals {
	sigset_t mask, pending; /* what they were */
};

/*
 * From here to signals_release() no signal interrupts this thread, but for those that its own
 * faults raise: a driver that sleeps would answer EINTR, and nobody knew what it had done.
 */
void signals_hold(struct signals *s);
/* Here a write that finds no reader (SIGPIPE), or the limit of a file's size (SIGXFSZ), only fails.
 */
void signals_hold_of_writes(struct signals *s);
/* What writing raised meanwhile is forgotten, all else comes now.  errno stays. */
void signals_release(struct signals *s);
