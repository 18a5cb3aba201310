/* SPDX-License-Identifier: BSD-2-Clause */
/* Any log against registers of which the first has another value: there is something to explain. */
#include "logs.h"

#define EXPLAINED_MAX 40 /* events: more of them are not other, only slower */

static struct tsmmr_ctx *bounded(void)
{
	static struct tsmmr_ctx *ctx;

	if (!ctx)
		PROMISE(tsmmr_ctx_new(0, &ctx, NULL) == 0 &&
			tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_EXPLAIN, 300, NULL) == 0);
	return ctx;
}

/* What the log gives, but for one digit.  NULL where that cannot be given by hand. */
static struct tsmmr_regs *changed_regs(const struct tsmmr_report *replay)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_regs *regs = NULL;
	uint8_t *json;
	size_t n;

	PROMISE(tsmmr_report_export_replay_json(replay, &json, &n, &err) == 0);
	/* Of a launch whose images were not given there is none. */
	if (fuzz_change_value((char *)json, n) &&
	    tsmmr_regs_from_values(bounded(), TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO, (char *)json,
				   n, &regs, &err) < 0)
		regs = NULL;
	fuzz_take_json(json, n);
	return regs;
}

/* Of streams of the same bytes the answer is the same. */
static void check_streams(const uint8_t *data, size_t size, const struct tsmmr_report *report,
			  const struct tsmmr_explain *of_logs)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	size_t reader = fuzz_reader(&data, &size);
	struct tsmmr_stream *s = fuzz_stream(reader, data, size);
	struct tsmmr_stream *reference = fuzz_stream(reader, data, size);
	struct tsmmr_explain *x;

	PROMISE(tsmmr_explain_new_stream(bounded(), report, &s, 1, reference, &x, &err) == 0);
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const char *text = tsmmr_explain_text(x, i);
		const char *before = tsmmr_explain_text(of_logs, i);

		PROMISE(!text == !before && (!text || strcmp(text, before) == 0));
	}
	tsmmr_explain_free(x);
	tsmmr_stream_free(reference);
	tsmmr_stream_free(s);
}

static void check(const uint8_t *data, size_t size, struct tsmmr_log *log,
		  const struct tsmmr_report *report)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_explain *x;
	uint8_t *json;
	size_t n;

	PROMISE(tsmmr_explain_new(bounded(), report, &log, 1, log, &x, &err) == 0);
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const char *text = tsmmr_explain_text(x, i);

		PROMISE(!text == !tsmmr_explain_hypothesis_count(x, i));
		PROMISE(tsmmr_report_status(report, i) != TSMMR_STATUS_MISMATCH || text);
		if (text)
			fuzz_check_text(text, strlen(text));
		for (size_t k = 0; k < tsmmr_explain_hypothesis_count(x, i); k++) {
			const struct tsmmr_hypothesis *h = tsmmr_explain_hypothesis(x, i, k);
			const char *said = tsmmr_hypothesis_text(h);
			uint64_t last = tsmmr_hypothesis_last(h);

			fuzz_check_text(said, strlen(said));
			PROMISE(last == TSMMR_NONE || last < tsmmr_log_count(log));
		}
	}
	PROMISE(tsmmr_report_export_verify_json(report, x, NULL, 0, &json, &n, &err) == 0);
	fuzz_take_json(json, n);
	check_streams(data, size, report, x);
	tsmmr_explain_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_log *log = fuzz_log(data, size);
	struct tsmmr_report *replay, *report;
	struct tsmmr_regs *regs = NULL;

	if (log && tsmmr_log_count(log) <= EXPLAINED_MAX) {
		PROMISE(tsmmr_report_new(bounded(), &log, 1, NULL, NULL, &replay, &err) == 0);
		regs = tsmmr_report_count(replay) ? changed_regs(replay) : NULL;
		tsmmr_report_free(replay);
	}
	if (regs) {
		PROMISE(tsmmr_report_new(bounded(), &log, 1, regs, NULL, &report, &err) == 0);
		PROMISE(tsmmr_report_verdict(report) != TSMMR_VERDICT_VERIFIED);
		check(data, size, log, report);
		tsmmr_report_free(report);
		tsmmr_regs_free(regs);
	}
	tsmmr_log_free(log);
	return 0;
}
