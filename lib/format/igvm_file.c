/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IGVM files: their headers, one after the other.
 *
 * A fixed header; variable headers, each of type, length and body, padded to 8 bytes; data,
 * which these refer to by offset.  (Microsoft, crate igvm_defs: IGVM_FIXED_HEADER, its
 * version 2, IGVM_VHS_VARIABLE_HEADER, IgvmVariableHeaderType)
 */
#include "format/igvm_file.h"

#include <string.h>

#include "util/cleanup.h"
#include "util/crc32.h"
#include "util/cursor.h"
#include "util/error.h"

enum {
	FIXED_SIZE = 24,   /* magic, version, offset and size of the headers, of the file, CRC */
	FIXED_SIZE_2 = 32, /* and architecture, page size */
	CRC_AT = 20,
	PLATFORM_SNP = 2,
	PLATFORM_TDX = 3,
};

#define OPTIONAL (UINT32_C(1) << 31)
#define NO_MASK 0xff /* for each platform */

/* clang-format off */
static const struct kind {
	uint16_t type, size;
	uint8_t mask_at;
} kinds[] = {
	{ IGVM_SUPPORTED_PLATFORM, 16, 0 },
	{ 0x101, 16, 8 },		/* GUEST_POLICY */
	{ IGVM_RELOCATABLE_REGION, 48, 0 },
	{ IGVM_PAGE_TABLE_RELOCATION, 32, 0 },
	{ 0x104, 16, 0 },		/* CORIM_DOCUMENT */
	{ 0x105, 16, 0 },		/* CORIM_SIGNATURE */
	{ 0x106, 32, 0 },		/* CCA_POLICY */
	{ IGVM_PARAMETER_AREA, 16, NO_MASK },
	{ IGVM_PAGE_DATA, 24, 8 },
	{ IGVM_PARAMETER_INSERT, 16, 8 },
	{ IGVM_VP_CONTEXT, 20, 8 },
	{ 0x305, 24, 8 },		/* REQUIRED_MEMORY */
	{ 0x307, 8, NO_MASK },		/* VP_COUNT_PARAMETER */
	{ 0x308, 8, NO_MASK },		/* SRAT */
	{ 0x309, 8, NO_MASK },		/* MADT */
	{ 0x30a, 8, NO_MASK },		/* MMIO_RANGES */
	{ IGVM_SNP_ID_BLOCK, 696, 0 },
	{ 0x30c, 8, NO_MASK },		/* MEMORY_MAP */
	{ 0x30d, 16, 8 },		/* ERROR_RANGE */
	{ 0x30e, 8, NO_MASK },		/* COMMAND_LINE */
	{ 0x30f, 8, NO_MASK },		/* SLIT */
	{ 0x310, 8, NO_MASK },		/* PPTT */
	{ 0x311, 864, 0 },		/* VBS_MEASUREMENT */
	{ 0x312, 8, NO_MASK },		/* DEVICE_TREE */
	{ 0x313, 8, NO_MASK },		/* ENVIRONMENT_INFO_PARAMETER */
};
/* clang-format on */

static const struct kind *find_kind(uint32_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

static int check_fixed(const struct launch *l, uint8_t *p, struct igvm *f, struct tsmmr_error *err)
{
	uint64_t size = l->images[IMAGE_IGVM].size;
	uint32_t version, fixed;
	int r;

	if (!l->images[IMAGE_IGVM].read)
		return fail(err, TSMMR_E_ARG, "no igvm image is given");
	if (size < FIXED_SIZE_2)
		return fail(err, TSMMR_E_FORMAT, "an IGVM file of %llu bytes",
			    (unsigned long long)size);
	r = image_read(l, IMAGE_IGVM, 0, p, FIXED_SIZE_2, err);
	if (r < 0)
		return r;
	if (memcmp(p, "IGVM", 4) != 0)
		return fail(err, TSMMR_E_FORMAT, "not an IGVM file");
	version = get_le32(p + 4);
	if (version != 1 && version != 2)
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, 4, "IGVM files of version %u",
			       version);
	fixed = version == 1 ? FIXED_SIZE : FIXED_SIZE_2;
	if (version == 2 && (get_le32(p + 24) != 0 || get_le32(p + 28) != IGVM_PAGE))
		return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, 24,
			       "an IGVM file of another architecture than x86-64");
	if (get_le32(p + 16) != size)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, 16,
			       "an IGVM file of %llu bytes that says %u", (unsigned long long)size,
			       get_le32(p + 16));
	f->at = get_le32(p + 8);
	if (f->at < fixed || f->at % 8 || f->at > size || get_le32(p + 12) > size - f->at)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, 8,
			       "the headers are not within the IGVM file");
	f->end = f->at + get_le32(p + 12);
	return (int)fixed;
}

