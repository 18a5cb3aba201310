/* SPDX-License-Identifier: BSD-2-Clause */
/* TSMMR_CTX_EXPECTED_ONLY: less is computed, and nothing else is said. */
#include "api/expect.h"

/* What is said of one stream whose context has those flags. */
static struct tsmmr_report *report_of(struct tsmmr_ctx *ctx, uint32_t flags, struct bytes log,
				      const struct tsmmr_regs *regs)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *stream;
	struct tsmmr_report *report;

	assert_code(tsmmr_ctx_set_flags(ctx, flags, &err), 0);
	assert_code(tsmmr_stream_open_mem(ctx, NULL, log.p, log.n, &stream, &err), 0);
	assert_code(tsmmr_report_new_stream(ctx, &stream, 1, regs, NULL, &report, &err), 0);
	assert_code(tsmmr_ctx_set_flags(ctx, 0, &err), 0);
	tsmmr_stream_free(stream);
	return report;
}

static void same_gaps(const struct tsmmr_report *a, const struct tsmmr_report *b, size_t i)
{
	assert_int_equal(tsmmr_report_gap_count(a, i), tsmmr_report_gap_count(b, i));
	for (size_t k = 0; k < tsmmr_report_gap_count(a, i); k++)
		assert_string_equal(tsmmr_gap_word(tsmmr_report_gap(a, i, k)),
				    tsmmr_gap_word(tsmmr_report_gap(b, i, k)));
}

/* How many registers have lost their value. */
static size_t same_but_for_values(const struct tsmmr_report *all, const struct tsmmr_report *less)
{
	size_t lost = 0;

	assert_int_equal(tsmmr_report_verdict(all), tsmmr_report_verdict(less));
	assert_int_equal(tsmmr_report_finding_count(all), tsmmr_report_finding_count(less));
	for (size_t i = 0; i < tsmmr_report_finding_count(all); i++)
		assert_string_equal(tsmmr_finding_text(tsmmr_report_finding(all, i)),
				    tsmmr_finding_text(tsmmr_report_finding(less, i)));
	assert_int_equal(tsmmr_report_count(all), tsmmr_report_count(less));
	for (size_t i = 0; i < tsmmr_report_count(all); i++) {
		const uint8_t *value = NULL, *other = NULL;
		size_t n = 0, n_other = 0;

		assert_string_equal(tsmmr_report_name(all, i), tsmmr_report_name(less, i));
		assert_int_equal(tsmmr_report_status(all, i), tsmmr_report_status(less, i));
		assert_int_equal(tsmmr_report_is_asked(all, i), tsmmr_report_is_asked(less, i));
		assert_true(tsmmr_report_event_count(all, i) == tsmmr_report_event_count(less, i));
		assert_string_equal(tsmmr_report_anchor(all, i) ?: "-",
				    tsmmr_report_anchor(less, i) ?: "-");
		same_gaps(all, less, i);

		if (tsmmr_report_replayed(all, i, &value, &n) < 0)
			continue;
		if (tsmmr_report_replayed(less, i, &other, &n_other) == 0) {
			assert_int_equal(n, n_other);
			assert_memory_equal(value, other, n);
			continue;
		}
		assert_code(tsmmr_report_status(less, i), TSMMR_STATUS_NO_EVIDENCE);
		lost++;
	}
	return lost;
}

static size_t compare(struct tsmmr_ctx *ctx, struct bytes log, const char *values)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *all, *less;
	struct tsmmr_regs *regs;
	size_t lost;

	assert_code(tsmmr_regs_from_values(ctx, TSMMR_VALUES_LINES, TSMMR_PLATFORM_AUTO, values,
					   strlen(values), &regs, &err),
		    0);
	all = report_of(ctx, 0, log, regs);
	less = report_of(ctx, TSMMR_CTX_EXPECTED_ONLY, log, regs);
	lost = same_but_for_values(all, less);
	tsmmr_report_free(all);
	tsmmr_report_free(less);
	tsmmr_regs_free(regs);
	return lost;
}

