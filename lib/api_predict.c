/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of predict.h: check arguments, call in, filter codes. */
#include "api.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/select.h"
#include "live/live.h"
#include "report/predict.h"
#include "sys/file.h"

TSMMR_API int tsmmr_prediction_new(const struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs,
				   size_t n, const struct tsmmr_report *report,
				   struct tsmmr_prediction **ret_prediction,
				   struct tsmmr_error *reterr)
{
	struct tsmmr_ctx *held;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !logs || !n || !ret_prediction)
		return bad_arg(reterr, "no context, no logs or nowhere to return to");
	if (any_null(logs, n))
		return bad_arg(reterr, "a log is NULL");
	held = hold(ctx);
	r = predict_new(held, logs, n, report, ret_prediction, reterr);
	if (r < 0)
		tsmmr_ctx_free(held);
	return filter(r);
}

TSMMR_API int tsmmr_prediction_new_stream(const struct tsmmr_ctx *ctx,
					  struct tsmmr_stream *const *streams, size_t n,
					  const struct tsmmr_report *report,
					  struct tsmmr_prediction **ret_prediction,
					  struct tsmmr_error *reterr)
{
	struct tsmmr_ctx *held;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !streams || !n || !ret_prediction)
		return bad_arg(reterr, "no context, no streams or nowhere to return to");
	if (any_null_stream(streams, n))
		return bad_arg(reterr, "a stream is NULL");
	held = hold(ctx);
	r = predict_new_streams(held, streams, n, report, ret_prediction, reterr);
	if (r < 0)
		tsmmr_ctx_free(held);
	return filter(r);
}

TSMMR_API int tsmmr_prediction_new_uki_fd(const struct tsmmr_ctx *ctx, int fd, uint32_t profile,
					  const char *phases,
					  struct tsmmr_prediction **ret_prediction,
					  struct tsmmr_error *reterr)
{
	struct tsmmr_prediction *p = NULL;
	struct tsmmr_log *log = NULL;
	struct image image;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || fd < 0 || !ret_prediction)
		return bad_arg(reterr, "no context, no descriptor or nowhere to return to");
	r = file_image(fd, &image, reterr);
	if (r < 0)
		return filter(r);
	r = predict_uki_log(ctx, &image, profile, phases, &log, reterr);
	image.done(image.user);
	if (r == 0)
		r = tsmmr_prediction_new(ctx, &log, 1, NULL, &p, reterr);
	log_free(log);
	if (r < 0)
		return filter(r);
	p->only = "pcr11";
	*ret_prediction = p;
	return 0;
}

TSMMR_API void tsmmr_prediction_free(struct tsmmr_prediction *prediction)
{
	struct tsmmr_ctx *held = prediction ? prediction->ctx : NULL;

	predict_free(prediction);
	tsmmr_ctx_free(held);
}

static int check_open(const struct tsmmr_prediction *p, struct tsmmr_error *err)
{
	if (bad_abi(err))
		return TSMMR_E_ABI;
	if (!p)
		return bad_arg(err, "no prediction");
	return p->ran ? bad_arg(err, "it was run already") : 0;
}

TSMMR_API int tsmmr_prediction_replace_fd(struct tsmmr_prediction *prediction, const char *role,
					  int before, int after, const char *what,
					  struct tsmmr_error *reterr)
{
	struct image images[2] = { { .read = NULL }, { .read = NULL } };
	int r = check_open(prediction, reterr);

	if (r < 0)
		return r;
	if (before < 0 || after < 0 || !what)
		return bad_arg(reterr, "no descriptor, or nothing to call it");
	r = file_image(before, &images[0], reterr);
	if (r == 0)
		r = file_image(after, &images[1], reterr);
	if (r == 0)
		r = predict_file(prediction, role, images, what, reterr);
	for (size_t i = 0; i < 2; i++)
		if (images[i].read)
			images[i].done(images[i].user);
	return filter(r);
}

/* printf(3), for what to call a step; NULL: no memory. */
__attribute__((format(printf, 1, 2))) static char *name_step(const char *format, ...)
{
	char *name;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&name, format, ap);
	va_end(ap);
	return n < 0 ? NULL : name;
}

