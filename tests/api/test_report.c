/* SPDX-License-Identifier: BSD-2-Clause */
/* report.h: the status table and the verdict of tsmmr-replay(1), line by line. */
#include "testing.h"

#define RTMR0 "rtmr0"
#define RTMR1 "rtmr1"

#define SHA384 TSMMR_HASH_SHA384, 48
#define EV_IPL 13
#define EV_SEPARATOR 4
#define EV_EFI_ACTION 0x80000007u

/* clang-format off */
#define ZERO48 "000000000000000000000000000000000000000000000000" \
	       "000000000000000000000000000000000000000000000000"
#define ONES48 "111111111111111111111111111111111111111111111111" \
	       "111111111111111111111111111111111111111111111111"
/* clang-format on */

/*
 * SHA-384 of what a zero register holds after extensions by digests of one repeated byte
 * each, in this order, computed by hashlib: see the names.
 */
#define AFTER_01                                           \
	"b2cdfa15c3fdc5772b099d6e1a5acb8a2eb8b94adb63393a" \
	"7ae3068c8b4bd8cdad83d6eb649d8178d0fe7a8135d0a003"
#define AFTER_01_02                                        \
	"11422093d9248558e623cdd803580126f1912db17c838f51" \
	"1a296eb2e7dba8382ad56767569170322357e1a8fef06eae"
#define AFTER_03                                           \
	"a99c07d62c77f42baa0b4b4781ef7c1bb1985120f6d1770c" \
	"d01cd96dabc4bdc57f4b6fe2851ce85520dd3b368ef2d088"
#define ONES_AFTER_01                                      \
	"0122de1511a26ce441b9ed5bebd0d343398d742b0b5a19d7" \
	"9692afe1eee77b1c6a3adb9be0dbc0d48c474b09e2089323"

/* RTMR0 is extended by 01…01 and 02…02, RTMR1 by 03…03. */
static void make_log(struct maker *m)
{
	m->n = 0;
	mk_header(m, 1, SHA384);
	mk_event(m, 1, EV_IPL, SHA384, 1, "a", 1);
	mk_event(m, 2, EV_IPL, SHA384, 3, "b", 1);
	mk_event(m, 1, EV_IPL, SHA384, 2, "c", 1);
}

static struct tsmmr_regs *values(const struct tsmmr_ctx *ctx, const char *text)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;

	if (tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO, text, strlen(text),
				   &regs, &err) < 0)
		fail_msg("%s", err.message);
	return regs;
}

static struct tsmmr_log *parse(const struct tsmmr_ctx *ctx, const struct maker *m)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;

	if (parse_as(ctx, TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, NULL, m->bytes, m->n, &log, &err) <
	    0)
		fail_msg("%s", err.message);
	return log;
}

/* A report of one log, frozen; its arguments are gone when it is returned. */
static struct tsmmr_report *report_of(const struct tsmmr_ctx *ctx, const struct maker *m,
				      const char *text)
{
	struct tsmmr_regs *regs = text ? values(ctx, text) : NULL;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log = parse(ctx, m);
	struct tsmmr_report *report;

	assert_code(tsmmr_report_new(ctx, (struct tsmmr_log *const *)&log, 1, regs, NULL, &report,
				     &err),
		    0);
	tsmmr_log_free(log);
	tsmmr_regs_free(regs);
	return report;
}

static size_t find(const struct tsmmr_report *report, const char *name)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		if (!strcmp(tsmmr_reg_name(tsmmr_report_reg(report, i)), name))
			return i;
	fail_msg("no register %s in the report", name);
	return 0;
}

static int status_of(const struct tsmmr_report *report, const char *name)
{
	return tsmmr_report_status(report, find(report, name));
}

static const char *gap_of(const struct tsmmr_report *report, const char *name, uint64_t *record)
{
	const struct tsmmr_gap *gap = tsmmr_report_gap(report, find(report, name), 0);

	if (record)
		*record = tsmmr_gap_record(gap);
	return tsmmr_gap_word(gap);
}

static const char *const verdict_names[] = { "none", "verified", "incomplete", "mismatch" };

