/* SPDX-License-Identifier: BSD-2-Clause */
/* From open inputs to a report, and what show, replay and verify print of one. */
#include "reporting.h"

#include <string.h>

#include "escape.h"
#include "options.h"
#include "output.h"
#include "scope.h"

/* The streams of in as the library takes them; the caller frees the array. */
static struct tsmmr_stream **streams_of(const struct inputs *in)
{
	struct tsmmr_stream **streams = calloc(in->n + 1, sizeof(struct tsmmr_stream *));

	for (size_t i = 0; streams && i < in->n; i++)
		streams[i] = in->all[i].stream;
	return streams;
}

/* What was kept, as streams. */
static int open_kept(struct options *o, const struct inputs *in, struct inputs *again)
{
	struct tsmmr_error err = NO_ERROR;

	again->all = calloc(in->n, sizeof(*again->all));
	if (!again->all)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	for (; again->n < in->n; again->n++) {
		struct input *one = &again->all[again->n];

		*one = (struct input){ .name = in->all[again->n].name, .fd = -1 };
		if (tsmmr_stream_open_log(o->ctx, in->all[again->n].log, &one->stream, &err) < 0)
			return fail_error(o, one->name, TSMMR_NONE, &err);
	}
	return 0;
}

int reporting_again(struct options *o, const struct inputs *in, struct inputs *kept,
		    struct tsmmr_stream ***ret)
{
	bool frozen = inputs_are_frozen(in);
	int r = frozen ? open_kept(o, in, kept) : inputs_rewind(o, in);

	if (r)
		return r;
	*ret = streams_of(frozen ? kept : in);
	return *ret ? 0 : fail(o, TSMMR_E_NOMEM, "out of memory");
}

bool reporting_is_changed(const struct tsmmr_error *err)
{
	return err->code == TSMMR_E_ARG || err->code == TSMMR_E_MALFORMED ||
	       err->code == TSMMR_E_TRUNCATED;
}

int reporting_changed(struct options *o, const struct inputs *in, const struct tsmmr_error *err)
{
	const char *name = err->log < in->n ? in->all[err->log].name : NULL;

	progress_stop(&o->progress);
	if (!reporting_is_changed(err))
		return fail_error(o, name, err->log, err);
	return fail(o, TSMMR_E_IO,
		    "%s: changed while it was read: nothing that was said of it counts",
		    name ? name : "a log");
}

static int make_streamed(struct options *o, struct inputs *in, const struct tsmmr_regs *regs,
			 const struct tsmmr_policy *policy, struct tsmmr_report **ret)
{
	struct tsmmr_stream **streams = streams_of(in);
	struct tsmmr_error err = NO_ERROR;
	int r;

	if (!streams)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	r = tsmmr_report_new_stream(o->ctx, streams, in->n, regs, policy, ret, &err);
	free(streams);
	if (r == 0)
		return 0;

	if (err.log >= in->n)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	fail_error(o, in->all[err.log].name, in->all[err.log].number, &err);
	inputs_drain(o, in, err.log);
	return failed(o);
}

/* Can a log that is too long to keep be read twice instead? */
static bool may_be_long(const struct options *o, const struct inputs *in)
{
	return o->twice && !inputs_have_stdin(in) && !inputs_have_runtime(in) &&
	       !inputs_are_frozen(in);
}

static int make_frozen(struct options *o, struct inputs *in, const struct tsmmr_regs *regs,
		       const struct tsmmr_policy *policy, struct tsmmr_report **ret)
{
	struct tsmmr_error err = NO_ERROR;
	struct tsmmr_log **logs;
	bool is_long = false;
	int r = inputs_freeze(o, in, may_be_long(o, in) ? &is_long : NULL);

	if (!r && is_long) {
		inputs_close(in);
		r = inputs_open(o, in);
		return r ? r : make_streamed(o, in, regs, policy, ret);
	}
	if (r)
		return r;
	logs = reporting_logs(in);
	if (!logs)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	r = tsmmr_report_new(o->ctx, logs, in->n, regs, policy, ret, &err);
	free(logs);
	return r < 0 ? fail_error(o, NULL, TSMMR_NONE, &err) : 0;
}

