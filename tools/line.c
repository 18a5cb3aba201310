/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of --batch: one JSON object, which says what to look at and what more to ask. */
#include "line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tsmmr/types.h>

#include "utf8.h"
#include "values.h"

/* Of values that no key takes, and that are only stepped over. */
#define DEPTH_MAX 32

struct reader {
	char *p, *end;
	struct line *line;
};

static const struct {
	const char *name;
	size_t where; /* in struct line; 0: the id */
	bool is_list;
} keys[] = {
	{ "id", 0, false },
	{ "log_path", offsetof(struct line, log_path), true },
	{ "log_base64", offsetof(struct line, log_base64), true },
	{ "evidence_path", offsetof(struct line, evidence_path), true },
	{ "evidence_base64", offsetof(struct line, evidence_base64), true },
	{ "nonce", offsetof(struct line, nonce), false },
	{ "expect", offsetof(struct line, expect), true },
	{ "require", offsetof(struct line, require), true },
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

/* The first usage error stays; bad syntax outranks it, for nothing after it can be read. */
__attribute__((format(printf, 3, 4))) static bool refuse(struct reader *r, int code,
							 const char *format, ...)
{
	va_list ap;

	if (r->line->code == code)
		return false;
	r->line->code = code;
	va_start(ap, format);
	vsnprintf(r->line->error, sizeof(r->line->error), format, ap);
	va_end(ap);
	return false;
}

static bool malformed(struct reader *r, const char *what)
{
	return refuse(r, TSMMR_E_MALFORMED, "not a JSON object: %s", what);
}

static void skip_blanks(struct reader *r)
{
	while (r->p < r->end && memchr(" \t\r\n", *r->p, 4))
		r->p++;
}

/* Is c the next character that is no blank?  Then it is taken. */
static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static bool peek_is(struct reader *r, char c)
{
	skip_blanks(r);
	return r->p < r->end && *r->p == c;
}

/* Four digits of a \u escape; -1: they are none. */
static int hex4(const struct reader *r, const char *p)
{
	int v = 0;

	if (r->end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = value_digit(p[i]);

		if (digit < 0)
			return -1;
		v = v << 4 | digit;
	}
	return v;
}

static char *put_utf8(char *to, unsigned int c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

/* What follows a backslash.  NULL: no escape of JSON's, or half of a pair. */
static char *take_escape(struct reader *r, char *to)
{
	static const char from[] = "\"\\/bfnrt", is[] = "\"\\/\b\f\n\r\t";
	const char *at = r->p < r->end && *r->p ? strchr(from, *r->p) : NULL;
	int high, low;

	if (at) {
		r->p++;
		*to++ = is[at - from];
		return to;
	}
	if (r->p == r->end || *r->p != 'u')
		return NULL;
	high = hex4(r, r->p + 1);
	if (high < 0 || (high >= 0xdc00 && high < 0xe000))
		return NULL;
	r->p += 5;
	if (high < 0xd800 || high >= 0xe000)
		return put_utf8(to, (unsigned int)high);
	low = r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u' ? hex4(r, r->p + 2) : -1;
	if (low < 0xdc00 || low >= 0xe000)
		return NULL;
	r->p += 6;
	return put_utf8(to, 0x10000u + ((unsigned int)(high - 0xd800) << 10) +
				    (unsigned int)(low - 0xdc00));
}

/* Bytes from p on that stand for themselves. */
static size_t plain_len(const struct reader *r, const char *at)
{
	const uint8_t *p = (const uint8_t *)at, *end = (const uint8_t *)r->end;

	while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return (size_t)((const char *)p - at);
}

/* A string, decoded where it stands: never longer than it is written. */
static bool take_string(struct reader *r, char **ret, size_t *ret_len)
{
	uint32_t unused;
	char *to;

	if (!take(r, '"'))
		return malformed(r, "a string was expected");
	*ret = to = r->p;
	for (;;) {
		size_t n = plain_len(r, r->p);

		if (r->p + n == r->end)
			return malformed(r, "cut off in a string");
		if (!n && (uint8_t)*r->p >= 0x80)
			n = utf8_next(r->p, (size_t)(r->end - r->p), &unused);
		if (n) {
			if (to != r->p)
				memmove(to, r->p, n);
			to += n;
			r->p += n;
		} else if (*r->p == '"') {
			break;
		} else if (*r->p == '\\') {
			r->p++;
			to = take_escape(r, to);
			if (!to)
				return malformed(r, "a bad escape in a string");
		} else {
			return malformed(r, (uint8_t)*r->p < 0x20 ?
						    "a control character in a string" :
						    "a string that is not UTF-8");
		}
	}
	r->p++;
	*to = '\0';
	*ret_len = (size_t)(to - *ret);
	return true;
}

/* A value that is of no use: only where it ends matters, for the line is refused already. */
static bool step_over(struct reader *r)
{
	size_t depth = 0, len;
	char *unused;

	do {
		skip_blanks(r);
		if (r->p == r->end)
			return malformed(r, "cut off in a value");
		if (*r->p == '"') {
			if (!take_string(r, &unused, &len))
				return false;
		} else if (*r->p == '[' || *r->p == '{') {
			r->p++;
			if (++depth > DEPTH_MAX)
				return malformed(r, "nested too deeply");
		} else if (*r->p == ']' || *r->p == '}') {
			r->p++;
			if (!depth--)
				return malformed(r, "a value was expected");
		} else if (depth && (*r->p == ',' || *r->p == ':')) {
			r->p++;
		} else {
			char *from = r->p;

			while (r->p < r->end && *r->p && !strchr(" \t\r\n,:[]{}\"", *r->p))
				r->p++;
			if (r->p == from)
				return malformed(r, "a value was expected");
		}
	} while (depth);
	return true;
}

/* -?(0|[1-9][0-9]*), to its end. */
static bool is_integer(const char *p, const char *end)
{
	p += p < end && *p == '-';
	if (p == end || (*p == '0' && end - p > 1))
		return false;
	for (; p < end; p++)
		if (*p < '0' || *p > '9')
			return false;
	return true;
}

static bool set_id(struct reader *r, enum line_id kind, const char *from, size_t n)
{
	if (n > LINE_ID_MAX)
		return refuse(r, TSMMR_E_ARG, "id: more than %d bytes", LINE_ID_MAX), true;
	if (memchr(from, 0, n))
		return refuse(r, TSMMR_E_ARG, "id: a NUL in it"), true;
	memcpy(r->line->id, from, n);
	r->line->id[n] = '\0';
	r->line->id_kind = kind;
	return true;
}

static bool take_id(struct reader *r)
{
	char *from;
	size_t n;

	if (peek_is(r, '"'))
		return take_string(r, &from, &n) && set_id(r, ID_STRING, from, n);
	from = r->p;
	if (!step_over(r))
		return false;
	if (!is_integer(from, r->p))
		return refuse(r, TSMMR_E_ARG, "id: not a string or an integer"), true;
	/* Of any size: it is only repeated. */
	return set_id(r, ID_INTEGER, from, (size_t)(r->p - from));
}

/* What is written into other texts must not end a line of them. */
static bool has_control(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)s[i] < 0x20 || s[i] == 0x7f)
			return true;
	return false;
}

