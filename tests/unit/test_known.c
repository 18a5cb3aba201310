/* SPDX-License-Identifier: BSD-2-Clause */
/* core/known.c, known/sums.c: lists of known values, theirs and hostile ones. */
#include "known.h"

#include <sys/resource.h>

#include "util/hex.h"

#define SHA256_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA256_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SHA384_C SHA256_A "cccccccccccccccccccccccccccccccc"

static int sums(struct tsmmr_known *known, int flags, const char *reg, const char *text, size_t n,
		struct tsmmr_error *err)
{
	return known_add_mem(known, TSMMR_KNOWN_SUMS, flags, reg, "list", text, n, err);
}

static void add(struct tsmmr_known *known, int flags, const char *reg, const char *text)
{
	struct tsmmr_error err = ERROR_INIT;

	if (sums(known, flags, reg, text, strlen(text), &err) < 0)
		fail_msg("%s", err.message);
}

/* What the digest is called in that register; NULL: it is not known there. */
static const char *name_in(const struct tsmmr_known *known, const char *reg, uint16_t type,
			   uint16_t alg, const char *hex, bool denied)
{
	static char name[KNOWN_NAME_MAX + 1];
	const struct known_source *source;
	bool fits[KNOWN_REGS_MAX] = { false };
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	struct span found;
	struct digest d = { .alg = alg };
	ssize_t n = hex_decode(digest, sizeof(digest), hex, strlen(hex));

	assert_true(n > 0);
	d.value = span_of(digest, (size_t)n);
	for (size_t i = 1; i <= known->n_regs; i++)
		fits[i] = select_item_matches(&known->regs[i - 1].item, reg, NULL, 0);
	if (!known_find(known, fits, type, &d, denied, &source, &found))
		return NULL;
	assert_string_equal(source->name, "list");
	memcpy(name, found.p, found.n);
	name[found.n] = '\0';
	return name;
}

static void what_other_programs_print(void **state)
{
	static const char *const lines[] = {
		SHA256_A "  vmlinuz\n",
		SHA256_A " *vmlinuz\n",
		SHA256_A "  vmlinuz",
		SHA256_A "  vmlinuz\r\n",
		"SHA256 (vmlinuz) = " SHA256_A,
		"sha256 (vmlinuz) = " SHA256_A "\n",
		"# made by hand\n\n" SHA256_A "  vmlinuz\n",
	};

	for (size_t i = 0; i < N_OF(lines); i++) {
		struct tsmmr_known *known = known_make();

		add(known, 0, "pcr9", lines[i]);
		assert_int_equal(known->digests.n, 1);
		assert_string_equal(name_in(known, "pcr9", 0, TSMMR_HASH_SHA256, SHA256_A, false),
				    "vmlinuz");
		/* In that register and that bank only, and nothing else. */
		assert_null(name_in(known, "pcr8", 0, TSMMR_HASH_SHA256, SHA256_A, false));
		assert_null(name_in(known, "pcr9", 0, TSMMR_HASH_SM3_256, SHA256_A, false));
		assert_null(name_in(known, "pcr9", 0, TSMMR_HASH_SHA256, SHA256_B, false));
		assert_null(name_in(known, "pcr9", 0, TSMMR_HASH_SHA256, SHA256_A, true));
		known_unref(known);
	}
}

static void names_as_they_stand(void **state)
{
	struct tsmmr_known *known = known_make();

	add(known, 0, "pcr9",
	    "\\" SHA256_A "  two\\nlines\nSHA256 (a) = b) = " SHA256_B "\nSM3 (x) = " SHA256_B
	    "\n" SHA384_C "  \n");
	assert_string_equal(name_in(known, "pcr9", 0, TSMMR_HASH_SHA256, SHA256_A, false),
			    "two\\nlines");
	assert_string_equal(name_in(known, "pcr9", 0, TSMMR_HASH_SHA256, SHA256_B, false),
			    "a) = b");
	assert_string_equal(name_in(known, "pcr9", 0, TSMMR_HASH_SM3_256, SHA256_B, false), "x");
	assert_string_equal(name_in(known, "pcr9", 0, TSMMR_HASH_SHA384, SHA384_C, false), "");
	/* The first name stays. */
	add(known, 0, "pcr9", SHA256_A "  another\n");
	assert_string_equal(name_in(known, "pcr9", 0, TSMMR_HASH_SHA256, SHA256_A, false),
			    "two\\nlines");
	assert_int_equal(known->digests.n, 4);
	known_unref(known);
}

