/* SPDX-License-Identifier: BSD-2-Clause */
/* All logs of this machine, or of a captured one, as one in a canonical event log. */
#include <stdio.h>
#include <tsmmr/tsmmr.h>

int main(int argc, char **argv)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_ctx *ctx = NULL;
	struct tsmmr_log *log = NULL;
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) == 0 && argc > 1)
		r = tsmmr_ctx_set_root(ctx, argv[1], NULL);
	if (r == 0 && ((r = tsmmr_log_collect(ctx, TSMMR_PLATFORM_AUTO, &log, &err)) < 0 ||
		       (r = tsmmr_log_export_fd(ctx, log, TSMMR_FORMAT_CEL_JSON, 1, &err)) < 0))
		fprintf(stderr, "%s\n", err.message);
	if (r == 0)
		fprintf(stderr, "%zu events\n", tsmmr_log_count(log));

	tsmmr_log_free(log);
	tsmmr_ctx_free(ctx);
	return r < 0;
}
