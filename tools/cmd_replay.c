/* SPDX-License-Identifier: BSD-2-Clause */
/* replay: what the registers hold if the logs are complete. */
#include "cmd.h"

#include "fail.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "reporting.h"
#include "scope.h"
#include "selecting.h"

static void print_register(const struct tsmmr_report *report, size_t i, const struct output *out)
{
	const char *anchor = tsmmr_report_anchor(report, i);
	unsigned long long n = tsmmr_report_event_count(report, i);

	if (!reporting_line(report, i, out->file))
		return;
	fprintf(out->file, "  %s# %llu event%s, from %s%s\n", output_paint(out, PAINT_DIM), n,
		n == 1 ? "" : "s", anchor ? anchor : "?", output_paint(out, PAINT_OFF));
}

static int print(struct options *o, const struct tsmmr_report *report, const struct output *out)
{
	_cleanup_(tsmmr_free) uint8_t *json = NULL;
	struct tsmmr_error err = NO_ERROR;
	size_t len;

	if (!o->json) {
		for (size_t i = 0; i < tsmmr_report_count(report); i++)
			print_register(report, i, out);
		return 0;
	}
	if (tsmmr_report_export_replay_json(report, &json, &len, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	fwrite(json, 1, len, out->file);
	putc('\n', out->file);
	return 0;
}

/* What it came to is not what the logs say it was made of. */
static int exit_of(const struct tsmmr_report *report)
{
	static const char *const wrong[] = { "IMAGE_DIFFERS", "LAUNCH_TWICE", "JOIN_DIFFERS" };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (reporting_has(report, wrong[i]))
			return EXIT_MISMATCH;
	return 0;
}

int cmd_replay(struct options *o)
{
	_cleanup_(tsmmr_report_free) struct tsmmr_report *report = NULL;
	_cleanup_(inputs_close) struct inputs in = { .n = 0 };
	_cleanup_(output_close) struct output out = { .file = NULL };
	const struct output plain = { .file = stderr };
	int r = inputs_open(o, &in);

	if (!r)
		r = reporting_make(o, &in, NULL, NULL, false, &report);
	if (!r)
		r = select_report(o, &report);
	if (!r)
		r = output_open(o, &out);
	if (!r)
		r = print(o, report, &out);
	if (!r)
		r = output_commit(o, &out);
	if (!r && !o->json && !o->quiet)
		reporting_findings(o, report, &in, &plain, stderr);
	return r ? r : exit_of(report);
}
