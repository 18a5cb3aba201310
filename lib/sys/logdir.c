/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the library keeps one register's log. */
#include "sys/logdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/kept.h"
#include "sys/signals.h"
#include "util/error.h"

/* A lock that is deleted each time it was waited for is somebody's attack, not an accident. */
#define LOCK_TRIES 16

const char logdir_default[] = "/run/tsmmr";

/* A disk that is full is an answer, not an accident. */
static int fail_path(struct tsmmr_error *err, const char *path, const char *name)
{
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return fail(err, TSMMR_E_LIMIT, "%s/%s: %s", path, name, errno_text(errno));
	return fail_errno(err, "%s/%s: %s", path, name, errno_text(errno));
}

static int sync_fd(int fd)
{
	int r;

	do
		r = fsync(fd);
	while (r < 0 && errno == EINTR);
	return r;
}

/* Who could write here could put another log in place of ours, or hold the lock for ever. */
static bool is_ours(const struct stat *st)
{
	return !(st->st_mode & (S_IWGRP | S_IWOTH)) && (!st->st_uid || st->st_uid == geteuid());
}

static int check_owner(int fd, struct kept_id *ret_id, struct tsmmr_error *err, const char *path,
		       const char *name)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_path(err, path, name);
	*ret_id = kept_id_of(&st);
	if (!is_ours(&st)) {
		errno = EPERM;
		return fail_errno(err, "%s/%s: others can write to this directory", path, name);
	}
	return 0;
}

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* The directory name in the directory at; a new one is made durable. */
static int enter(int at, const char *path, const char *name, bool create, struct kept_id *ret_id,
		 struct tsmmr_error *err)
{
	int fd = openat(at, name, DIR_FLAGS | O_NOFOLLOW);
	int r;

	if (fd < 0 && errno == ENOENT && create) {
		if (mkdirat(at, name, 0755) < 0 && errno != EEXIST)
			return fail_path(err, path, name);
		if (sync_fd(at) < 0)
			return fail_path(err, path, name);
		fd = openat(at, name, DIR_FLAGS | O_NOFOLLOW);
	}
	if (fd < 0 && errno == ENOENT && !create)
		return fail(err, TSMMR_E_NOTFOUND, "%s/%s: no such directory", path, name);
	if (fd < 0)
		return fail_path(err, path, name);

	r = check_owner(fd, ret_id, err, path, name);
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

/* Like mkdir -p, but for the part of path that stands in for the machine's root. */
static int make_parents(const struct logdir_name *name, struct tsmmr_error *err)
{
	_cleanup_(free) char *path = strdup(name->log_dir);
	size_t n;

	if (!path)
		return fail_nomem(err);
	for (char *p = path; *p; p += n) {
		char was;
		int at, r;

		*p++ = 0; /* the slash: path is what it is in */
		n = strcspn(p, "/");
		was = p[n];
		p[n] = 0;
		at = file_open_in(name->root, *path ? path : "/", O_PATH | O_DIRECTORY);
		r = at < 0 ? -1 : mkdirat(at, *p ? p : ".", 0755);
		if (r < 0 && errno != EEXIST)
			r = fail_path(err, path, p);
		else
			r = 0;
		if (at >= 0)
			close(at);
		if (r < 0)
			return r;
		p[-1] = '/';
		p[n] = was;
	}
	return 0;
}

static int enter_base(const struct logdir_name *name, bool create, struct kept_id *ret_id,
		      struct tsmmr_error *err)
{
	_cleanup_(free) char *path = NULL;
	int fd, r;

	if (asprintf(&path, "%s%s", name->root, name->log_dir) < 0) {
		path = NULL;
		return fail_nomem(err);
	}
	fd = file_open_in(name->root, name->log_dir, DIR_FLAGS);
	if (fd < 0 && errno == ENOENT && create) {
		r = make_parents(name, err);
		if (r < 0)
			return r;
		fd = file_open_in(name->root, name->log_dir, DIR_FLAGS);
	}
	if (fd < 0 && errno == ENOENT && !create)
		return fail(err, TSMMR_E_NOTFOUND, "%s: no such directory", path);
	if (fd < 0)
		return fail_errno(err, "%s: %s", path, errno_text(errno));

