/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Microsoft Azure Attestation is sent, in base64url: {"quote", "runtimeData"} for a TD,
 * {"report", "runtimeData"} for SEV-SNP, whose report is JSON of its own: {"SnpReport",
 * "VcekCertChain"}.  (Azure REST API: Attest TDX VM, Attest SEV-SNP VM)  A quote alone, as
 * Azure's IMDS gives it, is what others put around quotes too.  For a report it has the
 * certificates: {"vcekCert", "certificateChain", "tcbm", …}, in PEM.  (Azure IMDS, THIM)
 */
#include "envelope/envelope.h"

#include "util/error.h"
#include "util/json_in.h"

static int open_request(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	static const char *const others[] = { "runtimeData", "initTimeData", "nonce",
					      "draftPolicyForAttestation" };
	bool any = json_in_alone(o, "report");
	struct span report;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		any |= json_in_has(o, others[i]);
	if (any && json_in_kind(o, "quote") == JSON_IN_STR)
		return envelope_need_bytes(ret, o, "quote", err);
	/* An envelope in turn: "{" in base64. */
	if (json_in_str(o, "report", &report, NULL) <= 0 ||
	    !(any || span_starts(report, "ey", 2) || span_starts(report, "ew", 2)))
		return TSMMR_E_FORMAT;
	return envelope_need_bytes(ret, o, "report", err);
}

const struct envelope_kind maa_kind = {
	.name = "maa",
	.open_json = open_request,
};

static int open_snp(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	int r;

	if (json_in_kind(o, "SnpReport") != JSON_IN_STR)
		return TSMMR_E_FORMAT;
	r = envelope_need_bytes(ret, o, "SnpReport", err);
	return r < 0 ? r : envelope_add_certs(ret, o, "VcekCertChain", err);
}

const struct envelope_kind maa_snp_kind = {
	.name = "maa-snp",
	.open_json = open_snp,
};

static int open_thim(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	int r;

	if (json_in_kind(o, "vcekCert") != JSON_IN_STR ||
	    json_in_kind(o, "certificateChain") != JSON_IN_STR)
		return TSMMR_E_FORMAT;
	r = envelope_add_certs(ret, o, "vcekCert", err);
	return r < 0 ? r : envelope_add_certs(ret, o, "certificateChain", err);
}

const struct envelope_kind thim_kind = {
	.name = "azure-thim",
	.open_json = open_thim,
};
