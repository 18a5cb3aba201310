/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of TPM quotes, and those that vouch for them, share. */
#pragma once

#include "platform/parts.h"

static inline bool cur_be16(struct cursor *c, uint16_t *ret)
{
	struct span s;

	if (!cur_take(c, 2, &s))
		return false;
	*ret = (uint16_t)(s.p[0] << 8 | s.p[1]);
	return true;
}

static inline bool cur_be32(struct cursor *c, uint32_t *ret)
{
	uint16_t high, low;
	struct cursor at = *c;

	if (!cur_be16(&at, &high) || !cur_be16(&at, &low))
		return false;
	*ret = (uint32_t)high << 16 | low;
	*c = at;
	return true;
}

/* TPM2B_*: a length and so many bytes. */
static inline bool cur_tpm2b(struct cursor *c, struct span *ret)
{
	struct cursor at = *c;
	uint16_t n;

	if (!cur_be16(&at, &n) || !cur_take(&at, n, ret))
		return false;
	*c = at;
	return true;
}

enum {
	TPM_ALG_RSA = 0x0001,
	TPM_ALG_NULL = 0x0010,
	TPM_ALG_RSASSA = 0x0014,
	TPM_ALG_RSAPSS = 0x0016,
	TPM_ALG_ECDSA = 0x0018,
	TPM_ALG_ECDAA = 0x001a,
	TPM_ALG_ECC = 0x0023,
};

/* TPMA_OBJECT: fixedTPM, restricted, sign.  (TPM 2.0 Library, part 2, section 8.3) */
#define TPM_KEY_ATTESTS (1u << 1 | 1u << 16 | 1u << 18)

/* A public key, and what only a TPM's structure says of it. */
struct tpm_key {
	struct pubkey *key;
	bool has_attributes;
	uint32_t attributes;
	uint16_t scheme, hash; /* 0: not said */
};

/*
 * Does it sign only what its TPM made?  One that signs what it is handed could sign a quote nobody
 * made.  (part 1, restricted keys)
 */
static inline bool tpm_key_attests(const struct tpm_key *key)
{
	return key->has_attributes && (key->attributes & TPM_KEY_ATTESTS) == TPM_KEY_ATTESTS;
}

void tpm_key_done(struct tpm_key *key);
static inline void tpm_key_done_p(struct tpm_key *key)
{
	tpm_key_done(key);
}
/* TPMT_PUBLIC, TPM2B_PUBLIC, or what pubkey_from_bytes() takes.  what: for messages. */
int tpm_key_read(struct crypto crypto, struct span s, const char *what, struct tpm_key *ret,
		 struct tsmmr_error *err);
/* By its looks: all of s. */
bool tpm_is_public(struct crypto crypto, struct span s);

/* TPMT_SIGNATURE; or, without its header, what only the key says. */
struct tpm_signature {
	uint16_t scheme, hash; /* 0: not said */
	struct span bytes;     /* RSA; or all of it where the header is missing */
	struct span r, s;      /* ECDSA */
};

/* s is one, with its header or without. */
void tpm_signature_read(struct span s, struct tpm_signature *ret);
bool tpm_is_signature(struct span s);
/* hash: what to take where the signature does not say.  As sign_verify(). */
int tpm_signature_verify(const struct tpm_signature *sig, const struct tpm_key *key, uint16_t hash,
			 struct span message);

/*
 * PCR values in any of the shapes that tools write them.  banks: what the quote selects,
 * for values that come without names.  *ret's registers are PCRs.
 */
#define TPM_BANKS_MAX 16
#define TPM_PCRS 24

struct tpm_select {
	struct {
		uint16_t alg;
		uint32_t pcrs; /* bit n: PCR n */
	} banks[TPM_BANKS_MAX];
	size_t n;
};

int tpm_pcrs_read(struct span s, const struct tpm_select *select, struct tsmmr_regs **ret,
		  struct tsmmr_error *err);
bool tpm_is_pcrs(struct span s);

/*
 * Did key sign the quote, which must be a piece of tpm_quote_kind?  0 when it did;
 * E_UNTRUSTED; E_ARG when the signature is not among the parts.
 */
int tpm_quote_signed_by(const struct piece *quote, const struct tpm_key *key, const char *whose,
			struct tsmmr_error *err);
/* What bind() does and returns when the key that signed is vouched for, and how. */
int tpm_quote_vouch(struct piece *quote, const char *how, struct tsmmr_error *err);
