/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.h and report.h: what a policy makes of evidence, and why. */
#include "testing.h"

#include <openssl/evp.h>

#define WHEN 1767225600 /* 2026-01-01, when the TEST certificates are valid */
#define EV_IPL 13
#define X20 "1111111111111111111111111111111111111111"

/* clang-format off */
#define ZERO48 "000000000000000000000000000000000000000000000000" \
	       "000000000000000000000000000000000000000000000000"
#define MRTD   "141414141414141414141414141414141414141414141414" \
	       "141414141414141414141414141414141414141414141414"
#define OTHER  "151515151515151515151515151515151515151515151515" \
	       "151515151515151515151515151515151515151515151515"
/* clang-format on */

/* A guest's log and evidence, in a context that trusts a root or none. */
struct guest {
	struct tsmmr_ctx *ctx;
	struct tsmmr_log *log;
	struct tsmmr_regs *regs;
};

static void guest_open(struct guest *g, const char *quote, bool rooted)
{
	struct bytes log = read_data("tdx-twin/CCEL.data"), root = read_data("tdx-twin/root.pem");
	struct bytes evidence = read_data(quote);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_evidence *ev;

	assert_code(tsmmr_ctx_new(0, &g->ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_time(g->ctx, WHEN, NULL), 0);
	if (rooted)
		assert_code(tsmmr_ctx_add_trust_root(g->ctx, root.p, root.n, &err), 0);
	assert_code(tsmmr_evidence_new(g->ctx, &ev, &err), 0);
	assert_code(tsmmr_evidence_add(ev, TSMMR_PART_AUTO, evidence.p, evidence.n, &err), 0);
	if (tsmmr_regs_from_evidence(g->ctx, ev, &g->regs, &err) < 0)
		fail_msg("%s: %s", quote, err.message);
	assert_code(parse_as(g->ctx, TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, NULL, log.p, log.n,
			     &g->log, &err),
		    0);
	tsmmr_evidence_free(ev);
	bytes_done(&log);
	bytes_done(&root);
	bytes_done(&evidence);
}

static void guest_close(struct guest *g)
{
	tsmmr_log_free(g->log);
	tsmmr_regs_free(g->regs);
	tsmmr_ctx_free(g->ctx);
}

/* What comes of it under a policy, which is freed.  Without logs where n is 0. */
static struct tsmmr_report *judged(const struct guest *g, size_t n, struct tsmmr_policy *policy)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;

	if (tsmmr_report_new(g->ctx, &g->log, n, g->regs, policy, &report, &err) < 0)
		fail_msg("%s", err.message);
	tsmmr_policy_free(policy);
	return report;
}

static int verdict(const struct guest *g, size_t n, struct tsmmr_policy *policy)
{
	struct tsmmr_report *report = judged(g, n, policy);
	int verdict = tsmmr_report_verdict(report);

	tsmmr_report_free(report);
	return verdict;
}

/* The default, but for freshness, with these lines of policy. */
static struct tsmmr_policy *kept(const struct guest *g, const char *text)
{
	struct tsmmr_policy *policy = policy_made(g->ctx);
	struct tsmmr_error err = ERROR_INIT;

	assert_code(tsmmr_policy_set_no_nonce(policy, NULL), 0);
	if (tsmmr_policy_parse(policy, text, strlen(text), &err) < 0)
		fail_msg("%s", err.message);
	return policy;
}

/* A reason of that kind, about that register or claim (or NULL). */
static bool is_because(const struct tsmmr_report *report, const char *kind, const char *about)
{
	const char *why, *reg;

	for (size_t i = 0; (why = tsmmr_report_because(report, i, &reg, NULL)); i++)
		if (!strcmp(why, kind) && (!about == !reg) && (!about || !strcmp(about, reg)))
			return true;
	return false;
}

static size_t row_of(const struct tsmmr_report *report, const char *name)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		if (!strcmp(tsmmr_report_name(report, i), name))
			return i;
	fail_msg("no %s in the report", name);
	return 0;
}

static int status_of(const struct tsmmr_report *report, const char *name)
{
	return tsmmr_report_status(report, row_of(report, name));
}

static size_t proven_of(const struct tsmmr_report *report, const struct guest *g)
{
	size_t n = 0;

	for (size_t i = 0; i < tsmmr_log_count(g->log); i++)
		n += tsmmr_report_is_event_proven(report, 0, i) == 1;
	return n;
}

/* --- trust and freshness ------------------------------------------------------------------ */

static void the_default_wants_a_root_and_a_nonce(void **state)
{
	struct tsmmr_report *report;
	uint64_t piece = 99;
	struct guest g;

	guest_open(&g, "tdx-twin/quote-v4.bin", false);
	report = judged(&g, 1, NULL);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_true(is_because(report, "untrusted", "rtmr0"));
	assert_true(is_because(report, "nonce", NULL));
	assert_int_equal(proven_of(report, &g), 0);
	tsmmr_report_free(report);
	guest_close(&g);

	guest_open(&g, "tdx-twin/quote-v4.bin", true);
	report = judged(&g, 1, NULL);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(tsmmr_report_because(report, 0, NULL, &piece), "nonce");
	assert_int_equal(piece, 0);
	assert_null(tsmmr_report_because(report, 1, NULL, NULL));
	tsmmr_report_free(report);
	report = judged(&g, 1, kept(&g, ""));
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
	assert_null(tsmmr_report_because(report, 0, NULL, NULL));
	assert_true(proven_of(report, &g) > 10);
	tsmmr_report_free(report);
	guest_close(&g);
}

