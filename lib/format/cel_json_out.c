/* SPDX-License-Identifier: BSD-2-Clause */
/* CEL-JSON, written: an array, one record a line, members in the order of CEL's own. */
#include <stdio.h>

#include "crypto/hash.h"
#include "core/names.h"
#include "format/cel.h"
#include "format/tcg2.h"
#include "util/json.h"

static void put_management(struct json *j, const struct cel_record *rec)
{
	struct span s = rec->data;

	json_open(j, "content", '{');
	json_str(j, "type", cel_management_name(rec->type));
	if (rec->type == CEL_VERSION) {
		json_open(j, "data", '{');
		json_u64(j, "major", cel_get_be(span_of(s.p, 2)));
		json_u64(j, "minor", cel_get_be(span_of(s.p + 2, 2)));
		json_close(j, '}');
	} else if (rec->type == CEL_STATE_TRANS) {
		json_str(j, "data", cel_states[s.p[0]]);
	} else if (rec->type == CEL_TIMESTAMP) {
		json_u64(j, "data", cel_get_be(s));
	}
	json_close(j, '}');
}

static void put_content(struct json *j, const struct cel_record *rec)
{
	const char *name;

	switch (rec->content) {
	case TSMMR_CONTENT_CEL:
		put_management(j, rec);
		return;
	case TSMMR_CONTENT_PCCLIENT_STD:
		json_open(j, "content", '{');
		name = tcg_type_name(rec->type);
		if (rec->name.n)
			json_strn(j, "event_type", rec->name.p, rec->name.n);
		else if (name)
			json_str(j, "event_type", name);
		else
			json_u64(j, "event_type", rec->type);
		json_hex(j, "event_data", rec->data.p, rec->data.n);
		json_close(j, '}');
		return;
	case TSMMR_CONTENT_IMA_TEMPLATE:
		json_open(j, "content", '{');
		json_strn(j, "template_name", rec->name.p, rec->name.n);
		json_hex(j, "template_data", rec->data.p, rec->data.n);
		json_close(j, '}');
		return;
	default:
		if (rec->raw == RAW_JSON) {
			json_raw(j, "content", rec->data.p, rec->data.n);
			return;
		}
		json_hex(j, "content", rec->data.p, rec->data.n);
	}
}

static void put_content_type(struct json *j, const struct cel_record *rec)
{
	const char *name =
		rec->content <= TSMMR_CONTENT_SYSTEMD ? content_name((int)rec->content) : NULL;

	if (name)
		json_str(j, "content_type", name);
	else if (rec->content == CEL_CONTENT_NAMED)
		json_strn(j, "content_type", rec->name.p, rec->name.n);
	else
		json_u64(j, "content_type", rec->content);
}

static int put_record(struct cel_writer *w, const struct cel_record *rec, struct buf *out,
		      struct tsmmr_error *err)
{
	struct json j = { .b = out };

	buf_str(out, w->n > 1 ? ",\n" : "[\n");
	json_open(&j, NULL, '{');
	json_u64(&j, "recnum", rec->recnum);
	json_u64(&j, rec->kind == CEL_NV ? "nv_index" : "pcr", rec->index);
	json_open(&j, "digests", '[');
	for (size_t i = 0; i < rec->n_digests; i++) {
		const struct hash_alg *alg = hash_by_id(rec->digests[i].alg);
		char number[8];

		snprintf(number, sizeof(number), "0x%04X", rec->digests[i].alg);
		json_open(&j, NULL, '{');
		json_str(&j, "hashAlg", alg ? alg->name : number);
		json_hex(&j, "digest", rec->digests[i].value.p, rec->digests[i].value.n);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	put_content_type(&j, rec);
	put_content(&j, rec);
	json_close(&j, '}');
	return 0;
}

static int json_begin(void *state, const struct export *x, struct buf *out, struct tsmmr_error *err)
{
	struct cel_writer *w = state;

	w->named = true;
	w->raw = RAW_JSON;
	return cel_write_begin(w, x, put_record, out, err);
}

static int json_event(void *state, const struct tsmmr_event *e, struct buf *out,
		      struct tsmmr_error *err)
{
	return cel_write_event(state, e, out, err);
}

static int json_end(void *state, struct buf *out, struct tsmmr_error *err)
{
	const struct cel_writer *w = state;

	buf_str(out, w->n ? "\n]\n" : "[]\n");
	return cel_write_end(state, err);
}

static void json_write_done(void *state)
{
	cel_write_done(state);
}

const struct encoder cel_json_encoder = {
	.state_size = sizeof(struct cel_writer),
	.hints = true,
	.begin = json_begin,
	.event = json_event,
	.end = json_end,
	.done = json_write_done,
};
