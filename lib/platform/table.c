/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of platforms, and of the evidence they sign.  A new platform is a row here. */
#include "platform/evidence.h"
#include "platform/platforms.h"

#include "util/cleanup.h"

const struct platform *const platforms[] = {
	&platform_tdx, &platform_cca, &platform_tpm, &platform_nitro, &platform_snp,
};
const size_t n_platforms = ARRAY_SIZE(platforms);

/* Each must know its own from the first bytes: the first that takes them decides. */
const struct evidence_kind *const evidence_kinds[] = {
	&tdx_report_kind, &tdx_quote_kind, &cca_token_kind, &nitro_kind,
	&snp_report_kind, &hcl_kind,       &tpm_quote_kind,
};
const size_t n_evidence_kinds = ARRAY_SIZE(evidence_kinds);
