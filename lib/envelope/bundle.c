/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All of a platform's collateral in one JSON object: {"tcb_info", "qe_identity", "pck_crl",
 * "root_ca_crl", …}.  Members are those of sgx_ql_qve_collateral_t, with the documents as they
 * are served; dcap-qvl's QuoteCollateralV3 has what is signed and the signature beside it; others
 * have one chain for both, or keep answers, {"body", "headers"}.  Bytes are text, hex, base64 (of
 * hex, too) or arrays of numbers.  (Intel, sgx_ql_lib_common.h; Phala, dcap-qvl, lib.rs; Automata,
 * dcap-rs, collateral.rs)
 */
#include "envelope/envelope.h"

#include <strings.h>

#include "util/armour.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/json_in.h"
#include "util/percent.h"

enum form { CHAIN, LIST, INFO, QE, OTHER };

/* clang-format off */
static const struct member {
	const char *name;
	uint8_t form;
	bool needed;
} members[] = {
	{ "tcb_info_and_qe_identity_issuer_chain",	CHAIN,	false },
	{ "tcb_info_issuer_chain",			CHAIN,	false },
	{ "qe_identity_issuer_chain",			CHAIN,	false },
	{ "pck_crl_issuer_chain",			CHAIN,	false },
	{ "pck_certificate_chain",			CHAIN,	false },
	{ "pck_certificate",				CHAIN,	false },
	{ "pck_signing_chain",				CHAIN,	false },
	{ "root_ca_crl",				LIST,	true },
	{ "pck_crl",					LIST,	true },
	{ "tcb_info",					INFO,	true },
	{ "qe_identity",				QE,	true },
	{ "tcb_info_signature",				OTHER,	false },
	{ "qe_identity_signature",			OTHER,	false },
	{ "version",					OTHER,	false },
	{ "major_version",				OTHER,	false },
	{ "minor_version",				OTHER,	false },
	{ "tee_type",					OTHER,	false },
};
/* clang-format on */

/* An object, and the text it was read from, of which what is signed must be taken. */
struct source {
	struct json_object *o;
	struct span text;
};

static bool is_pem(struct span s)
{
	return span_starts(s, "-----BEGIN ", 11);
}

/* A structure of C has texts with the NUL at their end.  (sgx_ql_lib_common.h) */
static struct span text_of(struct span s)
{
	while (s.n && memchr(" \t\r\n", s.p[0], 4))
		s = span_tail(s, 1);
	while (s.n && (!s.p[s.n - 1] || memchr(" \t\r\n", s.p[s.n - 1], 4)))
		s.n--;
	return s;
}

/* Nothing around it any more?  DER has a length of several bytes, which no text has there. */
static bool is_bare(struct span s)
{
	struct span text = text_of(s);

	return is_pem(text) || span_starts(text, "{", 1) ||
	       (s.n > 1 && s.p[0] == 0x30 && s.p[1] & 0x80);
}

/* PEM of a header's value. */
static int unescape(struct span s, uint8_t **ret, size_t *ret_n)
{
	uint8_t *to = malloc(s.n + 1);

	if (!to)
		return TSMMR_E_NOMEM;
	if (!percent_decode(s, to, ret_n) || !is_pem(text_of(span_of(to, *ret_n)))) {
		free(to);
		return 0;
	}
	*ret = to;
	return 1;
}

/* One layer off s: 1, 0 where it is none that we know, E_NOMEM. */
static int peel(struct span s, uint8_t **ret, size_t *ret_n)
{
	struct span text = text_of(s);

	if (span_starts(text, "-----BEGIN%", 11))
		return unescape(text, ret, ret_n);
	if (span_starts(text, "0x", 2))
		text = span_tail(text, 2);
	return armour_strip(text, ret, ret_n);
}

/* Without what is around it, at most hex in base64.  *ret is in s, or in *ret_own. */
static int bare(struct span s, const char *name, struct span *ret, uint8_t **ret_own,
		struct tsmmr_error *err)
{
	int r = 1;

	for (int i = 0; r > 0 && i < 2 && !is_bare(s); i++) {
		uint8_t *inner = NULL;
		size_t n;

		r = peel(s, &inner, &n);
		if (r <= 0)
			continue;
		free(*ret_own);
		*ret_own = inner;
		s = span_of(inner, n);
	}
	if (r < 0)
		return fail_nomem(err);
	if (!is_bare(s))
		return fail(err, TSMMR_E_MALFORMED,
			    "\"%s\" is not PEM, DER or JSON, nor hex or base64 of it", name);
	*ret = s.p[0] == 0x30 && s.p[1] & 0x80 ? s : text_of(s);
	return 0;
}

static int lacks(struct tsmmr_error *err, const char *name)
{
	return fail(err, TSMMR_E_MALFORMED, "collateral without \"%s\"", name);
}

