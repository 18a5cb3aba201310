/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each system call of an append fails, or is the last one, in turn.
 *
 *     fault_inject [SCENARIO [all]]    one scenario, or every; with every kind of failure
 *
 * The linker puts wrap.c's calls in place of the library's.  For every scenario, every kind
 * of failure and every call there is, a child appends with that one fault; then comes an
 * append without, and the log has to verify, with the child's record in it once if it was
 * acknowledged, and not at all if it was refused.
 */
#include "before.h"

enum { ACKED, REFUSED, IN_DOUBT, NOT_REACHED = 8 };

static void crashed_before(struct machine *m)
{
	append_clean(m, "first", NULL);
	crash(m, append_one, "crashed", "write", 1); /* the register's: all of ours are pwrite */
}

static void crashed_after(struct machine *m)
{
	append_clean(m, "first", NULL);
	crash(m, append_one, "crashed", "pwrite", 3); /* "nothing is pending" */
}

static void crashed_then_foreign(struct machine *m)
{
	append_clean(m, "first", NULL);
	crash(m, append_one, "crashed", "write", 1);
	foreign_extend(m);
}

static void spoil(struct machine *m, const char *name, const char *bytes, int at)
{
	char path[512];
	int fd;

	log_path(m, name, path, sizeof(path));
	fd = open(path, O_WRONLY);
	if (fd < 0 || pwrite(fd, bytes, strlen(bytes), at) != (ssize_t)strlen(bytes))
		die("%s: %s", path, strerror(errno));
	close(fd);
}

static void no_state(struct machine *m)
{
	append_clean(m, "first", NULL);
	spoil(m, "state", "spoilt", 80);
}

static void put_boot(struct machine *m, const char *id)
{
	static const char *const dirs[] = { "/proc", "/proc/sys", "/proc/sys/kernel",
					    "/proc/sys/kernel/random" };
	char path[512];
	FILE *f;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		below_root(m, dirs[i], path, sizeof(path));
		mkdir(path, 0755);
	}
	below_root(m, "/proc/sys/kernel/random/boot_id", path, sizeof(path));
	f = fopen(path, "w");
	if (!f || fputs(id, f) < 0 || fclose(f))
		die("%s: %s", path, strerror(errno));
}

/* The register's start is then what it was when the new boot's log began. */
static void old_boot(struct machine *m)
{
	put_boot(m, "11111111-1111-1111-1111-111111111111\n");
	append_clean(m, "first", NULL);
	put_boot(m, "22222222-2222-2222-2222-222222222222\n");
	read_register(m, m->start);
}

static int op_append(const struct machine *m, struct tsmmr_error *err)
{
	return append(m, "disturbed", NULL, err);
}

static int op_extend(const struct machine *m, struct tsmmr_error *err)
{
	static const uint8_t digest[SIZE] = { 0xee };

	return tree_extend_logged(&m->tree, m->reg, digest, SIZE, err);
}

/* clang-format off */
static const struct scenario {
	const char *name;
	void (*prepare)(struct machine *m);
	int (*op)(const struct machine *m, struct tsmmr_error *err);
	const char *allow;	/* gaps that are rightly there */
} scenarios[] = {
	{ "a log", a_log, op_append, NULL },
	{ "no log yet", nothing, op_append, NULL },
	{ "extended by others", foreign, op_append, "unlogged" },
	{ "crashed before the extension", crashed_before, op_append, NULL },
	{ "crashed after the extension", crashed_after, op_append, NULL },
	{ "crashed, then extended by others", crashed_then_foreign, op_append, "unlogged" },
	{ "a torn state", no_state, op_append, NULL },
	{ "a log of another boot", old_boot, op_append, NULL },
	{ "an extension without a record", a_log, op_extend, "off-log-extend" },
};
/* clang-format on */

