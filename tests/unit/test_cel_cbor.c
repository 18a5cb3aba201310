/* SPDX-License-Identifier: BSD-2-Clause */
/* format/cel_cbor.c: what is refused and where, what is tolerated and how that is reported. */
#include "cel.h"

/* clang-format off */
static const struct refusal cbor_refused[] = {
	/* Members: missing, given twice, not ascending. */
	{ "81" "a4" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 53, "member missing" },
	{ "81" "a4" "0000" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 53, "either a PCR or an NV" },
	{ "81" "a6" "0000" "0100" "021a20000000" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 61,
	  "either a PCR or an NV" },
	{ "81" "a4" "0000" "0100" ACTION, TSMMR_E_MALFORMED, 0, 15, "member missing" },
	{ "81" BEFORE ONE_DIGEST "0905", TSMMR_E_TRUNCATED, 0, 48, "ends too early" },
	{ "81" "a4" "0000" "0100" ONE_DIGEST "0905", TSMMR_E_MALFORMED, 0, 48, "member missing" },
	{ "81" "a4" "0000" "0100" ONE_DIGEST "0aa20005014161", TSMMR_E_MALFORMED, 0, 47,
	  "content without its type" },
	{ "81" "a6" "0000" "0100" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 6,
	  "do not ascend" },
	{ "81" "a5" "2000" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 2,
	  "an unsigned integer was expected" },
	{ "81" "a5" "6130" "00" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 2,
	  "an unsigned integer was expected" },
	/* Numbers: widths, kinds. */
	{ "81" "a5" "0020" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 3, "unsigned" },
	{ "81" "a5" "00f90000" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 3, "unsigned" },
	{ "81" "a5" "0000" "011b0000000100000000" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 14,
	  "more than 32 bits" },
	{ "81" "a5" "0000" "01f6" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 5, "unsigned" },
	{ "81" "a5" "0000" "01c100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 5, "unsigned" },
	/* Digests. */
	{ "81" BEFORE "0380" ACTION, TSMMR_E_MALFORMED, 0, 1, "without a digest" },
	{ "81" BEFORE "0382" SHA1_0 SHA1_0 ACTION, TSMMR_E_MALFORMED, 0, 58,
	  "two digests of one algorithm" },
	{ "81" BEFORE "0381" "a2000b0154" Z20 ACTION, TSMMR_E_MALFORMED, 0, 33, "wrong size" },
	{ "81" BEFORE "0381" "a200190777" "0140" ACTION, TSMMR_E_MALFORMED, 0, 15, "wrong size" },
	{ "81" BEFORE "0381" "a200190777" "015841" Z32 Z32 "00" ACTION, TSMMR_E_MALFORMED, 0, 81,
	  "wrong size" },
	{ "81" BEFORE "0381" "a20000" "0154" Z20 ACTION, TSMMR_E_MALFORMED, 0, 33, "no hash" },
	{ "81" BEFORE "0381" "a2001a00010004" "0154" Z20 ACTION, TSMMR_E_MALFORMED, 0, 37,
	  "no hash" },
	{ "81" BEFORE "0391" ODD16 SHA1_0 ACTION, TSMMR_E_MALFORMED, 0, 145, "more than 16" },
	{ "81" BEFORE "0381" "a1000b" ACTION, TSMMR_E_MALFORMED, 0, 11, "without its algorithm" },
	{ "81" BEFORE "0381" "a20104000b" ACTION, TSMMR_E_MALFORMED, 0, 10, "without its member 0" },
	{ "81" BEFORE "0381" "a2000b025820" Z32 ACTION, TSMMR_E_MALFORMED, 0, 12,
	  "without its member 1" },
	{ "81" BEFORE "0381" "a3000b015820" Z32 "0200" ACTION, TSMMR_E_MALFORMED, 0, 9,
	  "members that CEL does not define" },
	/* Content. */
	{ "81" BEFORE ONE_DIGEST "0903" "0a00", TSMMR_E_MALFORMED, 0, 48, "content type that CEL" },
	{ "81" BEFORE ONE_DIGEST "091affffffff" "0a00", TSMMR_E_MALFORMED, 0, 52,
	  "content type that CEL" },
	{ "81" BEFORE ONE_DIGEST "0905" "0a40", TSMMR_E_MALFORMED, 0, 49, "a map was expected" },
	{ "81" BEFORE ONE_DIGEST "0905" "0aa10005", TSMMR_E_MALFORMED, 0, 51, "member missing" },
	{ "81" BEFORE ONE_DIGEST "0905" "0aa200200140", TSMMR_E_MALFORMED, 0, 51,
	  "neither a number nor a name" },
	{ "81" BEFORE ONE_DIGEST "0905" "0aa20061330140", TSMMR_E_MALFORMED, 0, 53,
	  "a number in text" },
	{ "81" BEFORE ONE_DIGEST "0905" "0aa2001b00000001000000000140", TSMMR_E_MALFORMED, 0, 60,
	  "more than 32 bits" },
	{ "81" BEFORE ONE_DIGEST "0905" "0aa200050160", TSMMR_E_MALFORMED, 0, 53,
	  "a byte string was expected" },
	{ "81" BEFORE ONE_DIGEST "0907" "0aa20061ff0140", TSMMR_E_MALFORMED, 0, 51, "UTF-8" },
	{ "81" BEFORE ONE_DIGEST "0908" "0a60", TSMMR_E_MALFORMED, 0, 49, "byte string" },
	{ "81" BEFORE ONE_DIGEST "0909" "0aa0", TSMMR_E_MALFORMED, 0, 49, "byte string" },
	{ "81" BEFORE ONE_DIGEST "0918c8" "0a8181818181818181818181818181818100",
	  TSMMR_E_LIMIT, 0, 50, "nested too deeply" },
	/* Management records. */
	{ "81" MANAGEMENT "a10003", TSMMR_E_MALFORMED, 0, 52, "of a type that CEL does not have" },
	{ "81" MANAGEMENT "a2000201" "00", TSMMR_E_MALFORMED, 0, 52, "an extra or a missing" },
	{ "81" MANAGEMENT "a10001", TSMMR_E_MALFORMED, 0, 52, "an extra or a missing" },
	{ "81" MANAGEMENT "a2000101a10001", TSMMR_E_MALFORMED, 0, 56, "a version without minor" },
	{ "81" MANAGEMENT "a2000101a200010119ffff00", TSMMR_E_MALFORMED, 1, 60,
	  "bytes after the end" },
	{ "81" MANAGEMENT "a2000101a20001011a00010000", TSMMR_E_MALFORMED, 0, 62,
	  "version of more than 16 bits" },
	{ "81" MANAGEMENT "a20018510103", TSMMR_E_MALFORMED, 0, 55, "state transition" },
	/* What stands around the records. */
	{ "82" RECORD, TSMMR_E_TRUNCATED, 1, 55, "ends too early" },
	{ "81" RECORD "00", TSMMR_E_MALFORMED, 1, 55, "bytes after the end" },
	{ "80" "00", TSMMR_E_MALFORMED, 0, 1, "bytes after the end" },
	{ RECORD "00", TSMMR_E_MALFORMED, 1, 54, "a map was expected" },
	{ RECORD "82" RECORD_2, TSMMR_E_MALFORMED, 1, 54, "a map was expected" },
	{ "9f" RECORD, TSMMR_E_TRUNCATED, 1, 55, "before a break" },
	{ "9f" RECORD "ff" "ff", TSMMR_E_MALFORMED, 1, 56, "bytes after the end" },
	{ "9f" RECORD "00", TSMMR_E_MALFORMED, 1, 55, "a map was expected" },
	{ "9f" "bf" "0000" "0100" ONE_DIGEST ACTION "ff", TSMMR_E_TRUNCATED, 1, 56,
	  "before a break" },
	{ "81" "bf" "0000" "0100" ONE_DIGEST ACTION, TSMMR_E_TRUNCATED, 0, 1, "before a break" },
	{ "81" "bf" "0000" "01ff", TSMMR_E_MALFORMED, 0, 1, "a break with nothing to end" },
	{ "81" "bf" "0000" "0100" "0000" ONE_DIGEST ACTION "ff", TSMMR_E_MALFORMED, 0, 1, "twice" },
	{ "81" "bf" "0000" "0100" "1800" "01" ONE_DIGEST ACTION "ff", TSMMR_E_MALFORMED, 0, 1,
	  "twice" },
	{ "81" "bf" "0000" ONE_DIGEST ACTION "ff", TSMMR_E_MALFORMED, 0, 1, "either a PCR or" },
	{ "81" "bf" "0000" "0100" ONE_DIGEST "0918c8" "0a" "9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f00"
	  "ffffffffffffffffffffffffffffff" "ff", TSMMR_E_LIMIT, 0, 1, "nested too deeply" },
	{ "1801", TSMMR_E_MALFORMED, 0, 0, "neither an array nor a sequence" },
	{ "9801", TSMMR_E_TRUNCATED, 0, 2, "ends too early" },
	{ "9a10000000", TSMMR_E_TRUNCATED, 0, 5, "ends too early" },
	{ "81" "bbffffffffffffffff", TSMMR_E_TRUNCATED, 0, 1, "more items than there are bytes" },
	{ "81" "a5" "0000" "0100" "039bffffffffffffffff", TSMMR_E_TRUNCATED, 0, 7, "more items" },
	{ "81" BEFORE "0381" "a2000b015bffffffffffffffff", TSMMR_E_TRUNCATED, 0, 12, "inside" },
	{ "81" BEFORE ONE_DIGEST "0905" "0aa200", TSMMR_E_TRUNCATED, 0, 49, "more items" },
};
/* clang-format on */

static void cbor_is_refused_by_name(void **state)
{
	expect_refusals(CBOR, cbor_refused, N_OF(cbor_refused));
}

/* The log written again, deterministically: AUTO finds what it is. */
static struct bytes again(const uint8_t *p, size_t n)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log = NULL;
	struct bytes out = { 0 };
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	if (parse_as(ctx, 0, TPM, NULL, p, n, &log, &err) < 0)
		fail_msg("%s", err.message);
	assert_code(tsmmr_log_export(ctx, log, CBOR, &out.p, &out.n, NULL), 0);
	tsmmr_log_free(log);
	tsmmr_ctx_free(ctx);
	return out;
}

