/* SPDX-License-Identifier: BSD-2-Clause */
/* The calendar, where time_t may end in 2038. */
#include "util/date.h"

#include <stdio.h>
#include <string.h>

#define YEAR_MAX 9999

static bool is_leap(unsigned int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned int days_in(unsigned int year, unsigned int month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year) ? 1U : 0U);
}

bool date_of(uint64_t seconds, struct date *ret)
{
	unsigned int of_day = (unsigned int)(seconds % 86400);
	struct date d = { .year = 1970, .month = 1 };
	uint64_t days = seconds / 86400;

	for (unsigned int n; days >= (n = is_leap(d.year) ? 366 : 365); d.year++) {
		if (d.year == YEAR_MAX)
			return false;
		days -= n;
	}
	for (unsigned int n; days >= (n = days_in(d.year, d.month)); d.month++)
		days -= n;
	d.day = (unsigned int)days + 1;
	d.hour = of_day / 3600;
	d.minute = of_day / 60 % 60;
	d.second = of_day % 60;
	*ret = d;
	return true;
}

bool date_text(uint64_t seconds, char ret[DATE_TEXT])
{
	struct date d;
	char text[80]; /* what any numbers would take */

	if (!date_of(seconds, &d))
		return false;
	snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02uZ", d.year, d.month, d.day,
		 d.hour, d.minute, d.second);
	memcpy(ret, text, DATE_TEXT);
	return true;
}

/* That begin before it since the year 1. */
static uint64_t leap_days(unsigned int year)
{
	unsigned int n = year - 1;

	return n / 4 - n / 100 + n / 400;
}

bool date_seconds(const struct date *d, uint64_t *ret)
{
	uint64_t days;

	if (d->year < 1970 || d->year > YEAR_MAX || !d->month || d->month > 12 || !d->day ||
	    d->day > days_in(d->year, d->month) || d->hour > 23 || d->minute > 59 || d->second > 59)
		return false;
	/* Collateral may have thousands of dates, all of the year 9999. */
	days = UINT64_C(365) * (d->year - 1970) + leap_days(d->year) - leap_days(1970);
	for (unsigned int month = 1; month < d->month; month++)
		days += days_in(d->year, month);
	days += d->day - 1;
	*ret = days * 86400 + d->hour * 3600 + d->minute * 60 + d->second;
	return true;
}

/* n digits at s, as a number; the caller knows that they are there. */
static bool digits(const uint8_t *s, size_t n, unsigned int *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*ret = *ret * 10 + (s[i] - '0');
	}
	return true;
}

bool date_read(struct span s, uint64_t *ret)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	struct date d;

	if (s.n != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (form[i] != '0' && s.p[i] != form[i])
			return false;
	return digits(s.p, 4, &d.year) && digits(s.p + 5, 2, &d.month) &&
	       digits(s.p + 8, 2, &d.day) && digits(s.p + 11, 2, &d.hour) &&
	       digits(s.p + 14, 2, &d.minute) && digits(s.p + 17, 2, &d.second) &&
	       date_seconds(&d, ret);
}
