/* SPDX-License-Identifier: BSD-2-Clause */
/* Attacks on firmware logs: rules 12 to 26 (see RULES.tsv). */
#include "world.h"

static const int two_banks[] = { TSMMR_HASH_SHA1, TSMMR_HASH_SHA256 };

/* Rule 12, go-attestation #208: a first EV_NO_ACTION that is no Spec ID makes no Event03 log. */
static void another_first_event_is_no_spec_id(void **state)
{
	struct world *w = world_new(state);
	struct maker *m = last_log((begin_tpm(w), w));

	memcpy(m->bytes + 32, "StartupLocality", 16);
	assert_code(read_logs(w), TSMMR_E_FORMAT);
	world_free(w);
}

/* Rule 12: what follows the vendor information is told. */
static void bytes_behind_the_spec_id_are_told(void **state)
{
	struct world *w = world_new(state);
	struct maker *m = last_log((begin_tpm(w), w));

	mk_add(m, "hidden", 6);
	m->bytes[28] = (uint8_t)(m->bytes[28] + 6);
	measure(w, 0, EV_IPL, "a");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TCG2_SPECID_TRAILING"));
	world_free(w);
}

/* Rule 13, dstack, cmc and trustee: EV_NO_ACTION extends nothing, whatever digests it has. */
static void no_action_extends_nothing(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	measure(w, 0, EV_IPL, "a");
	no_action(w, 0, "x", 1);
	no_action(w, 7, "x", 1);
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_int_equal(status_of(w, "pcr0"), VERIFIED);
	assert_true(found(w, "TCG_NO_ACTION_DIGEST"));

	/* And one that was measured cannot be hidden as one. */
	extend(w, 0, "evil");
	no_action(w, 0, "evil", 4);
	assert_int_not_equal(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_int_not_equal(status_of(w, "pcr0"), VERIFIED);
	world_free(w);
}

/* Rule 14, tpm2-tools lib/tpm2_eventlog.c: unmeasured locality must not alter a running PCR. */
static void a_late_locality_alters_nothing(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	measure(w, 0, EV_IPL, "a");
	locality(w, 3);
	measure(w, 0, EV_IPL, "b");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TCG_LOCALITY_IGNORED"));
	world_free(w);
}

static void a_second_locality_alters_nothing(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	locality(w, 3);
	locality(w, 4);
	hw_find(w, "pcr0", TSMMR_HASH_SHA256)->value[31] = 3;
	measure(w, 0, EV_IPL, "a");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_string_equal(anchor_of(w, "pcr0"), "locality-3");
	world_free(w);
}

static void a_locality_no_tpm_has_alters_nothing(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	locality(w, 2);
	measure(w, 0, EV_IPL, "a");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TCG_LOCALITY_IGNORED"));
	world_free(w);
}

/* Rule 14: after an H-CRTM PCR 0 began with 4, and nothing else will do. */
static void an_hcrtm_starts_at_four(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	hw_find(w, "pcr0", TSMMR_HASH_SHA256)->value[31] = 4;
	measure(w, 0, EV_EFI_HCRTM_EVENT, "HCRTM");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_string_equal(anchor_of(w, "pcr0"), "locality-4");
	world_free(w);
}

/* Rule 15, trustee #1565: PCR 17 to 22 start with all ones. */
static void drtm_registers_start_with_ones(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	memset(hw_find(w, "pcr17", TSMMR_HASH_SHA256)->value, 0xff, 32);
	measure(w, 17, EV_IPL, "a");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_string_equal(anchor_of(w, "pcr17"), "reset-value");
	world_free(w);
}

/* Rule 16, trustee and tpm2-tools: record folding hides an extension in another's record. */
static void folded_records_are_refused(void **state)
{
	struct world *w = world_new(state);
	struct maker *m;

	begin_log(w, TSMMR_PLATFORM_TPM, 2, two_banks);
	m = last_log(w);
	mk_le(m, 0, 4);
	mk_le(m, EV_IPL, 4);
	mk_le(m, 2, 4);
	for (int i = 0; i < 2; i++) {
		mk_le(m, TSMMR_HASH_SHA256, 2);
		mk_fill(m, (uint8_t)i, 32);
	}
	mk_le(m, 0, 4);
	assert_code(read_logs(w), TSMMR_E_MALFORMED);
	assert_non_null(strstr(w->err.message, "two digests"));
	assert_int_equal(w->err.record, 1);
	world_free(w);
}

/* Rule 16: a known algorithm has its own size, whatever the header says. */
static void a_known_algorithm_keeps_its_size(void **state)
{
	struct world *w = world_new(state);
	struct maker *m = last_log((begin_tpm(w), w));

	m->bytes[32 + 30] = 20;
	assert_code(read_logs(w), TSMMR_E_MALFORMED);
	assert_non_null(strstr(w->err.message, "wrong digest size"));
	world_free(w);
}

/* Rule 16: a record without a digest in this bank is an extension nobody can replay. */
static void a_missing_digest_is_a_gap(void **state)
{
	struct world *w = world_new(state);

	begin_log(w, TSMMR_PLATFORM_TPM, 2, two_banks);
	measure(w, 0, EV_IPL, "a");
	w->n_algs = 1; /* SHA-1 alone: Windows does so */
	measure(w, 0, EV_IPL, "b");
	hw_find(w, "pcr0", TSMMR_HASH_SHA1)->asked = false;
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(gaps_of(w, "pcr0"), "unlogged");
	assert_true(found(w, "DIGEST_MISSING"));
	world_free(w);
}

/* Rule 16: what the header does not declare is stepped over, and replays nothing. */
static void an_undeclared_digest_is_no_bank(void **state)
{
	struct world *w = world_new(state);
	struct maker *m;

	begin_log(w, TSMMR_PLATFORM_TPM, 1, &two_banks[1]);
	measure(w, 0, EV_IPL, "a");
	m = last_log(w);
	mk_le(m, 1, 4);
	mk_le(m, EV_IPL, 4);
	mk_le(m, 2, 4);
	mk_le(m, TSMMR_HASH_SHA384, 2);
	mk_fill(m, 7, 48);
	mk_le(m, TSMMR_HASH_SHA256, 2);
	mk_fill(m, 9, 32);
	mk_le(m, 0, 4);
	hw_extend(w, "pcr1", TSMMR_HASH_SHA256, (uint8_t[32]){ [0 ... 31] = 9 });
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TCG2_DIGEST_UNDECLARED"));
	hw_extend(w, "pcr1", TSMMR_HASH_SHA384, (uint8_t[48]){ [0 ... 47] = 7 });
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	world_free(w);
}

/* Rule 17: each bank is compared with its own value; SHA-1 does not stand in for another. */
static void one_bank_does_not_vouch_for_another(void **state)
{
	struct world *w = world_new(state);

	begin_log(w, TSMMR_PLATFORM_TPM, 2, two_banks);
	measure(w, 0, EV_IPL, "a");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	/* A collision in SHA-1: that bank verifies, the other does not. */
	hw_find(w, "pcr0", TSMMR_HASH_SHA256)->value[0] ^= 1;
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	assert_int_equal(tsmmr_report_status(w->report, row_of(w, "pcr0", TSMMR_HASH_SHA1)),
			 VERIFIED);
	assert_int_equal(tsmmr_report_status(w->report, row_of(w, "pcr0", TSMMR_HASH_SHA256)),
			 MISMATCH);
	world_free(w);
}

/* Rule 17: the log has one bank, the value is of another. */
static void a_bank_without_records_is_not_verified(void **state)
{
	struct world *w = world_new(state);
	uint8_t digest[64] = { 1 };

	begin_log(w, TSMMR_PLATFORM_TPM, 1, two_banks);
	measure(w, 0, EV_IPL, "a");
	hw_extend(w, "pcr0", TSMMR_HASH_SHA256, digest);
	hw_find(w, "pcr0", TSMMR_HASH_SHA1)->asked = false;
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(tsmmr_report_status(w->report, row_of(w, "pcr0", TSMMR_HASH_SHA256)),
			 INCOMPLETE);
	world_free(w);
}

/* Rule 18, tpm2-tools 41f44ad7, tpm2-tss GHSA-xqrv-v8rj-v8xw, systemd #41072. */
static void a_number_no_register_has_is_refused(void **state)
{
	static const uint32_t numbers[] = { 24, 25, 32, 0x80000000u, 0xfffffffe };

	for (size_t i = 0; i < N_OF(numbers); i++) {
		struct world *w = world_new(state);

		begin_tpm(w);
		claim(w, numbers[i], EV_IPL, "a", "a", 1);
		assert_code(read_logs(w), TSMMR_E_MALFORMED);
		assert_int_equal(w->err.record, 1);
		world_free(w);
	}
}

/* Rule 18: Intel TXT's records extend nothing under 255, and only there. */
static void a_record_of_no_register_extends_none(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	claim(w, 255, 0x401, "map", "map", 3);
	claim(w, 255, 0x402, "acm", "acm", 3);
	measure(w, 0, EV_IPL, "a");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TCG_INDEX_NOT_A_REGISTER"));
	claim(w, 0, 0x401, "evil", "evil", 4);
	assert_int_not_equal(verify(w), TSMMR_VERDICT_VERIFIED);
	world_free(w);

	w = world_new(state);
	begin_tpm(w);
	claim(w, 255, 0x403, "other", "other", 5);
	assert_code(read_logs(w), TSMMR_E_MALFORMED);
	world_free(w);
}

/* Rule 18: one word of ones is Windows' "no PCR"; the log goes on behind it. */
static void a_number_of_ones_is_not_the_end(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	measure(w, 0, EV_IPL, "a");
	no_action(w, UINT32_MAX, "trust point", 11);
	claim(w, 0, EV_IPL, "evil", "evil", 4);
	assert_int_not_equal(verify(w), TSMMR_VERDICT_VERIFIED);
	extend(w, 0, "evil");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	world_free(w);
}

/* Rule 19, trustee: what hides behind a hole of zeros is told, and strict refuses it. */
static void what_follows_the_end_is_told(void **state)
{
	struct world *w = world_new(state);
	struct tsmmr_ctx *strict;

	begin_tpm(w);
	measure(w, 0, EV_IPL, "a");
	mk_fill(last_log(w), 0, 64);
	claim(w, 0, EV_IPL, "hidden", "hidden", 6);
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TCG2_DATA_AFTER_END"));

	forget(w);
	assert_code(tsmmr_ctx_new(0, &strict, NULL), 0);
	assert_code(tsmmr_ctx_set_flags(strict, TSMMR_CTX_STRICT, NULL), 0);
	w->ctx = strict;
	assert_code(read_logs(w), TSMMR_E_MALFORMED);
	world_free(w);
	tsmmr_ctx_free(strict);
}

/* Rule 20, attestation-rs: a log that is cut is not a shorter log that is whole. */
static void a_prefix_is_not_the_whole(void **state)
{
	struct world *w = world_new(state);
	size_t whole, end;

	begin_tpm(w);
	measure(w, 0, EV_IPL, "a");
	whole = last_log(w)->n;
	claim(w, 7, EV_IPL, "cut off", "cut off", 7);
	end = last_log(w)->n;
	for (size_t n = whole + 1; n < end; n++) {
		last_log(w)->n = n;
		assert_code(read_logs(w), TSMMR_E_TRUNCATED);
		assert_int_equal(w->err.record, 2);
	}
	last_log(w)->n = whole;
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	/* Cut between two records it can be read, and is not what was measured. */
	extend(w, 7, "cut off");
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	world_free(w);
}

/* Rule 21: records that firmware writes after the log was copied are not made up. */
static void lost_exit_boot_services_are_a_mismatch(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	measure(w, 5, EV_EFI_ACTION, "Exit Boot Services Invocation");
	extend(w, 5, "Exit Boot Services Returned with Success");
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	world_free(w);
}

/* Rule 22: type and digest of a separator must agree, else its text is somebody's. */
static void a_separator_with_other_text_costs_verified(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	extend(w, 4, "evil loader");
	claim(w, 4, EV_SEPARATOR, "evil loader", "\0\0\0\0", 4);
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(status_of(w, "pcr4"), INCOMPLETE);
	assert_string_equal(gaps_of(w, "pcr4"), "data-mismatch");
	assert_true(found(w, "DATA_MISMATCH"));
	world_free(w);
}

static void a_second_separator_is_told(void **state)
{
	struct world *w = world_new(state);
	uint8_t digest[64];

	begin_tpm(w);
	for (int i = 0; i < 2; i++) {
		struct maker *m = last_log(w);

		hash(TSMMR_HASH_SHA256, "\0\0\0\0", 4, digest);
		hw_extend(w, "pcr4", TSMMR_HASH_SHA256, digest);
		mk_le(m, 4, 4);
		mk_le(m, EV_SEPARATOR, 4);
		mk_le(m, 1, 4);
		mk_le(m, TSMMR_HASH_SHA256, 2);
		mk_add(m, digest, 32);
		mk_le(m, 4, 4);
		mk_fill(m, 0, 4);
	}
	measure(w, 4, EV_IPL, "loader");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TCG_SEPARATOR_TWICE"));
	assert_int_equal(tsmmr_event_after_separator(tsmmr_log_get(w->parsed[0], 3)), 1);
	assert_int_equal(tsmmr_event_after_separator(tsmmr_log_get(w->parsed[0], 1)), 0);
	world_free(w);
}

/* What an event is trusted to say: "" for null. */
static const char *trusted(struct world *w, size_t i)
{
	static char text[512];
	const char *key = "\"trusted_text\":";
	uint8_t *json;
	char *at;
	size_t n;

	assert_code(tsmmr_report_event_json(w->report, w->parsed[0], 0, i, &json, &n, &w->err), 0);
	at = memmem(json, n, key, strlen(key));
	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(at + strlen(key), ","), at + strlen(key));
	tsmmr_free(json);
	return strcmp(text, "null") ? text : "";
}

