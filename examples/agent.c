/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's agent: measures what it is about to do, then shows that the log holds. */
#include <stdio.h>
#include <string.h>
#include <tsmmr/tsmmr.h>

int main(int argc, char **argv)
{
	const char *record = argc > 1 ? argv[1] : "example.org/agent start";
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_policy *policy = NULL;
	struct tsmmr_report *report = NULL;
	struct tsmmr_tree *tree = NULL;
	struct tsmmr_ctx *ctx = NULL;
	char line[512];
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) == 0 && argc > 2)
		r = tsmmr_ctx_set_root(ctx, argv[2], NULL); /* a demo machine */

	/* Extended and logged, or neither. */
	if (r == 0)
		r = tsmmr_tree_open(ctx, &tree, &err);
	if (r == 0)
		r = tsmmr_tree_append(tree, "app-runtime", record, strlen(record),
				      TSMMR_APPEND_ONCE, NULL, &err);

	/* Our own register is what we ask about. */
	if (r == 0)
		r = tsmmr_policy_new(ctx, &policy, &err);
	if (r == 0)
		r = tsmmr_policy_require(policy, "app-runtime", &err);

	/* The registers, and every log there is, though others may be appending. */
	if (r == 0)
		r = tsmmr_report_new_live(ctx, TSMMR_PLATFORM_AUTO, policy, &report, &err);
	if (r < 0) {
		fprintf(stderr, "%s\n", err.message);
	} else {
		tsmmr_report_summary(report, line, sizeof(line));
		puts(line);
	}

	r = tsmmr_report_verdict(report) == TSMMR_VERDICT_VERIFIED ? 0 : 1;
	tsmmr_report_free(report);
	tsmmr_policy_free(policy);
	tsmmr_tree_free(tree);
	tsmmr_ctx_free(ctx);
	return r;
}
