/* SPDX-License-Identifier: BSD-2-Clause */
/* format/cel_*.c: what is refused and where, what is tolerated and how it is told. */
#include "testing.h"

#include "core/log.h"
#include "core/stream.h"
#include "format/cel.h"
#include "platform/platforms.h"

#define TPM TSMMR_PLATFORM_TPM
#define TDX TSMMR_PLATFORM_TDX
#define CBOR TSMMR_FORMAT_CEL_CBOR
#define JSON TSMMR_FORMAT_CEL_JSON
#define TLV TSMMR_FORMAT_CEL_TLV

struct outcome {
	int code;
	size_t records;
	struct tsmmr_error err;
	char findings[256]; /* ids, each behind a blank */
};

/*
 * Reads all of it from memory that ends where the log ends, so that reading on is seen.
 * The findings that any log can have are left out.
 */
static struct outcome read_all(int format, int platform, uint32_t flags, const void *p, size_t n)
{
	struct outcome o = { .err = ERROR_INIT };
	const struct tsmmr_event *e;
	struct tsmmr_stream *s = NULL;
	struct tsmmr_ctx *ctx;
	uint8_t *exact = malloc(n ? n : 1);

	assert_non_null(exact);
	if (n)
		memcpy(exact, p, n);
	assert_code(tsmmr_ctx_new(&ctx), 0);
	assert_code(tsmmr_ctx_set_flags(ctx, flags), 0);
	o.code = tsmmr_stream_open_mem(ctx, format, platform, NULL, exact, n, &s, &o.err);
	while (o.code == 0 && (o.code = tsmmr_stream_next(s, &e, &o.err)) > 0) {
		o.records++;
		o.code = 0;
	}
	for (size_t i = 0; i < tsmmr_stream_finding_count(s); i++) {
		const char *id;

		tsmmr_stream_finding(s, i, &id, NULL, NULL, NULL, NULL);
		if (!strcmp(id, "TCG_SEPARATOR_MISSING"))
			continue;
		assert_true(strlen(o.findings) + strlen(id) + 2 < sizeof(o.findings));
		strcat(strcat(o.findings, " "), id);
	}
	tsmmr_stream_free(s);
	tsmmr_ctx_free(ctx);
	free(exact);
	return o;
}

static size_t wrong; /* rows of a table; all of them are tried */

struct refusal {
	const char *log; /* JSON, or hex */
	int code;
	size_t record;
	uint64_t offset;
	const char *why;
};

