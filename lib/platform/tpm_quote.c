/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM quotes: what was signed, the PCRs that its digest is of, whose key signed. */
#include "platform/tpm_quote.h"

#include <assert.h>

#include "crypto/hash.h"
#include "platform/cert_table.h"
#include "platform/evidence.h"
#include "platform/platforms.h"
#include "util/armour.h"
#include "util/error.h"

/* TPM_GENERATED_VALUE, TPM_ST_ATTEST_QUOTE.  (part 2, sections 6.2 and 6.9) */
static const uint8_t magic[] = { 0xff, 'T', 'C', 'G', 0x80, 0x18 };

/* TPMS_ATTEST of a quote.  (part 2, sections 10.12.1, 10.12.8 and 10.12.12) */
struct tpm_attest {
	struct span signer, extra_data, clock, reset_count, restart_count, safe, firmware;
	struct span selection, digest;
	struct tpm_select select;
};

/* What is signed, and what comes with it: parts of their own, or all in one text. */
struct tpm_quote {
	struct span attest, sig, pcrs; /* p is NULL: not there */
	struct tpm_attest a;
	struct tpm_signature signature; /* zeros where there are no bytes of one */
	uint8_t *owned;                 /* what they are in, when it was armoured */
};

static void quote_done_p(struct tpm_quote *q)
{
	free(q->owned);
}

static void free_state(void *state)
{
	quote_done_p(state);
	free(state);
}

/*
 * keylime's agents send "r", then quote, signature and PCRs in base64 with colons
 * between.  1 and *q; 0 when s is not that; E_NOMEM.
 */
static int read_keylime(struct span s, struct tpm_quote *q)
{
	struct span *bytes[] = { &q->attest, &q->sig, &q->pcrs };
	struct span texts[3];
	uint8_t *to;

	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	if (!span_starts(s, "r/1RDR4AY", 9))
		return 0;
	s = span_of(s.p + 1, s.n - 1);
	for (size_t i = 0; i < 3; i++) {
		const uint8_t *colon = i < 2 ? memchr(s.p, ':', s.n) : s.p + s.n;

		if (!colon)
			return 0;
		texts[i] = span_of(s.p, (size_t)(colon - s.p));
		s = i < 2 ? span_of(colon + 1, s.n - texts[i].n - 1) : s;
	}

	q->owned = to = malloc(texts[0].n + texts[1].n + texts[2].n + 1);
	if (!to)
		return TSMMR_E_NOMEM;
	for (size_t i = 0; i < 3; i++) {
		size_t n;

		if (!base64_decode(texts[i], to, &n))
			return 0;
		*bytes[i] = span_of(to, n);
		to += n;
	}
	return 1;
}

static int cut(struct tsmmr_error *err, const struct cursor *c, const char *what)
{
	return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, cur_offset(c),
		       "TPM quote ends in its %s", what);
}

/* TPML_PCR_SELECTION: banks, each with a bit map. */
static int read_select(struct cursor *c, struct tpm_attest *a, struct tsmmr_error *err)
{
	const uint8_t *start = c->p;
	struct tpm_select *select = &a->select;
	uint32_t n;

	if (!cur_be32(c, &n))
		return cut(err, c, "PCR selection");
	if (n > TPM_BANKS_MAX)
		return fail_at(err, TSMMR_E_LIMIT, TSMMR_NONE, cur_offset(c) - 4,
			       "TPM quote over %u banks", n);

	for (select->n = 0; select->n < n; select->n++) {
		struct span map;
		uint8_t size;
		uint32_t pcrs = 0;

		if (!cur_be16(c, &select->banks[select->n].alg) || !cur_u8(c, &size) ||
		    !cur_take(c, size, &map))
			return cut(err, c, "PCR selection");
		for (size_t i = 0; i < map.n && i < 4; i++)
			pcrs |= (uint32_t)map.p[i] << (8 * i);
		if (map.n > 4 || pcrs >> TPM_PCRS)
			return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, cur_offset(c),
				       "TPM quote of a PCR beyond %d", TPM_PCRS - 1);
		select->banks[select->n].pcrs = pcrs;
	}
	a->selection = span_of(start, (size_t)(c->p - start));
	return 0;
}

