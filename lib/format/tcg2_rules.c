/* SPDX-License-Identifier: BSD-2-Clause */
/* What an event's digest covers. */
#include "crypto/hash.h"
#include "format/tcg2.h"
#include "format/uefi.h"

#define GUID_SIZE 16
#define GPT_UNIQUE_GUID 16 /* in EFI_PARTITION_ENTRY (UEFI 2.10 §5.3.3) */

static const uint8_t zeros[GUID_SIZE];

static int feed_whole(const struct tsmmr_event *e, struct hasher *h)
{
	return hasher_update(h, e->data.p, e->data.n);
}

static int feed_minus_1(const struct tsmmr_event *e, struct hasher *h)
{
	if (!e->data.n)
		return TSMMR_E_MALFORMED;
	return hasher_update(h, e->data.p, e->data.n - 1);
}

/* The event is what the firmware knows of the error; the digest is always of the same u32. */
static int feed_error_mark(const struct tsmmr_event *e, struct hasher *h)
{
	static const uint8_t one[4] = { 1 };

	(void)e;
	return hasher_update(h, one, sizeof(one));
}

static int feed_variable_data(const struct tsmmr_event *e, struct hasher *h)
{
	struct uefi_variable v;

	if (!uefi_variable(e->data, &v) || v.rest.n)
		return TSMMR_E_MALFORMED;
	return hasher_update(h, v.data.p, v.data.n);
}

/* UEFI_GPT_DATA with everything zeroed that distinguishes a disk from its copy. */
static int feed_gpt_no_guids(const struct tsmmr_event *e, struct hasher *h)
{
	struct uefi_gpt g;
	struct span s;
	int r;

	if (!uefi_gpt(e->data, &g))
		return TSMMR_E_MALFORMED;

	r = hasher_update(h, g.header.p, (size_t)(g.disk_guid - g.header.p));
	if (!r)
		r = hasher_update(h, zeros, GUID_SIZE);
	if (!r) /* the rest of the header and the count after it */
		r = hasher_update(h, g.disk_guid + GUID_SIZE,
				  (size_t)(g.entries.p - g.disk_guid) - GUID_SIZE);

	s = g.entries;
	for (uint64_t i = 0; !r && i < g.count; i++) {
		size_t past = GPT_UNIQUE_GUID + GUID_SIZE;

		r = hasher_update(h, s.p, GPT_UNIQUE_GUID);
		if (!r)
			r = hasher_update(h, zeros, GUID_SIZE);
		if (!r)
			r = hasher_update(h, s.p + past, g.entry_size - past);
		s.p += g.entry_size;
	}
	return r;
}

/* UTF-16 whose terminator was cut in half when it was logged, not when it was hashed. */
static int feed_plus_nul(const struct tsmmr_event *e, struct hasher *h)
{
	int r = feed_whole(e, h);

	return r ? r : hasher_update(h, zeros, 1);
}

static bool is_cut_utf16(const struct tsmmr_event *e)
{
	return e->data.n % 2 && e->data.p[e->data.n - 1] == 0;
}

static bool is_aael(const struct tsmmr_event *e)
{
	return e->data.n >= 4 && get_le32(e->data.p) == TAG_AAEL;
}

/* Intel's CSxE logs what it measured itself, over other bytes; there is no rule for it. */
static bool is_not_csxe(const struct tsmmr_event *e)
{
	static const char csxe[] = "IntelCSxEEvent";

	return !span_starts(e->data, csxe, sizeof(csxe) - 1);
}

/*
 * Windows (wbcl.h: trust boundaries and authorities) and the PC Client Specific
 * Implementation Specification for BIOS 1.21, whose tags are small numbers.
 */
static bool is_whole_tag(const struct tsmmr_event *e)
{
	uint32_t id = e->data.n >= 4 ? get_le32(e->data.p) : 0;

	return id >> 16 == 0x4001 || id >> 16 == 0x0006 || (id && id < 0x10);
}

/* A line of a text log (cel_read.c): nothing but its text may be its digest's. */
static bool is_line(const struct tsmmr_event *e)
{
	return e->mark == MARK_LINE || e->mark == MARK_SYNC || e->mark == MARK_VIRTUAL;
}

/* What is a text by definition may only be a name in coreboot's logs (tcg2.c). */
static bool is_no_label(const struct tsmmr_event *e)
{
	return e->mark != MARK_LABEL;
}

