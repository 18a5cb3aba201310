/* SPDX-License-Identifier: BSD-2-Clause */
/* A fleet: ROOT, then a LOG and a QUOTE (kept: no nonce) of each machine, over one context. */
#include <stdio.h>
#include <stdlib.h>
#include <tsmmr/tsmmr.h>

static void *read_file(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	char *bytes = f ? malloc(1 << 18) : NULL;

	*ret_len = bytes ? fread(bytes, 1, 1 << 18, f) : 0;
	return f && fclose(f) == 0 ? bytes : NULL;
}

/* Any number of threads may run it at once: ctx and policy are only read by then. */
static void verify(const struct tsmmr_ctx *ctx, const struct tsmmr_policy *policy, char **paths)
{
	size_t n_log, n_quote;
	void *log = read_file(paths[0], &n_log), *quote = read_file(paths[1], &n_quote);
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_evidence *evidence = NULL;
	struct tsmmr_stream *stream = NULL;
	struct tsmmr_report *report = NULL;
	struct tsmmr_regs *regs = NULL;

	if (tsmmr_evidence_new(ctx, &evidence, &err) == 0 &&
	    tsmmr_evidence_add(evidence, TSMMR_PART_QUOTE, quote, n_quote, &err) == 0 &&
	    tsmmr_regs_from_evidence(ctx, evidence, &regs, &err) == 0 &&
	    tsmmr_stream_open_mem(ctx, NULL, log, n_log, &stream, &err) == 0 &&
	    tsmmr_report_new_stream(ctx, &stream, 1, regs, policy, &report, &err) == 0)
		tsmmr_report_summary(report, err.message, sizeof(err.message));
	printf("%s: %s\n", paths[0], err.message);
	tsmmr_report_free(report);
	tsmmr_stream_free(stream);
	tsmmr_regs_free(regs);
	tsmmr_evidence_free(evidence);
	free(quote);
	free(log);
}

int main(int argc, char **argv)
{
	struct tsmmr_policy *policy;
	struct tsmmr_ctx *ctx;
	size_t n;
	void *root = argc > 3 ? read_file(argv[1], &n) : NULL;

	if (!root || tsmmr_ctx_new(0, &ctx, NULL) < 0 ||
	    tsmmr_ctx_add_trust_root(ctx, root, n, NULL) < 0 ||
	    tsmmr_policy_new(ctx, &policy, NULL) < 0 || tsmmr_policy_set_no_nonce(policy, NULL) < 0)
		return 2;
	for (int i = 2; i + 1 < argc; i += 2)
		verify(ctx, policy, argv + i);
	tsmmr_policy_free(policy);
	tsmmr_ctx_free(ctx);
	free(root);
	return 0;
}