TSMMR_API int tsmmr_prediction_replace_text(struct tsmmr_prediction *prediction, const char *reg,
					    const char *before, const char *after,
					    struct tsmmr_error *reterr)
{
	struct predict_step step = { .kind = PREDICT_TEXT };
	int r = check_open(prediction, reterr);

	if (r < 0)
		return r;
	if (!before || !*before || !after)
		return bad_arg(reterr, "no text to look for, or none in its place");
	step.what = name_step("'%s'", before);
	step.reg = reg ? strdup(reg) : NULL;
	buf_str(&step.before, before);
	buf_str(&step.after, after);
	if (step.what && (!reg || step.reg) && !step.before.failed && !step.after.failed)
		return filter(predict_add(prediction, &step, reterr));
	predict_step_done(&step);
	return fail_nomem(reterr);
}

TSMMR_API int tsmmr_prediction_drop(struct tsmmr_prediction *prediction, uint64_t log,
				    uint64_t record, struct tsmmr_error *reterr)
{
	struct predict_step step = { .kind = PREDICT_DROP, .log = log, .record = record };
	int r = check_open(prediction, reterr);

	if (r < 0)
		return r;
	step.what = name_step("record %llu", (unsigned long long)record);
	return step.what ? filter(predict_add(prediction, &step, reterr)) : fail_nomem(reterr);
}

TSMMR_API int tsmmr_prediction_select(struct tsmmr_prediction *prediction, const char *only,
				      struct tsmmr_error *reterr)
{
	int r = check_open(prediction, reterr);
	char *copy;

	if (r < 0)
		return r;
	if (!only || !*only)
		return bad_arg(reterr, "no list");
	r = select_matches(only, "", NULL, 0, reterr);
	if (r < 0)
		return filter(r);
	copy = strdup(only);
	if (!copy)
		return fail_nomem(reterr);
	free(prediction->select);
	prediction->select = copy;
	return 0;
}

TSMMR_API int tsmmr_prediction_run(struct tsmmr_prediction *prediction, struct tsmmr_error *reterr)
{
	int r = check_open(prediction, reterr);

	return r < 0 ? r : filter(predict_run(prediction, reterr));
}

TSMMR_API const struct tsmmr_report *tsmmr_prediction_report(
	const struct tsmmr_prediction *prediction)
{
	return prediction ? prediction->will : NULL;
}

static bool has_reg(const struct tsmmr_prediction *p, size_t i)
{
	return p && p->will && i < p->will->n;
}

TSMMR_API int tsmmr_prediction_is_changed(const struct tsmmr_prediction *prediction, size_t i)
{
	return has_reg(prediction, i) ? predict_is_changed(prediction, i) : TSMMR_E_ARG;
}

TSMMR_API int tsmmr_prediction_is_vouched(const struct tsmmr_prediction *prediction, size_t i)
{
	return has_reg(prediction, i) ? predict_is_vouched(prediction, i) : TSMMR_E_ARG;
}

TSMMR_API int tsmmr_prediction_is_followed(const struct tsmmr_prediction *prediction, size_t i)
{
	return has_reg(prediction, i) ? predict_is_followed(prediction, i) : TSMMR_E_ARG;
}

TSMMR_API const char *tsmmr_prediction_note(const struct tsmmr_prediction *prediction, size_t i,
					    uint64_t *ret_log, uint64_t *ret_record)
{
	if (!prediction || i >= prediction->n_notes)
		return NULL;
	if (ret_log)
		*ret_log = prediction->notes[i].log;
	if (ret_record)
		*ret_record = prediction->notes[i].record;
	return prediction->notes[i].text;
}

TSMMR_API int tsmmr_prediction_export_json(const struct tsmmr_prediction *prediction,
					   uint8_t **ret_json, size_t *ret_len,
					   struct tsmmr_error *reterr)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!prediction || !prediction->will || !ret_json || !ret_len)
		return bad_arg(reterr, "no prediction that was run, or nowhere to return to");
	return give_low(&b, predict_json(prediction, &b), ret_json, ret_len, reterr);
}