/* Each grade is good enough for itself and for what is weaker. */
static void grades_are_ordered(void **state)
{
	static const char *const files[] = {
		"tdx-twin/tdreport.bin",
		"tdx-twin/quote-v4.bin",
		"tdx-twin/quote-v4.bin",
	};

	for (int is = 0; is < 3; is++)
		for (int least = 0; least < 3; least++) {
			struct tsmmr_report *report;
			struct tsmmr_policy *policy;
			struct guest g;

			guest_open(&g, files[is], is == 2);
			policy = kept(&g, "");
			assert_code(tsmmr_policy_set_min_trust(policy, TSMMR_TRUST_UNSIGNED + least,
							       NULL),
				    0);
			report = judged(&g, 1, policy);
			if (tsmmr_report_verdict(report) !=
			    (is < least ? TSMMR_VERDICT_INCOMPLETE : TSMMR_VERDICT_VERIFIED))
				fail_msg("grade %d where %d is asked", is, least);
			assert_int_equal(proven_of(report, &g) > 0, is >= least);
			assert_int_equal(is_because(report, "untrusted", "rtmr1"), is < least);
			tsmmr_report_free(report);
			guest_close(&g);
		}
}

/* The nonce's rules: undecided, none, the right one, another, one that is too long. */
static void nonces(void **state)
{
	static const struct {
		const char *nonce;
		size_t n;
		int code;
	} cases[] = {
		{ "libts", 5, 0 },
		/* Zero-padded to its field, which has 64 bytes. */
		{ "libts\0\0\0", 8, 0 },
		{ "libt", 4, TSMMR_E_UNTRUSTED },
		{ "Libts", 5, TSMMR_E_UNTRUSTED },
		{ "libts!", 6, TSMMR_E_UNTRUSTED },
	};
	struct tsmmr_report *report;
	char line[600];
	struct guest g;

	guest_open(&g, "tdx-signed/nonce.bin", true);
	assert_code(verdict(&g, 1, policy_made(g.ctx)), TSMMR_VERDICT_INCOMPLETE);
	report = judged(&g, 1, kept(&g, ""));
	assert_true(tsmmr_report_summary(report, line, sizeof(line)) > 0);
	assert_non_null(strstr(line, "fresh: not asked"));
	tsmmr_report_free(report);

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_policy *policy = policy_made(g.ctx);
		struct tsmmr_error err = ERROR_INIT;
		int r;

		assert_code(tsmmr_policy_set_nonce(policy, cases[i].nonce, cases[i].n, NULL), 0);
		assert_code(tsmmr_policy_check(policy, g.regs, &err), cases[i].code);
		assert_int_equal(err.detail, cases[i].code ? TSMMR_DETAIL_NONCE : 0);
		report = NULL;
		r = tsmmr_report_new(g.ctx, &g.log, 1, g.regs, policy, &report, &err);
		assert_code(r, cases[i].code);
		if (!r) {
			assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
			assert_true(tsmmr_report_summary(report, line, sizeof(line)) > 0);
			assert_non_null(strstr(line, "fresh: yes"));
		} else {
			assert_null(report);
			assert_int_equal(err.detail, TSMMR_DETAIL_NONCE);
		}
		tsmmr_report_free(report);
		tsmmr_policy_free(policy);
	}
	guest_close(&g);
}

static void a_guest_that_can_be_debugged(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_policy *policy;
	struct tsmmr_report *report = NULL;
	struct guest g;

	guest_open(&g, "tdx-signed/debug.bin", true);
	check_debuggable(g.regs);
	policy = kept(&g, "");
	assert_code(tsmmr_report_new(g.ctx, &g.log, 1, g.regs, policy, &report, &err),
		    TSMMR_E_UNTRUSTED);
	assert_int_equal(err.detail, TSMMR_DETAIL_DEBUG);
	assert_null(report);
	tsmmr_policy_free(policy);
	report = judged(&g, 1, kept(&g, "allow-debug"));
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
	/* The same replay, judged by who does not allow it. */
	policy = kept(&g, "");
	assert_code(verdict_under(report, policy), TSMMR_E_UNTRUSTED);
	tsmmr_report_free(report);

	/* A piece that nothing asked depends on is told, not refused. */
	report = judged(&g, 0, kept(&g, ""));
	assert_true(is_because(report, "nothing-asked", NULL));
	tsmmr_report_free(report);
	guest_close(&g);
}

static void words_that_must_be_checked(void **state)
{
	struct tsmmr_report *report;
	struct guest g;

	guest_open(&g, "tdx-twin/quote-v4.bin", true);
	report = judged(&g, 1, kept(&g, "must-check tcb-status"));
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_true(is_because(report, "untrusted", "tcb-status"));
	tsmmr_report_free(report);
	/* A word that is not open is no obstacle. */
	assert_code(verdict(&g, 1, kept(&g, "must-check certificate-chain")),
		    TSMMR_VERDICT_VERIFIED);
	guest_close(&g);
}

