/* SPDX-License-Identifier: BSD-2-Clause */
/* Protocol buffers in JSON, in the text format, and as the structures they were made from. */
#include "envelope/pb.h"

#include <stdio.h>

#include "util/armour.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/json_in.h"

#define PCRS_MAX 24
#define NAME_MAX_LEN 40

bool pb_find(struct span s, uint32_t number, struct span *ret)
{
	struct cursor c = cur_span(s);
	struct pb_field f;
	bool found = false;

	while (pb_next(&c, &f) > 0)
		if (f.number == number && f.wire == PB_BYTES) {
			*ret = f.bytes;
			found = true;
		}
	return found;
}

/* TPM_ALG_ID, or HASH_INVALID (tpm.proto) of a name that is not known; false where it is no name.
 */
static bool hash_number(struct span name, uint64_t *ret)
{
	static const struct {
		const char *name;
		int alg;
	} algs[] = {
		{ "SHA1", TSMMR_HASH_SHA1 },
		{ "SHA256", TSMMR_HASH_SHA256 },
		{ "SHA384", TSMMR_HASH_SHA384 },
		{ "SHA512", TSMMR_HASH_SHA512 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(algs); i++)
		if (span_eq(name, algs[i].name, strlen(algs[i].name))) {
			*ret = (uint64_t)algs[i].alg;
			return true;
		}
	*ret = 0;
	return name.n && name.p[0] >= 'A' && name.p[0] <= 'Z';
}

/* In any base up to 16; more where it is none. */
static unsigned int digit_of(uint8_t c)
{
	return (unsigned int)hex_digit((char)c);
}

/* Decimal, or in the text format hexadecimal and octal too. */
static bool read_number(struct span s, bool any_base, uint64_t *ret)
{
	unsigned int base = 10;
	uint64_t v = 0;

	if (any_base && s.n > 2 && s.p[0] == '0' && (s.p[1] | 32) == 'x') {
		base = 16;
		s = span_of(s.p + 2, s.n - 2);
	} else if (any_base && s.n > 1 && s.p[0] == '0') {
		base = 8;
	}
	for (size_t i = 0; i < s.n; i++) {
		unsigned int digit = digit_of(s.p[i]);

		if (digit >= base || v > (UINT64_MAX - digit) / base)
			return false;
		v = v * base + digit;
	}
	*ret = v;
	return s.n > 0;
}

/* ---- writing ---- */

static void put_varint(struct buf *b, uint64_t v)
{
	for (; v > 127; v >>= 7)
		buf_char(b, (char)(v | 128));
	buf_char(b, (char)v);
}

static void put_number(struct buf *b, uint32_t number, uint64_t v)
{
	put_varint(b, number << 3 | PB_VARINT);
	put_varint(b, v);
}

static void put_bytes(struct buf *b, uint32_t number, struct span s)
{
	put_varint(b, number << 3 | PB_BYTES);
	put_varint(b, s.n);
	buf_add(b, s.p, s.n);
}

static void put_pcr(struct buf *b, uint32_t number, uint64_t pcr, struct span value)
{
	_cleanup_(buf_done) struct buf entry = { 0 };

	put_number(&entry, 1, pcr);
	put_bytes(&entry, 2, value);
	b->failed |= entry.failed;
	put_bytes(b, number, span_of(entry.p, entry.n));
}

/* ---- JSON ---- */

static int not_that(const char *name, const char *what, struct tsmmr_error *err)
{
	return fail(err, TSMMR_E_MALFORMED, "JSON: \"%s\" is not %s", name, what);
}

/* Bytes are base64 in JSON, and nothing else: zeros would be hex as well. */
static int json_data(struct span text, const char *name, struct span *ret, uint8_t **ret_owned,
		     struct tsmmr_error *err)
{
	uint8_t *to = malloc(text.n + 1);
	size_t n = 0;

	if (!to)
		return fail_nomem(err);
	if (text.n && !base64_decode(text, to, &n) && !base64url_decode(text, to, &n)) {
		free(to);
		return not_that(name, "base64", err);
	}
	*ret_owned = to;
	*ret = span_of(to, n);
	return 0;
}

static int json_add_data(struct span text, const struct pb_member *m, struct buf *ret,
			 struct tsmmr_error *err)
{
	_cleanup_(free) uint8_t *owned = NULL;
	struct span s;
	int r = json_data(text, m->name, &s, &owned, err);

	if (r == 0)
		put_bytes(ret, m->number, s);
	return r;
}

static int json_add_pcrs(struct json_object *o, const struct pb_member *m, struct buf *ret,
			 struct tsmmr_error *err)
{
	struct span text, value;
	int r = 0;

	for (unsigned int pcr = 0; r >= 0 && pcr < PCRS_MAX; pcr++) {
		_cleanup_(free) uint8_t *owned = NULL;
		char key[4];

		snprintf(key, sizeof(key), "%u", pcr);
		r = json_in_str(o, key, &text, err);
		if (r > 0)
			r = json_data(text, key, &value, &owned, err);
		if (owned)
			put_pcr(ret, m->number, pcr, value);
	}
	return r < 0 ? r : 0;
}

/* 64 bits are a text. */
static int json_add_number(struct json_object *o, const char *key, const struct pb_member *m,
			   struct buf *ret, struct tsmmr_error *err)
{
	struct span text;
	uint64_t v = 0;
	int r;

	if (json_in_kind(o, key) != JSON_IN_STR) {
		r = json_in_u64(o, key, &v, err);
	} else {
		r = json_in_str(o, key, &text, err);
		if (r > 0 && !read_number(text, false, &v) &&
		    (m->type != PB_HASH || !hash_number(text, &v)))
			return m->type == PB_HASH ? not_that(key, "a hash", err) :
						    not_that(key, "a number", err);
	}
	if (r > 0)
		put_number(ret, m->number, v);
	return r < 0 ? r : 0;
}

static int json_add_message(struct json_object *o, const struct pb_member *m, struct buf *ret,
			    struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf inner = { 0 };
	int r = pb_from_json(o, m->message, &inner, err);

	if (r == 0)
		put_bytes(ret, m->number, span_of(inner.p, inner.n));
	return r;
}

static int json_add_many(struct json_object *array, const struct pb_member *m, struct buf *ret,
			 struct tsmmr_error *err)
{
	struct json_object *o;
	struct span text;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < json_in_length(array); i++)
		if (m->type == PB_MESSAGE) {
			r = json_in_item(array, i, &o, err);
			r = r > 0 ? json_add_message(o, m, ret, err) : r;
		} else {
			r = json_in_item_str(array, i, &text, err);
			r = r > 0 ? json_add_data(text, m, ret, err) : r;
		}
	return r < 0 ? r : 0;
}

