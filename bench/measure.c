/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time, on a machine that others use too.
 *
 * What is compared runs in turn in one process, in slices, on the clock of its own thread: load
 * that comes and goes meets all of them.  The least time of many is the one that was disturbed
 * least; it counts once a second slice came within a hundredth of it.
 */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS_MIN 5
#define ROUNDS_MAX 60
#define SPREAD 1.01
#define SECONDS_MAX 20.0 /* of a row; ROUNDS_MIN are run whatever they take */
#define SECONDS_QUICK 1.5

double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void one_run(struct lane *lane, bool wants_bytes, struct outcome *ret)
{
	*ret = (struct outcome){ .wants_bytes = wants_bytes };
	lane->way.run(lane->in, lane->way.arg, ret);
}

/* The raw loops write records and no header: the shorter must be the end of the longer. */
static bool same_end(const struct outcome *x, const struct outcome *y)
{
	size_t n = x->len < y->len ? x->len : y->len;

	return n && memcmp(x->bytes + x->len - n, y->bytes + y->len - n, n) == 0;
}

/* A fast wrong answer is none. */
static void compare(const struct lane *a, const struct outcome *x, const struct lane *b,
		    const struct outcome *y)
{
	bool values = x->n_values && y->n_values;
	bool bytes = x->form && x->form == y->form;

	if (a->in->n != b->in->n)
		return;
	if ((values && (x->n_values != y->n_values ||
			memcmp(x->values, y->values, sizeof(x->values)) != 0)) ||
	    (bytes && !same_end(x, y)))
		die(NULL, "\"%s\" and \"%s\" come to different results", a->way.name, b->way.name);
}

/* The first round warms caches up, and shows that all lanes do the same job. */
static void rehearse(struct lane *lanes, size_t n)
{
	struct outcome first, next;

	one_run(&lanes[0], true, &first);
	for (size_t i = 1; i < n; i++) {
		one_run(&lanes[i], true, &next);
		compare(&lanes[0], &first, &lanes[i], &next);
		free(next.bytes);
	}
	free(first.bytes);
}

void lanes_measure(struct lane *lanes, size_t n, const struct options *o)
{
	double least[4], second[4];
	bool rough = o->quick || o->records;
	double seconds = o->unjudged && o->records ? 0 : rough ? SECONDS_QUICK : SECONDS_MAX;
	double spent = 0; /* by other processes too */
	bool settled = false;

	for (size_t i = 0; i < n; i++)
		least[i] = second[i] = INFINITY;
	rehearse(lanes, n);
	for (size_t round = 0; round < ROUNDS_MAX && !(settled && round >= ROUNDS_MIN); round++) {
		if (round >= ROUNDS_MIN && spent > 1e9 * seconds)
			break;
		settled = true;
		for (size_t i = 0; i < n; i++) {
			struct outcome out;
			double begin = cpu_ns(), took;

			one_run(&lanes[i], false, &out);
			took = out.took_ns > 0 ? out.took_ns : cpu_ns() - begin;
			spent += took;
			took /= (double)lanes[i].in->n;
			free(out.bytes);
			second[i] = fmin(second[i], fmax(took, least[i]));
			least[i] = fmin(least[i], took);
			settled &= second[i] < least[i] * SPREAD;
		}
	}
	for (size_t i = 0; i < n; i++)
		lanes[i].best = least[i];
}

void measure_lanes(const struct goal *g, const struct options *o, struct figure *ret)
{
	struct input *in = input_get(g->input, goal_records(g, o));
	struct lane lanes[3];
	size_t n = 0;

	lanes[n++] = (struct lane){ g->ours, in, 0 };
	if (g->less.run)
		lanes[n++] = (struct lane){ g->less, in, 0 };
	if (g->raw.run)
		lanes[n++] = (struct lane){ g->raw, in, 0 };
	lanes_measure(lanes, n, o);
	ret->ours = lanes[0].best - (g->less.run ? lanes[1].best : 0);
	ret->raw = g->raw.run ? lanes[n - 1].best : NAN;
}

/* The same over a hundredth of the records, as often as there are hundredths. */
#define PARTS 100

static struct lane part;

static void run_parts(struct input *in, int arg, struct outcome *ret)
{
	for (int i = 0; i < PARTS; i++) {
		struct outcome out = { 0 };

		part.way.run(part.in, arg, &out);
		free(out.bytes);
	}
}

void measure_growth(const struct goal *g, const struct options *o, struct figure *ret)
{
	struct input *in = input_get(g->input, goal_records(g, o));
	struct input few = input_make(g->input, in->n / PARTS);
	struct lane lanes[] = {
		{ g->ours, in, 0 },
		{ { run_parts, g->ours.arg, "a hundredth of it" }, in, 0 },
	};

	part = (struct lane){ g->ours, &few, 0 };
	lanes_measure(lanes, 2, o);
	input_done(&few);
	ret->ours = lanes[0].best;
	ret->raw = lanes[1].best;
}
