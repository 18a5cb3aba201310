/* SPDX-License-Identifier: BSD-2-Clause */
/* The roots that the caller pins, and whether certificates lead to one. */
#include "crypto/trust.h"

#include <assert.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <time.h>

#include "crypto/cache.h"
#include "crypto/twice.h"
#include "util/date.h"
#include "util/error.h"

DEFINE_CLEANUP(ASN1_TIME *, ASN1_TIME_free)
DEFINE_CLEANUP(X509_STORE *, X509_STORE_free)
DEFINE_CLEANUP(X509_STORE_CTX *, X509_STORE_CTX_free)
DEFINE_CLEANUP(EXTENDED_KEY_USAGE *, EXTENDED_KEY_USAGE_free)

/* 112 bits: RSA of 2048 bits, SHA-256; no certificate signed over SHA-1. */
#define SECURITY_LEVEL 2

static int sha256_of(X509 *cert, uint8_t ret[32])
{
	const struct certs one = { .all = &cert, .n = 1 };

	return certs_sha256(&one, 0, ret);
}

void trust_done(struct trust *trust)
{
	if (!trust)
		return;
	for (size_t i = 0; i < trust->n_pins; i++) {
		X509_free(trust->pins[i].cert);
		pubkey_free(trust->pins[i].key);
	}
	free(trust->pins);
	trust->pins = NULL;
	trust->n_pins = 0;
}

/* Room for n more; what is in it is zeros, and not counted yet. */
static struct pin *make_room(struct trust *trust, size_t n)
{
	struct pin *all = reallocarray(trust->pins, trust->n_pins + n, sizeof(*all));

	if (!all)
		return NULL;
	trust->pins = all;
	memset(all + trust->n_pins, 0, n * sizeof(*all));
	for (size_t i = 0; i < n; i++)
		all[trust->n_pins + i].kinds = KINDS_ALL;
	return all + trust->n_pins;
}

int trust_add_all(struct trust *trust, const struct trust *more)
{
	struct pin *pins = make_room(trust, more->n_pins + 1);

	if (!pins)
		return TSMMR_E_NOMEM;
	for (size_t i = 0; i < more->n_pins; i++) {
		pins[i] = more->pins[i];
		if (pins[i].cert)
			X509_up_ref(pins[i].cert);
		if (pins[i].key)
			pubkey_ref(pins[i].key);
	}
	trust->n_pins += more->n_pins;
	if (more->has_time) {
		trust->time = more->time;
		trust->has_time = true;
	}
	return 0;
}

int trust_copy(const struct trust *trust, struct trust **ret)
{
	struct trust *copy = calloc(1, sizeof(*copy));

	if (copy)
		copy->crypto = trust->crypto;
	if (!copy || trust_add_all(copy, trust) < 0) {
		free(copy);
		return TSMMR_E_NOMEM;
	}
	*ret = copy;
	return 0;
}

int trust_add_key(struct trust *trust, struct pubkey **key, unsigned int kinds, bool attests)
{
	struct pin *pin = make_room(trust, 1);
	int r = pin ? pubkey_sha256(*key, pin->sha256) : TSMMR_E_NOMEM;

	if (r < 0)
		return r;
	pin->key = take_ptr(*key);
	pin->kinds = kinds;
	pin->attests = attests;
	trust->n_pins++;
	return 0;
}

static int add_key(struct trust *trust, struct span s)
{
	_cleanup_(pubkey_free) struct pubkey *key = NULL;
	int r = pubkey_from_bytes(trust->crypto, s, &key);

	return r < 0 ? r : trust_add_key(trust, &key, KINDS_ALL, false);
}

int trust_add(struct trust *trust, struct span s, struct tsmmr_error *err)
{
	_cleanup_(certs_done) struct certs certs = { .crypto = trust->crypto, .unbounded = true };
	struct tsmmr_error why = { .size = sizeof(why) };
	int r = certs_add(&certs, s, &why);
	struct pin *pins;

	if (r == TSMMR_E_MALFORMED && !certs.n) {
		int as_key = add_key(trust, s);

		if (as_key == 0 || as_key == TSMMR_E_NOMEM || lacks_algorithm(as_key))
			return as_key ? fail_low(err, as_key) : 0;
	}
	if (r < 0)
		return fail(err, r, "%s", why.message);
	pins = make_room(trust, certs.n);
	if (!pins)
		return fail_nomem(err);
	for (size_t i = 0; i < certs.n; i++) {
		r = certs_sha256(&certs, i, pins[i].sha256);
		if (r < 0)
			return fail_low(err, r);
	}
	for (size_t i = 0; i < certs.n; i++)
		pins[i].cert = certs.all[i];
	trust->n_pins += certs.n;
	certs.n = 0;
	return 0;
}

