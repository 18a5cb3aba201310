/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the kernel keeps the log: the RFC's append_event.  fault_kernel_log [PROCESSES [RECORDS]]
 *
 * The record and its digest go in as they are, the kernel's SYNC is not in the way, many
 * processes lose nothing, and what the kernel refuses was not extended.
 */
#include "fault.h"

#include "live/logfile.h"

static char *kernel_log(const struct machine *m)
{
	char *text = calloc(1, 1 << 20);
	size_t n = 0;
	ssize_t got;
	char path[512];
	int fd;

	below_root(m, m->reg->log_path, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !text)
		die("%s: %s", path, strerror(errno));
	while ((got = read(fd, text + n, (1 << 20) - 1 - n)) > 0)
		n += (size_t)got;
	close(fd);
	return text;
}

/* The kernel's log replays to the register, with a SYNC where it was due. */
static void check_replay(const struct machine *m, const char *what)
{
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	struct tsmmr_error err = { .size = sizeof(err) };
	struct log_bank bank = { .reg = m->reg };
	struct textlog log;
	char path[512];
	int fd, n;

	below_root(m, m->reg->log_path, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = reg_read(m->root, m->reg, value, sizeof(value), &err);
	if (fd < 0 || n < 0 || textlog_hasher(CRYPTO_DEFAULT, m->reg, &bank.hasher, &err) < 0 ||
	    textlog_walk(CRYPTO_DEFAULT, &bank, 1, fd, span_of("", 0), &log, &err) < 0)
		die("%s: %s: %s", what, path, err.message);
	close(fd);
	hasher_done(&bank.hasher);
	if (!log.now[0].anchored || memcmp(log.now[0].value, value, (size_t)n) != 0)
		die("%s: the kernel's log does not replay to the register", what);
}

static void append_once(const struct machine *m, const char *record, uint32_t flags, uint32_t want)
{
	struct append a = { .record = span_of(record, strlen(record)), .flags = flags };
	uint8_t now[TSMMR_HASH_SIZE_MAX], hash[TSMMR_HASH_SIZE_MAX];
	struct tsmmr_error err = { .size = sizeof(err) };
	struct hasher h;

	if (tree_append(&m->tree, m->reg, &a, &err) < 0)
		die("%s: %s", record, err.message);
	if (a.done != want)
		die("%s: done is %u", record, a.done);
	if (reg_read(m->root, m->reg, now, sizeof(now), &err) < 0 ||
	    memcmp(now, a.banks[0].value, m->reg->size) != 0)
		die("%s: the value is not the register's", record);
	if (textlog_hasher(CRYPTO_DEFAULT, m->reg, &h, &err) < 0 ||
	    hash_bytes(&h, record, strlen(record), hash) < 0 ||
	    memcmp(hash, a.banks[0].digest, m->reg->size) != 0)
		die("%s: the digest is another", record);
	hasher_done(&h);
	check_replay(m, record);
}

static void test_register(struct machine *m, const char *name)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	char big[4001], *log;

	if (machine_find(&m->tree.scan, name, false, &m->reg, &err) < 0)
		die("%s: %s", name, err.message);
	append_once(m, "one", 0, 0);
	append_once(m, "two # words", 0, 0);
	append_once(m, "one", TSMMR_APPEND_ONCE, TSMMR_APPENDED_NOTHING);
	append_once(m, "three", TSMMR_APPEND_ONCE, 0);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	append_once(m, big, 0, 0);

	if (m->reg->write_path) {
		static const uint8_t digest[SIZE] = { 1 };

		if (tree_extend_logged(&m->tree, m->reg, digest, m->reg->size, &err) < 0)
			die("extend: %s", err.message);
		append_once(m, "after an extension", 0, 0);
	}
	set_switch(m, "fail_write", "16");
	if (append(m, "refused", NULL, &err) != TSMMR_E_IO)
		die("a driver that is busy: %s", err.message);
	set_switch(m, "fail_write", "0");
	append_once(m, "four", 0, 0);

	log = kernel_log(m);
	if (count_in(log, "one") != 1 || count_in(log, big) != 1 || count_in(log, "refused"))
		die("%s: what is in the log?", name);
	free(log);
	printf("%s: %s\n", name, err.message);
}

static void test_many(struct machine *m, int processes, int records)
{
	char record[64], *log;
	int failed = 0;

	for (int p = 0; p < processes; p++) {
		pid_t pid = fork();

		if (pid)
			continue;
		for (int i = 0; i < records; i++) {
			snprintf(record, sizeof(record), "process %d record %d", p, i);
			append_clean(m, record, NULL);
		}
		_exit(0);
	}
	for (int p = 0; p < processes; p++) {
		int status;

		if (wait(&status) < 0 || status)
			failed++;
	}
	log = kernel_log(m);
	for (int p = 0; p < processes && !failed; p++)
		for (int i = 0; i < records; i++) {
			snprintf(record, sizeof(record), "process %d record %d", p, i);
			if (count_in(log, record) != 1)
				die("%s: not there once", record);
		}
	free(log);
	if (failed)
		die("%d appenders failed", failed);
	check_replay(m, "many");
	printf("%d processes x %d records: none lost, none doubled\n", processes, records);
}

int main(int argc, char **argv)
{
	struct machine m;

	machine_open(&m);
	test_register(&m, "measurement-example/rtmr0");
	test_register(&m, "measurement-example/rtmr1");
	test_many(&m, argc > 1 ? atoi(argv[1]) : 4, argc > 2 ? atoi(argv[2]) : 50);
	machine_close(&m);
	return 0;
}
