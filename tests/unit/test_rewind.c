/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a log twice: core/source.c, core/stream.c, sys/file.c. */
#include "testing.h"

#include "core/stream.h"
#include "format/format.h"
#include "sys/file.h"
#include "util/cleanup.h"
#include "platform/platforms.h"

static void memory_goes_back(void **state)
{
	static const uint8_t bytes[] = "abcdef";
	struct source s;

	source_mem(&s, bytes, 6);
	source_skip(&s, 4);
	assert_code(source_rewind(&s), 0);
	assert_ptr_equal(s.p, bytes);
	assert_int_equal(s.n, 6);
	assert_int_equal(s.left, 6);
	assert_int_equal(s.offset, 0);
}

/* A file from where it stood, not from where it begins. */
static void a_file_goes_back_to_where_it_stood(void **state)
{
	char path[] = "/tmp/tsmmr-rewind-XXXXXX";
	int fd = mkstemp(path);
	struct source s;

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, "headabcdef", 10), 10);
	assert_int_equal(lseek(fd, 4, SEEK_SET), 4);
	file_source(fd, &s);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(source_need(&s, 7), 0);
		assert_bytes(s.p, s.n, "abcdef", 6);
		source_skip(&s, (size_t)i * 3);
		assert_code(source_rewind(&s), 0);
		assert_int_equal(s.offset, 0);
		assert_int_equal(s.left, 6);
	}
	source_done(&s);
	close(fd);
}

/* A pipe that holds n bytes and has ended. */
static int pipe_of(const void *p, size_t n)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], p, n), n);
	close(fds[1]);
	return fds[0];
}

/* Read to its end, which is "abcdef", and again. */
static void goes_back(struct source *s)
{
	for (int i = 0; i < 3; i++) {
		assert_int_equal(source_need(s, 7), 0);
		assert_bytes(s->p, s->n, "abcdef", 6);
		source_skip(s, 6);
		assert_code(source_rewind(s), 0);
	}
}

static void a_pipe_goes_back_if_it_is_kept(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct source s;
	int fd = pipe_of("abcdef", 6);

	file_source(fd, &s);
	assert_code(source_rewind(&s), 0); /* nothing was read */
	assert_int_equal(source_need(&s, 1), 1);
	assert_code(source_rewind(&s), TSMMR_E_UNSUPPORTED);
	source_done(&s);
	close(fd);

	fd = pipe_of("abcdef", 6);
	file_source(fd, &s);
	assert_int_equal(source_need(&s, 2), 1); /* the probe's */
	assert_code(file_source_keep(&s, false, NULL, &err), 0);
	assert_code(file_source_keep(&s, false, NULL, &err), 0);
	goes_back(&s);
	source_done(&s);
	close(fd);
}

/* Back before all of it was read: the rest is not lost. */
static void a_pipe_goes_back_in_the_middle(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct source s;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "abc", 3), 3);
	file_source(fds[0], &s);
	assert_int_equal(source_need(&s, 2), 1);
	assert_code(file_source_keep(&s, false, NULL, &err), 0);
	source_skip(&s, 1);
	assert_code(source_rewind(&s), 0);
	assert_int_equal(write(fds[1], "def", 3), 3);
	close(fds[1]);
	goes_back(&s);
	source_done(&s);
	close(fds[0]);
}

/* What a pipe gave in armour is kept as the bytes inside. */
static void armour_in_a_pipe_goes_back_if_it_is_kept(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	int fd = pipe_of("YWJjZGVm\n", 9);
	struct source s;

	file_source(fd, &s);
	assert_int_equal(source_need(&s, 1), 1);
	assert_code(source_unwrap(&s, ARMOUR_ANY_BASE64), 0);
	assert_int_equal(source_need(&s, 2), 1);
	assert_code(file_source_keep(&s, false, NULL, &err), 0);
	goes_back(&s);
	source_done(&s);
	close(fd);
}

/* Reads one text first and another the second time. */
struct changing {
	const char *text[2];
	size_t at;
	int time;
};

static long read_changing(void *user, void *to, size_t n)
{
	struct changing *c = user;
	const char *text = c->text[c->time];
	size_t left = strlen(text) - c->at;

	n = n < left ? n : left;
	memcpy(to, text + c->at, n);
	c->at += n;
	return (long)n;
}

