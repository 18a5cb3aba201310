/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto/sign.c, crypto/certs.c and crypto/trust.c: who signed what, and whom the caller trusts. */
#include "testing.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "crypto/cache.h"
#include "crypto/pem.h"
#include "crypto/trust.h"

#define NOW 1767225600 /* 2026-01-01 */
#define DAY 86400
#define OWN "1.3.6.1.4.1.11129.2.1.21" /* of Google's, in certificates of their TPMs */

enum { ROOT, MIDDLE, LEAF, STRANGER, STRONG, N_KEYS };

static EVP_PKEY *keys[N_KEYS], *p384, *p521, *rsa;
static const char text[] = "what was signed";

/*
 * What certificates are read through, or NULL: all tests run without one, with one that is empty,
 * and once more with one that has seen it all.
 */
static struct cert_cache *cache;

static int setup(void **state)
{
	if (keys[0])
		return 0;
	for (size_t i = 0; i < N_OF(keys); i++)
		assert_non_null(keys[i] = EVP_EC_gen(i == STRONG ? "P-384" : "P-256"));
	assert_non_null(p384 = EVP_EC_gen("P-384"));
	assert_non_null(p521 = EVP_EC_gen("P-521"));
	/* To look for primes takes Valgrind a minute. */
	if (!slow())
		assert_non_null(rsa = EVP_RSA_gen(2048));
	return 0;
}

static void done(void)
{
	cert_cache_free(cache);
	for (size_t i = 0; i < N_OF(keys); i++)
		EVP_PKEY_free(keys[i]);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(p521);
	EVP_PKEY_free(rsa);
}

/* Whatever went wrong inside, the caller's OpenSSL must not hear of it. */
static int quiet(void **state)
{
	assert_int_equal(ERR_peek_error(), 0);
	return 0;
}

static struct bytes spki(EVP_PKEY *key)
{
	struct bytes b = { NULL, 0 };
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(key, &der);

	assert_true(n > 0);
	b.p = malloc((size_t)n);
	assert_non_null(b.p);
	memcpy(b.p, der, b.n = (size_t)n);
	OPENSSL_free(der);
	return b;
}

static struct pubkey *pubkey_of(EVP_PKEY *key)
{
	struct bytes der = spki(key);
	struct pubkey *ret = NULL;

	assert_int_equal(pubkey_from_bytes(CRYPTO_DEFAULT, span_of(der.p, der.n), &ret), 0);
	bytes_done(&der);
	return ret;
}

/* x||y. */
static size_t point_of(EVP_PKEY *key, uint8_t *to, size_t size)
{
	size_t n;

	assert_int_equal(EVP_PKEY_get_octet_string_param(key, "pub", to, size, &n), 1);
	assert_int_equal(to[0], 4);
	return n;
}

static size_t sign(EVP_PKEY *key, const char *hash, int padding, uint8_t *to, size_t size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how;

	assert_int_equal(EVP_DigestSignInit_ex(ctx, &how, hash, NULL, NULL, key, NULL), 1);
	if (padding)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(how, padding), 1);
	assert_int_equal(EVP_DigestSign(ctx, to, &size, (const uint8_t *)text, sizeof(text)), 1);
	EVP_MD_CTX_free(ctx);
	return size;
}

/* The two halves, each of field bytes in that order of bytes. */
static void halves(const uint8_t *der, size_t n, size_t field, bool little, uint8_t *to)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);

	assert_non_null(sig);
	for (int i = 0; i < 2; i++) {
		const BIGNUM *v = i ? ECDSA_SIG_get0_s(sig) : ECDSA_SIG_get0_r(sig);
		uint8_t *at = to + field * (size_t)i;

		assert_int_equal(little ? BN_bn2lebinpad(v, at, (int)field) :
					  BN_bn2binpad(v, at, (int)field),
				 field);
	}
	ECDSA_SIG_free(sig);
}

/* Good as it is, and not with any one byte of either changed, cut or put before. */
static void check_form(const struct pubkey *key, enum sign_form form, int alg, uint8_t *sig,
		       size_t n)
{
	struct span message = span_of(text, sizeof(text));
	char other[sizeof(text)];

	assert_code(sign_verify(key, form, alg, message, span_of(sig, n)), 0);
	for (size_t i = 0; i < n; i += 1 + n / 8) {
		sig[i] ^= 1;
		assert_code(sign_verify(key, form, alg, message, span_of(sig, n)),
			    TSMMR_E_UNTRUSTED);
		sig[i] ^= 1;
	}
	for (size_t i = 0; i < n; i += 1 + n / 4)
		assert_code(sign_verify(key, form, alg, message, span_of(sig, i)),
			    TSMMR_E_UNTRUSTED);
	memcpy(other, text, sizeof(text));
	other[3] ^= 1;
	assert_code(sign_verify(key, form, alg, span_of(other, sizeof(other)), span_of(sig, n)),
		    TSMMR_E_UNTRUSTED);
	assert_code(sign_verify(key, form, TSMMR_HASH_SHA512, message, span_of(sig, n)),
		    alg == TSMMR_HASH_SHA512 ? 0 : TSMMR_E_UNTRUSTED);
	assert_code(sign_verify(key, form, 0x7777, message, span_of(sig, n)), TSMMR_E_UNSUPPORTED);
}

