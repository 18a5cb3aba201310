/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CEL-JSON (CEL 1.1 §5.3): written as an array of records.  Also read are records one
 * after another (JSON lines, RFC 7464) and what other writers make of the rest.
 */
#include "format/cel_json.h"

#include "format/tcg2.h"
#include "util/cleanup.h"
#include "util/error.h"

static int tolerate_all(struct tsmmr_stream *s, const struct cel_json *st, uint64_t offset)
{
	static const struct {
		enum finding_id id;
		const char *text;
	} texts[LENIENT_N] = {
		[LENIENT_NUMBER] = { F_CEL_NUMBER_AS_TEXT,
				     "a number in place of a name, or text in place of a number" },
		[LENIENT_SPELLING] = { F_CEL_NAME_SPELLING, "a name that CEL spells differently" },
		[LENIENT_TYPE] = { F_CEL_EVENT_TYPE_UNKNOWN, "an event whose type was lost" },
		[LENIENT_TYPE_NAME] = { F_CEL_EVENT_TYPE_NAME,
					"an event type by a name that CEL does not have" },
		[LENIENT_TEMPLATE_VALUE] = { F_CEL_TEMPLATE_VALUE, "\"template_value\"" },
		[LENIENT_MANAGEMENT] = { F_CEL_MANAGEMENT_FORM, "a list or a nested value" },
		[LENIENT_FORM] = { F_CEL_CONTENT_FORM, "systemd's content is not hex" },
		[LENIENT_MEMBER] = { F_CEL_MEMBER_UNKNOWN, "a member that CEL does not define" },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < LENIENT_N; i++)
		if (st->seen[i])
			r = cel_tolerate(s, texts[i].id, offset, texts[i].text);
	return r;
}

/* The number of the register that a torn record is about, where it is still there. */
static bool torn_index(struct span text, enum cel_index *ret_kind, uint32_t *ret)
{
	static const struct {
		const char *key;
		enum cel_index kind;
	} keys[] = { { "\"pcr\":", CEL_PCR }, { "\"rtmr\":", CEL_RTMR } };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		size_t n = strlen(keys[i].key);
		const uint8_t *key = text.n ? memmem(text.p, text.n, keys[i].key, n) : NULL;
		struct span rest;
		uint32_t v = 0;
		size_t k = 0;

		if (!key)
			continue;
		rest = span_of(key + n, text.n - (size_t)(key - text.p) - n);
		while (rest.n && rest.p[0] == ' ')
			rest = span_of(rest.p + 1, rest.n - 1);
		for (; k < rest.n && k < 3 && rest.p[k] >= '0' && rest.p[k] <= '9'; k++)
			v = v * 10 + (uint32_t)(rest.p[k] - '0');
		/* Of a number that ends with the text, more digits may be lost. */
		if (!k || k == rest.n || (rest.p[k] != ',' && rest.p[k] != ' '))
			continue;
		*ret_kind = keys[i].kind;
		*ret = v;
		return v < STREAM_INDEX_MAX;
	}
	return false;
}

#define TORN_SHOWN 512 /* bytes of it that are kept */

/* A record of ours in its place, of its register where it says which; else of none. */
static int torn(struct tsmmr_stream *s, struct tsmmr_error *err, struct span text,
		struct tsmmr_event *e)
{
	static const uint8_t zeros[32];
	struct cel_json *st = s->state;
	struct cel_record rec = {
		.has_recnum = true,
		.n_digests = 1,
		.digests[0] = { TSMMR_HASH_SHA256, span_of(zeros, sizeof(zeros)) },
		.content = TSMMR_CONTENT_PCCLIENT_STD,
		.type = EV_NO_ACTION,
	};
	uint64_t offset = s->source.offset;
	int r = stream_finding(s, F_CEL_TORN_RECORD, offset,
			       "a record of %zu bytes was not written to its end", text.n);

	if (r < 0)
		return r;
	st->data.n = 0;
	buf_add(&st->data, cel_torn_text, CEL_SIGNATURE_SIZE);
	buf_add(&st->data, text.p, text.n < TORN_SHOWN ? text.n : TORN_SHOWN);
	if (st->data.failed)
		return fail_nomem(err);
	rec.data = span_of(st->data.p, st->data.n);
	if (torn_index(text, &rec.kind, &rec.index)) {
		rec.recnum = st->reader.next[rec.index];
		return cel_read(s, err, &rec, offset, e);
	}
	s->digests[0] = rec.digests[0];
	*e = (struct tsmmr_event){
		.offset = offset,
		.platform = s->platform,
		.index = UINT32_MAX,
		.space = (uint8_t)s->platform->cel_space,
		.mark = MARK_TORN,
		.type = EV_NO_ACTION,
		.n_digests = 1,
		.digests = s->digests,
		.data = rec.data,
	};
	tcg_meaning(e);
	return 0;
}

