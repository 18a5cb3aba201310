/* SPDX-License-Identifier: BSD-2-Clause */
/* Any log in every form that is written: what can be read comes back. */
#include "logs.h"

#include "format/tcg2.h"

/* What every register of the log comes to. */
static uint64_t values_of(struct tsmmr_log *log)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;
	uint64_t h = 0;

	PROMISE(tsmmr_report_new(fuzz_ctx(), &log, 1, NULL, NULL, &report, &err) == 0);
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const uint8_t *value;
		size_t n;

		if (tsmmr_report_replayed(report, i, &value, &n) == 0)
			h = fuzz_mix(h, value, n);
	}
	tsmmr_report_free(report);
	return h;
}

/*
 * A log that can be said in CEL comes back from it, replays to the same, and gives the
 * same bytes when it is written again.
 */
static void through_cel(struct tsmmr_log *log, uint64_t values, int written, int read)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_log *back;
	uint8_t *one, *two;
	size_t n, m;
	int r = tsmmr_log_export(fuzz_ctx(), log, written, &one, &n, &err);

	if (r < 0) {
		PROMISE(r == TSMMR_E_UNSUPPORTED || r == TSMMR_E_LIMIT);
		fuzz_check_error(r, &err);
		return;
	}
	/* All of it may have been what CEL has no number for. */
	if (n >= 4) {
		PROMISE(parse_as(fuzz_ctx(), read, tsmmr_event_platform(tsmmr_log_get(log, 0)),
				 NULL, one, n, &back, &err) == 0);
		PROMISE(tsmmr_log_export(fuzz_ctx(), back, written, &two, &m, &err) == 0);
		PROMISE(m == n && memcmp(one, two, n) == 0);
		PROMISE(values_of(back) == values);
		tsmmr_free(two);
		tsmmr_log_free(back);
	}
	tsmmr_free(one);
}

/* Lines of JSON, and YAML of which only this is looked at. */
static void as_lines(const struct tsmmr_log *log, int format)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	uint8_t *out;
	size_t n;

	PROMISE(tsmmr_log_export(fuzz_ctx(), log, format, &out, &n, &err) == 0);
	for (size_t at = 0, len; at < n; at += len + 1) {
		const uint8_t *end = memchr(out + at, '\n', n - at);

		PROMISE(end);
		len = (size_t)(end - out) - at;
		fuzz_check_text((char *)out + at, len);
	}
	tsmmr_free(out);
}

static bool has_bare_separator(const struct tsmmr_log *log)
{
	const uint8_t *p;
	size_t n;

	for (size_t i = 0; i < tsmmr_log_count(log); i++) {
		const struct tsmmr_event *e = tsmmr_log_get(log, i);

		if (tsmmr_event_type(e) == EV_SEPARATOR && tsmmr_event_data(e, &p, &n) == 0 && !n)
			return true;
	}
	return false;
}

/*
 * With all that it means: steps of a launch are not, a line of the attestation agent's may be
 * taken for the kernel's there, and a separator that has no data is read with those that it has.
 */
static bool is_said_in_cel(const struct tsmmr_log *log, const uint8_t *data, size_t size)
{
	if (!tsmmr_log_count(log))
		return false;
	switch (tsmmr_log_format(log)) {
	case TSMMR_FORMAT_EIF:
	case TSMMR_FORMAT_REALM:
		return false;
	case TSMMR_FORMAT_AAEL:
		return !memmem(data, size, "SYNC", 4);
	default:
		return !has_bare_separator(log);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		int written, read;
	} forms[] = {
		{ TSMMR_FORMAT_CEL_CBOR, TSMMR_FORMAT_CEL_CBOR },
		{ TSMMR_FORMAT_CEL_CBOR_SEQ, TSMMR_FORMAT_CEL_CBOR },
		{ TSMMR_FORMAT_CEL_JSON, TSMMR_FORMAT_CEL_JSON },
		{ TSMMR_FORMAT_CEL_TLV, TSMMR_FORMAT_CEL_TLV },
	};
	struct tsmmr_log *log = fuzz_log(data, size);
	size_t n = is_said_in_cel(log, data, size) ? sizeof(forms) / sizeof(forms[0]) : 0;
	uint64_t values = n ? values_of(log) : 0;

	for (size_t i = 0; i < n; i++)
		through_cel(log, values, forms[i].written, forms[i].read);
	if (log) {
		as_lines(log, TSMMR_FORMAT_JSONL);
		as_lines(log, TSMMR_FORMAT_TPM2_YAML);
	}
	tsmmr_log_free(log);
	return 0;
}
