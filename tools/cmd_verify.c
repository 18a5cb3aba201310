/* SPDX-License-Identifier: BSD-2-Clause */
/* verify: do the logs explain what the hardware says? */
#include "cmd.h"

#include <string.h>

#include "escape.h"
#include "fail.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "regset.h"
#include "reporting.h"
#include "scope.h"

static const enum paint paints[] = {
	[TSMMR_STATUS_VERIFIED] = PAINT_GREEN,
	[TSMMR_STATUS_UNTOUCHED] = PAINT_OFF,
	[TSMMR_STATUS_NO_EVIDENCE] = PAINT_OFF,
	[TSMMR_STATUS_INCOMPLETE] = PAINT_YELLOW,
	[TSMMR_STATUS_MISMATCH] = PAINT_RED,
};

/* --require and --allow are wrong or right whatever the logs say. */
static int check_lists(struct options *o)
{
	_cleanup_(tsmmr_report_free) struct tsmmr_report *nothing = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r;

	if (tsmmr_report_new(o->ctx, NULL, 0, NULL, &nothing, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	r = tsmmr_report_verdict_for(nothing, o->require, NULL, &err);
	if (r == TSMMR_E_ARG || r == TSMMR_E_NOTFOUND)
		return fail_error(o, "--require", TSMMR_NONE, &err);
	r = tsmmr_report_verdict_for(nothing, NULL, o->allow, &err);
	if (r == TSMMR_E_ARG || r == TSMMR_E_NOTFOUND)
		return fail_error(o, "--allow", TSMMR_NONE, &err);
	return 0;
}

/* ", gap off-log-extend (record 12), gap no-log": all there are with -v, else one a kind. */
static void print_gaps(const struct options *o, const struct tsmmr_report *report, size_t i,
		       FILE *f)
{
	const char *last = NULL, *gap;
	uint64_t log, record;

	for (size_t k = 0; (gap = tsmmr_report_gap(report, i, k, &log, &record)); k++) {
		if (!o->verbose && last && !strcmp(gap, last))
			continue;
		fprintf(f, ", gap %s", gap);
		if (record != TSMMR_NONE)
			fprintf(f, " (record %llu)", (unsigned long long)record);
		last = gap;
	}
}

static void print_value(FILE *f, const char *what, const uint8_t *value, size_t len)
{
	fprintf(f, "             %s ", what);
	if (len)
		reporting_hex(f, value, len);
	else
		putc('-', f);
	putc('\n', f);
}

/* Both values, where they differ or all is to be shown. */
static void print_values(const struct options *o, const struct tsmmr_report *report, size_t i,
			 FILE *f)
{
	const uint8_t *expected = NULL, *replayed = NULL;
	size_t n_expected, n_replayed;

	if (tsmmr_reg_value(tsmmr_report_reg(report, i), &expected, &n_expected) < 0)
		n_expected = 0;
	if (tsmmr_report_replayed(report, i, &replayed, &n_replayed) < 0)
		n_replayed = 0;
	if (!o->verbose && n_expected && n_expected == n_replayed &&
	    !memcmp(expected, replayed, n_expected))
		return;
	print_value(f, "expected", expected, n_expected);
	print_value(f, "replayed", replayed, n_replayed);
}

/* "16 events from zero" */
static void print_events(const struct tsmmr_report *report, size_t i, FILE *f)
{
	const char *anchor = tsmmr_report_anchor(report, i);
	unsigned long long n = tsmmr_report_events(report, i);

	if (n)
		fprintf(f, "%4llu event%s from %s", n, n == 1 ? "" : "s", anchor ? anchor : "?");
	else
		fprintf(f, "%4s events", "no");
}

/* Launch and configuration values that nobody asked about would bury the others. */
static bool is_shown(const struct options *o, const struct tsmmr_report *report, size_t i)
{
	return o->verbose || o->only || tsmmr_report_events(report, i) ||
	       tsmmr_report_asked(report, i, o->require) == 1;
}

static int name_width(const struct options *o, const struct tsmmr_report *report)
{
	size_t width = 0;

	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		size_t n = strlen(tsmmr_reg_name(tsmmr_report_reg(report, i)));

		if (n > width && is_shown(o, report, i))
			width = n;
	}
	return (int)width;
}

/* What became of a register, and the two values where they differ. */
static void print_register(const struct options *o, const struct tsmmr_report *report, size_t i,
			   int width, const struct output *out)
{
	const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
	const char *trust = tsmmr_name(TSMMR_NAMES_TRUST, tsmmr_reg_trust(reg));
	const char *alg = reporting_alg(reg);
	int status = tsmmr_report_status(report, i);
	bool asked = tsmmr_report_asked(report, i, o->require) == 1;
	FILE *f = out->file;

	fprintf(f, "%s%-11s%s  %s%-*s  %-8s", output_paint(out, asked ? paints[status] : PAINT_DIM),
		tsmmr_name(TSMMR_NAMES_STATUS, status), output_paint(out, PAINT_OFF),
		output_paint(out, asked ? PAINT_OFF : PAINT_DIM), width, tsmmr_reg_name(reg),
		*alg ? alg : "-");
	print_events(report, i, f);
	fprintf(f, ", %s", trust ? trust : "no value");
	print_gaps(o, report, i, f);
	fprintf(f, "%s%s\n", asked ? "" : " (not asked about)", output_paint(out, PAINT_OFF));
	if (o->verbose || status == TSMMR_STATUS_MISMATCH)
		print_values(o, report, i, f);
}

static void print_registers(const struct options *o, const struct tsmmr_report *report,
			    const struct output *out)
{
	int width = name_width(o, report);

	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		if (is_shown(o, report, i))
			print_register(o, report, i, width, out);
}

/* The last line: the one to trust. */
static int print_summary(struct options *o, const struct tsmmr_report *report, int verdict,
			 const struct output *out)
{
	enum paint paint = verdict == TSMMR_OK ? PAINT_GREEN
			   : verdict == TSMMR_E_MISMATCH ? PAINT_RED : PAINT_YELLOW;
	int n = tsmmr_report_summary(report, o->require, o->allow, NULL, 0);
	char *line = n < 0 ? NULL : malloc((size_t)n + 1);

	if (!line)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	tsmmr_report_summary(report, o->require, o->allow, line, (size_t)n + 1);
	fprintf(out->file, "%s%s%s\n", output_paint(out, paint), line,
		output_paint(out, PAINT_OFF));
	free(line);
	return 0;
}

static int print_json(struct options *o, const struct tsmmr_report *report,
		      const struct inputs *in, const struct output *out)
{
	_cleanup_(tsmmr_free) uint8_t *json = NULL;
	const struct tsmmr_log **logs = o->events ? reporting_logs(in) : NULL;
	struct tsmmr_error err = NO_ERROR;
	size_t len;
	int r;

	if (o->events && !logs)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	r = tsmmr_report_export_verify_json(report, o->require, o->allow, logs,
					    logs ? in->n : 0, &json, &len, &err);
	free(logs);
	if (r < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	fwrite(json, 1, len, out->file);
	putc('\n', out->file);
	return 0;
}

static int print(struct options *o, const struct tsmmr_report *report, const struct inputs *in,
		 int verdict)
{
	_cleanup_(output_close) struct output out = { .file = NULL };
	int r = output_open(o, &out);

	if (r)
		return r;
	if (o->json) {
		r = print_json(o, report, in, &out);
		return r ? r : output_commit(o, &out);
	}

	if (!o->quiet) {
		print_registers(o, report, &out);
		reporting_findings(o, report, in, &out, out.file);
	}
	r = print_summary(o, report, verdict, &out);
	return r ? r : output_commit(o, &out);
}

static int exit_of_verdict(int verdict)
{
	return verdict == TSMMR_OK ? EXIT_DONE
	       : verdict == TSMMR_E_MISMATCH ? EXIT_MISMATCH : EXIT_INCOMPLETE;
}

/* What must hold before anything is printed: with a refusal there is no verdict. */
static int judge(struct options *o, struct tsmmr_report **report, int *ret_verdict)
{
	struct tsmmr_error err = NO_ERROR;
	int r = reporting_select(o, report);
	int verdict;

	if (!r)
		r = regset_check_report(o, *report);
	if (r)
		return r;
	verdict = tsmmr_report_verdict_for(*report, o->require, o->allow, &err);
	if (verdict < 0 && verdict != TSMMR_E_MISMATCH && verdict != TSMMR_E_INCOMPLETE)
		return fail_error(o, NULL, TSMMR_NONE, &err);

	*ret_verdict = verdict;
	return 0;
}

int cmd_verify(struct options *o)
{
	_cleanup_(tsmmr_report_free) struct tsmmr_report *report = NULL;
	_cleanup_(tsmmr_regs_free) struct tsmmr_regs *regs = NULL;
	_cleanup_(inputs_close) struct inputs in = { .n = 0 };
	int verdict = TSMMR_E_INCOMPLETE, r;

	/* Each is tried whatever became of the others, for the worst decides. */
	check_lists(o);
	regset_load(o, &regs);
	r = inputs_open(o, &in);
	if (!r)
		reporting_make(o, &in, regs, o->events, &report);
	if (failed(o))
		return failed(o);

	r = judge(o, &report, &verdict);
	if (!r)
		r = print(o, report, &in, verdict);
	if (r)
		return r;
	if (!regs)
		hint(o, "nothing says what the registers hold: give --evidence or --expect"
			" (reading this machine's registers is not in this version)");
	return exit_of_verdict(verdict);
}
