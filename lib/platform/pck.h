/* SPDX-License-Identifier: BSD-2-Clause */
/* What a PCK certificate says of the platform whose key it is of. */
#pragma once

#include "core/regs.h"
#include "crypto/certs.h"
#include "platform/tcb.h"

/* The SGX extension of such a certificate. */
#define PCK_EXTENSION "1.2.840.113741.1.13.1"
#define PCK_ISSUER_MAX 128

/* What the extension has, as claims carry it: numbers little-endian, the issuer after them. */
struct pck {
	uint8_t fmspc[6], pce_id[2], ppid[16], cpu_svn[16];
	uint8_t components[TCB_COMPONENTS];
	uint8_t pce_svn[2];
	uint8_t sgx_type;
	uint8_t issuer[PCK_ISSUER_MAX];
};
_Static_assert(sizeof(struct pck) == 59 + PCK_ISSUER_MAX, "it is copied as bytes");

/* Of the first certificate, but for its issuer; false: it is no PCK's, or not as it should be. */
bool pck_read(const struct certs *certs, struct pck *ret);

/*
 * Claims of the SGX extension of the first certificate, and of who issued it, to the end of
 * what regs' first piece claims.  An extension that is not as it should be makes none.
 * E_NOMEM.
 */
int pck_claims_add(struct tsmmr_regs *regs, const struct certs *certs, struct tsmmr_error *err);
