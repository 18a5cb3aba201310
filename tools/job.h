/* SPDX-License-Identifier: BSD-2-Clause */
/* What one line of --batch asks, and the answer. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "line.h"

struct options;

struct bytes {
	uint8_t *p;
	size_t n;
};

/*
 * A job is one thread's.  While it runs its options are a copy of the command line's, and what
 * goes wrong is kept in them and not printed.
 */
struct job {
	struct line line;
	struct bytes logs[LINE_VALUES_MAX], evidence[LINE_VALUES_MAX]; /* of base64 */
	char *words[LINE_VALUES_MAX];                                  /* what logs are called */
	uint64_t number;                                               /* of the line, from 1 */
	const char *verdict;
	uint8_t *report; /* as JSON, where --json asks for it */
	size_t report_len;
};

/*
 * Answers the line of len bytes in text, which is changed; NULL: it was over len bytes and is
 * lost.  all: the command line's, which are only read.  Writes one line of JSON to answer and
 * returns the exit status in it.
 */
int job_run(const struct options *all, uint64_t number, char *text, size_t len, FILE *answer);

/* What the verb has to say of the line: a static word, and a report (or NULL) to be freed. */
void job_answer(struct options *o, const char *verdict, uint8_t *report, size_t len);

/*
 * Log i of the line, which is called name: *ret_fd is open, or *ret are its bytes, borrowed.  0,
 * or the exit status of what was reported.
 */
int job_log(struct options *o, size_t i, const char *name, int *ret_fd, struct bytes *ret);
/* The same of its evidence: bytes that the caller frees, at most limit and one. */
int job_evidence(struct options *o, size_t i, const char *name, size_t limit, uint8_t **ret,
		 size_t *ret_len);
