/* SPDX-License-Identifier: BSD-2-Clause */
/* Intel TDX: registers, TDREPORT, quotes v4 and v5. */
#include "core/hash.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "vendor/vendor.h"

enum tdx_reg {
	MRTD,
	RTMR0,
	RTMR1,
	RTMR2,
	RTMR3,
	MRCONFIGID,
	MROWNER,
	MROWNERCONFIG,
	MRSEAM,
	SERVTD_HASH,
	NO_REG
};

#define LAUNCH(name, role, index) \
	{ name, role, index, TSMMR_HASH_SHA384, 48, TSMMR_REG_LAUNCH, 0, 0 }
#define RUNTIME(name, role, index) \
	{ name, role, index, TSMMR_HASH_SHA384, 48, TSMMR_REG_RUNTIME, 0, TSMMR_REG_EXTENSIBLE }
#define CONFIG(name, role) \
	{ name, role, NO_INDEX, TSMMR_HASH_NONE, 48, TSMMR_REG_CONFIG, 0, 0 }

/*
 * Numbers are the firmware log's: MRTD is 0, RTMR0 is 1.  (UEFI 2.10 §38.4.1, table of
 * TDX)  Names are the kernel's for those it shows.  (drivers/virt/coco/tdx-guest)
 */
static const struct reg_desc tdx_regs[] = {
	[MRTD] = LAUNCH("mrtd", "initial-vm-state", 0),
	[RTMR0] = RUNTIME("rtmr0", "firmware-config", 1),
	[RTMR1] = RUNTIME("rtmr1", "boot", 2),
	[RTMR2] = RUNTIME("rtmr2", "os-runtime", 3),
	[RTMR3] = RUNTIME("rtmr3", "app-runtime", 4),
	[MRCONFIGID] = CONFIG("mrconfigid", "host-config"),
	[MROWNER] = CONFIG("mrowner", "host-config"),
	[MROWNERCONFIG] = CONFIG("mrownerconfig", "host-config"),
	[MRSEAM] = LAUNCH("mrseam", "tcb", NO_INDEX),
	[SERVTD_HASH] = CONFIG("servtd_hash", NULL),
};

const struct platform platform_tdx = {
	.id = TSMMR_PLATFORM_TDX,
	.name = "tdx",
	.space = TSMMR_SPACE_CC_MR,
	.n_index = 5,
	.regs = tdx_regs,
	.n_regs = ARRAY_SIZE(tdx_regs),
};

#define NOWHERE UINT16_MAX

/*
 * Where each field is.  TDREPORT_STRUCT: Intel TDX Module ABI specification, "Measurement
 * and Attestation Types".  TD quote bodies: Intel TDX DCAP Quoting Library API, appendix
 * A.3.2; that of TDX 1.0 ends before tee_tcb_svn2.  Claims are named as in Intel's
 * sgx_quote_4.h and sgx_quote_5.h.
 */
static const struct field {
	const char *claim;	/* NULL: a register and nothing else */
	enum tdx_reg reg;
	uint16_t in_report;
	uint16_t in_body;
	uint16_t size;
} fields[] = {
	/* claim		register	TDREPORT	body	size */
	{ "mr_td",		MRTD,		528,		136,	48 },
	{ NULL,			RTMR0,		720,		328,	48 },
	{ NULL,			RTMR1,		768,		376,	48 },
	{ NULL,			RTMR2,		816,		424,	48 },
	{ NULL,			RTMR3,		864,		472,	48 },
	{ "mr_config_id",	MRCONFIGID,	576,		184,	48 },
	{ "mr_owner",		MROWNER,	624,		232,	48 },
	{ "mr_owner_config",	MROWNERCONFIG,	672,		280,	48 },
	{ "mr_seam",		MRSEAM,		280,		16,	48 },
	{ "mr_servicetd",	SERVTD_HASH,	912,		600,	48 },
	{ "report_data",	NO_REG,		128,		520,	64 },
	{ "td_attributes",	NO_REG,		512,		120,	8 },
	{ "xfam",		NO_REG,		520,		128,	8 },
	{ "tee_tcb_svn",	NO_REG,		264,		0,	16 },
	{ "tee_tcb_svn2",	NO_REG,		384,		584,	16 },
	{ "mrsigner_seam",	NO_REG,		328,		64,	48 },
	{ "seam_attributes",	NO_REG,		376,		112,	8 },
	{ "cpu_svn",		NO_REG,		16,		NOWHERE, 16 },
};

