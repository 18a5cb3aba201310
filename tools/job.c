/* SPDX-License-Identifier: BSD-2-Clause */
/* What one line of --batch asks, and the answer. */
#include "job.h"

#include <string.h>

#include "escape.h"
#include "options.h"
#include "scope.h"
#include "verifying.h"

#define KEY_MAX 256

/* "rtmr3=" of what goes on after it; '=' alone ends base64. */
static size_t key_len(const char *value)
{
	size_t n = strcspn(value, "=");

	return value[n] && value[n + 1] && value[n + 1] != '=' ? n + 1 : 0;
}

/* "rtmr3=log_base64[1]": what stands for bytes where the command line has a path. */
static int name_bytes(struct options *o, const char *name, const char *value, size_t key,
		      const char *which, char **ret)
{
	char *word;
	int r;

	if (asprintf(&word, "%.*s%s%s", (int)key, value, name, which) < 0)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	r = options_add_word(o, &o->kept, word);
	if (r) {
		free(word);
		return r;
	}
	*ret = word;
	return 0;
}

static int take_base64(struct options *o, const char *name, const struct line_values *values,
		       struct bytes *bytes, char **words)
{
	for (size_t i = 0; i < values->n; i++) {
		char *value = values->all[i], which[24] = "";
		size_t key = key_len(value);
		int r;

		if (values->n > 1)
			snprintf(which, sizeof(which), "[%zu]", i);
		r = key > KEY_MAX ?
			    fail_usage(o, "%s%s: what is before '=' is too long", name, which) :
			    name_bytes(o, name, value, key, which, &words[i]);
		if (!r && !line_base64(value + key, &bytes[i].p, &bytes[i].n))
			r = fail(o, TSMMR_E_MALFORMED, "%s%s: not base64", name, which);
		if (r)
			return r;
	}
	return 0;
}

/* The words that the command line would have: paths, or what bytes are called. */
static int take_inputs(struct options *o, struct job *job)
{
	struct line *line = &job->line;
	const struct line_values *evidence = &line->evidence_path;
	char *words[LINE_VALUES_MAX];
	int r;

	o->operands = line->log_path.all;
	o->n_operands = line->log_path.n;
	if (line->log_base64.n) {
		o->operands = job->words;
		o->n_operands = line->log_base64.n;
	}
	r = take_base64(o, "log_base64", &line->log_base64, job->logs, job->words);
	r = exit_first(r, take_base64(o, "evidence_base64", &line->evidence_base64, job->evidence,
				      words));
	if (line->evidence_base64.n)
		evidence = &line->evidence_base64;
	for (size_t i = 0; i < evidence->n && !r; i++)
		r = options_add_word(o, &o->evidence,
				     line->evidence_base64.n ? words[i] : evidence->all[i]);
	return r;
}

/* The same as on the command line, each once. */
static int check_line(struct options *o, const struct line *line)
{
	static const char both[] = "both a path and base64 say what the %s is";
	bool paths = line->log_path.n || line->evidence_path.n;

	if (line->code)
		return fail(o, line->code, "%s", line->error);
	if (line->log_path.n && line->log_base64.n)
		return fail_usage(o, both, "log");
	if (line->evidence_path.n && line->evidence_base64.n)
		return fail_usage(o, both, "evidence");
	if (paths && o->batch_fd < 0)
		return fail_usage(o, "a path, and there is no --batch-root that it could be below");
	/* Values by hand would be the line's own word for itself. */
	if (!line->evidence_path.n && !line->evidence_base64.n)
		return fail_usage(o, "no evidence: 'evidence_path' or 'evidence_base64'");
	if ((o->format || o->mr) && line->log_path.n + line->log_base64.n > 1)
		return fail_usage(o, "--format and --mr are about the one log of each line");
	for (size_t i = 0; i < line->expect.n; i++)
		if (line->expect.all[i][0] == '@')
			return fail_usage(o, "expect: a line names no file of values: '%s'",
					  line->expect.all[i]);
	return 0;
}

