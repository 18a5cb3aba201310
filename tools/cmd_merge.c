/* SPDX-License-Identifier: BSD-2-Clause */
/* merge: one log out of several, checked where they join. */
#include "cmd.h"

#include <string.h>

#include "escape.h"
#include "fail.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "reporting.h"
#include "scope.h"

/* Whose registers a log is about: AUTO for none that the library has a table of. */
static int platform_of(struct options *o, const struct inputs *in, size_t i,
		       struct tsmmr_stream *stream, int *ret)
{
	struct tsmmr_error err = NO_ERROR;
	const struct tsmmr_event *first;
	int r = tsmmr_stream_next(stream, &first, &err);

	*ret = r > 0 ? tsmmr_event_platform(first) : TSMMR_PLATFORM_AUTO;
	if (r >= 0)
		r = tsmmr_stream_rewind(stream, &err);
	err.log = i;
	return r < 0 ? reporting_changed(o, in, &err) : 0;
}

/* One file holds one family of registers, for in it a number must mean one thing. */
static int check_family(struct options *o, const struct inputs *in, struct tsmmr_stream **streams)
{
	const struct input *first = NULL;
	int platform = TSMMR_PLATFORM_AUTO, worst = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct input *one = &in->all[i];
		int its, r = platform_of(o, in, i, streams[i], &its);

		worst = exit_first(worst, r);
		if (its == TSMMR_PLATFORM_AUTO)
			continue;
		if (first && its != platform)
			return fail_usage(o,
					  "%s is about %s registers, %s about %s: one log holds"
					  " those of one platform; say which with --platform",
					  first->name, tsmmr_name(TSMMR_NAMES_PLATFORM, platform),
					  one->name, tsmmr_name(TSMMR_NAMES_PLATFORM, its));
		first = one;
		platform = its;
	}
	return worst;
}

/* With -v: what each register's story starts from, and where it has holes. */
static void print_registers(const struct tsmmr_report *report, FILE *f)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
		const char *anchor = tsmmr_report_anchor(report, i);
		const struct tsmmr_gap *gap;
		unsigned long long n = tsmmr_report_event_count(report, i);
		struct prefix prefix;

		if (!n)
			continue;
		reporting_prefix_in(report, i, &prefix);
		fprintf(f, "%s%s:%s: %llu event%s from %s", prefix.text, tsmmr_reg_name(reg),
			reporting_alg(reg), n, n == 1 ? "" : "s", anchor ? anchor : "?");
		for (size_t k = 0; (gap = tsmmr_report_gap(report, i, k)); k++) {
			uint64_t record = tsmmr_gap_record(gap);

			fprintf(f, ", gap %s", tsmmr_gap_word(gap));
			if (record != TSMMR_NONE)
				fprintf(f, " (record %llu)", (unsigned long long)record);
		}
		putc('\n', f);
	}
}

/*
 * The findings of the logs, one log after the other as they are merged.  Of the merged log
 * nobody could say which one a finding is about.
 */
static int print_findings(struct options *o, const struct inputs *in, struct tsmmr_stream **streams)
{
	_cleanup_(tsmmr_report_free) struct tsmmr_report *report = NULL;
	const struct output plain = { .file = stderr };
	struct tsmmr_error err = NO_ERROR;

	for (size_t i = 0; i < in->n; i++)
		if (tsmmr_stream_rewind(streams[i], &err) < 0)
			return fail_error(o, in->all[i].name, in->all[i].number, &err);
	if (tsmmr_report_new_stream(o->ctx, streams, in->n, NULL, NULL, &report, &err) < 0)
		return reporting_changed(o, in, &err);
	reporting_findings(o, report, in, &plain, stderr);
	return 0;
}

/* They were read once before. */
static int failed_merged(struct options *o, const struct tsmmr_error *err)
{
	if (reporting_is_changed(err))
		return fail(o, TSMMR_E_IO,
			    "a log changed while it was read: what was written "
			    "does not count");
	return fail_error(o, NULL, TSMMR_NONE, err);
}

/* Nothing is written until the logs are known to agree. */
static int check_joins(struct options *o, const struct inputs *in, struct tsmmr_stream **streams,
		       struct tsmmr_stream *merged)
{
	_cleanup_(tsmmr_report_free) struct tsmmr_report *report = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r;

	if (tsmmr_report_new_stream(o->ctx, &merged, 1, NULL, NULL, &report, &err) < 0)
		return failed_merged(o, &err);
	r = o->quiet ? 0 : print_findings(o, in, streams);
	if (r)
		return r;
	if (o->verbose)
		print_registers(report, stderr);
	if (reporting_has(report, "JOIN_DIFFERS"))
		return fail(o, TSMMR_E_MISMATCH, "the logs do not join: nothing was written");
	return 0;
}

static int make_merged(struct options *o, const struct inputs *in, struct tsmmr_stream **streams,
		       struct tsmmr_stream **ret)
{
	struct tsmmr_error err = NO_ERROR;
	int r = tsmmr_stream_merge(o->ctx, streams, in->n, ret, &err);

	progress_stop(&o->progress);
	if (r < 0 && (err.log >= in->n || err.code == TSMMR_E_ARG))
		return fail_error(o, NULL, TSMMR_NONE, &err);
	if (r < 0) {
		fail_error(o, in->all[err.log].name, in->all[err.log].number, &err);
		if (!inputs_are_frozen(in))
			inputs_drain(o, in, err.log);
		return failed(o);
	}
	r = check_family(o, in, streams);
	if (!r && tsmmr_stream_rewind(*ret, &err) < 0)
		r = fail_error(o, NULL, TSMMR_NONE, &err);
	return r;
}

static int write_merged(struct options *o, struct tsmmr_stream *merged)
{
	_cleanup_(output_close) struct output out = { .file = NULL };
	struct tsmmr_error err = NO_ERROR;
	int r = output_open(o, &out);

	if (r)
		return r;
	if (tsmmr_stream_rewind(merged, &err) < 0)
		return failed_merged(o, &err);
	if (tsmmr_stream_export_fd(o->ctx, merged, o->to, fileno(out.file), &err) < 0)
		return reporting_is_changed(&err) ?
			       failed_merged(o, &err) :
			       fail_error(o, out.path ? o->out : "standard output", TSMMR_NONE,
					  &err);
	if (o->verbose)
		reporting_stream_findings(o, merged, NULL);
	return output_commit(o, &out);
}

int cmd_merge(struct options *o)
{
	_cleanup_(inputs_close) struct inputs in = { .n = 0 }, kept = { .n = 0 };
	_cleanup_(free) struct tsmmr_stream **streams = NULL;
	_cleanup_(tsmmr_stream_free) struct tsmmr_stream *merged = NULL;
	int r;

	if (!o->to)
		return fail_usage(o, "merge needs --to: the format to write, such as cel-cbor");
	if (o->to == TSMMR_FORMAT_TPM2_YAML)
		return fail(o, TSMMR_E_UNSUPPORTED, "merging to %s is not in this version",
			    tsmmr_name(TSMMR_NAMES_FORMAT, o->to));

	o->twice = true;
	r = inputs_open(o, &in);
	/* Those of this machine may grow. */
	if (!r && inputs_have_known(&in))
		r = inputs_freeze(o, &in, NULL);
	if (!r)
		r = reporting_again(o, &in, &kept, &streams);
	if (!r)
		r = make_merged(o, &in, streams, &merged);
	if (!r)
		r = check_joins(o, &in, streams, merged);
	return r ? r : write_merged(o, merged);
}
