/* SPDX-License-Identifier: BSD-2-Clause */
/* The calendar, where time_t may end in 2038. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct date {
	unsigned int year, month, day, hour, minute, second; /* of UTC; months and days from 1 */
};

/* Seconds since 1970 as a date; false past the year 9999. */
bool date_of(uint64_t seconds, struct date *ret);
