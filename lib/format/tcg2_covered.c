/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of an event its digest covers, described.  The words here become trusted text, so
 * each function reads those bytes alone that the rule of its name hashes (tcg2_rules.c).
 */
#include "format/describe.h"
#include "format/tcg2.h"
#include "format/uefi.h"
#include "util/text.h"

static int finish(struct describe *d, size_t start)
{
	line_cut(d, start);
	return d->text->failed || d->details->b->failed ? TSMMR_E_NOMEM : 0;
}

/* The digest is a constant's: what the firmware wrote beside it is not measured. */
int covered_error(const struct tsmmr_event *e, struct describe *d)
{
	size_t start = d->text->n;

	(void)e;
	buf_str(d->text, "error separator");
	json_flag(d->details, "error", true);
	return finish(d, start);
}

int covered_gpt(const struct tsmmr_event *e, struct describe *d)
{
	size_t start = d->text->n;
	struct uefi_gpt g;

	if (uefi_gpt(e->data, &g))
		say_gpt(d, &g, false);
	return finish(d, start);
}

int covered_value(const struct tsmmr_event *e, struct describe *d)
{
	size_t start = d->text->n;
	struct uefi_variable v;

	if (uefi_variable(e->data, &v))
		say_value(d, v.data);
	return finish(d, start);
}

/* The same bytes are said the same, whether or not one more stands behind them. */
static int say_authority(const struct tsmmr_event *e, struct span covered, struct describe *d)
{
	size_t start = d->text->n;
	struct uefi_variable v;

	if (uefi_variable(covered, &v) || uefi_variable_cut(covered, &v))
		say_variable(d, &v, e->type);
	else
		say_string(d, covered);
	return finish(d, start);
}

int covered_authority(const struct tsmmr_event *e, struct describe *d)
{
	return say_authority(e, e->data, d);
}

int covered_minus_1(const struct tsmmr_event *e, struct describe *d)
{
	return say_authority(e, span_head(e->data, e->data.n - 1), d);
}

/*
 * GRUB measures a text and logs it after a word that is not measured.  2.06 and later
 * hash it without its NUL.  Red Hat's patches before that hash commands with it, and log
 * up to one stray byte after it.  (Every such event of some fifty logs; Red Hat's in
 * those of RHEL 8, Alibaba Cloud and Hygon.)
 */
/* clang-format off */
static const struct grub_prefix {
	const char *text;
	uint8_t nul;	/* 1: the digest covers the NUL */
	uint8_t stray;	/* bytes that may follow the NUL */
} grub_prefixes[] = {
	{ "grub_cmd: ", 0, 0 },
	{ "kernel_cmdline: ", 0, 0 },
	{ "module_cmdline: ", 0, 0 },
	{ "grub_cmd ", 1, 1 },
	{ "grub_kernel_cmdline ", 0, 1 },
};
/* clang-format on */

static const struct grub_prefix *grub_prefix(struct span s)
{
	for (size_t i = 0; i < ARRAY_SIZE(grub_prefixes); i++)
		if (span_starts(s, grub_prefixes[i].text, strlen(grub_prefixes[i].text)))
			return &grub_prefixes[i];
	return NULL;
}

bool grub_is_text(const struct tsmmr_event *e)
{
	return grub_prefix(e->data);
}

bool grub_covered(const struct tsmmr_event *e, struct span *ret)
{
	const struct grub_prefix *prefix = grub_prefix(e->data);
	struct cursor c = cur_span(e->data);
	const uint8_t *nul;
	struct span text;

	if (!prefix || !cur_skip(&c, strlen(prefix->text)))
		return false;
	text = cur_rest(&c);
	nul = text.n ? memchr(text.p, 0, text.n) : NULL;
	if (nul) {
		size_t n = (size_t)(nul - text.p);

		if (text.n - n - 1 > prefix->stray)
			return false;
		text.n = n + prefix->nul;
	}
	*ret = text;
	return true;
}

/* Commands, command lines and modules are all measured as texts: which it is, is not. */
int covered_grub(const struct tsmmr_event *e, struct describe *d)
{
	size_t start = d->text->n;
	struct span text;

	if (grub_covered(e, &text))
		say_string(d, text);
	return finish(d, start);
}

size_t section_covered(const struct tsmmr_event *e, uint8_t ret[SECTION_NAME_MAX + 1])
{
	struct span wide = span_trim_utf16(e->data);
	size_t n = wide.n / 2;

	if (wide.n % 2 || n < 2 || n > SECTION_NAME_MAX || wide.p[0] != '.')
		return 0;
	for (size_t i = 0; i < n; i++) {
		uint16_t c = get_le16(wide.p + 2 * i);

		if (c <= ' ' || c >= 0x7f)
			return 0;
		ret[i] = (uint8_t)c;
	}
	ret[n] = 0;
	return n + 1;
}

/* That it names a section, and is not a text like any other, nothing covers. */
int covered_section(const struct tsmmr_event *e, struct describe *d)
{
	uint8_t name[SECTION_NAME_MAX + 1];
	size_t start = d->text->n, n = section_covered(e, name);

	if (n)
		say_string(d, span_of(name, n));
	return finish(d, start);
}

/* All of it, but by itself it says only what was measured, and not what for. */
int covered_string(const struct tsmmr_event *e, struct describe *d)
{
	size_t start = d->text->n;

	say_string(d, e->data);
	return finish(d, start);
}

/* The same with the half of a NUL that was hashed and not logged. */
int covered_plus_nul(const struct tsmmr_event *e, struct describe *d)
{
	BUF_LOCAL(b, 512);
	size_t start = d->text->n;

	buf_add(&b, e->data.p, e->data.n);
	buf_char(&b, 0);
	if (b.failed)
		return TSMMR_E_NOMEM;
	say_string(d, span_of(b.p, b.n));
	return finish(d, start);
}