static int back_changing(void *user, uint64_t n)
{
	struct changing *c = user;

	c->time = 1;
	c->at = 0;
	return 0;
}

static int export_changing(const char *first, const char *second, struct tsmmr_error *err)
{
	struct changing c = { .text = { first, second } };
	_cleanup_(buf_done) struct buf out = { 0 };
	const struct tsmmr_ctx ctx = { 0 };
	const struct platform *tdx = platform_by_id(TSMMR_PLATFORM_TDX);
	struct tsmmr_stream *s;
	struct source source;
	int r;

	source_fd(&source, read_changing, &c, TSMMR_NONE);
	source.back = back_changing;
	assert_code(stream_new(&ctx,
			       &(struct stream_of){ .format = format_by_id(TSMMR_FORMAT_TEXT),
						    .platform = tdx,
						    .reg = platform_by_index(tdx, 4),
						    .alg = TSMMR_HASH_SHA384 },
			       &source, &s, err),
		    0);
	r = stream_export(&ctx, s, format_by_id(TSMMR_FORMAT_CEL_CBOR)->encoder, NULL, NULL, &out,
			  err);
	stream_free(s);
	return r;
}

/* The count in front would be wrong. */
static void a_log_that_changes_is_noticed(void **state)
{
	struct tsmmr_error err = ERROR_INIT;

	assert_code(export_changing("a\nb\n", "a\nb\n", &err), 0);
	assert_code(export_changing("a\nb\n", "a\nb\nc\n", &err), TSMMR_E_IO);
	assert_non_null(strstr(err.message, "changed"));
	assert_code(export_changing("a\nb\n", "a\n", &err), TSMMR_E_IO);
	/* Nothing was read, so there is nothing to read again. */
	assert_code(export_changing("", "a\n", &err), 0);
}

static void a_stream_comes_again(void **state)
{
	static const char *const names[] = { "cel/fapi.json", "cel/libcel.tlv",
					     "cel/management.cbor" };
	struct tsmmr_error err = ERROR_INIT;

	for (size_t i = 0; i < N_OF(names); i++) {
		struct bytes b = read_data(names[i]);
		const struct tsmmr_event *e;
		struct tsmmr_stream *s;
		struct tsmmr_ctx *ctx;
		size_t findings, n;

		assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
		assert_code(tsmmr_stream_open_mem(ctx, NULL, b.p, b.n, &s, &err), 0);
		/* Said by whoever opened it: no reading finds that again. */
		assert_code(findings_add(&s->findings, F_SYSTEMD_INCOMPLETE, 0, TSMMR_NONE,
					 TSMMR_NONE, "x"),
			    0);
		while (tsmmr_stream_next(s, &e, &err) > 0)
			;
		findings = tsmmr_stream_finding_count(s);
		n = tsmmr_stream_event_count(s);
		assert_code(stream_rewind(s, &err), 0);
		assert_int_equal(tsmmr_stream_finding_count(s), 1);
		assert_int_equal(tsmmr_stream_event_count(s), 0);
		while (tsmmr_stream_next(s, &e, &err) > 0)
			assert_int_equal(e->record, s->n_events - 1);
		assert_int_equal(tsmmr_stream_finding_count(s), findings);
		assert_int_equal(tsmmr_stream_event_count(s), n);
		tsmmr_stream_free(s);
		tsmmr_ctx_free(ctx);
		bytes_done(&b);
	}
}

/* What is written first is lost: from the middle an array cannot be written. */
static void a_stream_that_began_is_refused(void **state)
{
	struct bytes b = read_data("cel/management.tlv");
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	struct tsmmr_ctx *ctx;
	int fd = pipe_of(b.p, b.n), null = open("/dev/null", O_WRONLY);

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_stream_open_fd(ctx, NULL, fd, &s, &err), 0);
	assert_int_equal(tsmmr_stream_next(s, &e, &err), 1);
	assert_code(tsmmr_stream_export_fd(ctx, s, TSMMR_FORMAT_CEL_CBOR, null, &err), TSMMR_E_ARG);
	/* What needs no count takes the rest. */
	assert_code(tsmmr_stream_export_fd(ctx, s, TSMMR_FORMAT_CEL_CBOR_SEQ, null, &err), 0);
	assert_int_equal(tsmmr_stream_event_count(s), 6);
	tsmmr_stream_free(s);
	close(fd);
	close(null);
	tsmmr_ctx_free(ctx);
	bytes_done(&b);
}

