/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What go-sev-guest and go-tdx-guest take apart: sevsnp.Attestation and tdx.QuoteV4, QuoteV5, in
 * the encoding, JSON and text.  The bytes are put together again, and are worth what the signature
 * over them is.
 */
#include "envelope/gotee.h"

#include "util/error.h"
#include "util/json_in.h"

enum {
	REPORT_SIZE = 1184,
	CPUID_AT = 0x188,   /* family, model, stepping: since version 3 */
	CPUID1EAX_FMS = 29, /* member of sevsnp.Report */
	HEADER_SIZE = 48,
	BODY_15 = 3, /* type of a body in a quote of version 5: TDX 1.5 */
	BODY_SIZE = 584,
	BODY_15_SIZE = 648,
	QE_REPORT_SIZE = 384,
};

static uint64_t number_of(struct span s, uint32_t number)
{
	struct cursor c = cur_span(s);
	struct pb_field f;
	uint64_t v = 0;

	while (pb_next(&c, &f) > 0)
		if (f.number == number && f.wire == PB_VARINT)
			v = f.value;
	return v;
}

/* Bytes that member number has, of n bytes. */
static bool has_bytes(struct span s, uint32_t number, size_t n)
{
	struct span found;

	return pb_find(s, number, &found) && found.n == n;
}

static int need(struct span s, uint32_t number, const char *name, struct span *ret,
		struct tsmmr_error *err)
{
	return pb_find(s, number, ret) ?
		       0 :
		       fail(err, TSMMR_E_MALFORMED, "protocol buffer: %s is missing", name);
}

int gotee_add_text(struct span s, const struct pb_message *m, gotee_add add, struct envelope *ret,
		   struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	int r = pb_from_text(s, m, &b, err);

	return r < 0 ? r : add(span_of(b.p, b.n), ret, err);
}

int gotee_add_json(struct json_object *o, const struct pb_message *m, gotee_add add,
		   struct envelope *ret, struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	int r = pb_from_json(o, m, &b, err);

	return r < 0 ? r : add(span_of(b.p, b.n), ret, err);
}

/* ---- SEV-SNP ---- */

bool gotee_is_snp(struct span s)
{
	struct span report;

	return pb_find(s, 1, &report) && has_bytes(report, 11, 64) && has_bytes(report, 12, 48);
}

/* CPUID Fn00000001_EAX, of which the report has the parts.  (AMD64 APM volume 3, appendix E) */
static void put_cpuid(struct span report, uint8_t *to)
{
	uint64_t eax = number_of(report, CPUID1EAX_FMS);

	to[0] = (uint8_t)((eax >> 20 & 0xff) + (eax >> 8 & 15));
	to[1] = (uint8_t)((eax >> 12 & 0xf0) | (eax >> 4 & 15));
	to[2] = eax & 15;
}

int gotee_add_snp(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	static const uint8_t certs[] = { 1, 6, 2, 3 }; /* VCEK, VLEK, ASK, ARK */
	uint8_t bytes[REPORT_SIZE] = { 0 };
	struct span report, chain, cert;
	int r = need(s, 1, "report", &report, err);

	if (r == 0)
		r = pb_pack(report, &pb_snp_report, bytes, err);
	if (r < 0)
		return r;
	if (number_of(report, 1) >= 3)
		put_cpuid(report, bytes + CPUID_AT);
	r = envelope_add(ret, TSMMR_PART_QUOTE, span_of(bytes, sizeof(bytes)), err);
	if (!pb_find(s, 2, &chain))
		return r;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(certs); i++)
		if (pb_find(chain, certs[i], &cert) && cert.n)
			r = envelope_add(ret, TSMMR_PART_CERTS, cert, err);
	return r;
}

/* ---- TDX ---- */

bool gotee_is_tdx(struct span s)
{
	struct span header, body, inner;

	return pb_find(s, 1, &header) && has_bytes(header, 6, 16) && pb_find(s, 2, &body) &&
	       (has_bytes(body, 12, 64) || (pb_find(body, 3, &inner) && has_bytes(inner, 12, 64)));
}

/* Member number as size bytes, fewer than 8, little-endian. */
static int put_number(struct buf *b, struct span s, uint32_t number, size_t size,
		      struct tsmmr_error *err)
{
	uint64_t v = number_of(s, number);

	buf_le(b, v, size);
	return v >> 8 * size ? fail(err, TSMMR_E_MALFORMED,
				    "protocol buffer: a number is of more than %zu bytes", size) :
			       0;
}

static int put_bytes(struct buf *b, struct span s, uint32_t number, const char *name,
		     struct tsmmr_error *err)
{
	struct span bytes;
	int r = need(s, number, name, &bytes, err);

	if (r == 0)
		buf_add(b, bytes.p, bytes.n);
	return r;
}

/* A structure of the same shape as its message. */
static int put_packed(struct buf *b, struct span s, const struct pb_message *m, size_t size,
		      struct tsmmr_error *err)
{
	static const uint8_t zeros[BODY_15_SIZE];
	size_t at = b->n;

