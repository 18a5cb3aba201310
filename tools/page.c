/* SPDX-License-Identifier: BSD-2-Clause */
/* An answer as one HTML file, for the person who has to decide. */
#include "page.h"

#include <string.h>

#include "escape.h"
#include "fail.h"
#include "options.h"
#include "scope.h"

int page_open(struct options *o, enum page_tone tone, const char *word, const char *meaning,
	      struct page *ret)
{
	static const char *const tones[] = {
		[PAGE_GOOD] = "good",
		[PAGE_OPEN] = "open",
		[PAGE_BAD] = "bad",
	};
	int r;

	*ret = (struct page){ .data = NULL };
	r = output_open_file(o, o->page, &ret->out);
	if (r)
		return r;
	fputs(page_parts[0], ret->out.file);
	escape_html(ret->out.file, word);
	fputs(page_parts[1], ret->out.file);
	fprintf(ret->out.file, "<header class=\"%s\">\n<h1>", tones[tone]);
	escape_html(ret->out.file, word);
	fputs("</h1>\n", ret->out.file);
	page_say(ret, meaning);
	return 0;
}

void page_say(struct page *page, const char *text)
{
	fputs("<p>", page->out.file);
	escape_html(page->out.file, text);
	fputs("</p>\n", page->out.file);
}

/*
 * In JSON these stand in strings only: so nothing in it begins or ends an element.  What is not
 * printable has been escaped by whoever wrote the JSON.
 */
static ssize_t put_data(void *cookie, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr("<>&", bytes[i]) && bytes[i])
			fprintf(cookie, "\\u%04x", bytes[i]);
		else
			putc(bytes[i], cookie);
	}
	return (ssize_t)n;
}

int page_begin_data(struct options *o, const char *line, struct page *page)
{
	fputs("<p class=\"line\">", page->out.file);
	escape_html(page->out.file, line);
	fputs("</p>\n</header>\n", page->out.file);
	fputs(page_parts[2], page->out.file);
	page->data = fopencookie(page->out.file, "w", (cookie_io_functions_t){ .write = put_data });
	return page->data ? 0 : fail(o, TSMMR_E_NOMEM, "out of memory");
}

int page_commit(struct options *o, struct page *page)
{
	fclose(page->data);
	page->data = NULL;
	fputs(page_parts[3], page->out.file);
	return output_commit(o, &page->out);
}

void page_close(struct page *page)
{
	if (page->data)
		fclose(page->data);
	output_close(&page->out);
}
