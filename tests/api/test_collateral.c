/* SPDX-License-Identifier: BSD-2-Clause */
/* tsmmr_ctx_add_collateral(): all of what it is given, or nothing. */
#include "api/expect.h"

static bool asks_of_lists(struct tsmmr_ctx *ctx)
{
	struct bytes quote = read_data("tdx-twin/quote-v4.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_evidence *evidence;
	struct tsmmr_regs *regs;
	const uint8_t *p;
	bool asks;
	size_t n;

	assert_code(tsmmr_evidence_new(ctx, &evidence, &err), 0);
	assert_code(tsmmr_evidence_add(evidence, TSMMR_PART_QUOTE, quote.p, quote.n, &err), 0);
	assert_code(tsmmr_regs_from_evidence(ctx, evidence, &regs, &err), 0);
	asks = tsmmr_regs_claim(regs, 0, "collateral_missing", &p, &n) == 0;
	tsmmr_regs_free(regs);
	tsmmr_evidence_free(evidence);
	bytes_done(&quote);
	return asks;
}

/* Two lists, of which the second is cut: neither is asked of. */
static void half_of_it_is_not_kept(void **state)
{
	struct bytes root = read_data("tdx-twin/root.pem"), list, both;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_ctx *ctx;

	list = read_data("tdx-collateral/root.crl");
	both = (struct bytes){ malloc(2 * list.n), 2 * list.n - 1 };
	assert_non_null(both.p);
	memcpy(both.p, list.p, list.n);
	memcpy(both.p + list.n, list.p, list.n - 1);

	assert_code(tsmmr_ctx_new(0, &ctx, &err), 0);
	assert_code(tsmmr_ctx_add_trust_root(ctx, root.p, root.n, &err), 0);
	assert_code(tsmmr_ctx_set_time(ctx, 1750000000, &err), 0);
	assert_code(tsmmr_ctx_add_collateral(ctx, TSMMR_PART_CERTS, root.p, root.n, &err), 0);
	assert_true(tsmmr_ctx_add_collateral(ctx, TSMMR_PART_CRL, both.p, both.n, &err) < 0);
	assert_false(asks_of_lists(ctx));
	assert_code(tsmmr_ctx_add_collateral(ctx, TSMMR_PART_CRL, list.p, list.n, &err), 0);
	assert_true(asks_of_lists(ctx));
	tsmmr_ctx_free(ctx);
	bytes_done(&both);
	bytes_done(&list);
	bytes_done(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_of_it_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
