/* SPDX-License-Identifier: BSD-2-Clause */
/* Option values that are more than a word: numbers, hexadecimal, times. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A decimal number of at least 1 and nothing else. */
bool value_number(const char *s, uint64_t *ret);
/* The same, or that many K, M or G: of 1024, of those 1024, and so on. */
bool value_size(const char *s, uint64_t *ret);
/* A decimal number of days, hours, minutes or seconds, "7d", "12h", "90m", "30s": in seconds. */
bool value_duration(const char *s, uint64_t *ret);
/* What a hexadecimal digit of any case is worth; -1: it is none. */
int value_digit(char c);
/* Hexadecimal of any case, with "0x" or not: at most size bytes.  Returns the bytes, 0: no. */
size_t value_hex(const char *s, uint8_t *to, size_t size);
/*
 * A date-time as RFC 3339, 5.6 writes it, not before 1970: seconds since then.  A date alone is
 * its first moment in UTC.
 */
bool value_time(const char *s, uint64_t *ret);
