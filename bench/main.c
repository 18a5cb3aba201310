/* SPDX-License-Identifier: BSD-2-Clause */
/* bench [--quick] [NAME...]: measures the library against its goals, and fails on a fall back. */
#include "bench.h"

#include <getopt.h>
#include <math.h>
#include <openssl/crypto.h>
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
	return o->quick ? g->n / 20 : g->n;
}

double goal_ratio(const struct goal *g, const struct figure *f)
{
	return g->rule == AT_LEAST ? f->raw / f->ours : f->ours / f->raw;
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

/* The model name of the first CPU, as Linux has it. */
static void print_cpu(void)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
			line[strcspn(line, "\n")] = 0;
			printf("%s, ", strchr(line, ':') + 2);
			break;
		}
	if (file)
		fclose(file);
	printf("%ld CPUs", sysconf(_SC_NPROCESSORS_ONLN));
}

static void print_machine(void)
{
	double load;

	print_cpu();
	if (getloadavg(&load, 1) == 1)
		printf(", load %.1f", load);
	printf("\nlibtsmmr %s (%s), %s, %s\n\n", tsmmr_version(), BUILD, COMPILER,
	       OpenSSL_version(OPENSSL_VERSION));
}

static void print_heading(void)
{
	printf("%-4s %-18s %-52s %13s %10s %8s %9s\n", "goal", "row", "what", "figure", "raw",
	       "ratio", "limit");
}

/* More digits where there are few before the point; a count of things has two. */
static void print_number(double v, int width, bool count)
{
	if (isnan(v))
		printf(" %*s", width, "-");
	else
		printf(" %*.*f", width, count ? 2 : v < 100 ? 1 : 0, v);
}

/* A quick run hears more of what else the machine does. */
static double margin_of(const struct goal *g, const struct options *o)
{
	return o->quick ? 2 * g->margin : g->margin;
}

static const char *verdict(const struct goal *g, const struct options *o, const struct figure *f)
{
	if (g->rule == NO_LIMIT)
		return "";
	if (g->state == MET && !goal_is_within(g, f, margin_of(g, o)))
		return "FELL BACK";
	if (!goal_is_within(g, f, 0))
		return g->state == MET ? "met but for noise" : "NOT met";
	return g->state == MET ? "met" : "met, goals.c does not know";
}

static void print_row(const struct goal *g, const struct options *o, const struct figure *f)
{
	static const char *const signs[] = { "<=", ">=", "<=", "" };
	const char *unit = o->callgrind ? "in" : g->unit ? g->unit : "ns";

	printf("%-4s %-18s %-52s", g->id, g->name, g->what);
	print_number(f->ours, 9, !*unit);
	printf(" %-3s", unit);
	print_number(f->raw, 10, !*unit);
	if (isnan(f->raw))
		printf(" %8s", "-");
	else
		printf(" %7.2fx", goal_ratio(g, f));
	if (g->rule == NO_LIMIT || o->callgrind)
		printf("\n");
	else
		printf("   %2s %5.4g%s %s%s%s\n", signs[g->rule], g->limit,
		       g->rule == WITHIN ? "" : "x", verdict(g, o, f), f->note ? ": " : "",
		       f->note ? f->note : "");
	fflush(stdout);
}

static bool can_run(const struct goal *g, const struct options *o)
{
	return g->needs == NOBODY || (command_is_there() && (g->needs == COMMAND || o->counter));
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
	print_row(g, o, &f);
	return o->callgrind || o->unjudged || g->state == OPEN ||
	       goal_is_within(g, &f, margin_of(g, o));
}

static void list(void)
{
	for (size_t i = 0; i < n_goals; i++)
		printf("%-4s %-18s %s\n", goals[i].id, goals[i].name, goals[i].what);
}

static const char usage[] = "usage: bench [OPTION...] [NAME|GOAL...]\n"
			    "  --quick      fewer records: half a minute, rougher figures\n"
			    "  --unjudged   succeed whatever the figures are\n"
			    "  --callgrind  instructions a record, by Valgrind, not time\n"
			    "  --list       the rows by name\n";

static void parse(int argc, char **argv, struct options *o)
{
	enum {
		QUICK = 256,
		UNJUDGED,
		CALLGRIND,
		LIST,
		HELP,
		ONCE,
		RECORDS,
		TOOL,
		COUNT_BY,
		START_UP
	};
	static const struct option options[] = {
		{ "quick", no_argument, NULL, QUICK },
		{ "unjudged", no_argument, NULL, UNJUDGED },
		{ "callgrind", no_argument, NULL, CALLGRIND },
		{ "list", no_argument, NULL, LIST },
		{ "help", no_argument, NULL, HELP },
		{ "tool", required_argument, NULL, TOOL },
		{ "counter", required_argument, NULL, COUNT_BY },
		{ "start-up", required_argument, NULL, START_UP },
		{ "once", required_argument, NULL, ONCE },
		{ "records", required_argument, NULL, RECORDS },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
		switch (c) {
		case QUICK:
			o->quick = true;
			break;
		case UNJUDGED:
			o->unjudged = true;
			break;
		case CALLGRIND:
			o->callgrind = true;
			break;
		case LIST:
			list();
			exit(0);
		case HELP:
			fputs(usage, stdout);
			exit(0);
		case TOOL:
			command_is(optarg);
			break;
		case COUNT_BY:
			o->counter = optarg;
			break;
		case START_UP:
			o->start = optarg;
			break;
		case ONCE:
			o->once = optarg;
			break;
		case RECORDS:
			o->records = strtoul(optarg, NULL, 10);
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
}

int main(int argc, char **argv)
{
	static char self[4096];
	struct options o = { .self = self };
	bool well = true;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		die(NULL, "no /proc");
	parse(argc, argv, &o);
	if (o.start) {
		start_up(o.start);
		return 0;
	}
	check_names(argv + optind);
	if (!o.once) {
		process_begin(o.counter);
		print_machine();
		print_heading();
	}
	for (size_t i = 0; i < n_goals; i++) {
		if (!is_asked(&goals[i], argv + optind) || !can_run(&goals[i], &o))
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
