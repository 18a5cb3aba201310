/* SPDX-License-Identifier: BSD-2-Clause */
/* Every hypothesis, each by a log of which we know what is wrong with it. */
#include "testing.h"

#include "report/explain.h"
#include "crypto/hash.h"

#define LINES 16
#define BIG 65536

static bool seen[X_COUNT];

/* What was measured, in lines; what is logged, in bytes. */
struct scene {
	struct hasher h;
	uint8_t value[TSMMR_HASH_SIZE_MAX]; /* of the register */
	char lines[LINES][256];
	size_t n_lines;
	char text[BIG];
	size_t n;
};

static void scene_new(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	assert_int_equal(hasher_init(&s->h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA384)), 0);
}

static void extend(struct scene *s, const void *p, size_t n)
{
	uint8_t digest[TSMMR_HASH_SIZE_MAX];

	assert_int_equal(hash_bytes(&s->h, p, n, digest), 0);
	assert_int_equal(hash_extend(&s->h, s->value, digest, s->h.alg->size), 0);
}

/* Measures lines; "SYNC" stands for one that is true there. */
static void measure(struct scene *s, const char *const *lines)
{
	for (; *lines; lines++) {
		char *to = s->lines[s->n_lines++];

		assert_true(s->n_lines <= LINES);
		strcpy(to, *lines);
		if (!strcmp(*lines, "SYNC")) {
			strcpy(to, "SYNC sha384/");
			tohex(s->value, 48, to + strlen(to));
		}
		extend(s, to, strlen(to));
	}
}

#define MEASURE(s, ...) measure(s, (const char *const[]){ __VA_ARGS__, NULL })

static void put(struct scene *s, const char *line, const char *end)
{
	s->n += (size_t)snprintf(s->text + s->n, sizeof(s->text) - s->n, "%s%s", line, end);
	assert_true(s->n < sizeof(s->text));
}

/* Logs measured lines by their numbers. */
static void put_lines(struct scene *s, const char *numbers)
{
	for (; *numbers; numbers++)
		put(s, s->lines[*numbers <= '9' ? *numbers - '0' : *numbers - 'a' + 10], "\n");
}

static struct tsmmr_log *log_of(struct tsmmr_ctx *ctx, int format, const char *reg, const void *p,
				size_t n)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log = NULL;

	if (parse_as(ctx, format, TSMMR_PLATFORM_TDX, reg, p, n, &log, &err) < 0)
		fail_msg("%s", err.message);
	return log;
}

static struct tsmmr_explain *explain_logs(struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs,
					  size_t n, const char *values, struct tsmmr_log *reference,
					  struct tsmmr_report **ret_report)
{
	struct tsmmr_log *const *given = (struct tsmmr_log *const *)logs;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_explain *x = NULL;
	struct tsmmr_regs *regs = NULL;

	if (tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO, values,
				   strlen(values), &regs, &err) < 0 ||
	    tsmmr_report_new(ctx, given, n, regs, NULL, ret_report, &err) < 0 ||
	    tsmmr_explain_new(ctx, *ret_report, given, n, reference, &x, &err) < 0)
		fail_msg("%s", err.message);
	tsmmr_regs_free(regs);
	for (size_t i = 0; i < x->n; i++)
		for (size_t k = 0; k < x->answers[i].n; k++)
			seen[x->answers[i].all[k].id] = true;
	return x;
}

static size_t row_of(const struct tsmmr_report *report, const char *name)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++)
		if (!strcmp(tsmmr_report_name(report, i), name) &&
		    report_row(report, i)->reg.has_value)
			return i;
	fail_msg("no %s in the report", name);
	return 0;
}

#define NOWHERE TSMMR_NONE

/* Hypothesis k of a register is this one. */
static void is_told(const struct tsmmr_explain *x, const struct tsmmr_report *report,
		    const char *reg, size_t k, enum explain_id id, uint64_t first, uint64_t last,
		    bool would_match)
{
	const struct answer *a = &x->answers[row_of(report, reg)];
	const struct tsmmr_hypothesis *h = &a->all[k];

	assert_true(k < a->n);
	if (h->id != id || h->first != first || h->last != last || h->would_match != would_match)
		fail_msg("%s: %s %lld-%lld %d (%s) instead of %s %lld-%lld", reg,
			 explain_descs[h->id].id, (long long)h->first, (long long)h->last,
			 h->would_match, h->text, explain_descs[id].id, (long long)first,
			 (long long)last);
	assert_non_null(a->text);
}

static void values_of(const struct scene *s, const char *reg, char *to)
{
	sprintf(to, "%s=", reg);
	tohex(s->value, s->h.alg->size, to + strlen(to));
}

/* A value of 48 bytes that nothing leads to. */
static void odd_value(const char *reg, char *to)
{
	int n = sprintf(to, "%s=", reg);

	memset(to + n, 'e', 96);
	to[n + 96] = '\0';
}

/* The text log of a scene against its register: the first hypothesis, and its place. */
static void expect_text(struct tsmmr_ctx *ctx, struct scene *s, struct scene *reference,
			enum explain_id id, uint64_t first, uint64_t last, bool would_match)
{
	struct tsmmr_log *log = log_of(ctx, TSMMR_FORMAT_TEXT, "rtmr3", s->text, s->n);
	struct tsmmr_log *other =
		reference ? log_of(ctx, TSMMR_FORMAT_TEXT, "rtmr3", reference->text, reference->n) :
			    NULL;
	struct tsmmr_report *report;
	struct tsmmr_explain *x;
	char values[256];

	values_of(s, "rtmr3", values);
	x = explain_logs(ctx, &log, 1, values, other, &report);
	is_told(x, report, "rtmr3", 0, id, first, last, would_match);
	if (!would_match)
		for (size_t k = 0; k < x->answers[0].n; k++)
			assert_false(x->answers[0].all[k].would_match);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
	tsmmr_log_free(other);
	hasher_done(&s->h);
	if (reference)
		hasher_done(&reference->h);
}

