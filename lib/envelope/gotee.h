/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence that Google's libraries take apart, put together again. */
#pragma once

#include "envelope/envelope.h"
#include "envelope/pb.h"

/* Adds the parts of a message in its encoding: as envelope_kind's open(). */
typedef int (*gotee_add)(struct span s, struct envelope *ret, struct tsmmr_error *err);
/* The same of a message in the text format, and in JSON: as that, or pb_from_text(). */
int gotee_add_text(struct span s, const struct pb_message *m, gotee_add add, struct envelope *ret,
		   struct tsmmr_error *err);
int gotee_add_json(struct json_object *o, const struct pb_message *m, gotee_add add,
		   struct envelope *ret, struct tsmmr_error *err);

/* sevsnp.Attestation?  Not in JSON or text. */
bool gotee_is_snp(struct span s);
/* The report, and its certificates.  0, E_MALFORMED, E_LIMIT, E_NOMEM. */
int gotee_add_snp(struct span s, struct envelope *ret, struct tsmmr_error *err);
/* The same of tdx.QuoteV4 and QuoteV5. */
bool gotee_is_tdx(struct span s);
int gotee_add_tdx(struct span s, struct envelope *ret, struct tsmmr_error *err);
