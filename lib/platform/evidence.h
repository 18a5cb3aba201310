/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence: what a caller hands in, and the kinds of it that this library reads. */
#pragma once

#include "core/ctx.h"
#include "core/regs.h"
#include "platform/parts.h"
#include "platform/roots.h"

#define EVIDENCE_LOGS_MAX 16
#define EVIDENCE_ENVELOPES_MAX 8

struct tsmmr_evidence {
	struct trust trust; /* roots of this evidence alone, beside the context's */
	struct {
		int part; /* never AUTO */
		uint8_t *p;
		size_t n;
		bool armoured;
		const char *member; /* of an envelope, which it was; or NULL */
	} parts[EVIDENCE_PARTS_MAX];
	size_t n_parts;
	/* Where parts came in an envelope: which, the outer one first, and the logs in it. */
	struct {
		const char *kind, *left_out;
		bool armoured;
	} envelopes[EVIDENCE_ENVELOPES_MAX];
	size_t n_envelopes;
	struct {
		int format;
		const char *reg;
		uint8_t *p;
		size_t n;
	} logs[EVIDENCE_LOGS_MAX];
	size_t n_logs;
	uint8_t nonce[64];
	size_t nonce_n; /* 0: none asked for */
};

int evidence_new(struct crypto crypto, struct tsmmr_evidence **ret);
void evidence_free(struct tsmmr_evidence *ev);
DEFINE_CLEANUP(struct tsmmr_evidence *, evidence_free)
int evidence_add(struct tsmmr_evidence *ev, int part, const void *data, size_t n,
		 struct tsmmr_error *err);
/* Says of the part that was added last which member of an envelope it was. */
void evidence_name_part(struct tsmmr_evidence *ev, const char *member);
/* Which part that AUTO is, or E_NOMEM. */
int evidence_part_of(struct crypto crypto, struct span s);
/* Notes that what is added next came in such an envelope, without what left_out says, or NULL. */
int evidence_add_envelope(struct tsmmr_evidence *ev, const char *kind, const char *left_out,
			  bool armoured, struct tsmmr_error *err);
/* A copy; reg may be NULL, and lives as long as the library. */
int evidence_add_log(struct tsmmr_evidence *ev, int format, const char *reg, struct span s,
		     struct tsmmr_error *err);
/* Takes everything off that was added since the three numbers were so. */
void evidence_cut(struct tsmmr_evidence *ev, size_t n_parts, size_t n_envelopes, size_t n_logs);
/* All parts together; the checks that tsmmr_regs_from_evidence() promises. */
int evidence_regs(const struct tsmmr_ctx *ctx, const struct tsmmr_evidence *ev,
		  struct tsmmr_regs **ret, struct tsmmr_error *err);

enum evidence_bond {
	BIND_NONE = 0,    /* they do not touch */
	BIND_SIGNS = 1,   /* piece vouches for the key that signed other: for all of it */
	BIND_COVERS = 2,  /* piece says the same: for what both say, and hashes of it, alone */
	BIND_BELONGS = 3, /* of one guest, and no word on other's key */
};

/*
 * One kind of evidence: a row of the table in table.c.  Order of calls: decode() of
 * every piece, authenticate() of every piece, bind() of every pair, both ways round.
 */
struct evidence_kind {
	unsigned int kinds;            /* SIGNS_*: the roots that it may lead to */
	const struct cert_use *signer; /* what the certificate of its key must be; or NULL */
	const char *root_hint;         /* a root's name, of those it usually leads to; or NULL */
	const char *missing;           /* the part to ask for where nothing says who signed */
	/* Which supporting part (TSMMR_PART_SIG …) is this?  AUTO: none of ours.  Or NULL. */
	int (*part)(struct crypto crypto, struct span s);
	/*
	 * 0, E_FORMAT when piece->bytes are something else, or why not.  Every check that takes
	 * no key.  Trust is UNSIGNED.  Sets piece->regs, and where the calls below need more,
	 * piece->state to what was read: both only when it returns 0.
	 */
	int (*decode)(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err);
	void (*free_state)(void *state); /* NULL where decode() sets none */
	/*
	 * Every signature that can be checked with what is there: a wrong one is E_UNTRUSTED
	 * whether or not a root is pinned.  Trust becomes SIGNED where all of them are right,
	 * AUTHENTICATED only where they lead to a pinned root; what could not be checked is
	 * named with evidence_not_checked().  NULL: nothing is signed.
	 */
	int (*authenticate)(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err);
	/*
	 * Does piece vouch for other (its key is in piece's report data, …)?  One of enum
	 * evidence_bond, or E_UNTRUSTED when they should touch and do not.  What piece vouches
	 * with is its report data, which is worth what that claim is.  NULL: never.
	 */
	int (*bind)(struct evidence_set *set, const struct piece *piece, struct piece *other,
		    struct tsmmr_error *err);
};

extern const struct evidence_kind tdx_report_kind, tdx_quote_kind;
extern const struct evidence_kind cca_token_kind, nitro_kind;
extern const struct evidence_kind snp_report_kind, hcl_kind, tpm_quote_kind;

extern const struct evidence_kind *const evidence_kinds[];
extern const size_t n_evidence_kinds;
