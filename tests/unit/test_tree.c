/* SPDX-License-Identifier: BSD-2-Clause */
/* sys/tree.c: which registers a tree has, reading them, extending them. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "crypto/hash.h"
#include "sys/tree.h"
#include "tmptree.h"

#define MISC "/sys/devices/virtual/misc/"
#define TDX MISC "tdx_guest/measurements/"

/* What the next calls on a register's file are to do, and how many there were. */
static struct {
	int write_errno, read_errno;
	int n_read_errors;
	size_t n_writes, n_reads;
	const uint8_t *instead; /* written in place of what the caller gave */
	bool lose;              /* says yes, does nothing */
} hook;

/* The library's, for it is linked into this program. */
ssize_t write(int fd, const void *p, size_t n)
{
	hook.n_writes++;
	if (hook.write_errno) {
		errno = hook.write_errno;
		return -1;
	}
	if (hook.lose)
		return (ssize_t)n;
	return syscall(SYS_write, fd, hook.instead ? hook.instead : p, n);
}

ssize_t read(int fd, void *p, size_t n)
{
	hook.n_reads++;
	if (hook.n_read_errors) {
		hook.n_read_errors--;
		errno = hook.read_errno;
		return -1;
	}
	return syscall(SYS_read, fd, p, n);
}

/*
 * "PROVIDER/NAME:HASH SIZE" of each, by comma, and for files whose modes are ours " FLAGS":
 * of r, x, w(ritable now).
 */
static const char *listed(const struct tree_scan *scan, bool flags)
{
	static char text[65536];
	size_t n = 0;

	text[0] = 0;
	for (size_t i = 0; i < scan->n; i++) {
		const struct tree_reg *r = &scan->regs[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s/%s%s%s %zu", i ? "," : "",
				      r->provider, r->name, r->hash ? ":" : "",
				      r->hash ? r->hash : "", r->size);
		if (flags)
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s%s%s",
					      r->readable ? "r" : "", r->extensible ? "x" : "",
					      r->writable_now ? "w" : "");
		assert_true(n < sizeof(text));
		assert_true(!r->readable == !r->value_path);
		assert_true(r->extensible == (r->write_path || r->append_path));
	}
	return text;
}

static void expect_scan(const char *root, bool flags, const char *want)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tree_scan scan;

	assert_code(tree_scan(root, &scan, &err), 0);
	assert_string_equal(listed(&scan, flags), want);
	tree_scan_done(&scan);
}

static void expect_list(const struct tmptree *t, const char *want)
{
	expect_scan(t->root, true, want);
}

/* Git keeps no modes. */
static void expect_fixture(const char *name, const char *want)
{
	char root[PATH_MAX];

	snprintf(root, sizeof(root), "%s/sysfs/%s", TEST_DATA, name);
	expect_scan(root, false, want);
}

static void expect_failure(const struct tmptree *t, int code, const char *message)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tree_scan scan;

	assert_code(tree_scan(t->root, &scan, &err), code);
	if (!strstr(err.message, message))
		fail_msg("\"%s\" has no \"%s\"", err.message, message);
}

/* The register of this name, which is to be there. */
static const struct tree_reg *get(const struct tree_scan *scan, const char *name, const char *hash)
{
	for (size_t i = 0; i < scan->n; i++)
		if (!strcmp(scan->regs[i].name, name) &&
		    (!hash || (scan->regs[i].hash && !strcmp(scan->regs[i].hash, hash))))
			return &scan->regs[i];
	fail_msg("no %s", name);
	return NULL;
}

