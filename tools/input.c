/* SPDX-License-Identifier: BSD-2-Clause */
/* The LOG arguments: what each means, and the streams they open. */
#include "input.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "escape.h"
#include "evidence.h"
#include "folder.h"
#include "image.h"
#include "job.h"
#include "options.h"
#include "role.h"
#include "order.h"
#include "report_folder.h"
#include "scope.h"

/* Of a file that is no log, enough to see whether it is evidence. */
#define PEEK_MAX ((size_t)1 << 20)

/*
 * "rtmr3", "pcr10:sha256", "app-runtime", "tsm_mr_sample/rtmr1:sha384": the library knows
 * which of them exist.
 */
static bool looks_like_register(const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *slash = strchr(word, '/');

	if (!strchr(letters, word[0]) || (slash && (!slash[1] || strchr(slash + 1, '/'))))
		return false;
	for (; *word; word++)
		if (!strchr(letters, *word) && !strchr("0123456789-_.:/", *word))
			return false;
	return true;
}

/* One word of KEY: 0, EXIT_USAGE of one that is none, or another exit status. */
static int take_key(struct options *o, struct input *in, const char *s, size_t n)
{
	char word[128];
	int format;

	if (!n || n >= sizeof(word))
		return EXIT_USAGE;
	memcpy(word, s, n);
	word[n] = '\0';

	if (tsmmr_name_find(TSMMR_NAMES_FORMAT, word, &format) == 0 && options_can_read(format)) {
		if (in->format)
			return EXIT_USAGE;
		in->format = format;
		return 0;
	}
	if (in->reg || !looks_like_register(word))
		return EXIT_USAGE;
	in->reg = strdup(word);
	return in->reg ? 0 : fail(o, TSMMR_E_NOMEM, "out of memory");
}

/* "KEY=PATH", where PATH is what is left when KEY is taken off; "./a=b" is a path. */
static int take_keys(struct options *o, struct input *in, const char *arg)
{
	const char *equals = strchr(arg, '=');
	const char *comma;
	int r;

	in->name = arg;
	if (!equals || arg[0] == '.' || arg[0] == '/')
		return 0;

	comma = memchr(arg, ',', (size_t)(equals - arg));
	r = take_key(o, in, arg, (size_t)((comma ? comma : equals) - arg));
	if (!r && comma)
		r = take_key(o, in, comma + 1, (size_t)(equals - comma - 1));
	if (r && r != EXIT_USAGE)
		return r;
	if (r || !equals[1])
		return fail_usage(o,
				  "'%s': not FORMAT=PATH, REGISTER=PATH or both with a comma;"
				  " a file of that name is ./%s",
				  arg, arg);
	in->name = equals + 1;
	return 0;
}

static int take_operand(struct options *o, struct input *in, const char *arg)
{
	bool keyed = o->format || o->mr;
	int r = take_keys(o, in, arg);

	if (r)
		return r;
	/* A line of --batch is never about this machine. */
	if (!o->job && tsmmr_name_find(TSMMR_NAMES_LOG, arg, &in->known) == 0)
		return keyed ? fail_usage(o,
					  "--format and --mr are about a file; '%s' is the"
					  " log of this machine, the file is ./%s",
					  arg, arg) :
			       0;
	if (!keyed)
		return 0;
	if (in->format || in->reg)
		return fail_usage(o, "'%s' says what --format and --mr say", arg);

	in->format = o->format;
	if (!o->mr)
		return 0;
	in->reg = strdup(o->mr);
	return in->reg ? 0 : fail(o, TSMMR_E_NOMEM, "out of memory");
}

bool inputs_have_stdin(const struct inputs *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (!in->all[i].known && input_is_stdin(in->all[i].name))
			return true;
	return false;
}

static int check_stdin(struct options *o, const struct inputs *in)
{
	size_t n = input_stdin_values(o);

	/* On a line of --batch it is a file's name. */
	if (o->job)
		return 0;
	for (size_t i = 0; i < in->n; i++)
		n += !in->all[i].known && input_is_stdin(in->all[i].name);
	return n > 1 ? fail_usage(o, "'-' can be read only once") : 0;
}