/* Two records, the first in another form than RFC 8949 §4.2.1 asks for. */
static void other_forms_are_read(void **state)
{
	/* clang-format off */
	static const char *const cases[] = {
		"9f" RECORD RECORD_2 "ff",
		"9802" RECORD RECORD_2,
		"9b0000000000000002" RECORD RECORD_2,
		"82" "bf" "0000" "0100" ONE_DIGEST ACTION "ff" RECORD_2,
		"bf" "0000" "0100" ONE_DIGEST ACTION "ff" RECORD_2,
		"82" "a5" "001800" "0100" ONE_DIGEST ACTION RECORD_2,
		"82" "a5" "00" "00" "1801" "00" ONE_DIGEST ACTION RECORD_2,
		"82" "ba00000005" "0000" "0100" ONE_DIGEST ACTION RECORD_2,
		"82" "a5" "0100" "0000" ONE_DIGEST ACTION RECORD_2,
		"82" "a5" "0a" "a2" "014161" "0005" "0905" ONE_DIGEST "0100" "0000" RECORD_2,
		"82" BEFORE "039f" SHA256_0 "ff" ACTION RECORD_2,
		"82" BEFORE "0381" "bf" "015f50" Z8 Z8 "50" Z8 Z8 "ff" "000b" "ff" ACTION RECORD_2,
		"82" BEFORE ONE_DIGEST "0905" "0abf0005" "015f4161ff" "ff" RECORD_2,
		"9f" "bf" "0a" "bf" "015f4161ff" "0005" "ff" "0905" ONE_DIGEST "0100" "0000" "ff"
		     "bf" "0001" "0100" ONE_DIGEST ACTION "ff" "ff",
	};
	/* clang-format on */
	static uint8_t bytes[1024];
	struct bytes want = again(bytes, unhex("82" RECORD RECORD_2, bytes, sizeof(bytes)));

	wrong = 0;
	for (size_t i = 0; i < N_OF(cases); i++) {
		size_t n = unhex(cases[i], bytes, sizeof(bytes));
		struct bytes out;

		expect_leniency(cases[i], CBOR, TPM, bytes, n, "CEL_CBOR_FORM");
		out = again(bytes, n);
		assert_bytes(out.p, out.n, want.p, want.n);
		bytes_done(&out);
	}
	bytes_done(&want);
	assert_int_equal(wrong, 0);
}

