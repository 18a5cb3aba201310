/* SPDX-License-Identifier: BSD-2-Clause */
/* live/machine.c: what a tree's files are, for our tables and beyond them. */
#include "crypto/hash.h"
#include "live/live.h"
#include "tmptree.h"
#include "util/json_in.h"
#include "platform/platforms.h"

#define MISC "/sys/devices/virtual/misc/"

static struct tsmmr_regs *regs_at(const char *root)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_root(ctx, root, NULL), 0);
	if (machine_regs(ctx, &regs, &err) < 0)
		fail_msg("%s: %s", root, err.message);
	tsmmr_ctx_free(ctx);
	return regs;
}

static struct tsmmr_regs *regs_of(const char *fixture)
{
	char root[PATH_MAX];

	snprintf(root, sizeof(root), "%s/sysfs/%s", TEST_DATA, fixture);
	return regs_at(root);
}

/* What a register is to be.  n is its size, value its first byte or -1 for none. */
struct want {
	const char *name, *role;
	int alg, kind;
	uint32_t n;
	int value;
};

static void expect_regs(const struct tsmmr_regs *regs, const char *platform, const char *provider,
			const struct want *want, size_t n)
{
	assert_int_equal(regs->n, n);
	for (size_t i = 0; i < n; i++) {
		const struct tsmmr_reg *reg = &regs->regs[i];

		assert_string_equal(reg->desc->name, want[i].name);
		assert_string_equal(reg->platform->name, platform);
		assert_string_equal(reg->provider, provider);
		if (want[i].role)
			assert_string_equal(reg->desc->role, want[i].role);
		else
			assert_null(reg->desc->role);
		assert_int_equal(reg->alg, want[i].alg);
		assert_int_equal(reg->desc->kind, want[i].kind);
		assert_int_equal(reg->size, want[i].n);
		assert_int_equal(reg->trust, TSMMR_TRUST_GIVEN);
		assert_int_equal(reg->has_value ? reg->value[0] : -1, want[i].value);
	}
}

/* It parses, and has as many registers. */
static void expect_json(const struct tsmmr_regs *regs)
{
	_cleanup_(json_in_free) struct json_object *o = NULL;
	struct tsmmr_error err = ERROR_INIT;
	struct json_object *array, *item;
	uint8_t *json;
	size_t n;

	assert_code(tsmmr_regs_export_json(regs, NULL, &json, &n, &err), 0);
	assert_code(json_in_object(span_of(json, n), JSON_IN_BYTES, &o, &err), 0);
	assert_int_equal(json_in_array(o, "registers", &array, &err), 1);
	assert_int_equal(json_in_item(array, regs->n - 1, &item, &err), 1);
	assert_int_equal(json_in_item(array, regs->n, &item, &err), 0);
	tsmmr_free(json);
}

static void tdx(void **state)
{
	static const struct want want[] = {
		{ "mrconfigid", "host-config", 0, TSMMR_KIND_CONFIG, 48, 0x15 },
		{ "mrowner", "host-config", 0, TSMMR_KIND_CONFIG, 48, 0x16 },
		{ "mrownerconfig", "host-config", 0, TSMMR_KIND_CONFIG, 48, 0x17 },
		{ "mrtd", "initial-vm-state", TSMMR_HASH_SHA384, TSMMR_KIND_LAUNCH, 48, 0x14 },
		{ "rtmr0", "firmware-config", TSMMR_HASH_SHA384, TSMMR_KIND_RUNTIME, 48, 0x68 },
		{ "rtmr1", "boot", TSMMR_HASH_SHA384, TSMMR_KIND_RUNTIME, 48, 0x41 },
		{ "rtmr2", "os-runtime", TSMMR_HASH_SHA384, TSMMR_KIND_RUNTIME, 48, 0xb1 },
		{ "rtmr3", "app-runtime", TSMMR_HASH_SHA384, TSMMR_KIND_RUNTIME, 48, 0x00 },
	};
	struct tsmmr_regs *regs = regs_of("tdx-6.16");

	expect_regs(regs, "tdx", "tdx_guest", want, N_OF(want));
	assert_ptr_equal(regs->regs[4].platform, &platform_tdx);
	assert_int_equal(regs->regs[4].desc->index, 1);
	assert_string_equal(regs->source, TEST_DATA "/sysfs/tdx-6.16/sys");
	/* Whatever the mode of a file from git. */
	assert_int_equal(regs->regs[3].flags & ~(uint32_t)TSMMR_REG_READABLE, 0);
	expect_json(regs);
	tsmmr_regs_free(regs);
}

