/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of formats. */
#pragma once

#include "core/stream.h"

/* The first of that number; NULL when this library has no such format. */
const struct format *format_by_id(int id);
/* The same among those that read firmware instead of a log; they have a GUID. */
const struct format *format_launch(int id);
/* How many have that number; 0 for AUTO. */
size_t format_dialects(int id);
/*
 * The best bidder for these first bytes, of that number (two dialects can share one) or
 * of all; NULL when nobody bids.
 */
const struct format *format_probe(int id, struct crypto crypto, const uint8_t *p, size_t n,
				  bool whole);

/* NULL when no format has that number; there are names we cannot decode. */
const char *format_name(int id);

extern const struct event_class text_class;
extern const struct format format_text, format_aael, format_jsonl, format_tpm2_yaml;
