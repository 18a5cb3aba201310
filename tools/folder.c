/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder that attest writes and verify reads: evidence, and the log of what it covers. */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tsmmr/tsmmr.h>

#include "options.h"
#include "report_folder.h"
#include "scope.h"

/* clang-format off */
const struct folder_part folder_parts[N_FOLDER_PARTS] = {
	{ TSMMR_PART_QUOTE, "evidence.bin" },
	{ TSMMR_PART_CERTS, "certs.bin" },
	{ TSMMR_PART_MANIFEST, "manifest.bin" },
	{ TSMMR_PART_QUOTE, "vtpm.bin" }, /* beside the report of its SVSM */
	{ TSMMR_PART_SIG, "sig.bin" },
	{ TSMMR_PART_PCRS, "pcrs.txt" },
	{ TSMMR_PART_AK, "ak.pub" },
};
/* clang-format on */

bool folder_is(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int is_shown(const struct dirent *de)
{
	return *de->d_name != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int folder_each(struct options *o, const char *path,
		int (*each)(struct options *o, const char *path, void *user), void *user)
{
	struct dirent **all = NULL;
	int n = scandir(path, &all, is_shown, by_name), r = 0;

	if (n < 0)
		return fail_errno(o, path, TSMMR_NONE, "cannot read");
	for (int i = 0; i < n; i++) {
		_cleanup_(free) char *entry = NULL;

		if (!r && asprintf(&entry, "%s/%s", path, all[i]->d_name) < 0) {
			entry = NULL;
			r = fail(o, TSMMR_E_NOMEM, "out of memory");
		}
		free(all[i]);
		if (!r)
			r = each(o, entry, user);
	}
	free(all);
	return r;
}

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

static bool has(const char *path, const char *file)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool there = dir >= 0 && faccessat(dir, file, F_OK, 0) == 0;

	if (dir >= 0)
		close(dir);
	return there;
}

/* "PART=PATH/FILE" for each file of the folder. */
static int take_parts(struct options *o, struct words *to, const char *path)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = dir < 0 ? fail_errno(o, path, TSMMR_NONE, "cannot open") : 0;

	for (size_t i = 0; i < N_FOLDER_PARTS && !r; i++) {
		const char *file = folder_parts[i].file, *arg;
		char part[24];

		/* What must be there is reported when it is opened. */
		if (i > 0 && !folder_has_bytes(dir, file))
			continue;
		snprintf(part, sizeof(part),
			 "%s=", tsmmr_name(TSMMR_NAMES_PART, folder_parts[i].part));
		arg = folder_keep(o, part, path, file);
		r = arg ? options_add_word(o, to, arg) : failed(o);
	}
	if (dir >= 0)
		close(dir);
	return r;
}

/* The log of an attest folder, which is the only one then. */
static int take_log(struct options *o, const char *path)
{
	const char *log = folder_keep(o, "", path, FOLDER_LOG);

	return log ? options_add_word(o, &o->own_log, log) : failed(o);
}

static int take_own_log(struct options *o)
{
	if (o->own_log.n > 1)
		return fail_usage(o, "'%s' and '%s' are two logs with evidence of their own",
				  o->own_log.all[0], o->own_log.all[1]);
	if (o->own_log.n && o->n_operands)
		return fail_usage(o, "'%s' comes with its evidence: no other LOG is about that",
				  o->own_log.all[0]);
	if (o->own_log.n) {
		o->operands = (char **)(uintptr_t)o->own_log.all;
		o->n_operands = 1;
	}
	return 0;
}

int folder_take_evidence(struct options *o)
{
	struct words files = { .n = 0 };
	bool log = o->verb->bit & V_LOGS;
	int r = 0;

	for (size_t i = 0; i < o->evidence.n && !r; i++) {
		const char *path = o->evidence.all[i];

		if (!folder_is(path)) {
			r = options_add_word(o, &files, path);
			continue;
		}
		if (has(path, FOLDER_MARK)) {
			r = take_parts(o, &files, path);
			if (!r && log)
				r = take_log(o, path);
		} else {
			r = report_folder_take(o, &files, path);
		}
	}
	free(o->evidence.all);
	o->evidence = files;
	return r ? r : take_own_log(o);
}

int folder_take(struct options *o)
{
	for (size_t i = 0; i < o->n_operands; i++) {
		const char *path = o->operands[i];
		int known;

		if (tsmmr_name_find(TSMMR_NAMES_LOG, path, &known) == 0 || !has(path, FOLDER_MARK))
			continue;
		if (o->n_operands > 1)
			return fail_usage(o,
					  "'%s' is a log and its evidence: no other LOG is about"
					  " that",
					  path);
		if (o->evidence.n)
			return fail_usage(o, "'%s' has its own evidence", path);
		o->n_operands = 0;
		if (options_add_word(o, &o->evidence, path))
			return failed(o);
		break;
	}
	return folder_take_evidence(o);
}