int trust_add_sha256(struct trust *trust, const uint8_t sha256[32], struct tsmmr_error *err)
{
	struct pin *pin = make_room(trust, 1);

	if (!pin)
		return fail_nomem(err);
	memcpy(pin->sha256, sha256, sizeof(pin->sha256));
	trust->n_pins++;
	return 0;
}

int trust_set_time(struct trust *trust, uint64_t seconds, struct tsmmr_error *err)
{
	struct date unused;

	if (seconds != TSMMR_NONE && !date_of(seconds, &unused))
		return fail(err, TSMMR_E_ARG, "a time after the year 9999");
	trust->time = seconds;
	trust->has_time = seconds != TSMMR_NONE;
	return 0;
}

bool trust_any(const struct trust *trust)
{
	return trust && trust->n_pins;
}

/* The pin of what has that hash; NULL. */
static const struct pin *find_pin(const struct trust *trust, const uint8_t sha256[32],
				  unsigned int kinds)
{
	for (size_t i = 0; i < trust->n_pins; i++)
		if (trust->pins[i].kinds & kinds && !memcmp(trust->pins[i].sha256, sha256, 32))
			return &trust->pins[i];
	return NULL;
}

const struct pin *trust_has_key(const struct trust *trust, const struct pubkey *key,
				unsigned int kinds)
{
	uint8_t sha256[32];

	if (!trust_any(trust) || pubkey_sha256(key, sha256) < 0)
		return NULL;
	/* One key can be written in several ways. */
	for (size_t i = 0; i < trust->n_pins; i++) {
		const struct pin *pin = &trust->pins[i];

		if (pin->key && pin->kinds & kinds && pubkey_same(pin->key, key))
			return pin;
	}
	return find_pin(trust, sha256, kinds);
}

/* The next pin of these kinds that is a certificate, or else a key. */
static const struct pin *next_pin(const struct trust *trust, unsigned int kinds, bool cert,
				  size_t *i)
{
	while (trust && *i < trust->n_pins) {
		const struct pin *pin = &trust->pins[(*i)++];

		if ((cert ? pin->cert != NULL : pin->key != NULL) && pin->kinds & kinds)
			return pin;
	}
	return NULL;
}

const struct pin *trust_cert(const struct trust *trust, unsigned int kinds, size_t *i)
{
	return next_pin(trust, kinds, true, i);
}

const struct pin *trust_key(const struct trust *trust, unsigned int kinds, size_t *i)
{
	return next_pin(trust, kinds, false, i);
}

/* Is purpose among those that it was made for?  *ret_any: is there any. */
static bool has_purpose(X509 *cert, const char *purpose, bool *ret_any)
{
	_cleanup_(EXTENDED_KEY_USAGE_free) EXTENDED_KEY_USAGE *all = NULL;
	int found = -1;

	/* Not there at all is the only answer that means none. */
	all = X509_get_ext_d2i(cert, NID_ext_key_usage, &found, NULL);
	*ret_any = all || found != -1;
	for (int i = 0; purpose && all && i < sk_ASN1_OBJECT_num(all); i++)
		if (certs_is_oid(sk_ASN1_OBJECT_value(all, i), purpose))
			return true;
	return false;
}

static bool is_for(const struct certs *given, size_t leaf, const struct cert_use *use)
{
	X509 *cert = given->all[leaf];
	struct span unused;
	bool any;

	/* Not there: all bits are set.  (X509_get_key_usage(3)) */
	if (X509_check_ca(cert) || X509_get_extension_flags(cert) & EXFLAG_INVALID)
		return false;
	if (use->signs && (!(X509_get_extension_flags(cert) & EXFLAG_KUSAGE) ||
			   !(X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE)))
		return false;
	if (has_purpose(cert, use->purpose, &any))
		return true;
	return !any &&
	       (!use->purpose ||
		(use->or_extension && certs_extension(given, leaf, use->or_extension, &unused)));
}

