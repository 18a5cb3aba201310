/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * go-tpm-tools' Attestation, as `gotpm attest` and Google's Confidential Space make it:
 * quotes of one TPM over several banks, the key that signed them, the logs.
 * (google/go-tpm-tools, proto/attest.proto and proto/tpm.proto)
 */
#include "envelope/gotee.h"
#include "util/error.h"
#include "util/json_in.h"

#define QUOTES_MAX 8
#define CERTS_MAX 4
#define PCRS_MAX 24

struct attestation {
	struct span ak_pub, ak_cert, event_log, cel, snp, tdx;
	struct span quotes[QUOTES_MAX], certs[CERTS_MAX];
	size_t n_quotes, n_certs;
};

/* tpm.Quote and tpm.PCRs */
struct quote {
	struct span attest, sig, pcrs[PCRS_MAX];
	uint64_t alg;
};

static void put_base64(struct buf *b, struct span s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.n; i += 3) {
		uint32_t v = (uint32_t)s.p[i] << 16;

		v |= i + 1 < s.n ? (uint32_t)s.p[i + 1] << 8 : 0;
		v |= i + 2 < s.n ? s.p[i + 2] : 0;
		buf_char(b, digits[v >> 18]);
		buf_char(b, digits[v >> 12 & 63]);
		buf_char(b, i + 1 < s.n ? digits[v >> 6 & 63] : '=');
		buf_char(b, i + 2 < s.n ? digits[v & 63] : '=');
	}
}

/* TPM_ALG_ID, in the words of tpm2_pcrread. */
static const char *bank_name(uint64_t alg)
{
	switch (alg) {
	case TSMMR_HASH_SHA1:
		return "sha1";
	case TSMMR_HASH_SHA256:
		return "sha256";
	case TSMMR_HASH_SHA384:
		return "sha384";
	case TSMMR_HASH_SHA512:
		return "sha512";
	default:
		return NULL;
	}
}

/*
 * A quote, its signature and its values belong together and to no other, so they leave as the
 * one text that holds all three: keylime's.
 */
static int add_quote(struct envelope *ret, const struct quote *q, struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf values = { 0 }, text = { 0 };

	buf_printf(&values, "%s:\n", bank_name(q->alg));
	for (size_t i = 0; i < PCRS_MAX; i++) {
		if (!q->pcrs[i].n)
			continue;
		buf_printf(&values, "  %zu: 0x", i);
		buf_hex(&values, q->pcrs[i].p, q->pcrs[i].n);
		buf_char(&values, '\n');
	}
	buf_char(&text, 'r');
	put_base64(&text, q->attest);
	buf_char(&text, ':');
	put_base64(&text, q->sig);
	buf_char(&text, ':');
	put_base64(&text, span_of(values.p, values.n));
	if (values.failed || text.failed)
		return fail_nomem(err);
	return envelope_add(ret, TSMMR_PART_QUOTE, span_of(text.p, text.n), err);
}

/* map<uint32, bytes> */
static bool read_value(struct span s, struct quote *q)
{
	struct cursor c = cur_span(s);
	struct span value = { .n = 0 };
	struct pb_field f;
	uint64_t pcr = 0;
	int r;

	while ((r = pb_next(&c, &f)) > 0) {
		if (f.number == 1 && f.wire == PB_VARINT)
			pcr = f.value;
		else if (f.number == 2 && f.wire == PB_BYTES)
			value = f.bytes;
	}
	if (r < 0 || pcr >= PCRS_MAX || !value.n || q->pcrs[pcr].n)
		return false;
	q->pcrs[pcr] = value;
	return true;
}

static bool read_pcrs(struct span s, struct quote *q)
{
	struct cursor c = cur_span(s);
	struct pb_field f;
	int r;

	while ((r = pb_next(&c, &f)) > 0) {
		if (f.number == 1 && f.wire == PB_VARINT)
			q->alg = f.value;
		else if (f.number == 2 && (f.wire != PB_BYTES || !read_value(f.bytes, q)))
			return false;
	}
	return r == 0;
}