/* Each fixture against each of its values alone, and against the same with another last digit. */
static void nothing_else_changes(void **state)
{
	struct bytes table = read_data("expect.tsv");
	char *text = (char *)table.p;
	size_t lost = 0, firmware = 0, others = 0;
	struct expect x;

	while (expect_next(&text, &x)) {
		int is_firmware = !strncmp(x.format, "tcg", 3) || !strcmp(x.format, "ccel");
		char *rest = x.registers, *value;
		struct bytes log;

		if (strcmp(x.code, "OK") || strcmp(x.open, "auto") || !strcmp(x.registers, "-"))
			continue;
		log = read_data(x.file);
		while ((value = strsep(&rest, ","))) {
			char *last = value + strlen(value) - 1;

			lost = compare(*state, log, value);
			*last = *last == '0' ? '1' : '0';
			assert_int_equal(compare(*state, log, value), lost);
			*(is_firmware ? &firmware : &others) += lost;
		}
		bytes_done(&log);
	}
	assert_true(firmware > 0);
	assert_int_equal(others, 0);
	bytes_done(&table);
}

static struct tsmmr_regs *values_of(const struct tsmmr_ctx *ctx, const char *text)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;

	assert_code(tsmmr_regs_from_values(ctx, TSMMR_VALUES_LINES, TSMMR_PLATFORM_TPM, text,
					   strlen(text), &regs, &err),
		    0);
	return regs;
}

static void open_both(const struct tsmmr_ctx *ctx, const struct bytes logs[2],
		      struct tsmmr_stream *ret[2])
{
	struct tsmmr_error err = ERROR_INIT;

	for (int i = 0; i < 2; i++)
		assert_code(tsmmr_stream_open_mem(ctx, NULL, logs[i].p, logs[i].n, &ret[i], &err),
			    0);
}

static void close_both(struct bytes logs[2], struct tsmmr_stream *const streams[2])
{
	for (int i = 0; i < 2; i++) {
		tsmmr_stream_free(streams[i]);
		bytes_done(&logs[i]);
	}
}

/* Where nobody gave a value all are asked for, and of two logs each may be about the other. */
static void only_of_one_stream_with_values(void **state)
{
	struct bytes logs[] = { read_data("good-tcg2-sha1-sha256.bin"),
				read_data("good-tcg2-late-bank.bin") };
	static const char values[] =
		"pcr0:sha256="
		"1111111111111111111111111111111111111111111111111111111111111111";
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *streams[2];
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;
	const uint8_t *value;
	size_t n;

	report = report_of(*state, TSMMR_CTX_EXPECTED_ONLY, logs[0], NULL);
	assert_true(tsmmr_report_count(report) > 1);
	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		assert_code(tsmmr_report_replayed(report, i, &value, &n), 0);
	tsmmr_report_free(report);

	regs = values_of(*state, values);
	assert_code(tsmmr_ctx_set_flags(*state, TSMMR_CTX_EXPECTED_ONLY, &err), 0);
	open_both(*state, logs, streams);
	assert_code(tsmmr_report_new_stream(*state, streams, 2, regs, NULL, &report, &err), 0);
	assert_code(tsmmr_ctx_set_flags(*state, 0, &err), 0);
	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		if (tsmmr_report_event_count(report, i))
			assert_code(tsmmr_report_replayed(report, i, &value, &n), 0);
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
	close_both(logs, streams);
}

/* The same records from another start: only what they replay to says so. */
static void a_comparison_asks_for_all(void **state)
{
	struct bytes logs[] = { read_data("good-tcg2-locality-0.bin"),
				read_data("good-tcg2-locality-3.bin") };
	static const char values[] =
		"pcr23:sha256="
		"0000000000000000000000000000000000000000000000000000000000000000";
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *streams[2];
	struct tsmmr_regs *regs;
	struct tsmmr_diff *diff;

	regs = values_of(*state, values);
	assert_code(tsmmr_ctx_set_flags(*state, TSMMR_CTX_EXPECTED_ONLY, &err), 0);
	open_both(*state, logs, streams);
	assert_code(tsmmr_diff_new(*state, &diff, &err), 0);
	for (int i = 0; i < 2; i++) {
		assert_code(tsmmr_diff_add_stream(diff, i, streams[i], &err), 0);
		assert_code(tsmmr_diff_set_regs(diff, i, regs, &err), 0);
	}
	assert_code(tsmmr_diff_compare(diff, &err), 0);
	assert_code(tsmmr_diff_verdict(diff), TSMMR_E_MISMATCH);
	tsmmr_diff_free(diff);
	tsmmr_regs_free(regs);
	close_both(logs, streams);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_else_changes, ctx_setup, ctx_teardown),
		cmocka_unit_test_setup_teardown(only_of_one_stream_with_values, ctx_setup,
						ctx_teardown),
		cmocka_unit_test_setup_teardown(a_comparison_asks_for_all, ctx_setup, ctx_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
