/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder that attest writes and verify reads: evidence, and the log of what it covers. */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tsmmr/tsmmr.h>

#include "options.h"
#include "scope.h"

const struct folder_part folder_parts[N_FOLDER_PARTS] = {
	{ TSMMR_PART_QUOTE, "evidence.bin" },
	{ TSMMR_PART_CERTS, "certs.bin" },
	{ TSMMR_PART_MANIFEST, "manifest.bin" },
};

int folder_empty(struct options *o, const char *path)
{
	DIR *dir = opendir(path);
	bool empty = true;
	struct dirent *de;

	if (!dir)
		return fail_errno(o, path, TSMMR_NONE, "cannot write");
	while ((de = readdir(dir)))
		empty &= !strcmp(de->d_name, ".") || !strcmp(de->d_name, "..");
	closedir(dir);
	errno = ENOTEMPTY;
	return empty ? 0 : fail_errno(o, path, TSMMR_NONE, "cannot write");
}

int folder_check(struct options *o, const char *path)
{
	return access(path, F_OK) < 0 && errno == ENOENT ? 0 : folder_empty(o, path);
}

int folder_make(struct options *o, const char *path, int *ret_dir, bool *ret_made)
{
	bool made = mkdir(path, 0777) == 0;
	int dir = made || errno == EEXIST ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (dir < 0)
		return fail_errno(o, path, TSMMR_NONE, "cannot write");
	*ret_dir = dir;
	*ret_made = made;
	return 0;
}

int folder_create(struct options *o, int dir, const char *file, int *ret_fd)
{
	int fd = openat(dir, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd < 0)
		return fail_errno(o, file, TSMMR_NONE, "cannot write");
	*ret_fd = fd;
	return 0;
}

void folder_remove(const char *path, int dir, bool made)
{
	for (size_t i = 0; i < N_FOLDER_PARTS; i++)
		unlinkat(dir, folder_parts[i].file, 0);
	unlinkat(dir, FOLDER_LOG, 0);
	unlinkat(dir, FOLDER_MARK, 0);
	if (made)
		rmdir(path);
}

/* "PREFIX" "PATH/FILE", kept until the end. */
static const char *keep(struct options *o, const char *prefix, const char *path, const char *file)
{
	char *text;

	if (asprintf(&text, "%s%s/%s", prefix, path, file) < 0)
		return NULL;
	if (options_add_word(o, &o->kept, text)) {
		free(text);
		return NULL;
	}
	return text;
}

static bool has(const char *path, const char *file)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool there = dir >= 0 && faccessat(dir, file, F_OK, 0) == 0;

	if (dir >= 0)
		close(dir);
	return there;
}

static int take_one(struct options *o, const char *path, const char **ret_log)
{
	int r = 0;

	if (o->evidence.n)
		return fail_usage(o, "'%s' has its own evidence", path);
	for (size_t i = 0; i < N_FOLDER_PARTS && !r; i++) {
		const char *file = folder_parts[i].file, *arg;
		char part[24];

		/* What must be there is reported when it is opened. */
		if (folder_parts[i].part != TSMMR_PART_QUOTE && !has(path, file))
			continue;
		snprintf(part, sizeof(part),
			 "%s=", tsmmr_name(TSMMR_NAMES_PART, folder_parts[i].part));
		arg = keep(o, part, path, file);
		r = arg ? options_add_word(o, &o->evidence, arg) :
			  fail(o, TSMMR_E_NOMEM, "out of memory");
	}
	if (r)
		return r;
	*ret_log = keep(o, "", path, FOLDER_LOG);
	return *ret_log ? 0 : fail(o, TSMMR_E_NOMEM, "out of memory");
}

int folder_take(struct options *o)
{
	for (size_t i = 0; i < o->n_operands; i++) {
		const char *log;
		int known, r;

		if (tsmmr_name_find(TSMMR_NAMES_LOG, o->operands[i], &known) == 0 ||
		    !has(o->operands[i], FOLDER_MARK))
			continue;
		r = take_one(o, o->operands[i], &log);
		if (r)
			return r;
		o->operands[i] = (char *)(uintptr_t)log;
	}
	return 0;
}