/* One log, one set of values: what each register has, and the verdict. */
static void status_table(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	/* clang-format off */
	static const struct {
		const char *values;
		int rtmr0, rtmr1;
		int verdict;
		const char *gap0;
	} rows[] = {
		/* all explained */
		{ "rtmr0=" AFTER_01_02 "\nrtmr1=" AFTER_03, TSMMR_STATUS_VERIFIED,
		  TSMMR_STATUS_VERIFIED, TSMMR_VERDICT_VERIFIED, NULL },
		/* events, and nobody says what the value is: not asked about */
		{ "rtmr1=" AFTER_03, TSMMR_STATUS_NO_EVIDENCE, TSMMR_STATUS_VERIFIED, TSMMR_VERDICT_VERIFIED,
		  NULL },
		/* equal at an earlier record */
		{ "rtmr0=" AFTER_01 "\nrtmr1=" AFTER_03, TSMMR_STATUS_INCOMPLETE,
		  TSMMR_STATUS_VERIFIED, TSMMR_VERDICT_INCOMPLETE, "unquoted-tail" },
		/* anything else */
		{ "rtmr0=" ONES48 "\nrtmr1=" AFTER_03, TSMMR_STATUS_MISMATCH,
		  TSMMR_STATUS_VERIFIED, TSMMR_VERDICT_MISMATCH, NULL },
		{ "rtmr0=" ZERO48 "\nrtmr1=" AFTER_03, TSMMR_STATUS_MISMATCH,
		  TSMMR_STATUS_VERIFIED, TSMMR_VERDICT_MISMATCH, NULL },
		/* mismatch outweighs incomplete */
		{ "rtmr0=" AFTER_01 "\nrtmr1=" ONES48, TSMMR_STATUS_INCOMPLETE,
		  TSMMR_STATUS_MISMATCH, TSMMR_VERDICT_MISMATCH, "unquoted-tail" },
	};
	/* clang-format on */

	make_log(m);
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct tsmmr_report *report = report_of(*state, m, rows[i].values);
		const char *gap = gap_of(report, RTMR0, NULL);

		if (status_of(report, RTMR0) != rows[i].rtmr0 ||
		    status_of(report, RTMR1) != rows[i].rtmr1 ||
		    tsmmr_report_verdict(report) != rows[i].verdict)
			fail_msg("row %zu: rtmr0 is %s, rtmr1 %s, verdict %s", i,
				 tsmmr_name(TSMMR_NAMES_STATUS, status_of(report, RTMR0)),
				 tsmmr_name(TSMMR_NAMES_STATUS, status_of(report, RTMR1)),
				 verdict_names[tsmmr_report_verdict(report)]);
		if (!gap != !rows[i].gap0 || (gap && strcmp(gap, rows[i].gap0)))
			fail_msg("row %zu: gap %s", i, gap ? gap : "none");
		tsmmr_report_free(report);
	}
	free(m);
}

/* No events: the value it started with, or another one. */
static void registers_without_events(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_report *report;
	const uint8_t *p;
	size_t n = 99, i;

	make_log(m);
	report = report_of(*state, m, "rtmr1=" AFTER_03 "\nrtmr2=" ZERO48 "\nrtmr3=" ONES48);
	i = find(report, "rtmr2");
	assert_int_equal(tsmmr_report_status(report, i), TSMMR_STATUS_UNTOUCHED);
	assert_int_equal(tsmmr_report_event_count(report, i), 0);
	assert_code(tsmmr_report_replayed(report, i, &p, &n), TSMMR_E_NOTFOUND);
	assert_int_equal(n, 99);
	assert_int_equal(status_of(report, "rtmr3"), TSMMR_STATUS_INCOMPLETE);
	assert_string_equal(gap_of(report, "rtmr3", NULL), "no-log");
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(*state, report, NULL, "no-log"), TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(*state, report, NULL, "rtmr3:no-log"), TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(*state, report, NULL, "rtmr2:no-log"), TSMMR_VERDICT_INCOMPLETE);
	tsmmr_report_free(report);

	/* Untouched registers alone prove nothing. */
	report = report_of(*state, m, "rtmr2=" ZERO48 "\nrtmr3=" ZERO48);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	tsmmr_report_free(report);

	/* Beside a verified one they are acceptable; required, they are not. */
	report = report_of(*state, m, "rtmr1=" AFTER_03 "\nrtmr2=" ZERO48);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(*state, report, "rtmr1", NULL), TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(*state, report, "rtmr1-2", NULL), TSMMR_VERDICT_INCOMPLETE);
	tsmmr_report_free(report);
	free(m);
}

static void nothing_to_compare_with(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_report *report;

	make_log(m);
	report = report_of(*state, m, NULL);
	assert_int_equal(tsmmr_report_count(report), 2);
	assert_int_equal(status_of(report, RTMR0), TSMMR_STATUS_NO_EVIDENCE);
	assert_int_equal(status_of(report, RTMR1), TSMMR_STATUS_NO_EVIDENCE);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(*state, report, RTMR0, NULL), TSMMR_VERDICT_INCOMPLETE);
	tsmmr_report_free(report);

	/* Nor is anything proven when there is no log. */
	{
		struct tsmmr_regs *regs = values(*state, "rtmr0=" ONES48);

		assert_code(tsmmr_report_new(*state, NULL, 0, regs, NULL, &report, NULL), 0);
		assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
		tsmmr_report_free(report);
		tsmmr_regs_free(regs);
	}
	free(m);
}