static int check_use(const struct certs *given, size_t leaf, const struct cert_use *use,
		     struct tsmmr_error *err)
{
	if (!is_for(given, leaf, use))
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN,
				   "%s: it was not made for signing this", use->who);
	return 0;
}

static int check_key(struct crypto crypto, X509 *cert, const struct cert_use *use,
		     struct tsmmr_error *err)
{
	_cleanup_(pubkey_free) struct pubkey *key = NULL;
	EVP_PKEY *pkey;
	int r;

	if (!use->key)
		return 0;
	pkey = X509_get_pubkey(cert);
	r = pkey ? pubkey_take(crypto, pkey, &key) : TSMMR_E_MALFORMED;
	if (r == TSMMR_E_NOMEM)
		return fail_nomem(err);
	if (r < 0 || (int)pubkey_type(key) != use->key)
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN,
				   "%s: its chain has a key of a sort that its makers do not use",
				   use->who);
	return 0;
}

/* The pinned certificates, and those of given that a pin is the hash of. */
static int fill_store(X509_STORE *store, const struct certs *given, const struct trust *trust,
		      unsigned int kinds, size_t *ret_n)
{
	*ret_n = 0;
	for (size_t i = 0; i < trust->n_pins; i++) {
		const struct pin *pin = &trust->pins[i];

		if (!pin->cert || !(pin->kinds & kinds))
			continue;
		if (X509_STORE_add_cert(store, pin->cert) != 1)
			return TSMMR_E_NOMEM;
		++*ret_n;
	}
	for (size_t i = 0; i < given->n; i++) {
		uint8_t sha256[32];
		int r = certs_sha256(given, i, sha256);

		if (r < 0)
			return r;
		if (!find_pin(trust, sha256, kinds))
			continue;
		if (X509_STORE_add_cert(store, given->all[i]) != 1)
			return TSMMR_E_NOMEM;
		++*ret_n;
	}
	return 0;
}

static int fail_root(const struct cert_use *use, struct tsmmr_error *err)
{
	return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_ROOT,
			   "%s: it does not lead to a trust root that was given", use->who);
}

static int fail_missing(const struct cert_use *use, struct tsmmr_error *err)
{
	return fail_detail(
		err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN_MISSING,
		"%s: a certificate between it and the trust roots is missing: give certs=",
		use->who);
}

/* What OpenSSL says, in our words. */
static int fail_chain(int error, const struct cert_use *use, struct tsmmr_error *err)
{
	switch (error) {
	case X509_V_ERR_OUT_OF_MEM:
		return fail_nomem(err);
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return fail_missing(use, err);
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_UNTRUSTED:
		return fail_root(use, err);
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_EXPIRED, "%s: %s", use->who,
				   X509_verify_cert_error_string(error));
	default:
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN, "%s: %s", use->who,
				   X509_verify_cert_error_string(error));
	}
}

/* The hash of a certificate in a chain, which is one of given or pinned. */
static int id_of(const struct certs *given, const struct trust *trust, X509 *cert, uint8_t ret[32])
{
	for (size_t i = 0; i < given->n; i++)
		if (given->all[i] == cert)
			return certs_sha256(given, i, ret);
	for (size_t i = 0; trust && i < trust->n_pins; i++)
		if (trust->pins[i].cert == cert) {
			memcpy(ret, trust->pins[i].sha256, 32);
			return 0;
		}
	return sha256_of(cert, ret);
}

/* The pinned certificate of the chain: the chain may go on above it. */
static int take_chain(STACK_OF(X509) * chain, const struct certs *given, const struct trust *trust,
		      const struct cert_use *use, struct chain *ret, struct tsmmr_error *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i < sk_X509_num(chain); i++)
		r = check_key(trust->crypto, sk_X509_value(chain, i), use, err);
	for (int i = sk_X509_num(chain); r == 0 && !ret->pin && i-- > 0;) {
		r = id_of(given, trust, sk_X509_value(chain, i), ret->root);
		if (r < 0)
			return fail_low(err, r);
		ret->pin = find_pin(trust, ret->root, use->kinds);
		if (ret->pin)
			ret->n = (size_t)i + 1;
	}
	if (r < 0)
		return r;
	ret->complete = true;
	if (!ret->pin || ret->n > ARRAY_SIZE(ret->links))
		return fail_root(use, err);
	for (size_t i = 0; r == 0 && i < ret->n; i++) {
		ret->links[i] = sk_X509_value(chain, (int)i);
		r = id_of(given, trust, ret->links[i], ret->sha256[i]);
	}
	return r < 0 ? fail_low(err, r) : 0;
}

