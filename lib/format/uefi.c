/* SPDX-License-Identifier: BSD-2-Clause */
/* The structures that event data holds. */
#include "format/uefi.h"

#define GUID_SIZE 16
#define TABLE_ENTRY_SIZE (GUID_SIZE + 8) /* EFI_CONFIGURATION_TABLE, UINTN of 8 bytes */
#define GPT_HEADER_SIZE 92               /* EFI_PARTITION_TABLE_HEADER (UEFI 2.10 §5.3.2) */
#define GPT_DISK_GUID 56
#define GPT_ENTRY_SIZE 84
#define GPT_ENTRY_MIN 128 /* EFI_PARTITION_ENTRY (UEFI 2.10 §5.3.3) */

static bool take_guid(struct cursor *c, const uint8_t **ret)
{
	struct span s;

	if (!cur_take(c, GUID_SIZE, &s))
		return false;
	*ret = s.p;
	return true;
}

/* count × size bytes.  Divided, for count is any u64 and the product could wrap. */
static bool take_array(struct cursor *c, uint64_t count, size_t size, struct span *ret)
{
	if (count > cur_left(c) / size)
		return false;
	return cur_take(c, count * size, ret);
}

/* A length byte, then that much text, often with its NUL and sometimes without. */
static bool take_desc(struct cursor *c, struct span *ret)
{
	uint8_t n;

	return cur_u8(c, &n) && cur_take(c, n, ret);
}

/* UEFI_VARIABLE_DATA.  (PFP 1.06 §10.2.6) */
bool uefi_variable(struct span s, struct uefi_variable *ret)
{
	struct cursor c = cur_span(s);
	struct uefi_variable v;

	if (!take_guid(&c, &v.guid) || !cur_le64(&c, &v.name_chars) || !cur_le64(&c, &v.data_len))
		return false;
	if (!take_array(&c, v.name_chars, 2, &v.name) || !cur_take(&c, v.data_len, &v.data))
		return false;

	v.rest = cur_rest(&c);
	*ret = v;
	return true;
}

bool uefi_variable_cut(struct span s, struct uefi_variable *ret)
{
	struct cursor c = cur_span(s);
	struct uefi_variable v;

	if (!take_guid(&c, &v.guid) || !cur_le64(&c, &v.name_chars) || !cur_le64(&c, &v.data_len))
		return false;
	if (!take_array(&c, v.name_chars, 2, &v.name) || v.data_len != cur_left(&c) + UINT64_C(1))
		return false;

	v.data = cur_rest(&c);
	v.rest = span_of(NULL, 0);
	*ret = v;
	return true;
}

/*
 * UEFI_IMAGE_LOAD_EVENT (PFP 1.06 §10.2).  Some shims declare no path and
 * write bytes there all the same; they are kept, for somebody will want to see them.
 */
bool uefi_image_load(struct span s, struct uefi_image_load *ret)
{
	struct cursor c = cur_span(s);
	struct uefi_image_load i;

	if (!cur_le64(&c, &i.location) || !cur_le64(&c, &i.length) ||
	    !cur_le64(&c, &i.link_address) || !cur_le64(&c, &i.path_len))
		return false;
	if (!cur_take(&c, i.path_len ? i.path_len : cur_left(&c), &i.path))
		return false;

	i.rest = cur_rest(&c);
	*ret = i;
	return true;
}

static bool blob_at(struct cursor *c, struct span desc, struct uefi_blob *ret)
{
	struct uefi_blob b = { .desc = desc };

	if (!cur_le64(c, &b.base) || !cur_le64(c, &b.length) || !cur_empty(c))
		return false;
	*ret = b;
	return true;
}

/* UEFI_PLATFORM_FIRMWARE_BLOB.  (PFP 1.06 §10.2.5) */
bool uefi_blob(struct span s, struct uefi_blob *ret)
{
	struct cursor c = cur_span(s);

	return blob_at(&c, (struct span){ 0 }, ret);
}

/* UEFI_PLATFORM_FIRMWARE_BLOB2.  (PFP 1.06 §10.2.5) */
bool uefi_blob2(struct span s, struct uefi_blob *ret)
{
	struct cursor c = cur_span(s);
	struct span desc;

	return take_desc(&c, &desc) && blob_at(&c, desc, ret);
}

static bool tables_at(struct cursor *c, struct span desc, struct uefi_tables *ret)
{
	struct uefi_tables t = { .desc = desc };

	if (!cur_le64(c, &t.count) || !take_array(c, t.count, TABLE_ENTRY_SIZE, &t.entries) ||
	    !cur_empty(c))
		return false;
	*ret = t;
	return true;
}

/* UEFI_HANDOFF_TABLE_POINTERS.  (PFP 1.06 §10.2) */
bool uefi_tables(struct span s, struct uefi_tables *ret)
{
	struct cursor c = cur_span(s);

	return tables_at(&c, (struct span){ 0 }, ret);
}

/* UEFI_HANDOFF_TABLE_POINTERS2.  (PFP 1.06 §10.2) */
bool uefi_tables2(struct span s, struct uefi_tables *ret)
{
	struct cursor c = cur_span(s);
	struct span desc;

	return take_desc(&c, &desc) && tables_at(&c, desc, ret);
}

/* UEFI_GPT_DATA (PFP 1.06 §10.2): only the partitions in use are there. */
bool uefi_gpt(struct span s, struct uefi_gpt *ret)
{
	struct cursor c = cur_span(s);
	struct uefi_gpt g;

	if (!cur_take(&c, GPT_HEADER_SIZE, &g.header) || !cur_le64(&c, &g.count))
		return false;
	g.disk_guid = g.header.p + GPT_DISK_GUID;
	g.entry_size = get_le32(g.header.p + GPT_ENTRY_SIZE);
	if (g.entry_size < GPT_ENTRY_MIN)
		return false;
	if (!take_array(&c, g.count, g.entry_size, &g.entries) || !cur_empty(&c))
		return false;

	*ret = g;
	return true;
}

/* TCG_PCClientTaggedEvent.  (PFP 1.06 §10.2) */
bool tcg_tagged(struct span s, struct tcg_tagged *ret)
{
	struct cursor c = cur_span(s);
	struct tcg_tagged t;
	uint32_t n;

	if (!cur_le32(&c, &t.id) || !cur_le32(&c, &n) || !cur_take(&c, n, &t.data))
		return false;

	t.rest = cur_rest(&c);
	*ret = t;
	return true;
}
