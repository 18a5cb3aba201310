/* SPDX-License-Identifier: BSD-2-Clause */
/* What each event of a machine's logs says, and whether its digest covers that. */
#include <stdio.h>
#include <tsmmr/tsmmr.h>

static void print(const struct tsmmr_event *event)
{
	const char *reg = tsmmr_event_register(event), *type = tsmmr_event_type_name(event);
	const char *rule = NULL;
	char text[256];

	tsmmr_event_text(event, text, sizeof(text)); /* escaped, and cut to fit */
	tsmmr_event_binding(event, &rule);
	printf("%s %s: %s (%s)\n", reg ? reg : "-", type ? type : "?", text,
	       rule ? rule : "unbound");
}

int main(int argc, char **argv)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_ctx *ctx = NULL;
	struct tsmmr_log *log = NULL;
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) == 0 && argc > 1)
		r = tsmmr_ctx_set_root(ctx, argv[1], NULL);
	if (r == 0 && (r = tsmmr_log_collect(ctx, TSMMR_PLATFORM_AUTO, &log, &err)) < 0)
		fprintf(stderr, "%s\n", err.message);
	for (size_t i = 0; i < tsmmr_log_count(log); i++)
		print(tsmmr_log_get(log, i));

	tsmmr_log_free(log);
	tsmmr_ctx_free(ctx);
	return r < 0;
}
