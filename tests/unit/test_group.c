/* SPDX-License-Identifier: BSD-2-Clause */
/* report/judge_group.c: quotes without values, against logs and references. */
#include "testing.h"

#include "crypto/hash.h"

#define X "1111111111111111111111111111111111111111111111111111111111111111"
#define Y "2222222222222222222222222222222222222222222222222222222222222222"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define LOG "good-tcg2-sha1-sha256.bin"
#define PCRS 24

/* What the quote selects: banks in its order, with PCRs as bits. */
struct bank {
	int alg;
	uint32_t pcrs;
};
#define SHA1(pcrs)                    \
	{                             \
		TSMMR_HASH_SHA1, pcrs \
	}
#define SHA256(pcrs)                    \
	{                               \
		TSMMR_HASH_SHA256, pcrs \
	}

/* clang-format off */
static const struct row {
	const char *name;
	struct bank banks[3];
	const char *truth;		/* what differs from the log, or from zero */
	bool log;
	const char *refs;		/* references, or NULL */
	const char *sets[2];		/* of which one must hold */
	int verdict;
	const char *reg;		/* one of them … */
	int status;			/* … and its status */
	const char *other;
	int other_status;
} rows[] = {
	{ "the log says all", { SHA256(0x11) }, "", true, NULL, { 0 },
	  TSMMR_VERDICT_VERIFIED, "pcr0", TSMMR_STATUS_VERIFIED, "pcr4", TSMMR_STATUS_VERIFIED },
	{ "two banks, in the order of the selection", { SHA256(0x11), SHA1(0x11) }, "", true, NULL, { 0 },
	  TSMMR_VERDICT_VERIFIED, "pcr0", TSMMR_STATUS_VERIFIED, "pcr4", TSMMR_STATUS_VERIFIED },
	{ "the other order", { SHA1(0x11), SHA256(0x11) }, "", true, NULL, { 0 },
	  TSMMR_VERDICT_VERIFIED, "pcr0", TSMMR_STATUS_VERIFIED, "pcr4", TSMMR_STATUS_VERIFIED },
	{ "untouched ones beside", { SHA256(0xff8011) }, "", true, NULL, { 0 },
	  TSMMR_VERDICT_VERIFIED, "pcr4", TSMMR_STATUS_VERIFIED, "pcr15", TSMMR_STATUS_UNTOUCHED },
	{ "the log is not what was quoted", { SHA256(0x11) }, "pcr4:sha256=" X, true, NULL, { 0 },
	  TSMMR_VERDICT_MISMATCH, "pcr0", TSMMR_STATUS_MISMATCH, "pcr4", TSMMR_STATUS_MISMATCH },
	{ "one has no log", { SHA256(0x811) }, "pcr11:sha256=" X, true, NULL, { 0 },
	  TSMMR_VERDICT_INCOMPLETE, "pcr0", TSMMR_STATUS_NO_EVIDENCE, "pcr11", TSMMR_STATUS_INCOMPLETE },
	{ "it has a reference", { SHA256(0x811) }, "pcr11:sha256=" X, true, "pcr11=" X, { 0 },
	  TSMMR_VERDICT_VERIFIED, "pcr0", TSMMR_STATUS_VERIFIED, "pcr11", TSMMR_STATUS_EQUAL },
	{ "of its alternatives the second", { SHA256(0x811) }, "pcr11:sha256=" X, true,
	  "pcr11=" Y "," X, { 0 },
	  TSMMR_VERDICT_VERIFIED, "pcr0", TSMMR_STATUS_VERIFIED, "pcr11", TSMMR_STATUS_EQUAL },
	{ "it has a wrong one", { SHA256(0x811) }, "pcr11:sha256=" X, true, "pcr11=" Y, { 0 },
	  TSMMR_VERDICT_MISMATCH, "pcr0", TSMMR_STATUS_MISMATCH, "pcr11", TSMMR_STATUS_MISMATCH },
	{ "untouched, against its reference", { SHA256(0x811) }, "", true, "pcr11=" X, { 0 },
	  TSMMR_VERDICT_MISMATCH, "pcr0", TSMMR_STATUS_VERIFIED, "pcr11", TSMMR_STATUS_MISMATCH },
	{ "a reference to what is untouched", { SHA256(0x811) }, "", true, "pcr11=" ZERO, { 0 },
	  TSMMR_VERDICT_VERIFIED, "pcr0", TSMMR_STATUS_VERIFIED, "pcr11", TSMMR_STATUS_EQUAL },
	{ "references alone", { SHA256(0x811) }, "pcr0:sha256=" X "\npcr4:sha256=" Y, false,
	  "pcr0=" X "\npcr4=" Y, { 0 },
	  TSMMR_VERDICT_VERIFIED, "pcr0", TSMMR_STATUS_EQUAL, "pcr4", TSMMR_STATUS_EQUAL },
	{ "references alone, one too few", { SHA256(0x11) }, "pcr0:sha256=" X "\npcr4:sha256=" Y, false,
	  "pcr0=" X, { 0 },
	  TSMMR_VERDICT_INCOMPLETE, "pcr0", TSMMR_STATUS_NO_EVIDENCE, "pcr4", TSMMR_STATUS_INCOMPLETE },
	{ "references alone, one wrong", { SHA256(0x11) }, "pcr0:sha256=" X "\npcr4:sha256=" Y, false,
	  "pcr0=" X "\npcr4=" X, { 0 },
	  TSMMR_VERDICT_MISMATCH, "pcr0", TSMMR_STATUS_MISMATCH, "pcr4", TSMMR_STATUS_MISMATCH },
	{ "a reference is right, and the log is wrong", { SHA256(0x11) }, "pcr4:sha256=" X, true,
	  "pcr4=" X, { 0 },
	  TSMMR_VERDICT_MISMATCH, "pcr0", TSMMR_STATUS_VERIFIED, "pcr4", TSMMR_STATUS_MISMATCH },
	{ "the log is right, and a reference is wrong", { SHA256(0x11) }, "", true, "pcr4=" X, { 0 },
	  TSMMR_VERDICT_MISMATCH, "pcr0", TSMMR_STATUS_VERIFIED, "pcr4", TSMMR_STATUS_MISMATCH },
	{ "the second of two sets", { SHA256(0xffffff) }, "*=" Y, false, NULL, { "*=" X, "*=" Y },
	  TSMMR_VERDICT_VERIFIED, "pcr0", TSMMR_STATUS_EQUAL, "pcr23", TSMMR_STATUS_EQUAL },
	{ "half of either set", { SHA256(0x11) }, "pcr0:sha256=" X "\npcr4:sha256=" Y, false, NULL,
	  { "pcr0=" X "\npcr4=" X, "pcr0=" Y "\npcr4=" Y },
	  TSMMR_VERDICT_MISMATCH, "pcr0", TSMMR_STATUS_MISMATCH, "pcr4", TSMMR_STATUS_MISMATCH },
	{ "more alternatives than are tried", { SHA256(0x10) }, "pcr4:sha256=" X, false, "+pcr4=" X, { 0 },
	  TSMMR_VERDICT_INCOMPLETE, "pcr4", TSMMR_STATUS_NO_EVIDENCE, "pcr4", TSMMR_STATUS_NO_EVIDENCE },
	{ "too many combinations to try", { SHA256(0xffffff) }, "*=" Y, false, "*=" X "," ZERO, { 0 },
	  TSMMR_VERDICT_INCOMPLETE, "pcr0", TSMMR_STATUS_NO_EVIDENCE, "pcr23", TSMMR_STATUS_NO_EVIDENCE },
};
/* clang-format on */

