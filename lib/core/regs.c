/* SPDX-License-Identifier: BSD-2-Clause */
/* Register sets: what the hardware says. */
#include "core/regs.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "crypto/hash.h"
#include "core/names.h"
#include "core/select.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

int regs_new(size_t n, struct tsmmr_regs **ret)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = calloc(1, sizeof(*regs));

	if (!regs)
		return TSMMR_E_NOMEM;
	regs->users = 1;
	regs->regs = calloc(n ? n : 1, sizeof(*regs->regs));
	if (!regs->regs)
		return TSMMR_E_NOMEM;
	regs->n = regs->cap = n;

	*ret = take_ptr(regs);
	return 0;
}

void reg_done(struct tsmmr_reg *reg)
{
	platform_unref(reg->platform);
	free(reg->provider);
	free(reg->others);
}

void regs_free(struct tsmmr_regs *regs)
{
	if (!regs || !users_drop(&regs->users))
		return;
	findings_done(&regs->findings);
	for (size_t i = 0; i < regs->n; i++)
		reg_done(&regs->regs[i]);
	free(regs->source_path);
	free(regs->bytes);
	free(regs->regs);
	free(regs);
}

int regs_set_source(struct tsmmr_regs *regs, char *path)
{
	if (!path)
		return TSMMR_E_NOMEM;
	free(regs->source_path);
	regs->source_path = path;
	regs->source = path;
	return 0;
}

/* The same bytes, in a copy of what they are in. */
static struct span moved(const uint8_t *from, const uint8_t *to, struct span s)
{
	return s.p ? span_of(to + (s.p - from), s.n) : s;
}

static void info_move(struct evidence_info *info, const uint8_t *from, const uint8_t *to)
{
	info->report_data = moved(from, to, info->report_data);
	info->nonce = moved(from, to, info->nonce);
	info->group_digest = moved(from, to, info->group_digest);
	for (size_t i = 0; i < info->n_claims; i++)
		info->claims[i].value = moved(from, to, info->claims[i].value);
}

int regs_take_bytes(struct tsmmr_regs *regs, struct span s)
{
	uint8_t *bytes = malloc(s.n ? s.n : 1);

	if (!bytes)
		return TSMMR_E_NOMEM;
	if (s.n)
		memcpy(bytes, s.p, s.n);
	for (size_t i = 0; i < regs->n_evidence; i++)
		info_move(&regs->evidence[i], s.p, bytes);

	free(regs->bytes);
	regs->bytes = bytes;
	regs->n_bytes = s.n;
	return 0;
}

/* What a copied register owns becomes its own. */
static int reg_own(struct tsmmr_reg *reg)
{
	const char *provider = reg->provider;
	const void *others = reg->others;
	size_t size = reg->n_others * sizeof(*reg->others);

	platform_ref(reg->platform);
	reg->provider = provider ? strdup(provider) : NULL;
	reg->others = others ? malloc(size) : NULL;
	if (reg->others)
		memcpy(reg->others, others, size);
	return (provider && !reg->provider) || (others && !reg->others) ? TSMMR_E_NOMEM : 0;
}

bool reg_equals(const struct tsmmr_reg *reg, const uint8_t *value)
{
	bool equal = hash_equal(reg->value, value, reg->size);

	for (size_t i = 0; i < reg->n_others; i++)
		equal |= hash_equal(reg->others[i], value, reg->size);
	return equal;
}

static int copy_regs(const struct tsmmr_regs *base, struct tsmmr_regs *regs)
{
	int r = 0;

	/* Counted one by one: what is not yet owned must not be freed. */
	for (regs->n = 0; r == 0 && regs->n < base->n; regs->n++) {
		regs->regs[regs->n] = base->regs[regs->n];
		r = reg_own(&regs->regs[regs->n]);
	}
	return r;
}

static int copy_source(const struct tsmmr_regs *base, struct tsmmr_regs *regs)
{
	if (base->source != base->source_path) {
		regs->source = base->source;
		return 0;
	}
	return base->source ? regs_set_source(regs, strdup(base->source)) : 0;
}

