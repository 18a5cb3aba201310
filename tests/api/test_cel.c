/* SPDX-License-Identifier: BSD-2-Clause */
/* log.h: canonical event logs as an application reads, writes and judges them. */
#include "testing.h"

#include <openssl/evp.h>

static struct tsmmr_log *parse(const struct tsmmr_ctx *ctx, const void *p, size_t n)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log;

	if (tsmmr_log_parse(ctx, NULL, p, n, &log, &err) < 0)
		fail_msg("%s", err.message);
	return log;
}

static void arguments_are_checked(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	struct tsmmr_log *log = (struct tsmmr_log *)0x1;
	struct tsmmr_stream *s = (struct tsmmr_stream *)0x1;
	struct tsmmr_error err = ERROR_INIT;

	assert_code(tsmmr_log_collect(NULL, 0, &log, &err), TSMMR_E_ARG);
	assert_code(tsmmr_log_collect(ctx, 0, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_log_collect(ctx, 999, &log, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_open_log(ctx, NULL, &s, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_open_log(NULL, log, &s, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_stream_finding_count(NULL), 0);
	assert_null(tsmmr_stream_finding(NULL, 0));
	assert_code(tsmmr_event_platform(NULL), TSMMR_E_ARG);
	assert_int_equal(tsmmr_event_content(NULL), TSMMR_NONE);
	assert_int_equal(tsmmr_event_type(NULL), TSMMR_NONE);
	assert_int_equal(tsmmr_event_index(NULL), TSMMR_NONE);
	assert_ptr_equal(log, (struct tsmmr_log *)0x1);
	assert_ptr_equal(s, (struct tsmmr_stream *)0x1);
}

static void names_are_those_of_the_command(void **state)
{
	static const struct {
		int which, number;
		const char *name;
	} names[] = {
		{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_CEL_CBOR, "cel-cbor" },
		{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_CEL_CBOR_SEQ, "cel-cbor-seq" },
		{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_CEL_JSON, "cel-json" },
		{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_CEL_TLV, "cel-tlv" },
		{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_SYSTEMD, "systemd" },
		{ TSMMR_NAMES_FORMAT, TSMMR_FORMAT_IMA_ASCII, "ima-ascii" },
		{ TSMMR_NAMES_SPACE, TSMMR_SPACE_RTMR, "rtmr" },
		{ TSMMR_NAMES_SPACE, TSMMR_SPACE_REM, "rem" },
		{ TSMMR_NAMES_SPACE, TSMMR_SPACE_NV, "nv" },
	};

	for (size_t i = 0; i < N_OF(names); i++)
		assert_string_equal(tsmmr_name(names[i].which, names[i].number), names[i].name);
}

/* Content and platform of each event, also through a stream over the log. */
static void events_say_what_they_are(void **state)
{
	static const uint32_t contents[] = { TSMMR_CONTENT_CEL, TSMMR_CONTENT_PCCLIENT_STD,
					     TSMMR_CONTENT_CEL, TSMMR_CONTENT_CEL,
					     TSMMR_CONTENT_CEL, TSMMR_CONTENT_SYSTEMD };
	const struct tsmmr_ctx *ctx = *state;
	struct bytes b = read_data("cel/management.cbor");
	struct tsmmr_log *log = parse(ctx, b.p, b.n);
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	const struct tsmmr_finding *f;

	bytes_done(&b);
	assert_code(tsmmr_stream_open_log(ctx, log, &s, &err), 0);
	assert_int_equal(tsmmr_stream_format(s), TSMMR_FORMAT_CEL_CBOR);
	for (size_t i = 0; i < N_OF(contents); i++) {
		assert_int_equal(tsmmr_stream_next(s, &e, &err), 1);
		assert_ptr_equal(e, tsmmr_log_get(log, i));
		assert_int_equal(tsmmr_event_content(e), contents[i]);
		assert_int_equal(tsmmr_event_platform(e), TSMMR_PLATFORM_TPM);
	}
	assert_int_equal(tsmmr_event_space(e), TSMMR_SPACE_NV);
	assert_null(tsmmr_event_register(e));
	assert_int_equal(tsmmr_stream_next(s, &e, &err), 0);

	assert_int_equal(tsmmr_stream_finding_count(s), 1);
	f = tsmmr_stream_finding(s, 0);
	assert_string_equal(tsmmr_finding_id(f), "CEL_NV_NOT_REPLAYED");
	assert_int_equal(tsmmr_finding_severity(f), TSMMR_SEVERITY_INFO);
	assert_int_equal(tsmmr_finding_log(f), 0);
	assert_int_equal(tsmmr_finding_record(f), 5);
	assert_int_equal(tsmmr_finding_offset(f), tsmmr_event_offset(tsmmr_log_get(log, 5)));
	assert_true(*tsmmr_finding_text(f));
	assert_null(tsmmr_stream_finding(s, 1));
	tsmmr_stream_free(s);
	tsmmr_log_free(log);
}

/* go-eventlog's numbering, when it is asked for: read, written, read again. */
static void mr_index_goes_both_ways(void **state)
{
	struct bytes b = read_data("cel/go-eventlog.tlv"), text = read_data("cel/text.tlv");
	struct tsmmr_log *log, *plain, *back;
	uint8_t *out, *again;
	struct tsmmr_ctx *ctx;
	size_t n, m;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	log = parse(ctx, b.p, b.n);
	assert_int_equal(tsmmr_event_platform(tsmmr_log_get(log, 0)), TSMMR_PLATFORM_TDX);
	assert_int_equal(tsmmr_event_index(tsmmr_log_get(log, 0)), 4);
	assert_string_equal(tsmmr_event_register(tsmmr_log_get(log, 0)), "rtmr3");

	assert_code(tsmmr_ctx_set_flags(ctx, TSMMR_CTX_TLV_CC_MR, NULL), 0);
	assert_code(tsmmr_log_export(ctx, log, TSMMR_FORMAT_CEL_TLV, &out, &n, NULL), 0);
	assert_bytes(out, n, b.p, b.n);
	tsmmr_free(out);

	/* Any other log of TDX: the same registers, other numbers. */
	plain = parse(ctx, text.p, text.n);
	assert_code(tsmmr_log_export(ctx, plain, TSMMR_FORMAT_CEL_TLV, &out, &n, NULL), 0);
	assert_int_equal(out[13], 108);
	back = parse(ctx, out, n);
	for (size_t i = 0; i < tsmmr_log_count(back); i++)
		assert_string_equal(tsmmr_event_register(tsmmr_log_get(back, i)), "rtmr3");
	assert_int_equal(tsmmr_log_count(back) + 1, tsmmr_log_count(plain)); /* but the map */
	assert_code(tsmmr_log_export(ctx, back, TSMMR_FORMAT_CEL_TLV, &again, &m, NULL), 0);
	assert_bytes(again, m, out, n);
	tsmmr_free(again);
	tsmmr_free(out);
	tsmmr_log_free(back);

	/* The flag is about TLV and about such registers; without it, the usual. */
	assert_code(tsmmr_ctx_set_flags(ctx, 0, NULL), 0);
	assert_code(tsmmr_log_export(ctx, plain, TSMMR_FORMAT_CEL_TLV, &out, &n, NULL), 0);
	assert_bytes(out, n, text.p, text.n);
	tsmmr_free(out);
	/* A log that numbers so stays one, unless that is not wanted. */
	assert_code(tsmmr_log_export(ctx, log, TSMMR_FORMAT_CEL_TLV, &out, &n, NULL), 0);
	assert_bytes(out, n, b.p, b.n);
	tsmmr_free(out);
	assert_code(tsmmr_ctx_set_flags(ctx, TSMMR_CTX_TLV_PCR, NULL), 0);
	assert_code(tsmmr_log_export(ctx, log, TSMMR_FORMAT_CEL_TLV, &out, &n, NULL), 0);
	assert_int_equal(out[13], 1);
	back = parse(ctx, out, n);
	assert_string_equal(tsmmr_event_register(tsmmr_log_get(back, 1)), "rtmr3");
	tsmmr_log_free(back);
	tsmmr_free(out);
	tsmmr_log_free(plain);
	tsmmr_log_free(log);
	tsmmr_ctx_free(ctx);
	bytes_done(&b);
	bytes_done(&text);
}

/* What another writer calls by names that CEL lacks, in every form and back from each. */
static void names_survive_every_form(void **state)
{
	static const int forms[] = { TSMMR_FORMAT_CEL_CBOR, TSMMR_FORMAT_CEL_CBOR_SEQ,
				     TSMMR_FORMAT_CEL_JSON, TSMMR_FORMAT_CEL_TLV };
	static const char *const contents[] = {
		"\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":\"EV_VENDOR_X\","
		"\"event_data\":\"00\"}",
		"\"content_type\":\"pcclient_std\",\"content\":{\"event_type\":"
		"\"Unknown event type\",\"event_data\":\"\"}",
		"\"content_type\":\"my_type\",\"content\":\"00\"",
		"\"content_type\":\"tss2\",\"content\":{\"data\":\"7365636f6e64\"}",
		"\"content_type\":\"tss2\",\"content\":[1,\"0A\",null]",
		"\"content_type\":200,\"content\":{\"seq\":7}",
	};
	const struct tsmmr_ctx *ctx = *state;

	for (size_t i = 0; i < N_OF(contents) * N_OF(forms); i++) {
		const char *content = contents[i / N_OF(forms)];
		uint8_t *out, *json, *event;
		struct tsmmr_log *log;
		size_t n, m, len;
		char text[512];

		snprintf(text, sizeof(text),
			 "[\n{\"recnum\":0,\"pcr\":16,\"digests\":[{\"hashAlg\":\"sha256\","
			 "\"digest\":\"%064d\"}],%s}\n]\n",
			 1, content);
		log = parse(ctx, text, strlen(text));
		assert_code(tsmmr_log_export(ctx, log, forms[i % N_OF(forms)], &out, &n, NULL), 0);
		tsmmr_log_free(log);
		log = parse(ctx, out, n);
		assert_code(tsmmr_log_export(ctx, log, TSMMR_FORMAT_CEL_JSON, &json, &m, NULL), 0);
		assert_bytes(json, m, text, strlen(text));
		assert_true(tsmmr_event_is_measured(tsmmr_log_get(log, 0)));
		if (i / N_OF(forms) < 2)
			assert_int_equal(tsmmr_event_type(tsmmr_log_get(log, 0)), TSMMR_NONE);
		if (i / N_OF(forms) == 2)
			assert_int_equal(tsmmr_event_content(tsmmr_log_get(log, 0)), TSMMR_NONE);
		assert_code(tsmmr_event_export_json(tsmmr_log_get(log, 0), 0, &event, &len, NULL),
			    0);
		assert_null(memmem(event, len, "4294967295", 10));
		tsmmr_free(event);
		tsmmr_free(json);
		tsmmr_free(out);
		tsmmr_log_free(log);
	}
}

/* Our own wrapping says nothing that a reader would take for another record. */
static void a_wrapped_name_of_the_tables_is_none(void **state)
{
	static const char *const names[] = { "EV_NO_ACTION", "ev_no_action", "3", "0x3" };
	const struct tsmmr_ctx *ctx = *state;

	for (size_t i = 0; i < N_OF(names); i++) {
		char text[512], data[128], name[32];
		struct tsmmr_log *log;

		tohex((const uint8_t *)names[i], strlen(names[i]), name);
		snprintf(data, sizeof(data), "54534d4d522074797065206e616d6500%04zx%s",
			 strlen(names[i]), name);
		snprintf(text, sizeof(text),
			 "[{\"recnum\":0,\"pcr\":16,\"digests\":[{\"hashAlg\":\"sha256\","
			 "\"digest\":\"%064d\"}],\"content_type\":\"pcclient_std\",\"content\":"
			 "{\"event_type\":\"EV_COMPACT_HASH\",\"event_data\":\"%s\"}}]",
			 1, data);
		log = parse(ctx, text, strlen(text));
		assert_int_equal(tsmmr_event_type(tsmmr_log_get(log, 0)), 12);
		assert_true(tsmmr_event_is_measured(tsmmr_log_get(log, 0)));
		tsmmr_log_free(log);
	}
}

static void no_records_are_an_empty_log(void **state)
{
	static const struct {
		int format;
		const char *bytes;
		size_t n;
	} cases[] = {
		{ TSMMR_FORMAT_AUTO, "\x80", 1 },   { TSMMR_FORMAT_AUTO, "\x9f\xff", 2 },
		{ TSMMR_FORMAT_AUTO, "[]", 2 },     { TSMMR_FORMAT_AUTO, " [\n]\n", 5 },
		{ TSMMR_FORMAT_CEL_CBOR, "", 0 },   { TSMMR_FORMAT_CEL_TLV, "", 0 },
		{ TSMMR_FORMAT_CEL_JSON, "[]", 2 },
	};
	const struct tsmmr_ctx *ctx = *state;
	struct tsmmr_log *log;

	for (size_t i = 0; i < N_OF(cases); i++) {
		assert_code(parse_as(ctx, cases[i].format, 0, NULL, cases[i].bytes, cases[i].n,
				     &log, NULL),
			    0);
		assert_int_equal(tsmmr_log_count(log), 0);
		tsmmr_log_free(log);
	}
	assert_code(tsmmr_log_parse(ctx, NULL, "\x80\x80", 2, &log, NULL), TSMMR_E_FORMAT);
	assert_code(tsmmr_log_parse(ctx, NULL, "[][", 3, &log, NULL), TSMMR_E_FORMAT);
	assert_code(tsmmr_log_parse(ctx, NULL, "", 0, &log, NULL), TSMMR_E_FORMAT);
}

/* Of no bytes a number is zero: recnum, register and event type. */
static void a_number_of_no_bytes_is_zero(void **state)
{
	static const uint8_t bytes[] = {
		0,  0, 0, 0, 0, 1, 0,  0, 0, 0, 3, 0, 0, 0, 25, 4, 0, 0, 0,
		20, 1, 1, 1, 1, 1, 1,  1, 1, 1, 1, 1, 1, 1, 1,  1, 1, 1, 1,
		1,  1, 5, 0, 0, 0, 11, 0, 0, 0, 0, 0, 1, 0, 0,  0, 1, 7,
	};
	const struct tsmmr_ctx *ctx = *state;
	struct tsmmr_log *log = parse(ctx, bytes, sizeof(bytes));

	assert_int_equal(tsmmr_log_count(log), 1);
	assert_int_equal(tsmmr_event_index(tsmmr_log_get(log, 0)), 0);
	assert_int_equal(tsmmr_event_type(tsmmr_log_get(log, 0)), 0);
	tsmmr_log_free(log);
}

/* A record that extends nothing may have any number. */
static void a_record_of_no_register_is_read(void **state)
{
	static const char *const records[] = {
		"\"pcr\":255,%s\"pcclient_std\",\"content\":{\"event_type\":1025,"
		"\"event_data\":\"\"}",
		"\"pcr\":300,%s\"pcclient_std\",\"content\":{\"event_type\":\"EV_NO_ACTION\","
		"\"event_data\":\"\"}",
		"\"pcr\":99,%s\"cel\",\"content\":{\"type\":\"firmware_end\"}",
		"\"pcr\":255,%s\"pcclient_std\",\"content\":{\"event_type\":1027,"
		"\"event_data\":\"\"}",
	};
	const struct tsmmr_ctx *ctx = *state;

	for (size_t i = 0; i < N_OF(records); i++) {
		char head[160], record[512], text[640];
		struct tsmmr_log *log;
		int r;

		snprintf(head, sizeof(head),
			 "\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"%064d\"}],"
			 "\"content_type\":",
			 0);
		snprintf(record, sizeof(record), "%.*s%s%s",
			 (int)(strstr(records[i], "%s") - records[i]), records[i], head,
			 strstr(records[i], "%s") + 2);
		snprintf(text, sizeof(text), "[{\"recnum\":0,%s}]", record);
		r = tsmmr_log_parse(ctx, NULL, text, strlen(text), &log, NULL);
		assert_code(r, i == 3 ? TSMMR_E_MALFORMED : 0);
		if (r == 0)
			tsmmr_log_free(log);
	}
}

static void copy_to(const char *root, const char *path, const char *from)
{
	struct bytes b = read_data(from);
	char full[512];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = 0;
		mkdir(full, 0700);
	}
	f = fopen(full, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
	fclose(f);
	bytes_done(&b);
}

/* An agent's one call: all logs, joined, or why not. */
static void collecting_what_a_machine_has(void **state)
{
	char root[] = "/tmp/tsmmr-collect-XXXXXX", command[64];
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *log, *back;
	struct tsmmr_ctx *ctx;
	uint8_t *out;
	size_t n, count;

	assert_non_null(mkdtemp(root));
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_ctx_set_root(ctx, root, NULL), 0);
	assert_code(tsmmr_log_collect(ctx, 0, &log, &err), TSMMR_E_NOTFOUND);

	copy_to(root, "/sys/firmware/acpi/tables/data/CCEL", "good-ccel-header-1.bin");
	copy_to(root, "/run/log/systemd/cc-measure.log", "cel/systemd-cc-measure.log");
	assert_code(tsmmr_log_collect(ctx, 0, &log, &err), 0);
	count = tsmmr_log_count(log);
	assert_int_equal(tsmmr_event_content(tsmmr_log_get(log, count - 1)), TSMMR_CONTENT_SYSTEMD);
	assert_int_equal(tsmmr_log_source_count(log), 2);
	assert_string_equal(tsmmr_log_source_name(log, 1), "/run/log/systemd/cc-measure.log");
	assert_int_equal(tsmmr_log_source_format(log, 1), TSMMR_FORMAT_SYSTEMD);
	assert_int_equal(tsmmr_log_find(log, 1, 0),
			 count - tsmmr_event_record(tsmmr_log_get(log, count - 1)) - 1);
	assert_code(tsmmr_log_export(ctx, log, TSMMR_FORMAT_CEL_CBOR, &out, &n, &err), 0);
	back = parse(ctx, out, n);
	/* With the map, CEL's version and firmware_end; without MR 0, which CEL has not. */
	assert_true(tsmmr_log_count(back) >= count + 2);
	assert_int_equal(tsmmr_event_platform(tsmmr_log_get(back, 0)), TSMMR_PLATFORM_TDX);
	tsmmr_free(out);
	tsmmr_log_free(back);
	tsmmr_log_free(log);

	/* Two families: one of them is taken only when it is named. */
	copy_to(root, "/run/log/systemd/tpm2-measure.log", "cel/systemd-tpm2-measure.log");
	assert_code(tsmmr_log_collect(ctx, 0, &log, &err), TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "say which platform"));
	assert_code(tsmmr_log_collect(ctx, TSMMR_PLATFORM_TDX, &log, &err), 0);
	assert_int_equal(tsmmr_log_count(log), count);
	tsmmr_log_free(log);
	assert_code(tsmmr_log_collect(ctx, TSMMR_PLATFORM_TPM, &log, &err), 0);
	assert_int_equal(tsmmr_log_count(log), 2);
	tsmmr_log_free(log);

	/* One that cannot be read is not left out. */
	copy_to(root, "/run/log/systemd/tpm2-measure.log", "bad-text.bin");
	assert_true(tsmmr_log_collect(ctx, TSMMR_PLATFORM_TPM, &log, &err) < 0);
	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0);
	tsmmr_ctx_free(ctx);
}

/* A register by its value, given by hand. */
static struct tsmmr_regs *regs_of(const struct tsmmr_ctx *ctx, int platform, const char *name,
				  const char *alg, const uint8_t *value, size_t size)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;
	char text[512], hex[2 * 64 + 1];

	tohex(value, size, hex);
	snprintf(text, sizeof(text), "%s:%s=%s", name, alg, hex);
	if (tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, platform, text, strlen(text), &regs,
				   &err) < 0)
		fail_msg("%s: %s", text, err.message);
	return regs;
}