static void lines_of_our_own(void **state)
{
	struct tsmmr_known *known = known_make();
	uint16_t ipl = 1;

	add(known, 0, NULL,
	    "pcr8 " SHA256_A " EV_IPL grub_cmd: boot\n"
	    "  pcr0-7\tsha384:" SHA384_C "  any of them\n"
	    "app-runtime " SHA256_B "\n"
	    "pcr8 sm3_256:" SHA256_B " 0x00000d01 x\n");
	assert_string_equal(known->types[ipl - 1].text, "EV_IPL");
	assert_string_equal(name_in(known, "pcr8", ipl, TSMMR_HASH_SHA256, SHA256_A, false),
			    "grub_cmd: boot");
	assert_null(name_in(known, "pcr8", 0, TSMMR_HASH_SHA256, SHA256_A, false));
	assert_null(name_in(known, "pcr8", 2, TSMMR_HASH_SHA256, SHA256_A, false));
	assert_string_equal(name_in(known, "pcr8", 2, TSMMR_HASH_SM3_256, SHA256_B, false), "x");
	assert_string_equal(name_in(known, "pcr4", 0, TSMMR_HASH_SHA384, SHA384_C, false),
			    "any of them");
	/* A list that names no type knows the digest as whatever comes. */
	assert_string_equal(name_in(known, "pcr4", ipl, TSMMR_HASH_SHA384, SHA384_C, false),
			    "any of them");
	assert_null(name_in(known, "pcr8", 0, TSMMR_HASH_SHA384, SHA384_C, false));
	known_unref(known);
}

static void denied_is_not_known(void **state)
{
	struct tsmmr_known *known = known_make();

	add(known, TSMMR_LIST_DENIED, "pcr9", SHA256_A "  old\n");
	add(known, 0, "pcr9", SHA256_A "  release\n");
	assert_string_equal(name_in(known, "pcr9", 0, TSMMR_HASH_SHA256, SHA256_A, true), "old");
	assert_string_equal(name_in(known, "pcr9", 0, TSMMR_HASH_SHA256, SHA256_A, false),
			    "release");
	known_unref(known);
}

