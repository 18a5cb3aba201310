/* SPDX-License-Identifier: BSD-2-Clause */
/* The toolbox for texts of events. */
#include "format/describe.h"

#include <assert.h>

#include "format/devpath.h"
#include "util/hex.h"
#include "util/text.h"

#define LINE_MAX_BYTES 400 /* of the line; the whole is in the details and in the data */
#define DETAIL_MAX 8192    /* bytes of the log in one member: longer than any command line */
#define DETAIL_ROOM 512    /* most have fewer */

/* Escaping never shortens, so what is beyond could not be seen. */
void line_utf8(struct describe *d, struct span s)
{
	text_utf8(d->text, d->whole ? s : span_head(s, LINE_MAX_BYTES + 4));
}

/* Text ends at its first NUL; what stands after it is measured as well. */
static void end_at(struct describe *d, struct span s, size_t nul)
{
	d->cut |= !span_zero(span_tail(s, nul));
}

struct span text_before_nul(struct describe *d, struct span s)
{
	struct span text = span_before_nul(s);

	end_at(d, s, text.n);
	return text;
}

void line_utf16(struct describe *d, struct span s)
{
	size_t n = 0;

	while (n + 2 <= s.n && get_le16(s.p + n))
		n += 2;
	end_at(d, s, n + 2 <= s.n ? n : s.n);
	text_utf16z(d->text, d->whole ? s : span_head(s, 2 * (LINE_MAX_BYTES + 4)));
}

void line_size(struct describe *d, uint64_t n)
{
	d->cut = true;
	if (n && n % (1 << 20) == 0)
		buf_printf(d->text, "%llu MiB", (unsigned long long)(n >> 20));
	else if (n && n % (1 << 10) == 0)
		buf_printf(d->text, "%llu KiB", (unsigned long long)(n >> 10));
	else
		buf_printf(d->text, "%llu byte%s", (unsigned long long)n, n == 1 ? "" : "s");
}

static void detail_buf(struct describe *d, const char *key, struct buf *b, bool more)
{
	if (more)
		buf_str(b, "…");
	if (b->failed)
		d->details->b->failed = true;
	json_strn(d->details, key, b->p, b->n);
}

void detail_utf8(struct describe *d, const char *key, struct span s)
{
	BUF_LOCAL(b, DETAIL_ROOM);

	text_utf8(&b, span_head(s, DETAIL_MAX));
	detail_buf(d, key, &b, s.n > DETAIL_MAX);
}

void detail_utf16(struct describe *d, const char *key, struct span s)
{
	BUF_LOCAL(b, DETAIL_ROOM);

	text_utf16z(&b, span_head(s, DETAIL_MAX));
	detail_buf(d, key, &b, s.n > DETAIL_MAX);
}

void detail_guid(struct describe *d, const char *key, const uint8_t *p)
{
	BUF_LOCAL(b, DETAIL_ROOM);

	text_guid(&b, p);
	detail_buf(d, key, &b, false);
}

void detail_path(struct describe *d, const char *key, struct span path)
{
	BUF_LOCAL(b, DETAIL_ROOM);

	devpath_text(&b, path);
	detail_buf(d, key, &b, false);
}

/* Compared in place: a database may have very many lists.  The first half is little-endian. */
bool guid_is(const uint8_t *p, const char *text)
{
	static const uint8_t order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		uint8_t byte = p[order[i]];

		if (*text == '-')
			text++;
		if (hex_digit(text[0]) != byte >> 4 || hex_digit(text[1]) != (byte & 15))
			return false;
		text += 2;
	}
	return true;
}

const char *guid_find(const struct guid_desc *table, size_t n, const uint8_t *p)
{
	for (size_t i = 0; i < n; i++)
		if (guid_is(p, table[i].guid))
			return table[i].name;
	return NULL;
}

/* UEFI 2.10 §3.3, §4.6 and §32.6, shim, systemd, edk2's OvmfPkg.dec. */
const char *guid_name(const uint8_t *p)
{
	static const struct guid_desc guids[] = {
		{ "8be4df61-93ca-11d2-aa0d-00e098032b8c", "EFI_GLOBAL_VARIABLE" },
		{ "d719b2cb-3d3a-4596-a3bc-dad00e67656f", "EFI_IMAGE_SECURITY_DATABASE" },
		{ "605dab50-e046-4300-abb6-3dd810dd8b23", "SHIM_LOCK" },
		{ "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", "systemd" },
		{ "77fa9abd-0359-4d32-bd60-28f4e78f784b", "Microsoft" },
		{ "8868e871-e4f1-11d3-bc22-0080c73c8881", "ACPI 2.0" },
		{ "eb9d2d30-2d88-11d3-9a16-0090273fc14d", "ACPI 1.0" },
		{ "eb9d2d31-2d88-11d3-9a16-0090273fc14d", "SMBIOS" },
		{ "f2fd1544-9794-4a2c-992e-e5bbcf20e394", "SMBIOS 3" },
		{ "93bb96af-b9f2-4eb8-9462-e0ba74564236", "OVMF" },
	};

	return guid_find(guids, ARRAY_SIZE(guids), p);
}

struct span span_before_nul(struct span s)
{
	const uint8_t *nul = s.n ? memchr(s.p, 0, s.n) : NULL;

	return nul ? span_of(s.p, (size_t)(nul - s.p)) : s;
}

static bool is_break(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r';
}

/* What escaping leaves as long as it was is text, but for backslashes and breaks. */
bool span_is_utf8(struct span s, struct buf *scratch)
{
	size_t n = s.n, before = scratch->n;

	if (s.n > DETAIL_MAX) /* a cut could split a character, which ASCII has not */
		return text_is_ascii(span_head(s, DETAIL_MAX));
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\\' ? 1 : is_break(s.p[i]) ? 3 : 0;

	text_utf8(scratch, s);
	n -= scratch->n - before;
	scratch->n = before;
	return s.n && !n;
}

struct span span_trim_utf16(struct span s)
{
	if (s.n % 2 && s.p[s.n - 1] == 0) /* old sd-boot ends with one NUL byte */
		s.n--;
	while (s.n >= 2 && s.n % 2 == 0 && get_le16(s.p + s.n - 2) == 0)
		s.n -= 2;
	return s;
}

/*
 * Any two bytes are some character of UTF-16, so only what is written in the alphabets
 * below U+0250 counts as text.  What is known to be UTF-16 need not be asked.
 */
bool span_is_utf16(struct span s)
{
	for (size_t i = 0; i + 2 <= s.n; i += 2) {
		uint16_t c = get_le16(s.p + i);

		if (c >= 0x250 || (c < 0x20 && !is_break(c)) || (c >= 0x7f && c < 0xa0))
			return false;
	}
	return s.n >= 4 && s.n % 2 == 0;
}

void say_utf8(struct describe *d, const char *key, struct span s)
{
	line_utf8(d, s);
	detail_utf8(d, key, s);
}

void say_utf16(struct describe *d, const char *key, struct span s)
{
	line_utf16(d, s);
	detail_utf16(d, key, s);
}

/* Cuts the line where a character ends.  All of it is UTF-8 by now. */
void line_cut(struct describe *d, size_t start)
{
	size_t end = start + LINE_MAX_BYTES;
	struct buf *b = d->text;

	assert(b->failed || start <= b->n);
	if (d->whole || b->n <= end)
		return;
	while (end > start && (b->p[end] & 0xc0) == 0x80)
		end--;
	b->n = end;
	describe_more(d);
}
