/* SPDX-License-Identifier: BSD-2-Clause */
/* Another log as known values: the same digests in the same register in the same sequence. */
#pragma once

#include "core/known.h"

/* As load(): begin, a record at a time, end. */
int known_log_begin(struct known_loader *ld);
/* One measured record, with those of its digests that count. */
int known_log_take(struct known_loader *ld, const struct tsmmr_event *e,
		   const struct digest *digests, size_t n);
int known_log_end(struct known_loader *ld);
