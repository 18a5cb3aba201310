/* SPDX-License-Identifier: BSD-2-Clause */
/* What may stand next on a line that is being typed: what the shells' completions ask. */
#pragma once

#include <stddef.h>

struct verb;

/* The verb that -h leaves out: no person types it. */
#define COMPLETE_VERB "__complete"

/*
 * Prints what the last of words may become, one a line: a word, or "WORD\tWHAT IT IS"; and
 * ":files" or ":folders", where that can be the name of one, or what follows its '=' can.
 */
void complete(const struct verb *verbs, char *const *words, size_t n);
