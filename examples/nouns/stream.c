/* SPDX-License-Identifier: BSD-2-Clause */
/* A log of any length, from a pipe, in the memory of one event. */
#include <stdio.h>
#include <tsmmr/tsmmr.h>

int main(void)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	const struct tsmmr_event *event;
	struct tsmmr_stream *stream = NULL;
	struct tsmmr_ctx *ctx = NULL;
	unsigned long n = 0;
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) == 0)
		r = tsmmr_stream_open_fd(ctx, NULL, 0, &stream, &err);
	while (r >= 0 && (r = tsmmr_stream_next(stream, &event, &err)) > 0)
		n += tsmmr_event_is_measured(event) == 1; /* event is valid until the next */

	if (r < 0)
		fprintf(stderr, "%s\n", err.message);
	else
		printf("%lu measured events, %s\n", n,
		       tsmmr_name(TSMMR_NAMES_FORMAT, tsmmr_stream_format(stream)));
	tsmmr_stream_free(stream);
	tsmmr_ctx_free(ctx);
	return r < 0;
}
