/* SPDX-License-Identifier: BSD-2-Clause */
/* platform/tdx*.c and platform/evidence.c: from evidence to registers, and every refusal. */
#include "evidence.h"

#include "platform/platforms.h"

static struct bytes quote_v4, quote_v5, report;

static int load(void **state)
{
	quote_v4 = read_data("tdx-twin/quote-v4.bin");
	quote_v5 = read_data("tdx-twin/quote-v5.bin");
	report = read_data("tdx-twin/tdreport.bin");
	return 0;
}

static int unload(void **state)
{
	bytes_done(&quote_v4);
	bytes_done(&quote_v5);
	bytes_done(&report);
	return 0;
}

/* From a copy of exactly n bytes, so that a checker sees a read beyond. */
static int regs_with(const struct tsmmr_ctx *ctx, const void *p, size_t n, const char *nonce,
		     struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(evidence_free) struct tsmmr_evidence *ev = NULL;
	_cleanup_(free) uint8_t *exact = malloc(n ? n : 1);
	int r;

	assert_non_null(exact);
	if (n)
		memcpy(exact, p, n);
	assert_int_equal(evidence_new(CRYPTO_DEFAULT, &ev), 0);
	r = evidence_add(ev, TSMMR_PART_AUTO, exact, n, err);
	if (r < 0)
		return r;
	if (nonce)
		ev->nonce_n = unhex(nonce, ev->nonce, sizeof(ev->nonce));
	return evidence_regs(ctx, ev, ret, err);
}

static int regs_of(const void *p, size_t n, uint32_t flags, const char *nonce,
		   struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	const struct tsmmr_ctx ctx = { .flags = flags };

	return regs_with(&ctx, p, n, nonce, ret, err);
}

static struct tsmmr_regs *decoded(struct bytes b, uint32_t flags, const char *nonce)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;

	if (regs_of(b.p, b.n, flags, nonce, &regs, &err) < 0)
		fail_msg("%s", err.message);
	return regs;
}

static void refused(struct bytes b, int code, uint64_t offset, const char *why)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;
	int r = regs_of(b.p, b.n, 0, NULL, &regs, &err);

	if (r != code || err.offset != offset || !strstr(err.message, why))
		fail_msg("%d at %lld: %s (wanted %d at %lld: %s)", r, (long long)err.offset,
			 err.message, code, (long long)offset, why);
	assert_null(regs);
}

/* A copy that the test may spoil. */
static struct bytes copy(struct bytes b, size_t extra)
{
	struct bytes to = { malloc(b.n + extra), b.n + extra };

	assert_non_null(to.p);
	memcpy(to.p, b.p, b.n);
	memset(to.p + b.n, 0, extra);
	return to;
}

static void check_register(const struct tsmmr_regs *regs, const char *name, uint8_t first,
			   uint8_t last)
{
	for (size_t i = 0; i < regs->n; i++) {
		const struct tsmmr_reg *reg = &regs->regs[i];

		if (strcmp(reg->desc->name, name) != 0)
			continue;
		assert_int_equal(reg->size, 48);
		assert_true(reg->has_value);
		assert_true(reg->flags & TSMMR_REG_READABLE);
		assert_int_equal(reg->value[0], first);
		assert_int_equal(reg->value[47], last);
		return;
	}
	fail_msg("no %s", name);
}

/* registers-before.txt, first and last byte of each. */
static void check_twin(const struct tsmmr_regs *regs)
{
	check_register(regs, "mrtd", 0x14, 0x14);
	check_register(regs, "rtmr0", 0x68, 0x04);
	check_register(regs, "rtmr1", 0x41, 0xfa);
	check_register(regs, "rtmr2", 0xb1, 0x7c);
	check_register(regs, "rtmr3", 0x00, 0x00);
	check_register(regs, "mrconfigid", 0x15, 0x15);
	check_register(regs, "mrowner", 0x16, 0x16);
	check_register(regs, "mrownerconfig", 0x17, 0x17);
}

static void check_claim(const struct tsmmr_regs *regs, const char *name, size_t n, uint8_t first)
{
	const struct claim *c = regs_claim_find(regs, name);

	if (!c)
		fail_msg("no claim %s", name);
	assert_int_equal(c->value.n, n);
	assert_int_equal(c->value.p[0], first);
}