int reporting_make(struct options *o, struct inputs *in, const struct tsmmr_regs *regs,
		   const struct tsmmr_policy *policy, int frozen, struct tsmmr_report **ret)
{
	bool freeze = frozen || inputs_have_runtime(in) || inputs_are_frozen(in);
	int r = (freeze ? make_frozen : make_streamed)(o, in, regs, policy, ret);

	progress_stop(&o->progress);
	return r;
}

struct tsmmr_log **reporting_logs(const struct inputs *in)
{
	struct tsmmr_log **logs = calloc(in->n + 1, sizeof(struct tsmmr_log *));

	for (size_t i = 0; logs && i < in->n; i++)
		logs[i] = in->all[i].log;
	return logs;
}

/* name is that of its log, or NULL. */
static void print_finding(const struct tsmmr_finding *x, const char *name, const struct output *out,
			  FILE *f)
{
	static const enum paint paints[] = {
		[TSMMR_SEVERITY_INFO] = PAINT_DIM,
		[TSMMR_SEVERITY_WARNING] = PAINT_YELLOW,
		[TSMMR_SEVERITY_ERROR] = PAINT_RED,
	};
	uint64_t record = tsmmr_finding_record(x), offset = tsmmr_finding_offset(x);
	int severity = tsmmr_finding_severity(x);

	fprintf(f, "%s%s:%s ", output_paint(out, paints[severity]),
		tsmmr_name(TSMMR_NAMES_SEVERITY, severity), output_paint(out, PAINT_OFF));
	if (name) {
		escape_print(f, name);
		fputs(": ", f);
	}
	if (record != TSMMR_NONE)
		fprintf(f, "record %llu%s", (unsigned long long)record,
			offset != TSMMR_NONE ? ", " : ": ");
	if (offset != TSMMR_NONE)
		fprintf(f, "offset %llu: ", (unsigned long long)offset);
	fprintf(f, "%s: ", tsmmr_finding_id(x));
	escape_print(f, tsmmr_finding_text(x));
	putc('\n', f);
}

/* With -q: what nobody may miss, that a text was changed or is not what was measured. */
static bool is_silent(const struct options *o, const struct tsmmr_finding *x)
{
	if (o->quiet)
		return strcmp(tsmmr_finding_id(x), "TEXT_DIFFERS") != 0;
	return tsmmr_finding_severity(x) == TSMMR_SEVERITY_INFO && !o->verbose;
}

void reporting_findings(const struct options *o, const struct tsmmr_report *report,
			const struct inputs *in, const struct output *out, FILE *f)
{
	const struct tsmmr_finding *x;

	for (size_t i = 0; (x = tsmmr_report_finding(report, i)); i++) {
		uint64_t log = tsmmr_finding_log(x);

		if (!is_silent(o, x))
			print_finding(x, log < in->n ? in->all[log].name : NULL, out, f);
	}
}

bool reporting_has(const struct tsmmr_report *report, const char *finding)
{
	const struct tsmmr_finding *x;

	for (size_t i = 0; (x = tsmmr_report_finding(report, i)); i++)
		if (!strcmp(tsmmr_finding_id(x), finding))
			return true;
	return false;
}

void reporting_stream_findings(const struct options *o, const struct tsmmr_stream *stream,
			       const char *name)
{
	const struct output plain = { .file = stderr };
	const struct tsmmr_finding *x;

	for (size_t i = 0; !o->quiet && (x = tsmmr_stream_finding(stream, i)); i++)
		if (tsmmr_finding_severity(x) > TSMMR_SEVERITY_INFO || o->verbose)
			print_finding(x, name, &plain, stderr);
}

