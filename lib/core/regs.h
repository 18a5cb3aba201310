/* SPDX-License-Identifier: BSD-2-Clause */
/* Register sets: what the hardware says. */
#pragma once

#include <tsmmr/regs.h>

#include "core/finding.h"
#include "core/platform.h"
#include "crypto/hash.h"
#include "util/buf.h"
#include "util/cursor.h"

struct json;

struct tsmmr_reg {
	const struct platform *platform; /* a reference of the set's */
	const struct reg_desc *desc;
	char *provider; /* the set's; NULL: not from a register tree */
	uint16_t alg;   /* TSMMR_HASH_NONE for configuration values */
	uint32_t size;  /* over 64 for what is too long to have a value here */
	uint8_t trust;  /* TSMMR_TRUST_* */
	uint32_t flags; /* TSMMR_REG_READABLE … */
	bool has_value;
	bool derived;    /* a manifest names it: asked about only by name */
	bool named_bank; /* by hand: the caller said which bank the value is of */
	bool grouped;    /* no value, but one of those that the piece's group_digest is of */
	uint8_t piece;   /* 1 + which of evidence[] says it; 0: none */
	uint8_t value[64];
	/* By hand: further values it may have.  The set's. */
	uint8_t (*others)[64];
	size_t n_others;
};

/* How the bytes of a claim are to be read. */
enum claim_type { CLAIM_BYTES, CLAIM_U64_LE, CLAIM_U64_BE, CLAIM_TEXT, CLAIM_TIME_BE };

struct claim {
	const char *name;
	struct span value; /* into the owning set's bytes */
	uint8_t type;      /* enum claim_type */
	uint8_t trust;     /* TSMMR_TRUST_*: whoever vouches for the piece need not for all of it */
	bool is_reg;       /* a register's value too, and asked about by that one's name */
	bool hashed;       /* report_data is the hash of it: who vouches for that does for this */
	uint8_t shift, width; /* of a number packed in value: its bits; width 0: all of it */
};

#define CLAIMS_MAX 128
#define NOT_CHECKED_MAX 12
#define EVIDENCE_PIECES_MAX 4
#define REGS_MAX 4096 /* of a set */

/* What one piece of evidence says besides registers. */
struct evidence_info {
	const char *kind; /* "tdx-quote-v4" */
	uint8_t trust;
	int platform;     /* whose registers it has; AUTO: none */
	bool tells_debug; /* whether the host may debug the guest … */
	bool debug;       /* … and that it may */
	bool nonce_matched;
	bool vouches;       /* for another piece: what it carries may be that one's key */
	bool nonce_exact;   /* carried as it is; else zero-padded to the field */
	uint16_t weak_hash; /* what it is signed over, where that is weaker than SHA-256, or 0 */
	bool has_root, has_time;
	uint8_t root[32];      /* SHA-256 of what the caller pinned */
	const char *root_name; /* that root's, where it is a vendor's, or NULL */
	const char *root_hint; /* which root its kind usually leads to, or NULL */
	const char *missing;   /* the parts that say who signed it and were not given, or NULL */
	uint64_t time;         /* at which it was held valid, seconds since 1970 */
	const char *not_checked[NOT_CHECKED_MAX]; /* words; the rest is NULL */
	/* What its vendor says of the platform, as far as collateral was given. */
	struct {
		bool asked;          /* a TCB Info or QE Identity was */
		bool asked_crl;      /* … a revocation list */
		bool advised;        /* what is not up to date has an advisory that says why */
		bool holds;          /* what was used holds at that time; else it does not count */
		uint8_t word;        /* enum tcb_word; NONE: nothing that was given is about it */
		uint64_t evaluation; /* the lower number of what was used */
	} tcb;
	struct span report_data;
	/* One digest over the grouped registers, in the order of the set; n 0: no group. */
	struct span group_digest;
	uint16_t group_alg;
	struct span nonce; /* the field that carries one */
	/* Or, padded, one whose hash the report carries together with that of more. */
	uint8_t bound_nonce[64];
	bool nonce_bound;
	struct claim claims[CLAIMS_MAX];
	size_t n_claims;
};

struct tsmmr_regs {
	unsigned users; /* atomic */
	struct tsmmr_reg *regs;
	size_t n, cap;
	uint8_t *bytes; /* what claims point into */
	size_t n_bytes;
	struct evidence_info evidence[EVIDENCE_PIECES_MAX];
	size_t n_evidence;
	const char *source; /* for registers/1: path or kind; NULL */
	char *source_path;  /* what source is, where the set owns it */
	struct findings findings;
};

