/* SPDX-License-Identifier: BSD-2-Clause */
/* Attacks on logs and evidence together: rules 27 to 35 (see RULES.tsv). */
#include "world.h"

/* Rule 27, dstack #706: the same records in another order are another register. */
static void another_order_is_a_mismatch(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	extend(w, 1, "a");
	extend(w, 1, "b");
	claim(w, 1, EV_IPL, "b", "b", 1);
	claim(w, 1, EV_IPL, "a", "a", 1);
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	world_free(w);
}

/* Rule 30, trustee #1056 and #1068: a PCR is no RTMR, whatever its number. */
static void a_log_of_another_index_space_explains_nothing(void **state)
{
	struct world *w = world_new(state);

	begin_log(w, TSMMR_PLATFORM_TPM, 1, (const int[]){ TSMMR_HASH_SHA384 });
	measure(w, 1, EV_IPL, "a");
	/* The same value, as the evidence of a TD has it. */
	memcpy(hw_find(w, "rtmr0", TSMMR_HASH_SHA384)->value,
	       hw_find(w, "pcr1", TSMMR_HASH_SHA384)->value, 48);
	hw_find(w, "pcr1", TSMMR_HASH_SHA384)->asked = false;
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(status_of(w, "rtmr0"), INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr0"), "no-log");
	assert_int_equal(status_of(w, "pcr1"), NO_EVIDENCE);
	assert_true(found(w, "INDEX_SPACE_WRONG"));
	world_free(w);
}

/* Rule 30: MR index 1 is RTMR0, and nothing is tried one off. */
static void one_off_is_a_mismatch(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	extend(w, 1, "a");
	extend(w, 2, "b");
	claim(w, 2, EV_IPL, "a", "a", 1);
	claim(w, 3, EV_IPL, "b", "b", 1);
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	assert_int_equal(status_of(w, "rtmr1"), MISMATCH);
	world_free(w);
}

/* A firmware log that extends RTMR2, and the kernel's text log of it, as whoever has it. */
static void join_with(struct world *w, int fill)
{
	begin_ccel(w);
	measure(w, 3, EV_IPL, "kernel");
	begin_text(w, "rtmr2");
	record(w, sync_of(w, fill));
	record(w, "app start");
}

/* Rules 5 and 31: a runtime log begins where the firmware's ends. */
static void a_join_is_anchored_in_the_firmware_log(void **state)
{
	struct world *w = world_new(state);

	join_with(w, -1);
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_string_equal(anchor_of(w, "rtmr2"), "firmware-log");
	/* Without the firmware's log it rests on its own word. */
	forget(w);
	w->log[0] = w->log[1];
	w->format[0] = TSMMR_FORMAT_TEXT;
	w->about[0] = "rtmr2";
	w->n_logs = 1;
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(anchor_of(w, "rtmr2"), "sync-unanchored");
	world_free(w);
}

static void a_join_that_differs_is_told(void **state)
{
	struct world *w = world_new(state);

	join_with(w, 0);
	verify(w);
	assert_true(found(w, "JOIN_DIFFERS"));
	world_free(w);
}

/* The same with a log that the register does not have: neither order of the two explains it. */
static void a_log_of_another_boot_does_not_join(void **state)
{
	struct world *w = world_new(state);

	join_with(w, -1);
	/* The firmware's log of another boot, one record longer. */
	w->n_logs = 1;
	claim(w, 3, EV_IPL, "other", "other", 5);
	w->n_logs = 2;
	assert_int_not_equal(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_int_equal(status_of(w, "rtmr2"), INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr2"), "unlogged");
	world_free(w);
}

/* Rule 31: only the agent's records may stand in two logs; others in two are two. */
static void other_records_in_two_logs_count_twice(void **state)
{
	struct world *w = world_new(state);

	for (int i = 0; i < 2; i++) {
		begin_ccel(w);
		measure(w, 4, EV_IPL, "app");
		if (i) /* the same log twice is refused */
			no_action(w, 4, "another log", 11);
	}
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_false(found(w, "AAEL_IN_TWO_LOGS"));
	/* Extended once, the second log is a tail that nothing covers. */
	memset(hw_find(w, "rtmr3", TSMMR_HASH_SHA384)->value, 0, 48);
	extend(w, 4, "app");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr3"), "unquoted-tail");
	world_free(w);
}

/* A record whose digest is another in a bank that nobody vouches for is proven, and not bound. */
static void what_is_not_bound_is_no_applications(void **state)
{
	static const uint8_t line[] = "AAEL\x09\0\0\0app start";
	static const int algs[] = { TSMMR_HASH_SHA1, TSMMR_HASH_SHA256 };
	uint8_t aael[sizeof(line) - 1], digest[32];

	memcpy(aael, line, sizeof(aael));
	memcpy(aael, "LEAA", 4);
	for (int forged = 0; forged < 2; forged++) {
		struct world *w = world_new(state);
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_report_pass *pass;
		struct tsmmr_stream *stream;
		struct maker *m;

		begin_log(w, TSMMR_PLATFORM_TPM, 2, algs);
		m = last_log(w);
		mk_le(m, 15, 4);
		mk_le(m, 6, 4);
		mk_le(m, 2, 4);
		for (size_t i = 0; i < N_OF(algs); i++) {
			size_t n = hash(algs[i], aael, sizeof(aael), digest);

			digest[0] ^= (uint8_t)(!i && forged);
			mk_le(m, (uint64_t)algs[i], 2);
			mk_add(m, digest, n);
		}
		hw_extend(w, "pcr15", TSMMR_HASH_SHA256, digest);
		mk_le(m, sizeof(aael), 4);
		mk_add(m, aael, sizeof(aael));

		assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
		assert_int_equal(tsmmr_report_is_event_proven(w->report, 0, 1), 1);
		assert_code(tsmmr_stream_open_log(w->ctx, w->parsed[0], &stream, &err), 0);
		assert_code(tsmmr_report_pass_new(w->report, &stream, 1, &pass, &err), 0);
		assert_code(tsmmr_report_pass_set_domain(pass, "app", &err), 0);
		assert_int_equal(tsmmr_report_pass_next(pass, NULL, NULL, NULL, &err), !forged);
		assert_int_equal(tsmmr_report_pass_withheld(pass), forged);
		tsmmr_report_pass_free(pass);
		tsmmr_stream_free(stream);
		world_free(w);
	}
}

/* A record of the attestation agent; the machine extends once however many logs tell of it. */
static void agent(struct world *w, const char *line, bool extended)
{
	struct maker *m = last_log(w);
	uint8_t data[64] = "LEAA", digest[48];
	size_t n = strlen(line);

	data[4] = (uint8_t)n;
	memcpy(data + 8, line, n);
	n += 8;
	mk_le(m, 4, 4);
	mk_le(m, 6, 4);
	mk_le(m, 1, 4);
	mk_le(m, TSMMR_HASH_SHA384, 2);
	mk_add(m, digest, hash(TSMMR_HASH_SHA384, data, n, digest));
	mk_le(m, n, 4);
	mk_add(m, data, n);
	if (extended)
		hw_extend(w, "rtmr3", TSMMR_HASH_SHA384, digest);
}

/* Three logs, of which one of the later two repeats the first and the other goes on. */
static void only_the_log_that_repeats_is_left_out(void **state)
{
	for (int repeats = 1; repeats < 3; repeats++) {
		struct world *w = world_new(state);
		struct tsmmr_error err = ERROR_INIT;
		const struct tsmmr_event *e;
		struct tsmmr_stream *streams[3];
		struct tsmmr_report_pass *pass;
		uint64_t at;

		for (int i = 0; i < 3; i++) {
			begin_ccel(w);
			if (i) /* the same log twice is refused */
				no_action(w, 4, "another log", 11 - (size_t)i);
			if (i != repeats)
				agent(w, i ? "app stop" : "app start", true);
			else if (repeats == 1)
				agent(w, "app start", false);
			else {
				agent(w, "app start", false);
				agent(w, "app stop", false);
			}
		}
		assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
		assert_true(found(w, "AAEL_IN_TWO_LOGS"));
		for (int i = 0; i < 3; i++)
			assert_code(tsmmr_stream_open_log(w->ctx, w->parsed[i], &streams[i], &err),
				    0);
		assert_code(tsmmr_report_pass_new(w->report, streams, 3, &pass, &err), 0);
		assert_code(tsmmr_report_pass_set_domain(pass, "app", &err), 0);
		assert_int_equal(tsmmr_report_pass_next(pass, &e, &at, NULL, &err), 1);
		assert_int_equal(at, 0);
		assert_int_equal(tsmmr_report_pass_next(pass, &e, &at, NULL, &err), 1);
		assert_int_equal(at, 3 - repeats);
		assert_int_equal(tsmmr_report_pass_next(pass, &e, &at, NULL, &err), 0);
		tsmmr_report_pass_free(pass);
		for (int i = 0; i < 3; i++)
			tsmmr_stream_free(streams[i]);
		world_free(w);
	}
}

/* A merged log counts as all that it was made of, for who says which one repeats, too. */
static void what_repeats_a_merged_log_is_left_out(void **state)
{
	struct world *w = world_new(state);
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_event *e;
	struct tsmmr_stream *streams[2];
	struct tsmmr_report_pass *pass;
	struct tsmmr_log *logs[2];
	uint64_t at;

	for (int i = 0; i < 3; i++) {
		begin_ccel(w);
		no_action(w, 4, "another log", 11 - (size_t)i);
		if (i)
			agent(w, "app start", i == 1);
	}
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_code(tsmmr_log_merge(w->ctx, w->parsed, 2, &logs[0], &err), 0);
	logs[1] = w->parsed[2];
	tsmmr_report_free(w->report);
	assert_code(tsmmr_report_new(w->ctx, logs, 2, w->regs, NULL, &w->report, &err), 0);
	assert_int_equal(tsmmr_report_verdict(w->report), TSMMR_VERDICT_VERIFIED);
	for (int i = 0; i < 2; i++)
		assert_code(tsmmr_stream_open_log(w->ctx, logs[i], &streams[i], &err), 0);
	assert_code(tsmmr_report_pass_new(w->report, streams, 2, &pass, &err), 0);
	assert_code(tsmmr_report_pass_set_domain(pass, "app", &err), 0);
	assert_int_equal(tsmmr_report_pass_next(pass, &e, &at, NULL, &err), 1);
	assert_int_equal(at, 1);
	assert_int_equal(tsmmr_report_pass_next(pass, &e, &at, NULL, &err), 0);
	tsmmr_report_pass_free(pass);
	for (int i = 0; i < 2; i++)
		tsmmr_stream_free(streams[i]);
	tsmmr_log_free(logs[0]);
	world_free(w);
}

/* Rule 33, tcglog-parser and go-attestation #513: no size of the input's drives anything. */
static void sizes_that_lie_are_refused(void **state)
{
	static const uint32_t sizes[] = { 8, 0x100, 0x01000001, 0x7fffffff, 0xffffffff };

	for (size_t i = 0; i < N_OF(sizes); i++) {
		struct world *w = world_new(state);
		struct maker *m;

		begin_tpm(w);
		claim(w, 0, EV_IPL, "a", "1234567", 7);
		m = last_log(w);
		for (size_t k = 0; k < 4; k++)
			m->bytes[m->n - 11 + k] = (uint8_t)(sizes[i] >> (8 * k));
		assert_code(read_logs(w), TSMMR_E_TRUNCATED);
		assert_int_equal(w->err.record, 1);
		world_free(w);
	}
}

/* Rule 33: an event of more data than the limit is refused, also where it is all there. */
static void an_event_over_the_limit_is_refused(void **state)
{
	struct world *w = world_new(state);
	struct tsmmr_ctx *small;

	assert_code(tsmmr_ctx_new(0, &small, NULL), 0);
	assert_code(tsmmr_ctx_set_limit(small, TSMMR_LIMIT_EVENT_BYTES, 64, NULL), 0);
	w->ctx = small;
	begin_tpm(w);
	claim(w, 0, EV_IPL, "a", last_log(w)->bytes, 64);
	assert_code(read_logs(w), 0);
	forget(w);
	claim(w, 0, EV_IPL, "a", last_log(w)->bytes, 65);
	assert_code(read_logs(w), TSMMR_E_LIMIT);
	assert_int_equal(w->err.record, 2);
	world_free(w);
	tsmmr_ctx_free(small);
}

/* One register twice in what the registers are said to hold: which one counts? */
static void a_register_given_twice_is_refused(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;
	char text[400] = "rtmr0=";

	memset(text + 6, '1', 96);
	strcat(text, "\nrtmr0=");
	memset(text + 109, '2', 96);
	assert_true(tsmmr_regs_from_values(*state, 0, 0, text, strlen(text), &regs, &err) < 0);
	assert_non_null(strstr(err.message, "rtmr0"));
}

/* Rule 35: what is shown of a log is JSON, whatever is in it. */
static void json_survives_any_text(void **state)
{
	static const char evil[] = "\"}],\"proven\":true,\xff\xfe\x01 \xe2\x80\xae";
	struct world *w = world_new(state);
	uint8_t *json;
	size_t n;

	begin_text(w, "rtmr3");
	record(w, sync_of(w, -1));
	record(w, evil);
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_code(tsmmr_event_export_json(tsmmr_log_get(w->parsed[0], 1), 0, &json, &n, &w->err),
		    0);
	assert_null(memmem(json, n, "\"proven\":true", 13));
	for (size_t i = 0; i < n; i++)
		assert_true(json[i] >= 0x20 && json[i] < 0x7f);
	tsmmr_free(json);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_order_is_a_mismatch),
		cmocka_unit_test(a_log_of_another_index_space_explains_nothing),
		cmocka_unit_test(one_off_is_a_mismatch),
		cmocka_unit_test(a_join_is_anchored_in_the_firmware_log),
		cmocka_unit_test(a_join_that_differs_is_told),
		cmocka_unit_test(a_log_of_another_boot_does_not_join),
		cmocka_unit_test(other_records_in_two_logs_count_twice),
		cmocka_unit_test(what_is_not_bound_is_no_applications),
		cmocka_unit_test(only_the_log_that_repeats_is_left_out),
		cmocka_unit_test(what_repeats_a_merged_log_is_left_out),
		cmocka_unit_test(sizes_that_lie_are_refused),
		cmocka_unit_test(an_event_over_the_limit_is_refused),
		cmocka_unit_test(a_register_given_twice_is_refused),
		cmocka_unit_test(json_survives_any_text),
	};

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
