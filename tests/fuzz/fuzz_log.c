/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a log, by every reader: decode, describe, bind, replay, write. */
#include "fuzz.h"

#include <string.h>

/* Valid UTF-8, one line, nothing that moves a cursor. */
static void check_text(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)text[i];
		size_t more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

		PROMISE(c >= 0x20 && c != 0x7f && (c < 0x80 || (c >= 0xc2 && c <= 0xf4)));
		PROMISE(!(c == 0xc2 && (uint8_t)text[i + 1] < 0xa0)); /* C1 controls */
		PROMISE(n - i > more);
		while (more--)
			PROMISE(((uint8_t)text[++i] & 0xc0) == 0x80);
	}
}

static void check_json(const uint8_t *json, size_t n)
{
	int depth = 0, in_string = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = json[i];

		PROMISE(c >= 0x20);
		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string)
			depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		PROMISE(depth >= 0 && (depth || i + 1 == n));
	}
	PROMISE(!in_string && depth == 0 && n);
}

static void describe(const struct tsmmr_event *e)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	const char *rule = NULL;
	char small[32], *text;
	uint8_t *json;
	size_t len;
	int n, bound;

	n = tsmmr_event_text(e, small, sizeof(small));
	PROMISE(n >= 0 && strlen(small) < sizeof(small));
	text = malloc((size_t)n + 1);
	PROMISE(text && tsmmr_event_text(e, text, (size_t)n + 1) == n);
	PROMISE(strlen(text) == (size_t)n);
	check_text(text, (size_t)n);
	free(text);

	bound = tsmmr_event_binding(e, &rule);
	PROMISE(bound >= 0 && (bound == TSMMR_BINDING_UNBOUND) == !rule);
	PROMISE(tsmmr_event_export_json(e, 0, &json, &len, &err) == 0);
	check_json(json, len);
	tsmmr_free(json);
}

static void write_as(const struct tsmmr_log *log, int format)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	uint8_t *out;
	size_t n;

	PROMISE(tsmmr_log_export(fuzz_ctx(), log, format, &out, &n, &err) == 0);
	for (size_t i = 0; i < n; i++)
		PROMISE(out[i] >= 0x20 || out[i] == '\n');
	tsmmr_free(out);
}

/* With its own values a log is never a mismatch; with others never verified. */
static void hold_against_itself(struct tsmmr_log *log, const struct tsmmr_report *replay)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;
	struct tsmmr_regs *regs;
	uint8_t *json;
	size_t n;
	int r;

	if (!tsmmr_report_count(replay))
		return;
	PROMISE(tsmmr_report_export_replay_json(replay, &json, &n, &err) == 0);
	check_json(json, n);
	r = tsmmr_regs_from_values(fuzz_ctx(), TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO, (char *)json,
				   n, &regs, &err);
	tsmmr_free(json);
	if (r < 0) {
		/* A CC register has one bank; the log may claim another, or a virtual one. */
		int cc = 0;

		for (size_t i = 0; i < tsmmr_report_count(replay); i++)
			cc |= tsmmr_reg_space(tsmmr_report_reg(replay, i)) == TSMMR_SPACE_CC_MR;
		PROMISE(r == TSMMR_E_ARG && cc);
		return;
	}
	PROMISE(tsmmr_report_new(fuzz_ctx(), &log, 1, regs, NULL, &report, &err) == 0);
	PROMISE(tsmmr_report_verdict(report) != TSMMR_VERDICT_MISMATCH);
	PROMISE(tsmmr_report_export_verify_json(report, NULL, &log, 1, &json, &n, &err) == 0);
	check_json(json, n);
	tsmmr_free(json);
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
}

#define EXPLAINED_MAX 100 /* events: more of them are not other, only slower */

/* With another value for the first register there is something to explain. */
static void explain(struct tsmmr_log *log, const struct tsmmr_report *replay)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;
	struct tsmmr_explain *x;
	struct tsmmr_regs *regs;
	uint8_t *json;
	char *value;
	size_t n;
	int r;

	if (!tsmmr_report_count(replay) || tsmmr_log_count(log) > EXPLAINED_MAX)
		return;
	PROMISE(tsmmr_report_export_replay_json(replay, &json, &n, &err) == 0);
	value = memmem(json, n, "\"value\":\"", 9);
	if (!value) { /* of a launch whose images were not given */
		tsmmr_free(json);
		return;
	}
	value[9] = value[9] == '0' ? '1' : '0';
	r = tsmmr_regs_from_values(fuzz_ctx(), TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO, (char *)json,
				   n, &regs, &err);
	tsmmr_free(json);
	if (r < 0)
		return;
	PROMISE(tsmmr_report_new(fuzz_ctx(), &log, 1, regs, NULL, &report, &err) == 0);
	PROMISE(tsmmr_explain_new(fuzz_ctx(), report, &log, 1, log, &x, &err) == 0);
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const char *text = tsmmr_explain_text(x, i);

		PROMISE(!text == !tsmmr_explain_hypothesis_count(x, i));
		PROMISE(tsmmr_report_status(report, i) != TSMMR_STATUS_MISMATCH || text);
		if (text)
			check_text(text, strlen(text));
	}
	PROMISE(tsmmr_report_export_verify_json(report, x, NULL, 0, &json, &n, &err) == 0);
	check_json(json, n);
	tsmmr_free(json);
	tsmmr_explain_free(x);
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
}

