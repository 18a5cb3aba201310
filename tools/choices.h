/* SPDX-License-Identifier: BSD-2-Clause */
/* What a word could have been: the nearest name, and a list of all there are. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct options;

struct choices {
	const char *word;    /* what was given, which is none of them */
	const char *nearest; /* NULL: there is none */
	size_t distance;     /* letters to change, add or leave out; 0: only the case differs */
	void (*each)(const char *name); /* called instead, where there is one */
	size_t len;
	char list[400]; /* "a b c" */
};

/* One more that it could have been, which must live as long as c. */
void choices_add(struct choices *c, const char *name);
/* Every name of a set of the library's (TSMMR_NAMES_*) that allowed() takes; NULL: all. */
void choices_add_names(struct choices *c, int names, bool (*allowed)(int value));
/* The registers that people name: of every platform, by name or role. */
void choices_add_registers(struct choices *c);

/* The nearest, if whoever typed word is likely to have meant it; else NULL. */
const char *choices_likely(const struct choices *c);

/* "--OPTION: 'WORD' is none of: a b c"; the exit status. */
int choices_fail(struct options *o, const char *option, const struct choices *c);
