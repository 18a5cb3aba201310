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

DEFINE_CLEANUP(struct tsmmr_log *, tsmmr_log_free)

/* Whose registers a log is about: AUTO for none that the library has a table of. */
static int platform_of(const struct tsmmr_log *log)
{
	return tsmmr_log_count(log) ? tsmmr_event_platform(tsmmr_log_get(log, 0)) :
				      TSMMR_PLATFORM_AUTO;
}

/* One file holds one family of registers, for in it a number must mean one thing. */
static int check_family(struct options *o, const struct inputs *in)
{
	const struct input *first = NULL;
	int platform = TSMMR_PLATFORM_AUTO;

	for (size_t i = 0; i < in->n; i++) {
		const struct input *one = &in->all[i];
		int its = platform_of(one->log);

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
	return 0;
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
static int print_findings(struct options *o, const struct inputs *in)
{
	_cleanup_(tsmmr_report_free) struct tsmmr_report *report = NULL;
	_cleanup_(free) struct tsmmr_log **logs = reporting_logs(in);
	const struct output plain = { .file = stderr };
	struct tsmmr_error err = NO_ERROR;

	if (!logs)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	if (tsmmr_report_new(o->ctx, logs, in->n, NULL, NULL, &report, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	reporting_findings(o, report, in, &plain, stderr);
	return 0;
}

/* Nothing is written until the logs are known to agree. */
static int check_joins(struct options *o, const struct inputs *in, struct tsmmr_log *merged)
{
	_cleanup_(tsmmr_report_free) struct tsmmr_report *report = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r;

	if (tsmmr_report_new(o->ctx, &merged, 1, NULL, NULL, &report, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	r = o->quiet ? 0 : print_findings(o, in);
	if (r)
		return r;
	if (o->verbose)
		print_registers(report, stderr);
	if (reporting_has(report, "JOIN_DIFFERS"))
		return fail(o, TSMMR_E_MISMATCH, "the logs do not join: nothing was written");
	return 0;
}

static int make_merged(struct options *o, struct inputs *in, struct tsmmr_log **ret)
{
	struct tsmmr_error err = NO_ERROR;
	struct tsmmr_log **logs;
	int r = inputs_freeze(o, in, NULL);

	progress_stop(&o->progress);
	if (!r)
		r = check_family(o, in);
	if (r)
		return r;
	logs = reporting_logs(in);
	if (!logs)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	r = tsmmr_log_merge(o->ctx, logs, in->n, ret, &err);
	free(logs);
	return r < 0 ? fail_error(o, NULL, TSMMR_NONE, &err) : 0;
}

static int write_merged(struct options *o, const struct tsmmr_log *merged)
{
	_cleanup_(output_close) struct output out = { .file = NULL };
	_cleanup_(tsmmr_stream_free) struct tsmmr_stream *stream = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r = output_open(o, &out);

	if (r)
		return r;
	if (tsmmr_stream_open_log(o->ctx, merged, &stream, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	if (tsmmr_stream_export_fd(o->ctx, stream, o->to, fileno(out.file), &err) < 0)
		return fail_error(o, out.path ? o->out : "standard output", TSMMR_NONE, &err);
	if (o->verbose)
		reporting_stream_findings(o, stream, NULL);
	return output_commit(o, &out);
}

int cmd_merge(struct options *o)
{
	_cleanup_(inputs_close) struct inputs in = { .n = 0 };
	_cleanup_(tsmmr_log_free) struct tsmmr_log *merged = NULL;
	int r;

	if (!o->to)
		return fail_usage(o, "merge needs --to: the format to write, such as cel-cbor");
	if (o->to == TSMMR_FORMAT_TPM2_YAML)
		return fail(o, TSMMR_E_UNSUPPORTED, "merging to %s is not in this version",
			    tsmmr_name(TSMMR_NAMES_FORMAT, o->to));

	r = inputs_open(o, &in);
	if (!r)
		r = make_merged(o, &in, &merged);
	if (!r)
		r = check_joins(o, &in, merged);
	return r ? r : write_merged(o, merged);
}
