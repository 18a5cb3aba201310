/* SPDX-License-Identifier: BSD-2-Clause */
/* COSE_Sign1 (RFC 9052 §4.2), which CCA tokens and Nitro documents are signed with. */
#pragma once

#include "crypto/sign.h"
#include "util/cbor_map.h"

/* Signature algorithms.  (RFC 9053 §2.1) */
enum {
	COSE_ES256 = -7,
	COSE_ES384 = -35,
	COSE_ES512 = -36,
};

struct cose_sign1 {
	int64_t alg;           /* of the protected header; 0: it names none */
	struct span protected; /* what the string holds, as it is: that is signed */
	struct span payload;
	struct span signature;
};

/* Reads one, with or without its tag (18). */
int cose_read(struct cbor_reader *rd, struct cose_sign1 *ret);
/* E_UNTRUSTED, naming who signed ("Nitro document"), E_UNSUPPORTED, E_NOMEM. */
int cose_verify(const struct cose_sign1 *cose, const struct pubkey *key, const char *who,
		struct tsmmr_error *err);