bool inputs_are_known(const struct options *o)
{
	int known;

	for (size_t i = 0; i < o->n_operands; i++)
		if (tsmmr_name_find(TSMMR_NAMES_LOG, o->operands[i], &known) < 0)
			return false;
	return !images_eif(o);
}

bool inputs_are_frozen(const struct inputs *in)
{
	return in->n && in->all[0].log;
}

/* Before anything is read of them. */
static int keep(struct options *o, const struct inputs *in)
{
	return o->twice ? inputs_keep(o, in->all, in->n) : 0;
}

int inputs_rewind(struct options *o, const struct inputs *in)
{
	int r = inputs_go_back(o, in->all, in->n);

	if (!r && in->progress)
		progress_start(in->progress, in);
	return r;
}

bool inputs_have_runtime(const struct inputs *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->all[i].known == TSMMR_LOG_RUNTIME)
			return true;
	return false;
}

static int add(struct options *o, struct inputs *in, const struct input *one)
{
	struct input *more = realloc(in->all, (in->n + 1) * sizeof(*more));

	if (!more)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	in->all = more;
	in->all[in->n] = *one;
	in->all[in->n].number = in->n;
	in->all[in->n++].fd = -1;
	return 0;
}

/* Which of the machine's logs a stream is, by what it reads. */
static int known_of(const struct tsmmr_stream *stream)
{
	switch (tsmmr_stream_format(stream)) {
	case TSMMR_FORMAT_CCEL:
		return TSMMR_LOG_CCEL;
	case TSMMR_FORMAT_TCG1:
	case TSMMR_FORMAT_TCG2:
		return TSMMR_LOG_TPM;
	case TSMMR_FORMAT_IMA:
	case TSMMR_FORMAT_IMA_ASCII:
		return TSMMR_LOG_IMA;
	case TSMMR_FORMAT_SYSTEMD:
		return TSMMR_LOG_SYSTEMD;
	default:
		return TSMMR_LOG_RUNTIME;
	}
}

/* Streams of the machine; known 0: of every kind. */
static int add_known(struct options *o, struct inputs *in, int known, struct tsmmr_streams *streams)
{
	struct tsmmr_streams **more = realloc(in->known, (in->n_known + 1) * sizeof(*more));
	int r = 0;

	if (!more) {
		tsmmr_streams_free(streams);
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	}
	in->known = more;
	in->known[in->n_known++] = streams;
	for (size_t i = 0; !r && i < tsmmr_streams_count(streams); i++) {
		struct input one = { .stream = tsmmr_streams_get(streams, i) };

		one.known = known ? known : known_of(one.stream);
		one.name = tsmmr_name(TSMMR_NAMES_LOG, one.known);
		r = add(o, in, &one);
	}
	return r;
}

/* The machine's logs of one kind: one, or as many as there are registers. */
static int open_known(struct options *o, struct inputs *in, int known)
{
	struct tsmmr_error err = NO_ERROR;
	struct tsmmr_streams *streams;
	const char *name = tsmmr_name(TSMMR_NAMES_LOG, known);
	struct stat st;
	int r;

	if (tsmmr_streams_open_known(o->ctx, known, o->platform, &streams, &err) == 0)
		return add_known(o, in, known, streams);
	r = fail_error(o, name, in->n, &err);
	if (err.code == TSMMR_E_NOTFOUND && stat(name, &st) == 0)
		hint(o, "'%s' is this machine's log; the file here is ./%s", name, name);
	return r;
}

/*
 * One of them cannot be opened.  The library stops there, without a word about the others:
 * each is tried alone, so that each that fails is named.
 */
static int blame(struct options *o, const struct tsmmr_error *first)
{
	static const int kinds[] = { TSMMR_LOG_CCEL, TSMMR_LOG_TPM, TSMMR_LOG_IMA,
				     TSMMR_LOG_SYSTEMD, TSMMR_LOG_RUNTIME };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct tsmmr_error err = NO_ERROR;
		struct tsmmr_streams *streams;

		if (tsmmr_streams_open_known(o->ctx, kinds[i], o->platform, &streams, &err) == 0)
			tsmmr_streams_free(streams);
		else if (err.code != TSMMR_E_NOTFOUND)
			fail_error(o, tsmmr_name(TSMMR_NAMES_LOG, kinds[i]), TSMMR_NONE, &err);
	}
	return failed(o) ? failed(o) : fail_error(o, NULL, TSMMR_NONE, first);
}