/* clang-format off */
static const struct {
	const char *name;
	int what, error;
	bool everywhere;	/* in every scenario, not only in the first */
} faults[] = {
	{ "EIO", WRAP_FAIL, EIO, true },
	{ "ENOSPC", WRAP_FAIL, ENOSPC, false },
	{ "EINTR", WRAP_FAIL, EINTR, false },
	{ "EACCES", WRAP_FAIL, EACCES, false },
	{ "done, but EIO", WRAP_FAIL_AFTER, EIO, false },
	{ "half", WRAP_HALF, 0, true },
	{ "exit", WRAP_EXIT_BEFORE, 0, true },
	{ "half, then exit", WRAP_EXIT_HALF, 0, true },
};
/* clang-format on */

static int disturbed(const struct machine *m, const struct scenario *s, int fault, int nth)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct tsmmr_error err = { .size = sizeof(err) };
		int r;

		wrap_arm(nth, faults[fault].what, faults[fault].error);
		r = s->op(m, &err);
		if (r < 0 && (err.code != r || !err.message[0]))
			_exit(99);
		_exit((wrap_fired() ? 0 : NOT_REACHED) | (r == 0               ? ACKED :
							  r == TSMMR_E_INDOUBT ? IN_DOUBT :
										 REFUSED));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		die("%s: the child ended with %x", s->name, status);
	return WEXITSTATUS(status);
}

/* What must be in the log, whatever happened. */
static void check(struct machine *m, const struct scenario *s, int fault, int nth, int how)
{
	char *log = read_log(m);
	int n = count_in(log, "disturbed");
	int first = count_in(log, "first");
	int want_first = s->prepare != nothing && s->prepare != old_boot;
	const char *what = NULL;

	if (verdict(m, s->allow) != TSMMR_VERDICT_VERIFIED)
		what = "the log does not verify";
	else if (first != want_first || count_in(log, "clean") != 1)
		what = "an acknowledged record is not there once";
	else if (s->op == op_append && how == ACKED && n != 1)
		what = "its acknowledged record is not there once";
	else if (how == REFUSED && n)
		what = "its refused record is there";
	else if (n > 1 || count_in(log, "crashed") > 1)
		what = "a record is there twice";
	if (what) {
		printf("%s", log);
		die("%s, %s at call %d (%s), outcome %d: %s", s->name, faults[fault].name, nth,
		    wrap_name(nth), how, what);
	}
	free(log);
}

static void run(struct machine *m, const struct scenario *s, bool all, int *ret_cases)
{
	int outcome[4] = { 0 }, cases = 0, calls = 0;

	for (int f = 0; f < (int)(sizeof(faults) / sizeof(faults[0])); f++)
		for (int nth = 1; all || faults[f].everywhere; nth++) {
			int how;

			forget_log(m);
			s->prepare(m);
			how = disturbed(m, s, f, nth);
			if (how == 99)
				die("%s, %s at call %d: no clear error", s->name, faults[f].name,
				    nth);
			append_clean(m, "clean", NULL);
			check(m, s, f, nth, how & ~NOT_REACHED);
			if (how & NOT_REACHED && how != WRAP_EXITED)
				break;
			outcome[how == WRAP_EXITED ? 3 : how]++;
			cases++;
			if (nth > calls)
				calls = nth;
		}
	printf("%-34s %3d calls, %4d cases: %d acknowledged, %d refused, %d in doubt, "
	       "%d crashes\n",
	       s->name, calls, cases, outcome[ACKED], outcome[REFUSED], outcome[IN_DOUBT],
	       outcome[3]);
	*ret_cases += cases;
}

int main(int argc, char **argv)
{
	double began = seconds();
	struct machine m;
	int cases = 0;

	machine_open(&m);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (argc < 2 || strcmp(argv[1], scenarios[i].name) == 0)
			run(&m, &scenarios[i], i < 1 || argc > 2, &cases);
	if (!cases)
		die("no such scenario: %s", argc > 1 ? argv[1] : "");
	printf("%d cases, all verified, %.1f s\n", cases, seconds() - began);
	machine_close(&m);
	return 0;
}
