/* SPDX-License-Identifier: BSD-2-Clause */
/* A question: which registers must be verified, what one must be, and what is let pass. */
#include <stdio.h>
#include <string.h>
#include <tsmmr/tsmmr.h>

int main(void)
{
	static const char value[] =
		"pcr7:sha256="
		"65caf8dd1e0ea7a6347b635d2b379c93b9a1351edc2afc3ecda700e534eb3068";
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_policy *policy = NULL;
	struct tsmmr_ctx *ctx = NULL;
	uint8_t hash[32];
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) < 0 ||
	    (r = tsmmr_policy_new(ctx, &policy, &err)) < 0 ||
	    (r = tsmmr_policy_require(policy, "pcr0,pcr4,os-runtime", &err)) < 0 ||
	    (r = tsmmr_policy_expect_text(policy, TSMMR_PLATFORM_TPM, value, strlen(value), &err)) <
		    0 ||
	    (r = tsmmr_policy_allow(policy, "pcr4:unlogged", &err)) < 0 ||
	    (r = tsmmr_policy_set_no_nonce(policy, &err)) < 0 ||
	    (r = tsmmr_policy_hash(policy, hash)) < 0) {
		fprintf(stderr, "%s\n", err.message);
	} else {
		/* Every report and its JSON say by this hash what was asked. */
		for (size_t i = 0; i < sizeof(hash); i++)
			printf("%02x", hash[i]);
		putchar('\n');
	}

	tsmmr_policy_free(policy);
	tsmmr_ctx_free(ctx);
	return r < 0;
}
