/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A new platform is one file and one row: moon.c, and the table below, which stands in for
 * platform/table.c in this program.  Nothing else of the library knows of it, and all of
 * it works.
 */
#include "moon.h"

#include "core/log.h"
#include "crypto/hash.h"
#include "live/live.h"
#include "tmptree.h"

#include "evidence.h"

const struct platform *const platforms[] = { &platform_tdx, &platform_moon, &platform_tpm };
const size_t n_platforms = N_OF(platforms);

const struct evidence_kind *const evidence_kinds[] = { &tdx_report_kind, &moon_kind };
const size_t n_evidence_kinds = N_OF(evidence_kinds);

#define MISC "/sys/devices/virtual/misc/moon_guest/measurements/"
#define LOG "/run/tsmmr/moon_guest/crater1/event_log"
#define CCEL "/sys/firmware/acpi/tables/data/CCEL"
#define SIZE 32

static const char sync_line[] =
	"SYNC sha256/0000000000000000000000000000000000000000000000000000000000000000";
static const char record[] = "the eagle has landed";

/* What the register's log replays to. */
static void replayed(uint8_t value[SIZE])
{
	const char *const lines[] = { sync_line, record };
	struct hasher h;

	memset(value, 0, SIZE);
	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA256)), 0);
	for (size_t i = 0; i < N_OF(lines); i++) {
		uint8_t digest[SIZE];

		assert_int_equal(hash_bytes(&h, lines[i], strlen(lines[i]), digest), 0);
		assert_int_equal(hash_extend(&h, value, digest, SIZE), 0);
	}
	hasher_done(&h);
}

static struct tmptree tree;
static struct tsmmr_ctx *ctx;

static int setup(void **state)
{
	char log[sizeof(sync_line) + sizeof(record) + 8];
	uint8_t value[SIZE];

	replayed(value);
	snprintf(log, sizeof(log), "%s\n\n%s\n", sync_line, record);
	tmp_new(&tree);
	tmp_fill(&tree, MISC "dust:sha256", 0x11, SIZE, 0444);
	tmp_fill(&tree, MISC "crater0:sha256", 0, SIZE, 0644);
	tmp_put(&tree, MISC "crater1:sha256", value, SIZE, 0644);
	tmp_text(&tree, LOG, log);
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_root(ctx, tree.root, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	tsmmr_ctx_free(ctx);
	tmp_done(&tree);
	return 0;
}

static void its_names(void **state)
{
	assert_ptr_equal(platform_by_id(MOON_ID), &platform_moon);
	assert_string_equal(tsmmr_name(TSMMR_NAMES_PLATFORM, MOON_ID), "moon");
	assert_ptr_equal(platform_by_provider("moon_guest"), &platform_moon);
	assert_ptr_equal(platform_by_provider("lander11"), &platform_moon);
	assert_null(platform_by_provider("lander"));
	assert_null(platform_by_provider("lander1x"));
	assert_ptr_equal(platform_by_reports("moon_guest"), &platform_moon);
	assert_ptr_equal(platform_by_claim(span_of("moon rem", 8)), &platform_moon);
	assert_ptr_equal(platform_by_claim(span_of("rem", 3)), &platform_moon);
	assert_null(platform_by_claim(span_of("moon rtmr", 9)));
	assert_true(platform_knows(span_of("crater1", 7)));
	/* What is in no table does not exist. */
	assert_null(platform_by_id(TSMMR_PLATFORM_CCA));
	assert_null(platform_by_provider("arm_cca_guest"));
}

static void its_registers(void **state)
{
	static const char *const names[] = { "crater0", "crater1", "dust" };
	const struct tree_reg *found;
	struct tsmmr_tree *machine;
	struct tsmmr_regs *regs;

	assert_code(machine_regs(ctx, &regs, NULL), 0);
	assert_int_equal(regs->n, N_OF(names));
	for (size_t i = 0; i < N_OF(names); i++) {
		assert_ptr_equal(regs->regs[i].platform, &platform_moon);
		assert_string_equal(regs->regs[i].desc->name, names[i]);
		assert_true(regs->regs[i].has_value);
	}
	tsmmr_regs_free(regs);

	assert_code(tsmmr_tree_open(ctx, &machine, NULL), 0);
	assert_code(machine_find(&machine->scan, "app-runtime", false, &found, NULL), 0);
	assert_string_equal(found->name, "crater1");
	tsmmr_tree_free(machine);
}

static void expect_verdict(struct tsmmr_log *log, const struct tsmmr_regs *regs, int verdict)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;

	struct tsmmr_policy *policy = policy_lenient(ctx);

	assert_code(tsmmr_report_new(ctx, &log, 1, regs, policy, &report, &err), 0);
	assert_code(tsmmr_report_verdict(report), verdict);
	tsmmr_report_free(report);
	tsmmr_policy_free(policy);
}

