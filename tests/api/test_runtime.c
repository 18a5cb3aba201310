/* SPDX-License-Identifier: BSD-2-Clause */
/* Runtime logs: text lines, SYNC and .EXTEND, joins, the agent's records, virtual registers. */
#include "testing.h"

#include <stdbool.h>

#include <openssl/evp.h>

/* A text log as its writer sees it: the lines, and the register that they extend. */
struct writer {
	char text[8192];
	size_t n;
	uint8_t value[48];
};

static void extend(uint8_t *value, const uint8_t *digest)
{
	uint8_t both[96];

	memcpy(both, value, 48);
	memcpy(both + 48, digest, 48);
	assert_int_equal(EVP_Digest(both, 96, value, NULL, EVP_sha384(), NULL), 1);
}

static void put(struct writer *w, const char *line)
{
	w->n += (size_t)snprintf(w->text + w->n, sizeof(w->text) - w->n, "%s\n", line);
	assert_true(w->n < sizeof(w->text));
}

static void record(struct writer *w, const char *line)
{
	uint8_t digest[48];

	assert_int_equal(EVP_Digest(line, strlen(line), digest, NULL, EVP_sha384(), NULL), 1);
	extend(w->value, digest);
	put(w, line);
}

/* TCG_PCR_EVENT2 with one digest. */
static void mk_event_digest(struct maker *m, uint32_t index, uint32_t type, uint16_t alg,
			    const uint8_t *digest, size_t size, const void *data, size_t n)
{
	mk_le(m, index, 4);
	mk_le(m, type, 4);
	mk_le(m, 1, 4);
	mk_le(m, alg, 2);
	mk_add(m, digest, size);
	mk_le(m, n, 4);
	mk_add(m, data, n);
}

static void hex(const uint8_t *p, size_t n, char *to)
{
	for (size_t i = 0; i < n; i++)
		sprintf(to + 2 * i, "%02x", p[i]);
}

static void sync_line(struct writer *w)
{
	char line[128] = "SYNC sha384/";

	hex(w->value, 48, line + strlen(line));
	record(w, line);
}

/* Somebody extends the register without a record; told: but with a comment. */
static void foreign(struct writer *w, uint8_t byte, bool told)
{
	char line[128] = "# .EXTEND ";
	uint8_t digest[48];

	memset(digest, byte, sizeof(digest));
	hex(digest, 48, line + strlen(line));
	if (told)
		put(w, line);
	extend(w->value, digest);
}

/* What the RFC's own example is: kernel-maintained, with two extensions off the log. */
static void rfc_example(struct writer *w)
{
	memset(w, 0, sizeof(*w));
	sync_line(w);
	put(w, "");
	record(w, "example.com boot one");
	put(w, "# a comment");
	record(w, "indented record");
	record(w, "last-no-newline");
	put(w, "");
	record(w, "second write");
	put(w, "");
	foreign(w, 0x42, true);
	foreign(w, 0xff, true);
	put(w, "");
	sync_line(w);
	put(w, "");
	record(w, "after direct");
}

struct verdict {
	int verdict, status;
	char anchor[24];
	char gaps[64];
};

static struct tsmmr_report *report_on(struct tsmmr_ctx *ctx, const char *text, size_t n,
				      const uint8_t *value)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;
	struct tsmmr_log *log;
	char expect[128] = "rtmr3=";

	hex(value, 48, expect + strlen(expect));
	assert_code(tsmmr_regs_from_values(ctx, 0, 0, expect, strlen(expect), &regs, &err), 0);
	assert_code(parse_as(ctx, TSMMR_FORMAT_TEXT, 0, "rtmr3", text, n, &log, &err), 0);
	assert_code(tsmmr_report_new(ctx, (struct tsmmr_log *const[]){ log }, 1, regs, NULL,
				     &report, &err),
		    0);
	tsmmr_log_free(log);
	tsmmr_regs_free(regs);
	return report;
}

