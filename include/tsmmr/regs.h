/* SPDX-License-Identifier: BSD-2-Clause */
/* Register sets: what the hardware says. */
#ifndef TSMMR_REGS_H
#define TSMMR_REGS_H

#include <tsmmr/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Who vouches for a value.  GIVEN and LIVE are sources that the caller chose; the others
 * are grades of evidence, each stronger than the one before.
 */
enum tsmmr_trust {
	TSMMR_TRUST_GIVEN = 1,        /* by hand, or read below a root other than "/" */
	TSMMR_TRUST_LIVE = 2,         /* this machine's kernel */
	TSMMR_TRUST_UNSIGNED = 3,     /* no signature could be checked */
	TSMMR_TRUST_SIGNED = 4,       /* signed, by whoever made the evidence for all we know */
	TSMMR_TRUST_AUTHENTICATED = 5 /* signed, by a root that the caller pinned */
};

enum tsmmr_reg_kind {
	TSMMR_KIND_RUNTIME = 1, /* extended while the guest runs */
	TSMMR_KIND_LAUNCH = 2,  /* measured before it ran */
	TSMMR_KIND_CONFIG = 3   /* a value, not a hash chain */
};

enum tsmmr_reg_flag {
	TSMMR_REG_READABLE = 1,
	TSMMR_REG_EXTENSIBLE = 2,   /* by the guest */
	TSMMR_REG_WRITABLE_NOW = 4, /* by this process */
	TSMMR_REG_LOCKED = 8,
	TSMMR_REG_LOCKABLE = 16,       /* by the guest, until it ends */
	TSMMR_REG_LOCK_TO_ATTEST = 32, /* evidence has it only once it is locked */
	TSMMR_REG_RESETTABLE = 64      /* software can reset it while the machine runs */
};

/*
 * The registers of this machine, or of what stands under the context's root: every
 * provider of the kernel's measurement trees, every TPM bank and every PCR of /dev/nsm.
 * Values are read in one call each; one that cannot be read has none.  Trust is LIVE, or
 * GIVEN under another root than "/".
 *
 * Fails with E_NOTFOUND (no tree here), E_IO, E_LIMIT (over 4096 registers), E_MALFORMED (a
 * name that is not text), E_NOMEM, E_ARG.
 * Since: 0.1
 */
int tsmmr_regs_read(const struct tsmmr_ctx *ctx, struct tsmmr_regs **ret_regs,
		    struct tsmmr_error *reterr);

/*
 * Parts of one piece of evidence.  AUTO finds out what a file is.  From CRL on they are what a
 * version to come reads: adding one is E_UNSUPPORTED.
 */
enum tsmmr_part {
	TSMMR_PART_AUTO = 0,
	TSMMR_PART_QUOTE = 1,
	TSMMR_PART_SIG = 2,
	TSMMR_PART_PCRS = 3,
	TSMMR_PART_AK = 4,
	TSMMR_PART_CERTS = 5,
	TSMMR_PART_MANIFEST = 6,
	TSMMR_PART_CRL = 7,         /* revocation lists */
	TSMMR_PART_TCB_INFO = 8,    /* which versions of a platform its vendor holds good */
	TSMMR_PART_QE_IDENTITY = 9, /* the same of the quoting enclave */
	TSMMR_PART_ENDORSEMENTS = 10,
	TSMMR_PART_GPU = 11 /* what a device of the guest's says of itself */
};

/*
 * Evidence is put together from parts and then turned into registers.  The bytes of a
 * part are copied; hex, base64 and base64url around them are removed.  One owner, one
 * thread, until tsmmr_regs_from_evidence() has returned.  E_ARG, E_NOMEM.
 * Since: 0.1
 */
int tsmmr_evidence_new(const struct tsmmr_ctx *ctx, struct tsmmr_evidence **ret_evidence,
		       struct tsmmr_error *reterr);
void tsmmr_evidence_free(struct tsmmr_evidence *evidence);

/*
 * One more part.  AUTO or QUOTE may be an envelope, what another program puts around evidence
 * and logs (tsmmr-trust(7) lists them): what is in it is added in its place, its logs are kept
 * for tsmmr_evidence_log().  All of it or nothing.
 *
 * E_ARG for an unknown part, E_UNSUPPORTED (by name), E_TRUNCATED (an empty one), E_LIMIT (16 MiB
 * a part, 16 parts, 16 logs, 8 envelopes), E_NOMEM; of an envelope also E_MALFORMED.
 */
