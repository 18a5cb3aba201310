/* SPDX-License-Identifier: BSD-2-Clause */
/* AMD SEV-SNP: registers, attestation report. */
#include "platform/snp.h"

#include "util/cleanup.h"
#include "util/error.h"

enum snp_reg { MEASUREMENT, HOST_DATA, ID_KEY_DIGEST, AUTHOR_KEY_DIGEST, REPORT_DATA };

#define CONFIG(name, role, alg, size)                                   \
	{                                                               \
		name, role, NO_INDEX, alg, size, TSMMR_REG_CONFIG, 0, 0 \
	}

/*
 * There is no register that a guest can extend: what runs is measured into a vTPM.
 * (AMD SEV-SNP ABI specification 56860, table "ATTESTATION_REPORT structure")
 */
static const struct reg_desc snp_regs[] = {
	[MEASUREMENT] = { "measurement", "initial-vm-state", 0, TSMMR_HASH_SHA384, 48,
			  TSMMR_REG_LAUNCH, 0, 0 },
	[HOST_DATA] = CONFIG("host_data", "host-config", TSMMR_HASH_NONE, 32),
	[ID_KEY_DIGEST] = CONFIG("id_key_digest", "image-signer", TSMMR_HASH_SHA384, 48),
	[AUTHOR_KEY_DIGEST] = CONFIG("author_key_digest", "image-signer", TSMMR_HASH_SHA384, 48),
	[REPORT_DATA] = CONFIG("report_data", "freshness", TSMMR_HASH_NONE, 64),
};

const struct platform platform_snp = {
	.id = TSMMR_PLATFORM_SNP,
	.name = "snp",
	.space = TSMMR_SPACE_CC_MR,
	.n_index = 1,
	.regs = snp_regs,
	.n_regs = ARRAY_SIZE(snp_regs),
};

static const uint16_t in_report[] = {
	[MEASUREMENT] = 0x090,       [HOST_DATA] = 0x0c0,   [ID_KEY_DIGEST] = 0x0e0,
	[AUTHOR_KEY_DIGEST] = 0x110, [REPORT_DATA] = 0x050,
};

/* Offsets and names: the same table.  Fields of later versions were reserved before. */
/* clang-format off */
static const struct field {
	const char *claim;
	uint16_t at;
	uint8_t size;
	uint8_t since;		/* version of the report */
} fields[] = {
	{ "version",		0x000,	4,	2 },
	{ "guest_svn",		0x004,	4,	2 },
	{ "policy",		0x008,	8,	2 },
	{ "family_id",		0x010,	16,	2 },
	{ "image_id",		0x020,	16,	2 },
	{ "vmpl",		0x030,	4,	2 },
	{ "signature_algo",	0x034,	4,	2 },
	{ "current_tcb",	0x038,	8,	2 },
	{ "platform_info",	0x040,	8,	2 },
	{ "signing_key",	0x048,	4,	2 },
	{ "report_data",	0x050,	64,	2 },
	{ "report_id",		0x140,	32,	2 },
	{ "report_id_ma",	0x160,	32,	2 },
	{ "reported_tcb",	0x180,	8,	2 },
	{ "cpuid_fam_id",	0x188,	1,	3 },
	{ "cpuid_mod_id",	0x189,	1,	3 },
	{ "cpuid_step",		0x18a,	1,	3 },
	{ "chip_id",		0x1a0,	64,	2 },
	{ "committed_tcb",	0x1e0,	8,	2 },
	{ "current_build",	0x1e8,	1,	2 },
	{ "current_minor",	0x1e9,	1,	2 },
	{ "current_major",	0x1ea,	1,	2 },
	{ "committed_build",	0x1ec,	1,	2 },
	{ "committed_minor",	0x1ed,	1,	2 },
	{ "committed_major",	0x1ee,	1,	2 },
	{ "launch_tcb",		0x1f0,	8,	2 },
	{ "launch_mit_vector",	0x1f8,	8,	5 },
	{ "current_mit_vector",	0x200,	8,	5 },
};
/* clang-format on */

