/* SPDX-License-Identifier: BSD-2-Clause */
/* known/keylime.c: paths, digests and excludes of keylime's policies, and what is none. */
#include "known.h"

#define A32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B20 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct tsmmr_known *policy(const char *text)
{
	return known_of(TSMMR_KNOWN_KEYLIME, "policy", text);
}

static size_t field(uint8_t *to, const void *p, size_t n)
{
	const uint8_t len[] = { (uint8_t)n, (uint8_t)(n >> 8), 0, 0 };

	memcpy(to, len, 4);
	memcpy(to + 4, p, n);
	return 4 + n;
}

/* A record of IMA's as an appraisal shows it to the set's only list. */
static bool known(const struct tsmmr_known *k, const char *alg, uint8_t byte, const char *name,
		  bool bound, uint32_t content)
{
	const struct known_source *s = k->sources[0];
	uint8_t data[8192], digest[128];
	size_t n_alg = strlen(alg) + 1, n_digest = strstr(alg, "sha1:") ? 20 : 32, n;
	struct tsmmr_event e = { .content = content };
	struct known_event seen = { .e = &e, .bound = bound };
	struct span called;

	memcpy(digest, alg, n_alg);
	memset(digest + n_alg, byte, n_digest);
	n = field(data, digest, n_alg + n_digest);
	n += field(data + n, name, strlen(name) + 1);
	e.data = span_of(data, n);
	return s->kind->match(s, NULL, &seen, &called);
}

static bool is(const struct tsmmr_known *k, const char *alg, uint8_t byte, const char *name)
{
	return known(k, alg, byte, name, true, TSMMR_CONTENT_IMA_TEMPLATE);
}

static void paths_and_digests(void **state)
{
	struct tsmmr_known *k = policy(
		"{\"meta\":{\"version\":1},\"release\":0,\"digests\":{\"/bin/sh\":[\"" A32
		"\",\"" B20 "\"],\"/init\":[\"sha256:" A32 "\"],\"/bin/s\":[],\"/z\\u00e9\":[\"" B20
		"\"]},\"excludes\":null,\"keyrings\":{\".ima\":[\"" A32 "\"]},\"ima\":{"
		"\"ignored_keyrings\":[\"*\"],\"log_hash_alg\":\"sha1\",\"dm_policy\":null},"
		"\"ima-buf\":{\"kexec-cmdline\":[\"" B20 "\"]},\"verification-keys\":\"\"}");

	assert_true(is(k, "sha256:", 0xaa, "/bin/sh"));
	assert_true(is(k, "sha1:", 0xbb, "/bin/sh"));
	assert_true(is(k, "verity:sha256:", 0xaa, "/init"));
	assert_true(is(k, "sha256:", 0xaa, ".ima"));
	assert_true(is(k, "sha1:", 0xbb, "kexec-cmdline"));
	assert_true(is(k, "sha1:", 0xbb, "/z\xc3\xa9"));
	/* Both must be so, and together. */
	assert_false(is(k, "sha256:", 0xab, "/bin/sh"));
	assert_false(is(k, "sha1:", 0xaa, "/bin/sh"));
	assert_false(is(k, "sha256:", 0xaa, "/bin/s"));
	assert_false(is(k, "sha256:", 0xaa, "/bin/sh2"));
	assert_false(is(k, "sha1:", 0xbb, "/init"));
	assert_false(is(k, "sha256:", 0xaa, "boot_aggregate"));
	/* Nor what is not bound, or no record of IMA's. */
	assert_false(known(k, "sha256:", 0xaa, "/bin/sh", false, TSMMR_CONTENT_IMA_TEMPLATE));
	assert_false(known(k, "sha256:", 0xaa, "/bin/sh", true, TSMMR_CONTENT_PCCLIENT_STD));
	assert_false(is(k, "sha256", 0xaa, "/bin/sh"));
	known_unref(k);
}

static void older_forms(void **state)
{
	struct tsmmr_known *k = policy("{\"hashes\":{\"/a\":[\"" A32 "\"]}}");

	assert_true(is(k, "sha256:", 0xaa, "/a"));
	known_unref(k);
	k = policy("# ours\n" A32 "  /a b\n\n" B20 " boot_aggregate\r\n");
	assert_true(is(k, "sha256:", 0xaa, "/a b"));
	assert_true(is(k, "sha1:", 0xbb, "boot_aggregate"));
	known_unref(k);
}

static void legacy_template(void **state)
{
	struct tsmmr_known *k = policy(B20 " /a\n");
	const struct known_source *s = k->sources[0];
	uint8_t data[277] = { 0 };
	struct tsmmr_event e = { .content = TSMMR_CONTENT_IMA_TEMPLATE };
	struct known_event seen = { .e = &e, .bound = true };
	struct span name;

	memset(data, 0xbb, 20);
	memcpy(data + 20, "/a", 3);
	e.data = span_of(data, 276);
	assert_int_equal(s->kind->match(s, NULL, &seen, &name), 1);
	e.data = span_of(data, 277);
	assert_int_equal(s->kind->match(s, NULL, &seen, &name), 0);
	known_unref(k);
}

