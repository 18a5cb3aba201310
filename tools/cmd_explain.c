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

/* The logs of --reference as one, or NULL when there is none. */
static int open_reference(struct options *o, struct inputs *in, struct tsmmr_log **ret)
{
	_cleanup_(free) struct tsmmr_log **logs = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r = inputs_open_reference(o, in);

	if (r || !in->n)
		return r;
	logs = reporting_logs(in);
	if (!logs)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	if (tsmmr_log_merge(o->ctx, logs, in->n, ret, &err) < 0)
		return fail_error(o, "--reference", TSMMR_NONE, &err);
	return 0;
}

static int explain(struct options *o, const struct reading *now, struct tsmmr_explain **ret)
{
	_cleanup_(inputs_close) struct inputs in = { .n = 0 };
	_cleanup_(tsmmr_log_free) struct tsmmr_log *reference = NULL;
	_cleanup_(free) struct tsmmr_log **logs = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r = open_reference(o, &in, &reference);
	bool whole;

	if (r)
		return r;
	/* Where nothing is to be explained they were not kept. */
	whole = !now->in.n || inputs_are_frozen(&now->in);
	logs = whole ? reporting_logs(&now->in) : NULL;
	if (whole && !logs)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	if (tsmmr_explain_new(o->ctx, now->report, logs, whole ? now->in.n : 0, reference, ret,
			      &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	return 0;
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
