/* SPDX-License-Identifier: BSD-2-Clause */
/* The only open(), read() and write() of the library. */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sys/signals.h"
#include "util/cleanup.h"
#include "util/error.h"

/* A rename on the way makes the kernel ask for another try where a path has links. */
#define OPEN_TRIES 8

int file_open_in(const char *root, const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int at, saved, fd = -1;

	if (!*root)
		return open(path, flags | O_CLOEXEC);
	at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return -1;
	for (int i = 0; i < OPEN_TRIES && fd < 0 && (!i || errno == EAGAIN); i++)
		fd = (int)syscall(SYS_openat2, at, path, &how, sizeof(how));
	saved = errno;
	close(at);
	errno = saved;
	return fd < 0 && (errno == ENOSYS || errno == EPERM || errno == EAGAIN) ?
		       file_open_below(root, path, flags) :
		       fd;
}

int file_open(const char *root, const char *path, struct tsmmr_error *err)
{
	_cleanup_(free) char *full = NULL;
	struct stat st;
	int fd, r;

	if (asprintf(&full, "%s%s", root, path) < 0) {
		full = NULL;
		return fail_nomem(err);
	}
	fd = file_open_in(root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return fail(err, TSMMR_E_NOTFOUND, "%s: no such file", full);
	if (fd < 0)
		return fail_errno(err, "%s: %s", full, errno_text(errno));
	/* A FIFO in a tree from elsewhere would be waited for, a device may do anything. */
	if (fstat(fd, &st) < 0)
		r = fail_errno(err, "%s: %s", full, errno_text(errno));
	else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		r = fail(err, TSMMR_E_IO, "%s: not a file", full);
	else if (fcntl(fd, F_SETFL, 0) < 0)
		r = fail_errno(err, "%s: %s", full, errno_text(errno));
	else
		return fd;
	close(fd);
	return r;
}

/*
 * The walk below in one call.  The root may lead over links, so where this finds one, and where
 * anything else is in the way, the walk says what.
 */
static int open_plain(const char *root, const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned)(flags | O_NOFOLLOW | O_CLOEXEC),
				.resolve = RESOLVE_NO_SYMLINKS };
	_cleanup_(free) char *full = NULL;
	size_t n = strlen(path);

	if (!n || path[n - 1] == '/' || strstr(path, ".."))
		return -1;
	if (asprintf(&full, "%s/%s", root, path) < 0) {
		full = NULL;
		return -1;
	}
	return (int)syscall(SYS_openat2, AT_FDCWD, full, &how, sizeof(how));
}

static int walk_below(const char *root, const char *path, int flags)
{
	int at = open(*root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	while (at >= 0) {
		char name[NAME_MAX + 1];
		size_t n;
		int next, saved;
		bool last;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n > NAME_MAX || (n == 2 && !memcmp(path, "..", 2))) {
			close(at);
			errno = n > NAME_MAX ? ENAMETOOLONG : EXDEV;
			return -1;
		}
		memcpy(name, path, n);
		name[n] = 0;
		path += n;

		last = !*path;
		/* "/" is the root itself. */
		next = openat(at, n ? name : ".",
			      O_NOFOLLOW | O_CLOEXEC | (last ? flags : O_PATH | O_DIRECTORY));
		saved = errno;
		close(at);
		errno = saved;
		if (last)
			return next;
		at = next;
	}
	return -1;
}

int file_open_below(const char *root, const char *path, int flags)
{
	int fd = open_plain(root, path, flags);

	return fd < 0 ? walk_below(root, path, flags) : fd;
}

bool file_is_regular(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	errno = EINVAL;
	return S_ISREG(st.st_mode);
}

void file_close(int fd)
{
	close(fd);
}

int file_is_sticky(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? -1 : (st.st_mode & S_ISVTX) != 0;
}

