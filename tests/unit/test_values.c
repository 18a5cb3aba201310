/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/values and core/regs.c: registers by hand, alternatives, and JSON both ways. */
#include "testing.h"

#include "core/regs.h"
#include "platform/platforms.h"
#include "values/values.h"

#define X20 "0102030405060708090a0b0c0d0e0f1011121314"
#define X32 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define X48 X32 "00112233445566778899aabbccddeeff"
#define Y48 "ff112233445566778899aabbccddeeff" X32
#define X64 X32 X32

static int parse_n(const struct platform *platform, const char *text, size_t n,
		   struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	const struct values_of of = {
		.platform = platform,
		.table = platforms,
		.n_table = n_platforms,
	};

	return regs_from_values(&of, span_of(text, n), ret, err);
}

static struct tsmmr_regs *parsed(const char *text)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;

	if (parse_n(NULL, text, strlen(text), &regs, &err) < 0)
		fail_msg("%s", err.message);
	assert_non_null(regs);
	return regs;
}

/* The text is refused, with this in the message, and *ret is left alone. */
static void refused(const struct platform *platform, const char *text, int code, const char *why)
{
	struct tsmmr_regs *regs = (void *)&code;
	struct tsmmr_error err = ERROR_INIT;
	int r = parse_n(platform, text, strlen(text), &regs, &err);

	if (r != code || !strstr(err.message, why))
		fail_msg("%s: %d \"%s\"", text, r, err.message);
	assert_int_equal(err.code, code);
	assert_ptr_equal(regs, &code);
}

static void lines(void **state)
{
	struct tsmmr_regs *regs =
		parsed("# a comment\r\n"
		       "rtmr0=" X48 "\r\n"
		       "  rtmr1:sha384 = 0x" X48 "  # why\n"
		       "\n"
		       "pcr0:sha256=00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
		       "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff\n"
		       "mrconfigid=" X48);
	const struct tsmmr_reg *reg = &regs->regs[2];

	assert_int_equal(regs->n, 4);
	assert_string_equal(regs->regs[0].desc->name, "rtmr0");
	assert_int_equal(regs->regs[0].alg, TSMMR_HASH_SHA384);
	assert_int_equal(regs->regs[0].size, 48);
	assert_string_equal(reg->desc->name, "pcr0");
	assert_ptr_equal(reg->platform, &platform_tpm);
	assert_int_equal(reg->alg, TSMMR_HASH_SHA256);
	assert_int_equal(reg->trust, TSMMR_TRUST_GIVEN);
	assert_true(reg->has_value && !reg->n_others);
	assert_int_equal(reg->value[1], 0x11);
	assert_int_equal(reg->value[31], 0xff);
	assert_int_equal(regs->regs[3].alg, TSMMR_HASH_NONE);
	assert_null(regs->evidence[0].kind);
	regs_free(regs);
}

static void a_length_names_the_bank(void **state)
{
	static const struct {
		const char *text;
		int alg;
	} cases[] = {
		{ "pcr0=" X20, TSMMR_HASH_SHA1 },
		{ "pcr0=" X32, TSMMR_HASH_SHA256 },
		{ "pcr0=" X48, TSMMR_HASH_SHA384 },
		{ "pcr0=" X64, TSMMR_HASH_SHA512 },
		{ "pcr0:sm3_256=" X32, TSMMR_HASH_SM3_256 },
		{ "pcr0:sha3-512=" X64, TSMMR_HASH_SHA3_512 },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_regs *regs = parsed(cases[i].text);

		assert_int_equal(regs->n, 1);
		assert_int_equal(regs->regs[0].alg, cases[i].alg);
		regs_free(regs);
	}
}

static void refuses_lines(void **state)
{
	refused(NULL, "rtmr0", TSMMR_E_ARG, "line 1: not NAME[:ALG]=HEX");
	refused(NULL, "\n\nrtmr9=" X48, TSMMR_E_ARG, "line 3: no register is called");
	refused(NULL, "=" X48, TSMMR_E_ARG, "no register is called");
	refused(&platform_tpm, "rtmr0=" X48, TSMMR_E_ARG, "no register of tpm is called \"rtmr0\"");
	refused(NULL, "rtmr0=" X32, TSMMR_E_ARG, "rtmr0 has 48 bytes, not 32");
	refused(NULL, "rtmr0=", TSMMR_E_ARG, "the value of rtmr0 is not hex");
	refused(NULL, "rtmr0=xyz", TSMMR_E_ARG, "not hex");
	refused(NULL, "rtmr0:sha256=" X32, TSMMR_E_ARG, "rtmr0 has sha384, not sha256");
	refused(NULL, "rtmr0:md5=" X32, TSMMR_E_ARG, "no hash algorithm \"md5\"");
	refused(NULL, "rtmr0:=" X48, TSMMR_E_ARG, "after the colon");
	refused(NULL, "mrowner:sha384=" X48, TSMMR_E_ARG, "mrowner has no hash, not sha384");
	refused(NULL, "pcr0=" X32 "00", TSMMR_E_ARG, "sha256 32");
	refused(NULL, "pcr0:sha256=" X48, TSMMR_E_ARG, "pcr0:sha256 has 32 bytes, not 48");
	refused(NULL, "pcr0=" X64 X64 X64, TSMMR_E_ARG, "too long");
	refused(NULL, "rtmr0=" X48 "\nrtmr0=" Y48, TSMMR_E_ARG, "line 2: rtmr0 is given twice");
}

