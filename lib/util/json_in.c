/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON in, by json-c, with what it lets through refused first. */
#include "util/json_in.h"

#include <json-c/json.h>
#include <string.h>

#include "util/buf.h"
#include "util/error.h"
#include "util/text.h"

#define TOKENER_DEPTH (JSON_IN_DEPTH + 1) /* json-c counts the scalar in the last container */

/* json-c before 0.17 does not take NULL here. */
static void tok_free_p(struct json_tokener **tok)
{
	if (*tok)
		json_tokener_free(*tok);
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/*
 * A run of digits that is an integer: does it fit?  json-c 0.16 clamps silently; 0.18 refuses
 * what lies below INT64_MIN.
 */
static bool fits(struct span s, size_t *i)
{
	bool negative = *i && s.p[*i - 1] == '-', over = false;
	uint64_t v = 0;

	for (; *i < s.n && is_digit(s.p[*i]); ++*i) {
		over |= __builtin_mul_overflow(v, 10, &v);
		over |= __builtin_add_overflow(v, s.p[*i] - '0', &v);
	}
	over |= negative && v > (uint64_t)INT64_MAX + 1;
	/* A fraction or an exponent makes it something that no caller takes. */
	return !over || (*i < s.n && (s.p[*i] == '.' || (s.p[*i] | 0x20) == 'e'));
}

/*
 * What json-c takes even with JSON_TOKENER_STRICT and must not pass: single quotes, NaN
 * and Infinity (no other word has those capitals), raw control characters, integers that
 * do not fit.  Also counts the colons outside strings, which is the number of members
 * written down.
 */
static int scan(struct span s, size_t max_values, size_t *ret_members, struct tsmmr_error *err)
{
	bool in_string = false, nul = false;
	size_t members = 0, values = 0;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		bool blank = c == '\t' || c == '\n' || c == '\r';

		if (c < 0x20 && (in_string || !blank))
			return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, i,
				       "JSON: control character");
		if (c == '"') {
			in_string = !in_string;
			nul &= !in_string;
		} else if (in_string) {
			nul |= span_starts(span_of(s.p + i, s.n - i), "\\u0000", 6);
			i += c == '\\';
		} else if (c == '\'' || c == 'N' || c == 'I') {
			return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, i,
				       "JSON: unexpected character");
		} else if (is_digit(c)) {
			if (!fits(s, &i))
				return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, i,
					       "JSON: an integer of more than 64 bits");
			i--;
		}
		if (in_string)
			continue;
		/* json-c would end the key there. */
		if (c == ':' && nul)
			return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, i,
				       "JSON: a key with a NUL");
		members += c == ':';
		values += c == ',' || c == '{' || c == '[';
		if (values > max_values)
			return fail_at(err, TSMMR_E_LIMIT, TSMMR_NONE, i,
				       "JSON of more than %zu values", max_values);
	}

	*ret_members = members;
	return 0;
}

/* Where the value ends that begins at s.p, an object or an array; 0: not in s. */
static int extent(struct span s, size_t *ret)
{
	bool in_string = false;
	size_t depth = 0;

	*ret = 0;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == '"')
			in_string = !in_string;
		else if (in_string && c == '\\')
			i++;
		if (in_string)
			continue;
		if (c == '{' || c == '[') {
			if (depth++ == JSON_IN_DEPTH)
				return TSMMR_E_MALFORMED;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			*ret = i + 1;
			return 0;
		}
	}
	return 0;
}

int json_in_extent(struct span s, size_t *ret)
{
	return s.n && s.p[0] == '{' ? extent(s, ret) : TSMMR_E_MALFORMED;
}

/* Of a string, a number or a word. */
static size_t scalar_extent(struct span s)
{
	size_t i = 1;

	if (s.p[0] == '"') {
		while (i < s.n && s.p[i] != '"')
			i += s.p[i] == '\\' ? 2 : 1;
		return i < s.n ? i + 1 : s.n;
	}
	while (i < s.n && !memchr(",}] \t\r\n", s.p[i], 7))
		i++;
	return i;
}

bool json_in_raw(struct span s, const char *key, struct span *ret)
{
	size_t n_key = strlen(key), i = 1;
	bool is_key = true, found = false;

	/* Of an object that has been parsed: what stands where is known. */
	while (i < s.n) {
		struct span rest = span_of(s.p + i, s.n - i);
		size_t n = 0;

		if (memchr(" \t\r\n:,}", s.p[i], 7)) {
			is_key = s.p[i] == ',' || (is_key && s.p[i] != ':');
			i++;
			continue;
		}
		if ((s.p[i] == '{' || s.p[i] == '[') && (extent(rest, &n) < 0 || !n))
			return false;
		if (!n)
			n = scalar_extent(rest);
		if (!is_key && found) {
			*ret = span_of(rest.p, n);
			return true;
		}
		found = is_key && n == n_key + 2 && memcmp(rest.p + 1, key, n_key) == 0;
		i += n;
	}
	return false;
}

