/* SPDX-License-Identifier: BSD-2-Clause */
/* diff: what two logs, captured trees or attest folders have in common, and what not. */
#include "cmd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "context.h"
#include "escape.h"
#include "fail.h"
#include "folder.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "page.h"
#include "regset.h"
#include "reporting.h"
#include "scope.h"

#define SHOWN 10 /* differences of a register, without -v */
#define EVIDENCE_MAX ((size_t)16 << 20)

DEFINE_CLEANUP(struct tsmmr_diff *, tsmmr_diff_free)

struct side {
	char *path;
	char *log; /* of an attest folder */
	struct tsmmr_ctx *ctx;
	struct inputs in;
	struct tsmmr_regs *regs; /* NULL: a log alone */
	bool opened;
};

static void side_done(struct side *s)
{
	inputs_close(&s->in);
	tsmmr_regs_free(s->regs);
	tsmmr_ctx_free(s->ctx);
	free(s->log);
}

static void sides_done(struct side (*sides)[2])
{
	side_done(&(*sides)[0]);
	side_done(&(*sides)[1]);
}

static void sides_done_p(struct side (*sides)[2])
{
	sides_done(sides);
}

/* "DIR/NAME", or NULL where there is no such file. */
static int inside(struct options *o, const char *dir, const char *name, char **ret)
{
	if (asprintf(ret, "%s/%s", dir, name) < 0) {
		*ret = NULL;
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	}
	if (access(*ret, F_OK) < 0) {
		free(*ret);
		*ret = NULL;
	}
	return 0;
}

/* What attest wrote: the evidence, and one log. */
static int load_attested(struct options *o, struct side *s)
{
	_cleanup_(tsmmr_evidence_free) struct tsmmr_evidence *ev = NULL;
	_cleanup_(free) char *path = NULL;
	_cleanup_(tsmmr_free) uint8_t *bytes = NULL;
	struct tsmmr_error err = NO_ERROR;
	int fd = -1, r = inside(o, s->path, "evidence.bin", &path);
	size_t len;

	if (!path)
		return r;
	r = input_open_found(o, path, TSMMR_NONE, &fd);
	if (r)
		return r;
	r = input_read_fd(o, fd, path, EVIDENCE_MAX, &bytes, &len);
	close(fd);
	if (r)
		return r;
	if (tsmmr_evidence_new(s->ctx, &ev, &err) < 0 ||
	    tsmmr_evidence_add(ev, TSMMR_PART_AUTO, bytes, len, &err) < 0 ||
	    tsmmr_regs_from_evidence(s->ctx, ev, &s->regs, &err) < 0)
		return fail_error(o, path, TSMMR_NONE, &err);
	return 0;
}

/* Opens the logs as o would were they its only operands. */
static int open_logs(struct options *o, struct side *s, char **operand)
{
	char **operands = o->operands;
	size_t n = o->n_operands;
	int r;

	o->operands = operand;
	o->n_operands = operand ? 1 : 0;
	r = inputs_open(o, &s->in);
	/* Those of a machine may grow. */
	if (!r && inputs_have_known(&s->in))
		r = inputs_freeze(o, &s->in, NULL);
	progress_stop(&o->progress);
	o->operands = operands;
	o->n_operands = n;
	return r;
}

/* A register without a value is not compared with its logs: nobody should have to guess why. */
static void name_unreadable(const struct options *o, const struct side *s)
{
	struct prefix prefix;
	const uint8_t *value;
	const char *alg;
	size_t len;

	for (size_t i = 0; s->regs && !o->quiet && i < tsmmr_regs_count(s->regs); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(s->regs, i);

		if (tsmmr_reg_value(reg, &value, &len) == 0)
			continue;
		alg = reporting_alg(reg);
		reporting_prefix(s->regs, i, &prefix);
		fputs("tsmmr-replay: ", stderr);
		escape_print(stderr, s->path);
		fprintf(stderr, ": %s%s%s%s cannot be read\n", prefix.text, tsmmr_reg_name(reg),
			*alg ? ":" : "", alg);
	}
}

static int open_side(struct options *o, char **operand, struct side *s)
{
	bool tree = folder_is(*operand);
	struct tsmmr_ctx *ctx = o->ctx;
	int r;

	s->path = *operand;
	r = tree ? inside(o, s->path, "log.cel", &s->log) : 0;
	if (r)
		return r;
	if (s->log && options_add_word(o, &o->found, s->log))
		return failed(o);
	r = context_new(o, tree && !s->log ? s->path : o->root, &s->ctx);
	if (r)
		return r;
	o->ctx = s->ctx;
	if (s->log)
		r = load_attested(o, s);
	else if (tree)
		r = regset_machine(o, true, &s->regs);
	if (!r && tree && !s->log)
		name_unreadable(o, s);
	if (!r)
		r = open_logs(o, s, s->log ? &s->log : tree ? NULL : operand);
	o->ctx = ctx;
	s->opened = !r;
	return r;
}

