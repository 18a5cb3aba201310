/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes, and what they took. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_MAX 16

struct job {
	const char *words[WORDS_MAX]; /* argv; the first is a path */
	const char *feed; /* a file that a pipe on its standard input carries; or NULL */
	bool count;       /* count.c is preloaded */
	int exit;         /* what it must exit with */
};

struct took {
	double cpu_ns;
	long rss_kib;
	unsigned long said;    /* what it said itself: allocations, where they are counted … */
	unsigned long fetches; /* … and algorithms fetched */
};

/* Before there is any memory that a child would begin with.  counter: what count.c is, or NULL. */
void process_begin(const char *counter);
void process_end(void);
struct took process_run(const struct job *job);
