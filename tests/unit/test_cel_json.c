/* SPDX-License-Identifier: BSD-2-Clause */
/* format/cel_json*.c: what is refused and where, what is tolerated and how that is reported. */
#include "cel.h"

#include "crypto/hash.h"

/* clang-format off */
static const struct refusal json_refused[] = {
	/* Around the records. */
	{ "[", TSMMR_E_TRUNCATED, 0, 1, "inside its array" },
	{ "[" J_RECORD, TSMMR_E_TRUNCATED, 1, 215, "inside its array" },
	{ "[" J_RECORD ",", TSMMR_E_TRUNCATED, 1, 216, "inside its array" },
	{ "[" J_RECORD ", \n", TSMMR_E_TRUNCATED, 1, 218, "inside its array" },
	{ "[" J_RECORD ",]", TSMMR_E_MALFORMED, 1, 216, "no record here" },
	{ "[" J_RECORD "]x", TSMMR_E_MALFORMED, 1, 216, "bytes after the end" },
	{ "[" J_RECORD J_RECORD_2 "]", TSMMR_E_MALFORMED, 1, 215, "no comma" },
	{ "[" J_RECORD ",," J_RECORD_2 "]", TSMMR_E_MALFORMED, 1, 216, "no record here" },
	{ "[," J_RECORD "]", TSMMR_E_MALFORMED, 0, 1, "no record here" },
	{ "[[" J_RECORD "]]", TSMMR_E_MALFORMED, 0, 1, "no record here" },
	{ J_RECORD "," J_RECORD_2, TSMMR_E_MALFORMED, 1, 214, "no record here" },
	{ "\xef\xbb\xbf\xef\xbb\xbf[" J_RECORD "]", TSMMR_E_MALFORMED, 0, 3, "no record here" },
	{ "[1]", TSMMR_E_MALFORMED, 0, 1, "no record here" },
	{ "[{\"recnum\":0", TSMMR_E_TRUNCATED, 0, 1, "inside a record" },
	{ "[{\"a\":[[[[[[[[[[[[[1]]]]]]]]]]]]]}]", TSMMR_E_MALFORMED, 0, 1, "nested too deeply" },
	/* Members. */
	{ "[{\"recnum\":0," J_DIGESTS "," J_ACTION "}]", TSMMR_E_MALFORMED, 0, 1, "either a PCR" },
	{ "[{\"pcr\":0,\"nv_index\":1," J_DIGESTS "," J_ACTION "}]", TSMMR_E_MALFORMED, 0, 1,
	  "either a PCR" },
	{ "[{\"pcr\":0,\"pcr\":0," J_DIGESTS "," J_ACTION "}]", TSMMR_E_MALFORMED, 0, 1, "twice" },
	{ "[{\"pcr\":0,\"\\u0070cr\":0," J_DIGESTS "," J_ACTION "}]", TSMMR_E_MALFORMED, 0, 1,
	  "twice" },
	{ "[{\"pcr\\u0000\":0," J_DIGESTS "," J_ACTION "}]", TSMMR_E_MALFORMED, 0, 13,
	  "a key with a NUL" },
	{ "[{\"recnum\":-1,\"pcr\":0," J_DIGESTS "," J_ACTION "}]", TSMMR_E_MALFORMED, 0, 1,
	  "negative" },
	{ "[{\"recnum\":1.0,\"pcr\":0," J_DIGESTS "," J_ACTION "}]", TSMMR_E_MALFORMED, 0, 1,
	  "not of type int" },
	{ "[{\"recnum\":1e3,\"pcr\":0," J_DIGESTS "," J_ACTION "}]", TSMMR_E_MALFORMED, 0, 1,
	  "not of type int" },
	{ "[{\"recnum\":18446744073709551616,\"pcr\":0," J_DIGESTS "," J_ACTION "}]",
	  TSMMR_E_MALFORMED, 0, 31, "more than 64 bits" },
	{ "[{\"recnum\":\"18446744073709551616\",\"pcr\":0," J_DIGESTS "," J_ACTION "}]",
	  TSMMR_E_MALFORMED, 0, 1, "not a number" },
	{ "[{\"recnum\":\"\\u0011\",\"pcr\":0," J_DIGESTS "," J_ACTION "}]",
	  TSMMR_E_MALFORMED, 0, 1, "not a number" },
	{ "[{\"recnum\":\"\",\"pcr\":0," J_DIGESTS "," J_ACTION "}]", TSMMR_E_MALFORMED, 0, 1,
	  "not a number" },
	{ "[{\"recnum\":\"0x\",\"pcr\":0," J_DIGESTS "," J_ACTION "}]", TSMMR_E_MALFORMED, 0, 1,
	  "not a number" },
	{ "[{\"pcr\":4294967296," J_DIGESTS "," J_ACTION "}]", TSMMR_E_MALFORMED, 0, 1, "too big" },
	{ "[{\"pcr\":true," J_DIGESTS "," J_ACTION "}]", TSMMR_E_MALFORMED, 0, 1, "type int" },
	/* Digests. */
	{ "[" J(0, J_ACTION) "]", TSMMR_E_MALFORMED, 0, 1, "without a digest" },
	{ "[" J(0, "\"digests\":[]," J_ACTION) "]", TSMMR_E_MALFORMED, 0, 1, "without a digest" },
	{ "[" J(0, "\"digests\":{}," J_ACTION) "]", TSMMR_E_MALFORMED, 0, 1, "type array" },
	{ J_ONE_DIGEST("1"), TSMMR_E_MALFORMED, 0, 1, "not an object" },
	{ J_ONE_DIGEST("{\"digest\":" HEX32 "}"), TSMMR_E_MALFORMED, 0, 1, "its algorithm" },
	{ J_ONE_DIGEST("{\"hashAlg\":" S256 "}"), TSMMR_E_MALFORMED, 0, 1, "its value" },
	{ J_ONE_DIGEST("{\"hashAlg\":\"md5\",\"digest\":\"00\"}"), TSMMR_E_MALFORMED, 0, 1,
	  "with an unknown name" },
	{ J_ONE_DIGEST("{\"hashAlg\":" S256 ",\"digest\":\"" Z20 "\"}"), TSMMR_E_MALFORMED, 0, 1,
	  "wrong size" },
	{ J_ONE_DIGEST("{\"hashAlg\":" S256 ",\"digest\":\"000\"}"), TSMMR_E_MALFORMED, 0, 1,
	  "not hex" },
	{ J_ONE_DIGEST("{\"hashAlg\":" S256 ",\"digest\":\"0g\"}"), TSMMR_E_MALFORMED, 0, 1,
	  "not hex" },
	{ J_ONE_DIGEST(J_DIGEST "," J_DIGEST), TSMMR_E_MALFORMED, 0, 1, "two digests of one" },
	/* Content. */
	{ J_WITH(J_EVENT("\"\"", "\"\"")), TSMMR_E_MALFORMED, 0, 1, "not a number" },
	{ J_WITH(J_EVENT("5", "\"0\"")), TSMMR_E_MALFORMED, 0, 1, "\"event_data\" is not hex" },
	{ J_WITH(J_EVENT("5", "5")), TSMMR_E_MALFORMED, 0, 1, "type string" },
	{ J_WITH("\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":5}"),
	  TSMMR_E_MALFORMED, 0, 1, "\"event_data\" is missing" },
	{ J_WITH("\"content_type\":\"pcclient_std\",\"content\":{\"event_data\":\"\"}"),
	  TSMMR_E_MALFORMED, 0, 1, "without its type" },
	{ J_WITH("\"content_type\":3,\"content\":\"\""), TSMMR_E_MALFORMED, 0, 1,
	  "content type that CEL does not have" },
	{ J_WITH("\"content_type\":4294967295,\"content\":\"\""), TSMMR_E_MALFORMED, 0, 1,
	  "too big" },
	{ J_WITH("\"content_type\":\"ima_template\",\"content\":{\"template_data\":\"\"}"),
	  TSMMR_E_MALFORMED, 0, 1, "template's name" },
	{ J_WITH("\"content_type\":\"ima_tlv\",\"content\":{}"), TSMMR_E_MALFORMED, 0, 1,
	  "type string" },
	{ J_WITH("\"content_type\":\"systemd\",\"content\":1"), TSMMR_E_MALFORMED, 0, 1,
	  "type object" },
	{ J_WITH("\"content_type\":\"x\",\"con\\u0074ent\":1"), TSMMR_E_MALFORMED, 0, 1,
	  "content that cannot be found" },
	{ J_WITH(J_CEL("{}")), TSMMR_E_MALFORMED, 0, 1, "without its type" },
	{ J_WITH(J_CEL("{\"type\":\"cel_x\"}")), TSMMR_E_MALFORMED, 0, 1, "CEL does not have" },
	{ J_WITH(J_CEL("{\"type\":\"cel_version\"}")), TSMMR_E_MALFORMED, 0, 1, "its value" },
	{ J_WITH(J_CEL("{\"type\":\"cel_version\",\"data\":{\"major\":1}}")), TSMMR_E_MALFORMED, 0,
	  1, "its value" },
	{ J_WITH(J_CEL("{\"type\":\"cel_version\",\"data\":{\"major\":65536,\"minor\":1}}")),
	  TSMMR_E_MALFORMED, 0, 1, "too big" },
	{ J_WITH(J_CEL("{\"type\":\"firmware_end\",\"data\":1}")), TSMMR_E_MALFORMED, 0, 1,
	  "with a value" },
	{ J_WITH(J_CEL("{\"type\":\"state_trans\",\"data\":\"sleep\"}")), TSMMR_E_MALFORMED, 0, 1,
	  "state transition" },
	{ J_WITH(J_CEL("{\"type\":\"state_trans\",\"data\":3}")), TSMMR_E_MALFORMED, 0, 1,
	  "too big" },
	{ J_WITH(J_CEL("[{\"type\":\"firmware_end\"},{\"type\":\"firmware_end\"}]")),
	  TSMMR_E_MALFORMED, 0, 1, "not one management record" },
	{ J_WITH(J_CEL("[]")), TSMMR_E_MALFORMED, 0, 1, "not one management record" },
};
/* clang-format on */

