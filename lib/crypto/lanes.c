/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests of several messages at once: x86-64, AVX2 and AVX-512's rotations. */
#include "crypto/lanes.h"

#include <string.h>

#include <tsmmr/types.h>

#include "util/cleanup.h"

#define LANES_MAX 8
#define BLOCK_MAX 128

/* FIPS 180-4, 4.2.3; the constants of 4.2.2 are the upper halves of the first 64. */
static const uint64_t constants[80] = {
	0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
	0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
	0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
	0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
	0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
	0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
	0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
	0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
	0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
	0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
	0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
	0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
	0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
	0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
	0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
	0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
	0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
	0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
	0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
	0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

static inline uint64_t load_64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap64(v);
}

static inline uint32_t load_32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512vl")))
#define ROTATE(x, n) ((x) >> (n) | (x) << (8 * (int)sizeof(WORD) - (n)))

/* FIPS 180-4, 4.1.3 and 6.4.  Vectors of 512 bits would be no faster than these of 256. */
#define WORD uint64_t
#define LOAD load_64
#define LANES 4
#define ROUNDS 80
#define UPPER_0(x) (ROTATE(x, 28) ^ ROTATE(x, 34) ^ ROTATE(x, 39))
#define UPPER_1(x) (ROTATE(x, 14) ^ ROTATE(x, 18) ^ ROTATE(x, 41))
#define LOWER_0(x) (ROTATE(x, 1) ^ ROTATE(x, 8) ^ (x) >> 7)
#define LOWER_1(x) (ROTATE(x, 19) ^ ROTATE(x, 61) ^ (x) >> 6)
#define KERNEL sha512_avx2
#define TARGET AVX2
#include "crypto/lanes_kernel.h"
#undef KERNEL
#undef TARGET
#define KERNEL sha512_avx512
#define TARGET AVX512
#include "crypto/lanes_kernel.h"
#undef KERNEL
#undef TARGET
#undef WORD
#undef LOAD
#undef LANES
#undef ROUNDS
#undef UPPER_0
#undef UPPER_1
#undef LOWER_0
#undef LOWER_1

/* FIPS 180-4, 4.1.2 and 6.2. */
#define WORD uint32_t
#define LOAD load_32
#define LANES 8
#define ROUNDS 64
#define UPPER_0(x) (ROTATE(x, 2) ^ ROTATE(x, 13) ^ ROTATE(x, 22))
#define UPPER_1(x) (ROTATE(x, 6) ^ ROTATE(x, 11) ^ ROTATE(x, 25))
#define LOWER_0(x) (ROTATE(x, 7) ^ ROTATE(x, 18) ^ (x) >> 3)
#define LOWER_1(x) (ROTATE(x, 17) ^ ROTATE(x, 19) ^ (x) >> 10)
#define KERNEL sha256_avx2
#define TARGET AVX2
#include "crypto/lanes_kernel.h"
#undef KERNEL
#undef TARGET
#define KERNEL sha256_avx512
#define TARGET AVX512
#include "crypto/lanes_kernel.h"

struct lanes {
	uint16_t alg;
	uint8_t size, word, lanes;
	bool avx512;
	uint16_t longest; /* bytes of a message: beyond, one at a time by OpenSSL is as fast */
	void (*compress)(void *state, const uint8_t *const blocks[]);
	/* FIPS 180-4, 5.3; SHA-256's are the upper halves of SHA-512's. */
	const uint64_t *initial;
};

static const uint64_t initial_384[8] = {
	0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
	0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
};
static const uint64_t initial_512[8] = {
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

/* The first that the processor has. */
static const struct lanes kernels[] = {
	{ TSMMR_HASH_SHA256, 32, 4, 8, true, 512, sha256_avx512, initial_512 },
	{ TSMMR_HASH_SHA256, 32, 4, 8, false, 119, sha256_avx2, initial_512 },
	{ TSMMR_HASH_SHA384, 48, 8, 4, true, 4096, sha512_avx512, initial_384 },
	{ TSMMR_HASH_SHA384, 48, 8, 4, false, 4096, sha512_avx2, initial_384 },
	{ TSMMR_HASH_SHA512, 64, 8, 4, true, 4096, sha512_avx512, initial_512 },
	{ TSMMR_HASH_SHA512, 64, 8, 4, false, 4096, sha512_avx2, initial_512 },
};

static bool has(const struct lanes *lanes)
{
	if (!__builtin_cpu_supports("avx2"))
		return false;
	return !lanes->avx512 ||
	       (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"));
}

const struct lanes *lanes_for(uint16_t alg)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++)
		if (kernels[i].alg == alg && has(&kernels[i]))
			return &kernels[i];
	return NULL;
}

