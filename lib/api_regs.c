/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of regs.h: check arguments, call in, filter codes. */
#include "api.h"

#include "core/regs.h"
#include "core/select.h"
#include "live/live.h"
#include "platform/evidence.h"
#include "platform/platforms.h"
#include "report/policy.h"
#include "values/values.h"

TSMMR_API int tsmmr_regs_from_evidence(const struct tsmmr_ctx *ctx,
				       const struct tsmmr_evidence *evidence,
				       struct tsmmr_regs **ret_regs, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !evidence || !ret_regs)
		return bad_arg(reterr, "no context, no evidence or nowhere to return to");
	return filter(evidence_regs(ctx, evidence, ret_regs, reterr));
}

TSMMR_API int tsmmr_regs_from_values(const struct tsmmr_ctx *ctx, int format, int platform,
				     const char *text, size_t len, struct tsmmr_regs **ret_regs,
				     struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || (!text && len) || !ret_regs)
		return bad_arg(reterr, "no context, no text or nowhere to return to");
	return filter(values_parse(format, platform, span_of(text, len), ret_regs, reterr));
}

TSMMR_API int tsmmr_regs_join(const struct tsmmr_ctx *ctx, struct tsmmr_regs *const *sets, size_t n,
			      struct tsmmr_regs **ret_regs, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !sets || !n || !ret_regs)
		return bad_arg(reterr, "no context, no registers or nowhere to return to");
	for (size_t i = 0; i < n; i++)
		if (!sets[i])
			return bad_arg(reterr, "no registers");
	return filter(regs_join_all(sets, n, ret_regs, reterr));
}

TSMMR_API int tsmmr_values_lines(int format, int platform, const char *text, size_t len,
				 uint8_t **ret_lines, size_t *ret_len, struct tsmmr_error *reterr)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	struct values_of of = {
		.format = format,
		.platform = platform_by_id(platform),
		.table = platforms,
		.n_table = n_platforms,
	};
	uint8_t *lines;
	int taken, r;
	size_t n;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if ((!text && len) || !ret_lines)
		return bad_arg(reterr, "no text or nowhere to return to");
	if (!values_name(format) || (platform && !of.platform))
		return bad_arg(reterr, "no such form, or no such platform");
	r = values_to_lines(&of, span_of(text, len), &out, &taken, reterr);
	if (r < 0)
		return filter(r);
	buf_char(&out, '\0');
	lines = buf_take(&out, &n);
	if (!lines)
		return fail_nomem(reterr);
	*ret_lines = lines;
	if (ret_len)
		*ret_len = n - 1;
	return taken;
}

TSMMR_API int tsmmr_regs_with_manifest(const struct tsmmr_ctx *ctx, const struct tsmmr_regs *base,
				       const char *reg, const void *data, size_t len,
				       struct tsmmr_regs **ret_regs, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !base || !reg || (!data && len) || !ret_regs)
		return bad_arg(reterr, "no registers, no manifest or nowhere to return to");
	return filter(
		regs_with_manifest(ctx->crypto, base, reg, span_of(data, len), ret_regs, reterr));
}

TSMMR_API struct tsmmr_regs *tsmmr_regs_ref(struct tsmmr_regs *regs)
{
	if (regs)
		users_add(&regs->users);
	return regs;
}

TSMMR_API void tsmmr_regs_free(struct tsmmr_regs *regs)
{
	regs_free(regs);
}

TSMMR_API int tsmmr_regs_read(const struct tsmmr_ctx *ctx, struct tsmmr_regs **ret_regs,
			      struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !ret_regs)
		return bad_arg(reterr, "no context or nowhere to return to");
	return filter(machine_regs(ctx, ret_regs, reterr));
}

TSMMR_API size_t tsmmr_regs_count(const struct tsmmr_regs *regs)
{
	return regs ? regs->n : 0;
}

TSMMR_API const struct tsmmr_reg *tsmmr_regs_get(const struct tsmmr_regs *regs, size_t i)
{
	return regs && i < regs->n ? &regs->regs[i] : NULL;
}

TSMMR_API const struct tsmmr_reg *tsmmr_regs_find(const struct tsmmr_regs *regs, const char *name,
						  int hash)
{
	const struct tsmmr_reg *best = NULL;

	for (size_t i = 0; regs && name && i < regs->n; i++) {
		const struct tsmmr_reg *reg = &regs->regs[i];
		const struct reg_desc *d = reg->desc;

		if (strcmp(d->name, name) != 0 && (!d->role || strcmp(d->role, name) != 0))
			continue;
		if (hash != TSMMR_HASH_NONE && hash != reg->alg)
			continue;
		if (!best || policy_hash_rank(reg->alg) > policy_hash_rank(best->alg))
			best = reg;
	}
	return best;
}

TSMMR_API int tsmmr_regs_trust(const struct tsmmr_regs *regs)
{
	int weakest = 0;

	for (size_t i = 0; regs && i < regs->n; i++)
		if (!weakest || regs->regs[i].trust < weakest)
			weakest = regs->regs[i].trust;
	return weakest;
}