const char *reporting_type(const struct tsmmr_event *event, char word[static 11])
{
	const char *name = tsmmr_event_type_name(event);

	if (name)
		return name;
	if (tsmmr_event_type(event) == TSMMR_NONE || tsmmr_event_content(event) == TSMMR_NONE)
		return "by name";
	snprintf(word, 11, "0x%08x", (unsigned)tsmmr_event_type(event));
	return word;
}

#define WIDTH 90 /* of a paragraph where there is no terminal */
#define WIDTH_MIN 40

size_t reporting_width(const struct output *out)
{
	size_t width = !out->width ? WIDTH : out->width < WIDTH_MIN ? WIDTH_MIN : out->width;

	return width < WIDTH ? width : WIDTH;
}

void reporting_wrapped(FILE *f, const char *text, size_t width)
{
	size_t column = 0;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (column && column + 1 + n > width - 2) {
			putc('\n', f);
			column = 0;
		}
		fputs(column ? " " : "  ", f);
		escape_write(f, text, n);
		column += n + (column ? 1 : 0);
		text += n;
		text += strspn(text, " ");
	}
	putc('\n', f);
}

void reporting_hex(FILE *f, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	/* Called for every event: much faster than printf(). */
	for (size_t i = 0; i < n; i++) {
		putc_unlocked(digits[bytes[i] >> 4], f);
		putc_unlocked(digits[bytes[i] & 15], f);
	}
}

const char *reporting_alg(const struct tsmmr_reg *reg)
{
	int alg = tsmmr_reg_hash(reg);
	const char *name = alg ? tsmmr_name(TSMMR_NAMES_HASH, alg) : "";

	return name ? name : "?";
}

/* Two that only their providers tell apart. */
static bool are_namesakes(const struct tsmmr_reg *a, const struct tsmmr_reg *b)
{
	const char *of_a = tsmmr_reg_provider(a), *of_b = tsmmr_reg_provider(b);

	return !strcmp(tsmmr_reg_name(a), tsmmr_reg_name(b)) && of_a && of_b &&
	       strcmp(of_a, of_b) != 0;
}

static void make_prefix(const struct tsmmr_reg *reg, bool needed, struct prefix *prefix)
{
	prefix->text[0] = '\0';
	if (needed)
		snprintf(prefix->text, sizeof(prefix->text), "%s/", tsmmr_reg_provider(reg));
}

void reporting_prefix(const struct tsmmr_regs *regs, size_t i, struct prefix *prefix)
{
	const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);
	/* What no table knows is read back by its full name alone. */
	bool needed = tsmmr_reg_platform(reg) == TSMMR_PLATFORM_AUTO && tsmmr_reg_provider(reg);

	for (size_t k = 0; k < tsmmr_regs_count(regs) && !needed; k++)
		needed = are_namesakes(reg, tsmmr_regs_get(regs, k));
	make_prefix(reg, needed, prefix);
}

void reporting_prefix_in(const struct tsmmr_report *report, size_t i, struct prefix *prefix)
{
	const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
	bool needed = false;

	for (size_t k = 0; k < tsmmr_report_count(report) && !needed; k++)
		needed = are_namesakes(reg, tsmmr_report_reg(report, k));
	make_prefix(reg, needed, prefix);
}

bool reporting_line(const struct tsmmr_report *report, size_t i, FILE *f)
{
	const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
	const char *alg = reporting_alg(reg);
	struct prefix prefix;
	const uint8_t *value;
	size_t len;

	if (tsmmr_report_replayed(report, i, &value, &len) < 0)
		return false;
	reporting_prefix_in(report, i, &prefix);
	/* What no table knows is read back by its full name alone. */
	if (!*prefix.text && tsmmr_reg_platform(reg) == TSMMR_PLATFORM_AUTO &&
	    tsmmr_reg_provider(reg))
		snprintf(prefix.text, sizeof(prefix.text), "%s/", tsmmr_reg_provider(reg));
	fprintf(f, "%s%s%s%s=", prefix.text, tsmmr_reg_name(reg), *alg ? ":" : "", alg);
	reporting_hex(f, value, len);
	return true;
}