static void expect_refusals(int format, const struct refusal *all, size_t n)
{
	static uint8_t bytes[1024];

	wrong = 0;
	for (const struct refusal *want = all; want < all + n; want++) {
		struct outcome o = format == JSON ?
					   read_all(JSON, TPM, 0, want->log, strlen(want->log)) :
					   read_all(format, TPM, 0, bytes,
						    unhex(want->log, bytes, sizeof(bytes)));

		if (o.code == want->code && o.records == want->record &&
		    o.err.record == want->record && o.err.offset == want->offset &&
		    strstr(o.err.message, want->why))
			continue;
		print_error("%s: code %d, %zu records, then record %llu, offset %llu: %s\n",
			    want->log, o.code, o.records, (unsigned long long)o.err.record,
			    (unsigned long long)o.err.offset, o.err.message);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* Tolerated and told once, however often; refused by name where nothing is tolerated. */
static void expect_leniency(const char *what, int format, int platform, const void *p, size_t n,
			    const char *id)
{
	struct outcome o = read_all(format, platform, 0, p, n);
	char want[64];

	snprintf(want, sizeof(want), " %s", id);
	if (o.code || strcmp(o.findings, want)) {
		print_error("%s: code %d (%s), findings%s, not %s\n", what, o.code, o.err.message,
			    o.findings, id);
		wrong++;
	}
	o = read_all(format, platform, TSMMR_CTX_STRICT, p, n);
	if (o.code != TSMMR_E_MALFORMED || strncmp(o.err.message, id, strlen(id))) {
		print_error("%s: strict gives %d: %s\n", what, o.code, o.err.message);
		wrong++;
	}
}

/* ---- CBOR ---- */

/* clang-format off */
#define Z8 "0000000000000000"
#define Z32 Z8 Z8 Z8 Z8
#define Z20 Z8 Z8 "00000000"
#define SHA1_0 "a2000401" "54" Z20
#define SHA256_0 "a2000b01" "5820" Z32
#define ONE_DIGEST "0381" SHA256_0
#define ACTION "0905" "0aa20005" "014161"	/* EV_ACTION, "a" */
#define RECORD "a5" "0000" "0100" ONE_DIGEST ACTION
#define RECORD_2 "a5" "0001" "0100" ONE_DIGEST ACTION
/* clang-format on */
/* Digests of unknown algorithms from 0x41 on, of one byte each. */
/* clang-format off */
#define ODD(a) "a20018" #a "014100"
#define ODD16 ODD(41) ODD(42) ODD(43) ODD(44) ODD(45) ODD(46) ODD(47) ODD(48) ODD(49) ODD(4a) \
	ODD(4b) ODD(4c) ODD(4d) ODD(4e) ODD(4f) ODD(50)
#define BEFORE "a5" "0000" "0100"
#define MANAGEMENT BEFORE ONE_DIGEST "0904" "0a"
/* clang-format on */

/* clang-format off */
static const struct refusal cbor_refused[] = {
	/* Members: missing, given twice, not ascending. */
	{ "81" "a4" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 53, "member missing" },
	{ "81" "a4" "0000" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 53, "either a PCR or an NV" },
	{ "81" "a6" "0000" "0100" "021a20000000" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 61,
	  "either a PCR or an NV" },
	{ "81" "a4" "0000" "0100" ACTION, TSMMR_E_MALFORMED, 0, 15, "member missing" },
	{ "81" BEFORE ONE_DIGEST "0905", TSMMR_E_TRUNCATED, 0, 48, "ends too early" },
	{ "81" "a4" "0000" "0100" ONE_DIGEST "0905", TSMMR_E_MALFORMED, 0, 48, "member missing" },
	{ "81" "a4" "0000" "0100" ONE_DIGEST "0aa20005014161", TSMMR_E_MALFORMED, 0, 47,
	  "content without its type" },
	{ "81" "a6" "0000" "0100" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 6,
	  "do not ascend" },
	{ "81" "a5" "0100" "0000" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 4, "do not ascend" },
	{ "81" "a5" "2000" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 2,
	  "an unsigned integer was expected" },
	{ "81" "a5" "6130" "00" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 2,
	  "an unsigned integer was expected" },
	/* Numbers: widths, kinds. */
	{ "81" "a5" "001800" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 3, "shortest" },
	{ "81" "a5" "0020" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 3, "unsigned" },
	{ "81" "a5" "00f90000" "0100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 3, "floating" },
	{ "81" "a5" "0000" "011b0000000100000000" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 14,
	  "more than 32 bits" },
	{ "81" "a5" "0000" "01f6" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 5, "unsigned" },
	{ "81" "a5" "0000" "01c100" ONE_DIGEST ACTION, TSMMR_E_MALFORMED, 0, 5, "unsigned" },
	/* Digests. */
	{ "81" BEFORE "0380" ACTION, TSMMR_E_MALFORMED, 0, 1, "without a digest" },
	{ "81" BEFORE "039f" SHA256_0 "ff" ACTION, TSMMR_E_MALFORMED, 0, 7, "indefinite" },
	{ "81" BEFORE "0382" SHA1_0 SHA1_0 ACTION, TSMMR_E_MALFORMED, 0, 58,
	  "two digests of one algorithm" },
	{ "81" BEFORE "0381" "a2000b0154" Z20 ACTION, TSMMR_E_MALFORMED, 0, 33, "wrong size" },
	{ "81" BEFORE "0381" "a200190777" "0140" ACTION, TSMMR_E_MALFORMED, 0, 15, "wrong size" },
	{ "81" BEFORE "0381" "a200190777" "015841" Z32 Z32 "00" ACTION, TSMMR_E_MALFORMED, 0, 81,
	  "wrong size" },
	{ "81" BEFORE "0381" "a20000" "0154" Z20 ACTION, TSMMR_E_MALFORMED, 0, 33, "no hash" },
	{ "81" BEFORE "0381" "a2001a00010004" "0154" Z20 ACTION, TSMMR_E_MALFORMED, 0, 37,
	  "no hash" },
	{ "81" BEFORE "0391" ODD16 SHA1_0 ACTION, TSMMR_E_MALFORMED, 0, 145, "more than 16" },
	{ "81" BEFORE "0381" "a1000b" ACTION, TSMMR_E_MALFORMED, 0, 11, "without its algorithm" },
	{ "81" BEFORE "0381" "a20104000b" ACTION, TSMMR_E_MALFORMED, 0, 10, "without its member 0" },
	{ "81" BEFORE "0381" "a2000b025820" Z32 ACTION, TSMMR_E_MALFORMED, 0, 12,
	  "without its member 1" },
	{ "81" BEFORE "0381" "a3000b015820" Z32 "0200" ACTION, TSMMR_E_MALFORMED, 0, 9,
	  "other members" },
	/* Content. */
	{ "81" BEFORE ONE_DIGEST "0903" "0a00", TSMMR_E_MALFORMED, 0, 48, "content type that CEL" },
	{ "81" BEFORE ONE_DIGEST "091affffffff" "0a00", TSMMR_E_MALFORMED, 0, 52,
	  "content type that CEL" },
	{ "81" BEFORE ONE_DIGEST "0905" "0a40", TSMMR_E_MALFORMED, 0, 49, "a map was expected" },
	{ "81" BEFORE ONE_DIGEST "0905" "0aa10005", TSMMR_E_MALFORMED, 0, 51, "member missing" },
	{ "81" BEFORE ONE_DIGEST "0905" "0aa200200140", TSMMR_E_MALFORMED, 0, 51,
	  "neither a number nor a name" },
	{ "81" BEFORE ONE_DIGEST "0905" "0aa2006345565f0140", TSMMR_E_MALFORMED, 0, 55,
	  "by a name that we do not know" },
	{ "81" BEFORE ONE_DIGEST "0905" "0aa2001b00000001000000000140", TSMMR_E_MALFORMED, 0, 60,
	  "more than 32 bits" },
	{ "81" BEFORE ONE_DIGEST "0905" "0aa200050160", TSMMR_E_MALFORMED, 0, 53,
	  "a byte string was expected" },
	{ "81" BEFORE ONE_DIGEST "0907" "0aa20061ff0140", TSMMR_E_MALFORMED, 0, 51, "UTF-8" },
	{ "81" BEFORE ONE_DIGEST "0908" "0a60", TSMMR_E_MALFORMED, 0, 49, "byte string" },
	{ "81" BEFORE ONE_DIGEST "0909" "0aa0", TSMMR_E_MALFORMED, 0, 49, "byte string" },
	{ "81" BEFORE ONE_DIGEST "0918c8" "0a9f00ff", TSMMR_E_MALFORMED, 0, 50, "indefinite" },
	{ "81" BEFORE ONE_DIGEST "0918c8" "0a8181818181818181818181818181818100",
	  TSMMR_E_LIMIT, 0, 50, "nested too deeply" },
	/* Management records. */
	{ "81" MANAGEMENT "a10003", TSMMR_E_MALFORMED, 0, 52, "of a type that CEL does not have" },
	{ "81" MANAGEMENT "a2000201" "00", TSMMR_E_MALFORMED, 0, 52, "too many or missing" },
	{ "81" MANAGEMENT "a10001", TSMMR_E_MALFORMED, 0, 52, "too many or missing" },
	{ "81" MANAGEMENT "a2000101a10001", TSMMR_E_MALFORMED, 0, 56, "a version without minor" },
	{ "81" MANAGEMENT "a2000101a200010119ffff00", TSMMR_E_MALFORMED, 1, 60,
	  "bytes behind the end" },
	{ "81" MANAGEMENT "a2000101a20001011a00010000", TSMMR_E_MALFORMED, 0, 62,
	  "version of more than 16 bits" },
	{ "81" MANAGEMENT "a20018510103", TSMMR_E_MALFORMED, 0, 55, "state transition" },
	/* What stands around the records. */
	{ "", TSMMR_E_TRUNCATED, 0, 0, "an empty log" },
	{ "82" RECORD, TSMMR_E_TRUNCATED, 1, 55, "ends too early" },
	{ "81" RECORD "00", TSMMR_E_MALFORMED, 1, 55, "bytes behind the end" },
	{ "80" "00", TSMMR_E_MALFORMED, 0, 1, "bytes behind the end" },
	{ RECORD "00", TSMMR_E_MALFORMED, 1, 54, "a map was expected" },
	{ RECORD "82" RECORD_2, TSMMR_E_MALFORMED, 1, 54, "a map was expected" },
	{ "9f" RECORD "ff", TSMMR_E_MALFORMED, 0, 0, "neither an array nor a sequence" },
	{ "1801", TSMMR_E_MALFORMED, 0, 0, "neither an array nor a sequence" },
	{ "9801" RECORD, TSMMR_E_MALFORMED, 0, 0, "an array was expected" },
	{ "9a10000000", TSMMR_E_TRUNCATED, 0, 5, "ends too early" },
	{ "81" "bbffffffffffffffff", TSMMR_E_TRUNCATED, 0, 1, "more items than there are bytes" },
	{ "81" "a5" "0000" "0100" "039bffffffffffffffff", TSMMR_E_TRUNCATED, 0, 7, "more items" },
	{ "81" BEFORE "0381" "a2000b015bffffffffffffffff", TSMMR_E_TRUNCATED, 0, 12, "inside" },
	{ "81" BEFORE ONE_DIGEST "0905" "0aa200", TSMMR_E_TRUNCATED, 0, 49, "more items" },
};
/* clang-format on */

static void cbor_is_refused_by_name(void **state)
{
	expect_refusals(CBOR, cbor_refused, N_OF(cbor_refused));
}

static void cbor_leniencies_are_told(void **state)
{
	/* clang-format off */
	static const struct {
		const char *hex, *id;
	} cases[] = {
		{ "82" "a5" "0001" "0100" ONE_DIGEST ACTION "a5" "0001" "0100" ONE_DIGEST ACTION,
		  "CEL_RECNUM_ORDER" },
		{ "82" BEFORE "0380" "0904" "0aa10002" "a5" "0001" "0100" "0380" "0904" "0aa10002",
		  "CEL_DIGESTS_EMPTY" },
		{ "82" "a6" "0000" "0100" ONE_DIGEST "0418ff" ACTION
		       "a6" "0001" "0100" ONE_DIGEST ACTION "0b00", "CEL_MEMBER_UNKNOWN" },
		{ "82" BEFORE ONE_DIGEST "0905" "0aa2006945565f414354494f4e0140"
		       "a5" "0001" "0100" ONE_DIGEST "0905" "0aa2006945565f414354494f4e0140",
		  "CEL_NUMBER_AS_TEXT" },
		{ "82" BEFORE ONE_DIGEST "090b" "0a4161" "a5" "0001" "0100" ONE_DIGEST "090b" "0a4161",
		  "CEL_CONTENT_11" },
		{ "82" BEFORE ONE_DIGEST "090b" "0aa0" "a5" "0001" "0100" ONE_DIGEST "0906" "0a4161",
		  "CEL_CONTENT_UNKNOWN" },
	};
	/* clang-format on */
	static uint8_t bytes[1024];

	wrong = 0;
	for (size_t i = 0; i < N_OF(cases); i++)
		expect_leniency(cases[i].hex, CBOR, TPM, bytes,
				unhex(cases[i].hex, bytes, sizeof(bytes)), cases[i].id);
	assert_int_equal(wrong, 0);
}

/* ---- JSON ---- */

/* clang-format off */
#define S256 "\"sha256\""
#define HEX32 "\"" Z32 "\""
#define J_DIGEST "{\"hashAlg\":" S256 ",\"digest\":" HEX32 "}"
#define J_DIGESTS "\"digests\":[" J_DIGEST "]"
#define J_ACTION "\"content_type\":\"pcclient_std\"," \
	"\"content\":{\"event_type\":\"EV_ACTION\",\"event_data\":\"61\"}"
#define J(n, middle) "{\"recnum\":" #n ",\"pcr\":0," middle "}"
#define J_RECORD J(0, J_DIGESTS "," J_ACTION)
#define J_RECORD_2 J(1, J_DIGESTS "," J_ACTION)
#define J_EVENT(type, data) "\"content_type\":\"pcclient_std\"," \
	"\"content\":{\"event_type\":" type ",\"event_data\":" data "}"
#define J_WITH(content) "[" J(0, J_DIGESTS "," content) "]"
#define J_TWICE(content) "[" J(0, J_DIGESTS "," content) "," J(1, J_DIGESTS "," content) "]"
#define J_CEL(content) "\"content_type\":\"cel\",\"content\":" content
#define J_ONE_DIGEST(d) "[" J(0, "\"digests\":[" d "]," J_ACTION) "]"
/* clang-format on */

/* clang-format off */
static const struct refusal json_refused[] = {
	/* Around the records. */
	{ "[", TSMMR_E_TRUNCATED, 0, 1, "inside of its array" },
	{ "[" J_RECORD, TSMMR_E_TRUNCATED, 1, 215, "inside of its array" },
	{ "[" J_RECORD ",", TSMMR_E_TRUNCATED, 1, 216, "inside of its array" },
	{ "[" J_RECORD ", \n", TSMMR_E_TRUNCATED, 1, 218, "inside of its array" },
	{ "[" J_RECORD ",]", TSMMR_E_MALFORMED, 1, 216, "no record here" },
	{ "[" J_RECORD "]x", TSMMR_E_MALFORMED, 1, 216, "bytes behind the end" },
	{ "[" J_RECORD J_RECORD_2 "]", TSMMR_E_MALFORMED, 1, 215, "no comma" },
	{ "[" J_RECORD ",," J_RECORD_2 "]", TSMMR_E_MALFORMED, 1, 216, "no record here" },
	{ "[," J_RECORD "]", TSMMR_E_MALFORMED, 0, 1, "no record here" },
	{ "[[" J_RECORD "]]", TSMMR_E_MALFORMED, 0, 1, "no record here" },
	{ J_RECORD "," J_RECORD_2, TSMMR_E_MALFORMED, 1, 214, "no record here" },
	{ "\xef\xbb\xbf[" J_RECORD "]", TSMMR_E_MALFORMED, 0, 0, "no record here" },
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
	  "of a name that we do not know" },
	{ J_ONE_DIGEST("{\"hashAlg\":" S256 ",\"digest\":\"" Z20 "\"}"), TSMMR_E_MALFORMED, 0, 1,
	  "wrong size" },
	{ J_ONE_DIGEST("{\"hashAlg\":" S256 ",\"digest\":\"000\"}"), TSMMR_E_MALFORMED, 0, 1,
	  "not hex" },
	{ J_ONE_DIGEST("{\"hashAlg\":" S256 ",\"digest\":\"0g\"}"), TSMMR_E_MALFORMED, 0, 1,
	  "not hex" },
	{ J_ONE_DIGEST(J_DIGEST "," J_DIGEST), TSMMR_E_MALFORMED, 0, 1, "two digests of one" },
	/* Content. */
	{ J_WITH(J_EVENT("\"EV_NONE\"", "\"\"")), TSMMR_E_MALFORMED, 0, 1, "not a number" },
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

static void json_leniencies_are_told(void **state)
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

/* ---- TLV ---- */

/* clang-format off */
#define T_NUM "0000000008" Z8
#define T_NUM_1 "0000000008" "0000000000000001"
#define T_PCR "0100000001" "00"
#define T_DIGESTS "0300000025" "0b00000020" Z32
#define T_ACTION "050000000f" "0000000004" "00000005" "0100000001" "61"
#define T_RECORD T_NUM T_PCR T_DIGESTS T_ACTION
#define T_BEFORE T_NUM T_PCR T_DIGESTS
#define T_CEL(len, value) T_BEFORE "040000" len value
/* clang-format on */

/* clang-format off */
static const struct refusal tlv_refused[] = {
	{ T_PCR T_DIGESTS T_ACTION, TSMMR_E_MALFORMED, 0, 0, "no record number" },
	{ T_RECORD T_PCR, TSMMR_E_MALFORMED, 1, 81, "no record number" },
	{ T_RECORD "00", TSMMR_E_TRUNCATED, 1, 81, "ends inside" },
	{ T_NUM, TSMMR_E_TRUNCATED, 0, 0, "ends inside" },
	{ T_NUM T_PCR, TSMMR_E_TRUNCATED, 0, 0, "ends inside" },
	{ T_BEFORE, TSMMR_E_TRUNCATED, 0, 0, "ends inside" },
	{ "00ffffffff" Z8, TSMMR_E_TRUNCATED, 0, 0, "ends inside" },
	/* Integers of 0 and 9 bytes, and what does not fit its field. */
	{ "0000000000" T_PCR T_DIGESTS T_ACTION, TSMMR_E_MALFORMED, 0, 5, "record number that" },
	{ "0000000009" Z8 "00" T_PCR T_DIGESTS T_ACTION, TSMMR_E_MALFORMED, 0, 14,
	  "record number that" },
	{ T_NUM "0100000000" T_DIGESTS T_ACTION, TSMMR_E_MALFORMED, 0, 18, "register number that" },
	{ T_NUM "0100000009" Z8 "00" T_DIGESTS T_ACTION, TSMMR_E_MALFORMED, 0, 27,
	  "register number that" },
	{ T_NUM "0100000005" "0100000000" T_DIGESTS T_ACTION, TSMMR_E_MALFORMED, 0, 23,
	  "register number that" },
	{ T_BEFORE "0500000010" "0000000005" "0100000000" "0100000001" "61", TSMMR_E_MALFORMED, 0,
	  82, "event type that is none" },
	/* Order and kinds. */
	{ T_NUM T_DIGESTS T_DIGESTS T_ACTION, TSMMR_E_MALFORMED, 0, 55, "no register behind" },
	{ T_NUM T_PCR T_PCR T_ACTION, TSMMR_E_MALFORMED, 0, 25, "no digests behind" },
	{ T_BEFORE T_DIGESTS, TSMMR_E_MALFORMED, 0, 103, "no content behind" },
	{ T_BEFORE "6c00000001" "00", TSMMR_E_MALFORMED, 0, 67, "no content behind" },
	/* Lengths that pass their parent, and bytes it has left. */
	{ T_NUM T_PCR "0300000025" "0b00000021" Z32 T_ACTION, TSMMR_E_MALFORMED, 0, 61,
	  "passes the end of the digests" },
	{ T_NUM T_PCR "0300000004" "0b000000" T_ACTION, TSMMR_E_MALFORMED, 0, 28,
	  "passes the end of the digests" },
	{ T_BEFORE "050000000f" "0000000004" "00000005" "0100000002" "61", TSMMR_E_MALFORMED, 0,
	  81, "two fields" },
	{ T_BEFORE "0500000010" "0000000004" "00000005" "0100000001" "6161", TSMMR_E_MALFORMED, 0,
	  82, "two fields" },
	{ T_BEFORE "050000000f" "0100000004" "00000005" "0000000001" "61", TSMMR_E_MALFORMED, 0,
	  81, "two fields" },
	/* Digests. */
	{ T_NUM T_PCR "0300000000" T_ACTION, TSMMR_E_MALFORMED, 0, 0, "without a digest" },
	{ T_NUM T_PCR "0300000019" "0b00000014" Z20 T_ACTION, TSMMR_E_MALFORMED, 0, 49,
	  "wrong size" },
	{ T_NUM T_PCR "030000000a" "7700000000" "7800000000" T_ACTION, TSMMR_E_MALFORMED, 0, 34,
	  "wrong size" },
	{ T_NUM T_PCR "0300000032" "0400000014" Z20 "0400000014" Z20 T_ACTION, TSMMR_E_MALFORMED, 0,
	  74, "two digests" },
	/* Management. */
	{ T_CEL("0000", ""), TSMMR_E_MALFORMED, 0, 66, "without its type" },
	{ T_CEL("0006", "0200000001" "00"), TSMMR_E_MALFORMED, 0, 72, "firmware_end with" },
	{ T_CEL("000a", "0200000000" "0200000000"), TSMMR_E_MALFORMED, 0, 76, "several" },
	{ T_CEL("0005", "0300000000"), TSMMR_E_MALFORMED, 0, 71, "type that CEL" },
	{ T_CEL("0006", "5100000001" "03"), TSMMR_E_MALFORMED, 0, 72, "value that is none" },
	{ T_CEL("0005", "5000000000"), TSMMR_E_MALFORMED, 0, 71, "value that is none" },
	{ T_CEL("000b", "0100000006" "0000000001" "01"), TSMMR_E_MALFORMED, 0, 77, "two fields" },
};
/* clang-format on */

static void tlv_is_refused_by_name(void **state)
{
	expect_refusals(TLV, tlv_refused, N_OF(tlv_refused));
}

/* Every width from 1 to 8, but for the usual, is told. */
static void tlv_widths_are_told(void **state)
{
	static uint8_t bytes[1024];
	char hex[1024];

	for (unsigned w = 1; w <= 8; w++) {
		struct outcome o;

		snprintf(hex, sizeof(hex),
			 "00%08x%.*s"
			 "01%08x%.*s" T_DIGESTS "05%08x"
			 "00%08x%.*s%s",
			 w, (int)(2 * w), Z8, w, (int)(2 * w), Z8, 11 + w, w, (int)(2 * w - 2), Z8,
			 "05"
			 "0100000001"
			 "61");
		o = read_all(TLV, TPM, 0, bytes, unhex(hex, bytes, sizeof(bytes)));
		assert_code(o.code, 0);
		assert_string_equal(o.findings, " CEL_TLV_WIDTH");
	}
}

static void tlv_leniencies_are_told(void **state)
{
	/* clang-format off */
	static const struct {
		int platform;
		const char *hex, *id;
	} cases[] = {
		{ TPM, T_NUM_1 T_PCR T_DIGESTS T_ACTION T_NUM_1 T_PCR T_DIGESTS T_ACTION,
		  "CEL_RECNUM_ORDER" },
		{ TPM, "0000000001" "00" T_PCR T_DIGESTS T_ACTION
		       "0000000001" "01" T_PCR T_DIGESTS T_ACTION, "CEL_TLV_WIDTH" },
		{ TDX, T_NUM "6c00000001" "04" T_DIGESTS T_ACTION, "CEL_CC_MR" },
		{ TPM, T_CEL("0006", "8000000001" "07"), "CEL_MANAGEMENT_FORM" },
		{ TPM, T_CEL("0006", "8100000001" "02"), "CEL_MANAGEMENT_FORM" },
		{ TPM, T_NUM T_PCR "0300000000" "0400000005" "0200000000", "CEL_DIGESTS_EMPTY" },
		{ TPM, T_BEFORE "5000000000", "CEL_CONTENT_UNKNOWN" },
		{ TPM, T_BEFORE "0b00000001" "61", "CEL_CONTENT_11" },
	};
	/* clang-format on */
	static uint8_t bytes[1024];

	wrong = 0;
	for (size_t i = 0; i < N_OF(cases); i++)
		expect_leniency(cases[i].hex, TLV, cases[i].platform, bytes,
				unhex(cases[i].hex, bytes, sizeof(bytes)), cases[i].id);
	assert_int_equal(wrong, 0);
}

/* ---- windows ---- */

struct slow {
	const uint8_t *p;
	size_t n, step;
};

static long read_slowly(void *user, void *to, size_t n)
{
	struct slow *r = user;

	if (n > r->step)
		n = r->step;
	if (n > r->n)
		n = r->n;
	if (n)
		memcpy(to, r->p, n);
	r->p += n;
	r->n -= n;
	return (long)n;
}

struct growing {
	uint8_t *p;
	size_t n, size;
};

static void put(struct growing *g, const void *p, size_t n)
{
	assert_true(n <= g->size - g->n);
	memcpy(g->p + g->n, p, n);
	g->n += n;
}

static void put_hex(struct growing *g, const char *hex)
{
	uint8_t bytes[256];

	put(g, bytes, unhex(hex, bytes, sizeof(bytes)));
}

static void put_be(struct growing *g, uint64_t v, size_t n)
{
	while (n--) {
		uint8_t byte = (uint8_t)(v >> 8 * n);

		put(g, &byte, 1);
	}
}

/* Data of record i: n bytes that tell where they come from. */
static uint8_t byte_at(size_t i, size_t k)
{
	return (uint8_t)(i * 31 + k * 7 + k / 251);
}

static void put_data(struct growing *g, int format, size_t i, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		uint8_t byte = byte_at(i, k);
		char hex[3];

		snprintf(hex, sizeof(hex), "%02x", byte);
		put(g, format == JSON ? hex : (char *)&byte, format == JSON ? 2 : 1);
	}
}

/* EV_POST_CODE, for which no data is wrong. */
static void put_record(struct growing *g, int format, size_t i, size_t n)
{
	char text[128];

	if (format == CBOR) {
		put_hex(g, "a5001a");
		put_be(g, i + 65536, 4);
		put_hex(g, "0100" ONE_DIGEST "0905"
			   "0aa2000101");
		put_hex(g, n > UINT16_MAX ? "5a" : "59");
		put_be(g, n, n > UINT16_MAX ? 4 : 2);
	} else if (format == TLV) {
		put_hex(g, "0000000008");
		put_be(g, i + 65536, 8);
		put_hex(g, T_PCR T_DIGESTS "05");
		put_be(g, 14 + n, 4);
		put_hex(g, "0000000004"
			   "00000001"
			   "01");
		put_be(g, n, 4);
	} else {
		snprintf(text, sizeof(text), "%s{\"recnum\":%zu,\"pcr\":0,", i ? ",\n" : "[",
			 i + 65536);
		put(g, text, strlen(text));
		put(g, J_DIGESTS ",", strlen(J_DIGESTS ","));
		snprintf(text, sizeof(text), "%s",
			 "\"content_type\":\"pcclient_std\","
			 "\"content\":{\"event_type\":1,\"event_data\":\"");
		put(g, text, strlen(text));
	}
	put_data(g, format, i, n);
	if (format == JSON)
		put(g, "\"}}", 3);
}

/*
 * Records of more than 4 KiB, more than 64 KiB, and across the window of 256 KiB, in
 * whatever pieces the source gives them: what they point to is theirs, every byte of it.
 */
static void windows_do_not_show(void **state)
{
	static const size_t sizes[] = { 70000, 4000, 4096,   4097,  65536, 120000,
					300,   256,  270000, 65540, 300 };
	static const int formats[] = { CBOR, JSON, TLV };
	static const size_t steps[] = { 1, 4093, SIZE_MAX };
	const struct tsmmr_ctx ctx = { 0 };
	struct growing g = { .p = malloc(2 << 20), .size = 2 << 20 };

	assert_non_null(g.p);
	for (size_t f = 0; f < N_OF(formats); f++) {
		const struct format *format = formats[f] == CBOR ? &format_cel_cbor :
					      formats[f] == JSON ? &format_cel_json :
								   &format_cel_tlv;
		g.n = 0;
		if (formats[f] == CBOR)
			put_be(&g, 0x80 + N_OF(sizes), 1);
		for (size_t i = 0; i < N_OF(sizes); i++)
			put_record(&g, formats[f], i, sizes[i]);
		if (formats[f] == JSON)
			put(&g, "]", 1);

		for (size_t k = 0; k < N_OF(steps); k++) {
			struct slow slow = { g.p, g.n, steps[k] };
			struct tsmmr_error err = ERROR_INIT;
			const struct tsmmr_event *e;
			struct tsmmr_stream *s;
			struct source source;
			size_t i = 0;
			int r;

			source_fd(&source, read_slowly, &slow, TSMMR_NONE);
			assert_code(stream_new(&ctx, format, &platform_tpm, NULL, 0, &source, &s,
					       NULL),
				    0);
			while ((r = stream_next(s, &e, &err)) > 0) {
				assert_int_equal(e->data.n, sizes[i]);
				for (size_t b = 0; b < sizes[i]; b++)
					if (e->data.p[b] != byte_at(i, b))
						fail_msg("%s: byte %zu of record %zu", format->name,
							 b, i);
				assert_int_equal(e->digests[0].value.n, 32);
				assert_int_equal(e->digests[0].value.p[31], 0);
				i++;
			}
			if (r < 0)
				fail_msg("%s, step %zu: %s", format->name, steps[k], err.message);
			assert_int_equal(i, N_OF(sizes));
			stream_free(s);
		}
	}
	free(g.p);
}

/* Wherever a log is cut, it says so, and where: never another error, never a byte too far. */
static void a_cut_log_is_truncated(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		int format;
	} logs[] = {
		{ "cel/management.cbor", CBOR }, { "cel/ima.cbor", CBOR },
		{ "cel/pc-client.cbor", CBOR }, { "cel/unknown-200.cbor", CBOR },
		{ "cel/management.json", JSON }, { "cel/ima.json", JSON },
		{ "cel/management.tlv", TLV }, { "cel/pc-client.tlv", TLV },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(logs); i++) {
		struct bytes b = read_data(logs[i].name);

		for (size_t n = 1; n < b.n; n++) {
			struct outcome o = read_all(logs[i].format, TPM, 0, b.p, n);

			/* Between two records of TLV; before JSON's last newline. */
			if (o.code == 0 && (logs[i].format == TLV || n + 1 == b.n))
				continue;
			if (o.code != TSMMR_E_TRUNCATED || o.err.offset > n)
				fail_msg("%s cut at %zu: %d at %llu: %s", logs[i].name, n, o.code,
					 (unsigned long long)o.err.offset, o.err.message);
		}
		bytes_done(&b);
	}
}

/* TSMMR_LIMIT_BYTES holds for memory as for a pipe, and before the bytes are used. */
static void a_limit_is_kept(void **state)
{
	static const char *const names[] = { "cel/ima.cbor", "cel/ima.json", "cel/ima.tlv" };

	for (size_t i = 0; i < N_OF(names); i++) {
		struct bytes b = read_data(names[i]);
		struct tsmmr_error err = ERROR_INIT;
		const struct tsmmr_event *e;
		struct tsmmr_stream *s;
		struct tsmmr_ctx *ctx;
		int r;

		assert_code(tsmmr_ctx_new(&ctx), 0);
		for (int fits = 0; fits < 2; fits++) {
			tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_BYTES, fits ? b.n : 200);
			assert_code(tsmmr_stream_open_mem(ctx, TSMMR_FORMAT_AUTO, 0, NULL, b.p, b.n,
							  &s, &err),
				    0);
			while ((r = tsmmr_stream_next(s, &e, &err)) > 0)
				;
			assert_code(r, fits ? 0 : TSMMR_E_LIMIT);
			assert_true(fits || tsmmr_stream_bytes(s) <= 200);
			tsmmr_stream_free(s);
		}
		tsmmr_ctx_free(ctx);
		bytes_done(&b);
	}
}