static void camel(const char *name, char ret[NAME_MAX_LEN])
{
	size_t n = 0;

	for (; *name && n < NAME_MAX_LEN - 1; name++) {
		bool up = *name == '_' && name[1] >= 'a' && name[1] <= 'z';

		name += *name == '_' && name[1];
		ret[n++] = up ? (char)(*name - 32) : *name;
	}
	ret[n] = 0;
}

/* A member may have either of two names. */
static int json_add(struct json_object *o, const struct pb_member *m, struct buf *ret,
		    struct tsmmr_error *err)
{
	char key[NAME_MAX_LEN];
	struct json_object *child;
	struct span text;
	int r;

	camel(m->name, key);
	if (json_in_kind(o, key) == JSON_IN_NONE)
		snprintf(key, sizeof(key), "%s", m->name);
	if (m->type == PB_NUMBER || m->type == PB_HASH)
		return json_add_number(o, key, m, ret, err);
	if (m->many && m->type != PB_PCRS) {
		r = json_in_array(o, key, &child, err);
		return r > 0 ? json_add_many(child, m, ret, err) : r;
	}
	if (m->type == PB_DATA) {
		r = json_in_str(o, key, &text, err);
		return r > 0 ? json_add_data(text, m, ret, err) : r;
	}
	r = json_in_child(o, key, &child, err);
	if (r <= 0)
		return r;
	return m->type == PB_PCRS ? json_add_pcrs(child, m, ret, err) :
				    json_add_message(child, m, ret, err);
}

bool pb_json_is(struct json_object *o, const char *name, enum json_in_kind kind)
{
	char key[NAME_MAX_LEN];

	camel(name, key);
	return json_in_kind(o, key) == kind || json_in_kind(o, name) == kind;
}

int pb_from_json(struct json_object *o, const struct pb_message *m, struct buf *ret,
		 struct tsmmr_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->n; i++)
		r = json_add(o, &m->members[i], ret, err);
	return r == 0 && ret->failed ? fail_nomem(err) : r;
}

/* ---- the text format ---- */

static int bad_text(const struct cursor *c, const char *what, struct tsmmr_error *err)
{
	return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, cur_offset(c),
		       "protocol buffer in text: %s", what);
}

static int peek(const struct cursor *c)
{
	return cur_empty(c) ? -1 : *c->p;
}

/* Blanks and comments. */
static void skip_blanks(struct cursor *c)
{
	while (!cur_empty(c) && (memchr(" \t\r\n", *c->p, 4) || *c->p == '#')) {
		bool comment = *c->p == '#';

		while (comment && !cur_empty(c) && *c->p != '\n')
			c->p++;
		if (!cur_empty(c))
			c->p++;
	}
}

