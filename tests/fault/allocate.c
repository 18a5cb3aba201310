/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded: fails allocation number TSMMR_FAIL_AT of the program, counted from 1; with 0 none,
 * and says on stderr at the end how many there were.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long at = -1, count;
static int ready;
/* What dlsym() itself asks for, before there is anybody to ask. */
static char early[1 << 16];
static size_t early_used;

static int fails(void)
{
	if (at < 0) {
		const char *text = getenv("TSMMR_FAIL_AT");

		at = text ? strtol(text, NULL, 10) : 0;
	}
	if (!ready || ++count != at)
		return 0;
	errno = ENOMEM;
	return 1;
}

/* OpenSSL 3.5 waits for itself for ever where memory runs out while it starts. */
__attribute__((constructor)) static void start(void)
{
	void (*first)(void);

	*(void **)&first = dlsym(RTLD_DEFAULT, "ERR_clear_error");
	if (first)
		first();
	ready = 1;
}

__attribute__((destructor)) static void say(void)
{
	if (at == 0)
		fprintf(stderr, "%ld allocations\n", count);
}

void *malloc(size_t size)
{
	static void *(*real)(size_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "malloc");
	return fails() ? NULL : real(size);
}

void *realloc(void *p, size_t size)
{
	static void *(*real)(void *, size_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "realloc");
	return fails() ? NULL : real(p, size);
}

void *calloc(size_t n, size_t size)
{
	static void *(*real)(size_t, size_t);
	static int asking;

	if (!real && asking) {
		void *p = early + early_used;

		early_used += n * size;
		return early_used <= sizeof(early) ? p : NULL;
	}
	if (!real) {
		asking = 1;
		*(void **)&real = dlsym(RTLD_NEXT, "calloc");
	}
	return fails() ? NULL : real(n, size);
}
