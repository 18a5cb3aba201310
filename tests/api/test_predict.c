/* SPDX-License-Identifier: BSD-2-Clause */
/* predict.h: steps, in their order, and what comes of them. */
#include "testing.h"

struct made {
	struct tsmmr_ctx *ctx;
	struct tsmmr_log *log;
	struct tsmmr_prediction *p;
};

static void make(struct made *m, const char *name)
{
	struct bytes b = read_data(name);

	assert_code(tsmmr_ctx_new(0, &m->ctx, NULL), 0);
	assert_code(tsmmr_log_parse(m->ctx, NULL, b.p, b.n, &m->log, NULL), 0);
	assert_code(tsmmr_prediction_new(m->ctx, &m->log, 1, NULL, &m->p, NULL), 0);
	bytes_done(&b);
}

static void done(struct made *m)
{
	/* It holds what it was made of. */
	tsmmr_log_free(m->log);
	tsmmr_ctx_free(m->ctx);
	tsmmr_prediction_free(m->p);
}

static void drops(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_report *will;
	uint8_t *json;
	size_t n;
	struct made m;
	int changed = 0;

	make(&m, "tdx-twin/CCEL.data");
	assert_null(tsmmr_prediction_report(m.p));
	assert_code(tsmmr_prediction_is_changed(m.p, 0), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_export_json(m.p, &json, &n, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_drop(m.p, 0, 24, NULL), 0);
	assert_code(tsmmr_prediction_run(m.p, NULL), 0);
	/* Once, and nothing is added to what was run. */
	assert_code(tsmmr_prediction_run(m.p, &err), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_drop(m.p, 0, 1, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_replace_text(m.p, NULL, "a", "b", NULL), TSMMR_E_ARG);

	will = tsmmr_prediction_report(m.p);
	assert_non_null(will);
	for (size_t i = 0; i < tsmmr_report_count(will); i++) {
		int is = tsmmr_prediction_is_changed(m.p, i);

		assert_int_equal(is, strcmp(tsmmr_report_name(will, i), "rtmr1") == 0);
		assert_int_equal(tsmmr_prediction_is_vouched(m.p, i), 0);
		assert_int_equal(tsmmr_prediction_is_followed(m.p, i), 1);
		changed += is;
	}
	assert_int_equal(changed, 1);
	assert_code(tsmmr_prediction_is_changed(m.p, 99), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_is_followed(m.p, 99), TSMMR_E_ARG);
	assert_null(tsmmr_prediction_note(m.p, 0, NULL, NULL));
	assert_code(tsmmr_prediction_export_json(m.p, &json, &n, NULL), 0);
	assert_non_null(strstr((const char *)json, "\"schema\":\"tsmmr.prediction/1\""));
	tsmmr_free(json);
	done(&m);
}

static void not_followed(void **state)
{
	const struct tsmmr_report *will;
	uint64_t log, record;
	struct made m;

	/* Records 4 and 15 have that text; the digest of the second is of another one. */
	make(&m, "good-tcg2-data-mismatch.bin");
	assert_code(tsmmr_prediction_replace_text(m.p, NULL, "EFI Application", "x", NULL), 0);
	assert_code(tsmmr_prediction_run(m.p, NULL), 0);
	will = tsmmr_prediction_report(m.p);
	for (size_t i = 0; i < tsmmr_report_count(will); i++) {
		bool is = strcmp(tsmmr_report_name(will, i), "pcr4") == 0;

		assert_int_equal(tsmmr_prediction_is_changed(m.p, i), is);
		assert_int_equal(tsmmr_prediction_is_followed(m.p, i), !is);
	}
	assert_non_null(tsmmr_prediction_note(m.p, 0, &log, &record));
	assert_int_equal(log, 0);
	assert_int_equal(record, 15);
	done(&m);
}

static void fails(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct made m;
	int fd;

	make(&m, "tdx-twin/CCEL.data");
	assert_code(tsmmr_prediction_drop(m.p, 0, 99, NULL), 0);
	assert_code(tsmmr_prediction_run(m.p, &err), TSMMR_E_NOTFOUND);
	assert_null(tsmmr_prediction_report(m.p));
	done(&m);

	make(&m, "tdx-twin/CCEL.data");
	assert_code(tsmmr_prediction_drop(m.p, 0, 0, NULL), 0);
	assert_code(tsmmr_prediction_run(m.p, &err), TSMMR_E_ARG);
	done(&m);

	make(&m, "tdx-twin/CCEL.data");
	fd = open(TEST_DATA "/tdx-twin/CCEL.data", O_RDONLY);
	assert_true(fd >= 0);
	assert_code(tsmmr_prediction_replace_text(m.p, NULL, "", "b", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_replace_fd(m.p, "no", fd, fd, "x", &err), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_replace_fd(m.p, "uki", fd, fd, "x", &err), TSMMR_E_FORMAT);
	assert_code(tsmmr_prediction_replace_fd(m.p, NULL, fd, -1, "x", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_replace_fd(m.p, NULL, fd, fd, "x", NULL), 0);
	assert_code(tsmmr_prediction_run(m.p, &err), TSMMR_E_NOTFOUND);
	done(&m);

	assert_code(tsmmr_ctx_new(0, &m.ctx, NULL), 0);
	assert_code(tsmmr_prediction_new_uki_fd(m.ctx, fd, 0, NULL, &m.p, &err), TSMMR_E_FORMAT);
	close(fd);
	tsmmr_ctx_free(m.ctx);
	tsmmr_prediction_free(NULL);
}

/* Fewer registers, in the report, by number and in JSON; before it is run. */
static void selects(void **state)
{
	static const char *const bad[] = { "", "rtmr0,", "rtmr0,,rtmr1" };
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_report *will;
	uint8_t *json;
	struct made m;
	size_t n;

	make(&m, "tdx-twin/CCEL.data");
	for (size_t i = 0; i < N_OF(bad); i++)
		assert_code(tsmmr_prediction_select(m.p, bad[i], &err), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_select(m.p, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_select(NULL, "rtmr0", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_select(m.p, "rtmr0", NULL), 0);
	assert_code(tsmmr_prediction_select(m.p, "rtmr1", NULL), 0);
	assert_code(tsmmr_prediction_drop(m.p, 0, 24, NULL), 0);
	assert_code(tsmmr_prediction_run(m.p, NULL), 0);
	assert_code(tsmmr_prediction_select(m.p, "rtmr0", NULL), TSMMR_E_ARG);
	will = tsmmr_prediction_report(m.p);
	assert_int_equal(tsmmr_report_count(will), 1);
	assert_string_equal(tsmmr_report_name(will, 0), "rtmr1");
	assert_int_equal(tsmmr_prediction_is_changed(m.p, 0), 1);
	assert_code(tsmmr_prediction_export_json(m.p, &json, &n, NULL), 0);
	assert_non_null(strstr((const char *)json, "\"name\":\"rtmr1\""));
	assert_null(strstr((const char *)json, "\"name\":\"rtmr0\""));
	tsmmr_free(json);
	done(&m);

	make(&m, "tdx-twin/CCEL.data");
	assert_code(tsmmr_prediction_select(m.p, "pcr0", NULL), 0);
	assert_code(tsmmr_prediction_drop(m.p, 0, 24, NULL), 0);
	assert_code(tsmmr_prediction_run(m.p, &err), TSMMR_E_NOTFOUND);
	assert_null(tsmmr_prediction_report(m.p));
	done(&m);
}

static void vouched(void **state)
{
	static const char values[] =
		"rtmr0=68ab741d458d6e524fdf704aae35646d6d5041ba31f81146d86151ee73bf3c37c35fb5c0a791"
		"f52c3471b91998de0104\n";
	struct tsmmr_prediction *p;
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;
	struct made m, other;

	make(&m, "tdx-twin/CCEL.data");
	make(&other, "good-tcg2-sha256.bin");
	assert_code(tsmmr_regs_from_values(m.ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_TDX, values,
					   strlen(values), &regs, NULL),
		    0);
	assert_code(tsmmr_report_new(m.ctx, &m.log, 1, regs, NULL, &report, NULL), 0);
	/* Of other logs it says nothing. */
	assert_code(tsmmr_prediction_new(m.ctx, &other.log, 1, report, &p, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_new(m.ctx, &m.log, 1, report, &p, NULL), 0);
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
	assert_code(tsmmr_prediction_drop(p, 0, 24, NULL), 0);
	assert_code(tsmmr_prediction_run(p, NULL), 0);
	assert_int_equal(tsmmr_prediction_is_vouched(p, 0), 1);
	assert_int_equal(tsmmr_prediction_is_vouched(p, 1), 0);
	tsmmr_prediction_free(p);
	done(&m);
	done(&other);
}

/* Of streams what is of logs, with a report of either, or of other logs. */
static void of_streams(void **state)
{
	static const char values[] = "rtmr0="
				     "68ab741d458d6e524fdf704aae35646d6d5041ba31f81146"
				     "d86151ee73bf3c37c35fb5c0a791f52c3471b91998de0104\n";
	struct bytes b = read_data("tdx-twin/CCEL.data");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report, *other;
	struct tsmmr_stream *s, *twice[2];
	struct tsmmr_prediction *p;
	struct tsmmr_regs *regs;
	uint8_t *of_log, *of_stream;
	size_t n_log, n_stream;
	struct made m;

	make(&m, "tdx-twin/CCEL.data");
	assert_code(tsmmr_prediction_drop(m.p, 0, 24, NULL), 0);
	assert_code(tsmmr_prediction_run(m.p, NULL), 0);
	assert_code(tsmmr_prediction_export_json(m.p, &of_log, &n_log, NULL), 0);

	assert_code(tsmmr_stream_open_mem(m.ctx, NULL, b.p, b.n, &s, NULL), 0);
	assert_code(tsmmr_prediction_new_stream(m.ctx, NULL, 1, NULL, &p, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_new_stream(m.ctx, &s, 0, NULL, &p, NULL), TSMMR_E_ARG);
	twice[0] = twice[1] = s;
	assert_code(tsmmr_prediction_new_stream(m.ctx, twice, 2, NULL, &p, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_new_stream(m.ctx, &s, 1, NULL, &p, NULL), 0);
	/* What was read is none that could begin. */
	assert_code(tsmmr_prediction_new_stream(m.ctx, &s, 1, NULL, &p, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_prediction_drop(p, 0, 24, NULL), 0);
	assert_code(tsmmr_prediction_run(p, NULL), 0);
	assert_code(tsmmr_prediction_export_json(p, &of_stream, &n_stream, NULL), 0);
	assert_int_equal(n_stream, n_log);
	assert_memory_equal(of_stream, of_log, n_log);
	tsmmr_free(of_stream);
	tsmmr_free(of_log);
	tsmmr_prediction_free(p);

	assert_code(tsmmr_regs_from_values(m.ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_TDX, values,
					   strlen(values), &regs, NULL),
		    0);
	assert_code(tsmmr_report_new(m.ctx, &m.log, 1, regs, NULL, &report, NULL), 0);
	assert_code(tsmmr_stream_rewind(s, NULL), 0);
	assert_code(tsmmr_prediction_new_stream(m.ctx, &s, 1, report, &p, NULL), 0);
	/* It may be gone once it was run. */
	assert_code(tsmmr_prediction_replace_text(p, NULL, "EFI", "x", NULL), 0);
	assert_code(tsmmr_prediction_run(p, NULL), 0);
	tsmmr_stream_free(s);
	assert_int_equal(tsmmr_prediction_is_vouched(p, 0), 1);
	assert_int_equal(tsmmr_prediction_is_followed(p, 0), 1);
	tsmmr_prediction_free(p);
	bytes_done(&b);

	b = read_data("good-tcg2-sha256.bin");
	assert_code(tsmmr_stream_open_mem(m.ctx, NULL, b.p, b.n, &s, NULL), 0);
	assert_code(tsmmr_prediction_new_stream(m.ctx, &s, 1, report, &p, &err), TSMMR_E_ARG);
	assert_int_equal(err.log, 0);
	assert_code(tsmmr_stream_rewind(s, NULL), 0);
	assert_code(tsmmr_report_new_stream(m.ctx, &s, 1, regs, NULL, &other, NULL), 0);
	assert_code(tsmmr_stream_rewind(s, NULL), 0);
	assert_code(tsmmr_prediction_new_stream(m.ctx, &s, 1, other, &p, NULL), 0);
	tsmmr_prediction_free(p);
	tsmmr_report_free(other);
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
	tsmmr_stream_free(s);
	bytes_done(&b);
	done(&m);
}

/* A log that has other records when it is read again, or cannot be; and a step that cannot be. */
static void reads_again(void **state)
{
	struct bytes b = read_data("tdx-twin/CCEL.data");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_prediction *p;
	struct tsmmr_stream *s;
	struct tsmmr_ctx *ctx;
	int pipes[2];

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_stream_open_mem(ctx, NULL, b.p, b.n, &s, NULL), 0);
	assert_code(tsmmr_prediction_new_stream(ctx, &s, 1, NULL, &p, NULL), 0);
	assert_code(tsmmr_prediction_drop(p, 0, 24, NULL), 0);
	b.p[2312] ^= 1; /* the last letter of the last record */
	assert_code(tsmmr_prediction_run(p, &err), TSMMR_E_ARG);
	assert_int_equal(err.log, 0);
	assert_null(tsmmr_prediction_report(p));
	assert_code(tsmmr_prediction_run(p, NULL), TSMMR_E_ARG);
	tsmmr_prediction_free(p);
	tsmmr_stream_free(s);
	bytes_done(&b);

	b = read_data("tdx-twin/CCEL.data");
	assert_code(tsmmr_stream_open_mem(ctx, NULL, b.p, b.n, &s, NULL), 0);
	assert_code(tsmmr_prediction_new_stream(ctx, &s, 1, NULL, &p, NULL), 0);
	assert_code(tsmmr_prediction_drop(p, 0, 0, NULL), 0);
	assert_code(tsmmr_prediction_run(p, &err), TSMMR_E_ARG);
	assert_int_equal(err.log, TSMMR_NONE);
	tsmmr_prediction_free(p);
	tsmmr_stream_free(s);

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], b.p, b.n), b.n);
	close(pipes[1]);
	assert_code(tsmmr_stream_open_fd(ctx, NULL, pipes[0], &s, NULL), 0);
	assert_code(tsmmr_prediction_new_stream(ctx, &s, 1, NULL, &p, NULL), 0);
	assert_code(tsmmr_prediction_drop(p, 0, 24, NULL), 0);
	assert_code(tsmmr_prediction_run(p, &err), TSMMR_E_UNSUPPORTED);
	assert_int_equal(err.log, 0);
	tsmmr_prediction_free(p);
	tsmmr_stream_free(s);
	close(pipes[0]);
	bytes_done(&b);
	tsmmr_ctx_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drops),       cmocka_unit_test(not_followed),
		cmocka_unit_test(fails),       cmocka_unit_test(selects),
		cmocka_unit_test(vouched),     cmocka_unit_test(of_streams),
		cmocka_unit_test(reads_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
