/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a log: which reader they are for, and what it makes of them. */
#pragma once

#include <string.h>

#include "check.h"

static const struct {
	int format, platform;
	const char *reg;
} fuzz_readers[16] = {
	{ TSMMR_FORMAT_AUTO, TSMMR_PLATFORM_AUTO, NULL },
	{ TSMMR_FORMAT_TCG2, TSMMR_PLATFORM_AUTO, NULL },
	{ TSMMR_FORMAT_TCG1, TSMMR_PLATFORM_AUTO, NULL },
	{ TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_CCA, NULL },
	{ TSMMR_FORMAT_TEXT, TSMMR_PLATFORM_AUTO, "rtmr3" },
	{ TSMMR_FORMAT_TEXT, TSMMR_PLATFORM_AUTO, "acme/mr:sha256" },
	{ TSMMR_FORMAT_IMA, TSMMR_PLATFORM_AUTO, NULL },
	{ TSMMR_FORMAT_IMA_ASCII, TSMMR_PLATFORM_AUTO, "pcr10" },
	{ TSMMR_FORMAT_CEL_CBOR, TSMMR_PLATFORM_AUTO, NULL },
	{ TSMMR_FORMAT_CEL_JSON, TSMMR_PLATFORM_AUTO, NULL },
	{ TSMMR_FORMAT_CEL_TLV, TSMMR_PLATFORM_AUTO, NULL },
	{ TSMMR_FORMAT_SYSTEMD, TSMMR_PLATFORM_AUTO, NULL },
	{ TSMMR_FORMAT_DSTACK, TSMMR_PLATFORM_AUTO, NULL },
	{ TSMMR_FORMAT_AAEL, TSMMR_PLATFORM_AUTO, "rtmr2" },
	{ TSMMR_FORMAT_EIF, TSMMR_PLATFORM_AUTO, NULL },
	{ TSMMR_FORMAT_REALM, TSMMR_PLATFORM_AUTO, NULL },
};

/* The reader that *p begins with, which is taken off. */
static inline size_t fuzz_reader(const uint8_t **p, size_t *n)
{
	size_t reader;

	if (!*n || **p < READER_FIRST)
		return 0;
	reader = (size_t)(**p - READER_FIRST);
	++*p;
	--*n;
	return reader;
}

/* Made once: what is measured here is reading. */
static inline const struct tsmmr_input *fuzz_input(size_t reader)
{
	static struct tsmmr_input *made[16];

	if (!made[reader])
		PROMISE(input_as(fuzz_readers[reader].format, fuzz_readers[reader].platform,
				 fuzz_readers[reader].reg, &made[reader], NULL) == 0);
	return made[reader];
}

/* The whole input as one log, by the reader that it names.  NULL where that refuses it. */
static inline struct tsmmr_log *fuzz_log(const uint8_t *data, size_t size)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_log *log;
	size_t reader = fuzz_reader(&data, &size);
	int r = tsmmr_log_parse_borrow(fuzz_ctx(), fuzz_input(reader), data, size, &log, &err);

	if (r == 0)
		return log;
	fuzz_check_error(r, &err);
	return NULL;
}

/* A stream of bytes of which that reader made a log before. */
static inline struct tsmmr_stream *fuzz_stream(size_t reader, const uint8_t *p, size_t n)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_stream *s;

	PROMISE(tsmmr_stream_open_mem(fuzz_ctx(), fuzz_input(reader), p, n, &s, &err) == 0);
	return s;
}

/*
 * Another digit in the first value of a report's JSON that the log itself does not give: that of a
 * virtual register is not read as one by hand.  Whether there is one.
 */
static inline bool fuzz_change_value(char *json, size_t n)
{
	char *at = json, *name, *value;

	while ((name = memmem(at, n - (size_t)(at - json), "\"name\":\"", 8))) {
		name += 8;
		at = strchr(name, '"');
		value = strstr(at, "\"value\":");
		if (memchr(name, '/', (size_t)(at - name)) || !value || value[8] != '"')
			continue;
		value[9] = value[9] == '0' ? '1' : '0';
		return true;
	}
	return false;
}

#define FNV_PRIME UINT64_C(0x100000001b3)

