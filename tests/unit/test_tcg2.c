/* SPDX-License-Identifier: BSD-2-Clause */
/* format/tcg2.c: the Spec ID event, and how CCEL and TPM logs are told apart. */
#include "testing.h"

#include "format/format.h"
#include "format/tcg2.h"

static void put(struct maker *m, const char *signature, uint32_t count)
{
	m->n = 0;
	mk_add(m, signature, 16);
	mk_le(m, 1, 4);           /* platform class */
	mk_add(m, "\1\2\3\4", 4); /* minor, major, errata, uintn */
	mk_le(m, count, 4);
}

static struct span of(const struct maker *m)
{
	return span_of(m->bytes, m->n);
}

static void fields_are_where_the_profile_says(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	const char *why = NULL;
	struct spec_id id;

	put(m, "Spec ID Event03", 2);
	mk_le(m, TSMMR_HASH_SHA256, 2);
	mk_le(m, 32, 2);
	mk_le(m, 0x4242, 2);
	mk_le(m, 17, 2);
	mk_le(m, 3, 1);
	mk_add(m, "abcde", 5);
	assert_code(spec_id_parse(of(m), &id, &why), 0);
	assert_int_equal(id.platform_class, 1);
	assert_int_equal(id.version_minor, 1);
	assert_int_equal(id.version_major, 2);
	assert_int_equal(id.errata, 3);
	assert_int_equal(id.uintn_size, 4);
	assert_int_equal(id.n_algs, 2);
	assert_int_equal(id.algs[0].id, TSMMR_HASH_SHA256);
	assert_int_equal(id.algs[0].size, 32);
	assert_int_equal(id.algs[1].id, 0x4242);
	assert_int_equal(id.algs[1].size, 17);
	assert_bytes(id.vendor_info.p, id.vendor_info.n, "abc", 3);
	assert_bytes(id.rest.p, id.rest.n, "de", 2);
	assert_false(id.zero_signature);
	free(m);
}

/* Every length of a good event but the whole one is refused, and *ret stays as it was. */
static void every_cut_is_refused(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	const char *why;
	struct spec_id id;

	put(m, "Spec ID Event03", 1);
	mk_le(m, TSMMR_HASH_SHA256, 2);
	mk_le(m, 32, 2);
	mk_le(m, 2, 1);
	mk_add(m, "ab", 2);
	for (size_t n = 0; n < m->n; n++) {
		uint8_t *copy = malloc(n ? n : 1);
		int r;

		memcpy(copy, m->bytes, n);
		memset(&id, 0x5a, sizeof(id));
		why = NULL;
		r = spec_id_parse(span_of(copy, n), &id, &why);
		assert_code(r, n < 16 ? TSMMR_E_FORMAT : TSMMR_E_MALFORMED);
		assert_int_equal(id.n_algs, 0x5a5a5a5a);
		if (r == TSMMR_E_MALFORMED)
			assert_true(why && *why);
		free(copy);
	}
	free(m);
}

static void counts_and_sizes(void **state)
{
	static const struct {
		uint32_t count;
		uint16_t algs[3][2];
		int r;
	} cases[] = {
		{ 1, { { TSMMR_HASH_SHA1, 20 } }, 0 },
		{ 1, { { 0x4242, 1 } }, 0 },
		{ 1, { { 0x4242, 0xffff } }, 0 },
		{ 0, { { 0 } }, TSMMR_E_MALFORMED },
		{ 1, { { TSMMR_HASH_SHA1, 32 } }, TSMMR_E_MALFORMED },
		{ 1, { { TSMMR_HASH_SM3_256, 48 } }, TSMMR_E_MALFORMED },
		{ 1, { { 0x4242, 0 } }, TSMMR_E_MALFORMED },
		{ 2, { { 0x4242, 1 }, { 0x4242, 2 } }, TSMMR_E_MALFORMED },
		{ 3, { { 0x4242, 1 }, { 0x4243, 1 }, { 0x4242, 1 } }, TSMMR_E_MALFORMED },
		{ UINT32_MAX, { { 0x4242, 1 } }, TSMMR_E_UNSUPPORTED },
		{ SPEC_ALGS_MAX + 1, { { 0x4242, 1 } }, TSMMR_E_UNSUPPORTED },
	};
	struct maker *m = calloc(1, sizeof(*m));

	for (size_t i = 0; i < N_OF(cases); i++) {
		const char *why = NULL;
		struct spec_id id;
		int r;

		put(m, "Spec ID Event03", cases[i].count);
		for (size_t k = 0; k < 3 && cases[i].algs[k][0]; k++) {
			mk_le(m, cases[i].algs[k][0], 2);
			mk_le(m, cases[i].algs[k][1], 2);
		}
		mk_le(m, 0, 1);
		r = spec_id_parse(of(m), &id, &why);
		if (r != cases[i].r)
			fail_msg("case %zu gives %d (%s)", i, r, why ? why : "");
	}

	/* As many as there is room for. */
	{
		const char *why = NULL;
		struct spec_id id;

		put(m, "Spec ID Event03", SPEC_ALGS_MAX);
		for (uint16_t k = 0; k < SPEC_ALGS_MAX; k++) {
			mk_le(m, 0x4000u + k, 2);
			mk_le(m, 1u + k, 2);
		}
		mk_le(m, 0, 1);
		assert_code(spec_id_parse(of(m), &id, &why), 0);
		assert_int_equal(id.n_algs, SPEC_ALGS_MAX);
		assert_int_equal(id.algs[SPEC_ALGS_MAX - 1].size, SPEC_ALGS_MAX);
	}
	free(m);
}

