/* SPDX-License-Identifier: BSD-2-Clause */
/* What two captured machines measured differently. */
#include <stdio.h>
#include <tsmmr/tsmmr.h>

static int collect(const char *root, struct tsmmr_ctx **ret_ctx, struct tsmmr_log **ret_log,
		   struct tsmmr_error *reterr)
{
	int r = tsmmr_ctx_new(0, ret_ctx, NULL);

	if (r == 0)
		r = tsmmr_ctx_set_root(*ret_ctx, root, NULL);
	return r < 0 ? r : tsmmr_log_collect(*ret_ctx, TSMMR_PLATFORM_AUTO, ret_log, reterr);
}

int main(int argc, char **argv)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_ctx *ctx[2] = { NULL, NULL };
	struct tsmmr_log *log[2] = { NULL, NULL };
	struct tsmmr_diff *diff = NULL;
	int r = 0;

	for (int i = 0; i < 2 && r == 0; i++)
		r = collect(argc > 2 ? argv[1 + i] : "/", &ctx[i], &log[i], &err);
	if (r < 0 || (r = tsmmr_diff_new(ctx[0], &diff, &err)) < 0 ||
	    (r = tsmmr_diff_add_log(diff, TSMMR_SIDE_A, log[0], &err)) < 0 ||
	    (r = tsmmr_diff_add_log(diff, TSMMR_SIDE_B, log[1], &err)) < 0 ||
	    (r = tsmmr_diff_compare(diff, &err)) < 0)
		fprintf(stderr, "%s\n", err.message);

	for (size_t i = 0; i < tsmmr_diff_count(diff); i++)
		printf("%s: %zu differences\n", tsmmr_diff_name(diff, i),
		       tsmmr_diff_edit_count(diff, i));

	tsmmr_diff_free(diff);
	for (int i = 0; i < 2; i++) {
		tsmmr_log_free(log[i]);
		tsmmr_ctx_free(ctx[i]);
	}
	return r < 0;
}
