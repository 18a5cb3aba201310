/* SPDX-License-Identifier: BSD-2-Clause */
/* platform/tpm_*.c: quotes, the keys and signatures beside them, PCR values in every shape. */
#include <tsmmr/tsmmr.h>

#include "evidence.h"
#include "platform/tpm_quote.h"

#define NONCE "libtsmmr TEST nonce"
#define DIR "tpm-twin/"

/* NULL: without that part. */
static struct scene quote(const char *attest, const char *sig, const char *pcrs, const char *ak)
{
	struct scene s = { .n = 0 };

	scene_add(&s, TSMMR_PART_AUTO, attest);
	if (sig)
		scene_add(&s, TSMMR_PART_SIG, sig);
	if (pcrs)
		scene_add(&s, TSMMR_PART_PCRS, pcrs);
	if (ak)
		scene_add(&s, TSMMR_PART_AK, ak);
	return s;
}

static void check_pcrs(const struct tsmmr_regs *regs, size_t n)
{
	assert_int_equal(regs->n, n);
	assert_int_equal(reg_of(regs, "pcr0", TSMMR_HASH_SHA256)->value[0], 0xc3);
	assert_int_equal(reg_of(regs, "pcr4", TSMMR_HASH_SHA256)->value[0], 0x7a);
	assert_int_equal(reg_of(regs, "pcr23", TSMMR_HASH_SHA256)->value[0], 0x00);
	for (size_t i = 0; i < regs->n; i++)
		assert_int_equal(regs->regs[i].platform->id, TSMMR_PLATFORM_TPM);
}

static void every_signature_and_key(void **state)
{
	static const struct {
		const char *attest, *sig, *pcrs, *ak;
		size_t n;
		bool attributes;
	} cases[] = {
		{ DIR "quote.bin", DIR "quote.sig", DIR "pcrs.json", DIR "ak.tpmt", 48, true },
		{ DIR "quote.bin", DIR "quote.sig", DIR "pcrs.txt", DIR "ak.pem", 48, false },
		{ DIR "quote.bin", DIR "quote.raw", DIR "pcrs.tools", DIR "ak.tpmt", 48, true },
		{ DIR "quote.bin", DIR "quote.raw", DIR "pcrs.json", DIR "ak.pem", 48, false },
		{ DIR "quote.bin", DIR "quote.pss", DIR "pcrs.json", DIR "ak-any.tpmt", 48, true },
		{ DIR "quote-some.bin", DIR "quote-some.ecc", DIR "pcrs-some.raw",
		  DIR "ak-ecc.tpmt", 5, true },
		{ DIR "quote-some.bin", DIR "quote-some.sig", DIR "pcrs-some.tools",
		  DIR "ak-any.tpmt", 5, true },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct scene s = quote(cases[i].attest, cases[i].sig, cases[i].pcrs, cases[i].ak);
		struct tsmmr_regs *regs = scene_ok(&s);
		const struct evidence_info *info = &regs->evidence[0];

		check_pcrs(regs, cases[i].n);
		assert_string_equal(info->kind, "tpm-quote");
		assert_int_equal(info->trust, TSMMR_TRUST_SIGNED);
		assert_false(is_unchecked(info, "signature"));
		assert_true(is_unchecked(info, "certificate-chain"));
		assert_int_equal(is_unchecked(info, "ak-attributes"), !cases[i].attributes);
		assert_int_equal(regs_claim_find(regs, "reset_count")->value.p[3], 7);
		assert_int_equal(regs_claim_find(regs, "safe")->value.p[0], 1);
		assert_int_equal(regs_claim_find(regs, "firmware_version")->value.p[0], 0x20);
		assert_int_equal(regs_claim_find(regs, "pcr_digest")->value.n, 32);
		regs_free(regs);

		/* The key itself is what the caller pins; in any of its forms. */
		s.root = cases[i].n == 5 && i == 5 ? NULL : DIR "ak.pem";
		regs = scene_ok(&s);
		assert_int_equal(regs->evidence[0].trust,
				 s.root ? TSMMR_TRUST_AUTHENTICATED : TSMMR_TRUST_SIGNED);
		regs_free(regs);
		s.root = "snp-twin/ark.pem";
		scene_refused(&s, TSMMR_E_UNTRUSTED, "does not lead to a trust root");
		scene_done(&s);
	}
}

