/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the log and the state that an append finds: it refuses, or it recovers; and then
 * what was in the log is still there, and what it acknowledged is there once.  The register is
 * played here, as in tests/unit/test_append.c.
 *
 * An input is (how, answer, state with its length, log).  In a state, $i stands for the log's
 * inode, $n for its length, $v for the register's value, $z for zeros, $w for the value after
 * RECORD.
 */
#include "tmpfolder.h"

#include <dirent.h>

#include <openssl/sha.h>

#include "live/logfile.h"
#include "util/error.h"
#include "util/hex.h"

#define SIZE SHA384_DIGEST_LENGTH
#define DIR_NAME "run/tsmmr/fake/mr0"
#define BOOT "11111111-2222-3333-4444-555555555555"
#define RECORD "record"

enum {
	HOW_BOOT = 1,    /* this boot has an id */
	HOW_CHECKED = 2, /* the state gets the checksum that makes it ours */
	HOW_REPLAYS = 4, /* the register is what the log replays to */
	HOW_ONCE = 8,
	HOW_NO_STATE = 16,
	HOW_LIES = 32, /* what fails has extended all the same */
	HOW_SETTLE = 64
};

static struct {
	uint8_t value[SIZE];
	int answer;
	bool lies;
	unsigned extended;
} machine;

static void fold(uint8_t *value, const uint8_t *digest)
{
	uint8_t both[2 * SIZE];

	memcpy(both, value, SIZE);
	memcpy(both + SIZE, digest, SIZE);
	SHA384(both, sizeof(both), value);
}

int reg_read(const char *root, const struct tree_reg *reg, uint8_t *ret, size_t size,
	     struct tsmmr_error *err)
{
	PROMISE(size >= SIZE);
	memcpy(ret, machine.value, SIZE);
	return SIZE;
}

int reg_extend_record(const char *root, struct crypto crypto, const struct tree_reg *reg,
		      struct span record, const uint8_t *digest, size_t n, struct tsmmr_error *err)
{
	int r = machine.answer;

	PROMISE(n == SIZE);
	if (!r || machine.lies) {
		fold(machine.value, digest);
		machine.extended++;
	}
	machine.answer = 0;
	return r ? fail(err, r, "so it was told") : 0;
}

int reg_extend(const char *root, struct crypto crypto, const struct tree_reg *reg,
	       const uint8_t *digest, size_t n, struct tsmmr_error *err)
{
	return reg_extend_record(root, crypto, reg, span_of(NULL, 0), digest, n, err);
}

static char provider[] = "fake", name[] = "mr0", hash[] = "sha384", value_path[] = "/sys/mr0";
static struct tree_reg reg = { .layout = TREE_RFC,
			       .provider = provider,
			       .name = name,
			       .hash = hash,
			       .value_path = value_path,
			       .write_path = value_path,
			       .size = SIZE,
			       .readable = true,
			       .extensible = true,
			       .writable_now = true };
static struct tsmmr_ctx ctx;
static struct tsmmr_tree tree = { .ctx = &ctx };

static const char *path_of(const char *file)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", ctx.root, file);
	return path;
}

