/* SPDX-License-Identifier: BSD-2-Clause */
/* The calendar, where time_t may end in 2038. */
#include "util/date.h"

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
