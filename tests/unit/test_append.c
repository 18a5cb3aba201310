/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Appending, on a register that this file plays itself: reg_read() and reg_extend() are
 * the ones below, so that others can extend at any moment and every answer can be given.
 * Crashes and failing system calls are in tests/fault.
 */
#include "testing.h"

#include <dirent.h>
#include <pthread.h>

#include "crypto/hash.h"
#include "core/stream.h"
#include "live/live.h"
#include "util/error.h"
#include "util/hex.h"

#define SIZE 48

static struct {
	pthread_mutex_t lock;
	uint8_t value[SIZE];
	int before, after; /* extensions by others around the next one of ours */
	int answer;        /* of the next extension; 0: good */
	bool lies;         /* it extends all the same */
	int unreadable;    /* reads that fail, from the one after skip_reads on */
	int skip_reads;
	unsigned n_extended;
	uint8_t other[32]; /* a second bank, of SHA-256 */
	int other_answer;
} machine = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void hash384(const void *p, size_t n, uint8_t *ret)
{
	struct hasher h;

	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA384)), 0);
	assert_int_equal(hash_bytes(&h, p, n, ret), 0);
	hasher_done(&h);
}

static void fold_with(int alg, uint8_t *value, const uint8_t *digest)
{
	struct hasher h;

	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id((uint16_t)alg)), 0);
	assert_int_equal(hash_extend(&h, value, digest, h.alg->size), 0);
	hasher_done(&h);
}

static void fold(uint8_t *value, const uint8_t *digest)
{
	fold_with(TSMMR_HASH_SHA384, value, digest);
}

static void foreign(int n)
{
	static const uint8_t digest[SIZE] = { 0xf0 };

	while (n-- > 0)
		fold(machine.value, digest);
}

int reg_read(const char *root, const struct tree_reg *reg, uint8_t *ret, size_t size,
	     struct tsmmr_error *err)
{
	int r = SIZE;

	if (reg->size == sizeof(machine.other)) {
		memcpy(ret, machine.other, sizeof(machine.other));
		return sizeof(machine.other);
	}
	pthread_mutex_lock(&machine.lock);
	if (machine.skip_reads > 0)
		machine.skip_reads--;
	else if (machine.unreadable > 0 && machine.unreadable--)
		r = fail(err, TSMMR_E_IO, "no value");
	if (r > 0)
		memcpy(ret, machine.value, SIZE);
	pthread_mutex_unlock(&machine.lock);
	return r;
}

static int extend_other(const uint8_t *digest, struct tsmmr_error *err)
{
	int r = machine.other_answer;

	machine.other_answer = 0;
	if (r)
		return fail(err, r, "so the other was told");
	fold_with(TSMMR_HASH_SHA256, machine.other, digest);
	return 0;
}

int reg_extend_record(const char *root, struct crypto crypto, const struct tree_reg *reg,
		      struct span record, const uint8_t *digest, size_t n, struct tsmmr_error *err)
{
	int r;

	if (n == sizeof(machine.other))
		return extend_other(digest, err);
	assert_int_equal(n, SIZE);
	pthread_mutex_lock(&machine.lock);
	r = machine.answer;
	foreign(machine.before);
	if (!r || machine.lies) {
		fold(machine.value, digest);
		machine.n_extended++;
	}
	foreign(machine.after);
	machine.before = machine.after = machine.answer = 0;
	machine.lies = false;
	pthread_mutex_unlock(&machine.lock);
	return r ? fail(err, r, "so it was told") : 0;
}

int reg_extend(const char *root, struct crypto crypto, const struct tree_reg *reg,
	       const uint8_t *digest, size_t n, struct tsmmr_error *err)
{
	return reg_extend_record(root, crypto, reg, span_of(NULL, 0), digest, n, err);
}

/* A root directory with a boot id, and a register. */

static char root[64];
static struct tsmmr_ctx ctx;
static struct tsmmr_tree tree;
static struct tree_reg reg;

#define LOG_DIR "/run/tsmmr/fake/mr0"

static void path_of(const char *name, char *ret, size_t size)
{
	snprintf(ret, size, "%s%s", root, name);
}

