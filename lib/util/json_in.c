/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON in, by json-c, with what it lets through refused first. */
#include "util/json_in.h"

#include <json-c/json.h>

#include "util/error.h"

#define JSON_BYTES_MAX (1u << 20)
#define JSON_DEPTH 9	/* json-c counts the scalar inside the last container */

/* json-c before 0.17 does not take NULL here. */
static void tok_free_p(struct json_tokener **tok)
{
	if (*tok)
		json_tokener_free(*tok);
}

/*
 * What json-c takes even with JSON_TOKENER_STRICT and must not pass: single quotes, NaN
 * and Infinity (no other word has those capitals), raw control characters.  Also counts
 * the colons outside strings, which is the number of members written down.
 */
static int scan(struct span s, size_t *ret_members, struct tsmmr_error *err)
{
	bool in_string = false;
	size_t members = 0;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		bool blank = c == '\t' || c == '\n' || c == '\r';

		if (c < 0x20 && (in_string || !blank))
			return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, i,
				       "JSON: control character");
		if (c == '"')
			in_string = !in_string;
		else if (in_string && c == '\\')
			i++;
		else if (!in_string && (c == '\'' || c == 'N' || c == 'I'))
			return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, i,
				       "JSON: unexpected character");
		else if (!in_string && c == ':')
			members++;
	}

	*ret_members = members;
	return 0;
}

static size_t count_members(struct json_object *o)
{
	size_t n = 0;

	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_members(json_object_array_get_idx(o, i));
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, member) {
			(void)key;
			n += 1 + count_members(member);
		}
	}
	return n;
}

int json_in_object(struct span s, struct json_object **ret, struct tsmmr_error *err)
{
	_cleanup_(tok_free) struct json_tokener *tok = NULL;
	_cleanup_(json_in_free) struct json_object *o = NULL;
	enum json_tokener_error e;
	size_t members = 0;
	int r;

	if (s.n > JSON_BYTES_MAX)
		return fail(err, TSMMR_E_LIMIT, "JSON of %zu bytes, more than %u", s.n,
			    JSON_BYTES_MAX);
	r = scan(s, &members, err);
	if (r < 0)
		return r;

	tok = json_tokener_new_ex(JSON_DEPTH);
	if (!tok)
		return fail_nomem(err);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, (const char *)s.p, (int)s.n);
	e = json_tokener_get_error(tok);
	if (e == json_tokener_continue)
		return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, s.n, "JSON ends too early");
	if (e != json_tokener_success)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, json_tokener_get_parse_end(tok),
			       "JSON: %s", json_tokener_error_desc(e));

	if (!json_object_is_type(o, json_type_object))
		return fail(err, TSMMR_E_MALFORMED, "JSON: not an object");
	/* json-c keeps the last of duplicate keys, silently. */
	if (count_members(o) != members)
		return fail(err, TSMMR_E_MALFORMED, "JSON: a key is given twice in one object");

	*ret = take_ptr(o);
	return 0;
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

int json_in_str(struct json_object *o, const char *key, struct span *ret,
		struct tsmmr_error *err)
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
