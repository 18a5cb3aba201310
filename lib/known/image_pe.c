/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PE images, and what of them is measured.
 *
 * Microsoft, "PE Format" and "Windows Authenticode Portable Executable Signature Format",
 * "Calculating the PE Image Hash"; TCG PC Client Platform Firmware Profile 1.06 §10.2.3: events
 * of images that are run carry this hash.
 */
#include "known/image.h"

#include <stdlib.h>

#include "util/cleanup.h"
#include "util/error.h"

enum {
	DOS_SIZE = 64,
	COFF_SIZE = 24, /* with the signature before it */
	SECTION_SIZE = 40,
	OPTIONAL_MAX = 1024,
	CHECKSUM_AT = 64,
	HEADERS_AT = 60,
	CERTIFICATES = 4, /* which of the data directories */
};

/* EV_EFI_BOOT_SERVICES_APPLICATION, _DRIVER and _RUNTIME_SERVICES_DRIVER; drivers are PCR 2's. */
const struct image_rule image_rule_pe = {
	"PE_AUTHENTICODE", { 0x80000003, 0x80000004, 0x80000005 }, 1 << 2 | 1 << 4, 0
};

int pe_looks(const struct image *image, bool *ret, struct tsmmr_error *err)
{
	uint8_t magic[2];
	int r;

	*ret = false;
	if (image->size < DOS_SIZE)
		return 0;
	r = image_get(image, "PE", 0, magic, sizeof(magic), err);
	*ret = r == 0 && magic[0] == 'M' && magic[1] == 'Z';
	return r;
}

/* The optional header is at at, and n bytes long. */
static int read_optional(const struct image *image, struct pe *pe, uint32_t at, size_t n,
			 struct tsmmr_error *err)
{
	uint8_t raw[OPTIONAL_MAX];
	size_t count_at, entry;
	uint32_t certs_at;
	uint16_t magic;
	int r;

	if (n < 112 || n > sizeof(raw))
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, at,
			       "PE: an optional header of %zu bytes", n);
	r = image_get(image, "PE", at, raw, n, err);
	if (r < 0)
		return r;
	magic = get_le16(raw);
	if (magic != 0x10b && magic != 0x20b)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, at,
			       "PE: optional header of kind 0x%x", magic);
	count_at = magic == 0x10b ? 92 : 108;
	entry = count_at + 4 + 8 * CERTIFICATES;
	pe->checksum_at = at + CHECKSUM_AT;
	pe->headers = get_le32(raw + HEADERS_AT);
	if (get_le32(raw + count_at) <= CERTIFICATES)
		return 0;
	if (n < entry + 8)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, at,
			       "PE: its data directories are not in its optional header");
	pe->table_at = at + (uint32_t)entry;
	certs_at = get_le32(raw + entry);
	pe->certs_size = get_le32(raw + entry + 4);
	/* What measures takes its size off the end, what verifies leaves it out where it is. */
	if (pe->certs_size && (uint64_t)certs_at + pe->certs_size != image->size)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, pe->table_at,
			       "PE: certificates that are not at its end");
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct pe_section *const *x = a, *const *y = b;

	return (*x)->at < (*y)->at ? -1 : (*x)->at > (*y)->at;
}

/* Bytes in two sections would be hashed twice, and be what a section is said not to be. */
static int place_sections(const struct image *image, struct pe *pe, struct tsmmr_error *err)
{
	uint64_t end = pe->headers, last = image->size - pe->certs_size;
	const char *before = "the headers";

	for (size_t i = 0; i < pe->n; i++)
		if (pe->sections[i].size)
			pe->placed[pe->n_placed++] = &pe->sections[i];
	qsort(pe->placed, pe->n_placed, sizeof(*pe->placed), by_place);
	for (size_t i = 0; i < pe->n_placed; i++) {
		const struct pe_section *s = pe->placed[i];

		if (s->at < end)
			return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, s->at,
				       "PE: section %s overlaps %s", s->name, before);
		end = (uint64_t)s->at + s->size;
		if (end > last)
			return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, s->at,
				       "PE: section %s is not within the file", s->name);
		before = s->name;
	}
	return 0;
}

