/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of known.h: check arguments, call in, filter codes. */
#include "api.h"

#include "core/known.h"
#include "known/log.h"
#include "known/table.h"
#include "platform/platforms.h"
#include "report/appraise.h"
#include "sys/file.h"

#define FLAGS (TSMMR_LIST_DENIED | TSMMR_LIST_ANY_ORDER)

TSMMR_API int tsmmr_known_new(const struct tsmmr_ctx *ctx, struct tsmmr_known **ret_known,
			      struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !ret_known)
		return bad_arg(reterr, "no context or nowhere to return to");
	return filter(known_new(ctx, platforms, n_platforms, ret_known, reterr));
}

TSMMR_API struct tsmmr_known *tsmmr_known_ref(struct tsmmr_known *known)
{
	return known ? known_ref(known) : NULL;
}

TSMMR_API void tsmmr_known_free(struct tsmmr_known *known)
{
	known_unref(known);
}

/* Takes source over. */
static int add(struct tsmmr_known *known, int kind, const char *reg, const char *name,
	       struct source *source, struct tsmmr_error *err)
{
	const struct known_kind *row = known_kind(kind & ~FLAGS);
	int r = row ? known_add(known, row, kind & FLAGS, reg, name, source, err) :
		      bad_arg(err, "no such kind of known values");

	source_done(source);
	return filter(r);
}

TSMMR_API int tsmmr_known_add(struct tsmmr_known *known, int kind, const char *reg,
			      const char *name, const void *data, size_t len,
			      struct tsmmr_error *reterr)
{
	struct source source;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!known || (!data && len))
		return bad_arg(reterr, "no known values or no data");
	source_mem(&source, data, len);
	return add(known, kind, reg, name, &source, reterr);
}

TSMMR_API int tsmmr_known_add_fd(struct tsmmr_known *known, int kind, const char *reg,
				 const char *name, int fd, struct tsmmr_error *reterr)
{
	struct source source;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!known || fd < 0)
		return bad_arg(reterr, "no known values or no descriptor");
	file_source(fd, &source);
	return add(known, kind, reg, name, &source, reterr);
}

TSMMR_API int tsmmr_known_add_image_fd(struct tsmmr_known *known, int flags, const char *role,
				       const char *name, int fd, struct tsmmr_error *reterr)
{
	struct image image;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!known || !role || fd < 0 || flags & ~FLAGS)
		return bad_arg(reterr, "no known values, no role, no descriptor or other flags");
	r = file_image(fd, &image, reterr);
	if (r == 0)
		r = known_add_image(known, known_kind(TSMMR_KNOWN_IMAGE), flags, role, name, &image,
				    reterr);
	return filter(r);
}

/* Its proven records, as an appraisal that knows nothing sees them. */
static int load_proven(struct known_loader *ld, void *user)
{
	struct tsmmr_appraisal_pass *pass = user;
	int r = known_log_begin(ld), more = 0;

	while (r == 0 && (more = appraisal_pass_next(pass, ld->err)) > 0)
		r = known_log_take(ld, pass->pass->event, pass->digests, pass->n_digests);
	if (r == 0 && more < 0)
		r = more;
	return r < 0 ? r : known_log_end(ld);
}

static int add_logs(struct tsmmr_known *known, int flags, const char *name,
		    const struct tsmmr_report *report, struct tsmmr_log *const *logs, size_t n,
		    struct tsmmr_error *err)
{
	static const struct tsmmr_ctx plain;
	_cleanup_(appraisal_pass_free) struct tsmmr_appraisal_pass *pass = NULL;
	_cleanup_(known_unref) struct tsmmr_known *nothing = NULL;
	struct tsmmr_stream *streams[REPORT_LOGS_MAX];
	int r = known_new(&plain, platforms, n_platforms, &nothing, err);

	if (r < 0)
		return r;
	if (streams_over_logs(logs, n, streams) < 0)
		return fail_nomem(err);
	r = appraisal_pass_new(report, nothing, streams, n, &pass, err);
	if (r == 0)
		r = known_add_by(known, known_kind(TSMMR_KNOWN_LOG), flags, name, load_proven, pass,
				 err);
	streams_free(streams, n);
	return r;
}

TSMMR_API int tsmmr_known_add_logs(struct tsmmr_known *known, int flags, const char *name,
				   const struct tsmmr_report *report, struct tsmmr_log *const *logs,
				   size_t n, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!known || !report || !logs || !n || n > REPORT_LOGS_MAX || flags & ~FLAGS)
		return bad_arg(reterr, "no known values, no report, no logs or no such flags");
	if (any_null(logs, n))
		return bad_arg(reterr, "a log is NULL");
	if (report->verdict != TSMMR_VERDICT_VERIFIED)
		return fail(reterr,
			    report->verdict == TSMMR_VERDICT_MISMATCH ? TSMMR_E_MISMATCH :
									TSMMR_E_INCOMPLETE,
			    "%s: what is not verified is no reference", name ? name : "log");
	return filter(add_logs(known, flags, name, report, logs, n, reterr));
}

static int load_stream(struct known_loader *ld, void *user)
{
	const struct tsmmr_event *e;
	int r = known_log_begin(ld), more = 0;

	while (r == 0 && (more = stream_next(user, &e, ld->err)) > 0)
		r = known_log_take(ld, e, e->digests, e->n_digests);
	if (r == 0 && more < 0)
		r = more;
	return r < 0 ? r : known_log_end(ld);
}

TSMMR_API int tsmmr_known_add_stream(struct tsmmr_known *known, int flags, const char *name,
				     struct tsmmr_stream *stream, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!known || !stream || flags & ~FLAGS)
		return bad_arg(reterr, "no known values, no stream or no such flags");
	return filter(known_add_by(known, known_kind(TSMMR_KNOWN_UNVERIFIED_LOG), flags, name,
				   load_stream, stream, reterr));
}

TSMMR_API size_t tsmmr_known_count(const struct tsmmr_known *known)
{
	return known ? known->digests.n : 0;
}
