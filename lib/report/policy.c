/* SPDX-License-Identifier: BSD-2-Clause */
/* A policy: made by setters that check, then only read. */
#include "report/policy.h"

#include <stdio.h>

#include "core/names.h"
#include "core/tcb.h"
#include "values/values.h"
#include "util/error.h"
#include "util/hex.h"
#include "util/text.h"

#define RANGE_MAX 256 /* no platform numbers its registers further */
#define NAME_BYTES 128
#define LIST_MAX (64u << 10)
#define SHOWN 64
#define CLAIM_BYTES_MAX 4096

static int shown(struct span s)
{
	return s.n < SHOWN ? (int)s.n : SHOWN;
}

int policy_new(struct crypto crypto, const struct platform *const *platforms, size_t n,
	       struct tsmmr_policy **ret)
{
	struct tsmmr_policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return TSMMR_E_NOMEM;
	policy->users = 1;
	policy->crypto = crypto;
	policy->platforms = platforms;
	policy->n_platforms = n;
	policy->min_trust = TSMMR_TRUST_AUTHENTICATED;
	policy->min_hash = TSMMR_HASH_SHA256;
	policy->accept_tcb = 1u << TCB_UP_TO_DATE;

	*ret = policy;
	return 0;
}

struct tsmmr_policy *policy_ref(const struct tsmmr_policy *policy)
{
	/* Counting is no change that anybody can see. */
	struct tsmmr_policy *p = (struct tsmmr_policy *)(uintptr_t)policy;

	users_add(&p->users);
	return p;
}

static void references_free(struct reference *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(all[i].name);
	free(all);
}

static void claim_free(struct claim_ask *ask)
{
	free(ask->name);
	free(ask->text);
	free(ask->value);
	free(ask->mask);
}

void policy_unref(struct tsmmr_policy *policy)
{
	if (!policy || !users_drop(&policy->users))
		return;
	buf_done(&policy->require);
	buf_done(&policy->allow);
	buf_done(&policy->must_check);
	buf_done(&policy->accept_advisories);
	references_free(policy->references, policy->n_references);
	for (size_t i = 0; i < policy->n_sets; i++) {
		free(policy->sets[i].id);
		references_free(policy->sets[i].all, policy->sets[i].n);
	}
	free(policy->sets);
	for (size_t i = 0; i < policy->n_claims; i++)
		claim_free(&policy->claims[i]);
	free(policy->claims);
	free(policy);
}

static int check_open(const struct tsmmr_policy *policy, struct tsmmr_error *err)
{
	return __atomic_load_n(&policy->used, __ATOMIC_ACQUIRE) ?
		       fail(err, TSMMR_E_ARG, "a policy that a report was made under is final") :
		       0;
}

/* Is it a name or role of any platform's?  "PROVIDER/NAME" may be anything: rows will tell. */
static bool is_known(const struct tsmmr_policy *policy, struct span name)
{
	struct value v = { .name = name };

	if (name.n && memchr(name.p, '/', name.n))
		return true;
	for (size_t i = 0; i < policy->n_platforms; i++)
		if (value_desc(policy->platforms[i], &v))
			return true;
	return false;
}

static int unknown(struct span name, struct tsmmr_error *err)
{
	return fail(err, TSMMR_E_NOTFOUND, "no platform has a register '%.*s'", shown(name),
		    (const char *)name.p);
}

/* The name of number i of a ranged item, or the item's own. */
static struct span item_name(const struct select_item *item, uint32_t i, char *buf, size_t size)
{
	int n;

	if (!item->ranged)
		return item->name;
	n = snprintf(buf, size, "%.*s%u", (int)item->name.n, (const char *)item->name.p, i);
	return span_of(buf, n > 0 && (size_t)n < size ? (size_t)n : 0);
}

static int check_require(const struct tsmmr_policy *policy, struct span list,
			 struct tsmmr_error *err)
{
	struct select_item item;
	char buf[NAME_BYTES];
	int r;

	while ((r = select_next(&list, &item, err)) > 0) {
		if (item.any)
			continue;
		if (item.name.n > SHOWN || (item.ranged && item.last - item.first >= RANGE_MAX))
			return fail(err, TSMMR_E_ARG, "'%.*s…': too long", shown(item.name),
				    (const char *)item.name.p);
		for (uint32_t i = item.ranged ? item.first : 0;; i++) {
			struct span name = item_name(&item, i, buf, sizeof(buf));

			if (!is_known(policy, name))
				return unknown(name, err);
			if (!item.ranged || i == item.last)
				break;
		}
	}
	return r;
}

