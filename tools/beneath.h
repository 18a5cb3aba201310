/* SPDX-License-Identifier: BSD-2-Clause */
/* --batch-root: files that a line may name, and no others. */
#pragma once

#include <stdbool.h>

/* Is it relative, and does it lead nowhere but down? */
bool beneath_is(const char *path);
/*
 * Opens a regular file at such a path below the directory root, without passing any symbolic link
 * and without waiting for what is no file.  -1 and errno: ELOOP for a symbolic link, EINVAL for
 * what is no regular file.
 */
int beneath_open(int root, const char *path);