enum {
	REPORT_SIZE = 1024,
	REPORT_TYPE_TDX = 0x81,
	QUOTE_HEADER_SIZE = 48,
	BODY_TD10_SIZE = 584,
	BODY_TD15_SIZE = 648,
	TEE_SGX = 0x00,
	TEE_TDX = 0x81,
	KEY_P256 = 2,
	KEY_P384 = 3,
	CERT_QE_REPORT = 6,
	ATTRIBUTE_DEBUG = 1,	/* bit 0 of the first byte: the host may debug the guest */
};

static void reg_add(struct tsmmr_regs *regs, const struct field *f, struct span value)
{
	const struct reg_desc *desc = &tdx_regs[f->reg];
	struct tsmmr_reg *reg = &regs->regs[regs->n++];

	reg->platform = &platform_tdx;
	reg->desc = desc;
	reg->alg = desc->alg;
	reg->size = desc->size;
	reg->trust = TSMMR_TRUST_DECODED;
	reg->flags = desc->flags | TSMMR_REG_READABLE;
	reg->has_value = true;
	memcpy(reg->value, value.p, desc->size);
}

static void fields_add(struct tsmmr_regs *regs, struct span area, bool in_report)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct field *f = &fields[i];
		size_t at = in_report ? f->in_report : f->in_body;
		struct span value;

		if (at > area.n || f->size > area.n - at)
			continue;
		value = span_of(area.p + at, f->size);
		if (f->reg != NO_REG)
			reg_add(regs, f, value);
		if (f->claim)
			regs_claim_add(regs, f->claim, value);
	}
}

/* area is where the fields are, within whole. */
static int regs_of(struct span whole, struct span area, bool in_report, const char *kind,
		   const char *const *not_checked, struct tsmmr_regs **ret,
		   struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	struct evidence_info *info;

	if (regs_new(ARRAY_SIZE(tdx_regs), &regs) < 0 || regs_take_bytes(regs, whole) < 0)
		return fail_nomem(err);
	regs->n = 0;
	fields_add(regs, span_of(regs->bytes + (area.p - whole.p), area.n), in_report);

	info = &regs->evidence;
	info->kind = kind;
	info->trust = TSMMR_TRUST_DECODED;
	info->not_checked = not_checked;
	info->report_data = regs_claim_find(regs, "report_data")->value;
	info->debug = regs_claim_find(regs, "td_attributes")->value.p[0] & ATTRIBUTE_DEBUG;
	regs->source = kind;

	*ret = take_ptr(regs);
	return 0;
}

static bool all_zero(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i])
			return false;
	return true;
}

static int note_trailing(struct tsmmr_regs *regs, size_t at, size_t n, struct tsmmr_error *err)
{
	int r = findings_add(&regs->findings, F_EVIDENCE_TRAILING, TSMMR_NONE, TSMMR_NONE, at,
			     "%zu bytes follow the %s", n, regs->evidence.kind);

	return r < 0 ? fail_nomem(err) : 0;
}

/*
 * A TDREPORT hashes its two other parts into the part that the MAC covers.  (Intel TDX
 * Module ABI specification, REPORTMACSTRUCT)
 */
static int check_self_hashes(struct span s, struct tsmmr_error *err)
{
	static const struct {
		const char *name;
		uint16_t at;	/* of the hash */
		uint16_t from, n;
	} parts[] = {
		{ "TEE_TCB_INFO", 32, 256, 239 },
		{ "TDINFO", 80, 512, 512 },
	};
	_cleanup_(hasher_done) struct hasher h = { 0 };
	const struct hash_alg *alg = hash_by_id(TSMMR_HASH_SHA384);
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	int r = hasher_init(&h, alg);

	if (r < 0)
		return fail(err, r, "%s is not to be had", alg->name);

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (hash_bytes(&h, s.p + parts[i].from, parts[i].n, digest) < 0)
			return fail_nomem(err);
		if (!hash_equal(digest, s.p + parts[i].at, alg->size))
			return fail_at(err, TSMMR_E_UNTRUSTED, TSMMR_NONE, parts[i].at,
				       "TDREPORT: its hash of %s is wrong", parts[i].name);
	}
	return 0;
}

