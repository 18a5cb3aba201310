/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates, and whether they lead to one that the caller pinned. */
#include "crypto/certs.h"

#include <assert.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <time.h>

#include "crypto/pem.h"
#include "util/error.h"

DEFINE_CLEANUP(X509_STORE *, X509_STORE_free)
DEFINE_CLEANUP(X509_STORE_CTX *, X509_STORE_CTX_free)
DEFINE_CLEANUP(ASN1_OBJECT *, ASN1_OBJECT_free)

/* Longer chains are nobody's; each link costs a signature. */
#define CHAIN_DEPTH_MAX 8
/* 112 bits: RSA of 2048 bits, SHA-256; no certificate signed over SHA-1. */
#define SECURITY_LEVEL 2

/* Fails only where there is no SHA-256, and then nothing equals the result. */
static void sha256_of(const X509 *cert, uint8_t ret[32])
{
	memset(ret, 0, 32);
	ERR_set_mark();
	X509_digest(cert, EVP_sha256(), ret, NULL);
	ERR_pop_to_mark();
}

void certs_done(struct certs *certs)
{
	for (size_t i = 0; i < certs->n; i++)
		X509_free(certs->all[i]);
	certs->n = 0;
}

/* One certificate off the front of s. */
static int add_der(struct certs *certs, struct span *s, struct tsmmr_error *err)
{
	const uint8_t *p = s->p;
	X509 *cert;

	if (certs->n == CERTS_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d certificates", CERTS_MAX);
	cert = d2i_X509(NULL, &p, (long)s->n);
	if (!cert) {
		int r = sign_failed(TSMMR_E_MALFORMED);

		ERR_set_mark();
		return r == TSMMR_E_NOMEM ?
			       fail_nomem(err) :
			       fail(err, r, "certificate %zu does not parse", certs->n);
	}
	certs->all[certs->n++] = cert;
	*s = span_of(p, s->n - (size_t)(p - s->p));
	return 0;
}

static int add_pem(struct certs *certs, struct span s, struct tsmmr_error *err)
{
	struct pem pem = { .left = s };
	int r = 0;

	while (r == 0) {
		struct span der;
		int more = pem_next(&pem);

		if (more == 0)
			break;
		if (more < 0) {
			r = more == TSMMR_E_NOMEM ? fail_nomem(err) :
						    fail(err, more, "PEM that is no certificate");
			break;
		}
		der = pem.der;
		r = add_der(certs, &der, err);
		if (r == 0 && der.n)
			r = fail(err, TSMMR_E_MALFORMED, "bytes after certificate %zu",
				 certs->n - 1);
	}
	pem_done(&pem);
	return r;
}

int certs_add(struct certs *certs, struct span s, struct tsmmr_error *err)
{
	size_t before = certs->n;
	int r = 0;

	if (s.n > PEM_BYTES_MAX)
		return fail(err, TSMMR_E_LIMIT, "%zu bytes of certificates, more than %u", s.n,
			    PEM_BYTES_MAX);
	ERR_set_mark();
	if (pem_is(s))
		r = add_pem(certs, s, err);
	else
		while (r == 0 && s.n)
			r = add_der(certs, &s, err);
	ERR_pop_to_mark();
	if (r < 0)
		return r;
	return certs->n > before ? 0 : fail(err, TSMMR_E_MALFORMED, "no certificate in it");
}

int certs_key(const struct certs *certs, size_t i, struct pubkey **ret)
{
	EVP_PKEY *pkey;

	assert(i < certs->n);
	ERR_set_mark();
	pkey = X509_get_pubkey(certs->all[i]);
	if (!pkey)
		return sign_failed(TSMMR_E_MALFORMED);
	ERR_pop_to_mark();
	return pubkey_take(pkey, ret);
}

void certs_sha256(const struct certs *certs, size_t i, uint8_t ret[32])
{
	sha256_of(certs->all[i], ret);
}

bool certs_issued_by(const struct certs *certs, size_t i, const char *organization)
{
	const X509_NAME *name = X509_get_issuer_name(certs->all[i]);
	int at = X509_NAME_get_index_by_NID(name, NID_organizationName, -1);
	const ASN1_STRING *value;

	if (at < 0 || X509_NAME_get_index_by_NID(name, NID_organizationName, at) >= 0)
		return false;
	value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	return span_eq(span_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)),
		       organization, strlen(organization));
}

