/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command takes as a whole: CPU, memory, allocations. */
#include "bench.h"

#include <limits.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

/* For each record, beyond what libcrypto does: nothing, or why. */
enum allocates { NOTHING, OUTPUT, ASCII, JSON };

/* A way to call it in which it reads a log once and keeps none of it. */
struct mode {
	const char *name;
	enum input_kind input;
	const char *words[6];
	bool pipe;
	unsigned int part; /* of the records: what takes long does it with fewer */
	enum allocates allocates;
};

/* clang-format off */
static const struct mode modes[] = {
	{ "replay text", TEXT_384, { "replay" }, false, 1, NOTHING },
	{ "replay text from a pipe", TEXT_384, { "replay" }, true, 1, NOTHING },
	{ "export text to CEL-JSON", TEXT_384, { "export", "--to", "cel-json" }, false, 5, NOTHING },
	{ "replay CCEL", CCEL, { "replay" }, false, 1, NOTHING },
	{ "replay TCG2", TCG2_TWO, { "replay" }, false, 1, NOTHING },
	{ "replay TCG2 from a pipe", TCG2_TWO, { "replay" }, true, 1, NOTHING },
	{ "show TCG2", TCG2_TWO, { "show" }, false, 5, OUTPUT },
	{ "show TCG2 as JSON", TCG2_TWO, { "show", "--json" }, false, 5, OUTPUT },
	{ "export to CEL-JSON", TCG2_TWO, { "export", "--to", "cel-json" }, false, 1, NOTHING },
	{ "export to CEL-CBOR", TCG2_TWO, { "export", "--to", "cel-cbor" }, false, 1, NOTHING },
	{ "export a sequence", TCG2_TWO, { "export", "--to", "cel-cbor-seq" }, true, 1, NOTHING },
	{ "export to CEL-TLV", TCG2_TWO, { "export", "--to", "cel-tlv" }, false, 1, NOTHING },
	{ "export to JSON lines", TCG2_TWO, { "export", "--to", "jsonl" }, false, 5, OUTPUT },
	{ "export to YAML", TCG2_TWO, { "export", "--to", "tpm2-yaml" }, false, 5, OUTPUT },
	{ "replay IMA", IMA, { "replay" }, false, 2, NOTHING },
	{ "replay IMA ASCII", IMA_ASCII, { "replay" }, false, 2, ASCII },
	{ "replay CEL-JSON", AS_JSON, { "replay" }, false, 10, JSON },
	{ "replay CEL-CBOR", AS_CBOR, { "replay" }, false, 2, NOTHING },
	{ "replay CEL-TLV", AS_TLV, { "replay" }, false, 2, NOTHING },
};
/* clang-format on */

#define N_MODES (sizeof(modes) / sizeof(modes[0]))

static const char *tool;

void command_is(const char *path)
{
	tool = path;
}

bool command_is_there(void)
{
	return tool;
}

const char *command_path(void)
{
	return tool;
}

static struct took run(struct input *in, const char *const *words, bool pipe, bool count)
{
	struct job job = { .words = { tool }, .count = count };
	char path[64];
	size_t n = 1;

	input_path(in, path, sizeof(path));
	for (size_t i = 0; words[i]; i++)
		job.words[n++] = words[i];
	for (const char *const *w = input_words(in); *w; w++)
		job.words[n++] = *w;
	job.words[n] = pipe ? "-" : path;
	job.feed = pipe ? path : NULL;
	return process_run(&job);
}

static struct took run_mode(const struct mode *m, size_t n, bool count)
{
	return run(input_get(m->input, n / m->part), m->words, m->pipe, count);
}

void replay_command(struct input *in, int arg, struct outcome *ret)
{
	static const char *const words[] = { "replay", NULL };

	ret->took_ns = run(in, words, false, false).cpu_ns;
}

/* ---- memory: the mode that needs most, and the one that grows most ---- */

#define FEW 10000

/* The least of some runs: which pages of libraries are there is as it happens. */
static double memory_of(const struct mode *m, size_t n)
{
	long least = LONG_MAX;

	for (int i = 0; i < 3; i++) {
		long now = run_mode(m, n, false).rss_kib;

		least = now < least ? now : least;
	}
	return (double)least;
}

static struct {
	double peak, growth;
	const char *peak_mode, *growth_mode;
} memory;

static void find_memory(size_t n)
{
	if (memory.peak_mode)
		return;
	memory.growth = -INFINITY;
	for (size_t i = 0; i < N_MODES; i++) {
		double few = memory_of(&modes[i], FEW);
		double many = memory_of(&modes[i], n);

		if (many > memory.peak) {
			memory.peak = many;
			memory.peak_mode = modes[i].name;
		}
		if (many - few > memory.growth) {
			memory.growth = many - few;
			memory.growth_mode = modes[i].name;
		}
	}
}

void measure_peak(const struct goal *g, const struct options *o, struct figure *ret)
{
	find_memory(goal_records(g, o));
	*ret = (struct figure){ memory.peak, NAN, memory.peak_mode };
}

void measure_peak_growth(const struct goal *g, const struct options *o, struct figure *ret)
{
	find_memory(goal_records(g, o));
	*ret = (struct figure){ memory.growth, NAN, memory.growth_mode };
}