static struct verdict judge(struct tsmmr_ctx *ctx, const char *text, size_t n, const uint8_t *value,
			    const char *allow)
{
	struct tsmmr_report *report = report_on(ctx, text, n, value);
	struct verdict v = { .verdict = verdict_for(ctx, report, NULL, allow) };
	const char *gap;

	assert_int_equal(tsmmr_report_count(report), 1);
	v.status = tsmmr_report_status(report, 0);
	snprintf(v.anchor, sizeof(v.anchor), "%s", tsmmr_report_anchor(report, 0));
	for (size_t i = 0; (gap = tsmmr_gap_word(tsmmr_report_gap(report, 0, i))); i++)
		if (!strstr(v.gaps, gap)) {
			strcat(v.gaps, gap);
			strcat(v.gaps, ",");
		}
	tsmmr_report_free(report);
	return v;
}

static void off_log_extensions_are_bridged_not_forgiven(void **state)
{
	struct writer w;
	struct verdict v;

	rfc_example(&w);
	v = judge(*state, w.text, w.n, w.value, NULL);
	assert_code(v.verdict, TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(v.gaps, "off-log-extend,");
	assert_string_equal(v.anchor, "zero");
	assert_code(judge(*state, w.text, w.n, w.value, "off-log-extend").verdict,
		    TSMMR_VERDICT_VERIFIED);
	assert_code(judge(*state, w.text, w.n, w.value, "unlogged").verdict,
		    TSMMR_VERDICT_INCOMPLETE);
}

static void a_log_without_them_is_verified(void **state)
{
	struct writer w = { .n = 0 };
	struct verdict v;

	sync_line(&w);
	record(&w, "one");
	sync_line(&w);
	record(&w, "two");
	v = judge(*state, w.text, w.n, w.value, NULL);
	assert_code(v.verdict, TSMMR_VERDICT_VERIFIED);
	/* A torn copy of the last line is another record, or the one before is the last. */
	assert_code(judge(*state, w.text, w.n - 2, w.value, NULL).verdict, TSMMR_VERDICT_MISMATCH);
	/* Without its newline the last line is complete all the same. */
	assert_code(judge(*state, w.text, w.n - 1, w.value, NULL).verdict, TSMMR_VERDICT_VERIFIED);
}

static void a_hint_alone_proves_nothing(void **state)
{
	struct writer w = { .n = 0 };
	struct verdict v;

	sync_line(&w);
	record(&w, "one");
	/* Told, and never done: the log is what it was without the comment. */
	put(&w, "# .EXTEND 424242424242424242424242424242424242424242424242424242424242424242424242"
		"424242424242424242424242");
	v = judge(*state, w.text, w.n, w.value, NULL);
	assert_code(v.verdict, TSMMR_VERDICT_VERIFIED);

	/* Done and told, and only the register confirms it. */
	foreign(&w, 0x17, true);
	v = judge(*state, w.text, w.n, w.value, NULL);
	assert_code(v.verdict, TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(v.gaps, "off-log-extend,");
}

static void what_nobody_logged_is_a_gap(void **state)
{
	struct writer w = { .n = 0 };
	struct verdict v;

	sync_line(&w);
	record(&w, "one");
	foreign(&w, 0x17, false);
	sync_line(&w);
	record(&w, "two");
	v = judge(*state, w.text, w.n, w.value, NULL);
	assert_code(v.verdict, TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(v.gaps, "unlogged,");
	assert_code(judge(*state, w.text, w.n, w.value, "unlogged").verdict,
		    TSMMR_VERDICT_VERIFIED);
}

static void a_cut_front_is_unanchored(void **state)
{
	struct writer w;
	struct verdict v;
	const char *second;

	rfc_example(&w);
	second = strstr(w.text + 5, "SYNC ");
	v = judge(*state, second, w.n - (size_t)(second - w.text), w.value, NULL);
	assert_code(v.verdict, TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(v.anchor, "sync-unanchored");
	assert_string_equal(v.gaps, "unanchored,");
}

static void a_forged_sync_in_the_tail_is_a_mismatch(void **state)
{
	struct writer w, forged;

	rfc_example(&w);
	forged = w;
	put(&forged,
	    "SYNC sha384/"
	    "abababababababababababababababababababababababababababababababababababababababab"
	    "abababababababab");
	assert_code(judge(*state, forged.text, forged.n, w.value, NULL).verdict,
		    TSMMR_VERDICT_MISMATCH);

	/* An honest tail is one that the quote does not have yet. */
	forged = w;
	record(&forged, "later");
	assert_string_equal(judge(*state, forged.text, forged.n, w.value, NULL).gaps,
			    "off-log-extend,unquoted-tail,");
}

/* A line that begins like SYNC and was extended is a record: it resets nothing. */
static void a_measured_forgery_derails_nothing(void **state)
{
	struct writer w = { .n = 0 };
	struct verdict v;

	sync_line(&w);
	record(&w, "one");
	record(&w,
	       "SYNC sha384/"
	       "abababababababababababababababababababababababababababababababababababababababab"
	       "abababababababab");
	record(&w, "two");
	v = judge(*state, w.text, w.n, w.value, NULL);
	assert_code(v.verdict, TSMMR_VERDICT_VERIFIED);
	assert_string_equal(v.gaps, "");

	/* One that asserts nothing is measured all the same. */
	record(&w, "SYNC sha384/ABCD");
	assert_code(judge(*state, w.text, w.n, w.value, NULL).verdict, TSMMR_VERDICT_VERIFIED);
}

/* Any byte of any record changed: never verified.  Unmeasured bytes: as before. */
static void no_changed_record_is_verified(void **state)
{
	struct writer w;
	size_t measured = 0;

	rfc_example(&w);
	for (size_t i = 0; i < w.n; i++) {
		const char *line = w.text + i;
		struct writer bad = w;
		int verdict;

		while (line > w.text && line[-1] != '\n')
			line--;
		bad.text[i] ^= 1;
		verdict = judge(*state, bad.text, bad.n, w.value, "off-log-extend").verdict;
		if (*line == '#' || *line == '\n' || w.text[i] == '\n')
			continue;
		measured++;
		assert_int_not_equal(verdict, TSMMR_VERDICT_VERIFIED);
	}
	assert_true(measured > 250);
}

static void too_many_readings_are_incomplete(void **state)
{
	struct writer w = { .n = 0 };
	struct verdict v;

	sync_line(&w);
	/* Some told of and not done, so that no plain reading fits. */
	for (uint8_t i = 1; i <= 12; i++) {
		char line[128] = "# .EXTEND ";
		uint8_t digest[48];

		memset(digest, i, sizeof(digest));
		hex(digest, 48, line + strlen(line));
		put(&w, line);
		if (i % 2)
			extend(w.value, digest);
	}
	v = judge(*state, w.text, w.n, w.value, "off-log-extend,unlogged,unanchored");
	assert_code(v.verdict, TSMMR_VERDICT_INCOMPLETE);
}

static void lines_the_kernel_never_wrote_are_found(void **state)
{
	static const struct {
		const char *line, *finding;
	} cases[] = {
		{ "carriage\r", "TEXT_CARRIAGE_RETURN" },
		{ " indented", "TEXT_BLANKS" },
		{ "SYNC sha256/00", "TEXT_SYNC_MALFORMED" },
		{ "SYNC ", "TEXT_SYNC_MALFORMED" },
		{ "# .EXTEND 00", "TEXT_HINT_MALFORMED" },
		{ "rtmr0 extend sha256/"
		  "0000000000000000000000000000000000000000000000000000000000000000",
		  "VIRTUAL_REFUSED" },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_report *report;
		struct writer w = { .n = 0 };
		const char *id = NULL;

		sync_line(&w);
		put(&w, cases[i].line);
		report = report_on(*state, w.text, w.n, w.value);
		assert_true(tsmmr_report_finding_count(report) > 0);
		id = tsmmr_finding_id(tsmmr_report_finding(report, 0));
		assert_string_equal(id, cases[i].finding);
		tsmmr_report_free(report);
	}
}

/* The records of an application, as "log.record ", and how many were withheld. */
static const char *domain_of(struct tsmmr_ctx *ctx, const struct tsmmr_report *report,
			     struct tsmmr_log *const *logs, size_t n, const char *domain,
			     uint64_t *ret_withheld)
{
	static char found[256];
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *streams[2] = { NULL };
	struct tsmmr_report_pass *pass;
	const struct tsmmr_event *e;
	uint64_t log;
	int r, proven;

	for (size_t i = 0; i < n; i++)
		assert_code(tsmmr_stream_open_log(ctx, logs[i], &streams[i], &err), 0);
	assert_code(tsmmr_report_pass_new(report, streams, n, &pass, &err), 0);
	assert_code(tsmmr_report_pass_set_domain(pass, domain, &err), 0);
	found[0] = 0;
	while ((r = tsmmr_report_pass_next(pass, &e, &log, &proven, &err)) > 0) {
		assert_int_equal(proven, 1);
		assert_int_equal(tsmmr_event_binding(e, NULL), TSMMR_BINDING_BOUND);
		sprintf(found + strlen(found), "%d.%d ", (int)log, (int)tsmmr_event_record(e));
	}
	assert_code(r, 0);
	if (ret_withheld)
		*ret_withheld = tsmmr_report_pass_withheld(pass);
	tsmmr_report_pass_free(pass);
	for (size_t i = 0; i < n; i++)
		tsmmr_stream_free(streams[i]);
	return found;
}

/* The same of one text log beside that value. */
static const char *records_of(struct tsmmr_ctx *ctx, const struct writer *w, const uint8_t *value,
			      const char *domain, uint64_t *ret_withheld)
{
	struct tsmmr_report *report = report_on(ctx, w->text, w->n, value);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;
	const char *found;

	assert_code(parse_as(ctx, TSMMR_FORMAT_TEXT, 0, "rtmr3", w->text, w->n, &log, &err), 0);
	found = domain_of(ctx, report, &log, 1, domain, ret_withheld);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
	return found;
}

static void records_of_one_application(void **state)
{
	static const struct {
		const char *domain, *records;
	} cases[] = {
		{ "example.org/app", "0.1 0.4 0.6 " },
		{ "example.org/app start", "0.1 " },
		{ "example.org/app star", "" },
		{ "example.org", "" },
		{ "start", "" },
		{ "#", "" },
		{ "mr_app", "0.7 " },
		{ "rtmr3/mr_app", "0.7 " },
		{ "rtmr2/mr_app", "" },
		{ "rtmr3/mr_ap", "" },
		{ "rtmr3", "" },
	};
	struct writer w = { .n = 0 };
	uint8_t other[48];
	uint64_t withheld;

	sync_line(&w);
	record(&w, "example.org/app start");
	record(&w, "example.org/app2 start");
	put(&w, "# example.org/app never measured");
	record(&w, "example.org/app");
	record(&w, "another example.org/app");
	record(&w, "example.org/app \x1b[2J\xff");
	record(&w, "mr_app extend sha256/"
		   "0000000000000000000000000000000000000000000000000000000000000000");
	for (size_t i = 0; i < N_OF(cases); i++) {
		const char *found = records_of(*state, &w, w.value, cases[i].domain, &withheld);

		if (strcmp(found, cases[i].records) != 0)
			fail_msg("%s: %s", cases[i].domain, found);
		assert_int_equal(withheld, 0);
	}

	memcpy(other, w.value, sizeof(other));
	other[0] ^= 1;
	assert_string_equal(records_of(*state, &w, other, "example.org/app", &withheld), "");
	assert_int_equal(withheld, 3);
	assert_string_equal(records_of(*state, &w, other, "rtmr3/mr_app", &withheld), "");
	assert_int_equal(withheld, 1);

	/* Whatever byte is changed: what comes out is what was measured, or nothing. */
	for (size_t i = 0; i < w.n; i++) {
		struct writer bad = w;
		const char *found;

		bad.text[i] ^= 1;
		found = records_of(*state, &bad, w.value, "example.org/app", &withheld);
		if (*found && strcmp(found, cases[0].records) != 0)
			fail_msg("byte %zu: %s", i, found);
		assert_int_equal(*found ? withheld : 0, 0);
	}
}

static void domains_that_are_none(void **state)
{
	static const char *const none[] = { "", " ", " app", "app ", "a b " };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report_pass *pass;
	struct tsmmr_stream *stream;
	struct tsmmr_report *report;
	struct writer w = { .n = 0 };
	struct tsmmr_log *log;

	record(&w, "app start");
	report = report_on(*state, w.text, w.n, w.value);
	assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, "rtmr3", w.text, w.n, &log, &err), 0);
	assert_code(tsmmr_stream_open_log(*state, log, &stream, &err), 0);
	assert_code(tsmmr_report_pass_new(report, &stream, 1, &pass, &err), 0);
	for (size_t i = 0; i < N_OF(none); i++)
		assert_code(tsmmr_report_pass_set_domain(pass, none[i], &err), TSMMR_E_ARG);
	assert_code(tsmmr_report_pass_set_domain(pass, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_report_pass_set_domain(NULL, "app", &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_report_pass_withheld(NULL), 0);
	assert_int_equal(tsmmr_report_pass_next(pass, NULL, NULL, NULL, &err), 1);
	assert_code(tsmmr_report_pass_set_domain(pass, "app", &err), TSMMR_E_ARG);
	tsmmr_report_pass_free(pass);
	tsmmr_stream_free(stream);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
}

/* Of each id as many as the context's limit, in a stream, a log and a report. */
static void findings_are_limited(void **state)
{
	static const struct {
		uint64_t limit;
		size_t kept;
	} limits[] = { { 0, 16 }, { 3, 3 }, { 40, 40 }, { TSMMR_NONE, 100 } };
	struct writer w = { .n = 0 };

	sync_line(&w);
	for (int i = 0; i < 100; i++)
		put(&w, " indented");
	for (size_t i = 0; i < N_OF(limits); i++) {
		size_t kept = limits[i].kept, last;
		struct tsmmr_report *report;
		const struct tsmmr_event *event;
		struct tsmmr_stream *stream;
		struct tsmmr_log *log;
		struct tsmmr_ctx *ctx;

		assert_code(tsmmr_ctx_copy(*state, &ctx, NULL), 0);
		assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_FINDINGS, limits[i].limit, NULL),
			    0);
		assert_code(open_mem_as(ctx, 0, 0, "rtmr3", w.text, w.n, &stream, NULL), 0);
		while (tsmmr_stream_next(stream, &event, NULL) > 0)
			;
		assert_int_equal(tsmmr_stream_finding_count(stream), kept);
		assert_code(parse_as(ctx, 0, 0, "rtmr3", w.text, w.n, &log, NULL), 0);
		assert_int_equal(tsmmr_log_finding_count(log), kept);
		assert_code(tsmmr_report_new(ctx, &log, 1, NULL, NULL, &report, NULL), 0);
		last = tsmmr_report_finding_count(report) - 1;
		assert_int_equal(last + 1, kept < 100 ? kept + 1 : kept);
		if (kept < 100)
			assert_string_equal(tsmmr_finding_id(tsmmr_report_finding(report, last)),
					    "FINDINGS_CAPPED");
		tsmmr_report_free(report);
		tsmmr_log_free(log);
		tsmmr_stream_free(stream);
		tsmmr_ctx_free(ctx);
	}
}

static void virtual_registers_are_as_proven_as_their_carrier(void **state)
{
	const char zero[] = "mr_app extend sha256/"
			    "0000000000000000000000000000000000000000000000000000000000000000";
	uint8_t want[32], both[64] = { 0 };
	struct tsmmr_report *report;
	struct writer w = { .n = 0 };
	const uint8_t *value;
	size_t n;

	sync_line(&w);
	record(&w, zero);
	report = report_on(*state, w.text, w.n, w.value);
	assert_int_equal(tsmmr_report_count(report), 2);
	assert_string_equal(tsmmr_report_name(report, 0), "rtmr3/mr_app");
	assert_code(tsmmr_report_status(report, 0), TSMMR_STATUS_VERIFIED);
	assert_int_equal(EVP_Digest(both, 64, want, NULL, EVP_sha256(), NULL), 1);
	assert_code(tsmmr_report_replayed(report, 0, &value, &n), 0);
	assert_bytes(value, n, want, sizeof(want));
	assert_code(verdict_for(*state, report, "rtmr3/mr_app", NULL), TSMMR_VERDICT_VERIFIED);
	tsmmr_report_free(report);

	/* The carrier has another value: then nothing is known of what it carries. */
	w.value[0] ^= 1;
	report = report_on(*state, w.text, w.n, w.value);
	assert_code(tsmmr_report_status(report, 0), TSMMR_STATUS_NO_EVIDENCE);
	assert_string_equal(tsmmr_report_name(report, 1), "rtmr3");
	assert_int_equal(tsmmr_report_is_accepted(report, 0), 0);
	assert_code(verdict_for(*state, report, "rtmr3/mr_app", NULL), TSMMR_VERDICT_MISMATCH);
	tsmmr_report_free(report);
}

/*
 * A log of the virtual register's own that begins at a SYNC comes to the carried value, and
 * proves no more than any log without its front.
 */
static void a_virtual_register_is_not_verified_across_a_gap(void **state)
{
	static const char *const lines[] = { "first", "second" };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_log *logs[2];
	struct tsmmr_regs *regs;
	struct writer w = { .n = 0 };
	uint8_t digest[32], both[64] = { 0 };
	char own[256], line[256], expect[128] = "rtmr3=";
	uint64_t withheld;

	sync_line(&w);
	for (size_t i = 0; i < 3; i++) {
		/* The second record of the three is a SYNC with the value before it. */
		const char *text = i ? lines[1] : lines[0];

		if (i == 1) {
			strcpy(own, "SYNC sha256/");
			hex(both, 32, own + strlen(own));
			text = own;
		}
		assert_int_equal(EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL),
				 1);
		memcpy(both + 32, digest, 32);
		assert_int_equal(EVP_Digest(both, 64, both, NULL, EVP_sha256(), NULL), 1);
		strcpy(line, "mr_app extend sha256/");
		hex(digest, 32, line + strlen(line));
		record(&w, line);
	}
	strcat(own, "\nsecond\n");
	hex(w.value, 48, expect + 6);

	assert_code(tsmmr_regs_from_values(*state, 0, 0, expect, strlen(expect), &regs, &err), 0);
	assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, "rtmr3", w.text, w.n, &logs[0], &err),
		    0);
	assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, "rtmr3/mr_app:sha256", own, strlen(own),
			     &logs[1], &err),
		    0);
	assert_code(tsmmr_report_new(*state, (struct tsmmr_log *const *)logs, 2, regs, NULL,
				     &report, &err),
		    0);
	assert_string_equal(tsmmr_report_name(report, 0), "rtmr3/mr_app");
	assert_code(tsmmr_report_status(report, 0), TSMMR_STATUS_INCOMPLETE);
	assert_string_equal(tsmmr_gap_word(tsmmr_report_gap(report, 0, 0)), "unanchored");
	assert_int_equal(tsmmr_report_is_event_proven(report, 1, 1), 0);
	/* Of its records those that carry it are proven, and those of its own log are not. */
	assert_string_equal(domain_of(*state, report, (struct tsmmr_log *const *)logs, 2,
				      "rtmr3/mr_app", &withheld),
			    "0.1 0.2 0.3 ");
	assert_int_equal(withheld, 2);
	tsmmr_report_free(report);
	tsmmr_log_free(logs[1]);

	/* The whole of it proves itself. */
	strcpy(line, own);
	strcpy(own, "first\n");
	strcat(own, line);
	assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, "rtmr3/mr_app:sha256", own, strlen(own),
			     &logs[1], &err),
		    0);
	assert_code(tsmmr_report_new(*state, (struct tsmmr_log *const *)logs, 2, regs, NULL,
				     &report, &err),
		    0);
	assert_string_equal(domain_of(*state, report, (struct tsmmr_log *const *)logs, 2,
				      "rtmr3/mr_app", &withheld),
			    "0.1 0.2 0.3 1.0 1.1 1.2 ");
	assert_int_equal(withheld, 0);
	tsmmr_report_free(report);
	tsmmr_log_free(logs[0]);
	tsmmr_log_free(logs[1]);
	tsmmr_regs_free(regs);
}

