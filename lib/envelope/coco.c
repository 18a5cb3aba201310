/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence as the attestation agent of Confidential Containers sends it: one JSON object for
 * each platform.  (confidential-containers/guest-components, attestation-agent/attester)
 */
#include "envelope/envelope.h"

#include "util/error.h"
#include "util/json_in.h"

/*
 * {"quote", "cc_eventlog"}: both base64, the log a CCEL.  Before the agent put its own records
 * into that, it had a text log beside it ("aa_eventlog"), of RTMR 3.  (attester/src/tdx/mod.rs)
 */
static int open_tdx(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	static const char *const own[] = { "cc_eventlog", "aa_eventlog", "gpu_evidence" };
	bool any = json_in_alone(o, "quote");
	struct span text;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		any |= json_in_has(o, own[i]);
	if (!any || json_in_kind(o, "quote") != JSON_IN_STR)
		return TSMMR_E_FORMAT;

	r = envelope_need_bytes(ret, o, "quote", err);
	if (r == 0)
		r = envelope_add_bytes(ret, o, "cc_eventlog", ENVELOPE_LOG, err);
	if (r >= 0)
		r = json_in_str(o, "aa_eventlog", &text, err);
	if (r > 0 && text.n)
		r = envelope_add_log(ret, TSMMR_FORMAT_AAEL, "rtmr3", text, err);
	return r < 0 ? r : 0;
}

const struct envelope_kind coco_tdx_kind = {
	.name = "coco-tdx",
	.open_json = open_tdx,
};

/* {"token"}: an array of numbers.  A text with dots is a token of the other direction. */
static int open_cca(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	struct span text;

	if (json_in_kind(o, "token") == JSON_IN_NONE)
		return TSMMR_E_FORMAT;
	if (json_in_kind(o, "token") == JSON_IN_STR && json_in_str(o, "token", &text, err) > 0 &&
	    memchr(text.p, '.', text.n))
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "an attestation result (JWT), which is a verifier's word and no"
			    " evidence, is not supported");
	return envelope_need_bytes(ret, o, "token", err);
}

const struct envelope_kind coco_cca_kind = {
	.name = "coco-cca",
	.open_json = open_cca,
};

/* Evidence of platforms that this library does not read, by members that only it has. */
static int open_other(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	static const struct {
		const char *member, *beside, *name;
	} others[] = {
		{ "serial_number", "attestation_report", "Hygon CSV evidence" },
		{ "encr_measurement_key", "encr_request_nonce", "IBM Secure Execution evidence" },
		{ "svn", "report_data", "Confidential Containers' sample evidence" },
		{ "device_evidence_list", "device_evidence_list", "evidence of NVIDIA devices" },
		{ "devices", "version", "evidence of NVIDIA DPUs" },
		{ "attestation_reports", "attestation_reports", "Hygon DCU evidence" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (json_in_kind(o, others[i].member) != JSON_IN_NONE &&
		    json_in_kind(o, others[i].beside) != JSON_IN_NONE)
			return fail(err, TSMMR_E_UNSUPPORTED, "%s is not supported",
				    others[i].name);
	return TSMMR_E_FORMAT;
}

const struct envelope_kind coco_other_kind = {
	.name = "coco-other",
	.open_json = open_other,
};
