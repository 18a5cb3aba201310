/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of report.h: check arguments, call in, filter codes. */
#include "api.h"

#include "core/log.h"
#include "live/live.h"
#include "report/explain.h"
#include "report/pass.h"

TSMMR_API int tsmmr_report_new(const struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs, size_t n,
			       const struct tsmmr_regs *regs, const struct tsmmr_policy *policy,
			       struct tsmmr_report **ret_report, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || (!logs && n) || !ret_report)
		return bad_arg(reterr, "no context, no logs or nowhere to return to");
	if (any_null(logs, n))
		return bad_arg(reterr, "a log is NULL");
	return filter(report_new_logs(ctx, logs, n, regs, policy, ret_report, reterr));
}

TSMMR_API int tsmmr_report_new_stream(const struct tsmmr_ctx *ctx,
				      struct tsmmr_stream *const *streams, size_t n,
				      const struct tsmmr_regs *regs,
				      const struct tsmmr_policy *policy,
				      struct tsmmr_report **ret_report, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || (!streams && n) || !ret_report)
		return bad_arg(reterr, "no context, no streams or nowhere to return to");
	if (any_null_stream(streams, n))
		return bad_arg(reterr, "a stream is NULL");
	return filter(report_new(ctx, streams, n, regs, policy, ret_report, reterr));
}

TSMMR_API int tsmmr_report_new_live(const struct tsmmr_ctx *ctx, int platform,
				    const struct tsmmr_policy *policy,
				    struct tsmmr_report **ret_report, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !ret_report)
		return bad_arg(reterr, "no context or nowhere to return to");
	return filter(report_live(ctx, platform, policy, ret_report, reterr));
}

TSMMR_API struct tsmmr_report *tsmmr_report_ref(struct tsmmr_report *report)
{
	return report ? report_ref(report) : NULL;
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

TSMMR_API int tsmmr_report_judge(const struct tsmmr_report *report,
				 const struct tsmmr_policy *policy,
				 struct tsmmr_report **ret_report, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!report || !ret_report)
		return bad_arg(reterr, "no report or nowhere to return to");
	return filter(report_judge(report, policy, ret_report, reterr));
}

TSMMR_API int tsmmr_report_verdict(const struct tsmmr_report *report)
{
	return report ? report->verdict : TSMMR_VERDICT_NONE;
}

TSMMR_API const char *tsmmr_report_because(const struct tsmmr_report *report, size_t i,
					   const char **ret_register, uint64_t *ret_evidence)
{
	const struct reason *r;

	if (!report || i >= report->n_reasons)
		return NULL;
	r = &report->reasons[i];
	if (ret_register)
		*ret_register =
			r->row != REASON_NOWHERE ? report->data->rows[r->row].name : r->what;
	if (ret_evidence)
		*ret_evidence = r->piece != REASON_NOWHERE ? r->piece : TSMMR_NONE;
	return reason_names[r->kind];
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
	return row_at(report, i) ? report_judged(report, i)->status : TSMMR_E_ARG;
}

TSMMR_API uint64_t tsmmr_report_event_count(const struct tsmmr_report *report, size_t i)
{
	const struct row *row = row_at(report, i);

	return row ? row->events : 0;
}

TSMMR_API const char *tsmmr_report_anchor(const struct tsmmr_report *report, size_t i)
{
	const struct row *row = row_at(report, i);

	return row && row->anchor[0] ? row->anchor : NULL;
}

TSMMR_API int tsmmr_report_is_asked(const struct tsmmr_report *report, size_t i)
{
	return row_at(report, i) ? report_judged(report, i)->asked : TSMMR_E_ARG;
}

TSMMR_API int tsmmr_report_is_accepted(const struct tsmmr_report *report, size_t i)
{
	return row_at(report, i) ? report_judged(report, i)->accepted : TSMMR_E_ARG;
}

