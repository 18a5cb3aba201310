/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocations that fail, and those that nobody freed. */
#include "every.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS (1 << 18)
#define DEPTH 14
#define OURS 3
#define CALLER __builtin_return_address(0)

static struct {
	bool armed, on, spares;
	long nth;
	atomic_long count;
	bool (*here)(long n, bool of_libc); /* of a walk */
	bool walking, noting;
} plan;

/*
 * By address, open; what is freed leaves its place to the next.  An address is kept as its
 * complement: LeakSanitizer takes what it sees for a reason that a block is still needed.
 */
static struct block {
	uintptr_t hidden;
	void *caller;
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

/* The child of a walk that is to see the nth allocation fail comes back with true. */
static void ask_here(long n, const void *caller)
{
	int saved = errno;
	Dl_info who, libc;

	inside = true;
	dladdr(caller, &who);
	dladdr((void *)getenv, &libc); /* free() may be a sanitizer's */
	if (plan.here(n, who.dli_fbase == libc.dli_fbase)) {
		plan.here = NULL;
		plan.nth = n;
	}
	inside = false;
	errno = saved;
}

/* The program and the library under test, not what they call. */
static bool is_ours(const void *frame)
{
	Dl_info who;
	const char *name = dladdr(frame, &who) ? strrchr(who.dli_fname, '/') : NULL;

	return name && (strncmp(name, "/libtsmmr", 9) == 0 || !strstr(name, ".so"));
}

/* A place is who asks, and the last of ours on the way there. */
static void note_place(long n, const void *caller)
{
	static uint64_t seen[2 * PLACES_MAX];
	uint64_t h = (uintptr_t)caller;
	void *stack[24];
	int depth, ours = 0;
	size_t i;

	inside = true;
	depth = backtrace(stack, 24);
	for (int k = 2; k < depth && ours < OURS; k++)
		if (is_ours(stack[k])) {
			h = h * 0x9e3779b97f4a7c15u + (uintptr_t)stack[k];
			ours++;
		}
	inside = false;
	i = h * 0x9e3779b97f4a7c15u >> 49;
	while (seen[i] && seen[i] != h)
		i = (i + 1) % (2 * PLACES_MAX);
	if (seen[i] || shared->n_places == PLACES_MAX)
		return;
	seen[i] = h;
	shared->places[shared->n_places++] = n;
}

static void say_who(void)
{
	void *stack[DEPTH];

	inside = true;
	backtrace_symbols_fd(stack, backtrace(stack, DEPTH), 2);
	inside = false;
}

static bool fails(const void *caller)
{
	long n;

	find_real();
	if (!plan.armed || plan.spares || inside)
		return false;
	n = atomic_fetch_add(&plan.count, 1) + 1;
	shared->calls = n;
	if (plan.noting)
		note_place(n, caller);
	if (plan.here)
		ask_here(n, caller);
	if (!plan.nth || (plan.on ? n < plan.nth : n != plan.nth))
		return false;
	if (deep && !shared->fired)
		say_who();
	shared->fired = true;
	errno = ENOMEM;
	return true;
}

/* Neighbours are neighbours here, too: a fork copies each page that is written to. */
static size_t place(const void *p)
{
	size_t i = ((uintptr_t)p >> 4) % BLOCKS;

	while (blocks[i].hidden && blocks[i].hidden != ~(uintptr_t)p)
		i = (i + 1) % BLOCKS;
	return i;
}

/* Of LeakSanitizer, where the program was built with it. */
__attribute__((weak)) void __lsan_ignore_object(const void *p);
const char *__lsan_default_suppressions(void);

/* What json-c, as in is_theirs(), and glibc's setlocale() leak themselves where memory runs out. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libjson-c.so\nleak:escape_init\n";
}

static void *keep(void *p, void *caller)
{
	size_t i;

	/* What is not watched, as what dlopen() keeps for backtrace(), is no leak. */
	if ((!plan.armed || inside) && p && __lsan_ignore_object)
		__lsan_ignore_object(p);
	if (!plan.armed || inside || !p)
		return p;
	while (atomic_flag_test_and_set(&lock))
		;
	i = place(p);
	if (!blocks[i].hidden) {
		if (n_blocks == BLOCKS / 2)
			abort();
		used[n_blocks++] = (uint32_t)i;
	}
	blocks[i] = (struct block){ ~(uintptr_t)p, caller };
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
	if (blocks[place(p)].hidden)
		blocks[place(p)].caller = NULL;
	atomic_flag_clear(&lock);
}

void *malloc(size_t size)
{
	if (fails(CALLER))
		return NULL;
	return real_malloc ? keep(real_malloc(size), CALLER) : from_early(size);
}

void *calloc(size_t n, size_t size)
{
	if (fails(CALLER))
		return NULL;
	return real_calloc ? keep(real_calloc(n, size), CALLER) : from_early(n * size);
}

void *realloc(void *p, size_t size)
{
	void *new;

	if (fails(CALLER))
		return NULL;
	if (is_early(p))
		abort();
	forget(p);
	new = real_realloc(p, size);
	return keep(new, CALLER);
}

/* Of these it is who wants the copy that counts, not the C library. */
char *strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = fails(CALLER) ? NULL : keep(real_malloc(len + 1), CALLER);

	if (copy) {
		memcpy(copy, s, len);
		copy[len] = 0;
	}
	return copy;
}

char *strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = fails(CALLER) ? NULL : keep(real_malloc(n), CALLER);

	return copy ? memcpy(copy, s, n) : NULL;
}

int posix_memalign(void **ret, size_t align, size_t size)
{
	int r;

	if (fails(CALLER))
		return ENOMEM;
	r = real_memalign(ret, align, size);
	if (r == 0)
		keep(*ret, CALLER);
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

void allocate_spare(void)
{
	plan.spares = true;
}

void allocate_note_places(void)
{
	plan.noting = true;
}

void allocate_walk(bool (*here)(long n, bool of_libc), bool on)
{
	allocate_arm(0, on);
	plan.walking = true;
	plan.here = here;
}

/*
 * Who holds one for writing has its thread's number in it, which is another one after a fork.  A
 * walk has one thread.
 */
#define RWLOCK(name)                                               \
	int name(pthread_rwlock_t *rwlock)                         \
	{                                                          \
		static int (*real)(pthread_rwlock_t *);            \
                                                                   \
		if (plan.walking)                                  \
			return 0;                                  \
		if (!real)                                         \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		return real(rwlock);                               \
	}
RWLOCK(pthread_rwlock_rdlock)
RWLOCK(pthread_rwlock_wrlock)
RWLOCK(pthread_rwlock_unlock)

bool allocate_threaded;

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*main)(void *), void *arg)
{
	static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	allocate_threaded = true;
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return real(thread, attr, main, arg);
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
		fprintf(list, "left %zu bytes\n", malloc_usable_size((void *)~b->hidden));
		fflush(list);
		backtrace_symbols_fd(stacks[i % (BLOCKS / 64)], DEPTH, fileno(list));
	}
	inside = false;
	return left;
}
