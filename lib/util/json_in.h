/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON in, by json-c, with what it lets through refused first. */
#pragma once

#include <locale.h>
#include <tsmmr/types.h>

#include "util/cleanup.h"
#include "util/cursor.h"
#include "util/json_scan.h"

struct json_object;
struct json_tokener;

#define JSON_IN_BYTES (1u << 20) /* a sane limit where none is given */
#define JSON_IN_VALUES 8192u     /* each takes much more memory than its text */

/*
 * One object, and nothing after it.  Refused: more than 8 levels, duplicate keys, NaN and
 * Infinity, other quotes than ", control characters, a NUL in a key, invalid UTF-8,
 * integers of more than 64 bits.  Free it with json_in_free().  E_LIMIT over max bytes or
 * JSON_IN_VALUES, E_TRUNCATED, E_MALFORMED, E_NOMEM.
 */
int json_in_object(struct span s, size_t max, struct json_object **ret, struct tsmmr_error *err);
/* The same with another limit than JSON_IN_VALUES. */
int json_in_large(struct span s, size_t max, size_t max_values, struct json_object **ret,
		  struct tsmmr_error *err);
/* The same of an object that json_scan() gave the end of, with a parser that is kept. */
struct json_in {
	struct json_tokener *tok; /* NULL before the first */
	locale_t c;
};
int json_in_scanned(struct json_in *in, struct span s, size_t max, const struct json_scan *scan,
		    struct json_object **ret, struct tsmmr_error *err);
void json_in_done(struct json_in *in);
/*
 * How many bytes the object takes that begins at s.p: 0 where it does not end in s, or
 * E_MALFORMED: it begins with no brace, or is too deep.  Nothing else is checked.
 */
int json_in_extent(struct span s, size_t *ret);
/* The value of a member of the object s, as it is written; the key must be so too. */
bool json_in_raw(struct span s, const char *key, struct span *ret);
void json_in_free(struct json_object *o);
DEFINE_CLEANUP(struct json_object *, json_in_free)

enum json_in_kind {
	JSON_IN_NONE,
	JSON_IN_STR,
	JSON_IN_INT,
	JSON_IN_OBJECT,
	JSON_IN_ARRAY,
	JSON_IN_OTHER
};

/*
 * A member of o, borrowed from it.  1; 0 when it is absent or null; E_MALFORMED when it
 * is something else.  A string may hold a NUL.
 */
int json_in_str(struct json_object *o, const char *key, struct span *ret, struct tsmmr_error *err);
int json_in_u64(struct json_object *o, const char *key, uint64_t *ret, struct tsmmr_error *err);
int json_in_child(struct json_object *o, const char *key, struct json_object **ret,
		  struct tsmmr_error *err);
int json_in_array(struct json_object *o, const char *key, struct json_object **ret,
		  struct tsmmr_error *err);
/* An array of bytes, each a number.  As the others, *ret is to be freed; 0 where it is empty. */
int json_in_octets(struct json_object *o, const char *key, uint8_t **ret, size_t *ret_n,
		   struct tsmmr_error *err);
/* Object number i of an array: 1, 0 past its end, E_MALFORMED when it is no object. */
int json_in_item(struct json_object *array, size_t i, struct json_object **ret,
		 struct tsmmr_error *err);

/*
 * Of an object whose members are few: all of them at once, each NULL where it is absent or null.
 * Has o another, be it null?
 */
bool json_in_members(struct json_object *o, const char *const *keys, size_t n,
		     struct json_object **ret);
struct json_object *json_in_member(struct json_object *o, const char *key);
/* What was found so, as json_in_str() and the others; the key is for what they say. */
enum json_in_kind json_in_kind_of(struct json_object *member);
int json_in_str_of(struct json_object *member, const char *key, struct span *ret,
		   struct tsmmr_error *err);
int json_in_u64_of(struct json_object *member, const char *key, uint64_t *ret,
		   struct tsmmr_error *err);
int json_in_child_of(struct json_object *member, const char *key, struct tsmmr_error *err);
int json_in_array_of(struct json_object *member, const char *key, struct tsmmr_error *err);

/* The same of what is no object: text number i; array of bytes number i, 0 where it is empty. */
int json_in_item_str(struct json_object *array, size_t i, struct span *ret,
		     struct tsmmr_error *err);
int json_in_item_octets(struct json_object *array, size_t i, uint8_t **ret, size_t *ret_n,
			struct tsmmr_error *err);
/* A member as JSON, borrowed; false where it is absent or null, or there is no memory. */
bool json_in_text(struct json_object *o, const char *key, struct span *ret);

/* NONE where it is absent or null. */
enum json_in_kind json_in_kind(struct json_object *o, const char *key);
enum json_in_kind json_in_item_kind(struct json_object *array, size_t i);
size_t json_in_length(struct json_object *array);
/* Each key of o, in the order of the text; what each() returns that is not 0 ends it. */
int json_in_each(struct json_object *o, int (*each)(void *user, const char *key), void *user);
/* Is there such a member, be it null? */
bool json_in_has(struct json_object *o, const char *key);
/* Is every other member null? */
bool json_in_alone(struct json_object *o, const char *key);

/* The version of the library behind it. */
const char *json_in_library(void);
