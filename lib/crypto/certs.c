/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates: what they are. */
#include "crypto/certs.h"

#include <assert.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/cache.h"
#include "crypto/pem.h"
#include "crypto/twice.h"
#include "util/error.h"

void certs_done(struct certs *certs)
{
	for (size_t i = 0; i < certs->n; i++)
		X509_free(certs->all[i]);
	free(certs->all);
	free(certs->ids);
	certs->all = NULL;
	certs->ids = NULL;
	certs->n = 0;
}

/* Room for one more. */
static int make_room(struct certs *certs)
{
	X509 **all = reallocarray(certs->all, certs->n + 1, sizeof(*all));
	struct cert_ids *ids;

	if (!all)
		return TSMMR_E_NOMEM;
	certs->all = all;
	if (!certs->cache)
		return 0;
	ids = reallocarray(certs->ids, certs->n + 1, sizeof(*ids));
	if (!ids)
		return TSMMR_E_NOMEM;
	certs->ids = ids;
	memset(&ids[certs->n], 0, sizeof(*ids));
	return 0;
}

/*
 * What there is of it in DER: a SEQUENCE with its length in one, two or three bytes (X.690, 8.1.3).
 * Of n 0 nothing is kept: a certificate too large, or none.
 */
static struct span der_of(struct span s)
{
	size_t n = s.n > 1 ? s.p[1] : 0, head = 2, more = n > 0x80 ? n - 0x80 : 0;

	if (!s.n || s.p[0] != 0x30 || more > 2 || s.n < head + more)
		return span_of(s.p, 0);
	for (n = more ? 0 : n; more; more--)
		n = n << 8 | s.p[head++];
	return span_of(s.p, n <= s.n - head && head + n <= CERT_CACHE_BYTES_MAX ? head + n : 0);
}

/* One that was read before.  *ret_der has no bytes where it is not to be kept. */
static X509 *recall(struct certs *certs, struct span s, struct cert_ids *ids, struct span *ret_der)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };

	*ret_der = certs->cache ? der_of(s) : span_of(s.p, 0);
	if (!ret_der->n)
		return NULL;
	if (hasher_init(&h, certs->crypto, hash_by_id(TSMMR_HASH_SHA256)) < 0 ||
	    hash_bytes(&h, ret_der->p, ret_der->n, ids->bytes) < 0) {
		*ret_der = span_of(s.p, 0);
		return NULL;
	}
	return cert_cache_get(certs->cache, ids);
}

/* 0 and what the DER says, with *p after it. */
static int read_once(struct crypto crypto, const uint8_t **p, size_t n, X509 **ret)
{
	X509 *cert = X509_new_ex(crypto.lib, crypto.properties);

	if (!cert)
		return TSMMR_E_NOMEM;
	if (!d2i_X509(&cert, p, (long)n)) {
		X509_free(cert); /* or what is left of it: NULL */
		return TSMMR_E_MALFORMED;
	}
	*ret = cert;
	return 0;
}

/*
 * OpenSSL decodes the key now and extensions when first asked, and does not do it again: a
 * certificate of which it could not would be refused for ever, and a key whose strength it could
 * not note would be too weak.  So all is asked for here, and not among threads that share it.
 */
static bool is_whole(X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);

	return X509_check_purpose(cert, -1, 0) == 1 && key && EVP_PKEY_get_security_bits(key) > 0;
}

static int read_der(struct crypto crypto, const uint8_t **p, size_t n, X509 **ret)
{
	const uint8_t *start = *p;
	int r = read_once(crypto, p, n, ret);

	if (r == TSMMR_E_NOMEM || (r == 0 && is_whole(*ret)))
		return r;
	if (r == 0)
		X509_free(*ret);
	*p = start;
	r = read_once(crypto, p, n, ret);
	if (r == 0 && !is_whole(*ret) && !has_memory()) {
		X509_free(*ret);
		return TSMMR_E_NOMEM;
	}
	return sure(r);
}