static int apply_all(struct options *o, const char *name, const struct line_values *values)
{
	int r = 0;

	for (size_t i = 0; i < values->n; i++)
		r = exit_first(r, options_apply(o, name, values->all[i]));
	return r;
}

/* What the line asks beside what the command line asks.  *ret_any: anything. */
static int ask_more(struct options *o, bool *ret_any)
{
	const struct line *line = &o->job->line;

	*ret_any = line->expect.n || line->require.n;
	return exit_first(apply_all(o, "expect", &line->expect),
			  apply_all(o, "require", &line->require));
}

void job_answer(struct options *o, const char *verdict, uint8_t *report, size_t len)
{
	tsmmr_free(o->job->report);
	o->job->verdict = verdict;
	o->job->report = report;
	o->job->report_len = len;
}

/* Options of its own, as far as a line changes them. */
static int copy_options(const struct options *all, struct job *job, struct options *o)
{
	*o = *all;
	o->job = job;
	o->quiet = 1;
	o->verbose = 0;
	o->evidence = o->expect = o->own_log = o->carrier = o->carried = o->kept = o->found =
		(struct words){ .n = 0 };
	o->require = all->require ? strdup(all->require) : NULL;
	if (all->require && !o->require)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	for (size_t i = 0; i < all->expect.n; i++)
		if (options_add_word(o, &o->expect, all->expect.all[i]))
			return failed(o);
	return 0;
}

static void free_copy(struct options *o)
{
	struct words *const own[] = { &o->evidence, &o->expect, &o->own_log, &o->carrier,
				      &o->carried,  &o->kept,   &o->found };

	for (size_t i = 0; i < o->kept.n; i++)
		free((char *)(uintptr_t)o->kept.all[i]);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		free(own[i]->all);
	free(o->require);
	tsmmr_evidence_free(o->handed_in);
}

static int run(struct options *o)
{
	struct job *job = o->job;
	int r = check_line(o, &job->line);

	/* All that is wrong with the line, for the worst decides. */
	r = exit_first(r, apply_all(o, "nonce", &job->line.nonce));
	if (!r)
		r = take_inputs(o, job);
	return r ? r : verifying_line(o, ask_more);
}

static void print_id(const struct job *job, FILE *f)
{
	if (job->line.id_kind == ID_STRING)
		escape_json(f, job->line.id);
	else if (job->line.id_kind == ID_INTEGER)
		fputs(job->line.id, f);
	else
		fprintf(f, "%llu", (unsigned long long)job->number);
}

static void print_answer(const struct options *o, int status, FILE *f)
{
	const struct job *job = o->job;

	fprintf(f, "{\"schema\":\"tsmmr.batch/1\",\"line\":%llu,\"id\":",
		(unsigned long long)job->number);
	print_id(job, f);
	fprintf(f, ",\"exit\":%d,\"verdict\":", status);
	/* Who could not be answered has no verdict, whatever was found on the way. */
	if (job->verdict && !failed(o))
		escape_json(f, job->verdict);
	else
		fputs("null", f);
	fputs(",\"error\":", f);
	if (failed(o))
		fail_print_json(&o->failure, f);
	else
		fputs("null", f);
	fputs(",\"report\":", f);
	if (job->report && !failed(o))
		fwrite(job->report, 1, job->report_len, f);
	else
		fputs("null", f);
	fputs("}\n", f);
}

int job_run(const struct options *all, uint64_t number, char *text, size_t len, FILE *answer)
{
	struct job job = { .number = number };
	struct options o;
	int r = copy_options(all, &job, &o);

	if (!text)
		r = exit_first(r, fail(&o, TSMMR_E_LIMIT, "a line of more than %zu bytes", len));
	else
		line_parse(text, len, &job.line);
	if (!r)
		r = run(&o);
	r = exit_first(r, failed(&o));
	print_answer(&o, r, answer);
	tsmmr_free(job.report);
	free_copy(&o);
	return r;
}
