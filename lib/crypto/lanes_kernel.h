/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One block of each of several messages through SHA-2's compression function, a vector element
 * a message.  Included once a kernel, with
 *
 *   KERNEL   its name                       TARGET   what the compiler may use for it
 *   WORD     uint64_t, or uint32_t          LANES    how many messages at once
 *   LOAD     a WORD of a message            ROUNDS   how many
 *   UPPER_0, UPPER_1, LOWER_0, LOWER_1      the standard's functions of a word
 *
 * Written as FIPS 180-4, 6.2.2 and 6.4.2 has it; compilers make the vectors.
 */
TARGET static void KERNEL(void *state, const uint8_t *const blocks[])
{
	typedef WORD words __attribute__((vector_size(LANES * sizeof(WORD))));
	words *values = state, v[8], w[16];

	for (size_t t = 0; t < 16; t++)
		for (size_t lane = 0; lane < LANES; lane++)
			w[t][lane] = LOAD(blocks[lane] + t * sizeof(WORD));
	memcpy(v, values, sizeof(v));

	for (size_t t = 0; t < ROUNDS; t += 16) {
#pragma GCC unroll 16
		for (size_t i = 0; i < 16; i++) {
			/* The eight variables stay where they are; their names move. */
			words a = v[-i % 8], b = v[(1 - i) % 8], c = v[(2 - i) % 8];
			words e = v[(4 - i) % 8], f = v[(5 - i) % 8], g = v[(6 - i) % 8];
			words *d = &v[(3 - i) % 8], *h = &v[(7 - i) % 8];
			words t1 = *h + UPPER_1(e) + (g ^ (e & (f ^ g))) + w[i] +
				   (WORD)(constants[t + i] >> (64 - 8 * sizeof(WORD)));

			*d += t1;
			*h = t1 + UPPER_0(a) + ((a & b) | (c & (a | b)));
			if (t + 16 < ROUNDS)
				w[i] += LOWER_0(w[(i + 1) % 16]) + w[(i + 9) % 16] +
					LOWER_1(w[(i + 14) % 16]);
		}
	}
	for (size_t i = 0; i < 8; i++)
		values[i] += v[i];
}
