/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence: from parts to registers. */
#include "platform/evidence.h"

#include <assert.h>

#include "core/names.h"
#include "core/trace.h"
#include "util/cbor_in.h"
#include "util/cleanup.h"
#include "util/error.h"

/*
 * What we can name and not read.  Azure: openvmm, HCL attestation report.  TPM: TPM 2.0
 * Library part 2, TPM_GENERATED_VALUE.  CBOR: RFC 8392 §6 (CWT), RFC 9052 §4.2 (COSE),
 * RFC 8949 §3.4.6; Arm's tag is of the RMM specification 1.0, attestation token.  SPDM: DSP0274,
 * GET_MEASUREMENTS of version 1.1, signed, of all indices.
 */
static const struct {
	const char *name;
	uint16_t at;
	uint8_t n;
	uint8_t bytes[8];
} named[] = {
	{ "a DICE/CWT token", 0, 2, { 0xd8, 0x3d } },
	{ "CBOR evidence (DICE/CWT or COSE)", 0, 2, { 0xd2, 0x84 } },
	{ "CBOR evidence (DICE/CWT or COSE)", 0, 3, { 0xd9, 0xd9, 0xf7 } },
	{ "a quote of TPM 1.2", 0, 8, { 1, 1, 0, 0, 'Q', 'U', 'O', 'T' } },
	{ "a quote of TPM 1.2", 0, 6, { 0, 0x36, 'Q', 'U', 'T', '2' } },
	{ "an EnactTrust token", 18, 4, { 0xff, 'T', 'C', 'G' } },
	{ "a TPM attestation that is not a quote", 0, 4, { 0xff, 'T', 'C', 'G' } },
	{ "a Parsec key attestation", 0, 5, { 0xa2, 0x63, 'k', 'a', 't' } },
	{ "a device's measurements (SPDM, as NVIDIA's)", 0, 4, { 0x11, 0xe0, 0x01, 0xff } },
	{ "an attestation result (JWT), which is a verifier's word,", 0, 3, { 'e', 'y', 'J' } },
	{ "evidence in JSON", 0, 1, { '{' } },
};

/* Is all of s one CBOR item, with nothing but zeros after it? */
static bool is_cbor(struct span s)
{
	struct cbor_in in = cbor_in_span(s);

	return cbor_in_skip(&in, NULL) == 0 && span_zero(cur_rest(&in.c));
}

/* E_UNSUPPORTED with a name, for what a person may well hand in; else E_FORMAT. */
static int refuse(struct span s, struct tsmmr_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(named); i++)
		if (span_has_at(s, named[i].at, named[i].bytes, named[i].n))
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

/* Certificates and keys, which are nobody's in particular; E_NOMEM. */
static int key_part(struct crypto crypto, struct span s)
{
	_cleanup_(certs_done) struct certs certs = { .crypto = crypto };
	_cleanup_(pubkey_free) struct pubkey *key = NULL;
	static const char begin[] = "-----BEGIN ";
	int r;

	if (!span_starts(s, begin, sizeof(begin) - 1) && !span_starts(s, "\x30\x82", 2))
		return TSMMR_PART_AUTO;
	r = certs_add(&certs, s, NULL);
	if (r == 0 || r == TSMMR_E_NOMEM)
		return r == 0 ? TSMMR_PART_CERTS : r;
	r = pubkey_from_bytes(crypto, s, &key);
	return r == 0 ? TSMMR_PART_AK : r == TSMMR_E_NOMEM ? r : TSMMR_PART_AUTO;
}

int evidence_part_of(struct crypto crypto, struct span s)
{
	int part = key_part(crypto, s);

	for (size_t i = 0; !part && i < n_evidence_kinds; i++)
		if (evidence_kinds[i]->part)
			part = evidence_kinds[i]->part(crypto, s);
	if (!part)
		part = collateral_part_of(crypto, s);
	return part ? part : TSMMR_PART_QUOTE;
}

static int decode(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	for (size_t i = 0; i < n_evidence_kinds; i++) {
		const struct evidence_kind *kind = evidence_kinds[i];
		struct tsmmr_error why = { .size = sizeof(why) };
		int r = kind->decode(set, piece, &why);

		assert(r == 0 ? piece->regs && (!piece->state || kind->free_state) :
				!piece->regs && !piece->state);
		if (r == TSMMR_E_FORMAT)
			continue;
		if (r < 0)
			error_copy(&why, err);
		piece->kind = kind;
		if (r == 0 && !piece->regs->evidence[0].root_hint)
			piece->regs->evidence[0].root_hint = kind->root_hint;
		if (r == 0 && !piece->regs->evidence[0].missing)
			piece->regs->evidence[0].missing = kind->missing;
		return r;
	}
	return refuse(piece->bytes, err);
}

