/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tsmmr_report_new_live() while others append without a pause.  fault_live [REPORTS]
 *
 * Every report is complete; a log that is ahead of a register which stands still, or that does
 * not explain it, is none the less what it is.
 */
#include "fault.h"

static int live(const struct machine *m, const struct tsmmr_policy *policy)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;
	int verdict;

	if (tsmmr_report_new_live(m->ctx, TSMMR_PLATFORM_TDX, policy, &report, &err) < 0)
		die("report: %s", err.message);
	verdict = (int)tsmmr_report_verdict(report);
	if (tsmmr_report_is_asked(report, 0) < 0 || tsmmr_report_event_count(report, 0))
		die("the first register should be one without events");
	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		if (tsmmr_reg_platform(tsmmr_report_reg(report, i)) != TSMMR_PLATFORM_TDX)
			die("a register of another platform");
	tsmmr_report_free(report);
	return verdict;
}

static pid_t start_writer(const struct machine *m)
{
	pid_t pid;
	char record[32];

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	for (unsigned i = 0;; i++) {
		snprintf(record, sizeof(record), "record %u", i);
		append_clean(m, record, NULL);
	}
}

static void stop(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		die("the writer had ended: %x", status);
}

int main(int argc, char **argv)
{
	int reports = argc > 1 ? atoi(argv[1]) : 60, complete = 0;
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_policy *policy;
	char start[128], path[512];
	struct machine m;
	pid_t writer;
	FILE *log;

	machine_open(&m);
	put_value(start, sizeof(start), "rtmr3", m.start, SIZE);
	if (tsmmr_ctx_set_initial(m.ctx, TSMMR_PLATFORM_TDX, start, &err) < 0 ||
	    tsmmr_policy_new(m.ctx, &policy, &err) < 0 ||
	    tsmmr_policy_require(policy, "rtmr3", &err) < 0)
		die("policy: %s", err.message);
	append_clean(&m, "first", NULL);

	writer = start_writer(&m);
	for (int i = 0; i < reports; i++)
		complete += live(&m, policy) == TSMMR_VERDICT_VERIFIED;
	stop(writer);
	printf("%d of %d complete\n", complete, reports);
	if (complete != reports)
		return 1;

	/* The writer may have left a record pending: this settles it. */
	append_clean(&m, "last", NULL);
	if (live(&m, policy) != TSMMR_VERDICT_VERIFIED)
		die("not verified once the writer was gone");
	snprintf(path, sizeof(path), "%s%s/event_log", m.root, m.log);
	log = fopen(path, "a");
	if (!log || fputs("never extended\n", log) < 0 || fclose(log))
		die("%s: %s", path, strerror(errno));
	if (live(&m, policy) != TSMMR_VERDICT_INCOMPLETE)
		die("a log that is ahead of its register is not incomplete");
	foreign_extend(&m);
	if (live(&m, policy) == TSMMR_VERDICT_VERIFIED)
		die("an extension that no log has is verified");
	if (tsmmr_report_new_live(m.ctx, TSMMR_PLATFORM_NITRO, policy, NULL, &err) != TSMMR_E_ARG)
		die("nowhere to return to: %s", err.message);
	tsmmr_policy_free(policy);
	machine_close(&m);
	return 0;
}