static void json_is_refused_by_name(void **state)
{
	expect_refusals(JSON, json_refused, N_OF(json_refused));
}

static void json_leniencies_are_reported(void **state)
{
	/* clang-format off */
	static const struct {
		int platform;
		const char *text, *id;
	} cases[] = {
		{ TPM, "[{\"pcr\":0," J_DIGESTS "," J_ACTION "},{\"pcr\":0," J_DIGESTS "," J_ACTION
		       "}]", "CEL_RECNUM_MISSING" },
		{ TPM, "[" J(1, J_DIGESTS "," J_ACTION) "," J(1, J_DIGESTS "," J_ACTION) "]",
		  "CEL_RECNUM_ORDER" },
		{ TDX, "[{\"recnum\":0,\"rtmr\":3," J_DIGESTS "," J_ACTION "}]",
		  "CEL_RTMR_MEMBER" },
		{ TPM, "[" J(0, J_CEL("{\"type\":\"firmware_end\"}")) ","
		       J(1, "\"digests\":[]," J_CEL("{\"type\":\"firmware_end\"}")) "]",
		  "CEL_DIGESTS_EMPTY" },
		{ TPM, "[" J(0, J_DIGESTS) "," J(1, J_DIGESTS ",\"content_type\":\"cel\"") "]",
		  "CEL_CONTENT_MISSING" },
		{ TPM, J_TWICE("\"content_type\":\"new\",\"content\":{\"a\":[1]}"),
		  "CEL_CONTENT_UNKNOWN" },
		{ TPM, J_TWICE("\"content_type\":\"systemd\",\"content\":{\"string\":\"a\"}"),
		  "CEL_CONTENT_FORM" },
		{ TPM, J_TWICE("\"content_type\":\"systemd\",\"content\":\"no hex\""),
		  "CEL_CONTENT_FORM" },
		{ TPM, J_TWICE(J_EVENT("\"5\"", "\"\"")), "CEL_NUMBER_AS_TEXT" },
		{ TPM, J_TWICE(J_EVENT("\"0x00000005\"", "\"\"")), "CEL_NUMBER_AS_TEXT" },
		{ TPM, J_TWICE("\"content_type\":5,\"content\":{\"event_type\":5,\"event_data\":\"\"}"),
		  "CEL_NUMBER_AS_TEXT" },
		{ TPM, J_TWICE("\"content_type\":\"5\","
			       "\"content\":{\"event_type\":5,\"event_data\":\"\"}"),
		  "CEL_NUMBER_AS_TEXT" },
		{ TPM, J_ONE_DIGEST("{\"hashAlg\":11,\"digest\":" HEX32 "}"), "CEL_NUMBER_AS_TEXT" },
		{ TPM, J_TWICE(J_CEL("{\"type\":2}")), "CEL_NUMBER_AS_TEXT" },
		{ TPM, J_TWICE(J_CEL("{\"type\":\"state_trans\",\"data\":2}")),
		  "CEL_NUMBER_AS_TEXT" },
		{ TPM, J_TWICE(J_EVENT("\"ev_action\"", "\"\"")), "CEL_NAME_SPELLING" },
		{ TPM, J_TWICE(J_EVENT("\"ev_efi_platform_firmwate_blob2\"", "\"\"")),
		  "CEL_NAME_SPELLING" },
		{ TPM, J_TWICE("\"content_type\":\"CEL\",\"content\":{\"type\":\"firmware_end\"}"),
		  "CEL_NAME_SPELLING" },
		{ TPM, J_TWICE(J_CEL("{\"type\":\"Firmware_End\"}")), "CEL_NAME_SPELLING" },
		{ TPM, J_TWICE(J_CEL("{\"type\":\"state_trans\",\"data\":\"KEXEC\"}")),
		  "CEL_NAME_SPELLING" },
		{ TPM, J_ONE_DIGEST("{\"hashAlg\":\"SHA256\",\"digest\":" HEX32 "}"),
		  "CEL_NAME_SPELLING" },
		{ TPM, J_ONE_DIGEST("{\"hashAlg\":\"0x000b\",\"digest\":" HEX32 "}"),
		  "CEL_NAME_SPELLING" },
		{ TPM, J_ONE_DIGEST("{\"hashAlg\":\"0X000B\",\"digest\":" HEX32 "}"),
		  "CEL_NAME_SPELLING" },
		{ TPM, J_ONE_DIGEST("{\"hashAlg\":\"0xB\",\"digest\":" HEX32 "}"),
		  "CEL_NAME_SPELLING" },
		{ TPM, J_TWICE(J_EVENT("\"Unknown event type\"", "\"\"")),
		  "CEL_EVENT_TYPE_UNKNOWN" },
		{ TPM, J_TWICE("\"content_type\":\"ima_template\","
			       "\"content\":{\"template_name\":\"x\",\"template_value\":\"\"}"),
		  "CEL_TEMPLATE_VALUE" },
		{ TPM, J_TWICE(J_CEL("[{\"type\":\"firmware_end\"}]")), "CEL_MANAGEMENT_FORM" },
		{ TPM, J_TWICE(J_CEL("{\"type\":\"cel_timestamp\",\"data\":{\"cel_timestamp\":1}}")),
		  "CEL_MANAGEMENT_FORM" },
		{ TPM, J_TWICE("\"x\":1," J_ACTION), "CEL_MEMBER_UNKNOWN" },
		{ TPM, "\x1e" J_RECORD "\n\x1e" J_RECORD_2 "\n", "CEL_JSON_NO_ARRAY" },
		{ TPM, J_RECORD "\r\n" J_RECORD_2 "\r\n", "CEL_JSON_NO_ARRAY" },
		{ TPM, J_RECORD J_RECORD_2, "CEL_JSON_NO_ARRAY" },
	};
	/* clang-format on */

	wrong = 0;
	for (size_t i = 0; i < N_OF(cases); i++)
		expect_leniency(cases[i].text, JSON, cases[i].platform, cases[i].text,
				strlen(cases[i].text), cases[i].id);
	assert_int_equal(wrong, 0);
}

