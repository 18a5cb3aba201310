/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of report.h: check arguments, call in, filter codes. */
#include "api.h"

#include "core/log.h"
#include "report/report.h"
#include "platform/platforms.h"

TSMMR_API int tsmmr_report_new(const struct tsmmr_ctx *ctx, const struct tsmmr_log *const *logs,
			       size_t n, const struct tsmmr_regs *regs,
			       struct tsmmr_report **ret_report, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || (!logs && n) || !ret_report)
		return bad_arg(reterr, "no context, no logs or nowhere to return to");
	if (any_null(logs, n))
		return bad_arg(reterr, "a log is NULL");
	return filter(report_new_logs(ctx, logs, n, regs, ret_report, reterr));
}

TSMMR_API int tsmmr_report_new_stream(const struct tsmmr_ctx *ctx,
				      struct tsmmr_stream *const *streams, size_t n,
				      const struct tsmmr_regs *regs,
				      struct tsmmr_report **ret_report, size_t *ret_log,
				      struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || (!streams && n) || !ret_report)
		return bad_arg(reterr, "no context, no streams or nowhere to return to");
	for (size_t i = 0; i < n; i++)
		if (!streams[i])
			return bad_arg(reterr, "a stream is NULL");
	return filter(report_new(ctx, streams, n, regs, ret_report, ret_log, reterr));
}

TSMMR_API void tsmmr_report_free(struct tsmmr_report *report)
{
	report_free(report);
}

TSMMR_API int tsmmr_report_select(const struct tsmmr_report *report, const char *only,
				  struct tsmmr_report **ret_report, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!report || !only || !ret_report)
		return bad_arg(reterr, "no report, no list or nowhere to return to");
	return filter(report_select(report, only, ret_report, reterr));
}

TSMMR_API int tsmmr_report_verdict(const struct tsmmr_report *report)
{
	static const struct policy none = { 0 };

	return report ? policy_verdict(&none, report) : TSMMR_E_ARG;
}

TSMMR_API int tsmmr_report_verdict_for(const struct tsmmr_report *report, const char *require,
				       const char *allow, struct tsmmr_error *reterr)
{
	struct policy policy = { require, allow };
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!report)
		return bad_arg(reterr, "no report");
	r = policy_check(&policy, platform_knows, reterr);
	return filter(r < 0 ? r : policy_verdict(&policy, report));
}

TSMMR_API size_t tsmmr_report_count(const struct tsmmr_report *report)
{
	return report ? report->n : 0;
}

static const struct row *row_at(const struct tsmmr_report *report, size_t i)
{
	return report && i < report->n ? report_row(report, i) : NULL;
}

TSMMR_API const struct tsmmr_reg *tsmmr_report_reg(const struct tsmmr_report *report, size_t i)
{
	const struct row *row = row_at(report, i);

	return row ? &row->reg : NULL;
}

TSMMR_API const char *tsmmr_report_name(const struct tsmmr_report *report, size_t i)
{
	const struct row *row = row_at(report, i);

	return row ? row->name : NULL;
}

TSMMR_API int tsmmr_report_status(const struct tsmmr_report *report, size_t i)
{
	const struct row *row = row_at(report, i);

	return row ? row->status : TSMMR_E_ARG;
}

TSMMR_API uint64_t tsmmr_report_events(const struct tsmmr_report *report, size_t i)
{
	const struct row *row = row_at(report, i);

	return row ? row->events : 0;
}

TSMMR_API const char *tsmmr_report_anchor(const struct tsmmr_report *report, size_t i)
{
	const struct row *row = row_at(report, i);

	return row && row->anchor[0] ? row->anchor : NULL;
}

TSMMR_API int tsmmr_report_asked(const struct tsmmr_report *report, size_t i, const char *require)
{
	struct policy policy = { .require = require };
	const struct row *row = row_at(report, i);
	int r;

	if (!row)
		return TSMMR_E_ARG;
	r = policy_check(&policy, platform_knows, NULL);
	return filter(r < 0 ? r : policy_asked(&policy, report, row));
}

TSMMR_API int tsmmr_report_replayed(const struct tsmmr_report *report, size_t i,
				    const uint8_t **ret_value, size_t *ret_len)
{
	const struct row *row = row_at(report, i);

	if (!row || !ret_value || !ret_len)
		return TSMMR_E_ARG;
	if (!row->replayed)
		return TSMMR_E_NOTFOUND;
	*ret_value = row->value;
	*ret_len = row->reg.size;
	return 0;
}

TSMMR_API const char *tsmmr_report_gap(const struct tsmmr_report *report, size_t i, size_t gap,
				       uint64_t *ret_log, uint64_t *ret_record)
{
	const struct row *row = row_at(report, i);

	if (!row || gap >= row->n_gaps)
		return NULL;
	if (ret_log)
		*ret_log = row->gaps[gap].log;
	if (ret_record)
		*ret_record = row->gaps[gap].record;
	return gap_names[row->gaps[gap].kind];
}

TSMMR_API int tsmmr_report_event_proven(const struct tsmmr_report *report, size_t log, size_t i)
{
	return report ? report_event_proven(report, log, i) : 0;
}

TSMMR_API size_t tsmmr_report_finding_count(const struct tsmmr_report *report)
{
	return report ? report->data->findings.n : 0;
}

TSMMR_API int tsmmr_report_finding(const struct tsmmr_report *report, size_t i, const char **ret_id,
				   int *ret_severity, uint64_t *ret_log, uint64_t *ret_record,
				   uint64_t *ret_offset, const char **ret_text)
{
	const struct finding *f;

	if (!report || i >= report->data->findings.n)
		return TSMMR_E_ARG;
	f = &report->data->findings.all[i];
	if (ret_id)
		*ret_id = finding_descs[f->id].id;
	if (ret_severity)
		*ret_severity = finding_descs[f->id].severity;
	if (ret_log)
		*ret_log = f->log;
	if (ret_record)
		*ret_record = f->record;
	if (ret_offset)
		*ret_offset = f->offset;
	if (ret_text)
		*ret_text = f->text;
	return 0;
}

TSMMR_API int tsmmr_report_summary(const struct tsmmr_report *report, const char *require,
				   const char *allow, char *buf, size_t size)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct policy policy = { require, allow };
	int r;

	if (!report || (!buf && size))
		return TSMMR_E_ARG;
	r = policy_check(&policy, platform_knows, NULL);
	if (r == 0)
		r = report_summary(report, &policy, &b);
	return print(&b, r, buf, size);
}

TSMMR_API int tsmmr_report_export_replay_json(const struct tsmmr_report *report, uint8_t **ret_json,
					      size_t *ret_len, struct tsmmr_error *reterr)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!report || !ret_json || !ret_len)
		return bad_arg(reterr, "no report or nowhere to return to");
	return give(&b, report_replay_json(report, &b), ret_json, ret_len, reterr);
}

TSMMR_API int tsmmr_report_export_verify_json(const struct tsmmr_report *report,
					      const char *require, const char *allow,
					      const struct tsmmr_log *const *logs, size_t n,
					      uint8_t **ret_json, size_t *ret_len,
					      struct tsmmr_error *reterr)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	struct policy policy = { require, allow };
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!report || !ret_json || !ret_len || (logs && n != report->data->n_logs))
		return bad_arg(reterr, "no report, other logs or nowhere to return to");
	r = policy_check(&policy, platform_knows, reterr);
	if (r == 0)
		r = report_verify_json(report, &policy, logs, n, NULL, &b);
	return give(&b, r, ret_json, ret_len, reterr);
}
