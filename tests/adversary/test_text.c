/* SPDX-License-Identifier: BSD-2-Clause */
/* Attacks on text logs: rules 1 to 11 (see RULES.tsv). */
#include "world.h"

/* A text log of RTMR3 that begins as the kernel begins it. */
static struct world *text_world(void **state)
{
	struct world *w = world_new(state);

	begin_text(w, "rtmr3");
	record(w, sync_of(w, -1));
	return w;
}

/* Rule 1: a copy that passed through Windows is told, and not silently mended. */
static void a_carriage_return_is_hashed_and_told(void **state)
{
	struct world *w = text_world(state);

	record(w, "app start\r");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TEXT_CARRIAGE_RETURN"));
	/* What was extended had none: mending the line would make it match. */
	extend_text(w, "app two");
	line(w, "app two\r");
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	world_free(w);
}

/* Rule 2: a last line without a newline is a record, and perhaps torn. */
static void a_last_line_without_newline_is_told(void **state)
{
	struct world *w = text_world(state);

	record(w, "app start");
	w->log[0].n--;
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TEXT_NO_FINAL_NEWLINE"));
	/* Torn, it is not what was extended. */
	w->log[0].n--;
	assert_int_not_equal(verify(w), TSMMR_VERDICT_VERIFIED);
	world_free(w);
}

