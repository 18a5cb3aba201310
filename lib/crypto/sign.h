/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys, and the signatures they made. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tsmmr/types.h>

#include "crypto/hash.h"
#include "util/cleanup.h"
#include "util/cursor.h"

/* All of it reads what an attacker wrote. */

struct pubkey;
struct evp_pkey_st;

/*
 * The functions that make a key return 0, E_MALFORMED (no such key, or a point that is not
 * on its curve), E_UNSUPPORTED (no P-256, P-384, P-521 or RSA of 2048 to 8192 bits),
 * E_NOMEM, or E_LACKS - … for want of an algorithm.
 */
/* x||y or 0x04||x||y; the curve is the one of that length. */
int pubkey_from_point(struct crypto crypto, struct span point, struct pubkey **ret);
/* Big-endian. */
int pubkey_from_rsa(struct crypto crypto, struct span n, struct span e, struct pubkey **ret);
/* SubjectPublicKeyInfo, DER or PEM; or the key of a certificate, DER or PEM. */
int pubkey_from_bytes(struct crypto crypto, struct span s, struct pubkey **ret);
/* One more user; pubkey_free() is for each. */
void pubkey_ref(struct pubkey *key);
void pubkey_free(struct pubkey *key);
DEFINE_CLEANUP(struct pubkey *, pubkey_free)

enum pubkey_type { PUBKEY_P256 = 256, PUBKEY_P384 = 384, PUBKEY_P521 = 521, PUBKEY_RSA = 1 };
enum pubkey_type pubkey_type(const struct pubkey *key);
bool pubkey_same(const struct pubkey *a, const struct pubkey *b);
/* Of its SubjectPublicKeyInfo in DER: what a pin of a bare key is.  0, or as hasher_init(). */
int pubkey_sha256(const struct pubkey *key, uint8_t ret[32]);
/* The same of a key that OpenSSL has; takes it over, also when it fails. */
int pubkey_take(struct crypto crypto, struct evp_pkey_st *pkey, struct pubkey **ret);
/* Drops what OpenSSL said since ERR_set_mark(): code, or E_NOMEM if that was the reason. */
int sign_failed(int code);

/* Has the crypto library what any of these keys and signatures take?  Else nothing is wrong. */
bool sign_available(struct crypto crypto);

enum sign_form {
	SIGN_ECDSA,     /* r||s, big-endian, each as long as the curve's field (COSE) */
	SIGN_ECDSA_LE,  /* two halves, each a little-endian number (SNP) */
	SIGN_ECDSA_DER, /* SEQUENCE { r, s } */
	SIGN_RSA_PKCS1, /* RSASSA-PKCS1-v1_5 */
	SIGN_RSA_PSS    /* RSASSA-PSS, MGF1 of the same hash, any salt */
};

/*
 * Did key make this signature?  alg is a TSMMR_HASH_*.  0 when it did, E_UNTRUSTED when
 * it did not or could not have, E_UNSUPPORTED of a hash that is not known, E_NOMEM, or
 * E_LACKS - … for want of an algorithm.
 */
int sign_verify(const struct pubkey *key, enum sign_form form, int alg, struct span message,
		struct span signature);