TSMMR_API int tsmmr_report_reference(const struct tsmmr_report *report, size_t i, size_t k,
				     const uint8_t **ret_value, size_t *ret_len,
				     const char **ret_set)
{
	const struct reference *ref;
	const char *set;

	if (!row_at(report, i))
		return TSMMR_E_ARG;
	ref = judge_reference(report, report->rows[i], k, &set);
	if (!ref)
		return TSMMR_E_NOTFOUND;
	if (ret_set)
		*ret_set = set;
	return lend(ref->value, ref->size, ret_value, ret_len);
}

TSMMR_API int tsmmr_report_replayed(const struct tsmmr_report *report, size_t i,
				    const uint8_t **ret_value, size_t *ret_len)
{
	const struct row *row = row_at(report, i);

	if (!row)
		return TSMMR_E_ARG;
	return row->replayed ? lend(row->value, row->reg.size, ret_value, ret_len) :
			       TSMMR_E_NOTFOUND;
}

TSMMR_API size_t tsmmr_report_gap_count(const struct tsmmr_report *report, size_t i)
{
	return row_at(report, i) ? report_judged(report, i)->n_gaps : 0;
}

TSMMR_API const struct tsmmr_gap *tsmmr_report_gap(const struct tsmmr_report *report, size_t i,
						   size_t k)
{
	const struct judgement *j = row_at(report, i) ? report_judged(report, i) : NULL;

	return j && k < j->n_gaps ? &j->gaps[k] : NULL;
}

TSMMR_API const char *tsmmr_gap_word(const struct tsmmr_gap *gap)
{
	return gap ? gap_names[gap->kind] : NULL;
}

TSMMR_API uint64_t tsmmr_gap_log(const struct tsmmr_gap *gap)
{
	return gap ? gap->log : TSMMR_NONE;
}

TSMMR_API uint64_t tsmmr_gap_record(const struct tsmmr_gap *gap)
{
	return gap ? gap->record : TSMMR_NONE;
}

TSMMR_API int tsmmr_gap_is_allowed(const struct tsmmr_gap *gap)
{
	return gap && gap->allowed;
}

TSMMR_API int tsmmr_report_is_event_proven(const struct tsmmr_report *report, uint64_t log,
					   size_t i)
{
	return report ? report_event_proven(report, log, i) : 0;
}

TSMMR_API size_t tsmmr_report_finding_count(const struct tsmmr_report *report)
{
	return report ? report->data->findings.n : 0;
}

TSMMR_API const struct tsmmr_finding *tsmmr_report_finding(const struct tsmmr_report *report,
							   size_t i)
{
	return report && i < report->data->findings.n ? &report->data->findings.all[i] : NULL;
}

TSMMR_API int tsmmr_report_summary(const struct tsmmr_report *report, char *buf, size_t size)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (!report || (!buf && size))
		return TSMMR_E_ARG;
	return print(&b, report_summary(report, &b), buf, size);
}

TSMMR_API int tsmmr_report_event_json(const struct tsmmr_report *report,
				      const struct tsmmr_log *log, uint64_t number, size_t i,
				      uint8_t **ret_json, size_t *ret_len,
				      struct tsmmr_error *reterr)
{
	_cleanup_(hashers_done) struct hashers set = { 0 };
	BUF_LOCAL(b, EVENT_ROOM);
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!report || !log || i >= log->n || !ret_json)
		return bad_arg(reterr, "no report, no such event or nowhere to return to");
	r = report_check_log(report, log, number, reterr);
	if (r < 0)
		return filter(r);
	r = event_json(&log->events[i], report->data->logs[number].first,
		       report_event_proven(report, number, i), &set, &b);
	return give_low(&b, r, ret_json, ret_len, reterr);
}

