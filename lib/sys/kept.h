/* SPDX-License-Identifier: BSD-2-Clause */
/* What a tree keeps of a register's log between one append and the next. */
#pragma once

#include <pthread.h>
#include <sys/stat.h>

#include "util/cleanup.h"

/* A file or directory that is held open: no other can get its number. */
struct kept_id {
	dev_t dev;
	ino_t ino;
};

static inline struct kept_id kept_id_of(const struct stat *st)
{
	return (struct kept_id){ st->st_dev, st->st_ino };
}

static inline bool kept_is(const struct kept_id *id, const struct stat *st)
{
	return id->dev == st->st_dev && id->ino == st->st_ino;
}

/* Threads share it.  lock is held for as long as it takes to look, and never while waiting. */
struct kept {
	pthread_mutex_t lock;

	/* LOG_DIR/PROVIDER/REGISTER, or -1, and what LOG_DIR, PROVIDER and it were. */
	int dir;
	char *path;
	struct kept_id ids[3];

	char *name; /* REGISTER, once it was asked for */
};

/* NULL: no memory. */
struct kept *kept_new(void);
void kept_free(struct kept *k);
/* A duplicate of the directory at path, and what it was; -1 where none is kept. */
int kept_dir(struct kept *k, const char *path, struct kept_id ret_ids[3]);
/* Keeps a duplicate of it instead of what was kept; where that fails, nothing. */
void kept_set_dir(struct kept *k, const char *path, int dir, const struct kept_id ids[3]);
/* A copy of the name; NULL where there is none, or no memory. */
char *kept_name(struct kept *k);
void kept_set_name(struct kept *k, const char *name);
