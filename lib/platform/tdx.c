/* SPDX-License-Identifier: BSD-2-Clause */
/* Intel TDX: registers, and TDREPORT. */
#include "platform/tdx.h"

#include "crypto/hash.h"
#include "platform/evidence.h"
#include "platform/platforms.h"
#include "util/cleanup.h"
#include "util/error.h"

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

#define LAUNCH(name, role, index)                                                 \
	{                                                                         \
		name, role, index, TSMMR_HASH_SHA384, 48, TSMMR_KIND_LAUNCH, 0, 0 \
	}
#define RUNTIME(name, role, index)                                               \
	{                                                                        \
		name, role, index, TSMMR_HASH_SHA384, 48, TSMMR_KIND_RUNTIME, 0, \
			TSMMR_REG_EXTENSIBLE                                     \
	}
#define CONFIG(name, role)                                                         \
	{                                                                          \
		name, role, NO_INDEX, TSMMR_HASH_NONE, 48, TSMMR_KIND_CONFIG, 0, 0 \
	}

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
	.regs = tdx_regs,
	.n_regs = ARRAY_SIZE(tdx_regs),
	.space = TSMMR_SPACE_CC_MR,
	.n_index = 5,
	.cel_space = TSMMR_SPACE_RTMR,
	/* The kernel's driver; and what sys/tree.c calls the configfs tree only TDX had. */
	.providers = { "tdx_guest", "tdx", "rtmrs" },
	.reports = "tdx_guest",
	.firmware_log = TSMMR_LOG_CCEL,
	.systemd_log = "cc-measure.log",
	.launch = TSMMR_FORMAT_TDX_LAUNCH,
};

#define NOWHERE UINT16_MAX

/*
 * Where each field is.  TDREPORT_STRUCT: Intel TDX Module ABI specification, "Measurement
 * and Attestation Types".  TD quote bodies: Intel TDX DCAP Quoting Library API, appendix
 * A.3.2; that of TDX 1.0 ends before tee_tcb_svn2.  Claims are named as in Intel's
 * sgx_quote_4.h and sgx_quote_5.h.
 */
/* clang-format off */
static const struct tdx_field {
	const char *claim;	/* NULL: a register and nothing else */
	enum tdx_reg reg;
	uint16_t in_report;
	uint16_t in_body;
	uint16_t size;
	enum claim_type type;	/* versions are vectors, a byte for each component */
} fields[] = {
	/* claim		register	TDREPORT	body	size	claim is */
	{ "mr_td",		MRTD,		528,		136,	48,	CLAIM_BYTES },
	{ NULL,			RTMR0,		720,		328,	48,	CLAIM_BYTES },
	{ NULL,			RTMR1,		768,		376,	48,	CLAIM_BYTES },
	{ NULL,			RTMR2,		816,		424,	48,	CLAIM_BYTES },
	{ NULL,			RTMR3,		864,		472,	48,	CLAIM_BYTES },
	{ "mr_config_id",	MRCONFIGID,	576,		184,	48,	CLAIM_BYTES },
	{ "mr_owner",		MROWNER,	624,		232,	48,	CLAIM_BYTES },
	{ "mr_owner_config",	MROWNERCONFIG,	672,		280,	48,	CLAIM_BYTES },
	{ "mr_seam",		MRSEAM,		280,		16,	48,	CLAIM_BYTES },
	{ "mr_servicetd",	SERVTD_HASH,	912,		600,	48,	CLAIM_BYTES },
	{ "report_data",	NO_REG,		128,		520,	64,	CLAIM_BYTES },
	{ "td_attributes",	NO_REG,		512,		120,	8,	CLAIM_U64_LE },
	{ "xfam",		NO_REG,		520,		128,	8,	CLAIM_U64_LE },
	{ "tee_tcb_svn",	NO_REG,		264,		0,	16,	CLAIM_BYTES },
	{ "tee_tcb_svn2",	NO_REG,		384,		584,	16,	CLAIM_BYTES },
	{ "mrsigner_seam",	NO_REG,		328,		64,	48,	CLAIM_BYTES },
	{ "seam_attributes",	NO_REG,		376,		112,	8,	CLAIM_U64_LE },
	{ "cpu_svn",		NO_REG,		16,		NOWHERE,16,	CLAIM_BYTES },
};
/* clang-format on */

