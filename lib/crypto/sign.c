/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys, and the signatures they made. */
#include "crypto/sign.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/hash.h"
#include "crypto/pem.h"
#include "crypto/twice.h"
#include "util/error.h"

DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)
DEFINE_CLEANUP(OSSL_PARAM *, OSSL_PARAM_free)
DEFINE_CLEANUP(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free)
DEFINE_CLEANUP(BIGNUM *, BN_free)
DEFINE_CLEANUP(ECDSA_SIG *, ECDSA_SIG_free)

struct pubkey {
	unsigned users;       /* atomic */
	struct crypto crypto; /* that it was made with */
	EVP_PKEY *pkey;
	enum pubkey_type type;
};

static const struct curve {
	enum pubkey_type type;
	uint8_t field; /* bytes of a coordinate, and of r and s */
	const char *name;
} curves[] = {
	{ PUBKEY_P256, 32, SN_X9_62_prime256v1 },
	{ PUBKEY_P384, 48, SN_secp384r1 },
	{ PUBKEY_P521, 66, SN_secp521r1 },
};

enum {
	RSA_BITS_MIN = 2048,
	RSA_BITS_MAX = 8192,
};

static bool are_available(struct crypto crypto)
{
	static const char *const types[] = { "EC", "RSA" };
	static const char *const signatures[] = { "ECDSA", "RSA" };
	/* OpenSSL looks certificates up by SHA-1 of their names. */
	static const uint16_t algs[] = { TSMMR_HASH_SHA1, TSMMR_HASH_SHA256, TSMMR_HASH_SHA384 };
	bool all = true;

	ERR_set_mark();
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
			EVP_PKEY_CTX_new_from_name(crypto.lib, types[i], crypto.properties);

		all &= ctx != NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(algs); i++)
		all &= hash_lacks(crypto, hash_by_id(algs[i])) == 0;
	for (size_t i = 0; i < ARRAY_SIZE(signatures); i++) {
		EVP_SIGNATURE *signature =
			EVP_SIGNATURE_fetch(crypto.lib, signatures[i], crypto.properties);

		all &= signature != NULL;
		EVP_SIGNATURE_free(signature);
	}
	ERR_pop_to_mark();
	return all;
}

bool sign_available(struct crypto crypto)
{
	return are_available(crypto) || are_available(crypto);
}

int sign_failed(int code)
{
	bool nomem = ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;

	ERR_pop_to_mark();
	return nomem ? TSMMR_E_NOMEM : code;
}

static const struct curve *curve_of(EVP_PKEY *pkey)
{
	char name[32] = "";
	size_t n;

	/* A curve without a name is none of ours. */
	ERR_set_mark();
	if (EVP_PKEY_is_a(pkey, "EC"))
		EVP_PKEY_get_group_name(pkey, name, sizeof(name), &n);
	ERR_pop_to_mark();
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (!strcmp(name, curves[i].name))
			return &curves[i];
	return NULL;
}

int pubkey_take(struct crypto crypto, EVP_PKEY *pkey, struct pubkey **ret)
{
	const struct curve *curve = curve_of(pkey);
	bool rsa = EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "RSA-PSS");
	int bits = EVP_PKEY_get_bits(pkey);
	struct pubkey *key;

	if (!curve && (!rsa || bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)) {
		EVP_PKEY_free(pkey);
		return TSMMR_E_UNSUPPORTED;
	}
	key = malloc(sizeof(*key));
	if (!key) {
		EVP_PKEY_free(pkey);
		return TSMMR_E_NOMEM;
	}
	key->users = 1;
	key->crypto = crypto;
	key->pkey = pkey;
	key->type = curve ? curve->type : PUBKEY_RSA;

	*ret = key;
	return 0;
}

void pubkey_ref(struct pubkey *key)
{
	users_add(&key->users);
}