int regs_copy(const struct tsmmr_regs *base, size_t extra, struct tsmmr_regs **ret)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	int r;

	if (extra > SIZE_MAX / sizeof(*base->regs) - base->n)
		return TSMMR_E_NOMEM;
	r = regs_new(base->n + extra, &regs);
	if (r < 0)
		return r;
	r = copy_regs(base, regs);
	if (r == 0)
		r = copy_source(base, regs);
	if (r < 0)
		return r;

	regs->n_evidence = base->n_evidence;
	for (size_t i = 0; i < base->n_evidence; i++)
		regs->evidence[i] = base->evidence[i];
	if (base->bytes)
		r = regs_take_bytes(regs, span_of(base->bytes, base->n_bytes));
	if (r == 0)
		r = findings_merge(&regs->findings, &base->findings, 0);
	if (r < 0)
		return r;

	*ret = take_ptr(regs);
	return 0;
}

const struct tsmmr_reg *regs_find(const struct tsmmr_regs *regs, const struct platform *platform,
				  const struct reg_desc *desc, uint16_t alg)
{
	for (size_t i = 0; regs && i < regs->n; i++) {
		const struct tsmmr_reg *reg = &regs->regs[i];

		if (reg_same(reg->platform, reg->desc, platform, desc) &&
		    (alg == TSMMR_HASH_NONE || reg->alg == alg))
			return reg;
	}
	return NULL;
}

static int join_evidence(struct tsmmr_regs *regs, const struct tsmmr_regs *more)
{
	struct span bytes;
	int r = regs_add_bytes(regs, span_of(more->bytes, more->n_bytes), &bytes);

	for (size_t i = 0; r == 0 && i < more->n_evidence; i++) {
		struct evidence_info *info = &regs->evidence[regs->n_evidence++];

		*info = more->evidence[i];
		info_move(info, more->bytes, bytes.p);
	}
	return r;
}

/* Which piece of evidence says it; NULL: none. */
static const struct evidence_info *speaker(const struct tsmmr_regs *regs,
					   const struct tsmmr_reg *reg)
{
	return reg->piece ? &regs->evidence[reg->piece - 1] : NULL;
}

static const char *speaker_name(const struct tsmmr_regs *regs, const struct tsmmr_reg *reg)
{
	const struct evidence_info *info = speaker(regs, reg);

	return info ? info->kind : trust_name(reg->trust);
}

static bool same_values(const struct tsmmr_reg *one, const struct tsmmr_reg *two)
{
	bool same = one->size == two->size && one->n_others == two->n_others &&
		    !memcmp(one->value, two->value, one->size);

	for (size_t i = 0; same && i < one->n_others; i++)
		same = !memcmp(one->others[i], two->others[i], one->size);
	return same;
}

/* Two statements about one register must be one. */
static int check_same(const struct tsmmr_regs *regs, const struct tsmmr_reg *one,
		      const struct tsmmr_regs *more, const struct tsmmr_reg *two,
		      struct tsmmr_error *err)
{
	/* The digest of a group would lack a member. */
	if ((one->grouped && two->has_value) || (two->grouped && one->has_value))
		return fail(err, TSMMR_E_ARG, "%s has a value in only one of %s and %s",
			    one->desc->name, speaker_name(regs, one), speaker_name(more, two));
	if (!one->has_value || !two->has_value || same_values(one, two))
		return 0;
	if (one->trust == TSMMR_TRUST_GIVEN && two->trust == TSMMR_TRUST_GIVEN)
		return fail(err, TSMMR_E_ARG, "%s is given twice, with different values",
			    one->desc->name);
	return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CLAIM,
			   "%s has two values, in %s and in %s", one->desc->name,
			   speaker_name(regs, one), speaker_name(more, two));
}

/* Of two that say the same: the more trusted, and who says it, not whom that covers. */
static bool is_better(const struct tsmmr_regs *regs, const struct tsmmr_reg *one,
		      const struct tsmmr_regs *more, const struct tsmmr_reg *two)
{
	const struct evidence_info *of_one = speaker(regs, one), *of_two = speaker(more, two);

	if (one->has_value != two->has_value)
		return two->has_value;
	if (one->grouped != two->grouped)
		return two->grouped;
	if (two->trust != one->trust)
		return two->trust > one->trust;
	return of_one && of_two && of_two->trust > of_one->trust;
}

/* Where regs has the register of another set, or NULL. */
static struct tsmmr_reg *find_same(struct tsmmr_regs *regs, const struct tsmmr_reg *reg)
{
	const struct tsmmr_reg *found = regs_find(regs, reg->platform, reg->desc, reg->alg);

	return found ? &regs->regs[found - regs->regs] : NULL;
}

