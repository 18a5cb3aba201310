/* SPDX-License-Identifier: BSD-2-Clause */
/* log.h: streams and logs, their events, their limits, their way out. */
#include "testing.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#define SHA256 TSMMR_HASH_SHA256, 32

static struct tsmmr_log *parse(const struct tsmmr_ctx *ctx, struct bytes bytes)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;

	if (tsmmr_log_parse(ctx, NULL, bytes.p, bytes.n, &log, &err) < 0)
		fail_msg("%s", err.message);
	return log;
}

static void arguments_are_checked(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct tsmmr_stream *s = (struct tsmmr_stream *)0x1;
	struct tsmmr_streams *all = (struct tsmmr_streams *)0x1;
	struct tsmmr_log *log = (struct tsmmr_log *)0x1;
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_event *event;

	assert_code(tsmmr_stream_open_mem(NULL, NULL, "", 0, &s, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_open_mem(ctx, NULL, NULL, 1, &s, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_open_mem(ctx, NULL, "", 0, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_open_fd(NULL, NULL, 0, &s, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_open_fd(ctx, NULL, 0, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_streams_open_known(NULL, TSMMR_LOG_CCEL, 0, &all, &err), TSMMR_E_ARG);
	assert_code(tsmmr_streams_open_known(ctx, TSMMR_LOG_CCEL, 0, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_streams_open_known(ctx, 999, 0, &all, &err), TSMMR_E_ARG);
	assert_ptr_equal(all, (struct tsmmr_streams *)0x1);
	assert_code(tsmmr_stream_next(NULL, &event, &err), TSMMR_E_ARG);
	assert_code(tsmmr_log_parse(NULL, NULL, "", 0, &log, &err), TSMMR_E_ARG);
	assert_code(tsmmr_log_parse(ctx, NULL, NULL, 1, &log, &err), TSMMR_E_ARG);
	assert_code(tsmmr_log_parse(ctx, NULL, "", 0, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_log_parse_borrow(ctx, NULL, NULL, 1, &log, &err), TSMMR_E_ARG);
	assert_code(tsmmr_log_from_stream(ctx, NULL, &log, &err), TSMMR_E_ARG);
	assert_int_equal(err.code, TSMMR_E_ARG);
	assert_true(err.record == TSMMR_NONE && err.offset == TSMMR_NONE);
	assert_true(err.message[0]);

	assert_code(parse_as(ctx, 999, 0, NULL, "", 0, &log, &err), TSMMR_E_ARG);
	assert_code(parse_as(ctx, -1, 0, NULL, "", 0, &log, &err), TSMMR_E_ARG);
	assert_code(parse_as(ctx, TSMMR_FORMAT_TCG2, 999, NULL, "", 0, &log, &err), TSMMR_E_ARG);
	/* A format that names registers itself is not told one. */
	assert_code(parse_as(ctx, TSMMR_FORMAT_TCG2, 0, "pcr0", "", 0, &log, &err), TSMMR_E_ARG);
	assert_ptr_equal(s, (struct tsmmr_stream *)0x1);
	assert_ptr_equal(log, (struct tsmmr_log *)0x1);
}

/* Formats that can only be written, and what this version has no reader for. */
static void what_cannot_be_read_is_unsupported(void **state)
{
	static const int formats[] = { TSMMR_FORMAT_JSONL, TSMMR_FORMAT_TPM2_YAML };
	const struct tsmmr_ctx *ctx = *state;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;

	for (size_t i = 0; i < N_OF(formats); i++)
		assert_code(parse_as(ctx, formats[i], 0, NULL, "x", 1, &log, &err),
			    TSMMR_E_UNSUPPORTED);
	/* A Nitro enclave has no registers that a CCEL could be about. */
	assert_code(parse_as(ctx, TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_NITRO, NULL, "x", 1, &log,
			     &err),
		    TSMMR_E_ARG);
}

static void no_bytes_are_no_log(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;

	assert_code(tsmmr_log_parse(ctx, NULL, NULL, 0, &log, &err), TSMMR_E_FORMAT);
	assert_code(parse_as(ctx, TSMMR_FORMAT_TCG2, 0, NULL, NULL, 0, &log, &err),
		    TSMMR_E_TRUNCATED);
	assert_int_equal(err.record, 0);
	assert_int_equal(err.offset, 0);
}

static void events_say_what_is_written(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct bytes bytes = read_data("good-tcg2-sha1-sha256.bin");
	struct tsmmr_log *log = parse(ctx, bytes);
	const struct tsmmr_event *e;
	const uint8_t *p;
	const char *rule;
	size_t n;
	int alg;

	assert_int_equal(tsmmr_log_format(log), TSMMR_FORMAT_TCG2);
	assert_int_equal(tsmmr_log_count(log), 15);
	assert_null(tsmmr_log_get(log, 15));
	assert_null(tsmmr_log_get(log, SIZE_MAX));

	/* The header, which extends nothing. */
	e = tsmmr_log_get(log, 0);
	assert_int_equal(tsmmr_event_record(e), 0);
	assert_int_equal(tsmmr_event_offset(e), 0);
	assert_int_equal(tsmmr_event_is_measured(e), 0);
	assert_string_equal(tsmmr_event_type_name(e), "EV_NO_ACTION");
	assert_int_equal(tsmmr_event_digest_count(e), 1);

	/* SecureBoot, in PCR 7. */
	e = tsmmr_log_get(log, 3);
	assert_int_equal(tsmmr_event_record(e), 3);
	assert_int_equal(tsmmr_event_recnum(e), 0);
	assert_int_equal(tsmmr_event_index(e), 7);
	assert_int_equal(tsmmr_event_space(e), TSMMR_SPACE_PCR);
	assert_string_equal(tsmmr_event_register(e), "pcr7");
	assert_int_equal(tsmmr_event_type(e), 0x80000001);
	assert_string_equal(tsmmr_event_type_name(e), "EV_EFI_VARIABLE_DRIVER_CONFIG");
	assert_int_equal(tsmmr_event_is_measured(e), 1);
	assert_int_equal(tsmmr_event_after_separator(e), 0);
	assert_int_equal(tsmmr_event_digest_count(e), 2);
	assert_code(tsmmr_event_digest(e, 0, &alg, &p, &n), 0);
	assert_int_equal(alg, TSMMR_HASH_SHA1);
	assert_int_equal(n, 20);
	assert_code(tsmmr_event_digest(e, 1, &alg, &p, &n), 0);
	assert_int_equal(alg, TSMMR_HASH_SHA256);
	assert_int_equal(n, 32);
	assert_code(tsmmr_event_digest(e, 2, &alg, &p, &n), TSMMR_E_NOTFOUND);
	assert_code(tsmmr_event_digest(NULL, 0, &alg, &p, &n), TSMMR_E_ARG);
	assert_code(tsmmr_event_digest(e, 0, NULL, NULL, NULL), 0);
	assert_int_equal(alg, TSMMR_HASH_SHA256);
	assert_code(tsmmr_event_data(NULL, &p, &n), TSMMR_E_ARG);
	assert_code(tsmmr_event_data(e, NULL, NULL), 0);
	assert_code(tsmmr_event_data(e, &p, &n), 0);
	assert_int_equal(n, 53);
	assert_int_equal(p[52], 1);
	assert_int_equal(tsmmr_event_binding(e, &rule), TSMMR_BINDING_BOUND);
	assert_non_null(rule);
	assert_int_equal(tsmmr_event_binding(e, NULL), TSMMR_BINDING_BOUND);

	/* A firmware blob: its digest covers code that is not in the log. */
	e = tsmmr_log_get(log, 2);
	assert_int_equal(tsmmr_event_recnum(e), 2); /* the header counts, as CEL counts */
	assert_int_equal(tsmmr_event_binding(e, &rule), TSMMR_BINDING_UNBOUND);
	assert_null(rule);

	/* Behind PCR 5's separator. */
	e = tsmmr_log_get(log, 14);
	assert_int_equal(tsmmr_event_index(e), 5);
	assert_int_equal(tsmmr_event_after_separator(e), 1);

	tsmmr_log_free(log);
	bytes_done(&bytes);
}

static void text_is_like_snprintf(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct bytes bytes = read_data("good-tcg2-sha256.bin");
	struct tsmmr_log *log = parse(ctx, bytes);

	for (size_t i = 0; i < tsmmr_log_count(log); i++) {
		const struct tsmmr_event *e = tsmmr_log_get(log, i);
		char whole[512], part[512];
		int n = tsmmr_event_text(e, whole, sizeof(whole));

		assert_true(n >= 0 && (size_t)n < sizeof(whole));
		assert_int_equal(strlen(whole), n);
		assert_int_equal(tsmmr_event_text(e, NULL, 0), n);
		for (size_t size = 1; size <= (size_t)n + 2; size++) {
			size_t fits = size <= (size_t)n ? size - 1 : (size_t)n;

			memset(part, 'x', sizeof(part));
			assert_int_equal(tsmmr_event_text(e, part, size), n);
			assert_int_equal(strlen(part), fits);
			assert_memory_equal(part, whole, fits);
			assert_int_equal(part[size], 'x');
		}
		for (int k = 0; k < n; k++)
			assert_true((uint8_t)whole[k] >= 0x20 && whole[k] != 0x7f);
	}
	tsmmr_log_free(log);
	bytes_done(&bytes);
}

static void parse_copies_and_borrow_views(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct bytes bytes = read_data("good-tcg2-sha256.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *copied, *viewed;
	const uint8_t *p, *q;
	uint8_t old[32];
	size_t n;
	int alg;

	copied = parse(ctx, bytes);
	assert_code(tsmmr_log_parse_borrow(ctx, NULL, bytes.p, bytes.n, &viewed, &err), 0);
	assert_code(tsmmr_event_digest(tsmmr_log_get(viewed, 1), 0, &alg, &q, &n), 0);
	assert_true(q >= bytes.p && q + n <= bytes.p + bytes.n);
	assert_code(tsmmr_event_digest(tsmmr_log_get(copied, 1), 0, &alg, &p, &n), 0);
	assert_false(p >= bytes.p && p < bytes.p + bytes.n);
	memcpy(old, p, n);

	tsmmr_log_free(viewed);
	memset(bytes.p, 0xee, bytes.n);
	bytes_done(&bytes);
	assert_memory_equal(p, old, n);
	tsmmr_log_free(copied);
}

/* A log from a stream owns its bytes too; of one that was read the rest would pass for all. */
static void log_from_a_whole_stream(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct bytes bytes = read_data("good-tcg2-sha256.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log, *none = NULL;
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;

	assert_code(tsmmr_stream_open_mem(ctx, NULL, bytes.p, bytes.n, &s, &err), 0);
	assert_code(tsmmr_log_from_stream(ctx, s, &log, &err), 0);
	assert_int_equal(tsmmr_stream_event_count(s), 15);
	assert_code(tsmmr_log_from_stream(ctx, s, &none, &err), TSMMR_E_ARG);
	tsmmr_stream_free(s);
	assert_code(tsmmr_stream_open_mem(ctx, NULL, bytes.p, bytes.n, &s, &err), 0);
	assert_int_equal(tsmmr_stream_next(s, &e, &err), 1);
	assert_code(tsmmr_log_from_stream(ctx, s, &none, &err), TSMMR_E_ARG);
	assert_null(none);
	tsmmr_stream_free(s);
	memset(bytes.p, 0xee, bytes.n);
	bytes_done(&bytes);

	assert_int_equal(tsmmr_log_count(log), 15);
	assert_int_equal(tsmmr_event_record(tsmmr_log_get(log, 14)), 14);
	assert_int_equal(tsmmr_event_is_measured(tsmmr_log_get(log, 14)), 1);
	assert_int_equal(tsmmr_event_binding(tsmmr_log_get(log, 14), NULL), TSMMR_BINDING_BOUND);
	tsmmr_log_free(log);
}

/* The same bytes as a frozen log gives; what was left out is the stream's to say. */
static void a_stream_is_written_to_memory(void **state)
{
	static const char text[] = "a\n# .EXTEND zz\n";
	struct bytes bytes = read_data("good-tcg2-sha256.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_ctx *ctx = *state;
	struct tsmmr_log *log = parse(ctx, bytes);
	uint8_t *out = NULL, *want;
	struct tsmmr_stream *s;
	size_t n = 0, n_want;

	for (int format = TSMMR_FORMAT_CEL_CBOR; format <= TSMMR_FORMAT_CEL_TLV; format++) {
		assert_code(tsmmr_log_export(ctx, log, format, &want, &n_want, &err), 0);
		assert_code(tsmmr_stream_open_mem(ctx, NULL, bytes.p, bytes.n, &s, &err), 0);
		assert_code(tsmmr_stream_export(ctx, s, format, &out, &n, &err), 0);
		assert_bytes(out, n, want, n_want);
		assert_code(tsmmr_stream_export(ctx, s, TSMMR_FORMAT_TCG2, &want, &n, &err),
			    TSMMR_E_UNSUPPORTED);
		tsmmr_stream_free(s);
		tsmmr_free(want);
		tsmmr_free(out);
	}
	tsmmr_log_free(log);
	assert_code(tsmmr_stream_export(ctx, NULL, TSMMR_FORMAT_JSONL, &out, &n, &err),
		    TSMMR_E_ARG);

	assert_code(open_mem_as(ctx, TSMMR_FORMAT_TEXT, 0, "rtmr3", text, strlen(text), &s, &err),
		    0);
	assert_code(tsmmr_stream_export(ctx, s, TSMMR_FORMAT_CEL_TLV, &out, &n, &err), 0);
	assert_true(tsmmr_stream_finding_count(s) > 0);
	tsmmr_stream_free(s);
	tsmmr_free(out);

	/* No more memory than the context allows, whatever a form makes of the bytes. */
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_BYTES, bytes.n, NULL), 0);
	assert_code(tsmmr_stream_open_mem(ctx, NULL, bytes.p, bytes.n, &s, &err), 0);
	out = NULL;
	assert_code(tsmmr_stream_export(ctx, s, TSMMR_FORMAT_JSONL, &out, &n, &err), TSMMR_E_LIMIT);
	assert_null(out);
	tsmmr_stream_free(s);
	tsmmr_ctx_free(ctx);
	bytes_done(&bytes);
}

static void end_and_errors_are_sticky(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct bytes bytes = read_data("good-tcg2-header-only.bin");
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_event *e = NULL;
	struct tsmmr_stream *s;

	assert_code(tsmmr_stream_open_mem(ctx, NULL, bytes.p, bytes.n, &s, &err), 0);
	assert_int_equal(tsmmr_stream_next(s, &e, &err), 1);
	for (int i = 0; i < 3; i++) {
		e = (const struct tsmmr_event *)0x1;
		assert_int_equal(tsmmr_stream_next(s, &e, &err), 0);
		assert_ptr_equal(e, (const struct tsmmr_event *)0x1);
	}
	assert_int_equal(tsmmr_stream_event_count(s), 1);
	assert_int_equal(err.code, 0);
	tsmmr_stream_free(s);
	bytes_done(&bytes);
}

/* What LIMIT_* refuses, and that one more would have been taken. */
static int with_limit(int limit, uint64_t value, const struct maker *m, struct tsmmr_error *err)
{
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	struct tsmmr_ctx *ctx;
	int r;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, limit, value, NULL), 0);
	r = open_mem_as(ctx, TSMMR_FORMAT_TCG2, 0, NULL, m->bytes, m->n, &s, err);
	if (r == 0) {
		while ((r = tsmmr_stream_next(s, &e, err)) > 0)
			;
		tsmmr_stream_free(s);
	}
	tsmmr_ctx_free(ctx);
	return r;
}

static void limits_are_exact(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct maker *m = calloc(1, sizeof(*m));
	uint8_t data[1000] = { 1 };
	size_t second, third;

	mk_header(m, 0, SHA256);
	second = m->n;
	mk_event(m, 1, 13, SHA256, 7, data, 1000);
	third = m->n;
	mk_event(m, 1, 13, SHA256, 7, data, 1);

	assert_code(with_limit(TSMMR_LIMIT_EVENTS, 3, m, &err), 0);
	assert_code(with_limit(TSMMR_LIMIT_EVENTS, 2, m, &err), TSMMR_E_LIMIT);
	assert_int_equal(err.code, TSMMR_E_LIMIT);
	assert_int_equal(err.record, 2);
	assert_int_equal(err.offset, third);

	assert_code(with_limit(TSMMR_LIMIT_EVENT_BYTES, 1000, m, &err), 0);
	assert_code(with_limit(TSMMR_LIMIT_EVENT_BYTES, 999, m, &err), TSMMR_E_LIMIT);
	assert_int_equal(err.record, 1);
	assert_int_equal(err.offset, second);

	assert_code(with_limit(TSMMR_LIMIT_BYTES, m->n, m, &err), 0);
	assert_code(with_limit(TSMMR_LIMIT_BYTES, m->n - 1, m, &err), TSMMR_E_LIMIT);
	assert_code(with_limit(TSMMR_LIMIT_BYTES, third, m, &err), TSMMR_E_LIMIT);
	assert_code(with_limit(TSMMR_LIMIT_BYTES, 10, m, &err), TSMMR_E_LIMIT);

	/* 0 is the default again. */
	assert_code(with_limit(TSMMR_LIMIT_EVENTS, 0, m, &err), 0);
	assert_code(with_limit(TSMMR_LIMIT_BYTES, 0, m, &err), 0);
	assert_code(with_limit(TSMMR_LIMIT_EVENT_BYTES, 0, m, &err), 0);
	free(m);
}

/* A pipe cannot say how much is left: what is declared over 16 MiB is refused unread. */
static void event_over_the_default_limit(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct tsmmr_error err = ERROR_INIT;
	struct maker *m = calloc(1, sizeof(*m));
	static const uint8_t more[1 << 17];
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	int fds[2];

	mk_header(m, 0, SHA256);
	mk_le(m, 4, 4);
	mk_le(m, 13, 4);
	mk_le(m, 1, 4);
	mk_le(m, TSMMR_HASH_SHA256, 2);
	mk_fill(m, 1, 32);
	mk_le(m, (16u << 20) + 1, 4);

	/* The writer stays, so that nobody can know the end, and has written all we may read. */
	assert_int_equal(pipe(fds), 0);
	if (fcntl(fds[1], F_SETPIPE_SZ, 1 << 18) < (int)(m->n + sizeof(more)))
		skip();
	assert_int_equal(write(fds[1], m->bytes, m->n), m->n);
	assert_int_equal(write(fds[1], more, sizeof(more)), sizeof(more));
	assert_code(tsmmr_stream_open_fd(ctx, NULL, fds[0], &s, &err), 0);
	assert_int_equal(tsmmr_stream_next(s, &e, &err), 1);
	assert_code(tsmmr_stream_next(s, &e, &err), TSMMR_E_LIMIT);
	assert_int_equal(err.record, 1);
	tsmmr_stream_free(s);
	close(fds[0]);
	close(fds[1]);

	/* What is in memory is known to be cut. */
	assert_code(tsmmr_stream_open_mem(ctx, NULL, m->bytes, m->n, &s, &err), 0);
	assert_int_equal(tsmmr_stream_next(s, &e, &err), 1);
	assert_code(tsmmr_stream_next(s, &e, &err), TSMMR_E_TRUNCATED);
	tsmmr_stream_free(s);
	free(m);
}

static void frozen_logs_have_a_limit_of_their_own(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct maker *m = calloc(1, sizeof(*m));
	struct tsmmr_log *log = (struct tsmmr_log *)0x1;
	struct tsmmr_ctx *ctx;

	mk_header(m, 0, SHA256);
	for (int i = 0; i < 1000; i++)
		mk_event(m, 1, 13, SHA256, (uint8_t)i, "", 0);

	/* Input fits, what it becomes in memory does not. */
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_BYTES, m->n, NULL), 0);
	assert_code(tsmmr_log_parse(ctx, NULL, m->bytes, m->n, &log, &err), TSMMR_E_LIMIT);
	assert_int_equal(err.code, TSMMR_E_LIMIT);
	/* Nor does the table of events alone, where the bytes are the caller's. */
	assert_code(tsmmr_log_parse_borrow(ctx, NULL, m->bytes, m->n, &log, &err), TSMMR_E_LIMIT);
	assert_ptr_equal(log, (struct tsmmr_log *)0x1);
	tsmmr_ctx_free(ctx);
	free(m);
}

static void descriptors_that_fail(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *s = (struct tsmmr_stream *)0x1;
	int fd;

	assert_code(tsmmr_stream_open_fd(ctx, NULL, -1, &s, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_open_fd(ctx, NULL, 999, &s, &err), TSMMR_E_IO);
	assert_int_equal(err.os_errno, EBADF);

	fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_code(tsmmr_stream_open_fd(ctx, NULL, fd, &s, &err), TSMMR_E_IO);
	assert_int_equal(err.os_errno, EISDIR);
	assert_int_equal(err.code, TSMMR_E_IO);
	close(fd);
	assert_ptr_equal(s, (struct tsmmr_stream *)0x1);
}

static void descriptor_is_borrowed_and_read_from_where_it_stands(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct bytes bytes = read_data("good-tcg2-sha256.bin");
	char path[] = "/tmp/tsmmr-test-XXXXXX";
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	size_t n = 0;
	int fd, r;

	fd = mkstemp(path);
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, "before", 6), 6);
	assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
	assert_int_equal(lseek(fd, 6, SEEK_SET), 6);

	assert_code(tsmmr_stream_open_fd(ctx, NULL, fd, &s, &err), 0);
	while ((r = tsmmr_stream_next(s, &e, &err)) > 0)
		n++;
	assert_code(r, 0);
	assert_int_equal(n, 15);
	assert_int_equal(tsmmr_stream_byte_count(s), bytes.n);
	tsmmr_stream_free(s);
	assert_true(fcntl(fd, F_GETFD) >= 0); /* still open */
	close(fd);
	bytes_done(&bytes);
}

/* What a log is found to be may not depend on how much of it happened to be read. */
static void same_format_from_memory_and_from_a_file(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct maker *m = calloc(1, sizeof(*m)), *tail = calloc(1, sizeof(*tail));
	char path[] = "/tmp/tsmmr-test-XXXXXX";
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *s;
	uint8_t *all;
	size_t n = 0;
	int fd, found;

	/* Numbers that fit a CCEL for 300 KiB, then one that only a PCR has. */
	mk_header(m, 0, TSMMR_HASH_SHA384, 48);
	mk_event(tail, 9, 13, TSMMR_HASH_SHA384, 48, 1, "x", 1);
	all = malloc(400000);
	memcpy(all, m->bytes, m->n);
	n = m->n;
	m->n = 0;
	mk_event(m, 1, 13, TSMMR_HASH_SHA384, 48, 1, "x", 1);
	while (n < 300000) {
		memcpy(all + n, m->bytes, m->n);
		n += m->n;
	}
	memcpy(all + n, tail->bytes, tail->n);
	n += tail->n;

	assert_code(tsmmr_stream_open_mem(ctx, NULL, all, n, &s, &err), 0);
	found = tsmmr_stream_format(s);
	tsmmr_stream_free(s);

	fd = mkstemp(path);
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, all, n), n);
	lseek(fd, 0, SEEK_SET);
	assert_code(tsmmr_stream_open_fd(ctx, NULL, fd, &s, &err), 0);
	assert_int_equal(tsmmr_stream_format(s), found);
	tsmmr_stream_free(s);
	close(fd);
	free(all);
	free(m);
	free(tail);
}

static void make_dirs(char *path)
{
	for (char *p = path + 1; *p; p++)
		if (*p == '/') {
			*p = 0;
			mkdir(path, 0700);
			*p = '/';
		}
}

static void remove_up_to(char *path, size_t keep)
{
	unlink(path);
	for (char *p = path + strlen(path); p > path + keep; p--)
		if (*p == '/') {
			*p = 0;
			rmdir(path);
		}
	rmdir(path);
}

/* A fixture where the kernel would show it. */
static void plant(const char *root, const char *path, const char *fixture)
{
	struct bytes bytes = read_data(fixture);
	char full[256];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	make_dirs(full);
	f = fopen(full, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	fclose(f);
	bytes_done(&bytes);
}

static void uproot(const char *root, const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s%s", root, path);
	remove_up_to(full, strlen(root));
}

static void known_logs_are_found_below_the_root(void **state)
{
	static const struct {
		int known;
		const char *fixture, *path;
		int format, platform, other;
	} logs[] = {
		{ TSMMR_LOG_CCEL, "good-ccel-header-1.bin", "/sys/firmware/acpi/tables/data/CCEL",
		  TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, TSMMR_PLATFORM_TPM },
		{ TSMMR_LOG_TPM, "good-tcg2-sha256.bin",
		  "/sys/kernel/security/tpm0/binary_bios_measurements", TSMMR_FORMAT_TCG2,
		  TSMMR_PLATFORM_TPM, TSMMR_PLATFORM_TDX },
	};
	char root[] = "/tmp/tsmmr-root-XXXXXX";
	struct tsmmr_streams *all = (struct tsmmr_streams *)0x1;
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_event *e;
	struct tsmmr_ctx *ctx;

	assert_non_null(mkdtemp(root));
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_root(ctx, root, NULL), 0);
	assert_code(tsmmr_streams_open_known(ctx, TSMMR_LOG_ALL, 0, &all, &err), TSMMR_E_NOTFOUND);

	for (size_t i = 0; i < N_OF(logs); i++) {
		assert_code(tsmmr_streams_open_known(ctx, logs[i].known, 0, &all, &err),
			    TSMMR_E_NOTFOUND);
		assert_ptr_equal(all, (struct tsmmr_streams *)0x1);

		plant(root, logs[i].path, logs[i].fixture);
		/* One log is not about another platform; of all logs it is left out. */
		assert_code(tsmmr_streams_open_known(ctx, logs[i].known, logs[i].other, &all, &err),
			    TSMMR_E_ARG);
		if (!i)
			assert_code(tsmmr_streams_open_known(ctx, TSMMR_LOG_ALL, logs[i].other,
							     &all, &err),
				    TSMMR_E_NOTFOUND);
		if (tsmmr_streams_open_known(ctx, logs[i].known, logs[i].platform, &all, &err))
			fail_msg("%s: %s", logs[i].path, err.message);
		assert_int_equal(tsmmr_streams_count(all), 1);
		assert_int_equal(tsmmr_stream_format(tsmmr_streams_get(all, 0)), logs[i].format);
		assert_int_equal(tsmmr_stream_next(tsmmr_streams_get(all, 0), &e, &err), 1);
		assert_null(tsmmr_streams_get(all, 1));
		tsmmr_streams_free(all);
		all = (struct tsmmr_streams *)0x1;
	}

	/* Both are there now, and both are found. */
	assert_code(tsmmr_streams_open_known(ctx, TSMMR_LOG_ALL, 0, &all, &err), 0);
	assert_int_equal(tsmmr_streams_count(all), 2);
	tsmmr_streams_free(all);

	/* One that is there and is no log is an error, not nothing. */
	plant(root, logs[0].path, "bad-text.bin");
	assert_code(tsmmr_streams_open_known(ctx, TSMMR_LOG_CCEL, 0, &all, &err), 0);
	assert_int_equal(tsmmr_streams_count(all), 1);
	assert_code(tsmmr_stream_next(tsmmr_streams_get(all, 0), &e, &err), TSMMR_E_TRUNCATED);
	tsmmr_streams_free(all);

	tsmmr_ctx_free(ctx);
	for (size_t i = 0; i < N_OF(logs); i++)
		uproot(root, logs[i].path);
	rmdir(root);
}

/*
 * Of an event before the first separator a stream does not know that one will come: what is
 * false of a log may be null there.  This makes null of both.
 */
static void forget_separators(uint8_t *json, size_t *n)
{
	static const char known[] = "\"after_separator\":false";
	uint8_t *at;

	while ((at = memmem(json, *n, known, strlen(known)))) {
		uint8_t *word = at + strlen(known) - strlen("false");

		memcpy(word, "null", 4);
		memmove(word + 4, word + 5, *n - (size_t)(word + 5 - json));
		--*n;
	}
}

struct heard {
	char lines[16][256];
	int levels[16];
	size_t n;
	pthread_t thread;
};

static void listen(int level, const char *text, void *user)
{
	struct heard *h = user;

	assert_true(pthread_equal(pthread_self(), h->thread));
	assert_true(h->n < N_OF(h->lines));
	snprintf(h->lines[h->n], sizeof(h->lines[0]), "%s", text);
	h->levels[h->n++] = level;
}

/* The level of the first line that says this, or 0. */
static int heard(const struct heard *h, const char *what)
{
	for (size_t i = 0; i < h->n; i++)
		if (strstr(h->lines[i], what))
			return h->levels[i];
	return 0;
}

static void the_trace_says_what_is_tried(void **state)
{
	char root[] = "/tmp/tsmmr-\x1broot-XXXXXX";
	struct tsmmr_error err = ERROR_INIT;
	struct heard h = { .thread = pthread_self() };
	struct tsmmr_streams *all;
	struct tsmmr_ctx *ctx;

	assert_non_null(mkdtemp(root));
	plant(root, "/sys/firmware/acpi/tables/data/CCEL", "good-ccel-header-1.bin");
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_root(ctx, root, NULL), 0);
	assert_code(tsmmr_ctx_set_trace(NULL, listen, &h, &err), TSMMR_E_ARG);
	assert_code(tsmmr_ctx_set_trace(ctx, listen, &h, &err), 0);
	for (int listens = 1; listens >= 0; listens--) {
		assert_code(tsmmr_streams_open_known(ctx, TSMMR_LOG_ALL, 0, &all, &err), 0);
		assert_int_equal(tsmmr_streams_count(all), 1);
		tsmmr_streams_free(all);
		assert_int_equal(heard(&h, "data/CCEL: opened"), listens * TSMMR_TRACE_INFO);
		assert_int_equal(heard(&h, "format ccel about tdx"), listens * TSMMR_TRACE_INFO);
		assert_int_equal(heard(&h, "binary_bios_measurements: not there"),
				 listens * TSMMR_TRACE_DEBUG);
		assert_int_equal(heard(&h, "ima log is skipped"), listens * TSMMR_TRACE_DEBUG);
		assert_int_equal(heard(&h, "\x1b"), 0);
		h.n = 0;
		assert_code(tsmmr_ctx_set_trace(ctx, NULL, NULL, &err), 0);
	}
	tsmmr_ctx_free(ctx);
}