/* Carried, and told: no bank of theirs is replayed.  A strict reader takes them. */
static void unknown_algorithms_are_told(void **state)
{
	static uint8_t bytes[1024];
	size_t n = unhex("82" BEFORE "0382" SHA256_0 ODD(41) ACTION "a5"
								    "0001"
								    "0100"
								    "0382" SHA256_0 ODD(42) ACTION,
			 bytes, sizeof(bytes));
	struct outcome o = read_all(CBOR, TPM, TSMMR_CTX_STRICT, bytes, n);

	assert_code(o.code, 0);
	assert_string_equal(o.findings, " DIGEST_UNKNOWN_ALG");
}

/* ---- what records mean ---- */

static struct tsmmr_log *parse(int format, int platform, const char *text)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(&ctx), 0);
	if (tsmmr_log_parse(ctx, format, platform, NULL, text, strlen(text), &log, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	tsmmr_ctx_free(ctx);
	return log;
}

static void who_is_measured(void **state)
{
	static const struct {
		const char *content;
		bool measured;
	} cases[] = {
		{ J_EVENT("\"EV_NO_ACTION\"", "\"\""), false },
		{ J_EVENT("\"EV_ACTION\"", "\"\""), true },
		{ J_CEL("{\"type\":\"cel_version\",\"data\":{\"major\":1,\"minor\":1}}"), false },
		{ J_CEL("{\"type\":\"firmware_end\"}"), false },
		{ J_CEL("{\"type\":\"cel_timestamp\",\"data\":1}"), true },
		{ J_CEL("{\"type\":\"state_trans\",\"data\":\"kexec\"}"), true },
		{ "\"content_type\":\"systemd\",\"content\":\"61\"", true },
		{ "\"content_type\":\"ima_tlv\",\"content\":\"61\"", true },
		{ "\"content_type\":\"unheard-of\",\"content\":null", true },
		{ "\"content_type\":200,\"content\":{}", true },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		char text[1024];
		struct tsmmr_log *log;

		snprintf(text, sizeof(text), "[{\"recnum\":0,\"pcr\":0," J_DIGESTS ",%s}]",
			 cases[i].content);
		log = parse(JSON, TPM, text);
		if (log->events[0].measured != cases[i].measured)
			fail_msg("%s: measured is %d", cases[i].content, log->events[0].measured);
		log_free(log);
	}
}

/* An NV index is no PCR, whatever its number. */
static void an_nv_index_is_no_pcr(void **state)
{
	struct tsmmr_log *log =
		parse(JSON, TPM,
		      "[{\"recnum\":0,\"nv_index\":5," J_DIGESTS
		      "," J_EVENT("\"EV_SEPARATOR\"",
				  "\"00000000\"") "},{\"recnum\":0,\"pcr\":5," J_DIGESTS
						  "," J_ACTION "}]");

	assert_int_equal(log->events[0].space, TSMMR_SPACE_NV);
	assert_true(log->events[0].recnum == TSMMR_NONE);
	assert_null(event_reg(&log->events[0]));
	assert_int_equal(log->events[1].recnum, 0);
	assert_false(log->events[1].after_separator);
	log_free(log);
}

/* One log, one way to number. */
static void kinds_of_index_do_not_mix(void **state)
{
	struct outcome o;
	static uint8_t bytes[1024];
	static const char mixed[] = "[{\"recnum\":0,\"rtmr\":1," J_DIGESTS "," J_ACTION "},"
				    "{\"recnum\":0,\"pcr\":1," J_DIGESTS "," J_ACTION "}]";
	size_t n = unhex(T_NUM "6c00000001"
			       "05" T_DIGESTS T_ACTION,
			 bytes, sizeof(bytes));

	o = read_all(JSON, TDX, 0, mixed, strlen(mixed));
	assert_code(o.code, TSMMR_E_MALFORMED);
	assert_int_equal(o.err.record, 1);
	o = read_all(JSON, TPM, 0, mixed, strlen(mixed));
	assert_code(o.code, TSMMR_E_MALFORMED);
	assert_int_equal(o.err.record, 0);
	/* There is no MrIndex 5, and a TPM has none at all. */
	assert_code(read_all(TLV, TDX, 0, bytes, n).code, TSMMR_E_MALFORMED);
	assert_code(read_all(TLV, TPM, 0, bytes, n).code, TSMMR_E_MALFORMED);
}

static void expect_export(const struct tsmmr_log *log, int format, int code, const char *why)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_ctx *ctx;
	uint8_t *out;
	size_t n;
	int r;

	assert_code(tsmmr_ctx_new(&ctx), 0);
	r = tsmmr_log_export(ctx, log, format, &out, &n, &err);
	if (r == 0)
		tsmmr_free(out);
	if (r != code || (r < 0 && !strstr(err.message, why)))
		fail_msg("export as %d gives %d: %s", format, r, err.message);
	tsmmr_ctx_free(ctx);
}