static bool leaves_open(const struct tsmmr_regs *regs, const char *word)
{
	const char *const *words = regs->evidence[0].not_checked;

	for (size_t i = 0; i < NOT_CHECKED_MAX && words[i]; i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

static void reads_each_kind(void **state)
{
	const struct {
		struct bytes b;
		const char *kind;
		size_t n_regs;
		const char *not_checked;
	} cases[] = {
		{ quote_v4, "tdx-quote-v4", 9, "certificate-chain" },
		{ quote_v5, "tdx-quote-v5", 10, "certificate-chain" },
		{ report, "tdx-report", 10, "mac" },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_regs *regs = decoded(cases[i].b, 0, NULL);
		/* What signed a TDREPORT only its machine can check. */
		int trust = i == 2 ? TSMMR_TRUST_UNSIGNED : TSMMR_TRUST_SIGNED;

		assert_int_equal(regs->n, cases[i].n_regs);
		assert_string_equal(regs->evidence[0].kind, cases[i].kind);
		assert_string_equal(regs->evidence[0].root_hint, "intel-sgx");
		assert_int_equal(regs->evidence[0].trust, trust);
		for (size_t k = 0; k < regs->n; k++)
			assert_int_equal(regs->regs[k].trust, trust);
		assert_true(leaves_open(regs, cases[i].not_checked));
		assert_true(leaves_open(regs, "tcb-status"));
		assert_true(leaves_open(regs, "freshness"));
		assert_false(regs->evidence[0].has_root || regs->evidence[0].has_time);
		assert_false(regs->evidence[0].debug || regs->evidence[0].nonce_matched);
		assert_int_equal(regs->findings.n, 0);
		check_twin(regs);
		check_claim(regs, "report_data", 64, 0x00);
		check_claim(regs, "xfam", 8, 0xe7);
		check_claim(regs, "tee_tcb_svn", 16, 0x05);
		check_claim(regs, "mr_td", 48, 0x14);
		check_claim(regs, "mr_config_id", 48, 0x15);
		assert_int_equal(regs_claim_find(regs, "td_attributes")->value.p[3], 0x10);
		assert_int_equal(!!regs_claim_find(regs, "mr_servicetd"), i > 0);
		assert_int_equal(!!regs_claim_find(regs, "cpu_svn"), i == 2);
		regs_free(regs);
	}
}

static void a_copy_has_its_own_claims(void **state)
{
	struct tsmmr_regs *regs = decoded(quote_v5, 0, NULL), *again = NULL;

	assert_int_equal(regs_copy(regs, 2, &again), 0);
	regs_free(regs);
	check_twin(again);
	check_claim(again, "xfam", 8, 0xe7);
	assert_int_equal(again->evidence[0].report_data.n, 64);
	assert_int_equal(again->evidence[0].report_data.p[63], 0);
	regs_free(again);
}

static void checks_the_nonce(void **state)
{
	struct bytes with = read_data("tdx-signed/nonce.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;

	regs = decoded(with, 0, "6c69627473");
	assert_true(regs->evidence[0].nonce_matched);
	assert_false(leaves_open(regs, "freshness"));
	regs_free(regs);
	regs = decoded(with, 0, "6c6962747300");
	regs_free(regs);

	regs = NULL;
	assert_code(regs_of(with.p, with.n, 0, "6c696274", &regs, &err), TSMMR_E_UNTRUSTED);
	assert_non_null(strstr(err.message, "nonce"));
	assert_code(regs_of(with.p, with.n, 0, "6c69627474", &regs, &err), TSMMR_E_UNTRUSTED);
	assert_null(regs);
	bytes_done(&with);
}

static void refuses_debug_unless_told(void **state)
{
	struct bytes debug = read_data("tdx-signed/debug.bin");
	struct tsmmr_regs *regs = decoded(debug, 0, NULL);

	check_debuggable(regs);
	assert_true(regs->evidence[0].debug);
	assert_int_equal(regs->findings.n, 1);
	assert_int_equal(regs->findings.all[0].id, F_EVIDENCE_DEBUG);
	regs_free(regs);
	bytes_done(&debug);
}

/* A context that trusts the TEST root, at a time when its certificates were valid. */
static struct tsmmr_ctx trusting(struct trust *trust)
{
	struct tsmmr_ctx ctx = { .trust = trust };
	struct bytes root = read_data("tdx-twin/root.pem");
	struct tsmmr_error err = ERROR_INIT;

	*trust = (struct trust){ .time = 1767225600, .has_time = true };
	assert_int_equal(trust_add(trust, span_of(root.p, root.n), &err), 0);
	bytes_done(&root);
	return ctx;
}

static void leads_to_a_pinned_root(void **state)
{
	/* clang-format off */
	static const struct {
		const char *file;
		bool any_enclave;
		const char *why;	/* NULL: it does */
	} cases[] = {
		{ "tdx-twin/quote-v4.bin", true, NULL },
		{ "tdx-twin/quote-v5.bin", true, NULL },
		{ "tdx-signed/nonce.bin", true, NULL },
		/* The name of the authority that certified the machine is Intel's. */
		{ "tdx-signed/intel-enclave.bin", false, NULL },
		{ "tdx-signed/other-enclave.bin", false, "enclave is not Intel's" },
		{ "tdx-signed/debug-enclave.bin", false, "debug quoting enclave" },
		/* Genuine all the same: what that is worth is the policy's to say. */
		{ "tdx-signed/debug.bin", true, NULL },
		{ "tdx-twin/tdreport.bin", false, "does not lead to a trust root" },
	};
	/* clang-format on */
	struct trust trust;
	struct tsmmr_ctx ctx = trusting(&trust);

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bytes b = read_data(cases[i].file);
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_regs *regs = NULL;
		int r = regs_with(&ctx, b.p, b.n, NULL, &regs, &err);

		if (cases[i].why ? r != TSMMR_E_UNTRUSTED || !strstr(err.message, cases[i].why) :
				   r < 0)
			fail_msg("%s: %d: %s", cases[i].file, r, err.message);
		if (r == 0) {
			const struct evidence_info *info = &regs->evidence[0];

			assert_int_equal(info->trust, TSMMR_TRUST_AUTHENTICATED);
			for (size_t k = 0; k < regs->n; k++)
				assert_int_equal(regs->regs[k].trust, TSMMR_TRUST_AUTHENTICATED);
			assert_true(info->has_root && info->has_time);
			assert_int_equal(info->time, 1767225600);
			assert_false(leaves_open(regs, "certificate-chain"));
			assert_true(leaves_open(regs, "tcb-status"));
			assert_true(leaves_open(regs, "revocation"));
			assert_int_equal(leaves_open(regs, "qe-identity"), cases[i].any_enclave);
		}
		regs_free(regs);
		bytes_done(&b);
	}

	trust.time = 2556057600; /* 2051 */
	for (int i = 0; i < 2; i++) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_regs *regs = NULL;

		assert_code(regs_with(&ctx, quote_v4.p, quote_v4.n, NULL, &regs, &err),
			    TSMMR_E_UNTRUSTED);
		assert_non_null(strstr(err.message, i ? "not yet valid" : "expired"));
		trust.time = 1;
	}
	trust_done(&trust);
}

/*
 * Each byte that a signature covers, and each of the signatures and keys between.  Where a
 * certificate no longer parses it is malformed; elsewhere the reason is the one expected.
 */
static void every_signed_byte_counts(void **state)
{
	static const struct {
		size_t from, to;
		const char *why;
	} parts[] = {
		/* of quote-v4.bin */
		{ 8, 632, "attestation key did not sign it" },
		{ 636, 700, "attestation key did not sign it" },
		{ 700, 764, "attestation key" },
		{ 770, 1090, "the PCK did not sign" },
		{ 1090, 1154, "vouches for another key" },
		{ 1154, 1218, "the PCK did not sign" },
		{ 1220, 1252, "vouches for another key" },
	};
	struct trust trust;
	struct tsmmr_ctx ctx = trusting(&trust), nobody = { .flags = 0 };
	struct bytes b = copy(quote_v4, 0);
	size_t step = slow() ? 149 : 1;

	for (size_t i = 0; i < N_OF(parts); i++)
		for (size_t at = parts[i].from; at < parts[i].to; at += step) {
			struct tsmmr_error err = ERROR_INIT;
			struct tsmmr_regs *regs = NULL;
			int r;

			b.p[at] ^= 0x10;
			/* A wrong signature is refused whatever is trusted. */
			r = regs_with(at % 2 ? &ctx : &nobody, b.p, b.n, NULL, &regs, &err);
			if (r != TSMMR_E_UNTRUSTED || err.detail != TSMMR_DETAIL_SIGNATURE ||
			    !strstr(err.message, parts[i].why))
				fail_msg("byte %zu: %d, %d: %s", at, r, err.detail, err.message);
			b.p[at] ^= 0x10;
		}
	bytes_done(&b);
	trust_done(&trust);
}

/* PEM has spare bits: a change that decodes to the same certificate changes nothing. */
static void every_byte_of_the_certificates_counts(void **state)
{
	struct trust trust;
	struct tsmmr_ctx ctx = trusting(&trust);
	struct bytes b = copy(quote_v4, 0);
	size_t intermediate_end = 0, accepted = 0, step = slow() ? 401 : 5;

	for (size_t at = 1258, ends = 0; at + 3 < b.n && ends < 2; at++)
		if (!memcmp(b.p + at, "-----END", 8)) {
			intermediate_end = at;
			ends++;
		}
	assert_true(intermediate_end > 1258);

	for (size_t at = 1258; at < intermediate_end; at += step) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_regs *regs = NULL;
		int r;

		b.p[at] ^= 0x02;
		r = regs_with(&ctx, b.p, b.n, NULL, &regs, &err);
		b.p[at] ^= 0x02;
		if (r == 0)
			accepted++;
		else if (r != TSMMR_E_UNTRUSTED && r != TSMMR_E_MALFORMED)
			fail_msg("byte %zu: %d: %s", at, r, err.message);
		regs_free(regs);
	}
	assert_true(accepted < 3);
	bytes_done(&b);
	trust_done(&trust);
}

