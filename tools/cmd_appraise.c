/* SPDX-License-Identifier: BSD-2-Clause */
/* appraise: as verify, and then: is every measured record one that is known? */
#include "cmd.h"

#include <string.h>

#include "batch.h"
#include "escape.h"
#include "fail.h"
#include "job.h"
#include "known.h"
#include "options.h"
#include "output.h"
#include "page.h"
#include "reporting.h"
#include "scope.h"
#include "verifying.h"

DEFINE_CLEANUP(struct tsmmr_appraisal *, tsmmr_appraisal_free)
DEFINE_CLEANUP(struct tsmmr_appraisal_pass *, tsmmr_appraisal_pass_free)

/* What every way to print has. */
struct answer {
	struct options *o;
	const struct reading *now;
	struct tsmmr_appraisal *appraisal;
	struct output out;
	const char *comma; /* before the next item */
	uint64_t unproven; /* records that are not written as a list */
};

typedef int (*print_fn)(struct answer *a, struct tsmmr_appraisal_pass *pass,
			const struct tsmmr_event *event, uint64_t log, int record, FILE *f);

static int failed_pass(struct answer *a, const struct tsmmr_error *err)
{
	return err->log < a->now->in.n ? reporting_changed(a->o, &a->now->in, err) :
					 fail_error(a->o, NULL, TSMMR_NONE, err);
}

static int appraise(struct answer *a)
{
	_cleanup_(inputs_close) struct inputs kept = { .n = 0 };
	_cleanup_(free) struct tsmmr_stream **streams = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r = reporting_again(a->o, &a->now->in, &kept, &streams);

	if (r)
		return r;
	r = tsmmr_appraisal_new_stream(a->now->report, a->o->known_values, streams, a->now->in.n,
				       &a->appraisal, &err);
	progress_stop(&a->o->progress);
	return r < 0 ? failed_pass(a, &err) : 0;
}

/* Each record once more, for one of the ways to print them. */
static int each_record(struct answer *a, print_fn print, FILE *f)
{
	_cleanup_(tsmmr_appraisal_pass_free) struct tsmmr_appraisal_pass *pass = NULL;
	_cleanup_(inputs_close) struct inputs kept = { .n = 0 };
	_cleanup_(free) struct tsmmr_stream **streams = NULL;
	struct tsmmr_error err = NO_ERROR;
	const struct tsmmr_event *event;
	uint64_t log;
	int record, r = reporting_again(a->o, &a->now->in, &kept, &streams);

	if (r)
		return r;
	if (tsmmr_appraisal_pass_new(a->appraisal, streams, a->now->in.n, &pass, &err) < 0)
		return failed_pass(a, &err);
	while ((r = tsmmr_appraisal_pass_next(pass, &event, &log, &record, &err)) > 0) {
		r = print(a, pass, event, log, record, f);
		if (r)
			return r;
	}
	progress_stop(&a->o->progress);
	return r < 0 ? failed_pass(a, &err) : 0;
}

/* "known (FILE: vmlinuz)" */
static void print_source(const struct tsmmr_appraisal_pass *pass, FILE *f)
{
	size_t n = 0;
	const char *name = NULL, *list = tsmmr_appraisal_pass_source(pass, &name, &n);

	if (!list)
		return;
	fputs(" (", f);
	escape_print(f, list);
	if (n && *name) {
		fputs(": ", f);
		escape_write(f, name, strnlen(name, n));
	}
	putc(')', f);
}

static void print_digest(const struct tsmmr_event *event, FILE *f)
{
	const uint8_t *best = NULL, *digest;
	size_t most = 0, n;
	int alg;

	for (size_t i = 0; i < tsmmr_event_digest_count(event); i++)
		if (tsmmr_event_digest(event, i, &alg, &digest, &n) == 0 && n > most) {
			best = digest;
			most = n;
		}
	reporting_hex(f, best, most < 6 ? most : 6);
}

static int print_event_text(struct answer *a, const struct tsmmr_event *event, FILE *f)
{
	_cleanup_(free) char *text = WRITTEN(tsmmr_event_text, event);

	if (!text)
		return fail(a->o, TSMMR_E_NOMEM, "out of memory");
	putc(' ', f);
	escape_write(f, text, escape_fit(text, 120));
	return 0;
}

