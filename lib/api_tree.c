/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of tree.h: check arguments, call in, filter codes. */
#include "api.h"

#include "live/live.h"
#include "sys/report.h"

TSMMR_API int tsmmr_tree_open(const struct tsmmr_ctx *ctx, struct tsmmr_tree **ret_tree,
			      struct tsmmr_error *reterr)
{
	struct tsmmr_tree *tree;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !ret_tree)
		return bad_arg(reterr, "no context or nowhere to return to");
	tree = calloc(1, sizeof(*tree));
	if (!tree)
		return fail_nomem(reterr);

	tree->ctx = hold(ctx);
	r = machine_scan(ctx, &tree->scan, reterr);
	if (r == 0 && !tree->scan.n)
		r = tsm_report_exists(ctx->root, reterr);
	else if (r == 0)
		r = 1;
	if (r == 0)
		r = fail(reterr, TSMMR_E_NOTFOUND, "%s: no measurement registers here",
			 *ctx->root ? ctx->root : "/");
	if (r < 0) {
		tsmmr_tree_free(tree);
		return filter(r);
	}
	*ret_tree = tree;
	return 0;
}

TSMMR_API void tsmmr_tree_free(struct tsmmr_tree *tree)
{
	if (!tree)
		return;
	tree_scan_done(&tree->scan);
	tsmmr_ctx_free(tree->ctx);
	free(tree);
}

struct tsmmr_appended {
	struct append append;
};

/* A register that can be extended: by its file, and by what is known of its platform. */
static int find_extensible(const struct tsmmr_tree *tree, const char *name, bool for_record,
			   const struct tree_reg **ret, struct tsmmr_error *err)
{
	_cleanup_(platform_unref) const struct platform *platform = NULL;
	const struct reg_desc *desc;
	uint16_t alg;
	int r = machine_find(&tree->scan, name, for_record, ret, err);

	if (r == 0)
		r = machine_describe(*ret, &platform, &desc, &alg, err);
	if (r == 0 && !(desc->flags & TSMMR_REG_EXTENSIBLE))
		return fail(err, TSMMR_E_LOCKED, "%s cannot be extended", (*ret)->name);
	return r;
}

TSMMR_API int tsmmr_tree_extend(const struct tsmmr_tree *tree, const char *reg, const void *digest,
				size_t len, struct tsmmr_error *reterr)
{
	const struct tree_reg *found;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!tree || !reg || !digest)
		return bad_arg(reterr, "no tree, no register or no digest");
	r = find_extensible(tree, reg, false, &found, reterr);
	if (r < 0)
		return filter(r);
	return filter(tree_extend_logged(tree, found, digest, len, reterr));
}

TSMMR_API int tsmmr_tree_append(const struct tsmmr_tree *tree, const char *reg, const void *record,
				size_t len, uint32_t flags, struct tsmmr_appended **ret_appended,
				struct tsmmr_error *reterr)
{
	struct append a = { .record = span_of(record, len), .flags = flags };
	struct tsmmr_appended *appended = NULL;
	const struct tree_reg *found;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!tree || !reg || (!record && len) || flags & ~(uint32_t)TSMMR_APPEND_ONCE)
		return bad_arg(reterr, "no tree, no register, no record or unknown flags");
	r = find_extensible(tree, reg, true, &found, reterr);
	if (r < 0)
		return filter(r);
	/* Once the record is extended nothing may fail any more. */
	if (ret_appended && !(appended = calloc(1, sizeof(*appended))))
		return fail_nomem(reterr);
	r = tree_append(tree, found, &a, reterr);
	if (r < 0) {
		free(appended);
		return filter(r);
	}
	if (appended) {
		a.record = span_of(NULL, 0); /* the caller's */
		appended->append = a;
		*ret_appended = appended;
	}
	return 0;
}

/* The results of a group, of which the first n_done are the caller's. */
static void give_appended(struct tsmmr_appended **all, size_t n, size_t n_done,
			  struct tsmmr_appended **ret)
{
	for (size_t i = 0; i < n; i++) {
		all[i]->append.record = span_of(NULL, 0);
		if (ret && i < n_done)
			ret[i] = all[i];
		else
			free(all[i]);
	}
}

static int append_some(const struct tsmmr_tree *tree, const struct tree_reg *reg,
		       const char *const *records, size_t n, uint32_t flags,
		       struct tsmmr_appended **ret, size_t *ret_n, struct tsmmr_error *err)
{
	struct tsmmr_appended *all[APPEND_GROUP_MAX];
	struct append *each[APPEND_GROUP_MAX];
	size_t k = 0;
	int r = 0;

	*ret_n = 0;
	for (; k < n; k++) {
		all[k] = calloc(1, sizeof(*all[k]));
		if (!all[k])
			break;
		each[k] = &all[k]->append;
		each[k]->record = span_of(records[k], strlen(records[k]));
		each[k]->flags = flags;
	}
	/* Once a record is extended nothing may fail any more. */
	r = k < n ? fail_nomem(err) : tree_append_many(tree, reg, each, n, ret_n, err);
	give_appended(all, k, *ret_n, ret);
	return r;
}

