/* SPDX-License-Identifier: BSD-2-Clause */
/* Intel TDX quotes v4 and v5: what they say, and who signed it. */
#include "crypto/hash.h"
#include "util/cleanup.h"
#include "platform/evidence.h"
#include "platform/pck.h"
#include "platform/tdx.h"
#include "util/error.h"

/* Appendices are those of the Intel TDX DCAP Quoting Library API. */
enum {
	QUOTE_HEADER_SIZE = 48,
	BODY_TD10_SIZE = 584,
	BODY_TD15_SIZE = 648,
	TEE_SGX = 0x00,
	TEE_TDX = 0x81,
	KEY_P256 = 2,
	KEY_P384 = 3,
	CERT_PCK = 4,
	CERT_PCK_CHAIN = 5,
	CERT_QE_REPORT = 6,
};

/* REPORTBODY of an SGX enclave.  (Intel SDM volume 3D, table "Layout of REPORT") */
enum {
	QE_REPORT_SIZE = 384,
	QE_FLAGS = 48,
	QE_FLAG_DEBUG = 2,
	QE_MRENCLAVE = 64,
	QE_MRSIGNER = 128,
	QE_PRODUCT = 256,
	QE_SVN = 258,
	QE_PRODUCT_TDX = 2,
	QE_REPORT_DATA = 320,
};

/* The parts of a quote, all of them views. */
struct tdx_quote {
	uint16_t version;
	struct span signed_bytes; /* header and body */
	struct span body;
	struct span signature;
	struct span key; /* the attestation key, x||y */
	struct span qe_report;
	struct span qe_signature;
	struct span qe_auth;
	uint16_t cert_type;
	struct span certs; /* of the PCK */
	size_t end;
};

/* A cursor over what c just took, that still knows its offset in the whole. */
static struct cursor inside(const struct cursor *c, struct span s)
{
	return (struct cursor){ c->start, s.p, s.p + s.n };
}

static int cut(struct tsmmr_error *err, const struct cursor *c, const char *what)
{
	return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, cur_offset(c),
		       "TDX quote ends in its %s", what);
}

/* Within a block that has a length of its own, running out is not the file's fault. */
static int bad(struct tsmmr_error *err, const struct cursor *c, const char *what)
{
	return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, cur_offset(c),
		       "TDX quote: %s does not fit", what);
}

/* Certification data: type, size, bytes.  (appendix A.3.9) */
static int read_cert_data(struct cursor *c, const char *what, uint16_t *ret_type, struct span *ret,
			  struct tsmmr_error *err)
{
	struct cursor at = *c;
	uint32_t n;

	if (!cur_le16(&at, ret_type) || !cur_le32(&at, &n) || !cur_take(&at, n, ret))
		return bad(err, c, what);
	if (!cur_empty(&at))
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, cur_offset(&at),
			       "TDX quote: bytes after its %s", what);
	return 0;
}

/* QE report certification data.  (appendix A.3.11) */
static int walk_qe(struct cursor c, struct tdx_quote *q, struct tsmmr_error *err)
{
	uint16_t n;

	if (!cur_take(&c, QE_REPORT_SIZE, &q->qe_report))
		return bad(err, &c, "QE report");
	if (!cur_take(&c, 64, &q->qe_signature))
		return bad(err, &c, "QE report signature");
	if (!cur_le16(&c, &n) || !cur_take(&c, n, &q->qe_auth))
		return bad(err, &c, "QE authentication data");
	return read_cert_data(&c, "PCK certificates", &q->cert_type, &q->certs, err);
}

/* Signature data of an ECDSA P-256 key, to its end.  (appendix A.3.8) */
static int walk_signature(struct cursor c, struct tdx_quote *q, struct tsmmr_error *err)
{
	struct span qe;
	uint16_t type;
	int r;

	if (!cur_take(&c, 64, &q->signature))
		return bad(err, &c, "signature");
	if (!cur_take(&c, 64, &q->key))
		return bad(err, &c, "attestation key");
	r = read_cert_data(&c, "certification data", &type, &qe, err);
	if (r < 0)
		return r;
	if (type != CERT_QE_REPORT)
		return fail(err, TSMMR_E_UNSUPPORTED, "TDX quote: certification data of type %u",
			    type);
	return walk_qe(inside(&c, qe), q, err);
}

