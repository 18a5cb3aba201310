/* SPDX-License-Identifier: BSD-2-Clause */
/* A register's text log that the library keeps, and what is known about it. */
#pragma once

#include "live/live.h"
#include "crypto/hash.h"
#include "core/stream.h"
#include "sys/logdir.h"
#include "sys/tree.h"

/* What may be pending at once: several records, or one and whatever goes with it. */
#define PENDING_MAX ((size_t)16 << 10)

/*
 * The state file, which saves the next append from reading the log.  It is written in
 * place and has a checksum: a torn one is as good as none, for an extension comes only
 * after its state is whole.  The boot id is its first line and only a new boot changes it.
 */
struct log_state {
	char boot[BOOT_ID_SIZE]; /* "": not known */
	uint64_t inode, len;     /* the log, without what is pending */
	struct buf text;         /* pending, to be added to the log; empty: nothing */

	bool failed; /* the write did, and did not say that nothing was extended */

	struct bank_state {
		bool anchored; /* the log has a SYNC of the bank, so it replays to value */
		uint8_t value[TSMMR_HASH_SIZE_MAX];

		/* Of what is pending: the register before and after it. */
		uint8_t before[TSMMR_HASH_SIZE_MAX], after[TSMMR_HASH_SIZE_MAX];
		bool leaves_anchored; /* anchored and value with the text in the log */
		uint8_t leaves[TSMMR_HASH_SIZE_MAX];
	} banks[LOG_BANKS_MAX];
};

/* A bank of the register whose log it is. */
struct log_bank {
	const struct tree_reg *reg;
	struct hasher hasher;
	uint8_t now[TSMMR_HASH_SIZE_MAX]; /* the register, as last read */
};

struct logfile {
	const struct tsmmr_ctx *ctx;
	struct log_bank banks[LOG_BANKS_MAX]; /* the first is that whose log it is */
	size_t n_banks;
	struct logdir dir;
	struct log_state state;
	bool repaired;    /* something was not as we had left it */
	size_t n_doubted; /* records at its end that may not have been extended */
};

/*
 * Opens, locks and understands the log of a register, one of the scan, with the banks that
 * follow it.  What is pending is left pending.  create as in logdir_open().
 */
int logfile_open(const struct tsmmr_tree *tree, const struct tree_reg *reg, bool create,
		 struct logfile *ret, struct tsmmr_error *err);
void logfile_close(struct logfile *f);
static inline void logfile_close_p(struct logfile *f)
{
	logfile_close(f);
}
/* Reads every bank of the register into its now. */
int logfile_look(struct logfile *f, struct tsmmr_error *err);
int logfile_save(struct logfile *f, bool durable, struct tsmmr_error *err);
static inline bool bank_equal(const struct log_bank *b, const uint8_t *x, const uint8_t *y)
{
	return hash_equal(x, y, b->hasher.alg->size);
}

/* A hasher for the register; E_UNSUPPORTED when no log of it could be kept. */
int textlog_hasher(struct crypto crypto, const struct tree_reg *reg, struct hasher *ret,
		   struct tsmmr_error *err);

/* What a text log says from its first byte to its last, in memory that does not grow. */
struct textlog {
	struct textlog_value {
		bool anchored; /* it has a SYNC; value is what it replays to */
		uint8_t value[TSMMR_HASH_SIZE_MAX];
	} now[LOG_BANKS_MAX], was[LOG_BANKS_MAX]; /* was: before the last line */
	bool found;                               /* the record that was asked for is in it */
	bool torn; /* the last line has no newline; it begins at last */
	uint64_t last;
};

/* fd is read from where it stands.  wanted may be empty.  Of the banks' reg and hasher. */
int textlog_walk(struct crypto crypto, struct log_bank *banks, size_t n_banks, int fd,
		 struct span wanted, struct textlog *ret, struct tsmmr_error *err);
