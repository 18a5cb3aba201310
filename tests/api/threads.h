/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that do the same, all at the same time. */
#pragma once

#include "testing.h"

#include <pthread.h>

#define THREADS_MAX 8

struct together {
	int (*work)(const void *user, unsigned round); /* 0 when all is well */
	const void *user;
	unsigned rounds;
	pthread_barrier_t start;
};

static inline void *together_run(void *user)
{
	struct together *t = user;
	intptr_t bad = 0;

	pthread_barrier_wait(&t->start);
	for (unsigned i = 0; i < t->rounds && !bad; i++)
		bad = t->work(t->user, i);
	return (void *)bad;
}

/* No assertions in work, for they belong to one thread: what it returns is asserted here. */
static inline void together(unsigned n_threads, unsigned rounds,
			    int (*work)(const void *user, unsigned round), const void *user)
{
	struct together t = { .work = work, .user = user, .rounds = rounds };
	pthread_t threads[THREADS_MAX];

	assert_in_range(n_threads, 1, THREADS_MAX);
	assert_int_equal(pthread_barrier_init(&t.start, NULL, n_threads), 0);
	for (unsigned i = 0; i < n_threads; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, together_run, &t), 0);
	for (unsigned i = 0; i < n_threads; i++) {
		void *bad;

		assert_int_equal(pthread_join(threads[i], &bad), 0);
		assert_int_equal((intptr_t)bad, 0);
	}
	pthread_barrier_destroy(&t.start);
}
