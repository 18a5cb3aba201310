/* SPDX-License-Identifier: BSD-2-Clause */
/* Option values that are more than a word: numbers, hexadecimal, times. */
#include "values.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool value_number(const char *s, uint64_t *ret)
{
	unsigned long long n;
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	n = strtoull(s, &end, 10);
	if (errno || *end || !n)
		return false;

	*ret = n;
	return true;
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return p ? (int)(p - digits) : -1;
}

size_t value_hex(const char *s, uint8_t *to, size_t size)
{
	size_t len;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		s += 2;
	len = strlen(s);
	if (!len || len % 2 || len / 2 > size)
		return 0;

	for (size_t i = 0; i < len / 2; i++) {
		int high = digit(s[2 * i]), low = digit(s[2 * i + 1]);

		if (high < 0 || low < 0)
			return 0;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return len / 2;
}

/* Reads n digits, at most max. */
static bool take_digits(const char **s, int n, int max, int *ret)
{
	*ret = 0;
	for (int i = 0; i < n; i++, ++*s) {
		if (!isdigit((unsigned char)**s))
			return false;
		*ret = *ret * 10 + (**s - '0');
	}
	return *ret <= max;
}

static bool take_char(const char **s, const char *any)
{
	return **s && strchr(any, **s) && ++*s;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* "Z", or "+hh:mm". */
static bool take_zone(const char **s)
{
	int n;

	return take_char(s, "Zz") ||
	       (take_char(s, "+-") && take_digits(s, 2, 23, &n) && take_char(s, ":") &&
		take_digits(s, 2, 59, &n));
}

bool value_is_time(const char *s)
{
	int year, month, day, n;

	if (!take_digits(&s, 4, 9999, &year) || !take_char(&s, "-") ||
	    !take_digits(&s, 2, 12, &month) || !month || !take_char(&s, "-") ||
	    !take_digits(&s, 2, days_in(year, month), &day) || !day || !take_char(&s, "Tt "))
		return false;
	/* A minute may have 61 seconds. */
	if (!take_digits(&s, 2, 23, &n) || !take_char(&s, ":") || !take_digits(&s, 2, 59, &n) ||
	    !take_char(&s, ":") || !take_digits(&s, 2, 60, &n))
		return false;
	if (take_char(&s, ".")) {
		if (!take_digits(&s, 1, 9, &n))
			return false;
		while (isdigit((unsigned char)*s))
			s++;
	}
	return take_zone(&s) && !*s;
}