static int note_armour(struct tsmmr_regs *regs, const char *what, struct tsmmr_error *err)
{
	int r = findings_add(&regs->findings, F_INPUT_ARMOURED, TSMMR_NONE, TSMMR_NONE, TSMMR_NONE,
			     "%s came as hex or base64", what);

	return r < 0 ? fail_nomem(err) : 0;
}

static int note_envelopes(struct tsmmr_regs *regs, const struct tsmmr_evidence *ev,
			  struct tsmmr_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ev->n_envelopes; i++) {
		const char *kind = ev->envelopes[i].kind, *left_out = ev->envelopes[i].left_out;

		if (findings_add(&regs->findings, F_INPUT_ENVELOPED, TSMMR_NONE, TSMMR_NONE,
				 TSMMR_NONE, "the evidence came in %s%s%s", kind,
				 left_out ? ", whose other evidence is left out: " : "",
				 left_out ? left_out : "") < 0)
			return fail_nomem(err);
		if (ev->envelopes[i].armoured)
			r = note_armour(regs, kind, err);
	}
	return r;
}

/* What each part is, and then what the pieces among them say. */
static int read_parts(struct evidence_set *set, const struct tsmmr_evidence *ev,
		      struct tsmmr_error *err)
{
	int r = 0;

	set->n_parts = ev->n_parts;
	for (size_t i = 0; i < ev->n_parts; i++) {
		set->parts[i].part = ev->parts[i].part;
		set->parts[i].bytes = span_of(ev->parts[i].p, ev->parts[i].n);
		set->parts[i].member = ev->parts[i].member;
	}

	for (size_t i = 0; r == 0 && i < set->n_parts; i++) {
		struct piece *piece = &set->pieces[set->n_pieces];

		if (set->parts[i].part != TSMMR_PART_QUOTE)
			continue;
		if (set->n_pieces == EVIDENCE_PIECES_MAX)
			return fail(err, TSMMR_E_LIMIT, "more than %d pieces of evidence",
				    EVIDENCE_PIECES_MAX);
		set->parts[i].used = true;
		piece->bytes = set->parts[i].bytes;
		for (size_t k = 0; k < set->n_pieces; k++)
			if (span_eq(set->pieces[k].bytes, piece->bytes.p, piece->bytes.n))
				return fail(err, TSMMR_E_ARG, "%s is there twice",
					    set->pieces[k].regs->evidence[0].kind);
		r = decode(set, piece, err);
		if (r == 0)
			set->n_pieces++;
		if (r == 0 && ev->parts[i].armoured)
			r = note_armour(piece->regs, piece->regs->evidence[0].kind, err);
	}
	if (r == 0 && !set->n_pieces)
		return fail(err, TSMMR_E_ARG,
			    "no quote, report or token in the evidence, only"
			    " parts beside one (%s)",
			    part_name(set->parts[0].part));
	return r < 0 ? r : note_envelopes(set->pieces[0].regs, ev, err);
}

