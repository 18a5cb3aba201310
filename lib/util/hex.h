/* SPDX-License-Identifier: BSD-2-Clause */
/* Hex in and out. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Writes 2 * n lower-case digits, no NUL. */
void hex_encode(char *to, const uint8_t *p, size_t n);
/* 0..15, or -1. */
int hex_digit(char c);
/*
 * As people write digests: any case, a leading "0x", colons or blanks between bytes.
 * Returns the number of bytes, or -1 when it is not hex or longer than size.
 */
ssize_t hex_decode(uint8_t *to, size_t size, const char *s, size_t n);
