/* SPDX-License-Identifier: BSD-2-Clause */
/* "reading 41%" on a terminal, when reading takes longer than a person likes to wait. */
#include "progress.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"

#define FIRST_MS 1000
#define NEXT_MS 250

/*
 * How far the descriptors have been read.  The streams belong to another thread, but
 * where a descriptor stands anybody may ask the kernel.
 */
static void print_line(const struct inputs *in)
{
	uint64_t done = 0, total = 0;
	bool whole = true;

	for (size_t i = 0; i < in->n; i++) {
		int fd = __atomic_load_n(&in->all[i].fd, __ATOMIC_ACQUIRE);
		off_t at = fd < 0 ? -1 : lseek(fd, 0, SEEK_CUR);
		struct stat st;

		if (at < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
			whole = false;
			continue;
		}
		done += (uint64_t)at;
		total += (uint64_t)st.st_size;
	}
	if (whole && total && done <= total)
		fprintf(stderr, "\rreading: %3.0f%% of %.1f MB\033[K",
			100.0 * (double)done / (double)total, (double)total / 1e6);
	else
		fprintf(stderr, "\rreading ...\033[K");
	fflush(stderr);
}

static void *run(void *user)
{
	struct progress *p = user;
	struct pollfd stop = { .fd = p->stop[0], .events = POLLIN };
	bool shown = false;

	while (poll(&stop, 1, shown ? NEXT_MS : FIRST_MS) == 0) {
		print_line(p->in);
		shown = true;
	}
	if (shown) {
		fprintf(stderr, "\r\033[K");
		fflush(stderr);
	}
	return NULL;
}

void progress_start(struct progress *p, const struct inputs *in)
{
	if (!isatty(STDERR_FILENO) || pipe2(p->stop, O_CLOEXEC) < 0)
		return;
	p->in = in;
	p->running = pthread_create(&p->thread, NULL, run, p) == 0;
	if (!p->running) {
		close(p->stop[0]);
		close(p->stop[1]);
	}
}

void progress_stop(struct progress *p)
{
	if (!p->running)
		return;
	close(p->stop[1]);
	pthread_join(p->thread, NULL);
	close(p->stop[0]);
	p->running = false;
}
