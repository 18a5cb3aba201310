/* SPDX-License-Identifier: BSD-2-Clause */
/* The report of Azure's paravisor: a hardware report, and what its REPORT_DATA is the hash of. */
#include "crypto/hash.h"
#include "platform/evidence.h"
#include "platform/snp.h"
#include "platform/tdx.h"
#include "platform/tpm_quote.h"
#include "util/armour.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/json_in.h"

/*
 * Header of 32 bytes; room for a hardware report; then the runtime data with a header of
 * its own.  (openvmm, vm/devices/get/guest_emulation_transport/src/api.rs and
 * openhcl/openhcl_attestation_protocol/src/igvm_attest/get.rs)
 */
enum {
	HEADER_SIZE = 32,
	AT_DATA = HEADER_SIZE + SNP_REPORT_SIZE,
	DATA_HEADER_SIZE = 20,
	TDREPORT_SIZE = 1024,
	VERSION_MAX = 2,
	REQUEST_REPORT = 2, /* not one for a key */
	TYPE_SNP = 2,
	TYPE_TDX = 4,
	HASH_SHA256 = 1,
	NONCE_SIZE = 64,
	RSA_BYTES_MAX = 1024,
};

static const char magic[] = { 'H', 'C', 'L', 'A' };

struct hcl {
	uint32_t type;
	struct span report;
	struct span runtime_data; /* JSON */
	struct json_object *json; /* of the runtime data */
	struct snp_report snp;    /* when it is one */
};

static void hcl_done_p(struct hcl *hcl)
{
	json_in_free(hcl->json);
}

static void free_state(void *state)
{
	hcl_done_p(state);
	free(state);
}

static int read_header(struct cursor *c, struct tsmmr_error *err)
{
	uint32_t version, size, request, status;

	if (!cur_skip(c, sizeof(magic)) || !cur_le32(c, &version) || !cur_le32(c, &size) ||
	    !cur_le32(c, &request) || !cur_le32(c, &status) || !cur_skip(c, 12))
		return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, cur_offset(c),
			       "Azure HCL report ends in its header");
	if (version == 0 || version > VERSION_MAX)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, 4, "Azure HCL report v%u",
			       version);
	if (request != REQUEST_REPORT || status != 0)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, 12,
			       "Azure HCL report of request %u with status %u", request, status);
	return 0;
}

/* Sizes: of the data with its header, and of the JSON; the header above has their sum. */
static int read_hcl(struct span s, struct hcl *ret, struct tsmmr_error *err)
{
	struct cursor c = cur_span(s);
	uint32_t data_size, version, hash, size;
	struct span area;
	int r = read_header(&c, err);

	if (r < 0)
		return r;
	if (!cur_take(&c, SNP_REPORT_SIZE, &area))
		return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, s.n,
			       "Azure HCL report ends in its hardware report");
	if (!cur_le32(&c, &data_size) || !cur_le32(&c, &version) || !cur_le32(&c, &ret->type) ||
	    !cur_le32(&c, &hash) || !cur_le32(&c, &size) || !cur_take(&c, size, &ret->runtime_data))
		return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, cur_offset(&c),
			       "Azure HCL report ends in its runtime data");
	if (data_size < DATA_HEADER_SIZE || data_size - DATA_HEADER_SIZE != size)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, AT_DATA,
			       "Azure HCL report: runtime data of %u bytes in %u", size, data_size);
	if (hash != HASH_SHA256)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, AT_DATA + 12,
			       "Azure HCL report with hash %u", hash);
	if (ret->type != TYPE_SNP && ret->type != TYPE_TDX)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, AT_DATA + 8,
			       "Azure HCL report with a hardware report of type %u", ret->type);
	ret->report = span_of(area.p, ret->type == TYPE_SNP ? SNP_REPORT_SIZE : TDREPORT_SIZE);
	return 0;
}

