/* SPDX-License-Identifier: BSD-2-Clause */
/* UEFI device paths as text. */
#include "format/devpath.h"

#include <stdio.h>

#include "util/text.h"

#define NODES_MAX 64   /* real paths have fewer than 12 */
#define TEXT_MAX 1024  /* no further node once the text is this long */
#define STRING_MAX 512 /* bytes of one string that are shown */
#define GUID_LEN 36
#define HEX_MAX 32 /* bytes of a vendor's or an unknown node that are shown */

/* UEFI 2.10 §10.3. */
enum {
	PATH_HARDWARE = 1,
	PATH_ACPI = 2,
	PATH_MESSAGING = 3,
	PATH_MEDIA = 4,
	PATH_BBS = 5,
	PATH_END = 0x7f,
};
enum {
	END_INSTANCE = 0x01,
	END_ENTIRE = 0xff,
	MEDIA_FILE_PATH = 4,
	MEDIA_FV_FILE = 6,
};

struct node {
	uint8_t type, subtype;
	struct span body; /* after the four bytes of header */
};

/* A length below four would never end, and one beyond the rest is not ours to read. */
static bool node_next(struct cursor *c, struct node *ret)
{
	struct cursor at = *c;
	struct node node;
	uint16_t len;

	if (!cur_u8(&at, &node.type) || !cur_u8(&at, &node.subtype) || !cur_le16(&at, &len))
		return false;
	if (len < 4 || !cur_take(&at, len - 4u, &node.body))
		return false;

	*c = at;
	*ret = node;
	return true;
}

static void hex_upper(struct buf *b, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%02X", p[i]);
}

static void hex_bounded(struct buf *b, struct span s)
{
	hex_upper(b, s.p, s.n < HEX_MAX ? s.n : HEX_MAX);
	if (s.n > HEX_MAX)
		buf_str(b, "…");
}

/* edk2 prints GUIDs in capitals here; elsewhere the world uses small letters. */
static void guid_string(char to[GUID_LEN + 1], const uint8_t *p)
{
	snprintf(to, GUID_LEN + 1, "%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X", get_le32(p),
		 get_le16(p + 4), get_le16(p + 6), p[8], p[9], p[10], p[11], p[12], p[13], p[14],
		 p[15]);
}

static void guid_upper(struct buf *b, const uint8_t *p)
{
	char text[GUID_LEN + 1];

	guid_string(text, p);
	buf_str(b, text);
}

static void hex_number(struct buf *b, uint64_t v)
{
	buf_printf(b, "0x%llX", (unsigned long long)v);
}

/* Takes a string that ends at a NUL, or with the node. */
static struct span string_take(struct span *s)
{
	const uint8_t *nul = s->n ? memchr(s->p, 0, s->n) : NULL;
	size_t n = nul ? (size_t)(nul - s->p) : s->n;
	size_t used = nul ? n + 1 : n;
	struct span ret = span_of(s->p, n);

	if (used)
		s->p += used;
	s->n -= used;
	return ret;
}

static void string_text(struct buf *b, struct span s)
{
	text_utf8(b, span_of(s.p, s.n < STRING_MAX ? s.n : STRING_MAX));
	if (s.n > STRING_MAX)
		buf_str(b, "…");
}

static void utf16_text(struct buf *b, struct span s)
{
	text_path16z(b, span_of(s.p, s.n < STRING_MAX ? s.n : STRING_MAX));
	if (s.n > STRING_MAX)
		buf_str(b, "…");
}

/* How a field at a fixed place is written; what follows AS_REST is after the fixed part. */
enum field_as {
	AS_NONE,
	AS_X8,
	AS_X16,
	AS_X32,
	AS_X64, /* 0x1F */
	AS_DEC16,
	AS_GUID,
	AS_BYTES6,
	AS_BYTES8,  /* a bare address; a number in network order */
	AS_X8_FULL, /* always two digits */
	AS_REST,
	AS_HEX = AS_REST, /* the comma is there only when bytes are */
	AS_STRING,
	AS_QUOTED,
	AS_X32_LIST,
};

