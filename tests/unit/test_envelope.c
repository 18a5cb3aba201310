/* SPDX-License-Identifier: BSD-2-Clause */
/* envelope/: what is cut out of what, and what is left alone. */
#include "testing.h"

#include "envelope/envelope.h"

#include <dirent.h>

#include "util/json_in.h"

static int open_str(const char *text, struct envelope *env)
{
	struct tsmmr_error err = ERROR_INIT;

	return envelope_open(span_of(text, strlen(text)), env, &err);
}

/* One part of it: what it is, and its bytes. */
static void expect_part(const struct envelope *env, size_t i, int part, const char *bytes)
{
	assert_true(i < env->n);
	assert_int_equal(env->parts[i].part, part);
	if (!span_eq(span_of(env->parts[i].p, env->parts[i].n), bytes, strlen(bytes)))
		fail_msg("part %zu: '%.*s'", i, (int)env->parts[i].n, (char *)env->parts[i].p);
}

static void what_is_none_is_left_alone(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"x",
		"[]",
		"{}",
		"{\"a\":1}",
		"\x04",
		"{\"quote\":1}",
		"{\"quote\":\"AAAA\",\"other\":1}",
		"{\"attestation_report\":\"AAAA\",\"other\":1}",
		"{\"report\":\"AAAA\",\"other\":1}",
		"{\"message\":\"AAAA\",\"signature\":\"AAAA\",\"pcrs\":null}",
	};
	struct envelope env = { .kind = "x" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		int r = open_str(texts[i], &env);

		if (r != (i == 1 ? TSMMR_E_TRUNCATED : TSMMR_E_FORMAT))
			fail_msg("'%s': %d", texts[i], r);
	}
	assert_string_equal(env.kind, "x");
}

static void a_td_of_confidential_containers(void **state)
{
	struct envelope env;

	/* "quote", "log" in base64. */
	assert_int_equal(open_str(" {\"quote\":\"cXVvdGU=\",\"cc_eventlog\":\"bG9n\"}", &env), 0);
	assert_string_equal(env.kind, "coco-tdx");
	assert_int_equal(env.n, 2);
	expect_part(&env, 0, TSMMR_PART_QUOTE, "quote");
	expect_part(&env, 1, ENVELOPE_LOG, "log");
	assert_null(env.parts[1].reg);
	envelope_done(&env);

	assert_int_equal(open_str("{\"quote\":\"cXVvdGU=\",\"cc_eventlog\":null,"
				  "\"aa_eventlog\":\"INIT x\\n\"}",
				  &env),
			 0);
	assert_int_equal(env.n, 2);
	expect_part(&env, 1, ENVELOPE_LOG, "INIT x\n");
	assert_int_equal(env.parts[1].format, TSMMR_FORMAT_AAEL);
	assert_string_equal(env.parts[1].reg, "rtmr3");
	envelope_done(&env);

	assert_int_equal(open_str("{\"quote\":\"\"}", &env), TSMMR_E_MALFORMED);
	assert_int_equal(open_str("{\"quote\":\"!\"}", &env), TSMMR_E_MALFORMED);
	assert_int_equal(open_str("{\"quote\":\"cXVvdGU=\",\"cc_eventlog\":1}", &env),
			 TSMMR_E_MALFORMED);
}

