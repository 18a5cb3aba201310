/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox: Landlock for files, seccomp for everything else.
 *
 * Which files the verbs will open is not computed a second time.  Each word of the command line
 * may name one, whole or behind a '=', a ':' or an '@'; those that do may be read, whatever the
 * word was meant to be.
 */
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "input.h"
#include "options.h"
#include "scope.h"
#include "temporary.h"
#include "verifying.h"

/*
 * The kernel's ABI, from Documentation/userspace-api/landlock.rst: headers are often older than
 * the kernel, and its numbers never change.
 */
enum {
	CREATE_RULESET = 444,
	ADD_RULE = 445,
	RESTRICT_SELF = 446,

	RULESET_VERSION = 1, /* the flag that asks for it */
	PATH_BENEATH = 1,

	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_REG = 1 << 8,
	FS_ALL = (1 << 13) - 1,
	FS_REFER = 1 << 13,     /* of ABI 2 */
	FS_TRUNCATE = 1 << 14,  /* of 3 */
	FS_IOCTL_DEV = 1 << 15, /* of 5 */
	OF_FILES = FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,

	NET_ALL = 3,   /* binding and connecting TCP, of ABI 4 */
	SCOPE_ALL = 3, /* abstract sockets and signals, of ABI 6 */
};

struct ruleset {
	uint64_t fs, net, scoped;
};

struct path_beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

struct rules {
	int fd;
	uint32_t handled;
	bool copies; /* some input may have to be copied to be read twice */
	bool failed;
};

/* 0: the kernel has none. */
static int landlock_version(void)
{
	long r = syscall(CREATE_RULESET, NULL, 0, RULESET_VERSION);

	return r > 0 ? (int)r : 0;
}

/* Of a log: as much of one is held instead of being copied. */
#define HELD_BYTES (256 << 10)

/*
 * Nor does a pipe or a file of the kernel's say how long it is; and of a long one nobody looked yet
 * whether it is armoured, and so cannot be read from its start again.
 */
static bool may_be_copied(const struct stat *st)
{
	return !S_ISDIR(st->st_mode) && (!S_ISREG(st->st_mode) || !st->st_size ||
					 st->st_size == 4096 || st->st_size > HELD_BYTES);
}

static void allow(struct rules *rules, const char *path, uint32_t rights)
{
	struct path_beneath rule = { .fd = open(path, O_PATH | O_CLOEXEC) };
	struct stat st;

	/* What does not exist will not be opened either. */
	if (rule.fd < 0 || fstat(rule.fd, &st) < 0)
		goto out;
	if (!S_ISDIR(st.st_mode))
		rights &= OF_FILES;
	rules->copies |= may_be_copied(&st);
	rule.allowed = rights & rules->handled;
	/* Pipes are reached by no path, and free. */
	if (rule.allowed && syscall(ADD_RULE, rules->fd, PATH_BENEATH, &rule, 0) < 0 &&
	    errno != EBADFD)
		rules->failed = true;
out:
	if (rule.fd >= 0)
		close(rule.fd);
}

/* What a word may name up to its end: all of it, and what is behind a sign. */
static void allow_ends(struct rules *rules, const char *word)
{
	allow(rules, word, FS_READ_FILE | FS_READ_DIR);
	for (const char *p = word; *p; p++)
		if (strchr("=:@", *p) && p[1])
			allow(rules, p + 1, FS_READ_FILE | FS_READ_DIR);
}

/* The same of what is before a '=': two files can stand in one word. */
static void allow_reading(struct rules *rules, const char *word)
{
	rules->copies |= input_is_stdin_value(word);
	allow_ends(rules, word);
	for (const char *p = strchr(word, '='); p; p = strchr(p + 1, '=')) {
		char *first = strndup(word, (size_t)(p - word));

		if (first)
			allow_ends(rules, first);
		free(first);
	}
}

static void allow_words(struct rules *rules, const struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		allow_reading(rules, words->all[i]);
}

/* What a folder of lists, or an attest's, has of files and folders that are elsewhere. */
static void allow_links(struct rules *rules, const char *folder, bool top)
{
	DIR *dir = opendir(folder);
	struct dirent *de;

	while (dir && (de = readdir(dir))) {
		char *path;

		if (*de->d_name == '.' || asprintf(&path, "%s/%s", folder, de->d_name) < 0)
			continue;
		if (de->d_type == DT_LNK || de->d_type == DT_UNKNOWN)
			allow(rules, path, FS_READ_FILE | FS_READ_DIR);
		if (top)
			allow_links(rules, path, false);
		free(path);
	}
	if (dir)
		closedir(dir);
}

/* Those of --known and --denied are read in the sandbox; of --evidence it was done before. */
static void allow_lists(struct rules *rules, const struct words *words)
{
	for (size_t i = 0; i < words->n; i++) {
		const char *equals = strchr(words->all[i], '=');

		if (equals)
			allow_links(rules, equals + 1, true);
	}
}

/* Into the folder of a file: a new one that takes its place, and that it is there to stay. */
static void allow_beside(struct rules *rules, char *path)
{
	allow(rules, dirname(path),
	      FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG | FS_REMOVE_FILE | FS_READ_DIR);
}

static void allow_output(struct rules *rules, const char *path)
{
	char *copy = path ? strdup(path) : NULL, *real = path ? realpath(path, NULL) : NULL;
	struct stat st;

	if (real && stat(real, &st) == 0 && !S_ISREG(st.st_mode))
		allow(rules, real, FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV);
	else if (real)
		allow_beside(rules, real);
	if (copy)
		allow_beside(rules, copy);
	free(copy);
	free(real);
}

