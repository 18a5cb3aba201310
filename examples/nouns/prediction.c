/* SPDX-License-Identifier: BSD-2-Clause */
/* What the registers of a log would hold without one of its records. */
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <tsmmr/tsmmr.h>

int main(int argc, char **argv)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	uint64_t record = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	struct tsmmr_prediction *prediction = NULL;
	const struct tsmmr_report *will;
	struct tsmmr_ctx *ctx = NULL;
	struct tsmmr_log *log = NULL;
	int fd = argc > 1 ? open(argv[1], O_RDONLY) : 0, r;

	if ((r = tsmmr_ctx_new(0, &ctx, &err)) < 0 ||
	    (r = tsmmr_log_open_fd(ctx, NULL, fd, &log, &err)) < 0 ||
	    (r = tsmmr_prediction_new(ctx, &log, 1, NULL, &prediction, &err)) < 0 ||
	    (r = tsmmr_prediction_drop(prediction, 0, record, &err)) < 0 ||
	    (r = tsmmr_prediction_run(prediction, &err)) < 0)
		fprintf(stderr, "%s\n", err.message);

	will = tsmmr_prediction_report(prediction);
	for (size_t i = 0; i < tsmmr_report_count(will); i++)
		printf("%s: %s\n", tsmmr_report_name(will, i),
		       tsmmr_prediction_is_changed(prediction, i) > 0 ? "other" : "the same");

	tsmmr_prediction_free(prediction);
	tsmmr_log_free(log);
	tsmmr_ctx_free(ctx);
	return r < 0;
}
