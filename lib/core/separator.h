/* SPDX-License-Identifier: BSD-2-Clause */
/* Separators by their digests, which are known constants whatever a record calls itself. */
#pragma once

#include "core/event.h"

/* What separators are hashes of. */
enum separator_value {
	SEPARATOR_ZEROS,
	SEPARATOR_ONES,
	SEPARATOR_ERROR, /* 00000001 */
	SEPARATOR_VALUES
};

/* Is that the digest of a separator, and of which? */
bool separator_is(const struct digest *d, enum separator_value *ret);
/* Is one of e's digests?  Any bank counts: which of them is believed, nobody knows here. */
bool separator_find(const struct tsmmr_event *e);