#define FALSE_ONES 80

/* "*=HEX" is a line for each PCR; "+pcrN=HEX" has other values before that one. */
static char *expand(const char *text)
{
	char *out = malloc(FALSE_ONES * (strlen(text) + 8) + 1);
	size_t n = 0;

	assert_non_null(out);
	if (text[0] == '+') {
		n = strcspn(text, "=");
		memcpy(out, text + 1, n);
		for (int i = 0; i < FALSE_ONES; i++)
			n += (size_t)sprintf(out + n, "%064x,", i + 1);
		strcpy(out + n, strchr(text, '=') + 1);
		return out;
	}
	if (text[0] != '*')
		return strcpy(out, text);
	for (int i = 0; i < PCRS; i++)
		n += (size_t)sprintf(out + n, "pcr%d%s\n", i, text + 1);
	return out;
}

static struct tsmmr_regs *values(const struct tsmmr_ctx *ctx, const char *text)
{
	struct tsmmr_error err = ERROR_INIT;
	char *all = expand(text);
	struct tsmmr_regs *regs;

	if (tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_TPM, all, strlen(all),
				   &regs, &err) < 0)
		fail_msg("%s", err.message);
	free(all);
	return regs;
}

static struct tsmmr_regs *replayed(const struct tsmmr_ctx *ctx, struct tsmmr_log *log)
{
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;
	uint8_t *json;
	size_t n;