/* Whatever is exported is the same from a log and from a stream, in memory and to a file. */
static void exports_agree(void **state)
{
	static const int formats[] = { TSMMR_FORMAT_JSONL, TSMMR_FORMAT_TPM2_YAML };
	const struct tsmmr_ctx *ctx = *state;
	struct bytes bytes = read_data("good-tcg2-sha1-sha256.bin");
	struct tsmmr_log *log = parse(ctx, bytes);

	for (size_t i = 0; i < N_OF(formats); i++) {
		struct tsmmr_error err = ERROR_INIT;
		struct tsmmr_stream *s;
		uint8_t *whole;
		size_t n;

		assert_code(tsmmr_log_export(ctx, log, formats[i], &whole, &n, &err), 0);
		assert_true(n > 1000);
		for (int from_stream = 0; from_stream < 2; from_stream++) {
			char path[] = "/tmp/tsmmr-test-XXXXXX";
			uint8_t *got = malloc(2 * n);
			size_t n_got;
			int fd = mkstemp(path);

			assert_true(fd >= 0 && got);
			unlink(path);
			if (from_stream) {
				assert_code(tsmmr_stream_open_mem(ctx, NULL, bytes.p, bytes.n, &s,
								  &err),
					    0);
				assert_code(tsmmr_stream_export_fd(ctx, s, formats[i], fd, &err),
					    0);
				tsmmr_stream_free(s);
			} else {
				assert_code(tsmmr_log_export_fd(ctx, log, formats[i], fd, &err), 0);
			}
			n_got = (size_t)pread(fd, got, 2 * n, 0);
			if (from_stream) {
				forget_separators(whole, &n);
				forget_separators(got, &n_got);
			}
			assert_bytes(got, n_got, whole, n);
			close(fd);
			free(got);
		}
		tsmmr_free(whole);
	}
	tsmmr_log_free(log);
	bytes_done(&bytes);
}

