/* SPDX-License-Identifier: BSD-2-Clause */
/* This machine's registers: what its trees show, as our tables name it. */
#include <fcntl.h>
#include <stdio.h>

#include "crypto/hash.h"
#include "live/live.h"

#include "core/trace.h"
#include "sys/file.h"
#include "util/buf.h"
#include "util/error.h"
#include "platform/platforms.h"

/*
 * Is this what the table speaks of?  A register that a driver gives another hash or size
 * is not.  Who only has a name says no size.
 */
static bool fits(const struct reg_desc *desc, const struct tree_reg *reg,
		 const struct hash_alg *alg)
{
	if (strcmp(desc->name, reg->name) != 0 || (reg->hash && !alg))
		return false;
	if (desc->size)
		return (!alg || alg->id == desc->alg) && (!reg->size || reg->size == desc->size);
	return !alg || !reg->size || reg->size == alg->size;
}

/*
 * A register as far as its file shows.  One whose hash we cannot compute, or that is not
 * as long as its hash, has none for us: no log can explain it.  Its name then keeps the
 * hash, for several banks may be so.
 */
static int make_up(const struct tree_reg *reg, const struct hash_alg *alg,
		   const struct platform **ret_platform, const struct reg_desc **ret_desc,
		   struct tsmmr_error *err)
{
	_cleanup_(free) char *full = NULL;
	struct reg_desc desc = {
		.name = reg->name,
		.alg = alg ? alg->id : TSMMR_HASH_NONE,
		.size = reg->size <= TSMMR_HASH_SIZE_MAX ? (uint8_t)reg->size : 0,
		.kind = reg->extensible || reg->locked ? TSMMR_KIND_RUNTIME :
			reg->hash                      ? TSMMR_KIND_LAUNCH :
							 TSMMR_KIND_CONFIG,
		.flags = reg->extensible ? TSMMR_REG_EXTENSIBLE : 0,
	};

	if (reg->hash && !alg) {
		if (asprintf(&full, "%s:%s", reg->name, reg->hash) < 0) {
			full = NULL;
			return fail_nomem(err);
		}
		desc.name = full;
	}
	if (platform_make(reg->provider, &desc, ret_platform) < 0)
		return fail_nomem(err);
	*ret_desc = &(*ret_platform)->regs[0];
	return 0;
}

int machine_describe(const struct tree_reg *reg, const struct platform **ret_platform,
		     const struct reg_desc **ret_desc, uint16_t *ret_alg, struct tsmmr_error *err)
{
	const struct platform *platform = platform_by_provider(reg->provider);
	const struct hash_alg *alg = reg_alg(reg);
	int r;

	for (size_t i = 0; platform && i < platform->n_regs; i++) {
		const struct reg_desc *desc = &platform->regs[i];

		if (!fits(desc, reg, alg))
			continue;
		*ret_platform = platform;
		*ret_desc = desc;
		*ret_alg = alg ? alg->id : desc->alg;
		return 0;
	}

	if (alg && reg->size && reg->size != alg->size)
		alg = NULL;
	r = make_up(reg, alg, ret_platform, ret_desc, err);
	if (r < 0)
		return r;
	*ret_alg = alg ? alg->id : TSMMR_HASH_NONE;
	return 0;
}

/*
 * A table knows what cannot be extended whatever a copied file's mode says; a driver knows
 * what it does not let us extend.  A TPM's files are no way to extend at all, and say
 * nothing about it.
 */
static uint32_t flags_of(const struct tree_reg *tr, const struct reg_desc *desc)
{
	uint32_t flags = desc->flags;

	if (tr->layout != TREE_TPM && !tr->extensible)
		flags &= ~(uint32_t)TSMMR_REG_EXTENSIBLE;
	if (flags & TSMMR_REG_EXTENSIBLE && tr->writable_now)
		flags |= TSMMR_REG_WRITABLE_NOW;
	if (tr->readable)
		flags |= TSMMR_REG_READABLE;
	if (tr->locked)
		flags |= TSMMR_REG_LOCKED;
	return flags;
}

/* It stays in the question, without a value, and people see why. */
static int note_unreadable(struct tsmmr_regs *regs, const struct tree_reg *tr,
			   const struct tsmmr_error *why)
{
	/* "PATH: words", and the path is longer than a finding may be. */
	const char *words = strrchr(why->message, ':');

	return findings_add(&regs->findings, F_REGISTER_UNREADABLE, TSMMR_NONE, TSMMR_NONE,
			    TSMMR_NONE, "%s/%s%s%s: %s", tr->provider, tr->name,
			    tr->hash ? ":" : "", tr->hash ? tr->hash : "",
			    why->os_errno ? errno_text(why->os_errno) :
			    words         ? words + 2 :
					    "not a value");
}

