/* SPDX-License-Identifier: BSD-2-Clause */
/* format/uefi.c and tcg2_types.c: structures in event data, whole, cut and lying. */
#include "testing.h"

#include "format/tcg2.h"
#include "format/uefi.h"

static const char guid[] = "0123456789abcdef";

static struct span made(const struct maker *m)
{
	return span_of(m->bytes, m->n);
}

/*
 * No prefix of a good structure is one.  Each is in memory of its own, so that a
 * sanitizer sees a read past its end, and at an odd address.
 */
#define assert_prefixes_fail(m, type, parse)                                  \
	do {                                                                  \
		for (size_t cut = 0; cut < (m)->n; cut++) {                   \
			uint8_t *copy = malloc(cut + 1);                      \
			type unread;                                          \
			assert_non_null(copy);                                \
			memcpy(copy + 1, (m)->bytes, cut);                    \
			assert_false(parse(span_of(copy + 1, cut), &unread)); \
			free(copy);                                           \
		}                                                             \
	} while (0)

static void mk_variable(struct maker *m, uint64_t chars, uint64_t data_len)
{
	mk_add(m, guid, 16);
	mk_le(m, chars, 8);
	mk_le(m, data_len, 8);
	mk_add(m, "d\0b\0", 4);
	mk_add(m, "xyz", 3);
}

static void variable(void **state)
{
	struct maker m = { 0 };
	struct uefi_variable v;

	mk_variable(&m, 2, 3);
	assert_true(uefi_variable(made(&m), &v));
	assert_memory_equal(v.guid, guid, 16);
	assert_bytes(v.name.p, v.name.n, "d\0b\0", 4);
	assert_bytes(v.data.p, v.data.n, "xyz", 3);
	assert_int_equal(v.rest.n, 0);
	assert_int_equal(v.name_chars, 2);
	assert_int_equal(v.data_len, 3);
	assert_prefixes_fail(&m, struct uefi_variable, uefi_variable);

	mk_fill(&m, 0, 6);
	assert_true(uefi_variable(made(&m), &v));
	assert_int_equal(v.rest.n, 6);
}

static void variable_that_lies(void **state)
{
	/* clang-format off */
	static const uint64_t lies[][2] = {
		{ UINT64_MAX, 3 },			/* characters */
		{ UINT64_C(0x8000000000000002), 3 },	/* twice that is 4 */
		{ UINT64_C(0x8000000000000000), 3 },	/* twice that is 0 */
		{ 4, 0 },				/* half a character */
		{ 2, UINT64_MAX },
		{ 2, UINT64_C(0x100000003) },
		{ 2, (uint64_t)0 - 4 },			/* back to the name */
		{ 2, 4 },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(lies); i++) {
		struct uefi_variable v = { .data_len = 99 };
		struct maker m = { 0 };

		mk_variable(&m, lies[i][0], lies[i][1]);
		assert_false(uefi_variable(made(&m), &v));
		assert_int_equal(v.data_len, 99);
	}
}

static void mk_image(struct maker *m, uint64_t path_len)
{
	mk_le(m, 0x1000, 8);
	mk_le(m, 0x2000, 8);
	mk_le(m, 0x3000, 8);
	mk_le(m, path_len, 8);
}

static void image_load(void **state)
{
	struct maker m = { 0 };
	struct uefi_image_load i;

	mk_image(&m, 4);
	mk_add(&m, "\x7f\xff\4\0", 4);
	assert_true(uefi_image_load(made(&m), &i));
	assert_int_equal(i.location, 0x1000);
	assert_int_equal(i.length, 0x2000);
	assert_int_equal(i.link_address, 0x3000);
	assert_bytes(i.path.p, i.path.n, "\x7f\xff\4\0", 4);
	assert_int_equal(i.rest.n, 0);
	assert_prefixes_fail(&m, struct uefi_image_load, uefi_image_load);

	mk_fill(&m, 0, 8);
	assert_true(uefi_image_load(made(&m), &i));
	assert_int_equal(i.path.n, 4);
	assert_int_equal(i.rest.n, 8);
}

static void image_load_without_path_length(void **state)
{
	struct maker m = { 0 };
	struct uefi_image_load i;

	mk_image(&m, 0);
	assert_true(uefi_image_load(made(&m), &i));
	assert_int_equal(i.path.n, 0);

	mk_add(&m, "\0\xb0\x15", 3);
	assert_true(uefi_image_load(made(&m), &i));
	assert_int_equal(i.path_len, 0);
	assert_bytes(i.path.p, i.path.n, "\0\xb0\x15", 3);
	assert_int_equal(i.rest.n, 0);

	m.n = 0;
	mk_image(&m, UINT64_MAX);
	mk_fill(&m, 0, 64);
	assert_false(uefi_image_load(made(&m), &i));
}