/* Who made the TPM, or the machine, certified its key. */
static void a_certified_key(void **state)
{
	struct scene s =
		quote(DIR "quote.bin", DIR "quote.sig", DIR "pcrs.json", "snp-twin/ak-cert.der");
	struct tsmmr_regs *regs;

	scene_add(&s, TSMMR_PART_AUTO, "snp-twin/cas.pem");
	regs = scene_ok(&s);
	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_SIGNED);
	assert_false(is_unchecked(&regs->evidence[0], "signature"));
	regs_free(regs);

	s.root = "snp-twin/ark.pem";
	regs = scene_ok(&s);
	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	assert_false(is_unchecked(&regs->evidence[0], "certificate-chain"));
	regs_free(regs);

	s.root = "tdx-twin/root.pem";
	scene_refused(&s, TSMMR_E_UNTRUSTED, "the AK certificate");
	/* Google's say what they are in another way; a web server's is one of neither. */
	s.root = "snp-twin/ark.pem";
	bytes_done(&s.parts[3].b);
	s.parts[3].b = read_data("snp-twin/ak-cert-google.der");
	regs = scene_ok(&s);
	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	regs_free(regs);
	for (int i = 0; i < 2; i++) {
		bytes_done(&s.parts[3].b);
		s.parts[3].b = read_data("snp-twin/ak-cert-web.der");
		scene_refused(&s, TSMMR_E_UNTRUSTED, "it was not made for signing this");
		s.root = NULL;
	}
	bytes_done(&s.parts[3].b);
	s.parts[3].b = read_data("snp-twin/ak-cert.der");
	s.parts[3].b.p[s.parts[3].b.n - 1] ^= 1;
	scene_refused(&s, TSMMR_E_UNTRUSTED, "the AK certificate");
	scene_done(&s);
}

/* Nor need a certificate that is pinned itself; what it was not made for it does not do. */
static void a_pinned_certificate_is_tried(void **state)
{
	struct scene s = quote(DIR "quote.bin", DIR "quote.sig", DIR "pcrs.json", NULL);
	struct tsmmr_regs *regs;

	s.root = "snp-twin/ak-cert.der";
	regs = scene_ok(&s);
	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	assert_false(is_unchecked(&regs->evidence[0], "certificate-chain"));
	regs_free(regs);
	s.root = "snp-twin/ak-cert-web.der";
	scene_refused(&s, TSMMR_E_UNTRUSTED, "it was not made for signing this");
	/* Its issuer's has not signed it. */
	s.root = "snp-twin/ark.pem";
	scene_refused(&s, TSMMR_E_UNTRUSTED, "who signed it is not known: give ak=");
	/* Nor has it signed another quote. */
	s.root = "snp-twin/ak-cert.der";
	s.parts[0].b.p[40] ^= 1;
	scene_refused(&s, TSMMR_E_UNTRUSTED, "who signed it is not known: give ak=");
	scene_done(&s);
}

