/* SPDX-License-Identifier: BSD-2-Clause */
/* The LOG arguments: what each means, and the streams they open. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options.h"
#include "scope.h"

static bool is_stdin(const char *path)
{
	return !strcmp(path, "-");
}

/* "rtmr3", "pcr10:sha256", "app-runtime": the library knows which of them exist. */
static bool looks_like_register(const char *s, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789-_:";

	return n && strchr(letters, s[0]) && strspn(s, more) >= n;
}

/* One word of KEY. */
static bool take_key(struct input *in, const char *s, size_t n)
{
	char word[64];
	int format;

	if (!n || n >= sizeof(word))
		return false;
	memcpy(word, s, n);
	word[n] = '\0';

	if (tsmmr_name_find(TSMMR_NAMES_FORMAT, word, &format) == 0 &&
	    format <= TSMMR_FORMAT_SYSTEMD) {
		if (in->format)
			return false;
		in->format = format;
		return true;
	}
	if (in->reg || !looks_like_register(s, n))
		return false;
	in->reg = strdup(word);
	return in->reg != NULL;
}

/* "KEY=PATH", where PATH is what is left when KEY is taken off; "./a=b" is a path. */
static int take_keys(struct options *o, struct input *in, const char *arg)
{
	const char *equals = strchr(arg, '=');
	const char *comma;
	bool taken;

	in->name = arg;
	if (!equals || arg[0] == '.' || arg[0] == '/')
		return 0;

	comma = memchr(arg, ',', (size_t)(equals - arg));
	taken = take_key(in, arg, (size_t)((comma ? comma : equals) - arg));
	if (taken && comma)
		taken = take_key(in, comma + 1, (size_t)(equals - comma - 1));
	if (!taken || !equals[1])
		return fail_usage(o, "'%s': not FORMAT=PATH, REGISTER=PATH or both with a comma;"
				     " a file of that name is ./%s", arg, arg);
	in->name = equals + 1;
	return 0;
}

static int take_operand(struct options *o, struct input *in, const char *arg)
{
	bool keyed = o->format || o->mr;
	int r = take_keys(o, in, arg);

	if (r)
		return r;
	if (tsmmr_name_find(TSMMR_NAMES_LOG, arg, &in->known) == 0)
		return keyed ? fail_usage(o, "--format and --mr are about a file; '%s' is the"
					     " log of this machine, the file is ./%s", arg, arg)
			     : 0;
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

static int check_stdin(struct options *o, const struct inputs *in)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n; i++)
		n += !in->all[i].known && is_stdin(in->all[i].name);
	for (size_t i = 0; i < o->evidence.n; i++) {
		const char *equals = strchr(o->evidence.all[i], '=');

		n += is_stdin(equals ? equals + 1 : o->evidence.all[i]);
	}
	for (size_t i = 0; i < o->expect.n; i++)
		n += !strcmp(o->expect.all[i], "@-");
	return n > 1 ? fail_usage(o, "'-' can be read only once") : 0;
}

static int take_operands(struct options *o, struct inputs *in)
{
	in->all = calloc(o->n_operands ? o->n_operands : 1, sizeof(*in->all));
	if (!in->all)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	for (size_t i = 0; i < o->n_operands; i++) {
		int r;

		in->all[i].fd = -1;
		in->n = i + 1;
		r = take_operand(o, &in->all[i], o->operands[i]);
		if (r)
			return r;
	}
	return check_stdin(o, in);
}

/* A folder that attest wrote is evidence and log in one, in a later version. */
static int refuse_directory(struct options *o, const char *name, int fd, size_t log)
{
	if (faccessat(fd, "attest.json", F_OK, 0) == 0)
		return fail(o, TSMMR_E_UNSUPPORTED,
			    "%s: an attest folder; reading one is not in this version", name);
	errno = EISDIR;
	return fail_errno(o, name, log, "cannot read");
}

static int open_file(struct options *o, const char *name, size_t log, int *ret)
{
	int fd = is_stdin(name) ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	int r;

	if (fd < 0)
		return fail_errno(o, name, log, "cannot open");
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		r = refuse_directory(o, name, fd, log);
		if (fd != STDIN_FILENO)
			close(fd);
		return r;
	}

	*ret = fd;
	return 0;
}

