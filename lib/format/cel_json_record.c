/* SPDX-License-Identifier: BSD-2-Clause */
/* One record of CEL-JSON (CEL 1.1 §5.3), also as other writers spell its members. */
#include "crypto/hash.h"
#include "core/names.h"
#include "format/cel_json.h"
#include "format/tcg2.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/text.h"

enum { RECNUM, PCR, NV_INDEX, RTMR, MAPPED_PCR, DIGESTS, CONTENT_TYPE, CONTENT, MEMBERS_N };
static const char *const members[MEMBERS_N] = {
	[RECNUM] = "recnum",
	[PCR] = "pcr",
	[NV_INDEX] = "nv_index",
	[RTMR] = "rtmr",
	[MAPPED_PCR] = "mapped_pcr",
	[DIGESTS] = "digests",
	[CONTENT_TYPE] = "content_type",
	[CONTENT] = "content",
};

/* Reads one record; pure but for st, so that a probe can. */
struct reading {
	struct cel_json *st;
	struct cel_record *rec;
	struct json_object *members[MEMBERS_N]; /* NULL: absent, or null */
	struct span text;
	struct tsmmr_error *err;
};

static int refuse(struct reading *rd, const char *why)
{
	return fail(rd->err, TSMMR_E_MALFORMED, "%s", why);
}

/* A member that is a number; some write it as text.  1, 0 when absent. */
static int number_of(struct reading *rd, struct json_object *member, const char *key, uint64_t max,
		     uint64_t *ret)
{
	struct span s;
	int r;

	if (json_in_kind_of(member) == JSON_IN_STR) {
		rd->st->seen[LENIENT_NUMBER] = true;
		r = json_in_str_of(member, key, &s, rd->err);
		if (r > 0 && !cel_number_of(s, ret))
			return fail(rd->err, TSMMR_E_MALFORMED, "\"%s\" is not a number", key);
	} else {
		r = json_in_u64_of(member, key, ret, rd->err);
	}
	if (r > 0 && *ret > max)
		return fail(rd->err, TSMMR_E_MALFORMED, "\"%s\" is too big a number", key);
	return r;
}

static int take_number(struct reading *rd, struct json_object *o, const char *key, uint64_t max,
		       uint64_t *ret)
{
	return number_of(rd, json_in_member(o, key), key, max, ret);
}

/* Hex into room that is left in the buffer for it; an empty string is no bytes. */
static int hex_of(struct reading *rd, struct json_object *member, const char *key, struct buf *b,
		  struct span *ret)
{
	struct span s;
	uint8_t *p;
	int r = json_in_str_of(member, key, &s, rd->err);

	if (r <= 0)
		return r < 0 ? r : fail(rd->err, TSMMR_E_MALFORMED, "\"%s\" is missing", key);
	b->n = 0;
	p = buf_room(b, s.n / 2 + 1);
	if (!p)
		return fail_nomem(rd->err);
	if (s.n % 2 || hex_decode(p, s.n / 2 + 1, (const char *)s.p, s.n) != (ssize_t)(s.n / 2))
		return fail(rd->err, TSMMR_E_MALFORMED, "\"%s\" is not hex", key);
	*ret = span_of(p, s.n / 2);
	return 0;
}

/* The record's content, which is hex. */
static int take_hex(struct reading *rd)
{
	return hex_of(rd, rd->members[CONTENT], members[CONTENT], &rd->st->data, &rd->rec->data);
}