/* What has an option of its own is none of these. */
static bool is_allowable(size_t gap)
{
	return gap != GAP_UNTRUSTED && gap != GAP_WEAK_HASH && gap != GAP_NO_CRYPTO;
}

static bool names_allowable(struct span gap)
{
	for (size_t i = 0; i < GAP_COUNT; i++)
		if (is_allowable(i) && span_eq(gap, gap_names[i], strlen(gap_names[i])))
			return true;
	return false;
}

static int no_gap(struct span gap, struct tsmmr_error *err)
{
	char list[160] = "";
	size_t n = 0;

	for (size_t i = 0; i < GAP_COUNT && n < sizeof(list); i++)
		if (is_allowable(i))
			n += (size_t)snprintf(list + n, sizeof(list) - n, " %s", gap_names[i]);
	return fail(err, TSMMR_E_ARG, "gap '%.*s' is none of:%s", shown(gap), (const char *)gap.p,
		    list);
}

static int check_allow(const struct tsmmr_policy *policy, struct span list, struct tsmmr_error *err)
{
	struct allow_item item;
	int r;

	while ((r = allow_next(&list, &item, err)) > 0) {
		const uint8_t *colon;
		struct span name = item.reg;

		if (!names_allowable(item.gap))
			return no_gap(item.gap, err);
		colon = name.n ? memchr(name.p, ':', name.n) : NULL;
		if (colon) {
			struct span bank =
				span_of(colon + 1, name.n - (size_t)(colon + 1 - name.p));

			name = span_of(name.p, (size_t)(colon - name.p));
			if (!hash_by_name(bank))
				return fail(err, TSMMR_E_ARG, "'%.*s': no such hash algorithm",
					    shown(item.reg), (const char *)item.reg.p);
		}
		if (item.reg.n && !is_known(policy, name))
			return unknown(name, err);
	}
	return r;
}

static int add_list(struct buf *to, struct span list, struct tsmmr_error *err)
{
	if (to->n + list.n >= LIST_MAX)
		return fail(err, TSMMR_E_LIMIT, "a list of more than %u bytes", LIST_MAX);
	if (to->n)
		buf_char(to, ',');
	buf_add(to, list.p, list.n);
	return to->failed ? fail_nomem(err) : 0;
}

static int set_list(struct tsmmr_policy *policy, struct buf *to, const char *text,
		    int (*check)(const struct tsmmr_policy *policy, struct span list,
				 struct tsmmr_error *err),
		    struct tsmmr_error *err)
{
	struct span list = span_of(text, strlen(text));
	int r = check_open(policy, err);

	if (r == 0 && !list.n)
		r = fail(err, TSMMR_E_ARG, "an empty list");
	if (r == 0)
		r = check(policy, list, err);
	return r < 0 ? r : add_list(to, list, err);
}

int policy_require(struct tsmmr_policy *policy, const char *list, struct tsmmr_error *err)
{
	return set_list(policy, &policy->require, list, check_require, err);
}

int policy_allow(struct tsmmr_policy *policy, const char *list, struct tsmmr_error *err)
{
	return set_list(policy, &policy->allow, list, check_allow, err);
}

static int no_word(struct span word, struct tsmmr_error *err)
{
	char list[200] = "";
	const char *known;
	size_t n = 0;

	for (size_t i = 0; n < sizeof(list) && (known = unchecked_word(i)); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, " %s", known);
	return fail(err, TSMMR_E_ARG, "'%.*s' is none of:%s", shown(word), (const char *)word.p,
		    list);
}

/* A word that no evidence can leave unchecked would be no question at all. */
static int check_words(const struct tsmmr_policy *policy, struct span list, struct tsmmr_error *err)
{
	struct select_item item;
	int r;

	while ((r = select_next(&list, &item, err)) > 0)
		if (item.any || item.alg || item.ranged || !is_unchecked_word(item.name))
			return no_word(item.name, err);
	return r;
}

int policy_must_check(struct tsmmr_policy *policy, const char *words, struct tsmmr_error *err)
{
	return set_list(policy, &policy->must_check, words, check_words, err);
}

/* Revoked is refused, whatever is accepted. */
static enum tcb_word acceptable(struct span word)
{
	enum tcb_word found = tcb_word_of(word);

	return found == TCB_REVOKED ? TCB_WORDS : found;
}