static int print_record(struct answer *a, struct tsmmr_appraisal_pass *pass,
			const struct tsmmr_event *event, uint64_t log, int record, FILE *f)
{
	static const char *const words[] = { "not asked", "known", "unknown", "denied" };
	static const enum paint paints[] = { PAINT_DIM, PAINT_GREEN, PAINT_YELLOW, PAINT_RED };
	const char *reg = tsmmr_event_register(event);
	char type[11];
	int r;

	if (record == TSMMR_RECORD_NOT_ASKED || (record == TSMMR_RECORD_KNOWN && !a->o->verbose))
		return 0;
	fprintf(f, "%s%-8s%s ", output_paint(&a->out, paints[record]), words[record],
		output_paint(&a->out, PAINT_OFF));
	if (a->now->in.n > 1 && log < a->now->in.n) {
		escape_print(f, a->now->in.all[log].name);
		putc(' ', f);
	}
	fprintf(f, "record %llu %s ", (unsigned long long)tsmmr_event_record(event),
		reg ? reg : "?");
	escape_print(f, reporting_type(event, type));
	putc(' ', f);
	print_digest(event, f);
	print_source(pass, f);
	r = print_event_text(a, event, f);
	if (r)
		return r;
	putc('\n', f);
	return output_failed(&a->out);
}

static int print_line(struct answer *a, struct tsmmr_appraisal_pass *pass,
		      const struct tsmmr_event *event, uint64_t log, int record, FILE *f)
{
	_cleanup_(tsmmr_free) uint8_t *line = NULL;
	struct tsmmr_error err = NO_ERROR;
	size_t n;
	int r;

	(void)event;
	(void)log;
	if (record != TSMMR_RECORD_UNKNOWN)
		return 0;
	r = tsmmr_appraisal_pass_line(pass, &line, &n, &err);
	/* Of a register whose gaps are allowed: nothing of it is proven. */
	if (r == TSMMR_E_ARG) {
		a->unproven++;
		return 0;
	}
	if (r < 0)
		return fail_error(a->o, NULL, TSMMR_NONE, &err);
	fwrite(line, 1, n, f);
	putc('\n', f);
	return 0;
}

/* What is unknown, as a list: only where verify says yes. */
static int write_unknown(struct answer *a)
{
	struct options *o = a->o;
	_cleanup_(output_close) struct output list = { .file = NULL };
	const char *out = o->out;
	int r;

	if (!o->write_unknown)
		return 0;
	if (a->now->verdict != TSMMR_VERDICT_VERIFIED) {
		warn(o, "--write-unknown: nothing is written of a log that is not verified");
		return 0;
	}
	o->out = o->write_unknown;
	r = output_open(o, &list);
	if (!r) {
		fputs("# What was unknown: REGISTER DIGEST TYPE NAME.  To be read before it is "
		      "handed in.\n",
		      list.file);
		r = each_record(a, print_line, list.file);
	}
	if (!r && a->unproven)
		warn(o, "--write-unknown: %llu records are not written, for they are not proven",
		     (unsigned long long)a->unproven);
	if (!r)
		r = output_commit(o, &list);
	o->out = out;
	return r;
}

static int print_event_json(struct answer *a, struct tsmmr_appraisal_pass *pass,
			    const struct tsmmr_event *event, uint64_t log, int record, FILE *f)
{
	_cleanup_(tsmmr_free) uint8_t *json = NULL;
	struct tsmmr_error err = NO_ERROR;
	size_t n;

	(void)log;
	(void)record;
	if (tsmmr_appraisal_pass_event_json(pass, &json, &n, &err) < 0)
		return fail_error(a->o, NULL, TSMMR_NONE, &err);
	fputs(a->comma, f);
	a->comma = ",";
	fwrite(json, 1, n, f);
	return ferror(f);
}

static int print_json(struct answer *a, bool events, FILE *f)
{
	_cleanup_(tsmmr_free) uint8_t *json = NULL;
	struct tsmmr_error err = NO_ERROR;
	size_t n;
	int r;

	if (tsmmr_appraisal_export_json(a->appraisal, &json, &n, &err) < 0)
		return fail_error(a->o, NULL, TSMMR_NONE, &err);
	if (!events) {
		fwrite(json, 1, n, f);
		putc('\n', f);
		return 0;
	}
	fwrite(json, 1, n - 1, f);
	fputs(",\"events\":[", f);
	a->comma = "";
	r = each_record(a, print_event_json, f);
	/* What was written before a failure is no object, and no answer. */
	fputs(r ? "\n" : "]}\n", f);
	return r;
}

static int print_page(struct answer *a)
{
	int verdict = tsmmr_appraisal_verdict(a->appraisal);
	_cleanup_(page_close) struct page page = { .data = NULL };
	_cleanup_(free) char *line =
		a->o->page ? WRITTEN(tsmmr_appraisal_summary, a->appraisal) : NULL;
	int r;

	if (!a->o->page)
		return 0;
	if (!line)
		return fail(a->o, TSMMR_E_NOMEM, "out of memory");
	r = verdict == TSMMR_APPRAISED_YES ?
		    page_open(a->o, PAGE_GOOD, "Appraised",
			      "The logs are true, and every record that was asked about is known.",
			      &page) :
	    verdict == TSMMR_APPRAISED_DENIED ?
		    page_open(a->o, PAGE_BAD, "Denied",
			      "Something is denied, or is not so: do not trust this machine.",
			      &page) :
		    page_open(a->o, PAGE_OPEN, "Not appraised",
			      "Not all that was asked about is proven and known.", &page);
	if (!r)
		r = page_begin_data(a->o, line, &page);
	if (!r)
		r = print_json(a, true, page.data);
	return r ? r : page_commit(a->o, &page);
}