static int read_attest(struct span s, struct tpm_attest *a, struct tsmmr_error *err)
{
	struct cursor c = cur_span(s);
	int r;

	if (!cur_skip(&c, sizeof(magic)) || !cur_tpm2b(&c, &a->signer))
		return cut(err, &c, "signer");
	if (!cur_tpm2b(&c, &a->extra_data))
		return cut(err, &c, "extra data");
	if (!cur_take(&c, 8, &a->clock) || !cur_take(&c, 4, &a->reset_count) ||
	    !cur_take(&c, 4, &a->restart_count) || !cur_take(&c, 1, &a->safe))
		return cut(err, &c, "clock");
	if (!cur_take(&c, 8, &a->firmware))
		return cut(err, &c, "firmware version");
	r = read_select(&c, a, err);
	if (r < 0)
		return r;
	if (!cur_tpm2b(&c, &a->digest))
		return cut(err, &c, "PCR digest");
	if (!cur_empty(&c))
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, cur_offset(&c),
			       "TPM quote: bytes after its end");
	return 0;
}

static int read_quote(struct evidence_set *set, struct span s, struct tpm_quote *q,
		      struct tsmmr_error *err)
{
	const struct span *sig = NULL, *pcrs = NULL;
	size_t i = 0, k = 0;
	int r = read_keylime(s, q);

	if (r < 0)
		return fail_nomem(err);
	if (r == 0)
		q->attest = s;
	if (!span_starts(q->attest, magic, sizeof(magic)))
		return fail(err, TSMMR_E_FORMAT, "not a TPM quote");
	if (r == 0) {
		sig = evidence_part(set, TSMMR_PART_SIG, &i);
		pcrs = evidence_part(set, TSMMR_PART_PCRS, &k);
		q->sig = sig ? *sig : span_of(NULL, 0);
		q->pcrs = pcrs ? *pcrs : span_of(NULL, 0);
	}

	if (q->sig.n)
		tpm_signature_read(q->sig, &q->signature);
	return read_attest(q->attest, &q->a, err);
}

/*
 * The hash of pcrDigest is that of the signature.  Where a bare signature does not say
 * which, the length does.  (part 3, TPM2_Quote)
 */
static int digest_alg(const struct tpm_quote *q, uint16_t *ret, struct tsmmr_error *err)
{
	const struct hash_alg *alg = NULL;
	uint16_t said = q->signature.hash;

	if (q->sig.p && !q->sig.n)
		return fail(err, TSMMR_E_TRUNCATED, "TPM signature of no bytes");
	if (said)
		alg = hash_by_id(said);
	for (size_t i = 0; !said && !alg && hash_by_index(i); i++)
		if (hash_by_index(i)->size == q->a.digest.n)
			alg = hash_by_index(i);
	if (!alg)
		return fail(err, TSMMR_E_UNSUPPORTED, "TPM quote with a hash that is not known");
	if (alg->size != q->a.digest.n)
		return fail_detail(
			err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING,
			"TPM quote: its PCR digest has %zu bytes, the %s of its signature %u",
			q->a.digest.n, alg->name, alg->size);
	*ret = alg->id;
	return 0;
}

/* One bank of the selection: hashed, and its registers taken. */
static int take_bank(const struct tpm_select *select, size_t bank, const struct tsmmr_regs *given,
		     struct hasher *h, struct tsmmr_regs *regs, struct tsmmr_error *err)
{
	const struct hash_alg *alg = hash_by_id(select->banks[bank].alg);

	for (uint32_t pcr = 0; pcr < TPM_PCRS; pcr++) {
		const struct reg_desc *desc = platform_by_index(&platform_tpm, pcr);
		const struct tsmmr_reg *reg;

		if (!(select->banks[bank].pcrs >> pcr & 1))
			continue;
		reg = alg ? regs_find(given, &platform_tpm, desc, alg->id) : NULL;
		if (!reg)
			return fail(err, TSMMR_E_MALFORMED,
				    "PCR values: %s of bank %s, which the quote covers, is missing",
				    desc->name, alg ? alg->name : "?");
		if (hasher_update(h, reg->value, reg->size) < 0)
			return fail_nomem(err);
		if (!regs_find(regs, &platform_tpm, desc, alg->id))
			regs_value_add(regs, &platform_tpm, desc, alg->id,
				       span_of(reg->value, reg->size));
	}
	return 0;
}

static int note_left_out(const struct tsmmr_regs *given, struct tsmmr_regs *regs,
			 struct tsmmr_error *err)
{
	const struct tsmmr_reg *first = NULL;
	size_t n = 0;

