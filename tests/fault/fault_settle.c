/* SPDX-License-Identifier: BSD-2-Clause */
/* What E_INDOUBT or a crash leaves open, and what tsmmr_tree_settle() says of it. */
#include "before.h"

static int cases;

/* outcome is TSMMR_SETTLED_*, or the code that it fails with. */
static void settle(struct machine *m, const char *what, int outcome)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	int settled = -1;
	int r = tsmmr_tree_settle(&m->tree, m->banks ? "agile" : "tdx_guest/rtmr3", &settled, &err);

	if ((r < 0 ? r : settled) != outcome)
		die("%s: %d, outcome %d: %s", what, r, settled, r < 0 ? err.message : "");
	printf("%s: %s\n", what, r < 0 ? err.message : settled ? "settled" : "nothing");
	cases++;
}

static void in_doubt(struct machine *m, const char *record, int os_errno)
{
	struct tsmmr_error err = { .size = sizeof(err) };

	if (append(m, record, NULL, &err) != TSMMR_E_INDOUBT)
		die("%s: not in doubt", record);
	if (err.os_errno != os_errno)
		die("%s: errno %d: %s", record, err.os_errno, err.message);
}

/* The log verifies, and has the record so often. */
static void check(struct machine *m, const char *record, int times, const char *allow)
{
	char *log = read_log(m);
	int n = count_in(log, record);

	free(log);
	if (n != times)
		die("%s: %d times in the log", record, n);
	if (verdict(m, allow) != TSMMR_VERDICT_VERIFIED)
		die("%s: the log does not verify", record);
}

/* Then the register's file is fetched anew. */
static void extend_another(const struct machine *m)
{
	static const uint8_t digest[SIZE] = { 1 };
	struct tsmmr_error err = { .size = sizeof(err) };
	const struct tree_reg *reg;

	if (machine_find(&m->tree.scan, "tdx_guest/rtmr2", false, &reg, &err) < 0 ||
	    reg_extend(m->root, CRYPTO_DEFAULT, reg, digest, SIZE, &err) < 0)
		die("rtmr2: %s", err.message);
}

static void test_nothing(struct machine *m)
{
	settle(m, "no log", TSMMR_SETTLED_NOTHING);
	append_clean(m, "first", NULL);
	settle(m, "a log", TSMMR_SETTLED_NOTHING);
	check(m, "first", 1, NULL);
}

static void test_driver(struct machine *m)
{
	set_switch(m, "fail_write", "4");
	in_doubt(m, "interrupted", EINTR);
	set_switch(m, "fail_write", "0");
	settle(m, "EINTR", TSMMR_E_INDOUBT);
	append_clean(m, "next", NULL);
	settle(m, "EINTR, after an append", TSMMR_SETTLED_NOTHING);
	check(m, "interrupted", 0, NULL);

	/* The kernel's copy is that of before.  To say that nothing was extended would be wrong. */
	set_switch(m, "fail_write", "-5");
	in_doubt(m, "done", EIO);
	set_switch(m, "fail_write", "0");
	settle(m, "done, then EIO", TSMMR_E_INDOUBT);
	extend_another(m);
	settle(m, "done, then EIO, read anew", TSMMR_SETTLED_EXTENDED);
	settle(m, "the same again", TSMMR_SETTLED_NOTHING);
	check(m, "done", 1, NULL);

	set_switch(m, "fail_read", "5");
	in_doubt(m, "unreadable", EIO);
	settle(m, "a register that cannot be read", TSMMR_E_IO);
	set_switch(m, "fail_read", "0");
	settle(m, "a register that can be read again", TSMMR_SETTLED_EXTENDED);
	check(m, "unreadable", 1, NULL);
}

static void test_crash(struct machine *m)
{
	crash(m, append_one, "crashed before", "write", 1);
	settle(m, "a crash before the extension", TSMMR_SETTLED_NOT_EXTENDED);
	check(m, "crashed before", 0, NULL);
	crash(m, append_one, "crashed after", "pwrite", 3);
	settle(m, "a crash after the extension", TSMMR_SETTLED_EXTENDED);
	check(m, "crashed after", 1, NULL);

	crash(m, append_one, "crashed", "write", 1);
	foreign_extend(m);
	settle(m, "a crash, and others extended", TSMMR_E_INDOUBT);
	append_clean(m, "next but one", NULL);
	settle(m, "after an append", TSMMR_SETTLED_NOTHING);
	check(m, "crashed", 1, "unlogged");

	/* What is pending now is a SYNC, of which no caller knows. */
	foreign_extend(m);
	crash(m, append_one, "never begun", "pwrite", 3);
	settle(m, "a SYNC", TSMMR_SETTLED_NOTHING);
	check(m, "never begun", 0, "unlogged");
}

/* Between two banks: to settle it is to extend the other. */
static void test_banks(struct machine *m)
{
	append_clean(m, "first", NULL);
	crash(m, append_one, "crashed before", "write", 1);
	settle(m, "a crash before both banks", TSMMR_SETTLED_NOT_EXTENDED);
	check(m, "crashed before", 0, NULL);
	crash(m, append_one, "crashed between", "write", 2);
	settle(m, "a crash between two banks", TSMMR_SETTLED_EXTENDED);
	settle(m, "the same again", TSMMR_SETTLED_NOTHING);
	check(m, "crashed between", 1, NULL);
	append_clean(m, "next", NULL);
	check(m, "next", 1, NULL);
}

int main(void)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct machine m;
	int settled = -1;

	machine_open(&m);
	if (m.banks) {
		test_banks(&m);
		machine_close(&m);
		return 0;
	}
	test_nothing(&m);
	test_driver(&m);
	test_crash(&m);
	if (tsmmr_tree_settle(&m.tree, "measurement-example/rtmr1", &settled, &err) < 0 || settled)
		die("a log of the kernel's: %d: %s", settled, err.message);
	if (tsmmr_tree_settle(&m.tree, "mrtd", NULL, &err) != TSMMR_E_LOCKED ||
	    tsmmr_tree_settle(&m.tree, "nobody", NULL, &err) != TSMMR_E_NOTFOUND)
		die("registers that are not extended: %s", err.message);
	printf("%d cases as they should be\n", cases);
	machine_close(&m);
	return 0;
}
