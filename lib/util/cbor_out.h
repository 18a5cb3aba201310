/* SPDX-License-Identifier: BSD-2-Clause */
/* Deterministic CBOR (RFC 8949 §4.2.1) into a buffer; map keys in order are the caller's. */
#pragma once

#include "util/buf.h"
#include "util/cursor.h"

void cbor_out_uint(struct buf *b, uint64_t v);
void cbor_out_nint(struct buf *b, uint64_t v); /* -1 - v */
void cbor_out_bytes(struct buf *b, struct span s);
void cbor_out_text(struct buf *b, const void *s, size_t n); /* valid UTF-8 */
void cbor_out_array(struct buf *b, uint64_t n);
void cbor_out_map(struct buf *b, uint64_t pairs);
void cbor_out_tag(struct buf *b, uint64_t tag); /* before what it is of */
void cbor_out_null(struct buf *b);
