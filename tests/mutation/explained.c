/* SPDX-License-Identifier: BSD-2-Clause */
/* One edit that is known, and what explain makes of it: the confusion table. */
#include "mutation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was done; those before UNBOUND can be decided from the log and one value. */
enum edit { EXTRA, DOUBLED, SWAPPED, DIGEST_BOUND, DATA, UNBOUND, DROPPED, N_EDITS };

static const char *const edit_names[N_EDITS] = {
	[EXTRA] = "extra record",         [DOUBLED] = "doubled record",
	[SWAPPED] = "neighbours swapped", [DIGEST_BOUND] = "digest of bound data",
	[DATA] = "data of a strict rule", [UNBOUND] = "unbound record changed",
	[DROPPED] = "record dropped",
};

/* What was said of it. */
enum said { RIGHT, INTERVAL, WRONG, WRONG_INTERVAL, NOTHING, N_SAID };

static const char *const said_names[N_SAID] = {
	[RIGHT] = "named",       [INTERVAL] = "interval",
	[WRONG] = "named wrong", [WRONG_INTERVAL] = "not in it",
	[NOTHING] = "nothing",
};

static uint64_t table[2][N_EDITS][N_SAID];

/* The places in log->recs that extend the register, up to most; how many. */
static size_t places(const struct mlog *log, uint32_t index, uint16_t alg, size_t *ret, size_t most)
{
	size_t n = 0;

	for (size_t i = 0; i < log->n && n < most; i++) {
		const struct rec *r = &log->recs[i];
		bool has = log->codec->lines;

		for (size_t k = 0; k < r->n; k++)
			has |= r->algs[k] == alg;
		if (r->measured && has && (log->codec->lines || r->index == index))
			ret[n++] = i;
	}
	return n;
}

static struct bytes bytes_of(size_t n, bool text)
{
	uint8_t *p = scratch(n);

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(text ? 'a' + rnd(26) : rnd(256));
	return (struct bytes){ p, n };
}

static struct bytes changed(struct bytes b, bool text)
{
	uint8_t *p = scratch(b.n);

	memcpy(p, b.p, b.n);
	if (text)
		p[rnd(b.n)] = (uint8_t)('A' + rnd(26));
	else
		p[rnd(b.n)] ^= (uint8_t)(1u << rnd(8));
	return (struct bytes){ p, b.n };
}

static struct bytes *digest_of(struct rec *r, uint16_t alg)
{
	for (size_t k = 0; k < r->n; k++)
		if (r->algs[k] == alg)
			return &r->digests[k];
	return NULL;
}

static bool same(struct rec *a, struct rec *b, uint16_t alg)
{
	struct bytes x = a->n ? *digest_of(a, alg) : a->data;
	struct bytes y = b->n ? *digest_of(b, alg) : b->data;

	return x.n == y.n && !memcmp(x.p, y.p, x.n);
}

/* First and last place that is right to name, counted in log->recs; false: cannot be done. */
static bool do_edit(struct mlog *log, enum edit edit, uint16_t alg, const int *bindings,
		    const size_t *at, size_t n, size_t truth[2])
{
	size_t i = rnd(n), p = at[i];
	struct rec *r = &log->recs[p], new = *r;
	bool text = log->codec->lines;

	truth[0] = truth[1] = p;
	switch (edit) {
	case EXTRA:
		/* The first line of an agent's log is another format's without it. */
		if (text && !i)
			return false;
		new.type = 13;
		new.data = bytes_of(20, text);
		for (size_t k = 0; k < new.n; k++)
			new.digests[k] = bytes_of(new.digests[k].n, false);
		mlog_insert(log, p, &new);
		return true;
	case DOUBLED:
		/* Of equal neighbours any is the one too many. */
		for (size_t k = i; k > 0 && same(&log->recs[at[k - 1]], &new, alg); k--)
			truth[0] = at[k - 1];
		for (size_t k = i; k + 1 < n && same(&log->recs[at[k + 1]], &new, alg); k++)
			truth[1] = at[k + 1];
		truth[1]++;
		mlog_insert(log, p + 1, &new);
		return true;
	case SWAPPED:
		if (i + 1 == n || (text && !i))
			return false;
		truth[1] = at[i + 1];
		new = log->recs[at[i + 1]];
		log->recs[at[i + 1]] = *r;
		*r = new;
		return true;
	case DIGEST_BOUND:
		if (text || bindings[p] != TSMMR_BINDING_BOUND)
			return false;
		*digest_of(r, alg) = changed(*digest_of(r, alg), false);
		return true;
	case DATA:
		if (text || bindings[p] != TSMMR_BINDING_BOUND || !r->data.n)
			return false;
		r->data = changed(r->data, false);
		return true;
	case UNBOUND:
		if (text ? !i : bindings[p] != TSMMR_BINDING_UNBOUND)
			return false;
		if (text)
			r->data = changed(r->data, true);
		else
			*digest_of(r, alg) = changed(*digest_of(r, alg), false);
		return true;
	case DROPPED:
		/* Of a log without records nothing can be named. */
		if ((text && !i) || log->n == 1)
			return false;
		mlog_remove(log, p, 1);
		/* It is missing between its neighbours. */
		truth[0] = i ? at[i - 1] : 0;
		truth[1] = i + 1 < n ? at[i + 1] - 1 : log->n;
		return true;
	default:
		return false;
	}
}

