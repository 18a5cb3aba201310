/* SPDX-License-Identifier: BSD-2-Clause */
/* explain.h, as an application sees it. */
#include "threads.h"

/* A real guest's log with a digest changed, and its quote. */
struct scene {
	struct tsmmr_regs *regs;
	struct tsmmr_log *log;
	struct tsmmr_report *report;
	struct tsmmr_explain *x;
};

static void scene_open(struct tsmmr_ctx *ctx, struct scene *s, size_t at)
{
	struct bytes log = read_data("tdx-twin/CCEL.data");
	struct bytes quote = read_data("tdx-twin/quote-v4.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_policy *policy = policy_lenient(ctx);
	struct tsmmr_evidence *ev;

	if (at)
		log.p[at] ^= 1;
	assert_code(tsmmr_evidence_new(ctx, &ev, &err), 0);
	assert_code(tsmmr_evidence_add(ev, TSMMR_PART_QUOTE, quote.p, quote.n, &err), 0);
	assert_code(tsmmr_regs_from_evidence(ctx, ev, &s->regs, &err), 0);
	assert_code(parse_as(ctx, TSMMR_FORMAT_AUTO, TSMMR_PLATFORM_TDX, NULL, log.p, log.n,
			     &s->log, &err),
		    0);
	assert_code(tsmmr_report_new(ctx, (struct tsmmr_log *const[]){ s->log }, 1, s->regs, policy,
				     &s->report, &err),
		    0);
	tsmmr_policy_free(policy);
	assert_code(tsmmr_explain_new(ctx, s->report, (struct tsmmr_log *const[]){ s->log }, 1,
				      NULL, &s->x, &err),
		    0);
	tsmmr_evidence_free(ev);
	bytes_done(&log);
	bytes_done(&quote);
}

static void scene_close(struct scene *s)
{
	tsmmr_explain_free(s->x);
	tsmmr_report_free(s->report);
	tsmmr_log_free(s->log);
	tsmmr_regs_free(s->regs);
}

static size_t index_of(const struct tsmmr_report *report, const char *name)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		if (!strcmp(tsmmr_report_name(report, i), name))
			return i;
	fail_msg("no %s", name);
	return 0;
}

#define DIGEST_1 100 /* inside the digest of record 1, which its data gives */

static void test_answer(void **state)
{
	const struct tsmmr_hypothesis *h;
	struct scene s;
	size_t rtmr0;

	scene_open(*state, &s, DIGEST_1);
	rtmr0 = index_of(s.report, "rtmr0");
	assert_int_equal(tsmmr_explain_hypothesis_count(s.x, rtmr0), 1);
	h = tsmmr_explain_hypothesis(s.x, rtmr0, 0);
	assert_string_equal(tsmmr_hypothesis_id(h), "digest-changed");
	assert_int_equal(tsmmr_hypothesis_log(h), 0);
	assert_int_equal(tsmmr_hypothesis_first(h), 1);
	assert_int_equal(tsmmr_hypothesis_last(h), 1);
	assert_int_equal(tsmmr_hypothesis_offset(h), 65);
	assert_int_equal(tsmmr_hypothesis_would_match(h), 1);
	assert_non_null(strstr(tsmmr_explain_text(s.x, rtmr0), tsmmr_hypothesis_text(h)));
	assert_null(tsmmr_explain_text(s.x, index_of(s.report, "rtmr1")));
	assert_int_equal(tsmmr_explain_hypothesis_count(s.x, index_of(s.report, "rtmr1")), 0);

	/* It lives on without what it was made from. */
	tsmmr_report_free(s.report);
	tsmmr_log_free(s.log);
	s.report = NULL;
	s.log = NULL;
	h = tsmmr_explain_hypothesis(s.x, rtmr0, 0);
	assert_non_null(strstr(tsmmr_explain_text(s.x, rtmr0), tsmmr_hypothesis_text(h)));
	scene_close(&s);
}

