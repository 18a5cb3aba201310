/* SPDX-License-Identifier: BSD-2-Clause */
/* Where data goes: stdout, or a file that appears whole or not at all; and how it looks. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct options;

struct output {
	FILE *file;
	const char *name; /* of a file, as it was given */
	char *path;       /* what temporary becomes; NULL: nothing to rename */
	char *temporary;
	bool color;
	bool terminal;
	size_t width; /* columns of the terminal; 0: no terminal */
};

enum paint { PAINT_OFF, PAINT_DIM, PAINT_BOLD, PAINT_RED, PAINT_GREEN, PAINT_YELLOW };

/* 0, or the exit status of what was reported. */
int output_open_file(struct options *o, const char *name, struct output *ret);
/* The file of -o, or stdout. */
int output_open(struct options *o, struct output *ret);
/* Everything is written: flushes and, for a file, makes it appear under its name, durable. */
int output_commit(struct options *o, struct output *out);
/* What was written to fd, or to a folder, is there after a crash.  0, or -1 and errno. */
int output_sync(int fd);
/* And so is the name that path has in its folder. */
int output_sync_name(const char *path);
/* Removes what was not committed.  An output that never was opened is all zero. */
void output_close(struct output *out);
static inline void output_close_p(struct output *out)
{
	output_close(out);
}

/* Did a write fail already?  Then there is no point in going on. */
bool output_failed(const struct output *out);
/* The escape sequence, or "" when there is no colour. */
const char *output_paint(const struct output *out, enum paint paint);

/* Closes a stream into memory, which fclose() does not say could not be kept; is text whole? */
bool output_close_text(FILE *f, char *const *text);
