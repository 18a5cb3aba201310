/* SPDX-License-Identifier: BSD-2-Clause */
/* MessagePack in: made into JSON, for whose reader one set of bounds is enough. */
#pragma once

#include <tsmmr/types.h>

#include "util/buf.h"
#include "util/cursor.h"

/*
 * One value and nothing after it, as JSON of at most about max bytes: bytes become hex, all else
 * itself.  E_TRUNCATED; E_MALFORMED also for keys that are no text; E_LIMIT for more levels than
 * JSON_IN_DEPTH; E_UNSUPPORTED for extensions and for negative and floating numbers; E_NOMEM.
 */
int msgpack_to_json(struct span s, size_t max, struct buf *ret, struct tsmmr_error *err);