/* A pinned key need not be handed in as well, and has not signed what it did not. */
static void a_pinned_key_is_tried(void **state)
{
	struct scene s = quote(DIR "quote.bin", DIR "quote.sig", DIR "pcrs.json", NULL);
	struct tsmmr_regs *regs;

	s.root = DIR "ak.pem";
	regs = scene_ok(&s);
	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	assert_false(is_unchecked(&regs->evidence[0], "signature"));
	regs_free(regs);
	s.parts[1].b.p[s.parts[1].b.n - 1] ^= 1;
	scene_refused(&s, TSMMR_E_UNTRUSTED, "ak=");
	s.parts[1].b.p[s.parts[1].b.n - 1] ^= 1;
	s.root = "cose/cca-cpak.pem";
	scene_refused(&s, TSMMR_E_UNTRUSTED, "ak=");
	scene_done(&s);

	s = quote(DIR "quote.bin", NULL, DIR "pcrs.json", NULL);
	s.root = DIR "ak.pem";
	scene_refused(&s, TSMMR_E_UNTRUSTED, "ak=");
	s.root = NULL;
	regs = scene_ok(&s);
	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_UNSIGNED);
	assert_int_equal(reg_of(regs, "pcr0", TSMMR_HASH_SHA256)->trust, TSMMR_TRUST_UNSIGNED);
	regs_free(regs);
	scene_done(&s);
}

/* Of a register, or of a claim where require is NULL. */
static int verdict(const struct tsmmr_regs *regs, const char *require, int min_hash)
{
	struct bytes b = read_data("sysfs/tpm/sys/kernel/security/tpm0/binary_bios_measurements");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_policy *policy;
	struct tsmmr_report *report;
	struct tsmmr_ctx *ctx;
	struct tsmmr_log *log;
	int r;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_log_parse(ctx, NULL, b.p, b.n, &log, &err), 0);
	assert_code(tsmmr_policy_new(ctx, &policy, &err), 0);
	if (require)
		assert_code(tsmmr_policy_require(policy, require, &err), 0);
	else
		assert_code(tsmmr_policy_at_least(policy, "clock", 1, &err), 0);
	assert_code(tsmmr_policy_set_min_hash(policy, min_hash, &err), 0);
	assert_code(tsmmr_policy_set_no_nonce(policy, &err), 0);
	assert_code(tsmmr_policy_check(policy, regs, &err),
		    regs->evidence[0].weak_hash && min_hash != TSMMR_HASH_SHA1 ? TSMMR_E_UNTRUSTED :
										 0);
	assert_code(tsmmr_report_new(ctx, require ? &log : NULL, !!require, regs, policy, &report,
				     &err),
		    0);
	r = tsmmr_report_verdict(report);
	tsmmr_report_free(report);
	tsmmr_policy_free(policy);
	tsmmr_log_free(log);
	tsmmr_ctx_free(ctx);
	bytes_done(&b);
	return r;
}