static void put_file(const char *file, const void *p, size_t n, mode_t mode)
{
	int fd = open(path_of(file), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	PROMISE(fd >= 0 && (!n || write(fd, p, n) == (ssize_t)n));
	close(fd);
}

/* All of a file, to be freed; NULL where there is none. */
static uint8_t *get_file(const char *file, size_t *ret_n)
{
	int fd = open(path_of(file), O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *p;

	if (fd < 0)
		return NULL;
	PROMISE(fstat(fd, &st) == 0);
	p = malloc((size_t)st.st_size + 1);
	PROMISE(p && read(fd, p, (size_t)st.st_size) == st.st_size);
	close(fd);
	*ret_n = (size_t)st.st_size;
	return p;
}

/* The name of a log that was set aside, or "". */
static void find_aside(char *ret, size_t size, bool remove_it)
{
	DIR *dir = opendir(path_of(DIR_NAME));
	struct dirent *de;

	*ret = 0;
	PROMISE(dir);
	while ((de = readdir(dir))) {
		if (strncmp(de->d_name, "event_log.", 10) != 0)
			continue;
		snprintf(ret, size, DIR_NAME "/%s", de->d_name);
		if (remove_it)
			unlinkat(dirfd(dir), de->d_name, 0);
	}
	closedir(dir);
}

/* What the log at DIR_NAME says the register is; 0, or why it says nothing. */
static int replayed(struct textlog *ret)
{
	struct log_bank bank = { .reg = &reg };
	struct tsmmr_error err = { .size = sizeof(err) };
	int fd = open(path_of(DIR_NAME "/event_log"), O_RDONLY | O_CLOEXEC), r;

	PROMISE(fd >= 0);
	r = textlog_hasher(CRYPTO_DEFAULT, &reg, &bank.hasher, &err);
	if (r == 0)
		r = textlog_walk(CRYPTO_DEFAULT, &bank, 1, fd, span_of(NULL, 0), ret, &err);
	hasher_done(&bank.hasher);
	close(fd);
	return r;
}

static size_t put_hex(char *to, const uint8_t *p)
{
	hex_encode(to, p, SIZE);
	return 2 * SIZE;
}

/* The state of the input, with what it could not know filled in. */
static size_t make_state(const uint8_t *from, size_t n, bool checked, size_t log_n, char *to,
			 size_t room)
{
	uint8_t zeros[SIZE] = { 0 }, after[SIZE], digest[SIZE];
	struct stat st;
	size_t k = 0;

	PROMISE(stat(path_of(DIR_NAME "/event_log"), &st) == 0);
	memcpy(after, machine.value, SIZE);
	SHA384((const uint8_t *)RECORD, strlen(RECORD), digest);
	fold(after, digest);
	for (size_t i = 0; i < n && k + 256 < room; i++) {
		if (from[i] != '$' || i + 1 == n) {
			to[k++] = (char)from[i];
			continue;
		}
		switch (from[++i]) {
		case 'i':
			k += (size_t)sprintf(to + k, "%llu", (unsigned long long)st.st_ino);
			break;
		case 'n':
			k += (size_t)sprintf(to + k, "%zu", log_n);
			break;
		case 'v':
			k += put_hex(to + k, machine.value);
			break;
		case 'z':
			k += put_hex(to + k, zeros);
			break;
		case 'w':
			k += put_hex(to + k, after);
			break;
		}
	}
	if (checked) {
		SHA384((uint8_t *)to, k, digest);
		k += (size_t)sprintf(to + k, "check ");
		k += put_hex(to + k, digest);
		to[k++] = '\n';
	}
	return k;
}

static int append(const char *record, uint32_t flags, uint32_t *ret_done)
{
	struct append a = { .record = span_of(record, strlen(record)), .flags = flags };
	struct tsmmr_error err = { .size = sizeof(err) };
	int r = tree_append(&tree, &reg, &a, &err);

	if (r != 0)
		fuzz_check_io_error(r, &err);
	*ret_done = r == 0 ? a.done : 0;
	return r;
}

static bool ends_in(const uint8_t *p, size_t n, const char *text)
{
	size_t k = strlen(text);

	return n >= k && !memcmp(p + n - k, text, k) && (n == k || p[n - k - 1] == '\n');
}

/* Whole lines stay, in the log or in one that was set aside; an unfinished one may go. */
static void check_kept(const uint8_t *log, size_t log_n)
{
	const uint8_t *last = log_n ? memrchr(log, '\n', log_n) : NULL;
	size_t whole = last ? (size_t)(last + 1 - log) : 0, n = 0;
	char aside[PATH_MAX];
	uint8_t *now;

	find_aside(aside, sizeof(aside), false);
	now = get_file(*aside ? aside : DIR_NAME "/event_log", &n);
	PROMISE(now && n >= whole && (!whole || !memcmp(now, log, whole)));
	free(now);
}

/* After one append was acknowledged so is the next, which finds nothing to mend. */
static void check_next(bool trusted)
{
	size_t n = 0, before = 0;
	uint32_t done = 0;
	struct textlog w;
	uint8_t *now = get_file(DIR_NAME "/event_log", &before);

	PROMISE(now);
	free(now);
	machine.extended = 0;
	PROMISE(append("next", 0, &done) == 0 && !done && machine.extended == 1);
	now = get_file(DIR_NAME "/event_log", &n);
	PROMISE(now && ends_in(now, n, "next\n") && n == before + strlen("\nnext\n"));
	free(now);
	if (!trusted)
		PROMISE(replayed(&w) == 0 && w.now[0].anchored &&
			!memcmp(w.now[0].value, machine.value, SIZE));
}

/* The register and the log go on from each other. */
static void check_appended(uint32_t done, bool trusted)
{
	struct textlog w;
	size_t n = 0;
	uint8_t *now = get_file(DIR_NAME "/event_log", &n);

	PROMISE(now);
	if (done & TSMMR_APPENDED_NOTHING) {
		PROMISE(memmem(now, n, RECORD, strlen(RECORD)));
		free(now);
		return;
	}
	PROMISE(ends_in(now, n, RECORD "\n"));
	free(now);
	/* A state with our checksum is believed: nobody else can write one. */
	if (!trusted || done & TSMMR_APPENDED_SYNC) {
		int r = replayed(&w);

		/* Without such a state, a log that cannot be read to its end is not written to. */
		PROMISE(r == 0 || trusted);
		PROMISE(r < 0 || (w.now[0].anchored && !w.torn &&
				  !memcmp(w.now[0].value, machine.value, SIZE)));
	}
	check_next(trusted);
}

static void setup(struct folder *f)
{
	if (ctx.root)
		return;
	ctx.root = f->path;
	ctx.users = 1;
	folder_put(f, DIR_NAME "/lock", FOLDER_FILE, 0600, "", 0);
	folder_put(f, "proc/sys/kernel/random/boot_id", FOLDER_FILE, 0644, BOOT "\n", 37);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int answers[] = { 0, 0, 0, TSMMR_E_INDOUBT, TSMMR_E_IO, TSMMR_E_LOCKED, 0, 0 };
	struct bytes_left in = { data, size };
	uint8_t how = take_byte(&in), answer = take_byte(&in);
	size_t state_n, log_n, n = 0;
	char state[8192], aside[PATH_MAX];
	const uint8_t *from, *log;
	struct textlog w;
	uint32_t done;
	int r, settled;

	setup(folder_get());
	n = (size_t)take_byte(&in) << 8;
	n |= take_byte(&in);
	from = in.p;
	state_n = n < in.n ? n : in.n;
	log_n = in.n - state_n;
	log = state_n ? from + state_n : from;
	find_aside(aside, sizeof(aside), true);
	put_file(DIR_NAME "/event_log", log, log_n, 0644);
	put_file("proc/sys/kernel/random/boot_id", BOOT "\n", how & HOW_BOOT ? 37 : 0, 0644);

	memset(&machine, 0, sizeof(machine));
	if (how & HOW_REPLAYS && replayed(&w) == 0 && w.now[0].anchored)
		memcpy(machine.value, w.now[0].value, SIZE);
	n = make_state(from, state_n, how & HOW_CHECKED, log_n, state, sizeof(state));
	put_file(DIR_NAME "/state", state, how & HOW_NO_STATE ? 0 : n, 0600);

	machine.answer = answers[answer % 8];
	machine.lies = how & HOW_LIES;
	if (how & HOW_SETTLE)
		tree_settle(&tree, &reg, &settled, NULL);
	r = append(RECORD, how & HOW_ONCE ? TSMMR_APPEND_ONCE : 0, &done);
	if (!(how & HOW_CHECKED))
		check_kept(log, log_n);
	if (r == 0)
		check_appended(done, how & HOW_CHECKED);
	else
		PROMISE(answers[answer % 8] || !machine.extended);
	return 0;
}