static void every_layout(void **state)
{
	expect_fixture("tdx-6.16",
		       "tdx_guest/mrconfigid 48,tdx_guest/mrowner 48,tdx_guest/mrownerconfig 48,"
		       "tdx_guest/mrtd:sha384 48,tdx_guest/rtmr0:sha384 48,"
		       "tdx_guest/rtmr1:sha384 48,tdx_guest/rtmr2:sha384 48,"
		       "tdx_guest/rtmr3:sha384 48");
	expect_fixture("tdx-mr",
		       "tdx_guest/mrconfigid 48,tdx_guest/mrowner 48,tdx_guest/mrownerconfig 48,"
		       "tdx_guest/mrtd:sha384 48,tdx_guest/rtmr0:sha384 48,"
		       "tdx_guest/rtmr1:sha384 48,tdx_guest/rtmr2:sha384 48,"
		       "tdx_guest/rtmr3:sha384 48");
	expect_fixture("tdx-banks", "example/agile:sha256 32,example/agile:sha384 48,"
				    "tdx/mrconfigid 48,tdx/mrowner 48,tdx/mrownerconfig 48,"
				    "tdx/mrtd:sha384 48,tdx/rtmr0:sha384 48,tdx/rtmr1:sha384 48,"
				    "tdx/rtmr2:sha384 48,tdx/rtmr3:sha384 48");
	expect_fixture("cca", "arm_cca_guest/rem0:sha256 32,arm_cca_guest/rem1:sha256 32,"
			      "arm_cca_guest/rem2:sha256 32,arm_cca_guest/rem3:sha256 32,"
			      "arm_cca_guest/rim:sha256 32");
	expect_fixture("odd",
		       "odd_guest/agile:sha1 20,odd_guest/agile:sha256 32,"
		       "odd_guest/agile:sha384 48,odd_guest/agile:sha512 64,"
		       "odd_guest/bare_rw 32,odd_guest/blind:sha384 0,odd_guest/foreign:md5 16,"
		       "odd_guest/foreign:rmd160 20,odd_guest/sha3:sha3-256 32,"
		       "odd_guest/short:sha256 20,odd_guest/wide:sha512 100,"
		       "odd_guest/with-dash.dot:sm3 32");
	expect_fixture("rfc",
		       "measurement-example/config_mr 64,measurement-example/full_report 512,"
		       "measurement-example/report_digest 64,measurement-example/rtmr0:sha256 32,"
		       "measurement-example/rtmr1:sha384 48,measurement-example/static_mr 48,"
		       "measurement-example/user_data 64");
	expect_fixture("rtmrs", "rtmrs/rtmr2:sha384 48,rtmrs/rtmr3:sha384 48");
	expect_fixture("none", "");
}

static void tpm_banks(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tree_scan scan;

	assert_code(tree_scan(TEST_DATA "/sysfs/tpm", &scan, &err), 0);
	assert_int_equal(scan.n, 48);
	for (size_t i = 0; i < scan.n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "pcr%zu", i / 2);
		assert_string_equal(scan.regs[i].provider, "tpm0");
		assert_string_equal(scan.regs[i].name, name);
		assert_string_equal(scan.regs[i].hash, i % 2 ? "sha256" : "sha1");
		assert_int_equal(scan.regs[i].size, i % 2 ? 32 : 20);
		assert_true(scan.regs[i].readable && !scan.regs[i].extensible);
	}
	tree_scan_done(&scan);
}

static void modes(void **state)
{
	struct tmptree t;

	tmp_new(&t);
	tmp_fill(&t, TDX "mrtd:sha384", 1, 48, 0444);
	tmp_fill(&t, TDX "rtmr0:sha384", 1, 48, 0644);
	tmp_fill(&t, TDX "blind:sha384", 1, 48, 0200);
	tmp_fill(&t, TDX "shut:sha384", 1, 48, 0000);
	expect_list(&t, "tdx_guest/blind:sha384 48 xw,tdx_guest/mrtd:sha384 48 r,"
			"tdx_guest/rtmr0:sha384 48 rxw,tdx_guest/shut:sha384 48 ");
	tmp_done(&t);
}

