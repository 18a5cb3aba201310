/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificate revocation lists. */
#include "crypto/crls.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <time.h>

#include "crypto/cache.h"
#include "crypto/pem.h"
#include "crypto/twice.h"
#include "util/date.h"
#include "util/error.h"

DEFINE_CLEANUP(RSA_PSS_PARAMS *, RSA_PSS_PARAMS_free)

void crls_done(struct crls *crls)
{
	for (size_t i = 0; i < crls->n; i++)
		X509_CRL_free(crls->all[i].crl);
	free(crls->all);
	crls->all = NULL;
	crls->n = 0;
}

/* Of its forms only that of DER has this length: in UTC, to the second.  (RFC 5280 §4.1.2.5) */
static bool seconds_of(const ASN1_TIME *at, uint64_t *ret)
{
	struct date d;
	struct tm tm;

	if (!at || ASN1_TIME_to_tm(at, &tm) != 1 || tm.tm_year < 70)
		return false;
	if (ASN1_STRING_length(at) != (ASN1_STRING_type(at) == V_ASN1_UTCTIME ? 13 : 15))
		return false;
	d = (struct date){ (unsigned int)tm.tm_year + 1900, (unsigned int)tm.tm_mon + 1,
			   (unsigned int)tm.tm_mday,        (unsigned int)tm.tm_hour,
			   (unsigned int)tm.tm_min,         (unsigned int)tm.tm_sec };
	return date_seconds(&d, ret);
}

static bool has_critical(const STACK_OF(X509_EXTENSION) * extensions)
{
	for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++)
		if (X509_EXTENSION_get_critical(sk_X509_EXTENSION_value(extensions, i)))
			return true;
	return false;
}

/*
 * A list of changes, or of some certificates only, says so critically.  So does an entry that is
 * about the certificate of another issuer, or more than revoked.  (RFC 5280 §5.2, §5.3)
 */
static bool is_whole(X509_CRL *crl)
{
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);

	if (has_critical(X509_CRL_get0_extensions(crl)))
		return false;
	for (int i = 0; i < sk_X509_REVOKED_num(entries); i++)
		if (has_critical(X509_REVOKED_get0_extensions(sk_X509_REVOKED_value(entries, i))))
			return false;
	/* Who does not say so critically means it all the same. */
	return X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) < 0 &&
	       X509_CRL_get_ext_by_NID(crl, NID_issuing_distribution_point, -1) < 0;
}

/* Of RSASSA-PSS its parameters say which hash; SHA-1 where they do not.  (RFC 4055 §3.1) */
static int pss_hash(const X509_CRL *crl)
{
	_cleanup_(RSA_PSS_PARAMS_free) RSA_PSS_PARAMS *pss = NULL;
	const X509_ALGOR *how;
	const ASN1_OBJECT *hash;
	const void *value;
	int type;

	X509_CRL_get0_signature(crl, NULL, &how);
	X509_ALGOR_get0(NULL, &type, &value, how);
	if (type == V_ASN1_SEQUENCE)
		pss = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (!pss || !pss->hashAlgorithm)
		return NID_sha1;
	X509_ALGOR_get0(&hash, NULL, NULL, pss->hashAlgorithm);
	return OBJ_obj2nid(hash);
}

/* A hash as weak as no certificate's may be. */
static bool is_weak(const X509_CRL *crl)
{
	int nid = X509_CRL_get_signature_nid(crl), hash = NID_undef, key;

	if (nid == NID_rsassaPss)
		hash = pss_hash(crl);
	else if (OBJ_find_sigid_algs(nid, &hash, &key) != 1)
		return true;
	return hash == NID_md5 || hash == NID_sha1;
}

