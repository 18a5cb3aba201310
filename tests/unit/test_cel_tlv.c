/* SPDX-License-Identifier: BSD-2-Clause */
/* format/cel_tlv.c: what is refused and where, what is tolerated and how that is reported. */
#include "cel.h"

/* clang-format off */
static const struct refusal tlv_refused[] = {
	{ T_PCR T_DIGESTS T_ACTION, TSMMR_E_MALFORMED, 0, 0, "no record number" },
	{ T_RECORD T_PCR, TSMMR_E_MALFORMED, 1, 81, "no record number" },
	{ T_RECORD "00", TSMMR_E_TRUNCATED, 1, 81, "ends inside" },
	{ T_NUM, TSMMR_E_TRUNCATED, 0, 0, "ends inside" },
	{ T_NUM T_PCR, TSMMR_E_TRUNCATED, 0, 0, "ends inside" },
	{ T_BEFORE, TSMMR_E_TRUNCATED, 0, 0, "ends inside" },
	{ "00ffffffff" Z8, TSMMR_E_TRUNCATED, 0, 0, "ends inside" },
	/* Integers of 0 and 9 bytes, and what does not fit its field. */
	{ "0000000009" Z8 "00" T_PCR T_DIGESTS T_ACTION, TSMMR_E_MALFORMED, 0, 14,
	  "invalid record number" },
	{ T_NUM "0100000009" Z8 "00" T_DIGESTS T_ACTION, TSMMR_E_MALFORMED, 0, 27,
	  "invalid register number" },
	{ T_NUM "0100000005" "0100000000" T_DIGESTS T_ACTION, TSMMR_E_MALFORMED, 0, 23,
	  "invalid register number" },
	{ T_BEFORE "0500000010" "0000000005" "0100000000" "0100000001" "61", TSMMR_E_MALFORMED, 0,
	  82, "invalid event type" },
	/* Order and kinds. */
	{ T_NUM T_DIGESTS T_DIGESTS T_ACTION, TSMMR_E_MALFORMED, 0, 55, "no register after" },
	{ T_NUM T_PCR T_PCR T_ACTION, TSMMR_E_MALFORMED, 0, 25, "no digests after" },
	{ T_BEFORE T_DIGESTS, TSMMR_E_MALFORMED, 0, 103, "no content after" },
	{ T_BEFORE "6c00000001" "00", TSMMR_E_MALFORMED, 0, 67, "no content after" },
	/* Lengths that pass their parent, and bytes it has left. */
	{ T_NUM T_PCR "0300000025" "0b00000021" Z32 T_ACTION, TSMMR_E_MALFORMED, 0, 61,
	  "passes the end of the digests" },
	{ T_NUM T_PCR "0300000004" "0b000000" T_ACTION, TSMMR_E_MALFORMED, 0, 28,
	  "passes the end of the digests" },
	{ T_BEFORE "050000000f" "0000000004" "00000005" "0100000002" "61", TSMMR_E_MALFORMED, 0,
	  81, "two fields" },
	{ T_BEFORE "0500000010" "0000000004" "00000005" "0100000001" "6161", TSMMR_E_MALFORMED, 0,
	  82, "two fields" },
	{ T_BEFORE "050000000f" "0100000004" "00000005" "0000000001" "61", TSMMR_E_MALFORMED, 0,
	  81, "two fields" },
	/* Digests. */
	{ T_NUM T_PCR "0300000000" T_ACTION, TSMMR_E_MALFORMED, 0, 0, "without a digest" },
	{ T_NUM T_PCR "0300000019" "0b00000014" Z20 T_ACTION, TSMMR_E_MALFORMED, 0, 49,
	  "wrong size" },
	{ T_NUM T_PCR "030000000a" "7700000000" "7800000000" T_ACTION, TSMMR_E_MALFORMED, 0, 34,
	  "wrong size" },
	{ T_NUM T_PCR "0300000032" "0400000014" Z20 "0400000014" Z20 T_ACTION, TSMMR_E_MALFORMED, 0,
	  74, "two digests" },
	/* Management. */
	{ T_CEL("0000", ""), TSMMR_E_MALFORMED, 0, 66, "without its type" },
	{ T_CEL("0006", "0200000001" "00"), TSMMR_E_MALFORMED, 0, 72, "firmware_end with" },
	{ T_CEL("000a", "0200000000" "0200000000"), TSMMR_E_MALFORMED, 0, 76, "several" },
	{ T_CEL("0005", "0300000000"), TSMMR_E_MALFORMED, 0, 71, "type that CEL" },
	{ T_CEL("0006", "5100000001" "03"), TSMMR_E_MALFORMED, 0, 72, "invalid value" },
	{ T_CEL("000b", "0100000006" "0000000001" "01"), TSMMR_E_MALFORMED, 0, 77, "two fields" },
};
/* clang-format on */

static void tlv_is_refused_by_name(void **state)
{
	expect_refusals(TLV, tlv_refused, N_OF(tlv_refused));
}

/* Every width from 1 to 8, but for the usual, is reported. */
static void tlv_widths_are_reported(void **state)
{
	static uint8_t bytes[1024];
	char hex[1024];

	for (unsigned w = 1; w <= 8; w++) {
		struct outcome o;

		snprintf(hex, sizeof(hex),
			 "00%08x%.*s"
			 "01%08x%.*s" T_DIGESTS "05%08x"
			 "00%08x%.*s%s",
			 w, (int)(2 * w), Z8, w, (int)(2 * w), Z8, 11 + w, w, (int)(2 * w - 2), Z8,
			 "05"
			 "0100000001"
			 "61");
		o = read_all(TLV, TPM, 0, bytes, unhex(hex, bytes, sizeof(bytes)));
		assert_code(o.code, 0);
		assert_string_equal(o.findings, " CEL_TLV_WIDTH");
	}
}

static void tlv_leniencies_are_reported(void **state)
{
	/* clang-format off */
	static const struct {
		int platform;
		const char *hex, *id;
	} cases[] = {
		{ TPM, T_NUM_1 T_PCR T_DIGESTS T_ACTION T_NUM_1 T_PCR T_DIGESTS T_ACTION,
		  "CEL_RECNUM_ORDER" },
		{ TPM, "0000000001" "00" T_PCR T_DIGESTS T_ACTION
		       "0000000001" "01" T_PCR T_DIGESTS T_ACTION, "CEL_TLV_WIDTH" },
		{ TDX, T_NUM "6c00000001" "04" T_DIGESTS T_ACTION, "CEL_CC_MR" },
		{ TPM, T_CEL("0006", "8000000001" "07"), "CEL_MANAGEMENT_FORM" },
		{ TPM, T_CEL("0006", "8100000001" "02"), "CEL_MANAGEMENT_FORM" },
		{ TPM, T_NUM T_PCR "0300000000" "0400000005" "0200000000", "CEL_DIGESTS_EMPTY" },
		{ TPM, T_BEFORE "5000000000", "CEL_CONTENT_UNKNOWN" },
		{ TPM, T_BEFORE "0b00000001" "61", "CEL_CONTENT_11" },
	};
	/* clang-format on */
	static uint8_t bytes[1024];

	wrong = 0;
	for (size_t i = 0; i < N_OF(cases); i++)
		expect_leniency(cases[i].hex, TLV, cases[i].platform, bytes,
				unhex(cases[i].hex, bytes, sizeof(bytes)), cases[i].id);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tlv_is_refused_by_name),
		cmocka_unit_test(tlv_widths_are_reported),
		cmocka_unit_test(tlv_leniencies_are_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
