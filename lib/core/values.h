/* SPDX-License-Identifier: BSD-2-Clause */
/* Register values as people and programs write them. */
#pragma once

#include "core/platform.h"
#include "util/cursor.h"

/* One register and what it is said to hold. */
struct value {
	const struct platform *platform; /* whose it is said to be, or NULL */
	struct span name;                /* a register's, or a role */
	struct span alg;                 /* empty: not said */
	struct span hex;                 /* alternatives are separated by commas */
};

/* where says which line or item it is, for messages. */
typedef int (*value_take)(void *user, const struct value *v, const char *where,
			  struct tsmmr_error *err);

/*
 * Hands each value of text to take(): lines "NAME[:ALG]=HEX[,HEX…]" ("#" begins a comment),
 * or the JSON of `registers` and `replay`.  platform (or NULL) is whose all names are; the
 * table is what a platform's name is looked up in.  What take() fails with, E_ARG,
 * E_MALFORMED, E_UNSUPPORTED, E_LIMIT, E_NOMEM.
 */
int values_read(const struct platform *platform, const struct platform *const *table,
		size_t n_table, struct span text, value_take take, void *user,
		struct tsmmr_error *err);

/* The next alternative of v->hex, which is taken off it: 1, 0 at the end, E_ARG. */
int value_next(struct span *hex, uint8_t *bytes, size_t size, size_t *ret_n);

/* The register of p that is called so, by name or role; NULL when it has none. */
const struct reg_desc *value_desc(const struct platform *p, const struct value *v);
/* The bank that n bytes of it are a value of: 0, or E_ARG, which names the right lengths. */
int value_bank(const struct value *v, const char *where, const struct reg_desc *desc, size_t n,
	       uint16_t *ret_alg, struct tsmmr_error *err);
