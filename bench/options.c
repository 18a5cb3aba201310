/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. */
#include "bench.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] = "usage: bench [OPTION...] [ROW|GOAL...]\n"
			    "  --quick      fewer records: half a minute, rougher figures\n"
			    "  --records N  so many\n"
			    "  --unjudged   succeed whatever the figures are\n"
			    "  --callgrind  instructions a record, by Valgrind, in place of time\n"
			    "  --list       the rows\n"
			    "  --log KIND   write the log that a row is about: text, tcg2-two ...\n"
			    "  --tool FILE  the command, for rows that run it\n"
			    "  --fleet DIR  pairs, for rows about many machines\n"
			    "  --counter FILE\n"
			    "               what is preloaded into it to count allocations\n";

enum {
	HELP = 256,
	LIST,
	QUICK,
	UNJUDGED,
	CALLGRIND,
	RECORDS,
	SLOWER,
	LOG,
	PAIR,
	TOOL,
	FLEET_IN,
	COUNT_BY,
	ONCE,
	START_UP
};

static const struct option options[] = {
	{ "help", no_argument, NULL, HELP },
	{ "list", no_argument, NULL, LIST },
	{ "quick", no_argument, NULL, QUICK },
	{ "unjudged", no_argument, NULL, UNJUDGED },
	{ "callgrind", no_argument, NULL, CALLGRIND },
	{ "records", required_argument, NULL, RECORDS },
	{ "slower", required_argument, NULL, SLOWER },
	{ "log", required_argument, NULL, LOG },
	{ "pair", required_argument, NULL, PAIR },
	{ "tool", required_argument, NULL, TOOL },
	{ "fleet", required_argument, NULL, FLEET_IN },
	{ "counter", required_argument, NULL, COUNT_BY },
	{ "once", required_argument, NULL, ONCE },
	{ "start-up", required_argument, NULL, START_UP },
	{ NULL, 0, NULL, 0 },
};

_Noreturn static void refuse(void)
{
	fputs(usage, stderr);
	exit(2);
}

static size_t number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !n)
		refuse();
	return n;
}

static void list(void)
{
	for (size_t i = 0; i < n_goals; i++)
		printf("%-4s %-18s %s\n", goals[i].id, goals[i].name, goals[i].what);
}

static void take(struct options *o, int option)
{
	switch (option) {
	case HELP:
		fputs(usage, stdout);
		exit(0);
	case LIST:
		list();
		exit(0);
	case QUICK:
		o->quick = true;
		return;
	case UNJUDGED:
		o->unjudged = true;
		return;
	case CALLGRIND:
		o->callgrind = true;
		return;
	case RECORDS:
		o->records = number(optarg);
		return;
	case SLOWER:
		o->slower = (double)number(optarg);
		return;
	case LOG:
		o->log = optarg;
		return;
	case PAIR:
		o->pairs = number(optarg);
		return;
	case TOOL:
		command_is(optarg);
		return;
	case FLEET_IN:
		fleet_is(optarg);
		return;
	case COUNT_BY:
		o->counter = optarg;
		return;
	case ONCE:
		o->once = optarg;
		return;
	case START_UP:
		o->start = optarg;
		return;
	default:
		refuse();
	}
}

char **options_parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
		take(o, c);
	return argv + optind;
}
