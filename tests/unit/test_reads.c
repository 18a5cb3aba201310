/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads that fail, come in pieces or are interrupted: every reader, through core/source.c. */
#include "testing.h"

#include "core/stream.h"
#include "crypto/hash.h"
#include "format/format.h"
#include "live/open.h"
#include "sys/file.h"
#include "util/buf.h"
#include "util/cleanup.h"

/* A reader that gives step bytes a call, fails once at one place, and then goes on. */
struct reader {
	struct span bytes;
	size_t at, step, fail_at;
	int error;
	bool failed, interrupt, interrupted;
};

static long read_some(void *user, void *to, size_t n)
{
	struct reader *r = user;

	if (r->interrupt && !r->interrupted) {
		r->interrupted = true;
		return -EINTR;
	}
	r->interrupted = false;
	if (r->at == r->fail_at && !r->failed) {
		r->failed = true;
		return -r->error;
	}
	if (n > r->step)
		n = r->step;
	if (n > r->bytes.n - r->at)
		n = r->bytes.n - r->at;
	if (r->fail_at > r->at && n > r->fail_at - r->at)
		n = r->fail_at - r->at;
	if (n)
		memcpy(to, r->bytes.p + r->at, n);
	r->at += n;
	return (long)n;
}

static const struct kind {
	const char *name; /* a file of tests/data … */
	int format;
	const char *reg;
	const char *text; /* … or what is in none */
} kinds[] = {
	{ "good-tcg2-sha1-sha256.bin", TSMMR_FORMAT_TCG2, NULL, NULL },
	{ "good-tcg2-pad-ff.bin", TSMMR_FORMAT_TCG2, NULL, NULL },
	{ "good-tcg2-pad-00.bin", TSMMR_FORMAT_TCG2, NULL, NULL },
	{ "good-tcg1.bin", TSMMR_FORMAT_TCG1, NULL, NULL },
	{ "good-ccel-unpadded.bin", TSMMR_FORMAT_CCEL, NULL, NULL },
	{ "cel/text.log", TSMMR_FORMAT_TEXT, "rtmr3", NULL },
	{ "agent", TSMMR_FORMAT_AAEL, "rtmr3",
	  "INIT "
	  "sha384/00000000000000000000000000000000000000000000000000000000000000000000000000000000"
	  "0000000000000000\ncdh launch one\ncdh launch two\n" },
	{ "ima/every.sha256.bin", TSMMR_FORMAT_IMA, NULL, NULL },
	{ "ima/violation-first.sm3_256.bin", TSMMR_FORMAT_IMA, NULL, NULL },
	{ "ima/every.sha1.txt", TSMMR_FORMAT_IMA_ASCII, NULL, NULL },
	{ "ima/violation-first.sm3_256.txt", TSMMR_FORMAT_IMA_ASCII, NULL, NULL },
	{ "cel/text.cbor", TSMMR_FORMAT_CEL_CBOR, NULL, NULL },
	{ "cel/management.seq.cbor", TSMMR_FORMAT_CEL_CBOR, NULL, NULL },
	{ "cel/text.json", TSMMR_FORMAT_CEL_JSON, NULL, NULL },
	{ "cel/text.tlv", TSMMR_FORMAT_CEL_TLV, NULL, NULL },
	{ "cel/systemd-tpm2-measure.log", TSMMR_FORMAT_SYSTEMD, NULL, NULL },
	{ "dstack/full.json", TSMMR_FORMAT_DSTACK, NULL, NULL },
	{ "dstack/string.json", TSMMR_FORMAT_DSTACK, NULL, NULL },
	{ "dstack/runtime.log", TSMMR_FORMAT_DSTACK, NULL, NULL },
	{ "launch/app-three.eif", TSMMR_FORMAT_EIF, NULL, NULL },
	{ "launch/realm-sha256.bin", TSMMR_FORMAT_REALM, NULL, NULL },
};

/* All that is said of the events, one a line; what the stream ended with. */
static int read_all(const struct kind *k, int format, struct source *source, uint64_t max_bytes,
		    struct buf *out, struct tsmmr_error *err)
{
	_cleanup_(hashers_done) struct hashers set = { 0 };
	const struct log_spec spec = { .format = format, .reg = k->reg };
	const struct tsmmr_ctx ctx = { .limits.bytes = max_bytes };
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	int r;

	*err = (struct tsmmr_error)ERROR_INIT;
	r = open_source(&ctx, &spec, source, &s, err);
	if (r < 0)
		return r;
	while ((r = stream_next(s, &e, err)) > 0) {
		assert_code(event_json(e, 0, -1, &set, out), 0);
		buf_char(out, '\n');
	}
	for (size_t i = 0; r == 0 && i < s->findings.n; i++)
		buf_str(out, s->findings.all[i].text);
	stream_free(s);
	return r;
}