/* What an encoding has no room for is refused by name, not written wrong. */
static void what_cannot_be_written_is_refused(void **state)
{
	struct tsmmr_log *named =
		parse(JSON, TPM, J_WITH("\"content_type\":256,\"content\":\"00\""));
	struct tsmmr_log *typed =
		parse(JSON, TPM, J_WITH("\"content_type\":108,\"content\":\"00\""));
	struct tsmmr_log *alg =
		parse(JSON, TPM, J_ONE_DIGEST("{\"hashAlg\":\"0x0777\",\"digest\":\"00\"}"));
	struct bytes tcg2 = read_data("good-tcg2-sha256.bin"),
		     ccel = read_data("good-ccel-rtmr3.bin");
	struct tsmmr_log *two[2], *merged;
	struct tsmmr_ctx *ctx;

	expect_export(named, TLV, TSMMR_E_UNSUPPORTED, "no number in CEL-TLV");
	expect_export(named, CBOR, 0, "");
	expect_export(typed, TLV, TSMMR_E_UNSUPPORTED, "no number in CEL-TLV");
	expect_export(typed, CBOR, 0, "");
	expect_export(alg, TLV, TSMMR_E_UNSUPPORTED, "no number in CEL-TLV");
	expect_export(alg, CBOR, 0, "");

	/* PCR 7's records must not become RTMR0's. */
	assert_code(tsmmr_ctx_new(&ctx), 0);
	assert_code(tsmmr_log_parse(ctx, 0, TDX, NULL, ccel.p, ccel.n, &two[0], NULL), 0);
	assert_code(tsmmr_log_parse(ctx, 0, TPM, NULL, tcg2.p, tcg2.n, &two[1], NULL), 0);
	assert_code(tsmmr_log_merge(ctx, (const struct tsmmr_log *const *)two, 2, &merged, NULL),
		    0);
	expect_export(merged, CBOR, TSMMR_E_UNSUPPORTED, "about tpm registers in a log about");
	log_free(merged);
	log_free(two[0]);
	log_free(two[1]);
	tsmmr_ctx_free(ctx);
	bytes_done(&tcg2);
	bytes_done(&ccel);
	log_free(named);
	log_free(typed);
	log_free(alg);
}

