/* SPDX-License-Identifier: BSD-2-Clause */
/* Attacks on canonical event logs and IMA's lists: rules 33 and 34 (see RULES.tsv). */
#include "world.h"

#define ONE "1111111111111111111111111111111111111111"
#define DIGEST "{\"hashAlg\":\"sha1\",\"digest\":\"" ONE "\"}"
#define CONTENT                              \
	"\"content_type\":\"pcclient_std\"," \
	"\"content\":{\"event_type\":\"EV_IPL\",\"event_data\":\"00\"}"
#define RECORD(recnum, index) \
	"{\"recnum\":" recnum "," index ",\"digests\":[" DIGEST "]," CONTENT "}"

static int parse(struct tsmmr_ctx *ctx, int format, int platform, const char *text,
		 struct tsmmr_log **ret)
{
	struct tsmmr_error err = ERROR_INIT;

	return parse_as(ctx, format, platform, NULL, text, strlen(text), ret, &err);
}

static void assert_refused(void **state, const char *text)
{
	struct tsmmr_log *log = NULL;

	assert_code(parse(*state, TSMMR_FORMAT_CEL_JSON, TSMMR_PLATFORM_TPM, text, &log),
		    TSMMR_E_MALFORMED);
	assert_null(log);
}

static void assert_taken(struct tsmmr_ctx *ctx, const char *text)
{
	struct tsmmr_log *log = NULL;

	assert_code(parse(ctx, TSMMR_FORMAT_CEL_JSON, TSMMR_PLATFORM_TPM, text, &log), 0);
	tsmmr_log_free(log);
}

/* The verdict on a log with these values. */
static int verdict(struct tsmmr_ctx *ctx, int format, const char *text, const char *values)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report = NULL;
	struct tsmmr_regs *regs = NULL;
	struct tsmmr_log *log = NULL;
	struct tsmmr_policy *policy = policy_sha1(ctx);
	int r;

	assert_code(parse(ctx, format, TSMMR_PLATFORM_TPM, text, &log), 0);
	assert_code(tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_TPM, values,
					   strlen(values), &regs, &err),
		    0);
	assert_code(tsmmr_report_new(ctx, &log, 1, regs, policy, &report, &err), 0);
	r = tsmmr_report_verdict(report);
	tsmmr_policy_free(policy);
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
	tsmmr_log_free(log);
	return r;
}

/* The SHA-1 value that a register has after one digest of that byte. */
static void extended(const char *name, int fill, char *ret)
{
	uint8_t input[40] = { 0 }, digest[20];
	unsigned n;
	int at;

	memset(input + 20, fill, 20);
	assert_int_equal(EVP_Digest(input, sizeof(input), digest, &n, EVP_sha1(), NULL), 1);
	at = sprintf(ret, "%s:sha1=", name);
	for (size_t i = 0; i < sizeof(digest); i++)
		at += sprintf(ret + at, "%02x", digest[i]);
}

/* Rule 34: a record that was taken out shows in the numbers of its register. */
static void record_numbers_count_for_each_register(void **state)
{
	static const char good[] = "[" RECORD("0", "\"pcr\":1") "," RECORD(
		"0", "\"pcr\":2") "," RECORD("1", "\"pcr\":1") "]";
	static const char bad[] = "[" RECORD("0", "\"pcr\":1") "," RECORD("2", "\"pcr\":1") "]";

	assert_code(tsmmr_ctx_set_flags(*state, TSMMR_CTX_STRICT, NULL), 0);
	assert_taken(*state, good);
	assert_refused(state, bad);
	assert_code(tsmmr_ctx_set_flags(*state, 0, NULL), 0);
	assert_taken(*state, bad);
}

/* Rule 34: which of two would be replayed is the reader's whim. */
static void a_record_is_about_one_register(void **state)
{
	assert_refused(state, "[" RECORD("0", "\"pcr\":1,\"nv_index\":536870912") "]");
	assert_refused(state, "[" RECORD("0", "\"x\":1") "]");
}

/* Rule 34: readers differ in which of two they take. */
static void a_key_stands_once(void **state)
{
	assert_refused(state, "[" RECORD("0", "\"pcr\":1,\"pcr\":2") "]");
}

/* Rule 16, in CEL: two extensions folded into one record would hide one. */
static void a_record_has_one_digest_of_an_algorithm(void **state)
{
	assert_refused(state, "[{\"recnum\":0,\"pcr\":1,\"digests\":[" DIGEST "," DIGEST
			      "]," CONTENT "}]");
}

/* "TSMMR index map\0tdx rtmr", and the same of a TPM. */
#define MAP(of)                                                                               \
	"{\"recnum\":0,\"pcr\":0,\"digests\":[" DIGEST "],\"content_type\":\"pcclient_std\"," \
	"\"content\":{\"event_type\":\"EV_NO_ACTION\",\"event_data\":"                        \
	"\"54534d4d5220696e646578206d617000" of "\"}}"

/* Our own hint can contradict, and only that. */
static void a_map_that_contradicts_is_refused(void **state)
{
	assert_refused(state, "[" MAP("7464782072746d72") "]");
	assert_refused(state, "[" MAP("736f6d65626f6479") "]");
	assert_taken(*state, "[" MAP("74706d20706372") "]");
}

/* Who marks a record as an extension off the log gets the gap for it. */
static void a_mark_is_a_gap(void **state)
{
	static const char tagged[] =
		"[{\"recnum\":0,\"pcr\":1,\"digests\":[" DIGEST "],"
		"\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":\"EV_EVENT_TAG\","
		"\"event_data\":\"524d535401000000"
		"23\"}}]";
	char expect[64];

	extended("pcr1", 0x11, expect);

	assert_code(verdict(*state, TSMMR_FORMAT_CEL_JSON, "[" RECORD("0", "\"pcr\":1") "]",
			    expect),
		    TSMMR_VERDICT_VERIFIED);
	assert_code(verdict(*state, TSMMR_FORMAT_CEL_JSON, tagged, expect),
		    TSMMR_VERDICT_INCOMPLETE);
}

/* Rule 33: what is listed as zeros was extended as ones. */
static void a_violation_extends_ones(void **state)
{
	static const char list[] = "10 0000000000000000000000000000000000000000 ima-ng "
				   "sha1:0000000000000000000000000000000000000000 /bin/true\n";
	char ones[64], zeros[64];

	extended("pcr10", 0xff, ones);
	extended("pcr10", 0x00, zeros);
	assert_code(verdict(*state, TSMMR_FORMAT_IMA_ASCII, list, ones), TSMMR_VERDICT_VERIFIED);
	assert_code(verdict(*state, TSMMR_FORMAT_IMA_ASCII, list, zeros), TSMMR_VERDICT_MISMATCH);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_numbers_count_for_each_register),
		cmocka_unit_test(a_record_is_about_one_register),
		cmocka_unit_test(a_key_stands_once),
		cmocka_unit_test(a_record_has_one_digest_of_an_algorithm),
		cmocka_unit_test(a_map_that_contradicts_is_refused),
		cmocka_unit_test(a_mark_is_a_gap),
		cmocka_unit_test(a_violation_extends_ones),
	};

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