static void cca(void **state)
{
	static const struct want want[] = {
		{ "rem0", "firmware-config", TSMMR_HASH_SHA256, TSMMR_KIND_RUNTIME, 32, 0x88 },
		{ "rem1", "boot", TSMMR_HASH_SHA256, TSMMR_KIND_RUNTIME, 32, 0 },
		{ "rem2", "os-runtime", TSMMR_HASH_SHA256, TSMMR_KIND_RUNTIME, 32, 0 },
		{ "rem3", "app-runtime", TSMMR_HASH_SHA256, TSMMR_KIND_RUNTIME, 32, 0 },
		{ "rim", "initial-vm-state", TSMMR_HASH_SHA256, TSMMR_KIND_LAUNCH, 32, 0x14 },
	};
	struct tsmmr_regs *regs = regs_of("cca");

	expect_regs(regs, "cca", "arm_cca_guest", want, N_OF(want));
	assert_int_equal(regs->regs[3].desc->index, 4);
	assert_int_equal(regs->regs[4].desc->index, 0);
	expect_json(regs);
	tsmmr_regs_free(regs);
}

/* The modes are set here: what a register is depends on them. */
static void odd(void **state)
{
	static const struct want want[] = {
		{ "agile", NULL, TSMMR_HASH_SHA1, TSMMR_KIND_RUNTIME, 20, 1 },
		{ "agile", NULL, TSMMR_HASH_SHA256, TSMMR_KIND_RUNTIME, 32, 2 },
		{ "bare", NULL, 0, TSMMR_KIND_CONFIG, 32, 3 },
		{ "bare_rw", NULL, 0, TSMMR_KIND_RUNTIME, 32, 4 },
		{ "blind", NULL, TSMMR_HASH_SHA384, TSMMR_KIND_RUNTIME, 48, -1 },
		{ "foreign:md5", NULL, 0, TSMMR_KIND_LAUNCH, 16, 6 },
		{ "foreign:rmd160", NULL, 0, TSMMR_KIND_LAUNCH, 20, 7 },
		{ "sha3", NULL, TSMMR_HASH_SHA3_256, TSMMR_KIND_LAUNCH, 32, 8 },
		{ "short:sha256", NULL, 0, TSMMR_KIND_LAUNCH, 20, 9 },
		{ "wide", NULL, 0, TSMMR_KIND_CONFIG, 100, -1 },
		{ "with-dash.dot", NULL, TSMMR_HASH_SM3_256, TSMMR_KIND_LAUNCH, 32, 11 },
	};
	/* clang-format off */
	static const struct {
		const char *file;
		mode_t mode;
	} files[] = {
		{ "agile:sha1", 0644 },	  { "agile:sha256", 0644 },   { "bare", 0444 },
		{ "bare_rw", 0644 },	  { "blind:sha384", 0200 },   { "foreign:md5", 0444 },
		{ "foreign:rmd160", 0444 }, { "sha3:sha3-256", 0444 }, { "short:sha256", 0444 },
		{ "wide", 0444 },	  { "with-dash.dot:sm3", 0444 },
	};
	/* clang-format on */
	struct tsmmr_regs *regs, *copy, *again;
	struct tmptree t;

	tmp_new(&t);
	for (size_t i = 0; i < N_OF(files); i++) {
		char path[128];

		snprintf(path, sizeof(path), MISC "odd_guest/measurements/%s", files[i].file);
		tmp_fill(&t, path, (uint8_t)(i + 1), want[i].n, files[i].mode);
	}
	regs = regs_at(t.root);
	again = regs_at(t.root);
	tmp_done(&t);
	expect_regs(regs, "odd_guest", "odd_guest", want, N_OF(want));
	assert_int_equal(regs->regs[4].flags, TSMMR_REG_EXTENSIBLE | TSMMR_REG_WRITABLE_NOW);
	assert_int_equal(regs->regs[0].flags,
			 TSMMR_REG_EXTENSIBLE | TSMMR_REG_WRITABLE_NOW | TSMMR_REG_READABLE);
	assert_int_equal(regs->regs[2].flags, TSMMR_REG_READABLE);
	expect_json(regs);

	/* A register of no table is itself in another reading, and outlives its set in a copy. */
	for (size_t i = 0; i < regs->n; i++) {
		const struct tsmmr_reg *reg = &regs->regs[i];

		assert_ptr_equal(regs_find(again, reg->platform, reg->desc, reg->alg),
				 &again->regs[i]);
	}
	assert_code(regs_copy(regs, 2, &copy), 0);
	assert_ptr_not_equal(copy->source, regs->source);
	assert_ptr_not_equal(copy->regs[0].provider, regs->regs[0].provider);
	tsmmr_regs_free(regs);
	expect_regs(copy, "odd_guest", "odd_guest", want, N_OF(want));
	expect_json(copy);
	tsmmr_regs_free(copy);
	tsmmr_regs_free(again);
}