/* What a later version adds, and what it leaves empty, hides nothing that is known. */
static void members_of_later_versions(void **state)
{
	static const struct {
		const char *text, *kind;
		size_t n;
	} all[] = {
		{ "{\"quote\":\"cXVvdGU=\",\"cc_eventlog\":\"bG9n\",\"new\":1}", "coco-tdx", 2 },
		{ "{\"quote\":\"cXVvdGU=\",\"cc_eventlog\":null,\"new\":1}", "coco-tdx", 1 },
		{ "{\"quote\":\"cXVvdGU=\",\"new\":null}", "coco-tdx", 1 },
		{ "{\"attestation_report\":\"AAAA\",\"cert_chain\":\"AAAA\",\"new\":1}", "coco-snp",
		  2 },
		{ "{\"attestation_report\":\"AAAA\",\"cert_chain\":null,\"new\":1}", "coco-snp",
		  1 },
		{ "{\"attestation_report\":\"AAAA\",\"new\":null}", "coco-snp", 1 },
		{ "{\"token\":[1,2],\"new\":{}}", "coco-cca", 1 },
		{ "{\"message\":\"bXNn\",\"signature\":\"c2ln\",\"pcrs\":[[1]],\"new\":1}",
		  "vtpm-quote", 3 },
		{ "{\"hcl_report\":\"aGNs\",\"vcek\":null,\"td_quote\":null,\"tpm_quote\":"
		  "{\"message\":\"bXNn\",\"signature\":\"c2ln\",\"pcrs\":null,\"new\":1}}",
		  "coco-az-snp-vtpm", 3 },
		{ "{\"hcl_report\":\"aGNs\",\"vcek\":null,\"td_quote\":\"dGQ=\",\"tpm_quote\":"
		  "{\"message\":\"bXNn\"}}",
		  "coco-az-tdx-vtpm", 3 },
		{ "{\"ak_public\":null,\"tpm_quote\":{\"message\":\"bXNn\"},\"new\":1}", "coco-tpm",
		  1 },
		{ "{\"report\":\"eyJTbnBSZXBvcnQiOiIifQ\",\"new\":1}", "maa", 1 },
		{ "{\"report\":\"AAAA\",\"nonce\":null}", "maa", 1 },
		{ "{\"quote\":\"cXVvdGU=\",\"runtimeData\":null,\"new\":1}", "maa", 1 },
		{ "{\"quote\":\"cXVvdGU=\",\"verifier_nonce\":null,\"new\":1}", "ita", 1 },
		{ "{\"quote\":\"cXVvdGU=\",\"event_log\":\"bG9n\",\"new\":1}", "ita", 2 },
		{ "{\"quote\":\"00\",\"event_log\":\"\",\"vm_config\":null,\"new\":1}",
		  "dstack-quote", 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct envelope env;
		int r = open_str(all[i].text, &env);

		if (r < 0)
			fail_msg("%s: %d", all[i].text, r);
		if (strcmp(env.kind, all[i].kind) != 0 || env.n != all[i].n)
			fail_msg("%s: %s, %zu parts", all[i].text, env.kind, env.n);
		envelope_done(&env);
	}
}

/* What is put together of a report's members must be all of them, and fit. */
static void an_snp_report_is_whole(void **state)
{
	static const char *const bad[] = {
		"{\"attestation_report\":{}}",
		"{\"attestation_report\":{\"version\":4294967296}}",
		"{\"attestation_report\":{\"version\":2,\"guest_svn\":-1}}",
		"{\"attestation_report\":\"\"}",
		"{\"attestation_report\":[256]}",
		"{\"attestation_report\":[]}",
		"{\"attestation_report\":\"AAAA\",\"cert_chain\":[1,\"x\"]}",
		"{\"attestation_report\":\"AAAA\",\"cert_chain\":[{\"data\":1}]}",
		"{\"attestation_report\":\"AAAA\",\"cert_chain\":[[]]}",
		"{\"attestation_report\":\"AAAA\",\"cert_chain\":{\"vcek\":\"AAAA\"}}",
	};
	struct bytes report = read_data("snp-twin/report-v5.bin");
	struct bytes json = read_data("envelope/coco-snp.json");
	struct tsmmr_error err = ERROR_INIT;
	struct envelope env;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (open_str(bad[i], &env) != TSMMR_E_MALFORMED)
			fail_msg("%s", bad[i]);

	assert_int_equal(envelope_open(span_of(json.p, json.n), &env, &err), 0);
	assert_string_equal(env.kind, "coco-snp");
	assert_int_equal(env.n, 4);
	assert_true(span_eq(span_of(report.p, report.n), env.parts[0].p, env.parts[0].n));
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(env.parts[i].part, TSMMR_PART_CERTS);
	envelope_done(&env);
	bytes_done(&report);
	bytes_done(&json);
}

static void a_td_with_a_paravisor(void **state)
{
	struct envelope env;

	assert_int_equal(open_str("{\"version\":1,\"hcl_report\":\"aGNs\",\"td_quote\":[116,100],"
				  "\"tpm_quote\":{\"message\":\"6d7367\",\"signature\":\"c2ln\","
				  "\"pcrs\":[\"7063\",[114,115]]}}",
				  &env),
			 0);
	assert_string_equal(env.kind, "coco-az-tdx-vtpm");
	assert_int_equal(env.n, 5);
	expect_part(&env, 0, TSMMR_PART_QUOTE, "msg");
	expect_part(&env, 1, TSMMR_PART_SIG, "sig");
	expect_part(&env, 2, TSMMR_PART_PCRS, "pcrs");
	expect_part(&env, 3, TSMMR_PART_QUOTE, "hcl");
	expect_part(&env, 4, TSMMR_PART_QUOTE, "td");
	envelope_done(&env);

	assert_int_equal(open_str("{\"hcl_report\":\"aGNs\",\"td_quote\":[],"
				  "\"tpm_quote\":{\"message\":\"6d7367\"}}",
				  &env),
			 TSMMR_E_MALFORMED);
	assert_int_equal(open_str("{\"hcl_report\":\"aGNs\",\"td_quote\":[1],\"tpm_quote\":{}}",
				  &env),
			 TSMMR_E_MALFORMED);
	assert_int_equal(open_str("{\"ak_public\":\"AAAA\",\"tpm_quote\":{\"message\":[1],"
				  "\"pcrs\":[1]}}",
				  &env),
			 TSMMR_E_MALFORMED);
}

static void what_is_named_and_not_read(void **state)
{
	static const char *const texts[] = {
		"{\"token\":\"eyJh.eyJh.AAAA\"}",
		"{\"serial_number\":[1],\"attestation_report\":{}}",
		"{\"encr_measurement_key\":\"AA\",\"encr_request_nonce\":\"AA\"}",
		"{\"svn\":\"1\",\"report_data\":\"AA\"}",
		"{\"device_evidence_list\":[]}",
		"{\"version\":1,\"devices\":[]}",
		"{\"attestation_reports\":[]}",
		"{\"__cmwc_t\":\"tag:x,2025:y\",\"a\":[\"b/c\",\"AA\"]}",
		" [\"application/eat+cwt\",\"2YQ\",1]",
	};
	static const struct {
		size_t n;
		uint8_t bytes[12];
	} binary[] = {
		{ 8, { 0x82, 0x19, 0x01, 0x07, 0x43, 1, 2, 3 } },       /* content format 263 */
		{ 9, { 0x83, 0x63, 'a', '/', 'b', 0x41, 1, 0x01, 0 } }, /* media type */
		{ 7, { 0xda, 0x63, 0x74, 0x01, 0x01, 0x41, 1 } },       /* a tag of it */
		{ 12, { 0x30, 0x82, 0, 8, 6, 6, 0x67, 0x81, 5, 5, 4, 9 } },
	};
	struct tsmmr_error err = ERROR_INIT;
	struct envelope env;

	for (size_t i = 0; i < ARRAY_SIZE(binary); i++)
		for (size_t n = 0; n <= binary[i].n; n++) {
			int r = envelope_open(span_of(binary[i].bytes, n), &env, &err);

			if (r != TSMMR_E_FORMAT && r != TSMMR_E_UNSUPPORTED)
				fail_msg("%zu, %zu bytes: %d", i, n, r);
			if (n == binary[i].n && r != TSMMR_E_UNSUPPORTED)
				fail_msg("%zu: %d", i, r);
		}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (open_str(texts[i], &env) != TSMMR_E_UNSUPPORTED)
			fail_msg("%s", texts[i]);
}

/* Cut at every length, and with each byte of the header changed: never a part that is short. */
static void what_a_device_puts_in_front(void **state)
{
	static const struct {
		const char *file, *in, *kind;
		size_t header;
	} devices[] = {
		{ "envelope/sev-guest.bin", "snp-twin/report-v5.bin", "sev-guest", 32 },
		{ "envelope/tdx-quote-buffer.bin", "tdx-twin/quote-v5.bin", "tdx-quote-buffer",
		  24 },
		{ "envelope/tpm2b-attest.bin", "tpm-twin/quote-some.bin", "tpm2b-attest", 2 },
		{ "envelope/qgs-message.bin", "tdx-twin/quote-v5.bin", "qgs-message", 28 },
		{ "envelope/tdx-guest.bin", "tdx-twin/tdreport.bin", "tdx-guest", 64 },
		{ "envelope/tsm-report.cbor", "snp-twin/report-v5.bin", "tsm-report", 12 },
		{ "envelope/vtpm-quote.bincode", "tpm-twin/quote-some.bin", "vtpm-quote", 24 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		struct bytes b = read_data(devices[i].file), in = read_data(devices[i].in);
		struct tsmmr_error err = ERROR_INIT;
		struct envelope env;

		for (size_t n = 0; n <= b.n; n++) {
			uint8_t *exact = malloc(n ? n : 1);
			int r;

			memcpy(exact, b.p, n);
			r = envelope_open(span_of(exact, n), &env, &err);
			assert_true(r == 0 ? n >= devices[i].header + in.n : r == TSMMR_E_FORMAT);
			if (r == 0) {
				assert_string_equal(env.kind, devices[i].kind);
				assert_true(span_eq(span_of(in.p, in.n), env.parts[0].p,
						    env.parts[0].n));
				envelope_done(&env);
			}
			free(exact);
			if (n == b.n)
				assert_int_equal(r, 0);
		}
		bytes_done(&b);
		bytes_done(&in);
	}
}

static void a_report_of_configfs_tsm(void **state)
{
	static const struct {
		size_t n;
		const char *bytes;
		int code;
	} cbor[] = {
		{ 10, "\xa1\x67outblob\x40", TSMMR_E_MALFORMED },
		{ 20, "\xa2\x67outblob\x41x\x67outblob\x40", TSMMR_E_MALFORMED },
		{ 11, "\xa1\x67outblob\x41x", 0 },
		{ 11, "\xa1\x67outblob\x61x", 0 },
		{ 12, "\xbf\x67outblob\x41x\xff", 0 },
		{ 12, "\xa1\x67outblob\x41xy", TSMMR_E_FORMAT },
		{ 11, "\xa1\x67inblob1\x41x", TSMMR_E_FORMAT },
		{ 10, "\xa1\x67outblob\x01", TSMMR_E_FORMAT },
	};
	struct tsmmr_error err = ERROR_INIT;
	struct envelope env;

	for (size_t i = 0; i < ARRAY_SIZE(cbor); i++) {
		int r = envelope_open(span_of(cbor[i].bytes, cbor[i].n), &env, &err);

		if (r != cbor[i].code)
			fail_msg("%zu: %d, %s", i, r, err.message);
		if (r == 0) {
			expect_part(&env, 0, TSMMR_PART_QUOTE, "x");
			envelope_done(&env);
		}
	}
	assert_int_equal(open_str("{\"outblob\":\"\"}", &env), TSMMR_E_MALFORMED);
	assert_int_equal(open_str("{\"outblob\":\"cQ\",\"manifestblob\":\"bQ\"}", &env), 0);
	assert_int_equal(env.n, 2);
	expect_part(&env, 1, TSMMR_PART_MANIFEST, "m");
	envelope_done(&env);
}

static void pcr_values_in_an_array(void **state)
{
	static const char *const bad[] = {
		"[", "[1]", "[\"zz\"]", "[\"00\"] x", "[{}]", "[[256]]"
	};
	struct bytes some = read_data("envelope/pcrs-some.json");
	struct bytes all = read_data("envelope/pcrs-all.json");
	struct bytes raw = read_data("tpm-twin/pcrs-some.raw");
	struct tsmmr_error err = ERROR_INIT;
	uint8_t *p = NULL;
	size_t n = 0;

	assert_int_equal(envelope_pcr_file(span_of(some.p, some.n), &p, &n, &err), 1);
	assert_true(span_eq(span_of(raw.p, raw.n), p, n));
	free(p);
	assert_int_equal(envelope_pcr_file(span_of(all.p, all.n), &p, &n, &err), 1);
	assert_memory_equal(p, "pcr0:sha256=", 12);
	free(p);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (envelope_pcr_file(span_of(bad[i], strlen(bad[i])), &p, &n, &err) >= 0)
			fail_msg("%s", bad[i]);
	assert_int_equal(envelope_pcr_file(span_of("[]", 2), &p, &n, &err), 0);
	/* A value itself may begin with a bracket. */
	assert_int_equal(envelope_pcr_file(span_of("[\x01\xf3\"", 4), &p, &n, &err), 0);
	assert_int_equal(envelope_pcr_file(span_of("{}", 2), &p, &n, &err), 0);
	assert_int_equal(envelope_pcr_file(span_of("{\"pcrs\":{}}", 11), &p, &n, &err), 0);
	assert_int_equal(envelope_pcr_file(span_of("{\"pcrs\":[\"61\"]}", 15), &p, &n, &err), 1);
	assert_true(span_eq(span_of("a", 1), p, n));
	free(p);
	assert_int_equal(envelope_pcr_file(span_of("", 0), &p, &n, &err), 0);
	bytes_done(&some);
	bytes_done(&all);
	bytes_done(&raw);
}

static void what_carries_evidence_is_not_empty(void **state)
{
	static const char *const bad[] = {
		"{\"tee-evidence\":\"\"}",
		"{\"tee-evidence\":{\"primary_evidence\":\"\"}}",
		"{\"tee-evidence\":1}",
		"{\"verification_requests\":[]}",
		"{\"verification_requests\":[{\"tee\":\"tdx\"}]}",
		"{\"verification_requests\":[1]}",
		"{\"tee\":\"tdx\",\"evidence\":\"\"}",
	};
	struct envelope env;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (open_str(bad[i], &env) != TSMMR_E_MALFORMED)
			fail_msg("%s", bad[i]);

	assert_int_equal(open_str("{\"tee\":\"tdx\",\"evidence\":\"eyJhIjoxfQ\"}", &env), 0);
	assert_string_equal(env.kind, "coco-as-request");
	expect_part(&env, 0, TSMMR_PART_QUOTE, "{\"a\":1}");
	envelope_done(&env);
	assert_int_equal(open_str("{\"tee-evidence\":{\"a\":{\"b\":[1]}}}", &env), 0);
	expect_part(&env, 0, TSMMR_PART_QUOTE, "{\"a\":{\"b\":[1]}}");
	envelope_done(&env);
}

static void no_input_decides_how_much_is_taken(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct envelope env = { .n = 0 };

	for (size_t i = 0; i < ENVELOPE_PARTS_MAX; i++)
		assert_int_equal(envelope_add(&env, TSMMR_PART_CERTS, span_of("x", 1), &err), 0);
	assert_int_equal(envelope_add(&env, TSMMR_PART_CERTS, span_of("x", 1), &err),
			 TSMMR_E_LIMIT);
	assert_int_equal(env.n, ENVELOPE_PARTS_MAX);
	envelope_done(&env);
}

/* Does this kind take, or name, what is in s? */
static bool is_of(const struct envelope_kind *kind, struct span s)
{
	struct tsmmr_error err = ERROR_INIT;
	struct envelope env = { .n = 0 };
	struct json_object *o = NULL;
	int r = TSMMR_E_FORMAT;

	if (kind->open_json && json_in_large(s, ENVELOPE_BYTES, ENVELOPE_VALUES, &o, &err) == 0)
		r = kind->open_json(o, &env, &err);
	else if (kind->open)
		r = kind->open(s, &env, &err);
	json_in_free(o);
	envelope_done(&env);
	return r == 0 || r == TSMMR_E_UNSUPPORTED;
}

static void mark_kinds(const char *folder, bool *seen)
{
	struct dirent *entry;
	char path[4096];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", TEST_DATA, folder);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		struct bytes b;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		b = read_data(path);
		for (size_t i = 0; i < n_envelope_kinds; i++)
			seen[i] = seen[i] || is_of(envelope_kinds[i], span_of(b.p, b.n));
		bytes_done(&b);
	}
	closedir(dir);
}

/* The fuzz target begins with the files of these folders. */
static void every_kind_has_a_seed(void **state)
{
	bool *seen = calloc(n_envelope_kinds, sizeof(*seen));
	bool all = true;

	assert_non_null(seen);
	mark_kinds("envelope", seen);
	mark_kinds("wrapped", seen);
	for (size_t i = 0; i < n_envelope_kinds; i++) {
		if (!seen[i])
			print_error("no seed is of kind %s\n", envelope_kinds[i]->name);
		all = all && seen[i];
	}
	assert_true(all);
	free(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_none_is_left_alone),
		cmocka_unit_test(a_td_of_confidential_containers),
		cmocka_unit_test(members_of_later_versions),
		cmocka_unit_test(an_snp_report_is_whole),
		cmocka_unit_test(a_td_with_a_paravisor),
		cmocka_unit_test(what_is_named_and_not_read),
		cmocka_unit_test(what_a_device_puts_in_front),
		cmocka_unit_test(a_report_of_configfs_tsm),
		cmocka_unit_test(pcr_values_in_an_array),
		cmocka_unit_test(what_carries_evidence_is_not_empty),
		cmocka_unit_test(no_input_decides_how_much_is_taken),
		cmocka_unit_test(every_kind_has_a_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