/* Before the separator has come, a stream cannot say what stands before it. */
static void events_of_a_log_know_what_comes(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct bytes bytes = read_data("good-tcg2-sha256.bin");
	struct tsmmr_log *log = parse(ctx, bytes);
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	size_t before = 0;

	assert_code(tsmmr_stream_open_mem(ctx, NULL, bytes.p, bytes.n, &s, &err), 0);
	for (size_t i = 0; tsmmr_stream_next(s, &e, &err) > 0; i++) {
		int known = tsmmr_event_after_separator(tsmmr_log_get(log, i));
		int streamed = tsmmr_event_after_separator(e);

		if (tsmmr_event_index(e) < 8 && known == TSMMR_AFTER_NO) {
			assert_int_equal(streamed, TSMMR_AFTER_UNKNOWN);
			before++;
		} else {
			assert_int_equal(streamed, known);
		}
	}
	assert_true(before > 8);
	tsmmr_stream_free(s);
	tsmmr_log_free(log);
	bytes_done(&bytes);
}

static void export_says_what_it_cannot(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct bytes bytes = read_data("good-tcg2-sha256.bin");
	struct tsmmr_log *log = parse(ctx, bytes);
	struct tsmmr_error err = ERROR_INIT;
	uint8_t *out = (uint8_t *)0x1;
	size_t n = 77;
	int fd;

	assert_code(tsmmr_log_export(ctx, log, TSMMR_FORMAT_TCG2, &out, &n, &err),
		    TSMMR_E_UNSUPPORTED);
	assert_code(tsmmr_log_export(ctx, log, 999, &out, &n, &err), TSMMR_E_ARG);
	assert_code(tsmmr_log_export(ctx, NULL, TSMMR_FORMAT_JSONL, &out, &n, &err), TSMMR_E_ARG);
	assert_code(tsmmr_log_export(ctx, log, TSMMR_FORMAT_JSONL, NULL, &n, &err), TSMMR_E_ARG);
	assert_ptr_equal(out, (uint8_t *)0x1);
	assert_int_equal(n, 77);

	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		assert_code(tsmmr_log_export_fd(ctx, log, TSMMR_FORMAT_JSONL, fd, &err),
			    TSMMR_E_IO);
		assert_int_equal(err.os_errno, ENOSPC);
		close(fd);
	}
	tsmmr_log_free(log);
	bytes_done(&bytes);
}

