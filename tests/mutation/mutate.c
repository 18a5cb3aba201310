/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logs that verify, changed one change at a time: never "verified" when what was measured
 * changed, still "verified" when it did not.
 *
 *     mutate [-n COUNT] [-x COUNT] [-s SEED] [-v] CASES
 *
 * -x: so many edits whose place is known, for the confusion table of explain.
 *
 * CASES has a line for each log: PATH, FORMAT, REGISTER or "-", and its values as
 * "NAME:ALG=HEX,…", or "-" for what it replays to, with tabs between.  FORMAT ima-padded: a
 * list of a Linux before 5.8.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tsmmr/tsmmr.h>

#include "mutation.h"

#define ROWS_MAX 256

/* A register in a bank that the unchanged log verifies. */
struct row {
	char name[64];
	int alg;
	uint32_t index;
	uint64_t sequence;
};

struct base {
	char *path;
	char reg[64]; /* "" for none */
	int format;
	uint8_t *p;
	size_t n;
	struct mlog log;
	uint64_t start;
	struct tsmmr_regs *regs;
	struct row rows[ROWS_MAX];
	size_t n_rows;
	int *bindings; /* of each record of log */
};

struct count {
	uint64_t all, refused, changed, mismatch, incomplete, other, same, verified, bound, start;
};

static struct tsmmr_ctx *ctx;
static struct tsmmr_policy *policy; /* every bank is replayed, SHA-1 too */
static struct base *bases;
static size_t n_bases;
static struct count *counts;
static uint64_t false_verified, lost, disagreed;
static int verbose;

static struct tsmmr_log *parse(const struct base *b, int format, const uint8_t *p, size_t n,
			       struct tsmmr_error *err)
{
	struct tsmmr_log *log;

	if (parse_borrow_as(ctx, format, TSMMR_PLATFORM_AUTO, b->reg[0] ? b->reg : NULL, p, n, &log,
			    err) < 0)
		return NULL;
	return log;
}

static struct tsmmr_report *compare(struct tsmmr_log *log, const struct tsmmr_regs *regs)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;
	int r = tsmmr_report_new(ctx, &log, 1, regs, policy, &report, &err);

	/* What a log can do is in its decoder's hands; a report only lacks memory. */
	if (r < 0)
		die("report", err.message);
	return report;
}

static void add_hex(char *to, size_t size, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n && 2 * i + 2 < size; i++)
		sprintf(to + 2 * i, "%02x", p[i]);
}

/* What a log replays to, as lines of values. */
static char *own_values(struct tsmmr_log *log)
{
	struct tsmmr_report *report = compare(log, NULL);
	struct out o = { NULL, 0, 0 };

	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
		char line[400], hex[200] = "";
		const uint8_t *value;
		size_t n;

		if (tsmmr_report_replayed(report, i, &value, &n) < 0 ||
		    tsmmr_reg_index(reg) == TSMMR_NONE)
			continue;
		add_hex(hex, sizeof(hex), value, n);
		snprintf(line, sizeof(line), "%s:%s=%s\n", tsmmr_reg_name(reg),
			 tsmmr_name(TSMMR_NAMES_HASH, tsmmr_reg_hash(reg)), hex);
		out_add(&o, line, strlen(line));
	}
	tsmmr_report_free(report);
	out_add(&o, "", 1);
	return (char *)o.p;
}

static void keep_verified(struct base *b, const struct tsmmr_report *report)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
		struct row *row = &b->rows[b->n_rows];

		if (tsmmr_report_status(report, i) != TSMMR_STATUS_VERIFIED ||
		    b->n_rows == ROWS_MAX)
			continue;
		snprintf(row->name, sizeof(row->name), "%s", tsmmr_report_name(report, i));
		row->alg = tsmmr_reg_hash(reg);
		row->index = (uint32_t)tsmmr_reg_index(reg);
		row->sequence = mlog_sequence(&b->log, row->index, (uint16_t)row->alg);
		b->n_rows++;
	}
}

static void note_bindings(struct base *b, const struct tsmmr_log *log)
{
	size_t header = tsmmr_log_count(log) - b->log.n;

	b->bindings = calloc(b->log.n + 1, sizeof(*b->bindings));
	for (size_t i = 0; i < b->log.n; i++)
		b->bindings[i] = tsmmr_event_binding(tsmmr_log_get(log, header + i), NULL);
}

