/* SPDX-License-Identifier: BSD-2-Clause */
/* Files without a name, for as long as the command runs. */
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

const char *temporary_folder(void)
{
	const char *folder = secure_getenv("TMPDIR");

	return folder && *folder ? folder : P_tmpdir;
}

FILE *temporary_open(void)
{
	FILE *file = NULL;
	char *path;
	int fd;

	if (asprintf(&path, "%s/tsmmr-XXXXXX", temporary_folder()) < 0) {
		errno = ENOMEM;
		return NULL;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0 && unlink(path) == 0)
		file = fdopen(fd, "w+");
	if (fd >= 0 && !file) {
		int error = errno;

		close(fd);
		errno = error;
	}
	free(path);
	return file;
}
