/* SPDX-License-Identifier: BSD-2-Clause */
/* What the logs of launches share. */
#pragma once

#include "crypto/hash.h"
#include "core/stream.h"

/*
 * A step of a launch: what it did is e's type and data, what it is about is hashed in its
 * digest (where that says something), and value is the launch register after it, n bytes
 * of alg; n is 0 where that cannot be known.  bound: another text could not give that value.
 */
static inline void launch_step(struct tsmmr_event *e, bool bound, uint16_t alg,
			       const uint8_t *value, size_t n)
{
	e->measured = true;
	e->mark = MARK_LAUNCH;
	e->mark_value = bound;
	e->asserted = (struct digest){ alg, span_of(value, n) };
}

extern const size_t launch_n_rules; /* 0: a step needs none, see MARK_LAUNCH */

extern const struct format format_eif, format_realm, format_snp_launch, format_tdx_launch;
