/* SPDX-License-Identifier: BSD-2-Clause */
/* predict: what the registers will hold once something that the logs measure is replaced. */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "fail.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "reporting.h"
#include "scope.h"
#include "verifying.h"

DEFINE_CLEANUP(struct tsmmr_prediction *, tsmmr_prediction_free)

static const char uki[] = "uki=";

/* "[ROLE:]OLD=NEW": a word before the first colon is a role where it is one of these. */
static int replace_file(struct options *o, struct tsmmr_prediction *p, const char *value)
{
	_cleanup_(free) char *copy = strdup(value);
	struct tsmmr_error err = NO_ERROR;
	const char *role = NULL, *old = copy;
	char *colon = copy ? strchr(copy, ':') : NULL, *equals;
	int before = -1, after = -1, r;

	if (!copy)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	if (colon) {
		*colon = '\0';
		if (!tsmmr_name_find(TSMMR_NAMES_IMAGE, copy, NULL)) {
			role = copy;
			old = colon + 1;
		} else {
			*colon = ':';
		}
	}
	equals = strchr(old, '=');
	if (!equals || equals == old || !equals[1])
		return fail_usage(o, "--replace: not [ROLE:]OLD=NEW: '%s'", value);
	*equals = '\0';
	r = input_open_file(o, old, TSMMR_NONE, &before);
	if (!r)
		r = input_open_file(o, equals + 1, TSMMR_NONE, &after);
	if (!r && tsmmr_prediction_replace_fd(p, role, before, after, value, &err) < 0)
		r = fail_error(o, value, TSMMR_NONE, &err);
	if (before > STDIN_FILENO)
		close(before);
	if (after > STDIN_FILENO)
		close(after);
	return r;
}

