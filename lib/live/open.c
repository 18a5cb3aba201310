/* SPDX-License-Identifier: BSD-2-Clause */
/* From bytes to a stream: which format, which platform, which register. */
#include "live/open.h"

#include "core/trace.h"
#include "crypto/hash.h"
#include "format/foreign.h"
#include "format/format.h"
#include "live/live.h"
#include "sys/file.h"
#include "util/error.h"
#include "platform/platforms.h"

/* What a probe may look at. */
#define PROBE_BYTES (64u << 10)

int open_platform(int id, const struct platform **ret, struct tsmmr_error *err)
{
	const struct platform *p = platform_by_id(id);

	if (!p && id != TSMMR_PLATFORM_AUTO)
		return fail(err, TSMMR_E_ARG, "no such platform");
	*ret = p;
	return 0;
}

/* A virtual register, "CARRIER/NAME:HASH": another log may say what went into it. */
static int find_virtual(const char *text, const char *colon, struct stream_of *what,
			struct tsmmr_error *err)
{
	const char *slash = strchr(text, '/');
	_cleanup_(free) char *name = strndup(text, (size_t)(colon - text));
	_cleanup_(free) char *carrier = strndup(text, (size_t)(slash - text));
	const struct hash_alg *alg = hash_by_name(span_of(colon + 1, strlen(colon + 1)));
	struct reg_desc desc = { .name = name, .kind = TSMMR_KIND_RUNTIME };

	if (!alg)
		return fail(err, TSMMR_E_ARG, "no hash is called '%s'", colon + 1);
	desc.alg = alg->id;
	desc.size = alg->size;
	if (!name || !carrier || platform_make(carrier, &desc, &what->platform) < 0)
		return fail_nomem(err);
	what->reg = &what->platform->regs[0];
	what->alg = alg->id;
	return 0;
}

/* A register of a tree whose provider is named: "tsm_mr_sample/rtmr1:sha384". */
static int find_provided(const char *text, const char *slash, struct stream_of *what,
			 struct tsmmr_error *err)
{
	_cleanup_(free) char *provider = strndup(text, (size_t)(slash - text));
	_cleanup_(free) char *name = strdup(slash + 1);
	struct tree_reg reg = { .extensible = true };
	int r;

	if (!provider || !name)
		return fail_nomem(err);
	reg.provider = provider;
	reg.name = name;
	reg.hash = strchr(name, ':');
	if (reg.hash)
		*reg.hash++ = 0;
	if (what->platform)
		return fail(err, TSMMR_E_ARG, "'%s' says its platform itself", text);
	r = machine_describe(&reg, &what->platform, &what->reg, &what->alg, err);
	if (r == 0 && !what->alg)
		return fail(err, TSMMR_E_ARG, "%s needs a hash algorithm, as in %s:sha256", text,
			    text);
	return r;
}

/* Nobody has settled which PCR of a TPM is an application's: a role may be two registers'. */
static const struct reg_desc *another_of_role(const struct platform *p, const struct reg_desc *reg,
					      struct span role)
{
	for (size_t i = 0; i < p->n_regs; i++)
		if (&p->regs[i] != reg && p->regs[i].role &&
		    span_eq(role, p->regs[i].role, strlen(p->regs[i].role)))
			return &p->regs[i];
	return NULL;
}

/* A register by "[PROVIDER/]NAME[:HASH]", on that platform or the first that has it. */
static int find_reg(const char *text, struct stream_of *what, struct tsmmr_error *err)
{
	const char *slash = strchr(text, '/');
	const char *colon = strchr(text, ':');
	struct span name = span_of(text, colon ? (size_t)(colon - text) : strlen(text));
	const struct hash_alg *alg = NULL;
	const struct platform *any = NULL;
	const struct reg_desc *another;

	if (slash && colon && !what->platform &&
	    platform_find(&any, span_of(text, (size_t)(slash - text))))
		return find_virtual(text, colon, what, err);
	if (slash)
		return find_provided(text, slash, what, err);
	what->reg = platform_find(&what->platform, name);
	if (!what->reg)
		return fail(err, TSMMR_E_NOTFOUND, "no register is called '%s'", text);
	another = another_of_role(what->platform, what->reg, name);
	if (another)
		return fail(err, TSMMR_E_ARG, "'%.*s' may be %s or %s of %s", (int)name.n, name.p,
			    what->reg->name, another->name, what->platform->name);
	if (colon) {
		alg = hash_by_name(span_of(colon + 1, strlen(colon + 1)));
		if (!alg || (what->reg->alg && what->reg->alg != alg->id))
			return fail(err, TSMMR_E_ARG, "%s has no bank '%s'", what->reg->name,
				    colon + 1);
	}
	what->alg = alg ? alg->id : what->reg->alg;
	return 0;
}

/*
 * Registers of a platform that no table has, which the log itself names: "acme/agile:sha256" is
 * the first.  *ret is NULL where it is not such a name.
 */
