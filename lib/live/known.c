/* SPDX-License-Identifier: BSD-2-Clause */
/* The logs that a machine has. */
#include <stdio.h>

#include "core/names.h"
#include "live/live.h"
#include "live/open.h"
#include "sys/file.h"
#include "util/error.h"

struct streams {
	struct tsmmr_stream **all;
	size_t n, cap;
};

static void streams_done_p(struct streams *s)
{
	for (size_t i = 0; i < s->n; i++)
		stream_free(s->all[i]);
	free(s->all);
}

static int add(struct streams *list, struct tsmmr_stream *s)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 8;
		struct tsmmr_stream **all = reallocarray(list->all, cap, sizeof(*all));

		if (!all)
			return TSMMR_E_NOMEM;
		list->all = all;
		list->cap = cap;
	}
	list->all[list->n++] = s;
	return 0;
}

/* One file as one more stream.  E_NOTFOUND when it is not there. */
static int open_file(const struct tsmmr_ctx *ctx, struct streams *list, const char *path,
		     int format, int platform, const char *reg, struct tsmmr_error *err)
{
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;
	struct source source;
	int fd, r;

	fd = file_open(ctx->root, path, err);
	if (fd < 0)
		return fd;
	file_source(fd, &source);
	r = open_source(ctx, format, platform, reg, &source, &s, err);
	if (r < 0) {
		file_close(fd);
		return r;
	}
	s->owned_fd = fd;
	s->close_fd = file_close;
	if (stream_set_name(s, path) < 0 || add(list, s) < 0)
		return fail_nomem(err);
	s = NULL;
	return 0;
}

/*
 * systemd's logs: one of PCRs, one of TDX's registers.  A bit on the file says that it may
 * lack a record.  (systemd, measurement-log.c)
 */
static int open_systemd(const struct tsmmr_ctx *ctx, struct streams *list, int platform,
			struct tsmmr_error *err)
{
	static const int about[] = { TSMMR_PLATFORM_TPM, TSMMR_PLATFORM_TDX };
	size_t before = list->n;

	for (size_t i = 0; i < ARRAY_SIZE(about); i++) {
		struct tsmmr_stream *s;
		const char *path;
		int format, r;

		path = log_path(TSMMR_LOG_SYSTEMD, i, &format);
		if (platform != TSMMR_PLATFORM_AUTO && platform != about[i])
			continue;
		r = open_file(ctx, list, path, format, about[i], NULL, err);
		if (r == TSMMR_E_NOTFOUND)
			continue;
		if (r < 0)
			return r;
		s = list->all[list->n - 1];
		if (file_is_sticky(s->owned_fd) &&
		    findings_add(&s->findings, F_SYSTEMD_INCOMPLETE, 0, TSMMR_NONE, TSMMR_NONE,
				 "the sticky bit is set: a record may be missing") < 0)
			return fail_nomem(err);
	}
	return list->n > before ?
		       0 :
		       fail(err, TSMMR_E_NOTFOUND, "no log of systemd's in /run/log/systemd");
}

/* The first place of a well-known log where there is one. */
static int open_first(const struct tsmmr_ctx *ctx, struct streams *list, int known, int platform,
		      struct tsmmr_error *err)
{
	const char *path;
	int format, r = TSMMR_E_NOTFOUND;

	for (size_t i = 0; r == TSMMR_E_NOTFOUND && (path = log_path(known, i, &format)); i++)
		r = open_file(ctx, list, path, format, platform, NULL, err);
	return r;
}

/* The log of a TPM or of a confidential VM: the firmware's, or IMA's. */
static int open_placed(const struct tsmmr_ctx *ctx, struct streams *list, int known, int platform,
		       struct tsmmr_error *err)
{
	int r;

	/*
	 * A CCEL is another's too, and so is what IMA may extend, but a TPM's log is never
	 * about anything else.
	 */
	if (known != TSMMR_LOG_IMA && platform != TSMMR_PLATFORM_AUTO &&
	    (platform == TSMMR_PLATFORM_TPM) != (known == TSMMR_LOG_TPM))
		return fail(err, TSMMR_E_ARG, "the %s log is not about %s registers",
			    known_log_name(known), platform_name(platform));
	r = open_first(ctx, list, known, platform, err);
	if (r == TSMMR_E_NOTFOUND && known == TSMMR_LOG_CCEL)
		return log_hidden(ctx->root, err);
	return r;
}

