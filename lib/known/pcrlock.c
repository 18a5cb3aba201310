/* SPDX-License-Identifier: BSD-2-Clause */
/* systemd's .pcrlock files: the records of a component of the boot, in one or more variants. */
#include "core/known.h"

#include <stdio.h>

#include "crypto/hash.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/json_in.h"

#define FILE_MAX (4u << 20)
#define VALUES_MAX (1u << 18)
#define RECORDS_MAX 16384
#define PCRS 24 /* TPM 2.0 PC Client Platform, 4.6 */

static const char variants_suffix[] = ".pcrlock.d";

struct sum {
	uint16_t alg;
	uint8_t value[TSMMR_HASH_SIZE_MAX];
};

struct record {
	struct sum *sums;
	size_t n;
	unsigned pcr;
};

/* The records of one register: they follow each other in it. */
struct lane {
	uint16_t reg;
	size_t first, n; /* of the variant's records */
};

struct variant {
	const struct known_source *source;
	struct span component; /* in the source's name */
	struct record *records;
	size_t n;
	struct lane lanes[PCRS];
	size_t n_lanes;
	size_t id, first_lane; /* where a state has it */
};

/* Those of all lists of a set, of which the first owns them: a record is of one component. */
struct locks {
	struct variant *all[KNOWN_SOURCES_MAX]; /* by component */
	size_t n, n_lanes;
};

/* --- reading ------------------------------------------------------------------------------ */

static void variant_free(struct variant *v)
{
	for (size_t i = 0; v && v->records && i < v->n; i++)
		free(v->records[i].sums);
	if (v)
		free(v->records);
	free(v);
}
DEFINE_CLEANUP(struct variant *, variant_free)

static void free_locks(void *data)
{
	struct locks *locks = data;

	for (size_t i = 0; locks && i < locks->n; i++)
		variant_free(locks->all[i]);
	free(locks);
}

/* "650-kernel.pcrlock" of 650-kernel.pcrlock.d/6.1.pcrlock and of 650-kernel.pcrlock. */
static struct span component_of(const char *name)
{
	const char *base = strrchr(name, '/'), *folder = base;
	size_t n = strlen(variants_suffix);

	while (folder && folder > name && folder[-1] != '/')
		folder--;
	if (folder && (size_t)(base - folder) > n && !memcmp(base - n, variants_suffix, n))
		return span_of(folder, (size_t)(base - folder) - 2);
	base = base ? base + 1 : name;
	return span_of(base, strlen(base));
}

static int fail_json(struct known_loader *ld, int r, size_t i, const struct tsmmr_error *err)
{
	return r == TSMMR_E_NOMEM ? fail_nomem(ld->err) :
				    known_fail(ld, r, "record %zu: %s", i, err->message);
}

/* {"hashAlg":"sha256","digest":"…"}; one of an algorithm that we do not know says nothing. */
static int read_sum(struct known_loader *ld, struct json_object *o, size_t i, struct record *rec)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct span name = { 0 }, hex = { 0 };
	struct sum *sum = &rec->sums[rec->n];
	const struct hash_alg *alg;
	int r = json_in_str(o, "hashAlg", &name, &err);

	if (r >= 0)
		r = json_in_str(o, "digest", &hex, &err);
	if (r < 0)
		return fail_json(ld, r, i, &err);
	alg = hash_by_name(name);
	if (!alg && name.n)
		return 0;
	if (!alg || hex.n != 2u * alg->size ||
	    hex_decode(sum->value, sizeof(sum->value), (const char *)hex.p, hex.n) != alg->size)
		return known_fail(ld, TSMMR_E_MALFORMED,
				  "record %zu: '%.*s' is no digest of '%.*s'", i, known_shown(hex),
				  hex.n ? (const char *)hex.p : "", known_shown(name),
				  name.n ? (const char *)name.p : "");
	for (size_t k = 0; k < rec->n; k++)
		if (rec->sums[k].alg == alg->id)
			return known_fail(ld, TSMMR_E_MALFORMED, "record %zu: two digests of %s", i,
					  alg->name);
	sum->alg = alg->id;
	rec->n++;
	return 0;
}