static void put_file(const char *name, const void *p, size_t n)
{
	char path[256];
	FILE *f;

	path_of(name, path, sizeof(path));
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	fclose(f);
}

static struct bytes get_file(const char *name)
{
	struct bytes b = { calloc(1, 65536), 0 };
	char path[256];
	FILE *f;

	path_of(name, path, sizeof(path));
	f = fopen(path, "rb");
	if (f) {
		b.n = fread(b.p, 1, 65535, f);
		fclose(f);
	}
	return b;
}

static void make_dirs(const char *name)
{
	char path[256];

	path_of(name, path, sizeof(path));
	for (char *p = path + strlen(root) + 1;; p++)
		if (!*p || *p == '/') {
			char was = *p;

			*p = 0;
			mkdir(path, 0755);
			*p = was;
			if (!was)
				return;
		}
}

static void set_boot(const char *id)
{
	put_file("/proc/sys/kernel/random/boot_id", id, strlen(id));
}

#define BOOT_1 "11111111-2222-3333-4444-555555555555"
#define BOOT_2 "99999999-2222-3333-4444-555555555555"

static int setup(void **state)
{
	static char name[] = "mr0", provider[] = "fake", hash[] = "sha384";
	static char path[] = "/sys/measurements/mr0:sha384";

	strcpy(root, "/tmp/tsmmr-append.XXXXXX");
	assert_non_null(mkdtemp(root));
	make_dirs("/proc/sys/kernel/random");
	make_dirs("/sys/measurements");
	set_boot(BOOT_1 "\n");
	put_file(path, "", 0);
	ctx = (struct tsmmr_ctx){ .root = root };
	tree = (struct tsmmr_tree){ .ctx = &ctx };
	reg = (struct tree_reg){
		.layout = TREE_TSM,
		.provider = provider,
		.name = name,
		.hash = hash,
		.value_path = path,
		.write_path = path,
		.size = SIZE,
		.readable = true,
		.extensible = true,
		.writable_now = true,
	};
	memset(machine.value, 0, SIZE);
	machine.before = machine.after = machine.answer = 0;
	machine.unreadable = machine.skip_reads = 0;
	machine.lies = false;
	machine.n_extended = 0;
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command) ? -1 : 0;
}

static int append_bytes(const char *p, size_t n, struct tsmmr_error *err)
{
	struct append a = { .record = span_of(p, n) };

	return tree_append(&tree, &reg, &a, err);
}

static int append_to(const char *record, uint32_t flags, uint32_t *ret_done)
{
	struct append a = { span_of(record, strlen(record)), flags, .done = 99 };
	struct tsmmr_error err = ERROR_INIT;
	int r = tree_append(&tree, &reg, &a, &err);

	assert_int_equal(r < 0 ? r : 0, r < 0 ? err.code : 0);
	if (ret_done)
		*ret_done = a.done;
	return r;
}

static void append_ok(const char *record, uint32_t want_done)
{
	uint32_t done;

	assert_code(append_to(record, 0, &done), 0);
	assert_int_equal(done, want_done);
}

/*
 * A replay that shares nothing with the library: does the log, from zero, give the
 * register, with so many SYNC lines that differ?  -1: it does not.
 */
static int gaps_of_log(void)
{
	struct bytes b = get_file(LOG_DIR "/event_log");
	uint8_t value[SIZE] = { 0 }, said[SIZE], digest[SIZE];
	int gaps = 0;

	assert_true(!b.n || b.p[b.n - 1] == '\n');
	for (char *p = (char *)b.p, *end; (end = strchr(p, '\n')); p = end + 1) {
		*end = 0;
		if (!*p || *p == '#')
			continue;
		if (strncmp(p, "SYNC sha384/", 12) == 0) {
			assert_int_equal(unhex(p + 12, said, SIZE), SIZE);
			gaps += memcmp(said, value, SIZE) != 0;
			memcpy(value, said, SIZE);
		}
		hash384(p, strlen(p), digest);
		fold(value, digest);
	}
	bytes_done(&b);
	return memcmp(value, machine.value, SIZE) == 0 ? gaps : -1;
}