	for (size_t i = given->n; i-- > 0;)
		if (!regs_find(regs, &platform_tpm, given->regs[i].desc, given->regs[i].alg)) {
			first = &given->regs[i];
			n++;
		}
	if (n && findings_add(&regs->findings, F_EVIDENCE_PCR_NOT_QUOTED, TSMMR_NONE, TSMMR_NONE,
			      TSMMR_NONE, "%zu PCR values are not in the quote, first %s:%s", n,
			      first->desc->name, hash_by_id(first->alg)->name) < 0)
		return fail_nomem(err);
	return 0;
}

/* The registers are those that hash to pcrDigest, and no others. */
static int take_pcrs(struct crypto crypto, const struct tpm_quote *q, struct tsmmr_regs *regs,
		     struct tsmmr_error *err)
{
	const struct tpm_attest *a = &q->a;
	_cleanup_(regs_free) struct tsmmr_regs *given = NULL;
	_cleanup_(hasher_done) struct hasher h = { 0 };
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	uint16_t alg = TSMMR_HASH_NONE;
	int r = digest_alg(q, &alg, err);

	if (r == 0)
		r = tpm_pcrs_read(q->pcrs, &a->select, &given, err);
	if (r < 0)
		return r;
	r = hasher_init(&h, crypto, hash_by_id(alg));
	if (r == 0)
		r = hasher_start(&h);
	if (r < 0)
		return fail_low(err, r);
	for (size_t i = 0; i < a->select.n; i++) {
		r = take_bank(&a->select, i, given, &h, regs, err);
		if (r < 0)
			return r;
	}

	if (hasher_final(&h, digest) < 0)
		return fail_nomem(err);
	if (!hash_equal(digest, a->digest.p, a->digest.n))
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_BINDING,
				   "TPM quote: the PCR values do not give its PCR digest");
	if (findings_add(&regs->findings, F_EVIDENCE_BOUND, TSMMR_NONE, TSMMR_NONE, TSMMR_NONE,
			 "%zu PCR values give the PCR digest of the TPM quote", regs->n) < 0)
		return fail_nomem(err);
	return note_left_out(given, regs, err);
}

static void group_add(struct tsmmr_regs *regs, const struct hash_alg *alg, uint32_t pcr)
{
	const struct reg_desc *desc = platform_by_index(&platform_tpm, pcr);

	assert(regs->n < regs->cap);
	regs->regs[regs->n++] = (struct tsmmr_reg){
		.platform = &platform_tpm,
		.desc = desc,
		.alg = alg->id,
		.size = alg->size,
		.trust = TSMMR_TRUST_UNSIGNED,
		.flags = desc->flags,
		.grouped = true,
	};
}

/*
 * Without the values the quote still vouches for all it selects at once.  A bank whose hash is
 * not known, or selected twice, leaves nothing that could be computed.
 */
static int take_group(const struct tpm_quote *q, struct tsmmr_regs *regs, struct tsmmr_error *err)
{
	const struct tpm_select *select = &q->a.select;
	struct evidence_info *info = &regs->evidence[0];
	uint16_t digest = TSMMR_HASH_NONE;
	int r = digest_alg(q, &digest, err);

	if (r == TSMMR_E_UNSUPPORTED)
		return 0;
	if (r < 0)
		return r;
	for (size_t i = 0; i < select->n; i++) {
		bool twice = false;

		for (size_t k = 0; k < i; k++)
			twice |= select->banks[k].alg == select->banks[i].alg;
		if (twice || !hash_by_id(select->banks[i].alg))
			return 0;
	}
	for (size_t i = 0; i < select->n; i++)
		for (uint32_t pcr = 0; pcr < TPM_PCRS; pcr++)
			if (select->banks[i].pcrs >> pcr & 1)
				group_add(regs, hash_by_id(select->banks[i].alg), pcr);
	info->group_digest = q->a.digest;
	info->group_alg = digest;
	return 0;
}

static void claims_add(struct tsmmr_regs *regs, const struct tpm_attest *a)
{
	const struct {
		const char *name;
		struct span value;
		enum claim_type type;
	} claims[] = {
		{ "qualified_signer", a->signer, CLAIM_BYTES },
		{ "extra_data", a->extra_data, CLAIM_BYTES },
		{ "clock", a->clock, CLAIM_U64_BE },
		{ "reset_count", a->reset_count, CLAIM_U64_BE },
		{ "restart_count", a->restart_count, CLAIM_U64_BE },
		{ "safe", a->safe, CLAIM_U64_BE },
		{ "firmware_version", a->firmware, CLAIM_U64_BE },
		{ "pcr_select", a->selection, CLAIM_BYTES },
		{ "pcr_digest", a->digest, CLAIM_BYTES },
	};
	struct evidence_info *info = &regs->evidence[0];

	for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
		regs_claim_add(regs, claims[i].name, claims[i].type, claims[i].value);
	info->report_data = info->nonce = a->extra_data;
	info->nonce_exact = true;
}

