/* SPDX-License-Identifier: BSD-2-Clause */
/* format/tpm2_yaml.c: the document, and that no log can make it say something else. */
#include "testing.h"

#include "core/event.h"
#include "crypto/hash.h"
#include "core/stream.h"
#include "format/format.h"
#include "format/tcg2.h"

static const struct platform pcrs = {
	.id = TSMMR_PLATFORM_TPM,
	.name = "tpm",
	.space = TSMMR_SPACE_PCR,
	.n_index = 24,
};
static const struct platform mrs = {
	.id = TSMMR_PLATFORM_TDX,
	.name = "tdx",
	.space = TSMMR_SPACE_CC_MR,
	.n_index = 5,
};

#define LIT(s) span_of((s), sizeof(s) - 1)

static const uint8_t ones[TSMMR_HASH_SIZE_MAX] = { 1, 1, 1, 1 };

static const struct digest sha1_ones = { TSMMR_HASH_SHA1, { ones, 20 } };

static struct tsmmr_event event_of(uint32_t type, struct span data)
{
	return (struct tsmmr_event){
		.platform = &pcrs,
		.class = &tcg_class,
		.space = TSMMR_SPACE_PCR,
		.index = 4,
		.type = type,
		.measured = type != EV_NO_ACTION,
		.n_digests = 1,
		.digests = &sha1_ones,
		.data = data,
	};
}

/* The document of n events, with a NUL after it. */
static struct bytes document(const struct tsmmr_event *e, size_t n)
{
	const struct encoder *encoder = format_tpm2_yaml.encoder;
	void *enc = calloc(1, encoder->state_size);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_ctx ctx = { 0 };
	struct export x = { .ctx = &ctx };
	struct buf out = { 0 };
	struct bytes ret;

	assert_non_null(enc);
	assert_int_equal(encoder->begin(enc, &x, &out, &err), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(encoder->event(enc, &e[i], &out, &err), 0);
	assert_int_equal(encoder->end(enc, &out, &err), 0);
	encoder->done(enc);
	free(enc);

	ret.p = buf_take(&out, &ret.n);
	assert_non_null(ret.p);
	/* Nothing that acts on a terminal, whatever the log. */
	for (size_t i = 0; i < ret.n; i++)
		assert_true(ret.p[i] == '\n' || (ret.p[i] >= 0x20 && ret.p[i] != 0x7f));
	return ret;
}

/* What stands below EventSize for one such event. */
static void assert_data(uint32_t type, struct span data, const char *want)
{
	struct tsmmr_event e = event_of(type, data);
	struct bytes doc = document(&e, 1);
	char *at = strstr((char *)doc.p, "  EventSize: "), *end;

	assert_non_null(at);
	at = strchr(at, '\n') + 1;
	end = strstr(at, "pcrs:\n");
	assert_non_null(end);
	*end = 0;
	assert_string_equal(at, want);
	bytes_done(&doc);
}

static void whole_document(void **state)
{
	struct tsmmr_event e[3] = {
		event_of(EV_NO_ACTION, LIT("Spec ID Event03\0\0\0\0\0\0\2\0\2"
					   "\1\0\0\0\4\0\24\0\2\276\357")),
		event_of(EV_EFI_ACTION, LIT("Calling EFI Application from Boot Option")),
		event_of(EV_SEPARATOR, LIT("\0\0\0\0")),
	};
	uint8_t zeros[20] = { 0 };
	struct hasher h;
	struct bytes doc;
	uint8_t value[20] = { 0 };
	char hex[41], want[4096];

	e[0].mark = MARK_HEADER;
	e[0].index = 0;
	e[0].digests = &(const struct digest){ TSMMR_HASH_SHA1, span_of(zeros, 20) };
	for (uint64_t i = 0; i < 3; i++)
		e[i].record = i;
	e[2].index = 10;

	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA1)), 0);
	assert_int_equal(hash_extend(&h, value, ones, 20), 0);
	hasher_done(&h);
	tohex(value, 20, hex);
	snprintf(want, sizeof(want),
		 "---\n"
		 "version: 1\n"
		 "events:\n"
		 "- EventNum: 0\n"
		 "  PCRIndex: 0\n"
		 "  EventType: EV_NO_ACTION\n"
		 "  Digest: \"0000000000000000000000000000000000000000\"\n"
		 "  EventSize: 35\n"
		 "  SpecID:\n"
		 "  - Signature: Spec ID Event03\n"
		 "    platformClass: 0\n"
		 "    specVersionMinor: 0\n"
		 "    specVersionMajor: 2\n"
		 "    specErrata: 0\n"
		 "    uintnSize: 2\n"
		 "    numberOfAlgorithms: 1\n"
		 "    Algorithms:\n"
		 "    - Algorithm[0]:\n"
		 "      algorithmId: sha1\n"
		 "      digestSize: 20\n"
		 "    vendorInfoSize: 2\n"
		 "    vendorInfo: \"beef\"\n"
		 "- EventNum: 1\n"
		 "  PCRIndex: 4\n"
		 "  EventType: EV_EFI_ACTION\n"
		 "  DigestCount: 1\n"
		 "  Digests:\n"
		 "  - AlgorithmId: sha1\n"
		 "    Digest: \"0101010100000000000000000000000000000000\"\n"
		 "  EventSize: 40\n"
		 "  Event: |-\n"
		 "    Calling EFI Application from Boot Option\n"
		 "- EventNum: 2\n"
		 "  PCRIndex: 10\n"
		 "  EventType: EV_SEPARATOR\n"
		 "  DigestCount: 1\n"
		 "  Digests:\n"
		 "  - AlgorithmId: sha1\n"
		 "    Digest: \"0101010100000000000000000000000000000000\"\n"
		 "  EventSize: 4\n"
		 "  Event: \"00000000\"\n"
		 "pcrs:\n"
		 "  sha1:\n"
		 "    4  : 0x%s\n"
		 "    10 : 0x%s\n",
		 hex, hex);
	doc = document(e, 3);
	assert_string_equal((char *)doc.p, want);
	bytes_done(&doc);
}

