/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures, keys, certificates, and the roots that the caller pins. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tsmmr/types.h>

#include "util/cleanup.h"
#include "util/cursor.h"

/*
 * All of it reads what an attacker wrote.  Nothing here trusts a system's certificate
 * store, an environment variable, or a root that the caller did not give.
 */

struct pubkey;
struct x509_st;

/*
 * The functions that make a key return 0, E_MALFORMED (no such key, or a point that is not
 * on its curve), E_UNSUPPORTED (no P-256, P-384, P-521 or RSA of 2048 to 8192 bits), or
 * E_NOMEM.
 */
/* x||y or 0x04||x||y; the curve is the one of that length. */
int pubkey_from_point(struct span point, struct pubkey **ret);
int pubkey_from_rsa(struct span n, struct span e, struct pubkey **ret); /* big-endian */
/* SubjectPublicKeyInfo, DER or PEM; or the key of a certificate, DER or PEM. */
int pubkey_from_bytes(struct span s, struct pubkey **ret);
void pubkey_free(struct pubkey *key);
DEFINE_CLEANUP(struct pubkey *, pubkey_free)

enum pubkey_type { PUBKEY_P256 = 256, PUBKEY_P384 = 384, PUBKEY_P521 = 521, PUBKEY_RSA = 1 };
enum pubkey_type pubkey_type(const struct pubkey *key);
bool pubkey_same(const struct pubkey *a, const struct pubkey *b);
/* Of its SubjectPublicKeyInfo in DER: what a pin of a bare key is. */
int pubkey_sha256(const struct pubkey *key, uint8_t ret[32]);
/* The key of a certificate, its SHA-256, and whether another's key signed it. */
int cert_pubkey(struct x509_st *cert, struct pubkey **ret);
void cert_sha256(const struct x509_st *cert, uint8_t ret[32]);
bool cert_is_signed_by(struct x509_st *cert, const struct x509_st *issuer);
/* Drops what OpenSSL said since ERR_set_mark(): code, or E_NOMEM if that was the reason. */
int sign_failed(int code);

/* Blocks of PEM, one after the other: certificates and public keys only. */
struct pem {
	struct span left;
	struct span der; /* of the block, until the next call */
	uint8_t *owned;
};

bool pem_is(struct span s);
int pem_next(struct pem *pem); /* 1; 0 at the end; E_MALFORMED, E_NOMEM */
void pem_done(struct pem *pem);

enum sign_form {
	SIGN_ECDSA,     /* r||s, big-endian, each as long as the curve's field (COSE) */
	SIGN_ECDSA_LE,  /* two halves, each a little-endian number (SNP) */
	SIGN_ECDSA_DER, /* SEQUENCE { r, s } */
	SIGN_RSA_PKCS1, /* RSASSA-PKCS1-v1_5 */
	SIGN_RSA_PSS    /* RSASSA-PSS, MGF1 of the same hash, any salt */
};

/*
 * Did key make this signature?  alg is a TSMMR_HASH_*.  0 when it did, E_UNTRUSTED when
 * it did not or could not have, E_UNSUPPORTED when the hash is not to be had, E_NOMEM.
 */
int sign_verify(const struct pubkey *key, enum sign_form form, int alg, struct span message,
		struct span signature);

#define CERTS_MAX 32
#define CERTS_BYTES_MAX (1u << 20)

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

void trust_done(struct trust *trust);
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
