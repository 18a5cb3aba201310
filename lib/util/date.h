/* SPDX-License-Identifier: BSD-2-Clause */
/* The calendar, where time_t may end in 2038. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/cursor.h"

struct date {
	unsigned int year, month, day, hour, minute, second; /* of UTC; months and days from 1 */
};

/* Seconds since 1970 as a date; false past the year 9999. */
bool date_of(uint64_t seconds, struct date *ret);
#define DATE_TEXT 21
/* "2024-03-13T00:00:00Z"; false past the year 9999.  (RFC 3339 §5.6) */
bool date_text(uint64_t seconds, char ret[DATE_TEXT]);
/* The other way round; false where there is no such day, or it is before 1970. */
bool date_seconds(const struct date *d, uint64_t *ret);
/* "2024-03-13T00:00:00Z" as seconds since 1970; false for any other form.  (RFC 3339 §5.6) */
bool date_read(struct span s, uint64_t *ret);
/* From one time to another, both included, and so many seconds more: is at within? */
static inline bool date_within(uint64_t at, uint64_t from, uint64_t to, uint64_t more)
{
	return at >= from && (to > UINT64_MAX - more || at <= to + more);
}