/* --- references --------------------------------------------------------------------------- */

/* The commonest policy of all: a launch register is what the caller expects, without a log. */
static void a_launch_register_is_equal(void **state)
{
	struct tsmmr_report *report;
	char line[600];
	struct guest g;

	guest_open(&g, "tdx-twin/quote-v4.bin", true);
	report = judged(&g, 0, kept(&g, "expect mrtd=" MRTD));
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
	assert_int_equal(status_of(report, "mrtd"), TSMMR_STATUS_EQUAL);
	assert_int_equal(tsmmr_report_is_asked(report, row_of(report, "mrtd")), 1);
	assert_int_equal(tsmmr_report_is_accepted(report, row_of(report, "mrtd")), 1);
	assert_int_equal(tsmmr_report_is_asked(report, row_of(report, "rtmr0")), 0);
	assert_true(tsmmr_report_summary(report, line, sizeof(line)) > 0);
	assert_non_null(strstr(line, "equal: mrtd"));
	assert_non_null(strstr(line, "launch: pinned"));
	tsmmr_report_free(report);

	/* By its role, as an alternative, and required besides. */
	assert_code(verdict(&g, 0, kept(&g, "expect initial-vm-state=" MRTD)),
		    TSMMR_VERDICT_VERIFIED);
	assert_code(verdict(&g, 0, kept(&g, "expect mrtd=" OTHER "," MRTD)),
		    TSMMR_VERDICT_VERIFIED);
	assert_code(verdict(&g, 0, kept(&g, "require mrtd\nexpect mrtd=" MRTD)),
		    TSMMR_VERDICT_VERIFIED);
	/* Equal at the initial value too, which alone is "untouched". */
	report = judged(&g, 0, kept(&g, "expect rtmr3=" ZERO48));
	assert_int_equal(status_of(report, "rtmr3"), TSMMR_STATUS_EQUAL);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
	tsmmr_report_free(report);
	guest_close(&g);
}

/* A difference is a mismatch, whatever else is asked, allowed or lowered. */
static void a_reference_is_never_outweighed(void **state)
{
	static const char *const besides[] = {
		"",
		"require rtmr0-2",
		"allow no-log",
		"allow mrtd:no-log",
		"min-trust unsigned",
		"min-hash sha1",
		"expect rtmr3=" ZERO48,
	};
	const uint8_t *value;
	struct tsmmr_report *report;
	char text[400];
	struct guest g;
	size_t n;

	guest_open(&g, "tdx-twin/quote-v4.bin", true);
	for (size_t i = 0; i < N_OF(besides); i++) {
		snprintf(text, sizeof(text), "expect mrtd=" OTHER "\n%s", besides[i]);
		report = judged(&g, 1, kept(&g, text));
		if (tsmmr_report_verdict(report) != TSMMR_VERDICT_MISMATCH)
			fail_msg("beside '%s' a wrong reference passes", besides[i]);
		assert_int_equal(status_of(report, "mrtd"), TSMMR_STATUS_MISMATCH);
		assert_true(is_because(report, "reference", "mrtd"));
		/* Both values can be shown. */
		assert_code(tsmmr_report_reference(report, row_of(report, "mrtd"), 0, &value, &n,
						   NULL),
			    0);
		assert_int_equal(n, 48);
		assert_int_equal(value[0], 0x15);
		assert_code(tsmmr_report_reference(report, row_of(report, "mrtd"), 1, &value, &n,
						   NULL),
			    TSMMR_E_NOTFOUND);
		tsmmr_report_free(report);
	}
	/* A log that leads to the value does not outweigh it either. */
	report = judged(&g, 1, kept(&g, "expect rtmr0=" OTHER));
	assert_int_equal(status_of(report, "rtmr0"), TSMMR_STATUS_MISMATCH);
	assert_int_equal(tsmmr_report_is_event_proven(report, 0, 1), 0);
	tsmmr_report_free(report);

	/* Nor does a reference vouch for anything. */
	guest_close(&g);
	guest_open(&g, "tdx-twin/quote-v4.bin", false);
	report = judged(&g, 0, kept(&g, "expect mrtd=" MRTD));
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_true(is_because(report, "untrusted", "mrtd"));
	tsmmr_report_free(report);
	guest_close(&g);
}

/* What the evidence does not carry is not covered. */
static void a_reference_to_nothing(void **state)
{
	struct tsmmr_report *report;
	struct guest g;

	guest_open(&g, "tdx-twin/quote-v4.bin", true);
	report = judged(&g, 1, kept(&g, "expect rem0=" OTHER));
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_true(is_because(report, "not-covered", "rem0"));
	tsmmr_report_free(report);
	report = judged(&g, 1, kept(&g, "require rtmr0-2,pcr7"));
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_true(is_because(report, "not-covered", "pcr7"));
	tsmmr_report_free(report);
	guest_close(&g);
}

