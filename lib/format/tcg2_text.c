/* SPDX-License-Identifier: BSD-2-Clause */
/* Events as people read them. */
#include "format/cel.h"
#include "format/describe.h"
#include "format/devpath.h"
#include "format/tcg2.h"
#include "format/uefi.h"
#include "util/text.h"

#define PARTITIONS_MAX 128
#define TABLES_MAX 16

/*
 * Writes the line and the details and returns true, or returns false and has written
 * nothing, because the data does not have the shape that its event type gives it.
 */
typedef bool (*describe_fn)(const struct tsmmr_event *e, struct describe *d);

/* Text, or a name before the first NUL and then something. */
static bool describe_string(struct span s, struct describe *d)
{
	struct span name = span_before_nul(s), wide = span_trim_utf16(s);
	struct span rest = span_tail(s, name.n);

	if (span_is_utf16(wide)) {
		say_utf16(d, "string", wide);
		return true;
	}
	if (!span_is_utf8(name, d->text) || (name.n < 3 && rest.n > 1))
		return false;

	say_utf8(d, "string", name);
	if (!span_zero(rest) && d->whole) {
		text_utf8(d->text, rest);
	} else if (!span_zero(rest) && rest.n > 2) { /* Red Hat's GRUB has a stray byte there */
		buf_str(d->text, " + ");
		line_size(d, rest.n - 1);
	}
	return true;
}

void say_string(struct describe *d, struct span s)
{
	if (describe_string(s, d))
		return;
	line_size(d, s.n);
}

/* What has no better describer. */
static bool describe_any(const struct tsmmr_event *e, struct describe *d)
{
	return describe_string(e->data, d);
}

/* 0 or ffffffff hands over, 1 says why it fails; others write a word.  (PFP 1.06, table 27) */
static bool describe_separator(const struct tsmmr_event *e, struct describe *d)
{
	bool error = e->mark_value == 1 || span_eq(e->data, "\1\0\0\0", 4);

	buf_str(d->text, error ? "error separator" : "separator");
	json_flag(d->details, "error", error);
	if (span_eq(e->data, "\xff\xff\xff\xff", 4)) {
		buf_str(d->text, " (ffffffff)");
	} else if (text_is_ascii(e->data)) {
		buf_char(d->text, ' ');
		say_utf8(d, "string", e->data);
	}
	return true;
}

/* A string by definition, so it is shown even where firmware put a stray byte in. */
static bool describe_action(const struct tsmmr_event *e, struct describe *d)
{
	struct span s = e->data;

	while (s.n && !s.p[s.n - 1]) /* coreboot fills a field of 50 bytes */
		s.n--;
	if (!text_is_ascii(span_head(s, 1)))
		return false;
	say_utf8(d, "string", s);
	return true;
}

/* UTF-16 or a GUID.  (PFP 1.06 §3.3.4.1) */
static bool describe_crtm_version(const struct tsmmr_event *e, struct describe *d)
{
	if (e->data.n && span_zero(e->data)) {
		buf_str(d->text, "no version");
		return true;
	}
	if (describe_any(e, d))
		return true;
	if (e->data.n != 16)
		return false;
	text_guid(d->text, e->data.p);
	detail_guid(d, "guid", e->data.p);
	return true;
}

static void say_blob(const struct uefi_blob *b, struct describe *d)
{
	struct span desc = text_before_nul(d, b->desc);

	if (desc.n) {
		say_utf8(d, "description", desc);
		buf_str(d->text, ", ");
	}
	line_size(d, b->length);
	buf_printf(d->text, " at 0x%llx", (unsigned long long)b->base);
	json_hexnum(d->details, "base", b->base);
	json_hexnum(d->details, "length", b->length);
}

static bool describe_blob(const struct tsmmr_event *e, struct describe *d)
{
	struct uefi_blob b;

	if (!uefi_blob(e->data, &b))
		return false;
	say_blob(&b, d);
	return true;
}

static bool describe_blob2(const struct tsmmr_event *e, struct describe *d)
{
	struct uefi_blob b;

	if (!uefi_blob2(e->data, &b))
		return false;
	say_blob(&b, d);
	return true;
}

/* A word such as "ACPI DATA", or where the code was; 16 bytes may be either. */
static bool describe_post_code(const struct tsmmr_event *e, struct describe *d)
{
	return describe_any(e, d) || describe_blob(e, d);
}

/* BLOB2 first, for its length byte may look like a letter.  (PFP 1.06 §10.2.5) */
static bool describe_post_code2(const struct tsmmr_event *e, struct describe *d)
{
	return describe_blob2(e, d) || describe_any(e, d);
}