TSMMR_API size_t tsmmr_regs_evidence_count(const struct tsmmr_regs *regs)
{
	return regs ? regs->n_evidence : 0;
}

TSMMR_API const char *tsmmr_regs_evidence_kind(const struct tsmmr_regs *regs, size_t i)
{
	return regs && i < regs->n_evidence ? regs->evidence[i].kind : NULL;
}

TSMMR_API int tsmmr_regs_evidence_root(const struct tsmmr_regs *regs, size_t i,
				       const uint8_t **ret_sha256, uint64_t *ret_time)
{
	const struct evidence_info *info;

	if (!regs || i >= regs->n_evidence)
		return TSMMR_E_ARG;
	info = &regs->evidence[i];
	if (info->trust != TSMMR_TRUST_AUTHENTICATED || !info->has_root)
		return TSMMR_E_NOTFOUND;
	if (ret_time)
		*ret_time = info->has_time ? info->time : TSMMR_NONE;
	return lend(info->root, sizeof(info->root), ret_sha256, NULL);
}

TSMMR_API const char *tsmmr_regs_evidence_not_checked(const struct tsmmr_regs *regs, size_t i,
						      size_t k)
{
	return regs && i < regs->n_evidence && k < NOT_CHECKED_MAX ?
		       regs->evidence[i].not_checked[k] :
		       NULL;
}

TSMMR_API int tsmmr_regs_evidence_trust(const struct tsmmr_regs *regs, size_t i)
{
	return regs && i < regs->n_evidence ? regs->evidence[i].trust : TSMMR_E_ARG;
}

TSMMR_API int tsmmr_regs_evidence_is_unchecked(const struct tsmmr_regs *regs, size_t i,
					       const char *word)
{
	if (!regs || i >= regs->n_evidence || !word ||
	    !is_unchecked_word(span_of(word, strlen(word))))
		return TSMMR_E_ARG;
	for (size_t k = 0; k < NOT_CHECKED_MAX && regs->evidence[i].not_checked[k]; k++)
		if (!strcmp(regs->evidence[i].not_checked[k], word))
			return 1;
	return 0;
}

TSMMR_API int tsmmr_regs_evidence_is_debug(const struct tsmmr_regs *regs, size_t i)
{
	if (!regs || i >= regs->n_evidence)
		return TSMMR_E_ARG;
	if (regs->evidence[i].debug)
		return 1;
	return regs->evidence[i].tells_debug ? 0 : TSMMR_E_NOTFOUND;
}

TSMMR_API int tsmmr_regs_evidence_platform(const struct tsmmr_regs *regs, size_t i)
{
	if (!regs || i >= regs->n_evidence)
		return TSMMR_E_ARG;
	return regs->evidence[i].platform ? regs->evidence[i].platform : TSMMR_E_NOTFOUND;
}

TSMMR_API int tsmmr_regs_evidence_nonce(const struct tsmmr_regs *regs, size_t i,
					const uint8_t **ret_nonce, size_t *ret_len)
{
	const struct evidence_info *info;

	if (!regs || i >= regs->n_evidence)
		return TSMMR_E_ARG;
	info = &regs->evidence[i];
	if (info->nonce_bound)
		return lend(info->bound_nonce, sizeof(info->bound_nonce), ret_nonce, ret_len);
	return info->nonce.n ? lend(info->nonce.p, info->nonce.n, ret_nonce, ret_len) :
			       TSMMR_E_NOTFOUND;
}

TSMMR_API int tsmmr_regs_is_debug(const struct tsmmr_regs *regs)
{
	int r = regs ? TSMMR_E_NOTFOUND : TSMMR_E_ARG;

	for (size_t i = 0; regs && i < regs->n_evidence; i++) {
		if (regs->evidence[i].debug)
			return 1;
		if (regs->evidence[i].tells_debug)
			r = 0;
	}
	return r;
}

static const struct claim *find_claim(const struct tsmmr_regs *regs, size_t piece, const char *name)
{
	return piece < regs->n_evidence ? claim_find(&regs->evidence[piece], name) : NULL;
}

TSMMR_API int tsmmr_regs_claim(const struct tsmmr_regs *regs, size_t piece, const char *name,
			       const uint8_t **ret_data, size_t *ret_len)
{
	const struct claim *claim;

	if (!regs || !name)
		return TSMMR_E_ARG;
	claim = find_claim(regs, piece, name);
	return claim ? lend(claim->value.p, claim->value.n, ret_data, ret_len) : TSMMR_E_NOTFOUND;
}

TSMMR_API int tsmmr_regs_claim_u64(const struct tsmmr_regs *regs, size_t piece, const char *name,
				   uint64_t *ret_value)
{
	const struct claim *claim;
	uint64_t value;

	if (!regs || !name)
		return TSMMR_E_ARG;
	claim = find_claim(regs, piece, name);
	if (!claim || !claim_u64(claim, &value))
		return TSMMR_E_NOTFOUND;
	if (ret_value)
		*ret_value = value;
	return 0;
}