/* CRC-32 of the fixed header, its own field zero, and the variable headers. */
static int check_crc(const struct launch *l, uint8_t *fixed, size_t n, const struct igvm *f,
		     struct tsmmr_error *err)
{
	uint32_t wanted = get_le32(fixed + CRC_AT);
	struct crc32 crc;
	uint8_t part[1024];

	crc32_start(&crc);
	memset(fixed + CRC_AT, 0, 4);
	crc32_add(&crc, fixed, n);
	for (uint64_t at = f->at; at < f->end; at += n) {
		int r;

		n = f->end - at < sizeof(part) ? (size_t)(f->end - at) : sizeof(part);
		r = image_read(l, IMAGE_IGVM, at, part, n, err);
		if (r < 0)
			return r;
		crc32_add(&crc, part, n);
	}
	if (crc32_is(&crc) != wanted)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, CRC_AT,
			       "the IGVM file's checksum is wrong");
	return 0;
}

static int take_platform(const struct igvm_header *h, struct igvm *f, struct tsmmr_error *err)
{
	uint8_t platform = h->body[5];
	uint32_t *mask = platform == PLATFORM_SNP ? &f->snp :
			 platform == PLATFORM_TDX ? &f->tdx :
						    NULL;

	if (!h->mask || h->mask & (h->mask - 1))
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, h->offset,
			       "a platform of the IGVM file that is not one bit");
	if (mask && *mask)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, h->offset,
			       "a platform of the IGVM file twice");
	if (mask)
		*mask = h->mask;
	return 0;
}

int igvm_open(const struct launch *l, struct igvm *ret, struct tsmmr_error *err)
{
	uint8_t fixed[FIXED_SIZE_2];
	struct igvm f = { 0 }, next;
	struct igvm_header h;
	int r = check_fixed(l, fixed, &f, err);

	if (r < 0)
		return r;
	r = check_crc(l, fixed, (size_t)r, &f, err);
	if (r < 0)
		return r;
	for (next = f; (r = igvm_next(l, &next, &h, err)) > 0; f = next) {
		if (h.type != IGVM_SUPPORTED_PLATFORM)
			break;
		r = take_platform(&h, &next, err);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	*ret = f;
	return 0;
}

/* Type, length and place of the next header; its body is not read. */
static int read_head(const struct launch *l, struct igvm *f, struct igvm_header *ret, uint32_t *n,
		     struct tsmmr_error *err)
{
	uint64_t left = f->end - f->at;
	uint8_t head[8];
	int r;

	if (left < sizeof(head))
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, f->at,
			       "a header of the IGVM file is cut short");
	r = image_read(l, IMAGE_IGVM, f->at, head, sizeof(head), err);
	if (r < 0)
		return r;
	ret->type = get_le32(head);
	ret->offset = f->at;
	*n = get_le32(head + 4);
	left -= sizeof(head);
	if (*n > left || (8 - *n % 8) % 8 > left - *n)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, f->at,
			       "a header of the IGVM file is cut short");
	f->at += sizeof(head) + *n + (8 - *n % 8) % 8;
	return 0;
}

static int read_body(const struct launch *l, struct igvm *f, const struct kind *kind, uint32_t n,
		     struct igvm_header *ret, struct tsmmr_error *err)
{
	int r;

	if (n != kind->size || kind->type >> 8 < f->section)
		return fail_at(err, TSMMR_E_MALFORMED, TSMMR_NONE, ret->offset,
			       "a header 0x%x of %u bytes where none can be", ret->type, n);
	f->section = kind->type >> 8;
	r = image_read(l, IMAGE_IGVM, ret->offset + 8, ret->body,
		       n < IGVM_BODY_MAX ? n : IGVM_BODY_MAX, err);
	if (r < 0)
		return r;
	ret->mask = kind->mask_at == NO_MASK ? UINT32_MAX : get_le32(ret->body + kind->mask_at);
	return 1;
}

int igvm_next(const struct launch *l, struct igvm *f, struct igvm_header *ret,
	      struct tsmmr_error *err)
{
	while (f->at < f->end) {
		const struct kind *kind;
		uint32_t n = 0;
		int r = read_head(l, f, ret, &n, err);

		if (r < 0)
			return r;
		kind = find_kind(ret->type);
		if (kind)
			return read_body(l, f, kind, n, ret, err);
		/* A loader may ignore such a header, or may know it. */
		if (!(ret->type & OPTIONAL) || find_kind(ret->type & ~OPTIONAL))
			return fail_at(err, TSMMR_E_UNSUPPORTED, TSMMR_NONE, ret->offset,
				       "a header 0x%x in an IGVM file", ret->type);
	}
	return 0;
}

uint32_t igvm_mask(const struct igvm *f, int launch)
{
	return launch == TSMMR_FORMAT_SNP_LAUNCH ? f->snp :
	       launch == TSMMR_FORMAT_TDX_LAUNCH ? f->tdx :
						   0;
}