/* REPORT_DATA = SHA-256(runtime data), and zeros.  (get.rs, IgvmAttestHashType) */
static int check_runtime_data(struct crypto crypto, const struct hcl *hcl, struct tsmmr_regs *regs,
			      struct tsmmr_error *err)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };
	struct span field = regs->evidence[0].report_data;
	const struct hash_alg *alg = hash_by_id(TSMMR_HASH_SHA256);
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	int r = hasher_init(&h, crypto, alg);

	if (r == 0)
		r = hash_bytes(&h, hcl->runtime_data.p, hcl->runtime_data.n, digest);
	if (r < 0)
		return fail_low(err, r);
	if (!hash_equal(digest, field.p, alg->size) || !span_zero(span_tail(field, alg->size)))
		return fail_detail_at(
			err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING, AT_DATA,
			"Azure HCL report: REPORT_DATA is not the hash of the runtime data");
	if (findings_add(&regs->findings, F_EVIDENCE_BOUND, TSMMR_NONE, TSMMR_NONE, TSMMR_NONE,
			 "REPORT_DATA of the hardware report is the hash of the runtime data") < 0)
		return fail_nomem(err);
	return 0;
}

/* A claim of the runtime data, which REPORT_DATA is the hash of. */
static void add_hashed(struct tsmmr_regs *regs, const char *name, enum claim_type type,
		       struct span value)
{
	struct claim *claim = regs_claim_add(regs, name, type, value);

	if (claim)
		claim->hashed = true;
}

/* The guest's own 64 bytes, by way of the vTPM: where a nonce can be. */
static int take_user_data(struct json_object *o, struct tsmmr_regs *regs, struct tsmmr_error *err)
{
	struct evidence_info *info = &regs->evidence[0];
	uint8_t bytes[NONCE_SIZE];
	struct span hex, value;
	int r = json_in_str(o, "user-data", &hex, err);

	info->nonce = span_of(NULL, 0);
	if (r <= 0)
		return r;
	if (hex_decode(bytes, sizeof(bytes), (const char *)hex.p, hex.n) != NONCE_SIZE)
		return fail(err, TSMMR_E_MALFORMED,
			    "Azure HCL report: \"user-data\" is not %d bytes", NONCE_SIZE);
	if (regs_add_bytes(regs, span_of(bytes, sizeof(bytes)), &value) < 0)
		return fail_nomem(err);
	add_hashed(regs, "user_data", CLAIM_BYTES, value);
	info->nonce = value;
	return 0;
}

static int take_runtime_data(struct crypto crypto, struct hcl *hcl, struct tsmmr_regs *regs,
			     struct tsmmr_error *err)
{
	struct span value;
	int r = check_runtime_data(crypto, hcl, regs, err);

	if (r == 0)
		r = json_in_object(hcl->runtime_data, JSON_IN_BYTES, &hcl->json, err);
	if (r < 0)
		return r;
	if (regs_add_bytes(regs, hcl->runtime_data, &value) < 0)
		return fail_nomem(err);
	add_hashed(regs, "runtime_data", CLAIM_TEXT, value);
	return take_user_data(hcl->json, regs, err);
}

static int decode(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	_cleanup_(hcl_done) struct hcl hcl = { .type = 0 };
	struct span s = piece->bytes;
	bool snp;
	int r;

	if (!span_starts(s, magic, sizeof(magic)))
		return fail(err, TSMMR_E_FORMAT, "not an Azure HCL report");
	r = read_hcl(s, &hcl, err);
	if (r < 0)
		return r;

	snp = hcl.type == TYPE_SNP;
	r = snp ? snp_report_decode(hcl.report, &hcl.snp, &regs, err) :
		  tdx_report_decode(set->crypto, hcl.report, &regs, err);
	if (r == TSMMR_E_FORMAT)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, HEADER_SIZE,
			       "Azure HCL report: what it calls %s is none",
			       snp ? "an SNP report" : "a TDREPORT");
	if (r < 0)
		return r;
	regs->evidence[0].kind = regs->source = snp ? "azure-hcl-snp" : "azure-hcl-tdx";
	regs->evidence[0].root_hint = snp ? "amd" : "intel-sgx";
	r = snp ? snp_check_level(&hcl.snp, "the paravisor", err) : 0;
	if (r == 0)
		r = take_runtime_data(set->crypto, &hcl, regs, err);
	if (r < 0)
		return r;

	piece->state = evidence_state(&hcl, sizeof(hcl));
	if (!piece->state)
		return fail_nomem(err);
	hcl.json = NULL;
	piece->regs = take_ptr(regs);
	return 0;
}