static int read_record(struct known_loader *ld, struct json_object *o, size_t i, struct record *rec)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct json_object *digests = NULL, *item;
	uint64_t pcr = PCRS;
	int r = json_in_u64(o, "pcr", &pcr, &err);

	if (r >= 0)
		r = json_in_array(o, "digests", &digests, &err);
	if (r < 0)
		return fail_json(ld, r, i, &err);
	if (pcr >= PCRS)
		return known_fail(ld, TSMMR_E_MALFORMED, "record %zu: of no PCR", i);
	rec->pcr = (unsigned)pcr;
	rec->sums = digests ? calloc(json_in_length(digests) + 1, sizeof(*rec->sums)) : NULL;
	if (digests && !rec->sums)
		return fail_nomem(ld->err);
	for (size_t k = 0; digests && (r = json_in_item(digests, k, &item, &err)) > 0; k++) {
		r = read_sum(ld, item, i, rec);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return fail_json(ld, r, i, &err);
	return rec->n ? 0 : known_fail(ld, TSMMR_E_MALFORMED, "record %zu: without a digest", i);
}

static int read_records(struct known_loader *ld, struct json_object *o, struct variant *v)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct json_object *records = NULL, *item;
	size_t n;
	int r = json_in_array(o, "records", &records, &err);

	if (r <= 0)
		return known_fail(ld, TSMMR_E_MALFORMED, "%s",
				  r < 0 ? err.message : "no \"records\"");
	n = json_in_length(records);
	if (n > RECORDS_MAX)
		return known_fail(ld, TSMMR_E_LIMIT, "more than %d records", RECORDS_MAX);
	v->records = calloc(n + 1, sizeof(*v->records));
	if (!v->records)
		return fail_nomem(ld->err);
	v->n = n;
	for (size_t i = 0; i < n; i++) {
		r = json_in_item(records, i, &item, &err);
		r = r < 0 ? fail_json(ld, r, i, &err) : read_record(ld, item, i, &v->records[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_file(struct known_loader *ld, struct variant *v)
{
	_cleanup_(json_in_free) struct json_object *o = NULL;
	int r = known_json(ld, FILE_MAX, VALUES_MAX, &o);

	return r < 0 ? r : read_records(ld, o, v);
}

static int add_lane(struct known_loader *ld, struct variant *v, unsigned pcr, size_t first,
		    size_t n)
{
	struct lane *lane = &v->lanes[v->n_lanes];
	char name[16];
	int len = snprintf(name, sizeof(name), "pcr%u", pcr), r = 0;

	lane->reg = ld->source->reg;
	if (!lane->reg)
		r = known_reg(ld, span_of(name, (size_t)len), &lane->reg);
	lane->first = first;
	lane->n = n;
	v->n_lanes++;
	return r;
}

/* Records of one register after the other, in their order; of a named one, all are its own. */
static int make_lanes(struct known_loader *ld, struct variant *v)
{
	struct record *sorted;
	size_t n = 0;
	int r = 0;

	if (ld->source->reg)
		return v->n ? add_lane(ld, v, 0, 0, v->n) : 0;
	sorted = calloc(v->n + 1, sizeof(*sorted));
	if (!sorted)
		return fail_nomem(ld->err);
	for (unsigned pcr = 0; r == 0 && pcr < PCRS; pcr++) {
		size_t first = n;

		for (size_t i = 0; i < v->n; i++)
			if (v->records[i].pcr == pcr)
				sorted[n++] = v->records[i];
		if (n > first)
			r = add_lane(ld, v, pcr, first, n - first);
	}
	if (r < 0) {
		free(sorted);
		return r;
	}
	free(v->records);
	v->records = sorted;
	return 0;
}

/* In any order they are no more than digests. */
static int add_digests(struct known_loader *ld, const struct variant *v)
{
	int r = 0;

	for (size_t i = 0; i < v->n_lanes; i++)
		for (size_t k = 0; k < v->lanes[i].n; k++) {
			const struct record *rec = &v->records[v->lanes[i].first + k];

			for (size_t d = 0; r == 0 && d < rec->n; d++)
				r = known_add_digest(ld, v->lanes[i].reg, KNOWN_ANY,
						     rec->sums[d].alg,
						     span_of(rec->sums[d].value,
							     hash_by_id(rec->sums[d].alg)->size),
						     v->component);
		}
	return r;
}

static struct locks *locks_of(const struct known_loader *ld)
{
	for (size_t i = 0; i < ld->known->n_sources; i++)
		if (ld->known->sources[i]->kind == ld->source->kind && ld->known->sources[i]->data)
			return ld->known->sources[i]->data;
	return ld->source->data = calloc(1, sizeof(struct locks));
}

static int load(struct known_loader *ld)
{
	_cleanup_(variant_free) struct variant *v = NULL;
	struct locks *locks;
	size_t at;
	int r;

	if (ld->source->denied)
		return known_fail(ld, TSMMR_E_ARG, "a sequence is not denied: deny digests");
	if (ld->source->reg && ld->known->regs[ld->source->reg - 1].item.ranged)
		return known_fail(ld, TSMMR_E_ARG, "records follow each other in one register");
	v = calloc(1, sizeof(*v));
	if (!v)
		return fail_nomem(ld->err);
	v->source = ld->source;
	v->component = component_of(ld->source->name);
	r = read_file(ld, v);
	if (r == 0)
		r = make_lanes(ld, v);
	if (r < 0 || ld->source->any_order)
		return r < 0 ? r : add_digests(ld, v);
	locks = locks_of(ld);
	if (!locks)
		return fail_nomem(ld->err);
	for (at = locks->n; at && span_compare(locks->all[at - 1]->component, v->component) > 0;
	     at--)
		locks->all[at] = locks->all[at - 1];
	v->id = locks->n++;
	v->first_lane = locks->n_lanes;
	locks->n_lanes += v->n_lanes;
	locks->all[at] = take_ptr(v);
	return 0;
}

/* --- matching ----------------------------------------------------------------------------- */

struct lane_state {
	size_t n;   /* records so far */
	bool asked; /* about its register */
};

/*
 * A variant is out as soon as the log is not as it says: those of a component that are not out
 * have had every record that was taken for the component.
 */
struct state {
	const struct known_source *last; /* whose the last record is */
	bool out[KNOWN_SOURCES_MAX];
	struct lane_state lanes[];
};

static size_t state_size(const struct known_source *source, size_t n_slots)
{
	const struct locks *locks = source->data;

	(void)n_slots;
	return locks ? sizeof(struct state) + locks->n_lanes * sizeof(struct lane_state) : 0;
}

static void begin(const struct known_source *source, void *state, const bool *asked)
{
	const struct locks *locks = source->data;
	struct state *st = state;

	for (size_t i = 0; locks && i < locks->n; i++)
		for (size_t k = 0; k < locks->all[i]->n_lanes; k++)
			st->lanes[locks->all[i]->first_lane + k].asked =
				asked[locks->all[i]->lanes[k].reg];
}

/* The same in each bank that both have, of which there is one. */
static bool is_record(const struct record *rec, const struct known_event *e)
{
	bool any = false;

	for (size_t i = 0; i < rec->n; i++)
		for (size_t k = 0; k < e->n_digests; k++) {
			if (e->digests[k].alg != rec->sums[i].alg)
				continue;
			if (!span_eq(e->digests[k].value, rec->sums[i].value,
				     hash_by_id(rec->sums[i].alg)->size))
				return false;
			any = true;
		}
	return any;
}

/* Where a variant stands in the event's register: NULL when it has nothing in it. */
static struct lane_state *lane_of(const struct variant *v, struct state *st,
				  const struct known_event *e, const struct lane **ret)
{
	for (size_t i = 0; i < v->n_lanes; i++)
		if (e->fits[v->lanes[i].reg]) {
			*ret = &v->lanes[i];
			return &st->lanes[v->first_lane + i];
		}
	return NULL;
}

enum step { STEP_NONE, STEP_FIRST, STEP_NEXT, STEP_BREAKS };

/* What the event is to a variant. */
static enum step step_of(const struct variant *v, struct state *st, const struct known_event *e)
{
	const struct lane *lane;
	const struct lane_state *at = st->out[v->id] ? NULL : lane_of(v, st, e, &lane);

	if (!at || at->n == lane->n)
		return STEP_NONE;
	if (is_record(&v->records[lane->first + at->n], e))
		return at->n ? STEP_NEXT : STEP_FIRST;
	return at->n ? STEP_BREAKS : STEP_NONE;
}

/* Whose it is: of that which has begun in the register, or of the first by its name. */
static const struct variant *find_taker(const struct locks *locks, struct state *st,
					const struct known_event *e)
{
	const struct variant *first = NULL;

	for (size_t i = 0; i < locks->n; i++) {
		enum step step = step_of(locks->all[i], st, e);

		if (step == STEP_NEXT)
			return locks->all[i];
		if (step == STEP_FIRST && !first)
			first = locks->all[i];
	}
	return first;
}

static int match(const struct known_source *source, void *state, const struct known_event *e,
		 struct span *ret_name)
{
	const struct locks *locks = source->data;
	const struct variant *taker;
	const struct lane *lane;
	struct state *st = state;

	if (!locks)
		return 0;
	taker = find_taker(locks, st, e);
	for (size_t i = 0; i < locks->n; i++) {
		const struct variant *v = locks->all[i];
		enum step step = step_of(v, st, e);

		if (taker && !span_compare(v->component, taker->component)) {
			if (step == STEP_FIRST || step == STEP_NEXT)
				lane_of(v, st, e, &lane)->n++;
			else
				st->out[v->id] = true;
		} else if (step == STEP_NEXT || step == STEP_BREAKS) {
			st->out[v->id] = true;
		}
	}
	st->last = taker ? taker->source : NULL;
	*ret_name = taker ? taker->component : span_of(NULL, 0);
	return taker != NULL;
}

static const struct known_source *source_of(const void *state)
{
	return ((const struct state *)state)->last;
}

/* How many records were its; *ret_whole: all of those that were asked about. */
static size_t count(const struct variant *v, const struct state *st, bool *ret_whole)
{
	size_t n = 0;

	*ret_whole = !st->out[v->id];
	for (size_t i = 0; i < v->n_lanes; i++) {
		const struct lane_state *lane = &st->lanes[v->first_lane + i];

		n += lane->n;
		*ret_whole &= !lane->asked || lane->n == v->lanes[i].n;
	}
	return n;
}

/* What was begun and is not one of the variants from its first record to its last. */
static int end(const struct known_source *source, const void *state, known_lack_fn lack, void *user)
{
	const struct locks *locks = source->data;
	size_t next;
	int r = 0;

	for (size_t i = 0; locks && r == 0 && i < locks->n; i = next) {
		const struct variant *furthest = locks->all[i];
		size_t most = 0;
		bool whole = false;
		char text[256];

		for (next = i; next < locks->n &&
			       !span_compare(locks->all[next]->component, locks->all[i]->component);
		     next++) {
			bool this;
			size_t n = count(locks->all[next], state, &this);

			whole |= this && n;
			if (n > most) {
				most = n;
				furthest = locks->all[next];
			}
		}
		if (!most || whole)
			continue;
		snprintf(text, sizeof(text), "%.*s: %zu of %zu records, and not the rest",
			 known_shown(furthest->component), (const char *)furthest->component.p,
			 most, furthest->n);
		r = lack(user, furthest->source, text);
	}
	return r;
}

const struct known_kind known_pcrlock = {
	.id = TSMMR_KNOWN_PCRLOCK,
	.name = "pcrlock",
	.load = load,
	.state_size = state_size,
	.begin = begin,
	.match = match,
	.source_of = source_of,
	.end = end,
	.free = free_locks,
};
