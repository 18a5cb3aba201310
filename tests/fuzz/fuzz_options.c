/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any words as a command line, one a line, and its LOGs as KEY=PATH: of files none of which is
 * there.
 */
#include "said.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "input.h"
#include "options.h"

#define WORDS_MAX 32

static bool inside;

/* What a line names is not to be read: it could be anything of the machine that fuzzes. */
int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (inside) {
		errno = ENOENT;
		return -1;
	}
	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static int run(struct options *o)
{
	return 0;
}

/* clang-format off */
static const struct verb verbs[] = {
	{ "registers", V_REGISTERS, run, NULL, "", "" },
	{ "show", V_SHOW, run, NULL, "", "" },
	{ "replay", V_REPLAY, run, NULL, "", "" },
	{ "verify", V_VERIFY, run, NULL, "", "" },
	{ "explain", V_EXPLAIN, run, NULL, "", "" },
	{ "appraise", V_APPRAISE, run, NULL, "", "" },
	{ "export", V_EXPORT, run, NULL, "", "" },
	{ "merge", V_MERGE, run, NULL, "", "" },
	{ "append", V_APPEND, run, NULL, "", "" },
	{ "capture", V_CAPTURE, run, NULL, "", "" },
	{ "diff", V_DIFF, run, NULL, "", "" },
	{ "predict", V_PREDICT, run, NULL, "", "" },
	{ "lock", V_LOCK, run, NULL, "", "" },
	{ "attest", V_ATTEST, run, NULL, "", "" },
	{ .name = NULL },
};
/* clang-format on */

static int no_policy(struct options *o, const char *path)
{
	return options_add_word(o, &o->policy, path);
}

/* Every LOG that is a file: what is said of it, and where it is looked for. */
static int open_inputs(struct options *o)
{
	struct inputs in = { .n = 0 };
	int known, r;

	if (!o->verb || !(o->verb->bit & V_LOGS) || !o->n_operands || o->image.n)
		return 0;
	for (size_t i = 0; i < o->n_operands; i++)
		if (tsmmr_name_find(TSMMR_NAMES_LOG, o->operands[i], &known) == 0 ||
		    strrchr(o->operands[i], '-'))
			return 0;
	o->ctx = tsmmr_ctx_ref(fuzz_ctx());
	r = inputs_open(o, &in);
	inputs_close(&in);
	return r;
}

static void check(const struct options *o, int r)
{
	PROMISE(r >= 0 && r <= EXIT_EVIDENCE && r == o->failure.exit);
	if (r)
		return;
	PROMISE(o->verb || o->version || o->list_roots || o->help);
	PROMISE(o->n_nonce <= sizeof(o->nonce));
	PROMISE(o->jobs <= 256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options o = { .json = 0, .batch_fd = -1 };
	char *text = malloc(size + 1), *words[WORDS_MAX + 2] = { "tsmmr-replay" }, *rest = text;
	int n = 1, r;

	PROMISE(text);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	while (rest && n <= WORDS_MAX)
		words[n++] = strsep(&rest, "\n");

	inside = true;
	said_begin();
	optind = 0; /* getopt's own start */
	r = options_parse(&o, verbs, no_policy, n, words);
	if (r == 0 && !o.help && !o.version && !o.list_roots)
		r = open_inputs(&o);
	inside = false;
	said_end(r);
	check(&o, r);
	options_free(&o);
	free(text);
	return 0;
}
