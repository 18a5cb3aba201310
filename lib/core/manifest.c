/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Manifests: a file whose hash is a launch or configuration register, and which names
 * more registers that this one stands for.  (The thread of the RFC: lines
 * "kernel.org/tsm/static_mr NAME DIGEST".)
 */
#include <assert.h>
#include <stdio.h>

#include "crypto/hash.h"
#include "core/regs.h"
#include "core/replay.h"
#include "util/error.h"
#include "util/hex.h"

static const char word[] = "kernel.org/tsm/static_mr ";

/* The next line that names a register; anything else is the guest owner's business. */
static bool next_line(struct span *text, struct span *ret)
{
	while (text->n) {
		const uint8_t *newline = memchr(text->p, '\n', text->n);
		struct span line =
			span_of(text->p, newline ? (size_t)(newline - text->p) : text->n);

		text->p += line.n + (newline ? 1 : 0);
		text->n -= line.n + (newline ? 1 : 0);
		if (!span_starts(line, word, sizeof(word) - 1))
			continue;
		*ret = span_of(line.p + sizeof(word) - 1, line.n - (sizeof(word) - 1));
		return true;
	}
	return false;
}

/* "NAME [ALG/]HEX" */
static bool split(struct span line, struct span *ret_name, struct tsmmr_reg *reg)
{
	const uint8_t *blank = memchr(line.p, ' ', line.n);
	const uint8_t *slash;
	const struct hash_alg *alg = NULL;
	struct span digest;
	ssize_t n;

	if (!blank || blank == line.p || blank - line.p > 64)
		return false;
	*ret_name = span_of(line.p, (size_t)(blank - line.p));
	/* The host's to choose, and printed: what no list could name is no name. */
	for (size_t i = 0; i < ret_name->n; i++)
		if (ret_name->p[i] <= ' ' || ret_name->p[i] > '~' || strchr("/,:=", ret_name->p[i]))
			return false;
	digest = span_of(blank + 1, line.n - ret_name->n - 1);
	slash = memchr(digest.p, '/', digest.n);
	if (slash) {
		alg = hash_by_name(span_of(digest.p, (size_t)(slash - digest.p)));
		if (!alg)
			return false;
		digest = span_of(slash + 1, digest.n - (size_t)(slash + 1 - digest.p));
	}
	n = hex_decode(reg->value, sizeof(reg->value), (const char *)digest.p, digest.n);
	if (n <= 0 || (alg && n != alg->size))
		return false;
	reg->alg = alg ? alg->id : TSMMR_HASH_NONE;
	reg->size = (uint32_t)n;
	return true;
}

/*
 * Is the hash of the file the register's value?  A register without a hash of its own
 * holds 48 bytes: a SHA-384, or a SHA-256 and zeros, as CoCo's agent fills MRCONFIGID.
 */
static int check_hash(struct crypto crypto, const struct tsmmr_reg *reg, struct span file,
		      bool *ret_equal)
{
	static const int guesses[] = { TSMMR_HASH_SHA384, TSMMR_HASH_SHA256, TSMMR_HASH_SHA512 };
	uint8_t digest[TSMMR_HASH_SIZE_MAX];

	*ret_equal = false;
	for (size_t i = 0; i < ARRAY_SIZE(guesses); i++) {
		const struct hash_alg *alg = hash_by_id(reg->alg ? reg->alg : guesses[i]);
		_cleanup_(hasher_done) struct hasher h = { 0 };
		int r;

		if (alg->size > reg->size)
			continue;
		r = hasher_init(&h, crypto, alg);
		memset(digest, 0, sizeof(digest));
		if (r == 0)
			r = hash_bytes(&h, file.p, file.n, digest);
		if (r < 0)
			return r;
		*ret_equal |= hash_equal(digest, reg->value, reg->size);
	}
	return 0;
}

static int add(struct tsmmr_regs *regs, const struct tsmmr_reg *base, struct span line,
	       struct tsmmr_error *err)
{
	struct tsmmr_reg reg = {
		.has_value = true, .derived = true, .trust = base->trust, .piece = base->piece
	};
	struct reg_desc desc = { .kind = TSMMR_KIND_CONFIG };
	_cleanup_(free) char *full = NULL;
	struct span name;

	if (!split(line, &name, &reg))
		return fail(err, TSMMR_E_MALFORMED, "a static_mr line without a name and a digest");
	if (asprintf(&full, "%s/%.*s", base->desc->name, (int)name.n, (const char *)name.p) < 0) {
		full = NULL;
		return fail_nomem(err);
	}
	desc.name = full;
	desc.alg = reg.alg;
	desc.size = (uint8_t)reg.size;
	if (platform_make(base->desc->name, &desc, &reg.platform) < 0)
		return fail_nomem(err);
	reg.desc = &reg.platform->regs[0];
	regs->regs[regs->n++] = reg;
	return 0;
}

int regs_add_manifest(struct crypto crypto, const struct tsmmr_regs *base, size_t i,
		      struct span file, struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	const struct tsmmr_reg *reg = &base->regs[i];
	const char *name = reg->desc->name;
	struct span rest = file, line;
	size_t n = 0;
	bool equal;
	int r;

	assert(reg->has_value);
	if (reg->desc->kind == TSMMR_KIND_RUNTIME)
		return fail(err, TSMMR_E_ARG,
			    "%s is extended at run time: no file's hash is its value", name);
	r = check_hash(crypto, reg, file, &equal);
	if (r < 0)
		return fail_low(err, r);
	if (!equal)
		return fail(err, TSMMR_E_UNTRUSTED, "the manifest's hash is not the value of %s",
			    name);

	while (next_line(&rest, &line))
		n++;
	if (n > VIRTUAL_MAX)
		return fail(err, TSMMR_E_LIMIT, "a manifest with more than %d registers",
			    VIRTUAL_MAX);
	if (regs_copy(base, n, &regs) < 0)
		return fail_nomem(err);
	for (rest = file; next_line(&rest, &line);) {
		r = add(regs, &regs->regs[i], line, err);
		if (r < 0)
			return r;
	}

	*ret = take_ptr(regs);
	return 0;
}

int regs_with_manifest(struct crypto crypto, const struct tsmmr_regs *base, const char *name,
		       struct span file, struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	for (size_t i = base->n; i-- > 0;)
		if (strcmp(base->regs[i].desc->name, name) == 0 && base->regs[i].has_value)
			return regs_add_manifest(crypto, base, i, file, ret, err);
	return fail(err, TSMMR_E_NOTFOUND, "the evidence has no register '%s'", name);
}

bool manifest_names_any(struct span file)
{
	struct span line;

	return next_line(&file, &line);
}
