/* SPDX-License-Identifier: BSD-2-Clause */
/* An answer is about what it was made from: logs and streams that are not that. */
#include "testing.h"

#include <openssl/evp.h>

#define EV_EFI_ACTION 0x80000007u
#define SAID "Exit Boot Services Invocation"
#define FORGED "Exit Boot Services Invocatiom"

/* A log whose one record says what, beside the digest of measured; and RTMR0 after it. */
struct story {
	struct maker m;
	struct tsmmr_log *log;
	char value[128];
};

static void tell(const struct tsmmr_ctx *ctx, struct story *s, const char *measured,
		 const char *says)
{
	struct tsmmr_error err = ERROR_INIT;
	uint8_t both[96] = { 0 };

	s->m.n = 0;
	mk_header(&s->m, 1, TSMMR_HASH_SHA384, 48);
	EVP_Digest(measured, strlen(measured), both + 48, NULL, EVP_sha384(), NULL);
	mk_le(&s->m, 1, 4);
	mk_le(&s->m, EV_EFI_ACTION, 4);
	mk_le(&s->m, 1, 4);
	mk_le(&s->m, TSMMR_HASH_SHA384, 2);
	mk_add(&s->m, both + 48, 48);
	mk_le(&s->m, strlen(says), 4);
	mk_add(&s->m, says, strlen(says));
	EVP_Digest(both, 96, both, NULL, EVP_sha384(), NULL);
	strcpy(s->value, "rtmr0=");
	tohex(both, 48, s->value + 6);
	if (parse_as(ctx, TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, NULL, s->m.bytes, s->m.n, &s->log,
		     &err) < 0)
		fail_msg("%s", err.message);
}

/* What the log claims, and what an adversary would have it say; a report of the first. */
struct scene {
	struct story genuine, forged;
	struct tsmmr_regs *regs;
	struct tsmmr_report *report;
};

static struct scene *scene_new(struct tsmmr_ctx *ctx)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	tell(ctx, &s->genuine, SAID, SAID);
	/* The same digests: it replays to the same value, and says something else. */
	tell(ctx, &s->forged, SAID, FORGED);
	assert_string_equal(s->genuine.value, s->forged.value);
	assert_code(tsmmr_regs_from_values(ctx, 0, 0, s->genuine.value, strlen(s->genuine.value),
					   &s->regs, NULL),
		    0);
	assert_code(tsmmr_report_new(ctx, &s->genuine.log, 1, s->regs, NULL, &s->report, NULL), 0);
	assert_code(tsmmr_report_verdict(s->report), TSMMR_VERDICT_VERIFIED);
	return s;
}

static void scene_free(struct scene *s)
{
	tsmmr_report_free(s->report);
	tsmmr_regs_free(s->regs);
	tsmmr_log_free(s->genuine.log);
	tsmmr_log_free(s->forged.log);
	free(s);
}

