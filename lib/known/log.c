/* SPDX-License-Identifier: BSD-2-Clause */
/* Another log as known values: the same digests in the same register in the same sequence. */
#include "known/log.h"

#include <stdio.h>

#include "util/error.h"
#include "util/grow.h"

#define SEQUENCES_MAX 256 /* registers of a log */

/* In any order: how often a digest occurs.  Else a record's, which those of its others follow. */
struct item {
	size_t at; /* in bytes */
	uint32_t count;
	uint16_t alg;
	uint8_t n;
	bool first; /* of its record */
};

/* The records of one register. */
struct sequence {
	const struct platform *platform; /* a reference */
	const struct reg_desc *desc;
	struct item *items;
	size_t n, cap;
	size_t state; /* where its state begins: a place in items, or a count for each */
};

struct log {
	struct sequence all[SEQUENCES_MAX];
	size_t n, n_states;
	struct buf bytes;
};

#define NAME_BYTES 32

static void free_log(void *data)
{
	struct log *log = data;

	if (!log)
		return;
	for (size_t i = 0; i < log->n; i++) {
		platform_unref(log->all[i].platform);
		free(log->all[i].items);
	}
	buf_done(&log->bytes);
	free(log);
}

static struct sequence *find(struct log *log, const struct tsmmr_event *e)
{
	const struct reg_desc *desc = event_reg(e);

	for (size_t i = 0; desc && i < log->n; i++)
		if (reg_same(log->all[i].platform, log->all[i].desc, e->platform, desc))
			return &log->all[i];
	return NULL;
}

int known_log_begin(struct known_loader *ld)
{
	ld->source->data = calloc(1, sizeof(struct log));
	return ld->source->data ? 0 : fail_nomem(ld->err);
}

/* What no record may be is no sequence. */
static int deny(struct known_loader *ld, const struct tsmmr_event *e, const struct digest *d)
{
	const struct reg_desc *desc = event_reg(e);
	char name[256], record[NAME_BYTES];
	uint16_t reg;
	int r;

	snprintf(name, sizeof(name), "%s%s%s", e->platform->users ? e->platform->name : "",
		 e->platform->users ? "/" : "", desc->name);
	snprintf(record, sizeof(record), "record %llu", (unsigned long long)e->record);
	r = known_reg(ld, span_of(name, strlen(name)), &reg);
	return r < 0 ? r :
		       known_add_digest(ld, reg, KNOWN_ANY, d->alg, d->value,
					span_of(record, strlen(record)));
}

static int add_item(struct log *log, struct sequence *s, const struct digest *d, bool first)
{
	struct item *items = grown(s->items, s->n, &s->cap, sizeof(*items));

	if (!items)
		return TSMMR_E_NOMEM;
	s->items = items;
	s->items[s->n++] = (struct item){ .at = log->bytes.n,
					  .count = 1,
					  .alg = d->alg,
					  .n = (uint8_t)d->value.n,
					  .first = first };
	buf_add(&log->bytes, d->value.p, d->value.n);
	return log->bytes.failed ? TSMMR_E_NOMEM : 0;
}

int known_log_take(struct known_loader *ld, const struct tsmmr_event *e,
		   const struct digest *digests, size_t n)
{
	const uint64_t max =
		ld->known->limits.events ? ld->known->limits.events : KNOWN_DIGESTS_MAX;
	struct log *log = ld->source->data;
	struct sequence *s = find(log, e);
	int r = 0;

	if (!e->measured || !event_reg(e))
		return 0;
	if (!s) {
		if (log->n == SEQUENCES_MAX)
			return known_fail(ld, TSMMR_E_LIMIT, "more than %d registers",
					  SEQUENCES_MAX);
		s = &log->all[log->n++];
		s->platform = platform_ref(e->platform);
		s->desc = event_reg(e);
	}
	if (s->n + n > max)
		return known_fail(ld, TSMMR_E_LIMIT, "more than %llu digests",
				  (unsigned long long)max);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (!digests[i].value.n || digests[i].value.n > TSMMR_HASH_SIZE_MAX)
			continue;
		if (ld->source->denied)
			r = deny(ld, e, &digests[i]);
		else if (add_item(log, s, &digests[i], i == 0) < 0)
			r = fail_nomem(ld->err);
	}
	return r;
}

/* By algorithm, then by digest. */
static int compare(const uint8_t *a, uint16_t alg_a, const uint8_t *b, uint16_t alg_b, size_t n)
{
	return alg_a != alg_b ? (alg_a < alg_b ? -1 : 1) : memcmp(a, b, n);
}