static void required_and_not_covered(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_report *report, *one;

	make_log(m);
	report = report_of(*state, m, "rtmr0=" AFTER_01_02 "\nrtmr1=" AFTER_03);
	assert_code(verdict_for(*state, report, "rtmr0-1", NULL), TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(*state, report, "firmware-config,boot", NULL),
		    TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(*state, report, "*", NULL), TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(*state, report, "rtmr0-2", NULL), TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(*state, report, "pcr0", NULL), TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(*state, report, "rtmr0:sha256", NULL), TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(*state, report, "rtmr0:sha384", NULL), TSMMR_VERDICT_VERIFIED);

	assert_code(verdict_for(*state, report, "no-such-register", NULL), TSMMR_E_NOTFOUND);
	assert_code(verdict_for(*state, report, "rtmr0,", NULL), TSMMR_E_ARG);
	assert_code(verdict_for(*state, report, NULL, "no-such-gap"), TSMMR_E_ARG);
	assert_code(verdict_for(*state, report, NULL, "rtmr0:"), TSMMR_E_ARG);
	/* Who requires nothing has proven nothing. */
	assert_code(verdict_for(*state, report, "", NULL), TSMMR_E_ARG);

	assert_int_equal(tsmmr_report_is_asked(report, find(report, RTMR0)), 1);
	assert_int_equal(tsmmr_report_is_accepted(report, find(report, RTMR0)), 1);
	one = judged_for(*state, report, "rtmr1", NULL);
	/* Values by hand are the question, whatever else is. */
	assert_int_equal(tsmmr_report_is_asked(one, find(one, RTMR0)), 1);
	assert_int_equal(tsmmr_report_is_asked(one, find(one, RTMR1)), 1);
	tsmmr_report_free(one);
	assert_true(tsmmr_report_is_asked(report, 99) < 0);
	tsmmr_report_free(report);
	free(m);
}

/* Who gives a value by hand has asked about it: nothing else that is required hides it. */
static void require_does_not_hide_values(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_report *report;

	make_log(m);
	report = report_of(*state, m, "rtmr0=" ONES48 "\nrtmr1=" AFTER_03);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_MISMATCH);
	assert_code(verdict_for(*state, report, "rtmr1", NULL), TSMMR_VERDICT_MISMATCH);
	assert_code(verdict_for(*state, report, "rtmr0", NULL), TSMMR_VERDICT_MISMATCH);
	tsmmr_report_free(report);
	free(m);
}

static void gaps_are_allowed_by_name(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_report *report;
	uint64_t record = 99;

	make_log(m);
	report = report_of(*state, m, "rtmr0=" AFTER_01 "\nrtmr1=" AFTER_03);
	assert_string_equal(gap_of(report, RTMR0, &record), "unquoted-tail");
	assert_int_equal(record, 1); /* the last record that the value covers */
	assert_null(tsmmr_report_gap(report, find(report, RTMR0), 1));
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(*state, report, NULL, "unquoted-tail"), TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(*state, report, NULL, "no-log,rtmr0:unquoted-tail"),
		    TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(*state, report, NULL, "firmware-config:unquoted-tail"),
		    TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(*state, report, NULL, "rtmr1:unquoted-tail"),
		    TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(*state, report, NULL, "no-log,data-mismatch"),
		    TSMMR_VERDICT_INCOMPLETE);

	/* It stays in the output. */
	assert_int_equal(status_of(report, RTMR0), TSMMR_STATUS_INCOMPLETE);
	tsmmr_report_free(report);

	/* No gap is a way around a mismatch. */
	report = report_of(*state, m, "rtmr0=" ONES48);
	assert_code(verdict_for(*state, report, NULL,
				"no-log,unanchored,missing-head,off-log-extend,"
				"unlogged,unquoted-tail,data-mismatch"),
		    TSMMR_VERDICT_MISMATCH);
	tsmmr_report_free(report);
	free(m);
}

/* Text beside a digest that strictly should give it was changed. */
static void broken_strict_rule_costs_verified(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	const struct tsmmr_finding *f;
	struct tsmmr_report *report;
	uint64_t record;

	mk_header(m, 1, SHA384);
	mk_event(m, 1, EV_EFI_ACTION, SHA384, 1, "not what 01..01 is of", 21);
	report = report_of(*state, m, "rtmr0=" AFTER_01);
	assert_int_equal(status_of(report, RTMR0), TSMMR_STATUS_INCOMPLETE);
	assert_string_equal(gap_of(report, RTMR0, &record), "data-mismatch");
	assert_int_equal(record, 1);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(*state, report, NULL, "data-mismatch"), TSMMR_VERDICT_VERIFIED);
	assert_int_equal(tsmmr_report_finding_count(report), 1);
	f = tsmmr_report_finding(report, 0);
	assert_string_equal(tsmmr_finding_id(f), "DATA_MISMATCH");
	assert_int_equal(tsmmr_finding_severity(f), TSMMR_SEVERITY_WARNING);
	assert_int_equal(tsmmr_finding_log(f), 0);
	assert_int_equal(tsmmr_finding_record(f), 1);
	assert_null(tsmmr_report_finding(report, 1));
	tsmmr_report_free(report);
	free(m);
}