/* Is it ours?  The first eight bytes say so.  (appendix A.3.1) */
static int read_header(struct cursor *c, uint16_t *ret_version, struct tsmmr_error *err)
{
	struct cursor at = *c;
	uint16_t version, key;
	uint32_t tee;

	if (!cur_le16(&at, &version) || !cur_le16(&at, &key) || !cur_le32(&at, &tee))
		return fail(err, TSMMR_E_FORMAT, "not a TDX quote");
	if (version >= 3 && version <= 5 && tee == TEE_SGX && (key == KEY_P256 || key == KEY_P384))
		return fail(err, TSMMR_E_UNSUPPORTED, "SGX quote v%u", version);
	if (tee != TEE_TDX)
		return fail(err, TSMMR_E_FORMAT, "not a TDX quote");
	if (version != 4 && version != 5)
		return fail(err, TSMMR_E_UNSUPPORTED, "TDX quote v%u", version);
	if (key != KEY_P256)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, 2,
			       "TDX quote with attestation key type %u%s", key,
			       key == KEY_P384 ? " (ECDSA P-384)" : "");
	if (!cur_skip(c, QUOTE_HEADER_SIZE))
		return cut(err, c, "header");

	*ret_version = version;
	return 0;
}

/* v4 has the body of TDX 1.0; v5 says which body it has.  (appendices A.3.2 and A.4) */
static int read_body(struct cursor *c, uint16_t version, struct span *ret, struct tsmmr_error *err)
{
	static const struct {
		const char *refused; /* NULL: this one we read */
		uint32_t size;
	} bodies[] = {
		[1] = { "SGX enclave report", 384 },
		[2] = { NULL, BODY_TD10_SIZE },
		[3] = { NULL, BODY_TD15_SIZE },
	};
	struct cursor at = *c;
	uint32_t size = BODY_TD10_SIZE;
	uint16_t type = 2;

	if (version == 5 && (!cur_le16(&at, &type) || !cur_le32(&at, &size)))
		return cut(err, c, "body descriptor");
	if (type == 0 || type >= ARRAY_SIZE(bodies))
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, cur_offset(c),
			       "TDX quote with a body of type %u", type);
	if (bodies[type].refused)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, cur_offset(c),
			       "quote v5 of an %s", bodies[type].refused);
	if (size != bodies[type].size)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, cur_offset(c) + 2,
			       "TDX quote: body of type %u with %u bytes, not %u", type, size,
			       bodies[type].size);
	if (!cur_take(&at, size, ret))
		return cut(err, &at, "body");

	*c = at;
	return 0;
}

static int walk(struct span s, struct tdx_quote *q, struct tsmmr_error *err)
{
	struct cursor c = cur_span(s);
	struct span signature;
	uint32_t n;
	int r;

	r = read_header(&c, &q->version, err);
	if (r < 0)
		return r;
	r = read_body(&c, q->version, &q->body, err);
	if (r < 0)
		return r;
	q->signed_bytes = span_of(s.p, cur_offset(&c));
	if (!cur_le32(&c, &n) || !cur_take(&c, n, &signature))
		return cut(err, &c, "signature data");
	q->end = cur_offset(&c);
	return walk_signature(inside(&c, signature), q, err);
}

