/* SPDX-License-Identifier: BSD-2-Clause */
/* diff.h: what is only here, only there, moved, and what that does to the registers. */
#include "testing.h"

#include <sys/mman.h>

#define SHA384 TSMMR_HASH_SHA384, 48
#define EV_IPL 13

/* A log of RTMR0 whose records have the digests that letters name. */
static struct tsmmr_log *log_of(const struct tsmmr_ctx *ctx, const char *letters, const char *text)
{
	static struct maker m;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;

	m.n = 0;
	mk_header(&m, 1, SHA384);
	for (; *letters; letters++)
		mk_event(&m, 1, EV_IPL, SHA384, (uint8_t)*letters, text, (uint32_t)strlen(text));
	assert_code(parse_as(ctx, TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, NULL, m.bytes, m.n, &log,
			     &err),
		    0);
	return log;
}

/* Either log, and either set of registers, may be NULL. */
static struct tsmmr_diff *compare_with(const struct tsmmr_ctx *ctx, struct tsmmr_log *a,
				       const struct tsmmr_regs *regs_a, struct tsmmr_log *b,
				       const struct tsmmr_regs *regs_b)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_diff *diff;

	assert_code(tsmmr_diff_new(ctx, &diff, &err), 0);
	if (a)
		assert_code(tsmmr_diff_add_log(diff, TSMMR_SIDE_A, a, &err), 0);
	if (b)
		assert_code(tsmmr_diff_add_log(diff, TSMMR_SIDE_B, b, &err), 0);
	assert_code(tsmmr_diff_set_regs(diff, TSMMR_SIDE_A, regs_a, &err), 0);
	assert_code(tsmmr_diff_set_regs(diff, TSMMR_SIDE_B, regs_b, &err), 0);
	assert_code(tsmmr_diff_compare(diff, &err), 0);
	return diff;
}

static struct tsmmr_diff *compare(const struct tsmmr_ctx *ctx, struct tsmmr_log *logs[2])
{
	return compare_with(ctx, logs[0], NULL, logs[1], NULL);
}

/* The differences as a person would write them: "-2a" is only in a, its record 2. */
static void tell(const struct tsmmr_diff *diff, char *to)
{
	*to = 0;
	for (size_t k = 0; k < tsmmr_diff_edit_count(diff, 0); k++) {
		const struct tsmmr_event *a, *b;
		uint64_t log_a, log_b;
		int kind = tsmmr_diff_edit(diff, 0, k, &a, &log_a, &b, &log_b);

		assert_int_equal(log_a, a ? 0 : TSMMR_NONE);
		assert_int_equal(log_b, b ? 0 : TSMMR_NONE);
		if (kind == TSMMR_EDIT_ONLY_A)
			to += sprintf(to, "-%d", (int)tsmmr_event_record(a));
		else if (kind == TSMMR_EDIT_ONLY_B)
			to += sprintf(to, "+%d", (int)tsmmr_event_record(b));
		else
			to += sprintf(to, "%s%d:%d", kind == TSMMR_EDIT_MOVED ? ">" : "~",
				      (int)tsmmr_event_record(a), (int)tsmmr_event_record(b));
	}
}

static void finds_the_shortest_edit(void **state)
{
	static const struct {
		const char *a, *b, *edits;
	} cases[] = {
		{ "", "", "" },
		{ "abc", "abc", "" },
		{ "abc", "ac", "-2" },
		{ "ac", "abc", "+2" },
		{ "abc", "axc", "-2+2" },
		{ "abcd", "acbd", ">2:3" },
		{ "abcd", "bcda", ">1:4" },
		{ "aab", "ab", "-2" },
		{ "abcabc", "abc", "-4-5-6" },
		{ "", "ab", "+1+2" },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_log *logs[2] = { log_of(*state, cases[i].a, "x"),
					      log_of(*state, cases[i].b, "x") };
		struct tsmmr_diff *diff = compare(*state, logs);
		bool same = !*cases[i].edits;
		char told[128];

		tell(diff, told);
		if (strcmp(told, cases[i].edits) != 0)
			fail_msg("%s, %s: %s", cases[i].a, cases[i].b, told);
		/* Nothing and nothing are not the same: nothing was compared. */
		assert_code(tsmmr_diff_verdict(diff), !same       ? TSMMR_E_MISMATCH :
						      *cases[i].a ? TSMMR_OK :
								    TSMMR_E_INCOMPLETE);
		if (*cases[i].a || *cases[i].b) {
			assert_int_equal(tsmmr_diff_is_same(diff, 0), same);
			assert_int_equal(tsmmr_diff_is_shortest(diff, 0), 1);
			assert_string_equal(tsmmr_diff_name(diff, 0), "rtmr0");
			assert_int_equal(tsmmr_diff_record_count(diff, 0, TSMMR_SIDE_A),
					 strlen(cases[i].a));
		}
		tsmmr_diff_free(diff);
		tsmmr_log_free(logs[0]);
		tsmmr_log_free(logs[1]);
	}
}