static void checks_the_hashes_of_a_report(void **state)
{
	/* clang-format off */
	static const struct {
		size_t at;
		uint64_t hash;
		const char *why;
	} cases[] = {
		{ 256, 32, "TEE_TCB_INFO" },
		{ 494, 32, "TEE_TCB_INFO" },
		{ 32, 32, "TEE_TCB_INFO" },
		{ 512, 80, "TDINFO" },
		{ 1023, 80, "TDINFO" },
		{ 127, 80, "TDINFO" },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bytes b = copy(report, 0);

		b.p[cases[i].at] ^= 0x40;
		refused(b, TSMMR_E_UNTRUSTED, cases[i].hash, cases[i].why);
		bytes_done(&b);
	}
}

static void notes_what_follows(void **state)
{
	struct bytes padded = copy(quote_v5, 100), longer = copy(report, 1);
	struct tsmmr_regs *regs = decoded(padded, 0, NULL);

	assert_int_equal(regs->findings.n, 0);
	regs_free(regs);

	padded.p[padded.n - 1] = 1;
	regs = decoded(padded, 0, NULL);
	assert_int_equal(regs->findings.n, 1);
	assert_int_equal(regs->findings.all[0].id, F_EVIDENCE_TRAILING);
	assert_int_equal(regs->findings.all[0].offset, quote_v5.n);
	regs_free(regs);

	regs = decoded(longer, 0, NULL);
	assert_int_equal(regs->findings.n, 1);
	assert_int_equal(regs->findings.all[0].offset, 1024);
	regs_free(regs);
	bytes_done(&padded);
	bytes_done(&longer);
}