/* Of the quoting enclave, whose report the PCK signed. */
static void qe_claims_add(struct tsmmr_regs *regs, size_t at)
{
	static const struct {
		const char *name;
		uint16_t at;
		uint8_t n;
		enum claim_type type;
	} claims[] = {
		{ "qe_mrenclave", QE_MRENCLAVE, 32, CLAIM_BYTES },
		{ "qe_mrsigner", QE_MRSIGNER, 32, CLAIM_BYTES },
		{ "qe_isv_prod_id", QE_PRODUCT, 2, CLAIM_U64_LE },
		{ "qe_isv_svn", QE_SVN, 2, CLAIM_U64_LE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
		regs_claim_add(regs, claims[i].name, claims[i].type,
			       span_of(regs->bytes + at + claims[i].at, claims[i].n));
}

static int decode(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	struct span s = piece->bytes;
	struct tdx_quote q = { 0 };
	int r = walk(s, &q, err);

	if (r < 0)
		return r;
	r = tdx_regs_of(s, q.body, false, q.version == 4 ? "tdx-quote-v4" : "tdx-quote-v5", &regs,
			err);
	if (r < 0)
		return r;
	qe_claims_add(regs, (size_t)(q.qe_report.p - s.p));
	evidence_not_checked(&regs->evidence[0], "revocation");

	/* Quoting services hand out a whole buffer: zeros after the quote are usual. */
	if (!tdx_all_zero(span_tail(s, q.end))) {
		r = tdx_note_trailing(regs, q.end, s.n - q.end, err);
		if (r < 0)
			return r;
	}

	piece->state = evidence_state(&q, sizeof(q));
	if (!piece->state)
		return fail_nomem(err);
	piece->regs = take_ptr(regs);
	return 0;
}

/* Did the attestation key sign header and body?  (appendix A.3.8) */
static int check_signature(struct crypto crypto, const struct tdx_quote *q, struct tsmmr_error *err)
{
	_cleanup_(pubkey_free) struct pubkey *key = NULL;
	int r = pubkey_from_point(crypto, q->key, &key);

	if (r == TSMMR_E_MALFORMED)
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_SIGNATURE,
				   "TDX quote: its attestation key is no point of P-256");
	if (r == 0)
		r = sign_verify(key, SIGN_ECDSA, TSMMR_HASH_SHA256, q->signed_bytes, q->signature);
	return evidence_signature(r, "TDX quote: its attestation key did not sign it", err);
}

/* Does the QE's report vouch for that key: SHA-256(key || auth data), then zeros? */
static int check_binding(struct crypto crypto, const struct tdx_quote *q, struct tsmmr_error *err)
{
	_cleanup_(hasher_done) struct hasher h = { 0 };
	uint8_t wanted[64] = { 0 };
	int r = hasher_init(&h, crypto, hash_by_id(TSMMR_HASH_SHA256));

	if (r < 0)
		return fail_low(err, r);
	if (hasher_start(&h) < 0 || hasher_update(&h, q->key.p, q->key.n) < 0 ||
	    hasher_update(&h, q->qe_auth.p, q->qe_auth.n) < 0 || hasher_final(&h, wanted) < 0)
		return fail_nomem(err);
	if (!hash_equal(wanted, q->qe_report.p + QE_REPORT_DATA, sizeof(wanted)))
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_SIGNATURE,
				   "TDX quote: its quoting enclave vouches for another key");
	return 0;
}

/*
 * The owner of a machine can have the PCK sign the report of any enclave, so
 * the PCK's word is good only for the enclave that Intel wrote to make quotes.  Its signer
 * is the mrsigner of Intel's QE identity TD_QE, and that of every quote we have seen.
 * Another maker's PCK (a test's) has quoting enclaves that we do not know.
 */
static int check_enclave(const struct tdx_quote *q, const struct certs *certs,
			 struct evidence_info *info, struct tsmmr_error *err)
{
	static const uint8_t signer[32] = {
		0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94, 0x8f, 0x17, 0x47, 0x4e, 0x34,
		0xa7, 0xfc, 0x43, 0xed, 0x03, 0x0f, 0x7c, 0x15, 0x63, 0xf1, 0xba,
		0xbd, 0xdf, 0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54, 0xa8, 0xc5,
	};
	const uint8_t *report = q->qe_report.p;