/* The caller has neither blocked nor ignored the signal, and one of its own stays its own. */
static void export_to_nobody_raises_nothing(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct bytes bytes = read_data("good-ccel-header-1.bin");
	struct tsmmr_log *log = parse(ctx, bytes);
	struct tsmmr_error err = ERROR_INIT;
	struct rlimit was;
	struct tsmmr_stream *s;
	sigset_t pipe_signal, pending;
	int fds[2], fd, caught;

	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	assert_code(tsmmr_log_export_fd(ctx, log, TSMMR_FORMAT_JSONL, fds[1], &err), TSMMR_E_IO);
	assert_int_equal(err.os_errno, EPIPE);
	assert_code(tsmmr_stream_open_mem(ctx, NULL, bytes.p, bytes.n, &s, &err), 0);
	assert_code(tsmmr_stream_export_fd(ctx, s, TSMMR_FORMAT_CEL_CBOR_SEQ, fds[1], &err),
		    TSMMR_E_IO);
	assert_int_equal(err.os_errno, EPIPE);
	tsmmr_stream_free(s);

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	for (int raised = 0; raised < 2; raised++) {
		sigprocmask(SIG_BLOCK, &pipe_signal, NULL);
		if (raised)
			raise(SIGPIPE);
		assert_code(tsmmr_log_export_fd(ctx, log, TSMMR_FORMAT_JSONL, fds[1], &err),
			    TSMMR_E_IO);
		sigpending(&pending);
		assert_int_equal(sigismember(&pending, SIGPIPE), raised);
		if (raised)
			sigwait(&pipe_signal, &caught);
		sigprocmask(SIG_UNBLOCK, &pipe_signal, NULL);
	}
	close(fds[1]);

	fd = fileno(tmpfile());
	getrlimit(RLIMIT_FSIZE, &was);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 100, was.rlim_max });
	assert_code(tsmmr_log_export_fd(ctx, log, TSMMR_FORMAT_JSONL, fd, &err), TSMMR_E_IO);
	setrlimit(RLIMIT_FSIZE, &was);
	assert_int_equal(err.os_errno, EFBIG);
	tsmmr_log_free(log);
	bytes_done(&bytes);
}