static int verdict(const struct tsmmr_ctx *ctx, struct tsmmr_log *log,
		   const struct tsmmr_regs *regs, const char *require, char *ids, size_t size)
{
	struct tsmmr_report *report;
	int r;

	assert_code(tsmmr_report_new(ctx, &log, 1, regs, NULL, &report, NULL), 0);
	r = verdict_for(ctx, report, require, NULL);
	*ids = 0;
	for (size_t i = 0; i < tsmmr_report_finding_count(report); i++) {
		const char *id;

		id = tsmmr_finding_id(tsmmr_report_finding(report, i));
		assert_true(strlen(ids) + strlen(id) + 2 < size);
		strcat(strcat(ids, " "), id);
	}
	tsmmr_report_free(report);
	return r;
}

/* SHA-1 and SHA-256 of IMA's template data "\4\0\0\0true" and "\4\0\0\0lies". */
#define TRUE_DATA "0400000074727565"
#define LIES_DATA "040000006c696573"

static void digest_of(const char *alg, const char *hex, uint8_t *ret)
{
	uint8_t data[64];
	size_t n = unhex(hex, data, sizeof(data));

	assert_int_equal(EVP_Digest(data, n, ret, NULL, EVP_get_digestbyname(alg), NULL), 1);
}

static struct tsmmr_log *ima_log(const struct tsmmr_ctx *ctx, const uint8_t *sha1,
				 const uint8_t *sha256, const char *data)
{
	char text[1024], one[41], two[65];

	tohex(sha1, 20, one);
	tohex(sha256, 32, two);
	snprintf(text, sizeof(text),
		 "[{\"recnum\":0,\"pcr\":10,\"digests\":["
		 "{\"hashAlg\":\"sha1\",\"digest\":\"%s\"},"
		 "{\"hashAlg\":\"sha256\",\"digest\":\"%s\"}],\"content_type\":\"ima_template\","
		 "\"content\":{\"template_name\":\"d-ng\",\"template_data\":\"%s\"}}]",
		 one, two, data);
	return parse(ctx, text, strlen(text));
}