/* A part that no piece asked for: the caller means something else by it than we do. */
static int check_used(const struct evidence_set *set, const struct tsmmr_evidence *ev,
		      struct tsmmr_error *err)
{
	for (size_t i = 0; i < set->n_parts; i++) {
		const char *name = part_name(set->parts[i].part);
		int r = 0;

		if (!set->parts[i].used)
			return fail(err, TSMMR_E_ARG, "%s needs no evidence part \"%s\"",
				    set->pieces[0].regs->evidence[0].kind, name);
		if (ev->parts[i].armoured && set->parts[i].part != TSMMR_PART_QUOTE)
			r = note_armour(set->pieces[0].regs, name, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* of[i][k]: what piece i is for piece k. */
struct bonds {
	enum evidence_bond of[EVIDENCE_PIECES_MAX][EVIDENCE_PIECES_MAX];
};

static int bind(struct evidence_set *set, struct bonds *bonds, struct tsmmr_error *err)
{
	for (size_t i = 0; i < set->n_pieces; i++)
		for (size_t k = 0; k < set->n_pieces; k++) {
			const struct piece *piece = &set->pieces[i];
			int r;

			if (i == k || !piece->kind->bind)
				continue;
			r = piece->kind->bind(set, piece, &set->pieces[k], err);
			if (r < 0)
				return r;
			bonds->of[i][k] = (enum evidence_bond)r;
		}
	return 0;
}

static bool vouches(const struct bonds *bonds, size_t i, size_t k)
{
	return bonds->of[i][k] == BIND_SIGNS || bonds->of[i][k] == BIND_COVERS;
}

static bool vouches_for_any(const struct bonds *bonds, size_t i)
{
	for (size_t k = 0; k < EVIDENCE_PIECES_MAX; k++)
		if (vouches(bonds, i, k))
			return true;
	return false;
}

/* Each register and each claim is worth what its piece is, until another piece lends more. */
static void note_piece(struct tsmmr_regs *regs)
{
	struct evidence_info *info = &regs->evidence[0];

	info->platform = regs->n ? regs->regs[0].platform->id : TSMMR_PLATFORM_AUTO;
	for (size_t k = 0; k < regs->n; k++) {
		regs->regs[k].piece = 1;
		regs->regs[k].trust = info->trust;
	}
	for (size_t k = 0; k < info->n_claims; k++)
		info->claims[k].trust = info->trust;
}

static bool lend(uint8_t *to, uint8_t trust)
{
	if (*to >= trust)
		return false;
	*to = trust;
	return true;
}

/* Where that trust comes from: whoever is vouched for by this one in turn has it from there. */
static void take_root(struct evidence_info *info, const struct evidence_info *from)
{
	memcpy(info->root, from->root, sizeof(info->root));
	info->root_name = from->root_name;
	info->has_root = from->has_root;
	info->has_time = from->has_time;
	info->time = from->time;
}

/* All that the piece says was signed by a key that from's report data has the hash of. */
static bool lend_all(struct tsmmr_regs *regs, const struct evidence_info *from, uint8_t trust)
{
	struct evidence_info *info = &regs->evidence[0];
	bool more = lend(&info->trust, trust);

	if (!more)
		return false;
	take_root(info, from);
	for (size_t i = 0; i < regs->n; i++)
		lend(&regs->regs[i].trust, trust);
	for (size_t i = 0; i < info->n_claims; i++)
		lend(&info->claims[i].trust, trust);
	return true;
}

/* What both say, which evidence_same() has compared; and what a hash in it is of. */
static bool lend_common(struct tsmmr_regs *regs, const struct tsmmr_regs *from, uint8_t trust)
{
	struct evidence_info *info = &regs->evidence[0];
	bool more = false;

	for (size_t i = 0; i < regs->n; i++) {
		struct tsmmr_reg *reg = &regs->regs[i];

		if (regs_find(from, reg->platform, reg->desc, reg->alg))
			more |= lend(&reg->trust, trust);
	}
	for (size_t i = 0; i < info->n_claims; i++) {
		struct claim *claim = &info->claims[i];

		if (claim->hashed || claim_find(&from->evidence[0], claim->name))
			more |= lend(&claim->trust, trust);
	}
	if (more && !info->has_root)
		take_root(info, &from->evidence[0]);
	return more;
}

/* What a piece vouches with is in its report data, and worth what that is. */
static uint8_t word_of(const struct tsmmr_regs *regs)
{
	const struct claim *claim = claim_find(&regs->evidence[0], "report_data");

	return claim ? claim->trust : regs->evidence[0].trust;
}

/*
 * Trust goes from who vouches to what is vouched for, however many hands that takes: a
 * quote, a TDREPORT in a paravisor's report, the key in that, what the key signed.
 */
static void spread_trust(struct evidence_set *set, const struct bonds *bonds)
{
	bool more = true;

	for (size_t pass = 0; more && pass < set->n_pieces; pass++) {
		more = false;
		for (size_t i = 0; i < set->n_pieces; i++)
			for (size_t k = 0; k < set->n_pieces; k++) {
				const struct tsmmr_regs *from = set->pieces[i].regs;
				struct tsmmr_regs *to = set->pieces[k].regs;
				uint8_t trust = word_of(from);

				if (bonds->of[i][k] == BIND_SIGNS)
					more |= lend_all(to, &from->evidence[0], trust);
				else if (bonds->of[i][k] == BIND_COVERS)
					more |= lend_common(to, from, trust);
			}
	}
}

/* All must hang together: two guests' evidence is not one's. */
static int check_bonds(const struct evidence_set *set, const struct bonds *bonds,
		       struct tsmmr_error *err)
{
	unsigned int reached = 1;

	for (size_t pass = 0; pass < set->n_pieces; pass++)
		for (size_t i = 0; i < set->n_pieces; i++)
			for (size_t k = 0; k < set->n_pieces; k++)
				if (bonds->of[i][k] && (reached >> i | reached >> k) & 1)
					reached |= 1u << i | 1u << k;
	for (size_t i = 1; i < set->n_pieces; i++)
		if (!(reached >> i & 1))
			return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING,
					   "%s and %s: nothing says that they are of one guest",
					   set->pieces[0].regs->evidence[0].kind,
					   set->pieces[i].regs->evidence[0].kind);
	return 0;
}

static bool carries_nonce(const struct tsmmr_evidence *ev, const struct evidence_info *info)
{
	struct span field = info->nonce;

	if (ev->nonce_n > field.n || (info->nonce_exact && ev->nonce_n != field.n))
		return false;
	for (size_t i = 0; i < field.n; i++)
		if (field.p[i] != (i < ev->nonce_n ? ev->nonce[i] : 0))
			return false;
	return true;
}

/*
 * The nonce must be in each piece, but for one that vouches for another: what it carries
 * is that one's key or digest.  One at least has it.
 */
static int check_nonce(struct evidence_set *set, const struct bonds *bonds,
		       const struct tsmmr_evidence *ev, struct tsmmr_error *err)
{
	const char *missing = NULL;
	bool any = false;

	if (!ev->nonce_n)
		return 0;
	for (size_t i = 0; i < set->n_pieces; i++) {
		struct evidence_info *info = &set->pieces[i].regs->evidence[0];

		info->nonce_matched |= carries_nonce(ev, info);
		any |= info->nonce_matched;
		if (!info->nonce_matched && (!vouches_for_any(bonds, i) || set->n_pieces == 1))
			missing = info->kind;
	}
	if (!any && !missing)
		missing = set->pieces[0].regs->evidence[0].kind;
	return missing ? fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_NONCE,
				     "%s does not carry the nonce asked for", missing) :
			 0;
}

static int note_debug(struct tsmmr_regs *regs, struct tsmmr_error *err)
{
	const struct evidence_info *info = &regs->evidence[0];

	if (info->debug &&
	    findings_add(&regs->findings, F_EVIDENCE_DEBUG, TSMMR_NONE, TSMMR_NONE, TSMMR_NONE,
			 "%s is of a guest that its host may debug", info->kind) < 0)
		return fail_nomem(err);
	return 0;
}

static int check_dialects(const struct tsmmr_ctx *ctx, const struct tsmmr_regs *regs,
			  struct tsmmr_error *err)
{
	for (size_t i = 0; i < regs->findings.n; i++) {
		const struct tsmmr_finding *f = &regs->findings.all[i];

		if (ctx && ctx->flags & TSMMR_CTX_STRICT && finding_descs[f->id].tolerance)
			return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, f->offset, "%s: %s",
				       finding_descs[f->id].id, f->text);
	}
	return 0;
}