static void event_as_json(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct bytes bytes = read_data("good-ccel-header-1.bin");
	struct tsmmr_log *log = parse(ctx, bytes);
	struct tsmmr_error err = ERROR_INIT;
	uint8_t *json;
	size_t n;

	assert_code(tsmmr_event_export_json(tsmmr_log_get(log, 1), 3, &json, &n, &err), 0);
	assert_int_equal(strlen((char *)json), n); /* NUL behind it, no newline */
	assert_null(strchr((char *)json, '\n'));
	assert_non_null(strstr((char *)json, "\"schema\":\"tsmmr.event/1\""));
	assert_non_null(strstr((char *)json, "\"log\":3"));
	assert_non_null(strstr((char *)json, "\"register\":\"rtmr0\""));
	assert_non_null(strstr((char *)json, "\"index_space\":\"cc-mr\""));
	assert_non_null(strstr((char *)json, "\"binding\":\"bound\""));
	tsmmr_free(json);

	/* What is proven is for a report to say. */
	assert_code(tsmmr_event_export_json(tsmmr_log_get(log, 1), 0, &json, &n, &err), 0);
	assert_non_null(strstr((char *)json, "\"proven\":null"));
	assert_non_null(strstr((char *)json, "\"trusted_text\":null"));
	tsmmr_free(json);
	assert_code(tsmmr_event_export_json(NULL, 0, &json, &n, &err), TSMMR_E_ARG);

	tsmmr_log_free(log);
	bytes_done(&bytes);
}

