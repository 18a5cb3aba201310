/* SPDX-License-Identifier: BSD-2-Clause */
/* known.h, appraisal.h: one set of known values for many, and what callers may get wrong. */
#include "threads.h"

#define N_THREADS 6

static const char *const names[] = {
	"tdx-twin/CCEL.data",   "good-tcg2-all-banks.bin",          "good-tcg2-sha256.bin",
	"ima/every.sha256.bin", "pcrlock/binary_bios_measurements", "good-ccel-aael.bin",
};

/* A log that verifies, and its appraisal by one thread alone. */
struct subject {
	struct bytes bytes;
	struct tsmmr_log *log;
	struct tsmmr_report *report;
	uint8_t *json;
	size_t n;
};

struct shared {
	struct tsmmr_ctx *ctx;
	struct tsmmr_known *known;
	struct subject all[N_OF(names)];
};

/* The registers are what the log replays to. */
static void make_subject(struct tsmmr_ctx *ctx, const char *name, struct subject *s)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_policy *policy = policy_made(ctx);
	struct tsmmr_report *replay;
	struct tsmmr_regs *regs;
	uint8_t *values;
	size_t n;

	s->bytes = read_data(name);
	assert_code(tsmmr_policy_allow(policy, "launch-unknown", NULL), 0);
	assert_code(tsmmr_log_parse(ctx, NULL, s->bytes.p, s->bytes.n, &s->log, &err), 0);
	assert_code(tsmmr_report_new(ctx, &s->log, 1, NULL, NULL, &replay, &err), 0);
	assert_code(tsmmr_report_export_replay_json(replay, &values, &n, &err), 0);
	assert_code(tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO,
					   (char *)values, n, &regs, &err),
		    0);
	assert_code(tsmmr_report_new(ctx, &s->log, 1, regs, policy, &s->report, &err), 0);
	tsmmr_free(values);
	tsmmr_report_free(replay);
	tsmmr_regs_free(regs);
	tsmmr_policy_free(policy);
}

static void subject_done(struct subject *s)
{
	tsmmr_free(s->json);
	tsmmr_report_free(s->report);
	tsmmr_log_free(s->log);
	bytes_done(&s->bytes);
}

static void add(struct tsmmr_known *known, int kind, const char *reg, const char *text)
{
	struct tsmmr_error err = ERROR_INIT;

	if (tsmmr_known_add(known, kind, reg, "list", text, strlen(text), &err) < 0)
		fail_msg("%s", err.message);
}

/* A list of each kind; what they make of the logs is for others to test. */
static struct tsmmr_known *known_of_all(const struct tsmmr_ctx *ctx, const struct subject *logs)
{
	static const char zeros[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	struct bytes lock = read_data("pcrlock/pcrlock.d/250-firmware-config-early.pcrlock.d/"
				      "generated.pcrlock");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_known *known;
	int fd = open(TEST_DATA "/tdx-twin/CCEL.data", O_RDONLY);
	char text[256];

	assert_true(fd >= 0);
	assert_code(tsmmr_known_new(ctx, &known, &err), 0);
	add(known, TSMMR_KNOWN_RULES, NULL,
	    "rtmr0-3 * *[A-M]*\npcr0-15 * *e* require\npcr0-23 EV_IPL * once\n");
	snprintf(text, sizeof(text), "pcr0 %s x\nrtmr0 sha384:%s%.32s EV_IPL y\n", zeros, zeros,
		 zeros);
	add(known, TSMMR_KNOWN_SUMS, NULL, text);
	snprintf(text, sizeof(text), "%s  name\n", zeros);
	add(known, TSMMR_KNOWN_SUMS | TSMMR_LIST_DENIED, "pcr0-7", text);
	add(known, TSMMR_KNOWN_KEYLIME, NULL, "{\"digests\":{},\"excludes\":[\"/usr/.*\"]}");
	assert_code(tsmmr_known_add(known, TSMMR_KNOWN_PCRLOCK, NULL, "a.pcrlock.d/b.pcrlock",
				    lock.p, lock.n, &err),
		    0);
	assert_code(tsmmr_known_add_image_fd(known, 0, "firmware", "code", fd, &err), 0);
	assert_code(tsmmr_known_add_image_fd(known, 0, "file", "file", fd, &err), 0);
	assert_code(tsmmr_known_add_logs(known, 0, "log", logs[0].report,
					 (struct tsmmr_log *const *)&logs[0].log, 1, &err),
		    0);
	assert_code(tsmmr_known_add_logs(known, TSMMR_LIST_ANY_ORDER, "bag", logs[1].report,
					 (struct tsmmr_log *const *)&logs[1].log, 1, &err),
		    0);
	close(fd);
	bytes_done(&lock);
	return known;
}

static struct tsmmr_stream *stream_of(const struct tsmmr_ctx *ctx, const struct subject *s)
{
	struct tsmmr_stream *stream = NULL;

