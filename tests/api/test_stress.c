/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that do everything at once with one context and what was made with it. */
#include "threads.h"

#define N_THREADS 6

static const char mismatching[] = "rtmr1=11111111111111111111111111111111111111111111111111111111"
				  "1111111111111111111111111111111111111111\n";

struct shared {
	struct tsmmr_ctx *ctx;
	struct bytes ccel, quote;
	struct tsmmr_log *log, *other; /* two boots */
	struct tsmmr_regs *regs;       /* from the quote of the first, one reference wrong */
	struct tsmmr_policy *policy;
	struct tsmmr_report *report;
	struct tsmmr_known *known;
	struct tsmmr_report *wrong; /* by which a register does not match */
};

struct answer {
	uint8_t *p;
	size_t n;
};

/* What each verb makes of them.  No assertions, for they belong to one thread. */

static int verify(const struct shared *s, struct answer *ret)
{
	struct tsmmr_report *report = NULL;
	struct tsmmr_log *log = NULL;
	int r = tsmmr_log_parse(s->ctx, NULL, s->ccel.p, s->ccel.n, &log, NULL);

	if (r == 0)
		r = tsmmr_report_new(s->ctx, &log, 1, s->regs, s->policy, &report, NULL);
	if (r == 0)
		r = tsmmr_report_export_verify_json(report, NULL, &log, 1, &ret->p, &ret->n, NULL);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
	return r;
}

static int verify_stream(const struct shared *s, struct answer *ret)
{
	struct tsmmr_report *report = NULL;
	struct tsmmr_stream *stream = NULL;
	int r = tsmmr_stream_open_mem(s->ctx, NULL, s->ccel.p, s->ccel.n, &stream, NULL);

	if (r == 0)
		r = tsmmr_report_new_stream(s->ctx, &stream, 1, s->regs, s->policy, &report, NULL);
	if (r == 0)
		r = tsmmr_report_export_replay_json(report, &ret->p, &ret->n, NULL);
	tsmmr_report_free(report);
	tsmmr_stream_free(stream);
	return r;
}

/* Through the context's certificates, of which it remembers those that it met. */
static int authenticate(const struct shared *s, struct answer *ret)
{
	struct tsmmr_evidence *evidence = NULL;
	struct tsmmr_regs *regs = NULL;
	int r = tsmmr_evidence_new(s->ctx, &evidence, NULL);

	if (r == 0)
		r = tsmmr_evidence_add(evidence, TSMMR_PART_QUOTE, s->quote.p, s->quote.n, NULL);
	if (r == 0)
		r = tsmmr_regs_from_evidence(s->ctx, evidence, &regs, NULL);
	if (r == 0)
		r = tsmmr_regs_export_json(regs, "*", &ret->p, &ret->n, NULL);
	tsmmr_regs_free(regs);
	tsmmr_evidence_free(evidence);
	return r;
}

static int explain(const struct shared *s, struct answer *ret)
{
	struct tsmmr_explain *explain = NULL;
	struct tsmmr_log *log = s->log;
	int r = tsmmr_explain_new(s->ctx, s->wrong, &log, 1, s->other, &explain, NULL);

	if (r == 0)
		r = tsmmr_report_export_verify_json(s->wrong, explain, &log, 1, &ret->p, &ret->n,
						    NULL);
	tsmmr_explain_free(explain);
	return r;
}

static int appraise(const struct shared *s, struct answer *ret)
{
	struct tsmmr_appraisal *appraisal = NULL;
	struct tsmmr_log *log = s->log;
	int r = tsmmr_appraisal_new(s->report, s->known, &log, 1, &appraisal, NULL);

	if (r == 0)
		r = tsmmr_appraisal_export_json(appraisal, &ret->p, &ret->n, NULL);
	tsmmr_appraisal_free(appraisal);
	return r;
}