static void the_fixture_of_odd_ones(void **state)
{
	struct tsmmr_regs *regs = regs_of("odd");

	assert_int_equal(regs->n, 12);
	expect_json(regs);
	assert_int_equal(tsmmr_reg_platform(&regs->regs[0]), TSMMR_PLATFORM_AUTO);
	assert_int_equal(tsmmr_reg_space(&regs->regs[0]), TSMMR_SPACE_NONE);
	tsmmr_regs_free(regs);
}

static void rfc(void **state)
{
	struct tsmmr_regs *regs = regs_of("rfc");

	assert_int_equal(regs->n, 7);
	/* Longer than any register we know: listed, without a value. */
	assert_string_equal(regs->regs[1].desc->name, "full_report");
	assert_int_equal(regs->regs[1].size, 512);
	assert_false(regs->regs[1].has_value);
	assert_int_equal(regs->regs[3].alg, TSMMR_HASH_SHA256);
	assert_int_equal(regs->regs[4].alg, TSMMR_HASH_SHA384);
	assert_int_equal(regs->regs[4].value[0], 0x7c);
	assert_int_equal(regs->regs[5].desc->kind, TSMMR_KIND_CONFIG);
	expect_json(regs);
	tsmmr_regs_free(regs);
}

static void tpm(void **state)
{
	struct tsmmr_regs *regs = regs_of("tpm");

	assert_int_equal(regs->n, 48);
	for (size_t i = 0; i < regs->n; i++) {
		const struct tsmmr_reg *reg = &regs->regs[i];
		bool drtm = i / 2 >= 17 && i / 2 <= 22;
		bool resettable = i / 2 == 16 || i / 2 == 23;

		assert_ptr_equal(reg->platform, &platform_tpm);
		assert_int_equal(reg->desc->index, i / 2);
		assert_int_equal(reg->alg, i % 2 ? TSMMR_HASH_SHA256 : TSMMR_HASH_SHA1);
		assert_int_equal(reg->size, i % 2 ? 32 : 20);
		assert_true(reg->has_value);
		assert_int_equal(reg->flags, TSMMR_REG_READABLE |
						     (drtm ? 0 : TSMMR_REG_EXTENSIBLE) |
						     (resettable ? TSMMR_REG_RESETTABLE : 0));
	}
	expect_json(regs);
	tsmmr_regs_free(regs);
}

static void rtmrs(void **state)
{
	struct tsmmr_regs *regs = regs_of("rtmrs");

	assert_int_equal(regs->n, 2);
	assert_ptr_equal(regs->regs[1].platform, &platform_tdx);
	assert_string_equal(regs->regs[1].desc->role, "app-runtime");
	assert_int_equal(regs->regs[1].value[0], 0x33);
	tsmmr_regs_free(regs);
}

