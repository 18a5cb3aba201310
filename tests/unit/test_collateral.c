/* SPDX-License-Identifier: BSD-2-Clause */
/* platform/collateral.c: what is kept of what was handed in. */
#include "evidence.h"

#include "platform/collateral.h"

static void add(struct collateral *c, int part, const char *path)
{
	struct bytes b = read_data(path);

	assert_int_equal(collateral_add(c, part, span_of(b.p, b.n), NULL), 0);
	bytes_done(&b);
}

/* Whoever keeps a thousand answers has one chain a thousand times. */
static void a_certificate_is_kept_once(void **state)
{
	struct collateral *c = collateral_new(CRYPTO_DEFAULT, NULL);

	assert_non_null(c);
	for (int i = 0; i < 3; i++)
		add(c, TSMMR_PART_CERTS, "tdx-twin/root.pem");
	assert_int_equal(c->certs.n, 1);
	add(c, TSMMR_PART_CERTS, "snp-twin/ark.pem");
	add(c, TSMMR_PART_CERTS, "tdx-twin/root.pem");
	assert_int_equal(c->certs.n, 2);
	collateral_free(c);
}

/* And more of the same lists than there may be lists. */
static void a_list_is_kept_once(void **state)
{
	struct collateral *c = collateral_new(CRYPTO_DEFAULT, NULL);

	assert_non_null(c);
	for (int i = 0; i < 70; i++) {
		add(c, TSMMR_PART_CRL, "tdx-collateral/pck.crl");
		add(c, TSMMR_PART_CRL, "tdx-collateral/root.crl");
	}
	assert_int_equal(c->crls.n, 2);
	collateral_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_is_kept_once),
		cmocka_unit_test(a_list_is_kept_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
