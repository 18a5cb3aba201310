/* SPDX-License-Identifier: BSD-2-Clause */
/* Several logs as one: whose an event is, and what findings, gaps and hypotheses lead to. */
#include "testing.h"

#define ZEROS_48                                           \
	"000000000000000000000000000000000000000000000000" \
	"000000000000000000000000000000000000000000000000"
#define HINT "# .EXTEND 00\n" /* no digest: TEXT_HINT_MALFORMED */

static struct tsmmr_log *text_of(const struct tsmmr_ctx *ctx, const char *reg, const char *text,
				 const char *name)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *s;
	struct tsmmr_log *log;

	assert_code(open_mem_as(ctx, TSMMR_FORMAT_TEXT, 0, reg, text, strlen(text), &s, &err), 0);
	assert_code(tsmmr_stream_set_name(s, name, NULL), 0);
	assert_code(tsmmr_log_from_stream(ctx, s, &log, &err), 0);
	tsmmr_stream_free(s);
	return log;
}

static struct tsmmr_log *merged_of(const struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs,
				   size_t n)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;

	assert_code(tsmmr_log_merge(ctx, logs, n, &log, &err), 0);
	return log;
}

/* Every event is found by what it says of itself. */
static void check_found(const struct tsmmr_log *log)
{
	for (size_t i = 0; i < tsmmr_log_count(log); i++) {
		const struct tsmmr_event *e = tsmmr_log_get(log, i);

		assert_int_equal(tsmmr_log_find(log, tsmmr_event_log(e), tsmmr_event_record(e)), i);
	}
}

static const struct tsmmr_event *event_of(const struct tsmmr_log *log, uint64_t source,
					  uint64_t record)
{
	uint64_t at = tsmmr_log_find(log, source, record);
	const struct tsmmr_event *e = tsmmr_log_get(log, (size_t)at);

	assert_non_null(e);
	assert_int_equal(tsmmr_event_log(e), source);
	assert_int_equal(tsmmr_event_record(e), record);
	return e;
}

static void a_log_is_its_only_source(void **state)
{
	struct bytes bytes = read_data("good-tcg2-sha1-sha256.bin");
	struct tsmmr_log *log;

	assert_code(tsmmr_log_parse(*state, NULL, bytes.p, bytes.n, &log, NULL), 0);
	assert_int_equal(tsmmr_log_source_count(log), 1);
	assert_string_equal(tsmmr_log_source_name(log, 0), "-");
	assert_string_equal(tsmmr_log_name(log), "-");
	assert_int_equal(tsmmr_log_source_format(log, 0), TSMMR_FORMAT_TCG2);
	assert_int_equal(tsmmr_log_byte_count(log), bytes.n);
	check_found(log);
	assert_true(tsmmr_log_find(log, 1, 0) == TSMMR_NONE);
	assert_true(tsmmr_log_find(log, 0, tsmmr_log_count(log)) == TSMMR_NONE);
	assert_true(tsmmr_log_find(log, 0, TSMMR_NONE) == TSMMR_NONE);
	assert_null(tsmmr_log_source_name(log, 1));
	assert_code(tsmmr_log_source_format(log, 1), TSMMR_E_ARG);
	tsmmr_log_free(log);
	bytes_done(&bytes);

	assert_null(tsmmr_log_name(NULL));
	assert_null(tsmmr_log_source_name(NULL, 0));
	assert_null(tsmmr_log_finding(NULL, 0));
	assert_int_equal(tsmmr_log_source_count(NULL), 0);
	assert_int_equal(tsmmr_log_byte_count(NULL), 0);
	assert_int_equal(tsmmr_log_finding_count(NULL), 0);
	assert_code(tsmmr_log_source_format(NULL, 0), TSMMR_E_ARG);
	assert_true(tsmmr_log_find(NULL, 0, 0) == TSMMR_NONE);
	assert_true(tsmmr_event_log(NULL) == TSMMR_NONE);
}