void pubkey_free(struct pubkey *key)
{
	if (!key || !users_drop(&key->users))
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

enum pubkey_type pubkey_type(const struct pubkey *key)
{
	return key->type;
}

bool pubkey_same(const struct pubkey *a, const struct pubkey *b)
{
	bool same;

	ERR_set_mark();
	same = EVP_PKEY_eq(a->pkey, b->pkey) == 1 || EVP_PKEY_eq(a->pkey, b->pkey) == 1;
	ERR_pop_to_mark();
	return same;
}

int pubkey_sha256(const struct pubkey *key, uint8_t ret[32])
{
	uint8_t *der = NULL;
	_cleanup_(hasher_done) struct hasher h = { 0 };
	int n, r = hasher_init(&h, key->crypto, hash_by_id(TSMMR_HASH_SHA256));

	if (r < 0)
		return r;
	ERR_set_mark();
	n = i2d_PUBKEY(key->pkey, &der);
	r = n < 0 ? TSMMR_E_NOMEM : hash_bytes(&h, der, (size_t)n, ret);
	OPENSSL_free(der);
	ERR_pop_to_mark();
	return r;
}

/* A key of that type, of what params say. */
static int from_params(struct crypto crypto, const char *type, OSSL_PARAM *params,
		       struct pubkey **ret)
{
	_cleanup_(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new_from_name(crypto.lib, type, crypto.properties);
	EVP_PKEY *pkey = NULL;

	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1)
		return sign_failed(E_LACKS - (strcmp(type, "EC") ? ALGORITHM_RSA : ALGORITHM_EC));
	/* Refuses a point that is not on the curve. */
	if (EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return sign_failed(TSMMR_E_MALFORMED);
	ERR_pop_to_mark();
	return pubkey_take(crypto, pkey, ret);
}

static int from_point(struct crypto crypto, struct span point, struct pubkey **ret)
{
	uint8_t octets[1 + 2 * 66] = { POINT_CONVERSION_UNCOMPRESSED };
	struct span xy = point;

	if (xy.n % 2) {
		if (xy.p[0] != POINT_CONVERSION_UNCOMPRESSED)
			return TSMMR_E_MALFORMED;
		xy = span_of(xy.p + 1, xy.n - 1);
	}
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
		OSSL_PARAM params[3];
		char name[16];

		if (xy.n != 2u * curves[i].field)
			continue;
		memcpy(octets + 1, xy.p, xy.n);
		snprintf(name, sizeof(name), "%s", curves[i].name);
		params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
		params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets,
							      1 + xy.n);
		params[2] = OSSL_PARAM_construct_end();
		ERR_set_mark();
		return from_params(crypto, "EC", params, ret);
	}
	return TSMMR_E_MALFORMED;
}

int pubkey_from_point(struct crypto crypto, struct span point, struct pubkey **ret)
{
	int r = from_point(crypto, point, ret);

	return refuses(r) ? sure(from_point(crypto, point, ret)) : r;
}

static int from_rsa(struct crypto crypto, struct span n, struct span e, struct pubkey **ret)
{
	_cleanup_(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *build = NULL;
	_cleanup_(OSSL_PARAM_free) OSSL_PARAM *params = NULL;
	_cleanup_(BN_free) BIGNUM *bn_n = NULL, *bn_e = NULL;

	/* An exponent of more than 64 bits is nobody's, and slow. */
	if (n.n > RSA_BITS_MAX / 8 + 1 || e.n > 8)
		return TSMMR_E_UNSUPPORTED;
	ERR_set_mark();
	build = OSSL_PARAM_BLD_new();
	bn_n = BN_bin2bn(n.p, (int)n.n, NULL);
	bn_e = BN_bin2bn(e.p, (int)e.n, NULL);
	if (!build || !bn_n || !bn_e ||
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, bn_n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, bn_e) != 1)
		return sign_failed(TSMMR_E_NOMEM);
	params = OSSL_PARAM_BLD_to_param(build);
	if (!params)
		return sign_failed(TSMMR_E_NOMEM);
	return from_params(crypto, "RSA", params, ret);
}

