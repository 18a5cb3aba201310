/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of types.h: check arguments, call in, filter codes. */
#include "api.h"

#include "core/ctx.h"
#include "core/regs.h"
#include "crypto/cache.h"
#include "crypto/trust.h"
#include "crypto/hash.h"
#include "envelope/envelope.h"
#include "format/format.h"
#include "live/open.h"
#include "sys/file.h"
#include "known/image.h"
#include "known/table.h"
#include "platform/evidence.h"
#include "platform/platforms.h"
#include "platform/roots.h"
#include "util/armour.h"
#include "util/cbor_out.h"
#include "util/json_in.h"
#include "util/version.h"
#include "values/values.h"

static const char *hash_name(int id)
{
	const struct hash_alg *alg = hash_by_id(id);

	return alg ? alg->name : NULL;
}

static const char *measured_role(int role)
{
	return image_role((size_t)role);
}

static const char *launch_role(int role)
{
	return image_role_name((enum image_role)role);
}

/* A way to name, and the range in which names are looked for. */
static const struct {
	const char *(*name)(int value);
	int first, last;
} vocabularies[] = {
	[TSMMR_NAMES_HASH] = { hash_name, 0, 0x00ff },
	[TSMMR_NAMES_FORMAT] = { format_name, 0, 31 },
	[TSMMR_NAMES_PLATFORM] = { platform_name, 0, 31 },
	[TSMMR_NAMES_SPACE] = { space_name, 0, 31 },
	[TSMMR_NAMES_ERROR] = { error_name, -31, 0 },
	[TSMMR_NAMES_LOG] = { known_log_name, 0, 31 },
	[TSMMR_NAMES_TRUST] = { trust_name, 0, 31 },
	[TSMMR_NAMES_KIND] = { kind_name, 0, 31 },
	[TSMMR_NAMES_PART] = { part_name, 0, 31 },
	[TSMMR_NAMES_BINDING] = { binding_name, 0, 2 },
	[TSMMR_NAMES_STATUS] = { status_name, 0, 31 },
	[TSMMR_NAMES_SEVERITY] = { severity_name, 0, 31 },
	[TSMMR_NAMES_CONTENT] = { content_name, 0, 31 },
	[TSMMR_NAMES_DETAIL] = { detail_name, 0, 31 },
	[TSMMR_NAMES_VALUES] = { values_name, 0, 31 },
	[TSMMR_NAMES_KNOWN] = { known_kind_name, 0, 31 },
	[TSMMR_NAMES_VERDICT] = { verdict_name, 0, 31 },
	[TSMMR_NAMES_IMAGE] = { measured_role, 0, 31 },
	[TSMMR_NAMES_LAUNCH] = { launch_role, 0, IMAGE_ROLES - 1 },
};

TSMMR_API const char *tsmmr_name(int names, int value)
{
	if (names <= 0 || (size_t)names >= ARRAY_SIZE(vocabularies) ||
	    value < vocabularies[names].first || value > vocabularies[names].last)
		return NULL;
	return vocabularies[names].name(value);
}

TSMMR_API int tsmmr_name_find(int names, const char *name, int *ret_value)
{
	int unasked;

	if (names <= 0 || (size_t)names >= ARRAY_SIZE(vocabularies) || !name)
		return TSMMR_E_ARG;
	if (!ret_value)
		ret_value = &unasked;
	if (names == TSMMR_NAMES_HASH) {
		const struct hash_alg *alg = hash_by_name(span_of(name, strlen(name)));

		if (!alg)
			return TSMMR_E_NOTFOUND;
		*ret_value = alg->id;
		return 0;
	}
	for (int v = vocabularies[names].first; v <= vocabularies[names].last; v++) {
		const char *known = vocabularies[names].name(v);

		if (known && strcmp(known, name) == 0) {
			*ret_value = v;
			return 0;
		}
	}
	return TSMMR_E_NOTFOUND;
}

TSMMR_API int tsmmr_hash_size(int hash)
{
	const struct hash_alg *known = hash_by_id(hash);

	return known ? known->size : TSMMR_E_NOTFOUND;
}

