/* SPDX-License-Identifier: BSD-2-Clause */
/* Preloaded: every.c runs the program once for each fault, allocate.c and traced.c make it. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#define PASSED_MAX 4096
#define PLACES_MAX 16384

/* What a run says to who started it. */
struct shared {
	long calls; /* so many there were */
	long left;  /* blocks that were not freed, but for OpenSSL's */
	bool fired;
	int trace; /* where it is said which call it was */
	/* Of a walk: the first fault that it did not come to, and those that it passed. */
	long next, n_passed, passed[PASSED_MAX];
	/* Of a run without a fault: the first allocation of each place, in order. */
	long n_places, places[PLACES_MAX];
};

extern struct shared *shared;

/* From here on the nth allocation fails, or with on all from that on; 0 is none. */
void allocate_arm(long nth, bool on);
/* From here on none fails, or counts. */
void allocate_spare(void);
/* Notes the places of what follows. */
void allocate_note_places(void);
/*
 * Or each is asked about first, in the one thread that there is: here() forks, and says true to the
 * child that is to see it fail.
 */
void allocate_walk(bool (*here)(long n, bool of_libc), bool on);
/* Was a thread ever made? */
extern bool allocate_threaded;
/* How many are left; with $EVERY_DEEP they are listed, each with who asked for it. */
long allocate_left(FILE *list);

/* In the child, before what is to be watched. */
void traced_start(void);
/* Does what how says to the nth call of the child, and waits for its end. */
int traced_wait(pid_t pid, const char *how, long nth);