/* One certificate off the front of s. */
static int add_der(struct certs *certs, struct span *s, struct tsmmr_error *err)
{
	struct cert_ids ids = { .bytes = { 0 } };
	const uint8_t *p = s->p;
	struct span der;
	X509 *cert;
	int r;

	if (certs->n >= CERTS_MAX && !certs->unbounded)
		return fail(err, TSMMR_E_LIMIT, "more than %d certificates", CERTS_MAX);
	if (make_room(certs) < 0)
		return fail_nomem(err);
	cert = recall(certs, *s, &ids, &der);
	if (cert) {
		certs->ids[certs->n] = ids;
		certs->all[certs->n++] = cert;
		*s = span_of(s->p + der.n, s->n - der.n);
		return 0;
	}
	r = read_der(certs->crypto, &p, s->n, &cert);
	if (r < 0)
		return r == TSMMR_E_NOMEM ?
			       fail_nomem(err) :
			       fail(err, r, "certificate %zu does not parse", certs->n);
	certs->all[certs->n++] = cert;
	if (der.n && p == der.p + der.n && certs_sha256(certs, certs->n - 1, ids.sha256) == 0) {
		certs->ids[certs->n - 1] = ids;
		cert_cache_put(certs->cache, &ids, cert);
	}
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

int certs_add_all(struct certs *certs, const struct certs *more, struct tsmmr_error *err)
{
	for (size_t i = 0; i < more->n; i++) {
		if (certs->n >= CERTS_MAX && !certs->unbounded)
			return fail(err, TSMMR_E_LIMIT, "more than %d certificates", CERTS_MAX);
		if (make_room(certs) < 0)
			return fail_nomem(err);
		X509_up_ref(more->all[i]);
		if (certs->ids && more->ids)
			certs->ids[certs->n] = more->ids[i];
		certs->all[certs->n++] = more->all[i];
	}
	return 0;
}

void certs_once(struct certs *certs, size_t from)
{
	size_t n = from;

	for (size_t i = from; i < certs->n; i++) {
		size_t k = 0;

		while (k < n && X509_cmp(certs->all[k], certs->all[i]) != 0)
			k++;
		if (k < n) {
			X509_free(certs->all[i]);
			continue;
		}
		if (certs->ids)
			certs->ids[n] = certs->ids[i];
		certs->all[n++] = certs->all[i];
	}
	certs->n = n;
}

static int key_of(const struct certs *certs, size_t i, struct pubkey **ret)
{
	EVP_PKEY *pkey;

	assert(i < certs->n);
	ERR_set_mark();
	pkey = X509_get_pubkey(certs->all[i]);
	if (!pkey)
		return sign_failed(TSMMR_E_MALFORMED);
	ERR_pop_to_mark();
	return pubkey_take(certs->crypto, pkey, ret);
}

int certs_key(const struct certs *certs, size_t i, struct pubkey **ret)
{
	int r = key_of(certs, i, ret);

	return refuses(r) ? sure(key_of(certs, i, ret)) : r;
}

static int digest(X509 *cert, uint8_t ret[32])
{
	ERR_set_mark();
	if (X509_digest(cert, EVP_sha256(), ret, NULL) != 1)
		return sign_failed(E_LACKS - ALGORITHM_SHA256);
	ERR_pop_to_mark();
	return 0;
}

int certs_sha256(const struct certs *certs, size_t i, uint8_t ret[32])
{
	static const uint8_t none[32];
	int r;

	if (certs->ids && memcmp(certs->ids[i].sha256, none, sizeof(none)) != 0) {
		memcpy(ret, certs->ids[i].sha256, 32);
		return 0;
	}
	r = digest(certs->all[i], ret);
	return refuses(r) ? sure(digest(certs->all[i], ret)) : r;
}

/* The one such entry of a name. */
static bool entry_of(const X509_NAME *name, int nid, struct span *ret)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	const ASN1_STRING *value;

	if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0)
		return false;
	value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	*ret = span_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
	return true;
}

bool certs_name_is_of(const X509_NAME *name, const char *organization)
{
	struct span s;

	return entry_of(name, NID_organizationName, &s) &&
	       span_eq(s, organization, strlen(organization));
}

bool certs_issued_by(const struct certs *certs, size_t i, const char *organization)
{
	return certs_name_is_of(X509_get_issuer_name(certs->all[i]), organization);
}

bool certs_issuer(const struct certs *certs, size_t i, struct span *ret)
{
	return entry_of(X509_get_issuer_name(certs->all[i]), NID_commonName, ret);
}

bool certs_subject(const struct certs *certs, size_t i, struct span *ret)
{
	return entry_of(X509_get_subject_name(certs->all[i]), NID_commonName, ret);
}

bool certs_is_oid(const ASN1_OBJECT *object, const char *oid)
{
	char text[80];
	int n = OBJ_obj2txt(text, sizeof(text), object, 1);

	return n > 0 && (size_t)n < sizeof(text) && strcmp(text, oid) == 0;
}

bool certs_extension(const struct certs *certs, size_t i, const char *oid, struct span *ret)
{
	const ASN1_OCTET_STRING *value;
	X509_EXTENSION *found = NULL;
	int n = X509_get_ext_count(certs->all[i]);

	for (int k = 0; k < n; k++) {
		X509_EXTENSION *extension = X509_get_ext(certs->all[i], k);

		if (!certs_is_oid(X509_EXTENSION_get_object(extension), oid))
			continue;
		/* Twice is not allowed (RFC 5280 §4.2), and whose value would it be? */
		if (found)
			return false;
		found = extension;
	}
	if (!found)
		return false;
	value = X509_EXTENSION_get_data(found);
	*ret = span_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
	return true;
}
