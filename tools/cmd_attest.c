/* SPDX-License-Identifier: BSD-2-Clause */
/* attest: fresh evidence of this machine, and the log of what it covers, as a folder. */
#include "cmd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <tsmmr/tree.h>

#include "escape.h"
#include "fail.h"
#include "folder.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "reporting.h"
#include "scope.h"

/* More than any of them may have; the library says how much that is. */
#define CARRIED_MAX 4096

#define LOG_FORMAT TSMMR_FORMAT_CEL_CBOR

struct attest {
	struct options *o;
	struct tsmmr_evidence *evidence;
	struct tsmmr_log *log;
	struct tsmmr_regs *regs; /* of the evidence */
	struct tsmmr_report *report;
};

static void attest_done_p(struct attest *a)
{
	tsmmr_report_free(a->report);
	tsmmr_regs_free(a->regs);
	tsmmr_log_free(a->log);
	tsmmr_evidence_free(a->evidence);
}

/* Does the log extend a register that the evidence does not have? */
static bool is_uncovered(const struct attest *a, size_t i)
{
	return tsmmr_report_status(a->report, i) == TSMMR_STATUS_NO_EVIDENCE &&
	       tsmmr_report_event_count(a->report, i);
}

/* The bytes of a file, which the evidence is to carry. */
static int carry(struct options *o, struct tsmmr_attest *request, const char *name,
		 const char *path)
{
	_cleanup_(free) uint8_t *bytes = NULL;
	struct tsmmr_error err = NO_ERROR;
	size_t len;
	int r;

	if (!path)
		return 0;
	r = input_read_all(o, path, CARRIED_MAX, &bytes, &len);
	if (r)
		return r;
	if (tsmmr_attest_set_bytes(request, name, bytes, len, &err) < 0)
		return fail_error(o, path, TSMMR_NONE, &err);
	return 0;
}

