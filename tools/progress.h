/* SPDX-License-Identifier: BSD-2-Clause */
/* "reading 41%" on a terminal, when reading takes longer than a person likes to wait. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

struct inputs;

struct progress {
	const struct inputs *in;
	pthread_t thread;
	int stop[2]; /* a pipe: closing its end ends the thread */
	bool running;
};

/* Does nothing unless stderr is a terminal.  The inputs must outlive it. */
void progress_start(struct progress *p, const struct inputs *in);
/* Takes the line away, before anything else is said there. */
void progress_stop(struct progress *p);
