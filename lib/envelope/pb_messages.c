/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that evidence is taken apart into.  (google/go-tpm-tools, proto/attest.proto and
 * tpm.proto; google/go-sev-guest, proto/sevsnp.proto; google/go-tdx-guest, proto/tdx.proto)
 */
#include "envelope/pb.h"

#include "util/cleanup.h"

#define ROW(n, i, t, ...)                                            \
	{                                                            \
		.name = (n), .number = (i), .type = (t), __VA_ARGS__ \
	}
#define MESSAGE(m)                 \
	{                          \
		(m), ARRAY_SIZE(m) \
	}

/* clang-format off */
/* SEV-SNP ABI specification 56860, table "ATTESTATION_REPORT Structure" */
static const struct pb_member snp_report[] = {
	ROW("version",		1,	PB_NUMBER,	.at = 0x000,	.size = 4),
	ROW("guest_svn",		2,	PB_NUMBER,	.at = 0x004,	.size = 4),
	ROW("policy",		3,	PB_NUMBER,	.at = 0x008,	.size = 8),
	ROW("family_id",		4,	PB_DATA,	.at = 0x010,	.size = 16),
	ROW("image_id",		5,	PB_DATA,	.at = 0x020,	.size = 16),
	ROW("vmpl",		6,	PB_NUMBER,	.at = 0x030,	.size = 4),
	ROW("signature_algo",	7,	PB_NUMBER,	.at = 0x034,	.size = 4),
	ROW("current_tcb",	8,	PB_NUMBER,	.at = 0x038,	.size = 8),
	ROW("platform_info",	9,	PB_NUMBER,	.at = 0x040,	.size = 8),
	ROW("signer_info",	10,	PB_NUMBER,	.at = 0x048,	.size = 4),
	ROW("report_data",	11,	PB_DATA,	.at = 0x050,	.size = 64),
	ROW("measurement",	12,	PB_DATA,	.at = 0x090,	.size = 48),
	ROW("host_data",		13,	PB_DATA,	.at = 0x0c0,	.size = 32),
	ROW("id_key_digest",	14,	PB_DATA,	.at = 0x0e0,	.size = 48),
	ROW("author_key_digest",	15,	PB_DATA,	.at = 0x110,	.size = 48),
	ROW("report_id",		16,	PB_DATA,	.at = 0x140,	.size = 32),
	ROW("report_id_ma",	17,	PB_DATA,	.at = 0x160,	.size = 32),
	ROW("reported_tcb",	18,	PB_NUMBER,	.at = 0x180,	.size = 8),
	ROW("chip_id",		19,	PB_DATA,	.at = 0x1a0,	.size = 64),
	ROW("committed_tcb",	20,	PB_NUMBER,	.at = 0x1e0,	.size = 8),
	ROW("current_build",	21,	PB_NUMBER,	.at = 0x1e8,	.size = 1),
	ROW("current_minor",	22,	PB_NUMBER,	.at = 0x1e9,	.size = 1),
	ROW("current_major",	23,	PB_NUMBER,	.at = 0x1ea,	.size = 1),
	ROW("committed_build",	24,	PB_NUMBER,	.at = 0x1ec,	.size = 1),
	ROW("committed_minor",	25,	PB_NUMBER,	.at = 0x1ed,	.size = 1),
	ROW("committed_major",	26,	PB_NUMBER,	.at = 0x1ee,	.size = 1),
	ROW("launch_tcb",		27,	PB_NUMBER,	.at = 0x1f0,	.size = 8),
	ROW("signature",		28,	PB_DATA,	.at = 0x2a0,	.size = 512),
	ROW("cpuid1eax_fms",	29,	PB_NUMBER),
	ROW("launch_mit_vector",	30,	PB_NUMBER,	.at = 0x1f8,	.size = 8),
	ROW("current_mit_vector",	31,	PB_NUMBER,	.at = 0x200,	.size = 8),
};
const struct pb_message pb_snp_report = MESSAGE(snp_report);

static const struct pb_member snp_chain[] = {
	ROW("vcek_cert",		1,	PB_DATA),
	ROW("ask_cert",		2,	PB_DATA),
	ROW("ark_cert",		3,	PB_DATA),
	ROW("vlek_cert",		6,	PB_DATA),
};
static const struct pb_message snp_chain_message = MESSAGE(snp_chain);

