/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.h: every setter right, wrong and too late; a policy as text, and its hash. */
#include "testing.h"

/* clang-format off */
#define ONES48 "111111111111111111111111111111111111111111111111" \
	       "111111111111111111111111111111111111111111111111"
#define TWOS48 "222222222222222222222222222222222222222222222222" \
	       "222222222222222222222222222222222222222222222222"
#define ZEROS48 "000000000000000000000000000000000000000000000000" \
		"000000000000000000000000000000000000000000000000"
/* clang-format on */

/* One with something right, for what all setters have in common. */
#define SET(function) static int set_##function(struct tsmmr_policy *p, struct tsmmr_error *err)

/* clang-format off */
SET(require) { return tsmmr_policy_require(p, "rtmr0", err); }
SET(allow) { return tsmmr_policy_allow(p, "no-log", err); }
SET(min_trust) { return tsmmr_policy_set_min_trust(p, TSMMR_TRUST_SIGNED, err); }
SET(min_hash) { return tsmmr_policy_set_min_hash(p, TSMMR_HASH_SHA384, err); }
SET(debug) { return tsmmr_policy_allow_debug(p, err); }
SET(must_check) { return tsmmr_policy_must_check(p, "revocation", err); }
SET(accept_tcb) { return tsmmr_policy_accept_tcb(p, "OutOfDate", err); }
SET(advisories) { return tsmmr_policy_accept_advisories(p, "INTEL-SA-00615", err); }
SET(evaluation) { return tsmmr_policy_set_min_tcb_evaluation(p, 17, err); }
SET(nonce) { return tsmmr_policy_set_nonce(p, "n", 1, err); }
SET(no_nonce) { return tsmmr_policy_set_no_nonce(p, err); }
SET(text) { return tsmmr_policy_expect_text(p, 0, "mrtd=" ONES48, 101, err); }
SET(set) { return tsmmr_policy_expect_set(p, "one", 0, "mrtd=" ONES48, 101, err); }
SET(claim) { return tsmmr_policy_expect_claim(p, "xfam", "12345678", 8, NULL, err); }
SET(at_least) { return tsmmr_policy_at_least(p, "xfam", 5, err); }
SET(parse) { return tsmmr_policy_parse(p, "require rtmr1\n", 14, err); }
/* clang-format on */

SET(expect)
{
	static const uint8_t value[48] = { 1 };

	return tsmmr_policy_expect(p, "mrtd", TSMMR_HASH_SHA384, value, sizeof(value), err);
}

/* clang-format off */
static const struct {
	const char *name;
	int (*set)(struct tsmmr_policy *p, struct tsmmr_error *err);
} setters[] = {
	{ "require",	set_require },
	{ "allow",	set_allow },
	{ "min_trust",	set_min_trust },
	{ "min_hash",	set_min_hash },
	{ "debug",	set_debug },
	{ "must_check",	set_must_check },
	{ "accept_tcb",	set_accept_tcb },
	{ "advisories",	set_advisories },
	{ "evaluation",	set_evaluation },
	{ "nonce",	set_nonce },
	{ "no_nonce",	set_no_nonce },
	{ "expect",	set_expect },
	{ "text",	set_text },
	{ "set",	set_set },
	{ "claim",	set_claim },
	{ "at_least",	set_at_least },
	{ "parse",	set_parse },
};
/* clang-format on */

static void hash_of(const struct tsmmr_policy *policy, uint8_t *ret)
{
	assert_code(tsmmr_policy_hash(policy, ret), 0);
}

static void each_setter_changes_the_question(void **state)
{
	uint8_t none[32], hashes[N_OF(setters)][32];
	struct tsmmr_policy *policy = policy_made(*state);

	hash_of(policy, none);
	tsmmr_policy_free(policy);
	for (size_t i = 0; i < N_OF(setters); i++) {
		struct tsmmr_error err = ERROR_INIT;
		/* Which nonce is the occasion's; that there must be one is the default. */
		bool same = setters[i].set == set_nonce;

		policy = policy_made(*state);
		if (setters[i].set(policy, &err) < 0)
			fail_msg("%s: %s", setters[i].name, err.message);
		hash_of(policy, hashes[i]);
		tsmmr_policy_free(policy);
		if (!memcmp(hashes[i], none, 32) != same)
			fail_msg("%s: the hash", setters[i].name);
		for (size_t k = 0; k < i; k++)
			if (!memcmp(hashes[i], hashes[k], 32))
				fail_msg("%s has the hash of %s", setters[i].name, setters[k].name);
	}
}