/* Naming a bank says what its values are worth, and nothing of the signature over them. */
static void a_weak_signature(void **state)
{
	struct scene s = quote(DIR "quote-sha1.bin", DIR "quote-sha1.sig", DIR "pcrs.json", NULL);
	struct tsmmr_regs *regs;

	s.root = DIR "ak.pem";
	regs = scene_ok(&s);
	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	assert_int_equal(regs->evidence[0].weak_hash, TSMMR_HASH_SHA1);
	assert_true(has_finding(regs, F_EVIDENCE_WEAK_HASH, "SHA-1"));
	assert_int_equal(verdict(regs, "pcr0", TSMMR_HASH_SHA256), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(verdict(regs, "pcr0:sha256", TSMMR_HASH_SHA256), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(verdict(regs, NULL, TSMMR_HASH_SHA256), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(verdict(regs, "pcr0:sha256", TSMMR_HASH_SHA1), TSMMR_VERDICT_VERIFIED);
	assert_int_equal(verdict(regs, NULL, TSMMR_HASH_SHA1), TSMMR_VERDICT_VERIFIED);
	regs_free(regs);
	scene_done(&s);

	s = quote(DIR "quote.bin", DIR "quote.sig", DIR "pcrs.json", NULL);
	s.root = DIR "ak.pem";
	regs = scene_ok(&s);
	assert_int_equal(regs->evidence[0].weak_hash, 0);
	assert_int_equal(verdict(regs, "pcr0:sha256", TSMMR_HASH_SHA256), TSMMR_VERDICT_VERIFIED);
	assert_int_equal(verdict(regs, NULL, TSMMR_HASH_SHA256), TSMMR_VERDICT_VERIFIED);
	regs_free(regs);
	scene_done(&s);
}

/* What a file is, is seen: only a bare signature and bare values must be named. */
static void parts_are_recognised(void **state)
{
	static const char *const files[][4] = {
		{ DIR "quote.bin", DIR "quote.sig", DIR "pcrs.json", DIR "ak.tpmt" },
		{ DIR "quote.bin", DIR "quote.pss", DIR "pcrs.txt", DIR "ak-any.tpmt" },
		{ DIR "quote-some.bin", DIR "quote-some.ecc", DIR "pcrs-some.tools",
		  DIR "ak-ecc.tpmt" },
		{ DIR "quote.bin", DIR "quote.sig", DIR "pcrs.tools", DIR "ak.pem" },
	};

	for (size_t i = 0; i < N_OF(files); i++) {
		struct scene s = { .n = 0 };
		struct tsmmr_regs *regs;

		for (size_t k = 0; k < 4; k++)
			scene_add(&s, TSMMR_PART_AUTO, files[i][k]);
		regs = scene_ok(&s);
		assert_false(is_unchecked(&regs->evidence[0], "signature"));
		assert_true(regs->n >= 5);
		regs_free(regs);
		scene_done(&s);
	}
}

static void what_is_missing_is_named(void **state)
{
	struct scene s = quote(DIR "quote.bin", NULL, NULL, NULL);
	struct tsmmr_regs *regs = scene_ok(&s);

	/* It says which, and of all of them at once what they were. */
	assert_int_equal(regs->n, 48);
	for (size_t i = 0; i < regs->n; i++)
		assert_true(regs->regs[i].grouped && !regs->regs[i].has_value);
	assert_true(is_unchecked(&regs->evidence[0], "signature"));
	assert_true(is_unchecked(&regs->evidence[0], "pcr-values"));
	regs_free(regs);
	scene_done(&s);

	s = quote(DIR "quote.bin", NULL, DIR "pcrs.json", DIR "ak.tpmt");
	scene_refused(&s, TSMMR_E_ARG, "TPM quote without its signature");
	scene_done(&s);
}

static void the_nonce_is_carried_as_it_is(void **state)
{
	struct scene s = quote(DIR "quote.bin", NULL, NULL, NULL);
	struct tsmmr_regs *regs;

	s.nonce = NONCE;
	regs = scene_ok(&s);
	assert_true(regs->evidence[0].nonce_matched);
	regs_free(regs);
	s.nonce = "libtsmmr TEST";
	scene_refused(&s, TSMMR_E_UNTRUSTED, "does not carry the nonce");
	scene_done(&s);

	s = quote(DIR "quote-some.bin", NULL, NULL, NULL);
	s.nonce = NONCE;
	scene_refused(&s, TSMMR_E_UNTRUSTED, "does not carry the nonce");
	scene_done(&s);
}

static void every_byte_of_a_quote_counts(void **state)
{
	struct scene s = quote(DIR "quote.bin", DIR "quote.sig", DIR "pcrs.json", DIR "ak.tpmt");
	struct bytes *b = &s.parts[0].b;

	for (size_t at = 0; at < b->n; at += slow() ? 53 : 1) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_regs *regs = NULL;

		b->p[at] ^= 1;
		assert_true(scene_regs(&s, &regs, &err) < 0);
		b->p[at] ^= 1;
	}
	b->p[50] ^= 1;
	scene_refused(&s, TSMMR_E_UNTRUSTED, "its signature is not by the attestation key given");
	b->p[50] ^= 1;

	for (size_t n = 6; n < b->n; n++) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_regs *regs = NULL;
		struct scene cut = { .n = 1 };

		cut.parts[0] = (struct given){ TSMMR_PART_QUOTE, { b->p, n } };
		assert_int_equal(scene_regs(&cut, &regs, &err), TSMMR_E_TRUNCATED);
	}
	scene_done(&s);
}

static void keys_that_must_not_sign(void **state)
{
	struct scene s = quote(DIR "quote.bin", DIR "quote.sig", DIR "pcrs.json",
			       DIR "ak-unrestricted.tpmt");

	scene_refused(&s, TSMMR_E_UNTRUSTED, "not a key that a TPM keeps for its own statements");
	scene_done(&s);
	s = quote(DIR "quote.bin", DIR "quote.sig", DIR "pcrs.json", DIR "ek.tpmt");
	scene_refused(&s, TSMMR_E_UNTRUSTED, "its signature is not by");
	scene_done(&s);
	/* Made for one scheme, used with another. */
	s = quote(DIR "quote.bin", DIR "quote.pss", DIR "pcrs.json", DIR "ak.tpmt");
	scene_refused(&s, TSMMR_E_UNTRUSTED, "its signature is not by");
	scene_done(&s);
	s = quote(DIR "quote-some.bin", DIR "quote-some.ecc", DIR "pcrs.json", DIR "ak.tpmt");
	scene_refused(&s, TSMMR_E_UNTRUSTED, "its signature is not by");
	scene_done(&s);
	s = quote(DIR "quote.bin", DIR "quote.sig", DIR "pcrs.json", DIR "pcrs.json");
	scene_refused(&s, TSMMR_E_MALFORMED, "not a public key");
	scene_done(&s);
}

/* Values beside the quote are no one's word until they hash to what was signed. */
static void values_must_give_the_digest(void **state)
{
	struct scene s = quote(DIR "quote.bin", DIR "quote.sig", DIR "pcrs.tools", DIR "ak.tpmt");
	struct bytes *b = &s.parts[2].b;

	b->p[132 + 4 + 4 + 2] ^= 1;
	scene_refused(&s, TSMMR_E_UNTRUSTED, "the PCR values do not give its PCR digest");
	b->p[132 + 4 + 4 + 2] ^= 1;
	b->p[4 + 3] ^= 1; /* the selection of the values: now without PCR 0 */
	scene_refused(&s, TSMMR_E_MALFORMED, "PCR values");
	scene_done(&s);

	/* Given and not covered: left out, and said so. */
	s = quote(DIR "quote-some.bin", DIR "quote-some.sig", DIR "pcrs.json", DIR "ak.tpmt");
	{
		struct tsmmr_regs *regs = scene_ok(&s);

		check_pcrs(regs, 5);
		assert_true(has_finding(regs, F_EVIDENCE_PCR_NOT_QUOTED,
					"43 PCR values are not in the quote, first pcr0:sha1"));
		regs_free(regs);
	}
	scene_done(&s);

	/* Covered and not given. */
	s = quote(DIR "quote.bin", DIR "quote.sig", DIR "pcrs-some.tools", DIR "ak.tpmt");
	scene_refused(&s, TSMMR_E_MALFORMED, "pcr0 of bank sha1, which the quote covers");
	scene_done(&s);
}

static int read_text(const char *text, struct tsmmr_regs **ret)
{
	struct tsmmr_error err = ERROR_INIT;

	return tpm_pcrs_read(span_of(text, strlen(text)), NULL, ret, &err);
}

static void values_that_are_none(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		int code;
	} cases[] = {
		{ "  sha1:\n    0 : 0x00\n", TSMMR_E_MALFORMED },
		{ "  sha1:\n    24: 0x0000000000000000000000000000000000000000\n",
		  TSMMR_E_MALFORMED },
		{ "sha1:\n 0: 0x0000000000000000000000000000000000000000\n"
		  " 0: 0x0000000000000000000000000000000000000001\n", TSMMR_E_MALFORMED },
		{ "pcr0=0000000000000000000000000000000000000000,"
		  "0000000000000000000000000000000000000001\n", TSMMR_E_MALFORMED },
		{ "0: 0x000000000000000000000000000000000000\n", TSMMR_E_MALFORMED },
		{ "{\"sha1\":{\"0\":\"00\"}}", TSMMR_E_MALFORMED },
		{ "{\"sha1\":[7]}", TSMMR_E_MALFORMED },
		{ "{\"sha1\":{\"0\":", TSMMR_E_TRUNCATED },
		{ "nothing", TSMMR_E_MALFORMED },
	};
	/* clang-format on */
	struct tsmmr_regs *regs = NULL;

	for (size_t i = 0; i < N_OF(cases); i++) {
		int r = read_text(cases[i].text, &regs);

		if (r != cases[i].code)
			fail_msg("%s: %d, not %d", cases[i].text, r, cases[i].code);
	}

	/* Our own words, as --expect takes them. */
	assert_int_equal(read_text("pcr7:sha1=0000000000000000000000000000000000000000", &regs), 0);
	assert_int_equal(regs->n, 1);
	regs_free(regs);
}