/* false: it is no log that can be used here. */
static bool base_open(struct base *b, const char *format_name, char *values)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;
	struct out o = { NULL, 0, 0 };
	int format = TSMMR_FORMAT_AUTO;
	struct tsmmr_log *log;
	char *own = NULL;

	b->log.padded = !strcmp(format_name, "ima-padded");
	if (b->log.padded)
		format = TSMMR_FORMAT_IMA;
	else if (strcmp(format_name, "auto"))
		tsmmr_name_find(TSMMR_NAMES_FORMAT, format_name, &format);
	log = parse(b, format, b->p, b->n, &err);
	if (!log)
		return false;
	b->format = tsmmr_log_format(log);
	b->log.codec = codec_of(b->format);
	if (!b->log.codec || !b->log.codec->parse((struct bytes){ b->p, b->n }, &b->log) ||
	    b->log.undeclared) {
		tsmmr_log_free(log);
		return false;
	}
	/* The library counts a header as a record; more apart is another format. */
	if (tsmmr_log_count(log) - b->log.n > 1) {
		tsmmr_log_free(log);
		return false;
	}
	b->log.codec->write(&b->log, &o);
	if (o.n != b->n || memcmp(o.p, b->p, o.n))
		die(b->path, "is not read and written as the same bytes");
	free(o.p);

	if (!strcmp(values, "-"))
		values = own = own_values(log);
	for (char *p = values; *p; p++)
		if (*p == ',')
			*p = '\n';
	if (tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO, values,
				   strlen(values), &b->regs, &err) < 0) {
		/* A platform numbered like another, with other banks. */
		printf("%s: %s\n", b->path, err.message);
		tsmmr_log_free(log);
		free(own);
		return false;
	}
	free(own);
	report = compare(log, b->regs);
	keep_verified(b, report);
	note_bindings(b, log);
	b->start = mlog_start(&b->log);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
	return b->n_rows > 0;
}

static void base_done(struct base *b)
{
	free(b->path);
	free(b->p);
	free(b->bindings);
	mlog_done(&b->log);
	tsmmr_regs_free(b->regs);
}

static void read_cases(const char *path)
{
	char *line = NULL;
	size_t size = 0, unused = 0;
	FILE *f = fopen(path, "r");

	if (!f)
		die(path, strerror(errno));
	while (getline(&line, &size, f) > 0) {
		char *rest = line, *field[4];
		struct base *b;

		line[strcspn(line, "\n")] = 0;
		for (size_t i = 0; i < 4; i++)
			if (!(field[i] = strsep(&rest, "\t")))
				die(path, "a line of fewer than four fields");
		bases = realloc(bases, (n_bases + 1) * sizeof(*bases));
		b = &bases[n_bases];
		*b = (struct base){ .path = strdup(field[0]) };
		b->p = file_read(field[0], &b->n);
		if (strcmp(field[2], "-"))
			snprintf(b->reg, sizeof(b->reg), "%s", field[2]);
		if (base_open(b, field[1], field[3])) {
			n_bases++;
			continue;
		}
		unused++;
		if (verbose)
			printf("nothing of %s verifies\n", field[0]);
		base_done(b);
	}
	free(line);
	fclose(f);
	printf("%zu logs that verify, %zu that do not\n", n_bases, unused);
}

static int status_of(const struct tsmmr_report *report, const struct row *row, size_t *ret_i)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		if (tsmmr_reg_hash(tsmmr_report_reg(report, i)) == row->alg &&
		    !strcmp(tsmmr_report_name(report, i), row->name)) {
			*ret_i = i;
			return tsmmr_report_status(report, i);
		}
	*ret_i = 0;
	return 0;
}

/* Incomplete, and only because the text beside some digest does not give it. */
static bool only_unbound(const struct tsmmr_report *report, size_t i)
{
	const char *gap;
	size_t n = 0;

	while ((gap = tsmmr_gap_word(tsmmr_report_gap(report, i, n))) &&
	       !strcmp(gap, "data-mismatch"))
		n++;
	return n && !gap;
}