/* Text beside a digest differs: told, and no difference. */
static void other_text_is_not_measured(void **state)
{
	struct tsmmr_log *logs[2] = { log_of(*state, "ab", "one"), log_of(*state, "ab", "two") };
	struct tsmmr_diff *diff = compare(*state, logs);
	char told[128];

	tell(diff, told);
	assert_string_equal(told, "~1:1~2:2");
	assert_code(tsmmr_diff_verdict(diff), TSMMR_OK);
	tsmmr_diff_free(diff);
	tsmmr_log_free(logs[0]);
	tsmmr_log_free(logs[1]);
}

static struct tsmmr_stream *stream_of(const struct tsmmr_ctx *ctx, const char *lines)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *s;

	assert_code(open_mem_as(ctx, TSMMR_FORMAT_TEXT, 0, "rtmr3", lines, strlen(lines), &s, &err),
		    0);
	return s;
}

static void compare_streams(const struct tsmmr_ctx *ctx, const char *a, const char *b,
			    struct tsmmr_diff **ret)
{
	struct tsmmr_stream *streams[2] = { stream_of(ctx, a), stream_of(ctx, b) };
	struct tsmmr_error err = ERROR_INIT;

	assert_code(tsmmr_diff_new(ctx, ret, &err), 0);
	for (int side = 0; side < 2; side++)
		assert_code(tsmmr_diff_add_stream(*ret, side, streams[side], &err), 0);
	assert_code(tsmmr_diff_compare(*ret, &err), 0);
	tsmmr_stream_free(streams[0]);
	tsmmr_stream_free(streams[1]);
}

/* Of streams, which are gone by then, what differs is kept: as of logs. */
static void streams_are_as_logs(void **state)
{
	static const struct {
		const char *a, *b, *edits;
	} cases[] = {
		{ "a\nb\nc\n", "a\nb\nc\n", "" },           { "a\nb\nc\n", "a\nx\nc\n", "-1+1" },
		{ "a\nb\nc\nd\n", "a\nc\nb\nd\n", ">1:2" }, { "a\nb\nc\n", "c\n", "-0-1" },
		{ "a\n", "x\na\nx\ny\n", "+0+2+3" },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_diff *diff;
		char told[128];

		compare_streams(*state, cases[i].a, cases[i].b, &diff);
		tell(diff, told);
		if (strcmp(told, cases[i].edits) != 0)
			fail_msg("case %zu: %s", i, told);
		assert_code(tsmmr_diff_verdict(diff), *told ? TSMMR_E_MISMATCH : TSMMR_OK);
		for (size_t k = 0; k < tsmmr_diff_edit_count(diff, 0); k++) {
			const struct tsmmr_event *a, *b;
			const uint8_t *data;
			size_t n;

			tsmmr_diff_edit(diff, 0, k, &a, NULL, &b, NULL);
			assert_code(tsmmr_event_data(a ? a : b, &data, &n), 0);
			assert_memory_equal(data,
					    (a ? cases[i].a : cases[i].b) +
						    2 * tsmmr_event_record(a ? a : b),
					    1);
		}
		tsmmr_diff_free(diff);
	}
}

/* Lines of which each is of some hundred bytes where it is kept: more than go into one window. */
#define MANY 20000

static int file_of(int from, int to, int step)
{
	int fd = memfd_create("lines", MFD_CLOEXEC);
	FILE *f = fdopen(dup(fd), "w");

	for (int i = from; i != to; i += step)
		fprintf(f, "line %05d\n", i);
	fclose(f);
	return fd;
}

