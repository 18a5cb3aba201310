/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of the process's own, filled and emptied again for each input. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define FOLDER_MADE_MAX 256

struct folder {
	char path[64];
	/* What an input put there, by its whole path, and in the order in which it was made. */
	char *made[FOLDER_MADE_MAX];
	size_t n;
};

static inline int folder_remove_one(const char *path, const struct stat *st, int type,
				    struct FTW *ftw)
{
	return remove(path);
}

static inline struct folder *folder_own(void)
{
	static struct folder own;

	return &own;
}

static inline void folder_gone(void)
{
	nftw(folder_own()->path, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* In memory where there is such a file system: a disk would be what is measured. */
static inline struct folder *folder_get(void)
{
	struct folder *f = folder_own();

	if (*f->path)
		return f;
	snprintf(f->path, sizeof(f->path), "%s/tsmmr-fuzz.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	PROMISE(mkdtemp(f->path));
	atexit(folder_gone);
	return f;
}

static inline void folder_note(struct folder *f, const char *path)
{
	PROMISE(f->n < FOLDER_MADE_MAX);
	f->made[f->n] = strdup(path);
	PROMISE(f->made[f->n++]);
}

/* The folders on the way to a path; false where something else is in the way, or too much. */
static inline bool folder_way(struct folder *f, char *path)
{
	for (char *p = path + strlen(f->path) + 1; (p = strchr(p, '/')); p++) {
		bool there;

		*p = 0;
		there = mkdir(path, 0755) == 0;
		if (there)
			folder_note(f, path);
		*p = '/';
		if ((!there && errno != EEXIST) || f->n + 2 > FOLDER_MADE_MAX)
			return false;
	}
	return true;
}

/* In inputs, too: tests/gen/machineseeds.py has the same numbers. */
enum folder_kind { FOLDER_FILE, FOLDER_LINK, FOLDER_DIR, FOLDER_FIFO };

/* What cannot be made is left out: a name twice, one in a file, one that is too long. */
static inline void folder_put(struct folder *f, const char *below, enum folder_kind kind,
			      mode_t mode, const void *data, size_t n)
{
	char path[PATH_MAX], to[PATH_MAX];
	int fd = -1, r = -1;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", f->path, below) >= sizeof(path) ||
	    !folder_way(f, path) || f->n == FOLDER_MADE_MAX)
		return;
	switch (kind) {
	case FOLDER_FILE:
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		r = fd < 0 ? -1 : 0;
		break;
	case FOLDER_DIR:
		r = mkdir(path, 0755);
		break;
	case FOLDER_LINK:
		snprintf(to, sizeof(to), "%.*s", (int)n, (const char *)data);
		r = symlink(to, path);
		break;
	case FOLDER_FIFO:
		r = mkfifo(path, 0644);
		break;
	}
	if (fd >= 0) {
		PROMISE(!n || write(fd, data, n) == (ssize_t)n);
		PROMISE(fchmod(fd, mode) == 0);
		close(fd);
	}
	if (r == 0)
		folder_note(f, path);
}

static inline void folder_empty_again(struct folder *f)
{
	while (f->n) {
		char *path = f->made[--f->n];

		PROMISE(remove(path) == 0);
		free(path);
	}
}

/* An input is read from its front. */
struct bytes_left {
	const uint8_t *p;
	size_t n;
};

static inline uint8_t take_byte(struct bytes_left *in)
{
	return in->n ? (in->n--, *in->p++) : 0;
}

/* Up to a newline, which is taken too: its length, at most size - 1; ends in a NUL. */
static inline size_t take_line(struct bytes_left *in, char *ret, size_t size)
{
	size_t n = 0;

	while (in->n) {
		char c = (char)take_byte(in);

		if (c == '\n')
			break;
		if (c && n < size - 1)
			ret[n++] = c;
	}
	ret[n] = 0;
	return n;
}

/* As many bytes as the next one says. */
static inline const uint8_t *take_block(struct bytes_left *in, size_t *ret_n)
{
	const uint8_t *p;
	size_t n = take_byte(in);

	if (n > in->n)
		n = in->n;
	*ret_n = n;
	p = in->p;
	if (n) {
		in->p += n;
		in->n -= n;
	}
	return p;
}