/* One of the sets holds as a whole: half of each is none. */
static void sets_hold_as_a_whole(void **state)
{
	static const char *const releases[][2] = {
		/* what two sets say, and whether one holds */
		{ "mrtd=" MRTD "\nrtmr3=" ZERO48, "mrtd=" OTHER "\nrtmr3=" OTHER },
		{ "mrtd=" OTHER "\nrtmr3=" OTHER, "mrtd=" MRTD "\nrtmr3=" ZERO48 },
		{ "mrtd=" MRTD "\nrtmr3=" OTHER, "mrtd=" OTHER "\nrtmr3=" ZERO48 },
		{ "mrtd=" MRTD "\nrem0=" OTHER, "mrtd=" OTHER },
	};
	static const int want[] = { TSMMR_VERDICT_VERIFIED, TSMMR_VERDICT_VERIFIED,
				    TSMMR_VERDICT_MISMATCH, TSMMR_VERDICT_INCOMPLETE };
	const char *set = NULL;
	struct guest g;

	guest_open(&g, "tdx-twin/quote-v4.bin", true);
	for (size_t i = 0; i < N_OF(releases); i++) {
		struct tsmmr_policy *policy = kept(&g, "");
		struct tsmmr_report *report;

		for (size_t k = 0; k < 2; k++)
			assert_code(tsmmr_policy_expect_set(policy, k ? "new" : "old", 0,
							    releases[i][k], strlen(releases[i][k]),
							    NULL),
				    0);
		report = judged(&g, 1, policy);
		if (tsmmr_report_verdict(report) != want[i])
			fail_msg("sets %zu: %d", i, tsmmr_report_verdict(report));
		if (want[i] == TSMMR_VERDICT_VERIFIED) {
			assert_code(tsmmr_report_reference(report, row_of(report, "mrtd"), 0, NULL,
							   NULL, &set),
				    0);
			assert_string_equal(set, i ? "new" : "old");
		}
		tsmmr_report_free(report);
	}
	guest_close(&g);
}

/* --- claims ------------------------------------------------------------------------------- */

static void claims(void **state)
{
	static const uint8_t xfam[] = { 0xe7, 0x02, 0x06, 0, 0, 0, 0, 0 };
	static const uint8_t other[] = { 0xe7, 0x02, 0x07, 0, 0, 0, 0, 0 };
	static const uint8_t low[] = { 0xff, 0xff, 0, 0, 0, 0, 0, 0 };
	struct tsmmr_report *report;
	struct tsmmr_policy *policy;
	struct guest g;

	guest_open(&g, "tdx-twin/quote-v4.bin", true);
	policy = kept(&g, "");
	assert_code(tsmmr_policy_expect_claim(policy, "xfam", xfam, 8, NULL, NULL), 0);
	assert_code(verdict(&g, 0, policy), TSMMR_VERDICT_VERIFIED);

	policy = kept(&g, "");
	assert_code(tsmmr_policy_expect_claim(policy, "xfam", other, 8, NULL, NULL), 0);
	report = judged(&g, 1, policy);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_MISMATCH);
	assert_true(is_because(report, "claim", "xfam"));
	tsmmr_report_free(report);
	/* In the bits that are asked about they are alike. */
	policy = kept(&g, "");
	assert_code(tsmmr_policy_expect_claim(policy, "xfam", other, 8, low, NULL), 0);
	assert_code(verdict(&g, 0, policy), TSMMR_VERDICT_VERIFIED);

	policy = kept(&g, "");
	assert_code(tsmmr_policy_at_least(policy, "xfam", 0x602e7, NULL), 0);
	assert_code(verdict(&g, 0, policy), TSMMR_VERDICT_VERIFIED);
	policy = kept(&g, "");
	assert_code(tsmmr_policy_at_least(policy, "xfam", 0x602e8, NULL), 0);
	assert_code(verdict(&g, 0, policy), TSMMR_VERDICT_MISMATCH);

	/* Nobody makes it. */
	policy = kept(&g, "");
	assert_code(tsmmr_policy_at_least(policy, "no_such_claim", 0, NULL), 0);
	report = judged(&g, 1, policy);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_true(is_because(report, "not-covered", "no_such_claim"));
	tsmmr_report_free(report);
	guest_close(&g);

	/* It is worth what the piece is. */
	guest_open(&g, "tdx-twin/quote-v4.bin", false);
	policy = kept(&g, "");
	assert_code(tsmmr_policy_expect_claim(policy, "xfam", xfam, 8, NULL, NULL), 0);
	report = judged(&g, 0, policy);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_true(is_because(report, "untrusted", "xfam"));
	tsmmr_report_free(report);
	guest_close(&g);
}

/* --- hashes, gaps and what is asked ------------------------------------------------------- */