/* The next character that is no blank, if it is one of these. */
static char take_any(struct cursor *c, const char *of)
{
	skip_blanks(c);
	return !cur_empty(c) && *c->p && strchr(of, *c->p) ? (char)*c->p++ : 0;
}

/* A name or a number; may be empty. */
static struct span take_word(struct cursor *c)
{
	const uint8_t *start;

	skip_blanks(c);
	start = c->p;
	while (!cur_empty(c) &&
	       ((*c->p >= '0' && *c->p <= '9') || ((*c->p | 32) >= 'a' && (*c->p | 32) <= 'z') ||
		memchr("_.+-", *c->p, 4)))
		c->p++;
	return span_of(start, (size_t)(c->p - start));
}

static const struct pb_member *by_name(const struct pb_message *m, struct span name)
{
	for (size_t i = 0; m && i < m->n; i++)
		if (span_eq(name, m->members[i].name, strlen(m->members[i].name)))
			return &m->members[i];
	return NULL;
}

/* Up to max digits of a base, of a byte. */
static bool take_digits(struct cursor *c, unsigned int base, unsigned int max, uint8_t *ret)
{
	unsigned int v = 0, n = 0;

	for (; n < max && !cur_empty(c) && digit_of(*c->p) < base; n++)
		v = v * base + digit_of(*c->p++);
	*ret = (uint8_t)v;
	return n && v <= 255;
}

/* What follows a backslash. */
static bool take_escape(struct cursor *c, uint8_t *ret)
{
	static const char from[] = "abfnrtv\\'\"?", to[] = "\a\b\f\n\r\t\v\\'\"?";
	const char *at;
	int ch = peek(c);

	if (ch >= '0' && ch <= '7')
		return take_digits(c, 8, 3, ret);
	if (ch <= 0)
		return false;
	c->p++;
	if (ch == 'x' || ch == 'X')
		return take_digits(c, 16, 2, ret);
	at = strchr(from, ch);
	*ret = at ? (uint8_t)to[at - from] : 0;
	return at != NULL;
}

/* Strings that follow each other are one.  ret may be NULL. */
static int take_strings(struct cursor *c, struct buf *ret, struct tsmmr_error *err)
{
	char quote = take_any(c, "\"'");

	if (!quote)
		return bad_text(c, "no string where one must be", err);
	for (; quote; quote = take_any(c, "\"'")) {
		while (peek(c) != quote) {
			uint8_t byte;

			if (peek(c) < 0 || peek(c) == '\n')
				return bad_text(c, "a string without its end", err);
			byte = *c->p++;
			if (byte == '\\' && !take_escape(c, &byte))
				return bad_text(c, "an escape that is none", err);
			if (ret)
				buf_add(ret, &byte, 1);
		}
		c->p++;
	}
	return 0;
}

/* A value of a member that is not known, however deep, to the brace of its own. */
static int skip_value(struct cursor *c, struct tsmmr_error *err)
{
	size_t depth = 0;
	int r = 0;

	do {
		skip_blanks(c);
		if (peek(c) == '"' || peek(c) == '\'')
			r = take_strings(c, NULL, err);
		else if (take_any(c, "{<["))
			depth++;
		else if (depth && take_any(c, "}>]"))
			depth--;
		else if (!(depth && take_any(c, ":,;")) && !take_word(c).n)
			return bad_text(c, "a value that is none", err);
	} while (r == 0 && depth);
	return r;
}

static int text_message(struct cursor *c, const struct pb_message *m, char end, struct buf *ret,
			struct tsmmr_error *err);

static int text_add(struct cursor *c, const struct pb_member *m, struct buf *ret,
		    struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf inner = { 0 };
	struct span word;
	uint64_t v;
	char brace;
	int r;

	if (!m)
		return skip_value(c, err);
	if (m->type == PB_NUMBER || m->type == PB_HASH) {
		word = take_word(c);
		if (!read_number(word, true, &v) && (m->type != PB_HASH || !hash_number(word, &v)))
			return bad_text(c, "a number that is none", err);
		put_number(ret, m->number, v);
		return 0;
	}
	if (m->type == PB_DATA) {
		r = take_strings(c, &inner, err);
	} else {
		brace = take_any(c, "{<");
		if (!brace)
			return bad_text(c, "no message where one must be", err);
		r = text_message(c, m->message, brace == '{' ? '}' : '>', &inner, err);
	}
	ret->failed |= inner.failed;
	if (r == 0)
		put_bytes(ret, m->number, span_of(inner.p, inner.n));
	return r;
}

