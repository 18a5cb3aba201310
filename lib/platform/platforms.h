/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of platforms. */
#pragma once

#include "core/platform.h"
#include "util/cursor.h"

extern const struct platform platform_tdx, platform_cca, platform_tpm, platform_nitro, platform_snp;

/* What AUTO looks through, in this order: an enclave's PCRs are called as a TPM's are. */
extern const struct platform *const platforms[];
extern const size_t n_platforms;

/* All of these: NULL when no row of the table fits. */
const struct platform *platform_by_id(int id);
const char *platform_name(int id); /* AUTO has one too */
/* Whose registers does a tree's provider show?  "tdx_guest", "tpm0" */
const struct platform *platform_by_provider(const char *provider);
/* Whose reports does a provider of configfs-tsm give? */
const struct platform *platform_by_reports(const char *provider);
/* Whose registers does a log say it numbers?  (struct format, claims) */
const struct platform *platform_by_claim(struct span claim);
/*
 * A register by name or role: of *platform, or where that is NULL of the first that has
 * it, which *platform then is.  NULL when there is none.
 */
const struct reg_desc *platform_find(const struct platform **platform, struct span name);
/* Is this the name, or a role, of any platform's register?  For checking --require. */
bool platform_knows(struct span name);
