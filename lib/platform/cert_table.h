/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of certificates that a hypervisor hands a guest.  (SEV-ES Guest-Hypervisor
 * Communication Block Standardization 56421, "SNP Extended Guest Request")
 */
#pragma once

#include "crypto/certs.h"

/* By its looks: is one of its first entries a certificate? */
bool cert_table_is(struct span s);
/* Adds the certificates in a table.  E_TRUNCATED, or as certs_add(). */
int cert_table_add(struct certs *certs, struct span s, struct tsmmr_error *err);
/* A table, or what certs_add() takes, or only zeros: a host without certificates. */
int cert_table_or_certs_add(struct certs *certs, struct span s, struct tsmmr_error *err);