static void ecdsa_in_every_form(void **state)
{
	const struct {
		EVP_PKEY *key;
		enum pubkey_type type;
		size_t field;
		const char *hash;
		int alg;
	} cases[] = {
		{ keys[ROOT], PUBKEY_P256, 32, "SHA256", TSMMR_HASH_SHA256 },
		{ p384, PUBKEY_P384, 48, "SHA384", TSMMR_HASH_SHA384 },
		{ p521, PUBKEY_P521, 66, "SHA512", TSMMR_HASH_SHA512 },
		{ keys[ROOT], PUBKEY_P256, 32, "SHA1", TSMMR_HASH_SHA1 },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		uint8_t der[160], raw[144], point[133];
		size_t n = sign(cases[i].key, cases[i].hash, 0, der, sizeof(der));
		size_t n_point = point_of(cases[i].key, point, sizeof(point));
		struct pubkey *key = NULL, *same = NULL;

		assert_int_equal(pubkey_from_point(CRYPTO_DEFAULT, span_of(point, n_point), &key),
				 0);
		assert_int_equal(pubkey_from_point(CRYPTO_DEFAULT, span_of(point + 1, n_point - 1),
						   &same),
				 0);
		assert_true(pubkey_same(key, same));
		assert_int_equal(pubkey_type(key), cases[i].type);
		pubkey_free(same);

		check_form(key, SIGN_ECDSA_DER, cases[i].alg, der, n);
		halves(der, n, cases[i].field, false, raw);
		check_form(key, SIGN_ECDSA, cases[i].alg, raw, 2 * cases[i].field);
		/* Wider halves than the field are zero-extended: AMD's are of 72 bytes. */
		halves(der, n, 72, true, raw);
		check_form(key, SIGN_ECDSA_LE, cases[i].alg, raw, 144);
		/* The numbers zero, which a careless verifier takes for a signature. */
		memset(raw, 0, sizeof(raw));
		assert_code(sign_verify(key, SIGN_ECDSA, cases[i].alg, span_of(text, sizeof(text)),
					span_of(raw, 2 * cases[i].field)),
			    TSMMR_E_UNTRUSTED);
		assert_code(sign_verify(key, SIGN_RSA_PSS, cases[i].alg,
					span_of(text, sizeof(text)), span_of(der, n)),
			    TSMMR_E_UNTRUSTED);
		pubkey_free(key);
	}
}

static void rsa_with_both_paddings(void **state)
{
	static const struct {
		enum sign_form form;
		int padding;
		const char *hash;
		int alg;
	} cases[] = {
		{ SIGN_RSA_PKCS1, RSA_PKCS1_PADDING, "SHA256", TSMMR_HASH_SHA256 },
		{ SIGN_RSA_PKCS1, RSA_PKCS1_PADDING, "SHA1", TSMMR_HASH_SHA1 },
		{ SIGN_RSA_PSS, RSA_PKCS1_PSS_PADDING, "SHA384", TSMMR_HASH_SHA384 },
	};
	struct pubkey *key, *again = NULL;
	uint8_t n[256], e[3] = { 1, 0, 1 }, sig[256];
	BIGNUM *bn = NULL;

	if (!rsa)
		skip();
	key = pubkey_of(rsa);
	assert_int_equal(pubkey_type(key), PUBKEY_RSA);
	assert_int_equal(EVP_PKEY_get_bn_param(rsa, "n", &bn), 1);
	BN_bn2binpad(bn, n, sizeof(n));
	BN_free(bn);
	assert_int_equal(
		pubkey_from_rsa(CRYPTO_DEFAULT, span_of(n, sizeof(n)), span_of(e, 3), &again), 0);
	assert_true(pubkey_same(key, again));

	for (size_t i = 0; i < N_OF(cases); i++) {
		sign(rsa, cases[i].hash, cases[i].padding, sig, sizeof(sig));
		check_form(again, cases[i].form, cases[i].alg, sig, sizeof(sig));
		/* One padding is not the other. */
		assert_code(sign_verify(key,
					cases[i].form == SIGN_RSA_PSS ? SIGN_RSA_PKCS1 :
									SIGN_RSA_PSS,
					cases[i].alg, span_of(text, sizeof(text)),
					span_of(sig, sizeof(sig))),
			    TSMMR_E_UNTRUSTED);
	}
	pubkey_free(key);
	pubkey_free(again);

	assert_code(pubkey_from_rsa(CRYPTO_DEFAULT, span_of(n, 64), span_of(e, 3), &again),
		    TSMMR_E_UNSUPPORTED);
	assert_code(pubkey_from_rsa(CRYPTO_DEFAULT, span_of(n, 256), span_of(n, 9), &again),
		    TSMMR_E_UNSUPPORTED);
}

