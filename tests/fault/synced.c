/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loaded before a command: says in $SYNCED what it asks a disk to keep, and in which order, and
 * fails the sync of what has $SYNCED_FAIL in its path.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fsync(int fd);
int syncfs(int fd);
int rename(const char *from, const char *to);

static void note(const char *call, const char *what)
{
	const char *path = getenv("SYNCED");
	FILE *f = path ? fopen(path, "a") : NULL;

	if (!f)
		return;
	fprintf(f, "%s %s\n", call, what);
	fclose(f);
}

static int sync_fd(const char *call, int fd)
{
	const char *fails = getenv("SYNCED_FAIL");
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, call);
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = 0;
	note(call, path);
	if (fails && strstr(path, fails)) {
		errno = EIO;
		return -1;
	}
	return real(fd);
}

int fsync(int fd)
{
	return sync_fd("fsync", fd);
}

int syncfs(int fd)
{
	return sync_fd("syncfs", fd);
}

int rename(const char *from, const char *to)
{
	int (*real)(const char *, const char *) =
		(int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");

	note("rename", to);
	return real(from, to);
}