/* Records begin at 0 again in the second log, of which all is told. */
static void what_is_told_leads_to_its_event(void **state)
{
	struct tsmmr_ctx *ctx = *state;
	struct tsmmr_log *logs[2] = { text_of(ctx, "rtmr2", "a\nb\n", "first"),
				      text_of(ctx, "rtmr3", "c\nSYNC sha384/" ZEROS_48 "\n" HINT,
					      "second") };
	struct tsmmr_log *merged = merged_of(ctx, logs, 2);
	const char *values = "rtmr2=" ZEROS_48 "\nrtmr3=" ZEROS_48;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_explain *x;
	struct tsmmr_regs *regs;
	const struct tsmmr_finding *f;
	size_t n_hypotheses = 0;

	assert_int_equal(tsmmr_log_format(merged), TSMMR_FORMAT_MERGED);
	assert_string_equal(tsmmr_log_name(merged), "merged");
	assert_int_equal(tsmmr_log_source_count(merged), 2);
	assert_string_equal(tsmmr_log_source_name(merged, 1), "second");
	assert_int_equal(tsmmr_log_source_format(merged, 1), TSMMR_FORMAT_TEXT);
	assert_int_equal(tsmmr_log_byte_count(merged),
			 tsmmr_log_byte_count(logs[0]) + tsmmr_log_byte_count(logs[1]));
	check_found(merged);
	assert_string_equal(tsmmr_event_register(event_of(merged, 0, 0)), "rtmr2");
	assert_string_equal(tsmmr_event_register(event_of(merged, 1, 0)), "rtmr3");

	assert_int_equal(tsmmr_log_finding_count(merged), 1);
	f = tsmmr_log_finding(merged, 0);
	assert_string_equal(tsmmr_finding_id(f), "TEXT_HINT_MALFORMED");
	assert_string_equal(tsmmr_event_register(event_of(merged, tsmmr_finding_log(f),
							  tsmmr_finding_record(f))),
			    "rtmr3");
	assert_null(tsmmr_log_finding(merged, 1));

	assert_code(tsmmr_regs_from_values(ctx, 0, 0, values, strlen(values), &regs, &err), 0);
	assert_code(tsmmr_report_new(ctx, &merged, 1, regs, NULL, &report, &err), 0);
	assert_code(tsmmr_explain_new(ctx, report, &merged, 1, NULL, &x, &err), 0);
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const char *name = tsmmr_report_name(report, i);

		for (size_t k = 0; k < tsmmr_explain_hypothesis_count(x, i); k++) {
			const struct tsmmr_hypothesis *h = tsmmr_explain_hypothesis(x, i, k);

			assert_string_equal(
				tsmmr_event_register(event_of(merged, tsmmr_hypothesis_log(h),
							      tsmmr_hypothesis_first(h))),
				name);
			n_hypotheses++;
		}
	}
	assert_true(n_hypotheses >= 2);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
	tsmmr_log_free(merged);
	tsmmr_log_free(logs[0]);
	tsmmr_log_free(logs[1]);
}

/* One register after another: what was extended off the log is a gap of the second. */
static void a_gap_leads_to_its_event(void **state)
{
	static const char gap[] = "SYNC sha384/"
				  "f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1"
				  "f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1\n";
	struct tsmmr_ctx *ctx = *state;
	struct tsmmr_log *logs[2] = { text_of(ctx, "rtmr2", "a\nb\nc\n", "first"),
				      text_of(ctx, "rtmr3", gap, "second") };
	struct tsmmr_log *merged = merged_of(ctx, logs, 2);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *replay, *report;
	const uint8_t *value = NULL;
	struct tsmmr_regs *regs;
	const struct tsmmr_gap *g;
	char text[128] = "rtmr3=";
	size_t n = 0;

	/* The value that the log gives: what the SYNC line says is taken for true. */
	assert_code(tsmmr_report_new(ctx, &merged, 1, NULL, NULL, &replay, &err), 0);
	assert_int_equal(tsmmr_report_count(replay), 2);
	assert_code(tsmmr_report_replayed(replay, 1, &value, &n), 0);
	tohex(value, n, text + strlen(text));
	assert_code(tsmmr_regs_from_values(ctx, 0, 0, text, strlen(text), &regs, &err), 0);
	assert_code(tsmmr_report_new(ctx, &merged, 1, regs, NULL, &report, &err), 0);
	assert_string_equal(tsmmr_report_name(report, 1), "rtmr3");
	g = tsmmr_report_gap(report, 1, 0);
	assert_string_equal(tsmmr_gap_word(g), "unanchored");
	assert_string_equal(
		tsmmr_event_register(event_of(merged, tsmmr_gap_log(g), tsmmr_gap_record(g))),
		"rtmr3");
	tsmmr_report_free(report);
	tsmmr_report_free(replay);
	tsmmr_regs_free(regs);
	tsmmr_log_free(merged);
	tsmmr_log_free(logs[0]);
	tsmmr_log_free(logs[1]);
}