/* Data of content type 11 that is no string must not leave as systemd's. */
static void unknown_content_keeps_its_type(void **state)
{
	uint8_t bytes[256];
	size_t n = unhex("81" BEFORE ONE_DIGEST "090b"
			 "0aa0",
			 bytes, sizeof(bytes));
	struct tsmmr_log *log, *back;
	struct tsmmr_ctx *ctx;
	uint8_t *out;
	size_t m;

	assert_code(tsmmr_ctx_new(&ctx), 0);
	assert_code(tsmmr_log_parse(ctx, CBOR, TPM, NULL, bytes, n, &log, NULL), 0);
	assert_code(tsmmr_log_export(ctx, log, CBOR, &out, &m, NULL), 0);
	assert_bytes(out, m, bytes, n);
	assert_code(tsmmr_log_parse(ctx, CBOR, TPM, NULL, out, m, &back, NULL), 0);
	tsmmr_free(out);
	log_free(back);
	log_free(log);
	tsmmr_ctx_free(ctx);
}

/* The count in front is of what follows, also where records were left out. */
static void an_array_counts_what_it_has(void **state)
{
	struct bytes b = read_data("good-tcg2-index-ffffffff.bin");
	struct tsmmr_log *log, *back;
	struct tsmmr_ctx *ctx;
	uint8_t *out;
	size_t n;

	assert_code(tsmmr_ctx_new(&ctx), 0);
	assert_code(tsmmr_log_parse(ctx, 0, 0, NULL, b.p, b.n, &log, NULL), 0);
	assert_code(tsmmr_log_export(ctx, log, CBOR, &out, &n, NULL), 0);
	assert_code(tsmmr_log_parse(ctx, CBOR, TPM, NULL, out, n, &back, NULL), 0);
	assert_true(tsmmr_log_count(back) < tsmmr_log_count(log));
	tsmmr_free(out);
	log_free(back);
	log_free(log);
	tsmmr_ctx_free(ctx);
	bytes_done(&b);
}