/* --- text logs --------------------------------------------------------------------------- */

#define NINE "SYNC", "one", "two", "three", "SYNC", "four", "five", "six", "seven"

/* Lines 0 to 8 are measured; these are the ones that are logged. */
/* clang-format off */
static const struct {
	const char *logged;
	enum explain_id id;
	uint64_t first, last;
	bool would_match;
} orders[] = {
	{ "0124567", X_UNDECIDABLE, 0, 6, false },	/* two are missing */
	{ "01245678", X_UNDECIDABLE, 0, 2, false },	/* one is, between two SYNC lines */
	{ "01234578", X_UNDECIDABLE, 4, 7, false },	/* one is, behind the last */
	{ "0123456", X_UNDECIDABLE, 4, 6, false },	/* the log is older than the register */
	{ "012334567" "8", X_DOUBLED_RECORD, 3, 4, true },
	{ "0123145678", X_EXTRA_RECORD, 4, 4, true },
	{ "0123456178", X_EXTRA_RECORD, 7, 7, true },
	{ "0213" "45678", X_SWAPPED_RECORDS, 1, 2, true },
	{ "012345768", X_SWAPPED_RECORDS, 6, 7, true },
	{ "012354678", X_SWAPPED_RECORDS, 4, 5, true },	/* a SYNC line and its neighbour */
	{ "012357846", X_UNDECIDABLE, 0, 8, false },	/* too much has changed places */
	{ "012347568", X_MOVED_RECORD, 5, 5, true },
	{ "01235678", X_SYNC_MISSING, 3, 4, true },
	{ "12345678", X_SYNC_MISSING, 0, 0, true },
	{ "45678", X_MISSING_HEAD, 0, 0, true },
	{ "01234567" "8" "1", X_EXTRA_TAIL, 9, 9, true },
	{ "012345678123", X_EXTRA_TAIL, 9, 11, true },
};
/* clang-format on */

static void test_orders(void **state)
{
	for (size_t i = 0; i < N_OF(orders); i++) {
		struct scene s;

		scene_new(&s);
		MEASURE(&s, NINE);
		put_lines(&s, orders[i].logged);
		expect_text(*state, &s, NULL, orders[i].id, orders[i].first, orders[i].last,
			    orders[i].would_match);
	}
}

/* One line is replaced by another; the rest is as measured. */
static void with_line(struct tsmmr_ctx *ctx, size_t at, const char *line, const char *end,
		      enum explain_id id, uint64_t first, uint64_t last, bool would_match)
{
	struct scene s;

	scene_new(&s);
	MEASURE(&s, NINE);
	for (size_t i = 0; i < s.n_lines; i++)
		put(&s, i == at ? line : s.lines[i], i == at ? end : "\n");
	expect_text(ctx, &s, NULL, id, first, last, would_match);
}

static void test_lines(void **state)
{
	char wrong[128] = "SYNC sha384/";

	with_line(*state, 6, "fife", "\n", X_UNDECIDABLE, 4, 8, false);
	with_line(*state, 2, "tow", "\n", X_UNDECIDABLE, 0, 3, false);
	with_line(*state, 6, " five ", "\n", X_BLANKS_ADDED, 6, 6, true);
	with_line(*state, 2, "two", "\r\n", X_CRLF_COPY, 2, 2, true);
	memset(wrong + 12, 'a', 96);
	with_line(*state, 4, wrong, "\n", X_SYNC_WRONG, 4, 4, true);
	with_line(*state, 0, wrong, "\n", X_SYNC_WRONG, 0, 0, true);
	strcat(wrong, "\nfour");
	/* A line that was never measured, before one that was: forged, not changed. */
	with_line(*state, 5, wrong, "\n", X_SYNC_WRONG, 5, 5, true);
}

static void test_ends(void **state)
{
	struct scene s;

	for (int i = 0; i < 3; i++) {
		scene_new(&s);
		MEASURE(&s, NINE);
		for (size_t k = 0; k < s.n_lines; k++)
			put(&s, s.lines[k], i == 0 ? "\r\n" : k + 1 < s.n_lines ? "\n" : "");
		if (i > 0)
			s.n -= 2;
		/* The last line is part of one: nobody can tell what the rest of it was. */
		expect_text(*state, &s, NULL, i ? X_UNDECIDABLE : X_CRLF_COPY, i ? 4 : 0, 8, !i);
	}

	scene_new(&s);
	for (int i = 0; i < 5; i++) {
		char line[16];

		snprintf(line, sizeof(line), "line %d\n", i);
		extend(&s, line, strlen(line));
		put(&s, line, "");
	}
	expect_text(*state, &s, NULL, X_NEWLINE_MEASURED, 0, 4, true);
}

static void test_starts(void **state)
{
	struct scene s;

	scene_new(&s);
	memset(s.value, 0xff, 48);
	MEASURE(&s, "one", "two");
	put_lines(&s, "01");
	expect_text(*state, &s, NULL, X_START_VALUE, 0, 1, true);

	scene_new(&s);
	MEASURE(&s, "one", "two");
	put_lines(&s, "01");
	memset(s.value, 0, 48);
	expect_text(*state, &s, NULL, X_NOT_EXTENDED, 0, 1, true);

	scene_new(&s);
	MEASURE(&s, "one", "one", "two");
	put_lines(&s, "02");
	expect_text(*state, &s, NULL, X_UNLOGGED_REPEAT, 0, 1, true);
}