bool certs_extension(const struct certs *certs, size_t i, const char *oid, struct span *ret)
{
	_cleanup_(ASN1_OBJECT_free) ASN1_OBJECT *object = NULL;
	const X509 *cert = certs->all[i];
	const ASN1_OCTET_STRING *value;
	int at = -1;

	ERR_set_mark();
	object = OBJ_txt2obj(oid, 1);
	if (object)
		at = X509_get_ext_by_OBJ(cert, object, -1);
	ERR_pop_to_mark();
	/* Twice is not allowed (RFC 5280 §4.2), and whose value would it be? */
	if (at < 0 || X509_get_ext_by_OBJ(cert, object, at) >= 0)
		return false;
	value = X509_EXTENSION_get_data(X509_get_ext(cert, at));
	*ret = span_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
	return true;
}

void trust_done(struct trust *trust)
{
	if (!trust)
		return;
	certs_done(&trust->certs);
	for (size_t i = 0; i < trust->n_keys; i++)
		pubkey_free(trust->keys[i]);
	trust->n_keys = 0;
}

int trust_add(struct trust *trust, struct span s, struct tsmmr_error *err)
{
	size_t before = trust->certs.n;
	struct tsmmr_error why = { .size = sizeof(why) };
	int r = certs_add(&trust->certs, s, &why);
	bool any = trust->certs.n > before;

	if (r == 0)
		return 0;
	/* All of a file or nothing. */
	while (trust->certs.n > before)
		X509_free(trust->certs.all[--trust->certs.n]);
	if (!any && r == TSMMR_E_MALFORMED && trust->n_keys < TRUST_PINS_MAX &&
	    pubkey_from_bytes(s, &trust->keys[trust->n_keys]) == 0) {
		trust->n_keys++;
		return 0;
	}
	return fail(err, r, "%s", why.message);
}

int trust_add_sha256(struct trust *trust, const uint8_t sha256[32], struct tsmmr_error *err)
{
	if (trust->n_pins == TRUST_PINS_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d trust roots", TRUST_PINS_MAX);
	memcpy(trust->pins[trust->n_pins++], sha256, 32);
	return 0;
}

bool trust_any(const struct trust *trust)
{
	return trust && (trust->certs.n || trust->n_keys || trust->n_pins);
}

static bool is_pin(const struct trust *trust, const uint8_t sha256[32])
{
	for (size_t i = 0; i < trust->n_pins; i++)
		if (!memcmp(trust->pins[i], sha256, 32))
			return true;
	return false;
}

bool trust_has_key(const struct trust *trust, const struct pubkey *key, uint8_t ret[32])
{
	if (!trust_any(trust) || pubkey_sha256(key, ret) < 0)
		return false;
	for (size_t i = 0; i < trust->n_keys; i++)
		if (pubkey_same(trust->keys[i], key))
			return true;
	return is_pin(trust, ret);
}

/* The pinned certificates, and those of given that a pin is the hash of. */
static int fill_store(X509_STORE *store, const struct certs *given, const struct trust *trust,
		      size_t *ret_n)
{
	*ret_n = 0;
	for (size_t i = 0; i < trust->certs.n; i++, ++*ret_n)
		if (X509_STORE_add_cert(store, trust->certs.all[i]) != 1)
			return TSMMR_E_NOMEM;
	for (size_t i = 0; i < given->n; i++) {
		uint8_t sha256[32];

		sha256_of(given->all[i], sha256);
		if (!is_pin(trust, sha256))
			continue;
		if (X509_STORE_add_cert(store, given->all[i]) != 1)
			return TSMMR_E_NOMEM;
		++*ret_n;
	}
	return 0;
}

/* What OpenSSL says, where it is not that the top of the chain is a stranger. */
static const char *why_not(int error)
{
	switch (error) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_UNTRUSTED:
		return "it does not lead to a trust root that was given";
	default:
		return X509_verify_cert_error_string(error);
	}
}

