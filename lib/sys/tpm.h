/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TPM by its commands: tpm.c through tpm2-tss, no-tpm.c where that was not built in.
 *
 * The TPM is a device, "/dev/tpmrm0", below a root, or what tpm2-tss calls a TCTI, with its
 * configuration: "swtpm:host=localhost,port=2321".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tsmmr/types.h>

#include "util/buf.h"
#include "crypto/hash.h"
#include "util/cursor.h"

#define TPM_PROVIDER "tpm0" /* what a scan calls the TPM of a TCTI */

struct tpm;

/* Were the functions below built in?  All of them are E_UNSUPPORTED where they were not. */
bool tpm_is_built_in(void);
/* E_NOTFOUND where there is no such device; E_IO, E_NOMEM. */
int tpm_open(const char *root, const char *where, struct tpm **ret, struct tsmmr_error *err);
void tpm_close(struct tpm *tpm);
DEFINE_CLEANUP(struct tpm *, tpm_close)

/* One bank that is allocated. */
struct tpm_bank {
	uint16_t alg;  /* TPM_ALG_ID */
	uint32_t pcrs; /* bit n: it has PCR n */
};

#define TPM_BANKS 16 /* TPM2_NUM_PCR_BANKS of tpm2-tss */

struct tpm_banks {
	struct tpm_bank all[TPM_BANKS];
	size_t n;
};

int tpm_banks_read(struct tpm *tpm, struct tpm_banks *ret, struct tsmmr_error *err);
/* The value's size. */
int tpm_pcr_read(struct tpm *tpm, uint16_t alg, uint32_t pcr, uint8_t *ret, size_t size,
		 struct tsmmr_error *err);

/* What extends one bank; p has the size of its digests. */
struct tpm_digest {
	uint16_t alg;
	struct span value;
};

/*
 * All banks in one command.  E_LOCKED (a PCR of another locality), E_IO: no bank was
 * extended.  E_INDOUBT: perhaps all were.  Never tried twice.
 */
int tpm_pcr_extend(struct tpm *tpm, uint32_t pcr, const struct tpm_digest *digests, size_t n,
		   struct tsmmr_error *err);

/* A quote, and what comes with it. */
struct tpm_evidence {
	struct buf attest; /* TPMS_ATTEST */
	struct buf sig;    /* TPMT_SIGNATURE */
	struct buf pcrs;   /* "pcr0:sha256=HEX", a line each */
	struct buf ak;     /* TPM2B_PUBLIC */
};

void tpm_evidence_done(struct tpm_evidence *e);
static inline void tpm_evidence_done_p(struct tpm_evidence *e)
{
	tpm_evidence_done(e);
}
/*
 * Every PCR of one bank, by the name of its hash, signed together with the nonce.
 *
 * The key is a primary key under the endorsement hierarchy, made on the spot from a fixed
 * template: ECC on P-256, or RSA of 2048 bits where the TPM has no such curve.  A TPM makes
 * the same key of the same template each time, until its manufacturer's seed is changed, so
 * nothing has to be stored and a verifier pins it once.  E_ARG: a nonce longer than the TPM
 * takes.
 */
int tpm_quote(struct tpm *tpm, struct crypto crypto, const char *bank, struct span nonce,
	      struct tpm_evidence *ret, struct tsmmr_error *err);