/* The text log of one register: the kernel's where it keeps one, else ours. */
static int open_runtime_of(const struct tsmmr_ctx *ctx, struct streams *list,
			   const struct tree_reg *reg, int platform, struct tsmmr_error *err)
{
	_cleanup_(free) char *ours = NULL;
	_cleanup_(free) char *name = NULL;
	_cleanup_(platform_unref) const struct platform *p = NULL;
	const struct reg_desc *desc;
	uint16_t alg;
	int r;

	/* One that was locked meanwhile has a log all the same. */
	if (!reg->hash || !(reg->extensible || reg->locked))
		return 0;
	r = machine_describe(reg, &p, &desc, &alg, err);
	if (r < 0)
		return r;
	if (platform != TSMMR_PLATFORM_AUTO && p->id != platform)
		return 0;
	if (!reg->log_path && append_log_path(ctx, reg, &ours) < 0)
		return fail_nomem(err);
	if (asprintf(&name, "%s/%s:%s", reg->provider, reg->name, reg->hash) < 0) {
		name = NULL;
		return fail_nomem(err);
	}

	r = open_file(ctx, list, reg->log_path ? reg->log_path : ours, TSMMR_FORMAT_TEXT,
		      TSMMR_PLATFORM_AUTO, name, err);
	return r == TSMMR_E_NOTFOUND ? 0 : r;
}

static int open_runtime(const struct tsmmr_ctx *ctx, struct streams *list, int platform,
			struct tsmmr_error *err)
{
	_cleanup_(tree_scan_done) struct tree_scan scan = { 0 };
	size_t before = list->n;
	int r;

	r = tree_scan(ctx->root, &scan, err);
	for (size_t i = 0; r == 0 && i < scan.n; i++)
		r = open_runtime_of(ctx, list, &scan.regs[i], platform, err);
	if (r == 0 && list->n == before)
		return fail(err, TSMMR_E_NOTFOUND, "no register has a runtime log");
	return r;
}

static int open_one(const struct tsmmr_ctx *ctx, struct streams *list, int known, int platform,
		    struct tsmmr_error *err)
{
	int format;

	if (known == TSMMR_LOG_RUNTIME)
		return open_runtime(ctx, list, platform, err);
	if (known == TSMMR_LOG_SYSTEMD)
		return open_systemd(ctx, list, platform, err);
	if (!log_path(known, 0, &format))
		return fail(err, TSMMR_E_UNSUPPORTED, "the %s log cannot be read by this version",
			    known_log_name(known));
	return open_placed(ctx, list, known, platform, err);
}

/* The firmware of a realm leaves a CCEL too.  (UEFI 2.10, 38.4) */
static bool is_about(int known, int platform, int wanted)
{
	return wanted == TSMMR_PLATFORM_AUTO || platform == TSMMR_PLATFORM_AUTO ||
	       platform == wanted || (known == TSMMR_LOG_CCEL && wanted == TSMMR_PLATFORM_CCA);
}

int open_known(const struct tsmmr_ctx *ctx, int well_known, int platform,
	       struct tsmmr_stream ***ret, size_t *ret_n, struct tsmmr_error *err)
{
	/* In the order of replay; what this version cannot read is not taken unasked. */
	static const struct {
		int known, platform;
	} all[] = {
		{ TSMMR_LOG_CCEL, TSMMR_PLATFORM_TDX },
		{ TSMMR_LOG_TPM, TSMMR_PLATFORM_TPM },
		{ TSMMR_LOG_IMA, TSMMR_PLATFORM_TPM },
		{ TSMMR_LOG_SYSTEMD, TSMMR_PLATFORM_AUTO },
		{ TSMMR_LOG_RUNTIME, TSMMR_PLATFORM_AUTO },
	};
	__attribute__((cleanup(streams_done_p))) struct streams list = { 0 };
	bool tpm = log_has_tpm(ctx->root);
	int r = 0;

	if (well_known)
		r = open_one(ctx, &list, well_known, platform, err);
	for (size_t i = 0; !well_known && r == 0 && i < ARRAY_SIZE(all); i++) {
		if (!is_about(all[i].known, all[i].platform, platform))
			continue;
		/* IMA keeps its list where there is no TPM too, and extends nothing. */
		if (all[i].known == TSMMR_LOG_IMA && !tpm && platform != TSMMR_PLATFORM_TPM)
			continue;
		r = open_one(ctx, &list, all[i].known, platform, err);
		/* A log that is not there is skipped; one that cannot be read is not. */
		if (r == TSMMR_E_NOTFOUND)
			r = 0;
	}
	if (r == 0 && !list.n)
		r = fail(err, TSMMR_E_NOTFOUND, "no log here");
	if (r < 0)
		return r;

	*ret = list.all;
	*ret_n = list.n;
	list = (struct streams){ 0 };
	return 0;
}