int tsmmr_evidence_add(struct tsmmr_evidence *evidence, int part, const void *data, size_t len,
		       struct tsmmr_error *reterr);

/*
 * What the evidence must carry, 1 to 64 bytes: zero-padded to its field, or as it is where
 * that has a length of its own (TPM quotes, Nitro documents).  E_ARG.
 */
int tsmmr_evidence_set_nonce(struct tsmmr_evidence *evidence, const void *nonce, size_t len,
			     struct tsmmr_error *reterr);

/*
 * As tsmmr_ctx_add_trust_root(), tsmmr_ctx_add_trust_root_sha256() and tsmmr_ctx_set_time(), for
 * this evidence alone: one machine's key vouches for no other machine.  The context's roots count
 * as well; of two times this one is taken, TSMMR_NONE is the context's.  Errors as there.
 * Since: 0.9
 */
int tsmmr_evidence_add_trust_root(struct tsmmr_evidence *evidence, const void *data, size_t len,
				  struct tsmmr_error *reterr);
int tsmmr_evidence_add_trust_root_sha256(struct tsmmr_evidence *evidence, const void *sha256,
					 size_t len, struct tsmmr_error *reterr);
int tsmmr_evidence_set_time(struct tsmmr_evidence *evidence, uint64_t seconds,
			    struct tsmmr_error *reterr);

/*
 * The bytes of the first part of that sort, without what was around them; E_NOTFOUND when
 * there is none, E_ARG.  Borrowed.
 * Since: 0.1
 */
int tsmmr_evidence_part(const struct tsmmr_evidence *evidence, int part, const uint8_t **ret_data,
			size_t *ret_len);
/*
 * Part i of all, in the order in which they were added; of one added as AUTO, what it was taken
 * for.  E_NOTFOUND past the last, E_ARG.  Borrowed.
 * Since: 0.9
 */
size_t tsmmr_evidence_part_count(const struct tsmmr_evidence *evidence);
int tsmmr_evidence_part_at(const struct tsmmr_evidence *evidence, size_t i, int *ret_part,
			   const uint8_t **ret_data, size_t *ret_len);

/*
 * Envelope i that parts came in ("coco-tdx"), one that is in another after that; NULL past
 * the last one.  Nothing is trusted for what it came in.
 * Since: 0.1
 */
const char *tsmmr_evidence_envelope(const struct tsmmr_evidence *evidence, size_t i);
/*
 * The logs that came in envelopes: TSMMR_FORMAT_*, AUTO where the bytes say it; the register
 * of a log that cannot say which it is about, else NULL; the bytes.  Borrowed from evidence.
 * E_NOTFOUND past the last one, E_ARG.
 * Since: 0.1
 */
size_t tsmmr_evidence_log_count(const struct tsmmr_evidence *evidence);
int tsmmr_evidence_log(const struct tsmmr_evidence *evidence, size_t i, int *ret_format,
		       const char **ret_reg, const uint8_t **ret_data, size_t *ret_len);

/*
 * The registers in the evidence, after every check that it allows.  Signatures inside it
 * are always verified, a wrong one is E_UNTRUSTED.  Without a trust root in the context or the
 * evidence trust is SIGNED at best: the maker of the evidence could have made its keys as well.
 * With one, some piece leads to it or this fails; what neither leads to it nor is vouched for by a
 * piece that does keeps its own grade, which a policy judges.  What is never checked is
 * named by tsmmr_regs_evidence_not_checked().
 *
 * Parts may come in any order, and several pieces of evidence together where one vouches
 * for the other; each part must be of use, and no piece be there twice (E_ARG).  tsmmr-trust(7)
 * says what is understood.
 *
 * Fails with E_FORMAT (no evidence we know), E_TRUNCATED, E_MALFORMED, E_UNSUPPORTED (by
 * name), E_UNTRUSTED (a hash, signature, certificate, binding or the nonce is wrong, two
 * pieces differ, or no trust root is reached: detail says which), E_ARG, E_LIMIT, E_NOMEM.
 * Since: 0.1
 */