	if (report[QE_FLAGS] & QE_FLAG_DEBUG)
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_SIGNATURE,
				   "TDX quote: of a debug quoting enclave");
	if (!certs_issued_by(certs, 0, "Intel Corporation")) {
		evidence_not_checked(info, "qe-identity");
		return 0;
	}
	if (memcmp(report + QE_MRSIGNER, signer, sizeof(signer)) != 0 ||
	    get_le16(report + QE_PRODUCT) != QE_PRODUCT_TDX)
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_SIGNATURE,
				   "TDX quote: its quoting enclave is not Intel's for TDX");
	return 0;
}

/* Did the PCK sign the QE's report?  (appendix A.3.11) */
static int check_qe(const struct tdx_quote *q, const struct certs *certs, struct tsmmr_error *err)
{
	_cleanup_(pubkey_free) struct pubkey *pck = NULL;
	struct span extension;
	int r;

	/* (Intel SGX PCK Certificate and CRL Profile Specification, §1.3.5) */
	if (!certs_extension(certs, 0, PCK_EXTENSION, &extension))
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN,
				   "TDX quote: its first certificate is not a PCK's");
	r = certs_key(certs, 0, &pck);
	if (r == 0)
		r = sign_verify(pck, SIGN_ECDSA, TSMMR_HASH_SHA256, q->qe_report, q->qe_signature);
	return evidence_signature(r, "TDX quote: the PCK did not sign its quoting enclave's report",
				  err);
}

/* The PCK's certificate is the first.  (types: appendix A.3.9) */
static int read_certs(const struct tdx_quote *q, struct evidence_set *set, struct certs *certs,
		      struct tsmmr_error *err)
{
	struct span s = q->certs;
	int r;

	if (q->cert_type == CERT_PCK_CHAIN || q->cert_type == CERT_PCK) {
		r = certs_add(certs, s, err);
		if (r < 0)
			return r;
	}
	return evidence_certs(set, certs_add, certs, err);
}

static int authenticate(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	_cleanup_(certs_done) struct certs certs = certs_of(set);
	struct evidence_info *info = &piece->regs->evidence[0];
	const struct tdx_quote *q = piece->state;
	struct chain chain;
	int r = check_signature(set->crypto, q, err);

	tdx_tcb_ask(set, piece);
	if (r == 0)
		r = check_binding(set->crypto, q, err);
	if (r == 0)
		r = read_certs(q, set, &certs, err);
	if (r < 0)
		return r;
	if (!certs.n) {
		evidence_not_checked(info, "qe-identity");
		evidence_not_checked(info, "certificate-chain");
		return 0;
	}

	r = check_qe(q, &certs, err);
	if (r == 0)
		r = check_enclave(q, &certs, info, err);
	if (r == 0)
		r = trust_chain(set->trust, &certs, 0, piece->kind->signer, 0, &chain, err);
	if (r < 0)
		return r;
	evidence_signed(piece->regs);
	evidence_chain(piece->regs, &chain);
	r = pck_claims_add(piece->regs, &certs, err);
	return r < 0 ? r : tdx_tcb_check(set, piece, q->body, q->qe_report, &certs, &chain, err);
}

/*
 * A TDREPORT of the same guest, alone or inside something: the quote was made from one, with
 * the same report data, so all that both say is the same.
 */
static int bind(struct evidence_set *set, const struct piece *piece, struct piece *other,
		struct tsmmr_error *err)
{
	struct span own = piece->regs->evidence[0].report_data;
	const struct evidence_info *its = &other->regs->evidence[0];

	if (!claim_find(its, "td_attributes") ||
	    !span_eq(own, its->report_data.p, its->report_data.n))
		return BIND_NONE;
	return evidence_same(piece->regs, other->regs, err);
}

/* (Intel SGX PCK Certificate and CRL Profile Specification, §1.3.5) */
static const struct cert_use pck_use = {
	.who = "TDX quote: its PCK certificate",
	.kinds = SIGNS_TDX,
	.signs = true,
};

const struct evidence_kind tdx_quote_kind = {
	.kinds = SIGNS_TDX,
	.signer = &pck_use,
	.root_hint = "intel-sgx",
	.missing = "certs=",
	.decode = decode,
	.free_state = free,
	.authenticate = authenticate,
	.bind = bind,
};
