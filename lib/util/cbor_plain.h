/* SPDX-License-Identifier: BSD-2-Clause */
/* CBOR of any form in the deterministic one. */
#pragma once

#include "util/buf.h"
#include "util/cbor_in.h"

/*
 * The next item, encoded as RFC 8949 §4.2.1 asks for, at the end of out: shortest heads,
 * lengths said, strings in one piece, keys in the order of their bytes.  Floating-point
 * numbers stay as wide as they are.  Also E_MALFORMED for a key that is there twice,
 * E_LIMIT, E_NOMEM; in->why says which, and what out holds is then of no use.
 */
int cbor_plain(struct cbor_in *in, struct buf *out);
