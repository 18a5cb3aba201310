/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded: main() is run in a child once for each fault, which is cheaper than to start the
 * program as often; or, as long as it has one thread and has written no file, once for all of
 * them, and a child goes on from each.  $EVERY says which: "HOW FIRST STEP LAST", where a
 * STEP of 0 is one allocation for each place in the code; HOW is "nth" or
 * "on" for allocations (the n-th, or all from that on), else one of traced.c.  Of each run stdout
 * gets a line:
 *
 *     N STATUS FIRED CALLS PLACES LEFT ADMITS HASH-OF-STDOUT HASH-OF-THE-FOLDER WHAT-STDERR-SAID
 *
 * Run 0 has no fault.  $EVERY_FOLDER is what the program writes to: as it was, after each run.
 *
 * For whoever looks at one run: $EVERY_KEEP gets what it wrote, with $EVERY_DEEP it is said who
 * asked for what failed and what was not freed, with $EVERY_COLD nothing is run before.
 */
#include "every.h"

#include <dirent.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDS_MAX 64 /* more are never open */

struct shared *shared;

static int (*real_main)(int, char **, char **);
static int result, out, err; /* what is said of a run, and its stdout and stderr */
static bool warming;
static uint64_t tree;
static struct {
	long first, step, last;
} plan;

static uint64_t hash(uint64_t h, const void *p, size_t n)
{
	for (const uint8_t *b = p; n; b++, n--)
		h = (h ^ *b) * 0x100000001b3;
	return h;
}

static uint64_t hash_fd(uint64_t h, int fd)
{
	char part[65536];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, part, sizeof(part))) > 0)
		h = hash(h, part, (size_t)n);
	return h;
}

/* A sum, for a folder has no order. */
static int take_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	int fd = type == FTW_F ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (at->level)
		tree += hash_fd(hash(0xcbf29ce484222325, path, strlen(path)), fd);
	if (fd >= 0)
		close(fd);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return at->level ? remove(path) : 0;
}