/*
 * Every log the machine has.  One that is absent is skipped, no other failure is.  A verdict
 * is about all registers of the machine, whichever of them --platform shows.
 */
static int open_all_known(struct options *o, struct inputs *in)
{
	int platform = o->verb->bit & V_JUDGE ? TSMMR_PLATFORM_AUTO : o->platform;
	struct tsmmr_error err = NO_ERROR;
	struct tsmmr_streams *streams;

	if (tsmmr_streams_open_known(o->ctx, TSMMR_LOG_ALL, platform, &streams, &err) == 0)
		return add_known(o, in, 0, streams);
	if (err.code != TSMMR_E_NOTFOUND)
		return blame(o, &err);
	return fail(o, TSMMR_E_NOTFOUND,
		    "this machine has no log that we know (ccel, tpm,"
		    " ima, systemd, runtime); give one as a file");
}

/*
 * What each LOG means.  Those of the machine are opened, since nothing else says how many
 * they are; files wait until the progress line can show them.
 */
static int take_operands(struct options *o, struct inputs *in)
{
	int worst = 0;

	for (size_t i = 0; i < o->n_operands; i++) {
		struct input one = { .fd = -1 };
		int r = take_operand(o, &one, o->operands[i]);

		if (!r && one.known)
			r = open_known(o, in, one.known);
		else if (!r && !(r = add(o, in, &one)))
			one.reg = NULL;
		free(one.reg);
		worst = exit_first(worst, r);
	}
	return exit_first(worst, check_stdin(o, in));
}

/* A register that is named says of a file no probe knows that it is text. */
static void say_format(const struct options *o, const struct input *in)
{
	if (!o->verbose || !in->reg || in->format)
		return;
	fputs("info: ", stderr);
	escape_print(stderr, in->name);
	fprintf(stderr, ": read as %s, for it is about %s\n",
		tsmmr_name(TSMMR_NAMES_FORMAT, tsmmr_stream_format(in->stream)), in->reg);
}

/* Given as a log and none: evidence that stands in its place? */
static bool is_evidence(struct options *o, int fd)
{
	_cleanup_(tsmmr_evidence_free) struct tsmmr_evidence *evidence = NULL;
	_cleanup_(tsmmr_regs_free) struct tsmmr_regs *regs = NULL;
	_cleanup_(free) uint8_t *bytes = malloc(PEEK_MAX);
	ssize_t n = bytes ? pread(fd, bytes, PEEK_MAX, 0) : -1;

	return n > 0 && tsmmr_evidence_new(o->ctx, &evidence, NULL) == 0 &&
	       tsmmr_evidence_add(evidence, TSMMR_PART_AUTO, bytes, (size_t)n, NULL) == 0 &&
	       tsmmr_regs_from_evidence(o->ctx, evidence, &regs, NULL) == 0;
}

/* How to say what is missing. */
static void advise(struct options *o, const struct input *in, const struct tsmmr_error *err)
{
	if (o->job)
		return;
	if (err->code == TSMMR_E_ARG && !in->reg)
		hint(o, "say which as REGISTER=%s, such as app-runtime=%s, or with --mr", in->name,
		     in->name);
	else if (err->code == TSMMR_E_FORMAT && is_evidence(o, in->fd))
		hint(o, "%s is evidence: --evidence %s", in->name, in->name);
}

/* What is known of a log before it is read. */
static int describe(const struct options *o, const char *name, int format, int platform,
		    const char *reg, struct tsmmr_input **ret, struct tsmmr_error *err)
{
	int r = tsmmr_input_new(ret, err);

	if (r == 0)
		r = tsmmr_input_set_name(*ret, name, err);
	if (r == 0)
		r = tsmmr_input_set_format(*ret, format, err);
	if (r == 0)
		r = tsmmr_input_set_platform(*ret, platform, err);
	if (r == 0)
		r = tsmmr_input_set_register(*ret, reg, err);
	if (r == 0)
		r = tsmmr_input_set_launch(*ret, o->made_of, err);
	return r;
}

