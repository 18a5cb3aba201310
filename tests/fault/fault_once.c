/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TSMMR_APPEND_ONCE on a log that grows: what a tree remembers of it is read once, found again,
 * and forgotten where the log is not what it was.
 */
#include "fault.h"
#include "symbols.h"

#include "live/append.h"

#define RECORDS 1500

static size_t bytes_read;

#define SYM_PREAD LFS(pread)

ssize_t REAL(SYM_PREAD)(int fd, void *p, size_t n, off_t at);
ssize_t WRAPPED(SYM_PREAD)(int fd, void *p, size_t n, off_t at);
ssize_t WRAPPED(SYM_PREAD)(int fd, void *p, size_t n, off_t at)
{
	ssize_t got = REAL(SYM_PREAD)(fd, p, n, at);

	bytes_read += got > 0 ? (size_t)got : 0;
	return got;
}

ssize_t REAL(read)(int fd, void *p, size_t n);
ssize_t WRAPPED(read)(int fd, void *p, size_t n);
ssize_t WRAPPED(read)(int fd, void *p, size_t n)
{
	ssize_t got = REAL(read)(fd, p, n);

	bytes_read += got > 0 ? (size_t)got : 0;
	return got;
}

static uint32_t once(const struct machine *m, const char *record)
{
	struct append a = { .record = span_of(record, strlen(record)), .flags = TSMMR_APPEND_ONCE };
	struct tsmmr_error err = { .size = sizeof(err) };

	if (tree_append(&m->tree, m->reg, &a, &err) < 0)
		die("%s: %s", record, err.message);
	return a.done;
}

/* Whether it is new is said rightly, and seen in the log. */
static void expect(const struct machine *m, const char *what, const char *record, bool is_new)
{
	bool was_new = !(once(m, record) & TSMMR_APPENDED_NOTHING);
	char *log = read_log(m);
	int n = count_in(log, record);

	free(log);
	if (was_new != is_new || n != 1)
		die("%s: %s: %s, %d times in the log", what, record, was_new ? "new" : "known", n);
}

static void by_another(const char *record)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct machine m;

		machine_open(&m);
		append_clean(&m, record, NULL);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		die("%s: not appended", record);
}

static void test_growing(struct machine *m)
{
	char record[128];
	size_t most = 0;

	for (int i = 0; i < RECORDS; i++) {
		snprintf(record, sizeof(record), "example.org record %d of a log that grows %80d",
			 i, i);
		bytes_read = 0;
		if (once(m, record) & TSMMR_APPENDED_NOTHING)
			die("%s: not appended", record);
		if (i > 1 && bytes_read > most)
			most = bytes_read;
	}
	printf("%d records: at most %zu bytes were read for one\n", RECORDS, most);
	if (most > 4096)
		die("too much for one line that was added");
	for (int i = 0; i < RECORDS; i += 7) {
		snprintf(record, sizeof(record), "example.org record %d of a log that grows %80d",
			 i, i);
		if (!(once(m, record) & TSMMR_APPENDED_NOTHING))
			die("%s: appended again", record);
	}
}

static void test_others(struct machine *m)
{
	by_another("by another");
	expect(m, "added by another process", "by another", false);
	expect(m, "not added by it", "by nobody", true);
	foreign_extend(m);
	expect(m, "after a SYNC", "after a SYNC", true);
	by_another("by another, after a SYNC");
	expect(m, "and then by another", "by another, after a SYNC", false);
	expect(m, "the first", "example.org record 0 of a log that grows", true);
	expect(m, "a part of a line", "by another, after", true);
	append_clean(m, "SYNCOPE", NULL);
	expect(m, "what begins like a SYNC", "SYNCOPE", false);
}