/* What is no deviation, though it looks like one. */
static void json_that_is_as_it_should_be(void **state)
{
	/* clang-format off */
	static const char *const texts[] = {
		"[]", " [ ] \r\n", "[" J_RECORD "," J_RECORD_2 "]",
		"\t[\r\n" J_RECORD " ,\n" J_RECORD_2 "\n]\n",
		J_ONE_DIGEST("{\"hashAlg\":\"0x000B\",\"digest\":" HEX32 "}"),
		J_ONE_DIGEST("{\"hashAlg\":\"sha\",\"digest\":\"" Z20 "\"}"),
		J_WITH(J_EVENT("134217729", "\"ABcd\"")),
		J_WITH("\"content_type\":\"ima_template\",\"content\":"
		       "{\"template_name\":\"\\ud83d\\ude00\\u0000\",\"template_data\":\"\"}"),
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(texts); i++) {
		struct outcome o =
			read_all(JSON, TPM, TSMMR_CTX_STRICT, texts[i], strlen(texts[i]));

		if (o.code || o.findings[0])
			fail_msg("%s: %s", texts[i], o.err.message);
	}
}

/* ---- torn records ---- */

#define LITERAL(s) s, sizeof(s) - 1
#define RS "\x1e"
#define SD(pcr, word)                                                                     \
	RS "{\"pcr\":" #pcr ",\"digests\":[{\"hashAlg\":" S256 ",\"digest\":" HEX32 "}]," \
	   "\"content_type\":\"systemd\",\"content\":{\"string\":\"" word "\"}}\n"