static int piece_trust(const struct tsmmr_regs *regs, const char *kind)
{
	for (size_t i = 0; i < regs->n_evidence; i++)
		if (!strcmp(regs->evidence[i].kind, kind))
			return regs->evidence[i].trust;
	return 0;
}

static void unwraps_hex(void **state)
{
	struct bytes text = { malloc(2 * report.n + 1), 2 * report.n };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;

	assert_non_null(text.p);
	tohex(report.p, report.n, (char *)text.p);
	regs = decoded(text, 0, NULL);
	check_twin(regs);
	assert_int_equal(regs->findings.n, 1);
	assert_int_equal(regs->findings.all[0].id, F_INPUT_ARMOURED);
	regs_free(regs);

	assert_code(regs_of(text.p, text.n, TSMMR_CTX_STRICT, NULL, &regs, &err),
		    TSMMR_E_MALFORMED);
	assert_non_null(strstr(err.message, "INPUT_ARMOURED"));
	bytes_done(&text);
}

/* One field of a quote or report set to another value. */
struct spoilt {
	const struct bytes *b;
	size_t at;
	size_t size;
	uint32_t value;
	int code;
	uint64_t offset;
	const char *why;
};

static void refuses_by_name(void **state)
{
	static const struct spoilt cases[] = {
		{ &quote_v4, 0, 2, 3, TSMMR_E_UNSUPPORTED, TSMMR_NONE, "TDX quote v3" },
		{ &quote_v4, 0, 2, 6, TSMMR_E_UNSUPPORTED, TSMMR_NONE, "TDX quote v6" },
		{ &quote_v4, 2, 2, 3, TSMMR_E_UNSUPPORTED, 2, "P-384" },
		{ &quote_v4, 2, 2, 9, TSMMR_E_UNSUPPORTED, 2, "key type 9" },
		{ &quote_v4, 4, 4, 0, TSMMR_E_UNSUPPORTED, TSMMR_NONE, "SGX quote v4" },
		{ &quote_v4, 4, 4, 0x82, TSMMR_E_FORMAT, TSMMR_NONE, "no evidence" },
		{ &quote_v5, 48, 2, 0, TSMMR_E_UNSUPPORTED, 48, "type 0" },
		{ &quote_v5, 48, 2, 1, TSMMR_E_UNSUPPORTED, 48, "SGX enclave report" },
		{ &quote_v5, 48, 2, 4, TSMMR_E_UNSUPPORTED, 48, "type 4" },
		{ &quote_v5, 48, 2, 2, TSMMR_E_MALFORMED, 50, "648 bytes, not 584" },
		{ &quote_v5, 50, 4, 584, TSMMR_E_MALFORMED, 50, "584 bytes, not 648" },
		{ &quote_v5, 50, 4, 0xffffffff, TSMMR_E_MALFORMED, 50, "not 648" },
		{ &report, 0, 1, 0, TSMMR_E_FORMAT, TSMMR_NONE, "no evidence" },
		{ &report, 1, 1, 1, TSMMR_E_UNSUPPORTED, 1, "subtype 1" },
		{ &report, 2, 1, 2, TSMMR_E_UNSUPPORTED, 1, "version 2" },
		{ &report, 15, 1, 1, TSMMR_E_FORMAT, TSMMR_NONE, "no evidence" },
		/* The lengths and types of v4's signature data, which begins at 636. */
		{ &quote_v4, 632, 4, 0xffffffff, TSMMR_E_TRUNCATED, 636, "signature data" },
		{ &quote_v4, 632, 4, 0, TSMMR_E_MALFORMED, 636, "signature" },
		{ &quote_v4, 632, 4, 64, TSMMR_E_MALFORMED, 700, "attestation key" },
		{ &quote_v4, 632, 4, 128, TSMMR_E_MALFORMED, 764, "certification data" },
		{ &quote_v4, 764, 2, 5, TSMMR_E_UNSUPPORTED, TSMMR_NONE, "type 5" },
		{ &quote_v4, 766, 4, 0xffffffff, TSMMR_E_MALFORMED, 764, "certification data" },
		{ &quote_v4, 766, 4, 5, TSMMR_E_MALFORMED, 775, "bytes after" },
		{ &quote_v4, 1218, 2, 0xffff, TSMMR_E_MALFORMED, 1220, "authentication" },
		{ &quote_v4, 1254, 4, 0xffffffff, TSMMR_E_MALFORMED, 1252, "PCK certificates" },
		{ &quote_v4, 1254, 4, 1, TSMMR_E_MALFORMED, 1259, "bytes after" },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bytes b = copy(*cases[i].b, 0);

		for (size_t k = 0; k < cases[i].size; k++)
			b.p[cases[i].at + k] = (uint8_t)(cases[i].value >> (8 * k));
		refused(b, cases[i].code, cases[i].offset, cases[i].why);
		bytes_done(&b);
	}
}