int regs_join(struct tsmmr_regs *regs, struct tsmmr_regs *more, struct tsmmr_error *err)
{
	uint8_t pieces = (uint8_t)regs->n_evidence;
	struct tsmmr_reg *all;
	int r = 0;

	for (size_t i = 0; r == 0 && i < more->n; i++) {
		const struct tsmmr_reg *one = find_same(regs, &more->regs[i]);

		if (one)
			r = check_same(regs, one, more, &more->regs[i], err);
	}
	if (r < 0)
		return r;
	if (more->n_evidence > EVIDENCE_PIECES_MAX - regs->n_evidence ||
	    more->n > REGS_MAX - regs->n)
		return fail(err, TSMMR_E_LIMIT, "more registers or evidence than a set holds");
	all = realloc(regs->regs, (regs->n + more->n + 1) * sizeof(*all));
	if (!all)
		return fail_nomem(err);
	regs->regs = all;
	regs->cap = regs->n + more->n;
	if (join_evidence(regs, more) < 0 ||
	    findings_merge(&regs->findings, &more->findings, 0) < 0)
		return fail_nomem(err);

	for (size_t i = 0; i < more->n; i++) {
		struct tsmmr_reg two = more->regs[i], *one = find_same(regs, &two);
		bool better = one && is_better(regs, one, more, &two);

		if (two.piece)
			two.piece = (uint8_t)(two.piece + pieces);
		if (!one)
			all[regs->n++] = two;
		else
			reg_done(better ? one : &two);
		if (better)
			*one = two;
	}
	more->n = 0;
	more->n_evidence = 0;
	return 0;
}

static bool same_source(const struct tsmmr_regs *a, const struct tsmmr_regs *b)
{
	return a->source && b->source && !strcmp(a->source, b->source);
}

int regs_join_all(struct tsmmr_regs *const *sets, size_t n, struct tsmmr_regs **ret,
		  struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	int r = regs_copy(sets[0], 0, &regs);

	if (r < 0)
		return fail_nomem(err);
	for (size_t i = 1; r == 0 && i < n; i++) {
		_cleanup_(regs_free) struct tsmmr_regs *more = NULL;

		if (regs->n_evidence && sets[i]->n_evidence)
			return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING,
					   "%s and %s: nothing says that they are of one guest",
					   regs->evidence[0].kind, sets[i]->evidence[0].kind);
		if (regs_copy(sets[i], 0, &more) < 0)
			return fail_nomem(err);
		if (!same_source(regs, more))
			regs->source = NULL;
		r = regs_join(regs, more, err);
	}
	if (r == 0)
		*ret = take_ptr(regs);
	return r;
}

void evidence_not_checked(struct evidence_info *info, const char *word)
{
	assert(is_unchecked_word(span_of(word, strlen(word))));
	for (size_t i = 0; i < NOT_CHECKED_MAX; i++) {
		if (info->not_checked[i] && strcmp(info->not_checked[i], word) != 0)
			continue;
		info->not_checked[i] = word;
		return;
	}
}

void evidence_checked(struct evidence_info *info, const char *word)
{
	size_t to = 0;

	for (size_t i = 0; i < NOT_CHECKED_MAX; i++) {
		const char *kept = info->not_checked[i];

		info->not_checked[i] = NULL;
		if (kept && strcmp(kept, word) != 0)
			info->not_checked[to++] = kept;
	}
}

struct claim *regs_claim_add(struct tsmmr_regs *regs, const char *name, enum claim_type type,
			     struct span value)
{
	struct evidence_info *info = &regs->evidence[0];
	struct claim *claim;

	assert(!value.n || !regs->bytes ||
	       (value.p >= regs->bytes &&
		value.n <= (size_t)(regs->bytes + regs->n_bytes - value.p)));
	if (info->n_claims == CLAIMS_MAX)
		return NULL;
	claim = &info->claims[info->n_claims++];
	*claim = (struct claim){ .name = name, .value = value, .type = (uint8_t)type };
	return claim;
}

void regs_claim_parts(struct tsmmr_regs *regs, const struct claim_part *parts, size_t n,
		      enum claim_type type, struct span value)
{
	for (size_t i = 0; i < n; i++) {
		struct claim *claim = regs_claim_add(regs, parts[i].name, type, value);

		assert(claim && parts[i].width && parts[i].shift + parts[i].width <= 64);
		claim->shift = parts[i].shift;
		claim->width = parts[i].width;
	}
}

