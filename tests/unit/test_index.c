/* SPDX-License-Identifier: BSD-2-Clause */
/* core/index.c: every row of UEFI 2.10 §38.4.1, both ways, and what is in none. */
#include "testing.h"

#include "core/index.h"
#include "platform/platforms.h"

#define NO NOT_A_REGISTER

/* PCR 0 to 17, by MrIndex and by ordinal. */
static const struct {
	uint32_t cc_mr, ordinal;
} pcrs[] = {
	{ 0, NO }, { 1, 0 }, { 2, 1 }, { 2, 1 }, { 2, 1 },   { 2, 1 },
	{ 2, 1 },  { 1, 0 }, { 3, 2 }, { 3, 2 }, { 3, 2 },   { 3, 2 },
	{ 3, 2 },  { 3, 2 }, { 3, 2 }, { 3, 2 }, { NO, NO }, { NO, NO },
};

static void pcrs_have_a_register(void **state)
{
	for (uint32_t i = 0; i < N_OF(pcrs); i++) {
		assert_int_equal(index_convert(i, TSMMR_SPACE_PCR, TSMMR_SPACE_CC_MR),
				 pcrs[i].cc_mr);
		assert_int_equal(index_convert(i, TSMMR_SPACE_PCR, TSMMR_SPACE_RTMR),
				 pcrs[i].ordinal);
		assert_int_equal(index_convert(i, TSMMR_SPACE_PCR, TSMMR_SPACE_REM),
				 pcrs[i].ordinal);
	}
	for (uint32_t i = 0; i < 70; i++)
		if (i >= N_OF(pcrs))
			assert_int_equal(index_convert(i, TSMMR_SPACE_PCR, TSMMR_SPACE_CC_MR), NO);
}

static void registers_have_an_ordinal(void **state)
{
	static const int ordinals[] = { TSMMR_SPACE_RTMR, TSMMR_SPACE_REM };

	for (size_t k = 0; k < N_OF(ordinals); k++) {
		assert_int_equal(index_convert(0, TSMMR_SPACE_CC_MR, ordinals[k]), NO);
		for (uint32_t mr = 1; mr <= 4; mr++) {
			assert_int_equal(index_convert(mr, TSMMR_SPACE_CC_MR, ordinals[k]), mr - 1);
			assert_int_equal(index_convert(mr - 1, ordinals[k], TSMMR_SPACE_CC_MR), mr);
		}
		assert_int_equal(index_convert(5, TSMMR_SPACE_CC_MR, ordinals[k]), NO);
		assert_int_equal(index_convert(4, ordinals[k], TSMMR_SPACE_CC_MR), NO);
		assert_int_equal(index_convert(NO, ordinals[k], TSMMR_SPACE_CC_MR), NO);
	}
}

/* Several PCRs share a register, NV indices and Nitro's PCRs are nobody else's. */
static void there_is_no_way_back(void **state)
{
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(index_convert(i, TSMMR_SPACE_CC_MR, TSMMR_SPACE_PCR), NO);
		assert_int_equal(index_convert(i, TSMMR_SPACE_RTMR, TSMMR_SPACE_PCR), NO);
		for (int other = TSMMR_SPACE_NONE; other < TSMMR_SPACE_NV; other++) {
			assert_int_equal(index_convert(i, TSMMR_SPACE_NV, other), NO);
			assert_int_equal(index_convert(i, other, TSMMR_SPACE_NV), NO);
			if (other == TSMMR_SPACE_NITRO_PCR)
				continue;
			assert_int_equal(index_convert(i, TSMMR_SPACE_NITRO_PCR, other), NO);
			assert_int_equal(index_convert(i, other, TSMMR_SPACE_NITRO_PCR), NO);
		}
	}
	/* In its own space a number is what it is. */
	for (int space = TSMMR_SPACE_NONE; space <= TSMMR_SPACE_NV; space++)
		assert_int_equal(index_convert(77, space, space), 77);
}

static void what_cel_calls_them(void **state)
{
	assert_int_equal(platform_tpm.cel_space, TSMMR_SPACE_PCR);
	assert_int_equal(platform_by_id(TSMMR_PLATFORM_TDX)->cel_space, TSMMR_SPACE_RTMR);
	assert_int_equal(platform_by_id(TSMMR_PLATFORM_CCA)->cel_space, TSMMR_SPACE_REM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcrs_have_a_register),
		cmocka_unit_test(registers_have_an_ordinal),
		cmocka_unit_test(there_is_no_way_back),
		cmocka_unit_test(what_cel_calls_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
