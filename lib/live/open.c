/* SPDX-License-Identifier: BSD-2-Clause */
/* From bytes to a stream: which format, which platform, which register. */
#include "live/open.h"

#include "crypto/hash.h"
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

struct chosen {
	const struct format *format;
	const struct platform *platform; /* a reference */
	const struct reg_desc *reg;
	uint16_t alg;
};

/* A virtual register, "CARRIER/NAME:HASH": another log may say what went into it. */
static int find_virtual(const char *text, const char *colon, struct chosen *what,
			struct tsmmr_error *err)
{
	const char *slash = strchr(text, '/');
	_cleanup_(free) char *name = strndup(text, (size_t)(colon - text));
	_cleanup_(free) char *carrier = strndup(text, (size_t)(slash - text));
	const struct hash_alg *alg = hash_by_name(span_of(colon + 1, strlen(colon + 1)));
	struct reg_desc desc = { .name = name, .kind = TSMMR_REG_RUNTIME };

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
static int find_provided(const char *text, const char *slash, struct chosen *what,
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

/* A register by "[PROVIDER/]NAME[:HASH]", on that platform or the first that has it. */
static int find_reg(const char *text, struct chosen *what, struct tsmmr_error *err)
{
	const char *slash = strchr(text, '/');
	const char *colon = strchr(text, ':');
	struct span name = span_of(text, colon ? (size_t)(colon - text) : strlen(text));
	const struct hash_alg *alg = NULL;
	const struct platform *any = NULL;

	if (slash && colon && !what->platform &&
	    platform_find(&any, span_of(text, (size_t)(slash - text))))
		return find_virtual(text, colon, what, err);
	if (slash)
		return find_provided(text, slash, what, err);
	what->reg = platform_find(&what->platform, name);
	if (!what->reg)
		return fail(err, TSMMR_E_NOTFOUND, "no register is called '%s'", text);
	if (colon) {
		alg = hash_by_name(span_of(colon + 1, strlen(colon + 1)));
		if (!alg || (what->reg->alg && what->reg->alg != alg->id))
			return fail(err, TSMMR_E_ARG, "%s has no bank '%s'", what->reg->name,
				    colon + 1);
	}
	what->alg = alg ? alg->id : what->reg->alg;
	return 0;
}

/* NULL where the log does not say, or says what we do not know. */
static const struct platform *claimed_by(const struct format *f, const struct source *source)
{
	char claim[CLAIM_MAX];
	size_t n = f->claims ? f->claims(source->p, source->n, claim) : 0;

	return n ? platform_by_claim(span_of(claim, n)) : NULL;
}

/*
 * Formats that are laid out the same and numbered otherwise follow the platform: a CCEL
 * is TDX's unless it is said to be CCA's, and what looks like one can be a TPM's log.
 */
static int settle_platform(int format_id, const struct source *source, struct chosen *what,
			   struct tsmmr_error *err)
{
	const struct format *f = what->format;
	const struct platform *own = platform_by_id(f->default_platform);

	if (!what->platform)
		what->platform = claimed_by(f, source);
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

static int settle(const struct log_spec *said, const struct source *source, struct chosen *what,
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

static int probe(int id, struct source *source, const struct format **ret, struct tsmmr_error *err)
{
	int r = source_need(source, PROBE_BYTES);
	size_t n;

	if (r == TSMMR_E_NOMEM)
		return fail_nomem(err);
	if (r < 0 && r != TSMMR_E_LIMIT) {
		fail(err, r, "read: %s", strerror(source->error));
		if (err)
			err->os_errno = source->error;
		return r;
	}
	/* The same bytes of memory, file and pipe, so that they are the same log. */
	n = source->n < PROBE_BYTES ? source->n : PROBE_BYTES;
	*ret = format_probe(id, source->p, n, source->eof && n == source->n);
	return 0;
}

/* Of an input of no format. */
static const char *what_it_is(const struct source *source)
{
	size_t n = source->n < PROBE_BYTES ? source->n : PROBE_BYTES;

	if (!n)
		return "the input is empty";
	if (n > 1 && !memcmp(source->p, source->p + 1, n - 1)) {
		if (source->p[0] == 0)
			return "not a log, but bytes that are all zero";
		if (source->p[0] == 0xff)
			return "not a log, but bytes that are all 0xff";
	}
	return "not a log of any format we know";
}

static int find_format(int id, struct source *source, const struct format **ret,
		       struct tsmmr_error *err)
{
	const struct format *format = NULL;
	int r;

	if (!format_name(id))
		return fail(err, TSMMR_E_ARG, "no such format");
	/* A format that is named is taken at its word, unless two dialects have the name. */
	if (format_dialects(id) != 1 || format_by_id(id)->claims) {
		r = probe(id, source, &format, err);
		if (r < 0)
			return r;
	}
	if (!format && id != TSMMR_FORMAT_AUTO) {
		format = format_by_id(id);
		if (!format || !format->next)
			return fail(err, TSMMR_E_UNSUPPORTED,
				    "logs of format %s cannot be read by this version",
				    format_name(id));
	}
	if (!format)
		return fail(err, TSMMR_E_FORMAT, "%s", what_it_is(source));
	*ret = format;
	return 0;
}

int open_source(const struct tsmmr_ctx *ctx, const struct log_spec *said, struct source *source,
		struct tsmmr_stream **ret, struct tsmmr_error *err)
{
	struct chosen what = { 0 };
	int r;

	source->max_bytes = ctx->limits.bytes;
	r = find_format(said->format, source, &what.format, err);
	if (r == 0)
		r = settle(said, source, &what, err);
	if (r == 0)
		r = stream_new(ctx, what.format, what.platform, what.reg, what.alg, source, ret,
			       err);
	platform_unref(what.platform);
	if (r < 0)
		source_done(source);
	return r;
}
