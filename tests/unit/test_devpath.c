/* SPDX-License-Identifier: BSD-2-Clause */
/* format/devpath.c: every node we can spell, and every way a path can lie. */
#include "testing.h"

#include "format/devpath.h"

#define END "7fff0400"
#define GUID "28c42814a6b71e44b8c39ebdd7f893c7" /* 1428C428-… as UEFI stores it */
#define GUID_TEXT "1428C428-B7A6-441E-B8C3-9EBDD7F893C7"

static struct span from_hex(const char *hex)
{
	static uint8_t bytes[4096];

	return span_of(bytes, unhex(hex, bytes, sizeof(bytes)));
}

static void expect(void (*text)(struct buf *, struct span), const char *hex, const char *want)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	text(&b, from_hex(hex));
	buf_char(&b, 0);
	assert_false(b.failed);
	assert_string_equal((const char *)b.p, want);
}

/* type, subtype and body; the length is added, and the end node after it. */
static void expect_node(const char *type, const char *body, const char *want)
{
	char hex[1024];

	snprintf(hex, sizeof(hex), "%s%02x%02x%s" END, type,
		 (unsigned)(strlen(body) / 2 + 4) & 0xff, (unsigned)(strlen(body) / 2 + 4) >> 8,
		 body);
	expect(devpath_text, hex, want);
}

