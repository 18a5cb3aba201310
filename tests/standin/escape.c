/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A decoder that an attacker has taken over: preloaded, read(2) tries what it could do with the
 * process instead of reading.  Each thing that it gets is named on standard error; where it gets
 * nothing, the error of the last refusal is read's.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool got(const char *what, long r)
{
	if (r >= 0)
		dprintf(STDERR_FILENO, "escaped: %s\n", what);
	return r >= 0;
}

/* Was it, or did it fail for another reason than the sandbox? */
static long refused(long r)
{
	return r < 0 && errno == EACCES ? -1 : 0;
}

static long start(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid;
}

static long run(void)
{
	char word[] = "true", *const words[] = { word, NULL };

	/* Where it works there is nothing left to say so. */
	dprintf(STDERR_FILENO, "exec: ");
	return execv("/bin/true", words);
}

static bool tries(const char *folder)
{
	char path[4096];
	bool any = false;

	snprintf(path, sizeof(path), "%s/new", folder);
	any |= got("a file", open("/etc/passwd", O_RDONLY | O_CLOEXEC));
	any |= got("a folder", open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	any |= got("a new file", open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	any |= got("a socket", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	any |= got("a local socket", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	any |= got("a process", start());
	any |= got("its parent", kill(getppid(), 0));
	/* By seccomp, for Landlock has these since 6.12 only. */
	any |= got("its parent's thread", refused(syscall(SYS_tkill, getppid(), 0)));
	any |= got("its parent's thread", refused(syscall(SYS_tgkill, getppid(), getppid(), 0)));
	any |= got("its parent by SIGIO", refused(fcntl(STDOUT_FILENO, F_SETOWN, getppid())));
	any |= got("the terminal's input", refused(ioctl(STDOUT_FILENO, TIOCSTI, "x")));
	any |= got("a file's mode", chmod(folder, 0700));
	any |= got("a file's times", utimensat(AT_FDCWD, folder, NULL, 0));
	any |= got("shared memory", shmget(IPC_PRIVATE, 1, 0));
	any |= got("a namespace", syscall(SYS_unshare, 0x10000000));
	any |= got("a ring", syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno == EFAULT ? 0 : -1);
	return any;
}

static void *nothing(void *arg)
{
	return arg;
}

ssize_t read(int fd, void *p, size_t n)
{
	static ssize_t (*next)(int fd, void *p, size_t n);
	const char *folder = getenv("TSMMR_ESCAPE");
	pthread_t thread;

	if (!next)
		next = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
	if (!folder)
		return next(fd, p, n);
	unsetenv("TSMMR_ESCAPE");
	/* What the command itself needs is still there. */
	if (pthread_create(&thread, NULL, nothing, NULL) == 0)
		pthread_join(thread, NULL);
	else
		dprintf(STDERR_FILENO, "no thread\n");
	if (tries(folder))
		return next(fd, p, n);
	run();
	errno = EACCES;
	return -1;
}