/* What is wrong, with the line and its offset in bytes. */
static void refused(void **state)
{
	static const struct {
		const char *reg, *text;
		int code;
		uint64_t offset;
		const char *says;
	} rows[] = {
		{ "pcr9", "", TSMMR_E_MALFORMED, 0, "list: no digest in it" },
		{ "pcr9", "# nothing\n\n", TSMMR_E_MALFORMED, 11, "no digest in it" },
		{ NULL, SHA256_A "  vmlinuz\n", TSMMR_E_ARG, 0,
		  "line 1: this fits every register" },
		{ NULL, "#\n\\" SHA256_A "  a\\nb\n", TSMMR_E_ARG, 2, "line 2: this fits every" },
		{ NULL, "SHA256 (x) = " SHA256_A "\n", TSMMR_E_ARG, 0, "fits every register" },
		{ "pcr9", SHA256_A "  a\nvmlinuz\n", TSMMR_E_MALFORMED, 68,
		  "list: line 2: 'vmlinuz' is no digest" },
		{ "pcr9", "0x" SHA256_A "  a\n", TSMMR_E_MALFORMED, 0, "is no digest" },
		{ "pcr9", SHA256_A "a  odd\n", TSMMR_E_MALFORMED, 0, "is no digest" },
		{ "pcr9", "SHA384 (x) = " SHA256_A, TSMMR_E_MALFORMED, 0, "no digest of sha384" },
		{ "pcr9", "MD5 (x) = " SHA256_A, TSMMR_E_MALFORMED, 0, "'MD5': no such hash" },
		{ "pcr9", "pcr9 " SHA256_A "  a\n", TSMMR_E_MALFORMED, 0, "'pcr9' is no digest" },
		{ "pcr99", SHA256_A "  a\n", TSMMR_E_NOTFOUND, 0, "register 'pcr99'" },
		{ "pcr9-99", SHA256_A "  a\n", TSMMR_E_NOTFOUND, 0, "register 'pcr9-99'" },
		{ "pcr0-4000000000", SHA256_A "  a\n", TSMMR_E_NOTFOUND, 0, "register" },
		{ "*", SHA256_A "  a\n", TSMMR_E_NOTFOUND, 0, "register '*'" },
		{ "pcr9,pcr8", SHA256_A "  a\n", TSMMR_E_NOTFOUND, 0, "register 'pcr9,pcr8'" },
		{ "pcr9:sha256", SHA256_A "  a\n", TSMMR_E_NOTFOUND, 0, "'pcr9:sha256'" },
		{ "", SHA256_A "  a\n", TSMMR_E_NOTFOUND, 0, "register ''" },
		{ NULL, "pcr9 " SHA256_A "\nrtmr9 " SHA256_A " a\n", TSMMR_E_NOTFOUND, 70,
		  "line 2: no platform has a register 'rtmr9'" },
		{ NULL, "pcr9 md5:" SHA256_A " a\n", TSMMR_E_MALFORMED, 0, "'md5': no such hash" },
		{ NULL, "pcr9\n", TSMMR_E_MALFORMED, 0, "'' is no digest" },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct tsmmr_known *known = known_make();
		struct tsmmr_error err = ERROR_INIT;
		int r = sums(known, 0, rows[i].reg, rows[i].text, strlen(rows[i].text), &err);

		if (r != rows[i].code || err.offset != rows[i].offset ||
		    !strstr(err.message, rows[i].says))
			fail_msg("%zu: %d at %llu: %s", i, r, (unsigned long long)err.offset,
				 err.message);
		/* A list of which some was read is not half a list. */
		assert_int_equal(known->n_sources, 0);
		if (known->failed) {
			assert_code(known_use(known, NULL), TSMMR_E_ARG);
			assert_code(sums(known, 0, "pcr9", SHA256_B "  b", 67, NULL), TSMMR_E_ARG);
		}
		known_unref(known);
	}
}

static void used_is_final(void **state)
{
	struct tsmmr_known *known = known_make();

	add(known, 0, "pcr9", SHA256_A "  a\n");
	assert_code(known_use(known, NULL), 0);
	assert_code(sums(known, 0, "pcr9", SHA256_B "  b", 67, NULL), TSMMR_E_ARG);
	known_unref(known);
}

static void limits(void **state)
{
	struct tsmmr_known *known = known_make();
	struct tsmmr_error err = ERROR_INIT;
	char *line = malloc(2 * KNOWN_LINE_MAX);

	assert_non_null(line);
	memset(line, 'n', 2 * KNOWN_LINE_MAX);
	memcpy(line, SHA256_A "  ", 66);
	assert_code(sums(known, 0, "pcr9", line, 66 + KNOWN_NAME_MAX, &err), 0);
	assert_code(sums(known, 0, "pcr8", line, 67 + KNOWN_NAME_MAX, &err), TSMMR_E_LIMIT);
	known_unref(known);

	known = known_make();
	assert_code(sums(known, 0, "pcr9", line, 2 * KNOWN_LINE_MAX, &err), TSMMR_E_LIMIT);
	assert_non_null(strstr(err.message, "line 1: longer than"));
	known_unref(known);

	known = known_make();
	known->limits.events = 1;
	assert_code(sums(known, 0, "pcr9", SHA256_A "\n" SHA256_A "\n", 130, &err), TSMMR_E_LIMIT);
	assert_int_equal(err.offset, 65);
	known_unref(known);

	known = known_make();
	known->limits.bytes = 64;
	assert_code(sums(known, 0, "pcr9", SHA256_A "\n", 65, &err), TSMMR_E_LIMIT);
	known_unref(known);

	known = known_make();
	for (size_t i = 0; i < KNOWN_SOURCES_MAX; i++)
		add(known, 0, "pcr9", SHA256_A "\n");
	assert_code(sums(known, 0, "pcr9", SHA256_A "\n", 65, &err), TSMMR_E_LIMIT);
	known_unref(known);
	free(line);
}