int tdx_report_decode(struct span s, struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	/* Only the same machine could check the MAC.  (EVERIFYREPORT2) */
	static const char *const not_checked[] = { "mac", "tcb-status", NULL };
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	int r;

	/* REPORTTYPE: type, subtype, version, reserved; then 12 reserved bytes. */
	if (s.n < 4 || s.p[0] != REPORT_TYPE_TDX ||
	    !all_zero(span_of(s.p + 3, s.n < 16 ? s.n - 3 : 13)))
		return fail(err, TSMMR_E_FORMAT, "not a TDREPORT");
	if (s.p[1] != 0 || s.p[2] > 1)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, 1,
			       "TDREPORT of subtype %u, version %u", s.p[1], s.p[2]);
	if (s.n < REPORT_SIZE)
		return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, s.n,
			       "TDREPORT ends after %zu of %d bytes", s.n, REPORT_SIZE);

	r = check_self_hashes(s, err);
	if (r < 0)
		return r;
	r = regs_of(s, span_of(s.p, REPORT_SIZE), true, "tdx-report", not_checked, &regs, err);
	if (r < 0)
		return r;

	/* It has one size and no padding, unlike a quote. */
	if (s.n > REPORT_SIZE) {
		r = note_trailing(regs, REPORT_SIZE, s.n - REPORT_SIZE, err);
		if (r < 0)
			return r;
	}

	*ret = take_ptr(regs);
	return 0;
}

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
static int read_cert_data(struct cursor *c, const char *what, uint16_t *ret_type,
			  struct cursor *ret, struct tsmmr_error *err)
{
	struct cursor at = *c;
	struct span data;
	uint16_t type;
	uint32_t n;

	if (!cur_le16(&at, &type) || !cur_le32(&at, &n) || !cur_take(&at, n, &data))
		return bad(err, c, what);
	if (!cur_empty(&at))
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, cur_offset(&at),
			       "TDX quote: bytes after its %s", what);

	*ret_type = type;
	*ret = inside(c, data);
	*c = at;
	return 0;
}

/* QE report certification data.  (appendix A.3.11) */
static int walk_qe(struct cursor c, struct tsmmr_error *err)
{
	struct cursor chain;
	uint16_t n, type;

	if (!cur_skip(&c, 384))
		return bad(err, &c, "QE report");
	if (!cur_skip(&c, 64))
		return bad(err, &c, "QE report signature");
	if (!cur_le16(&c, &n) || !cur_skip(&c, n))
		return bad(err, &c, "QE authentication data");
	return read_cert_data(&c, "PCK certificates", &type, &chain, err);
}

/*
 * Signature data of an ECDSA P-256 key, to its end: a verifier that comes later must be
 * able to read what we accept.  (appendix A.3.8)
 */
static int walk_signature(struct cursor c, struct tsmmr_error *err)
{
	struct cursor qe;
	uint16_t type;
	int r;

	if (!cur_skip(&c, 64))
		return bad(err, &c, "signature");
	if (!cur_skip(&c, 64))
		return bad(err, &c, "attestation key");
	r = read_cert_data(&c, "certification data", &type, &qe, err);
	if (r < 0)
		return r;
	if (type != CERT_QE_REPORT)
		return fail(err, TSMMR_E_UNSUPPORTED, "TDX quote: certification data of type %u",
			    type);
	return walk_qe(qe, err);
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
static int read_body(struct cursor *c, uint16_t version, struct span *ret,
		     struct tsmmr_error *err)
{
	static const struct {
		const char *refused;	/* NULL: this one we read */
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

int tdx_quote_decode(struct span s, struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	static const char *const not_checked[] = { "signature", "certificate-chain",
						   "tcb-status", "revocation", NULL };
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	struct cursor c = cur_span(s);
	struct span body, signature;
	uint16_t version = 0;
	uint32_t n;
	int r;

	r = read_header(&c, &version, err);
	if (r < 0)
		return r;
	r = read_body(&c, version, &body, err);
	if (r < 0)
		return r;
	if (!cur_le32(&c, &n) || !cur_take(&c, n, &signature))
		return cut(err, &c, "signature data");
	r = walk_signature(inside(&c, signature), err);
	if (r < 0)
		return r;

	r = regs_of(s, body, false, version == 4 ? "tdx-quote-v4" : "tdx-quote-v5", not_checked,
		    &regs, err);
	if (r < 0)
		return r;

	/* Quoting services hand out a whole buffer: zeros behind the quote are usual. */
	if (!all_zero(cur_rest(&c))) {
		r = note_trailing(regs, cur_offset(&c), cur_left(&c), err);
		if (r < 0)
			return r;
	}

	*ret = take_ptr(regs);
	return 0;
}