static int find_claimed(struct span claim, const struct platform **ret, struct tsmmr_error *err)
{
	_cleanup_(free) char *text = strndup((const char *)claim.p, claim.n);
	struct stream_of what = { 0 };
	int r;

	if (!text)
		return fail_nomem(err);
	r = strchr(text, '/') ? find_reg(text, &what, NULL) : TSMMR_E_NOTFOUND;
	if (r == 0 && what.platform->users)
		r = platform_make_numbered(what.platform->name, what.reg, STREAM_INDEX_MAX, ret);
	platform_unref(what.platform);
	return r == TSMMR_E_NOMEM ? fail_nomem(err) : 0;
}

/* NULL where the log does not say, or says what we do not know. */
static int find_platform(const struct format *f, const struct source *source,
			 const struct platform **ret, struct tsmmr_error *err)
{
	char claim[CLAIM_MAX];
	size_t n = f->claims ? f->claims(source->p, source->n, claim) : 0;

	*ret = n ? platform_by_claim(span_of(claim, n)) : NULL;
	return n && !*ret ? find_claimed(span_of(claim, n), ret, err) : 0;
}

/*
 * Formats that are laid out the same and numbered otherwise follow the platform: a CCEL
 * is TDX's unless it is said to be CCA's, and what looks like one can be a TPM's log.
 */
static int settle_platform(int format_id, const struct source *source, struct stream_of *what,
			   struct tsmmr_error *err)
{
	const struct format *f = what->format;
	const struct platform *own = platform_by_id(f->default_platform);
	int r;

	if (!what->platform && (r = find_platform(f, source, &what->platform, err)) < 0)
		return r;
	if (!what->platform)
		return open_platform(f->default_platform, &what->platform, err);
	if (f->needs_reg || f->any_platform || (own && own->space == what->platform->space))
		return 0;
	if (format_id == TSMMR_FORMAT_AUTO &&
	    (f->id == TSMMR_FORMAT_TCG2 || f->id == TSMMR_FORMAT_CCEL) &&
	    (what->platform->space == TSMMR_SPACE_PCR ||
	     what->platform->space == TSMMR_SPACE_CC_MR)) {
		what->format =
			format_by_id(what->platform->space == TSMMR_SPACE_PCR ? TSMMR_FORMAT_TCG2 :
										TSMMR_FORMAT_CCEL);
		return 0;
	}
	return fail(err, TSMMR_E_ARG, "a log of format %s is not about %s registers", f->name,
		    what->platform->name);
}

static int settle(const struct log_spec *said, const struct source *source, struct stream_of *what,
		  struct tsmmr_error *err)
{
	int r = open_platform(said->platform, &what->platform, err);

	if (r == 0 && said->reg) {
		if (!what->format->needs_reg && !what->format->may_reg)
			return fail(err, TSMMR_E_ARG,
				    "a log of format %s names its registers itself",
				    what->format->name);
		r = find_reg(said->reg, what, err);
	} else if (r == 0 && what->format->needs_reg) {
		r = fail(err, TSMMR_E_ARG,
			 "a log of format %s does not say which register it is about",
			 what->format->name);
	}
	return r < 0 ? r : settle_platform(said->format, source, what, err);
}

/* What a probe looks at: the same bytes of memory, file and pipe, so that they are one log. */
static struct span visible(const struct source *source)
{
	return span_of(source->p, source->n < PROBE_BYTES ? source->n : PROBE_BYTES);
}

static const struct format *bid(int id, struct crypto crypto, const struct source *source,
				struct span s)
{
	return format_probe(id, crypto, s.p, s.n, source->eof && source->n <= PROBE_BYTES);
}

/* Makes what a probe looks at visible, or n bytes of it. */
static int look(struct source *source, size_t n, struct tsmmr_error *err)
{
	int r = source_need(source, n);

	if (r == TSMMR_E_NOMEM)
		return fail_nomem(err);
	if (r >= 0 || r == TSMMR_E_LIMIT)
		return 0;
	if (r == TSMMR_E_MALFORMED)
		return fail(err, r, "%s", source->why);
	return fail_os(err, r, source->error, "read: %s", errno_text(source->error));
}

/*
 * A log in hex or base64: where what the first bytes hold is a log of that format, and they
 * themselves are none.  So no line of text that happens to have such letters is taken for it.
 * *ret is the format, where it is not known already.
 */
