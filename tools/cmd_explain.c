/* SPDX-License-Identifier: BSD-2-Clause */
/* explain: as verify, and for each register that fails where and why. */
#include "cmd.h"

#include <string.h>

#include "escape.h"
#include "fail.h"
#include "options.h"
#include "output.h"
#include "reporting.h"
#include "scope.h"
#include "verifying.h"

DEFINE_CLEANUP(struct tsmmr_explain *, tsmmr_explain_free)
DEFINE_CLEANUP(struct tsmmr_log *, tsmmr_log_free)
DEFINE_CLEANUP(struct tsmmr_ctx *, tsmmr_ctx_free)

/* Several logs of --reference as one. */
static int merge_reference(struct options *o, struct inputs *in, struct tsmmr_stream **ret)
{
	_cleanup_(tsmmr_log_free) struct tsmmr_log *merged = NULL;
	_cleanup_(free) struct tsmmr_log **logs = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r = inputs_freeze(o, in, NULL);

	if (r)
		return r;
	logs = reporting_logs(in);
	if (!logs)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	if (tsmmr_log_merge(o->ctx, logs, in->n, &merged, &err) < 0 ||
	    tsmmr_stream_open_log(o->ctx, merged, ret, &err) < 0)
		return fail_error(o, "--reference", TSMMR_NONE, &err);
	return 0;
}

/* Is there a register that a reason is looked for of? */
static bool has_question(const struct tsmmr_report *report)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		int status = tsmmr_report_status(report, i);

		if (status == TSMMR_STATUS_MISMATCH || status == TSMMR_STATUS_INCOMPLETE)
			return true;
	}
	return false;
}

/* What is kept of a log may take as much memory as a frozen one. */
static int make_context(struct options *o, const struct inputs *in, const struct inputs *reference,
			struct tsmmr_ctx **ret)
{
	struct tsmmr_error err = NO_ERROR;
	uint64_t most = inputs_bytes(reference);

	for (size_t i = 0; i < in->n; i++) {
		const struct inputs one = { .all = &in->all[i], .n = 1 };

		most = inputs_bytes(&one) > most ? inputs_bytes(&one) : most;
	}
	return inputs_context(o, most, ret, &err) < 0 ? fail_error(o, NULL, TSMMR_NONE, &err) : 0;
}

/* The logs once more, and looked through, where there is a question. */
static int look(struct options *o, const struct reading *now, const struct inputs *reference,
		struct tsmmr_stream *other, struct tsmmr_explain **ret)
{
	size_t n = has_question(now->report) ? now->in.n : 0;
	_cleanup_(inputs_close) struct inputs kept = { .n = 0 };
	_cleanup_(free) struct tsmmr_stream **streams = NULL;
	_cleanup_(tsmmr_ctx_free) struct tsmmr_ctx *wide = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r = make_context(o, &now->in, reference, &wide);

	if (!r && n)
		r = reporting_again(o, &now->in, &kept, &streams);
	if (r)
		return r;
	r = tsmmr_explain_new_stream(wide, now->report, streams, n, other, ret, &err);
	progress_stop(&o->progress);
	if (r == 0)
		return 0;
	if (err.log < n)
		return reporting_changed(o, &now->in, &err);
	return fail_error(o, err.log == n && other ? reference->all[0].name : NULL, TSMMR_NONE,
			  &err);
}

static int explain(struct options *o, const struct reading *now, struct tsmmr_explain **ret)
{
	_cleanup_(inputs_close) struct inputs in = { .n = 0 };
	_cleanup_(tsmmr_stream_free) struct tsmmr_stream *merged = NULL;
	int r = inputs_open_reference(o, &in);

	if (!r && in.n > 1)
		r = merge_reference(o, &in, &merged);
	if (r)
		return r;
	return look(o, now, &in, in.n == 1 ? in.all[0].stream : merged, ret);
}

static void print_answers(const struct options *o, const struct reading *now,
			  const struct tsmmr_explain *x, const struct output *out)
{
	size_t n = 0;

	for (size_t i = 0; i < tsmmr_report_count(now->report); i++) {
		const char *text = tsmmr_explain_text(x, i);

		if (!text || !verifying_shows(o, now->report, i))
			continue;
		if (n++ || !o->quiet)
			putc('\n', out->file);
		reporting_wrapped(out->file, text, reporting_width(out));
	}
	if (n)
		putc('\n', out->file);
}

static int print_explained(struct options *o, const struct reading *now)
{
	_cleanup_(tsmmr_explain_free) struct tsmmr_explain *x = NULL;
	_cleanup_(output_close) struct output out = { .file = NULL };
	int r = explain(o, now, &x);

	if (!r)
		r = verifying_page(o, now, x);
	if (!r)
		r = output_open(o, &out);
	if (r)
		return r;
	if (o->json) {
		r = verifying_json(o, now, x, o->events, &out);
	} else {
		if (!o->quiet)
			verifying_registers(o, now->report, &out);
		reporting_findings(o, now->report, &now->in, &out, o->quiet ? stderr : out.file);
		print_answers(o, now, x, &out);
		r = verifying_summary(o, now, &out);
	}
	return r ? r : output_commit(o, &out);
}

int cmd_explain(struct options *o)
{
	return verifying_run(o, print_explained);
}
