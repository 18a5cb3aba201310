/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as register values, lines or JSON; what is taken can be written and read again. */
#include "fuzz.h"

#include <string.h>

static void again(const struct tsmmr_regs *regs)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_regs *copy;
	uint8_t *json;
	size_t n;

	PROMISE(tsmmr_regs_export_json(regs, NULL, &json, &n, &err) == 0);
	PROMISE(tsmmr_regs_from_values(fuzz_ctx(), TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO,
				       (char *)json, n, &copy, &err) == 0);
	tsmmr_free(json);
	PROMISE(tsmmr_regs_count(copy) == tsmmr_regs_count(regs));
	for (size_t i = 0; i < tsmmr_regs_count(regs); i++) {
		const struct tsmmr_reg *a = tsmmr_regs_get(regs, i);
		const struct tsmmr_reg *b = tsmmr_regs_get(copy, i);
		const uint8_t *p, *q;
		size_t k;

		PROMISE(b && !strcmp(tsmmr_reg_name(a), tsmmr_reg_name(b)));
		PROMISE(tsmmr_reg_hash(a) == tsmmr_reg_hash(b) && tsmmr_reg_value(a, &p, &n) == 0 &&
			tsmmr_reg_value(b, &q, &k) == 0);
		PROMISE(n == k && n && memcmp(p, q, n) == 0);
		PROMISE(tsmmr_reg_trust(b) == TSMMR_TRUST_GIVEN);
	}
	tsmmr_regs_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int platforms[] = { TSMMR_PLATFORM_AUTO, TSMMR_PLATFORM_TDX,
					 TSMMR_PLATFORM_TPM };
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_regs *regs, *twice;
	struct tsmmr_ctx *ctx;
	char *text;
	int r;

	for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
		r = tsmmr_regs_from_values(fuzz_ctx(), TSMMR_VALUES_AUTO, platforms[i],
					   (const char *)data, size, &regs, &err);
		if (r < 0) {
			fuzz_check_error(r, &err);
			continue;
		}
		if (tsmmr_regs_count(regs))
			again(regs);
		r = tsmmr_regs_join(fuzz_ctx(), (struct tsmmr_regs *[]){ regs, regs }, 2, &twice,
				    &err);
		PROMISE(r == 0 && tsmmr_regs_count(twice) == tsmmr_regs_count(regs));
		tsmmr_regs_free(twice);
		tsmmr_regs_free(regs);
	}

	/* As start values, where text ends at a NUL. */
	text = malloc(size + 1);
	PROMISE(text && tsmmr_ctx_new(0, &ctx, NULL) == 0);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	r = tsmmr_ctx_set_initial(ctx, TSMMR_PLATFORM_AUTO, text, &err);
	if (r < 0)
		fuzz_check_error(r, &err);
	tsmmr_ctx_free(ctx);
	free(text);
	return 0;
}