static size_t count_members(struct json_object *o)
{
	size_t n = 0;

	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_members(json_object_array_get_idx(o, i));
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, member)
		{
			(void)key;
			n += 1 + count_members(member);
		}
	}
	return n;
}

/*
 * s in ASCII, for json-c 0.18 takes every byte above that for a control character.  What is
 * no UTF-8, or stands outside a string, is refused here or by json-c.
 */
static int to_ascii(struct span s, struct buf *out, struct tsmmr_error *err)
{
	bool escaped = false;

	for (size_t i = 0; i < s.n;) {
		uint32_t c;
		size_t n = text_utf8_sequence(s.p + i, s.n - i, &c);

		if (!n)
			return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, i,
				       "JSON: invalid utf-8 string");
		/* A backslash before it would escape the one that is added. */
		if (n > 1 && escaped)
			return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, i,
				       "JSON: invalid string sequence");
		escaped = c == '\\' && !escaped;
		if (c < 0x80)
			buf_char(out, (char)c);
		else if (c < 0x10000)
			buf_printf(out, "\\u%04x", c);
		else
			buf_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
		i += n;
	}
	return out->failed ? fail_nomem(err) : 0;
}

/* The byte of s that byte at of to_ascii() came from. */
static size_t from_ascii(struct span s, size_t at)
{
	size_t i = 0;

	for (size_t to = 0; i < s.n && to < at;) {
		uint32_t c;
		size_t n = text_utf8_sequence(s.p + i, s.n - i, &c);

		to += c < 0x80 ? 1 : c < 0x10000 ? 6 : 12;
		i += n;
	}
	return i;
}

static bool is_ascii(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 0x80)
			return false;
	return true;
}

int json_in_large(struct span s, size_t max, size_t max_values, struct json_object **ret,
		  struct tsmmr_error *err)
{
	_cleanup_(tok_free) struct json_tokener *tok = NULL;
	_cleanup_(json_in_free) struct json_object *o = NULL;
	_cleanup_(buf_done) struct buf ascii = { 0 };
	struct span text = s;
	enum json_tokener_error e;
	size_t members = 0;
	int r;

	if (s.n > max || s.n > INT32_MAX / 3)
		return fail(err, TSMMR_E_LIMIT, "JSON of %zu bytes, more than %zu", s.n, max);
	r = scan(s, max_values, &members, err);
	if (r == 0 && !is_ascii(s)) {
		r = to_ascii(s, &ascii, err);
		text = span_of(ascii.p, ascii.n);
	}
	if (r < 0)
		return r;

	tok = json_tokener_new_ex(TOKENER_DEPTH);
	if (!tok)
		return fail_nomem(err);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(tok, (const char *)text.p, (int)text.n);
	e = json_tokener_get_error(tok);
	if (e == json_tokener_continue)
		return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, s.n, "JSON ends too early");
	if (e != json_tokener_success)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE,
			       from_ascii(s, json_tokener_get_parse_end(tok)), "JSON: %s",
			       json_tokener_error_desc(e));

	if (!json_object_is_type(o, json_type_object))
		return fail(err, TSMMR_E_MALFORMED, "JSON: not an object");
	/* json-c keeps the last of duplicate keys, silently. */
	if (count_members(o) != members)
		return fail(err, TSMMR_E_MALFORMED, "JSON: a key is given twice in one object");

	*ret = take_ptr(o);
	return 0;
}

int json_in_object(struct span s, size_t max, struct json_object **ret, struct tsmmr_error *err)
{
	return json_in_large(s, max, JSON_IN_VALUES, ret, err);
}

void json_in_free(struct json_object *o)
{
	json_object_put(o);
}

/* 1 and the member, 0 when absent or null. */
static int member_of(struct json_object *o, const char *key, json_type type,
		     struct json_object **ret, struct tsmmr_error *err)
{
	struct json_object *member;

	if (!json_object_object_get_ex(o, key, &member) || !member)
		return 0;
	if (!json_object_is_type(member, type))
		return fail(err, TSMMR_E_MALFORMED, "JSON: \"%s\" is not of type %s", key,
			    json_type_to_name(type));

	*ret = member;
	return 1;
}

int json_in_str(struct json_object *o, const char *key, struct span *ret, struct tsmmr_error *err)
{
	struct json_object *member = NULL;
	int r = member_of(o, key, json_type_string, &member, err);

	if (r > 0)
		*ret = span_of(json_object_get_string(member),
			       (size_t)json_object_get_string_len(member));
	return r;
}

int json_in_array(struct json_object *o, const char *key, struct json_object **ret,
		  struct tsmmr_error *err)
{
	return member_of(o, key, json_type_array, ret, err);
}

int json_in_item(struct json_object *array, size_t i, struct json_object **ret,
		 struct tsmmr_error *err)
{
	struct json_object *item;

	if (i >= json_object_array_length(array))
		return 0;
	item = json_object_array_get_idx(array, i);
	if (!json_object_is_type(item, json_type_object))
		return fail(err, TSMMR_E_MALFORMED, "JSON: item %zu is not an object", i);