struct devpath_field {
	uint8_t at;
	uint8_t as;
};

static void field_fixed(struct buf *b, enum field_as as, const uint8_t *p)
{
	switch (as) {
	case AS_X8:
		hex_number(b, p[0]);
		break;
	case AS_X16:
		hex_number(b, get_le16(p));
		break;
	case AS_X32:
		hex_number(b, get_le32(p));
		break;
	case AS_X64:
		hex_number(b, get_le64(p));
		break;
	case AS_DEC16:
		buf_u64(b, get_le16(p));
		break;
	case AS_GUID:
		guid_upper(b, p);
		break;
	case AS_BYTES6:
		hex_upper(b, p, 6);
		break;
	case AS_BYTES8:
		buf_str(b, "0x");
		hex_upper(b, p, 8);
		break;
	case AS_X8_FULL:
		buf_printf(b, "0x%02X", p[0]);
		break;
	default:
		break;
	}
}

static void field_rest(struct buf *b, enum field_as as, struct span rest)
{
	switch (as) {
	case AS_HEX:
		hex_bounded(b, rest);
		break;
	case AS_STRING:
		string_text(b, string_take(&rest));
		break;
	case AS_QUOTED:
		buf_char(b, '"');
		utf16_text(b, rest);
		buf_char(b, '"');
		break;
	case AS_X32_LIST:
		for (size_t i = 0; i + 4 <= rest.n && i < HEX_MAX; i += 4) {
			buf_str(b, i ? "," : "");
			hex_number(b, get_le32(rest.p + i));
		}
		break;
	default:
		break;
	}
}

/* An EISA ID: three letters of five bits, then the product.  (ACPI 6.5 §6.1.5) */
static void eisa_text(struct buf *b, uint32_t id)
{
	buf_printf(b, "%c%c%c%04X", (int)((id >> 10 & 0x1f) + '@'), (int)((id >> 5 & 0x1f) + '@'),
		   (int)((id & 0x1f) + '@'), id >> 16);
}

static void show_acpi(struct buf *b, struct span s)
{
	static const struct {
		uint16_t product;
		const char *name;
	} pnp[] = {
		{ 0x0a03, "PciRoot" },  { 0x0a08, "PcieRoot" }, { 0x0604, "Floppy" },
		{ 0x0301, "Keyboard" }, { 0x0501, "Serial" },   { 0x0401, "ParallelPort" },
	};
	uint32_t hid = get_le32(s.p), uid = get_le32(s.p + 4);

	if ((hid & 0xffff) != 0x41d0) { /* "PNP" */
		buf_printf(b, "Acpi(0x%08X,0x%X)", hid, uid);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(pnp); i++) {
		if (pnp[i].product == hid >> 16) {
			buf_printf(b, "%s(0x%X)", pnp[i].name, uid);
			return;
		}
	}
	buf_printf(b, "Acpi(PNP%04X,0x%X)", hid >> 16, uid);
}

static void show_acpi_ex(struct buf *b, struct span s)
{
	struct span strings = span_of(s.p + 12, s.n - 12);
	struct span hid = string_take(&strings);
	struct span uid = string_take(&strings);
	struct span cid = string_take(&strings);
	uint32_t uid_number = get_le32(s.p + 4);

	if (!hid.n && !cid.n && !uid_number) {
		buf_str(b, "AcpiExp(");
		eisa_text(b, get_le32(s.p));
		buf_char(b, ',');
		eisa_text(b, get_le32(s.p + 8));
		buf_char(b, ',');
		string_text(b, uid);
		buf_char(b, ')');
		return;
	}

	buf_str(b, "AcpiEx(");
	eisa_text(b, get_le32(s.p));
	buf_char(b, ',');
	eisa_text(b, get_le32(s.p + 8));
	buf_printf(b, ",0x%X,", uid_number);
	string_text(b, hid);
	buf_char(b, ',');
	string_text(b, cid);
	buf_char(b, ',');
	string_text(b, uid);
	buf_char(b, ')');
}