/* Is each of them valid at a time of which OpenSSL's time_t has no idea?  X509_V_*. */
static int check_late(STACK_OF(X509) * chain, uint64_t time)
{
	_cleanup_(ASN1_TIME_free) ASN1_TIME *now = ASN1_TIME_new();
	struct date d;
	char text[80];

	if (!now)
		return X509_V_ERR_OUT_OF_MEM;
	if (!date_of(time, &d))
		return X509_V_ERR_CERT_HAS_EXPIRED;
	snprintf(text, sizeof(text), "%04u%02u%02u%02u%02u%02uZ", d.year, d.month, d.day, d.hour,
		 d.minute, d.second);
	if (ASN1_TIME_set_string(now, text) != 1)
		return X509_V_ERR_OUT_OF_MEM;
	/* A comparison may fail, too: -2. */
	for (int i = 0; i < sk_X509_num(chain); i++) {
		const X509 *cert = sk_X509_value(chain, i);

		if (ASN1_TIME_compare(X509_get0_notAfter(cert), now) < 0)
			return X509_V_ERR_CERT_HAS_EXPIRED;
		if (ASN1_TIME_compare(now, X509_get0_notBefore(cert)) < 0)
			return X509_V_ERR_CERT_NOT_YET_VALID;
	}
	return X509_V_OK;
}

static bool is_signed_by(X509 *cert, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	return key && X509_verify(cert, key) == 1;
}

/* What follows a chain on its way through OpenSSL. */
struct walk {
	const struct certs *given;
	const struct trust *trust;
	uint64_t time;
	bool late;                      /* its time is none for OpenSSL */
	X509_STORE_CTX_verify_fn check; /* OpenSSL's: signatures and times */
};

/* Did issuer sign cert, with a key that may?  What was seen before is not computed again. */
static bool is_link(const struct walk *walk, X509 *cert, X509 *issuer, const uint8_t subject[32],
		    const uint8_t its[32])
{
	struct cert_cache *cache = walk->given->cache;

	if (cert_cache_is_link(cache, subject, its))
		return true;
	if (X509_check_issued(issuer, cert) != X509_V_OK || !is_signed_by(cert, issuer))
		return false;
	cert_cache_add_link(cache, subject, its);
	return true;
}

/* Is each certificate of the chain signed by the next? */
static bool are_links(const struct walk *walk, STACK_OF(X509) * chain)
{
	uint8_t subject[32], its[32];
	int n = sk_X509_num(chain);

	if (n < 2 || id_of(walk->given, walk->trust, sk_X509_value(chain, 0), subject) < 0)
		return false;
	for (int i = 1; i < n; i++) {
		X509 *issuer = sk_X509_value(chain, i);

		if (id_of(walk->given, walk->trust, issuer, its) < 0 ||
		    !is_link(walk, sk_X509_value(chain, i - 1), issuer, subject, its))
			return false;
		memcpy(subject, its, sizeof(subject));
	}
	return true;
}

/* Is each of them valid then, as OpenSSL sees it?  A comparison may fail, too: 0. */
static bool are_valid(STACK_OF(X509) * chain, time_t when)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		const X509 *cert = sk_X509_value(chain, i);

		if (X509_cmp_time(X509_get0_notBefore(cert), &when) >= 0 ||
		    X509_cmp_time(X509_get0_notAfter(cert), &when) <= 0)
			return false;
	}
	return true;
}

/*
 * In place of OpenSSL's last step, which checks signatures and times: it has nothing to do where
 * each signature was found right, now or before, and each time is.  What is not so it says
 * itself; and all that comes before and after is OpenSSL's own.
 */
static int check_links(X509_STORE_CTX *ctx)
{
	const struct walk *walk = X509_STORE_CTX_get_app_data(ctx);
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);

	if (walk->given->cache && (walk->late || are_valid(chain, (time_t)walk->time)) &&
	    are_links(walk, chain))
		return 1;
	return walk->check(ctx);
}