static void keys_that_are_none(void **state)
{
	uint8_t point[65], zeros[133] = { 0 };
	struct bytes der = spki(keys[ROOT]);
	struct pubkey *key = NULL;
	EVP_PKEY *other;

	assert_int_equal(point_of(keys[ROOT], point, sizeof(point)), 65);
	point[40] ^= 1; /* off the curve */
	assert_code(pubkey_from_point(CRYPTO_DEFAULT, span_of(point, 65), &key), TSMMR_E_MALFORMED);
	point[40] ^= 1;
	point[0] = 2;
	assert_code(pubkey_from_point(CRYPTO_DEFAULT, span_of(point, 65), &key), TSMMR_E_MALFORMED);
	for (size_t n = 0; n <= sizeof(zeros); n++)
		assert_code(pubkey_from_point(CRYPTO_DEFAULT, span_of(zeros, n), &key),
			    TSMMR_E_MALFORMED);

	for (size_t n = 0; n < der.n; n++)
		assert_code(pubkey_from_bytes(CRYPTO_DEFAULT, span_of(der.p, n), &key),
			    TSMMR_E_MALFORMED);
	assert_code(pubkey_from_bytes(CRYPTO_DEFAULT, span_of("-----BEGIN PUBLIC KEY-----\n", 27),
				      &key),
		    TSMMR_E_MALFORMED);
	bytes_done(&der);

	/* Neither a curve nor a size that we take. */
	other = EVP_EC_gen("P-224");
	der = spki(other);
	assert_code(pubkey_from_bytes(CRYPTO_DEFAULT, span_of(der.p, der.n), &key),
		    TSMMR_E_UNSUPPORTED);
	bytes_done(&der);
	EVP_PKEY_free(other);
	assert_null(key);
}

/* ---- certificates: root > middle > leaf, and a stranger of the root's name */

struct how {
	int subject, issuer; /* of names[] and keys */
	int signer;          /* whose key signs in truth */
	bool ca;
	int64_t from, to;
	const EVP_MD *hash;
	const char *twice;                 /* an extension that is there two times */
	const char *usage, *purpose, *own; /* extensions; own: Google's */
};

#define CERT(of, by, key, ...)                                          \
	{                                                               \
		.subject = of, .issuer = by, .signer = key, __VA_ARGS__ \
	}

static const char *const names[] = { "Root", "Middle", "Leaf", "Root", "Strong" };

static void set_name(X509_NAME *name, const char *cn)
{
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)cn, -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const uint8_t *)"Test", -1, -1, 0);
}

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(cert, e, -1), 1);
	X509_EXTENSION_free(e);
}

static void add_own(X509 *cert, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_nconf(NULL, NULL, OWN, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(cert, e, -1), 1);
	X509_EXTENSION_free(e);
}

static X509 *make(struct how how)
{
	X509 *cert = X509_new();

	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), how.subject + 1);
	set_name(X509_get_subject_name(cert), names[how.subject]);
	set_name(X509_get_issuer_name(cert), names[how.issuer]);
	ASN1_TIME_set(X509_getm_notBefore(cert), how.from ? how.from : NOW - DAY);
	ASN1_TIME_set(X509_getm_notAfter(cert), how.to ? how.to : NOW + DAY);
	X509_set_pubkey(cert, keys[how.subject]);
	if (how.ca)
		add_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
	if (how.usage)
		add_extension(cert, NID_key_usage, how.usage);
	if (how.purpose)
		add_extension(cert, NID_ext_key_usage, how.purpose);
	if (how.own)
		add_own(cert, how.own);
	for (int i = 0; how.twice && i < 2; i++)
		add_extension(cert, NID_netscape_comment, how.twice);
	assert_true(X509_sign(cert, keys[how.signer], how.hash ? how.hash : EVP_sha256()) > 0);
	return cert;
}

static const struct how root = CERT(ROOT, ROOT, ROOT, .ca = true);
static const struct how middle = CERT(MIDDLE, ROOT, ROOT, .ca = true);
static const struct how leaf = CERT(LEAF, MIDDLE, MIDDLE);
static const struct how stranger = CERT(STRANGER, STRANGER, STRANGER, .ca = true);

static bool same(const struct how *a, const struct how *b)
{
	return a->subject == b->subject && a->issuer == b->issuer && a->signer == b->signer &&
	       a->ca == b->ca && a->from == b->from && a->to == b->to && a->hash == b->hash &&
	       a->twice == b->twice && a->usage == b->usage && a->purpose == b->purpose &&
	       a->own == b->own;
}

/* Each signature of ECDSA is another: what a cache is to know again is made once. */
static X509 *make_once(struct how how)
{
	static struct {
		struct how how;
		X509 *cert;
	} made[128];
	size_t i = 0;

	while (made[i].cert && !same(&made[i].how, &how))
		assert_true(++i < N_OF(made));
	if (!made[i].cert) {
		made[i].how = how;
		made[i].cert = make(how);
	}
	return X509_dup(made[i].cert);
}

static struct bytes der_of(struct how how)
{
	X509 *cert = make_once(how);
	struct bytes b = { NULL, 0 };
	uint8_t *der = NULL;
	int n = i2d_X509(cert, &der);

	assert_true(n > 0);
	b.p = malloc((size_t)n);
	assert_non_null(b.p);
	memcpy(b.p, der, b.n = (size_t)n);
	OPENSSL_free(der);
	X509_free(cert);
	return b;
}

