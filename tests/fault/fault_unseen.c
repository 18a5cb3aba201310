/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel does not show is not taken for what is not there: whichever call fails, a
 * register is shown as it is or cannot be read, or all fails, and errno is what the call said.
 */
#include <limits.h>

#include "sys/file.h"
#include "sys/report.h"
#include "sys/tree.h"
#include "testing.h"
#include "wrap.h"

#define SYSFS TEST_DATA "/sysfs/"
#define REGS 64

/* What is known of each register, and of that which cannot be read its name alone. */
struct seen {
	size_t n;
	char regs[REGS][384];
};

static void show(const char *root, const struct tree_reg *reg, char *to, size_t size)
{
	struct tsmmr_error err = ERROR_INIT;
	char hex[2 * TSMMR_HASH_SIZE_MAX + 1] = "none";
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	int r = reg_read(root, reg, value, sizeof(value), &err);

	if (r == TSMMR_E_IO && err.os_errno == EIO) {
		snprintf(to, size, "%s/%s", reg->provider, reg->name);
		return;
	}
	for (int i = 0; i < r; i++)
		snprintf(hex + 2 * i, 3, "%02x", value[i]);
	snprintf(to, size, "%s/%s:%s %zu %s%s%s%s %s", reg->provider, reg->name,
		 reg->hash ? reg->hash : "", reg->size, reg->extensible ? "x" : "",
		 reg->writable_now ? "w" : "", reg->log_path ? "l" : "",
		 reg->append_path ? "a" : "", hex);
}

static int look(const char *root, struct seen *ret, struct tsmmr_error *err)
{
	struct tree_scan scan;
	int r = tree_scan(root, &scan, err);

	if (r < 0)
		return r;
	assert_true(scan.n <= REGS);
	ret->n = scan.n;
	for (size_t i = 0; i < scan.n; i++)
		show(root, &scan.regs[i], ret->regs[i], sizeof(ret->regs[i]));
	tree_scan_done(&scan);
	return 0;
}

/* As it is, or its name, perhaps for all of its banks. */
static bool has(const struct seen *s, const char *reg)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t n = strlen(s->regs[i]);

		if (strncmp(reg, s->regs[i], n) == 0 && (!reg[n] || reg[n] == ':'))
			return true;
	}
	return false;
}

static size_t faults_of(const char *root)
{
	static struct seen all, now;
	struct tsmmr_error err = ERROR_INIT;
	int nth = 0;

	assert_code(look(root, &all, &err), 0);
	do {
		int r;

		err = (struct tsmmr_error)ERROR_INIT;
		wrap_arm(++nth, WRAP_FAIL, EIO);
		r = look(root, &now, &err);
		if (r < 0) {
			if (r != TSMMR_E_IO || err.os_errno != EIO)
				fail_msg("%s of %s: %d, %s", wrap_name(nth), root, r, err.message);
			continue;
		}
		for (size_t i = 0; i < all.n; i++)
			if (!has(&now, all.regs[i]))
				fail_msg("%s %d of %s hides %s", wrap_name(nth), nth, root,
					 all.regs[i]);
	} while (wrap_fired());
	wrap_arm(0, 0, 0);
	return (size_t)nth - 1;
}

static void registers(void **state)
{
	static const char *const trees[] = { "tdx-6.16", "tdx-mr", "tdx-banks", "cca",
					     "odd",      "rfc",    "rtmrs",     "tpm" };

	for (size_t i = 0; i < N_OF(trees); i++) {
		char root[512];

		snprintf(root, sizeof(root), "%s%s", SYSFS, trees[i]);
		assert_true(faults_of(root) > 20);
	}
}

static int open_it(const char *root, struct tsmmr_error *err)
{
	int fd = file_open(root, "/sys/firmware/acpi/tables/CCEL", err);

	if (fd >= 0)
		file_close(fd);
	return fd < 0 ? fd : 0;
}

/* Whether there is something: the answer, or EIO. */
static void questions(void **state)
{
	static int (*const ask[])(const char *root, struct tsmmr_error *err) = {
		log_has_tpm,
		log_hidden,
		tsm_report_exists,
		open_it,
	};
	static const char *const trees[] = { SYSFS "tdx-6.16", SYSFS "tdx-banks", SYSFS "tpm",
					     SYSFS "rfc" };
	static char endless[2 * PATH_MAX];
	int n = 0;

	memset(endless, 'a', sizeof(endless) - 1);
	for (size_t i = 0; i < N_OF(ask); i++) {
		struct tsmmr_error err = ERROR_INIT;

		assert_code(ask[i](endless, &err), TSMMR_E_IO);
		assert_int_equal(err.os_errno, ENAMETOOLONG);
	}
	for (size_t i = 0; i < N_OF(ask) * N_OF(trees); i++) {
		int (*question)(const char *root, struct tsmmr_error *err) = ask[i % N_OF(ask)];
		const char *root = trees[i / N_OF(ask)];
		int nth = 0, want = question(root, NULL);

		do {
			struct tsmmr_error err = ERROR_INIT;
			int r;

			wrap_arm(++nth, WRAP_FAIL, EIO);
			r = question(root, &err);
			if (r != want && (r != TSMMR_E_IO || err.os_errno != EIO))
				fail_msg("question %zu of %s, %s: %d, and not %d: %s",
					 i % N_OF(ask), root, wrap_name(nth), r, want, err.message);
			n += wrap_fired();
		} while (wrap_fired());
		wrap_arm(0, 0, 0);
	}
	assert_true(n > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers),
		cmocka_unit_test(questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
