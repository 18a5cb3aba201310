/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records appended on a machine, by the clock: what is waited for is the register and the disk.
 *
 * TSMMR_ROOT is the machine, as tests/standin/with-standin.sh sets it; where its log is on tmpfs
 * nothing is waited for, and the figures are those of nothing else than locks.
 */
#include "bench.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REGISTER "tdx_guest/rtmr3"
#define EXTENDED "sys/devices/virtual/misc/tdx_guest/measurements/rtmr2:sha384"
#define RECORD_SIZE 128
#define WRITERS 16
#define ROUNDS 8
#define ROUNDS_QUICK 2

bool machine_is_there(void)
{
	return getenv("TSMMR_ROOT");
}

static double clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static struct tsmmr_tree *open_tree(void)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_tree *tree;
	struct tsmmr_ctx *ctx;

	if (tsmmr_ctx_new(0, &ctx, &err) < 0 ||
	    tsmmr_ctx_set_root(ctx, getenv("TSMMR_ROOT"), &err) < 0 ||
	    tsmmr_tree_open(ctx, &tree, &err) < 0)
		die(&err, "no machine");
	tsmmr_ctx_free(ctx);
	return tree;
}

static void record(char *ret, int who, size_t i)
{
	snprintf(ret, RECORD_SIZE,
		 "example.org/app writer %d record %zu of a stream that is as long as what audit "
		 "says of one command",
		 who, i);
}

static void append_each(const struct tsmmr_tree *tree, int who, size_t n)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	char text[RECORD_SIZE];

	for (size_t i = 0; i < n; i++) {
		record(text, who, i);
		if (tsmmr_tree_append(tree, REGISTER, text, strlen(text), 0, NULL, &err) < 0)
			die(&err, "append");
	}
}

struct writer {
	pthread_t thread;
	struct tsmmr_tree *tree;
	int who;
	size_t n;
};

static void *write_records(void *user)
{
	struct writer *w = user;

	append_each(w->tree, w->who, w->n);
	return NULL;
}

/* What waits is committed together if the tree is the same. */
static double writers_ns(size_t n, bool one_tree)
{
	struct writer all[WRITERS];
	double began;

	for (int i = 0; i < WRITERS; i++)
		all[i] = (struct writer){ .tree = one_tree && i ? all[0].tree : open_tree(),
					  .who = i,
					  .n = n / WRITERS };
	began = clock_ns();
	for (int i = 0; i < WRITERS; i++)
		if (pthread_create(&all[i].thread, NULL, write_records, &all[i]))
			die(NULL, "no thread");
	for (int i = 0; i < WRITERS; i++)
		pthread_join(all[i].thread, NULL);
	began = clock_ns() - began;
	for (int i = 0; i < (one_tree ? 1 : WRITERS); i++)
		tsmmr_tree_free(all[i].tree);
	return began / (double)(n / WRITERS * WRITERS);
}

static double stream_ns(size_t n, bool together)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_tree *tree = open_tree();
	char(*texts)[RECORD_SIZE] = must(calloc(n, sizeof(*texts)));
	const char **records = must(calloc(n, sizeof(*records)));
	double began;

	for (size_t i = 0; i < n; i++) {
		record(texts[i], 0, i);
		records[i] = texts[i];
	}
	began = clock_ns();
	if (!together)
		append_each(tree, 0, n);
	else if (tsmmr_tree_append_many(tree, REGISTER, records, n, 0, NULL, &err) < 0)
		die(&err, "append");
	began = clock_ns() - began;
	free(records);
	free(texts);
	tsmmr_tree_free(tree);
	return began / (double)n;
}

/* The register extended, and nothing logged: faster than that no log can be. */
static double extends_ns(size_t n, bool unused)
{
	const uint8_t digest[48] = { 1 };
	char path[1024];
	double began;

	snprintf(path, sizeof(path), "%s/%s", getenv("TSMMR_ROOT"), EXTENDED);
	began = clock_ns();
	for (size_t i = 0; i < n; i++) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, digest, sizeof(digest)) != sizeof(digest))
			die(NULL, "cannot extend %s", path);
		close(fd);
	}
	return (clock_ns() - began) / (double)n;
}

typedef double (*append_fn)(size_t n, bool together);

static void compare(const struct goal *g, const struct options *o, append_fn ours, append_fn raw,
		    struct figure *ret)
{
	size_t n = goal_records(g, o);

	n = n < WRITERS ? WRITERS : n;
	ret->ours = ret->raw = INFINITY;
	for (int i = 0; i < (o->quick || o->records ? ROUNDS_QUICK : ROUNDS); i++) {
		ret->ours = fmin(ret->ours, ours(n, true) / 1e3);
		ret->raw = fmin(ret->raw, raw(n, false) / 1e3);
	}
}

void measure_append_writers(const struct goal *g, const struct options *o, struct figure *ret)
{
	compare(g, o, writers_ns, writers_ns, ret);
}

void measure_append_stream(const struct goal *g, const struct options *o, struct figure *ret)
{
	compare(g, o, stream_ns, stream_ns, ret);
}

void measure_append_ceiling(const struct goal *g, const struct options *o, struct figure *ret)
{
	compare(g, o, stream_ns, extends_ns, ret);
}
