/* SPDX-License-Identifier: BSD-2-Clause */
/* Option values that are more than a word: numbers, hexadecimal, times. */
#include "values.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scope.h"

#define DURATION_MAX 100000000 /* of any unit: no sum with a date overflows */

/* The decimal number that s begins with, and what follows it; NULL: none. */
static const char *take_number(const char *s, uint64_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return NULL;
	errno = 0;
	*ret = strtoull(s, &end, 10);
	return errno ? NULL : end;
}

bool value_number(const char *s, uint64_t *ret)
{
	uint64_t n = 0;
	const char *end = take_number(s, &n);

	if (!end || *end || !n)
		return false;

	*ret = n;
	return true;
}

bool value_duration(const char *s, uint64_t *ret)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	uint64_t n = 0;
	const char *end = take_number(s, &n);

	if (!end || n > DURATION_MAX || !*end || end[1])
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (*end == units[i].unit) {
			*ret = n * units[i].seconds;
			return true;
		}
	return false;
}

bool value_size(const char *s, uint64_t *ret)
{
	static const char units[] = "KMG";
	const char *unit = NULL;
	char digits[24];
	uint64_t n;
	size_t len = strlen(s);

	if (len > 1)
		unit = strchr(units, toupper((unsigned char)s[len - 1]));
	if (!unit)
		return value_number(s, ret);
	if (len > sizeof(digits))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)len - 1, s);
	if (!value_number(digits, &n))
		return false;
	for (; unit >= units; unit--) {
		if (n > UINT64_MAX / 1024)
			return false;
		n *= 1024;
	}
	*ret = n;
	return true;
}

int value_digit(char c)
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
		int high = value_digit(s[2 * i]), low = value_digit(s[2 * i + 1]);

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

/* "Z", or "+hh:mm": minutes that the time is ahead of UTC. */
static bool take_zone(const char **s, int *ret)
{
	int hours, minutes, sign = **s == '-' ? -1 : 1;

	*ret = 0;
	if (take_char(s, "Zz"))
		return true;
	if (!take_char(s, "+-") || !take_digits(s, 2, 23, &hours) || !take_char(s, ":") ||
	    !take_digits(s, 2, 59, &minutes))
		return false;
	*ret = sign * (60 * hours + minutes);
	return true;
}

/* Since 1970, for time_t may end in 2038. */
static int64_t days_to(int year, int month, int day)
{
	int64_t days = day - 1;

	for (int y = 1970; y < year; y++)
		days += days_in(y, 2) + 337;
	for (int y = year; y < 1970; y++)
		days -= days_in(y, 2) + 337;
	for (int m = 1; m < month; m++)
		days += days_in(year, m);
	return days;
}

bool value_time(const char *s, uint64_t *ret)
{
	int year, month, day, hour, minute, second, zone, fraction;
	int64_t seconds;

	if (!take_digits(&s, 4, 9999, &year) || !take_char(&s, "-") ||
	    !take_digits(&s, 2, 12, &month) || !month || !take_char(&s, "-") ||
	    !take_digits(&s, 2, days_in(year, month), &day) || !day)
		return false;
	/* A day alone begins at midnight. */
	if (!*s)
		s = "T00:00:00Z";
	/* A minute may have 61 seconds. */
	if (!take_char(&s, "Tt ") || !take_digits(&s, 2, 23, &hour) || !take_char(&s, ":") ||
	    !take_digits(&s, 2, 59, &minute) || !take_char(&s, ":") ||
	    !take_digits(&s, 2, 60, &second))
		return false;
	if (take_char(&s, ".")) {
		if (!take_digits(&s, 1, 9, &fraction))
			return false;
		while (isdigit((unsigned char)*s))
			s++;
	}
	if (!take_zone(&s, &zone) || *s)
		return false;

	seconds = 86400 * days_to(year, month, day) + 3600 * hour + 60 * (minute - zone) + second;
	if (seconds < 0)
		return false;
	*ret = (uint64_t)seconds;
	return true;
}
