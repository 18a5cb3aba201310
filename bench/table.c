/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed: the machine, and a row for each goal. */
#include "bench.h"

#include <math.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

void table_begin(void)
{
	double load;

	print_cpu();
	if (getloadavg(&load, 1) == 1)
		printf(", load %.1f", load);
	printf("\nlibtsmmr %s (%s), %s, %s\n\n", tsmmr_version(), BUILD, COMPILER,
	       OpenSSL_version(OPENSSL_VERSION));
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

static const char *verdict(const struct goal *g, const struct options *o, const struct figure *f)
{
	if (g->rule == NO_LIMIT)
		return "";
	if (goal_is_met(g) && !goal_is_within(g, f, goal_margin(g, o)))
		return "FELL BACK";
	if (!goal_is_within(g, f, 0))
		return goal_is_met(g) ? "met but for noise" : "NOT met";
	return goal_is_met(g) ? "met" : "met, goals.c does not know";
}

void table_row(const struct goal *g, const struct options *o, const struct figure *f)
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
		printf("   %2s %5.5g%s %s%s%s\n", signs[g->rule], g->limit,
		       g->rule == WITHIN ? "" : "x", verdict(g, o, f), f->note ? ": " : "",
		       f->note ? f->note : "");
	fflush(stdout);
}
