/* SPDX-License-Identifier: BSD-2-Clause */
/* One log out of several. */
#include "core/merge.h"

#include <assert.h>

#include "util/error.h"

const struct format format_merged = { .id = TSMMR_FORMAT_MERGED, .name = "merged" };

/* The number of the agent's records in a log. */
static size_t agent_records(const struct tsmmr_log *log)
{
	size_t n = 0;

	for (size_t i = 0; i < log->n; i++)
		n += log->events[i].mark == MARK_AAEL;
	return n;
}

bool merge_same_digests(const struct tsmmr_event *a, const struct tsmmr_event *b)
{
	if (event_number(a) != event_number(b) || a->n_digests != b->n_digests)
		return false;
	for (size_t i = 0; i < a->n_digests; i++) {
		const struct digest *d = event_digest(b, a->digests[i].alg);

		if (!d || !span_eq(a->digests[i].value, d->value.p, d->value.n))
			return false;
	}
	return true;
}

/* Are all measured records of b the agent's, and the same as the agent's in a? */
static bool repeats_agent(const struct tsmmr_log *a, const struct tsmmr_log *b)
{
	size_t at = 0, n = 0;

	if (!agent_records(b) || agent_records(a) != agent_records(b))
		return false;
	for (size_t i = 0; i < b->n; i++) {
		const struct tsmmr_event *e = &b->events[i];

		if (!e->measured)
			continue;
		if (e->mark != MARK_AAEL)
			return false;
		while (at < a->n && a->events[at].mark != MARK_AAEL)
			at++;
		if (at == a->n || !merge_same_digests(&a->events[at], e))
			return false;
		at++;
		n++;
	}
	return n > 0;
}

int merge_rank(const struct format *format, const struct tsmmr_event *e)
{
	if (format->needs_reg)
		return RANKS - 1;
	return e &&
	       (e->content == TSMMR_CONTENT_IMA_TEMPLATE || e->content == TSMMR_CONTENT_SYSTEMD);
}

void merge_place(struct tsmmr_event *e, size_t first, uint64_t recnum[STREAM_INDEX_MAX])
{
	uint32_t at = event_number(e);

	e->log = (uint8_t)(first + e->log);
	/* Made-up registers have no number that another log could share. */
	if (at < STREAM_INDEX_MAX && e->recnum != TSMMR_NONE && !e->platform->users)
		e->recnum = recnum[at]++;
}

static int append(struct tsmmr_log *merged, const struct tsmmr_log *log, size_t first,
		  uint64_t *recnum)
{
	merged->hints |= log->hints;
	for (size_t i = 0; i < log->n; i++) {
		struct tsmmr_event *e = &merged->events[merged->n++];

		*e = log->events[i];
		merge_place(e, first, recnum);
	}
	return findings_merge(&merged->findings, &log->findings, first);
}

static int rank_of(const struct tsmmr_log *log)
{
	size_t i = 0;

	while (i < log->n && !log->events[i].measured)
		i++;
	return merge_rank(log->format, i < log->n ? &log->events[i] : NULL);
}

int log_merge(const struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs, size_t n,
	      struct tsmmr_log **ret, struct tsmmr_error *err)
{
	_cleanup_(log_free) struct tsmmr_log *merged = calloc(1, sizeof(*merged));
	uint64_t limit = ctx->limits.bytes ? ctx->limits.bytes : FROZEN_BYTES_DEFAULT;
	uint64_t recnum[STREAM_INDEX_MAX] = { 0 };
	size_t firsts[LOGS_MERGED_MAX], total = 0;

	assert(n <= LOGS_MERGED_MAX);
	for (size_t i = 0; i < n; i++)
		total += logs[i]->n;
	if (total > limit / sizeof(struct tsmmr_event))
		return fail(err, TSMMR_E_LIMIT, "the logs take more than %llu bytes of memory",
			    (unsigned long long)limit);
	if (!merged)
		return fail_nomem(err);
	merged->users = 1;
	merged->crypto = ctx->crypto;
	merged->format = &format_merged;
	merged->platform = n ? platform_ref(logs[0]->platform) : NULL;
	merged->name = strdup("merged");
	merged->events = calloc(total ? total : 1, sizeof(*merged->events));
	merged->cap = total;
	if (!merged->name || !merged->events)
		return fail_nomem(err);
	for (size_t i = 0; i < n; i++) {
		firsts[i] = merged->n_sources;
		if (logs[i]->n_sources > LOGS_MERGED_MAX - merged->n_sources)
			return fail(err, TSMMR_E_LIMIT,
				    "more than %d logs, those in merged ones counted",
				    LOGS_MERGED_MAX);
		if (log_add_part(merged, logs[i]) < 0)
			return fail_nomem(err);
	}

	for (int rank = 0; rank < RANKS; rank++)
		for (size_t i = 0; i < n; i++) {
			bool twice = false;
			int r = 0;

			if (rank_of(logs[i]) != rank)
				continue;
			r = ctx_check(ctx, err);
			if (r < 0)
				return r;
			for (size_t k = 0; k < i; k++)
				twice |= repeats_agent(logs[k], logs[i]);
			merged->n_bytes += logs[i]->n_bytes;
			if (twice)
				r = findings_add(&merged->findings, F_AAEL_IN_TWO_LOGS, firsts[i],
						 TSMMR_NONE, TSMMR_NONE,
						 "the agent's records are in an earlier log");
			else
				r = append(merged, logs[i], firsts[i], recnum);
			if (r < 0)
				return fail_nomem(err);
		}

	*ret = take_ptr(merged);
	return 0;
}
