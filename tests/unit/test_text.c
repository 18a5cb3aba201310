/* SPDX-License-Identifier: BSD-2-Clause */
/* util/text.c: nothing raw gets out; format/tcg2_text.c and its parts: what people read. */
#include "testing.h"

#include "format/tcg2.h"
#include "format/uefi.h"
#include "util/text.h"

#define BYTES(literal) span_of(literal, sizeof(literal) - 1)

static void expect_text(void (*text)(struct buf *, struct span), struct span s, const char *want)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	text(&b, s);
	buf_char(&b, 0);
	assert_false(b.failed);
	assert_string_equal((const char *)b.p, want);
}

static void printable_passes(void **state)
{
	expect_text(text_utf8, BYTES(""), "");
	expect_text(text_utf8, BYTES("plain ~!\"'"), "plain ~!\"'");
	expect_text(text_utf8, BYTES("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80"),
		    "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80");
}

static void what_would_deceive_is_escaped(void **state)
{
	expect_text(text_utf8, BYTES("a\\b"), "a\\\\b");
	expect_text(text_utf8, BYTES("\x1b[2J\x07\n\r\t\x7f"), "\\x1b[2J\\x07\\x0a\\x0d\\x09\\x7f");
	expect_text(text_utf8, BYTES("a\0b"), "a\\x00b");
	expect_text(text_utf8, BYTES("\xc2\x85\xc2\x9b"), "\\u{0085}\\u{009B}"); /* C1 */
	expect_text(text_utf8, BYTES("\xe2\x80\xae"), "\\u{202E}");              /* right to left */
	expect_text(text_utf8, BYTES("\xe2\x81\xa6\xe2\x80\x8b"), "\\u{2066}\\u{200B}");
	expect_text(text_utf8, BYTES("\xe2\x80\xa8\xef\xbb\xbf"), "\\u{2028}\\u{FEFF}");
	expect_text(text_utf8, BYTES("\xf3\xa0\x81\xa1"), "\\u{E0061}"); /* tag character */
}

/* Runs are copied, and a byte that must not pass is found wherever it stands in one. */
static void escaped_at_any_place(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	uint8_t text[40];

	for (unsigned c = 0; c < 0x100; c++)
		for (size_t at = 0; at < sizeof(text); at++) {
			char form[5] = { (char)c };
			size_t n;

			if (c == '\\')
				form[1] = '\\';
			else if (c < 0x20 || c >= 0x7f)
				snprintf(form, sizeof(form), "\\x%02x", c);
			n = c ? strlen(form) : 4;
			memset(text, 'x', sizeof(text));
			text[at] = (uint8_t)c;
			b.n = 0;
			text_utf8(&b, span_of(text, sizeof(text)));
			assert_int_equal(b.n, sizeof(text) - 1 + n);
			assert_memory_equal(b.p, text, at);
			assert_memory_equal(b.p + at, form, n);
			assert_memory_equal(b.p + at + n, text + at + 1, sizeof(text) - at - 1);
			assert_int_equal(text_is_utf8(span_of(text, sizeof(text))), c < 0x80);
		}
}

static void guids(void **state)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	static const uint8_t global[] =
		"\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c";
	static const char want[] = "8be4df61-93ca-11d2-aa0d-00e098032b8c";

	text_guid(&b, global);
	assert_bytes(b.p, b.n, want, sizeof(want) - 1);
}