/* A member's bytes: 1, 0 where it is absent, null or empty.  *ret_own is to be freed. */
static int member_bytes(const struct source *in, const char *name, struct span *ret,
			uint8_t **ret_own, struct tsmmr_error *err)
{
	enum json_in_kind kind = json_in_kind(in->o, name);
	struct span s = span_of(NULL, 0);
	int r;

	if (kind == JSON_IN_OBJECT)
		return json_in_raw(in->text, name, ret) ? 1 : lacks(err, name);
	if (kind == JSON_IN_ARRAY)
		r = json_in_octets(in->o, name, ret_own, &s.n, err);
	else
		r = json_in_str(in->o, name, &s, err);
	if (r <= 0 || (kind != JSON_IN_ARRAY && !s.n))
		return r < 0 ? r : 0;
	if (kind == JSON_IN_ARRAY)
		s.p = *ret_own;
	r = bare(s, name, ret, ret_own, err);
	return r < 0 ? r : 1;
}

/* A chain may be there for each of what it signed. */
static int add_chain(struct envelope *env, const char *name, struct span s, struct tsmmr_error *err)
{
	for (size_t i = 0; i < env->n; i++)
		if (env->parts[i].part == TSMMR_PART_CERTS &&
		    span_eq(s, env->parts[i].p, env->parts[i].n))
			return 0;
	return envelope_add_member(env, TSMMR_PART_CERTS, name, s, err);
}

static int need_signature(const struct source *in, const char *name, char hex[128],
			  struct tsmmr_error *err)
{
	_cleanup_(free) uint8_t *p = NULL;
	size_t n;
	int r = envelope_bytes(in->o, name, &p, &n, err);

	if (r <= 0)
		return r < 0 ? r : lacks(err, name);
	if (n != 64)
		return fail(err, TSMMR_E_MALFORMED, "\"%s\" has %zu bytes, not 64", name, n);
	hex_encode(hex, p, n);
	return 0;
}

/* As served: {"tcbInfo": …, "signature": "…"}.  What is signed stays byte for byte as it is. */
static int add_doc(struct envelope *env, const struct source *in, const struct member *m,
		   struct span s, struct tsmmr_error *err)
{
	const char *key = m->form == INFO ? "tcbInfo" : "enclaveIdentity";
	const char *signature = m->form == INFO ? "tcb_info_signature" : "qe_identity_signature";
	int part = m->form == INFO ? TSMMR_PART_TCB_INFO : TSMMR_PART_QE_IDENTITY;
	_cleanup_(buf_done) struct buf b = { 0 };
	struct span unused;
	char hex[128];
	size_t n = 0;
	int r;

	if (!span_starts(s, "{", 1) || json_in_extent(s, &n) < 0 || n != s.n)
		return fail(err, TSMMR_E_MALFORMED, "\"%s\" is not one JSON object", m->name);
	if (json_in_raw(s, key, &unused)) {
		if (json_in_kind(in->o, signature) != JSON_IN_NONE)
			return fail(err, TSMMR_E_MALFORMED,
				    "\"%s\" beside a document that has one of its own", signature);
		return envelope_add_member(env, part, m->name, s, err);
	}
	r = need_signature(in, signature, hex, err);
	if (r < 0)
		return r;
	buf_str(&b, "{\"");
	buf_str(&b, key);
	buf_str(&b, "\":");
	buf_add(&b, s.p, s.n);
	buf_str(&b, ",\"signature\":\"");
	buf_add(&b, hex, sizeof(hex));
	buf_str(&b, "\"}");
	return b.failed ? fail_nomem(err) :
			  envelope_add_member(env, part, m->name, span_of(b.p, b.n), err);
}

/* The headers of an answer. */
struct headers {
	struct envelope *env;
	struct source in;
	const char *name; /* of whose answer it is */
	struct tsmmr_error *err;
};

/* A chain's header; some keep each header as an array of its values. */
static int add_header(void *user, const char *key)
{
	static const char end[] = "-Issuer-Chain";
	struct headers *h = user;
	_cleanup_(free) uint8_t *own = NULL;
	struct json_object *array;
	size_t n = strlen(key);
	struct span s;
	int r;

	if (n < sizeof(end) || strcasecmp(key + n - (sizeof(end) - 1), end) != 0)
		return 0;
	if (json_in_kind(h->in.o, key) == JSON_IN_ARRAY) {
		r = json_in_array(h->in.o, key, &array, h->err);
		r = r > 0 ? json_in_item_str(array, 0, &s, h->err) : r;
	} else {
		r = json_in_str(h->in.o, key, &s, h->err);
	}
	if (r <= 0 || !s.n)
		return r < 0 ? r : 0;
	r = bare(s, "headers", &s, &own, h->err);
	return r < 0 ? r : add_chain(h->env, h->name, s, h->err);
}