/* A gap is its judgement's: where it is, and whether that policy allows it. */
static void gaps_say_whether_they_are_allowed(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_report *report, *allowing;
	const struct tsmmr_gap *gap, *allowed;
	size_t row;

	mk_header(m, 1, SHA384);
	mk_event(m, 1, EV_EFI_ACTION, SHA384, 1, "not what 01..01 is of", 21);
	report = report_of(*state, m, "rtmr0=" AFTER_01);
	allowing = judged_for(*state, report, NULL, "data-mismatch");
	row = find(report, RTMR0);
	assert_int_equal(tsmmr_report_gap_count(report, row), 1);
	gap = tsmmr_report_gap(report, row, 0);
	allowed = tsmmr_report_gap(allowing, find(allowing, RTMR0), 0);
	assert_string_equal(tsmmr_gap_word(gap), "data-mismatch");
	assert_int_equal(tsmmr_gap_log(gap), 0);
	assert_int_equal(tsmmr_gap_record(gap), 1);
	assert_int_equal(tsmmr_gap_is_allowed(gap), 0);
	assert_int_equal(tsmmr_gap_is_allowed(allowed), 1);
	assert_null(tsmmr_report_gap(report, row, 1));
	assert_null(tsmmr_report_gap(report, SIZE_MAX, 0));
	assert_int_equal(tsmmr_report_gap_count(report, SIZE_MAX), 0);
	tsmmr_report_free(allowing);
	tsmmr_report_free(report);
	free(m);
}

/* Of NULL every answer is "none". */
static void handles_take_null(void **state)
{
	assert_null(tsmmr_finding_id(NULL));
	assert_code(tsmmr_finding_severity(NULL), TSMMR_E_ARG);
	assert_true(tsmmr_finding_log(NULL) == TSMMR_NONE);
	assert_true(tsmmr_finding_record(NULL) == TSMMR_NONE);
	assert_true(tsmmr_finding_offset(NULL) == TSMMR_NONE);
	assert_null(tsmmr_finding_text(NULL));
	assert_null(tsmmr_gap_word(NULL));
	assert_true(tsmmr_gap_log(NULL) == TSMMR_NONE);
	assert_true(tsmmr_gap_record(NULL) == TSMMR_NONE);
	assert_int_equal(tsmmr_gap_is_allowed(NULL), 0);
	assert_null(tsmmr_report_finding(NULL, 0));
	assert_int_equal(tsmmr_report_gap_count(NULL, 0), 0);
}

/* A record without a digest in the bank that is asked about was extended by who knows what. */
static void missing_digest_is_not_verified(void **state)
{
	static const char *const fixtures[] = { "good-tcg2-missing-digest.bin",
						"good-tcg2-late-bank.bin" };

	for (size_t i = 0; i < N_OF(fixtures); i++) {
		struct bytes bytes = read_data(fixtures[i]);
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_report *replay, *report;
		struct tsmmr_regs *regs;
		struct tsmmr_log *log;
		uint8_t *json;
		size_t n, k;

		assert_code(tsmmr_log_parse(*state, NULL, bytes.p, bytes.n, &log, &err), 0);
		assert_code(tsmmr_report_new(*state, (struct tsmmr_log *const *)&log, 1, NULL, NULL,
					     &replay, &err),
			    0);
		/* The value that the digests there are give: what a forger would hope for. */
		assert_code(tsmmr_report_export_replay_json(replay, &json, &n, &err), 0);
		assert_code(tsmmr_regs_from_values(*state, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_TPM,
						   (char *)json, n, &regs, &err),
			    0);
		assert_code(tsmmr_report_new(*state, &log, 1, regs, NULL, &report, &err), 0);
		assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
		/* The value was given by hand: it is asked about whatever else is. */
		assert_code(verdict_for(*state, report, "pcr12:sha256", NULL),
			    TSMMR_VERDICT_INCOMPLETE);
		assert_code(verdict_for(*state, report, "pcr12:sha1", NULL),
			    TSMMR_VERDICT_INCOMPLETE);
		for (k = 0; k < tsmmr_report_count(report); k++) {
			const struct tsmmr_reg *reg = tsmmr_report_reg(report, k);
			int whole = strcmp(tsmmr_reg_name(reg), "pcr12") ||
				    tsmmr_reg_hash(reg) != TSMMR_HASH_SHA1;

			assert_int_equal(tsmmr_report_status(report, k),
					 whole ? TSMMR_STATUS_VERIFIED : TSMMR_STATUS_INCOMPLETE);
		}
		tsmmr_free(json);
		tsmmr_report_free(report);
		tsmmr_report_free(replay);
		tsmmr_regs_free(regs);
		tsmmr_log_free(log);
		bytes_done(&bytes);
	}
}

/* Records swapped, dropped, repeated: the values no longer follow. */
static void order_and_number_matter(void **state)
{
	static const char both[] = "rtmr0=" AFTER_01_02;
	static const uint8_t orders[][3] = { { 2, 1 }, { 1, 1, 2 }, { 1, 2, 2 }, { 2 }, { 1 } };
	struct maker *m = calloc(1, sizeof(*m));

	for (size_t i = 0; i < N_OF(orders); i++) {
		struct tsmmr_report *report;

		m->n = 0;
		mk_header(m, 1, SHA384);
		for (size_t k = 0; k < 3 && orders[i][k]; k++)
			mk_event(m, 1, EV_IPL, SHA384, orders[i][k], "x", 1);
		report = report_of(*state, m, both);
		/* Doubling the last leaves a tail behind the value; all else contradicts. */
		if (tsmmr_report_verdict(report) !=
		    (i == 2 ? TSMMR_VERDICT_INCOMPLETE : TSMMR_VERDICT_MISMATCH))
			fail_msg("order %zu gives %d", i, tsmmr_report_verdict(report));
		tsmmr_report_free(report);
	}
	free(m);
}

