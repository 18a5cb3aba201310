/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions a record, by callgrind: the same on every run, which time is not.
 *
 * The program calls itself under Valgrind for one lane of one row, which collects only while
 * run_counted() runs.
 */
#include "bench.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS 5000

/* The name is what --toggle-collect has. */
__attribute__((noinline)) void run_counted(const struct way *way, struct input *in,
					   struct outcome *ret);
__attribute__((noinline)) void run_counted(const struct way *way, struct input *in,
					   struct outcome *ret)
{
	way->run(in, way->arg, ret);
}

static const struct {
	const char *name;
	size_t at; /* in struct goal */
} lanes[] = {
	{ "ours", offsetof(struct goal, ours) },
	{ "less", offsetof(struct goal, less) },
	{ "raw", offsetof(struct goal, raw) },
};

static const struct way *lane_of(const struct goal *g, const char *name)
{
	for (size_t i = 0; i < sizeof(lanes) / sizeof(lanes[0]); i++)
		if (strcmp(lanes[i].name, name) == 0)
			return (const struct way *)(const void *)((const char *)g + lanes[i].at);
	die(NULL, "no lane is called %s", name);
}

void run_once(const struct goal *g, const struct options *o)
{
	const struct way *way = lane_of(g, o->once);
	struct input *in = input_get(g->input, goal_records(g, o));
	struct outcome first = { 0 }, out = { 0 };

	/* What is done once a process is done by now. */
	way->run(in, way->arg, &first);
	free(first.bytes);
	run_counted(way, in, &out);
	free(out.bytes);
}

/* Of one lane; 0 where there is none. */
static double instructions(const struct goal *g, const char *self, const char *lane)
{
	static const char tool[] = "valgrind --tool=callgrind --callgrind-out-file=/dev/null "
				   "--toggle-collect=run_counted";
	char command[1024], line[256];
	double collected = NAN;
	FILE *from;

	if (!lane_of(g, lane)->run)
		return 0;
	snprintf(command, sizeof(command), "%s '%s' --once %s --records %d %s 2>&1", tool, self,
		 lane, RECORDS, g->name);
	from = popen(command, "re");
	while (from && fgets(line, sizeof(line), from)) {
		const char *found = strstr(line, "Collected : ");

		if (found)
			collected = strtod(found + strlen("Collected : "), NULL);
	}
	if (!from || pclose(from) != 0 || isnan(collected))
		die(NULL, "valgrind does not count %s of %s", lane, g->name);
	return collected / RECORDS;
}

void measure_instructions(const struct goal *g, const struct options *o, struct figure *ret)
{
	ret->ours = instructions(g, o->self, "ours") - instructions(g, o->self, "less");
	ret->raw = g->raw.run ? instructions(g, o->self, "raw") : NAN;
}