int tsmmr_regs_from_evidence(const struct tsmmr_ctx *ctx, const struct tsmmr_evidence *evidence,
			     struct tsmmr_regs **ret_regs, struct tsmmr_error *reterr);

/* The forms in which people have register values; tsmmr-replay(1) describes them. */
enum tsmmr_values {
	TSMMR_VALUES_AUTO = 0,            /* by its looks */
	TSMMR_VALUES_LINES = 1,           /* NAME[:ALG]=HEX[,HEX…] */
	TSMMR_VALUES_JSON = 2,            /* of `tsmmr-replay registers`, replay or verify */
	TSMMR_VALUES_TPM2_PCRREAD = 3,    /* banks with lines "0 : 0x…" */
	TSMMR_VALUES_TPM2_EVENTLOG = 4,   /* the "pcrs:" of its YAML */
	TSMMR_VALUES_TSSPCRREAD = 5,      /* IBM's */
	TSMMR_VALUES_PCRS = 6,            /* lines "PCR-00: …", as in sysfs */
	TSMMR_VALUES_NITRO_CLI = 7,       /* JSON with "Measurements" */
	TSMMR_VALUES_SYSTEMD_MEASURE = 8, /* its JSON: the phases are alternatives */
	TSMMR_VALUES_TDX_MEASURE = 9,     /* JSON with "mrtd", "rtmr0" … (dstack-mr too) */
	TSMMR_VALUES_BANKS = 10           /* JSON {"sha256": {"0": "…"}} */
};

/*
 * Registers by hand, as text of one of the forms TSMMR_VALUES_*.  Lines are
 * "NAME[:ALG]=HEX[,HEX…]" ("#" begins a comment; any case, "0x", colons; further values are
 * alternatives).  NAME may be a role.  platform fixes what a name means; AUTO takes it from the
 * name.  Trust is GIVEN: the values are the question, and nobody vouches for them.  A value that
 * evidence must have is a reference of a policy (tsmmr_policy_expect()).
 *
 * E_ARG (a name, bank or length that no register has, a register given twice with different
 * values, no such form or platform), E_MALFORMED (also: not of that form), E_TRUNCATED,
 * E_UNSUPPORTED, E_LIMIT (over 1 MiB, more than 4,096 registers), E_NOMEM.
 * Since: 0.9
 */
int tsmmr_regs_from_values(const struct tsmmr_ctx *ctx, int format, int platform, const char *text,
			   size_t len, struct tsmmr_regs **ret_regs, struct tsmmr_error *reterr);

/*
 * Several sets as one, which are left as they are: values by hand from several places, evidence
 * and what this machine shows.  A register that two of them have is one; the more trusted
 * statement stays.  Each keeps its own trust, and evidence its claims.
 *
 * E_UNTRUSTED (two sets differ in a register, or both are of evidence: nothing says that it is
 * of one guest unless all of it was given to one tsmmr_regs_from_evidence()), E_ARG (two values
 * by hand differ; by hand there is a value that a quote has only in a digest over several; no
 * set), E_LIMIT (more than 4,096 registers), E_NOMEM.
 * Since: 0.9
 */
int tsmmr_regs_join(const struct tsmmr_ctx *ctx, struct tsmmr_regs *const *sets, size_t n,
		    struct tsmmr_regs **ret_regs, struct tsmmr_error *reterr);

/*
 * Text of any of these forms as lines "[PLATFORM/]NAME[:ALG]=HEX[,HEX…]", which every function
 * that takes values reads: for telling what was taken, and for saying which form it is.
 * *ret_lines is yours, ends in a NUL that *ret_len does not count, and is freed with
 * tsmmr_free().  No value at all gives no line.  Returns the form that the text had,
 * TSMMR_VALUES_*.
 *
 * E_ARG (a name, bank or length that no register has), E_TRUNCATED, E_MALFORMED (also: not of
 * that form), E_UNSUPPORTED, E_LIMIT (over 1 MiB), E_NOMEM; the message says which line.
 * Since: 0.9
 */
int tsmmr_values_lines(int format, int platform, const char *text, size_t len, uint8_t **ret_lines,
		       size_t *ret_len, struct tsmmr_error *reterr);
