/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests of several messages at once: x86-64, AVX2 and AVX-512's rotations. */
#include "crypto/lanes.h"

#include <assert.h>
#include <string.h>

#include <tsmmr/types.h>

#include "crypto/chains.h"
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
	uint8_t fewest;   /* chains at once: of fewer, each by OpenSSL is as fast */
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
	{ TSMMR_HASH_SHA256, 32, 4, 8, true, 512, 4, sha256_avx512, initial_512 },
	{ TSMMR_HASH_SHA256, 32, 4, 8, false, 119, 6, sha256_avx2, initial_512 },
	{ TSMMR_HASH_SHA384, 48, 8, 4, true, 4096, 2, sha512_avx512, initial_384 },
	{ TSMMR_HASH_SHA384, 48, 8, 4, false, 4096, 3, sha512_avx2, initial_384 },
	{ TSMMR_HASH_SHA512, 64, 8, 4, true, 4096, 2, sha512_avx512, initial_512 },
	{ TSMMR_HASH_SHA512, 64, 8, 4, false, 4096, 3, sha512_avx2, initial_512 },
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

/* Each lane's state is beside the same word of all others. */
struct work {
	const struct lanes *lanes;
	union {
		_Alignas(32) uint32_t of_32[8 * 8];
		uint64_t of_64[8 * 4];
	} state;
	struct lane lane[LANES_MAX];
};

static void put_initial(struct work *k, size_t lane)
{
	size_t lanes = k->lanes->lanes;

	for (size_t i = 0; i < 8; i++)
		if (k->lanes->word == 4)
			k->state.of_32[i * lanes + lane] = (uint32_t)(k->lanes->initial[i] >> 32);
		else
			k->state.of_64[i * lanes + lane] = k->lanes->initial[i];
}

static void take_digest(const struct work *k, size_t lane, uint8_t *ret)
{
	size_t lanes = k->lanes->lanes, word = k->lanes->word;

	/* By words: what reads it next then need not wait until all of it is in memory. */
	for (size_t i = 0; i < k->lanes->size / word; i++) {
		uint32_t of_32 = __builtin_bswap32(k->state.of_32[i * lanes + lane]);
		uint64_t of_64;

		if (word == 4) {
			memcpy(ret + i * 4, &of_32, 4);
			continue;
		}
		of_64 = __builtin_bswap64(k->state.of_64[i * lanes + lane]);
		memcpy(ret + i * 8, &of_64, 8);
	}
}

/* The last 0 to 7 of n bytes, in the order in which they lie. */
static uint64_t rest_of_word(const uint8_t *p, size_t n)
{
	size_t rest = n % 8;
	uint64_t v = 0;

	if (rest && n >= 8) {
		memcpy(&v, p + (n - 8), 8);
		return v >> (64 - 8 * rest);
	}
	for (size_t i = 0; i < rest; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

/*
 * FIPS 180-4, 5.1: a one, zeros, and the length in bits.  Written by words, as it is read: what
 * was written otherwise would be waited for.
 */
static void begin(struct work *k, size_t i, struct span in, uint8_t *ret)
{
	size_t word = k->lanes->word, block = 16 * word, rest = in.n & (block - 1), at = 0, end;
	struct lane *lane = &k->lane[i];
	uint64_t bits = __builtin_bswap64((uint64_t)in.n * 8), last;

	lane->whole = in.n >> (word == 8 ? 7 : 6);
	lane->padded = rest + 1 + 2 * word <= block ? 1 : 2;
	lane->p = lane->whole ? in.p : lane->tail;
	lane->ret = ret;
	for (; at + 8 <= rest; at += 8)
		memcpy(lane->tail + at, in.p + (in.n - rest) + at, 8);
	last = rest_of_word(in.p, in.n) | UINT64_C(0x80) << 8 * (rest - at);
	memcpy(lane->tail + at, &last, 8);
	end = lane->padded * block - sizeof(bits);
	for (at += 8; at < end; at += 8)
		memset(lane->tail + at, 0, 8);
	memcpy(lane->tail + end, &bits, sizeof(bits));
	put_initial(k, i);
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
		lanes->compress(&k.state, blocks);
		for (size_t i = 0; i < lanes->lanes; i++) {
			if (!k.lane[i].ret || advance(&k.lane[i], 16u * lanes->word))
				continue;
			take_digest(&k, i, k.lane[i].ret);
			k.lane[i].ret = NULL;
			if (next < n) {
				begin(&k, i, in[next], ret + next * lanes->size);
				next++;
			} else {
				busy--;
			}
		}
	}
}

/* The next link of each, in one block, or in one that is full and the padding. */
static void extend_once(struct work *k, const uint8_t *pad, struct fold_chain *const on[], size_t n)
{
	size_t block = 16 * (size_t)k->lanes->word, used = 2 * (size_t)k->lanes->size;
	const uint8_t *blocks[LANES_MAX];

	for (size_t i = 0; i < k->lanes->lanes; i++)
		blocks[i] = pad;
	for (size_t i = 0; i < n; i++) {
		blocks[i] = on[i]->first->both;
		memcpy(on[i]->first->both + used, pad, block - used);
		put_initial(k, i);
	}
	k->lanes->compress(&k->state, blocks);
	if (used == block) {
		for (size_t i = 0; i < n; i++)
			blocks[i] = pad;
		k->lanes->compress(&k->state, blocks);
	}
	for (size_t i = 0; i < n; i++) {
		struct fold_link *next = on[i]->first->next;

		take_digest(k, i, next ? next->both : on[i]->value);
		on[i]->first = next;
	}
}

void lanes_extend(const struct lanes *lanes, struct fold_chain *chains, size_t n)
{
	size_t block = 16 * (size_t)lanes->word, used = 2 * (size_t)lanes->size;
	uint64_t bits = __builtin_bswap64(used * 8);
	uint8_t pad[BLOCK_MAX] = { 0x80 };
	struct fold_chain *on[LANES_MAX];
	size_t next = 0, busy = 0;
	struct work k;

	assert(used <= block && block <= sizeof(chains->first->both));
	memcpy(pad + (used < block ? block - used : block) - sizeof(bits), &bits, sizeof(bits));
	k.lanes = lanes;
	for (;;) {
		size_t kept = 0;

		for (size_t i = 0; i < busy; i++)
			if (on[i]->first)
				on[kept++] = on[i];
		for (busy = kept; busy < lanes->lanes && next < n; next++)
			if (chains[next].first)
				on[busy++] = &chains[next];
		if (busy < lanes->fewest)
			return;
		extend_once(&k, pad, on, busy);
	}
}

size_t lanes_fewest(const struct lanes *lanes)
{
	return lanes->fewest;
}