/* The log of a register, and all logs as a canonical one, which says whose it is. */
static void its_logs(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log, *again;
	struct tsmmr_regs *regs;
	uint8_t *cel;
	size_t n;

	assert_code(machine_regs(ctx, &regs, &err), 0);
	assert_code(tsmmr_log_collect(ctx, MOON_ID, &log, &err), 0);
	assert_ptr_equal(log->platform, &platform_moon);
	expect_verdict(log, regs, TSMMR_VERDICT_VERIFIED);

	for (int format = TSMMR_FORMAT_CEL_CBOR; format <= TSMMR_FORMAT_CEL_JSON; format++) {
		assert_code(tsmmr_log_export(ctx, log, format, &cel, &n, &err), 0);
		assert_code(parse_as(ctx, format, 0, NULL, cel, n, &again, &err), 0);
		assert_ptr_equal(again->platform, &platform_moon);
		expect_verdict(again, regs, TSMMR_VERDICT_VERIFIED);
		tsmmr_log_free(again);
		assert_code(parse_as(ctx, format, TSMMR_PLATFORM_TDX, NULL, cel, n, &again, &err),
			    TSMMR_E_MALFORMED);
		tsmmr_free(cel);
	}
	tsmmr_log_free(log);
	tsmmr_regs_free(regs);
}

static void its_firmware_log(void **state)
{
	struct bytes ccel = read_data("good-ccel-header-1.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_streams *all;

	tmp_put(&tree, CCEL, ccel.p, ccel.n, 0644);
	assert_code(tsmmr_streams_open_known(ctx, TSMMR_LOG_CCEL, MOON_ID, &all, &err), 0);
	assert_int_equal(tsmmr_streams_count(all), 1);
	assert_ptr_equal(tsmmr_streams_get(all, 0)->platform, &platform_moon);
	tsmmr_streams_free(all);

	/* With the register's own. */
	assert_code(tsmmr_streams_open_known(ctx, TSMMR_LOG_ALL, MOON_ID, &all, &err), 0);
	assert_int_equal(tsmmr_streams_count(all), 2);
	tsmmr_streams_free(all);
	assert_code(tsmmr_streams_open_known(ctx, TSMMR_LOG_TPM, MOON_ID, &all, &err), TSMMR_E_ARG);
	bytes_done(&ccel);
}

static void its_evidence(void **state)
{
	uint8_t rock[4 + 3 * SIZE] = "MOON";
	struct scene scene = { .n = 1 };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;
	struct tsmmr_log *log;

	replayed(rock + 4 + 2 * SIZE);
	scene.parts[0].b = (struct bytes){ rock, sizeof(rock) };
	regs = scene_ok(&scene);
	assert_string_equal(regs->evidence[0].kind, "moon-rock");
	assert_code(tsmmr_log_collect(ctx, MOON_ID, &log, &err), 0);
	expect_verdict(log, regs, TSMMR_VERDICT_VERIFIED);
	tsmmr_regs_free(regs);

	rock[sizeof(rock) - 1] ^= 1;
	regs = scene_ok(&scene);
	expect_verdict(log, regs, TSMMR_VERDICT_MISMATCH);
	tsmmr_regs_free(regs);
	tsmmr_log_free(log);

	scene.parts[0].b.n--;
	scene_refused(&scene, TSMMR_E_TRUNCATED, "moon");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_names),        cmocka_unit_test(its_registers),
		cmocka_unit_test(its_logs),         cmocka_unit_test(its_evidence),
		cmocka_unit_test(its_firmware_log),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
