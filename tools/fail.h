/* SPDX-License-Identifier: BSD-2-Clause */
/* What went wrong, said once to people and once to programs, and the exit status. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include <tsmmr/types.h>

struct options;

enum {
	EXIT_DONE = 0,
	EXIT_MISMATCH = 1,
	EXIT_USAGE = 2,
	EXIT_INPUT = 3, /* malformed, or unsupported by name */
	EXIT_INCOMPLETE = 4,
	EXIT_SYSTEM = 5, /* I/O, not there, permission, memory */
	EXIT_LIMIT = 6,
	EXIT_EVIDENCE = 7 /* refused */
};

/* The failure that decides the exit status, kept until the end of main(). */
struct failure {
	int exit;     /* 0: none so far */
	int code;     /* TSMMR_E_* */
	int detail;   /* TSMMR_DETAIL_* */
	uint64_t log; /* its number, or TSMMR_NONE */
	uint64_t record;
	uint64_t offset;
	char text[512];
};

/* Where a struct tsmmr_error begins its life. */
#define NO_ERROR ((struct tsmmr_error){ .size = sizeof(struct tsmmr_error) })

/* The one that stands first in 2, 5, 6, 3, 7, 1, 4, 0. */
int exit_first(int a, int b);

/*
 * Each says what happened on stderr, remembers it and returns the exit status it asks
 * for.  Several may be reported in one run; the status is settled by exit_first().
 */
int fail(struct options *o, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int fail_usage(struct options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* An error of the library about what is called name; log is its number or TSMMR_NONE. */
int fail_error(struct options *o, const char *name, uint64_t log, const struct tsmmr_error *err);
/* A system call failed: errno says how, what at what, "cannot open". */
int fail_errno(struct options *o, const char *name, uint64_t log, const char *what);
/* The exit status of what was reported so far. */
int failed(const struct options *o);

/* Things to know that change no exit status; -q silences them. */
void warn(struct options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hint(struct options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The object tsmmr.error/1. */
void fail_print_json(const struct failure *failure, FILE *f);
