/* SPDX-License-Identifier: BSD-2-Clause */
/* One event: names, digests, binding. */
#include "core/event.h"

#include "crypto/hash.h"
#include "core/index.h"
#include "util/error.h"

const struct reg_desc *event_reg(const struct tsmmr_event *e)
{
	return platform_by_index(e->platform, event_number(e));
}

struct span event_line(const struct tsmmr_event *e)
{
	switch (e->mark) {
	case MARK_LINE:
	case MARK_SYNC:
	case MARK_VIRTUAL:
		return e->data;
	case MARK_AAEL:
		return e->mark_value ?
			       span_of(e->data.p + e->mark_value, e->data.n - e->mark_value) :
			       (struct span){ 0 };
	default:
		return e->content == TSMMR_CONTENT_TEXT ? e->data : (struct span){ 0 };
	}
}

bool event_has_reg(const struct tsmmr_event *e, const struct platform *platform,
		   const struct reg_desc *desc, uint32_t number)
{
	const struct reg_desc *own = e->platform->users ? event_reg(e) : NULL;

	if (!platform_same(platform, e->platform))
		return false;
	return own && desc ? strcmp(own->name, desc->name) == 0 : number == event_number(e);
}

const struct digest *event_digest(const struct tsmmr_event *e, uint16_t alg)
{
	for (size_t i = 0; i < e->n_digests; i++)
		if (e->digests[i].alg == alg)
			return &e->digests[i];
	return NULL;
}

/* Is it that digest with nothing but zeros after it? */
static bool is_padded(const struct digest *own, const struct digest *sha1)
{
	bool zeros = own->value.n > sha1->value.n &&
		     hash_equal(own->value.p, sha1->value.p, sha1->value.n);

	for (size_t i = sha1->value.n; zeros && i < own->value.n; i++)
		zeros = !own->value.p[i];
	return zeros;
}

const struct digest *event_padded(const struct tsmmr_event *e, uint16_t alg)
{
	static const uint8_t violation[20] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					       0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	const struct digest *sha1 = event_digest(e, TSMMR_HASH_SHA1), *own = event_digest(e, alg);

	if (!e->class || !e->class->derive || !sha1 || alg == TSMMR_HASH_SHA1 ||
	    hash_equal(sha1->value.p, violation, sizeof(violation)))
		return NULL;
	/* Which data must give: without any, what the log says was extended would not count. */
	if (own && event_strength(e) == BIND_TRY && !is_padded(own, sha1))
		return NULL;
	return sha1;
}

static bool rule_speaks(const struct bind_rule *rule, const struct tsmmr_event *e)
{
	return (rule->type == BIND_ANY_TYPE || rule->type == e->type) &&
	       (!rule->applies || rule->applies(e));
}

int event_strength(const struct tsmmr_event *e)
{
	int most = BIND_TRY;

	if (!e->measured || !e->class)
		return most;
	for (size_t i = 0; i < *e->class->n_rules && most < BIND_STRICT; i++) {
		const struct bind_rule *rule = &e->class->rules[i];

		if (rule->strength > most && rule_speaks(rule, e))
			most = rule->strength;
	}
	return most;
}

/* The digest this rule gives: 1, 0 when the data has not its shape, or an error. */
static int rule_digest(const struct bind_rule *rule, const struct tsmmr_event *e, struct hasher *h,
		       uint8_t *ret)
{
	int r = hasher_start(h);

	if (r < 0)
		return r;
	r = rule->feed(e, h);
	if (r == TSMMR_E_MALFORMED)
		return 0;
	if (r < 0)
		return r;
	r = hasher_final(h, ret);
	return r < 0 ? r : 1;
}

int event_rule_digest(const struct tsmmr_event *e, size_t i, struct hasher *h, uint8_t *ret)
{
	const struct bind_rule *rule = &e->class->rules[i];

	return rule_speaks(rule, e) ? rule_digest(rule, e, h, ret) : 0;
}

/* Does this rule give that digest?  1, 0, or an error. */
static int rule_gives(const struct bind_rule *rule, const struct tsmmr_event *e, struct hasher *h,
		      const struct digest *d)
{
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	int r = rule_digest(rule, e, h, value);

	if (r <= 0)
		return r;
	return d->value.n == h->alg->size && hash_equal(value, d->value.p, d->value.n);
}

int event_bind(const struct tsmmr_event *e, struct hasher *h, const struct bind_rule **ret_rule)
{
	const struct digest *d = event_digest(e, h->alg->id);
	const struct bind_rule *owed = NULL;

	if (!e->measured || !e->class || !d)
		return TSMMR_BINDING_UNBOUND;

	for (size_t i = 0; i < *e->class->n_rules; i++) {
		const struct bind_rule *rule = &e->class->rules[i];
		int r;

		if (!rule_speaks(rule, e))
			continue;
		r = rule_gives(rule, e, h, d);
		if (r < 0)
			return r;
		if (r) {
			*ret_rule = rule;
			return TSMMR_BINDING_BOUND;
		}
		if (!owed && rule->strength != BIND_TRY)
			owed = rule;
	}
	if (!owed)
		return TSMMR_BINDING_UNBOUND;

	*ret_rule = owed;
	return TSMMR_BINDING_MISMATCH;
}

const struct bind_rule launch_rule = { .strength = BIND_TRY, .id = "LAUNCH" };

int event_bind_all(const struct tsmmr_event *e, struct hashers *set,
		   const struct bind_rule **ret_rule)
{
	const struct bind_rule *by = NULL;
	size_t n_bound = 0, n_known = 0;
	int lacking = 0;

	set->crypto = e->crypto;
	if (e->mark == MARK_LAUNCH && e->mark_value && e->asserted.value.n) {
		*ret_rule = &launch_rule;
		return TSMMR_BINDING_BOUND;
	}

	for (size_t i = 0; e->measured && i < e->n_digests; i++) {
		struct hasher *h;
		int r = hashers_get(set, e->digests[i].alg, &h);

		if (lacks_algorithm(r))
			lacking = r;
		if (r == TSMMR_E_UNSUPPORTED || lacks_algorithm(r))
			continue;
		if (r == 0)
			r = event_bind(e, h, ret_rule);
		if (r < 0 || r == TSMMR_BINDING_MISMATCH)
			return r;
		n_known++;
		if (r != TSMMR_BINDING_BOUND)
			continue;
		/*
		 * One rule gives the digests of all banks, for they are of the same bytes.  A
		 * digest of more beside it, in a bank that nobody vouches for, is made up.
		 */
		if (n_bound++ && *ret_rule != by)
			return TSMMR_BINDING_UNBOUND;
		by = *ret_rule;
	}
	/* Not unbound, but not looked at. */
	if (lacking && !n_known)
		return lacking;
	return n_bound && n_bound == n_known ? TSMMR_BINDING_BOUND : TSMMR_BINDING_UNBOUND;
}

const char *binding_name(int binding)
{
	return binding == TSMMR_BINDING_BOUND    ? "bound" :
	       binding == TSMMR_BINDING_MISMATCH ? "mismatch" :
						   "unbound";
}
