/* SPDX-License-Identifier: BSD-2-Clause */
/* Every kind of envelope: a new one is a file and a row here. */
#include "envelope/envelope.h"

/* A kind that asks for more members stands before one that asks for fewer. */
const struct envelope_kind *const envelope_kinds[] = {
	&coco_tdx_kind,
};
const size_t n_envelope_kinds = ARRAY_SIZE(envelope_kinds);
