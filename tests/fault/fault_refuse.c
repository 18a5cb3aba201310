/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No space, no permission, nowhere to write, a provider that fails or goes: a clear error,
 * and the register as it was; or, where that cannot be known, E_INDOUBT and a record that
 * the next append settles.
 */
#include "fault.h"

#include <sys/mount.h>

static int cases, skipped;

static void skip(const char *what)
{
	printf("skipped: %s: %s\n", what, strerror(errno));
	skipped++;
}

/* An append that must fail so, with a message that says this, and extend nothing. */
static void refuse(const struct machine *m, const char *what, int want, const char *says)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	uint8_t before[SIZE], after[SIZE];
	int r;

	read_register(m, before);
	r = append(m, "refused", NULL, &err);
	if (r != want)
		die("%s: %d (%s)", what, r, r < 0 ? err.message : "done");
	if (!strstr(err.message, says) || !strstr(err.message, "not extended"))
		die("%s: not a clear error: %s", what, err.message);
	read_register(m, after);
	if (memcmp(before, after, SIZE) != 0)
		die("%s: the register was extended", what);
	printf("%s: %s\n", what, err.message);
	cases++;
}

/* After all of it the log is as if nothing had been tried. */
static void check(const struct machine *m, const char *what, const char *allow)
{
	char *log;

	append_clean(m, "afterwards", NULL);
	log = read_log(m);
	if (count_in(log, "refused"))
		die("%s: the refused record is in the log", what);
	if (verdict(m, allow) != TSMMR_VERDICT_VERIFIED)
		die("%s: the log does not verify afterwards", what);
	free(log);
}

static void on_small_disk(struct machine *m, const char *dir)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	char path[600], record[4001];
	int r = 0, n = 0, fd;

	snprintf(path, sizeof(path), "%s/ballast", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || posix_fallocate(fd, 0, 64 << 10))
		die("%s: %s", path, strerror(errno));
	close(fd);

	memset(record, 'x', sizeof(record) - 1);
	record[sizeof(record) - 1] = 0;
	/* Until nothing fits, be it ever so short. */
	for (; record[0]; record[strlen(record) / 2] = 0)
		for (r = 0; r == 0 && n < 1000; n += r == 0)
			r = append(m, record, NULL, &err);
	if (r != TSMMR_E_LIMIT)
		die("a full disk: %d after %d records", r, n);
	printf("a full disk: %d records, then: %s\n", n, err.message);
	refuse(m, "a full disk", TSMMR_E_LIMIT, "No space left");
	/* The SYNC that somebody else's extension makes necessary has no room either. */
	foreign_extend(m);
	refuse(m, "a full disk, and a SYNC due", TSMMR_E_LIMIT, "No space left");
	if (unlink(path) < 0)
		die("%s: %s", path, strerror(errno));
	check(m, "a full disk", "unlogged");

	if (mount("tsmmr-test", dir, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0) {
		skip("a read-only log directory (remount)");
	} else {
		refuse(m, "a read-only log directory", TSMMR_E_IO, "Read-only");
		mount("tsmmr-test", dir, NULL, MS_REMOUNT, "size=128k");
		check(m, "a read-only log directory", "unlogged");
	}
}

/* In a child, so that the file system goes whatever comes of it. */
static void test_small_disk(struct machine *m)
{
	char dir[512];
	int status = 0;
	pid_t pid;

	forget_log(m);
	below_root(m, "/run", dir, sizeof(dir));
	if (mount("tsmmr-test", dir, "tmpfs", 0, "size=128k,mode=755") < 0) {
		skip("a full disk (mount)");
		return;
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		on_small_disk(m, dir);
		fflush(stdout);
		_exit(skipped);
	}
	if (pid > 0 && waitpid(pid, &status, 0) != pid)
		pid = -1;
	if (umount2(dir, MNT_DETACH) < 0)
		die("umount %s: %s", dir, strerror(errno));
	if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
		die("a full disk: failed");
	skipped += WEXITSTATUS(status);
	cases += 3 - WEXITSTATUS(status);
}