int pubkey_from_rsa(struct crypto crypto, struct span n, struct span e, struct pubkey **ret)
{
	int r = from_rsa(crypto, n, e, ret);

	return refuses(r) ? sure(from_rsa(crypto, n, e, ret)) : r;
}

static EVP_PKEY *pkey_from_der(struct crypto crypto, struct span s)
{
	const uint8_t *p = s.p;
	EVP_PKEY *pkey = d2i_PUBKEY_ex(NULL, &p, (long)s.n, crypto.lib, crypto.properties);
	X509 *cert;

	if (pkey && p == s.p + s.n)
		return pkey;
	EVP_PKEY_free(pkey);

	p = s.p;
	cert = X509_new_ex(crypto.lib, crypto.properties);
	pkey = cert && d2i_X509(&cert, &p, (long)s.n) && p == s.p + s.n ? X509_get_pubkey(cert) :
									  NULL;
	X509_free(cert);
	return pkey;
}

/* Why the key, of bytes that give none: E_LACKS - … for one of a type that is lacking. */
static int why_no_key(struct crypto crypto, struct span s)
{
	static const struct {
		int nid;
		enum algorithm algorithm;
		const char *name;
	} types[] = {
		{ NID_X9_62_id_ecPublicKey, ALGORITHM_EC, "EC" },
		{ NID_rsaEncryption, ALGORITHM_RSA, "RSA" },
	};
	const uint8_t *p = s.p;
	X509_PUBKEY *raw = X509_PUBKEY_new_ex(crypto.lib, crypto.properties);
	ASN1_OBJECT *type = NULL;
	int r = TSMMR_E_MALFORMED;

	if (raw && d2i_X509_PUBKEY(&raw, &p, (long)s.n))
		X509_PUBKEY_get0_param(&type, NULL, NULL, NULL, raw);
	for (size_t i = 0; type && i < ARRAY_SIZE(types); i++) {
		_cleanup_(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
			EVP_PKEY_CTX_new_from_name(crypto.lib, types[i].name, crypto.properties);

		if (!ctx && OBJ_obj2nid(type) == types[i].nid)
			r = E_LACKS - (int)types[i].algorithm;
	}
	X509_PUBKEY_free(raw);
	return r;
}

static int from_bytes(struct crypto crypto, struct span s, struct pubkey **ret)
{
	struct pem pem = { .left = s };
	EVP_PKEY *pkey;
	int r;

	if (s.n > PEM_BYTES_MAX)
		return TSMMR_E_UNSUPPORTED;
	ERR_set_mark();
	r = pem_is(s) ? pem_next(&pem) : 0;
	if (r < 0)
		return sign_failed(r);
	if (r)
		s = pem.der;
	pkey = pkey_from_der(crypto, s);
	r = pkey ? 0 : sign_failed(why_no_key(crypto, s));
	pem_done(&pem);
	if (r < 0)
		return r;
	ERR_pop_to_mark();
	return pubkey_take(crypto, pkey, ret);
}

int pubkey_from_bytes(struct crypto crypto, struct span s, struct pubkey **ret)
{
	int r = from_bytes(crypto, s, ret);

	return refuses(r) ? sure(from_bytes(crypto, s, ret)) : r;
}

/* r and s of two halves, as DER; NULL, and OpenSSL says why. */
static uint8_t *ecdsa_der(struct span s, bool little, size_t *ret_n)
{
	BIGNUM *(*read)(const uint8_t *p, int n, BIGNUM *to) = little ? BN_lebin2bn : BN_bin2bn;
	_cleanup_(ECDSA_SIG_free) ECDSA_SIG *sig = ECDSA_SIG_new();
	_cleanup_(BN_free) BIGNUM *r = read(s.p, (int)(s.n / 2), NULL);
	_cleanup_(BN_free) BIGNUM *v = read(s.p + s.n / 2, (int)(s.n / 2), NULL);
	uint8_t *der = NULL;
	int n;

	if (!sig || !r || !v || ECDSA_SIG_set0(sig, r, v) != 1)
		return NULL;
	r = v = NULL; /* sig's now */
	n = i2d_ECDSA_SIG(sig, &der);
	if (n < 0)
		return NULL;
	*ret_n = (size_t)n;
	return der;
}

/* Has the signature the length that a signature of this form and key has? */
static bool fits(const struct pubkey *key, enum sign_form form, size_t n)
{
	bool rsa = form == SIGN_RSA_PKCS1 || form == SIGN_RSA_PSS;

	if (rsa != (key->type == PUBKEY_RSA))
		return false;
	for (size_t i = 0; !rsa && i < ARRAY_SIZE(curves); i++)
		if (curves[i].type == key->type)
			return form == SIGN_ECDSA    ? n == 2u * curves[i].field :
			       form == SIGN_ECDSA_LE ? n % 2 == 0 && n <= 512 :
						       n <= 512;
	return rsa && n <= RSA_BITS_MAX / 8;
}

/* Nothing could be checked: for want of an algorithm, or because this key never signs so. */
static int why_not(const struct pubkey *key, const struct hash_alg *alg)
{
	bool rsa = key->type == PUBKEY_RSA;
	EVP_SIGNATURE *signature;
	int r = hash_lacks(key->crypto, alg);

	if (r < 0)
		return r;
	signature =
		EVP_SIGNATURE_fetch(key->crypto.lib, rsa ? "RSA" : "ECDSA", key->crypto.properties);
	if (!signature)
		return E_LACKS - (rsa ? ALGORITHM_RSA : ALGORITHM_ECDSA);
	EVP_SIGNATURE_free(signature);
	return TSMMR_E_UNTRUSTED;
}

/* Between ERR_set_mark() and ERR_pop_to_mark(). */
static int verify(const struct pubkey *key, enum sign_form form, const struct hash_alg *alg,
		  struct span message, const uint8_t *sig, size_t n)
{
	_cleanup_(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL;
	int padding = form == SIGN_RSA_PSS ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;

	if (!ctx)
		return TSMMR_E_NOMEM;
	if (EVP_DigestVerifyInit_ex(ctx, &how, alg->openssl, key->crypto.lib,
				    key->crypto.properties, key->pkey, NULL) != 1)
		return why_not(key, alg);
	if (key->type == PUBKEY_RSA && EVP_PKEY_CTX_set_rsa_padding(how, padding) != 1)
		return TSMMR_E_UNTRUSTED;
	if (form == SIGN_RSA_PSS &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_AUTO) != 1)
		return TSMMR_E_UNTRUSTED;
	return EVP_DigestVerify(ctx, sig, n, message.p, message.n) == 1 ? 0 : TSMMR_E_UNTRUSTED;
}

static int verify_form(const struct pubkey *key, enum sign_form form, const struct hash_alg *hash,
		       struct span message, struct span signature)
{
	const uint8_t *sig = signature.p;
	uint8_t *der = NULL;
	size_t n = signature.n;
	int r;

	ERR_set_mark();
	if (form == SIGN_ECDSA || form == SIGN_ECDSA_LE) {
		sig = der = ecdsa_der(signature, form == SIGN_ECDSA_LE, &n);
		if (!der)
			return sign_failed(TSMMR_E_NOMEM);
	}

	r = verify(key, form, hash, message, sig, n);
	OPENSSL_free(der);
	if (r < 0)
		return sign_failed(r);
	ERR_pop_to_mark();
	return 0;
}

int sign_verify(const struct pubkey *key, enum sign_form form, int alg, struct span message,
		struct span signature)
{
	const struct hash_alg *hash = hash_by_id(alg);
	int r;

	if (!hash)
		return TSMMR_E_UNSUPPORTED;
	if (!fits(key, form, signature.n))
		return TSMMR_E_UNTRUSTED;
	r = verify_form(key, form, hash, message, signature);
	return refuses(r) ? sure(verify_form(key, form, hash, message, signature)) : r;
}