static void blobs(void **state)
{
	struct maker m = { 0 };
	struct uefi_blob b;

	mk_le(&m, 0xff000000, 8);
	mk_le(&m, 0x1000, 8);
	assert_true(uefi_blob(made(&m), &b));
	assert_int_equal(b.base, 0xff000000);
	assert_int_equal(b.length, 0x1000);
	assert_int_equal(b.desc.n, 0);
	assert_prefixes_fail(&m, struct uefi_blob, uefi_blob);
	mk_fill(&m, 0, 1);
	assert_false(uefi_blob(made(&m), &b));
}

static void blobs_with_a_description(void **state)
{
	struct maker m = { 0 };
	struct uefi_blob b;

	mk_add(&m, "\5Fv(x)", 6);
	mk_le(&m, 0xff000000, 8);
	mk_le(&m, 0x1000, 8);
	assert_true(uefi_blob2(made(&m), &b));
	assert_bytes(b.desc.p, b.desc.n, "Fv(x)", 5);
	assert_int_equal(b.base, 0xff000000);
	assert_prefixes_fail(&m, struct uefi_blob, uefi_blob2);
	m.bytes[0] = 0xff;
	assert_false(uefi_blob2(made(&m), &b));

	m.bytes[0] = 5;
	mk_fill(&m, 0, 1);
	assert_false(uefi_blob2(made(&m), &b));
}

static void tables(void **state)
{
	struct maker m = { 0 };
	struct uefi_tables t;

	mk_le(&m, 2, 8);
	mk_fill(&m, 0xaa, 48);
	assert_true(uefi_tables(made(&m), &t));
	assert_int_equal(t.count, 2);
	assert_int_equal(t.entries.n, 48);
	assert_prefixes_fail(&m, struct uefi_tables, uefi_tables);

	/* 3 × 0xaaaaaaaaaaaaaaac is 4 in 64 bits; 24 times it is 32. */
	m.n = 0;
	mk_le(&m, UINT64_C(0xaaaaaaaaaaaaaaac), 8);
	mk_fill(&m, 0, 32);
	assert_false(uefi_tables(made(&m), &t));
	m.n = 0;
	mk_le(&m, UINT64_MAX, 8);
	assert_false(uefi_tables(made(&m), &t));
	m.n = 0;
	mk_le(&m, 0, 8);
	assert_true(uefi_tables(made(&m), &t));
	assert_int_equal(t.entries.n, 0);
}

static void tables_with_a_description(void **state)
{
	struct maker m = { 0 };
	struct uefi_tables t;

	mk_add(&m, "\11TdxTable", 10); /* OVMF counts the NUL */
	mk_le(&m, 1, 8);
	mk_fill(&m, 0xaa, 24);
	assert_true(uefi_tables2(made(&m), &t));
	assert_bytes(t.desc.p, t.desc.n, "TdxTable", 9);
	assert_int_equal(t.count, 1);
	assert_prefixes_fail(&m, struct uefi_tables, uefi_tables2);
	mk_fill(&m, 0, 1);
	assert_false(uefi_tables2(made(&m), &t));
}

static void mk_gpt(struct maker *m, uint32_t entry_size, uint64_t count, size_t entries)
{
	mk_fill(m, 0x11, 56);
	mk_add(m, guid, 16);
	mk_fill(m, 0x22, 12);
	mk_le(m, entry_size, 4);
	mk_fill(m, 0x33, 4);
	mk_le(m, count, 8);
	mk_fill(m, 0x44, entries);
}

static void gpt(void **state)
{
	struct maker m = { 0 };
	struct uefi_gpt g;

	mk_gpt(&m, 128, 2, 256);
	assert_true(uefi_gpt(made(&m), &g));
	assert_int_equal(g.header.n, 92);
	assert_memory_equal(g.disk_guid, guid, 16);
	assert_int_equal(g.entry_size, 128);
	assert_int_equal(g.count, 2);
	assert_int_equal(g.entries.n, 256);
	assert_prefixes_fail(&m, struct uefi_gpt, uefi_gpt);

	m.n = 0;
	mk_gpt(&m, 256, 1, 256);
	assert_true(uefi_gpt(made(&m), &g));
	m.n = 0;
	mk_gpt(&m, 128, 0, 0);
	assert_true(uefi_gpt(made(&m), &g));
}

