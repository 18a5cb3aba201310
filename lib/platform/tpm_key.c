/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM's public keys and signatures.  (TPM 2.0 Library, part 2, sections 11.3 and 12.2) */
#include "platform/tpm_quote.h"

#include "util/error.h"

enum {
	TPM12_ALG_RSA = 1, /* TPM_KEY_PARMS of TPM 1.2: 32 bits, big-endian */
	EXPONENT_DEFAULT = 65537,
	FIELD_MAX = 66, /* bytes of a coordinate on P-521 */
};

static const struct {
	uint16_t id; /* TPM_ECC_CURVE */
	uint16_t field;
} curves[] = {
	{ 0x0003, 32 },
	{ 0x0004, 48 },
	{ 0x0005, 66 },
};

void tpm_key_done(struct tpm_key *key)
{
	pubkey_free(key->key);
	key->key = NULL;
}

/* An algorithm, and so many 16-bit details unless it is none. */
static bool read_alg(struct cursor *c, unsigned int details, uint16_t *ret_alg, uint16_t *ret)
{
	uint16_t first = 0, next;

	if (!cur_be16(c, ret_alg))
		return false;
	for (unsigned int i = 0; *ret_alg != TPM_ALG_NULL && i < details; i++)
		if (!cur_be16(c, i ? &next : &first))
			return false;
	*ret = first;
	return true;
}

/* TPMT_*_SCHEME: ECDAA has a count after the hash. */
static bool read_scheme(struct cursor *c, struct tpm_key *key)
{
	uint16_t count;

	if (!read_alg(c, 1, &key->scheme, &key->hash))
		return false;
	if (key->scheme == TPM_ALG_NULL)
		key->scheme = 0;
	return key->scheme != TPM_ALG_ECDAA || cur_be16(c, &count);
}

static int make_rsa(struct crypto crypto, struct span n, uint32_t exponent, struct tpm_key *key)
{
	uint32_t v = exponent ? exponent : EXPONENT_DEFAULT;
	const uint8_t e[] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
			      (uint8_t)v };

	return pubkey_from_rsa(crypto, n, span_of(e, sizeof(e)), &key->key);
}

/* Leading zeros may have been left out. */
static bool pad_to(uint8_t *to, size_t field, struct span s)
{
	if (s.n > field)
		return false;
	memset(to, 0, field - s.n);
	if (s.n)
		memcpy(to + field - s.n, s.p, s.n);
	return true;
}

static int make_ecc(struct crypto crypto, uint16_t curve, struct span x, struct span y,
		    struct tpm_key *key)
{
	uint8_t point[2 * FIELD_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
		size_t field = curves[i].field;

		if (curves[i].id != curve)
			continue;
		if (!pad_to(point, field, x) || !pad_to(point + field, field, y))
			return TSMMR_E_MALFORMED;
		return pubkey_from_point(crypto, span_of(point, 2 * field), &key->key);
	}
	return TSMMR_E_UNSUPPORTED;
}

/* The parameters and the key itself, to the end of c. */
static int read_rsa(struct crypto crypto, struct cursor *c, struct tpm_key *key)
{
	uint16_t symmetric, bits, unused;
	uint32_t exponent;
	struct span n;

	if (!read_alg(c, 2, &symmetric, &unused) || !read_scheme(c, key) || !cur_be16(c, &bits) ||
	    !cur_be32(c, &exponent) || !cur_tpm2b(c, &n) || !cur_empty(c) || n.n != bits / 8u)
		return TSMMR_E_FORMAT;
	return make_rsa(crypto, n, exponent, key);
}

static int read_ecc(struct crypto crypto, struct cursor *c, struct tpm_key *key)
{
	uint16_t symmetric, curve, kdf, unused;
	struct span x, y;

	if (!read_alg(c, 2, &symmetric, &unused) || !read_scheme(c, key) || !cur_be16(c, &curve) ||
	    !read_alg(c, 1, &kdf, &unused) || !cur_tpm2b(c, &x) || !cur_tpm2b(c, &y) ||
	    !cur_empty(c))
		return TSMMR_E_FORMAT;
	return make_ecc(crypto, curve, x, y, key);
}

/* E_FORMAT when s is no TPMT_PUBLIC; other errors are about the key in it. */
static int read_public(struct crypto crypto, struct span s, struct tpm_key *key)
{
	struct cursor c = cur_span(s);
	uint16_t type, name_alg;
	struct span policy;

	if (!cur_be16(&c, &type) || !cur_be16(&c, &name_alg) || !cur_be32(&c, &key->attributes) ||
	    !cur_tpm2b(&c, &policy))
		return TSMMR_E_FORMAT;
	key->has_attributes = true;
	if (type == TPM_ALG_RSA)
		return read_rsa(crypto, &c, key);
	return type == TPM_ALG_ECC ? read_ecc(crypto, &c, key) : TSMMR_E_FORMAT;
}