static void rfc_files(void **state)
{
	static const char dir[] = "/sys/kernel/tsm/p/";
	struct tmptree t;
	struct tree_scan scan;
	struct tsmmr_error err = ERROR_INIT;
	const struct tree_reg *r;
	char path[64];

	tmp_new(&t);
	snprintf(path, sizeof(path), "%srtmr0/digest", dir);
	tmp_fill(&t, path, 1, 32, 0444);
	snprintf(path, sizeof(path), "%srtmr0/hash_algo", dir);
	tmp_text(&t, path, "sha256");
	snprintf(path, sizeof(path), "%srtmr0/event_log", dir);
	tmp_text(&t, path, "");
	snprintf(path, sizeof(path), "%srtmr0/append_event", dir);
	tmp_put(&t, path, "", 0, 0200);
	snprintf(path, sizeof(path), "%sempty/nothing", dir);
	tmp_text(&t, path, "");
	snprintf(path, sizeof(path), "%sv2/digest", dir);
	tmp_fill(&t, path, 1, 48, 0644);
	snprintf(path, sizeof(path), "%sv2/hash_algo", dir);
	tmp_text(&t, path, "sha384\n");

	assert_code(tree_scan(t.root, &scan, &err), 0);
	assert_string_equal(listed(&scan, true), "p/rtmr0:sha256 32 rxw,p/v2:sha384 48 rxw");
	r = get(&scan, "rtmr0", NULL);
	assert_null(r->write_path);
	assert_string_equal(r->append_path, "/sys/kernel/tsm/p/rtmr0/append_event");
	assert_string_equal(r->log_path, "/sys/kernel/tsm/p/rtmr0/event_log");
	r = get(&scan, "v2", NULL);
	assert_string_equal(r->write_path, "/sys/kernel/tsm/p/v2/digest");
	assert_null(r->append_path);
	assert_null(r->log_path);
	tree_scan_done(&scan);
	tmp_done(&t);
}

/* However a tree was copied, a device is there once. */
static void links(void **state)
{
	static const char *const to[] = {
		"../../devices/virtual/misc/tdx_guest",
		"/sys/devices/virtual/misc/tdx_guest",
		"..//./../../../../../sys/devices/virtual/misc/tdx_guest/",
	};
	struct tmptree t;

	for (size_t i = 0; i < N_OF(to); i++) {
		tmp_new(&t);
		tmp_fill(&t, TDX "rtmr0:sha384", 1, 48, 0444);
		tmp_link(&t, "/sys/class/misc/tdx_guest", to[i]);
		expect_list(&t, "tdx_guest/rtmr0:sha384 48 r");
		tmp_done(&t);
	}

	/* A device with a parent is not below virtual. */
	tmp_new(&t);
	tmp_fill(&t, "/sys/devices/pci0/misc/x/measurements/a", 1, 48, 0444);
	tmp_link(&t, "/sys/class/misc/x", "/sys/devices/pci0/misc/x");
	tmp_put(&t, "/sys/devices/LNX/tpm/tpm1/pcr-sha256/0", "00", 2, 0444);
	tmp_link(&t, "/sys/class/tpm/tpm1", "../../devices/LNX/tpm/tpm1");
	expect_list(&t, "tpm1/pcr0:sha256 32 r,x/a 48 r");
	tmp_done(&t);

	/* A copy that followed the links. */
	tmp_new(&t);
	tmp_fill(&t, TDX "rtmr0:sha384", 1, 48, 0444);
	tmp_fill(&t, "/sys/class/misc/tdx_guest/measurements/rtmr0:sha384", 1, 48, 0444);
	expect_list(&t, "tdx_guest/rtmr0:sha384 48 r");
	tmp_done(&t);
}

static void links_that_lead_astray(void **state)
{
	struct tmptree t, outside;
	char to[256];

	tmp_new(&t);
	tmp_new(&outside);
	tmp_fill(&outside, "/measurements/secret:sha384", 1, 48, 0444);
	snprintf(to, sizeof(to), "../../../../..%s", outside.root);
	tmp_link(&t, "/sys/class/misc/out", to);
	tmp_link(&t, "/sys/class/misc/absolute", outside.root);
	tmp_link(&t, "/sys/class/misc/round", "round");
	tmp_link(&t, "/sys/class/misc/up", "..");
	tmp_link(&t, "/sys/class/misc/twice", "/sys/class/misc/out");
	tmp_link(&t, "/sys/class/misc/gone", "../../devices/gone");
	snprintf(to, sizeof(to), "%s/measurements", outside.root);
	tmp_link(&t, MISC "group/measurements", to);
	snprintf(to, sizeof(to), "%s/measurements/secret:sha384", outside.root);
	tmp_link(&t, TDX "mrtd:sha384", to);
	tmp_link(&t, "/sys/kernel/tsm", outside.root);
	/* What bears a register's name is one, though nobody can read it. */
	expect_list(&t, "tdx_guest/mrtd:sha384 0 r");
	tmp_done(&t);
	tmp_done(&outside);
}