	*ret = item;
	return 1;
}

/* The bytes of an array of numbers; 0 where it has none. */
static int octets(struct json_object *array, const char *what, uint8_t **ret, size_t *ret_n,
		  struct tsmmr_error *err)
{
	_cleanup_(free) uint8_t *p = NULL;
	size_t n = json_object_array_length(array);

	if (!n)
		return 0;
	p = malloc(n);
	if (!p)
		return fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		int64_t v = json_object_get_int64(item);

		if (!json_object_is_type(item, json_type_int) || v < 0 || v > 255)
			return fail(err, TSMMR_E_MALFORMED, "JSON: \"%s\", item %zu is not a byte",
				    what, i);
		p[i] = (uint8_t)v;
	}

	*ret = take_ptr(p);
	*ret_n = n;
	return 1;
}

int json_in_octets(struct json_object *o, const char *key, uint8_t **ret, size_t *ret_n,
		   struct tsmmr_error *err)
{
	struct json_object *array = NULL;
	int r = json_in_array(o, key, &array, err);

	return r <= 0 ? r : octets(array, key, ret, ret_n, err);
}

int json_in_item_octets(struct json_object *array, size_t i, uint8_t **ret, size_t *ret_n,
			struct tsmmr_error *err)
{
	if (json_in_item_kind(array, i) != JSON_IN_ARRAY)
		return fail(err, TSMMR_E_MALFORMED, "JSON: item %zu is not an array", i);
	return octets(json_object_array_get_idx(array, i), "array", ret, ret_n, err);
}

int json_in_item_str(struct json_object *array, size_t i, struct span *ret, struct tsmmr_error *err)
{
	struct json_object *item;

	if (i >= json_object_array_length(array))
		return 0;
	if (json_in_item_kind(array, i) != JSON_IN_STR)
		return fail(err, TSMMR_E_MALFORMED, "JSON: item %zu is not a text", i);
	item = json_object_array_get_idx(array, i);
	*ret = span_of(json_object_get_string(item), (size_t)json_object_get_string_len(item));
	return 1;
}

int json_in_u64(struct json_object *o, const char *key, uint64_t *ret, struct tsmmr_error *err)
{
	struct json_object *member = NULL;
	int r = member_of(o, key, json_type_int, &member, err);

	if (r <= 0)
		return r;
	if (json_object_get_int64(member) < 0)
		return fail(err, TSMMR_E_MALFORMED, "JSON: \"%s\" is negative", key);
	*ret = json_object_get_uint64(member);
	return 1;
}

int json_in_child(struct json_object *o, const char *key, struct json_object **ret,
		  struct tsmmr_error *err)
{
	return member_of(o, key, json_type_object, ret, err);
}

static enum json_in_kind kind_of(struct json_object *o)
{
	switch (json_object_get_type(o)) {
	case json_type_null:
		return JSON_IN_NONE;
	case json_type_string:
		return JSON_IN_STR;
	case json_type_int:
		return JSON_IN_INT;
	case json_type_object:
		return JSON_IN_OBJECT;
	case json_type_array:
		return JSON_IN_ARRAY;
	default:
		return JSON_IN_OTHER;
	}
}

enum json_in_kind json_in_kind(struct json_object *o, const char *key)
{
	struct json_object *member = NULL;

	json_object_object_get_ex(o, key, &member);
	return kind_of(member);
}

enum json_in_kind json_in_item_kind(struct json_object *array, size_t i)
{
	return i < json_object_array_length(array) ? kind_of(json_object_array_get_idx(array, i)) :
						     JSON_IN_NONE;
}

bool json_in_text(struct json_object *o, const char *key, struct span *ret)
{
	struct json_object *member;
	const char *text;
	size_t n;

	if (!json_object_object_get_ex(o, key, &member) || !member)
		return false;
	text = json_object_to_json_string_length(member, JSON_C_TO_STRING_PLAIN, &n);
	if (!text)
		return false;
	*ret = span_of(text, n);
	return true;
}

size_t json_in_length(struct json_object *array)
{
	return json_object_array_length(array);
}

int json_in_each(struct json_object *o, int (*each)(void *user, const char *key), void *user)
{
	int r = 0;

	json_object_object_foreach(o, key, member)
	{
		(void)member;
		if (r == 0)
			r = each(user, key);
	}
	return r;
}

bool json_in_has(struct json_object *o, const char *key)
{
	return json_object_object_get_ex(o, key, NULL);
}

bool json_in_alone(struct json_object *o, const char *key)
{
	json_object_object_foreach(o, other, member)
	{
		if (member && strcmp(other, key) != 0)
			return false;
	}
	return true;
}

bool json_in_has_other(struct json_object *o, const char *const *known, size_t n)
{
	json_object_object_foreach(o, key, member)
	{
		bool found = false;

		(void)member;
		for (size_t i = 0; !found && i < n; i++)
			found = strcmp(key, known[i]) == 0;
		if (!found)
			return true;
	}
	return false;
}