/* 1, 0 where it is there already, or an error. */
static int note(struct crls *crls, struct crl *crl, struct tsmmr_error *err)
{
	if (!seconds_of(X509_CRL_get0_lastUpdate(crl->crl), &crl->issued) ||
	    !seconds_of(X509_CRL_get0_nextUpdate(crl->crl), &crl->next))
		return fail(err, TSMMR_E_MALFORMED, "a revocation list without an end");
	if (crl->next < crl->issued)
		return fail(err, TSMMR_E_MALFORMED,
			    "a revocation list that ends before it is issued");
	if (!is_whole(crl->crl) || is_weak(crl->crl))
		return fail(err, TSMMR_E_UNSUPPORTED, "a revocation list of a sort we do not know");
	if (X509_CRL_digest(crl->crl, EVP_sha256(), crl->sha256, NULL) != 1)
		return fail_low(err, sign_failed(E_LACKS - ALGORITHM_SHA256));
	/* What is kept for each platform has the lists of all: each once. */
	for (size_t i = 0; i < crls->n; i++)
		if (memcmp(crls->all[i].sha256, crl->sha256, sizeof(crl->sha256)) == 0)
			return 0;
	if (crls->n == CRLS_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d revocation lists", CRLS_MAX);
	crls->n++;
	return 1;
}

/* One list off the front of s, counted in *n. */
static int add_der(struct crls *crls, struct span *s, size_t *n, struct tsmmr_error *err)
{
	struct crl *all = reallocarray(crls->all, crls->n + 1, sizeof(*all));
	const uint8_t *p = s->p;
	X509_CRL *crl;
	int r;

	if (!all)
		return fail_nomem(err);
	crls->all = all;
	crl = X509_CRL_new_ex(crls->crypto.lib, crls->crypto.properties);
	if (!crl)
		return fail_nomem(err);
	if (!d2i_X509_CRL(&crl, &p, (long)s->n)) {
		r = sign_failed(TSMMR_E_MALFORMED);
		ERR_set_mark();
		return r == TSMMR_E_NOMEM ? fail_nomem(err) :
					    fail(err, r, "revocation list %zu does not parse", *n);
	}
	all[crls->n] = (struct crl){ .crl = crl };
	r = note(crls, &all[crls->n], err);
	if (r <= 0)
		X509_CRL_free(crl);
	*s = span_of(p, s->n - (size_t)(p - s->p));
	++*n;
	return r < 0 ? r : 0;
}

static int add_pem(struct crls *crls, struct span s, size_t *n, struct tsmmr_error *err)
{
	struct pem pem = { .left = s };
	int r = 0, more;

	while (r == 0 && (more = pem_next(&pem)) != 0) {
		struct span der = pem.der;

		if (more < 0)
			r = more == TSMMR_E_NOMEM ?
				    fail_nomem(err) :
				    fail(err, more, "PEM that is no revocation list");
		else
			r = add_der(crls, &der, n, err);
		if (r == 0 && der.n)
			r = fail(err, TSMMR_E_MALFORMED, "bytes after revocation list %zu", *n - 1);
	}
	pem_done(&pem);
	return r;
}

static int add(struct crls *crls, struct span s, struct tsmmr_error *err)
{
	size_t n = 0;
	int r = 0;

	if (s.n > PEM_BYTES_MAX)
		return fail(err, TSMMR_E_LIMIT, "%zu bytes of revocation lists, more than %u", s.n,
			    PEM_BYTES_MAX);
	ERR_set_mark();
	if (pem_is(s))
		r = add_pem(crls, s, &n, err);
	else
		while (r == 0 && s.n)
			r = add_der(crls, &s, &n, err);
	ERR_pop_to_mark();
	if (r < 0)
		return r;
	return n ? 0 : fail(err, TSMMR_E_MALFORMED, "no revocation list in it");
}

int crls_add(struct crls *crls, struct span s, struct tsmmr_error *err)
{
	size_t before = crls->n;
	int r = add(crls, s, NULL);

	if (refuses(r)) {
		while (crls->n > before)
			X509_CRL_free(crls->all[--crls->n].crl);
		r = sure(add(crls, s, err));
	}
	return r == TSMMR_E_NOMEM ? fail_nomem(err) : r;
}

int crls_add_all(struct crls *crls, const struct crls *more)
{
	struct crl *all = reallocarray(crls->all, crls->n + more->n + 1, sizeof(*all));

	if (!all)
		return TSMMR_E_NOMEM;
	crls->all = all;
	for (size_t i = 0; i < more->n; i++) {
		X509_CRL_up_ref(more->all[i].crl);
		all[crls->n++] = more->all[i];
	}
	return 0;
}

/* What was seen before is not computed again: which key made a signature stays true. */
static bool is_signed(const struct crl *crl, X509 *issuer, const uint8_t id[32],
		      struct cert_cache *cache)
{
	EVP_PKEY *key;

	if (cache && cert_cache_is_link(cache, crl->sha256, id))
		return true;
	/* Who has a key usage must have this one in it.  (RFC 5280 §4.2.1.3) */
	if (X509_get_extension_flags(issuer) & EXFLAG_KUSAGE &&
	    !(X509_get_key_usage(issuer) & KU_CRL_SIGN))
		return false;
	key = X509_get0_pubkey(issuer);
	if (!key || X509_CRL_verify(crl->crl, key) != 1)
		return false;
	if (cache)
		cert_cache_add_link(cache, crl->sha256, id);
	return true;
}

static bool holds(const struct crl *crl, uint64_t time, uint64_t grace)
{
	return date_within(time, crl->issued, crl->next, grace);
}

/* Before other?  One that holds is, and then the one made later. */
static bool is_better(const struct crl *crl, const struct crl *other, uint64_t time, uint64_t grace)
{
	bool here = holds(crl, time, grace), there = other && holds(other, time, grace);

	return !other || (here != there ? here : crl->issued > other->issued);
}

bool crls_any_but(const struct crls *crls, const char *organization)
{
	for (size_t i = 0; i < crls->n; i++)
		if (!certs_name_is_of(X509_CRL_get_issuer(crls->all[i].crl), organization))
			return true;
	return false;
}

static bool is_by(const struct crl *crl, X509 *issuer)
{
	return X509_NAME_cmp(X509_CRL_get_issuer(crl->crl), X509_get_subject_name(issuer)) == 0;
}

bool crls_are_of(const struct crls *crls, const struct chain *chain)
{
	X509 *end = chain->n ? chain->links[chain->n - 1] : NULL;

	if (!end || X509_NAME_cmp(X509_get_subject_name(end), X509_get_issuer_name(end)) != 0)
		return true;
	for (size_t i = 0; i < crls->n; i++)
		if (is_by(&crls->all[i], end))
			return true;
	return false;
}

/* In a list of all of a chain a number is who it is, whoever signed that certificate. */
static bool is_in(const struct crl *crl, X509 *cert, bool of_all)
{
	X509_REVOKED *entry;

	return X509_CRL_get0_by_cert(crl->crl, &entry, cert) != 0 ||
	       (of_all &&
		X509_CRL_get0_by_serial(crl->crl, &entry, X509_get_serialNumber(cert)) != 0);
}

/* Each name once; there is room for more than such chains have. */
static void add_lack(struct revocation *ret, X509 *issuer)
{
	const struct certs one = { .all = &issuer, .n = 1 };
	struct span name;

	if (!certs_subject(&one, 0, &name))
		return;
	for (size_t i = 0; i < ret->n_lacks; i++)
		if (span_eq(ret->lacks[i], name.p, name.n))
			return;
	if (ret->n_lacks < REVOCATION_LACKS_MAX)
		ret->lacks[ret->n_lacks++] = name;
}

/* Certificate at of the chain, by the lists of certificate by. */
static int check_one(const struct crl_check *how, const struct chain *chain, size_t at, size_t by,
		     struct revocation *ret, struct tsmmr_error *err)
{
	X509 *cert = chain->links[at], *issuer = chain->links[by];
	const struct crl *best = NULL;
	bool wrong = false;

	ret->asked++;
	for (size_t i = 0; i < how->n; i++)
		for (size_t k = 0; k < how->sets[i]->n; k++) {
			const struct crl *crl = &how->sets[i]->all[k];

			if (!is_by(crl, issuer))
				continue;
			if (!is_signed(crl, issuer, chain->sha256[by], how->cache)) {
				wrong = true;
				continue;
			}
			/* Revoked once is revoked, whatever list says it. */
			if (is_in(crl, cert, how->by_end))
				return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_REVOKED,
						   "%s: a certificate of its chain is revoked",
						   how->who);
			if (is_better(crl, best, how->time, how->grace))
				best = crl;
		}
	if (!best && wrong)
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_SIGNATURE,
				   "%s: the signature of its issuer's revocation list is wrong",
				   how->who);
	if (!best || !holds(best, how->time, how->grace))
		add_lack(ret, issuer);
	if (!best)
		return 0;
	ret->covered++;
	ret->late |= !holds(best, how->time, how->grace);
	if (best->next < ret->until)
		ret->until = best->next;
	return 0;
}

static int check(const struct crl_check *how, const struct chain *chain, struct revocation *ret,
		 struct tsmmr_error *err)
{
	int r = 0;

	ERR_set_mark();
	for (size_t i = 0; r == 0 && i + 1 < chain->n; i++)
		r = check_one(how, chain, i, how->by_end ? chain->n - 1 : i + 1, ret, err);
	ERR_pop_to_mark();
	return r;
}

int crls_check(const struct crl_check *how, const struct chain *chain, struct revocation *ret,
	       struct tsmmr_error *err)
{
	struct revocation before = *ret;
	int r = check(how, chain, ret, NULL);

	if (refuses(r)) {
		*ret = before;
		r = sure(check(how, chain, ret, err));
	}
	return r == TSMMR_E_NOMEM ? fail_nomem(err) : r;
}