static void the_same_twice_is_once(void **state)
{
	struct tsmmr_regs *regs =
		parsed("rtmr0=" X48 "\nrtmr0:sha384=0x" X48 "\npcr0=" X20 "\npcr0=" X32);

	assert_int_equal(regs->n, 3);
	regs_free(regs);
}

static void nothing_gives_an_empty_set(void **state)
{
	struct tsmmr_regs *regs = NULL;

	assert_int_equal(parse_n(NULL, NULL, 0, &regs, NULL), 0);
	assert_int_equal(regs->n, 0);
	regs_free(regs);
	regs = parsed("# nothing\n \n");
	assert_int_equal(regs->n, 0);
	regs_free(regs);
}

static void commas_are_alternatives(void **state)
{
	struct tsmmr_regs *regs = parsed("rtmr0=" X48 ", 0x" Y48 "\nrtmr1=" X48);
	struct tsmmr_regs *copy = NULL;

	assert_int_equal(regs->n, 2);
	assert_int_equal(regs->regs[0].value[0], 0x00);
	assert_int_equal(regs->regs[0].n_others, 1);
	assert_int_equal(regs->regs[0].others[0][0], 0xff);
	assert_int_equal(regs->regs[1].n_others, 0);
	assert_int_equal(regs_copy(regs, 0, &copy), 0);
	regs_free(regs);
	assert_int_equal(copy->regs[0].others[0][0], 0xff);
	regs_free(copy);

	refused(NULL, "pcr0=" X20 "," X32, TSMMR_E_ARG, "values of pcr0 in two banks");
	refused(NULL, "rtmr0=" X48 "," X32, TSMMR_E_ARG, "rtmr0 has 48 bytes, not 32");
	refused(NULL, "rtmr0=" X48 ",", TSMMR_E_ARG, "rtmr0");
	refused(NULL, "rtmr0=" X48 "," Y48 "\nrtmr0=" X48, TSMMR_E_ARG, "given twice");
	refused(NULL, "rtmr0=" X48 "\nrtmr0=" X48 "," Y48, TSMMR_E_ARG, "given twice");
	refused(NULL, "rtmr0=" X48 "," Y48 "\nrtmr0=" Y48 "," X48, TSMMR_E_ARG, "given twice");
	refused(NULL, "acme/mr=" X48 "," X32, TSMMR_E_ARG, "in two banks");
	/* Of registers that no table has each value may have any length. */
	refused(NULL, "acme/x=aa\nacme/x=aabb", TSMMR_E_ARG, "given twice");
	refused(NULL, "acme/x=aabb\nacme/x=aa", TSMMR_E_ARG, "given twice");
	refused(NULL, "acme/x:sha256=" X32 "\nacme/x=00", TSMMR_E_ARG, "given twice");
	regs = parsed("rtmr0=" X48 "," Y48 "\nrtmr0=" X48 "," Y48);
	assert_int_equal(regs->n, 1);
	assert_int_equal(regs->regs[0].n_others, 1);
	regs_free(regs);
}

static void json_round_trip(void **state)
{
	struct tsmmr_regs *regs = parsed("rtmr3=" X48 "\nmrowner=" X48 "\npcr4=" X32 "\npcr4=" X20);
	_cleanup_(buf_done) struct buf out = { 0 };
	struct tsmmr_regs *again = NULL;

	regs->source = "/a \"path\"\x01";
	assert_int_equal(regs_json(regs, NULL, &out, NULL), 0);
	assert_int_equal(parse_n(NULL, (const char *)out.p, out.n, &again, NULL), 0);
	assert_int_equal(again->n, regs->n);
	for (size_t i = 0; i < regs->n; i++) {
		assert_ptr_equal(again->regs[i].desc, regs->regs[i].desc);
		assert_int_equal(again->regs[i].alg, regs->regs[i].alg);
		assert_memory_equal(again->regs[i].value, regs->regs[i].value, regs->regs[i].size);
	}
	regs_free(again);
	regs_free(regs);
}

