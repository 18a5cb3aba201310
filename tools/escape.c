/* SPDX-License-Identifier: BSD-2-Clause */
/* Text on its way to a terminal or into JSON, and how much room it takes. */
#include "escape.h"

#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "scope.h"
#include "utf8.h"

/*
 * Characters that move the cursor, reorder their neighbours, change how these look, or cannot be
 * seen: those that the library escapes in the text of events.
 */
static const struct {
	uint32_t first, last;
} unsafe[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, { 0x061c, 0x061c },
	{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
	{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xe0000, 0xe0fff },
};

/* And those of each plane that are no characters. */
static bool is_unsafe(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(unsafe); i++)
		if (c >= unsafe[i].first && c <= unsafe[i].last)
			return true;
	return (c & 0xfffe) == 0xfffe;
}

/* Whoever reads it may not know UTF-8, and take part of a character for a control. */
static bool ascii_only;

/* A locale that is not installed says what it is in its name. */
static bool is_named_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *name = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(names) && !(name && *name); i++)
		name = getenv(names[i]);
	return name && (strcasestr(name, "utf-8") || strcasestr(name, "utf8"));
}

void escape_init(void)
{
	ascii_only = setlocale(LC_CTYPE, "") ? strcmp(nl_langinfo(CODESET), "UTF-8") != 0 :
					       !is_named_utf8();
	/* How wide characters are; numbers and messages stay as they are written here. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
}

bool escape_is_ascii(void)
{
	return ascii_only;
}

/* What leaves in place of a character; NULL: itself. */
static const char *stand_in(uint32_t c, char text[static 12])
{
	if (ascii_only && c == 0x2026) /* … */
		return "...";
	if (ascii_only && c == 0xb7) /* · */
		return "-";
	if (!is_unsafe(c) && (c < 0x80 || !ascii_only))
		return NULL;
	snprintf(text, 12, c < 0x80 ? "\\x%02x" : "\\u{%04X}", c);
	return text;
}

void escape_write(FILE *f, const char *s, size_t len)
{
	for (size_t at = 0; at < len;) {
		const char *instead;
		char text[12];
		uint32_t c = 0;
		size_t n = utf8_next(s + at, SIZE_MAX, &c);

		if (!n) {
			fprintf(f, "\\x%02x", (unsigned char)s[at++]);
			continue;
		}
		instead = stand_in(c, text);
		if (instead)
			fputs(instead, f);
		else
			fwrite(s + at, 1, n, f);
		at += n;
	}
}

void escape_print(FILE *f, const char *s)
{
	escape_write(f, s, strlen(s));
}

void escape_json(FILE *f, const char *s)
{
	putc('"', f);
	while (*s) {
		uint32_t c = 0;
		size_t n = utf8_next(s, SIZE_MAX, &c);

		if (!n)
			fputs("\\ufffd", f);
		else if (c == '"' || c == '\\')
			fprintf(f, "\\%c", (int)c);
		else if (is_unsafe(c) && c < 0x10000)
			fprintf(f, "\\u%04x", c);
		else
			fwrite(s, 1, n, f);
		s += n ? n : 1;
	}
	putc('"', f);
}

void escape_html(FILE *f, const char *s)
{
	while (*s) {
		uint32_t c = 0;
		size_t n = utf8_next(s, SIZE_MAX, &c);

		if (!n)
			fprintf(f, "\\x%02x", (unsigned char)*s);
		else if (is_unsafe(c))
			fprintf(f, c < 0x80 ? "\\x%02x" : "\\u{%04X}", c);
		else if (strchr("<>&\"'", (int)c) && c < 0x80)
			fprintf(f, "&#%u;", c);
		else
			fwrite(s, 1, n, f);
		s += n ? n : 1;
	}
}

/* Columns of one character; one that this C library does not know is taken for narrow. */
static size_t cells_of(uint32_t c)
{
	char text[12];
	const char *instead = stand_in(c, text);
	int n = instead ? (int)strlen(instead) : c < 0x80 ? 1 : wcwidth((wchar_t)c);

	return n < 0 ? 1 : (size_t)n;
}

size_t escape_fit(const char *s, size_t cells)
{
	size_t used = 0, len = 0, with_ellipsis = 0, ellipsis = ascii_only ? 3 : 1;

	while (s[len]) {
		uint32_t c = 0;
		size_t n = utf8_next(s + len, SIZE_MAX, &c);

		used += cells_of(c);
		if (used > cells)
			return with_ellipsis;
		len += n ? n : 1;
		if (used + ellipsis <= cells)
			with_ellipsis = len;
	}
	return len;
}
