/* SPDX-License-Identifier: BSD-2-Clause */
/* A platform that nobody has. */
#pragma once

#include "platform/evidence.h"
#include "platform/platforms.h"

#define MOON_ID 29

extern const struct platform platform_moon;
extern const struct evidence_kind moon_kind;