static int no_tcb_word(struct span word, struct tsmmr_error *err)
{
	return fail(err, TSMMR_E_ARG,
		    "'%.*s' is no status of a TCB that can be accepted (tsmmr-trust(7))",
		    shown(word), (const char *)word.p);
}

int policy_accept_tcb(struct tsmmr_policy *policy, const char *words, struct tsmmr_error *err)
{
	struct span list = span_of(words, strlen(words));
	uint32_t accepted = policy->accept_tcb;
	struct select_item item;
	int r = check_open(policy, err);

	if (r == 0 && !list.n)
		return fail(err, TSMMR_E_ARG, "an empty list");
	while (r == 0 && (r = select_next(&list, &item, err)) > 0) {
		enum tcb_word word = acceptable(item.name);

		if (item.any || item.alg || item.ranged || word == TCB_WORDS)
			return no_tcb_word(item.name, err);
		accepted |= 1u << word;
		r = 0;
	}
	if (r == 0)
		policy->accept_tcb = accepted;
	return r;
}

static int check_advisories(const struct tsmmr_policy *policy, struct span list,
			    struct tsmmr_error *err)
{
	/* Any name may be one's: only what would match nothing, or all, is none. */
	for (size_t i = 0; i < list.n; i++)
		if (list.p[i] <= ' ' || list.p[i] > '~' ||
		    (list.p[i] == ',' && (!i || i + 1 == list.n || list.p[i - 1] == ',')))
			return fail(err, TSMMR_E_ARG, "not a list of advisories, joined by commas");
	return 0;
}

int policy_accept_advisories(struct tsmmr_policy *policy, const char *ids, struct tsmmr_error *err)
{
	return set_list(policy, &policy->accept_advisories, ids, check_advisories, err);
}

int policy_set_min_evaluation(struct tsmmr_policy *policy, uint64_t least, struct tsmmr_error *err)
{
	int r = check_open(policy, err);

	if (r == 0 && least > policy->min_evaluation)
		policy->min_evaluation = least;
	return r;
}

int policy_set_min_trust(struct tsmmr_policy *policy, int trust, struct tsmmr_error *err)
{
	int r = check_open(policy, err);

	if (r < 0)
		return r;
	if (trust != TSMMR_TRUST_UNSIGNED && trust != TSMMR_TRUST_SIGNED &&
	    trust != TSMMR_TRUST_AUTHENTICATED)
		return fail(err, TSMMR_E_ARG,
			    "trust that can be asked for is unsigned, signed or "
			    "authenticated");
	policy->min_trust = (uint8_t)trust;
	return 0;
}

unsigned policy_hash_rank(int alg)
{
	const struct hash_alg *a = hash_by_id(alg);

	return a ? a->size : 0;
}

int policy_set_min_hash(struct tsmmr_policy *policy, int alg, struct tsmmr_error *err)
{
	int r = check_open(policy, err);

	if (r < 0)
		return r;
	if (!policy_hash_rank(alg))
		return fail(err, TSMMR_E_ARG, "no hash algorithm 0x%x", (unsigned)alg);
	policy->min_hash = (uint16_t)alg;
	return 0;
}

int policy_allow_debug(struct tsmmr_policy *policy, struct tsmmr_error *err)
{
	int r = check_open(policy, err);

	if (r == 0)
		policy->allow_debug = true;
	return r;
}

int policy_set_nonce(struct tsmmr_policy *policy, struct span nonce, struct tsmmr_error *err)
{
	uint8_t any = 0;
	int r = check_open(policy, err);

	if (r < 0)
		return r;
	if (nonce.n < 1 || nonce.n > sizeof(policy->nonce))
		return fail(err, TSMMR_E_ARG, "a nonce has 1 to 64 bytes");
	for (size_t i = 0; i < nonce.n; i++)
		any |= nonce.p[i];
	/* Padded with zeros it would be in every field that nobody filled. */
	if (!any)
		return fail(err, TSMMR_E_ARG, "a nonce of zeros is none");
	memcpy(policy->nonce, nonce.p, nonce.n);
	policy->nonce_n = nonce.n;
	policy->nonce_rule = NONCE_DEMANDED;
	return 0;
}

int policy_set_no_nonce(struct tsmmr_policy *policy, struct tsmmr_error *err)
{
	int r = check_open(policy, err);

	if (r == 0)
		policy->nonce_rule = NONCE_NONE;
	return r;
}

