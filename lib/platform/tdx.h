/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TDREPORT and a TDX quote have in common. */
#pragma once

#include "core/regs.h"

/* Registers and claims; area is where the fields are, within whole. */
int tdx_regs_of(struct span whole, struct span area, bool in_report, const char *kind,
		struct tsmmr_regs **ret, struct tsmmr_error *err);
int tdx_note_trailing(struct tsmmr_regs *regs, size_t at, size_t n, struct tsmmr_error *err);
bool tdx_all_zero(struct span s);
/* A TDREPORT, perhaps inside something else. */
int tdx_report_decode(struct crypto crypto, struct span s, struct tsmmr_regs **ret,
		      struct tsmmr_error *err);