static void show_ata(struct buf *b, struct span s)
{
	buf_printf(b, "Ata(%s,%s,0x%X)", s.p[0] == 1 ? "Secondary" : "Primary",
		   s.p[1] == 1 ? "Slave" : "Master", get_le16(s.p + 2));
}

static void show_mac(struct buf *b, struct span s)
{
	uint8_t type = s.p[32];

	/* Ethernet addresses use six of the 32 bytes.  (RFC 3232 interface types 0 and 1) */
	buf_str(b, "MAC(");
	hex_upper(b, s.p, type <= 1 ? 6 : 32);
	buf_printf(b, ",0x%X)", type);
}

static void protocol_text(struct buf *b, uint16_t protocol)
{
	if (protocol == 6)
		buf_str(b, "TCP");
	else if (protocol == 17)
		buf_str(b, "UDP");
	else
		hex_number(b, protocol);
}

static void ipv4_text(struct buf *b, const uint8_t *p)
{
	buf_printf(b, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
}

static void ipv6_text(struct buf *b, const uint8_t *p)
{
	for (size_t i = 0; i < 16; i += 2)
		buf_printf(b, "%s%02X%02X", i ? ":" : "", p[i], p[i + 1]);
}

static void show_ipv4(struct buf *b, struct span s)
{
	buf_str(b, "IPv4(");
	ipv4_text(b, s.p + 4);
	buf_char(b, ',');
	protocol_text(b, get_le16(s.p + 12));
	buf_str(b, s.p[14] ? ",Static," : ",DHCP,");
	ipv4_text(b, s.p);
	if (s.n >= 23) { /* gateway and mask came with UEFI 2.4 */
		buf_char(b, ',');
		ipv4_text(b, s.p + 15);
		buf_char(b, ',');
		ipv4_text(b, s.p + 19);
	}
	buf_char(b, ')');
}

static void show_ipv6(struct buf *b, struct span s)
{
	static const char *const origins[] = { "Static", "StatelessAutoConfigure" };

	buf_str(b, "IPv6(");
	ipv6_text(b, s.p + 16);
	buf_char(b, ',');
	protocol_text(b, get_le16(s.p + 36));
	buf_printf(b, ",%s,", s.p[38] < 2 ? origins[s.p[38]] : "StatefulAutoConfigure");
	ipv6_text(b, s.p);
	if (s.n >= 56) {
		buf_printf(b, ",0x%X,", s.p[39]);
		ipv6_text(b, s.p + 40);
	}
	buf_char(b, ')');
}

static void show_uart(struct buf *b, struct span s)
{
	static const char *const stops[] = { "D", "1", "1.5", "2" };
	uint64_t baud = get_le64(s.p + 4);

	buf_str(b, "Uart(");
	if (baud)
		buf_u64(b, baud);
	else
		buf_str(b, "DEFAULT");
	if (s.p[12])
		buf_printf(b, ",%u,", s.p[12]);
	else
		buf_str(b, ",DEFAULT,");
	buf_printf(b, "%c,%s)", s.p[13] < 6 ? "DNEOMS"[s.p[13]] : 'x',
		   s.p[14] < 4 ? stops[s.p[14]] : "x");
}

static void show_usb_class(struct buf *b, struct span s)
{
	/* clang-format off */
	static const struct {
		uint8_t class;
		const char *name;
	} known[] = {
		{ 0x01, "Audio" },     { 0x02, "CDCControl" }, { 0x03, "HID" },
		{ 0x06, "Image" },     { 0x07, "Printer" },    { 0x08, "MassStorage" },
		{ 0x09, "Hub" },       { 0x0a, "CDCData" },    { 0x0b, "SmartCard" },
		{ 0x0e, "Video" },     { 0xdc, "Diagnostic" }, { 0xe0, "Wireless" },
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (known[i].class == s.p[4]) {
			buf_printf(b, "Usb%s(0x%X,0x%X,0x%X,0x%X)", known[i].name, get_le16(s.p),
				   get_le16(s.p + 2), s.p[5], s.p[6]);
			return;
		}
	}
	buf_printf(b, "UsbClass(0x%X,0x%X,0x%X,0x%X,0x%X)", get_le16(s.p), get_le16(s.p + 2),
		   s.p[4], s.p[5], s.p[6]);
}

static void show_iscsi(struct buf *b, struct span s)
{
	struct span name = span_of(s.p + 14, s.n - 14);
	uint16_t options = get_le16(s.p + 2);

	buf_str(b, "iSCSI(");
	string_text(b, string_take(&name));
	buf_printf(b, ",0x%X,0x", get_le16(s.p + 12));
	hex_upper(b, s.p + 4, 8);
	buf_printf(b, ",%s,%s,%s,%s)", options & 0x0002 ? "CRC32C" : "None",
		   options & 0x0008 ? "CRC32C" : "None",
		   options & 0x0800 ? "None" :
		   options & 0x1000 ? "CHAP_UNI" :
				      "CHAP_BI",
		   get_le16(s.p) ? "reserved" : "TCP");
}

static void show_nvme(struct buf *b, struct span s)
{
	buf_printf(b, "NVMe(0x%X", get_le32(s.p));
	for (size_t i = 0; i < 8; i++) /* the EUI-64 is little-endian here */
		buf_printf(b, "%c%02X", i ? '-' : ',', s.p[11 - i]);
	buf_char(b, ')');
}

static void show_dns(struct buf *b, struct span s)
{
	buf_str(b, "Dns(");
	for (size_t i = 1; i + 16 <= s.n && i < 1 + 16 * 8; i += 16) {
		buf_str(b, i > 1 ? "," : "");
		if (s.p[0])
			ipv6_text(b, s.p + i);
		else
			ipv4_text(b, s.p + i);
	}
	buf_char(b, ')');
}

static void show_hard_drive(struct buf *b, struct span s)
{
	uint32_t number = get_le32(s.p);

	switch (s.p[37]) {
	case 1:
		buf_printf(b, "HD(%u,MBR,0x%08X,", number, get_le32(s.p + 20));
		break;
	case 2:
		buf_printf(b, "HD(%u,GPT,", number);
		guid_upper(b, s.p + 20);
		buf_char(b, ',');
		break;
	default:
		buf_printf(b, "HD(%u,%u,0,", number, s.p[37]);
		break;
	}
	hex_number(b, get_le64(s.p + 4));
	buf_char(b, ',');
	hex_number(b, get_le64(s.p + 12));
	buf_char(b, ')');
}

static void show_file_path(struct buf *b, struct span s)
{
	utf16_text(b, s);
}

/* UEFI 2.10 §10.3.5.9. */
static void show_ram_disk(struct buf *b, struct span s)
{
	static const struct {
		const char *guid, *name;
	} types[] = {
		{ "77AB535A-45FC-624B-5560-F7B281D1F96E", "VirtualDisk" },
		{ "3D5ABD30-4175-87CE-6D64-D2ADE523C4BB", "VirtualCD" },
		{ "5CEA02C9-4D07-69D3-269F-4496FBE096F9", "PersistentVirtualDisk" },
		{ "08018188-42CD-BB48-100F-5387D53DED3D", "PersistentVirtualCD" },
	};
	char guid[GUID_LEN + 1];
	const char *name = NULL;

	guid_string(guid, s.p + 16);
	for (size_t i = 0; i < ARRAY_SIZE(types) && !name; i++)
		if (!strcmp(types[i].guid, guid))
			name = types[i].name;

	buf_printf(b, "%s(", name ? name : "RamDisk");
	hex_number(b, get_le64(s.p));
	buf_char(b, ',');
	hex_number(b, get_le64(s.p + 8));
	buf_printf(b, ",%u", get_le16(s.p + 32));
	if (!name)
		buf_printf(b, ",%s", guid);
	buf_char(b, ')');
}

/* A legacy boot.  (UEFI 2.10 §10.3.6) */
static void show_bbs(struct buf *b, struct span s)
{
	static const struct {
		uint16_t type;
		const char *name;
	} types[] = {
		{ 1, "Floppy" }, { 2, "HD" },  { 3, "CDROM" },
		{ 4, "PCMCIA" }, { 5, "USB" }, { 6, "Network" },
	};
	struct span rest = span_of(s.p + 4, s.n - 4);
	uint16_t type = get_le16(s.p);
	const char *name = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(types) && !name; i++)
		if (types[i].type == type)
			name = types[i].name;

	buf_str(b, "BBS(");
	if (name)
		buf_str(b, name);
	else
		hex_number(b, type);
	buf_char(b, ',');
	string_text(b, string_take(&rest));
	buf_printf(b, ",0x%X)", get_le16(s.p + 2));
}

