/* SPDX-License-Identifier: BSD-2-Clause */
/* What is below a folder, and nothing that a link on the way leads to elsewhere. */
#include "beneath.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTER_TRIES 8

bool beneath_is(const char *path)
{
	size_t n;

	for (const char *p = path;; p += n + 1) {
		n = strcspn(p, "/");
		/* Nor is there a name that is empty: it would be the root of all. */
		if (!n || n > NAME_MAX || (n == 2 && !memcmp(p, "..", 2)))
			return false;
		if (!p[n])
			return true;
	}
}

/* A link fails as any other that is no directory: then what it was is said. */
static int open_directory(int dir, const char *name)
{
	int fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOTDIR) {
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
			errno = ELOOP;
		else
			errno = ENOTDIR;
	}
	return fd;
}

/* A device may do something when it is opened, so it is looked at before and after. */
static int open_regular(int dir, const char *name)
{
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISLNK(st.st_mode) ? ELOOP : EINVAL;
		return -1;
	}
	fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

static int open_readable(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* open_last() of the last component, in the folder that those before it lead to. */
static int walk(int root, const char *path, int (*open_last)(int dir, const char *name))
{
	char name[NAME_MAX + 1];
	int dir = root, fd, saved;

	assert(beneath_is(path));
	for (;; path += strlen(name) + 1) {
		size_t n = strcspn(path, "/");
		int next;

		memcpy(name, path, n);
		name[n] = '\0';
		if (!path[n])
			break;
		next = open_directory(dir, name);
		saved = errno;
		if (dir != root)
			close(dir);
		errno = saved;
		if (next < 0)
			return -1;
		dir = next;
	}
	fd = open_last(dir, name);
	saved = errno;
	if (dir != root)
		close(dir);
	errno = saved;
	return fd;
}

int beneath_open(int root, const char *path)
{
	return walk(root, path, open_regular);
}

int beneath_enter(int root, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int fd = -1;

	/* EAGAIN: something was renamed on the way. */
	for (int i = 0; i < ENTER_TRIES && fd < 0 && (!i || errno == EAGAIN); i++)
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (fd >= 0 || (errno != ENOSYS && errno != EPERM && errno != EAGAIN))
		return fd;
	path += strspn(path, "/");
	if (beneath_is(path))
		return walk(root, path, open_readable);
	errno = EXDEV;
	return -1;
}
