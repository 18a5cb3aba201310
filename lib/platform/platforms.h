/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of platforms. */
#pragma once

#include "core/platform.h"
#include "util/cursor.h"

extern const struct platform platform_tdx, platform_cca, platform_tpm, platform_nitro, platform_snp;

/* What AUTO looks through, in this order: an enclave's PCRs are called as a TPM's are. */
#define PLATFORMS_N 5
extern const struct platform *const platforms[PLATFORMS_N];

/* NULL when this library has no such platform. */
const struct platform *platform_by_id(int id);
/*
 * A register by name or role: of *platform, or where that is NULL of the first that has
 * it, which *platform then is.  NULL when there is none.
 */
const struct reg_desc *platform_find(const struct platform **platform, struct span name);
/* Is this the name, or a role, of any platform's register?  For checking --require. */
bool platform_knows(struct span name);
