/* SPDX-License-Identifier: BSD-2-Clause */
/* format/ima*.c: what no list of a kernel shows; mkima.py's lists are tests/corpus/ima.py's. */
#include "testing.h"

#include "crypto/hash.h"
#include "core/log.h"
#include "format/cel.h"
#include "format/format.h"
#include "format/ima.h"
#include "platform/platforms.h"

#define LIT(s) span_of((s), sizeof(s) - 1)

/* A reader of a few bytes at a time. */
struct pipe {
	const uint8_t *p;
	size_t n;
};

static long read_pipe(void *user, void *to, size_t n)
{
	struct pipe *from = user;
	size_t some = n < 7 ? n : 7;

	if (some > from->n)
		some = from->n;
	memcpy(to, from->p, some);
	from->p += some;
	from->n -= some;
	return (long)some;
}

struct read {
	int code;
	uint64_t records;
	size_t findings, violations;
	struct tsmmr_error err;
};

static struct read read_all(const struct format *format, struct source *source, uint16_t alg)
{
	struct read ret = { .err = ERROR_INIT };
	struct tsmmr_ctx ctx = { 0 };
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;

	assert_code(stream_new(&ctx,
			       &(struct stream_of){
				       .format = format, .platform = &platform_tpm, .alg = alg },
			       source, &s, NULL),
		    0);
	while ((ret.code = stream_next(s, &e, &ret.err)) > 0) {
		assert_int_equal(e->record, ret.records++);
		assert_true(e->measured && e->n_digests == 1 && e->class == &ima_class);
		ret.violations += e->type;
	}
	ret.findings = s->findings.n;
	stream_free(s);
	return ret;
}

static struct read read_mem(const struct format *format, const void *p, size_t n, uint16_t alg)
{
	struct source source;

	source_mem(&source, p, n);
	return read_all(format, &source, alg);
}

/* A list that ends anywhere is whole, or is said to be cut at the record that is. */
static void cut_anywhere(void **state)
{
	struct bytes b = read_data("ima/every.sha256.bin");
	uint64_t records = 0;
	size_t whole = 0;

	for (size_t n = 0; n <= b.n; n += 1 + slow() * 6) {
		uint8_t *p = malloc(n + 1);
		struct read r;

		/* Exactly as large as it is, so that a sanitizer sees a read past its end. */
		p = realloc(p, n ? n : 1);
		memcpy(p, b.p, n);
		r = read_mem(&format_ima, p, n, 0);
		free(p);
		assert_true(r.records >= records && r.records <= records + 2);
		if (r.code == 0 && n)
			whole++;
		else if (n)
			assert_true(r.code == TSMMR_E_TRUNCATED && r.err.record == r.records);
		records = r.records;
	}
	if (!slow())
		assert_int_equal(whole, 18);
	bytes_done(&b);
}

static void text_cut_anywhere(void **state)
{
	struct bytes b = read_data("ima/every.sha256.txt");

	for (size_t n = 0; n <= b.n; n += 1 + slow() * 6) {
		struct read r = read_mem(&format_ima_ascii, b.p, n, 0);

		if (n && b.p[n - 1] == '\n')
			assert_true(r.code == 0 && !r.findings);
		else if (n)
			assert_true((r.code == 0 && r.findings) ||
				    (r.code == TSMMR_E_TRUNCATED && r.err.record == r.records));
	}
	bytes_done(&b);
}

static void in_small_pieces(void **state)
{
	static const struct {
		const char *name;
		const struct format *format;
	} lists[] = {
		{ "ima/every.sha512.bin", &format_ima },
		{ "ima/every.sha512.txt", &format_ima_ascii },
	};

	for (size_t i = 0; i < N_OF(lists); i++) {
		struct bytes b = read_data(lists[i].name);
		struct pipe pipe = { b.p, b.n };
		struct source source;
		struct read r;

		source_fd(&source, read_pipe, &pipe, TSMMR_NONE);
		r = read_all(lists[i].format, &source, 0);
		assert_true(r.code == 0 && r.records == 18 && r.violations == 2);
		bytes_done(&b);
	}
}

/*
 * A bank that was given says what the digests are, but where they are surely another's; a
 * list that may be of another is no list of it.
 */
static void bank_by_hand(void **state)
{
	struct bytes b = read_data("ima/plain.sm3_256.bin");
	struct read r = read_mem(&format_ima, b.p, b.n, TSMMR_HASH_SM3_256);

	assert_true(r.code == 0 && r.records == 4);
	r = read_mem(&format_ima, b.p, b.n, TSMMR_HASH_SHA384);
	assert_true(r.code == 0 && r.records == 4);
	bytes_done(&b);
	b = read_data("ima/violation-only.sha384.bin");
	r = read_mem(&format_ima, b.p, b.n, TSMMR_HASH_SHA256);
	assert_code(r.code, TSMMR_E_MALFORMED);
	assert_non_null(strstr(r.err.message, "have 48 bytes, and sha256 has 32"));
	bytes_done(&b);
	b = read_data("ima/violation-only.sha384.txt");
	r = read_mem(&format_ima_ascii, b.p, b.n, TSMMR_HASH_SHA1);
	assert_code(r.code, TSMMR_E_MALFORMED);
	bytes_done(&b);
}