static int verify_chain(X509_STORE *store, const struct certs *given, size_t leaf,
			const struct trust *trust, const struct cert_use *use, struct chain *ret,
			struct tsmmr_error *err)
{
	_cleanup_(X509_STORE_CTX_free) X509_STORE_CTX *ctx =
		X509_STORE_CTX_new_ex(trust->crypto.lib, trust->crypto.properties);
	STACK_OF(X509) *others = sk_X509_new_null();
	X509_VERIFY_PARAM *how;
	STACK_OF(X509) * chain;
	time_t when = (time_t)ret->time;
	struct walk walk = {
		.given = given,
		.trust = trust,
		.time = ret->time,
		.late = when < 0 || (uint64_t)when != ret->time,
	};
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
	if (walk.late)
		X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_NO_CHECK_TIME);
	else
		X509_VERIFY_PARAM_set_time(how, when);
	X509_VERIFY_PARAM_set_depth(how, CHAIN_DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(how, SECURITY_LEVEL);
	walk.check = X509_STORE_CTX_get_verify(ctx);
	/* Which allocates. */
	if (X509_STORE_CTX_set_app_data(ctx, &walk) != 1) {
		sk_X509_free(others);
		return fail_nomem(err);
	}
	X509_STORE_CTX_set_verify(ctx, check_links);
	r = X509_verify_cert(ctx);
	error = X509_STORE_CTX_get_error(ctx);
	chain = X509_STORE_CTX_get0_chain(ctx);
	sk_X509_free(others);
	if (walk.late && r == 1 && chain)
		error = check_late(chain, ret->time);
	if (r != 1 || error != X509_V_OK || !chain || sk_X509_num(chain) < 1)
		return fail_chain(error, use, err);
	return take_chain(chain, given, trust, use, ret, err);
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
static int check_given(const struct certs *given, size_t leaf, const struct cert_use *use,
		       struct chain *ret, struct tsmmr_error *err)
{
	size_t at = leaf;

	for (size_t depth = 0; depth < CHAIN_DEPTH_MAX; depth++) {
		int issuer = issuer_of(given, given->all[at]);
		int r = check_key(given->crypto, given->all[at], use, err);

		if (r < 0)
			return r;
		if (issuer == -2)
			return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN,
					   "%s: certificate %zu of the chain has a wrong signature",
					   use->who, depth);
		if (issuer < 0)
			return 0;
		if ((size_t)issuer == at) {
			ret->complete = true;
			return 0;
		}
		at = (size_t)issuer;
	}
	return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN,
			   "%s: its chain has more than %d certificates", use->who,
			   CHAIN_DEPTH_MAX);
}

static int check_pinned(const struct certs *given, size_t leaf, const struct trust *trust,
			const struct cert_use *use, struct chain *ret, struct tsmmr_error *err)
{
	_cleanup_(X509_STORE_free) X509_STORE *store = X509_STORE_new();
	size_t n = 0;
	int r;

	if (!store)
		return fail_nomem(err);
	r = fill_store(store, given, trust, use->kinds, &n);
	if (r < 0)
		return fail_low(err, r);
	if (n)
		return verify_chain(store, given, leaf, trust, use, ret, err);
	/* Nothing to lead to: because its issuers did not come with it? */
	r = check_given(given, leaf, use, ret, err);
	if (r < 0)
		return r;
	return ret->complete ? fail_root(use, err) : fail_missing(use, err);
}

static int check_chain(const struct trust *trust, const struct certs *given, size_t leaf,
		       const struct cert_use *use, uint64_t own_time, struct chain *ret,
		       struct tsmmr_error *err)
{
	struct chain chain = { .time = own_time ? own_time : (uint64_t)time(NULL) };
	int r;

	assert(leaf < given->n);
	if (trust && trust->has_time)
		chain.time = trust->time;
	ERR_set_mark();
	r = check_use(given, leaf, use, err);
	if (r == 0)
		r = trust_any(trust) ? check_pinned(given, leaf, trust, use, &chain, err) :
				       check_given(given, leaf, use, &chain, err);
	ERR_pop_to_mark();
	if (r < 0)
		return r;
	*ret = chain;
	return 0;
}

int trust_chain(const struct trust *trust, const struct certs *given, size_t leaf,
		const struct cert_use *use, uint64_t own_time, struct chain *ret,
		struct tsmmr_error *err)
{
	int r = check_chain(trust, given, leaf, use, own_time, ret, NULL);

	if (refuses(r))
		r = sure(check_chain(trust, given, leaf, use, own_time, ret, err));
	return r == TSMMR_E_NOMEM ? fail_nomem(err) : r;
}
