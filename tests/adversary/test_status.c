/* SPDX-License-Identifier: BSD-2-Clause */
/* Every path on which judge.c says something of a register: none too generous. */
#include "world.h"

/* judge_row(): GHSA-99cg-575x-774p, a register the evidence does not cover. */
static void what_nobody_vouches_for_is_not_verified(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	measure(w, 1, EV_IPL, "a");
	measure(w, 2, EV_IPL, "b");
	hw_find(w, "rtmr1", TSMMR_HASH_SHA384)->asked = false;
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_int_equal(status_of(w, "rtmr1"), NO_EVIDENCE);
	assert_int_equal(tsmmr_report_is_event_proven(w->report, 0, 2), 0);
	/* Required, its absence decides. */
	assert_code(verdict_for(w->ctx, w->report, "rtmr0,rtmr1", NULL), TSMMR_VERDICT_INCOMPLETE);
	/* And no gap that is allowed makes up for it. */
	assert_code(verdict_for(w->ctx, w->report, "rtmr1", "no-log,unanchored"),
		    TSMMR_VERDICT_INCOMPLETE);
	world_free(w);
}

/* check_coverage(): required, and in neither evidence nor log. */
static void what_is_not_there_at_all_is_not_covered(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	measure(w, 1, EV_IPL, "a");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(w->ctx, w->report, "rtmr0-1", NULL), TSMMR_VERDICT_INCOMPLETE);
	world_free(w);
}

/* judge_row(): the evidence is right, and not what the reference says. */
static void a_reference_that_differs_is_a_mismatch(void **state)
{
	struct world *w = world_new(state);
	char text[128] = "rtmr0:sha384=";

	begin_ccel(w);
	measure(w, 1, EV_IPL, "a");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	memset(text + strlen(text), '1', 96);
	w->policy = policy_made(w->ctx);
	assert_code(tsmmr_policy_expect_text(w->policy, 0, text, strlen(text), &w->err), 0);
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	assert_int_equal(status_of(w, "rtmr0"), MISMATCH);
	assert_string_equal(tsmmr_report_because(w->report, 0, NULL, NULL), "reference");
	assert_null(tsmmr_report_because(w->report, 1, NULL, NULL));
	assert_int_equal(tsmmr_report_is_event_proven(w->report, 0, 1), 0);
	world_free(w);
}

/* judge_row(): trustee, a register nobody measured that "matches" zero is not verified. */
static void untouched_is_not_verified(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	hw_find(w, "rtmr3", TSMMR_HASH_SHA384);
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(status_of(w, "rtmr3"), UNTOUCHED);
	assert_code(verdict_for(w->ctx, w->report, "rtmr3", NULL), TSMMR_VERDICT_INCOMPLETE);
	/* Beside one that is verified it may stand, unless it is required. */
	measure(w, 1, EV_IPL, "a");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(w->ctx, w->report, "rtmr0,rtmr3", NULL), TSMMR_VERDICT_INCOMPLETE);
	world_free(w);
}

/* judge_row(): the register was extended, and there is no log. */
static void no_log_is_a_gap(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	extend(w, 4, "unlogged");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(status_of(w, "rtmr3"), INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr3"), "no-log");
	/* Allowed, it explains nothing by itself. */
	assert_code(verdict_for(w->ctx, w->report, NULL, "no-log"), TSMMR_VERDICT_INCOMPLETE);
	measure(w, 1, EV_IPL, "a");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(w->ctx, w->report, NULL, "no-log"), TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(w->ctx, w->report, NULL, "rtmr0:no-log"), TSMMR_VERDICT_INCOMPLETE);
	world_free(w);
}

/* judge_row(): a launch register has no start value that events could be replayed from. */
static void a_launch_register_of_zeros_is_not_untouched(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	measure(w, 1, EV_IPL, "a");
	hw_find(w, "mrtd", TSMMR_HASH_SHA384);
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(status_of(w, "mrtd"), INCOMPLETE);
	assert_code(verdict_for(w->ctx, w->report, "mrtd", NULL), TSMMR_VERDICT_INCOMPLETE);
	world_free(w);
}