static void a_manifest_is_believed_when_its_hash_is_the_register(void **state)
{
	const char manifest[] =
		"# policy\nkernel.org/tsm/static_mr mr_policy sha256/"
		"0101010101010101010101010101010101010101010101010101010101010101\n";
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *base, *regs = NULL;
	const struct tsmmr_reg *reg;
	const uint8_t *value;
	uint8_t digest[48];
	char text[160] = "mrconfigid=";
	size_t n;

	assert_int_equal(EVP_Digest(manifest, strlen(manifest), digest, NULL, EVP_sha384(), NULL),
			 1);
	hex(digest, 48, text + strlen(text));
	assert_code(tsmmr_regs_from_values(*state, 0, 0, text, strlen(text), &base, &err), 0);
	assert_code(tsmmr_regs_with_manifest(*state, base, "mrconfigid", manifest,
					     strlen(manifest) - 1, &regs, &err),
		    TSMMR_E_UNTRUSTED);
	assert_null(regs);
	assert_code(tsmmr_regs_with_manifest(*state, base, "mrtd", manifest, strlen(manifest),
					     &regs, &err),
		    TSMMR_E_NOTFOUND);
	assert_code(tsmmr_regs_with_manifest(*state, base, "mrconfigid", manifest, strlen(manifest),
					     &regs, &err),
		    0);
	tsmmr_regs_free(base);
	reg = tsmmr_regs_find(regs, "mrconfigid/mr_policy", TSMMR_HASH_SHA256);
	assert_non_null(reg);
	assert_code(tsmmr_reg_value(reg, &value, &n), 0);
	assert_int_equal(n, 32);
	assert_int_equal(value[31], 1);
	tsmmr_regs_free(regs);
}

