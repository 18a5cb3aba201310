/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder that capture fills: its user's alone, and nobody else's hand in it meanwhile. */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "folder.h"
#include "options.h"
#include "scope.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int changed(struct options *o, const struct target *t, const char *path, size_t len)
{
	return fail(o, TSMMR_E_IO, "%s%.*s: cannot write: somebody else changes this folder",
		    t->path, (int)len, path);
}

static const struct made *find(const struct target *t, const char *path, size_t len)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strncmp(t->made[i].path, path, len) && !t->made[i].path[len])
			return &t->made[i];
	return NULL;
}

static int remember(struct options *o, struct target *t, const char *path, size_t len,
		    const struct stat *st)
{
	struct made *more = realloc(t->made, (t->n + 1) * sizeof(*more));
	char *copy = more ? strndup(path, len) : NULL;

	t->made = more ? more : t->made;
	if (!copy)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	more[t->n++] = (struct made){ copy, st->st_dev, st->st_ino };
	return 0;
}

static int check_ours(struct options *o, const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_errno(o, path, TSMMR_NONE, "cannot write");
	if (st.st_uid != geteuid())
		return fail(o, TSMMR_E_IO, "%s: cannot write: somebody else's folder", path);
	if (st.st_mode & S_IWOTH)
		return fail(o, TSMMR_E_IO, "%s: cannot write: others can write to this folder",
			    path);
	return 0;
}

int target_open(struct options *o, const char *path, struct target *ret)
{
	bool made = mkdir(path, 0755) == 0;
	int fd = made || errno == EEXIST ? open(path, DIR_FLAGS) : -1;
	int r;

	if (fd < 0)
		return fail_errno(o, path, TSMMR_NONE, "cannot write");
	r = check_ours(o, path, fd);
	if (!r)
		r = folder_empty(o, path);
	if (r)
		close(fd);
	else
		*ret = (struct target){ .path = path, .fd = fd };
	return r;
}

/* The folder at the first len bytes of path, of which name is the last; -1 was reported. */
static int enter(struct options *o, struct target *t, int at, const char *name, const char *path,
		 size_t len)
{
	const struct made *before = find(t, path, len);
	struct stat st;
	int fd;

	if (!before && mkdirat(at, name, 0755) < 0) {
		if (errno == EEXIST)
			changed(o, t, path, len);
		else
			fail_errno(o, path, TSMMR_NONE, "cannot write");
		return -1;
	}
	fd = openat(at, name, DIR_FLAGS);
	if (fd < 0 || fstat(fd, &st) < 0 ||
	    (before ? before->dev != st.st_dev || before->ino != st.st_ino :
		      st.st_uid != geteuid()))
		changed(o, t, path, len);
	else if (before || !remember(o, t, path, len, &st))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The folder that path is in, and its last component; -1 was reported. */
static int enter_parents(struct options *o, struct target *t, const char *path,
			 const char **ret_name)
{
	int at = fcntl(t->fd, F_DUPFD_CLOEXEC, 3);
	const char *p = path;

	if (at < 0)
		fail_errno(o, t->path, TSMMR_NONE, "cannot write");
	while (at >= 0) {
		char name[NAME_MAX + 1];
		size_t n;
		int next;

		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (!p[n]) {
			*ret_name = p;
			return at;
		}
		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		next = enter(o, t, at, name, path, (size_t)(p - path) + n);
		close(at);
		at = next;
		p += n;
	}
	return -1;
}

static int write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t put = write(fd, bytes, n);

		if (put < 0 && errno != EINTR)
			return -1;
		if (put > 0) {
			bytes += put;
			n -= (size_t)put;
		}
	}
	return 0;
}

int target_write(struct options *o, struct target *t, const char *path, const void *bytes, size_t n,
		 mode_t mode)
{
	size_t len = strlen(path);
	bool again = find(t, path, len);
	struct stat st = { 0 };
	const char *name;
	int at = enter_parents(o, t, path, &name), fd, r = 0;

	if (at < 0)
		return failed(o);
	/* From an earlier attempt, of a mode that perhaps cannot be written to. */
	if (again)
		unlinkat(at, name, 0);
	fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		r = errno == EEXIST ? changed(o, t, path, len) :
				      fail_errno(o, path, TSMMR_NONE, "cannot write");
	close(at);
	if (r)
		return r;
	if (write_all(fd, bytes, n) < 0 || fchmod(fd, mode & 0777) < 0 || fstat(fd, &st) < 0)
		r = fail_errno(o, path, TSMMR_NONE, "cannot write");
	if (close(fd) < 0 && !r)
		r = fail_errno(o, path, TSMMR_NONE, "cannot write");
	return r || again ? r : remember(o, t, path, len, &st);
}

int target_commit(struct options *o, const struct target *t)
{
	struct stat ours, now;

	if (syncfs(t->fd) < 0 && errno != EINVAL && errno != ENOSYS)
		return fail_errno(o, t->path, TSMMR_NONE, "cannot write");
	if (fstat(t->fd, &ours) < 0 || lstat(t->path, &now) < 0 || ours.st_dev != now.st_dev ||
	    ours.st_ino != now.st_ino)
		return changed(o, t, "", 0);
	return 0;
}

void target_close(struct target *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->made[i].path);
	free(t->made);
	if (t->fd >= 0)
		close(t->fd);
	*t = (struct target){ .fd = -1 };
}
