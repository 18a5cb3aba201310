/* SPDX-License-Identifier: BSD-2-Clause */
/* Every fixture of tests/data against its row in expect.tsv, by every way in. */
#include "api/expect.h"

#include <pthread.h>
#include <signal.h>

#include <openssl/evp.h>

/* How a fixture is read. */
enum way { FROM_MEM, FROM_FILE, FROM_PIPE, N_WAYS };
static const char *const ways[] = { "memory", "file", "pipe" };

struct feeder {
	struct bytes bytes;
	int fd;
	pthread_t thread;
};

/* Writes in small pieces, so that the reader has to put records together. */
static void *feed(void *user)
{
	struct feeder *f = user;
	size_t at = 0;

	while (at < f->bytes.n) {
		size_t n = f->bytes.n - at < 7 ? f->bytes.n - at : 7;

		if (write(f->fd, f->bytes.p + at, n) != (ssize_t)n)
			break;
		at += n;
	}
	close(f->fd);
	return NULL;
}

struct opened {
	struct tsmmr_stream *stream;
	int fd;
	struct feeder feeder;
	int is_fed;
};

static int open_by(enum way way, const struct tsmmr_ctx *ctx, const struct expect *x, int format,
		   struct bytes bytes, struct opened *o, struct tsmmr_error *err)
{
	char path[4096];
	int fds[2];

	*o = (struct opened){ .fd = -1 };
	if (way == FROM_MEM)
		return open_mem_as(ctx, format, TSMMR_PLATFORM_AUTO, NULL, bytes.p, bytes.n,
				   &o->stream, err);
	if (way == FROM_FILE) {
		snprintf(path, sizeof(path), "%s/%s", TEST_DATA, x->file);
		o->fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(o->fd >= 0);
	} else {
		assert_int_equal(pipe(fds), 0);
		o->fd = fds[0];
		o->feeder.bytes = bytes;
		o->feeder.fd = fds[1];
		assert_int_equal(pthread_create(&o->feeder.thread, NULL, feed, &o->feeder), 0);
		o->is_fed = 1;
	}
	return open_fd_as(ctx, format, TSMMR_PLATFORM_AUTO, NULL, o->fd, &o->stream, err);
}

static void opened_done(struct opened *o)
{
	tsmmr_stream_free(o->stream);
	if (o->fd >= 0)
		close(o->fd);
	if (o->is_fed)
		pthread_join(o->feeder.thread, NULL);
}

static int code_of(const char *name)
{
	int code;

	if (tsmmr_name_find(TSMMR_NAMES_ERROR, name, &code) != 0)
		fail_msg("no code is called %s", name);
	return code;
}

static int format_of(const char *name)
{
	int format;

	if (!strcmp(name, "-"))
		return TSMMR_FORMAT_AUTO;
	if (tsmmr_name_find(TSMMR_NAMES_FORMAT, name, &format) != 0)
		fail_msg("no format is called %s", name);
	return format;
}

/* A row that must fail: code, record and offset, and a reason. */
static void fails(const struct tsmmr_ctx *ctx, const struct expect *x, struct bytes bytes,
		  enum way way)
{
	struct tsmmr_error err = ERROR_INIT;
	const struct tsmmr_event *event;
	struct opened o;
	int r;

	r = open_by(way, ctx, x, format_of(x->open), bytes, &o, &err);
	while (r >= 0) {
		r = tsmmr_stream_next(o.stream, &event, &err);
		if (r == 0)
			fail_msg("%s from %s: decodes, and must not", x->file, ways[way]);
	}
	if (r != code_of(x->code) || err.code != r || err.record != x->record ||
	    err.offset != x->offset)
		fail_msg("%s from %s: %s at record %lld, byte %lld (%s), not %s at %lld, %lld",
			 x->file, ways[way], tsmmr_name(TSMMR_NAMES_ERROR, r),
			 (long long)err.record, (long long)err.offset, err.message, x->code,
			 (long long)x->record, (long long)x->offset);
	if (!err.message[0])
		fail_msg("%s: fails without a word", x->file);