static void text_of_another_register(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log = NULL;

	assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, NULL, "a\n", 2, &log, &err),
		    TSMMR_E_ARG);
	assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, "rtmr9", "a\n", 2, &log, &err),
		    TSMMR_E_NOTFOUND);
	assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, "pcr16", "a\n", 2, &log, &err),
		    TSMMR_E_ARG);
	assert_null(log);
	assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, "pcr16:sha256", "a\n", 2, &log, &err),
		    0);
	tsmmr_log_free(log);
	/* A provider no table has: the hash is said, the rest is made up. */
	assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, "new_guest/mr7:sha256", "a\n", 2, &log,
			     &err),
		    0);
	assert_string_equal(tsmmr_event_register(tsmmr_log_get(log, 0)), "mr7");
	tsmmr_log_free(log);
}

/* The agent's records in the CCEL and again beside it count once, if they are the same. */
static void the_agents_records_count_once(void **state)
{
	static const uint8_t aael[] = "LEAA\x05\0\0\0a b c";
	uint64_t withheld;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_log *logs[2], *merged;
	struct tsmmr_regs *regs;
	struct maker ccel, beside;
	uint8_t digest[48], value[48] = { 0 };
	char expect[128] = "rtmr3=";
	size_t n = sizeof(aael) - 1;

	assert_int_equal(EVP_Digest(aael, n, digest, NULL, EVP_sha384(), NULL), 1);
	extend(value, digest);
	hex(value, 48, expect + strlen(expect));
	ccel.n = beside.n = 0;
	mk_header(&ccel, 1, TSMMR_HASH_SHA384, 48);
	mk_event_digest(&ccel, 4, 6, TSMMR_HASH_SHA384, digest, 48, aael, n);
	mk_event_digest(&beside, 4, 6, TSMMR_HASH_SHA384, digest, 48, aael, n);

	assert_code(tsmmr_regs_from_values(*state, 0, 0, expect, strlen(expect), &regs, &err), 0);
	assert_code(tsmmr_log_parse(*state, NULL, ccel.bytes, ccel.n, &logs[0], &err), 0);
	assert_code(tsmmr_log_parse(*state, NULL, beside.bytes, beside.n, &logs[1], &err), 0);
	assert_code(tsmmr_log_format(logs[1]), TSMMR_FORMAT_AAEL);
	assert_code(tsmmr_report_new(*state, (struct tsmmr_log *const *)logs, 2, regs, NULL,
				     &report, &err),
		    0);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
	assert_int_equal(tsmmr_report_is_event_proven(report, 1, 0), 1);
	assert_string_equal(domain_of(*state, report, (struct tsmmr_log *const *)logs, 2, "a b",
				      &withheld),
			    "0.1 ");
	assert_int_equal(withheld, 0);
	tsmmr_report_free(report);

	assert_code(tsmmr_log_merge(*state, (struct tsmmr_log *const *)logs, 2, &merged, &err), 0);
	assert_int_equal(tsmmr_log_count(merged), 2);
	tsmmr_log_free(merged);
	tsmmr_log_free(logs[1]);

	/* Other records beside it are more records, and the register does not have them. */
	digest[0] ^= 1;
	beside.n = 0;
	mk_event_digest(&beside, 4, 6, TSMMR_HASH_SHA384, digest, 48, aael, n);
	assert_code(tsmmr_log_parse(*state, NULL, beside.bytes, beside.n, &logs[1], &err), 0);
	assert_code(tsmmr_report_new(*state, (struct tsmmr_log *const *)logs, 2, regs, NULL,
				     &report, &err),
		    0);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(tsmmr_report_is_event_proven(report, 1, 0), 0);
	tsmmr_report_free(report);
	tsmmr_log_free(logs[0]);
	tsmmr_log_free(logs[1]);
	tsmmr_regs_free(regs);
}