	assert_code(tsmmr_report_new(ctx, &log, 1, NULL, NULL, &report, NULL), 0);
	assert_code(tsmmr_report_export_replay_json(report, &json, &n, NULL), 0);
	assert_code(tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_TPM, (char *)json,
					   n, &regs, NULL),
		    0);
	tsmmr_free(json);
	tsmmr_report_free(report);
	return regs;
}

/* What PCR i of the machine holds. */
static void truth_of(const struct tsmmr_regs *said, const struct tsmmr_regs *log, int alg,
		     unsigned i, uint8_t *to, size_t size)
{
	const struct tsmmr_reg *reg;
	const uint8_t *value;
	char name[16];
	size_t n;

	snprintf(name, sizeof(name), "pcr%u", i);
	reg = tsmmr_regs_find(said, name, alg);
	if (!reg)
		reg = tsmmr_regs_find(log, name, alg);
	memset(to, i >= 17 && i <= 22 ? 0xff : 0, size);
	if (!reg)
		return;
	assert_code(tsmmr_reg_value(reg, &value, &n), 0);
	assert_int_equal(n, size);
	memcpy(to, value, size);
}

/* TPMS_ATTEST of a quote over what the machine holds.  (TPM 2.0 part 2, section 10.12.12) */
static size_t make_quote(const struct row *row, const struct tsmmr_regs *said,
			 const struct tsmmr_regs *log, uint8_t *to)
{
	static const uint8_t head[] = { 0xff, 'T', 'C', 'G', 0x80, 0x18, 0, 0, 0, 1, 'n' };
	struct hasher h = { 0 };
	size_t n = sizeof(head) + 17 + 8 + 4, n_banks = 0;

	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA256)), 0);
	assert_int_equal(hasher_start(&h), 0);
	memset(to, 0, n);
	memcpy(to, head, sizeof(head));
	for (const struct bank *b = row->banks; b < row->banks + 3 && b->alg; b++) {
		const struct hash_alg *alg = hash_by_id(b->alg);
		uint8_t value[64];

		to[n++] = (uint8_t)(b->alg >> 8);
		to[n++] = (uint8_t)b->alg;
		to[n++] = 3;
		for (int i = 0; i < 3; i++)
			to[n++] = (uint8_t)(b->pcrs >> (8 * i));
		for (unsigned i = 0; i < PCRS; i++)
			if (b->pcrs >> i & 1) {
				truth_of(said, log, b->alg, i, value, alg->size);
				assert_int_equal(hasher_update(&h, value, alg->size), 0);
			}
		n_banks++;
	}
	to[sizeof(head) + 17 + 8 + 3] = (uint8_t)n_banks;
	to[n++] = 0;
	to[n++] = 32;
	assert_int_equal(hasher_final(&h, to + n), 0);
	hasher_done(&h);
	return n + 32;
}

