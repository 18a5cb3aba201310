/* SPDX-License-Identifier: BSD-2-Clause */
/* What a vendor says of its platforms. */
#include "platform/collateral.h"

#include <stdlib.h>
#include <strings.h>

#include "util/armour.h"
#include "util/error.h"
#include "util/grow.h"
#include "util/percent.h"

void collateral_done(struct collateral *c)
{
	if (!c)
		return;
	certs_done(&c->certs);
	crls_done(&c->crls);
	for (size_t i = 0; i < c->n_docs; i++)
		tcb_doc_free(c->docs[i]);
	free(c->docs);
	c->docs = NULL;
	c->n_docs = 0;
}

struct collateral *collateral_new(struct crypto crypto, struct cert_cache *cache)
{
	struct collateral *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->certs = (struct certs){ .crypto = crypto, .cache = cache, .unbounded = true };
	c->crls = (struct crls){ .crypto = crypto };
	return c;
}

void collateral_free(struct collateral *c)
{
	collateral_done(c);
	free(c);
}

int collateral_copy(const struct collateral *from, struct collateral **ret)
{
	_cleanup_(collateral_free) struct collateral *c =
		collateral_new(from->certs.crypto, from->certs.cache);

	if (!c)
		return TSMMR_E_NOMEM;
	c->docs = calloc(from->n_docs + 1, sizeof(*c->docs));
	if (!c->docs || certs_add_all(&c->certs, &from->certs, NULL) < 0 ||
	    crls_add_all(&c->crls, &from->crls) < 0)
		return TSMMR_E_NOMEM;
	c->cap_docs = from->n_docs + 1;
	for (; c->n_docs < from->n_docs; c->n_docs++)
		c->docs[c->n_docs] = tcb_doc_ref(from->docs[c->n_docs]);
	c->n_bytes = from->n_bytes;
	*ret = take_ptr(c);
	return 0;
}

static bool is_http(struct span s)
{
	return span_starts(s, "HTTP/", 5);
}

static bool is_json(struct span s)
{
	while (s.n && memchr(" \t\r\n", s.p[0], 4))
		s = span_tail(s, 1);
	return span_starts(s, "{", 1);
}

/* An answer of the service, which may be broken in whatever way. */
static int doc_part(struct span s)
{
	static const char info[] = "\"tcbInfo\"", qe[] = "\"enclaveIdentity\"";

	if (!is_json(s))
		return TSMMR_PART_AUTO;
	if (memmem(s.p, s.n, info, sizeof(info) - 1))
		return TSMMR_PART_TCB_INFO;
	return memmem(s.p, s.n, qe, sizeof(qe) - 1) ? TSMMR_PART_QE_IDENTITY : TSMMR_PART_AUTO;
}

int collateral_part_of(struct crypto crypto, struct span s)
{
	_cleanup_(crls_done) struct crls crls = { .crypto = crypto };
	int r = is_http(s) ? TSMMR_PART_TCB_INFO : doc_part(s);

	if (r)
		return r;
	r = span_starts(s, "\x30", 1) || span_starts(s, "-----BEGIN X509 CRL-----", 24) ?
		    crls_add(&crls, s, NULL) :
		    TSMMR_E_FORMAT;
	/* One that we do not know says so when it is added. */
	return r == TSMMR_E_NOMEM                 ? r :
	       r == 0 || r == TSMMR_E_UNSUPPORTED ? TSMMR_PART_CRL :
						    TSMMR_PART_AUTO;
}

static int add_doc(struct collateral *c, struct span s, struct tsmmr_error *err)
{
	_cleanup_(tcb_doc_free) struct tcb_doc *doc = NULL;
	struct tcb_doc **docs;
	int r = tcb_doc_read(c->certs.crypto, s, &doc, err);

	if (r < 0)
		return r;
	if (c->n_docs == COLLATERAL_DOCS_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d TCB Infos and QE Identities",
			    COLLATERAL_DOCS_MAX);
	docs = grown(c->docs, c->n_docs, &c->cap_docs, sizeof(*docs));
	if (!docs)
		return fail_nomem(err);
	c->docs = docs;
	docs[c->n_docs++] = take_ptr(doc);
	return 0;
}

/* Each answer has the chain of all of them, which is looked through for each quote. */
static int add_certs(struct collateral *c, struct span s, struct tsmmr_error *err)
{
	size_t before = c->certs.n;
	int r = certs_add(&c->certs, s, err);

	certs_once(&c->certs, before);
	return r;
}