/* References as they are read: into the policy's own, or into a set. */
struct reading {
	const struct tsmmr_policy *policy;
	struct reference *all;
	size_t n;
	size_t first; /* of this text */
	size_t text;  /* its number */
};

/* Do both, names or roles, name one register of the platform? */
static bool are_one(const struct platform *p, const char *a, const char *b)
{
	struct value x = { .name = span_of(a, strlen(a)) }, y = { .name = span_of(b, strlen(b)) };
	const struct reg_desc *desc = value_desc(p, &x);

	return desc && desc == value_desc(p, &y);
}

/* The same register in the same bank, on whatever platform. */
static bool same_question(const struct tsmmr_policy *policy, const struct reference *a,
			  const struct reference *b)
{
	bool same = !strcmp(a->name, b->name);

	if (a->alg != b->alg || (a->platform && b->platform && a->platform != b->platform))
		return false;
	for (size_t i = 0; !same && i < policy->n_platforms; i++) {
		const struct platform *p = policy->platforms[i];

		same = (!a->platform || a->platform == p) && (!b->platform || b->platform == p) &&
		       are_one(p, a->name, b->name);
	}
	return same;
}

/* Is each value from..to of what is asked about by first..last too one of those there? */
static bool are_among(const struct reading *rd, size_t from, size_t to, size_t first, size_t last)
{
	for (size_t i = from; i < to; i++) {
		const struct reference *one = &rd->all[i];
		bool asked = false, found = false, same = false;

		for (size_t k = first; k < last && !found; k++) {
			const struct reference *two = &rd->all[k];

			/* Alternatives stand side by side. */
			if (k == first || two->alg != two[-1].alg ||
			    two->platform != two[-1].platform ||
			    strcmp(two->name, two[-1].name) != 0)
				same = same_question(rd->policy, two, one);
			asked |= same;
			found = same && one->size == two->size &&
				memcmp(one->value, two->value, one->size) == 0;
		}
		if (asked && !found)
			return false;
	}
	return true;
}