	/* The same again: a stream does not come back to life. */
	if (o.stream) {
		struct tsmmr_error again = ERROR_INIT;

		assert_code(tsmmr_stream_next(o.stream, &event, &again), r);
		assert_string_equal(again.message, err.message);
		assert_true(again.record == err.record && again.offset == err.offset);
	}
	opened_done(&o);
}

/* The registers of a row as tsmmr_regs_from_values() reads them. */
static struct tsmmr_regs *expected_regs(const struct tsmmr_ctx *ctx, const struct expect *x)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;
	char *text = strdup(x->registers);

	if (!strcmp(text, "-")) {
		free(text);
		return NULL;
	}
	for (char *p = text; *p; p++)
		if (*p == ',')
			*p = '\n';
	if (tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO, text, strlen(text),
				   &regs, &err) < 0)
		fail_msg("%s: %s", x->file, err.message);
	free(text);
	return regs;
}

static void check_findings(const struct expect *x, const struct tsmmr_report *report)
{
	char *list = strdup(strcmp(x->findings, "-") ? x->findings : "");
	char *rest = list, *item;
	size_t want = 0;

	while (*list && (item = strsep(&rest, ","))) {
		char *id = strsep(&item, "@");
		uint64_t at = expect_number(item);
		size_t i;

		for (i = 0; i < tsmmr_report_finding_count(report); i++) {
			const struct tsmmr_finding *f = tsmmr_report_finding(report, i);

			if (!strcmp(tsmmr_finding_id(f), id) && tsmmr_finding_record(f) == at &&
			    *tsmmr_finding_text(f))
				break;
		}
		if (i == tsmmr_report_finding_count(report))
			fail_msg("%s: no finding %s", x->file, id);
		want++;
	}
	if (tsmmr_report_finding_count(report) != want) {
		for (size_t i = 0; i < tsmmr_report_finding_count(report); i++) {
			const struct tsmmr_finding *f = tsmmr_report_finding(report, i);

			print_error("%s@%lld: %s\n", tsmmr_finding_id(f),
				    (long long)tsmmr_finding_record(f), tsmmr_finding_text(f));
		}
		fail_msg("%s: %zu findings, not %zu", x->file, tsmmr_report_finding_count(report),
			 want);
	}
	free(list);
}

/* Each register of the row is there, with the value that Python computed. */
static void check_registers(const struct expect *x, const struct tsmmr_report *report)
{
	char *list = strdup(strcmp(x->registers, "-") ? x->registers : "");
	char *rest = list, *item;

	while (*list && (item = strsep(&rest, ","))) {
		char *name = strsep(&item, ":"), *alg = strsep(&item, "="), *value = item;
		const struct tsmmr_reg *reg = NULL;
		uint8_t want[TSMMR_HASH_SIZE_MAX];
		const uint8_t *got;
		size_t n, i;

		for (i = 0; i < tsmmr_report_count(report); i++) {
			reg = tsmmr_report_reg(report, i);
			if (!strcmp(tsmmr_reg_name(reg), name) &&
			    !strcmp(tsmmr_name(TSMMR_NAMES_HASH, tsmmr_reg_hash(reg)), alg))
				break;
		}
		if (i == tsmmr_report_count(report))
			fail_msg("%s: no register %s:%s", x->file, name, alg);
		assert_code(tsmmr_report_replayed(report, i, &got, &n), 0);
		assert_int_equal(n, unhex(value, want, sizeof(want)));
		if (memcmp(got, want, n)) {
			char hex[2 * TSMMR_HASH_SIZE_MAX + 1];

			tohex(got, n, hex);
			fail_msg("%s: %s:%s is %s, not %s", x->file, name, alg, hex, value);
		}
		assert_true(tsmmr_report_event_count(report, i) > 0);
	}
	free(list);
}

