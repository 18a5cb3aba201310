/* SPDX-License-Identifier: BSD-2-Clause */
/* Every kind of envelope: a new one is a file and a row here. */
#include "envelope/envelope.h"

/* A kind that asks for more members stands before one that asks for fewer. */
/* clang-format off */
const struct envelope_kind *const envelope_kinds[] = {
	&qgs_kind,
	&tdx_report_req_kind,
	&tsm_report_kind,
	&vtpm_quote_kind,
	&sev_guest_kind,
	&tdx_quote_buf_kind,
	&tpm2b_attest_kind,
	&cmw_kind,
	&ra_tls_kind,
	&bundle_kind,
	&pcs_answer_kind,
	&kbs_attestation_kind,
	&coco_as_request_kind,
	&coco_other_kind,
	&coco_az_tdx_kind,
	&coco_az_snp_kind,
	&coco_tpm_kind,
	&coco_snp_kind,
	&coco_tdx_kind,
	&dstack_quote_kind,
	&dstack_attestation_kind,
	&dstack_v1_kind,
	&keylime_kind,
	&keylime_push_kind,
	&ita_kind,
	&maa_kind,
	&maa_snp_kind,
	&thim_kind,
	&gotpm_svsm_kind,
	&gotpm_kind,
	&gosev_kind,
	&gotdx_kind,
	&coco_cca_kind,
};
/* clang-format on */
const size_t n_envelope_kinds = ARRAY_SIZE(envelope_kinds);
