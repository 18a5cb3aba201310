/* SPDX-License-Identifier: BSD-2-Clause */
/* What a vendor says of a platform: ROOT, QUOTE, SECONDS since 1970, then files of collateral. */
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

static void say(const struct tsmmr_regs *regs, const char *claim)
{
	const uint8_t *value;
	size_t n;

	if (tsmmr_regs_claim(regs, 0, claim, &value, &n) == 0)
		printf("%s: %.*s\n", claim, (int)n, (const char *)value);
}

int main(int argc, char **argv)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_evidence *evidence = NULL;
	struct tsmmr_regs *regs = NULL;
	struct tsmmr_ctx *ctx = NULL;
	size_t n_root, n_quote, n;
	void *root = argc > 4 ? read_file(argv[1], &n_root) : NULL;
	void *quote = root ? read_file(argv[2], &n_quote) : NULL;
	int r = quote ? tsmmr_ctx_new(0, &ctx, NULL) : TSMMR_E_ARG;

	/* Once, for all quotes that come. */
	if (r == 0)
		r = tsmmr_ctx_add_trust_root(ctx, root, n_root, &err);
	for (int i = 4; r == 0 && i < argc; i++) {
		void *bytes = read_file(argv[i], &n);

		r = bytes ? tsmmr_ctx_add_collateral(ctx, TSMMR_PART_AUTO, bytes, n, &err) :
			    TSMMR_E_IO;
		free(bytes);
	}
	/* Collateral holds for a month: a service leaves this out. */
	if (r == 0)
		r = tsmmr_ctx_set_time(ctx, strtoull(argv[3], NULL, 10), &err);

	/* What is revoked is refused; of other words a policy says which do. */
	if (r == 0 && (r = tsmmr_evidence_new(ctx, &evidence, &err)) == 0 &&
	    (r = tsmmr_evidence_add(evidence, TSMMR_PART_QUOTE, quote, n_quote, &err)) == 0 &&
	    (r = tsmmr_regs_from_evidence(ctx, evidence, &regs, &err)) == 0) {
		say(regs, "tcb_status");
		say(regs, "tcb_date");
		say(regs, "tcb_advisories");
		say(regs, "collateral_expires");
		say(regs, "collateral_missing");
	}
	if (r < 0)
		fprintf(stderr, "%s\n", err.message);
	tsmmr_regs_free(regs);
	tsmmr_evidence_free(evidence);
	tsmmr_ctx_free(ctx);
	free(quote);
	free(root);
	return r < 0;
}