static inline uint64_t fuzz_mix(uint64_t h, const void *p, size_t n)
{
	const uint8_t *bytes = p;

	h = (h ^ n) * FNV_PRIME;
	for (size_t i = 0; i < n; i++)
		h = (h ^ bytes[i]) * FNV_PRIME;
	return h;
}

static inline uint64_t fuzz_mix_text(uint64_t h, const char *text)
{
	return text ? fuzz_mix(h, text, strlen(text)) : fuzz_mix(h, NULL, 0);
}

/*
 * All that an event says, as one number; not what a stream learns only later, whether a
 * separator came before.
 */
static inline uint64_t fuzz_event(const struct tsmmr_event *e)
{
	const uint64_t numbers[] = {
		tsmmr_event_log(e),
		tsmmr_event_record(e),
		tsmmr_event_offset(e),
		tsmmr_event_recnum(e),
		tsmmr_event_index(e),
		(uint64_t)tsmmr_event_space(e),
		(uint64_t)tsmmr_event_platform(e),
		tsmmr_event_content(e),
		tsmmr_event_type(e),
		(uint64_t)tsmmr_event_is_measured(e),
	};
	uint64_t h = fuzz_mix(1, numbers, sizeof(numbers));
	const uint8_t *p;
	char text[512];
	size_t n;
	int hash;

	for (size_t i = 0; tsmmr_event_digest(e, i, &hash, &p, &n) == 0; i++)
		h = fuzz_mix(fuzz_mix(h, &hash, sizeof(hash)), p, n);
	PROMISE(tsmmr_event_data(e, &p, &n) == 0 && (p || !n));
	h = fuzz_mix(h, p, n);
	PROMISE(tsmmr_event_text(e, text, sizeof(text)) >= 0);
	h = fuzz_mix_text(h, text);
	h = fuzz_mix_text(h, tsmmr_event_type_name(e));
	return fuzz_mix_text(h, tsmmr_event_register(e));
}

static inline uint64_t fuzz_finding(uint64_t h, const struct tsmmr_finding *f)
{
	const uint64_t numbers[] = { tsmmr_finding_log(f), tsmmr_finding_record(f),
				     tsmmr_finding_offset(f) };

	h = fuzz_mix(h, numbers, sizeof(numbers));
	return fuzz_mix_text(fuzz_mix_text(h, tsmmr_finding_id(f)), tsmmr_finding_text(f));
}

#define WALKED_MAX 1024 /* events: of a longer log the first */

/* A log that was read. */
struct walked {
	size_t n;
	uint64_t events[WALKED_MAX];
	uint64_t findings;
	size_t n_findings;
	int format;
	int r; /* 0, or what opening or reading it failed with */
	struct tsmmr_error err;
};

/* Whoever opened *from returned r, and may be called in the same line. */
static inline void fuzz_walk(int r, struct tsmmr_stream *const *from, struct walked *w)
{
	struct tsmmr_stream *s = *from;
	const struct tsmmr_event *e;

	w->n = w->n_findings = 0;
	w->findings = 0;
	w->format = r < 0 ? 0 : tsmmr_stream_format(s);
	w->r = r;
	if (r < 0)
		return;
	while (w->n < WALKED_MAX && (w->r = tsmmr_stream_next(s, &e, &w->err)) > 0)
		w->events[w->n++] = fuzz_event(e);
	if (w->r > 0)
		w->r = 0;
	w->n_findings = tsmmr_stream_finding_count(s);
	for (size_t i = 0; i < w->n_findings; i++)
		w->findings = fuzz_finding(w->findings, tsmmr_stream_finding(s, i));
	tsmmr_stream_free(s);
}

static inline void fuzz_same_error(const struct tsmmr_error *a, const struct tsmmr_error *b)
{
	PROMISE(a->code == b->code && a->detail == b->detail && a->os_errno == b->os_errno);
	PROMISE(a->log == b->log && a->record == b->record && a->offset == b->offset);
	PROMISE(!strcmp(a->message, b->message));
}

/* The same events, the same findings, the same end. */
static inline void fuzz_same(const struct walked *a, const struct walked *b)
{
	PROMISE(a->format == b->format && a->r == b->r);
	PROMISE(a->n == b->n && !memcmp(a->events, b->events, a->n * sizeof(a->events[0])));
	PROMISE(a->n_findings == b->n_findings && a->findings == b->findings);
	if (a->r < 0)
		fuzz_same_error(&a->err, &b->err);
}
