/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An appender is killed at a random moment, another goes on.  fault_kill [ROUNDS [SEED]]
 *
 * After each kill the next append leaves a log that verifies and has each record that was
 * acknowledged, once.
 */
#include "fault.h"

/* Appends until it dies; a byte down the pipe for each that is done. */
static void appender(int round, int acks)
{
	struct machine m;
	char record[64];

	machine_open(&m);
	for (int i = 0;; i++) {
		snprintf(record, sizeof(record), "round %d record %d", round, i);
		append_clean(&m, record, NULL);
		if (write(acks, "", 1) != 1)
			_exit(1);
	}
}

/* The number of records that were acknowledged before the appender died. */
static int run_and_kill(int round, unsigned delay_us)
{
	struct timespec t = { 0, (long)delay_us * 1000 };
	int status, acks[2], n = 0;
	pid_t pid;
	char c;

	if (pipe(acks) < 0)
		die("pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		close(acks[0]);
		appender(round, acks[1]);
	}
	close(acks[1]);
	/* From its first record on: opening the machine is not what is tested. */
	if (pid < 0 || (round % 4 && read(acks[0], &c, 1) != 1))
		die("no appender");
	n = round % 4 ? 1 : 0;
	nanosleep(&t, NULL);
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		die("the appender ended by itself");
	while (read(acks[0], &c, 1) == 1)
		n++;
	close(acks[0]);
	return n;
}

/* All that were acknowledged are there once, and at most one more is. */
static int check_round(const char *log, int round, int acked)
{
	char record[64];
	int n, i;

	for (i = 0;; i++) {
		snprintf(record, sizeof(record), "round %d record %d", round, i);
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
	int acked = 0, logged = 0, repaired = 0, synced = 0;
	uint64_t random = seed;
	struct machine m;

	machine_open(&m);
	for (int round = 0; round < rounds; round++) {
		int n = run_and_kill(round, next_random(&random) % 4000);
		char record[64];
		uint32_t done;
		char *log;

		snprintf(record, sizeof(record), "after round %d", round);
		append_clean(&m, record, &done);
		repaired += (done & TSMMR_APPENDED_REPAIR) != 0;
		synced += (done & TSMMR_APPENDED_SYNC) != 0 && round;
		log = read_log(&m);
		logged += check_round(log, round, n);
		if (count_in(log, record) != 1)
			die("%s: not there once", record);
		free(log);
		acked += n;
		if (verdict(&m, NULL) != TSMMR_VERDICT_VERIFIED)
			die("round %d: the log does not verify", round);
	}

	printf("seed %llu: %d kills, %d repairs, %d records acknowledged, %d in the log, "
	       "0 acknowledged lost, 0 doubled, %d SYNC\n",
	       (unsigned long long)seed, rounds, repaired, acked, logged, synced);
	machine_close(&m);
	return synced ? 1 : 0;
}
