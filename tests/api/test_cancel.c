/* SPDX-License-Identifier: BSD-2-Clause */
/* Work that is told to end, and work that is given less room. */
#include "testing.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include <openssl/evp.h>

#define LINES 20000
#define OTHER                                                                                  \
	"rtmr3=111111111111111111111111111111111111111111111111111111111111111111111111111111" \
	"111111111111111111"

static struct tsmmr_ctx *victim;

static struct tsmmr_log *lines(const struct tsmmr_ctx *ctx, size_t n)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;
	char *text = malloc(32 * n), *at = text;

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		at += sprintf(at, "line number %zu\n", i);
	assert_code(parse_as(ctx, TSMMR_FORMAT_TEXT, 0, "rtmr3", text, (size_t)(at - text), &log,
			     &err),
		    0);
	free(text);
	return log;
}

static struct tsmmr_report *mismatch(const struct tsmmr_ctx *ctx, struct tsmmr_log *log)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;

	assert_code(tsmmr_regs_from_values(ctx, 0, 0, OTHER, strlen(OTHER), &regs, &err), 0);
	assert_code(tsmmr_report_new(ctx, &log, 1, regs, NULL, &report, &err), 0);
	assert_int_equal(tsmmr_report_verdict(report), TSMMR_VERDICT_MISMATCH);
	tsmmr_regs_free(regs);
	return report;
}

/* With what was made before. */
static void a_cancelled_context_does_nothing_more(void **state)
{
	struct tsmmr_log *log = lines(*state, 3), *none = NULL;
	struct tsmmr_report *report = mismatch(*state, log), *no_report = NULL;
	struct tsmmr_explain *x = NULL;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_diff *diff;
	struct tsmmr_stream *s;
	struct tsmmr_ctx *ctx, *again;
	uint8_t *out = NULL;
	size_t n;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	tsmmr_ctx_cancel(ctx);
	tsmmr_ctx_cancel(NULL);
	assert_code(parse_as(ctx, TSMMR_FORMAT_TEXT, 0, "rtmr3", "a\n", 2, &none, &err),
		    TSMMR_E_CANCELLED);
	assert_string_equal(err.message, "cancelled");
	assert_int_equal(err.code, TSMMR_E_CANCELLED);
	assert_code(tsmmr_log_merge(ctx, &log, 1, &none, &err), TSMMR_E_CANCELLED);
	assert_null(none);
	assert_code(tsmmr_report_new(ctx, &log, 1, NULL, NULL, &no_report, &err),
		    TSMMR_E_CANCELLED);
	assert_code(open_mem_as(ctx, TSMMR_FORMAT_TEXT, 0, "rtmr3", "a\n", 2, &s, &err), 0);
	assert_code(tsmmr_report_new_stream(ctx, &s, 1, NULL, NULL, &no_report, &err),
		    TSMMR_E_CANCELLED);
	assert_int_equal(err.log, 0);
	assert_null(no_report);
	assert_code(tsmmr_stream_export(ctx, s, TSMMR_FORMAT_JSONL, &out, &n, &err),
		    TSMMR_E_CANCELLED);
	tsmmr_stream_free(s);
	assert_code(tsmmr_log_export(ctx, log, TSMMR_FORMAT_CEL_CBOR, &out, &n, &err),
		    TSMMR_E_CANCELLED);
	assert_null(out);
	assert_code(tsmmr_explain_new(ctx, report, &log, 1, NULL, &x, &err), TSMMR_E_CANCELLED);
	assert_null(x);
	assert_code(tsmmr_diff_new(ctx, &diff, &err), 0);
	assert_code(tsmmr_diff_add_log(diff, TSMMR_SIDE_A, log, &err), 0);
	assert_code(tsmmr_diff_compare(diff, &err), TSMMR_E_CANCELLED);
	tsmmr_diff_free(diff);

	/* Of another context nothing ends, nor of one that is made from it. */
	assert_code(tsmmr_ctx_copy(ctx, &again, &err), 0);
	tsmmr_ctx_free(ctx);
	assert_code(tsmmr_log_merge(again, &log, 1, &none, &err), 0);
	tsmmr_log_free(none);
	tsmmr_ctx_free(again);
	assert_code(tsmmr_explain_new(*state, report, &log, 1, NULL, &x, &err), 0);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
}

static void on_alarm(int signal)
{
	tsmmr_ctx_cancel(victim);
}

/* A search that would take long, ended by a signal handler. */
static void an_explanation_ends_in_the_middle(void **state)
{
	struct itimerval soon = { .it_interval.tv_usec = 20000, .it_value.tv_usec = 20000 };
	struct tsmmr_log *log = lines(*state, LINES);
	struct tsmmr_report *report = mismatch(*state, log);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_explain *x = NULL;

	assert_code(tsmmr_ctx_new(0, &victim, NULL), 0);
	/* Nobody would wait for it: it ends by the signal, or the test by its time. */
	assert_code(tsmmr_ctx_set_limit(victim, TSMMR_LIMIT_EXPLAIN, TSMMR_NONE, NULL), 0);
	assert_true(signal(SIGALRM, on_alarm) != SIG_ERR);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_code(tsmmr_explain_new(victim, report, &log, 1, NULL, &x, &err), TSMMR_E_CANCELLED);
	memset(&soon, 0, sizeof(soon));
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_null(x);
	/* One that is still on its way finds nobody. */
	assert_true(signal(SIGALRM, SIG_IGN) != SIG_ERR);
	tsmmr_ctx_free(victim);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
}