static int type_of(const struct claim *claim)
{
	uint64_t value;

	if (claim->type == CLAIM_TEXT)
		return TSMMR_CLAIM_TEXT;
	if (!claim_u64(claim, &value))
		return TSMMR_CLAIM_BYTES;
	return claim->type == CLAIM_TIME_BE ? TSMMR_CLAIM_TIME : TSMMR_CLAIM_U64;
}

TSMMR_API int tsmmr_regs_claim_type(const struct tsmmr_regs *regs, size_t piece, const char *name)
{
	const struct claim *claim;

	if (!regs || !name)
		return TSMMR_E_ARG;
	claim = find_claim(regs, piece, name);
	return claim ? type_of(claim) : TSMMR_E_NOTFOUND;
}

TSMMR_API size_t tsmmr_regs_claim_count(const struct tsmmr_regs *regs, size_t piece)
{
	return regs && piece < regs->n_evidence ? regs->evidence[piece].n_claims : 0;
}

TSMMR_API int tsmmr_regs_claim_at(const struct tsmmr_regs *regs, size_t piece, size_t i,
				  const char **ret_name, int *ret_type, const uint8_t **ret_data,
				  size_t *ret_len)
{
	const struct claim *claim;

	if (!regs)
		return TSMMR_E_ARG;
	if (i >= tsmmr_regs_claim_count(regs, piece))
		return TSMMR_E_NOTFOUND;
	claim = &regs->evidence[piece].claims[i];
	if (ret_name)
		*ret_name = claim->name;
	if (ret_type)
		*ret_type = type_of(claim);
	return lend(claim->value.p, claim->value.n, ret_data, ret_len);
}

TSMMR_API int tsmmr_regs_claim_trust(const struct tsmmr_regs *regs, size_t piece, const char *name)
{
	const struct claim *claim;

	if (!regs || !name)
		return TSMMR_E_ARG;
	claim = find_claim(regs, piece, name);
	return claim ? claim->trust : TSMMR_E_NOTFOUND;
}

TSMMR_API int tsmmr_regs_export_json(const struct tsmmr_regs *regs, const char *only,
				     uint8_t **ret_json, size_t *ret_len,
				     struct tsmmr_error *reterr)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!regs || !ret_json)
		return bad_arg(reterr, "no registers or nowhere to return to");
	return give(&b, regs_json(regs, only, &b, reterr), ret_json, ret_len, reterr);
}

TSMMR_API const char *tsmmr_reg_name(const struct tsmmr_reg *reg)
{
	return reg ? reg->desc->name : NULL;
}

TSMMR_API const char *tsmmr_reg_provider(const struct tsmmr_reg *reg)
{
	const char *own;

	if (!reg || reg->provider)
		return reg ? reg->provider : NULL;
	/* One that no table knows; a virtual register's platform is the register it is in. */
	own = reg->platform->name;
	return reg->platform->users && !platform_knows(span_of(own, strlen(own))) ? own : NULL;
}

TSMMR_API const char *tsmmr_reg_role(const struct tsmmr_reg *reg)
{
	return reg ? reg->desc->role : NULL;
}

TSMMR_API int tsmmr_reg_platform(const struct tsmmr_reg *reg)
{
	return reg ? reg->platform->id : TSMMR_E_ARG;
}

TSMMR_API int tsmmr_reg_space(const struct tsmmr_reg *reg)
{
	if (!reg)
		return TSMMR_E_ARG;
	return reg->desc->index == NO_INDEX ? TSMMR_SPACE_NONE : reg->platform->space;
}

TSMMR_API uint64_t tsmmr_reg_index(const struct tsmmr_reg *reg)
{
	return reg && reg->desc->index != NO_INDEX ? reg->desc->index : TSMMR_NONE;
}

TSMMR_API int tsmmr_reg_hash(const struct tsmmr_reg *reg)
{
	return reg ? reg->alg : TSMMR_E_ARG;
}

TSMMR_API int tsmmr_reg_kind(const struct tsmmr_reg *reg)
{
	return reg ? reg->desc->kind : TSMMR_E_ARG;
}

TSMMR_API uint32_t tsmmr_reg_flags(const struct tsmmr_reg *reg)
{
	return reg ? reg->flags : 0;
}

TSMMR_API int tsmmr_reg_trust(const struct tsmmr_reg *reg)
{
	return reg && (reg->has_value || reg->grouped) ? reg->trust : 0;
}

TSMMR_API int tsmmr_reg_value(const struct tsmmr_reg *reg, const uint8_t **ret_value,
			      size_t *ret_len)
{
	if (!reg)
		return TSMMR_E_ARG;
	return reg->has_value ? lend(reg->value, reg->size, ret_value, ret_len) : TSMMR_E_NOTFOUND;
}

TSMMR_API int tsmmr_select_matches(const char *list, const char *name, const char *role, int hash,
				   struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!list || !list[0] || !name)
		return bad_arg(reterr, "no list or no name");
	return filter(select_matches(list, name, role, hash, reterr));
}