static void nothing_measured(void **state)
{
	struct bytes doc = document(NULL, 0);

	assert_string_equal((char *)doc.p, "---\nversion: 1\nevents:\npcrs:\n");
	bytes_done(&doc);
}

/* Banks stand in one order, registers in theirs, whatever the log's. */
static void banks_are_sorted(void **state)
{
	const struct digest digests[] = { { TSMMR_HASH_SHA256, span_of(ones, 32) }, sha1_ones };
	struct tsmmr_event e[2] = {
		event_of(EV_EFI_ACTION, LIT("a")),
		event_of(EV_EFI_ACTION, LIT("b")),
	};
	const char *sha1, *sha256, *one, *three;
	struct bytes doc;

	for (size_t i = 0; i < 2; i++) {
		e[i].platform = &mrs;
		e[i].space = TSMMR_SPACE_CC_MR;
		e[i].n_digests = 2;
		e[i].digests = digests;
	}
	e[0].index = 3;
	e[1].index = 1;
	doc = document(e, 2);

	sha1 = strstr((char *)doc.p, "pcrs:\n  sha1:\n");
	assert_non_null(sha1);
	sha256 = strstr(sha1, "\n  sha256:\n");
	assert_non_null(sha256);
	one = strstr(sha256, "\n    1  : 0x");
	three = strstr(sha256, "\n    3  : 0x");
	assert_true(one && three && one < three);
	bytes_done(&doc);
}

static void spec_id_without_signature(void **state)
{
	static const uint8_t spec[33] = { [21] = 2, [24] = 1, [28] = 0x0c, [30] = 48 };
	struct tsmmr_event e = event_of(EV_NO_ACTION, span_of(spec, sizeof(spec)));
	struct bytes doc;

	e.mark = MARK_HEADER;
	doc = document(&e, 1);
	assert_non_null(strstr((char *)doc.p, "  - Signature: \"\"\n"));
	assert_non_null(strstr((char *)doc.p, "      algorithmId: sha384\n"));
	bytes_done(&doc);
}

