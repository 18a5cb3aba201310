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

bool input_is_stdin_value(const char *value)
{
	const char *equals = strchr(value, '='), *colon = strchr(value, ':');

	if (value[0] == '@' && colon && input_is_stdin(colon + 1))
		return true;
	return input_is_stdin(equals ? equals + 1 : value[0] == '@' ? value + 1 : value);
}

size_t input_stdin_values(const struct options *o)
{
	const struct words *const all[] = { &o->evidence,  &o->expect,     &o->expect_any,
					    &o->manifest,  &o->trust_root, &o->policy,
					    &o->reference, &o->collateral };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (size_t k = 0; k < all[i]->n; k++)
			n += input_is_stdin_value(all[i]->all[k]);
	return n;
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

static bool is_found(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->found.n; i++)
		if (o->found.all[i] == name)
			return true;
	return false;
}

int input_open_found(struct options *o, const char *name, uint64_t log, int *ret)
{
	struct stat st;
	int fd, r;

	/* To open a device may be to do something, so it is looked at before and after. */
	if (stat(name, &st) < 0)
		return fail_errno(o, name, log, "cannot open");
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return fail(o, TSMMR_E_IO, "%s: not a file", name);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fail_errno(o, name, log, "cannot open");
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fcntl(fd, F_SETFL, 0) == 0) {
		*ret = fd;
		return 0;
	}
	r = S_ISDIR(st.st_mode) ? refuse_directory(o, name, fd, log) :
				  fail(o, TSMMR_E_IO, "%s: not a file", name);
	close(fd);
	return r;
}

int input_open_file(struct options *o, const char *name, uint64_t log, int *ret)
{
	struct stat st;
	int fd, r;

	if (is_found(o, name))
		return input_open_found(o, name, log, ret);
	fd = input_is_stdin(name) ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
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

int input_read_fd(struct options *o, int fd, const char *path, size_t limit, uint8_t **ret,
		  size_t *ret_len)
{
	_cleanup_(free) uint8_t *bytes = NULL;
	size_t len = 0, size = 0;
	ssize_t n;

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

	if (n < 0)
		return fail_errno(o, path, TSMMR_NONE, "cannot read");
	*ret = take_ptr(bytes);
	*ret_len = len;
	return 0;
}

int input_read_all(struct options *o, const char *path, size_t limit, uint8_t **ret,
		   size_t *ret_len)
{
	int fd = -1, r = input_open_file(o, path, TSMMR_NONE, &fd);

	if (r)
		return r;
	r = input_read_fd(o, fd, path, limit, ret, ret_len);
	if (fd != STDIN_FILENO)
		close(fd);
	return r;
}