static int take_alg(struct reading *rd, struct json_object *member, uint64_t *ret)
{
	const struct hash_alg *alg;
	struct span s;
	bool exact = true;
	int r;

	if (json_in_kind_of(member) == JSON_IN_INT) {
		rd->st->seen[LENIENT_NUMBER] = true;
		return json_in_u64_of(member, "hashAlg", ret, rd->err);
	}
	r = json_in_str_of(member, "hashAlg", &s, rd->err);
	if (r <= 0)
		return r < 0 ? r : refuse(rd, "a digest without its algorithm");
	if (s.n > 2 && s.p[0] == '0' && cel_number_of(s, ret)) {
		rd->st->seen[LENIENT_SPELLING] |= s.n != 6 || s.p[1] != 'x';
		for (size_t i = 2; i < s.n; i++)
			rd->st->seen[LENIENT_SPELLING] |= s.p[i] >= 'a';
		return 1;
	}
	for (size_t i = 0; (alg = hash_by_index(i)); i++)
		if (cel_is_word(s, alg->name, &exact))
			break;
	if (!alg && cel_is_word(s, "sha", &exact))
		alg = hash_by_id(TSMMR_HASH_SHA1);
	if (!alg)
		return refuse(rd, "a hash algorithm with an unknown name");
	rd->st->seen[LENIENT_SPELLING] |= !exact;
	*ret = alg->id;
	return 1;
}

static int take_digests(struct reading *rd)
{
	static const char *const keys[] = { "hashAlg", "digest" };
	struct json_object *array = rd->members[DIGESTS], *one, *found[ARRAY_SIZE(keys)];
	int r = json_in_array_of(array, members[DIGESTS], rd->err);

	if (r <= 0)
		return r;
	for (size_t i = 0; (r = json_in_item(array, i, &one, rd->err)) > 0; i++) {
		const char *why;
		struct span s;
		uint64_t alg = 0;
		ssize_t n;

		json_in_members(one, keys, ARRAY_SIZE(keys), found);
		r = take_alg(rd, found[0], &alg);
		if (r > 0)
			r = json_in_str_of(found[1], keys[1], &s, rd->err);
		if (r <= 0)
			return r < 0 ? r : refuse(rd, "a digest without its value");
		if (rd->rec->n_digests == EVENT_DIGESTS_MAX)
			return refuse(rd, "more than 16 digests");
		n = s.n % 2 ? -1 :
			      hex_decode(rd->st->digests[i], TSMMR_HASH_SIZE_MAX, (const char *)s.p,
					 s.n);
		if (n < 0)
			return refuse(rd, "a digest that is not hex, or too long");
		r = cel_add_digest(rd->rec, alg, span_of(rd->st->digests[i], (size_t)n), &why);
		if (r < 0)
			return refuse(rd, why);
	}
	return r;
}

/* Which register, by exactly one of the members that name one. */
static int take_index(struct reading *rd)
{
	static const struct {
		int member;
		enum cel_index kind;
	} keys[] = {
		{ PCR, CEL_PCR },
		{ NV_INDEX, CEL_NV },
		{ RTMR, CEL_RTMR },
	};
	int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int member = keys[i].member;
		uint64_t v = 0;
		int r = number_of(rd, rd->members[member], members[member], UINT32_MAX, &v);

		if (r < 0)
			return r;
		if (!r)
			continue;
		n++;
		rd->rec->kind = keys[i].kind;
		rd->rec->index = (uint32_t)v;
	}
	return n == 1 ? 0 : refuse(rd, "a record must have either a PCR or an NV index");
}

static int take_event_type(struct reading *rd, struct json_object *member)
{
	bool exact = false;
	uint64_t v = 0;
	struct span s;
	int r;

	if (json_in_kind_of(member) == JSON_IN_STR) {
		r = json_in_str_of(member, "event_type", &s, rd->err);
		if (r < 0)
			return r;
		if (cel_type_of(s, &rd->rec->type, &exact)) {
			rd->st->seen[LENIENT_SPELLING] |= !exact;
			return 0;
		}
		if (s.n && !cel_number_of(s, &v)) {
			/* What tpm2-tss writes for any that its table lacks. */
			rd->st->seen[cel_is_word(s, "Unknown event type", &exact) ?
					     LENIENT_TYPE :
					     LENIENT_TYPE_NAME] = true;
			rd->rec->type = CEL_TYPE_NAMED;
			rd->rec->name = s;
			return 0;
		}
	}
	r = number_of(rd, member, "event_type", UINT32_MAX, &v);
	rd->rec->type = (uint32_t)v;
	return r > 0 ? 0 : r < 0 ? r : refuse(rd, "an event without its type");
}

