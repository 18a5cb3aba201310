/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digests of several messages at once, where the processor has vectors for it.  A register is
 * one chain and gains nothing; the digests that it is extended by do, and other registers.
 *
 * The results are OpenSSL's, bit for bit, but not its code: who must have a certain
 * implementation says so, and has that one.  (TSMMR_CTX_OPENSSL_ONLY)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/cursor.h"

struct fold_chain;
struct lanes;

/* NULL where this processor has none for that TPM_ALG_ID, or the build none at all. */
const struct lanes *lanes_for(uint16_t alg);
/* Each that this processor has, and the algorithm that it is for; NULL: no more. */
const struct lanes *lanes_at(size_t i, uint16_t *ret_alg);
/* Is a message of n bytes better given to lanes? */
bool lanes_take(const struct lanes *lanes, size_t n);
/* The n digests, one after the other. */
void lanes_hash(const struct lanes *lanes, const struct span *in, size_t n, uint8_t *ret);
/* Takes links from chains until those that have any left are fewer than lanes_fewest(). */
void lanes_extend(const struct lanes *lanes, struct fold_chain *chains, size_t n);
size_t lanes_fewest(const struct lanes *lanes);