/* judge_events(): the log comes to another value. */
static void another_value_is_a_mismatch(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	measure(w, 1, EV_IPL, "a");
	claim(w, 1, EV_IPL, "b", "b", 1);
	extend(w, 1, "c");
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	assert_int_equal(status_of(w, "rtmr0"), MISMATCH);
	assert_string_equal(gaps_of(w, "rtmr0"), "");
	/* No gap to allow. */
	assert_code(verdict_for(w->ctx, w->report, NULL, "unquoted-tail,unlogged"),
		    TSMMR_VERDICT_MISMATCH);
	world_free(w);
}

/* judge_events(): equal, but at an earlier record. */
static void a_prefix_that_matches_is_not_verified(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	measure(w, 1, EV_IPL, "a");
	claim(w, 1, EV_IPL, "b", "b", 1);
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(status_of(w, "rtmr0"), INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr0"), "unquoted-tail");
	world_free(w);
}

/* judge_events(): a strict rule that is broken in the tail, or before it, is told as well. */
static void every_gap_there_is_is_told(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	extend(w, 1, "evil");
	claim(w, 1, EV_SEPARATOR, "evil", "\0\0\0\0", 4);
	claim(w, 1, EV_IPL, "b", "b", 1);
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr0"), "unquoted-tail data-mismatch");
	assert_code(verdict_for(w->ctx, w->report, NULL, "unquoted-tail"),
		    TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(w->ctx, w->report, NULL, "data-mismatch"),
		    TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(w->ctx, w->report, NULL, "data-mismatch,unquoted-tail"),
		    TSMMR_VERDICT_VERIFIED);
	world_free(w);
}

/* --allow: a register's gap is accepted for that register only. */
static void a_gap_is_allowed_for_its_register_only(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	for (uint32_t i = 1; i < 3; i++) {
		measure(w, i, EV_IPL, "a");
		claim(w, i, EV_IPL, "b", "b", 1);
	}
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(w->ctx, w->report, NULL, "rtmr0:unquoted-tail"),
		    TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict_for(w->ctx, w->report, NULL, "rtmr0:unquoted-tail,rtmr1:unquoted-tail"),
		    TSMMR_VERDICT_VERIFIED);
	assert_code(verdict_for(w->ctx, w->report, NULL, "anything"), TSMMR_E_ARG);
	world_free(w);
}

/* --allow: a mismatch is not a gap. */
static void a_mismatch_cannot_be_allowed(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	measure(w, 1, EV_IPL, "a");
	hw_find(w, "rtmr0", TSMMR_HASH_SHA384)->value[0] ^= 1;
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	assert_code(verdict_for(w->ctx, w->report, NULL,
				"no-log,unanchored,missing-head,off-log-extend,"
				"unlogged,unquoted-tail,data-mismatch"),
		    TSMMR_VERDICT_MISMATCH);
	world_free(w);
}

/* A log without a record, and no log worth the name. */
static void an_empty_log_verifies_nothing(void **state)
{
	struct world *w = world_new(state);

	begin_ccel(w);
	hw_find(w, "rtmr0", TSMMR_HASH_SHA384)->value[0] = 1;
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(gaps_of(w, "rtmr0"), "no-log");
	forget(w);
	w->log[0].n = 0;
	assert_true(read_logs(w) < 0);
	world_free(w);
}

/* --- virtual_row() ------------------------------------------------------------------------ */

static const char hello[] = "mr_ima extend sha256/"
			    "1111111111111111111111111111111111111111111111111111111111111111";

static const char *find_carried(struct world *w, int *ret_status)
{
	for (size_t i = 0; i < tsmmr_report_count(w->report); i++) {
		const char *name = tsmmr_report_name(w->report, i);

		if (strstr(name, "/mr_ima")) {
			*ret_status = tsmmr_report_status(w->report, i);
			return name;
		}
	}
	fail_msg("no virtual register");
	return NULL;
}

static void a_virtual_register_is_as_good_as_its_carrier(void **state)
{
	struct world *w = world_new(state);
	char text[128] = "rtmr3:sha384=";
	int status;

	begin_text(w, "rtmr3");
	record(w, sync_of(w, -1));
	record(w, hello);
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	find_carried(w, &status);
	assert_int_equal(status, VERIFIED);

	/* The hardware agrees with the log, and the caller wants another value. */
	memset(text + strlen(text), '1', 96);
	w->policy = policy_made(w->ctx);
	assert_code(tsmmr_policy_expect_text(w->policy, 0, text, strlen(text), &w->err), 0);
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	find_carried(w, &status);
	assert_int_equal(status, NO_EVIDENCE);
	tsmmr_policy_free(w->policy);
	w->policy = NULL;

	hw_find(w, "rtmr3", TSMMR_HASH_SHA384)->value[0] ^= 1;
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	find_carried(w, &status);
	assert_int_equal(status, NO_EVIDENCE);
	world_free(w);
}