	r = check_owner(fd, ret_id, err, path, "");
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

/*
 * A file of ours, and nothing that only has its name: an event_log that others may write to says
 * what they like, and a lock is held by whoever can open it.
 */
static int open_file(const struct logdir *d, const char *name, mode_t mode, bool create, int *ret,
		     struct tsmmr_error *err)
{
	int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	struct stat st;
	int fd = openat(d->dir, name, flags | (create ? O_CREAT : 0), mode);

	if (fd < 0 && errno == ENOENT && !create)
		return fail(err, TSMMR_E_NOTFOUND, "%s/%s: no such file", d->path, name);
	if (fd < 0)
		return fail_path(err, d->path, name);
	*ret = fd;
	if (fstat(fd, &st) < 0)
		return fail_path(err, d->path, name);
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return fail_errno(err, "%s/%s: not a file", d->path, name);
	}
	if (!is_ours(&st)) {
		errno = EPERM;
		return fail_errno(err, "%s/%s: others can write to this file", d->path, name);
	}
	return 0;
}

/* A name that is one component of a path. */
static bool is_component(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int enter_all(const struct logdir_name *name, bool create, struct logdir *d,
		     struct tsmmr_error *err)
{
	struct kept_id ids[3];
	int base, middle;

	base = enter_base(name, create, &ids[0], err);
	if (base < 0)
		return base;
	middle = enter(base, name->log_dir, name->provider, create, &ids[1], err);
	close(base);
	if (middle < 0)
		return middle;
	d->dir = enter(middle, name->provider, name->reg, create, &ids[2], err);
	close(middle);
	if (d->dir < 0)
		return d->dir;
	if (name->kept)
		kept_set_dir(name->kept, d->path, d->dir, ids);
	return 0;
}

/* Is the directory with the first n bytes of path still that one, and nobody else's? */
static bool is_still(const char *path, size_t n, int flags, const struct kept_id *id)
{
	_cleanup_(free) char *part = strndup(path, n);
	struct stat st;

	return part && fstatat(AT_FDCWD, part, &st, flags) == 0 && kept_is(id, &st) && is_ours(&st);
}

/*
 * The walk of enter_all() over again, without opening what is open: it was no link then, and the
 * numbers say that the same directories are in the same places.
 */
static int reenter(const struct logdir_name *name, const struct logdir *d)
{
	size_t base = strlen(name->root) + strlen(name->log_dir);
	size_t middle = base + 1 + strlen(name->provider);
	struct kept_id ids[3];
	int fd = name->kept ? kept_dir(name->kept, d->path, ids) : -1;

	if (fd < 0 || (is_still(d->path, base, 0, &ids[0]) &&
		       is_still(d->path, middle, AT_SYMLINK_NOFOLLOW, &ids[1]) &&
		       is_still(d->path, strlen(d->path), AT_SYMLINK_NOFOLLOW, &ids[2])))
		return fd;
	close(fd);
	return -1;
}

/*
 * Would who comes next lock the same file?  It may have been deleted while it was waited for.  -1
 * and errno where that cannot be seen.
 */
static int is_current(const struct logdir *d)
{
	struct stat ours, now;

	if (fstat(d->lock, &ours) < 0)
		return -1;
	if (fstatat(d->dir, "lock", &now, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	return ours.st_nlink && ours.st_dev == now.st_dev && ours.st_ino == now.st_ino;
}

static void unlock(struct logdir *d)
{
	if (d->lock >= 0) {
		file_unlock(d->lock);
		close(d->lock);
	}
	d->lock = -1;
}

static int take_lock(struct logdir *d, bool create, uint64_t wait_ms, struct tsmmr_error *err)
{
	_cleanup_(free) char *path = NULL;

	if (asprintf(&path, "%s/lock", d->path) < 0) {
		path = NULL;
		return fail_nomem(err);
	}
	for (int i = 0; i < LOCK_TRIES; i++) {
		int r = open_file(d, "lock", 0600, create, &d->lock, err);

		if (r < 0)
			return r;
		if (file_lock(d->lock, wait_ms) < 0)
			return file_fail_lock(d->lock, path, err);
		r = is_current(d);
		if (r)
			return r < 0 ? fail_path(err, d->path, "lock") : 0;
		unlock(d);
	}
	errno = ESTALE;
	return fail_errno(err, "%s: deleted again and again", path);
}

static int open_all(const struct logdir_name *name, bool create, struct logdir *d,
		    struct tsmmr_error *err)
{
	int r = 0;

	if (asprintf(&d->path, "%s%s/%s/%s", name->root, name->log_dir, name->provider, name->reg) <
	    0) {
		d->path = NULL;
		return fail_nomem(err);
	}
	d->dir = reenter(name, d);
	if (d->dir < 0)
		r = enter_all(name, create, d, err);
	if (r == 0)
		r = take_lock(d, create, name->wait_ms, err);
	if (r == 0)
		r = open_file(d, "state", 0600, create, &d->state, err);
	if (r == 0)
		r = open_file(d, "event_log", 0644, create, &d->log, err);
	return r;
}

int logdir_open(const struct logdir_name *name, bool create, struct logdir *ret,
		struct tsmmr_error *err)
{
	struct logdir d = { .dir = -1, .lock = -1, .state = -1, .log = -1 };
	int r;

	if (!is_component(name->provider) || !is_component(name->reg))
		return fail(err, TSMMR_E_ARG, "%s/%s cannot be the name of a directory",
			    name->provider, name->reg);
	if (*name->log_dir != '/')
		return fail(err, TSMMR_E_ARG, "the log directory must be an absolute path");
	r = open_all(name, create, &d, err);
	if (r < 0) {
		logdir_close(&d);
		return r;
	}
	*ret = d;
	return 0;
}

void logdir_close(struct logdir *d)
{
	if (d->log >= 0)
		close(d->log);
	if (d->state >= 0)
		close(d->state);
	unlock(d);
	if (d->dir >= 0)
		close(d->dir);
	free(d->path);
	*d = (struct logdir){ .dir = -1, .lock = -1, .state = -1, .log = -1 };
}

int logdir_log_stat(const struct logdir *d, uint64_t *ret_inode, uint64_t *ret_size,
		    struct tsmmr_error *err)
{
	struct stat st;

	if (fstat(d->log, &st) < 0)
		return fail_path(err, d->path, "event_log");
	*ret_inode = st.st_ino;
	*ret_size = (uint64_t)st.st_size;
	return 0;
}

int logdir_log_reserve(const struct logdir *d, uint64_t offset, uint64_t n, struct tsmmr_error *err)
{
	int r;

	do
		r = fallocate(d->log, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)n);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno != EOPNOTSUPP && errno != ENOSYS)
		return fail_path(err, d->path, "event_log");
	return 0;
}

static int write_at(int fd, uint64_t offset, const uint8_t *p, size_t n)
{
	while (n) {
		struct signals signals;
		ssize_t put;

		signals_hold_of_writes(&signals);
		put = pwrite(fd, p, n, (off_t)offset);
		signals_release(&signals);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		p += put;
		n -= (size_t)put;
		offset += (uint64_t)put;
	}
	return 0;
}

static int sync_data(int fd)
{
	int r;

	do
		r = fdatasync(fd);
	while (r < 0 && errno == EINTR);
	return r;
}

int logdir_log_write(const struct logdir *d, uint64_t offset, const void *p, size_t n,
		     struct tsmmr_error *err)
{
	uint64_t inode, size;
	int r = logdir_log_stat(d, &inode, &size, err);

	if (r < 0)
		return r;
	if (size > offset + n && ftruncate(d->log, (off_t)(offset + n)) < 0)
		return fail_path(err, d->path, "event_log");
	if (write_at(d->log, offset, p, n) < 0 || sync_data(d->log) < 0)
		return fail_path(err, d->path, "event_log");
	return 0;
}

int logdir_log_cut(const struct logdir *d, uint64_t len, struct tsmmr_error *err)
{
	return ftruncate(d->log, (off_t)len) < 0 ? fail_path(err, d->path, "event_log") : 0;
}

/* The directory is ours and under our lock, so a name that is free stays free. */
static int free_name(const struct logdir *d, const char *suffix, char *ret, size_t size)
{
	struct stat st;

	snprintf(ret, size, "event_log.%s", suffix);
	for (int i = 1; i < 1000; i++) {
		if (fstatat(d->dir, ret, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return errno == ENOENT ? 0 : -1;
		snprintf(ret, size, "event_log.%s.%d", suffix, i);
	}
	errno = EEXIST;
	return -1;
}

int logdir_log_set_aside(struct logdir *d, const char *suffix, struct tsmmr_error *err)
{
	char name[96];

	if (free_name(d, suffix, name, sizeof(name)) < 0 ||
	    renameat(d->dir, "event_log", d->dir, name) < 0)
		return fail_path(err, d->path, "event_log");
	close(d->log);
	d->log = -1;
	if (sync_fd(d->dir) < 0)
		return fail_path(err, d->path, "event_log");
	return open_file(d, "event_log", 0644, true, &d->log, err);
}

int logdir_log_read(const struct logdir *d, uint64_t offset, void *to, size_t n,
		    struct tsmmr_error *err)
{
	uint8_t *p = to;

	while (n) {
		ssize_t got = pread(d->log, p, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			errno = got ? errno : EIO;
			return fail_path(err, d->path, "event_log");
		}
		p += got;
		n -= (size_t)got;
		offset += (uint64_t)got;
	}
	return 0;
}

int logdir_log_rewind(const struct logdir *d, int *ret_fd, struct tsmmr_error *err)
{
	if (lseek(d->log, 0, SEEK_SET) < 0)
		return fail_path(err, d->path, "event_log");
	*ret_fd = d->log;
	return 0;
}

int logdir_state_read(const struct logdir *d, size_t max, struct buf *ret, struct tsmmr_error *err)
{
	while (ret->n < max) {
		size_t room = max - ret->n;
		uint8_t *to = buf_room(ret, room);
		ssize_t got;

		if (!to)
			return fail_nomem(err);
		got = pread(d->state, to, room, (off_t)ret->n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_path(err, d->path, "state");
		if (!got)
			break;
		ret->n += (size_t)got;
	}
	return 0;
}

int logdir_state_write(const struct logdir *d, const struct buf *state, bool durable,
		       struct tsmmr_error *err)
{
	if (write_at(d->state, 0, state->p, state->n) < 0 || (durable && sync_data(d->state) < 0))
		return fail_path(err, d->path, "state");
	return 0;
}

int logdir_sync(const struct logdir *d, struct tsmmr_error *err)
{
	return sync_fd(d->dir) < 0 ? fail_path(err, d->path, "") : 0;
}

int logdir_boot_id(const char *root, char *ret, struct tsmmr_error *err)
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";
	int fd = file_open_below(root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	ssize_t n = -1;

	*ret = 0;
	/* Not there is one thing.  Anything else must not make a good log look old. */
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return fail_errno(err, "%s%s: %s", root, path, errno_text(errno));
	if (file_is_regular(fd))
		do
			n = read(fd, ret, BOOT_ID_SIZE - 1);
		while (n < 0 && errno == EINTR);
	if (n < 0)
		fail_errno(err, "%s%s: %s", root, path, errno_text(errno));
	close(fd);
	if (n < 0)
		return TSMMR_E_IO;
	ret[n] = 0;
	ret[strspn(ret, "0123456789abcdef-")] = 0;
	return 0;
}

int logdir_has_banks(const char *root, const char *path, const char *name, struct tsmmr_error *err)
{
	const char *slash = strrchr(path, '/');
	_cleanup_(free) char *parent = strndup(path, slash ? (size_t)(slash - path) : 0);
	size_t len = strlen(name);
	struct dirent *entry;
	int fd, n = 0;
	DIR *dir;

	if (!parent)
		return fail_nomem(err);
	fd = file_open_in(root, *parent ? parent : "/", DIR_FLAGS);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		n = fail_errno(err, "%s%s: %s", root, parent, errno_text(errno));
		if (fd >= 0)
			close(fd);
		return n;
	}
	while ((errno = 0, entry = readdir(dir)))
		n += strncmp(entry->d_name, name, len) == 0 && entry->d_name[len] == ':';
	if (errno)
		n = fail_errno(err, "%s%s: %s", root, parent, errno_text(errno));
	closedir(dir);
	return n < 0 ? n : n > 1;
}