static void names_what_it_cannot_read(void **state)
{
	/* clang-format off */
	static const struct {
		uint8_t head[8];
		size_t n_head;
		size_t n;		/* zeros up to here */
		int code;
		const char *why;
	} cases[] = {
		{ { 3, 0, 2, 0, 0, 0, 0, 0 }, 8, 4000, TSMMR_E_UNSUPPORTED, "SGX quote v3" },
		{ { 0xd8, 0x3d, 0xd2, 0x84 }, 4, 9000, TSMMR_E_UNSUPPORTED, "DICE/CWT" },
		{ { 0xd2, 0x84, 0x43 }, 3, 9000, TSMMR_E_UNSUPPORTED, "DICE/CWT" },
		/* {1: h'…8192 bytes…'}: well-formed, whatever it means */
		{ { 0xa1, 0x01, 0x59, 0x20, 0x00 }, 5, 8197, TSMMR_E_UNSUPPORTED, "DICE/CWT" },
		{ { 0xa1, 0x01, 0x59, 0x20, 0x00 }, 5, 9000, TSMMR_E_UNSUPPORTED, "DICE/CWT" },
		{ { 0xa1, 0x01, 0x59, 0x20, 0x00 }, 5, 8196, TSMMR_E_FORMAT, "no evidence" },
		{ { 0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 8, 9000, TSMMR_E_FORMAT,
		  "no evidence" },
		{ { 0xbf }, 1, 9000, TSMMR_E_FORMAT, "no evidence" },
		{ { 0x0f, 0xd7, 0x20, 0xd1 }, 4, 1024, TSMMR_E_FORMAT, "no evidence" },
		{ { 0 }, 0, 0, TSMMR_E_TRUNCATED, "evidence that is empty" },
		{ { 0 }, 0, 5000, TSMMR_E_FORMAT, "no evidence" },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bytes b = { calloc(1, cases[i].n + 1), cases[i].n };

		assert_non_null(b.p);
		memcpy(b.p, cases[i].head, cases[i].n_head);
		refused(b, cases[i].code, TSMMR_NONE, cases[i].why);
		bytes_done(&b);
	}
}

static void names_every_cut(void **state)
{
	const struct bytes all[] = { quote_v4, quote_v5, report };
	const size_t known[] = { 8, 8, 4 }; /* from here on it is clear what was cut */

	for (size_t i = 0; i < N_OF(all); i++)
		for (size_t n = 1; n < all[i].n; n++) {
			struct tsmmr_error err = ERROR_INIT;
			struct tsmmr_regs *regs = NULL;
			int r = regs_of(all[i].p, n, 0, NULL, &regs, &err);

			assert_code(r, n < known[i] ? TSMMR_E_FORMAT : TSMMR_E_TRUNCATED);
			assert_null(regs);
			if (r == TSMMR_E_TRUNCATED)
				assert_true(err.offset <= n);
		}
}

static void parts(void **state)
{
	const struct tsmmr_ctx ctx = { 0 };
	_cleanup_(evidence_free) struct tsmmr_evidence *ev = NULL;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;

	assert_int_equal(evidence_new(CRYPTO_DEFAULT, &ev), 0);
	assert_code(evidence_regs(&ctx, ev, &regs, &err), TSMMR_E_ARG);
	assert_code(evidence_add(ev, 99, "x", 1, &err), TSMMR_E_ARG);
	assert_code(evidence_add(ev, -1, "x", 1, &err), TSMMR_E_ARG);
	assert_code(evidence_add(ev, 0, "x", (16u << 20) + 1, &err), TSMMR_E_LIMIT);

	assert_int_equal(evidence_add(ev, TSMMR_PART_QUOTE, quote_v4.p, quote_v4.n, &err), 0);
	assert_int_equal(evidence_regs(&ctx, ev, &regs, &err), 0);
	regs_free(regs);
	regs = NULL;

	assert_int_equal(evidence_add(ev, TSMMR_PART_AUTO, quote_v4.p, quote_v4.n, &err), 0);
	assert_code(evidence_regs(&ctx, ev, &regs, &err), TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "twice"));
	while (ev->n_parts < EVIDENCE_PARTS_MAX)
		assert_int_equal(evidence_add(ev, TSMMR_PART_SIG, "x", 1, &err), 0);
	assert_code(evidence_add(ev, TSMMR_PART_SIG, "x", 1, &err), TSMMR_E_LIMIT);
}

