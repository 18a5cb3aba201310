/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes, and what they took.
 *
 * A child's peak of memory is at least that of the process that forked it, so one that has none
 * starts all of them: a server, forked before the first input is made.
 */
#include "process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* What the two processes share: one job at a time. */
struct shared {
	size_t n_words;
	bool has_feed, count;
	char text[4096]; /* the words and what feeds, each with its NUL */
	int status;
	struct took took;
};

static struct shared *shared;
static const char *preloaded;
static pid_t server;
static int to_server = -1;

/* ---- the server ---- */

static int take(char **words)
{
	char *p = shared->text;
	size_t i;

	for (i = 0; i < shared->n_words; i++, p += strlen(p) + 1)
		words[i] = p;
	words[i] = NULL;
	return shared->has_feed ? open(p, O_RDONLY | O_CLOEXEC) : -1;
}

/* Its output end of a pipe that cat(1) fills: the command must not see that it is a file. */
static int feeder(int from, pid_t *ret)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		_exit(126);
	*ret = fork();
	if (*ret == 0) {
		dup2(from, 0);
		dup2(ends[1], 1);
		execlp("cat", "cat", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	return ends[0];
}

/* The benchmark's own files, which a command in its sandbox cannot take from another process. */
static void hand_over(char **words)
{
	static char own[WORDS_MAX][64];

	for (size_t i = 0; words[i]; i++) {
		char *path = strstr(words[i], "/proc/");

		if (!path)
			continue;
		snprintf(own[i], sizeof(own[i]), "%.*s/dev/fd/%d", (int)(path - words[i]), words[i],
			 open(path, O_RDONLY));
		words[i] = own[i];
	}
}

_Noreturn static void become(char **words, int in, int said)
{
	char number[16];
	int null = open("/dev/null", O_RDWR);

	dup2(in >= 0 ? in : null, 0);
	dup2(null, 1);
	dup2(null, 2);
	snprintf(number, sizeof(number), "%d", said);
	setenv("BENCH_COUNT", number, 1);
	hand_over(words);
	if (shared->count)
		setenv("LD_PRELOAD", preloaded, 1);
	execv(words[0], words);
	_exit(127);
}

static void read_said(int fd, struct took *took)
{
	char text[64] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n && (n < 0 || sscanf(text, "%lu %lu", &took->said, &took->fetches) != 2))
		shared->status = -1;
	if (!n && shared->count)
		shared->status = -1;
}

static void serve_one(void)
{
	char *words[WORDS_MAX + 1];
	int from = take(words);
	int said = memfd_create("said", 0);
	pid_t cat = -1, pid;
	int in = from >= 0 ? feeder(from, &cat) : -1;
	struct rusage usage = { 0 };

	pid = fork();
	if (pid == 0)
		become(words, in, said);
	if (in >= 0)
		close(in);
	if (pid < 0 || wait4(pid, &shared->status, 0, &usage) != pid)
		shared->status = -1;
	shared->took = (struct took){
		.cpu_ns = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
			  (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3,
		.rss_kib = usage.ru_maxrss,
	};
	if (cat >= 0)
		waitpid(cat, NULL, 0);
	if (from >= 0)
		close(from);
	read_said(said, &shared->took);
	close(said);
}

_Noreturn static void serve(int fd)
{
	char byte;

	while (read(fd, &byte, 1) == 1) {
		serve_one();
		if (write(fd, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

/* ---- the benchmark ---- */

void process_begin(const char *counter)
{
	int ends[2];

	preloaded = counter;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		die(NULL, "cannot start processes");
	server = fork();
	if (server < 0)
		die(NULL, "cannot start processes");
	if (server == 0) {
		close(ends[1]);
		serve(ends[0]);
	}
	close(ends[0]);
	to_server = ends[1];
}

void process_end(void)
{
	close(to_server);
	waitpid(server, NULL, 0);
}

static size_t give(size_t at, const char *word)
{
	size_t n = strlen(word) + 1;

	if (n > sizeof(shared->text) - at)
		die(NULL, "a command is too long");
	memcpy(shared->text + at, word, n);
	return at + n;
}

struct took process_run(const struct job *job)
{
	size_t at = 0, n;
	char byte = 0;

	for (n = 0; n < WORDS_MAX && job->words[n]; n++)
		at = give(at, job->words[n]);
	if (job->feed)
		give(at, job->feed);
	shared->n_words = n;
	shared->has_feed = job->feed;
	shared->count = job->count;
	if (write(to_server, &byte, 1) != 1 || read(to_server, &byte, 1) != 1)
		die(NULL, "the server of processes has gone");
	if (!WIFEXITED(shared->status) || WEXITSTATUS(shared->status) != job->exit)
		die(NULL, "%s %s: status 0x%x", job->words[0], job->words[1], shared->status);
	return shared->took;
}