/* All that keylime's agent sends in one line. */
static void keylime_strings(void **state)
{
	struct scene s = { .n = 0 };
	struct tsmmr_regs *regs;

	scene_add(&s, TSMMR_PART_AUTO, DIR "quote-some.keylime");
	scene_add(&s, TSMMR_PART_AUTO, DIR "ak.pem");
	s.root = DIR "ak.pem";
	regs = scene_ok(&s);
	check_pcrs(regs, 5);
	assert_int_equal(regs->evidence[0].trust, TSMMR_TRUST_AUTHENTICATED);
	regs_free(regs);

	for (size_t at = 12; at < s.parts[0].b.n - 1; at += slow() ? 197 : 5) {
		struct tsmmr_error err = ERROR_INIT;
		uint8_t *p = &s.parts[0].b.p[at], was = *p;

		*p = was == 'A' ? 'Q' : 'A';
		regs = NULL;
		if (scene_regs(&s, &regs, &err) == 0) {
			/* Room of the lists that no value is in. */
			check_pcrs(regs, 5);
			regs_free(regs);
		}
		*p = was;
	}
	scene_done(&s);
}

static void named_and_not_read(void **state)
{
	/* clang-format off */
	static const struct {
		const char *bytes;
		size_t n;
		const char *why;
	} cases[] = {
		{ "\1\1\0\0QUOT", 8, "a quote of TPM 1.2" },
		{ "\xffTCG\x80\x17", 6, "a TPM attestation that is not a quote" },
		{ "\xa2\x63kat", 5, "a Parsec key attestation" },
		{ "\x11\xe0\x01\xff", 4, "a device's measurements (SPDM" },
		{ "eyJhbGciOiJFUzI1NiJ9.", 21, "an attestation result (JWT)" },
		{ "{\"quote\": 1}", 12, "evidence in JSON" },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct scene s = { .n = 1 };

		s.parts[0].b.p = calloc(1, 300);
		s.parts[0].b.n = 300;
		assert_non_null(s.parts[0].b.p);
		memcpy(s.parts[0].b.p, cases[i].bytes, cases[i].n);
		scene_refused(&s, TSMMR_E_UNSUPPORTED, cases[i].why);
		scene_done(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_signature_and_key),
		cmocka_unit_test(a_certified_key),
		cmocka_unit_test(a_pinned_certificate_is_tried),
		cmocka_unit_test(a_pinned_key_is_tried),
		cmocka_unit_test(a_weak_signature),
		cmocka_unit_test(parts_are_recognised),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(the_nonce_is_carried_as_it_is),
		cmocka_unit_test(every_byte_of_a_quote_counts),
		cmocka_unit_test(keys_that_must_not_sign),
		cmocka_unit_test(values_must_give_the_digest),
		cmocka_unit_test(values_that_are_none),
		cmocka_unit_test(keylime_strings),
		cmocka_unit_test(named_and_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
