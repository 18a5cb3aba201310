/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of the ways to call the command that need a log more than once. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "process.h"

/* What stands for paths in the words of a mode. */
#define LOG "LOG"
#define RIGHT "RIGHT" /* values, as --expect takes them … */
#define WRONG "WRONG" /* … of which one is another */
#define SUMS "SUMS"   /* a list that knows one record, which is none of the log's */

struct mode {
	const char *name;
	const char *words[8];
	bool pipe; /* the log is not LOG, but what a pipe has */
	int exit;
};

/* clang-format off */
static const struct mode twice[] = {
	{ "verify --events", { "verify", "--json", "--events", "--expect", RIGHT, LOG }, false, 0 },
	{ "verify --events, a pipe", { "verify", "--json", "--events", "--expect", RIGHT, "-" }, true, 0 },
	{ "show, and the registers", { "show", "--expect", RIGHT, LOG }, false, 0 },
	{ "appraise", { "appraise", "--known", SUMS, "--expect", RIGHT, LOG }, false, 4 },
	{ "merge", { "merge", "--to", "cel-cbor", LOG }, false, 0 },
	{ "explain", { "explain", "--expect", RIGHT, LOG }, false, 0 },
	{ "diff", { "diff", LOG, LOG }, false, 0 },
	{ "predict", { "predict", "--drop", "5", "--expect", RIGHT, LOG }, false, 0 },
};
static const struct mode held[] = {
	{ "explain a mismatch", { "explain", "--expect", WRONG, LOG }, false, 1 },
};
/* clang-format on */

struct paths {
	char log[64], right[64], wrong[64], sums[64];
};

/* Of text in a file without a name; prefix: what the command has before a path. */
static void put_text(const char *prefix, const char *text, size_t len, char *ret)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		die(NULL, "no memory for a text");
	snprintf(ret, sizeof(((struct paths *)0)->log), "%s/proc/%d/fd/%d", prefix, (int)getpid(),
		 fd);
}

static const struct paths *paths_of(struct input *in)
{
	static const char none[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e"
				   "1f202122232425262728292a2b2c2d2e2f  none\n";
	static struct paths paths;
	static size_t n;
	char text[2048];
	size_t len;

	if (n == in->n)
		return &paths;
	n = in->n;
	len = values_of(in, TSMMR_HASH_SHA384, text, sizeof(text));
	put_text("@", text, len, paths.right);
	/* The last digit of the last value, before its newline. */
	text[len - 2] = text[len - 2] == '0' ? '1' : '0';
	put_text("@", text, len, paths.wrong);
	put_text("pcr0:sums=", none, strlen(none), paths.sums);
	input_path(in, paths.log, sizeof(paths.log));
	return &paths;
}

static double peak_kib(const struct mode *m, struct input *in)
{
	const struct paths *paths = paths_of(in);
	const struct {
		const char *word, *path;
	} all[] = { { LOG, paths->log },
		    { RIGHT, paths->right },
		    { WRONG, paths->wrong },
		    { SUMS, paths->sums } };
	struct job job = { .words = { command_path() }, .exit = m->exit };

	for (size_t i = 0; m->words[i]; i++) {
		job.words[i + 1] = m->words[i];
		for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++)
			if (strcmp(m->words[i], all[k].word) == 0)
				job.words[i + 1] = all[k].path;
	}
	job.feed = m->pipe ? paths->log : NULL;
	return (double)process_run(&job).rss_kib;
}

static void most(const struct goal *g, const struct options *o, const struct mode *modes, size_t n,
		 struct figure *ret)
{
	struct input *in = input_get(g->input, goal_records(g, o));

	*ret = (struct figure){ -INFINITY, (double)in->len / 1024, NULL };
	for (size_t i = 0; i < n; i++) {
		double kib = peak_kib(&modes[i], in);

		if (kib > ret->ours) {
			ret->ours = kib;
			ret->note = modes[i].name;
		}
	}
}

void measure_twice(const struct goal *g, const struct options *o, struct figure *ret)
{
	most(g, o, twice, sizeof(twice) / sizeof(twice[0]), ret);
}

void measure_held(const struct goal *g, const struct options *o, struct figure *ret)
{
	most(g, o, held, sizeof(held) / sizeof(held[0]), ret);
}