static bool read_quote(struct span s, struct quote *q)
{
	struct cursor c = cur_span(s);
	struct pb_field f;
	int r;

	*q = (struct quote){ .alg = 0 };
	while ((r = pb_next(&c, &f)) > 0) {
		if (f.wire != PB_BYTES)
			return false;
		if (f.number == 1)
			q->attest = f.bytes;
		else if (f.number == 2)
			q->sig = f.bytes;
		else if (f.number == 3 && !read_pcrs(f.bytes, q))
			return false;
	}
	return r == 0;
}

/* Does a quote begin as the first of its fields must? */
static bool is_quote(struct span s)
{
	struct cursor c = cur_span(s);
	struct pb_field f;

	return pb_next(&c, &f) > 0 && f.number == 1 && f.wire == PB_BYTES && is_tpm_quote(f.bytes);
}

/*
 * 0; E_FORMAT where this is no Attestation; E_TRUNCATED, E_LIMIT where it was one as long as
 * it could be read.
 */
static int read_attestation(struct span s, struct attestation *a, struct tsmmr_error *err)
{
	struct cursor c = cur_span(s);
	struct span *const plain[] = {
		[1] = &a->ak_pub,  [3] = &a->event_log, [5] = &a->cel,
		[6] = &a->ak_cert, [8] = &a->snp,       [9] = &a->tdx,
	};
	struct pb_field f;
	int r;

	while ((r = pb_next(&c, &f)) > 0) {
		if (f.number >= ARRAY_SIZE(plain))
			continue;
		if (f.wire != PB_BYTES)
			return TSMMR_E_FORMAT;
		if (f.number == 2 && !is_quote(f.bytes))
			return TSMMR_E_FORMAT;
		if ((f.number == 2 && a->n_quotes == QUOTES_MAX) ||
		    (f.number == 7 && a->n_certs == CERTS_MAX))
			return a->n_quotes ? fail(err, TSMMR_E_LIMIT,
						  "more than %d quotes or %d certificates",
						  QUOTES_MAX, CERTS_MAX) :
					     TSMMR_E_FORMAT;
		if (f.number == 2)
			a->quotes[a->n_quotes++] = f.bytes;
		else if (f.number == 7)
			a->certs[a->n_certs++] = f.bytes;
		else if (plain[f.number])
			*plain[f.number] = f.bytes;
	}
	if (!a->n_quotes && !gotee_is_snp(a->snp) && !gotee_is_tdx(a->tdx))
		return TSMMR_E_FORMAT;
	return r < 0 ? fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, cur_offset(&c),
			       "the Attestation ends inside a field, or has none there") :
		       0;
}

/*
 * Is it a certificate by which an attestation key is known?  (tcg-kp-AIKCertificate, or the
 * extension in which Google names the instance.)  Google's first ones were made for an
 * endorsement key, and are of no more use here than the bare key.
 */
static bool is_ak_cert(struct span der)
{
	static const uint8_t purpose[] = { 6, 5, 0x67, 0x81, 5, 8, 3 };
	static const uint8_t google[] = { 6, 10, 0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 1, 21 };
	static const uint8_t other[] = { 6, 5, 0x67, 0x81, 5, 8, 1 };

	return der.p && !memmem(der.p, der.n, other, sizeof(other)) &&
	       (memmem(der.p, der.n, purpose, sizeof(purpose)) ||
		memmem(der.p, der.n, google, sizeof(google)));
}

/*
 * The key, the certificates and the logs beside the quotes.  The key in a certificate is that
 * of the quotes as much as the bare one.
 */
static int add_beside(const struct attestation *a, struct envelope *ret, struct tsmmr_error *err)
{
	bool certified = is_ak_cert(a->ak_cert);
	struct span ak = certified ? a->ak_cert : a->ak_pub;
	int r = ak.n ? envelope_add(ret, TSMMR_PART_AK, ak, err) : 0;

	for (size_t i = 0; r == 0 && certified && i < a->n_certs; i++)
		r = envelope_add(ret, TSMMR_PART_CERTS, a->certs[i], err);
	if (r == 0 && a->event_log.n)
		r = envelope_add_log(ret, TSMMR_FORMAT_AUTO, NULL, a->event_log, err);
	if (r == 0 && a->cel.n)
		r = envelope_add_log(ret, TSMMR_FORMAT_CEL_TLV, NULL, a->cel, err);
	return r;
}