/* Promise 11: nothing of another log is shown as proven. */
static void a_forged_log_beside_a_genuine_report(void **state)
{
	struct scene *s = scene_new(*state);
	struct tsmmr_log *twice[] = { s->genuine.log, s->genuine.log };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_explain *x = NULL;
	uint8_t *json = NULL;
	char text[64];
	size_t n = 77;

	assert_code(tsmmr_report_export_verify_json(s->report, NULL, &s->forged.log, 1, &json, &n,
						    &err),
		    TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "not the log"));
	assert_code(tsmmr_report_export_verify_json(s->report, NULL, twice, 2, &json, &n, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_report_event_json(s->report, s->forged.log, 0, 1, &json, &n, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_report_event_json(s->report, s->genuine.log, 1, 1, &json, &n, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_report_event_json(s->report, s->genuine.log, 0, 2, &json, &n, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_report_event_text(s->report, s->forged.log, 0, 1, text, sizeof(text)),
		    TSMMR_E_ARG);
	assert_code(tsmmr_report_event_text(s->report, s->genuine.log, 0, 2, NULL, 0), TSMMR_E_ARG);
	assert_code(tsmmr_explain_new(*state, s->report, &s->forged.log, 1, NULL, &x, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_explain_new(*state, s->report, twice, 2, NULL, &x, &err), TSMMR_E_ARG);
	assert_null(x);

	assert_code(tsmmr_explain_new(*state, s->report, &s->genuine.log, 1, NULL, &x, &err), 0);
	assert_code(tsmmr_report_export_verify_json(s->report, x, &s->forged.log, 1, &json, &n,
						    &err),
		    TSMMR_E_ARG);
	assert_null(json);
	assert_int_equal(n, 77);
	tsmmr_explain_free(x);
	scene_free(s);
}

/* The same records, read again, are the same log; and then it is told what is proven. */
static void the_log_itself_is_told(void **state)
{
	struct scene *s = scene_new(*state);
	struct story again = { .m = { .n = 0 } };
	char text[64];
	uint8_t *json;
	size_t n;

	tell(*state, &again, SAID, SAID);
	assert_code(tsmmr_report_event_json(s->report, again.log, 0, 1, &json, &n, NULL), 0);
	assert_int_equal(strlen((char *)json), n);
	assert_non_null(strstr((char *)json, "\"proven\":true"));
	assert_non_null(strstr((char *)json, "\"trusted_text\":\"" SAID));
	tsmmr_free(json);
	assert_code(tsmmr_report_export_verify_json(s->report, NULL, &again.log, 1, &json, &n,
						    NULL),
		    0);
	assert_non_null(strstr((char *)json, "\"trusted_text\":\"" SAID));
	tsmmr_free(json);
	assert_int_equal(tsmmr_report_event_text(s->report, again.log, 0, 1, text, sizeof(text)),
			 sizeof(SAID) - 1);
	assert_string_equal(text, SAID);
	/* Alone, an event knows nothing of that. */
	assert_code(tsmmr_event_export_json(tsmmr_log_get(again.log, 1), 0, &json, &n, NULL), 0);
	assert_non_null(strstr((char *)json, "\"proven\":null,\"trusted_text\":null"));
	tsmmr_free(json);
	tsmmr_log_free(again.log);
	scene_free(s);
}

/* Whatever of a record is changed makes another log of it. */
static void every_byte_is_part_of_a_log(void **state)
{
	struct scene *s = scene_new(*state);
	struct maker *m = &s->genuine.m;
	size_t refused = 0, other = 0;

	/* Beyond the header, whose record is not in what is replayed but is in the log. */
	for (size_t at = 32; at < m->n; at++) {
		struct tsmmr_log *log;
		uint8_t *json;
		size_t n;

		m->bytes[at] ^= 1;
		if (parse_as(*state, TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, NULL, m->bytes, m->n,
			     &log, NULL) == 0) {
			assert_code(tsmmr_report_event_json(s->report, log, 0, 1, &json, &n, NULL),
				    TSMMR_E_ARG);
			tsmmr_log_free(log);
			other++;
		} else {
			refused++;
		}
		m->bytes[at] ^= 1;
	}
	assert_true(other > 48 + strlen(SAID) && refused > 4);
	scene_free(s);
}

static void the_same_log_twice(void **state)
{
	struct scene *s = scene_new(*state);
	struct story again = { .m = { .n = 0 } };
	struct tsmmr_report *report = NULL;
	struct tsmmr_error err = ERROR_INIT;

	tell(*state, &again, SAID, SAID);
	assert_code(tsmmr_report_new(*state,
				     (struct tsmmr_log *[]){ s->genuine.log, s->genuine.log }, 2,
				     s->regs, NULL, &report, &err),
		    TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "twice"));
	/* A copy is no longer story than the log. */
	assert_code(tsmmr_report_new(*state, (struct tsmmr_log *[]){ s->genuine.log, again.log }, 2,
				     s->regs, NULL, &report, &err),
		    TSMMR_E_ARG);
	assert_null(report);
	assert_code(tsmmr_report_new(*state,
				     (struct tsmmr_log *[]){ s->genuine.log, s->forged.log }, 2,
				     s->regs, NULL, &report, &err),
		    0);
	tsmmr_report_free(report);
	tsmmr_log_free(again.log);
	scene_free(s);
}

static struct tsmmr_stream *stream_of(struct tsmmr_ctx *ctx, const struct maker *m)
{
	struct tsmmr_stream *stream;

	assert_code(open_mem_as(ctx, TSMMR_FORMAT_CCEL, 0, NULL, m->bytes, m->n, &stream, NULL), 0);
	return stream;
}

/* The rest of a stream would pass for the whole; nothing of it for an empty log. */
static void streams_that_were_read_from(void **state)
{
	struct scene *s = scene_new(*state);

	for (size_t read = 0; read < 4; read++) {
		struct tsmmr_stream *stream = stream_of(*state, &s->genuine.m);
		struct tsmmr_report *report = NULL;
		struct tsmmr_error err = ERROR_INIT;
		const struct tsmmr_event *e;

		for (size_t i = 0; i < read; i++)
			assert_int_equal(tsmmr_stream_next(stream, &e, &err), i < 2);
		assert_code(tsmmr_report_new_stream(*state, &stream, 1, s->regs, NULL, &report,
						    &err),
			    read ? TSMMR_E_ARG : 0);
		if (!read) {
			assert_code(tsmmr_report_verdict(report), TSMMR_VERDICT_VERIFIED);
			tsmmr_report_free(report);
			report = NULL;
		}
		/* A report reads to the end: after it there is nothing left for another. */
		assert_code(tsmmr_report_new_stream(*state, &stream, 1, s->regs, NULL, &report,
						    &err),
			    TSMMR_E_ARG);
		assert_null(report);
		tsmmr_stream_free(stream);
	}
	scene_free(s);
}

static void the_same_stream_twice(void **state)
{
	struct scene *s = scene_new(*state);
	struct tsmmr_stream *stream = stream_of(*state, &s->genuine.m);
	struct tsmmr_report *report = NULL;
	struct tsmmr_error err = ERROR_INIT;

	assert_code(tsmmr_report_new_stream(*state, (struct tsmmr_stream *[]){ stream, stream }, 2,
					    s->regs, NULL, &report, &err),
		    TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "twice"));
	assert_null(report);
	/* Nothing was read of it. */
	assert_code(tsmmr_report_new_stream(*state, &stream, 1, s->regs, NULL, &report, &err), 0);
	tsmmr_report_free(report);
	tsmmr_stream_free(stream);
	scene_free(s);
}

/* A stream is gone once it is read: of its events nobody can be shown a proven text. */
static void a_report_of_streams_shows_no_events(void **state)
{
	struct scene *s = scene_new(*state);
	struct tsmmr_stream *stream = stream_of(*state, &s->genuine.m);
	struct tsmmr_report *report;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_explain *x = NULL;
	uint8_t *json = NULL;
	size_t n;

	assert_code(tsmmr_report_new_stream(*state, &stream, 1, s->regs, NULL, &report, &err), 0);
	tsmmr_stream_free(stream);
	assert_int_equal(tsmmr_report_is_event_proven(report, 0, 1), 0);
	assert_code(tsmmr_report_event_json(report, s->genuine.log, 0, 1, &json, &n, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_report_export_verify_json(report, NULL, &s->genuine.log, 1, &json, &n,
						    &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_explain_new(*state, report, &s->genuine.log, 1, NULL, &x, &err),
		    TSMMR_E_ARG);
	assert_code(tsmmr_report_export_verify_json(report, NULL, NULL, 0, &json, &n, &err), 0);
	tsmmr_free(json);
	tsmmr_report_free(report);
	scene_free(s);
}

/* A pass could not say that its records are the report's, so there is none. */
static void a_report_without_a_pass_has_none(void **state)
{
	struct scene *s = scene_new(*state);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report_pass *pass = NULL;
	struct tsmmr_report *reports[2];
	uint8_t *json[2];
	size_t n[2];

	for (size_t i = 0; i < 2; i++) {
		struct tsmmr_stream *first = stream_of(*state, &s->genuine.m);
		struct tsmmr_stream *second = stream_of(*state, &s->genuine.m);

		assert_code(tsmmr_ctx_set_flags(*state, i ? TSMMR_CTX_NO_PASS : 0, &err), 0);
		assert_code(tsmmr_report_new_stream(*state, &first, 1, s->regs, NULL, &reports[i],
						    &err),
			    0);
		assert_code(tsmmr_report_pass_new(reports[i], &second, 1, &pass, &err),
			    i ? TSMMR_E_ARG : 0);
		assert_code(tsmmr_report_export_verify_json(reports[i], NULL, NULL, 0, &json[i],
							    &n[i], &err),
			    0);
		tsmmr_report_pass_free(pass);
		pass = NULL;
		tsmmr_stream_free(first);
		tsmmr_stream_free(second);
	}
	/* But for that they are the same. */
	assert_int_equal(n[0], n[1]);
	assert_memory_equal(json[0], json[1], n[0]);
	for (size_t i = 0; i < 2; i++) {
		tsmmr_free(json[i]);
		tsmmr_report_free(reports[i]);
	}
	assert_code(tsmmr_ctx_set_flags(*state, 0, &err), 0);
	scene_free(s);
}

/* The pass over a report of streams: 0 at the end only where all was the report's. */
static void a_second_pass_is_of_the_same_records(void **state)
{
	struct scene *s = scene_new(*state);
	struct story *const stories[] = { &s->genuine, &s->forged };
	struct tsmmr_error err = ERROR_INIT;

	for (size_t i = 0; i < 4; i++) {
		/* A report of a stream, and one of the frozen log. */
		struct tsmmr_stream *first = stream_of(*state, &s->genuine.m);
		struct tsmmr_stream *second = stream_of(*state, &stories[i % 2]->m);
		struct tsmmr_report_pass *pass = NULL;
		const struct tsmmr_event *e = NULL;
		struct tsmmr_report *report;
		uint8_t *json, *want;
		size_t n, n_want;
		uint64_t log = 77;
		int proven = 77;

		if (i < 2)
			assert_code(tsmmr_report_new_stream(*state, &first, 1, s->regs, NULL,
							    &report, &err),
				    0);
		else
			assert_code(tsmmr_report_new(*state, &s->genuine.log, 1, s->regs, NULL,
						     &report, &err),
				    0);
		assert_code(tsmmr_report_pass_new(report, &second, 1, &pass, &err), 0);
		tsmmr_report_free(report);
		assert_code(tsmmr_report_pass_event_json(pass, &json, &n, &err), TSMMR_E_ARG);
		assert_int_equal(tsmmr_report_pass_next(pass, &e, &log, &proven, &err), 1);
		assert_int_equal(log, 0);
		assert_int_equal(proven, 0);
		assert_int_equal(tsmmr_event_record(e), 0);
		assert_int_equal(tsmmr_report_pass_next(pass, NULL, NULL, &proven, &err), 1);
		assert_int_equal(proven, 1);
		if (i % 2 == 0) {
			assert_code(tsmmr_report_pass_event_json(pass, &json, &n, &err), 0);
			assert_code(tsmmr_report_event_json(s->report, s->genuine.log, 0, 1, &want,
							    &n_want, &err),
				    0);
			assert_non_null(memmem(json, n, "\"trusted_text\":\"", 16));
			/* A separator to come, too: the report knows of it. */
			assert_int_equal(n, n_want);
			assert_memory_equal(json, want, n);
			tsmmr_free(json);
			tsmmr_free(want);
		}
		for (int again = 0; again < 2; again++) {
			proven = 77;
			assert_code(tsmmr_report_pass_next(pass, &e, &log, &proven, &err),
				    i % 2 ? TSMMR_E_ARG : 0);
			assert_int_equal(proven, 77);
		}
		if (i % 2) {
			assert_int_equal(err.log, 0);
			assert_non_null(strstr(err.message, "not the log"));
		}
		assert_code(tsmmr_report_pass_event_json(pass, &json, &n, &err), TSMMR_E_ARG);
		tsmmr_report_pass_free(pass);
		tsmmr_stream_free(first);
		tsmmr_stream_free(second);
	}
	scene_free(s);
}

/* A log that is longer or shorter, cut, or read already; two for one. */
static void a_second_pass_of_something_else(void **state)
{
	struct scene *s = scene_new(*state);
	struct tsmmr_stream *stream = stream_of(*state, &s->genuine.m);
	struct tsmmr_stream *two[2] = { stream, NULL };
	struct tsmmr_report_pass *pass = NULL;
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_event *e;
	struct maker m;

	assert_code(tsmmr_report_pass_new(NULL, &stream, 1, &pass, &err), TSMMR_E_ARG);
	assert_code(tsmmr_report_pass_new(s->report, NULL, 1, &pass, &err), TSMMR_E_ARG);
	assert_code(tsmmr_report_pass_new(s->report, &stream, 1, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_report_pass_new(s->report, two, 2, &pass, &err), TSMMR_E_ARG);
	two[1] = stream;
	assert_code(tsmmr_report_pass_new(s->report, two, 2, &pass, &err), TSMMR_E_ARG);
	two[1] = stream_of(*state, &s->genuine.m);
	assert_code(tsmmr_report_pass_new(s->report, two, 2, &pass, &err), TSMMR_E_ARG);
	tsmmr_stream_free(two[1]);
	assert_code(tsmmr_report_pass_new(s->report, NULL, 0, &pass, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_stream_next(stream, &e, &err), 1);
	assert_code(tsmmr_report_pass_new(s->report, &stream, 1, &pass, &err), TSMMR_E_ARG);
	tsmmr_stream_free(stream);
	assert_null(pass);
	assert_code(tsmmr_report_pass_next(NULL, &e, NULL, NULL, &err), TSMMR_E_ARG);
	tsmmr_report_pass_free(NULL);

	/* One record more, or one that ends in the middle. */
	m = s->genuine.m;
	mk_add(&m, s->genuine.m.bytes + s->genuine.m.n - 95, 95);
	for (int i = 0; i < 2; i++) {
		int r;

		m.n -= i ? 95 + 1 : 0;
		stream = stream_of(*state, &m);
		assert_code(tsmmr_report_pass_new(s->report, &stream, 1, &pass, &err), 0);
		while ((r = tsmmr_report_pass_next(pass, NULL, NULL, NULL, &err)) > 0)
			;
		if (r == 0 || r != (i ? TSMMR_E_TRUNCATED : TSMMR_E_ARG))
			fail_msg("%d: %d %s", i, r, err.message);
		tsmmr_report_pass_free(pass);
		tsmmr_stream_free(stream);
	}
	scene_free(s);
}

/* Twice from one stream, of a file's bytes or a pipe's. */
static void a_stream_is_read_once_more(void **state)
{
	struct scene *s = scene_new(*state);
	const struct maker *m = &s->genuine.m;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_explain *x = NULL;

	for (int kept = 0; kept < 2; kept++) {
		struct tsmmr_input *input = NULL;
		struct tsmmr_report_pass *pass;
		const struct tsmmr_event *e;
		struct tsmmr_report *report;
		struct tsmmr_stream *stream;
		int fds[2], r, n = 0;

		assert_int_equal(pipe(fds), 0);
		assert_int_equal(write(fds[1], m->bytes, m->n), m->n);
		close(fds[1]);
		assert_code(input_as(TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_TDX, NULL, &input, &err), 0);
		assert_code(tsmmr_stream_open_fd(*state, input, fds[0], &stream, &err), 0);
		tsmmr_input_free(input);
		if (kept)
			assert_code(tsmmr_stream_keep(stream, &err), 0);
		assert_code(tsmmr_report_new_stream(*state, &stream, 1, s->regs, NULL, &report,
						    &err),
			    0);
		assert_code(tsmmr_stream_keep(stream, &err), TSMMR_E_ARG);
		assert_code(tsmmr_stream_rewind(stream, &err), kept ? 0 : TSMMR_E_UNSUPPORTED);
		if (kept) {
			assert_code(tsmmr_report_pass_new(report, &stream, 1, &pass, &err), 0);
			while ((r = tsmmr_report_pass_next(pass, &e, NULL, NULL, &err)) > 0)
				n++;
			assert_code(r, 0);
			assert_int_equal(n, tsmmr_log_count(s->genuine.log));
			tsmmr_report_pass_free(pass);
		} else {
			/* What cannot be read again has been read, and is at its end. */
			assert_code(tsmmr_stream_keep(stream, &err), TSMMR_E_ARG);
			assert_code(tsmmr_stream_next(stream, &e, &err), 0);
		}
		tsmmr_report_free(report);
		tsmmr_stream_free(stream);
		close(fds[0]);
	}
	/* Nothing is to be explained: that takes no log, and none of a question does. */
	assert_code(tsmmr_explain_new(*state, s->report, NULL, 0, NULL, &x, &err), 0);
	assert_null(tsmmr_explain_text(x, 0));
	tsmmr_explain_free(x);
	assert_code(tsmmr_stream_keep(NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_rewind(NULL, &err), TSMMR_E_ARG);
	scene_free(s);
}

/* The same bytes, said to be of a platform that numbers its registers alike. */
static void the_log_as_another_platforms(void **state)
{
	struct scene *s = scene_new(*state);
	struct tsmmr_report_pass *pass;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *stream;
	struct tsmmr_log *log;
	uint8_t *json;
	size_t n;
	int r;

	assert_code(parse_as(*state, TSMMR_FORMAT_CCEL, TSMMR_PLATFORM_CCA, NULL,
			     s->genuine.m.bytes, s->genuine.m.n, &log, &err),
		    0);
	assert_string_equal(tsmmr_event_register(tsmmr_log_get(log, 1)), "rem0");
	assert_code(tsmmr_report_event_json(s->report, log, 0, 1, &json, &n, &err), TSMMR_E_ARG);
	assert_code(tsmmr_stream_open_log(*state, log, &stream, &err), 0);
	assert_code(tsmmr_report_pass_new(s->report, &stream, 1, &pass, &err), 0);
	while ((r = tsmmr_report_pass_next(pass, NULL, NULL, NULL, &err)) > 0)
		;
	assert_code(r, TSMMR_E_ARG);
	tsmmr_report_pass_free(pass);
	tsmmr_stream_free(stream);
	tsmmr_log_free(log);
	scene_free(s);
}

/* Two programs may begin with the same line, each in its own register. */
static void the_same_line_in_two_registers(void **state)
{
	static const char *const names[][2] = { { "acme/one:sha256", "acme/two:sha256" },
						{ "acme/one:sha256", "else/one:sha256" },
						{ "rtmr3", "rem3:sha384" } };
	struct tsmmr_error err = ERROR_INIT;

	for (size_t i = 0; i < N_OF(names); i++) {
		struct tsmmr_report *report;
		struct tsmmr_log *logs[2];

		for (int k = 0; k < 2; k++)
			assert_code(parse_as(*state, TSMMR_FORMAT_TEXT, 0, names[i][k], "start\n",
					     6, &logs[k], &err),
				    0);
		if (tsmmr_report_new(*state, logs, 2, NULL, NULL, &report, &err) < 0)
			fail_msg("%s and %s: %s", names[i][0], names[i][1], err.message);
		assert_int_equal(tsmmr_report_count(report), 2);
		tsmmr_report_free(report);
		tsmmr_log_free(logs[0]);
		tsmmr_log_free(logs[1]);
	}
}

/* What a log tells beside a record is shown with it, though nobody measured it. */
static void the_same_records_with_other_words(void **state)
{
	struct bytes bytes = read_data("cel/systemd-tpm2-measure.log");
	char *said = memmem(bytes.p, bytes.n, "\"phase\"", 7);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_log *logs[2];
	uint8_t *json;
	size_t n;

	assert_non_null(said);
	for (int i = 0; i < 2; i++) {
		memcpy(said + 1, i ? "chase" : "phase", 5);
		assert_code(tsmmr_log_parse(*state, NULL, bytes.p, bytes.n, &logs[i], &err), 0);
	}
	assert_code(tsmmr_report_new(*state, logs, 1, NULL, NULL, &report, &err), 0);
	for (int i = 0; i < 2; i++) {
		assert_code(tsmmr_report_event_json(report, logs[i], 0, 0, &json, &n, &err),
			    i ? TSMMR_E_ARG : 0);
		if (!i) {
			assert_non_null(memmem(json, n, "\"phase\"", 7));
			tsmmr_free(json);
		}
		tsmmr_log_free(logs[i]);
	}
	tsmmr_report_free(report);
	bytes_done(&bytes);
}

/* What was tried first and did not fit is nobody's error. */
static void an_error_is_of_a_failure(void **state)
{
	struct bytes quote = read_data("tdx-twin/quote-v4.bin");
	struct tsmmr_error err = ERROR_INIT, before = err;
	struct tsmmr_evidence *evidence;
	struct tsmmr_regs *regs;
	struct tsmmr_log *log;

	assert_code(parse_as(*state, TSMMR_FORMAT_AUTO, 0, "rtmr3", "a line\n", 7, &log, &err), 0);
	assert_memory_equal(&err, &before, sizeof(err));
	assert_code(tsmmr_evidence_new(*state, &evidence, &err), 0);
	assert_code(tsmmr_evidence_add(evidence, TSMMR_PART_AUTO, quote.p, quote.n, &err), 0);
	assert_code(tsmmr_regs_from_evidence(*state, evidence, &regs, &err), 0);
	assert_memory_equal(&err, &before, sizeof(err));
	tsmmr_evidence_free(evidence);
	tsmmr_regs_free(regs);
	tsmmr_log_free(log);
	bytes_done(&quote);
}

/* Zeros are no log, and nothing compared with nothing is not the same. */
static void nothing_is_no_answer(void **state)
{
	size_t n = 1 << 20;
	uint8_t *zeros = calloc(1, n);
	struct tsmmr_diff *diff = NULL;
	struct tsmmr_error err = ERROR_INIT;

	assert_non_null(zeros);
	for (int format = TSMMR_FORMAT_AUTO; format <= TSMMR_FORMAT_CEL_CBOR_SEQ; format++) {
		struct tsmmr_log *log = NULL;

		if (parse_borrow_as(*state, format, TSMMR_PLATFORM_TDX,
				    format == TSMMR_FORMAT_TEXT ? "rtmr3" : NULL, zeros, n, &log,
				    &err) < 0)
			continue;
		/* To who insists that it is text it is a line, and measured. */
		if (format != TSMMR_FORMAT_TEXT || tsmmr_log_count(log) != 1)
			fail_msg("format %d: zeros are a log of %zu records", format,
				 tsmmr_log_count(log));
		tsmmr_log_free(log);
	}
	free(zeros);

	assert_code(tsmmr_diff_new(*state, &diff, &err), 0);
	assert_code(tsmmr_diff_compare(diff, &err), 0);
	assert_int_equal(tsmmr_diff_count(diff), 0);
	assert_code(tsmmr_diff_verdict(diff), TSMMR_E_INCOMPLETE);
	tsmmr_diff_free(diff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forged_log_beside_a_genuine_report),
		cmocka_unit_test(the_log_itself_is_told),
		cmocka_unit_test(every_byte_is_part_of_a_log),
		cmocka_unit_test(the_same_log_twice),
		cmocka_unit_test(streams_that_were_read_from),
		cmocka_unit_test(the_same_stream_twice),
		cmocka_unit_test(a_report_of_streams_shows_no_events),
		cmocka_unit_test(a_report_without_a_pass_has_none),
		cmocka_unit_test(a_second_pass_is_of_the_same_records),
		cmocka_unit_test(a_second_pass_of_something_else),
		cmocka_unit_test(a_stream_is_read_once_more),
		cmocka_unit_test(the_log_as_another_platforms),
		cmocka_unit_test(the_same_line_in_two_registers),
		cmocka_unit_test(the_same_records_with_other_words),
		cmocka_unit_test(an_error_is_of_a_failure),
		cmocka_unit_test(nothing_is_no_answer),
	};

	return cmocka_run_group_tests_name("misuse", tests, ctx_setup, ctx_teardown);
}