static int add_reference(struct reading *rd, const struct reference *one, struct tsmmr_error *err)
{
	struct reference *all;

	if (rd->n - rd->first >= VALUES_OF_SET_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d values", VALUES_OF_SET_MAX);
	all = reallocarray(rd->all, rd->n + 1, sizeof(*all));
	if (!all)
		return fail_nomem(err);
	rd->all = all;
	all[rd->n] = *one;
	all[rd->n].name = strdup(one->name);
	if (!all[rd->n].name)
		return fail_nomem(err);
	rd->n++;
	return 0;
}

/* Fills alg and size for the first platform whose register of that name takes n bytes. */
static int fit(const struct tsmmr_policy *policy, const struct value *v, const char *where,
	       size_t n, struct reference *one, struct tsmmr_error *err)
{
	const struct values_of of = { .table = policy->platforms, .n_table = policy->n_platforms };

	if (n > sizeof(one->value))
		return fail(err, TSMMR_E_ARG, "%s: a value of %zu bytes", where, n);
	one->size = (uint8_t)n;
	one->named_bank = v->alg.n > 0 && !v->dumped;
	return value_fit(&of, v, where, n, &one->alg, err);
}

static int take_value(void *user, const struct value *v, const char *where, struct tsmmr_error *err)
{
	struct reading *rd = user;
	const struct values_of of = {
		.platform = v->platform,
		.table = rd->policy->platforms,
		.n_table = rd->policy->n_platforms,
	};
	char name[NAME_BYTES];
	struct reference one = { .name = name, .platform = v->platform, .text = rd->text };
	uint8_t bytes[2 * TSMMR_HASH_SIZE_MAX];
	struct span hex = v->hex;
	size_t n, line = rd->n;
	int r;

	if (!v->name.n || v->name.n >= sizeof(name))
		return fail(err, TSMMR_E_ARG, "%s: not the name of a register", where);
	snprintf(name, sizeof(name), "%.*s", (int)v->name.n, (const char *)v->name.p);
	/* Of no platform is what its register's log carries: rows have it by its name. */
	if (value_is_carried(&of, v->name))
		one.platform = NULL;
	while ((r = value_next(&hex, bytes, sizeof(bytes), &n)) > 0) {
		r = fit(rd->policy, v, where, n, &one, err);
		if (r < 0)
			return r;
		memcpy(one.value, bytes, n);
		r = add_reference(rd, &one, err);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return fail(err, TSMMR_E_ARG, "%s: the value of %s is not hex, or too long", where,
			    name);
	/* Alternatives are said at once: what is said again elsewhere is a slip. */
	if (!are_among(rd, line, rd->n, 0, line) || !are_among(rd, 0, line, line, rd->n))
		return fail(err, TSMMR_E_ARG, "%s: %s is given twice, with different values", where,
			    name);
	return 0;
}

static int read_values(struct reading *rd, const struct platform *platform, struct span text,
		       struct tsmmr_error *err)
{
	const struct values_of of = {
		.platform = platform,
		.table = rd->policy->platforms,
		.n_table = rd->policy->n_platforms,
	};
	int r;

	rd->first = rd->n;
	r = values_read(&of, text, take_value, rd, NULL, err);
	if (r == 0 && rd->n == rd->first)
		r = fail(err, TSMMR_E_MALFORMED, "no value of any register");
	return r;
}

int policy_expect_text(struct tsmmr_policy *policy, const struct platform *platform,
		       struct span text, struct tsmmr_error *err)
{
	struct reading rd = { policy, policy->references, policy->n_references, 0,
			      policy->n_references + 1 };
	int r = check_open(policy, err);

	if (r < 0)
		return r;
	r = read_values(&rd, platform, text, err);
	policy->references = rd.all;
	/* What was read before the slip is no reference: all or nothing. */
	while (r < 0 && rd.n > policy->n_references)
		free(rd.all[--rd.n].name);
	policy->n_references = rd.n;
	return r;
}

int policy_expect(struct tsmmr_policy *policy, const char *name, int alg, struct span value,
		  struct tsmmr_error *err)
{
	const struct hash_alg *bank = hash_by_id(alg);
	struct reference one = { .name = (char *)(uintptr_t)name };
	struct value v = { .name = span_of(name, strlen(name)) };
	struct reading rd = { policy, policy->references, policy->n_references, 0, 0 };
	int r = check_open(policy, err);

	if (r < 0)
		return r;
	if (!v.name.n || v.name.n >= NAME_BYTES || (alg && !bank))
		return fail(err, TSMMR_E_ARG, "no name of a register, or no such bank");
	if (bank)
		v.alg = span_of(bank->name, strlen(bank->name));
	r = fit(policy, &v, name, value.n, &one, err);
	if (r < 0)
		return r;
	memcpy(one.value, value.p, value.n);
	r = add_reference(&rd, &one, err);
	policy->references = rd.all;
	policy->n_references = rd.n;
	return r;
}

int policy_expect_set(struct tsmmr_policy *policy, const char *id, const struct platform *platform,
		      struct span text, struct tsmmr_error *err)
{
	struct reading rd = { policy, NULL, 0, 0, 0 };
	struct reference_set *sets;
	char *copy = NULL;
	int r = check_open(policy, err);

	if (r == 0)
		r = read_values(&rd, platform, text, err);
	sets = r < 0 ? NULL : reallocarray(policy->sets, policy->n_sets + 1, sizeof(*sets));
	if (sets)
		policy->sets = sets;
	copy = sets ? strdup(id) : NULL;
	if (!copy) {
		references_free(rd.all, rd.n);
		return r < 0 ? r : fail_nomem(err);
	}
	sets[policy->n_sets++] = (struct reference_set){ copy, rd.all, rd.n };
	return 0;
}

static bool copy_bytes(const uint8_t *from, size_t n, uint8_t **ret)
{
	*ret = from ? malloc(n ? n : 1) : NULL;
	if (*ret)
		memcpy(*ret, from, n);
	return !from == !*ret;
}

int policy_ask_claim(struct tsmmr_policy *policy, const struct claim_ask *ask,
		     struct tsmmr_error *err)
{
	struct claim_ask *all, one = *ask;
	bool copied;
	int r = check_open(policy, err);

	if (r < 0)
		return r;
	if (!ask->name[0] || strlen(ask->name) >= NAME_BYTES)
		return fail(err, TSMMR_E_ARG, "no name of a claim");
	all = reallocarray(policy->claims, policy->n_claims + 1, sizeof(*all));
	if (!all)
		return fail_nomem(err);
	policy->claims = all;

	one.name = strdup(ask->name);
	one.text = ask->text ? strdup(ask->text) : NULL;
	copied = copy_bytes(ask->value, ask->n, &one.value);
	copied &= copy_bytes(ask->mask, ask->n, &one.mask);
	if (!copied || !one.name || !one.text != !ask->text) {
		claim_free(&one);
		return fail_nomem(err);
	}
	all[policy->n_claims++] = one;
	return 0;
}

int policy_expect_claim(struct tsmmr_policy *policy, const char *name, struct span value,
			const uint8_t *mask, struct tsmmr_error *err)
{
	/* Both are only read. */
	const struct claim_ask ask = {
		.name = (char *)(uintptr_t)name,
		.value = (uint8_t *)(uintptr_t)value.p,
		.mask = (uint8_t *)(uintptr_t)mask,
		.n = value.n,
	};

	if (!value.n || value.n > CLAIM_BYTES_MAX)
		return fail(err, TSMMR_E_ARG, "a claim of %zu bytes", value.n);
	return policy_ask_claim(policy, &ask, err);
}

int policy_at_least(struct tsmmr_policy *policy, const char *name, uint64_t least,
		    struct tsmmr_error *err)
{
	const struct claim_ask ask = {
		.name = (char *)(uintptr_t)name,
		.at_least = true,
		.is_number = true,
		.number = least,
	};

	return policy_ask_claim(policy, &ask, err);
}

/* The canonical text: what is asked, a line each, in one order. */
static void write_reference(struct buf *b, const char *what, const struct reference *ref)
{
	const struct hash_alg *alg = hash_by_id(ref->alg);

	buf_printf(b, "%s %s%s%s%s%s=", what, ref->platform ? ref->platform->name : "",
		   ref->platform ? "/" : "", ref->name, alg ? ":" : "", alg ? alg->name : "");
	buf_hex(b, ref->value, ref->size);
	buf_char(b, '\n');
}

static void write_claim(struct buf *b, const struct claim_ask *c)
{
	buf_printf(b, "%s claim.%s=", c->at_least ? "at-least" : "expect", c->name);
	buf_hex(b, c->value, c->n);
	if (c->mask) {
		buf_char(b, '/');
		buf_hex(b, c->mask, c->n);
	}
	if (c->is_number)
		buf_printf(b, " 0x%llx", (unsigned long long)c->number);
	if (c->is_number && !c->at_least)
		buf_printf(b, "/0x%llx", (unsigned long long)c->number_mask);
	if (c->text)
		buf_printf(b, " %zu:%s", strlen(c->text), c->text);
	buf_char(b, '\n');
}

static void write_list(struct buf *b, const char *what, const struct buf *list)
{
	if (!list->n)
		return;
	buf_printf(b, "%s ", what);
	buf_add(b, list->p, list->n);
	buf_char(b, '\n');
}

static void write_policy(struct buf *b, const struct tsmmr_policy *p)
{
	buf_printf(b, "min-trust %s\nmin-hash %s\n%s", trust_name(p->min_trust),
		   hash_by_id(p->min_hash)->name, p->allow_debug ? "allow-debug\n" : "");
	/* That one is demanded is policy; which one is the occasion's. */
	if (p->nonce_rule != NONCE_NONE)
		buf_str(b, "nonce\n");
	write_list(b, "must-check", &p->must_check);
	if (p->accept_tcb != 1u << TCB_UP_TO_DATE)
		buf_printf(b, "accept-tcb %x\n", p->accept_tcb);
	write_list(b, "accept-advisory", &p->accept_advisories);
	if (p->min_evaluation)
		buf_printf(b, "min-tcb-evaluation %llu\n", (unsigned long long)p->min_evaluation);
	write_list(b, "require", &p->require);
	write_list(b, "allow", &p->allow);
	for (size_t i = 0; i < p->n_references; i++)
		write_reference(b, "expect", &p->references[i]);
	for (size_t i = 0; i < p->n_sets; i++)
		for (size_t k = 0; k < p->sets[i].n; k++) {
			buf_printf(b, "set %zu ", i);
			write_reference(b, "expect", &p->sets[i].all[k]);
		}
	for (size_t i = 0; i < p->n_claims; i++)
		write_claim(b, &p->claims[i]);
}

int policy_hash(const struct tsmmr_policy *policy, uint8_t ret[32])
{
	_cleanup_(hasher_done) struct hasher h = { 0 };
	_cleanup_(buf_done) struct buf text = { 0 };
	int r = hasher_init(&h, policy->crypto, hash_by_id(TSMMR_HASH_SHA256));

	write_policy(&text, policy);
	if (r == 0 && text.failed)
		r = TSMMR_E_NOMEM;
	return r < 0 ? r : hash_bytes(&h, text.p, text.n, ret);
}