/* One value, or several in brackets. */
static int text_values(struct cursor *c, const struct pb_member *m, struct buf *ret,
		       struct tsmmr_error *err)
{
	int r;

	if (!m || !m->many || !take_any(c, "["))
		return text_add(c, m, ret, err);
	if (take_any(c, "]"))
		return 0;
	do
		r = text_add(c, m, ret, err);
	while (r == 0 && take_any(c, ","));
	return r == 0 && !take_any(c, "]") ? bad_text(c, "a list without its end", err) : r;
}

/* The members up to end, 0: of the text.  As deep as m is. */
static int text_message(struct cursor *c, const struct pb_message *m, char end, struct buf *ret,
			struct tsmmr_error *err)
{
	for (skip_blanks(c); !cur_empty(c); skip_blanks(c)) {
		char closing[2] = { end };
		struct span name;
		int r;

		if (end && take_any(c, closing))
			return 0;
		name = take_word(c);
		if (!name.n)
			return bad_text(c, "no member's name", err);
		take_any(c, ":");
		r = text_values(c, by_name(m, name), ret, err);
		if (r < 0)
			return r;
		take_any(c, ",;");
	}
	return end ? bad_text(c, "a message without its end", err) : 0;
}

/* Does it begin with a member of m, and that with what it must? */
static bool may_be_text(struct span s, const struct pb_message *m)
{
	struct cursor c = cur_span(s);
	const struct pb_member *first;

	skip_blanks(&c);
	first = by_name(m, take_word(&c));
	if (!first || first->type == PB_NUMBER || first->type == PB_HASH)
		return false;
	take_any(&c, ":");
	if (first->many)
		take_any(&c, "[");
	return take_any(&c, first->type == PB_DATA ? "\"'" : "{<");
}

int pb_from_text(struct span s, const struct pb_message *m, struct buf *ret,
		 struct tsmmr_error *err)
{
	struct cursor c = cur_span(s);
	int r;

	if (!may_be_text(s, m))
		return TSMMR_E_FORMAT;
	r = text_message(&c, m, 0, ret, err);
	return r == 0 && ret->failed ? fail_nomem(err) : r;
}

/* ---- structures ---- */

static int pack_field(const struct pb_field *f, const struct pb_member *m, uint8_t *to,
		      struct tsmmr_error *err)
{
	uint64_t v = f->value;

	if (f->wire != (m->type == PB_DATA ? PB_BYTES : PB_VARINT))
		return fail(err, TSMMR_E_MALFORMED, "protocol buffer: %s is of another type",
			    m->name);
	if (m->type == PB_DATA) {
		if (f->bytes.n != m->size)
			return fail(err, TSMMR_E_MALFORMED,
				    "protocol buffer: %s has %zu bytes, not %u", m->name,
				    f->bytes.n, m->size);
		memcpy(to, f->bytes.p, f->bytes.n);
		return 0;
	}
	for (size_t i = 0; i < m->size; i++, v >>= 8)
		to[i] = (uint8_t)v;
	return v ? fail(err, TSMMR_E_MALFORMED, "protocol buffer: %s is of more than %u bytes",
			m->name, m->size) :
		   0;
}

static const struct pb_member *by_number(const struct pb_message *m, uint32_t number)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->members[i].number == number && m->members[i].size)
			return &m->members[i];
	return NULL;
}

int pb_pack(struct span s, const struct pb_message *m, uint8_t *to, struct tsmmr_error *err)
{
	uint8_t seen[32] = { 0 };
	struct cursor c = cur_span(s);
	struct pb_field f;
	int r;

	while ((r = pb_next(&c, &f)) > 0) {
		const struct pb_member *member = by_number(m, f.number);
		unsigned int k;

		if (!member)
			continue;
		k = member->many ? seen[f.number] : 0;
		if (k && k >= member->count)
			return fail(err, TSMMR_E_MALFORMED, "protocol buffer: more than %u of %s",
				    member->count, member->name);
		r = pack_field(&f, member, to + member->at + k * member->size, err);
		if (r < 0)
			return r;
		seen[f.number] = (uint8_t)(k + 1);
	}
	for (size_t i = 0; r == 0 && i < m->n; i++) {
		const struct pb_member *member = &m->members[i];
		unsigned int needed = member->count ? member->count : 1;

		if (member->type == PB_DATA && member->size && seen[member->number] < needed)
			return fail(err, TSMMR_E_MALFORMED, "protocol buffer: %s is missing",
				    member->name);
	}
	return r < 0 ? fail(err, TSMMR_E_MALFORMED, "protocol buffer: a field that is none") : 0;
}