void regs_value_add(struct tsmmr_regs *regs, const struct platform *platform,
		    const struct reg_desc *desc, uint16_t alg, struct span value)
{
	struct tsmmr_reg *reg;

	assert(regs->n < regs->cap && value.n <= sizeof(reg->value));
	reg = &regs->regs[regs->n++];
	reg->platform = platform;
	reg->desc = desc;
	reg->alg = alg;
	reg->size = (uint32_t)value.n;
	reg->trust = TSMMR_TRUST_UNSIGNED;
	reg->flags = desc->flags | TSMMR_REG_READABLE;
	reg->has_value = true;
	memcpy(reg->value, value.p, value.n);
}

int regs_add_bytes(struct tsmmr_regs *regs, struct span more, struct span *ret)
{
	uint8_t *bytes = malloc(regs->n_bytes + more.n + 1);

	if (!bytes)
		return TSMMR_E_NOMEM;
	if (regs->n_bytes)
		memcpy(bytes, regs->bytes, regs->n_bytes);
	if (more.n)
		memcpy(bytes + regs->n_bytes, more.p, more.n);
	*ret = span_of(bytes + regs->n_bytes, more.n);

	for (size_t i = 0; i < regs->n_evidence; i++)
		info_move(&regs->evidence[i], regs->bytes, bytes);
	free(regs->bytes);
	regs->bytes = bytes;
	regs->n_bytes += more.n;
	return 0;
}

/* Both keys are null for a register that no log can name. */
static void json_index(struct json *j, const struct tsmmr_reg *reg)
{
	bool none = reg->desc->index == NO_INDEX || reg->platform->space == TSMMR_SPACE_NONE;

	json_u64_or_null(j, "index", none ? UINT64_MAX : reg->desc->index);
	json_str(j, "index_space", none ? NULL : space_name(reg->platform->space));
}

static void json_reg(struct json *j, const struct tsmmr_reg *reg)
{
	const struct hash_alg *alg = hash_by_id(reg->alg);

	json_open(j, NULL, '{');
	json_str(j, "name", reg->desc->name);
	json_str(j, "provider", reg->provider);
	json_str(j, "platform", reg->platform->name);
	json_index(j, reg);
	json_str(j, "alg", alg ? alg->name : NULL);
	json_u64(j, "size", reg->size);
	if (reg->has_value)
		json_hex(j, "value", reg->value, reg->size);
	else
		json_null(j, "value");
	json_str(j, "kind", kind_name(reg->desc->kind));
	json_flag(j, "readable", reg->flags & TSMMR_REG_READABLE);
	json_flag(j, "extensible", reg->flags & TSMMR_REG_EXTENSIBLE);
	json_flag(j, "writable_now", reg->flags & TSMMR_REG_WRITABLE_NOW);
	json_flag(j, "locked", reg->flags & TSMMR_REG_LOCKED);
	json_str(j, "role", reg->desc->role);
	json_str(j, "trust", trust_name(reg->trust));
	json_close(j, '}');
}

/* A path may hold any byte but NUL. */
static void json_source(struct json *j, const char *source)
{
	_cleanup_(buf_done) struct buf safe = { 0 };

	if (source)
		text_utf8(&safe, span_of(source, strlen(source)));
	j->b->failed |= safe.failed;
	if (source)
		json_strn(j, "source", safe.p, safe.n);
	else
		json_null(j, "source");
}

/* By its name, its role, or "PROVIDER/NAME". */
static int reg_matches(const struct tsmmr_reg *reg, const char *list, struct tsmmr_error *err)
{
	_cleanup_(free) char *full = NULL;
	int r = select_matches(list, reg->desc->name, reg->desc->role, reg->alg, err);

	if (r || !reg->provider)
		return r;
	if (asprintf(&full, "%s/%s", reg->provider, reg->desc->name) < 0) {
		full = NULL;
		return fail_nomem(err);
	}
	return select_matches(list, full, NULL, reg->alg, err);
}

int regs_json(const struct tsmmr_regs *regs, const char *only, struct buf *out,
	      struct tsmmr_error *err)
{
	struct json j = { .b = out };

	json_open(&j, NULL, '{');
	json_str(&j, "schema", "tsmmr.registers/1");
	json_source(&j, regs->source);
	json_open(&j, "registers", '[');
	for (size_t i = 0; i < regs->n; i++) {
		const struct tsmmr_reg *reg = &regs->regs[i];
		int r = only ? reg_matches(reg, only, err) : 1;

		if (r < 0)
			return r;
		if (r)
			json_reg(&j, reg);
	}
	json_close(&j, ']');
	evidence_json(&j, regs);
	json_close(&j, '}');
	return out->failed ? fail_nomem(err) : 0;
}