/* clang-format off */
static const struct {
	const char *type, *body, *text;
} known[] = {
	{ "0101", "021f", "Pci(0x1F,0x2)" },
	{ "0102", "03", "PcCard(0x3)" },
	{ "0103", "0b000000" "0000a00000000000" "ffffa00000000000",
	  "MemoryMapped(0xB,0xA00000,0xA0FFFF)" },
	{ "0104", GUID, "VenHw(" GUID_TEXT ")" },
	{ "0104", GUID "c0de", "VenHw(" GUID_TEXT ",C0DE)" },
	{ "0105", "11000000", "Ctrl(0x11)" },
	{ "0106", "01" "00f0000000000000", "BMC(0x1,0xF000)" },
	{ "0201", "d041030a" "02000000", "PciRoot(0x2)" },
	{ "0201", "d041080a" "00000000", "PcieRoot(0x0)" },
	{ "0201", "d0410406" "01000000", "Floppy(0x1)" },
	{ "0201", "d0410103" "00000000", "Keyboard(0x0)" },
	{ "0201", "d0410105" "00000000", "Serial(0x0)" },
	{ "0201", "d0410104" "00000000", "ParallelPort(0x0)" },
	{ "0201", "d041ad0b" "00000000", "Acpi(PNP0BAD,0x0)" },
	{ "0201", "22062300" "0f000000", "Acpi(0x00230622,0xF)" },
	{ "0202", "d041030a" "01000000" "d041080a" "410042" "004300",
	  "AcpiEx(PNP0A03,PNP0A08,0x1,A,C,B)" },
	{ "0202", "d041030a" "00000000" "00000000" "00" "5500" "00", "AcpiExp(PNP0A03,@@@0000,U)" },
	{ "0202", "d041030a" "01000000" "d041080a", "AcpiEx(PNP0A03,PNP0A08,0x1,,,)" },
	{ "0203", "00010180" "02010180", "AcpiAdr(0x80010100,0x80010102)" },
	{ "0301", "01000000", "Ata(Secondary,Master,0x0)" },
	{ "0301", "00010200", "Ata(Primary,Slave,0x2)" },
	{ "0302", "01000a00", "Scsi(0x1,0xA)" },
	{ "0303", "00000000" "efcdab8967452301" "0100000000000000", "Fibre(0x123456789ABCDEF,0x1)" },
	{ "0305", "0400", "USB(0x4,0x0)" },
	{ "0306", "07000000", "I2O(0x7)" },
	{ "0309", "01000000" GUID "0200000000000000" "0300000000000000" "0400000000000000",
	  "Infiniband(0x1," GUID_TEXT ",0x2,0x3,0x4)" },
	{ "030a", GUID "01", "VenMsg(" GUID_TEXT ",01)" },
	{ "030b", "525400abcdef" "0000000000000000000000000000000000000000000000000000" "01",
	  "MAC(525400ABCDEF,0x1)" },
	{ "030c", "0a000001" "0a000002" "0000" "0000" "0600" "01",
	  "IPv4(10.0.0.2,TCP,Static,10.0.0.1)" },
	{ "030c", "00000000" "00000000" "0000" "0000" "1100" "00" "0a0000fe" "ffffff00",
	  "IPv4(0.0.0.0,UDP,DHCP,0.0.0.0,10.0.0.254,255.255.255.0)" },
	{ "030d", "fe800000000000000000000000000001" "fe800000000000000000000000000002"
		  "0000" "0000" "0900" "01",
	  "IPv6(FE80:0000:0000:0000:0000:0000:0000:0002,0x9,StatelessAutoConfigure,"
	  "FE80:0000:0000:0000:0000:0000:0000:0001)" },
	{ "030e", "00000000" "00c2010000000000" "08" "01" "01", "Uart(115200,8,N,1)" },
	{ "030e", "00000000" "0000000000000000" "00" "09" "09", "Uart(DEFAULT,DEFAULT,x,x)" },
	{ "030f", "34127856" "08" "06" "50", "UsbMassStorage(0x1234,0x5678,0x6,0x50)" },
	{ "030f", "34127856" "77" "01" "02", "UsbClass(0x1234,0x5678,0x77,0x1,0x2)" },
	{ "0310", "0100" "3412" "7856" "53004e00", "UsbWwid(0x1234,0x5678,0x1,\"SN\")" },
	{ "0311", "05", "Unit(0x5)" },
	{ "0312", "0100ffff0000", "Sata(0x1,0xFFFF,0x0)" },
	{ "0313", "0000" "0200" "0001020304050607" "0100" "69716e2e61",
	  "iSCSI(iqn.a,0x1,0x0001020304050607,CRC32C,None,CHAP_BI,TCP)" },
	{ "0314", "2a00", "Vlan(42)" },
	{ "0315", "00000000" "0102030405060708" "1112131415161718",
	  "FibreEx(0x0102030405060708,0x1112131415161718)" },
	{ "0317", "01000000" "0102030405060708", "NVMe(0x1,08-07-06-05-04-03-02-01)" },
	{ "0318", "687474703a2f2f61", "Uri(http://a)" },
	{ "0318", "", "Uri()" },
	{ "0319", "0102", "UFS(0x1,0x2)" },
	{ "031a", "01", "SD(0x1)" },
	{ "031b", "0102030405ff", "Bluetooth(0102030405FF)" },
	{ "031c", "61700000", "Wi-Fi(ap)" },
	{ "031d", "02", "eMMC(0x2)" },
	{ "031e", "0102030405ff" "01", "BluetoothLE(0102030405FF,0x01)" },
	{ "031f", "00" "08080808000000000000000000000000" "01010101000000000000000000000000",
	  "Dns(8.8.8.8,1.1.1.1)" },
	{ "0401", "0f000000" "0028000000000000" "0050030000000000" GUID "0202",
	  "HD(15,GPT," GUID_TEXT ",0x2800,0x35000)" },
	{ "0401", "01000000" "0008000000000000" "0000f40100000000"
		  "44198a04000000000000000000000000" "0101",
	  "HD(1,MBR,0x048A1944,0x800,0x1F40000)" },
	{ "0401", "01000000" "0008000000000000" "0000f40100000000"
		  "00000000000000000000000000000000" "0007",
	  "HD(1,7,0,0x800,0x1F40000)" },
	{ "0402", "01000000" "1000000000000000" "2000000000000000", "CDROM(0x1,0x10,0x20)" },
	{ "0403", GUID, "VenMedia(" GUID_TEXT ")" },
	{ "0404", "5c00610000", "\\a\\x00" },
	{ "0404", "1b00610000006200", "\\x1ba" },
	{ "0404", "61006200", "ab" },
	{ "0404", "", "" },
	{ "0405", GUID, "Media(" GUID_TEXT ")" },
	{ "0406", GUID, "FvFile(" GUID_TEXT ")" },
	{ "0407", GUID, "Fv(" GUID_TEXT ")" },
	{ "0408", "00000000" "50f2000000000000" "ff01020000000000", "Offset(0xF250,0x201FF)" },
	{ "0409", "0000000000000000" "ff00000000000000" "5a53ab77fc454b625560f7b281d1f96e" "0100",
	  "VirtualDisk(0x0,0xFF,1)" },
	{ "0409", "0000000000000000" "ff00000000000000" GUID "0200",
	  "RamDisk(0x0,0xFF,2," GUID_TEXT ")" },
	{ "0501", "0300" "0100" "4344", "BBS(CDROM,CD,0x1)" },
	{ "0501", "8000" "0000" "4200", "BBS(0x80,B,0x0)" },
};
/* clang-format on */

static void known_nodes(void **state)
{
	for (size_t i = 0; i < N_OF(known); i++)
		expect_node(known[i].type, known[i].body, known[i].text);
}

/* A node that is too short for its own fields is shown as what it is: bytes. */
static void short_nodes(void **state)
{
	expect_node("0101", "02", "HardwarePath(1,02)");
	expect_node("0201", "d041030a", "AcpiPath(1,D041030A)");
	expect_node("030b", "525400", "Msg(11,525400)");
	expect_node("0407", "", "MediaPath(7)");
	expect_node("0501", "01", "BbsPath(1,01)");

	for (size_t i = 0; i < N_OF(known); i++) {
		char body[256];

		for (size_t n = 0; n <= strlen(known[i].body); n += 2) {
			_cleanup_(buf_done) struct buf b = { 0 };
			char hex[1024];

			snprintf(body, sizeof(body), "%.*s", (int)n, known[i].body);
			snprintf(hex, sizeof(hex), "%s%02x00%s" END, known[i].type,
				 (unsigned)(n / 2 + 4), body);
			devpath_text(&b, from_hex(hex));
			assert_false(b.failed);
		}
	}
}