/* A record over four bytes, whose digest a separator has, and whatever type. */
static void measure_four(struct world *w, uint32_t index, uint32_t type, const char *four)
{
	struct maker *m = last_log(w);
	uint8_t digest[64];

	hash(w->algs[0], four, 4, digest);
	hw_extend(w, name_of(w, index), w->algs[0], digest);
	mk_le(m, index, 4);
	mk_le(m, type, 4);
	mk_le(m, 1, 4);
	mk_le(m, (uint64_t)w->algs[0], 2);
	mk_add(m, digest, tsmmr_hash_size(w->algs[0]));
	mk_le(m, 4, 4);
	mk_add(m, "blob", 4);
}

static int after(struct world *w, size_t i)
{
	return tsmmr_event_after_separator(tsmmr_log_get(w->parsed[0], i));
}

/* Rule 22, cf. CVE-2022-0317: the firmware's separator is one, whatever it is called now. */
static void a_relabelled_separator_is_one(void **state)
{
	static const char *const values[] = { "\0\0\0\0", "\377\377\377\377", "\1\0\0\0" };

	for (size_t i = 0; i < 2 * N_OF(values); i++) {
		struct world *w = world_new(state);
		bool cc = i % 2;

		if (cc)
			begin_ccel(w);
		else
			begin_tpm(w);
		measure(w, cc ? 1 : 7, EV_EFI_ACTION, "the firmware's");
		measure_four(w, cc ? 1 : 7, EV_EFI_BLOB, values[i / 2]);
		measure(w, cc ? 1 : 7, EV_EFI_ACTION, "the system's");
		assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
		assert_true(found(w, "TCG_SEPARATOR_RELABELLED"));
		assert_int_equal(after(w, 1), TSMMR_AFTER_NO);
		assert_int_equal(after(w, 3), TSMMR_AFTER_UNKNOWN);
		world_free(w);
	}
}