/* Rule 3: a SYNC line that is not true does not reset the register. */
static void a_forged_sync_resets_nothing(void **state)
{
	struct world *w = text_world(state);

	record(w, "app one");
	record(w, sync_of(w, 0x11));
	record(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TEXT_SYNC_DIFFERS"));
	world_free(w);
}

/* Rules 3 and 4: a line that was true once, said again later. */
static void a_stale_sync_resets_nothing(void **state)
{
	struct world *w = text_world(state);
	char stale[128];

	record(w, "app one");
	strcpy(stale, sync_of(w, -1));
	record(w, "app two");
	record(w, stale);
	record(w, "app three");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TEXT_SYNC_DIFFERS"));
	/* Were it a reset, this would hide what came before it. */
	memset(hw_find(w, "rtmr3", TSMMR_HASH_SHA384)->value, 0, 48);
	for (int i = 0; i < 2; i++)
		extend_text(w, i ? "app one" :
				   "SYNC sha384/"
				   "000000000000000000000000000000000000000000000000"
				   "000000000000000000000000000000000000000000000000");
	extend_text(w, stale);
	extend_text(w, "app three");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr3"), "unlogged");
	world_free(w);
}

/* Rule 3: nor is a register "verified" that only the forged value explains. */
static void a_believed_sync_leaves_a_gap(void **state)
{
	struct world *w = text_world(state);

	record(w, "app one");
	memset(hw_find(w, "rtmr3", TSMMR_HASH_SHA384)->value, 0x11, 48);
	record(w, sync_of(w, -1));
	record(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr3"), "unlogged");
	world_free(w);
}

/* Rule 3: none of the readings fits. */
static void no_reading_fits_is_a_mismatch(void **state)
{
	struct world *w = text_world(state);

	record(w, "app one");
	line(w, sync_of(w, 0x11));
	line(w, "app two");
	extend_text(w, "something else");
	extend_text(w, "and more");
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	world_free(w);
}

/* Of which none is true. */
static void eight_hints(struct world *w)
{
	char hint[128] = "# .EXTEND ";

	for (int i = 0; i < 8; i++) {
		memset(hint + 10, "0123456789abcdef"[i], 96);
		line(w, hint);
	}
}

/* Rule 3: more readings than are kept: no answer, and that is said. */
static void too_many_readings_are_no_answer(void **state)
{
	struct world *w = text_world(state);

	eight_hints(w);
	record(w, "app one");
	extend_text(w, "unlogged");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(status_of(w, "rtmr3"), INCOMPLETE);
	assert_true(found(w, "TEXT_TOO_MANY_CANDIDATES"));
	assert_code(verdict_for(w->ctx, w->report, NULL,
				"no-log,unanchored,missing-head,off-log-extend,"
				"unlogged,unquoted-tail,data-mismatch"),
		    TSMMR_VERDICT_INCOMPLETE);
	world_free(w);
}

/* Stretches that nobody logged, each closed by a SYNC line. */
static void leave_gaps(struct world *w, int n)
{
	for (int i = 0; i < n; i++) {
		char what[32];

		snprintf(what, sizeof(what), "nobody logged %d", i);
		extend_text(w, what);
		record(w, sync_of(w, -1));
	}
}

/* Promise 8: the last SYNC that can be believed is looked for from the end. */
static void a_forged_sync_after_many_gaps_is_a_mismatch(void **state)
{
	static const int gaps[] = { 1, 15, 16, 17, 50 };

	for (size_t i = 0; i < N_OF(gaps); i++) {
		struct world *w = text_world(state);

		leave_gaps(w, gaps[i]);
		record(w, "app last");
		assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
		assert_string_equal(gaps_of(w, "rtmr3"), "unlogged");
		line(w, sync_of(w, 0x42));
		assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
		assert_int_equal(status_of(w, "rtmr3"), MISMATCH);
		world_free(w);
	}
}

#define X48                                                \
	"565656565656565656565656565656565656565656565656" \
	"565656565656565656565656565656565656565656565656"

/* The same where comments report what was not logged. */
static void a_forged_sync_after_many_hints_is_a_mismatch(void **state)
{
	struct world *w = text_world(state);

	for (int i = 0; i < 24; i++) {
		char what[32], hint[128] = "# .EXTEND ";
		uint8_t digest[64];

		snprintf(what, sizeof(what), "nobody logged %d", i);
		hash(TSMMR_HASH_SHA384, what, strlen(what), digest);
		for (size_t k = 0; k < 48; k++)
			sprintf(hint + 10 + 2 * k, "%02x", digest[k]);
		line(w, hint);
		extend_text(w, what);
		record(w, sync_of(w, -1));
	}
	/* One that is not true, and that no SYNC line settles. */
	line(w, "# .EXTEND " X48);
	record(w, "app last");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_non_null(strstr(gaps_of(w, "rtmr3"), "off-log-extend"));
	assert_null(strstr(gaps_of(w, "rtmr3"), "unlogged"));
	line(w, sync_of(w, 0x42));
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	world_free(w);
}

/* Nor do more hints than are looked at leave a doubt, once a SYNC line has settled them. */
static void hints_that_a_sync_settles_are_no_doubt(void **state)
{
	struct world *w = text_world(state);

	eight_hints(w);
	record(w, "app one");
	record(w, sync_of(w, -1));
	record(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	extend_text(w, "unlogged");
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	world_free(w);
}

/* Promise 8, rule 4: those that a writer appends cost nothing, however many there are. */
static void forged_syncs_in_front_cost_nothing(void **state)
{
	struct world *w = text_world(state);

	for (int i = 0; i < 50; i++)
		record(w, sync_of(w, i + 1));
	record(w, "app one");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_string_equal(gaps_of(w, "rtmr3"), "");
	/* Nor when the log goes on with true ones. */
	record(w, sync_of(w, -1));
	record(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	leave_gaps(w, 20);
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr3"), "unlogged");
	world_free(w);
}

/* Rule 5: what a line made up, another log's agreement makes no firmware's. */
static void a_made_up_sync_is_no_firmware_log(void **state)
{
	struct world *w = world_new(state);

	begin_text(w, "rtmr3");
	memset(hw_find(w, "rtmr3", TSMMR_HASH_SHA384)->value, 0x42, 48);
	record(w, sync_of(w, -1));
	record(w, "app one");
	begin_text(w, "rtmr3");
	record(w, sync_of(w, -1));
	record(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(anchor_of(w, "rtmr3"), "sync-unanchored");
	assert_string_equal(gaps_of(w, "rtmr3"), "unanchored");
	world_free(w);

	/* Nor is a runtime log the firmware's, true as it is. */
	w = text_world(state);
	record(w, "app one");
	begin_text(w, "rtmr3");
	record(w, sync_of(w, -1));
	record(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_string_equal(anchor_of(w, "rtmr3"), "zero");
	world_free(w);
}

/* Rules 3 and 5: a log whose front was cut off rests on its own word. */
static void a_cut_front_is_unanchored(void **state)
{
	struct world *w = world_new(state);

	begin_text(w, "rtmr3");
	extend_text(w, "cut off");
	record(w, sync_of(w, -1));
	record(w, "app one");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(anchor_of(w, "rtmr3"), "sync-unanchored");
	assert_string_equal(gaps_of(w, "rtmr3"), "unanchored");
	world_free(w);
}

/* Rule 4: anybody may append a SYNC line; it is measured as any other. */
static void a_sync_line_is_measured(void **state)
{
	struct world *w = text_world(state);

	record(w, "app one");
	record(w, sync_of(w, -1));
	record(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	/* One that was never extended, however true, is not. */
	line(w, sync_of(w, -1));
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	world_free(w);
}

/* Rule 6: nearly a SYNC line asserts nothing, and is measured. */
static void a_malformed_sync_asserts_nothing(void **state)
{
	static const struct {
		const char *begin;
		int digits;
	} lines[] = {
		{ "SYNC SHA384/", 96 },   { "SYNC sha384", 96 },    { "SYNC  sha384/", 96 },
		{ "SYNC sha256/", 64 },   { "SYNC sha384/00", 96 }, { "SYNC nohash/", 96 },
		{ "SYNC sha384/GG", 94 }, { "SYNC sha384/", 95 },   { "SYNC ", 0 },
	};

	for (size_t i = 0; i < N_OF(lines); i++) {
		struct world *w = text_world(state);
		char text[160];

		record(w, "app one");
		strcpy(text, lines[i].begin);
		memset(text + strlen(text), '1', 110);
		text[strlen(lines[i].begin) + (size_t)lines[i].digits] = 0;
		record(w, text);
		record(w, "app two");
		assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
		assert_true(found(w, "TEXT_SYNC_MALFORMED"));
		assert_false(found(w, "TEXT_SYNC_DIFFERS"));
		world_free(w);
	}
}

/* Rule 6: the grammar's hex has both cases, so what such a line asserts counts. */
static void an_upper_case_sync_asserts(void **state)
{
	struct world *w = text_world(state);
	char text[128];

	record(w, "app one");
	memset(hw_find(w, "rtmr3", TSMMR_HASH_SHA384)->value, 0xa1, 48);
	strcpy(text, sync_of(w, -1));
	for (char *c = strchr(text, '/'); *c; c++)
		if (*c >= 'a' && *c <= 'f')
			*c -= 'a' - 'A';
	record(w, text);
	record(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr3"), "unlogged");
	assert_false(found(w, "TEXT_SYNC_MALFORMED"));
	world_free(w);
}

/* Rule 7: a comment that explains the value makes it no better than incomplete. */
static void a_hint_is_bridged_not_forgiven(void **state)
{
	struct world *w = text_world(state);
	uint8_t digest[48];
	char hint[128] = "# .EXTEND ";

	record(w, "app one");
	memset(digest, 0x42, 48);
	tohex(digest, 48, hint + 10);
	line(w, hint);
	record(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED); /* the comment is a lie, and harmless */

	hw_extend(w, "rtmr3", TSMMR_HASH_SHA384, digest);
	line(w, hint);
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr3"), "off-log-extend");
	assert_code(verdict_for(w->ctx, w->report, NULL, "off-log-extend"), TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(w->ctx, w->report, NULL, "unlogged"), TSMMR_VERDICT_INCOMPLETE);
	world_free(w);
}

/* Rule 8: an extension with neither record nor comment: the next SYNC shows that it was. */
static void what_nobody_logged_is_a_gap(void **state)
{
	struct world *w = text_world(state);

	record(w, "app one");
	extend_text(w, "nobody logged this");
	record(w, sync_of(w, -1));
	record(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(status_of(w, "rtmr3"), INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr3"), "unlogged");
	world_free(w);
}

/* Rule 9: comments and blank lines are injected at will, and never proven. */
static void comments_are_never_proven(void **state)
{
	struct world *w = text_world(state);
	const struct tsmmr_event *e;

	record(w, "app one");
	line(w, "# verified: all is well \x1b[32mOK\x1b[0m");
	line(w, "");
	record(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	for (size_t i = 0; i < tsmmr_log_count(w->parsed[0]); i++) {
		e = tsmmr_log_get(w->parsed[0], i);
		assert_int_equal(tsmmr_report_is_event_proven(w->report, 0, i), i != 2 && i != 3);
		assert_int_equal(tsmmr_event_is_measured(e), i != 2 && i != 3);
		if (i == 2)
			assert_int_equal(tsmmr_event_binding(e, NULL), TSMMR_BINDING_UNBOUND);
	}
	world_free(w);
}

/* Rules 10 and 35: bytes are hashed as they are, and shown as they can be. */
static void terminal_escapes_are_shown_as_text(void **state)
{
	static const char evil[] = "app \x1b[2J\x1b]0;title\x07 \xe2\x80\xae \xff\xc2\x9b \x7f";
	struct world *w = text_world(state);
	char text[512];

	record(w, evil);
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(tsmmr_event_text(tsmmr_log_get(w->parsed[0], 1), text, sizeof(text)) > 0);
	for (const char *p = text; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f);
	assert_non_null(strstr(text, "\\u{202E}"));
	world_free(w);
}

/* Rule 11: what follows the value in the log is not covered by it. */
static void a_tail_is_not_covered(void **state)
{
	struct world *w = text_world(state);

	record(w, "app one");
	line(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr3"), "unquoted-tail");
	/* Nor is any of it proven. */
	assert_int_equal(tsmmr_report_is_event_proven(w->report, 0, 2), 0);
	world_free(w);
}

/* Rule 11 and the status table: a SYNC in that tail that is wrong makes it a mismatch. */
static void a_wrong_sync_in_the_tail_is_a_mismatch(void **state)
{
	struct world *w = text_world(state);

	record(w, "app one");
	line(w, "app two");
	line(w, sync_of(w, 0x22));
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	world_free(w);
}

/* Rule 11: a register ahead of its log is not explained by it. */
static void a_missing_tail_is_a_mismatch(void **state)
{
	struct world *w = text_world(state);

	record(w, "app one");
	extend_text(w, "app two");
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	world_free(w);
}

/* Promise 5: in whatever format they travel, lines keep their rule. */
static void a_line_keeps_its_rule_in_other_formats(void **state)
{
	static const int formats[] = { TSMMR_FORMAT_CEL_CBOR, TSMMR_FORMAT_CEL_TLV };
	struct world *w = world_new(state);

	begin_text(w, "rtmr3");
	record(w, sync_of(w, -1));
	record(w, "app v1");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	for (size_t i = 0; i < N_OF(formats); i++)
		for (int lie = 0; lie < 3; lie++) {
			struct tsmmr_report *report = NULL;
			struct tsmmr_log *log = NULL;
			uint8_t *cel, *at;
			size_t n;

			assert_code(tsmmr_log_export(w->ctx, w->parsed[0], formats[i], &cel, &n,
						     &w->err),
				    0);
			at = memmem(cel, n, lie == 2 ? "SYNC" : "app v1", lie == 2 ? 4 : 6);
			assert_non_null(at);
			if (lie)
				at[3] ^= 1;
			assert_code(parse_as(w->ctx, formats[i], TSMMR_PLATFORM_TDX, NULL, cel, n,
					     &log, &w->err),
				    0);
			assert_code(tsmmr_report_new(w->ctx, &log, 1, w->regs, NULL, &report,
						     &w->err),
				    0);
			assert_int_equal(tsmmr_report_verdict(report),
					 lie ? TSMMR_VERDICT_INCOMPLETE : TSMMR_VERDICT_VERIFIED);
			tsmmr_report_free(report);
			tsmmr_log_free(log);
			tsmmr_free(cel);
		}
	world_free(w);
}

/* Promise 5: dstack's digest covers type, name and payload; all three are in one log or none. */
static void a_dstack_event_keeps_its_rule(void **state)
{
	static const uint8_t measured[] = "\1\0\0\x08:app-id:\xaa\xbb";
	static const char *const payloads[] = { "aabb", "aabc", "" };
	struct world *w = world_new(state);
	uint8_t digest[64];
	char hex[97];

	hash(TSMMR_HASH_SHA384, measured, sizeof(measured) - 1, digest);
	for (size_t i = 0; i < 48; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	w->platform = TSMMR_PLATFORM_TDX;
	hw_extend(w, "rtmr3", TSMMR_HASH_SHA384, digest);
	w->regs = values_of(w);
	for (size_t i = 0; i < N_OF(payloads); i++) {
		struct tsmmr_report *report = NULL;
		struct tsmmr_log *log = NULL;
		char text[512];

		snprintf(text, sizeof(text),
			 "[{\"imr\":3,\"event_type\":134217729,\"digest\":\"%s\","
			 "\"event\":\"app-id\",\"event_payload\":\"%s\"}]",
			 hex, payloads[i]);
		assert_code(parse_as(w->ctx, TSMMR_FORMAT_AUTO, TSMMR_PLATFORM_TDX, NULL, text,
				     strlen(text), &log, &w->err),
			    0);
		assert_int_equal(tsmmr_log_format(log), TSMMR_FORMAT_DSTACK);
		assert_code(tsmmr_report_new(w->ctx, &log, 1, w->regs, NULL, &report, &w->err), 0);
		assert_int_equal(tsmmr_report_verdict(report),
				 i ? TSMMR_VERDICT_INCOMPLETE : TSMMR_VERDICT_VERIFIED);
		tsmmr_report_free(report);
		tsmmr_log_free(log);
	}
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_carriage_return_is_hashed_and_told),
		cmocka_unit_test(a_last_line_without_newline_is_told),
		cmocka_unit_test(a_forged_sync_resets_nothing),
		cmocka_unit_test(a_stale_sync_resets_nothing),
		cmocka_unit_test(a_believed_sync_leaves_a_gap),
		cmocka_unit_test(no_reading_fits_is_a_mismatch),
		cmocka_unit_test(too_many_readings_are_no_answer),
		cmocka_unit_test(a_forged_sync_after_many_gaps_is_a_mismatch),
		cmocka_unit_test(a_forged_sync_after_many_hints_is_a_mismatch),
		cmocka_unit_test(hints_that_a_sync_settles_are_no_doubt),
		cmocka_unit_test(forged_syncs_in_front_cost_nothing),
		cmocka_unit_test(a_made_up_sync_is_no_firmware_log),
		cmocka_unit_test(a_cut_front_is_unanchored),
		cmocka_unit_test(a_sync_line_is_measured),
		cmocka_unit_test(a_malformed_sync_asserts_nothing),
		cmocka_unit_test(an_upper_case_sync_asserts),
		cmocka_unit_test(a_hint_is_bridged_not_forgiven),
		cmocka_unit_test(what_nobody_logged_is_a_gap),
		cmocka_unit_test(comments_are_never_proven),
		cmocka_unit_test(terminal_escapes_are_shown_as_text),
		cmocka_unit_test(a_tail_is_not_covered),
		cmocka_unit_test(a_wrong_sync_in_the_tail_is_a_mismatch),
		cmocka_unit_test(a_missing_tail_is_a_mismatch),
		cmocka_unit_test(a_line_keeps_its_rule_in_other_formats),
		cmocka_unit_test(a_dstack_event_keeps_its_rule),
	};

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