static void json_has_every_key(void **state)
{
	struct tsmmr_regs *regs = parsed("rtmr3=" X48 "\nmrowner=" X48);
	_cleanup_(buf_done) struct buf out = { 0 };
	size_t n;
	uint8_t *p;

	assert_int_equal(regs_json(regs, "app-runtime", &out, NULL), 0);
	p = buf_take(&out, &n);
	assert_string_equal(
		(char *)p,
		"{\"schema\":\"tsmmr.registers/1\",\"source\":null,\"registers\":["
		"{\"name\":\"rtmr3\",\"provider\":null,\"platform\":\"tdx\",\"index\":4,"
		"\"index_space\":\"cc-mr\",\"alg\":\"sha384\",\"size\":48,\"value\":\"" X48 "\","
		"\"kind\":\"runtime\",\"readable\":true,\"extensible\":true,"
		"\"writable_now\":false,\"locked\":false,\"role\":\"app-runtime\","
		"\"trust\":\"given\"}],\"evidence\":[]}");
	free(p);

	assert_int_equal(regs_json(regs, "mrowner", &out, NULL), 0);
	p = buf_take(&out, &n);
	assert_non_null(strstr((char *)p, "\"index\":null,\"index_space\":null,\"alg\":null"));
	free(p);

	assert_int_equal(regs_json(regs, "pcr0", &out, NULL), 0);
	p = buf_take(&out, &n);
	assert_non_null(strstr((char *)p, "\"registers\":[]"));
	free(p);

	assert_code(regs_json(regs, "rtmr0,", &out, NULL), TSMMR_E_ARG);
	regs_free(regs);
}

#define REGS(items) "{\"schema\":\"tsmmr.registers/1\",\"registers\":[" items "]}"
#define REPLAY(platform, items)                                                     \
	"{\"schema\":\"tsmmr.replay/1\",\"logs\":[{\"path\":\"x\",\"events\":48}]," \
	"\"platform\":" platform ",\"registers\":[" items "],\"findings\":[]}"

static void json_of_replay(void **state)
{
	struct tsmmr_regs *regs = parsed(
		REPLAY("\"tdx\"", "{\"name\":\"rtmr0\",\"index\":1,\"index_space\":\"cc-mr\","
				  "\"alg\":\"sha384\",\"value\":\"" X48 "\",\"events\":17,"
				  "\"anchor\":\"zero\",\"logs\":[0]},"
				  "{\"name\":\"rtmr1\",\"alg\":\"sha384\",\"value\":null}"));

	assert_int_equal(regs->n, 1);
	assert_string_equal(regs->regs[0].desc->name, "rtmr0");
	regs_free(regs);

	regs = parsed(REPLAY("null", "{\"name\":\"rtmr0\",\"value\":\"" X48 "\"},"
				     "{\"name\":\"pcr1\",\"alg\":\"sha1\",\"value\":\"" X20 "\"}"));
	assert_int_equal(regs->n, 2);
	regs_free(regs);
}

