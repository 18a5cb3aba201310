/* SPDX-License-Identifier: BSD-2-Clause */
/* format/cel_*.c: what holds in any encoding. */
#include "cel.h"

/* ---- windows ---- */

struct slow {
	const uint8_t *p;
	size_t n, step;
};

static long read_slowly(void *user, void *to, size_t n)
{
	struct slow *r = user;

	if (n > r->step)
		n = r->step;
	if (n > r->n)
		n = r->n;
	if (n)
		memcpy(to, r->p, n);
	r->p += n;
	r->n -= n;
	return (long)n;
}

struct growing {
	uint8_t *p;
	size_t n, size;
};

static void put(struct growing *g, const void *p, size_t n)
{
	assert_true(n <= g->size - g->n);
	memcpy(g->p + g->n, p, n);
	g->n += n;
}

static void put_hex(struct growing *g, const char *hex)
{
	uint8_t bytes[256];

	put(g, bytes, unhex(hex, bytes, sizeof(bytes)));
}

static void put_be(struct growing *g, uint64_t v, size_t n)
{
	while (n--) {
		uint8_t byte = (uint8_t)(v >> 8 * n);

		put(g, &byte, 1);
	}
}

/* Data of record i: n bytes that show where they come from. */
static uint8_t byte_at(size_t i, size_t k)
{
	return (uint8_t)(i * 31 + k * 7 + k / 251);
}

static void put_data(struct growing *g, int format, size_t i, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		uint8_t byte = byte_at(i, k);
		char hex[3];

		snprintf(hex, sizeof(hex), "%02x", byte);
		put(g, format == JSON ? hex : (char *)&byte, format == JSON ? 2 : 1);
	}
}

/* EV_POST_CODE, for which no data is wrong. */
static void put_record(struct growing *g, int format, size_t i, size_t n)
{
	char text[128];

	if (format == CBOR) {
		put_hex(g, "a5001a");
		put_be(g, i + 65536, 4);
		put_hex(g, "0100" ONE_DIGEST "0905"
			   "0aa2000101");
		put_hex(g, n > UINT16_MAX ? "5a" : "59");
		put_be(g, n, n > UINT16_MAX ? 4 : 2);
	} else if (format == TLV) {
		put_hex(g, "0000000008");
		put_be(g, i + 65536, 8);
		put_hex(g, T_PCR T_DIGESTS "05");
		put_be(g, 14 + n, 4);
		put_hex(g, "0000000004"
			   "00000001"
			   "01");
		put_be(g, n, 4);
	} else {
		snprintf(text, sizeof(text), "%s{\"recnum\":%zu,\"pcr\":0,", i ? ",\n" : "[",
			 i + 65536);
		put(g, text, strlen(text));
		put(g, J_DIGESTS ",", strlen(J_DIGESTS ","));
		snprintf(text, sizeof(text), "%s",
			 "\"content_type\":\"pcclient_std\","
			 "\"content\":{\"event_type\":1,\"event_data\":\"");
		put(g, text, strlen(text));
	}
	put_data(g, format, i, n);
	if (format == JSON)
		put(g, "\"}}", 3);
}

/*
 * Records of more than 4 KiB, more than 64 KiB, and across the window of 256 KiB, in
 * whatever pieces the source gives them: what they point to is theirs, every byte of it.
 */
static void windows_do_not_show(void **state)
{
	static const size_t sizes[] = { 70000, 4000, 4096,   4097,  65536, 120000,
					300,   256,  270000, 65540, 300 };
	static const int formats[] = { CBOR, JSON, TLV };
	static const size_t steps[] = { 1, 4093, SIZE_MAX };
	const struct tsmmr_ctx ctx = { 0 };
	struct growing g = { .p = malloc(2 << 20), .size = 2 << 20 };

	assert_non_null(g.p);
	for (size_t f = 0; f < N_OF(formats); f++) {
		const struct format *format = formats[f] == CBOR ? &format_cel_cbor :
					      formats[f] == JSON ? &format_cel_json :
								   &format_cel_tlv;
		g.n = 0;
		if (formats[f] == CBOR)
			put_be(&g, 0x80 + N_OF(sizes), 1);
		for (size_t i = 0; i < N_OF(sizes); i++)
			put_record(&g, formats[f], i, sizes[i]);
		if (formats[f] == JSON)
			put(&g, "]", 1);

		for (size_t k = 0; k < N_OF(steps); k++) {
			struct slow slow = { g.p, g.n, steps[k] };
			struct tsmmr_error err = ERROR_INIT;
			const struct tsmmr_event *e;
			struct tsmmr_stream *s;
			struct source source;
			size_t i = 0;
			int r;

			source_fd(&source, read_slowly, &slow, TSMMR_NONE);
			assert_code(stream_new(&ctx,
					       &(struct stream_of){ .format = format,
								    .platform = &platform_tpm },
					       &source, &s, NULL),
				    0);
			while ((r = stream_next(s, &e, &err)) > 0) {
				assert_int_equal(e->data.n, sizes[i]);
				for (size_t b = 0; b < sizes[i]; b++)
					if (e->data.p[b] != byte_at(i, b))
						fail_msg("%s: byte %zu of record %zu", format->name,
							 b, i);
				assert_int_equal(e->digests[0].value.n, 32);
				assert_int_equal(e->digests[0].value.p[31], 0);
				i++;
			}
			if (r < 0)
				fail_msg("%s, step %zu: %s", format->name, steps[k], err.message);
			assert_int_equal(i, N_OF(sizes));
			stream_free(s);
		}
	}
	free(g.p);
}

