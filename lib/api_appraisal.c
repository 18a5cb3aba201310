/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of appraisal.h: check arguments, call in, filter codes. */
#include "api.h"

#include "report/appraise.h"
#include "report/judge.h"

TSMMR_API int tsmmr_appraisal_new(const struct tsmmr_report *report, struct tsmmr_known *known,
				  struct tsmmr_log *const *logs, size_t n,
				  struct tsmmr_appraisal **ret_appraisal,
				  struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!report || !known || (!logs && n) || !ret_appraisal)
		return bad_arg(reterr, "no report, known values, logs or nowhere to return to");
	if (any_null(logs, n))
		return bad_arg(reterr, "a log is NULL");
	return filter(appraisal_new_logs(report, known, logs, n, ret_appraisal, reterr));
}

TSMMR_API int tsmmr_appraisal_new_stream(const struct tsmmr_report *report,
					 struct tsmmr_known *known,
					 struct tsmmr_stream *const *streams, size_t n,
					 struct tsmmr_appraisal **ret_appraisal,
					 struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!report || !known || (!streams && n) || !ret_appraisal)
		return bad_arg(reterr, "no report, known values, streams or nowhere to return to");
	if (any_null_stream(streams, n))
		return bad_arg(reterr, "a stream is NULL");
	return filter(appraisal_new(report, known, streams, n, ret_appraisal, reterr));
}

TSMMR_API void tsmmr_appraisal_free(struct tsmmr_appraisal *appraisal)
{
	appraisal_free(appraisal);
}

TSMMR_API int tsmmr_appraisal_verdict(const struct tsmmr_appraisal *appraisal)
{
	return appraisal ? appraisal->verdict : TSMMR_APPRAISED_NONE;
}

TSMMR_API const char *tsmmr_appraisal_because(const struct tsmmr_appraisal *appraisal, size_t i,
					      const char **ret_register, uint64_t *ret_evidence)
{
	const struct appraisal_reason *r;

	if (!appraisal)
		return NULL;
	if (i < appraisal->report->n_reasons)
		return tsmmr_report_because(appraisal->report, i, ret_register, ret_evidence);
	i -= appraisal->report->n_reasons;
	if (i >= appraisal->n_reasons)
		return NULL;
	r = &appraisal->reasons[i];
	if (ret_register)
		*ret_register = r->reg;
	if (ret_evidence)
		*ret_evidence = r->evidence;
	return r->kind;
}

TSMMR_API const char *tsmmr_appraisal_launch(const struct tsmmr_appraisal *appraisal)
{
	return appraisal ? appraisal_launch_word(appraisal) : NULL;
}

static const struct appraised_row *row_at(const struct tsmmr_appraisal *a, size_t i)
{
	return a && i < a->report->n ? &a->rows[a->report->rows[i]] : NULL;
}

TSMMR_API uint64_t tsmmr_appraisal_count(const struct tsmmr_appraisal *appraisal, size_t i,
					 int record)
{
	const struct appraised_row *row = row_at(appraisal, i);

	return row && record >= 0 && (size_t)record < ARRAY_SIZE(row->n) ? row->n[record] : 0;
}

TSMMR_API int tsmmr_appraisal_first_unknown(const struct tsmmr_appraisal *appraisal, size_t i,
					    uint64_t *ret_log, uint64_t *ret_record)
{
	const struct appraised_row *row = row_at(appraisal, i);

	if (!row)
		return TSMMR_E_ARG;
	if (row->first_record == TSMMR_NONE)
		return TSMMR_E_NOTFOUND;
	if (ret_log)
		*ret_log = row->first_log;
	if (ret_record)
		*ret_record = row->first_record;
	return 0;
}

TSMMR_API int tsmmr_appraisal_text(const struct tsmmr_appraisal *appraisal, size_t i, char *buf,
				   size_t size)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (!row_at(appraisal, i) || (!buf && size))
		return TSMMR_E_ARG;
	return print(&b, appraisal_text(appraisal, appraisal->report->rows[i], &b), buf, size);
}

