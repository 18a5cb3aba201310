/* SPDX-License-Identifier: BSD-2-Clause */
/* A unified kernel image as a log: what it is measured as, whatever the machine. */
#pragma once

#include "core/image.h"
#include "crypto/hash.h"
#include "util/buf.h"

/*
 * Writes a crypto-agile log of the firmware's form.  As image_measures(), and E_UNSUPPORTED where
 * the machine would choose what is measured.
 */
int uki_log(const struct image *image, struct crypto crypto, unsigned profile, const char *phases,
	    struct buf *out, struct tsmmr_error *err);