static void refuses_json(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text;
		int code;
		const char *why;
	} cases[] = {
		{ "{", TSMMR_E_TRUNCATED, "too early" },
		{ "{}", TSMMR_E_UNSUPPORTED, "schema" },
		{ "{\"schema\":\"tsmmr.diff/1\"}", TSMMR_E_UNSUPPORTED, "tsmmr.diff/1" },
		{ "{\"schema\":1}", TSMMR_E_MALFORMED, "\"schema\"" },
		{ "{\"schema\":\"tsmmr.replay/1\"}", TSMMR_E_MALFORMED, "registers" },
		{ "{\"schema\":\"tsmmr.replay/1\",\"registers\":{}}", TSMMR_E_MALFORMED, "array" },
		{ REGS("1"), TSMMR_E_MALFORMED, "not an object" },
		{ REGS("null"), TSMMR_E_MALFORMED, "not an object" },
		{ REGS("{\"value\":\"" X48 "\"}"), TSMMR_E_MALFORMED, "no name" },
		{ REGS("{\"name\":5,\"value\":\"" X48 "\"}"), TSMMR_E_MALFORMED, "\"name\"" },
		{ REGS("{\"name\":\"acme/x\\npcr0\",\"value\":\"00\"}"), TSMMR_E_ARG, "not the name" },
		{ REGS("{\"name\":\"acme/x=00#\",\"value\":\"00\"}"), TSMMR_E_ARG, "not the name" },
		{ REGS("{\"name\":\"rtmr0\",\"value\":5}"), TSMMR_E_MALFORMED, "\"value\"" },
		{ REGS("{\"name\":\"rtmr0\",\"alg\":12,\"value\":\"" X48 "\"}"),
		  TSMMR_E_MALFORMED, "\"alg\"" },
		{ REGS("{\"name\":\"rtmr0\",\"index_space\":2,\"value\":\"" X48 "\"}"),
		  TSMMR_E_MALFORMED, "index_space" },
		{ REGS("{\"name\":\"rtmr0\",\"platform\":5,\"value\":\"" X48 "\"}"),
		  TSMMR_E_MALFORMED, "\"platform\"" },
		{ REGS("{\"name\":\"rtmr0\",\"platform\":\"tpm\",\"value\":\"" X48 "\"}"),
		  TSMMR_E_ARG, "no register of tpm is called" },
		{ REGS("{\"name\":\"rtmr0\",\"value\":\"" X32 "\"}"), TSMMR_E_ARG,
		  "JSON register 0: rtmr0 has 48 bytes" },
		/* What json-c would let through. */
		{ REGS("{\"name\":\"rtmr0\",\"name\":\"rtmr1\",\"value\":\"" X48 "\"}"),
		  TSMMR_E_MALFORMED, "twice" },
		{ REGS("{\"name\":\"rtmr0\",\"n\\u0061me\":\"rtmr1\"}"), TSMMR_E_MALFORMED,
		  "twice" },
		{ REGS("{\"name\":\"rtmr0\",\"size\":NaN}"), TSMMR_E_MALFORMED, "JSON" },
		{ REGS("{\"name\":\"rtmr0\",\"size\":-Infinity}"), TSMMR_E_MALFORMED, "JSON" },
		{ REGS("{'name':\"rtmr0\"}"), TSMMR_E_MALFORMED, "JSON" },
		{ REGS("{\"name\":\"rt\nmr0\"}"), TSMMR_E_MALFORMED, "control" },
		{ REGS("{\"name\":\"rtmr0\xff\"}"), TSMMR_E_MALFORMED, "JSON" },
		{ REGS("{\"name\":\"rtmr0\"},"), TSMMR_E_MALFORMED, "JSON" },
		{ REGS("") " x", TSMMR_E_MALFORMED, "JSON" },
		{ REGS("") "{}", TSMMR_E_MALFORMED, "JSON" },
		{ REGS("[[[[[[[[[[]]]]]]]]]]"), TSMMR_E_MALFORMED, "JSON" },
		{ "{/**/}", TSMMR_E_MALFORMED, "JSON" },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(cases); i++)
		refused(NULL, cases[i].text, cases[i].code, cases[i].why);
	refused(&platform_tpm, REGS("{\"name\":\"rtmr0\",\"platform\":\"tdx\",\"value\":null}"),
		TSMMR_E_ARG, "is of tdx, not tpm");
}

#define PCRREAD "sha256:\n  0 : 0x" X32 "\n  16: 0x" X32 "\n"
#define MEASURED(pcrs) "{\"Measurements\":{\"HashAlgorithm\":\"Sha384 { ... }\"" pcrs "}}"
#define SPACED20 "01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14"

