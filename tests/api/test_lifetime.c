/* SPDX-License-Identifier: BSD-2-Clause */
/* What an object uses it holds: all may be freed in any order.  Run it under ASan. */
#include "testing.h"

#include <tsmmr/tree.h>

#include "../unit/tmptree.h"

static struct tsmmr_log *log_of(const struct tsmmr_ctx *ctx, const char *name)
{
	struct bytes bytes = read_data(name);
	struct tsmmr_log *log = NULL;

	assert_code(parse_as(ctx, TSMMR_FORMAT_AUTO, TSMMR_PLATFORM_TDX, NULL, bytes.p, bytes.n,
			     &log, NULL),
		    0);
	bytes_done(&bytes);
	return log;
}

static struct tsmmr_ctx *ctx_made(void)
{
	struct tsmmr_ctx *ctx = NULL;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	return ctx;
}

/* A merged log of a merged log, and a stream over it, when all that they are of is gone. */
static void logs_outlive_what_they_are_made_of(void **state)
{
	struct tsmmr_ctx *ctx = ctx_made();
	struct tsmmr_log *one = log_of(ctx, "good-ccel-header-1.bin"), *merged, *again;
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	uint8_t *json;
	size_t n, count = tsmmr_log_count(one);

	assert_code(tsmmr_log_merge(ctx, &one, 1, &merged, NULL), 0);
	assert_code(tsmmr_log_merge(ctx, &merged, 1, &again, NULL), 0);
	assert_code(tsmmr_stream_open_log(ctx, again, &s, NULL), 0);
	tsmmr_ctx_free(ctx);
	tsmmr_log_free(one);
	tsmmr_log_free(again);
	tsmmr_log_free(merged);

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(tsmmr_stream_next(s, &e, NULL), 1);
		assert_code(tsmmr_event_export_json(e, 0, &json, &n, NULL), 0);
		tsmmr_free(json);
	}
	assert_int_equal(tsmmr_stream_next(s, &e, NULL), 0);
	tsmmr_stream_free(s);
}

/* Two registers that no table has: what they are called is their logs' own. */
static void platforms_outlive_their_logs(void **state)
{
	static const char *const names[] = { "acme/one:sha256", "else/two:sha256" };
	struct tsmmr_ctx *ctx = ctx_made();
	struct tsmmr_log *logs[2], *merged, *frozen;
	struct tsmmr_report *report;
	struct tsmmr_stream *s;

	for (int i = 0; i < 2; i++)
		assert_code(parse_as(ctx, TSMMR_FORMAT_TEXT, 0, names[i], "a\n", 2, &logs[i], NULL),
			    0);
	assert_code(tsmmr_log_merge(ctx, logs, 2, &merged, NULL), 0);
	assert_code(tsmmr_report_new(ctx, &merged, 1, NULL, NULL, &report, NULL), 0);
	assert_code(tsmmr_stream_open_log(ctx, merged, &s, NULL), 0);
	assert_code(tsmmr_log_from_stream(ctx, s, &frozen, NULL), 0);
	tsmmr_stream_free(s);
	tsmmr_log_free(merged);
	tsmmr_log_free(logs[0]);
	tsmmr_log_free(logs[1]);
	tsmmr_ctx_free(ctx);

	assert_int_equal(tsmmr_report_count(report), 2);
	assert_string_equal(tsmmr_reg_name(tsmmr_report_reg(report, 0)), "one");
	assert_string_equal(tsmmr_reg_name(tsmmr_report_reg(report, 1)), "two");
	tsmmr_report_free(report);
	assert_string_equal(tsmmr_event_register(tsmmr_log_get(frozen, 1)), "two");
	tsmmr_log_free(frozen);
}

static void a_diff_holds_its_logs(void **state)
{
	struct tsmmr_ctx *ctx = ctx_made();
	struct tsmmr_log *a = log_of(ctx, "good-ccel-header-1.bin");
	const struct tsmmr_event *e;
	struct tsmmr_diff *diff;
	uint8_t *json;
	size_t n;

	assert_code(tsmmr_diff_new(ctx, &diff, NULL), 0);
	assert_code(tsmmr_diff_add_log(diff, TSMMR_SIDE_A, a, NULL), 0);
	tsmmr_log_free(a);
	tsmmr_ctx_free(ctx);
	assert_code(tsmmr_diff_compare(diff, NULL), 0);
	assert_int_equal(tsmmr_diff_edit(diff, 0, 0, &e, NULL, NULL, NULL), TSMMR_EDIT_ONLY_A);
	assert_true(tsmmr_event_digest_count(e) > 0);
	assert_code(tsmmr_diff_export_json(diff, &json, &n, NULL), 0);
	tsmmr_free(json);
	tsmmr_diff_free(diff);
}

static void a_tree_holds_its_context(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_attest *request;
	struct tsmmr_evidence *evidence;
	struct tsmmr_ctx *ctx = ctx_made();
	struct tsmmr_tree *tree;
	struct tmptree tmp;

	tmp_new(&tmp);
	tmp_text(&tmp, "/sys/kernel/config/tsm/report/.keep", "");
	assert_code(tsmmr_ctx_set_root(ctx, tmp.root, NULL), 0);
	assert_code(tsmmr_tree_open(ctx, &tree, NULL), 0);
	tsmmr_ctx_free(ctx);
	assert_code(tsmmr_attest_new(TSMMR_PLATFORM_TDX, &request, NULL), 0);
	assert_code(tsmmr_attest_set_nonce(request, "n", 1, NULL), 0);
	assert_true(tsmmr_tree_attest(tree, request, &evidence, NULL, &err) < 0);
	assert_int_not_equal(err.code, TSMMR_E_INTERNAL);
	tsmmr_attest_free(request);
	tsmmr_tree_free(tree);
	tmp_done(&tmp);
}