static void test_comments(void **state)
{
	uint8_t digest[48];
	char line[128] = "# .EXTEND ";
	struct scene s;

	memset(digest, 0xcd, sizeof(digest));
	tohex(digest, 48, line + strlen(line));

	scene_new(&s);
	MEASURE(&s, "SYNC", "one");
	put_lines(&s, "01");
	put(&s, line, "\n");
	assert_int_equal(hash_extend(&s.h, s.value, digest, 48), 0);
	MEASURE(&s, "two");
	put_lines(&s, "2");
	expect_text(*state, &s, NULL, X_OFF_LOG_EXTEND, 2, 2, true);

	/* True, and besides it a record too many. */
	scene_new(&s);
	MEASURE(&s, "SYNC", "one");
	put_lines(&s, "01");
	put(&s, line, "\n");
	assert_int_equal(hash_extend(&s.h, s.value, digest, 48), 0);
	MEASURE(&s, "two", "three");
	put_lines(&s, "2");
	put(&s, "extra", "\n");
	put_lines(&s, "3");
	expect_text(*state, &s, NULL, X_EXTRA_RECORD, 4, 4, true);
}

/* A reference decides what one value cannot. */
static void test_reference(void **state)
{
	static const struct {
		const char *logged, *reference;
		enum explain_id id;
		uint64_t first, last;
		bool would_match;
	} cases[] = {
		{ "01245678", "012345678", X_REFERENCE_DIFFERS, 2, 3, true },
		{ "0123456", "012345678", X_REFERENCE_DIFFERS, 6, 6, true },
		{ "01234578", "01234578", X_REFERENCE_SAME, NOWHERE, NOWHERE, false },
		{ "01234578", "0123458", X_REFERENCE_DIFFERS, 6, 6, false },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct scene s, reference;

		scene_new(&s);
		MEASURE(&s, NINE);
		put_lines(&s, cases[i].logged);
		scene_new(&reference);
		MEASURE(&reference, NINE);
		put_lines(&reference, cases[i].reference);
		expect_text(*state, &s, &reference, cases[i].id, cases[i].first, cases[i].last,
			    cases[i].would_match);
	}
}

/* --- firmware logs ----------------------------------------------------------------------- */

enum { SEPARATOR = 4, EVENT_TAG = 6, ACTION = 0x80000007 };

/* A record of a CCEL: its digest is that of said, or of data. */
struct rec {
	uint32_t index, type;
	const char *data, *said;
};

static size_t length(const struct rec *r, const char *text)
{
	return r->type == SEPARATOR && !*text ? 4 : strlen(text);
}

static void mk_rec(struct maker *m, struct hasher *h, const struct rec *r)
{
	const char *said = r->said ? r->said : r->data;
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	char zeros[64] = "";

	memcpy(zeros, r->data, strlen(r->data));
	mk_le(m, r->index, 4);
	mk_le(m, r->type, 4);
	mk_le(m, 1, 4);
	mk_le(m, TSMMR_HASH_SHA384, 2);
	assert_int_equal(hash_bytes(h, *said ? said : "\0\0\0", length(r, said), digest), 0);
	mk_add(m, digest, 48);
	mk_le(m, length(r, r->data), 4);
	mk_add(m, zeros, length(r, r->data));
}

/* What was measured into RTMR0 and RTMR1. */
static const struct rec measured[] = {
	{ 1, EVENT_TAG, "firmware", "its code" },
	{ 1, SEPARATOR, "", NULL },
	{ 2, ACTION, "Calling EFI Application from Boot Option", NULL },
	{ 2, SEPARATOR, "", NULL },
	{ 2, EVENT_TAG, "loader", "its code" },
	{ 2, ACTION, "Exit Boot Services Invocation", NULL },
	{ 2, ACTION, "Exit Boot Services Returned with Success", NULL },
};

static void values_of_ccel(char *to)
{
	struct scene s[2];

	for (uint32_t k = 0; k < 2; k++) {
		scene_new(&s[k]);
		for (size_t i = 0; i < N_OF(measured); i++) {
			const struct rec *r = &measured[i];
			const char *said = r->said ? r->said : r->data;

			if (r->index == k + 1)
				extend(&s[k], *said ? said : "\0\0\0", length(r, said));
		}
		values_of(&s[k], k ? "rtmr1" : "rtmr0", to);
		strcat(to, "\n");
		to += strlen(to);
		hasher_done(&s[k].h);
	}
}

static void with_ccel(struct tsmmr_ctx *ctx, const struct rec *logged, size_t n, const char *reg,
		      size_t k, enum explain_id id, uint64_t first, uint64_t last, bool would_match)
{
	static struct maker m;
	struct tsmmr_report *report;
	struct tsmmr_explain *x;
	struct tsmmr_log *log;
	struct hasher h;
	char values[512];

	m.n = 0;
	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA384)), 0);
	mk_header(&m, 1, TSMMR_HASH_SHA384, 48);
	for (size_t i = 0; i < n; i++)
		mk_rec(&m, &h, &logged[i]);
	hasher_done(&h);
	log = log_of(ctx, TSMMR_FORMAT_CCEL, NULL, m.bytes, m.n);
	values_of_ccel(values);
	x = explain_logs(ctx, &log, 1, values, NULL, &report);
	is_told(x, report, reg, k, id, first, last, would_match);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
}

#define CCEL(ctx, reg, k, id, first, last, match, ...)                                \
	do {                                                                          \
		const struct rec logged[] = { __VA_ARGS__ };                          \
		with_ccel(ctx, logged, N_OF(logged), reg, k, id, first, last, match); \
	} while (0)
#define M(i) measured[i]

