/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * go-tpm-tools' Attestation, as `gotpm attest` and Google's Confidential Space make it:
 * quotes of one TPM over several banks, the key that signed them, the logs.
 * (google/go-tpm-tools, proto/attest.proto and proto/tpm.proto)
 */
#include "envelope/envelope.h"

#include <stdio.h>

#include "envelope/pb.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/json_in.h"

#define QUOTES_MAX 8
#define CERTS_MAX 4
#define PCRS_MAX 24

struct attestation {
	struct span ak_pub, ak_cert, event_log, cel;
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
	const char *bank = bank_name(q->alg);

	if (!bank)
		return fail(err, TSMMR_E_UNSUPPORTED, "a quote of bank 0x%04llx",
			    (unsigned long long)q->alg);
	buf_printf(&values, "%s:\n", bank);
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
		[1] = &a->ak_pub, [3] = &a->event_log, [5] = &a->cel, [6] = &a->ak_cert
	};
	struct pb_field f;
	int r;

	while ((r = pb_next(&c, &f)) > 0) {
		if (f.number > 9)
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
		else if (f.number < ARRAY_SIZE(plain) && plain[f.number])
			*plain[f.number] = f.bytes;
	}
	if (!a->n_quotes)
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

	return der.n && !memmem(der.p, der.n, other, sizeof(other)) &&
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

	for (size_t i = 0; i < a->n_quotes; i++) {
		if (!read_quote(a->quotes[i], &q))
			return fail(err, TSMMR_E_MALFORMED, "quote %zu of the Attestation", i);
		/* TPM_ALG_ID grows with the strength of these four. */
		if (q.alg >= best.alg)
			best = q;
	}
	return add_quote(ret, &best, err);
}

static int open_binary(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	struct attestation a = { .n_quotes = 0 };
	int r = read_attestation(s, &a, err);

	if (r == 0)
		r = add_best(&a, ret, err);
	return r < 0 ? r : add_beside(&a, ret, err);
}

/* ---- the same in JSON, whose members have two spellings (protobuf.dev, "ProtoJSON") ---- */

static const char *spelled(struct json_object *o, const char *camel, const char *snake)
{
	return json_in_kind(o, camel) == JSON_IN_NONE ? snake : camel;
}

/* The enumeration's name, or its number. */
static uint64_t json_alg(struct json_object *o)
{
	static const struct {
		const char *name;
		int alg;
	} algs[] = {
		{ "SHA1", TSMMR_HASH_SHA1 },
		{ "SHA256", TSMMR_HASH_SHA256 },
		{ "SHA384", TSMMR_HASH_SHA384 },
		{ "SHA512", TSMMR_HASH_SHA512 },
	};
	struct span name;
	uint64_t v = 0;

	if (json_in_kind(o, "hash") == JSON_IN_INT && json_in_u64(o, "hash", &v, NULL) > 0)
		return v;
	for (size_t i = 0; json_in_str(o, "hash", &name, NULL) > 0 && i < ARRAY_SIZE(algs); i++)
		if (span_eq(name, algs[i].name, strlen(algs[i].name)))
			return (uint64_t)algs[i].alg;
	return 0;
}

/* Bytes that last as long as the quote: 1, 0, or what is wrong. */
static int json_bytes(struct json_object *o, const char *key, uint8_t **owned, struct span *ret,
		      struct tsmmr_error *err)
{
	size_t n = 0;
	int r = envelope_bytes(o, key, owned, &n, err);

	if (r > 0)
		*ret = span_of(*owned, n);
	return r;
}

static int json_quote(struct json_object *o, uint8_t *owned[PCRS_MAX + 2], struct quote *q,
		      struct tsmmr_error *err)
{
	struct json_object *pcrs, *values;
	int r = json_bytes(o, "quote", &owned[0], &q->attest, err);

