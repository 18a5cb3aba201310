/* SPDX-License-Identifier: BSD-2-Clause */
/* An answer as one HTML file, for the person who has to decide. */
#pragma once

#include <stdio.h>

#include "output.h"

struct options;

/* What embed.py cuts the template into: what was not said yet goes between. */
#define PAGE_PARTS 4 /* title, answer, data */
extern const char *const page_parts[PAGE_PARTS];

enum page_tone { PAGE_GOOD, PAGE_OPEN, PAGE_BAD };

struct page {
	struct output out;
	FILE *data; /* what is written to it may stand in a script element */
};

/*
 * Begins the file of --page with the answer, which stands there without any script: a word and
 * what it means.  0, or the exit status of what was reported, as the others.
 */
int page_open(struct options *o, enum page_tone tone, const char *word, const char *meaning,
	      struct page *ret);
/* One more paragraph of the answer. */
void page_say(struct page *page, const char *text);
/*
 * Ends the answer with the line that the command ends with.  What goes to page->data now is the
 * JSON that the page shows.
 */
int page_begin_data(struct options *o, const char *line, struct page *page);
/* The file appears. */
int page_commit(struct options *o, struct page *page);
/* Removes what was not committed. */
void page_close(struct page *page);
static inline void page_close_p(struct page *page)
{
	page_close(page);
}