static int decode(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	_cleanup_(regs_free) struct tsmmr_regs *regs = NULL;
	_cleanup_(quote_done) struct tpm_quote q = { .owned = NULL };
	struct evidence_info *info;
	int r = read_quote(set, piece->bytes, &q, err);

	if (r < 0)
		return r;
	if (regs_new(TPM_BANKS_MAX * TPM_PCRS, &regs) < 0)
		return fail_nomem(err);
	regs->n = 0;
	regs->n_evidence = 1;

	info = &regs->evidence[0];
	info->kind = regs->source = "tpm-quote";
	info->trust = TSMMR_TRUST_UNSIGNED;
	claims_add(regs, &q.a);
	r = q.pcrs.p ? 0 : take_group(&q, regs, err);
	if (r < 0)
		return r;
	if (regs_take_bytes(regs, q.attest) < 0)
		return fail_nomem(err);
	evidence_not_checked(info, "signature");
	evidence_not_checked(info, "certificate-chain");
	if (!q.sig.p)
		info->missing = "sig= and ak=";
	if (!q.pcrs.p)
		evidence_not_checked(info, "pcr-values");
	r = q.pcrs.p ? take_pcrs(set->crypto, &q, regs, err) : 0;
	if (r < 0)
		return r;

	piece->state = evidence_state(&q, sizeof(q));
	if (!piece->state)
		return fail_nomem(err);
	q.owned = NULL;
	piece->regs = take_ptr(regs);
	return 0;
}

static int check_attributes(const struct tpm_key *key, struct evidence_info *info,
			    const char *whose, struct tsmmr_error *err)
{
	if (!key->has_attributes)
		evidence_not_checked(info, "ak-attributes");
	else if (!tpm_key_attests(key))
		return fail_detail(err, TSMMR_E_UNTRUSTED, TSMMR_DETAIL_CHAIN,
				   "%s: not a key that a TPM keeps for its own statements", whose);
	return 0;
}

int tpm_quote_signed_by(const struct piece *quote, const struct tpm_key *key, const char *whose,
			struct tsmmr_error *err)
{
	const struct tpm_quote *q = quote->state;
	uint16_t alg = TSMMR_HASH_NONE;
	int r;

	assert(quote->kind == &tpm_quote_kind);
	if (!q->sig.p)
		return fail(err, TSMMR_E_ARG, "TPM quote without its signature");
	r = digest_alg(q, &alg, err);
	if (r < 0)
		return r;

	r = tpm_signature_verify(&q->signature, key, alg, q->attest);
	if (r == TSMMR_E_UNTRUSTED)
		return fail_detail(err, r, TSMMR_DETAIL_SIGNATURE,
				   "TPM quote: its signature is not by %s", whose);
	if (r < 0)
		return evidence_signature(r, whose, err);
	quote->regs->evidence[0].weak_hash = alg == TSMMR_HASH_SHA1 ? alg : 0;
	if (alg == TSMMR_HASH_SHA1 &&
	    findings_add(&quote->regs->findings, F_EVIDENCE_WEAK_HASH, TSMMR_NONE, TSMMR_NONE,
			 TSMMR_NONE, "the TPM quote is signed over SHA-1") < 0)
		return fail_nomem(err);
	return check_attributes(key, &quote->regs->evidence[0], whose, err);
}

int tpm_quote_vouch(struct piece *quote, const char *how, struct tsmmr_error *err)
{
	struct evidence_info *info = &quote->regs->evidence[0];

	assert(quote->kind == &tpm_quote_kind);
	if (info->trust < TSMMR_TRUST_SIGNED)
		evidence_signed(quote->regs);
	evidence_checked(info, "certificate-chain");
	if (findings_add(&quote->regs->findings, F_EVIDENCE_BOUND, TSMMR_NONE, TSMMR_NONE,
			 TSMMR_NONE, "%s", how) < 0)
		return fail_nomem(err);
	return BIND_SIGNS;
}