static int take_management_type(struct reading *rd, struct json_object *o)
{
	static const uint32_t types[] = { CEL_VERSION, CEL_FIRMWARE_END, CEL_TIMESTAMP,
					  CEL_STATE_TRANS };
	bool text = json_in_kind(o, "type") == JSON_IN_STR, exact = false;
	struct span s = { 0 };
	uint64_t v = 0;
	int r = text ? json_in_str(o, "type", &s, rd->err) :
		       take_number(rd, o, "type", UINT32_MAX, &v);

	if (r <= 0)
		return r < 0 ? r : refuse(rd, "a management record without its type");
	rd->st->seen[LENIENT_NUMBER] |= !text;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (text ? cel_is_word(s, cel_management_name(types[i]), &exact) : v == types[i]) {
			rd->rec->type = types[i];
			rd->st->seen[LENIENT_SPELLING] |= text && !exact;
			return 0;
		}
	return refuse(rd, "a management record of a type that CEL does not have");
}

static int take_state(struct reading *rd, struct json_object *o, uint64_t *ret)
{
	bool exact = false;
	struct span s;
	int r;

	if (json_in_kind(o, "data") != JSON_IN_STR) {
		rd->st->seen[LENIENT_NUMBER] = true;
		return take_number(rd, o, "data", CEL_STATES_N - 1, ret);
	}
	r = json_in_str(o, "data", &s, rd->err);
	for (uint64_t i = 0; r > 0 && i < CEL_STATES_N; i++)
		if (cel_is_word(s, cel_states[i], &exact)) {
			rd->st->seen[LENIENT_SPELLING] |= !exact;
			*ret = i;
			return 1;
		}
	return r < 0 ? r : refuse(rd, "a state transition that CEL does not have");
}

/* { "type": …, "data": … }; tpm2-tss nests a timestamp in an object of its own name. */
static int take_management_object(struct reading *rd, struct json_object *o)
{
	uint8_t *p = rd->st->management;
	struct json_object *data = NULL;
	uint64_t a = 0, b = 0;
	size_t n = 0;
	int r = take_management_type(rd, o);

	if (r < 0)
		return r;
	switch (rd->rec->type) {
	case CEL_VERSION:
		r = json_in_child(o, "data", &data, rd->err);
		if (r > 0)
			r = take_number(rd, data, "major", UINT16_MAX, &a);
		if (r > 0)
			r = take_number(rd, data, "minor", UINT16_MAX, &b);
		n = 4;
		cel_put_be(p, 2, a);
		cel_put_be(p + 2, 2, b);
		break;
	case CEL_FIRMWARE_END:
		return json_in_kind(o, "data") == JSON_IN_NONE ?
			       0 :
			       refuse(rd, "firmware_end with a value");
	case CEL_TIMESTAMP:
		if (json_in_kind(o, "data") == JSON_IN_OBJECT &&
		    json_in_child(o, "data", &data, rd->err) > 0) {
			rd->st->seen[LENIENT_MANAGEMENT] = true;
			r = take_number(rd, data, "cel_timestamp", UINT64_MAX, &a);
		} else {
			r = take_number(rd, o, "data", UINT64_MAX, &a);
		}
		n = 8;
		cel_put_be(p, n, a);
		break;
	default:
		r = take_state(rd, o, &a);
		n = 1;
		cel_put_be(p, n, a);
	}
	rd->rec->data = span_of(p, n);
	return r > 0 ? 0 : r < 0 ? r : refuse(rd, "a management record without its value");
}

static int take_management(struct reading *rd)
{
	struct json_object *o = rd->members[CONTENT];
	int r;

	if (json_in_kind_of(o) != JSON_IN_ARRAY) {
		r = json_in_child_of(o, members[CONTENT], rd->err);
		return r > 0 ? take_management_object(rd, o) :
		       r < 0 ? r :
			       refuse(rd, "a management record without content");
	}
	rd->st->seen[LENIENT_MANAGEMENT] = true;
	if (json_in_length(o) != 1)
		return refuse(rd, "not one management record in a list of them");
	r = json_in_item(o, 0, &o, rd->err);
	return r > 0 ? take_management_object(rd, o) : r;
}