/* Records count from 1: the header is 0. */
static void test_firmware(void **state)
{
	struct tsmmr_ctx *ctx = *state;
	struct rec changed = measured[5], relabelled = measured[4], other = measured[0];

	CCEL(ctx, "rtmr1", 0, X_EXIT_BOOT_SERVICES_MISSING, 5, 5, true, M(0), M(1), M(2), M(3),
	     M(4));
	CCEL(ctx, "rtmr1", 0, X_EXIT_BOOT_SERVICES_MISSING, 6, 6, true, M(0), M(1), M(2), M(3),
	     M(4), M(5));
	CCEL(ctx, "rtmr1", 0, X_SEPARATOR_MISSING, 3, 4, true, M(0), M(1), M(2), M(4), M(5), M(6));
	CCEL(ctx, "rtmr1", 0, X_SEPARATOR_TWICE, 4, 5, true, M(0), M(1), M(2), M(3), M(3), M(4),
	     M(5), M(6));
	/* Lost where nothing tells: no record is named. */
	CCEL(ctx, "rtmr1", 0, X_UNDECIDABLE, 3, 6, false, M(0), M(1), M(2), M(3), M(5), M(6));

	/* The digest of a record whose data is bound to it. */
	changed.said = "Exit Boot Services";
	CCEL(ctx, "rtmr1", 0, X_DIGEST_CHANGED, 6, 6, true, M(0), M(1), M(2), M(3), M(4), changed,
	     M(6));
	changed = measured[5];
	changed.data = "Exit Boot Services, perhaps";
	changed.said = measured[5].data;
	CCEL(ctx, "rtmr1", 0, X_DATA_CHANGED, 6, 6, true, M(0), M(1), M(2), M(3), M(4), changed,
	     M(6));

	/* Logged for another register than it was measured into. */
	relabelled.index = 1;
	CCEL(ctx, "rtmr1", 0, X_RECORD_IN_WRONG_REGISTER, 4, 6, true, M(0), M(1), M(2), M(3),
	     relabelled, M(5), M(6));
	CCEL(ctx, "rtmr0", 0, X_EXTRA_TAIL, 5, 5, true, M(0), M(1), M(2), M(3), relabelled, M(5),
	     M(6));
	/* And something else is wrong with the other one: told, and no more than that. */
	other.said = "other code";
	CCEL(ctx, "rtmr0", 0, X_RECORD_ELSEWHERE, 5, 5, false, other, M(1), M(2), M(3), relabelled,
	     M(5), M(6));
	CCEL(ctx, "rtmr0", 1, X_UNDECIDABLE, 1, 5, false, other, M(1), M(2), M(3), relabelled, M(5),
	     M(6));
}

/*
 * OVMF logs a separator for one register and measures it into another: a record that its own
 * register needs is not offered to one that would also be glad of it.
 */
static void test_separator_at_home(void **state)
{
	struct tsmmr_ctx *ctx = *state;
	struct rec moved = measured[3];

	CCEL(ctx, "rtmr1", 0, X_SEPARATOR_MISSING, 2, 4, true, M(0), M(2), M(1), M(4), M(5), M(6));
	moved.index = 1;
	CCEL(ctx, "rtmr1", 0, X_RECORD_IN_WRONG_REGISTER, 3, 5, true, M(0), M(1), M(2), moved, M(4),
	     M(5), M(6));
}

/* A stretch that passes from one log into the next: records of each, under its own number. */
static void test_two_logs(void **state)
{
	static struct maker m;
	struct tsmmr_log *logs[2];
	struct tsmmr_report *report;
	struct tsmmr_explain *x;
	const struct answer *a;
	struct hasher h;
	char values[256];
	struct scene s;

	m.n = 0;
	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA384)), 0);
	mk_header(&m, 1, TSMMR_HASH_SHA384, 48);
	for (size_t i = 0; i < N_OF(measured); i++)
		mk_rec(&m, &h, &measured[i]);
	hasher_done(&h);
	scene_new(&s);
	MEASURE(&s, "one", "two");
	put_lines(&s, "01");
	logs[0] = log_of(*state, TSMMR_FORMAT_CCEL, NULL, m.bytes, m.n);
	logs[1] = log_of(*state, TSMMR_FORMAT_TEXT, "rtmr1", s.text, s.n);
	values_of(&s, "rtmr1", values);
	x = explain_logs(*state, logs, 2, values, NULL, &report);
	is_told(x, report, "rtmr1", 0, X_UNDECIDABLE, 3, 7, false);
	is_told(x, report, "rtmr1", 1, X_UNDECIDABLE, 0, 1, false);
	a = &x->answers[row_of(report, "rtmr1")];
	assert_int_equal(a->all[0].log, 0);
	assert_int_equal(a->all[1].log, 1);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	for (size_t i = 0; i < 2; i++)
		tsmmr_log_free(logs[i]);
	hasher_done(&s.h);
}

/* --- which register, which bank ---------------------------------------------------------- */

/* Values for several registers of a text log each. */
static void test_elsewhere(void **state)
{
	struct tsmmr_log *logs[2];
	struct tsmmr_report *report;
	struct tsmmr_explain *x;
	struct scene a, b;
	char values[1024];

	scene_new(&a);
	MEASURE(&a, "one", "two");
	put_lines(&a, "01");
	scene_new(&b);
	MEASURE(&b, "three", "four", "five");
	put_lines(&b, "012");
	logs[0] = log_of(*state, TSMMR_FORMAT_TEXT, "rtmr2", a.text, a.n);
	logs[1] = log_of(*state, TSMMR_FORMAT_TEXT, "rtmr3", b.text, b.n);

	/* One off: what RTMR2 and RTMR3 hold is given as what RTMR1 and RTMR2 hold. */
	values_of(&a, "rtmr1", values);
	strcat(values, "\n");
	values_of(&b, "rtmr2", values + strlen(values));
	strcat(values, "\n");
	values_of(&a, "pcr8:sha384", values + strlen(values));
	odd_value("\nrtmr3", values + strlen(values));
	x = explain_logs(*state, logs, 2, values, NULL, &report);
	is_told(x, report, "rtmr1", 0, X_WRONG_REGISTER, NOWHERE, NOWHERE, true);
	is_told(x, report, "rtmr2", 0, X_WRONG_REGISTER, NOWHERE, NOWHERE, true);
	is_told(x, report, "pcr8", 0, X_WRONG_INDEX_SPACE, NOWHERE, NOWHERE, true);
	is_told(x, report, "rtmr3", 0, X_UNDECIDABLE, 0, 2, false);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);

	/* No log at all; and a bank that was only closed. */
	memset(b.value, 0, 48);
	assert_int_equal(hash_extend(&b.h, b.value, (uint8_t[48]){ 0 }, 48), 0);
	values_of(&b, "rtmr0", values);
	odd_value("\nrtmr1", values + strlen(values));
	odd_value("\nrtmr2", values + strlen(values));
	x = explain_logs(*state, logs, 1, values, NULL, &report);
	is_told(x, report, "rtmr0", 0, X_BANK_CAPPED, NOWHERE, NOWHERE, true);
	is_told(x, report, "rtmr1", 0, X_NO_LOG, NOWHERE, NOWHERE, false);
	/* The kernel's register: IMA may use it, too. */
	is_told(x, report, "rtmr2", 0, X_UNDECIDABLE, 0, 1, false);
	is_told(x, report, "rtmr2", 1, X_IMA_EXTENDS_TOO, NOWHERE, NOWHERE, false);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	for (size_t i = 0; i < 2; i++)
		tsmmr_log_free(logs[i]);
	hasher_done(&a.h);
	hasher_done(&b.h);
}

