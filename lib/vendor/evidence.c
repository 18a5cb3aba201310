/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence: from parts to registers. */
#include "core/names.h"
#include "util/armour.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "vendor/vendor.h"

#define PART_BYTES_MAX (16u << 20)

static const struct evidence_kind kinds[] = {
	{ tdx_report_decode },
	{ tdx_quote_decode },
};

/*
 * What we can name and not read.  Azure: openvmm, HCL attestation report.  TPM: TPM 2.0
 * Library part 2, TPM_GENERATED_VALUE.  CBOR: RFC 8392 §6 (CWT), RFC 9052 §4.2 (COSE),
 * RFC 8949 §3.4.6; Arm's tag is of the RMM specification 1.0, attestation token.
 */
static const struct {
	const char *name;
	uint8_t n;
	uint8_t bytes[6];
} named[] = {
	{ "an Azure HCL report", 4, { 'H', 'C', 'L', 'A' } },
	{ "a TPM quote", 6, { 0xff, 'T', 'C', 'G', 0x80, 0x18 } },
	{ "a DICE/CWT token", 2, { 0xd8, 0x3d } },
	{ "an Arm CCA token", 3, { 0xd9, 0x01, 0x8f } },
	{ "CBOR evidence (DICE/CWT or COSE)", 2, { 0xd2, 0x84 } },
	{ "CBOR evidence (DICE/CWT or COSE)", 3, { 0xd9, 0xd9, 0xf7 } },
	{ "a Nitro attestation document", 4, { 0x84, 0x44, 0xa1, 0x01 } },
};

int evidence_new(const struct tsmmr_ctx *ctx, struct tsmmr_evidence **ret)
{
	struct tsmmr_evidence *ev = calloc(1, sizeof(*ev));

	if (!ev)
		return TSMMR_E_NOMEM;
	ev->ctx = ctx;

	*ret = ev;
	return 0;
}

void evidence_free(struct tsmmr_evidence *ev)
{
	if (!ev)
		return;
	for (size_t i = 0; i < ev->n_parts; i++)
		free(ev->parts[i].p);
	free(ev);
}

int evidence_add(struct tsmmr_evidence *ev, int part, const void *data, size_t n,
		 struct tsmmr_error *err)
{
	uint8_t *bytes = NULL;
	size_t n_bytes = n;
	int r;

	if (part < TSMMR_PART_AUTO || part > TSMMR_PART_MANIFEST)
		return fail(err, TSMMR_E_ARG, "no part of evidence has number %d", part);
	if (n > PART_BYTES_MAX)
		return fail(err, TSMMR_E_LIMIT, "evidence of %zu bytes, more than %u", n,
			    PART_BYTES_MAX);
	if (ev->n_parts == EVIDENCE_PARTS_MAX)
		return fail(err, TSMMR_E_LIMIT, "more than %d parts of evidence",
			    EVIDENCE_PARTS_MAX);

	r = armour_strip(span_of(data, n), &bytes, &n_bytes);
	if (r < 0)
		return fail_nomem(err);
	if (r == 0) {
		bytes = malloc(n ? n : 1);
		if (!bytes)
			return fail_nomem(err);
		if (n)
			memcpy(bytes, data, n);
	}

	ev->parts[ev->n_parts].part = part;
	ev->parts[ev->n_parts].p = bytes;
	ev->parts[ev->n_parts].n = n_bytes;
	ev->parts[ev->n_parts].armoured = r > 0;
	ev->n_parts++;
	return 0;
}

/*
 * Is all of s one CBOR item of definite lengths, with nothing but zeros behind it?  Only
 * the heads are walked: what is still due is counted, so there is no depth to bound.
 * (RFC 8949 §3)
 */
static bool is_cbor(struct span s)
{
	struct cursor c = cur_span(s);
	uint64_t due = 1;

	while (due) {
		uint8_t head, major, info, byte;
		uint64_t arg;

		if (due > cur_left(&c) || !cur_u8(&c, &head))
			return false;
		due--;
		major = head >> 5;
		info = head & 31;
		if (info > 27)
			return false;
		arg = info < 24 ? info : 0;
		for (unsigned int i = 0; info >= 24 && i < 1u << (info - 24); i++) {
			if (!cur_u8(&c, &byte))
				return false;
			arg = arg << 8 | byte;
		}

		if ((major >= 2 && major <= 5) && arg > cur_left(&c))
			return false;
		if ((major == 2 || major == 3) && !cur_skip(&c, arg))
			return false;
		if (major == 4)
			due += arg;
		else if (major == 5)
			due += 2 * arg;
		else if (major == 6)
			due++;
	}

	while (!cur_empty(&c))
		if (*c.p++)
			return false;
	return true;
}

