/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports of a genuine configfs-tsm, as root in a guest with the provider tsmmr_report:
 * a report there is "FAKEREPORT", a privilege level and the input.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/report.h"

#define REPORTS "/sys/kernel/config/tsm/report"
#define FAKE "/sys/module/tsmmr_report/parameters/"
#define HEAD 11

static int failures;

static void check(const char *what, bool good, const char *detail)
{
	printf("%s  %s  %s\n", good ? "ok" : "NOT OK", what, good ? "" : detail);
	fflush(stdout);
	failures += !good;
}

static void fake(const char *name, int value)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), FAKE "%s", name);
	f = fopen(path, "w");
	if (!f || fprintf(f, "%d\n", value) < 0 || fclose(f))
		check(path, false, strerror(errno));
}

static int left_over(void)
{
	DIR *dir = opendir(REPORTS);
	struct dirent *de;
	int n = 0;

	while (dir && (de = readdir(dir)))
		n += de->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static int take(uint8_t byte, const struct tsm_request *more, struct tsm_report *ret,
		struct tsmmr_error *err)
{
	uint8_t field[TSM_INBLOB_MAX];
	struct tsm_request request = { .privlevel = -1 };

	memset(field, byte, sizeof(field));
	if (more)
		request = *more;
	request.inblob = span_of(field, sizeof(field));
	return tsm_report_take("", &request, ret, err);
}

static bool is_of(const struct tsm_report *report, uint8_t byte)
{
	if (report->out.n != HEAD + TSM_INBLOB_MAX || memcmp(report->out.p, "FAKEREPORT", HEAD))
		return false;
	for (size_t i = HEAD; i < report->out.n; i++)
		if (report->out.p[i] != byte)
			return false;
	return true;
}

static void expect(const char *what, const struct tsm_request *more, int code, int os_errno)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsm_report report = { .provider = "" };
	int r = take(0x41, more, &report, &err);

	check(what, r == code && (r == 0 || err.os_errno == os_errno), err.message);
	if (r == 0)
		check("  of what was asked", is_of(&report, 0x41), "other bytes");
	check("  no directory is left", left_over() == 0, "there is one");
	tsm_report_done(&report);
}

static void on_alarm(int sig)
{
}

/* A signal in the middle of it: the platform is asked again. */
static void signals(void)
{
	struct sigaction act = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value = { .tv_usec = 150000 } };

	sigaction(SIGALRM, &act, NULL);
	fake("delay_ms", 400);
	setitimer(ITIMER_REAL, &soon, NULL);
	expect("a signal", NULL, 0, 0);
	fake("delay_ms", 0);
}

/* Each gets the report of its own input. */
static void crowd(void)
{
	int failed = 0, status;

	for (int i = 0; i < 4; i++) {
		if (fork())
			continue;
		for (int k = 0; k < 20; k++) {
			struct tsm_report report = { .provider = "" };
			uint8_t byte = (uint8_t)(32 * i + k + 1);
			int r = take(byte, NULL, &report, NULL);

			if (r < 0 || !is_of(&report, byte))
				_exit(1);
			tsm_report_done(&report);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		failed += status != 0;
	check("4 processes at once", !failed, "one got no report, or another's");
	check("  no directory is left", left_over() == 0, "there is one");
}

/* Writes to every directory it sees, and takes one away now and then. */
static void vandal(void)
{
	for (unsigned int i = 0;; i++) {
		DIR *dir = opendir(REPORTS);
		struct dirent *de;

		while (dir && (de = readdir(dir))) {
			char path[512];
			int fd;

			if (de->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), REPORTS "/%s/inblob", de->d_name);
			fd = open(path, O_WRONLY);
			if (fd >= 0) {
				(void)!write(fd, "somebody else", 13);
				close(fd);
			}
			*strrchr(path, '/') = 0;
			if (i % 16 == 0)
				rmdir(path);
		}
		if (dir)
			closedir(dir);
		usleep(i % 7 * 500);
	}
}

static void vandalised(void)
{
	int wrong = 0, got = 0, refused = 0;
	pid_t child = fork();
	char text[64];

	if (!child)
		vandal();
	for (int i = 0; i < 200; i++) {
		struct tsm_report report = { .provider = "" };
		int r = take(0x42, NULL, &report, NULL);

		got += r == 0;
		refused += r == TSMMR_E_IO;
		wrong += (r != 0 && r != TSMMR_E_IO) || (r == 0 && !is_of(&report, 0x42));
		tsm_report_done(&report);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	snprintf(text, sizeof(text), "%d wrong, %d got, %d refused", wrong, got, refused);
	check("somebody writes there too", !wrong && got + refused == 200, text);
	printf("    %s\n", text);
	check("  no directory is left", left_over() == 0, "there is one");
}

int main(int argc, char **argv)
{
	static const struct tsm_request level = { .privlevel = 1 };
	static const struct tsm_request service = { .privlevel = -1, .service_provider = "svsm" };
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsm_report report = { .provider = "" };
	bool services = true;
	char provider[64] = "", command[512];
	int status;

	check("the tree", tsm_report_exists("", &err) > 0, "is not there");
	check("the provider",
	      tsm_report_probe("", provider, sizeof(provider), &services, &err) == 0 &&
		      !strcmp(provider, "tdx_guest") && !services,
	      provider);
	expect("a report", NULL, 0, 0);
	expect("no levels here", &level, TSMMR_E_UNSUPPORTED, 0);
	expect("no services here", &service, TSMMR_E_UNSUPPORTED, 0);

	fake("fail", EIO);
	expect("the platform fails", NULL, TSMMR_E_IO, EIO);
	fake("fail", EBUSY);
	expect("the platform stays busy", NULL, TSMMR_E_IO, EBUSY);
	fake("fail", ETIMEDOUT);
	expect("the platform does not answer", NULL, TSMMR_E_IO, ETIMEDOUT);
	fake("fail", 0);
	fake("inlen", 32);
	expect("it takes another length", NULL, TSMMR_E_IO, EINVAL);
	fake("inlen", -1);

	fake("outlen", 70000);
	check("a long report", take(1, NULL, &report, &err) == 0 && report.out.n == 70000,
	      err.message);
	tsm_report_done(&report);
	fake("outlen", 0);

	signals();
	crowd();
	vandalised();

	snprintf(command, sizeof(command), "%s attest --nonce 01 -o /tmp/attested 2>&1",
		 argc > 1 ? argv[1] : "tsmmr-replay");
	status = system(command);
	check("attest refuses what is no evidence",
	      WIFEXITED(status) && WEXITSTATUS(status) == 3 && access("/tmp/attested", F_OK) < 0,
	      "another exit status");
	check("  no directory is left", left_over() == 0, "there is one");

	/* The module goes; what asks then is told. */
	if (syscall(SYS_delete_module, "tsmmr_report", O_NONBLOCK) == 0)
		expect("nobody behind it", NULL, TSMMR_E_NOTFOUND, 0);
	return failures ? 1 : 0;
}