static int found(const char *name, size_t n)
{
	struct bytes b = read_data(name);
	const struct format *f = format_probe(TSMMR_FORMAT_AUTO, CRYPTO_DEFAULT, b.p,
					      n && n < b.n ? n : b.n, n >= b.n || !n);

	bytes_done(&b);
	return f ? f->id : -1;
}

static void found_by_their_bytes(void **state)
{
	assert_int_equal(found("ima/violation-first.sm3_256.bin", 0), TSMMR_FORMAT_IMA);
	assert_int_equal(found("ima/violation-only.sha384.bin", 0), TSMMR_FORMAT_IMA);
	assert_int_equal(found("ima/violation-only.sha384.txt", 0), TSMMR_FORMAT_IMA_ASCII);
	assert_int_equal(found("ima/every.sha1.bin", 60), TSMMR_FORMAT_IMA);
	assert_int_equal(found("ima/every.sha1.txt", 90), TSMMR_FORMAT_IMA_ASCII);
	assert_int_equal(found("ima/unsupported-big-endian.bin", 0), TSMMR_FORMAT_IMA);
	assert_int_equal(found("good-tcg1.bin", 0), TSMMR_FORMAT_TCG1);
	assert_int_equal(found("good-tcg2-sha256.bin", 0), TSMMR_FORMAT_TCG2);
	assert_int_equal(found("bad-ff.bin", 0), -1);
}

static void line_over_the_limit(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_ctx ctx = { .limits.event_bytes = 100 };
	struct bytes b = read_data("ima/every.sha256.txt");
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	struct source source;

	source_mem(&source, b.p, b.n);
	assert_code(stream_new(&ctx,
			       &(struct stream_of){ .format = &format_ima_ascii,
						    .platform = &platform_tpm },
			       &source, &s, &err),
		    0);
	assert_code(stream_next(s, &e, &err), TSMMR_E_LIMIT);
	stream_free(s);
	bytes_done(&b);
}

static const uint8_t ones[] = { [0 ... 63] = 0xff };
static const uint8_t value[20] = { 1 };
static const struct digest of_ones = { TSMMR_HASH_SHA1, { ones, 20 } };
static const struct digest of_value = { TSMMR_HASH_SHA1, { value, 20 } };

static struct tsmmr_event event_of(struct span name, struct span data, const struct digest *digest)
{
	struct tsmmr_event e = {
		.platform = &platform_tpm,
		.class = &ima_class,
		.content = TSMMR_CONTENT_IMA_TEMPLATE,
		.index = 10,
		.measured = true,
		.n_digests = 1,
		.digests = digest,
		.name = name,
		.data = data,
	};

	ima_finish(&e);
	return e;
}

static void assert_text(struct span name, struct span data, const char *text, const char *details)
{
	struct tsmmr_event e = event_of(name, data, &of_value);
	struct buf line = { 0 }, object = { 0 };
	struct json j = { .b = &object };
	struct describe d = { .text = &line, .details = &j };

	json_open(&j, NULL, '{');
	assert_code(ima_class.describe(&e, &d), 0);
	json_close(&j, '}');
	buf_char(&line, 0);
	buf_char(&object, 0);
	assert_string_equal((char *)line.p, text);
	assert_string_equal((char *)object.p, details);
	buf_done(&line);
	buf_done(&object);
}

#define D_NG "\14\0\0\0sha256:\0\1\2\3\4"