static void platform_fixes_the_index_space(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct bytes bytes = read_data("good-ccel-header-1.bin");
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;

	assert_code(parse_as(ctx, TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, NULL, bytes.p, bytes.n,
			     &log, &err),
		    0);
	assert_int_equal(tsmmr_event_space(tsmmr_log_get(log, 1)), TSMMR_SPACE_CC_MR);
	tsmmr_log_free(log);

	assert_code(parse_as(ctx, TSMMR_FORMAT_TCG2, TSMMR_PLATFORM_TPM, NULL, bytes.p, bytes.n,
			     &log, &err),
		    0);
	assert_int_equal(tsmmr_event_space(tsmmr_log_get(log, 1)), TSMMR_SPACE_PCR);
	assert_string_equal(tsmmr_event_register(tsmmr_log_get(log, 1)), "pcr1");
	tsmmr_log_free(log);
	bytes_done(&bytes);
}

/* How many descriptors are of files, gone or not, in that folder? */
static int files_in(const char *folder)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	char to[PATH_MAX];
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		ssize_t got = readlinkat(dirfd(dir), entry->d_name, to, sizeof(to) - 1);

		to[got > 0 ? got : 0] = 0;
		n += strncmp(to, folder, strlen(folder)) == 0 && to[strlen(folder)] == '/';
	}
	closedir(dir);
	return n;
}

