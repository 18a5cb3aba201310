/* SPDX-License-Identifier: BSD-2-Clause */
/* The jobs by the library, as a program calls it. */
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void walk(struct input *in, int arg, struct outcome *ret)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_stream *s = input_open(in);
	const struct tsmmr_event *e;
	int r;

	while ((r = tsmmr_stream_next(s, &e, &err)) > 0)
		;
	if (r < 0 || tsmmr_stream_event_count(s) < in->n)
		die(&err, "walk");
	tsmmr_stream_free(s);
}

static void take_values(const struct tsmmr_report *report, int hash, size_t first,
			struct outcome *ret)
{
	for (size_t i = 0; i < tsmmr_report_count(report); i++) {
		const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
		uint64_t at = tsmmr_reg_index(reg) - first;
		const uint8_t *value;
		size_t len;

		if (tsmmr_reg_hash(reg) != hash || !tsmmr_report_event_count(report, i))
			continue;
		if (at >= REGISTERS_MAX || tsmmr_report_replayed(report, i, &value, &len) < 0)
			die(NULL, "register %s has no value", tsmmr_report_name(report, i));
		memcpy(ret->values[at], value, len);
		ret->n_values++;
	}
}

static void replay_stream(struct tsmmr_stream *s, int hash, size_t first, struct outcome *ret)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;

	if (tsmmr_report_new_stream(context(), &s, 1, NULL, NULL, &report, &err) < 0)
		die(&err, "replay");
	take_values(report, hash, first, ret);
	tsmmr_report_free(report);
	tsmmr_stream_free(s);
}

void replay(struct input *in, int hash, struct outcome *ret)
{
	replay_stream(input_open(in), hash, input_first(in), ret);
}

void replay_openssl(struct input *in, int hash, struct outcome *ret)
{
	context_openssl_only(true);
	replay(in, hash, ret);
	context_openssl_only(false);
}

void replay_fd(struct input *in, int hash, struct outcome *ret)
{
	replay_stream(input_open_fd(in), hash, input_first(in), ret);
}

/* What the raw loop says that the registers hold, as text for tsmmr_regs_from_values(). */
size_t values_of(struct input *in, int hash, char *ret, size_t size)
{
	size_t at = 0, n = (size_t)tsmmr_hash_size(hash);
	struct outcome raw = { 0 };

	if (in->kind == IMA)
		raw_ima(in, hash, &raw);
	else
		raw_extend(in, hash, &raw);
	for (size_t i = 0; i < raw.n_values; i++) {
		at += (size_t)snprintf(ret + at, size - at, "%s%zu:%s=", input_register_name(in),
				       i + (in->kind == CCEL ? 0 : input_first(in)),
				       tsmmr_name(TSMMR_NAMES_HASH, hash));
		for (size_t k = 0; k < n; k++)
			at += (size_t)snprintf(ret + at, size - at, "%02x", raw.values[i][k]);
		at += (size_t)snprintf(ret + at, size - at, "\n");
	}
	return at;
}

/* Made by the first run, which rehearses. */
static const struct tsmmr_regs *expected(struct input *in, int hash)
{
	static struct tsmmr_regs *regs;
	static enum input_kind kind;
	static size_t n;
	struct tsmmr_error err = { .size = sizeof(err) };
	char text[2048];

	if (regs && kind == in->kind && n == in->n)
		return regs;
	tsmmr_regs_free(regs);
	kind = in->kind;
	n = in->n;
	if (tsmmr_regs_from_values(context(), TSMMR_VALUES_LINES, input_platform(in), text,
				   values_of(in, hash, text, sizeof(text)), &regs, &err) < 0)
		die(&err, "values");
	return regs;
}

void verify(struct input *in, int hash, struct outcome *ret)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_stream *s = input_open(in);
	struct tsmmr_report *report;

	if (tsmmr_report_new_stream(context(), &s, 1, expected(in, hash), NULL, &report, &err) < 0)
		die(&err, "verify");
	if (tsmmr_report_verdict(report) != TSMMR_VERDICT_VERIFIED)
		die(NULL, "the verdict on a right log is %d", tsmmr_report_verdict(report));
	take_values(report, hash, input_first(in), ret);
	tsmmr_report_free(report);
	tsmmr_stream_free(s);
}

/* Encoding is measured, not how fast memory for all of it can be had: to where it is forgotten. */
static int nowhere(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return fd;
}

void export(struct input *in, int format, struct outcome *ret)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_stream *s = input_open(in);
	int r;

	if (ret->wants_bytes)
		r = tsmmr_stream_export(context(), s, format, &ret->bytes, &ret->len, &err);
	else
		r = tsmmr_stream_export_fd(context(), s, format, nowhere(), &err);
	if (r < 0)
		die(&err, "export");
	ret->form = ret->bytes ? format : 0;
	tsmmr_stream_free(s);
}