static void bytes_done_p(struct bytes *b)
{
	bytes_done(b);
}

static struct bytes bytes_of(const struct kind *k)
{
	struct bytes b;

	if (!k->text)
		return read_data(k->name);
	b = (struct bytes){ (uint8_t *)strdup(k->text), strlen(k->text) };
	assert_non_null(b.p);
	return b;
}

static const size_t steps[] = { 1, 3, 64, 4096, SIZE_MAX };

/* From memory, and through a reader in pieces of any size, interrupted or not: one log. */
static void pieces_make_the_same_log(void **state)
{
	for (size_t i = 0; i < N_OF(kinds); i++) {
		const struct kind *k = &kinds[i];
		_cleanup_(bytes_done) struct bytes b = bytes_of(k);
		_cleanup_(buf_done) struct buf whole = { 0 };
		struct tsmmr_error err = ERROR_INIT;
		struct source s;

		source_mem(&s, b.p, b.n);
		if (read_all(k, k->format, &s, 0, &whole, &err) != 0)
			fail_msg("%s: %s", k->name, err.message);
		for (size_t n = 0; n < 4 * N_OF(steps); n++) {
			struct reader r = { .bytes = { b.p, b.n },
					    .step = steps[n / 4],
					    .fail_at = SIZE_MAX,
					    .interrupt = n & 1 };
			_cleanup_(buf_done) struct buf out = { 0 };

			source_fd(&s, read_some, &r, n & 2 ? b.n : TSMMR_NONE);
			assert_code(read_all(k, k->format, &s, 0, &out, &err), 0);
			assert_bytes(out.p, out.n, whole.p, whole.n);
		}
	}
}

/* Some of the same events, and then the failure: never an end, never another log. */
static void one_failed_read(const struct kind *k, const struct bytes *b, const struct buf *whole,
			    struct reader r, int format)
{
	static size_t least[N_OF(kinds)];
	_cleanup_(buf_done) struct buf out = { 0 };
	struct tsmmr_error err = ERROR_INIT;
	size_t *before = &least[k - kinds];
	struct source s;
	int code;

	r.bytes = span_of(b->p, b->n);
	source_fd(&s, read_some, &r, TSMMR_NONE);
	code = read_all(k, format, &s, 0, &out, &err);
	if (code != TSMMR_E_IO)
		fail_msg("%s: a read that fails at %zu, in steps of %zu, gives %d: %s", k->name,
			 r.fail_at, r.step, code, err.message);
	assert_int_equal(err.os_errno, r.error);
	assert_true(out.n <= whole->n);
	if (out.n && memcmp(out.p, whole->p, out.n) != 0)
		fail_msg("%s: other events before a read that fails at %zu", k->name, r.fail_at);
	/* The size of the pieces says nothing about how far one comes. */
	if (r.step != steps[0] && format != TSMMR_FORMAT_AUTO && out.n != *before)
		fail_msg("%s: %zu bytes in steps of %zu, and %zu in steps of 1", k->name, out.n,
			 r.step, *before);
	if (format != TSMMR_FORMAT_AUTO)
		*before = out.n;
}

static void a_failed_read_is_no_end(void **state)
{
	for (size_t i = 0; i < N_OF(kinds); i++) {
		const struct kind *k = &kinds[i];
		_cleanup_(bytes_done) struct bytes b = bytes_of(k);
		_cleanup_(buf_done) struct buf whole = { 0 };
		struct tsmmr_error err = ERROR_INIT;
		size_t stride = b.n / 400 + 1;
		struct source s;

		source_mem(&s, b.p, b.n);
		assert_code(read_all(k, k->format, &s, 0, &whole, &err), 0);
		for (size_t at = 0; at <= b.n;
		     at += at + stride > b.n && at < b.n ? b.n - at : stride) {
			for (size_t n = 0; n < N_OF(steps); n++) {
				struct reader r = { .step = steps[n], .fail_at = at };

				r.error = n & 1 ? EAGAIN : EIO;
				one_failed_read(k, &b, &whole, r, k->format);
			}
			if (!k->reg)
				one_failed_read(
					k, &b, &whole,
					(struct reader){ .step = 64, .fail_at = at, .error = EIO },
					TSMMR_FORMAT_AUTO);
		}
	}
}

