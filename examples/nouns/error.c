/* SPDX-License-Identifier: BSD-2-Clause */
/* What went wrong, as a word for programs and a message for people. */
#include <stdio.h>
#include <string.h>
#include <tsmmr/tsmmr.h>

int main(int argc, char **argv)
{
	const char *list = argc > 1 ? argv[1] : "rtmr0-2";
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_policy *policy = NULL;
	struct tsmmr_ctx *ctx = NULL;
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) < 0 ||
	    (r = tsmmr_policy_new(ctx, &policy, &err)) < 0 ||
	    (r = tsmmr_policy_require(policy, list, &err)) < 0)
		printf("%s: %s\n", tsmmr_name(TSMMR_NAMES_ERROR, r), err.message);

	tsmmr_policy_free(policy);
	tsmmr_ctx_free(ctx);
	return r < 0;
}
