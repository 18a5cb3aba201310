/* SPDX-License-Identifier: BSD-2-Clause */
/* show: the events of logs, one a line. */
#include "cmd.h"

#include <errno.h>
#include <string.h>

#include "escape.h"
#include "expecting.h"
#include "fail.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "regset.h"
#include "reporting.h"
#include "scope.h"
#include "selecting.h"
#include "temporary.h"
#include "verifying.h"

/* Columns before the text, which shall have most of a line. */
#define RECORD_CELLS 4
#define TYPE_CELLS 29
#define DIGEST_HEX 12
#define NARROW 100
#define NARROW_TYPE_CELLS 10
#define NARROW_DIGEST_HEX 6

/* One run through the logs. */
struct view {
	struct options *o;
	struct output out;
	struct seen seen;
	const struct tsmmr_report *report; /* NULL: nothing is known to be proven */
	struct tsmmr_report_pass *pass;    /* over what the report is of */
	char *text;                        /* grows with the longest event text */
	size_t text_size;
};

/* In one bank, or (TSMMR_HASH_NONE) in any. */
static bool is_selected(struct view *v, const struct tsmmr_event *event, int alg)
{
	const char *name = tsmmr_event_register(event);

	return !v->o->only ||
	       (name && select_shows(v->o, &v->seen, NULL, name, tsmmr_event_role(event), alg));
}

/* In every bank, for each may be what an item of the list names. */
static bool is_wanted(struct view *v, const struct tsmmr_event *event)
{
	size_t n = tsmmr_event_digest_count(event);
	bool wanted = false;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *digest;
		size_t len;
		int alg;

		if (tsmmr_event_digest(event, i, &alg, &digest, &len) == 0)
			wanted |= is_selected(v, event, alg);
	}
	return n ? wanted : is_selected(v, event, TSMMR_HASH_NONE);
}

/* The digest to show: --alg's, or the longest of an algorithm we know. */
static const uint8_t *pick_digest(struct view *v, const struct tsmmr_event *event, size_t *ret_len)
{
	const struct options *o = v->o;
	const uint8_t *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < tsmmr_event_digest_count(event); i++) {
		const uint8_t *digest;
		size_t len;
		int alg;

		if (tsmmr_event_digest(event, i, &alg, &digest, &len) < 0 ||
		    (o->alg ? alg != o->alg : tsmmr_hash_size(alg) < 0) || len <= best_len ||
		    !is_selected(v, event, alg))
			continue;
		best = digest;
		best_len = len;
	}
	*ret_len = best_len;
	return best;
}

static int read_text(struct view *v, const struct tsmmr_event *event)
{
	int n = tsmmr_event_text(event, v->text, v->text_size);

	if (n >= 0 && (size_t)n >= v->text_size) {
		char *more = realloc(v->text, (size_t)n + 1);

		if (!more)
			return fail(v->o, TSMMR_E_NOMEM, "out of memory");
		v->text = more;
		v->text_size = (size_t)n + 1;
		n = tsmmr_event_text(event, v->text, v->text_size);
	}
	return n < 0 ? fail(v->o, TSMMR_E_NOMEM, "out of memory") : 0;
}

/* Where an event stands, and (with a report) whether it is proven. */
struct place {
	uint64_t log;
	int proven;
};

/* The object tsmmr.event/1, with what is known to be proven. */
static int make_json(struct view *v, const struct tsmmr_event *event, const struct place *at,
		     uint8_t **ret, size_t *ret_len)
{
	struct tsmmr_error err = NO_ERROR;
	int r = v->pass ? tsmmr_report_pass_event_json(v->pass, ret, ret_len, &err) :
			  tsmmr_event_export_json(event, at->log, ret, ret_len, &err);

	return r < 0 ? fail_error(v->o, NULL, TSMMR_NONE, &err) : 0;
}

/*
 * Of a proven event what it is trusted to say, which may be less than its text: a JSON string
 * of printable characters, so that quotes and backslashes are all that is escaped.
 */