static void pipes_give_the_same_bytes(void **state)
{
	struct bytes b = read_data("cel/management.tlv"), want = read_data("cel/management.cbor");
	struct tsmmr_error err = ERROR_INIT;
	uint8_t got[4096];
	struct tsmmr_stream *s;
	struct tsmmr_ctx *ctx;
	int fd = pipe_of(b.p, b.n), out[2], full = open("/dev/full", O_WRONLY);

	assert_int_equal(pipe(out), 0);
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_stream_open_fd(ctx, NULL, fd, &s, &err), 0);
	assert_code(tsmmr_stream_export_fd(ctx, s, TSMMR_FORMAT_CEL_CBOR, out[1], &err), 0);
	assert_int_equal(read(out[0], got, sizeof(got)), want.n);
	assert_memory_equal(got, want.p, want.n);
	tsmmr_stream_free(s);
	close(fd);

	fd = pipe_of(b.p, b.n);
	assert_code(tsmmr_stream_open_fd(ctx, NULL, fd, &s, &err), 0);
	assert_code(tsmmr_stream_export_fd(ctx, s, TSMMR_FORMAT_CEL_CBOR, full, &err), TSMMR_E_IO);
	assert_int_equal(err.os_errno, ENOSPC);
	tsmmr_stream_free(s);
	close(fd);
	close(full);
	close(out[0]);
	close(out[1]);
	tsmmr_ctx_free(ctx);
	bytes_done(&b);
	bytes_done(&want);
}

/* A read that fails is no end of the log, wherever it fails, and is not called one. */
static long read_failing(void *user, void *to, size_t n)
{
	struct bytes *b = user;

	if (!b->n)
		return -EIO;
	n = n < b->n ? n : b->n;
	memcpy(to, b->p, n);
	b->p += n;
	b->n -= n;
	return (long)n;
}

static void a_failed_read_says_so(void **state)
{
	static const char *const names[] = { "cel/ima.cbor", "cel/ima.json", "cel/ima.tlv",
					     "cel/ima.seq.cbor" };
	static const int formats[] = { TSMMR_FORMAT_CEL_CBOR, TSMMR_FORMAT_CEL_JSON,
				       TSMMR_FORMAT_CEL_TLV, TSMMR_FORMAT_CEL_CBOR };
	const struct tsmmr_ctx ctx = { 0 };

	for (size_t i = 0; i < N_OF(names); i++) {
		struct bytes b = read_data(names[i]);

		/* Also where the file said how long it is. */
		for (size_t stop = 0; stop <= b.n; stop++)
			for (int known = 0; known < 2; known++) {
				struct bytes left = { b.p, stop };
				struct tsmmr_error err = ERROR_INIT;
				const struct tsmmr_event *e;
				struct tsmmr_stream *s;
				struct source source;
				int r;

				source_fd(&source, read_failing, &left, known ? b.n : TSMMR_NONE);
				assert_code(stream_new(&ctx,
						       &(struct stream_of){
							       .format = format_by_id(formats[i]),
							       .platform = &platform_tpm },
						       &source, &s, &err),
					    0);
				while ((r = stream_next(s, &e, &err)) > 0)
					;
				if (r != TSMMR_E_IO || err.os_errno != EIO)
					fail_msg("%s, read fails at %zu: %d, %s", names[i], stop, r,
						 r < 0 ? err.message : "the end");
				stream_free(s);
			}
		bytes_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_goes_back),
		cmocka_unit_test(a_file_goes_back_to_where_it_stood),
		cmocka_unit_test(a_pipe_goes_back_if_it_is_kept),
		cmocka_unit_test(a_pipe_goes_back_in_the_middle),
		cmocka_unit_test(armour_in_a_pipe_goes_back_if_it_is_kept),
		cmocka_unit_test(a_log_that_changes_is_noticed),
		cmocka_unit_test(a_stream_comes_again),
		cmocka_unit_test(a_stream_that_began_is_refused),
		cmocka_unit_test(pipes_give_the_same_bytes),
		cmocka_unit_test(a_failed_read_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
