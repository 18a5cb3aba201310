/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TDREPORT and a TDX quote have in common. */
#pragma once

#include "core/regs.h"
#include "platform/parts.h"

/* Registers and claims; area is where the fields are, within whole. */
int tdx_regs_of(struct span whole, struct span area, bool in_report, const char *kind,
		struct tsmmr_regs **ret, struct tsmmr_error *err);
int tdx_note_trailing(struct tsmmr_regs *regs, size_t at, size_t n, struct tsmmr_error *err);
bool tdx_all_zero(struct span s);
/*
 * Whatever was given of TDX's is asked about this piece, also where nobody knows who made it.  Of a
 * report that is not a quote: where no quote vouches for it.
 */
void tdx_tcb_ask(struct evidence_set *set, struct piece *piece);
void tdx_tcb_ask_report(struct evidence_set *set, struct piece *piece);
/*
 * What Intel says of the platform whose PCK certificate is the first of certs, and whether any
 * certificate of its chain is revoked: as far as collateral was given.  Claims of it are added to
 * the piece.  0; E_UNTRUSTED: it is revoked, or collateral is of another platform, or not signed as
 * it should be; E_NOMEM.
 */
int tdx_tcb_check(struct evidence_set *set, struct piece *piece, struct span body,
		  struct span qe_report, const struct certs *certs, const struct chain *chain,
		  struct tsmmr_error *err);
/* A TDREPORT, perhaps inside something else. */
int tdx_report_decode(struct crypto crypto, struct span s, struct tsmmr_regs **ret,
		      struct tsmmr_error *err);
