/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON in, by json-c, with what it lets through refused first. */
#pragma once

#include <tsmmr/types.h>

#include "util/cleanup.h"
#include "util/cursor.h"

struct json_object;

/*
 * One object, and nothing after it.  Refused: more than 8 levels, duplicate keys, NaN and
 * Infinity, other quotes than ", control characters, invalid UTF-8.  Free it with
 * json_in_free().  E_LIMIT over 1 MiB, E_TRUNCATED, E_MALFORMED, E_NOMEM.
 */
int json_in_object(struct span s, struct json_object **ret, struct tsmmr_error *err);
void json_in_free(struct json_object *o);
DEFINE_CLEANUP(struct json_object *, json_in_free)

/*
 * A member of o, borrowed from it.  1; 0 when it is absent or null; E_MALFORMED when it
 * is something else.  A string may hold a NUL.
 */
int json_in_str(struct json_object *o, const char *key, struct span *ret,
		struct tsmmr_error *err);
int json_in_array(struct json_object *o, const char *key, struct json_object **ret,
		  struct tsmmr_error *err);
/* Object number i of an array: 1, 0 past its end, E_MALFORMED when it is no object. */
int json_in_item(struct json_object *array, size_t i, struct json_object **ret,
		 struct tsmmr_error *err);