/* These parts, in this order, by a context that trusts the TEST root. */
static int together(const struct bytes *parts, const int *what, size_t n, struct tsmmr_regs **ret,
		    struct tsmmr_error *err)
{
	struct trust trust;
	struct tsmmr_ctx ctx = trusting(&trust);
	_cleanup_(evidence_free) struct tsmmr_evidence *ev = NULL;
	int r;

	assert_int_equal(evidence_new(CRYPTO_DEFAULT, &ev), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(evidence_add(ev, what[i], parts[i].p, parts[i].n, err), 0);
	r = evidence_regs(&ctx, ev, ret, err);
	trust_done(&trust);
	return r;
}

/* A TDREPORT's field changed, and the hash of its part made to fit. */
static struct bytes forged(size_t at, uint8_t value)
{
	struct bytes b = copy(report, 0);

	b.p[at] = value;
	rehash(b.p);
	return b;
}

static const int autos[] = { 0, 0, 0 };

/* Either way round: quote and report, and what came of both. */
static int beside_quote(struct bytes quote, struct bytes other, int first, struct tsmmr_regs **ret,
			struct tsmmr_error *err)
{
	const struct bytes both[] = { first ? other : quote, first ? quote : other };

	*err = (struct tsmmr_error)ERROR_INIT;
	return together(both, autos, 2, ret, err);
}

/* What the quote says as well is as good as the quote, and no more is. */
static void a_quote_vouches_for_what_it_says(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;

	for (int i = 0; i < 4; i++) {
		bool has_servtd = i / 2; /* the body of a quote of version 5 here */
		size_t at;

		assert_code(beside_quote(has_servtd ? quote_v5 : quote_v4, report, i % 2, &regs,
					 &err),
			    0);
		assert_int_equal(regs->n_evidence, 2);
		assert_int_equal(regs->n, 10);
		at = i % 2;
		assert_int_equal(regs->evidence[at].trust, TSMMR_TRUST_AUTHENTICATED);
		assert_int_equal(regs->evidence[!at].trust, TSMMR_TRUST_UNSIGNED);
		assert_string_equal(regs->evidence[!at].kind, "tdx-report");
		for (size_t k = 0; k < regs->n; k++) {
			bool common =
				has_servtd || strcmp(regs->regs[k].desc->name, "servtd_hash") != 0;

			assert_int_equal(regs->regs[k].trust,
					 common ? TSMMR_TRUST_AUTHENTICATED : TSMMR_TRUST_UNSIGNED);
			assert_int_equal(regs->regs[k].piece, (common ? at : !at) + 1);
		}
		for (size_t k = 0; k < regs->evidence[!at].n_claims; k++) {
			const struct claim *c = &regs->evidence[!at].claims[k];

			assert_int_equal(c->trust, claim_find(&regs->evidence[at], c->name) ?
							   TSMMR_TRUST_AUTHENTICATED :
							   TSMMR_TRUST_UNSIGNED);
		}
		assert_int_equal(claim_find(&regs->evidence[!at], "cpu_svn")->trust,
				 TSMMR_TRUST_UNSIGNED);
		regs_free(regs);
	}
}

/* Of a report of the same guest each field that the quote has too is held to it. */
static void what_a_quote_contradicts(void **state)
{
	/* clang-format off */
	static const struct {
		size_t at;
		const char *field;	/* NULL: the quote does not have it */
	} fields[] = {
		{ 264, "tee_tcb_svn" },	{ 280, "mrseam" },	{ 328, "mrsigner_seam" },
		{ 376, "seam_attributes" }, { 513, "td_attributes" }, { 527, "xfam" },
		{ 528, "mrtd" },	{ 576, "mrconfigid" },	{ 624, "mrowner" },
		{ 672, "mrownerconfig" }, { 720, "rtmr0" },	{ 768, "rtmr1" },
		{ 816, "rtmr2" },	{ 864, "rtmr3" },	{ 16, NULL },
		{ 912, NULL },
	};
	/* clang-format on */
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;

	for (size_t i = 0; i < N_OF(fields); i++)
		for (int first = 0; first < 2; first++) {
			struct bytes b = forged(fields[i].at, report.p[fields[i].at] ^ 0x40);
			int r = beside_quote(quote_v4, b, first, &regs, &err);

			if (!fields[i].field) {
				assert_code(r, 0);
				assert_int_equal(piece_trust(regs, "tdx-report"),
						 TSMMR_TRUST_UNSIGNED);
				regs_free(regs);
			} else if (r != TSMMR_E_UNTRUSTED || err.detail != TSMMR_DETAIL_CLAIM ||
				   !strstr(err.message, fields[i].field)) {
				fail_msg("%s: %d, %d: %s", fields[i].field, r, err.detail,
					 err.message);
			}
			bytes_done(&b);
		}
}

static void pieces_of_two_guests(void **state)
{
	struct bytes nonce = read_data("tdx-signed/nonce.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;

	assert_code(together((const struct bytes[]){ report, nonce }, autos, 2, &regs, &err),
		    TSMMR_E_UNTRUSTED);
	assert_int_equal(err.detail, TSMMR_DETAIL_BINDING);
	assert_non_null(strstr(err.message, "nothing says that they are of one guest"));
	assert_code(together((const struct bytes[]){ report }, autos, 1, &regs, &err),
		    TSMMR_E_UNTRUSTED);
	assert_int_equal(err.detail, TSMMR_DETAIL_ROOT);
	assert_null(regs);
	bytes_done(&nonce);
}

/* DEBUG, and the bits beside it, by which a host profiles a guest. */
static void every_bit_of_tud_is_debug(void **state)
{
	for (int bit = 0; bit < 64; bit++) {
		struct bytes b = forged(512 + (size_t)bit / 8, (uint8_t)(1 << bit % 8));
		struct tsmmr_regs *regs = decoded(b, 0, NULL);

		assert_int_equal(regs->evidence[0].debug, bit < 8);
		regs_free(regs);
		bytes_done(&b);
	}
}

static void parts_beside_a_quote(void **state)
{
	static const int sig[] = { 0, TSMMR_PART_SIG };
	struct bytes root = read_data("tdx-twin/root.pem");
	const struct bytes quote_and_root[] = { root, quote_v4 };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;

	assert_code(together(quote_and_root, autos, 2, &regs, &err), 0);
	regs_free(regs);
	regs = NULL;
	/* What nobody asks for is a misunderstanding. */
	assert_code(together((const struct bytes[]){ quote_v4, root }, sig, 2, &regs, &err),
		    TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "tdx-quote-v4 needs no evidence part \"sig\""));
	assert_code(together(quote_and_root, autos, 1, &regs, &err), TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "certs"));
	assert_null(regs);
	bytes_done(&root);
}