static void rewrite(const struct machine *m, const char *from, const char *to, bool all)
{
	char path[512], *log = read_log(m), *at = strstr(log, from);
	FILE *f;

	log_path(m, "event_log", path, sizeof(path));
	f = fopen(path, all ? "w" : "r+");
	if (!at || !f)
		die("%s: %s", path, strerror(errno));
	memcpy(at, to, strlen(to));
	if (fwrite(log, 1, strlen(log), f) != strlen(log) || fclose(f))
		die("%s: %s", path, strerror(errno));
	free(log);
}

/* Written over in place, with as many bytes: then the line is not there. */
static void test_changed(struct machine *m)
{
	append_clean(m, "this one goes", NULL);
	expect(m, "before it was changed", "this one goes", false);
	rewrite(m, "this one goes", "that one came", false);
	expect(m, "after it was changed", "this one goes", true);
}

/*
 * A shorter log, which then grows past what it was, by a SYNC and a line that begins before that:
 * the lines that were there do not count, and those that are do.
 */
static void test_cut(struct machine *m)
{
	char path[512], cut[301], later[501];
	struct stat st;

	memset(cut, 'c', sizeof(cut) - 1);
	cut[sizeof(cut) - 1] = 0;
	memset(later, 'l', sizeof(later) - 1);
	later[sizeof(later) - 1] = 0;
	log_path(m, "event_log", path, sizeof(path));
	if (stat(path, &st) < 0)
		die("%s: %s", path, strerror(errno));
	append_clean(m, cut, NULL);
	expect(m, "before the cut", cut, false);
	if (truncate(path, st.st_size) < 0)
		die("%s: %s", path, strerror(errno));
	by_another(later);
	expect(m, "after the cut", later, false);
	expect(m, "what was cut off", cut, true);
}

/* Lines that never were records: too long, then a record's bytes without a line's beginning. */
static void test_long_line(struct machine *m)
{
	static char filler[65536 - 1];
	char path[512];
	FILE *f;

	forget_log(m);
	append_clean(m, "first", NULL);
	log_path(m, "event_log", path, sizeof(path));
	memset(filler, 'x', sizeof(filler));
	for (size_t n = 65530; n < 65540; n++) {
		f = fopen(path, "a");
		if (!f)
			die("%s: %s", path, strerror(errno));
		for (size_t i = 0; i < n; i++)
			putc('x', f);
		if (fputs("a record\n", f) < 0 || fclose(f))
			die("%s: %s", path, strerror(errno));
	}
	expect(m, "the end of a long line", "a record", true);
	expect(m, "after a long line", "a record", false);
}

/* More lines than are remembered: the log is read, and memory does not grow. */
static void test_many(struct machine *m)
{
	char path[512];
	FILE *f;

	forget_log(m);
	append_clean(m, "first", NULL);
	log_path(m, "event_log", path, sizeof(path));
	f = fopen(path, "a");
	if (!f)
		die("%s: %s", path, strerror(errno));
	for (size_t i = 0; i < LINES_MAX + 10; i++)
		fprintf(f, "line %zu\n", i);
	if (fclose(f))
		die("%s: %s", path, strerror(errno));
	expect(m, "the first of many", "first", false);
	expect(m, "one of many", "line 65540", false);
	expect(m, "not one of many", "line 99999", true);
	expect(m, "the last of many", "line 99999", false);
	if (!m->reg->kept->is_full || m->reg->kept->lines.n)
		die("%zu lines are remembered", m->reg->kept->lines.n);

	forget_log(m);
	expect(m, "a new log", "line 99999", true);
	expect(m, "a new log, again", "line 99999", false);
	if (m->reg->kept->is_full || m->reg->kept->lines.n < 1)
		die("a new log is not remembered");
}

int main(void)
{
	struct machine m;

	machine_open(&m);
	test_growing(&m);
	test_others(&m);
	if (verdict(&m, "unlogged") != TSMMR_VERDICT_VERIFIED)
		die("the log does not verify");
	test_changed(&m);
	test_cut(&m);
	test_long_line(&m);
	test_many(&m);
	machine_close(&m);
	return 0;
}