static long read_fd(void *user, void *to, size_t n)
{
	int fd = (int)(intptr_t)user;
	ssize_t got;

	do
		got = read(fd, to, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

static int back_fd(void *user, uint64_t n)
{
	int fd = (int)(intptr_t)user;

	return n > INT64_MAX || lseek(fd, -(off_t)n, SEEK_CUR) < 0 ? -ESPIPE : 0;
}

/* A file that only ever said that it was longer, as many of sysfs do, did not shrink. */
static bool shrank_fd(void *user, uint64_t n)
{
	int fd = (int)(intptr_t)user;
	struct stat st;
	off_t at = lseek(fd, 0, SEEK_CUR);

	return at >= 0 && fstat(fd, &st) == 0 && (uint64_t)st.st_size < (uint64_t)at + n;
}

/* What came through a pipe, perhaps out of armour, kept to be read again. */
struct kept {
	struct source from; /* how it is read; its window is another's */
	int copy;
	bool again;
	bool ended; /* all of it is in the copy */
};

static int keep(struct kept *k, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t put = write(k->copy, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

static long read_kept(void *user, void *to, size_t n)
{
	struct kept *k = user;
	long got = k->again ? read_fd((void *)(intptr_t)k->copy, to, n) : 0;
	int r;

	if (got || k->ended)
		return got;
	/* Not, or not yet, in the copy: it may have been rewound before the end. */
	got = k->from.read(k->from.user, to, n);
	k->ended = got == 0;
	r = got > 0 ? keep(k, to, (size_t)got) : 0;
	return r < 0 ? r : got;
}

static int back_kept(void *user, uint64_t n)
{
	struct kept *k = user;

	k->again = true;
	return lseek(k->copy, 0, SEEK_SET) < 0 ? -errno : 0;
}

static void done_kept(void *user)
{
	struct kept *k = user;

	if (k->from.done)
		k->from.done(k->from.user);
	close(k->copy);
	free(k);
}

/* A file without a name, or -1 and errno. */
static int open_nameless(const char *folder)
{
	char *path;
	int fd;

	if (asprintf(&path, "%s/tsmmr-XXXXXX", folder) < 0) {
		errno = ENOMEM;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0 && unlink(path) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		fd = -1;
	}
	free(path);
	return fd;
}

int file_source_keep(struct source *s, bool sizeless, const char *folder, struct tsmmr_error *err)
{
	struct kept *k;
	int r;

	if (!s->read || s->read == read_kept || (s->back && !(sizeless && s->left == TSMMR_NONE)))
		return 0;
	k = calloc(1, sizeof(*k));
	if (!k)
		return fail_nomem(err);
	k->from = *s;
	folder = folder ? folder : P_tmpdir;
	k->copy = open_nameless(folder);
	r = k->copy < 0 ? -errno : keep(k, s->p, s->n);
	if (r < 0) {
		errno = -r;
		r = fail_errno(err, "temporary file in %s: %s", folder, errno_text(errno));
		if (k->copy >= 0)
			close(k->copy);
		free(k);
		return r;
	}
	s->read = read_kept;
	s->back = back_kept;
	s->done = done_kept;
	s->user = k;
	return 0;
}

void file_source(int fd, struct source *ret)
{
	uint64_t size = TSMMR_NONE;
	struct stat st;

	/* Files of sysfs and securityfs say a page or 0, whatever they hold. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size != 4096) {
		off_t at = lseek(fd, 0, SEEK_CUR);

		if (at >= 0 && at <= st.st_size)
			size = (uint64_t)(st.st_size - at);
	}
	source_fd(ret, read_fd, (void *)(intptr_t)fd, size);
	ret->back = lseek(fd, 0, SEEK_CUR) < 0 ? NULL : back_fd;
	ret->shrank = shrank_fd;
}

static long read_at(void *user, uint64_t at, void *to, size_t n)
{
	int fd = (int)(intptr_t)user;
	ssize_t got;

	do
		got = pread(fd, to, n, (off_t)at);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

static void close_image(void *user)
{
	close((int)(intptr_t)user);
}

int file_image(int fd, struct image *ret, struct tsmmr_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_errno(err, "image: %s", errno_text(errno));
	if (!S_ISREG(st.st_mode))
		return fail(err, TSMMR_E_ARG, "an image must be a file that can be read anywhere");
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return fail_errno(err, "image: %s", errno_text(errno));
	*ret = (struct image){ read_at, close_image, (void *)(intptr_t)fd, (uint64_t)st.st_size };
	return 0;
}

int file_write(int fd, struct buf *out, struct tsmmr_error *err)
{
	const uint8_t *p = out->p;
	size_t left = out->n;

	while (left) {
		struct signals signals;
		ssize_t put;

		signals_hold_of_writes(&signals);
		put = write(fd, p, left);
		signals_release(&signals);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return fail_errno(err, "write: %s", errno_text(errno));
		p += put;
		left -= (size_t)put;
	}
	out->n = 0;
	return 0;
}

/*
 * The lock is on the first byte of a file.  Who is to have it next holds the second: when a lock is
 * let go the kernel hands it to nobody, and whoever wants it again at once would have it before
 * those that waited are awake.
 */
enum { HELD = 0, NEXT = 1, BOTH = -1 };

static int lock_as(int fd, int cmd, short type, int which)
{
	struct flock part = { .l_type = type,
			      .l_whence = SEEK_SET,
			      .l_start = which == NEXT,
			      .l_len = which == BOTH ? 0 : 1 };
	int r;

	do
		r = fcntl(fd, cmd, &part);
	while (r < 0 && errno == EINTR);
	return r;
}

static bool is_past(const struct timespec *until)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > until->tv_sec ||
	       (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec);
}

/*
 * until NULL: for ever.  F_OFD_SETLKW has no limit, and neither a signal nor a thread to end it is
 * a library's to have, so who has one asks again and again.
 */
static int wait_for(int fd, int which, const struct timespec *until)
{
	struct timespec pause = { .tv_nsec = 50000 };
	int r;

	if (!until)
		return lock_as(fd, F_OFD_SETLKW, F_WRLCK, which);
	while ((r = lock_as(fd, F_OFD_SETLK, F_WRLCK, which)) < 0 &&
	       (errno == EAGAIN || errno == EACCES)) {
		if (is_past(until)) {
			errno = ETIMEDOUT;
			return -1;
		}
		nanosleep(&pause, NULL);
		pause.tv_nsec = pause.tv_nsec < 400000 ? 2 * pause.tv_nsec : 500000;
	}
	return r;
}

static int lock_until(int fd, const struct timespec *until)
{
	int r = wait_for(fd, NEXT, until), saved;

	/* Whoever is to have it next may be stopped: then all that it keeps is its turn. */
	if (r < 0)
		return errno == ETIMEDOUT ? wait_for(fd, HELD, until) : r;
	r = wait_for(fd, HELD, until);
	saved = errno;
	lock_as(fd, F_OFD_SETLK, F_UNLCK, NEXT);
	errno = saved;
	return r;
}

int file_lock(int fd, uint64_t wait_ms)
{
	struct timespec until;

	if (wait_ms > UINT32_MAX)
		return lock_until(fd, NULL);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(wait_ms / 1000);
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	return lock_until(fd, &until);
}

int file_fail_lock(int fd, const char *path, struct tsmmr_error *err)
{
	struct flock who = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	int error = errno;

	/* The kernel says whose it is of a lock that is a process's, not an open file's. */
	if (error == ETIMEDOUT && fcntl(fd, F_OFD_GETLK, &who) == 0 && who.l_type != F_UNLCK &&
	    who.l_pid > 0)
		return fail_os(err, TSMMR_E_IO, error, "%s: process %ld holds the lock", path,
			       (long)who.l_pid);
	return fail_os(err, TSMMR_E_IO, error, "%s: %s", path,
		       error == ETIMEDOUT ? "another program holds the lock" : errno_text(error));
}

void file_unlock(int fd)
{
	lock_as(fd, F_OFD_SETLK, F_UNLCK, BOTH);
}

int file_open_held(const char *root, const char *path, uint64_t wait_ms, struct tsmmr_error *err)
{
	_cleanup_(free) char *full = NULL;
	int fd, r;

	if (asprintf(&full, "%s%s", root, path) < 0) {
		full = NULL;
		return fail_nomem(err);
	}
	fd = file_open_below(root, path, O_WRONLY | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fail_errno(err, "%s: %s", full, errno_text(errno));
	if (file_lock(fd, wait_ms) < 0) {
		r = file_fail_lock(fd, full, err);
		close(fd);
		return r;
	}
	return fd;
}

void file_close_held(int fd)
{
	file_unlock(fd);
	close(fd);
}

int file_put(int fd, const void *p, size_t n, struct tsmmr_error *err)
{
	struct signals signals;
	ssize_t put;

	signals_hold(&signals);
	put = write(fd, p, n);
	signals_release(&signals);
	if (put < 0)
		return fail_errno(err, "%s", errno_text(errno));
	if ((size_t)put != n) {
		errno = EIO;
		return fail_errno(err, "%zd bytes of %zu were taken", put, n);
	}
	return 0;
}