static void cbor_leniencies_are_reported(void **state)
{
	/* clang-format off */
	static const struct {
		const char *hex, *id;
	} cases[] = {
		{ "82" "a5" "0001" "0100" ONE_DIGEST ACTION "a5" "0001" "0100" ONE_DIGEST ACTION,
		  "CEL_RECNUM_ORDER" },
		{ "82" BEFORE "0380" "0904" "0aa10002" "a5" "0001" "0100" "0380" "0904" "0aa10002",
		  "CEL_DIGESTS_EMPTY" },
		{ "82" "a6" "0000" "0100" ONE_DIGEST "0418ff" ACTION
		       "a6" "0001" "0100" ONE_DIGEST ACTION "0b00", "CEL_MEMBER_UNKNOWN" },
		{ "82" BEFORE ONE_DIGEST "0905" "0aa2006945565f414354494f4e0140"
		       "a5" "0001" "0100" ONE_DIGEST "0905" "0aa2006945565f414354494f4e0140",
		  "CEL_NUMBER_AS_TEXT" },
		{ "82" BEFORE ONE_DIGEST "090b" "0a4161" "a5" "0001" "0100" ONE_DIGEST "090b" "0a4161",
		  "CEL_CONTENT_11" },
		{ "82" BEFORE ONE_DIGEST "090b" "0aa0" "a5" "0001" "0100" ONE_DIGEST "0906" "0a4161",
		  "CEL_CONTENT_UNKNOWN" },
	};
	/* clang-format on */
	static uint8_t bytes[1024];

	wrong = 0;
	for (size_t i = 0; i < N_OF(cases); i++)
		expect_leniency(cases[i].hex, CBOR, TPM, bytes,
				unhex(cases[i].hex, bytes, sizeof(bytes)), cases[i].id);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cbor_is_refused_by_name),
		cmocka_unit_test(other_forms_are_read),
		cmocka_unit_test(cbor_leniencies_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