static void described(void **state)
{
	assert_text(
		LIT("ima-ng"), LIT(D_NG "\5\0\0\0/a\033b\0"), "ima-ng sha256:01020304 /a\\x1bb",
		"{\"template\":\"ima-ng\",\"d-ng\":\"sha256:01020304\",\"n-ng\":\"/a\\\\x1bb\"}");
	/* No digest covers the name of a template. */
	assert_text(LIT("ima-ng sha256:00 /good"), LIT(D_NG "\3\0\0\0/a\0"), "unknown template",
		    "{\"template\":\"ima-ng sha256:00 /good\"}");
	/* Nor is data shown that is not what the template says. */
	assert_text(LIT("ima-sig"), LIT(D_NG "\3\0\0\0/a\0"), "ima-sig",
		    "{\"template\":\"ima-sig\"}");
	assert_text(LIT("ima-ng"), LIT("\14\0\0\0sha256:_\1\2\3\4\3\0\0\0/a\0"), "ima-ng /a",
		    "{\"template\":\"ima-ng\",\"n-ng\":\"/a\"}");
	assert_text(LIT("ima"), LIT("short"), "ima", "{\"template\":\"ima\"}");
	assert_text(LIT("ima"), span_of(NULL, 0), "ima", "{\"template\":\"ima\"}");
	/* A key stands once in an object. */
	assert_text(LIT("n-ng|n-ng"), LIT("\2\0\0\0a\0\2\0\0\0b\0"), "n-ng|n-ng a",
		    "{\"template\":\"n-ng|n-ng\",\"n-ng\":\"a\"}");
	assert_text(LIT("iuid|imode|iuid"), LIT("\4\0\0\0\1\0\0\1\2\0\0\0\7\0\0\0\0\0"),
		    "iuid|imode|iuid",
		    "{\"template\":\"iuid|imode|iuid\",\"iuid\":\"16777217\",\"imode\":\"7\"}");
}

static void templates_by_hand(void **state)
{
	struct ima_template t;

	assert_true(ima_template(LIT("d-ng|n-ng|sig"), &t) && t.n == 3);
	assert_false(ima_template(LIT("d-ng|n-ng|"), &t));
	assert_false(ima_template(LIT(""), &t));
	assert_false(ima_template(LIT("ima-ng\0"), &t));
	assert_true(ima_template(LIT("d|d|d|d|d|d|d|d|d|d|d|d|d|d|d"), &t) && t.n == 15);
	assert_false(ima_template(LIT("d|d|d|d|d|d|d|d|d|d|d|d|d|d|d|d"), &t));
}

#define SHA1_NG "\32\0\0\0sha1:\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24"
#define ZERO_NG "\32\0\0\0sha1:\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define BOOT "\17\0\0\0boot_aggregate\0"

static void boot_aggregate(void **state)
{
	struct tsmmr_event e = event_of(LIT("ima-ng"), LIT(SHA1_NG BOOT), &of_value);
	uint8_t legacy[IMA_LEGACY_SIZE];

	assert_int_equal(e.mark, MARK_AGGREGATE);
	assert_int_equal(e.asserted.alg, TSMMR_HASH_SHA1);
	assert_true(e.asserted.value.n == 20 && e.asserted.value.p[19] == 20);

	/* Without a TPM it is zero; and what was not extended asserts nothing. */
	assert_int_equal(event_of(LIT("ima-ng"), LIT(ZERO_NG BOOT), &of_value).mark, MARK_NONE);
	e = event_of(LIT("ima-ng"), LIT(SHA1_NG BOOT), &of_ones);
	assert_true(e.mark == MARK_NONE && strcmp(ima_class.type_name(e.type), "violation") == 0);
	/* An algorithm of another size, or of no name. */
	assert_int_equal(event_of(LIT("ima-ng"), LIT(D_NG BOOT), &of_value).mark, MARK_NONE);

	ima_legacy_data(legacy, value, LIT("boot_aggregate"));
	e = event_of(LIT("ima"), span_of(legacy, sizeof(legacy)), &of_value);
	assert_true(e.mark == MARK_AGGREGATE && e.asserted.alg == TSMMR_HASH_SHA1);
	assert_ptr_equal(e.asserted.value.p, legacy);
}

static void derived(void **state)
{
	struct tsmmr_event e = event_of(LIT("ima-ng"), LIT(SHA1_NG BOOT), &of_value);
	uint8_t got[TSMMR_HASH_SIZE_MAX], want[TSMMR_HASH_SIZE_MAX];
	struct hasher h;

	assert_code(hasher_init(&h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA384)), 0);
	assert_code(hash_bytes(&h, e.data.p, e.data.n, want), 0);
	assert_code(ima_class.derive(&e, &h, got), 0);
	assert_memory_equal(got, want, 48);

	e = event_of(LIT("ima-ng"), LIT(SHA1_NG BOOT), &of_ones);
	assert_code(ima_class.derive(&e, &h, got), 0);
	assert_memory_equal(got, ones, 48);
	e = event_of(LIT("ima-other"), span_of(NULL, 0), &of_value);
	assert_code(ima_class.derive(&e, &h, got), TSMMR_E_MALFORMED);
	assert_int_equal(event_strength(&e), BIND_TRY);
	hasher_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(text_cut_anywhere),
		cmocka_unit_test(in_small_pieces),
		cmocka_unit_test(bank_by_hand),
		cmocka_unit_test(found_by_their_bytes),
		cmocka_unit_test(line_over_the_limit),
		cmocka_unit_test(described),
		cmocka_unit_test(templates_by_hand),
		cmocka_unit_test(boot_aggregate),
		cmocka_unit_test(derived),
	};

	return cmocka_run_group_tests_name("ima", tests, NULL, NULL);
}