static void *cancel_soon(void *unused)
{
	usleep(20000);
	tsmmr_ctx_cancel(victim);
	return NULL;
}

/* A log that never ends: another thread says that it was enough. */
static void a_report_ends_in_the_middle(void **state)
{
	struct tsmmr_report *report = NULL;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *endless;
	pthread_t thread;
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		while (write(fds[1], "another line\n", 13) == 13)
			;
	close(fds[1]);
	assert_code(tsmmr_ctx_new(0, &victim, NULL), 0);
	assert_code(open_fd_as(victim, TSMMR_FORMAT_TEXT, 0, "rtmr3", fds[0], &endless, &err), 0);
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, NULL), 0);
	assert_code(tsmmr_report_new_stream(victim, &endless, 1, NULL, NULL, &report, &err),
		    TSMMR_E_CANCELLED);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_null(report);
	kill(pid, SIGKILL);
	close(fds[0]);
	tsmmr_stream_free(endless);
	tsmmr_ctx_free(victim);
}

/* What a budget does not reach is said, not guessed. */
static void a_budget_is_kept(void **state)
{
	static const char text[] = "a\nb\nc\n", more[] = "a\nb\nextra\nc\n";
	struct tsmmr_error err = ERROR_INIT;
	char values[256] = "rtmr3=";
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;
	const uint8_t *value;
	struct tsmmr_log *log;
	size_t n;

	assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, "rtmr3", text, strlen(text), &log, &err),
		    0);
	assert_code(tsmmr_report_new(*state, &log, 1, NULL, NULL, &report, &err), 0);
	assert_code(tsmmr_report_replayed(report, 0, &value, &n), 0);
	tohex(value, n, values + 6);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
	assert_code(tsmmr_regs_from_values(*state, 0, 0, values, strlen(values), &regs, &err), 0);
	assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, "rtmr3", more, strlen(more), &log, &err),
		    0);
	assert_code(tsmmr_report_new(*state, &log, 1, regs, NULL, &report, &err), 0);
	for (int i = 0; i < 3; i++) {
		static const uint64_t budgets[] = { 0, 1, TSMMR_NONE };
		const struct tsmmr_hypothesis *h;
		struct tsmmr_explain *x;
		struct tsmmr_ctx *ctx;

		assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
		assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_EXPLAIN, budgets[i], NULL), 0);
		assert_code(tsmmr_explain_new(ctx, report, &log, 1, NULL, &x, &err), 0);
		h = tsmmr_explain_hypothesis(x, 0, 0);
		assert_non_null(h);
		assert_int_equal(tsmmr_hypothesis_would_match(h), i != 1);
		tsmmr_explain_free(x);
		tsmmr_ctx_free(ctx);
	}
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
	tsmmr_log_free(log);
}

/* Hashing a long record again and again is paid for like extensions are. */
static void long_records_take_from_the_budget(void **state)
{
	enum { LENGTH = 200000 };
	struct tsmmr_error err = ERROR_INIT;
	char *line = malloc(LENGTH + 2), values[128] = "rtmr3=";
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;
	uint8_t both[96] = { 0 };
	struct tsmmr_log *log;

	assert_non_null(line);
	memset(line, 'a', LENGTH);
	memcpy(line + LENGTH, "\r\n", 2);
	/* Measured before the log was converted. */
	assert_int_equal(EVP_Digest(line, LENGTH, both + 48, NULL, EVP_sha384(), NULL), 1);
	assert_int_equal(EVP_Digest(both, 96, both, NULL, EVP_sha384(), NULL), 1);
	tohex(both, 48, values + 6);
	assert_code(tsmmr_regs_from_values(*state, 0, 0, values, strlen(values), &regs, &err), 0);
	assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, "rtmr3", line, LENGTH + 2, &log, &err),
		    0);
	assert_code(tsmmr_report_new(*state, &log, 1, regs, NULL, &report, &err), 0);
	for (int i = 0; i < 2; i++) {
		struct tsmmr_explain *x;
		struct tsmmr_ctx *ctx;

		assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
		assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_EXPLAIN, i ? 2000 : 0, NULL), 0);
		assert_code(tsmmr_explain_new(ctx, report, &log, 1, NULL, &x, &err), 0);
		assert_int_equal(tsmmr_hypothesis_would_match(tsmmr_explain_hypothesis(x, 0, 0)),
				 !i);
		tsmmr_explain_free(x);
		tsmmr_ctx_free(ctx);
	}
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
	tsmmr_log_free(log);
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cancelled_context_does_nothing_more),
		cmocka_unit_test(an_explanation_ends_in_the_middle),
		cmocka_unit_test(a_report_ends_in_the_middle),
		cmocka_unit_test(a_budget_is_kept),
		cmocka_unit_test(long_records_take_from_the_budget),
	};

	return cmocka_run_group_tests_name("cancel", tests, ctx_setup, ctx_teardown);
}