/* The key itself is pinned, or it comes in a certificate. */
static int trust_ak(struct evidence_set *set, struct span ak, const struct tpm_key *key,
		    const struct piece *piece, struct tsmmr_error *err)
{
	_cleanup_(certs_done) struct certs certs = certs_of(set);
	const struct pin *pin = trust_has_key(set->trust, key->key, piece->kind->kinds);
	struct chain chain;
	int r;

	r = certs_add(&certs, ak, NULL);
	if (r == TSMMR_E_NOMEM)
		return fail_nomem(err);
	/* What comes with a certificate belongs to it, also where nothing needs it. */
	if (certs.n) {
		r = evidence_certs(set, cert_table_or_certs_add, &certs, err);
		if (r < 0)
			return r;
	}
	if (pin)
		evidence_key(piece->regs, pin);
	if (pin || !certs.n)
		return 0;
	r = trust_chain(set->trust, &certs, 0, piece->kind->signer, 0, &chain, err);
	if (r < 0)
		return r;
	evidence_chain(piece->regs, &chain);
	return 0;
}

/* The key of a certificate that is pinned itself, and fit for it as any other. */
static int try_certificates(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	const struct pin *pin;
	struct chain chain;
	size_t i = 0;

	while ((pin = trust_cert(set->trust, piece->kind->kinds, &i))) {
		_cleanup_(tpm_key_done) struct tpm_key key = { 0 };
		struct x509_st *cert = pin->cert;
		const struct certs one = { .crypto = set->crypto, .all = &cert, .n = 1 };
		int r = certs_key(&one, 0, &key.key);

		if (r == 0)
			r = tpm_quote_signed_by(piece, &key, "a certificate that is pinned", NULL);
		if (r == TSMMR_E_NOMEM)
			return fail_nomem(err);
		if (r < 0)
			continue;
		evidence_signed(piece->regs);
		r = trust_chain(set->trust, &one, 0, piece->kind->signer, 0, &chain, err);
		if (r < 0)
			return r;
		evidence_chain(piece->regs, &chain);
		return 0;
	}
	return 0;
}

/* Nobody says whose key it is: one that is pinned?  Else another piece may vouch for it. */
static int try_pinned(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	const struct tpm_quote *q = piece->state;
	const struct pin *pin;
	size_t i = 0;

	while (q->sig.n && (pin = trust_key(set->trust, piece->kind->kinds, &i))) {
		const struct tpm_key key = {
			.key = pin->key,
			.has_attributes = pin->attests,
			.attributes = TPM_KEY_ATTESTS,
		};
		int r = tpm_quote_signed_by(piece, &key, "a key that is pinned", err);

		if (r == TSMMR_E_UNTRUSTED)
			continue;
		if (r < 0)
			return r;
		evidence_signed(piece->regs);
		evidence_key(piece->regs, pin);
		return 0;
	}
	return q->sig.n ? try_certificates(set, piece, err) : 0;
}

static int authenticate(struct evidence_set *set, struct piece *piece, struct tsmmr_error *err)
{
	_cleanup_(tpm_key_done) struct tpm_key key = { 0 };
	const struct span *ak;
	size_t i = 0;
	int r;

	ak = evidence_part(set, TSMMR_PART_AK, &i);
	if (!ak)
		return try_pinned(set, piece, err);
	r = tpm_key_read(set->crypto, *ak, "attestation key", &key, err);
	if (r == 0)
		r = tpm_quote_signed_by(piece, &key, "the attestation key given", err);
	if (r < 0)
		return r;
	evidence_signed(piece->regs);
	return trust_ak(set, *ak, &key, piece, err);
}

static int part(struct crypto crypto, struct span s)
{
	if (tpm_is_signature(s))
		return TSMMR_PART_SIG;
	if (tpm_is_public(crypto, s))
		return TSMMR_PART_AK;
	return tpm_is_pcrs(s) ? TSMMR_PART_PCRS : TSMMR_PART_AUTO;
}

/*
 * (TCG, "EK Credential Profile" and "Credential Profiles for Registration Authorities":
 * tcg-kp-AIKCertificate)  Azure's have it.  Google's have no extended key usage, and say in an
 * extension of Google's which instance's TPM it is.
 */
static const struct cert_use ak_use = {
	.who = "the AK certificate",
	.kinds = SIGNS_TPM,
	.signs = true,
	.purpose = "2.23.133.8.3",
	.or_extension = "1.3.6.1.4.1.11129.2.1.21",
};

const struct evidence_kind tpm_quote_kind = {
	.kinds = SIGNS_TPM,
	.signer = &ak_use,
	.missing = "ak=",
	.part = part,
	.decode = decode,
	.free_state = free_state,
	.authenticate = authenticate,
};
