/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms in which people have known values. */
#pragma once

#include "core/known.h"

/* NULL for a number that is none. */
const struct known_kind *known_kind(int id);
const char *known_kind_name(int id);
