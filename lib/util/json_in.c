/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON in, by json-c, with what it lets through refused first. */
#include "util/json_in.h"

#include <json-c/json.h>
#include <json-c/printbuf.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/error.h"
#include "util/text.h"

#define TOKENER_DEPTH (JSON_IN_DEPTH + 1) /* json-c counts the scalar in the last container */

void json_in_done(struct json_in *in)
{
	/* json-c before 0.17 does not take NULL here. */
	if (in->tok)
		json_tokener_free(in->tok);
	if (in->c)
		freelocale(in->c);
	*in = (struct json_in){ 0 };
}

static void json_in_done_p(struct json_in *in)
{
	json_in_done(in);
}

int json_in_extent(struct span s, size_t *ret)
{
	struct json_scan scan;
	int r;

	*ret = 0;
	if (!s.n || s.p[0] != '{')
		return TSMMR_E_MALFORMED;
	r = json_scan(s, JSON_IN_VALUES, &scan);
	*ret = scan.n;
	return r;
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
		struct json_scan scan;
		size_t n = 0;

		if (memchr(" \t\r\n:,}", s.p[i], 7)) {
			is_key = s.p[i] == ',' || (is_key && s.p[i] != ':');
			i++;
			continue;
		}
		if (s.p[i] == '{' || s.p[i] == '[') {
			if (json_scan(rest, JSON_IN_VALUES, &scan) < 0 || !scan.n)
				return false;
			n = scan.n;
		}
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
	enum json_type type = json_object_get_type(o);
	size_t n = 0;

	if (type == json_type_array) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_members(json_object_array_get_idx(o, i));
	} else if (type == json_type_object) {
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

/*
 * json-c cuts a string short, and says nothing, where its buffer cannot grow.  So it is made as
 * long as the text.
 */
static bool make_room(struct printbuf *pb, size_t n)
{
	if ((size_t)pb->size > n)
		return true;
	printbuf_reset(pb);
	if (printbuf_memset(pb, 0, 0, (int)n) < 0)
		return false;
	printbuf_reset(pb);
	return true;
}

/* Made once for all that is parsed with it. */
static int make_ready(struct json_in *in, size_t n, struct tsmmr_error *err)
{
	if (!in->c)
		in->c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (in->tok)
		json_tokener_reset(in->tok);
	else
		in->tok = json_tokener_new_ex(TOKENER_DEPTH);
	if (!in->c || !in->tok || !make_room(in->tok->pb, n))
		return fail_nomem(err);
	json_tokener_set_flags(in->tok, JSON_TOKENER_STRICT);
	return 0;
}

/*
 * For each text json-c makes a locale like the thread's, but with the numbers of "C".  That
 * takes much less where the thread's is "C" already.
 */
static struct json_object *read_text(struct json_in *in, struct span text)
{
	locale_t before = uselocale(in->c);
	struct json_object *o = json_tokener_parse_ex(in->tok, (const char *)text.p, (int)text.n);

	uselocale(before);
	return o;
}

/* text is s in ASCII. */
static int parse_once(struct json_in *in, struct span s, struct span text,
		      const struct json_scan *scan, struct json_object **ret,
		      struct tsmmr_error *err)
{
	_cleanup_(json_in_free) struct json_object *o = NULL;
	enum json_tokener_error e;
	int r = make_ready(in, text.n, err);

	if (r < 0)
		return r;
	o = read_text(in, text);
	e = json_tokener_get_error(in->tok);
	if (e == json_tokener_continue)
		return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, s.n, "JSON ends too early");
	if (e != json_tokener_success)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE,
			       from_ascii(s, json_tokener_get_parse_end(in->tok)), "JSON: %s",
			       json_tokener_error_desc(e));

	if (!json_object_is_type(o, json_type_object))
		return fail(err, TSMMR_E_MALFORMED, "JSON: not an object");
	/* json-c keeps the last of duplicate keys, silently. */
	if (count_members(o) != scan->members)
		return fail(err, TSMMR_E_MALFORMED, "JSON: a key is given twice in one object");

	*ret = take_ptr(o);
	return 0;
}

static bool has_memory(void)
{
	void *volatile memory = malloc(1024); /* no compiler knows how that will end */
	bool has = memory;

	free(memory);
	return has;
}

/*
 * Where memory runs out json-c ends early, leaves members out, and says that all is well.  So what
 * is refused is read a second time.
 */
static int parse(struct json_in *in, struct span s, const struct json_scan *scan,
		 struct json_object **ret, struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf ascii = { 0 };
	struct span text = s;
	int r = json_scan_check(scan, err);

	if (r == 0 && !scan->ascii) {
		r = to_ascii(s, &ascii, err);
		text = span_of(ascii.p, ascii.n);
	}
	if (r < 0)
		return r;
	r = parse_once(in, s, text, scan, ret, NULL);
	if (r < 0 && r != TSMMR_E_NOMEM)
		r = parse_once(in, s, text, scan, ret, err);
	return r == TSMMR_E_NOMEM || (r < 0 && !has_memory()) ? fail_nomem(err) : r;
}