/* The whole guest: its log explains its registers. */
static void a_guest_is_verified(void **state)
{
	struct tsmmr_regs *regs = regs_of("tdx-6.16");
	struct bytes ccel = read_data("sysfs/tdx-6.16/sys/firmware/acpi/tables/data/CCEL");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_stream *stream;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(open_mem_as(ctx, TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, NULL, ccel.p, ccel.n,
				&stream, &err),
		    0);
	assert_code(tsmmr_report_new_stream(ctx, &stream, 1, regs, NULL, &report, &err), 0);
	tsmmr_regs_free(regs);
	assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
	tsmmr_report_free(report);
	tsmmr_stream_free(stream);
	tsmmr_ctx_free(ctx);
	bytes_done(&ccel);
}

static void nothing_here(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_root(ctx, TEST_DATA "/sysfs/none", NULL), 0);
	assert_code(machine_regs(ctx, &regs, &err), TSMMR_E_NOTFOUND);
	tsmmr_ctx_free(ctx);
}

/* A register of a known provider that the table does not describe is not taken for it. */
static void not_as_the_table_says(void **state)
{
	/* clang-format off */
	static const struct {
		const char *provider, *name, *hash;
		size_t size;
		const struct platform *platform;	/* NULL: made up */
		const char *called;
		int alg;
	} cases[] = {
		{ "tdx_guest", "rtmr0", "sha384", 48, &platform_tdx, "rtmr0", TSMMR_HASH_SHA384 },
		{ "tdx_guest", "rtmr0", NULL, 0, &platform_tdx, "rtmr0", TSMMR_HASH_SHA384 },
		{ "tdx_guest", "rtmr0", "sha512", 64, NULL, "rtmr0", TSMMR_HASH_SHA512 },
		{ "tdx_guest", "rtmr0", "sha384", 32, NULL, "rtmr0:sha384", 0 },
		{ "tdx_guest", "rtmr4", "sha384", 48, NULL, "rtmr4", TSMMR_HASH_SHA384 },
		{ "tdx_guest", "mrowner", NULL, 48, &platform_tdx, "mrowner", 0 },
		{ "tdx_guest", "mrowner", "sha384", 48, NULL, "mrowner", TSMMR_HASH_SHA384 },
		{ "arm_cca_guest", "rem1", "sha512", 64, &platform_cca, "rem1", TSMMR_HASH_SHA512 },
		{ "arm_cca_guest", "rem1", "sha512", 32, NULL, "rem1:sha512", 0 },
		{ "arm_cca_guest", "rem1", "md5", 16, NULL, "rem1:md5", 0 },
		{ "tpm3", "pcr23", "sm3", 32, &platform_tpm, "pcr23", TSMMR_HASH_SM3_256 },
		{ "tpm3", "pcr24", "sha256", 32, NULL, "pcr24", TSMMR_HASH_SHA256 },
		{ "tpmx", "pcr2", "sha256", 32, NULL, "pcr2", TSMMR_HASH_SHA256 },
		{ "tpm", "pcr2", "sha256", 32, NULL, "pcr2", TSMMR_HASH_SHA256 },
		{ "sample", "rtmr0", "sha256", 0, NULL, "rtmr0", TSMMR_HASH_SHA256 },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++) {
		char provider[32], name[32], hash[32];
		struct tree_reg reg = { .provider = provider, .name = name, .size = cases[i].size };
		const struct platform *platform;
		const struct reg_desc *desc;
		uint16_t alg;

		snprintf(provider, sizeof(provider), "%s", cases[i].provider);
		snprintf(name, sizeof(name), "%s", cases[i].name);
		snprintf(hash, sizeof(hash), "%s", cases[i].hash ? cases[i].hash : "");
		reg.hash = cases[i].hash ? hash : NULL;
		assert_code(machine_describe(&reg, &platform, &desc, &alg, NULL), 0);
		if (cases[i].platform) {
			assert_ptr_equal(platform, cases[i].platform);
		} else {
			assert_int_equal(platform->id, TSMMR_PLATFORM_AUTO);
			assert_string_equal(platform->name, cases[i].provider);
		}
		assert_string_equal(desc->name, cases[i].called);
		assert_int_equal(alg, cases[i].alg);
		platform_unref(platform);
	}
}