static const char *verdict_of(const struct tsmmr_report *report)
{
	switch (tsmmr_report_verdict(report)) {
	case TSMMR_VERDICT_VERIFIED:
		return "verified";
	case TSMMR_VERDICT_MISMATCH:
		return "mismatch";
	case TSMMR_VERDICT_INCOMPLETE:
		return "incomplete";
	default:
		return "no verdict";
	}
}

static void decodes(const struct tsmmr_ctx *ctx, const struct expect *x, struct bytes bytes,
		    enum way way)
{
	struct tsmmr_regs *regs = expected_regs(ctx, x);
	struct tsmmr_policy *policy = policy_sha1(ctx);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct opened o;

	if (open_by(way, ctx, x, format_of(x->open), bytes, &o, &err) < 0)
		fail_msg("%s from %s: %s", x->file, ways[way], err.message);
	assert_int_equal(tsmmr_stream_format(o.stream), format_of(x->format));
	if (tsmmr_report_new_stream(ctx, &o.stream, 1, regs, policy, &report, &err) < 0)
		fail_msg("%s from %s: %s at record %lld, byte %lld", x->file, ways[way],
			 err.message, (long long)err.record, (long long)err.offset);
	assert_int_equal(tsmmr_stream_event_count(o.stream), x->records);
	assert_int_equal(tsmmr_stream_byte_count(o.stream), bytes.n);
	opened_done(&o);

	check_registers(x, report);
	check_findings(x, report);
	if (strcmp(verdict_of(report), x->verdict))
		fail_msg("%s from %s: %s, not %s", x->file, ways[way], verdict_of(report),
			 x->verdict);
	tsmmr_report_free(report);
	tsmmr_policy_free(policy);
	tsmmr_regs_free(regs);
}

static void for_each_row(void (*check)(const struct tsmmr_ctx *ctx, const struct expect *x,
				       struct bytes bytes))
{
	struct bytes table = read_data("expect.tsv");
	char *text = (char *)table.p;
	struct tsmmr_ctx *ctx;
	struct expect x;
	size_t rows = 0;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	while (expect_next(&text, &x)) {
		struct bytes bytes = read_data(x.file);

		check(ctx, &x, bytes);
		bytes_done(&bytes);
		rows++;
	}
	assert_true(rows > 50);
	tsmmr_ctx_free(ctx);
	bytes_done(&table);
}

static void check_row(const struct tsmmr_ctx *ctx, const struct expect *x, struct bytes bytes)
{
	for (enum way way = 0; way < N_WAYS; way++) {
		if (strcmp(x->code, "OK"))
			fails(ctx, x, bytes, way);
		else
			decodes(ctx, x, bytes, way);
	}
}

static void fixtures_give_what_they_must(void **state)
{
	for_each_row(check_row);
}

/* Is this digest one of those the registers of the row are made of? */
static int counts(const struct expect *x, const struct tsmmr_event *event, int alg)
{
	char name[64];

	if (!tsmmr_event_is_measured(event) || !tsmmr_event_register(event) ||
	    !tsmmr_name(TSMMR_NAMES_HASH, alg))
		return 0;
	snprintf(name, sizeof(name), "%s:%s=", tsmmr_event_register(event),
		 tsmmr_name(TSMMR_NAMES_HASH, alg));
	return strstr(x->registers, name) != NULL;
}

static int verdict_with(const struct tsmmr_ctx *ctx, const struct expect *x, struct bytes bytes,
			const struct tsmmr_regs *regs)
{
	struct tsmmr_policy *policy = policy_sha1(ctx);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_report *report;
	struct tsmmr_log *log;
	int verdict;

	if (tsmmr_log_parse_borrow(ctx, NULL, bytes.p, bytes.n, &log, &err) < 0)
		fail_msg("%s: %s", x->file, err.message);
	assert_code(tsmmr_report_new(ctx, &log, 1, regs, policy, &report, &err), 0);
	verdict = tsmmr_report_verdict(report);
	tsmmr_policy_free(policy);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
	return verdict;
}

