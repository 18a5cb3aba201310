/* SPDX-License-Identifier: BSD-2-Clause */
/* Eight threads on one context, log, register set, policy and report: all see the same. */
#include "threads.h"

#define N_THREADS 8

struct shared {
	struct tsmmr_ctx *ctx;
	struct tsmmr_log *log;
	struct tsmmr_log *again; /* the same records; which log it is nobody has asked yet */
	struct tsmmr_regs *regs;
	struct tsmmr_policy *policy; /* which the log does not satisfy */
	struct tsmmr_report *report;
	struct bytes quote; /* which leads to the context's trust root */
	uint8_t *json;      /* what one thread alone got */
	size_t json_n;
};

/* 0 when all is as it was alone; no assertions here, for they belong to one thread. */
static int look(const struct shared *s)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report, *selected, *judged;
	struct tsmmr_policy *policy;
	struct tsmmr_ctx *ctx;
	uint8_t *json;
	size_t n;
	int bad;

	/* Everything that reads the log lazily: binding, text, JSON. */
	for (size_t i = 0; i < tsmmr_log_count(s->log); i++) {
		const struct tsmmr_event *e = tsmmr_log_get(s->log, i);
		char text[200];

		if (tsmmr_event_binding(e, NULL) < 0 || tsmmr_event_text(e, text, sizeof(text)) < 0)
			return 1;
		tsmmr_report_is_event_proven(s->report, 0, i);
	}

	if (tsmmr_report_new(s->ctx, (struct tsmmr_log *const *)&s->log, 1, s->regs, NULL, &report,
			     &err) < 0)
		return 2;
	bad = tsmmr_report_verdict(report) != TSMMR_VERDICT_VERIFIED;
	tsmmr_report_free(report);
	if (bad || tsmmr_report_verdict(s->report) != TSMMR_VERDICT_VERIFIED)
		return 3;

	/* A selection shares with its report and may outlive it. */
	if (tsmmr_report_select(s->report, "*", &selected, &err) < 0)
		return 4;
	bad = tsmmr_report_count(selected) != tsmmr_report_count(s->report);
	tsmmr_report_free(selected);
	if (bad)
		return 5;

	if (tsmmr_report_export_verify_json(s->report, NULL, (struct tsmmr_log *const *)&s->log, 1,
					    &json, &n, &err) < 0)
		return 6;
	bad = n != s->json_n || memcmp(json, s->json, n);
	tsmmr_free(json);
	if (bad)
		return 7;

	if (tsmmr_report_event_json(s->report, s->again, 0, 1, &json, &n, &err) < 0)
		return 9;
	tsmmr_free(json);

	/* One policy for all, final with the first report under it. */
	policy = tsmmr_policy_ref(s->policy);
	if (tsmmr_report_judge(s->report, policy, &judged, &err) < 0)
		return 10;
	tsmmr_policy_free(policy);
	bad = tsmmr_report_verdict(judged) != TSMMR_VERDICT_INCOMPLETE ||
	      tsmmr_policy_allow_debug(s->policy, &err) != TSMMR_E_ARG;
	tsmmr_report_free(judged);
	if (bad)
		return 11;

	/* Objects of one's own beside those of others. */
	if (tsmmr_ctx_new(0, &ctx, NULL) < 0)
		return 8;
	tsmmr_ctx_free(ctx);
	return 0;
}

/* The pinned certificates of a context are one set for all. */
static int authenticate(const struct shared *s)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_evidence *ev;
	struct tsmmr_regs *regs = NULL;
	int r = tsmmr_evidence_new(s->ctx, &ev, &err);

	if (r == 0)
		r = tsmmr_evidence_add(ev, TSMMR_PART_QUOTE, s->quote.p, s->quote.n, &err);
	if (r == 0)
		r = tsmmr_regs_from_evidence(s->ctx, ev, &regs, &err);
	if (r == 0 && tsmmr_regs_trust(regs) != TSMMR_TRUST_AUTHENTICATED)
		r = 9;
	tsmmr_regs_free(regs);
	tsmmr_evidence_free(ev);
	return r;
}

static int look_or_authenticate(const void *user, unsigned round)
{
	return round % 10 ? look(user) : authenticate(user);
}

static void eight_threads_see_the_same(void **state)
{
	struct bytes bytes = read_data("good-tcg2-all-banks.bin");
	struct shared s = { 0 };
	struct bytes root = read_data("tdx-twin/root.pem");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *replay;
	uint8_t *values;
	size_t n;

	assert_code(tsmmr_ctx_new(0, &s.ctx, NULL), 0);
	assert_code(tsmmr_ctx_add_trust_root(s.ctx, root.p, root.n, &err), 0);
	assert_code(tsmmr_ctx_set_time(s.ctx, 1767225600, NULL), 0);
	bytes_done(&root);
	s.quote = read_data("tdx-twin/quote-v4.bin");
	assert_code(tsmmr_log_parse(s.ctx, NULL, bytes.p, bytes.n, &s.log, &err), 0);
	assert_code(tsmmr_log_parse(s.ctx, NULL, bytes.p, bytes.n, &s.again, &err), 0);
	assert_code(policy_with(s.ctx, "rtmr0", NULL, &s.policy), 0);
	bytes_done(&bytes);

	/* The log's own replay is what it must explain. */
	assert_code(tsmmr_report_new(s.ctx, (struct tsmmr_log *const *)&s.log, 1, NULL, NULL,
				     &replay, &err),
		    0);
	assert_code(tsmmr_report_export_replay_json(replay, &values, &n, &err), 0);
	if (tsmmr_regs_from_values(s.ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_TPM, (char *)values, n,
				   &s.regs, &err) < 0)
		fail_msg("%s", err.message);
	tsmmr_free(values);
	tsmmr_report_free(replay);
	assert_code(tsmmr_report_new(s.ctx, (struct tsmmr_log *const *)&s.log, 1, s.regs, NULL,
				     &s.report, &err),
		    0);
	assert_code(tsmmr_report_export_verify_json(s.report, NULL,
						    (struct tsmmr_log *const *)&s.log, 1, &s.json,
						    &s.json_n, &err),
		    0);

	together(N_THREADS, slow() ? 2 : 100, look_or_authenticate, &s);

	tsmmr_free(s.json);
	tsmmr_report_free(s.report);
	tsmmr_regs_free(s.regs);
	tsmmr_log_free(s.log);
	tsmmr_log_free(s.again);
	tsmmr_policy_free(s.policy);
	tsmmr_ctx_free(s.ctx);
	bytes_done(&s.quote);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eight_threads_see_the_same),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
