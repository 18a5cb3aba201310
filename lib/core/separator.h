/* SPDX-License-Identifier: BSD-2-Clause */
/* Separators by their digests, which are known constants whatever a record calls itself. */
#pragma once

#include "core/event.h"

/* What separators are hashes of. */
enum separator_value {
	SEPARATOR_NONE = -1,
	SEPARATOR_ZEROS,
	SEPARATOR_ONES,
	SEPARATOR_ERROR, /* 00000001 */
	SEPARATOR_VALUES
};

/* Of which is that the digest? */
enum separator_value separator_of(const struct digest *d);
/* Is one of e's digests?  Any bank counts: which of them is believed, nobody knows here. */
bool separator_find(const struct tsmmr_event *e);