/*
 * What ATTRIBUTES packs (Intel TDX Module ABI specification, "ATTRIBUTES"), and the bytes of
 * TEE_TCB_SVN that say something.  (Intel PCS API, TDX TCB info, tdxtcbcomponents)
 */
/* clang-format off */
static const struct claim_part attributes[] = {
	{ "td_attributes_debug",		0,  1 },
	{ "td_attributes_hgs_plus_prof",	4,  1 },
	{ "td_attributes_perf_prof",		5,  1 },
	{ "td_attributes_pmt_prof",		6,  1 },
	{ "td_attributes_icssd",		16, 1 },
	{ "td_attributes_lass",			27, 1 },
	{ "td_attributes_sept_ve_disable",	28, 1 },
	{ "td_attributes_migratable",		29, 1 },
	{ "td_attributes_pks",			30, 1 },
	{ "td_attributes_kl",			31, 1 },
	{ "td_attributes_tpa",			62, 1 },
	{ "td_attributes_perfmon",		63, 1 },
};
static const struct claim_part tcb_svn[] = {
	{ "tee_tcb_svn_module_minor",		0,  8 },
	{ "tee_tcb_svn_module_major",		8,  8 },
	{ "tee_tcb_svn_late_microcode",		16, 8 },
};
static const struct claim_part tcb_svn2[] = {
	{ "tee_tcb_svn2_module_minor",		0,  8 },
	{ "tee_tcb_svn2_module_major",		8,  8 },
	{ "tee_tcb_svn2_late_microcode",	16, 8 },
};
static const struct {
	const char *of;
	const struct claim_part *parts;
	size_t n;
} packed[] = {
	{ "td_attributes",	attributes,	ARRAY_SIZE(attributes) },
	{ "tee_tcb_svn",	tcb_svn,	ARRAY_SIZE(tcb_svn) },
	{ "tee_tcb_svn2",	tcb_svn2,	ARRAY_SIZE(tcb_svn2) },
};
/* clang-format on */

enum {
	REPORT_SIZE = 1024,
	REPORT_TYPE_TDX = 0x81,
};

static void reg_add(struct tsmmr_regs *regs, const struct tdx_field *f, struct span value)
{
	const struct reg_desc *desc = &tdx_regs[f->reg];
	struct tsmmr_reg *reg = &regs->regs[regs->n++];

	reg->platform = &platform_tdx;
	reg->desc = desc;
	reg->alg = desc->alg;
	reg->size = desc->size;
	reg->trust = TSMMR_TRUST_UNSIGNED;
	reg->flags = desc->flags | TSMMR_REG_READABLE;
	reg->has_value = true;
	memcpy(reg->value, value.p, desc->size);
}

static void fields_add(struct tsmmr_regs *regs, struct span area, bool in_report)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct tdx_field *f = &fields[i];
		size_t at = in_report ? f->in_report : f->in_body;
		struct claim *claim;
		struct span value;

		if (at > area.n || f->size > area.n - at)
			continue;
		value = span_of(area.p + at, f->size);
		if (f->reg != NO_REG)
			reg_add(regs, f, value);
		if (!f->claim)
			continue;
		claim = regs_claim_add(regs, f->claim, f->type, value);
		if (claim)
			claim->is_reg = f->reg != NO_REG;
	}
}

static void parts_add(struct tsmmr_regs *regs)
{
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		const struct claim *of = claim_find(&regs->evidence[0], packed[i].of);

		if (of)
			regs_claim_parts(regs, packed[i].parts, packed[i].n, CLAIM_U64_LE,
					 span_head(of->value, 8));
	}
}

/*
 * The first byte of ATTRIBUTES, TUD, is of features that make a guest untrusted: DEBUG, and
 * profiling by the host.  (Intel TDX Module Base Architecture Specification, ATTRIBUTES)
 */
static bool is_debug(const struct evidence_info *info)
{
	return claim_find(info, "td_attributes")->value.p[0];
}

