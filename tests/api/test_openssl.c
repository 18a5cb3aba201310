/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tsmmr_ctx_set_openssl(): what an application's own OpenSSL provides is all that is used.  The
 * process' default one provides nothing here, so that whoever asks it is found out.
 */
#include "testing.h"

#include <openssl/crypto.h>
#include <openssl/provider.h>

/* 2026-01-01 */
#define WHEN 1767225600
#define NONCE "libtsmmr TEST nonce" /* of gotpm-svsm.pb */

static const struct {
	const char *root;
	struct {
		int part;
		const char *file;
	} parts[4];
} evidence[] = {
	{ "tdx-twin/root.pem", { { 0, "tdx-twin/quote-v4.bin" } } },
	{ "snp-twin/ark.pem",
	  { { 0, "snp-twin/report-v5.bin" }, { TSMMR_PART_CERTS, "snp-twin/certs.pem" } } },
	{ "snp-twin/ark.pem",
	  { { 0, "snp-twin/hcl-snp.bin" },
	    { TSMMR_PART_CERTS, "snp-twin/certs.pem" },
	    { 0, "tpm-twin/quote.bin" },
	    { 0, "tpm-twin/quote.sig" } } },
	{ "snp-twin/ark.pem", { { 0, "wrapped/gotpm-svsm.pb" } } },
	{ "cose/cca-cpak.pem", { { 0, "cose/cca-907.cbor" } } },
	{ "cose/nitro-root.pem", { { 0, "cose/nitro.cbor" } } },
	{ "tpm-twin/ak.pub",
	  { { 0, "tpm-twin/quote-some.bin" },
	    { 0, "tpm-twin/quote-some.sig" },
	    { 0, "tpm-twin/ak.tpmt" },
	    { 0, "tpm-twin/pcrs-some.tools" } } },
};

static const struct {
	const char *file, *reg;
} logs[] = {
	{ "good-tcg2-sha1-sha256.bin", NULL },
	{ "tdx-twin/CCEL.data", NULL },
	{ "ima/every.sha1.bin", NULL },
	{ "ima/every.sha1.txt", NULL },
	{ "cel/ima.json", NULL },
	{ "cel/systemd.cbor", NULL },
	{ "field/segment-0.log", "rtmr3:sha384" },
	{ "launch/app-signed.eif", NULL },
};

static struct tsmmr_ctx *ctx_of(void *lib, const char *properties)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_ctx *ctx, *copy;

	assert_code(tsmmr_ctx_new(0, &ctx, &err), 0);
	assert_code(tsmmr_ctx_set_openssl(ctx, lib, properties, &err), 0);
	assert_code(tsmmr_ctx_copy(ctx, &copy, &err), 0);
	tsmmr_ctx_free(ctx);
	return copy;
}

static int add_root(struct tsmmr_ctx *ctx, const char *file, struct tsmmr_error *err)
{
	struct bytes root = read_data(file);
	int r = tsmmr_ctx_add_trust_root(ctx, root.p, root.n, err);

	bytes_done(&root);
	return r;
}

/* 0 where evidence i leads to its root, or why not. */
static int authenticate(void *lib, const char *properties, size_t i, struct tsmmr_error *err)
{
	struct tsmmr_ctx *ctx = ctx_of(lib, properties);
	struct tsmmr_evidence *ev;
	struct tsmmr_regs *regs;
	size_t piece = 0;
	int r = add_root(ctx, evidence[i].root, err);

	/* A Nitro document says when it was made, and its certificate is of that day. */
	if (!strstr(evidence[i].parts[0].file, "nitro"))
		assert_code(tsmmr_ctx_set_time(ctx, WHEN, NULL), 0);
	assert_code(tsmmr_evidence_new(ctx, &ev, NULL), 0);
	for (size_t k = 0; k < 4 && evidence[i].parts[k].file; k++) {
		struct bytes b = read_data(evidence[i].parts[k].file);

		assert_code(tsmmr_evidence_add(ev, evidence[i].parts[k].part, b.p, b.n, NULL), 0);
		bytes_done(&b);
	}
	if (strstr(evidence[i].parts[0].file, "svsm"))
		assert_code(tsmmr_evidence_set_nonce(ev, NONCE, strlen(NONCE), NULL), 0);
	if (r == 0)
		r = tsmmr_regs_from_evidence(ctx, ev, &regs, err);
	tsmmr_ctx_free(ctx);
	tsmmr_evidence_free(ev);
	if (r < 0)
		return r;
	while (tsmmr_regs_evidence_trust(regs, piece) == TSMMR_TRUST_SIGNED)
		piece++;
	assert_int_equal(tsmmr_regs_evidence_trust(regs, piece), TSMMR_TRUST_AUTHENTICATED);
	tsmmr_regs_free(regs);
	return 0;
}

