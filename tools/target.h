/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder that capture fills: its user's alone, and nobody else's hand in it meanwhile. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct options;

struct target {
	const char *path;
	int fd;
	/* What we made in it, by its path below it, a folder or a file. */
	struct made {
		char *path;
		dev_t dev;
		ino_t ino;
	} * made;
	size_t n;
};

/*
 * A folder that is new, or empty and nobody's but ours.  What is refused is reported; 0, or the
 * exit status.  One that was not opened is { .fd = -1 }.
 */
int target_open(struct options *o, const char *path, struct target *ret);
/*
 * The file path ("/sys/..."), again where it was written before.  A folder or file on the way that
 * we did not make, or that is no longer what we made, is refused, and no link is followed.
 */
int target_write(struct options *o, struct target *t, const char *path, const void *bytes, size_t n,
		 mode_t mode);
/* All of it is on the disk, and the folder is still where it was. */
int target_commit(struct options *o, const struct target *t);
void target_close(struct target *t);
