/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of regs.h that put evidence together: check arguments, call in, filter codes. */
#include "api.h"

#include "envelope/envelope.h"
#include "platform/evidence.h"
#include "util/armour.h"

TSMMR_API int tsmmr_evidence_new(const struct tsmmr_ctx *ctx, struct tsmmr_evidence **ret_evidence,
				 struct tsmmr_error *reterr)
{
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !ret_evidence)
		return bad_arg(reterr, "no context or nowhere to return to");
	r = evidence_new(ctx->crypto, ret_evidence);
	return r < 0 ? fail_nomem(reterr) : 0;
}

TSMMR_API void tsmmr_evidence_free(struct tsmmr_evidence *evidence)
{
	evidence_free(evidence);
}

/*
 * A part, or what is in the envelope that it is.  Envelopes that are too deep are not opened,
 * and so are parts that nobody reads.
 */
static int take(struct tsmmr_evidence *ev, int part, struct span s, bool armoured,
		unsigned int depth, struct tsmmr_error *err)
{
	_cleanup_(envelope_done) struct envelope env = { .n = 0 };
	_cleanup_(free) uint8_t *pcrs = NULL;
	size_t n_pcrs = 0;
	int r = TSMMR_E_FORMAT;

	if ((part == TSMMR_PART_AUTO || part == TSMMR_PART_QUOTE) && depth < ENVELOPES_DEEP &&
	    s.n <= ENVELOPE_BYTES)
		r = envelope_open(s, &env, err);
	if (r == TSMMR_E_FORMAT && !armoured &&
	    (part == TSMMR_PART_AUTO || part == TSMMR_PART_PCRS)) {
		r = envelope_pcr_file(s, &pcrs, &n_pcrs, err);
		if (r > 0)
			return evidence_add(ev, TSMMR_PART_PCRS, pcrs, n_pcrs, err);
		r = r < 0 ? r : TSMMR_E_FORMAT;
	}
	if (r == TSMMR_E_FORMAT && !armoured)
		return evidence_add(ev, part, s.p, s.n, err);
	if (r < 0)
		return r;

	r = evidence_add_envelope(ev, env.kind, env.left_out, armoured, err);
	for (size_t i = 0; r == 0 && i < env.n; i++) {
		const struct envelope_part *in = &env.parts[i];
		struct span bytes = span_of(in->p, in->n);

		if (in->part == ENVELOPE_LOG)
			r = evidence_add_log(ev, in->format, in->reg, bytes, err);
		else
			r = take(ev, in->part, bytes, false, depth + 1, err);
		if (r == 0 && in->member)
			evidence_name_part(ev, in->member);
	}
	return r;
}

static bool is_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' && !memchr("\t\r\n", s.p[i], 3))
			return false;
	return true;
}

/* An envelope may be armoured as a whole; what is none keeps its armour until it is added. */
static int open_and_take(struct tsmmr_evidence *ev, int part, struct span s,
			 struct tsmmr_error *err)
{
	_cleanup_(free) uint8_t *bytes = NULL;
	struct span text = span_unmarked(s);
	size_t n = 0;
	int r;

	if (text.n < s.n && is_text(text))
		s = text;
	r = s.n <= ENVELOPE_BYTES ? armour_strip(s, &bytes, &n) : 0;
	if (r < 0)
		return fail_nomem(err);
	if (r > 0) {
		r = take(ev, part, span_of(bytes, n), true, 0, err);
		if (r != TSMMR_E_FORMAT)
			return r;
		return evidence_add(ev, part, s.p, s.n, err);
	}
	return take(ev, part, s, false, 0, err);
}

