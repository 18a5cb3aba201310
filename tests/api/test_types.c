/* SPDX-License-Identifier: BSD-2-Clause */
/* types.h: names, codes, the context, and the conventions that hold everywhere. */
#include <fcntl.h>
#include <unistd.h>

#include "testing.h"

#include <tsmmr/regs.h>

static void version_is_that_of_the_header(void **state)
{
	char want[32];

	snprintf(want, sizeof(want), "%d.%d.%d", TSMMR_VERSION_MAJOR, TSMMR_VERSION_MINOR,
		 TSMMR_VERSION_PATCH);
	assert_string_equal(tsmmr_version(), want);
	snprintf(want, sizeof(want), "%u.%u.%u", tsmmr_version_number() >> 16,
		 tsmmr_version_number() >> 8 & 255, tsmmr_version_number() & 255);
	assert_string_equal(tsmmr_version(), want);
}

/* What it is good for is seen where the command does it: tests/adversary/lacking.py. */
static void prepared_once_more(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, &err), 0);
	assert_code(tsmmr_ctx_prepare(NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_prepare(ctx, &err), 0);
	assert_code(tsmmr_ctx_prepare(ctx, NULL), 0);
	tsmmr_ctx_free(ctx);
}

static void libraries_are_named(void **state)
{
	const char *name, *version;
	size_t n;

	for (n = 0; tsmmr_library_at(n, &name, &version) == 0; n++) {
		assert_true(strlen(name) > 0);
		assert_in_range(version[0], '0', '9');
	}
	assert_int_equal(n, 3);
	assert_code(tsmmr_library_at(0, NULL, NULL), 0);
	assert_code(tsmmr_library_at(n, NULL, NULL), TSMMR_E_NOTFOUND);
}

static void formats_say_what_they_can(void **state)
{
	const int both = TSMMR_CAN_READ | TSMMR_CAN_WRITE;

	assert_int_equal(tsmmr_format_can(TSMMR_FORMAT_CEL_CBOR), both);
	assert_int_equal(tsmmr_format_can(TSMMR_FORMAT_CEL_TLV), both);
	assert_int_equal(tsmmr_format_can(TSMMR_FORMAT_AUTO), TSMMR_CAN_READ);
	assert_int_equal(tsmmr_format_can(TSMMR_FORMAT_CCEL), TSMMR_CAN_READ);
	assert_int_equal(tsmmr_format_can(TSMMR_FORMAT_REALM), TSMMR_CAN_READ);
	assert_int_equal(tsmmr_format_can(TSMMR_FORMAT_JSONL), TSMMR_CAN_WRITE);
	assert_int_equal(tsmmr_format_can(TSMMR_FORMAT_TPM2_YAML), TSMMR_CAN_WRITE);
	assert_int_equal(tsmmr_format_can(TSMMR_FORMAT_SNP_LAUNCH), 0);
	assert_int_equal(tsmmr_format_can(TSMMR_FORMAT_MERGED), 0);
	assert_code(tsmmr_format_can(-1), TSMMR_E_ARG);
	assert_code(tsmmr_format_can(999), TSMMR_E_ARG);
}