/* Promise 1: with one bit of any measured digest changed, a log explains nothing. */
static void check_twin(const struct tsmmr_ctx *ctx, const struct expect *x, struct bytes bytes)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;
	struct tsmmr_log *log;
	size_t flipped = 0;

	if (strcmp(x->code, "OK") || !strcmp(x->registers, "-"))
		return;
	regs = expected_regs(ctx, x);
	assert_code(tsmmr_log_parse_borrow(ctx, NULL, bytes.p, bytes.n, &log, &err), 0);
	for (size_t i = 0; i < tsmmr_log_count(log); i++) {
		const struct tsmmr_event *event = tsmmr_log_get(log, i);

		for (size_t k = 0; k < tsmmr_event_digest_count(event); k++) {
			const uint8_t *digest;
			size_t n, at;
			int alg;

			assert_code(tsmmr_event_digest(event, k, &alg, &digest, &n), 0);
			if (!counts(x, event, alg))
				continue;
			at = (size_t)(digest - bytes.p) + (i + k) % n;
			assert_true(at < bytes.n);
			bytes.p[at] ^= (uint8_t)(1u << i % 8);
			if (verdict_with(ctx, x, bytes, regs) != TSMMR_VERDICT_MISMATCH)
				fail_msg("%s: no mismatch with byte %zu changed", x->file, at);
			bytes.p[at] ^= (uint8_t)(1u << i % 8);
			flipped++;
		}
	}
	assert_true(flipped > 0);
	tsmmr_log_free(log);
	tsmmr_regs_free(regs);
}

static void twins_with_a_flipped_digest_mismatch(void **state)
{
	for_each_row(check_twin);
}

/* What a strict context refuses, and the record it is refused at. */
static uint64_t tolerated_at(const struct expect *x)
{
	static const char *const ids[] = {
		"TCG_INDEX_NOT_A_REGISTER@", "TCG_NO_ACTION_DIGEST@", "TCG2_SPECID_ZERO_SIGNATURE@",
		"TCG2_SPECID_TRAILING@",     "TCG2_HEADER_DIGEST@",   "TCG2_DATA_AFTER_END@",
		"TCG2_DIGEST_UNDECLARED@",
	};

	for (size_t i = 0; i < N_OF(ids); i++) {
		const char *found = strstr(x->findings, ids[i]);

		if (found)
			return strtoull(found + strlen(ids[i]), NULL, 10);
	}
	return TSMMR_NONE;
}

static void check_strict(const struct tsmmr_ctx *ctx, const struct expect *x, struct bytes bytes)
{
	uint64_t refused_at = tolerated_at(x);
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_ctx *strict;
	struct tsmmr_log *log;
	int r;

	if (strcmp(x->code, "OK"))
		return;
	assert_code(tsmmr_ctx_new(0, &strict, NULL), 0);
	assert_code(tsmmr_ctx_set_flags(strict, TSMMR_CTX_STRICT, NULL), 0);
	r = tsmmr_log_parse(strict, NULL, bytes.p, bytes.n, &log, &err);
	if (r == 0)
		tsmmr_log_free(log);
	if (r != (refused_at == TSMMR_NONE ? 0 : TSMMR_E_MALFORMED))
		fail_msg("%s, strict: %s", x->file, r ? err.message : "is taken");
	if (r < 0 && err.record != refused_at)
		fail_msg("%s, strict: at record %lld, not %lld", x->file, (long long)err.record,
			 (long long)refused_at);
	tsmmr_ctx_free(strict);
}

static void strict_refuses_dialects(void **state)
{
	for_each_row(check_strict);
}