static int compare_items(const void *a, const void *b, void *bytes)
{
	const struct item *x = a, *y = b;
	const uint8_t *p = bytes;

	return compare(p + x->at, x->alg, p + y->at, y->alg, x->n < y->n ? x->n : y->n);
}

/* Each digest once, with how often it occurs. */
static void make_bag(struct log *log, struct sequence *s)
{
	size_t n = 0;

	qsort_r(s->items, s->n, sizeof(*s->items), compare_items, log->bytes.p);
	for (size_t i = 0; i < s->n; i++) {
		if (n && !compare_items(&s->items[n - 1], &s->items[i], log->bytes.p))
			s->items[n - 1].count++;
		else
			s->items[n++] = s->items[i];
	}
	s->n = n;
}

int known_log_end(struct known_loader *ld)
{
	struct log *log = ld->source->data;
	size_t n_items = 0;

	for (size_t i = 0; i < log->n; i++) {
		struct sequence *s = &log->all[i];

		n_items += s->n;
		if (ld->source->any_order && s->n)
			make_bag(log, s);
		s->state = log->n_states;
		log->n_states += ld->source->any_order ? s->n : 1;
	}
	if (!ld->source->denied && !n_items)
		return known_fail(ld, TSMMR_E_MALFORMED, "no record in it that counts");
	return 0;
}

static size_t state_size(const struct known_source *source, size_t n_slots)
{
	const struct log *log = source->data;

	(void)n_slots;
	return log->n_states * sizeof(uint64_t);
}

/* The next record of the sequence, or none ever again: 1, 0. */
static int match_next(const struct log *log, const struct sequence *s, uint64_t *at,
		      const struct known_event *e)
{
	size_t next = (size_t)*at, equal = 0; /* never past n */
	bool differs = false;

	for (; next < s->n && (next == *at || !s->items[next].first); next++) {
		const struct item *item = &s->items[next];

		for (size_t i = 0; i < e->n_digests; i++) {
			const struct digest *d = &e->digests[i];

			if (d->alg != item->alg)
				continue;
			if (span_eq(d->value, log->bytes.p + item->at, item->n))
				equal++;
			else
				differs = true;
		}
	}
	*at = equal && !differs ? next : s->n;
	return equal && !differs;
}

static const struct item *find_item(const struct log *log, const struct sequence *s,
				    const struct digest *d, bool *ret_alg)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct item *item = &s->items[mid];
		size_t n = d->value.n < item->n ? d->value.n : item->n;
		int c = compare(d->value.p, d->alg, log->bytes.p + item->at, item->alg, n);

		*ret_alg |= item->alg == d->alg;
		if (c == 0)
			return d->value.n == item->n ? item : NULL;
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* As often as in the log, in each bank that it has: 1, 0. */
static int match_bag(const struct log *log, const struct sequence *s, uint64_t *seen,
		     const struct known_event *e)
{
	const struct item *found[EVENT_DIGESTS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < e->n_digests; i++) {
		bool has_alg = false;
		const struct item *item = find_item(log, s, &e->digests[i], &has_alg);

		if (item && seen[item - s->items] < item->count)
			found[n++] = item;
		else if (item || has_alg)
			return 0;
	}
	for (size_t i = 0; i < n; i++)
		seen[found[i] - s->items]++;
	return n > 0;
}

static int match(const struct known_source *source, void *state, const struct known_event *e,
		 struct span *ret_name)
{
	struct log *log = source->data;
	const struct sequence *s = find(log, e->e);
	uint64_t *at = state;

	if (!s || source->denied)
		return 0;
	*ret_name = span_of("", 0);
	return source->any_order ? match_bag(log, s, at + s->state, e) :
				   match_next(log, s, at + s->state, e);
}

/* It is not read from bytes. */
static int load(struct known_loader *ld)
{
	return known_fail(ld, TSMMR_E_ARG, "a log is no list: it is added as a log");
}

const struct known_kind known_log = {
	.id = TSMMR_KNOWN_LOG,
	.name = "log",
	.load = load,
	.state_size = state_size,
	.match = match,
	.free = free_log,
};

const struct known_kind known_unverified_log = {
	.id = TSMMR_KNOWN_UNVERIFIED_LOG,
	.name = "unverified-log",
	.load = load,
	.state_size = state_size,
	.match = match,
	.free = free_log,
};