TSMMR_API int tsmmr_tree_append_many(const struct tsmmr_tree *tree, const char *reg,
				     const char *const *records, size_t n, uint32_t flags,
				     struct tsmmr_appended **ret_appended,
				     struct tsmmr_error *reterr)
{
	const struct tree_reg *found;
	int r;

	for (size_t i = 0; ret_appended && i < n; i++)
		ret_appended[i] = NULL;
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!tree || !reg || (!records && n) || flags & ~(uint32_t)TSMMR_APPEND_ONCE)
		return bad_arg(reterr, "no tree, no register, no records or unknown flags");
	for (size_t i = 0; i < n; i++)
		if (!records[i])
			return bad_arg(reterr, "a record is NULL");
	r = find_extensible(tree, reg, true, &found, reterr);
	for (size_t at = 0, done; r == 0 && at < n; at += done) {
		size_t some = n - at < APPEND_GROUP_MAX ? n - at : APPEND_GROUP_MAX;

		r = append_some(tree, found, records + at, some, flags,
				ret_appended ? ret_appended + at : NULL, &done, reterr);
		if (r < 0 && error_filled(reterr))
			reterr->record = at + done;
	}
	return filter(r);
}

TSMMR_API void tsmmr_appended_free(struct tsmmr_appended *appended)
{
	free(appended);
}

TSMMR_API uint32_t tsmmr_appended_flags(const struct tsmmr_appended *appended)
{
	return appended ? appended->append.done : 0;
}

TSMMR_API size_t tsmmr_appended_bank_count(const struct tsmmr_appended *appended)
{
	return appended ? appended->append.n_banks : 0;
}

TSMMR_API int tsmmr_appended_digest(const struct tsmmr_appended *appended, size_t i, int *ret_hash,
				    const uint8_t **ret_digest, size_t *ret_len)
{
	const struct append_bank *bank;

	if (!appended)
		return TSMMR_E_ARG;
	if (i >= appended->append.n_banks)
		return TSMMR_E_NOTFOUND;
	bank = &appended->append.banks[i];
	if (ret_hash)
		*ret_hash = bank->alg->id;
	return lend(bank->digest, bank->alg->size, ret_digest, ret_len);
}

TSMMR_API int tsmmr_appended_value(const struct tsmmr_appended *appended, size_t i, int *ret_hash,
				   const uint8_t **ret_value, size_t *ret_len)
{
	int r = tsmmr_appended_digest(appended, i, ret_hash, NULL, ret_len);

	if (r == 0 && ret_value)
		*ret_value = appended->append.banks[i].value;
	return r;
}

TSMMR_API int tsmmr_tree_settle(const struct tsmmr_tree *tree, const char *reg, int *ret_outcome,
				struct tsmmr_error *reterr)
{
	const struct tree_reg *found;
	int outcome, r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!tree || !reg)
		return bad_arg(reterr, "no tree or no register");
	r = find_extensible(tree, reg, true, &found, reterr);
	if (r == 0)
		r = tree_settle(tree, found, &outcome, reterr);
	if (r == 0 && ret_outcome)
		*ret_outcome = outcome;
	return filter(r);
}

TSMMR_API int tsmmr_tree_lock(const struct tsmmr_tree *tree, const char *reg,
			      struct tsmmr_error *reterr)
{
	const struct tree_reg *found;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!tree || !reg)
		return bad_arg(reterr, "no tree or no register");
	r = machine_find(&tree->scan, reg, false, &found, reterr);
	return filter(r < 0 ? r : reg_lock(tree->ctx->root, found, reterr));
}

TSMMR_API int tsmmr_attest_new(int platform, struct tsmmr_attest **ret_request,
			       struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ret_request)
		return bad_arg(reterr, "nowhere to return to");
	return filter(attest_new(platform, ret_request, reterr));
}

TSMMR_API void tsmmr_attest_free(struct tsmmr_attest *request)
{
	free(request);
}

TSMMR_API int tsmmr_attest_set_nonce(struct tsmmr_attest *request, const void *nonce, size_t len,
				     struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!request || !nonce || !len || len > sizeof(request->nonce))
		return bad_arg(reterr, "no request, or not 1 to 64 bytes of nonce");
	memcpy(request->nonce, nonce, len);
	request->nonce_n = len;
	return 0;
}

TSMMR_API int tsmmr_attest_set_bytes(struct tsmmr_attest *request, const char *name,
				     const void *data, size_t len, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!request || !name || (!data && len))
		return bad_arg(reterr, "no request, no name or no data");
	return filter(attest_carry(request, name, span_of(data, len), reterr));
}

TSMMR_API int tsmmr_attest_set_u64(struct tsmmr_attest *request, const char *name, uint64_t value,
				   struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!request || !name)
		return bad_arg(reterr, "no request or no name");
	return filter(attest_set(request, name, value, reterr));
}

TSMMR_API int tsmmr_tree_attest(const struct tsmmr_tree *tree, const struct tsmmr_attest *request,
				struct tsmmr_evidence **ret_evidence, struct tsmmr_log **ret_log,
				struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!tree || !request || !ret_evidence)
		return bad_arg(reterr, "no tree, no request or nowhere to return to");
	if (!request->nonce_n)
		return bad_arg(reterr, "the request has no nonce");
	return filter(tree_attest(tree, request, ret_evidence, ret_log, reterr));
}