/* All that is asked of an event: 0, or the first that cannot be said. */
static int ask_event(const struct tsmmr_event *e, struct tsmmr_error *err)
{
	int r = tsmmr_event_binding(e, NULL);
	uint8_t *json;
	size_t n;

	if (r < 0)
		err->detail = TSMMR_DETAIL_CRYPTO; /* it has no error to say so with */
	if (r >= 0)
		r = tsmmr_event_export_json(e, 0, &json, &n, err);
	if (r == 0)
		tsmmr_free(json);
	return r;
}

static int export(const struct tsmmr_ctx *ctx, const struct tsmmr_log *log, int format,
		  struct tsmmr_error *err)
{
	uint8_t *bytes;
	size_t n;
	int r = tsmmr_log_export(ctx, log, format, &bytes, &n, err);

	if (r == 0)
		tsmmr_free(bytes);
	return r;
}

static int report(const struct tsmmr_ctx *ctx, struct tsmmr_log *log, struct tsmmr_error *err)
{
	struct tsmmr_report *report;
	struct tsmmr_explain *explain;
	uint8_t *json;
	size_t n;
	int r = tsmmr_report_new(ctx, &log, 1, NULL, NULL, &report, err);

	if (r < 0)
		return r;
	r = tsmmr_explain_new(ctx, report, &log, 1, NULL, &explain, err);
	if (r == 0) {
		r = tsmmr_report_export_verify_json(report, explain, &log, 1, &json, &n, err);
		tsmmr_explain_free(explain);
	}
	if (r == 0)
		tsmmr_free(json);
	tsmmr_report_free(report);
	return r;
}

/* Log i read, asked and written: 0, or the first thing that cannot be done. */
static int use_log(void *lib, const char *properties, size_t i, struct tsmmr_error *err)
{
	struct tsmmr_ctx *ctx = ctx_of(lib, properties);
	struct bytes b = read_data(logs[i].file);
	struct tsmmr_input *input;
	struct tsmmr_log *log, *merged = NULL;
	int r;

	assert_code(tsmmr_input_new(&input, NULL), 0);
	if (logs[i].reg) {
		assert_code(tsmmr_input_set_format(input, TSMMR_FORMAT_TEXT, NULL), 0);
		assert_code(tsmmr_input_set_register(input, logs[i].reg, NULL), 0);
	}
	r = tsmmr_log_parse(ctx, input, b.p, b.n, &log, err);
	tsmmr_input_free(input);
	bytes_done(&b);
	if (r == 0) {
		r = report(ctx, log, err);
		if (r == 0)
			r = tsmmr_log_merge(ctx, &log, 1, &merged, err);
		tsmmr_log_free(log);
	}
	for (size_t k = 0; r == 0 && k < tsmmr_log_count(merged); k++)
		r = ask_event(tsmmr_log_get(merged, k), err);
	if (r == 0)
		r = report(ctx, merged, err);
	if (r == 0)
		r = export(ctx, merged, TSMMR_FORMAT_JSONL, err);
	/* CEL has no records for a launch. */
	if (r == 0 && !strstr(logs[i].file, "launch"))
		r = export(ctx, merged, TSMMR_FORMAT_CEL_JSON, err);
	tsmmr_log_free(merged);
	tsmmr_ctx_free(ctx);
	return r;
}

static void all(void *lib, const char *properties, int want, int detail)
{
	for (size_t i = 0; i < N_OF(evidence); i++) {
		struct tsmmr_error err = ERROR_INIT;
		int r = authenticate(lib, properties, i, &err);

		if (r != want || (r < 0 && err.detail != detail))
			fail_msg("%s: %d: %s", evidence[i].parts[0].file, r, err.message);
	}
	for (size_t i = 0; i < N_OF(logs); i++) {
		struct tsmmr_error err = ERROR_INIT;
		int r = use_log(lib, properties, i, &err);

		if (r != want || (r < 0 && err.detail != detail))
			fail_msg("%s: %d: %s", logs[i].file, r, err.message);
	}
}