/* A header's value, of which each %XX is a byte. */
static int add_chain(struct collateral *c, struct span s, struct tsmmr_error *err)
{
	_cleanup_(free) uint8_t *text = malloc(s.n + 1);
	size_t n;

	if (!text)
		return fail_nomem(err);
	if (!percent_decode(s, text, &n))
		return fail(err, TSMMR_E_MALFORMED, "a header with an escape that is none");
	return add_certs(c, span_of(text, n), err);
}

/* The headers that carry the chain of whoever signed the answer. */
static bool is_chain(struct span name)
{
	static const char *const names[] = { "TCB-Info-Issuer-Chain", "SGX-TCB-Info-Issuer-Chain",
					     "SGX-Enclave-Identity-Issuer-Chain",
					     "SGX-PCK-CRL-Issuer-Chain" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (name.n == strlen(names[i]) &&
		    !strncasecmp((const char *)name.p, names[i], name.n))
			return true;
	return false;
}

/* A list in an answer: caches of the service have it in hex.  (Intel PCCS, /rootcacrl) */
static int add_list(struct collateral *c, struct span s, struct tsmmr_error *err)
{
	_cleanup_(free) uint8_t *bytes = NULL;
	size_t n;
	int r = armour_strip(s, &bytes, &n);

	if (r < 0)
		return fail_nomem(err);
	return crls_add(&c->crls, r > 0 ? span_of(bytes, n) : s, err);
}

/* An answer with its headers.  (RFC 9112 §2.1) */
static int add_answer(struct collateral *c, int part, struct span s, struct tsmmr_error *err)
{
	bool any = false;
	int r = 0;

	while (s.n) {
		const uint8_t *end = memchr(s.p, '\n', s.n), *colon;
		struct span line = span_of(s.p, end ? (size_t)(end - s.p) : s.n);

		s = span_tail(s, line.n + (end ? 1 : 0));
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (!line.n)
			break;
		colon = memchr(line.p, ':', line.n);
		if (!colon || !is_chain(span_of(line.p, (size_t)(colon - line.p))))
			continue;
		line = span_tail(line, (size_t)(colon - line.p) + 1);
		while (line.n && line.p[0] == ' ')
			line = span_tail(line, 1);
		r = add_chain(c, line, err);
		if (r < 0)
			return r;
		any = true;
	}
	if (!s.n)
		return any ? 0 : fail(err, TSMMR_E_MALFORMED, "headers without an issuer's chain");
	if (part == TSMMR_PART_CRL || !is_json(s))
		return add_list(c, s, err);
	return add_doc(c, s, err);
}

int collateral_add(struct collateral *c, int part, struct span s, struct tsmmr_error *err)
{
	int r;

	if (s.n > COLLATERAL_BYTES_MAX - c->n_bytes)
		return fail(err, TSMMR_E_LIMIT, "more than %u bytes of collateral",
			    COLLATERAL_BYTES_MAX);
	r = is_http(s)               ? add_answer(c, part, s, err) :
	    part == TSMMR_PART_CRL   ? crls_add(&c->crls, s, err) :
	    part == TSMMR_PART_CERTS ? add_certs(c, s, err) :
				       add_doc(c, s, err);
	if (r == 0)
		c->n_bytes += s.n;
	return r;
}

static bool is_better(const struct tcb_doc *doc, const struct tcb_doc *other, uint64_t time,
		      uint64_t grace)
{
	bool here = collateral_holds(doc, time, grace);
	bool there = other && collateral_holds(other, time, grace);

	if (!other || here != there)
		return !other || here;
	if (doc->evaluation != other->evaluation)
		return doc->evaluation > other->evaluation;
	return doc->issued > other->issued;
}

const struct tcb_doc *collateral_find(const struct collateral *const *sets, size_t n,
				      const uint8_t *fmspc, uint64_t time, uint64_t grace)
{
	const struct tcb_doc *best = NULL;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sets[i]->n_docs; k++) {
			const struct tcb_doc *doc = sets[i]->docs[k];

			if (!doc->tdx || doc->is_qe != !fmspc ||
			    (fmspc && memcmp(doc->fmspc, fmspc, sizeof(doc->fmspc)) != 0))
				continue;
			if (is_better(doc, best, time, grace))
				best = doc;
		}
	return best;
}
