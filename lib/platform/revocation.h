/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of revoked certificates, as the kinds of evidence ask them. */
#pragma once

#include "platform/parts.h"
#include "util/buf.h"

/* Vendors, as the issuers of their lists call themselves. */
#define LISTS_AMD "Advanced Micro Devices"
#define LISTS_INTEL "Intel Corporation"

struct lists_use {
	const char *who;   /* "the VCEK", for messages */
	const char *other; /* whose lists are about other evidence */
	bool by_end;       /* as in struct crl_check */
};

/* Was any list given beside it, or for all evidence, that could be about it? */
bool revocation_asked(const struct evidence_set *set, const struct lists_use *use);
/* As crls_check(), by all lists that were given. */
int revocation_check(const struct evidence_set *set, const struct chain *chain,
		     const struct lists_use *use, struct revocation *ret, struct tsmmr_error *err);
/* Was each certificate asked about, by a list that holds? */
static inline bool revocation_known(const struct revocation *r)
{
	return r->asked && r->covered == r->asked && !r->late;
}
/*
 * Claims: until when what was given holds (TSMMR_NONE: nothing was), and what else has to be given,
 * which is missing, as collateral_missing() writes it.  0 or E_NOMEM.
 */
int collateral_claims(struct tsmmr_regs *regs, uint64_t until, const struct buf *missing,
		      struct tsmmr_error *err);
/* One more, "tcb-info" of "00906ed50000"; of may be empty. */
void collateral_missing(struct buf *missing, const char *part, struct span of);
/* … each of the lists. */
void collateral_missing_lists(struct buf *missing, const struct revocation *r);