/* Rule 22: where no record can be the separator, none is said to be before it. */
static void without_a_separator_nothing_is_before_it(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	measure(w, 7, EV_EFI_ACTION, "whose is it");
	measure(w, 8, EV_EFI_ACTION, "no firmware closes this one");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TCG_SEPARATOR_MISSING"));
	assert_int_equal(after(w, 1), TSMMR_AFTER_UNKNOWN);
	assert_int_equal(after(w, 2), TSMMR_AFTER_NO);
	world_free(w);
}

/* Rule 23, go-attestation event-log-disclosure, tpm2-tools #2247: data nobody bound. */
static void unbound_data_is_never_trusted(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	extend(w, 9, "evil");
	claim(w, 9, EV_IPL, "evil", "vmlinuz of the distribution", 27);
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_int_equal(tsmmr_report_is_event_proven(w->report, 0, 1), 1);
	assert_int_equal(tsmmr_event_binding(tsmmr_log_get(w->parsed[0], 1), NULL),
			 TSMMR_BINDING_UNBOUND);
	assert_string_equal(trusted(w, 1), "");
	world_free(w);
}

/* Rule 23: a record relabelled as an action says something else than was measured. */
static void a_relabelled_event_is_not_trusted(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	extend(w, 4, "evil");
	claim(w, 4, EV_EFI_ACTION, "evil", "Returning from EFI Application", 30);
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_int_equal(tsmmr_event_binding(tsmmr_log_get(w->parsed[0], 1), NULL),
			 TSMMR_BINDING_MISMATCH);
	assert_string_equal(trusted(w, 1), "");
	world_free(w);
}

