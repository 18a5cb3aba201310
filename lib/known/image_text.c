/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines, as those who pass them on measure them. */
#include "known/image.h"

#include "util/error.h"
#include "util/text.h"

#define CMDLINE_MAX (64u << 10)

/* EV_IPL, EV_EVENT_TAG */
static const struct image_rule
	/* GRUB: "kernel_cmdline: …" and "grub_cmd: linux …" (GRUB manual, "Measured Boot"). */
	grub = { "GRUB_CMDLINE", { 0x0d }, 1 << 8, 0 },
	grub_cmd = { "GRUB_CMD_LINUX", { 0x0d }, 1 << 8, 0 },
	/* systemd-stub and systemd-boot: UTF-16 with its NUL (TPM2_PCR_MEASUREMENTS, PCR 12). */
	stub = { "STUB_CMDLINE", { 0x0d }, 1 << 8 | 1 << 12, 0 },
	/* Linux's EFI stub: LOAD_OPTIONS_EVENT_TAG_ID, of the same bytes. */
	efi = { "EFI_LOAD_OPTIONS", { 0x06 }, 1 << 9, TAG_LOAD_OPTIONS },
	/* OvmfPkg's QemuLoadImageLib, with an initrd: before the text; its X86 twin of old: after.
	 */
	qemu = { "EFI_LOAD_OPTIONS_QEMU", { 0x06 }, 1 << 9, TAG_LOAD_OPTIONS },
	qemu_old = { "EFI_LOAD_OPTIONS_QEMU_OLD", { 0x06 }, 1 << 9, TAG_LOAD_OPTIONS },
	/* GRUB 2.12's loader/efi/linux.c: its name for the image, and no NUL. */
	grub_efi = { "EFI_LOAD_OPTIONS_GRUB", { 0x06 }, 1 << 9, TAG_LOAD_OPTIONS };

/* The text of the image without the NUL or the newline at its end. */
static int read_text(const struct image *image, struct buf *ret, struct tsmmr_error *err)
{
	uint8_t *room;
	int r;

	if (image->size > CMDLINE_MAX)
		return fail(err, TSMMR_E_LIMIT, "a command line of %llu bytes",
			    (unsigned long long)image->size);
	room = buf_room(ret, (size_t)image->size);
	if (!room)
		return fail_nomem(err);
	r = image_get(image, "cmdline", 0, room, (size_t)image->size, err);
	if (r < 0)
		return r;
	ret->n = (size_t)image->size;
	while (ret->n && (ret->p[ret->n - 1] == '\0' || ret->p[ret->n - 1] == '\n'))
		ret->n--;
	return 0;
}

/* Blanks and controls: none at its ends, spaces within.  (systemd's mangle_stub_cmdline()) */
static void mangle(struct buf *text)
{
	size_t from = 0, n = 0, end = 0;

	while (from < text->n && text->p[from] <= ' ')
		from++;
	for (; from < text->n; from++) {
		text->p[n] = text->p[from] <= ' ' ? ' ' : text->p[from];
		if (text->p[n++] != ' ')
			end = n;
	}
	text->n = end;
}

/* With a NUL at its end, unless after is NULL. */
static void add_utf16(struct buf *out, const char *before, struct span text, const char *after)
{
	for (; *before; before++)
		buf_le(out, (uint8_t)*before, 2);
	while (text.n) {
		uint32_t c = 0;
		size_t n = text_utf8_sequence(text.p, text.n, &c);

		if (c >= 0x10000) {
			buf_le(out, 0xd800 + ((c - 0x10000) >> 10), 2);
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		buf_le(out, c, 2);
		text = span_of(text.p + n, text.n - n);
	}
	for (; after && *after; after++)
		buf_le(out, (uint8_t)*after, 2);
	if (after)
		buf_le(out, 0, 2);
}

static int measure_bytes(const struct image_job *job, const struct image_rule *rule,
			 const char *part, unsigned order, const struct buf *b,
			 struct tsmmr_error *err)
{
	int r = b->failed ? fail_nomem(err) : image_begin(job, err);

	if (r == 0)
		r = image_add(job, b->p, b->n, err);
	return r < 0 ? r : image_emit(job, rule, part, order, err);
}

static int measure_utf16(const struct image_job *job, const struct image_rule *rule,
			 const char *part, unsigned order, const char *before, struct span text,
			 const char *after, struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf wide = { 0 };

	add_utf16(&wide, before, text, after);
	return measure_bytes(job, rule, part, order, &wide, err);
}

static int read_line(const struct image_job *job, struct buf *text, struct tsmmr_error *err)
{
	int r = read_text(job->image, text, err);

	if (r == 0 && !text_is_utf8(span_of(text->p, text->n)))
		return fail(err, TSMMR_E_MALFORMED, "a command line that is not UTF-8");
	return r;
}

int cmdline_efi(const struct image_job *job, const char *part, unsigned order,
		struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	int r = read_line(job, &text, err);

	if (r < 0)
		return r;
	mangle(&text);
	return measure_utf16(job, &efi, part, order, "", span_of(text.p, text.n), "", err);
}

int cmdline_measures(const struct image_job *job, struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf text = { 0 }, cmd = { 0 };
	int r = read_line(job, &text, err);

	if (r < 0)
		return r;
	if (!text.n)
		return fail(err, TSMMR_E_FORMAT, "an empty command line");
	buf_str(&cmd, "linux ");
	buf_add(&cmd, text.p, text.n);
	r = measure_bytes(job, &grub, "", 0, &text, err);
	if (r == 0)
		r = measure_bytes(job, &grub_cmd, "", 0, &cmd, err);
	if (r == 0)
		r = measure_utf16(job, &qemu, "", 0, "initrd=initrd ", span_of(text.p, text.n), "",
				  err);
	if (r == 0)
		r = measure_utf16(job, &qemu_old, "", 0, "", span_of(text.p, text.n),
				  " initrd=initrd", err);
	if (r == 0)
		r = measure_utf16(job, &grub_efi, "", 0, "BOOT_IMAGE=", span_of(text.p, text.n),
				  NULL, err);
	mangle(&text);
	if (r == 0)
		r = measure_utf16(job, &stub, "", 0, "", span_of(text.p, text.n), "", err);
	return r < 0 ? r : measure_utf16(job, &efi, "", 0, "", span_of(text.p, text.n), "", err);
}