static struct bytes pem_of(struct how how)
{
	X509 *cert = make_once(how);
	BIO *bio = BIO_new(BIO_s_mem());
	struct bytes b;
	char *p;

	PEM_write_bio_X509(bio, cert);
	b.n = (size_t)BIO_get_mem_data(bio, &p);
	b.p = malloc(b.n);
	assert_non_null(b.p);
	memcpy(b.p, p, b.n);
	BIO_free(bio);
	X509_free(cert);
	return b;
}

static void put(struct certs *certs, struct how how)
{
	struct tsmmr_error err = ERROR_INIT;
	struct bytes b = der_of(how);

	certs->cache = cache;
	if (certs_add(certs, span_of(b.p, b.n), &err) < 0)
		fail_msg("%s", err.message);
	bytes_done(&b);
}

static void pin(struct trust *trust, struct how how, bool by_hash)
{
	struct tsmmr_error err = ERROR_INIT;
	struct certs one = { .n = 0 };
	uint8_t sha256[32];
	struct bytes b;

	if (by_hash) {
		put(&one, how);
		certs_sha256(&one, 0, sha256);
		assert_int_equal(trust_add_sha256(trust, sha256, &err), 0);
		certs_done(&one);
		return;
	}
	b = pem_of(how);
	if (trust_add(trust, span_of(b.p, b.n), &err) < 0)
		fail_msg("%s", err.message);
	bytes_done(&b);
}

#define KIND_A 1
#define KIND_B 2

static const struct cert_use any_use = { .who = "the leaf", .kinds = KIND_A };

static void leads_to(const struct certs *given, struct trust *trust, int detail, const char *why)
{
	struct tsmmr_error err = ERROR_INIT;
	struct chain chain = { .pin = NULL };
	int r;

	/* When all of it was valid, or would have been. */
	trust->has_time = true;
	for (int day = 0; day < 2; day++) {
		trust->time = NOW + day * 2 * DAY;
		r = trust_chain(trust, given, 0, &any_use, 0, &chain, &err);
		assert_true(!day == (r == 0) || why);
	}
	chain.pin = NULL;
	trust->time = NOW;
	r = trust_chain(trust, given, 0, &any_use, 0, &chain, &err);
	if (why ? r != TSMMR_E_UNTRUSTED || err.detail != detail || !strstr(err.message, why) :
		  r < 0)
		fail_msg("%d, %d: %s (wanted %d: %s)", r, err.detail, err.message, detail,
			 why ? why : "success");
	assert_int_equal(!chain.pin, !!why);
	if (!why) {
		assert_int_equal(chain.time, NOW);
		assert_memory_equal(chain.pin->sha256, chain.root, 32);
	}
	trust_done(trust);
}

static const char no_way[] = "does not lead to a trust root";
static const char missing[] = "give certs=";

static void a_chain_to_what_is_pinned(void **state)
{
	struct certs given = { .n = 0 }, alone = { .n = 0 };
	struct trust trust = { .has_time = true };
	/* made once: each signature of ECDSA is another, and so is its hash */
	struct certs all = { .n = 0 };
	uint8_t sha256[32];
	struct tsmmr_error err = ERROR_INIT;

	put(&given, leaf);
	put(&given, middle);
	put(&alone, leaf);

	pin(&trust, root, false);
	leads_to(&given, &trust, 0, NULL);
	/* A root of the same name and another key. */
	pin(&trust, stranger, false);
	leads_to(&given, &trust, TSMMR_DETAIL_CHAIN, "signature");
	/* Neither is any good without what is between. */
	pin(&trust, root, false);
	leads_to(&alone, &trust, TSMMR_DETAIL_CHAIN_MISSING, missing);
	/* An intermediate will do if that is what the caller trusts. */
	pin(&trust, middle, false);
	leads_to(&alone, &trust, 0, NULL);
	/* The hash of what is not there. */
	pin(&trust, root, true);
	leads_to(&given, &trust, TSMMR_DETAIL_CHAIN_MISSING, missing);

	put(&all, leaf);
	put(&all, middle);
	put(&all, root);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(certs_sha256(&all, i, sha256), 0);
		assert_int_equal(trust_add_sha256(&trust, sha256, &err), 0);
		leads_to(&all, &trust, 0, NULL);
	}
	sha256[31] ^= 1;
	assert_int_equal(trust_add_sha256(&trust, sha256, &err), 0);
	leads_to(&all, &trust, TSMMR_DETAIL_ROOT, no_way);

	certs_done(&given);
	certs_done(&alone);
	certs_done(&all);
}

