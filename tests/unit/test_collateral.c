/* SPDX-License-Identifier: BSD-2-Clause */
/* platform/collateral.c: what is kept of what was handed in. */
#include "evidence.h"

#include "platform/collateral.h"

static void add(struct collateral *c, const char *path)
{
	struct bytes b = read_data(path);

	assert_int_equal(collateral_add(c, TSMMR_PART_CERTS, span_of(b.p, b.n), NULL), 0);
	bytes_done(&b);
}

/* Whoever keeps a thousand answers has one chain a thousand times. */
static void a_certificate_is_kept_once(void **state)
{
	struct collateral *c = collateral_new(CRYPTO_DEFAULT, NULL);

	assert_non_null(c);
	for (int i = 0; i < 3; i++)
		add(c, "tdx-twin/root.pem");
	assert_int_equal(c->certs.n, 1);
	add(c, "snp-twin/ark.pem");
	add(c, "tdx-twin/root.pem");
	assert_int_equal(c->certs.n, 2);
	collateral_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_is_kept_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