/* The file of a log, or what a line of --batch has in its place: then there may be bytes. */
static int open_bytes(struct options *o, struct input *in, uint64_t log, struct bytes *ret)
{
	int fd = -1, r;

	r = o->job ? job_log(o, log, in->name, &fd, ret) : input_open_file(o, in->name, log, &fd);
	if (!r)
		__atomic_store_n(&in->fd, fd, __ATOMIC_RELEASE);
	return r;
}

static int open_stream(struct options *o, struct input *in, uint64_t log)
{
	_cleanup_(tsmmr_input_free) struct tsmmr_input *known = NULL;
	struct tsmmr_error err = NO_ERROR;
	struct bytes bytes = { .p = NULL };
	int platform = o->platform;
	char *full;
	int r;

	r = open_bytes(o, in, log, &bytes);
	if (r) {
		if (!o->evidence.n && o->verb->bit & V_JUDGE && report_folder_is(in->name))
			hint(o, "%s is a folder of evidence: --evidence %s", in->name, in->name);
		return r;
	}
	if (in->reg)
		platform = role_platform(o, in->reg);
	/* A role that the evidence gave its platform has the evidence's hash as well. */
	if (platform != o->platform && o->evidence_hash && !strchr(in->reg, ':')) {
		if (asprintf(&full, "%s:%s", in->reg,
			     tsmmr_name(TSMMR_NAMES_HASH, o->evidence_hash)) < 0)
			return fail(o, TSMMR_E_NOMEM, "out of memory");
		free(in->reg);
		in->reg = full;
	}
	r = describe(o, in->name, in->format, platform, in->reg, &known, &err);
	if (r == 0)
		r = bytes.p ? tsmmr_stream_open_mem(o->ctx, known, bytes.p, bytes.n, &in->stream,
						    &err) :
			      tsmmr_stream_open_fd(o->ctx, known, in->fd, &in->stream, &err);
	if (r < 0) {
		r = fail_error(o, in->name, log, &err);
		advise(o, in, &err);
		return r;
	}
	say_format(o, in);
	return 0;
}

/* Events that are printed as they are read show progress themselves. */
static bool shares_terminal(const struct options *o)
{
	bool streams = o->verb->bit == V_EXPORT ||
		       (o->verb->bit == V_SHOW && !o->evidence.n && !o->expect.n && !o->live);

	return o->quiet || (streams && !o->out && isatty(STDOUT_FILENO));
}

/* What --image makes a log of. */
static int add_images(struct options *o, struct inputs *in)
{
	struct input launch = { .name = images_launched(o) };
	struct tsmmr_error err = NO_ERROR;
	int r;

	if (!images_launch(o))
		return 0;
	if (tsmmr_stream_open_launch(o->ctx, o->made_of, o->platform, &launch.stream, &err) < 0)
		return fail_error(o, launch.name, in->n, &err);
	r = add(o, in, &launch);
	if (r)
		tsmmr_stream_free(launch.stream);
	else if (tsmmr_stream_set_name(launch.stream, launch.name, NULL) < 0)
		r = fail(o, TSMMR_E_NOMEM, "out of memory");
	return r;
}

/* May be: what names no register holds all of them. */
static bool same_register(const struct input *a, const struct input *b)
{
	return !a->reg || !b->reg || !strcmp(a->reg, b->reg);
}