static int feed_section(const struct tsmmr_event *e, struct hasher *h)
{
	uint8_t name[SECTION_NAME_MAX + 1];
	size_t n = section_covered(e, name);

	return n ? hasher_update(h, name, n) : TSMMR_E_MALFORMED;
}

static bool is_sha1_only(const struct tsmmr_event *e)
{
	return e->n_digests == 1 && e->digests[0].alg == TSMMR_HASH_SHA1;
}

/* A command that begins with one of GRUB's words is logged with another before it. */
static bool is_no_grub_text(const struct tsmmr_event *e)
{
	return !grub_is_text(e);
}

static int feed_grub_text(const struct tsmmr_event *e, struct hasher *h)
{
	struct span text;

	return grub_covered(e, &text) ? hasher_update(h, text.p, text.n) : TSMMR_E_MALFORMED;
}

/*
 * "Table" is table 27 of the PFP 1.06, whose digests firmware in the field does not
 * always make.  Where it does not, the comment says whose logs show what is made.
 * A rule is strict when real logs keep it.  (semantics, rules 23 to 25)
 */
/* clang-format off */
const struct bind_rule tcg_rules[] = {
	/* Table; after an error the digest is of 00000001 (PFP §3.3.3.2, error separators). */
	{ EV_SEPARATOR, BIND_STRICT, "SEPARATOR", NULL, NULL, feed_whole, NULL },
	{ EV_SEPARATOR, BIND_STRICT, "SEPARATOR_ERROR", "nothing: it is a constant", NULL,
	  feed_error_mark, covered_error },

	/* Table: the text without a NUL. */
	{ EV_EFI_ACTION, BIND_STRICT, "EFI_ACTION", NULL, NULL, feed_whole, NULL },
	/* Of a text log, carried in a canonical one. */
	{ EV_ACTION, BIND_STRICT, "LINE", NULL, is_line, feed_whole, NULL },
	/* Table.  OPAL firmware logs a name and measures something else. */
	{ EV_ACTION, BIND_FIRM, "ACTION", NULL, is_no_label, feed_whole, NULL },
	/* Table: "BOOT ATTEMPTS OMITTED". */
	{ EV_OMIT_BOOT_DEVICE_EVENTS, BIND_FIRM, "OMIT_BOOT_DEVICE_EVENTS", NULL, NULL, feed_whole,
	  NULL },

	/* Table, and PFP §10.2 for the structure. */
	{ EV_EFI_GPT_EVENT, BIND_STRICT, "UEFI_GPT_DATA", NULL, NULL, feed_whole, NULL },
	/* Table: DiskGUID and each UniquePartitionGUID are zero for the digest. */
	{ EV_EFI_GPT_EVENT2, BIND_STRICT, "UEFI_GPT_DATA_NO_GUIDS",
	  "all but the GUIDs of the disk and its partitions", NULL, feed_gpt_no_guids, covered_gpt },

	/*
	 * Table: the whole UEFI_VARIABLE_DATA.  Firmware of TPM 1.2 days, with SHA-1 logs,
	 * measures the value alone: TCG EFI Platform Specification 1.20.
	 */
	{ EV_EFI_VARIABLE_DRIVER_CONFIG, BIND_STRICT, "UEFI_VARIABLE_DATA", NULL, NULL, feed_whole,
	  NULL },
	{ EV_EFI_VARIABLE_DRIVER_CONFIG, BIND_STRICT, "VARIABLE_DATA_ONLY", "the variable's value",
	  is_sha1_only, feed_variable_data, covered_value },

	/* Table: the value alone (EDK2, OVMF).  Most physical machines: the whole. */
	{ EV_EFI_VARIABLE_BOOT, BIND_STRICT, "UEFI_VARIABLE_DATA", NULL, NULL, feed_whole, NULL },
	{ EV_EFI_VARIABLE_BOOT, BIND_STRICT, "VARIABLE_DATA_ONLY", "the variable's value", NULL,
	  feed_variable_data, covered_value },
	{ EV_EFI_VARIABLE_BOOT2, BIND_STRICT, "UEFI_VARIABLE_DATA", NULL, NULL, feed_whole, NULL },
	{ EV_EFI_VARIABLE_BOOT2, BIND_STRICT, "VARIABLE_DATA_ONLY", "the variable's value", NULL,
	  feed_variable_data, covered_value },

	/* Table.  Supermicro and older shims leave out the last byte. */
	{ EV_EFI_VARIABLE_AUTHORITY, BIND_STRICT, "UEFI_VARIABLE_DATA", NULL, NULL, feed_whole,
	  covered_authority },
	{ EV_EFI_VARIABLE_AUTHORITY, BIND_STRICT, "UEFI_VARIABLE_DATA_MINUS_1", "all but the last byte",
	  NULL, feed_minus_1, covered_minus_1 },

	/* PFP 1.06, SPDM events of PCR 7. */
	{ EV_EFI_SPDM_DEVICE_POLICY, BIND_FIRM, "UEFI_VARIABLE_DATA", NULL, NULL, feed_whole, NULL },
	{ EV_EFI_SPDM_DEVICE_AUTHORITY, BIND_TRY, "UEFI_VARIABLE_DATA", NULL, NULL, feed_whole, NULL },

	/* Table: a UTF-16 text or a GUID.  Some Intel firmware measures another text. */
	{ EV_S_CRTM_VERSION, BIND_FIRM, "S_CRTM_VERSION", NULL, NULL, feed_whole, NULL },

	/* Table. */
	{ EV_NONHOST_INFO, BIND_STRICT, "NONHOST_INFO", NULL, is_not_csxe, feed_whole, NULL },

	/*
	 * CoCo attestation agent: the tagged event, header included.  Windows and BIOSes of
	 * old do so too; Linux and systemd measure what the tag names.
	 */
	{ EV_EVENT_TAG, BIND_STRICT, "AAEL", NULL, is_aael, feed_whole, NULL },
	{ EV_EVENT_TAG, BIND_STRICT, "TAGGED_EVENT", NULL, is_whole_tag, feed_whole, NULL },
	{ EV_EVENT_TAG, BIND_TRY, "TAGGED_EVENT", NULL, NULL, feed_whole, NULL },

	/* dstack (cc-eventlog): of type, name and payload, or of the JSON that names them. */
	{ BIND_ANY_TYPE, BIND_STRICT, "DSTACK_EVENT", NULL, dstack_is_event, feed_whole,
	  dstack_describe },

	{ EV_IPL, BIND_STRICT, "GRUB_TEXT", "the text after GRUB's word", grub_is_text, feed_grub_text,
	  covered_grub },
	/* systemd-stub: the command line, in UTF-16 (PCR 12); before v252 with its NUL cut. */
	{ EV_IPL, BIND_TRY, "IPL", NULL, is_no_grub_text, feed_whole, covered_string },
	{ EV_IPL, BIND_TRY, "IPL_UTF16_NUL", NULL, is_cut_utf16, feed_plus_nul, covered_plus_nul },
	/*
	 * systemd-stub, PCR 11: the section's name, logged in UTF-16.  The record of what is in
	 * the section has the same text, so no match says nothing.  (TPM2_PCR_MEASUREMENTS)
	 */
	{ EV_IPL, BIND_TRY, "UKI_SECTION_NAME", "the name in 8-bit characters, with a NUL", NULL,
	  feed_section, covered_section },

	/*
	 * The table leaves these open, or firmware does.  Seen to hold: COMPACT_HASH,
	 * Windows, PCR 11; CONFIG_FLAGS, Intel and Dell; CODE and PARTITION_DATA, HP BIOS.
	 */
	{ EV_COMPACT_HASH, BIND_TRY, "COMPACT_HASH", NULL, NULL, feed_whole, NULL },
	{ EV_PLATFORM_CONFIG_FLAGS, BIND_TRY, "PLATFORM_CONFIG_FLAGS", NULL, NULL, feed_whole, NULL },
	{ EV_TABLE_OF_DEVICES, BIND_TRY, "TABLE_OF_DEVICES", NULL, NULL, feed_whole, NULL },
	{ EV_POST_CODE, BIND_TRY, "POST_CODE", NULL, NULL, feed_whole, NULL },
	{ EV_IPL_PARTITION_DATA, BIND_TRY, "IPL_PARTITION_DATA", NULL, NULL, feed_whole, NULL },
};
/* clang-format on */

const size_t tcg_n_rules = ARRAY_SIZE(tcg_rules);
