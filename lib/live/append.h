/* SPDX-License-Identifier: BSD-2-Clause */
/* The two ways to append a record: the kernel's log, and ours. */
#pragma once

#include "live/live.h"
#include "live/logfile.h"
#include "sys/kept.h"

/* As tree_append(), by the kernel's append_event.  (kernel_log.c) */
int append_kernel(const struct tsmmr_tree *tree, const struct tree_reg *reg, struct append *a,
		  struct tsmmr_error *err);

/* What a line, or a digest of the first bank alone, extends. */
struct input {
	struct span line; /* as it is measured; p is NULL for a digest of nobody knows what */
	size_t n;         /* banks that it extends */
	size_t end;       /* of its text, in that which is pending */
	struct input_bank {
		uint8_t digest[TSMMR_HASH_SIZE_MAX];
		uint8_t after[TSMMR_HASH_SIZE_MAX]; /* the register with it */
		/* What the log replays to with it, where there is something. */
		bool anchored;
		uint8_t leaves[TSMMR_HASH_SIZE_MAX];
	} banks[LOG_BANKS_MAX];
};

/* What came of inputs that were committed together, in their order. */
struct committed {
	size_t done;    /* so many are in the register and in the log */
	size_t failed;  /* so many more have what the call returned */
	bool is_chain;  /* nothing else was extended meanwhile, so each has its after */
	bool attempted; /* the register was written to */
};

/* (append_commit.c) */

/* The digests of a line. */
int input_of(struct logfile *f, struct span line, struct input *ret);
/* What the log replays to after each of them, where a bank has a value that it replays to. */
int inputs_foresee(struct logfile *f, struct input *in, size_t n);
/*
 * Inputs, whose text is in f->state.text, through the five steps together.  The banks' now is
 * the register before.  leaves is what the log replays to, which is not the register's value
 * where the two had parted.
 */
int inputs_commit(struct logfile *f, struct input *in, size_t n, struct committed *ret,
		  struct tsmmr_error *err);
int input_extend_bank(struct logfile *f, const struct input *in, size_t i, struct tsmmr_error *err);
/* What was pending is part of the log. */
void state_adopt(struct log_state *st, size_t n_banks);
/* Has every bank the value after what is pending? */
bool state_is_extended(const struct logfile *f);

/* (append_settle.c) */

/*
 * What a crash or an unreadable register left pending.  doubt: it could not be known, and
 * stays in the log.
 */
int append_settle(struct logfile *f, bool *ret_doubt, struct tsmmr_error *err);

/* Has the log, in which nothing is pending, the record?  (append_once.c) */
int append_find(struct logfile *f, struct span record, bool *ret_found, struct tsmmr_error *err);