/* A file of a million lines, made as it is read. */
struct million {
	uint32_t at, end;
	char line[160];
	size_t n, used;
};

#define MILLION 1000000u

static void next_line(struct million *m)
{
	uint64_t v = m->at * UINT64_C(0x9e3779b97f4a7c15);
	size_t n = 0;

	for (int i = 0; i < 6; i++, v = v * UINT64_C(0xd1342543de82ef95) + 1)
		n += (size_t)snprintf(m->line + n, sizeof(m->line) - n, "%016llx",
				      (unsigned long long)v);
	n += (size_t)snprintf(m->line + n, sizeof(m->line) - n, "  usr/lib/%08u.so\n", m->at);
	m->at++;
	m->n = n;
	m->used = 0;
}

static long read_lines(void *user, void *to, size_t n)
{
	struct million *m = user;
	size_t done = 0;

	while (done < n) {
		size_t take;

		if (m->used == m->n) {
			if (m->at == m->end)
				break;
			next_line(m);
		}
		take = m->n - m->used < n - done ? m->n - m->used : n - done;
		memcpy((char *)to + done, m->line + m->used, take);
		m->used += take;
		done += take;
	}
	return (long)done;
}

/* Of processor time. */
static double seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* A list of a million digests costs some 100 bytes for each, and no look-up more than another's. */
static void a_million(void **state)
{
	struct tsmmr_known *known = known_make();
	const uint32_t all = slow() ? MILLION / 10 : MILLION;
	struct million m = { .end = all }, last = { .at = all - 1 };
	struct rusage before, after;
	char name[32];
	double start = seconds(), made;
	struct tsmmr_error err = ERROR_INIT;
	struct source in;
	char hex[97] = "";

	for (struct million n = { 0 }; n.at < all;)
		next_line(&n);
	made = seconds();
	getrusage(RUSAGE_SELF, &before);
	source_fd(&in, read_lines, &m, TSMMR_NONE);
	if (known_add(known, known_kind(TSMMR_KNOWN_SUMS), 0, "rtmr2", "list", &in, &err) < 0)
		fail_msg("%s", err.message);
	source_done(&in);
	getrusage(RUSAGE_SELF, &after);
	print_message("%u digests of sha384: %.2f s, %ld MB\n", all,
		      seconds() - made - (made - start),
		      (after.ru_maxrss - before.ru_maxrss) / 1024);
	assert_int_equal(known->digests.n, all);
	assert_true(known->digests.n_bytes + known->digests.n_buckets * 4 < 100u << 20);

	next_line(&last);
	memcpy(hex, last.line, 96);
	snprintf(name, sizeof(name), "usr/lib/%08u.so", all - 1);
	assert_string_equal(name_in(known, "rtmr2", 0, TSMMR_HASH_SHA384, hex, false), name);
	hex[95] ^= 1;
	assert_null(name_in(known, "rtmr2", 0, TSMMR_HASH_SHA384, hex, false));
	known_unref(known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_other_programs_print),
		cmocka_unit_test(names_as_they_stand),
		cmocka_unit_test(lines_of_our_own),
		cmocka_unit_test(denied_is_not_known),
		cmocka_unit_test(refused),
		cmocka_unit_test(used_is_final),
		cmocka_unit_test(limits),
		cmocka_unit_test(a_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