static const struct pb_member snp_attestation[] = {
	ROW("report",		1,	PB_MESSAGE,	.message = &pb_snp_report),
	ROW("certificate_chain",	2,	PB_MESSAGE,	.message = &snp_chain_message),
};
const struct pb_message pb_snp_attestation = MESSAGE(snp_attestation);

/*
 * Intel TDX DCAP Quoting Library API, appendix 3: header and body of a quote.  In what they call
 * versions of the enclave and of the platform's, go-tdx-guest follows the order of the bytes.
 */
static const struct pb_member tdx_header[] = {
	ROW("version",			1,	PB_NUMBER,	.at = 0,	.size = 2),
	ROW("attestation_key_type",	2,	PB_NUMBER,	.at = 2,	.size = 2),
	ROW("tee_type",			3,	PB_NUMBER,	.at = 4,	.size = 4),
	ROW("qe_svn",			4,	PB_DATA,	.at = 10,	.size = 2),
	ROW("pce_svn",			5,	PB_DATA,	.at = 8,	.size = 2),
	ROW("qe_vendor_id",		6,	PB_DATA,	.at = 12,	.size = 16),
	ROW("user_data",			7,	PB_DATA,	.at = 28,	.size = 20),
};
const struct pb_message pb_tdx_header = MESSAGE(tdx_header);

static const struct pb_member tdx_body[] = {
	ROW("tee_tcb_svn",	1,	PB_DATA,	.at = 0,	.size = 16),
	ROW("mr_seam",		2,	PB_DATA,	.at = 16,	.size = 48),
	ROW("mr_signer_seam",	3,	PB_DATA,	.at = 64,	.size = 48),
	ROW("seam_attributes",	4,	PB_DATA,	.at = 112,	.size = 8),
	ROW("td_attributes",	5,	PB_DATA,	.at = 120,	.size = 8),
	ROW("xfam",		6,	PB_DATA,	.at = 128,	.size = 8),
	ROW("mr_td",		7,	PB_DATA,	.at = 136,	.size = 48),
	ROW("mr_config_id",	8,	PB_DATA,	.at = 184,	.size = 48),
	ROW("mr_owner",		9,	PB_DATA,	.at = 232,	.size = 48),
	ROW("mr_owner_config",	10,	PB_DATA,	.at = 280,	.size = 48),
	ROW("rtmrs",		11,	PB_DATA, .many = true,	.at = 328,	.size = 48,	.count = 4),
	ROW("report_data",	12,	PB_DATA,	.at = 520,	.size = 64),
	/* of TDX 1.5 alone */
	ROW("tee_tcb_svn2",	13,	PB_DATA,	.at = 584,	.size = 16),
	ROW("mr_service_td",	14,	PB_DATA,	.at = 600,	.size = 48),
};
const struct pb_message pb_tdx_body = { tdx_body, ARRAY_SIZE(tdx_body) - 2 };
const struct pb_message pb_tdx_body_15 = MESSAGE(tdx_body);

static const struct pb_member tdx_descriptor[] = {
	ROW("td_quote_body_type",	1,	PB_NUMBER),
	ROW("td_quote_body_size",	2,	PB_NUMBER),
	ROW("td_quote_body_v5",	3,	PB_MESSAGE,	.message = &pb_tdx_body_15),
};
static const struct pb_message tdx_descriptor_message = MESSAGE(tdx_descriptor);

/* Intel SGX ECDSA QuoteLibReference, appendix A: Enclave Report Body */
static const struct pb_member qe_report[] = {
	ROW("cpu_svn",		1,	PB_DATA,	.at = 0,	.size = 16),
	ROW("misc_select",	2,	PB_NUMBER,	.at = 16,	.size = 4),
	ROW("reserved1",		3,	PB_DATA,	.at = 20,	.size = 28),
	ROW("attributes",		4,	PB_DATA,	.at = 48,	.size = 16),
	ROW("mr_enclave",		5,	PB_DATA,	.at = 64,	.size = 32),
	ROW("reserved2",		6,	PB_DATA,	.at = 96,	.size = 32),
	ROW("mr_signer",		7,	PB_DATA,	.at = 128,	.size = 32),
	ROW("reserved3",		8,	PB_DATA,	.at = 160,	.size = 96),
	ROW("isv_prod_id",	9,	PB_NUMBER,	.at = 256,	.size = 2),
	ROW("isv_svn",		10,	PB_NUMBER,	.at = 258,	.size = 2),
	ROW("reserved4",		11,	PB_DATA,	.at = 260,	.size = 60),
	ROW("report_data",	12,	PB_DATA,	.at = 320,	.size = 64),
};
const struct pb_message pb_qe_report = MESSAGE(qe_report);