const struct lanes *lanes_at(size_t i, uint16_t *ret_alg)
{
	for (size_t k = 0; k < ARRAY_SIZE(kernels); k++)
		if (has(&kernels[k]) && i-- == 0) {
			*ret_alg = kernels[k].alg;
			return &kernels[k];
		}
	return NULL;
}

bool lanes_take(const struct lanes *lanes, size_t n)
{
	return lanes && n <= lanes->longest;
}

/* One message on its way. */
struct lane {
	const uint8_t *p; /* the next block … */
	size_t whole;     /* … of so many within the message */
	size_t padded;    /* of those in tail that are left */
	uint8_t tail[2 * BLOCK_MAX];
	uint8_t *ret; /* where its digest goes; NULL: nothing is on its way */
};

struct work {
	const struct lanes *lanes;
	_Alignas(32) uint8_t state[8 * LANES_MAX * sizeof(uint32_t)];
	struct lane lane[LANES_MAX];
};

static void put_word(struct work *k, size_t lane, size_t i, uint64_t initial)
{
	size_t word = k->lanes->word, at = (i * k->lanes->lanes + lane) * word;
	uint32_t half = (uint32_t)(initial >> 32);

	memcpy(k->state + at, word == 4 ? (const void *)&half : &initial, word);
}

/* FIPS 180-4, 5.1: a one, zeros, and the length in bits. */
static void begin(struct work *k, size_t i, struct span in, uint8_t *ret)
{
	size_t word = k->lanes->word, block = 16 * word, rest = in.n % block;
	struct lane *lane = &k->lane[i];
	uint64_t bits = __builtin_bswap64((uint64_t)in.n * 8);

	lane->p = in.p;
	lane->whole = in.n / block;
	lane->padded = rest + 1 + 2 * word <= block ? 1 : 2;
	lane->ret = ret;
	if (rest)
		memcpy(lane->tail, in.p + (in.n - rest), rest);
	memset(lane->tail + rest, 0, lane->padded * block - rest);
	lane->tail[rest] = 0x80;
	memcpy(lane->tail + lane->padded * block - sizeof(bits), &bits, sizeof(bits));
	if (!lane->whole)
		lane->p = lane->tail;
	for (size_t w = 0; w < 8; w++)
		put_word(k, i, w, k->lanes->initial[w]);
}

static void finish(struct work *k, size_t i)
{
	size_t word = k->lanes->word;

	for (size_t w = 0; w < k->lanes->size / word; w++) {
		const uint8_t *value = k->state + (w * k->lanes->lanes + i) * word;
		uint8_t *to = k->lane[i].ret + w * word;

		for (size_t b = 0; b < word; b++)
			to[b] = value[word - 1 - b];
	}
	k->lane[i].ret = NULL;
}

/* To its next block; false: that was the last. */
static bool advance(struct lane *lane, size_t block)
{
	if (lane->whole) {
		lane->p = --lane->whole ? lane->p + block : lane->tail;
		return true;
	}
	lane->p += block;
	return --lane->padded != 0;
}

void lanes_hash(const struct lanes *lanes, const struct span *in, size_t n, uint8_t *ret)
{
	static const uint8_t idle[BLOCK_MAX];
	const uint8_t *blocks[LANES_MAX];
	struct work k;
	size_t next = 0, busy = 0;

	k.lanes = lanes;
	for (size_t i = 0; i < lanes->lanes; i++)
		k.lane[i].ret = NULL;
	for (; busy < lanes->lanes && next < n; next++, busy++)
		begin(&k, busy, in[next], ret + next * lanes->size);
	while (busy) {
		for (size_t i = 0; i < lanes->lanes; i++)
			blocks[i] = k.lane[i].ret ? k.lane[i].p : idle;
		lanes->compress(k.state, blocks);
		for (size_t i = 0; i < lanes->lanes; i++) {
			if (!k.lane[i].ret || advance(&k.lane[i], 16u * lanes->word))
				continue;
			finish(&k, i);
			if (next < n) {
				begin(&k, i, in[next], ret + next * lanes->size);
				next++;
			} else {
				busy--;
			}
		}
	}
}
