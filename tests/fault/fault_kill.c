/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Appenders, two to four at once, are killed at random moments, another goes on.
 * fault_kill [ROUNDS [SEED]]
 *
 * After each round the next append leaves a log that verifies and has each record that was
 * acknowledged, once.
 */
#include "fault.h"

#define WRITERS_MIN 2
#define WRITERS_MAX 4
/* To read the log takes longer the longer it is. */
#define ROUNDS_OF_A_LOG 100

struct writer {
	pid_t pid;
	int acks;
	int acked; /* the number of records that it acknowledged before it died */
};

/* Appends until it dies; a byte down the pipe for each that is done. */
static void append_on(int round, int writer, int acks)
{
	struct machine m;
	char record[64];

	machine_open(&m);
	for (int i = 0;; i++) {
		snprintf(record, sizeof(record), "round %d writer %d record %d", round, writer, i);
		append_clean(&m, record, NULL);
		if (write(acks, "", 1) != 1)
			_exit(1);
	}
}

static struct writer start(int round, int writer)
{
	struct writer w = { 0 };
	int acks[2];

	if (pipe2(acks, O_CLOEXEC) < 0)
		die("pipe: %s", strerror(errno));
	w.pid = fork();
	if (w.pid == 0) {
		close(acks[0]);
		append_on(round, writer, acks[1]);
	}
	close(acks[1]);
	w.acks = acks[0];
	return w;
}

static void run_and_kill(int round, int n, uint64_t *random, struct writer *all)
{
	int status;
	char c;

	fflush(stdout);
	for (int i = 0; i < n; i++)
		all[i] = start(round, i);
	for (int i = 0; i < n; i++) {
		/* From its first record on: opening the machine is not what is tested. */
		if (all[i].pid < 0 || (round % 8 && read(all[i].acks, &c, 1) != 1))
			die("no appender");
		all[i].acked = round % 8 ? 1 : 0;
	}
	for (int i = 0; i < n; i++) {
		struct timespec t = { 0, (long)(next_random(random) % 4000) * 1000 / n };

		nanosleep(&t, NULL);
		kill(all[i].pid, SIGKILL);
		if (waitpid(all[i].pid, &status, 0) != all[i].pid || !WIFSIGNALED(status))
			die("the appender ended by itself");
		while (read(all[i].acks, &c, 1) == 1)
			all[i].acked++;
		close(all[i].acks);
	}
}

/* All that were acknowledged are there once, and at most one more is. */
static int check_writer(const char *log, int round, int writer, int acked)
{
	char record[64];
	int n, i;

	for (i = 0;; i++) {
		snprintf(record, sizeof(record), "round %d writer %d record %d", round, writer, i);
		n = count_in(log, record);
		if (n > 1)
			die("%s: %d times", record, n);
		if (!n)
			break;
	}
	if (i < acked)
		die("round %d: %d records acknowledged, %d in the log", round, acked, i);
	if (i > acked + 1)
		die("round %d: %d records acknowledged, but %d in the log", round, acked, i);
	return i;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 50;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	int kills = 0, acked = 0, logged = 0, repaired = 0, synced = 0;
	uint64_t random = seed;
	struct machine m;

	machine_open(&m);
	for (int round = 0; round < rounds; round++) {
		bool is_first = round % ROUNDS_OF_A_LOG == 0;
		struct writer all[WRITERS_MAX];
		int n = WRITERS_MIN + round % (WRITERS_MAX - WRITERS_MIN + 1);
		char record[64];
		uint32_t done;
		char *log;

		if (is_first)
			forget_log(&m);
		run_and_kill(round, n, &random, all);
		snprintf(record, sizeof(record), "after round %d", round);
		append_clean(&m, record, &done);
		repaired += (done & TSMMR_APPENDED_REPAIR) != 0;
		synced += (done & TSMMR_APPENDED_SYNC) != 0 && !is_first;
		log = read_log(&m);
		for (int i = 0; i < n; i++) {
			logged += check_writer(log, round, i, all[i].acked);
			acked += all[i].acked;
		}
		kills += n;
		if (count_in(log, record) != 1)
			die("%s: not there once", record);
		free(log);
		if (verdict(&m, NULL) != TSMMR_VERDICT_VERIFIED)
			die("round %d: the log does not verify", round);
	}

	printf("seed %llu: %d kills, %d repairs, %d records acknowledged, %d in the log, "
	       "0 acknowledged lost, 0 doubled, %d SYNC\n",
	       (unsigned long long)seed, kills, repaired, acked, logged, synced);
	machine_close(&m);
	return synced ? 1 : 0;
}
