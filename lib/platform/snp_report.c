/* SPDX-License-Identifier: BSD-2-Clause */
/* AMD SEV-SNP's attestation report: what it says. */
#include "platform/snp.h"

#include "platform/platforms.h"
#include "util/cleanup.h"
#include "util/error.h"

static const uint16_t in_report[SNP_REGS] = {
	[SNP_MEASUREMENT] = 0x090,       [SNP_HOST_DATA] = 0x0c0,   [SNP_ID_KEY_DIGEST] = 0x0e0,
	[SNP_AUTHOR_KEY_DIGEST] = 0x110, [SNP_REPORT_DATA] = 0x050,
};

/* Offsets and names: the same table.  Fields of later versions were reserved before. */
/* clang-format off */
static const struct {
	const char *claim;
	uint16_t at;
	uint8_t size;
	uint8_t since;		/* version of the report */
	enum claim_type type;	/* TCB versions are vectors, a byte for each component */
} fields[] = {
	{ "version",		0x000,	4,	2,	CLAIM_U64_LE },
	{ "guest_svn",		0x004,	4,	2,	CLAIM_U64_LE },
	{ "policy",		0x008,	8,	2,	CLAIM_U64_LE },
	{ "family_id",		0x010,	16,	2,	CLAIM_BYTES },
	{ "image_id",		0x020,	16,	2,	CLAIM_BYTES },
	{ "vmpl",		0x030,	4,	2,	CLAIM_U64_LE },
	{ "signature_algo",	0x034,	4,	2,	CLAIM_U64_LE },
	{ "current_tcb",	0x038,	8,	2,	CLAIM_BYTES },
	{ "platform_info",	0x040,	8,	2,	CLAIM_U64_LE },
	{ "signing_key",	0x048,	4,	2,	CLAIM_U64_LE },
	{ "report_data",	0x050,	64,	2,	CLAIM_BYTES },
	{ "report_id",		0x140,	32,	2,	CLAIM_BYTES },
	{ "report_id_ma",	0x160,	32,	2,	CLAIM_BYTES },
	{ "reported_tcb",	0x180,	8,	2,	CLAIM_BYTES },
	{ "cpuid_fam_id",	0x188,	1,	3,	CLAIM_U64_LE },
	{ "cpuid_mod_id",	0x189,	1,	3,	CLAIM_U64_LE },
	{ "cpuid_step",		0x18a,	1,	3,	CLAIM_U64_LE },
	{ "chip_id",		0x1a0,	64,	2,	CLAIM_BYTES },
	{ "committed_tcb",	0x1e0,	8,	2,	CLAIM_BYTES },
	{ "current_build",	0x1e8,	1,	2,	CLAIM_U64_LE },
	{ "current_minor",	0x1e9,	1,	2,	CLAIM_U64_LE },
	{ "current_major",	0x1ea,	1,	2,	CLAIM_U64_LE },
	{ "committed_build",	0x1ec,	1,	2,	CLAIM_U64_LE },
	{ "committed_minor",	0x1ed,	1,	2,	CLAIM_U64_LE },
	{ "committed_major",	0x1ee,	1,	2,	CLAIM_U64_LE },
	{ "launch_tcb",		0x1f0,	8,	2,	CLAIM_BYTES },
	{ "launch_mit_vector",	0x1f8,	8,	5,	CLAIM_U64_LE },
	{ "current_mit_vector",	0x200,	8,	5,	CLAIM_U64_LE },
};
/* clang-format on */

/*
 * What these fields pack.  (SEV-SNP ABI specification 1.58: tables "Guest Policy",
 * "PLATFORM_INFO"; ATTESTATION_REPORT at 48h)
 */
/* clang-format off */
static const struct claim_part policy_parts[] = {
	{ "policy_abi_minor",			0,  8 },
	{ "policy_abi_major",			8,  8 },
	{ "policy_smt",				16, 1 },
	{ "policy_migrate_ma",			18, 1 },
	{ "policy_debug",			19, 1 },
	{ "policy_single_socket",		20, 1 },
	{ "policy_cxl_allow",			21, 1 },
	{ "policy_mem_aes_256_xts",		22, 1 },
	{ "policy_rapl_dis",			23, 1 },
	{ "policy_ciphertext_hiding_dram",	24, 1 },
	{ "policy_page_swap_disable",		25, 1 },
};
static const struct claim_part platform_parts[] = {
	{ "platform_smt_en",			0, 1 },
	{ "platform_tsme_en",			1, 1 },
	{ "platform_ecc_en",			2, 1 },
	{ "platform_rapl_dis",			3, 1 },
	{ "platform_ciphertext_hiding_dram_en",	4, 1 },
	{ "platform_alias_check_complete",	5, 1 },
	{ "platform_tio_en",			7, 1 },
};
static const struct claim_part signer_parts[] = {
	{ "signer_author_key_en",		0, 1 },
	{ "signer_mask_chip_key",		1, 1 },
	{ "signer_signing_key",			2, 3 },	/* 0 VCEK, 1 VLEK, 7 none */
};