/* "ccel.bin record 12  EV_IPL  0123456789ab  text" */
static int print_record(struct options *o, const struct side *s, const struct tsmmr_event *e,
			uint64_t log, int alg, FILE *f)
{
	_cleanup_(free) char *text = WRITTEN(tsmmr_event_text, e);
	char word[11];
	size_t n;

	if (!text)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	if (s->in.n > 1) {
		escape_print(f, s->in.all[log].name);
		putc(' ', f);
	}
	fprintf(f, "record %llu  ", (unsigned long long)tsmmr_event_record(e));
	fprintf(f, "%s  ", reporting_type(e, word));
	for (size_t i = 0; i < tsmmr_event_digest_count(e); i++) {
		const uint8_t *digest;
		size_t len;
		int of;

		if (tsmmr_event_digest(e, i, &of, &digest, &len) == 0 && of == alg)
			reporting_hex(f, digest, o->verbose || len < 6 ? len : 6);
	}
	n = o->verbose ? strlen(text) : escape_fit(text, 60);
	fputs("  ", f);
	escape_write(f, text, n);
	escape_print(f, text[n] ? "…" : "");
	putc('\n', f);
	return 0;
}

static const struct tsmmr_reg *any_reg(const struct tsmmr_diff *diff, size_t i)
{
	const struct tsmmr_reg *reg = tsmmr_diff_reg(diff, i, TSMMR_SIDE_A);

	return reg ? reg : tsmmr_diff_reg(diff, i, TSMMR_SIDE_B);
}

static int fail_compare(struct options *o, const struct tsmmr_error *err)
{
	static const struct inputs neither;

	return reporting_is_changed(err) ? reporting_changed(o, &neither, err) :
					   fail_error(o, NULL, TSMMR_NONE, err);
}

static int print_edit(struct options *o, const struct side *sides, struct tsmmr_diff *diff,
		      size_t i, size_t k, const struct output *out)
{
	int alg = tsmmr_reg_hash(any_reg(diff, i)), kind, r = 0;
	const char *off = output_paint(out, PAINT_OFF);
	struct tsmmr_error err = NO_ERROR;
	const struct tsmmr_event *a, *b;
	uint64_t log_a, log_b;
	FILE *f = out->file;

	if (tsmmr_diff_reread(diff, i, k, &err) < 0)
		return fail_compare(o, &err);
	kind = tsmmr_diff_edit(diff, i, k, &a, &log_a, &b, &log_b);
	if (kind == TSMMR_EDIT_MOVED || kind == TSMMR_EDIT_TEXT)
		fprintf(f, "  %s%s%s\n", output_paint(out, PAINT_YELLOW),
			kind == TSMMR_EDIT_MOVED ? "moved:" : "not measured, other text:", off);
	if (a) {
		fprintf(f, "  %s-%s ", output_paint(out, PAINT_RED), off);
		r = print_record(o, &sides[0], a, log_a, alg, f);
	}
	if (!r && b) {
		fprintf(f, "  %s+%s ", output_paint(out, PAINT_GREEN), off);
		r = print_record(o, &sides[1], b, log_b, alg, f);
	}
	return r;
}

static void print_values(const struct tsmmr_diff *diff, size_t i, FILE *f)
{
	static const char *const names[] = { "- ", "+ " };

	for (int side = 0; side < 2; side++) {
		const struct tsmmr_reg *reg = tsmmr_diff_reg(diff, i, side);
		const uint8_t *value;
		size_t len;

		if (tsmmr_diff_replayed(diff, i, side, &value, &len) == 0) {
			fprintf(f, "  %sreplayed ", names[side]);
			reporting_hex(f, value, len);
			putc('\n', f);
		}
		if (reg && tsmmr_reg_value(reg, &value, &len) == 0) {
			fprintf(f, "  %svalue    ", names[side]);
			reporting_hex(f, value, len);
			putc('\n', f);
		}
	}
}

