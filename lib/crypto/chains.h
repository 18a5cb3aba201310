/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers that are extended at once. */
#pragma once

#include "crypto/hash.h"

/*
 * An extension that waits for others, of other registers: several chains at once cost less, each.
 * both is the value before it, which the link before it fills in, and what extends that; what is
 * left of it is used.
 */
struct fold_link {
	struct fold_link *next; /* NULL: the last of its chain */
	uint8_t both[2 * TSMMR_HASH_SIZE_MAX];
};
struct fold_chain {
	struct fold_link *first; /* whose value before is there */
	uint8_t *value;          /* takes what the last link gives */
};
/* Fewer gain nothing; 0: however many there are. */
size_t hash_chains_fewest(const struct hasher *h);
/* Leaves no chain a link. */
int hash_chains(struct hasher *h, struct fold_chain *chains, size_t n);