	buf_add(b, zeros, size);
	return b->failed ? fail_nomem(err) : pb_pack(s, m, b->p + at, err);
}

static int put_body(struct buf *b, struct span s, struct tsmmr_error *err)
{
	struct span body, inner;
	int r = need(s, 2, "td_quote_body", &body, err);
	bool is_15;

	if (r < 0)
		return r;
	if (has_bytes(body, 12, 64) || !pb_find(body, 3, &inner))
		return put_packed(b, body, &pb_tdx_body, BODY_SIZE, err);
	is_15 = number_of(body, 1) == BODY_15;
	r = put_number(b, body, 1, 2, err);
	if (r == 0)
		r = put_number(b, body, 2, 4, err);
	if (r < 0)
		return r;
	return is_15 ? put_packed(b, inner, &pb_tdx_body_15, BODY_15_SIZE, err) :
		       put_packed(b, inner, &pb_tdx_body, BODY_SIZE, err);
}

/* Certification data of type 6.  (TDX DCAP Quoting Library API, appendix 3.9 to 3.11) */
static int put_certification(struct buf *b, struct span s, struct tsmmr_error *err)
{
	struct span qe, report, auth, chain;
	int r = need(s, 3, "qe_report_certification_data", &qe, err);

	if (r == 0)
		r = need(qe, 1, "qe_report", &report, err);
	if (r == 0)
		r = need(qe, 3, "qe_auth_data", &auth, err);
	if (r == 0)
		r = need(qe, 4, "pck_certificate_chain_data", &chain, err);
	if (r == 0)
		r = put_number(b, s, 1, 2, err);
	if (r == 0)
		r = put_number(b, s, 2, 4, err);
	if (r == 0)
		r = put_packed(b, report, &pb_qe_report, QE_REPORT_SIZE, err);
	if (r == 0)
		r = put_bytes(b, qe, 2, "qe_report_signature", err);
	if (r == 0)
		r = put_number(b, auth, 1, 2, err);
	if (r == 0 && number_of(auth, 1))
		r = put_bytes(b, auth, 2, "data", err);
	if (r == 0)
		r = put_number(b, chain, 1, 2, err);
	if (r == 0)
		r = put_number(b, chain, 2, 4, err);
	return r < 0 ? r : put_bytes(b, chain, 3, "pck_cert_chain", err);
}

int gotee_add_tdx(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct span header, data, certification, rest;
	int r = need(s, 1, "header", &header, err);

	if (r == 0)
		r = need(s, 4, "signed_data", &data, err);
	if (r == 0)
		r = need(data, 3, "certification_data", &certification, err);
	if (r == 0)
		r = put_packed(&b, header, &pb_tdx_header, HEADER_SIZE, err);
	if (r == 0)
		r = put_body(&b, s, err);
	if (r == 0)
		r = put_number(&b, s, 3, 4, err);
	if (r == 0)
		r = put_bytes(&b, data, 1, "signature", err);
	if (r == 0)
		r = put_bytes(&b, data, 2, "ecdsa_attestation_key", err);
	if (r == 0)
		r = put_certification(&b, certification, err);
	if (r == 0 && pb_find(s, 5, &rest))
		buf_add(&b, rest.p, rest.n);
	if (r < 0)
		return r;
	if (b.failed)
		return fail_nomem(err);
	return envelope_add(ret, TSMMR_PART_QUOTE, span_of(b.p, b.n), err);
}

/* ---- alone, as these programs write them ---- */

static int open_snp(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	return gotee_is_snp(s) ? gotee_add_snp(s, ret, err) :
				 gotee_add_text(s, &pb_snp_attestation, gotee_add_snp, ret, err);
}

static int open_tdx(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	return gotee_is_tdx(s) ? gotee_add_tdx(s, ret, err) :
				 gotee_add_text(s, &pb_tdx_quote, gotee_add_tdx, ret, err);
}

static int open_snp_json(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	struct json_object *report;

	if (json_in_child(o, "report", &report, NULL) <= 0 ||
	    !pb_json_is(report, "report_data", JSON_IN_STR))
		return TSMMR_E_FORMAT;
	return gotee_add_json(o, &pb_snp_attestation, gotee_add_snp, ret, err);
}

static int open_tdx_json(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	if (!pb_json_is(o, "header", JSON_IN_OBJECT) ||
	    (!pb_json_is(o, "td_quote_body", JSON_IN_OBJECT) &&
	     !pb_json_is(o, "td_quote_body_descriptor", JSON_IN_OBJECT)))
		return TSMMR_E_FORMAT;
	return gotee_add_json(o, &pb_tdx_quote, gotee_add_tdx, ret, err);
}

const struct envelope_kind gosev_kind = {
	.name = "go-sev-guest",
	.open = open_snp,
	.open_json = open_snp_json,
};

const struct envelope_kind gotdx_kind = {
	.name = "go-tdx-guest",
	.open = open_tdx,
	.open_json = open_tdx_json,
};