static void complain(const struct base *b, size_t k, const struct row *row, const char *what,
		     const struct out *o)
{
	fprintf(stderr, "%s: %s of %s, change '%s'\n", what, row ? row->name : "the verdict",
		b->path, kinds[k].name);
	if (verbose) {
		FILE *f = fopen("mutate-failed.bin", "wb");

		fwrite(o->p, 1, o->n, f);
		fclose(f);
		exit(1);
	}
}

static void judge_row(const struct base *b, size_t k, const struct row *row, bool changed,
		      bool start, const struct tsmmr_report *report, const struct out *o)
{
	struct count *c = &counts[k];
	size_t i;
	int status = status_of(report, row, &i);

	if (changed) {
		c->changed++;
		c->mismatch += status == TSMMR_STATUS_MISMATCH;
		c->incomplete += status == TSMMR_STATUS_INCOMPLETE;
		c->other += status != TSMMR_STATUS_MISMATCH && status != TSMMR_STATUS_INCOMPLETE;
		if (status != TSMMR_STATUS_VERIFIED)
			return;
		false_verified++;
		complain(b, k, row, "FALSE VERIFIED", o);
		return;
	}
	c->same++;
	if (status == TSMMR_STATUS_VERIFIED) {
		c->verified++;
	} else if (start && !row->index) {
		c->start++;
	} else if (status == TSMMR_STATUS_INCOMPLETE && only_unbound(report, i)) {
		c->bound++;
	} else {
		lost++;
		complain(b, k, row, "NO LONGER VERIFIED", o);
	}
}

/* What is said to be proven belongs to a register that is said to be verified. */
static void check_proven(const struct base *b, size_t k, const struct tsmmr_log *log,
			 const struct tsmmr_report *report, const struct out *o)
{
	for (size_t i = 0; i < tsmmr_log_count(log); i++) {
		const char *name = tsmmr_event_register(tsmmr_log_get(log, i));
		bool found = false;

		if (!tsmmr_report_is_event_proven(report, 0, i))
			continue;
		for (size_t r = 0; r < tsmmr_report_count(report); r++)
			found |= tsmmr_report_status(report, r) == TSMMR_STATUS_VERIFIED &&
				 !strcmp(tsmmr_reg_name(tsmmr_report_reg(report, r)), name);
		if (found && tsmmr_event_is_measured(tsmmr_log_get(log, i)))
			continue;
		false_verified++;
		complain(b, k, NULL, "PROVEN AND NOT VERIFIED", o);
	}
}

static void judge(const struct base *b, size_t k, const struct mlog *seen, bool own,
		  struct tsmmr_log *log, const struct out *o)
{
	struct tsmmr_report *report = compare(log, b->regs);
	bool start = !own || mlog_start(seen) != b->start, any = false;

	for (size_t i = 0; i < b->n_rows; i++) {
		const struct row *row = &b->rows[i];
		bool changed = !own ||
			       mlog_sequence(seen, row->index, (uint16_t)row->alg) != row->sequence;

		any |= changed;
		judge_row(b, k, row, changed, start, report, o);
	}
	if (any && tsmmr_report_verdict(report) == TSMMR_VERDICT_VERIFIED) {
		false_verified++;
		complain(b, k, NULL, "FALSE VERIFIED", o);
	}
	if (counts[k].all % 16 == 0)
		check_proven(b, k, log, report, o);
	tsmmr_report_free(report);
}

/* 0 when the change cannot be made in this log. */
static int once(const struct base *b, const struct base *other, size_t k)
{
	static struct mlog changed, seen;
	static struct out o;
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_log *log;
	bool own;

	scratch_reset();
	o.n = 0;
	mlog_copy(&b->log, &changed);
	if (kinds[k].change && !kinds[k].change(&changed, &other->log))
		return 0;
	changed.codec->write(&changed, &o);
	if (kinds[k].raw && o.n)
		change_raw(&o);

	seen.codec = b->log.codec;
	seen.padded = b->log.padded;
	seen.shift = 0;
	own = seen.codec->parse((struct bytes){ o.p, o.n }, &seen);
	counts[k].all++;
	log = parse(b, b->format, o.p, o.n, &err);
	if (!log) {
		counts[k].refused++;
		return 1;
	}
	disagreed += !own;
	judge(b, k, &seen, own, log, &o);
	tsmmr_log_free(log);
	return 1;
}

