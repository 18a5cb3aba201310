/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that fail, or never return, on demand. */
#include "wrap.h"
#include "symbols.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static struct {
	int count, nth, what, error;
	const char *named;
	bool fired;
} armed;

/* Shared with the children, so that who arms them can say which call it was. */
static char (*names)[16];
#define NAMES_MAX 512

__attribute__((constructor)) static void share_names(void)
{
	names = mmap(NULL, NAMES_MAX * sizeof(*names), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (names == MAP_FAILED)
		_exit(1);
}

void wrap_arm(int nth, int what, int error)
{
	armed.count = 0;
	armed.nth = nth;
	armed.error = error;
	armed.named = NULL;
	armed.fired = false;
	armed.what = what;
}

void wrap_arm_named(const char *name, int nth, int what)
{
	wrap_arm(nth, what, 0);
	armed.named = name;
}

bool wrap_fired(void)
{
	return armed.fired;
}

const char *wrap_name(int nth)
{
	return nth > 0 && nth < NAMES_MAX ? names[nth] : "?";
}

/* What to do with this call: 0 is nothing. */
static int gate(const char *name)
{
	if ((armed.what == WRAP_HALF || armed.what == WRAP_EXIT_HALF) && !strstr(name, "write"))
		return 0;
	if (!armed.what || armed.fired || (armed.named && strcmp(name, armed.named) != 0))
		return 0;
	armed.count++;
	if (armed.count < NAMES_MAX)
		strncpy(names[armed.count], name, sizeof(names[0]) - 1);
	if (armed.count != armed.nth)
		return 0;
	armed.fired = true;
	if (armed.what == WRAP_EXIT_BEFORE)
		_exit(WRAP_EXITED);
	errno = armed.error;
	return armed.what;
}

/* What a call gave, seen through what was to be done with it. */
static long after(int what, long r)
{
	if (what == WRAP_EXIT_HALF)
		_exit(WRAP_EXITED);
	if (what == WRAP_FAIL_AFTER) {
		errno = armed.error;
		return -1;
	}
	return r;
}

#define WRAP(type, symbol, shown, params, args)                                       \
	type REAL(symbol) params;                                                     \
	type WRAPPED(symbol) params;                                                  \
	type WRAPPED(symbol) params                                                   \
	{                                                                             \
		int what = gate(shown);                                               \
                                                                                      \
		return what == WRAP_FAIL ? -1 : (type)after(what, REAL(symbol) args); \
	}

/* The same, for calls that can take a part of what they are given. */
#define WRAP_WRITE(symbol, shown, params, args)                  \
	ssize_t REAL(symbol) params;                             \
	ssize_t WRAPPED(symbol) params;                          \
	ssize_t WRAPPED(symbol) params                           \
	{                                                        \
		int what = gate(shown);                          \
                                                                 \
		if (what == WRAP_FAIL)                           \
			return -1;                               \
		if (what == WRAP_HALF || what == WRAP_EXIT_HALF) \
			n = n / 2 ? n / 2 : n;                   \
		return after(what, REAL(symbol) args);           \
	}

#define SYM_PREAD LFS(pread)
#define SYM_PWRITE LFS(pwrite)
#define SYM_FTRUNCATE LFS(ftruncate)
#define SYM_FALLOCATE LFS(fallocate)
#define SYM_FSTAT LFS(fstat)
#define SYM_FSTATAT LFS(fstatat)
#define SYM_LSEEK LFS(lseek)
#define SYM_FCNTL LFS(fcntl)
#define SYM_OPEN LFS(open)
#define SYM_OPENAT LFS(openat)

WRAP(ssize_t, read, "read", (int fd, void *p, size_t n), (fd, p, n))
WRAP(ssize_t, SYM_PREAD, "pread", (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
WRAP_WRITE(write, "write", (int fd, const void *p, size_t n), (fd, p, n))
WRAP_WRITE(SYM_PWRITE, "pwrite", (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
WRAP(int, fsync, "fsync", (int fd), (fd))
WRAP(int, fdatasync, "fdatasync", (int fd), (fd))
WRAP(int, SYM_FTRUNCATE, "ftruncate", (int fd, off_t n), (fd, n))
WRAP(int, SYM_FALLOCATE, "fallocate", (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
WRAP(int, SYM_FSTAT, "fstat", (int fd, struct stat *st), (fd, st))
WRAP(int, SYM_FSTATAT, "fstatat", (int fd, const char *path, struct stat *st, int flags),
     (fd, path, st, flags))
WRAP(off_t, SYM_LSEEK, "lseek", (int fd, off_t at, int whence), (fd, at, whence))
WRAP(int, mkdir, "mkdir", (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, "mkdirat", (int fd, const char *path, mode_t mode), (fd, path, mode))
WRAP(int, renameat, "renameat", (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(int, close, "close", (int fd), (fd))
WRAP(ssize_t, readlinkat, "readlinkat", (int fd, const char *path, char *to, size_t n),
     (fd, path, to, n))

/* Variadic: what the library gives them is one more argument, or none. */

int REAL(SYM_FCNTL)(int fd, int command, ...);
int WRAPPED(SYM_FCNTL)(int fd, int command, void *p);
int WRAPPED(SYM_FCNTL)(int fd, int command, void *p)
{
	int what = gate("fcntl");

	return what == WRAP_FAIL ? -1 : (int)after(what, REAL(SYM_FCNTL)(fd, command, p));
}

int REAL(SYM_OPEN)(const char *path, int flags, ...);
int WRAPPED(SYM_OPEN)(const char *path, int flags, mode_t mode);
int WRAPPED(SYM_OPEN)(const char *path, int flags, mode_t mode)
{
	int what = gate("open");

	return what == WRAP_FAIL ? -1 : (int)after(what, REAL(SYM_OPEN)(path, flags, mode));
}

int REAL(SYM_OPENAT)(int fd, const char *path, int flags, ...);
int WRAPPED(SYM_OPENAT)(int fd, const char *path, int flags, mode_t mode);
int WRAPPED(SYM_OPENAT)(int fd, const char *path, int flags, mode_t mode)
{
	int what = gate("openat");

	return what == WRAP_FAIL ? -1 : (int)after(what, REAL(SYM_OPENAT)(fd, path, flags, mode));
}

DIR *REAL(opendir)(const char *path);
DIR *WRAPPED(opendir)(const char *path);
DIR *WRAPPED(opendir)(const char *path)
{
	int what = gate("opendir");
	DIR *dir = what == WRAP_FAIL ? NULL : REAL(opendir)(path);

	if (what && after(what, 0) < 0 && dir) {
		closedir(dir);
		dir = NULL;
	}
	return dir;
}

DIR *REAL(fdopendir)(int fd);
DIR *WRAPPED(fdopendir)(int fd);
DIR *WRAPPED(fdopendir)(int fd)
{
	return gate("fdopendir") ? NULL : REAL(fdopendir)(fd);
}
