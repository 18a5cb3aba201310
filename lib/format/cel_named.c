/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Canonical event logs: types that have a name in place of a number, and content of one
 * encoding in another.  What an encoding cannot say is wrapped, so that nothing is lost on the
 * way through it: signature, then for a name its length (two bytes, big-endian) and the name.
 */
#include "core/names.h"
#include "format/cel.h"
#include "format/tcg2.h"
#include "util/cbor_in.h"
#include "util/json_in.h"
#include "util/text.h"

static const char named_type[CEL_SIGNATURE_SIZE] = "TSMMR type name";
static const char named_content[CEL_SIGNATURE_SIZE] = "TSMMR kind name";
static const char cbor_item[CEL_SIGNATURE_SIZE] = "TSMMR CBOR item";
static const char json_item[CEL_SIGNATURE_SIZE] = "TSMMR JSON item";

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

bool cel_is_word(struct span s, const char *word, bool *ret_exact)
{
	bool exact = true;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i], w = (uint8_t)word[i];

		exact &= c == w;
		if (!w || (c != w && lower(c) != lower(w)))
			return false;
	}
	*ret_exact = exact;
	return !word[s.n];
}

bool cel_number_of(struct span s, uint64_t *ret)
{
	bool hex = s.n > 2 && s.p[0] == '0' && (s.p[1] | 0x20) == 'x';
	uint64_t v = 0;

	for (size_t i = hex ? 2 : 0; i < s.n; i++) {
		uint8_t c = s.p[i], lower = c | 0x20;
		unsigned digit = c >= '0' && c <= '9'                ? c - '0' :
				 hex && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 :
								       16;

		if (digit == 16 || __builtin_mul_overflow(v, hex ? 16 : 10, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return false;
	}
	*ret = v;
	return s.n > 0;
}

bool cel_type_of(struct span s, uint32_t *ret, bool *ret_exact)
{
	if (tcg_type_find(s, ret, ret_exact))
		return true;
	/* libcel's spelling of one of them. */
	if (!cel_is_word(s, "ev_efi_platform_firmwate_blob2", ret_exact))
		return false;
	*ret_exact = false;
	*ret = EV_EFI_PLATFORM_FIRMWARE_BLOB2;
	return true;
}

bool cel_content_of(struct span s, uint32_t *ret, bool *ret_exact)
{
	static const uint32_t types[] = { TSMMR_CONTENT_CEL, TSMMR_CONTENT_PCCLIENT_STD,
					  TSMMR_CONTENT_IMA_TEMPLATE, TSMMR_CONTENT_IMA_TLV,
					  TSMMR_CONTENT_SYSTEMD };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (cel_is_word(s, content_name((int)types[i]), ret_exact)) {
			*ret = types[i];
			return true;
		}
	return false;
}

/* Carried as it is, for no encoding knows its form. */
static bool is_carried(uint32_t content)
{
	return content == CEL_CONTENT_NAMED || !content_name((int)content);
}

void cel_wrap(struct buf *b, bool name, struct cel_record *rec)
{
	bool type = rec->content == TSMMR_CONTENT_PCCLIENT_STD;
	uint8_t n[2];

	b->n = 0;
	if (name) {
		cel_put_be(n, sizeof(n), rec->name.n);
		buf_add(b, type ? named_type : named_content, CEL_SIGNATURE_SIZE);
		buf_add(b, n, sizeof(n));
		buf_add(b, rec->name.p, rec->name.n);
		/* This type may have any digest. */
		rec->content = TSMMR_CONTENT_PCCLIENT_STD;
		rec->type = EV_COMPACT_HASH;
		rec->name = span_of(NULL, 0);
	}
	if (rec->raw != RAW_BYTES)
		buf_add(b, rec->raw == RAW_CBOR ? cbor_item : json_item, CEL_SIGNATURE_SIZE);
	buf_add(b, rec->data.p, rec->data.n);
	rec->raw = RAW_BYTES;
	rec->data = span_of(b->p, b->n);
}

/* What any encoding takes for a name, and not for a number or a name of the tables. */
static bool is_name(struct span s, bool type)
{
	uint32_t found;
	uint64_t number;
	bool exact;

	return s.n && text_is_utf8(s) && !cel_number_of(s, &number) &&
	       !(type ? cel_type_of(s, &found, &exact) : cel_content_of(s, &found, &exact));
}

static void unwrap_name(struct tsmmr_event *e)
{
	bool type = span_starts(e->data, named_type, CEL_SIGNATURE_SIZE);
	struct cursor c = cur_span(e->data);
	struct span n, name;

	if ((!type && !span_starts(e->data, named_content, CEL_SIGNATURE_SIZE)) ||
	    !cur_skip(&c, CEL_SIGNATURE_SIZE) || !cur_take(&c, 2, &n) ||
	    !cur_take(&c, cel_get_be(n), &name) || !is_name(name, type))
		return;
	e->content = type ? TSMMR_CONTENT_PCCLIENT_STD : CEL_CONTENT_NAMED;
	e->type = type ? CEL_TYPE_NAMED : 0;
	e->name = name;
	e->data = cur_rest(&c);
}

static bool is_cbor(struct span s)
{
	struct cbor_in in = cbor_in_span(s);

	in.deterministic = true;
	return cbor_in_skip(&in, NULL) == 0 && cur_empty(&in.c);
}

/* One value, as a member of a record could be. */
static bool is_json(struct span s)
{
	_cleanup_(json_in_free) struct json_object *o = NULL;
	_cleanup_(buf_done) struct buf text = { 0 };
	struct span value;

	buf_str(&text, "{\"v\":");
	buf_add(&text, s.p, s.n);
	buf_char(&text, '}');
	return !text.failed && json_in_object(span_of(text.p, text.n), text.n, &o, NULL) == 0 &&
	       json_in_raw(span_of(text.p, text.n), "v", &value) && span_eq(value, s.p, s.n);
}

static void unwrap_item(struct tsmmr_event *e)
{
	struct span item;
	bool cbor = span_starts(e->data, cbor_item, CEL_SIGNATURE_SIZE);

	if (!cbor && !span_starts(e->data, json_item, CEL_SIGNATURE_SIZE))
		return;
	item = span_of(e->data.p + CEL_SIGNATURE_SIZE, e->data.n - CEL_SIGNATURE_SIZE);
	if (!(cbor ? is_cbor(item) : is_json(item)))
		return;
	e->data = item;
	e->raw = cbor ? RAW_CBOR : RAW_JSON;
}

void cel_unwrap(struct tsmmr_event *e)
{
	if (e->content == TSMMR_CONTENT_PCCLIENT_STD && e->type == EV_COMPACT_HASH)
		unwrap_name(e);
	if (is_carried(e->content) && e->raw == RAW_BYTES)
		unwrap_item(e);
}
