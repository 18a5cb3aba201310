/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder that attest writes and verify reads: evidence, and the log of what it covers. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct options;

#define FOLDER_MARK "attest.json" /* without it a folder is none of these */
#define FOLDER_LOG "log.cel"

/* Of several of one sort the first is the first row's. */
struct folder_part {
	int part; /* TSMMR_PART_* */
	const char *file;
};

#define N_FOLDER_PARTS 7
extern const struct folder_part folder_parts[N_FOLDER_PARTS];

/* Is it a folder, of whatever sort, or a link to one? */
bool folder_is(const char *path);

/* All of these: 0, or the exit status of what was reported. */

/*
 * Calls each with the path of each entry of any folder until one is not 0: by name, so in the same
 * order everywhere, and without those whose names begin with a dot.
 */
int folder_each(struct options *o, const char *path,
		int (*each)(struct options *o, const char *path, void *user), void *user);
/* Is the folder, which is there, empty? */
int folder_empty(struct options *o, const char *path);
/* May it be written: is it not there, or empty? */
int folder_check(struct options *o, const char *path);
int folder_make(struct options *o, const char *path, int *ret_dir, bool *ret_made);
/* A new file in it. */
int folder_create(struct options *o, int dir, const char *file, int *ret_fd);
/* What was written, and the folder where it was made for that. */
void folder_remove(const char *path, int dir, bool made);

/*
 * A LOG that is such a folder becomes its log, and its evidence is --evidence; there is no
 * other LOG then.
 */
int folder_take(struct options *o);
/*
 * Each --evidence that is a folder becomes the files in it: one of these, or what
 * report_folder.h is about.
 */
int folder_take_evidence(struct options *o);