static void other_signatures_are_other_events(void **state)
{
	static const char *const others[] = {
		"Spec ID Event02", "Spec ID Event00", "StartupLocality",
		"SP800-155 Event", "spec id event03", "Spec ID Event0\0003",
	};
	struct maker *m = calloc(1, sizeof(*m));
	const char *why = NULL;
	struct spec_id id;

	for (size_t i = 0; i < N_OF(others); i++) {
		put(m, others[i], 1);
		mk_le(m, TSMMR_HASH_SHA256, 2);
		mk_le(m, 32, 2);
		mk_le(m, 0, 1);
		assert_code(spec_id_parse(of(m), &id, &why), TSMMR_E_FORMAT);
	}

	/* No NUL after the signature: not a Spec ID event either. */
	put(m, "Spec ID Event03X", 1);
	mk_le(m, TSMMR_HASH_SHA256, 2);
	mk_le(m, 32, 2);
	mk_le(m, 0, 1);
	assert_code(spec_id_parse(of(m), &id, &why), TSMMR_E_FORMAT);

	/* Sixteen zero bytes are, over a layout that holds. */
	put(m, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 1);
	mk_le(m, TSMMR_HASH_SHA384, 2);
	mk_le(m, 48, 2);
	mk_le(m, 0, 1);
	assert_code(spec_id_parse(of(m), &id, &why), 0);
	assert_true(id.zero_signature);
	free(m);
}

static int found(const struct maker *m)
{
	const struct format *f =
		format_probe(TSMMR_FORMAT_AUTO, CRYPTO_DEFAULT, m->bytes, m->n, true);

	return f ? f->id : TSMMR_FORMAT_AUTO;
}

/* Layout does not distinguish a CCEL from a TPM log; its numbers do. */
static void put_agile(struct maker *m, uint32_t pcr, uint32_t type, const char *text, size_t n)
{
	mk_le(m, pcr, 4);
	mk_le(m, type, 4);
	mk_le(m, 1, 4);
	mk_le(m, TSMMR_HASH_SHA256, 2);
	mk_fill(m, 0x5a, 32);
	mk_le(m, n, 4);
	mk_add(m, text, n);
}

static void put_header(struct maker *m, const char *vendor)
{
	struct maker *id = calloc(1, sizeof(*id));

	put(id, "Spec ID Event03", 1);
	mk_le(id, TSMMR_HASH_SHA256, 2);
	mk_le(id, 32, 2);
	mk_le(id, 7, 1);
	mk_add(id, vendor, 7);
	m->n = 0;
	mk_le(m, 0, 4);
	mk_le(m, EV_NO_ACTION, 4);
	mk_fill(m, 0, 20);
	mk_le(m, id->n, 4);
	mk_add(m, id->bytes, id->n);
	free(id);
}

static struct tsmmr_log *parse(const struct tsmmr_ctx *ctx, int format, const void *p, size_t n)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log = NULL;

	assert_code(parse_as(ctx, format, TSMMR_PLATFORM_TPM, NULL, p, n, &log, &err), 0);
	return log;
}

static void expect_bindings(const struct tsmmr_log *log, const char *want)
{
	size_t n = tsmmr_log_count(log), k = 0;

	for (size_t i = 0; i < n; i++) {
		const struct tsmmr_event *e = tsmmr_log_get(log, i);

		if (!tsmmr_event_is_measured(e))
			continue;
		assert_int_equal("ubm"[tsmmr_event_binding(e, NULL)], want[k++]);
	}
	assert_int_equal(want[k], 0);
}

/*
 * In a log that says in its header that coreboot made it, and there in the firmware's
 * registers only, names of regions and files are labels; all else keeps its rule, in
 * whatever form the log travels.
 */
