/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs as lists of records that can be changed one at a time, apart from the library. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tsmmr/tsmmr.h>

#include "../input.h"

#define DIGESTS_MAX 16

struct bytes {
	const uint8_t *p;
	size_t n;
};

/* A record, or a line of text: then data is the line, and nothing else is set. */
struct rec {
	uint32_t index, type;
	uint32_t content; /* CEL's content type; else, but for IMA, not set */
	bool measured;
	uint8_t n; /* digests */
	uint16_t algs[DIGESTS_MAX];
	struct bytes digests[DIGESTS_MAX];
	struct bytes name; /* of an IMA template; in JSON, of the type */
	struct bytes data;
};

enum {
	CONTENT_CEL = 4,
	CONTENT_PCCLIENT = 5,
	CONTENT_IMA_TEMPLATE = 7,
	CONTENT_IMA_TLV = 8,
	CONTENT_SYSTEMD = 9
};

struct mlog {
	const struct codec *codec;
	struct bytes head; /* what comes before the records */
	struct bytes tail; /* and behind them: padding */
	struct rec *recs;
	size_t n, cap;
	uint16_t algs[DIGESTS_MAX]; /* what the head declares */
	uint16_t sizes[DIGESTS_MAX];
	size_t n_algs;
	bool undeclared; /* TCG2: digests that the head does not declare were left out */
	bool no_newline; /* the last line has none */
	bool cc_mr;      /* CEL: numbered by MrIndex */
	uint32_t shift;  /* CEL: a register's index less its number there */
	bool padded;     /* IMA: SHA-1 digests, filled up, went into other banks */
	uint8_t *own;    /* where decoded text lives */
	size_t own_n;
};

struct out {
	uint8_t *p;
	size_t n, cap;
};
void out_add(struct out *o, const void *p, size_t n);
void out_le32(struct out *o, uint32_t v);

/* Says so, and ends the program. */
_Noreturn void die(const char *what, const char *why);
/* A whole file, or die(). */
uint8_t *file_read(const char *path, size_t *ret_n);

/* What is read of the front of b is taken off it.  false: there is less, and nothing moved. */
bool take(struct bytes *b, uint64_t n, struct bytes *ret);
bool take_le32(struct bytes *b, uint32_t *ret);
uint64_t number_be(struct bytes b);

/*
 * How one family of formats is read and written.  A new format is one of these: a line in
 * codec_of(), a parse() that finds its records, a write() that gives them back.
 */
struct codec {
	const char *name;
	bool lines;        /* records have no index, type and digests */
	bool cel;          /* records have a content type */
	bool one_digest;   /* a record has room for one, and always has it */
	bool all_measured; /* there is nothing else */
	/* false: not to be read.  What it yields points into b. */
	bool (*parse)(struct bytes b, struct mlog *ret);
	void (*write)(const struct mlog *log, struct out *o);
};
const struct codec *codec_of(int format); /* TSMMR_FORMAT_*; NULL: none */
extern const struct codec codec_cel_cbor, codec_cel_tlv, codec_cel_json, codec_ima;
void mlog_done(struct mlog *log);
struct rec *mlog_insert(struct mlog *log, size_t at, const struct rec *rec);
void mlog_remove(struct mlog *log, size_t at, size_t n);
/* The same records in an array of its own. */
void mlog_copy(const struct mlog *from, struct mlog *to);

/* All that extends one register in one bank, in order; and what says where it started. */
uint64_t mlog_sequence(const struct mlog *log, uint32_t index, uint16_t alg);
uint64_t mlog_start(const struct mlog *log);

/* What CEL's encodings share.  (codec_cel.c) */
void cel_settle(struct mlog *log);
uint32_t cel_number(const struct mlog *log, const struct rec *r, bool *ret_nv);
uint64_t cel_recnum(const struct mlog *log, size_t at);

/* xorshift64*: the same changes everywhere. */
extern uint64_t rng;
uint64_t rnd(uint64_t below);

/* One change.  false: it cannot be made in such a log.  other may be log's own origin. */
struct kind {
	const char *name;
	bool (*change)(struct mlog *log, const struct mlog *other);
	bool raw; /* changes the bytes that were written: see change_raw() */
};
extern const struct kind kinds[];
extern const size_t n_kinds;
void change_raw(struct out *o);
/* Bytes that live until the next change. */
uint8_t *scratch(size_t n);
void scratch_reset(void);

/* One edit of a register that verifies, and what explain says of it.  (explained.c) */
struct explained {
	const char *path, *reg, *name; /* the file; of a log that cannot say; the register's */
	int format;
	uint32_t index;
	uint16_t alg;
	struct bytes bytes;
	const struct mlog *log;
	const int *bindings; /* TSMMR_BINDING_BOUND …, of each record of log */
	const struct tsmmr_regs *regs;
	bool verbose;
};
/* false: that edit cannot be made here. */
bool explained_once(struct tsmmr_ctx *ctx, const struct tsmmr_policy *policy,
		    const struct explained *e);
/* The confusion table.  0 when it is as good as it has to be, else 1. */
int explained_print(void);