TSMMR_API int tsmmr_evidence_add(struct tsmmr_evidence *evidence, int part, const void *data,
				 size_t len, struct tsmmr_error *reterr)
{
	size_t n_parts, n_envelopes, n_logs;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!evidence || (!data && len) || !part_name(part))
		return bad_arg(reterr, "no evidence, no data or no such part");

	n_parts = evidence->n_parts;
	n_envelopes = evidence->n_envelopes;
	n_logs = evidence->n_logs;
	r = open_and_take(evidence, part, span_of(data, len), reterr);
	if (r < 0)
		evidence_cut(evidence, n_parts, n_envelopes, n_logs);
	return filter(r);
}

TSMMR_API int tsmmr_evidence_set_nonce(struct tsmmr_evidence *evidence, const void *nonce,
				       size_t len, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!evidence || !nonce || len < 1 || len > sizeof(evidence->nonce))
		return bad_arg(reterr, "a nonce has 1 to 64 bytes");
	memcpy(evidence->nonce, nonce, len);
	evidence->nonce_n = len;
	return 0;
}

TSMMR_API int tsmmr_evidence_add_trust_root(struct tsmmr_evidence *evidence, const void *data,
					    size_t len, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!evidence || !data || !len)
		return bad_arg(reterr, "no evidence or no trust root");
	return filter(roots_add_bytes(&evidence->trust, span_of(data, len), reterr));
}

TSMMR_API int tsmmr_evidence_add_trust_root_sha256(struct tsmmr_evidence *evidence,
						   const void *sha256, size_t len,
						   struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!evidence || !sha256 || len != 32)
		return bad_arg(reterr, "no evidence, or not the 32 bytes of a SHA-256");
	return filter(roots_add_sha256(&evidence->trust, sha256, reterr));
}

TSMMR_API int tsmmr_evidence_set_time(struct tsmmr_evidence *evidence, uint64_t seconds,
				      struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	return evidence ? trust_set_time(&evidence->trust, seconds, reterr) :
			  bad_arg(reterr, "no evidence");
}

TSMMR_API int tsmmr_evidence_part(const struct tsmmr_evidence *evidence, int part,
				  const uint8_t **ret_data, size_t *ret_len)
{
	if (!evidence)
		return TSMMR_E_ARG;
	for (size_t i = 0; i < evidence->n_parts; i++)
		if (evidence->parts[i].part == part)
			return lend(evidence->parts[i].p, evidence->parts[i].n, ret_data, ret_len);
	return TSMMR_E_NOTFOUND;
}

TSMMR_API size_t tsmmr_evidence_part_count(const struct tsmmr_evidence *evidence)
{
	return evidence ? evidence->n_parts : 0;
}

TSMMR_API int tsmmr_evidence_part_at(const struct tsmmr_evidence *evidence, size_t i, int *ret_part,
				     const uint8_t **ret_data, size_t *ret_len)
{
	if (!evidence)
		return TSMMR_E_ARG;
	if (i >= evidence->n_parts)
		return TSMMR_E_NOTFOUND;
	if (ret_part)
		*ret_part = evidence->parts[i].part;
	return lend(evidence->parts[i].p, evidence->parts[i].n, ret_data, ret_len);
}

TSMMR_API const char *tsmmr_evidence_envelope(const struct tsmmr_evidence *evidence, size_t i)
{
	return evidence && i < evidence->n_envelopes ? evidence->envelopes[i].kind : NULL;
}

TSMMR_API size_t tsmmr_evidence_log_count(const struct tsmmr_evidence *evidence)
{
	return evidence ? evidence->n_logs : 0;
}

TSMMR_API int tsmmr_evidence_log(const struct tsmmr_evidence *evidence, size_t i, int *ret_format,
				 const char **ret_reg, const uint8_t **ret_data, size_t *ret_len)
{
	if (!evidence)
		return TSMMR_E_ARG;
	if (i >= evidence->n_logs)
		return TSMMR_E_NOTFOUND;
	if (ret_format)
		*ret_format = evidence->logs[i].format;
	if (ret_reg)
		*ret_reg = evidence->logs[i].reg;
	return lend(evidence->logs[i].p, evidence->logs[i].n, ret_data, ret_len);
}
