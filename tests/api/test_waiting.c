/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers are folded several at once where the processor can.  That changes nothing: neither
 * what they hold, nor at which record one held what is asked about.
 */
#include "testing.h"

#include <openssl/evp.h>

#define EV_IPL 13
#define EV_SEPARATOR 4
#define RECORDS 500
#define PCRS 24

static const struct {
	uint16_t hash, size;
	const char *name, *openssl;
} banks[] = {
	{ TSMMR_HASH_SHA1, 20, "sha1", "SHA1" },
	{ TSMMR_HASH_SHA256, 32, "sha256", "SHA2-256" },
	{ TSMMR_HASH_SHA384, 48, "sha384", "SHA2-384" },
	{ TSMMR_HASH_SHA512, 64, "sha512", "SHA2-512" },
};

/* What PCRs hold, by OpenSSL; and what each did halfway through the log. */
struct truth {
	uint8_t values[PCRS][TSMMR_HASH_SIZE_MAX], halfway[PCRS][TSMMR_HASH_SIZE_MAX];
	size_t n[PCRS];
};

static void extend(size_t bank, uint8_t *value, uint8_t fill)
{
	uint8_t both[2 * TSMMR_HASH_SIZE_MAX];
	size_t size = banks[bank].size;

	memcpy(both, value, size);
	memset(both + size, fill, size);
	assert_int_equal(EVP_Q_digest(NULL, banks[bank].openssl, NULL, both, 2 * size, value, NULL),
			 1);
}

/* Some PCRs have most of the records, some few, and which comes next follows no rule. */
static void make(struct maker *m, size_t bank, uint32_t n_pcrs, struct truth *ret)
{
	uint32_t x = 1;

	memset(ret, 0, sizeof(*ret));
	m->n = 0;
	mk_header(m, 0, banks[bank].hash, banks[bank].size);
	for (size_t i = 0; i < RECORDS; i++) {
		uint8_t fill = (uint8_t)(i % 251 + 1);
		uint32_t pcr;

		x = x * 1103515245 + 12345;
		pcr = (x >> 16) % n_pcrs;
		pcr = x >> 28 ? pcr * pcr / n_pcrs : pcr;
		mk_event(m, pcr, i % 50 == 49 ? EV_SEPARATOR : EV_IPL, banks[bank].hash,
			 banks[bank].size, fill, "x", 1);
		if (pcr >= 17 && pcr < 23 && !ret->n[pcr])
			memset(ret->values[pcr], 0xff, TSMMR_HASH_SIZE_MAX);
		extend(bank, ret->values[pcr], fill);
		ret->n[pcr]++;
		if (i == RECORDS / 2)
			memcpy(ret->halfway, ret->values, sizeof(ret->halfway));
	}
}

/* Of three PCRs one is right, one was halfway, and one is wrong. */
static void ask(const struct truth *truth, size_t bank, uint32_t n_pcrs, char *text, size_t size)
{
	size_t at = 0;

	for (uint32_t i = 0; i < n_pcrs; i++) {
		uint8_t value[TSMMR_HASH_SIZE_MAX];
		char hex[2 * TSMMR_HASH_SIZE_MAX + 1];

		memcpy(value, i % 3 == 1 ? truth->halfway[i] : truth->values[i], sizeof(value));
		value[0] ^= i % 3 == 2;
		tohex(value, banks[bank].size, hex);
		at += (size_t)snprintf(text + at, size - at, "pcr%u:%s=%s\n", i, banks[bank].name,
				       hex);
		assert_true(at < size);
	}
}

static struct tsmmr_report *report_of(uint32_t flags, const struct maker *m, const char *text)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;
	struct tsmmr_ctx *ctx;
	struct tsmmr_log *log;

	assert_code(tsmmr_ctx_new(flags, &ctx, &err), 0);
	assert_code(tsmmr_regs_from_values(ctx, TSMMR_VALUES_LINES, TSMMR_PLATFORM_TPM, text,
					   strlen(text), &regs, &err),
		    0);
	assert_code(parse_as(ctx, TSMMR_FORMAT_TCG2, TSMMR_PLATFORM_TPM, NULL, m->bytes, m->n, &log,
			     &err),
		    0);
	assert_code(tsmmr_report_new(ctx, &log, 1, regs, NULL, &report, &err), 0);
	tsmmr_log_free(log);
	tsmmr_regs_free(regs);
	tsmmr_ctx_free(ctx);
	return report;
}

