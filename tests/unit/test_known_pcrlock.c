/* SPDX-License-Identifier: BSD-2-Clause */
/* known/pcrlock.c: components and variants of systemd's, and files that are none. */
#include "known.h"

#define ALL 8 /* slots of a test's registers */

static void add(struct tsmmr_known *known, int flags, const char *name, const char *text)
{
	assert_code(known_add_mem(known, TSMMR_KNOWN_PCRLOCK, flags, NULL, name, text, strlen(text),
				  NULL),
		    0);
}

/* A file whose records are digests of one byte, over and over: "4a 4b 5c" is two of PCR 4. */
static void add_records(struct tsmmr_known *known, const char *name, const char *records)
{
	char text[8192];
	size_t n = (size_t)snprintf(text, sizeof(text), "{\"records\":[");

	for (const char *p = records; *p; p += p[2] ? 3 : 2) {
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "%s{\"pcr\":%c,\"digests\":[{\"hashAlg\":\"sha256\","
				      "\"digest\":\"",
				      p == records ? "" : ",", *p);
		for (size_t i = 0; i < 32; i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%02x", p[1]);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\"}]}");
	}
	snprintf(text + n, sizeof(text) - n, "]}");
	add(known, 0, name, text);
}

static uint16_t reg_of(const struct tsmmr_known *known, char pcr)
{
	const char name[] = { 'p', 'c', 'r', pcr, 0 };

	for (size_t i = 0; i < known->n_regs; i++)
		if (!strcmp(known->regs[i].text, name))
			return (uint16_t)(i + 1);
	return 0;
}

/* Shows such records to the set: '+' for each that is known, '-' for one that is not. */
static struct lacks show(const struct tsmmr_known *known, const char *records, const char *asked,
			 const char *expected)
{
	const struct known_source *s = known->sources[0];
	_cleanup_(free) void *state = calloc(1, s->kind->state_size(s, ALL));
	bool of[KNOWN_REGS_MAX] = { false };
	char got[64] = "";

	for (const char *p = asked; *p; p++)
		of[reg_of(known, *p)] = true;
	s->kind->begin(s, state, of);
	for (const char *p = records; *p; p += p[2] ? 3 : 2) {
		bool fits[KNOWN_REGS_MAX] = { false };
		struct digest d = { TSMMR_HASH_SHA256, { 0 } };
		uint8_t value[32];
		struct known_event e = { .fits = fits, .digests = &d, .n_digests = 1 };
		struct span name;

		memset(value, p[1], sizeof(value));
		d.value = span_of(value, sizeof(value));
		fits[reg_of(known, *p)] = reg_of(known, *p);
		strcat(got, s->kind->match(s, state, &e, &name) ? "+" : "-");
	}
	if (strcmp(got, expected) != 0)
		fail_msg("%s: %s, not %s", records, got, expected);
	return lacking(known, state);
}

static void one_component(void **state)
{
	struct tsmmr_known *known = known_make();

	add_records(known, "d/500-x.pcrlock", "4a 4b 4c");
	assert_int_equal(show(known, "", "4", "").n, 0);
	assert_int_equal(show(known, "4x 4a 4b 4c 4y", "4", "-+++-").n, 0);
	/* Once, whole, in order, and with nothing in between. */
	assert_int_equal(show(known, "4a 4b 4c 4a 4b 4c", "4", "+++---").n, 0);
	assert_int_equal(show(known, "4a 4b", "4", "++").n, 1);
	assert_int_equal(show(known, "4a 4c 4b", "4", "+--").n, 1);
	assert_int_equal(show(known, "4a 4x 4b 4c", "4", "+---").n, 1);
	assert_int_equal(show(known, "4b 4c", "4", "--").n, 0);
	assert_string_equal(show(known, "4a 4b", "4", "++").last,
			    "d/500-x.pcrlock: 500-x.pcrlock: 2 of 3 records, and not the rest");
	known_unref(known);
}

static void several_registers(void **state)
{
	struct tsmmr_known *known = known_make();

	add_records(known, "500-x.pcrlock", "4a 5b 4c 5d");
	/* Registers do not mind each other. */
	assert_int_equal(show(known, "5b 5d 4a 4c", "45", "++++").n, 0);
	assert_int_equal(show(known, "4a 5b 4c 5d", "45", "++++").n, 0);
	assert_int_equal(show(known, "5a 4b", "45", "--").n, 0);
	/* What is asked about must be there. */
	assert_int_equal(show(known, "4a 4c", "45", "++").n, 1);
	assert_int_equal(show(known, "4a 4c", "4", "++").n, 0);
	known_unref(known);
}