static void count_kinds(const struct tsmmr_diff *diff, size_t i, FILE *f)
{
	static const char *const words[] = {
		[TSMMR_EDIT_ONLY_A] = "only in the first",
		[TSMMR_EDIT_ONLY_B] = "only in the second",
		[TSMMR_EDIT_MOVED] = "moved",
		[TSMMR_EDIT_TEXT] = "with other text, which is not measured",
	};
	size_t n[ARRAY_SIZE(words)] = { 0 };

	for (size_t k = 0; k < tsmmr_diff_edit_count(diff, i); k++)
		n[tsmmr_diff_edit(diff, i, k, NULL, NULL, NULL, NULL)]++;
	for (size_t k = 1; k < ARRAY_SIZE(words); k++)
		if (n[k])
			fprintf(f, "; %zu %s", n[k], words[k]);
	if (!tsmmr_diff_is_shortest(diff, i))
		fputs("; too far apart for the shortest edit", f);
}

static int print_register(struct options *o, const struct side *sides, struct tsmmr_diff *diff,
			  size_t i, const struct output *out)
{
	size_t n_a = tsmmr_diff_record_count(diff, i, TSMMR_SIDE_A);
	size_t n_b = tsmmr_diff_record_count(diff, i, TSMMR_SIDE_B);
	size_t n = tsmmr_diff_edit_count(diff, i);
	bool same = tsmmr_diff_is_same(diff, i);
	FILE *f = out->file;
	int r = 0;

	if (same && !n_a && !n_b && !o->verbose)
		return 0;
	fprintf(f, "%s%s%s  %s  ", output_paint(out, PAINT_BOLD), tsmmr_diff_name(diff, i),
		output_paint(out, PAINT_OFF), reporting_alg(any_reg(diff, i)));
	if (n_a == n_b)
		fprintf(f, "%s: %zu record%s", same ? "same" : "differs", n_a, n_a == 1 ? "" : "s");
	else
		fprintf(f, "differs: %zu and %zu records", n_a, n_b);
	count_kinds(diff, i, f);
	putc('\n', f);
	for (size_t k = 0; !r && k < n && (k < SHOWN || o->verbose); k++)
		r = print_edit(o, sides, diff, i, k, out);
	if (n > SHOWN && !o->verbose)
		fprintf(f, "  and %zu more: -v shows them\n", n - SHOWN);
	if (!same || o->verbose)
		print_values(diff, i, f);
	return r;
}

/* Is the register there in another bank? */
static bool has_banks(const struct tsmmr_diff *diff, size_t i)
{
	for (size_t k = 0; k < tsmmr_diff_count(diff); k++)
		if (k != i && !strcmp(tsmmr_diff_name(diff, k), tsmmr_diff_name(diff, i)))
			return true;
	return false;
}

static void print_names(const struct tsmmr_diff *diff, int same, FILE *f)
{
	for (size_t i = 0; i < tsmmr_diff_count(diff); i++)
		if (tsmmr_diff_is_same(diff, i) == same &&
		    (!same || tsmmr_diff_record_count(diff, i, TSMMR_SIDE_A)))
			fprintf(f, " %s%s%s", tsmmr_diff_name(diff, i),
				has_banks(diff, i) ? ":" : "",
				has_banks(diff, i) ? reporting_alg(any_reg(diff, i)) : "");
}

/* The last line: what a person asked. */
static void print_summary(const struct tsmmr_diff *diff, FILE *f)
{
	if (tsmmr_diff_verdict(diff) == TSMMR_E_INCOMPLETE) {
		fputs("nothing was compared: neither has a record", f);
		return;
	}
	if (tsmmr_diff_verdict(diff) == TSMMR_OK) {
		fputs("nothing that is measured differs:", f);
	} else {
		fputs("differ:", f);
		print_names(diff, 0, f);
		fputs("; same:", f);
	}
	print_names(diff, 1, f);
}

static int print_json(struct options *o, struct tsmmr_diff *diff, FILE *f)
{
	struct tsmmr_error err = NO_ERROR;
	const uint8_t *json;
	size_t len;
	int r;

	while ((r = tsmmr_diff_next_json(diff, &json, &len, &err)) > 0)
		fwrite(json, 1, len, f);
	if (r < 0)
		return fail_compare(o, &err);
	putc('\n', f);
	return 0;
}

static int print_page(struct options *o, struct tsmmr_diff *diff)
{
	int verdict = tsmmr_diff_verdict(diff);
	_cleanup_(page_close) struct page page = { .data = NULL };
	_cleanup_(free) char *line = NULL;
	size_t n;
	FILE *f;
	int r;

	if (!o->page)
		return 0;
	f = open_memstream(&line, &n);
	if (f)
		print_summary(diff, f);
	if (!f || !output_close_text(f, &line))
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	r = verdict == TSMMR_OK ?
		    page_open(o, PAGE_GOOD, "The same", "Nothing that is measured differs.",
			      &page) :
	    verdict == TSMMR_E_INCOMPLETE ?
		    page_open(o, PAGE_OPEN, "Not compared", "Neither has a record.", &page) :
		    page_open(o, PAGE_BAD, "They differ", "Something that is measured differs.",
			      &page);
	if (!r)
		r = page_begin_data(o, line, &page);
	if (!r)
		r = print_json(o, diff, page.data);
	return r ? r : page_commit(o, &page);
}