static int diff(const struct shared *s, struct answer *ret)
{
	struct tsmmr_diff *diff = NULL;
	int r = tsmmr_diff_new(s->ctx, &diff, NULL);

	if (r == 0)
		r = tsmmr_diff_add_log(diff, TSMMR_SIDE_A, s->log, NULL);
	if (r == 0)
		r = tsmmr_diff_add_log(diff, TSMMR_SIDE_B, s->other, NULL);
	if (r == 0)
		r = tsmmr_diff_compare(diff, NULL);
	if (r == 0)
		r = tsmmr_diff_export_json(diff, &ret->p, &ret->n, NULL);
	tsmmr_diff_free(diff);
	return r;
}

static int merge(const struct shared *s, struct answer *ret)
{
	struct tsmmr_log *logs[] = { s->log, s->other }, *merged = NULL;
	int r = tsmmr_log_merge(s->ctx, logs, 2, &merged, NULL);

	if (r == 0)
		r = tsmmr_log_export(s->ctx, merged, TSMMR_FORMAT_CEL_JSON, &ret->p, &ret->n, NULL);
	tsmmr_log_free(merged);
	return r;
}

static int predict(const struct shared *s, struct answer *ret)
{
	struct tsmmr_prediction *prediction = NULL;
	struct tsmmr_log *log = s->log;
	int r = tsmmr_prediction_new(s->ctx, &log, 1, NULL, &prediction, NULL);

	if (r == 0)
		r = tsmmr_prediction_drop(prediction, 0, tsmmr_log_count(log) - 1, NULL);
	if (r == 0)
		r = tsmmr_prediction_run(prediction, NULL);
	if (r == 0)
		r = tsmmr_prediction_export_json(prediction, &ret->p, &ret->n, NULL);
	tsmmr_prediction_free(prediction);
	return r;
}

static int export_as(const struct shared *s, int format, struct answer *ret)
{
	return tsmmr_log_export(s->ctx, s->log, format, &ret->p, &ret->n, NULL);
}

static int export_cbor(const struct shared *s, struct answer *ret)
{
	return export_as(s, TSMMR_FORMAT_CEL_CBOR, ret);
}

static int export_lines(const struct shared *s, struct answer *ret)
{
	return export_as(s, TSMMR_FORMAT_JSONL, ret);
}

static int export_yaml(const struct shared *s, struct answer *ret)
{
	return export_as(s, TSMMR_FORMAT_TPM2_YAML, ret);
}

static int judge(const struct shared *s, struct answer *ret)
{
	struct tsmmr_report *judged = NULL;
	struct tsmmr_log *log = s->log;
	int r = tsmmr_report_judge(s->report, s->policy, &judged, NULL);

	if (r == 0)
		r = tsmmr_report_export_verify_json(judged, NULL, &log, 1, &ret->p, &ret->n, NULL);
	tsmmr_report_free(judged);
	return r;
}

static int (*const verbs[])(const struct shared *s, struct answer *ret) = {
	verify, verify_stream, authenticate, explain,      appraise,    diff,
	merge,  predict,       export_cbor,  export_lines, export_yaml, judge,
};

/* All of them, and what one thread alone gets. */
struct work {
	const struct shared *s;
	struct answer alone[N_OF(verbs)];
	unsigned next;   /* atomic: another verb for each thread, another neighbour each time */
	bool may_cancel; /* some thread says that it was enough */
};

static int do_next(const void *user, unsigned round)
{
	struct work *w = (struct work *)(uintptr_t)user;
	size_t i = __atomic_fetch_add(&w->next, 1, __ATOMIC_RELAXED) % N_OF(verbs);
	struct answer got = { NULL, 0 };
	int r = verbs[i](w->s, &got);
	bool same = got.n == w->alone[i].n && (!got.n || !memcmp(got.p, w->alone[i].p, got.n));

	tsmmr_free(got.p);
	if (w->may_cancel && r == TSMMR_E_CANCELLED)
		return 0;
	return r == 0 && same ? 0 : (int)i + 1;
}

