/* SPDX-License-Identifier: BSD-2-Clause */
/* registers: lists registers and their values. */
#include "cmd.h"

#include <string.h>

#include "escape.h"
#include "expecting.h"
#include "fail.h"
#include "options.h"
#include "output.h"
#include "regset.h"
#include "reporting.h"
#include "scope.h"
#include "selecting.h"

static void print_flags(FILE *f, uint32_t flags)
{
	static const struct {
		uint32_t flag;
		const char *word;
	} words[] = {
		{ TSMMR_REG_EXTENSIBLE, "extensible" },
		{ TSMMR_REG_WRITABLE_NOW, "writable now" },
		{ TSMMR_REG_LOCKED, "locked" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (flags & words[i].flag)
			fprintf(f, ", %s", words[i].word);
}

/* A line that --expect @FILE reads back; what it does not need is a comment. */
static void print_register(const struct tsmmr_regs *regs, size_t i, const struct output *out)
{
	const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);
	const char *alg = reporting_alg(reg), *role = tsmmr_reg_role(reg);
	const char *kind = tsmmr_name(TSMMR_NAMES_KIND, tsmmr_reg_kind(reg));
	FILE *f = out->file;
	struct prefix prefix;
	const uint8_t *value;
	size_t len;

	reporting_prefix(regs, i, &prefix);
	if (tsmmr_reg_value(reg, &value, &len) < 0) {
		fprintf(f, "# %s%s%s%s %s\n", prefix.text, tsmmr_reg_name(reg), *alg ? ":" : "",
			alg,
			tsmmr_regs_evidence_kind(regs, 0) ? "is selected, without its value" :
							    "cannot be read");
		return;
	}
	fprintf(f, "%s%s%s%s=", prefix.text, tsmmr_reg_name(reg), *alg ? ":" : "", alg);
	reporting_hex(f, value, len);
	fprintf(f, "  %s# %s", output_paint(out, PAINT_DIM), kind ? kind : "register");
	if (role)
		fprintf(f, ", %s", role);
	print_flags(f, tsmmr_reg_flags(reg));
	fprintf(f, "%s\n", output_paint(out, PAINT_OFF));
}

/* "tdx-quote-v4, authenticated to sha256:…", and what that leaves open; a line a piece. */
static void print_evidence(const struct tsmmr_regs *regs, const struct output *out)
{
	const char *kind, *word;

	for (size_t i = 0; (kind = tsmmr_regs_evidence_kind(regs, i)); i++) {
		const uint8_t *root;

		fprintf(out->file, "%s# %s, ", output_paint(out, PAINT_DIM), kind);
		if (tsmmr_regs_evidence_root(regs, i, &root, NULL) == 0) {
			fprintf(out->file, "authenticated to sha256:");
			reporting_hex(out->file, root, 32);
		} else {
			fputs("not authenticated", out->file);
		}
		if (tsmmr_regs_is_debug(regs) == 1)
			fprintf(out->file, ", debug");
		for (size_t k = 0; (word = tsmmr_regs_evidence_not_checked(regs, i, k)); k++)
			fprintf(out->file, "%s%s", k ? ", " : "; not checked: ", word);
		fprintf(out->file, "%s\n", output_paint(out, PAINT_OFF));
	}
}

static void print_header(const struct options *o, const struct tsmmr_regs *regs,
			 const struct output *out)
{
	const char *other = o->expect.n ? "by hand" : o->root ? o->root : "this machine";
	const char *trust = tsmmr_name(TSMMR_NAMES_TRUST, tsmmr_regs_trust(regs));

	if (tsmmr_regs_evidence_kind(regs, 0)) {
		print_evidence(regs, out);
		return;
	}
	fprintf(out->file, "%s# ", output_paint(out, PAINT_DIM));
	escape_print(out->file, other);
	fprintf(out->file, ", %s%s\n", trust ? trust : "no registers",
		output_paint(out, PAINT_OFF));
}

/* What else the evidence says that a person asks for first. */
static void print_claims(const struct tsmmr_regs *regs, const struct output *out)
{
	static const char *const names[] = {
		"report_data",
		"td_attributes",
		"xfam",
		"tee_tcb_svn",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const uint8_t *value;
		size_t len;

		if (tsmmr_regs_claim(regs, 0, names[i], &value, &len) < 0)
			continue;
		fprintf(out->file, "%s# %s ", output_paint(out, PAINT_DIM), names[i]);
		reporting_hex(out->file, value, len);
		fprintf(out->file, "%s\n", output_paint(out, PAINT_OFF));
	}
}

static int print_json(struct options *o, const struct tsmmr_regs *regs, const struct output *out)
{
	_cleanup_(tsmmr_free) uint8_t *json = NULL;
	struct tsmmr_error err = NO_ERROR;
	size_t len;

	if (tsmmr_regs_export_json(regs, o->select, &json, &len, &err) < 0)
		return fail_error(o, NULL, TSMMR_NONE, &err);
	fwrite(json, 1, len, out->file);
	putc('\n', out->file);
	return 0;
}

/* With somebody to trust this is the check of evidence; without, a list believes nothing. */
static int check(struct options *o, const struct tsmmr_regs *regs)
{
	_cleanup_(tsmmr_policy_free) struct tsmmr_policy *policy = NULL;
	struct tsmmr_error err = NO_ERROR;
	_cleanup_(seen_done) struct seen seen = { .n = 0 };
	bool asked = o->trust_root.n || o->n_nonce || o->min_trust;
	int r = expecting_policy(o, false, NULL, &policy);

	if (!r && asked && tsmmr_policy_check(policy, regs, &err) < 0)
		r = fail_error(o, "evidence", TSMMR_NONE, &err);
	for (size_t i = 0; i < tsmmr_regs_count(regs); i++)
		select_shows_reg(o, &seen, tsmmr_regs_get(regs, i));
	return r ? r : select_check(o, &seen);
}

/* Not refused, and not what was asked for: the list is printed all the same. */
static int check_trust(struct options *o, const struct tsmmr_regs *regs)
{
	_cleanup_(seen_done) struct seen seen = { .n = 0 };

	for (size_t i = 0; i < tsmmr_regs_count(regs); i++) {
		const struct tsmmr_reg *reg = tsmmr_regs_get(regs, i);
		int trust = tsmmr_reg_trust(reg);

		if (trust < TSMMR_TRUST_UNSIGNED || trust >= o->min_trust ||
		    !select_shows_reg(o, &seen, reg))
			continue;
		warn(o, "%s: its value is %s, --min-trust asks for %s", tsmmr_reg_name(reg),
		     tsmmr_name(TSMMR_NAMES_TRUST, trust),
		     tsmmr_name(TSMMR_NAMES_TRUST, o->min_trust));
		return EXIT_INCOMPLETE;
	}
	return 0;
}

/* What a quote is of without its values, and how to give them. */
static void hint_values(struct options *o, const struct tsmmr_regs *regs)
{
	const char *word, *kind;
	size_t without = 0;

	for (size_t i = 0; i < tsmmr_regs_count(regs); i++)
		without += !(tsmmr_reg_flags(tsmmr_regs_get(regs, i)) & TSMMR_REG_READABLE);
	for (size_t i = 0; (kind = tsmmr_regs_evidence_kind(regs, i)); i++)
		for (size_t k = 0; (word = tsmmr_regs_evidence_not_checked(regs, i, k)); k++)
			if (!strcmp(word, "pcr-values"))
				hint(o,
				     without ? "%s came without the values of its PCRs: give them,"
					       " --evidence pcrs=FILE; or verify it against a log" :
					       "%s selects no PCR whose value could be known",
				     kind);
}

static int print(struct options *o, const struct tsmmr_regs *regs)
{
	_cleanup_(output_close) struct output out = { .file = NULL };
	_cleanup_(seen_done) struct seen seen = { .n = 0 };
	int r = output_open(o, &out);

	if (r)
		return r;
	if (o->json) {
		r = print_json(o, regs, &out);
		return r ? r : output_commit(o, &out);
	}

	if (!o->quiet)
		print_header(o, regs, &out);
	if (o->verbose)
		print_claims(regs, &out);
	for (size_t i = 0; i < tsmmr_regs_count(regs); i++)
		if (select_shows_reg(o, &seen, tsmmr_regs_get(regs, i)))
			print_register(regs, i, &out);
	return output_commit(o, &out);
}

int cmd_registers(struct options *o)
{
	_cleanup_(tsmmr_regs_free) struct tsmmr_regs *regs = NULL;
	enum machine machine;
	int r;

	if (o->n_operands)
		return fail_usage(o, "registers takes no LOG");
	if (o->evidence.n && o->expect.n)
		return fail_usage(o, "registers compares nothing: --evidence or --expect;"
				     " to compare, verify");

	machine = !o->evidence.n && !o->expect.n ? MACHINE_YES : MACHINE_NO;
	r = regset_load(o, machine, &regs);
	if (!r)
		r = check(o, regs);
	if (!r)
		r = print(o, regs);
	if (!r)
		hint_values(o, regs);
	return r ? r : check_trust(o, regs);
}
