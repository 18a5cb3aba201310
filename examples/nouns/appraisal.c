/* SPDX-License-Identifier: BSD-2-Clause */
/* Which records of a machine does no list know?  Here there is none: only what is constant is. */
#include <stdio.h>
#include <tsmmr/tsmmr.h>

int main(int argc, char **argv)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_appraisal *appraisal = NULL;
	struct tsmmr_report *report = NULL;
	struct tsmmr_known *known = NULL;
	struct tsmmr_regs *regs = NULL;
	struct tsmmr_ctx *ctx = NULL;
	struct tsmmr_log *log = NULL;
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) == 0 && argc > 1)
		r = tsmmr_ctx_set_root(ctx, argv[1], NULL);
	if (r == 0 && ((r = tsmmr_regs_read(ctx, &regs, &err)) < 0 ||
		       (r = tsmmr_log_collect(ctx, TSMMR_PLATFORM_AUTO, &log, &err)) < 0 ||
		       (r = tsmmr_report_new(ctx, &log, 1, regs, NULL, &report, &err)) < 0 ||
		       (r = tsmmr_known_new(ctx, &known, &err)) < 0 ||
		       (r = tsmmr_appraisal_new(report, known, &log, 1, &appraisal, &err)) < 0))
		fprintf(stderr, "%s\n", err.message);

	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		if (tsmmr_appraisal_count(appraisal, i, TSMMR_RECORD_UNKNOWN))
			printf("%s: %llu known, %llu not\n", tsmmr_report_name(report, i),
			       (unsigned long long)tsmmr_appraisal_count(appraisal, i,
									 TSMMR_RECORD_KNOWN),
			       (unsigned long long)tsmmr_appraisal_count(appraisal, i,
									 TSMMR_RECORD_UNKNOWN));
	r = tsmmr_appraisal_verdict(appraisal); /* of NULL it is no yes */

	tsmmr_appraisal_free(appraisal);
	tsmmr_known_free(known);
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
	tsmmr_log_free(log);
	tsmmr_ctx_free(ctx);
	return r == TSMMR_APPRAISED_YES ? 0 : 1;
}