int tdx_regs_of(struct span whole, struct span area, bool in_report, const char *kind,
		struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	struct evidence_info *info;

	if (regs_new(ARRAY_SIZE(tdx_regs), &regs) < 0 || regs_take_bytes(regs, whole) < 0)
		return fail_nomem(err);
	regs->n = 0;
	regs->n_evidence = 1;
	fields_add(regs, span_of(regs->bytes + (area.p - whole.p), area.n), in_report);
	parts_add(regs);

	info = &regs->evidence[0];
	info->kind = kind;
	info->trust = TSMMR_TRUST_UNSIGNED;
	info->report_data = claim_find(info, "report_data")->value;
	info->nonce = info->report_data;
	info->tells_debug = true;
	info->debug = is_debug(info);
	evidence_not_checked(info, "tcb-status");
	regs->source = kind;

	*ret = take_ptr(regs);
	return 0;
}

bool tdx_all_zero(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i])
			return false;
	return true;
}

int tdx_note_trailing(struct tsmmr_regs *regs, size_t at, size_t n, struct tsmmr_error *err)
{
	int r = findings_add(&regs->findings, F_EVIDENCE_TRAILING, TSMMR_NONE, TSMMR_NONE, at,
			     "%zu bytes follow the %s", n, regs->evidence[0].kind);

	return r < 0 ? fail_nomem(err) : 0;
}

/*
 * A TDREPORT hashes its two other parts into the part that the MAC covers.  (Intel TDX
 * Module ABI specification, REPORTMACSTRUCT)
 */
static int check_self_hashes(struct crypto crypto, struct span s, struct tsmmr_error *err)
{
	static const struct {
		const char *name;
		uint16_t at; /* of the hash */
		uint16_t from, n;
	} parts[] = {
		{ "TEE_TCB_INFO", 32, 256, 239 },
		{ "TDINFO", 80, 512, 512 },
	};
	_cleanup_(hasher_done) struct hasher h = { 0 };
	const struct hash_alg *alg = hash_by_id(TSMMR_HASH_SHA384);
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	int r = hasher_init(&h, crypto, alg);

	if (r < 0)
		return fail_low(err, r);

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (hash_bytes(&h, s.p + parts[i].from, parts[i].n, digest) < 0)
			return fail_nomem(err);
		if (!hash_equal(digest, s.p + parts[i].at, alg->size))
			return fail_detail_at(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING,
					      parts[i].at, "TDREPORT: its hash of %s is wrong",
					      parts[i].name);
	}
	return 0;
}

int tdx_report_decode(struct crypto crypto, struct span s, struct tsmmr_regs **ret,
		      struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	int r;

	/* REPORTTYPE: type, subtype, version, reserved; then 12 reserved bytes. */
	if (s.n < 4 || s.p[0] != REPORT_TYPE_TDX ||
	    !tdx_all_zero(span_of(s.p + 3, s.n < 16 ? s.n - 3 : 13)))
		return fail(err, TSMMR_E_FORMAT, "not a TDREPORT");
	if (s.p[1] != 0 || s.p[2] > 1)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, 1,
			       "TDREPORT of subtype %u, version %u", s.p[1], s.p[2]);
	if (s.n < REPORT_SIZE)
		return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, s.n,
			       "TDREPORT ends after %zu of %d bytes", s.n, REPORT_SIZE);

	r = check_self_hashes(crypto, s, err);
	if (r < 0)
		return r;
	r = tdx_regs_of(s, span_of(s.p, REPORT_SIZE), true, "tdx-report", &regs, err);
	if (r < 0)
		return r;
	/* Only the same machine could check it.  (EVERIFYREPORT2) */
	evidence_not_checked(&regs->evidence[0], "mac");

	/* It has one size and no padding, unlike a quote. */
	if (s.n > REPORT_SIZE) {
		r = tdx_note_trailing(regs, REPORT_SIZE, s.n - REPORT_SIZE, err);
		if (r < 0)
			return r;
	}

	*ret = take_ptr(regs);
	return 0;
}

static int decode(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	return tdx_report_decode(set->crypto, piece->bytes, &piece->regs, err);
}

static int authenticate(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	tdx_tcb_ask_report(set, piece);
	return 0;
}

const struct evidence_kind tdx_report_kind = {
	.kinds = SIGNS_TDX,
	.root_hint = "intel-sgx",
	.decode = decode,
	.authenticate = authenticate,
};
