/* SPDX-License-Identifier: BSD-2-Clause */
/* bench [--quick] [NAME...]: measures the library against its goals, and fails on a fall back. */
#include "bench.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

void die(const struct tsmmr_error *err, const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "bench: ");
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, "%s%s\n", err && err->code ? ": " : "",
		err && err->code ? err->message : "");
	exit(2);
}

void *must(void *allocated)
{
	if (!allocated)
		die(NULL, "out of memory");
	return allocated;
}

size_t goal_records(const struct goal *g, const struct options *o)
{
	if (o->records)
		return o->records;
	/* Of few records a command is but its start. */
	return o->quick && g->ours.run != replay_command ? g->n / 20 : g->n;
}

double goal_ratio(const struct goal *g, const struct figure *f)
{
	return g->rule == AT_LEAST ? f->raw / f->ours : f->ours / f->raw;
}

/* Where they were seen to be met. */
static bool has_vectors(void)
{
#if VECTORS
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
#else
	return false;
#endif
}

bool goal_is_met(const struct goal *g)
{
	return g->state == MET || (g->state == MET_BY_VECTORS && has_vectors());
}

bool goal_is_within(const struct goal *g, const struct figure *f, double margin)
{
	double ratio = goal_ratio(g, f);

	switch (g->rule) {
	case AT_MOST:
		return ratio <= g->limit * (1 + margin);
	case AT_LEAST:
		return ratio >= g->limit / (1 + margin);
	case WITHIN:
		return f->ours <= g->limit * (1 + margin);
	case NO_LIMIT:
		break;
	}
	return true;
}

double goal_margin(const struct goal *g, const struct options *o)
{
	return o->quick ? 2 * g->margin : g->margin;
}

static bool can_run(const struct goal *g, const struct options *o)
{
	switch (g->needs) {
	case NOBODY:
		return true;
	case COMMAND:
		return command_is_there();
	case COUNTER:
		return command_is_there() && o->counter;
	case FLEET:
		return fleet_is_there();
	case FLEET_COMMAND:
		return fleet_is_there() && command_is_there();
	case MACHINE:
		return machine_is_there();
	}
	return false;
}

static bool is_asked(const struct goal *g, char **names)
{
	for (size_t i = 0; names[i]; i++)
		if (strcmp(names[i], g->name) == 0 || strcmp(names[i], g->id) == 0)
			return true;
	return !names[0];
}

/* Every name must be of some row. */
static void check_names(char **names)
{
	for (; *names; names++) {
		char *one[] = { *names, NULL };
		bool known = false;

		for (size_t i = 0; i < n_goals; i++)
			known |= is_asked(&goals[i], one);
		if (!known)
			die(NULL, "no row is called %s: see --list", *names);
	}
}

/* false: it was met once, and is no more. */
static bool measure(const struct goal *g, const struct options *o)
{
	struct figure f = { NAN, NAN, NULL };

	if (o->callgrind && g->measure)
		return true;
	if (o->callgrind)
		measure_instructions(g, o, &f);
	else if (g->measure)
		g->measure(g, o, &f);
	else
		measure_lanes(g, o, &f);
	f.ours *= o->slower;
	table_row(g, o, &f);
	return o->callgrind || o->unjudged || !goal_is_met(g) ||
	       goal_is_within(g, &f, goal_margin(g, o));
}

static void write_log(const struct options *o)
{
	enum input_kind kind;
	struct input *in;

	if (!input_is_called(o->log, &kind))
		die(NULL, "no log is called %s", o->log);
	in = input_get(kind, o->records ? o->records : 1000);
	if (fwrite(in->bytes, 1, in->len, stdout) != in->len || fflush(stdout) != 0)
		die(NULL, "cannot write the log");
	input_drop();
}

int main(int argc, char **argv)
{
	static char self[4096];
	struct options o = { .self = self, .slower = 1 };
	bool well = true;
	char **names;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		die(NULL, "no /proc");
	names = options_parse(argc, argv, &o);
	if (o.start) {
		start_up(o.start);
		return 0;
	}
	if (o.pairs) {
		if (!names[0] || !names[1])
			die(NULL, "--pair takes two commands");
		process_begin(NULL);
		pair(o.pairs, names[0], names[1]);
		process_end();
		return 0;
	}
	if (o.log) {
		write_log(&o);
		return 0;
	}
	check_names(names);
	if (!o.once) {
		process_begin(o.counter);
		table_begin();
	}
	for (size_t i = 0; i < n_goals; i++) {
		if (!is_asked(&goals[i], names) || !can_run(&goals[i], &o))
			continue;
		if (o.once)
			run_once(&goals[i], &o);
		else
			well &= measure(&goals[i], &o);
	}
	input_drop();
	if (!o.once)
		process_end();
	if (!well)
		printf("\nA goal that was met is met no more.\n");
	return well ? 0 : 1;
}
