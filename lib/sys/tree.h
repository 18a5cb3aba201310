/* SPDX-License-Identifier: BSD-2-Clause */
/* Measurement registers as files, in every layout a kernel has had. */
#pragma once

#include "sys/reg.h"

struct tree_scan {
	struct tree_reg *regs;
	size_t n, cap;
};

void tree_scan_done(struct tree_scan *scan);
static inline void tree_scan_done_p(struct tree_scan *scan)
{
	tree_scan_done(scan);
}
/* Are they banks of one register? */
static inline bool tree_same(const struct tree_reg *a, const struct tree_reg *b)
{
	return a->layout == b->layout && !strcmp(a->provider, b->provider) &&
	       !strcmp(a->name, b->name);
}
/* Every register of every provider below root, sorted by provider, name, hash. */
int tree_scan(const char *root, struct tree_scan *ret, struct tsmmr_error *err);
/*
 * The PCRs of a TPM that a TCTI reaches, as of tpm0 and in the place of every TPM in scan.
 * As tpm_open(), or tpm_banks_read().
 */
int tree_scan_tcti(const char *tcti, struct tree_scan *scan, struct tsmmr_error *err);