#define OWNER "/sys/kernel/tsm/example/owner/"
#define OWNER_POLICY "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

/* A register that cannot be extended, with a log: what it is the hash of. */
static void manifests(void **state)
{
	static const char text[] = "a line of the owner's\n"
				   "kernel.org/tsm/static_mr mr_policy sha256/" OWNER_POLICY "\n";
	struct hasher h = { 0 };
	struct tsmmr_regs *regs;
	uint8_t value[32];
	struct tmptree t;

	assert_code(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA256)), 0);
	assert_code(hash_bytes(&h, text, sizeof(text) - 1, value), 0);
	hasher_done(&h);
	tmp_new(&t);
	tmp_text(&t, OWNER "event_log", text);
	tmp_text(&t, OWNER "hash_algo", "sha256\n");
	tmp_put(&t, OWNER "digest", value, sizeof(value), 0444);
	regs = regs_at(t.root);
	assert_int_equal(regs->n, 2);
	assert_string_equal(regs->regs[1].desc->name, "owner/mr_policy");
	assert_int_equal(regs->regs[1].trust, regs->regs[0].trust);
	regs_free(regs);

	/* Another's text names nothing, and is told of. */
	tmp_fill(&t, OWNER "digest", 7, 32, 0444);
	regs = regs_at(t.root);
	assert_int_equal(regs->n, 1);
	assert_int_equal(regs->findings.n, 1);
	assert_int_equal(regs->findings.all[0].id, F_MANIFEST_REFUSED);
	regs_free(regs);

	/* What can be extended has a log, and no manifest. */
	tmp_fill(&t, OWNER "digest", 7, 32, 0644);
	regs = regs_at(t.root);
	assert_int_equal(regs->n, 1);
	assert_int_equal(regs->findings.n, 0);
	regs_free(regs);
	tmp_done(&t);
}

/* Two providers with the same names, and a TPM. */
static void crowded(struct tmptree *t)
{
	tmp_new(t);
	tmp_fill(t, MISC "tdx_guest/measurements/rtmr0:sha384", 1, 48, 0644);
	tmp_fill(t, MISC "tdx_guest/measurements/rtmr3:sha384", 1, 48, 0644);
	tmp_fill(t, MISC "tdx_guest/measurements/mrtd:sha384", 1, 48, 0444);
	tmp_fill(t, MISC "sample/measurements/rtmr0:sha256", 1, 32, 0644);
	tmp_fill(t, MISC "sample/measurements/agile:sha256", 1, 32, 0644);
	tmp_fill(t, MISC "sample/measurements/agile:sm3", 1, 32, 0644);
	tmp_fill(t, MISC "sample/measurements/agile:md5", 1, 16, 0644);
	tmp_text(t, "/sys/class/tpm/tpm0/pcr-sha256/0", "00");
	tmp_text(t, "/sys/class/tpm/tpm0/pcr-sha256/16", "00");
	tmp_text(t, "/sys/class/tpm/tpm0/pcr-sha1/16", "00");
}