/* Rule 23: what is bound and proven, in a register that does not verify, is nothing. */
static void bound_text_of_a_mismatch_is_not_trusted(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	measure(w, 4, EV_EFI_ACTION, "Calling EFI Application");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_string_not_equal(trusted(w, 1), "");
	hw_find(w, "pcr4", TSMMR_HASH_SHA256)->value[5] ^= 1;
	assert_code(verify(w), TSMMR_VERDICT_MISMATCH);
	assert_int_equal(tsmmr_report_is_event_proven(w->report, 0, 1), 0);
	assert_string_equal(trusted(w, 1), "");
	world_free(w);
}

/* UEFI_VARIABLE_DATA: a GUID, two lengths, a name of one letter, and the value. */
static size_t variable(uint8_t *to, const char *value)
{
	size_t n = strlen(value);

	memset(to, 0, 34);
	to[16] = 1;
	to[24] = (uint8_t)n;
	to[32] = 'A';
	memcpy(to + 34, value, n);
	return 34 + n;
}

/* Rule 24: both conventions bind, and the rule says which. */
static void boot_variables_bind_either_way(void **state)
{
	struct world *w = world_new(state);
	struct tsmmr_log *log;
	const char *rule;
	uint8_t data[64];
	size_t n = variable(data, "value");

	begin_tpm(w);
	claim(w, 1, EV_EFI_VARIABLE_BOOT, "value", data, n);
	data[33 + 5] ^= 1; /* the same, of another value */
	claim(w, 1, EV_EFI_VARIABLE_BOOT, "value", data, n);
	assert_code(read_logs(w), 0);
	log = w->parsed[0];
	assert_int_equal(tsmmr_event_binding(tsmmr_log_get(log, 1), &rule), TSMMR_BINDING_BOUND);
	assert_string_equal(rule, "VARIABLE_DATA_ONLY");
	assert_int_equal(tsmmr_event_binding(tsmmr_log_get(log, 2), &rule), TSMMR_BINDING_MISMATCH);
	world_free(w);
}