static void a_chain_that_is_wrong(void **state)
{
	/* clang-format off */
	static const struct {
		struct how leaf, middle;
		const char *why;
		int detail;
	} cases[] = {
		{ CERT(LEAF, MIDDLE, STRANGER), CERT(MIDDLE, ROOT, ROOT, .ca = true),
		  "signature", TSMMR_DETAIL_CHAIN },
		{ CERT(LEAF, MIDDLE, MIDDLE), CERT(MIDDLE, ROOT, STRANGER, .ca = true),
		  "signature", TSMMR_DETAIL_CHAIN },
		{ CERT(LEAF, MIDDLE, MIDDLE, .to = NOW - 1),
		  CERT(MIDDLE, ROOT, ROOT, .ca = true), "expired", TSMMR_DETAIL_EXPIRED },
		{ CERT(LEAF, MIDDLE, MIDDLE, .from = NOW + 1),
		  CERT(MIDDLE, ROOT, ROOT, .ca = true), "not yet valid",
		  TSMMR_DETAIL_EXPIRED },
		{ CERT(LEAF, MIDDLE, MIDDLE),
		  CERT(MIDDLE, ROOT, ROOT, .ca = true, .to = NOW - 1), "expired",
		  TSMMR_DETAIL_EXPIRED },
		/* Whoever has a leaf of a root we trust is no authority by that. */
		{ CERT(LEAF, MIDDLE, MIDDLE), CERT(MIDDLE, ROOT, ROOT), "CA",
		  TSMMR_DETAIL_CHAIN },
		{ CERT(LEAF, ROOT, ROOT), CERT(MIDDLE, ROOT, ROOT), NULL, 0 },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct certs given = { .n = 0 };
		struct trust trust = { .n_pins = 0 };

		put(&given, cases[i].leaf);
		put(&given, cases[i].middle);
		pin(&trust, root, false);
		leads_to(&given, &trust, cases[i].detail ? cases[i].detail : TSMMR_DETAIL_CHAIN,
			 cases[i].why);
		certs_done(&given);
	}
}

static void a_weak_hash_in_the_chain(void **state)
{
	struct how weak = leaf;
	struct certs given = { .n = 0 };
	struct trust trust = { .n_pins = 0 };

	weak.hash = EVP_sha1();
	put(&given, weak);
	put(&given, middle);
	pin(&trust, root, false);
	leads_to(&given, &trust, TSMMR_DETAIL_CHAIN, "too weak");
	certs_done(&given);
}

static void the_time_that_counts(void **state)
{
	struct certs given = { .n = 0 };
	struct trust trust = { .n_pins = 0 };
	struct tsmmr_error err = ERROR_INIT;
	struct chain chain;

	put(&given, leaf);
	put(&given, middle);
	pin(&trust, root, false);
	/* The evidence's own, unless the caller says another; the clock's is not theirs. */
	assert_code(trust_chain(&trust, &given, 0, &any_use, NOW + 5, &chain, &err), 0);
	assert_int_equal(chain.time, NOW + 5);
	assert_code(trust_chain(&trust, &given, 0, &any_use, NOW + 2 * DAY, &chain, &err),
		    TSMMR_E_UNTRUSTED);
	trust.time = NOW + 2 * DAY;
	trust.has_time = true;
	assert_code(trust_chain(&trust, &given, 0, &any_use, NOW, &chain, &err), TSMMR_E_UNTRUSTED);
	trust_done(&trust);
	certs_done(&given);
}

static void nobody_trusted_is_no_reason_to_believe_anything(void **state)
{
	const struct how forged = CERT(LEAF, MIDDLE, STRANGER);
	struct certs given = { .n = 0 };
	struct tsmmr_error err = ERROR_INIT;
	struct chain chain;

	put(&given, leaf);
	put(&given, middle);
	assert_code(trust_chain(NULL, &given, 0, &any_use, 0, &chain, &err), 0);
	assert_false(chain.pin || chain.complete);
	put(&given, root);
	assert_code(trust_chain(NULL, &given, 0, &any_use, 0, &chain, &err), 0);
	assert_false(chain.pin);
	assert_true(chain.complete);
	certs_done(&given);

	put(&given, forged);
	put(&given, middle);
	assert_code(trust_chain(NULL, &given, 0, &any_use, 0, &chain, &err), TSMMR_E_UNTRUSTED);
	assert_non_null(strstr(err.message, "wrong signature"));
	certs_done(&given);
}

static void a_root_is_for_its_kinds(void **state)
{
	struct certs given = { .n = 0 };
	struct trust trust = { .n_pins = 0 };

	put(&given, leaf);
	put(&given, middle);
	put(&given, root);
	for (int by_hash = 0; by_hash < 2; by_hash++) {
		if (by_hash) {
			uint8_t sha256[32];

			assert_int_equal(certs_sha256(&given, 2, sha256), 0);
			assert_int_equal(trust_add_sha256(&trust, sha256, NULL), 0);
		} else {
			pin(&trust, root, false);
		}
		trust.pins[0].kinds = KIND_B;
		leads_to(&given, &trust, TSMMR_DETAIL_ROOT, no_way);
	}
	pin(&trust, root, false);
	pin(&trust, root, false);
	trust.pins[0].kinds = KIND_B;
	trust.pins[1].kinds = KIND_A | KIND_B;
	leads_to(&given, &trust, 0, NULL);
	certs_done(&given);
}