/* Whoever has an answer must know what it was the answer to. */
static void a_policy_in_use_is_final(void **state)
{
	struct tsmmr_policy *policy = policy_made(*state), *other = policy_made(*state);
	struct tsmmr_report *report, *again;
	uint8_t before[32], after[32];

	assert_code(tsmmr_report_new(*state, NULL, 0, NULL, policy, &report, NULL), 0);
	assert_code(tsmmr_report_judge(report, other, &again, NULL), 0);
	hash_of(policy, before);
	for (size_t i = 0; i < N_OF(setters); i++) {
		struct tsmmr_error err = ERROR_INIT;

		if (setters[i].set(policy, &err) != TSMMR_E_ARG || !strstr(err.message, "final"))
			fail_msg("%s: %s", setters[i].name, err.message);
		if (setters[i].set(other, &err) != TSMMR_E_ARG)
			fail_msg("%s: set after judging", setters[i].name);
	}
	hash_of(policy, after);
	assert_memory_equal(before, after, 32);

	/* It is the report's as well. */
	assert_ptr_equal(tsmmr_policy_ref(policy), policy);
	tsmmr_policy_free(policy);
	tsmmr_policy_free(policy);
	tsmmr_report_free(report);
	tsmmr_policy_free(other);
	assert_code(tsmmr_report_verdict(again), TSMMR_VERDICT_INCOMPLETE);
	tsmmr_report_free(again);
}

