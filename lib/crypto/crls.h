/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificate revocation lists.  (RFC 5280 §5) */
#pragma once

#include "crypto/trust.h"

struct X509_crl_st;

#define CRLS_MAX 64

/* All of it reads what an attacker wrote. */
struct crls {
	struct crypto crypto;
	struct crl {
		struct X509_crl_st *crl;
		uint8_t sha256[32];    /* of its DER */
		uint64_t issued, next; /* it holds from … to, both included; seconds since 1970 */
	} * all;
	size_t n;
};

void crls_done(struct crls *crls);
static inline void crls_done_p(struct crls *crls)
{
	crls_done(crls);
}
/*
 * Adds those in s: PEM or DER, one or more.  E_MALFORMED where there is none, or one that does not
 * parse or has no end; E_UNSUPPORTED of one that is only part of a list; E_LIMIT, E_NOMEM.
 */
int crls_add(struct crls *crls, struct span s, struct tsmmr_error *err);

/* All of more's.  E_NOMEM. */
int crls_add_all(struct crls *crls, const struct crls *more);

/* Has any of them another issuer than this organization? */
bool crls_any_but(const struct crls *crls, const char *organization);
/* Is one of them by the end of the chain?  Or is that no root, so that nobody can say. */
bool crls_are_of(const struct crls *crls, const struct chain *chain);

#define REVOCATION_LACKS_MAX 4

/* What lists say of a chain. */
struct revocation {
	size_t asked, covered; /* certificates below what is pinned, and those that a list is for */
	bool late;             /* one of these lists does not hold at that time */
	uint64_t until;        /* the earliest end of those that were used; TSMMR_NONE: of none */
	/* Whose list is missing, or does not hold: names, borrowed from the chain. */
	struct span lacks[REVOCATION_LACKS_MAX];
	size_t n_lacks;
};

/* What chains are held against, and when. */
struct crl_check {
	const struct crls *const *sets;
	size_t n;
	struct cert_cache *cache; /* or NULL */
	uint64_t time, grace;     /* for how many seconds after its end a list still holds */
	bool by_end;              /* the end of the chain lists what is revoked of all of it */
	const char *who;          /* "the VCEK", for messages */
};

/*
 * Each certificate of the chain below its end against the lists of its issuer, in all sets.  A
 * list counts that its issuer signed; of several the one that was made last.  Those that do not
 * hold at the time count too, as far as they revoke.  *ret is added to.  0; E_UNTRUSTED: one is
 * revoked, or the signature of the only list of its issuer is wrong; E_NOMEM.
 */
int crls_check(const struct crl_check *how, const struct chain *chain, struct revocation *ret,
	       struct tsmmr_error *err);