/* A reference by hand that the evidence does not equal is a mismatch of its own. */
static void reference_that_differs(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	static const char same[] = "rtmr0=" AFTER_01_02, other[] = "rtmr0=" ONES48;
	struct tsmmr_policy *policy = policy_made(*state);
	const char *reg = NULL, *why;
	struct tsmmr_report *report, *judged;
	uint8_t value[48];
	size_t n;

	make_log(m);
	report = report_of(*state, m, "rtmr0=" AFTER_01_02 "\nrtmr1=" AFTER_03);
	assert_code(tsmmr_policy_expect_text(policy, 0, same, strlen(same), NULL), 0);
	assert_code(verdict_under(report, policy), TSMMR_VERDICT_VERIFIED);

	/* The log explains the value, and yet. */
	policy = policy_made(*state);
	assert_code(tsmmr_policy_expect_text(policy, 0, other, strlen(other), NULL), 0);
	/* What a text says has no alternative but in that text. */
	n = unhex(AFTER_01_02, value, sizeof(value));
	assert_code(tsmmr_policy_expect(policy, RTMR0, 0, value, n, NULL), 0);
	assert_code(tsmmr_report_judge(report, policy, &judged, NULL), 0);
	assert_int_equal(status_of(judged, RTMR0), TSMMR_STATUS_MISMATCH);
	assert_int_equal(status_of(judged, RTMR1), TSMMR_STATUS_VERIFIED);
	assert_code(tsmmr_report_verdict(judged), TSMMR_VERDICT_MISMATCH);
	why = tsmmr_report_because(judged, 0, &reg, NULL);
	assert_string_equal(why, "reference");
	assert_string_equal(reg, RTMR0);
	/* What was judged before stays as it is. */
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
	tsmmr_report_free(judged);
	tsmmr_report_free(report);
	tsmmr_policy_free(policy);
	free(m);
}

static void start_values_by_hand(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_ctx *ctx;

	mk_header(m, 1, SHA384);
	mk_event(m, 1, EV_IPL, SHA384, 1, "a", 1);
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_initial(ctx, 0, "rtmr0=" ONES48, &err), 0);
	report = report_of(ctx, m, "rtmr0=" ONES_AFTER_01);
	assert_int_equal(status_of(report, RTMR0), TSMMR_STATUS_VERIFIED);
	assert_string_equal(tsmmr_report_anchor(report, find(report, RTMR0)), "given");
	tsmmr_report_free(report);

	report = report_of(ctx, m, "rtmr0=" AFTER_01);
	assert_int_equal(status_of(report, RTMR0), TSMMR_STATUS_MISMATCH);
	tsmmr_report_free(report);
	tsmmr_ctx_free(ctx);
	free(m);
}

static void anchors(void **state)
{
	static const struct {
		const char *fixture, *reg, *anchor;
	} cases[] = {
		{ "good-tcg2-sha256.bin", "pcr0", "zero" },
		{ "good-tcg2-locality-0.bin", "pcr0", "zero" },
		{ "good-tcg2-locality-3.bin", "pcr0", "locality-3" },
		{ "good-tcg2-locality-3.bin", "pcr4", "zero" },
		{ "good-tcg2-hcrtm.bin", "pcr0", "locality-4" },
		{ "good-tcg2-drtm.bin", "pcr17", "reset-value" },
		{ "good-ccel-header-1.bin", "rtmr0", "zero" },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bytes bytes = read_data(cases[i].fixture);
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_report *report;
		struct tsmmr_log *log;

		assert_code(tsmmr_log_parse(*state, NULL, bytes.p, bytes.n, &log, &err), 0);
		assert_code(tsmmr_report_new(*state, (struct tsmmr_log *const *)&log, 1, NULL, NULL,
					     &report, &err),
			    0);
		assert_string_equal(tsmmr_report_anchor(report, find(report, cases[i].reg)),
				    cases[i].anchor);
		tsmmr_report_free(report);
		tsmmr_log_free(log);
		bytes_done(&bytes);
	}
}