/* Wherever a log is cut, it says so, and where: never another error, never a byte too far. */
static void a_cut_log_is_truncated(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		int format;
	} logs[] = {
		{ "cel/management.cbor", CBOR }, { "cel/ima.cbor", CBOR },
		{ "cel/pc-client.cbor", CBOR }, { "cel/unknown-200.cbor", CBOR },
		{ "cel/management.json", JSON }, { "cel/ima.json", JSON },
		{ "cel/management.tlv", TLV }, { "cel/pc-client.tlv", TLV },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(logs); i++) {
		struct bytes b = read_data(logs[i].name);

		for (size_t n = 1; n < b.n; n++) {
			struct outcome o = read_all(logs[i].format, TPM, 0, b.p, n);

			/* Between two records of TLV; before JSON's last newline. */
			if (o.code == 0 && (logs[i].format == TLV || n + 1 == b.n))
				continue;
			if (o.code != TSMMR_E_TRUNCATED || o.err.offset > n)
				fail_msg("%s cut at %zu: %d at %llu: %s", logs[i].name, n, o.code,
					 (unsigned long long)o.err.offset, o.err.message);
		}
		bytes_done(&b);
	}
}

/* TSMMR_LIMIT_BYTES holds for memory as for a pipe, and before the bytes are used. */
static void a_limit_is_kept(void **state)
{
	static const char *const names[] = { "cel/ima.cbor", "cel/ima.json", "cel/ima.tlv" };

	for (size_t i = 0; i < N_OF(names); i++) {
		struct bytes b = read_data(names[i]);
		struct tsmmr_error err = ERROR_INIT;
		const struct tsmmr_event *e;
		struct tsmmr_stream *s;
		struct tsmmr_ctx *ctx;
		int r;

		assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
		for (int fits = 0; fits < 2; fits++) {
			tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_BYTES, fits ? b.n : 200, NULL);
			assert_code(tsmmr_stream_open_mem(ctx, NULL, b.p, b.n, &s, &err), 0);
			while ((r = tsmmr_stream_next(s, &e, &err)) > 0)
				;
			assert_code(r, fits ? 0 : TSMMR_E_LIMIT);
			assert_true(fits || tsmmr_stream_byte_count(s) <= 200);
			tsmmr_stream_free(s);
		}
		tsmmr_ctx_free(ctx);
		bytes_done(&b);
	}
}

/* Carried, and reported: no bank of theirs is replayed.  A strict reader takes them. */
static void unknown_algorithms_are_reported(void **state)
{
	static uint8_t bytes[1024];
	size_t n = unhex("82" BEFORE "0382" SHA256_0 ODD(41) ACTION "a5"
								    "0001"
								    "0100"
								    "0382" SHA256_0 ODD(42) ACTION,
			 bytes, sizeof(bytes));
	struct outcome o = read_all(CBOR, TPM, TSMMR_CTX_STRICT, bytes, n);

	assert_code(o.code, 0);
	assert_string_equal(o.findings, " DIGEST_UNKNOWN_ALG");
}

/* ---- what records mean ---- */

