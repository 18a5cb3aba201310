/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates. */
#pragma once

#include "crypto/sign.h"

/*
 * All of it reads what an attacker wrote.  Nothing here trusts a system's certificate
 * store, an environment variable, or a root that the caller did not give.
 */

struct cert_cache;
struct cert_ids;
struct X509_name_st;
struct asn1_object_st;
struct x509_st;

#define CERTS_MAX 32

/* Certificates somebody handed us, in the order they came. */
struct certs {
	struct crypto crypto;     /* that they are read with */
	struct cert_cache *cache; /* where some of them may be already, borrowed; or NULL */
	struct x509_st **all;
	struct cert_ids *ids; /* of each, with a cache; else NULL */
	size_t n;
	bool unbounded; /* the caller's own: as many as there are, not CERTS_MAX */
};

void certs_done(struct certs *certs);
static inline void certs_done_p(struct certs *certs)
{
	certs_done(certs);
}
/*
 * Adds those in s: a PEM bundle (NULs at its end pass), or DER, one after the other.
 * E_MALFORMED where there is none or one that does not parse, E_LIMIT, E_NOMEM.
 */
int certs_add(struct certs *certs, struct span s, struct tsmmr_error *err);
/* Of those from that one on, each stays that is not there before. */
void certs_once(struct certs *certs, size_t from);
/* All of more's at the end.  As certs_add(). */
int certs_add_all(struct certs *certs, const struct certs *more, struct tsmmr_error *err);
/* The key of certificate i, the caller's to free. */
int certs_key(const struct certs *certs, size_t i, struct pubkey **ret);
/* Of its DER.  E_NOMEM, or E_LACKS - … without SHA-256. */
int certs_sha256(const struct certs *certs, size_t i, uint8_t ret[32]);
/* Does its issuer's name have this organization, and no other? */
bool certs_issued_by(const struct certs *certs, size_t i, const char *organization);
/* The same of a name that is not a certificate's. */
bool certs_name_is_of(const struct X509_name_st *name, const char *organization);
/* Its issuer's common name, borrowed; false: it has none, or several. */
bool certs_issuer(const struct certs *certs, size_t i, struct span *ret);
/* The same of its own name. */
bool certs_subject(const struct certs *certs, size_t i, struct span *ret);
/* Is it this one, "1.2.840.113741.1.13.1"? */
bool certs_is_oid(const struct asn1_object_st *object, const char *oid);
/* The value of an extension, "1.2.840.113741.1.13.1", borrowed; false: not there. */
bool certs_extension(const struct certs *certs, size_t i, const char *oid, struct span *ret);