static int read_reg(const struct tsmmr_ctx *ctx, const struct tree_reg *tr, struct tsmmr_regs *regs,
		    struct tsmmr_reg *reg, struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	const struct hash_alg *alg;
	int r;

	r = machine_describe(tr, &reg->platform, &reg->desc, &reg->alg, err);
	if (r < 0)
		return r;
	reg->provider = strdup(tr->provider);
	if (!reg->provider)
		return fail_nomem(err);

	alg = hash_by_id(reg->alg);
	reg->size = tr->size < UINT32_MAX ? (uint32_t)tr->size : UINT32_MAX;
	if (!reg->size && alg)
		reg->size = alg->size;
	reg->flags = flags_of(tr, reg->desc);
	/* A TPM that the caller names need not be this machine's. */
	reg->trust = *ctx->root || tr->layout == TREE_TCTI ? TSMMR_TRUST_GIVEN : TSMMR_TRUST_LIVE;

	/* What is longer than any hash, as a whole report, is no value of ours. */
	if (tr->size > sizeof(reg->value))
		return 0;
	r = reg_read(ctx->root, tr, reg->value, sizeof(reg->value), &why);
	/* A driver may show more than registers: what has no hash need not be a value. */
	if (r == TSMMR_E_MALFORMED && !tr->hash && !reg->alg && reg->platform->users)
		return 0;
	if (r < 0) {
		reg->flags &= ~(uint32_t)TSMMR_REG_READABLE;
		trace(ctx, TSMMR_TRACE_DEBUG, "%s/%s: %s", tr->provider, tr->name, why.message);
		return note_unreadable(regs, tr, &why) < 0 ? fail_nomem(err) : 0;
	}
	reg->has_value = true;
	reg->size = (uint32_t)r;
	return 0;
}

static int set_source(const char *root, struct tsmmr_regs *regs)
{
	char *path;

	return regs_set_source(regs, asprintf(&path, "%s/sys", root) < 0 ? NULL : path);
}

/* What is longer is no manifest: it has at most 64 lines that count. */
#define MANIFEST_MAX ((size_t)1 << 20)

/* A file as far as it can be read: one that cannot be names nothing. */
static int read_manifest(const char *root, const char *path, struct source *ret)
{
	int fd = file_open_below(root, path, O_RDONLY | O_NONBLOCK);
	int r;

	if (fd < 0)
		return 0;
	file_source(fd, ret);
	r = file_is_regular(fd) ? source_need(ret, MANIFEST_MAX) : 0;
	file_close(fd);
	return r == TSMMR_E_NOMEM ? r : 0;
}

static int take_manifest(const struct tsmmr_ctx *ctx, const char *path, struct span file, size_t i,
			 struct tsmmr_regs **regs, struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	struct tsmmr_regs *more;
	int r = regs_add_manifest(ctx->crypto, *regs, i, file, &more, &why);

	if (r == 0) {
		regs_free(*regs);
		*regs = more;
	} else if (r != TSMMR_E_NOMEM) {
		r = findings_add(&(*regs)->findings, F_MANIFEST_REFUSED, TSMMR_NONE, TSMMR_NONE,
				 TSMMR_NONE, "%s%s: %s", ctx->root, path, why.message);
	}
	return r < 0 ? fail_nomem(err) : 0;
}

/*
 * The log of a register that cannot be extended is what the register is the hash of.
 * (the thread of the RFC: "kernel.org/tsm/static_mr")
 */
static int add_manifest(const struct tsmmr_ctx *ctx, const struct tree_reg *tr, size_t i,
			struct tsmmr_regs **regs, struct tsmmr_error *err)
{
	struct source file = { 0 };
	int r;

	if (!tr->log_path || tr->extensible || tr->locked || !(*regs)->regs[i].has_value)
		return 0;
	r = read_manifest(ctx->root, tr->log_path, &file);
	if (r < 0)
		r = fail_nomem(err);
	else if (manifest_names_any(span_of(file.p, file.n)))
		r = take_manifest(ctx, tr->log_path, span_of(file.p, file.n), i, regs, err);
	source_done(&file);
	return r;
}

int machine_scan(const struct tsmmr_ctx *ctx, struct tree_scan *ret, struct tsmmr_error *err)
{
	_cleanup_(tree_scan_done) struct tree_scan scan = { 0 };
	int r = tree_scan(ctx->root, &scan, err);

	if (r == 0 && ctx->tcti)
		r = tree_scan_tcti(ctx->tcti, &scan, err);
	if (r < 0)
		return r;
	trace(ctx, TSMMR_TRACE_INFO, "%zu registers below %s/sys", scan.n, ctx->root);
	*ret = scan;
	scan = (struct tree_scan){ 0 };
	return 0;
}