static void test_json(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *narrow;
	uint8_t *verify, *explain;
	size_t n_verify, n_explain;
	struct scene s;

	/* Where nothing is wrong but what no log is about, all is as verify has it. */
	scene_open(*state, &s, 0);
	assert_code(tsmmr_report_select(s.report, "rtmr0-3", &narrow, &err), 0);
	tsmmr_explain_free(s.x);
	assert_code(tsmmr_explain_new(*state, narrow, (struct tsmmr_log *const[]){ s.log }, 1,
				      s.log, &s.x, &err),
		    0);
	assert_code(tsmmr_report_export_verify_json(narrow, NULL, NULL, 0, &verify, &n_verify,
						    &err),
		    0);
	assert_code(tsmmr_report_export_verify_json(narrow, s.x, NULL, 0, &explain, &n_explain,
						    &err),
		    0);
	assert_bytes(explain, n_explain, verify, n_verify);
	tsmmr_free(verify);
	tsmmr_free(explain);
	/* The report it was made from, and no other. */
	assert_code(tsmmr_report_export_verify_json(s.report, s.x, NULL, 0, &explain, &n_explain,
						    &err),
		    TSMMR_E_ARG);
	tsmmr_report_free(narrow);
	/* Nor one of as many registers, or the same replay judged anew. */
	for (int i = 0; i < 2; i++) {
		assert_code(i ? tsmmr_report_judge(s.report, NULL, &narrow, &err) :
				tsmmr_report_select(s.report, "*", &narrow, &err),
			    0);
		tsmmr_explain_free(s.x);
		assert_code(tsmmr_explain_new(*state, s.report, &s.log, 1, NULL, &s.x, &err), 0);
		assert_code(tsmmr_report_export_verify_json(narrow, s.x, NULL, 0, &explain,
							    &n_explain, &err),
			    TSMMR_E_ARG);
		tsmmr_report_free(narrow);
	}
	scene_close(&s);
}

static void test_arguments(void **state)
{
	struct tsmmr_error err = ERROR_INIT, small = { .size = 8 };
	struct tsmmr_log *none = NULL;
	struct tsmmr_log *log;
	struct tsmmr_explain *x = NULL;
	uint8_t *json;
	struct scene s;
	size_t n;

	scene_open(*state, &s, DIGEST_1);
	log = s.log;
	assert_code(tsmmr_explain_new(NULL, s.report, &log, 1, NULL, &x, &err), TSMMR_E_ARG);
	assert_code(tsmmr_explain_new(*state, NULL, &log, 1, NULL, &x, &err), TSMMR_E_ARG);
	assert_code(tsmmr_explain_new(*state, s.report, NULL, 1, NULL, &x, &err), TSMMR_E_ARG);
	assert_code(tsmmr_explain_new(*state, s.report, &none, 1, NULL, &x, &err), TSMMR_E_ARG);
	assert_code(tsmmr_explain_new(*state, s.report, &log, 1, NULL, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_explain_new(*state, s.report, &log, 1, NULL, &x, &small), TSMMR_E_ABI);
	/* Other logs than the report's. */
	assert_code(tsmmr_explain_new(*state, s.report, NULL, 0, NULL, &x, NULL), TSMMR_E_ARG);
	assert_null(x);

	tsmmr_explain_free(NULL);
	assert_int_equal(tsmmr_explain_hypothesis_count(NULL, 0), 0);
	assert_int_equal(tsmmr_explain_hypothesis_count(s.x, SIZE_MAX), 0);
	assert_null(tsmmr_explain_hypothesis(NULL, 0, 0));
	assert_null(tsmmr_explain_hypothesis(s.x, 0, SIZE_MAX));
	assert_null(tsmmr_explain_hypothesis(s.x, SIZE_MAX, 0));
	assert_null(tsmmr_hypothesis_id(NULL));
	assert_null(tsmmr_hypothesis_text(NULL));
	assert_true(tsmmr_hypothesis_log(NULL) == TSMMR_NONE);
	assert_true(tsmmr_hypothesis_first(NULL) == TSMMR_NONE);
	assert_true(tsmmr_hypothesis_last(NULL) == TSMMR_NONE);
	assert_true(tsmmr_hypothesis_offset(NULL) == TSMMR_NONE);
	assert_int_equal(tsmmr_hypothesis_would_match(NULL), 0);
	assert_null(tsmmr_explain_text(NULL, 0));
	assert_null(tsmmr_explain_text(s.x, SIZE_MAX));
	assert_code(tsmmr_report_export_verify_json(NULL, s.x, NULL, 0, &json, &n, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_report_export_verify_json(
			    s.report, s.x, (struct tsmmr_log *[]){ log, log }, 2, &json, &n, &err),
		    TSMMR_E_ARG);
	scene_close(&s);
}

static void assert_same_answers(const struct tsmmr_report *report, const struct tsmmr_explain *a,
				const struct tsmmr_explain *b)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		size_t n = tsmmr_explain_hypothesis_count(a, i);

		assert_int_equal(tsmmr_explain_hypothesis_count(b, i), n);
		if (!n)
			continue;
		assert_string_equal(tsmmr_explain_text(b, i), tsmmr_explain_text(a, i));
		for (size_t k = 0; k < n; k++) {
			const struct tsmmr_hypothesis *x = tsmmr_explain_hypothesis(a, i, k);
			const struct tsmmr_hypothesis *y = tsmmr_explain_hypothesis(b, i, k);

			assert_string_equal(tsmmr_hypothesis_id(y), tsmmr_hypothesis_id(x));
			assert_int_equal(tsmmr_hypothesis_log(y), tsmmr_hypothesis_log(x));
			assert_int_equal(tsmmr_hypothesis_first(y), tsmmr_hypothesis_first(x));
			assert_int_equal(tsmmr_hypothesis_offset(y), tsmmr_hypothesis_offset(x));
		}
	}
}