static struct tsmmr_diff *compare_files(const struct tsmmr_ctx *ctx, const int *fds,
					struct tsmmr_stream **streams, size_t most)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_diff *diff;

	assert_code(tsmmr_diff_new(ctx, &diff, &err), 0);
	if (most)
		assert_code(tsmmr_diff_set_reread(diff, most, &err), 0);
	for (int side = 0; side < 2; side++) {
		lseek(fds[side], 0, SEEK_SET);
		assert_code(open_fd_as(ctx, TSMMR_FORMAT_TEXT, 0, "rtmr3", fds[side],
				       &streams[side], &err),
			    0);
		assert_code(tsmmr_diff_add_stream(diff, side, streams[side], &err), 0);
	}
	assert_code(tsmmr_diff_compare(diff, &err), 0);
	return diff;
}

/* Piece by piece it is what it is at once, as often as it is asked for. */
static void check_pieces(struct tsmmr_diff *diff, const uint8_t *json, size_t n)
{
	struct tsmmr_error err = ERROR_INIT;
	size_t n_pieces = 0, at = 0, len;
	const uint8_t *piece;
	int r;

	while ((r = tsmmr_diff_next_json(diff, &piece, &len, &err)) > 0) {
		assert_true(len <= n - at);
		assert_memory_equal(piece, json + at, len);
		at += len;
		n_pieces++;
	}
	assert_code(r, 0);
	assert_int_equal(at, n);
	assert_true(n_pieces > 10);
}

static void check_edit(struct tsmmr_diff *diff, const struct tsmmr_diff *kept, size_t k)
{
	const struct tsmmr_event *now[2], *then[2];
	struct tsmmr_error err = ERROR_INIT;
	uint64_t log[2];
	int kind;

	assert_code(tsmmr_diff_reread(diff, 0, k, &err), 0);
	kind = tsmmr_diff_edit(diff, 0, k, &now[0], &log[0], &now[1], &log[1]);
	assert_int_equal(tsmmr_diff_edit(kept, 0, k, &then[0], NULL, &then[1], NULL), kind);
	for (int side = 0; side < 2; side++) {
		assert_int_equal(!now[side], !then[side]);
		assert_int_equal(log[side], now[side] ? 0 : TSMMR_NONE);
		if (now[side])
			assert_int_equal(tsmmr_event_record(now[side]),
					 tsmmr_event_record(then[side]));
	}
}

static void both_done(struct tsmmr_diff *diff, struct tsmmr_diff *kept,
		      struct tsmmr_stream *streams[4], const int fds[2])
{
	tsmmr_diff_free(diff);
	tsmmr_diff_free(kept);
	for (int i = 0; i < 4; i++)
		tsmmr_stream_free(streams[i]);
	close(fds[0]);
	close(fds[1]);
}

