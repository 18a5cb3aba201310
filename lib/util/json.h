/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON out: bytes straight into a buffer, no tree.  Commas look after themselves. */
#pragma once

#include "util/buf.h"
#include "util/cursor.h"

struct json {
	struct buf *b;
	bool comma; /* the next item in this object or array needs one */
};

/* key is NULL inside an array.  Keys are our own words and need no escaping. */
void json_open(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);                 /* '}' or ']' */
/* s must be valid UTF-8 (text.h makes it so); NULL gives null. */
void json_str(struct json *j, const char *key, const char *s);
void json_strn(struct json *j, const char *key, const void *s, size_t n);
void json_u64(struct json *j, const char *key, uint64_t v);
void json_hexnum(struct json *j, const char *key, uint64_t v); /* "0x…" */
void json_hex(struct json *j, const char *key, const uint8_t *p, size_t n);
void json_flag(struct json *j, const char *key, bool v);
void json_null(struct json *j, const char *key);
/* Already JSON. */
void json_raw(struct json *j, const char *key, const void *s, size_t n);
/* UINT64_MAX gives null: records and offsets that are not there. */
void json_u64_or_null(struct json *j, const char *key, uint64_t v);