/* Across a gap the carrier's records prove nothing, and so neither what they carry. */
static void a_virtual_register_is_not_verified_across_a_gap(void **state)
{
	struct world *w = world_new(state);
	int status;

	begin_text(w, "rtmr3");
	record(w, sync_of(w, -1));
	record(w, hello);
	line(w, "not extended");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	find_carried(w, &status);
	assert_int_equal(status, NO_EVIDENCE);
	world_free(w);
}

/* One record of IMA's for that file, and the line that carries it. */
static void carried_file(struct world *w, const char *path)
{
	static const char ng[8] = "sha256:";
	struct maker data = { .n = 0 };
	uint8_t digest[64];
	char text[128] = "mr_ima extend sha256/";
	struct maker *m;

	mk_le(&data, sizeof(ng) + 32, 4);
	mk_add(&data, ng, sizeof(ng));
	mk_fill(&data, 0x5a, 32);
	mk_le(&data, strlen(path) + 1, 4);
	mk_add(&data, path, strlen(path) + 1);
	tohex(digest, hash(TSMMR_HASH_SHA256, data.bytes, data.n, digest), text + strlen(text));
	record(w, text);

	w->format[1] = TSMMR_FORMAT_IMA;
	w->about[1] = "rtmr3/mr_ima:sha256";
	w->n_logs = 2;
	m = last_log(w);
	mk_le(m, 10, 4); /* as the kernel's own list says */
	mk_add(m, digest, 32);
	mk_le(m, 6, 4);
	mk_add(m, "ima-ng", 6);
	mk_le(m, data.n, 4);
	mk_add(m, data.bytes, data.n);
}

/* Promise 5: also where the value is only known once the carrier was replayed. */
static void a_list_of_a_virtual_register_is_checked(void **state)
{
	struct world *w = world_new(state);
	int status;
	char *at;

	begin_text(w, "rtmr3");
	record(w, sync_of(w, -1));
	carried_file(w, "/usr/bin/app");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	find_carried(w, &status);
	assert_int_equal(status, VERIFIED);

	at = memmem(last_log(w)->bytes, last_log(w)->n, "/usr/bin/app", 12);
	assert_non_null(at);
	at[11] = 'X';
	verify(w);
	find_carried(w, &status);
	assert_int_equal(status, INCOMPLETE);
	assert_true(found(w, "DATA_MISMATCH"));
	world_free(w);
}

/* Its records cannot make a hardware register. */
static void a_virtual_register_takes_no_hardware_name(void **state)
{
	struct world *w = world_new(state);

	begin_text(w, "rtmr3");
	record(w, sync_of(w, -1));
	record(w, "rtmr0 extend sha256/"
		  "1111111111111111111111111111111111111111111111111111111111111111");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "VIRTUAL_REFUSED"));
	assert_int_equal(tsmmr_report_count(w->report), 1);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_vouches_for_is_not_verified),
		cmocka_unit_test(what_is_not_there_at_all_is_not_covered),
		cmocka_unit_test(a_reference_that_differs_is_a_mismatch),
		cmocka_unit_test(untouched_is_not_verified),
		cmocka_unit_test(no_log_is_a_gap),
		cmocka_unit_test(a_launch_register_of_zeros_is_not_untouched),
		cmocka_unit_test(another_value_is_a_mismatch),
		cmocka_unit_test(a_prefix_that_matches_is_not_verified),
		cmocka_unit_test(every_gap_there_is_is_told),
		cmocka_unit_test(a_gap_is_allowed_for_its_register_only),
		cmocka_unit_test(a_mismatch_cannot_be_allowed),
		cmocka_unit_test(an_empty_log_verifies_nothing),
		cmocka_unit_test(a_virtual_register_is_as_good_as_its_carrier),
		cmocka_unit_test(a_virtual_register_is_not_verified_across_a_gap),
		cmocka_unit_test(a_list_of_a_virtual_register_is_checked),
		cmocka_unit_test(a_virtual_register_takes_no_hardware_name),
	};

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