static void its_own_is_all_that_is_used(void **state)
{
	OSSL_LIB_CTX *lib = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *provider = OSSL_PROVIDER_load(lib, "default");

	assert_non_null(provider);
	all(lib, NULL, 0, TSMMR_DETAIL_NONE);
	all(lib, "provider=default", 0, TSMMR_DETAIL_NONE);
	all(lib, "provider=nobody", TSMMR_E_UNSUPPORTED, TSMMR_DETAIL_CRYPTO);
	OSSL_PROVIDER_unload(provider);
	OSSL_LIB_CTX_free(lib);
}

/* What is tried, and of no consequence where it cannot be. */
static void decoders_use_it(void **state)
{
	static const char *const lists[] = { "ima/violation-first.sm3_256.bin",
					     "ima/violation-first.sm3_256.txt" };
	OSSL_LIB_CTX *lib = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *provider = OSSL_PROVIDER_load(lib, "default");
	struct tsmmr_ctx *ctx = ctx_of(lib, NULL);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log, *both[2];
	struct bytes b;

	for (size_t i = 0; i < N_OF(lists); i++) {
		int hash = 0;

		b = read_data(lists[i]);
		assert_code(tsmmr_log_parse(ctx, NULL, b.p, b.n, &log, &err), 0);
		assert_code(tsmmr_event_digest(tsmmr_log_get(log, 1), 0, &hash, NULL, NULL), 0);
		assert_int_equal(hash, TSMMR_HASH_SM3_256);
		tsmmr_log_free(log);
		bytes_done(&b);
	}
	b = read_data("adversary/relabelled-separators.bin");
	assert_code(tsmmr_log_parse(ctx, NULL, b.p, b.n, &log, &err), 0);
	assert_string_equal(tsmmr_finding_id(tsmmr_log_finding(log, 0)),
			    "TCG_SEPARATOR_RELABELLED");
	tsmmr_log_free(log);
	bytes_done(&b);

	/* In the firmware's banks too. */
	for (size_t i = 0; i < N_OF(both); i++) {
		b = read_data(i ? "ima/every.sha1.bin" : "good-tcg2-sha384.bin");
		assert_code(tsmmr_log_parse(ctx, NULL, b.p, b.n, &both[i], &err), 0);
		bytes_done(&b);
	}
	assert_code(tsmmr_log_merge(ctx, both, 2, &log, &err), 0);
	assert_code(export(ctx, log, TSMMR_FORMAT_CEL_JSON, &err), 0);
	tsmmr_log_free(log);
	tsmmr_log_free(both[0]);
	tsmmr_log_free(both[1]);
	tsmmr_ctx_free(ctx);
	OSSL_PROVIDER_unload(provider);
	OSSL_LIB_CTX_free(lib);
}

/* "pcr10:sha256=" and what a log with SHA-1 alone replays to there: by a value that is wrong. */
static struct tsmmr_report *report_of(const struct tsmmr_ctx *ctx, struct tsmmr_log *log,
				      char text[96])
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;

	assert_code(tsmmr_regs_from_values(ctx, TSMMR_VALUES_LINES, TSMMR_PLATFORM_TPM, text,
					   strlen(text), &regs, &err),
		    0);
	assert_code(tsmmr_report_new(ctx, &log, 1, regs, NULL, &report, &err), 0);
	tsmmr_regs_free(regs);
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const uint8_t *value = NULL;
		size_t n = 0;

		if (tsmmr_report_replayed(report, i, &value, &n) == 0 && n == 32)
			for (size_t k = 0; k < n; k++)
				snprintf(text + strlen("pcr10:sha256=") + 2 * k, 3, "%02x",
					 value[k]);
	}
	return report;
}

