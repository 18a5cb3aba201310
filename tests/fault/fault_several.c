/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several records that are appended together, while each call fails, or is the last one, in turn.
 *
 *     fault_several [SCENARIO [ROUNDS [SEED]]]
 *
 * A child appends a group with one fault.  Whatever happened, the log then has the first ones
 * of the group and no others, each once and in order: those that were acknowledged, and of a
 * group that failed for certain no more.  What a crash or a doubt left is settled first, and the
 * answer has to be what the log then shows.  Last, appenders of groups are killed at random.
 */
#include "before.h"

#include <sys/mman.h>
#include <sys/mount.h>

#define GROUP 5

/* From a child, which may be gone before it says anything. */
static struct answer {
	int r;
	size_t n;
	bool fired, returned;
} * answer;

static int append_many(const struct machine *m, char (*records)[64], size_t n, size_t *ret_n,
		       uint32_t *ret_done, struct tsmmr_error *err)
{
	struct append all[APPEND_GROUP_MAX] = { 0 };
	struct append *each[APPEND_GROUP_MAX];
	int r;

	for (size_t i = 0; i < n; i++) {
		all[i].record = span_of(records[i], strlen(records[i]));
		each[i] = &all[i];
	}
	r = tree_append_many(&m->tree, m->reg, each, n, ret_n, err);
	if (ret_done)
		*ret_done = all[0].done;
	for (size_t i = 0; i < *ret_n; i++)
		if (all[i].n_banks != (m->banks ? 2 : 1))
			die("%s: %zu banks", records[i], all[i].n_banks);
	return r;
}

static void put_group(char (*records)[64], size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		snprintf(records[i], sizeof(records[i]), "%s %zu", name, i);
}

static void group_clean(const struct machine *m, const char *name)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	char records[GROUP][64];
	size_t n;

	put_group(records, GROUP, name);
	if (append_many(m, records, GROUP, &n, NULL, &err) < 0 || n != GROUP)
		die("%s: %s", name, err.message);
}

/* How many of a group are in the log: the first ones, in order, each once. */
static size_t count_group(const struct machine *m, const char *name, size_t n)
{
	char *log = read_log(m), *from = log;
	size_t there = 0;

	for (size_t i = 0; i < n; i++) {
		char line[80];
		char *at;
		int count;

		snprintf(line, sizeof(line), "%s %zu", name, i);
		count = count_in(log, line);
		if (count > 1 || (count && there != i))
			die("%s: there %d times after %zu of its group:\n%s", line, count, there,
			    log);
		snprintf(line, sizeof(line), "\n%s %zu\n", name, i);
		at = count ? strstr(from, line) : from;
		if (!at)
			die("%s: not in order", line);
		from = at;
		there += count;
	}
	free(log);
	return there;
}

static void append_group(const struct machine *m, const char *name)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	char records[GROUP][64];
	size_t n;

	put_group(records, GROUP, name);
	append_many(m, records, GROUP, &n, NULL, &err);
}

/* Two of five are in the register; where it has two banks, the second of them in one. */
static void crashed_within(struct machine *m)
{
	append_clean(m, "first", NULL);
	crash(m, append_group, "crashed", "write", m->banks ? 4 : 3);
}

/* clang-format off */
static const struct scenario {
	const char *name;
	void (*prepare)(struct machine *m);
	const char *allow;	/* gaps that are rightly there */
} scenarios[] = {
	{ "a log", a_log, NULL },
	{ "no log yet", nothing, NULL },
	{ "extended by others", foreign, "unlogged" },
	{ "crashed within a group", crashed_within, NULL },
};

static const struct {
	const char *name;
	int what, error;
	bool everywhere;
} faults[] = {
	{ "EIO", WRAP_FAIL, EIO, true },
	{ "ENOSPC", WRAP_FAIL, ENOSPC, false },
	{ "EINTR", WRAP_FAIL, EINTR, false },
	{ "done, but EIO", WRAP_FAIL_AFTER, EIO, false },
	{ "half", WRAP_HALF, 0, true },
	{ "exit", WRAP_EXIT_BEFORE, 0, true },
	{ "half, then exit", WRAP_EXIT_HALF, 0, true },
};
/* clang-format on */

