/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What UEFI firmware for confidential guests says about itself, at its end.
 *
 * A table that is read backwards: each entry is its data, its length (u16, all of it) and
 * its GUID.  The footer, which ends 32 bytes before the end, is the entry of all entries.
 * (edk2, OvmfPkg/ResetVector/Ia16/ResetVectorVtf0.asm)
 */
#include "format/ovmf.h"

#include <assert.h>

#include "util/error.h"

enum { ENTRY_SIZE = 18, TAIL = 32 };

/* 96b582de-1fb2-45f7-baea-a366c55a082d */
static const uint8_t footer_guid[16] = { 0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45,
					 0xba, 0xea, 0xa3, 0x66, 0xc5, 0x5a, 0x08, 0x2d };
/* dc886566-984a-4798-a75e-5585a7bf67cc */
const uint8_t ovmf_guid_snp[16] = { 0x66, 0x65, 0x88, 0xdc, 0x4a, 0x98, 0x98, 0x47,
				    0xa7, 0x5e, 0x55, 0x85, 0xa7, 0xbf, 0x67, 0xcc };
/* e47a6535-984a-4798-865e-4685a7bf8ec2 */
const uint8_t ovmf_guid_tdx[16] = { 0x35, 0x65, 0x7a, 0xe4, 0x4a, 0x98, 0x98, 0x47,
				    0x86, 0x5e, 0x46, 0x85, 0xa7, 0xbf, 0x8e, 0xc2 };

int ovmf_open(const struct launch *l, enum image_role role, struct ovmf *ret,
	      struct tsmmr_error *err)
{
	uint64_t size = l->images[role].size;
	uint8_t footer[ENTRY_SIZE];
	uint16_t n;
	int r;

	if (!l->images[role].read)
		return fail(err, TSMMR_E_ARG, "no %s image is given", image_role_name(role));
	if (size < ENTRY_SIZE + TAIL)
		return fail(err, TSMMR_E_FORMAT, "%s of %llu bytes", image_role_name(role),
			    (unsigned long long)size);
	r = image_read(l, role, size - TAIL - ENTRY_SIZE, footer, sizeof(footer), err);
	if (r < 0)
		return r;
	if (memcmp(footer + 2, footer_guid, sizeof(footer_guid)) != 0)
		return fail(err, TSMMR_E_FORMAT, "the %s has no table of GUIDs at its end",
			    image_role_name(role));
	n = get_le16(footer);
	if (n < ENTRY_SIZE || n > size - TAIL)
		return fail(err, TSMMR_E_MALFORMED, "the %s's table of GUIDs has %u bytes",
			    image_role_name(role), n);
	if (n - ENTRY_SIZE > OVMF_TABLE_MAX)
		return fail(err, TSMMR_E_UNSUPPORTED, "the %s's table of GUIDs has %u bytes",
			    image_role_name(role), n);

	ret->role = role;
	ret->size = size;
	ret->n = n - ENTRY_SIZE;
	return image_read(l, role, size - TAIL - n, ret->table, ret->n, err);
}

bool ovmf_find(const struct ovmf *o, const uint8_t *guid, struct span *ret)
{
	size_t end = o->n;

	assert(o->n <= OVMF_TABLE_MAX);
	while (end >= ENTRY_SIZE) {
		const uint8_t *tail = o->table + end - ENTRY_SIZE;
		uint16_t n = get_le16(tail);

		if (n < ENTRY_SIZE || n > end)
			return false;
		if (memcmp(tail + 2, guid, 16) == 0) {
			*ret = span_of(o->table + end - n, n - ENTRY_SIZE);
			return true;
		}
		end -= n;
	}
	return false;
}

int ovmf_metadata(const struct ovmf *o, const uint8_t *guid, uint64_t head, uint64_t *ret,
		  struct tsmmr_error *err)
{
	struct span entry;
	uint32_t distance;

	if (!ovmf_find(o, guid, &entry))
		return fail(err, TSMMR_E_FORMAT, "the %s was not made for this platform",
			    image_role_name(o->role));
	distance = entry.n >= 4 ? get_le32(entry.p) : 0;
	if (distance < head || distance > o->size)
		return fail(err, TSMMR_E_MALFORMED, "the %s's metadata is not within it",
			    image_role_name(o->role));
	*ret = o->size - distance;
	return 0;
}