static int find_in_armour(int id, struct crypto crypto, struct source *source,
			  const struct format **ret, struct tsmmr_error *err)
{
	const struct format *inside;
	_cleanup_(free) uint8_t *bytes = NULL;
	const enum armour_kind kinds[] = { ARMOUR_HEX, ARMOUR_ANY_BASE64 };
	struct span s = visible(source);

	if (!armour_may_begin(s))
		return 0;
	bytes = malloc(s.n);
	if (!bytes)
		return fail_nomem(err);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct span left = s;
		struct armour a;
		const struct packer *packer;
		size_t n;

		armour_begin(&a, kinds[i], 0);
		if (!armour_feed(&a, &left, bytes, s.n, &n) || !n)
			continue;
		packer = foreign_packer(span_of(bytes, n));
		if (packer)
			return fail(err, TSMMR_E_UNSUPPORTED,
				    "a file %s inside %s: take that off and "
				    "read it from a pipe, %s FILE | … -",
				    packer->what, armour_name(&a), packer->command);
		inside = bid(id, crypto, source, span_of(bytes, n));
		if (!inside)
			continue;
		*ret = *ret ? *ret : inside;
		/* By now it may be known which alphabet it is. */
		if (source_unwrap(source, a.kind) < 0)
			return fail_nomem(err);
		return look(source, PROBE_BYTES, err);
	}
	return 0;
}

/* Of an input of no format. */
static int refuse_foreign(const struct source *source, struct tsmmr_error *err)
{
	struct span s = visible(source);
	const struct packer *packer = foreign_packer(s);

	if (packer)
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "a file %s: read it from a pipe, %s FILE | … -", packer->what,
			    packer->command);
	if (foreign_is_cbmem(s))
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "a log in coreboot's own format (cbmem), which is not read; coreboot "
			    "can be built to write TCG's (TPM_LOG_TPM2)");
	if (foreign_is_acpi(s))
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "ACPI's table %.4s, which says where the log is, and not the log",
			    (const char *)s.p);
	if (!s.n)
		return fail(err, TSMMR_E_FORMAT, "the input is empty");
	if (s.n > 1 && (s.p[0] == 0 || s.p[0] == 0xff) && !memcmp(s.p, s.p + 1, s.n - 1))
		return fail(err, TSMMR_E_FORMAT, "not a log, but bytes that are all %s",
			    s.p[0] ? "0xff" : "zero");
	return fail(err, TSMMR_E_FORMAT, "not a log of any format we know");
}

/*
 * A format that is named is taken at its word, unless two dialects have the name.  Still it may
 * be in armour; a log of text, which may come line by line, is not waited for to see that.
 */
static int look_named(struct crypto crypto, const struct format *f, struct source *source,
		      const struct format **ret, struct tsmmr_error *err)
{
	*ret = f;
	/* What cannot be read fails where it is read. */
	if (source_need(source, 1) <= 0 || !armour_may_begin(visible(source)))
		return 0;
	if (!f->needs_reg && source_need(source, PROBE_BYTES) < 0)
		return 0;
	if (bid(f->id, crypto, source, visible(source)))
		return 0;
	/* Formats of one layout bid against each other; text is only what begins as it. */
	return find_in_armour(f->needs_reg ? f->id : TSMMR_FORMAT_AUTO, crypto, source, ret, err);
}

static int find_format(struct crypto crypto, const struct log_spec *said, struct source *source,
		       const struct format **ret, struct tsmmr_error *err)
{
	const struct format *named = format_by_id(said->format);
	int r;

	if (!format_name(said->format))
		return fail(err, TSMMR_E_ARG, "no such format");
	if (format_dialects(said->format) == 1 && named->next && !named->claims)
		return look_named(crypto, named, source, ret, err);

	r = look(source, PROBE_BYTES, err);
	if (r < 0)
		return r;
	*ret = bid(said->format, crypto, source, visible(source));
	if (!*ret)
		r = find_in_armour(said->format, crypto, source, ret, err);
	if (r < 0 || *ret)
		return r;
	if (said->format == TSMMR_FORMAT_AUTO) {
		/* Only logs of text need a register, so one that is given says what it is. */
		if (!said->reg || refuse_foreign(source, NULL) != TSMMR_E_FORMAT)
			return refuse_foreign(source, err);
		*ret = &format_text;
		return 0;
	}
	if (!named || !named->next)
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "logs of format %s cannot be read by this version",
			    format_name(said->format));
	*ret = named;
	return 0;
}

int open_source(const struct tsmmr_ctx *ctx, const struct log_spec *said, struct source *source,
		struct tsmmr_stream **ret, struct tsmmr_error *err)
{
	struct stream_of what = { .launch = said->launch, .chosen = said->chosen };
	int r;

	source->max_bytes = ctx->limits.bytes;
	r = find_format(ctx->crypto, said, source, &what.format, err);
	if (r == 0)
		r = settle(said, source, &what, err);
	if (r == 0)
		r = stream_new(ctx, &what, source, ret, err);
	if (r == 0)
		trace(ctx, TSMMR_TRACE_INFO, "an input is taken for a log of format %s%s%s%s%s",
		      what.format->name, what.platform ? " about " : "",
		      what.platform ? what.platform->name : "", what.reg ? " register " : "",
		      what.reg ? what.reg->name : "");
	platform_unref(what.platform);
	if (r < 0)
		source_done(source);
	return r;
}