static void finds(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		int code;
		const char *what;	/* provider/name:hash, or in the message */
	} cases[] = {
		{ "rtmr3", 0, "tdx_guest/rtmr3:sha384" },
		{ "rtmr3:sha384", 0, "tdx_guest/rtmr3:sha384" },
		{ "tdx_guest/rtmr0", 0, "tdx_guest/rtmr0:sha384" },
		{ "rtmr0:sha256", 0, "sample/rtmr0:sha256" },
		{ "app-runtime", 0, "tdx_guest/rtmr3:sha384" },
		{ "tpm0/app-runtime:sha1", 0, "tpm0/pcr16:sha1" },
		{ "tdx_guest/app-runtime:sha384", 0, "tdx_guest/rtmr3:sha384" },
		{ "agile:sm3", 0, "sample/agile:sm3" },
		{ "agile:sm3_256", 0, "sample/agile:sm3" },
		{ "agile:md5", 0, "sample/agile:md5" },
		{ "pcr0", 0, "tpm0/pcr0:sha256" },
		{ "initial-vm-state", TSMMR_E_ARG, "tdx_guest/mrtd:sha384, tpm0/pcr0:sha256" },
		{ "rtmr0", TSMMR_E_ARG, "sample/rtmr0:sha256, tdx_guest/rtmr0:sha384" },
		{ "pcr16", TSMMR_E_ARG, "tpm0/pcr16:sha1, tpm0/pcr16:sha256" },
		{ "tpm0/app-runtime", TSMMR_E_ARG, "tpm0/pcr16:sha1, tpm0/pcr16:sha256" },
		{ "agile", TSMMR_E_ARG, "sample/agile:md5, sample/agile:sha256, sample/agile:sm3" },
		{ "rtmr1", TSMMR_E_NOTFOUND, "rtmr1" },
		{ "rtmr3:sha256", TSMMR_E_NOTFOUND, "rtmr3" },
		{ "sample/rtmr3", TSMMR_E_NOTFOUND, "rtmr3" },
		{ "nobody/rtmr0", TSMMR_E_NOTFOUND, "rtmr0" },
		{ "", TSMMR_E_NOTFOUND, "''" },
		{ ":", TSMMR_E_NOTFOUND, "':'" },
		{ "/", TSMMR_E_NOTFOUND, "'/'" },
		{ "tdx_guest/", TSMMR_E_NOTFOUND, "tdx_guest" },
		{ ":sha384", TSMMR_E_NOTFOUND, "sha384" },
	};
	/* clang-format on */
	struct tree_scan scan;
	struct tmptree t;

	crowded(&t);
	assert_code(tree_scan(t.root, &scan, NULL), 0);
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_error err = ERROR_INIT;
		const struct tree_reg *reg;
		char name[128];
		int r = machine_find(&scan, cases[i].text, false, &reg, &err);

		if (r != cases[i].code)
			fail_msg("%s: %d %s", cases[i].text, r, err.message);
		if (r == 0) {
			snprintf(name, sizeof(name), "%s/%s:%s", reg->provider, reg->name,
				 reg->hash);
			assert_string_equal(name, cases[i].what);
		} else if (!strstr(err.message, cases[i].what)) {
			fail_msg("%s: \"%s\" has no \"%s\"", cases[i].text, err.message,
				 cases[i].what);
		}
	}
	tree_scan_done(&scan);
	tmp_done(&t);
}

/* Without tpm2-tss, which the unit tests are linked without. */
static void a_tpm_out_of_reach(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	char tcti[] = "swtpm";
	const struct tsmmr_ctx ctx = { .root = (char[]){ TEST_DATA "/sysfs/tpm" }, .tcti = tcti };
	struct tree_scan scan = { 0 };

	assert_code(machine_scan(&ctx, &scan, &err), TSMMR_E_UNSUPPORTED);
	assert_non_null(strstr(err.message, "built without tpm2-tss"));
}

/* A record extends all banks of a PCR: a bare name is one register then, and a bank is not. */
static void banks_of_one_pcr(void **state)
{
	const struct tsmmr_ctx ctx = { .root = (char[]){ TEST_DATA "/sysfs/tpm" } };
	struct tree_scan scan = { 0 };
	const struct tree_reg *reg;

	assert_code(machine_scan(&ctx, &scan, NULL), 0);
	assert_code(machine_find(&scan, "pcr16", false, &reg, NULL), TSMMR_E_ARG);
	assert_code(machine_find(&scan, "pcr16", true, &reg, NULL), 0);
	assert_string_equal(reg->hash, "sha256");
	assert_false(reg->follows);
	assert_false(reg->extensible); /* there is no device */
	assert_code(machine_find(&scan, "pcr16:sha1", true, &reg, NULL), 0);
	assert_true(reg->follows);
	tree_scan_done(&scan);
}

