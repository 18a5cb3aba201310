/* SPDX-License-Identifier: BSD-2-Clause */
/* What was noticed in the log on standard input, and tolerated. */
#include <stdio.h>
#include <tsmmr/tsmmr.h>

int main(void)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	const struct tsmmr_finding *finding;
	const struct tsmmr_event *event;
	struct tsmmr_stream *stream = NULL;
	struct tsmmr_ctx *ctx = NULL;
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) == 0)
		r = tsmmr_stream_open_fd(ctx, NULL, 0, &stream, &err);
	while (r >= 0 && (r = tsmmr_stream_next(stream, &event, &err)) > 0)
		;
	if (r < 0)
		fprintf(stderr, "%s\n", err.message);

	for (size_t i = 0; (finding = tsmmr_stream_finding(stream, i)); i++)
		printf("%s: record %llu: %s\n", tsmmr_finding_id(finding),
		       (unsigned long long)tsmmr_finding_record(finding),
		       tsmmr_finding_text(finding));

	tsmmr_stream_free(stream);
	tsmmr_ctx_free(ctx);
	return r < 0;
}
