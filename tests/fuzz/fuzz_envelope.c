/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an envelope: cut into parts, and put together as evidence. */
#include "logs.h"

#include "envelope/envelope.h"

/* 0, or what is wrong with it.  What is in its parts is opened in turn. */
static int cut(struct span s, int deep)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct envelope env = { 0 };
	int r = envelope_open(s, &env, &err);

	if (r < 0) {
		/* Of what is none, whoever asked says what it is. */
		if (r != TSMMR_E_FORMAT)
			fuzz_check_error(r, &err);
		return r;
	}
	PROMISE(env.kind && env.n <= ENVELOPE_PARTS_MAX);
	for (size_t i = 0; i < env.n; i++) {
		struct envelope_part *part = &env.parts[i];

		PROMISE(part->n <= ENVELOPE_BYTES && (part->p || !part->n));
		PROMISE(part->part == ENVELOPE_LOG || tsmmr_name(TSMMR_NAMES_PART, part->part));
		if (part->part == ENVELOPE_LOG)
			PROMISE(tsmmr_name(TSMMR_NAMES_FORMAT, part->format));
		else if (deep < ENVELOPES_DEEP)
			cut(span_of(part->p, part->n), deep + 1);
	}
	envelope_done(&env);
	return 0;
}

/* A log that came along is read as it says. */
static void read_log(const struct tsmmr_evidence *ev, size_t i)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_log *log;
	const uint8_t *p;
	const char *reg;
	int format;
	size_t n;

	PROMISE(tsmmr_evidence_log(ev, i, &format, &reg, &p, &n) == 0 && (p || !n));
	if (parse_as(fuzz_ctx(), format, TSMMR_PLATFORM_AUTO, reg, p, n, &log, &err) == 0)
		tsmmr_log_free(log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_evidence *ev;
	int r = cut(span_of(data, size), 1), added;

	PROMISE(tsmmr_evidence_new(fuzz_ctx(), &ev, NULL) == 0);
	added = tsmmr_evidence_add(ev, TSMMR_PART_AUTO, data, size, &err);
	if (added < 0) {
		/* All of it or nothing. */
		fuzz_check_error(added, &err);
		PROMISE(!tsmmr_evidence_part_count(ev) && !tsmmr_evidence_log_count(ev));
		PROMISE(!tsmmr_evidence_envelope(ev, 0));
	}
	if (r == 0 && added == 0)
		PROMISE(tsmmr_evidence_envelope(ev, 0));
	for (size_t i = 0; i < tsmmr_evidence_log_count(ev); i++)
		read_log(ev, i);
	tsmmr_evidence_free(ev);
	return 0;
}