static void say_tables(const struct uefi_tables *t, struct describe *d)
{
	struct span desc = text_before_nul(d, t->desc);

	if (desc.n) {
		say_utf8(d, "description", desc);
		buf_str(d->text, ": ");
	}
	if (t->count != 1)
		buf_printf(d->text, "%llu tables: ", (unsigned long long)t->count);

	json_open(d->details, "tables", '[');
	for (size_t i = 0; i < t->count && i < TABLES_MAX; i++) {
		const uint8_t *p = t->entries.p + 24 * i;
		const char *name = guid_name(p);
		uint64_t at = get_le64(p + 16);

		buf_str(d->text, i ? ", " : "");
		if (name)
			buf_str(d->text, name);
		else
			text_guid(d->text, p);
		buf_printf(d->text, " at 0x%llx", (unsigned long long)at);

		json_open(d->details, NULL, '{');
		detail_guid(d, "guid", p);
		json_str(d->details, "guid_name", name);
		json_hexnum(d->details, "address", at);
		json_close(d->details, '}');
	}
	json_close(d->details, ']');
	json_u64(d->details, "count", t->count);
}

static bool describe_tables(const struct tsmmr_event *e, struct describe *d)
{
	struct uefi_tables t;

	if (!uefi_tables(e->data, &t))
		return false;
	say_tables(&t, d);
	return true;
}

static bool describe_tables2(const struct tsmmr_event *e, struct describe *d)
{
	struct uefi_tables t;

	if (!uefi_tables2(e->data, &t))
		return false;
	say_tables(&t, d);
	return true;
}

/*
 * Some firmware gives a path no length and leaves bytes after it, which are then not a
 * path but what its buffer held.
 */
static bool describe_image(const struct tsmmr_event *e, struct describe *d)
{
	struct uefi_image_load i;

	if (!uefi_image_load(e->data, &i))
		return false;

	if (i.path_len) {
		devpath_brief(d->text, i.path);
		detail_path(d, "path", i.path);
	} else {
		buf_str(d->text, "image without a path");
		if (i.length) {
			buf_str(d->text, ", ");
			line_size(d, i.length);
			buf_printf(d->text, " at 0x%llx", (unsigned long long)i.location);
		}
		json_null(d->details, "path");
		json_u64(d->details, "stray_bytes", i.path.n);
	}
	json_hexnum(d->details, "location", i.location);
	json_hexnum(d->details, "length", i.length);
	json_hexnum(d->details, "link_address", i.link_address);
	return true;
}

