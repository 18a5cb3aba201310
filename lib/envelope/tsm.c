/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report of configfs-tsm as one object: its attributes by their names, in JSON (base64) or
 * CBOR.  (veraison/ratsd, tsm-report; linux, Documentation/ABI/testing/configfs-tsm-report)
 */
#include "envelope/envelope.h"

#include "util/cbor_in.h"
#include "util/error.h"
#include "util/json_in.h"

static const struct {
	const char *name;
	int part;
} attributes[] = {
	{ "outblob", TSMMR_PART_QUOTE },
	{ "auxblob", TSMMR_PART_CERTS },
	{ "manifestblob", TSMMR_PART_MANIFEST },
};

static int empty(struct tsmmr_error *err)
{
	return fail(err, TSMMR_E_MALFORMED, "the outblob in it is empty");
}

static int open_json(struct json_object *o, struct envelope *ret, struct tsmmr_error *err)
{
	if (json_in_kind(o, attributes[0].name) == JSON_IN_NONE)
		return TSMMR_E_FORMAT;
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		int r = envelope_add_bytes(ret, o, attributes[i].name, attributes[i].part, err);

		if (r < 0)
			return r;
		if (r == 0 && i == 0)
			return empty(err);
	}
	return 0;
}

/* One attribute: how many bytes, of which part; false where it is none. */
static bool next_attribute(struct cbor_in *in, size_t *ret_i, struct span *ret)
{
	struct cbor_item item;
	struct span name;

	if (cbor_in_text(in, &name) < 0 || cbor_in_next(in, &item) < 0 ||
	    (item.kind != CBOR_BYTES && item.kind != CBOR_TEXT))
		return false;
	for (*ret_i = 0; *ret_i < ARRAY_SIZE(attributes); ++*ret_i)
		if (span_eq(name, attributes[*ret_i].name, strlen(attributes[*ret_i].name)))
			break;
	*ret = item.bytes;
	return true;
}

static int open_cbor(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	struct span parts[ARRAY_SIZE(attributes)] = { { .n = 0 } };
	struct cbor_in in = cbor_in_span(s);
	uint64_t left;
	int r;

	if (!s.n || s.p[0] >> 5 != 5 || cbor_in_map(&in, &left) < 0)
		return TSMMR_E_FORMAT;
	while ((r = cbor_in_more(&in, &left)) > 0) {
		struct span bytes;
		size_t i;

		if (!next_attribute(&in, &i, &bytes))
			return TSMMR_E_FORMAT;
		if (i == ARRAY_SIZE(parts))
			continue;
		if (parts[i].p)
			return fail(err, TSMMR_E_MALFORMED, "CBOR: \"%s\" is given twice",
				    attributes[i].name);
		parts[i] = bytes;
	}
	if (r < 0 || !cur_empty(&in.c) || !parts[0].p)
		return TSMMR_E_FORMAT;
	if (!parts[0].n)
		return empty(err);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		if (parts[i].n)
			r = envelope_add(ret, attributes[i].part, parts[i], err);
	return r;
}

const struct envelope_kind tsm_report_kind = {
	.name = "tsm-report",
	.open = open_cbor,
	.open_json = open_json,
};