static int read_sections(const struct image *image, struct pe *pe, uint64_t at, size_t n,
			 struct tsmmr_error *err)
{
	uint8_t raw[SECTION_SIZE];

	if (n > PE_SECTIONS_MAX)
		return fail_at(err, TSMMR_E_LIMIT, TSMMR_NONE, at, "PE: %zu sections", n);
	if (at + n * SECTION_SIZE > pe->headers || pe->headers > image->size - pe->certs_size)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, at,
			       "PE: its headers are not within their %u bytes", pe->headers);
	for (; pe->n < n; at += SECTION_SIZE) {
		struct pe_section *s = &pe->sections[pe->n++];
		int r = image_get(image, "PE", at, raw, sizeof(raw), err);

		if (r < 0)
			return r;
		*s = (struct pe_section){ .virtual_size = get_le32(raw + 8),
					  .size = get_le32(raw + 16),
					  .at = get_le32(raw + 20) };
		memcpy(s->name, raw, sizeof(s->name) - 1);
	}
	return place_sections(image, pe, err);
}

int pe_read(const struct image *image, struct pe *pe, struct tsmmr_error *err)
{
	uint8_t dos[DOS_SIZE], coff[COFF_SIZE];
	uint32_t at;
	bool looks;
	int r = pe_looks(image, &looks, err);

	if (r < 0)
		return r;
	if (!looks)
		return fail(err, TSMMR_E_FORMAT, "not a PE image");
	memset(pe, 0, sizeof(*pe));
	r = image_get(image, "PE", 0, dos, sizeof(dos), err);
	if (r < 0)
		return r;
	at = get_le32(dos + 60);
	if (at < DOS_SIZE || (uint64_t)at + COFF_SIZE > image->size || at > INT32_MAX)
		return fail(err, TSMMR_E_MALFORMED, "PE: its header is not within the file");
	r = image_get(image, "PE", at, coff, sizeof(coff), err);
	if (r < 0)
		return r;
	if (memcmp(coff, "PE\0\0", 4) != 0)
		return fail_at(err, TSMMR_E_FORMAT, TSMMR_NONE, at, "not a PE image");
	r = read_optional(image, pe, at + COFF_SIZE, get_le16(coff + 20), err);
	if (r < 0)
		return r;
	return read_sections(image, pe, (uint64_t)at + COFF_SIZE + get_le16(coff + 20),
			     get_le16(coff + 6), err);
}

/*
 * All but the checksum, the entry of the certificates and these; sections as they lie in the
 * file; then what is left beyond the number of bytes that were hashed (step 13), which differs
 * from where the last section ends when there are gaps.
 */
int pe_measure_read(const struct image_job *job, const struct pe *pe, const char *part,
		    unsigned order, struct tsmmr_error *err)
{
	uint64_t end = job->image->size - pe->certs_size, at = pe->checksum_at + 4;
	uint64_t done = pe->headers;
	int r = image_begin(job, err);

	if (r == 0)
		r = image_add_range(job, 0, pe->checksum_at, err);
	if (r == 0 && pe->table_at) {
		r = image_add_range(job, at, pe->table_at - at, err);
		at = pe->table_at + 8;
	}
	if (r == 0)
		r = image_add_range(job, at, pe->headers - at, err);
	for (size_t i = 0; r == 0 && i < pe->n_placed; i++) {
		r = image_add_range(job, pe->placed[i]->at, pe->placed[i]->size, err);
		done += pe->placed[i]->size;
	}
	if (r == 0)
		r = image_add_range(job, done, end - done, err);
	return r < 0 ? r : image_emit(job, &image_rule_pe, part, order, err);
}

int pe_measure(const struct image_job *job, const char *part, unsigned order,
	       struct tsmmr_error *err)
{
	_cleanup_(free) struct pe *pe = malloc(sizeof(*pe));
	int r = pe ? pe_read(job->image, pe, err) : fail_nomem(err);

	return r < 0 ? r : pe_measure_read(job, pe, part, order, err);
}
