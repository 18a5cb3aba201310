/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What dstack's guest agent answers: {"quote", "event_log", "report_data", "vm_config", …}, the
 * quote in hex and the log as text.  (Dstack-TEE/dstack, guest-agent/rpc; before version 0.5
 * tappd, with "hash_algorithm" and "prefix")  Where there is no TDX it is {"attestation"},
 * which services that verify take as well.
 */
#include "envelope/envelope.h"

#include "util/buf.h"
#include "util/error.h"
#include "util/json_in.h"

/* The log may be the array itself, as in what others make of an answer. */
static int add_log(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	struct span s = { .n = 0 };
	int r;

	if (json_in_kind(o, "event_log") == JSON_IN_ARRAY) {
		if (!json_in_text(o, "event_log", &s))
			return fail_nomem(err);
	} else {
		r = json_in_str(o, "event_log", &s, err);
		if (r < 0)
			return r;
	}
	return s.n ? envelope_add_log(ret, TSMMR_FORMAT_DSTACK, NULL, s, err) : 0;
}

static bool is_log(struct json_object *o)
{
	struct span s = { .n = 0 };

	if (json_in_kind(o, "event_log") == JSON_IN_ARRAY)
		return true;
	return json_in_str(o, "event_log", &s, NULL) > 0 && span_starts(s, "[", 1);
}

static int open_answer(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	static const char *const keys[] = { "quote", "intel_quote" };
	bool any = json_in_kind(o, "attestation") == JSON_IN_STR;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		any |= json_in_kind(o, keys[i]) == JSON_IN_STR;
	/* Without a log it is dstack's by what else it has. */
	if (!any || (!is_log(o) && !json_in_has(o, "vm_config")))
		return TSMMR_E_FORMAT;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(keys); i++)
		r = envelope_add_bytes(ret, o, keys[i], TSMMR_PART_QUOTE, err);
	if (r > 0)
		return add_log(o, ret, err);
	if (r == 0)
		r = envelope_add_bytes(ret, o, "attestation", TSMMR_PART_QUOTE, err);
	return r < 0 ? r : r > 0 ? 0 : fail(err, TSMMR_E_MALFORMED, "the quote in it is empty");
}

const struct envelope_kind dstack_quote_kind = {
	.name = "dstack-quote",
	.open_json = open_answer,
};