/* Two logs, one after the other; a selection; which of the two failed. */
static void several_logs(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report, *one = (struct tsmmr_report *)0x1;
	struct tsmmr_stream *streams[2];
	struct tsmmr_log *logs[2];
	struct tsmmr_regs *regs;
	struct tsmmr_log *first, *second;

	mk_header(m, 1, SHA384);
	mk_event(m, 1, EV_IPL, SHA384, 1, "a", 1);
	first = parse(*state, m);
	m->n = 0;
	mk_header(m, 1, SHA384);
	mk_event(m, 1, EV_IPL, SHA384, 2, "a", 1);
	mk_event(m, 2, EV_IPL, SHA384, 3, "b", 1);
	second = parse(*state, m);
	regs = values(*state, "rtmr0=" AFTER_01_02 "\nrtmr1=" AFTER_03);

	logs[0] = first;
	logs[1] = second;
	assert_code(tsmmr_report_new(*state, logs, 2, regs, NULL, &report, &err), 0);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
	assert_int_equal(tsmmr_report_event_count(report, find(report, RTMR0)), 2);
	assert_int_equal(tsmmr_report_is_event_proven(report, 0, 0), 0); /* a header */
	assert_int_equal(tsmmr_report_is_event_proven(report, 0, 1), 1);
	assert_int_equal(tsmmr_report_is_event_proven(report, 1, 2), 1);
	assert_int_equal(tsmmr_report_is_event_proven(report, 1, 3), 0); /* not there */
	assert_int_equal(tsmmr_report_is_event_proven(report, 2, 0), 0);
	assert_int_equal(tsmmr_report_is_event_proven(report, UINT64_C(1) << 32, 1), 0);

	assert_code(tsmmr_report_select(report, "rtmr1", &one, &err), 0);
	tsmmr_report_free(report); /* a selection lives on */
	assert_int_equal(tsmmr_report_count(one), 1);
	assert_string_equal(tsmmr_reg_name(tsmmr_report_reg(one, 0)), "rtmr1");
	assert_null(tsmmr_report_reg(one, 1));
	assert_code(tsmmr_report_verdict(one), TSMMR_VERDICT_VERIFIED);
	report = (struct tsmmr_report *)0x1;
	assert_code(tsmmr_report_select(one, "rtmr0", &report, &err), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_report_select(one, "rtmr0,,", &report, &err), TSMMR_E_ARG);
	tsmmr_report_free(one);

	logs[0] = second;
	logs[1] = first;
	assert_ptr_equal(report, (struct tsmmr_report *)0x1);
	assert_code(tsmmr_report_new(*state, logs, 2, regs, NULL, &report, &err), 0);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_MISMATCH);
	tsmmr_report_free(report);

	/* The second stream is cut. */
	assert_code(open_mem_as(*state, TSMMR_FORMAT_CCEL, 0, NULL, m->bytes, m->n, &streams[0],
				&err),
		    0);
	assert_code(open_mem_as(*state, TSMMR_FORMAT_CCEL, 0, NULL, m->bytes, m->n - 1, &streams[1],
				&err),
		    0);
	report = (struct tsmmr_report *)0x1;
	assert_code(tsmmr_report_new_stream(*state, streams, 2, regs, NULL, &report, &err),
		    TSMMR_E_TRUNCATED);
	assert_int_equal(err.log, 1);
	assert_int_equal(err.record, 2);
	assert_ptr_equal(report, (struct tsmmr_report *)0x1);
	tsmmr_stream_free(streams[0]);
	tsmmr_stream_free(streams[1]);

	tsmmr_regs_free(regs);
	tsmmr_log_free(first);
	tsmmr_log_free(second);
	free(m);
}

/* A PCR log says nothing about RTMRs, whatever the numbers are. */
static void index_spaces_are_not_mixed(void **state)
{
	struct bytes bytes = read_data("good-tcg2-sha384.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *replay, *report;
	char text[200] = "rtmr0=";
	struct tsmmr_regs *regs;
	struct tsmmr_log *log;
	const uint8_t *p;
	const char *id = "";
	size_t n;

	assert_code(tsmmr_log_parse(*state, NULL, bytes.p, bytes.n, &log, &err), 0);
	assert_code(tsmmr_report_new(*state, (struct tsmmr_log *const *)&log, 1, NULL, NULL,
				     &replay, &err),
		    0);
	/* What PCR 1 replays to, as if RTMR0 had it. */
	assert_code(tsmmr_report_replayed(replay, find(replay, "pcr1"), &p, &n), 0);
	tohex(p, n, text + strlen(text));
	regs = values(*state, text);
	assert_code(tsmmr_report_new(*state, (struct tsmmr_log *const *)&log, 1, regs, NULL,
				     &report, &err),
		    0);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(status_of(report, RTMR0), TSMMR_STATUS_INCOMPLETE);
	id = tsmmr_finding_id(tsmmr_report_finding(report, 0));
	assert_string_equal(id, "INDEX_SPACE_WRONG");
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);

	/* Registers that no table has are in no index space. */
	regs = values(*state, "acme/mr=00");
	assert_code(tsmmr_report_new(*state, (struct tsmmr_log *const *)&log, 1, regs, NULL,
				     &report, &err),
		    0);
	assert_non_null(strstr(tsmmr_finding_text(tsmmr_report_finding(report, 0)),
			       "acme (numbers of its own)"));

	tsmmr_report_free(report);
	tsmmr_report_free(replay);
	tsmmr_regs_free(regs);
	tsmmr_log_free(log);
	bytes_done(&bytes);
}

