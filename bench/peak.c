/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peak PROGRAM [ARG...]: runs it, and ends stderr with a line of its exit status, the
 * microseconds of CPU it took and its peak memory in KiB.  A small program does this because
 * a child inherits its parent's peak, and that of an interpreter would hide everything.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 2)
		return 2;
	pid = fork();
	if (pid == 0) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		return 2;
	fprintf(stderr, "%d %ld %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
		(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000L +
			usage.ru_utime.tv_usec + usage.ru_stime.tv_usec,
		usage.ru_maxrss);
	return 0;
}