/*
 * Nodes that are a name and fields at fixed places need no code.  A node shorter than min
 * is shown as an unknown one is.  (UEFI 2.10 §10.3.2 to §10.3.5, text in §10.6.1.6)
 */
/* clang-format off */
static const struct node_desc {
	uint8_t type, subtype;
	uint8_t min;		/* bytes of body */
	const char *name;
	void (*show)(struct buf *b, struct span body);
	struct devpath_field fields[5];
} nodes[] = {
	{ PATH_HARDWARE, 1, 2, "Pci", NULL, { { 1, AS_X8 }, { 0, AS_X8 } } },
	{ PATH_HARDWARE, 2, 1, "PcCard", NULL, { { 0, AS_X8 } } },
	{ PATH_HARDWARE, 3, 20, "MemoryMapped", NULL,
	  { { 0, AS_X32 }, { 4, AS_X64 }, { 12, AS_X64 } } },
	{ PATH_HARDWARE, 4, 16, "VenHw", NULL, { { 0, AS_GUID }, { 16, AS_HEX } } },
	{ PATH_HARDWARE, 5, 4, "Ctrl", NULL, { { 0, AS_X32 } } },
	{ PATH_HARDWARE, 6, 9, "BMC", NULL, { { 0, AS_X8 }, { 1, AS_X64 } } },
	{ PATH_ACPI, 1, 8, NULL, show_acpi, { { 0 } } },
	{ PATH_ACPI, 2, 12, NULL, show_acpi_ex, { { 0 } } },
	{ PATH_ACPI, 3, 4, "AcpiAdr", NULL, { { 0, AS_X32_LIST } } },
	{ PATH_MESSAGING, 1, 4, NULL, show_ata, { { 0 } } },
	{ PATH_MESSAGING, 2, 4, "Scsi", NULL, { { 0, AS_X16 }, { 2, AS_X16 } } },
	{ PATH_MESSAGING, 3, 20, "Fibre", NULL, { { 4, AS_X64 }, { 12, AS_X64 } } },
	{ PATH_MESSAGING, 5, 2, "USB", NULL, { { 0, AS_X8 }, { 1, AS_X8 } } },
	{ PATH_MESSAGING, 6, 4, "I2O", NULL, { { 0, AS_X32 } } },
	{ PATH_MESSAGING, 9, 44, "Infiniband", NULL,
	  { { 0, AS_X32 }, { 4, AS_GUID }, { 20, AS_X64 }, { 28, AS_X64 }, { 36, AS_X64 } } },
	{ PATH_MESSAGING, 10, 16, "VenMsg", NULL, { { 0, AS_GUID }, { 16, AS_HEX } } },
	{ PATH_MESSAGING, 11, 33, NULL, show_mac, { { 0 } } },
	{ PATH_MESSAGING, 12, 15, NULL, show_ipv4, { { 0 } } },
	{ PATH_MESSAGING, 13, 39, NULL, show_ipv6, { { 0 } } },
	{ PATH_MESSAGING, 14, 15, NULL, show_uart, { { 0 } } },
	{ PATH_MESSAGING, 15, 7, NULL, show_usb_class, { { 0 } } },
	{ PATH_MESSAGING, 16, 6, "UsbWwid", NULL,
	  { { 2, AS_X16 }, { 4, AS_X16 }, { 0, AS_X16 }, { 6, AS_QUOTED } } },
	{ PATH_MESSAGING, 17, 1, "Unit", NULL, { { 0, AS_X8 } } },
	{ PATH_MESSAGING, 18, 6, "Sata", NULL, { { 0, AS_X16 }, { 2, AS_X16 }, { 4, AS_X16 } } },
	{ PATH_MESSAGING, 19, 14, NULL, show_iscsi, { { 0 } } },
	{ PATH_MESSAGING, 20, 2, "Vlan", NULL, { { 0, AS_DEC16 } } },
	{ PATH_MESSAGING, 21, 20, "FibreEx", NULL, { { 4, AS_BYTES8 }, { 12, AS_BYTES8 } } },
	{ PATH_MESSAGING, 23, 12, NULL, show_nvme, { { 0 } } },
	{ PATH_MESSAGING, 24, 0, "Uri", NULL, { { 0, AS_STRING } } },
	{ PATH_MESSAGING, 25, 2, "UFS", NULL, { { 0, AS_X8 }, { 1, AS_X8 } } },
	{ PATH_MESSAGING, 26, 1, "SD", NULL, { { 0, AS_X8 } } },
	{ PATH_MESSAGING, 27, 6, "Bluetooth", NULL, { { 0, AS_BYTES6 } } },
	{ PATH_MESSAGING, 28, 0, "Wi-Fi", NULL, { { 0, AS_STRING } } },
	{ PATH_MESSAGING, 29, 1, "eMMC", NULL, { { 0, AS_X8 } } },
	{ PATH_MESSAGING, 30, 7, "BluetoothLE", NULL, { { 0, AS_BYTES6 }, { 6, AS_X8_FULL } } },
	{ PATH_MESSAGING, 31, 1, NULL, show_dns, { { 0 } } },
	{ PATH_MEDIA, 1, 38, NULL, show_hard_drive, { { 0 } } },
	{ PATH_MEDIA, 2, 20, "CDROM", NULL, { { 0, AS_X32 }, { 4, AS_X64 }, { 12, AS_X64 } } },
	{ PATH_MEDIA, 3, 16, "VenMedia", NULL, { { 0, AS_GUID }, { 16, AS_HEX } } },
	{ PATH_MEDIA, MEDIA_FILE_PATH, 0, NULL, show_file_path, { { 0 } } },
	{ PATH_MEDIA, 5, 16, "Media", NULL, { { 0, AS_GUID } } },
	{ PATH_MEDIA, MEDIA_FV_FILE, 16, "FvFile", NULL, { { 0, AS_GUID } } },
	{ PATH_MEDIA, 7, 16, "Fv", NULL, { { 0, AS_GUID } } },
	{ PATH_MEDIA, 8, 20, "Offset", NULL, { { 4, AS_X64 }, { 12, AS_X64 } } },
	{ PATH_MEDIA, 9, 34, NULL, show_ram_disk, { { 0 } } },
	{ PATH_BBS, 1, 4, NULL, show_bbs, { { 0 } } },
};
/* clang-format on */

