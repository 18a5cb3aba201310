/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What keylime's agent answers to /quotes/integrity: {"code", "status", "results"}, or the
 * results alone: {"quote", "hash_alg", "pubkey", "ima_measurement_list", …}.  The quote is
 * text that the TPM's reader knows.  (keylime, docs: agent API; rust-keylime, quotes_handler)
 *
 * "pubkey" is the key that payloads are sent to, and signs nothing here.
 *
 * Agents that push send {"data": {"attributes": {"evidence_collected": [{"evidence_type", "data"},
 * …]}}}.  (rust-keylime, structures/evidence_handling.rs; keylime, enhancement 123)
 */
#include "envelope/envelope.h"

#include "util/buf.h"
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

/* The same quote in its three parts. */
static int add_quote(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	static const char *const members[] = { "message", "signature", "subject_data" };
	_cleanup_(buf_done) struct buf text = { 0 };
	struct span one;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		int r = json_in_str(o, members[i], &one, err);

		if (r <= 0)
			return r < 0 ? r :
				       fail(err, TSMMR_E_MALFORMED, "a quote without its %s",
					    members[i]);
		buf_char(&text, i ? ':' : 'r');
		buf_add(&text, one.p, one.n);
	}
	if (text.failed)
		return fail_nomem(err);
	return envelope_add(ret, TSMMR_PART_QUOTE, span_of(text.p, text.n), err);
}

static int add_item(struct json_object *item, struct envelope *ret, struct tsmmr_error *err)
{
	struct json_object *data;
	struct span type, list;
	int r = json_in_str(item, "evidence_type", &type, err);

	if (r > 0)
		r = json_in_child(item, "data", &data, err);
	if (r <= 0)
		return r;
	if (span_eq(type, "tpm_quote", 9))
		return add_quote(data, ret, err);
	if (span_eq(type, "uefi_log", 8))
		return envelope_add_bytes(ret, data, "entries", ENVELOPE_LOG, err);
	if (!span_eq(type, "ima_log", 7))
		return 0;
	r = json_in_str(data, "entries", &list, err);
	return r > 0 && list.n ? envelope_add_log(ret, TSMMR_FORMAT_IMA_ASCII, NULL, list, err) : r;
}

/* The verifier's own answers have "evidence" for it, with what was asked. */
static int open_push(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	static const char *const keys[] = { "evidence_collected", "evidence" };
	struct json_object *child, *array, *item;
	const char *key;
	int r;

	if (json_in_child(o, "data", &child, NULL) > 0)
		o = child;
	if (json_in_child(o, "attributes", &child, NULL) > 0)
		o = child;
	key = keys[json_in_kind(o, keys[0]) != JSON_IN_ARRAY];
	if (json_in_kind(o, key) != JSON_IN_ARRAY)
		return TSMMR_E_FORMAT;
	r = json_in_array(o, key, &array, err);
	if (r > 0 && (json_in_item(array, 0, &item, NULL) <= 0 ||
		      json_in_kind(item, "evidence_type") != JSON_IN_STR))
		return TSMMR_E_FORMAT;
	for (size_t i = 0; r > 0 && i < json_in_length(array); i++) {
		r = json_in_item(array, i, &item, err);
		if (r > 0)
			r = add_item(item, ret, err);
		r = r < 0 ? r : 1;
	}
	return r < 0 ? r : ret->n ? 0 : fail(err, TSMMR_E_MALFORMED, "the evidence in it is empty");
}

const struct envelope_kind keylime_push_kind = {
	.name = "keylime-push",
	.open_json = open_push,
};

const struct envelope_kind keylime_kind = {
	.name = "keylime",
	.open_json = open_keylime,
};