static void gpt_that_lies(void **state)
{
	/* clang-format off */
	static const struct {
		uint32_t entry_size;
		uint64_t count;
	} lies[] = {
		{ 128, UINT64_C(0x300000000) },			/* a real log has this one */
		{ 128, UINT64_C(0x200000000000002) },		/* 256 bytes in 64 bits */
		{ 128, UINT64_MAX },
		{ 128, 1 }, { 128, 3 },				/* 256 bytes follow */
		{ 0, 2 }, { 1, 256 }, { 127, 2 },
		{ UINT32_MAX, 1 }, { UINT32_MAX, UINT64_MAX },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(lies); i++) {
		struct maker m = { 0 };
		struct uefi_gpt g;

		mk_gpt(&m, lies[i].entry_size, lies[i].count, 256);
		assert_false(uefi_gpt(made(&m), &g));
	}
}

static void tagged(void **state)
{
	struct maker m = { 0 };
	struct tcg_tagged t;

	mk_le(&m, TAG_AAEL, 4);
	mk_le(&m, 3, 4);
	mk_add(&m, "abc", 3);
	assert_memory_equal(m.bytes, "LEAA", 4);
	assert_true(tcg_tagged(made(&m), &t));
	assert_int_equal(t.id, TAG_AAEL);
	assert_bytes(t.data.p, t.data.n, "abc", 3);
	assert_int_equal(t.rest.n, 0);
	assert_prefixes_fail(&m, struct tcg_tagged, tcg_tagged);

	mk_add(&m, "rest", 4);
	assert_true(tcg_tagged(made(&m), &t));
	assert_bytes(t.rest.p, t.rest.n, "rest", 4);

	/* A log where the header was forgotten: "LOADED_IMAGE::LoadOptions". */
	assert_false(tcg_tagged(span_of("LOADED_IMAGE::LoadOptions", 26), &t));
}

static void nothing_is_in_nothing(void **state)
{
	struct span none = { 0 };
	union {
		struct uefi_variable v;
		struct uefi_image_load i;
		struct uefi_blob b;
		struct uefi_tables t;
		struct uefi_gpt g;
		struct tcg_tagged tag;
	} u;

	assert_false(uefi_variable(none, &u.v));
	assert_false(uefi_image_load(none, &u.i));
	assert_false(uefi_blob(none, &u.b));
	assert_false(uefi_blob2(none, &u.b));
	assert_false(uefi_tables(none, &u.t));
	assert_false(uefi_tables2(none, &u.t));
	assert_false(uefi_gpt(none, &u.g));
	assert_false(tcg_tagged(none, &u.tag));
}

static void type_names(void **state)
{
	assert_string_equal(tcg_type_name(0), "EV_PREBOOT_CERT");
	assert_string_equal(tcg_type_name(0x0d), "EV_IPL");
	assert_string_equal(tcg_type_name(0x13), "EV_POST_CODE2");
	assert_string_equal(tcg_type_name(0x80000000), "EV_EFI_EVENT_BASE");
	assert_string_equal(tcg_type_name(0x8000000d), "EV_EFI_GPT_EVENT2");
	assert_string_equal(tcg_type_name(0x80000010), "EV_EFI_HCRTM_EVENT");
	assert_string_equal(tcg_type_name(0x800000e1), "EV_EFI_SPDM_FIRMWARE_BLOB");
	assert_string_equal(tcg_type_name(0x800000e4), "EV_EFI_SPDM_DEVICE_AUTHORITY");
	assert_null(tcg_type_name(0x14));
	assert_null(tcg_type_name(0x40e));
	assert_null(tcg_type_name(0x8000000e));
	assert_null(tcg_type_name(0x800000e5));
	assert_null(tcg_type_name(UINT32_MAX));
}

int main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variable),
		cmocka_unit_test(variable_that_lies),
		cmocka_unit_test(image_load),
		cmocka_unit_test(image_load_without_path_length),
		cmocka_unit_test(blobs),
		cmocka_unit_test(blobs_with_a_description),
		cmocka_unit_test(tables),
		cmocka_unit_test(tables_with_a_description),
		cmocka_unit_test(gpt),
		cmocka_unit_test(gpt_that_lies),
		cmocka_unit_test(tagged),
		cmocka_unit_test(nothing_is_in_nothing),
		cmocka_unit_test(type_names),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