TSMMR_API const char *tsmmr_version(void)
{
	return VERSION_TEXT(TSMMR_VERSION_MAJOR, TSMMR_VERSION_MINOR, TSMMR_VERSION_PATCH);
}

TSMMR_API uint32_t tsmmr_version_number(void)
{
	return TSMMR_VERSION_MAJOR << 16 | TSMMR_VERSION_MINOR << 8 | TSMMR_VERSION_PATCH;
}

TSMMR_API int tsmmr_library_at(size_t i, const char **ret_name, const char **ret_version)
{
	const char *const libraries[][2] = {
		{ "OpenSSL", crypto_version() },
		{ "json-c", json_in_library() },
		{ "libcbor", cbor_out_library() },
	};

	if (i >= sizeof(libraries) / sizeof(libraries[0]))
		return TSMMR_E_NOTFOUND;
	if (ret_name)
		*ret_name = libraries[i][0];
	if (ret_version)
		*ret_version = libraries[i][1];
	return 0;
}

TSMMR_API int tsmmr_format_can(int format)
{
	const struct format *f = format_by_id(format);

	if (!format_name(format))
		return TSMMR_E_ARG;
	if (format == TSMMR_FORMAT_AUTO)
		return TSMMR_CAN_READ;
	return f ? (f->next ? TSMMR_CAN_READ : 0) | (f->encoder ? TSMMR_CAN_WRITE : 0) : 0;
}

DEFINE_CLEANUP(struct tsmmr_ctx *, tsmmr_ctx_free)

static int copy_string(const char *from, char **to)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? TSMMR_E_NOMEM : 0;
}

static int ctx_copy(const struct tsmmr_ctx *from, struct tsmmr_ctx **ret)
{
	_cleanup_(tsmmr_ctx_free) struct tsmmr_ctx *ctx = calloc(1, sizeof(*ctx));
	int r;

	if (!ctx)
		return TSMMR_E_NOMEM;
	ctx->users = 1;
	ctx->flags = from->flags;
	ctx->limits = from->limits;
	ctx->crypto = from->crypto;
	ctx->trace = from->trace;
	ctx->trace_user = from->trace_user;
	r = copy_string(from->root, &ctx->root);
	if (r == 0)
		r = copy_string(from->log_dir, &ctx->log_dir);
	if (r == 0)
		r = copy_string(from->temporary, &ctx->temporary);
	if (r == 0)
		r = copy_string(from->tcti, &ctx->tcti);
	if (r == 0 && from->initial)
		r = regs_copy(from->initial, 0, &ctx->initial);
	if (r == 0)
		r = trust_copy(from->trust, &ctx->trust);
	if (r == 0 && from->collateral)
		r = collateral_copy(from->collateral, &ctx->collateral);
	ctx->collateral_grace = from->collateral_grace;
	ctx->certs = from->certs ? cert_cache_ref(from->certs) : cert_cache_new();
	if (r == 0 && !ctx->certs)
		r = TSMMR_E_NOMEM;
	if (r < 0)
		return r;
	*ret = take_ptr(ctx);
	return 0;
}

TSMMR_API int tsmmr_ctx_new(uint32_t flags, struct tsmmr_ctx **ret_ctx, struct tsmmr_error *reterr)
{
	static struct trust nobody;
	static char here[] = "";
	static const struct tsmmr_ctx plain = { .root = here, .trust = &nobody };
	_cleanup_(tsmmr_ctx_free) struct tsmmr_ctx *ctx = NULL;
	int r;

	r = tsmmr_ctx_copy(&plain, &ctx, reterr);
	if (r == 0)
		r = tsmmr_ctx_set_flags(ctx, flags, reterr);
	if (r == 0 && !ret_ctx)
		r = bad_arg(reterr, "nowhere to return to");
	if (r < 0)
		return r;
	*ret_ctx = take_ptr(ctx);
	return 0;
}

TSMMR_API int tsmmr_ctx_copy(const struct tsmmr_ctx *ctx, struct tsmmr_ctx **ret_ctx,
			     struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !ret_ctx)
		return bad_arg(reterr, "no context or nowhere to return to");
	return ctx_copy(ctx, ret_ctx) < 0 ? fail_nomem(reterr) : 0;
}

