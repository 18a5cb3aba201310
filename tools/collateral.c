/* SPDX-License-Identifier: BSD-2-Clause */
/* --collateral: what vendors say of their platforms, in files or folders of them. */
#include "collateral.h"

#include <stdlib.h>
#include <unistd.h>

#include <tsmmr/regs.h>

#include "folder.h"
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

static int add_found(struct options *o, const char *path, void *user)
{
	size_t *n = user;
	int fd = -1, r = input_open_found(o, path, TSMMR_NONE, &fd);

	++*n;
	return r ? r : add_fd(o, fd, path);
}

/* All of its files are collateral. */
static int add_folder(struct options *o, const char *path)
{
	size_t n = 0;
	int r = folder_each(o, path, add_found, &n);

	return r || n ? r : fail_usage(o, "--collateral: %s is empty", path);
}

int collateral_load(struct options *o)
{
	struct tsmmr_error err = NO_ERROR;
	int r = 0;

	for (size_t i = 0; i < o->collateral.n; i++) {
		const char *path = o->collateral.all[i];
		int fd = -1, one;

		if (folder_is(path)) {
			r = exit_first(r, add_folder(o, path));
			continue;
		}
		one = input_open_file(o, path, TSMMR_NONE, &fd);
		r = exit_first(r, one ? one : add_fd(o, fd, path));
	}
	if (tsmmr_ctx_set_collateral_grace(o->ctx, o->collateral_grace, &err) < 0)
		r = exit_first(r, fail_error(o, NULL, TSMMR_NONE, &err));
	return r;
}