static void what_is_no_register(void **state)
{
	struct tmptree t;

	tmp_new(&t);
	tmp_text(&t, TDX ".hidden", "");
	tmp_text(&t, TDX "directory/file", "");
	tmp_text(&t, MISC "file", "");
	tmp_text(&t, MISC "cpu_dma_latency/dev", "10:1");
	assert_int_equal(mkfifo(tmp_path(&t, TDX "fifo:sha384"), 0666), 0);
	tmp_text(&t, "/sys/class/tpm/tpm0/pcr-/0", "00");
	tmp_text(&t, "/sys/class/tpm/tpm0/pcr-sha1/x", "00");
	tmp_text(&t, "/sys/class/tpm/tpm0/pcr-sha1/00000", "00");
	tmp_text(&t, "/sys/class/tpm/tpm0/caps/0", "00");
	tmp_text(&t, "/sys/kernel/config/tsm/rtmrs/a/digest", "");
	/* These cannot be read; that they are not asked about is not theirs to say. */
	expect_list(&t, "tdx_guest/directory 0 r,tdx_guest/fifo:sha384 0 r");
	tmp_done(&t);
}

static void names(void **state)
{
	char path[512];
	struct tmptree t;

	tmp_new(&t);
	tmp_fill(&t, TDX "a:b:sha384", 1, 48, 0444);
	tmp_fill(&t, TDX ":sha384", 1, 48, 0444);
	tmp_fill(&t, TDX "x:", 1, 48, 0444);
	tmp_fill(&t, TDX "r10:sha1", 1, 20, 0444);
	tmp_fill(&t, TDX "r9:sha256", 1, 32, 0444);
	tmp_fill(&t, TDX "r9:sha1", 1, 20, 0444);
	expect_list(&t, "tdx_guest/:sha384 48 r,tdx_guest/a:b:sha384 48 r,"
			"tdx_guest/r9:sha1 20 r,tdx_guest/r9:sha256 32 r,"
			"tdx_guest/r10:sha1 20 r,tdx_guest/x: 48 r");

	snprintf(path, sizeof(path), "%s%0128d:sha384", TDX, 0);
	tmp_fill(&t, path, 1, 48, 0444);
	snprintf(path, sizeof(path), "%s%0129d:sha384", TDX, 0);
	tmp_fill(&t, path, 1, 48, 0444);
	expect_failure(&t, TSMMR_E_LIMIT, "name of over 128 bytes");
	tmp_done(&t);

	for (size_t i = 0; i < 3; i++) {
		static const char *const bad[] = { "a\033[1m:sha384", "a b", "\xc3\xa4:sha384" };

		tmp_new(&t);
		snprintf(path, sizeof(path), "%s%s", TDX, bad[i]);
		tmp_fill(&t, path, 1, 48, 0444);
		expect_failure(&t, TSMMR_E_MALFORMED, "not text");
		tmp_done(&t);
	}
}

static void too_many(void **state)
{
	struct tree_scan scan;
	struct tmptree t;
	char path[128];

	tmp_new(&t);
	for (int i = 0; i < 4096; i++) {
		snprintf(path, sizeof(path), "%sr%d", TDX, i);
		tmp_put(&t, path, "", 0, 0444);
	}
	assert_code(tree_scan(t.root, &scan, NULL), 0);
	assert_int_equal(scan.n, 4096);
	assert_string_equal(scan.regs[4095].name, "r4095");
	tree_scan_done(&scan);

	tmp_put(&t, TDX "one-more", "", 0, 0444);
	expect_failure(&t, TSMMR_E_LIMIT, "more than 4096");
	tmp_done(&t);
}