static bool excluded(const char *pattern, const char *name)
{
	char text[4096];
	struct tsmmr_known *k;
	bool r;

	snprintf(text, sizeof(text), "{\"digests\":{},\"excludes\":[\"%s\"]}", pattern);
	k = policy(text);
	r = is(k, "sha256:", 1, name);
	known_unref(k);
	return r;
}

/* As Python's re.match() has it. */
static void excludes(void **state)
{
	static const struct fit rows[] = {
		{ "/tmp", "/tmp/x", true },
		{ "/tmp", "/var/tmp", false },
		{ "/tmp$", "/tmp", true },
		{ "/tmp$", "/tmp/x", false },
		{ "^/tmp/.*", "/tmp/x", true },
		{ "/tmp/.*", "/tmp", false },
		{ "/a.c", "/abc", true },
		{ "/a\\\\.c", "/abc", false },
		{ "/a\\\\.c", "/a.c", true },
		{ "/a.*z$", "/a/z/yz", true },
		{ "/a.*z$", "/a/z/y", false },
		{ ".*\\\\.pyc", "/x/y.pyc", true },
		{ "/usr/src(/.*)?", "/usr/src/linux", true },
		{ "/usr/src(/.*)?", "/usr/bin", false },
		{ "/a.*b", "/a\nb", false },
		{ "/a.b", "/a\nb", false },
		{ "boot_aggregate", "boot_aggregate", true },
	};

	check_fits(excluded, rows, N_OF(rows));
}

/* Many stars cost no more than name times pattern. */
static void stars_cost_little(void **state)
{
	char pattern[1025] = "", name[4001];
	clock_t start = clock();

	for (size_t i = 0; i < 340; i++)
		memcpy(pattern + 3 * i, ".*a", 4);
	strcat(pattern, "b$");
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_false(excluded(pattern, name));
	assert_true((clock() - start) / CLOCKS_PER_SEC < 20);
}

static void no_policies(void **state)
{
	static const struct no_list rows[] = {
		{ "", 0, TSMMR_E_MALFORMED, 0, "policy: no digest in it" },
		{ "{", 0, TSMMR_E_TRUNCATED, 1, "policy: JSON ends" },
		{ "{}", 0, TSMMR_E_MALFORMED, 0, "no \"digests\"" },
		{ "{\"digests\":[]}", 0, TSMMR_E_MALFORMED, 0, "not of type object" },
		{ "{\"digests\":{\"/a\":\"x\"}}", 0, TSMMR_E_MALFORMED, 0, "/a: JSON" },
		{ "{\"digests\":{\"/a\":[1]}}", 0, TSMMR_E_MALFORMED, 0, "item 0 is not a text" },
		{ "{\"digests\":{\"/a\":[\"xy\"]}}", 0, TSMMR_E_MALFORMED, 0,
		  "/a: 'xy' is no digest" },
		{ "{\"digests\":{\"/a\":[\"sha1:" A32 "\"]}}", 0, TSMMR_E_MALFORMED, 0,
		  "no digest" },
		{ "{\"digests\":{},\"excludes\":[\"/a\",\"(a+)+\"]}", 0, TSMMR_E_UNSUPPORTED, 0,
		  "exclude 1: '(a+)+'" },
		{ "{\"digests\":{},\"excludes\":[\"\"]}", 0, TSMMR_E_UNSUPPORTED, 0, "exclude 0" },
		{ "{\"digests\":{},\"excludes\":[\"a|b\"]}", 0, TSMMR_E_UNSUPPORTED, 0, "'a|b'" },
		{ "{\"digests\":{},\"excludes\":[\"\\\\d\"]}", 0, TSMMR_E_UNSUPPORTED, 0, "\\d" },
		{ "{\"digests\":{},\"excludes\":[\"a$b\"]}", 0, TSMMR_E_UNSUPPORTED, 0, "a$b" },
		{ A32 "\n", 0, TSMMR_E_MALFORMED, 0, "line 1: not a digest and a path" },
		{ "#\n" A32 "0 /a\n", 0, TSMMR_E_MALFORMED, 2, "line 2: /a: 'aaaa" },
		{ A32 " /a\n", TSMMR_LIST_DENIED, TSMMR_E_ARG, 0, "says what may be" },
	};

	check_no_lists(TSMMR_KNOWN_KEYLIME, "policy", rows, N_OF(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_and_digests), cmocka_unit_test(older_forms),
		cmocka_unit_test(legacy_template),   cmocka_unit_test(excludes),
		cmocka_unit_test(stars_cost_little), cmocka_unit_test(no_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