/* clang-format off */
static const struct form {
	int id;
	const char *text, *lines;
} forms[] = {
	{ TSMMR_VALUES_LINES, "tdx/rtmr0=" X48 "\npcr0:sha256=" X32 "," X32 " # why",
	  "tdx/rtmr0=" X48 "\npcr0:sha256=" X32 "," X32 "\n" },
	{ TSMMR_VALUES_LINES, "\xef\xbb\xbf" "app-runtime=" X48, "app-runtime=" X48 "\n" },
	{ TSMMR_VALUES_LINES, "acme/agile:sha256=" X32 "\nacme/config=" X64 "\nacme/mr:md5=0011",
	  "acme/agile:sha256=" X32 "\nacme/config=" X64 "\nacme/mr:md5=0011\n" },
	{ TSMMR_VALUES_JSON, REGS("{\"name\":\"pcr4\",\"platform\":\"nitro\",\"alg\":\"sha384\","
				  "\"value\":\"" X48 "\"}"), "nitro/pcr4:sha384=" X48 "\n" },
	{ TSMMR_VALUES_JSON, "{\"schema\":\"tsmmr.verify/1\",\"registers\":[{\"name\":\"rtmr0\","
			     "\"platform\":\"tdx\",\"expected\":\"" X48 "\"},"
			     "{\"name\":\"rtmr1\",\"expected\":null}]}", "tdx/rtmr0=" X48 "\n" },
	{ TSMMR_VALUES_JSON, REGS("{\"name\":\"agile\",\"provider\":\"acme\",\"platform\":"
				  "\"acme\",\"alg\":\"sha256\",\"value\":\"" X32 "\"}"),
	  "acme/agile:sha256=" X32 "\n" },
	/* tpm2-tools 4 and 5; 3 with blanks before the colon; 2; gotpm. */
	{ TSMMR_VALUES_TPM2_PCRREAD, PCRREAD, "pcr0=" X32 "\npcr16=" X32 "\n" },
	{ TSMMR_VALUES_TPM2_PCRREAD, "---\n  sha1 :\r\n    7  : " X20 "\r\n  sm3_256:\n  1 : 0x" X32,
	  "pcr7=" X20 "\npcr1:sm3_256=" X32 "\n" },
	{ TSMMR_VALUES_TPM2_PCRREAD, "\nBank/Algorithm: TPM_ALG_SHA1(0x0004)\nPCR_00: " SPACED20 "\n",
	  "pcr0=" X20 "\n" },
	{ TSMMR_VALUES_TPM2_PCRREAD, "SHA256:\n\t 3: 0x" X32 "\n", "pcr3=" X32 "\n" },
	{ TSMMR_VALUES_TPM2_EVENTLOG, "---\nversion: 1\nevents:\n- EventNum: 0\n  PCRIndex: 0\n"
				      "pcrs:\n  sha1:\n    0  : 0x" X20 "\n  sha256:\n    9  : 0x" X32
				      "\nnext: 1\n", "pcr0=" X20 "\npcr9=" X32 "\n" },
	{ TSMMR_VALUES_TSSPCRREAD, "PCR 10\ncount 2 pcrUpdateCounter 21 \n digest length 20\n "
				   "01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 \n 11 12 13 14 \n"
				   " digest length 32\n" X32 "\n",
	  "pcr10=" X20 "\npcr10=" X32 "\n" },
	{ TSMMR_VALUES_TSSPCRREAD, "$ tsspcrread -ha 7 -halg sha256 -ns\n" X32 "\n", "pcr7=" X32 "\n" },
	{ TSMMR_VALUES_PCRS, "PCR-00: " SPACED20 "\nPCR-10: " SPACED20 " \n",
	  "pcr0=" X20 "\npcr10=" X20 "\n" },
	{ TSMMR_VALUES_PCRS, "MRTD: " X48 "\nRTMR0: " X48, "mrtd=" X48 "\nrtmr0=" X48 "\n" },
	{ TSMMR_VALUES_NITRO_CLI, "{\"EifVersion\":4,\"Measurements\":{\"PCR0\":\"" X48 "\","
				  "\"HashAlgorithm\":\"SHA384\",\"PCR10\":\"" X48 "\"}}",
	  "pcr0=" X48 "\npcr10=" X48 "\n" },
	{ TSMMR_VALUES_SYSTEMD_MEASURE, "{\"sha1\":[{\"pcr\":11,\"hash\":\"" X20 "\"}],\"sha256\":["
		"{\"phase\":\"enter-initrd\",\"pcr\":11,\"hash\":\"" X32 "\"},"
		"{\"phase\":\"enter-initrd:leave-initrd\",\"pcr\":11,\"hash\":\"ff" X20 "0102030405060708090a0b"
		"\"}]}", "pcr11=" X20 "\npcr11=" X32 ",ff" X20 "0102030405060708090a0b\n" },
	{ TSMMR_VALUES_TDX_MEASURE, "{\"MRTD\":\"" X48 "\",\"rt_mr0\":\"" X48 "\",\"mr_config_id\":\"" X48
		"\",\"mr_aggregated\":\"" X32 "\",\"os_image_hash\":\"" X32 "\",\"rtmr3\":null}",
	  "mrtd=" X48 "\nrtmr0=" X48 "\nmrconfigid=" X48 "\n" },
	{ TSMMR_VALUES_BANKS, "{\"sha256\":{\"0\":\"" X32 "\",\"23\":\"" X32 "\"},\"mask\":\"0x1\"}",
	  "pcr0=" X32 "\npcr23=" X32 "\n" },
	{ TSMMR_VALUES_BANKS, "{\"SHA1\":{\"0\":\"" X20 "\"},\"Sha256\":{\"0\":\"" X32 "\"}}",
	  "pcr0=" X20 "\npcr0=" X32 "\n" },
	{ TSMMR_VALUES_SYSTEMD_MEASURE, "{\"SHA256\":[{\"pcr\":11,\"hash\":\"" X32 "\"}]}",
	  "pcr11=" X32 "\n" },
	{ TSMMR_VALUES_NITRO_CLI, "{\"Measurements\":{\"Pcr0\":\"" X48 "\"}}", "pcr0=" X48 "\n" },
	{ TSMMR_VALUES_NITRO_CLI, "[\n  {\"EnclaveID\":\"i\",\"Measurements\":{\"PCR0\":\"" X48 "\"}}\n]\n",
	  "pcr0=" X48 "\n" },
};

