/* SPDX-License-Identifier: BSD-2-Clause */
/* verify: do the logs explain what the hardware says? */
#include "cmd.h"

#include <string.h>

#include "batch.h"
#include "escape.h"
#include "fail.h"
#include "job.h"
#include "options.h"
#include "output.h"
#include "page.h"
#include "reporting.h"
#include "scope.h"
#include "verifying.h"

static const enum paint paints[] = {
	[TSMMR_STATUS_VERIFIED] = PAINT_GREEN,  [TSMMR_STATUS_UNTOUCHED] = PAINT_OFF,
	[TSMMR_STATUS_NO_EVIDENCE] = PAINT_OFF, [TSMMR_STATUS_INCOMPLETE] = PAINT_YELLOW,
	[TSMMR_STATUS_MISMATCH] = PAINT_RED,    [TSMMR_STATUS_EQUAL] = PAINT_GREEN,
};

/* ", gap off-log-extend (record 12), gap no-log": all there are with -v, else one a kind. */
static void print_gaps(const struct options *o, const struct tsmmr_report *report, size_t i,
		       FILE *f)
{
	const struct tsmmr_gap *gap;
	const char *last = NULL;

	for (size_t k = 0; (gap = tsmmr_report_gap(report, i, k)); k++) {
		const char *word = tsmmr_gap_word(gap);
		uint64_t record = tsmmr_gap_record(gap);

		if (!o->verbose && last && !strcmp(word, last))
			continue;
		fprintf(f, ", gap %s", word);
		if (record != TSMMR_NONE)
			fprintf(f, " (record %llu)", (unsigned long long)record);
		last = word;
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

/* Who says what the register holds. */
static const char *holder_of(const struct tsmmr_reg *reg)
{
	switch (tsmmr_reg_trust(reg)) {
	case TSMMR_TRUST_GIVEN:
	case TSMMR_TRUST_LIVE:
		return "in the register";
	default:
		return "in the evidence";
	}
}

/* What was asked for, each alternative; false where nothing was. */
static bool print_references(const struct tsmmr_report *report, size_t i, FILE *f)
{
	const uint8_t *value;
	const char *set;
	size_t k, len;

	for (k = 0; tsmmr_report_reference(report, i, k, &value, &len, &set) == 0; k++) {
		fputs("             expected by ", f);
		escape_print(f, set ? set : "--expect");
		putc(' ', f);
		reporting_hex(f, value, len);
		putc('\n', f);
	}
	return k > 0;
}

/* Both values, where they differ or all is to be shown. */
static void print_values(const struct options *o, const struct tsmmr_report *report, size_t i,
			 FILE *f)
{
	const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
	const uint8_t *expected = NULL, *replayed = NULL;
	size_t n_expected, n_replayed;
	bool referred = print_references(report, i, f);

	if (tsmmr_reg_value(reg, &expected, &n_expected) < 0)
		n_expected = 0;
	if (tsmmr_report_replayed(report, i, &replayed, &n_replayed) < 0)
		n_replayed = 0;
	if (!o->verbose && !referred && n_expected && n_expected == n_replayed &&
	    !memcmp(expected, replayed, n_expected))
		return;
	print_value(f, referred ? holder_of(reg) : "expected", expected, n_expected);
	if (!referred || n_replayed)
		print_value(f, "replayed", replayed, n_replayed);
}

/* "16 events from zero" */
static void print_events(const struct tsmmr_report *report, size_t i, FILE *f)
{
	const char *anchor = tsmmr_report_anchor(report, i);
	unsigned long long n = tsmmr_report_event_count(report, i);

	if (n)
		fprintf(f, "%4llu event%s from %s", n, n == 1 ? "" : "s", anchor ? anchor : "?");
	else
		fprintf(f, "%4s events", "no");
}

static bool asks(const struct tsmmr_report *report)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		if (tsmmr_report_is_asked(report, i) == 1)
			return true;
	return false;
}

/* What was asked about, and what contradicts; if nothing was, what there is to ask about. */
bool verifying_shows(const struct options *o, const struct tsmmr_report *report, size_t i)
{
	return o->verbose || o->only || tsmmr_report_is_asked(report, i) == 1 ||
	       tsmmr_report_status(report, i) == TSMMR_STATUS_MISMATCH ||
	       (tsmmr_report_event_count(report, i) && !asks(report));
}

static int name_width(const struct options *o, const struct tsmmr_report *report)
{
	size_t width = 0;

	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		struct prefix prefix;
		size_t n;

		reporting_prefix_in(report, i, &prefix);
		n = strlen(prefix.text) + strlen(tsmmr_reg_name(tsmmr_report_reg(report, i)));
		if (n > width && verifying_shows(o, report, i))
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
	bool asked = tsmmr_report_is_asked(report, i) == 1;
	struct prefix prefix;
	FILE *f = out->file;

	reporting_prefix_in(report, i, &prefix);
	fprintf(f, "%s%-11s%s  %s%s%-*s  %-8s",
		output_paint(out, asked ? paints[status] : PAINT_DIM),
		tsmmr_name(TSMMR_NAMES_STATUS, status), output_paint(out, PAINT_OFF),
		output_paint(out, asked ? PAINT_OFF : PAINT_DIM), prefix.text,
		width - (int)strlen(prefix.text), tsmmr_reg_name(reg), *alg ? alg : "-");
	print_events(report, i, f);
	fprintf(f, ", %s", trust ? trust : "no value");
	print_gaps(o, report, i, f);
	fprintf(f, "%s%s\n", asked ? "" : " (not asked about)", output_paint(out, PAINT_OFF));
	if (o->verbose || status == TSMMR_STATUS_MISMATCH)
		print_values(o, report, i, f);
}

void verifying_registers(const struct options *o, const struct tsmmr_report *report,
			 const struct output *out)
{
	int width = name_width(o, report);

	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		if (verifying_shows(o, report, i))
			print_register(o, report, i, width, out);
}

int verifying_summary(struct options *o, const struct reading *now, const struct output *out)
{
	enum paint paint = now->verdict == TSMMR_VERDICT_VERIFIED ? PAINT_GREEN :
			   now->verdict == TSMMR_VERDICT_MISMATCH ? PAINT_RED :
								    PAINT_YELLOW;
	_cleanup_(free) char *line = WRITTEN(tsmmr_report_summary, now->report);

	if (!line)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	fputs(output_paint(out, paint), out->file);
	escape_print(out->file, line);
	fprintf(out->file, "%s\n", output_paint(out, PAINT_OFF));
	return 0;
}

/* Every event, as the logs are read once more. */
static int print_pass(struct options *o, const struct reading *now, const struct output *out,
		      struct tsmmr_report_pass *pass)
{
	struct tsmmr_error err = NO_ERROR;
	const char *comma = "";
	int r;

	while ((r = tsmmr_report_pass_next(pass, NULL, NULL, NULL, &err)) > 0) {
		_cleanup_(tsmmr_free) uint8_t *json = NULL;
		size_t len;

		r = tsmmr_report_pass_event_json(pass, &json, &len, &err);
		if (r < 0 || output_failed(out))
			break;
		fputs(comma, out->file);
		fwrite(json, 1, len, out->file);
		comma = ",";
	}
	if (r == 0)
		return 0;
	/* What was written so far is no object, and no answer. */
	putc('\n', out->file);
	return reporting_changed(o, &now->in, &err);
}

static int print_all_events(struct options *o, const struct reading *now, const struct output *out)
{
	_cleanup_(tsmmr_report_pass_free) struct tsmmr_report_pass *pass = NULL;
	_cleanup_(inputs_close) struct inputs kept = { .n = 0 };
	_cleanup_(free) struct tsmmr_stream **streams = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r = reporting_again(o, &now->in, &kept, &streams);

	if (r)
		return r;
	if (tsmmr_report_pass_new(now->report, streams, now->in.n, &pass, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	r = print_pass(o, now, out, pass);
	progress_stop(&o->progress);
	return r;
}

/*
 * Where in the object the events belong: before its last member, the findings.  In a string each
 * quote is escaped, so these are a key; no finding has it.
 */
static size_t events_at(const uint8_t *json, size_t len)
{
	static const char key[] = ",\"findings\":[";
	size_t at = len - sizeof(key);

	while (at && memcmp(json + at, key, sizeof(key) - 1) != 0)
		at--;
	return at ? at : len - 1;
}

int verifying_json(struct options *o, const struct reading *now, const struct tsmmr_explain *x,
		   bool events, const struct output *out)
{
	_cleanup_(tsmmr_free) uint8_t *json = NULL;
	struct tsmmr_error err = NO_ERROR;
	size_t len, at;
	int r;

	r = tsmmr_report_export_verify_json(now->report, x, NULL, 0, &json, &len, &err);
	if (r < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	if (!events) {
		fwrite(json, 1, len, out->file);
		putc('\n', out->file);
		return 0;
	}
	at = events_at(json, len);
	fwrite(json, 1, at, out->file);
	fputs(",\"events\":[", out->file);
	r = print_all_events(o, now, out);
	if (r)
		return r;
	putc(']', out->file);
	fwrite(json + at, 1, len - at, out->file);
	putc('\n', out->file);
	return 0;
}

int verifying_page(struct options *o, const struct reading *now, const struct tsmmr_explain *x)
{
	static const struct {
		enum page_tone tone;
		const char *word, *meaning;
	} answers[] = {
		[TSMMR_VERDICT_NONE] = { PAGE_OPEN, "Not proven", "There is no answer." },
		[TSMMR_VERDICT_VERIFIED] = { PAGE_GOOD, "Verified",
					     "The logs explain every register that was asked "
					     "about, "
					     "to the last record." },
		[TSMMR_VERDICT_INCOMPLETE] = { PAGE_OPEN, "Not proven",
					       "Nothing contradicts, but something that was asked "
					       "about is not proven." },
		[TSMMR_VERDICT_MISMATCH] = { PAGE_BAD, "Mismatch",
					     "Something that was asked about is not so: do not "
					     "believe these logs." },
	};
	_cleanup_(page_close) struct page page = { .data = NULL };
	_cleanup_(free) char *line = o->page ? WRITTEN(tsmmr_report_summary, now->report) : NULL;
	int r;

	if (!o->page)
		return 0;
	if (!line)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	r = page_open(o, answers[now->verdict].tone, answers[now->verdict].word,
		      answers[now->verdict].meaning, &page);
	for (size_t i = 0; !r && x && i < tsmmr_report_count(now->report); i++)
		if (tsmmr_explain_text(x, i) && verifying_shows(o, now->report, i))
			page_say(&page, tsmmr_explain_text(x, i));
	if (!r)
		r = page_begin_data(o, line, &page);
	if (!r) {
		const struct output data = { .file = page.data };

		r = verifying_json(o, now, x, true, &data);
	}
	return r ? r : page_commit(o, &page);
}

static int print_report(struct options *o, const struct reading *now)
{
	_cleanup_(output_close) struct output out = { .file = NULL };
	int r = verifying_page(o, now, NULL);

	if (!r)
		r = output_open(o, &out);
	if (r)
		return r;
	if (o->json) {
		r = verifying_json(o, now, NULL, o->events, &out);
		return r ? r : output_commit(o, &out);
	}

	if (!o->quiet)
		verifying_registers(o, now->report, &out);
	reporting_findings(o, now->report, &now->in, &out, o->quiet ? stderr : out.file);
	r = verifying_summary(o, now, &out);
	return r ? r : output_commit(o, &out);
}

static int answer_line(struct options *o, const struct reading *now)
{
	struct tsmmr_error err = NO_ERROR;
	uint8_t *json = NULL;
	size_t len = 0;

	if (o->json &&
	    tsmmr_report_export_verify_json(now->report, NULL, NULL, 0, &json, &len, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	job_answer(o, tsmmr_name(TSMMR_NAMES_VERDICT, now->verdict), json, len);
	return verifying_exit(now->verdict);
}

int cmd_verify(struct options *o)
{
	return o->batch ? batch_run(o, answer_line) : verifying_run(o, print_report);
}
