/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two logs in one input, (length of the first, 16 bits), first, second: compared and merged as
 * logs and as streams.
 */
#include "logs.h"

struct part {
	const uint8_t *p;
	size_t n, reader;
	struct tsmmr_log *log;
};

static struct tsmmr_stream *stream_of(const struct part *part)
{
	return fuzz_stream(part->reader, part->p, part->n);
}

enum how { LOGS, STREAMS, REREAD };

/* All that differs, and its JSON, of events that are read again. */
static uint64_t read_again(struct tsmmr_diff *diff)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	uint8_t *json = NULL;
	const uint8_t *piece;
	size_t n = 0, len;
	uint64_t mixed;
	int r;

	for (size_t i = tsmmr_diff_count(diff); i--;)
		for (size_t k = tsmmr_diff_edit_count(diff, i); k--;) {
			const struct tsmmr_event *ea, *eb;

			PROMISE(tsmmr_diff_reread(diff, i, k, &err) == 0);
			PROMISE(tsmmr_diff_edit(diff, i, k, &ea, NULL, &eb, NULL) > 0);
			PROMISE(ea || eb);
		}
	while ((r = tsmmr_diff_next_json(diff, &piece, &len, &err)) > 0) {
		json = realloc(json, n + len);
		PROMISE(json);
		memcpy(json + n, piece, len);
		n += len;
	}
	PROMISE(r == 0);
	mixed = fuzz_mix(0, json, n);
	free(json);
	return mixed;
}

/* The verdict, and what is said of it as one number. */
static int compare(const struct part *a, const struct part *b, enum how how, uint64_t *ret)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_stream *sa = NULL, *sb = NULL;
	struct tsmmr_diff *diff;
	uint8_t *json;
	size_t n;
	int r;

	PROMISE(tsmmr_diff_new(fuzz_ctx(), &diff, &err) == 0);
	if (how == REREAD)
		PROMISE(tsmmr_diff_set_reread(diff, SIZE_MAX, &err) == 0);
	if (how != LOGS) {
		sa = stream_of(a);
		sb = stream_of(b);
		PROMISE(tsmmr_diff_add_stream(diff, TSMMR_SIDE_A, sa, &err) == 0);
		PROMISE(tsmmr_diff_add_stream(diff, TSMMR_SIDE_B, sb, &err) == 0);
	} else {
		PROMISE(tsmmr_diff_add_log(diff, TSMMR_SIDE_A, a->log, &err) == 0);
		PROMISE(tsmmr_diff_add_log(diff, TSMMR_SIDE_B, b->log, &err) == 0);
	}
	r = tsmmr_diff_compare(diff, &err);
	if (r < 0) {
		fuzz_check_error(r, &err);
		*ret = fuzz_mix_text(0, err.message);
	} else {
		r = tsmmr_diff_verdict(diff);
		PROMISE(r == TSMMR_OK || r == TSMMR_E_MISMATCH || r == TSMMR_E_INCOMPLETE);
		if (how == REREAD) {
			*ret = read_again(diff);
		} else {
			PROMISE(tsmmr_diff_export_json(diff, &json, &n, &err) == 0);
			*ret = fuzz_mix(0, json, n);
			fuzz_take_json(json, n);
		}
	}
	tsmmr_diff_free(diff);
	tsmmr_stream_free(sa);
	tsmmr_stream_free(sb);
	return r;
}

static void check_diff(const struct part *a, const struct part *b)
{
	uint64_t logs, streams, again, turned;
	int r = compare(a, b, LOGS, &logs);

	PROMISE(compare(a, b, STREAMS, &streams) == r && logs == streams);
	PROMISE(compare(a, b, REREAD, &again) == r && logs == again);
	PROMISE(compare(b, a, LOGS, &turned) == r);
	PROMISE(compare(a, a, LOGS, &turned) != TSMMR_E_MISMATCH);
}

/* It reads back, where CEL can say it. */
static void check_merged(struct tsmmr_log *merged)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_log *back;
	uint8_t *out;
	size_t n;
	int r = tsmmr_log_export(fuzz_ctx(), merged, TSMMR_FORMAT_CEL_CBOR, &out, &n, &err);

	if (r < 0) {
		PROMISE(r == TSMMR_E_UNSUPPORTED || r == TSMMR_E_LIMIT);
		return;
	}
	if (n >= 4) {
		PROMISE(parse_as(fuzz_ctx(), TSMMR_FORMAT_CEL_CBOR,
				 tsmmr_event_platform(tsmmr_log_get(merged, 0)), NULL, out, n,
				 &back, &err) == 0);
		tsmmr_log_free(back);
	}
	tsmmr_free(out);
}

static void check_merge(const struct part *a, const struct part *b)
{
	struct tsmmr_error err = { .size = sizeof(err) }, other = err;
	struct tsmmr_log *merged = NULL;
	struct tsmmr_stream *s, *in[2] = { stream_of(a), stream_of(b) };
	const struct tsmmr_event *e;
	size_t n = 0;
	int r = tsmmr_log_merge(fuzz_ctx(), (struct tsmmr_log *[]){ a->log, b->log }, 2, &merged,
				&err);
	int rs = tsmmr_stream_merge(fuzz_ctx(), in, 2, &s, &other);

	if (r < 0)
		fuzz_check_error(r, &err);
	if (rs < 0) {
		/* Of streams the same log twice is an error. */
		fuzz_check_error(rs, &other);
		PROMISE(rs == r || other.log != TSMMR_NONE);
	} else {
		PROMISE(r == 0);
		while ((rs = tsmmr_stream_next(s, &e, &other)) > 0) {
			PROMISE(n < tsmmr_log_count(merged));
			PROMISE(fuzz_event(tsmmr_log_get(merged, n++)) == fuzz_event(e));
		}
		PROMISE(rs == 0 && n == tsmmr_log_count(merged));
		tsmmr_stream_free(s);
	}
	if (r == 0 && tsmmr_log_count(merged))
		check_merged(merged);
	tsmmr_log_free(merged);
	tsmmr_stream_free(in[0]);
	tsmmr_stream_free(in[1]);
}

static void parse(struct part *part)
{
	struct tsmmr_error err = { .size = sizeof(err) };

	part->reader = fuzz_reader(&part->p, &part->n);
	if (tsmmr_log_parse_borrow(fuzz_ctx(), fuzz_input(part->reader), part->p, part->n,
				   &part->log, &err) < 0)
		part->log = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct part a, b;
	size_t n;

	if (size < 2)
		return 0;
	n = (size_t)(data[0] | data[1] << 8);
	data += 2;
	size -= 2;
	n = n < size ? n : size;
	a = (struct part){ .p = data, .n = n };
	b = (struct part){ .p = data + n, .n = size - n };
	parse(&a);
	parse(&b);
	if (a.log && b.log) {
		check_diff(&a, &b);
		check_merge(&a, &b);
	}
	tsmmr_log_free(a.log);
	tsmmr_log_free(b.log);
	return 0;
}