/* UEFI 2.10 §5.3.3 and the Discoverable Partitions Specification. */
static const char *partition_type(const uint8_t *p)
{
	static const struct guid_desc types[] = {
		{ "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "EFI system" },
		{ "21686148-6449-6e6f-744e-656564454649", "BIOS boot" },
		{ "0fc63daf-8483-4772-8e79-3d69d8477de4", "Linux" },
		{ "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", "Linux swap" },
		{ "bc13c2ff-59e6-4262-a352-b275fd6f7172", "boot" },
		{ "4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "root" },
		{ "e6d6d379-f507-44c2-a23c-238f2a3df928", "LVM" },
		{ "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "Microsoft data" },
		{ "e3c9e316-0b5c-4db8-817d-f92df00215ae", "Microsoft reserved" },
		{ "de94bba4-06d1-4d40-a16a-bfd50179d6ac", "Windows recovery" },
	};

	return guid_find(types, ARRAY_SIZE(types), p);
}

static void say_partition(struct describe *d, const uint8_t *p, bool guids)
{
	struct span name = span_trim_utf16(span_of(p + 56, 72));
	const char *type = partition_type(p);

	if (name.n && get_le16(name.p))
		line_utf16(d, name);
	else
		buf_str(d->text, type ? type : "unnamed");

	json_open(d->details, NULL, '{');
	detail_utf16(d, "name", name);
	detail_guid(d, "type", p);
	json_str(d->details, "type_name", type);
	if (guids)
		detail_guid(d, "guid", p + 16);
	json_hexnum(d->details, "first_lba", get_le64(p + 32));
	json_hexnum(d->details, "last_lba", get_le64(p + 40));
	json_hexnum(d->details, "attributes", get_le64(p + 48));
	json_close(d->details, '}');
}

/* EFI_PARTITION_ENTRY.  (UEFI 2.10 §5.3.3) */
void say_gpt(struct describe *d, const struct uefi_gpt *g, bool guids)
{
	buf_printf(d->text, "%llu partition%s", (unsigned long long)g->count,
		   g->count == 1 ? "" : "s");
	json_open(d->details, "partitions", '[');
	for (size_t i = 0; i < g->count && i < PARTITIONS_MAX; i++) {
		buf_str(d->text, i ? ", " : ": ");
		say_partition(d, g->entries.p + i * g->entry_size, guids);
	}
	json_close(d->details, ']');
	json_u64(d->details, "count", g->count);
	if (!guids)
		return;
	buf_str(d->text, "; disk ");
	text_guid(d->text, g->disk_guid);
	detail_guid(d, "disk", g->disk_guid);
}

static bool describe_gpt(const struct tsmmr_event *e, struct describe *d)
{
	struct uefi_gpt g;

	if (!uefi_gpt(e->data, &g))
		return false;
	say_gpt(d, &g, true);
	return true;
}

/*
 * Boot loaders say in front what a string is.  The second form of each is Red Hat's.
 * (GRUB, tpm.c verifier)
 */
/* clang-format off */
static const struct {
	const char *prefix, *kind;
} loader_strings[] = {
	{ "grub_cmd: ", "grub-command" },
	{ "grub_cmd ", "grub-command" },
	{ "kernel_cmdline: ", "kernel-cmdline" },
	{ "grub_kernel_cmdline ", "kernel-cmdline" },
	{ "module_cmdline: ", "module-cmdline" },
};
/* clang-format on */

static bool describe_ipl(const struct tsmmr_event *e, struct describe *d)
{
	struct span s = span_before_nul(e->data), wide = span_trim_utf16(e->data);

	for (size_t i = 0; i < ARRAY_SIZE(loader_strings); i++) {
		size_t n = strlen(loader_strings[i].prefix);

		if (!span_starts(s, loader_strings[i].prefix, n))
			continue;
		line_utf8(d, text_before_nul(d, e->data));
		json_str(d->details, "kind", loader_strings[i].kind);
		detail_utf8(d, "string", span_of(s.p + n, s.n - n));
		return true;
	}

	/* systemd-stub measures a section's name, then what is in it.  (UAPI Group, UKI) */
	if (span_is_utf16(wide) && wide.p[0] == '.') {
		say_utf16(d, "string", wide);
		buf_str(d->text, " section");
		json_str(d->details, "kind", "uki-section");
		return true;
	}
	return describe_any(e, d);
}

/* Three words with blanks between; the third may have blanks of its own. */
static void say_aael(struct span s, struct describe *d)
{
	static const char *const keys[] = { "domain", "operation" };

	line_utf8(d, s);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const uint8_t *blank = s.n ? memchr(s.p, ' ', s.n) : NULL;
		size_t n = blank ? (size_t)(blank - s.p) : s.n;

		detail_utf8(d, keys[i], span_of(s.p, n));
		n += blank ? 1 : 0;
		s = span_of(s.p + n, s.n - n);
	}
	detail_utf8(d, "content", s);
}

/*
 * Who tags: the CoCo agent, Linux' EFI stub, systemd-stub (tpm2-pcr.h), Windows (wbcl.h),
 * and TCG's PC Client Specific Implementation Specification for BIOS 1.21.
 */
/* clang-format off */
static const struct tag_desc {
	uint32_t id;
	const char *name;
	bool text;	/* the data says it all, else its size is shown */
} tags[] = {
	{ TAG_AAEL, "AAEL", true },
	{ CEL_TAG_OFF_LOG, "extended off the log", true },
	{ TAG_LINUX_INITRD, "linux-initrd", true },
	{ TAG_LINUX_LOAD_OPTIONS, "linux-load-options", true },
	{ TAG_STUB_LOADER_CONF, "loader.conf", true },
	{ TAG_STUB_DEVICETREE_ADDON, "devicetree addon", true },
	{ TAG_STUB_INITRD_ADDON, "initrd addon", true },
	{ TAG_STUB_UCODE_ADDON, "microcode addon", true },
	{ TAG_STUB_UKI_PROFILE, "UKI profile", true },
	{ 0xd5cb7cbc, "SMBIOS system information", true },
	{ 0xe0d47bc8, "SMBIOS baseboard", true },
	{ 0xc0b3bd23, "SMBIOS OEM strings", true },
	{ 0x40010001, "Windows trust boundary", false },
	{ 0x40010002, "Windows ELAM", false },
	{ 0x40010003, "Windows loaded module", false },
	{ 0x40010005, "Windows KSR", false },
	{ 0x40010006, "Windows KSR signed measurement", false },
	{ 0x00060002, "Windows authority public key", false },
	{ 1, "SMBIOS structure", false },
	{ 2, "BIS certificate", false },
	{ 3, "POST BIOS ROM", false },
	{ 4, "ESCD", false },
	{ 5, "CMOS", false },
	{ 6, "NVRAM", false },
	{ 7, "option ROM execution", false },
	{ 8, "option ROM configuration", false },
	{ 10, "option ROM microcode", false },
	{ 11, "S-CRTM version", false },
	{ 12, "S-CRTM contents", false },
	{ 13, "POST contents", false },
	{ 14, "table of devices", false },
};
/* clang-format on */

static const struct tag_desc *tag_find(uint32_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
		if (tags[i].id == id)
			return &tags[i];
	return NULL;
}

static void say_tag_data(const struct tcg_tagged *tag, const struct tag_desc *desc,
			 struct describe *d)
{
	struct span name = span_before_nul(tag->data), wide = span_trim_utf16(tag->data);
	bool linux_tag = tag->id == TAG_LINUX_INITRD || tag->id == TAG_LINUX_LOAD_OPTIONS;

	if (tag->id == TAG_AAEL) {
		say_aael(tag->data, d);
		return;
	}
	if (!linux_tag) { /* Linux' label says as much as the name */
		if (desc)
			buf_str(d->text, desc->name);
		else
			buf_printf(d->text, "tag 0x%08x", tag->id);
		buf_str(d->text, ", ");
	}

	if (desc && desc->text && span_is_utf16(wide))
		say_utf16(d, "string", wide);
	else if (desc && desc->text && span_is_utf8(name, d->text))
		say_utf8(d, "string", text_before_nul(d, tag->data));
	else
		line_size(d, tag->data.n);
}

static bool describe_tag(const struct tsmmr_event *e, struct describe *d)
{
	const struct tag_desc *desc;
	struct tcg_tagged tag;

	if (!tcg_tagged(e->data, &tag))
		return false;

	desc = tag_find(tag.id);
	json_hexnum(d->details, "tag", tag.id);
	json_str(d->details, "tag_name", desc ? desc->name : NULL);
	json_u64(d->details, "size", tag.data.n);
	say_tag_data(&tag, desc, d);
	return true;
}

/* TD-Shim puts a name of 16 bytes and a length before what it measured.  (td-shim, event log) */
static bool describe_td_config(const struct tsmmr_event *e, struct describe *d)
{
	struct span name, value;

	if (e->data.n < 20 || !span_starts(e->data, "td_", 3) ||
	    get_le32(e->data.p + 16) != e->data.n - 20)
		return false;

	name = text_before_nul(d, span_head(e->data, 16));
	value = span_of(e->data.p + 20, e->data.n - 20);
	say_utf8(d, "name", name);
	buf_str(d->text, ": ");
	if (text_is_ascii(span_before_nul(value)))
		say_utf8(d, "string", text_before_nul(d, value));
	else
		line_size(d, value.n);
	return true;
}

/*
 * OVMF says which of QEMU's files it measured, in a field of 56 bytes after a word with its
 * NUL.  (edk2, OvmfPkg, FW_CFG_EVENT)
 */
static bool describe_fw_cfg(const struct tsmmr_event *e, struct describe *d)
{
	static const char word[] = "QEMU FW CFG";
	struct span file;

	if (e->data.n <= sizeof(word) || !span_starts(e->data, word, sizeof(word)))
		return false;
	file = span_of(e->data.p + sizeof(word), e->data.n - sizeof(word));
	if (!file.p[0] ||
	    !span_zero(span_of(file.p + span_before_nul(file).n, file.n - span_before_nul(file).n)))
		return false;
	buf_str(d->text, "QEMU fw_cfg ");
	say_utf8(d, "file", span_before_nul(file));
	return true;
}

static bool describe_config(const struct tsmmr_event *e, struct describe *d)
{
	return describe_td_config(e, d) || describe_fw_cfg(e, d) || describe_any(e, d);
}

/* Google's firmware says which technology protects the guest.  (go-tpm-tools) */
static bool describe_nonhost(const struct tsmmr_event *e, struct describe *d)
{
	static const char *const names[] = {
		"none", "AMD SEV", "AMD SEV-ES", "Intel TDX", "AMD SEV-SNP",
	};

	if (e->data.n != 32 || !span_starts(e->data, "GCE NonHostInfo\0", 16) ||
	    e->data.p[16] >= ARRAY_SIZE(names))
		return describe_any(e, d);
	buf_printf(d->text, "GCE NonHostInfo: %s", names[e->data.p[16]]);
	json_str(d->details, "technology", names[e->data.p[16]]);
	return true;
}

/*
 * Who describes an event of each type.  shape: the structure that the profile says is
 * there, so that data of another shape can be called malformed.  (PFP 1.06, table 27)
 */
static const struct {
	uint32_t type;
	describe_fn describe;
	const char *shape;
} describers[] = {
	{ EV_POST_CODE, describe_post_code, NULL },
	{ EV_NO_ACTION, describe_no_action, NULL },
	{ EV_SEPARATOR, describe_separator, NULL },
	{ EV_ACTION, describe_action, NULL },
	{ EV_EVENT_TAG, describe_tag, "TCG_PCClientTaggedEvent" },
	{ EV_S_CRTM_VERSION, describe_crtm_version, NULL },
	{ EV_PLATFORM_CONFIG_FLAGS, describe_config, NULL },
	{ EV_IPL, describe_ipl, NULL },
	{ EV_NONHOST_INFO, describe_nonhost, NULL },
	{ EV_POST_CODE2, describe_post_code2, NULL },
	{ EV_EFI_VARIABLE_DRIVER_CONFIG, describe_variable, "UEFI_VARIABLE_DATA" },
	{ EV_EFI_VARIABLE_BOOT, describe_variable, "UEFI_VARIABLE_DATA" },
	{ EV_EFI_BOOT_SERVICES_APPLICATION, describe_image, "UEFI_IMAGE_LOAD_EVENT" },
	{ EV_EFI_BOOT_SERVICES_DRIVER, describe_image, "UEFI_IMAGE_LOAD_EVENT" },
	{ EV_EFI_RUNTIME_SERVICES_DRIVER, describe_image, "UEFI_IMAGE_LOAD_EVENT" },
	{ EV_EFI_GPT_EVENT, describe_gpt, "UEFI_GPT_DATA" },
	{ EV_EFI_ACTION, describe_action, NULL },
	{ EV_EFI_PLATFORM_FIRMWARE_BLOB, describe_blob, "UEFI_PLATFORM_FIRMWARE_BLOB" },
	{ EV_EFI_HANDOFF_TABLES, describe_tables, "UEFI_HANDOFF_TABLE_POINTERS" },
	{ EV_EFI_PLATFORM_FIRMWARE_BLOB2, describe_blob2, "UEFI_PLATFORM_FIRMWARE_BLOB2" },
	{ EV_EFI_HANDOFF_TABLES2, describe_tables2, "UEFI_HANDOFF_TABLE_POINTERS2" },
	{ EV_EFI_VARIABLE_BOOT2, describe_variable, "UEFI_VARIABLE_DATA" },
	{ EV_EFI_GPT_EVENT2, describe_gpt, "UEFI_GPT_DATA" },
	{ EV_EFI_VARIABLE_AUTHORITY, describe_variable, "UEFI_VARIABLE_DATA" },
	{ EV_EFI_SPDM_FIRMWARE_BLOB, describe_spdm, "DEVICE_SECURITY_EVENT_DATA" },
	{ EV_EFI_SPDM_FIRMWARE_CONFIG, describe_spdm, "DEVICE_SECURITY_EVENT_DATA" },
	{ EV_EFI_SPDM_DEVICE_POLICY, describe_variable, "UEFI_VARIABLE_DATA" },
	{ EV_EFI_SPDM_DEVICE_AUTHORITY, describe_variable, "UEFI_VARIABLE_DATA" },
};

static void say_malformed(const struct tsmmr_event *e, const char *shape, struct describe *d)
{
	json_str(d->details, "malformed", shape);
	if (!describe_any(e, d))
		buf_printf(d->text, "not %s", shape);
}

int tcg_describe(const struct tsmmr_event *e, struct describe *d)
{
	size_t start = d->text->n;
	describe_fn describe = describe_any;
	const char *shape = NULL;

	/* No rule binds such a type, so this is never in what is trusted. */
	if (event_type_is_named(e)) {
		text_utf8(d->text, e->name);
		buf_str(d->text, ": ");
	}
	for (size_t i = 0; i < ARRAY_SIZE(describers); i++) {
		if (describers[i].type == e->type) {
			describe = describers[i].describe;
			shape = describers[i].shape;
			break;
		}
	}

	if (dstack_is_event(e))
		return dstack_describe(e, d);
	if (!describe(e, d)) {
		if (shape)
			say_malformed(e, shape, d);
		else if (describe != describe_any)
			describe_any(e, d);
	}
	if (d->text->failed || d->details->b->failed)
		return TSMMR_E_NOMEM;

	line_cut(d, start);
	return d->text->failed ? TSMMR_E_NOMEM : 0;
}
