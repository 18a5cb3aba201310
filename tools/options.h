/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: one table of options drives parsing, -h and who takes what. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <tsmmr/tsmmr.h>

#include "fail.h"
#include "progress.h"

struct choices;
struct job;
struct options;
struct reading;

/* Verbs, as a set. */
enum {
	V_REGISTERS = 1,
	V_SHOW = 2,
	V_REPLAY = 4,
	V_VERIFY = 8,
	V_EXPORT = 16,
	V_MERGE = 32,
	V_APPEND = 64,
	V_CAPTURE = 128,
	V_EXPLAIN = 256,
	V_DIFF = 512,
	V_LOCK = 1024,
	V_ATTEST = 2048,
	V_PREDICT = 4096,
	V_APPRAISE = 8192,
	V_JUDGE = V_VERIFY | V_EXPLAIN | V_APPRAISE | V_PREDICT,
	V_LOGS = V_SHOW | V_REPLAY | V_JUDGE | V_EXPORT | V_MERGE | V_DIFF, /* read event logs */
	V_VALUES = V_REGISTERS | V_SHOW | V_JUDGE, /* know register values */
	V_READ = V_LOGS | V_VALUES,
	V_ALL = V_READ | V_APPEND | V_CAPTURE | V_LOCK | V_ATTEST,

	/* No verb: the option decides, and may stand in a --policy. */
	IN_POLICY = 1 << 30
};

struct verb {
	const char *name;
	uint32_t bit;
	int (*run)(struct options *o);
	int (*expand)(struct options *o); /* operands that stand for options too; NULL: none do */
	const char *operands;
	const char *does;
};

/* The values of an option that may be given more than once. */
struct words {
	const char **all;
	size_t n;
};

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct options {
	const struct verb *verb;
	int (*read_policy)(struct options *o, const char *path); /* options_parse()'s */
	char **operands;
	size_t n_operands;

	/* inputs */
	int format;
	const char *mr;
	int platform;
	int of_evidence;   /* the platform that all evidence is of, or AUTO */
	int evidence_hash; /* and the hash of all its runtime registers, or NONE */
	const char *root, *log_dir, *tcti;
	uint64_t max_bytes, max_events, max_event_bytes, lock_wait;
	int strict;
	struct words initial;
	struct words image, launch;
	struct tsmmr_launch *made_of; /* both of them */

	/* what the registers should hold */
	struct words evidence, expect, expect_any, at_least, manifest, trust_root, policy;
	struct words collateral;
	uint64_t collateral_grace; /* seconds */
	uint8_t nonce[64];
	size_t n_nonce;
	int min_trust; /* 0: not given */
	int min_hash;
	int allow_debug;
	uint64_t time; /* seconds since 1970, when time_given */
	int time_given;
	int roots_added; /* are trust_root and time the context's? */
	int list_roots;  /* --trust-root list */
	int live;
	struct words own_log;             /* that came with the evidence */
	struct tsmmr_evidence *handed_in; /* evidence, once it was read */
	int evidence_exit;                /* what became of that */
	struct words carrier;             /* which file each log in it came in */

	/* what is asked */
	char *require, *allow, *must_check, *only;
	char *accept_tcb, *accept_advisory;
	uint64_t min_tcb_evaluation;
	const char *domain;
	struct words reference;
	int alg;      /* TSMMR_HASH_NONE: not given */
	char *select; /* only and alg as one list; NULL: everything */

	/* predict */
	struct words replace, replace_text, drop;
	const char *phases;
	uint64_t profile;

	/* appraise */
	struct words known, denied;
	const char *write_unknown;
	int any_order;
	struct tsmmr_known *known_values; /* all of known and denied */
	const char *known_name; /* of a log that is being verified, to be one of them … */
	int known_flags;        /* … with these */

	/* lines instead of inputs */
	int batch, unordered;
	uint64_t jobs; /* threads; 0: not given */
	const char *batch_root;
	int batch_fd;                                               /* it, open; -1: none */
	int (*judge)(struct options *o, const struct reading *now); /* what is said of a line */
	struct job *job; /* the line whose options these are; NULL: the command line's */

	/* append */
	int once;

	/* attest */
	const char *user_data, *public_key;

	/* output */
	int to;
	int json, events, quiet, verbose;
	enum color color;
	uint32_t tlv_index; /* flags of the context: TSMMR_CTX_TLV_* */
	const char *out, *page;
	int help, version;
	int no_sandbox, sandboxed; /* wanted is none; entered */

	struct words carried; /* the file (or NULL) and text of values that logs carry, in turn */
	struct words kept;    /* what was put together and must live as long */
	struct words found;   /* of those, the files that nobody named: they were in a folder */
	int twice;            /* the logs are read more than once */
	int whole;            /* … or kept, to be handed on */
	struct tsmmr_ctx *ctx;

	/* where an option that is being read stands; NULL: on the command line */
	const char *policy_path;
	size_t policy_line;
	struct failure failure;
	struct progress progress;
};

/*
 * Fills o from the command line.  The verb is one of verbs, which end with a row without a
 * name; read_policy() applies the lines of a --policy file.  o->failure and o->verb are set as far
 * as that went.  0, or the exit status of what is wrong with the line.
 */
int options_parse(struct options *o, const struct verb *verbs,
		  int (*read_policy)(struct options *o, const char *path), int argc, char **argv);
void options_free(struct options *o);
/* An option that may stand in a policy.  0, or the exit status of what was reported. */
int options_apply(struct options *o, const char *name, const char *value);
/* One more value.  0, or the exit status of what was reported. */
int options_add_word(struct options *o, struct words *words, const char *value);

/* A row of the table, for what completes a line that is being typed. */
struct option_row {
	const char *name;
	char letter;  /* 0: none */
	bool is_list; /* its value is a list, with commas */
	uint32_t verbs;
	const char *value; /* what its value is called; NULL: takes none */
	const char *help;
};

/* false: there is no row i. */
bool options_row(size_t i, struct option_row *ret);
/* The words that an option can be, where those are known. */
void options_choices(const char *name, struct choices *c);

/* Can a file be a log of this format?  Others can only be written, or are made of images. */
bool options_can_read(int format);

/*
 * Is there no log at all?  With evidence from elsewhere this machine's say nothing, so only
 * those that are named count.
 */
bool options_no_logs(const struct options *o);

/* "  LEFT  TEXT" in 80 columns: left in width of them, and text broken between words. */
void options_print_row(FILE *f, const char *left, int width, const char *text);
/* The options verb takes, one a line. */
void options_print(FILE *f, const struct verb *verb);
