/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What carries evidence to Confidential Containers' Trustee: the attestation of its key
 * broker's protocol, and the request to its attestation service.  What is in them is an
 * envelope in turn.  (trustee, kbs/docs/kbs_attestation_protocol.md,
 * attestation-service/docs/restful-as.md)
 */
#include "envelope/envelope.h"

#include "util/error.h"
#include "util/json_in.h"

/* Evidence as an object, as a text that is JSON, or as that in base64url.  1; 0: none. */
static int add_evidence(struct json_object *o, const char *key, struct envelope *ret,
			struct tsmmr_error *err)
{
	struct span text;
	int r;

	if (json_in_kind(o, key) == JSON_IN_OBJECT) {
		if (!json_in_text(o, key, &text))
			return fail_nomem(err);
		r = envelope_add(ret, TSMMR_PART_QUOTE, text, err);
		return r < 0 ? r : 1;
	}
	if (json_in_kind(o, key) == JSON_IN_STR) {
		r = json_in_str(o, key, &text, err);
		if (r > 0 && span_starts(text, "{", 1)) {
			r = envelope_add(ret, TSMMR_PART_QUOTE, text, err);
			return r < 0 ? r : 1;
		}
	}
	return envelope_add_bytes(ret, o, key, TSMMR_PART_QUOTE, err);
}

static int none(struct tsmmr_error *err)
{
	return fail(err, TSMMR_E_MALFORMED, "the evidence in it is empty");
}

/*
 * {"tee-evidence"}: the evidence, or, since devices have theirs ("additional_evidence", which
 * is left out), {"primary_evidence", …}.
 */
static int open_attestation(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	static const char *const keys[] = { "tee-evidence", "tee_evidence" };
	const char *key = json_in_kind(o, keys[0]) != JSON_IN_NONE ? keys[0] : keys[1];
	struct json_object *composite = NULL;
	struct span devices;
	int r;

	if (json_in_kind(o, "primary_evidence") != JSON_IN_NONE)
		composite = o;
	else if (json_in_kind(o, key) == JSON_IN_NONE)
		return TSMMR_E_FORMAT;
	else if (json_in_kind(o, key) == JSON_IN_OBJECT &&
		 json_in_child(o, key, &composite, err) > 0 &&
		 json_in_kind(composite, "primary_evidence") == JSON_IN_NONE)
		composite = NULL;

	if (composite && json_in_str(composite, "additional_evidence", &devices, NULL) > 0 &&
	    devices.n && !span_eq(devices, "{}", 2))
		ret->left_out = "that of devices";
	r = composite ? add_evidence(composite, "primary_evidence", ret, err) :
			add_evidence(o, key, ret, err);
	return r > 0 ? 0 : r ? r : none(err);
}

const struct envelope_kind kbs_attestation_kind = {
	.name = "kbs-attestation",
	.open_json = open_attestation,
};

/*
 * {"verification_requests": [{"tee", "evidence"}, …]}; before that there was one, bare, which
 * others write with "platform".
 */
static int open_request(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	struct json_object *requests, *one;
	int r;

	if (json_in_kind(o, "verification_requests") != JSON_IN_ARRAY) {
		if ((json_in_kind(o, "tee") != JSON_IN_STR &&
		     json_in_kind(o, "platform") != JSON_IN_STR) ||
		    json_in_kind(o, "evidence") == JSON_IN_NONE)
			return TSMMR_E_FORMAT;
		r = add_evidence(o, "evidence", ret, err);
		return r > 0 ? 0 : r ? r : none(err);
	}
	r = json_in_array(o, "verification_requests", &requests, err);
	for (size_t i = 0; r > 0 && i < json_in_length(requests); i++) {
		r = json_in_item(requests, i, &one, err);
		if (r > 0)
			r = add_evidence(one, "evidence", ret, err);
		if (r == 0)
			return none(err);
	}
	return r < 0 ? r : ret->n ? 0 : none(err);
}

const struct envelope_kind coco_as_request_kind = {
	.name = "coco-as-request",
	.open_json = open_request,
};
