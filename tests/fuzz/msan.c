/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glibc's own stat() and its kin, of 2.33 and later: an older clang's MemorySanitizer does not see
 * that they write.
 */
#include <fcntl.h>
#include <sanitizer/msan_interface.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int fstatat(int at, const char *path, struct stat *st, int flags)
{
	int r = (int)syscall(SYS_newfstatat, at, path, st, flags);

	if (r == 0)
		__msan_unpoison(st, sizeof(*st));
	return r;
}

int fstat(int fd, struct stat *st)
{
	return fstatat(fd, "", st, AT_EMPTY_PATH);
}

int stat(const char *path, struct stat *st)
{
	return fstatat(AT_FDCWD, path, st, 0);
}

int lstat(const char *path, struct stat *st)
{
	return fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}