/* "[REG:]|OLD|NEW|", with any first character that is no letter or digit. */
static int replace_text(struct options *o, struct tsmmr_prediction *p, const char *value)
{
	static const char names[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-";
	_cleanup_(free) char *copy = strdup(value);
	struct tsmmr_error err = NO_ERROR;
	size_t n = strspn(value, names);
	char *fence, *middle = NULL, *end = NULL;

	if (!copy)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	fence = n && copy[n] == ':' ? copy + n + 1 : copy;
	if (*fence && !strchr(names, *fence))
		middle = strchr(fence + 1, *fence);
	if (middle)
		end = strchr(middle + 1, *fence);
	if (!end || end[1] || middle == fence + 1)
		return fail_usage(o,
				  "--replace-text: not '[REG:]|OLD|NEW|', with any sign as the "
				  "fence: '%s'",
				  value);
	if (fence != copy)
		copy[n] = '\0';
	*middle = *end = '\0';
	if (tsmmr_prediction_replace_text(p, fence != copy ? copy : NULL, fence + 1, middle + 1,
					  &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	return 0;
}

/* "RECORD", or "LOG:RECORD" where there are several. */
static int drop(struct options *o, struct tsmmr_prediction *p, const char *value, size_t n_logs)
{
	struct tsmmr_error err = NO_ERROR;
	unsigned long long log = 0, record;
	const char *number = value;
	char *end;

	errno = 0;
	record = strtoull(value, &end, 10);
	if (end != value && *end == ':') {
		log = record;
		number = end + 1;
		record = strtoull(number, &end, 10);
	}
	if (errno || *end || *number < '0' || *number > '9' || *value < '0' || *value > '9')
		return fail_usage(o, "--drop: not [LOG:]RECORD: '%s'", value);
	if (number == value && n_logs > 1)
		return fail_usage(o, "--drop: of which log? LOG:RECORD, logs counted from 0");
	if (tsmmr_prediction_drop(p, log, record, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	return 0;
}

static int run(struct options *o, struct tsmmr_prediction *p, const struct inputs *in)
{
	struct tsmmr_error err = NO_ERROR;
	int r = 0;

	for (size_t i = 0; !r && i < o->replace.n; i++)
		r = replace_file(o, p, o->replace.all[i]);
	for (size_t i = 0; !r && i < o->replace_text.n; i++)
		r = replace_text(o, p, o->replace_text.all[i]);
	for (size_t i = 0; !r && i < o->drop.n; i++)
		r = drop(o, p, o->drop.all[i], in ? in->n : 1);
	if (!r && o->select && tsmmr_prediction_select(p, o->select, &err) < 0)
		r = fail_error(o, o->only ? "--only" : "--alg", TSMMR_NONE, &err);
	if (r)
		return r;
	if (tsmmr_prediction_run(p, &err) == 0)
		return 0;
	if (in && err.log != TSMMR_NONE)
		return reporting_changed(o, in, &err);
	return err.code == TSMMR_E_NOTFOUND ? fail_usage(o, "%s", err.message) :
					      fail_error(o, NULL, TSMMR_NONE, &err);
}

static void print_notes(const struct options *o, const struct tsmmr_prediction *p,
			const struct inputs *in)
{
	const char *text;
	uint64_t log, record;

	for (size_t i = 0; (text = tsmmr_prediction_note(p, i, &log, &record)) && !o->quiet; i++) {
		fputs(in ? "warning: not followed: " : "note: ", stderr);
		if (in && log < in->n) {
			escape_print(stderr, in->all[log].name);
			fputs(": ", stderr);
		}
		if (in && record != TSMMR_NONE)
			fprintf(stderr, "record %llu: ", (unsigned long long)record);
		escape_print(stderr, text);
		putc('\n', stderr);
	}
}

static int print(struct options *o, const struct tsmmr_prediction *p, const struct inputs *in)
{
	const struct tsmmr_report *report = tsmmr_prediction_report(p);
	_cleanup_(output_close) struct output out = { .file = NULL };
	_cleanup_(tsmmr_free) uint8_t *json = NULL;
	struct tsmmr_error err = NO_ERROR;
	size_t len;
	int r = output_open(o, &out);

	if (r)
		return r;
	if (o->json) {
		if (tsmmr_prediction_export_json(p, &json, &len, &err) < 0)
			return fail_error(o, NULL, TSMMR_NONE, &err);
		fwrite(json, 1, len, out.file);
		putc('\n', out.file);
		return output_commit(o, &out);
	}
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		if (!reporting_line(report, i, out.file))
			continue;
		fprintf(out.file, "  %s# %s%s, %s%s\n", output_paint(&out, PAINT_DIM),
			!in || tsmmr_prediction_is_changed(p, i) ? "predicted" : "unchanged",
			tsmmr_prediction_is_followed(p, i) ? "" : " as far as it was followed",
			!in                               ? "of the image alone" :
			tsmmr_prediction_is_vouched(p, i) ? "from a verified log" :
							    "nobody vouches for the log",
			output_paint(&out, PAINT_OFF));
	}
	print_notes(o, p, in);
	return output_commit(o, &out);
}

static int predict(struct options *o, const struct reading *now, const struct tsmmr_report *report)
{
	_cleanup_(tsmmr_prediction_free) struct tsmmr_prediction *p = NULL;
	_cleanup_(inputs_close) struct inputs kept = { .n = 0 };
	_cleanup_(free) struct tsmmr_stream **streams = NULL;
	struct tsmmr_error err = NO_ERROR;
	int r = reporting_again(o, &now->in, &kept, &streams);

	if (r)
		return r;
	if (tsmmr_prediction_new_stream(o->ctx, streams, now->in.n, report, &p, &err) < 0)
		return err.log == TSMMR_NONE ? fail_error(o, NULL, TSMMR_NONE, &err) :
					       reporting_changed(o, &now->in, &err);
	r = run(o, p, &now->in);
	progress_stop(&o->progress);
	return r ? r : print(o, p, &now->in);
}

/* A log that somebody vouches for is only a recipe where it is true. */
static int predict_verified(struct options *o, const struct reading *now)
{
	const struct output plain = { .file = stderr };

	if (!now->regs)
		return predict(o, now, NULL);
	if (now->verdict != TSMMR_VERDICT_VERIFIED)
		return verifying_summary(o, now, &plain);
	return predict(o, now, now->report);
}

static int predict_image(struct options *o, const char *path)
{
	_cleanup_(tsmmr_prediction_free) struct tsmmr_prediction *p = NULL;
	struct tsmmr_error err = NO_ERROR;
	int fd, r = input_open_file(o, path, TSMMR_NONE, &fd);

	if (r)
		return r;
	r = tsmmr_prediction_new_uki_fd(o->ctx, fd, (unsigned)o->profile, o->phases, &p, &err);
	if (fd > STDIN_FILENO)
		close(fd);
	if (r < 0)
		return fail_error(o, path, TSMMR_NONE, &err);
	r = run(o, p, NULL);
	return r ? r : print(o, p, NULL);
}

int cmd_predict(struct options *o)
{
	bool asked = o->evidence.n || o->expect.n || o->expect_any.n || o->live;
	int r;

	if (o->n_operands == 1 && !strncmp(o->operands[0], uki, sizeof(uki) - 1))
		return predict_image(o, o->operands[0] + sizeof(uki) - 1);
	if (o->phases || o->profile)
		return fail_usage(o, "--phases, --profile: of a UKI alone: uki=FILE");
	if (!o->replace.n && !o->replace_text.n && !o->drop.n)
		return fail_usage(o, "nothing to replace: --replace, --replace-text or --drop");
	r = verifying_run(o, predict_verified);
	return r == EXIT_INCOMPLETE && !asked && !o->failure.exit ? 0 : r;
}