static void fields_text(struct buf *b, const struct node_desc *desc, struct span body)
{
	buf_printf(b, "%s(", desc->name);
	for (size_t i = 0; i < ARRAY_SIZE(desc->fields) && desc->fields[i].as; i++) {
		const struct devpath_field *f = &desc->fields[i];
		struct span rest = span_of(body.p + f->at, body.n - f->at);

		if (i && !(f->as == AS_HEX && !rest.n))
			buf_char(b, ',');
		if (f->as < AS_REST)
			field_fixed(b, f->as, rest.p);
		else
			field_rest(b, f->as, rest);
	}
	buf_char(b, ')');
}

static void unknown_text(struct buf *b, const struct node *node)
{
	static const char *const names[] = {
		[PATH_HARDWARE] = "HardwarePath", [PATH_ACPI] = "AcpiPath",
		[PATH_MESSAGING] = "Msg",         [PATH_MEDIA] = "MediaPath",
		[PATH_BBS] = "BbsPath",
	};

	if (node->type >= PATH_HARDWARE && node->type <= PATH_BBS)
		buf_printf(b, "%s(%u", names[node->type], node->subtype);
	else
		buf_printf(b, "Path(%u,%u", node->type, node->subtype);
	if (node->body.n) {
		buf_char(b, ',');
		hex_bounded(b, node->body);
	}
	buf_char(b, ')');
}