/* Logs inside merged ones keep a number of their own, in a log and in a report of several. */
static void merged_ones_are_merged_again(void **state)
{
	struct tsmmr_ctx *ctx = *state;
	struct tsmmr_log *logs[3] = { text_of(ctx, "rtmr2", "a\n" HINT, "first"),
				      text_of(ctx, "rtmr2", "b\n" HINT, "second"),
				      text_of(ctx, "rtmr3", "c\n" HINT, "third") };
	struct tsmmr_log *two = merged_of(ctx, logs, 2);
	struct tsmmr_log *beside[] = { two, logs[2] };
	struct tsmmr_log *all = merged_of(ctx, beside, 2);
	struct tsmmr_log *turned = merged_of(ctx, (struct tsmmr_log *[]){ logs[2], two }, 2);
	struct tsmmr_log *many[64], *most;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	uint8_t *json;
	size_t n;

	assert_int_equal(tsmmr_log_source_count(all), 3);
	check_found(all);
	assert_string_equal(tsmmr_log_source_name(all, 2), "third");
	assert_int_equal(tsmmr_finding_log(tsmmr_log_finding(all, 2)), 2);
	check_found(turned);
	assert_string_equal(tsmmr_log_source_name(turned, 2), "second");

	assert_code(tsmmr_report_new(ctx, beside, 2, NULL, NULL, &report, &err), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(tsmmr_finding_log(tsmmr_report_finding(report, i)), i);
	assert_code(tsmmr_report_event_json(report, logs[2], 1, 0, &json, &n, &err), 0);
	assert_non_null(memmem(json, n, "\"log\":2,", 8));
	tsmmr_free(json);
	assert_code(tsmmr_report_export_replay_json(report, &json, &n, &err), 0);
	assert_non_null(
		memmem(json, n, "\"path\":\"second\",\"format\":\"text\",\"events\":2,", 43));
	tsmmr_free(json);
	tsmmr_report_free(report);

	for (size_t i = 0; i < N_OF(many); i++)
		many[i] = i ? logs[2] : two;
	assert_code(tsmmr_log_merge(ctx, many, 64, &most, &err), TSMMR_E_LIMIT);
	assert_code(tsmmr_log_merge(ctx, many + 1, 63, &most, &err), 0);
	assert_code(tsmmr_report_new(ctx, (struct tsmmr_log *[]){ most, two }, 2, NULL, NULL,
				     &report, &err),
		    TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "64"));
	tsmmr_log_free(most);
	tsmmr_log_free(turned);
	tsmmr_log_free(all);
	tsmmr_log_free(two);
	for (size_t i = 0; i < N_OF(logs); i++)
		tsmmr_log_free(logs[i]);
}

