/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the benchmark share: goals, and how one is measured. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "input.h"
#include "runs.h"

/* Ends the program: nothing here is expected to fail.  err, which may be NULL, says why. */
_Noreturn void die(const struct tsmmr_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void *must(void *allocated);

/* One way to do a job: ours, or the raw loop. */
struct way {
	run_fn run; /* NULL: there is none */
	int arg;
	const char *name;
};

enum rule {
	AT_MOST,  /* ours over the raw loop's */
	AT_LEAST, /* the raw loop's over ours: so many times faster */
	WITHIN,   /* ours alone, in the goal's unit */
	NO_LIMIT
};

/* What a row cannot do without. */
enum needs { NOBODY, COMMAND, COUNTER, FLEET, FLEET_COMMAND, MACHINE };

/* Whether this tree meets a goal.  One that is MET and falls back fails the run. */
enum state { OPEN, MET, MET_BY_VECTORS };

struct figure {
	double ours, raw; /* in the goal's unit; raw may be NAN */
	const char *note; /* or NULL; static */
};

struct options {
	bool quick;
	bool unjudged;
	bool callgrind;
	const char *log;     /* the kind of log to write, and nothing else */
	size_t pairs;        /* how often to run two commands in turn, and nothing else */
	double slower;       /* how many times as long to say that we took: 1, but in a test */
	const char *counter; /* the library that count.c is, or NULL */
	const char *self;    /* this program, for children */
	const char *start;   /* of such a child: whose start-up it measures, */
	const char *once;    /* or the lane that it runs, … */
	size_t records;      /* … and how many records; 0: as the goal says */
};

struct goal {
	const char *id;   /* which goal it is, or part of which */
	const char *name; /* to pick it by */
	const char *what;
	enum input_kind input;
	size_t n; /* records; a quick run takes fewer */
	struct way ours;
	struct way less; /* its time is not ours: the reading that feeds an encoder */
	struct way raw;
	enum rule rule;
	double limit;
	double margin; /* what noise may add to the limit, as a part of it */
	enum state state;
	const char *unit; /* NULL: nanoseconds a record */
	enum needs needs;
	/* NULL: ours, less and raw, interleaved. */
	void (*measure)(const struct goal *g, const struct options *o, struct figure *ret);
};

extern const struct goal goals[];
extern const size_t n_goals;

/* The rest of argv. */
char **options_parse(int argc, char **argv, struct options *o);

size_t goal_records(const struct goal *g, const struct options *o);
/* Has this tree met it, on a machine like this one? */
bool goal_is_met(const struct goal *g);
/* What the rule makes of the figure, and whether that is within the limit, widened by so much. */
double goal_ratio(const struct goal *g, const struct figure *f);
bool goal_is_within(const struct goal *g, const struct figure *f, double margin);

/* A quick run hears more of what else the machine does. */
double goal_margin(const struct goal *g, const struct options *o);

void table_begin(void);
void table_row(const struct goal *g, const struct options *o, const struct figure *f);

/* ---- measuring (measure.c) ---- */

double cpu_ns(void); /* of this thread */

/* The same job on inputs of its own: the way, and after lanes_measure() the least time. */
struct lane {
	struct way way;
	struct input *in;
	double best; /* nanoseconds a record */
};

/* In turn, again and again, until the least times stand still. */
void lanes_measure(struct lane *lanes, size_t n, const struct options *o);
void measure_lanes(const struct goal *g, const struct options *o, struct figure *ret);
void measure_growth(const struct goal *g, const struct options *o, struct figure *ret);

/* ---- of the command as a whole (command.c) ---- */

void command_is(const char *path);
bool command_is_there(void);
const char *command_path(void);
void measure_peak(const struct goal *g, const struct options *o, struct figure *ret);
void measure_peak_growth(const struct goal *g, const struct options *o, struct figure *ret);
/* Of each record: nothing, what is for people or JSON lines, a list in ASCII, JSON. */
void measure_mallocs(const struct goal *g, const struct options *o, struct figure *ret);
void measure_mallocs_output(const struct goal *g, const struct options *o, struct figure *ret);
void measure_mallocs_ascii(const struct goal *g, const struct options *o, struct figure *ret);
void measure_mallocs_json(const struct goal *g, const struct options *o, struct figure *ret);
void measure_fetches(const struct goal *g, const struct options *o, struct figure *ret);
/* The library's first digest, against EVP_MD_fetch(); and the whole command on a real log's size.
 */
void measure_start_up(const struct goal *g, const struct options *o, struct figure *ret);
void measure_command(const struct goal *g, const struct options *o, struct figure *ret);
/* Two commands in turn: a line with what each took. */
void pair(size_t rounds, const char *ours, const char *peer);
/* In the child: "ours" or "raw". */
void start_up(const char *way);

/* ---- of modes that need a log more than once (frozen.c) ---- */

/* The most memory that one of them takes: such that read it twice, and such that hold it. */
void measure_twice(const struct goal *g, const struct options *o, struct figure *ret);
void measure_held(const struct goal *g, const struct options *o, struct figure *ret);

/* ---- of a fleet (fleet.c) ---- */

enum { FLEET_DISTINCT, FLEET_RETURNS, FLEET_NITRO };

/* The folder with what bench/meson.build makes. */
void fleet_is(const char *path);
bool fleet_is_there(void);
/* One context with collateral against one without.  ours.arg: FLEET_… */
void measure_collateral(const struct goal *g, const struct options *o, struct figure *ret);
/* One context against one for each pair, which is what a context remembers; ours.arg: FLEET_… */
void measure_fleet(const struct goal *g, const struct options *o, struct figure *ret);
/* The command's --batch, against a process for each line; and two threads against one. */
void measure_fleet_processes(const struct goal *g, const struct options *o, struct figure *ret);
void measure_fleet_threads(const struct goal *g, const struct options *o, struct figure *ret);

/* ---- on a machine with registers (append.c) ---- */

bool machine_is_there(void);
/* Writers of one tree against as many trees; a stream at once against one by one; and that stream
 * against the extends alone. */
void measure_append_writers(const struct goal *g, const struct options *o, struct figure *ret);
void measure_append_stream(const struct goal *g, const struct options *o, struct figure *ret);
void measure_append_ceiling(const struct goal *g, const struct options *o, struct figure *ret);

/* ---- instructions, by callgrind (instructions.c) ---- */

/* The same figure, in instructions a record. */
void measure_instructions(const struct goal *g, const struct options *o, struct figure *ret);
/* In the child: the lane that o->once names, once. */
void run_once(const struct goal *g, const struct options *o);
