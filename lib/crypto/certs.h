/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates, and the roots that the caller pins. */
#pragma once

#include "crypto/sign.h"

/*
 * All of it reads what an attacker wrote.  Nothing here trusts a system's certificate
 * store, an environment variable, or a root that the caller did not give.
 */

struct x509_st;

#define CERTS_MAX 32

/* Certificates somebody handed us, in the order they came. */
struct certs {
	struct x509_st *all[CERTS_MAX];
	size_t n;
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
/* The key of certificate i, the caller's to free. */
int certs_key(const struct certs *certs, size_t i, struct pubkey **ret);
void certs_sha256(const struct certs *certs, size_t i, uint8_t ret[32]); /* of its DER */
/* Does its issuer's name have this organization, and no other? */
bool certs_issued_by(const struct certs *certs, size_t i, const char *organization);
/* The value of an extension, "1.2.840.113741.1.13.1", borrowed; false: not there. */
bool certs_extension(const struct certs *certs, size_t i, const char *oid, struct span *ret);

#define TRUST_PINS_MAX 32

/* Whom the caller trusts: certificates, bare keys, hashes of either; and when. */
struct trust {
	struct certs certs;
	struct pubkey *keys[TRUST_PINS_MAX];
	size_t n_keys;
	uint8_t pins[TRUST_PINS_MAX][32];
	size_t n_pins;
	uint64_t time; /* seconds since 1970, when has_time */
	bool has_time;
};

void trust_done(struct trust *trust); /* may be NULL */
/* Certificates (PEM or DER, one or more) or one public key.  As certs_add(). */
int trust_add(struct trust *trust, struct span s, struct tsmmr_error *err);
int trust_add_sha256(struct trust *trust, const uint8_t sha256[32], struct tsmmr_error *err);
/* Has the caller pinned anything?  trust may be NULL. */
bool trust_any(const struct trust *trust);
/* Is this very key pinned?  *ret is then what the output calls its root. */
bool trust_has_key(const struct trust *trust, const struct pubkey *key, uint8_t ret[32]);

/* What became of a chain. */
struct chain {
	bool anchored;    /* leads to a pinned root; else only consistent in itself */
	bool complete;    /* leads to a pinned root or to any self-signed one */
	uint8_t root[32]; /* SHA-256 of the pinned certificate, DER */
	uint64_t time;    /* when it was valid, seconds since 1970 */
};

/*
 * Certificate leaf of given, and the others as its possible issuers.  With pinned
 * certificates (or pins that given has the certificate of) it must lead to one of them, be
 * valid at the pinned time, else at own_time (0: the evidence has none), else now.  Without
 * any pin each certificate that has its issuer in given must be signed by it.
 *
 * What is pinned need not be self-signed: who pins an intermediate, or the leaf, trusts
 * that certificate and nothing above it.
 *
 * 0 and *ret; E_UNTRUSTED, naming who ("the PCK certificate") and why; E_NOMEM.
 */
int certs_chain(const struct certs *given, size_t leaf, const struct trust *trust,
		uint64_t own_time, const char *who, struct chain *ret, struct tsmmr_error *err);
