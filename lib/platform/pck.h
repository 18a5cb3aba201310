/* SPDX-License-Identifier: BSD-2-Clause */
/* What a PCK certificate says of the platform whose key it is of. */
#pragma once

#include "core/regs.h"
#include "crypto/certs.h"

/* The SGX extension of such a certificate. */
#define PCK_EXTENSION "1.2.840.113741.1.13.1"

/*
 * Claims of the SGX extension of the first certificate, and of who issued it, to the end of
 * what regs' first piece claims.  An extension that is not as it should be makes none.
 * E_NOMEM.
 */
int pck_claims_add(struct tsmmr_regs *regs, const struct certs *certs, struct tsmmr_error *err);