/* A frozen log outlives its stream, whatever the decoder computed. */
static void a_frozen_log_owns_its_bytes(void **state)
{
	static const char text[] =
		"\x1e{\"pcr\":11," J_DIGESTS ",\"content_type\":\"systemd\",\"content\":"
		"{\"string\":\"phase\",\"eventType\":\"phase\",\"timestamp\":7}}\n"
		"\x1e{\"pcr\":12," J_DIGESTS ",\"content_type\":\"other\",\"content\":[1, 2]}\n";
	char *gone = strdup(text);
	struct tsmmr_log *log;
	const struct tsmmr_event *e;

	assert_non_null(gone);
	log = parse(JSON, TPM, gone);
	memset(gone, 'x', strlen(gone));
	free(gone);
	e = &log->events[0];
	assert_bytes(e->data.p, e->data.n, "phase", 5);
	assert_true(e->aside.n > 0 && e->aside.p[0] == '{');
	e = &log->events[1];
	assert_bytes(e->data.p, e->data.n, "[1, 2]", 6);
	assert_bytes(e->name.p, e->name.n, "other", 5);
	assert_int_equal(e->digests[0].value.p[31], 0);
	log_free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cbor_is_refused_by_name),
		cmocka_unit_test(cbor_leniencies_are_told),
		cmocka_unit_test(json_is_refused_by_name),
		cmocka_unit_test(json_leniencies_are_told),
		cmocka_unit_test(json_that_is_as_it_should_be),
		cmocka_unit_test(tlv_is_refused_by_name),
		cmocka_unit_test(tlv_widths_are_told),
		cmocka_unit_test(tlv_leniencies_are_told),
		cmocka_unit_test(windows_do_not_show),
		cmocka_unit_test(a_cut_log_is_truncated),
		cmocka_unit_test(a_limit_is_kept),
		cmocka_unit_test(unknown_algorithms_are_told),
		cmocka_unit_test(who_is_measured),
		cmocka_unit_test(an_nv_index_is_no_pcr),
		cmocka_unit_test(kinds_of_index_do_not_mix),
		cmocka_unit_test(what_cannot_be_written_is_refused),
		cmocka_unit_test(unknown_content_keeps_its_type),
		cmocka_unit_test(an_array_counts_what_it_has),
		cmocka_unit_test(a_frozen_log_owns_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