static void as_many_roots_as_there_are(void **state)
{
	struct certs given = { .n = 0 };
	struct trust trust = { .n_pins = 0 };
	const struct how other = CERT(STRONG, STRONG, STRONG, .ca = true);
	struct bytes one = der_of(other);
	struct bytes all = { malloc(50 * one.n), 50 * one.n };

	assert_non_null(all.p);
	for (size_t i = 0; i < 50; i++)
		memcpy(all.p + i * one.n, one.p, one.n);
	put(&given, leaf);
	put(&given, middle);
	assert_int_equal(trust_add(&trust, span_of(all.p, all.n), NULL), 0);
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(trust_add_sha256(&trust, one.p, NULL), 0);
	pin(&trust, root, false);
	assert_int_equal(trust.n_pins, 101);
	/* All or nothing. */
	assert_code(trust_add(&trust, span_of(all.p, all.n - 1), NULL), TSMMR_E_MALFORMED);
	assert_int_equal(trust.n_pins, 101);
	leads_to(&given, &trust, 0, NULL);

	certs_done(&given);
	bytes_done(&one);
	bytes_done(&all);
}

/* Does such a leaf do for that use, with a root and without? */
static void does_for(struct how how, const struct cert_use *use, bool good)
{
	struct certs given = { .n = 0 };
	struct trust trust = { .n_pins = 0, .time = NOW, .has_time = true };

	put(&given, how);
	put(&given, middle);
	for (int pinned = 0; pinned < 2; pinned++) {
		struct tsmmr_error err = ERROR_INIT;
		struct chain chain;
		int r;

		if (pinned)
			pin(&trust, root, false);
		r = trust_chain(&trust, &given, 0, use, 0, &chain, &err);
		if (good ? r < 0 : r != TSMMR_E_UNTRUSTED || err.detail != TSMMR_DETAIL_CHAIN)
			fail_msg("usage %s, purpose %s, own %s: %d, %d: %s",
				 how.usage ? how.usage : "-", how.purpose ? how.purpose : "-",
				 how.own ? how.own : "-", r, err.detail, err.message);
	}
	trust_done(&trust);
	certs_done(&given);
}

static void what_the_leaf_must_be(void **state)
{
	static const struct cert_use signer = { .who = "it", .kinds = KIND_A, .signs = true };
	static const struct cert_use plain = { .who = "it", .kinds = KIND_A };
	static const struct cert_use ak = {
		.who = "it",
		.kinds = KIND_A,
		.signs = true,
		.purpose = "2.23.133.8.3",
		.or_extension = OWN,
	};
	/* clang-format off */
	static const struct {
		const char *usage, *purpose, *own;
		bool plain, signer, ak;
	} cases[] = {
		{ NULL, NULL, NULL,				true,  false, false },
		{ "digitalSignature", NULL, NULL,		true,  true,  false },
		{ "keyEncipherment", NULL, NULL,		true,  false, false },
		{ "digitalSignature", "serverAuth", NULL,	false, false, false },
		{ "digitalSignature", "2.23.133.8.1", NULL,	false, false, false },
		{ "digitalSignature", "2.23.133.8.3", NULL,	false, false, true },
		{ "digitalSignature", "1.3.6.1.4.1.311.10.3.12,2.23.133.8.3", NULL,
								false, false, true },
		{ "keyEncipherment", "2.23.133.8.3", NULL,	false, false, false },
		{ NULL, "2.23.133.8.3", NULL,			false, false, false },
		{ "digitalSignature", NULL, "DER:3000",		true,  true,  true },
		{ "digitalSignature", "serverAuth", "DER:3000",	false, false, false },
		{ "keyEncipherment", NULL, "DER:3000",		true,  false, false },
	};
	/* clang-format on */
	struct how ca = leaf;

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct how how = leaf;

		how.usage = cases[i].usage;
		how.purpose = cases[i].purpose;
		how.own = cases[i].own;
		does_for(how, &plain, cases[i].plain);
		does_for(how, &signer, cases[i].signer);
		does_for(how, &ak, cases[i].ak);
	}
	/* A CA's signature is on certificates, whatever it says its key is for. */
	ca.ca = true;
	does_for(ca, &plain, false);
	ca.usage = "digitalSignature,keyCertSign";
	ca.purpose = "2.23.133.8.3";
	does_for(ca, &ak, false);
}

/* All keys of a chain, the root's as well. */
static void of_what_sort_the_keys_are(void **state)
{
	struct cert_use use = { .who = "it", .kinds = KIND_A, .key = PUBKEY_P256 };
	const struct how strong = CERT(LEAF, STRONG, STRONG),
			 ca = CERT(STRONG, STRONG, STRONG, .ca = true);
	struct certs given = { .n = 0 };
	struct trust trust = { .n_pins = 0, .time = NOW, .has_time = true };
	struct chain chain;

	does_for(leaf, &use, true);
	use.key = PUBKEY_P384;
	does_for(leaf, &use, false);
	put(&given, strong);
	pin(&trust, ca, false);
	use.key = PUBKEY_P256;
	assert_code(trust_chain(&trust, &given, 0, &use, 0, &chain, NULL), TSMMR_E_UNTRUSTED);
	use.key = 0;
	assert_code(trust_chain(&trust, &given, 0, &use, 0, &chain, NULL), 0);
	trust_done(&trust);
	certs_done(&given);
}

