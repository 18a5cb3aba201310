/* SPDX-License-Identifier: BSD-2-Clause */
/* The Realm Initial Measurement, step by step. */
#pragma once

#include "crypto/hash.h"
#include "core/image.h"

enum {
	RIM_GRANULE = 4096,
	RIM_PARAMS_SIZE = 14, /* of REALM_CREATE in the log; some pad it */
	RIM_RIPAS_SIZE = 16,
	RIM_REC_SIZE = 80,
};

/* No range ends beyond it, so that a count by granules never wraps. */
#define RIM_LAST (UINT64_MAX - RIM_GRANULE)

/* Steps whose number the log chooses, over a whole log. */
#define RIM_STEPS_MAX (UINT32_C(1) << 18)

struct rim {
	struct hasher *h; /* NULL: no REALM_CREATE yet */
	struct hasher hasher;
	bool known;     /* value is what the realm holds */
	uint64_t block; /* the largest a translation table entry maps */
	uint32_t steps;
	uint8_t value[TSMMR_HASH_SIZE_MAX];
	uint8_t page[RIM_GRANULE];
};

void rim_done(struct rim *rim);

/*
 * Each does nothing to a value that is not known.  E_MALFORMED, E_UNSUPPORTED or E_LIMIT
 * with *why set, E_NOMEM; rim_data() fails as image_read() does.  base and size must keep
 * within RIM_LAST.
 */
int rim_create(struct rim *rim, struct crypto crypto, struct span params, const char **why);
int rim_init_ripas(struct rim *rim, struct span range, const char **why);
/* *ret_measured: only a REC that may run is. */
int rim_rec_create(struct rim *rim, struct span params, bool *ret_measured, const char **why);
int rim_data(struct rim *rim, const struct launch *launch, enum image_role role, uint64_t base,
	     uint64_t size, struct tsmmr_error *err);
int rim_data_unmeasured(struct rim *rim, uint64_t base, uint64_t size, const char **why);