static void node_text(struct buf *b, const struct node *node)
{
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		const struct node_desc *desc = &nodes[i];

		if (desc->type != node->type || desc->subtype != node->subtype ||
		    node->body.n < desc->min)
			continue;
		if (desc->show)
			desc->show(b, node->body);
		else
			fields_text(b, desc, node->body);
		return;
	}
	unknown_text(b, node);
}

/*
 * Writes nodes until the path ends.  True when it ended as it should; else what is wrong
 * has been said.  A loop, not a recursion: a node of four bytes costs an attacker little.
 */
static bool nodes_text(struct buf *b, struct cursor *c)
{
	size_t start = b->n;
	bool slash = false;
	struct node node;

	for (size_t i = 0; !cur_empty(c); i++) {
		if (i == NODES_MAX || b->n - start > TEXT_MAX) {
			buf_str(b, "…");
			return false;
		}
		if (!node_next(c, &node)) {
			buf_printf(b, "%s(bad node, %zu bytes left)", slash ? " " : "",
				   cur_left(c));
			return false;
		}
		if (node.type == PATH_END && node.subtype == END_ENTIRE)
			return true;

		if (node.type == PATH_END && node.subtype == END_INSTANCE) {
			buf_char(b, ',');
			slash = false;
			continue;
		}
		if (slash)
			buf_char(b, '/');
		node_text(b, &node);
		slash = true;
	}
	buf_str(b, " (no end node)");
	return false;
}