static struct tsmmr_stream *stream_of(const struct tsmmr_ctx *ctx, const struct bytes *log)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *s;

	assert_code(open_mem_as(ctx, TSMMR_FORMAT_AUTO, TSMMR_PLATFORM_TDX, NULL, log->p, log->n,
				&s, &err),
		    0);
	return s;
}

/* Of streams the answers are those of frozen logs, with a reference and without. */
static void test_streams(void **state)
{
	struct bytes log = read_data("tdx-twin/CCEL.data"), good = read_data("tdx-twin/CCEL.data");
	struct tsmmr_stream *s, *other;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_explain *x = NULL;
	struct tsmmr_log *reference;
	struct scene of;

	scene_open(*state, &of, DIGEST_1);
	log.p[DIGEST_1] ^= 1;
	s = stream_of(*state, &log);
	assert_code(tsmmr_explain_new_stream(*state, of.report, &s, 1, NULL, &x, &err), 0);
	assert_same_answers(of.report, of.x, x);
	tsmmr_explain_free(x);

	/* Read to its end, and rewound. */
	assert_code(tsmmr_explain_new_stream(*state, of.report, &s, 1, NULL, &x, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_stream_rewind(s, &err), 0);
	other = stream_of(*state, &good);
	assert_code(tsmmr_explain_new_stream(*state, of.report, &s, 1, other, &x, &err), 0);
	assert_code(parse_as(*state, TSMMR_FORMAT_AUTO, TSMMR_PLATFORM_TDX, NULL, good.p, good.n,
			     &reference, &err),
		    0);
	tsmmr_explain_free(of.x);
	assert_code(tsmmr_explain_new(*state, of.report, &of.log, 1, reference, &of.x, &err), 0);
	assert_same_answers(of.report, of.x, x);
	assert_string_equal(tsmmr_hypothesis_id(tsmmr_explain_hypothesis(x, 0, 0)),
			    tsmmr_hypothesis_id(tsmmr_explain_hypothesis(of.x, 0, 0)));

	tsmmr_explain_free(x);
	tsmmr_log_free(reference);
	tsmmr_stream_free(other);
	tsmmr_stream_free(s);
	scene_close(&of);
	bytes_done(&log);
	bytes_done(&good);
}

/* Other records than the report's, a stream twice, one that was read from, and one over a limit. */
static void test_wrong_streams(void **state)
{
	struct bytes log = read_data("tdx-twin/CCEL.data");
	struct tsmmr_stream *s, *twice[2], *none = NULL;
	struct tsmmr_error err = ERROR_INIT, small = { .size = 8 };
	const struct tsmmr_event *event;
	struct tsmmr_explain *x = NULL;
	struct tsmmr_ctx *narrow;
	struct scene of;

	scene_open(*state, &of, DIGEST_1);
	s = stream_of(*state, &log);
	twice[0] = twice[1] = s;
	assert_code(tsmmr_explain_new_stream(NULL, of.report, &s, 1, NULL, &x, &err), TSMMR_E_ARG);
	assert_code(tsmmr_explain_new_stream(*state, NULL, &s, 1, NULL, &x, &err), TSMMR_E_ARG);
	assert_code(tsmmr_explain_new_stream(*state, of.report, &none, 1, NULL, &x, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_explain_new_stream(*state, of.report, NULL, 1, NULL, &x, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_explain_new_stream(*state, of.report, &s, 1, NULL, NULL, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_explain_new_stream(*state, of.report, &s, 1, NULL, &x, &small),
		    TSMMR_E_ABI);
	assert_code(tsmmr_explain_new_stream(*state, of.report, NULL, 0, NULL, &x, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_explain_new_stream(*state, of.report, twice, 2, NULL, &x, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_explain_new_stream(*state, of.report, &s, 1, s, &x, &err), TSMMR_E_ARG);
	/* The record in which it differs is only one. */
	assert_code(tsmmr_explain_new_stream(*state, of.report, &s, 1, NULL, &x, &err),
		    TSMMR_E_ARG);
	assert_int_equal(err.log, 0);
	assert_code(tsmmr_stream_rewind(s, &err), 0);
	assert_code(tsmmr_stream_next(s, &event, &err), 1);
	assert_code(tsmmr_explain_new_stream(*state, of.report, &s, 1, NULL, &x, &err),
		    TSMMR_E_ARG);

	assert_code(tsmmr_stream_rewind(s, &err), 0);
	assert_code(tsmmr_ctx_new(0, &narrow, &err), 0);
	assert_code(tsmmr_ctx_set_limit(narrow, TSMMR_LIMIT_BYTES, 60000, &err), 0);
	assert_code(tsmmr_explain_new_stream(narrow, of.report, &s, 1, NULL, &x, &err),
		    TSMMR_E_LIMIT);
	assert_int_equal(err.log, 0);
	assert_int_equal(err.record, 0);
	assert_null(x);
	tsmmr_ctx_free(narrow);
	tsmmr_stream_free(s);
	scene_close(&of);
	bytes_done(&log);
}

/* Also where nothing is to be explained a reference has to be a log. */
static void test_cut_reference(void **state)
{
	struct bytes log = read_data("tdx-twin/CCEL.data");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_explain *x = NULL;
	struct tsmmr_report *narrow;
	struct tsmmr_stream *cut;
	struct scene of;

	scene_open(*state, &of, 0);
	assert_code(tsmmr_report_select(of.report, "rtmr0-3", &narrow, &err), 0);
	log.n = DIGEST_1;
	cut = stream_of(*state, &log);
	assert_code(tsmmr_explain_new_stream(*state, narrow, NULL, 0, cut, &x, &err),
		    TSMMR_E_TRUNCATED);
	assert_int_equal(err.log, 0);
	assert_int_equal(err.record, 1);
	assert_code(tsmmr_explain_new_stream(*state, narrow, NULL, 0, NULL, &x, &err), 0);
	assert_null(tsmmr_explain_text(x, 0));
	tsmmr_explain_free(x);
	tsmmr_stream_free(cut);
	tsmmr_report_free(narrow);
	scene_close(&of);
	bytes_done(&log);
}

static int explain_again(const void *user, unsigned round)
{
	const struct scene *s = user;
	struct tsmmr_explain *x = NULL;
	struct tsmmr_ctx *ctx = NULL;
	struct tsmmr_log *log = s->log;
	int bad = 1;

	if (tsmmr_ctx_new(0, &ctx, NULL) == 0 &&
	    tsmmr_explain_new(ctx, s->report, &log, 1, s->log, &x, NULL) == 0)
		bad = tsmmr_explain_hypothesis_count(x, 0) !=
		      tsmmr_explain_hypothesis_count(s->x, 0);
	tsmmr_explain_free(x);
	tsmmr_ctx_free(ctx);
	return bad;
}

/* One report and one log, explained by many at the same time. */
static void test_threads(void **state)
{
	struct scene s;

	scene_open(*state, &s, 0);
	together(4, 1, explain_again, &s);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),        cmocka_unit_test(test_json),
		cmocka_unit_test(test_arguments),     cmocka_unit_test(test_streams),
		cmocka_unit_test(test_wrong_streams), cmocka_unit_test(test_cut_reference),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
