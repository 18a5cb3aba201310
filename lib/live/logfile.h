/* SPDX-License-Identifier: BSD-2-Clause */
/* A register's text log that the library keeps, and what is known about it. */
#pragma once

#include "crypto/hash.h"
#include "core/stream.h"
#include "sys/logdir.h"
#include "sys/tree.h"

/*
 * The state file, which saves the next append from reading the log.  It is written in
 * place and has a checksum: a torn one is as good as none, for an extension comes only
 * after its state is whole.  The boot id is its first line and only a new boot changes it.
 */
struct log_state {
	char boot[BOOT_ID_SIZE]; /* "": not known */
	uint64_t inode, len;     /* the log, without what is pending */
	bool anchored;           /* it has a SYNC, so it replays to value */
	uint8_t value[TSMMR_HASH_SIZE_MAX];

	/* What is pending: text to add to the log, and the register before and after it. */
	struct buf text; /* empty: nothing */
	uint8_t before[TSMMR_HASH_SIZE_MAX], after[TSMMR_HASH_SIZE_MAX];
	bool failed;          /* the write did, and did not say that nothing was extended */
	bool leaves_anchored; /* anchored and value with the text in the log */
	uint8_t leaves[TSMMR_HASH_SIZE_MAX];
};

struct logfile {
	const struct tsmmr_ctx *ctx;
	const struct tree_reg *reg;
	struct hasher hasher;
	struct logdir dir;
	struct log_state state;
	uint8_t now[TSMMR_HASH_SIZE_MAX]; /* the register, as last read */
	bool repaired;                    /* something was not as we had left it */
};

/*
 * Opens, locks and understands the log of a register.  What is pending is left pending.
 * create as in logdir_open().
 */
int logfile_open(const struct tsmmr_ctx *ctx, const struct tree_reg *reg, bool create,
		 struct logfile *ret, struct tsmmr_error *err);
void logfile_close(struct logfile *f);
static inline void logfile_close_p(struct logfile *f)
{
	logfile_close(f);
}
/* Reads the register into f->now. */
int logfile_look(struct logfile *f, struct tsmmr_error *err);
int logfile_save(struct logfile *f, bool durable, struct tsmmr_error *err);
static inline bool logfile_equal(const struct logfile *f, const uint8_t *a, const uint8_t *b)
{
	return hash_equal(a, b, f->hasher.alg->size);
}

/* A hasher for the register; E_UNSUPPORTED when no log of it could be kept. */
int textlog_hasher(const struct tree_reg *reg, struct hasher *ret, struct tsmmr_error *err);

/* What a text log says from its first byte to its last, in memory that does not grow. */
struct textlog {
	bool anchored; /* it has a SYNC; value is what it replays to */
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	bool found; /* the record that was asked for is in it */
	bool torn;  /* the last line has no newline; it begins at last, before it: */
	uint64_t last;
	bool was_anchored;
	uint8_t was[TSMMR_HASH_SIZE_MAX];
};

/* fd is read from where it stands.  wanted may be empty. */
int textlog_walk(const struct tree_reg *reg, int fd, struct span wanted, struct textlog *ret,
		 struct tsmmr_error *err);