/* Of more than is read at once, which needs no file. */
static int keep_a_pipe(const struct tsmmr_ctx *ctx, const struct bytes *bytes, const char *folder,
		       struct tsmmr_error *err)
{
	static uint8_t padding[1 << 19];
	struct tsmmr_input *input;
	struct tsmmr_stream *s;
	int r, fds[2];

	memset(padding, 0xff, sizeof(padding));
	assert_int_equal(pipe(fds), 0);
	assert_true(fcntl(fds[1], F_SETPIPE_SZ, 1 << 20) >= 1 << 20);
	assert_int_equal(write(fds[1], bytes->p, bytes->n), bytes->n);
	assert_int_equal(write(fds[1], padding, sizeof(padding)), sizeof(padding));
	close(fds[1]);
	assert_code(input_as(TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, NULL, &input, err), 0);
	assert_code(tsmmr_stream_open_fd(ctx, input, fds[0], &s, err), 0);
	tsmmr_input_free(input);
	assert_int_equal(files_in(folder), 0);
	r = tsmmr_stream_keep(s, err);
	assert_int_equal(files_in(folder), r == 0);
	tsmmr_stream_free(s);
	assert_int_equal(files_in(folder), 0);
	close(fds[0]);
	return r;
}

static void a_pipe_is_kept_where_it_is_said(void **state)
{
	char folder[] = "/tmp/tsmmr-kept-XXXXXX";
	struct tsmmr_error err = ERROR_INIT;
	struct bytes bytes = read_data("tdx-twin/CCEL.data");
	struct tsmmr_ctx *ctx;

	assert_non_null(mkdtemp(folder));
	assert_code(tsmmr_ctx_new(0, &ctx, &err), 0);
	assert_code(tsmmr_ctx_set_temporary(ctx, folder, &err), 0);
	assert_code(keep_a_pipe(ctx, &bytes, folder, &err), 0);
	/* It has no name: the folder is empty. */
	assert_int_equal(rmdir(folder), 0);
	assert_code(keep_a_pipe(ctx, &bytes, folder, &err), TSMMR_E_IO);
	assert_non_null(strstr(err.message, folder));
	tsmmr_ctx_free(ctx);
	bytes_done(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_are_checked),
		cmocka_unit_test(what_cannot_be_read_is_unsupported),
		cmocka_unit_test(no_bytes_are_no_log),
		cmocka_unit_test(events_say_what_is_written),
		cmocka_unit_test(text_is_like_snprintf),
		cmocka_unit_test(parse_copies_and_borrow_views),
		cmocka_unit_test(log_from_a_whole_stream),
		cmocka_unit_test(a_stream_is_written_to_memory),
		cmocka_unit_test(end_and_errors_are_sticky),
		cmocka_unit_test(limits_are_exact),
		cmocka_unit_test(event_over_the_default_limit),
		cmocka_unit_test(frozen_logs_have_a_limit_of_their_own),
		cmocka_unit_test(descriptors_that_fail),
		cmocka_unit_test(descriptor_is_borrowed_and_read_from_where_it_stands),
		cmocka_unit_test(same_format_from_memory_and_from_a_file),
		cmocka_unit_test(known_logs_are_found_below_the_root),
		cmocka_unit_test(the_trace_says_what_is_tried),
		cmocka_unit_test(exports_agree),
		cmocka_unit_test(events_of_a_log_know_what_comes),
		cmocka_unit_test(export_says_what_it_cannot),
		cmocka_unit_test(export_to_nobody_raises_nothing),
		cmocka_unit_test(event_as_json),
		cmocka_unit_test(platform_fixes_the_index_space),
		cmocka_unit_test(a_pipe_is_kept_where_it_is_said),
	};

	return cmocka_run_group_tests_name("log", tests, ctx_setup, ctx_teardown);
}