/*
 * base and the static virtual registers that a manifest names: a file whose hash is the
 * launch or configuration register reg, with lines "kernel.org/tsm/static_mr NAME DIGEST"
 * (DIGEST is hex, or ALG/hex).  They are called "REG/NAME" and trusted as much as reg is.
 *
 * E_NOTFOUND (no such register in base), E_UNTRUSTED (the hash is not its value),
 * E_MALFORMED, E_LIMIT (more than 64), E_ARG, E_NOMEM.
 * Since: 0.1
 */
int tsmmr_regs_with_manifest(const struct tsmmr_ctx *ctx, const struct tsmmr_regs *base,
			     const char *reg, const void *data, size_t len,
			     struct tsmmr_regs **ret_regs, struct tsmmr_error *reterr);
/*
 * One more reference, which a tsmmr_regs_free() drops; NULL gives NULL.  Any thread.
 * Since: 0.9
 */
struct tsmmr_regs *tsmmr_regs_ref(struct tsmmr_regs *regs);
void tsmmr_regs_free(struct tsmmr_regs *regs);

/* How many registers there are, each in one bank. */
size_t tsmmr_regs_count(const struct tsmmr_regs *regs);
/* NULL when i is out of range. */
const struct tsmmr_reg *tsmmr_regs_get(const struct tsmmr_regs *regs, size_t i);
/*
 * By name or role, in that bank (TSMMR_HASH_NONE: the strongest that there is); NULL when
 * there is none.
 */
const struct tsmmr_reg *tsmmr_regs_find(const struct tsmmr_regs *regs, const char *name, int hash);
/* The weakest trust of any register in the set; 0 for an empty set. */
int tsmmr_regs_trust(const struct tsmmr_regs *regs);

/* How many pieces the evidence has; 0 when the registers are not from evidence. */
size_t tsmmr_regs_evidence_count(const struct tsmmr_regs *regs);
/* Kind of piece i, as "tdx-quote-v4"; NULL past the last one. */
const char *tsmmr_regs_evidence_kind(const struct tsmmr_regs *regs, size_t i);
/*
 * Which pinned root piece i leads to, 32 bytes of SHA-256, borrowed; and at what time that
 * was held valid, in seconds since 1970, TSMMR_NONE where no certificate was asked for.
 * E_NOTFOUND when it is not AUTHENTICATED, E_ARG.
 * Since: 0.1
 */
int tsmmr_regs_evidence_root(const struct tsmmr_regs *regs, size_t i, const uint8_t **ret_sha256,
			     uint64_t *ret_time);
/*
 * Word k of what was not checked of piece i ("tcb-status", "revocation", see
 * tsmmr-trust(7)); NULL past the last one.
 * Since: 0.1
 */
const char *tsmmr_regs_evidence_not_checked(const struct tsmmr_regs *regs, size_t i, size_t k);
/*
 * Of piece i alone: its grade of enum tsmmr_trust; whether that word is among those not checked,
 * 1 or 0 (E_ARG for a word that this version does not know: it cannot say); and whether its guest
 * can be debugged, as tsmmr_regs_is_debug() answers.  E_ARG past the last one.
 * Since: 0.9
 */
int tsmmr_regs_evidence_trust(const struct tsmmr_regs *regs, size_t i);
int tsmmr_regs_evidence_is_unchecked(const struct tsmmr_regs *regs, size_t i, const char *word);
int tsmmr_regs_evidence_is_debug(const struct tsmmr_regs *regs, size_t i);
/*
 * Whose registers piece i has, TSMMR_PLATFORM_*; E_NOTFOUND where it has none, E_ARG past the
 * last one.
 * Since: 0.9
 */
int tsmmr_regs_evidence_platform(const struct tsmmr_regs *regs, size_t i);
/*
 * The nonce that piece i carries, whoever asked for it: the field, with the zeros it is padded
 * with where it has one size.  Borrowed.  E_NOTFOUND where there is none, E_ARG past the last
 * one.
 * Since: 0.9
 */
int tsmmr_regs_evidence_nonce(const struct tsmmr_regs *regs, size_t i, const uint8_t **ret_nonce,
			      size_t *ret_len);
/*
 * 1 when any piece of the evidence is of a guest that its host may debug, 0 when none is and
 * one says so, E_NOTFOUND when nothing does (a TPM quote, values by hand), E_ARG.
 */