static void variants(void **state)
{
	struct tsmmr_known *known = known_make();

	add_records(known, "650-k.pcrlock.d/1.pcrlock", "4a 4b 5x");
	add_records(known, "650-k.pcrlock.d/2.pcrlock", "4a 4c 5y");
	add_records(known, "650-k.pcrlock.d/3.pcrlock", "4a");
	assert_int_equal(show(known, "4a 4b 5x", "45", "+++").n, 0);
	assert_int_equal(show(known, "4a 4c 5y", "45", "+++").n, 0);
	assert_int_equal(show(known, "4a 4z", "45", "+-").n, 0);
	/* One of them, not some of each. */
	assert_int_equal(show(known, "4a 4b 5y", "45", "++-").n, 1);
	assert_int_equal(show(known, "4a 4b 5x 4a 4c 5y", "45", "+++---").n, 0);
	assert_int_equal(show(known, "5x 4a", "45", "++").n, 1);
	known_unref(known);
}

static void several_components(void **state)
{
	struct tsmmr_known *known = known_make();

	add_records(known, "b/650-late.pcrlock", "4a 4c");
	add_records(known, "c/600-early.pcrlock", "4a 4b");
	add_records(known, "a/700-none.pcrlock", "");
	/* In any order; what begins two is of the first by its name. */
	assert_int_equal(show(known, "4a 4b 4a 4c", "4", "++++").n, 0);
	assert_int_equal(show(known, "4a 4c", "4", "+-").n, 1);
	/* None begins within another. */
	assert_int_equal(show(known, "4a 4a 4c 4b", "4", "+++-").n, 1);
	known_unref(known);
}

static void in_any_order(void **state)
{
	static const char text[] = "{\"records\":[{\"pcr\":4,\"digests\":[{\"hashAlg\":\"sha1\","
				   "\"digest\":\"0101010101010101010101010101010101010101\"}]}]}";
	struct tsmmr_known *known = known_make();

	add(known, TSMMR_LIST_ANY_ORDER, "x", text);
	assert_int_equal(known->digests.n, 1);
	known_unref(known);
}

#define RECORD(pcr, digests) "{\"records\":[{\"pcr\":" pcr ",\"digests\":[" digests "]}]}"
#define SHA1(hex) "{\"hashAlg\":\"sha1\",\"digest\":\"" hex "\"}"
#define ONES "1111111111111111111111111111111111111111"

static void no_files(void **state)
{
	static const struct no_list rows[] = {
		{ "", 0, TSMMR_E_TRUNCATED, 0, "x.pcrlock: JSON ends" },
		{ "{\"records\":[\x01", 0, TSMMR_E_MALFORMED, 12, "control character" },
		{ "[]", 0, TSMMR_E_MALFORMED, 0, "not an object" },
		{ "{}", 0, TSMMR_E_MALFORMED, 0, "no \"records\"" },
		{ "{\"records\":{}}", 0, TSMMR_E_MALFORMED, 0, "not of type array" },
		{ "{\"records\":[1]}", 0, TSMMR_E_MALFORMED, 0, "record 0: JSON: item 0" },
		{ RECORD("24", SHA1(ONES)), 0, TSMMR_E_MALFORMED, 0, "record 0: of no PCR" },
		{ RECORD("-1", SHA1(ONES)), 0, TSMMR_E_MALFORMED, 0, "negative" },
		{ RECORD("1", ""), 0, TSMMR_E_MALFORMED, 0, "record 0: without a digest" },
		{ RECORD("1", SHA1("11")), 0, TSMMR_E_MALFORMED, 0, "'11' is no digest of 'sha1'" },
		{ RECORD("1", "{\"digest\":\"" ONES "\"}"), 0, TSMMR_E_MALFORMED, 0, "of ''" },
		{ RECORD("1", SHA1(ONES) "," SHA1(ONES)), 0, TSMMR_E_MALFORMED, 0,
		  "two digests of sha1" },
		{ RECORD("1", SHA1(ONES)), TSMMR_LIST_DENIED, TSMMR_E_ARG, 0, "not denied" },
	};

	check_no_lists(TSMMR_KNOWN_PCRLOCK, "x.pcrlock", rows, N_OF(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_component), cmocka_unit_test(several_registers),
		cmocka_unit_test(variants),      cmocka_unit_test(several_components),
		cmocka_unit_test(in_any_order),  cmocka_unit_test(no_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