/* Spelled out, for these are words that scripts and other programs rely on. */
static const struct {
	int names, value;
	const char *name;
} names[] = {
	{ TSMMR_NAMES_HASH, TSMMR_HASH_SHA1, "sha1" },
	{ TSMMR_NAMES_HASH, TSMMR_HASH_SHA256, "sha256" },
	{ TSMMR_NAMES_HASH, TSMMR_HASH_SHA384, "sha384" },
	{ TSMMR_NAMES_HASH, TSMMR_HASH_SHA512, "sha512" },
	{ TSMMR_NAMES_HASH, TSMMR_HASH_SM3_256, "sm3_256" },
	{ TSMMR_NAMES_HASH, TSMMR_HASH_SHA3_256, "sha3_256" },
	{ TSMMR_NAMES_HASH, TSMMR_HASH_SHA3_384, "sha3_384" },
	{ TSMMR_NAMES_HASH, TSMMR_HASH_SHA3_512, "sha3_512" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_AUTO, "auto" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_TCG2, "tcg2" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_TCG1, "tcg1" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_CCEL, "ccel" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_TEXT, "text" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_AAEL, "aael" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_IMA, "ima" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_IMA_ASCII, "ima-ascii" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_CEL_CBOR, "cel-cbor" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_CEL_JSON, "cel-json" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_CEL_TLV, "cel-tlv" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_SYSTEMD, "systemd" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_CEL_CBOR_SEQ, "cel-cbor-seq" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_JSONL, "jsonl" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_TPM2_YAML, "tpm2-yaml" },
	{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_DSTACK, "dstack" },
	{ TSMMR_NAMES_PLATFORM, TSMMR_PLATFORM_AUTO, "auto" },
	{ TSMMR_NAMES_PLATFORM, TSMMR_PLATFORM_TDX, "tdx" },
	{ TSMMR_NAMES_PLATFORM, TSMMR_PLATFORM_SNP, "snp" },
	{ TSMMR_NAMES_PLATFORM, TSMMR_PLATFORM_CCA, "cca" },
	{ TSMMR_NAMES_PLATFORM, TSMMR_PLATFORM_NITRO, "nitro" },
	{ TSMMR_NAMES_PLATFORM, TSMMR_PLATFORM_TPM, "tpm" },
	{ TSMMR_NAMES_SPACE, TSMMR_SPACE_PCR, "pcr" },
	{ TSMMR_NAMES_SPACE, TSMMR_SPACE_CC_MR, "cc-mr" },
	{ TSMMR_NAMES_SPACE, TSMMR_SPACE_RTMR, "rtmr" },
	{ TSMMR_NAMES_SPACE, TSMMR_SPACE_REM, "rem" },
	{ TSMMR_NAMES_SPACE, TSMMR_SPACE_NITRO_PCR, "nitro-pcr" },
	{ TSMMR_NAMES_ERROR, TSMMR_OK, "OK" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_NOMEM, "NOMEM" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_ARG, "ARG" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_ABI, "ABI" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_IO, "IO" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_NOTFOUND, "NOTFOUND" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_FORMAT, "FORMAT" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_TRUNCATED, "TRUNCATED" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_MALFORMED, "MALFORMED" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_UNSUPPORTED, "UNSUPPORTED" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_LIMIT, "LIMIT" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_MISMATCH, "MISMATCH" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_INCOMPLETE, "INCOMPLETE" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_UNTRUSTED, "UNTRUSTED" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_LOCKED, "LOCKED" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_INDOUBT, "INDOUBT" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_INTERNAL, "INTERNAL" },
	{ TSMMR_NAMES_ERROR, TSMMR_E_CANCELLED, "CANCELLED" },
	{ TSMMR_NAMES_LOG, TSMMR_LOG_CCEL, "ccel" },
	{ TSMMR_NAMES_LOG, TSMMR_LOG_TPM, "tpm" },
	{ TSMMR_NAMES_LOG, TSMMR_LOG_IMA, "ima" },
	{ TSMMR_NAMES_LOG, TSMMR_LOG_SYSTEMD, "systemd" },
	{ TSMMR_NAMES_LOG, TSMMR_LOG_AAEL, "aael" },
	{ TSMMR_NAMES_LOG, TSMMR_LOG_RUNTIME, "runtime" },
	{ TSMMR_NAMES_TRUST, TSMMR_TRUST_GIVEN, "given" },
	{ TSMMR_NAMES_TRUST, TSMMR_TRUST_LIVE, "live" },
	{ TSMMR_NAMES_TRUST, TSMMR_TRUST_UNSIGNED, "unsigned" },
	{ TSMMR_NAMES_TRUST, TSMMR_TRUST_SIGNED, "signed" },
	{ TSMMR_NAMES_TRUST, TSMMR_TRUST_AUTHENTICATED, "authenticated" },
	{ TSMMR_NAMES_KIND, TSMMR_KIND_RUNTIME, "runtime" },
	{ TSMMR_NAMES_KIND, TSMMR_KIND_LAUNCH, "launch" },
	{ TSMMR_NAMES_KIND, TSMMR_KIND_CONFIG, "config" },
	{ TSMMR_NAMES_PART, TSMMR_PART_QUOTE, "quote" },
	{ TSMMR_NAMES_PART, TSMMR_PART_SIG, "sig" },
	{ TSMMR_NAMES_PART, TSMMR_PART_PCRS, "pcrs" },
	{ TSMMR_NAMES_PART, TSMMR_PART_AK, "ak" },
	{ TSMMR_NAMES_PART, TSMMR_PART_CERTS, "certs" },
	{ TSMMR_NAMES_PART, TSMMR_PART_MANIFEST, "manifest" },
	{ TSMMR_NAMES_PART, TSMMR_PART_CRL, "crl" },
	{ TSMMR_NAMES_PART, TSMMR_PART_TCB_INFO, "tcb-info" },
	{ TSMMR_NAMES_PART, TSMMR_PART_QE_IDENTITY, "qe-identity" },
	{ TSMMR_NAMES_PART, TSMMR_PART_ENDORSEMENTS, "endorsements" },
	{ TSMMR_NAMES_PART, TSMMR_PART_GPU, "gpu" },
	{ TSMMR_NAMES_BINDING, TSMMR_BINDING_UNBOUND, "unbound" },
	{ TSMMR_NAMES_BINDING, TSMMR_BINDING_BOUND, "bound" },
	{ TSMMR_NAMES_BINDING, TSMMR_BINDING_MISMATCH, "mismatch" },
	{ TSMMR_NAMES_STATUS, TSMMR_STATUS_VERIFIED, "verified" },
	{ TSMMR_NAMES_STATUS, TSMMR_STATUS_UNTOUCHED, "untouched" },
	{ TSMMR_NAMES_STATUS, TSMMR_STATUS_NO_EVIDENCE, "no-evidence" },
	{ TSMMR_NAMES_STATUS, TSMMR_STATUS_INCOMPLETE, "incomplete" },
	{ TSMMR_NAMES_STATUS, TSMMR_STATUS_MISMATCH, "mismatch" },
	{ TSMMR_NAMES_SEVERITY, TSMMR_SEVERITY_INFO, "info" },
	{ TSMMR_NAMES_SEVERITY, TSMMR_SEVERITY_WARNING, "warning" },
	{ TSMMR_NAMES_SEVERITY, TSMMR_SEVERITY_ERROR, "error" },
	{ TSMMR_NAMES_DETAIL, TSMMR_DETAIL_NONCE, "nonce" },
	{ TSMMR_NAMES_DETAIL, TSMMR_DETAIL_SIGNATURE, "signature" },
	{ TSMMR_NAMES_DETAIL, TSMMR_DETAIL_CHAIN, "chain" },
	{ TSMMR_NAMES_DETAIL, TSMMR_DETAIL_CHAIN_MISSING, "chain-missing" },
	{ TSMMR_NAMES_DETAIL, TSMMR_DETAIL_EXPIRED, "expired" },
	{ TSMMR_NAMES_DETAIL, TSMMR_DETAIL_DEBUG, "debug" },
	{ TSMMR_NAMES_DETAIL, TSMMR_DETAIL_ROOT, "root" },
	{ TSMMR_NAMES_DETAIL, TSMMR_DETAIL_BINDING, "binding" },
	{ TSMMR_NAMES_DETAIL, TSMMR_DETAIL_CRYPTO, "crypto-unavailable" },
	{ TSMMR_NAMES_DETAIL, TSMMR_DETAIL_CLAIM, "claim" },
	{ TSMMR_NAMES_VALUES, TSMMR_VALUES_AUTO, "auto" },
	{ TSMMR_NAMES_VALUES, TSMMR_VALUES_LINES, "lines" },
	{ TSMMR_NAMES_VALUES, TSMMR_VALUES_JSON, "json" },
	{ TSMMR_NAMES_VALUES, TSMMR_VALUES_TPM2_PCRREAD, "tpm2_pcrread" },
	{ TSMMR_NAMES_VALUES, TSMMR_VALUES_TPM2_EVENTLOG, "tpm2_eventlog" },
	{ TSMMR_NAMES_VALUES, TSMMR_VALUES_TSSPCRREAD, "tsspcrread" },
	{ TSMMR_NAMES_VALUES, TSMMR_VALUES_PCRS, "pcrs" },
	{ TSMMR_NAMES_VALUES, TSMMR_VALUES_NITRO_CLI, "nitro-cli" },
	{ TSMMR_NAMES_VALUES, TSMMR_VALUES_SYSTEMD_MEASURE, "systemd-measure" },
	{ TSMMR_NAMES_VALUES, TSMMR_VALUES_TDX_MEASURE, "tdx-measure" },
	{ TSMMR_NAMES_VALUES, TSMMR_VALUES_BANKS, "banks" },
	{ TSMMR_NAMES_KNOWN, TSMMR_KNOWN_SUMS, "sums" },
	{ TSMMR_NAMES_VERDICT, TSMMR_VERDICT_VERIFIED, "verified" },
	{ TSMMR_NAMES_VERDICT, TSMMR_VERDICT_INCOMPLETE, "incomplete" },
	{ TSMMR_NAMES_VERDICT, TSMMR_VERDICT_MISMATCH, "mismatch" },
	{ TSMMR_NAMES_IMAGE, 0, "pe" },
	{ TSMMR_NAMES_IMAGE, 1, "uki" },
	{ TSMMR_NAMES_LAUNCH, 0, "firmware" },
	{ TSMMR_NAMES_LAUNCH, 7, "eif" },
	{ TSMMR_NAMES_KNOWN, TSMMR_KNOWN_IMAGE, "image" },
	{ TSMMR_NAMES_KNOWN, TSMMR_KNOWN_PCRLOCK, "pcrlock" },
	{ TSMMR_NAMES_KNOWN, TSMMR_KNOWN_KEYLIME, "keylime" },
	{ TSMMR_NAMES_KNOWN, TSMMR_KNOWN_RULES, "rules" },
	{ TSMMR_NAMES_KNOWN, TSMMR_KNOWN_LOG, "log" },
	{ TSMMR_NAMES_KNOWN, TSMMR_KNOWN_UNVERIFIED_LOG, "unverified-log" },
};