static void print_counts(uint64_t n)
{
	struct count t = { 0 };

	printf("%-12s %9s %9s | %9s %9s %10s %6s | %9s %9s %9s %6s\n", "change", "logs", "refused",
	       "changed", "mismatch", "incomplete", "other", "unchanged", "verified", "text-only",
	       "start");
	for (size_t k = 0; k <= n_kinds; k++) {
		const struct count *c = k < n_kinds ? &counts[k] : &t;

		printf("%-12s %9llu %9llu | %9llu %9llu %10llu %6llu | %9llu %9llu %9llu %6llu\n",
		       k < n_kinds ? kinds[k].name : "all", (unsigned long long)c->all,
		       (unsigned long long)c->refused, (unsigned long long)c->changed,
		       (unsigned long long)c->mismatch, (unsigned long long)c->incomplete,
		       (unsigned long long)c->other, (unsigned long long)c->same,
		       (unsigned long long)c->verified, (unsigned long long)c->bound,
		       (unsigned long long)c->start);
		for (size_t i = 0; k < n_kinds && i < sizeof(t) / sizeof(uint64_t); i++)
			((uint64_t *)&t)[i] += ((const uint64_t *)c)[i];
	}
	printf("%llu mutations; registers: changed and unchanged, in the banks that verified\n",
	       (unsigned long long)n);
	printf("read by the library, not by the harness: %llu\n", (unsigned long long)disagreed);
	printf("no longer verified though nothing measured changed: %llu\n",
	       (unsigned long long)lost);
	printf("false verified: %llu\n", (unsigned long long)false_verified);
}

/* Edits whose place is known; 1 when explain is not as good as it has to be. */
static int explain(uint64_t count)
{
	uint64_t n = 0;

	for (uint64_t tried = 0; n < count && tried < 100 * count; tried++) {
		const struct base *b = &bases[rnd(n_bases)];
		const struct row *row = &b->rows[rnd(b->n_rows)];

		n += explained_once(ctx, policy,
				    &(struct explained){
					    .path = b->path,
					    .reg = b->reg[0] ? b->reg : NULL,
					    .name = row->name,
					    .format = b->format,
					    .index = row->index,
					    .alg = (uint16_t)row->alg,
					    .bytes = { b->p, b->n },
					    .log = &b->log,
					    .bindings = b->bindings,
					    .regs = b->regs,
					    .verbose = verbose,
				    });
	}
	return explained_print();
}

int main(int argc, char **argv)
{
	uint64_t count = 20000, explained = 0, n = 0;
	int wrong = 0;
	int c;

	while ((c = getopt(argc, argv, "n:s:vx:")) != -1) {
		if (c == 'n')
			count = strtoull(optarg, NULL, 0);
		else if (c == 's')
			rng ^= strtoull(optarg, NULL, 0);
		else if (c == 'x')
			explained = strtoull(optarg, NULL, 0);
		else if (c == 'v')
			verbose = 1;
		else
			return 2;
	}
	if (optind + 1 != argc || !rng) {
		fprintf(stderr, "usage: mutate [-n COUNT] [-x COUNT] [-s SEED] [-v] CASES\n");
		return 2;
	}
	if (tsmmr_ctx_new(0, &ctx, NULL) < 0 || tsmmr_policy_new(ctx, &policy, NULL) < 0 ||
	    tsmmr_policy_set_min_hash(policy, TSMMR_HASH_SHA1, NULL) < 0)
		return 2;
	read_cases(argv[optind]);
	counts = calloc(n_kinds, sizeof(*counts));
	if (!n_bases || !counts)
		die(argv[optind], "has no log that verifies");

	while (n < count) {
		const struct base *b = &bases[rnd(n_bases)];

		/* The largest take as long as a hundred others. */
		if (b->n < 300000 || !rnd(16))
			n += (uint64_t)once(b, &bases[rnd(n_bases)], rnd(n_kinds));
	}
	print_counts(n);
	if (explained)
		wrong = explain(explained);

	for (size_t i = 0; i < n_bases; i++)
		base_done(&bases[i]);
	free(bases);
	free(counts);
	scratch_reset();
	tsmmr_policy_free(policy);
	tsmmr_ctx_free(ctx);
	return false_verified || lost || wrong ? 1 : 0;
}