static void a_directory_that_cannot_be_listed(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tree_scan scan;
	struct tmptree t;

	if (geteuid() == 0)
		skip();
	tmp_new(&t);
	tmp_fill(&t, TDX "rtmr0:sha384", 1, 48, 0644);
	assert_int_equal(chmod(tmp_path(&t, MISC "tdx_guest/measurements"), 0), 0);
	assert_code(tree_scan(t.root, &scan, &err), TSMMR_E_IO);
	assert_int_equal(err.os_errno, EACCES);
	assert_int_equal(chmod(tmp_path(&t, MISC "tdx_guest/measurements"), 0755), 0);
	tmp_done(&t);
}

static void reads(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	uint8_t value[64], want[64];
	struct tree_scan scan;

	assert_code(tree_scan(TEST_DATA "/sysfs/tdx-6.16", &scan, &err), 0);
	hook.n_reads = 0;
	assert_int_equal(reg_read(TEST_DATA "/sysfs/tdx-6.16", get(&scan, "mrtd", NULL), value, 64,
				  &err),
			 48);
	assert_int_equal(hook.n_reads, 1);
	memset(want, 0x14, 48);
	assert_memory_equal(value, want, 48);
	assert_code(reg_read(TEST_DATA "/sysfs/tdx-6.16", get(&scan, "mrtd", NULL), value, 47,
			     &err),
		    TSMMR_E_MALFORMED);
	tree_scan_done(&scan);

	assert_code(tree_scan(TEST_DATA "/sysfs/tpm", &scan, &err), 0);
	hook.n_reads = 0;
	assert_int_equal(
		reg_read(TEST_DATA "/sysfs/tpm", get(&scan, "pcr17", "sha1"), value, 20, &err), 20);
	assert_int_equal(hook.n_reads, 1);
	memset(want, 0xff, 20);
	assert_memory_equal(value, want, 20);
	tree_scan_done(&scan);
}

static void reads_that_fail(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tree_reg reg = { .provider = "p", .name = "n", .layout = TREE_TSM };
	struct tmptree t;
	uint8_t value[64];

	tmp_new(&t);
	assert_code(reg_read(t.root, &reg, value, 64, &err), TSMMR_E_IO);
	reg.value_path = "/gone";
	assert_code(reg_read(t.root, &reg, value, 64, &err), TSMMR_E_IO);
	assert_int_equal(err.os_errno, ENOENT);

	tmp_fill(&t, "/raw", 1, 48, 0644);
	reg.value_path = "/raw";
	assert_int_equal(reg_read(t.root, &reg, value, 64, &err), 48);
	reg.size = 32;
	assert_code(reg_read(t.root, &reg, value, 64, &err), TSMMR_E_MALFORMED);
	tmp_fill(&t, "/raw", 1, 0, 0644);
	reg.size = 0;
	assert_code(reg_read(t.root, &reg, value, 64, &err), TSMMR_E_MALFORMED);
	tmp_fill(&t, "/raw", 1, 1000, 0644);
	assert_code(reg_read(t.root, &reg, value, 64, &err), TSMMR_E_MALFORMED);

	reg.layout = TREE_TPM;
	tmp_text(&t, "/raw", "0xyz\n");
	assert_code(reg_read(t.root, &reg, value, 64, &err), TSMMR_E_MALFORMED);
	tmp_text(&t, "/raw", "AbCd\n");
	assert_int_equal(reg_read(t.root, &reg, value, 64, &err), 2);
	assert_memory_equal(value, "\xab\xcd", 2);

	hook.read_errno = EINTR;
	hook.n_read_errors = 3;
	assert_int_equal(reg_read(t.root, &reg, value, 64, &err), 2);
	hook.n_read_errors = 1000;
	assert_code(reg_read(t.root, &reg, value, 64, &err), TSMMR_E_IO);
	assert_int_equal(err.os_errno, EINTR);
	hook.read_errno = EIO;
	hook.n_read_errors = 1;
	assert_code(reg_read(t.root, &reg, value, 64, &err), TSMMR_E_IO);
	assert_int_equal(err.os_errno, EIO);
	hook.n_read_errors = 0;
	tmp_done(&t);
}