int cel_json_next(struct tsmmr_stream *s, struct tsmmr_event *e, struct tsmmr_error *err)
{
	struct cel_json *st = s->state;
	struct source *src = &s->source;
	uint64_t most = 2 * s->limits.event_bytes + CEL_JSON_EXTRA;
	struct tsmmr_error why = { .size = sizeof(why) };
	struct cel_record rec;
	size_t n;
	int r;

	r = json_frame_seek(s, &st->frame, err);
	if (r <= 0)
		return r;
	r = json_frame_object(s, &st->frame, err, most, &n);
	if (r < 0)
		return r;
	if (r == 0) {
		r = torn(s, err, span_of(src->p, n), e);
		source_skip(src, n);
		return r < 0 ? r : 1;
	}
	r = cel_json_read(st, span_of(src->p, n), (size_t)most, &st->frame.scan, &rec, &why);
	if (r < 0)
		return stream_fail(s, err, r,
				   src->offset + (why.offset == TSMMR_NONE ? 0 : why.offset), "%s",
				   why.message);

	r = cel_read(s, err, &rec, src->offset, e);
	if (r == 0 && !st->frame.array)
		r = cel_tolerate(s, F_CEL_JSON_NO_ARRAY, e->offset, "records outside an array");
	if (r == 0)
		r = tolerate_all(s, st, e->offset);
	source_skip(src, n);
	return r < 0 ? r : 1;
}

void cel_json_close(struct tsmmr_stream *s)
{
	cel_json_done(s->state);
}

/* The first record, where it is all there. */
static int first_record(const uint8_t *p, size_t n, bool *ret_systemd, char ret_claim[CLAIM_MAX],
			size_t *ret_claim_n)
{
	_cleanup_(free) struct cel_json *st = calloc(1, sizeof(*st));
	struct cel_record rec;
	struct json_scan scan;
	struct span text;
	int r = TSMMR_E_FORMAT;

	if (!st)
		return TSMMR_E_NOMEM;
	if (json_frame_first(span_of(p, n), &text)) {
		json_scan_all(text, JSON_IN_VALUES, &scan);
		r = cel_json_read(st, text, n, &scan, &rec, NULL);
	}
	if (r == 0) {
		*ret_systemd = rec.content == TSMMR_CONTENT_SYSTEMD && !rec.has_recnum;
		*ret_claim_n = cel_claims(&rec, ret_claim);
	}
	cel_json_done(st);
	return r;
}

bool cel_json_looks(const uint8_t *p, size_t n, bool *ret_systemd)
{
	char claim[CLAIM_MAX];
	size_t claim_n;

	return first_record(p, n, ret_systemd, claim, &claim_n) == 0;
}

size_t cel_json_claims(const uint8_t *p, size_t n, char ret[CLAIM_MAX])
{
	size_t len = 0;
	bool systemd;

	first_record(p, n, &systemd, ret, &len);
	return len;
}

static int json_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	struct span start = span_head(span_of(p, n), 4096);
	bool systemd;

	if (cel_json_looks(p, n, &systemd))
		return systemd ? 0 : 90;
	if (whole && json_frame_is_empty(span_of(p, n)))
		return 60;
	/* Broken, but ours: the decoder says what is wrong. */
	return json_frame_begins(span_of(p, n)) && json_frame_mentions(start, "\"digests\"") &&
			       json_frame_mentions(start, "\"content") &&
			       !json_frame_mentions(start, "\"schema\"") ?
		       60 :
		       0;
}

const struct format format_cel_json = {
	.id = TSMMR_FORMAT_CEL_JSON,
	.name = "cel-json",
	.default_platform = TSMMR_PLATFORM_TPM,
	.any_platform = true,
	.state_size = sizeof(struct cel_json),
	.probe = json_probe,
	.claims = cel_json_claims,
	.next = cel_json_next,
	.close = cel_json_close,
	.encoder = &cel_json_encoder,
};
