/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Intel Trust Authority is sent: {"quote", "verifier_nonce", "runtime_data",
 * "event_log"}, in base64; "user_data" in place of "runtime_data" in version 1.  Version 2 has
 * such an object for each of the guest's parts: {"tdx": …, "policy_ids", …}.
 * (intel/trustauthority-client-for-go)
 */
#include "envelope/envelope.h"

#include "util/error.h"
#include "util/json_in.h"

static const char *const members[] = { "verifier_nonce", "runtime_data", "user_data", "policy_ids",
				       "token_signing_alg" };

static bool is_request(struct json_object *o)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		any |= json_in_kind(o, members[i]) != JSON_IN_NONE;
	return any && json_in_kind(o, "quote") == JSON_IN_STR;
}

static int open_request(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	struct json_object *tdx = o;
	int r;

	if (json_in_kind(o, "tdx") == JSON_IN_OBJECT)
		json_in_child(o, "tdx", &tdx, NULL);
	if (tdx == o ? !is_request(o) : json_in_kind(tdx, "quote") != JSON_IN_STR)
		return TSMMR_E_FORMAT;

	r = envelope_need_bytes(ret, tdx, "quote", err);
	if (r == 0)
		r = envelope_add_bytes(ret, tdx, "event_log", ENVELOPE_LOG, err);
	return r < 0 ? r : 0;
}

const struct envelope_kind ita_kind = {
	.name = "ita",
	.open_json = open_request,
};