/* A digest that the log lacks is derived before anything else is asked of the record. */
static void appraisals_use_it(void **state)
{
	static const char list[] = "pcr10 sha1:0000000000000000000000000000000000000000 x\n";
	OSSL_LIB_CTX *lib = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *provider = OSSL_PROVIDER_load(lib, "default");
	struct tsmmr_ctx *ctx = ctx_of(lib, NULL);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_appraisal *appraisal;
	struct bytes b = read_data("ima/every.sha1.bin");
	struct tsmmr_report *report;
	struct tsmmr_known *known;
	struct tsmmr_log *log;
	char text[96];

	snprintf(text, sizeof(text), "pcr10:sha256=%064d", 0);
	assert_code(tsmmr_log_parse(ctx, NULL, b.p, b.n, &log, &err), 0);
	bytes_done(&b);
	tsmmr_report_free(report_of(ctx, log, text));
	report = report_of(ctx, log, text);
	assert_int_equal(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
	assert_code(tsmmr_known_new(ctx, &known, &err), 0);
	assert_code(tsmmr_known_add(known, TSMMR_KNOWN_SUMS, NULL, NULL, list, strlen(list), &err),
		    0);
	assert_code(tsmmr_appraisal_new(report, known, &log, 1, &appraisal, &err), 0);
	tsmmr_appraisal_free(appraisal);
	tsmmr_known_free(known);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
	tsmmr_ctx_free(ctx);
	OSSL_PROVIDER_unload(provider);
	OSSL_LIB_CTX_free(lib);
}

static void one_that_provides_nothing_is_no_accusation(void **state)
{
	OSSL_LIB_CTX *lib = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *provider = OSSL_PROVIDER_load(lib, "null");

	assert_non_null(provider);
	all(lib, NULL, TSMMR_E_UNSUPPORTED, TSMMR_DETAIL_CRYPTO);
	all(NULL, NULL, TSMMR_E_UNSUPPORTED, TSMMR_DETAIL_CRYPTO);
	OSSL_PROVIDER_unload(provider);
	OSSL_LIB_CTX_free(lib);
}

/* A root is of the OpenSSL that read it. */
static void roots_come_after(void **state)
{
	OSSL_LIB_CTX *lib = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *provider = OSSL_PROVIDER_load(lib, "default");
	struct tsmmr_ctx *ctx = ctx_of(lib, NULL);
	struct tsmmr_error err = ERROR_INIT;

	assert_code(add_root(ctx, "tdx-twin/root.pem", &err), 0);
	assert_code(tsmmr_ctx_set_openssl(ctx, NULL, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_openssl(NULL, lib, NULL, &err), TSMMR_E_ARG);
	tsmmr_ctx_free(ctx);
	OSSL_PROVIDER_unload(provider);
	OSSL_LIB_CTX_free(lib);
}

/* So is collateral; what was refused is none. */
static void collateral_comes_after(void **state)
{
	OSSL_LIB_CTX *lib = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *provider = OSSL_PROVIDER_load(lib, "default");
	struct tsmmr_ctx *ctx = ctx_of(lib, NULL);
	struct bytes root = read_data("tdx-twin/root.pem");
	struct tsmmr_error err = ERROR_INIT;

	assert_code(tsmmr_ctx_add_collateral(ctx, TSMMR_PART_CERTS, "xyz", 3, &err),
		    TSMMR_E_MALFORMED);
	assert_code(tsmmr_ctx_set_openssl(ctx, lib, NULL, &err), 0);
	assert_code(tsmmr_ctx_add_collateral(ctx, TSMMR_PART_CERTS, root.p, root.n, &err), 0);
	assert_code(tsmmr_ctx_set_openssl(ctx, lib, NULL, &err), TSMMR_E_ARG);
	bytes_done(&root);
	tsmmr_ctx_free(ctx);
	OSSL_PROVIDER_unload(provider);
	OSSL_LIB_CTX_free(lib);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_own_is_all_that_is_used),
		cmocka_unit_test(decoders_use_it),
		cmocka_unit_test(appraisals_use_it),
		cmocka_unit_test(one_that_provides_nothing_is_no_accusation),
		cmocka_unit_test(roots_come_after),
		cmocka_unit_test(collateral_comes_after),
	};

	/* Asked for by name, it keeps the default provider from being loaded. */
	OSSL_PROVIDER *none = OSSL_PROVIDER_load(NULL, "null");
	int r = none ? cmocka_run_group_tests_name("openssl", tests, NULL, NULL) : 1;

	OSSL_PROVIDER_unload(none);
	return r;
}