int tsmmr_regs_is_debug(const struct tsmmr_regs *regs);
/*
 * What one piece of the evidence claims: "report_data", "td_attributes" …, borrowed.  Two
 * pieces may make claims of one name, and mean different things by them.  E_NOTFOUND, E_ARG.
 */
int tsmmr_regs_claim(const struct tsmmr_regs *regs, size_t piece, const char *name,
		     const uint8_t **ret_data, size_t *ret_len);
/* The same of a claim that is a number; E_NOTFOUND where it is none. */
int tsmmr_regs_claim_u64(const struct tsmmr_regs *regs, size_t piece, const char *name,
			 uint64_t *ret_value);
/* How a claim is to be read. */
enum tsmmr_claim_type {
	TSMMR_CLAIM_BYTES = 1,
	TSMMR_CLAIM_U64 = 2, /* as tsmmr_regs_claim_u64() has it */
	TSMMR_CLAIM_TEXT = 3,
	TSMMR_CLAIM_TIME = 4 /* a number as well: milliseconds since 1970 */
};
/*
 * One of enum tsmmr_claim_type; a number that has more than 64 bits is BYTES.  E_NOTFOUND, E_ARG.
 * Since: 0.9
 */
int tsmmr_regs_claim_type(const struct tsmmr_regs *regs, size_t piece, const char *name);
/*
 * How far that claim is trusted, one of the grades of enum tsmmr_trust: who vouches for a
 * piece need not vouch for all that it says.  E_NOTFOUND, E_ARG.
 */
int tsmmr_regs_claim_trust(const struct tsmmr_regs *regs, size_t piece, const char *name);
/*
 * Claim i of a piece: its name, its type as tsmmr_regs_claim_type() says it, its bytes; borrowed.
 * The bytes of a number may have others beside it: tsmmr_regs_claim_u64() takes it out.
 * E_NOTFOUND past the last one, E_ARG.
 * Since: 0.9
 */
size_t tsmmr_regs_claim_count(const struct tsmmr_regs *regs, size_t piece);
int tsmmr_regs_claim_at(const struct tsmmr_regs *regs, size_t piece, size_t i,
			const char **ret_name, int *ret_type, const uint8_t **ret_data,
			size_t *ret_len);
/*
 * The object `tsmmr.registers/1`; only as in tsmmr_select_matches(), or NULL for all.  E_ARG,
 * E_NOMEM.
 */
int tsmmr_regs_export_json(const struct tsmmr_regs *regs, const char *only, uint8_t **ret_json,
			   size_t *ret_len, struct tsmmr_error *reterr);

const char *tsmmr_reg_name(const struct tsmmr_reg *reg); /* "rtmr0" */
/*
 * Who shows it in a register tree, "tdx_guest", or is said to by a log or by values by hand, where
 * no table knows it; NULL when it is from elsewhere.
 */
const char *tsmmr_reg_provider(const struct tsmmr_reg *reg);
const char *tsmmr_reg_role(const struct tsmmr_reg *reg); /* "app-runtime", or NULL */
int tsmmr_reg_platform(const struct tsmmr_reg *reg);
int tsmmr_reg_space(const struct tsmmr_reg *reg);
uint64_t tsmmr_reg_index(const struct tsmmr_reg *reg); /* TSMMR_NONE: not in any log */
int tsmmr_reg_hash(const struct tsmmr_reg *reg);
int tsmmr_reg_kind(const struct tsmmr_reg *reg);
uint32_t tsmmr_reg_flags(const struct tsmmr_reg *reg);
/*
 * TSMMR_TRUST_*; 0 without a value, which nobody vouches for, but for a register whose value
 * evidence covers by one digest over several: then that of the digest.  0 for NULL.
 */
int tsmmr_reg_trust(const struct tsmmr_reg *reg);
/* Borrowed.  E_NOTFOUND when the register cannot be read. */
int tsmmr_reg_value(const struct tsmmr_reg *reg, const uint8_t **ret_value, size_t *ret_len);

/*
 * Does a list as --only and --require take it name this register?  Items are names,
 * roles, ranges and "*", each with ":ALG" or not: "rtmr0-2,app-runtime,pcr0-7:sha256".
 * 1, 0, or E_ARG for a list that does not parse.
 */
int tsmmr_select_matches(const char *list, const char *name, const char *role, int hash,
			 struct tsmmr_error *reterr);

#ifdef __cplusplus
}
#endif
#endif