static struct tsmmr_explain *explain_file(struct tsmmr_ctx *ctx, const char *name,
					  const char *values, struct tsmmr_report **ret_report)
{
	struct tsmmr_error err = ERROR_INIT;
	struct bytes b = read_data(name);
	struct tsmmr_log *log = NULL;
	struct tsmmr_explain *x;

	if (parse_as(ctx, TSMMR_FORMAT_TCG2, TSMMR_PLATFORM_TPM, NULL, b.p, b.n, &log, &err) < 0)
		fail_msg("%s", err.message);
	x = explain_logs(ctx, &log, 1, values, NULL, ret_report);
	tsmmr_log_free(log);
	bytes_done(&b);
	return x;
}

/* Banks of one size; a bank filled with another's digests; a bank with a hole. */
static void test_banks(void **state)
{
	struct hasher h;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_explain *x;
	struct tsmmr_log *log;
	struct bytes b = read_data("good-tcg2-all-banks.bin");
	uint8_t value[TSMMR_HASH_SIZE_MAX] = { 0 };
	char values[256] = "pcr7:sha3_256=";
	size_t n = strlen(values);

	assert_int_equal(parse_as(*state, TSMMR_FORMAT_TCG2, TSMMR_PLATFORM_TPM, NULL, b.p, b.n,
				  &log, &err),
			 0);
	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA256)), 0);
	for (size_t i = 0; i < log->n; i++) {
		const struct tsmmr_event *e = &log->events[i];
		const struct digest *d = event_digest(e, TSMMR_HASH_SHA256);

		if (e->measured && e->index == 7)
			assert_int_equal(hash_extend(&h, value, d->value.p, 32), 0);
	}
	tohex(value, 32, values + n);
	x = explain_file(*state, "good-tcg2-all-banks.bin", values, &report);
	is_told(x, report, "pcr7", 0, X_WRONG_BANK, NOWHERE, NOWHERE, true);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);

	memset(value, 0, sizeof(value));
	for (size_t i = 0; i < log->n; i++) {
		uint8_t padded[32] = { 0 };

		if (!log->events[i].measured || log->events[i].index != 7)
			continue;
		memcpy(padded, event_digest(&log->events[i], TSMMR_HASH_SHA1)->value.p, 20);
		assert_int_equal(hash_extend(&h, value, padded, 32), 0);
	}
	strcpy(values, "pcr7:sha256=");
	tohex(value, 32, values + strlen(values));
	x = explain_file(*state, "good-tcg2-all-banks.bin", values, &report);
	assert_int_equal(x->answers[row_of(report, "pcr7")].all[0].id, X_SHA1_PADDED);
	assert_true(x->answers[row_of(report, "pcr7")].all[0].would_match);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
	bytes_done(&b);
	hasher_done(&h);

	x = explain_file(*state, "good-tcg2-missing-digest.bin",
			 "pcr12:sha1=863b40ac690a22c4da6fb6c26a520d5f118d0d5b", &report);
	is_told(x, report, "pcr12", 0, X_DIGEST_MISSING, 2, 2, true);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
}

/* PCR 10 when one record of a list was extended as its data, as zeros or as ones. */
static void ima_values(const struct tsmmr_log *log, const char *bank, size_t at, int as, char *to)
{
	struct hasher h;
	uint8_t value[TSMMR_HASH_SIZE_MAX] = { 0 }, digest[TSMMR_HASH_SIZE_MAX];

	assert_int_equal(hasher_init(&h, CRYPTO_DEFAULT, hash_by_name(span_of(bank, strlen(bank)))),
			 0);
	for (size_t i = 0; i < log->n; i++) {
		const struct tsmmr_event *e = &log->events[i];

		assert_int_equal(e->class->derive(e, &h, digest), 0);
		if (i == at && as == 'd')
			assert_int_equal(hash_bytes(&h, e->data.p, e->data.n, digest), 0);
		else if (i == at)
			memset(digest, as, sizeof(digest));
		assert_int_equal(hash_extend(&h, value, digest, h.alg->size), 0);
	}
	sprintf(to, "pcr10:%s=", bank);
	tohex(value, h.alg->size, to + strlen(to));
	hasher_done(&h);
}

