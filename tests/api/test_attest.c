/* SPDX-License-Identifier: BSD-2-Clause */
/* Locking and attesting where nothing can: every refusal has its code, and leaves all as it was. */
#include "testing.h"

#include <tsmmr/tree.h>

#include "../unit/tmptree.h"

#define MEASUREMENTS "/sys/devices/virtual/misc/tdx_guest/measurements/"
#define REPORTS "/sys/kernel/config/tsm/report"

static struct tmptree tmp;
static struct tsmmr_ctx *ctx;

static int setup(void **state)
{
	tmp_new(&tmp);
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_root(ctx, tmp.root, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	tsmmr_ctx_free(ctx);
	tmp_done(&tmp);
	return 0;
}

static int attest(struct tsmmr_tree *tree, int platform, struct tsmmr_error *err)
{
	struct tsmmr_evidence *evidence = (void *)&tmp;
	struct tsmmr_attest *request;
	struct tsmmr_log *log = (void *)&tmp;
	int r;

	assert_code(tsmmr_attest_new(platform, &request, err), 0);
	assert_code(tsmmr_attest_set_nonce(request, "n", 1, err), 0);
	r = tsmmr_tree_attest(tree, request, &evidence, &log, err);
	assert_code(tsmmr_tree_attest(tree, request, &evidence, NULL, NULL), r);
	tsmmr_attest_free(request);

	/* Written only on success. */
	assert_ptr_equal(evidence, &tmp);
	assert_ptr_equal(log, &tmp);
	return r;
}

/* A machine of nothing but report trees is a machine, though it has no registers. */
static void a_machine_may_have_no_registers(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_tree *tree;

	assert_code(tsmmr_tree_open(ctx, &tree, &err), TSMMR_E_NOTFOUND);
	tmp_text(&tmp, REPORTS "/.keep", "");
	assert_code(tsmmr_tree_open(ctx, &tree, &err), 0);
	assert_code(tsmmr_tree_lock(tree, "rtmr3", &err), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_tree_append(tree, "rtmr3", "x", 1, 0, NULL, &err), TSMMR_E_NOTFOUND);
	tsmmr_tree_free(tree);
}

/* A file that keeps what is written is no register, but what was written shows. */
static void what_an_append_did(void **state)
{
	static const uint8_t sha384_of_x[] = { 0xd7, 0x52, 0xc2, 0xc5, 0x1f, 0xba, 0x0e, 0x29 };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_appended *done = NULL;
	struct tsmmr_tree *tree;
	const uint8_t *digest, *value;
	size_t n_digest = 0, n_value = 0;
	int hash = 0, settled = 7;

	tmp_fill(&tmp, MEASUREMENTS "rtmr3:sha384", 0, 48, 0644);
	assert_code(tsmmr_tree_open(ctx, &tree, &err), 0);
	assert_code(tsmmr_tree_append(tree, "rtmr3", "x", 1, 0, &done, &err), 0);
	assert_int_equal(tsmmr_appended_flags(done), TSMMR_APPENDED_SYNC);
	assert_int_equal(tsmmr_appended_bank_count(done), 1);
	assert_code(tsmmr_appended_digest(done, 0, &hash, &digest, &n_digest), 0);
	assert_int_equal(hash, TSMMR_HASH_SHA384);
	assert_int_equal(n_digest, 48);
	assert_memory_equal(digest, sha384_of_x, sizeof(sha384_of_x));
	assert_code(tsmmr_appended_value(done, 0, NULL, &value, &n_value), 0);
	assert_int_equal(n_value, 48);
	assert_code(tsmmr_appended_value(done, 0, NULL, NULL, NULL), 0);
	assert_code(tsmmr_appended_digest(done, 1, &hash, &digest, &n_digest), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_appended_digest(NULL, 0, &hash, &digest, &n_digest), TSMMR_E_ARG);
	assert_int_equal(tsmmr_appended_bank_count(NULL), 0);
	tsmmr_appended_free(done);
	tsmmr_appended_free(NULL);

	assert_code(tsmmr_tree_append(tree, "rtmr3", "x", 1, TSMMR_APPEND_ONCE, &done, &err), 0);
	assert_int_equal(tsmmr_appended_flags(done), TSMMR_APPENDED_NOTHING);
	tsmmr_appended_free(done);
	assert_code(tsmmr_tree_append(tree, "rtmr3", "y", 1, 0, NULL, &err), 0);
	assert_code(tsmmr_tree_settle(tree, "rtmr3", &settled, &err), 0);
	assert_int_equal(settled, TSMMR_SETTLED_NOTHING);
	assert_code(tsmmr_tree_settle(tree, NULL, &settled, &err), TSMMR_E_ARG);
	tsmmr_tree_free(tree);
}

/* Those before the first that fails were appended, and say so. */
static void several_are_appended_until_one_fails(void **state)
{
	static const char *const records[] = { "a", "b", "a", "# none", "c" };
	static const char *const with_null[] = { "a", NULL };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_appended *done[130], *one;
	const char *many[130];
	const uint8_t *digest, *alone;
	struct tsmmr_tree *tree;

	tmp_fill(&tmp, MEASUREMENTS "rtmr3:sha384", 0, 48, 0644);
	assert_code(tsmmr_tree_open(ctx, &tree, &err), 0);
	memset(done, 0xff, sizeof(done));
	assert_code(tsmmr_tree_append_many(tree, "rtmr3", records, 5, TSMMR_APPEND_ONCE, done,
					   &err),
		    TSMMR_E_ARG);
	assert_int_equal(err.record, 3);
	assert_null(done[3]);
	assert_null(done[4]);
	assert_int_equal(tsmmr_appended_flags(done[0]), TSMMR_APPENDED_SYNC);
	assert_int_equal(tsmmr_appended_flags(done[1]), 0);
	assert_true(tsmmr_appended_flags(done[2]) & TSMMR_APPENDED_NOTHING);
	assert_code(tsmmr_tree_append(tree, "rtmr3", "b", 1, TSMMR_APPEND_ONCE, &one, &err), 0);
	assert_true(tsmmr_appended_flags(one) & TSMMR_APPENDED_NOTHING);
	assert_code(tsmmr_appended_digest(done[1], 0, NULL, &digest, NULL), 0);
	assert_code(tsmmr_appended_digest(one, 0, NULL, &alone, NULL), 0);
	assert_memory_equal(digest, alone, 48);
	tsmmr_appended_free(one);
	for (int i = 0; i < 3; i++)
		tsmmr_appended_free(done[i]);

	/* More than one group; the record that fails is counted over all of them. */
	for (int i = 0; i < 130; i++)
		many[i] = i == 128 ? "" : "again";
	assert_code(tsmmr_tree_append_many(tree, "rtmr3", many, 130, 0, done, &err), TSMMR_E_ARG);
	assert_int_equal(err.record, 128);
	assert_non_null(done[127]);
	assert_null(done[128]);
	for (int i = 0; i < 128; i++)
		tsmmr_appended_free(done[i]);
	assert_code(tsmmr_tree_append_many(tree, "rtmr3", many, 128, 0, NULL, NULL), 0);
	assert_code(tsmmr_tree_append_many(tree, "rtmr3", NULL, 0, 0, NULL, &err), 0);

	done[0] = (void *)&err;
	assert_code(tsmmr_tree_append_many(tree, "rtmr3", NULL, 1, 0, done, &err), TSMMR_E_ARG);
	assert_null(done[0]);
	assert_code(tsmmr_tree_append_many(tree, "rtmr3", with_null, 2, 0, NULL, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_tree_append_many(tree, "rtmr3", many, 1, 2, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_tree_append_many(tree, "rtmr9", many, 1, 0, done, &err),
		    TSMMR_E_NOTFOUND);
	assert_null(done[0]);
	tsmmr_tree_free(tree);
}

static void what_cannot_be_asked(void **state)
{
	struct tsmmr_error err = ERROR_INIT, small = { .size = 4 };
	struct tsmmr_evidence *evidence;
	struct tsmmr_attest *request;
	struct tsmmr_log *log;
	struct tsmmr_tree *tree;

	tmp_fill(&tmp, MEASUREMENTS "rtmr3:sha384", 0, 48, 0644);
	assert_code(tsmmr_tree_open(ctx, &tree, &err), 0);
	assert_code(tsmmr_tree_lock(tree, "rtmr3", &err), TSMMR_E_UNSUPPORTED);
	assert_non_null(strstr(err.message, "rtmr3"));
	assert_code(tsmmr_tree_lock(tree, "rtmr9", &err), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_tree_lock(tree, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_tree_lock(NULL, "rtmr3", &err), TSMMR_E_ARG);
	assert_code(tsmmr_tree_lock(tree, "rtmr3", &small), TSMMR_E_ABI);

	assert_code(attest(tree, TSMMR_PLATFORM_TPM, &err), TSMMR_E_NOTFOUND);
	assert_code(attest(tree, TSMMR_PLATFORM_AUTO, &err), TSMMR_E_NOTFOUND);
	assert_code(attest(tree, TSMMR_PLATFORM_NITRO, &err), TSMMR_E_NOTFOUND);

	/* Nothing is asked for without a nonce. */
	assert_code(tsmmr_attest_new(TSMMR_PLATFORM_AUTO, &request, &err), 0);
	assert_code(tsmmr_tree_attest(tree, request, &evidence, &log, &err), TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "nonce"));
	assert_code(tsmmr_attest_set_nonce(request, "n", 1, &err), 0);
	assert_code(tsmmr_tree_attest(tree, request, &evidence, &log, &small), TSMMR_E_ABI);
	assert_code(tsmmr_tree_attest(tree, request, NULL, &log, &err), TSMMR_E_ARG);
	assert_code(tsmmr_tree_attest(tree, NULL, &evidence, &log, &err), TSMMR_E_ARG);
	assert_code(tsmmr_tree_attest(NULL, request, &evidence, &log, &err), TSMMR_E_ARG);
	tsmmr_attest_free(request);
	tsmmr_tree_free(tree);
}

/* What is no request is said when it is made, not when the platform has been asked. */
static void what_a_request_takes(void **state)
{
	struct tsmmr_error err = ERROR_INIT, small = { .size = 4 };
	struct tsmmr_attest *request = NULL;
	static const uint8_t bytes[1025];

	assert_code(tsmmr_attest_new(6, &request, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_new(-1, &request, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_new(0, &request, &small), TSMMR_E_ABI);
	assert_code(tsmmr_attest_new(0, NULL, &err), TSMMR_E_ARG);
	assert_null(request);
	assert_code(tsmmr_attest_new(TSMMR_PLATFORM_NITRO, &request, &err), 0);

	assert_code(tsmmr_attest_set_nonce(request, bytes, 0, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_nonce(request, bytes, 65, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_nonce(request, NULL, 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_nonce(NULL, bytes, 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_nonce(request, bytes, 1, &small), TSMMR_E_ABI);
	assert_code(tsmmr_attest_set_nonce(request, bytes, 64, &err), 0);

	assert_code(tsmmr_attest_set_bytes(request, "user-data", bytes, 512, &err), 0);
	assert_code(tsmmr_attest_set_bytes(request, "user-data", bytes, 513, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_bytes(request, "user-data", NULL, 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_bytes(request, "user-data", NULL, 0, &err), 0);
	assert_code(tsmmr_attest_set_bytes(request, "public-key", bytes, 1024, &err), 0);
	assert_code(tsmmr_attest_set_bytes(request, "public-key", bytes, 1025, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_bytes(request, "user_data", bytes, 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_bytes(request, NULL, bytes, 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_bytes(NULL, "user-data", bytes, 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_bytes(request, "user-data", bytes, 1, &small), TSMMR_E_ABI);

	assert_code(tsmmr_attest_set_u64(request, "vmpl", 3, &err), 0);
	assert_code(tsmmr_attest_set_u64(request, "vmpl", 4, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_u64(request, "vmpl", UINT64_C(1) << 32, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_u64(request, "vmpl", TSMMR_NONE, &err), 0);
	assert_code(tsmmr_attest_set_u64(request, "user-data", 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_u64(request, NULL, 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_u64(NULL, "vmpl", 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_attest_set_u64(request, "vmpl", 1, &small), TSMMR_E_ABI);
	tsmmr_attest_free(request);
	tsmmr_attest_free(NULL);
}

/* A directory is not configfs: what should be in a report is not there, and no trace is left. */
static void what_is_no_report_tree(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_tree *tree;

	tmp_text(&tmp, REPORTS "/.keep", "");
	assert_code(tsmmr_tree_open(ctx, &tree, &err), 0);
	assert_code(attest(tree, TSMMR_PLATFORM_AUTO, &err), TSMMR_E_IO);
	assert_int_equal(unlink(tmp_path(&tmp, REPORTS "/.keep")), 0);
	assert_int_equal(rmdir(tmp_path(&tmp, REPORTS)), 0);
	assert_code(attest(tree, TSMMR_PLATFORM_AUTO, &err), TSMMR_E_NOTFOUND);
	tsmmr_tree_free(tree);
}

static void a_part_is_given_back(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_evidence *evidence;
	const uint8_t *bytes, *again;
	size_t len;
	int part;

	assert_code(tsmmr_evidence_new(ctx, &evidence, &err), 0);
	assert_code(tsmmr_evidence_part(evidence, TSMMR_PART_QUOTE, &bytes, &len),
		    TSMMR_E_NOTFOUND);
	assert_code(tsmmr_evidence_add(evidence, TSMMR_PART_QUOTE, "00ff10", 6, &err), 0);
	assert_code(tsmmr_evidence_add(evidence, TSMMR_PART_QUOTE, "\x01", 1, &err), 0);
	assert_code(tsmmr_evidence_part(evidence, TSMMR_PART_QUOTE, &bytes, &len), 0);
	assert_bytes(bytes, len, "\x00\xff\x10", 3);
	assert_code(tsmmr_evidence_part(evidence, TSMMR_PART_CERTS, &bytes, &len),
		    TSMMR_E_NOTFOUND);
	assert_code(tsmmr_evidence_part_at(evidence, 0, &part, &again, &len), 0);
	assert_int_equal(part, TSMMR_PART_QUOTE);
	assert_ptr_equal(again, bytes);
	assert_code(tsmmr_evidence_part_at(evidence, 0, NULL, &again, &len), 0);
	assert_code(tsmmr_evidence_part_at(evidence, 1, &part, &again, &len), 0);
	assert_bytes(again, len, "\x01", 1);
	assert_code(tsmmr_evidence_part_at(evidence, 2, &part, &again, &len), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_evidence_part_at(NULL, 0, &part, &again, &len), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_part_at(evidence, 0, NULL, NULL, NULL), 0);
	assert_int_equal(tsmmr_evidence_part_count(evidence), 2);
	assert_int_equal(tsmmr_evidence_part_count(NULL), 0);
	assert_code(tsmmr_evidence_part(NULL, TSMMR_PART_QUOTE, &bytes, &len), TSMMR_E_ARG);
	assert_code(tsmmr_evidence_part(evidence, TSMMR_PART_QUOTE, NULL, NULL), 0);
	tsmmr_evidence_free(evidence);
}

/* Those of other platforms are taken out of what was read, and given back (sanitizers see it). */
static void a_live_report_is_of_one_platform(void **state)
{
	static const struct {
		int platform, r;
		size_t n;
	} cases[] = { { TSMMR_PLATFORM_AUTO, 0, 2 },
		      { TSMMR_PLATFORM_TDX, 0, 1 },
		      { TSMMR_PLATFORM_CCA, TSMMR_E_NOTFOUND, 0 } };

	tmp_fill(&tmp, MEASUREMENTS "rtmr3:sha384", 0, 48, 0644);
	tmp_fill(&tmp, "/sys/devices/virtual/misc/acme/measurements/one:sha256", 0, 32, 0644);
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_report *report = NULL;
		struct tsmmr_error err = ERROR_INIT;

		assert_code(tsmmr_report_new_live(ctx, cases[i].platform, NULL, &report, &err),
			    cases[i].r);
		assert_int_equal(tsmmr_report_count(report), cases[i].n);
		tsmmr_report_free(report);
	}
}

/* What a machine does not have, and can do without, is nobody's error. */
static void what_is_not_there_is_no_error(void **state)
{
	static const uint8_t digest[48] = { 1 };
	struct tsmmr_error err = ERROR_INIT, before = err;
	struct tsmmr_streams *streams;
	struct tsmmr_report *report;
	struct tsmmr_tree *tree;
	struct tsmmr_regs *regs;
	struct tsmmr_log *log;
	struct bytes ccel;

	tmp_fill(&tmp, MEASUREMENTS "rtmr3:sha384", 0, 48, 0644);
	assert_code(tsmmr_tree_open(ctx, &tree, &err), 0);
	assert_memory_equal(&err, &before, sizeof(err));
	assert_code(tsmmr_tree_extend(tree, "rtmr3", digest, sizeof(digest), &err), 0);
	assert_memory_equal(&err, &before, sizeof(err));
	assert_code(tsmmr_tree_settle(tree, "rtmr3", NULL, &err), 0);
	assert_memory_equal(&err, &before, sizeof(err));
	assert_code(tsmmr_regs_read(ctx, &regs, &err), 0);
	assert_memory_equal(&err, &before, sizeof(err));
	assert_code(tsmmr_report_new_live(ctx, TSMMR_PLATFORM_AUTO, NULL, &report, &err), 0);
	assert_memory_equal(&err, &before, sizeof(err));
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
	tsmmr_tree_free(tree);

	ccel = read_data("tdx-twin/CCEL.data");
	tmp_put(&tmp, "/sys/firmware/acpi/tables/data/CCEL", ccel.p, ccel.n, 0644);
	assert_code(tsmmr_streams_open_known(ctx, TSMMR_LOG_ALL, TSMMR_PLATFORM_AUTO, &streams,
					     &err),
		    0);
	assert_memory_equal(&err, &before, sizeof(err));
	assert_code(tsmmr_log_collect(ctx, TSMMR_PLATFORM_AUTO, &log, &err), 0);
	assert_memory_equal(&err, &before, sizeof(err));
	tsmmr_streams_free(streams);
	tsmmr_log_free(log);
	bytes_done(&ccel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_machine_may_have_no_registers, setup, teardown),
		cmocka_unit_test_setup_teardown(what_an_append_did, setup, teardown),
		cmocka_unit_test_setup_teardown(several_are_appended_until_one_fails, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_asked, setup, teardown),
		cmocka_unit_test(what_a_request_takes),
		cmocka_unit_test_setup_teardown(what_is_no_report_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(a_part_is_given_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_live_report_is_of_one_platform, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_no_error, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