/* In whichever case they are written; in both it is not one that we know. */
static const char *either(struct json_object *o, const char *lower, const char *upper)
{
	if (json_in_has(o, lower) == json_in_has(o, upper))
		return NULL;
	return json_in_has(o, lower) ? lower : upper;
}

static const char *body_of(struct json_object *o)
{
	return either(o, "body", "Body");
}

static const char *headers_of(struct json_object *o)
{
	const char *plural = either(o, "headers", "Headers");

	return plural ? plural : either(o, "header", "Header");
}

static int add_headers(struct envelope *env, struct json_object *o, const char *name,
		       struct tsmmr_error *err)
{
	struct headers h = { .env = env, .name = name, .err = err };
	const char *key = headers_of(o);
	int r = key ? json_in_child(o, key, &h.in.o, err) : 0;

	return r <= 0 ? r : json_in_each(h.in.o, add_header, &h);
}

static int add_member(struct envelope *env, const struct source *in, const struct member *m,
		      struct tsmmr_error *err)
{
	_cleanup_(free) uint8_t *own = NULL;
	struct source at = *in;
	const char *name = m->name;
	struct json_object *child;
	struct span s;
	int r;

	if (json_in_kind(in->o, name) == JSON_IN_OBJECT) {
		r = json_in_child(in->o, name, &child, err);
		if (r > 0 && body_of(child)) {
			if (!json_in_raw(in->text, name, &at.text))
				return lacks(err, name);
			at.o = child;
			name = body_of(child);
			r = add_headers(env, child, m->name, err);
		}
		if (r < 0)
			return r;
	}
	r = member_bytes(&at, name, &s, &own, err);
	if (r <= 0)
		return r < 0 ? r : m->needed ? lacks(err, m->name) : 0;
	if (m->form == CHAIN)
		return add_chain(env, m->name, s, err);
	if (m->form == LIST)
		return envelope_add_member(env, TSMMR_PART_CRL, m->name, s, err);
	return add_doc(env, in, m, s, err);
}

static int check_known(void *user, const char *key)
{
	size_t n = strlen(key);

	/* A structure of C has how long its members are. */
	if (n > 5 && !strcmp(key + n - 5, "_size"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (!strcmp(key, members[i].name))
			return 0;
	return fail(user, TSMMR_E_MALFORMED, "collateral with \"%s\", which is not known", key);
}

static int open_bundle(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	static const char wrapper[] = "quote_collateral";
	struct source in = { .o = o, .text = ret->text };
	size_t found = 0;
	int r = 0;

	/* (Phala, the service that verifies attestations) */
	if (json_in_alone(o, wrapper) && json_in_kind(o, wrapper) == JSON_IN_OBJECT) {
		if (json_in_child(o, wrapper, &in.o, err) <= 0 ||
		    !json_in_raw(ret->text, wrapper, &in.text))
			return lacks(err, wrapper);
	}
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		found += members[i].needed && json_in_has(in.o, members[i].name);
	if (found < 2)
		return TSMMR_E_FORMAT;
	/* Whatever it is by, there is an error from here on: it is nothing else. */
	r = json_in_each(in.o, check_known, err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(members); i++)
		if (members[i].form != OTHER)
			r = add_member(ret, &in, &members[i], err);
	for (size_t i = 0; r == 0 && i < ret->n; i++)
		if (ret->parts[i].part == TSMMR_PART_CERTS)
			return 0;
	return r < 0 ? r : lacks(err, "tcb_info_issuer_chain");
}

const struct envelope_kind bundle_kind = {
	.name = "collateral-bundle",
	.open_json = open_bundle,
};

/* One answer of Intel's service, kept with its headers. */
static int open_answer(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	struct source in = { .o = o, .text = ret->text };
	_cleanup_(free) uint8_t *own = NULL;
	const char *name = body_of(o);
	struct span s, unused;
	int r;

	if (!name || !headers_of(o))
		return TSMMR_E_FORMAT;
	r = member_bytes(&in, name, &s, &own, err);
	if (r <= 0)
		return r < 0 ? r : lacks(err, name);
	r = add_headers(ret, o, "headers", err);
	if (r < 0)
		return r;
	return envelope_add_member(ret,
				   !span_starts(s, "{", 1) ? TSMMR_PART_CRL :
				   json_in_raw(s, "enclaveIdentity", &unused) ?
							     TSMMR_PART_QE_IDENTITY :
							     TSMMR_PART_TCB_INFO,
				   "body", s, err);
}

const struct envelope_kind pcs_answer_kind = {
	.name = "pcs-answer",
	.open_json = open_answer,
};