static const struct pb_member qe_auth[] = {
	ROW("parsed_data_size",	1,	PB_NUMBER),
	ROW("data",		2,	PB_DATA),
};
static const struct pb_message qe_auth_message = MESSAGE(qe_auth);

static const struct pb_member pck_chain[] = {
	ROW("certificate_data_type", 1,	PB_NUMBER),
	ROW("size",		2,	PB_NUMBER),
	ROW("pck_cert_chain",	3,	PB_DATA),
};
static const struct pb_message pck_chain_message = MESSAGE(pck_chain);

static const struct pb_member qe_certification[] = {
	ROW("qe_report",			1,	PB_MESSAGE,	.message = &pb_qe_report),
	ROW("qe_report_signature",	2,	PB_DATA),
	ROW("qe_auth_data",		3,	PB_MESSAGE,	.message = &qe_auth_message),
	ROW("pck_certificate_chain_data",	4,	PB_MESSAGE,	.message = &pck_chain_message),
};
static const struct pb_message qe_certification_message = MESSAGE(qe_certification);

static const struct pb_member certification[] = {
	ROW("certificate_data_type",	1,	PB_NUMBER),
	ROW("size",			2,	PB_NUMBER),
	ROW("qe_report_certification_data", 3,	PB_MESSAGE,	.message = &qe_certification_message),
};
static const struct pb_message certification_message = MESSAGE(certification);

static const struct pb_member signed_data[] = {
	ROW("signature",			1,	PB_DATA),
	ROW("ecdsa_attestation_key",	2,	PB_DATA),
	ROW("certification_data",		3,	PB_MESSAGE,	.message = &certification_message),
};
static const struct pb_message signed_data_message = MESSAGE(signed_data);

/* QuoteV4 and QuoteV5, which differ in their second member. */
static const struct pb_member tdx_quote[] = {
	ROW("header",			1,	PB_MESSAGE,	.message = &pb_tdx_header),
	ROW("td_quote_body",		2,	PB_MESSAGE,	.message = &pb_tdx_body),
	ROW("td_quote_body_descriptor",	2,	PB_MESSAGE,	.message = &tdx_descriptor_message),
	ROW("signed_data_size",		3,	PB_NUMBER),
	ROW("signed_data",		4,	PB_MESSAGE,	.message = &signed_data_message),
	ROW("extra_bytes",		5,	PB_DATA),
};
const struct pb_message pb_tdx_quote = MESSAGE(tdx_quote);

static const struct pb_member pcr[] = {
	ROW("key",		1,	PB_NUMBER),
	ROW("value",		2,	PB_DATA),
};
static const struct pb_message pcr_message = MESSAGE(pcr);

static const struct pb_member pcrs[] = {
	ROW("hash",		1,	PB_HASH),
	ROW("pcrs",		2,	PB_PCRS, .many = true,	.message = &pcr_message),
};
static const struct pb_message pcrs_message = MESSAGE(pcrs);

static const struct pb_member quote[] = {
	ROW("quote",		1,	PB_DATA),
	ROW("raw_sig",		2,	PB_DATA),
	ROW("pcrs",		3,	PB_MESSAGE,	.message = &pcrs_message),
};
static const struct pb_message quote_message = MESSAGE(quote);

static const struct pb_member attestation[] = {
	ROW("ak_pub",		1,	PB_DATA),
	ROW("quotes",		2,	PB_MESSAGE, .many = true,	.message = &quote_message),
	ROW("event_log",		3,	PB_DATA),
	ROW("canonical_event_log", 5,	PB_DATA),
	ROW("ak_cert",		6,	PB_DATA),
	ROW("intermediate_certs",	7,	PB_DATA, .many = true),
	ROW("sev_snp_attestation", 8,	PB_MESSAGE,	.message = &pb_snp_attestation),
	ROW("tdx_attestation",	9,	PB_MESSAGE,	.message = &pb_tdx_quote),
};
const struct pb_message pb_attestation = MESSAGE(attestation);

static const struct pb_member svsm_attestation[] = {
	ROW("attestation",	1,	PB_MESSAGE,	.message = &pb_attestation),
	ROW("sev_snp_attestation", 2,	PB_MESSAGE,	.message = &pb_snp_attestation),
	ROW("vtpm_service_manifest", 3,	PB_DATA),
};
const struct pb_message pb_svsm_attestation = MESSAGE(svsm_attestation);
/* clang-format on */