static bool add_value(struct reader *r, const char *key, struct line_values *values)
{
	char *s;
	size_t len;

	if (!peek_is(r, '"')) {
		refuse(r, TSMMR_E_ARG, "%s: not a string", key);
		return step_over(r);
	}
	if (!take_string(r, &s, &len))
		return false;
	if (!len)
		return refuse(r, TSMMR_E_ARG, "%s: an empty value", key), true;
	if (has_control(s, len))
		return refuse(r, TSMMR_E_ARG, "%s: a control character in it", key), true;
	if (values->n == LINE_VALUES_MAX)
		return refuse(r, TSMMR_E_ARG, "%s: more than %d", key, LINE_VALUES_MAX), true;
	values->all[values->n++] = s;
	return true;
}

/* A string, or an array of them. */
static bool take_values(struct reader *r, const char *key, bool is_list, struct line_values *values)
{
	if (!is_list || !take(r, '['))
		return add_value(r, key, values);
	if (take(r, ']'))
		return refuse(r, TSMMR_E_ARG, "%s: an empty list", key), true;
	do {
		if (!add_value(r, key, values))
			return false;
	} while (take(r, ','));
	return take(r, ']') || malformed(r, "cut off in an array, or no comma in it");
}

static bool take_member(struct reader *r, unsigned int *seen)
{
	char *name;
	size_t len;

	if (!take_string(r, &name, &len))
		return false;
	if (!take(r, ':'))
		return malformed(r, "no colon after a key");
	for (size_t i = 0; i < N_KEYS; i++) {
		if (strlen(keys[i].name) != len || memcmp(name, keys[i].name, len) != 0)
			continue;
		if (*seen >> i & 1) {
			refuse(r, TSMMR_E_ARG, "'%s' is there twice", keys[i].name);
			return step_over(r);
		}
		*seen |= 1u << i;
		if (!keys[i].where)
			return take_id(r);
		return take_values(r, keys[i].name, keys[i].is_list,
				   (struct line_values *)((char *)r->line + keys[i].where));
	}
	refuse(r, TSMMR_E_ARG, "no such key: '%.*s'", len < 64 ? (int)len : 64, name);
	return step_over(r);
}

static bool take_object(struct reader *r)
{
	unsigned int seen = 0;

	if (!take(r, '{'))
		return malformed(r, "it begins with no brace");
	if (!take(r, '}')) {
		do {
			if (!take_member(r, &seen))
				return false;
		} while (take(r, ','));
		if (!take(r, '}'))
			return malformed(r, "cut off, or no comma between its members");
	}
	skip_blanks(r);
	return r->p == r->end || malformed(r, "something after it");
}

int line_parse(char *text, size_t len, struct line *ret)
{
	struct reader r = { .p = text, .end = text + len, .line = ret };

	memset(ret, 0, sizeof(*ret));
	take_object(&r);
	return ret->code;
}

/* The value of a digit of base64 or base64url and 1; 0: it is none. */
static const uint8_t digits[256] = {
	['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,
	['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14,
	['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21,
	['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,
	['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,
	['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,
	['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63,
	['-'] = 63, ['/'] = 64, ['_'] = 64,
};

bool line_base64(char *text, uint8_t **ret, size_t *ret_len)
{
	const uint8_t *from = (const uint8_t *)text;
	size_t n = strlen(text), full = n;
	uint8_t *to = (uint8_t *)text;

	while (n && full - n < 2 && text[n - 1] == '=')
		n--;
	if (!n || n % 4 == 1 || (full != n && full % 4))
		return false;
	for (size_t left = n; left; from += left < 4 ? left : 4, left -= left < 4 ? left : 4) {
		uint32_t bits = 0;
		bool all = true;

		for (size_t i = 0; i < 4; i++) {
			uint8_t digit = i < left ? digits[from[i]] : 1;

			all &= digit > 0;
			bits = bits << 6 | (digit - 1u);
		}
		if (!all)
			return false;
		*to++ = (uint8_t)(bits >> 16);
		if (left > 2)
			*to++ = (uint8_t)(bits >> 8);
		if (left > 3)
			*to++ = (uint8_t)bits;
	}
	*ret = (uint8_t *)text;
	*ret_len = (size_t)(to - *ret);
	return true;
}