static void check_values(const struct tsmmr_report *report, size_t bank, const struct truth *truth)
{
	size_t seen = 0;

	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
		uint64_t pcr = tsmmr_reg_index(reg);
		const uint8_t *value;
		size_t n;

		if (pcr >= PCRS || !truth->n[pcr])
			continue;
		assert_int_equal(tsmmr_report_event_count(report, i), truth->n[pcr]);
		assert_code(tsmmr_report_replayed(report, i, &value, &n), 0);
		assert_int_equal(n, banks[bank].size);
		assert_memory_equal(value, truth->values[pcr], n);
		seen++;
	}
	assert_true(seen > 0);
}

static void waiting_changes_nothing(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct truth truth;

	assert_non_null(m);
	for (size_t bank = 0; bank < N_OF(banks); bank++)
		for (uint32_t n = 1; n <= PCRS; n += n < 6 ? 1 : 6) {
			struct tsmmr_report *at_once, *one_by_one;
			char text[PCRS * 160];
			uint8_t *x, *y;
			size_t x_n, y_n;

			make(m, bank, n, &truth);
			ask(&truth, bank, n, text, sizeof(text));
			at_once = report_of(0, m, text);
			one_by_one = report_of(TSMMR_CTX_OPENSSL_ONLY, m, text);
			check_values(at_once, bank, &truth);
			check_values(one_by_one, bank, &truth);
			assert_code(tsmmr_report_export_verify_json(at_once, NULL, NULL, 0, &x,
								    &x_n, NULL),
				    0);
			assert_code(tsmmr_report_export_verify_json(one_by_one, NULL, NULL, 0, &y,
								    &y_n, NULL),
				    0);
			assert_int_equal(x_n, y_n);
			assert_memory_equal(x, y, x_n);
			tsmmr_free(x);
			tsmmr_free(y);
			tsmmr_report_free(at_once);
			tsmmr_report_free(one_by_one);
		}
	free(m);
}

/* Two logs of RTMRs: the second begins by saying what the first has made of one. */
static void say_value(uint32_t flags, const struct maker *m, const char *text, uint8_t **ret_json,
		      size_t *ret_n)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *logs[2];
	struct tsmmr_report *report;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(flags, &ctx, &err), 0);
	assert_code(parse_as(ctx, TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, NULL, m->bytes, m->n,
			     &logs[0], &err),
		    0);
	assert_code(parse_as(ctx, TSMMR_FORMAT_TEXT, TSMMR_PLATFORM_TDX, "rtmr2", text,
			     strlen(text), &logs[1], &err),
		    0);
	assert_code(tsmmr_report_new(ctx, logs, 2, NULL, NULL, &report, &err), 0);
	assert_code(tsmmr_report_export_replay_json(report, ret_json, ret_n, &err), 0);
	tsmmr_report_free(report);
	tsmmr_log_free(logs[0]);
	tsmmr_log_free(logs[1]);
	tsmmr_ctx_free(ctx);
}

static void values_are_there_when_asked_for(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	char text[256], hex[2 * TSMMR_HASH_SIZE_MAX + 1];
	uint8_t value[TSMMR_HASH_SIZE_MAX] = { 0 }, *x, *y;
	size_t x_n, y_n;

	assert_non_null(m);
	mk_header(m, 1, TSMMR_HASH_SHA384, 48);
	for (uint32_t i = 0; i < 60; i++) {
		mk_event(m, i % 3 + 1, EV_IPL, TSMMR_HASH_SHA384, 48, (uint8_t)i, "x", 1);
		if (i % 3 == 2)
			extend(2, value, (uint8_t)i);
	}
	tohex(value, 48, hex);
	snprintf(text, sizeof(text), "SYNC sha384/%s\nexample.org load a\n", hex);
	say_value(0, m, text, &x, &x_n);
	say_value(TSMMR_CTX_OPENSSL_ONLY, m, text, &y, &y_n);
	assert_int_equal(x_n, y_n);
	assert_memory_equal(x, y, x_n);
	assert_null(strstr((const char *)x, "JOIN_DIFFERS"));
	tsmmr_free(x);
	tsmmr_free(y);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waiting_changes_nothing),
		cmocka_unit_test(values_are_there_when_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