/* Twice the same file: one of them was meant to be another. */
static int check_different(struct options *o, const struct inputs *in)
{
	struct stat a, b;

	for (size_t i = 0; i < in->n; i++)
		for (size_t k = 0; k < i && in->all[i].fd >= 0; k++)
			if (in->all[k].fd >= 0 && same_register(&in->all[i], &in->all[k]) &&
			    fstat(in->all[i].fd, &a) == 0 && fstat(in->all[k].fd, &b) == 0 &&
			    S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
				return fail_usage(o, "'%s' and '%s' are the same log, twice",
						  in->all[k].name, in->all[i].name);
	return 0;
}

/* The logs that the evidence came with. */
static int add_carried(struct options *o, struct inputs *in)
{
	int r = 0;

	for (size_t i = 0; i < o->carrier.n && !r; i++) {
		_cleanup_(tsmmr_input_free) struct tsmmr_input *known = NULL;
		struct input one = { .name = o->carrier.all[i] };
		struct tsmmr_error err = NO_ERROR;
		const uint8_t *data;
		const char *reg;
		size_t len;

		if (tsmmr_evidence_log(o->handed_in, i, &one.format, &reg, &data, &len) < 0)
			return fail(o, TSMMR_E_ARG, "%s: no log %zu", one.name, i);
		if (describe(o, one.name, one.format, o->platform, reg, &known, &err) < 0 ||
		    tsmmr_stream_open_mem(o->ctx, known, data, len, &one.stream, &err) < 0)
			return fail_error(o, one.name, i, &err);
		r = add(o, in, &one);
		if (r)
			tsmmr_stream_free(one.stream);
	}
	return r;
}

/* Evidence and no LOG: what logs there are is for the evidence to say. */
static int open_carried(struct options *o, struct inputs *in)
{
	if (!o->carrier.n && o->verb->bit & (V_SHOW | V_REPLAY | V_EXPLAIN | V_MERGE | V_APPRAISE))
		return fail_usage(o,
				  "%s needs a LOG: the evidence has none in it, and beside"
				  " --evidence those of this machine are not taken unless they"
				  " are named",
				  o->verb->name);
	if (check_stdin(o, in) || add_carried(o, in) || keep(o, in))
		return failed(o);
	return inputs_order(o, in);
}

int inputs_open(struct options *o, struct inputs *in)
{
	int r = evidence_read(o);

	/* What is wrong with the command line comes before what is wrong with a file. */
	if (r)
		return exit_first(r, take_operands(o, in));
	if (options_no_logs(o))
		return open_carried(o, in);
	if (o->evidence.n && o->verb->bit & (V_REPLAY | V_MERGE))
		return fail_usage(o, "%s compares nothing: --evidence is for the log in it",
				  o->verb->name);
	if (o->carrier.n && o->n_operands)
		return fail_usage(o, "'%s' comes with its log: no other LOG is about that",
				  o->carrier.all[0]);
	if (!o->n_operands && !images_launch(o))
		return open_all_known(o, in);
	r = exit_first(take_operands(o, in), add_images(o, in));
	r = exit_first(r, add_carried(o, in));
	if (r == EXIT_USAGE)
		return r;

	if (!shares_terminal(o)) {
		in->progress = &o->progress;
		progress_start(in->progress, in);
	}
	for (size_t i = 0; i < in->n; i++)
		if (!in->all[i].known && !in->all[i].stream)
			r = exit_first(r, open_stream(o, &in->all[i], i));
	r = exit_first(r, check_different(o, in));
	if (!r)
		r = keep(o, in);
	return r ? r : inputs_order(o, in);
}

int inputs_open_reference(struct options *o, struct inputs *in)
{
	int worst = 0;

	for (size_t i = 0; i < o->reference.n; i++) {
		struct input one = { .fd = -1 }, *at;
		int r = take_operand(o, &one, o->reference.all[i]);

		if (!r && one.known)
			r = fail_usage(o,
				       "--reference: '%s' is the log of this machine; the file is"
				       " ./%s",
				       one.name, one.name);
		if (!r)
			r = add(o, in, &one);
		if (r) {
			free(one.reg);
			worst = exit_first(worst, r);
			continue;
		}
		at = &in->all[in->n - 1];
		at->number = TSMMR_NONE;
		worst = exit_first(worst, open_stream(o, at, TSMMR_NONE));
	}
	return worst;
}

void inputs_close(struct inputs *in)
{
	if (in->progress)
		progress_stop(in->progress);
	for (size_t i = 0; i < in->n; i++) {
		tsmmr_log_free(in->all[i].log);
		if (!in->all[i].known)
			tsmmr_stream_free(in->all[i].stream);
		if (in->all[i].fd > STDERR_FILENO)
			close(in->all[i].fd);
		free(in->all[i].reg);
		free(in->all[i].own_name);
	}
	for (size_t i = 0; i < in->n_known; i++)
		tsmmr_streams_free(in->known[i]);
	free(in->known);
	free(in->all);
	*in = (struct inputs){ .n = 0 };
}