enum {
	VERSION_MIN = 2,
	VERSION_MAX = 5,
	VERSION_SEEMS = 15, /* up to here a report of a later version is told apart */
	ECDSA_P384_SHA384 = 1,
	VMPL_MAX = 3,
	VMPL_HOST = -1,            /* asked for by the host */
	POLICY_RESERVED = 1 << 17, /* always set */
	POLICY_DEBUG = 1 << 19,
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
	for (size_t i = 0; i < ARRAY_SIZE(snp_regs); i++)
		regs_value_add(regs, &platform_snp, &snp_regs[i], snp_regs[i].alg,
			       span_of(regs->bytes + in_report[i], snp_regs[i].size));
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (version >= fields[i].since)
			regs_claim_add(regs, fields[i].claim,
				       span_of(regs->bytes + fields[i].at, fields[i].size));
}

int snp_report_decode(struct span s, struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	struct evidence_info *info;
	uint32_t version;

	if (!is_report(s))
		return fail(err, TSMMR_E_FORMAT, "not an SNP report");
	version = get_le32(s.p);
	if (version > VERSION_MAX)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, 0, "SNP report v%u", version);
	if (s.n < SNP_REPORT_SIZE)
		return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, s.n,
			       "SNP report ends after %zu of %d bytes", s.n, SNP_REPORT_SIZE);
	if (get_le32(s.p + 0x34) != ECDSA_P384_SHA384)
		return fail_at(err, TSMMR_E_UNTRUSTED, TSMMR_NONE, 0x34,
			       "SNP report: nobody signed it");

	if (regs_new(ARRAY_SIZE(snp_regs), &regs) < 0 ||
	    regs_take_bytes(regs, span_of(s.p, SNP_REPORT_SIZE)) < 0)
		return fail_nomem(err);
	regs->n = 0;
	regs->n_evidence = 1;
	fields_add(regs, version);

	info = &regs->evidence[0];
	info->kind = regs->source = kind_of(version);
	info->trust = TSMMR_TRUST_DECODED;
	info->debug = get_le32(s.p + 8) & POLICY_DEBUG;
	info->report_data = info->nonce = regs_claim_find(regs, "report_data")->value;
	evidence_not_checked(info, "signature");
	evidence_not_checked(info, "certificate-chain");
	evidence_not_checked(info, "tcb-status");
	evidence_not_checked(info, "revocation");

	*ret = take_ptr(regs);
	return 0;
}

int snp_check_level(const struct tsmmr_regs *regs, const char *who, struct tsmmr_error *err)
{
	uint32_t vmpl = get_le32(regs_claim_find(regs, "vmpl")->value.p);

	if (!vmpl)
		return 0;
	return fail(err, TSMMR_E_UNTRUSTED, "SNP report: not of %s, which is VMPL 0, but of %u",
		    who, vmpl);
}

/* A whole file: zeros behind it come with some drivers' buffers, certificates with some tools. */
static int decode(struct evidence_set *set, struct span s, struct tsmmr_regs **ret,
		  struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	struct span rest;
	int r = snp_report_decode(s, &regs, err);

	(void)set;
	if (r < 0)
		return r;

	rest = span_of(s.p + SNP_REPORT_SIZE, s.n - SNP_REPORT_SIZE);
	if (!span_zero(rest) && !snp_is_cert_table(rest) &&
	    findings_add(&regs->findings, F_EVIDENCE_TRAILING, TSMMR_NONE, TSMMR_NONE,
			 SNP_REPORT_SIZE, "%zu bytes follow the %s", rest.n,
			 regs->evidence[0].kind) < 0)
		return fail_nomem(err);

	*ret = take_ptr(regs);
	return 0;
}

static int authenticate(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	struct span s = piece->bytes;

	return snp_report_authenticate(set, span_of(s.p, SNP_REPORT_SIZE),
				       span_of(s.p + SNP_REPORT_SIZE, s.n - SNP_REPORT_SIZE),
				       piece->regs, err);
}

static int part(struct span s)
{
	return snp_is_cert_table(s) ? TSMMR_PART_CERTS : TSMMR_PART_AUTO;
}

const struct evidence_kind snp_report_kind = { part, decode, authenticate, svsm_bind };