static void what_has_no_name(void **state)
{
	struct tsmmr_event e = event_of(0x40e, LIT("x"));
	struct bytes doc;

	e.digests = &(const struct digest){ 0x7777, span_of(ones, 20) };
	doc = document(&e, 1);
	assert_non_null(strstr((char *)doc.p, "  EventType: Unknown event type  # 0x0000040e\n"));
	assert_non_null(strstr((char *)doc.p, "  - AlgorithmId: \"0x7777\"\n"));
	bytes_done(&doc);
}

static void strings(void **state)
{
	assert_data(EV_IPL, LIT("grub_cmd: set x=1\0"),
		    "  Event:\n    String: \"grub_cmd: set x=1\\0\"\n");
	assert_data(EV_IPL, LIT("say \"hi\" \\ \xc3\xa9"),
		    "  Event:\n    String: \"say \\\"hi\\\" \\\\ \xc3\xa9\"\n");
	assert_data(EV_IPL, LIT("\a\b\t\v\f\r\033\001\177"),
		    "  Event:\n    String: \"\\a\\b\\t\\v\\f\\r\\e\\x01\\x7f\"\n");
	/* Right-to-left override, no-break space of no width, C1, plane 15. */
	assert_data(
		EV_IPL, LIT("\xe2\x80\xae\xef\xbb\xbf\xc2\x9b\xf3\xb0\x80\x80"),
		"  Event:\n    String: \"\\U0000202e\\U0000feff\\U0000009b\xf3\xb0\x80\x80\"\n");
	assert_data(EV_IPL, LIT("literally \\x41 \\u{1F600}"),
		    "  Event:\n    String: \"literally \\\\x41 \\\\u{1F600}\"\n");
}

static void lines_of_a_string(void **state)
{
	assert_data(EV_IPL, LIT("  a {\n  b \"\n\t c\n}\n\n"),
		    "  Event:\n    String: \"\\x20\\x20a {\\n\\\n"
		    "      \\x20\\x20b \\\"\\n\\\n"
		    "      \\t\\x20c\\n\\\n"
		    "      }\\n\\\n"
		    "      \\n\"\n");
}

static void no_text_is_hex(void **state)
{
	assert_data(EV_IPL, LIT("\xff"), "  Event: \"ff\"\n");
	assert_data(EV_IPL, LIT("\xed\xa0\x80"), "  Event: \"eda080\"\n");
	assert_data(EV_IPL, LIT("\xc3"), "  Event: \"c3\"\n");
	assert_data(EV_EVENT_TAG, LIT("\1\2"), "  Event: \"0102\"\n");
	assert_data(EV_EVENT_TAG, LIT(""), "");
}

static void actions(void **state)
{
	assert_data(EV_EFI_ACTION, LIT("- a: 'b' # \"c\""), "  Event: |-\n    - a: 'b' # \"c\"\n");
	assert_data(EV_POST_CODE, LIT("ACPI DATA\0\0"), "  Event: |-\n    ACPI DATA\n");
	assert_data(EV_EFI_HCRTM_EVENT, LIT("HCRTM"), "  Event: |-\n    HCRTM\n");
	/* What would end the block, or begin it otherwise than it should. */
	assert_data(EV_EFI_ACTION, LIT("a\n- EventNum: 9"),
		    "  Event: \"610a2d204576656e744e756d3a2039\"\n");
	assert_data(EV_EFI_ACTION, LIT(" a"), "  Event: \"2061\"\n");
	assert_data(EV_EFI_ACTION, LIT("a\0b"), "  Event: \"610062\"\n");
	assert_data(EV_EFI_ACTION, LIT("\0\0"), "  Event: \"0000\"\n");
	assert_data(EV_EFI_ACTION, LIT("\xc3\xa9"), "  Event: \"c3a9\"\n");
}