/*
 * Old kernels extended SHA-1 digests, padded, in every bank.  A log may say so in that
 * bank; but where it says otherwise, its text is held against what was extended.
 */
static void text_beside_a_padded_digest(void **state)
{
	const struct tsmmr_ctx *ctx = *state;
	uint8_t sha1[20], padded[32] = { 0 }, lies[32], value[32], both[64] = { 0 };
	struct tsmmr_regs *regs;
	struct tsmmr_log *log;
	char ids[256];

	digest_of("SHA1", TRUE_DATA, sha1);
	digest_of("SHA256", LIES_DATA, lies);
	memcpy(padded, sha1, 20);
	memcpy(both + 32, padded, 32);
	assert_int_equal(EVP_Digest(both, 64, value, NULL, EVP_sha256(), NULL), 1);
	regs = regs_of(ctx, TSMMR_PLATFORM_TPM, "pcr10", "sha256", value, 32);

	log = ima_log(ctx, sha1, padded, TRUE_DATA);
	assert_code(verdict(ctx, log, regs, "pcr10:sha256", ids, sizeof(ids)),
		    TSMMR_VERDICT_VERIFIED);
	tsmmr_log_free(log);
	log = ima_log(ctx, sha1, lies, LIES_DATA);
	assert_code(verdict(ctx, log, regs, "pcr10:sha256", ids, sizeof(ids)),
		    TSMMR_VERDICT_INCOMPLETE);
	assert_non_null(strstr(ids, "DATA_MISMATCH"));
	tsmmr_log_free(log);
	log = ima_log(ctx, sha1, padded, LIES_DATA);
	assert_code(verdict(ctx, log, regs, "pcr10:sha256", ids, sizeof(ids)),
		    TSMMR_VERDICT_INCOMPLETE);
	tsmmr_log_free(log);
	tsmmr_regs_free(regs);
}