/* A forged entry, and violations that were extended as something else, in each bank. */
static void test_ima(void **state)
{
	static const struct {
		const char *file, *bank;
		size_t at;
		int as;
		enum explain_id id;
	} cases[] = {
		{ "ima/forged.sha1.bin", "sha1", 2, 'd', X_DIGEST_CHANGED },
		{ "ima/forged.sha1.bin", "sha256", 2, 'd', X_DIGEST_CHANGED },
		{ "ima/violation-first.sha256.bin", "sha256", 0, 0, X_VIOLATION_AS_ZEROS },
		{ "ima/violation-first.sha256.bin", "sha384", 0, 0, X_VIOLATION_AS_ZEROS },
		{ "ima/violation-first.sha256.bin", "sha256", 0, 'd', X_DIGEST_CHANGED },
		{ "ima/every.sha256.bin", "sha256", 5, 0xff, X_VIOLATION_HIDDEN },
		{ "ima/every.sha256.bin", "sha512", 5, 0xff, X_VIOLATION_HIDDEN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_report *report;
		struct tsmmr_explain *x;
		struct tsmmr_log *log = NULL;
		struct bytes b = read_data(cases[i].file);
		char values[256];

		assert_int_equal(parse_as(*state, TSMMR_FORMAT_IMA, TSMMR_PLATFORM_TPM, NULL, b.p,
					  b.n, &log, &err),
				 0);
		ima_values(log, cases[i].bank, cases[i].at, cases[i].as, values);
		x = explain_logs(*state, &log, 1, values, NULL, &report);
		is_told(x, report, "pcr10", 0, cases[i].id, cases[i].at, cases[i].at, true);
		tsmmr_explain_free(x);
		tsmmr_report_free(report);
		tsmmr_log_free(log);
		bytes_done(&b);
	}
}

/* A canonical log can hold IMA's records: then the list is not missing. */
static void test_ima_in_cel(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct bytes b = read_data("cel/ima.cbor");
	struct tsmmr_report *report;
	struct tsmmr_explain *x;
	struct tsmmr_log *log;

	assert_int_equal(parse_as(*state, TSMMR_FORMAT_CEL_CBOR, TSMMR_PLATFORM_TPM, NULL, b.p, b.n,
				  &log, &err),
			 0);
	x = explain_logs(*state, &log, 1, "pcr10:sha1=863b40ac690a22c4da6fb6c26a520d5f118d0d5b",
			 NULL, &report);
	is_told(x, report, "pcr10", 0, X_UNDECIDABLE, 0, 2, false);
	assert_int_equal(x->answers[row_of(report, "pcr10")].n, 1);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
	bytes_done(&b);
}

/* Its first records were deleted: every list begins with boot_aggregate. */
static void test_ima_trimmed(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct bytes b = read_data("ima/every.sha256.bin");
	struct tsmmr_report *report;
	struct tsmmr_explain *x;
	struct tsmmr_log *log, *cut;
	char values[256];
	size_t at;

	assert_int_equal(parse_as(*state, TSMMR_FORMAT_IMA, TSMMR_PLATFORM_TPM, NULL, b.p, b.n,
				  &log, &err),
			 0);
	ima_values(log, "sha256", SIZE_MAX, 0, values);
	at = log->events[2].offset;
	assert_int_equal(parse_as(*state, TSMMR_FORMAT_IMA, TSMMR_PLATFORM_TPM, NULL, b.p + at,
				  b.n - at, &cut, &err),
			 0);
	x = explain_logs(*state, &cut, 1, values, NULL, &report);
	is_told(x, report, "pcr10", 0, X_IMA_TRIMMED, 0, 0, false);
	assert_int_equal(x->answers[row_of(report, "pcr10")].all[1].id, X_UNDECIDABLE);
	assert_int_equal(x->answers[row_of(report, "pcr10")].n, 2);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	tsmmr_log_free(cut);
	tsmmr_log_free(log);
	bytes_done(&b);
}

/* --- what systemd measures --------------------------------------------------------------- */

/* PCRs with the firmware's log of them, and systemd's. */
struct boot {
	struct hasher h;
	uint8_t values[24][TSMMR_HASH_SIZE_MAX];
	struct maker firmware;
	char systemd[4096];
	char asked[256];
};

static struct boot *boot_new(void)
{
	struct boot *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	assert_int_equal(hasher_init(&b->h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA384)), 0);
	mk_header(&b->firmware, 0, TSMMR_HASH_SHA384, 48);
	return b;
}

static void boot_free(struct boot *b)
{
	hasher_done(&b->h);
	free(b);
}

static void boot_extends(struct boot *b, unsigned pcr, const char *word)
{
	uint8_t digest[TSMMR_HASH_SIZE_MAX];

	assert_int_equal(hash_bytes(&b->h, word, strlen(word), digest), 0);
	assert_int_equal(hash_extend(&b->h, b->values[pcr], digest, 48), 0);
}

static void boot_firmware(struct boot *b, unsigned pcr, const char *name, const char *code)
{
	mk_rec(&b->firmware, &b->h, &(struct rec){ pcr, EVENT_TAG, name, code });
	boot_extends(b, pcr, code);
}

static void boot_logs(struct boot *b, unsigned pcr, const char *word, const char *id)
{
	uint8_t digest[TSMMR_HASH_SIZE_MAX];
	char hex[2 * TSMMR_HASH_SIZE_MAX + 1];
	size_t n = strlen(b->systemd);

	assert_int_equal(hash_bytes(&b->h, word, strlen(word), digest), 0);
	tohex(digest, 48, hex);
	snprintf(
		b->systemd + n, sizeof(b->systemd) - n,
		"\x1e{\"pcr\":%u,\"digests\":[{\"hashAlg\":\"sha384\",\"digest\":\"%s\"}],"
		"\"content_type\":\"systemd\",\"content\":{\"string\":\"%s\",\"bootId\":\"%s\"}}\n",
		pcr, hex, word, id);
}

static void boot_asks(struct boot *b, unsigned pcr)
{
	sprintf(b->asked, "pcr%u=", pcr);
	tohex(b->values[pcr], 48, b->asked + strlen(b->asked));
}

static struct tsmmr_explain *boot_explain(struct tsmmr_ctx *ctx, struct boot *b,
					  struct tsmmr_report **ret_report)
{
	struct tsmmr_log *logs[2] = { NULL };
	struct tsmmr_explain *x;
	size_t n = b->systemd[0] ? 2 : 1;