static const struct bad {
	int format;
	const char *text;
	int code;
	const char *why;
} bads[] = {
	{ 0, PCRREAD "32 : 0x" X32, TSMMR_E_MALFORMED, "line 4: not a register" },
	{ 0, PCRREAD "1 : 0x" X48, TSMMR_E_ARG, "line 4: pcr1:sha256 has 32 bytes, not 48" },
	{ 0, PCRREAD "1 : 0x", TSMMR_E_ARG, "line 4: the value of pcr1 is not hex" },
	{ 0, PCRREAD "what", TSMMR_E_MALFORMED, "line 4: not a register and its value" },
	{ 0, PCRREAD "pcr: 0x" X32, TSMMR_E_ARG, "no register is called \"pcr\"" },
	{ 0, PCRREAD "sha7:\n0 : 0x" X32, TSMMR_E_UNSUPPORTED, "line 5: a value in a bank" },
	{ 0, X32 "\n", TSMMR_E_MALFORMED, "does not say which PCR" },
	{ 0, "digest length 32\n" X20, TSMMR_E_TRUNCATED, "ends too early" },
	{ 0, "digest length 4\n" X20, TSMMR_E_MALFORMED, "more bytes" },
	{ 0, "PCR 24\n" X32, TSMMR_E_MALFORMED, "line 2: a value of no PCR" },
	{ 0, "PCR-00: " SPACED20 "\nPCR-24: " SPACED20, TSMMR_E_ARG, "line 2: pcr24 has" },
	{ 0, "PCR-00: " SPACED20 "\nMRX: " SPACED20, TSMMR_E_ARG, "line 2: no register is called \"mrx\"" },
	{ 0, MEASURED(",\"PCR32\":\"" X48 "\""), TSMMR_E_MALFORMED, "\"PCR32\" is no PCR" },
	{ 0, MEASURED(",\"PCRx\":\"" X48 "\""), TSMMR_E_MALFORMED, "\"PCRx\" is no PCR" },
	{ 0, MEASURED(",\"PCR0\":\"" X32 "\""), TSMMR_E_ARG, "has 48 bytes, not 32" },
	{ 0, MEASURED(",\"PCR0\":7"), TSMMR_E_MALFORMED, "\"PCR0\"" },
	{ 0, "{\"Measurements\":{\"HashAlgorithm\":\"Md5\"}}", TSMMR_E_UNSUPPORTED, "Md5" },
	{ 0, "{\"sha256\":[{\"pcr\":24,\"hash\":\"" X32 "\"}]}", TSMMR_E_MALFORMED, "item 0: not a PCR" },
	{ 0, "{\"sha256\":[{\"pcrs\":[11],\"pol\":\"" X32 "\"}]}", TSMMR_E_UNSUPPORTED, "signed PCR policy" },
	{ 0, "{\"mrtd\":\"" X48 "\",\"mr_new\":\"" X48 "\"}", TSMMR_E_MALFORMED, "\"mr_new\" is no register" },
	{ 0, "{\"mrtd\":\"" X48 "\",\"rtmr4\":\"" X48 "\"}", TSMMR_E_MALFORMED, "\"rtmr4\" is no register" },
	{ 0, "{\"mrtd\":\"" X32 "\"}", TSMMR_E_ARG, "mrtd has 48 bytes, not 32" },
	/* What looks like a register's value and is not taken might have been another's. */
	{ 0, MEASURED(",\"RTMR1\":\"" X48 "\""), TSMMR_E_MALFORMED, "\"RTMR1\" is no PCR" },
	{ 0, "{\"Measurements\":{\"PCR0\":\"" X48 "\"},\"PCR0\":\"" Y48 "\"}", TSMMR_E_MALFORMED,
	  "\"PCR0\" stands outside" },
	{ 0, "{\"sha256\":{\"0\":\"" X32 "\"},\"pcr1\":\"" X32 "\"}", TSMMR_E_MALFORMED, "\"pcr1\"" },
	{ 0, "{\"sha256\":{\"0\":\"" X32 "\"},\"SHA7\":{}}", TSMMR_E_MALFORMED, "\"SHA7\"" },
	{ 0, "{\"sha256\":{\"0\":\"" X32 "\"},\"SHA384\":{\"0\":\"" X32 "\"}}", TSMMR_E_ARG,
	  "sha384 has 48 bytes" },
	{ 0, "{\"sha256\":[{\"pcr\":11,\"hash\":\"" X32 "\"}],\"mrtd\":\"" X48 "\"}", TSMMR_E_MALFORMED,
	  "\"mrtd\"" },
	{ 0, "{\"mrtd\":\"" X48 "\",\"rtmr0" X32 "\":\"" X48 "\"}", TSMMR_E_MALFORMED, "is no register" },
	{ 0, "[{\"Measurements\":{\"PCR0\":\"" X48 "\"}},{\"Measurements\":{\"PCR0\":\"" Y48 "\"}}]",
	  TSMMR_E_MALFORMED, "JSON" },
	{ 0, "acm\xe5/mr=" X32, TSMMR_E_ARG, "line 1: not the name of a register" },
	{ 0, REGS("{\"name\":\"\u00e9\",\"provider\":\"acme\",\"platform\":\"acme\",\"alg\":\"sha256\","
		  "\"value\":\"" X32 "\"}"), TSMMR_E_ARG, "not the name of a register" },
	{ 0, "{\"a\":1}", TSMMR_E_UNSUPPORTED, "without a schema" },
	{ TSMMR_VALUES_LINES, PCRREAD, TSMMR_E_ARG, "line 1: not NAME[:ALG]=HEX" },
	{ TSMMR_VALUES_LINES, "{}", TSMMR_E_MALFORMED, "JSON, not what lines" },
	{ TSMMR_VALUES_NITRO_CLI, PCRREAD, TSMMR_E_MALFORMED, "not the JSON that nitro-cli" },
	{ TSMMR_VALUES_NITRO_CLI, "{}", TSMMR_E_MALFORMED, "JSON, not what nitro-cli" },
	{ TSMMR_VALUES_TPM2_EVENTLOG, PCRREAD, TSMMR_E_MALFORMED, "no \"pcrs:\"" },
};
/* clang-format on */

