/* SPDX-License-Identifier: BSD-2-Clause */
/* Any log as a stream, frozen, and as a stream over what was frozen: one log. */
#include "logs.h"

static struct tsmmr_stream *stream_over(const struct tsmmr_log *log)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_stream *s;

	PROMISE(tsmmr_stream_open_log(fuzz_ctx(), log, &s, &err) == 0);
	return s;
}

/* What s is written as; and frees it. */
static uint64_t written(struct tsmmr_stream *s, int format)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	uint8_t *out;
	uint64_t h;
	size_t n;
	int r = tsmmr_stream_export(fuzz_ctx(), s, format, &out, &n, &err);

	if (r < 0) {
		fuzz_check_error(r, &err);
		h = fuzz_mix_text(fuzz_mix(1, &r, sizeof(r)), err.message);
	} else {
		h = fuzz_mix(2, out, n);
		tsmmr_free(out);
	}
	tsmmr_stream_free(s);
	return h;
}

/* What the report says that was made of it, which was freed, or of log. */
static uint64_t reported(struct tsmmr_stream *s, struct tsmmr_log *log)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;
	uint8_t *json;
	uint64_t h;
	size_t n;

	if (s)
		PROMISE(tsmmr_report_new_stream(fuzz_ctx(), &s, 1, NULL, NULL, &report, &err) == 0);
	else
		PROMISE(tsmmr_report_new(fuzz_ctx(), &log, 1, NULL, NULL, &report, &err) == 0);
	PROMISE(tsmmr_report_export_replay_json(report, &json, &n, &err) == 0);
	h = fuzz_mix(1, json, n);
	fuzz_take_json(json, n);
	tsmmr_report_free(report);
	tsmmr_stream_free(s);
	return h;
}

static void check_log(const struct tsmmr_log *log, const struct walked *w)
{
	uint64_t findings = 0;

	PROMISE(w->r == 0 && tsmmr_log_format(log) == w->format);
	PROMISE(tsmmr_log_count(log) == w->n || w->n == WALKED_MAX);
	for (size_t i = 0; i < w->n; i++)
		PROMISE(fuzz_event(tsmmr_log_get(log, i)) == w->events[i]);
	PROMISE(tsmmr_log_finding_count(log) == w->n_findings || w->n == WALKED_MAX);
	for (size_t i = 0; i < tsmmr_log_finding_count(log); i++)
		findings = fuzz_finding(findings, tsmmr_log_finding(log, i));
	PROMISE(findings == w->findings || w->n == WALKED_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int forms[] = { TSMMR_FORMAT_CEL_CBOR_SEQ, TSMMR_FORMAT_CEL_CBOR,
				     TSMMR_FORMAT_CEL_JSON, TSMMR_FORMAT_CEL_TLV };
	static struct walked read, again;
	struct tsmmr_error err = { .size = sizeof(err) };
	size_t reader = fuzz_reader(&data, &size);
	int r, form = forms[size % 4];
	struct tsmmr_stream *s = NULL;
	struct tsmmr_log *log;

	read.err = again.err = err;
	r = tsmmr_stream_open_mem(fuzz_ctx(), fuzz_input(reader), data, size, &s, &read.err);
	fuzz_walk(r, &s, &read);
	r = tsmmr_log_parse_borrow(fuzz_ctx(), fuzz_input(reader), data, size, &log, &err);
	if (r < 0) {
		PROMISE(read.r == r || read.n == WALKED_MAX);
		if (read.n < WALKED_MAX)
			fuzz_same_error(&err, &read.err);
		return 0;
	}
	check_log(log, &read);
	s = stream_over(log);
	fuzz_walk(0, &s, &again);
	again.format = read.format;
	fuzz_same(&read, &again);
	PROMISE(written(fuzz_stream(reader, data, size), form) == written(stream_over(log), form));
	PROMISE(reported(fuzz_stream(reader, data, size), NULL) == reported(NULL, log));
	tsmmr_log_free(log);
	return 0;
}
