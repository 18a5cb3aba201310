/* SPDX-License-Identifier: BSD-2-Clause */
/* core/stream.c: the books it keeps, and failing in the middle of a read. */
#include "testing.h"

#include "core/log.h"
#include "core/stream.h"
#include "format/format.h"
#include "format/tcg2.h"
#include "platform/platforms.h"

#define SHA256 TSMMR_HASH_SHA256, 32

/* A reader that stops at one byte: with an error, or by saying it is the end. */
struct broken {
	const uint8_t *p;
	size_t at, stop;
	int error;
};

static long read_broken(void *user, void *to, size_t n)
{
	struct broken *b = user;

	if (b->at == b->stop)
		return -b->error;
	if (n > 5)
		n = 5;
	if (n > b->stop - b->at)
		n = b->stop - b->at;
	memcpy(to, b->p + b->at, n);
	b->at += n;
	return (long)n;
}

static struct tsmmr_stream *over(const struct tsmmr_ctx *ctx, const void *p, size_t n)
{
	struct tsmmr_stream *s;
	struct source source;

	source_mem(&source, p, n);
	assert_code(
		stream_new(ctx,
			   &(struct stream_of){ .format = &format_tcg2, .platform = &platform_tpm },
			   &source, &s, NULL),
		0);
	return s;
}

static void make(struct maker *m)
{
	mk_header(m, 0, SHA256);
	mk_event(m, 0, EV_IPL, SHA256, 1, "abc", 3);
	mk_event(m, 4, EV_SEPARATOR, SHA256, 2, "\0\0\0\0", 4);
	mk_event(m, 4, EV_IPL, SHA256, 3, "", 0);
	mk_event(m, 0, EV_IPL, SHA256, 4, "d", 1);
	mk_event(m, 0xffffffff, EV_NO_ACTION, SHA256, 0, "e", 1);
	mk_event(m, 4, EV_IPL, SHA256, 5, "", 0);
}

static void records_are_counted_per_register(void **state)
{
	static const struct {
		uint32_t index;
		uint64_t recnum;
		int after; /* a stream does not know what comes */
	} want[] = {
		{ 0, 0, TSMMR_AFTER_UNKNOWN }, { 0, 1, TSMMR_AFTER_UNKNOWN },
		{ 4, 0, TSMMR_AFTER_UNKNOWN }, { 4, 1, TSMMR_AFTER_YES },
		{ 0, 2, TSMMR_AFTER_UNKNOWN }, { 0xffffffff, TSMMR_NONE, TSMMR_AFTER_NO },
		{ 4, 2, TSMMR_AFTER_YES },
	};
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_ctx ctx = { 0 };
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;

	make(m);
	s = over(&ctx, m->bytes, m->n);
	for (size_t i = 0; i < N_OF(want); i++) {
		assert_int_equal(stream_next(s, &e, NULL), 1);
		assert_int_equal(e->record, i);
		assert_int_equal(e->index, want[i].index);
		assert_true(e->recnum == want[i].recnum);
		if (event_after_separator(e) != want[i].after)
			fail_msg("record %zu: after_separator is %d", i, event_after_separator(e));
		assert_ptr_equal(e->platform, &platform_tpm);
	}
	assert_int_equal(stream_next(s, &e, NULL), 0);
	stream_free(s);
	free(m);
}

/* Wherever a read fails: E_IO with its errno, at the record that was being read. */
static void failing_reads_say_where(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_ctx ctx = { 0 };
	const struct tsmmr_event *e;
	uint64_t ends[16] = { 0 };
	struct tsmmr_stream *s;
	size_t n = 0;

	make(m);
	s = over(&ctx, m->bytes, m->n);
	while (stream_next(s, &e, NULL) > 0)
		ends[n++] = s->source.offset;
	stream_free(s);
	assert_int_equal(n, 7);

	for (size_t stop = 0; stop <= m->n; stop++)
		for (int error = 0; error <= EIO; error += EIO) {
			struct broken b = { .p = m->bytes, .stop = stop, .error = error };
			struct tsmmr_error err = ERROR_INIT;
			struct source source;
			size_t whole = 0, got = 0;
			bool at_end;
			int r;

			while (whole < n && ends[whole] <= stop)
				whole++;
			at_end = !error && whole && ends[whole - 1] == stop;
			source_fd(&source, read_broken, &b, TSMMR_NONE);
			assert_code(stream_new(&ctx,
					       &(struct stream_of){ .format = &format_tcg2,
								    .platform = &platform_tpm },
					       &source, &s, NULL),
				    0);
			while ((r = stream_next(s, &e, &err)) > 0)
				got++;
			stream_free(s);

			/* A few zero bytes of a cut record cannot be told from padding. */
			if (!error && r == 0 && !at_end)
				for (size_t i = whole ? ends[whole - 1] : 0; i < stop; i++)
					assert_true(m->bytes[i] == 0 || m->bytes[i] == 0xff);
			else
				assert_code(r, error ? TSMMR_E_IO : at_end ? 0 : TSMMR_E_TRUNCATED);
			assert_int_equal(got, whole);
			if (r < 0) {
				assert_int_equal(err.record, whole);
				assert_int_equal(err.offset, whole ? ends[whole - 1] : 0);
				assert_int_equal(err.os_errno, error);
			}
		}
	free(m);
}