/* A line that says what a virtual register is, or asserts a value, is its digest's text. */
static void lines_that_assert_are_bound(void **state)
{
	static const char *const forged[] = { "mr_app extend sha256/22", "SYNC sha384/22" };
	const struct tsmmr_ctx *ctx = *state;

	for (size_t i = 0; i < N_OF(forged); i++) {
		uint8_t digest[48], value[48], both[96] = { 0 };
		char line[256], text[2048], hex[97], ids[256];
		struct tsmmr_regs *regs;
		struct tsmmr_log *log;
		size_t n;

		for (int lie = 0; lie < 2; lie++) {
			char data[513];

			/* A value of the right length; SYNC's is what the register had. */
			snprintf(line, sizeof(line), "%.*s", (int)strlen(forged[i]) - 2, forged[i]);
			n = strlen(line);
			for (int k = 0; k < (i ? 48 : 32); k++)
				strcat(line, i ? "00" : "22");
			if (!lie)
				assert_int_equal(EVP_Digest(line, strlen(line), digest, NULL,
							    EVP_sha384(), NULL),
						 1);
			else if (!i)
				line[n] = '3';
			else
				memset(digest, 7, sizeof(digest));
			memcpy(both + 48, digest, 48);
			EVP_Digest(both, 96, value, NULL, EVP_sha384(), NULL);
			tohex(digest, 48, hex);
			tohex((uint8_t *)line, strlen(line), data);
			snprintf(
				text, sizeof(text),
				"[{\"recnum\":0,\"pcr\":0,\"digests\":[{\"hashAlg\":\"sha384\","
				"\"digest\":\"%096d\"}],\"content_type\":\"pcclient_std\","
				"\"content\":"
				"{\"event_type\":\"EV_NO_ACTION\",\"event_data\":"
				"\"54534d4d5220696e646578206d6170007464782072746d72\"}},"
				"{\"recnum\":0,\"pcr\":3,\"digests\":[{\"hashAlg\":\"sha384\","
				"\"digest\":\"%s\"}],\"content_type\":\"pcclient_std\",\"content\":"
				"{\"event_type\":\"EV_ACTION\",\"event_data\":\"%s\"}}]",
				0, hex, data);
			log = parse(ctx, text, strlen(text));
			regs = regs_of(ctx, TSMMR_PLATFORM_TDX, "rtmr3", "sha384", value, 48);
			assert_code(verdict(ctx, log, regs, "rtmr3", ids, sizeof(ids)),
				    lie ? TSMMR_VERDICT_INCOMPLETE : TSMMR_VERDICT_VERIFIED);
			assert_int_equal(strstr(ids, "DATA_MISMATCH") != NULL, lie);
			tsmmr_regs_free(regs);
			tsmmr_log_free(log);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_are_checked),
		cmocka_unit_test(names_are_those_of_the_command),
		cmocka_unit_test(events_say_what_they_are),
		cmocka_unit_test(mr_index_goes_both_ways),
		cmocka_unit_test(names_survive_every_form),
		cmocka_unit_test(a_wrapped_name_of_the_tables_is_none),
		cmocka_unit_test(no_records_are_an_empty_log),
		cmocka_unit_test(a_number_of_no_bytes_is_zero),
		cmocka_unit_test(a_record_of_no_register_is_read),
		cmocka_unit_test(collecting_what_a_machine_has),
		cmocka_unit_test(text_beside_a_padded_digest),
		cmocka_unit_test(lines_that_assert_are_bound),
	};

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
