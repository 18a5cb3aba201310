/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded: fails allocation number TSMMR_FAIL_AT of the program, counted from 1; with 0 none,
 * and says on stderr at the end how many there were.  Of a crash it says whose it is.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES_MAX 32

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

/* The file of the innermost function that is not the C library's, nor ours. */
static const char *who_crashed(void)
{
	void *frames[FRAMES_MAX];
	int n = backtrace(frames, FRAMES_MAX);
	Dl_info ours, info;

	dladdr(&count, &ours);
	for (int i = 0; i < n; i++)
		if (dladdr(frames[i], &info) && info.dli_fbase != ours.dli_fbase &&
		    !strstr(info.dli_fname, "/libc.so"))
			return info.dli_fname;
	return "?";
}

static void crashed(int signal)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "crash in %.200s\n", who_crashed());

	_exit(write(STDERR_FILENO, text, (size_t)n) == n ? 128 + signal : 255);
}

/* OpenSSL 3.5 waits for itself for ever where memory runs out while it starts. */
__attribute__((constructor)) static void start(void)
{
	void (*first)(void);

	*(void **)&first = dlsym(RTLD_DEFAULT, "ERR_clear_error");
	if (first)
		first();
	/* It loads what it needs now, and not in the sandbox. */
	who_crashed();
	signal(SIGSEGV, crashed);
	signal(SIGBUS, crashed);
	signal(SIGFPE, crashed);
	signal(SIGABRT, crashed);
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