/* As somebody who may write to the register or the log directory, but not to both. */
static void as_nobody(struct machine *m, const char *what, bool own_logs)
{
	char dir[512];
	int status;
	pid_t pid;

	forget_log(m);
	append_clean(m, "first", NULL);
	if (geteuid() != 0) {
		errno = EPERM;
		skip(what);
		return;
	}
	below_root(m, "/nobody", dir, sizeof(dir));
	if (own_logs && (mkdir(dir, 0755) < 0 || chown(dir, 65534, 65534) < 0))
		die("%s: %s", dir, strerror(errno));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (own_logs)
			tsmmr_ctx_set_log_dir(m->ctx, "/nobody", NULL);
		if (setgid(65534) < 0 || setuid(65534) < 0)
			die("setuid: %s", strerror(errno));
		refuse(m, what, TSMMR_E_IO, "ermission denied");
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		die("%s failed", what);
	cases++;
	check(m, what, NULL);
}

/* What a driver can answer.  (errno, and whether it extended all the same) */
static void test_driver(struct machine *m)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	uint32_t done;
	char *log;

	forget_log(m);
	append_clean(m, "first", NULL);
	set_switch(m, "fail_write", "16");
	refuse(m, "a driver that is busy", TSMMR_E_IO, "busy");
	set_switch(m, "fail_write", "0");
	check(m, "a driver that is busy", NULL);

	set_switch(m, "fail_write", "4");
	if (append(m, "interrupted", NULL, &err) != TSMMR_E_INDOUBT)
		die("a driver that was interrupted: not in doubt");
	printf("a driver that was interrupted: %s\n", err.message);
	set_switch(m, "fail_write", "0");
	append_clean(m, "next", &done);
	if (!(done & TSMMR_APPENDED_REPAIR))
		die("nothing was settled");
	check(m, "a driver that was interrupted", NULL);

	/* The write is good, the value cannot be fetched; and then not even before a write. */
	set_switch(m, "fail_read", "5");
	if (append(m, "unreadable", NULL, &err) != TSMMR_E_INDOUBT)
		die("a register that cannot be read back: %s", err.message);
	printf("a register that cannot be read back: %s\n", err.message);
	if (append(m, "refused", NULL, &err) != TSMMR_E_IO)
		die("a register that cannot be read: %s", err.message);
	printf("a register that cannot be read: %s\n", err.message);
	set_switch(m, "fail_read", "0");
	check(m, "a register that cannot be read", NULL);
	log = read_log(m);
	if (count_in(log, "unreadable") != 1)
		die("unreadable: not there once");
	free(log);

	/* It extends, says that it does not, and goes on showing the old value. */
	set_switch(m, "fail_write", "-4");
	if (append(m, "hidden", NULL, &err) != TSMMR_E_INDOUBT)
		die("a driver that extends and fails: not in doubt");
	set_switch(m, "fail_write", "0");
	append_clean(m, "next", NULL);
	if (verdict(m, NULL) != TSMMR_VERDICT_INCOMPLETE)
		die("a driver that extends and fails: nothing to be seen of it");
	check(m, "a driver that extends and fails", "unlogged");
	log = read_log(m);
	if (count_in(log, "hidden") > 1)
		die("hidden: twice");
	free(log);
	cases += 5;
}

/* The provider is gone, with its registers. */
static void test_gone(struct machine *m)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	char path[512];
	int r;

	forget_log(m);
	append_clean(m, "first", NULL);
	below_root(m, "/sys", path, sizeof(path));
	if (umount2(path, MNT_DETACH) < 0) {
		skip("a provider that is gone (umount)");
		return;
	}
	r = append(m, "refused", NULL, &err);
	if (r != TSMMR_E_IO && r != TSMMR_E_NOTFOUND)
		die("a provider that is gone: %d", r);
	printf("a provider that is gone: %s\n", err.message);
	cases++;
}

int main(void)
{
	struct machine m;

	machine_open(&m);
	test_small_disk(&m);
	as_nobody(&m, "a log directory of somebody else", false);
	as_nobody(&m, "a register of somebody else", true);
	test_driver(&m);
	test_gone(&m);
	printf("%d cases as they should be, %d skipped\n", cases, skipped);
	machine_close(&m);
	return 0;
}
