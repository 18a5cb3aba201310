/* SPDX-License-Identifier: BSD-2-Clause */
/* COSE_Sign1 (RFC 9052 §4.2), which CCA tokens and Nitro documents are signed with. */
#include "platform/cose.h"

#include "platform/parts.h"
#include "util/cbor_out.h"
#include "util/error.h"

#define TAG_SIGN1 18

/* Header parameters.  (RFC 9052 §3.1) */
enum { H_ALG, H_CRIT, H_COUNT };
static const struct cbor_member header[H_COUNT] = {
	[H_ALG] = { 1, "its algorithm", CBOR_NINT, 0, 0, 0 },
	[H_CRIT] = { 2, "its critical parameters", CBOR_ARRAY, 0, 0, UINT32_MAX },
};

/* An empty header may be an empty string.  (RFC 9052 §3) */
static int read_protected(const struct cbor_reader *rd, struct cose_sign1 *cose)
{
	struct cbor_reader in = cbor_reader(rd->in.arena, cose->protected, true, rd->what, rd->err);
	struct cbor_value got[H_COUNT];
	size_t unknown;
	int r;

	cose->alg = 0;
	if (!cose->protected.n)
		return 0;
	r = cbor_map_read(&in, header, H_COUNT, got, &unknown);
	if (r == 0)
		r = cbor_reader_end(&in);
	if (r < 0)
		return r;

	/* Who does not understand a critical parameter must refuse. */
	if (got[H_CRIT].there)
		return fail(rd->err, TSMMR_E_UNSUPPORTED, "%s: critical COSE parameters", rd->what);
	if (got[H_ALG].there && got[H_ALG].item.value < INT32_MAX)
		cose->alg = -1 - (int64_t)got[H_ALG].item.value;
	return 0;
}

/* The array's head, after the tag where there is one. */
static int read_array(struct cbor_reader *rd, uint64_t *ret_left)
{
	size_t at = cbor_reader_offset(rd);
	struct cbor_item item;
	int r = cbor_in_next(&rd->in, &item);

	if (r == 0 && item.kind == CBOR_TAG && item.value == TAG_SIGN1)
		r = cbor_in_next(&rd->in, &item);
	if (r < 0)
		return cbor_reader_fail(rd, r);
	if (item.kind != CBOR_ARRAY)
		return fail_at(rd->err, TSMMR_E_MALFORMED, TSMMR_NONE, at,
			       "%s: COSE_Sign1 is of another CBOR type", rd->what);
	*ret_left = item.value;
	return 0;
}

/* Is the array at its end, or not, as it should be? */
static int check_more(struct cbor_reader *rd, uint64_t *left, int want)
{
	size_t at = cbor_reader_offset(rd);
	int r = cbor_in_more(&rd->in, left);

	if (r < 0)
		return cbor_reader_fail(rd, r);
	return r == want ? 0 :
			   fail_at(rd->err, TSMMR_E_MALFORMED, TSMMR_NONE, at,
				   "%s: COSE_Sign1 has 4 items, this one does not", rd->what);
}

static int read_string(struct cbor_reader *rd, uint64_t *left, const char *name, struct span *ret)
{
	struct cbor_item item;
	int r = check_more(rd, left, 1);

	if (r == 0)
		r = cbor_reader_next(rd, CBOR_BYTES, name, &item);
	if (r == 0)
		*ret = item.bytes;
	return r;
}

int cose_read(struct cbor_reader *rd, struct cose_sign1 *ret)
{
	struct cose_sign1 cose = { 0 };
	uint64_t left;
	size_t unknown;
	int r = read_array(rd, &left);

	if (r == 0)
		r = read_string(rd, &left, "its protected header", &cose.protected);
	if (r == 0)
		r = check_more(rd, &left, 1);
	/* What nobody signed says nothing. */
	if (r == 0)
		r = cbor_map_read(rd, NULL, 0, NULL, &unknown);
	if (r == 0)
		r = read_string(rd, &left, "its payload", &cose.payload);
	if (r == 0)
		r = read_string(rd, &left, "its signature", &cose.signature);
	if (r == 0)
		r = check_more(rd, &left, 0);
	if (r == 0)
		r = read_protected(rd, &cose);
	if (r == 0)
		*ret = cose;
	return r;
}

/* Sig_structure, deterministic however the message was written.  (RFC 9052 §4.4, §9) */
static void sig_structure(struct buf *b, const struct cose_sign1 *cose)
{
	static const char context[] = "Signature1";

	cbor_out_array(b, 4);
	cbor_out_text(b, context, sizeof(context) - 1);
	cbor_out_bytes(b, cose->protected);
	cbor_out_bytes(b, span_of(NULL, 0));
	cbor_out_bytes(b, cose->payload);
}

int cose_verify(const struct cose_sign1 *cose, const struct pubkey *key, const char *who,
		struct tsmmr_error *err)
{
	static const struct {
		int64_t id;
		enum pubkey_type type;
		int hash;
	} algs[] = {
		{ COSE_ES256, PUBKEY_P256, TSMMR_HASH_SHA256 },
		{ COSE_ES384, PUBKEY_P384, TSMMR_HASH_SHA384 },
		{ COSE_ES512, PUBKEY_P521, TSMMR_HASH_SHA512 },
	};
	_cleanup_(buf_done) struct buf message = { 0 };
	size_t i = 0;
	int r;

	while (i < ARRAY_SIZE(algs) && algs[i].id != cose->alg)
		i++;
	if (i == ARRAY_SIZE(algs))
		return fail(err, TSMMR_E_UNSUPPORTED, "%s: COSE algorithm %lld", who,
			    (long long)cose->alg);
	if (pubkey_type(key) != algs[i].type)
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_SIGNATURE,
				   "%s: its key is not of the curve it was signed with", who);

	sig_structure(&message, cose);
	if (message.failed)
		return fail_nomem(err);
	r = sign_verify(key, SIGN_ECDSA, algs[i].hash, span_of(message.p, message.n),
			cose->signature);
	if (r == TSMMR_E_UNTRUSTED)
		return fail_detail(err, r, TSMMR_DETAIL_SIGNATURE, "%s: its signature is wrong",
				   who);
	return evidence_signature(r, who, err);
}
