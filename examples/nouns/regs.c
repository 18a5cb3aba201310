/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of this machine, or of a captured one, with what each is for. */
#include <stdio.h>
#include <tsmmr/tsmmr.h>

int main(int argc, char **argv)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_regs *regs = NULL;
	struct tsmmr_ctx *ctx = NULL;
	int r;

	if ((r = tsmmr_ctx_new(0, &ctx, NULL)) == 0 && argc > 1)
		r = tsmmr_ctx_set_root(ctx, argv[1], NULL);
	if (r == 0 && (r = tsmmr_regs_read(ctx, &regs, &err)) < 0)
		fprintf(stderr, "%s\n", err.message);

	for (size_t i = 0; i < tsmmr_regs_count(regs); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);
		const char *role = tsmmr_reg_role(reg);
		const uint8_t *value;
		size_t len;

		if (tsmmr_reg_value(reg, &value, &len) < 0)
			continue; /* it cannot be read, or not by us */
		printf("%-13s ", tsmmr_reg_name(reg));
		for (size_t k = 0; k < len; k++)
			printf("%02x", value[k]);
		printf(" %s\n", role ? role : "");
	}

	tsmmr_regs_free(regs);
	tsmmr_ctx_free(ctx);
	return r < 0;
}
