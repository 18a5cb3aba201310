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

TSMMR_API int tsmmr_explain_new_stream(const struct tsmmr_ctx *ctx,
				       const struct tsmmr_report *report,
				       struct tsmmr_stream *const *streams, size_t n,
				       struct tsmmr_stream *reference,
				       struct tsmmr_explain **ret_explain,
				       struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !report || (!streams && n) || !ret_explain || any_null_stream(streams, n))
		return bad_arg(reterr, "no context, report or streams, or nowhere to return to");
	return filter(explain_new_streams(ctx, report, streams, n, reference, ret_explain, reterr));
}

TSMMR_API void tsmmr_explain_free(struct tsmmr_explain *explain)
{
	explain_free(explain);
}

TSMMR_API size_t tsmmr_explain_hypothesis_count(const struct tsmmr_explain *explain, size_t i)
{
	return explain && i < explain->n ? explain->answers[i].n : 0;
}

TSMMR_API const struct tsmmr_hypothesis *tsmmr_explain_hypothesis(
	const struct tsmmr_explain *explain, size_t i, size_t k)
{
	if (!explain || i >= explain->n || k >= explain->answers[i].n)
		return NULL;
	return &explain->answers[i].all[k];
}

TSMMR_API const char *tsmmr_hypothesis_id(const struct tsmmr_hypothesis *hypothesis)
{
	return hypothesis ? explain_descs[hypothesis->id].id : NULL;
}

TSMMR_API uint64_t tsmmr_hypothesis_log(const struct tsmmr_hypothesis *hypothesis)
{
	return hypothesis ? hypothesis->log : TSMMR_NONE;
}

TSMMR_API uint64_t tsmmr_hypothesis_first(const struct tsmmr_hypothesis *hypothesis)
{
	return hypothesis ? hypothesis->first : TSMMR_NONE;
}

TSMMR_API uint64_t tsmmr_hypothesis_last(const struct tsmmr_hypothesis *hypothesis)
{
	return hypothesis ? hypothesis->last : TSMMR_NONE;
}

TSMMR_API uint64_t tsmmr_hypothesis_offset(const struct tsmmr_hypothesis *hypothesis)
{
	return hypothesis ? hypothesis->offset : TSMMR_NONE;
}

TSMMR_API int tsmmr_hypothesis_would_match(const struct tsmmr_hypothesis *hypothesis)
{
	return hypothesis && hypothesis->would_match;
}

TSMMR_API const char *tsmmr_hypothesis_text(const struct tsmmr_hypothesis *hypothesis)
{
	return hypothesis ? hypothesis->text : NULL;
}

TSMMR_API const char *tsmmr_explain_text(const struct tsmmr_explain *explain, size_t i)
{
	return explain && i < explain->n ? explain->answers[i].text : NULL;
}
