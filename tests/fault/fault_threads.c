/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two trees, and their context, used by many threads.  fault_threads [THREADS [RECORDS]]
 *
 * Each thread has one of the trees, with others, and appends, extends, settles, reads the
 * registers and makes a report, all at once.  What a race would do to memory ThreadSanitizer
 * sees (./run all); here no record is lost or doubled.
 */
#include "fault.h"

#include <pthread.h>

static struct machine m;
static struct tsmmr_tree *trees[2];
static int records;

static void *use(void *user)
{
	static const uint8_t digest[SIZE] = { 2 };
	int thread = (int)(intptr_t)user;
	const struct tsmmr_tree *tree = trees[thread % 2];

	for (int i = 0; i < records; i++) {
		struct tsmmr_error err = { .size = sizeof(err) };
		struct tsmmr_appended *done;
		struct tsmmr_report *report;
		struct tsmmr_regs *regs;
		const uint8_t *value;
		char record[64];
		size_t n = 0;

		snprintf(record, sizeof(record), "thread %d record %d", thread, i);
		if (tsmmr_tree_append(tree, "tdx_guest/rtmr3", record, strlen(record), 0, &done,
				      &err) < 0)
			die("%s: %s", record, err.message);
		if (tsmmr_appended_value(done, 0, NULL, &value, &n) < 0 || n != SIZE)
			die("%s: no value", record);
		tsmmr_appended_free(done);
		if (tsmmr_tree_extend(tree, "tdx_guest/rtmr2", digest, SIZE, &err) < 0)
			die("extend: %s", err.message);
		if (tsmmr_tree_settle(tree, "tdx_guest/rtmr3", NULL, &err) < 0)
			die("settle: %s", err.message);
		if (tsmmr_regs_read(m.ctx, &regs, &err) < 0)
			die("registers: %s", err.message);
		tsmmr_regs_free(regs);
		if (i % 4 == 0 &&
		    tsmmr_report_new_live(m.ctx, TSMMR_PLATFORM_TDX, NULL, &report, &err) < 0)
			die("report: %s", err.message);
		if (i % 4 == 0)
			tsmmr_report_free(report);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = argc > 1 ? atoi(argv[1]) : 6;
	struct tsmmr_error err = { .size = sizeof(err) };
	pthread_t *all = calloc((size_t)threads, sizeof(*all));
	char *log;

	records = argc > 2 ? atoi(argv[2]) : 8;
	machine_open(&m);
	for (int i = 0; i < 2; i++)
		if (tsmmr_tree_open(m.ctx, &trees[i], &err) < 0)
			die("tree: %s", err.message);
	for (int t = 0; t < threads; t++)
		if (pthread_create(&all[t], NULL, use, (void *)(intptr_t)t))
			die("no thread");
	for (int t = 0; t < threads; t++)
		pthread_join(all[t], NULL);

	log = read_log(&m);
	for (int t = 0; t < threads; t++)
		for (int i = 0; i < records; i++) {
			char record[64];

			snprintf(record, sizeof(record), "thread %d record %d", t, i);
			if (count_in(log, record) != 1)
				die("%s: not there once", record);
		}
	if (verdict(&m, NULL) != TSMMR_VERDICT_VERIFIED)
		die("the log does not replay to the register");
	printf("%d threads x %d records on two trees: none lost, none doubled\n", threads, records);
	free(log);
	free(all);
	for (int i = 0; i < 2; i++)
		tsmmr_tree_free(trees[i]);
	machine_close(&m);
	return 0;
}
