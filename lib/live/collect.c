/* SPDX-License-Identifier: BSD-2-Clause */
/* Every log that a machine has for one platform, as one. */
#include "core/log.h"
#include "report/report.h"
#include "live/live.h"
#include "live/open.h"
#include "util/error.h"

void parts_done(struct parts *p)
{
	for (size_t i = 0; i < p->n; i++) {
		stream_free(p->streams[i]);
		if (p->logs)
			log_free(p->logs[i]);
	}
	free(p->streams);
	free(p->logs);
}

int parts_open(const struct tsmmr_ctx *ctx, int platform, struct parts *p, struct tsmmr_error *err)
{
	int r = open_known(ctx, TSMMR_LOG_ALL, platform, &p->streams, &p->n, err);

	if (r < 0)
		return r;
	/* As many as a report can distinguish. */
	if (p->n > PARTS_MAX)
		return fail(err, TSMMR_E_LIMIT, "%zu logs, more than %d", p->n, PARTS_MAX);
	p->logs = calloc(p->n, sizeof(struct tsmmr_log *));
	if (!p->logs)
		return fail_nomem(err);
	for (size_t i = 0; r == 0 && i < p->n; i++)
		r = log_from_stream(ctx, p->streams[i], span_of(NULL, 0), &p->logs[i], err);
	return r;
}

int parts_open_any(const struct tsmmr_ctx *ctx, int platform, struct parts *p,
		   struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	int r = parts_open(ctx, platform, p, &why);

	if (r == TSMMR_E_NOTFOUND && !p->n)
		return 0;
	if (r < 0)
		error_copy(&why, err);
	return r;
}

/* In one log a number means one thing, so it is about one platform. */
static int check_family(const struct parts *p, struct tsmmr_error *err)
{
	for (size_t i = 1; i < p->n; i++)
		if (!platform_same(p->logs[i]->platform, p->logs[0]->platform))
			return fail(err, TSMMR_E_ARG,
				    "%s is about %s registers, %s about %s: say which platform",
				    p->logs[0]->name, p->logs[0]->platform->name, p->logs[i]->name,
				    p->logs[i]->platform->name);
	return 0;
}

/* Whether each log begins where those before it end. */
static int check_joins(const struct tsmmr_ctx *ctx, const struct tsmmr_log *log,
		       struct tsmmr_error *err)
{
	_cleanup_(report_free) struct tsmmr_report *report = NULL;
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;
	const struct findings *findings;
	int r;

	if (stream_over_log(log, &s) < 0)
		return fail_nomem(err);
	r = report_new(ctx, &s, 1, NULL, NULL, &report, err);
	if (r < 0)
		return r;
	findings = &report->data->findings;
	for (size_t i = 0; i < findings->n; i++)
		if (findings->all[i].id == F_JOIN_DIFFERS)
			return fail_at(err, TSMMR_E_MISMATCH, findings->all[i].record,
				       findings->all[i].offset, "%s", findings->all[i].text);
	return 0;
}

int log_collect(const struct tsmmr_ctx *ctx, int platform, struct tsmmr_log **ret,
		struct tsmmr_error *err)
{
	_cleanup_(parts_done) struct parts parts = { 0 };
	_cleanup_(log_free) struct tsmmr_log *merged = NULL;
	int r = parts_open(ctx, platform, &parts, err);

	if (r == 0)
		r = check_family(&parts, err);
	if (r == 0)
		r = log_merge(ctx, (struct tsmmr_log *const *)parts.logs, parts.n, &merged, err);
	if (r == 0)
		r = check_joins(ctx, merged, err);
	if (r < 0)
		return r;
	*ret = take_ptr(merged);
	return 0;
}
