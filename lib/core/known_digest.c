/* SPDX-License-Identifier: BSD-2-Clause */
/* Known digests by hash: a million of them in little more memory than they have bytes. */
#include "core/known.h"

#include <assert.h>

#include "crypto/hash.h"

#define UNIT 8 /* entries begin at multiples of it */

/* Followed by the digest and the name. */
struct entry {
	uint32_t next; /* of its bucket, as buckets has it */
	uint16_t reg, type, alg;
	uint16_t source;
	uint16_t n_name;
	uint8_t n_digest;
	uint8_t denied;
};

static struct entry *entry_at(const struct known_digests *all, uint32_t place)
{
	return (struct entry *)(all->bytes + (size_t)(place - 1) * UNIT);
}

static uint64_t rotate(uint64_t v, int n)
{
	return v << n | v >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/* SipHash-1-3 (Aumasson, Bernstein, 2012) of what an entry is found by. */
static uint64_t hash_of(const uint64_t key[2], const struct entry *e, const uint8_t *digest)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
			  key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573 };
	uint64_t last = 0;

	sip_word(v, (uint64_t)e->reg | (uint64_t)e->type << 16 | (uint64_t)e->alg << 32 |
			    (uint64_t)e->denied << 48 | (uint64_t)e->n_digest << 56);
	for (size_t i = 0; i + 8 <= e->n_digest; i += 8)
		sip_word(v, get_le64(digest + i));
	for (size_t i = e->n_digest & ~7u; i < e->n_digest; i++)
		last = last << 8 | digest[i];
	sip_word(v, last);
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static const struct entry *find(const struct known_digests *all, const struct entry *e,
				const uint8_t *digest)
{
	uint32_t place;

	if (!all->n)
		return NULL;
	place = all->buckets[hash_of(all->key, e, digest) & (all->n_buckets - 1)];
	while (place) {
		const struct entry *at = entry_at(all, place);

		if (at->reg == e->reg && at->type == e->type && at->alg == e->alg &&
		    at->denied == e->denied && at->n_digest == e->n_digest &&
		    !memcmp(at + 1, digest, e->n_digest))
			return at;
		place = at->next;
	}
	return NULL;
}

static size_t size_of(const struct entry *e)
{
	return (sizeof(*e) + e->n_digest + e->n_name + UNIT - 1) / UNIT * UNIT;
}

static void link_in(struct known_digests *all, uint32_t place)
{
	struct entry *e = entry_at(all, place);
	uint32_t *bucket = &all->buckets[hash_of(all->key, e, (const uint8_t *)(e + 1)) &
					 (all->n_buckets - 1)];

	e->next = *bucket;
	*bucket = place;
}

/* Twice as many buckets, for as many entries. */
static int grow_buckets(struct known_digests *all)
{
	size_t n = all->n_buckets ? all->n_buckets * 2 : 256;
	uint32_t *buckets = calloc(n, sizeof(*buckets));

	if (!buckets)
		return TSMMR_E_NOMEM;
	free(all->buckets);
	all->buckets = buckets;
	all->n_buckets = n;
	for (size_t at = 0; at < all->n_bytes; at += size_of((struct entry *)(all->bytes + at)))
		link_in(all, (uint32_t)(at / UNIT + 1));
	return 0;
}

static int grow_bytes(struct known_digests *all, size_t n)
{
	size_t cap = all->n_bytes + all->n_bytes / 2 + n;
	uint8_t *bytes;

	if (n <= all->cap_bytes - all->n_bytes)
		return 0;
	if (cap / UNIT >= UINT32_MAX)
		return TSMMR_E_LIMIT;
	bytes = realloc(all->bytes, cap);
	if (!bytes)
		return TSMMR_E_NOMEM;
	all->bytes = bytes;
	all->cap_bytes = cap;
	return 0;
}

int known_digests_add(struct known_digests *all, size_t source, bool denied, uint16_t reg,
		      uint16_t type, uint16_t alg, struct span digest, struct span name)
{
	struct entry e = { .reg = reg,
			   .type = type,
			   .alg = alg,
			   .source = (uint16_t)source,
			   .denied = denied,
			   .n_name = (uint16_t)span_head(name, KNOWN_NAME_MAX).n,
			   .n_digest = (uint8_t)digest.n };
	uint8_t *to;
	int r = 0;

	assert(digest.n && digest.n <= TSMMR_HASH_SIZE_MAX && source < KNOWN_SOURCES_MAX);
	if (find(all, &e, digest.p))
		return 0;
	if (all->n == all->n_buckets)
		r = grow_buckets(all);
	if (r == 0)
		r = grow_bytes(all, size_of(&e));
	if (r < 0)
		return r;

	to = all->bytes + all->n_bytes;
	memset(to, 0, size_of(&e));
	memcpy(to, &e, sizeof(e));
	memcpy(to + sizeof(e), digest.p, digest.n);
	if (e.n_name)
		memcpy(to + sizeof(e) + digest.n, name.p, e.n_name);
	link_in(all, (uint32_t)(all->n_bytes / UNIT + 1));
	all->n_bytes += size_of(&e);
	all->n++;
	return 0;
}

bool known_find(const struct tsmmr_known *known, const bool *fits, uint16_t type,
		const struct digest *d, bool denied, const struct known_source **ret_source,
		struct span *ret_name)
{
	const struct entry *found = NULL;
	struct entry e = { .alg = d->alg, .denied = denied, .n_digest = (uint8_t)d->value.n };

	if (!d->value.n || d->value.n > TSMMR_HASH_SIZE_MAX)
		return false;
	for (size_t i = 0; i <= known->n_regs && !found; i++) {
		if (i != KNOWN_ANY && !fits[i])
			continue;
		e.reg = (uint16_t)i;
		e.type = KNOWN_ANY;
		found = find(&known->digests, &e, d->value.p);
		e.type = type;
		if (!found && type != KNOWN_ANY)
			found = find(&known->digests, &e, d->value.p);
	}
	if (!found)
		return false;
	*ret_source = known->sources[found->source];
	*ret_name = span_of((const uint8_t *)(found + 1) + found->n_digest, found->n_name);
	return true;
}