static void only_coreboot_has_labels(void **state)
{
	static const char field[50] = "CBFS: bootblock";
	/* clang-format off */
	static const struct {
		const char *vendor, *bindings;
	} rows[] = {
		{ "\0\0\1CBT2", "uuummm" },
		{ "\0\0\1CBTL", "uuummm" },
		{ "\0\0\1cbt2", "mmmmmm" },
		{ "CBT2\0\0\0", "mmmmmm" },
	};
	/* clang-format on */
	static const int forms[] = { TSMMR_FORMAT_CEL_CBOR, TSMMR_FORMAT_CEL_JSON,
				     TSMMR_FORMAT_CEL_TLV };
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct tsmmr_log *log;

		put_header(m, rows[i].vendor);
		put_agile(m, 2, EV_ACTION, field, sizeof(field));
		put_agile(m, 0, EV_ACTION, "FMAP: FMAP", 10);
		put_agile(m, 1, EV_ACTION, "VBOOT: boot mode", 17);
		put_agile(m, 8, EV_ACTION, field, sizeof(field));
		put_agile(m, 4, EV_ACTION, "Booting", 7);
		put_agile(m, 4, EV_EFI_ACTION, field, sizeof(field));
		log = parse(ctx, TSMMR_FORMAT_TCG2, m->bytes, m->n);
		expect_bindings(log, rows[i].bindings);
		for (size_t k = 0; k < N_OF(forms); k++) {
			struct tsmmr_log *back;
			uint8_t *cel;
			size_t n;

			assert_code(tsmmr_log_export(ctx, log, forms[k], &cel, &n, NULL), 0);
			back = parse(ctx, forms[k], cel, n);
			expect_bindings(back, rows[i].bindings);
			tsmmr_log_free(back);
			tsmmr_free(cel);
		}
		tsmmr_log_free(log);
	}
	tsmmr_ctx_free(ctx);
	free(m);
}

static void numbering_tells_ccel_from_tpm(void **state)
{
	static const struct {
		uint32_t header;
		uint16_t alg, size;
		uint32_t indices[3];
		size_t n;
		int format;
	} cases[] = {
		/* OVMF: the header itself has number 1. */
		{ 1, TSMMR_HASH_SHA384, 48, { 1, 2, 3 }, 3, TSMMR_FORMAT_CCEL },
		/* TD-shim: 0, and one bank. */
		{ 0, TSMMR_HASH_SHA384, 48, { 1, 2, 3 }, 3, TSMMR_FORMAT_CCEL },
		{ 0, TSMMR_HASH_SM3_256, 32, { 1, 2, 1 }, 3, TSMMR_FORMAT_CCEL },
		/* A TPM log begins with PCR 0, and has numbers no CC register has. */
		{ 0, TSMMR_HASH_SHA384, 48, { 0, 7, 4 }, 3, TSMMR_FORMAT_TCG2 },
		{ 0, TSMMR_HASH_SHA384, 48, { 1, 7, 4 }, 3, TSMMR_FORMAT_TCG2 },
		{ 0, TSMMR_HASH_SHA256, 32, { 1, 2, 3 }, 3, TSMMR_FORMAT_TCG2 },
		{ 0, TSMMR_HASH_SHA1, 20, { 1, 2, 3 }, 3, TSMMR_FORMAT_TCG2 },
	};
	struct maker *m = calloc(1, sizeof(*m));

	for (size_t i = 0; i < N_OF(cases); i++)
		for (int padding = -1; padding < 0x100; padding += 0xff) {
			m->n = 0;
			mk_header(m, cases[i].header, cases[i].alg, cases[i].size);
			for (size_t k = 0; k < cases[i].n; k++)
				mk_event(m, cases[i].indices[k], EV_IPL, cases[i].alg,
					 cases[i].size, 1, "x", 1);
			if (padding >= 0)
				mk_fill(m, (uint8_t)(padding ? 0xff : 0), 100);
			if (found(m) != cases[i].format)
				fail_msg("case %zu, padding %d: format %d", i, padding, found(m));
		}
	free(m);
}

static void probing_takes_any_bytes(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));

	assert_null(format_probe(TSMMR_FORMAT_AUTO, CRYPTO_DEFAULT, NULL, 0, true));
	mk_header(m, 0, TSMMR_HASH_SHA256, 32);
	mk_event(m, 0, EV_IPL, TSMMR_HASH_SHA256, 32, 1, "x", 1);
	for (size_t n = 0; n < m->n; n++) {
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, m->bytes, n);
		format_probe(TSMMR_FORMAT_AUTO, CRYPTO_DEFAULT, copy, n, true);
		format_probe(TSMMR_FORMAT_AUTO, CRYPTO_DEFAULT, copy, n, false);
		free(copy);
	}
	free(m);
}

static void descriptors_are_complete(void **state)
{
	static const struct format *const readers[] = { &format_tcg2, &format_tcg1, &format_ccel };

	for (size_t i = 0; i < N_OF(readers); i++) {
		assert_non_null(readers[i]->name);
		assert_non_null(readers[i]->next);
		assert_non_null(readers[i]->probe);
		assert_ptr_equal(format_by_id(readers[i]->id), readers[i]);
	}
	assert_null(format_by_id(TSMMR_FORMAT_AUTO));
	assert_null(format_by_id(-1));
	assert_null(format_by_id(999));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_where_the_profile_says),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(counts_and_sizes),
		cmocka_unit_test(other_signatures_are_other_events),
		cmocka_unit_test(only_coreboot_has_labels),
		cmocka_unit_test(numbering_tells_ccel_from_tpm),
		cmocka_unit_test(probing_takes_any_bytes),
		cmocka_unit_test(descriptors_are_complete),
	};

	return cmocka_run_group_tests_name("tcg2", tests, NULL, NULL);
}