static int print_summary(struct answer *a)
{
	int verdict = tsmmr_appraisal_verdict(a->appraisal);
	enum paint paint = verdict == TSMMR_APPRAISED_YES    ? PAINT_GREEN :
			   verdict == TSMMR_APPRAISED_DENIED ? PAINT_RED :
							       PAINT_YELLOW;
	_cleanup_(free) char *line = WRITTEN(tsmmr_appraisal_summary, a->appraisal);

	if (!line)
		return fail(a->o, TSMMR_E_NOMEM, "out of memory");
	fputs(output_paint(&a->out, paint), a->out.file);
	escape_print(a->out.file, line);
	fprintf(a->out.file, "%s\n", output_paint(&a->out, PAINT_OFF));
	return 0;
}

/* What is unknown in each register, in words. */
static int print_paragraphs(struct answer *a)
{
	for (size_t i = 0; i < tsmmr_report_count(a->now->report); i++) {
		_cleanup_(free) char *text = WRITTEN(tsmmr_appraisal_text, a->appraisal, i);

		if (!text)
			return fail(a->o, TSMMR_E_NOMEM, "out of memory");
		if (*text)
			reporting_wrapped(a->out.file, text, reporting_width(&a->out));
	}
	return 0;
}

static int print_text(struct answer *a)
{
	const char *text, *list;
	FILE *f = a->out.file;
	int r = 0;

	if (!a->o->quiet) {
		verifying_registers(a->o, a->now->report, &a->out);
		r = each_record(a, print_record, f);
		r = r ? r : print_paragraphs(a);
	}
	for (size_t i = 0;
	     !r && !a->o->quiet && (text = tsmmr_appraisal_lack(a->appraisal, i, &list)); i++) {
		fprintf(f, "%slacking%s  ", output_paint(&a->out, PAINT_YELLOW),
			output_paint(&a->out, PAINT_OFF));
		escape_print(f, list);
		fputs(": ", f);
		escape_print(f, text);
		putc('\n', f);
	}
	if (r)
		return r;
	reporting_findings(a->o, a->now->report, &a->now->in, &a->out, a->o->quiet ? stderr : f);
	r = verifying_summary(a->o, a->now, &a->out);
	return r ? r : print_summary(a);
}

static int exit_of(int verdict)
{
	return verdict == TSMMR_APPRAISED_YES    ? EXIT_DONE :
	       verdict == TSMMR_APPRAISED_DENIED ? EXIT_MISMATCH :
						   EXIT_INCOMPLETE;
}

static int print_answer(struct options *o, const struct reading *now)
{
	_cleanup_(tsmmr_appraisal_free) struct tsmmr_appraisal *appraisal = NULL;
	struct answer a = { .o = o, .now = now, .out = { .file = NULL }, .comma = "" };
	int r = appraise(&a);

	appraisal = a.appraisal;
	if (!r)
		r = print_page(&a);
	if (!r)
		r = output_open(o, &a.out);
	if (!r)
		r = o->json ? print_json(&a, o->events, a.out.file) : print_text(&a);
	if (!r)
		r = write_unknown(&a);
	if (!r)
		r = output_commit(o, &a.out);
	output_close(&a.out);
	return r ? r : exit_of(tsmmr_appraisal_verdict(appraisal));
}

static const char *word_of(int verdict)
{
	return verdict == TSMMR_APPRAISED_YES    ? "appraised" :
	       verdict == TSMMR_APPRAISED_DENIED ? "mismatch" :
						   "incomplete";
}

static int answer_line(struct options *o, const struct reading *now)
{
	_cleanup_(tsmmr_appraisal_free) struct tsmmr_appraisal *appraisal = NULL;
	struct answer a = { .o = o, .now = now };
	struct tsmmr_error err = NO_ERROR;
	uint8_t *json = NULL;
	size_t len = 0;
	int r = appraise(&a);

	appraisal = a.appraisal;
	if (r)
		return r;
	if (o->json && tsmmr_appraisal_export_json(appraisal, &json, &len, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	job_answer(o, word_of(tsmmr_appraisal_verdict(appraisal)), json, len);
	return exit_of(tsmmr_appraisal_verdict(appraisal));
}

int cmd_appraise(struct options *o)
{
	int r = known_read(o);

	if (r)
		return r;
	return o->batch ? batch_run(o, answer_line) : verifying_run(o, print_answer);
}