/* Does anything in it lead to a root?  What does not keeps its own grade. */
static bool is_vouched_for(const struct tsmmr_regs *regs)
{
	bool any = regs->evidence[0].trust == TSMMR_TRUST_AUTHENTICATED;

	for (size_t i = 0; i < regs->n; i++)
		any |= regs->regs[i].trust == TSMMR_TRUST_AUTHENTICATED;
	return any;
}

static int fail_untrusted(const struct piece *piece, struct tsmmr_error *err)
{
	const struct evidence_info *info = &piece->regs->evidence[0];

	if (info->trust == TSMMR_TRUST_UNSIGNED && info->missing)
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN_MISSING,
				   "%s: who signed it is not known: give %s", info->kind,
				   info->missing);
	return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_ROOT,
			   "%s does not lead to a trust root that was given", info->kind);
}

static int check_piece(const struct tsmmr_ctx *ctx, const struct piece *piece,
		       struct tsmmr_error *err)
{
	struct tsmmr_regs *regs = piece->regs;
	struct evidence_info *info = &regs->evidence[0];
	int r = check_dialects(ctx, regs, err);

	if (r == 0)
		r = note_debug(regs, err);
	if (r == 0 && !info->nonce_matched)
		evidence_not_checked(info, "freshness");
	return r;
}

