/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Intel Trust Authority is sent: {"quote", "verifier_nonce", "runtime_data",
 * "event_log"}, in base64; "user_data" in place of "runtime_data" in version 1.  Version 2 has
 * such an object for each of the guest's parts: {"tdx": …, "policy_ids", …}.  That of a TPM is
 * {"quote", "signature", "pcrs", "ima_logs", "uefi_event_logs", "ak_certificate_der", …}.
 * (intel/trustauthority-client-for-go, go-tdx and go-tpm)
 */
#include "envelope/envelope.h"

#include "util/error.h"
#include "util/json_in.h"

static const char *const members[] = { "verifier_nonce", "runtime_data",      "user_data",
				       "policy_ids",     "token_signing_alg", "event_log" };

static bool is_request(struct json_object *o)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		any |= json_in_has(o, members[i]);
	return any && json_in_kind(o, "quote") == JSON_IN_STR;
}

static bool is_tpm(struct json_object *o)
{
	return json_in_kind(o, "quote") == JSON_IN_STR &&
	       json_in_kind(o, "signature") == JSON_IN_STR &&
	       json_in_kind(o, "pcrs") == JSON_IN_STR;
}

static int open_tpm(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	static const struct {
		const char *key;
		int part;
	} parts[] = {
		{ "signature", TSMMR_PART_SIG },
		{ "pcrs", TSMMR_PART_PCRS },
		{ "ak_certificate_der", TSMMR_PART_AK },
		{ "uefi_event_logs", ENVELOPE_LOG },
		{ "ima_logs", ENVELOPE_LOG },
	};
	int r = envelope_need_bytes(ret, o, "quote", err);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(parts); i++)
		r = envelope_add_bytes(ret, o, parts[i].key, parts[i].part, err);
	return r < 0 ? r : 0;
}

static int open_request(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	struct json_object *tdx = o, *tpm = o;
	int r;

	json_in_child(o, "tdx", &tdx, NULL);
	json_in_child(o, "tpm", &tpm, NULL);
	if (tdx == o && is_tpm(tpm))
		return open_tpm(tpm, ret, err);
	if (tdx == o ? !is_request(o) : json_in_kind(tdx, "quote") != JSON_IN_STR)
		return TSMMR_E_FORMAT;

	/* Azure's TPM vouches for its key with the paravisor's report, which is not here. */
	ret->left_out = tpm != o ? "a TPM's quote" : NULL;
	r = envelope_need_bytes(ret, tdx, "quote", err);
	if (r == 0)
		r = envelope_add_bytes(ret, tdx, "event_log", ENVELOPE_LOG, err);
	return r < 0 ? r : 0;
}

const struct envelope_kind ita_kind = {
	.name = "ita",
	.open_json = open_request,
};
