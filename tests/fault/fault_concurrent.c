/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many processes append to one register.  fault_concurrent [PROCESSES [RECORDS]]
 *
 * Afterwards the log replays to the register, so that its order is that of the extensions;
 * each process finds each of its records once, in the order in which it appended them.
 */
#include "fault.h"

static void appender(int process, int records)
{
	struct machine m;
	char record[64];

	machine_open(&m);
	for (int i = 0; i < records; i++) {
		snprintf(record, sizeof(record), "process %d record %d", process, i);
		append_clean(&m, record, NULL);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	int processes = argc > 1 ? atoi(argv[1]) : 16;
	int records = argc > 2 ? atoi(argv[2]) : 100;
	int *next = calloc((size_t)processes, sizeof(*next));
	int lines = 0, syncs = 0, failed = 0;
	double began = seconds();
	struct machine m;
	char *log;

	machine_open(&m);
	for (int p = 0; p < processes; p++) {
		pid_t pid = fork();

		if (pid == 0)
			appender(p, records);
		if (pid < 0)
			die("fork: %s", strerror(errno));
	}
	for (int p = 0; p < processes; p++) {
		int status;

		if (wait(&status) < 0 || status)
			failed++;
	}
	if (failed)
		die("%d appenders failed", failed);

	log = read_log(&m);
	for (char *p = log, *end; (end = strchr(p, '\n')); p = end + 1) {
		int process, i;

		*end = 0;
		if (!*p)
			continue;
		if (strncmp(p, "SYNC ", 5) == 0) {
			syncs++;
			continue;
		}
		if (sscanf(p, "process %d record %d", &process, &i) != 2 || process >= processes)
			die("what is '%s'?", p);
		if (i != next[process])
			die("process %d: record %d where %d should be", process, i, next[process]);
		next[process]++;
		lines++;
	}
	printf("%d processes x %d records: %d in the log, %d SYNC, %.1f s\n", processes, records,
	       lines, syncs, seconds() - began);
	if (lines != processes * records || syncs != 1)
		die("%d records and 1 SYNC were to be there", processes * records);
	if (verdict(&m, NULL) != TSMMR_VERDICT_VERIFIED)
		die("the log does not replay to the register");
	printf("verified; none lost, none doubled, in order\n");
	free(next);
	free(log);
	machine_close(&m);
	return 0;
}