/* A report, and what was made of evidence, when the rest is gone. */
static void references_count(void **state)
{
	struct bytes quote = read_data("tdx-twin/quote-v4.bin");
	struct tsmmr_ctx *ctx = ctx_made();
	struct tsmmr_log *log = log_of(ctx, "good-ccel-header-1.bin");
	struct tsmmr_evidence *evidence;
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;
	char text[256];

	assert_ptr_equal(tsmmr_ctx_ref(ctx), ctx);
	assert_ptr_equal(tsmmr_log_ref(log), log);
	tsmmr_ctx_free(ctx);
	tsmmr_log_free(log);
	assert_null(tsmmr_ctx_ref(NULL));
	assert_null(tsmmr_log_ref(NULL));
	assert_null(tsmmr_regs_ref(NULL));
	assert_null(tsmmr_report_ref(NULL));

	assert_code(tsmmr_evidence_new(ctx, &evidence, NULL), 0);
	assert_code(tsmmr_evidence_add(evidence, TSMMR_PART_AUTO, quote.p, quote.n, NULL), 0);
	bytes_done(&quote);
	assert_code(tsmmr_regs_from_evidence(ctx, evidence, &regs, NULL), 0);
	assert_code(tsmmr_report_new(ctx, &log, 1, regs, NULL, &report, NULL), 0);
	tsmmr_ctx_free(ctx);
	tsmmr_log_free(log);
	tsmmr_evidence_free(evidence);

	assert_ptr_equal(tsmmr_regs_ref(regs), regs);
	tsmmr_regs_free(regs);
	assert_true(tsmmr_regs_count(regs) > 0);
	tsmmr_regs_free(regs);
	assert_ptr_equal(tsmmr_report_ref(report), report);
	tsmmr_report_free(report);
	assert_true(tsmmr_report_summary(report, text, sizeof(text)) > 0);
	tsmmr_report_free(report);
}

static void check_copy(const struct tsmmr_ctx *copy, struct bytes bytes)
{
	struct bytes quote = read_data("tdx-twin/quote-v4.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_evidence *evidence;
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;
	struct tsmmr_log *log;

	assert_code(parse_as(copy, TSMMR_FORMAT_CCEL, 0, NULL, bytes.p, bytes.n, &log, NULL), 0);
	assert_code(tsmmr_report_new(copy, &log, 1, NULL, NULL, &report, NULL), 0);
	assert_string_equal(tsmmr_report_anchor(report, 0), "given");
	tsmmr_report_free(report);
	tsmmr_log_free(log);

	assert_code(tsmmr_evidence_new(copy, &evidence, NULL), 0);
	assert_code(tsmmr_evidence_add(evidence, TSMMR_PART_AUTO, quote.p, quote.n, NULL), 0);
	assert_code(tsmmr_regs_from_evidence(copy, evidence, &regs, &err), TSMMR_E_UNTRUSTED);
	assert_int_equal(err.detail, TSMMR_DETAIL_ROOT);
	tsmmr_evidence_free(evidence);
	bytes_done(&quote);
}

/* A copy has all that was set, and is its own from then on. */
static void a_copied_context_is_another(void **state)
{
	static const char initial[] = "rtmr0:sha384=0000000000000000000000000000000000000000"
				      "00000000000000000000000000000000000000000000000000000001";
	struct bytes bytes = read_data("good-ccel-header-1.bin");
	struct tsmmr_ctx *ctx = ctx_made(), *copy;
	struct tsmmr_log *log;

	assert_code(tsmmr_ctx_copy(NULL, &copy, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_copy(ctx, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_add_trust_root_named(ctx, "intel", NULL), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_EVENTS, 1, NULL), 0);
	assert_code(tsmmr_ctx_set_initial(ctx, TSMMR_PLATFORM_TDX, initial, NULL), 0);
	assert_code(tsmmr_ctx_copy(ctx, &copy, NULL), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_EVENTS, 0, NULL), 0);
	assert_code(parse_as(copy, TSMMR_FORMAT_CCEL, 0, NULL, bytes.p, bytes.n, &log, NULL),
		    TSMMR_E_LIMIT);
	assert_code(parse_as(ctx, TSMMR_FORMAT_CCEL, 0, NULL, bytes.p, bytes.n, &log, NULL), 0);
	tsmmr_log_free(log);
	tsmmr_ctx_free(ctx);

	/* What was set in it is there: the anchor is the caller's, the root the vendor's. */
	assert_code(tsmmr_ctx_set_limit(copy, TSMMR_LIMIT_EVENTS, TSMMR_NONE, NULL), 0);
	check_copy(copy, bytes);
	tsmmr_ctx_free(copy);
	bytes_done(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logs_outlive_what_they_are_made_of),
		cmocka_unit_test(platforms_outlive_their_logs),
		cmocka_unit_test(a_diff_holds_its_logs),
		cmocka_unit_test(a_tree_holds_its_context),
		cmocka_unit_test(references_count),
		cmocka_unit_test(a_copied_context_is_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