static int verify_chain(X509_STORE *store, const struct certs *given, size_t leaf, uint64_t when,
			const char *who, struct chain *ret, struct tsmmr_error *err)
{
	_cleanup_(X509_STORE_CTX_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *others = sk_X509_new_null();
	X509_VERIFY_PARAM *how;
	STACK_OF(X509) * chain;
	int r = 0, error;

	for (size_t i = 0; others && i < given->n; i++)
		if (!sk_X509_push(others, given->all[i]))
			r = TSMMR_E_NOMEM;
	if (r < 0 || !ctx || !others ||
	    X509_STORE_CTX_init(ctx, store, given->all[leaf], others) != 1) {
		sk_X509_free(others);
		return fail_nomem(err);
	}
	how = X509_STORE_CTX_get0_param(ctx);
	/* All there is in the store is pinned, so a chain may end at any of it. */
	X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(how, (time_t)when);
	X509_VERIFY_PARAM_set_depth(how, CHAIN_DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(how, SECURITY_LEVEL);
	r = X509_verify_cert(ctx);
	error = X509_STORE_CTX_get_error(ctx);
	chain = X509_STORE_CTX_get0_chain(ctx);
	sk_X509_free(others);
	if (error == X509_V_ERR_OUT_OF_MEM)
		return fail_nomem(err);
	if (r != 1 || error != X509_V_OK || !chain || sk_X509_num(chain) < 1)
		return fail(err, TSMMR_E_UNTRUSTED, "%s: %s", who, why_not(error));

	ret->anchored = true;
	ret->complete = true;
	ret->time = when;
	sha256_of(sk_X509_value(chain, sk_X509_num(chain) - 1), ret->root);
	return 0;
}

static bool is_signed_by(X509 *cert, const X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	return key && X509_verify(cert, key) == 1;
}

/* Which of given signed cert?  -1 when none could have, -2 when one could and did not. */
static int issuer_of(const struct certs *given, X509 *cert)
{
	int found = -1;

	for (size_t i = 0; i < given->n; i++) {
		if (X509_check_issued(given->all[i], cert) != X509_V_OK)
			continue;
		if (is_signed_by(cert, given->all[i]))
			return (int)i;
		found = -2;
	}
	return found;
}

/* Nobody is trusted; but what is there must not contradict itself. */
static int check_given(const struct certs *given, size_t leaf, const char *who, struct chain *ret,
		       struct tsmmr_error *err)
{
	size_t at = leaf;

	for (size_t depth = 0; depth < CHAIN_DEPTH_MAX; depth++) {
		int issuer = issuer_of(given, given->all[at]);

		if (issuer == -2)
			return fail(err, TSMMR_E_UNTRUSTED,
				    "%s: certificate %zu of the chain has a wrong signature", who,
				    depth);
		if (issuer < 0)
			return 0;
		if ((size_t)issuer == at) {
			ret->complete = true;
			return 0;
		}
		at = (size_t)issuer;
	}
	return fail(err, TSMMR_E_UNTRUSTED, "%s: its chain has more than %d certificates", who,
		    CHAIN_DEPTH_MAX);
}

int certs_chain(const struct certs *given, size_t leaf, const struct trust *trust,
		uint64_t own_time, const char *who, struct chain *ret, struct tsmmr_error *err)
{
	_cleanup_(X509_STORE_free) X509_STORE *store = NULL;
	struct chain chain = { .anchored = false };
	uint64_t when = own_time ? own_time : (uint64_t)time(NULL);
	size_t n = 0;
	int r;

	assert(leaf < given->n);
	if (trust && trust->has_time)
		when = trust->time;
	ERR_set_mark();
	if (trust_any(trust)) {
		store = X509_STORE_new();
		if (!store || fill_store(store, given, trust, &n) < 0)
			r = fail_nomem(err);
		else if (!n)
			r = fail(err, TSMMR_E_UNTRUSTED,
				 "%s: it does not lead to a trust root that was given", who);
		else
			r = verify_chain(store, given, leaf, when, who, &chain, err);
	} else {
		r = check_given(given, leaf, who, &chain, err);
	}
	ERR_pop_to_mark();
	if (r < 0)
		return r;
	*ret = chain;
	return 0;
}
