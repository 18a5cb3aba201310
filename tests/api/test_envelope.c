/* SPDX-License-Identifier: BSD-2-Clause */
/* regs.h: evidence that comes in an envelope, with its logs. */
#include "testing.h"

#define WHEN 1767225600 /* 2026-01-01, when the TEST certificates are valid */

static int add_file(struct tsmmr_evidence *ev, int part, const char *file)
{
	struct tsmmr_error err = ERROR_INIT;
	struct bytes b = read_data(file);
	int r = tsmmr_evidence_add(ev, part, b.p, b.n, &err);

	bytes_done(&b);
	return r;
}

/* One file is the evidence and the log: nothing else is needed for a yes. */
static void evidence_and_its_log_in_one(void **state)
{
	struct bytes root = read_data("tdx-twin/root.pem");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_evidence *ev;
	struct tsmmr_report *report;
	struct tsmmr_policy *policy;
	struct tsmmr_regs *regs;
	struct tsmmr_ctx *ctx;
	struct tsmmr_log *log;
	const uint8_t *data;
	const char *reg = "";
	int format = -1;
	size_t len;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_time(ctx, WHEN, NULL), 0);
	assert_code(tsmmr_ctx_add_trust_root(ctx, root.p, root.n, &err), 0);
	assert_code(tsmmr_evidence_new(ctx, &ev, &err), 0);
	assert_code(add_file(ev, TSMMR_PART_AUTO, "envelope/coco-tdx.json"), 0);

	assert_string_equal(tsmmr_evidence_envelope(ev, 0), "coco-tdx");
	assert_null(tsmmr_evidence_envelope(ev, 1));
	assert_int_equal(tsmmr_evidence_log_count(ev), 1);
	assert_code(tsmmr_evidence_log(ev, 0, &format, &reg, &data, &len), 0);
	assert_code(tsmmr_evidence_log(ev, 0, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(format, TSMMR_FORMAT_AUTO);
	assert_null(reg);

	assert_code(tsmmr_regs_from_evidence(ctx, ev, &regs, &err), 0);
	assert_code(parse_as(ctx, format, TSMMR_PLATFORM_AUTO, reg, data, len, &log, &err), 0);
	policy = policy_made(ctx);
	assert_code(tsmmr_policy_set_no_nonce(policy, &err), 0);
	assert_code(tsmmr_report_new(ctx, &log, 1, regs, policy, &report, &err), 0);
	assert_int_equal(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);

	tsmmr_report_free(report);
	tsmmr_policy_free(policy);
	tsmmr_log_free(log);
	tsmmr_regs_free(regs);
	tsmmr_evidence_free(ev);
	tsmmr_ctx_free(ctx);
	bytes_done(&root);
}

/* An envelope that cannot be taken as a whole leaves nothing of itself. */
static void all_of_it_or_nothing(void **state)
{
	static const char bad[] = "{\"quote\":\"AAAA\",\"cc_eventlog\":\"!\"}";
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_evidence *ev;
	struct tsmmr_ctx *ctx;
	const uint8_t *data;
	size_t len;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_evidence_new(ctx, &ev, &err), 0);
	assert_code(tsmmr_evidence_add(ev, TSMMR_PART_QUOTE, bad, sizeof(bad) - 1, &err),
		    TSMMR_E_MALFORMED);
	assert_null(tsmmr_evidence_envelope(ev, 0));
	assert_int_equal(tsmmr_evidence_log_count(ev), 0);
	assert_code(tsmmr_evidence_part(ev, TSMMR_PART_QUOTE, &data, &len), TSMMR_E_NOTFOUND);

	/* What is given as another part is what the caller says it is. */
	assert_code(add_file(ev, TSMMR_PART_PCRS, "envelope/coco-tdx.json"), 0);
	assert_null(tsmmr_evidence_envelope(ev, 0));

	/* 8 envelopes, and not one more: the ninth leaves neither its quote nor its log. */
	for (size_t i = 0; i < 7; i++)
		assert_code(add_file(ev, TSMMR_PART_AUTO, "envelope/coco-tdx.json"), 0);
	assert_code(add_file(ev, TSMMR_PART_AUTO, "envelope/coco-tdx.json"), 0);
	assert_code(add_file(ev, TSMMR_PART_AUTO, "envelope/coco-tdx.json"), TSMMR_E_LIMIT);
	assert_int_equal(tsmmr_evidence_log_count(ev), 8);
	tsmmr_evidence_free(ev);
	tsmmr_ctx_free(ctx);
}

