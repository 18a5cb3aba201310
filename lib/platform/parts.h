/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kinds of evidence work with: the parts handed in, and what is noted of each piece. */
#pragma once

#include "core/regs.h"
#include "crypto/certs.h"
#include "crypto/trust.h"
#include "platform/collateral.h"
#include "util/cursor.h"

#define EVIDENCE_PARTS_MAX 16

struct evidence_kind;

/*
 * A piece is what is signed (a quote, a report, a token); a part is a file.  A piece may
 * need other parts: its signature, the key, certificates, the values that a digest is of.
 */
struct piece {
	const struct evidence_kind *kind;
	struct span bytes;
	struct tsmmr_regs *regs; /* with one evidence_info */
	void *state;             /* what decode() read, for the calls after it; or NULL */
};

/* All that was handed in, while it is worked on. */
struct evidence_set {
	struct crypto crypto; /* of the context, and what was read with it */
	struct cert_cache *cache;
	const struct trust *trust;
	const struct collateral *shared; /* of the context; or NULL */
	struct collateral own;           /* of this evidence alone */
	uint64_t grace;                  /* seconds for which collateral holds after its end */
	struct span nonce;               /* what the caller asked for; n is 0: nothing */
	struct {
		int part; /* never AUTO */
		struct span bytes;
		const char *member; /* of an envelope, or NULL */
		bool used;
	} parts[EVIDENCE_PARTS_MAX];
	size_t n_parts;
	struct piece pieces[EVIDENCE_PIECES_MAX];
	size_t n_pieces;
};

/* None yet; those that are added are remembered, as the context says. */
static inline struct certs certs_of(const struct evidence_set *set)
{
	return (struct certs){ .crypto = set->crypto, .cache = set->cache };
}

/* A copy of a kind's n bytes of state, for piece->state; NULL: no memory. */
void *evidence_state(const void *state, size_t n);
/*
 * The next part of that sort: *i is 0 at first and counts on.  NULL when there are no
 * more.  A part that no piece asks for is refused in the end, so ask only for what you read.
 */
const struct span *evidence_part(struct evidence_set *set, int part, size_t *i);
/*
 * Adds the certificates of every certs part to certs, with add: certs_add(), or
 * cert_table_or_certs_add() where a hypervisor may have handed them out.
 */
int evidence_certs(struct evidence_set *set,
		   int (*add)(struct certs *certs, struct span s, struct tsmmr_error *err),
		   struct certs *certs, struct tsmmr_error *err);
/*
 * Reads the parts that are collateral into set->own.  Once, before any piece is authenticated; a
 * piece that uses it calls evidence_collateral(), and without one the parts are refused as others.
 */
int evidence_read_collateral(struct evidence_set *set, struct tsmmr_error *err);
void evidence_collateral(struct evidence_set *set);
/* Every signature in the piece is right. */
void evidence_signed(struct tsmmr_regs *regs);
/* What trust_chain() found, put down: authenticated if it leads to a pin. */
void evidence_chain(struct tsmmr_regs *regs, const struct chain *chain);
/* Authenticated by a bare key that is pinned. */
void evidence_key(struct tsmmr_regs *regs, const struct pin *pin);
/*
 * Do both pieces, of one statement, say the same where they say the same things?
 * BIND_COVERS, or E_UNTRUSTED.
 */
int evidence_same(const struct tsmmr_regs *a, const struct tsmmr_regs *b, struct tsmmr_error *err);

/* What sign_verify() said, or what made no key: 0; E_UNTRUSTED, which what says; or as that. */
int evidence_signature(int r, const char *what, struct tsmmr_error *err);
