/* SPDX-License-Identifier: BSD-2-Clause */
/* Do the logs of this machine, or of a captured one, explain its registers? */
#include <stdio.h>
#include <tsmmr/tsmmr.h>

int main(int argc, char **argv)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report = NULL;
	struct tsmmr_policy *policy = NULL;
	struct tsmmr_regs *regs = NULL;
	struct tsmmr_ctx *ctx = NULL;
	struct tsmmr_log *log = NULL;
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) == 0 && argc > 1)
		r = tsmmr_ctx_set_root(ctx, argv[1], NULL);
	if (r == 0 && ((r = tsmmr_regs_read(ctx, &regs, &err)) < 0 ||
		       (r = tsmmr_log_collect(ctx, TSMMR_PLATFORM_AUTO, &log, &err)) < 0 ||
		       (r = tsmmr_policy_new(ctx, &policy, &err)) < 0 ||
		       (r = tsmmr_report_new(ctx, &log, 1, regs, policy, &report, &err)) < 0))
		fprintf(stderr, "%s\n", err.message);

	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		printf("%s: %s", tsmmr_report_name(report, i),
		       tsmmr_name(TSMMR_NAMES_STATUS, tsmmr_report_status(report, i)));
		for (size_t k = 0; k < tsmmr_report_gap_count(report, i); k++)
			printf(", %s", tsmmr_gap_word(tsmmr_report_gap(report, i, k)));
		putchar('\n');
	}
	r = tsmmr_report_verdict(report); /* of NULL it is no yes */

	tsmmr_report_free(report);
	tsmmr_policy_free(policy);
	tsmmr_log_free(log);
	tsmmr_regs_free(regs);
	tsmmr_ctx_free(ctx);
	return r == TSMMR_VERDICT_VERIFIED ? 0 : 1;
}
