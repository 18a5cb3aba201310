/* SPDX-License-Identifier: BSD-2-Clause */
/* What a context is set up with before it is used, and the roots it can be told to trust. */
#include <stdio.h>
#include <tsmmr/tsmmr.h>

int main(void)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_ctx *ctx = NULL;
	const char *name;
	int r;

	for (size_t i = 0; tsmmr_trust_root_at(i, &name, NULL, NULL) == 0; i++)
		puts(name);

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) < 0 ||
	    (r = tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_EVENTS, 10000, NULL)) < 0 ||
	    (r = tsmmr_ctx_add_trust_root_named(ctx, "intel-sgx", &err)) < 0)
		fprintf(stderr, "%s\n", err.message);

	/* From here on ctx is only read, by any number of threads. */
	tsmmr_ctx_free(ctx);
	return r < 0;
}
