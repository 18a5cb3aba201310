/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded: a file changes just before it is read again.  CHANGE_FILE becomes what
 * CHANGE_TO holds the CHANGE_AT-th time that somebody goes back in a file.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void change(void)
{
	const char *path = getenv("CHANGE_FILE"), *with = getenv("CHANGE_TO");
	const char *at = getenv("CHANGE_AT");
	static int times;
	char bytes[1024];
	int from, to;
	ssize_t n;

	if (!path || !with || !at || ++times != atoi(at))
		return;
	from = open(with, O_RDONLY);
	to = open(path, O_WRONLY | O_TRUNC);
	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)n) != n)
			abort();
	if (n < 0 || close(from) < 0 || close(to) < 0)
		abort();
}

__attribute__((visibility("default"))) off_t lseek(int fd, off_t offset, int whence)
{
	off_t (*next)(int fd, off_t offset, int whence) =
		(off_t(*)(int, off_t, int))dlsym(RTLD_NEXT, "lseek");

	if (whence == SEEK_CUR && offset < 0)
		change();
	return next(fd, offset, whence);
}
