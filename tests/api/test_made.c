/* SPDX-License-Identifier: BSD-2-Clause */
/* log.h: canonical event logs about registers of a platform that no table has. */
#include "testing.h"

static const char first_text[] = "SYNC sha256/"
				 "00000000000000000000000000000000"
				 "00000000000000000000000000000000\n"
				 "example.org/app start\n# a comment\n";
static const char second_text[] = "example.org/app ready\n\n";

static struct tsmmr_log *text(const struct tsmmr_ctx *ctx, const char *reg, const char *lines)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;

	if (parse_as(ctx, TSMMR_FORMAT_TEXT, TSMMR_PLATFORM_AUTO, reg, lines, strlen(lines), &log,
		     &err) < 0)
		fail_msg("%s: %s", reg, err.message);
	return log;
}

static const char *const forms[] = { "cel-cbor", "cel-json", "cel-tlv", "cel-cbor-seq" };

static int form(size_t i)
{
	int format = 0;

	assert_code(tsmmr_name_find(TSMMR_NAMES_FORMAT, forms[i], &format), 0);
	return format;
}

/* What is measured: as many events of each register, with the same digests. */
static void same_measured(const struct tsmmr_log *log, struct tsmmr_log *const *texts)
{
	size_t at[2] = { 0 }, n = 0;

	for (size_t i = 0; i < tsmmr_log_count(log); i++) {
		const struct tsmmr_event *e = tsmmr_log_get(log, i), *want;
		const uint8_t *digest, *other;
		int alg, other_alg;
		size_t len, k;

		if (!tsmmr_event_is_measured(e))
			continue;
		k = strcmp(tsmmr_event_register(e), "agile") != 0;
		do
			want = tsmmr_log_get(texts[k], at[k]++);
		while (want && !tsmmr_event_is_measured(want));
		assert_non_null(want);
		assert_string_equal(tsmmr_event_register(e), k ? "mr1" : "agile");
		assert_code(tsmmr_event_digest(e, 0, &alg, &digest, &len), 0);
		assert_code(tsmmr_event_digest(want, 0, &other_alg, &other, &n), 0);
		assert_int_equal(alg, other_alg);
		assert_bytes(digest, len, other, n);
		assert_int_equal(tsmmr_event_digest_count(e), 1);
	}
	assert_true(at[0] && at[1]);
}

static void names_go_through_every_form(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct tsmmr_log *texts[] = { text(ctx, "acme/agile:sha256", first_text),
				      text(ctx, "acme/mr1:sha384", second_text) };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *merged;

	assert_code(tsmmr_log_merge(ctx, texts, 2, &merged, &err), 0);
	for (size_t i = 0; i < N_OF(forms); i++) {
		struct tsmmr_log *back;
		uint8_t *out, *again;
		size_t n, m;

		assert_code(tsmmr_log_export(ctx, merged, form(i), &out, &n, &err), 0);
		if (tsmmr_log_parse(ctx, NULL, out, n, &back, &err) < 0)
			fail_msg("%s: %s", forms[i], err.message);
		same_measured(back, texts);
		assert_code(tsmmr_log_export(ctx, back, form(i), &again, &m, &err), 0);
		assert_bytes(again, m, out, n);
		tsmmr_log_free(back);
		tsmmr_free(again);
		tsmmr_free(out);
	}
	tsmmr_log_free(merged);
	tsmmr_log_free(texts[0]);
	tsmmr_log_free(texts[1]);
}

/* A register that another's log carries is called by both names. */
static void a_carried_register_keeps_its_name(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct tsmmr_log *log = text(ctx, "rtmr3/mr_ima:sha256", second_text), *back;
	uint8_t *out;
	size_t n;

	assert_code(tsmmr_log_export(ctx, log, form(0), &out, &n, NULL), 0);
	assert_code(tsmmr_log_parse(ctx, NULL, out, n, &back, NULL), 0);
	assert_string_equal(tsmmr_event_register(tsmmr_log_get(back, 1)), "rtmr3/mr_ima");
	tsmmr_log_free(back);
	tsmmr_log_free(log);
	tsmmr_free(out);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define RECORD(n, pcr, type, data)                                                              \
	"{\"recnum\":" #n ",\"pcr\":" #pcr ",\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":"  \
	"\"" ZEROS "\"}],\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":\"" type \
	"\",\"event_data\":\"" data "\"}}\n"
#define MAP(n, pcr, name) RECORD(n, pcr, "EV_NO_ACTION", "54534d4d5220696e646578206d617000" name)
#define AGILE "61636d652f6167696c653a736861323536" /* acme/agile:sha256 */
#define OTHER "61636d652f6f746865723a736861333834" /* acme/other:sha384 */
#define LINE(n, pcr) RECORD(n, pcr, "EV_ACTION", "61")

/* What a log says of its numbers can only ever make it be refused. */
static void names_that_contradict_are_refused(void **state)
{
	static const struct {
		const char *log;
		int code;
		uint64_t record;
	} logs[] = {
		{ MAP(0, 0, AGILE) LINE(1, 0), 0, 0 },
		{ MAP(0, 0, AGILE) MAP(0, 1, OTHER) LINE(1, 1), 0, 0 },
		{ MAP(0, 0, AGILE) MAP(1, 0, AGILE) LINE(2, 0), 0, 0 },
		/* a number that nobody named, has two names, shares one, or is none */
		{ MAP(0, 0, AGILE) LINE(0, 1), TSMMR_E_MALFORMED, 1 },
		{ MAP(0, 0, AGILE) MAP(1, 0, OTHER), TSMMR_E_MALFORMED, 1 },
		{ MAP(0, 0, AGILE) MAP(0, 1, AGILE), TSMMR_E_MALFORMED, 1 },
		{ MAP(0, 0, AGILE) MAP(0, 64, OTHER), TSMMR_E_MALFORMED, 1 },
		/* acme/agile first at number 1; another provider's; one a table has */
		{ MAP(0, 1, AGILE) LINE(1, 1), TSMMR_E_MALFORMED, 0 },
		{ MAP(0, 0, AGILE) MAP(0, 1, "7a6574612f78"), TSMMR_E_MALFORMED, 1 },
		{ MAP(0, 0, "7464785f67756573742f72746d72303a736861333834") LINE(1, 0),
		  TSMMR_E_MALFORMED, 0 },
		/* no name: an escape sequence in it, nothing after the blank */
		{ MAP(0, 0, "61636d652f1b5b316d613a736861323536") LINE(1, 0), TSMMR_E_MALFORMED,
		  0 },
		{ MAP(0, 0, AGILE) MAP(0, 1, "61636d652f"), TSMMR_E_MALFORMED, 1 },
		{ MAP(0, 0, AGILE) MAP(0, 1, "x"), TSMMR_E_MALFORMED, 1 },
	};
	const struct tsmmr_ctx *ctx = *state;

	for (size_t i = 0; i < N_OF(logs); i++) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_log *log = NULL;

		print_message("%zu\n", i);
		assert_code(tsmmr_log_parse(ctx, NULL, logs[i].log, strlen(logs[i].log), &log,
					    &err),
			    logs[i].code);
		if (logs[i].code)
			assert_int_equal(err.record, logs[i].record);
		assert_null(strchr(err.message, 0x1b));
		tsmmr_log_free(log);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_through_every_form),
		cmocka_unit_test(a_carried_register_keeps_its_name),
		cmocka_unit_test(names_that_contradict_are_refused),
	};

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
