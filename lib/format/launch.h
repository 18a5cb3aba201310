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

/* What a replay takes for granted, as no image says it. */
enum launch_assumption {
	LAUNCH_EIF,
	LAUNCH_REALM_1,
	LAUNCH_REALM_2,
	LAUNCH_TDX,
	LAUNCH_TDX_PASSES,
	LAUNCH_SNP_QEMU,
	LAUNCH_SNP_EC2,
	LAUNCH_SNP_GCE,
	LAUNCH_SNP_SVSM,
	LAUNCH_SNP_IGVM,
	LAUNCH_TDX_IGVM,
	LAUNCH_ASSUMPTIONS
};

struct launch_assumed {
	const char *what; /* is launched, by whom: what of --launch or --image says so */
	const char *text;
	const char *source;
};

extern const struct launch_assumed launch_assumed[LAUNCH_ASSUMPTIONS];

/* As a finding, of the whole log. */
int launch_assume(struct tsmmr_stream *s, enum launch_assumption which);

extern const struct format format_eif, format_realm, format_snp_launch, format_tdx_launch,
	format_igvm;
