/* SPDX-License-Identifier: BSD-2-Clause */
/* What just fits, and what is a byte too long: under a sanitizer it has to be written nowhere. */
#include "testing.h"

#include "core/format.h"
#include "core/regs.h"
#include "format/cel.h"
#include "format/cel_json.h"
#include "platform/platforms.h"
#include "values/reader.h"
#include "values/values.h"

/* "PROVIDER/NAME=00", of so many bytes each. */
static int parse_name(size_t provider, size_t name)
{
	const struct values_of of = { .table = platforms, .n_table = n_platforms };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;
	char text[512];
	int r;

	assert_true(provider + name + 5 < sizeof(text));
	memset(text, 'x', provider + name + 1);
	text[provider] = '/';
	strcpy(text + provider + 1 + name, "=00");
	r = regs_from_values(&of, span_of(text, strlen(text)), &regs, &err);
	if (r == 0) {
		assert_int_equal(regs->n, 1);
		assert_int_equal(strlen(regs->regs[0].desc->name), name);
	}
	regs_free(regs);
	return r;
}

static void names_of_registers(void **state)
{
	assert_code(parse_name(4, VALUE_NAME_BYTES - 1), 0);
	assert_code(parse_name(4, VALUE_NAME_BYTES), TSMMR_E_ARG);
	assert_code(parse_name(VALUE_NAME_BYTES - 1, 4), 0);
	assert_code(parse_name(VALUE_NAME_BYTES, 4), TSMMR_E_ARG);
	assert_code(parse_name(VALUE_NAME_BYTES - 1, VALUE_NAME_BYTES - 1), 0);
}

/* How much a log's first record claims that is a map of so many bytes. */
static size_t claimed(size_t n)
{
	char hex[2 * (CEL_SIGNATURE_SIZE + CLAIM_MAX + 1) + 1], text[1024];
	uint8_t data[CEL_SIGNATURE_SIZE + CLAIM_MAX + 1];
	char *ret = malloc(CLAIM_MAX), *exact;
	size_t len;

	assert_true(ret && n <= CLAIM_MAX + 1);
	memcpy(data, cel_index_map, CEL_SIGNATURE_SIZE);
	memset(data + CEL_SIGNATURE_SIZE, 'x', n);
	data[CEL_SIGNATURE_SIZE + 3] = ' ';
	tohex(data, CEL_SIGNATURE_SIZE + n, hex);
	snprintf(text, sizeof(text),
		 "[{\"recnum\":0,\"pcr\":0,"
		 "\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"%064d\"}],"
		 "\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":3,"
		 "\"event_data\":\"%s\"}}]",
		 0, hex);
	exact = strdup(text);
	assert_non_null(exact);
	len = cel_json_claims((const uint8_t *)exact, strlen(exact), ret);
	assert_true(len <= n && !memcmp(ret, data + CEL_SIGNATURE_SIZE, len));
	free(exact);
	free(ret);
	return len;
}

static void claims_of_logs(void **state)
{
	assert_int_equal(claimed(10), 10);
	assert_int_equal(claimed(CLAIM_MAX), CLAIM_MAX);
	assert_int_equal(claimed(CLAIM_MAX + 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_registers),
		cmocka_unit_test(claims_of_logs),
	};

	return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