	assert_int_equal(parse_as(ctx, TSMMR_FORMAT_TCG2, TSMMR_PLATFORM_TPM, NULL,
				  b->firmware.bytes, b->firmware.n, &logs[0], NULL),
			 0);
	if (n > 1)
		assert_int_equal(parse_as(ctx, TSMMR_FORMAT_SYSTEMD, TSMMR_PLATFORM_TPM, NULL,
					  b->systemd, strlen(b->systemd), &logs[1], NULL),
				 0);
	x = explain_logs(ctx, logs, n, b->asked, NULL, ret_report);
	tsmmr_log_free(logs[0]);
	tsmmr_log_free(logs[1]);
	return x;
}

/* Words after the firmware's records, and what is said of them; NULL: they are not found. */
static void test_phases(void **state)
{
	/* clang-format off */
	static const struct {
		unsigned pcr;
		const char *words[12], *said;
	} rows[] = {
		{ 11, { "enter-initrd" }, "after record 2 \"enter-initrd\" (systemd-pcrphase) was measured" },
		{ 11, { "enter-initrd", "leave-initrd", "sysinit", "ready" },
		  "after record 2 \"enter-initrd leave-initrd sysinit ready\" (systemd-pcrphase) were measured" },
		{ 11, { "sysinit", "ready" }, "\"sysinit ready\" (" },
		{ 11, { "final" }, "\"final\" (" },
		{ 11, { "enter-initrd", "storage-target-mode-start", "storage-target-mode-stop",
			"leave-initrd", "sysinit", "factory-reset", "ready", "shutdown", "final" },
		  "factory-reset ready shutdown final\"" },
		{ 11, { "leave-initrd", "enter-initrd" }, NULL },
		{ 11, { "enter-initrd", "enter-initrd" }, NULL },
		{ 11, { "os-separator" }, NULL },
		{ 7, { "os-separator" }, "after record 1 \"os-separator\" (systemd-pcrosseparator) was measured" },
		{ 9, { "os-separator", "nvpcr-separator" },
		  "\"os-separator nvpcr-separator\" (systemd-pcrosseparator, systemd-pcrnvdone) were" },
		{ 9, { "nvpcr-separator", "os-separator" }, "\"nvpcr-separator os-separator\"" },
		{ 9, { "nvpcr-init:hardware" }, NULL },
		{ 13, { "os-separator" }, "\"os-separator\" (systemd-pcrosseparator) was measured" },
		{ 15, { "machine-id:33909593304c48c28012a8ad05b5d66b" }, NULL },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct boot *b = boot_new();
		struct tsmmr_report *report;
		const struct answer *a;
		struct tsmmr_explain *x;

		boot_firmware(b, 7, "db", "its data");
		boot_firmware(b, 11, ".linux", "its code");
		boot_firmware(b, 9, "initrd", "its data");
		for (size_t k = 0; rows[i].words[k]; k++)
			boot_extends(b, rows[i].pcr, rows[i].words[k]);
		boot_asks(b, rows[i].pcr);
		x = boot_explain(*state, b, &report);
		a = &x->answers[row_of(report, strtok(b->asked, "="))];
		if (rows[i].said) {
			assert_int_equal(a->n, 1);
			assert_int_equal(a->all[0].id, X_SYSTEMD_MEASURED);
			assert_true(a->all[0].would_match);
			if (!strstr(a->all[0].text, rows[i].said))
				fail_msg("%s", a->all[0].text);
			assert_non_null(strstr(a->text, "/run/log/systemd/tpm2-measure.log"));
		} else {
			assert_int_equal(a->n, 2);
			assert_int_equal(a->all[1].id, X_SYSTEMD_EXTENDS_TOO);
			assert_false(a->all[0].would_match || a->all[1].would_match);
		}
		tsmmr_explain_free(x);
		tsmmr_report_free(report);
		boot_free(b);
	}
}

/* With systemd's log nobody asks for it; and it can be the one that ends too early. */
static void test_with_systemds_log(void **state)
{
	static const char *const last[] = { "sysinit", "something of this machine's" };

	for (size_t i = 0; i < N_OF(last); i++) {
		struct boot *b = boot_new();
		struct tsmmr_report *report;
		const struct answer *a;
		struct tsmmr_explain *x;

		boot_firmware(b, 11, ".linux", "its code");
		boot_extends(b, 11, "enter-initrd");
		boot_logs(b, 11, "enter-initrd", "1");
		boot_extends(b, 11, last[i]);
		boot_asks(b, 11);
		x = boot_explain(*state, b, &report);
		a = &x->answers[row_of(report, "pcr11")];
		assert_int_equal(a->all[0].id, i ? X_UNDECIDABLE : X_SYSTEMD_MEASURED);
		for (size_t k = 0; k < a->n; k++)
			assert_int_not_equal(a->all[k].id, X_SYSTEMD_EXTENDS_TOO);
		tsmmr_explain_free(x);
		tsmmr_report_free(report);
		boot_free(b);
	}
}

/* The registers are those of the boot that resumed; the logs in memory are not. */
static void test_hibernation(void **state)
{
	for (int two = 0; two < 2; two++) {
		struct boot *b = boot_new();
		struct tsmmr_report *report;
		struct tsmmr_explain *x;

		boot_firmware(b, 11, ".linux", "its code");
		boot_extends(b, 11, "enter-initrd");
		if (two)
			boot_extends(b, 11, "something else");
		boot_logs(b, 11, "enter-initrd", "1");
		boot_logs(b, 11, "leave-initrd", "1");
		boot_logs(b, 11, "sysinit", two ? "2" : "1");
		boot_asks(b, 11);
		x = boot_explain(*state, b, &report);
		if (two) {
			const struct answer *a = &x->answers[row_of(report, "pcr11")];

			assert_int_equal(a->all[a->n - 1].id, X_HIBERNATED);
			assert_false(a->all[a->n - 1].would_match);
		} else {
			is_told(x, report, "pcr11", 0, X_RESUMED, 0, 1, true);
			is_told(x, report, "pcr11", 1, X_EXTRA_TAIL, 1, 2, true);
		}
		tsmmr_explain_free(x);
		tsmmr_report_free(report);
		boot_free(b);
	}
}