/* All that Intel would say of the platform: whose end was half a year before. */
static void add_collateral(struct tsmmr_ctx *ctx)
{
	static const char *const names[] = { "tcb-info.json", "qe-identity.json", "pck.crl",
					     "root.crl", "chain.pem" };
	struct tsmmr_error err = ERROR_INIT;

	for (size_t i = 0; i < N_OF(names); i++) {
		char path[64];
		struct bytes b;

		snprintf(path, sizeof(path), "tdx-collateral/%s", names[i]);
		b = read_data(path);
		assert_code(tsmmr_ctx_add_collateral(ctx, TSMMR_PART_AUTO, b.p, b.n, &err), 0);
		bytes_done(&b);
	}
	assert_code(tsmmr_ctx_set_collateral_grace(ctx, 365 * 86400, &err), 0);
}

static void shared_new(struct shared *s)
{
	struct bytes root = read_data("tdx-twin/root.pem");
	struct bytes other = read_data("good-ccel-rtmr3.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *wrong;

	*s = (struct shared){ .ccel = read_data("tdx-twin/CCEL.data"),
			      .quote = read_data("tdx-twin/quote-v4.bin") };
	assert_code(tsmmr_ctx_new(0, &s->ctx, NULL), 0);
	assert_code(tsmmr_ctx_add_trust_root(s->ctx, root.p, root.n, &err), 0);
	assert_code(tsmmr_ctx_set_time(s->ctx, 1767225600, NULL), 0);
	add_collateral(s->ctx);
	assert_code(tsmmr_log_parse(s->ctx, NULL, s->ccel.p, s->ccel.n, &s->log, &err), 0);
	assert_code(tsmmr_log_parse(s->ctx, NULL, other.p, other.n, &s->other, &err), 0);
	s->policy = policy_lenient(s->ctx);
	assert_code(tsmmr_policy_require(s->policy, "rtmr0-2", NULL), 0);
	bytes_done(&root);
	bytes_done(&other);

	assert_code(tsmmr_regs_from_values(s->ctx, 0, 0, mismatching, strlen(mismatching), &wrong,
					   &err),
		    0);
	assert_code(tsmmr_report_new(s->ctx, &s->log, 1, wrong, NULL, &s->wrong, &err), 0);
	assert_int_equal(tsmmr_report_verdict(s->wrong), TSMMR_VERDICT_MISMATCH);
	tsmmr_regs_free(wrong);
}

/* What only threads may be the first to ask: nothing of it was looked at before. */
static void shared_fill(struct shared *s)
{
	static const char rules[] = "rtmr0-3 * *[A-M]*\nrtmr1 EV_EFI_* *e* once\n";
	struct tsmmr_evidence *evidence;
	struct tsmmr_error err = ERROR_INIT;
	const uint8_t *status;
	size_t n;

	assert_code(tsmmr_evidence_new(s->ctx, &evidence, &err), 0);
	assert_code(tsmmr_evidence_add(evidence, TSMMR_PART_QUOTE, s->quote.p, s->quote.n, &err),
		    0);
	assert_code(tsmmr_regs_from_evidence(s->ctx, evidence, &s->regs, &err), 0);
	tsmmr_evidence_free(evidence);
	assert_code(tsmmr_regs_claim(s->regs, 0, "tcb_status", &status, &n), 0);
	assert_int_equal(n, strlen("UpToDate"));
	assert_memory_equal(status, "UpToDate", n);
	assert_code(tsmmr_report_new(s->ctx, &s->log, 1, s->regs, s->policy, &s->report, &err), 0);
	assert_int_equal(tsmmr_report_verdict(s->report), TSMMR_VERDICT_VERIFIED);
	assert_code(tsmmr_known_new(s->ctx, &s->known, &err), 0);
	assert_code(tsmmr_known_add(s->known, TSMMR_KNOWN_RULES, NULL, "rules", rules,
				    strlen(rules), &err),
		    0);
	assert_code(tsmmr_known_add_logs(s->known, 0, "log", s->report, &s->log, 1, &err), 0);
}

static void shared_done(struct shared *s)
{
	bytes_done(&s->ccel);
	bytes_done(&s->quote);
	tsmmr_log_free(s->log);
	tsmmr_log_free(s->other);
	tsmmr_regs_free(s->regs);
	tsmmr_policy_free(s->policy);
	tsmmr_report_free(s->report);
	tsmmr_report_free(s->wrong);
	tsmmr_known_free(s->known);
	tsmmr_ctx_free(s->ctx);
}

static void shared_made(struct shared *s)
{
	shared_new(s);
	shared_fill(s);
}

static void work_made(struct work *w)
{
	struct shared alone;

	memset(w, 0, sizeof(*w));
	shared_made(&alone);
	for (size_t i = 0; i < N_OF(verbs); i++) {
		assert_code(verbs[i](&alone, &w->alone[i]), 0);
		assert_true(w->alone[i].n > 0);
	}
	shared_done(&alone);
}

static void work_done(struct work *w)
{
	for (size_t i = 0; i < N_OF(verbs); i++)
		tsmmr_free(w->alone[i].p);
}

static void every_verb_at_once(void **state)
{
	struct shared s;
	struct work w;

	work_made(&w);
	shared_made(&s);
	w.s = &s;
	together(N_THREADS, slow() ? N_OF(verbs) : 10 * N_OF(verbs), do_next, &w);
	shared_done(&s);
	work_done(&w);
}

static void *cancel_soon(void *user)
{
	struct shared *s = user;

	usleep(3000);
	tsmmr_ctx_cancel(s->ctx);
	return NULL;
}

/* Each answer is whole and what it was without, or there is none. */
static void an_answer_is_whole_or_cancelled(void **state)
{
	struct work w;

	work_made(&w);
	for (int i = 0; i < (slow() ? 1 : 4); i++) {
		struct answer none = { NULL, 0 };
		struct shared s;
		pthread_t thread;

		shared_made(&s);
		w.s = &s;
		w.may_cancel = true;
		assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &s), 0);
		together(N_THREADS, 2 * N_OF(verbs), do_next, &w);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_code(verify(&s, &none), TSMMR_E_CANCELLED);
		assert_null(none.p);
		shared_done(&s);
	}
	work_done(&w);
}

