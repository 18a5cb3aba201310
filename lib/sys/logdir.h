/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the library keeps one register's log: a directory, held under its lock. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tsmmr/types.h>

#include "util/buf.h"

struct kept;

/* Below root; what a context without a directory of its own means. */
extern const char logdir_default[];

/*
 * LOG_DIR/PROVIDER/REGISTER with the files event_log (for everybody to read), state and
 * lock (ours).  The lock belongs to this open of the file, so it holds between threads as
 * it does between processes, and goes when the process does.
 */
struct logdir {
	char *path; /* for messages */
	int dir, lock, state, log;
};

/* Which one. */
struct logdir_name {
	const char *root;
	const char *log_dir; /* absolute, below root */
	const char *provider, *reg;
	struct kept *kept; /* where it stays open, or NULL */
	uint64_t wait_ms;  /* for the lock; TSMMR_NONE: for ever */
};

/*
 * Opens and locks; waits for the lock, and takes it again where it was deleted meanwhile.  create
 * makes what is missing, else E_NOTFOUND when there is no log.  Symbolic links below log_dir are
 * not followed, and a directory or file that others could write to is refused.  E_IO, E_LIMIT (no
 * space), E_NOMEM.
 *
 * A directory that was kept open is used again if its path still leads to it, and all of that
 * still holds.
 */
int logdir_open(const struct logdir_name *name, bool create, struct logdir *ret,
		struct tsmmr_error *err);
void logdir_close(struct logdir *d);

/* All of these: 0, E_IO, or E_LIMIT where there is no space. */
int logdir_log_stat(const struct logdir *d, uint64_t *ret_inode, uint64_t *ret_size,
		    struct tsmmr_error *err);
/* Sees to it that n bytes at offset will have space, where the file system can say so. */
int logdir_log_reserve(const struct logdir *d, uint64_t offset, uint64_t n,
		       struct tsmmr_error *err);
/* The log is what it was up to offset, then these bytes, and durable. */
int logdir_log_write(const struct logdir *d, uint64_t offset, const void *p, size_t n,
		     struct tsmmr_error *err);
int logdir_log_cut(const struct logdir *d, uint64_t len, struct tsmmr_error *err);
/* Keeps the log under another name, that has suffix in it, and begins an empty one. */
int logdir_log_set_aside(struct logdir *d, const char *suffix, struct tsmmr_error *err);
/* Exactly n bytes at offset; fewer are E_IO. */
int logdir_log_read(const struct logdir *d, uint64_t offset, void *to, size_t n,
		    struct tsmmr_error *err);
/* The descriptor, at the log's beginning. */
int logdir_log_rewind(const struct logdir *d, int *ret_fd, struct tsmmr_error *err);

/* Up to max bytes into ret. */
int logdir_state_read(const struct logdir *d, size_t max, struct buf *ret, struct tsmmr_error *err);
int logdir_state_write(const struct logdir *d, const struct buf *state, bool durable,
		       struct tsmmr_error *err);
/* The names in the directory are durable. */
int logdir_sync(const struct logdir *d, struct tsmmr_error *err);

#define BOOT_ID_SIZE 40
/* This boot's id, or "" where /proc is not to be seen. */
int logdir_boot_id(const char *root, char *ret, struct tsmmr_error *err);
/* Are there several files "NAME:…" where path, below root, is?  1, 0 or E_IO. */
int logdir_has_banks(const char *root, const char *path, const char *name, struct tsmmr_error *err);