static void names_go_both_ways(void **state)
{
	for (size_t i = 0; i < N_OF(names); i++) {
		const char *name = tsmmr_name(names[i].names, names[i].value);
		int value = -999;

		if (!name || strcmp(name, names[i].name))
			fail_msg("%d of %d is %s, not %s", names[i].value, names[i].names,
				 name ? name : "nothing", names[i].name);
		assert_code(tsmmr_name_find(names[i].names, names[i].name, &value), 0);
		assert_int_equal(value, names[i].value);
	}
}

static void other_names_are_not_found(void **state)
{
	int value = 4711;

	for (int n = TSMMR_NAMES_HASH; n <= TSMMR_NAMES_LAUNCH; n++) {
		assert_null(tsmmr_name(n, 9999));
		assert_null(tsmmr_name(n, -9999));
		assert_code(tsmmr_name_find(n, "no such name", &value), TSMMR_E_NOTFOUND);
		assert_code(tsmmr_name_find(n, "", &value), TSMMR_E_NOTFOUND);
	}
	assert_null(tsmmr_name(0, 1));
	assert_null(tsmmr_name(-1, 1));
	assert_null(tsmmr_name(TSMMR_NAMES_LAUNCH + 1, 1));
	assert_null(tsmmr_name(TSMMR_NAMES_VERDICT, TSMMR_VERDICT_NONE));
	assert_code(tsmmr_name_find(0, "sha256", &value), TSMMR_E_ARG);
	assert_code(tsmmr_name_find(TSMMR_NAMES_LAUNCH + 1, "info", &value), TSMMR_E_ARG);
	assert_code(tsmmr_name_find(TSMMR_NAMES_HASH, "SHA256x", &value), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_name_find(TSMMR_NAMES_HASH, "sha25", &value), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_name_find(TSMMR_NAMES_HASH, NULL, &value), TSMMR_E_ARG);
	assert_int_equal(value, 4711);
	assert_code(tsmmr_name_find(TSMMR_NAMES_HASH, "sha256", NULL), 0);
	assert_code(tsmmr_name_find(TSMMR_NAMES_HASH, "sha25", NULL), TSMMR_E_NOTFOUND);

	/* As the kernel spells it. */
	assert_code(tsmmr_name_find(TSMMR_NAMES_HASH, "sm3-256", &value), 0);
	assert_int_equal(value, TSMMR_HASH_SM3_256);
}