int machine_regs(const struct tsmmr_ctx *ctx, struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(tree_scan_done) struct tree_scan scan = { 0 };
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	int r;

	r = machine_scan(ctx, &scan, err);
	if (r < 0)
		return r;
	if (!scan.n)
		return fail(err, TSMMR_E_NOTFOUND, "%s: no measurement registers here",
			    *ctx->root ? ctx->root : "/");
	if (regs_new(scan.n, &regs) < 0 || set_source(ctx->root, regs) < 0)
		return fail_nomem(err);

	for (size_t i = 0; i < scan.n; i++) {
		r = read_reg(ctx, &scan.regs[i], regs, &regs->regs[i], err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < scan.n; i++) {
		r = add_manifest(ctx, &scan.regs[i], i, &regs, err);
		if (r < 0)
			return r;
	}

	*ret = take_ptr(regs);
	return 0;
}

/* "[PROVIDER/]NAME[:HASH]", taken apart.  Spans are empty for what is not said. */
struct wanted {
	bool for_record; /* banks that follow another are not meant, unless by hash */
	struct span provider, name, hash;
	struct span whole; /* name and hash: a name may hold a colon */
};

static struct wanted parse(const char *text, bool for_record)
{
	const char *slash = strchr(text, '/');
	const char *name = slash ? slash + 1 : text;
	const char *colon = strrchr(name, ':');
	struct wanted w = { .for_record = for_record, .whole = span_of(name, strlen(name)) };

	if (slash)
		w.provider = span_of(text, (size_t)(slash - text));
	w.name = colon ? span_of(name, (size_t)(colon - name)) : w.whole;
	if (colon)
		w.hash = span_of(colon + 1, strlen(colon + 1));
	return w;
}

static bool is(struct span s, const char *text)
{
	return text && span_eq(s, text, strlen(text));
}

/* As the kernel spells a hash, or as we do. */
static bool has_hash(const struct tree_reg *reg, struct span hash)
{
	const struct hash_alg *alg = reg_alg(reg);

	return is(hash, reg->hash) || (alg && alg == hash_by_name(hash));
}

/* Is it another's part of what a record extends? */
static bool is_aside(const struct tree_reg *reg, const struct wanted *w)
{
	return w->for_record && reg->follows && !w->hash.n;
}

static bool is_named(const struct tree_reg *reg, const struct wanted *w)
{
	if (is_aside(reg, w) || (w->provider.n && !is(w->provider, reg->provider)))
		return false;
	if (!reg->hash && is(w->whole, reg->name))
		return true;
	return is(w->name, reg->name) && (!w->hash.n || has_hash(reg, w->hash));
}

static int has_role(const struct tree_reg *reg, const struct wanted *w, struct tsmmr_error *err)
{
	_cleanup_(platform_unref) const struct platform *platform = NULL;
	const struct reg_desc *desc;
	uint16_t alg;
	int r;

	if (is_aside(reg, w) || (w->provider.n && !is(w->provider, reg->provider)) ||
	    (w->hash.n && !has_hash(reg, w->hash)))
		return 0;
	r = machine_describe(reg, &platform, &desc, &alg, err);
	return r < 0 ? r : is(w->name, desc->role);
}

/* Those that fit: how many, the first, and their names for people. */
struct fitting {
	size_t n;
	const struct tree_reg *first;
	struct buf names;
};

static void fitting_done_p(struct fitting *f)
{
	buf_done(&f->names);
}

static void fitting_add(struct fitting *f, const struct tree_reg *reg)
{
	if (!f->n++)
		f->first = reg;
	buf_printf(&f->names, "%s%s/%s%s%s", f->n > 1 ? ", " : "", reg->provider, reg->name,
		   reg->hash ? ":" : "", reg->hash ? reg->hash : "");
}

/*
 * A role is asked for in order to extend, so registers that can be extended here come
 * first: a guest with RTMRs and a vTPM has one app-runtime.
 */
static int find_role(const struct tree_scan *scan, const struct wanted *w, struct fitting *f,
		     struct tsmmr_error *err)
{
	for (int extensible = 1; extensible >= 0 && !f->n; extensible--)
		for (size_t i = 0; i < scan->n; i++) {
			int r = 0;

			if (scan->regs[i].extensible == extensible)
				r = has_role(&scan->regs[i], w, err);
			if (r < 0)
				return r;
			if (r)
				fitting_add(f, &scan->regs[i]);
		}
	return 0;
}

int machine_find(const struct tree_scan *scan, const char *name, bool for_record,
		 const struct tree_reg **ret, struct tsmmr_error *err)
{
	__attribute__((cleanup(fitting_done_p))) struct fitting f = { 0 };
	struct wanted w = parse(name, for_record);
	int r = 0;

	for (size_t i = 0; i < scan->n; i++)
		if (is_named(&scan->regs[i], &w))
			fitting_add(&f, &scan->regs[i]);
	if (!f.n)
		r = find_role(scan, &w, &f, err);
	if (r < 0)
		return r;

	if (!f.n)
		return fail(err, TSMMR_E_NOTFOUND, "no register is called '%s'", name);
	if (f.n > 1)
		return fail(err, TSMMR_E_ARG, "'%s' may be %.*s", name,
			    f.names.failed ? 0 : (int)f.names.n, (const char *)f.names.p);
	*ret = f.first;
	return 0;
}