static int open_stream(struct options *o, struct input *in, size_t log)
{
	struct tsmmr_error err = NO_ERROR;
	int fd, r;

	if (in->known) {
		r = tsmmr_stream_open_known(o->ctx, in->known, o->platform, &in->stream, &err);
		return r < 0 ? fail_error(o, in->name, log, &err) : 0;
	}

	r = open_file(o, in->name, log, &fd);
	if (r)
		return r;
	__atomic_store_n(&in->fd, fd, __ATOMIC_RELEASE);
	r = tsmmr_stream_open_fd(o->ctx, in->format, o->platform, in->reg, in->fd, &in->stream,
				 &err);
	if (r < 0)
		return fail_error(o, in->name, log, &err);
	if (tsmmr_stream_set_name(in->stream, in->name) < 0)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	return 0;
}

/* Every well-known log there is.  One that is absent is skipped, no other failure is. */
static int open_known(struct options *o, struct inputs *in)
{
	static const struct {
		int log;
		int platform;		/* whose registers it is about */
	} known[] = {
		{ TSMMR_LOG_CCEL, TSMMR_PLATFORM_TDX },
		{ TSMMR_LOG_TPM, TSMMR_PLATFORM_TPM },
	};

	in->all = calloc(ARRAY_SIZE(known), sizeof(*in->all));
	if (!in->all)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct input *one = &in->all[in->n];
		struct tsmmr_error err = NO_ERROR;
		int r;

		if (o->platform && o->platform != known[i].platform)
			continue;
		*one = (struct input){ .name = tsmmr_name(TSMMR_NAMES_LOG, known[i].log),
				       .known = known[i].log, .fd = -1 };
		r = tsmmr_stream_open_known(o->ctx, one->known, o->platform, &one->stream, &err);
		if (r < 0 && r != TSMMR_E_NOTFOUND)
			fail_error(o, one->name, in->n, &err);
		in->n += r == 0;
	}
	if (!in->n && !failed(o))
		return fail(o, TSMMR_E_NOTFOUND, "this machine has no log that we know (ccel, tpm);"
						 " give one as a file");
	return failed(o);
}

/* Events that are printed as they are read tell of progress themselves. */
static bool shares_terminal(const struct options *o)
{
	bool streams = o->verb->bit == V_EXPORT ||
		       (o->verb->bit == V_SHOW && !o->evidence.n && !o->expect.n);

	return o->quiet || (streams && !o->out && isatty(STDOUT_FILENO));
}

int inputs_open(struct options *o, struct inputs *in)
{
	int r;

	if (!o->n_operands)
		return open_known(o, in);
	r = take_operands(o, in);
	if (r)
		return r;

	if (!shares_terminal(o)) {
		in->progress = &o->progress;
		progress_start(in->progress, in);
	}
	for (size_t i = 0; i < in->n; i++)
		r = exit_first(r, open_stream(o, &in->all[i], i));
	return r;
}

void inputs_close(struct inputs *in)
{
	if (in->progress)
		progress_stop(in->progress);
	for (size_t i = 0; i < in->n; i++) {
		tsmmr_log_free(in->all[i].log);
		tsmmr_stream_free(in->all[i].stream);
		if (in->all[i].fd > STDERR_FILENO)
			close(in->all[i].fd);
		free(in->all[i].reg);
	}
	free(in->all);
}

int inputs_freeze(struct options *o, struct inputs *in)
{
	int worst = 0;

	for (size_t i = 0; i < in->n; i++) {
		struct input *one = &in->all[i];
		struct tsmmr_error err = NO_ERROR;

		if (tsmmr_log_from_stream(o->ctx, one->stream, &one->log, &err) < 0)
			worst = exit_first(worst, fail_error(o, one->name, i, &err));
	}
	return worst;
}

int input_read_all(struct options *o, const char *path, size_t limit, uint8_t **ret,
		   size_t *ret_len)
{
	_cleanup_(free) uint8_t *bytes = NULL;
	size_t len = 0, size = 0;
	int fd = -1, saved;
	ssize_t n;
	int r = open_file(o, path, TSMMR_NONE, &fd);

	if (r)
		return r;
	for (;;) {
		if (len == size) {
			uint8_t *more = realloc(bytes, size = size ? 2 * size : 16384);

			n = more ? 0 : -1;
			if (!more)
				break;
			bytes = more;
		}
		n = read(fd, bytes + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
		if (len > limit)
			break;
	}

	saved = errno;
	if (fd != STDIN_FILENO)
		close(fd);
	errno = saved;
	if (n < 0)
		return fail_errno(o, path, TSMMR_NONE, "cannot read");
	*ret = take_ptr(bytes);
	*ret_len = len;
	return 0;
}