/* Whatever is cut off: an error, or fewer records, but never a yes. */
static void check_cuts(const struct tsmmr_ctx *ctx, const struct expect *x, struct bytes bytes)
{
	struct tsmmr_policy *policy;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs;
	uint64_t end;
	struct tsmmr_log *log;
	const struct tsmmr_event *last;
	const uint8_t *data;
	size_t n, step = slow() ? 13 : 1;

	if (strcmp(x->code, "OK") || strcmp(x->verdict, "verified"))
		return;
	policy = policy_sha1(ctx);
	regs = expected_regs(ctx, x);
	assert_code(tsmmr_log_parse_borrow(ctx, NULL, bytes.p, bytes.n, &log, &err), 0);
	last = tsmmr_log_get(log, tsmmr_log_count(log) - 1);
	tsmmr_event_data(last, &data, &n);
	end = (uint64_t)(data - bytes.p) + n;
	if (!tsmmr_event_is_measured(last) || !tsmmr_event_register(last) ||
	    !strstr(x->registers, tsmmr_event_register(last)))
		end = tsmmr_event_offset(last);
	tsmmr_log_free(log);

	for (size_t cut = 0; cut < end; cut += step) {
		/* A copy of its own, so that a sanitizer sees a read behind the end. */
		uint8_t *copy = malloc(cut ? cut : 1);
		struct tsmmr_report *report;

		assert_non_null(copy);
		memcpy(copy, bytes.p, cut);
		if (tsmmr_log_parse_borrow(ctx, NULL, copy, cut, &log, &err) == 0) {
			assert_code(tsmmr_report_new(ctx, &log, 1, regs, policy, &report, &err), 0);
			if (tsmmr_report_verdict(report) == TSMMR_VERDICT_VERIFIED)
				fail_msg("%s: verified though cut to %zu bytes", x->file, cut);
			tsmmr_report_free(report);
			tsmmr_log_free(log);
		}
		free(copy);
	}
	tsmmr_policy_free(policy);
	tsmmr_regs_free(regs);
}

static void cut_logs_are_never_verified(void **state)
{
	for_each_row(check_cuts);
}

/* In base64 or hex it is the same log, which says what was around it. */
static void check_armoured(const struct tsmmr_ctx *ctx, const struct expect *x, struct bytes bytes)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *stream;
	char *text = malloc(2 * bytes.n + 8);
	const char *id = NULL;
	struct tsmmr_log *log;
	size_t n = 0;

	assert_non_null(text);
	if (strcmp(x->code, "OK")) {
		free(text);
		return;
	}
	for (int hex = 0; hex < 2; hex++) {
		const struct tsmmr_event *event;
		int r;

		if (hex) {
			tohex(bytes.p, bytes.n, text);
			n = 2 * bytes.n;
		} else {
			n = (size_t)EVP_EncodeBlock((uint8_t *)text, bytes.p, (int)bytes.n);
		}
		assert_code(tsmmr_log_parse(ctx, NULL, text, n, &log, &err), 0);
		assert_string_equal(tsmmr_name(TSMMR_NAMES_FORMAT, tsmmr_log_format(log)),
				    x->format);
		if (tsmmr_log_count(log) != x->records)
			fail_msg("%s in armour: %zu records", x->file, tsmmr_log_count(log));
		tsmmr_log_free(log);

		assert_code(tsmmr_stream_open_mem(ctx, NULL, text, n, &stream, &err), 0);
		while ((r = tsmmr_stream_next(stream, &event, &err)) > 0)
			;
		assert_code(r, 0);
		id = tsmmr_finding_id(tsmmr_stream_finding(stream, 0));
		assert_string_equal(id, "INPUT_ARMOURED");
		tsmmr_stream_free(stream);
	}
	free(text);
}

static void armour_changes_nothing(void **state)
{
	for_each_row(check_armoured);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixtures_give_what_they_must),
		cmocka_unit_test(twins_with_a_flipped_digest_mismatch),
		cmocka_unit_test(strict_refuses_dialects),
		cmocka_unit_test(cut_logs_are_never_verified),
		cmocka_unit_test(armour_changes_nothing),
	};

	signal(SIGPIPE, SIG_IGN); /* a reader that fails early is what we want */
	return cmocka_run_group_tests_name("fixtures", tests, NULL, NULL);
}
