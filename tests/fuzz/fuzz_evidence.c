/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as evidence, and as a trust root. */
#include "fuzz.h"

#include <string.h>

/* Of tests/data/tdx-twin/root.pem. */
static const uint8_t root[32] = {
	0xc4, 0x26, 0xb1, 0xf9, 0xc4, 0x15, 0xa5, 0x5e, 0x2c, 0xbc, 0x20,
	0xfb, 0x30, 0xcb, 0x2f, 0x96, 0x22, 0x0f, 0x5c, 0x78, 0x14, 0xb4,
	0x38, 0xc3, 0xf7, 0x57, 0x2f, 0x66, 0x62, 0xf1, 0x6d, 0x1e,
};

/* The same bytes for one who trusts that root: the same, by that root, or nothing. */
static void check_trusting(const struct tsmmr_regs *anybodys, const uint8_t *data, size_t size)
{
	static struct tsmmr_ctx *ctx;
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_evidence *ev;
	struct tsmmr_regs *regs;
	const uint8_t *by;
	size_t n, n_led = 0;
	uint64_t when;
	int r;

	if (!ctx)
		PROMISE(tsmmr_ctx_new(0, &ctx, NULL) == 0 &&
			tsmmr_ctx_set_time(ctx, 1767225600, NULL) == 0 &&
			tsmmr_ctx_add_trust_root_sha256(ctx, root, sizeof(root), &err) == 0);
	PROMISE(tsmmr_evidence_new(ctx, &ev, &err) == 0);
	PROMISE(tsmmr_evidence_add(ev, TSMMR_PART_AUTO, data, size, &err) == 0);
	r = tsmmr_regs_from_evidence(ctx, ev, &regs, &err);
	tsmmr_evidence_free(ev);
	if (r < 0) {
		PROMISE(r == TSMMR_E_UNTRUSTED && err.detail != TSMMR_DETAIL_NONE);
		fuzz_check_error(r, &err);
		return;
	}
	PROMISE(tsmmr_regs_count(regs) == tsmmr_regs_count(anybodys));
	/* A piece beside one that leads to the root keeps its own grade. */
	n = tsmmr_regs_evidence_count(regs);
	PROMISE(n > 1 || tsmmr_regs_trust(regs) == TSMMR_TRUST_AUTHENTICATED);
	for (size_t i = 0; i < n; i++)
		if (tsmmr_regs_evidence_root(regs, i, &by, &when) == 0) {
			PROMISE(when == 1767225600 && memcmp(by, root, sizeof(root)) == 0);
			n_led++;
		}
	PROMISE(n_led);
	tsmmr_regs_free(regs);
}

/* The same bytes as a trust root. */
static void check_root(const uint8_t *data, size_t size)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_ctx *ctx;
	int r;

	PROMISE(tsmmr_ctx_new(0, &ctx, NULL) == 0);
	r = tsmmr_ctx_add_trust_root(ctx, data, size, &err);
	if (r < 0)
		fuzz_check_error(r, &err);
	tsmmr_ctx_free(ctx);
}

/* The default policy never says yes to it, whatever else it finds wrong. */
static void check_default(const struct tsmmr_regs *regs)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;
	struct tsmmr_policy *policy;
	int r;

	PROMISE(tsmmr_policy_new(fuzz_ctx(), &policy, &err) == 0);
	PROMISE(tsmmr_policy_require(policy, "*", &err) == 0);
	r = tsmmr_report_new(fuzz_ctx(), NULL, 0, regs, policy, &report, &err);
	tsmmr_policy_free(policy);
	if (r < 0) {
		PROMISE(r == TSMMR_E_UNTRUSTED && tsmmr_regs_is_debug(regs) == 1);
		fuzz_check_error(r, &err);
		return;
	}
	PROMISE(tsmmr_report_verdict(report) != TSMMR_VERDICT_VERIFIED);
	PROMISE(tsmmr_report_because(report, 0, NULL, NULL));
	tsmmr_report_free(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_evidence *ev;
	struct tsmmr_regs *regs;
	const char *claim;
	const uint8_t *p;
	uint8_t *json;
	size_t n;
	int r;

	check_root(data, size);
	PROMISE(tsmmr_evidence_new(fuzz_ctx(), &ev, &err) == 0);
	r = tsmmr_evidence_add(ev, TSMMR_PART_AUTO, data, size, &err);
	if (r == 0)
		r = tsmmr_regs_from_evidence(fuzz_ctx(), ev, &regs, &err);
	tsmmr_evidence_free(ev);
	if (r < 0) {
		fuzz_check_error(r, &err);
		return 0;
	}

	/* Nobody is trusted, so nothing is ever more than signed, nor from elsewhere. */
	PROMISE(!tsmmr_regs_count(regs) || tsmmr_regs_trust(regs) == TSMMR_TRUST_UNSIGNED ||
		tsmmr_regs_trust(regs) == TSMMR_TRUST_SIGNED);
	/* More than one where they came in an envelope. */
	PROMISE(tsmmr_regs_evidence_count(regs) && tsmmr_regs_evidence_kind(regs, 0));
	check_default(regs);
	PROMISE(tsmmr_regs_evidence_not_checked(regs, 0, 0));
	check_trusting(regs, data, size);
	for (size_t i = 0; i < tsmmr_regs_count(regs); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);

		PROMISE(tsmmr_reg_name(reg));
		if (tsmmr_reg_value(reg, &p, &n) == 0)
			PROMISE(n && n <= TSMMR_HASH_SIZE_MAX);
	}
	for (size_t i = 0; tsmmr_regs_claim_at(regs, 0, i, &claim, NULL, NULL, NULL) == 0; i++) {
		uint64_t number;

		PROMISE(tsmmr_regs_claim(regs, 0, claim, &p, &n) == 0 && (p || !n));
		PROMISE(tsmmr_regs_claim_trust(regs, 0, claim) <= TSMMR_TRUST_SIGNED);
		PROMISE(tsmmr_regs_claim_u64(regs, 0, claim, &number) < 0 || (n && n <= 8));
	}
	PROMISE(tsmmr_regs_export_json(regs, NULL, &json, &n, &err) == 0);
	PROMISE(n && strlen((char *)json) == n);
	tsmmr_free(json);
	tsmmr_regs_free(regs);
	return 0;
}