static void tables(void **state)
{
	assert_ptr_equal(platform_by_id(TSMMR_PLATFORM_TDX), &platform_tdx);
	assert_ptr_equal(platform_by_id(TSMMR_PLATFORM_TPM), &platform_tpm);
	assert_null(platform_by_id(TSMMR_PLATFORM_AUTO));
	assert_true(platform_knows(span_of("rtmr3", 5)));
	assert_true(platform_knows(span_of("app-runtime", 11)));
	assert_true(platform_knows(span_of("pcr23", 5)));
	assert_false(platform_knows(span_of("pcr32", 5)));

	for (size_t i = 0; i < n_platforms; i++)
		for (uint32_t k = 0; k < platforms[i]->n_index; k++)
			assert_non_null(platform_by_index(platforms[i], k));
	for (uint32_t k = 0; k < 24; k++)
		assert_int_equal(platform_by_index(&platform_tpm, k)->initial,
				 k >= 17 && k <= 22 ? 0xff : 0);
	assert_string_equal(platform_by_index(&platform_tdx, 0)->name, "mrtd");
	assert_string_equal(platform_by_index(&platform_tdx, 4)->name, "rtmr3");
}

static void check_number(const struct tsmmr_regs *regs, const char *name, uint64_t want)
{
	const struct claim *c = regs_claim_find(regs, name);
	uint64_t v = 0;

	if (!c || !claim_u64(c, &v) || v != want)
		fail_msg("%s is not %llu", name, (unsigned long long)want);
}

