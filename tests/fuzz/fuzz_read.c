/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a log, by one reader: each event, and what is said of it. */
#include "logs.h"

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
	fuzz_check_text(text, (size_t)n);
	free(text);

	bound = tsmmr_event_binding(e, &rule);
	PROMISE(bound >= 0 && (bound == TSMMR_BINDING_UNBOUND) == !rule);
	PROMISE(tsmmr_event_export_json(e, 0, &json, &len, &err) == 0);
	fuzz_take_json(json, len);
}

#define DESCRIBED_MAX 100 /* events: more of them are not other, only slower */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	size_t reader = fuzz_reader(&data, &size);
	const struct tsmmr_event *e;
	struct tsmmr_stream *s;
	uint64_t records = 0;
	int r = tsmmr_stream_open_mem(fuzz_ctx(), fuzz_input(reader), data, size, &s, &err);

	if (r < 0) {
		fuzz_check_error(r, &err);
		return 0;
	}
	while ((r = tsmmr_stream_next(s, &e, &err)) > 0) {
		PROMISE(tsmmr_event_record(e) == records++);
		if (records <= DESCRIBED_MAX)
			describe(e);
	}
	if (r < 0) {
		fuzz_check_error(r, &err);
		PROMISE(err.record == TSMMR_NONE || err.record == records);
		PROMISE(err.offset == TSMMR_NONE || err.offset <= size);
	}
	for (size_t i = 0; i < tsmmr_stream_finding_count(s); i++) {
		const struct tsmmr_finding *f = tsmmr_stream_finding(s, i);
		const char *id = tsmmr_finding_id(f), *said = tsmmr_finding_text(f);

		PROMISE(tsmmr_name(TSMMR_NAMES_SEVERITY, tsmmr_finding_severity(f)));
		PROMISE(id && *id && said);
		fuzz_check_text(said, strlen(said));
	}
	tsmmr_stream_free(s);
	return 0;
}