static void clear_folder(void)
{
	const char *folder = getenv("EVERY_FOLDER");

	if (folder)
		nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Innermost first: whose fault it is. */
static void crashed(int sig)
{
	void *stack[24];
	int n = backtrace(stack, 24);

	dprintf(2, "\nCRASH %d\n", sig);
	backtrace_symbols_fd(stack + 2, n > 2 ? n - 2 : 0, 2);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void watch_for_crashes(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
	static char stack[1 << 16];
	const stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	const struct sigaction action = { .sa_handler = crashed, .sa_flags = SA_ONSTACK };
	void *first[1];

	backtrace(first, 1); /* loads what it needs */
	sigaltstack(&other, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

/* The program closes what it wrote to; but here it comes back. */
int fclose(FILE *f)
{
	static int (*real)(FILE *);

	if (warming && f == stdout)
		return fflush(f);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "fclose");
	return real(f);
}

/* main() for the n-th time: what it did to its words is forgotten. */
static int run_main(int argc, char **argv, char **env)
{
	static char *words[256];

	memcpy(words, argv, (size_t)(argc < 255 ? argc : 255) * sizeof(*words));
	optind = 0;
	return real_main(argc, words, env);
}

/*
 * A run without a fault, in the parent: what OpenSSL and the C library do once they have done then,
 * and all that is counted is of this run.  Of OpenSSL 3.0 that is needed: it crashes where memory
 * runs out while it loads its providers.
 */
static void warm(int argc, char **argv, char **env)
{
	int saved[] = { dup(1), dup(2) };

	dup2(out, 1);
	dup2(err, 2);
	warming = true;
	run_main(argc, argv, env);
	warming = false;
	fflush(NULL);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
	}
}

/* Of allocations, and not of what traced.c does. */
static bool is_allocating(const char *how)
{
	return strcmp(how, "nth") == 0 || strcmp(how, "on") == 0;
}

/* 20 seconds of its own time, however busy the machine is; or 5 minutes of waiting. */
static void limit_time(void)
{
	const struct itimerval spent = { .it_value = { .tv_sec = 20 } };

	setitimer(ITIMER_PROF, &spent, NULL);
	alarm(300);
}

/* Ends the child that ran main(). */
static void count_left(int status)
{
	void (*forget)(void);

	*(void **)&forget = dlsym(RTLD_DEFAULT, "OPENSSL_cleanup");
	allocate_spare(); /* to forget takes memory, too */
	if (forget)
		forget(); /* what OpenSSL keeps for the next time is no leak */
	shared->left = allocate_left(stderr);
	exit(status);
}

static void child(int argc, char **argv, char **env, const char *how, long n)
{
	dup2(out, 1);
	dup2(err, 2);
	watch_for_crashes();
	limit_time();
	if (!is_allocating(how)) {
		traced_start();
		exit(run_main(argc, argv, env));
	}
	allocate_arm(n, *how == 'o');
	if (!n && !plan.step)
		allocate_note_places();
	count_left(run_main(argc, argv, env));
}

/* For whoever looks at one run: what it wrote goes to $EVERY_KEEP. */
static void keep(void)
{
	const char *path = getenv("EVERY_KEEP");
	int to = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
	off_t at = 0;

	if (to < 0)
		return;
	while (sendfile(to, out, &at, 65536) > 0)
		;
	close(to);
}

/* Does what it wrote to fd say that something could not be read?  Then that is the answer. */
static bool admits(int fd)
{
	static const char *const words[] = { "cannot be read", "unreadable",
					     "REGISTER_UNREADABLE" };
	struct stat st;
	bool found = false;
	char *text;

	if (fstat(fd, &st) < 0 || !st.st_size)
		return false;
	text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	for (size_t i = 0; text != MAP_FAILED && i < sizeof(words) / sizeof(words[0]); i++)
		found |= memmem(text, (size_t)st.st_size, words[i], strlen(words[i])) != NULL;
	if (text != MAP_FAILED)
		munmap(text, (size_t)st.st_size);
	return found;
}

static void say(long n, int status)
{
	const char *folder = getenv("EVERY_FOLDER");
	char words[4096];
	ssize_t got = pread(err, words, sizeof(words) - 1, 0);

	for (ssize_t i = 0; i < got; i++)
		if (words[i] == '\n' || words[i] == '\r' || words[i] == 0)
			words[i] = '|';
	words[got > 0 ? got : 0] = 0;
	keep();
	tree = 0;
	if (folder)
		nftw(folder, take_one, 16, FTW_PHYS);
	dprintf(result, "%ld %d %d %ld %ld %ld %d %llx %llx %s\n", n, status, shared->fired,
		shared->calls, shared->n_places, shared->left, admits(out) || admits(err),
		(unsigned long long)hash_fd(0xcbf29ce484222325, out), (unsigned long long)tree,
		words);
	clear_folder();
}

static void reset(void)
{
	shared->calls = shared->left = 0;
	shared->fired = false;
	shared->trace = err;
}

static bool is_planned(long n)
{
	long lo = 0, hi = shared->n_places;

	if (n < plan.first || (plan.last && n > plan.last))
		return false;
	if (plan.step)
		return (n - plan.first) % plan.step == 0;
	while (lo < hi) {
		long mid = lo + (hi - lo) / 2;

		if (shared->places[mid] < n)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < shared->n_places && shared->places[lo] == n;
}

static bool folder_is_used(void)
{
	const char *folder = getenv("EVERY_FOLDER");
	DIR *dir = folder ? opendir(folder) : NULL;
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n > 2;
}

/* A copy of what was written so far, to go on with. */
static int copy_of(int fd)
{
	int copy = memfd_create("copy", MFD_CLOEXEC);
	off_t at = 0;

	while (sendfile(copy, fd, &at, 65536) > 0)
		;
	return copy;
}

/*
 * The n-th allocation of a walk: a child goes on without it.  What it shares are the places in
 * files that are open, and what it writes to.
 */
static bool here(long n, bool of_libc)
{
	int walker_out = out, walker_err = err, status = -1;
	off_t at[FDS_MAX];
	pid_t pid;

	if (!is_planned(n))
		return false;
	shared->next = n;
	if (folder_is_used() || (of_libc && shared->n_passed == PASSED_MAX))
		_exit(0);
	shared->next = n + 1;
	if (of_libc) {
		shared->passed[shared->n_passed++] = n;
		return false;
	}
	for (int fd = 0; fd < FDS_MAX; fd++)
		at[fd] = lseek(fd, 0, SEEK_CUR);
	out = copy_of(out);
	err = copy_of(err);
	reset();
	pid = fork();
	if (pid == 0) {
		dup2(out, 1);
		dup2(err, 2);
		limit_time();
		return true;
	}
	waitpid(pid, &status, 0);
	say(n, status);
	close(out);
	close(err);
	out = walker_out;
	err = walker_err;
	for (int fd = 0; fd < FDS_MAX; fd++)
		if (at[fd] >= 0)
			lseek(fd, at[fd], SEEK_SET);
	return false;
}

/* Returns the first fault that is left to do. */
static long walk(int argc, char **argv, char **env, const char *how)
{
	pid_t pid;

	shared->next = plan.first;
	pid = fork();
	if (pid == 0) {
		dup2(out, 1);
		dup2(err, 2);
		watch_for_crashes();
		allocate_walk(here, *how == 'o');
		count_left(run_main(argc, argv, env));
	}
	waitpid(pid, NULL, 0);
	clear_folder();
	return shared->next;
}

static void rewind_all(void)
{
	if (ftruncate(out, 0) < 0 || ftruncate(err, 0) < 0)
		_exit(99);
	lseek(out, 0, SEEK_SET);
	lseek(err, 0, SEEK_SET);
	lseek(0, 0, SEEK_SET);
}

static long run(int argc, char **argv, char **env, const char *how, long n)
{
	int status = -1;
	pid_t pid;

	reset();
	rewind_all();
	pid = fork();
	if (pid == 0)
		child(argc, argv, env, how, n);
	if (is_allocating(how))
		waitpid(pid, &status, 0);
	else
		status = traced_wait(pid, how, n);
	say(n, status);
	return shared->calls;
}

static int our_main(int argc, char **argv, char **env)
{
	const char *words = getenv("EVERY");
	long calls, n;
	char how[32];

	if (!words ||
	    sscanf(words, "%31s %ld %ld %ld", how, &plan.first, &plan.step, &plan.last) != 4)
		return real_main(argc, argv, env);
	unsetenv("LD_PRELOAD");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	result = fcntl(1, F_DUPFD_CLOEXEC, 100);
	out = memfd_create("out", MFD_CLOEXEC);
	err = memfd_create("err", MFD_CLOEXEC);
	if (shared == MAP_FAILED || result < 0 || out < 0 || err < 0)
		return 99;
	if (!getenv("EVERY_COLD"))
		warm(argc, argv, env);
	clear_folder();
	calls = run(argc, argv, env, how, 0);
	n = plan.first;
	if (is_allocating(how) && !allocate_threaded && !getenv("EVERY_COLD") && plan.last >= 0) {
		rewind_all();
		n = walk(argc, argv, env, how);
		for (long i = 0; i < shared->n_passed; i++)
			run(argc, argv, env, how, shared->passed[i]);
	}
	for (; n <= calls; n++)
		if (is_planned(n))
			run(argc, argv, env, how, n);
	_exit(0);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*at_exit)(void), void *stack);
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*at_exit)(void), void *stack)
{
	int (*real)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
		    void (*)(void), void *);

	*(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
	real_main = main;
	return real(our_main, argc, argv, init, fini, at_exit, stack);
}
