/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dstack's attestation of version 0: SCALE (Substrate's codec).  Integers are little-endian,
 * a sequence has its length before it, a variant one byte.
 * (Dstack-TEE/dstack, dstack-attest: LegacyVersionedAttestation)
 */
#include "envelope/envelope.h"

#include "util/buf.h"
#include "util/error.h"
#include "util/json.h"
#include "util/json_in.h"
#include "util/text.h"

/* AttestationQuote */
enum { TDX, GCP_TDX, NITRO_ENCLAVE, SEV_SNP, AWS_NITRO_TPM };

#define REPORT_DATA 64

/* Up to 32 bits: two bits say how many bytes.  (SCALE, compact) */
static bool read_compact(struct cursor *c, uint32_t *ret)
{
	uint32_t word;
	uint16_t half;
	uint8_t byte;

	if (cur_empty(c))
		return false;
	switch (c->p[0] & 3) {
	case 0:
		if (!cur_u8(c, &byte))
			return false;
		*ret = byte >> 2;
		return true;
	case 1:
		if (!cur_le16(c, &half))
			return false;
		*ret = half >> 2;
		return true;
	case 2:
		if (!cur_le32(c, &word))
			return false;
		*ret = word >> 2;
		return true;
	default:
		return false; /* 1 GiB and more */
	}
}

static bool read_bytes(struct cursor *c, struct span *ret)
{
	struct cursor at = *c;
	uint32_t n;

	if (!read_compact(&at, &n) || !cur_take(&at, n, ret))
		return false;
	*c = at;
	return true;
}

/* TdxEvent: written as a record of dstack's log in JSON. */
static bool write_event(struct cursor *c, struct buf *out)
{
	struct json j = { .b = out };
	struct span digest, name, payload;
	uint32_t imr, type;

	if (!cur_le32(c, &imr) || !cur_le32(c, &type) || !read_bytes(c, &digest) ||
	    !read_bytes(c, &name) || !read_bytes(c, &payload) || !text_is_utf8(name))
		return false;
	json_open(&j, NULL, '{');
	json_u64(&j, "imr", imr);
	json_u64(&j, "event_type", type);
	json_hex(&j, "digest", digest.p, digest.n);
	json_strn(&j, "event", name.p, name.n);
	json_hex(&j, "event_payload", payload.p, payload.n);
	json_close(&j, '}');
	buf_char(out, '\n');
	return true;
}

static bool read_events(struct cursor *c, struct buf *out)
{
	uint32_t n;

	if (!read_compact(c, &n))
		return false;
	/* Each takes bytes, so n is no promise; what is written takes several times as many. */
	while (n--)
		if (out->n > ENVELOPE_BYTES || !write_event(c, out))
			return false;
	return true;
}

/* What follows the quote, which nobody signed: runtime events, report data, configuration. */
static bool read_rest(struct cursor *c)
{
	struct span name, payload, config;
	uint32_t n;

	if (!read_compact(c, &n))
		return false;
	while (n--)
		if (!read_bytes(c, &name) || !read_bytes(c, &payload))
			return false;
	return cur_skip(c, REPORT_DATA) && read_bytes(c, &config) && cur_empty(c);
}

/* TpmQuote: message, signature, values, certificate, platform, digests of a log. */
static bool skip_tpm_quote(struct cursor *c)
{
	struct span unused;
	uint32_t n, index;

	if (!read_bytes(c, &unused) || !read_bytes(c, &unused) || !read_compact(c, &n))
		return false;
	while (n--)
		if (!cur_le32(c, &index) || !read_bytes(c, &unused) || !read_bytes(c, &unused))
			return false;
	if (!read_bytes(c, &unused) || !cur_skip(c, 1) || !read_compact(c, &n))
		return false;
	while (n--)
		if (!cur_le32(c, &index) || !read_bytes(c, &unused))
			return false;
	return true;
}

struct certs {
	struct span der[ENVELOPE_PARTS_MAX];
	uint32_t n;
};

static bool read_certs(struct cursor *c, struct certs *certs)
{
	if (!read_compact(c, &certs->n) || certs->n > ENVELOPE_PARTS_MAX - 2)
		return false;
	for (uint32_t i = 0; i < certs->n; i++)
		if (!read_bytes(c, &certs->der[i]))
			return false;
	return true;
}

/* Nothing in it says what it is, so all of it must be well-formed before it is taken for one. */
static int open_scale(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf log = { 0 };
	struct certs certs = { .n = 0 };
	struct cursor c = cur_span(s);
	struct span quote, config;
	uint8_t version, variant;
	bool ok;
	int r;

	if (!cur_u8(&c, &version) || version || !cur_u8(&c, &variant) || !read_bytes(&c, &quote))
		return TSMMR_E_FORMAT;
	switch (variant) {
	case TDX:
		ok = read_events(&c, &log) && read_rest(&c);
		break;
	case GCP_TDX:
		ok = read_events(&c, &log) && skip_tpm_quote(&c) && read_rest(&c);
		ret->left_out = "a TPM's quote";
		break;
	case SEV_SNP:
		ok = read_certs(&c, &certs) && read_bytes(&c, &config) && read_rest(&c);
		break;
	case NITRO_ENCLAVE:
	case AWS_NITRO_TPM:
		ok = read_rest(&c);
		break;
	default:
		ok = false;
	}
	if (log.failed)
		return fail_nomem(err);
	if (!ok || !quote.n)
		return TSMMR_E_FORMAT;

	r = envelope_add(ret, TSMMR_PART_QUOTE, quote, err);
	for (uint32_t i = 0; r == 0 && i < certs.n; i++)
		r = envelope_add(ret, TSMMR_PART_CERTS, certs.der[i], err);
	if (r == 0 && log.n)
		r = envelope_add_log(ret, TSMMR_FORMAT_DSTACK, NULL, span_of(log.p, log.n), err);
	return r;
}

/* What verifiers are sent: {"attestation": hex, …}. */
static int open_attestation(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	int r;

	if (json_in_kind(o, "attestation") != JSON_IN_STR)
		return TSMMR_E_FORMAT;
	r = envelope_add_bytes(ret, o, "attestation", TSMMR_PART_QUOTE, err);
	return r < 0 ? r : r > 0 ? 0 : TSMMR_E_FORMAT;
}

const struct envelope_kind dstack_attestation_kind = {
	.name = "dstack-attestation",
	.open = open_scale,
	.open_json = open_attestation,
};