/* E_UNSUPPORTED with a name, for what a person may well hand in; else E_FORMAT. */
static int refuse(struct span s, struct tsmmr_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(named); i++)
		if (span_starts(s, named[i].bytes, named[i].n))
			return fail(err, TSMMR_E_UNSUPPORTED, "%s is not supported yet",
				    named[i].name);

	/*
	 * Arrays, maps and tags: a TDX quote that is no DCAP quote is one of them.  What
	 * is shorter than a signature is no evidence.  (kernel,
	 * Documentation/ABI/testing/configfs-tsm-report, outblob)
	 */
	if (s.n > 64 && s.p[0] >> 5 >= 4 && s.p[0] >> 5 <= 6 && is_cbor(s))
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "CBOR evidence (DICE/CWT) is not supported yet");
	return fail(err, TSMMR_E_FORMAT, "no evidence that this library knows");
}

static int decode(struct span s, struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int r = kinds[i].decode(s, ret, err);

		if (r != TSMMR_E_FORMAT)
			return r;
	}
	return refuse(s, err);
}

static int check_nonce(const struct tsmmr_evidence *ev, struct evidence_info *info,
		       struct tsmmr_error *err)
{
	struct span field = info->report_data;

	if (!ev->nonce_n)
		return 0;
	if (ev->nonce_n > field.n)
		return fail(err, TSMMR_E_UNTRUSTED, "%s has no room for a nonce of %zu bytes",
			    info->kind, ev->nonce_n);
	for (size_t i = 0; i < field.n; i++)
		if (field.p[i] != (i < ev->nonce_n ? ev->nonce[i] : 0))
			return fail(err, TSMMR_E_UNTRUSTED,
				    "%s does not carry the nonce asked for", info->kind);

	info->nonce_matched = true;
	return 0;
}

static int check_debug(const struct tsmmr_ctx *ctx, struct tsmmr_regs *regs,
		       struct tsmmr_error *err)
{
	const struct evidence_info *info = &regs->evidence;

	if (!info->debug)
		return 0;
	if (!ctx || !(ctx->flags & TSMMR_CTX_ALLOW_DEBUG))
		return fail(err, TSMMR_E_UNTRUSTED, "%s is of a guest that its host may debug",
			    info->kind);
	if (findings_add(&regs->findings, F_EVIDENCE_DEBUG, TSMMR_NONE, TSMMR_NONE, TSMMR_NONE,
			 "%s is of a guest that its host may debug", info->kind) < 0)
		return fail_nomem(err);
	return 0;
}

static int check_dialects(const struct tsmmr_ctx *ctx, const struct tsmmr_regs *regs,
			  struct tsmmr_error *err)
{
	for (size_t i = 0; i < regs->findings.n; i++) {
		const struct finding *f = &regs->findings.all[i];

		if (ctx && ctx->flags & TSMMR_CTX_STRICT && finding_descs[f->id].tolerance)
			return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, f->offset,
				       "%s: %s", finding_descs[f->id].id, f->text);
	}
	return 0;
}

static int part_regs(const struct tsmmr_ctx *ctx, const struct tsmmr_evidence *ev, size_t i,
		     struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	int part = ev->parts[i].part;
	int r;

	if (part != TSMMR_PART_AUTO && part != TSMMR_PART_QUOTE)
		return fail(err, TSMMR_E_UNSUPPORTED, "evidence part \"%s\" is not supported yet",
			    part_name(part));

	r = decode(span_of(ev->parts[i].p, ev->parts[i].n), &regs, err);
	if (r < 0)
		return r;
	if (ev->parts[i].armoured &&
	    findings_add(&regs->findings, F_INPUT_ARMOURED, TSMMR_NONE, TSMMR_NONE, TSMMR_NONE,
			 "%s came as hex or base64", regs->evidence.kind) < 0)
		return fail_nomem(err);

	r = check_dialects(ctx, regs, err);
	if (r < 0)
		return r;
	r = check_debug(ctx, regs, err);
	if (r < 0)
		return r;
	r = check_nonce(ev, &regs->evidence, err);
	if (r < 0)
		return r;

	*ret = take_ptr(regs);
	return 0;
}

/* One statement about a register is evidence, two are a question. */
static int refuse_second(const struct tsmmr_regs *first, const struct tsmmr_regs *second,
			 struct tsmmr_error *err)
{
	for (size_t i = 0; i < second->n; i++) {
		const struct tsmmr_reg *reg = &second->regs[i];

		if (regs_find(first, reg->platform, reg->desc, reg->alg))
			return fail(err, TSMMR_E_ARG, "%s is in two pieces of evidence: %s and %s",
				    reg->desc->name, first->evidence.kind,
				    second->evidence.kind);
	}
	return fail(err, TSMMR_E_UNSUPPORTED, "%s and %s together are not supported yet",
		    first->evidence.kind, second->evidence.kind);
}

int evidence_regs(const struct tsmmr_ctx *ctx, const struct tsmmr_evidence *ev,
		  struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *first = NULL, *second = NULL;
	int r;

	if (!ev->n_parts)
		return fail(err, TSMMR_E_ARG, "evidence without any part");
	r = part_regs(ctx, ev, 0, &first, err);
	if (r < 0)
		return r;

	if (ev->n_parts > 1) {
		r = part_regs(ctx, ev, 1, &second, err);
		return r < 0 ? r : refuse_second(first, second, err);
	}

	*ret = take_ptr(first);
	return 0;
}