static int evidence_regs(const struct tsmmr_ctx *ctx, struct tsmmr_regs **regs)
{
	struct bytes quote = read_data("tdx-twin/quote-v4.bin");
	struct tsmmr_evidence *ev;
	int r;

	assert_code(tsmmr_evidence_new(ctx, &ev, NULL), 0);
	assert_code(tsmmr_evidence_add(ev, TSMMR_PART_QUOTE, quote.p, quote.n, NULL), 0);
	r = tsmmr_regs_from_evidence(ctx, ev, regs, NULL);
	tsmmr_evidence_free(ev);
	bytes_done(&quote);
	return r;
}

/* The guest of tests/data/tdx-twin: log against quote, and any measured byte changed. */
static void twin(void **state)
{
	struct bytes ccel = read_data("tdx-twin/CCEL.data");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_policy *policy;
	struct tsmmr_report *report, *old;
	char text[400], small[20];
	struct tsmmr_regs *regs;
	struct tsmmr_log *log;
	size_t flips = 0;
	int n;

	assert_code(evidence_regs(*state, &regs), 0);
	assert_code(parse_borrow_as(*state, TSMMR_FORMAT_CCEL, 0, NULL, ccel.p, ccel.n, &log, &err),
		    0);
	/* Whoever made the quote can have made its keys: no yes, and nothing is proven. */
	assert_code(tsmmr_report_new(*state, &log, 1, regs, NULL, &report, &err), 0);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(status_of(report, RTMR0), TSMMR_STATUS_INCOMPLETE);
	assert_string_equal(gap_of(report, RTMR0, NULL), "untrusted");
	assert_string_equal(tsmmr_report_because(report, 0, NULL, NULL), "untrusted");
	for (size_t i = 0; i < tsmmr_log_count(log); i++)
		assert_int_equal(tsmmr_report_is_event_proven(report, 0, i), 0);
	policy = policy_made(*state);
	assert_code(tsmmr_policy_set_no_nonce(policy, NULL), 0);
	assert_code(tsmmr_report_judge(report, policy, &old, NULL), 0);
	assert_true(tsmmr_report_summary(old, text, sizeof(text)) > 0);
	assert_int_equal(strncmp(text, "NOT PROVEN: nobody vouches for tdx-quote-v4", 43), 0);
	tsmmr_report_free(old);
	tsmmr_policy_free(policy);
	tsmmr_report_free(report);

	policy = policy_lenient(*state);
	assert_code(tsmmr_report_new(*state, &log, 1, regs, policy, &report, &err), 0);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
	assert_int_equal(status_of(report, RTMR0), TSMMR_STATUS_VERIFIED);
	assert_int_equal(status_of(report, "rtmr3"), TSMMR_STATUS_UNTOUCHED);
	/* Launch and configuration registers are there, and not asked about. */
	assert_int_equal(tsmmr_report_is_asked(report, find(report, "mrtd")), 0);
	assert_int_equal(tsmmr_report_is_asked(report, find(report, "rtmr3")), 1);
	assert_code(verdict_for(*state, report, "mrtd", NULL), TSMMR_VERDICT_INCOMPLETE);

	/* The line says what it is against, and what was not asked. */
	n = tsmmr_report_summary(report, text, sizeof(text));
	assert_true(n > 0 && (size_t)n < sizeof(text));
	assert_int_equal(strncmp(text, "verified: rtmr0", 15), 0);
	assert_non_null(strstr(text, "tdx-quote-v4"));
	assert_non_null(strstr(text, "fresh: not asked"));
	assert_non_null(strstr(text, "launch: not asked"));
	assert_int_equal(tsmmr_report_summary(report, NULL, 0), n);
	assert_int_equal(tsmmr_report_summary(report, small, sizeof(small)), n);
	assert_int_equal(strlen(small), sizeof(small) - 1);
	tsmmr_report_free(report);

	for (size_t i = 0; i < tsmmr_log_count(log); i++) {
		const struct tsmmr_event *e = tsmmr_log_get(log, i);
		const uint8_t *digest;
		size_t len, at;

		if (!tsmmr_event_is_measured(e))
			continue;
		assert_code(tsmmr_event_digest(e, 0, NULL, &digest, &len), 0);
		at = (size_t)(digest - ccel.p) + i % len;
		ccel.p[at] ^= 0x80;
		assert_code(tsmmr_report_new(*state, &log, 1, regs, policy, &report, &err), 0);
		assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_MISMATCH);
		assert_int_equal(status_of(report, tsmmr_event_register(e)), TSMMR_STATUS_MISMATCH);
		assert_int_equal(tsmmr_report_is_event_proven(report, 0, i), 0);
		tsmmr_report_free(report);
		ccel.p[at] ^= 0x80;
		flips++;
	}
	assert_true(flips > 10);
	tsmmr_policy_free(policy);
	tsmmr_log_free(log);
	tsmmr_regs_free(regs);
	bytes_done(&ccel);
}