/* TPM2B_PUBLIC is the same with its length before it. */
static struct span without_size(struct span s)
{
	struct cursor c = cur_span(s);
	struct span inner;

	return cur_tpm2b(&c, &inner) && cur_empty(&c) ? inner : s;
}

bool tpm_is_public(struct crypto crypto, struct span s)
{
	_cleanup_(tpm_key_done) struct tpm_key key = { 0 };

	return read_public(crypto, without_size(s), &key) != TSMMR_E_FORMAT;
}

int tpm_key_read(struct crypto crypto, struct span s, const char *what, struct tpm_key *ret,
		 struct tsmmr_error *err)
{
	static const uint8_t tpm12[] = { 0, 0, 0, TPM12_ALG_RSA };
	struct tpm_key key = { 0 };
	int r = read_public(crypto, without_size(s), &key);

	if (r == TSMMR_E_FORMAT && span_starts(s, tpm12, sizeof(tpm12)))
		return fail(err, TSMMR_E_UNSUPPORTED, "%s: a key of TPM 1.2", what);
	if (r == TSMMR_E_FORMAT) {
		key = (struct tpm_key){ 0 };
		r = pubkey_from_bytes(crypto, s, &key.key);
	}
	if (r == TSMMR_E_NOMEM)
		return fail_nomem(err);
	if (r < 0)
		return fail(err, r, "%s: %s", what,
			    r == TSMMR_E_UNSUPPORTED ? "a key of a sort that is not supported" :
						       "not a public key");

	*ret = key;
	return 0;
}

/* E_FORMAT when s has not that shape. */
static int read_signature(struct span s, struct tpm_signature *ret)
{
	struct tpm_signature sig = { 0 };
	struct cursor c = cur_span(s);
	bool ok;

	if (!cur_be16(&c, &sig.scheme) || !cur_be16(&c, &sig.hash))
		return TSMMR_E_FORMAT;
	if (sig.scheme == TPM_ALG_RSASSA || sig.scheme == TPM_ALG_RSAPSS)
		ok = cur_tpm2b(&c, &sig.bytes);
	else
		ok = sig.scheme == TPM_ALG_ECDSA && cur_tpm2b(&c, &sig.r) && cur_tpm2b(&c, &sig.s);
	if (!ok || !cur_empty(&c))
		return TSMMR_E_FORMAT;

	*ret = sig;
	return 0;
}

bool tpm_is_signature(struct span s)
{
	struct tpm_signature unused;

	return read_signature(s, &unused) == 0;
}

void tpm_signature_read(struct span s, struct tpm_signature *ret)
{
	if (read_signature(s, ret) < 0)
		*ret = (struct tpm_signature){ .bytes = s };
}

static int verify_ecdsa(const struct tpm_signature *sig, const struct tpm_key *key, uint16_t hash,
			struct span message)
{
	size_t field = ((size_t)pubkey_type(key->key) + 7) / 8;
	uint8_t rs[2 * FIELD_MAX];

	/* Bare: r||s, or what OpenSSL makes. */
	if (!sig->scheme)
		return sign_verify(key->key,
				   sig->bytes.n == 2 * field ? SIGN_ECDSA : SIGN_ECDSA_DER, hash,
				   message, sig->bytes);
	if (!pad_to(rs, field, sig->r) || !pad_to(rs + field, field, sig->s))
		return TSMMR_E_UNTRUSTED;
	return sign_verify(key->key, SIGN_ECDSA, hash, message, span_of(rs, 2 * field));
}

int tpm_signature_verify(const struct tpm_signature *sig, const struct tpm_key *key, uint16_t hash,
			 struct span message)
{
	bool rsa = pubkey_type(key->key) == PUBKEY_RSA;
	uint16_t scheme = sig->scheme ? sig->scheme : key->scheme;

	if (sig->hash)
		hash = sig->hash;
	else if (key->hash)
		hash = key->hash;
	if (scheme && rsa != (scheme == TPM_ALG_RSASSA || scheme == TPM_ALG_RSAPSS))
		return TSMMR_E_UNTRUSTED;
	/* A key made for one scheme signs with no other. */
	if (key->scheme && (key->scheme != scheme || key->hash != hash))
		return TSMMR_E_UNTRUSTED;
	if (!rsa)
		return verify_ecdsa(sig, key, hash, message);
	return sign_verify(key->key, scheme == TPM_ALG_RSAPSS ? SIGN_RSA_PSS : SIGN_RSA_PKCS1, hash,
			   message, sig->bytes);
}