static void bundles(void **state)
{
	struct certs certs = { .n = 0 };
	struct tsmmr_error err = ERROR_INIT;
	struct bytes one = pem_of(leaf), two = pem_of(root), der = der_of(leaf);
	char all[8192];
	int n = snprintf(all, sizeof(all), "a comment\n%.*s\n%.*s", (int)one.n, (char *)one.p,
			 (int)two.n, (char *)two.p);
	static const char *const bad[] = {
		"",
		"x",
		"-----BEGIN CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n"
		"-----END CERTIFICATE-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		/* OpenSSL would ask the terminal for its password. */
		"-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
		"DEK-Info: AES-128-CBC,00000000000000000000000000000000\n\nAAAA\n"
		"-----END CERTIFICATE-----\n",
	};

	assert_int_equal(certs_add(&certs, span_of(all, (size_t)n), &err), 0);
	assert_int_equal(certs.n, 2);
	/* What quotes have: a NUL behind the last. */
	assert_int_equal(certs_add(&certs, span_of(all, (size_t)n + 1), &err), 0);
	assert_int_equal(certs.n, 4);
	assert_true(certs_issued_by(&certs, 0, "Test"));
	assert_false(certs_issued_by(&certs, 0, "Tes") || certs_issued_by(&certs, 0, "Test "));

	for (size_t i = 0; i < N_OF(bad); i++) {
		assert_code(certs_add(&certs, span_of(bad[i], strlen(bad[i])), &err),
			    TSMMR_E_MALFORMED);
		assert_true(err.message[0]);
	}
	for (size_t i = 1; i < der.n; i += 7)
		assert_code(certs_add(&certs, span_of(der.p, i), &err), TSMMR_E_MALFORMED);
	while (certs.n < CERTS_MAX)
		assert_int_equal(certs_add(&certs, span_of(der.p, der.n), &err), 0);
	assert_code(certs_add(&certs, span_of(der.p, der.n), &err), TSMMR_E_LIMIT);
	assert_code(certs_add(&certs, span_of(der.p, PEM_BYTES_MAX + 1), &err), TSMMR_E_LIMIT);

	certs_done(&certs);
	bytes_done(&one);
	bytes_done(&two);
	bytes_done(&der);
}

static void extensions(void **state)
{
	struct how how = leaf;
	struct certs certs = { .n = 0 };
	struct span value;

	put(&certs, root);
	how.twice = "a";
	put(&certs, how);
	assert_true(certs_extension(&certs, 0, "2.5.29.19", &value));
	assert_bytes(value.p, value.n, "\x30\x03\x01\x01\xff", 5);
	assert_false(certs_extension(&certs, 0, "1.2.840.113741.1.13.1", &value));
	assert_false(certs_extension(&certs, 0, "no OID", &value));
	/* Which of the two would it be? */
	assert_false(certs_extension(&certs, 1, "2.16.840.1.113730.1.13", &value));
	certs_done(&certs);
}

static void bare_keys(void **state)
{
	struct trust trust = { .n_pins = 0 };
	struct tsmmr_error err = ERROR_INIT;
	struct bytes der = spki(p384), broken = pem_of(root);
	struct pubkey *key = pubkey_of(p384), *other = pubkey_of(p521);
	uint8_t sha256[32], again[32];
	size_t i = 0;

	assert_false(trust_any(NULL) || trust_any(&trust));
	assert_false(trust_has_key(NULL, key, KIND_A));
	assert_int_equal(trust_add(&trust, span_of(der.p, der.n), &err), 0);
	assert_true(trust_any(&trust) && trust_has_key(&trust, key, KIND_A));
	assert_false(trust_has_key(&trust, other, KIND_A));
	/* It can be tried without being handed in as well, by its own kind of evidence. */
	assert_ptr_equal(trust_key(&trust, KIND_B, &i), &trust.pins[0]);
	assert_null(trust_key(&trust, KIND_B, &i));
	trust.pins[0].kinds = KIND_A;
	assert_false(trust_has_key(&trust, key, KIND_B));
	assert_null(trust_key(&trust, KIND_B, (i = 0, &i)));
	memcpy(sha256, trust.pins[0].sha256, 32);
	trust_done(&trust);

	assert_int_equal(pubkey_sha256(key, again), 0);
	assert_memory_equal(sha256, again, 32);
	assert_int_equal(trust_add_sha256(&trust, sha256, &err), 0);
	assert_true(trust_has_key(&trust, key, KIND_A));
	/* Its hash is not the key, which nobody can try. */
	assert_null(trust_key(&trust, KIND_A, (i = 0, &i)));

	/* A bundle that breaks off is refused, not taken for the key of its first part. */
	broken.p = realloc(broken.p, 2 * broken.n);
	assert_non_null(broken.p);
	memcpy(broken.p + broken.n, broken.p, broken.n);
	assert_code(trust_add(&trust, span_of(broken.p, 2 * broken.n - 60), &err),
		    TSMMR_E_MALFORMED);
	assert_true(err.message[0]);
	assert_int_equal(trust.n_pins, 1);
	trust_done(&trust);

	bytes_done(&der);
	bytes_done(&broken);
	pubkey_free(key);
	pubkey_free(other);
}

/* Certificates of one key and name, as many as there are numbers. */
static void put_numbered(struct certs *certs, int64_t number)
{
	put(certs, (struct how)CERT(LEAF, MIDDLE, MIDDLE, .from = NOW - DAY + number));
}

