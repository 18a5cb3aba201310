/* SPDX-License-Identifier: BSD-2-Clause */
/* The roots that the caller pins, and whether certificates lead to one. */
#pragma once

#include "crypto/certs.h"

/* All kinds of evidence, of which each has a bit.  (struct pin, struct cert_use) */
#define KINDS_ALL (~0u)

/* A certificate, a bare key, or the hash of either. */
struct pin {
	struct x509_st *cert;
	struct pubkey *key;
	uint8_t sha256[32]; /* of the certificate or the key, in DER */
	unsigned int kinds; /* of evidence that may lead to it */
	bool attests;       /* known to be a TPM's key that signs only what the TPM made */
	const char *name;   /* where it is a vendor's, or NULL */
};

/* Whom the caller trusts, and when. */
struct trust {
	struct crypto crypto; /* that pins are read, and chains verified with */
	struct pin *pins;
	size_t n_pins;
	uint64_t time; /* seconds since 1970, when has_time */
	bool has_time;
};

void trust_done(struct trust *trust); /* may be NULL */
static inline void trust_done_p(struct trust *trust)
{
	trust_done(trust);
}
/* Another with the same in it, to be freed after trust_done().  0 or E_NOMEM. */
int trust_copy(const struct trust *trust, struct trust **ret);
/* All of more's pins beside those of trust; and its time, if it has one.  0 or E_NOMEM. */
int trust_add_all(struct trust *trust, const struct trust *more);
/*
 * Certificates (PEM or DER, one or more) or one public key, for all kinds of evidence.  All
 * of s or nothing.  As certs_add(), without a limit to their number.
 */
int trust_add(struct trust *trust, struct span s, struct tsmmr_error *err);
/* One key, which is taken over where this succeeds.  0, or as pubkey_sha256(). */
int trust_add_key(struct trust *trust, struct pubkey **key, unsigned int kinds, bool attests);
int trust_add_sha256(struct trust *trust, const uint8_t sha256[32], struct tsmmr_error *err);
/* When certificates must be valid; TSMMR_NONE: the default again.  E_ARG. */
int trust_set_time(struct trust *trust, uint64_t seconds, struct tsmmr_error *err);
/* Has the caller pinned anything?  trust may be NULL. */
bool trust_any(const struct trust *trust);
/* Is this very key pinned for these kinds?  The pin, or NULL. */
const struct pin *trust_has_key(const struct trust *trust, const struct pubkey *key,
				unsigned int kinds);
/* The next bare key pinned for these kinds: *i is 0 at first and counts on.  NULL: no more. */
const struct pin *trust_key(const struct trust *trust, unsigned int kinds, size_t *i);
/* The same of certificates. */
const struct pin *trust_cert(const struct trust *trust, unsigned int kinds, size_t *i);

/* What a certificate must be for its key to have signed one kind of evidence. */
struct cert_use {
	const char *who;          /* "the VCEK", for messages */
	unsigned int kinds;       /* which pins it may lead to */
	bool signs;               /* it has a key usage, and digitalSignature is in it */
	const char *purpose;      /* an extended key usage it has; NULL: it has none at all */
	const char *or_extension; /* … or it has none, but this extension; or NULL */
	int key;                  /* enum pubkey_type of all keys of its chain; 0: any */
};

/* Longer chains are nobody's; each link costs a signature. */
#define CHAIN_DEPTH_MAX 8

/* What became of a chain. */
struct chain {
	/* From the leaf to what is pinned, borrowed from what it was built of; n 0: to nothing. */
	struct x509_st *links[CHAIN_DEPTH_MAX + 2];
	uint8_t sha256[CHAIN_DEPTH_MAX + 2][32]; /* of each, DER */
	size_t n;
	const struct pin *pin; /* what it leads to; NULL: it is only consistent in itself */
	bool complete;         /* leads to a pin or to any self-signed certificate */
	uint8_t root[32];      /* SHA-256 of the pinned certificate, DER */
	uint64_t time;         /* when it was valid, seconds since 1970 */
};

/*
 * Certificate leaf of given, and the others as its possible issuers.  With anything pinned
 * it must lead to a certificate that is pinned for its use (or to one of given whose hash
 * is), be valid at the pinned time, else at own_time (0: the evidence has none), else now.
 * Without any pin each certificate that has its issuer in given must be signed by it.
 *
 * What is pinned need not be self-signed: who pins an intermediate, or the leaf, trusts
 * that certificate and nothing above it.  The leaf is never a CA's.
 *
 * 0 and *ret; E_UNTRUSTED, naming who and why; E_NOMEM.
 */
int trust_chain(const struct trust *trust, const struct certs *given, size_t leaf,
		const struct cert_use *use, uint64_t own_time, struct chain *ret,
		struct tsmmr_error *err);