/*
 * With a root pinned, evidence none of which leads to it is refused.  Where some does, the
 * rest keeps its own grade: a verdict that depends on it is not a yes.
 */
static int check_roots(const struct evidence_set *set, struct tsmmr_error *err)
{
	if (!trust_any(set->trust))
		return 0;
	for (size_t i = 0; i < set->n_pieces; i++)
		if (is_vouched_for(set->pieces[i].regs))
			return 0;
	return fail_untrusted(&set->pieces[0], err);
}

static int authenticate(struct evidence_set *set, struct tsmmr_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->n_pieces; i++) {
		struct piece *piece = &set->pieces[i];

		if (piece->kind->authenticate)
			r = piece->kind->authenticate(set, piece, err);
	}
	return r;
}

static void set_done(struct evidence_set *set)
{
	collateral_done(&set->own);
	for (size_t i = 0; i < EVIDENCE_PIECES_MAX; i++) {
		struct piece *piece = &set->pieces[i];

		if (piece->state)
			piece->kind->free_state(piece->state);
		regs_free(piece->regs);
	}
}
static void set_done_p(struct evidence_set *set)
{
	set_done(set);
}

static int check_all(const struct tsmmr_ctx *ctx, const struct tsmmr_evidence *ev,
		     struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	_cleanup_(trust_done) struct trust trust = { .crypto = ctx->crypto };
	_cleanup_(set_done) struct evidence_set set = {
		.crypto = ctx->crypto,
		.cache = ctx->certs,
		.trust = &trust,
		.shared = ctx->collateral,
		.grace = ctx->collateral_grace,
		.nonce = span_of(ev->nonce, ev->nonce_n),
	};
	struct bonds bonds = { .of = { { BIND_NONE } } };
	int r;

	if (!ev->n_parts)
		return fail(err, TSMMR_E_ARG, "evidence without any part");
	if (ctx->trust && trust_add_all(&trust, ctx->trust) < 0)
		return fail_nomem(err);
	if (trust_add_all(&trust, &ev->trust) < 0)
		return fail_nomem(err);
	r = read_parts(&set, ev, err);
	if (r == 0)
		r = evidence_read_collateral(&set, err);
	if (r == 0)
		r = authenticate(&set, err);
	if (r == 0)
		r = bind(&set, &bonds, err);
	if (r == 0)
		r = check_used(&set, ev, err);
	if (r == 0)
		r = check_bonds(&set, &bonds, err);
	if (r == 0)
		r = check_nonce(&set, &bonds, ev, err);
	if (r < 0)
		return r;

	for (size_t i = 0; i < set.n_pieces; i++) {
		set.pieces[i].regs->evidence[0].vouches = vouches_for_any(&bonds, i);
		note_piece(set.pieces[i].regs);
	}
	spread_trust(&set, &bonds);
	for (size_t i = 0; i < set.n_pieces; i++) {
		const struct evidence_info *info = &set.pieces[i].regs->evidence[0];

		trace(ctx, TSMMR_TRACE_INFO, "evidence: %s, %s%s%s", info->kind,
		      trust_name(info->trust), info->root_name ? " by " : "",
		      info->root_name ? info->root_name : "");
	}
	for (size_t i = 0; r == 0 && i < set.n_pieces; i++)
		r = check_piece(ctx, &set.pieces[i], err);
	if (r == 0)
		r = check_roots(&set, err);
	for (size_t i = 1; r == 0 && i < set.n_pieces; i++)
		r = regs_join(set.pieces[0].regs, set.pieces[i].regs, err);
	if (r < 0)
		return r;

	*ret = take_ptr(set.pieces[0].regs);
	return 0;
}

int evidence_regs(const struct tsmmr_ctx *ctx, const struct tsmmr_evidence *ev,
		  struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	int r = check_all(ctx, ev, ret, err);

	/* Where nothing can be checked, nobody has forged anything. */
	if (r < 0 && r != TSMMR_E_NOMEM && !sign_available(ctx->crypto))
		return fail_detail(err, TSMMR_E_UNSUPPORTED, TSMMR_DETAIL_CRYPTO,
				   "the crypto library, as it is configured, cannot check the "
				   "signatures of evidence");
	return r;
}
