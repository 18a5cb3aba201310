/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON out: bytes straight into a buffer, no tree.  Commas look after themselves. */
#include "util/json.h"

#include <assert.h>
#include <string.h>

#include "util/put.h"
#include "util/text.h"

/* The comma and the key, and room for more bytes after them; NULL: there is none. */
static uint8_t *item(struct json *j, const char *key, size_t more)
{
	size_t n = key ? strlen(key) : 0;
	uint8_t *to = buf_room(j->b, n + sizeof(",\"\":") + more);

	if (!to)
		return NULL;
	if (j->comma)
		*to++ = ',';
	j->comma = true;
	if (!key)
		return to;
	to = put_lit(to, "\"");
	to = put_mem(to, key, n);
	return put_lit(to, "\":");
}

/* Up to here the room was used. */
static void written(struct json *j, const uint8_t *to)
{
	j->b->n = (size_t)(to - j->b->p);
}

/* An item that is so many bytes. */
static void put_item(struct json *j, const char *key, const void *p, size_t n)
{
	uint8_t *to = item(j, key, n);

	if (to)
		written(j, put_mem(to, p, n));
}

void json_open(struct json *j, const char *key, char bracket)
{
	assert(bracket == '{' || bracket == '[');
	put_item(j, key, &bracket, 1);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	assert(bracket == '}' || bracket == ']');
	buf_char(j->b, bracket);
	j->comma = true;
}

static void put_escaped(struct buf *b, uint8_t c)
{
	uint8_t *to = buf_room(b, 6), *end;

	if (!to)
		return;
	if (c == '"' || c == '\\') {
		end = put_lit(to, "\\");
		*end++ = c;
	} else {
		end = put_hex(put_lit(to, "\\u00"), span_of(&c, 1));
	}
	b->n += (size_t)(end - to);
}

/* What needs escapes, from its byte i on. */
static void put_rest(struct json *j, const uint8_t *p, size_t i, size_t n)
{
	while (i < n) {
		size_t from = i;

		i += text_plain(p + i, n - i);
		while (i < n && p[i] >= 0x80)
			i++;
		if (i > from)
			buf_add(j->b, p + from, i - from);
		else
			put_escaped(j->b, p[i++]);
	}
}

void json_strn(struct json *j, const char *key, const void *s, size_t n)
{
	const uint8_t *p = s;
	size_t plain = text_plain(p, n);
	uint8_t *to = item(j, key, plain + 2);

	if (!to)
		return;
	to = put_mem(put_lit(to, "\""), p, plain);
	if (plain == n) {
		written(j, put_lit(to, "\""));
		return;
	}
	written(j, to);
	put_rest(j, p, plain, n);
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
	uint8_t *to = item(j, key, PUT_U64_MAX);

	if (to)
		written(j, put_u64(to, v));
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
	uint8_t bytes[8];
	char digits[2 * sizeof(bytes)];
	size_t zeros = 0;
	uint8_t *to = item(j, key, sizeof("\"0x\"") + sizeof(digits));

	if (!to)
		return;
	for (size_t i = sizeof(bytes); i--; v >>= 8)
		bytes[i] = (uint8_t)v;
	hex_encode(digits, bytes, sizeof(bytes));
	while (zeros < sizeof(digits) - 1 && digits[zeros] == '0')
		zeros++;
	to = put_mem(put_lit(to, "\"0x"), digits + zeros, sizeof(digits) - zeros);
	written(j, put_lit(to, "\""));
}

void json_hex(struct json *j, const char *key, const uint8_t *p, size_t n)
{
	uint8_t *to = n <= SIZE_MAX / 8 ? item(j, key, 2 * n + 2) : NULL;

	if (!to) {
		j->b->failed = true;
		return;
	}
	to = put_hex(put_lit(to, "\""), span_of(p, n));
	written(j, put_lit(to, "\""));
}

void json_flag(struct json *j, const char *key, bool v)
{
	if (v)
		put_item(j, key, "true", 4);
	else
		put_item(j, key, "false", 5);
}

void json_null(struct json *j, const char *key)
{
	put_item(j, key, "null", 4);
}

void json_raw(struct json *j, const char *key, const void *s, size_t n)
{
	put_item(j, key, NULL, 0);
	buf_add(j->b, s, n);
}