static int take_ima(struct reading *rd, struct json_object *o)
{
	const char *key = "template_data";
	int r = json_in_str(o, "template_name", &rd->rec->name, rd->err);

	if (r <= 0)
		return r < 0 ? r : refuse(rd, "an IMA record without its template's name");
	if (json_in_kind(o, key) == JSON_IN_NONE &&
	    json_in_kind(o, "template_value") == JSON_IN_STR) {
		rd->st->seen[LENIENT_TEMPLATE_VALUE] = true;
		key = "template_value";
	}
	return hex_of(rd, json_in_member(o, key), key, &rd->st->data, &rd->rec->data);
}

/* What systemd says besides, kept as JSON of ours. */
static int take_aside(struct reading *rd, struct json_object *o)
{
	static const char *const words[] = { "eventType", "bootId", "nvIndexName" };
	_cleanup_(buf_done) struct buf escaped = { 0 };
	struct json j = { .b = &rd->st->aside };
	struct span s;
	uint64_t v;
	int r = 0;

	rd->st->aside.n = 0;
	json_open(&j, NULL, '{');
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(words); i++) {
		r = json_in_str(o, words[i], &s, rd->err);
		if (r <= 0)
			continue;
		escaped.n = 0;
		text_utf8(&escaped, s);
		json_strn(&j, words[i], escaped.p, escaped.n);
	}
	if (r >= 0 && (r = json_in_u64(o, "timestamp", &v, rd->err)) > 0)
		json_hexnum(&j, "timestamp", v);
	json_close(&j, '}');
	if (r >= 0 && (escaped.failed || rd->st->aside.failed))
		return fail_nomem(rd->err);
	rd->rec->aside = span_of(rd->st->aside.p, rd->st->aside.n);
	return r < 0 ? r : 0;
}

/* CEL: the measured string in hex.  systemd and libcel: an object that has it as text. */
static int take_systemd(struct reading *rd)
{
	struct json_object *o = rd->members[CONTENT];
	int r;

	if (json_in_kind_of(o) == JSON_IN_STR) {
		r = take_hex(rd);
		if (r != TSMMR_E_MALFORMED)
			return r;
		rd->st->seen[LENIENT_FORM] = true;
		return json_in_str_of(o, members[CONTENT], &rd->rec->data, rd->err);
	}
	rd->st->seen[LENIENT_FORM] = true;
	r = json_in_child_of(o, members[CONTENT], rd->err);
	if (r > 0)
		r = json_in_str(o, "string", &rd->rec->data, rd->err);
	return r < 0 || !o ? r : take_aside(rd, o);
}

/* Lower-case hex is bytes in any encoding; all else stays as it is written. */
static int take_unknown(struct reading *rd)
{
	struct span s;

	if (!json_in_raw(rd->text, "content", &rd->rec->data))
		return refuse(rd, "content that cannot be found");
	rd->rec->raw = RAW_JSON;
	if (json_in_kind_of(rd->members[CONTENT]) != JSON_IN_STR)
		return 0;
	if (json_in_str_of(rd->members[CONTENT], members[CONTENT], &s, rd->err) <= 0 || s.n % 2)
		return 0;
	for (size_t i = 0; i < s.n; i++)
		if (!memchr("0123456789abcdef", s.p[i], 16))
			return 0;
	rd->rec->raw = RAW_BYTES;
	return take_hex(rd);
}