/* Is the fault the last one, which was not reached? */
static bool disturb(const struct machine *m, const struct scenario *s, int fault, int nth)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	*answer = (struct answer){ 0 };
	pid = fork();
	if (pid == 0) {
		struct tsmmr_error err = { .size = sizeof(err) };
		char records[GROUP][64];

		put_group(records, GROUP, "group");
		wrap_arm(nth, faults[fault].what, faults[fault].error);
		answer->r = append_many(m, records, GROUP, &answer->n, NULL, &err);
		answer->fired = wrap_fired();
		answer->returned = true;
		_exit(answer->r < 0 && (err.code != answer->r || !err.message[0]) ? 99 : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		die("%s: the child ended with %x", s->name, status);
	if (answer->returned ? WEXITSTATUS(status) != 0 : WEXITSTATUS(status) != WRAP_EXITED)
		die("%s, %s at call %d: no clear error", s->name, faults[fault].name, nth);
	return answer->returned && !answer->fired;
}

/* What is left is settled, and said to be what the log then has. */
static void settle(const struct machine *m, const struct scenario *s, const char *where)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	int outcome = -1;
	int r = tree_settle(&m->tree, m->reg, &outcome, &err);
	size_t n, all = GROUP;

	/*
	 * The kernel does not fetch a register anew after a write that failed; of a SYNC that is
	 * in doubt the caller, whose records never began, only hears E_IO.
	 */
	if (r == TSMMR_E_INDOUBT && (answer->r == TSMMR_E_INDOUBT || answer->r == TSMMR_E_IO))
		return;
	if (r < 0)
		die("%s, %s: settle: %s", s->name, where, err.message);
	/* All were acknowledged, and only that nothing is pending could not be written. */
	if (answer->returned && answer->r == 0 && outcome == TSMMR_SETTLED_EXTENDED)
		return;
	n = count_group(m, "group", GROUP);
	/* A record in doubt, for which the caller asks, is the first that was not acknowledged. */
	if (answer->returned && outcome != TSMMR_SETTLED_NOTHING) {
		n -= answer->n;
		all = outcome == TSMMR_SETTLED_PARTLY ? n + 1 : n ? n : 1;
	}
	if (outcome == TSMMR_SETTLED_NOTHING || strcmp(s->name, "crashed within a group") == 0)
		return;
	if (outcome != (n == 0   ? TSMMR_SETTLED_NOT_EXTENDED :
			n == all ? TSMMR_SETTLED_EXTENDED :
				   TSMMR_SETTLED_PARTLY))
		die("%s, %s: settled as %d, but %zu of %zu are there", s->name, where, outcome, n,
		    all);
}

static void check(struct machine *m, const struct scenario *s, const char *where)
{
	size_t n = count_group(m, "group", GROUP);
	size_t crashed = count_group(m, "crashed", GROUP);
	const char *what = NULL;

	if (verdict(m, s->allow) != TSMMR_VERDICT_VERIFIED)
		what = "the log does not verify";
	else if (count_group(m, "clean", GROUP) != GROUP)
		what = "a record of the next append is not there";
	else if (n < answer->n)
		what = "a record that was acknowledged is not there";
	else if (answer->returned && answer->r == 0 && n != GROUP)
		what = "not all of a group that succeeded";
	else if (answer->r < 0 && answer->r != TSMMR_E_INDOUBT && n != answer->n)
		what = "a record that was refused is there";
	else if (s->prepare == crashed_within && crashed != 2)
		what = "not the two records that had been extended";
	if (what)
		die("%s, %s: answer %d, %zu acknowledged, %zu there: %s\n%s", s->name, where,
		    answer->r, answer->n, n, what, read_log(m));
}

static void run(struct machine *m, const struct scenario *s, bool all)
{
	int cases = 0, crashes = 0, partly = 0, calls = 0;

	for (int f = 0; f < (int)(sizeof(faults) / sizeof(faults[0])); f++)
		for (int nth = 1; all || faults[f].everywhere; nth++) {
			char where[64];
			bool last;
			size_t n;

			forget_log(m);
			s->prepare(m);
			last = disturb(m, s, f, nth);
			snprintf(where, sizeof(where), "%s at call %d (%s)", faults[f].name, nth,
				 wrap_name(nth));
			if (nth % 2)
				settle(m, s, where);
			group_clean(m, "clean");
			check(m, s, where);
			if (last)
				break;
			n = count_group(m, "group", GROUP);
			cases++;
			crashes += !answer->returned;
			partly += n && n < GROUP;
			if (nth > calls)
				calls = nth;
		}
	if (!partly)
		die("%s: no fault left a part of a group", s->name);
	printf("%-24s %3d calls, %4d cases: %d crashes, %d with a part of the group\n", s->name,
	       calls, cases, crashes, partly);
}

/* Groups of any size, one after the other, until it is killed; a byte for each record that is done.
 */
static void appender(int round, int acks, uint64_t random)
{
	struct machine m;
	int done = 0;

	machine_open(&m);
	for (;;) {
		struct tsmmr_error err = { .size = sizeof(err) };
		size_t n = 1 + next_random(&random) % APPEND_GROUP_MAX, got;
		char records[APPEND_GROUP_MAX][64];
		static const char zeros[APPEND_GROUP_MAX];

		for (size_t i = 0; i < n; i++)
			snprintf(records[i], sizeof(records[i]), "round %d %d", round, done++);
		if (append_many(&m, records, n, &got, NULL, &err) < 0)
			die("%s", err.message);
		if (write(acks, zeros, got) != (ssize_t)got)
			_exit(1);
	}
}