/* What nobody opens is not evidence: three envelopes in one another, and not a fourth. */
static void envelopes_in_envelopes(void **state)
{
	struct bytes td = read_data("envelope/coco-tdx-no-log.json");
	static const char before[] = "{\"tee-evidence\":", after[] = "}";
	char text[8192];
	size_t n = td.n;

	assert_true(td.n + 4 * sizeof(before) < sizeof(text));
	memcpy(text, td.p, td.n);
	for (size_t deep = 1; deep <= 4; deep++) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_regs *regs = NULL;
		struct tsmmr_evidence *ev;
		struct tsmmr_ctx *ctx;
		int r;

		assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
		assert_code(tsmmr_evidence_new(ctx, &ev, &err), 0);
		assert_code(tsmmr_evidence_add(ev, TSMMR_PART_AUTO, text, n, &err), 0);
		r = tsmmr_regs_from_evidence(ctx, ev, &regs, &err);
		assert_code(r, deep <= 3 ? 0 : TSMMR_E_UNSUPPORTED);
		if (deep <= 3)
			assert_string_equal(tsmmr_evidence_envelope(ev, deep - 1), "coco-tdx");
		assert_null(tsmmr_evidence_envelope(ev, deep));
		tsmmr_regs_free(regs);
		tsmmr_evidence_free(ev);
		tsmmr_ctx_free(ctx);

		memmove(text + sizeof(before) - 1, text, n);
		memcpy(text, before, sizeof(before) - 1);
		n += sizeof(before) - 1;
		memcpy(text + n, after, sizeof(after) - 1);
		n += sizeof(after) - 1;
	}
	bytes_done(&td);
}

/* Editors of Windows begin text with a byte order mark; bytes may begin so too. */
static void a_mark_before_text(void **state)
{
	static const struct {
		const char *file;
		bool log;
	} files[] = {
		{ "envelope/coco-tdx.json", false }, { "envelope/coco-tdx.base64", false },
		{ "envelope/tdx-guest.bin", false }, { "cel/text.json", true },
		{ "dstack/full.json", true },        { "dstack/string.json", true },
		{ "dstack/lines.json", true },
	};
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	for (size_t i = 0; i < N_OF(files); i++) {
		struct bytes b = read_data(files[i].file);
		struct tsmmr_evidence *ev;
		struct tsmmr_log *log = NULL;
		uint8_t *marked = malloc(b.n + 3);

		assert_non_null(marked);
		memcpy(marked, "\xef\xbb\xbf", 3);
		memcpy(marked + 3, b.p, b.n);
		assert_code(tsmmr_evidence_new(ctx, &ev, NULL), 0);
		if (files[i].log)
			assert_code(tsmmr_log_parse(ctx, NULL, marked, b.n + 3, &log, NULL), 0);
		else
			assert_code(tsmmr_evidence_add(ev, 0, marked, b.n + 3, NULL), 0);
		assert_int_equal(files[i].log || tsmmr_evidence_envelope(ev, 0),
				 !strstr(files[i].file, ".bin"));
		tsmmr_log_free(log);
		tsmmr_evidence_free(ev);
		free(marked);
		bytes_done(&b);
	}
	tsmmr_ctx_free(ctx);
}

static void arguments_are_checked(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_evidence *ev;
	struct tsmmr_ctx *ctx;
	const uint8_t *data;
	size_t len;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_evidence_new(ctx, &ev, &err), 0);
	assert_null(tsmmr_evidence_envelope(NULL, 0));
	assert_null(tsmmr_evidence_envelope(ev, SIZE_MAX));
	assert_int_equal(tsmmr_evidence_log_count(NULL), 0);
	assert_code(tsmmr_evidence_log(NULL, 0, NULL, NULL, &data, &len), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_log(ev, 0, NULL, NULL, &data, &len), TSMMR_E_NOTFOUND);
	tsmmr_evidence_free(ev);
	tsmmr_ctx_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence_and_its_log_in_one),
		cmocka_unit_test(all_of_it_or_nothing),
		cmocka_unit_test(envelopes_in_envelopes),
		cmocka_unit_test(a_mark_before_text),
		cmocka_unit_test(arguments_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