	if (r >= 0)
		r = json_bytes(o, spelled(o, "rawSig", "raw_sig"), &owned[1], &q->sig, err);
	if (r >= 0)
		r = json_in_child(o, "pcrs", &pcrs, err);
	if (r <= 0)
		return r < 0 ? r : fail(err, TSMMR_E_MALFORMED, "a quote without PCR values");
	q->alg = json_alg(pcrs);
	r = json_in_child(pcrs, "pcrs", &values, err);
	for (unsigned int i = 0; r > 0 && i < PCRS_MAX; i++) {
		char key[4];

		snprintf(key, sizeof(key), "%u", i);
		r = json_bytes(values, key, &owned[2 + i], &q->pcrs[i], err);
		r = r < 0 ? r : 1;
	}
	return r < 0 ? r : 0;
}

/* The quote over the strongest bank, as above. */
static int json_best(struct json_object *quotes, struct json_object **ret, struct tsmmr_error *err)
{
	struct json_object *o, *pcrs;
	uint64_t best = 0;
	int r;

	*ret = NULL;
	for (size_t i = 0; (r = json_in_item(quotes, i, &o, err)) > 0; i++) {
		if (i == QUOTES_MAX)
			return fail(err, TSMMR_E_LIMIT, "more than %d quotes", QUOTES_MAX);
		if (json_in_child(o, "pcrs", &pcrs, err) <= 0 || json_alg(pcrs) < best)
			continue;
		best = json_alg(pcrs);
		*ret = o;
	}
	if (r == 0 && !*ret)
		return fail(err, TSMMR_E_MALFORMED, "no quote with PCR values");
	return r;
}

/* What stands beside the quotes; owned is of the spans. */
static int json_beside(struct json_object *o, uint8_t *owned[CERTS_MAX + 4], struct attestation *a,
		       struct tsmmr_error *err)
{
	const struct {
		const char *key;
		struct span *to;
	} plain[] = {
		{ spelled(o, "akPub", "ak_pub"), &a->ak_pub },
		{ spelled(o, "akCert", "ak_cert"), &a->ak_cert },
		{ spelled(o, "eventLog", "event_log"), &a->event_log },
		{ spelled(o, "canonicalEventLog", "canonical_event_log"), &a->cel },
	};
	struct json_object *certs;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(plain); i++)
		r = json_bytes(o, plain[i].key, &owned[i], plain[i].to, err);
	if (r >= 0)
		r = json_in_array(o, spelled(o, "intermediateCerts", "intermediate_certs"), &certs,
				  err);
	for (size_t n = r > 0 ? json_in_length(certs) : 0, i = 0; r >= 0 && i < n; i++) {
		uint8_t **p = &owned[ARRAY_SIZE(plain) + i];
		size_t len = 0;

		if (i == CERTS_MAX)
			return fail(err, TSMMR_E_LIMIT, "more than %d certificates", CERTS_MAX);
		r = envelope_item_bytes(certs, i, p, &len, err);
		if (r > 0)
			a->certs[a->n_certs++] = span_of(*p, len);
	}
	return r < 0 ? r : 0;
}

static int add_json_beside(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	uint8_t *owned[CERTS_MAX + 4] = { NULL };
	struct attestation a = { .n_quotes = 0 };
	int r = json_beside(o, owned, &a, err);

	if (r == 0)
		r = add_beside(&a, ret, err);
	for (size_t i = 0; i < ARRAY_SIZE(owned); i++)
		free(owned[i]);
	return r;
}

static int open_json(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	uint8_t *owned[PCRS_MAX + 2] = { NULL };
	struct json_object *quotes, *one;
	struct quote q = { .alg = 0 };
	int r;

	if (json_in_kind(o, spelled(o, "akPub", "ak_pub")) != JSON_IN_STR ||
	    json_in_kind(o, "quotes") != JSON_IN_ARRAY)
		return TSMMR_E_FORMAT;
	r = json_in_array(o, "quotes", &quotes, err);
	if (r > 0)
		r = json_best(quotes, &one, err);
	if (r == 0)
		r = json_quote(one, owned, &q, err);
	if (r == 0)
		r = add_quote(ret, &q, err);
	for (size_t i = 0; i < ARRAY_SIZE(owned); i++)
		free(owned[i]);
	return r < 0 ? r : add_json_beside(o, ret, err);
}

const struct envelope_kind gotpm_kind = {
	.name = "go-tpm-tools",
	.open = open_binary,
	.open_json = open_json,
};