static void arguments_are_checked(void **state)
{
	struct tsmmr_error small = { .size = 8 };
	struct tsmmr_policy *policy = NULL;
	struct tsmmr_regs *regs;
	uint8_t hash[32];

	assert_code(tsmmr_policy_new(NULL, &policy, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_new(*state, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_new(*state, &policy, &small), TSMMR_E_ABI);
	assert_null(policy);
	assert_null(tsmmr_policy_ref(NULL));
	tsmmr_policy_free(NULL);
	for (size_t i = 0; i < N_OF(setters); i++)
		if (setters[i].set(NULL, NULL) != TSMMR_E_ARG)
			fail_msg("%s: no policy is taken", setters[i].name);
	assert_code(tsmmr_policy_hash(NULL, hash), TSMMR_E_ARG);

	policy = policy_made(*state);
	for (size_t i = 0; i < N_OF(setters); i++)
		if (setters[i].set(policy, &small) != TSMMR_E_ABI)
			fail_msg("%s: a small error is taken", setters[i].name);
	assert_code(tsmmr_policy_hash(policy, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_require(policy, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_allow(policy, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_must_check(policy, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_accept_tcb(policy, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_accept_tcb(policy, "", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_accept_tcb(policy, "OutOfDate,Revoked", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_accept_tcb(policy, "any", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_accept_tcb(policy, "outofdate", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_accept_advisories(policy, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_accept_advisories(policy, "", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_accept_advisories(policy, "A,,B", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_accept_advisories(policy, "A B", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_set_min_tcb_evaluation(NULL, 1, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_set_nonce(policy, NULL, 1, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_expect(policy, NULL, 0, hash, 32, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_expect(policy, "pcr0", 0, NULL, 32, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_expect_text(policy, 0, NULL, 3, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_expect_text(policy, 99, "rtmr0=" ONES48, 102, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_expect_set(policy, NULL, 0, "rtmr0=" ONES48, 102, NULL),
		    TSMMR_E_ARG);
	assert_code(tsmmr_policy_expect_set(policy, "x", 0, NULL, 3, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_expect_claim(policy, NULL, hash, 1, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_expect_claim(policy, "xfam", NULL, 1, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_at_least(policy, NULL, 1, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_parse(policy, NULL, 1, NULL), TSMMR_E_ARG);

	assert_code(tsmmr_policy_check(policy, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_regs_from_values(*state, 0, 0, "", 0, &regs, NULL), 0);
	assert_code(tsmmr_policy_check(NULL, regs, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_check(policy, regs, NULL), 0);
	tsmmr_regs_free(regs);
	tsmmr_policy_free(policy);
}

/* Each list is refused with that code, and leaves the policy as it was. */
static void lists_that_are_none(void **state)
{
	/* clang-format off */
	static const struct {
		int (*set)(struct tsmmr_policy *p, const char *list, struct tsmmr_error *err);
		const char *list;
		int code;
	} cases[] = {
		{ tsmmr_policy_require, "", TSMMR_E_ARG },
		{ tsmmr_policy_require, ",", TSMMR_E_ARG },
		{ tsmmr_policy_require, "rtmr0,", TSMMR_E_ARG },
		{ tsmmr_policy_require, "rtmr0:md5", TSMMR_E_ARG },
		{ tsmmr_policy_require, "rtmr2-0", TSMMR_E_ARG },
		{ tsmmr_policy_require, "RTMR0", TSMMR_E_NOTFOUND },
		{ tsmmr_policy_require, "rtmr0-9", TSMMR_E_NOTFOUND },
		{ tsmmr_policy_require, "rtmr0,no-such-register", TSMMR_E_NOTFOUND },
		{ tsmmr_policy_allow, "", TSMMR_E_ARG },
		{ tsmmr_policy_allow, "no-such-gap", TSMMR_E_ARG },
		{ tsmmr_policy_allow, "no-log,", TSMMR_E_ARG },
		{ tsmmr_policy_allow, "rtmr0:", TSMMR_E_ARG },
		{ tsmmr_policy_allow, "nobody:no-log", TSMMR_E_NOTFOUND },
		/* These have setters of their own. */
		{ tsmmr_policy_allow, "untrusted", TSMMR_E_ARG },
		{ tsmmr_policy_allow, "rtmr0:untrusted", TSMMR_E_ARG },
		{ tsmmr_policy_allow, "weak-hash", TSMMR_E_ARG },
		{ tsmmr_policy_must_check, "", TSMMR_E_ARG },
		{ tsmmr_policy_must_check, "*", TSMMR_E_ARG },
		{ tsmmr_policy_must_check, "revocation,", TSMMR_E_ARG },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_policy *policy = policy_made(*state), *same = policy_made(*state);
		struct tsmmr_error err = ERROR_INIT;
		uint8_t before[32], after[32];
		int r = cases[i].set(policy, cases[i].list, &err);

		if (r != cases[i].code || !err.message[0])
			fail_msg("'%s': %d %s", cases[i].list, r, err.message);
		hash_of(policy, after);
		hash_of(same, before);
		assert_memory_equal(before, after, 32);
		tsmmr_policy_free(policy);
		tsmmr_policy_free(same);
	}
}

static void numbers_that_are_none(void **state)
{
	static const int trust[] = { TSMMR_TRUST_GIVEN, TSMMR_TRUST_LIVE, 0, 6, -1 };
	static const int hashes[] = { TSMMR_HASH_NONE, 1, 0xffff, -1 };
	struct tsmmr_policy *policy = policy_made(*state);
	uint8_t bytes[65] = { 0 };

	for (size_t i = 0; i < N_OF(trust); i++)
		assert_code(tsmmr_policy_set_min_trust(policy, trust[i], NULL), TSMMR_E_ARG);
	for (size_t i = 0; i < N_OF(hashes); i++)
		assert_code(tsmmr_policy_set_min_hash(policy, hashes[i], NULL), TSMMR_E_ARG);
	/* Zeros are in every field that nobody filled. */
	assert_code(tsmmr_policy_set_nonce(policy, bytes, 32, NULL), TSMMR_E_ARG);
	bytes[0] = 1;
	assert_code(tsmmr_policy_set_nonce(policy, bytes, 0, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_set_nonce(policy, bytes, 65, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_policy_set_nonce(policy, bytes, 64, NULL), 0);
	tsmmr_policy_free(policy);
}

static void values_that_are_none(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		int code;
		const char *why;
	} cases[] = {
		{ "", TSMMR_E_MALFORMED, "no value" },
		{ "# nothing\n", TSMMR_E_MALFORMED, "no value" },
		{ "mrtd=", TSMMR_E_ARG, "mrtd" },
		{ "mrtd=12", TSMMR_E_ARG, "48" },
		{ "mrtd=" ONES48 ",", TSMMR_E_ARG, "mrtd" },
		{ "mrtd:sha256=" ONES48, TSMMR_E_ARG, "sha384" },
		{ "mrtdd=" ONES48, TSMMR_E_ARG, "mrtdd" },
		{ "mrtd=" ONES48 "\nmrtd=" TWOS48, TSMMR_E_ARG, "twice" },
		{ "mrtd=" ONES48 "\nrtmr0=x", TSMMR_E_ARG, "rtmr0" },
		{ "acme/x=aabb\nacme/x=aa", TSMMR_E_ARG, "twice" },
		{ "acme/x=aa\nacme/x=aa00", TSMMR_E_ARG, "twice" },
	};
	/* clang-format on */
	static const uint8_t value[64] = { 1 };

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_policy *policy = policy_made(*state);
		struct tsmmr_error err = ERROR_INIT;
		uint8_t before[32], after[32];
		int r;

		hash_of(policy, before);
		r = tsmmr_policy_expect_text(policy, 0, cases[i].text, strlen(cases[i].text), &err);
		if (r != cases[i].code || !strstr(err.message, cases[i].why))
			fail_msg("'%s': %d %s", cases[i].text, r, err.message);
		r = tsmmr_policy_expect_set(policy, "one", 0, cases[i].text, strlen(cases[i].text),
					    &err);
		if (r != cases[i].code)
			fail_msg("a set '%s': %d", cases[i].text, r);
		/* Nor is what stood before the slip. */
		hash_of(policy, after);
		assert_memory_equal(before, after, 32);
		tsmmr_policy_free(policy);
	}
	for (int i = 0; i < 2; i++) {
		struct tsmmr_policy *policy = policy_made(*state);

		assert_code(tsmmr_policy_expect(policy, "", 0, value, 48, NULL), TSMMR_E_ARG);
		assert_code(tsmmr_policy_expect(policy, "mrtd", 0, value, 47, NULL), TSMMR_E_ARG);
		assert_code(tsmmr_policy_expect(policy, "mrtd", TSMMR_HASH_SHA256, value, 32, NULL),
			    TSMMR_E_ARG);
		assert_code(tsmmr_policy_expect(policy, "nobody", 0, value, 48, NULL), TSMMR_E_ARG);
		assert_code(tsmmr_policy_expect(policy, "pcr0", 0x7777, value, 32, NULL),
			    TSMMR_E_ARG);
		assert_code(tsmmr_policy_expect_claim(policy, "", value, 8, NULL, NULL),
			    TSMMR_E_ARG);
		assert_code(tsmmr_policy_expect_claim(policy, "xfam", value, 0, NULL, NULL),
			    TSMMR_E_ARG);
		assert_code(tsmmr_policy_at_least(policy, "", 1, NULL), TSMMR_E_ARG);
		tsmmr_policy_free(policy);
	}
}

/* One register has one value, or one list of them, however many texts there are. */
static void texts_agree(void **state)
{
	static const struct {
		const char *text;
		int code;
	} texts[] = {
		{ "mrtd=" ONES48 "," TWOS48, 0 },
		{ "mrtd=" TWOS48 "," ONES48 "," TWOS48, 0 },
		{ "mrtd=" ONES48, TSMMR_E_ARG },
		{ "mrtd=" ONES48 "," TWOS48 "," ZEROS48, TSMMR_E_ARG },
		{ "tdx/mrtd=" TWOS48, TSMMR_E_ARG },
		{ "rtmr3=" ONES48, 0 },
		{ "tdx/app-runtime=" TWOS48, TSMMR_E_ARG },
	};
	struct tsmmr_policy *policy = policy_made(*state);

	for (size_t i = 0; i < N_OF(texts); i++)
		if (tsmmr_policy_expect_text(policy, 0, texts[i].text, strlen(texts[i].text),
					     NULL) != texts[i].code)
			fail_msg("%s", texts[i].text);
	assert_code(tsmmr_policy_parse(policy, "expect rtmr3=" TWOS48, 13 + 96, NULL), TSMMR_E_ARG);
	tsmmr_policy_free(policy);
}

/* What a file says is what the setters say. */
static void text_is_the_setters(void **state)
{
	static const char text[] = "# for the gateway\r\n"
				   "\n"
				   "require rtmr0-2,app-runtime\n"
				   "  --allow   unquoted-tail  \n"
				   "--min-trust=signed\n"
				   "min-hash sha384\n"
				   "allow-debug\n"
				   "must-check revocation,tcb-status\n"
				   "--nonce 0102\n"
				   "expect mrtd=" ONES48 "," TWOS48;
	struct tsmmr_policy *read = policy_made(*state), *set = policy_made(*state);
	struct tsmmr_error err = ERROR_INIT;
	uint8_t value[48], one[32], two[32];

	if (tsmmr_policy_parse(read, text, strlen(text), &err) < 0)
		fail_msg("%s", err.message);
	assert_code(tsmmr_policy_require(set, "rtmr0-2,app-runtime", NULL), 0);
	assert_code(tsmmr_policy_allow(set, "unquoted-tail", NULL), 0);
	assert_code(tsmmr_policy_set_min_trust(set, TSMMR_TRUST_SIGNED, NULL), 0);
	assert_code(tsmmr_policy_set_min_hash(set, TSMMR_HASH_SHA384, NULL), 0);
	assert_code(tsmmr_policy_allow_debug(set, NULL), 0);
	assert_code(tsmmr_policy_must_check(set, "revocation,tcb-status", NULL), 0);
	assert_code(tsmmr_policy_set_nonce(set, "\1\2", 2, NULL), 0);
	memset(value, 0x11, sizeof(value));
	assert_code(tsmmr_policy_expect(set, "mrtd", 0, value, 48, NULL), 0);
	memset(value, 0x22, sizeof(value));
	assert_code(tsmmr_policy_expect(set, "mrtd", TSMMR_HASH_SHA384, value, 48, NULL), 0);
	hash_of(read, one);
	hash_of(set, two);
	assert_memory_equal(one, two, 32);
	tsmmr_policy_free(read);
	tsmmr_policy_free(set);
}

static void text_that_is_none(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		int code;
		const char *why;
	} cases[] = {
		{ "frobnicate\n", TSMMR_E_ARG, "line 1" },
		{ "\n\nrequire rtmr0\nrequires rtmr1\n", TSMMR_E_ARG, "line 4" },
		{ "require\n", TSMMR_E_ARG, "line 1" },
		{ "require nobody\n", TSMMR_E_NOTFOUND, "line 1: require: " },
		{ "allow untrusted\n", TSMMR_E_ARG, "line 1" },
		{ "min-trust decoded\n", TSMMR_E_ARG, "decoded" },
		{ "min-trust live\n", TSMMR_E_ARG, "live" },
		{ "min-hash md5\n", TSMMR_E_ARG, "md5" },
		{ "allow-debug yes\n", TSMMR_E_ARG, "no value" },
		{ "nonce\n", TSMMR_E_ARG, "hex" },
		{ "nonce 0\n", TSMMR_E_ARG, "hex" },
		{ "nonce 0000\n", TSMMR_E_ARG, "zeros" },
		{ "expect @values.txt\n", TSMMR_E_ARG, "a file is the caller's" },
		{ "expect claim.xfam\n", TSMMR_E_ARG, "claim" },
		{ "at-least xfam=5\n", TSMMR_E_ARG, "claim" },
		{ "at-least claim.xfam=many\n", TSMMR_E_ARG, "xfam" },
		/* Whom one trusts is the context's. */
		{ "trust-root intel-sgx\n", TSMMR_E_ARG, "line 1" },
	};
	/* clang-format on */
	struct tsmmr_policy *policy = policy_made(*state);
	struct tsmmr_error err = ERROR_INIT;
	char *big = calloc(1, (1 << 20) + 2);

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_policy *one = policy_made(*state);
		int r = tsmmr_policy_parse(one, cases[i].text, strlen(cases[i].text), &err);

		if (r != cases[i].code || !strstr(err.message, cases[i].why))
			fail_msg("'%s': %d %s", cases[i].text, r, err.message);
		tsmmr_policy_free(one);
	}
	assert_code(tsmmr_policy_parse(policy, "require rtmr0\0,rtmr1\n", 21, &err), TSMMR_E_ARG);
	assert_non_null(big);
	memset(big, '#', (1 << 20) + 1);
	assert_code(tsmmr_policy_parse(policy, big, (1 << 20) + 1, &err), TSMMR_E_LIMIT);
	memset(big, 'a', 1 << 20);
	assert_code(tsmmr_policy_parse(policy, big, 1 << 20, &err), TSMMR_E_LIMIT);
	free(big);
	tsmmr_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_setter_changes_the_question),
		cmocka_unit_test(a_policy_in_use_is_final),
		cmocka_unit_test(arguments_are_checked),
		cmocka_unit_test(lists_that_are_none),
		cmocka_unit_test(numbers_that_are_none),
		cmocka_unit_test(values_that_are_none),
		cmocka_unit_test(texts_agree),
		cmocka_unit_test(text_is_the_setters),
		cmocka_unit_test(text_that_is_none),
	};

	return cmocka_run_group_tests_name("policy", tests, ctx_setup, ctx_teardown);
}
