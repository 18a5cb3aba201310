/* SPDX-License-Identifier: BSD-2-Clause */
/* The logs that a machine has. */
#include <stdio.h>

#include "core/names.h"
#include "core/trace.h"
#include "live/live.h"
#include "live/open.h"
#include "sys/file.h"
#include "util/error.h"
#include "util/grow.h"
#include "platform/platforms.h"

/* What is looked for, and what has been found. */
struct known_logs {
	const struct tsmmr_ctx *ctx;
	const struct platform *about; /* NULL: whichever there is */
	struct tsmmr_stream **all;
	size_t n, cap;
};

static void known_logs_done_p(struct known_logs *s)
{
	streams_free(s->all, s->n);
	free(s->all);
}

static int add(struct known_logs *in, struct tsmmr_stream *s)
{
	struct tsmmr_stream **all = grown(in->all, in->n, &in->cap, sizeof(*all));

	if (!all)
		return TSMMR_E_NOMEM;
	in->all = all;
	in->all[in->n++] = s;
	return 0;
}

/* One file as one more stream.  E_NOTFOUND when it is not there. */
static int open_file(struct known_logs *in, const char *path, const struct log_spec *what,
		     struct tsmmr_error *err)
{
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;
	struct source source;
	int fd, r;

	fd = file_open(in->ctx->root, path, err);
	trace(in->ctx, fd < 0 ? TSMMR_TRACE_DEBUG : TSMMR_TRACE_INFO, "%s%s: %s", in->ctx->root,
	      path,
	      fd == TSMMR_E_NOTFOUND ? "not there" :
	      fd < 0                 ? "cannot be opened" :
				       "opened");
	if (fd < 0)
		return fd;
	file_source(fd, &source);
	r = open_source(in->ctx, what, &source, &s, err);
	if (r < 0) {
		file_close(fd);
		return r;
	}
	s->owned_fd = fd;
	s->close_fd = file_close;
	if (stream_set_name(s, path) < 0 || add(in, s) < 0)
		return fail_nomem(err);
	s = NULL;
	return 0;
}

/* Whose registers one of systemd's logs is about: its file's name says so. */
static const struct platform *systemd_about(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 0; i < n_platforms; i++)
		if (platforms[i]->systemd_log && strcmp(platforms[i]->systemd_log, name) == 0)
			return platforms[i];
	return NULL;
}

/* A bit on the file says that it may lack a record.  (systemd, measurement-log.c) */
static int open_systemd(struct known_logs *in, struct tsmmr_error *err)
{
	size_t before = in->n;
	const char *path;
	int format;

	for (size_t i = 0; (path = log_path(TSMMR_LOG_SYSTEMD, i, &format)); i++) {
		const struct platform *p = systemd_about(path);
		struct tsmmr_stream *s;
		int r;

		if (!p || (in->about && p != in->about))
			continue;
		r = open_file(in, path, &(struct log_spec){ .format = format, .platform = p->id },
			      err);
		if (r == TSMMR_E_NOTFOUND)
			continue;
		if (r < 0)
			return r;
		s = in->all[in->n - 1];
		r = file_is_sticky(s->owned_fd);
		if (r < 0)
			return fail_errno(err, "%s%s: %s", in->ctx->root, path, errno_text(errno));
		if (r && findings_add(&s->findings, F_SYSTEMD_INCOMPLETE, 0, TSMMR_NONE, TSMMR_NONE,
				      "the sticky bit is set: a record may be missing") < 0)
			return fail_nomem(err);
	}
	return in->n > before ?
		       0 :
		       fail(err, TSMMR_E_NOTFOUND, "no log of systemd's in /run/log/systemd");
}

/* Is it the log of a TPM, or extended into one? */
static bool is_tpm(const struct platform *p)
{
	return p && p->firmware_log == TSMMR_LOG_TPM;
}

/* The log of a TPM or of a confidential VM: the firmware's, or IMA's; the first place of it. */
static int open_placed(struct known_logs *in, int known, struct tsmmr_error *err)
{
	struct log_spec what = { .platform = in->about ? in->about->id : TSMMR_PLATFORM_AUTO };
	const char *path;
	int r = TSMMR_E_NOTFOUND;

	/*
	 * A CCEL is another's too, and so is what IMA may extend, but a TPM's log is never
	 * about anything else.
	 */
	if (known != TSMMR_LOG_IMA && in->about && is_tpm(in->about) != (known == TSMMR_LOG_TPM))
		return fail(err, TSMMR_E_ARG, "the %s log is not about %s registers",
			    known_log_name(known), in->about->name);
	for (size_t i = 0; r == TSMMR_E_NOTFOUND && (path = log_path(known, i, &what.format)); i++)
		r = open_file(in, path, &what, err);
	if (r == TSMMR_E_NOTFOUND && known == TSMMR_LOG_CCEL)
		return log_hidden(in->ctx->root, err);
	return r;
}

