/* SPDX-License-Identifier: BSD-2-Clause */
/* Separators by their digests, which are known constants whatever a record calls itself. */
#pragma once

#include "core/event.h"
#include "crypto/hash.h"

/* What separators are hashes of: 00000000, ffffffff, 00000001.  (PFP 1.06 §3.3.3.2) */
#define SEPARATOR_VALUES 3

/* Those digests, of each algorithm that was asked for.  Starts as zeros but for crypto. */
struct separators_of {
	uint16_t alg;
	uint8_t size;
	uint8_t values[SEPARATOR_VALUES][TSMMR_HASH_SIZE_MAX];
};
struct separators {
	struct crypto crypto;
	struct separators_of of[EVENT_DIGESTS_MAX];
	size_t n;
};

/*
 * Is one of e's digests a separator's?  1, 0, or E_NOMEM.  Any bank counts: which of them is
 * believed, nobody knows here.
 */
int separator_find(struct separators *s, const struct tsmmr_event *e);