/* How often a line stands in the log. */
static int count_lines(const char *line)
{
	struct bytes b = get_file(LOG_DIR "/event_log");
	int n = 0;

	for (char *p = (char *)b.p, *end; (end = strchr(p, '\n')); p = end + 1) {
		*end = 0;
		n += strcmp(p, line) == 0;
	}
	bytes_done(&b);
	return n;
}

static void assert_log(const char *want)
{
	struct bytes b = get_file(LOG_DIR "/event_log");

	assert_string_equal((char *)b.p, want);
	bytes_done(&b);
}

static void test_refused(void **state)
{
	/* clang-format off */
	static const struct {
		const char *p;
		size_t n;
		const char *why;
	} cases[] = {
		{ "", 0, "empty" },
		{ "a\nb", 3, "newline" },
		{ "a\n", 2, "newline" },
		{ "a\rb", 3, "carriage return" },
		{ "a\0b", 3, "NUL" },
		{ "#a", 2, "'#'" },
		{ "# .EXTEND 00", 12, "'#'" },
		{ "SYNC", 4, "SYNC" },
		{ "SYNC sha384/00", 14, "SYNC" },
		{ " a", 2, "begins with a blank" },
		{ "\ta", 2, "begins with a blank" },
		{ "\va", 2, "begins with a blank" },
		{ "\xa0" "a", 2, "begins with a blank" },
		{ "a ", 2, "ends with a blank" },
		{ "a\f", 2, "ends with a blank" },
		{ "a\xa0", 2, "ends with a blank" },
	};
	/* clang-format on */
	struct tsmmr_error err = ERROR_INIT;
	char big[4001];
	DIR *dir;

	for (size_t i = 0; i < N_OF(cases); i++) {
		assert_code(append_bytes(cases[i].p, cases[i].n, &err), TSMMR_E_ARG);
		if (!strstr(err.message, cases[i].why))
			fail_msg("%zu: %s", i, err.message);
	}
	memset(big, 'x', sizeof(big));
	assert_code(append_bytes(big, 4001, &err), TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "4000"));
	assert_int_equal(machine.n_extended, 0);
	snprintf(big, sizeof(big), "%s/run", root);
	dir = opendir(big);
	assert_null(dir);

	memset(big, 'x', sizeof(big));
	assert_code(append_bytes(big, 4000, &err), 0);
	append_ok("SYNCHRONISED", 0);
	append_ok("a#b \xff\xc3", 0);
	assert_int_equal(gaps_of_log(), 0);
}

