/* SPDX-License-Identifier: BSD-2-Clause */
/* Hex in and out. */
#include "util/hex.h"

#include <stdbool.h>
#include <string.h>

/* Vectors of the compiler's own, which it breaks up where the machine has none. */
#define BLOCK 8
typedef uint8_t block __attribute__((vector_size(BLOCK)));
typedef uint16_t pairs __attribute__((vector_size(2 * BLOCK)));
typedef int8_t digits __attribute__((vector_size(2 * BLOCK)));

#define FIRST (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 8) /* bit of the one before */

static inline void encode_block(char *to, const uint8_t *p)
{
	block bytes;
	pairs both;
	digits d;

	memcpy(&bytes, p, sizeof(bytes));
	both = __builtin_convertvector(bytes, pairs);
	d = (digits)(both >> 4 << FIRST | (both & 15) << (8 - FIRST));
	d += '0' + ((d > 9) & ('a' - '9' - 1));
	memcpy(to, &d, sizeof(d));
}

/* The same of twice as many, in fewer steps: each half of a byte in a vector of its own. */
#define BLOCK2 ((size_t)2 * BLOCK)
typedef uint8_t bytes2 __attribute__((vector_size(BLOCK2)));

#ifdef __clang__
#define INTERLEAVE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define INTERLEAVE(a, b, ...) __builtin_shuffle(a, b, (bytes2){ __VA_ARGS__ })
#endif

static inline digits digits_of(bytes2 halves)
{
	digits d = (digits)halves;

	return d + '0' + ((d > 9) & ('a' - '9' - 1));
}

static inline void encode_block2(char *to, const uint8_t *p)
{
	digits high, low, d;
	bytes2 bytes;

	memcpy(&bytes, p, sizeof(bytes));
	high = digits_of(bytes >> 4);
	low = digits_of(bytes & 15);
	d = INTERLEAVE(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
	memcpy(to, &d, sizeof(d));
	d = INTERLEAVE(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
	memcpy(to + BLOCK2, &d, sizeof(d));
}

/* What is left over after the last block is the end of one that begins earlier. */
void hex_encode(char *to, const uint8_t *p, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	size_t i = 0;

	if (n < BLOCK) {
		for (; i < n; i++) {
			to[2 * i] = digit[p[i] >> 4];
			to[2 * i + 1] = digit[p[i] & 15];
		}
		return;
	}
	if (n < BLOCK2) {
		encode_block(to, p);
		encode_block(to + 2 * (n - BLOCK), p + n - BLOCK);
		return;
	}
	for (; n - i >= BLOCK2; i += BLOCK2)
		encode_block2(to + 2 * i, p + i);
	if (i < n)
		encode_block2(to + 2 * (n - BLOCK2), p + n - BLOCK2);
}

/* One more than it stands for; 0: no digit. */
static const int8_t values[UINT8_MAX + 1] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

int hex_digit(char c)
{
	return values[(uint8_t)c] - 1;
}

/* 2 * BLOCK digits into BLOCK bytes; false where one of them is no digit. */
static inline bool decode_block(uint8_t *to, const uint8_t *s)
{
	digits c, lower, is_digit, is_letter;
	uint64_t half[2];
	pairs both;
	block bytes;

	memcpy(&c, s, sizeof(c));
	lower = c | 0x20;
	is_digit = (c >= '0') & (c <= '9');
	is_letter = (lower >= 'a') & (lower <= 'f');
	lower = is_digit | is_letter;
	memcpy(half, &lower, sizeof(half));
	if ((half[0] & half[1]) != UINT64_MAX)
		return false;

	both = (pairs)((c & 15) + (is_letter & 9));
	both = (both >> FIRST & 15) << 4 | (both >> (8 - FIRST) & 15);
	bytes = __builtin_convertvector(both, block);
	memcpy(to, &bytes, sizeof(bytes));
	return true;
}

/* Pairs of digits, as many as there are, into size bytes at most; how many. */
static size_t decode_pairs(uint8_t *to, size_t size, const uint8_t *s, size_t n)
{
	size_t most = n / 2 < size ? n / 2 : size, i = 0;

	while (most - i >= BLOCK && decode_block(to + i, s + 2 * i))
		i += BLOCK;
	for (; i < most; i++) {
		int high = values[s[2 * i]], low = values[s[2 * i + 1]];

		if (!high || !low)
			break;
		to[i] = (uint8_t)((high - 1) << 4 | (low - 1));
	}
	return i;
}

ssize_t hex_decode(uint8_t *to, size_t size, const char *s, size_t n)
{
	size_t used = 0;
	size_t i = 0;

	if (n >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		i = 2;

	while (i < n) {
		size_t n_pairs =
			decode_pairs(to + used, size - used, (const uint8_t *)s + i, n - i);

		used += n_pairs;
		i += 2 * n_pairs;
		if (i < n && s[i] != ':' && s[i] != ' ')
			return -1;
		i++;
	}
	return (ssize_t)used;
}
