/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks of PEM, one after the other: certificates, revocation lists and public keys only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/cursor.h"

/* No input of keys or certificates is longer; callers check. */
#define PEM_BYTES_MAX (1u << 20)

struct pem {
	struct span left;
	struct span der; /* of the block, until the next call */
	uint8_t *owned;
};

bool pem_is(struct span s);
int pem_next(struct pem *pem); /* 1; 0 at the end; E_MALFORMED, E_NOMEM */
void pem_done(struct pem *pem);
