/* SPDX-License-Identifier: BSD-2-Clause */
/* A file of the command line, or standard input: opened, or read as a whole. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "input.h"
#include "options.h"
#include "scope.h"

bool input_is_stdin(const char *path)
{
	return !strcmp(path, "-");
}

/* A folder that attest wrote is evidence and log in one: for who compares the two. */
static int refuse_directory(struct options *o, const char *name, int fd, uint64_t log)
{
	if (faccessat(fd, FOLDER_MARK, F_OK, 0) == 0)
		return fail(o, TSMMR_E_UNSUPPORTED,
			    "%s: an attest folder, which verify and explain read; its log is"
			    " %s/%s",
			    name, name, FOLDER_LOG);
	errno = EISDIR;
	return fail_errno(o, name, log, "cannot read");
}

int input_open_file(struct options *o, const char *name, uint64_t log, int *ret)
{
	int fd = input_is_stdin(name) ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	int r;

	if (fd < 0)
		return fail_errno(o, name, log, "cannot open");
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		r = refuse_directory(o, name, fd, log);
		if (fd != STDIN_FILENO)
			close(fd);
		return r;
	}

	*ret = fd;
	return 0;
}

int input_read_all(struct options *o, const char *path, size_t limit, uint8_t **ret,
		   size_t *ret_len)
{
	_cleanup_(free) uint8_t *bytes = NULL;
	size_t len = 0, size = 0;
	int fd = -1, saved;
	ssize_t n;
	int r = input_open_file(o, path, TSMMR_NONE, &fd);

	if (r)
		return r;
	for (;;) {
		if (len == size) {
			uint8_t *more = realloc(bytes, size = size ? 2 * size : 16384);

			n = more ? 0 : -1;
			if (!more)
				break;
			bytes = more;
		}
		n = read(fd, bytes + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
		if (len > limit)
			break;
	}

	saved = errno;
	if (fd != STDIN_FILENO)
		close(fd);
	errno = saved;
	if (n < 0)
		return fail_errno(o, path, TSMMR_NONE, "cannot read");
	*ret = take_ptr(bytes);
	*ret_len = len;
	return 0;
}
