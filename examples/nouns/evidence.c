/* SPDX-License-Identifier: BSD-2-Clause */
/* What a piece of evidence on standard input is, and what it says. */
#include <stdio.h>
#include <tsmmr/tsmmr.h>

int main(void)
{
	static char bytes[1 << 20];
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_evidence *evidence = NULL;
	size_t len = fread(bytes, 1, sizeof(bytes), stdin);
	struct tsmmr_regs *regs = NULL;
	struct tsmmr_ctx *ctx = NULL;
	const char *name;
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) < 0 ||
	    (r = tsmmr_evidence_new(ctx, &evidence, &err)) < 0 ||
	    (r = tsmmr_evidence_add(evidence, TSMMR_PART_AUTO, bytes, len, &err)) < 0 ||
	    (r = tsmmr_regs_from_evidence(ctx, evidence, &regs, &err)) < 0) {
		fprintf(stderr, "%s\n", err.message);
	} else {
		/* Without a trust root of the context's it is signed at best. */
		printf("%s, %s\n", tsmmr_regs_evidence_kind(regs, 0),
		       tsmmr_name(TSMMR_NAMES_TRUST, tsmmr_regs_trust(regs)));
		for (size_t i = 0; i < tsmmr_regs_claim_count(regs, 0); i++)
			if (tsmmr_regs_claim_at(regs, 0, i, &name, NULL, NULL, NULL) == 0)
				printf("claims %s\n", name);
		for (size_t i = 0; (name = tsmmr_regs_evidence_not_checked(regs, 0, i)); i++)
			printf("not checked: %s\n", name);
	}

	tsmmr_regs_free(regs);
	tsmmr_evidence_free(evidence);
	tsmmr_ctx_free(ctx);
	return r < 0;
}
