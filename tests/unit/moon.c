/* SPDX-License-Identifier: BSD-2-Clause */
/* A platform that nobody has: all of the file that a new one takes.  Its row is in test_moon.c. */
#include "moon.h"

#include "util/cleanup.h"
#include "util/error.h"

#define SIZE 32

#define RUNTIME(name, role, index)                                                 \
	{                                                                          \
		name, role, index, TSMMR_HASH_SHA256, SIZE, TSMMR_KIND_RUNTIME, 0, \
			TSMMR_REG_EXTENSIBLE                                       \
	}

static const struct reg_desc moon_regs[] = {
	{ "dust", "initial-vm-state", 0, TSMMR_HASH_SHA256, SIZE, TSMMR_KIND_LAUNCH, 0, 0 },
	RUNTIME("crater0", "firmware-config", 1),
	RUNTIME("crater1", "app-runtime", 2),
};

const struct platform platform_moon = {
	.id = MOON_ID,
	.name = "moon",
	.regs = moon_regs,
	.n_regs = ARRAY_SIZE(moon_regs),
	.space = TSMMR_SPACE_CC_MR,
	.n_index = 3,
	.cel_space = TSMMR_SPACE_REM,
	.providers = { "moon_guest", "lander#" },
	.reports = "moon_guest",
	.firmware_log = TSMMR_LOG_CCEL,
	.systemd_log = "cc-measure.log",
	.launch = TSMMR_FORMAT_SNP_LAUNCH,
};

/* "MOON", then the registers in their order. */
static int decode(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	struct span s = piece->bytes;
	struct cursor c = cur_span(s);
	struct span value;

	if (!span_starts(s, "MOON", 4) || !cur_skip(&c, 4))
		return fail(err, TSMMR_E_FORMAT, "no evidence of the moon");
	if (regs_new(ARRAY_SIZE(moon_regs), &regs) < 0)
		return fail_nomem(err);
	regs->n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(moon_regs); i++) {
		if (!cur_take(&c, SIZE, &value))
			return fail(err, TSMMR_E_TRUNCATED, "evidence of the moon: cut");
		regs_value_add(regs, &platform_moon, &moon_regs[i], moon_regs[i].alg, value);
	}
	regs->n_evidence = 1;
	regs->evidence[0].kind = regs->source = "moon-rock";
	regs->evidence[0].trust = TSMMR_TRUST_UNSIGNED;

	piece->regs = take_ptr(regs);
	return 0;
}

const struct evidence_kind moon_kind = { .decode = decode };