static void hash_sizes(void **state)
{
	/* clang-format off */
	static const struct {
		int alg, size;
	} sizes[] = {
		{ TSMMR_HASH_SHA1, 20 },     { TSMMR_HASH_SHA256, 32 },
		{ TSMMR_HASH_SHA384, 48 },   { TSMMR_HASH_SHA512, 64 },
		{ TSMMR_HASH_SM3_256, 32 },  { TSMMR_HASH_SHA3_256, 32 },
		{ TSMMR_HASH_SHA3_384, 48 }, { TSMMR_HASH_SHA3_512, 64 },
		{ TSMMR_HASH_NONE, TSMMR_E_NOTFOUND }, { 0x1234, TSMMR_E_NOTFOUND },
		{ -1, TSMMR_E_NOTFOUND }, { 0x1000b, TSMMR_E_NOTFOUND },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(sizes); i++)
		assert_int_equal(tsmmr_hash_size(sizes[i].alg), sizes[i].size);
}

static void free_takes_null(void **state)
{
	tsmmr_ctx_free(NULL);
	tsmmr_free(NULL);
	tsmmr_evidence_free(NULL);
	tsmmr_regs_free(NULL);
	tsmmr_stream_free(NULL);
	tsmmr_log_free(NULL);
	tsmmr_report_free(NULL);
}