/* It may have been extended, and perhaps it was not. */
static void test_torn_record(void **state)
{
	for (int extended = 0; extended < 2; extended++) {
		struct boot *b = boot_new();
		struct tsmmr_report *report;
		struct tsmmr_explain *x;

		boot_firmware(b, 11, ".linux", "its code");
		boot_extends(b, 11, "enter-initrd");
		boot_logs(b, 11, "enter-initrd", "1");
		if (extended)
			boot_extends(b, 11, "something");
		strcat(b->systemd, "\x1e{\"pcr\":11,\"digests\":");
		boot_extends(b, 11, "leave-initrd");
		boot_logs(b, 11, "leave-initrd", "1");
		boot_asks(b, 11);
		x = boot_explain(*state, b, &report);
		is_told(x, report, "pcr11", 0, X_TORN_RECORD, 1, 1, !extended);
		tsmmr_explain_free(x);
		tsmmr_report_free(report);
		boot_free(b);
	}
}

/* The end of the log repeats what stands before it. */
static void test_final_events_twice(void **state)
{
	struct boot *b = boot_new();
	struct tsmmr_report *report;
	struct tsmmr_explain *x;

	CCEL(*state, "rtmr1", 0, X_FINAL_EVENTS_TWICE, 8, 10, true, M(0), M(2), M(3), M(4), M(5),
	     M(1), M(6), M(5), M(1), M(6));
	CCEL(*state, "rtmr0", 0, X_FINAL_EVENTS_TWICE, 9, 9, true, M(0), M(2), M(3), M(4), M(5),
	     M(1), M(6), M(5), M(1), M(6));
	/* One register's records say nothing of that. */
	CCEL(*state, "rtmr1", 0, X_EXTRA_TAIL, 8, 9, true, M(0), M(1), M(2), M(3), M(4), M(5), M(6),
	     M(5), M(6));

	/* Another log goes on. */
	for (int i = 0; i < 2; i++) {
		mk_rec(&b->firmware, &b->h, &(struct rec){ 11, EVENT_TAG, ".linux", "its code" });
		mk_rec(&b->firmware, &b->h, &(struct rec){ 9, EVENT_TAG, "initrd", "its data" });
	}
	boot_extends(b, 11, "its code");
	boot_extends(b, 11, "enter-initrd");
	boot_logs(b, 11, "enter-initrd", "1");
	boot_asks(b, 11);
	x = boot_explain(*state, b, &report);
	is_told(x, report, "pcr11", 0, X_FINAL_EVENTS_TWICE, 3, 3, true);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	boot_free(b);
}

/* A value and its reference that differ. */
static void test_two_values(void **state)
{
	struct tsmmr_policy *policy = policy_made(*state);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;
	struct tsmmr_report *report;
	struct tsmmr_explain *x = NULL;
	char values[2][256];
	struct tsmmr_log *log;
	struct scene s;

	scene_new(&s);
	MEASURE(&s, "one");
	put_lines(&s, "0");
	log = log_of(*state, TSMMR_FORMAT_TEXT, "rtmr3", s.text, s.n);
	values_of(&s, "rtmr3", values[0]);
	MEASURE(&s, "two");
	values_of(&s, "rtmr3", values[1]);
	hasher_done(&s.h);
	assert_int_equal(tsmmr_regs_from_values(*state, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_TDX,
						values[0], strlen(values[0]), &regs, &err),
			 0);
	assert_int_equal(tsmmr_policy_expect_text(policy, TSMMR_PLATFORM_TDX, values[1],
						  strlen(values[1]), &err),
			 0);
	assert_int_equal(tsmmr_report_new(*state, &log, 1, regs, policy, &report, &err), 0);
	assert_int_equal(tsmmr_explain_new(*state, report, &log, 1, NULL, &x, &err), 0);
	is_told(x, report, "rtmr3", 0, X_VALUES_DIFFER, NOWHERE, NOWHERE, false);
	assert_int_equal(x->answers[0].n, 1);
	seen[X_VALUES_DIFFER] = true;
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
	tsmmr_policy_free(policy);
	tsmmr_regs_free(regs);
}

/* --- bounds ------------------------------------------------------------------------------ */

/* What takes too long is not done, and the answer says so. */
static void test_budget(void **state)
{
	static char text[1 << 20];
	struct tsmmr_report *report;
	struct tsmmr_explain *x;
	struct tsmmr_log *log;
	size_t n = 0;

	if (slow())
		skip();
	for (int i = 0; i < 6000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "line %d\n", i);
	log = log_of(*state, TSMMR_FORMAT_TEXT, "rtmr3", text, n);
	memset(text, '1', 96);
	memmove(text + 6, text, 96);
	memcpy(text, "rtmr3=", 6);
	text[102] = 0;
	x = explain_logs(*state, &log, 1, text, NULL, &report);
	is_told(x, report, "rtmr3", 0, X_UNDECIDABLE, 0, 5999, false);
	assert_non_null(strstr(x->answers[0].all[0].text, "for one too many from record"));
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
}

/* Runs last. */
static void test_all_were_told(void **state)
{
	for (size_t i = 0; i < X_COUNT; i++) {
		if (!seen[i])
			fail_msg("no case for %s", explain_descs[i].id);
		assert_non_null(explain_descs[i].meaning);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(explain_descs[i].id, explain_descs[k].id);
	}
}

int main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_starts),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_firmware),
		cmocka_unit_test(test_separator_at_home),
		cmocka_unit_test(test_two_logs),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_banks),
		cmocka_unit_test(test_ima),
		cmocka_unit_test(test_ima_in_cel),
		cmocka_unit_test(test_ima_trimmed),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_with_systemds_log),
		cmocka_unit_test(test_hibernation),
		cmocka_unit_test(test_torn_record),
		cmocka_unit_test(test_final_events_twice),
		cmocka_unit_test(test_two_values),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_all_were_told),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