static void test_first(void **state)
{
	struct append one = { .record = span_of("one", 3) };
	struct tsmmr_error err = ERROR_INIT;
	char path[256], text[1024];
	uint8_t want[SIZE];
	struct stat st;

	assert_code(tree_append(&tree, &reg, &one, &err), 0);
	assert_int_equal(one.done, TSMMR_APPENDED_SYNC);
	hash384("one", 3, want);
	assert_memory_equal(one.banks[0].digest, want, SIZE);
	assert_memory_equal(one.banks[0].value, machine.value, SIZE);
	append_ok("two", 0);

	snprintf(text, sizeof(text), "SYNC sha384/%096d\n\none\n\ntwo\n", 0);
	assert_log(text);
	assert_int_equal(gaps_of_log(), 0);
	assert_int_equal(machine.n_extended, 3);

	path_of(LOG_DIR "/event_log", path, sizeof(path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	path_of(LOG_DIR "/lock", path, sizeof(path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* What the kernel of the RFC would have written. */
static void test_extend(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	uint8_t digest[SIZE], synced[SIZE];
	char hex[2][97], hint[97], text[2048];

	/* Where nobody has appended there is no log to say so. */
	memset(digest, 0xab, SIZE);
	assert_code(tree_extend_logged(&tree, &reg, digest, SIZE, &err), 0);
	assert_log("");
	tohex(machine.value, SIZE, hex[0]);
	append_ok("one", TSMMR_APPENDED_SYNC);

	assert_code(tree_extend_logged(&tree, &reg, digest, SIZE, &err), 0);
	assert_code(tree_extend_logged(&tree, &reg, digest, SIZE, &err), 0);
	memcpy(synced, machine.value, SIZE);
	append_ok("two", TSMMR_APPENDED_SYNC);
	tohex(synced, SIZE, hex[1]);
	tohex(digest, SIZE, hint);
	snprintf(text, sizeof(text),
		 "SYNC sha384/%s\n\none\n\n# .EXTEND %s\n# .EXTEND %s\n\nSYNC sha384/%s\n\ntwo\n",
		 hex[0], hint, hint, hex[1]);
	assert_log(text);

	assert_code(tree_extend_logged(&tree, &reg, digest, SIZE - 1, &err), TSMMR_E_ARG);
	/* A failed one leaves no hint behind. */
	machine.answer = TSMMR_E_IO;
	assert_code(tree_extend_logged(&tree, &reg, digest, SIZE, &err), TSMMR_E_IO);
	assert_log(text);
	append_ok("three", 0);
}

static void test_others(void **state)
{
	struct append three = { .record = span_of("three", 5) };
	struct tsmmr_error err = ERROR_INIT;

	append_ok("one", TSMMR_APPENDED_SYNC);
	foreign(1);
	append_ok("two", TSMMR_APPENDED_SYNC);
	assert_int_equal(gaps_of_log(), 1);

	/* Between our look and our extension; and between it and our second look. */
	machine.before = 1;
	assert_code(tree_append(&tree, &reg, &three, &err), 0);
	assert_memory_equal(three.banks[0].value, machine.value, SIZE);
	assert_int_equal(gaps_of_log(), 2);
	machine.after = 1;
	append_ok("four", 0);
	assert_int_equal(gaps_of_log(), 3);
	append_ok("five", 0);
	assert_int_equal(gaps_of_log(), 3);
	assert_int_equal(count_lines("four"), 1);
}

static void test_in_doubt(void **state)
{
	append_ok("one", TSMMR_APPENDED_SYNC);

	machine.answer = TSMMR_E_INDOUBT;
	assert_code(append_to("lost", 0, NULL), TSMMR_E_INDOUBT);
	append_ok("two", TSMMR_APPENDED_REPAIR);
	assert_int_equal(count_lines("lost"), 0);
	assert_int_equal(gaps_of_log(), 0);

	/* It was extended, the error notwithstanding: the register says so, at once. */
	machine.answer = TSMMR_E_INDOUBT;
	machine.lies = true;
	append_ok("three", 0);
	machine.answer = TSMMR_E_IO;
	machine.lies = true;
	append_ok("four", 0);
	assert_int_equal(gaps_of_log(), 0);

	/* Extended, and then it cannot be read. */
	machine.skip_reads = 1;
	machine.unreadable = 1;
	assert_code(append_to("five", 0, NULL), TSMMR_E_INDOUBT);
	assert_int_equal(gaps_of_log(), 0);
	append_ok("six", TSMMR_APPENDED_REPAIR);
	assert_int_equal(count_lines("five"), 1);
	assert_int_equal(gaps_of_log(), 0);

	/* And others extended before anyone could look: the record stays, nothing is claimed. */
	machine.answer = TSMMR_E_INDOUBT;
	assert_code(append_to("seven", 0, NULL), TSMMR_E_INDOUBT);
	foreign(1);
	append_ok("eight", TSMMR_APPENDED_REPAIR | TSMMR_APPENDED_SYNC);
	assert_int_equal(count_lines("seven"), 1);
	assert_int_equal(count_lines("# the record above may not have been extended"), 1);
	assert_int_equal(gaps_of_log(), 1);

	/* Unreadable from the start: nothing happens. */
	machine.unreadable = 1;
	assert_code(append_to("nine", 0, NULL), TSMMR_E_IO);
	append_ok("nine", 0);
	assert_int_equal(gaps_of_log(), 1);
}

static void test_refused_by_register(void **state)
{
	struct bytes was;

	append_ok("one", TSMMR_APPENDED_SYNC);
	was = get_file(LOG_DIR "/event_log");
	machine.answer = TSMMR_E_IO;
	assert_code(append_to("two", 0, NULL), TSMMR_E_IO);
	assert_log((char *)was.p);
	machine.answer = TSMMR_E_LOCKED;
	assert_code(append_to("two", 0, NULL), TSMMR_E_LOCKED);
	assert_log((char *)was.p);
	bytes_done(&was);
	append_ok("two", 0);

	/* The SYNC before a record may be in doubt; the record itself is not. */
	foreign(1);
	machine.answer = TSMMR_E_INDOUBT;
	assert_code(append_to("three", 0, NULL), TSMMR_E_IO);
	append_ok("three", TSMMR_APPENDED_REPAIR | TSMMR_APPENDED_SYNC);
	assert_int_equal(gaps_of_log(), 1);

	reg.write_path = NULL;
	assert_code(append_to("four", 0, NULL), TSMMR_E_LOCKED);
}

/* Cut the state after every byte, and spoil every byte of it. */
static void test_torn_state(void **state)
{
	for (size_t i = 0; i < 600; i += slow() ? 37 : 1) {
		struct bytes b;
		char record[32];

		snprintf(record, sizeof(record), "record %zu", i);
		assert_code(append_to(record, 0, NULL), 0);
		b = get_file(LOG_DIR "/state");
		if (i % 2)
			put_file(LOG_DIR "/state", b.p, i < b.n ? i : b.n);
		else if (i < b.n) {
			b.p[i] ^= 0x55;
			put_file(LOG_DIR "/state", b.p, b.n);
		}
		bytes_done(&b);
	}
	assert_int_equal(gaps_of_log(), 0);
	assert_int_equal(count_lines("record 0"), 1);
}

/* A pending record whose line is cut in the log, the register having it or not. */
static void test_torn_log(void **state)
{
	static const char line[] = "\nsome record\n";

	append_ok("one", TSMMR_APPENDED_SYNC);
	for (size_t cut = 0; cut < sizeof(line); cut++)
		for (int extended = 0; extended < 2; extended++) {
			struct bytes b;
			int n = count_lines("some record");

			machine.answer = extended ? 0 : TSMMR_E_INDOUBT;
			machine.skip_reads = 1;
			machine.unreadable = extended;
			assert_code(append_to("some record", 0, NULL), TSMMR_E_INDOUBT);
			b = get_file(LOG_DIR "/event_log");
			put_file(LOG_DIR "/event_log", b.p, b.n - cut);
			bytes_done(&b);
			append_ok("next", TSMMR_APPENDED_REPAIR);
			assert_int_equal(count_lines("some record"), n + extended);
			assert_int_equal(gaps_of_log(), 0);
		}
}

/* Somebody else's bytes at the end of our log. */
static void test_foreign_log(void **state)
{
	struct bytes b;
	uint8_t digest[SIZE];

	append_ok("one", TSMMR_APPENDED_SYNC);
	b = get_file(LOG_DIR "/event_log");
	memcpy(b.p + b.n, "# comment\n", 11);
	put_file(LOG_DIR "/event_log", b.p, b.n + 10);
	bytes_done(&b);
	append_ok("two", TSMMR_APPENDED_REPAIR);
	assert_int_equal(gaps_of_log(), 0);

	/* A whole line that was never extended, then half of one. */
	b = get_file(LOG_DIR "/event_log");
	memcpy(b.p + b.n, "stray\nhalf a li", 16);
	put_file(LOG_DIR "/event_log", b.p, b.n + 15);
	bytes_done(&b);
	append_ok("three", TSMMR_APPENDED_REPAIR | TSMMR_APPENDED_SYNC);
	assert_int_equal(count_lines("half a li"), 0);
	assert_int_equal(gaps_of_log(), 1);

	/* A line without newline that was extended. */
	b = get_file(LOG_DIR "/event_log");
	memcpy(b.p + b.n, "theirs", 7);
	put_file(LOG_DIR "/event_log", b.p, b.n + 6);
	bytes_done(&b);
	hash384("theirs", 6, digest);
	fold(machine.value, digest);
	append_ok("four", TSMMR_APPENDED_REPAIR);
	assert_int_equal(count_lines("theirs"), 1);
	assert_int_equal(gaps_of_log(), 1);
}

static void test_boot(void **state)
{
	struct bytes old, aside;
	char path[256];

	append_ok("one", TSMMR_APPENDED_SYNC);
	old = get_file(LOG_DIR "/event_log");
	set_boot(BOOT_2 "\n");
	memset(machine.value, 0, SIZE);
	append_ok("two", TSMMR_APPENDED_SYNC);
	aside = get_file(LOG_DIR "/event_log." BOOT_1);
	assert_bytes(aside.p, aside.n, old.p, old.n);
	bytes_done(&aside);
	bytes_done(&old);
	assert_int_equal(count_lines("one"), 0);
	assert_int_equal(gaps_of_log(), 0);

	/* A record pending from an earlier boot says nothing about this one's register. */
	machine.answer = TSMMR_E_INDOUBT;
	assert_code(append_to("pending", 0, NULL), TSMMR_E_INDOUBT);
	set_boot(BOOT_1 "\n");
	memset(machine.value, 0, SIZE);
	append_ok("three", TSMMR_APPENDED_SYNC);
	assert_int_equal(gaps_of_log(), 0);
	aside = get_file(LOG_DIR "/event_log." BOOT_2);
	assert_non_null(strstr((char *)aside.p, "pending"));
	bytes_done(&aside);

	/* The name is taken. */
	set_boot(BOOT_2);
	memset(machine.value, 0, SIZE);
	append_ok("four", TSMMR_APPENDED_SYNC);
	set_boot(BOOT_1);
	memset(machine.value, 0, SIZE);
	append_ok("five", TSMMR_APPENDED_SYNC);
	aside = get_file(LOG_DIR "/event_log." BOOT_2 ".1");
	assert_non_null(strstr((char *)aside.p, "four"));
	bytes_done(&aside);

	/* Who does not see the id does not take the log for an old one. */
	path_of("/proc/sys/kernel/random/boot_id", path, sizeof(path));
	assert_int_equal(unlink(path), 0);
	append_ok("six", 0);
	set_boot(BOOT_1);
	append_ok("seven", 0);
	assert_int_equal(gaps_of_log(), 0);
	/* Not to be read is not the same as not there. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("boot_id", path), 0);
	assert_code(append_to("eight", 0, NULL), TSMMR_E_IO);
}

static void test_state_lost(void **state)
{
	char path[256];
	struct bytes aside;

	append_ok("one", TSMMR_APPENDED_SYNC);
	path_of(LOG_DIR "/state", path, sizeof(path));
	assert_int_equal(unlink(path), 0);
	/* Only this boot's log can replay to the register. */
	append_ok("two", TSMMR_APPENDED_REPAIR);
	assert_int_equal(count_lines("one"), 1);
	assert_int_equal(gaps_of_log(), 0);

	assert_int_equal(unlink(path), 0);
	memset(machine.value, 0, SIZE);
	append_ok("three", TSMMR_APPENDED_REPAIR | TSMMR_APPENDED_SYNC);
	assert_int_equal(count_lines("one"), 0);
	assert_int_equal(gaps_of_log(), 0);
	aside = get_file(LOG_DIR "/event_log.unknown");
	assert_non_null(strstr((char *)aside.p, "two"));
	bytes_done(&aside);
}

static void test_once(void **state)
{
	unsigned n;
	uint32_t done;

	assert_code(append_to("one", TSMMR_APPEND_ONCE, &done), 0);
	assert_int_equal(done, TSMMR_APPENDED_SYNC);
	append_ok("two", 0);
	n = machine.n_extended;
	assert_code(append_to("one", TSMMR_APPEND_ONCE, &done), 0);
	assert_int_equal(done, TSMMR_APPENDED_NOTHING);
	foreign(1);
	assert_code(append_to("two", TSMMR_APPEND_ONCE, &done), 0);
	assert_int_equal(done, TSMMR_APPENDED_NOTHING);
	assert_int_equal(machine.n_extended, n);
	assert_code(append_to("tw", TSMMR_APPEND_ONCE, &done), 0);
	assert_int_equal(done, TSMMR_APPENDED_SYNC);

	/* To be sure of a record that was in doubt. */
	machine.answer = TSMMR_E_INDOUBT;
	assert_code(append_to("three", TSMMR_APPEND_ONCE, NULL), TSMMR_E_INDOUBT);
	assert_code(append_to("three", TSMMR_APPEND_ONCE, &done), 0);
	assert_int_equal(done, TSMMR_APPENDED_REPAIR);
	assert_int_equal(count_lines("three"), 1);
	machine.skip_reads = 1;
	machine.unreadable = 1;
	assert_code(append_to("four", TSMMR_APPEND_ONCE, NULL), TSMMR_E_INDOUBT);
	assert_code(append_to("four", TSMMR_APPEND_ONCE, &done), 0);
	assert_int_equal(done, TSMMR_APPENDED_REPAIR | TSMMR_APPENDED_NOTHING);
	assert_int_equal(count_lines("four"), 1);

	/* Of this boot. */
	set_boot(BOOT_2);
	memset(machine.value, 0, SIZE);
	assert_code(append_to("one", TSMMR_APPEND_ONCE, &done), 0);
	assert_int_equal(done, TSMMR_APPENDED_SYNC);
}

static void replace(const char *name, const char *target)
{
	char path[256], moved[300];

	path_of(name, path, sizeof(path));
	snprintf(moved, sizeof(moved), "%s.moved", path);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(symlink(target ? target : moved, path), 0);
	assert_code(append_to("two", 0, NULL), TSMMR_E_IO);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(moved, path), 0);
}

static void test_hostile_dir(void **state)
{
	static const char *const dirs[] = { "/run/tsmmr", "/run/tsmmr/fake", LOG_DIR };
	struct tsmmr_error err = ERROR_INIT;
	char path[256];
	unsigned n;

	append_ok("one", TSMMR_APPENDED_SYNC);
	n = machine.n_extended;
	replace("/run/tsmmr/fake", NULL);
	replace(LOG_DIR, NULL);
	replace(LOG_DIR "/event_log", NULL);
	replace(LOG_DIR "/event_log", "/etc/passwd");
	replace(LOG_DIR "/state", NULL);
	replace(LOG_DIR "/lock", NULL);
	for (size_t i = 0; i < N_OF(dirs); i++) {
		path_of(dirs[i], path, sizeof(path));
		assert_int_equal(chmod(path, 0777), 0);
		assert_code(append_to("two", 0, NULL), TSMMR_E_IO);
		assert_int_equal(chmod(path, 0755), 0);
	}

	/* Something else under the name of the log. */
	path_of(LOG_DIR "/event_log", path, sizeof(path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_code(append_bytes("two", 3, &err), TSMMR_E_IO);
	assert_non_null(strstr(err.message, "event_log"));
	assert_non_null(strstr(err.message, "not extended"));
	assert_int_equal(machine.n_extended, n);
}

static void test_path(void **state)
{
	static char dir[] = "/var/log/mr", other[] = "..";
	struct tsmmr_error err = ERROR_INIT;
	char *path = NULL;

	assert_code(append_log_path(&ctx, &reg, &path), 0);
	assert_string_equal(path, "/run/tsmmr/fake/mr0/event_log");
	free(path);

	put_file("/sys/measurements/mr00:sha256", "", 0);
	put_file("/sys/measurements/mr0:sha256", "", 0);
	ctx.log_dir = dir;
	assert_code(append_log_path(&ctx, &reg, &path), 0);
	assert_string_equal(path, "/var/log/mr/fake/mr0:sha384/event_log");
	free(path);

	/* What is no name of a directory, and what is no register that a log can be about. */
	reg.provider = other;
	assert_code(append_to("one", 0, NULL), TSMMR_E_ARG);
	reg.hash = NULL;
	assert_code(append_to("one", 0, NULL), TSMMR_E_UNSUPPORTED);
	reg.hash = other;
	assert_code(append_to("one", 0, NULL), TSMMR_E_UNSUPPORTED);
	reg.value_path = NULL;
	assert_code(append_to("one", 0, NULL), TSMMR_E_UNSUPPORTED);
	assert_code(tree_extend_logged(&tree, &reg, machine.value, SIZE, &err), 0);
}

/* Does the two banks' log give both of them, each by its own hash of every line? */
static bool banks_replay(void)
{
	struct bytes b = get_file(LOG_DIR "/event_log");
	uint8_t value[2][SIZE] = { 0 }, digest[SIZE];
	static const int algs[] = { TSMMR_HASH_SHA384, TSMMR_HASH_SHA256 };
	static const char *const names[] = { "SYNC sha384/", "SYNC sha256/" };

	for (char *p = (char *)b.p, *end; (end = strchr(p, '\n')); p = end + 1) {
		*end = 0;
		for (int i = 0; *p && i < 2; i++) {
			struct hasher h;

			if (strncmp(p, names[i], 12) == 0)
				unhex(p + 12, value[i], i ? 32 : SIZE);
			assert_int_equal(
				hasher_init(&h, CRYPTO_DEFAULT, hash_by_id((uint16_t)algs[i])), 0);
			assert_int_equal(hash_bytes(&h, p, strlen(p), digest), 0);
			hasher_done(&h);
			fold_with(algs[i], value[i], digest);
		}
	}
	bytes_done(&b);
	return memcmp(value[0], machine.value, SIZE) == 0 &&
	       memcmp(value[1], machine.other, 32) == 0;
}

static void test_banks(void **state)
{
	static char path[] = "/sys/measurements/mr0:sha256", hash[] = "sha256";
	struct tree_reg regs[] = { reg, reg };
	struct tsmmr_error err = ERROR_INIT;
	uint8_t before[SIZE];
	char *log;

	memset(machine.other, 0, sizeof(machine.other));
	put_file(path, "", 0);
	regs[1].hash = hash;
	regs[1].value_path = regs[1].write_path = path;
	regs[1].size = sizeof(machine.other);
	regs[1].follows = true;
	reg.leads = true;
	tree.scan = (struct tree_scan){ regs, 2, 2 };

	/* One record, a SYNC of each bank before it, in one log. */
	assert_code(append_log_path(&ctx, &reg, &log), 0);
	assert_string_equal(log, LOG_DIR "/event_log");
	free(log);
	append_ok("one", TSMMR_APPENDED_SYNC);
	assert_true(banks_replay());
	append_ok("two", 0);
	assert_true(banks_replay());

	/* A bank that says no: the record is pending, and the next append extends it there. */
	memcpy(before, machine.other, 32);
	machine.other_answer = TSMMR_E_IO;
	assert_code(append_bytes("three", 5, &err), TSMMR_E_INDOUBT);
	assert_non_null(strstr(err.message, "mr0:sha256 is not extended yet"));
	assert_memory_equal(machine.other, before, 32);
	append_ok("four", TSMMR_APPENDED_REPAIR);
	assert_int_equal(count_lines("three"), 1);
	assert_true(banks_replay());

	/* The first one says no, and neither was extended. */
	machine.answer = TSMMR_E_IO;
	assert_code(append_bytes("never", 5, &err), TSMMR_E_IO);
	assert_int_equal(count_lines("never"), 0);
	assert_true(banks_replay());

	/* Others extend one bank: its SYNC alone. */
	fold_with(TSMMR_HASH_SHA256, machine.other, before);
	append_ok("five", TSMMR_APPENDED_SYNC);
	assert_true(banks_replay());

	/* A bank is no register of its own. */
	reg = regs[1];
	assert_code(append_to("six", 0, NULL), TSMMR_E_UNSUPPORTED);
	tree.scan = (struct tree_scan){ 0 };
}

static int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static void *many(void *name)
{
	char record[32];

	for (int i = 0; i < 50; i++) {
		snprintf(record, sizeof(record), "%s %d", (const char *)name, i);
		if (append_bytes(record, strlen(record), NULL) < 0)
			return name;
	}
	return NULL;
}

static void test_threads(void **state)
{
	static char names[4][8] = { "a", "b", "c", "d" };
	pthread_t threads[4];
	int n = open_files();

	/* Valgrind runs one thread at a time, and up to 3.19 goes on holding the others up
	 * while one waits for an OFD lock. */
	if (slow())
		skip();
	for (size_t i = 0; i < N_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, many, names[i]), 0);
	for (size_t i = 0; i < N_OF(threads); i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(machine.n_extended, 201);
	assert_int_equal(gaps_of_log(), 0);
	assert_int_equal(open_files(), n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_extend, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_in_doubt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_by_register, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torn_state, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torn_log, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_log, setup, teardown),
		cmocka_unit_test_setup_teardown(test_boot, setup, teardown),
		cmocka_unit_test_setup_teardown(test_state_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile_dir, setup, teardown),
		cmocka_unit_test_setup_teardown(test_banks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_path, setup, teardown),
		cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