static void replay(struct tsmmr_log *log)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;
	char text[200];

	PROMISE(tsmmr_report_new(fuzz_ctx(), &log, 1, NULL, NULL, &report, &err) == 0);
	PROMISE(tsmmr_report_verdict(report) == TSMMR_VERDICT_INCOMPLETE);
	PROMISE(tsmmr_report_summary(report, text, sizeof(text)) > 0);
	for (size_t i = 0; i < tsmmr_report_finding_count(report); i++) {
		const struct tsmmr_finding *f = tsmmr_report_finding(report, i);
		const char *id = tsmmr_finding_id(f), *said = tsmmr_finding_text(f);

		PROMISE(tsmmr_name(TSMMR_NAMES_SEVERITY, tsmmr_finding_severity(f)));
		PROMISE(id && *id && said);
		check_text(said, strlen(said));
	}
	hold_against_itself(log, report);
	explain(log, report);
	tsmmr_report_free(report);
}

/* What every register of the log comes to, one behind the other. */
static size_t values_of(struct tsmmr_log *log, uint8_t *out, size_t size)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;
	size_t used = 0;

	PROMISE(tsmmr_report_new(fuzz_ctx(), &log, 1, NULL, NULL, &report, &err) == 0);
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const uint8_t *value;
		size_t n;

		if (tsmmr_report_replayed(report, i, &value, &n) < 0 || used + n > size)
			continue;
		memcpy(out + used, value, n);
		used += n;
	}
	tsmmr_report_free(report);
	return used;
}

/*
 * A log that can be said in CEL comes back from it, replays to the same, and gives the
 * same bytes when it is written again.
 */
static void through_cel(struct tsmmr_log *log, int written, int read)
{
	static uint8_t before[1 << 16], after[1 << 16];
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_log *back;
	uint8_t *one, *two;
	size_t n, m, used;
	int r;

	if (!tsmmr_log_count(log))
		return;
	r = tsmmr_log_export(fuzz_ctx(), log, written, &one, &n, &err);
	if (r < 0) {
		PROMISE(r == TSMMR_E_UNSUPPORTED || r == TSMMR_E_LIMIT);
		return;
	}
	/* All of it may have been what CEL has no number for. */
	r = n < 4 ? TSMMR_E_FORMAT :
		    parse_as(fuzz_ctx(), read, tsmmr_event_platform(tsmmr_log_get(log, 0)), NULL,
			     one, n, &back, &err);
	if (n >= 4) {
		PROMISE(r == 0);
		PROMISE(tsmmr_log_export(fuzz_ctx(), back, written, &two, &m, &err) == 0);
		PROMISE(m == n && memcmp(one, two, n) == 0);
		used = values_of(log, before, sizeof(before));
		PROMISE(values_of(back, after, sizeof(after)) == used);
		PROMISE(memcmp(before, after, used) == 0);
		tsmmr_free(two);
		tsmmr_log_free(back);
	}
	tsmmr_free(one);
}

static void read_as(int format, const char *reg, const uint8_t *data, size_t size)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	struct tsmmr_log *log;
	uint64_t records = 0;
	int r;

	r = parse_borrow_as(fuzz_ctx(), format, TSMMR_PLATFORM_AUTO, reg, data, size, &log, &err);
	if (r < 0) {
		fuzz_check_error(r, &err);
		PROMISE(err.offset == TSMMR_NONE || err.offset <= size);

		/* A stream gives the records before the place, then the same error. */
		r = open_mem_as(fuzz_ctx(), format, TSMMR_PLATFORM_AUTO, reg, data, size, &s, &err);
		if (r < 0)
			return;
		while ((r = tsmmr_stream_next(s, &e, &err)) > 0)
			PROMISE(tsmmr_event_record(e) == records++);
		fuzz_check_error(r, &err);
		PROMISE(err.record == TSMMR_NONE || err.record == records);
		tsmmr_stream_free(s);
		return;
	}

	for (size_t i = 0; i < tsmmr_log_count(log) && i < 200; i++)
		describe(tsmmr_log_get(log, i));
	replay(log);
	write_as(log, TSMMR_FORMAT_JSONL);
	write_as(log, TSMMR_FORMAT_TPM2_YAML);
	through_cel(log, TSMMR_FORMAT_CEL_CBOR, TSMMR_FORMAT_CEL_CBOR);
	through_cel(log, TSMMR_FORMAT_CEL_CBOR_SEQ, TSMMR_FORMAT_CEL_CBOR);
	through_cel(log, TSMMR_FORMAT_CEL_JSON, TSMMR_FORMAT_CEL_JSON);
	through_cel(log, TSMMR_FORMAT_CEL_TLV, TSMMR_FORMAT_CEL_TLV);
	tsmmr_log_free(log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(TSMMR_FORMAT_AUTO, NULL, data, size);
	read_as(TSMMR_FORMAT_TCG2, NULL, data, size);
	read_as(TSMMR_FORMAT_TCG1, NULL, data, size);
	read_as(TSMMR_FORMAT_CCEL, NULL, data, size);
	read_as(TSMMR_FORMAT_TEXT, "rtmr3", data, size);
	read_as(TSMMR_FORMAT_IMA, NULL, data, size);
	read_as(TSMMR_FORMAT_IMA_ASCII, "pcr10", data, size);
	read_as(TSMMR_FORMAT_CEL_CBOR, NULL, data, size);
	read_as(TSMMR_FORMAT_CEL_JSON, NULL, data, size);
	read_as(TSMMR_FORMAT_CEL_TLV, NULL, data, size);
	read_as(TSMMR_FORMAT_SYSTEMD, NULL, data, size);
	read_as(TSMMR_FORMAT_DSTACK, NULL, data, size);
	return 0;
}
