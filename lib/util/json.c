/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON out: bytes straight into a buffer, no tree.  Commas look after themselves. */
#include "util/json.h"

#include <assert.h>
#include <string.h>

static void item(struct json *j, const char *key)
{
	if (j->comma)
		buf_char(j->b, ',');
	j->comma = true;
	if (!key)
		return;
	buf_char(j->b, '"');
	buf_str(j->b, key);
	buf_add(j->b, "\":", 2);
}

void json_open(struct json *j, const char *key, char bracket)
{
	assert(bracket == '{' || bracket == '[');
	item(j, key);
	buf_char(j->b, bracket);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	assert(bracket == '}' || bracket == ']');
	buf_char(j->b, bracket);
	j->comma = true;
}

void json_strn(struct json *j, const char *key, const void *s, size_t n)
{
	const uint8_t *p = s;

	item(j, key);
	buf_char(j->b, '"');
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"' || p[i] == '\\') {
			buf_char(j->b, '\\');
			buf_char(j->b, (char)p[i]);
		} else if (p[i] < 0x20 || p[i] == 0x7f) {
			buf_printf(j->b, "\\u%04x", p[i]);
		} else {
			buf_char(j->b, (char)p[i]);
		}
	}
	buf_char(j->b, '"');
}

void json_str(struct json *j, const char *key, const char *s)
{
	if (s)
		json_strn(j, key, s, strlen(s));
	else
		json_null(j, key);
}

void json_u64(struct json *j, const char *key, uint64_t v)
{
	item(j, key);
	buf_u64(j->b, v);
}

void json_u64_or_null(struct json *j, const char *key, uint64_t v)
{
	if (v == UINT64_MAX)
		json_null(j, key);
	else
		json_u64(j, key, v);
}

void json_hexnum(struct json *j, const char *key, uint64_t v)
{
	item(j, key);
	buf_printf(j->b, "\"0x%llx\"", (unsigned long long)v);
}

void json_hex(struct json *j, const char *key, const uint8_t *p, size_t n)
{
	item(j, key);
	buf_char(j->b, '"');
	buf_hex(j->b, p, n);
	buf_char(j->b, '"');
}

void json_flag(struct json *j, const char *key, bool v)
{
	item(j, key);
	buf_str(j->b, v ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
	item(j, key);
	buf_str(j->b, "null");
}

void json_raw(struct json *j, const char *key, const void *s, size_t n)
{
	item(j, key);
	buf_add(j->b, s, n);
}
