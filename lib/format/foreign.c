/* SPDX-License-Identifier: BSD-2-Clause */
/* What is not read, and is known by its first bytes: so that it can be named. */
#include "format/foreign.h"

#include "util/cleanup.h"
#include "util/hex.h"

/* What xxd writes first: an offset in eight digits, a colon, a blank and two bytes in hex. */
static bool is_xxd(struct span s)
{
	if (s.n < 14 || !span_starts(s, "00000000: ", 10))
		return false;
	for (size_t i = 10; i < 14; i++)
		if (hex_digit((char)s.p[i]) < 0)
			return false;
	return true;
}

const struct packer *foreign_packer(struct span s)
{
	/* clang-format off */
	static const struct {
		uint16_t at;
		uint8_t n;
		char magic[7];
		struct packer packer;
	} packers[] = {
		/* RFC 1952 §2.3 */
		{ 0,   3, "\x1f\x8b\x08",      { "compressed by gzip", "gzip -dc" } },
		/* RFC 8878 §3.1.1 */
		{ 0,   4, "\x28\xb5\x2f\xfd", { "compressed by zstd", "zstd -dc" } },
		/* the .xz file format, 2.1.1 */
		{ 0,   6, "\xfd" "7zXZ\0",     { "compressed by xz", "xz -dc" } },
		{ 0,   3, "BZh",              { "compressed by bzip2", "bzip2 -dc" } },
		/* LZ4 frame format, and the one before it */
		{ 0,   4, "\x04\x22\x4d\x18", { "compressed by lz4", "lz4 -dc" } },
		{ 0,   4, "\x02\x21\x4c\x18", { "compressed by lz4", "lz4 -dc" } },
		/* APPNOTE.TXT 4.3.7 */
		{ 0,   4, "PK\3\4",           { "in a zip archive", "unzip -p" } },
		/* POSIX pax, ustar interchange format */
		{ 257, 5, "ustar",            { "in a tar archive", "tar -xOf" } },
	};
	/* clang-format on */
	static const struct packer xxd = { "dumped by xxd", "xxd -r" };

	for (size_t i = 0; i < ARRAY_SIZE(packers); i++)
		if (span_has_at(s, packers[i].at, packers[i].magic, packers[i].n))
			return &packers[i].packer;
	return is_xxd(s) ? &xxd : NULL;
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