static void check_bytes(const struct tsmmr_regs *regs, const char *name, const char *hex)
{
	const struct claim *c = regs_claim_find(regs, name);
	uint8_t want[64];

	assert_non_null(c);
	assert_bytes(c->value.p, c->value.n, want, unhex(hex, want, sizeof(want)));
}

/* What attributes and the PCK's certificate pack.  (tests/gen/mkquote.py, pck_extension) */
static void decodes_claims(void **state)
{
	struct trust trust;
	struct tsmmr_ctx ctx = trusting(&trust);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;
	const struct claim *c;
	struct bytes b;

	assert_code(regs_with(&ctx, quote_v4.p, quote_v4.n, NULL, &regs, &err), 0);
	check_bytes(regs, "pck_fmspc", "d3dbe95f785d");
	check_bytes(regs, "pck_pce_id", "0000");
	check_bytes(regs, "pck_tcb_components", "03030202020100030000000000000000");
	check_bytes(regs, "pck_cpu_svn", "03030202020100030000000000000000");
	check_number(regs, "pck_pce_svn", 11);
	check_number(regs, "pck_sgx_type", 0);
	assert_int_equal(regs_claim_find(regs, "pck_ppid")->value.n, 16);
	c = regs_claim_find(regs, "pck_issuer");
	assert_true(c->type == CLAIM_TEXT && memmem(c->value.p, c->value.n, "TEST", 4));
	assert_int_equal(c->trust, TSMMR_TRUST_AUTHENTICATED);
	assert_int_equal(regs_claim_find(regs, "qe_mrsigner")->value.n, 32);
	assert_int_equal(get_le16(regs_claim_find(regs, "qe_isv_svn")->value.p),
			 regs_claim_find(regs, "qe_isv_svn")->value.p[0]);
	check_number(regs, "td_attributes_debug", 0);
	check_number(regs, "td_attributes_sept_ve_disable", 1);
	check_number(regs, "tee_tcb_svn_module_minor",
		     regs_claim_find(regs, "tee_tcb_svn")->value.p[0]);
	check_number(regs, "tee_tcb_svn_module_major",
		     regs_claim_find(regs, "tee_tcb_svn")->value.p[1]);
	regs_free(regs);
	trust_done(&trust);

	/* A TDREPORT has no PCK; a debuggable guest's bit is its own. */
	regs = decoded(report, 0, NULL);
	assert_null(regs_claim_find(regs, "pck_fmspc"));
	assert_null(regs_claim_find(regs, "qe_mrsigner"));
	check_number(regs, "td_attributes_debug", 0);
	regs_free(regs);
	b = read_data("tdx-signed/debug.bin");
	regs = decoded(b, 0, NULL);
	check_number(regs, "td_attributes_debug", 1);
	regs_free(regs);
	bytes_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_kind),
		cmocka_unit_test(decodes_claims),
		cmocka_unit_test(a_copy_has_its_own_claims),
		cmocka_unit_test(checks_the_nonce),
		cmocka_unit_test(refuses_debug_unless_told),
		cmocka_unit_test(leads_to_a_pinned_root),
		cmocka_unit_test(every_signed_byte_counts),
		cmocka_unit_test(every_byte_of_the_certificates_counts),
		cmocka_unit_test(checks_the_hashes_of_a_report),
		cmocka_unit_test(notes_what_follows),
		cmocka_unit_test(unwraps_hex),
		cmocka_unit_test(refuses_by_name),
		cmocka_unit_test(names_what_it_cannot_read),
		cmocka_unit_test(names_every_cut),
		cmocka_unit_test(parts),
		cmocka_unit_test(a_quote_vouches_for_what_it_says),
		cmocka_unit_test(what_a_quote_contradicts),
		cmocka_unit_test(pieces_of_two_guests),
		cmocka_unit_test(every_bit_of_tud_is_debug),
		cmocka_unit_test(parts_beside_a_quote),
		cmocka_unit_test(tables),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