static void bytes_that_are_no_utf8(void **state)
{
	expect_text(text_utf8, BYTES("\x80"), "\\x80");
	expect_text(text_utf8, BYTES("\xc0\xaf"), "\\xc0\\xaf"); /* overlong '/' */
	expect_text(text_utf8, BYTES("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
	expect_text(text_utf8, BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80"); /* surrogate */
	expect_text(text_utf8, BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
	expect_text(text_utf8, BYTES("\xff\xfe"), "\\xff\\xfe");
	expect_text(text_utf8, BYTES("a\xe2\x82"), "a\\xe2\\x82"); /* cut */
	expect_text(text_utf8, BYTES("\xe2\x82z"), "\\xe2\\x82z");
}

static void utf16(void **state)
{
	expect_text(text_utf16, BYTES("a\0\xac\x20"), "a\xe2\x82\xac");
	expect_text(text_utf16, BYTES("\x3d\xd8\x00\xde"), "\xf0\x9f\x98\x80");
	expect_text(text_utf16, BYTES("\x3d\xd8"), "\\u{D83D}");
	expect_text(text_utf16, BYTES("\x3d\xd8z\0"), "\\u{D83D}z");
	expect_text(text_utf16, BYTES("\x00\xde"), "\\u{DE00}");
	expect_text(text_utf16, BYTES("a\0\x1b\0\0\0b\0"), "a\\x1b\\x00b");
	expect_text(text_utf16, BYTES("a\0b"), "a\\x62");
	expect_text(text_utf16, BYTES("\x2e\x20"), "\\u{202E}");
	expect_text(text_utf16z, BYTES("a\0\0\0b\0"), "a");
	expect_text(text_utf16z, BYTES("a\0\\\0"), "a\\\\");
	expect_text(text_utf16z, BYTES(""), "");
}

static void ascii(void **state)
{
	assert_true(text_is_ascii(BYTES("a\tb ~")));
	assert_false(text_is_ascii(BYTES("")));
	assert_false(text_is_ascii(BYTES("a\n")));
	assert_false(text_is_ascii(BYTES("a\0")));
	assert_false(text_is_ascii(BYTES("\x7f")));
	assert_false(text_is_ascii(BYTES("\xc3\xa9")));
}

/* Events.  The answers are kept until the next question. */

static struct {
	struct buf text, details;
} said;

static int forget(void **state)
{
	buf_done(&said.text);
	buf_done(&said.details);
	return 0;
}

static void describe(const struct tsmmr_event *e)
{
	struct json j = { .b = &said.details };
	struct describe d = { .text = &said.text, .details = &j };

	forget(NULL);
	json_open(&j, NULL, '{');
	assert_int_equal(tcg_describe(e, &d), 0);
	json_close(&j, '}');
	buf_char(&said.text, 0);
	buf_char(&said.details, 0);
}

static void expect_span(uint32_t type, struct span data, const char *text, const char *details)
{
	const struct tsmmr_event e = { .record = 1, .type = type, .data = data };

	describe(&e);
	assert_string_equal((const char *)said.text.p, text);
	if (details)
		assert_string_equal((const char *)said.details.p, details);
}

static void expect(uint32_t type, const struct maker *m, const char *text, const char *details)
{
	expect_span(type, span_of(m->bytes, m->n), text, details);
}

static void mk_str(struct maker *m, const char *s)
{
	mk_add(m, s, strlen(s));
}

static void mk_wide(struct maker *m, const char *s)
{
	for (; *s; s++)
		mk_le(m, (uint8_t)*s, 2);
}

static void mk_hex(struct maker *m, const char *hex)
{
	uint8_t bytes[1024];

	mk_add(m, bytes, unhex(hex, bytes, sizeof(bytes)));
}

#define GLOBAL "61dfe48bca93d211aa0d00e098032b8c"
#define SECURITY "cbb219d73a3d9645a3bcdad00e67656f"
#define SHIM "50ab5d6046e00043abb63dd810dd8b23"
#define OTHER "000102030405060708090a0b0c0d0e0f"
#define X509 "a159c0a5e494a74a87b5ab155c2bf072"
#define SHA256 "2616c4c14c509240aca941f936934328"

static void mk_variable(struct maker *m, const char *guid, const char *name,
			const struct maker *data)
{
	m->n = 0;
	mk_hex(m, guid);
	mk_le(m, strlen(name), 8);
	mk_le(m, data->n, 8);
	mk_wide(m, name);
	mk_add(m, data->bytes, data->n);
}

static void expect_variable(uint32_t type, const char *guid, const char *name,
			    const struct maker *data, const char *text)
{
	struct maker m;

	mk_variable(&m, guid, name, data);
	expect(type, &m, text, NULL);
}

static void expect_detail(const char *member)
{
	assert_non_null(strstr((const char *)said.details.p, member));
}

static void headers(void **state)
{
	struct tsmmr_event e = { .mark = MARK_HEADER, .type = EV_NO_ACTION };
	struct maker m = { .n = 0 };

	mk_add(&m, "Spec ID Event03", 16);
	mk_hex(&m, "00000000"
		   "00"
		   "02"
		   "69"
		   "02"
		   "02000000"
		   "0b002000"
		   "cdab0800"
		   "04"
		   "74657374");
	e.data = span_of(m.bytes, m.n);
	describe(&e);
	assert_string_equal((const char *)said.text.p,
			    "Spec ID 2.0 rev 1.05: sha256 0xabcd, vendor test");
	assert_string_equal((const char *)said.details.p,
			    "{\"algorithms\":[{\"name\":\"sha256\",\"id\":11,\"size\":32},"
			    "{\"name\":null,\"id\":43981,\"size\":8}],\"version_major\":2,"
			    "\"version_minor\":0,\"errata\":105,\"platform_class\":0,"
			    "\"uintn_bits\":64,\"vendor_info\":\"74657374\"}");

	/* 16 zero bytes are a header only where the decoder took them for one. */
	memset(m.bytes, 0, 16);
	describe(&e);
	assert_string_equal((const char *)said.text.p,
			    "Spec ID 2.0 rev 1.05: sha256 0xabcd, vendor test");
	e.mark = MARK_NONE;
	describe(&e);
	assert_string_equal((const char *)said.text.p, "");
}

static void no_actions(void **state)
{
	struct maker m = { .n = 0 };

	expect_span(EV_NO_ACTION, BYTES("StartupLocality\0\3"), "startup locality 3",
		    "{\"startup_locality\":3}");
	expect_span(EV_NO_ACTION, BYTES("StartupLocality\0"), "malformed StartupLocality", NULL);
	expect_span(EV_NO_ACTION, BYTES("Spec ID Event00\0\1\2"), "Spec ID Event00 + 2 bytes",
		    NULL);
	expect_span(EV_NO_ACTION, BYTES("\4\0\1\xc0\xc9\3\0\0...."),
		    "Windows trust point, 12 bytes", "{\"tag\":\"0xc0010004\"}");
	expect_span(EV_NO_ACTION, BYTES(""), "", "{}");
	expect_span(EV_NO_ACTION, BYTES("\1\2\3"), "", "{}");

	mk_add(&m, "H-CRTM CompMeas", 16);
	mk_hex(&m, "03"
		   "414d00"
		   "80"
		   "0200"
		   "c0de");
	expect(EV_NO_ACTION, &m, "H-CRTM component AM",
	       "{\"component\":\"AM\",\"measurement_format\":128,\"measurement\":\"c0de\"}");

	m.n = 0;
	mk_add(&m, "NvIndexDynamic ", 16);
	mk_hex(&m, "0100"
		   "000000000000"
		   "0700000000000000"
		   "0500"
		   "5350444d00"
		   "0000");
	expect(EV_NO_ACTION, &m, "NV index: SPDM", "{\"uid\":\"0x7\",\"description\":\"SPDM\"}");
}

static void reference_manifests(void **state)
{
	struct maker m = { .n = 0 };

	mk_add(&m, "SP800-155 Event", 16);
	mk_hex(&m, "792b0000" OTHER);
	expect(EV_NO_ACTION, &m,
	       "reference manifest 03020100-0504-0706-0809-0a0b0c0d0e0f, vendor 11129", NULL);

	m.n = 0;
	mk_str(&m, "SP800-155 Event3");
	mk_hex(&m, "792b0000" OTHER);
	mk_hex(&m, "03"
		   "416300"
		   "02"
		   "4d00"
		   "01"
		   "00"
		   "03"
		   "416300"
		   "792b0000"
		   "04"
		   "322e3700");
	mk_hex(&m, "01000000"
		   "04000000"
		   "753a2f2f"
		   "03000000"
		   "16000000" OTHER "430056000000");
	expect(EV_NO_ACTION, &m, "Ac M, firmware 2.7, RIM u://, certificate in variable CV",
	       "{\"vendor_id\":11129,"
	       "\"reference_manifest\":\"03020100-0504-0706-0809-0a0b0c0d0e0f\","
	       "\"platform_manufacturer\":\"Ac\",\"platform_model\":\"M\","
	       "\"platform_version\":\"\",\"firmware_manufacturer\":\"Ac\","
	       "\"firmware_manufacturer_id\":11129,\"firmware_version\":\"2.7\","
	       "\"rim_locator\":\"u://\",\"certificate_locator\":\"CV\"}");

	m.n -= 4; /* the last locator is longer than what is left */
	expect(EV_NO_ACTION, &m, "malformed SP800-155 Event3",
	       "{\"malformed\":\"SP800-155 Event3\"}");
}

static void separators(void **state)
{
	struct tsmmr_event e = { .type = EV_SEPARATOR, .mark = MARK_SEPARATOR, .mark_value = 1 };

	expect_span(EV_SEPARATOR, BYTES("\0\0\0\0"), "separator", "{\"error\":false}");
	expect_span(EV_SEPARATOR, BYTES("\xff\xff\xff\xff"), "separator (ffffffff)", NULL);
	expect_span(EV_SEPARATOR, BYTES("\1\0\0\0"), "error separator", "{\"error\":true}");
	expect_span(EV_SEPARATOR, BYTES("WBCL"), "separator WBCL",
		    "{\"error\":false,\"string\":\"WBCL\"}");
	e.data = BYTES("no TPM");
	describe(&e);
	assert_string_equal((const char *)said.text.p, "error separator no TPM");
}

static void strings(void **state)
{
	expect_span(EV_EFI_ACTION, BYTES("Exit Boot Services Invocation"),
		    "Exit Boot Services Invocation",
		    "{\"string\":\"Exit Boot Services Invocation\"}");
	expect_span(EV_EFI_ACTION, BYTES("Wake Event \6"), "Wake Event \\x06", NULL);
	expect_span(EV_ACTION, BYTES("\xff\xff\xff\xff"), "", "{}");

	expect_span(EV_S_CRTM_VERSION,
		    BYTES("1\0.\0"
			  "2\0\0\0"),
		    "1.2", NULL);
	expect_span(EV_S_CRTM_VERSION, BYTES("\0\0"), "no version", NULL);
	expect_span(EV_S_CRTM_VERSION,
		    BYTES("\x1e\xfb\x6b\x54\x0c\x1d\x55\x40\xa4\xad\x4e\xf4\xbf\x17\xb8\x3a"),
		    "546bfb1e-1d0c-4055-a4ad-4ef4bf17b83a", NULL);
	expect_span(EV_S_CRTM_VERSION, BYTES("M60\0\0\1\2\3"), "M60 + 4 bytes", NULL);

	expect_span(EV_POST_CODE, BYTES("ACPI DATA"), "ACPI DATA", "{\"string\":\"ACPI DATA\"}");
	expect_span(EV_COMPACT_HASH, BYTES("\x10\0\0\0"), "", "{}");
	expect_span(EV_COMPACT_HASH, BYTES("Config 1"), "Config 1", NULL);
	expect_span(EV_PLATFORM_CONFIG_FLAGS, BYTES("etc/acpi/rsdp\0\0\0\0"), "etc/acpi/rsdp",
		    NULL);
	expect_span(EV_PLATFORM_CONFIG_FLAGS, BYTES("k\0e\0r\0\0\0"), "ker", NULL);
	expect_span(EV_PLATFORM_CONFIG_FLAGS, BYTES("td_hob\0\0\0\0\0\0\0\0\0\0\2\0\0\0\1\2"),
		    "td_hob: 2 bytes", NULL);
	expect_span(EV_PLATFORM_CONFIG_FLAGS, BYTES("td_info\0\0\0\0\0\0\0\0\0\4\0\0\0a=b\0"),
		    "td_info: a=b", NULL);
	expect_span(EV_NONHOST_INFO, BYTES("GCE NonHostInfo\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		    "GCE NonHostInfo: Intel TDX", "{\"technology\":\"Intel TDX\"}");
	expect_span(0x12345678, BYTES("something"), "something", NULL);
	expect_span(0x12345678, BYTES("s\xff"), "", "{}");
}

static void boot_loaders(void **state)
{
	expect_span(EV_IPL, BYTES("grub_cmd: set a=b\0"), "grub_cmd: set a=b",
		    "{\"kind\":\"grub-command\",\"string\":\"set a=b\"}");
	expect_span(EV_IPL, BYTES("grub_cmd [  ]\0`"), "grub_cmd [  ]",
		    "{\"kind\":\"grub-command\",\"string\":\"[  ]\"}");
	expect_span(EV_IPL, BYTES("kernel_cmdline: /vmlinuz \x1b[1m"),
		    "kernel_cmdline: /vmlinuz \\x1b[1m",
		    "{\"kind\":\"kernel-cmdline\",\"string\":\"/vmlinuz \\\\x1b[1m\"}");
	expect_span(EV_IPL, BYTES("(hd0,gpt1)/a.cfg\0"), "(hd0,gpt1)/a.cfg",
		    "{\"string\":\"(hd0,gpt1)/a.cfg\"}");
	expect_span(EV_IPL, BYTES("/b\xc3\xa9ta\0"), "/b\xc3\xa9ta", NULL);
	expect_span(EV_IPL, BYTES("MokList\0"), "MokList", NULL);
	expect_span(EV_IPL, BYTES(".\0l\0i\0n\0u\0x\0\0\0"), ".linux section",
		    "{\"string\":\".linux\",\"kind\":\"uki-section\"}");
	expect_span(EV_IPL, BYTES("r\0o\0\0"), "ro", NULL); /* old sd-boot: one NUL byte */
	expect_span(EV_IPL, BYTES("\xeb\x63\x90\0\0"), "", "{}");
}

static void blobs(void **state)
{
	struct maker m = { .n = 0 };

	mk_le(&m, 0xffc00000, 8);
	mk_le(&m, 0x84000, 8);
	expect(EV_EFI_PLATFORM_FIRMWARE_BLOB, &m, "528 KiB at 0xffc00000",
	       "{\"base\":\"0xffc00000\",\"length\":\"0x84000\"}");
	expect(EV_POST_CODE, &m, "528 KiB at 0xffc00000", NULL);

	m.n = 0;
	mk_str(&m, "\4CFV");
	mk_le(&m, 0, 1);
	mk_le(&m, 0x100000, 8);
	mk_le(&m, 1, 8);
	expect(EV_EFI_PLATFORM_FIRMWARE_BLOB2, &m, "CFV, 1 byte at 0x100000", NULL);
	m.n--;
	expect(EV_EFI_PLATFORM_FIRMWARE_BLOB2, &m, "not UEFI_PLATFORM_FIRMWARE_BLOB2",
	       "{\"malformed\":\"UEFI_PLATFORM_FIRMWARE_BLOB2\"}");
}

static void tables(void **state)
{
	struct maker m = { .n = 0 };

	mk_le(&m, 2, 8);
	mk_hex(&m, "4415fdf294972c4a992ee5bbcf20e394");
	mk_le(&m, 0x6fd17000, 8);
	mk_hex(&m, OTHER);
	mk_le(&m, 0, 8);
	expect(EV_EFI_HANDOFF_TABLES, &m,
	       "2 tables: SMBIOS 3 at 0x6fd17000, 03020100-0504-0706-0809-0a0b0c0d0e0f at 0x0",
	       NULL);

	m.n = 0;
	mk_add(&m, "\x9TdxTable", 10);
	mk_le(&m, 1, 8);
	mk_hex(&m, "af96bb93f2b9b84e9462e0ba74564236");
	mk_le(&m, 0x809000, 8);
	expect(EV_EFI_HANDOFF_TABLES2, &m, "TdxTable: OVMF at 0x809000",
	       "{\"description\":\"TdxTable\",\"tables\":[{"
	       "\"guid\":\"93bb96af-b9f2-4eb8-9462-e0ba74564236\",\"guid_name\":\"OVMF\","
	       "\"address\":\"0x809000\"}],\"count\":1}");
}

static void images(void **state)
{
	struct maker m = { .n = 0 };

	mk_le(&m, 0x7000, 8);
	mk_le(&m, 1024, 8);
	mk_le(&m, 0, 8);
	mk_le(&m, 0, 8);
	expect(EV_EFI_BOOT_SERVICES_APPLICATION, &m, "image without a path, 1 KiB at 0x7000", NULL);
	mk_str(&m, "junk");
	expect(EV_EFI_BOOT_SERVICES_APPLICATION, &m, "image without a path, 1 KiB at 0x7000", NULL);
	expect_detail("\"stray_bytes\":4");

	m.n = 24;
	mk_le(&m, 24, 8);
	mk_hex(&m, "02010c00d041030a00000000"
		   "04040800"
		   "5c006100"
		   "7fff0400");
	expect(EV_EFI_BOOT_SERVICES_DRIVER, &m, "\\a on PciRoot(0x0)",
	       "{\"path\":\"PciRoot(0x0)/\\\\a\",\"location\":\"0x7000\","
	       "\"length\":\"0x400\",\"link_address\":\"0x0\"}");
}

static void partitions(void **state)
{
	struct maker m = { .n = 0 };

	mk_str(&m, "EFI PART");
	mk_fill(&m, 0, 48);
	mk_hex(&m, OTHER);
	mk_fill(&m, 0, 12);
	mk_le(&m, 128, 4);
	mk_fill(&m, 0, 4);
	mk_le(&m, 2, 8);
	for (unsigned i = 0; i < 2; i++) {
		mk_hex(&m, "28732ac11ff8d211ba4b00a0c93ec93b" OTHER);
		mk_le(&m, 0x800, 8);
		mk_le(&m, 0xfff, 8);
		mk_le(&m, 0, 8);
		mk_wide(&m, i ? "esp\x1b" : "");
		mk_fill(&m, 0, i ? 64 : 72);
	}
	expect(EV_EFI_GPT_EVENT, &m,
	       "2 partitions: EFI system, esp\\x1b; disk 03020100-0504-0706-0809-0a0b0c0d0e0f",
	       NULL);
	expect_detail("{\"name\":\"esp\\\\x1b\",\"type\":\"c12a7328-f81f-11d2-ba4b-00a0c93ec93b\","
		      "\"type_name\":\"EFI system\"");

	m.bytes[92 + 7] = 0x30; /* as one real log has it */
	expect(EV_EFI_GPT_EVENT2, &m, "EFI PART + 347 bytes", NULL);
	expect_detail("\"malformed\":\"UEFI_GPT_DATA\"");
}

static void tags(void **state)
{
	struct maker m = { .n = 0 };

	mk_le(&m, TAG_LINUX_INITRD, 4);
	mk_le(&m, 13, 4);
	mk_add(&m, "Linux initrd", 13);
	expect(EV_EVENT_TAG, &m, "Linux initrd",
	       "{\"tag\":\"0x8f3b22ec\",\"tag_name\":\"linux-initrd\",\"size\":13,"
	       "\"string\":\"Linux initrd\"}");

	m.n = 0;
	mk_le(&m, TAG_AAEL, 4);
	mk_le(&m, 12, 4);
	mk_str(&m, "do.m op a b ");
	expect(EV_EVENT_TAG, &m, "do.m op a b ",
	       "{\"tag\":\"0x4141454c\",\"tag_name\":\"AAEL\",\"size\":12,"
	       "\"domain\":\"do.m\",\"operation\":\"op\",\"content\":\"a b \"}");
	m.bytes[4] = 4; /* no blank at all; what follows is another tagged event */
	expect(EV_EVENT_TAG, &m, "do.m", NULL);
	expect_detail("\"domain\":\"do.m\",\"operation\":\"\",\"content\":\"\"");

	m.n = 0;
	mk_le(&m, TAG_STUB_LOADER_CONF, 4);
	mk_le(&m, 8, 4);
	mk_add(&m, "a\0b\0c\0\0", 8);
	expect(EV_EVENT_TAG, &m, "loader.conf, abc", NULL);

	m.n = 0;
	mk_le(&m, 0x40010001, 4);
	mk_le(&m, 4, 4);
	mk_str(&m, "....");
	expect(EV_EVENT_TAG, &m, "Windows trust boundary, 4 bytes", NULL);
	m.bytes[0] = 0x77;
	expect(EV_EVENT_TAG, &m, "tag 0x40010077, 4 bytes", NULL);
	expect_detail("\"tag_name\":null");

	/* One old kernel forgot the header. */
	expect_span(EV_EVENT_TAG, BYTES("LOADED_IMAGE::LoadOptions\0"), "LOADED_IMAGE::LoadOptions",
		    "{\"malformed\":\"TCG_PCClientTaggedEvent\","
		    "\"string\":\"LOADED_IMAGE::LoadOptions\"}");
}

static void switches(void **state)
{
	struct maker v = { .n = 0 };

	expect_variable(EV_EFI_VARIABLE_DRIVER_CONFIG, GLOBAL, "SecureBoot", &v,
			"SecureBoot (empty)");
	mk_le(&v, 1, 1);
	expect_variable(EV_EFI_VARIABLE_DRIVER_CONFIG, GLOBAL, "SecureBoot", &v, "SecureBoot = 1");
	expect_detail("\"guid_name\":\"EFI_GLOBAL_VARIABLE\",\"size\":1,\"value\":1");

	/* Under another GUID it is another variable. */
	expect_variable(EV_EFI_VARIABLE_DRIVER_CONFIG, OTHER, "SecureBoot", &v,
			"SecureBoot: 1 byte of 03020100-0504-0706-0809-0a0b0c0d0e0f");
	expect_variable(EV_EFI_VARIABLE_DRIVER_CONFIG, SHIM, "SecureBoot", &v,
			"SecureBoot: 1 byte");
	expect_variable(EV_EFI_VARIABLE_AUTHORITY, SHIM, "MokListTrusted", &v,
			"MokListTrusted = 1");

	mk_le(&v, 0, 1);
	expect_variable(EV_EFI_VARIABLE_DRIVER_CONFIG, GLOBAL, "SecureBoot", &v,
			"SecureBoot: 2 bytes");
	expect_variable(EV_EFI_VARIABLE_BOOT, GLOBAL, "BootNext", &v, "BootNext = 0001");

	expect_span(EV_EFI_VARIABLE_DRIVER_CONFIG, BYTES("\1"), "not UEFI_VARIABLE_DATA",
		    "{\"malformed\":\"UEFI_VARIABLE_DATA\"}");
}

static void boot_entries(void **state)
{
	struct maker v = { .n = 0 };

	mk_hex(&v, "01000a00");
	expect_variable(EV_EFI_VARIABLE_BOOT, GLOBAL, "BootOrder", &v, "BootOrder = 0001,000A");
	expect_detail("\"order\":[1,10]");
	mk_hex(&v, "ff");
	expect_variable(EV_EFI_VARIABLE_BOOT, GLOBAL, "BootOrder", &v, "BootOrder: 5 bytes");

	v.n = 0;
	mk_le(&v, 1, 4);
	mk_le(&v, 24, 2);
	mk_wide(&v, "u\x1b");
	mk_le(&v, 0, 2);
	mk_hex(&v, "02010c00d041030a00000000"
		   "04040800"
		   "5c006100"
		   "7fff0400");
	mk_hex(&v, "c0de");
	expect_variable(EV_EFI_VARIABLE_BOOT, GLOBAL, "Boot00fF", &v,
			"Boot00fF: u\\x1b, \\a on PciRoot(0x0)");
	expect_detail("\"attributes\":\"0x1\",\"description\":\"u\\\\x1b\","
		      "\"paths\":[\"PciRoot(0x0)/\\\\a\"],\"optional_size\":2,"
		      "\"optional_data\":\"c0de\"");
	v.bytes[0] = 0;
	expect_variable(EV_EFI_VARIABLE_BOOT, GLOBAL, "Boot0001", &v,
			"Boot0001: u\\x1b (inactive), \\a on PciRoot(0x0)");
	expect_variable(EV_EFI_VARIABLE_BOOT, GLOBAL, "Boot000g", &v, "Boot000g: 38 bytes");

	v.bytes[4] = 100; /* the path is longer than what is left */
	expect_variable(EV_EFI_VARIABLE_BOOT, GLOBAL, "Boot0001", &v, "Boot0001: 38 bytes");
	v.n = 7; /* no end of the description */
	expect_variable(EV_EFI_VARIABLE_BOOT, GLOBAL, "Boot0001", &v, "Boot0001: 7 bytes");
}

/* As much of a certificate as a name needs; the subject's name is 'C'. */
/* clang-format off */
#define CERT "302a" "3028" "a003020102" "020101" "3000" \
	     "300c310a300806035504030c0149" "3000" "300c" "310a300806035504030c0143"
/* clang-format on */

static void mk_list(struct maker *m, const char *type, uint32_t header, uint32_t entry, uint32_t n)
{
	mk_hex(m, type);
	mk_le(m, 28 + header + entry * n, 4);
	mk_le(m, header, 4);
	mk_le(m, entry, 4);
}

static void signature_databases(void **state)
{
	struct maker v = { .n = 0 };

	expect_variable(EV_EFI_VARIABLE_DRIVER_CONFIG, SECURITY, "dbx", &v, "dbx (empty)");

	/* 16 bytes of vendor header, which are no signatures. */
	mk_list(&v, SHA256, 16, 48, 2);
	mk_fill(&v, 0xaa, 16 + 2 * 48);
	mk_list(&v, X509, 0, 16 + strlen(CERT) / 2, 1);
	mk_hex(&v, OTHER CERT);
	mk_list(&v, OTHER, 0, 17, 1);
	mk_fill(&v, 0, 17);
	expect_variable(EV_EFI_VARIABLE_DRIVER_CONFIG, SECURITY, "dbx", &v,
			"dbx: 1 x509, 2 sha256, 1 other (C)");
	expect_detail("\"signatures\":{\"x509\":1,\"sha256\":2,\"other\":1},\"signature_lists\":3,"
		      "\"well_formed\":true,\"certificates\":[\"C\"]");

	v.n--;
	expect_variable(EV_EFI_VARIABLE_DRIVER_CONFIG, SECURITY, "dbx", &v,
			"dbx: 1 x509, 2 sha256, then malformed (C)");
	expect_detail("\"well_formed\":false");

	v.n = 0;
	mk_list(&v, SHA256, 0, 0, 0); /* an entry size of 0 would never end */
	expect_variable(EV_EFI_VARIABLE_DRIVER_CONFIG, SECURITY, "db", &v, "db: 28 bytes");
	v.n = 0;
	mk_list(&v, SHA256, 0, 48, 0); /* empty lists are legal, and end */
	mk_list(&v, SHA256, 0, 48, 0);
	expect_variable(EV_EFI_VARIABLE_DRIVER_CONFIG, SECURITY, "db", &v, "db");
	v.n = 0;
	mk_list(&v, SHA256, 0xffffffe4, 48, 0); /* sums to less than it has */
	expect_variable(EV_EFI_VARIABLE_DRIVER_CONFIG, SECURITY, "db", &v, "db: 28 bytes");
	v.n = 0;
	mk_list(&v, SHA256, 0, 48, 1);
	mk_fill(&v, 0, 47);
	expect_variable(EV_EFI_VARIABLE_DRIVER_CONFIG, GLOBAL, "PK", &v, "PK: 75 bytes");
}

static void authorities(void **state)
{
	struct maker v = { .n = 0 };

	mk_hex(&v, OTHER CERT);
	expect_variable(EV_EFI_VARIABLE_AUTHORITY, SECURITY, "db", &v, "db: C");
	expect_detail("\"certificate\":\"C\",\"owner\":\"03020100-0504-0706-0809-0a0b0c0d0e0f\"");

	v.n = 0;
	mk_hex(&v, CERT);
	expect_variable(EV_EFI_VARIABLE_AUTHORITY, SHIM, "Shim", &v, "Shim: C");
	for (v.n--; v.n > 0; v.n--) { /* cut anywhere, it is no certificate */
		struct maker m;

		mk_variable(&m, SHIM, "Shim", &v);
		describe(&(struct tsmmr_event){ .type = EV_EFI_VARIABLE_AUTHORITY,
						.data = span_of(m.bytes, m.n) });
		assert_null(strstr((const char *)said.details.p, "\"certificate\""));
	}

	v.n = 0;
	mk_hex(&v, OTHER OTHER OTHER);
	expect_variable(EV_EFI_VARIABLE_AUTHORITY, SECURITY, "db", &v,
			"db: image hash 000102030405…");

	v.n = 0;
	mk_str(&v, "sbat,1,2022052400\ngrub,2\n");
	expect_variable(EV_EFI_VARIABLE_AUTHORITY, SHIM, "SbatLevel", &v,
			"SbatLevel: sbat,1,2022052400 grub,2");
}

static void spdm(void **state)
{
	struct maker m = { .n = 0 };

	mk_add(&m, "SPDM Device Sec", 16);
	mk_hex(&m, "0100"
		   "2000"
		   "04000000"
		   "01000000");
	expect(EV_EFI_SPDM_FIRMWARE_BLOB, &m, "SPDM PCI device measurement, sha384",
	       "{\"device_type\":1,\"spdm_hash_algo\":\"0x4\",\"hash\":\"sha384\"}");

	m.n = 0;
	mk_str(&m, "SPDM Device Sec2");
	mk_hex(&m, "0200"
		   "01"
		   "00"
		   "00000000"
		   "02000000"
		   "01000000"
		   "00000000"
		   "0900000000000000");
	mk_hex(&m, "0400000000000000"
		   "7fff0400"
		   "00120000"
		   "01000000");
	expect(EV_EFI_SPDM_FIRMWARE_CONFIG, &m,
	       "SPDM USB device certificate chain, sha256, not authenticated", NULL);
	expect_detail("\"auth_state\":1,\"uid\":\"0x9\",\"path\":\"\"");

	m.n--;
	expect(EV_EFI_SPDM_FIRMWARE_CONFIG, &m, "malformed SPDM Device Sec2", NULL);
	m.bytes[0] = 's';
	expect(EV_EFI_SPDM_FIRMWARE_CONFIG, &m, "not DEVICE_SECURITY_EVENT_DATA", NULL);
}

/* The line is cut at 400 bytes, between characters; the details have more, and an end. */
static void long_lines(void **state)
{
	struct maker m = { .n = 0 };
	size_t n;

	mk_str(&m, "/");
	for (unsigned i = 0; i < 2000; i++)
		mk_str(&m, "\xe2\x82\xac");
	expect_span(EV_IPL, span_of("", 0), "", "{}");
	describe(&(struct tsmmr_event){ .type = EV_IPL, .data = span_of(m.bytes, m.n) });
	n = strlen((const char *)said.text.p);
	assert_int_equal(n, 1 + 133 * 3 + 3);
	assert_string_equal((const char *)said.text.p + n - 3, "…");
	assert_in_range(said.details.n, m.n, m.n + 32);

	m.n = 0;
	mk_str(&m, "kernel_cmdline: ");
	mk_fill(&m, 'x', 60000);
	describe(&(struct tsmmr_event){ .type = EV_IPL, .data = span_of(m.bytes, m.n) });
	assert_int_equal(strlen((const char *)said.text.p), 403);
	assert_in_range(said.details.n, 8192, 8300);
	expect_detail("xxx…\"}");

	m.n = 0;
	mk_fill(&m, 0x1b, 60000);
	describe(&(struct tsmmr_event){ .type = EV_IPL, .data = span_of(m.bytes, m.n) });
	assert_string_equal((const char *)said.text.p, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(printable_passes),
		cmocka_unit_test(what_would_deceive_is_escaped),
		cmocka_unit_test(escaped_at_any_place),
		cmocka_unit_test(guids),
		cmocka_unit_test(bytes_that_are_no_utf8),
		cmocka_unit_test(utf16),
		cmocka_unit_test(ascii),
		cmocka_unit_test(headers),
		cmocka_unit_test(no_actions),
		cmocka_unit_test(reference_manifests),
		cmocka_unit_test(separators),
		cmocka_unit_test(strings),
		cmocka_unit_test(boot_loaders),
		cmocka_unit_test(blobs),
		cmocka_unit_test(tables),
		cmocka_unit_test(images),
		cmocka_unit_test(partitions),
		cmocka_unit_test(tags),
		cmocka_unit_test(switches),
		cmocka_unit_test(boot_entries),
		cmocka_unit_test(signature_databases),
		cmocka_unit_test(authorities),
		cmocka_unit_test(spdm),
		cmocka_unit_test(long_lines),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, forget);
}
