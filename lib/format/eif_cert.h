/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificate in the signature section of an enclave image. */
#pragma once

#include "util/cursor.h"

/*
 * The DER, malloc'd, of the first signature's certificate.  E_MALFORMED, E_TRUNCATED or
 * E_UNSUPPORTED with *why set, E_NOMEM.
 */
int eif_certificate(struct span section, uint8_t **ret, size_t *ret_n, const char **why);
