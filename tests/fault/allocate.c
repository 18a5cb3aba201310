/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocations that fail, and those that nobody freed. */
#include "every.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS (1 << 18)
#define DEPTH 14

static struct {
	bool armed, on;
	long nth;
	atomic_long count;
} plan;

/* By address, open; what is freed leaves its place to the next. */
static struct block {
	void *p, *caller;
} blocks[BLOCKS];
static void *stacks[BLOCKS / 64][DEPTH]; /* of the last ones, by the same number */
static uint32_t used[BLOCKS / 2];        /* where there is or was one */
static size_t n_blocks;
static atomic_flag lock = ATOMIC_FLAG_INIT;
static bool deep; /* who asked whom */
static __thread bool inside;

/* What dlsym() itself asks for, before there is anybody to ask. */
static char early[1 << 16] __attribute__((aligned(16)));
static size_t early_used;

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static int (*real_memalign)(void **, size_t, size_t);
static void (*real_free)(void *);

static void find_real(void)
{
	static bool asking;

	if (real_free || asking)
		return;
	asking = true;
	*(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
	*(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
	*(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
	*(void **)&real_memalign = dlsym(RTLD_NEXT, "posix_memalign");
	*(void **)&real_free = dlsym(RTLD_NEXT, "free");
	asking = false;
}

static void *from_early(size_t size)
{
	void *p = early + early_used;

	early_used += (size + 15) & ~(size_t)15;
	if (early_used > sizeof(early))
		abort();
	return p;
}

static bool is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + sizeof(early);
}

static bool fails(void)
{
	long n;

	find_real();
	if (!plan.armed || inside)
		return false;
	n = atomic_fetch_add(&plan.count, 1) + 1;
	shared->calls = n;
	if (!plan.nth || (plan.on ? n < plan.nth : n != plan.nth))
		return false;
	shared->fired = true;
	errno = ENOMEM;
	return true;
}

static size_t place(const void *p)
{
	size_t i = ((uintptr_t)p >> 4) * 0x9e3779b97f4a7c15u >> (64 - 18);

	while (blocks[i].p && blocks[i].p != p)
		i = (i + 1) % BLOCKS;
	return i;
}

static void *keep(void *p, void *caller)
{
	size_t i;

	if (!plan.armed || inside || !p)
		return p;
	while (atomic_flag_test_and_set(&lock))
		;
	i = place(p);
	if (!blocks[i].p) {
		if (n_blocks == BLOCKS / 2)
			abort();
		used[n_blocks++] = (uint32_t)i;
	}
	blocks[i] = (struct block){ p, caller };
	if (deep) {
		inside = true;
		memset(stacks[i % (BLOCKS / 64)], 0, sizeof(stacks[0]));
		backtrace(stacks[i % (BLOCKS / 64)], DEPTH);
		inside = false;
	}
	atomic_flag_clear(&lock);
	return p;
}

static void forget(const void *p)
{
	if (!plan.armed || inside || !p)
		return;
	while (atomic_flag_test_and_set(&lock))
		;
	if (blocks[place(p)].p)
		blocks[place(p)].caller = NULL;
	atomic_flag_clear(&lock);
}

void *malloc(size_t size)
{
	if (fails())
		return NULL;
	return real_malloc ? keep(real_malloc(size), __builtin_return_address(0)) :
			     from_early(size);
}

void *calloc(size_t n, size_t size)
{
	if (fails())
		return NULL;
	return real_calloc ? keep(real_calloc(n, size), __builtin_return_address(0)) :
			     from_early(n * size);
}

void *realloc(void *p, size_t size)
{
	void *new;

	if (fails())
		return NULL;
	if (is_early(p))
		abort();
	forget(p);
	new = real_realloc(p, size);
	return keep(new, __builtin_return_address(0));
}

/* Of these it is who wants the copy that counts, not the C library. */
char *strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = fails() ? NULL : keep(real_malloc(len + 1), __builtin_return_address(0));

	if (copy) {
		memcpy(copy, s, len);
		copy[len] = 0;
	}
	return copy;
}

char *strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = fails() ? NULL : keep(real_malloc(n), __builtin_return_address(0));

	return copy ? memcpy(copy, s, n) : NULL;
}

int posix_memalign(void **ret, size_t align, size_t size)
{
	int r;

	if (fails())
		return ENOMEM;
	r = real_memalign(ret, align, size);
	if (r == 0)
		keep(*ret, __builtin_return_address(0));
	return r;
}

void *aligned_alloc(size_t align, size_t size)
{
	void *p = NULL;

	errno = posix_memalign(&p, align < sizeof(p) ? sizeof(p) : align, size);
	return p;
}

void free(void *p)
{
	int saved = errno;

	if (!p || is_early(p))
		return;
	find_real();
	forget(p);
	real_free(p);
	errno = saved;
}

void allocate_arm(long nth, bool on)
{
	deep = getenv("EVERY_DEEP");
	plan.nth = nth;
	plan.on = on;
	plan.count = 0;
	plan.armed = true;
}

/*
 * json-c leaks what it has read where memory runs out; and of a process that has not run the
 * program before, what OpenSSL keeps for the next time is no leak.
 */
static bool is_theirs(void *caller)
{
	Dl_info info;

	if (!dladdr(caller, &info) || !info.dli_fname)
		return false;
	return (shared->fired && strstr(info.dli_fname, "libjson-c")) ||
	       (getenv("EVERY_COLD") && strstr(info.dli_fname, "libcrypto"));
}

long allocate_left(FILE *list)
{
	long left = 0;

	inside = true;
	plan.armed = false;
	for (size_t k = 0; k < n_blocks; k++) {
		size_t i = used[k];
		const struct block *b = &blocks[i];

		if (!b->caller || is_theirs(b->caller))
			continue;
		left++;
		if (!deep)
			continue;
		fprintf(list, "left %zu bytes\n", malloc_usable_size(b->p));
		fflush(list);
		backtrace_symbols_fd(stacks[i % (BLOCKS / 64)], DEPTH, fileno(list));
	}
	inside = false;
	return left;
}
