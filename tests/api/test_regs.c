/* SPDX-License-Identifier: BSD-2-Clause */
/* regs.h: register sets by hand and from evidence, and the lists that name registers. */
#include "testing.h"

/* clang-format off */
#define ONES48 "111111111111111111111111111111111111111111111111" \
	       "111111111111111111111111111111111111111111111111"
#define TWOS48 "222222222222222222222222222222222222222222222222" \
	       "222222222222222222222222222222222222222222222222"
#define ONES32 "1111111111111111111111111111111111111111111111111111111111111111"
#define ONES20 "1111111111111111111111111111111111111111"
/* clang-format on */

#define HEX32 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static int from_values(const struct tsmmr_ctx *ctx, int platform, const char *text,
		       struct tsmmr_regs **regs, struct tsmmr_error *err)
{
	return tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, platform, text, strlen(text), regs,
				      err);
}

/* A name without a bank is never answered with a weaker one than there is. */
static void the_strongest_bank_is_found(void **state)
{
	static const char text[] =
		"pcr0:sha1=1111111111111111111111111111111111111111\n"
		"pcr0:sha384=" ONES48 "\n"
		"pcr0:sha256=1111111111111111111111111111111111111111111111111111"
		"111111111111\n"
		"pcr1:sha1=1111111111111111111111111111111111111111\n";
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;

	if (from_values(*state, TSMMR_PLATFORM_AUTO, text, &regs, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(tsmmr_reg_hash(tsmmr_regs_find(regs, "pcr0", TSMMR_HASH_NONE)),
			 TSMMR_HASH_SHA384);
	assert_int_equal(tsmmr_reg_hash(tsmmr_regs_find(regs, "pcr0", TSMMR_HASH_SHA1)),
			 TSMMR_HASH_SHA1);
	assert_int_equal(tsmmr_reg_hash(tsmmr_regs_find(regs, "pcr1", TSMMR_HASH_NONE)),
			 TSMMR_HASH_SHA1);
	tsmmr_regs_free(regs);
}

static void values_by_hand(void **state)
{
	static const char text[] = "# a comment, and a blank line\n\n"
				   "rtmr0=" ONES48 "\n"
				   "mrconfigid=" ONES48 "\n"
				   "  rtmr3:sha384 = 0x" TWOS48 "  # behind a value\r\n";
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;
	const struct tsmmr_reg *reg;
	const uint8_t *p;
	size_t n;

	if (from_values(*state, TSMMR_PLATFORM_AUTO, text, &regs, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(tsmmr_regs_count(regs), 3);
	assert_int_equal(tsmmr_reg_index(tsmmr_regs_find(regs, "mrconfigid", 0)), TSMMR_NONE);
	assert_int_equal(tsmmr_regs_trust(regs), TSMMR_TRUST_GIVEN);
	assert_null(tsmmr_regs_evidence_kind(regs, 0));
	/* Nobody knows is not no. */
	assert_int_equal(tsmmr_regs_is_debug(regs), TSMMR_E_NOTFOUND);
	assert_null(tsmmr_regs_get(regs, 3));
	assert_null(tsmmr_regs_get(regs, SIZE_MAX));

	reg = tsmmr_regs_find(regs, "rtmr3", TSMMR_HASH_NONE);
	assert_non_null(reg);
	assert_ptr_equal(reg, tsmmr_regs_find(regs, "app-runtime", TSMMR_HASH_SHA384));
	assert_null(tsmmr_regs_find(regs, "rtmr3", TSMMR_HASH_SHA256));
	assert_null(tsmmr_regs_find(regs, "rtmr1", TSMMR_HASH_NONE));
	assert_string_equal(tsmmr_reg_name(reg), "rtmr3");
	assert_string_equal(tsmmr_reg_role(reg), "app-runtime");
	assert_int_equal(tsmmr_reg_platform(reg), TSMMR_PLATFORM_TDX);
	assert_int_equal(tsmmr_reg_space(reg), TSMMR_SPACE_CC_MR);
	assert_int_equal(tsmmr_reg_index(reg), 4);
	assert_int_equal(tsmmr_reg_hash(reg), TSMMR_HASH_SHA384);
	assert_int_equal(tsmmr_reg_kind(reg), TSMMR_KIND_RUNTIME);
	assert_int_equal(tsmmr_reg_trust(reg), TSMMR_TRUST_GIVEN);
	assert_code(tsmmr_reg_value(reg, NULL, NULL), 0);
	assert_code(tsmmr_reg_value(reg, &p, &n), 0);
	assert_int_equal(n, 48);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i], 0x22);
	tsmmr_regs_free(regs);
}

static void pcr_banks(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_reg *reg;
	struct tsmmr_regs *regs;

	assert_code(from_values(*state, TSMMR_PLATFORM_TPM,
				"pcr7:sha256=" ONES32 "\npcr7:sha1=" ONES20, &regs, &err),
		    0);
	assert_int_equal(tsmmr_regs_count(regs), 2);
	reg = tsmmr_regs_find(regs, "pcr7", TSMMR_HASH_SHA1);
	assert_non_null(reg);
	assert_int_equal(tsmmr_reg_hash(reg), TSMMR_HASH_SHA1);
	assert_int_equal(tsmmr_reg_space(reg), TSMMR_SPACE_PCR);
	assert_int_equal(tsmmr_reg_index(reg), 7);
	assert_non_null(tsmmr_regs_find(regs, "pcr7", TSMMR_HASH_SHA256));
	assert_null(tsmmr_regs_find(regs, "pcr7", TSMMR_HASH_SHA384));
	tsmmr_regs_free(regs);
}

static void values_that_are_refused(void **state)
{
	/* clang-format off */
	static const struct {
		int platform;
		const char *text;
		const char *says;	/* the message must help */
	} cases[] = {
		{ 0, "rtmr0=" ONES32, "48" },
		{ 0, "rtmr0=" ONES48 "11", "48" },
		{ 0, "rtmr0=" ONES48 "\nrtmr1=xyz", "line 2" },
		{ 0, "rtmr9=" ONES48, "rtmr9" },
		{ 0, "rtmr0:sha256=" ONES32, "sha384" },
		{ 0, "rtmr0", "" },
		{ 0, "=" ONES48, "" },
		{ 0, "rtmr0=", "" },
		{ 0, "rtmr0=" ONES48 "\nrtmr0=" TWOS48, "rtmr0" },
		{ 0, "pcr0:md5=11111111111111111111111111111111", "md5" },
		{ 0, "pcr24=" ONES32, "pcr24" },
		{ TSMMR_PLATFORM_TPM, "rtmr0=" ONES48, "rtmr0" },
		{ 0, "{\"schema\":\"something else\"}", "" },
		{ 0, "{", "" },
		{ 0, "[]", "" },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_regs *regs = (struct tsmmr_regs *)0x1;
		struct tsmmr_error err = ERROR_INIT;
		int r = from_values(*state, cases[i].platform, cases[i].text, &regs, &err);

		if (r >= 0 || r == TSMMR_E_INTERNAL || r == TSMMR_E_NOMEM)
			fail_msg("\"%s\" gives %d", cases[i].text, r);
		assert_ptr_equal(regs, (struct tsmmr_regs *)0x1);
		assert_int_equal(err.code, r);
		if (!err.message[0] || !strstr(err.message, cases[i].says))
			fail_msg("\"%s\": \"%s\" does not say \"%s\"", cases[i].text, err.message,
				 cases[i].says);
	}
}

static void arguments_are_checked(void **state)
{
	struct tsmmr_regs *regs = (struct tsmmr_regs *)0x1;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_evidence *ev;
	uint8_t nonce[65] = { 0 };

	assert_code(from_values(NULL, 0, "", &regs, &err), TSMMR_E_ARG);
	assert_code(tsmmr_regs_from_values(*state, 0, 0, NULL, 1, &regs, &err), TSMMR_E_ARG);
	assert_code(from_values(*state, 0, "", NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_regs_from_values(*state, 99, 0, "", 0, &regs, &err), TSMMR_E_ARG);
	assert_code(from_values(*state, 999, "rtmr0=" ONES48, &regs, &err), TSMMR_E_ARG);

	assert_code(tsmmr_evidence_new(NULL, &ev, &err), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_new(*state, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_new(*state, &ev, &err), 0);
	assert_code(tsmmr_evidence_add(NULL, 0, "x", 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_add(ev, 99, "x", 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_add(ev, 0, NULL, 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_add(ev, TSMMR_PART_SIG, NULL, 0, &err), TSMMR_E_TRUNCATED);
	for (int part = TSMMR_PART_ENDORSEMENTS; part <= TSMMR_PART_GPU; part++) {
		assert_code(tsmmr_evidence_add(ev, part, "x", 1, &err), TSMMR_E_UNSUPPORTED);
		assert_non_null(strstr(err.message, tsmmr_name(TSMMR_NAMES_PART, part)));
	}
	assert_code(tsmmr_evidence_set_nonce(ev, nonce, 0, &err), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_set_nonce(ev, nonce, 65, &err), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_set_nonce(ev, NULL, 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_set_nonce(NULL, nonce, 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_set_nonce(ev, nonce, 64, &err), 0);
	assert_code(tsmmr_regs_from_evidence(*state, NULL, &regs, &err), TSMMR_E_ARG);
	assert_code(tsmmr_regs_from_evidence(NULL, ev, &regs, &err), TSMMR_E_ARG);
	assert_code(tsmmr_regs_from_evidence(*state, ev, NULL, &err), TSMMR_E_ARG);
	assert_ptr_equal(regs, (struct tsmmr_regs *)0x1);
	tsmmr_evidence_free(ev);
}

static int with_parts(const struct tsmmr_ctx *ctx, const void *p, size_t n, const char *nonce,
		      struct tsmmr_regs **regs, struct tsmmr_error *err)
{
	struct tsmmr_evidence *ev;
	int r;

	assert_code(tsmmr_evidence_new(ctx, &ev, err), 0);
	if (nonce)
		assert_code(tsmmr_evidence_set_nonce(ev, nonce, strlen(nonce), err), 0);
	r = tsmmr_evidence_add(ev, TSMMR_PART_AUTO, p, n, err);
	if (r >= 0)
		r = tsmmr_regs_from_evidence(ctx, ev, regs, err);
	tsmmr_evidence_free(ev);
	return r;
}

static void evidence_that_is_none(void **state)
{
	struct tsmmr_regs *regs = (struct tsmmr_regs *)0x1;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_evidence *ev;
	uint8_t noise[1024];

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)(i * 89 + 17);
	assert_code(with_parts(*state, noise, sizeof(noise), NULL, &regs, &err), TSMMR_E_FORMAT);
	assert_code(with_parts(*state, "", 0, NULL, &regs, &err), TSMMR_E_TRUNCATED);
	assert_code(tsmmr_evidence_new(*state, &ev, &err), 0);
	assert_true(tsmmr_regs_from_evidence(*state, ev, &regs, &err) < 0);
	tsmmr_evidence_free(ev);
	assert_ptr_equal(regs, (struct tsmmr_regs *)0x1);
}

/* A part over 16 MiB is refused before it is copied. */
static void evidence_has_a_limit(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	size_t n = (16u << 20) + 1;
	uint8_t *big = calloc(n, 1);
	struct tsmmr_evidence *ev;

	assert_non_null(big);
	assert_code(tsmmr_evidence_new(*state, &ev, &err), 0);
	assert_code(tsmmr_evidence_add(ev, TSMMR_PART_AUTO, big, n, &err), TSMMR_E_LIMIT);
	tsmmr_evidence_free(ev);
	free(big);
}

/* Claims by name, by number, and how far each is trusted. */
static void check_claims(const struct tsmmr_regs *regs, int trust)
{
	const uint8_t *p, *same;
	uint64_t number = 4711;
	size_t n = 0, len, len2;
	const char *name;
	int type;

	while (tsmmr_regs_claim_at(regs, 0, n, &name, &type, &p, &len) == 0) {
		assert_code(tsmmr_regs_claim(regs, 0, name, &same, &len2), 0);
		assert_true(p == same && len == len2);
		assert_int_equal(tsmmr_regs_claim_type(regs, 0, name), type);
		assert_int_equal(tsmmr_regs_claim_trust(regs, 0, name), trust);
		n++;
	}
	assert_true(n > 8);
	assert_int_equal(tsmmr_regs_claim_count(regs, 0), n);
	assert_int_equal(tsmmr_regs_claim_count(regs, 1), 0);
	assert_int_equal(tsmmr_regs_claim_count(NULL, 0), 0);
	assert_code(tsmmr_regs_claim_at(regs, 0, 0, NULL, NULL, NULL, NULL), 0);
	assert_code(tsmmr_regs_claim_at(regs, 0, SIZE_MAX, &name, NULL, NULL, NULL),
		    TSMMR_E_NOTFOUND);
	assert_code(tsmmr_regs_claim_at(regs, 1, 0, &name, NULL, NULL, NULL), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_regs_claim_at(NULL, 0, 0, &name, NULL, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_regs_claim_trust(regs, 0, "nothing"), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_regs_claim_trust(regs, 1, "xfam"), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_regs_claim_trust(NULL, 0, "xfam"), TSMMR_E_ARG);

	/* Versions are a byte for each component, and no number. */
	assert_code(tsmmr_regs_claim_u64(regs, 0, "tee_tcb_svn", &number), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_regs_claim_u64(regs, 1, "td_attributes", &number), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_regs_claim_u64(NULL, 0, "td_attributes", &number), TSMMR_E_ARG);
	assert_int_equal(number, 4711);
	assert_code(tsmmr_regs_claim_u64(regs, 0, "td_attributes", &number), 0);
	assert_int_equal(number, 1 << 28); /* SEPT_VE_DISABLE */
	assert_int_equal(tsmmr_regs_claim_type(regs, 0, "td_attributes"), TSMMR_CLAIM_U64);
	assert_int_equal(tsmmr_regs_claim_type(regs, 0, "tee_tcb_svn"), TSMMR_CLAIM_BYTES);
	assert_code(tsmmr_regs_claim_type(regs, 1, "td_attributes"), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_regs_claim_type(regs, 0, NULL), TSMMR_E_ARG);
}

/* What piece 0 carries as its nonce is the claim of that name. */
static void check_nonce(const struct tsmmr_regs *regs, const char *claim, size_t len)
{
	const uint8_t *carried, *claimed;
	size_t n, n_claimed;

	assert_code(tsmmr_regs_evidence_nonce(regs, 0, &carried, &n), 0);
	assert_code(tsmmr_regs_claim(regs, 0, claim, &claimed, &n_claimed), 0);
	assert_int_equal(n, len);
	assert_int_equal(n_claimed, len);
	assert_memory_equal(carried, claimed, n);
	assert_code(tsmmr_regs_evidence_nonce(regs, 0, NULL, NULL), 0);
	assert_code(tsmmr_regs_evidence_nonce(regs, 1, &carried, &n), TSMMR_E_ARG);
	assert_code(tsmmr_regs_evidence_nonce(NULL, 0, &carried, &n), TSMMR_E_ARG);
}

/* Of any length where evidence has a length for it. */
static void nonce_that_a_piece_carries(void **state)
{
	static const struct {
		const char *file, *claim;
		size_t len;
	} pieces[] = {
		{ "tpm-twin/quote.bin", "extra_data", 19 },
		{ "snp-twin/report-v5.bin", "report_data", 64 },
	};
	struct tsmmr_regs *regs;
	struct bytes none;

	for (size_t i = 0; i < N_OF(pieces); i++) {
		struct bytes bytes = read_data(pieces[i].file);
		struct tsmmr_error err = ERROR_INIT;

		if (with_parts(*state, bytes.p, bytes.n, NULL, &regs, &err) < 0)
			fail_msg("%s: %s", pieces[i].file, err.message);
		check_nonce(regs, pieces[i].claim, pieces[i].len);
		tsmmr_regs_free(regs);
		bytes_done(&bytes);
	}
	none = read_data("tpm-twin/quote-some.bin");
	assert_code(with_parts(*state, none.p, none.n, NULL, &regs, NULL), 0);
	assert_code(tsmmr_regs_evidence_nonce(regs, 0, NULL, NULL), TSMMR_E_NOTFOUND);
	tsmmr_regs_free(regs);
	bytes_done(&none);
}

/* What was added as AUTO is listed as what it was taken for. */
static void auto_is_resolved(void **state)
{
	static const struct {
		const char *file;
		int part;
	} parts[] = {
		{ "tdx-twin/quote-v4.bin", TSMMR_PART_QUOTE },
		{ "snp-twin/certs.pem", TSMMR_PART_CERTS },
		{ "snp-twin/auxblob.bin", TSMMR_PART_CERTS },
		{ "tpm-twin/ak.pem", TSMMR_PART_AK },
		{ "tpm-twin/pcrs.tools", TSMMR_PART_PCRS },
	};
	struct tsmmr_evidence *ev;
	const uint8_t *p;
	size_t n;
	int part;

	assert_code(tsmmr_evidence_new(*state, &ev, NULL), 0);
	for (size_t i = 0; i < N_OF(parts); i++) {
		struct bytes bytes = read_data(parts[i].file);
		struct tsmmr_error err = ERROR_INIT;

		if (tsmmr_evidence_add(ev, TSMMR_PART_AUTO, bytes.p, bytes.n, &err) < 0)
			fail_msg("%s: %s", parts[i].file, err.message);
		assert_int_equal(tsmmr_evidence_part_count(ev), i + 1);
		assert_code(tsmmr_evidence_part_at(ev, i, &part, &p, &n), 0);
		if (part != parts[i].part)
			fail_msg("%s: %s", parts[i].file, tsmmr_name(TSMMR_NAMES_PART, part));
		assert_true(n == bytes.n && memcmp(p, bytes.p, n) == 0);
		bytes_done(&bytes);
	}
	assert_code(tsmmr_evidence_part(ev, TSMMR_PART_AK, &p, &n), 0);
	assert_code(tsmmr_evidence_part(ev, TSMMR_PART_AUTO, &p, &n), TSMMR_E_NOTFOUND);
	tsmmr_evidence_free(ev);
}

static void quote_gives_registers(void **state)
{
	static const struct {
		const char *file, *kind;
		int trust;
	} quotes[] = {
		{ "tdx-twin/quote-v4.bin", "tdx-quote-v4", TSMMR_TRUST_SIGNED },
		{ "tdx-twin/quote-v5.bin", "tdx-quote-v5", TSMMR_TRUST_SIGNED },
		{ "tdx-twin/tdreport.bin", "tdx-report", TSMMR_TRUST_UNSIGNED },
	};
	static const char *const runtime[] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };

	for (size_t i = 0; i < N_OF(quotes); i++) {
		struct bytes bytes = read_data(quotes[i].file);
		struct tsmmr_error err = ERROR_INIT;
		const struct tsmmr_reg *reg;
		struct tsmmr_regs *regs;
		const uint8_t *p;
		size_t n;

		if (with_parts(*state, bytes.p, bytes.n, NULL, &regs, &err) < 0)
			fail_msg("%s: %s", quotes[i].file, err.message);
		memset(bytes.p, 0, bytes.n); /* parts are copied */
		bytes_done(&bytes);

		assert_string_equal(tsmmr_regs_evidence_kind(regs, 0), quotes[i].kind);
		assert_int_equal(tsmmr_regs_evidence_count(regs), 1);
		assert_int_equal(tsmmr_regs_trust(regs), quotes[i].trust);
		assert_int_equal(tsmmr_regs_is_debug(regs), 0);
		for (size_t k = 0; k < N_OF(runtime); k++) {
			reg = tsmmr_regs_find(regs, runtime[k], TSMMR_HASH_SHA384);
			assert_non_null(reg);
			assert_int_equal(tsmmr_reg_kind(reg), TSMMR_KIND_RUNTIME);
			assert_int_equal(tsmmr_reg_index(reg), k + 1);
			assert_int_equal(tsmmr_reg_trust(reg), quotes[i].trust);
			assert_code(tsmmr_reg_value(reg, &p, &n), 0);
			assert_int_equal(n, 48);
		}
		reg = tsmmr_regs_find(regs, "mrtd", TSMMR_HASH_NONE);
		assert_non_null(reg);
		assert_int_equal(tsmmr_reg_kind(reg), TSMMR_KIND_LAUNCH);
		reg = tsmmr_regs_find(regs, "mrconfigid", TSMMR_HASH_NONE);
		assert_non_null(reg);
		assert_int_equal(tsmmr_reg_kind(reg), TSMMR_KIND_CONFIG);
		assert_int_equal(tsmmr_reg_hash(reg), TSMMR_HASH_NONE);

		assert_code(tsmmr_regs_claim(regs, 0, "report_data", NULL, NULL), 0);
		assert_code(tsmmr_regs_claim(regs, 0, "report_data", &p, &n), 0);
		assert_int_equal(n, 64);
		n = 4711;
		assert_code(tsmmr_regs_claim(regs, 0, "no_such_claim", &p, &n), TSMMR_E_NOTFOUND);
		assert_code(tsmmr_regs_claim(regs, 1, "report_data", &p, &n), TSMMR_E_NOTFOUND);
		assert_code(tsmmr_regs_claim(NULL, 0, "report_data", &p, &n), TSMMR_E_ARG);
		assert_int_equal(n, 4711);
		check_nonce(regs, "report_data", 64);
		check_claims(regs, quotes[i].trust);
		tsmmr_regs_free(regs);
	}
}

/* Whether the host may debug the guest: yes, no, and nobody said. */
static void debug_has_three_answers(void **state)
{
	static const struct {
		const char *file;
		int want;
	} cases[] = {
		{ "tdx-twin/quote-v4.bin", 0 },
		{ "tdx-signed/debug.bin", 1 },
		{ "snp-twin/report-v5.bin", 0 },
		{ "snp-twin/report-v5-debug.bin", 1 },
		{ "cose/nitro.cbor", 0 },
		{ "cose/nitro-debug.cbor", 1 },
		{ "cose/cca-399.cbor", 0 },
		{ "cose/cca-debug.cbor", 1 },
		{ "tpm-twin/quote.bin", TSMMR_E_NOTFOUND },
	};

	assert_int_equal(tsmmr_regs_is_debug(NULL), TSMMR_E_ARG);
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct bytes bytes = read_data(cases[i].file);
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_regs *regs;

		if (with_parts(*state, bytes.p, bytes.n, NULL, &regs, &err) < 0)
			fail_msg("%s: %s", cases[i].file, err.message);
		if (tsmmr_regs_is_debug(regs) != cases[i].want)
			fail_msg("%s: %d", cases[i].file, tsmmr_regs_is_debug(regs));
		tsmmr_regs_free(regs);
		bytes_done(&bytes);
	}
}

/* Every prefix of a quote is refused or says less; none of them reads behind its end. */
static void cut_evidence_is_refused(void **state)
{
	struct bytes bytes = read_data("tdx-twin/quote-v4.bin");
	size_t step = slow() ? 97 : 1;

	for (size_t cut = 0; cut < 636 && cut < bytes.n; cut += step) {
		struct tsmmr_regs *regs = (struct tsmmr_regs *)0x1;
		struct tsmmr_error err = ERROR_INIT;
		uint8_t *copy = malloc(cut ? cut : 1);

		assert_non_null(copy);
		memcpy(copy, bytes.p, cut);
		if (with_parts(*state, copy, cut, NULL, &regs, &err) >= 0)
			fail_msg("a quote of %zu bytes is taken", cut);
		assert_ptr_equal(regs, (struct tsmmr_regs *)0x1);
		free(copy);
	}
	bytes_done(&bytes);
}

static void wrong_nonce_is_untrusted(void **state)
{
	struct bytes bytes = read_data("tdx-twin/quote-v4.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;

	assert_code(with_parts(*state, bytes.p, bytes.n, "not what it carries", &regs, &err),
		    TSMMR_E_UNTRUSTED);
	assert_int_equal(err.code, TSMMR_E_UNTRUSTED);
	bytes_done(&bytes);
}

/* 2026-01-01, when the TEST certificates are valid. */
#define WHEN 1767225600

static int authenticated(const void *root, size_t n_root, const char *file,
			 struct tsmmr_regs **regs, struct tsmmr_error *err)
{
	struct bytes bytes = read_data(file);
	struct tsmmr_ctx *ctx;
	int r;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_time(ctx, WHEN, NULL), 0);
	r = n_root == 32 ? tsmmr_ctx_add_trust_root_sha256(ctx, root, n_root, err) :
			   tsmmr_ctx_add_trust_root(ctx, root, n_root, err);
	assert_code(r, 0);
	r = with_parts(ctx, bytes.p, bytes.n, NULL, regs, err);
	bytes_done(&bytes);
	tsmmr_ctx_free(ctx);
	return r;
}

static void a_pinned_root_authenticates(void **state)
{
	static const char *const open[] = { "tcb-status", "revocation", "freshness", NULL };
	struct bytes root = read_data("tdx-twin/root.pem");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs, *again;
	const uint8_t *sha256;
	uint8_t pin[32];
	uint64_t when;

	if (authenticated(root.p, root.n, "tdx-signed/intel-enclave.bin", &regs, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(tsmmr_regs_trust(regs), TSMMR_TRUST_AUTHENTICATED);
	assert_code(tsmmr_regs_evidence_root(regs, 0, &sha256, &when), 0);
	assert_int_equal(when, WHEN);
	assert_code(tsmmr_regs_evidence_root(regs, 0, &sha256, NULL), 0);
	for (size_t k = 0; k < N_OF(open); k++) {
		const char *word = tsmmr_regs_evidence_not_checked(regs, 0, k);

		assert_true(open[k] ? word && !strcmp(word, open[k]) : !word);
	}
	assert_int_equal(tsmmr_regs_evidence_trust(regs, 0), TSMMR_TRUST_AUTHENTICATED);
	assert_int_equal(tsmmr_regs_evidence_is_debug(regs, 0), 0);
	assert_int_equal(tsmmr_regs_evidence_is_unchecked(regs, 0, open[0]), 1);
	assert_int_equal(tsmmr_regs_evidence_is_unchecked(regs, 0, "signature"), 0);
	assert_code(tsmmr_regs_evidence_is_unchecked(regs, 0, "no-such-word"), TSMMR_E_ARG);
	assert_code(tsmmr_regs_evidence_is_unchecked(regs, 1, "signature"), TSMMR_E_ARG);
	assert_int_equal(tsmmr_regs_evidence_platform(regs, 0), TSMMR_PLATFORM_TDX);
	assert_code(tsmmr_regs_evidence_platform(regs, 1), TSMMR_E_ARG);
	assert_code(tsmmr_regs_evidence_trust(regs, 1), TSMMR_E_ARG);
	assert_code(tsmmr_regs_evidence_is_debug(regs, 1), TSMMR_E_ARG);
	assert_null(tsmmr_regs_evidence_kind(regs, 1));
	assert_null(tsmmr_regs_evidence_not_checked(regs, 1, 0));
	assert_null(tsmmr_regs_evidence_not_checked(regs, 0, SIZE_MAX));
	assert_code(tsmmr_regs_evidence_root(regs, 1, &sha256, &when), TSMMR_E_ARG);
	assert_code(tsmmr_regs_evidence_root(NULL, 0, &sha256, &when), TSMMR_E_ARG);
	assert_code(tsmmr_regs_evidence_root(regs, 0, NULL, NULL), 0);

	/* The same by what it said its root was; and not by another. */
	memcpy(pin, sha256, sizeof(pin));
	assert_code(authenticated(pin, 32, "tdx-twin/quote-v4.bin", &again, &err), 0);
	assert_memory_equal(sha256, pin, sizeof(pin));
	tsmmr_regs_free(again);
	tsmmr_regs_free(regs);
	pin[0] ^= 1;
	assert_code(authenticated(pin, 32, "tdx-twin/quote-v4.bin", &again, &err),
		    TSMMR_E_UNTRUSTED);
	/* What nobody signed leads nowhere. */
	assert_code(authenticated(root.p, root.n, "tdx-twin/tdreport.bin", &again, &err),
		    TSMMR_E_UNTRUSTED);
	bytes_done(&root);
}

static void vendors_have_names(void **state)
{
	static const char *const known[] = {
		"intel-sgx", "amd-milan", "amd-genoa", "amd-turin",
		"aws-nitro", "intel",     "amd",       "aws",
	};
	struct tsmmr_error err = ERROR_INIT;
	const uint8_t *sha256;
	const char *name, *source;
	struct tsmmr_regs *regs;
	struct tsmmr_ctx *ctx;
	struct bytes quote = read_data("tdx-twin/quote-v4.bin");
	size_t i;

	for (i = 0; tsmmr_trust_root_at(i, &name, &sha256, &source) == 0; i++) {
		assert_string_equal(name, known[i]);
		assert_true(source[0]);
		assert_true(sha256[0] || sha256[31]);
		assert_code(tsmmr_trust_root_at(i, &name, &sha256, NULL), 0);
	}
	assert_int_equal(i, 5);
	assert_code(tsmmr_trust_root_at(i, &name, &sha256, &source), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_trust_root_at(0, NULL, NULL, NULL), 0);

	/* Each is one more root that what was made for a test does not lead to. */
	for (i = 0; i < N_OF(known); i++) {
		assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
		assert_code(tsmmr_ctx_add_trust_root_named(ctx, known[i], &err), 0);
		assert_code(with_parts(ctx, quote.p, quote.n, NULL, &regs, &err),
			    TSMMR_E_UNTRUSTED);
		assert_int_equal(err.detail, TSMMR_DETAIL_ROOT);
		tsmmr_ctx_free(ctx);
	}
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_add_trust_root_named(ctx, "intle", &err), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_ctx_add_trust_root_named(ctx, "", &err), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_ctx_add_trust_root_named(ctx, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_add_trust_root_named(NULL, "intel", &err), TSMMR_E_ARG);
	/* Nobody was added, so nobody is asked for. */
	assert_code(with_parts(ctx, quote.p, quote.n, NULL, &regs, &err), 0);
	tsmmr_regs_free(regs);
	tsmmr_ctx_free(ctx);
	bytes_done(&quote);
}

static void trust_roots_that_are_none(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	uint8_t hash[33] = { 0 };
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_add_trust_root(NULL, "x", 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_add_trust_root(ctx, NULL, 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_add_trust_root(ctx, "x", 0, &err), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_add_trust_root(ctx, "x", 1, &err), TSMMR_E_MALFORMED);
	assert_int_equal(err.code, TSMMR_E_MALFORMED);
	assert_code(tsmmr_ctx_add_trust_root_sha256(NULL, hash, 32, &err), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_add_trust_root_sha256(ctx, NULL, 32, &err), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_add_trust_root_sha256(ctx, hash, 31, &err), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_add_trust_root_sha256(ctx, hash, 33, &err), TSMMR_E_ARG);
	/* There are as many as the caller wants. */
	for (int i = 0; i < 100; i++)
		assert_code(tsmmr_ctx_add_trust_root_sha256(ctx, hash, 32, &err), 0);
	assert_code(tsmmr_ctx_add_trust_root_named(ctx, "nobody", &err), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_ctx_add_trust_root_named(ctx, "", &err), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_ctx_add_trust_root_named(ctx, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_add_trust_root_named(NULL, "intel", &err), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_time(NULL, WHEN, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_time(ctx, UINT64_C(253402300799), NULL), 0);
	assert_code(tsmmr_ctx_set_time(ctx, UINT64_C(253402300800), NULL), TSMMR_E_ARG);
	tsmmr_ctx_free(ctx);
}

static void selects(void **state)
{
	static const struct {
		const char *list, *name, *role;
		int alg, want;
	} cases[] = {
		{ "rtmr0-2", "rtmr1", "boot", TSMMR_HASH_SHA384, 1 },
		{ "rtmr0-2", "rtmr3", "app-runtime", TSMMR_HASH_SHA384, 0 },
		{ "app-runtime", "rtmr3", "app-runtime", TSMMR_HASH_SHA384, 1 },
		{ "*", "anything", NULL, TSMMR_HASH_NONE, 1 },
		{ "*:sha256", "pcr3", NULL, TSMMR_HASH_SHA256, 1 },
		{ "*:sha256", "pcr3", NULL, TSMMR_HASH_SHA1, 0 },
		{ "pcr0-7:sha256,pcr14", "pcr14", NULL, TSMMR_HASH_SHA1, 1 },
		{ "pcr0-7:sha256,pcr14", "pcr7", NULL, TSMMR_HASH_SHA1, 0 },
		{ "pcr1", "pcr10", NULL, TSMMR_HASH_SHA1, 0 },
		{ "pcr1,", "pcr1", NULL, TSMMR_HASH_SHA1, TSMMR_E_ARG },
		{ "pcr7-0", "pcr1", NULL, TSMMR_HASH_SHA1, TSMMR_E_ARG },
		{ "pcr1:md5", "pcr1", NULL, TSMMR_HASH_SHA1, TSMMR_E_ARG },
		{ "pcr0-99999999999", "pcr1", NULL, TSMMR_HASH_SHA1, TSMMR_E_ARG },
		{ ",", "pcr1", NULL, TSMMR_HASH_SHA1, TSMMR_E_ARG },
		{ "pcr 1", "pcr1", NULL, TSMMR_HASH_SHA1, TSMMR_E_ARG },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_error err = ERROR_INIT;
		int r = tsmmr_select_matches(cases[i].list, cases[i].name, cases[i].role,
					     cases[i].alg, &err);

		if (r != cases[i].want || err.code != (r < 0 ? r : 0))
			fail_msg("\"%s\" on %s gives %d", cases[i].list, cases[i].name, r);
	}
	assert_code(tsmmr_select_matches(NULL, "a", NULL, 0, NULL), TSMMR_E_ARG);
}

static void registers_as_json(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs, *again;
	uint8_t *json;
	size_t n;

	assert_code(from_values(*state, 0, "rtmr0=" ONES48 "\nrtmr3=" TWOS48, &regs, &err), 0);
	assert_code(tsmmr_regs_export_json(regs, "rtmr3", &json, &n, &err), 0);
	assert_int_equal(strlen((char *)json), n);
	assert_non_null(strstr((char *)json, "\"schema\":\"tsmmr.registers/1\""));
	assert_non_null(strstr((char *)json, TWOS48));
	assert_null(strstr((char *)json, ONES48));
	tsmmr_free(json);
	assert_code(tsmmr_regs_export_json(regs, "rtmr3,", &json, &n, &err), TSMMR_E_ARG);

	/* What `registers` prints can be given back. */
	assert_code(tsmmr_regs_export_json(regs, NULL, &json, &n, &err), 0);
	if (tsmmr_regs_from_values(*state, 0, 0, (char *)json, n, &again, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(tsmmr_regs_count(again), 2);
	/* As what it is, and as nothing else. */
	tsmmr_regs_free(again);
	assert_code(tsmmr_regs_from_values(*state, TSMMR_VALUES_JSON, 0, (char *)json, n, &again,
					   &err),
		    0);
	tsmmr_regs_free(again);
	assert_code(tsmmr_regs_from_values(*state, TSMMR_VALUES_LINES, 0, (char *)json, n, &again,
					   &err),
		    TSMMR_E_MALFORMED);
	tsmmr_free(json);
	tsmmr_regs_free(regs);
}

static struct tsmmr_regs *by_hand(const struct tsmmr_ctx *ctx, const char *text)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;

	if (from_values(ctx, 0, text, &regs, &err) < 0)
		fail_msg("%s", err.message);
	return regs;
}

/* Joins a and b in both orders: code, and its detail or how many registers there are then. */
static void joined(const struct tsmmr_ctx *ctx, struct tsmmr_regs *a, struct tsmmr_regs *b,
		   int code, size_t want)
{
	for (size_t k = 0; k < 2; k++) {
		struct tsmmr_regs *sets[] = { k ? b : a, k ? a : b }, *none = (void *)sets;
		struct tsmmr_regs *regs = none;
		struct tsmmr_error err = ERROR_INIT;
		size_t n = tsmmr_regs_count(sets[0]);

		assert_code(tsmmr_regs_join(ctx, sets, 2, &regs, &err), code);
		assert_int_equal(err.code, code);
		assert_int_equal(tsmmr_regs_count(sets[0]), n);
		if (code < 0) {
			assert_ptr_equal(regs, none);
			assert_int_equal(err.detail, want);
			continue;
		}
		assert_int_equal(tsmmr_regs_count(regs), want);
		tsmmr_regs_free(regs);
	}
}

static void sets_are_joined(void **state)
{
	struct tsmmr_regs *one = by_hand(*state, "rtmr0=" ONES48 "\nrtmr1=" ONES48 "," TWOS48);
	struct tsmmr_regs *same = by_hand(*state, "rtmr1=" ONES48 "," TWOS48 "\nrtmr3=" TWOS48);
	struct tsmmr_regs *fewer = by_hand(*state, "rtmr1=" ONES48);
	struct tsmmr_regs *other = by_hand(*state, "rtmr0=" TWOS48);
	struct tsmmr_regs *nothing = by_hand(*state, ""), *acme = by_hand(*state, "acme/a=11");
	struct tsmmr_regs *all = NULL, *sets[] = { one, same, acme, one, nothing };
	struct tsmmr_error err = ERROR_INIT;

	joined(*state, one, same, 0, 3);
	joined(*state, one, one, 0, 2);
	joined(*state, acme, acme, 0, 1);
	joined(*state, one, nothing, 0, 2);
	joined(*state, one, other, TSMMR_E_ARG, 0);
	joined(*state, one, fewer, TSMMR_E_ARG, 0);

	/* What was joined is left alone, and may go. */
	assert_code(tsmmr_regs_join(*state, sets, N_OF(sets), &all, &err), 0);
	for (size_t i = 0; i < 3; i++)
		tsmmr_regs_free(sets[i]);
	assert_int_equal(tsmmr_regs_count(all), 4);
	assert_string_equal(tsmmr_reg_name(tsmmr_regs_get(all, 3)), "a");
	joined(*state, all, other, TSMMR_E_ARG, 0);
	tsmmr_regs_free(all);

	assert_code(tsmmr_regs_join(NULL, &fewer, 1, &all, &err), TSMMR_E_ARG);
	assert_code(tsmmr_regs_join(*state, NULL, 1, &all, &err), TSMMR_E_ARG);
	assert_code(tsmmr_regs_join(*state, &fewer, 0, &all, &err), TSMMR_E_ARG);
	assert_code(tsmmr_regs_join(*state, &fewer, 1, NULL, &err), TSMMR_E_ARG);
	sets[0] = NULL;
	assert_code(tsmmr_regs_join(*state, sets, 1, &all, &err), TSMMR_E_ARG);
	tsmmr_regs_free(fewer);
	tsmmr_regs_free(other);
	tsmmr_regs_free(nothing);
}

/* Evidence keeps its grade and its claims, and nobody's word may differ from it. */
static void evidence_is_joined(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct bytes quote = read_data("tdx-twin/quote-v4.bin");
	struct tsmmr_regs *sets[2] = { by_hand(*state, "acme/a=11"), NULL }, *regs, *same, *all;
	struct tsmmr_evidence *ev;
	const uint8_t *p;
	uint8_t *json;
	char line[128] = "rtmr0=";
	size_t n;

	assert_code(tsmmr_evidence_new(*state, &ev, &err), 0);
	assert_code(tsmmr_evidence_add(ev, 0, quote.p, quote.n, &err), 0);
	assert_code(tsmmr_regs_from_evidence(*state, ev, &regs, &err), 0);
	sets[1] = regs;
	assert_code(tsmmr_reg_value(tsmmr_regs_find(regs, "rtmr0", 0), &p, &n), 0);
	for (size_t i = 0; i < n; i++)
		snprintf(line + 6 + 2 * i, 3, "%02x", p[i]);
	same = by_hand(*state, line);
	joined(*state, regs, same, 0, tsmmr_regs_count(regs));
	line[6] = line[6] == '0' ? '1' : '0';
	tsmmr_regs_free(same);
	same = by_hand(*state, line);
	joined(*state, regs, same, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CLAIM);
	/* Of one guest or of two: who put them together says so, and no signature. */
	joined(*state, regs, regs, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING);

	assert_code(tsmmr_regs_join(*state, sets, 2, &all, &err), 0);
	assert_int_equal(tsmmr_reg_trust(tsmmr_regs_find(all, "a", 0)), TSMMR_TRUST_GIVEN);
	assert_int_equal(tsmmr_reg_trust(tsmmr_regs_find(all, "rtmr0", 0)), TSMMR_TRUST_SIGNED);
	assert_int_equal(tsmmr_regs_evidence_count(all), 1);
	assert_code(tsmmr_regs_claim(all, 0, "report_data", &p, &n), 0);
	assert_int_equal(n, 64);
	assert_code(tsmmr_regs_export_json(all, "a", &json, &n, &err), 0);
	assert_non_null(strstr((char *)json, "\"evidence\":[{\"kind\":\"tdx-quote-v4\""));
	assert_non_null(strstr((char *)json, "\"claims\":{\"mr_td\""));
	tsmmr_free(json);
	tsmmr_regs_free(all);
	tsmmr_regs_free(sets[0]);
	tsmmr_regs_free(regs);
	tsmmr_regs_free(same);
	tsmmr_evidence_free(ev);
	bytes_done(&quote);
}

/* Values of any form as lines; nothing is returned of what is refused. */
static void values_as_lines(void **state)
{
	static const char dump[] = "sha256:\n  0 : 0x" HEX32 "\n";
	static const char want[] = "pcr0=" HEX32 "\n";
	struct tsmmr_error err = ERROR_INIT;
	uint8_t *lines = NULL, *none = (uint8_t *)&err;
	size_t len = 77;

	assert_code(tsmmr_values_lines(0, 0, dump, sizeof(dump) - 1, &lines, &len, &err),
		    TSMMR_VALUES_TPM2_PCRREAD);
	assert_string_equal((char *)lines, want);
	assert_int_equal(len, sizeof(want) - 1);
	tsmmr_free(lines);
	/* Without a value there is no line. */
	assert_code(tsmmr_values_lines(TSMMR_VALUES_LINES, 0, "# none", 6, &lines, &len, &err),
		    TSMMR_VALUES_LINES);
	assert_int_equal(len, 0);
	assert_string_equal((char *)lines, "");
	tsmmr_free(lines);
	/* Who wants text needs no length. */
	assert_code(tsmmr_values_lines(0, 0, "rtmr0=" ONES48, 102, &lines, NULL, &err),
		    TSMMR_VALUES_LINES);
	assert_string_equal((char *)lines, "rtmr0=" ONES48 "\n");
	tsmmr_free(lines);

	len = 77;
	assert_code(tsmmr_values_lines(0, 0, "pcr0=zz", 7, &none, &len, &err), TSMMR_E_ARG);
	assert_code(tsmmr_values_lines(99, 0, "", 0, &none, &len, &err), TSMMR_E_ARG);
	assert_code(tsmmr_values_lines(0, 99, "", 0, &none, &len, &err), TSMMR_E_ARG);
	assert_code(tsmmr_values_lines(0, 0, NULL, 1, &none, &len, &err), TSMMR_E_ARG);
	assert_code(tsmmr_values_lines(0, 0, "", 0, NULL, &len, &err), TSMMR_E_ARG);
	assert_ptr_equal(none, &err);
	assert_int_equal(len, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_strongest_bank_is_found),
		cmocka_unit_test(values_by_hand),
		cmocka_unit_test(pcr_banks),
		cmocka_unit_test(values_that_are_refused),
		cmocka_unit_test(arguments_are_checked),
		cmocka_unit_test(evidence_that_is_none),
		cmocka_unit_test(evidence_has_a_limit),
		cmocka_unit_test(quote_gives_registers),
		cmocka_unit_test(debug_has_three_answers),
		cmocka_unit_test(cut_evidence_is_refused),
		cmocka_unit_test(wrong_nonce_is_untrusted),
		cmocka_unit_test(nonce_that_a_piece_carries),
		cmocka_unit_test(auto_is_resolved),
		cmocka_unit_test(a_pinned_root_authenticates),
		cmocka_unit_test(vendors_have_names),
		cmocka_unit_test(trust_roots_that_are_none),
		cmocka_unit_test(selects),
		cmocka_unit_test(registers_as_json),
		cmocka_unit_test(values_as_lines),
		cmocka_unit_test(sets_are_joined),
		cmocka_unit_test(evidence_is_joined),
	};

	return cmocka_run_group_tests_name("regs", tests, ctx_setup, ctx_teardown);
}