/* Where a log is copied to that cannot be read more than once. */
static void allow_temporary(struct rules *rules)
{
	allow(rules, temporary_folder(),
	      FS_WRITE_FILE | FS_READ_FILE | FS_MAKE_REG | FS_REMOVE_FILE);
}

/* show keeps to itself what counts only once all of it was read. */
static bool holds_back(const struct options *o)
{
	return o->verb->bit == V_SHOW &&
	       (o->domain || o->evidence.n || o->manifest.n || o->expect.n || o->expect_any.n);
}

/* Several text logs are read once to find their order. */
static bool reads_twice(const struct options *o)
{
	return verifying_twice(o) || o->verb->bit & (V_DIFF | V_MERGE | V_EXPORT) ||
	       o->n_operands > 1 || o->batch;
}

static void allow_named(struct rules *rules, const struct options *o)
{
	const struct words *const lists[] = {
		&o->image,    &o->launch,     &o->evidence, &o->expect,    &o->expect_any,
		&o->manifest, &o->trust_root, &o->policy,   &o->reference, &o->own_log,
		&o->replace,  &o->known,      &o->denied,
	};
	const char *const paths[] = { o->root, o->batch_root };

	for (size_t i = 0; i < o->n_operands; i++)
		allow_reading(rules, o->operands[i]);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		allow_words(rules, lists[i]);
	allow_lists(rules, &o->known);
	allow_lists(rules, &o->denied);
	for (size_t i = 0; i < o->collateral.n; i++)
		allow(rules, o->collateral.all[i], FS_READ_FILE | FS_READ_DIR);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (paths[i])
			allow(rules, paths[i], FS_READ_FILE | FS_READ_DIR);
	allow_output(rules, o->out);
	allow_output(rules, o->page);
	allow_output(rules, o->write_unknown);
	/* Logs that are found below a folder are not looked at here. */
	rules->copies |= o->root || o->batch_root;
	if ((rules->copies && reads_twice(o)) || holds_back(o))
		allow_temporary(rules);
}

/* 0, also where there is no such thing; or -1 and errno. */
static int restrict_files(const struct options *o)
{
	static const uint32_t since[] = { [2] = FS_REFER, [3] = FS_TRUNCATE, [5] = FS_IOCTL_DEV };
	int version = landlock_version(), r = -1;
	struct ruleset set = { .fs = FS_ALL };
	struct rules rules;

	if (!version)
		return 0;
	for (int i = 0; i < (int)ARRAY_SIZE(since) && i <= version; i++)
		set.fs |= since[i];
	if (version >= 4)
		set.net = NET_ALL;
	if (version >= 6)
		set.scoped = SCOPE_ALL;
	rules = (struct rules){
		.fd = (int)syscall(CREATE_RULESET, &set,
				   version >= 6 ? 24 :
				   version >= 4 ? 16 :
						  8,
				   0),
		.handled = (uint32_t)set.fs,
	};
	if (rules.fd < 0)
		return -1;
	allow_named(&rules, o);
	if (!rules.failed)
		r = (int)syscall(RESTRICT_SELF, rules.fd, 0);
	close(rules.fd);
	return r;
}

/* Sanitizers look at the process from outside of it, and ./run coverage has it write a profile. */
static bool is_possible(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(TSMMR_PROFILED)
	return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
	return false;
#endif
#endif
	return true;
}

/* Are there devices below the root?  A captured machine has none. */
static bool has_devices(const char *root)
{
	static const char *const devices[] = { "nsm", "tpm0", "tpmrm0" };
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		char *path;

		if (asprintf(&path, "%s/dev/%s", root, devices[i]) < 0)
			return true;
		any |= access(path, F_OK) == 0;
		free(path);
	}
	return any;
}

/* Nothing of a machine that is running, which has more files than could be named. */
static bool reads_files(const struct options *o)
{
	int known;

	/* Whether a register can be written to is asked of its file. */
	if (o->verb->bit == V_REGISTERS)
		return !o->root && o->evidence.n;
	if (o->root)
		return !o->tcti && !has_devices(o->root);
	for (size_t i = 0; i < o->n_operands; i++)
		if (tsmmr_name_find(TSMMR_NAMES_LOG, o->operands[i], &known) == 0)
			return false;
	return !o->live && !o->tcti && (o->n_operands || o->evidence.n || o->image.n || o->batch);
}

int sandbox_enter(struct options *o, struct tsmmr_ctx *ctx)
{
	struct tsmmr_error err = NO_ERROR;

	if (o->no_sandbox || o->sandboxed || !(o->verb->bit & V_READ) || !is_possible() ||
	    !reads_files(o))
		return 0;
	if (tsmmr_ctx_prepare(ctx, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || restrict_files(o) < 0 ||
	    sandbox_calls() < 0)
		return fail_errno(o, "the sandbox", TSMMR_NONE, "cannot be entered (--no-sandbox)");
	o->sandboxed = 1;
	return 0;
}

void sandbox_print(FILE *f)
{
	int version = landlock_version();
	const char *comma = "";

	fputs("sandbox: ", f);
	if (!is_possible()) {
		fputs("none, for this was built with a sanitizer\n", f);
		return;
	}
	if (version) {
		fprintf(f, "Landlock %d", version);
		comma = ", ";
	}
	if (sandbox_has_calls()) {
		fprintf(f, "%sseccomp", comma);
		comma = ", ";
	}
	fputs(*comma ? "\n" : "none\n", f);
}