TSMMR_API struct tsmmr_ctx *tsmmr_ctx_ref(struct tsmmr_ctx *ctx)
{
	if (ctx)
		users_add(&ctx->users);
	return ctx;
}

TSMMR_API void tsmmr_ctx_free(struct tsmmr_ctx *ctx)
{
	if (!ctx || !users_drop(&ctx->users))
		return;
	regs_free(ctx->initial);
	trust_done(ctx->trust);
	free(ctx->trust);
	collateral_free(ctx->collateral);
	cert_cache_free(ctx->certs);
	free(ctx->log_dir);
	free(ctx->temporary);
	free(ctx->tcti);
	free(ctx->root);
	free(ctx);
}

TSMMR_API void tsmmr_free(void *bytes)
{
	free(bytes);
}

/* Replaces a string of the context's, without the slashes at its end. */
static int set_path(char **to, const char *path, struct tsmmr_error *err)
{
	char *copy = strdup(path);
	size_t n;

	if (!copy)
		return fail_nomem(err);
	n = strlen(copy);
	while (n && copy[n - 1] == '/')
		copy[--n] = 0;
	free(*to);
	*to = copy;
	return 0;
}

TSMMR_API int tsmmr_ctx_set_root(struct tsmmr_ctx *ctx, const char *path,
				 struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !path || *path != '/')
		return bad_arg(reterr, "no context or no absolute path");
	return set_path(&ctx->root, path, reterr);
}

TSMMR_API int tsmmr_ctx_set_log_dir(struct tsmmr_ctx *ctx, const char *path,
				    struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !path || *path != '/')
		return bad_arg(reterr, "no context or no absolute path");
	return set_path(&ctx->log_dir, path, reterr);
}

TSMMR_API int tsmmr_ctx_set_temporary(struct tsmmr_ctx *ctx, const char *path,
				      struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || (path && !*path))
		return bad_arg(reterr, "no context or an empty path");
	return set_text(&ctx->temporary, path, reterr);
}

TSMMR_API int tsmmr_ctx_set_tcti(struct tsmmr_ctx *ctx, const char *conf,
				 struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	/* A library by its path would be one that nobody installed for this. */
	if (!ctx || !conf || !*conf || strcspn(conf, "/") < strcspn(conf, ":"))
		return bad_arg(reterr, "no context, or not the name of a TCTI");
	return set_text(&ctx->tcti, conf, reterr);
}

TSMMR_API int tsmmr_ctx_set_flags(struct tsmmr_ctx *ctx, uint32_t flags, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx ||
	    flags & ~(uint32_t)(TSMMR_CTX_STRICT | TSMMR_CTX_OPENSSL_ONLY | TSMMR_CTX_TLV_CC_MR |
				TSMMR_CTX_TLV_PCR | TSMMR_CTX_NO_PASS | TSMMR_CTX_EXPECTED_ONLY))
		return bad_arg(reterr, "no context, or a flag that there is not");
	if (flags & TSMMR_CTX_TLV_CC_MR && flags & TSMMR_CTX_TLV_PCR)
		return bad_arg(reterr, "CEL-TLV is numbered by MrIndex or by PCR");
	ctx->flags = flags;
	ctx->crypto.only = flags & TSMMR_CTX_OPENSSL_ONLY;
	return 0;
}

TSMMR_API int tsmmr_ctx_set_limit(struct tsmmr_ctx *ctx, int limit, uint64_t value,
				  struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx)
		return bad_arg(reterr, "no context");
	switch (limit) {
	case TSMMR_LIMIT_BYTES:
		ctx->limits.bytes = value;
		return 0;
	case TSMMR_LIMIT_EVENTS:
		ctx->limits.events = value;
		return 0;
	case TSMMR_LIMIT_EVENT_BYTES:
		if (value != TSMMR_NONE && value > EVENT_BYTES_MAX)
			return bad_arg(reterr, "more than 1 GiB for an event");
		ctx->limits.event_bytes = value < EVENT_BYTES_MAX ? value : EVENT_BYTES_MAX;
		return 0;
	case TSMMR_LIMIT_EXPLAIN:
		ctx->limits.explain = value;
		return 0;
	case TSMMR_LIMIT_FINDINGS:
		ctx->limits.findings = value;
		return 0;
	case TSMMR_LIMIT_LOCK_MS:
		ctx->limits.lock_ms = value;
		return 0;
	default:
		return bad_arg(reterr, "no such limit");
	}
}

