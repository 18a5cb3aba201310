/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of platforms, and of the evidence they sign. */
#pragma once

#include "core/platform.h"
#include "core/regs.h"
#include "crypto/certs.h"
#include "core/ctx.h"
#include "util/cursor.h"

extern const struct platform platform_tdx, platform_cca, platform_tpm, platform_nitro, platform_snp;

/* What AUTO looks through, in this order: an enclave's PCRs are called as a TPM's are. */
#define PLATFORMS_N 5
extern const struct platform *const platforms[PLATFORMS_N];

/* NULL when this library has no such platform. */
const struct platform *platform_by_id(int id);
/*
 * A register by name or role: of *platform, or where that is NULL of the first that has
 * it, which *platform then is.  NULL when there is none.
 */
const struct reg_desc *platform_find(const struct platform **platform, struct span name);
/* Is this the name, or a role, of any platform's register?  For checking --require. */
bool platform_knows(struct span name);

#define EVIDENCE_PARTS_MAX 16

struct tsmmr_evidence {
	const struct tsmmr_ctx *ctx;
	struct {
		int part;
		uint8_t *p;
		size_t n;
		bool armoured;
	} parts[EVIDENCE_PARTS_MAX];
	size_t n_parts;
	uint8_t nonce[64];
	size_t nonce_n; /* 0: none asked for */
};

int evidence_new(const struct tsmmr_ctx *ctx, struct tsmmr_evidence **ret);
void evidence_free(struct tsmmr_evidence *ev);
DEFINE_CLEANUP(struct tsmmr_evidence *, evidence_free)
int evidence_add(struct tsmmr_evidence *ev, int part, const void *data, size_t n,
		 struct tsmmr_error *err);
/* All parts together; the checks that tsmmr_regs_from_evidence() promises. */
int evidence_regs(const struct tsmmr_ctx *ctx, const struct tsmmr_evidence *ev,
		  struct tsmmr_regs **ret, struct tsmmr_error *err);

/*
 * A piece is what is signed (a quote, a report, a token); a part is a file.  A piece may
 * need other parts: its signature, the key, certificates, the values behind a digest.
 */
struct piece {
	const struct evidence_kind *kind;
	struct span bytes;
	struct tsmmr_regs *regs; /* with one evidence_info */
};

/* All that was handed in, while it is worked on. */
struct evidence_set {
	const struct trust *trust;
	struct span nonce; /* what the caller asked for; n is 0: nothing */
	struct {
		int part; /* never AUTO */
		struct span bytes;
		bool used;
	} parts[EVIDENCE_PARTS_MAX];
	size_t n_parts;
	struct piece pieces[EVIDENCE_PIECES_MAX];
	size_t n_pieces;
};

/*
 * The next part of that sort: *i is 0 at first and counts on.  NULL when there are no
 * more.  A part that no piece asks for is refused in the end, so ask only for what you read.
 */
const struct span *evidence_part(struct evidence_set *set, int part, size_t *i);
/* Adds the certificates of every certs part there is. */
int evidence_certs(struct evidence_set *set, struct certs *certs, struct tsmmr_error *err);
/* The trust of a piece and of all its registers. */
void evidence_trust(struct tsmmr_regs *regs, int trust);
/* What certs_chain() found, put down: authenticated if it is anchored. */
void evidence_chain(struct tsmmr_regs *regs, const struct chain *chain);
/* Authenticated by a bare key that is pinned: what trust_has_key() returned. */
void evidence_key(struct tsmmr_regs *regs, const uint8_t root[32]);

enum evidence_bond {
	BIND_NONE = 0,    /* they do not touch */
	BIND_VOUCHES = 1, /* other's trust becomes piece's, if that is more */
	BIND_BELONGS = 2, /* of one guest, and no word on other's key */
};

/*
 * One kind of evidence: a row of the table in evidence.c.  Order of calls: decode() of
 * every piece, authenticate() of every piece, bind() of every pair, both ways round.
 */
struct evidence_kind {
	/* Which supporting part (TSMMR_PART_SIG …) is this?  AUTO: none of ours.  Or NULL. */
	int (*part)(struct span s);
	/*
	 * 0 and *ret, E_FORMAT when these bytes are something else, or why not.  Every check
	 * that takes no key.  Trust is DECODED.
	 */
	int (*decode)(struct evidence_set *set, struct span s, struct tsmmr_regs **ret,
		      struct tsmmr_error *err);
	/*
	 * Every signature that can be checked with what is there: a wrong one is E_UNTRUSTED
	 * whether or not a root is pinned.  Trust becomes AUTHENTICATED only where it leads to
	 * a pinned root; what could not be checked is named with evidence_not_checked().  NULL:
	 * nothing is signed.
	 */
	int (*authenticate)(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err);
	/*
	 * Does piece vouch for other (its key is in piece's report data, …)?  One of enum
	 * evidence_bond, or E_UNTRUSTED when they should touch and do not.  NULL: never.
	 */
	int (*bind)(struct evidence_set *set, const struct piece *piece, struct piece *other,
		    struct tsmmr_error *err);
};

extern const struct evidence_kind tdx_report_kind, tdx_quote_kind;
extern const struct evidence_kind cca_token_kind, nitro_kind;
extern const struct evidence_kind snp_report_kind, hcl_kind, tpm_quote_kind;

/* A TDREPORT inside something else, say. */
int tdx_report_decode(struct span s, struct tsmmr_regs **ret, struct tsmmr_error *err);
