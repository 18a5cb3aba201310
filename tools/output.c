/* SPDX-License-Identifier: BSD-2-Clause */
/* Where data goes: stdout, or a file that appears whole or not at all; and how it looks. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options.h"
#include "values.h"

#define TEMPORARIES 100

/* --color always is stronger than NO_COLOR, which is stronger than a terminal. */
static bool wants_color(const struct options *o, bool terminal)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (o->color != COLOR_AUTO)
		return o->color == COLOR_ALWAYS;
	return terminal && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static size_t terminal_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t n;

	if (columns && value_number(columns, &n) && n < 10000)
		return (size_t)n;
	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return 80;
}

/* A new file beside path, so that a rename makes it path's successor. */
static int create_beside(const char *path, char **ret_temporary)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash - path) + 1 : 0;

	for (int i = 0; i < TEMPORARIES; i++) {
		char *name;
		int fd;

		if (asprintf(&name, "%.*s.tsmmr-replay.%ld.%d", dir_len, path, (long)getpid(), i) <
		    0)
			return -1;
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0) {
			*ret_temporary = name;
			return fd;
		}
		free(name);
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

/* Nothing that could be replaced, and to make what it names may be what somebody waits for. */
static bool is_dangling(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 && S_ISLNK(st.st_mode);
}

/* What is no regular file (a device, a pipe) is written to, not replaced. */
int output_open_file(struct options *o, const char *name, struct output *out)
{
	struct stat st;
	bool exists = stat(name, &st) == 0;
	int fd;

	*out = (struct output){ .name = name };
	if (!exists && is_dangling(name))
		return fail(o, TSMMR_E_IO, "%s: cannot write: a symbolic link that leads nowhere",
			    name);
	if (exists && !S_ISREG(st.st_mode)) {
		fd = open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	} else {
		/* Behind a symbolic link the file is replaced, not the link. */
		out->path = exists ? realpath(name, NULL) : strdup(name);
		fd = out->path ? create_beside(out->path, &out->temporary) : -1;
		if (fd >= 0 && exists)
			(void)fchmod(fd, st.st_mode & 0777);
	}
	if (fd < 0)
		return fail_errno(o, name, TSMMR_NONE, "cannot write");

	out->file = fdopen(fd, "w");
	if (!out->file) {
		close(fd);
		return fail_errno(o, name, TSMMR_NONE, "cannot write");
	}
	return 0;
}

int output_open(struct options *o, struct output *ret)
{
	*ret = (struct output){ .file = stdout };
	if (o->out && strcmp(o->out, "-") != 0) {
		int r = output_open_file(o, o->out, ret);

		if (r)
			return r;
	}

	ret->terminal = isatty(fileno(ret->file));
	if (ret->terminal)
		progress_stop(&o->progress);
	ret->color = wants_color(o, ret->terminal);
	ret->width = ret->terminal ? terminal_width(fileno(ret->file)) : 0;
	return 0;
}

/* EINVAL: there is nothing to be waited for here, which is no reason to have no file. */
int output_sync(int fd)
{
	int r;

	do
		r = fsync(fd);
	while (r < 0 && errno == EINTR);
	return r < 0 && errno != EINVAL ? -1 : 0;
}

int output_sync_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int r, saved;

	/* One that may be written to and not read is nothing that we could wait for. */
	r = fd < 0 ? (folder && errno == EACCES ? 0 : -1) : output_sync(fd);
	saved = errno;
	if (fd >= 0)
		close(fd);
	free(folder);
	errno = saved;
	return r;
}

/* After a crash there is the old file or the new one, whole. */
static int replace(const struct output *out)
{
	return rename(out->temporary, out->path) < 0 ? -1 : output_sync_name(out->path);
}

int output_commit(struct options *o, struct output *out)
{
	FILE *file = out->file;
	const char *name = file == stdout ? "standard output" : out->name;

	/* After an earlier failure there may be nothing left to flush, and no errno. */
	errno = EPIPE;
	if (fflush(file) != 0 || ferror(file))
		return fail_errno(o, name, TSMMR_NONE, "cannot write");
	if (file == stdout)
		return 0;
	if (out->temporary && output_sync(fileno(file)) < 0)
		return fail_errno(o, name, TSMMR_NONE, "cannot write");

	out->file = NULL;
	if (fclose(file) != 0)
		return fail_errno(o, name, TSMMR_NONE, "cannot write");
	if (out->temporary && replace(out) < 0)
		return fail_errno(o, name, TSMMR_NONE, "cannot write");
	free(out->temporary);
	out->temporary = NULL;
	return 0;
}

void output_close(struct output *out)
{
	if (out->file && out->file != stdout)
		fclose(out->file);
	if (out->temporary)
		unlink(out->temporary);
	free(out->temporary);
	free(out->path);
}

bool output_failed(const struct output *out)
{
	return ferror(out->file);
}

const char *output_paint(const struct output *out, enum paint paint)
{
	static const char *const sequences[] = {
		[PAINT_OFF] = "\033[0m",  [PAINT_DIM] = "\033[2m",    [PAINT_BOLD] = "\033[1m",
		[PAINT_RED] = "\033[31m", [PAINT_GREEN] = "\033[32m", [PAINT_YELLOW] = "\033[33m",
	};

	return out->color ? sequences[paint] : "";
}

bool output_close_text(FILE *f, char *const *text)
{
	bool failed = ferror(f);

	return fclose(f) == 0 && !failed && *text;
}