/*
 * TCB_VERSION, byte by byte, which products lay out in two ways; an empty name is reserved.
 * (SEV-SNP ABI specification 1.58, "TCB_VERSION", for Milan and Genoa, and for Turin)
 */
enum { TCB_BOOTLOADER, TCB_TEE, TCB_SNP, TCB_MICROCODE, TCB_FMC, TCB_PARTS };
#define TCB(name)                                                                        \
	{                                                                                \
		[TCB_BOOTLOADER] = name "_bootloader", [TCB_TEE] = name "_tee",          \
		[TCB_SNP] = name "_snp", [TCB_MICROCODE] = name "_microcode",            \
		[TCB_FMC] = name "_fmc"                                                  \
	}
static const struct {
	uint16_t at;
	const char *names[TCB_PARTS];
} tcbs[] = {
	{ 0x038, TCB("current_tcb") },
	{ 0x180, TCB("reported_tcb") },
	{ 0x1e0, TCB("committed_tcb") },
	{ 0x1f0, TCB("launch_tcb") },
};
static const int8_t tcb_at[2][TCB_PARTS] = {
	/* bootloader, TEE, SNP, microcode, FMC (-1: has none) */
	{ 0, 1, 6, 7, -1 },
	{ 1, 2, 3, 7, 0 },	/* Turin */
};
/* clang-format on */

enum {
	VERSION_MIN = 2,
	VERSION_MAX = 5,
	VERSION_SEEMS = 15, /* up to here a later version is recognized as a report */
	ECDSA_P384_SHA384 = 1,
	VMPL_MAX = 3,
	VMPL_HOST = -1,            /* asked for by the host */
	POLICY_RESERVED = 1 << 17, /* always set */
	POLICY_DEBUG = 1 << 19,
	AT_SIGNATURE = 0x2a0,
	SIGNATURE_SIZE = 2 * 72, /* R and S, little-endian */
	AT_RESERVED = AT_SIGNATURE + SIGNATURE_SIZE,
	FAMILY_TURIN = 0x1a,
};

/* There is no magic number, but what must be so in the first 0x38 bytes is enough. */
static bool is_report(struct span s)
{
	uint32_t version, vmpl;

	if (s.n < 0x38)
		return false;
	version = get_le32(s.p);
	vmpl = get_le32(s.p + 0x30);
	return version >= VERSION_MIN && version <= VERSION_SEEMS &&
	       (vmpl <= VMPL_MAX || vmpl == (uint32_t)VMPL_HOST) &&
	       get_le32(s.p + 0x34) <= ECDSA_P384_SHA384 && get_le32(s.p + 8) & POLICY_RESERVED;
}

static const char *kind_of(uint32_t version)
{
	static const char *const kinds[] = { "snp-report-v2", "snp-report-v3", "snp-report-v4",
					     "snp-report-v5" };

	return kinds[version - VERSION_MIN];
}

static void fields_add(struct tsmmr_regs *regs, uint32_t version)
{
	for (size_t i = 0; i < SNP_REGS; i++) {
		const struct reg_desc *desc = &platform_snp.regs[i];

		regs_value_add(regs, &platform_snp, desc, desc->alg,
			       span_of(regs->bytes + in_report[i], desc->size));
	}
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (version >= fields[i].since)
			regs_claim_add(regs, fields[i].claim, fields[i].type,
				       span_of(regs->bytes + fields[i].at, fields[i].size));
}