static void unknown_nodes(void **state)
{
	expect_node("0999", "", "Path(9,153)");
	expect_node("0999", "0aff", "Path(9,153,0AFF)");
	expect_node("03fe", "01", "Msg(254,01)");
	expect_node(
		"0999", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
		"Path(9,153,000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F…)");
}

#define ROOT "02010c00d041030a00000000"
#define PCI "010106000003"
#define FILE_A "040406006100"
#define FV "04071400" GUID

static void paths(void **state)
{
	expect(devpath_text, "", "");
	expect(devpath_text, END, "");
	expect(devpath_text, ROOT PCI END, "PciRoot(0x0)/Pci(0x3,0x0)");
	expect(devpath_text, ROOT "7f010400" ROOT PCI END,
	       "PciRoot(0x0),PciRoot(0x0)/Pci(0x3,0x0)");
	expect(devpath_text,
	       "04031400"
	       "72f72814"
	       "4ab61e44b8c39ebdd7f893c7"
	       "04041200"
	       "6b00650072006e0065006c000000" END,
	       "VenMedia(1428F772-B64A-441E-B8C3-9EBDD7F893C7)/kernel");
}

static void broken_paths(void **state)
{
	expect(devpath_text, ROOT, "PciRoot(0x0) (no end node)");
	expect(devpath_text, ROOT END "aabb", "PciRoot(0x0) (2 bytes after the end)");
	expect(devpath_text, ROOT "01010300" END, "PciRoot(0x0) (bad node, 8 bytes left)");
	expect(devpath_text, "01010000", "(bad node, 4 bytes left)");
	expect(devpath_text, ROOT "0101ffff00", "PciRoot(0x0) (bad node, 5 bytes left)");
	expect(devpath_text, ROOT "0101", "PciRoot(0x0) (bad node, 2 bytes left)");
}

static void brief_paths(void **state)
{
	expect(devpath_brief, ROOT PCI FILE_A END, "a on PciRoot(0x0)/Pci(0x3,0x0)");
	expect(devpath_brief, ROOT FILE_A FILE_A END, "a/a on PciRoot(0x0)");
	expect(devpath_brief, FILE_A END, "a");
	expect(devpath_brief, FV "04061400" GUID END, "FvFile(" GUID_TEXT ") on Fv(" GUID_TEXT ")");

	/* What is not simply a file on a device is shown in the order it has. */
	expect(devpath_brief, ROOT FILE_A PCI END, "PciRoot(0x0)/a/Pci(0x3,0x0)");
	expect(devpath_brief, ROOT FILE_A, "PciRoot(0x0)/a (no end node)");
	expect(devpath_brief, ROOT FILE_A END "00", "PciRoot(0x0)/a (1 bytes after the end)");
	expect(devpath_brief, ROOT "7f010400" ROOT FILE_A END, "PciRoot(0x0),PciRoot(0x0)/a");
	expect(devpath_brief, "", "");
}

static void lists_of_paths(void **state)
{
	struct span list = from_hex(ROOT END FILE_A END "0101"), path;

	assert_true(devpath_next(&list, &path));
	assert_int_equal(path.n, 16);
	assert_true(devpath_next(&list, &path));
	assert_int_equal(path.n, 10);
	assert_true(devpath_next(&list, &path));
	assert_int_equal(path.n, 2);
	assert_false(devpath_next(&list, &path));
}

/* 256 Ki nodes of four bytes, and one string of 60 KiB: short work, short text. */
static void hostile_paths(void **state)
{
	const size_t n = 1 << 20;
	uint8_t *p = malloc(n);

	assert_non_null(p);
	for (size_t i = 0; i < n; i += 4)
		memcpy(p + i, "\x09\x01\x04\x00", 4);
	for (unsigned brief = 0; brief < 2; brief++) {
		_cleanup_(buf_done) struct buf b = { 0 };

		(brief ? devpath_brief : devpath_text)(&b, span_of(p, n));
		assert_in_range(b.n, 64, 4096);
		assert_memory_equal(b.p + b.n - 3, "…", 3);
	}

	for (size_t i = 0; i < n; i += 60000) {
		memset(p + i, 0xee, n - i < 60000 ? n - i : 60000);
		if (n - i >= 60000)
			memcpy(p + i, "\x04\x04\x60\xea", 4);
	}
	for (unsigned brief = 0; brief < 2; brief++) {
		_cleanup_(buf_done) struct buf b = { 0 };

		(brief ? devpath_brief : devpath_text)(&b, span_of(p, n));
		assert_in_range(b.n, 512, 8192);
	}
	free(p);
}

int main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_nodes),	   cmocka_unit_test(short_nodes),
		cmocka_unit_test(unknown_nodes),   cmocka_unit_test(paths),
		cmocka_unit_test(broken_paths),	   cmocka_unit_test(brief_paths),
		cmocka_unit_test(lists_of_paths),  cmocka_unit_test(hostile_paths),
	};
	/* clang-format on */

	return cmocka_run_group_tests_name("devpath", tests, NULL, NULL);
}