/* A key that is pinned for one machine's evidence vouches for nobody else's. */
static void a_root_of_one_machine(void **state)
{
	static const int what[] = { TSMMR_PART_QUOTE, TSMMR_PART_SIG, TSMMR_PART_PCRS,
				    TSMMR_PART_AK };
	struct bytes parts[] = { read_data("tpm-twin/quote.bin"), read_data("tpm-twin/quote.sig"),
				 read_data("tpm-twin/pcrs.json"), read_data("tpm-twin/ak.pem") };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_evidence *ev[2];
	struct tsmmr_regs *regs;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_code(tsmmr_evidence_new(ctx, &ev[i], &err), 0);
		for (size_t k = 0; k < N_OF(parts); k++)
			assert_code(tsmmr_evidence_add(ev[i], what[k], parts[k].p, parts[k].n,
						       &err),
				    0);
	}
	assert_code(tsmmr_evidence_add_trust_root(ev[0], parts[3].p, parts[3].n, &err), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_code(tsmmr_regs_from_evidence(ctx, ev[i], &regs, &err), 0);
		assert_int_equal(tsmmr_regs_trust(regs),
				 i ? TSMMR_TRUST_SIGNED : TSMMR_TRUST_AUTHENTICATED);
		tsmmr_regs_free(regs);
	}
	/* Another's root is no better than one of the context's that it does not lead to. */
	assert_code(tsmmr_evidence_add_trust_root_sha256(ev[1], "0123456789abcdef0123456789abcdef",
							 32, &err),
		    0);
	assert_code(tsmmr_regs_from_evidence(ctx, ev[1], &regs, &err), TSMMR_E_UNTRUSTED);
	assert_code(tsmmr_evidence_add_trust_root_sha256(ev[1], "0123456789abcdef0123456789abcdef",
							 31, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_evidence_add_trust_root(NULL, "x", 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_add_trust_root(ev[1], "x", 1, &err), TSMMR_E_MALFORMED);
	assert_code(tsmmr_evidence_set_time(ev[1], UINT64_MAX - 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_set_time(ev[1], TSMMR_NONE, &err), 0);
	for (size_t i = 0; i < 2; i++)
		tsmmr_evidence_free(ev[i]);
	tsmmr_ctx_free(ctx);
	for (size_t i = 0; i < N_OF(parts); i++)
		bytes_done(&parts[i]);
}

/* Registers of evidence that is a TDX quote and, if that is given, was valid at a time. */
static int quoted(const struct tsmmr_ctx *ctx, const void *root, size_t n_root, uint64_t time,
		  struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	struct bytes quote = read_data("tdx-twin/quote-v4.bin");
	struct tsmmr_evidence *ev;
	int r;

	assert_code(tsmmr_evidence_new(ctx, &ev, NULL), 0);
	assert_code(tsmmr_evidence_add(ev, TSMMR_PART_AUTO, quote.p, quote.n, NULL), 0);
	if (root)
		assert_code(tsmmr_evidence_add_trust_root(ev, root, n_root, NULL), 0);
	assert_code(tsmmr_evidence_set_time(ev, time, NULL), 0);
	r = tsmmr_regs_from_evidence(ctx, ev, ret, err);
	tsmmr_evidence_free(ev);
	bytes_done(&quote);
	return r;
}

/* Of two times the evidence's is taken; certificates count from one time to another. */
static void a_time_of_one_machine(void **state)
{
	struct bytes root = read_data("tdx-twin/root.pem");
	struct tsmmr_error err = ERROR_INIT;
	static const struct {
		uint64_t ctx, evidence;
		int code;
	} times[] = {
		{ WHEN, TSMMR_NONE, 0 },
		{ 0, WHEN, 0 },
		{ WHEN, 0, TSMMR_E_UNTRUSTED },                     /* not yet */
		{ WHEN, UINT64_C(253402300799), TSMMR_E_UNTRUSTED } /* no longer */
	};

	for (size_t i = 0; i < N_OF(times); i++) {
		struct tsmmr_regs *regs = NULL;
		struct tsmmr_ctx *ctx;
		uint64_t when;

		assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
		assert_code(tsmmr_ctx_set_time(ctx, times[i].ctx, NULL), 0);
		assert_code(quoted(ctx, root.p, root.n, times[i].evidence, &regs, &err),
			    times[i].code);
		if (times[i].code) {
			assert_int_equal(err.detail, TSMMR_DETAIL_EXPIRED);
		} else {
			assert_code(tsmmr_regs_evidence_root(regs, 0, NULL, &when), 0);
			assert_int_equal(when, WHEN);
		}
		tsmmr_regs_free(regs);
		tsmmr_ctx_free(ctx);
	}
	bytes_done(&root);
}

/* The last line names a root that only the evidence has, and one among many. */
static void the_root_is_named(void **state)
{
	struct bytes root = read_data("tdx-twin/root.pem"), ccel = read_data("tdx-twin/CCEL.data");
	struct tsmmr_error err = ERROR_INIT;
	char line[512], by[128] = "by tdx-quote-v4, sha256:";

	for (size_t many = 0; many < 2; many++) {
		struct tsmmr_policy *policy;
		struct tsmmr_report *report;
		const uint8_t *sha256;
		struct tsmmr_regs *regs;
		struct tsmmr_log *log;
		struct tsmmr_ctx *ctx;

		assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
		for (uint8_t i = 0; many && i < 100; i++) {
			uint8_t other[32] = { i };

			assert_code(tsmmr_ctx_add_trust_root_sha256(ctx, other, 32, NULL), 0);
		}
		if (many)
			assert_code(tsmmr_ctx_add_trust_root(ctx, root.p, root.n, NULL), 0);
		assert_code(quoted(ctx, many ? NULL : root.p, root.n, WHEN, &regs, &err), 0);
		assert_code(parse_as(ctx, 0, 0, NULL, ccel.p, ccel.n, &log, &err), 0);
		assert_code(tsmmr_policy_new(ctx, &policy, NULL), 0);
		assert_code(tsmmr_policy_set_no_nonce(policy, NULL), 0);
		assert_code(tsmmr_policy_require(policy, "rtmr0-2", NULL), 0);
		assert_code(tsmmr_report_new(ctx, &log, 1, regs, policy, &report, &err), 0);
		assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
		assert_code(tsmmr_regs_evidence_root(regs, 0, &sha256, NULL), 0);
		for (size_t i = 0; i < 32; i++)
			sprintf(by + strlen("by tdx-quote-v4, sha256:") + 2 * i, "%02x", sha256[i]);
		assert_true(tsmmr_report_summary(report, line, sizeof(line)) > 0);
		if (!strstr(line, by))
			fail_msg("%s: %s", line, by);
		tsmmr_report_free(report);
		tsmmr_policy_free(policy);
		tsmmr_log_free(log);
		tsmmr_regs_free(regs);
		tsmmr_ctx_free(ctx);
	}
	bytes_done(&root);
	bytes_done(&ccel);
}

/* Neither beside itself, nor once as it is and once in hex. */
static void one_piece_twice(void **state)
{
	struct bytes quote = read_data("tdx-twin/quote-v4.bin");
	char *hex = malloc(2 * quote.n + 1);
	struct tsmmr_error err = ERROR_INIT;

	assert_non_null(hex);
	for (size_t i = 0; i < quote.n; i++)
		sprintf(hex + 2 * i, "%02x", quote.p[i]);
	for (size_t armoured = 0; armoured < 2; armoured++) {
		struct tsmmr_evidence *ev;
		struct tsmmr_regs *regs;
		struct tsmmr_ctx *ctx;

		assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
		assert_code(tsmmr_evidence_new(ctx, &ev, NULL), 0);
		assert_code(tsmmr_evidence_add(ev, TSMMR_PART_AUTO, quote.p, quote.n, NULL), 0);
		assert_code(tsmmr_evidence_add(ev, TSMMR_PART_QUOTE,
					       armoured ? hex : (char *)quote.p,
					       armoured ? 2 * quote.n : quote.n, NULL),
			    0);
		assert_code(tsmmr_regs_from_evidence(ctx, ev, &regs, &err), TSMMR_E_ARG);
		assert_non_null(strstr(err.message, "tdx-quote-v4 is there twice"));
		tsmmr_evidence_free(ev);
		tsmmr_ctx_free(ctx);
	}
	free(hex);
	bytes_done(&quote);
}

/* Live or signed, a SHA-1 bank proves nothing, unless it is named or the least is lowered. */
static void weak_banks(void **state)
{
	struct bytes attest = read_data("tpm-twin/quote.bin"),
		     sig = read_data("tpm-twin/quote.sig");
	struct bytes pcrs = read_data("tpm-twin/pcrs.json"), ak = read_data("tpm-twin/ak.pem");
	struct tsmmr_error err = ERROR_INIT;
	struct guest g = { .log = NULL };
	struct tsmmr_evidence *ev;
	struct tsmmr_report *report;

	assert_code(tsmmr_ctx_new(0, &g.ctx, NULL), 0);
	assert_code(tsmmr_ctx_add_trust_root(g.ctx, ak.p, ak.n, &err), 0);
	assert_code(tsmmr_evidence_new(g.ctx, &ev, &err), 0);
	assert_code(tsmmr_evidence_add(ev, TSMMR_PART_QUOTE, attest.p, attest.n, &err), 0);
	assert_code(tsmmr_evidence_add(ev, TSMMR_PART_SIG, sig.p, sig.n, &err), 0);
	assert_code(tsmmr_evidence_add(ev, TSMMR_PART_PCRS, pcrs.p, pcrs.n, &err), 0);
	assert_code(tsmmr_evidence_add(ev, TSMMR_PART_AK, ak.p, ak.n, &err), 0);
	if (tsmmr_regs_from_evidence(g.ctx, ev, &g.regs, &err) < 0)
		fail_msg("%s", err.message);

	/* PCR 9 is untouched in both banks; its SHA-1 is not asked about. */
	report = judged(&g, 0, kept(&g, "require pcr9:sha1"));
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
		bool asked = !strcmp(tsmmr_reg_name(reg), "pcr9") &&
			     tsmmr_reg_hash(reg) == TSMMR_HASH_SHA1;

		assert_int_equal(tsmmr_report_is_asked(report, i), asked);
	}
	tsmmr_report_free(report);
	report = judged(&g, 0, kept(&g, "require pcr9"));
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
		bool sha1 = tsmmr_reg_hash(reg) == TSMMR_HASH_SHA1;
		const char *gap = tsmmr_gap_word(tsmmr_report_gap(report, i, 0));

		assert_int_equal(tsmmr_report_is_asked(report, i),
				 !sha1 && !strcmp(tsmmr_reg_name(reg), "pcr9"));
		if (sha1 && tsmmr_report_status(report, i) == TSMMR_STATUS_INCOMPLETE)
			assert_non_null(gap);
		if (sha1)
			assert_int_not_equal(tsmmr_report_status(report, i),
					     TSMMR_STATUS_UNTOUCHED);
	}
	tsmmr_report_free(report);
	/* It proves nothing, and contradicts a reference as any other. */
	report = judged(&g, 0, kept(&g, "require pcr9\nexpect pcr9=" X20));
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_MISMATCH);
	tsmmr_report_free(report);
	report = judged(&g, 0, kept(&g, "require pcr9\nmin-hash sha512"));
	assert_true(is_because(report, "gap", "pcr9"));
	tsmmr_report_free(report);

	tsmmr_evidence_free(ev);
	tsmmr_regs_free(g.regs);
	tsmmr_ctx_free(g.ctx);
	bytes_done(&attest);
	bytes_done(&sig);
	bytes_done(&pcrs);
	bytes_done(&ak);
}

