/* SPDX-License-Identifier: BSD-2-Clause */
/* What a tree keeps of a register's log between one append and the next. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <tsmmr/types.h>

#include "util/cleanup.h"
#include "util/lines.h"

/* Who waits for its turn to append; a member of what it is about, its first. */
struct kept_waiting {
	struct kept_waiting *next;
	bool answered;
};

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

	/* Who waits, the first first; one of them leads, and turn says that this changed. */
	struct kept_waiting *first, **end;
	bool is_led;
	pthread_cond_t turn;
	pid_t process;

	/* Under lines_lock: where lines begin of the log of that inode, up to lines_end. */
	pthread_mutex_t lines_lock;
	struct lines lines;
	uint64_t inode, lines_end;
	uint8_t value[TSMMR_HASH_SIZE_MAX]; /* what the log replayed to there */
	bool is_full;                       /* it has more, and none is remembered */
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

/* Is it the process that made it?  A child that was forked has nobody who would lead it. */
bool kept_is_ours(const struct kept *k);
/* Waits until w is answered, or else, and then it says true, leads. */
bool kept_wait(struct kept *k, struct kept_waiting *w);
/* Who leads takes those that wait longest, at most max, and answers all that it took. */
size_t kept_take(struct kept *k, struct kept_waiting **ret, size_t max);
void kept_answer(struct kept *k, struct kept_waiting **all, size_t n);
/* It leads no more. */
void kept_resign(struct kept *k);
