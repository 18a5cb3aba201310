/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A timer that goes off more often than a driver answers, and whose handler restarts no call:
 * no append is in doubt, none is lost, and no signal either.
 */
#include "fault.h"

#include <sys/time.h>

#define RECORDS 12

static volatile sig_atomic_t ticks;

static void tick(int signal)
{
	ticks++;
}

static void set_timer(int microseconds)
{
	struct itimerval t = { { 0, microseconds }, { 0, microseconds } };

	if (setitimer(ITIMER_REAL, &t, NULL) < 0)
		die("setitimer: %s", strerror(errno));
}

static void test_register(struct machine *m, const char *name)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	static const uint8_t digest[SIZE] = { 0xee };
	char record[32];
	int before = ticks, r = 0;

	if (machine_find(&m->tree.scan, name, false, &m->reg, &err) < 0)
		die("%s: %s", name, err.message);
	set_switch(m, "delay_ms", "15");
	set_timer(3000);
	for (int i = 0; r == 0 && i < RECORDS; i++) {
		snprintf(record, sizeof(record), "record %d", i);
		r = append(m, record, NULL, &err);
	}
	if (r == 0 && m->reg->write_path)
		r = tree_extend_logged(&m->tree, m->reg, digest, m->reg->size, &err);
	set_timer(0);
	set_switch(m, "delay_ms", "0");
	if (r < 0)
		die("%s: %s", name, err.message);
	if (ticks - before < RECORDS)
		die("%s: %d signals: they were lost", name, ticks - before);
	printf("%s: %d records, %d signals\n", name, RECORDS, ticks - before);
}

int main(void)
{
	struct sigaction action = { .sa_handler = tick };
	struct machine m;
	char *log;

	machine_open(&m);
	sigaction(SIGALRM, &action, NULL);
	test_register(&m, "tdx_guest/rtmr3");
	log = read_log(&m);
	for (int i = 0; i < RECORDS; i++) {
		char record[32];

		snprintf(record, sizeof(record), "record %d", i);
		if (count_in(log, record) != 1)
			die("%s: not there once", record);
	}
	free(log);
	if (verdict(&m, "off-log-extend") != TSMMR_VERDICT_VERIFIED)
		die("the log does not verify");
	/* Where the kernel keeps the log, by append_event alone and by both. */
	test_register(&m, "measurement-example/rtmr0");
	test_register(&m, "measurement-example/rtmr1");
	machine_close(&m);
	return 0;
}
