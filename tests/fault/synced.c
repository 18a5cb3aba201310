/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loaded before a command: says in $SYNCED what it asks a disk to keep, and in which order, and
 * fails the sync of what has $SYNCED_FAIL in its path.  A folder "sys" that it makes becomes a link
 * to $SYNCED_SWAP at once, as if somebody else had been waiting for it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static void swap(int at, const char *path)
{
	const char *to = getenv("SYNCED_SWAP"), *name = strrchr(path, '/');

	if (to && !strcmp(name ? name + 1 : path, "sys") &&
	    (unlinkat(at, path, AT_REMOVEDIR) < 0 || symlinkat(to, at, path) < 0))
		abort();
}

int mkdirat(int at, const char *path, mode_t mode)
{
	int (*real)(int, const char *, mode_t) =
		(int (*)(int, const char *, mode_t))dlsym(RTLD_NEXT, "mkdirat");
	int r = real(at, path, mode);

	if (r == 0)
		swap(at, path);
	return r;
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}
