/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that fail: of the program as the kernel sees it, so that what the C library does for
 * itself is among them, and the sandbox is no obstacle.
 *
 *     EIO, EINTR, EAGAIN, ENOSPC, ENOMEM, EACCES   the n-th call fails
 *     short                                        the n-th read or write takes half
 *     cut, empty, grown, changed                   before the n-th call the file $EVERY_FILE is
 */
#include "every.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* What ends a process or a thread, waits for another, or cannot fail. */
static bool is_exempt(long call)
{
	switch (call) {
	case SYS_exit:
	case SYS_exit_group:
	case SYS_rt_sigreturn:
	case SYS_rt_sigprocmask:
	case SYS_rt_sigaction:
	case SYS_futex:
	case SYS_munmap:
	case SYS_brk: /* says so in another way, and malloc() then maps pages */
	case SYS_getpid:
	case SYS_gettid:
	case SYS_tgkill:
	case SYS_set_robust_list:
	case SYS_rseq:
	case SYS_clock_gettime:
	case SYS_clock_nanosleep:
		return true;
	default:
		return false;
	}
}

static bool takes_length(long call)
{
	return call == SYS_read || call == SYS_write || call == SYS_pread64 || call == SYS_pwrite64;
}

typedef struct user_regs_struct regs_t;
#if defined(__x86_64__)
#define CALL(r) ((r).orig_rax)
#define FIRST(r) ((r).rdi)
#define LENGTH(r) ((r).rdx)
#define RESULT(r) ((r).rax)
#elif defined(__aarch64__)
#define CALL(r) ((r).regs[8])
#define FIRST(r) ((r).regs[0])
#define LENGTH(r) ((r).regs[2])
#define RESULT(r) ((r).regs[0])
#endif

static void get(pid_t pid, regs_t *r)
{
	struct iovec all = { r, sizeof(*r) };

	ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &all);
}

static void set(pid_t pid, regs_t *r)
{
	struct iovec all = { r, sizeof(*r) };

	ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &all);
}

/* The call that is made is none: the kernel says ENOSYS, which is then another number. */
static void skip_call(pid_t pid, regs_t *r)
{
#ifdef __aarch64__
	int none = -1;
	struct iovec one = { &none, sizeof(none) };

	ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &one);
#else
	CALL(*r) = (unsigned long)-1;
	set(pid, r);
#endif
}

static int number_of(const char *how)
{
	static const struct {
		const char *name;
		int number;
	} errors[] = { { "EIO", EIO },       { "EINTR", EINTR },   { "EAGAIN", EAGAIN },
		       { "ENOSPC", ENOSPC }, { "ENOMEM", ENOMEM }, { "EACCES", EACCES } };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(how, errors[i].name) == 0)
			return errors[i].number;
	return 0;
}

/* What $EVERY_FILE was before. */
static struct {
	char bytes[1 << 17];
	ssize_t n;
} whole;

static void restore_file(void)
{
	int fd = whole.n > 0 ? open(getenv("EVERY_FILE"), O_WRONLY | O_TRUNC | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	if (write(fd, whole.bytes, (size_t)whole.n) != whole.n)
		abort();
	close(fd);
	whole.n = 0;
}

static void disturb_file(const char *how)
{
	static const char more[4096] = "more";
	int fd = open(getenv("EVERY_FILE"), O_RDWR | O_CLOEXEC);
	struct stat st;
	char byte;

	if (fd < 0 || fstat(fd, &st) < 0)
		abort();
	whole.n = pread(fd, whole.bytes, sizeof(whole.bytes), 0);
	if (whole.n != st.st_size)
		abort();
	if (strcmp(how, "cut") == 0 || strcmp(how, "empty") == 0) {
		if (ftruncate(fd, *how == 'c' ? st.st_size / 2 : 0) < 0)
			abort();
	} else if (strcmp(how, "grown") == 0) {
		if (pwrite(fd, more, sizeof(more), st.st_size) < 0)
			abort();
	} else {
		if (pread(fd, &byte, 1, st.st_size * 3 / 4) != 1)
			abort();
		byte ^= 0x55;
		if (pwrite(fd, &byte, 1, st.st_size * 3 / 4) != 1)
			abort();
	}
	close(fd);
}

/* Entering a call; true: its result is to be an error. */
static bool enter(pid_t pid, const char *how, long nth)
{
	int error = number_of(how);
	bool is_short = strcmp(how, "short") == 0;
	regs_t r;
	long call;

	get(pid, &r);
	call = (long)CALL(r);
	if (is_exempt(call) || (call == SYS_write && FIRST(r) == 2) ||
	    (is_short && (!takes_length(call) || LENGTH(r) < 2)))
		return false;
	if (++shared->calls != nth)
		return false;
	shared->fired = true;
	dprintf(shared->trace, "[call %ld] ", call);
	if (is_short) {
		LENGTH(r) /= 2;
		set(pid, &r);
	} else if (!error) {
		disturb_file(how);
	} else if (call != SYS_close) { /* the descriptor is gone even where that fails */
		skip_call(pid, &r);
	}
	return error;
}

static bool is_entering(pid_t pid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

static void leave(pid_t pid, const char *how)
{
	regs_t r;

	get(pid, &r);
	RESULT(r) = (unsigned long)-number_of(how);
	set(pid, &r);
}

void traced_start(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
}

int traced_wait(pid_t child, const char *how, long nth)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE;
	pid_t pid, failing = 0;
	bool first = true;
	int status;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		long sig = 0;

		if (!WIFSTOPPED(status)) {
			if (pid != child)
				continue;
			restore_file();
			return status;
		}
		if (first) {
			ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options);
			first = false;
		} else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (is_entering(pid)) {
				if (enter(pid, how, nth))
					failing = pid;
			} else if (failing == pid) {
				leave(pid, how);
				failing = 0;
			}
		} else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP) {
			sig = WSTOPSIG(status);
		}
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)sig);
	}
	return -1;
}