static int read_trusted(struct view *v, const struct place *at)
{
	static const char key[] = "\"trusted_text\":";
	_cleanup_(tsmmr_free) uint8_t *json = NULL;
	const char *from, *end;
	char *to = v->text;
	size_t len;
	int r = make_json(v, NULL, at, &json, &len);

	if (r)
		return r;
	end = (const char *)json + len;
	from = memmem(json, len, key, strlen(key));
	if (!from || end - from < (ptrdiff_t)sizeof(key) || from[strlen(key)] != '"')
		return 0;
	/* It is never longer than what event and JSON say of it. */
	if (v->text_size < len) {
		char *more = realloc(v->text, len);

		if (!more)
			return fail(v->o, TSMMR_E_NOMEM, "out of memory");
		v->text = to = more;
		v->text_size = len;
	}
	for (from += sizeof(key); from < end && *from != '"'; from++) {
		if (*from == '\\' && from + 1 < end)
			from++;
		*to++ = *from;
	}
	*to = 0;
	return 0;
}

/* The text, cut to what is left of a terminal's line. */
static void print_text(const struct view *v, size_t used)
{
	const struct output *out = &v->out;
	size_t left = out->width > used + 8 ? out->width - used : 8;
	size_t n = out->width && !v->o->verbose ? escape_fit(v->text, left) : strlen(v->text);

	if (!v->text[0])
		return;
	putc(' ', out->file);
	escape_write(out->file, v->text, n);
	escape_print(out->file, v->text[n] ? "…" : "");
}

static void print_mark(const struct output *out, int binding)
{
	static const struct {
		const char *mark, *ascii;
		enum paint paint;
	} marks[] = {
		[TSMMR_BINDING_UNBOUND] = { "·", ".", PAINT_DIM },
		[TSMMR_BINDING_BOUND] = { "✓", "=", PAINT_GREEN },
		[TSMMR_BINDING_MISMATCH] = { "✗", "!", PAINT_RED },
	};

	if (binding < 0 || (size_t)binding >= ARRAY_SIZE(marks))
		fputs("?", out->file);
	else
		fprintf(out->file, "%s%s%s", output_paint(out, marks[binding].paint),
			escape_is_ascii() ? marks[binding].ascii : marks[binding].mark,
			output_paint(out, PAINT_OFF));
}

static bool is_narrow(const struct view *v)
{
	return v->out.width && v->out.width < NARROW && !v->o->verbose;
}

static const char *without(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(name, prefix, n) ? name : name + n;
}

/*
 * EV_ begins every name there is, so a person does not need to read it; nor EFI_ where a name
 * has to be cut.
 */
static int print_type(const struct view *v, const struct tsmmr_event *event)
{
	char word[11];
	const char *name = without(reporting_type(event, word), "EV_");

	if (!is_narrow(v))
		return fprintf(v->out.file, "%-*s", TYPE_CELLS, name);
	if (strlen(name) > NARROW_TYPE_CELLS)
		name = without(name, "EFI_");
	return fprintf(v->out.file, "%-*.*s", NARROW_TYPE_CELLS, NARROW_TYPE_CELLS, name);
}

/* With -v: where the record is, what binds its text, and every digest in full. */
static void print_details(const struct view *v, const struct tsmmr_event *event)
{
	const struct output *out = &v->out;
	const char *rule = NULL;
	FILE *f = out->file;

	if (tsmmr_event_binding(event, &rule) != TSMMR_BINDING_BOUND)
		rule = NULL;
	fprintf(f, "%s%*soffset %llu%s%s%s%s\n", output_paint(out, PAINT_DIM), RECORD_CELLS + 1, "",
		(unsigned long long)tsmmr_event_offset(event),
		tsmmr_event_after_separator(event) == TSMMR_AFTER_YES ? ", after the separator" :
									"",
		rule ? ", bound by " : "", rule ? rule : "", output_paint(out, PAINT_OFF));
	for (size_t i = 0; i < tsmmr_event_digest_count(event); i++) {
		const uint8_t *digest;
		const char *name;
		size_t len;
		int alg;

		if (tsmmr_event_digest(event, i, &alg, &digest, &len) < 0)
			continue;
		name = tsmmr_name(TSMMR_NAMES_HASH, alg);
		fprintf(f, "%s%*s%-8s ", output_paint(out, PAINT_DIM), RECORD_CELLS + 1, "",
			name ? name : "unknown");
		reporting_hex(f, digest, len);
		fprintf(f, "%s\n", output_paint(out, PAINT_OFF));
	}
}