static struct tsmmr_log *parse(const struct tsmmr_ctx *ctx, int format, const void *p, size_t n,
			       int code)
{
	struct tsmmr_log *log = NULL;

	assert_code(parse_as(ctx, format, TSMMR_PLATFORM_TPM, NULL, p, n, &log, NULL), code);
	return log;
}

/* RFC 7464 §2.3: a reader goes on at the next separator. */
static void torn_records(void **state)
{
	static char nuls[] = SD(11, "a") RS "zzzzzzzzzz" SD(15, "b");
	static char much[20000];
	/* clang-format off */
	const struct {
		const char *text;
		size_t n;
		int code;
		size_t records, torn; /* which of them stands for a torn one */
		uint32_t index;
	} rows[] = {
		{ LITERAL(SD(11, "a") RS "{\"pcr\":11,\"dig" SD(15, "b")), 0, 3, 1, 11 },
		{ LITERAL(SD(11, "a") RS "{\"recnum\":1,\"pcr\": 9 ,\"x" SD(15, "b")), 0, 3, 1, 9 },
		{ LITERAL(RS "{\"pcr\":11,\"dig" SD(15, "b")), 0, 2, 0, 11 },
		/* Of which register, these do not say. */
		{ LITERAL(SD(11, "a") RS "{\"pcr\":1" SD(15, "b")), 0, 3, 1, UINT32_MAX },
		{ LITERAL(SD(11, "a") RS "{\"pcr\":1111,\"dig" SD(15, "b")), 0, 3, 1, UINT32_MAX },
		{ LITERAL(SD(11, "a") RS "{\"content\":\"\\\"pcr\\\":1," SD(15, "b")), 0, 3, 1, UINT32_MAX },
		{ LITERAL(SD(11, "a") RS "digest\":1}}" SD(15, "b")), 0, 3, 1, UINT32_MAX },
		{ nuls, sizeof(nuls) - 1, 0, 3, 1, UINT32_MAX },
		{ much, sizeof(much) - 1, 0, 3, 1, 11 },
		/* A whole record before the separator is one; nothing is none. */
		{ LITERAL(SD(11, "a") RS RS SD(15, "b")), 0, 2, SIZE_MAX, 0 },
		/* Nobody says where to go on. */
		{ LITERAL(SD(11, "a") SD(15, "b") RS "{\"pcr\":11,\"dig"), TSMMR_E_TRUNCATED, 0, 0, 0 },
		{ LITERAL("{\"pcr\":11,\"dig" SD(15, "b")), TSMMR_E_TRUNCATED, 0, 0, 0 },
		{ LITERAL("[" J_RECORD "," RS "{\"pcr\":11,\"dig" RS "," J_RECORD_2 "]"), TSMMR_E_TRUNCATED, 0, 0, 0 },
		{ LITERAL(SD(11, "a") RS "no record"), TSMMR_E_MALFORMED, 0, 0, 0 },
		/* Whole, and wrong. */
		{ LITERAL(SD(11, "a") RS "{\"pcr\":11}" SD(15, "b")), TSMMR_E_MALFORMED, 0, 0, 0 },
	};
	/* clang-format on */
	struct tsmmr_ctx *ctx;
	size_t at;

	memset(memmem(nuls, sizeof(nuls), "zzzzzzzzzz", 10), 0, 10);
	memset(much, 'x', sizeof(much));
	at = (size_t)snprintf(much, sizeof(much), "%s", SD(11, "a") RS "{\"pcr\":11,\"");
	much[at] = 'x';
	memcpy(much + sizeof(much) - sizeof(SD(15, "b")), SD(15, "b"), sizeof(SD(15, "b")));
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct tsmmr_log *log =
			parse(ctx, TSMMR_FORMAT_SYSTEMD, rows[i].text, rows[i].n, rows[i].code);

		if (!log)
			continue;
		assert_int_equal(log->n, rows[i].records);
		for (size_t k = 0; k < log->n; k++)
			assert_int_equal(log->events[k].mark == MARK_TORN, k == rows[i].torn);
		if (rows[i].torn < log->n) {
			assert_int_equal(log->events[rows[i].torn].index, rows[i].index);
			assert_false(log->events[rows[i].torn].measured);
			assert_int_equal(log->findings.n, 1);
			assert_int_equal(log->findings.all[0].id, F_CEL_TORN_RECORD);
		}
		tsmmr_log_free(log);
	}
	assert_code(tsmmr_ctx_set_flags(ctx, TSMMR_CTX_STRICT, NULL), 0);
	parse(ctx, TSMMR_FORMAT_SYSTEMD, rows[0].text, rows[0].n, TSMMR_E_MALFORMED);
	tsmmr_ctx_free(ctx);
}