TSMMR_API void tsmmr_ctx_cancel(struct tsmmr_ctx *ctx)
{
	if (ctx)
		__atomic_store_n(&ctx->cancelled, true, __ATOMIC_RELAXED);
}

TSMMR_API int tsmmr_ctx_add_trust_root(struct tsmmr_ctx *ctx, const void *data, size_t len,
				       struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !data || !len)
		return bad_arg(reterr, "no context or no trust root");
	return filter(roots_add_bytes(ctx->trust, span_of(data, len), reterr));
}

TSMMR_API int tsmmr_ctx_add_trust_root_sha256(struct tsmmr_ctx *ctx, const void *sha256, size_t len,
					      struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !sha256 || len != 32)
		return bad_arg(reterr, "no context, or not the 32 bytes of a SHA-256");
	return filter(roots_add_sha256(ctx->trust, sha256, reterr));
}

TSMMR_API int tsmmr_ctx_add_trust_root_named(struct tsmmr_ctx *ctx, const char *name,
					     struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !name)
		return bad_arg(reterr, "no context or no name");
	return filter(roots_add(ctx->trust, name, reterr));
}

TSMMR_API int tsmmr_trust_root_at(size_t i, const char **ret_name, const uint8_t **ret_sha256,
				  const char **ret_source)
{
	if (i >= n_vendor_roots)
		return TSMMR_E_NOTFOUND;
	if (ret_name)
		*ret_name = vendor_roots[i].name;
	if (ret_source)
		*ret_source = vendor_roots[i].source;
	return lend(vendor_roots[i].sha256, sizeof(vendor_roots[i].sha256), ret_sha256, NULL);
}

TSMMR_API int tsmmr_ctx_set_time(struct tsmmr_ctx *ctx, uint64_t seconds,
				 struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	return ctx ? trust_set_time(ctx->trust, seconds, reterr) : bad_arg(reterr, "no context");
}

/* What there is, to be added to: of what fails halfway nothing is kept. */
static int more_collateral(const struct tsmmr_ctx *ctx, struct collateral **ret,
			   struct tsmmr_error *err)
{
	if (ctx->collateral && collateral_copy(ctx->collateral, ret) < 0)
		return fail_nomem(err);
	if (!*ret)
		*ret = collateral_new(ctx->crypto, ctx->certs);
	return *ret ? 0 : fail_nomem(err);
}

/* What is in one; E_FORMAT where it is none. */
static int add_bundle(struct collateral *all, struct span s, struct tsmmr_error *err)
{
	_cleanup_(envelope_done) struct envelope env = { .n = 0 };
	int r = TSMMR_E_FORMAT;

	while (s.n && memchr(" \t\r\n", s.p[0], 4))
		s = span_tail(s, 1);
	if (span_starts(s, "{", 1) && s.n <= ENVELOPE_BYTES)
		r = envelope_open(s, &env, err);
	for (size_t i = 0; r == 0 && i < env.n; i++)
		if (!collateral_is_part(env.parts[i].part) && env.parts[i].part != TSMMR_PART_CERTS)
			return fail(err, TSMMR_E_FORMAT, "%s is no collateral", env.kind);
	for (size_t i = 0; r == 0 && i < env.n; i++)
		r = fail_of(err,
			    collateral_add(all, env.parts[i].part,
					   span_of(env.parts[i].p, env.parts[i].n), err),
			    env.parts[i].member);
	return r;
}

/* Where it is not said, what it is. */
static int add_part(struct tsmmr_ctx *ctx, struct collateral *all, int part, struct span s,
		    struct tsmmr_error *err)
{
	int r;

	if (!part) {
		r = add_bundle(all, s, err);
		if (r != TSMMR_E_FORMAT)
			return r;
		part = evidence_part_of(ctx->crypto, s);
	}
	if (part < 0)
		return fail_low(err, part);
	if (!collateral_is_part(part) && part != TSMMR_PART_CERTS)
		return fail(err, TSMMR_E_FORMAT, "no collateral that this library knows");
	return collateral_add(all, part, s, err);
}