TSMMR_API const char *tsmmr_appraisal_lack(const struct tsmmr_appraisal *appraisal, size_t i,
					   const char **ret_source)
{
	if (!appraisal || i >= appraisal->n_lacks || i >= APPRAISAL_LACKS_MAX)
		return NULL;
	if (ret_source)
		*ret_source = appraisal->lacks[i].source->name;
	return appraisal->lacks[i].text;
}

TSMMR_API int tsmmr_appraisal_summary(const struct tsmmr_appraisal *appraisal, char *buf,
				      size_t size)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (!appraisal || (!buf && size))
		return TSMMR_E_ARG;
	return print(&b, appraisal_summary(appraisal, &b), buf, size);
}

TSMMR_API int tsmmr_appraisal_export_json(const struct tsmmr_appraisal *appraisal,
					  uint8_t **ret_json, size_t *ret_len,
					  struct tsmmr_error *reterr)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!appraisal || !ret_json || !ret_len)
		return bad_arg(reterr, "no appraisal or nowhere to return to");
	return give_low(&b, appraisal_json(appraisal, &b), ret_json, ret_len, reterr);
}

TSMMR_API int tsmmr_appraisal_pass_new(const struct tsmmr_appraisal *appraisal,
				       struct tsmmr_stream *const *streams, size_t n,
				       struct tsmmr_appraisal_pass **ret_pass,
				       struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!appraisal || (!streams && n) || !ret_pass)
		return bad_arg(reterr, "no appraisal, no streams or nowhere to return to");
	if (any_null_stream(streams, n))
		return bad_arg(reterr, "a stream is NULL");
	return filter(appraisal_pass_new(appraisal->report, appraisal->known, streams, n, ret_pass,
					 reterr));
}

TSMMR_API void tsmmr_appraisal_pass_free(struct tsmmr_appraisal_pass *pass)
{
	appraisal_pass_free(pass);
}

TSMMR_API int tsmmr_appraisal_pass_next(struct tsmmr_appraisal_pass *pass,
					const struct tsmmr_event **ret_event, uint64_t *ret_log,
					int *ret_record, struct tsmmr_error *reterr)
{
	const struct tsmmr_report_pass *at;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!pass)
		return bad_arg(reterr, "no pass");
	r = appraisal_pass_next(pass, reterr);
	if (r <= 0)
		return filter(r);
	at = pass->pass;
	if (ret_event)
		*ret_event = at->event;
	if (ret_log)
		*ret_log = at->data->logs[at->at].first + at->event->log;
	if (ret_record)
		*ret_record = pass->state;
	return 1;
}

TSMMR_API const char *tsmmr_appraisal_pass_source(const struct tsmmr_appraisal_pass *pass,
						  const char **ret_name, size_t *ret_len)
{
	if (!pass || (!pass->source && !pass->name.p))
		return NULL;
	if (ret_name)
		*ret_name = (const char *)pass->name.p;
	if (ret_len)
		*ret_len = pass->name.n;
	return pass->source ? pass->source->name : "built-in";
}

/* One has been handed out, and it was no error. */
static bool is_at_event(const struct tsmmr_appraisal_pass *pass)
{
	return pass && pass->pass->event && pass->pass->result > 0;
}

TSMMR_API int tsmmr_appraisal_pass_line(struct tsmmr_appraisal_pass *pass, uint8_t **ret_line,
					size_t *ret_len, struct tsmmr_error *reterr)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!is_at_event(pass) || !ret_line || !ret_len)
		return bad_arg(reterr, "no event or nowhere to return to");
	r = appraisal_pass_line(pass, &b);
	if (r == TSMMR_E_ARG)
		return bad_arg(reterr, "this event is not unknown, or not proven");
	return give_low(&b, r, ret_line, ret_len, reterr);
}

TSMMR_API int tsmmr_appraisal_pass_event_json(struct tsmmr_appraisal_pass *pass, uint8_t **ret_json,
					      size_t *ret_len, struct tsmmr_error *reterr)
{
	BUF_LOCAL(b, EVENT_ROOM);

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!is_at_event(pass) || !ret_json || !ret_len)
		return bad_arg(reterr, "no event or nowhere to return to");
	return give_low(&b, appraisal_pass_json(pass, &b), ret_json, ret_len, reterr);
}
