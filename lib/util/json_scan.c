/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON looked over before it is parsed: where it ends, and what no parser is to see. */
#include "util/json_scan.h"

#include "util/error.h"
#include "util/text.h"

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

/* The first counts. */
static void refuse(struct json_scan *scan, int code, size_t at, const char *why)
{
	if (scan->code)
		return;
	scan->code = code;
	scan->at = at;
	scan->why = why;
}

/*
 * Past the string whose quote stands before s.p[i]; s.n: it does not end.  Has it a NUL?  A
 * parser in C would end a key there.
 */
static size_t skip_string(struct span s, size_t i, struct json_scan *scan, bool *ret_nul)
{
	*ret_nul = false;
	while (i < s.n) {
		uint8_t c;

		i += text_plain(s.p + i, s.n - i);
		if (i == s.n)
			break;
		c = s.p[i];
		if (c == '"')
			return i + 1;
		if (c < 0x20)
			refuse(scan, TSMMR_E_MALFORMED, i, "JSON: control character");
		scan->ascii &= c < 0x80;
		if (c == '\\') {
			*ret_nul |= span_starts(span_of(s.p + i, s.n - i), "\\u0000", 6);
			i++;
			scan->ascii &= i == s.n || s.p[i] < 0x80;
		}
		i++;
	}
	return s.n;
}

/* To be more than they may be, they must be counted first. */
static void count_value(struct json_scan *scan, size_t *left, size_t at)
{
	if (!*left)
		refuse(scan, TSMMR_E_LIMIT, at, "JSON of more than %zu values");
	else
		--*left;
}

/*
 * What json-c takes even with JSON_TOKENER_STRICT and must not pass: single quotes, NaN
 * and Infinity (no other word has those capitals), raw control characters, integers that
 * do not fit.  Also counts the colons outside strings, which is the number of members
 * written down.
 */
static int look(struct span s, bool whole, struct json_scan *scan)
{
	size_t left = scan->max_values, members = 0, depth = 0;
	bool nul = false;

	for (size_t i = 0; i < s.n;) {
		size_t at = i;
		uint8_t c = s.p[i++];

		switch (c) {
		case '"':
			i = skip_string(s, i, scan, &nul);
			/* Most are keys, and it saves a jump by table to know. */
			if (i == s.n || s.p[i] != ':')
				break;
			at = i++;
			__attribute__((fallthrough));
		case ':':
			if (nul)
				refuse(scan, TSMMR_E_MALFORMED, at, "JSON: a key with a NUL");
			members++;
			break;
		case ',':
			count_value(scan, &left, at);
			break;
		case '{':
		case '[':
			if (!whole && depth++ == JSON_IN_DEPTH)
				return TSMMR_E_MALFORMED;
			count_value(scan, &left, at);
			break;
		case '}':
		case ']':
			if (!whole && --depth == 0) {
				scan->n = i;
				scan->members = members;
				return 0;
			}
			break;
		case '\t':
		case '\n':
		case '\r':
			break;
		case '\'':
		case 'N':
		case 'I':
			refuse(scan, TSMMR_E_MALFORMED, at, "JSON: unexpected character");
			break;
		default:
			if (c < 0x20)
				refuse(scan, TSMMR_E_MALFORMED, at, "JSON: control character");
			scan->ascii &= c < 0x80;
			if (!is_digit(c))
				break;
			i = at;
			if (!fits(s, &i))
				refuse(scan, TSMMR_E_MALFORMED, i,
				       "JSON: an integer of more than 64 bits");
		}
	}
	scan->members = members;
	return 0;
}

int json_scan(struct span s, size_t max_values, struct json_scan *ret)
{
	*ret = (struct json_scan){ .max_values = max_values, .ascii = true };
	return look(s, false, ret);
}

void json_scan_all(struct span s, size_t max_values, struct json_scan *ret)
{
	*ret = (struct json_scan){ .max_values = max_values, .ascii = true };
	look(s, true, ret);
}

int json_scan_check(const struct json_scan *scan, struct tsmmr_error *err)
{
	if (scan->code == TSMMR_E_LIMIT)
		return fail_at(err, scan->code, TSMMR_NONE, scan->at,
			       "JSON of more than %zu values", scan->max_values);
	return scan->code ? fail_at(err, scan->code, TSMMR_NONE, scan->at, "%s", scan->why) : 0;
}