static size_t run_and_kill(int round, uint64_t *random)
{
	struct timespec t = { 0, (long)(next_random(random) % 8000) * 1000 };
	int status, acks[2];
	size_t n = 0;
	ssize_t got;
	char c[64];
	pid_t pid;

	if (pipe(acks) < 0)
		die("pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		close(acks[0]);
		appender(round, acks[1], *random);
	}
	close(acks[1]);
	if (pid < 0 || read(acks[0], c, 1) != 1)
		die("no appender");
	nanosleep(&t, NULL);
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		die("the appender ended by itself");
	for (n = 1; (got = read(acks[0], c, sizeof(c))) > 0;)
		n += (size_t)got;
	close(acks[0]);
	return n;
}

static void test_kill(struct machine *m, int rounds, uint64_t seed)
{
	uint64_t random = seed;
	size_t acked = 0, logged = 0;
	int within = 0;

	for (int round = 0; round < rounds; round++) {
		size_t n = run_and_kill(round, &random), there;
		char name[32];
		uint32_t done;

		append_clean(m, "after it", &done);
		if (done & TSMMR_APPENDED_SYNC && round)
			die("round %d: a SYNC, though nobody else extended", round);
		snprintf(name, sizeof(name), "round %d", round);
		there = count_group(m, name, n + APPEND_GROUP_MAX + 1);
		if (there < n || there > n + APPEND_GROUP_MAX)
			die("round %d: %zu acknowledged, %zu there", round, n, there);
		if (verdict(m, NULL) != TSMMR_VERDICT_VERIFIED)
			die("round %d: the log does not verify", round);
		within += done & TSMMR_APPENDED_REPAIR && there > n;
		acked += n;
		logged += there;
	}
	printf("seed %llu: %d kills, %d of them within a group; %zu acknowledged, %zu in the log\n",
	       (unsigned long long)seed, rounds, within, acked, logged);
}

static bool mount_small(const struct machine *m, char *path, size_t size, int kilobytes)
{
	char option[64];

	below_root(m, "/run/tsmmr", path, size);
	mkdir(path, 0755);
	snprintf(option, sizeof(option), "size=%dk,mode=755", kilobytes);
	return mount("tmpfs", path, "tmpfs", 0, option) == 0;
}

/* There is no space for all of a group: what fits is appended, and it is said where it ended. */
static void test_small_disk(struct machine *m, int kilobytes)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct append all[8] = { 0 }, *each[8];
	static char record[8][3001];
	size_t n = 0, sum = 0;
	char path[512], *log;
	int r = 0;

	forget_log(m);
	if (!mount_small(m, path, sizeof(path), kilobytes)) {
		printf("skipped: nothing can be mounted: %s\n", strerror(errno));
		return;
	}
	for (int i = 0; i < 8; i++) {
		memset(record[i], 'a' + i, 3000);
		all[i].record = span_of(record[i], 3000);
		each[i] = &all[i];
	}
	for (int i = 0; r == 0 && i < 100; i++, sum += n)
		r = tree_append_many(&m->tree, m->reg, each, 8, &n, &err);
	if (r != TSMMR_E_LIMIT || !strstr(err.message, "not extended"))
		die("%d KiB: %d after %zu: %s", kilobytes, r, sum, err.message);
	if (verdict(m, NULL) != TSMMR_VERDICT_VERIFIED)
		die("%d KiB: the log does not verify", kilobytes);
	log = read_log(m);
	for (size_t i = 0; i < 8; i++)
		if ((size_t)count_in(log, record[i]) != sum / 8 + (sum % 8 > i))
			die("%d KiB: not the first %zu records", kilobytes, sum);
	free(log);
	/* Not for one record either: a group does not need more than it has. */
	if (tree_append(&m->tree, m->reg, each[n], NULL) != TSMMR_E_LIMIT)
		die("%d KiB: there was space for record %zu of the last group", kilobytes, n);
	printf("%d KiB: %zu records, the last group had %zu: %s\n", kilobytes, sum, n, err.message);
	umount2(path, MNT_DETACH);
	forget_log(m);
}

/* A record that cannot be one ends a group; those before it are appended. */
static void test_refused(struct machine *m)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	char records[4][64] = { "fine 0", "fine 1", "# not one", "fine 2" };
	size_t n = 0;

	if (append_many(m, records, 4, &n, NULL, &err) != TSMMR_E_ARG || n != 2)
		die("a comment within a group: %zu: %s", n, err.message);
	if (count_group(m, "fine", 3) != 2 || verdict(m, NULL) != TSMMR_VERDICT_VERIFIED)
		die("a comment within a group: not the two before it");
}

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : NULL;
	double began = seconds();
	struct machine m;

	answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	machine_open(&m);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (!only || strcmp(only, scenarios[i].name) == 0)
			run(&m, &scenarios[i], i == 0);
	if (!only || strcmp(only, "others") == 0) {
		forget_log(&m);
		test_refused(&m);
		for (int kilobytes = 100; kilobytes <= 124; kilobytes += 4)
			test_small_disk(&m, kilobytes);
		test_kill(&m, argc > 2 ? atoi(argv[2]) : 25,
			  argc > 3 ? strtoull(argv[3], NULL, 0) : 1);
	}
	printf("%.1f s\n", seconds() - began);
	machine_close(&m);
	return 0;
}