static struct tsmmr_log *parse(int format, int platform, const char *text)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	if (parse_as(ctx, format, platform, NULL, text, strlen(text), &log, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	tsmmr_ctx_free(ctx);
	return log;
}

static void who_is_measured(void **state)
{
	static const struct {
		const char *content;
		bool measured;
	} cases[] = {
		{ J_EVENT("\"EV_NO_ACTION\"", "\"\""), false },
		{ J_EVENT("\"EV_ACTION\"", "\"\""), true },
		{ J_CEL("{\"type\":\"cel_version\",\"data\":{\"major\":1,\"minor\":1}}"), false },
		{ J_CEL("{\"type\":\"firmware_end\"}"), false },
		{ J_CEL("{\"type\":\"cel_timestamp\",\"data\":1}"), true },
		{ J_CEL("{\"type\":\"state_trans\",\"data\":\"kexec\"}"), true },
		{ "\"content_type\":\"systemd\",\"content\":\"61\"", true },
		{ "\"content_type\":\"ima_tlv\",\"content\":\"61\"", true },
		{ "\"content_type\":\"unheard-of\",\"content\":null", true },
		{ "\"content_type\":200,\"content\":{}", true },
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		char text[1024];
		struct tsmmr_log *log;

		snprintf(text, sizeof(text), "[{\"recnum\":0,\"pcr\":0," J_DIGESTS ",%s}]",
			 cases[i].content);
		log = parse(JSON, TPM, text);
		if (log->events[0].measured != cases[i].measured)
			fail_msg("%s: measured is %d", cases[i].content, log->events[0].measured);
		log_free(log);
	}
}

/* An NV index is no PCR, whatever its number. */
static void an_nv_index_is_no_pcr(void **state)
{
	struct tsmmr_log *log =
		parse(JSON, TPM,
		      "[{\"recnum\":0,\"nv_index\":5," J_DIGESTS
		      "," J_EVENT("\"EV_SEPARATOR\"",
				  "\"00000000\"") "},{\"recnum\":0,\"pcr\":5," J_DIGESTS
						  "," J_ACTION "}]");

	assert_int_equal(log->events[0].space, TSMMR_SPACE_NV);
	assert_true(log->events[0].recnum == TSMMR_NONE);
	assert_null(event_reg(&log->events[0]));
	assert_int_equal(log->events[1].recnum, 0);
	assert_int_equal(log->events[1].after_separator, TSMMR_AFTER_UNKNOWN);
	log_free(log);
}

/* One log, one way to number. */
static void kinds_of_index_do_not_mix(void **state)
{
	struct outcome o;
	static uint8_t bytes[1024];
	static const char mixed[] = "[{\"recnum\":0,\"rtmr\":1," J_DIGESTS "," J_ACTION "},"
				    "{\"recnum\":0,\"pcr\":1," J_DIGESTS "," J_ACTION "}]";
	size_t n = unhex(T_NUM "6c00000001"
			       "05" T_DIGESTS T_ACTION,
			 bytes, sizeof(bytes));

	o = read_all(JSON, TDX, 0, mixed, strlen(mixed));
	assert_code(o.code, TSMMR_E_MALFORMED);
	assert_int_equal(o.err.record, 1);
	o = read_all(JSON, TPM, 0, mixed, strlen(mixed));
	assert_code(o.code, TSMMR_E_MALFORMED);
	assert_int_equal(o.err.record, 0);
	/* There is no MrIndex 5, and a TPM has none at all. */
	assert_code(read_all(TLV, TDX, 0, bytes, n).code, TSMMR_E_MALFORMED);
	assert_code(read_all(TLV, TPM, 0, bytes, n).code, TSMMR_E_MALFORMED);
}

static void expect_export(const struct tsmmr_log *log, int format, int code, const char *why)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_ctx *ctx;
	uint8_t *out;
	size_t n;
	int r;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	r = tsmmr_log_export(ctx, log, format, &out, &n, &err);
	if (r == 0)
		tsmmr_free(out);
	if (r != code || (r < 0 && !strstr(err.message, why)))
		fail_msg("export as %d gives %d: %s", format, r, err.message);
	tsmmr_ctx_free(ctx);
}

/* What an encoding has no room for is refused by name, not written wrong. */
static void what_cannot_be_written_is_refused(void **state)
{
	struct tsmmr_log *named =
		parse(JSON, TPM, J_WITH("\"content_type\":256,\"content\":\"00\""));
	struct tsmmr_log *typed =
		parse(JSON, TPM, J_WITH("\"content_type\":108,\"content\":\"00\""));
	struct tsmmr_log *alg =
		parse(JSON, TPM, J_ONE_DIGEST("{\"hashAlg\":\"0x0777\",\"digest\":\"00\"}"));
	struct bytes tcg2 = read_data("good-tcg2-sha256.bin"),
		     ccel = read_data("good-ccel-rtmr3.bin");
	struct tsmmr_log *two[2], *merged;
	struct tsmmr_ctx *ctx;

	expect_export(named, TLV, TSMMR_E_UNSUPPORTED, "no number in CEL-TLV");
	expect_export(named, CBOR, 0, "");
	expect_export(typed, TLV, TSMMR_E_UNSUPPORTED, "no number in CEL-TLV");
	expect_export(typed, CBOR, 0, "");
	expect_export(alg, TLV, TSMMR_E_UNSUPPORTED, "no number in CEL-TLV");
	expect_export(alg, CBOR, 0, "");

	/* PCR 7's records must not become RTMR0's. */
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(parse_as(ctx, 0, TDX, NULL, ccel.p, ccel.n, &two[0], NULL), 0);
	assert_code(parse_as(ctx, 0, TPM, NULL, tcg2.p, tcg2.n, &two[1], NULL), 0);
	assert_code(tsmmr_log_merge(ctx, (struct tsmmr_log *const *)two, 2, &merged, NULL), 0);
	expect_export(merged, CBOR, TSMMR_E_UNSUPPORTED, "about tpm registers in a log about");
	log_free(merged);
	log_free(two[0]);
	log_free(two[1]);
	tsmmr_ctx_free(ctx);
	bytes_done(&tcg2);
	bytes_done(&ccel);
	log_free(named);
	log_free(typed);
	log_free(alg);
}