/* What can still fail should do so before anything is printed: without -v all is read at once. */
static int read_first(struct options *o, struct tsmmr_diff *diff)
{
	struct tsmmr_error err = NO_ERROR;

	if (o->quiet && !o->json && !o->page)
		return 0;
	for (size_t i = 0; i < tsmmr_diff_count(diff); i++)
		if (tsmmr_diff_edit_count(diff, i))
			return tsmmr_diff_reread(diff, i, 0, &err) < 0 ? fail_compare(o, &err) : 0;
	return 0;
}

static int print(struct options *o, const struct side *sides, struct tsmmr_diff *diff)
{
	_cleanup_(output_close) struct output out = { .file = NULL };
	int r = read_first(o, diff);

	if (!r)
		r = print_page(o, diff);
	if (!r)
		r = output_open(o, &out);
	if (r)
		return r;
	if (o->json)
		r = print_json(o, diff, out.file);
	for (size_t i = 0; !r && !o->json && !o->quiet && i < tsmmr_diff_count(diff); i++)
		r = print_register(o, sides, diff, i, &out);
	if (!r && !o->json) {
		print_summary(diff, out.file);
		putc('\n', out.file);
	}
	return r ? r : output_commit(o, &out);
}

static int add_logs(struct tsmmr_diff *diff, int side, const struct side *s,
		    struct tsmmr_error *err)
{
	int r = tsmmr_diff_set_regs(diff, side, s->regs, err);

	for (size_t i = 0; r == 0 && i < s->in.n; i++)
		r = s->in.all[i].log ? tsmmr_diff_add_log(diff, side, s->in.all[i].log, err) :
				       tsmmr_diff_add_stream(diff, side, s->in.all[i].stream, err);
	return r;
}

/* What cannot be read is named, on both sides. */
static int drain(struct options *o, const struct side sides[2])
{
	for (int i = 0; i < 2; i++)
		if (sides[i].opened && !inputs_are_frozen(&sides[i].in))
			inputs_drain(o, &sides[i].in, TSMMR_NONE);
	return failed(o);
}

static int compare(struct options *o, const struct side sides[2], struct tsmmr_diff **ret)
{
	size_t most = o->json || o->page || o->verbose ? SIZE_MAX : SHOWN;
	struct tsmmr_error err = NO_ERROR;
	struct tsmmr_ctx *ctx = NULL;
	int r = inputs_context(o, inputs_bytes(&sides[0].in) + inputs_bytes(&sides[1].in), &ctx,
			       &err);

	if (r == 0)
		r = tsmmr_diff_new(ctx, ret, &err);
	tsmmr_ctx_free(ctx);
	if (r == 0)
		r = tsmmr_diff_set_reread(*ret, most, &err);
	for (int i = 0; r == 0 && i < 2; i++)
		r = add_logs(*ret, TSMMR_SIDE_A + i, &sides[i], &err);
	if (sides[0].in.progress)
		progress_start(&o->progress, &sides[0].in);
	if (r == 0)
		r = tsmmr_diff_compare(*ret, &err);
	progress_stop(&o->progress);
	/* One that has changed may be broken now: that is not what is wrong with it. */
	if (r == 0 || (err.code != TSMMR_E_ARG && drain(o, sides)))
		return failed(o);
	return fail_compare(o, &err);
}

int cmd_diff(struct options *o)
{
	_cleanup_(sides_done) struct side sides[2] = { { .path = NULL } };
	_cleanup_(tsmmr_diff_free) struct tsmmr_diff *diff = NULL;
	int r = 0;

	if (o->n_operands != 2)
		return fail_usage(o, "diff compares two: logs, captured trees or attest folders");
	if (!strcmp(o->operands[0], "-") && !strcmp(o->operands[1], "-"))
		return fail_usage(o, "standard input can be only one of the two");
	o->twice = true;
	for (int i = 0; i < 2; i++)
		r = exit_first(r, open_side(o, &o->operands[i], &sides[i]));
	if (r)
		return exit_first(r, drain(o, sides));
	r = compare(o, sides, &diff);
	if (r)
		return r;
	r = print(o, sides, diff);
	if (r)
		return r;
	switch (tsmmr_diff_verdict(diff)) {
	case TSMMR_OK:
		return EXIT_DONE;
	case TSMMR_E_INCOMPLETE:
		return EXIT_INCOMPLETE;
	default:
		return EXIT_MISMATCH;
	}
}
