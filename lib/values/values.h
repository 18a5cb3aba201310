/* SPDX-License-Identifier: BSD-2-Clause */
/* Register values as people and programs write them. */
#pragma once

#include "core/platform.h"
#include "core/regs.h"
#include "util/cursor.h"

/* Of one set, or one policy's: each is compared with those before it. */
#define VALUES_OF_SET_MAX 4096

/* One register and what it is said to hold. */
struct value {
	const struct platform *platform; /* whose it is said to be, or NULL */
	struct span name;                /* a register's, a role, or PROVIDER/NAME */
	struct span alg;                 /* empty: not said */
	struct span hex;                 /* alternatives are separated by commas */
	bool dumped;                     /* by a program that prints every bank there is */
};

/* where says which line or item it is, for messages. */
typedef int (*value_take)(void *user, const struct value *v, const char *where,
			  struct tsmmr_error *err);

/* What names in a text may mean. */
struct values_of {
	int format;                      /* TSMMR_VALUES_* */
	const struct platform *platform; /* whose all of them are, or NULL */
	const struct platform *const *table;
	size_t n_table;
};

/*
 * Hands each value of text to take(), whatever form of table.c it has.  *ret_format (nullable)
 * is which it was.  What take() fails with, E_ARG, E_MALFORMED, E_TRUNCATED, E_UNSUPPORTED,
 * E_LIMIT, E_NOMEM.
 */
int values_read(const struct values_of *of, struct span text, value_take take, void *user,
		int *ret_format, struct tsmmr_error *err);
/* "tpm2_pcrread"; NULL for a number that is none. */
const char *values_name(int id);

/* The next alternative of v->hex, which is taken off it: 1, 0 at the end, E_ARG. */
int value_next(struct span *hex, uint8_t *bytes, size_t size, size_t *ret_n);

/* The register of p that is called so, by name or role; NULL when it has none. */
const struct reg_desc *value_desc(const struct platform *p, const struct value *v);
/* The bank that n bytes of it are a value of: 0, or E_ARG, which names the right lengths. */
int value_bank(const struct value *v, const char *where, const struct reg_desc *desc, size_t n,
	       uint16_t *ret_alg, struct tsmmr_error *err);
/*
 * The bank in which some register of that name takes n bytes: 0, or E_ARG.  PROVIDER/NAME may be
 * anything: only a tree knows.
 */
int value_fit(const struct values_of *of, const struct value *v, const char *where, size_t n,
	      uint16_t *ret_alg, struct tsmmr_error *err);
/* Is it by a name that no table has, of a tree of which only its provider is known? */
bool value_is_made(const struct values_of *of, const struct value *v);
/* Is it one that a log of another register carries: "rtmr3/mr_app"?  No set of registers has it. */
bool value_is_carried(const struct values_of *of, struct span name);

/* Values by hand, which are GIVEN.  See tsmmr_regs_from_values(). */
int regs_from_values(const struct values_of *of, struct span text, struct tsmmr_regs **ret,
		     struct tsmmr_error *err);
/* The same as lines, whatever their form.  See tsmmr_values_lines(). */
int values_to_lines(const struct values_of *of, struct span text, struct buf *out, int *ret_format,
		    struct tsmmr_error *err);
