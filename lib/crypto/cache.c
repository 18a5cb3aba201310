/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates that were read before, and which signed which. */
#include "crypto/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "util/cleanup.h"

/* What is found by a hash is in one of the WAYS of its set; the one not used longest goes. */
enum { SETS = 32, WAYS = 8 };

struct kept {
	struct cert_ids ids;
	X509 *cert; /* NULL: free */
	uint64_t used;
};

struct link {
	uint8_t subject[32], issuer[32];
	uint64_t used; /* 0: free */
};

struct cert_cache {
	unsigned users; /* atomic */
	pthread_mutex_t lock;
	uint64_t now; /* counts what is looked for */
	struct kept certs[SETS][WAYS];
	struct link links[SETS][WAYS];
};

struct cert_cache *cert_cache_new(void)
{
	struct cert_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->users = 1;
	pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

struct cert_cache *cert_cache_ref(struct cert_cache *cache)
{
	if (cache)
		users_add(&cache->users);
	return cache;
}

void cert_cache_free(struct cert_cache *cache)
{
	if (!cache || !users_drop(&cache->users))
		return;
	for (size_t i = 0; i < SETS; i++)
		for (size_t k = 0; k < WAYS; k++)
			X509_free(cache->certs[i][k].cert);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static struct kept *find_cert(struct cert_cache *cache, const uint8_t bytes[32])
{
	struct kept *set = cache->certs[bytes[0] % SETS];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].cert && !memcmp(set[i].ids.bytes, bytes, 32))
			return &set[i];
	return NULL;
}

X509 *cert_cache_get(struct cert_cache *cache, struct cert_ids *ids)
{
	struct kept *kept;
	X509 *cert = NULL;

	pthread_mutex_lock(&cache->lock);
	kept = find_cert(cache, ids->bytes);
	if (kept) {
		kept->used = ++cache->now;
		*ids = kept->ids;
		cert = kept->cert;
		X509_up_ref(cert);
	}
	pthread_mutex_unlock(&cache->lock);
	return cert;
}

void cert_cache_put(struct cert_cache *cache, const struct cert_ids *ids, X509 *cert)
{
	struct kept *set = cache->certs[ids->bytes[0] % SETS], *to = set;
	X509 *old = NULL;

	pthread_mutex_lock(&cache->lock);
	/* Two threads may have read it at once. */
	if (!find_cert(cache, ids->bytes)) {
		for (size_t i = 1; i < WAYS; i++)
			if (set[i].used < to->used)
				to = &set[i];
		old = to->cert;
		X509_up_ref(cert);
		*to = (struct kept){ .ids = *ids, .cert = cert, .used = ++cache->now };
	}
	pthread_mutex_unlock(&cache->lock);
	X509_free(old);
}

static struct link *set_of(struct cert_cache *cache, const uint8_t subject[32],
			   const uint8_t issuer[32])
{
	return cache->links[(subject[0] ^ issuer[0]) % SETS];
}

static struct link *find_link(struct link *set, const uint8_t subject[32], const uint8_t issuer[32])
{
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].used && !memcmp(set[i].subject, subject, 32) &&
		    !memcmp(set[i].issuer, issuer, 32))
			return &set[i];
	return NULL;
}

bool cert_cache_is_link(struct cert_cache *cache, const uint8_t subject[32],
			const uint8_t issuer[32])
{
	struct link *link;

	pthread_mutex_lock(&cache->lock);
	link = find_link(set_of(cache, subject, issuer), subject, issuer);
	if (link)
		link->used = ++cache->now;
	pthread_mutex_unlock(&cache->lock);
	return link != NULL;
}

void cert_cache_add_link(struct cert_cache *cache, const uint8_t subject[32],
			 const uint8_t issuer[32])
{
	struct link *set = set_of(cache, subject, issuer), *to = set;

	pthread_mutex_lock(&cache->lock);
	if (!find_link(set, subject, issuer)) {
		for (size_t i = 1; i < WAYS; i++)
			if (set[i].used < to->used)
				to = &set[i];
		memcpy(to->subject, subject, 32);
		memcpy(to->issuer, issuer, 32);
		to->used = ++cache->now;
	}
	pthread_mutex_unlock(&cache->lock);
}