static int check_size(struct span s, size_t max, struct tsmmr_error *err)
{
	if (s.n > max || s.n > INT32_MAX / 3)
		return fail(err, TSMMR_E_LIMIT, "JSON of %zu bytes, more than %zu", s.n, max);
	return 0;
}

int json_in_large(struct span s, size_t max, size_t max_values, struct json_object **ret,
		  struct tsmmr_error *err)
{
	_cleanup_(json_in_done) struct json_in in = { 0 };
	struct json_scan scan;
	int r = check_size(s, max, err);

	if (r < 0)
		return r;
	json_scan_all(s, max_values, &scan);
	return parse(&in, s, &scan, ret, err);
}

int json_in_scanned(struct json_in *in, struct span s, size_t max, const struct json_scan *scan,
		    struct json_object **ret, struct tsmmr_error *err)
{
	int r = check_size(s, max, err);

	return r < 0 ? r : parse(in, s, scan, ret, err);
}

int json_in_object(struct span s, size_t max, struct json_object **ret, struct tsmmr_error *err)
{
	return json_in_large(s, max, JSON_IN_VALUES, ret, err);
}

void json_in_free(struct json_object *o)
{
	json_object_put(o);
}

struct json_object *json_in_member(struct json_object *o, const char *key)
{
	struct json_object *member = NULL;

	json_object_object_get_ex(o, key, &member);
	return member;
}

/* 1, or 0 when absent or null. */
static int check_type(struct json_object *member, const char *key, json_type type,
		      struct tsmmr_error *err)
{
	if (!member)
		return 0;
	if (!json_object_is_type(member, type))
		return fail(err, TSMMR_E_MALFORMED, "JSON: \"%s\" is not of type %s", key,
			    json_type_to_name(type));
	return 1;
}

/* 1 and the member, 0 when absent or null. */
static int member_of(struct json_object *o, const char *key, json_type type,
		     struct json_object **ret, struct tsmmr_error *err)
{
	struct json_object *member = json_in_member(o, key);
	int r = check_type(member, key, type, err);
	if (r > 0)
		*ret = member;
	return r;
}

bool json_in_members(struct json_object *o, const char *const *keys, size_t n,
		     struct json_object **ret)
{
	bool other = false;
	size_t due = 0;

	memset(ret, 0, n * sizeof(*ret));
	json_object_object_foreach(o, key, member)
	{
		size_t i = due, tried = 0;

		/* Most writers give them in one order: so it is the one that is due, or nearly. */
		while (tried < n && (key[0] != keys[i][0] || strcmp(key, keys[i]) != 0)) {
			tried++;
			i = i + 1 < n ? i + 1 : 0;
		}
		if (tried < n) {
			ret[i] = member;
			due = i + 1 < n ? i + 1 : 0;
		}
		other |= tried == n;
	}
	return other;
}

int json_in_str_of(struct json_object *member, const char *key, struct span *ret,
		   struct tsmmr_error *err)
{
	int r = check_type(member, key, json_type_string, err);

	if (r > 0)
		*ret = span_of(json_object_get_string(member),
			       (size_t)json_object_get_string_len(member));
	return r;
}

int json_in_u64_of(struct json_object *member, const char *key, uint64_t *ret,
		   struct tsmmr_error *err)
{
	int r = check_type(member, key, json_type_int, err);

	if (r <= 0)
		return r;
	if (json_object_get_int64(member) < 0)
		return fail(err, TSMMR_E_MALFORMED, "JSON: \"%s\" is negative", key);
	*ret = json_object_get_uint64(member);
	return 1;
}

int json_in_child_of(struct json_object *member, const char *key, struct tsmmr_error *err)
{
	return check_type(member, key, json_type_object, err);
}

int json_in_array_of(struct json_object *member, const char *key, struct tsmmr_error *err)
{
	return check_type(member, key, json_type_array, err);
}

int json_in_str(struct json_object *o, const char *key, struct span *ret, struct tsmmr_error *err)
{
	return json_in_str_of(json_in_member(o, key), key, ret, err);
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
	return json_in_u64_of(json_in_member(o, key), key, ret, err);
}

int json_in_child(struct json_object *o, const char *key, struct json_object **ret,
		  struct tsmmr_error *err)
{
	return member_of(o, key, json_type_object, ret, err);
}

enum json_in_kind json_in_kind_of(struct json_object *o)
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
	return json_in_kind_of(json_in_member(o, key));
}

enum json_in_kind json_in_item_kind(struct json_object *array, size_t i)
{
	return i < json_object_array_length(array) ?
		       json_in_kind_of(json_object_array_get_idx(array, i)) :
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

const char *json_in_library(void)
{
	return json_c_version();
}