/* A tree with one register that can be extended, of 48 bytes of 1. */
static void one_register(struct tmptree *t, struct tree_scan *scan)
{
	tmp_new(t);
	tmp_fill(t, TDX "rtmr2:sha384", 1, 48, 0644);
	assert_code(tree_scan(t->root, scan, NULL), 0);
	assert_int_equal(scan->n, 1);
}

static void expect_bytes(const struct tmptree *t, const struct tree_reg *reg, uint8_t byte)
{
	uint8_t value[64], want[64];
	int n = reg_read(t->root, reg, value, sizeof(value), NULL);

	assert_true(n > 0);
	memset(want, byte, sizeof(want));
	assert_memory_equal(value, want, n);
}

static void extends(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tree_scan scan;
	struct tmptree t;
	uint8_t digest[64];

	memset(digest, 2, sizeof(digest));
	one_register(&t, &scan);
	hook.n_writes = 0;
	for (size_t n = 0; n <= 64; n++)
		if (n != 48)
			assert_code(reg_extend(t.root, CRYPTO_DEFAULT, scan.regs, digest, n, &err),
				    TSMMR_E_ARG);
	assert_int_equal(hook.n_writes, 0);
	expect_bytes(&t, scan.regs, 1);

	assert_code(reg_extend(t.root, CRYPTO_DEFAULT, scan.regs, digest, 48, &err), 0);
	assert_int_equal(hook.n_writes, 1);
	expect_bytes(&t, scan.regs, 2);
	tree_scan_done(&scan);
	tmp_done(&t);
}

static void extends_that_fail(void **state)
{
	/* clang-format off */
	static const struct {
		int os_errno, code;
	} cases[] = {
		{ EINTR, TSMMR_E_INDOUBT },	{ EIO, TSMMR_E_INDOUBT },
		{ ETIMEDOUT, TSMMR_E_INDOUBT }, { ECANCELED, TSMMR_E_INDOUBT },
		{ EBUSY, TSMMR_E_IO },		{ EAGAIN, TSMMR_E_IO },
		{ EINVAL, TSMMR_E_IO },		{ EFBIG, TSMMR_E_IO },
		{ EACCES, TSMMR_E_IO },		{ ENODEV, TSMMR_E_IO },
		{ EROFS, TSMMR_E_IO },		{ ENXIO, TSMMR_E_IO },
	};
	/* clang-format on */
	struct tree_scan scan;
	struct tmptree t;
	uint8_t digest[48] = { 2 };

	one_register(&t, &scan);
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_error err = ERROR_INIT;

		hook.write_errno = cases[i].os_errno;
		hook.n_writes = 0;
		assert_code(reg_extend(t.root, CRYPTO_DEFAULT, scan.regs, digest, 48, &err),
			    cases[i].code);
		assert_int_equal(err.code, cases[i].code);
		assert_int_equal(err.os_errno, cases[i].os_errno);
		assert_int_equal(hook.n_writes, 1);
		hook.write_errno = 0;
		expect_bytes(&t, scan.regs, 1);
	}
	tree_scan_done(&scan);
	tmp_done(&t);
}

static void a_short_count(void **state)
{
	struct rlimit old, low = { 10, 10 };
	struct tsmmr_error err = ERROR_INIT;
	struct tree_scan scan;
	struct tmptree t;
	uint8_t digest[48] = { 2 };
	int r, r0;

	one_register(&t, &scan);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &low);
	r = reg_extend(t.root, CRYPTO_DEFAULT, scan.regs, digest, 48, &err);
	low.rlim_cur = 0;
	setrlimit(RLIMIT_FSIZE, &low);
	r0 = reg_extend(t.root, CRYPTO_DEFAULT, scan.regs, digest, 48, NULL);
	setrlimit(RLIMIT_FSIZE, &old);

	assert_code(r, TSMMR_E_INDOUBT);
	assert_non_null(strstr(err.message, "10 of 48"));
	assert_code(r0, TSMMR_E_IO);
	tree_scan_done(&scan);
	tmp_done(&t);
}