static void names_are_copied(void **state)
{
	struct tsmmr_ctx ctx = { 0 };
	struct tsmmr_stream *s = over(&ctx, "", 0);
	char name[] = "a name";

	assert_string_equal(s->name, "-");
	assert_code(stream_set_name(s, name), 0);
	name[0] = 'X';
	assert_string_equal(s->name, "a name");
	stream_free(s);
}

/* A stream over a frozen log yields the same events, and findings once. */
static void frozen_logs_are_streams_again(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_ctx ctx = { 0 };
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	struct tsmmr_log *log;
	size_t n = 0, findings;

	make(m);
	mk_fill(m, 0xff, 20);
	mk_add(m, "hidden", 6);
	s = over(&ctx, m->bytes, m->n);
	assert_code(log_from_stream(&ctx, s, span_of(NULL, 0), &log, NULL), 0);
	stream_free(s);
	findings = log->findings.n;
	assert_true(findings >= 2); /* no register 0xffffffff, data after the end */

	for (int round = 0; round < 2; round++) {
		assert_code(stream_over_log(log, &s), 0);
		for (n = 0; stream_next(s, &e, NULL) > 0; n++)
			assert_ptr_equal(e, &log->events[n]);
		assert_int_equal(n, log->n);
		assert_int_equal(s->findings.n, findings);
		stream_free(s);
	}
	log_free(log);
	free(m);
}

/* An attacker can make one finding per record: they are capped, and counted. */
static void findings_are_capped(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_ctx ctx = { 0 };
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;

	mk_header(m, 0, SHA256);
	for (int i = 0; i < 100; i++)
		mk_event(m, 9, EV_NO_ACTION, SHA256, 1, "", 0);
	s = over(&ctx, m->bytes, m->n);
	while (stream_next(s, &e, NULL) > 0)
		;
	assert_int_equal(s->findings.n, FINDING_EACH);
	assert_int_equal(s->findings.dropped, 100 - FINDING_EACH);
	stream_free(s);
	free(m);
}

/* What a text log begins with is the same in any window: the banks of its register. */
static void the_head_has_one_end(void **state)
{
	/* A comment that lets the first bank's SYNC end at byte 4096, and a byte later. */
	static const size_t comments[] = { 4018, 4019 };
	const struct tsmmr_ctx ctx = { 0 };
	const struct stream_of of = { .format = format_by_id(TSMMR_FORMAT_TEXT),
				      .platform = &platform_tdx,
				      .reg = platform_by_index(&platform_tdx, 4),
				      .alg = TSMMR_HASH_SHA384 };
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	char text[8192];

	for (size_t i = 0; i < N_OF(comments); i++)
		for (int pieces = 0; pieces < 2; pieces++) {
			struct broken b = { .p = (const uint8_t *)text };
			struct source source;
			size_t measured = 0;

			memset(text, '#', comments[i]);
			b.stop = comments[i];
			b.stop += (size_t)sprintf(text + comments[i],
						  "\nSYNC sha256/%064d\nSYNC sha384/%096d\nx\n", 0,
						  0);
			if (pieces)
				source_fd(&source, read_broken, &b, TSMMR_NONE);
			else
				source_mem(&source, text, b.stop);
			assert_code(stream_new(&ctx, &of, &source, &s, NULL), 0);
			while (stream_next(s, &e, NULL) > 0) {
				if (!e->measured)
					continue;
				assert_int_equal(e->n_digests, i ? 1 : 2);
				measured++;
			}
			assert_int_equal(measured, 3);
			stream_free(s);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_counted_per_register),
		cmocka_unit_test(failing_reads_say_where),
		cmocka_unit_test(names_are_copied),
		cmocka_unit_test(frozen_logs_are_streams_again),
		cmocka_unit_test(findings_are_capped),
		cmocka_unit_test(the_head_has_one_end),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
