/* SPDX-License-Identifier: BSD-2-Clause */
/* Text on its way to a terminal or into JSON, and how much room it takes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What the locale can show: before anything is printed. */
void escape_init(void);
/* Nothing but ASCII. */
bool escape_is_ascii(void);
/*
 * Control characters, bidirectional and invisible ones and bytes that are no UTF-8 leave
 * as \xNN or \u{NNNN}: file names too may be somebody else's.  So does what the locale cannot
 * show, but for an ellipsis ("...") and the dot between words ("-").
 */
void escape_print(FILE *f, const char *s);
/* Its first len bytes, which end where a character does. */
void escape_write(FILE *f, const char *s, size_t len);
/* As a JSON string, quotes included; what is no UTF-8 becomes U+FFFD. */
void escape_json(FILE *f, const char *s);
/* As text of HTML, whatever the locale: nothing of it is markup. */
void escape_html(FILE *f, const char *s);
/*
 * How many bytes of s, which is valid UTF-8, fill at most cells columns.  All of them
 * when it fits; else what fits with one column left for an ellipsis.
 */
size_t escape_fit(const char *s, size_t cells);