	return tsmmr_stream_open_mem(ctx, NULL, s->bytes.p, s->bytes.n, &stream, NULL) < 0 ? NULL :
											     stream;
}

/* From the frozen log or from a stream of its bytes: the same, and the same as alone. */
static int appraise(const struct shared *s, const struct subject *of, bool streamed)
{
	struct tsmmr_stream *stream = streamed ? stream_of(s->ctx, of) : NULL;
	struct tsmmr_known *known = tsmmr_known_ref(s->known);
	struct tsmmr_appraisal *a = NULL;
	uint8_t *json = NULL;
	size_t n = 0;
	int r = streamed ? tsmmr_appraisal_new_stream(of->report, known, &stream, 1, &a, NULL) :
			   tsmmr_appraisal_new(of->report, known,
					       (struct tsmmr_log *const *)&of->log, 1, &a, NULL);

	tsmmr_known_free(known);
	tsmmr_stream_free(stream);
	if (r == 0)
		r = tsmmr_appraisal_export_json(a, &json, &n, NULL);
	if (r == 0 && (n != of->n || memcmp(json, of->json, n)))
		r = 1;
	tsmmr_free(json);
	tsmmr_appraisal_free(a);
	return r;
}

static int appraise_all(const void *user, unsigned round)
{
	const struct shared *s = user;
	int bad = 0;

	for (size_t k = 0; k < N_OF(names) && !bad; k++)
		bad = appraise(s, &s->all[(k + round) % N_OF(names)], round & 1);
	return bad;
}

static void one_set_for_many_threads(void **state)
{
	struct shared s = { 0 };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_appraisal *a;

	assert_code(tsmmr_ctx_new(0, &s.ctx, NULL), 0);
	for (size_t i = 0; i < N_OF(names); i++)
		make_subject(s.ctx, names[i], &s.all[i]);
	/* Of a set like that one, so that the first appraisal of the shared one is a thread's. */
	s.known = known_of_all(s.ctx, s.all);
	for (size_t i = 0; i < N_OF(names); i++) {
		struct subject *of = &s.all[i];

		if (tsmmr_appraisal_new(of->report, s.known, &of->log, 1, &a, &err) < 0)
			fail_msg("%s: %s", names[i], err.message);
		assert_code(tsmmr_appraisal_export_json(a, &of->json, &of->n, NULL), 0);
		tsmmr_appraisal_free(a);
	}
	tsmmr_known_free(s.known);
	s.known = known_of_all(s.ctx, s.all);

	together(N_THREADS, slow() ? 2 : 30, appraise_all, &s);
	for (size_t i = 0; i < N_OF(names); i++)
		subject_done(&s.all[i]);
	tsmmr_known_free(s.known);
	tsmmr_ctx_free(s.ctx);
}

static void arguments_of_lists(void **state)
{
	static const char line[] = "rtmr0 "
				   "00000000000000000000000000000000000000000000000000000000000000"
				   "0000000000000000000000000000000000 x\n";
	const size_t n = sizeof(line) - 1;
	struct tsmmr_known *known = (struct tsmmr_known *)0x1;
	struct tsmmr_error err = ERROR_INIT, other = { .size = 1 };
	const struct tsmmr_ctx *ctx = *state;
	int dir = open(TEST_DATA, O_RDONLY | O_DIRECTORY);

	assert_code(tsmmr_known_new(NULL, &known, &err), TSMMR_E_ARG);
	assert_code(tsmmr_known_new(ctx, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_known_new(ctx, &known, &other), TSMMR_E_ABI);
	assert_ptr_equal(known, (struct tsmmr_known *)0x1);
	assert_null(tsmmr_known_ref(NULL));
	assert_int_equal(tsmmr_known_count(NULL), 0);
	tsmmr_known_free(NULL);

	/* What is refused for its arguments leaves the set as it was. */
	assert_code(tsmmr_known_new(ctx, &known, &err), 0);
	for (int kind = -1; kind < 16; kind++) {
		bool list = kind >= TSMMR_KNOWN_SUMS && kind <= TSMMR_KNOWN_IMAGE;

		if (!list)
			assert_code(tsmmr_known_add(known, kind, NULL, NULL, line, n, &err),
				    TSMMR_E_ARG);
	}
	assert_code(tsmmr_known_add(known, TSMMR_KNOWN_SUMS | 0x400, NULL, NULL, line, n, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_known_add(NULL, TSMMR_KNOWN_SUMS, NULL, NULL, line, n, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_known_add(known, TSMMR_KNOWN_SUMS, NULL, NULL, NULL, n, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_known_add(known, TSMMR_KNOWN_SUMS, "rtmr99", NULL, line, n, &err),
		    TSMMR_E_NOTFOUND);
	assert_code(tsmmr_known_add(known, TSMMR_KNOWN_SUMS, "", NULL, line, n, &err),
		    TSMMR_E_NOTFOUND);
	assert_code(tsmmr_known_add_fd(known, TSMMR_KNOWN_SUMS, NULL, NULL, -1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_known_add_image_fd(known, 0, NULL, NULL, 0, &err), TSMMR_E_ARG);
	assert_code(tsmmr_known_add_image_fd(known, 0, "pe", NULL, -1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_known_add_image_fd(known, TSMMR_KNOWN_IMAGE, "pe", NULL, 0, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_known_add_logs(known, 0, NULL, NULL, NULL, 0, &err), TSMMR_E_ARG);
	assert_code(tsmmr_known_add_stream(known, 0, NULL, NULL, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_known_count(known), 0);
	assert_code(tsmmr_known_add(known, TSMMR_KNOWN_SUMS | TSMMR_LIST_ANY_ORDER, NULL, NULL,
				    line, n, &err),
		    0);
	assert_int_equal(tsmmr_known_count(known), 1);
	assert_true(dir >= 0);
	assert_true(tsmmr_known_add_fd(known, TSMMR_KNOWN_SUMS, NULL, NULL, dir, &err) < 0);
	close(dir);
	tsmmr_known_free(known);
}

/* After a list that was refused halfway, and after an appraisal, nothing is added. */
static void sets_that_are_final(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_appraisal_pass *pass = NULL;
	struct tsmmr_appraisal *a = NULL;
	struct tsmmr_stream *stream;
	struct tsmmr_known *known;
	struct subject s = { .log = NULL };
	int fd = open(TEST_DATA "/tdx-twin/CCEL.data", O_RDONLY);

	make_subject(*state, "good-tcg2-sha256.bin", &s);
	for (int kind = TSMMR_KNOWN_SUMS; kind <= TSMMR_KNOWN_IMAGE; kind++) {
		/* A log and an image are no bytes. */
		assert_code(tsmmr_known_new(ctx, &known, &err), 0);
		assert_true(tsmmr_known_add(known, kind, NULL, "list", "?\n", 2, &err) < 0);
		assert_code(tsmmr_known_add(known, TSMMR_KNOWN_RULES, NULL, NULL, "pcr0 * *\n", 9,
					    &err),
			    TSMMR_E_ARG);
		assert_code(tsmmr_known_add_image_fd(known, 0, "file", NULL, fd, &err),
			    TSMMR_E_ARG);
		stream = stream_of(ctx, &s);
		assert_code(tsmmr_known_add_stream(known, 0, NULL, stream, &err), TSMMR_E_ARG);
		tsmmr_stream_free(stream);
		assert_code(tsmmr_appraisal_new(s.report, known, &s.log, 1, &a, &err), TSMMR_E_ARG);
		assert_null(a);
		tsmmr_known_free(known);
	}

	assert_code(tsmmr_known_new(ctx, &known, &err), 0);
	assert_code(tsmmr_appraisal_new(NULL, known, &s.log, 1, &a, &err), TSMMR_E_ARG);
	assert_code(tsmmr_appraisal_new(s.report, NULL, &s.log, 1, &a, &err), TSMMR_E_ARG);
	assert_code(tsmmr_appraisal_new(s.report, known, NULL, 1, &a, &err), TSMMR_E_ARG);
	assert_code(tsmmr_appraisal_new(s.report, known, &s.log, 1, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_appraisal_new(s.report, known, &s.log, 0, &a, &err), TSMMR_E_ARG);
	assert_code(tsmmr_appraisal_new(s.report, known, (struct tsmmr_log *[]){ s.log, s.log }, 2,
					&a, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_appraisal_new(s.report, known, (struct tsmmr_log *[]){ NULL }, 1, &a,
					&err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_appraisal_new_stream(s.report, known, (struct tsmmr_stream *[]){ NULL },
					       1, &a, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_appraisal_new(s.report, known, &s.log, 1, &a, &err), 0);
	assert_int_equal(tsmmr_appraisal_verdict(a), TSMMR_APPRAISED_INCOMPLETE);
	assert_code(tsmmr_known_add(known, TSMMR_KNOWN_RULES, NULL, NULL, "pcr0 * *\n", 9, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_known_add_logs(known, 0, NULL, s.report, &s.log, 1, &err), TSMMR_E_ARG);
	tsmmr_known_free(known);

	/* It holds what it is of; a pass over less than all is no answer. */
	stream = stream_of(ctx, &s);
	assert_code(tsmmr_appraisal_pass_new(a, &stream, 0, &pass, &err), TSMMR_E_ARG);
	assert_code(tsmmr_appraisal_pass_new(NULL, &stream, 1, &pass, &err), TSMMR_E_ARG);
	assert_code(tsmmr_appraisal_pass_new(a, &stream, 1, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_appraisal_pass_new(a, &stream, 1, &pass, &err), 0);
	assert_null(tsmmr_appraisal_pass_source(pass, NULL, NULL));
	{
		uint8_t *p = (uint8_t *)0x1;
		size_t n = 7;

		assert_code(tsmmr_appraisal_pass_line(pass, &p, &n, &err), TSMMR_E_ARG);
		assert_code(tsmmr_appraisal_pass_event_json(pass, &p, &n, &err), TSMMR_E_ARG);
		assert_code(tsmmr_appraisal_pass_event_json(NULL, &p, &n, &err), TSMMR_E_ARG);
		while (tsmmr_appraisal_pass_next(pass, NULL, NULL, NULL, &err) > 0)
			;
		assert_code(tsmmr_appraisal_pass_next(pass, NULL, NULL, NULL, &err), 0);
		assert_code(tsmmr_appraisal_pass_line(pass, &p, &n, &err), TSMMR_E_ARG);
		assert_code(tsmmr_appraisal_pass_event_json(pass, &p, &n, &err), TSMMR_E_ARG);
		assert_ptr_equal(p, (uint8_t *)0x1);
	}
	tsmmr_appraisal_pass_free(pass);
	tsmmr_stream_free(stream);

	assert_int_equal(tsmmr_appraisal_count(a, 999, TSMMR_RECORD_KNOWN), 0);
	assert_int_equal(tsmmr_appraisal_count(a, 0, -1), 0);
	assert_int_equal(tsmmr_appraisal_count(a, 0, 4), 0);
	assert_code(tsmmr_appraisal_first_unknown(a, 999, NULL, NULL), TSMMR_E_ARG);
	assert_null(tsmmr_appraisal_because(a, 999, NULL, NULL));
	assert_null(tsmmr_appraisal_lack(a, 0, NULL));
	assert_code(tsmmr_appraisal_text(a, 0, NULL, 1), TSMMR_E_ARG);
	assert_code(tsmmr_appraisal_summary(a, NULL, 1), TSMMR_E_ARG);
	assert_true(tsmmr_appraisal_summary(a, NULL, 0) > 0);
	assert_int_equal(tsmmr_appraisal_verdict(NULL), TSMMR_APPRAISED_NONE);
	assert_null(tsmmr_appraisal_launch(NULL));
	tsmmr_appraisal_free(a);
	tsmmr_appraisal_free(NULL);
	close(fd);
	subject_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_set_for_many_threads),
		cmocka_unit_test(arguments_of_lists),
		cmocka_unit_test(sets_that_are_final),
	};

	return cmocka_run_group_tests_name("appraise", tests, ctx_setup, ctx_teardown);
}