static void put_value(char *to, size_t pcr, size_t n)
{
	uint8_t value[32] = { 0 };
	static const uint8_t digest[32];
	struct hasher h;

	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA256)), 0);
	while (n--)
		assert_int_equal(hash_extend(&h, value, digest, 32), 0);
	hasher_done(&h);
	to += sprintf(to, "pcr%zu=", pcr);
	tohex(value, 32, to);
}

/*
 * Its register has a gap, and is never verified for it: matching without the record, that can
 * be allowed; matching in no way, nothing can.  What goes through another form stays so.
 */
static void a_torn_record_is_a_gap(void **state)
{
	static const char known[] = SD(11, "cryptsetup:") RS
		"{\"pcr\":11,\"dig" SD(11, "cryptsetup:") SD(15, "cryptsetup:");
	static const char any[] =
		SD(11, "cryptsetup:") RS "{\"pc" SD(11, "cryptsetup:") SD(15, "cryptsetup:");
	/* clang-format off */
	static const struct {
		const char *text;
		size_t n11, n15; /* extensions of the register */
		const char *allow;
		int verdict, forms; /* 1: when it was exported */
	} rows[] = {
		{ known, 2, 1, NULL, TSMMR_VERDICT_INCOMPLETE, 1 },
		{ known, 2, 1, "unlogged", TSMMR_VERDICT_VERIFIED, 1 },
		{ known, 3, 1, NULL, TSMMR_VERDICT_INCOMPLETE, 1 },
		{ known, 3, 1, "unlogged", TSMMR_VERDICT_INCOMPLETE, 1 },
		{ known, 2, 2, "unlogged", TSMMR_VERDICT_MISMATCH, 1 },
		{ any, 2, 1, NULL, TSMMR_VERDICT_VERIFIED, 0 },
		{ any, 3, 1, "unlogged", TSMMR_VERDICT_INCOMPLETE, 0 },
		{ any, 2, 2, NULL, TSMMR_VERDICT_INCOMPLETE, 0 },
	};
	/* clang-format on */
	static const int forms[] = { TSMMR_FORMAT_SYSTEMD, CBOR, JSON, TLV };
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	for (size_t i = 0; i < N_OF(rows); i++)
		for (size_t k = 0; k < (rows[i].forms ? N_OF(forms) : 1); k++) {
			struct tsmmr_log *log = parse(ctx, TSMMR_FORMAT_SYSTEMD, rows[i].text,
						      strlen(rows[i].text), 0);
			struct tsmmr_report *report;
			struct tsmmr_regs *regs;
			struct tsmmr_policy *policy = policy_made(ctx);
			char values[256];

			if (k) {
				struct tsmmr_log *other;
				uint8_t *p;
				size_t n;

				assert_code(tsmmr_log_export(ctx, log, forms[k], &p, &n, NULL), 0);
				other = parse(ctx, forms[k], p, n, 0);
				tsmmr_log_free(log);
				tsmmr_free(p);
				log = other;
			}
			put_value(values, 11, rows[i].n11);
			strcat(values, "\n");
			put_value(values + strlen(values), 15, rows[i].n15);
			assert_code(tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO,
							   TSMMR_PLATFORM_TPM, values,
							   strlen(values), &regs, NULL),
				    0);
			if (rows[i].allow)
				assert_code(tsmmr_policy_allow(policy, rows[i].allow, NULL), 0);
			assert_code(tsmmr_report_new(ctx, &log, 1, regs, policy, &report, NULL), 0);
			assert_int_equal(tsmmr_report_verdict(report), rows[i].verdict);
			tsmmr_report_free(report);
			tsmmr_policy_free(policy);
			tsmmr_regs_free(regs);
			tsmmr_log_free(log);
		}
	tsmmr_ctx_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_refused_by_name),
		cmocka_unit_test(json_leniencies_are_reported),
		cmocka_unit_test(json_that_is_as_it_should_be),
		cmocka_unit_test(torn_records),
		cmocka_unit_test(a_torn_record_is_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