static enum said judge(const struct tsmmr_explain *x, size_t row, enum edit edit,
		       bool with_reference, const size_t truth[2])
{
	bool named = false, wrong = false, in = false, out = false, none = false;
	const struct tsmmr_hypothesis *h;

	for (size_t k = 0; (h = tsmmr_explain_hypothesis(x, row, k)); k++) {
		const char *id = tsmmr_hypothesis_id(h);
		uint64_t first = tsmmr_hypothesis_first(h), last = tsmmr_hypothesis_last(h);
		int match = tsmmr_hypothesis_would_match(h);
		bool holds = first != TSMMR_NONE && first <= truth[1] && last >= truth[0];

		/*
		 * What is about no record claims none: another register, no log at all, or that
		 * the reference has a record of a register of which the log has no other.
		 */
		none |= first == TSMMR_NONE;
		if (first == TSMMR_NONE) {
			named |= with_reference && match && !strcmp(id, "reference-differs");
			continue;
		}
		if (with_reference && !strcmp(id, "reference-differs"))
			named |= holds;
		else if (!strcmp(id, "undecidable"))
			*(holds ? &in : &out) = true;
		else if (match || (edit == DATA && !strcmp(id, "data-changed")))
			*(holds ? &named : &wrong) = true;
	}
	/* A wrong record beside the right one is a wrong answer all the same. */
	return wrong && !with_reference                           ? WRONG :
	       named                                              ? RIGHT :
	       out                                                ? WRONG_INTERVAL :
	       in || (none && edit >= UNBOUND && !with_reference) ? INTERVAL :
								    NOTHING;
}

bool explained_once(struct tsmmr_ctx *ctx, const struct tsmmr_policy *policy,
		    const struct explained *e)
{
	static struct mlog log;
	static struct out o;
	struct tsmmr_error err = { .size = sizeof(err) };
	enum edit edit = (enum edit)rnd(N_EDITS);
	bool with_reference = rnd(4) == 0;
	struct tsmmr_log *parsed, *reference = NULL;
	struct tsmmr_report *report;
	struct tsmmr_explain *x;
	size_t at[2000], n, row = 0, truth[2], header;
	enum said said;

	scratch_reset();
	o.n = 0;
	mlog_copy(e->log, &log);
	n = places(&log, e->index, e->alg, at, 2000);
	if (!n || !do_edit(&log, edit, e->alg, e->bindings, at, n, truth))
		return false;
	log.codec->write(&log, &o);
	if (parse_as(ctx, e->format, TSMMR_PLATFORM_AUTO, e->reg, o.p, o.n, &parsed, &err) < 0)
		return false;
	if (tsmmr_report_new(ctx, (struct tsmmr_log *const[]){ parsed }, 1, e->regs, policy,
			     &report, &err) < 0)
		abort();
	while (strcmp(tsmmr_report_name(report, row), e->name) != 0 ||
	       tsmmr_reg_hash(tsmmr_report_reg(report, row)) != e->alg)
		row++;
	if (tsmmr_report_status(report, row) != TSMMR_STATUS_VERIFIED) {
		if (with_reference && parse_as(ctx, e->format, TSMMR_PLATFORM_AUTO, e->reg,
					       e->bytes.p, e->bytes.n, &reference, &err) < 0)
			abort();
		if (tsmmr_explain_new(ctx, report, (struct tsmmr_log *const[]){ parsed }, 1,
				      reference, &x, &err) < 0) {
			fprintf(stderr, "explain: %s\n", err.message);
			exit(1);
		}
		/* The library counts the header as a record. */
		header = tsmmr_log_count(parsed) - log.n;
		truth[0] += header;
		truth[1] += header;
		said = judge(x, row, edit, with_reference, truth);
		table[with_reference][edit][said]++;
		if (e->verbose && (said > INTERVAL || (said == INTERVAL && edit < UNBOUND))) {
			printf("%s: %s, %s at %zu-%zu%s: %s\n", e->path, e->name, edit_names[edit],
			       truth[0], truth[1], with_reference ? ", reference" : "",
			       said_names[said]);
			for (size_t k = 0; k < tsmmr_explain_hypothesis_count(x, row); k++) {
				const struct tsmmr_hypothesis *h =
					tsmmr_explain_hypothesis(x, row, k);

				printf("    %s %lld-%lld %d\n", tsmmr_hypothesis_id(h),
				       (long long)tsmmr_hypothesis_first(h),
				       (long long)tsmmr_hypothesis_last(h),
				       tsmmr_hypothesis_would_match(h));
			}
		}
		tsmmr_explain_free(x);
		tsmmr_log_free(reference);
	}
	tsmmr_report_free(report);
	tsmmr_log_free(parsed);
	return true;
}

int explained_print(void)
{
	uint64_t decided = 0, right = 0, open = 0, held = 0;

	for (int with = 0; with < 2; with++) {
		printf("%-32s", with ? "explain, with a reference" : "explain");
		for (int s = 0; s < N_SAID; s++)
			printf(" %14s", said_names[s]);
		putchar('\n');
		for (int e = 0; e < N_EDITS; e++) {
			const uint64_t *row = table[with][e];
			uint64_t all = 0;

			printf("  %-30s", edit_names[e]);
			for (int s = 0; s < N_SAID; s++) {
				printf(" %14llu", (unsigned long long)row[s]);
				all += row[s];
			}
			putchar('\n');
			*(with || e < UNBOUND ? &decided : &open) += all;
			*(with || e < UNBOUND ? &right : &held) +=
				row[RIGHT] + (with || e < UNBOUND ? 0 : row[INTERVAL]);
		}
	}
	printf("decidable: %llu of %llu named\n", (unsigned long long)right,
	       (unsigned long long)decided);
	printf("undecidable: %llu of %llu in the interval, or named\n", (unsigned long long)held,
	       (unsigned long long)open);
	return right * 100 >= decided * 99 && held == open ? 0 : 1;
}
