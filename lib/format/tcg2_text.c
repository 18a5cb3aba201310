/* SPDX-License-Identifier: BSD-2-Clause */
/* Events as people read them. */
#include "format/tcg2_text.h"

#include "format/cel.h"
#include "format/devpath.h"
#include "format/tcg2.h"
#include "format/uefi.h"
#include "util/hex.h"
#include "util/text.h"

#define LINE_MAX_BYTES 400 /* of the line; the whole is in the details and in the data */
#define DETAIL_MAX 8192    /* bytes of the log in one member: longer than any command line */
#define PARTITIONS_MAX 128
#define TABLES_MAX 16

/* Shared with the other describers. */

static struct span head(struct span s, size_t n)
{
	return span_of(s.p, s.n < n ? s.n : n);
}

/* A byte of UTF-8 leaves as one at least, so what is beyond could not be seen. */
void tell_utf8(struct describe *d, struct span s)
{
	text_utf8(d->text, head(s, LINE_MAX_BYTES + 4));
}

void tell_utf16(struct describe *d, struct span s)
{
	text_utf16z(d->text, head(s, 2 * (LINE_MAX_BYTES + 4)));
}

void tell_size(struct describe *d, uint64_t n)
{
	if (n && n % (1 << 20) == 0)
		buf_printf(d->text, "%llu MiB", (unsigned long long)(n >> 20));
	else if (n && n % (1 << 10) == 0)
		buf_printf(d->text, "%llu KiB", (unsigned long long)(n >> 10));
	else
		buf_printf(d->text, "%llu byte%s", (unsigned long long)n, n == 1 ? "" : "s");
}

static void detail_buf(struct describe *d, const char *key, struct buf *b, bool more)
{
	if (more)
		buf_str(b, "…");
	if (b->failed)
		d->details->b->failed = true;
	json_strn(d->details, key, b->p, b->n);
}

void detail_utf8(struct describe *d, const char *key, struct span s)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	text_utf8(&b, head(s, DETAIL_MAX));
	detail_buf(d, key, &b, s.n > DETAIL_MAX);
}

void detail_utf16(struct describe *d, const char *key, struct span s)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	text_utf16z(&b, head(s, DETAIL_MAX));
	detail_buf(d, key, &b, s.n > DETAIL_MAX);
}

void detail_guid(struct describe *d, const char *key, const uint8_t *p)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	text_guid(&b, p);
	detail_buf(d, key, &b, false);
}

void detail_path(struct describe *d, const char *key, struct span path)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	devpath_text(&b, path);
	detail_buf(d, key, &b, false);
}

/* In place, for a database may have very many lists.  The first half is little-endian. */
bool guid_is(const uint8_t *p, const char *text)
{
	static const uint8_t order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		uint8_t byte = p[order[i]];

		if (*text == '-')
			text++;
		if (hex_digit(text[0]) != byte >> 4 || hex_digit(text[1]) != (byte & 15))
			return false;
		text += 2;
	}
	return true;
}

struct guid_desc {
	const char *guid, *name;
};

static const char *guid_find(const struct guid_desc *table, size_t n, const uint8_t *p)
{
	for (size_t i = 0; i < n; i++)
		if (guid_is(p, table[i].guid))
			return table[i].name;
	return NULL;
}

/* UEFI 2.10 §3.3, §4.6 and §32.6, shim, systemd, edk2's OvmfPkg.dec. */
const char *guid_name(const uint8_t *p)
{
	static const struct guid_desc guids[] = {
		{ "8be4df61-93ca-11d2-aa0d-00e098032b8c", "EFI_GLOBAL_VARIABLE" },
		{ "d719b2cb-3d3a-4596-a3bc-dad00e67656f", "EFI_IMAGE_SECURITY_DATABASE" },
		{ "605dab50-e046-4300-abb6-3dd810dd8b23", "SHIM_LOCK" },
		{ "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", "systemd" },
		{ "77fa9abd-0359-4d32-bd60-28f4e78f784b", "Microsoft" },
		{ "8868e871-e4f1-11d3-bc22-0080c73c8881", "ACPI 2.0" },
		{ "eb9d2d30-2d88-11d3-9a16-0090273fc14d", "ACPI 1.0" },
		{ "eb9d2d31-2d88-11d3-9a16-0090273fc14d", "SMBIOS" },
		{ "f2fd1544-9794-4a2c-992e-e5bbcf20e394", "SMBIOS 3" },
		{ "93bb96af-b9f2-4eb8-9462-e0ba74564236", "OVMF" },
	};

	return guid_find(guids, ARRAY_SIZE(guids), p);
}

struct span span_before_nul(struct span s)
{
	const uint8_t *nul = s.n ? memchr(s.p, 0, s.n) : NULL;