TSMMR_API int tsmmr_report_event_text(const struct tsmmr_report *report,
				      const struct tsmmr_log *log, uint64_t number, size_t i,
				      char *buf, size_t size)
{
	BUF_LOCAL(b, EVENT_ROOM);
	int r = 0;

	if (!report || !log || i >= log->n || (!buf && size) ||
	    report_check_log(report, log, number, NULL) < 0)
		return TSMMR_E_ARG;
	if (report_event_proven(report, number, i))
		r = event_trusted_text(&log->events[i], &b);
	return print(&b, r, buf, size);
}

TSMMR_API int tsmmr_report_pass_new(const struct tsmmr_report *report,
				    struct tsmmr_stream *const *streams, size_t n,
				    struct tsmmr_report_pass **ret_pass, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!report || (!streams && n) || !ret_pass)
		return bad_arg(reterr, "no report, no streams or nowhere to return to");
	if (any_null_stream(streams, n))
		return bad_arg(reterr, "a stream is NULL");
	return filter(pass_new(report, streams, n, ret_pass, reterr));
}

TSMMR_API void tsmmr_report_pass_free(struct tsmmr_report_pass *pass)
{
	pass_free(pass);
}

TSMMR_API int tsmmr_report_pass_set_domain(struct tsmmr_report_pass *pass, const char *domain,
					   struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!pass || !domain)
		return bad_arg(reterr, "no pass or no domain");
	return filter(pass_set_domain(pass, domain, reterr));
}

TSMMR_API uint64_t tsmmr_report_pass_withheld(const struct tsmmr_report_pass *pass)
{
	return pass ? pass->withheld : 0;
}

static uint64_t pass_log(const struct tsmmr_report_pass *pass)
{
	return pass->data->logs[pass->at].first + pass->event->log;
}

TSMMR_API int tsmmr_report_pass_next(struct tsmmr_report_pass *pass,
				     const struct tsmmr_event **ret_event, uint64_t *ret_log,
				     int *ret_proven, struct tsmmr_error *reterr)
{
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!pass)
		return bad_arg(reterr, "no pass");
	r = pass_next(pass, reterr);
	if (r <= 0)
		return filter(r);
	if (ret_event)
		*ret_event = pass->event;
	if (ret_log)
		*ret_log = pass_log(pass);
	if (ret_proven)
		*ret_proven = pass->event_proven;
	return 1;
}

TSMMR_API int tsmmr_report_pass_event_json(const struct tsmmr_report_pass *pass, uint8_t **ret_json,
					   size_t *ret_len, struct tsmmr_error *reterr)
{
	_cleanup_(hashers_done) struct hashers set = { 0 };
	BUF_LOCAL(b, EVENT_ROOM);
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!pass || !pass->event || !ret_json)
		return bad_arg(reterr, "no pass, no event or nowhere to return to");
	r = event_json(pass->event, pass->data->logs[pass->at].first, pass->event_proven, &set, &b);
	return give_low(&b, r, ret_json, ret_len, reterr);
}

TSMMR_API int tsmmr_report_export_replay_json(const struct tsmmr_report *report, uint8_t **ret_json,
					      size_t *ret_len, struct tsmmr_error *reterr)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!report || !ret_json)
		return bad_arg(reterr, "no report or nowhere to return to");
	return give_low(&b, report_replay_json(report, &b), ret_json, ret_len, reterr);
}

TSMMR_API int tsmmr_report_export_verify_json(const struct tsmmr_report *report,
					      const struct tsmmr_explain *explain,
					      struct tsmmr_log *const *logs, size_t n,
					      uint8_t **ret_json, size_t *ret_len,
					      struct tsmmr_error *reterr)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	int r = 0;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!report || !ret_json || any_null(logs, logs ? n : 0))
		return bad_arg(reterr, "no report, a log that is none or nowhere to return to");
	if (explain && explain->of != report)
		return bad_arg(reterr, "what explains another report");
	if (logs)
		r = report_check_logs(report, logs, n, reterr);
	if (r < 0)
		return filter(r);
	return give_low(&b, report_verify_json(report, logs, n, explain, &b), ret_json, ret_len,
			reterr);
}
