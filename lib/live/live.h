/* SPDX-License-Identifier: BSD-2-Clause */
/* A running machine: the one room where sys, platform and format meet. */
#pragma once

#include "core/regs.h"
#include "core/stream.h"
#include "sys/tree.h"

/* Every register of the machine that the context stands for.  (machine.c) */
int machine_scan(const struct tsmmr_ctx *ctx, struct tree_scan *ret, struct tsmmr_error *err);
/* What tsmmr_regs_read() does.  (machine.c) */
int machine_regs(const struct tsmmr_ctx *ctx, struct tsmmr_regs **ret, struct tsmmr_error *err);

/*
 * The platform and the register that a tree's file is, for its provider's name: of our
 * tables where the provider is known, else made up from what the tree says.  One reference
 * to the platform is the caller's.  (machine.c)
 */
int machine_describe(const struct tree_reg *reg, const struct platform **ret_platform,
		     const struct reg_desc **ret_desc, uint16_t *ret_alg, struct tsmmr_error *err);

/*
 * "[PROVIDER/]NAME[:HASH]" or a role; E_NOTFOUND, E_ARG when several fit.  for_record: banks
 * that one record extends together are one.  (machine.c)
 */
int machine_find(const struct tree_scan *scan, const char *name, bool for_record,
		 const struct tree_reg **ret, struct tsmmr_error *err);

/* Every log of a platform that this machine has, read to its end.  (collect.c) */
#define PARTS_MAX 64
struct parts {
	struct tsmmr_stream **streams;
	struct tsmmr_log **logs;
	size_t n;
};

/* As open_known(), or stream_next(); parts_done() in any case. */
int parts_open(const struct tsmmr_ctx *ctx, int platform, struct parts *p, struct tsmmr_error *err);
/* The same, where a machine without a log is no failure: then there are none. */
int parts_open_any(const struct tsmmr_ctx *ctx, int platform, struct parts *p,
		   struct tsmmr_error *err);
void parts_done(struct parts *p);
static inline void parts_done_p(struct parts *p)
{
	parts_done(p);
}

/*
 * Takes off each register's records after the last at which its replay gives the value in regs:
 * they came later.  Those of a register that has no value there stay, and so do those that never
 * give it, so that who compares sees what is wrong.  (trim.c)
 */
int logs_trim(const struct tsmmr_ctx *ctx, const struct tsmmr_regs *regs, struct tsmmr_log **logs,
	      size_t n, struct tsmmr_error *err);

struct tsmmr_prediction;
struct image;
/*
 * Adds the step that replaces images[0] by images[1]: what tsmmr_prediction_replace_fd() does.
 * (predict_file.c)
 */
int predict_file(struct tsmmr_prediction *p, const char *role, const struct image images[2],
		 const char *what, struct tsmmr_error *err);
/* A UKI as a log.  (predict_file.c) */
int predict_uki_log(const struct tsmmr_ctx *ctx, const struct image *image, unsigned profile,
		    const char *phases, struct tsmmr_log **ret, struct tsmmr_error *err);

struct tsmmr_policy;
struct tsmmr_report;
/* What tsmmr_report_new_live() does.  (report_live.c) */
int report_live(const struct tsmmr_ctx *ctx, int platform, const struct tsmmr_policy *policy,
		struct tsmmr_report **ret, struct tsmmr_error *err);

/* What tsmmr_log_collect() does.  (collect.c) */
int log_collect(const struct tsmmr_ctx *ctx, int platform, struct tsmmr_log **ret,
		struct tsmmr_error *err);

struct tsmmr_tree {
	struct tsmmr_ctx *ctx; /* a reference */
	struct tree_scan scan;
};

/* Where the library keeps a register's log; malloc'd, below root.  (logfile.c) */
int append_log_path(const struct tsmmr_ctx *ctx, const struct tree_reg *reg, char **ret);
/* As many as the kernel's proposal has for one register.  (tsm RFC v3, TMR_DIR__ALGO_MAX) */
#define LOG_BANKS_MAX 4

/* A record to append, and what came of it. */
struct append {
	struct span record;
	uint32_t flags; /* TSMMR_APPEND_* */

	/* Of a success. */
	uint32_t done; /* TSMMR_APPENDED_* */
	struct append_bank {
		const struct hash_alg *alg;
		uint8_t digest[TSMMR_HASH_SIZE_MAX]; /* what was extended */
		uint8_t value[TSMMR_HASH_SIZE_MAX];  /* the register after it */
	} banks[LOG_BANKS_MAX];
	size_t n_banks;
};

/* What tsmmr_tree_extend() and tsmmr_tree_append() do.  (append.c) */
int tree_extend_logged(const struct tsmmr_tree *tree, const struct tree_reg *reg,
		       const uint8_t *digest, size_t n, struct tsmmr_error *err);
int tree_append(const struct tsmmr_tree *tree, const struct tree_reg *reg, struct append *a,
		struct tsmmr_error *err);
/* One after the other until one fails: *ret_n were appended, in any case. */
int tree_append_many(const struct tsmmr_tree *tree, const struct tree_reg *reg,
		     struct append *const *all, size_t n, size_t *ret_n, struct tsmmr_error *err);
/* Records that are made durable together.  A crash leaves no more than so many to be settled. */
#define APPEND_GROUP_MAX ((size_t)64)
/* What tsmmr_tree_settle() does.  (append_settle.c) */
int tree_settle(const struct tsmmr_tree *tree, const struct tree_reg *reg, int *ret_outcome,
		struct tsmmr_error *err);

/* What evidence is to carry beside the nonce. */
enum carried_name { CARRIED_USER_DATA, CARRIED_PUBLIC_KEY, CARRIED_NAMES };
struct carried {
	bool is_set;
	size_t n;
	uint8_t bytes[1024];
};

/* Whose evidence is asked for, and what it is to carry.  (attest_request.c) */
struct tsmmr_attest {
	int platform; /* TSMMR_PLATFORM_*, or AUTO */
	int vmpl;     /* -1: not said */
	size_t nonce_n;
	uint8_t nonce[64]; /* 1 to 64 bytes, or none yet */
	struct carried carried[CARRIED_NAMES];
};

int attest_new(int platform, struct tsmmr_attest **ret, struct tsmmr_error *err);
/* data.p NULL: nothing. */
int attest_carry(struct tsmmr_attest *a, const char *name, struct span data,
		 struct tsmmr_error *err);
int attest_set(struct tsmmr_attest *a, const char *name, uint64_t value, struct tsmmr_error *err);
/* Its p is NULL where it was not set. */
struct span attest_carried(const struct tsmmr_attest *a, enum carried_name name);

/* What tsmmr_tree_attest() does; ret_log may be NULL.  (attest.c) */
int tree_attest(const struct tsmmr_tree *tree, const struct tsmmr_attest *what,
		struct tsmmr_evidence **ret_evidence, struct tsmmr_log **ret_log,
		struct tsmmr_error *err);