/* Promise 1: what no digest covers is not trusted, in a record of which one covers the rest. */
static void a_name_nobody_measured_is_not_trusted(void **state)
{
	struct world *w = world_new(state);
	uint8_t data[64];
	size_t n = variable(data, "value");

	begin_tpm(w);
	claim(w, 1, EV_EFI_VARIABLE_BOOT, "value", data, n);
	extend(w, 1, "value");
	data[32] = 'B'; /* another variable, of the same value */
	claim(w, 1, EV_EFI_VARIABLE_BOOT, "value", data, n);
	extend(w, 1, "value");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_string_equal(trusted(w, 1), "\"value 76616c7565\"");
	assert_string_equal(trusted(w, 2), "\"value 76616c7565\"");
	world_free(w);
}

static void a_word_nobody_measured_is_not_trusted(void **state)
{
	struct world *w = world_new(state);

	begin_tpm(w);
	claim(w, 8, EV_IPL, "init=/bin/sh", "kernel_cmdline: init=/bin/sh", 29);
	extend(w, 8, "init=/bin/sh");
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_string_equal(trusted(w, 1), "\"init=/bin/sh\"");
	world_free(w);
}

/* Promise 5: what real logs always keep costs the register its "verified". */
static void a_changed_command_line_costs_verified(void **state)
{
	struct world *w = world_new(state);
	uint8_t data[64];
	size_t n = variable(data, "other");

	begin_tpm(w);
	extend(w, 8, "ro lockdown");
	claim(w, 8, EV_IPL, "ro lockdown", "kernel_cmdline: rw lockdown", 28);
	extend(w, 1, "value");
	claim(w, 1, EV_EFI_VARIABLE_BOOT, "value", data, n);
	assert_code(verify(w), TSMMR_VERDICT_INCOMPLETE);
	assert_string_equal(gaps_of(w, "pcr8"), "data-mismatch");
	assert_string_equal(gaps_of(w, "pcr1"), "data-mismatch");
	world_free(w);
}