static int to_lines(int format, const char *text, size_t n, struct buf *out, int *ret_format,
		    struct tsmmr_error *err)
{
	const struct values_of of = {
		.format = format,
		.table = platforms,
		.n_table = n_platforms,
	};

	return values_to_lines(&of, span_of(text, n), out, ret_format, err);
}

/* By its looks and by its name; and what came of it is lines of the same. */
static void every_form(void **state)
{
	unsigned seen = 0;

	for (size_t i = 0; i < 2 * N_OF(forms); i++) {
		const struct form *f = &forms[i / 2];
		struct tsmmr_error err = ERROR_INIT;
		_cleanup_(buf_done) struct buf out = { 0 }, again = { 0 };
		int format = -1;

		if (to_lines(i % 2 ? f->id : 0, f->text, strlen(f->text), &out, &format, &err) < 0)
			fail_msg("%s: %s", f->text, err.message);
		if (out.n != strlen(f->lines) || memcmp(out.p, f->lines, out.n) != 0)
			fail_msg("%s: %.*s", f->text, (int)out.n, (char *)out.p);
		assert_int_equal(format, f->id);
		assert_int_equal(to_lines(0, (char *)out.p, out.n, &again, &format, NULL), 0);
		assert_int_equal(format, TSMMR_VALUES_LINES);
		assert_int_equal(again.n, out.n);
		assert_memory_equal(again.p, out.p, out.n);
		seen |= 1u << f->id;
	}
	for (int id = 1; values_name(id); id++)
		assert_true(seen >> id & 1);
}

/* What one program prints under the name of another: an error, and no set of nothing. */
static void json_of_another_form(void **state)
{
	unsigned n = 0;

	for (size_t i = 0; i < N_OF(forms); i++) {
		const char *text = forms[i].text;

		if (!strchr("{[", *text))
			continue;
		for (int id = 1; values_name(id); id++) {
			struct tsmmr_error err = ERROR_INIT;
			_cleanup_(buf_done) struct buf out = { 0 };
			int r = id == forms[i].id ?
					TSMMR_E_MALFORMED :
					to_lines(id, text, strlen(text), &out, NULL, &err);

			if (r != TSMMR_E_MALFORMED)
				fail_msg("%s as %s: %d", text, values_name(id), r);
			n++;
		}
	}
	assert_true(n > 50);
}

static void refuses_forms(void **state)
{
	for (size_t i = 0; i < N_OF(bads); i++) {
		struct tsmmr_error err = ERROR_INIT;
		_cleanup_(buf_done) struct buf out = { 0 };
		int r = to_lines(bads[i].format, bads[i].text, strlen(bads[i].text), &out, NULL,
				 &err);

		if (r != bads[i].code || !strstr(err.message, bads[i].why))
			fail_msg("%s: %d \"%s\"", bads[i].text, r, err.message);
	}
}

/* tsspcrread -ns once for each PCR of a bank: then the order says which is which. */
static void a_whole_bank_needs_no_names(void **state)
{
	_cleanup_(buf_done) struct buf text = { 0 }, out = { 0 };
	char last[16];

	for (int i = 0; i < 23; i++)
		buf_printf(&text, X20 "\n" X32 "\n");
	buf_str(&text, X20 "\n");
	assert_code(to_lines(0, (char *)text.p, text.n, &out, NULL, NULL), TSMMR_E_MALFORMED);
	buf_str(&text, X32 "\n");
	out.n = 0;
	assert_int_equal(to_lines(0, (char *)text.p, text.n, &out, NULL, NULL), 0);
	snprintf(last, sizeof(last), "pcr23=0011");
	assert_non_null(memmem(out.p, out.n, last, strlen(last)));
	buf_str(&text, X32 "\n");
	assert_code(to_lines(0, (char *)text.p, text.n, &out, NULL, NULL), TSMMR_E_MALFORMED);
}

