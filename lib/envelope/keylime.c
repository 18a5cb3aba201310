/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What keylime's agent answers to /quotes/integrity: {"code", "status", "results"}, or the
 * results alone: {"quote", "hash_alg", "pubkey", "ima_measurement_list", …}.  The quote is
 * text that the TPM's reader knows.  (keylime, docs: agent API; rust-keylime, quotes_handler)
 *
 * "pubkey" is the key that payloads are sent to, and signs nothing here.
 */
#include "envelope/envelope.h"

#include "util/error.h"
#include "util/json_in.h"

static bool is_quote(struct json_object *o, struct span *ret)
{
	static const char begins[] = "r/1RDR4AY"; /* and TPM_GENERATED_VALUE in base64 */

	return json_in_str(o, "quote", ret, NULL) > 0 &&
	       span_starts(*ret, begins, sizeof(begins) - 1);
}

static int open_keylime(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	struct json_object *results = o;
	struct span quote, list;
	int r;

	if (json_in_kind(o, "results") == JSON_IN_OBJECT)
		json_in_child(o, "results", &results, NULL);
	if (!is_quote(results, &quote))
		return TSMMR_E_FORMAT;

	r = envelope_add(ret, TSMMR_PART_QUOTE, quote, err);
	/* The registrar's name for the attestation key: some put it beside. */
	if (r == 0)
		r = envelope_add_bytes(ret, results, "aik_tpm", TSMMR_PART_AK, err);
	if (r >= 0)
		r = envelope_add_bytes(ret, results, "mb_measurement_list", ENVELOPE_LOG, err);
	if (r >= 0)
		r = json_in_str(results, "ima_measurement_list", &list, err);
	if (r > 0 && list.n)
		r = envelope_add_log(ret, TSMMR_FORMAT_IMA_ASCII, NULL, list, err);
	return r < 0 ? r : 0;
}

const struct envelope_kind keylime_kind = {
	.name = "keylime",
	.open_json = open_keylime,
};