/* The text log of one register: the kernel's where it keeps one, else ours. */
static int open_runtime_of(struct known_logs *in, const struct tree_reg *reg,
			   struct tsmmr_error *err)
{
	_cleanup_(free) char *ours = NULL;
	_cleanup_(free) char *name = NULL;
	_cleanup_(platform_unref) const struct platform *p = NULL;
	struct log_spec what = { .format = TSMMR_FORMAT_TEXT };
	const struct reg_desc *desc;
	uint16_t alg;
	int r;

	/*
	 * One that was locked meanwhile has a log all the same; and a TPM's, of a captured
	 * machine, whose device is not there.
	 */
	if (!reg->hash || reg->follows ||
	    !(reg->extensible || reg->locked || reg->layout == TREE_TPM))
		return 0;
	r = machine_describe(reg, &p, &desc, &alg, err);
	if (r < 0)
		return r;
	if (in->about && p != in->about)
		return 0;
	if (!reg->log_path && append_log_path(in->ctx, reg, &ours) < 0)
		return fail_nomem(err);
	if (asprintf(&name, "%s/%s:%s", reg->provider, reg->name, reg->hash) < 0) {
		name = NULL;
		return fail_nomem(err);
	}

	what.reg = name;
	r = open_file(in, reg->log_path ? reg->log_path : ours, &what, err);
	return r == TSMMR_E_NOTFOUND ? 0 : r;
}

static int open_runtime(struct known_logs *in, struct tsmmr_error *err)
{
	_cleanup_(tree_scan_done) struct tree_scan scan = { 0 };
	size_t before = in->n;
	int r;

	r = machine_scan(in->ctx, &scan, err);
	for (size_t i = 0; r == 0 && i < scan.n; i++)
		r = open_runtime_of(in, &scan.regs[i], err);
	if (r == 0 && in->n == before)
		return fail(err, TSMMR_E_NOTFOUND, "no register has a runtime log");
	return r;
}

static int open_one(struct known_logs *in, int known, struct tsmmr_error *err)
{
	int format;

	if (known == TSMMR_LOG_RUNTIME)
		return open_runtime(in, err);
	if (known == TSMMR_LOG_SYSTEMD)
		return open_systemd(in, err);
	if (!log_path(known, 0, &format))
		return fail(err, TSMMR_E_UNSUPPORTED, "the %s log cannot be read by this version",
			    known_log_name(known));
	return open_placed(in, known, err);
}

/* Every log that is about the platform. */
static int open_all(struct known_logs *in, struct tsmmr_error *err)
{
	/* In the order of replay; what this version cannot read is not taken unasked. */
	static const struct {
		int known;
		int beside; /* the firmware log of the platforms it is about; 0: of any */
	} all[] = {
		{ TSMMR_LOG_CCEL, TSMMR_LOG_CCEL }, { TSMMR_LOG_TPM, TSMMR_LOG_TPM },
		{ TSMMR_LOG_IMA, TSMMR_LOG_TPM },   { TSMMR_LOG_SYSTEMD, 0 },
		{ TSMMR_LOG_RUNTIME, 0 },
	};
	int tpm = is_tpm(in->about) ? 1 : log_has_tpm(in->ctx->root, err);
	int r = tpm < 0 ? tpm : 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(all); i++) {
		if (all[i].beside && in->about && in->about->firmware_log != all[i].beside)
			continue;
		/* IMA keeps its list where there is no TPM too, and extends nothing. */
		if (all[i].known == TSMMR_LOG_IMA && !tpm) {
			trace(in->ctx, TSMMR_TRACE_DEBUG, "the ima log is skipped: no TPM here");
			continue;
		}
		r = open_one(in, all[i].known, err);
		/* A log that is not there is skipped; one that cannot be read is not. */
		if (r == TSMMR_E_NOTFOUND)
			r = 0;
	}
	return r;
}

int open_known(const struct tsmmr_ctx *ctx, int well_known, int platform,
	       struct tsmmr_stream ***ret, size_t *ret_n, struct tsmmr_error *err)
{
	__attribute__((cleanup(known_logs_done_p))) struct known_logs in = { .ctx = ctx };
	struct tsmmr_error why = { .size = sizeof(why) }; /* also of each that is not there */
	int r = open_platform(platform, &in.about, &why);

	if (r == 0)
		r = well_known ? open_one(&in, well_known, &why) : open_all(&in, &why);
	if (r == 0 && !in.n)
		r = fail(&why, TSMMR_E_NOTFOUND, "no log here");
	if (r < 0) {
		error_copy(&why, err);
		return r;
	}

	*ret = in.all;
	*ret_n = in.n;
	in = (struct known_logs){ 0 };
	return 0;
}
