/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report of configfs-tsm as one object: its attributes by their names, in JSON (base64) or
 * CBOR.  (veraison/ratsd, tsm-report; linux, Documentation/ABI/testing/configfs-tsm-report)
 */
#include "envelope/envelope.h"

#include <stdlib.h>

#include "util/cbor_map.h"
#include "util/error.h"
#include "util/json_in.h"

enum { N_ATTRIBUTES = 3 };

static const struct {
	const char *name;
	int part;
} attributes[N_ATTRIBUTES] = {
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
	for (size_t i = 0; i < N_ATTRIBUTES; i++) {
		int r = envelope_add_bytes(ret, o, attributes[i].name, attributes[i].part, err);

		if (r < 0)
			return r;
		if (r == 0 && i == 0)
			return empty(err);
	}
	return 0;
}

/* A string, whichever of both, or nothing. */
static bool is_blob(const struct cbor_value *v)
{
	return !v->there || v->item.kind == CBOR_BYTES || v->item.kind == CBOR_TEXT;
}

static int read_map(struct cbor_arena *arena, struct span s, struct cbor_value *got,
		    struct tsmmr_error *err)
{
	static const struct cbor_member members[N_ATTRIBUTES] = {
		{ 0, "outblob", CBOR_BYTES, MEMBER_ANY, 0, 0 },
		{ 0, "auxblob", CBOR_BYTES, MEMBER_ANY | MEMBER_NULLABLE, 0, 0 },
		{ 0, "manifestblob", CBOR_BYTES, MEMBER_ANY | MEMBER_NULLABLE, 0, 0 },
	};
	struct tsmmr_error why = { .size = sizeof(why) };
	struct cbor_reader rd = cbor_reader(arena, s, false, "CBOR", &why);
	size_t unknown;
	int r = cbor_map_read(&rd, members, N_ATTRIBUTES, got, &unknown);

	/* What has an outblob is nothing else; and what then is wrong is worth saying. */
	if (!got[0].there || !is_blob(&got[0]) || !is_blob(&got[1]) || !is_blob(&got[2]))
		return TSMMR_E_FORMAT;
	return r < 0 ? fail(err, r, "%s", why.message) : 0;
}

static int open_cbor(struct span s, struct envelope *ret, struct tsmmr_error *err)
{
	struct cbor_value got[N_ATTRIBUTES] = { { .there = false } };
	struct cbor_in whole = cbor_in_span(s);
	struct cbor_arena arena;
	int r;

	if (!s.n || s.p[0] >> 5 != 5 || cbor_in_skip(&whole, NULL) < 0 || !cur_empty(&whole.c))
		return TSMMR_E_FORMAT;
	if (cbor_arena_new(s, &arena) < 0)
		return fail_nomem(err);
	r = read_map(&arena, span_of(arena.p, s.n), got, err);
	if (r == 0 && !got[0].item.bytes.n)
		r = empty(err);
	for (size_t i = 0; r == 0 && i < N_ATTRIBUTES; i++)
		if (got[i].item.bytes.n)
			r = envelope_add(ret, attributes[i].part, got[i].item.bytes, err);
	free(arena.p);
	return r;
}

const struct envelope_kind tsm_report_kind = {
	.name = "tsm-report",
	.open = open_cbor,
	.open_json = open_json,
};