static void context_setters(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_ctx *ctx = NULL;

	assert_code(tsmmr_ctx_new(1u << 31, &ctx, &err), TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "flag"));
	assert_null(ctx);
	assert_code(tsmmr_ctx_new(0, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);

	assert_code(tsmmr_ctx_set_tcti(ctx, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_tcti(ctx, "", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_tcti(ctx, "/usr/lib/libtss2-tcti-device.so", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_tcti(ctx, "./tcti.so", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_tcti(ctx, "lib/tcti.so:conf", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_tcti(NULL, "device", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_tcti(ctx, "swtpm", NULL), 0);
	assert_code(tsmmr_ctx_set_tcti(ctx, "device:/dev/tpm0", NULL), 0);
	assert_code(tsmmr_ctx_set_root(ctx, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_root(NULL, "/", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_root(ctx, "", &err), TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "path"));
	assert_code(tsmmr_ctx_set_root(ctx, "somewhere", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_root(ctx, "/somewhere", NULL), 0);
	assert_code(tsmmr_ctx_set_temporary(NULL, "/tmp", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_temporary(ctx, "", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_temporary(ctx, "/var/tmp", NULL), 0);
	assert_code(tsmmr_ctx_set_temporary(ctx, NULL, NULL), 0);
	assert_code(tsmmr_ctx_set_log_dir(ctx, "somewhere", NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_log_dir(ctx, "/some/where/", NULL), 0);
	assert_code(tsmmr_ctx_set_collateral_grace(NULL, 1, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_collateral_grace(ctx, UINT64_MAX, NULL), 0);
	assert_code(tsmmr_ctx_set_collateral_grace(ctx, 0, NULL), 0);
	assert_code(tsmmr_ctx_add_collateral(NULL, TSMMR_PART_CRL, "x", 1, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_add_collateral(ctx, TSMMR_PART_CRL, NULL, 1, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_add_collateral(ctx, TSMMR_PART_CRL, "x", 0, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_add_collateral(ctx, TSMMR_PART_CRL, "xyz", 3, NULL),
		    TSMMR_E_MALFORMED);
	assert_code(tsmmr_ctx_add_collateral(ctx, TSMMR_PART_TCB_INFO, "{}", 2, NULL),
		    TSMMR_E_FORMAT);
	assert_code(tsmmr_ctx_add_collateral(ctx, TSMMR_PART_QUOTE, "{}", 2, NULL), TSMMR_E_FORMAT);
	assert_code(tsmmr_ctx_add_collateral(ctx, TSMMR_PART_AUTO, "xyz", 3, NULL), TSMMR_E_FORMAT);
	assert_code(tsmmr_ctx_set_time(ctx, UINT64_C(253402300800), NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_time(ctx, 0, NULL), 0);
	assert_code(tsmmr_ctx_set_time(ctx, TSMMR_NONE, NULL), 0);
	assert_code(tsmmr_ctx_set_time(NULL, 0, NULL), TSMMR_E_ARG);

	assert_code(tsmmr_ctx_set_flags(ctx, TSMMR_CTX_OPENSSL_ONLY, NULL), 0);
	assert_code(tsmmr_ctx_set_flags(ctx, TSMMR_CTX_STRICT | TSMMR_CTX_TLV_CC_MR, NULL), 0);
	assert_code(tsmmr_ctx_set_flags(ctx, TSMMR_CTX_TLV_PCR | TSMMR_CTX_TLV_CC_MR, NULL),
		    TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_flags(ctx, 1u << 31, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_flags(NULL, 0, NULL), TSMMR_E_ARG);

	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_BYTES, UINT64_MAX, NULL), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_EVENTS, 1, NULL), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_EVENT_BYTES, 1u << 30, NULL), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_EVENT_BYTES, (1u << 30) + 1, NULL),
		    TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_EVENT_BYTES, TSMMR_NONE, NULL), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, 0, 1, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_EXPLAIN, 1, NULL), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_FINDINGS, 1, NULL), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_LOCK_MS, 1, NULL), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_LOCK_MS + 1, 1, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_limit(ctx, -1, 1, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_limit(NULL, TSMMR_LIMIT_BYTES, 1, NULL), TSMMR_E_ARG);
	tsmmr_ctx_free(ctx);
}

static void initial_values_are_checked(void **state)
{
	static const char zero48[] =
		"rtmr0=0000000000000000000000000000000000000000000000000000000000000000"
		"00000000000000000000000000000000";
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_initial(ctx, TSMMR_PLATFORM_AUTO, zero48, &err), 0);
	assert_int_equal(err.code, 0);
	assert_code(tsmmr_ctx_set_initial(ctx, TSMMR_PLATFORM_AUTO, "rtmr0=00", &err), TSMMR_E_ARG);
	assert_int_equal(err.code, TSMMR_E_ARG);
	assert_true(err.message[0]);
	assert_code(tsmmr_ctx_set_initial(ctx, TSMMR_PLATFORM_AUTO, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_initial(NULL, TSMMR_PLATFORM_AUTO, zero48, NULL), TSMMR_E_ARG);
	tsmmr_ctx_free(ctx);
}

static int parse_nothing(struct tsmmr_ctx *ctx, struct tsmmr_log **log, struct tsmmr_error *err)
{
	return parse_as(ctx, TSMMR_FORMAT_TCG2, TSMMR_PLATFORM_AUTO, NULL, "x", 1, log, err);
}

static int open_folder(struct tsmmr_ctx *ctx, struct tsmmr_error *err)
{
	int fd = open("/", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	struct tsmmr_stream *stream;
	int r;

	assert_true(fd >= 0);
	r = tsmmr_stream_open_fd(ctx, NULL, fd, &stream, err);
	close(fd);
	return r;
}

static void error_size_is_an_abi_tag(void **state)
{
	struct {
		struct tsmmr_error err;
		uint8_t beyond[64];
	} bigger;
	struct tsmmr_log *log = (struct tsmmr_log *)0x1;
	struct tsmmr_error err;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);

	/*
	 * Smaller than the first release's: refused, and nothing of it is written.  0 is what
	 * an error that was set to zeros has, and nobody wants filled.
	 */
	for (uint32_t size = 0; size < sizeof(err); size += 8) {
		memset(&err, 0x5a, sizeof(err));
		err.size = size;
		assert_code(parse_nothing(ctx, &log, &err), size ? TSMMR_E_ABI : TSMMR_E_TRUNCATED);
		/* A directory: of a read that fails, os_errno is filled in afterwards. */
		assert_code(open_folder(ctx, &err), size ? TSMMR_E_ABI : TSMMR_E_IO);
		assert_int_equal(err.size, size);
		for (size_t i = sizeof(err.size); i < sizeof(err); i++)
			assert_int_equal(((uint8_t *)&err)[i], 0x5a);
	}
	assert_code(tsmmr_ctx_set_initial(ctx, 0, "", &err), TSMMR_E_ABI);

	/* Larger: filled as far as we know it. */
	memset(&bigger, 0x5a, sizeof(bigger));
	bigger.err.size = sizeof(bigger);
	assert_code(parse_nothing(ctx, &log, &bigger.err), TSMMR_E_TRUNCATED);
	assert_int_equal(bigger.err.size, sizeof(bigger));
	assert_int_equal(bigger.err.code, TSMMR_E_TRUNCATED);
	assert_int_equal(bigger.err.os_errno, 0);
	assert_int_equal(bigger.err.record, 0);
	assert_int_equal(bigger.err.offset, 0);
	assert_true(bigger.err.message[0] &&
		    memchr(bigger.err.message, 0, sizeof(bigger.err.message)));
	for (size_t i = 0; i < sizeof(bigger.beyond); i++)
		assert_int_equal(bigger.beyond[i], 0x5a);

	assert_code(parse_nothing(ctx, &log, NULL), TSMMR_E_TRUNCATED);
	assert_ptr_equal(log, (struct tsmmr_log *)0x1); /* never written on failure */
	tsmmr_ctx_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_is_that_of_the_header),
		cmocka_unit_test(prepared_once_more),
		cmocka_unit_test(libraries_are_named),
		cmocka_unit_test(formats_say_what_they_can),
		cmocka_unit_test(names_go_both_ways),
		cmocka_unit_test(other_names_are_not_found),
		cmocka_unit_test(hash_sizes),
		cmocka_unit_test(free_takes_null),
		cmocka_unit_test(context_setters),
		cmocka_unit_test(initial_values_are_checked),
		cmocka_unit_test(error_size_is_an_abi_tag),
	};

	return cmocka_run_group_tests_name("types", tests, NULL, NULL);
}
