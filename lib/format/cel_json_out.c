/* SPDX-License-Identifier: BSD-2-Clause */
/* CEL-JSON, written: an array, one record a line, members in the order of CEL's own. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "crypto/hash.h"
#include "core/names.h"
#include "format/cel.h"
#include "format/tcg2.h"
#include "util/json.h"
#include "util/put.h"

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

static void put_template(struct json *j, const struct cel_record *rec)
{
	json_open(j, "content", '{');
	json_strn(j, "template_name", rec->name.p, rec->name.n);
	json_hex(j, "template_data", rec->data.p, rec->data.n);
	json_close(j, '}');
}

static void put_named_event(struct json *j, const struct cel_record *rec)
{
	json_open(j, "content", '{');
	json_strn(j, "event_type", rec->name.p, rec->name.n);
	json_hex(j, "event_data", rec->data.p, rec->data.n);
	json_close(j, '}');
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

/* Of any type; most records are put_event()'s. */
static void put_content(struct json *j, const struct cel_record *rec)
{
	put_content_type(j, rec);
	if (rec->content == TSMMR_CONTENT_CEL)
		put_management(j, rec);
	else if (rec->content == TSMMR_CONTENT_IMA_TEMPLATE)
		put_template(j, rec);
	else if (rec->content == TSMMR_CONTENT_PCCLIENT_STD)
		put_named_event(j, rec);
	else if (rec->raw == RAW_JSON)
		json_raw(j, "content", rec->data.p, rec->data.n);
	else
		json_hex(j, "content", rec->data.p, rec->data.n);
	json_close(j, '}');
}

/* ---- what firmware's records are of ---- */

/* Text around a value of which a log has few: made once, and copied then. */
struct phrase {
	bool made;
	uint32_t of;
	size_t n;
	char text[128];
};

#define PHRASES 16 /* values with the same last four bits take turns */

struct json_writer {
	struct cel_writer writer;
	struct phrase algs[PHRASES], types[PHRASES];
};
_Static_assert(offsetof(struct json_writer, writer) == 0, "what cel_write_event() gets");