/* What a program lists is not asked for by its bank's name; what a person writes is. */
static void a_dump_names_no_bank(void **state)
{
	struct tsmmr_regs *regs = parsed("sha1:\n 0 : " X20);

	assert_false(regs->regs[0].named_bank);
	regs_free(regs);
	regs = parsed("pcr0:sha1=" X20);
	assert_true(regs->regs[0].named_bank);
	regs_free(regs);
}

/* A register of a tree that no table knows: the same one wherever it is said. */
static void made_registers(void **state)
{
	struct tsmmr_regs *regs = parsed("acme/agile:sha256=" X32 "\nacme/agile:sha1=" X20
					 "\nacme/agile:sha256=" X32 "\ntdx_guest/rtmr0=" X48);
	struct tsmmr_regs *copy = NULL;

	assert_int_equal(regs->n, 3);
	assert_string_equal(regs->regs[0].platform->name, "acme");
	assert_string_equal(regs->regs[0].desc->name, "agile");
	assert_int_equal(regs->regs[0].alg, TSMMR_HASH_SHA256);
	assert_int_equal(regs->regs[1].alg, TSMMR_HASH_SHA1);
	assert_ptr_equal(regs->regs[2].platform, &platform_tdx);
	assert_int_equal(regs_copy(regs, 0, &copy), 0);
	regs_free(regs);
	assert_string_equal(copy->regs[0].platform->name, "acme");
	regs_free(copy);

	refused(NULL, "acme/=" X32, TSMMR_E_ARG, "no register is called");
	refused(NULL, "rtmr3/ima=" X48, TSMMR_E_ARG, "no register is called");
	refused(NULL, "tdx_guest/rtmr9=" X48, TSMMR_E_ARG, "no register is called");

	/* Whatever a tree calls its registers. */
	regs = parsed("acme/mr:md5=00112233445566778899aabbccddeeff\nacme/short:sha256=" X20);
	assert_int_equal(regs->n, 2);
	assert_string_equal(regs->regs[0].desc->name, "mr:md5");
	assert_int_equal(regs->regs[0].size, 16);
	assert_string_equal(regs->regs[1].desc->name, "short:sha256");
	assert_int_equal(regs->regs[1].alg, TSMMR_HASH_NONE);
	regs_free(regs);
}

static void refuses_what_is_too_large(void **state)
{
	size_t n = (1u << 20) + 1;
	char *text = malloc(n);
	struct tsmmr_regs *regs;

	assert_non_null(text);
	memset(text, ' ', n);
	assert_code(parse_n(NULL, text, n, &regs, NULL), TSMMR_E_LIMIT);

	/* Many short lines are many comparisons. */
	n = 0;
	for (int k = 0; k <= REGS_MAX; k++)
		n += (size_t)snprintf(text + n, 32, "acme/x%d=00\n", k);
	assert_code(parse_n(NULL, text, n, &regs, NULL), TSMMR_E_LIMIT);
	free(text);
}

/* Every way to cut a good text must end in a set or in an error, and nothing else. */
static void survives_every_length(void **state)
{
	for (size_t t = 0; t < N_OF(forms); t++)
		for (size_t n = 0; n <= strlen(forms[t].text); n++) {
			struct tsmmr_regs *regs = NULL;
			char *exact = malloc(n ? n : 1);

			assert_non_null(exact);
			memcpy(exact, forms[t].text, n);
			if (parse_n(NULL, exact, n, &regs, NULL) == 0)
				regs_free(regs);
			else
				assert_null(regs);
			free(exact);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(a_length_names_the_bank),
		cmocka_unit_test(refuses_lines),
		cmocka_unit_test(the_same_twice_is_once),
		cmocka_unit_test(nothing_gives_an_empty_set),
		cmocka_unit_test(commas_are_alternatives),
		cmocka_unit_test(json_round_trip),
		cmocka_unit_test(json_has_every_key),
		cmocka_unit_test(json_of_replay),
		cmocka_unit_test(refuses_json),
		cmocka_unit_test(every_form),
		cmocka_unit_test(refuses_forms),
		cmocka_unit_test(json_of_another_form),
		cmocka_unit_test(a_whole_bank_needs_no_names),
		cmocka_unit_test(a_dump_names_no_bank),
		cmocka_unit_test(made_registers),
		cmocka_unit_test(refuses_what_is_too_large),
		cmocka_unit_test(survives_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