/* A runtime log that continues a register of the firmware's: the join is proven, or named. */
static void the_join_is_checked(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_log *logs[2];
	struct tsmmr_regs *regs;
	struct writer w = { .n = 0 };
	struct maker ccel;
	uint8_t digest[48];
	char expect[128] = "rtmr3=";

	for (int wrong = 0; wrong < 2; wrong++) {
		const char *id = NULL;

		memset(&w, 0, sizeof(w));
		memset(digest, 7, sizeof(digest));
		extend(w.value, digest);
		sync_line(&w);
		record(&w, "hello");
		hex(w.value, 48, expect + 6);

		ccel.n = 0;
		mk_header(&ccel, 1, TSMMR_HASH_SHA384, 48);
		digest[0] += (uint8_t)wrong;
		mk_event_digest(&ccel, 4, 13, TSMMR_HASH_SHA384, digest, 48, "x", 1);
		assert_code(tsmmr_regs_from_values(*state, 0, 0, expect, strlen(expect), &regs,
						   &err),
			    0);
		assert_code(tsmmr_log_parse(*state, NULL, ccel.bytes, ccel.n, &logs[0], &err), 0);
		assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, "app-runtime", w.text, w.n,
				     &logs[1], &err),
			    0);
		assert_code(tsmmr_report_new(*state, (struct tsmmr_log *const *)logs, 2, regs, NULL,
					     &report, &err),
			    0);
		if (wrong) {
			assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
			id = tsmmr_finding_id(tsmmr_report_finding(report, 0));
			assert_string_equal(id, "JOIN_DIFFERS");
		} else {
			assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
			assert_string_equal(tsmmr_report_anchor(report, 0), "firmware-log");
		}
		tsmmr_report_free(report);
		tsmmr_log_free(logs[0]);
		tsmmr_log_free(logs[1]);
		tsmmr_regs_free(regs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(off_log_extensions_are_bridged_not_forgiven),
		cmocka_unit_test(a_log_without_them_is_verified),
		cmocka_unit_test(a_hint_alone_proves_nothing),
		cmocka_unit_test(what_nobody_logged_is_a_gap),
		cmocka_unit_test(a_cut_front_is_unanchored),
		cmocka_unit_test(a_forged_sync_in_the_tail_is_a_mismatch),
		cmocka_unit_test(a_measured_forgery_derails_nothing),
		cmocka_unit_test(no_changed_record_is_verified),
		cmocka_unit_test(too_many_readings_are_incomplete),
		cmocka_unit_test(lines_the_kernel_never_wrote_are_found),
		cmocka_unit_test(records_of_one_application),
		cmocka_unit_test(domains_that_are_none),
		cmocka_unit_test(findings_are_limited),
		cmocka_unit_test(virtual_registers_are_as_proven_as_their_carrier),
		cmocka_unit_test(a_virtual_register_is_not_verified_across_a_gap),
		cmocka_unit_test(a_manifest_is_believed_when_its_hash_is_the_register),
		cmocka_unit_test(text_of_another_register),
		cmocka_unit_test(the_agents_records_count_once),
		cmocka_unit_test(the_join_is_checked),
	};

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
