/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of policy.h: check arguments, call in, filter codes. */
#include "api.h"

#include "platform/platforms.h"
#include "report/judge.h"

TSMMR_API int tsmmr_policy_new(const struct tsmmr_ctx *ctx, struct tsmmr_policy **ret_policy,
			       struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !ret_policy)
		return bad_arg(reterr, "no context or nowhere to return to");
	return policy_new(ctx->crypto, platforms, n_platforms, ret_policy) < 0 ?
		       fail_nomem(reterr) :
		       0;
}

TSMMR_API struct tsmmr_policy *tsmmr_policy_ref(struct tsmmr_policy *policy)
{
	return policy ? policy_ref(policy) : NULL;
}

TSMMR_API void tsmmr_policy_free(struct tsmmr_policy *policy)
{
	policy_unref(policy);
}

TSMMR_API int tsmmr_policy_require(struct tsmmr_policy *policy, const char *list,
				   struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || !list)
		return bad_arg(reterr, "no policy or no list");
	return filter(policy_require(policy, list, reterr));
}

TSMMR_API int tsmmr_policy_allow(struct tsmmr_policy *policy, const char *list,
				 struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || !list)
		return bad_arg(reterr, "no policy or no list");
	return filter(policy_allow(policy, list, reterr));
}

TSMMR_API int tsmmr_policy_must_check(struct tsmmr_policy *policy, const char *words,
				      struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || !words)
		return bad_arg(reterr, "no policy or no words");
	return filter(policy_must_check(policy, words, reterr));
}

TSMMR_API int tsmmr_policy_accept_tcb(struct tsmmr_policy *policy, const char *words,
				      struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || !words)
		return bad_arg(reterr, "no policy or no words");
	return filter(policy_accept_tcb(policy, words, reterr));
}

TSMMR_API int tsmmr_policy_accept_advisories(struct tsmmr_policy *policy, const char *ids,
					     struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || !ids)
		return bad_arg(reterr, "no policy or no advisories");
	return filter(policy_accept_advisories(policy, ids, reterr));
}

TSMMR_API int tsmmr_policy_set_min_tcb_evaluation(struct tsmmr_policy *policy, uint64_t least,
						  struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy)
		return bad_arg(reterr, "no policy");
	return policy_set_min_evaluation(policy, least, reterr);
}

TSMMR_API int tsmmr_policy_set_min_trust(struct tsmmr_policy *policy, int trust,
					 struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy)
		return bad_arg(reterr, "no policy");
	return filter(policy_set_min_trust(policy, trust, reterr));
}

TSMMR_API int tsmmr_policy_set_min_hash(struct tsmmr_policy *policy, int hash,
					struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy)
		return bad_arg(reterr, "no policy");
	return filter(policy_set_min_hash(policy, hash, reterr));
}

TSMMR_API int tsmmr_policy_allow_debug(struct tsmmr_policy *policy, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy)
		return bad_arg(reterr, "no policy");
	return filter(policy_allow_debug(policy, reterr));
}

TSMMR_API int tsmmr_policy_set_nonce(struct tsmmr_policy *policy, const void *nonce, size_t len,
				     struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || !nonce)
		return bad_arg(reterr, "no policy or no nonce");
	return filter(policy_set_nonce(policy, span_of(nonce, len), reterr));
}

TSMMR_API int tsmmr_policy_set_no_nonce(struct tsmmr_policy *policy, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy)
		return bad_arg(reterr, "no policy");
	return filter(policy_set_no_nonce(policy, reterr));
}

TSMMR_API int tsmmr_policy_expect(struct tsmmr_policy *policy, const char *name, int hash,
				  const void *value, size_t len, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || !name || !value || !len)
		return bad_arg(reterr, "no policy, name or value");
	return filter(policy_expect(policy, name, hash, span_of(value, len), reterr));
}

/* NULL for AUTO; E_ARG for a number that is none. */
static int find_platform(int id, const struct platform **ret, struct tsmmr_error *err)
{
	*ret = id ? platform_by_id(id) : NULL;
	return id && !*ret ? bad_arg(err, "no such platform") : 0;
}

TSMMR_API int tsmmr_policy_expect_text(struct tsmmr_policy *policy, int platform, const char *text,
				       size_t len, struct tsmmr_error *reterr)
{
	const struct platform *p;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || !text)
		return bad_arg(reterr, "no policy or no text");
	r = find_platform(platform, &p, reterr);
	return filter(r < 0 ? r : policy_expect_text(policy, p, span_of(text, len), reterr));
}

TSMMR_API int tsmmr_policy_expect_set(struct tsmmr_policy *policy, const char *id, int platform,
				      const char *text, size_t len, struct tsmmr_error *reterr)
{
	const struct platform *p;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || !id || !text)
		return bad_arg(reterr, "no policy, id or text");
	r = find_platform(platform, &p, reterr);
	return filter(r < 0 ? r : policy_expect_set(policy, id, p, span_of(text, len), reterr));
}

TSMMR_API int tsmmr_policy_expect_claim(struct tsmmr_policy *policy, const char *name,
					const void *value, size_t len, const void *mask,
					struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || !name || !value)
		return bad_arg(reterr, "no policy, name or value");
	return filter(policy_expect_claim(policy, name, span_of(value, len), mask, reterr));
}

TSMMR_API int tsmmr_policy_at_least(struct tsmmr_policy *policy, const char *name, uint64_t least,
				    struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || !name)
		return bad_arg(reterr, "no policy or no name");
	return filter(policy_at_least(policy, name, least, reterr));
}

TSMMR_API int tsmmr_policy_parse(struct tsmmr_policy *policy, const char *text, size_t len,
				 struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || (!text && len))
		return bad_arg(reterr, "no policy or no text");
	return filter(policy_parse(policy, span_of(text, len), reterr));
}

TSMMR_API int tsmmr_policy_hash(const struct tsmmr_policy *policy, uint8_t *ret_sha256)
{
	return policy && ret_sha256 ? filter(policy_hash(policy, ret_sha256)) : TSMMR_E_ARG;
}

TSMMR_API int tsmmr_policy_check(const struct tsmmr_policy *policy, const struct tsmmr_regs *regs,
				 struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!policy || !regs)
		return bad_arg(reterr, "no policy or no registers");
	return filter(judge_evidence(policy, regs, reterr));
}
