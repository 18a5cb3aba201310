/* SPDX-License-Identifier: BSD-2-Clause */
/* export: one log in another format. */
#include "cmd.h"

#include "fail.h"
#include "image.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "reporting.h"
#include "scope.h"

static int write_log(struct options *o, struct inputs *in, struct output *out)
{
	struct tsmmr_error err = NO_ERROR;
	int r = tsmmr_stream_export_fd(o->ctx, in->all[0].stream, o->to, fileno(out->file), &err);

	/* A failed read has a place in the log, a failed write has none. */
	if (r == TSMMR_E_IO && err.record == TSMMR_NONE && err.offset == TSMMR_NONE)
		return fail_error(o, out->path ? o->out : "standard output", TSMMR_NONE, &err);
	if (r < 0)
		return fail_error(o, in->all[0].name, 0, &err);
	reporting_stream_findings(o, in->all[0].stream, in->all[0].name);
	return 0;
}

int cmd_export(struct options *o)
{
	_cleanup_(inputs_close) struct inputs in = { .n = 0 };
	_cleanup_(output_close) struct output out = { .file = NULL };
	int r;

	if (!o->to)
		return fail_usage(o, "export needs --to: the format to write, such as cel-cbor");
	if (o->n_operands > 1 || (!o->n_operands && !images_launch(o)))
		return fail_usage(o, "export takes exactly one LOG");
	r = inputs_open(o, &in);
	if (!r && in.n != 1)
		r = fail_usage(o,
			       "export takes exactly one LOG, and '%s' are %zu; merge takes"
			       " several",
			       o->n_operands ? o->operands[0] : "no log", in.n);
	if (!r)
		r = output_open(o, &out);
	if (!r)
		r = write_log(o, &in, &out);
	return r ? r : output_commit(o, &out);
}