	return nul ? span_of(s.p, (size_t)(nul - s.p)) : s;
}

bool span_is_zero(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i])
			return false;
	return true;
}

static bool is_break(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r';
}

/* Escaping makes longer: text is what keeps its length, but for backslashes and breaks. */
bool span_is_utf8(struct span s, struct buf *scratch)
{
	size_t n = s.n, before = scratch->n;

	if (s.n > DETAIL_MAX) /* a cut could split a character, which ASCII has not */
		return text_is_ascii(head(s, DETAIL_MAX));
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\\' ? 1 : is_break(s.p[i]) ? 3 : 0;

	text_utf8(scratch, s);
	n -= scratch->n - before;
	scratch->n = before;
	return s.n && !n;
}

struct span span_trim_utf16(struct span s)
{
	if (s.n % 2 && s.p[s.n - 1] == 0) /* old sd-boot ends with one NUL byte */
		s.n--;
	while (s.n >= 2 && s.n % 2 == 0 && get_le16(s.p + s.n - 2) == 0)
		s.n -= 2;
	return s;
}

/*
 * Any two bytes are some character of UTF-16, so only what is written in the alphabets
 * below U+0250 counts as text.  What is known to be UTF-16 need not be asked.
 */
bool span_is_utf16(struct span s)
{
	for (size_t i = 0; i + 2 <= s.n; i += 2) {
		uint16_t c = get_le16(s.p + i);

		if (c >= 0x250 || (c < 0x20 && !is_break(c)) || (c >= 0x7f && c < 0xa0))
			return false;
	}
	return s.n >= 4 && s.n % 2 == 0;
}

static void say_utf8(struct describe *d, const char *key, struct span s)
{
	tell_utf8(d, s);
	detail_utf8(d, key, s);
}

static void say_utf16(struct describe *d, const char *key, struct span s)
{
	tell_utf16(d, s);
	detail_utf16(d, key, s);
}

/* What has no better describer: text, or a name before the first NUL and then something. */
static bool tell_any(const struct tsmmr_event *e, struct describe *d)
{
	struct span name = span_before_nul(e->data), wide = span_trim_utf16(e->data);
	struct span rest = span_of(e->data.p + name.n, e->data.n - name.n);

	if (span_is_utf16(wide)) {
		say_utf16(d, "string", wide);
		return true;
	}
	if (!span_is_utf8(name, d->text) || (name.n < 3 && rest.n > 1))
		return false;

	say_utf8(d, "string", name);
	if (!span_is_zero(rest) && rest.n > 2) { /* Red Hat's GRUB has a stray byte there */
		buf_str(d->text, " + ");
		tell_size(d, rest.n - 1);
	}
	return true;
}

/* 0 or ffffffff hands over, 1 says why it fails; others write a word.  (PFP 1.06, table 27) */
static bool tell_separator(const struct tsmmr_event *e, struct describe *d)
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
static bool tell_action(const struct tsmmr_event *e, struct describe *d)
{
	struct span s = e->data;

	if (s.n && !s.p[s.n - 1])
		s.n--;
	if (!text_is_ascii(head(s, 1)))
		return false;
	say_utf8(d, "string", s);
	return true;
}

/* UTF-16 or a GUID.  (PFP 1.06 §3.3.4.1) */
static bool tell_crtm_version(const struct tsmmr_event *e, struct describe *d)
{
	if (e->data.n && span_is_zero(e->data)) {
		buf_str(d->text, "no version");
		return true;
	}
	if (tell_any(e, d))
		return true;
	if (e->data.n != 16)
		return false;
	text_guid(d->text, e->data.p);
	detail_guid(d, "guid", e->data.p);
	return true;
}

static void say_blob(const struct uefi_blob *b, struct describe *d)
{
	struct span desc = span_before_nul(b->desc);

	if (desc.n) {
		say_utf8(d, "description", desc);
		buf_str(d->text, ", ");
	}
	tell_size(d, b->length);
	buf_printf(d->text, " at 0x%llx", (unsigned long long)b->base);
	json_hexnum(d->details, "base", b->base);
	json_hexnum(d->details, "length", b->length);
}

static bool tell_blob(const struct tsmmr_event *e, struct describe *d)
{
	struct uefi_blob b;

	if (!uefi_blob(e->data, &b))
		return false;
	say_blob(&b, d);
	return true;
}

static bool tell_blob2(const struct tsmmr_event *e, struct describe *d)
{
	struct uefi_blob b;

	if (!uefi_blob2(e->data, &b))
		return false;
	say_blob(&b, d);
	return true;
}

