/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a log does not lead to a value: one given by hand, of a captured machine's register. */
#include <stdio.h>
#include <string.h>
#include <tsmmr/tsmmr.h>

int main(int argc, char **argv)
{
	const char *value = argc > 2 ? argv[2] : ""; /* "rtmr0=HEX" */
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_explain *explain = NULL;
	struct tsmmr_report *report = NULL;
	struct tsmmr_policy *policy = NULL;
	struct tsmmr_regs *regs = NULL;
	struct tsmmr_ctx *ctx = NULL;
	struct tsmmr_log *log = NULL;
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) == 0 && argc > 1)
		r = tsmmr_ctx_set_root(ctx, argv[1], NULL);
	if (r == 0 && ((r = tsmmr_log_collect(ctx, TSMMR_PLATFORM_AUTO, &log, &err)) < 0 ||
		       (r = tsmmr_policy_new(ctx, &policy, &err)) < 0 ||
		       (r = tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO,
						   value, strlen(value), &regs, &err)) < 0 ||
		       (r = tsmmr_report_new(ctx, &log, 1, regs, policy, &report, &err)) < 0 ||
		       (r = tsmmr_explain_new(ctx, report, &log, 1, NULL, &explain, &err)) < 0))
		fprintf(stderr, "%s\n", err.message);

	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		for (size_t k = 0; k < tsmmr_explain_hypothesis_count(explain, i); k++)
			printf("%s: %s\n", tsmmr_report_name(report, i),
			       tsmmr_hypothesis_text(tsmmr_explain_hypothesis(explain, i, k)));

	tsmmr_explain_free(explain);
	tsmmr_report_free(report);
	tsmmr_policy_free(policy);
	tsmmr_regs_free(regs);
	tsmmr_log_free(log);
	tsmmr_ctx_free(ctx);
	return r < 0;
}
