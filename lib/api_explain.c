/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of explain.h: check arguments, call in, filter codes. */
#include "api.h"

#include "report/explain.h"

TSMMR_API int tsmmr_explain_new(const struct tsmmr_ctx *ctx, const struct tsmmr_report *report,
				struct tsmmr_log *const *logs, size_t n,
				const struct tsmmr_log *reference,
				struct tsmmr_explain **ret_explain, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !report || (!logs && n) || !ret_explain || any_null(logs, n))
		return bad_arg(reterr, "no context, report or logs, or nowhere to return to");
	return filter(explain_new(ctx, report, logs, n, reference, ret_explain, reterr));
}

TSMMR_API void tsmmr_explain_free(struct tsmmr_explain *explain)
{
	explain_free(explain);
}

TSMMR_API size_t tsmmr_explain_count(const struct tsmmr_explain *explain, size_t i)
{
	return explain && i < explain->n ? explain->answers[i].n : 0;
}

TSMMR_API int tsmmr_explain_get(const struct tsmmr_explain *explain, size_t i, size_t k,
				const char **ret_id, uint64_t *ret_log, uint64_t *ret_first,
				uint64_t *ret_last, uint64_t *ret_offset, int *ret_would_match,
				const char **ret_text)
{
	const struct hypothesis *h;

	if (!explain || i >= explain->n || k >= explain->answers[i].n)
		return TSMMR_E_ARG;
	h = &explain->answers[i].all[k];
	if (ret_id)
		*ret_id = explain_descs[h->id].id;
	if (ret_log)
		*ret_log = h->log;
	if (ret_first)
		*ret_first = h->first;
	if (ret_last)
		*ret_last = h->last;
	if (ret_offset)
		*ret_offset = h->offset;
	if (ret_would_match)
		*ret_would_match = h->would_match;
	if (ret_text)
		*ret_text = h->text;
	return 0;
}

TSMMR_API const char *tsmmr_explain_text(const struct tsmmr_explain *explain, size_t i)
{
	return explain && i < explain->n ? explain->answers[i].text : NULL;
}

TSMMR_API int tsmmr_explain_export_json(const struct tsmmr_explain *explain,
					const struct tsmmr_report *report,
					struct tsmmr_log *const *logs, size_t n, uint8_t **ret_json,
					size_t *ret_len, struct tsmmr_error *reterr)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	int r = 0;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!explain || !report || !ret_json || !ret_len || explain->of != report->data ||
	    explain->n != report->n || any_null(logs, logs ? n : 0))
		return bad_arg(reterr, "no report, another one, or nowhere to return to");
	if (logs)
		r = report_check_logs(report, logs, n, reterr);
	if (r == 0)
		r = report_verify_json(report, logs, n, explain, &b);
	return give(&b, r, ret_json, ret_len, reterr);
}