/* In a kernel's tree those that can be extended: the longest keeps the log. */
static void banks_of_one_register(void **state)
{
	struct tsmmr_ctx ctx = { 0 };
	struct tree_scan scan = { 0 };
	const struct tree_reg *reg;
	struct tmptree t;

	tmp_new(&t);
	tmp_fill(&t, MISC "sample/measurements/agile:sha256", 1, 32, 0644);
	tmp_fill(&t, MISC "sample/measurements/agile:sha1", 1, 20, 0644);
	tmp_fill(&t, MISC "sample/measurements/agile:md5", 1, 16, 0444);
	tmp_fill(&t, MISC "sample/measurements/single:sha384", 1, 48, 0644);
	ctx.root = t.root;
	assert_code(machine_scan(&ctx, &scan, NULL), 0);
	assert_code(machine_find(&scan, "agile", false, &reg, NULL), TSMMR_E_ARG);
	assert_code(machine_find(&scan, "agile:md5", true, &reg, NULL), 0);
	assert_false(reg->follows || reg->leads);
	assert_code(machine_find(&scan, "agile:sha256", true, &reg, NULL), 0);
	assert_string_equal(reg->hash, "sha256");
	assert_true(reg->leads && !reg->follows);
	assert_code(machine_find(&scan, "agile:sha1", true, &reg, NULL), 0);
	assert_true(reg->follows && !reg->leads);
	assert_code(machine_find(&scan, "single", true, &reg, NULL), 0);
	assert_false(reg->follows || reg->leads);
	tree_scan_done(&scan);
	tmp_done(&t);
}

static void two_machines_in_one(void **state)
{
	struct tsmmr_regs *regs;
	struct tmptree t;

	crowded(&t);
	regs = regs_at(t.root);
	assert_int_equal(regs->n, 10);
	expect_json(regs);
	/* The same name elsewhere is another register. */
	assert_ptr_equal(regs_find(regs, &platform_tdx, &platform_tdx.regs[1], 0)->platform,
			 &platform_tdx);
	assert_string_equal(regs->regs[3].provider, "sample");
	assert_string_equal(regs->regs[3].desc->name, "rtmr0");
	assert_ptr_equal(regs_find(regs, regs->regs[3].platform, regs->regs[3].desc, 0),
			 &regs->regs[3]);
	tsmmr_regs_free(regs);
	tmp_done(&t);
}

/* No CCEL to read, though the firmware left one: the message says where it is. */
static void a_log_out_of_reach_is_named(void **state)
{
	static const struct {
		const char *path, *text, *word;
		int code;
	} cases[] = {
		{ "/sys/firmware/acpi/tables/CCEL", "CCEL", "ACPI table", TSMMR_E_UNSUPPORTED },
		{ "/sys/firmware/devicetree/base/log/compatible",
		  "confidential-computing-event-log", "devicetree", TSMMR_E_UNSUPPORTED },
		{ "/sys/firmware/devicetree/base/log/compatible", "some-other-log", "no CCEL",
		  TSMMR_E_NOTFOUND },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_streams *streams;
		struct tsmmr_ctx *ctx;
		struct tmptree t;

		tmp_new(&t);
		tmp_put(&t, cases[i].path, cases[i].text, strlen(cases[i].text) + 1, 0644);
		assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
		assert_code(tsmmr_ctx_set_root(ctx, t.root, NULL), 0);
		assert_code(tsmmr_streams_open_known(ctx, TSMMR_LOG_CCEL, 0, &streams, &err),
			    cases[i].code);
		assert_non_null(strstr(err.message, cases[i].word));
		tsmmr_ctx_free(ctx);
		tmp_done(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_out_of_reach_is_named),
		cmocka_unit_test(tdx),
		cmocka_unit_test(cca),
		cmocka_unit_test(odd),
		cmocka_unit_test(the_fixture_of_odd_ones),
		cmocka_unit_test(rfc),
		cmocka_unit_test(tpm),
		cmocka_unit_test(rtmrs),
		cmocka_unit_test(a_guest_is_verified),
		cmocka_unit_test(nothing_here),
		cmocka_unit_test(not_as_the_table_says),
		cmocka_unit_test(manifests),
		cmocka_unit_test(finds),
		cmocka_unit_test(a_tpm_out_of_reach),
		cmocka_unit_test(banks_of_one_pcr),
		cmocka_unit_test(banks_of_one_register),
		cmocka_unit_test(two_machines_in_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