/* Whether its text is bound cannot be said; what writes all of the event says why. */
static int say_why(struct view *v, const struct tsmmr_event *event)
{
	_cleanup_(tsmmr_free) uint8_t *json = NULL;
	struct tsmmr_error err = NO_ERROR;
	size_t len;
	int r = tsmmr_event_export_json(event, 0, &json, &len, &err);

	return r < 0 ? fail_error(v->o, NULL, TSMMR_NONE, &err) :
		       fail(v->o, TSMMR_E_INTERNAL, "an event that is bound to nothing");
}

static int print_line(struct view *v, const struct tsmmr_event *event, const struct place *at)
{
	const struct output *out = &v->out;
	const char *reg = tsmmr_event_register(event);
	bool measured = tsmmr_event_is_measured(event) == 1;
	const uint8_t *digest;
	FILE *f = out->file;
	size_t used, len;
	int hex = is_narrow(v) ? NARROW_DIGEST_HEX : DIGEST_HEX;
	int binding = tsmmr_event_binding(event, NULL);
	int r = binding < 0 ? say_why(v, event) : read_text(v, event);

	if (!r && at->proven && binding == TSMMR_BINDING_BOUND)
		r = read_trusted(v, at);
	if (r)
		return r;
	fprintf(f, "%s%*llu  %-6s ", measured ? "" : output_paint(out, PAINT_DIM), RECORD_CELLS,
		(unsigned long long)tsmmr_event_record(event), reg ? reg : "-");
	used = RECORD_CELLS + 9 + (size_t)print_type(v, event);

	digest = measured ? pick_digest(v, event, &len) : NULL;
	putc(' ', f);
	if (digest)
		reporting_hex(f, digest, len < (size_t)hex / 2 ? len : (size_t)hex / 2);
	else
		fprintf(f, "%-*s", hex, "-");
	putc(' ', f);
	used += 1 + (size_t)hex + 1;
	if (v->report)
		used += (size_t)fprintf(f, "%-7s", at->proven ? "proven" : "-");

	if (measured)
		print_mark(out, binding);
	else
		putc('-', f);
	print_text(v, used + 2);
	fprintf(f, "%s\n", measured ? "" : output_paint(out, PAINT_OFF));
	if (v->o->verbose)
		print_details(v, event);
	return 0;
}

static int print_json(struct view *v, const struct tsmmr_event *event, const struct place *at)
{
	_cleanup_(tsmmr_free) uint8_t *json = NULL;
	size_t len;
	int r = make_json(v, event, at, &json, &len);

	if (r)
		return r;
	fwrite(json, 1, len, v->out.file);
	putc('\n', v->out.file);
	return 0;
}

static int show_event(struct view *v, const struct tsmmr_event *event, const struct place *at)
{
	if (!is_wanted(v, event))
		return 0;
	return v->o->json ? print_json(v, event, at) : print_line(v, event, at);
}

/* Which log the lines below are from, when there are several. */
static void print_title(const struct view *v, const struct inputs *in, size_t log)
{
	const struct output *out = &v->out;

	if (v->o->json || in->n < 2)
		return;
	fprintf(out->file, "%s%s", log ? "\n" : "", output_paint(out, PAINT_BOLD));
	escape_print(out->file, in->all[log].name);
	fprintf(out->file, "%s\n", output_paint(out, PAINT_OFF));
}

