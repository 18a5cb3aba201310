/* SPDX-License-Identifier: BSD-2-Clause */
/* Vendors' roots, which are trusted only where the caller names them. */
#pragma once

#include "crypto/trust.h"

/* Whose evidence a root, or a certificate under it, may sign.  Bits, for struct pin. */
enum {
	SIGNS_TDX = 1,
	SIGNS_SNP = 2,
	SIGNS_NITRO = 4,
	SIGNS_CCA = 8,
	SIGNS_TPM = 16,
};

struct vendor_root {
	const char *name;   /* "amd-milan" */
	const char *group;  /* "amd": all of theirs */
	uint8_t sha256[32]; /* of the certificate, in DER */
	unsigned int kinds; /* SIGNS_* */
	const char *source; /* where the fingerprint is from */
};

extern const struct vendor_root vendor_roots[];
extern const size_t n_vendor_roots;

/* Pins the root of that name, or all of a group.  E_NOTFOUND, E_NOMEM. */
int roots_add(struct trust *trust, const char *name, struct tsmmr_error *err);
/*
 * What trust_add() takes, or a TPM's public key as a TPM has it (TPM2B_PUBLIC, TPMT_PUBLIC), for
 * that TPM's quotes.  As trust_add(), and E_UNTRUSTED where that is no attestation key.
 */
int roots_add_bytes(struct trust *trust, struct span s, struct tsmmr_error *err);
/* What trust_add_sha256() takes. */
int roots_add_sha256(struct trust *trust, const uint8_t sha256[32], struct tsmmr_error *err);