static struct tsmmr_regs *quoted(const struct tsmmr_ctx *ctx, const uint8_t *p, size_t n)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_evidence *evidence;
	struct tsmmr_regs *regs;

	assert_code(tsmmr_evidence_new(ctx, &evidence, NULL), 0);
	assert_code(tsmmr_evidence_add(evidence, TSMMR_PART_QUOTE, p, n, NULL), 0);
	if (tsmmr_regs_from_evidence(ctx, evidence, &regs, &err) < 0)
		fail_msg("%s", err.message);
	tsmmr_evidence_free(evidence);
	return regs;
}

static struct tsmmr_policy *policy_for(const struct tsmmr_ctx *ctx, const struct row *row)
{
	struct tsmmr_policy *policy;

	assert_code(tsmmr_policy_new(ctx, &policy, NULL), 0);
	assert_code(tsmmr_policy_set_min_trust(policy, TSMMR_TRUST_UNSIGNED, NULL), 0);
	assert_code(tsmmr_policy_set_no_nonce(policy, NULL), 0);
	if (row->refs) {
		char *text = expand(row->refs);

		assert_code(tsmmr_policy_expect_text(policy, 0, text, strlen(text), NULL), 0);
		free(text);
	}
	for (size_t i = 0; i < 2 && row->sets[i]; i++) {
		char *text = expand(row->sets[i]);

		assert_code(tsmmr_policy_expect_set(policy, i ? "b" : "a", 0, text, strlen(text),
						    NULL),
			    0);
		free(text);
	}
	return policy;
}

static int status_of(const struct tsmmr_report *report, const char *name)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);

		if (!strcmp(tsmmr_reg_name(reg), name) && tsmmr_reg_hash(reg) == TSMMR_HASH_SHA256)
			return tsmmr_report_status(report, i);
	}
	return 0;
}

static void check(const struct tsmmr_ctx *ctx, const struct row *row, struct tsmmr_log *log,
		  const struct tsmmr_regs *of_log)
{
	struct tsmmr_regs *said = values(ctx, row->truth), *regs;
	struct tsmmr_policy *policy = policy_for(ctx, row);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	uint8_t quote[256];
	size_t n = make_quote(row, said, row->log ? of_log : NULL, quote);

	regs = quoted(ctx, quote, n);
	if (tsmmr_report_new(ctx, &log, row->log, regs, policy, &report, &err) < 0)
		fail_msg("%s: %s", row->name, err.message);
	if (tsmmr_report_verdict(report) != row->verdict ||
	    status_of(report, row->reg) != row->status ||
	    status_of(report, row->other) != row->other_status)
		fail_msg("%s: verdict %d, %s %d, %s %d", row->name, tsmmr_report_verdict(report),
			 row->reg, status_of(report, row->reg), row->other,
			 status_of(report, row->other));
	tsmmr_report_free(report);
	tsmmr_policy_free(policy);
	tsmmr_regs_free(regs);
	tsmmr_regs_free(said);
}

static void every_combination(void **state)
{
	struct bytes bytes = read_data(LOG);
	struct tsmmr_regs *of_log;
	struct tsmmr_ctx *ctx;
	struct tsmmr_log *log;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_log_parse(ctx, NULL, bytes.p, bytes.n, &log, NULL), 0);
	of_log = replayed(ctx, log);
	for (size_t i = 0; i < N_OF(rows); i++)
		check(ctx, &rows[i], log, of_log);
	tsmmr_regs_free(of_log);
	tsmmr_log_free(log);
	tsmmr_ctx_free(ctx);
	bytes_done(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_combination) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
