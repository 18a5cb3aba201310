/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers and logs, read and judged; and what verify and explain print of that. */
#pragma once

#include <stdbool.h>

#include <tsmmr/tsmmr.h>

#include "input.h"
#include "regset.h"

struct options;
struct output;

/* One reading of everything: first the registers, then the logs. */
struct reading {
	enum machine machine;    /* do the registers come from it? */
	struct tsmmr_regs *regs; /* NULL: nothing says what they hold */
	struct tsmmr_policy *policy;
	struct inputs in;
	struct tsmmr_report *report;
	int verdict;
};

/*
 * Reads registers and logs, compares, and prints when there is a verdict.  The exit status
 * of the verdict, or of what was reported.
 */
int verifying_run(struct options *o, int (*print)(struct options *o, const struct reading *now));

/*
 * The same of a line of --batch, whose options o are: of its evidence, never of the machine.  What
 * the command line asks is judged first, and must be a yes: then what ask_more() adds to the
 * options is asked as well, where it sets *ret_any.  So no line has a yes for less than the command
 * line asks.
 */
int verifying_line(struct options *o, int (*ask_more)(struct options *o, bool *ret_any));

/* Are the logs read more than once, to show events of what the answer is about? */
bool verifying_twice(const struct options *o);
/* The exit status that says it. */
int verifying_exit(int verdict);
/* What follows is in cmd_verify.c. */

/* Launch and configuration values that nobody asked about would bury the others. */
bool verifying_shows(const struct options *o, const struct tsmmr_report *report, size_t i);
/* A line for each register, and its values where they differ. */
void verifying_registers(const struct options *o, const struct tsmmr_report *report,
			 const struct output *out);
/* The object, with every event if asked for; x may be NULL. */
struct tsmmr_explain;
int verifying_json(struct options *o, const struct reading *now, const struct tsmmr_explain *x,
		   bool events, const struct output *out);
/* All of it as the page of --page, if there is to be one. */
int verifying_page(struct options *o, const struct reading *now, const struct tsmmr_explain *x);
/* The last line: the one to trust. */
int verifying_summary(struct options *o, const struct reading *now, const struct output *out);