static void parts_add(struct tsmmr_regs *regs, bool is_turin)
{
	regs_claim_parts(regs, policy_parts, ARRAY_SIZE(policy_parts), CLAIM_U64_LE,
			 span_of(regs->bytes + 0x008, 8));
	regs_claim_parts(regs, platform_parts, ARRAY_SIZE(platform_parts), CLAIM_U64_LE,
			 span_of(regs->bytes + 0x040, 8));
	regs_claim_parts(regs, signer_parts, ARRAY_SIZE(signer_parts), CLAIM_U64_LE,
			 span_of(regs->bytes + 0x048, 4));
	for (size_t i = 0; i < ARRAY_SIZE(tcbs); i++)
		for (size_t k = 0; k < TCB_PARTS; k++) {
			int at = tcb_at[is_turin][k];

			if (at >= 0)
				regs_claim_add(regs, tcbs[i].names[k], CLAIM_U64_LE,
					       span_of(regs->bytes + tcbs[i].at + at, 1));
		}
}

static void read_report(struct span s, struct snp_report *ret)
{
	*ret = (struct snp_report){
		.signed_bytes = span_of(s.p, AT_SIGNATURE),
		.signature = span_of(s.p + AT_SIGNATURE, SIGNATURE_SIZE),
		.reported_tcb = span_of(s.p + 0x180, 8),
		.chip_id = span_of(s.p + 0x1a0, 64),
		.vmpl = get_le32(s.p + 0x30),
		.signer = s.p[0x48] >> 2 & 7,
		.is_turin = get_le32(s.p) >= 3 && s.p[0x188] >= FAMILY_TURIN,
		.has_reserved =
			!span_zero(span_of(s.p + AT_RESERVED, SNP_REPORT_SIZE - AT_RESERVED)),
		.rest = span_tail(s, SNP_REPORT_SIZE),
	};
}

/* What is no reason to refuse it, and nothing to keep quiet about. */
static int note(const struct snp_report *report, struct tsmmr_regs *regs, struct tsmmr_error *err)
{
	int r = 0;

	if (report->has_reserved)
		r = findings_add(&regs->findings, F_EVIDENCE_RESERVED, TSMMR_NONE, TSMMR_NONE,
				 AT_RESERVED, "bytes after the signature of the %s are not zero",
				 regs->evidence[0].kind);
	if (r == 0 && report->vmpl)
		r = findings_add(&regs->findings, F_EVIDENCE_VMPL, TSMMR_NONE, TSMMR_NONE, 0x30,
				 report->vmpl == (uint32_t)VMPL_HOST ? "%s: asked for by the host" :
								       "%s: asked for at VMPL %u",
				 regs->evidence[0].kind, report->vmpl);
	return r < 0 ? fail_nomem(err) : 0;
}

int snp_report_decode(struct span s, struct snp_report *report, struct tsmmr_regs **ret,
		      struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	struct evidence_info *info;
	uint32_t version;
	int r;

	if (!is_report(s))
		return fail(err, TSMMR_E_FORMAT, "not an SNP report");
	version = get_le32(s.p);
	if (version > VERSION_MAX)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, 0, "SNP report v%u", version);
	if (s.n < SNP_REPORT_SIZE)
		return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, s.n,
			       "SNP report ends after %zu of %d bytes", s.n, SNP_REPORT_SIZE);
	if (get_le32(s.p + 0x34) != ECDSA_P384_SHA384)
		return fail_detail_at(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_SIGNATURE, 0x34,
				      "SNP report: nobody signed it");

	if (regs_new(SNP_REGS, &regs) < 0 ||
	    regs_take_bytes(regs, span_of(s.p, SNP_REPORT_SIZE)) < 0)
		return fail_nomem(err);
	regs->n = 0;
	regs->n_evidence = 1;
	fields_add(regs, version);

	info = &regs->evidence[0];
	info->kind = regs->source = kind_of(version);
	info->trust = TSMMR_TRUST_UNSIGNED;
	info->tells_debug = true;
	info->debug = get_le32(s.p + 8) & POLICY_DEBUG;
	info->report_data = info->nonce = span_of(regs->bytes + in_report[SNP_REPORT_DATA], 64);
	evidence_not_checked(info, "signature");
	evidence_not_checked(info, "certificate-chain");
	evidence_not_checked(info, "tcb-status");
	evidence_not_checked(info, "revocation");

	read_report(s, report);
	parts_add(regs, report->is_turin);
	r = note(report, regs, err);
	if (r < 0)
		return r;
	*ret = take_ptr(regs);
	return 0;
}

int snp_check_level(const struct snp_report *report, const char *who, struct tsmmr_error *err)
{
	if (!report->vmpl)
		return 0;
	return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING,
			   "SNP report: not of %s, which is VMPL 0, but of %u", who, report->vmpl);
}