void devpath_text(struct buf *out, struct span path)
{
	struct cursor c = cur_span(path);

	if (cur_empty(&c))
		return;
	if (nodes_text(out, &c) && !cur_empty(&c))
		buf_printf(out, " (%zu bytes after the end)", cur_left(&c));
}

static bool names_file(const struct node *node)
{
	return node->type == PATH_MEDIA &&
	       (node->subtype == MEDIA_FILE_PATH || node->subtype == MEDIA_FV_FILE);
}

/*
 * Finds the nodes at the end that name a file: *ret_at is where they begin.  False for
 * what is not one whole, short path of a device and a file, which is then shown as it is.
 */
static bool file_find(struct span path, size_t *ret_at)
{
	struct cursor c = cur_span(path);
	size_t file = 0;
	bool have = false;
	struct node node;

	for (size_t i = 0; i < NODES_MAX; i++) {
		size_t at = cur_offset(&c);

		if (!node_next(&c, &node))
			return false;
		if (node.type == PATH_END) {
			*ret_at = file;
			return have && node.subtype == END_ENTIRE && cur_empty(&c);
		}
		if (names_file(&node) && !have)
			file = at;
		have = names_file(&node);
	}
	return false;
}

void devpath_brief(struct buf *out, struct span path)
{
	struct cursor file, device;
	size_t start = out->n, at;
	struct node node;

	if (!file_find(path, &at)) {
		devpath_text(out, path);
		return;
	}

	file = cur_over(path.p + at, path.n - at);
	nodes_text(out, &file);

	device = cur_over(path.p, at);
	for (const char *between = " on "; node_next(&device, &node); between = "/") {
		buf_str(out, between);
		if (out->n - start > TEXT_MAX) {
			buf_str(out, "…");
			return;
		}
		node_text(out, &node);
	}
}

bool devpath_next(struct span *list, struct span *ret)
{
	struct cursor c = cur_span(*list);
	struct node node;

	if (cur_empty(&c))
		return false;

	do {
		if (!node_next(&c, &node)) {
			cur_skip(&c, cur_left(&c));
			break;
		}
	} while (node.type != PATH_END || node.subtype != END_ENTIRE);

	*ret = span_of(list->p, cur_offset(&c));
	*list = cur_rest(&c);
	return true;
}