int regs_new(size_t n, struct tsmmr_regs **ret); /* n zeroed registers */
/* Of one that is taken out of its set. */
void reg_done(struct tsmmr_reg *reg);
void regs_free(struct tsmmr_regs *regs);
DEFINE_CLEANUP(struct tsmmr_regs *, regs_free)
/* base, copied, with room for extra more registers at its end. */
int regs_copy(const struct tsmmr_regs *base, size_t extra, struct tsmmr_regs **ret);
/* Takes path, malloc'd, over; E_NOMEM where it is NULL. */
int regs_set_source(struct tsmmr_regs *regs, char *path);
/* Sets bytes to a copy of s; claims, which must point into s, point into the copy then. */
int regs_take_bytes(struct tsmmr_regs *regs, struct span s);
/* NULL when there is none, or no set.  alg TSMMR_HASH_NONE: the first bank. */
const struct tsmmr_reg *regs_find(const struct tsmmr_regs *regs, const struct platform *platform,
				  const struct reg_desc *desc, uint16_t alg);
/*
 * A claim of evidence[0], for decoders; value must point into regs->bytes or, while there are
 * none, into what regs_take_bytes() is going to copy.  NULL: no room.
 */
struct claim *regs_claim_add(struct tsmmr_regs *regs, const char *name, enum claim_type type,
			     struct span value);
/* What a claim packs: width bits from shift on of the number that value is. */
struct claim_part {
	const char *name;
	uint8_t shift, width;
};
/* Claims of these, which value packs: of type U64_LE or U64_BE.  They stand in that order. */
void regs_claim_parts(struct tsmmr_regs *regs, const struct claim_part *parts, size_t n,
		      enum claim_type type, struct span value);
/* One more register with a value that evidence says; there must be room.  (size of desc, or alg) */
void regs_value_add(struct tsmmr_regs *regs, const struct platform *platform,
		    const struct reg_desc *desc, uint16_t alg, struct span value);
/* More bytes for claims to point into; what points into them moves.  *ret: where they are. */
int regs_add_bytes(struct tsmmr_regs *regs, struct span more, struct span *ret);
/* A claim that is a number: false when it is none, or longer than 8 bytes. */
bool claim_u64(const struct claim *claim, uint64_t *ret);
/* Of the first piece that makes it, of one piece; NULL. */
const struct claim *regs_claim_find(const struct tsmmr_regs *regs, const char *name);
const struct claim *claim_find(const struct evidence_info *info, const char *name);
/* Words of what was not checked; adding one twice does nothing. */
void evidence_not_checked(struct evidence_info *info, const char *word);
void evidence_checked(struct evidence_info *info, const char *word);
/*
 * All of more's registers, findings and evidence at the end of regs; more is left empty.  Of a
 * register that both have the more trusted stays.  E_UNTRUSTED, E_ARG (one value by hand is not
 * the other), E_LIMIT, E_NOMEM: then both are only to be freed.
 */
int regs_join(struct tsmmr_regs *regs, struct tsmmr_regs *more, struct tsmmr_error *err);
/* See tsmmr_regs_join(). */
int regs_join_all(struct tsmmr_regs *const *sets, size_t n, struct tsmmr_regs **ret,
		  struct tsmmr_error *err);
/* "evidence": what each piece is, and claims.  (evidence_json.c) */
void evidence_json(struct json *j, const struct tsmmr_regs *regs);
/* out's bytes are of use only when this returns 0.  An empty selection is an empty array. */
int regs_json(const struct tsmmr_regs *regs, const char *only, struct buf *out,
	      struct tsmmr_error *err);

/* Is this the value, or one of those by hand? */
bool reg_equals(const struct tsmmr_reg *reg, const uint8_t *value);

/* What tsmmr_regs_with_manifest() does.  (manifest.c) */
int regs_with_manifest(struct crypto crypto, const struct tsmmr_regs *base, const char *name,
		       struct span file, struct tsmmr_regs **ret, struct tsmmr_error *err);
/* The same for register i of base, which has a value. */
int regs_add_manifest(struct crypto crypto, const struct tsmmr_regs *base, size_t i,
		      struct span file, struct tsmmr_regs **ret, struct tsmmr_error *err);
/* Is there a line in it that names a register? */
bool manifest_names_any(struct span file);
