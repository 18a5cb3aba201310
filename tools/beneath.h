/* SPDX-License-Identifier: BSD-2-Clause */
/* What is below a folder, and nothing that a link on the way leads to elsewhere. */
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
/*
 * Opens the directory at path as if root were "/": links stay below it.  A kernel before 5.6 cannot
 * do so, and there none is followed.  -1 and errno.
 */
int beneath_enter(int root, const char *path);