static int show_stream(struct view *v, struct input *in, size_t log)
{
	struct tsmmr_error err = NO_ERROR;
	const struct tsmmr_event *event;
	int r;

	while ((r = tsmmr_stream_next(in->stream, &event, &err)) > 0) {
		const struct place at = { .log = log };
		int shown = show_event(v, event, &at);

		if (shown || output_failed(&v->out))
			return shown;
	}
	if (r < 0)
		return fail_error(v->o, in->name, in->number, &err);
	/* On stderr: what is odd about the log is said by a verb that makes no report too. */
	reporting_stream_findings(v->o, in->stream, in->name);
	return 0;
}

static int show_log(struct view *v, const struct tsmmr_log *from, size_t log)
{
	for (size_t i = 0; i < tsmmr_log_count(from) && !output_failed(&v->out); i++) {
		const struct place at = { .log = log };
		int r = show_event(v, tsmmr_log_get(from, i), &at);

		if (r)
			return r;
	}
	return 0;
}

/* With what the report says of each. */
static int show_pass(struct view *v, const struct inputs *in)
{
	struct tsmmr_error err = NO_ERROR;
	const struct tsmmr_event *event;
	struct place at;
	size_t titles = 0;
	int r = 0, shown = 0;

	while (!shown && !output_failed(&v->out) &&
	       (r = tsmmr_report_pass_next(v->pass, &event, &at.log, &at.proven, &err)) > 0) {
		while (titles <= at.log && titles < in->n)
			print_title(v, in, titles++);
		shown = show_event(v, event, &at);
	}
	progress_stop(&v->o->progress);
	if (shown || output_failed(&v->out))
		return shown;
	while (r == 0 && titles < in->n)
		print_title(v, in, titles++);
	return r < 0 ? reporting_changed(v->o, in, &err) : 0;
}

static int show_all(struct view *v, const struct inputs *in)
{
	int worst = 0;

	for (size_t i = 0; i < in->n; i++) {
		print_title(v, in, i);
		worst = exit_first(worst, in->all[i].log ? show_log(v, in->all[i].log, i) :
							   show_stream(v, &in->all[i], i));
	}
	return worst;
}

/* A line of its text, and nothing else: for a program of the application's own. */
static int show_record(struct view *v, const struct tsmmr_event *event)
{
	int r;

	if (!is_wanted(v, event))
		return 0;
	if (v->o->json)
		return print_json(v, event, NULL);
	r = read_trusted(v, NULL);
	if (r)
		return r;
	escape_print(v->out.file, v->text);
	putc('\n', v->out.file);
	return 0;
}

static int show_domain(struct view *v, const struct inputs *in)
{
	struct tsmmr_error err = NO_ERROR;
	const struct tsmmr_event *event;
	int r, shown = 0;

	while (!shown && (r = tsmmr_report_pass_next(v->pass, &event, NULL, NULL, &err)) > 0)
		shown = show_record(v, event);
	progress_stop(&v->o->progress);
	if (shown || !r)
		return shown;
	return reporting_changed(v->o, in, &err);
}

/* All that was written to it, or it fails: a part would look like all. */
static int copy(struct options *o, FILE *from, FILE *to)
{
	long left = ftell(from);
	char bytes[2048];
	size_t n;

	if (left < 0 || fseek(from, 0, SEEK_SET) != 0)
		return fail_errno(o, "temporary file", TSMMR_NONE, "cannot read");
	while ((n = fread(bytes, 1, sizeof(bytes), from))) {
		fwrite(bytes, 1, n, to);
		left -= (long)n;
	}
	if (!left)
		return 0;
	if (!ferror(from))
		errno = EIO; /* it is shorter than it was */
	return fail_errno(o, "temporary file", TSMMR_NONE, "cannot read");
}

/* Nothing is written before all was read and was the report's: until then it counts nothing. */
static int hold(struct view *v, const struct inputs *in,
		int (*show)(struct view *v, const struct inputs *in))
{
	FILE *out = v->out.file, *held = temporary_open();
	int r;

	if (!held)
		return fail_errno(v->o, temporary_folder(), TSMMR_NONE,
				  "cannot make a temporary file");
	v->out.file = held;
	r = show(v, in);
	v->out.file = out;
	if (!r && (fflush(held) != 0 || ferror(held)))
		r = fail_errno(v->o, "temporary file", TSMMR_NONE, "cannot write");
	if (!r)
		r = copy(v->o, held, out);
	fclose(held);
	return r;
}

