/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory that stands in for "/", made and thrown away by a test. */
#pragma once

#include <ftw.h>
#include <limits.h>

#include "testing.h"

struct tmptree {
	char root[64];
};

static inline void tmp_new(struct tmptree *t)
{
	snprintf(t->root, sizeof(t->root), "/tmp/tsmmr-test-XXXXXX");
	assert_non_null(mkdtemp(t->root));
}

static inline int tmp_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static inline void tmp_done(struct tmptree *t)
{
	assert_int_equal(nftw(t->root, tmp_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* The whole path of what is below the root, its directories made. */
static inline const char *tmp_path(const struct tmptree *t, const char *path)
{
	static char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", t->root, path);
	for (char *p = full + strlen(t->root) + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
		*p = '/';
	}
	return full;
}

static inline void tmp_put(const struct tmptree *t, const char *path, const void *data, size_t n,
			   mode_t mode)
{
	const char *full = tmp_path(t, path);
	FILE *f = fopen(full, "wb");

	assert_non_null(f);
	if (n)
		assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(full, mode), 0);
}

/* A register's file: n bytes of this value. */
static inline void tmp_fill(const struct tmptree *t, const char *path, uint8_t byte, size_t n,
			    mode_t mode)
{
	uint8_t bytes[1024];

	assert_true(n <= sizeof(bytes));
	memset(bytes, byte, n);
	tmp_put(t, path, bytes, n, mode);
}

static inline void tmp_text(const struct tmptree *t, const char *path, const char *text)
{
	tmp_put(t, path, text, strlen(text), 0644);
}

static inline void tmp_link(const struct tmptree *t, const char *path, const char *to)
{
	assert_int_equal(symlink(to, tmp_path(t, path)), 0);
}
