/* SPDX-License-Identifier: BSD-2-Clause */
/* AMD SEV-SNP: registers. */
#include "platform/snp.h"

#include "platform/platforms.h"
#include "util/cleanup.h"

#define CONFIG(name, role, alg, size)                                    \
	{                                                                \
		name, role, NO_INDEX, alg, size, TSMMR_KIND_CONFIG, 0, 0 \
	}

/*
 * There is no register that a guest can extend: what runs is measured into a vTPM.
 * (AMD SEV-SNP ABI specification 56860, table "ATTESTATION_REPORT structure")
 */
static const struct reg_desc snp_regs[SNP_REGS] = {
	[SNP_MEASUREMENT] = { "measurement", "initial-vm-state", 0, TSMMR_HASH_SHA384, 48,
			      TSMMR_KIND_LAUNCH, 0, 0 },
	[SNP_HOST_DATA] = CONFIG("host_data", "host-config", TSMMR_HASH_NONE, 32),
	[SNP_ID_KEY_DIGEST] = CONFIG("id_key_digest", "image-signer", TSMMR_HASH_SHA384, 48),
	[SNP_AUTHOR_KEY_DIGEST] =
		CONFIG("author_key_digest", "image-signer", TSMMR_HASH_SHA384, 48),
	[SNP_REPORT_DATA] = CONFIG("report_data", "freshness", TSMMR_HASH_NONE, 64),
};

const struct platform platform_snp = {
	.id = TSMMR_PLATFORM_SNP,
	.name = "snp",
	.regs = snp_regs,
	.n_regs = ARRAY_SIZE(snp_regs),
	.space = TSMMR_SPACE_CC_MR,
	.n_index = 1,
	.cel_space = TSMMR_SPACE_RTMR,
	.reports = "sev_guest",
	.launch = TSMMR_FORMAT_SNP_LAUNCH,
};