static void details_without_the_rest(void **state)
{
	struct tsmmr_log *log = text_of(*state, "rtmr3", "a line\n", "-");
	struct tsmmr_error err = ERROR_INIT;
	uint8_t *json, *whole;
	size_t n, n_whole;

	assert_code(tsmmr_event_details_json(tsmmr_log_get(log, 0), &json, &n, &err), 0);
	assert_code(tsmmr_event_export_json(tsmmr_log_get(log, 0), 0, &whole, &n_whole, &err), 0);
	assert_true(n > 2 && json[0] == '{' && json[n - 1] == '}');
	assert_memory_equal(whole + n_whole - 1 - n, json, n);
	assert_code(tsmmr_event_details_json(NULL, &json, &n, &err), TSMMR_E_ARG);
	assert_code(tsmmr_event_details_json(tsmmr_log_get(log, 0), NULL, &n, &err), TSMMR_E_ARG);
	tsmmr_free(json);
	tsmmr_free(whole);
	tsmmr_log_free(log);
}

/* What tsmmr_log_merge() makes, of the same logs as streams. */
static void streams_merge_as_logs_do(void **state)
{
	static const char *const texts[] = { "one\ntwo\n" HINT, "four\n" };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *streams[2], *merged = NULL;
	struct tsmmr_log *logs[2], *log;
	uint8_t *of_logs, *of_streams;
	size_t n_logs, n_streams;

	for (int i = 0; i < 2; i++) {
		const char *reg = i ? "rtmr2" : "rtmr3";

		assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, TSMMR_PLATFORM_TDX, reg, texts[i],
				     strlen(texts[i]), &logs[i], &err),
			    0);
		assert_code(open_mem_as(*state, TSMMR_FORMAT_TEXT, TSMMR_PLATFORM_TDX, reg,
					texts[i], strlen(texts[i]), &streams[i], &err),
			    0);
	}
	assert_code(tsmmr_log_merge(*state, logs, 2, &log, &err), 0);
	assert_code(tsmmr_log_export(*state, log, TSMMR_FORMAT_JSONL, &of_logs, &n_logs, &err), 0);
	assert_code(tsmmr_stream_merge(*state, streams, 2, &merged, &err), 0);
	/* What is odd about them stays known, read or not. */
	assert_int_equal(tsmmr_stream_finding_count(merged), 1);
	assert_code(tsmmr_stream_rewind(merged, &err), 0);
	assert_int_equal(tsmmr_stream_finding_count(merged), 1);
	for (int i = 0; i < 2; i++) {
		assert_code(tsmmr_stream_export(*state, merged, TSMMR_FORMAT_JSONL, &of_streams,
						&n_streams, &err),
			    0);
		assert_bytes(of_streams, n_streams, of_logs, n_logs);
		tsmmr_free(of_streams);
		assert_code(tsmmr_stream_rewind(merged, &err), 0);
	}
	/* No log can hold what streams lend. */
	assert_code(tsmmr_log_from_stream(*state, merged, &logs[0], &err), TSMMR_E_ARG);
	tsmmr_stream_free(merged);

	assert_code(tsmmr_stream_rewind(streams[0], &err), 0);
	assert_code(tsmmr_stream_merge(*state, streams, 0, &merged, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_merge(NULL, streams, 1, &merged, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_merge(*state, NULL, 1, &merged, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_merge(*state, streams, 1, NULL, &err), TSMMR_E_ARG);
	tsmmr_stream_free(streams[1]);
	/* The same records, as another stream. */
	assert_code(open_mem_as(*state, TSMMR_FORMAT_TEXT, TSMMR_PLATFORM_TDX, "rtmr3", texts[0],
				strlen(texts[0]), &streams[1], &err),
		    0);
	assert_code(tsmmr_stream_merge(*state, streams, 2, &merged, &err), TSMMR_E_ARG);
	assert_int_equal(err.log, 1);
	for (int i = 0; i < 2; i++) {
		tsmmr_stream_free(streams[i]);
		tsmmr_log_free(logs[i]);
	}
	tsmmr_log_free(log);
	tsmmr_free(of_logs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_is_its_only_source),
		cmocka_unit_test(what_is_told_leads_to_its_event),
		cmocka_unit_test(a_gap_leads_to_its_event),
		cmocka_unit_test(merged_ones_are_merged_again),
		cmocka_unit_test(streams_merge_as_logs_do),
		cmocka_unit_test(details_without_the_rest),
	};

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
