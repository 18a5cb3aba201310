/* SPDX-License-Identifier: BSD-2-Clause */
/* What threads share and change: the certificates that are remembered, and what a tree keeps. */
#include "../api/threads.h"

#include <openssl/pem.h>
#include <pthread.h>
#include <time.h>

#include "crypto/cache.h"
#include "sys/kept.h"

#define N_THREADS 4
#define ROUNDS 20000
/* More of each set than it has ways. */
#define N_IDS 16
#define SETS 32

/* Of each thread's calls one in so many lets others come while it holds the lock. */
#define HOLDS 256

int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);

/* The library's: it holds a lock so shortly that on a busy machine nobody ever waits for one. */
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
	static const struct timespec moment = { .tv_nsec = 1000 };
	static __thread unsigned n;
	int r = __real_pthread_mutex_lock(lock);

	if (++n % HOLDS == 0)
		nanosleep(&moment, NULL);
	return r;
}

struct shared {
	struct cert_cache *cache;
	X509 *cert;
	struct kept *kept;
	const char *paths[2];
	int dirs[2];
	struct kept_id ids[2];
};

static struct cert_ids ids_of(unsigned i)
{
	struct cert_ids ids;

	memset(ids.sha256, (int)(0x80 | i % N_IDS), sizeof(ids.sha256));
	memset(ids.bytes, (int)(i % N_IDS), sizeof(ids.bytes));
	ids.bytes[0] = (uint8_t)(i % N_IDS * SETS);
	return ids;
}

/* Found is what was put, and what was not put is not found. */
static int remember(const void *user, unsigned round)
{
	const struct shared *s = user;
	struct cert_ids ids = ids_of(round * 7), got = ids, other = ids_of(round * 5);
	X509 *cert;

	memset(got.sha256, 0xff, sizeof(got.sha256));
	cert = cert_cache_get(s->cache, &got);
	if (cert && (cert != s->cert || memcmp(got.sha256, ids.sha256, sizeof(ids.sha256))))
		return 1;
	X509_free(cert);
	cert_cache_put(s->cache, &ids, s->cert);
	if (cert_cache_is_link(s->cache, ids.bytes, other.sha256))
		return 2;
	cert_cache_add_link(s->cache, ids.sha256, ids.bytes);
	cert_cache_is_link(s->cache, other.sha256, other.bytes);
	return 0;
}

static void certificates_are_remembered_together(void **state)
{
	FILE *f = fopen(TEST_DATA "/tdx-twin/root.pem", "r");
	struct shared s = { .cache = cert_cache_new() };
	struct cert_ids ids = ids_of(0);

	assert_non_null(f);
	s.cert = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	assert_non_null(s.cert);
	assert_non_null(s.cache);
	together(N_THREADS, slow() ? N_IDS : ROUNDS, remember, &s);
	cert_cache_put(s.cache, &ids, s.cert);
	X509_free(s.cert);
	s.cert = cert_cache_get(s.cache, &ids);
	assert_non_null(s.cert);
	X509_free(s.cert);
	cert_cache_free(s.cache);
}

/* The folder is the one whose identity comes with it. */
static int keep(const void *user, unsigned round)
{
	const struct shared *s = user;
	struct kept_id ids[3] = { s->ids[round % 2], s->ids[round % 2], s->ids[round % 2] };
	struct stat st;
	char *name;
	int bad = 0, fd;

	kept_set_dir(s->kept, s->paths[round % 2], s->dirs[round % 2], ids);
	fd = kept_dir(s->kept, s->paths[round / 2 % 2], ids);
	if (fd >= 0)
		bad = fstat(fd, &st) < 0 || !kept_is(&ids[2], &st) ||
		      !kept_is(&s->ids[round / 2 % 2], &st);
	if (fd >= 0)
		close(fd);
	kept_set_name(s->kept, "rtmr3");
	name = kept_name(s->kept);
	bad |= !name || strcmp(name, "rtmr3");
	free(name);
	return bad;
}

static void folders_are_kept_together(void **state)
{
	struct shared s = { .kept = kept_new(), .paths = { TEST_DATA, TEST_DATA "/tdx-twin" } };

	assert_non_null(s.kept);
	for (int i = 0; i < 2; i++) {
		struct stat st;

		s.dirs[i] = open(s.paths[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_int_equal(fstat(s.dirs[i], &st), 0);
		s.ids[i] = kept_id_of(&st);
	}
	together(N_THREADS, slow() ? N_IDS : ROUNDS, keep, &s);
	kept_free(s.kept);
	close(s.dirs[0]);
	close(s.dirs[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_are_remembered_together),
		cmocka_unit_test(folders_are_kept_together),
	};

	return cmocka_run_group_tests_name("shared", tests, NULL, NULL);
}