static void json_says_the_same(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report, *allowed;
	uint8_t *json = (uint8_t *)0x1;
	size_t n = 77;

	make_log(m);
	report = report_of(*state, m, "rtmr0=" AFTER_01 "\nrtmr1=" AFTER_03);
	assert_code(tsmmr_report_export_verify_json(report, NULL, NULL, 0, NULL, &n, &err),
		    TSMMR_E_ARG);
	assert_ptr_equal(json, (uint8_t *)0x1);
	assert_int_equal(n, 77);

	assert_code(tsmmr_report_export_verify_json(report, NULL, NULL, 0, &json, &n, &err), 0);
	assert_int_equal(strlen((char *)json), n);
	assert_non_null(strstr((char *)json, "\"schema\":\"tsmmr.verify/1\""));
	assert_non_null(strstr((char *)json, "\"verdict\":\"incomplete\""));
	assert_non_null(strstr((char *)json, "\"allowed\":false"));
	tsmmr_free(json);

	allowed = judged_for(*state, report, NULL, "unquoted-tail");
	assert_code(tsmmr_report_export_verify_json(allowed, NULL, NULL, 0, &json, &n, &err), 0);
	tsmmr_report_free(allowed);
	assert_non_null(strstr((char *)json, "\"verdict\":\"verified\""));
	assert_non_null(strstr((char *)json, "\"allowed\":true"));
	tsmmr_free(json);

	assert_code(tsmmr_report_export_replay_json(report, &json, NULL, &err), 0);
	assert_true(json[0] == '{' && strlen((char *)json) > 20);
	tsmmr_free(json);
	assert_code(tsmmr_report_export_replay_json(report, &json, &n, &err), 0);
	assert_non_null(strstr((char *)json, "\"schema\":\"tsmmr.replay/1\""));
	assert_non_null(strstr((char *)json, AFTER_01_02));
	tsmmr_free(json);
	tsmmr_report_free(report);
	free(m);
}

static void arguments_are_checked(void **state)
{
	struct tsmmr_report *report = (struct tsmmr_report *)0x1;
	struct tsmmr_log *none = NULL;
	struct tsmmr_log *many[65];
	char name;
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_log *log;

	make_log(m);
	log = parse(*state, m);
	for (size_t i = 0; i < N_OF(many); i++) {
		name = (char)('0' + i);
		m->n = 0;
		mk_header(m, 1, SHA384);
		mk_event(m, 2, EV_IPL, SHA384, 3, &name, 1);
		many[i] = parse(*state, m);
	}
	assert_code(tsmmr_report_new(NULL, many, 1, NULL, NULL, &report, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_report_new(*state, NULL, 1, NULL, NULL, &report, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_report_new(*state, &none, 1, NULL, NULL, &report, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_report_new(*state, many, 1, NULL, NULL, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_report_new(*state, many, 65, NULL, NULL, &report, NULL), TSMMR_E_ARG);
	assert_ptr_equal(report, (struct tsmmr_report *)0x1);
	assert_code(tsmmr_report_new(*state, many, 64, NULL, NULL, &report, NULL), 0);
	assert_int_equal(tsmmr_report_event_count(report, find(report, RTMR1)), 64);
	tsmmr_report_free(report);
	for (size_t i = 0; i < N_OF(many); i++)
		tsmmr_log_free(many[i]);

	assert_code(tsmmr_report_verdict(NULL), TSMMR_VERDICT_NONE);
	assert_code(verdict_for(*state, NULL, NULL, NULL), TSMMR_E_ARG);
	assert_int_equal(tsmmr_report_count(NULL), 0);
	assert_null(tsmmr_report_reg(NULL, 0));
	assert_true(tsmmr_report_status(NULL, 0) < 0);
	assert_null(tsmmr_report_anchor(NULL, 0));
	assert_null(tsmmr_report_gap(NULL, 0, 0));
	assert_int_equal(tsmmr_report_is_event_proven(NULL, 0, 0), 0);
	assert_int_equal(tsmmr_report_finding_count(NULL), 0);
	assert_true(tsmmr_report_summary(NULL, NULL, 0) < 0);
	tsmmr_log_free(log);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_table),
		cmocka_unit_test(registers_without_events),
		cmocka_unit_test(nothing_to_compare_with),
		cmocka_unit_test(required_and_not_covered),
		cmocka_unit_test(require_does_not_hide_values),
		cmocka_unit_test(gaps_are_allowed_by_name),
		cmocka_unit_test(broken_strict_rule_costs_verified),
		cmocka_unit_test(gaps_say_whether_they_are_allowed),
		cmocka_unit_test(handles_take_null),
		cmocka_unit_test(missing_digest_is_not_verified),
		cmocka_unit_test(order_and_number_matter),
		cmocka_unit_test(reference_that_differs),
		cmocka_unit_test(start_values_by_hand),
		cmocka_unit_test(anchors),
		cmocka_unit_test(several_logs),
		cmocka_unit_test(index_spaces_are_not_mixed),
		cmocka_unit_test(twin),
		cmocka_unit_test(json_says_the_same),
		cmocka_unit_test(arguments_are_checked),
	};

	return cmocka_run_group_tests_name("report", tests, ctx_setup, ctx_teardown);
}