static void make_phrase(struct phrase *p, uint32_t of, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void make_phrase(struct phrase *p, uint32_t of, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	p->n = (size_t)vsnprintf(p->text, sizeof(p->text), format, ap);
	va_end(ap);
	assert(p->n < sizeof(p->text)); /* numbers, and names of our own */
	p->of = of;
	p->made = true;
}

static const struct phrase *before_digest(struct json_writer *jw, uint16_t id)
{
	struct phrase *p = &jw->algs[id % PHRASES];
	const struct hash_alg *alg;

	if (p->made && p->of == id)
		return p;
	alg = hash_by_id(id);
	if (alg)
		make_phrase(p, id, "{\"hashAlg\":\"%s\",\"digest\":\"", alg->name);
	else
		make_phrase(p, id, "{\"hashAlg\":\"0x%04X\",\"digest\":\"", id);
	return p;
}

static const struct phrase *before_data(struct json_writer *jw, uint32_t type)
{
	struct phrase *p = &jw->types[type % PHRASES];
	const char *name;

	if (p->made && p->of == type)
		return p;
	name = tcg_type_name(type);
	if (name)
		make_phrase(p, type,
			    ",\"content_type\":\"pcclient_std\",\"content\":"
			    "{\"event_type\":\"%s\",\"event_data\":\"",
			    name);
	else
		make_phrase(p, type,
			    ",\"content_type\":\"pcclient_std\",\"content\":"
			    "{\"event_type\":%u,\"event_data\":\"",
			    type);
	return p;
}

static uint8_t *put_data(uint8_t *to, struct json_writer *jw, uint32_t type, struct span data)
{
	const struct phrase *before = before_data(jw, type);

	to = put_mem(to, before->text, before->n);
	to = put_hex(to, data);
	return put_lit(to, "\"}}");
}

static uint8_t *put_digests(uint8_t *to, struct json_writer *jw, const struct digest *digests,
			    size_t n)
{
	to = put_lit(to, ",\"digests\":[");
	for (size_t i = 0; i < n; i++) {
		const struct phrase *before = before_digest(jw, digests[i].alg);

		if (i)
			to = put_lit(to, ",");
		to = put_mem(to, before->text, before->n);
		to = put_hex(to, digests[i].value);
		to = put_lit(to, "\"}");
	}
	return put_lit(to, "]");
}

static uint8_t *put_head(uint8_t *to, const struct cel_writer *w, uint64_t recnum, bool nv,
			 uint64_t index)
{
	to = w->n > 1 ? put_lit(to, ",") : put_lit(to, "[");
	to = put_u64(put_lit(to, "\n{\"recnum\":"), recnum);
	to = nv ? put_lit(to, ",\"nv_index\":") : put_lit(to, ",\"pcr\":");
	return put_u64(to, index);
}

#define DIGEST_MAX (sizeof(((struct phrase *)NULL)->text) + sizeof(",\"}"))
#define EVENT_MAX (sizeof(((struct phrase *)NULL)->text) + sizeof("\"}}"))
#define HEAD_MAX (2 * PUT_U64_MAX + sizeof(",\n{\"recnum\":,\"nv_index\":,\"digests\":[]"))

static int put_event(struct cel_writer *w, const struct tsmmr_event *e, uint64_t recnum,
		     struct buf *out, struct tsmmr_error *err)
{
	struct json_writer *jw = (struct json_writer *)w;
	size_t room = HEAD_MAX + EVENT_MAX + 2 * e->data.n;
	uint8_t *to;

	for (size_t i = 0; i < e->n_digests; i++)
		room += DIGEST_MAX + 2 * e->digests[i].value.n;
	to = buf_room(out, room);
	if (!to)
		return 0; /* out says so */
	to = put_head(to, w, recnum, false, e->index);
	to = put_digests(to, jw, e->digests, e->n_digests);
	to = put_data(to, jw, e->type, e->data);
	out->n = (size_t)(to - out->p);
	return 0;
}

static int put_record(struct cel_writer *w, const struct cel_record *rec, struct buf *out,
		      struct tsmmr_error *err)
{
	struct json_writer *jw = (struct json_writer *)w;
	bool firmwares = rec->content == TSMMR_CONTENT_PCCLIENT_STD && !rec->name.n;
	size_t room = HEAD_MAX + 2 * cel_digests_size(rec, DIGEST_MAX);
	struct json j = { .b = out, .comma = true };
	uint8_t *to = buf_room(out, firmwares ? room + EVENT_MAX + 2 * rec->data.n : room);

	if (!to)
		return 0; /* out says so */
	to = put_head(to, w, rec->recnum, rec->kind == CEL_NV, rec->index);
	to = put_digests(to, jw, rec->digests, rec->n_digests);
	if (firmwares)
		to = put_data(to, jw, rec->type, rec->data);
	out->n = (size_t)(to - out->p);
	if (!firmwares)
		put_content(&j, rec);
	return 0;
}

static int json_begin(void *state, const struct export *x, struct buf *out, struct tsmmr_error *err)
{
	struct json_writer *jw = state;

	jw->writer.named = true;
	jw->writer.raw = RAW_JSON;
	jw->writer.put = put_record;
	jw->writer.put_event = put_event;
	return cel_write_begin(&jw->writer, x, out, err);
}

static int json_event(void *state, const struct tsmmr_event *e, struct buf *out,
		      struct tsmmr_error *err)
{
	return cel_write_event(state, e, out, err);
}

static int json_end(void *state, struct buf *out, struct tsmmr_error *err)
{
	struct cel_writer *w = state;

	buf_str(out, w->n ? "\n]\n" : "[]\n");
	return cel_write_end(w, err);
}

static void json_write_done(void *state)
{
	cel_write_done(state);
}

const struct encoder cel_json_encoder = {
	.state_size = sizeof(struct json_writer),
	.hints = true,
	.begin = json_begin,
	.event = json_event,
	.end = json_end,
	.done = json_write_done,
};