/* Promise 5: what some firmware does is said, and costs nothing. */
static void a_broken_firm_rule_is_said(void **state)
{
	struct world *w = world_new(state);
	char summary[512];

	begin_tpm(w);
	extend(w, 0, "1.0");
	claim(w, 0, EV_S_CRTM_VERSION, "1.0", "2.0", 3);
	assert_code(verify(w), TSMMR_VERDICT_VERIFIED);
	assert_true(found(w, "TEXT_DIFFERS"));
	assert_true(tsmmr_report_summary(w->report, summary, sizeof(summary)) > 0);
	assert_non_null(strstr(summary, " · 1 text differs from its digest"));
	world_free(w);
}

/* Rule 25: GRUB's word is not measured, its text is, without the NUL. */
static void grub_measures_what_follows_its_word(void **state)
{
	static const char text[] = "grub_cmd: linux /vmlinuz";
	struct world *w = world_new(state);
	const char *rule;

	begin_tpm(w);
	claim(w, 8, EV_IPL, "linux /vmlinuz", text, sizeof(text));
	claim(w, 8, EV_IPL, "linux /other", text, sizeof(text));
	assert_code(read_logs(w), 0);
	assert_int_equal(tsmmr_event_binding(tsmmr_log_get(w->parsed[0], 1), &rule),
			 TSMMR_BINDING_BOUND);
	assert_string_equal(rule, "GRUB_TEXT");
	assert_int_equal(tsmmr_event_binding(tsmmr_log_get(w->parsed[0], 2), &rule),
			 TSMMR_BINDING_MISMATCH);
	world_free(w);
}

/*
 * Rule 26, GHSA-hcm6-rjfh-f25p and trustee ccel/boot_services_app.rs: a device path of
 * many nodes is no recursion.
 */
static void device_paths_end(void **state)
{
	struct world *w = world_new(state);
	static uint8_t image[32 + 60000] = { [24] = 0x60, [25] = 0xea };
	char text[4096];

	for (size_t i = 0; i < 60000; i += 4)
		memcpy(image + 32 + i, "\1\1\4\0", 4);
	begin_tpm(w);
	claim(w, 4, 0x80000003u, "a", image, sizeof(image));
	assert_code(read_logs(w), 0);
	assert_true(tsmmr_event_text(tsmmr_log_get(w->parsed[0], 1), text, sizeof(text)) > 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_first_event_is_no_spec_id),
		cmocka_unit_test(bytes_behind_the_spec_id_are_told),
		cmocka_unit_test(no_action_extends_nothing),
		cmocka_unit_test(a_late_locality_alters_nothing),
		cmocka_unit_test(a_second_locality_alters_nothing),
		cmocka_unit_test(a_locality_no_tpm_has_alters_nothing),
		cmocka_unit_test(an_hcrtm_starts_at_four),
		cmocka_unit_test(drtm_registers_start_with_ones),
		cmocka_unit_test(folded_records_are_refused),
		cmocka_unit_test(a_known_algorithm_keeps_its_size),
		cmocka_unit_test(an_undeclared_digest_is_no_bank),
		cmocka_unit_test(a_missing_digest_is_a_gap),
		cmocka_unit_test(one_bank_does_not_vouch_for_another),
		cmocka_unit_test(a_bank_without_records_is_not_verified),
		cmocka_unit_test(a_number_no_register_has_is_refused),
		cmocka_unit_test(a_record_of_no_register_extends_none),
		cmocka_unit_test(a_number_of_ones_is_not_the_end),
		cmocka_unit_test(what_follows_the_end_is_told),
		cmocka_unit_test(a_prefix_is_not_the_whole),
		cmocka_unit_test(lost_exit_boot_services_are_a_mismatch),
		cmocka_unit_test(a_separator_with_other_text_costs_verified),
		cmocka_unit_test(a_second_separator_is_told),
		cmocka_unit_test(a_relabelled_separator_is_one),
		cmocka_unit_test(without_a_separator_nothing_is_before_it),
		cmocka_unit_test(a_name_nobody_measured_is_not_trusted),
		cmocka_unit_test(a_word_nobody_measured_is_not_trusted),
		cmocka_unit_test(a_changed_command_line_costs_verified),
		cmocka_unit_test(a_broken_firm_rule_is_said),
		cmocka_unit_test(unbound_data_is_never_trusted),
		cmocka_unit_test(a_relabelled_event_is_not_trusted),
		cmocka_unit_test(bound_text_of_a_mismatch_is_not_trusted),
		cmocka_unit_test(boot_variables_bind_either_way),
		cmocka_unit_test(grub_measures_what_follows_its_word),
		cmocka_unit_test(device_paths_end),
	};

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