/* "Nothing was compared" can be excused; it satisfies nothing that was demanded by name. */
static void a_gap_excuses_what_nobody_demanded(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_report *report;
	struct guest g;

	guest_open(&g, "tdx-twin/quote-v4.bin", true);
	tsmmr_log_free(g.log);
	/* A log of another firmware: RTMR 0 to 2 have values, and no event. */
	mk_header(m, 1, TSMMR_HASH_SHA384, 48);
	assert_code(parse_as(g.ctx, TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, NULL, m->bytes, m->n,
			     &g.log, NULL),
		    0);
	report = judged(&g, 1, kept(&g, ""));
	assert_true(is_because(report, "gap", "rtmr0"));
	tsmmr_report_free(report);
	report = judged(&g, 1, kept(&g, "allow no-log"));
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_true(is_because(report, "nothing-asked", NULL));
	tsmmr_report_free(report);
	assert_code(verdict(&g, 1, kept(&g, "allow no-log\nrequire rtmr0")),
		    TSMMR_VERDICT_INCOMPLETE);
	assert_code(verdict(&g, 1, kept(&g, "allow no-log\nexpect mrtd=" MRTD)),
		    TSMMR_VERDICT_VERIFIED);
	assert_code(verdict(&g, 1, kept(&g, "allow no-log\nexpect mrtd=" MRTD "\nrequire rtmr0")),
		    TSMMR_VERDICT_INCOMPLETE);
	/* Of what was not excused there is a reason left. */
	report = judged(&g, 1, kept(&g, "allow rtmr0:no-log\nexpect mrtd=" MRTD));
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_INCOMPLETE);
	assert_false(is_because(report, "gap", "rtmr0"));
	assert_true(is_because(report, "gap", "rtmr1"));
	tsmmr_report_free(report);
	guest_close(&g);
	free(m);
}

