/* SPDX-License-Identifier: BSD-2-Clause */
/* A verifier: a log and a quote from a guest, a root we trust, and what may be believed. */
#include <stdio.h>
#include <stdlib.h>
#include <tsmmr/tsmmr.h>

static void *read_file(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	char *bytes = malloc(1 << 20);

	*ret_len = f && bytes ? fread(bytes, 1, 1 << 20, f) : 0;
	if (f)
		fclose(f);
	return bytes;
}

int main(int argc, char **argv)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	const char *log_path = argc > 3 ? argv[1] : "/dev/null";
	const char *quote_path = argc > 3 ? argv[2] : "/dev/null";
	const char *root_path = argc > 3 ? argv[3] : "/dev/null";
	struct tsmmr_evidence *evidence = NULL;
	struct tsmmr_policy *policy = NULL;
	struct tsmmr_report *report = NULL;
	struct tsmmr_regs *regs = NULL;
	struct tsmmr_ctx *ctx = NULL;
	struct tsmmr_log *log = NULL;
	size_t log_len, quote_len, root_len;
	void *log_bytes = read_file(log_path, &log_len);
	void *quote = read_file(quote_path, &quote_len);
	void *root = read_file(root_path, &root_len);
	char line[512];
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) < 0 ||
	    (r = tsmmr_ctx_add_trust_root(ctx, root, root_len, &err)) < 0 ||
	    (r = tsmmr_evidence_new(ctx, &evidence, &err)) < 0 ||
	    (r = tsmmr_evidence_add(evidence, TSMMR_PART_QUOTE, quote, quote_len, &err)) < 0 ||
	    (r = tsmmr_regs_from_evidence(ctx, evidence, &regs, &err)) < 0 ||
	    (r = tsmmr_log_parse_borrow(ctx, NULL, log_bytes, log_len, &log, &err)) < 0 ||
	    (r = tsmmr_policy_new(ctx, &policy, &err)) < 0 ||
	    (r = tsmmr_policy_require(policy, "rtmr0-2", &err)) < 0 ||
	    /* This quote was kept; ask a guest with tsmmr_policy_set_nonce(). */
	    (r = tsmmr_policy_set_no_nonce(policy, &err)) < 0 ||
	    (r = tsmmr_report_new(ctx, (struct tsmmr_log *const[]){ log }, 1, regs, policy, &report,
				  &err)) < 0) {
		fprintf(stderr, "%s\n", err.message);
	} else {
		/* What the hardware saw, and only text that is bound to it. */
		for (size_t i = 0; i < tsmmr_log_count(log); i++)
			if (tsmmr_report_event_text(report, log, 0, i, line, sizeof(line)) > 0)
				puts(line);
		tsmmr_report_summary(report, line, sizeof(line));
		puts(line);
	}

	r = tsmmr_report_verdict(report) == TSMMR_VERDICT_VERIFIED ? 0 : 1;
	tsmmr_report_free(report);
	tsmmr_policy_free(policy);
	tsmmr_log_free(log);
	tsmmr_regs_free(regs);
	tsmmr_evidence_free(evidence);
	tsmmr_ctx_free(ctx);
	free(root);
	free(quote);
	free(log_bytes);
	return r;
}