/* A word such as "ACPI DATA", or where the code was; 16 bytes may be either. */
static bool tell_post_code(const struct tsmmr_event *e, struct describe *d)
{
	return tell_any(e, d) || tell_blob(e, d);
}

/* BLOB2 first, for its length byte may look like a letter.  (PFP 1.06 §10.2.5) */
static bool tell_post_code2(const struct tsmmr_event *e, struct describe *d)
{
	return tell_blob2(e, d) || tell_any(e, d);
}

static void say_tables(const struct uefi_tables *t, struct describe *d)
{
	struct span desc = span_before_nul(t->desc);

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

static bool tell_tables(const struct tsmmr_event *e, struct describe *d)
{
	struct uefi_tables t;

	if (!uefi_tables(e->data, &t))
		return false;
	say_tables(&t, d);
	return true;
}

static bool tell_tables2(const struct tsmmr_event *e, struct describe *d)
{
	struct uefi_tables t;

	if (!uefi_tables2(e->data, &t))
		return false;
	say_tables(&t, d);
	return true;
}

/*
 * Some firmware gives a path no length and leaves bytes behind it, which are then no path
 * but what its buffer held.
 */
static bool tell_image(const struct tsmmr_event *e, struct describe *d)
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
			tell_size(d, i.length);
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

static void say_partition(const uint8_t *p, struct describe *d)
{
	struct span name = span_trim_utf16(span_of(p + 56, 72));
	const char *type = partition_type(p);

	if (name.n && get_le16(name.p))
		tell_utf16(d, name);
	else
		buf_str(d->text, type ? type : "unnamed");

	json_open(d->details, NULL, '{');
	detail_utf16(d, "name", name);
	detail_guid(d, "type", p);
	json_str(d->details, "type_name", type);
	detail_guid(d, "guid", p + 16);
	json_hexnum(d->details, "first_lba", get_le64(p + 32));
	json_hexnum(d->details, "last_lba", get_le64(p + 40));
	json_hexnum(d->details, "attributes", get_le64(p + 48));
	json_close(d->details, '}');
}

/* EFI_PARTITION_ENTRY.  (UEFI 2.10 §5.3.3) */
static bool tell_gpt(const struct tsmmr_event *e, struct describe *d)
{
	struct uefi_gpt g;

	if (!uefi_gpt(e->data, &g))
		return false;

	buf_printf(d->text, "%llu partition%s", (unsigned long long)g.count,
		   g.count == 1 ? "" : "s");
	json_open(d->details, "partitions", '[');
	for (size_t i = 0; i < g.count && i < PARTITIONS_MAX; i++) {
		buf_str(d->text, i ? ", " : ": ");
		say_partition(g.entries.p + i * g.entry_size, d);
	}
	json_close(d->details, ']');
	buf_str(d->text, "; disk ");
	text_guid(d->text, g.disk_guid);
	json_u64(d->details, "count", g.count);
	detail_guid(d, "disk", g.disk_guid);
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

static bool tell_ipl(const struct tsmmr_event *e, struct describe *d)
{
	struct span s = span_before_nul(e->data), wide = span_trim_utf16(e->data);

	for (size_t i = 0; i < ARRAY_SIZE(loader_strings); i++) {
		size_t n = strlen(loader_strings[i].prefix);

		if (!span_starts(s, loader_strings[i].prefix, n))
			continue;
		tell_utf8(d, s);
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
	return tell_any(e, d);
}

/* Three words with blanks between; the third may have blanks of its own. */
static void say_aael(struct span s, struct describe *d)
{
	static const char *const keys[] = { "domain", "operation" };

	tell_utf8(d, s);
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
		say_utf8(d, "string", name);
	else
		tell_size(d, tag->data.n);
}

static bool tell_tag(const struct tsmmr_event *e, struct describe *d)
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
static bool tell_config(const struct tsmmr_event *e, struct describe *d)
{
	struct span name, value;

	if (e->data.n < 20 || !span_starts(e->data, "td_", 3) ||
	    get_le32(e->data.p + 16) != e->data.n - 20)
		return tell_any(e, d);

	name = span_before_nul(head(e->data, 16));
	value = span_of(e->data.p + 20, e->data.n - 20);
	say_utf8(d, "name", name);
	buf_str(d->text, ": ");
	if (text_is_ascii(span_before_nul(value)))
		say_utf8(d, "string", span_before_nul(value));
	else
		tell_size(d, value.n);
	return true;
}

/* Google's firmware says which technology protects the guest.  (go-tpm-tools) */
static bool tell_nonhost(const struct tsmmr_event *e, struct describe *d)
{
	static const char *const names[] = {
		"none", "AMD SEV", "AMD SEV-ES", "Intel TDX", "AMD SEV-SNP",
	};

	if (e->data.n != 32 || !span_starts(e->data, "GCE NonHostInfo\0", 16) ||
	    e->data.p[16] >= ARRAY_SIZE(names))
		return tell_any(e, d);
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
	tell_fn tell;
	const char *shape;
} describers[] = {
	{ EV_POST_CODE, tell_post_code, NULL },
	{ EV_NO_ACTION, tell_no_action, NULL },
	{ EV_SEPARATOR, tell_separator, NULL },
	{ EV_ACTION, tell_action, NULL },
	{ EV_EVENT_TAG, tell_tag, "TCG_PCClientTaggedEvent" },
	{ EV_S_CRTM_VERSION, tell_crtm_version, NULL },
	{ EV_PLATFORM_CONFIG_FLAGS, tell_config, NULL },
	{ EV_IPL, tell_ipl, NULL },
	{ EV_NONHOST_INFO, tell_nonhost, NULL },
	{ EV_POST_CODE2, tell_post_code2, NULL },
	{ EV_EFI_VARIABLE_DRIVER_CONFIG, tell_variable, "UEFI_VARIABLE_DATA" },
	{ EV_EFI_VARIABLE_BOOT, tell_variable, "UEFI_VARIABLE_DATA" },
	{ EV_EFI_BOOT_SERVICES_APPLICATION, tell_image, "UEFI_IMAGE_LOAD_EVENT" },
	{ EV_EFI_BOOT_SERVICES_DRIVER, tell_image, "UEFI_IMAGE_LOAD_EVENT" },
	{ EV_EFI_RUNTIME_SERVICES_DRIVER, tell_image, "UEFI_IMAGE_LOAD_EVENT" },
	{ EV_EFI_GPT_EVENT, tell_gpt, "UEFI_GPT_DATA" },
	{ EV_EFI_ACTION, tell_action, NULL },
	{ EV_EFI_PLATFORM_FIRMWARE_BLOB, tell_blob, "UEFI_PLATFORM_FIRMWARE_BLOB" },
	{ EV_EFI_HANDOFF_TABLES, tell_tables, "UEFI_HANDOFF_TABLE_POINTERS" },
	{ EV_EFI_PLATFORM_FIRMWARE_BLOB2, tell_blob2, "UEFI_PLATFORM_FIRMWARE_BLOB2" },
	{ EV_EFI_HANDOFF_TABLES2, tell_tables2, "UEFI_HANDOFF_TABLE_POINTERS2" },
	{ EV_EFI_VARIABLE_BOOT2, tell_variable, "UEFI_VARIABLE_DATA" },
	{ EV_EFI_GPT_EVENT2, tell_gpt, "UEFI_GPT_DATA" },
	{ EV_EFI_VARIABLE_AUTHORITY, tell_variable, "UEFI_VARIABLE_DATA" },
	{ EV_EFI_SPDM_FIRMWARE_BLOB, tell_spdm, "DEVICE_SECURITY_EVENT_DATA" },
	{ EV_EFI_SPDM_FIRMWARE_CONFIG, tell_spdm, "DEVICE_SECURITY_EVENT_DATA" },
	{ EV_EFI_SPDM_DEVICE_POLICY, tell_variable, "UEFI_VARIABLE_DATA" },
	{ EV_EFI_SPDM_DEVICE_AUTHORITY, tell_variable, "UEFI_VARIABLE_DATA" },
};

static void say_malformed(const struct tsmmr_event *e, const char *shape, struct describe *d)
{
	json_str(d->details, "malformed", shape);
	if (!tell_any(e, d))
		buf_printf(d->text, "not %s", shape);
}

/* Cuts the line where a character ends.  All of it is UTF-8 by now. */
static void cut_line(struct buf *b, size_t start)
{
	size_t end = start + LINE_MAX_BYTES;

	if (b->n <= end)
		return;
	while (end > start && (b->p[end] & 0xc0) == 0x80)
		end--;
	b->n = end;
	buf_str(b, "…");
}

int tcg_describe(const struct tsmmr_event *e, struct describe *d)
{
	size_t start = d->text->n;
	tell_fn tell = tell_any;
	const char *shape = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(describers); i++) {
		if (describers[i].type == e->type) {
			tell = describers[i].tell;
			shape = describers[i].shape;
			break;
		}
	}

	if (!tell(e, d)) {
		if (shape)
			say_malformed(e, shape, d);
		else if (tell != tell_any)
			tell_any(e, d);
	}
	if (d->text->failed || d->details->b->failed)
		return TSMMR_E_NOMEM;

	cut_line(d->text, start);
	return d->text->failed ? TSMMR_E_NOMEM : 0;
}