/* What one thread holds of it: it frees that while others still work with theirs. */
static void *use_and_let_go(void *user)
{
	struct work *w = user;
	struct shared mine = *w->s;
	intptr_t bad = 0;

	for (size_t i = 0; i < N_OF(verbs) && !bad; i++) {
		struct work one = { .s = &mine, .next = (unsigned)i };

		memcpy(one.alone, w->alone, sizeof(one.alone));
		bad = do_next(&one, 0);
	}
	mine.ccel = mine.quote = (struct bytes){ NULL, 0 };
	shared_done(&mine);
	return (void *)bad;
}

/* Each thread has a reference of its own, and nobody knows which is the last. */
static void the_last_one_frees(void **state)
{
	struct work w;

	work_made(&w);
	for (int i = 0; i < (slow() ? 1 : 4); i++) {
		pthread_t threads[N_THREADS];
		struct shared s;

		shared_made(&s);
		w.s = &s;
		for (int t = 0; t < N_THREADS; t++) {
			tsmmr_ctx_ref(s.ctx);
			tsmmr_log_ref(s.log);
			tsmmr_log_ref(s.other);
			tsmmr_regs_ref(s.regs);
			tsmmr_policy_ref(s.policy);
			tsmmr_report_ref(s.report);
			tsmmr_report_ref(s.wrong);
			tsmmr_known_ref(s.known);
		}
		for (int t = 0; t < N_THREADS; t++)
			assert_int_equal(pthread_create(&threads[t], NULL, use_and_let_go, &w), 0);
		for (int t = 0; t < N_THREADS; t++) {
			void *bad;

			assert_int_equal(pthread_join(threads[t], &bad), 0);
			assert_int_equal((intptr_t)bad, 0);
		}
		shared_done(&s);
	}
	work_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verb_at_once),
		cmocka_unit_test(an_answer_is_whole_or_cancelled),
		cmocka_unit_test(the_last_one_frees),
	};

	return cmocka_run_group_tests_name("stress", tests, NULL, NULL);
}
