/* SPDX-License-Identifier: BSD-2-Clause */
/* Every option: who takes it, what its value may be, and where that goes. */
#pragma once

#include "options.h"

enum option_kind {
	FLAG,   /* int: 1 when given */
	STRING, /* const char *: the last one given */
	WORDS,  /* struct words: each one given */
	LIST,   /* char *: all that were given, joined by commas */
	NUMBER, /* uint64_t, which may end in K, M or G */
	NAME,   /* int: a name of the set names */
	SPECIAL /* parse() */
};

struct option_desc {
	const char *name;
	char letter;
	uint8_t kind;
	uint32_t verbs;
	size_t where; /* in struct options */
	int names;    /* TSMMR_NAMES_* */
	int (*parse)(struct options *o, const char *value);
	const char *value; /* NULL: takes none */
	const char *help;
};

#define OPTIONS_MAX 80

extern const struct option_desc option_table[];
extern const size_t n_option_table;

/* Of a NAME: may it be asked for?  NULL: each of the set. */
typedef bool (*name_allowed_fn)(int value);
name_allowed_fn option_allows(const struct option_desc *d);
