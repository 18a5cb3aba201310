/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collateral: what a vendor says of its platforms, which is the same for all of one sort, and which
 * whoever verifies has from the vendor.  Kept as it was read; whether it is signed, by whom, and
 * whether it holds at a time is asked when it is used.
 */
#pragma once

#include <tsmmr/regs.h>

#include "crypto/crls.h"
#include "platform/tcb.h"
#include "util/date.h"

#define COLLATERAL_DOCS_MAX 1024
#define COLLATERAL_BYTES_MAX (16u << 20) /* of all that was handed in */

struct collateral {
	struct certs certs; /* the chains of those who sign it */
	struct crls crls;
	struct tcb_doc **docs;
	size_t n_docs, cap_docs;
	size_t n_bytes;
};

void collateral_done(struct collateral *c); /* may be NULL */

/* The same in it once more: to add to either is not to add to the other.  E_NOMEM. */
int collateral_copy(const struct collateral *from, struct collateral **ret);
/* Allocated, with nothing in it; NULL: no memory.  collateral_free() may be given NULL. */
struct collateral *collateral_new(struct crypto crypto, struct cert_cache *cache);
void collateral_free(struct collateral *c);
DEFINE_CLEANUP(struct collateral *, collateral_free)

/* Is it CRL, TCB_INFO or QE_IDENTITY? */
static inline bool collateral_is_part(int part)
{
	return part == TSMMR_PART_CRL || part == TSMMR_PART_TCB_INFO ||
	       part == TSMMR_PART_QE_IDENTITY;
}
/* One of these parts; AUTO: none of them. */
int collateral_part_of(struct crypto crypto, struct span s);
/*
 * Adds a file: lists, certificates (TSMMR_PART_CERTS), a document as the service answers it (with
 * the headers of the answer, which carry the chain, or these alone).  All of it or nothing but
 * certificates and lists before what is wrong.  E_FORMAT, E_MALFORMED, E_UNSUPPORTED, E_LIMIT,
 * E_NOMEM.
 */
int collateral_add(struct collateral *c, int part, struct span s, struct tsmmr_error *err);

/*
 * The document that fits, of those in n sets: one that holds at that time before one that does not,
 * then the higher evaluation number, then the later one.  fmspc NULL: a QE Identity.  NULL: none.
 */
const struct tcb_doc *collateral_find(const struct collateral *const *sets, size_t n,
				      const uint8_t *fmspc, uint64_t time, uint64_t grace);
static inline bool collateral_holds(const struct tcb_doc *doc, uint64_t time, uint64_t grace)
{
	return date_within(time, doc->issued, doc->next, grace);
}
