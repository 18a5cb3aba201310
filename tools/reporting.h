/* SPDX-License-Identifier: BSD-2-Clause */
/* From open inputs to a report, and what show, replay and verify print of one. */
#pragma once

#include <stdio.h>

#include <tsmmr/tsmmr.h>

#include "input.h"

struct options;
struct output;

/*
 * Reads every input to its end and compares it with regs (or NULL) under a policy (NULL: the
 * default).  With frozen the
 * logs stay in in, for random access.  0, or the exit status of what was reported.
 */
int reporting_make(struct options *o, struct inputs *in, const struct tsmmr_regs *regs,
		   const struct tsmmr_policy *policy, int frozen, struct tsmmr_report **ret);

/*
 * The same logs once more, as in->n streams that nothing was read from: rewound, or over what was
 * frozen, which the caller closes as kept.  ret: they as the library takes them; the caller frees
 * the array.
 */
int reporting_again(struct options *o, const struct inputs *in, struct inputs *kept,
		    struct tsmmr_stream ***ret);
/* Is that an error of logs that were read once without it, so that one must have changed? */
bool reporting_is_changed(const struct tsmmr_error *err);
/* What a log was read to once, and cannot be read to again, or not as the same records. */
int reporting_changed(struct options *o, const struct inputs *in, const struct tsmmr_error *err);
/* The frozen logs of in as the library takes them; the caller frees the array. */
struct tsmmr_log **reporting_logs(const struct inputs *in);

/* "warning: LOG: record 12, offset 4711: ID: text", a line each; -v for all of them. */
void reporting_findings(const struct options *o, const struct tsmmr_report *report,
			const struct inputs *in, const struct output *out, FILE *f);

bool reporting_has(const struct tsmmr_report *report, const char *finding);

/* The same of one log that was only converted, to stderr. */
void reporting_stream_findings(const struct options *o, const struct tsmmr_stream *stream,
			       const char *name);

/* One line of text in lines of at most that width, each after two blanks. */
void reporting_wrapped(FILE *f, const char *text, size_t width);
/* How wide a paragraph is there. */
size_t reporting_width(const struct output *out);
void reporting_hex(FILE *f, const uint8_t *bytes, size_t n);
/*
 * The name of a record's type; "by name" where the log has one of its own for it or for its
 * content, which its text begins with; else the number, in word.
 */
const char *reporting_type(const struct tsmmr_event *event, char word[static 11]);
/* The bank, or "" for a configuration value. */
const char *reporting_alg(const struct tsmmr_reg *reg);
/*
 * "PROVIDER/", where several registers of the set bear the name, else "".  The answer is
 * copied to prefix.
 */
struct prefix {
	char text[160];
};
void reporting_prefix(const struct tsmmr_regs *regs, size_t i, struct prefix *prefix);
/* What it replays to as --expect @FILE reads it back, without a newline; false: to nothing. */
bool reporting_line(const struct tsmmr_report *report, size_t i, FILE *f);
void reporting_prefix_in(const struct tsmmr_report *report, size_t i, struct prefix *prefix);