/* All quotes are of one TPM, each of one bank: that of the strongest hash goes on. */
static int add_best(const struct attestation *a, struct envelope *ret, struct tsmmr_error *err)
{
	struct quote q, best = { .alg = 0 };
	uint64_t unknown = 0;

	for (size_t i = 0; i < a->n_quotes; i++) {
		if (!read_quote(a->quotes[i], &q))
			return fail(err, TSMMR_E_MALFORMED, "quote %zu of the Attestation", i);
		/* TPM_ALG_ID grows with the strength of the four that are known. */
		if (!bank_name(q.alg))
			unknown = q.alg ? q.alg : unknown;
		else if (q.alg >= best.alg)
			best = q;
	}
	if (!best.alg && unknown)
		return fail(err, TSMMR_E_UNSUPPORTED, "a quote of bank 0x%04llx",
			    (unsigned long long)unknown);
	if (!best.alg)
		return fail(err, TSMMR_E_MALFORMED, "no quote with PCR values of a known bank");
	return add_quote(ret, &best, err);
}

static int open_wire(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	struct attestation a = { .n_quotes = 0 };
	int r = read_attestation(s, &a, err);

	if (r == 0 && a.n_quotes)
		r = add_best(&a, ret, err);
	if (r == 0)
		r = add_beside(&a, ret, err);
	if (r < 0)
		return r;
	if (a.n_quotes) {
		ret->left_out = a.snp.n ? "an SNP report" : a.tdx.n ? "a TDX quote" : NULL;
		return 0;
	}
	if (a.snp.n)
		r = gotee_add_snp(a.snp, ret, err);
	if (r == 0 && a.tdx.n)
		r = gotee_add_tdx(a.tdx, ret, err);
	return r;
}

static int open_any(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	int r = open_wire(s, ret, err);

	return r == TSMMR_E_FORMAT ? gotee_add_text(s, &pb_attestation, open_wire, ret, err) : r;
}

static int open_json(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	if (!(pb_json_is(o, "ak_pub", JSON_IN_STR) && pb_json_is(o, "quotes", JSON_IN_ARRAY)) &&
	    !pb_json_is(o, "sev_snp_attestation", JSON_IN_OBJECT) &&
	    !pb_json_is(o, "tdx_attestation", JSON_IN_OBJECT))
		return TSMMR_E_FORMAT;
	return gotee_add_json(o, &pb_attestation, open_wire, ret, err);
}

/*
 * SevSnpSvsmAttestation: the same of a TPM in the guest's own firmware, the report that is for its
 * manifest, and that.
 */
static int open_svsm_wire(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	struct span attestation, snp, manifest;
	int r;

	if (!pb_find(s, 1, &attestation) || !pb_find(s, 2, &snp) || !gotee_is_snp(snp))
		return TSMMR_E_FORMAT;
	r = open_wire(attestation, ret, err);
	if (r == 0)
		r = gotee_add_snp(snp, ret, err);
	if (r == 0 && pb_find(s, 3, &manifest))
		r = envelope_add(ret, TSMMR_PART_MANIFEST, manifest, err);
	return r;
}

static int open_svsm(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	int r = open_svsm_wire(s, ret, err);

	return r == TSMMR_E_FORMAT ?
		       gotee_add_text(s, &pb_svsm_attestation, open_svsm_wire, ret, err) :
		       r;
}

static int open_svsm_json(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	if (!pb_json_is(o, "attestation", JSON_IN_OBJECT) ||
	    !pb_json_is(o, "sev_snp_attestation", JSON_IN_OBJECT))
		return TSMMR_E_FORMAT;
	return gotee_add_json(o, &pb_svsm_attestation, open_svsm_wire, ret, err);
}

const struct envelope_kind gotpm_svsm_kind = {
	.name = "go-tpm-tools-svsm",
	.open = open_svsm,
	.open_json = open_svsm_json,
};

const struct envelope_kind gotpm_kind = {
	.name = "go-tpm-tools",
	.open = open_any,
	.open_json = open_json,
};
