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
	static const char *const members[] = { "quote", "cc_eventlog", "aa_eventlog",
					       "gpu_evidence" };
	struct span text;
	int r;

	if (json_in_kind(o, "quote") != JSON_IN_STR ||
	    json_in_has_other(o, members, ARRAY_SIZE(members)))
		return TSMMR_E_FORMAT;

	r = envelope_add_bytes(ret, o, "quote", TSMMR_PART_QUOTE, err);
	if (r == 0)
		return fail(err, TSMMR_E_MALFORMED, "the quote in it is empty");
	if (r > 0)
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
