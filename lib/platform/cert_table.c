/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of certificates that a hypervisor hands a guest. */
#include "platform/cert_table.h"

#include "util/error.h"

enum {
	ENTRY_SIZE = 24,
	ENTRIES_LOOKED_AT = 8, /* a host may put data of its own first */
	GUID_SIZE = 16,
};

/*
 * SEV-ES Guest-Hypervisor Communication Block Standardization 56421, "SNP Extended Guest
 * Request": VCEK, VLEK, ASK, ARK.  As the text is written; some producers swap the first
 * three fields, as UEFI does.
 */
/* clang-format off */
static const uint8_t guids[][GUID_SIZE] = {
	{ 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8,
	  0xac, 0xcd },
	{ 0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0,
	  0xb8, 0xa1 },
	{ 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27,
	  0xc7, 0x82 },
	{ 0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c,
	  0xd0, 0xae },
};
/* clang-format on */

static bool is_cert_guid(const uint8_t *p)
{
	static const uint8_t swapped[GUID_SIZE] = { 3, 2, 1,  0,  5,  4,  7,  6,
						    8, 9, 10, 11, 12, 13, 14, 15 };

	for (size_t i = 0; i < ARRAY_SIZE(guids); i++) {
		uint8_t mixed[GUID_SIZE];

		for (size_t k = 0; k < GUID_SIZE; k++)
			mixed[k] = guids[i][swapped[k]];
		if (!memcmp(p, guids[i], GUID_SIZE) || !memcmp(p, mixed, GUID_SIZE))
			return true;
	}
	return false;
}

bool cert_table_is(struct span s)
{
	for (size_t i = 0; i < ENTRIES_LOOKED_AT && (i + 1) * ENTRY_SIZE <= s.n; i++) {
		const uint8_t *guid = s.p + i * ENTRY_SIZE;

		if (is_cert_guid(guid))
			return true;
		if (span_zero(span_of(guid, GUID_SIZE)))
			break;
	}
	return false;
}

/* Entries of GUID, offset, length; one of zeros ends them.  Others than certificates pass. */
int cert_table_add(struct certs *certs, struct span s, struct tsmmr_error *err)
{
	struct cursor c = cur_span(s);
	struct span entry;

	for (;;) {
		size_t at = cur_offset(&c);
		uint32_t offset, n;
		int r;

		if (!cur_take(&c, ENTRY_SIZE, &entry))
			return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, at,
				       "certificate table without an end");
		if (span_zero(span_of(entry.p, GUID_SIZE)))
			return 0;

		offset = get_le32(entry.p + GUID_SIZE);
		n = get_le32(entry.p + GUID_SIZE + 4);
		if (offset > s.n || n > s.n - offset)
			return fail_at(err, TSMMR_E_TRUNCATED, TSMMR_NONE, at,
				       "certificate table: an entry is not in it");
		r = is_cert_guid(entry.p) ? certs_add(certs, span_of(s.p + offset, n), err) : 0;
		if (r < 0)
			return r;
	}
}

/* A host without certificates hands out an empty table, or nothing. */
int cert_table_or_certs_add(struct certs *certs, struct span s, struct tsmmr_error *err)
{
	if (span_zero(s))
		return 0;
	return cert_table_is(s) ? cert_table_add(certs, s, err) : certs_add(certs, s, err);
}