static int get(struct attest *a)
{
	_cleanup_(tsmmr_attest_free) struct tsmmr_attest *request = NULL;
	_cleanup_(tsmmr_tree_free) struct tsmmr_tree *tree = NULL;
	struct tsmmr_error err = NO_ERROR;
	struct options *o = a->o;
	int r;

	if (tsmmr_attest_new(o->platform, &request, &err) < 0 ||
	    tsmmr_attest_set_nonce(request, o->nonce, o->n_nonce, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	r = carry(o, request, "user-data", o->user_data);
	r = exit_first(r, carry(o, request, "public-key", o->public_key));
	if (r)
		return r;
	if (tsmmr_tree_open(o->ctx, &tree, &err) < 0 ||
	    tsmmr_tree_attest(tree, request, &a->evidence, &a->log, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	return 0;
}

/* What the evidence says of the log.  Whether to trust it is for a verifier to say. */
static int compare(struct attest *a)
{
	_cleanup_(tsmmr_policy_free) struct tsmmr_policy *policy = NULL;
	struct tsmmr_error err = NO_ERROR;

	if (tsmmr_policy_new(a->o->ctx, &policy, &err) < 0 ||
	    tsmmr_policy_set_min_trust(policy, TSMMR_TRUST_UNSIGNED, &err) < 0 ||
	    tsmmr_policy_set_nonce(policy, a->o->nonce, a->o->n_nonce, &err) < 0 ||
	    tsmmr_policy_allow_debug(policy, &err) < 0 ||
	    tsmmr_regs_from_evidence(a->o->ctx, a->evidence, &a->regs, &err) < 0 ||
	    tsmmr_report_new(a->o->ctx, &a->log, 1, a->regs, policy, &a->report, &err) < 0)
		return fail_error(a->o, NULL, TSMMR_NONE, &err);
	return 0;
}

static const char *platform_of(const struct attest *a)
{
	const struct tsmmr_reg *reg = tsmmr_regs_get(a->regs, 0);

	return reg ? tsmmr_name(TSMMR_NAMES_PLATFORM, tsmmr_reg_platform(reg)) : NULL;
}

static void print_name(FILE *f, const char *name)
{
	if (name)
		escape_json(f, name);
	else
		fputs("null", f);
}

static void print_register(const struct attest *a, size_t i, FILE *f)
{
	const char *alg = reporting_alg(tsmmr_report_reg(a->report, i));

	fputs("{\"name\":", f);
	escape_json(f, tsmmr_report_name(a->report, i));
	fputs(",\"alg\":", f);
	print_name(f, *alg ? alg : NULL);
	fprintf(f, ",\"events\":%llu,\"status\":",
		(unsigned long long)tsmmr_report_event_count(a->report, i));
	print_name(f, tsmmr_name(TSMMR_NAMES_STATUS, tsmmr_report_status(a->report, i)));
	fprintf(f, ",\"covered\":%s}", is_uncovered(a, i) ? "false" : "true");
}

/* The part of the evidence that row i of the folder has, if there is one. */
static bool part_of_row(const struct attest *a, size_t i, const uint8_t **ret, size_t *ret_len)
{
	size_t before = 0;
	int part;

	for (size_t k = 0; k < i; k++)
		before += folder_parts[k].part == folder_parts[i].part;
	for (size_t k = 0; tsmmr_evidence_part_at(a->evidence, k, &part, ret, ret_len) == 0; k++)
		if (part == folder_parts[i].part && !before--)
			return true;
	return false;
}

static void print_json(const struct attest *a, FILE *f)
{
	const char *comma = "";
	const uint8_t *bytes;
	size_t len, n_quotes = 0;

	fputs("{\"schema\":\"tsmmr.attest/1\",\"platform\":", f);
	print_name(f, platform_of(a));
	fputs(",\"nonce\":\"", f);
	reporting_hex(f, a->o->nonce, a->o->n_nonce);
	fputs("\",\"evidence\":[", f);
	for (size_t i = 0; i < N_FOLDER_PARTS; i++) {
		const struct folder_part *part = &folder_parts[i];

		if (!part_of_row(a, i, &bytes, &len))
			continue;
		fprintf(f, "%s{\"part\":\"%s\",\"file\":\"%s\",\"kind\":", comma,
			tsmmr_name(TSMMR_NAMES_PART, part->part), part->file);
		print_name(f, part->part == TSMMR_PART_QUOTE ?
				      tsmmr_regs_evidence_kind(a->regs, n_quotes++) :
				      NULL);
		fputs("}", f);
		comma = ",";
	}
	fprintf(f, "],\"log\":\"%s\",\"events\":%zu,\"registers\":[", FOLDER_LOG,
		tsmmr_log_count(a->log));
	comma = "";
	for (size_t i = 0; i < tsmmr_report_count(a->report); i++) {
		/* Only what logs are about. */
		if (tsmmr_reg_kind(tsmmr_report_reg(a->report, i)) != TSMMR_KIND_RUNTIME)
			continue;
		fputs(comma, f);
		print_register(a, i, f);
		comma = ",";
	}
	fputs("]}\n", f);
}

static void print_text(const struct attest *a, FILE *f)
{
	size_t n = tsmmr_log_count(a->log);

	fprintf(f, "%s and a log of %zu event%s in ", tsmmr_regs_evidence_kind(a->regs, 0), n,
		n == 1 ? "" : "s");
	escape_print(f, a->o->out);
	putc('\n', f);
}

static int print(const struct attest *a)
{
	_cleanup_(output_close) struct output out = { .file = stdout };

	if (a->o->json)
		print_json(a, stdout);
	else if (!a->o->quiet)
		print_text(a, stdout);
	return output_commit(a->o, &out);
}

/* Writing */

/* f, or fd where it could not become one.  Not 0, and errno: not all is written. */
static int close_file(FILE *f, int fd)
{
	bool failed = !f || fflush(f) != 0 || ferror(f) || output_sync(fd) < 0;

	return (f ? fclose(f) : close(fd)) || failed;
}

static int write_bytes(const struct attest *a, int fd, const char *file, const void *bytes,
		       size_t len)
{
	FILE *f = fdopen(fd, "w");

	if (f)
		fwrite(bytes, 1, len, f);
	return close_file(f, fd) ? fail_errno(a->o, file, TSMMR_NONE, "cannot write") : 0;
}

static int write_parts(const struct attest *a, int dir)
{
	int r = 0;

	for (size_t i = 0; i < N_FOLDER_PARTS && !r; i++) {
		const struct folder_part *part = &folder_parts[i];
		const uint8_t *bytes;
		size_t len;
		int fd;

		if (!part_of_row(a, i, &bytes, &len))
			continue;
		r = folder_create(a->o, dir, part->file, &fd);
		if (!r)
			r = write_bytes(a, fd, part->file, bytes, len);
	}
	return r;
}

static int write_log(const struct attest *a, int dir)
{
	struct tsmmr_error err = NO_ERROR;
	int fd, r = folder_create(a->o, dir, FOLDER_LOG, &fd);

	if (r)
		return r;
	if (tsmmr_log_export_fd(a->o->ctx, a->log, LOG_FORMAT, fd, &err) < 0)
		r = fail_error(a->o, FOLDER_LOG, TSMMR_NONE, &err);
	if (!r && output_sync(fd) < 0)
		r = fail_errno(a->o, FOLDER_LOG, TSMMR_NONE, "cannot write");
	if (close(fd) < 0 && !r)
		r = fail_errno(a->o, FOLDER_LOG, TSMMR_NONE, "cannot write");
	return r;
}

/* The last file: a folder without it is no attest folder. */
static int write_json(const struct attest *a, int dir)
{
	int fd, r = folder_create(a->o, dir, FOLDER_MARK, &fd);
	FILE *f;

	if (r)
		return r;
	f = fdopen(fd, "w");
	if (f)
		print_json(a, f);
	return close_file(f, fd) ? fail_errno(a->o, FOLDER_MARK, TSMMR_NONE, "cannot write") : 0;
}

static int sync_names(const struct attest *a, int dir)
{
	return output_sync(dir) < 0 || output_sync_name(a->o->out) < 0 ?
		       fail_errno(a->o, a->o->out, TSMMR_NONE, "cannot write") :
		       0;
}

static int write_folder(const struct attest *a)
{
	bool made;
	int dir, r = folder_make(a->o, a->o->out, &dir, &made);

	if (r)
		return r;
	r = write_parts(a, dir);
	if (!r)
		r = write_log(a, dir);
	/* What makes it an attest folder comes when all else will be there after a crash too. */
	if (!r)
		r = sync_names(a, dir);
	if (!r)
		r = write_json(a, dir);
	if (!r)
		r = sync_names(a, dir);
	if (r)
		folder_remove(a->o->out, dir, made);
	close(dir);
	return r;
}

/* A verifier would not believe it: then whoever asked should know. */
static int say_unexplained(const struct attest *a)
{
	int r = 0;

	for (size_t i = 0; i < tsmmr_report_count(a->report); i++) {
		const char *name = tsmmr_report_name(a->report, i);
		const char *gap = tsmmr_gap_word(tsmmr_report_gap(a->report, i, 0));

		if (is_uncovered(a, i))
			warn(a->o,
			     "the evidence does not cover %s, of which the log has %llu events",
			     name, (unsigned long long)tsmmr_report_event_count(a->report, i));
		else if (tsmmr_report_is_asked(a->report, i) == 1 &&
			 tsmmr_report_is_accepted(a->report, i) != 1)
			warn(a->o, "the log does not explain %s%s%s", name, gap ? ": gap " : "",
			     gap ? gap : "");
		else
			continue;
		r = EXIT_INCOMPLETE;
	}
	return r;
}

int cmd_attest(struct options *o)
{
	__attribute__((cleanup(attest_done_p))) struct attest a = { .o = o };
	int r;

	if (o->n_operands)
		return fail_usage(o, "attest takes no LOG: it collects the machine's own");
	if (!o->n_nonce)
		return fail_usage(o, "attest needs --nonce: what the verifier asked with");
	if (!o->out || !strcmp(o->out, "-"))
		return fail_usage(o, "attest needs -o: the folder to write");
	r = folder_check(o, o->out);
	if (!r)
		r = get(&a);
	if (!r)
		r = compare(&a);
	if (!r)
		r = write_folder(&a);
	if (!r)
		r = print(&a);
	return r ? r : say_unexplained(&a);
}