static void blobs(void **state)
{
	struct maker m = { 0 };

	mk_le(&m, 0x820000, 8);
	mk_le(&m, 0xe0000, 8);
	assert_data(EV_EFI_PLATFORM_FIRMWARE_BLOB, span_of(m.bytes, m.n),
		    "  Event:\n    BlobBase: 0x820000\n    BlobLength: 0xe0000\n");
	assert_data(EV_POST_CODE, span_of(m.bytes, m.n),
		    "  Event:\n    BlobBase: 0x820000\n    BlobLength: 0xe0000\n");
	assert_data(EV_S_CRTM_CONTENTS, LIT("Boot Guard"), "  Event: \"426f6f74204775617264\"\n");

	m.n = 0;
	mk_add(&m, "\2FV", 3);
	mk_le(&m, 16, 8);
	mk_le(&m, 17, 8);
	assert_data(EV_EFI_PLATFORM_FIRMWARE_BLOB2, span_of(m.bytes, m.n),
		    "  Event:\n    BlobDescriptionSize: 2\n    BlobDescription: \"4656\"\n"
		    "    BlobBase: 0x10\n    BlobLength: 0x11\n");
}

static void images(void **state)
{
	struct maker m = { 0 };

	mk_le(&m, 0x10, 8);
	mk_le(&m, 20, 8);
	mk_le(&m, 0, 8);
	mk_le(&m, 4, 8);
	mk_add(&m, "\x7f\xff\4\0\0\0", 6);
	assert_data(EV_EFI_BOOT_SERVICES_APPLICATION, span_of(m.bytes, m.n),
		    "  Event:\n    ImageLocationInMemory: 0x10\n    ImageLengthInMemory: 20\n"
		    "    ImageLinkTimeAddress: 0x0\n    LengthOfDevicePath: 4\n"
		    "    DevicePath: '7fff04000000'\n");
}

/* How a variable of that name, each character 16 bits, is shown. */
static void assert_name(const uint16_t *name, size_t n, const char *want)
{
	struct maker m = { 0 };
	char text[1024];

	mk_fill(&m, 0x11, 16);
	mk_le(&m, n, 8);
	mk_le(&m, 1, 8);
	for (size_t i = 0; i < n; i++)
		mk_le(&m, name[i], 2);
	mk_le(&m, 1, 1);
	if (!want) {
		char hex[512];

		tohex(m.bytes, m.n, hex);
		snprintf(text, sizeof(text), "  Event: \"%s\"\n", hex);
	} else {
		snprintf(text, sizeof(text),
			 "  Event:\n    VariableName: 11111111-1111-1111-1111-111111111111\n"
			 "    UnicodeNameLength: %zu\n    VariableDataLength: 1\n"
			 "    UnicodeName: %s\n    VariableData: \"01\"\n",
			 n, want);
	}
	assert_data(EV_EFI_VARIABLE_DRIVER_CONFIG, span_of(m.bytes, m.n), text);
}

#define assert_name_of(s, want) assert_name((const uint16_t *)u##s, N_OF(u##s) - 1, want)

static void variable_names(void **state)
{
	assert_name_of("SecureBoot", "SecureBoot");
	assert_name_of("Boot000A", "Boot000A");
	assert_name_of("", "\"\"");
	/* Words that YAML 1.1 takes for something else. */
	assert_name_of("Yes", "\"Yes\"");
	assert_name_of("null", "\"null\"");
	assert_name_of("1e3", "\"1e3\"");
	assert_name_of("a: b", "\"a: b\"");
	assert_name_of("a #b", "\"a #b\"");
	assert_name_of("*x", "\"*x\"");
	assert_name_of("x\ny", "\"x\\n\\\n      y\"");
	assert_name_of("x\"y\\", "\"x\\\"y\\\\\"");
	assert_name_of("n\u00e9", "\"n\xc3\xa9\"");
	assert_name_of("db\0", "\"db\\0\"");
	assert_name((const uint16_t[]){ 'd', 0xd800 }, 2, NULL);
}

static void variables_that_lie(void **state)
{
	assert_data(EV_EFI_VARIABLE_BOOT, LIT("short"), "  Event: \"73686f7274\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_document),
		cmocka_unit_test(nothing_measured),
		cmocka_unit_test(banks_are_sorted),
		cmocka_unit_test(spec_id_without_signature),
		cmocka_unit_test(what_has_no_name),
		cmocka_unit_test(strings),
		cmocka_unit_test(lines_of_a_string),
		cmocka_unit_test(no_text_is_hex),
		cmocka_unit_test(actions),
		cmocka_unit_test(blobs),
		cmocka_unit_test(images),
		cmocka_unit_test(variable_names),
		cmocka_unit_test(variables_that_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