/* The logs once more, with the report. */
static int show_again(struct view *v, const struct inputs *in)
{
	_cleanup_(tsmmr_report_pass_free) struct tsmmr_report_pass *pass = NULL;
	_cleanup_(inputs_close) struct inputs kept = { .n = 0 };
	_cleanup_(free) struct tsmmr_stream **streams = NULL;
	struct tsmmr_error err = NO_ERROR;
	uint64_t withheld;
	int r = reporting_again(v->o, in, &kept, &streams);

	if (r)
		return r;
	if (tsmmr_report_pass_new(v->report, streams, in->n, &pass, &err) < 0 ||
	    (v->o->domain && tsmmr_report_pass_set_domain(pass, v->o->domain, &err) < 0))
		return fail_error(v->o, NULL, TSMMR_NONE, &err);
	v->pass = pass;
	/* A file of ours appears only on success, and what was frozen is no other log. */
	if (!v->o->domain)
		return v->out.path || inputs_are_frozen(in) ? show_pass(v, in) :
							      hold(v, in, show_pass);
	/* The exit status is that of the verdict, as verify's is. */
	r = hold(v, in, show_domain);
	withheld = tsmmr_report_pass_withheld(pass);
	if (!r && withheld && !v->o->quiet)
		fprintf(stderr,
			"tsmmr-replay: withheld: %llu record%s that %s not proven, or not bound to "
			"what was measured\n",
			(unsigned long long)withheld, withheld == 1 ? "" : "s",
			withheld == 1 ? "is" : "are");
	return r ? r :
		   exit_first(verifying_exit(tsmmr_report_verdict(v->report)),
			      withheld ? EXIT_INCOMPLETE : 0);
}

/* What is proven can only be said once all was read. */
static int make_report(struct options *o, struct inputs *in, const struct tsmmr_regs *regs,
		       const struct tsmmr_policy *policy, struct tsmmr_report **ret)
{
	const struct output plain = { .file = stderr };
	int r = reporting_make(o, in, regs, policy, inputs_have_known(in), ret);

	if (!r && !o->json && !o->quiet)
		reporting_findings(o, *ret, in, &plain, stderr);
	return r;
}

int cmd_show(struct options *o)
{
	_cleanup_(tsmmr_report_free) struct tsmmr_report *report = NULL;
	_cleanup_(tsmmr_regs_free) struct tsmmr_regs *regs = NULL;
	_cleanup_(tsmmr_policy_free) struct tsmmr_policy *policy = NULL;
	_cleanup_(inputs_close) struct inputs in = { .n = 0 };
	struct view view = { .o = o };
	int r;

	regset_load(o, o->live ? MACHINE_YES : MACHINE_NO, &regs);
	if (o->domain && !regs && !failed(o))
		return fail_usage(o,
				  "--domain: nothing says what the registers hold, so nothing is "
				  "proven: give --evidence, --expect or --live");
	expecting_policy(o, o->live || o->evidence.n, regs, &policy);
	o->twice = regs != NULL;
	inputs_open(o, &in);
	if (!failed(o) && regs)
		make_report(o, &in, regs, policy, &report);
	else if (!failed(o) && inputs_have_runtime(&in))
		inputs_freeze(o, &in, NULL);
	if (failed(o))
		return failed(o);

	view.report = report;
	r = output_open(o, &view.out);
	if (!r)
		r = report ? show_again(&view, &in) : show_all(&view, &in);
	if (!failed(o) && o->only)
		r = exit_first(r, select_check(o, &view.seen));
	/* As far as it came, for on stdout it is there already. */
	if (view.out.file == stdout || !failed(o))
		r = exit_first(r, view.out.file ? output_commit(o, &view.out) : 0);
	output_close(&view.out);
	free(view.text);
	seen_done(&view.seen);
	return r;
}