static int add_collateral(struct tsmmr_ctx *ctx, int part, struct span s, struct tsmmr_error *err)
{
	_cleanup_(collateral_free) struct collateral *all = NULL;
	int r = more_collateral(ctx, &all, err);

	if (r == 0)
		r = add_part(ctx, all, part, s, err);
	if (r < 0)
		return r;
	collateral_free(ctx->collateral);
	ctx->collateral = take_ptr(all);
	return 0;
}

TSMMR_API int tsmmr_ctx_add_collateral(struct tsmmr_ctx *ctx, int part, const void *data,
				       size_t len, struct tsmmr_error *reterr)
{
	_cleanup_(free) uint8_t *stripped = NULL;
	struct span s = span_of(data, len);
	size_t n;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !data || !len)
		return bad_arg(reterr, "no context or no collateral");
	r = armour_strip(s, &stripped, &n);
	if (r < 0)
		return fail_nomem(reterr);
	if (r > 0)
		s = span_of(stripped, n);
	return filter(add_collateral(ctx, part, s, reterr));
}

TSMMR_API int tsmmr_ctx_set_collateral_grace(struct tsmmr_ctx *ctx, uint64_t seconds,
					     struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx)
		return bad_arg(reterr, "no context");
	ctx->collateral_grace = seconds;
	return 0;
}

TSMMR_API int tsmmr_ctx_set_trace(struct tsmmr_ctx *ctx, tsmmr_trace_fn fn, void *user,
				  struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx)
		return bad_arg(reterr, "no context");
	ctx->trace = fn;
	ctx->trace_user = user;
	return 0;
}

TSMMR_API int tsmmr_ctx_set_openssl(struct tsmmr_ctx *ctx, void *libctx, const char *properties,
				    struct tsmmr_error *reterr)
{
	struct cert_cache *certs;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx)
		return bad_arg(reterr, "no context");
	if (trust_any(ctx->trust) || ctx->collateral)
		return bad_arg(reterr, "trust roots or collateral were read by another OpenSSL "
				       "already");
	/* What another has read is not this one's. */
	certs = cert_cache_new();
	if (!certs)
		return fail_nomem(reterr);
	cert_cache_free(ctx->certs);
	ctx->certs = certs;
	ctx->crypto.lib = libctx;
	ctx->crypto.properties = properties;
	ctx->trust->crypto = ctx->crypto;
	return 0;
}

TSMMR_API int tsmmr_ctx_prepare(struct tsmmr_ctx *ctx, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx)
		return bad_arg(reterr, "no context");
	return crypto_prepare(ctx->crypto) < 0 ?
		       fail(reterr, TSMMR_E_UNSUPPORTED, "OpenSSL cannot be set up") :
		       0;
}

int values_parse(int format, int platform, struct span text, struct tsmmr_regs **ret,
		 struct tsmmr_error *err)
{
	struct values_of of = { .format = format, .table = platforms, .n_table = n_platforms };
	int r = open_platform(platform, &of.platform, err);

	if (r == 0 && !values_name(format))
		r = bad_arg(err, "no such form of values");
	return r < 0 ? r : regs_from_values(&of, text, ret, err);
}

TSMMR_API int tsmmr_ctx_set_initial(struct tsmmr_ctx *ctx, int platform, const char *text,
				    struct tsmmr_error *reterr)
{
	_cleanup_(regs_free) struct tsmmr_regs *all = NULL;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !text)
		return bad_arg(reterr, "no context or no text");
	r = values_parse(TSMMR_VALUES_AUTO, platform, span_of(text, strlen(text)), &all, reterr);
	for (size_t i = 0; r == 0 && i < all->n; i++)
		if (all->regs[i].n_others)
			r = fail(reterr, TSMMR_E_ARG, "%s has several start values",
				 all->regs[i].desc->name);
	if (r == 0 && ctx->initial)
		r = regs_join(all, ctx->initial, reterr);
	if (r < 0)
		return filter(r);
	regs_free(ctx->initial);
	ctx->initial = take_ptr(all);
	return 0;
}
