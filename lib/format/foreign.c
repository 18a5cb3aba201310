/* SPDX-License-Identifier: BSD-2-Clause */
/* What is not read, and is known by its first bytes: so that it can be named. */
#include "format/foreign.h"

#include "util/cleanup.h"

const char *foreign_packer(struct span s)
{
	/* clang-format off */
	static const struct {
		char magic[7];
		uint8_t n;
		const char *name;
	} packers[] = {
		{ "\x1f\x8b\x08",           3, "gzip" },	/* RFC 1952 §2.3 */
		{ "\x28\xb5\x2f\xfd",       4, "zstd" },	/* RFC 8878 §3.1.1 */
		{ "\xfd" "7zXZ\0",         6, "xz" },		/* the .xz file format, 2.1.1 */
		{ "BZh",                   3, "bzip2" },
		{ "\x04\x22\x4d\x18",       4, "lz4" },	/* LZ4 frame format */
		{ "\x02\x21\x4c\x18",       4, "lz4" },	/* … and the one before it */
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_SIZE(packers); i++)
		if (span_starts(s, packers[i].magic, packers[i].n))
			return packers[i].name;
	return NULL;
}

/* The signature, and how long all of it is.  (ACPI 6.5, table 5.4; names: UEFI, TCG) */
bool foreign_is_acpi(struct span s)
{
	static const char names[][5] = { "CCEL", "TPM2", "TCPA" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (span_starts(s, names[i], 4) && s.n >= 8 && get_le32(s.p + 4) == s.n)
			return true;
	return false;
}

/*
 * Room for how many records, and how many there are, two bytes each; then a record: PCR, and
 * the algorithm's name in ten characters.  (coreboot, src/commonlib/bsd/include/commonlib/bsd/
 * tpm_log_defs.h, struct tpm_cb_log_table)
 */
bool foreign_is_cbmem(struct span s)
{
	struct cursor c = cur_span(s);
	uint16_t room, used;
	struct span name;
	uint32_t pcr;

	return cur_le16(&c, &room) && cur_le16(&c, &used) && used && used <= room &&
	       cur_le32(&c, &pcr) && pcr < 24 && cur_take(&c, 10, &name) &&
	       span_starts(name, "SHA", 3);
}