/* Events that are read again, some at a time, are those that are kept otherwise. */
static void events_are_read_again(void **state)
{
	const int fds[2] = { file_of(0, MANY, 1), file_of(MANY + 100, 1000, -1) };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *streams[4];
	const struct tsmmr_event *a, *b;
	struct tsmmr_diff *diff, *kept = compare_files(*state, fds, streams + 2, 0);
	size_t n, n_edits = tsmmr_diff_edit_count(kept, 0);
	uint8_t *json;

	assert_code(tsmmr_diff_export_json(kept, &json, &n, &err), 0);
	check_pieces(kept, json, n);
	diff = compare_files(*state, fds, streams, SIZE_MAX);
	assert_int_equal(tsmmr_diff_edit_count(diff, 0), n_edits);
	tsmmr_diff_edit(diff, 0, 0, &a, NULL, &b, NULL);
	assert_true(!a && !b);
	check_pieces(diff, json, n);
	check_pieces(diff, json, n);
	for (size_t k = n_edits; k; k -= k > 5000 ? 5000 : k)
		check_edit(diff, kept, k - 1);
	/* They do not all go into what is kept at a time. */
	check_edit(diff, kept, 0);
	tsmmr_diff_edit(diff, 0, n_edits - 1, &a, NULL, &b, NULL);
	assert_true(!a && !b);
	assert_code(tsmmr_diff_reread(diff, 0, n_edits, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_reread(diff, 1, 0, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_export_json(diff, &json, &n, &err), TSMMR_E_ARG);

	/* Another log by now says nothing, and its events are not shown. */
	assert_int_equal(pwrite(fds[0], "L", 1, 0), 1);
	assert_code(tsmmr_diff_reread(diff, 0, n_edits - 1, &err), TSMMR_E_ARG);
	tsmmr_diff_edit(diff, 0, n_edits - 1, &a, NULL, &b, NULL);
	assert_true(!a && !b);
	both_done(diff, kept, streams, fds);
	tsmmr_free(json);
}

/* Of each register the first few. */
static void only_the_first_are_read_again(void **state)
{
	const int fds[2] = { file_of(0, 10, 1), file_of(10, 20, 1) };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *streams[4];
	struct tsmmr_diff *kept = compare_files(*state, fds, streams + 2, 0);
	struct tsmmr_diff *diff = compare_files(*state, fds, streams, 3);
	const struct tsmmr_event *a, *b;
	const uint8_t *json;
	size_t n;

	assert_int_equal(tsmmr_diff_edit_count(diff, 0), 20);
	for (size_t k = 0; k < 3; k++)
		check_edit(diff, kept, k);
	assert_code(tsmmr_diff_reread(diff, 0, 3, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_diff_edit(diff, 0, 3, &a, NULL, &b, NULL), TSMMR_EDIT_ONLY_A);
	assert_true(!a && !b);
	assert_code(tsmmr_diff_next_json(diff, &json, &n, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_set_reread(diff, 4, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_set_reread(NULL, 4, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_reread(NULL, 0, 0, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_next_json(NULL, &json, &n, &err), TSMMR_E_ARG);
	both_done(diff, kept, streams, fds);
}

static void streams_are_checked(void **state)
{
	struct tsmmr_stream *s = stream_of(*state, "a\nb\n"), *joined, *over;
	struct tsmmr_log *log = log_of(*state, "ab", "one");
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_event *e;
	struct tsmmr_diff *diff;

	assert_code(tsmmr_diff_new(*state, &diff, &err), 0);
	assert_code(tsmmr_diff_add_stream(NULL, TSMMR_SIDE_A, s, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_add_stream(diff, 2, s, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_add_stream(diff, TSMMR_SIDE_A, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_merge(*state, &s, 1, &joined, &err), 0);
	assert_code(tsmmr_diff_add_stream(diff, TSMMR_SIDE_A, joined, &err), TSMMR_E_ARG);
	tsmmr_stream_free(joined);
	assert_code(tsmmr_stream_rewind(s, &err), 0);
	assert_code(tsmmr_stream_next(s, &e, &err), 1);
	assert_code(tsmmr_diff_add_stream(diff, TSMMR_SIDE_A, s, &err), TSMMR_E_ARG);

	/* Over a log: its events stay when the stream and the log are gone. */
	assert_code(tsmmr_stream_open_log(*state, log, &over, &err), 0);
	assert_code(tsmmr_diff_add_stream(diff, TSMMR_SIDE_A, over, &err), 0);
	tsmmr_stream_free(over);
	tsmmr_log_free(log);
	assert_code(tsmmr_diff_compare(diff, &err), 0);
	assert_int_equal(tsmmr_diff_edit_count(diff, 0), 2);
	assert_int_equal(tsmmr_diff_edit(diff, 0, 1, &e, NULL, NULL, NULL), TSMMR_EDIT_ONLY_A);
	assert_int_equal(tsmmr_event_record(e), 2);
	assert_code(tsmmr_diff_add_stream(diff, TSMMR_SIDE_B, s, &err), TSMMR_E_ARG);
	tsmmr_diff_free(diff);
	tsmmr_stream_free(s);
}

/* Two registers, one after the other: records of a side wait until the other comes to theirs. */
static void what_waits_has_a_limit(void **state)
{
	static struct maker m[2];
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, &err), 0);
	for (int side = 0; side < 2; side++) {
		m[side].n = 0;
		mk_header(&m[side], 1, SHA384);
		for (int i = 0; i < 20; i++)
			mk_event(&m[side], (i < 10) ^ side ? 1 : 2, EV_IPL, SHA384, 'a', "text", 4);
	}
	for (uint64_t limit = 64; limit < 4096; limit *= 63) {
		struct tsmmr_stream *streams[2];
		struct tsmmr_diff *diff;
		int r = limit == 64 ? TSMMR_E_LIMIT : 0;

		assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_BYTES, limit, &err), 0);
		assert_code(tsmmr_diff_new(ctx, &diff, &err), 0);
		for (int side = 0; side < 2; side++) {
			assert_code(open_mem_as(*state, TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, NULL,
						m[side].bytes, m[side].n, &streams[side], &err),
				    0);
			assert_code(tsmmr_diff_add_stream(diff, side, streams[side], &err), 0);
		}
		assert_code(tsmmr_diff_compare(diff, &err), r);
		assert_code(tsmmr_diff_verdict(diff), r ? TSMMR_E_ARG : TSMMR_OK);
		/* They may be gone from here on. */
		for (int side = 0; side < 2; side++)
			assert_code(tsmmr_stream_rewind(streams[side], &err), 0);
		assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_BYTES, 0, &err), 0);
		assert_code(tsmmr_diff_compare(diff, &err), TSMMR_E_ARG);
		tsmmr_stream_free(streams[0]);
		tsmmr_stream_free(streams[1]);
		assert_code(tsmmr_diff_compare(diff, &err), TSMMR_E_ARG);
		tsmmr_diff_free(diff);
	}
	tsmmr_ctx_free(ctx);
}

/* The same records, and another register: something that no log tells of is different. */
static void values_are_compared_too(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log = log_of(*state, "ab", "one");
	struct tsmmr_regs *regs[2];
	struct tsmmr_diff *diff;
	const uint8_t *value;
	char text[128] = "rtmr0=";
	size_t n;

	for (int i = 0; i < 2; i++) {
		memset(text + 6, '1' + i, 96);
		assert_code(tsmmr_regs_from_values(*state, 0, 0, text, strlen(text), &regs[i],
						   &err),
			    0);
	}
	diff = compare_with(*state, log, regs[0], log, regs[1]);
	assert_int_equal(tsmmr_diff_edit_count(diff, 0), 0);
	assert_code(tsmmr_diff_verdict(diff), TSMMR_E_MISMATCH);
	assert_code(tsmmr_reg_value(tsmmr_diff_reg(diff, 0, TSMMR_SIDE_B), &value, &n), 0);
	assert_int_equal(value[0], 0x22);
	assert_code(tsmmr_diff_replayed(diff, 0, TSMMR_SIDE_B, &value, &n), 0);
	tsmmr_diff_free(diff);
	/* One side without values says nothing about them. */
	diff = compare_with(*state, log, regs[0], log, NULL);
	assert_code(tsmmr_diff_verdict(diff), TSMMR_OK);
	tsmmr_diff_free(diff);
	tsmmr_regs_free(regs[0]);
	tsmmr_regs_free(regs[1]);
	tsmmr_log_free((struct tsmmr_log *)(uintptr_t)log);
}

/* A log in two banks, of which the second is of an algorithm nobody knows. */
static struct tsmmr_log *log_of_two(const struct tsmmr_ctx *ctx, uint8_t known, uint8_t unknown,
				    char text)
{
	static struct maker m;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;

	m.n = 0;
	mk_le(&m, 0, 4);
	mk_le(&m, 3, 4);
	mk_fill(&m, 0, 20);
	mk_le(&m, 16 + 8 + 4 + 8 + 1, 4);
	mk_add(&m, "Spec ID Event03\0\0\0\0\0\0\2\0\2\2\0\0", 27);
	mk_le(&m, 0, 1);
	mk_le(&m, TSMMR_HASH_SHA256, 2);
	mk_le(&m, 32, 2);
	mk_le(&m, 0x2222, 2);
	mk_le(&m, 32, 2);
	mk_le(&m, 0, 1);

	mk_le(&m, 4, 4);
	mk_le(&m, EV_IPL, 4);
	mk_le(&m, 2, 4);
	mk_le(&m, TSMMR_HASH_SHA256, 2);
	mk_fill(&m, known, 32);
	mk_le(&m, 0x2222, 2);
	mk_fill(&m, unknown, 32);
	mk_le(&m, 1, 4);
	mk_add(&m, &text, 1);
	assert_code(parse_as(ctx, TSMMR_FORMAT_TCG2, TSMMR_PLATFORM_TPM, NULL, m.bytes, m.n, &log,
			     &err),
		    0);
	return log;
}

/* Digests are bytes, and can be compared where nobody can compute them. */
static void what_is_not_replayed_is_compared(void **state)
{
	static const struct {
		uint8_t known, unknown;
		char text;
		bool same;
	} cases[] = {
		{ 'a', 'b', 'x', true },
		{ 'a', 'b', 'y', true },
		{ 'a', 'c', 'x', false },
		{ 'c', 'b', 'x', false },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct tsmmr_log *logs[2] = {
			log_of_two(*state, 'a', 'b', 'x'),
			log_of_two(*state, cases[i].known, cases[i].unknown, cases[i].text),
		};
		struct tsmmr_diff *diff = compare(*state, logs);

		assert_code(tsmmr_diff_verdict(diff), cases[i].same ? TSMMR_OK : TSMMR_E_MISMATCH);
		assert_int_equal(tsmmr_diff_count(diff), 2);
		assert_string_equal(tsmmr_diff_name(diff, 0), "pcr4");
		assert_string_equal(tsmmr_diff_name(diff, 1), "pcr4:0x2222");
		assert_int_equal(tsmmr_diff_is_same(diff, 1), cases[i].unknown == 'b');
		assert_int_equal(tsmmr_diff_record_count(diff, 1, TSMMR_SIDE_B), 1);
		tsmmr_diff_free(diff);
		tsmmr_log_free(logs[0]);
		tsmmr_log_free(logs[1]);
	}
}

static struct tsmmr_log *nv_log(const struct tsmmr_ctx *ctx, unsigned nv, char digit)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;
	char digest[65], json[512];

	memset(digest, digit, 64);
	digest[64] = 0;
	snprintf(json, sizeof(json),
		 "[{\"recnum\":0,\"nv_index\":%u,\"digests\":[{\"hashAlg\":\"sha256\","
		 "\"digest\":\"%s\"}],\"content_type\":\"pcclient_std\",\"content\":"
		 "{\"event_type\":\"EV_IPL\",\"event_data\":\"00\"}}]",
		 nv, digest);
	if (parse_as(ctx, TSMMR_FORMAT_CEL_JSON, TSMMR_PLATFORM_TPM, NULL, json, strlen(json), &log,
		     &err) < 0)
		fail_msg("%s", err.message);
	return log;
}

static void nv_indices_are_compared(void **state)
{
	for (int i = 0; i < 3; i++) {
		struct tsmmr_log *logs[2] = { nv_log(*state, 5, 'a'),
					      nv_log(*state, i == 2 ? 6 : 5, i == 1 ? 'b' : 'a') };
		struct tsmmr_diff *diff = compare(*state, logs);

		assert_code(tsmmr_diff_verdict(diff), i ? TSMMR_E_MISMATCH : TSMMR_OK);
		assert_int_equal(tsmmr_diff_count(diff), i == 2 ? 2 : 1);
		assert_string_equal(tsmmr_diff_name(diff, 0), "nv-0x5");
		assert_int_equal(!tsmmr_diff_reg(diff, 0, TSMMR_SIDE_B), i == 2);
		tsmmr_diff_free(diff);
		tsmmr_log_free(logs[0]);
		tsmmr_log_free(logs[1]);
	}
}

static void arguments_are_checked(void **state)
{
	struct tsmmr_error err = ERROR_INIT, small = { .size = 8 };
	struct tsmmr_log *log = log_of(*state, "ab", "one");
	struct tsmmr_diff *diff = NULL;
	const uint8_t *value;
	uint8_t *json;
	size_t n;

	assert_code(tsmmr_diff_new(NULL, &diff, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_new(*state, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_new(*state, &diff, &small), TSMMR_E_ABI);
	assert_null(diff);
	assert_code(tsmmr_diff_verdict(NULL), TSMMR_E_ARG);
	assert_int_equal(tsmmr_diff_count(NULL), 0);
	assert_code(tsmmr_diff_replayed(NULL, 0, TSMMR_SIDE_A, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_diff_add_log(NULL, TSMMR_SIDE_A, log, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_set_regs(NULL, TSMMR_SIDE_A, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_compare(NULL, &err), TSMMR_E_ARG);
	tsmmr_diff_free(NULL);

	/* In order: nothing is the same before it was compared, and nothing comes in after. */
	assert_code(tsmmr_diff_new(*state, &diff, &err), 0);
	assert_code(tsmmr_diff_verdict(diff), TSMMR_E_ARG);
	assert_code(tsmmr_diff_export_json(diff, &json, &n, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_add_log(diff, 2, log, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_add_log(diff, -1, log, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_add_log(diff, TSMMR_SIDE_A, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_set_regs(diff, 2, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_compare(diff, &small), TSMMR_E_ABI);
	assert_code(tsmmr_diff_compare(diff, &err), 0);
	assert_int_equal(tsmmr_diff_count(diff), 0);
	assert_code(tsmmr_diff_verdict(diff), TSMMR_E_INCOMPLETE);
	assert_code(tsmmr_diff_compare(diff, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_add_log(diff, TSMMR_SIDE_A, log, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_set_regs(diff, TSMMR_SIDE_A, NULL, &err), TSMMR_E_ARG);
	tsmmr_diff_free(diff);

	/* One log twice on a side is a mistake; more than are counted are refused. */
	assert_code(tsmmr_diff_new(*state, &diff, &err), 0);
	for (int i = 0; i < 64; i++)
		assert_code(tsmmr_diff_add_log(diff, TSMMR_SIDE_B, log, &err), 0);
	assert_code(tsmmr_diff_add_log(diff, TSMMR_SIDE_B, log, &err), TSMMR_E_LIMIT);
	assert_code(tsmmr_diff_compare(diff, &err), TSMMR_E_ARG);
	assert_int_equal(err.log, 1);
	assert_code(tsmmr_diff_verdict(diff), TSMMR_E_ARG);
	assert_int_equal(tsmmr_diff_count(diff), 0);
	tsmmr_diff_free(diff);

	diff = compare_with(*state, log, NULL, NULL, NULL);
	assert_code(tsmmr_diff_verdict(diff), TSMMR_E_MISMATCH);
	assert_null(tsmmr_diff_name(diff, 1));
	assert_null(tsmmr_diff_reg(diff, 0, TSMMR_SIDE_B));
	assert_null(tsmmr_diff_reg(diff, 0, 2));
	assert_int_equal(tsmmr_diff_record_count(diff, 0, 2), 0);
	assert_code(tsmmr_diff_replayed(diff, 0, TSMMR_SIDE_B, &value, &n), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_diff_replayed(diff, 0, TSMMR_SIDE_A, NULL, NULL), 0);
	assert_code(tsmmr_diff_replayed(diff, 0, 2, &value, &n), TSMMR_E_ARG);
	assert_code(tsmmr_diff_replayed(NULL, 0, TSMMR_SIDE_A, &value, &n), TSMMR_E_ARG);
	assert_code(tsmmr_diff_edit(diff, 0, 2, NULL, NULL, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_diff_edit(diff, 1, 0, NULL, NULL, NULL, NULL), TSMMR_E_ARG);
	assert_code(tsmmr_diff_export_json(diff, NULL, &n, &err), TSMMR_E_ARG);
	assert_code(tsmmr_diff_export_json(diff, &json, &n, &small), TSMMR_E_ABI);
	assert_code(tsmmr_diff_export_json(diff, &json, &n, &err), 0);
	assert_true(n > 0 && json[n - 1] == '}');
	tsmmr_free(json);
	tsmmr_diff_free(diff);
	tsmmr_log_free((struct tsmmr_log *)(uintptr_t)log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_shortest_edit),
		cmocka_unit_test(other_text_is_not_measured),
		cmocka_unit_test(streams_are_as_logs),
		cmocka_unit_test(events_are_read_again),
		cmocka_unit_test(only_the_first_are_read_again),
		cmocka_unit_test(streams_are_checked),
		cmocka_unit_test(what_waits_has_a_limit),
		cmocka_unit_test(values_are_compared_too),
		cmocka_unit_test(what_is_not_replayed_is_compared),
		cmocka_unit_test(nv_indices_are_compared),
		cmocka_unit_test(arguments_are_checked),
	};

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