static int authenticate(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	struct hcl *hcl = piece->state;

	if (hcl->type != TYPE_SNP) {
		tdx_tcb_ask_report(set, piece);
		return 0;
	}
	return snp_report_authenticate(set, &hcl->snp, piece->regs, err);
}

static int read_number(struct json_object *jwk, const char *name, uint8_t *to, size_t *ret_n,
		       struct tsmmr_error *err)
{
	struct span text;
	int r = json_in_str(jwk, name, &text, err);

	if (r > 0 && text.n <= RSA_BYTES_MAX && base64url_decode(text, to, ret_n))
		return 0;
	return r < 0 ? r : fail(err, TSMMR_E_MALFORMED, "HCLAkPub: \"%s\" is not base64url", name);
}

/* A JSON web key of RSA.  (RFC 7518 §6.3.1) */
static int read_jwk(struct crypto crypto, struct json_object *jwk, struct tpm_key *ret,
		    struct tsmmr_error *err)
{
	uint8_t n[RSA_BYTES_MAX], e[RSA_BYTES_MAX];
	size_t n_n = 0, e_n = 0;
	struct span kty;
	int r = json_in_str(jwk, "kty", &kty, err);

	if (r < 0)
		return r;
	if (r == 0 || !span_eq(kty, "RSA", 3))
		return fail(err, TSMMR_E_UNSUPPORTED, "HCLAkPub is not a key of RSA");
	r = read_number(jwk, "n", n, &n_n, err);
	if (r == 0)
		r = read_number(jwk, "e", e, &e_n, err);
	if (r < 0)
		return r;
	r = pubkey_from_rsa(crypto, span_of(n, n_n), span_of(e, e_n), &ret->key);
	return r < 0 ? fail(err, r, "HCLAkPub is not a key that is supported") : 0;
}

/* The vTPM's attestation key, which the runtime data names. */
static int read_ak(struct crypto crypto, const struct hcl *hcl, struct tpm_key *ret,
		   struct tsmmr_error *err)
{
	struct json_object *keys, *jwk;
	struct span kid;
	int r = json_in_array(hcl->json, "keys", &keys, err);

	for (size_t i = 0; r > 0; i++) {
		r = json_in_item(keys, i, &jwk, err);
		if (r > 0)
			r = json_in_str(jwk, "kid", &kid, err);
		else
			break;
		if (r > 0 && span_eq(kid, "HCLAkPub", 8))
			return read_jwk(crypto, jwk, ret, err);
		r = r < 0 ? r : 1;
	}
	return r < 0 ? r : fail(err, TSMMR_E_MALFORMED, "Azure HCL report without HCLAkPub");
}

/* An AK that was given besides must be this one. */
static int check_same_ak(struct evidence_set *set, const struct tpm_key *key,
			 struct tsmmr_error *err)
{
	_cleanup_(tpm_key_done) struct tpm_key given = { 0 };
	const struct span *ak;
	size_t i = 0;
	int r;

	ak = evidence_part(set, TSMMR_PART_AK, &i);
	if (!ak)
		return 0;
	r = tpm_key_read(set->crypto, *ak, "attestation key", &given, err);
	if (r == 0 && !pubkey_same(key->key, given.key))
		r = fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING,
				"the attestation key given is not the HCLAkPub of the Azure HCL "
				"report");
	return r;
}

static int bind(struct evidence_set *set, const struct piece *piece, struct piece *other,
		struct tsmmr_error *err)
{
	_cleanup_(tpm_key_done) struct tpm_key key = { 0 };
	int r;

	if (other->kind != &tpm_quote_kind)
		return 0;
	r = read_ak(set->crypto, piece->state, &key, err);
	if (r == 0)
		r = check_same_ak(set, &key, err);
	if (r == 0)
		r = tpm_quote_signed_by(other, &key, "HCLAkPub of the Azure HCL report", err);
	if (r < 0)
		return r;
	return tpm_quote_vouch(other, "HCLAkPub of the Azure HCL report signed the TPM quote", err);
}

const struct evidence_kind hcl_kind = {
	.kinds = SIGNS_TDX | SIGNS_SNP,
	.signer = &snp_signer,
	.missing = "certs=",
	.decode = decode,
	.free_state = free_state,
	.authenticate = authenticate,
	.bind = bind,
};