static int take_content_type(struct reading *rd)
{
	struct json_object *member = rd->members[CONTENT_TYPE];
	bool exact = false;
	uint64_t v = 0;
	struct span s;
	int r;

	if (json_in_kind_of(member) != JSON_IN_STR) {
		r = number_of(rd, member, members[CONTENT_TYPE], CEL_CONTENT_NAMED - 1, &v);
		/* What CEL has no name for can only be a number. */
		rd->st->seen[LENIENT_NUMBER] |= r > 0 && v <= TSMMR_CONTENT_SYSTEMD;
		rd->rec->content = (uint32_t)v;
		return r > 0 && v < TSMMR_CONTENT_CEL ?
			       refuse(rd, "a content type that CEL does not have") :
			       r;
	}
	r = json_in_str_of(member, members[CONTENT_TYPE], &s, rd->err);
	if (r < 0)
		return r;
	if (cel_content_of(s, &rd->rec->content, &exact)) {
		rd->st->seen[LENIENT_SPELLING] |= !exact;
		return 1;
	}
	if (cel_number_of(s, &v) && v >= TSMMR_CONTENT_CEL && v < CEL_CONTENT_NAMED) {
		rd->st->seen[LENIENT_NUMBER] = true;
		rd->rec->content = (uint32_t)v;
		return 1;
	}
	if (!s.n || cel_number_of(s, &v))
		return refuse(rd, "a content type that CEL does not have");
	rd->rec->content = CEL_CONTENT_NAMED;
	rd->rec->name = s;
	return 1;
}

/* { "event_type": …, "event_data": … } */
static int take_pcclient(struct reading *rd, struct json_object *o)
{
	static const char *const keys[] = { "event_type", "event_data" };
	struct json_object *found[ARRAY_SIZE(keys)];
	int r;

	json_in_members(o, keys, ARRAY_SIZE(keys), found);
	r = take_event_type(rd, found[0]);
	return r < 0 ? r : hex_of(rd, found[1], keys[1], &rd->st->data, &rd->rec->data);
}

static int take_content(struct reading *rd)
{
	struct json_object *o = rd->members[CONTENT];
	int r = take_content_type(rd);

	if (r < 0)
		return r;
	if (!r || !o) {
		rd->rec->content = TSMMR_CONTENT_NONE;
		rd->rec->name = span_of(NULL, 0);
		return 0;
	}
	switch (rd->rec->content) {
	case TSMMR_CONTENT_CEL:
		return take_management(rd);
	case TSMMR_CONTENT_SYSTEMD:
	case CEL_CONTENT_LIBCEL_SYSTEMD:
		return take_systemd(rd);
	case TSMMR_CONTENT_IMA_TLV:
		return take_hex(rd);
	case TSMMR_CONTENT_PCCLIENT_STD:
	case TSMMR_CONTENT_IMA_TEMPLATE:
		break;
	default:
		return take_unknown(rd);
	}
	r = json_in_child_of(o, members[CONTENT], rd->err);
	if (r < 0)
		return r;
	return rd->rec->content == TSMMR_CONTENT_IMA_TEMPLATE ? take_ima(rd, o) :
								take_pcclient(rd, o);
}

int cel_json_read(struct cel_json *st, struct span text, size_t max, const struct json_scan *scan,
		  struct cel_record *rec, struct tsmmr_error *err)
{
	struct reading rd = { .st = st, .rec = rec, .text = text, .err = err };
	int r;

	json_in_free(st->record);
	st->record = NULL;
	memset(st->seen, 0, sizeof(st->seen));
	cel_record_clear(rec);
	r = json_in_scanned(&st->in, text, max, scan, &st->record, err);
	if (r < 0)
		return r;
	st->seen[LENIENT_MEMBER] = json_in_members(st->record, members, MEMBERS_N, rd.members);
	r = number_of(&rd, rd.members[RECNUM], members[RECNUM], UINT64_MAX, &rec->recnum);
	rec->has_recnum = r > 0;
	if (r >= 0)
		r = take_index(&rd);
	if (r >= 0)
		r = take_digests(&rd);
	return r < 0 ? r : take_content(&rd);
}

void cel_json_done(struct cel_json *st)
{
	json_in_free(st->record);
	json_in_done(&st->in);
	buf_done(&st->data);
	buf_done(&st->aside);
}