static void what_cannot_be_extended(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	uint8_t digest[64] = { 0 };
	struct tree_scan scan;
	struct tmptree t;

	assert_code(tree_scan(TEST_DATA "/sysfs/tpm", &scan, &err), 0);
	assert_code(reg_extend(TEST_DATA "/sysfs/tpm", CRYPTO_DEFAULT,
			       get(&scan, "pcr16", "sha256"), digest, 32, &err),
		    TSMMR_E_LOCKED);
	assert_non_null(strstr(err.message, "cannot be extended"));
	tree_scan_done(&scan);

	assert_code(tree_scan(TEST_DATA "/sysfs/rfc", &scan, &err), 0);
	assert_code(reg_extend(TEST_DATA "/sysfs/rfc", CRYPTO_DEFAULT,
			       get(&scan, "static_mr", NULL), digest, 48, &err),
		    TSMMR_E_LOCKED);
	tree_scan_done(&scan);

	tmp_new(&t);
	tmp_fill(&t, TDX "mrtd:sha384", 1, 48, 0444);
	tmp_fill(&t, TDX "rtmr0:sha384", 1, 48, 0644);
	assert_code(tree_scan(t.root, &scan, &err), 0);
	assert_code(reg_extend(t.root, CRYPTO_DEFAULT, get(&scan, "mrtd", NULL), digest, 48, &err),
		    TSMMR_E_LOCKED);
	/* A driver that was unloaded. */
	assert_int_equal(unlink(tmp_path(&t, TDX "rtmr0:sha384")), 0);
	assert_code(reg_extend(t.root, CRYPTO_DEFAULT, get(&scan, "rtmr0", NULL), digest, 48, &err),
		    TSMMR_E_IO);
	assert_int_equal(err.os_errno, ENOENT);
	assert_int_equal(access(tmp_path(&t, TDX "rtmr0:sha384"), F_OK), -1);
	tree_scan_done(&scan);
	tmp_done(&t);
}

/* configfs says yes in any case; the value has to be looked at. */
static void unreported_extends(void **state)
{
	static const char path[] = "/sys/kernel/config/tsm/rtmrs/any/digest";
	uint8_t digest[48], want[48] = { 0 };
	struct tsmmr_error err = ERROR_INIT;
	struct hasher h;
	struct tree_scan scan;
	struct tmptree t;

	memset(digest, 7, sizeof(digest));
	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA384)), 0);
	assert_int_equal(hash_extend(&h, want, digest, 48), 0);
	hasher_done(&h);

	tmp_new(&t);
	tmp_fill(&t, path, 0, 48, 0644);
	tmp_text(&t, "/sys/kernel/config/tsm/rtmrs/any/index", "2\n");
	assert_code(tree_scan(t.root, &scan, &err), 0);
	assert_string_equal(listed(&scan, true), "rtmrs/rtmr2:sha384 48 rxw");

	hook.lose = true;
	assert_code(reg_extend(t.root, CRYPTO_DEFAULT, scan.regs, digest, 48, &err), TSMMR_E_IO);
	hook.lose = false;
	hook.instead = want;
	assert_code(reg_extend(t.root, CRYPTO_DEFAULT, scan.regs, digest, 48, &err), 0);
	hook.instead = NULL;
	tmp_fill(&t, path, 0, 48, 0644);
	assert_code(reg_extend(t.root, CRYPTO_DEFAULT, scan.regs, digest, 48, &err),
		    TSMMR_E_INDOUBT);
	tree_scan_done(&scan);
	tmp_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout),
		cmocka_unit_test(tpm_banks),
		cmocka_unit_test(modes),
		cmocka_unit_test(rfc_files),
		cmocka_unit_test(links),
		cmocka_unit_test(links_that_lead_astray),
		cmocka_unit_test(what_is_no_register),
		cmocka_unit_test(names),
		cmocka_unit_test(too_many),
		cmocka_unit_test(a_directory_that_cannot_be_listed),
		cmocka_unit_test(reads),
		cmocka_unit_test(reads_that_fail),
		cmocka_unit_test(extends),
		cmocka_unit_test(extends_that_fail),
		cmocka_unit_test(a_short_count),
		cmocka_unit_test(what_cannot_be_extended),
		cmocka_unit_test(unreported_extends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
