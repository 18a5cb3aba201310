/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The structures that event data holds.  (TCG PC Client PFP 1.06 §10, UEFI 2.10.)
 *
 * Each function reads one structure from the whole of an event's data and returns true
 * when the data has that shape; *ret is written only then.  Spans point into the data.
 * Bytes after the structure go to .rest where it has one, else they make it fail.
 */
#pragma once

#include "util/cursor.h"

struct uefi_variable {       /* UEFI_VARIABLE_DATA */
	const uint8_t *guid; /* 16 bytes */
	uint64_t name_chars; /* as declared */
	uint64_t data_len;   /* as declared */
	struct span name;    /* UTF-16LE, no NUL */
	struct span data;
	struct span rest; /* shim logs its certificate with more than it declares */
};
bool uefi_variable(struct span s, struct uefi_variable *ret);
/* One without the last byte that it declares. */
bool uefi_variable_cut(struct span s, struct uefi_variable *ret);

struct uefi_image_load { /* UEFI_IMAGE_LOAD_EVENT */
	uint64_t location, length, link_address, path_len;
	struct span path; /* device path; also what follows a path_len of 0 */
	struct span rest; /* after the path: some shims log more than that */
};
bool uefi_image_load(struct span s, struct uefi_image_load *ret);

struct uefi_blob {        /* UEFI_PLATFORM_FIRMWARE_BLOB and BLOB2 */
	struct span desc; /* empty for the first form */
	uint64_t base, length;
};
bool uefi_blob(struct span s, struct uefi_blob *ret);
bool uefi_blob2(struct span s, struct uefi_blob *ret);

struct uefi_tables { /* UEFI_HANDOFF_TABLE_POINTERS and POINTERS2 */
	struct span desc;
	uint64_t count;
	struct span entries; /* count × { GUID, u64 } */
};
bool uefi_tables(struct span s, struct uefi_tables *ret);
bool uefi_tables2(struct span s, struct uefi_tables *ret);

struct uefi_gpt {           /* UEFI_GPT_DATA */
	struct span header; /* EFI_PARTITION_TABLE_HEADER, 92 bytes */
	const uint8_t *disk_guid;
	uint32_t entry_size; /* as the header says; at least 128 */
	uint64_t count;      /* checked against the bytes there are */
	struct span entries;
};
bool uefi_gpt(struct span s, struct uefi_gpt *ret);

struct tcg_tagged { /* TCG_PCClientTaggedEvent */
	uint32_t id;
	struct span data;
	struct span rest; /* a further tagged event, or nothing */
};
bool tcg_tagged(struct span s, struct tcg_tagged *ret);

#define TAG_AAEL 0x4141454cu /* CoCo attestation agent */
#define TAG_LINUX_INITRD 0x8f3b22ecu
#define TAG_LINUX_LOAD_OPTIONS 0x8f3b22edu
#define TAG_STUB_LOADER_CONF 0xf5bc582au
#define TAG_STUB_DEVICETREE_ADDON 0x6c46f751u
#define TAG_STUB_INITRD_ADDON 0x49dffe0fu
#define TAG_STUB_UCODE_ADDON 0xdac08e1au
#define TAG_STUB_UKI_PROFILE 0x13aed6dbu