/* PCR 16 and 23 say what was last, not what was: alone they are no answer. */
static void what_software_can_reset(void **state)
{
	static const char *const names[] = { "pcr15", "pcr16", "pcr23" };

	for (uint32_t i = 0; i < N_OF(names); i++) {
		struct maker *m = calloc(1, sizeof(*m));
		struct tsmmr_error err = ERROR_INIT;
		uint8_t both[64], value[32];
		struct tsmmr_report *report;
		char text[128];
		struct guest g;

		assert_code(tsmmr_ctx_new(0, &g.ctx, NULL), 0);
		mk_header(m, 0, TSMMR_HASH_SHA256, 32);
		mk_event(m, (uint32_t)atoi(names[i] + 3), EV_IPL, TSMMR_HASH_SHA256, 32, 7, "x", 1);
		memset(both, 0, 32);
		memset(both + 32, 7, 32);
		assert_int_equal(EVP_Digest(both, 64, value, NULL, EVP_sha256(), NULL), 1);
		snprintf(text, sizeof(text), "%s:sha256=", names[i]);
		tohex(value, 32, text + strlen(text));
		assert_code(tsmmr_regs_from_values(g.ctx, 0, 0, text, strlen(text), &g.regs, &err),
			    0);
		assert_code(parse_as(g.ctx, TSMMR_FORMAT_TCG2, TSMMR_PLATFORM_TPM, NULL, m->bytes,
				     m->n, &g.log, &err),
			    0);
		report = judged(&g, 1, NULL);
		assert_int_equal(status_of(report, names[i]), TSMMR_STATUS_VERIFIED);
		assert_int_equal(!!(tsmmr_reg_flags(tsmmr_report_reg(report, 0)) &
				    TSMMR_REG_RESETTABLE),
				 i > 0);
		assert_code(tsmmr_report_verdict(report),
			    i ? TSMMR_VERDICT_INCOMPLETE : TSMMR_VERDICT_VERIFIED);
		assert_int_equal(is_because(report, "nothing-asked", NULL), i > 0);
		tsmmr_report_free(report);
		/* Who demands it by name knows what it is. */
		snprintf(text, sizeof(text), "require %s", names[i]);
		assert_code(verdict(&g, 1, kept(&g, text)), TSMMR_VERDICT_VERIFIED);
		guest_close(&g);
		free(m);
	}
}