/* ---- allocations, each record's; libcrypto's own are not counted ---- */

/* By then every buffer has grown to what it needs. */
#define SETTLED 1000

static double mallocs(const struct mode *m, size_t n)
{
	size_t many = n / m->part > 2 * SETTLED ? n / m->part : 2 * SETTLED;
	unsigned long at_first = run_mode(m, SETTLED * m->part, true).said;

	return ((double)run_mode(m, many * m->part, true).said - (double)at_first) /
	       (double)(many - SETTLED);
}

static void most_mallocs(enum allocates which, size_t n, struct figure *ret)
{
	ret->ours = -INFINITY;
	for (size_t i = 0; i < N_MODES; i++) {
		double each = modes[i].allocates == which ? mallocs(&modes[i], n) : -INFINITY;

		if (each > ret->ours)
			*ret = (struct figure){ each, NAN, modes[i].name };
	}
}

void measure_mallocs(const struct goal *g, const struct options *o, struct figure *ret)
{
	most_mallocs(NOTHING, goal_records(g, o), ret);
}

void measure_mallocs_output(const struct goal *g, const struct options *o, struct figure *ret)
{
	most_mallocs(OUTPUT, goal_records(g, o), ret);
}

void measure_mallocs_ascii(const struct goal *g, const struct options *o, struct figure *ret)
{
	most_mallocs(ASCII, goal_records(g, o), ret);
}

/* json-c allocates what it parses: ours are those beyond its own, counted on the same records. */
void measure_mallocs_json(const struct goal *g, const struct options *o, struct figure *ret)
{
	static const char *const records[] = { "1000", "3000" };
	unsigned long counts[2];

	for (int i = 0; i < 2; i++)
		counts[i] =
			process_run(&(struct job){ .words = { o->self, "--once", "raw", "--records",
							      records[i], "json-in" },
						   .count = true })
				.said;
	most_mallocs(JSON, goal_records(g, o), ret);
	/* It runs once to warm up, and once more. */
	ret->raw = (double)(counts[1] - counts[0]) / 2 / 2000;
	ret->ours -= ret->raw;
}

void measure_fetches(const struct goal *g, const struct options *o, struct figure *ret)
{
	static const struct mode modes_of_none[] = {
		{ "CEL-JSON", TCG2_TWO, { "export", "--to", "cel-json" }, false, 1, NOTHING },
		{ "CEL-CBOR", TCG2_TWO, { "export", "--to", "cel-cbor" }, false, 1, NOTHING },
		{ "CEL-TLV", TCG2_TWO, { "export", "--to", "cel-tlv" }, false, 1, NOTHING },
	};

	ret->ours = 0;
	for (size_t i = 0; i < sizeof(modes_of_none) / sizeof(modes_of_none[0]); i++)
		ret->ours += (double)run_mode(&modes_of_none[i], 1000, true).fetches;
}

/* ---- start-up ---- */

#define PROCESSES 20

/* The first digest of a process, of which the library has done nothing before. */
void start_up(const char *way)
{
	const char *to = getenv("BENCH_COUNT");
	struct input *in = input_get(TEXT_384, 1);
	struct outcome out = { 0 };
	double begin = cpu_ns();

	if (strcmp(way, "raw") == 0)
		EVP_MD_free(must(EVP_MD_fetch(NULL, "SHA2-384", NULL)));
	else
		replay(in, TSMMR_HASH_SHA384, &out);
	if (to)
		dprintf(atoi(to), "%.0f 0\n", cpu_ns() - begin);
}

static double least_start_up(const char *self, const char *way)
{
	struct job job = { .words = { self, "--start-up", way } };
	double least = INFINITY;

	for (int i = 0; i < PROCESSES; i++)
		least = fmin(least, (double)process_run(&job).said);
	return least / 1e3;
}

void measure_start_up(const struct goal *g, const struct options *o, struct figure *ret)
{
	ret->ours = least_start_up(o->self, "ours");
	ret->raw = least_start_up(o->self, "raw");
}

void measure_command(const struct goal *g, const struct options *o, struct figure *ret)
{
	static const char *const words[] = { "replay", NULL };
	struct input *in = input_get(g->input, g->n);

	ret->ours = INFINITY;
	for (int i = 0; i < PROCESSES; i++)
		ret->ours = fmin(ret->ours, run(in, words, false, false).cpu_ns / 1e3);
}

/* ---- peers ---- */

static void keep_least(struct took *least, const char *command)
{
	struct took took = process_run(&(struct job){ .words = { "/bin/sh", "-c", command } });

	if (least->cpu_ns == 0 || took.cpu_ns < least->cpu_ns)
		*least = took;
}

void pair(size_t rounds, const char *ours, const char *peer)
{
	struct took a = { 0 }, b = { 0 };

	for (size_t i = 0; i < rounds; i++) {
		keep_least(&a, ours);
		keep_least(&b, peer);
	}
	printf("%8.3f s %8.1f MiB %8.3f s %8.1f MiB %8.1fx\n", a.cpu_ns / 1e9,
	       (double)a.rss_kib / 1024, b.cpu_ns / 1e9, (double)b.rss_kib / 1024,
	       b.cpu_ns / a.cpu_ns);
}