/* What went is read again; what there is has one certificate a hash. */
static void a_cache_is_bounded(void **state)
{
	struct cert_cache *own = cert_cache_new(), *before = cache;
	uint8_t other[32] = { 1 };
	struct cert_ids ids = { .bytes = { 7 } };
	struct certs given = { .n = 0 };

	assert_non_null(own);
	assert_ptr_equal(cert_cache_ref(own), own);
	cert_cache_free(own);
	cache = own;
	put_numbered(&given, 0);
	put_numbered(&given, 0);
	assert_ptr_equal(given.all[0], given.all[1]);
	for (unsigned i = 0; i < 5000; i++) {
		memcpy(ids.bytes, &i, sizeof(i));
		cert_cache_put(own, &ids, given.all[0]);
		memcpy(other, &i, sizeof(i));
		assert_false(cert_cache_is_link(own, other, ids.bytes));
		cert_cache_add_link(own, other, ids.bytes);
		assert_true(cert_cache_is_link(own, other, ids.bytes));
		/* Of neither is one byte another. */
		other[31] ^= 1;
		assert_false(cert_cache_is_link(own, other, ids.bytes));
		other[31] ^= 1;
		ids.bytes[31] ^= 1;
		assert_false(cert_cache_is_link(own, other, ids.bytes));
		ids.bytes[31] ^= 1;
		/* What is asked for all the time stays. */
		cert_cache_add_link(own, given.ids[0].sha256, given.ids[0].sha256);
	}
	assert_true(cert_cache_is_link(own, given.ids[0].sha256, given.ids[0].sha256));
	memset(other, 0, sizeof(other));
	assert_false(cert_cache_is_link(own, other, other));
	put_numbered(&given, 0);
	assert_ptr_not_equal(given.all[0], given.all[2]);
	assert_memory_equal(given.ids[0].sha256, given.ids[2].sha256, 32);
	certs_done(&given);
	cert_cache_free(own);
	cache = before;
}

/* Bytes that OpenSSL does not read to their end, and others that it reads in two ways. */
static void only_whole_certificates_are_kept(void **state)
{
	struct cert_cache *own = cert_cache_new();
	struct certs given = { .cache = own };
	struct bytes b = der_of(leaf);
	uint8_t *two = malloc(2 * b.n + 1);
	struct tsmmr_error err = ERROR_INIT;

	assert_non_null(two);
	memcpy(two, b.p, b.n);
	memcpy(two + b.n, b.p, b.n);
	two[2 * b.n] = 0x30;
	assert_code(certs_add(&given, span_of(two, 2 * b.n), &err), 0);
	assert_int_equal(given.n, 2);
	assert_ptr_equal(given.all[0], given.all[1]);
	assert_code(certs_add(&given, span_of(two, 2 * b.n + 1), &err), TSMMR_E_MALFORMED);
	certs_done(&given);
	given.cache = own;
	/* One byte of its signature is another: nothing of it was seen before. */
	two[b.n - 1] ^= 1;
	assert_code(certs_add(&given, span_of(two, b.n), &err), 0);
	two[b.n - 1] ^= 1;
	assert_code(certs_add(&given, span_of(two, b.n), &err), 0);
	assert_ptr_not_equal(given.all[0], given.all[1]);
	assert_memory_not_equal(given.ids[0].sha256, given.ids[1].sha256, 32);
	for (size_t n = 0; n < b.n; n++)
		assert_code(certs_add(&given, span_of(two, n), &err), TSMMR_E_MALFORMED);
	certs_done(&given);
	cert_cache_free(own);
	free(two);
	bytes_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(ecdsa_in_every_form, quiet),
		cmocka_unit_test_teardown(rsa_with_both_paddings, quiet),
		cmocka_unit_test_teardown(keys_that_are_none, quiet),
		cmocka_unit_test_teardown(a_chain_to_what_is_pinned, quiet),
		cmocka_unit_test_teardown(a_chain_that_is_wrong, quiet),
		cmocka_unit_test_teardown(a_weak_hash_in_the_chain, quiet),
		cmocka_unit_test_teardown(the_time_that_counts, quiet),
		cmocka_unit_test_teardown(nobody_trusted_is_no_reason_to_believe_anything, quiet),
		cmocka_unit_test_teardown(a_root_is_for_its_kinds, quiet),
		cmocka_unit_test_teardown(as_many_roots_as_there_are, quiet),
		cmocka_unit_test_teardown(what_the_leaf_must_be, quiet),
		cmocka_unit_test_teardown(of_what_sort_the_keys_are, quiet),
		cmocka_unit_test_teardown(bundles, quiet),
		cmocka_unit_test_teardown(extensions, quiet),
		cmocka_unit_test_teardown(bare_keys, quiet),
		cmocka_unit_test_teardown(a_cache_is_bounded, quiet),
		cmocka_unit_test_teardown(only_whole_certificates_are_kept, quiet),
	};
	int failed = cmocka_run_group_tests_name("without a cache", tests, setup, NULL);

	cache = cert_cache_new();
	failed += cmocka_run_group_tests_name("an empty one", tests, setup, NULL);
	failed += cmocka_run_group_tests_name("one that has seen it", tests, setup, NULL);
	done();
	return failed;
}
