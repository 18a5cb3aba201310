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
		   const struct tsmmr_regs *base, struct tsmmr_regs **ret, struct tsmmr_error *err)
{
	const struct values_of of = {
		.platform = platform,
		.table = platforms,
		.n_table = n_platforms,
	};

	return regs_from_values(&of, span_of(text, n), base, ret, err);
}

static struct tsmmr_regs *parsed(const char *text, const struct tsmmr_regs *base)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;

	if (parse_n(NULL, text, strlen(text), base, &regs, &err) < 0)
		fail_msg("%s", err.message);
	assert_non_null(regs);
	return regs;
}

/* The text is refused, with this in the message, and *ret is left alone. */
static void refused(const struct platform *platform, const char *text, int code, const char *why)
{
	struct tsmmr_regs *regs = (void *)&code;
	struct tsmmr_error err = ERROR_INIT;
	int r = parse_n(platform, text, strlen(text), NULL, &regs, &err);

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
		       "mrconfigid=" X48,
		       NULL);
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
		struct tsmmr_regs *regs = parsed(cases[i].text, NULL);

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
		parsed("rtmr0=" X48 "\nrtmr0:sha384=0x" X48 "\npcr0=" X20 "\npcr0=" X32, NULL);

	assert_int_equal(regs->n, 3);
	regs_free(regs);
}

static void nothing_gives_an_empty_set(void **state)
{
	struct tsmmr_regs *regs = NULL;

	assert_int_equal(parse_n(NULL, NULL, 0, NULL, &regs, NULL), 0);
	assert_int_equal(regs->n, 0);
	regs_free(regs);
	regs = parsed("# nothing\n \n", NULL);
	assert_int_equal(regs->n, 0);
	regs_free(regs);
}

static void a_base_is_continued(void **state)
{
	struct tsmmr_regs *base = parsed("rtmr0=" X48 "\nrtmr1=" X48, NULL);
	static const char other[] = "rtmr0=" Y48;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *more, *none = NULL;

	more = parsed("rtmr0=" X48 "\nrtmr2=" Y48, base);
	assert_int_equal(more->n, 3);
	assert_string_equal(more->regs[2].desc->name, "rtmr2");
	for (size_t i = 0; i < more->n; i++) {
		assert_int_equal(more->regs[i].trust, TSMMR_TRUST_GIVEN);
		assert_int_equal(more->regs[i].n_others, 0);
	}
	assert_int_equal(base->n, 2);
	regs_free(more);

	assert_code(parse_n(NULL, other, strlen(other), base, &none, &err), TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "rtmr0 is given twice, with different values"));
	assert_null(none);
	regs_free(base);
}

static void commas_are_alternatives(void **state)
{
	struct tsmmr_regs *regs = parsed("rtmr0=" X48 ", 0x" Y48 "\nrtmr1=" X48, NULL);
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
}

static void json_round_trip(void **state)
{
	struct tsmmr_regs *regs =
		parsed("rtmr3=" X48 "\nmrowner=" X48 "\npcr4=" X32 "\npcr4=" X20, NULL);
	_cleanup_(buf_done) struct buf out = { 0 };
	struct tsmmr_regs *again = NULL;

	regs->source = "/a \"path\"\x01";
	assert_int_equal(regs_json(regs, NULL, &out, NULL), 0);
	assert_int_equal(parse_n(NULL, (const char *)out.p, out.n, NULL, &again, NULL), 0);
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
	struct tsmmr_regs *regs = parsed("rtmr3=" X48 "\nmrowner=" X48, NULL);
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
				  "{\"name\":\"rtmr1\",\"alg\":\"sha384\",\"value\":null}"),
		NULL);

	assert_int_equal(regs->n, 1);
	assert_string_equal(regs->regs[0].desc->name, "rtmr0");
	regs_free(regs);

	regs = parsed(REPLAY("null", "{\"name\":\"rtmr0\",\"value\":\"" X48 "\"},"
				     "{\"name\":\"pcr1\",\"alg\":\"sha1\",\"value\":\"" X20 "\"}"),
		      NULL);
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

static void refuses_what_is_too_large(void **state)
{
	size_t n = (1u << 20) + 1;
	char *text = malloc(n);
	struct tsmmr_regs *regs;

	assert_non_null(text);
	memset(text, ' ', n);
	assert_code(parse_n(NULL, text, n, NULL, &regs, NULL), TSMMR_E_LIMIT);
	free(text);
}

/* Every way to cut a good text must end in a set or in an error, and nothing else. */
static void survives_every_length(void **state)
{
	static const char *const texts[] = {
		"rtmr0=" X48 "\r\n# c\npcr0:sha256=" X32,
		REGS("{\"name\":\"rtmr0\",\"alg\":\"sha384\",\"value\":\"" X48 "\"}"),
	};

	for (size_t t = 0; t < N_OF(texts); t++)
		for (size_t n = 0; n <= strlen(texts[t]); n++) {
			struct tsmmr_regs *regs = NULL;
			char *exact = malloc(n ? n : 1);

			memcpy(exact, texts[t], n);
			if (parse_n(NULL, exact, n, NULL, &regs, NULL) == 0)
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
		cmocka_unit_test(a_base_is_continued),
		cmocka_unit_test(commas_are_alternatives),
		cmocka_unit_test(json_round_trip),
		cmocka_unit_test(json_has_every_key),
		cmocka_unit_test(json_of_replay),
		cmocka_unit_test(refuses_json),
		cmocka_unit_test(refuses_what_is_too_large),
		cmocka_unit_test(survives_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
