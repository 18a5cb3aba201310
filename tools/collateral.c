/* SPDX-License-Identifier: BSD-2-Clause */
/* --collateral: what vendors say of their platforms, in files or folders of them. */
#include "collateral.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tsmmr/regs.h>

#include "input.h"
#include "options.h"
#include "scope.h"

#define COLLATERAL_MAX ((size_t)16 << 20)

static int add_fd(struct options *o, int fd, const char *path)
{
	_cleanup_(free) uint8_t *bytes = NULL;
	struct tsmmr_error err = NO_ERROR;
	size_t len;
	int r = input_read_fd(o, fd, path, COLLATERAL_MAX, &bytes, &len);

	if (fd != STDIN_FILENO)
		close(fd);
	if (r)
		return r;
	if (!len)
		return fail_usage(o, "--collateral: %s is empty", path);
	if (tsmmr_ctx_add_collateral(o->ctx, TSMMR_PART_AUTO, bytes, len, &err) < 0)
		return fail_error(o, path, TSMMR_NONE, &err);
	return 0;
}

static int is_shown(const struct dirent *de)
{
	return *de->d_name != '.';
}

/* In the same order everywhere. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* All of its files are collateral. */
static int add_folder(struct options *o, const char *path)
{
	struct dirent **all = NULL;
	int n = scandir(path, &all, is_shown, by_name), r = 0;

	if (n < 0)
		return fail_errno(o, path, TSMMR_NONE, "cannot read");
	if (!n)
		r = fail_usage(o, "--collateral: %s is empty", path);
	for (int i = 0; i < n; i++) {
		_cleanup_(free) char *file = NULL;
		int fd = -1;

		if (!r && asprintf(&file, "%s/%s", path, all[i]->d_name) < 0)
			r = fail(o, TSMMR_E_NOMEM, "out of memory");
		free(all[i]);
		if (!r)
			r = input_open_found(o, file, TSMMR_NONE, &fd);
		if (!r)
			r = add_fd(o, fd, file);
	}
	free(all);
	return r;
}

int collateral_load(struct options *o)
{
	int r = 0;

	for (size_t i = 0; i < o->collateral.n; i++) {
		const char *path = o->collateral.all[i];
		struct stat st;
		int fd = -1, one;

		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
			r = exit_first(r, add_folder(o, path));
			continue;
		}
		one = input_open_file(o, path, TSMMR_NONE, &fd);
		r = exit_first(r, one ? one : add_fd(o, fd, path));
	}
	if (tsmmr_ctx_set_collateral_grace(o->ctx, o->collateral_grace, NULL) < 0)
		r = exit_first(r, fail_usage(o, "--collateral-grace: too long"));
	return r;
}