/* One replay, judged as often as there are policies; none of them changes another's answer. */
static void a_replay_is_judged_again(void **state)
{
	struct tsmmr_report *strict, *lenient, *none = NULL;
	struct tsmmr_policy *policy;
	struct guest g;

	guest_open(&g, "tdx-twin/quote-v4.bin", false);
	strict = judged(&g, 1, kept(&g, ""));
	policy = policy_lenient(g.ctx);
	assert_code(tsmmr_report_judge(strict, policy, &lenient, NULL), 0);
	tsmmr_policy_free(policy);
	assert_code(tsmmr_report_verdict(strict), TSMMR_VERDICT_INCOMPLETE);
	assert_code(tsmmr_report_verdict(lenient), TSMMR_VERDICT_VERIFIED);
	assert_int_equal(proven_of(strict, &g), 0);
	assert_true(proven_of(lenient, &g) > 10);
	tsmmr_report_free(strict); /* what was made of it lives on */
	assert_true(proven_of(lenient, &g) > 10);

	/* NULL is the default, not what the report was made under. */
	assert_code(tsmmr_report_judge(lenient, NULL, &strict, NULL), 0);
	assert_code(tsmmr_report_verdict(strict), TSMMR_VERDICT_INCOMPLETE);
	tsmmr_report_free(strict);
	assert_code(tsmmr_report_judge(NULL, NULL, &none, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_report_judge(lenient, NULL, NULL, NULL), TSMMR_E_ARG);
	assert_null(none);
	tsmmr_report_free(lenient);
	guest_close(&g);

	assert_code(tsmmr_report_verdict(NULL), TSMMR_VERDICT_NONE);
	assert_null(tsmmr_report_because(NULL, 0, NULL, NULL));
	assert_code(tsmmr_report_is_accepted(NULL, 0), TSMMR_E_ARG);
	assert_code(tsmmr_report_is_asked(NULL, 0), TSMMR_E_ARG);
}

/* What is shown is a choice; what is answered is not. */
static void a_selection_keeps_the_verdict(void **state)
{
	struct tsmmr_report *report, *one;
	struct guest g;

	guest_open(&g, "tdx-twin/quote-v4.bin", true);
	report = judged(&g, 1, kept(&g, "expect mrtd=" OTHER));
	assert_code(tsmmr_report_select(report, "rtmr0", &one, NULL), 0);
	assert_int_equal(tsmmr_report_count(one), 1);
	assert_code(tsmmr_report_verdict(one), TSMMR_VERDICT_MISMATCH);
	assert_true(is_because(one, "reference", "mrtd"));
	tsmmr_report_free(one);
	tsmmr_report_free(report);
	guest_close(&g);
}

/* Each alternative, in the order given, and then those of the set that was chosen. */
static void the_values_asked_for(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_policy *policy;
	struct tsmmr_report *report;
	const uint8_t *value;
	const char *set;
	struct guest g;
	size_t mrtd = SIZE_MAX, rtmr0 = SIZE_MAX, len;

	guest_open(&g, "tdx-twin/quote-v4.bin", true);
	policy = kept(&g, "expect mrtd=" OTHER "," MRTD "\n");
	assert_code(tsmmr_policy_expect_set(policy, "release 2", TSMMR_PLATFORM_TDX,
					    "mrtd=" MRTD "\n", strlen("mrtd=" MRTD "\n"), &err),
		    0);
	report = judged(&g, 1, policy);
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		if (!strcmp(tsmmr_report_name(report, i), "mrtd"))
			mrtd = i;
		if (!strcmp(tsmmr_report_name(report, i), "rtmr0"))
			rtmr0 = i;
	}

	assert_code(tsmmr_report_reference(report, mrtd, 0, &value, &len, &set), 0);
	assert_int_equal(len, 48);
	assert_int_equal(value[0], 0x15);
	assert_null(set);
	assert_code(tsmmr_report_reference(report, mrtd, 1, &value, NULL, &set), 0);
	assert_int_equal(value[47], 0x14);
	assert_null(set);
	assert_code(tsmmr_report_reference(report, mrtd, 2, &value, &len, &set), 0);
	assert_string_equal(set, "release 2");
	assert_code(tsmmr_report_reference(report, mrtd, 3, &value, &len, &set), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_report_reference(report, mrtd, 0, NULL, NULL, NULL), 0);
	assert_code(tsmmr_report_reference(report, rtmr0, 0, NULL, NULL, NULL), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_report_reference(report, tsmmr_report_count(report), 0, NULL, NULL, NULL),
		    TSMMR_E_ARG);
	assert_code(tsmmr_report_reference(NULL, 0, 0, NULL, NULL, NULL), TSMMR_E_ARG);
	tsmmr_report_free(report);
	guest_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_wants_a_root_and_a_nonce),
		cmocka_unit_test(grades_are_ordered),
		cmocka_unit_test(nonces),
		cmocka_unit_test(a_guest_that_can_be_debugged),
		cmocka_unit_test(words_that_must_be_checked),
		cmocka_unit_test(a_launch_register_is_equal),
		cmocka_unit_test(a_reference_is_never_outweighed),
		cmocka_unit_test(a_reference_to_nothing),
		cmocka_unit_test(sets_hold_as_a_whole),
		cmocka_unit_test(claims),
		cmocka_unit_test(a_root_of_one_machine),
		cmocka_unit_test(a_time_of_one_machine),
		cmocka_unit_test(the_root_is_named),
		cmocka_unit_test(one_piece_twice),
		cmocka_unit_test(weak_banks),
		cmocka_unit_test(a_gap_excuses_what_nobody_demanded),
		cmocka_unit_test(what_software_can_reset),
		cmocka_unit_test(a_replay_is_judged_again),
		cmocka_unit_test(a_selection_keeps_the_verdict),
		cmocka_unit_test(the_values_asked_for),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
