/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM's commands, built without tpm2-tss: none. */
#include "sys/tpm.h"

#include "util/error.h"

static int lacking(struct tsmmr_error *err)
{
	return fail(err, TSMMR_E_UNSUPPORTED, "no commands to a TPM: built without tpm2-tss");
}

bool tpm_is_built_in(void)
{
	return false;
}

int tpm_open(const char *root, const char *where, struct tpm **ret, struct tsmmr_error *err)
{
	return lacking(err);
}

void tpm_close(struct tpm *tpm)
{
}

int tpm_banks_read(struct tpm *tpm, struct tpm_banks *ret, struct tsmmr_error *err)
{
	return lacking(err);
}

int tpm_pcr_read(struct tpm *tpm, uint16_t alg, uint32_t pcr, uint8_t *ret, size_t size,
		 struct tsmmr_error *err)
{
	return lacking(err);
}

int tpm_pcr_extend(struct tpm *tpm, uint32_t pcr, const struct tpm_digest *digests, size_t n,
		   struct tsmmr_error *err)
{
	return lacking(err);
}

void tpm_evidence_done(struct tpm_evidence *e)
{
}

int tpm_quote(struct tpm *tpm, struct crypto crypto, const char *bank, struct span nonce,
	      struct tpm_evidence *ret, struct tsmmr_error *err)
{
	return lacking(err);
}