/* Data of content type 11 that is no string must not leave as systemd's. */
static void unknown_content_keeps_its_type(void **state)
{
	uint8_t bytes[256];
	size_t n = unhex("81" BEFORE ONE_DIGEST "090b"
			 "0aa0",
			 bytes, sizeof(bytes));
	struct tsmmr_log *log, *back;
	struct tsmmr_ctx *ctx;
	uint8_t *out;
	size_t m;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(parse_as(ctx, CBOR, TPM, NULL, bytes, n, &log, NULL), 0);
	assert_code(tsmmr_log_export(ctx, log, CBOR, &out, &m, NULL), 0);
	assert_bytes(out, m, bytes, n);
	assert_code(parse_as(ctx, CBOR, TPM, NULL, out, m, &back, NULL), 0);
	tsmmr_free(out);
	log_free(back);
	log_free(log);
	tsmmr_ctx_free(ctx);
}

/* The count in front is of what follows, also where records were left out. */
static void an_array_counts_what_it_has(void **state)
{
	struct bytes b = read_data("good-tcg2-index-ffffffff.bin");
	struct tsmmr_log *log, *back;
	struct tsmmr_ctx *ctx;
	uint8_t *out;
	size_t n;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_log_parse(ctx, NULL, b.p, b.n, &log, NULL), 0);
	assert_code(tsmmr_log_export(ctx, log, CBOR, &out, &n, NULL), 0);
	assert_code(parse_as(ctx, CBOR, TPM, NULL, out, n, &back, NULL), 0);
	assert_true(tsmmr_log_count(back) < tsmmr_log_count(log));
	tsmmr_free(out);
	log_free(back);
	log_free(log);
	tsmmr_ctx_free(ctx);
	bytes_done(&b);
}

/* A frozen log outlives its stream, whatever the decoder computed. */
static void a_frozen_log_owns_its_bytes(void **state)
{
	static const char text[] =
		"\x1e{\"pcr\":11," J_DIGESTS ",\"content_type\":\"systemd\",\"content\":"
		"{\"string\":\"phase\",\"eventType\":\"phase\",\"timestamp\":7}}\n"
		"\x1e{\"pcr\":12," J_DIGESTS ",\"content_type\":\"other\",\"content\":[1, 2]}\n";
	char *gone = strdup(text);
	struct tsmmr_log *log;
	const struct tsmmr_event *e;

	assert_non_null(gone);
	log = parse(JSON, TPM, gone);
	memset(gone, 'x', strlen(gone));
	free(gone);
	e = &log->events[0];
	assert_bytes(e->data.p, e->data.n, "phase", 5);
	assert_true(e->aside.n > 0 && e->aside.p[0] == '{');
	e = &log->events[1];
	assert_bytes(e->data.p, e->data.n, "[1, 2]", 6);
	assert_bytes(e->name.p, e->name.n, "other", 5);
	assert_int_equal(e->digests[0].value.p[31], 0);
	log_free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_do_not_show),
		cmocka_unit_test(a_cut_log_is_truncated),
		cmocka_unit_test(a_limit_is_kept),
		cmocka_unit_test(unknown_algorithms_are_reported),
		cmocka_unit_test(who_is_measured),
		cmocka_unit_test(an_nv_index_is_no_pcr),
		cmocka_unit_test(kinds_of_index_do_not_mix),
		cmocka_unit_test(what_cannot_be_written_is_refused),
		cmocka_unit_test(unknown_content_keeps_its_type),
		cmocka_unit_test(an_array_counts_what_it_has),
		cmocka_unit_test(a_frozen_log_owns_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