/* What a limit lets through is the same, too. */
static void a_limit_is_where_it_is(void **state)
{
	for (size_t i = 0; i < N_OF(kinds); i++) {
		const struct kind *k = &kinds[i];
		_cleanup_(bytes_done) struct bytes b = bytes_of(k);
		size_t stride = b.n / 50 + 1;

		for (size_t max = 1; max < b.n; max += stride) {
			_cleanup_(buf_done) struct buf whole = { 0 };
			struct tsmmr_error err = ERROR_INIT;
			struct source s;

			source_mem(&s, b.p, b.n);
			assert_code(read_all(k, k->format, &s, max, &whole, &err), TSMMR_E_LIMIT);
			for (size_t n = 0; n < N_OF(steps); n++) {
				_cleanup_(buf_done) struct buf out = { 0 };
				struct reader r = { .bytes = { b.p, b.n },
						    .step = steps[n],
						    .fail_at = SIZE_MAX };

				source_fd(&s, read_some, &r, TSMMR_NONE);
				assert_code(read_all(k, k->format, &s, max, &out, &err),
					    TSMMR_E_LIMIT);
				if (out.n != whole.n)
					fail_msg("%s: another log under a limit of %zu", k->name,
						 max);
				assert_memory_equal(out.p, whole.p, whole.n);
			}
		}
	}
}

static int temporary(const void *p, size_t n)
{
	char path[] = "/tmp/tsmmr-reads-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, p, n), n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* A file that was cut between two lines while it was read is not the log that it was. */
static void a_file_that_shrinks_is_cut(void **state)
{
	static const char text[] = "a b c\nd e f\ng h i\n";
	struct kind k = { "shrunk", TSMMR_FORMAT_TEXT, "rtmr3", NULL };
	_cleanup_(buf_done) struct buf out = { 0 };
	struct tsmmr_error err = ERROR_INIT;
	struct source s;
	int fd = temporary(text, sizeof(text) - 1);

	file_source(fd, &s);
	assert_int_equal(s.left, sizeof(text) - 1);
	assert_int_equal(ftruncate(fd, 12), 0);
	assert_code(read_all(&k, k.format, &s, 0, &out, &err), TSMMR_E_TRUNCATED);
	assert_non_null(strstr(err.message, "became shorter"));
	close(fd);

	/* One that only says that it is longer, as those of sysfs do. */
	fd = temporary(text, 12);
	file_source(fd, &s);
	s.left = 65536;
	s.shrank = NULL;
	assert_code(read_all(&k, k.format, &s, 0, &out, &err), 0);
	close(fd);
}

/* Sectors that nobody wrote are no log of a machine that measured nothing. */
static void padding_is_no_log(void **state)
{
	static const int formats[] = {
		TSMMR_FORMAT_AUTO,     TSMMR_FORMAT_TCG2,     TSMMR_FORMAT_TCG1,
		TSMMR_FORMAT_CCEL,     TSMMR_FORMAT_IMA,      TSMMR_FORMAT_IMA_ASCII,
		TSMMR_FORMAT_CEL_CBOR, TSMMR_FORMAT_CEL_JSON, TSMMR_FORMAT_CEL_TLV,
		TSMMR_FORMAT_SYSTEMD,  TSMMR_FORMAT_EIF,      TSMMR_FORMAT_REALM,
		TSMMR_FORMAT_AAEL,     TSMMR_FORMAT_DSTACK,
	};
	static const size_t sizes[] = { 1, 8, 31, 32, 33, 256, 65536, 1u << 20 };
	const struct kind none = { .name = "padding" };
	uint8_t *p = malloc(1u << 20);

	assert_non_null(p);
	for (int byte = 0; byte <= 0xff; byte += 0xff)
		for (size_t i = 0; i < N_OF(formats) * N_OF(sizes); i++) {
			size_t n = sizes[i / N_OF(formats)];
			int format = formats[i % N_OF(formats)];
			_cleanup_(buf_done) struct buf out = { 0 };
			struct tsmmr_error err = ERROR_INIT;
			struct reader r = {
				.bytes = { p, n },
				.step = SIZE_MAX,
				.fail_at = SIZE_MAX,
			};
			struct source s;
			int code;

			memset(p, byte, n);
			source_fd(&s, read_some, &r, TSMMR_NONE);
			code = read_all(&none, format, &s, 0, &out, &err);
			if (code >= 0 || out.n)
				fail_msg("%zu bytes 0x%02x are a log of format %d", n, byte,
					 format);
			assert_true(err.message[0]);
			/* It is seen from the first bytes, but for a line that might end. */
			if (format != TSMMR_FORMAT_IMA_ASCII)
				assert_true(r.at <= 256u << 10);
			if (format == TSMMR_FORMAT_AUTO && n > 1)
				assert_non_null(strstr(err.message, byte ? "0xff" : "zero"));
		}
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_make_the_same_log),
		cmocka_unit_test(a_failed_read_is_no_end),
		cmocka_unit_test(a_limit_is_where_it_is),
		cmocka_unit_test(a_file_that_shrinks_is_cut),
		cmocka_unit_test(padding_is_no_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
